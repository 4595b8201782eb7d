/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks and comparisons of raw trees. A subtree whose id a parent has too is
 * never read. Trees that are out of order or repeat a name (a server without
 * fsck takes them) are sorted first, so that nothing slips past a merge of
 * ordered lists.
 */
#include "git/git_int.h"

#include "base/mem.h"

static int
too_many(struct sl_error *err)
{
	return sl_error_set(err, SL_ETOOBIG,
	    "the tree has more than %d entries", SL_GIT_ENTRIES_MAX);
}

static int
push_name(struct sl_buf *path, struct sl_str name, struct sl_error *err)
{
	if (path->len > 0)
		sl_buf_addc(path, '/');
	if (sl_buf_addv(path, name) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "the tree has a path of more than %zu bytes",
		    SL_GIT_PATH_MAX);
	return SL_OK;
}

/* Read a tree that must be there. */
static int
read_tree(struct sl_git *repo, const struct sl_oid *oid, unsigned depth,
    git_odb_object **out, struct sl_error *err)
{
	int rc;

	if (depth > SL_GIT_DEPTH_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "folders are nested more than %d deep", SL_GIT_DEPTH_MAX);
	rc = sl_git_object_read(repo, oid, GIT_OBJECT_TREE, SL_GIT_TREE_MAX,
	    out, err);
	return sl_git_as_damage(rc, err);
}

/* walking one tree */

struct walk {
	struct sl_git *repo;
	sl_tree_entry_fn *fn;
	void *ctx;
	struct sl_buf path;
	size_t entries;
};

static int
walk_tree(struct walk *w, const struct sl_oid *oid, unsigned depth,
    struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	struct sl_git_entry raw;
	struct sl_str rest;
	size_t before = w->path.len;
	int rc;

	rc = read_tree(w->repo, oid, depth, &object, err);
	if (rc < 0)
		return rc;
	rest = sl_git_object_str(object);
	while ((rc = sl_git_tree_next(&rest, &raw, err)) > 0) {
		struct sl_tree_entry entry = { .name = raw.name,
			.mode = raw.mode, .oid = raw.oid, .depth = depth };

		if (++w->entries > SL_GIT_ENTRIES_MAX)
			return too_many(err);
		rc = push_name(&w->path, raw.name, err);
		if (rc < 0)
			return rc;
		entry.path = sl_buf_str(&w->path);
		rc = w->fn(w->ctx, &entry, err);
		if (rc == 0 && sl_git_mode_is_tree(raw.mode))
			rc = walk_tree(w, &raw.oid, depth + 1, err);
		if (rc == SL_TREE_PASS)
			rc = 0;
		if (rc != 0)
			return rc;
		sl_buf_truncate(&w->path, before);
	}
	return rc;
}

int
sl_git_tree_walk(struct sl_git *repo, const struct sl_oid *tree,
    sl_tree_entry_fn *fn, void *ctx, struct sl_error *err)
{
	struct walk w = { repo, fn, ctx, SL_BUF_INIT(SL_GIT_PATH_MAX), 0 };
	int rc;

	if (sl_oid_is_zero(tree))
		return sl_git_index_walk(repo, fn, ctx, err);
	rc = walk_tree(&w, tree, 0, err);
	sl_buf_release(&w.path);
	return rc;
}

/* comparing a commit's tree with those of its parents */

struct side {
	git_odb_object *object;
	struct sl_git_entry *entries;
	size_t count;
	size_t at;
};

struct diff {
	struct sl_git *repo;
	sl_path_change_fn *fn;
	void *ctx;
	struct sl_buf path;
	size_t entries;
	size_t parent_count;
};

static int
compare_entries(const void *a, const void *b)
{
	return sl_git_entry_cmp(a, b);
}

/* Read all entries of a tree, in order; NULL is an empty tree. */
static int
side_load(struct diff *d, const struct sl_oid *oid, unsigned depth,
    struct side *side, struct sl_error *err)
{
	struct sl_git_entry entry;
	struct sl_str rest;
	size_t room = 0;
	bool sorted = true;
	int rc;

	if (oid == NULL)
		return SL_OK;
	rc = read_tree(d->repo, oid, depth, &side->object, err);
	if (rc < 0)
		return rc;
	rest = sl_git_object_str(side->object);
	while ((rc = sl_git_tree_next(&rest, &entry, err)) > 0) {
		if (++d->entries > SL_GIT_ENTRIES_MAX)
			return too_many(err);
		SL_GROW(side->entries, side->count, room);
		side->entries[side->count] = entry;
		if (side->count > 0 &&
		    sl_git_entry_cmp(&entry,
			&side->entries[side->count - 1]) <= 0)
			sorted = false;
		side->count++;
	}
	if (rc == 0 && !sorted)
		qsort(side->entries, side->count, sizeof(*side->entries),
		    compare_entries);
	return rc;
}

static void
sides_free(struct side *sides, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		git_odb_object_free(sides[i].object);
		free(sides[i].entries);
	}
	free(sides);
}

static const struct sl_git_entry *
side_head(const struct side *side)
{
	return side->at < side->count ? &side->entries[side->at] : NULL;
}

static int diff_trees(struct diff *d, const struct sl_oid *tree,
    const struct sl_oid *const *parents, unsigned depth,
    struct sl_error *err);

/* Report a file, or go into a folder, that differs from every parent. */
static int
diff_entry(struct diff *d, const struct sl_git_entry *is,
    const struct sl_git_entry *const *was, unsigned depth,
    struct sl_error *err)
{
	const struct sl_git_entry *any = is;
	const struct sl_oid *parents[SL_GIT_PARENTS_MAX] = { NULL };
	struct sl_path_change change = { 0 };
	size_t before = d->path.len;
	int rc;

	for (size_t i = 0; i < d->parent_count; i++) {
		if (was[i] == NULL)
			continue;
		any = any != NULL ? any : was[i];
		parents[i] = &was[i]->oid;
	}
	rc = push_name(&d->path, any->name, err);
	if (rc < 0)
		return rc;
	if (sl_git_mode_is_tree(any->mode)) {
		rc = diff_trees(d, is != NULL ? &is->oid : NULL, parents,
		    depth + 1, err);
	} else {
		change.path = sl_buf_str(&d->path);
		if (is != NULL) {
			change.new_mode = is->mode;
			change.new_oid = is->oid;
		}
		if (d->parent_count > 0 && was[0] != NULL) {
			change.old_mode = was[0]->mode;
			change.old_oid = was[0]->oid;
		}
		rc = d->fn(d->ctx, &change, err);
	}
	sl_buf_truncate(&d->path, before);
	return rc;
}

/* Whether the entry is in a parent as it is now: then nothing is new. */
static bool
is_inherited(const struct diff *d, const struct sl_git_entry *is,
    const struct sl_git_entry *const *was)
{
	for (size_t i = 0; i < d->parent_count; i++) {
		if (is == NULL && was[i] == NULL)
			return true;
		if (is != NULL && was[i] != NULL && is->mode == was[i]->mode &&
		    sl_oid_eq(&is->oid, &was[i]->oid))
			return true;
	}
	return false;
}

/* sides[0] is the commit's tree, sides[1..] are the parents'. */
static int
diff_sides(struct diff *d, struct side *sides, unsigned depth,
    struct sl_error *err)
{
	for (;;) {
		const struct sl_git_entry *heads[SL_GIT_PARENTS_MAX + 1];
		const struct sl_git_entry *least = NULL;
		int rc;

		for (size_t i = 0; i <= d->parent_count; i++) {
			heads[i] = side_head(&sides[i]);
			if (heads[i] != NULL && (least == NULL ||
				sl_git_entry_cmp(heads[i], least) < 0))
				least = heads[i];
		}
		if (least == NULL)
			return SL_OK;
		for (size_t i = 0; i <= d->parent_count; i++) {
			if (heads[i] == NULL)
				continue;
			if (sl_git_entry_cmp(heads[i], least) == 0)
				sides[i].at++;
			else
				heads[i] = NULL;
		}
		if (is_inherited(d, heads[0], heads + 1))
			continue;
		rc = diff_entry(d, heads[0], heads + 1, depth, err);
		if (rc != 0)
			return rc;
	}
}

static int
diff_trees(struct diff *d, const struct sl_oid *tree,
    const struct sl_oid *const *parents, unsigned depth, struct sl_error *err)
{
	struct side *sides;
	int rc;

	sides = sl_alloc_array(d->parent_count + 1, sizeof(*sides));
	rc = side_load(d, tree, depth, &sides[0], err);
	for (size_t i = 0; rc == SL_OK && i < d->parent_count; i++)
		rc = side_load(d, parents[i], depth, &sides[i + 1], err);
	if (rc == SL_OK)
		rc = diff_sides(d, sides, depth, err);
	sides_free(sides, d->parent_count + 1);
	return rc;
}

int
sl_git_commit_changes(struct sl_git *repo, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	struct diff d = { repo, fn, ctx, SL_BUF_INIT(SL_GIT_PATH_MAX), 0,
		commit->parent_count };
	struct sl_oid trees[SL_GIT_PARENTS_MAX];
	const struct sl_oid *parents[SL_GIT_PARENTS_MAX];
	int rc;

	if (sl_oid_is_zero(&commit->tree))
		return sl_git_index_changes(repo, commit, fn, ctx, err);
	if (commit->parent_count > SL_GIT_PARENTS_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "the commit has more than %d parents", SL_GIT_PARENTS_MAX);
	for (size_t i = 0; i < commit->parent_count; i++) {
		rc = sl_git_commit_tree(repo, &commit->parents[i], &trees[i],
		    err);
		if (rc < 0)
			return sl_git_as_damage(rc, err);
		if (sl_oid_eq(&trees[i], &commit->tree))
			return SL_OK;
		parents[i] = &trees[i];
	}
	rc = diff_trees(&d, &commit->tree, parents, 0, err);
	sl_buf_release(&d.path);
	return rc;
}

int
sl_git_tree_changes(struct sl_git *repo, const struct sl_oid *from,
    const struct sl_oid *to, sl_path_change_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct diff d = { repo, fn, ctx, SL_BUF_INIT(SL_GIT_PATH_MAX), 0, 1 };
	const struct sl_oid *parent = sl_oid_is_zero(from) ? NULL : from;
	int rc;

	if (sl_oid_eq(from, to))
		return SL_OK;
	rc = diff_trees(&d, sl_oid_is_zero(to) ? NULL : to, &parent, 0, err);
	sl_buf_release(&d.path);
	return rc;
}
