/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read TOML texts, each after a line with its length in bytes, and print a
 * line for each: its value as canonical JSON, or "error: " and why not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "doc/doc.h"

static void
print(struct sl_str text)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out =
	    SL_BUF_INIT((size_t)16 << 20);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_error err = SL_ERROR_INIT;

	if (sl_doc_parse_toml("toml", text, NULL, &doc, &err) < 0) {
		printf("error: %s: %s\n", err.place, err.text);
		return;
	}
	if (sl_node_canonical(sl_doc_root(doc), &out) < 0)
		abort();
	printf("%s\n", sl_buf_cstr(&out));
}

int
main(void)
{
	char line[32];

	while (fgets(line, sizeof(line), stdin)) {
		size_t len = strtoul(line, NULL, 10);
		char *text = malloc(len + 1);

		if (!text || fread(text, 1, len, stdin) != len)
			return 1;
		print(sl_strn(text, len));
		free(text);
	}
	return 0;
}
