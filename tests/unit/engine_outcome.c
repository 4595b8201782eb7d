/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what becomes of a push, whatever kinds its rules are of. */
#include "engine_rig.h"

#include "base/mem.h"

/* --- outcome --- */

START_TEST(an_empty_push_passes)
{
	const struct sl_verdict *v = judge("  a: {kind: path, deny: 'x'}\n");

	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(strlen(v->id), 64);
	ck_assert_str_eq(v->policy_name, "t");
}
END_TEST

START_TEST(a_breach_names_everything)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "bad\033/x", "text");
	v = judge("  a:\n    kind: path\n    deny: '(?<dir>bad.+)/x'\n"
		  "    message: '{dir} in {ref} by {commit}'\n"
		  "    fix: 'rm {path}'\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
	assert_one(v, "bad\\x1b in refs/heads/main by 630100000000");
	ck_assert_str_eq(v->findings[0].path, "bad\\x1b/x");
	ck_assert_str_eq(v->findings[0].fix, "rm bad\\x1b/x");
	ck_assert_str_eq(v->findings[0].ref, "refs/heads/main");
	ck_assert_str_eq(v->findings[0].place.file, "s");
	ck_assert_uint_eq(v->findings[0].place.line, 4);
	ck_assert(v->findings[0].has_commit);
	ck_assert_int_eq(v->findings[0].commit.id[0], 'c');
}
END_TEST

START_TEST(the_strictest_ref_of_a_commit_counts)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/feature/x", 0), c);
	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "bad", "needle");
	v = judge("  a: {kind: path, deny: 'bad', "
		  "level: {'refs/heads/main': block, default: warn}}\n"
		  "  b: {kind: content, match: 'needle', "
		  "level: {'refs/heads/main': block, default: audit}}\n"
		  "  c: {kind: tree, forbid: 'bad', "
		  "level: {'refs/heads/main': block, default: warn}}\n"
		  "  d: {kind: commit, subject: 'x', "
		  "level: {'refs/heads/main': block, default: warn}}\n");
	ck_assert_uint_eq(v->finding_count, 4);
	ck_assert_uint_eq(v->blocking, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_str_eq(v->findings[i].ref, "refs/heads/main");
	ck_assert_uint_eq(push.walks, 1); /* one tree, two refs */
	ck_assert_uint_eq(push.reads, 1);
	ck_assert_uint_eq(v->coverage.commits, 1);
	ck_assert_uint_eq(v->coverage.blobs, 1);
}
END_TEST

START_TEST(a_blob_is_judged_at_its_strictest_commit)
{
	size_t lax = push_commit("m"), strict = push_commit("n");
	size_t blob = push_blob(SL_STR("needle"));
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/feature/x", 0), lax);
	push_takes(push_ref("refs/heads/main", 1), strict);
	push_file(lax, 0, "a.txt", SL_MODE_FILE, blob);
	push_file(strict, 1, "b.txt", SL_MODE_FILE, blob);
	v = judge("  b: {kind: content, match: 'needle', "
		  "level: {'refs/heads/main': block, default: warn}}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
	ck_assert_str_eq(v->findings[0].path, "b.txt");
	ck_assert_uint_eq(push.reads, 1);
}
END_TEST

START_TEST(warnings_and_audits_do_not_block)
{
	const struct sl_verdict *v;

	push_ref("refs/heads/x", 0);
	v = judge("  a: {kind: ref, deny: '.*', level: warn}\n"
		  "  b: {kind: ref, deny: '.*', level: audit}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(v->warnings, 1);
	ck_assert_uint_eq(v->audits, 1);
	ck_assert_str_eq(v->findings[0].rule, "a");
}
END_TEST

/* --- undecided --- */

START_TEST(an_unreadable_object_is_undecided)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "a", "text");
	if (_i == 0)
		push.broken_blob = 1;
	else if (_i == 1)
		push.broken_changes = true;
	else
		push.refs[0].tree = push_oid('t', push.broken_tree = 9);
	v = judge("  a: {kind: content, match: 'zz'}\n"
		  "  b: {kind: tree, forbid: 'x', level: warn}\n");
	ck_assert_uint_eq(v->undecided_count, 1);
	/* The tree: the built-in rule about the project's file blocks. */
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
}
END_TEST

START_TEST(a_finding_outweighs_undecided)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "a", "text");
	push.broken_blob = 1;
	v = judge("  a: {kind: content, match: 'x'}\n"
		  "  b: {kind: path, deny: 'a'}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
	ck_assert_uint_eq(v->undecided_count, 1);
}
END_TEST

START_TEST(a_match_limit_is_undecided)
{
	static char text[60001];
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	memset(text, 'a', 60000);
	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "a", text);
	v = judge("  a: {kind: content, match: '(a+)+[bc]'}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_str_eq(v->undecided[0].rule, "a");
	ck_assert_str_eq(v->undecided[0].path, "a");
}
END_TEST

START_TEST(a_budget_that_ends_is_undecided)
{
	const struct sl_verdict *v;
	struct sl_ref_change *ref = push_ref("refs/heads/main", 0);

	for (int i = 0; i < 20; i++) {
		size_t c = push_commit("m");

		push_takes(ref, c);
		push_text(c, 0, "a", "text");
	}
	clock_step_ms = _i;
	options.budget_ms = 10;
	v = judge("  a: {kind: content, match: 'x'}\n"
		  "  b: {kind: tree, forbid: 'x'}\n"
		  "  c: {kind: commit, subject: '.*'}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_ptr_nonnull(strstr(v->undecided[0].reason, "budget"));
}
END_TEST

START_TEST(in_an_import_what_is_late_does_not_block)
{
	const struct sl_verdict *v;
	struct sl_ref_change *ref = push_ref("refs/heads/main", 0);
	struct sl_change_note note = { (char *)"history ends early" };

	for (int i = 0; i < 20; i++) {
		size_t c = push_commit("m");

		push_takes(ref, c);
		push_text(c, 0, "a", "text");
	}
	clock_step_ms = _i;
	options.budget_ms = 10;
	options.late_passes = true;
	v = judge("  a: {kind: content, match: 'x'}\n"
		  "  b: {kind: tree, forbid: 'x'}\n"
		  "  c: {kind: commit, subject: '.*'}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_ge(v->undecided_count, 1);
	ck_assert_uint_eq(v->undecided_blocking, 0);
	for (size_t i = 0; i < v->undecided_count; i++)
		ck_assert_ptr_nonnull(strstr(v->undecided[i].reason,
		    "budget"));
	/* But nothing else that was left out. */
	push.set.notes = &note;
	push.set.note_count = 1;
	judge_end();
	v = judge("  a: {kind: path, deny: 'x'}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
}
END_TEST

START_TEST(notes_of_the_change_set_are_undecided)
{
	struct sl_change_note note = { (char *)"history ends early" };
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	push.set.notes = &note;
	push.set.note_count = 1;
	v = judge("  a: {kind: path, deny: 'x'}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_str_eq(v->undecided[0].reason, "history ends early");
}
END_TEST

START_TEST(a_contradicting_set_is_refused)
{
	struct sl_policy_inputs in = { 0 };
	struct sl_error err = SL_ERROR_INIT;

	push_takes(push_ref("refs/heads/main", 0), 7);
	ck_assert_ok(sl_doc_parse_yaml("s",
			 SL_STR(HEAD "  a: {kind: path, deny: 'x'}\n"), NULL,
			 &site, &err),
	    &err);
	in.site = site;
	ck_assert_ok(sl_policy_load(&in, &policy, &err), &err);
	ck_assert_err(sl_engine_judge(policy, &push.set, &options, &verdict,
			  &err),
	    SL_EINVAL, &err);
}
END_TEST

START_TEST(the_same_push_gives_the_same_verdict)
{
	struct sl_verdict *again;
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_verdict *v;
	size_t c = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), c);
	push_takes(push_ref("refs/heads/x", 0), c);
	push_text(c, 0, "a", "needle");
	push_text(c, 0, "b", "needle");
	v = judge("  a: {kind: content, match: 'needle'}\n"
		  "  b: {kind: path, deny: 'a'}\n");
	ck_assert_ok(sl_engine_judge(policy, &push.set, &options, &again,
			 &err),
	    &err);
	ck_assert_str_eq(v->id, again->id);
	ck_assert_uint_eq(v->finding_count, again->finding_count);
	for (size_t i = 0; i < v->finding_count; i++)
		ck_assert_str_eq(v->findings[i].fingerprint,
		    again->findings[i].fingerprint);
	sl_verdict_free(again);
}
END_TEST

START_TEST(rules_on_refs_and_trees_judge_no_commits)
{
	static const struct {
		const char *rule;
		bool commits;
	} kinds[] = { { "a", false }, { "b", false }, { "c", true },
		{ "d", true }, { "e", true } };

	(void)judge("  a: {kind: ref, allow: 'x'}\n"
		    "  b: {kind: tree, forbid: 'x'}\n"
		    "  c: {kind: path, deny: 'x'}\n"
		    "  d: {kind: content, match: 'x'}\n"
		    "  e: {kind: commit, subject: 'x'}\n");
	for (size_t i = 0; i < SL_COUNT(kinds); i++)
		ck_assert_int_eq(sl_rule_judges_commits(sl_policy_rule(policy,
				     sl_str(kinds[i].rule))),
		    kinds[i].commits);
}
END_TEST

/* --- waivers --- */

/* 2027-01-01, midnight UTC. */
#define JANUARY INT64_C(1798761600)

#define TODO "  a: {kind: content, match: 'TODO'}\n"
#define WAIVER(scope)                                                          \
	"waivers:\n  - {rule: a, " scope "owner: ana, reason: old code, "      \
	"expires: 2027-01-01}\n"

static void
push_todos(void)
{
	size_t blob = push_blob(SL_STR("TODO\n"));

	push_ref("refs/heads/main", 0);
	push_takes(&push.refs[0], push_commit("m"));
	push_file(0, 0, "new/x.py", SL_MODE_FILE, blob);
	push_file(0, 0, "old/x.py", SL_MODE_FILE, blob);
}

START_TEST(a_waiver_covers_until_its_day)
{
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	push_takes(&push.refs[0], push_commit("m"));
	push_text(0, 0, "old/x.py", "TODO\n");
	options.evaluated_at_s = _i ? JANUARY : JANUARY - 1;
	v = judge(TODO WAIVER("path: 'old/.+', "));
	if (_i) {
		ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
		ck_assert_uint_eq(v->blocking, 1);
		ck_assert_uint_eq(v->warnings, 1);
		ck_assert_str_eq(v->findings[1].message, "the waiver of ana "
		    "until 2027-01-01: old code has expired");
		ck_assert_uint_eq(v->waived_count, 0);
		return;
	}
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(v->finding_count, 0);
	ck_assert_uint_eq(v->waived_count, 1);
	ck_assert_int_eq(v->waived[0].level, SL_LEVEL_BLOCK);
	ck_assert_str_eq(v->waived[0].path, "old/x.py");
	ck_assert_str_eq(v->waived[0].waiver,
	    "ana until 2027-01-01: old code");
	ck_assert_uint_eq(strlen(v->waived[0].fingerprint), 64);
}
END_TEST

/* The same bytes at a place that nobody has waived are found there. */
START_TEST(a_waived_path_hides_no_other)
{
	const struct sl_verdict *v;

	push_todos();
	options.evaluated_at_s = 1;
	v = judge(_i ? TODO WAIVER("path: 'old/.+', ") :
		       TODO WAIVER("path: 'new/.+', "));
	ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_str_eq(v->findings[0].path, _i ? "new/x.py" : "old/x.py");
}
END_TEST

START_TEST(a_waiver_may_name_the_bytes)
{
	const struct sl_verdict *v;
	SL_CLEANUP(sl_freep) char *rules = NULL;
	char hex[SL_OID_HEX + 1];
	struct sl_oid oid;

	push_todos();
	oid = push_oid('b', push.files[0].blob + (_i ? 1 : 0));
	sl_oid_hex(&oid, hex);
	options.evaluated_at_s = 1;
	rules = sl_asprintf(TODO "waivers:\n  - {rule: [a], blob: ['%s'], "
	    "owner: ana, reason: old code, expires: '2027-01-01'}\n", hex);
	v = judge(rules);
	ck_assert_int_eq(v->outcome, _i ? SL_OUTCOME_FAIL : SL_OUTCOME_PASS);
	ck_assert_uint_eq(v->waived_count, _i ? 0 : 1);
}
END_TEST

TCase *
tcase_outcome(void)
{
	TCase *tc = make_case("outcome");

	tcase_add_test(tc, an_empty_push_passes);
	tcase_add_test(tc, a_breach_names_everything);
	tcase_add_test(tc, the_strictest_ref_of_a_commit_counts);
	tcase_add_test(tc, a_blob_is_judged_at_its_strictest_commit);
	tcase_add_test(tc, warnings_and_audits_do_not_block);
	tcase_add_loop_test(tc, an_unreadable_object_is_undecided, 0, 3);
	tcase_add_test(tc, a_finding_outweighs_undecided);
	tcase_add_test(tc, a_match_limit_is_undecided);
	tcase_add_loop_test(tc, a_budget_that_ends_is_undecided, 1, 12);
	tcase_add_loop_test(tc, in_an_import_what_is_late_does_not_block, 1,
	    12);
	tcase_add_test(tc, notes_of_the_change_set_are_undecided);
	tcase_add_test(tc, a_contradicting_set_is_refused);
	tcase_add_test(tc, the_same_push_gives_the_same_verdict);
	tcase_add_test(tc, rules_on_refs_and_trees_judge_no_commits);
	tcase_add_loop_test(tc, a_waiver_covers_until_its_day, 0, 2);
	tcase_add_loop_test(tc, a_waived_path_hides_no_other, 0, 2);
	tcase_add_loop_test(tc, a_waiver_may_name_the_bytes, 0, 2);
	return tc;
}
