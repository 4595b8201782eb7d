/* SPDX-License-Identifier: Apache-2.0 */
/* doc: JSON is written. */
#include "doc_rig.h"

#include <signal.h>

#include "doc/json.h"

static void
write_sample(struct sl_json *w)
{
	sl_json_object(w);
	sl_json_put(w, "a", "x\"\n\x01");
	sl_json_putv(w, "b\xff", SL_STR("\xc3\xa9\xc3"));
	sl_json_key(w, "list");
	sl_json_list(w);
	sl_json_int(w, INT64_MIN);
	sl_json_bool(w, true);
	sl_json_null(w);
	sl_json_cstr(w, NULL);
	sl_json_raw(w, SL_STR("{}"));
	sl_json_object(w);
	sl_json_end(w);
	sl_json_end(w);
	sl_json_put_int(w, "n", 7);
	sl_json_put_bool(w, "t", false);
	sl_json_end(w);
}

START_TEST(json_is_written_well_formed)
{
	struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_doc *doc;
	struct sl_json w;
	char *dense, *wide;

	sl_json_init(&w, &out, 0);
	write_sample(&w);
	ck_assert_str_eq(sl_buf_cstr(&out),
	    "{\"a\":\"x\\\"\\n\\u0001\",\"b\xef\xbf\xbd\":\"\xc3\xa9"
	    "\xef\xbf\xbd\",\"list\":[-9223372036854775808,true,null,null,{},"
	    "{}],\"n\":7,\"t\":false}");
	doc = parse_good(sl_doc_parse_json, sl_buf_cstr(&out));
	dense = canonical(doc);
	sl_doc_free(doc);
	sl_buf_clear(&out);
	sl_json_init(&w, &out, 2);
	write_sample(&w);
	ck_assert_ptr_nonnull(strstr(sl_buf_cstr(&out),
	    "\n  \"list\": [\n    -9223372036854775808,\n"));
	doc = parse_good(sl_doc_parse_json, sl_buf_cstr(&out));
	wide = canonical(doc);
	ck_assert_str_eq(dense, wide);
	sl_doc_free(doc);
	sl_buf_release(&out);
	free(dense);
	free(wide);
}
END_TEST

START_TEST(json_writer_aborts_on_misuse)
{
	struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_json w;

	sl_json_init(&w, &out, 0);
	sl_json_object(&w);
	if (_i == 0)
		sl_json_int(&w, 1); /* no key */
	sl_json_key(&w, "a");
	if (_i == 1)
		sl_json_key(&w, "b"); /* two keys */
	if (_i == 2)
		sl_json_end(&w); /* a key without its value */
	sl_json_null(&w);
	sl_json_end(&w);
	if (_i == 3)
		sl_json_end(&w); /* nothing open */
	if (_i == 4)
		sl_json_null(&w); /* a second top value */
	sl_json_init(&w, &out, 0);
	for (int i = 0; i < SL_JSON_MAX_DEPTH; i++)
		sl_json_list(&w);
}
END_TEST

TCase *
tcase_json(void)
{
	TCase *tc = tcase_create("json");

	tcase_add_test(tc, json_is_written_well_formed);
	/* An abort needs a process of its own. */
	if (!in_one_process())
		tcase_add_loop_test_raise_signal(tc,
		    json_writer_aborts_on_misuse, SIGABRT, 0, 6);
	return tc;
}
