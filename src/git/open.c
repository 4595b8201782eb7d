/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include <stdio.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"

int
sl_git_code(int rc, int fallback)
{
	switch (rc) {
	case GIT_ENOTFOUND:
	case GIT_EUNBORNBRANCH:
		return SL_ENOTFOUND;
	case GIT_EAMBIGUOUS:
	case GIT_EINVALIDSPEC:
		return SL_EINVAL;
	default:
		return fallback;
	}
}

int
sl_git_fail(struct sl_error *err, int code, const char *fmt, ...)
{
	const git_error *last = git_error_last();
	char what[SL_ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return sl_error_set(err, code, "%s: %s", what,
	    last != NULL && last->message != NULL ? last->message :
						    "no reason given");
}

/* Say what must be set up where libgit2 refuses a repository. */
static int
open_fail(int rc, const char *path, struct sl_error *err)
{
	const git_error *last = git_error_last();
	const char *why = last && last->message ? last->message : "";
	SL_CLEANUP(sl_freep) char *word = sl_text_shell_word(sl_str(path));

	if (strstr(why, "safe.directory") != NULL ||
	    strstr(why, "not owned by") != NULL)
		return sl_error_set(err, SL_EDENIED,
		    "repository %s belongs to another user; run as its owner, "
		    "or name it in that user's git configuration: git config "
		    "--global --add safe.directory %s", path, word);
	if (strstr(why, "unsupported extension") != NULL ||
	    strstr(why, "unsupported repository version") != NULL ||
	    strstr(why, "object format") != NULL)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "repository %s cannot be read (%s); only SHA-1 "
		    "repositories with the \"files\" ref storage can be judged",
		    path, why);
	if (rc == GIT_ENOTFOUND)
		return sl_error_set(err, SL_ENOTFOUND,
		    "there is no git repository at %s", path);
	return sl_git_fail(err, SL_ECORRUPT, "repository %s", path);
}

/* An absolute path with links resolved; the path itself where that fails. */
static char *
resolved(const char *path)
{
	char *real, *out;
	size_t n;

	if (path == NULL)
		return NULL;
	real = realpath(path, NULL);
	out = sl_strdup(real != NULL ? real : path);
	free(real);
	for (n = strlen(out); n > 1 && out[n - 1] == '/'; n--)
		out[n - 1] = '\0';
	return out;
}

static int
open_at(const char *path, unsigned flags, struct sl_git **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_git_freep) struct sl_git *repo = NULL;
	int rc;

	repo = sl_alloc(sizeof(*repo));
	rc = git_repository_open_ext(&repo->repo, path, flags, NULL);
	if (rc < 0)
		return open_fail(rc, path, err);
	if (git_repository_odb(&repo->odb, repo->repo) < 0)
		return sl_git_fail(err, SL_ECORRUPT, "objects of %s", path);
	repo->dir = resolved(git_repository_path(repo->repo));
	repo->common_dir = resolved(git_repository_commondir(repo->repo));
	repo->work_tree = resolved(git_repository_workdir(repo->repo));
	*out = sl_steal(&repo);
	return SL_OK;
}

/* Remember an object directory, unless it is there already. */
static void
add_alternate(struct sl_git *repo, const char *path, const char *objects)
{
	SL_CLEANUP(sl_freep) char *real = resolved(path);

	if (!strcmp(real, objects))
		return;
	for (size_t i = 0; i < repo->alternate_count; i++)
		if (!strcmp(real, repo->alternates[i]))
			return;
	repo->alternates = sl_realloc_array(repo->alternates,
	    repo->alternate_count + 1, sizeof(*repo->alternates));
	repo->alternates[repo->alternate_count++] = sl_steal(&real);
}

static int
list_alternates(struct sl_git *repo, const char *text, const char *objects,
    struct sl_error *err)
{
	char **paths;
	size_t count;

	if (text == NULL || *text == '\0')
		return SL_OK;
	if (sl_git_alternates_parse(sl_str(text), &paths, &count, err) < 0)
		return err ? err->code : SL_EINVAL;
	for (size_t i = 0; i < count; i++) {
		add_alternate(repo, paths[i], objects);
		free(paths[i]);
	}
	free(paths);
	return SL_OK;
}

static int
use_directory(git_odb *odb, const char *path, struct sl_error *err)
{
	if (git_odb_add_disk_alternate(odb, path) < 0)
		return sl_git_fail(err, SL_EIO, "object directory %s", path);
	return SL_OK;
}

/* The quarantine alone, without the alternates that it may name. */
static int
open_pushed(struct sl_git *repo, struct sl_error *err)
{
	if (git_odb_new(&repo->pushed) < 0)
		return sl_git_fail(err, SL_EIO, "pushed objects");
	return use_directory(repo->pushed, repo->pushed_dir, err);
}

/*
 * Put the pushed objects in sight, and keep a second view without them. The
 * environment is not used for it: libgit2 would miss the main store where a
 * path has a colon, and would refuse variables that runners set.
 */
static int
add_quarantine(struct sl_git *repo, const struct sl_git_quarantine *q,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *objects = NULL;
	SL_CLEANUP(sl_freep) char *main_store = NULL;
	SL_CLEANUP(sl_freep) char *pushed = NULL;

	if (q == NULL || q->object_directory == NULL || !*q->object_directory)
		return SL_OK;
	objects = sl_fsx_join(repo->common_dir, "objects");
	main_store = resolved(objects);
	pushed = resolved(q->object_directory);
	if (list_alternates(repo, q->alternates, main_store, err) < 0)
		return err ? err->code : SL_EINVAL;
	if (strcmp(pushed, main_store) != 0 &&
	    git_odb_open(&repo->kept, main_store) < 0)
		return sl_git_fail(err, SL_EIO, "objects of %s", repo->dir);
	for (size_t i = 0; i < repo->alternate_count; i++)
		if (use_directory(repo->odb, repo->alternates[i], err) < 0 ||
		    (repo->kept != NULL &&
			use_directory(repo->kept, repo->alternates[i],
			    err) < 0))
			return err ? err->code : SL_EIO;
	if (repo->kept == NULL)
		return SL_OK;
	repo->pushed_dir = sl_steal(&pushed);
	if (use_directory(repo->odb, repo->pushed_dir, err) < 0)
		return err ? err->code : SL_EIO;
	return open_pushed(repo, err);
}

int
sl_git_open_hook(const char *git_dir,
    const struct sl_git_quarantine *quarantine, struct sl_git **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_git_freep) struct sl_git *repo = NULL;
	int rc;

	rc = open_at(git_dir,
	    GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE, &repo,
	    err);
	if (rc == SL_OK)
		rc = add_quarantine(repo, quarantine, err);
	if (rc == SL_OK)
		*out = sl_steal(&repo);
	return rc;
}

int
sl_git_open(const char *path, struct sl_git **out, struct sl_error *err)
{
	return open_at(path, 0, out, err);
}

int
sl_git_open_at(const char *path, struct sl_git **out, struct sl_error *err)
{
	return open_at(path, GIT_REPOSITORY_OPEN_NO_SEARCH, out, err);
}

int
sl_git_open_view(const struct sl_git *repo, struct sl_git **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_git_freep) struct sl_git *view = sl_alloc(sizeof(*view));
	SL_CLEANUP(sl_freep) char *objects =
	    sl_fsx_join(repo->common_dir, "objects");

	if (git_odb_open(&view->odb, objects) < 0)
		return sl_git_fail(err, SL_EIO, "objects of %s", repo->dir);
	for (size_t i = 0; i < repo->alternate_count; i++)
		if (use_directory(view->odb, repo->alternates[i], err) < 0)
			return err ? err->code : SL_EIO;
	if (repo->pushed_dir != NULL) {
		view->pushed_dir = sl_strdup(repo->pushed_dir);
		if (use_directory(view->odb, view->pushed_dir, err) < 0 ||
		    open_pushed(view, err) < 0)
			return err ? err->code : SL_EIO;
	}
	*out = sl_steal(&view);
	return SL_OK;
}

void
sl_git_free(struct sl_git *repo)
{
	if (repo == NULL)
		return;
	git_index_free(repo->index);
	git_config_free(repo->config);
	git_odb_free(repo->pushed);
	git_odb_free(repo->kept);
	git_odb_free(repo->odb);
	git_repository_free(repo->repo);
	for (size_t i = 0; i < repo->alternate_count; i++)
		free(repo->alternates[i]);
	free(repo->alternates);
	free(repo->pushed_dir);
	free(repo->dir);
	free(repo->common_dir);
	free(repo->work_tree);
	free(repo);
}

const char *
sl_git_dir(const struct sl_git *repo)
{
	return repo->dir;
}

const char *
sl_git_common_dir(const struct sl_git *repo)
{
	return repo->common_dir;
}

const char *
sl_git_work_tree(const struct sl_git *repo)
{
	return repo->work_tree;
}

bool
sl_git_is_bare(const struct sl_git *repo)
{
	return repo->work_tree == NULL;
}

bool
sl_git_is_shallow(const struct sl_git *repo)
{
	return git_repository_is_shallow(repo->repo) == 1;
}
