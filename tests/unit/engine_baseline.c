/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what was there before does not block, and hides nothing new. */
#include "engine_rig.h"

#include "base/mem.h"
#include "policy/baseline.h"

#define TOKEN "  t: {kind: content, match: 'tok_[0-9a-z]{4}', secret: true}\n"

static bool
take(void *ctx, const struct sl_heard *heard)
{
	struct sl_error err = SL_ERROR_INIT;
	bool added = false;

	if (!heard->excused)
		ck_assert_ok(sl_baseline_add(ctx, heard->rule, heard->hit,
				 &added, &err),
		    &err);
	return added;
}

/* Begin a push of one commit on main. */
static size_t
begin(void)
{
	size_t commit = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), commit);
	return commit;
}

/* Put all that is found on record, and begin anew. */
static size_t
record(const char *rules)
{
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_verdict *v;

	ck_assert_ok(sl_baseline_new(&baseline, &err), &err);
	options.each_path = true;
	options.heard = take;
	options.heard_ctx = baseline;
	v = judge(rules);
	ck_assert_uint_eq(v->finding_count, 0);
	ck_assert_uint_eq(v->undecided_count, 0);
	judge_end();
	options.each_path = false;
	options.heard = NULL;
	push_begin();
	return begin();
}

START_TEST(what_was_there_does_not_block)
{
	size_t c = begin();
	const struct sl_verdict *v;

	push_text(c, 0, "a.py", "k = 'tok_aaaa'\n");
	c = record(TOKEN);
	ck_assert_uint_eq(sl_baseline_count(baseline), 1);
	push_text(c, 0, "a.py", "\n\n# moved\nk = ('tok_aaaa')\n");
	v = judge(TOKEN);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(v->finding_count, 0);
	ck_assert_uint_eq(v->waived_count, 0);
	ck_assert_uint_eq(v->coverage.in_baseline, 1);
	ck_assert(sl_baseline_at(baseline, 0)->used);
}
END_TEST

START_TEST(another_value_blocks)
{
	size_t c = begin();
	const struct sl_verdict *v;

	push_text(c, 0, "a.py", "tok_aaaa");
	c = record(TOKEN);
	/* As it is shown, the same: "... (8 characters)". */
	push_text(c, 0, "a.py", "tok_aaab");
	v = judge(TOKEN);
	ck_assert_uint_eq(v->blocking, 1);
	ck_assert(!sl_baseline_at(baseline, 0)->used);
}
END_TEST

START_TEST(another_place_blocks)
{
	size_t c = begin();
	size_t blob;
	const struct sl_verdict *v;

	push_text(c, 0, "a.py", "tok_aaaa");
	c = record(TOKEN);
	/* The same contents: read once, but another question there. */
	blob = push_blob(SL_STR("tok_aaaa"));
	push_file(c, 0, "a.py", SL_MODE_FILE, blob);
	push_file(c, 0, "b.py", SL_MODE_FILE, blob);
	v = judge(TOKEN);
	ck_assert_uint_eq(v->blocking, 1);
	ck_assert_str_eq(v->findings[0].path, "b.py");
	ck_assert_uint_eq(v->coverage.in_baseline, 1);
	ck_assert_uint_eq(push.reads, 1);
}
END_TEST

/* Two places that both have an entry, but not the same ones. */
START_TEST(each_place_has_its_own_entries)
{
	size_t c = begin();
	size_t blob;
	const struct sl_verdict *v;

	push_text(c, 0, "a.py", "tok_aaaa tok_bbbb");
	push_text(c, 0, "b.py", "tok_aaaa");
	c = record(TOKEN);
	ck_assert_uint_eq(sl_baseline_count(baseline), 3);
	blob = push_blob(SL_STR("tok_aaaa tok_bbbb"));
	push_file(c, 0, "a.py", SL_MODE_FILE, blob);
	push_file(c, 0, "b.py", SL_MODE_FILE, blob);
	v = judge(TOKEN);
	ck_assert_uint_eq(v->blocking, 1);
	ck_assert_str_eq(v->findings[0].path, "b.py");
	ck_assert_uint_eq(v->findings[0].col, 10);
}
END_TEST

START_TEST(every_place_of_a_file_is_recorded)
{
	size_t c = begin();
	size_t blob = push_blob(SL_STR("tok_aaaa"));

	push_file(c, 0, "a.py", SL_MODE_FILE, blob);
	push_file(c, 0, "b.py", SL_MODE_FILE, blob);
	record(TOKEN);
	ck_assert_uint_eq(sl_baseline_count(baseline), 2);
}
END_TEST

static const struct {
	const char *rule; /* max-findings: 1 */
	const char *path;
	const char *before;
	const char *after; /* with one more, at the end */
} capped[] = {
	{ "kind: content, match: 'x[0-9]'", "a.py", "x1 x2", "x1 x2 x3" },
	{ "kind: data-uri, files: '.*', allow: 's3://no/.*'", "a.py",
	    "s3://b/1 s3://b/2", "s3://b/1 s3://b/2 s3://b/3" },
	{ "kind: config, files: '.*', schema: {items: {type: string}}",
	    "a.json", "[1, 2]", "[1, 2, 3]" },
	{ "kind: notebook, match: 'x[0-9]'", "a.ipynb",
	    "{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, "
	    "\"cells\": [{\"cell_type\": \"raw\", \"metadata\": {}, "
	    "\"source\": [\"x1\\n\", \"x2\"]}]}",
	    "{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": {}, "
	    "\"cells\": [{\"cell_type\": \"raw\", \"metadata\": {}, "
	    "\"source\": [\"x1\\n\", \"x2 x3\"]}]}" },
};

/* A cap on findings is no place to hide one behind those that are known. */
START_TEST(a_full_file_hides_nothing_new)
{
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {%s, max-findings: 1}\n",
	    capped[_i].rule);
	size_t c = begin();
	const struct sl_verdict *v;

	push_text(c, 0, capped[_i].path, capped[_i].before);
	c = record(rules);
	ck_assert_uint_eq(sl_baseline_count(baseline), 2);
	push_text(c, 0, capped[_i].path, capped[_i].after);
	v = judge(rules);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->blocking, 1);
	ck_assert_uint_eq(v->coverage.in_baseline, 2);
}
END_TEST

/* What is about no path would excuse every commit to come. */
START_TEST(messages_and_refs_are_never_recorded)
{
	const char *rules = "  c: {kind: commit, subject: 'Good'}\n"
			    "  r: {kind: ref, deny: 'refs/heads/main'}\n"
			    "  d: {kind: content, match: 'bad', waivers: deny}\n"
			    "  e: {kind: path, deny: 'a.*'}\n";
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_verdict *v;
	size_t c = begin();

	push_text(c, 0, "a.py", "bad");
	ck_assert_ok(sl_baseline_new(&baseline, &err), &err);
	options.heard = take;
	options.heard_ctx = baseline;
	v = judge(rules);
	ck_assert_uint_eq(v->finding_count, 3);
	ck_assert_uint_eq(sl_baseline_count(baseline), 1);
	ck_assert_str_eq(sl_baseline_at(baseline, 0)->rule, "e");
}
END_TEST

/* What a tree lacks at its root is at "."; other lacks are others. */
START_TEST(the_root_of_a_tree_is_a_place)
{
	size_t c = begin();
	const struct sl_verdict *v;

	push_text(c, 0, "a.py", "x");
	c = record("  t: {kind: tree, require: ['README']}\n");
	ck_assert_uint_eq(sl_baseline_count(baseline), 1);
	ck_assert_str_eq(sl_baseline_at(baseline, 0)->path, ".");
	push_text(c, 0, "a.py", "y");
	v = judge("  t: {kind: tree, require: ['README']}\n");
	ck_assert_uint_eq(v->coverage.in_baseline, 1);
	ck_assert_uint_eq(v->finding_count, 0);
	judge_end();
	v = judge("  t: {kind: tree, require: ['LICENSE']}\n");
	ck_assert_uint_eq(v->coverage.in_baseline, 0);
	ck_assert_uint_eq(v->blocking, 1);
}
END_TEST

/* An entry's words must be those that its key was made of. */
START_TEST(an_entry_that_says_something_else_covers_nothing)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(9999);
	struct sl_error err = SL_ERROR_INIT;
	size_t c = begin();
	char *at;

	push_text(c, 0, "a.py", "tok_aaaa");
	c = record(TOKEN);
	ck_assert_int_eq(sl_baseline_write(baseline, &text), 0);
	at = strstr(text.ptr, "a.py");
	ck_assert_ptr_nonnull(at);
	*at = 'b';
	sl_baseline_free(baseline);
	baseline = NULL;
	ck_assert_ok(sl_baseline_parse("f", sl_buf_str(&text), &baseline, &err),
	    &err);
	push_text(c, 0, "a.py", "tok_aaaa");
	push_text(c, 0, "b.py", "tok_aaaa");
	ck_assert_uint_eq(judge(TOKEN)->blocking, 2);
}
END_TEST

START_TEST(entries_that_nothing_matches_are_pruned)
{
	size_t c = begin();

	push_text(c, 0, "a.py", "tok_aaaa tok_bbbb");
	c = record(TOKEN);
	push_text(c, 0, "a.py", "tok_bbbb");
	ck_assert_int_eq(judge(TOKEN)->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(sl_baseline_prune(baseline), 1);
	ck_assert_uint_eq(sl_baseline_count(baseline), 1);
	ck_assert_uint_eq(sl_baseline_prune(baseline), 0);
}
END_TEST

START_TEST(a_baseline_counts_in_the_policys_digest)
{
	char with[SL_SHA256_HEX + 1];
	size_t c = begin();

	push_text(c, 0, "a.py", "tok_aaaa");
	record(TOKEN);
	memcpy(with, judge(TOKEN)->policy_digest, sizeof(with));
	sl_baseline_free(baseline);
	baseline = NULL;
	judge_end();
	ck_assert_str_ne(judge(TOKEN)->policy_digest, with);
}
END_TEST

TCase *
tcase_baseline(void)
{
	TCase *tc = make_case("baseline");

	tcase_add_test(tc, what_was_there_does_not_block);
	tcase_add_test(tc, another_value_blocks);
	tcase_add_test(tc, another_place_blocks);
	tcase_add_test(tc, each_place_has_its_own_entries);
	tcase_add_test(tc, every_place_of_a_file_is_recorded);
	tcase_add_loop_test(tc, a_full_file_hides_nothing_new, 0,
	    SL_COUNT(capped));
	tcase_add_test(tc, messages_and_refs_are_never_recorded);
	tcase_add_test(tc, the_root_of_a_tree_is_a_place);
	tcase_add_test(tc, an_entry_that_says_something_else_covers_nothing);
	tcase_add_test(tc, entries_that_nothing_matches_are_pruned);
	tcase_add_test(tc, a_baseline_counts_in_the_policys_digest);
	return tc;
}
