/* SPDX-License-Identifier: Apache-2.0 */
/* git: what a push brings, and what it cannot hide. */
#include "git_rig.h"

#include <string.h>

#include "base/fsx.h"
#include "base/mem.h"

static struct sl_error err;

static struct sl_ref_line
line(const char *ref, struct sl_oid old_oid, struct sl_oid new_oid)
{
	return (struct sl_ref_line){ old_oid, new_oid, sl_str(ref) };
}

static bool
has_commit(const struct sl_change_set *set, size_t ref, struct sl_oid oid)
{
	for (size_t i = 0; i < set->refs[ref].commit_count; i++)
		if (sl_oid_eq(&set->commits[set->refs[ref].commits[i]].oid,
			&oid))
			return true;
	return false;
}

/* Push one line and return the set. */
static struct sl_change_set
pushed(struct sl_git *repo, struct sl_ref_line l,
    const struct sl_git_change_opts *opts)
{
	struct sl_change_set set = { 0 };

	ck_assert_ok(sl_git_changes_push(repo, &l, 1, opts, &set, &err), &err);
	ck_assert_uint_eq(set.ref_count, 1);
	ck_parents_first(&set);
	return set;
}

START_TEST(a_push_without_its_objects_is_an_error)
{
	struct sl_oid one = commit("b", "b");
	struct sl_ref_line l = line("refs/heads/main", rev("base"), one);
	struct sl_change_set set = { 0 };
	struct sl_git *repo;

	sh("mkdir server.git/objects/incoming");
	repo = open_pushed();
	ck_assert_err(sl_git_changes_push(repo, &l, 1, NULL, &set, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_ptr_null(set.refs);
	sl_git_free(repo);
}
END_TEST

START_TEST(an_update_has_its_own_commits_and_asks_nobody)
{
	struct sl_oid base = rev("base"), one = commit("b", "b"),
		      two = commit("c", "c");
	struct sl_change_set set;
	struct sl_git *repo;

	push_objects("main");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, two), NULL);
	ck_assert_int_eq(set.refs[0].action, SL_REF_UPDATE);
	ck_assert_int_eq(set.refs[0].new_kind, SL_OBJECT_COMMIT);
	ck_assert(sl_oid_eq(&set.refs[0].tip, &two));
	ck_assert_uint_eq(set.commit_count, 2);
	ck_assert(sl_oid_eq(&set.commits[0].oid, &one));
	ck_assert(sl_oid_eq(&set.commits[1].oid, &two));
	ck_assert_uint_eq(set.note_count, 0);
	ck_assert(!sl_git_walk_stats(repo).refs_loaded);
	ck_assert_uint_eq(sl_git_walk_stats(repo).commits_read, 2);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_first_push_has_all_history)
{
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "empty.git");
	SL_CLEANUP(sl_freep) char *objects =
	    sl_fsx_join(root, "client/.git/objects");
	struct sl_git_quarantine q = { objects, NULL };
	struct sl_change_set set;
	struct sl_git *repo = NULL;

	commit("b", "b");
	sh("git init -q --bare empty.git");
	ck_assert_ok(sl_git_open_hook(dir, &q, &repo, &err), &err);
	set = pushed(repo, line("refs/heads/main", zero, rev("main")), NULL);
	ck_assert_int_eq(set.refs[0].action, SL_REF_CREATE);
	ck_assert_uint_eq(set.refs[0].commit_count, 2);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_branch_at_or_behind_a_tip_brings_nothing)
{
	struct sl_oid base = rev("base"), one;
	struct sl_change_set set;
	struct sl_git *repo;

	one = commit("b", "b");
	sh("git -C client push -q ../server.git main:refs/heads/other");
	sh("mkdir server.git/objects/incoming");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/new", zero, one), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 0);
	ck_assert(sl_git_walk_stats(repo).refs_loaded);
	ck_assert_uint_eq(sl_git_walk_stats(repo).children, 0);
	sl_change_set_release(&set);
	set = pushed(repo, line("refs/heads/new", zero, base), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_branch_off_old_history_brings_only_its_own)
{
	struct sl_oid own;
	struct sl_change_set set;
	struct sl_git *repo;

	commit("b", "b");
	commit("c", "c");
	sh("cd client; git push -q ../server.git main;"
	   "git checkout -q -b old HEAD~1");
	own = commit("d", "d");
	push_objects("old");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/old", zero, own), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert(has_commit(&set, 0, own));
	ck_assert(!sl_git_walk_stats(repo).refs_loaded);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_branch_off_very_old_history_does_too)
{
	struct sl_oid own;
	struct sl_change_set set;
	struct sl_git *repo;

	/* Longer than what is looked through before git is asked. */
	sh("cd client; for i in $(seq 1000); do printf 'commit "
	   "refs/heads/main\ncommitter a <b> %%d +0000\ndata 0\n' $i;"
	   "[ $i -gt 1 ] || echo 'from refs/tags/base^0'; done |"
	   "git fast-import --quiet; git push -q ../server.git main;"
	   "git checkout -q -b old main~900");
	own = commit("d", "d");
	push_objects("old");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/old", zero, own), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert(has_commit(&set, 0, own));
	ck_assert(sl_git_walk_stats(repo).refs_loaded);
	ck_assert_uint_eq(sl_git_walk_stats(repo).children, 1);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_forced_push_is_told_from_an_update)
{
	struct sl_oid before = commit("b", "b"), after;
	struct sl_change_set set;
	struct sl_git *repo;

	sh("cd client; git push -q ../server.git main:refs/heads/feature;"
	   "git reset -q --hard base");
	after = commit("b", "changed");
	push_objects("main");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/feature", before, after), NULL);
	ck_assert_int_eq(set.refs[0].action, SL_REF_FORCE);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert(has_commit(&set, 0, after));
	sl_change_set_release(&set);
	/* Going back is forced too, and brings nothing. */
	set = pushed(repo, line("refs/heads/feature", before, rev("base")),
	    NULL);
	ck_assert_int_eq(set.refs[0].action, SL_REF_FORCE);
	ck_assert_uint_eq(set.refs[0].commit_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(moving_on_over_known_commits_is_an_update)
{
	struct sl_oid base = rev("base"), tip;
	struct sl_change_set set;
	struct sl_git *repo;

	commit("b", "b");
	tip = commit("c", "c");
	sh("git -C client push -q ../server.git main:refs/heads/feature;"
	   "mkdir server.git/objects/incoming");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, tip), NULL);
	ck_assert_int_eq(set.refs[0].action, SL_REF_UPDATE);
	ck_assert_uint_eq(set.refs[0].commit_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

/* Rules that only main has, and others that only tags have. */
static bool
main_and_tags_differ(void *ctx SL_UNUSED, struct sl_str known,
    struct sl_str pushed)
{
	bool main = sl_str_eqs(pushed, "refs/heads/main");
	bool tag = sl_str_starts(pushed, "refs/tags/");

	return (!main || sl_str_eqs(known, "refs/heads/main")) &&
	    (!tag || sl_str_starts(known, "refs/tags/"));
}

START_TEST(a_lax_branch_launders_nothing)
{
	const struct sl_git_change_opts opts = {
		.covers = main_and_tags_differ
	};
	struct sl_oid base = rev("base"), one, two;
	struct sl_change_set set;
	struct sl_git *repo;

	one = commit("b", "b");
	two = commit("c", "c");
	sh("git -C client push -q ../server.git main:refs/heads/lax;"
	   "mkdir server.git/objects/incoming");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, two), &opts);
	ck_assert_int_eq(set.refs[0].action, SL_REF_UPDATE);
	ck_assert_uint_eq(set.refs[0].commit_count, 2);
	ck_assert(has_commit(&set, 0, one));
	sl_change_set_release(&set);
	/* The other way round, nothing is new. */
	sh("git -C server.git update-ref refs/heads/main %s;"
	   "git -C server.git update-ref -d refs/heads/lax",
	    sh("git -C client rev-parse main"));
	set = pushed(repo, line("refs/heads/lax", zero, two), &opts);
	ck_assert_uint_eq(set.refs[0].commit_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(refs_with_other_rules_launder_nothing)
{
	const struct sl_git_change_opts opts = {
		.covers = main_and_tags_differ
	};
	struct sl_oid base = rev("base"), one = commit("b", "b");
	struct sl_ref_line lines[3];
	struct sl_change_set set = { 0 };
	struct sl_git *repo;

	/* Neither covers the other: both see what the lax branch holds. */
	sh("git -C client push -q ../server.git main:refs/heads/lax;"
	   "mkdir server.git/objects/incoming");
	repo = open_pushed();
	lines[0] = line("refs/heads/main", base, one);
	lines[1] = line("refs/tags/v1", zero, one);
	lines[2] = line("refs/heads/other", zero, one);
	ck_assert_ok(sl_git_changes_push(repo, lines, 3, &opts, &set, &err),
	    &err);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert_uint_eq(set.refs[1].commit_count, 2);
	ck_assert_uint_eq(set.refs[2].commit_count, 0);
	ck_assert_uint_eq(set.commit_count, 2);
	ck_parents_first(&set);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_deleted_lax_branch_launders_nothing_either)
{
	struct sl_oid base = rev("base"), one = commit("b", "b");
	struct sl_change_set set;
	struct sl_git *repo;

	/* The objects stay when the branch goes: the quarantine is empty. */
	sh("cd client; git push -q ../server.git main:refs/heads/lax;"
	   "git push -q ../server.git :refs/heads/lax;"
	   "mkdir ../server.git/objects/incoming");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, one), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert_uint_eq(sl_git_walk_stats(repo).children, 1);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_stale_packed_value_launders_nothing)
{
	struct sl_oid base = rev("base"), one = commit("b", "b");
	struct sl_change_set set;
	struct sl_git *repo;

	sh("cd client; git push -q ../server.git main:refs/heads/other;"
	   "git -C ../server.git pack-refs --all;"
	   "git push -qf ../server.git base:refs/heads/other;"
	   "mkdir ../server.git/objects/incoming");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, one), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(several_refs_share_one_walk)
{
	struct sl_oid base = rev("base"), one = commit("b", "b"), two, tag;
	struct sl_ref_line lines[4];
	struct sl_change_set set = { 0 };
	struct sl_git *repo;

	sh("git -C client checkout -q -b x");
	two = commit("c", "c");
	sh("git -C client tag -a -m 'Release' v1.0.0 main");
	tag = rev("v1.0.0");
	push_objects("x v1.0.0");
	repo = open_pushed();
	lines[0] = line("refs/heads/main", base, one);
	lines[1] = line("refs/heads/x", zero, two);
	lines[2] = line("refs/tags/v1.0.0", zero, tag);
	lines[3] = line("refs/tags/light", zero, one);
	ck_assert_ok(sl_git_changes_push(repo, lines, 4, NULL, &set, &err),
	    &err);
	ck_parents_first(&set);
	ck_assert_uint_eq(set.commit_count, 2);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	ck_assert_uint_eq(set.refs[1].commit_count, 2);
	ck_assert_uint_eq(set.refs[2].commit_count, 1);
	ck_assert_uint_eq(set.refs[3].commit_count, 1);
	ck_assert_ptr_nonnull(set.refs[2].tag);
	ck_assert(sl_str_eqs(set.refs[2].tag->name, "v1.0.0"));
	ck_assert(sl_oid_eq(&set.refs[2].tag->oid, &tag));
	ck_assert_uint_eq(set.refs[2].tag->depth, 1);
	ck_assert(sl_oid_eq(&set.refs[2].tip, &one));
	ck_assert_ptr_null(set.refs[3].tag);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(deletes_trees_and_blobs_have_no_commits)
{
	struct sl_ref_line lines[3];
	struct sl_change_set set = { 0 };
	struct sl_git *repo;

	sh("mkdir server.git/objects/incoming");
	repo = open_pushed();
	lines[0] = line("refs/heads/main", rev("base"), zero);
	lines[1] = line("refs/tags/tree", zero, rev("base^{tree}"));
	lines[2] = line("refs/tags/blob", rev("base"), rev("base:README"));
	ck_assert_ok(sl_git_changes_push(repo, lines, 3, NULL, &set, &err),
	    &err);
	ck_assert_int_eq(set.refs[0].action, SL_REF_DELETE);
	ck_assert_int_eq(set.refs[0].tip_kind, SL_OBJECT_NONE);
	ck_assert_int_eq(set.refs[1].tip_kind, SL_OBJECT_TREE);
	ck_assert(sl_oid_eq(&set.refs[1].tree, &set.refs[1].tip));
	ck_assert_int_eq(set.refs[2].tip_kind, SL_OBJECT_BLOB);
	ck_assert_int_eq(set.refs[2].action, SL_REF_FORCE);
	ck_assert_uint_eq(set.commit_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_delete_needs_no_object)
{
	struct sl_ref_line l = line("refs/heads/gone", id(HEX1), zero);
	struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "server.git");
	struct sl_git_quarantine none = { NULL, NULL };
	struct sl_git *repo = NULL;

	ck_assert_ok(sl_git_open_hook(dir, &none, &repo, &err), &err);
	ck_assert_ok(sl_git_changes_push(repo, &l, 1, NULL, &set, &err), &err);
	ck_assert_int_eq(set.refs[0].action, SL_REF_DELETE);
	ck_assert_uint_eq(set.note_count, 0);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(a_cap_on_commits_is_said)
{
	const struct sl_git_change_opts opts = { .max_commits = 2 };
	struct sl_oid base = rev("base"), tip;
	struct sl_change_set set;
	struct sl_git *repo;

	commit("b", "b");
	commit("c", "c");
	tip = commit("d", "d");
	push_objects("main");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, tip), &opts);
	ck_assert_uint_eq(set.commit_count, 2);
	ck_assert_uint_eq(set.note_count, 1);
	ck_assert_ptr_nonnull(strstr(set.notes[0].text, "2 new commits"));
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(history_that_ends_early_is_said)
{
	struct sl_oid base = rev("base"), one = commit("b", "b"), two;
	char hex[SL_OID_HEX + 1];
	struct sl_change_set set;
	struct sl_git *repo;

	two = commit("c", "c");
	push_objects("main");
	sl_oid_hex(&one, hex);
	sh("rm -f server.git/objects/incoming/%.2s/%s", hex, hex + 2);
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/main", base, two), NULL);
	ck_assert_uint_ge(set.note_count, 1);
	ck_assert_uint_eq(set.commit_count, 1);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(replace_refs_change_nothing)
{
	struct sl_oid own;
	struct sl_change_set set;
	struct sl_git *repo;

	commit("b", "b");
	commit("c", "c");
	sh("cd client; git push -q ../server.git main;"
	   "git checkout -q -b old HEAD~1");
	own = commit("d", "d");
	push_objects("old");
	sh("git -C server.git update-ref refs/replace/"
	   "$(git -C client rev-parse main~1) "
	   "$(git -C client rev-parse base)");
	repo = open_pushed();
	set = pushed(repo, line("refs/heads/old", zero, own), NULL);
	ck_assert_uint_eq(set.refs[0].commit_count, 1);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

START_TEST(no_git_for_the_question_is_an_error)
{
	const struct sl_git_change_opts opts = {
		.git_program = "/nonexistent/git"
	};
	struct sl_oid base = rev("base"), one = commit("b", "b");
	struct sl_ref_line l = line("refs/heads/main", base, one);
	struct sl_change_set set = { 0 };
	struct sl_git *repo;

	sh("cp -r client/.git/objects/. server.git/objects/;"
	   "mkdir server.git/objects/incoming");
	repo = open_pushed();
	ck_assert_err(sl_git_changes_push(repo, &l, 1, &opts, &set, &err),
	    SL_EIO, &err);
	ck_assert_ptr_null(set.commits);
	sl_git_free(repo);
}
END_TEST

START_TEST(many_refs_are_one_push)
{
	enum { REFS = 3000 };
	SL_CLEANUP(sl_freep) struct sl_ref_line *lines =
	    sl_alloc_array(REFS, sizeof(*lines));
	struct sl_oid one = commit("b", "b");
	struct sl_change_set set = { 0 };
	static char names[REFS][32];
	struct sl_git *repo;

	push_objects("main");
	repo = open_pushed();
	for (int i = 0; i < REFS; i++) {
		snprintf(names[i], sizeof(names[i]), "refs/heads/b%d", i);
		lines[i] = line(names[i], zero, one);
	}
	ck_assert_ok(sl_git_changes_push(repo, lines, REFS, NULL, &set, &err),
	    &err);
	ck_assert_uint_eq(set.commit_count, 1);
	for (int i = 0; i < REFS; i++)
		ck_assert_uint_eq(set.refs[i].commit_count, 1);
	ck_assert_uint_eq(sl_git_walk_stats(repo).commits_read, 1);
	sl_change_set_release(&set);
	sl_git_free(repo);
}
END_TEST

TCase *
tcase_push(void)
{
	TCase *tc = tcase_create("push");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_push_without_its_objects_is_an_error);
	tcase_add_test(tc, an_update_has_its_own_commits_and_asks_nobody);
	tcase_add_test(tc, a_first_push_has_all_history);
	tcase_add_test(tc, a_branch_at_or_behind_a_tip_brings_nothing);
	tcase_add_test(tc, a_branch_off_old_history_brings_only_its_own);
	tcase_add_test(tc, a_branch_off_very_old_history_does_too);
	tcase_add_test(tc, a_forced_push_is_told_from_an_update);
	tcase_add_test(tc, moving_on_over_known_commits_is_an_update);
	tcase_add_test(tc, a_lax_branch_launders_nothing);
	tcase_add_test(tc, refs_with_other_rules_launder_nothing);
	tcase_add_test(tc, a_deleted_lax_branch_launders_nothing_either);
	tcase_add_test(tc, a_stale_packed_value_launders_nothing);
	tcase_add_test(tc, several_refs_share_one_walk);
	tcase_add_test(tc, deletes_trees_and_blobs_have_no_commits);
	tcase_add_test(tc, a_delete_needs_no_object);
	tcase_add_test(tc, a_cap_on_commits_is_said);
	tcase_add_test(tc, history_that_ends_early_is_said);
	tcase_add_test(tc, replace_refs_change_nothing);
	tcase_add_test(tc, no_git_for_the_question_is_an_error);
	tcase_add_test(tc, many_refs_are_one_push);
	return tc;
}
