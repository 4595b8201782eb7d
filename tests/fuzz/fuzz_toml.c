/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML: an error has a place; every mark lies in the text; the canonical form
 * is JSON that our own reader gives back.
 */
#include "fuzz.h"

#include <string.h>

#include "doc/doc.h"

static void
check_mark(struct sl_str text, struct sl_mark mark)
{
	const char *p = text.ptr, *end = text.ptr + text.len;

	for (unsigned line = 1; line < mark.line; line++) {
		p = memchr(p, '\n', (size_t)(end - p));
		fuzz_check(p != NULL);
		p++;
	}
	fuzz_check(mark.col >= 1 && mark.col - 1 <= end - p);
}

static void
check_marks(struct sl_str text, const struct sl_node *node, size_t *budget)
{
	for (size_t i = 0; i < sl_node_count(node) && *budget; i++) {
		--*budget;
		check_mark(text, sl_node_mark(node));
		if (sl_node_kind(node) == SL_NODE_MAP)
			check_mark(text, sl_node_mark(sl_node_key(node, i)));
		check_marks(text, sl_node_at(node, i), budget);
	}
}

static void
check_canonical(const struct sl_doc *doc)
{
	static const struct sl_doc_limits wide = {
		.max_bytes = (size_t)64 << 20,
	};
	struct sl_buf once = SL_BUF_INIT((size_t)64 << 20);
	struct sl_buf twice = SL_BUF_INIT((size_t)64 << 20);
	struct sl_doc *again = NULL;

	fuzz_check(sl_node_canonical(sl_doc_root(doc), &once) == 0);
	fuzz_check(sl_doc_parse_json("again", sl_buf_str(&once), &wide, &again,
		       NULL) == 0);
	fuzz_check(sl_node_canonical(sl_doc_root(again), &twice) == 0);
	fuzz_check(sl_str_eq(sl_buf_str(&once), sl_buf_str(&twice)));
	sl_doc_free(again);
	sl_buf_release(&once);
	sl_buf_release(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;
	size_t budget = 1000;

	if (sl_doc_parse_toml("f", text, NULL, &doc, &err) < 0) {
		fuzz_check(doc == NULL && err.place[0] != '\0');
		return 0;
	}
	check_marks(text, sl_doc_root(doc), &budget);
	check_canonical(doc);
	sl_doc_free(doc);
	return 0;
}
