/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of other tools: what is written is YAML with rules, or there is an
 * error; notes hold nothing that a terminal takes for a command. A converted
 * pattern compiles or is refused, and looking at its shape ends.
 */
#include "fuzz.h"

#include <string.h>

#include "doc/doc.h"
#include "import/import.h"
#include "rx/shape.h"

static void
check_notes(const struct sl_import *import)
{
	for (size_t i = 0; i < import->note_count; i++)
		for (const char *c = import->notes[i].text; *c; c++)
			fuzz_check((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static void
check_policy(const struct sl_import *import)
{
	static const struct sl_doc_limits wide = {
		.max_bytes = SL_IMPORT_MAX_POLICY,
	};
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;
	const struct sl_node *rules;
	int rc = sl_doc_parse_yaml("policy", sl_buf_str(&import->policy),
	    &wide, &doc, &err);

	/* Aliases of much text, written out, may be more than a cap. */
	fuzz_check(rc == SL_OK || rc == SL_ETOOBIG);
	if (rc < 0)
		return;
	rules = sl_node_get(sl_doc_root(doc), "rules");
	fuzz_check((rules ? sl_node_count(rules) : 0) == import->rule_count);
	sl_doc_free(doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_import import = SL_IMPORT_INIT;
	struct sl_error err = SL_ERROR_INIT;

	(void)sl_rx_find_shape(text);
	if (sl_import_read("f.x", text, SL_IMPORT_ANY, &import, &err) == SL_OK) {
		check_notes(&import);
		check_policy(&import);
	}
	sl_import_release(&import);
	return 0;
}
