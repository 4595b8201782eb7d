/* SPDX-License-Identifier: Apache-2.0 */
/* git: revisions, ranges, the index, ancestry. */
#include "git_rig.h"

#include "base/fsx.h"
#include "base/mem.h"

static struct sl_error err;

/* revisions */

START_TEST(revisions_and_ranges_resolve)
{
	struct sl_git *repo = open_client();
	struct sl_git_range range;
	struct sl_oid base = rev("base"), two = commit("b", "b"), found;
	bool yes;

	sh("git -C client tag -a -m x v1; git -C client tag blob HEAD:b");
	ck_assert_err(sl_git_rev_parse(repo, "nothing", &range, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_err(sl_git_rev_parse(repo, "base...main", &range, &err),
	    SL_EINVAL, &err);
	ck_assert_err(sl_git_rev_parse(repo, "blob", &range, &err), SL_EINVAL,
	    &err);
	ck_assert_ok(sl_git_rev_parse(repo, "v1", &range, &err), &err);
	ck_assert(!range.is_range && sl_oid_eq(&range.to, &two));
	ck_assert(!sl_oid_eq(&range.object, &two));
	ck_assert_ok(sl_git_rev_parse(repo, "base..", &range, &err), &err);
	ck_assert(range.is_range && sl_oid_eq(&range.from, &base) &&
	    sl_oid_eq(&range.to, &two));
	ck_assert_ok(sl_git_is_ancestor(repo, &base, &two, &yes, &err), &err);
	ck_assert(yes);
	ck_assert_ok(sl_git_is_ancestor(repo, &two, &base, &yes, &err), &err);
	ck_assert(!yes);
	ck_assert_ok(sl_git_is_ancestor(repo, &two, &two, &yes, &err), &err);
	ck_assert(yes);
	ck_assert_ok(sl_git_merge_base(repo, &base, &two, &found, &err), &err);
	ck_assert(sl_oid_eq(&found, &base));
	sl_git_free(repo);
}
END_TEST

/* ranges, revisions, the index */

START_TEST(a_range_is_what_a_merge_would_bring)
{
	struct sl_oid target, source;
	struct sl_change_set set = { 0 };
	struct sl_git *repo = open_client();

	target = commit("b", "b");
	sh("git -C client checkout -q -b topic base");
	commit("c", "c");
	source = commit("d", "d");
	ck_assert_ok(sl_git_changes_range(repo, &target, &source,
	    SL_STR("refs/heads/main"), NULL, &set, &err), &err);
	ck_assert_int_eq(set.refs[0].action, SL_REF_UPDATE);
	ck_assert(sl_str_eqs(set.refs[0].ref, "refs/heads/main"));
	ck_assert_uint_eq(set.refs[0].commit_count, 2);
	ck_assert(sl_oid_eq(&set.commits[1].oid, &source));
	ck_parents_first(&set);
	sl_change_set_release(&set);
	ck_assert_ok(sl_git_changes_range(repo, &zero, &source,
	    SL_STR("refs/heads/main"), NULL, &set, &err), &err);
	ck_assert_int_eq(set.refs[0].action, SL_REF_CREATE);
	ck_assert_uint_eq(set.refs[0].commit_count, 3);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_range_works_in_a_shallow_clone)
{
	struct sl_oid from, to;
	struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "shallow");
	struct sl_git *repo = NULL;

	commit("b", "b");
	from = commit("c", "c");
	to = commit("d", "d");
	sh("git clone -q --depth 2 file://$PWD/client shallow");
	ck_assert_ok(sl_git_open(dir, &repo, &err), &err);
	ck_assert(sl_git_is_shallow(repo));
	ck_assert_ok(sl_git_changes_range(repo, &from, &to,
	    SL_STR("refs/heads/main"), NULL, &set, &err), &err);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert_uint_eq(set.note_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_revision_is_one_commit)
{
	struct sl_oid base = rev("base"), one = commit("b", "b"), tag, blob;
	struct sl_change_set set = { 0 };
	struct sl_git *repo = open_client();

	sh("git -C client tag -a -m x v1");
	tag = rev("v1");
	blob = rev("base:README");
	ck_assert_err(sl_git_changes_revision(repo, &blob,
	    SL_STR("refs/tags/v1"), &set, &err), SL_EINVAL, &err);
	ck_assert_ok(sl_git_changes_revision(repo, &tag,
	    SL_STR("refs/tags/v1"), &set, &err), &err);
	ck_assert_uint_eq(set.commit_count, 1);
	ck_assert(sl_oid_eq(&set.commits[0].oid, &one));
	ck_assert(sl_oid_eq(&set.refs[0].old_oid, &base));
	ck_assert_int_eq(set.refs[0].action, SL_REF_UPDATE);
	ck_assert_ptr_nonnull(set.refs[0].tag);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(the_index_is_a_commit_to_be)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_change_set set = { 0 };
	struct sl_git *bare, *repo = open_client();

	sh("cd client; mkdir -p a/b; echo x >a/b/c; echo y >>data/a.csv;"
	   "git rm -q --cached README; git add a data; echo z >later;"
	   "git add -N later; mkdir ../server.git/objects/incoming");
	bare = open_pushed();
	ck_assert_err(sl_git_changes_index(bare, NULL, SL_STR(""), SL_STR(""),
	    &set, &err), SL_EINVAL, &err);
	sl_git_free(bare);
	ck_assert_ok(sl_git_changes_index(repo, NULL, SL_STR(""),
	    SL_STR("Add c\n"), &set, &err), &err);
	ck_assert(sl_str_eqs(set.refs[0].ref, "refs/heads/main"));
	ck_assert_int_eq(set.refs[0].new_kind, SL_OBJECT_NONE);
	ck_assert_uint_eq(set.commit_count, 1);
	ck_assert(sl_str_eqs(set.commits[0].message, "Add c\n"));
	ck_assert_ok(set.source.commit_changes(set.source.self,
	    &set.commits[0], see_change, &out, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out),
	    "D README\nA a/b/c\nM data/a.csv\n");
	sl_buf_clear(&out);
	ck_assert_ok(set.source.tree_entries(set.source.self, &zero,
	    see_entry, &out, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "0 40000 a (a)\n"
	    "1 40000 a/b (b)\n2 100644 a/b/c (c)\n0 40000 data (data)\n"
	    "1 100644 data/a.csv (a.csv)\n");
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(the_source_knows_refs_and_ancestry)
{
	struct sl_git *repo = open_client();
	struct sl_object_source source = sl_git_source(repo);
	struct sl_oid base = rev("base"), one = commit("b", "b"), tip;
	bool yes = false;

	sh("git -C client tag -a -m x v1");
	ck_assert_err(source.ref_tip(source.self, SL_STR("refs/heads/no"),
	    &tip, &err), SL_ENOTFOUND, &err);
	ck_assert_ok(source.ref_tip(source.self, SL_STR("refs/tags/v1"), &tip,
	    &err), &err);
	ck_assert(sl_oid_eq(&tip, &one));
	ck_assert_ok(source.is_ancestor(source.self, &base, &one, &yes, &err),
	    &err);
	ck_assert(yes);
	sl_git_free(repo);
}
END_TEST

/* Two trees, whatever lies between their commits. */
START_TEST(trees_are_compared_without_history)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf seen = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();
	struct sl_oid from, to, missing = id(HEX1);

	commit("a/b", "1");
	commit("a/c", "1");
	commit("x", "1");
	from = rev("HEAD^{tree}");
	sh("cd client && git rm -q x && git mv a/c a.d && echo 2 >a/b &&"
	   " git add -A && git commit -q -m x");
	to = rev("HEAD^{tree}");
	ck_assert_ok(sl_git_tree_changes(repo, &from, &to, see_change, &seen,
	    &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "A a.d\nM a/b\nD a/c\nD x\n");
	sl_buf_clear(&seen);
	ck_assert_ok(sl_git_tree_changes(repo, &from, &from, see_change, &seen,
	    &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "");
	ck_assert_ok(sl_git_tree_changes(repo, &zero, &to, see_change, &seen,
	    &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "A README\nA a.d\nA a/b\nA data/a.csv\n");
	sl_buf_clear(&seen);
	ck_assert_err(sl_git_tree_changes(repo, &missing, &to, see_change,
	    &seen, &err), SL_ECORRUPT, &err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "");
	sl_git_free(repo);
}
END_TEST

TCase *
tcase_ranges(void)
{
	TCase *tc = tcase_create("ranges");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, revisions_and_ranges_resolve);
	tcase_add_test(tc, a_range_is_what_a_merge_would_bring);
	tcase_add_test(tc, a_range_works_in_a_shallow_clone);
	tcase_add_test(tc, a_revision_is_one_commit);
	tcase_add_test(tc, the_index_is_a_commit_to_be);
	tcase_add_test(tc, the_source_knows_refs_and_ancestry);
	tcase_add_test(tc, trees_are_compared_without_history);
	return tc;
}
