/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include "base/mem.h"

/* the door for rules */

static int
source_commit_changes(void *self, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_git_commit_changes(self, commit, fn, ctx, err);
}

static int
source_tree_entries(void *self, const struct sl_oid *tree,
    sl_tree_entry_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_git_tree_walk(self, tree, fn, ctx, err);
}

static int
source_blob_size(void *self, const struct sl_oid *blob, uint64_t *size,
    struct sl_error *err)
{
	return sl_git_blob_size(self, blob, size, err);
}

static int
source_blob_read(void *self, const struct sl_oid *blob, struct sl_buf *out,
    struct sl_error *err)
{
	return sl_git_blob_read(self, blob, out, err);
}

static int
source_ref_tip(void *self, struct sl_str ref, struct sl_oid *tip,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *name = sl_strndup(ref.ptr, ref.len);
	struct sl_git_peel peel;
	struct sl_oid oid;
	int rc;

	rc = sl_git_ref_read(self, name, &oid, err);
	if (rc == SL_OK)
		rc = sl_git_peel(self, &oid, &peel, err);
	if (rc < 0)
		return rc;
	if (peel.tip_kind != SL_OBJECT_COMMIT)
		return sl_error_set(err, SL_ENOTFOUND,
		    "ref %s does not lead to a commit", name);
	*tip = peel.tip;
	return SL_OK;
}

static int
source_is_ancestor(void *self, const struct sl_oid *ancestor,
    const struct sl_oid *descendant, bool *yes, struct sl_error *err)
{
	return sl_git_is_ancestor(self, ancestor, descendant, yes, err);
}

static int
source_open_view(void *self, void **view, struct sl_error *err)
{
	struct sl_git *repo = NULL;
	int rc = sl_git_open_view(self, &repo, err);

	*view = repo;
	return rc;
}

static void
source_close_view(void *view)
{
	sl_git_free(view);
}

static void
source_sort_blobs(void *self, void *at, size_t count, size_t size)
{
	sl_git_sort_blobs(self, at, count, size);
}

static int
source_each_blob(void *self, sl_blob_fn *fn, void *ctx, struct sl_error *err)
{
	return sl_git_each_blob(self, fn, ctx, err);
}

struct sl_object_source
sl_git_source(struct sl_git *repo)
{
	return (struct sl_object_source){
		.self = repo,
		.commit_changes = source_commit_changes,
		.tree_entries = source_tree_entries,
		.blob_size = source_blob_size,
		.blob_read = source_blob_read,
		.ref_tip = source_ref_tip,
		.is_ancestor = source_is_ancestor,
		.open_view = source_open_view,
		.close_view = source_close_view,
		.sort_blobs = source_sort_blobs,
		.each_blob = source_each_blob,
	};
}

struct sl_git_walk_stats
sl_git_walk_stats(const struct sl_git *repo)
{
	return repo->stats;
}

/* making sets */

static void
set_start(struct sl_change_set *set, struct sl_git *repo, size_t refs)
{
	memset(set, 0, sizeof(*set));
	set->source = sl_git_source(repo);
	set->refs = sl_alloc_array(refs + 1, sizeof(*set->refs));
	set->ref_count = refs;
}

/* Hand the finished set on, or free it. */
static int
set_end(struct sl_change_set *made, int rc, struct sl_change_set *set)
{
	if (rc == SL_OK)
		*set = *made;
	else
		sl_change_set_release(made);
	return rc;
}

/* What the new value of a ref is. */
static int
fill_new(struct sl_git *repo, struct sl_change_set *set,
    struct sl_ref_change *change, struct sl_error *err)
{
	struct sl_git_peel peel;
	struct sl_oid target;
	struct sl_tag *tag;
	int rc;

	rc = sl_git_peel(repo, &change->new_oid, &peel, err);
	if (rc < 0)
		return rc;
	change->new_kind = peel.kind;
	change->tip_kind = peel.tip_kind;
	change->tip = peel.tip;
	change->tree = peel.tree;
	if (peel.tip_kind == SL_OBJECT_TAG)
		sl_git_note(set, "%.*s: a tag of a tag, more than %d deep",
		    SL_STR_ARG(change->ref), SL_GIT_TAG_DEPTH_MAX);
	if (peel.kind != SL_OBJECT_TAG)
		return SL_OK;
	tag = sl_arena_alloc(&set->arena, sizeof(*tag));
	rc = sl_git_tag_load(repo, &change->new_oid, &set->arena, tag, &target,
	    err);
	tag->depth = peel.depth;
	change->tag = tag;
	return rc;
}

/* The commit of a ref's old value; zero where there is none. */
static void
fill_old(struct sl_git *repo, struct sl_change_set *set,
    struct sl_git_walk_ref *ref)
{
	struct sl_ref_change *change = ref->change;
	struct sl_error why = SL_ERROR_INIT;
	struct sl_git_peel peel;

	if (sl_oid_is_zero(&change->old_oid))
		return;
	if (sl_git_peel(repo, &change->old_oid, &peel, &why) < 0) {
		if (change->action != SL_REF_DELETE)
			sl_git_note(set, "%.*s: its old value cannot be read: "
			    "%s", SL_STR_ARG(change->ref), why.text);
	} else if (peel.tip_kind == SL_OBJECT_COMMIT) {
		ref->old_commit = peel.tip;
	}
}

static int
fill_line(struct sl_git *repo, struct sl_change_set *set,
    const struct sl_ref_line *line, struct sl_git_walk_ref *ref,
    struct sl_error *err)
{
	struct sl_ref_change *change = ref->change;
	int rc = SL_OK;

	change->ref = sl_arena_copy(&set->arena, line->ref);
	change->old_oid = line->old_oid;
	change->new_oid = line->new_oid;
	change->action = sl_oid_is_zero(&line->new_oid) ? SL_REF_DELETE :
	    sl_oid_is_zero(&line->old_oid)		? SL_REF_CREATE :
							  SL_REF_UPDATE;
	fill_old(repo, set, ref);
	if (change->action != SL_REF_DELETE)
		rc = fill_new(repo, set, change, err);
	return rc < 0 ? sl_error_wrap(err, "%.*s", SL_STR_ARG(change->ref)) :
			SL_OK;
}

/* Tell fast-forwards from forced updates. */
static void
fill_action(struct sl_git *repo, struct sl_change_set *set,
    struct sl_git_walk_ref *ref)
{
	struct sl_ref_change *change = ref->change;
	struct sl_error why = SL_ERROR_INIT;
	bool yes = ref->met_old;

	if (change->action != SL_REF_UPDATE || yes)
		return;
	if (!sl_oid_is_zero(&ref->old_commit) &&
	    change->tip_kind == SL_OBJECT_COMMIT &&
	    sl_git_is_ancestor(repo, &ref->old_commit, &change->tip, &yes,
		&why) < 0)
		sl_git_note(set, "%.*s: cannot tell an update from a forced "
		    "one: %s", SL_STR_ARG(change->ref), why.text);
	if (!yes)
		change->action = SL_REF_FORCE;
}

int
sl_git_changes_push(struct sl_git *repo, const struct sl_ref_line *lines,
    size_t count, const struct sl_git_change_opts *opts,
    struct sl_change_set *set, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_git_walk_ref *refs = NULL;
	struct sl_change_set made;
	int rc = SL_OK;

	set_start(&made, repo, count);
	refs = sl_alloc_array(count + 1, sizeof(*refs));
	for (size_t i = 0; rc == SL_OK && i < count; i++) {
		refs[i].change = &made.refs[i];
		rc = fill_line(repo, &made, &lines[i], &refs[i], err);
	}
	if (rc == SL_OK)
		rc = sl_git_walk_push(repo, refs, count, opts, &made, err);
	for (size_t i = 0; rc == SL_OK && i < count; i++)
		fill_action(repo, &made, &refs[i]);
	return set_end(&made, rc, set);
}

int
sl_git_changes_since(struct sl_git *repo, const struct sl_ref_line *lines,
    size_t count, const struct sl_git_since *since,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_git_walk_ref *refs = NULL;
	struct sl_change_set made;
	int rc = SL_OK;

	set_start(&made, repo, count);
	refs = sl_alloc_array(count + 1, sizeof(*refs));
	for (size_t i = 0; rc == SL_OK && i < count; i++) {
		struct sl_ref_line line = { { { 0 } }, lines[i].new_oid,
			lines[i].ref };

		refs[i].change = &made.refs[i];
		rc = fill_line(repo, &made, &line, &refs[i], err);
		made.refs[i].action = SL_REF_UPDATE;
	}
	if (rc == SL_OK)
		rc = sl_git_walk_since(repo, refs, count, since, opts, &made,
		    err);
	return set_end(&made, rc, set);
}

/* One ref that leads from a commit (or nothing) to an object. */
static int
fill_single(struct sl_git *repo, struct sl_change_set *set,
    const struct sl_oid *from, const struct sl_oid *to, struct sl_str ref,
    struct sl_git_walk_ref *out, struct sl_error *err)
{
	struct sl_ref_line line = { *from, *to, ref };
	int rc;

	out->change = set->refs;
	rc = fill_line(repo, set, &line, out, err);
	if (rc == SL_OK && out->change->tip_kind != SL_OBJECT_COMMIT)
		rc = sl_error_set(err, SL_EINVAL,
		    "what is to be checked is not a commit");
	return rc;
}

int
sl_git_changes_range(struct sl_git *repo, const struct sl_oid *from,
    const struct sl_oid *to, struct sl_str ref,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err)
{
	struct sl_git_walk_ref only = { 0 };
	struct sl_change_set made;
	int rc;

	set_start(&made, repo, 1);
	rc = fill_single(repo, &made, from, to, ref, &only, err);
	if (rc == SL_OK)
		rc = sl_git_walk_range(repo, &only, opts, &made, err);
	return set_end(&made, rc, set);
}

void
sl_git_changes_squash(struct sl_change_set *set, struct sl_str message)
{
	struct sl_ref_change *ref = &set->refs[0];
	struct sl_commit *commit;

	for (size_t i = 0; i < set->commit_count; i++)
		set->commits[i].folded = true;
	set->commits = sl_realloc_array(set->commits, set->commit_count + 1,
	    sizeof(*set->commits));
	ref->commits = sl_realloc_array(ref->commits, ref->commit_count + 1,
	    sizeof(*ref->commits));
	ref->commits[ref->commit_count++] = set->commit_count;
	commit = &set->commits[set->commit_count++];
	*commit = (struct sl_commit){ .tree = ref->tree, .parent_count = 1 };
	commit->message = sl_arena_copy(&set->arena, message);
	commit->parents = sl_alloc_array(1, sizeof(*commit->parents));
	commit->parents[0] = ref->tip;
}

/* Make the set's commits one, which is new for its only ref. */
static struct sl_commit *
only_commit(struct sl_change_set *set)
{
	set->commits = sl_alloc_array(1, sizeof(*set->commits));
	set->commit_count = 1;
	set->refs[0].commits = sl_alloc_array(1, sizeof(size_t));
	set->refs[0].commit_count = 1;
	return &set->commits[0];
}

int
sl_git_changes_revision(struct sl_git *repo, const struct sl_oid *object,
    struct sl_str ref, struct sl_change_set *set, struct sl_error *err)
{
	static const struct sl_oid none;
	struct sl_git_walk_ref only = { 0 };
	struct sl_change_set made;
	struct sl_ref_change *change;
	struct sl_commit *commit;
	int rc;

	set_start(&made, repo, 1);
	change = made.refs;
	rc = fill_single(repo, &made, &none, object, ref, &only, err);
	if (rc < 0)
		return set_end(&made, rc, set);
	commit = only_commit(&made);
	rc = sl_git_commit_load(repo, &change->tip, &made.arena, commit, err);
	if (rc == SL_OK && commit->parent_count > 0) {
		change->old_oid = commit->parents[0];
		change->action = SL_REF_UPDATE;
	}
	return set_end(&made, rc, set);
}

int
sl_git_changes_whole(struct sl_git *repo, const struct sl_oid *object,
    struct sl_str ref, struct sl_change_set *set, struct sl_error *err)
{
	static const struct sl_oid none;
	int rc = sl_git_changes_revision(repo, object, ref, set, err);

	if (rc < 0)
		return rc;
	set->commits[0].parent_count = 0;
	set->refs[0].old_oid = none;
	set->refs[0].action = SL_REF_CREATE;
	return SL_OK;
}

int
sl_git_changes_history(struct sl_git *repo, struct sl_str ref,
    struct sl_change_set *set, struct sl_error *err)
{
	struct sl_change_set made;
	int rc;

	set_start(&made, repo, 1);
	made.refs[0].ref = sl_arena_copy(&made.arena, ref);
	made.refs[0].action = SL_REF_CREATE;
	made.refs[0].tip_kind = SL_OBJECT_TAG; /* it stands for many */
	rc = sl_git_walk_all(repo, &made.refs[0], &made, err);
	return set_end(&made, rc, set);
}

/* The name and commit of HEAD, for the index. */
static int
fill_head(struct sl_git *repo, struct sl_change_set *set, struct sl_str ref,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf name = SL_BUF_INIT(4096);
	struct sl_error why = SL_ERROR_INIT;
	struct sl_ref_change *change = set->refs;
	int rc = sl_git_head_ref(repo, &name, &why);

	if (rc == SL_ENOTFOUND)
		sl_buf_adds(&name, "HEAD");
	else if (rc < 0)
		return sl_error_set(err, rc, "%s", why.text);
	if (ref.len == 0)
		ref = sl_buf_str(&name);
	change->ref = sl_arena_copy(&set->arena, ref);
	change->action = SL_REF_UPDATE;
	rc = sl_git_ref_read(repo, "HEAD", &change->old_oid, &why);
	if (rc == SL_ENOTFOUND)
		change->action = SL_REF_CREATE;
	else if (rc < 0)
		return sl_error_set(err, rc, "%s", why.text);
	return SL_OK;
}

static int
use_index(struct sl_git *repo, const char *index_file, struct sl_error *err)
{
	git_index *index;

	if (sl_git_is_bare(repo) || index_file == NULL)
		return sl_git_index(repo, &index, err);
	git_index_free(repo->index);
	repo->index = NULL;
	if (git_index_open(&repo->index, index_file) < 0)
		return sl_git_fail(err, SL_ECORRUPT, "index %s", index_file);
	return SL_OK;
}

int
sl_git_changes_index(struct sl_git *repo, const char *index_file,
    struct sl_str ref, struct sl_str message, struct sl_change_set *set,
    struct sl_error *err)
{
	struct sl_change_set made;
	struct sl_commit *commit;
	int rc = use_index(repo, index_file, err);

	if (rc < 0)
		return rc;
	set_start(&made, repo, 1);
	rc = fill_head(repo, &made, ref, err);
	if (rc < 0)
		return set_end(&made, rc, set);
	commit = only_commit(&made);
	commit->message = sl_arena_copy(&made.arena, message);
	if (made.refs[0].action == SL_REF_UPDATE) {
		commit->parents = sl_alloc_array(1, sizeof(struct sl_oid));
		commit->parents[0] = made.refs[0].old_oid;
		commit->parent_count = 1;
	}
	return set_end(&made, SL_OK, set);
}
