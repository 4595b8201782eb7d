/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML answers: finding and visiting agree on whether a document is readable,
 * and on the first value.
 */
#include "fuzz.h"

#include <string.h>

#include "doc/xml.h"

struct visit {
	size_t count;
	bool has_key;
	struct sl_buf key;
};

static int
on_contents(void *ctx, const struct sl_xml_fields *fields,
    struct sl_error *err)
{
	struct visit *v = ctx;
	struct sl_str key;

	(void)err;
	if (v->count++ == 0 && sl_xml_field(fields, "Key", &key)) {
		v->has_key = true;
		sl_buf_addv(&v->key, key);
	}
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf found = SL_BUF_INIT(SL_XML_MAX_BYTES);
	struct visit v = { .key = SL_BUF_INIT(SL_XML_MAX_BYTES) };
	int each = sl_xml_each(text, "L/C", on_contents, &v, &err);
	int find = sl_xml_find(text, "L/C/Key", &found, &err);

	fuzz_check((each == 0) == (find == 0 || find == SL_ENOTFOUND));
	if (each == 0 && v.has_key) {
		fuzz_check(find == 0);
		fuzz_check(sl_str_eq(sl_buf_str(&v.key), sl_buf_str(&found)));
	}
	sl_buf_release(&found);
	sl_buf_release(&v.key);
	return 0;
}
