/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git: real repositories made by the git program in a folder of their own.
 * `push_objects` does what receive-pack does: the pushed objects lie in a
 * quarantine, refs still have their old values.
 */
#include "harness.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "git/git_int.h"

/* libgit2 1.5 loses memory in its own regex and history calls. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libgit2.so\nleak:libpcre2-8.so\n";
}

static char root[256];
static struct sl_error err;

/* Run a script in the test's folder; its trimmed output is kept in `said`. */
static char said[65536];

static SL_PRINTF(1, 2) const char *
sh(const char *fmt, ...)
{
	SL_CLEANUP(sl_freep) char *script = NULL;
	SL_CLEANUP(sl_freep) char *command = NULL;
	va_list ap;
	size_t n;
	FILE *out;

	va_start(ap, fmt);
	ck_assert_int_ge(vasprintf(&script, fmt, ap), 0);
	va_end(ap);
	command = sl_asprintf("cd '%s' && set -e; %s", root, script);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	n = fread(said, 1, sizeof(said) - 1, out);
	while (n > 0 && said[n - 1] == '\n')
		n--;
	said[n] = '\0';
	ck_assert_msg(pclose(out) == 0, "script failed: %s\n%s", script, said);
	return said;
}

static struct sl_oid
id(const char *hex)
{
	struct sl_oid oid;

	ck_assert_msg(sl_oid_parse(sl_str(hex), &oid) == SL_OK, "not an id: %s",
	    hex);
	return oid;
}

/* An object of the client repository. */
static struct sl_oid
rev(const char *name)
{
	return id(sh("git -C client rev-parse %s", name));
}

/*
 * server.git (bare) and client, both with `main` at one commit that has the
 * files README and data/a.csv.
 */
static void
set_up(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(root, sizeof(root), "%s/sl-git-XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(root));
	setenv("HOME", root, 1);
	setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
	setenv("GIT_AUTHOR_NAME", "Ana", 1);
	setenv("GIT_AUTHOR_EMAIL", "ana@example.com", 1);
	setenv("GIT_COMMITTER_NAME", "Bo", 1);
	setenv("GIT_COMMITTER_EMAIL", "bo@example.com", 1);
	setenv("GIT_AUTHOR_DATE", "1700000000 +0130", 1);
	setenv("GIT_COMMITTER_DATE", "1700000100 -0230", 1);
	sl_error_clear(&err);
	ck_assert_ok(sl_git_init(&err), &err);
	sh("git config --global init.defaultBranch main;"
	   "git config --global advice.detachedHead false;"
	   "git config --global advice.nestedTag false;"
	   "git init -q --bare server.git; git init -q client; cd client;"
	   "mkdir data; echo one >README; echo 1,2 >data/a.csv;"
	   "git add .; git commit -qm 'First'; git tag base;"
	   "git push -q ../server.git main");
}

static void
tear_down(void)
{
	sh("git -C server.git fsck --strict 2>&1");
	sl_git_shutdown();
	sh("chmod -R u+w . && rm -rf '%s'", root);
}

/* A commit in the client that writes `text` to a file; leaves HEAD on it. */
static struct sl_oid
commit(const char *file, const char *text)
{
	sh("cd client; mkdir -p $(dirname %s); echo '%s' >%s;"
	   "git add %s; git commit -qm 'Change %s'", file, text, file, file,
	    file);
	return rev("HEAD");
}

/* Put what the client's revisions reach into server.git's quarantine. */
static void
push_objects(const char *revs)
{
	sh("mkdir -p server.git/objects/incoming;"
	   "git -C client rev-list --objects %s --not base |"
	   " git -C client pack-objects -q --stdout |"
	   " GIT_OBJECT_DIRECTORY=$PWD/server.git/objects/incoming"
	   " GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/server.git/objects"
	   " git -C server.git unpack-objects -q", revs);
}

static struct sl_git *
open_pushed(void)
{
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "server.git");
	SL_CLEANUP(sl_freep) char *incoming =
	    sl_asprintf("%s/objects/incoming", dir);
	SL_CLEANUP(sl_freep) char *objects = sl_asprintf("%s/objects", dir);
	struct sl_git_quarantine q = { incoming, objects };
	struct sl_git *repo = NULL;

	ck_assert_ok(sl_git_open_hook(dir, &q, &repo, &err), &err);
	return repo;
}

static struct sl_git *
open_client(void)
{
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "client");
	struct sl_git *repo = NULL;

	ck_assert_ok(sl_git_open(dir, &repo, &err), &err);
	return repo;
}

static const struct sl_oid zero;

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

static void
ck_parents_first(const struct sl_change_set *set)
{
	for (size_t i = 0; i < set->commit_count; i++)
		for (size_t p = 0; p < set->commits[i].parent_count; p++)
			for (size_t j = i; j < set->commit_count; j++)
				ck_assert(!sl_oid_eq(&set->commits[j].oid,
				    &set->commits[i].parents[p]));
}

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

#define HEX1 "1111111111111111111111111111111111111111"

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
		    see_ref, &seen, &err), SL_ECORRUPT, &err);
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

/* objects */

START_TEST(commits_are_read_with_everything)
{
	struct sl_git_commit c = { 0 };
	struct sl_git *repo = open_client();
	struct sl_oid oid = rev("base");
	struct sl_oid tree = rev("base^{tree}");

	ck_assert_err(sl_git_commit_read(repo, &tree, &c, &err), SL_EINVAL,
	    &err);
	ck_assert_err(sl_git_commit_read(repo, &zero, &c, &err), SL_ENOTFOUND,
	    &err);
	ck_assert_ok(sl_git_commit_read(repo, &oid, &c, &err), &err);
	ck_assert(sl_oid_eq(&c.commit.tree, &tree));
	ck_assert_uint_eq(c.commit.parent_count, 0);
	ck_assert(sl_str_eqs(c.commit.author.name, "Ana"));
	ck_assert(sl_str_eqs(c.commit.author.email, "ana@example.com"));
	ck_assert_int_eq(c.commit.author.when_s, 1700000000);
	ck_assert_int_eq(c.commit.author.offset_min, 90);
	ck_assert_int_eq(c.commit.committer.when_s, 1700000100);
	ck_assert_int_eq(c.commit.committer.offset_min, -150);
	ck_assert(sl_str_eqs(c.commit.message, "First\n"));
	ck_assert(!c.commit.has_signature);
	sl_git_commit_release(&c);
	sl_git_free(repo);
}
END_TEST

#define TREE "tree " HEX1 "\n"

START_TEST(damaged_commits_do_not_parse)
{
	static const char *const bad[] = { "", "tree", "tree 123\n",
		"author a <b> 1 +0000\n", TREE, TREE "parent 12\n",
		TREE "parent " HEX1 "\ncommitter a <b> 1 +0000\n\n",
		TREE "author a <b> 1 +0000\n\nx" };
	struct sl_commit c = { 0 };
	struct sl_oid parent;

	for (size_t i = 0; i < SL_COUNT(bad); i++)
		ck_assert_err(sl_git_commit_parse(sl_str(bad[i]), &c, &parent,
		    1, &err), SL_ECORRUPT, &err);
}
END_TEST

START_TEST(odd_people_are_kept_as_they_are)
{
	struct sl_commit c = { 0 };
	struct sl_oid parent;

	ck_assert_ok(sl_git_commit_parse(SL_STR(TREE "author no address\n"
	    "committer <> 99999999999999999999 -9999\ngpgsig abc\n def\n"
	    "\nHi\0there"), &c, &parent, 1, &err), &err);
	ck_assert(sl_str_eqs(c.author.name, "no address"));
	ck_assert_uint_eq(c.author.email.len, 0);
	ck_assert_uint_eq(c.committer.name.len, 0);
	ck_assert_int_eq(c.committer.when_s, INT64_C(253402300799));
	ck_assert(c.has_signature);
	ck_assert_uint_eq(c.message.len, 8);
}
END_TEST

START_TEST(tags_are_peeled_within_a_depth)
{
	struct sl_git_peel peel;
	struct sl_git_tag tag = { 0 };
	struct sl_git *repo = open_client();
	struct sl_oid oid;

	sh("cd client; git tag -a -m 'One\n\nModel-Package: x' t0 base;"
	   "for i in 1 2 3 4 5 6 7 8; do git tag -a -m x t$i t$((i - 1)); done;"
	   "git tag blob base:README; git tag -a -m x tree base^{tree}");
	oid = rev("t0");
	ck_assert_ok(sl_git_tag_read(repo, &oid, &tag, &err), &err);
	ck_assert(sl_str_eqs(tag.tag.name, "t0"));
	ck_assert(tag.tag.has_tagger);
	ck_assert(sl_str_eqs(tag.tag.tagger.name, "Bo"));
	sl_git_tag_release(&tag);
	oid = rev("t7");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_COMMIT);
	ck_assert_uint_eq(peel.depth, 8);
	oid = rev("t8");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_TAG);
	oid = rev("blob");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_BLOB);
	ck_assert(sl_oid_is_zero(&peel.tree));
	oid = rev("tree");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.kind, SL_OBJECT_TAG);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_TREE);
	ck_assert(!sl_oid_is_zero(&peel.tree));
	sl_git_free(repo);
}
END_TEST

START_TEST(files_are_read_under_a_cap)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf small = SL_BUF_INIT(3);
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4);
	struct sl_git *repo = open_client();
	struct sl_oid base = rev("base"), blob;

	ck_assert_err(sl_git_file_at(repo, &base, "data/a.csv", &small, NULL,
	    &err), SL_ETOOBIG, &err);
	ck_assert_uint_eq(small.len, 0);
	ck_assert_err(sl_git_file_at(repo, &base, "data", &out, NULL, &err),
	    SL_EINVAL, &err);
	ck_assert_err(sl_git_file_at(repo, &base, "data/b", &out, NULL, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_err(sl_git_file_at(repo, &base, "README/x", &out, NULL,
	    &err), SL_ENOTFOUND, &err);
	ck_assert_ok(sl_git_file_at(repo, &base, "data/a.csv", &out, &blob,
	    &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "1,2\n");
	sl_git_free(repo);
}
END_TEST

/* trees */

static int
see_entry(void *ctx, const struct sl_tree_entry *entry,
    struct sl_error *e SL_UNUSED)
{
	sl_buf_addf(ctx, "%u %o %.*s (%.*s)\n", entry->depth, entry->mode,
	    SL_STR_ARG(entry->path), SL_STR_ARG(entry->name));
	return 0;
}

static int
see_change(void *ctx, const struct sl_path_change *change,
    struct sl_error *e SL_UNUSED)
{
	sl_buf_addf(ctx, "%c %.*s\n", change->old_mode == SL_MODE_NONE ? 'A' :
	    change->new_mode == SL_MODE_NONE ? 'D' : 'M',
	    SL_STR_ARG(change->path));
	return 0;
}

/* What the source says that a commit of the client changes. */
static const char *
changes_of(struct sl_git *repo, const char *name, struct sl_buf *out)
{
	struct sl_object_source source = sl_git_source(repo);
	struct sl_oid oid = rev(name);
	struct sl_git_commit c = { 0 };

	sl_buf_clear(out);
	ck_assert_ok(sl_git_commit_read(repo, &oid, &c, &err), &err);
	ck_assert_ok(source.commit_changes(source.self, &c.commit, see_change,
	    out, &err), &err);
	sl_git_commit_release(&c);
	return sl_buf_cstr(out);
}

START_TEST(changes_are_what_git_says)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();

	ck_assert_str_eq(changes_of(repo, "base", &out),
	    "A README\nA data/a.csv\n");
	sh("cd client; git rm -q README; mkdir README; echo x >README/x;"
	   "echo 3 >>data/a.csv; echo y >data.txt; ln -s data l; git add .;"
	   "git commit -qm 'File to folder'");
	ck_assert_str_eq(changes_of(repo, "HEAD", &out),
	    "D README\nA README/x\nA data.txt\nM data/a.csv\nA l\n");
	sh("cd client; git commit -q --allow-empty -m 'Empty'");
	ck_assert_str_eq(changes_of(repo, "HEAD", &out), "");
	sl_git_free(repo);
}
END_TEST

START_TEST(a_merge_changes_only_what_no_parent_has)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();

	sh("cd client; git checkout -qb side; echo s >side; echo s >both;"
	   "git add .; git commit -qm s; git checkout -q main; echo m >main;"
	   "echo m >both; git add .; git commit -qm m;"
	   "git merge -q -s ours --no-commit side 2>&1; echo merged >both;"
	   "echo evil >data/evil; git checkout -q side -- side;"
	   "git rm -q --cached README;"
	   "git add both data; git commit -qm 'Merge side'");
	/* `side` and `main` come from a parent; README is in both. */
	ck_assert_str_eq(changes_of(repo, "HEAD", &out),
	    "D README\nM both\nA data/evil\n");
	sl_git_free(repo);
}
END_TEST

START_TEST(hostile_trees_pass_through_as_they_are)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_buf_release) struct sl_buf walked = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();
	struct sl_oid tree;

	sh("cd client; b=$(git rev-parse base:README | sed 's/../\\\\x&/g');"
	   "t=$(/usr/bin/printf \"100644 zz\\\\0${b}100644 ..\\\\0${b}"
	   "100644 aa\\\\0${b}0100664 aa\\\\0${b}\" |"
	   "git hash-object -t tree --literally -w --stdin);"
	   "git update-ref refs/heads/evil $(git commit-tree -m evil $t)");
	ck_assert_str_eq(changes_of(repo, "evil", &out),
	    "A ..\nA aa\nA aa\nA zz\n");
	tree = rev("evil^{tree}");
	ck_assert_ok(sl_git_tree_walk(repo, &tree, see_entry, &walked, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&walked), "0 100644 zz (zz)\n"
	    "0 100644 .. (..)\n0 100644 aa (aa)\n0 100644 aa (aa)\n");
	sl_git_free(repo);
}
END_TEST

START_TEST(a_missing_tree_is_damage)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();
	struct sl_oid tree = rev("base^{tree}"), data = rev("base:data");
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(&data, hex);
	sh("rm -f client/.git/objects/%.2s/%s", hex, hex + 2);
	ck_assert_err(sl_git_tree_walk(repo, &tree, see_entry, &out, &err),
	    SL_ECORRUPT, &err);
	sl_git_free(repo);
}
END_TEST

START_TEST(damaged_trees_do_not_parse)
{
	static const struct sl_str bad[] = { SL_STR("1"), SL_STR("100644"),
		SL_STR(" a\0aaaaaaaaaaaaaaaaaaaa"), SL_STR("100644 a"),
		SL_STR("100644 a\0short"),
		SL_STR("100644 \0aaaaaaaaaaaaaaaaaaaa"),
		SL_STR("777777777 a\0aaaaaaaaaaaaaaaaaaaa") };
	struct sl_git_entry entry;

	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		struct sl_str raw = bad[i];

		ck_assert_err(sl_git_tree_next(&raw, &entry, &err),
		    SL_ECORRUPT, &err);
	}
}
END_TEST

START_TEST(modes_are_as_git_reads_them)
{
	static const struct {
		struct sl_str raw;
		uint32_t mode;
	} cases[] = {
		{ SL_STR("100644 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100664 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("0100600 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100000 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100011 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100777 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_EXECUTABLE },
		{ SL_STR("100100 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_EXECUTABLE },
		{ SL_STR("120777 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_SYMLINK },
		{ SL_STR("40755 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_TREE },
		{ SL_STR("160644 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_SUBMODULE },
		{ SL_STR("10644 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_SUBMODULE },
		{ SL_STR("0 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_SUBMODULE },
	};
	struct sl_git_entry entry;

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct sl_str raw = cases[i].raw;

		ck_assert_int_eq(sl_git_tree_next(&raw, &entry, &err), 1);
		ck_assert_uint_eq(entry.mode, cases[i].mode);
	}
}
END_TEST

/* trailers */

START_TEST(trailers_are_read_strictly)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64);
	static const struct {
		const char *message;
		int rc;
		const char *value;
	} cases[] = {
		{ "", SL_ENOTFOUND, NULL },
		{ "Sluice-Build: a\n", SL_ENOTFOUND, NULL },
		{ "T\n\nSluice-Build: a\nand prose\n", SL_ENOTFOUND, NULL },
		{ "T\n\nSluice-Build: a\n\nlater text\n", SL_ENOTFOUND, NULL },
		{ "T\n\nSluice-Build: a\nSluice-Build: b\n", SL_EINVAL, NULL },
		{ "T\n\n  Sluice-Build: a\n", SL_ENOTFOUND, NULL },
		{ "T\n\nX: 1\nsluice-build:  a b \nY: 2\n\n\n", SL_OK, "a b" },
		{ "T\n\nbody\n\nSluice-Build: a\n  more\nX: y\n", SL_OK,
		    "a\n  more" },
		{ "T\n\nSluice-Build: a\n-----BEGIN PGP SIGNATURE-----\nz\n",
		    SL_OK, "a" },
	};

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		ck_assert_err(sl_git_trailer_get(sl_str(cases[i].message),
		    "Sluice-Build", &out, &err), cases[i].rc, &err);
		if (cases[i].rc == SL_OK)
			ck_assert_str_eq(sl_buf_cstr(&out), cases[i].value);
	}
}
END_TEST

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

/* pushes */

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
	    SL_STR("refs/tags/v1"), NULL, &set, &err), SL_EINVAL, &err);
	ck_assert_ok(sl_git_changes_revision(repo, &tag,
	    SL_STR("refs/tags/v1"), NULL, &set, &err), &err);
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

static TCase *
tcase_pure(void)
{
	TCase *tc = tcase_create("pure");

	tcase_add_test(tc, alternates_refuse_bad_quotes);
	tcase_add_test(tc, alternates_unquote_as_git_does);
	tcase_add_test(tc, alternates_are_capped);
	tcase_add_test(tc, packed_refs_damage_has_a_line);
	tcase_add_test(tc, damaged_commits_do_not_parse);
	tcase_add_test(tc, odd_people_are_kept_as_they_are);
	tcase_add_test(tc, damaged_trees_do_not_parse);
	tcase_add_test(tc, modes_are_as_git_reads_them);
	tcase_add_test(tc, trailers_are_read_strictly);
	return tc;
}

static TCase *
tcase_repository(void)
{
	TCase *tc = tcase_create("repository");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, open_says_what_it_cannot_read);
	tcase_add_test(tc, open_minds_the_owner);
	tcase_add_test(tc, open_takes_harmless_extensions);
	tcase_add_test(tc, open_sees_the_quarantine_and_paths_with_colons);
	tcase_add_test(tc, config_is_read_and_written);
	tcase_add_test(tc, refs_are_all_seen_once);
	tcase_add_test(tc, head_may_be_unborn_or_detached);
	tcase_add_test(tc, commits_are_read_with_everything);
	tcase_add_test(tc, tags_are_peeled_within_a_depth);
	tcase_add_test(tc, files_are_read_under_a_cap);
	tcase_add_test(tc, changes_are_what_git_says);
	tcase_add_test(tc, a_merge_changes_only_what_no_parent_has);
	tcase_add_test(tc, hostile_trees_pass_through_as_they_are);
	tcase_add_test(tc, a_missing_tree_is_damage);
	tcase_add_test(tc, revisions_and_ranges_resolve);
	tcase_add_test(tc, the_source_knows_refs_and_ancestry);
	return tc;
}

static TCase *
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
	tcase_add_test(tc, a_range_is_what_a_merge_would_bring);
	tcase_add_test(tc, a_range_works_in_a_shallow_clone);
	tcase_add_test(tc, a_revision_is_one_commit);
	tcase_add_test(tc, the_index_is_a_commit_to_be);
	return tc;
}

SL_TEST_MAIN("git", tcase_pure, tcase_repository, tcase_push)
