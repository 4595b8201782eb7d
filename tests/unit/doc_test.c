/* SPDX-License-Identifier: Apache-2.0 */
#include "doc_rig.h"

struct sl_doc *
parse_good(parse_fn *parse, const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	ck_assert_ok(parse("f", sl_str(text), NULL, &doc, &err), &err);
	return doc;
}

char *
canonical(const struct sl_doc *doc)
{
	struct sl_buf out = SL_BUF_INIT(1 << 20);

	ck_assert_int_eq(sl_node_canonical(sl_doc_root(doc), &out), 0);
	return sl_buf_steal(&out);
}

SL_TEST_MAIN("doc", tcase_read, tcase_schema, tcase_json, tcase_xml)
