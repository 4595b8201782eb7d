/* SPDX-License-Identifier: Apache-2.0 */
/* doc: values read by what a schema expects. */
#include "doc_rig.h"

static int
read_keys(const struct sl_node *n, struct sl_error *err)
{
	static const char *const keys[] = { "size", "path", "level", NULL };

	return sl_node_check_keys(n, "a rule", keys, err);
}

static int
read_text(const struct sl_node *n, struct sl_error *err)
{
	struct sl_str s;

	return sl_node_read_text(n, "\"name\"", &s, err);
}

static int
read_flag(const struct sl_node *n, struct sl_error *err)
{
	bool b;

	return sl_node_read_bool(n, "\"on\"", &b, err);
}

static int
read_number(const struct sl_node *n, struct sl_error *err)
{
	uint64_t u;

	return sl_node_read_number(n, "\"max\"", 2, 10, &u, err);
}

static int
read_duration(const struct sl_node *n, struct sl_error *err)
{
	int64_t ms;

	return sl_node_read_duration(n, "\"budget\"", &ms, err);
}

static int
read_bytes(const struct sl_node *n, struct sl_error *err)
{
	uint64_t u;

	return sl_node_read_bytes(n, "\"size\"", &u, err);
}

static int
read_word(const struct sl_node *n, struct sl_error *err)
{
	static const char *const words[] = { "train", "promote", NULL };
	size_t i;

	return sl_node_read_word(n, "\"action\"", words, &i, err);
}

static int
read_regex(const struct sl_node *n, struct sl_error *err)
{
	struct sl_str s;

	return sl_node_read_regex(n, "\"match\"", &s, err);
}

static int
read_need(const struct sl_node *n, struct sl_error *err)
{
	return sl_node_require(n, "a rule", "kind", &n, err);
}

static const struct {
	int (*read)(const struct sl_node *, struct sl_error *);
	const char *yaml;
	const char *message; /* "": accepted */
} reads[] = {
	{ read_keys, "{size: 1, path: 2}", "" },
	{ read_keys, "{path: 2,\n szie: 1}",
	    "f:2:2: unknown key \"szie\" in a rule; did you mean \"size\"?" },
	{ read_keys, "{frobnicate: 1}",
	    "f:1:2: unknown key \"frobnicate\" in a rule; known: size, path, "
	    "level" },
	{ read_keys, "[1]", "f:1:1: a rule must be a map, not a list" },
	{ read_need, "{kind: 1}", "" },
	{ read_need, "\n{size: 1}", "f:2:1: a rule lacks the key \"kind\"" },
	{ read_text, "1.10", "" },
	{ read_text, "{}",
	    "f:1:1: \"name\" must be a single value, not a map" },
	{ read_text, "''", "f:1:1: \"name\" is empty" },
	{ read_text, "\"a\\0b\"", "f:1:1: \"name\" holds a NUL character" },
	{ read_flag, "true", "" },
	{ read_flag, "yes", "f:1:1: \"on\" must be true or false without "
			    "quotes, not \"yes\"" },
	{ read_flag, "'true'", "f:1:1: \"on\" must be true or false without "
			       "quotes, not \"true\"" },
	{ read_number, "10", "" },
	{ read_number, "11", "f:1:1: \"max\" must be a whole number from 2 to "
			     "10, without quotes, not \"11\"" },
	{ read_number, "1", "f:1:1: \"max\" must be a whole number from 2 to "
			    "10, without quotes, not \"1\"" },
	{ read_number, "010", "f:1:1: \"max\" must be a whole number from 2 to "
			      "10, without quotes, not \"010\"" },
	{ read_duration, "4s", "" },
	{ read_duration, "4", "f:1:1: \"budget\" must be a duration such as "
			      "250ms, 10m or 14d, not \"4\"" },
	{ read_bytes, "5 MiB", "" },
	{ read_bytes, "5 MB", "f:1:1: \"size\" must be a size such as 512, "
			      "10 KiB or 5 MiB, not \"5 MB\"" },
	{ read_word, "train", "" },
	{ read_word, "trian", "f:1:1: unknown word \"trian\" for \"action\"; "
			      "did you mean \"train\"?" },
	{ read_word, "x", "f:1:1: unknown word \"x\" for \"action\"; known: "
			  "train, promote" },
	{ read_regex, "'\\d+'", "" },
	{ read_regex, "|\n  a\\.b\n", "" },
	{ read_regex, "\"a\"", "f:1:1: \"match\": double quotes take "
			       "backslashes away; put it in single quotes" },
	{ read_regex, "a", "f:1:1: \"match\": without quotes a \" #\" or a "
			   "\": \" would cut it; put it in single quotes" },
	{ read_regex, "'a\n b'", "f:1:1: \"match\": quotes over several lines "
				 "join them with blanks; use one line, or a "
				 "literal block (|)" },
	{ read_regex, ">\n  a\n", "f:1:1: \"match\": a folded block joins "
				  "lines with blanks; use a literal block "
				  "(|)" },
	{ read_regex, "|\n\n", "f:1:1: \"match\" is empty" },
};

START_TEST(schema_readers_say_what_and_where)
{
	struct sl_doc *doc = parse_good(sl_doc_parse_yaml, reads[_i].yaml);
	struct sl_error err = SL_ERROR_INIT;
	char shown[SL_ERROR_TEXT_MAX];
	bool good = reads[_i].message[0] == '\0';

	ck_assert_err(reads[_i].read(sl_doc_root(doc), &err),
	    good ? SL_OK : SL_ECONFIG, &err);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, reads[_i].message);
	sl_doc_free(doc);
}
END_TEST

START_TEST(literal_regex_loses_one_line_feed)
{
	struct sl_doc *doc = parse_good(sl_doc_parse_yaml, "|\n  a\n  b\n");
	struct sl_error err = SL_ERROR_INIT;
	struct sl_str s;

	ck_assert_ok(sl_node_read_regex(sl_doc_root(doc), "x", &s, &err), &err);
	ck_assert(sl_str_eqs(s, "a\nb"));
	sl_doc_free(doc);
}
END_TEST

TCase *
tcase_schema(void)
{
	TCase *tc = tcase_create("schema");

	tcase_add_loop_test(tc, schema_readers_say_what_and_where, 0,
	    SL_COUNT(reads));
	tcase_add_test(tc, literal_regex_loses_one_line_feed);
	return tc;
}
