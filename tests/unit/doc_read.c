/* SPDX-License-Identifier: Apache-2.0 */
/* doc: YAML and JSON become documents, documents their canonical form. */
#include "doc_rig.h"

#include "base/mem.h"
#include "doc/doc_int.h"

static void
check_refused(parse_fn *parse, const char *name, struct sl_str text, int rc,
    const char *message)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;
	char shown[SL_ERROR_TEXT_MAX];

	ck_assert_err(parse(name, text, NULL, &doc, &err), rc, &err);
	ck_assert_ptr_null(doc);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, message);
}

/* --- what is refused, and where --- */

static const struct {
	const char *text;
	const char *message;
} bad_yaml[] = {
	{ "", "f.yaml:1:1: the file holds no value" },
	{ "# only a comment\n", "f.yaml:1:1: the file holds no value" },
	{ "a: 1\na: 2\n",
	    "f.yaml:2:1: the key \"a\" stands here a second time; the first is "
	    "in line 1" },
	{ "x: {b: 1, 'b': 2}\n",
	    "f.yaml:1:11: the key \"b\" stands here a second time; the first "
	    "is in line 1" },
	{ "a: !!str 1\n",
	    "f.yaml:1:4: tags are not accepted; the schema decides the type" },
	{ "a: !x [1]\n",
	    "f.yaml:1:4: tags are not accepted; the schema decides the type" },
	{ "%TAG !e! tag:example.com,2000:\n---\na: 1\n",
	    "f.yaml:1:1: tag directives are not accepted" },
	{ "a: &x {b: 1}\nc:\n  <<: *x\n",
	    "f.yaml:3:3: merge keys are not accepted; write the keys out" },
	{ "? [a, b]\n: 1\n", "f.yaml:1:3: a list or map cannot be a key" },
	{ "a: &x 1\n*x : 2\n", "f.yaml:2:1: an alias cannot be a key" },
	{ "? \n: 1\n", "f.yaml:1:2: an empty key" },
	{ "a: *b\n",
	    "f.yaml:1:4: the alias \"*b\" has no complete anchor before it" },
	{ "a: &x [*x]\n",
	    "f.yaml:1:8: the alias \"*x\" has no complete anchor before it" },
	{ "a: 1\n---\nb: 1\n",
	    "f.yaml:2:1: a second document starts here; one file holds one" },
	{ "a: \"\\.\"\n",
	    "f.yaml:1:5: unknown escape in double quotes; in single quotes a "
	    "backslash stays as it is" },
	{ "a:\n\t- b\n",
	    "f.yaml:2:1: a value cannot start with this character; put it in "
	    "single quotes, and indent with blanks, not tabs" },
	{ "a: b: c\n",
	    "f.yaml:1:5: a \": \" is not allowed here; put the value in single "
	    "quotes, or check the indentation" },
	{ "a: 'b\n", "f.yaml:2:1: the file ends inside quotes" },
	{ "\xc3\xa4\xc3\xa4: b\xff\n", "f.yaml:1:8: a byte that is not UTF-8" },
	{ "\xc3\xa4: {\xe2\x82\xac: 1, x: *y}\n",
	    "f.yaml:1:17: the alias \"*y\" has no complete anchor before it" },
	{ "a: b\x01\n",
	    "f.yaml:1:5: a control character; write it as an escape in double "
	    "quotes" },
	{ "a: 1\rb: 2\n",
	    "f.yaml:1:5: a carriage return without a line feed" },
	{ "a: 1\nb: x\xe2\x80\xa8y\n",
	    "f.yaml:2:5: a line break that editors do not show; write it as an "
	    "escape in double quotes" },
};

START_TEST(bad_yaml_is_refused_with_its_place)
{
	check_refused(sl_doc_parse_yaml, "f.yaml", sl_str(bad_yaml[_i].text),
	    SL_EINVAL, bad_yaml[_i].message);
}
END_TEST

START_TEST(yaml_with_nul_is_refused)
{
	check_refused(sl_doc_parse_yaml, "f.yaml", SL_STR("a: 1\n\0b: 2\n"),
	    SL_EINVAL,
	    "f.yaml:2:1: a control character; write it as an escape in double "
	    "quotes");
}
END_TEST

static const struct {
	const char *text;
	const char *message;
} bad_json[] = {
	{ "", "f.json:1:1: the file holds no value" },
	{ " \n ", "f.json:2:2: the file holds no value" },
	{ "{\"a\":1,\n \"a\":2}",
	    "f.json:2:2: the key \"a\" stands here a second time; the first is "
	    "in line 1" },
	{ "[1,]", "f.json:1:4: no comma may stand before this" },
	{ "[,1]", "f.json:1:2: a JSON value was expected here" },
	{ "{\"a\":1,}", "f.json:1:8: no comma may stand before this" },
	{ "{a:1}", "f.json:1:2: a key in double quotes was expected" },
	{ "{\"a\" 1}", "f.json:1:6: a ':' was expected after the key" },
	{ "{\"a\"}", "f.json:1:5: a ':' was expected after the key" },
	{ "{\"a\":}", "f.json:1:6: a JSON value was expected here" },
	{ "[1 2]", "f.json:1:4: a ',' or ']' was expected" },
	{ "{\"a\":1]", "f.json:1:7: a ',' or '}' was expected" },
	{ "[1", "f.json:1:3: a ',' or ']' was expected" },
	{ "[", "f.json:1:2: a JSON value was expected here" },
	{ "1 2", "f.json:1:3: nothing may follow the value" },
	{ "nul", "f.json:1:1: a JSON value was expected here" },
	{ "nullx", "f.json:1:5: nothing may follow the value" },
	{ "// c\n1", "f.json:1:1: a JSON value was expected here" },
	{ "01", "f.json:1:2: a number cannot start with 0" },
	{ "-", "f.json:1:2: a number needs digits" },
	{ "+1", "f.json:1:1: a JSON value was expected here" },
	{ "1.", "f.json:1:3: a number needs digits after the point" },
	{ ".5", "f.json:1:1: a JSON value was expected here" },
	{ "1e", "f.json:1:3: a number's exponent needs digits" },
	{ "1e1234567890", "f.json:1:13: a number's exponent is too large" },
	{ "NaN", "f.json:1:1: a JSON value was expected here" },
	{ "\"a", "f.json:1:3: the file ends inside a string" },
	{ "\"\\x41\"", "f.json:1:3: unknown escape in a string" },
	{ "\"\\u12g4\"",
	    "f.json:1:4: \\u needs four hexadecimal digits after it" },
	{ "\"\\ud800\"", "f.json:1:8: the first half of a surrogate pair "
			 "without the second" },
	{ "\"\\ud800\\u0041\"", "f.json:1:14: the first half of a surrogate "
				"pair without the second" },
	{ "\"\\udc00\"", "f.json:1:8: the second half of a surrogate pair "
			 "without the first" },
	{ "\"a\tb\"", "f.json:1:3: a control character in a string; write it "
		      "as an escape" },
	{ "\"\xc3\"", "f.json:1:2: a byte that is not UTF-8" },
	{ "\"\xed\xa0\x80\"", "f.json:1:2: a byte that is not UTF-8" },
	{ "\xef\xbb\xbf{}", "f.json:1:1: JSON has no byte order mark" },
};

START_TEST(bad_json_is_refused_with_its_place)
{
	check_refused(sl_doc_parse_json, "f.json", sl_str(bad_json[_i].text),
	    SL_EINVAL, bad_json[_i].message);
}
END_TEST

/* --- caps --- */

static const struct {
	parse_fn *parse;
	const char *text;
	struct sl_doc_limits limits;
	const char *message;
} over[] = {
	{ sl_doc_parse_yaml, "a: 1\n", { 4, 0, 0 },
	    "f: the file has 5 bytes; at most 4 are read" },
	{ sl_doc_parse_json, "[1,2]", { 4, 0, 0 },
	    "f: the file has 5 bytes; at most 4 are read" },
	{ sl_doc_parse_yaml, "[1, 2, 3]", { 0, 3, 0 },
	    "f:1:8: more than 3 values, with aliases written out" },
	{ sl_doc_parse_json, "[1, 2, 3]", { 0, 3, 0 },
	    "f:1:8: more than 3 values, with aliases written out" },
	{ sl_doc_parse_yaml, "[[[1]]]", { 0, 0, 2 },
	    "f:1:3: nested more than 2 deep" },
	{ sl_doc_parse_json, "[[[1]]]", { 0, 0, 2 },
	    "f:1:3: nested more than 2 deep" },
	{ sl_doc_parse_yaml, "a: &a [1]\nb: [*a]\n", { 0, 0, 2 },
	    "f:2:5: nested more than 2 deep" },
	{ sl_doc_parse_yaml, "a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\n",
	    { 0, 20, 0 },
	    "f:3:5: more than 20 values, with aliases written out" },
	{ sl_doc_parse_yaml, "[&a 12345678, *a, *a, *a, *a, *a, *a, *a, *a, "
			     "*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, "
			     "*a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, *a, "
			     "*a, *a]\n",
	    { 160, 0, 0 }, "" },
	{ sl_doc_parse_yaml, "[&a 123456789012345678901234567890, *a, *a, *a, "
			     "*a, *a, *a, *a, *a, *a]\n",
	    { 72, 0, 0 },
	    "f:1:69: more than 288 bytes of text, with aliases written out" },
};

START_TEST(caps_are_held)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;
	char shown[SL_ERROR_TEXT_MAX];
	bool good = over[_i].message[0] == '\0';

	ck_assert_err(over[_i].parse("f", sl_str(over[_i].text),
			  &over[_i].limits, &doc, &err),
	    good ? SL_OK : SL_ETOOBIG, &err);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, over[_i].message);
	sl_doc_free(doc);
}
END_TEST

START_TEST(depth_and_many_keys_do_not_cost_much)
{
	struct sl_buf text = SL_BUF_INIT(1 << 20);
	struct sl_doc_limits limits = { .max_depth = 100000 };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	for (int i = 0; i < 500000; i++)
		sl_buf_addc(&text, '[');
	ck_assert_err(sl_doc_parse_json("f", sl_buf_str(&text), &limits, &doc,
			  &err),
	    SL_ETOOBIG, &err);
	ck_assert_err(sl_doc_parse_yaml("f", sl_buf_str(&text), &limits, &doc,
			  &err),
	    SL_ETOOBIG, &err);
	sl_buf_clear(&text);
	sl_buf_addc(&text, '{');
	for (int i = 0; i < 50000; i++)
		sl_buf_addf(&text, "%s\"k%d\": %d", i ? "," : "", i, i);
	sl_buf_addc(&text, '}');
	ck_assert_ok(sl_doc_parse_json("f", sl_buf_str(&text), NULL, &doc,
			 &err),
	    &err);
	ck_assert_uint_eq(sl_node_count(sl_doc_root(doc)), 50000);
	sl_doc_free(doc);
	doc = NULL;
	ck_assert_ok(sl_doc_parse_yaml("f", sl_buf_str(&text), NULL, &doc,
			 &err),
	    &err);
	ck_assert_uint_eq(sl_node_mark(sl_node_get(sl_doc_root(doc), "k1")).col,
	    16);
	sl_buf_truncate(&text, text.len - 1);
	sl_buf_adds(&text, ",\"k17\":1}");
	sl_doc_free(doc);
	doc = NULL;
	ck_assert_err(sl_doc_parse_json("f", sl_buf_str(&text), NULL, &doc,
			  &err),
	    SL_EINVAL, &err);
	sl_buf_release(&text);
}
END_TEST

/* --- what is read --- */

START_TEST(yaml_keeps_text_style_and_place)
{
	static const char text[] = "\xef\xbb\xbfplain: 1.10\r\n"
				   "single: 'it''s \\d'\n"
				   "double: \"a\\tb\"\n"
				   "literal: |\n"
				   "  x\n"
				   "folded: >-\n"
				   "  x\n"
				   "  y\n"
				   "\xc3\xbc: { \xe2\x82\xac: no, z: ~ }\n"
				   "two: 'a\n"
				   "  b'\n"
				   "alias: [&n 7, *n]\n";
	static const struct {
		const char *key;
		const char *text;
		enum sl_scalar_style style;
		bool multiline;
		unsigned line, col;
	} want[] = {
		{ "plain", "1.10", SL_STYLE_PLAIN, false, 1, 8 },
		{ "single", "it's \\d", SL_STYLE_SINGLE, false, 2, 9 },
		{ "double", "a\tb", SL_STYLE_DOUBLE, false, 3, 9 },
		{ "literal", "x\n", SL_STYLE_LITERAL, true, 4, 10 },
		{ "folded", "x y", SL_STYLE_FOLDED, true, 6, 9 },
		{ "two", "a b", SL_STYLE_SINGLE, true, 10, 6 },
	};
	struct sl_doc *doc = parse_good(sl_doc_parse_yaml, text);
	const struct sl_node *root = sl_doc_root(doc), *node;

	for (size_t i = 0; i < SL_COUNT(want); i++) {
		node = sl_node_get(root, want[i].key);
		ck_assert_ptr_nonnull(node);
		ck_assert(sl_str_eqs(sl_node_text(node), want[i].text));
		ck_assert_int_eq(sl_node_style(node), want[i].style);
		ck_assert_int_eq(node->multiline, want[i].multiline);
		ck_assert_uint_eq(sl_node_mark(node).line, want[i].line);
		ck_assert_uint_eq(sl_node_mark(node).col, want[i].col);
	}
	node = sl_node_get(root, "\xc3\xbc");
	ck_assert_uint_eq(sl_node_mark(node).col, 5);
	ck_assert_uint_eq(sl_node_mark(sl_node_key(node, 1)).col, 16);
	ck_assert(sl_node_is_null(sl_node_get(node, "z")));
	ck_assert(!sl_node_is_null(sl_node_get(node, "\xe2\x82\xac")));
	node = sl_node_get(root, "alias");
	ck_assert_uint_eq(sl_node_count(node), 2);
	ck_assert_ptr_eq(sl_node_at(node, 0), sl_node_at(node, 1));
	ck_assert_ptr_null(sl_node_get(node, "x"));
	ck_assert_ptr_null(sl_node_get(NULL, "x"));
	ck_assert_str_eq(sl_node_mark(root).file, "f");
	sl_doc_free(doc);
}
END_TEST

START_TEST(json_keeps_text_style_and_place)
{
	struct sl_doc *doc = parse_good(sl_doc_parse_json,
	    "{\"n\": -1.50e+2,\n \"s\": \"\\ud83d\\ude00\\u0041\\/\\n\",\n"
	    "\t\"w\": [true, null, {}, []]}\n");
	const struct sl_node *root = sl_doc_root(doc), *node;

	node = sl_node_get(root, "n");
	ck_assert_int_eq(sl_node_style(node), SL_STYLE_NUMBER);
	ck_assert(sl_str_eqs(sl_node_text(node), "-1.50e+2"));
	node = sl_node_get(root, "s");
	ck_assert_int_eq(sl_node_style(node), SL_STYLE_STRING);
	ck_assert(sl_str_eqs(sl_node_text(node), "\xf0\x9f\x98\x80" "A/\n"));
	ck_assert_uint_eq(sl_node_mark(node).line, 2);
	ck_assert_uint_eq(sl_node_mark(node).col, 7);
	node = sl_node_get(root, "w");
	ck_assert_int_eq(sl_node_kind(node), SL_NODE_LIST);
	ck_assert_uint_eq(sl_node_count(node), 4);
	ck_assert_uint_eq(sl_node_mark(sl_node_at(node, 1)).col, 14);
	ck_assert(sl_node_is_null(sl_node_at(node, 1)));
	ck_assert_int_eq(sl_node_kind(sl_node_at(node, 2)), SL_NODE_MAP);
	sl_doc_free(doc);
}
END_TEST

/* --- canonical form --- */

static const struct {
	const char *json;
	const char *want;
} forms[] = {
	{ "{\"b\":1,\"a\":[ ],\"a\\u0000\":null, \"B\": {}}",
	    "{\"B\":{},\"a\":[],\"a\\u0000\":null,\"b\":1}" },
	{ "\"\\u00e9\\u2028\\/\\u001f\\u007f\\b\"",
	    "\"\xc3\xa9\xe2\x80\xa8/\\u001f\x7f\\b\"" },
	{ "0", "0" }, { "-0", "0" }, { "0.000e5", "0" }, { "-0.0", "0" },
	{ "1", "1" }, { "1.0", "1" }, { "1e0", "1" }, { "10e-1", "1" },
	{ "100", "100" }, { "1E+2", "100" }, { "1.50", "1.5" },
	{ "-12.5e1", "-125" }, { "0.1", "0.1" }, { "1e-1", "0.1" },
	{ "0.00012", "0.00012" }, { "1e20", "100000000000000000000" },
	{ "1e21", "1e21" }, { "12e20", "1.2e21" }, { "-1e-30", "-1e-30" },
	{ "1.25e-30", "1.25e-30" },
	{ "9007199254740993", "9007199254740993" },
	{ "0.1000000000000000055511151231257827",
	    "0.1000000000000000055511151231257827" },
	{ "1234567890123456789012345", "1.234567890123456789012345e24" },
	{ "1e-000000000005", "0.00001" },
	{ "1e999999999", "1e999999999" },
	{ "10e999999999", "1e1000000000" },
};

START_TEST(canonical_form_is_one_text_per_value)
{
	struct sl_doc *doc = parse_good(sl_doc_parse_json, forms[_i].json);
	char *once = canonical(doc);
	char *twice;

	ck_assert_str_eq(once, forms[_i].want);
	sl_doc_free(doc);
	if (strchr(once, 'e') == NULL || strlen(once) < 11) {
		doc = parse_good(sl_doc_parse_json, once);
		twice = canonical(doc);
		ck_assert_str_eq(twice, once);
		free(twice);
		sl_doc_free(doc);
	}
	free(once);
}
END_TEST

START_TEST(canonical_form_of_yaml_has_strings)
{
	struct sl_doc *doc = parse_good(sl_doc_parse_yaml,
	    "z: 1.0\na: [yes, 'x', {k: }]\n");
	struct sl_buf small = SL_BUF_INIT(8);
	char *text = canonical(doc);

	ck_assert_str_eq(text,
	    "{\"a\":[\"yes\",\"x\",{\"k\":\"\"}],\"z\":\"1.0\"}");
	ck_assert_int_eq(sl_node_canonical(sl_doc_root(doc), &small),
	    SL_ETOOBIG);
	sl_buf_release(&small);
	free(text);
	sl_doc_free(doc);
}
END_TEST

/* --- files --- */

START_TEST(files_are_read_by_their_ending)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	ck_assert_err(sl_doc_read("/nonexistent/x.yaml", NULL, &doc, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_err(sl_doc_read("/", NULL, &doc, &err), SL_EIO, &err);
}
END_TEST

TCase *
tcase_read(void)
{
	TCase *tc = tcase_create("read");

	tcase_add_loop_test(tc, bad_yaml_is_refused_with_its_place, 0,
	    SL_COUNT(bad_yaml));
	tcase_add_test(tc, yaml_with_nul_is_refused);
	tcase_add_loop_test(tc, bad_json_is_refused_with_its_place, 0,
	    SL_COUNT(bad_json));
	tcase_add_loop_test(tc, caps_are_held, 0, SL_COUNT(over));
	tcase_add_test(tc, depth_and_many_keys_do_not_cost_much);
	tcase_add_test(tc, yaml_keeps_text_style_and_place);
	tcase_add_test(tc, json_keeps_text_style_and_place);
	tcase_add_loop_test(tc, canonical_form_is_one_text_per_value, 0,
	    SL_COUNT(forms));
	tcase_add_test(tc, canonical_form_of_yaml_has_strings);
	tcase_add_test(tc, files_are_read_by_their_ending);
	return tc;
}
