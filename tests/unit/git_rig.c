/* SPDX-License-Identifier: Apache-2.0 */
#include "git_rig.h"

#include <string.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

/* libgit2 1.5 loses memory in its own regex and history calls. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libgit2.so\nleak:libpcre2-8.so\n";
}

char root[256];
const struct sl_oid zero;
static struct sl_error err;

/* What the last script said. */
static char said[65536];

const char *
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

struct sl_oid
id(const char *hex)
{
	struct sl_oid oid;

	ck_assert_msg(sl_oid_parse(sl_str(hex), &oid) == SL_OK, "not an id: %s",
	    hex);
	return oid;
}

struct sl_oid
rev(const char *name)
{
	return id(sh("git -C client rev-parse %s", name));
}

void
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

void
tear_down(void)
{
	sh("git -C server.git fsck --strict 2>&1");
	sl_git_shutdown();
	sh("chmod -R u+w . && rm -rf '%s'", root);
}

struct sl_oid
commit(const char *file, const char *text)
{
	sh("cd client; mkdir -p $(dirname %s); echo '%s' >%s;"
	   "git add %s; git commit -qm 'Change %s'", file, text, file, file,
	    file);
	return rev("HEAD");
}

void
push_objects(const char *revs)
{
	sh("mkdir -p server.git/objects/incoming;"
	   "git -C client rev-list --objects %s --not base |"
	   " git -C client pack-objects -q --stdout |"
	   " GIT_OBJECT_DIRECTORY=$PWD/server.git/objects/incoming"
	   " GIT_ALTERNATE_OBJECT_DIRECTORIES=$PWD/server.git/objects"
	   " git -C server.git unpack-objects -q", revs);
}

struct sl_git *
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

struct sl_git *
open_client(void)
{
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_join(root, "client");
	struct sl_git *repo = NULL;

	ck_assert_ok(sl_git_open(dir, &repo, &err), &err);
	return repo;
}

void
ck_parents_first(const struct sl_change_set *set)
{
	for (size_t i = 0; i < set->commit_count; i++)
		for (size_t p = 0; p < set->commits[i].parent_count; p++)
			for (size_t j = i; j < set->commit_count; j++)
				ck_assert(!sl_oid_eq(&set->commits[j].oid,
				    &set->commits[i].parents[p]));
}

int
see_entry(void *ctx, const struct sl_tree_entry *entry,
    struct sl_error *e SL_UNUSED)
{
	sl_buf_addf(ctx, "%u %o %.*s (%.*s)\n", entry->depth, entry->mode,
	    SL_STR_ARG(entry->path), SL_STR_ARG(entry->name));
	return 0;
}

int
see_change(void *ctx, const struct sl_path_change *change,
    struct sl_error *e SL_UNUSED)
{
	sl_buf_addf(ctx, "%c %.*s\n", change->old_mode == SL_MODE_NONE ? 'A' :
	    change->new_mode == SL_MODE_NONE ? 'D' : 'M',
	    SL_STR_ARG(change->path));
	return 0;
}
