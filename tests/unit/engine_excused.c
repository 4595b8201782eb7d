/* SPDX-License-Identifier: Apache-2.0 */
/* engine: findings that their own line or a waiver excuses. */
#include "engine_rig.h"

#include "base/mem.h"

/* One commit on main with one file; judged. */
static const struct sl_verdict *
judge_text(const char *rules, const char *path, const char *text)
{
	size_t c = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, path, text);
	return judge(rules);
}

/* --- comments in the line --- */

#define TODO(keys) "  x/todo: {kind: content, match: 'TODO'" keys "}\n"
#define URI                                                                    \
	"  x/s3: {kind: data-uri, files: '.*', allow: 's3://no/.*', "          \
	"inline-ignore: allow}\n"
#define CELLS                                                                  \
	"  x/nb: {kind: notebook, match: 'TODO', inline-ignore: allow}\n"
#define CELL(source, outputs)                                                  \
	"{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, "          \
	"\"cells\": [{\"cell_type\": \"code\", \"metadata\": {}, "             \
	"\"execution_count\": null, \"source\": [" source                      \
	"], \"outputs\": [" outputs "]}]}"
#define PRINTED(text)                                                          \
	"{\"output_type\": \"stream\", \"name\": \"stdout\", \"text\": \""     \
	text "\"}"
#define ALLOW ", inline-ignore: allow"
#define WHY "sluice:allow x/todo -- later, see #7"

static const struct {
	const char *rules;
	const char *path;
	const char *text;
	size_t findings;
	size_t waived;
} lines[] = {
	/* Never for a rule that does not say so. */
	{ TODO(""), "a.py", "TODO # " WHY, 1, 0 },
	{ TODO(", inline-ignore: deny"), "a.py", "TODO # " WHY, 1, 0 },
	{ TODO(ALLOW ", waivers: deny"), "a.py", "TODO # " WHY, 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO", 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO # " WHY, 0, 1 },
	{ TODO(ALLOW), "a.py", "/* " WHY " */ TODO\n", 0, 1 },
	{ TODO(ALLOW), "a.py", "a\nTODO # " WHY "\nb", 0, 1 },
	/* Its own line, and no other. */
	{ TODO(ALLOW), "a.py", "# " WHY "\nTODO\n", 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO\n# " WHY "\n", 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO # " WHY "\nTODO", 1, 1 },
	/* The rule's own name, whole. */
	{ TODO(ALLOW), "a.py", "TODO sluice:allow x/todos -- see #7", 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO sluice:allow x -- see #7", 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO sluice:allow * -- see #7", 1, 0 },
	{ TODO(ALLOW), "a.py", "TODO sluice:allowx/todo -- see #7", 1, 0 },
	{ TODO(ALLOW), "a.py",
	    "TODO sluice:allow y -- no sluice:allow x/todo -- see #7", 0, 1 },
	/* Without a reason: both are told. */
	{ TODO(ALLOW), "a.py", "TODO sluice:allow x/todo", 2, 0 },
	{ TODO(ALLOW), "a.py", "TODO sluice:allow x/todo see #7", 2, 0 },
	{ TODO(ALLOW), "a.py", "TODO sluice:allow x/todo -- -->", 2, 0 },
	{ TODO(ALLOW), "a.py", "TODO sluice:allow x/todo --", 2, 0 },
	{ TODO(ALLOW), "a.py",
	    "TODO sluice:allow x/todo -- sluice:allow y -- see #7", 2, 0 },
	/* A message is no place for it. */
	{ TODO(ALLOW ", in: messages"), "a.py", "x", 0, 0 },
	{ URI, "a.py", "open('s3://b/k')", 1, 0 },
	{ URI, "a.py", "open('s3://b/k') # sluice:allow x/s3 -- a test", 0, 1 },
	{ URI, "a.py", "open('s3://b/k') # sluice:allow x/s3", 2, 0 },
	{ URI, "a.json", "{\"a\": \"s3://b/k\", \"b\": "
	    "\"sluice:allow x/s3 -- a test\"}", 1, 0 },
	{ CELLS, "a.ipynb", CELL("\"TODO\"", ""), 1, 0 },
	{ CELLS, "a.ipynb", CELL("\"TODO # sluice:allow x/nb -- it is one\"",
	    ""), 0, 1 },
	{ CELLS, "a.ipynb",
	    CELL("\"# sluice:allow x/nb -- it is one\\n\", \"TODO\"", ""), 1,
	    0 },
	/* What a cell printed cannot excuse itself. */
	{ CELLS, "a.ipynb", CELL("\"x\"",
	    PRINTED("TODO sluice:allow x/nb -- it is one")), 1, 0 },
};

START_TEST(a_line_may_excuse_its_finding)
{
	const struct sl_verdict *v = judge_text(lines[_i].rules,
	    lines[_i].path, lines[_i].text);

	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_msg(v->finding_count == lines[_i].findings, "%zu: %s",
	    v->finding_count, lines[_i].text);
	ck_assert_uint_eq(v->waived_count, lines[_i].waived);
	ck_assert_int_eq(v->outcome,
	    lines[_i].findings ? SL_OUTCOME_FAIL : SL_OUTCOME_PASS);
}
END_TEST

START_TEST(an_excuse_is_listed_with_its_reason)
{
	const struct sl_verdict *v = judge_text(TODO(ALLOW), "a.py",
	    "TODO # sluice:allow x/todo -- \033 later");

	ck_assert_uint_eq(v->waived_count, 1);
	ck_assert_str_eq(v->waived[0].waiver, "in its line: \\x1b later");
	ck_assert_str_eq(v->waived[0].rule, "x/todo");
	ck_assert_uint_eq(v->waived[0].line, 1);
}
END_TEST

START_TEST(excused_lines_hide_nothing_behind_them)
{
	const struct sl_verdict *v = judge_text(
	    TODO(ALLOW ", max-findings: 1"), "a.py",
	    "TODO # " WHY "\nTODO # " WHY "\nTODO\n");

	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_uint_eq(v->findings[0].line, 3);
	ck_assert_uint_eq(v->waived_count, 2);
}
END_TEST

START_TEST(an_excuse_must_be_near)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(9999);

	sl_buf_adds(&text, "TODO ");
	for (unsigned i = 0; i < 2000; i++)
		sl_buf_addc(&text, '.');
	sl_buf_adds(&text, WHY);
	ck_assert_uint_eq(judge_text(TODO(ALLOW), "a.py",
			      sl_buf_cstr(&text))->finding_count, 1);
}
END_TEST

/* --- waivers that nothing needs --- */

#define WAIVED(rules, more)                                                    \
	rules "waivers:\n  - {rule: x/todo, reason: why, owner: me, "          \
	      "expires: 2999-01-01" more "}\n"

static const struct {
	const char *rules;
	const char *text;
	bool whole;
	size_t unused;
} waivers[] = {
	{ WAIVED(TODO(""), ""), "TODO", true, 0 },
	{ WAIVED(TODO(""), ""), "done", true, 1 },
	{ WAIVED(TODO(""), ", path: 'b'"), "done", true, 1 },
	/* A push may change other files. */
	{ WAIVED(TODO(""), ""), "done", false, 0 },
	/* Not decided: an expired one is told as such. */
	{ TODO("") "waivers:\n  - {rule: x/todo, reason: why, owner: me, "
		   "expires: 2001-01-01}\n", "done", true, 0 },
	/* A tree says nothing of messages, or of a rule that is off there. */
	{ WAIVED(TODO(", in: [files, messages]"), ""), "done", true, 0 },
	{ WAIVED("  x/todo: {kind: commit, subject: 'm'}\n", ""), "done", true,
	    0 },
	{ WAIVED("  x/todo: {kind: ref, deny: 'no'}\n", ""), "done", true, 0 },
	{ WAIVED(TODO(", level: {'refs/tags/.*': block, default: off}"), ""),
	    "done", true, 0 },
	/* Something stayed undecided. */
	{ WAIVED(TODO(", max-bytes: 3"), ""), "done", true, 0 },
};

START_TEST(waivers_that_nothing_needs_are_told)
{
	const struct sl_verdict *v;
	size_t unused = 0;

	options.whole = waivers[_i].whole;
	v = judge_text(waivers[_i].rules, "a.py", waivers[_i].text);
	for (size_t i = 0; i < v->finding_count; i++)
		if (strstr(v->findings[i].message, "nothing in this tree"))
			unused++;
	ck_assert_uint_eq(unused, waivers[_i].unused);
	if (unused > 0) {
		ck_assert_str_eq(v->findings[0].rule, "sluice/waivers");
		ck_assert_int_eq(v->findings[0].level, SL_LEVEL_WARN);
	}
}
END_TEST

/* The same contents at two places, of which one is waived: it is needed. */
START_TEST(a_waiver_of_one_of_two_places_is_used)
{
	size_t c = push_commit("m"), blob = push_blob(SL_STR("TODO"));
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_file(c, 0, "a.py", SL_MODE_FILE, blob);
	push_file(c, 0, "b.py", SL_MODE_FILE, blob);
	options.whole = true;
	v = judge(WAIVED(TODO(""), ", path: 'a.py'"));
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_str_eq(v->findings[0].path, "b.py");
	ck_assert_uint_eq(v->waived_count, 1);
}
END_TEST

TCase *
tcase_excused(void)
{
	TCase *tc = make_case("excused");

	tcase_add_loop_test(tc, a_line_may_excuse_its_finding, 0,
	    SL_COUNT(lines));
	tcase_add_test(tc, an_excuse_is_listed_with_its_reason);
	tcase_add_test(tc, excused_lines_hide_nothing_behind_them);
	tcase_add_test(tc, an_excuse_must_be_near);
	tcase_add_loop_test(tc, waivers_that_nothing_needs_are_told, 0,
	    SL_COUNT(waivers));
	tcase_add_test(tc, a_waiver_of_one_of_two_places_is_used);
	return tc;
}
