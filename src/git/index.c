/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index seen as a tree, and compared with HEAD's. Where a path is in
 * conflict, its first stage counts; what is only announced (`git add -N`) is
 * not staged.
 */
#include "git/git_int.h"

#include "base/mem.h"

int
sl_git_index(struct sl_git *repo, git_index **out, struct sl_error *err)
{
	if (repo->index == NULL) {
		if (sl_git_is_bare(repo))
			return sl_error_set(err, SL_EINVAL,
			    "%s is a bare repository: nothing is staged there",
			    repo->dir);
		if (git_repository_index(&repo->index, repo->repo) < 0)
			return sl_git_fail(err, SL_ECORRUPT, "index of %s",
			    repo->dir);
	}
	*out = repo->index;
	return SL_OK;
}

/* The staged entry at *at or the next one after it; NULL at the end. */
static const git_index_entry *
next_staged(git_index *index, size_t *at, const char *previous)
{
	const git_index_entry *entry;

	for (; (entry = git_index_get_byindex(index, *at)) != NULL; ++*at) {
		if (entry->flags_extended & GIT_INDEX_ENTRY_INTENT_TO_ADD)
			continue;
		if (previous == NULL || strcmp(previous, entry->path) != 0) {
			++*at;
			return entry;
		}
	}
	return NULL;
}

/* Bytes of the folders, with their slashes, that two paths share. */
static size_t
shared_folders(const char *a, const char *b)
{
	size_t shared = 0;

	for (size_t i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		if (a[i] == '/')
			shared = i + 1;
	return shared;
}

static unsigned
count_slashes(const char *path, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += path[i] == '/';
	return n;
}

static int
visit(const char *path, size_t len, uint32_t mode, const git_oid *oid,
    sl_tree_entry_fn *fn, void *ctx, struct sl_error *err)
{
	const char *slash = memrchr(path, '/', len);
	size_t start = slash != NULL ? (size_t)(slash - path) + 1 : 0;
	struct sl_tree_entry entry = { .path = sl_strn(path, len),
		.name = sl_strn(path + start, len - start),
		.mode = mode,
		.depth = count_slashes(path, len) };

	int rc;

	if (oid != NULL)
		entry.oid = sl_oid_of_git(oid);
	rc = fn(ctx, &entry, err);
	return rc == SL_TREE_PASS ? SL_OK : rc;
}

int
sl_git_index_walk(struct sl_git *repo, sl_tree_entry_fn *fn, void *ctx,
    struct sl_error *err)
{
	const git_index_entry *entry;
	const char *previous = NULL;
	git_index *index;
	size_t at = 0;
	int rc = sl_git_index(repo, &index, err);

	while (rc == SL_OK &&
	    (entry = next_staged(index, &at, previous)) != NULL) {
		size_t from = shared_folders(previous ? previous : "",
		    entry->path);
		const char *slash = entry->path + from;

		while (rc == SL_OK && (slash = strchr(slash, '/')) != NULL)
			rc = visit(entry->path,
			    (size_t)(slash++ - entry->path), SL_MODE_TREE,
			    NULL, fn, ctx, err);
		if (rc == SL_OK)
			rc = visit(entry->path, strlen(entry->path),
			    entry->mode, &entry->id, fn, ctx, err);
		previous = entry->path;
	}
	return rc;
}

/* The files of HEAD, in the index's order. */
struct files {
	struct sl_arena arena;
	struct sl_git_entry *items;
	size_t count;
	size_t room;
};

static int
keep_file(void *ctx, const struct sl_tree_entry *entry,
    struct sl_error *err SL_UNUSED)
{
	struct files *f = ctx;

	if (sl_git_mode_is_tree(entry->mode))
		return 0;
	SL_GROW(f->items, f->count, f->room);
	f->items[f->count++] = (struct sl_git_entry){
		sl_arena_copy(&f->arena, entry->path), entry->mode, entry->oid
	};
	return 0;
}

static int
compare_paths(const void *a, const void *b)
{
	const struct sl_git_entry *x = a, *y = b;

	return sl_str_cmp(x->name, y->name);
}

/* Report one path; either side may be NULL. */
static int
report(const struct sl_git_entry *was, const git_index_entry *is,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_path_change change = { 0 };

	if (was != NULL) {
		change.path = was->name;
		change.old_mode = was->mode;
		change.old_oid = was->oid;
	}
	if (is != NULL) {
		change.path = sl_str(is->path);
		change.new_mode = is->mode;
		change.new_oid = sl_oid_of_git(&is->id);
	}
	if (was != NULL && is != NULL && was->mode == is->mode &&
	    sl_oid_eq(&change.old_oid, &change.new_oid))
		return 0;
	return fn(ctx, &change, err);
}

static int
merge_lists(const struct files *files, git_index *index,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	size_t i = 0, at = 0;
	const git_index_entry *is = next_staged(index, &at, NULL);
	int rc = SL_OK;

	while (rc == SL_OK && (i < files->count || is != NULL)) {
		const struct sl_git_entry *was =
		    i < files->count ? &files->items[i] : NULL;
		int order = was == NULL ? 1 : is == NULL ? -1 :
		    sl_str_cmp(was->name, sl_str(is->path));

		rc = report(order <= 0 ? was : NULL, order >= 0 ? is : NULL,
		    fn, ctx, err);
		if (order <= 0)
			i++;
		if (order >= 0)
			is = next_staged(index, &at, is->path);
	}
	return rc;
}

int
sl_git_index_changes(struct sl_git *repo, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	struct files files = { 0 };
	git_index *index;
	struct sl_oid tree;
	int rc = sl_git_index(repo, &index, err);

	if (rc < 0)
		return rc;
	if (commit->parent_count > 0) {
		rc = sl_git_commit_tree(repo, &commit->parents[0], &tree, err);
		if (rc == SL_OK)
			rc = sl_git_tree_walk(repo, &tree, keep_file, &files,
			    err);
	}
	if (rc == SL_OK) {
		if (files.count > 0)
			qsort(files.items, files.count, sizeof(*files.items),
			    compare_paths);
		rc = merge_lists(&files, index, fn, ctx, err);
	}
	free(files.items);
	sl_arena_release(&files.arena);
	return rc;
}
