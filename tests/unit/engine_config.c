/* SPDX-License-Identifier: Apache-2.0 */
/* engine: files that must fit a JSON Schema. */
#include "engine_rig.h"

#include "base/mem.h"

#define RULE(schema, more)                                                     \
	"  a: {kind: config, files: '.+\\.(?:json|yaml)', schema: " schema     \
	more "}\n"
#define JOB                                                                    \
	"{type: object, required: [name, depth], additionalProperties: "       \
	"false, properties: {name: {type: string, pattern: '^[a-z]+$'}, "      \
	"depth: {type: integer, maximum: 10}, key: {writeOnly: true, "         \
	"maxLength: 3}}}"

static const struct {
	const char *rules;
	const char *path;
	const char *text;
	const char *message; /* of the first finding; NULL: none */
	size_t findings;
	unsigned line;
	unsigned col;
} files[] = {
	{ RULE(JOB, ""), "a.json", "{\"name\": \"x\", \"depth\": 11}",
	    "/depth: 11; expected at most 10 (maximum)", 1, 1, 24 },
	{ RULE(JOB, ""), "a.yaml", "name: x\ndepth: 11\n",
	    "/depth: 11; expected at most 10 (maximum)", 1, 2, 8 },
	/* Every flaw, in the order of the keywords. */
	{ RULE(JOB, ""), "a.yaml", "name: 'X'\ndept: 1\n",
	    "a map with 2 keys; expected the key \"depth\" (required)", 3, 1,
	    1 },
	{ RULE(JOB, ", max-findings: 1"), "a.yaml", "name: 'X'\ndept: 1\n",
	    "a map with 2 keys; expected the key \"depth\" (required)", 1, 1,
	    1 },
	{ RULE(JOB, ""), "a.yaml", "name: x\ndepth: 1\ndpeth: 1\n",
	    "/dpeth: the key \"dpeth\"; expected another key; did you mean "
	    "\"depth\"? (additionalProperties)", 1, 3, 1 },
	{ RULE(JOB, ""), "a.yaml", "name: x\ndepth: '1'\n",
	    "/depth: \"1\"; expected a whole number (type)", 1, 2, 8 },
	/* What must not be shown is not. */
	{ RULE(JOB, ""), "a.yaml", "name: x\ndepth: 1\nkey: hunter2\n",
	    "/key: a string; expected at most 3 characters (maxLength)", 1, 3,
	    6 },
	{ RULE(JOB, ", secret: true"), "a.yaml", "name: x\ndepth: 99\n",
	    "/depth: a number; expected at most 10 (maximum)", 1, 2, 8 },
	/* What a file says is escaped. */
	{ RULE(JOB, ""), "a.json",
	    "{\"depth\": 1, \"name\": \"x\\u001b[31m\"}",
	    "/name: \"x\\x1b[31m\"; expected something that matches "
	    "^[a-z]+$ (pattern)", 1, 1, 22 },
	/* A file that is broken. */
	{ RULE(JOB, ""), "a.json", "{\"name\": \"x\",\n}",
	    "the file cannot be read: ", 1, 2, 1 },
	{ RULE(JOB, ""), "a.yaml", "a: 1\na: 2\n",
	    "the file cannot be read: the key \"a\" stands here a second "
	    "time; the first is in line 1", 1, 2, 1 },
	{ RULE(JOB, ""), "a.json", "\xff\xfe{", "the file cannot be read: ",
	    1, 1, 1 },
	{ RULE("{type: object}", ", syntax: yaml"), "a.json", "a: 1\n", NULL,
	    0, 0, 0 },
	{ RULE("{type: object}", ", syntax: json"), "a.yaml", "a: 1\n",
	    "the file cannot be read: ", 1, 1, 1 },
	{ RULE("{format: date}", ""), "a.yaml", "'x'\n", NULL, 0, 0, 0 },
	{ RULE("{format: date}", ", formats: true"), "a.yaml", "'x'\n",
	    "\"x\"; expected a string of the format date (format)", 1, 1, 1 },
	{ RULE(JOB, ""), "a.json", "{\"name\": \"x\", \"depth\": 1.0}", NULL,
	    0, 0, 0 },
	{ RULE(JOB, ""), "a.toml", "?", NULL, 0, 0, 0 },
};

START_TEST(files_are_held_to_the_schema)
{
	const struct sl_verdict *v;
	size_t commit = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), commit);
	push_text(commit, 0, files[_i].path, files[_i].text);
	v = judge(files[_i].rules);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_msg(v->finding_count == files[_i].findings, "%zu: %s",
	    v->finding_count,
	    v->finding_count ? v->findings[0].message : "none");
	if (!files[_i].message)
		return;
	ck_assert_msg(strstr(v->findings[0].message, files[_i].message) ==
		v->findings[0].message,
	    "%s", v->findings[0].message);
	ck_assert_uint_eq(v->findings[0].line, files[_i].line);
	ck_assert_uint_eq(v->findings[0].col, files[_i].col);
}
END_TEST

START_TEST(what_cannot_be_decided_is_undecided)
{
	static const char *const rules[] = {
		RULE("{}", ", max-bytes: 4"),
		RULE("{pattern: '^(a|a?)+$'}", ""),
		RULE("{oneOf: [{$ref: '#/$defs/a'}, {$ref: '#/$defs/a'}], "
		     "$defs: {"
		     "a: {allOf: [{$ref: '#/$defs/b'}, {$ref: '#/$defs/b'}]}, "
		     "b: {prefixItems: [{$ref: '#'}, {$ref: '#'}]}}}", ""),
	};
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(100000);
	const struct sl_verdict *v;
	size_t commit = push_commit("m");

	sl_buf_addc(&text, '"');
	for (int i = 0; i < 5000; i++)
		sl_buf_addc(&text, 'a');
	sl_buf_adds(&text, "b\"");
	if (_i == 2) {
		sl_buf_clear(&text);
		for (int i = 0; i < 60; i++)
			sl_buf_adds(&text, "[");
		for (int i = 0; i < 60; i++)
			sl_buf_adds(&text, "]");
	}
	push_takes(push_ref("refs/heads/main", 0), commit);
	push_text(commit, 0, "a.json", sl_buf_cstr(&text));
	v = judge(rules[_i]);
	ck_assert_uint_eq(v->undecided_count, 1);
	ck_assert_str_eq(v->undecided[0].path, "a.json");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
}
END_TEST

/* --- a project's schema, in the tree --- */

#define TREE_RULE                                                              \
	"  a: {kind: config, files: 'conf/.+', schema: schema/job.yaml}\n"

START_TEST(a_project_may_keep_its_schema_in_the_tree)
{
	static const struct {
		const char *schema;
		const char *path;
		const char *message;
		unsigned line;
	} cases[] = {
		{ "{type: object, maxProperties: 1}", "conf/b.yaml",
		    "a map with 2 keys; expected at most 1 keys "
		    "(maxProperties)", 1 },
		{ NULL, "schema/job.yaml",
		    "the schema of this rule cannot be used: it is not in the "
		    "repository", 0 },
		{ "type: object\ntpye: x\n", "schema/job.yaml",
		    "the schema of this rule cannot be used: unknown key "
		    "\"tpye\" in a JSON Schema (2020-12); did you mean "
		    "\"type\"?", 2 },
		{ "[", "schema/job.yaml",
		    "the schema of this rule cannot be used: ", 1 },
	};
	const struct sl_verdict *v;
	size_t commit = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), commit);
	/* Not changed by the commit, and judged all the same. */
	push_text(PUSH_MAX, 0, "conf/a.yaml", "a: 1\n");
	push_text(PUSH_MAX, 0, "conf/b.yaml", "a: 1\nb: 2\n");
	if (cases[_i].schema)
		push_text(commit, 0, "schema/job.yaml", cases[_i].schema);
	v = judge_project(TREE_RULE);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_str_eq(v->findings[0].path, cases[_i].path);
	ck_assert_uint_eq(v->findings[0].line, cases[_i].line);
	ck_assert_msg(strstr(v->findings[0].message, cases[_i].message) ==
		v->findings[0].message,
	    "%s", v->findings[0].message);
	ck_assert(!sl_rule_judges_commits(
	    sl_policy_rule(policy, SL_STR("a"))));
}
END_TEST

START_TEST(a_tree_without_such_files_needs_no_schema)
{
	push_ref("refs/heads/main", 0);
	push_text(PUSH_MAX, 0, "a.yaml", "a: 1\n");
	ck_assert_int_eq(judge_project(TREE_RULE)->outcome, SL_OUTCOME_PASS);
}
END_TEST

START_TEST(an_unreadable_file_of_a_tree_is_undecided)
{
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	push_text(PUSH_MAX, 0, "conf/a.yaml", "a: 1\n");
	push_text(PUSH_MAX, 0, "conf/b.yaml", "x\n");
	push_text(PUSH_MAX, 0, "schema/job.yaml", "type: object\n");
	push.broken_blob = 1;
	v = judge_project(TREE_RULE);
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_uint_eq(v->undecided_count, 1);
	ck_assert_str_eq(v->undecided[0].reason,
	    "conf/a.yaml: object is missing");
}
END_TEST

TCase *
tcase_config(void)
{
	TCase *tc = make_case("config");

	tcase_add_loop_test(tc, files_are_held_to_the_schema, 0,
	    SL_COUNT(files));
	tcase_add_loop_test(tc, what_cannot_be_decided_is_undecided, 0, 3);
	tcase_add_loop_test(tc, a_project_may_keep_its_schema_in_the_tree, 0,
	    4);
	tcase_add_test(tc, a_tree_without_such_files_needs_no_schema);
	tcase_add_test(tc, an_unreadable_file_of_a_tree_is_undecided);
	return tc;
}
