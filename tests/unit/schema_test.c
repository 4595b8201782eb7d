/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the JSON Schema Test Suite cannot ask (tests/schema runs it): places,
 * words, YAML's types, caps, and what is refused.
 */
#include "harness.h"

#include <string.h>

#include "base/mem.h"
#include "schema/schema.h"

static struct sl_doc *
parse(const char *name, const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	ck_assert_ok(sl_doc_parse(name, sl_str(text), NULL, &doc, &err), &err);
	return doc;
}

/* --- what is no schema --- */

static const struct {
	const char *text; /* YAML, one line */
	const char *place;
	const char *message; /* a part */
} bad[] = {
	{ "a", "s:1:1", "a schema must be a map" },
	{ "[]", "s:1:1", "a schema must be a map" },
	{ "{tpye: string}", "s:1:2", "did you mean \"type\"?" },
	{ "{properties: {a: {nullable: true}}}", "s:1:19", "unknown key" },
	{ "{$vocabulary: {}}", "s:1:2", "unknown key" },
	{ "{$schema: 'http://json-schema.org/draft-07/schema#'}", "s:1:11",
	    "only the dialect" },
	{ "{type: strnig}", "s:1:8", "did you mean \"string\"?" },
	{ "{type: []}", "s:1:8", "a type or a list" },
	{ "{enum: a}", "s:1:8", "a list of values" },
	{ "{minimum: '1'}", "s:1:11", "minimum must be a number" },
	{ "{minimum: .inf}", "s:1:11", "minimum must be a number" },
	{ "{multipleOf: 0}", "s:1:14", "over 0" },
	{ "{multipleOf: -1}", "s:1:14", "over 0" },
	{ "{multipleOf: 1234567890123456789}", "s:1:14", "18 significant" },
	{ "{maxLength: -1}", "s:1:13", "a whole number" },
	{ "{maxLength: 1.5}", "s:1:13", "a whole number" },
	{ "{maxLength: 1e30}", "s:1:13", "a whole number" },
	{ "{pattern: '('}", "s:1:11", "regular expression" },
	{ "{pattern: a}", "s:1:11", "single quotes" },
	{ "{pattern: '(*UTF)a'}", "s:1:11", "(*...)" },
	{ "{patternProperties: {'[': true}}", "s:1:22", "regular expression" },
	{ "{required: true}", "s:1:12", "a list of names" },
	{ "{required: [1]}", "s:1:13", "in quotes" },
	{ "{required: [a, a]}", "s:1:16", "twice" },
	{ "{dependentRequired: {a: b}}", "s:1:25", "a list of names" },
	{ "{allOf: []}", "s:1:9", "at least one schema" },
	{ "{items: [true]}", "s:1:9", "a schema must be a map" },
	{ "{properties: {a: }}", "s:1:18", "a schema must be a map" },
	{ "{uniqueItems: 1}", "s:1:15", "true or false" },
	{ "{$ref: 'other.json'}", "s:1:8", "leads out of this schema" },
	{ "{$ref: 'https://json-schema.org/draft/2020-12/schema'}", "s:1:8",
	    "leads out of this schema" },
	{ "{$ref: '#/$defs/a'}", "s:1:8", "leads to no schema" },
	{ "{$ref: '#/required', required: [a]}", "s:1:8",
	    "leads to no schema" },
	{ "{$ref: '#a'}", "s:1:8", "leads to no schema" },
	{ "{$ref: '#'}", "s:1:2", "would never end" },
	{ "{allOf: [{$ref: '#/$defs/a'}], $defs: {a: {not: {$ref: '#'}}}}",
	    NULL, "would never end" },
	{ "{$dynamicRef: '#a', $dynamicAnchor: a}", "s:1:2",
	    "would never end" },
	{ "{$id: 'a#b'}", "s:1:7", "no fragment" },
	{ "{$anchor: '1'}", "s:1:11", "a letter" },
	{ "{$anchor: a, $defs: {b: {$anchor: a}}}", "s:1:35",
	    "a second schema has the anchor" },
	{ "{$defs: {a: {$id: x}, b: {$id: x}}}", "s:1:26",
	    "a second schema has the $id" },
};

START_TEST(a_wrong_schema_is_refused_at_its_place)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = parse("s", bad[_i].text);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_schema *schema = NULL;

	ck_assert_err(sl_schema_compile(sl_doc_root(doc), 0, &schema, &err),
	    SL_ECONFIG, &err);
	ck_assert_ptr_null(schema);
	ck_assert_msg(strstr(err.text, bad[_i].message) != NULL, "%s",
	    err.text);
	if (bad[_i].place)
		ck_assert_str_eq(err.place, bad[_i].place);
}
END_TEST

START_TEST(formats_are_known_where_they_are_checked)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc =
	    parse("s", "{format: dat}");
	struct sl_error err = SL_ERROR_INIT;
	struct sl_schema *schema = NULL;

	ck_assert_ok(sl_schema_compile(sl_doc_root(doc), 0, &schema, &err),
	    &err);
	sl_schema_free(schema);
	schema = NULL;
	ck_assert_err(sl_schema_compile(sl_doc_root(doc), SL_SCHEMA_FORMATS,
			  &schema, &err),
	    SL_ECONFIG, &err);
	ck_assert_str_eq(err.place, "s:1:10");
	ck_assert_ptr_nonnull(strstr(err.text, "did you mean \"date\"?"));
}
END_TEST

static void
repeat(struct sl_buf *out, const char *text, unsigned count)
{
	while (count-- > 0)
		sl_buf_adds(out, text);
}

/* Each makes a schema that is over one cap. */
START_TEST(a_schema_is_bounded)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_schema *schema = NULL;

	switch (_i) {
	case 0:
		sl_buf_adds(&text, "{allOf: [");
		repeat(&text, "{},", SL_SCHEMA_MAX_SUBS + 1);
		sl_buf_adds(&text, "]}");
		break;
	case 1: /* a chain of references */
		sl_buf_adds(&text, "$defs:\n");
		for (unsigned i = 0; i < 200; i++)
			sl_buf_addf(&text,
			    "  a%u: {$ref: '#/$defs/a%u'}\n", i, i + 1);
		sl_buf_adds(&text, "  a200: {}\n");
		break;
	default:
		sl_buf_adds(&text, "allOf:\n");
		for (unsigned i = 0; i < 400; i++)
			sl_buf_addf(&text,
			    "- {pattern: '(?:(?:[a-z%u]a|b){40}){20}'}\n",
			    i);
	}
	doc = parse("s", sl_buf_cstr(&text));
	ck_assert_err(sl_schema_compile(sl_doc_root(doc), 0, &schema, &err),
	    SL_ETOOBIG, &err);
	ck_assert(err.place[0] != '\0');
}
END_TEST

/* --- checking --- */

struct told {
	unsigned count;
	char first[2000];
};

static bool
on_flaw(void *ctx, const struct sl_schema_flaw *f)
{
	struct told *told = ctx;

	if (told->count++ > 0)
		return true;
	snprintf(told->first, sizeof(told->first),
	    "%u:%u %s: %s, not %s (%s, %u:%u)", f->mark.line, f->mark.col,
	    f->at, f->found, f->expected, f->keyword, f->schema.line,
	    f->schema.col);
	return true;
}

static int
check(const char *schema_text, const char *name, const char *text, bool *fits,
    struct told *told, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = parse("s", schema_text);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *value = parse(name, text);
	SL_CLEANUP(sl_schema_freep) struct sl_schema *schema = NULL;
	const struct sl_schema_trial how = { .flaw = on_flaw, .ctx = told };

	ck_assert_ok(sl_schema_compile(sl_doc_root(doc), 0, &schema, err),
	    err);
	return sl_schema_check(schema, sl_doc_root(value), &how, fits, err);
}

static const struct {
	const char *schema;
	const char *name;
	const char *value;
	const char *flaw; /* the first; NULL: it fits */
	unsigned count;
} cases[] = {
	/* YAML's core schema. */
	{ "{type: 'null'}", "v", "[~, null, NULL, ]", "1:1 : a list of 3, "
	    "not null (type, 1:2)", 1 },
	{ "{items: {type: 'null'}}", "v", "[~, null, Null]", NULL, 0 },
	{ "{items: {type: boolean}}", "v", "[true, True, FALSE]", NULL, 0 },
	{ "{items: {type: string}}", "v",
	    "[yes, no, on, '1', \"2\", 1.2.3, 0x, 0o8, +, ., 1e, 12:30:45]",
	    NULL, 0 },
	{ "{items: {type: integer}}", "v",
	    "[1, -1, +1, 01, 0x1F, 0o17, 1.0, 1e3, 1.50e1]", NULL, 0 },
	{ "{items: {type: number}}", "v", "[.5, 5., 1e-3, 1_0]",
	    "1:16 /3: \"1_0\", not a number (type, 1:10)", 1 },
	{ "{items: {enum: [31, 15, 100]}}", "v", "[0x1f, 0o17, 1e2, 100.0]",
	    NULL, 0 },
	{ "{type: [number, string, 'null', boolean, array, object]}", "v",
	    ".nan", "1:1 : .nan, not a map or a list or a string or a number "
	    "or true or false or null (type, 1:2)", 1 },
	{ "{type: number}", "v", "1e1234567890",
	    "1:1 : 1e1234567890, not a number (type, 1:2)", 1 },
	{ "{type: string}", "v", "|\n  1\n", NULL, 0 },
	{ "{type: object, propertyNames: {type: string}}", "v", "1: x\n", NULL,
	    0 },
	{ "{const: 1}", "v", "'1'", "1:1 : \"1\", not 1 (const, 1:2)", 1 },
	/* Numbers as they are. */
	{ "{maximum: 9007199254740993}", "v.json", "9007199254740993", NULL,
	    0 },
	{ "{maximum: 9007199254740993}", "v.json", "9007199254740994",
	    "1:1 : 9007199254740994, not at most 9007199254740993 (maximum, "
	    "1:2)", 1 },
	{ "{exclusiveMinimum: 0.1}", "v.json",
	    "0.1000000000000000000000000001", NULL, 0 },
	{ "{multipleOf: 0.01}", "v.json", "19.99", NULL, 0 },
	{ "{multipleOf: 0.01}", "v.json", "4.999",
	    "1:1 : 4.999, not a multiple of 0.01 (multipleOf, 1:2)", 1 },
	{ "{multipleOf: 7}", "v.json", "7e300", NULL, 0 },
	{ "{multipleOf: 7}", "v.json", "1e300",
	    "1:1 : 1e300, not a multiple of 7 (multipleOf, 1:2)", 1 },
	{ "{uniqueItems: true}", "v.json", "[1, 1e0]",
	    "1:5 /1: 1e0, not no element twice (uniqueItems, 1:2)", 1 },
	{ "{uniqueItems: true}", "v.json",
	    "[{\"a\": 1, \"b\": [2]}, {\"b\": [2.0], \"a\": 1.0}]",
	    "1:22 /1: a map with 2 keys, not no element twice (uniqueItems, "
	    "1:2)", 1 },
	{ "{uniqueItems: true}", "v.json", "[0, -0.0]",
	    "1:5 /1: -0.0, not no element twice (uniqueItems, 1:2)", 1 },
	{ "{uniqueItems: true}", "v.json", "[\"1\", 1, [1], true, [\"1\"]]",
	    NULL, 0 },
	/* Characters, not bytes. */
	{ "{pattern: '^.{2}$', maxLength: 2}", "v.json",
	    "\"\xc3\xa9\xe2\x82\xac\"", NULL, 0 },
	/* Places and paths. */
	{ "{properties: {'a/b~': {items: {minimum: 3}}}}", "v",
	    "a/b~:\n  - 3\n  - 2\n",
	    "3:5 /a~1b~0/1: 2, not at least 3 (minimum, 1:32)", 1 },
	{ "{required: [a, b, c]}", "v", "b: 1\n",
	    "1:1 : a map with 1 key, not the key \"a\" (required, 1:2)", 2 },
	{ "{dependentRequired: {a: [b]}}", "v", "a: 1\n",
	    "1:1 : a map with 1 key, not the key \"b\" beside \"a\" "
	    "(dependentRequired, 1:2)", 1 },
	{ "{properties: {epochs: true}, additionalProperties: false}", "v",
	    "epoch: 1\n",
	    "1:1 /epoch: the key \"epoch\", not another key; did you mean "
	    "\"epochs\"? (additionalProperties, 1:30)", 1 },
	{ "{propertyNames: {pattern: '^[a-z]+$'}}", "v", "a: 1\nB2: 1\n",
	    "2:1 /B2: \"B2\", not something that matches ^[a-z]+$ (pattern, "
	    "1:18)", 1 },
	{ "{enum: [a, 1, [2]]}", "v", "b",
	    "1:1 : \"b\", not \"a\", 1 or a list of 1 (enum, 1:2)", 1 },
	{ "false", "v", "1", "1:1 : a number, not nothing here (false, 1:1)",
	    1 },
	{ "{contains: {const: 1}, maxContains: 1}", "v", "[1, 1]",
	    "1:1 : a list of 2, not at most 1 element that fits `contains`; "
	    "2 do (maxContains, 1:24)", 1 },
	/* The alternative that was meant. */
	{ "{oneOf: [{type: string}, {properties: {a: {maximum: 1}}, "
	  "required: [b]}]}", "v", "a: 2\n",
	    "1:1 : a map with 1 key, not the key \"b\" (required, 1:58)", 2 },
	{ "{anyOf: [{type: string}, {type: integer}]}", "v", "[]",
	    "1:1 : a list of 0, not one of 2 alternatives, none of which fits "
	    "(anyOf, 1:2)", 1 },
	{ "{oneOf: [{minimum: 1}, {maximum: 9}]}", "v", "5",
	    "1:1 : 5, not exactly one of 2 alternatives; number 1 and number "
	    "2 fit (oneOf, 1:2)", 1 },
	{ "{items: {writeOnly: true, maxLength: 1}}", "v", "[secret]",
	    "1:2 /0: a string, not at most 1 characters (maxLength, 1:27)",
	    1 },
	/* Anchors and aliases of YAML: the same schema in two places. */
	{ "{properties: {a: &n {minimum: 0}, b: *n}}", "v", "{a: 0, b: -1}",
	    "1:11 /b: -1, not at least 0 (minimum, 1:22)", 1 },
};

START_TEST(values_are_checked)
{
	struct sl_error err = SL_ERROR_INIT;
	struct told told = { 0 };
	bool fits = false;

	ck_assert_ok(check(cases[_i].schema, cases[_i].name, cases[_i].value,
			 &fits, &told, &err),
	    &err);
	if (cases[_i].flaw)
		ck_assert_str_eq(told.first, cases[_i].flaw);
	ck_assert_msg(fits == (cases[_i].flaw == NULL), "%s", told.first);
	ck_assert_uint_eq(told.count, cases[_i].count);
}
END_TEST

/* No cap is a flaw, and none is an answer. */
START_TEST(checking_is_bounded)
{
	static const char *const schemas[] = {
		/* twice the work for each level */
		"{$defs: {a: {prefixItems: [{$ref: '#/$defs/b'}], anyOf: "
		"[{$ref: '#/$defs/b'}, false]}, b: {items: {allOf: "
		"[{$ref: '#/$defs/a'}, {$ref: '#/$defs/a'}]}}}, "
		"$ref: '#/$defs/a'}",
		/* a circle that only the dynamic scope closes */
		"{$id: 'x', $ref: 'y', $defs: {a: {$dynamicAnchor: n, "
		"$ref: 'y'}, y: {$id: 'y', $dynamicRef: '#n', $defs: "
		"{n: {$dynamicAnchor: n}}}}}",
		"{items: {pattern: '^(a|a?)+$'}}",
	};
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;
	struct told told = { 0 };
	bool fits = false;

	if (_i < 2) {
		repeat(&text, "[", 60);
		repeat(&text, "]", 60);
	} else {
		sl_buf_adds(&text, "[\"");
		repeat(&text, "a", 5000);
		sl_buf_adds(&text, "b\"]");
	}
	ck_assert_err(check(schemas[_i], "v.json", sl_buf_cstr(&text), &fits,
			  &told, &err),
	    SL_ELIMIT, &err);
	ck_assert(!fits);
	ck_assert_uint_eq(told.count, 0);
}
END_TEST

START_TEST(long_texts_are_cut)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf schema = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;
	struct told told = { 0 };
	bool fits = true;

	sl_buf_adds(&schema, "{patternProperties: {'.': {pattern: '");
	repeat(&schema, "a", 8000);
	sl_buf_adds(&schema, "'}}}");
	sl_buf_adds(&value, "{\"");
	repeat(&value, "k", 9000);
	sl_buf_adds(&value, "\": \"");
	repeat(&value, "\xc3\xa9", 9000);
	sl_buf_adds(&value, "\"}");
	ck_assert_ok(check(sl_buf_cstr(&schema), "v.json",
			 sl_buf_cstr(&value), &fits, &told, &err),
	    &err);
	ck_assert_uint_eq(told.count, 1);
	ck_assert_ptr_nonnull(strstr(told.first, "aaa... (pattern, "));
	ck_assert_ptr_nonnull(strstr(told.first, "\xc3\xa9...\", not "));
}
END_TEST

START_TEST(flaws_are_capped)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;
	struct told told = { 0 };
	bool fits = true;

	repeat(&text, "- x\n", 1000);
	ck_assert_ok(check("{items: {type: integer}}", "v",
			 sl_buf_cstr(&text), &fits, &told, &err),
	    &err);
	ck_assert(!fits);
	ck_assert_uint_eq(told.count, 20);
}
END_TEST

START_TEST(the_form_tells_types_apart)
{
	static const char *const texts[] = { "{const: 1}", "{const: 1.0}",
		"{const: '1'}" };
	struct sl_buf forms[3];

	for (int i = 0; i < 3; i++) {
		SL_CLEANUP(sl_doc_freep) struct sl_doc *doc =
		    parse("s", texts[i]);
		SL_CLEANUP(sl_schema_freep) struct sl_schema *schema = NULL;
		struct sl_error err = SL_ERROR_INIT;

		sl_buf_init(&forms[i], 1000);
		ck_assert_ok(sl_schema_compile(sl_doc_root(doc), 0, &schema,
				 &err),
		    &err);
		ck_assert_int_eq(sl_schema_form(schema, &forms[i]), SL_OK);
	}
	ck_assert_str_eq(forms[0].ptr, forms[1].ptr);
	ck_assert_str_ne(forms[0].ptr, forms[2].ptr);
	for (int i = 0; i < 3; i++)
		sl_buf_release(&forms[i]);
}
END_TEST

static TCase *
tcase_compile(void)
{
	TCase *tc = tcase_create("compile");

	tcase_add_loop_test(tc, a_wrong_schema_is_refused_at_its_place, 0,
	    SL_COUNT(bad));
	tcase_add_test(tc, formats_are_known_where_they_are_checked);
	tcase_add_loop_test(tc, a_schema_is_bounded, 0, 3);
	tcase_add_test(tc, the_form_tells_types_apart);
	return tc;
}

static TCase *
tcase_check(void)
{
	TCase *tc = tcase_create("check");

	tcase_add_loop_test(tc, values_are_checked, 0, SL_COUNT(cases));
	tcase_add_loop_test(tc, checking_is_bounded, 0, 3);
	tcase_add_test(tc, long_texts_are_cut);
	tcase_add_test(tc, flaws_are_capped);
	return tc;
}

SL_TEST_MAIN("schema", tcase_compile, tcase_check)
