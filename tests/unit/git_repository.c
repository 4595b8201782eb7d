/* SPDX-License-Identifier: Apache-2.0 */
/* git: opening, configuration, alternates, refs. */
#include "git_rig.h"

#include <string.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

static struct sl_error err;

/* opening */

START_TEST(open_says_what_it_cannot_read)
{
	SL_CLEANUP(sl_freep) char *sha256 = sl_fsx_join(root, "sha256.git");
	SL_CLEANUP(sl_freep) char *odd = sl_fsx_join(root, "odd.git");
	SL_CLEANUP(sl_freep) char *none = sl_fsx_join(root, "client/data");
	struct sl_git *repo = NULL;

	sh("git init -q --bare --object-format=sha256 sha256.git;"
	   "git init -q --bare odd.git;"
	   "git -C odd.git config core.repositoryformatversion 1;"
	   "git -C odd.git config extensions.refstorage reftable");
	ck_assert_err(sl_git_open_hook(sha256, NULL, &repo, &err),
	    SL_EUNSUPPORTED, &err);
	ck_assert_err(sl_git_open_hook(odd, NULL, &repo, &err),
	    SL_EUNSUPPORTED, &err);
	ck_assert_err(sl_git_open(sha256, &repo, &err), SL_EUNSUPPORTED, &err);
	/* A hook does not search the parents of its folder. */
	ck_assert_err(sl_git_open_hook(none, NULL, &repo, &err), SL_ENOTFOUND,
	    &err);
	ck_assert_ptr_null(repo);
	ck_assert_ok(sl_git_open(none, &repo, &err), &err);
	ck_assert(!sl_git_is_bare(repo));
	sl_git_free(repo);
}
END_TEST

START_TEST(open_minds_the_owner)
{
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "server.git");
	struct sl_git *repo = NULL;

	if (geteuid() != 0)
		return; /* only root can give a repository away */
	sh("chown -R 65534 server.git");
	ck_assert_err(sl_git_open_hook(dir, NULL, &repo, &err), SL_EDENIED,
	    &err);
	ck_assert_ptr_nonnull(strstr(err.text, "safe.directory"));
	sh("git config --global --add safe.directory '%s'", dir);
	ck_assert_ok(sl_git_open_hook(dir, NULL, &repo, &err), &err);
	sl_git_free(repo);
}
END_TEST

START_TEST(open_takes_harmless_extensions)
{
	static const char *const extensions[] = { "worktreeConfig true",
		"partialClone origin", "relativeWorktrees true",
		"preciousObjects true" };
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "server.git");

	for (size_t i = 0; i < SL_COUNT(extensions); i++) {
		struct sl_git *repo = NULL;

		sh("git config -f server.git/config "
		   "core.repositoryformatversion 1;"
		   "git config -f server.git/config extensions.%s",
		    extensions[i]);
		ck_assert_ok(sl_git_open_hook(dir, NULL, &repo, &err), &err);
		ck_assert_str_eq(sl_git_dir(repo), dir);
		ck_assert(sl_git_is_bare(repo));
		sl_git_free(repo);
	}
	sh("cd server.git; git config -f config --remove-section extensions;"
	   "git config -f config core.repositoryformatversion 0");
}
END_TEST

START_TEST(open_sees_the_quarantine_and_paths_with_colons)
{
	struct sl_git *repo = NULL;
	struct sl_git_quarantine q = { "q:1", "\"x:y.git/objects\"" };
	struct sl_oid one = commit("b", "two");
	struct sl_git_peel peel;
	char *before = getcwd(NULL, 0);

	sh("cp -r server.git x:y.git; cp -r client/.git/objects q:1");
	ck_assert_int_eq(chdir(root), 0);
	ck_assert_ok(sl_git_open_hook("x:y.git", NULL, &repo, &err), &err);
	ck_assert_err(sl_git_peel(repo, &one, &peel, &err), SL_ENOTFOUND,
	    &err);
	sl_git_free(repo);
	ck_assert_ok(sl_git_open_hook("x:y.git", &q, &repo, &err), &err);
	ck_assert_ok(sl_git_peel(repo, &one, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_COMMIT);
	ck_assert_int_eq(chdir(before), 0);
	sl_git_free(repo);
	free(before);
}
END_TEST

START_TEST(config_is_read_and_written)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(512);
	struct sl_git *repo = open_client();

	ck_assert_err(sl_git_config_get(repo, "sluice.site", &out, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_ok(sl_git_repository_id(repo, &out, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), sl_git_common_dir(repo));
	ck_assert_ok(sl_git_config_set(repo, "sluice.site", "/etc/x.yaml",
	    &err), &err);
	ck_assert_ok(sl_git_config_get(repo, "sluice.site", &out, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "/etc/x.yaml");
	ck_assert_str_eq(sh("git -C client config sluice.site"),
	    "/etc/x.yaml");
	ck_assert_ok(sl_git_config_unset(repo, "sluice.site", &err), &err);
	ck_assert_ok(sl_git_config_unset(repo, "sluice.site", &err), &err);
	ck_assert_ok(sl_git_config_set(repo, "sluice.repository-id",
	    "Not An Id", &err), &err);
	ck_assert_err(sl_git_repository_id(repo, &out, &err), SL_EINVAL, &err);
	ck_assert_ok(sl_git_config_set(repo, "sluice.repository-id",
	    "0f3a-11", &err), &err);
	ck_assert_err(sl_git_repository_id(repo, &out, &err), SL_EINVAL, &err);
	ck_assert_ok(sl_git_config_set(repo, "sluice.repository-id",
	    "0f3a-1122", &err), &err);
	ck_assert_ok(sl_git_repository_id(repo, &out, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "0f3a-1122");
	sl_git_free(repo);
}
END_TEST

/* alternates */

static int
see_path(void *ctx, const char *path, bool staged,
    struct sl_error *e SL_UNUSED)
{
	return sl_buf_addf(ctx, "%s%s ", staged ? "+" : "", path);
}

START_TEST(work_tree_changes_are_of_tracked_files)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf seen = SL_BUF_INIT(1024);
	SL_CLEANUP(sl_git_freep) struct sl_git *repo = open_client();
	struct sl_git *bare = NULL;

	sh("cd client; echo x >untracked; touch README");
	ck_assert_ok(sl_git_work_tree_changes(repo, see_path, &seen, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "");
	sh("cd client; rm README; echo new >new; git add new;"
	   "echo y >>data/a.csv; git add data/a.csv;"
	   "git show HEAD:data/a.csv >data/a.csv");
	ck_assert_ok(sl_git_work_tree_changes(repo, see_path, &seen, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "README +data/a.csv +new ");
	bare = open_pushed();
	ck_assert_err(sl_git_work_tree_changes(bare, see_path, &seen, &err),
	    SL_EINVAL, &err);
	sl_git_free(bare);
}
END_TEST

START_TEST(alternates_refuse_bad_quotes)
{
	static const char *const bad[] = { "\"a", "\"a\\", "\"a\\9\"",
		"\"a\\000\"", "\"a\"b", "\"\\40\"", "\"\\477\"" };

	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		char **paths = NULL;
		size_t n = 0;

		ck_assert_err(sl_git_alternates_parse(sl_str(bad[i]), &paths,
		    &n, &err), SL_EINVAL, &err);
		ck_assert_ptr_null(paths);
	}
}
END_TEST

START_TEST(alternates_unquote_as_git_does)
{
	const char *text = "/a::/b c:\"/d:\\\"e\\\\\\n\\101\":\"\":x\"y";
	static const char *const want[] = { "/a", "/b c", "/d:\"e\\\nA",
		"x\"y" };
	SL_CLEANUP(sl_buf_release) struct sl_buf quoted = SL_BUF_INIT(256);
	char **paths = NULL;
	size_t n = 0;

	ck_assert_ok(sl_git_alternates_parse(sl_str(text), &paths, &n, &err),
	    &err);
	ck_assert_uint_eq(n, SL_COUNT(want));
	for (size_t i = 0; i < n; i++) {
		ck_assert_str_eq(paths[i], want[i]);
		free(paths[i]);
	}
	free(paths);
	ck_assert_int_eq(sl_git_alternate_quote(&quoted, sl_str(want[2])),
	    SL_OK);
	ck_assert_str_eq(sl_buf_cstr(&quoted), "\"/d:\\\"e\\\\\\012A\"");
	ck_assert_ok(sl_git_alternates_parse(sl_buf_str(&quoted), &paths, &n,
	    &err), &err);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(paths[0], want[2]);
	free(paths[0]);
	free(paths);
}
END_TEST

START_TEST(alternates_are_capped)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	char **paths = NULL;
	size_t n = 0;

	for (int i = 0; i <= SL_GIT_ALTERNATES_MAX; i++)
		sl_buf_adds(&text, "/a:");
	ck_assert_err(sl_git_alternates_parse(sl_buf_str(&text), &paths, &n,
	    &err), SL_ETOOBIG, &err);
	sl_buf_clear(&text);
	for (int i = 0; i < 5000; i++)
		sl_buf_addc(&text, 'a');
	ck_assert_err(sl_git_alternates_parse(sl_buf_str(&text), &paths, &n,
	    &err), SL_ETOOBIG, &err);
}
END_TEST

/* refs */

struct seen {
	struct sl_buf names;
	size_t count;
	size_t peeled;
};

static int
see_ref(void *ctx, const struct sl_git_ref *ref,
    struct sl_error *e SL_UNUSED)
{
	struct seen *seen = ctx;

	sl_buf_addv(&seen->names, ref->name);
	sl_buf_addc(&seen->names, '\n');
	seen->count++;
	seen->peeled += ref->has_peeled;
	return 0;
}

START_TEST(packed_refs_damage_has_a_line)
{
	static const char *const bad[] = {
		HEX1 " refs/heads/a",
		"# pack-refs with: peeled\nxyz refs/heads/a\n",
		HEX1 "\n",
		HEX1 " refs/heads/a\n^123\n",
		"^" HEX1 "\n",
		HEX1 " \n",
	};
	struct seen seen = { SL_BUF_INIT(1024), 0, 0 };

	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		ck_assert_err(sl_git_packed_refs_parse(sl_str(bad[i]),
		    NULL, see_ref, &seen, &err), SL_ECORRUPT, &err);
		ck_assert(strncmp(err.place, "packed-refs:", 12) == 0);
	}
	sl_buf_release(&seen.names);
}
END_TEST

START_TEST(refs_are_all_seen_once)
{
	struct seen seen = { SL_BUF_INIT(4096), 0, 0 };
	struct sl_git *repo = open_client();

	commit("b", "b");
	sh("cd client; git branch side; git tag -a -m x v1; git pack-refs --all;"
	   "git branch -f side base; git branch loose;"
	   "git symbolic-ref refs/heads/alias refs/heads/main");
	ck_assert_ok(sl_git_refs_each(repo, see_ref, &seen, &err), &err);
	ck_assert_uint_eq(seen.count, 5);
	ck_assert_uint_eq(seen.peeled, 1);
	ck_assert_ptr_nonnull(strstr(seen.names.ptr, "refs/heads/side\n"));
	ck_assert_ptr_null(strstr(strstr(seen.names.ptr, "refs/heads/side\n") +
	    1, "refs/heads/side\n"));
	ck_assert_ptr_null(strstr(seen.names.ptr, "alias"));
	sl_buf_release(&seen.names);
	sl_git_free(repo);
}
END_TEST

static void
see_at(struct sl_git *repo, const struct sl_oidmap *ids, const char *names)
{
	struct seen seen = { SL_BUF_INIT(4096), 0, 0 };

	ck_assert_ok(sl_git_refs_at(repo, ids, see_ref, &seen, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&seen.names), names);
	sl_buf_release(&seen.names);
}

/* Loose, packed, hidden by a loose one, behind a tag. */
START_TEST(refs_at_some_ids_are_found)
{
	struct sl_oidmap ids = SL_OIDMAP_INIT;
	struct sl_git *repo = open_client();
	struct sl_oid base, main, tag;

	commit("b", "b");
	sh("cd client; git branch side; git branch other base;"
	   "git tag -a -m x v1; git pack-refs --all;"
	   "git branch -f side base; git branch loose base");
	ck_assert_ok(sl_git_ref_read(repo, "refs/heads/other", &base, &err),
	    &err);
	ck_assert_ok(sl_git_ref_read(repo, "refs/heads/main", &main, &err),
	    &err);
	ck_assert_ok(sl_git_ref_read(repo, "refs/tags/v1", &tag, &err), &err);
	see_at(repo, &ids, "");
	sl_oidmap_put(&ids, &tag, NULL);
	see_at(repo, &ids, "refs/tags/v1\n");
	sl_oidmap_put(&ids, &main, NULL);
	see_at(repo, &ids, "refs/heads/main\nrefs/tags/v1\n");
	sl_oidmap_release(&ids);
	sl_oidmap_put(&ids, &base, NULL);
	sh("git -C client branch -D loose");
	see_at(repo, &ids,
	    "refs/heads/side\nrefs/heads/other\nrefs/tags/base\n");
	sl_oidmap_release(&ids);
	sl_git_free(repo);
}
END_TEST

START_TEST(head_may_be_unborn_or_detached)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(512);
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "empty.git");
	struct sl_git *repo = NULL;
	struct sl_oid oid;

	sh("git init -q --bare empty.git;"
	   "git -C empty.git symbolic-ref HEAD refs/heads/trunk;"
	   "git -C client checkout -q --detach");
	ck_assert_ok(sl_git_open_hook(dir, NULL, &repo, &err), &err);
	ck_assert_ok(sl_git_head_ref(repo, &out, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "refs/heads/trunk");
	ck_assert_err(sl_git_ref_read(repo, "HEAD", &oid, &err), SL_ENOTFOUND,
	    &err);
	sl_git_free(repo);
	repo = open_client();
	ck_assert_err(sl_git_head_ref(repo, &out, &err), SL_ENOTFOUND, &err);
	ck_assert_ok(sl_git_ref_read(repo, "HEAD", &oid, &err), &err);
	ck_assert_err(sl_git_ref_read(repo, "refs/heads/../x", &oid, &err),
	    SL_ENOTFOUND, &err);
	sl_git_free(repo);
}
END_TEST

TCase *
tcase_files(void)
{
	TCase *tc = tcase_create("files");

	tcase_add_test(tc, alternates_refuse_bad_quotes);
	tcase_add_test(tc, alternates_unquote_as_git_does);
	tcase_add_test(tc, alternates_are_capped);
	tcase_add_test(tc, packed_refs_damage_has_a_line);
	return tc;
}

TCase *
tcase_repository(void)
{
	TCase *tc = tcase_create("repository");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, work_tree_changes_are_of_tracked_files);
	tcase_add_test(tc, open_says_what_it_cannot_read);
	tcase_add_test(tc, open_minds_the_owner);
	tcase_add_test(tc, open_takes_harmless_extensions);
	tcase_add_test(tc, open_sees_the_quarantine_and_paths_with_colons);
	tcase_add_test(tc, config_is_read_and_written);
	tcase_add_test(tc, refs_are_all_seen_once);
	tcase_add_test(tc, refs_at_some_ids_are_found);
	tcase_add_test(tc, head_may_be_unborn_or_detached);
	return tc;
}
