/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include <stdio.h>

#include "base/fault.h"
#include "base/mem.h"
#include "crypto/digest.h"

static const char *
kind_name(git_object_t kind)
{
	const char *name = git_object_type2string(kind);

	return name != NULL && *name ? name : "object";
}

static int
missing(const struct sl_oid *oid, int rc, git_object_t kind,
    struct sl_error *err)
{
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(oid, hex);
	if (rc == GIT_ENOTFOUND)
		return sl_error_set(err, SL_ENOTFOUND, "%s %s is missing",
		    kind_name(kind), hex);
	return sl_git_fail(err, SL_ECORRUPT, "%s %s", kind_name(kind), hex);
}

/* Size and kind without the bytes. */
static int
read_header(struct sl_git *repo, const struct sl_oid *oid, git_object_t wanted,
    size_t *size, git_object_t *kind, struct sl_error *err)
{
	git_oid id = sl_git_oid(oid);
	char hex[SL_OID_HEX + 1];
	int rc = git_odb_read_header(size, kind, repo->odb, &id);

	if (rc < 0)
		return missing(oid, rc, wanted, err);
	if (wanted == GIT_OBJECT_ANY || *kind == wanted)
		return SL_OK;
	sl_oid_hex(oid, hex);
	return sl_error_set(err, SL_EINVAL, "%s is a %s, not a %s", hex,
	    kind_name(*kind), kind_name(wanted));
}

/* Whether receive-pack has hashed the object just now, on its way in. */
static bool
is_pushed(const struct sl_git *repo, const git_oid *id)
{
#if SL_LIBGIT2_AT_LEAST(1, 2)
	return repo->pushed != NULL &&
	    git_odb_exists_ext(repo->pushed, id, GIT_ODB_LOOKUP_NO_REFRESH);
#else
	(void)repo;
	(void)id;
	return false;
#endif
}

/* Whether the bytes are those that the id names. */
static bool
is_whole(git_odb_object *object, const git_oid *id)
{
	struct sl_str bytes = sl_git_object_str(object);
	git_object_t kind = git_odb_object_type(object);
	git_oid sum;
	char head[64];
	int n = snprintf(head, sizeof(head), "%s %zu", kind_name(kind),
	    bytes.len);

	/* The NUL belongs to it. */
	if (sl_sha1(sl_strn(head, (size_t)n + 1), bytes, sum.id) < 0 &&
	    git_odb_hash(&sum, bytes.ptr, bytes.len, kind) < 0)
		return false;
	return git_oid_equal(&sum, id);
}

int
sl_git_object_read(struct sl_git *repo, const struct sl_oid *oid,
    git_object_t kind, size_t max, git_odb_object **out, struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	git_oid id = sl_git_oid(oid);
	char hex[SL_OID_HEX + 1];
	git_object_t is;
	size_t size;
	int rc = read_header(repo, oid, kind, &size, &is, err);

	if (rc < 0)
		return rc;
	if (size > max) {
		sl_oid_hex(oid, hex);
		return sl_error_set(err, SL_ETOOBIG,
		    "%s %s has %zu bytes, over the limit of %zu",
		    kind_name(is), hex, size, max);
	}
	SL_FAULT_POINT("git-read");
	rc = git_odb_read(&object, repo->odb, &id);
	if (rc < 0)
		return missing(oid, rc, kind, err);
	if (!is_pushed(repo, &id) && !is_whole(object, &id)) {
		sl_oid_hex(oid, hex);
		return sl_error_set(err, SL_ECORRUPT,
		    "%s %s is damaged: its bytes have another id",
		    kind_name(is), hex);
	}
	*out = sl_steal(&object);
	return SL_OK;
}

int
sl_git_commit_load(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_arena *arena, struct sl_commit *out, struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	SL_CLEANUP(sl_freep) struct sl_oid *parents = NULL;
	struct sl_commit c = { 0 };
	struct sl_str raw;
	size_t room;
	int rc;

	rc = sl_git_object_read(repo, oid, GIT_OBJECT_COMMIT,
	    SL_GIT_OBJECT_MAX, &object, err);
	if (rc < 0)
		return rc;
	raw = sl_git_object_str(object);
	if (arena != NULL)
		raw = sl_arena_copy(arena, raw);
	for (room = 2;; room = c.parent_count) {
		parents = sl_realloc_array(parents, room, sizeof(*parents));
		rc = sl_git_commit_parse(raw, &c, parents, room, err);
		if (rc < 0) {
			char hex[SL_OID_HEX + 1];

			sl_oid_hex(oid, hex);
			return sl_error_wrap(err, "commit %s", hex);
		}
		if (c.parent_count <= room)
			break;
	}
	c.oid = *oid;
	c.parents = sl_steal(&parents);
	*out = c;
	return SL_OK;
}

int
sl_git_commit_read(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_git_commit *out, struct sl_error *err)
{
	struct sl_arena storage = SL_ARENA_INIT;
	int rc = sl_git_commit_load(repo, oid, &storage, &out->commit, err);

	if (rc < 0)
		sl_arena_release(&storage);
	else
		out->storage = storage;
	return rc;
}

void
sl_git_commit_release(struct sl_git_commit *commit)
{
	free(commit->commit.parents);
	sl_arena_release(&commit->storage);
	memset(commit, 0, sizeof(*commit));
}

int
sl_git_tag_load(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_arena *arena, struct sl_tag *out, struct sl_oid *target,
    struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	struct sl_tag tag = { .oid = *oid };
	char hex[SL_OID_HEX + 1];
	int rc;

	rc = sl_git_object_read(repo, oid, GIT_OBJECT_TAG, SL_GIT_OBJECT_MAX,
	    &object, err);
	if (rc < 0)
		return rc;
	rc = sl_git_tag_parse(sl_arena_copy(arena, sl_git_object_str(object)),
	    &tag, target, err);
	if (rc < 0) {
		sl_oid_hex(oid, hex);
		return sl_error_wrap(err, "tag %s", hex);
	}
	*out = tag;
	return SL_OK;
}

int
sl_git_tag_read(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_git_tag *out, struct sl_error *err)
{
	struct sl_arena storage = SL_ARENA_INIT;
	int rc = sl_git_tag_load(repo, oid, &storage, &out->tag, &out->target,
	    err);

	if (rc < 0)
		sl_arena_release(&storage);
	else
		out->storage = storage;
	return rc;
}

void
sl_git_tag_release(struct sl_git_tag *tag)
{
	sl_arena_release(&tag->storage);
	memset(tag, 0, sizeof(*tag));
}

static enum sl_object_kind
kind_of_git(git_object_t kind)
{
	switch (kind) {
	case GIT_OBJECT_COMMIT:
		return SL_OBJECT_COMMIT;
	case GIT_OBJECT_TREE:
		return SL_OBJECT_TREE;
	case GIT_OBJECT_TAG:
		return SL_OBJECT_TAG;
	default:
		return SL_OBJECT_BLOB;
	}
}

int
sl_git_commit_tree(struct sl_git *repo, const struct sl_oid *commit,
    struct sl_oid *tree, struct sl_error *err)
{
	struct sl_commit c = { 0 };
	int rc = sl_git_commit_load(repo, commit, NULL, &c, err);

	if (rc < 0)
		return rc;
	*tree = c.tree;
	free(c.parents);
	return SL_OK;
}

int
sl_git_peel(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_git_peel *out, struct sl_error *err)
{
	struct sl_git_peel p = { .tip = *oid };
	git_object_t kind;
	size_t size;
	int rc;

	for (p.depth = 0;; p.depth++) {
		struct sl_git_tag tag = { 0 };

		rc = read_header(repo, &p.tip, GIT_OBJECT_ANY, &size, &kind,
		    err);
		if (rc < 0)
			return rc;
		p.tip_kind = kind_of_git(kind);
		if (p.depth == 0)
			p.kind = p.tip_kind;
		if (kind != GIT_OBJECT_TAG || p.depth == SL_GIT_TAG_DEPTH_MAX)
			break;
		rc = sl_git_tag_read(repo, &p.tip, &tag, err);
		if (rc < 0)
			return rc;
		p.tip = tag.target;
		sl_git_tag_release(&tag);
	}
	if (p.tip_kind == SL_OBJECT_TREE)
		p.tree = p.tip;
	if (p.tip_kind == SL_OBJECT_COMMIT) {
		rc = sl_git_commit_tree(repo, &p.tip, &p.tree, err);
		if (rc < 0)
			return rc;
	}
	*out = p;
	return SL_OK;
}

int
sl_git_as_damage(int rc, struct sl_error *err)
{
	if (rc != SL_ENOTFOUND && rc != SL_EINVAL)
		return rc;
	if (err != NULL)
		err->code = SL_ECORRUPT;
	return SL_ECORRUPT;
}

int
sl_git_blob_size(struct sl_git *repo, const struct sl_oid *blob,
    uint64_t *size, struct sl_error *err)
{
	git_object_t kind;
	size_t n;
	int rc = read_header(repo, blob, GIT_OBJECT_BLOB, &n, &kind, err);

	if (rc < 0)
		return sl_git_as_damage(rc, err);
	*size = n;
	return SL_OK;
}

static int
note_id(const git_oid *id, void *payload)
{
	struct sl_oidmap *ids = payload;
	struct sl_oid oid = sl_oid_of_git(id);

	sl_oidmap_put(ids, &oid, NULL);
	return ids->count > SL_GIT_ENTRIES_MAX ? GIT_EUSER : 0;
}

int
sl_git_each_blob(struct sl_git *repo, sl_blob_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct sl_oidmap ids = SL_OIDMAP_INIT;
	int rc = git_odb_foreach(repo->odb, note_id, &ids);

	if (rc == GIT_EUSER)
		rc = sl_error_set(err, SL_ETOOBIG, "more than %d objects",
		    SL_GIT_ENTRIES_MAX);
	else if (rc < 0)
		rc = sl_git_fail(err, SL_EIO, "objects of %s", repo->dir);
	for (size_t i = 0; rc == SL_OK && i < ids.count; i++) {
		git_object_t kind;
		size_t size;

		rc = read_header(repo, &ids.keys[i], GIT_OBJECT_ANY, &size,
		    &kind, err);
		if (rc == SL_OK && kind == GIT_OBJECT_BLOB)
			rc = fn(ctx, &ids.keys[i], err);
	}
	sl_oidmap_release(&ids);
	return rc;
}

int
sl_git_blob_read(struct sl_git *repo, const struct sl_oid *blob,
    struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	int rc = sl_git_object_read(repo, blob, GIT_OBJECT_BLOB,
	    out->max - out->len, &object, err);

	if (rc < 0)
		return sl_git_as_damage(rc, err);
	if (sl_buf_addv(out, sl_git_object_str(object)) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "a blob is larger than its header said");
	return SL_OK;
}

/* Look one name up in one tree. */
static int
find_name(struct sl_git *repo, const struct sl_oid *tree, struct sl_str name,
    struct sl_git_entry *out, struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	struct sl_git_entry entry;
	struct sl_str raw;
	int rc;

	rc = sl_git_object_read(repo, tree, GIT_OBJECT_TREE, SL_GIT_TREE_MAX,
	    &object, err);
	if (rc < 0)
		return sl_git_as_damage(rc, err);
	raw = sl_git_object_str(object);
	while ((rc = sl_git_tree_next(&raw, &entry, err)) > 0) {
		if (!sl_str_eq(entry.name, name))
			continue;
		*out = entry; /* the name is not used after this */
		return SL_OK;
	}
	return rc < 0 ? rc :
	    sl_error_set(err, SL_ENOTFOUND, "the tree has no entry \"%.*s\"",
		SL_STR_ARG(name));
}

int
sl_git_tree_find(struct sl_git *repo, const struct sl_oid *tree,
    struct sl_str path, uint32_t *mode, struct sl_oid *oid,
    struct sl_error *err)
{
	struct sl_git_entry entry = { .mode = SL_MODE_TREE, .oid = *tree };

	if (path.len == 0)
		return sl_error_set(err, SL_ENOTFOUND, "the path is empty");
	while (path.len > 0) {
		const char *slash = memchr(path.ptr, '/', path.len);
		size_t n = slash != NULL ? (size_t)(slash - path.ptr) :
					   path.len;
		struct sl_oid at = entry.oid;
		int rc;

		if (!sl_git_mode_is_tree(entry.mode))
			return sl_error_set(err, SL_ENOTFOUND,
			    "a part of the path is not a folder");
		rc = find_name(repo, &at, sl_strn(path.ptr, n), &entry, err);
		if (rc < 0)
			return rc;
		if (slash != NULL)
			n++;
		path = sl_strn(path.ptr + n, path.len - n);
	}
	*mode = entry.mode;
	*oid = entry.oid;
	return SL_OK;
}

int
sl_git_file_at(struct sl_git *repo, const struct sl_oid *commit,
    const char *path, struct sl_buf *out, struct sl_oid *oid,
    struct sl_error *err)
{
	struct sl_oid tree, blob;
	uint32_t mode;
	int rc;

	rc = sl_git_commit_tree(repo, commit, &tree, err);
	if (rc < 0)
		return sl_git_as_damage(rc, err);
	rc = sl_git_tree_find(repo, &tree, sl_str(path), &mode, &blob, err);
	if (rc < 0)
		return rc;
	if ((mode & 0170000) != 0100000)
		return sl_error_set(err, SL_EINVAL,
		    "%s is not a regular file", path);
	rc = sl_git_blob_read(repo, &blob, out, err);
	if (rc == SL_OK && oid != NULL)
		*oid = blob;
	return rc;
}
