/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git_int: what the files of src/git share.
 */
#ifndef SL_GIT_GIT_INT_H
#define SL_GIT_GIT_INT_H

#include <git2.h>

#include "git/changes.h"
#include "git/git.h"

/** Whether the libgit2 that is built against is at least major.minor. */
#define SL_LIBGIT2_AT_LEAST(major, minor)                                      \
	(LIBGIT2_VER_MAJOR > (major) ||                                        \
	    (LIBGIT2_VER_MAJOR == (major) && LIBGIT2_VER_MINOR >= (minor)))

/** Entries that one tree walk or diff visits, against trees that multiply. */
#define SL_GIT_ENTRIES_MAX 5000000
/** Longest path that a walk builds, in bytes. */
#define SL_GIT_PATH_MAX ((size_t)64 << 10)
/** Parents of one commit that are compared with it. */
#define SL_GIT_PARENTS_MAX 64

struct sl_git {
	git_repository *repo;
	git_odb *odb;  /* everything in sight, the quarantine included */
	git_odb *kept; /* without the quarantine; NULL where there is none */
	git_odb *pushed; /* the quarantine alone; NULL where there is none */
	char *pushed_dir;
	git_config *config; /* a snapshot; NULL until asked for */
	git_index *index;   /* NULL until asked for */
	char *dir;
	char *common_dir;
	char *work_tree;
	char **alternates; /* object directories besides the repository's */
	size_t alternate_count;
	struct sl_git_walk_stats stats;
};

/* errors */

/** The code that fits libgit2's last error. */
int sl_git_code(int rc, int fallback);

/** Set err from libgit2's last error: "<formatted>: <its text>". */
int sl_git_fail(struct sl_error *err, int code, const char *fmt, ...)
    SL_PRINTF(3, 4);

static inline git_oid
sl_git_oid(const struct sl_oid *oid)
{
	git_oid out;

	memcpy(out.id, oid->id, SL_OID_BYTES);
	return out;
}

static inline struct sl_oid
sl_oid_of_git(const git_oid *oid)
{
	struct sl_oid out;

	memcpy(out.id, oid->id, SL_OID_BYTES);
	return out;
}

/* oidmap: ids to small numbers, in order of arrival */

struct sl_oidmap {
	struct sl_oid *keys;
	size_t count;
	size_t room;
	uint32_t *slots; /* index + 1 into keys; 0 empty */
	size_t slot_count;
};

#define SL_OIDMAP_INIT { NULL, 0, 0, NULL, 0 }
#define SL_OIDMAP_NONE UINT32_MAX

void sl_oidmap_release(struct sl_oidmap *map);
/** The number of an id, adding it where it is new. */
uint32_t sl_oidmap_put(struct sl_oidmap *map, const struct sl_oid *oid,
    bool *is_new);
/** The number of an id, or SL_OIDMAP_NONE. */
uint32_t sl_oidmap_find(const struct sl_oidmap *map, const struct sl_oid *oid);

/* parse: raw objects; pure */

/**
 * Parse a commit. Parents are counted into out->parent_count and written to
 * parents, at most room of them; out->parents is left alone, as is out->oid.
 *
 * @return 0, SL_ECORRUPT with a reason
 */
int sl_git_commit_parse(struct sl_str raw, struct sl_commit *out,
    struct sl_oid *parents, size_t room, struct sl_error *err) SL_MUST_CHECK;

/** Parse a tag; out->oid and out->depth are left alone. */
int sl_git_tag_parse(struct sl_str raw, struct sl_tag *out,
    struct sl_oid *target, struct sl_error *err) SL_MUST_CHECK;

struct sl_git_entry {
	struct sl_str name;
	uint32_t mode;
	struct sl_oid oid;
};

/**
 * Take the first entry off a raw tree.
 *
 * @return 1 (an entry), 0 (the tree is used up), SL_ECORRUPT
 */
int sl_git_tree_next(struct sl_str *raw, struct sl_git_entry *out,
    struct sl_error *err) SL_MUST_CHECK;

static inline bool
sl_git_mode_is_tree(uint32_t mode)
{
	return (mode & 0170000) == SL_MODE_TREE;
}

/** Git's order of tree entries: a folder sorts as if its name ended in '/'. */
int sl_git_entry_cmp(const struct sl_git_entry *a,
    const struct sl_git_entry *b);

/* objects */

/**
 * Have libgit2 compare the bytes of what it reads with their id. It is off:
 * sl_git_object_read does it, faster and not for what receive-pack has just
 * hashed; on around walks that libgit2 makes by itself. Of the whole process.
 */
void sl_git_check_hashes(bool on);

/** Open a repository's objects once more, for blobs; sl_git_free. */
int sl_git_open_view(const struct sl_git *repo, struct sl_git **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Contract of each_blob in change/change.h. */
int sl_git_each_blob(struct sl_git *repo, sl_blob_fn *fn, void *ctx,
    struct sl_error *err) SL_MUST_CHECK;

/** Contract of sort_blobs in change/change.h. */
void sl_git_sort_blobs(const struct sl_git *repo, void *at, size_t count,
    size_t size);

/**
 * Read an object of a kind, of at most max bytes.
 *
 * @param kind  GIT_OBJECT_ANY for any
 * @return 0, SL_ENOTFOUND, SL_EINVAL (another kind), SL_ETOOBIG, SL_ECORRUPT
 */
int sl_git_object_read(struct sl_git *repo, const struct sl_oid *oid,
    git_object_t kind, size_t max, git_odb_object **out, struct sl_error *err)
    SL_MUST_CHECK;

SL_DEFINE_FREEP(git_odb_object, git_odb_object_free, sl_git_object_freep)

static inline struct sl_str
sl_git_object_str(git_odb_object *object)
{
	return sl_strn(git_odb_object_data(object),
	    git_odb_object_size(object));
}

/**
 * Make a missing object, or one of another kind, what it is inside a
 * repository: damage.
 *
 * @param rc  of sl_git_object_read; SL_ENOTFOUND and SL_EINVAL change, in err
 *            as well
 * @return the code to return
 */
int sl_git_as_damage(int rc, struct sl_error *err);

/** The tree of a commit. @return as sl_git_commit_read */
int sl_git_commit_tree(struct sl_git *repo, const struct sl_oid *commit,
    struct sl_oid *tree, struct sl_error *err) SL_MUST_CHECK;

/** The index, loaded once. @return 0, SL_EINVAL (bare), SL_ECORRUPT */
int sl_git_index(struct sl_git *repo, git_index **out, struct sl_error *err)
    SL_MUST_CHECK;

/** Contract of commit_changes in change/change.h. */
int sl_git_commit_changes(struct sl_git *repo, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/** The same for the index against the first parent. */
int sl_git_index_changes(struct sl_git *repo, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/** Visit the index as if it were a tree. */
int sl_git_index_walk(struct sl_git *repo, sl_tree_entry_fn *fn, void *ctx,
    struct sl_error *err) SL_MUST_CHECK;

/* refs */

/**
 * Visit the refs of a packed-refs file.
 *
 * @param ids  visit only refs that point at one of these, by themselves or as
 *             the file says a tag does; the ids of other lines may then be
 *             damaged unnoticed. NULL: every ref
 * @return 0, SL_ECORRUPT with the line, or what fn returned
 * @source gitrepository-layout(5); git pack-refs
 */
int sl_git_packed_refs_parse(struct sl_str text, const struct sl_oidmap *ids,
    sl_git_ref_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/**
 * As sl_git_refs_each, but only refs that point at one of these ids, or at a
 * tag that packed-refs says leads there: a third of the time, where few do.
 */
int sl_git_refs_at(struct sl_git *repo, const struct sl_oidmap *ids,
    sl_git_ref_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/* children */

/** Append s as one entry of an alternates list, quoted where needed. */
int sl_git_alternate_quote(struct sl_buf *out, struct sl_str path);

/**
 * Ask a child which commits `tips` reach that no excluded commit reaches.
 *
 * @param excluded  NULL: what any ref of the repository reaches
 * @param max       most ids that are wanted
 * @param[out] found  ids are added
 * @return 0, SL_EIO (it did not run, or failed)
 */
int sl_git_rev_list(struct sl_git *repo, const char *program,
    const struct sl_oidmap *tips, const struct sl_oidmap *excluded, size_t max,
    struct sl_oidmap *found, struct sl_error *err) SL_MUST_CHECK;

/* new commits */

/** A ref of the push, as the walk sees it. */
struct sl_git_walk_ref {
	struct sl_ref_change *change; /* its commits are filled in */
	struct sl_oid old_commit;     /* zero where there is none */
	size_t class; /* index of the first ref with the same rules */
	bool met_old; /* out: the walk came to old_commit */
};

/** Add a note to a set; the text is escaped. */
void sl_git_note(struct sl_change_set *set, const char *fmt, ...)
    SL_PRINTF(2, 3);

/**
 * Find the new commits of every ref and put them into the set. Refs whose tip
 * is no commit only stop the walk at their old value.
 *
 * @return 0, SL_EIO; what history lacks becomes a note
 */
int sl_git_walk_push(struct sl_git *repo, struct sl_git_walk_ref *refs,
    size_t count, const struct sl_git_change_opts *opts,
    struct sl_change_set *set, struct sl_error *err) SL_MUST_CHECK;

/**
 * Put what `ref->change->tip` reaches and `ref->old_commit` does not into the
 * set, as new for that ref.
 */
int sl_git_walk_range(struct sl_git *repo, struct sl_git_walk_ref *ref,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err) SL_MUST_CHECK;

/** Put what the refs reach since then into the set, as new for each. */
int sl_git_walk_since(struct sl_git *repo, struct sl_git_walk_ref *refs,
    size_t count, const struct sl_git_since *since,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err) SL_MUST_CHECK;

/** Put what any ref or HEAD reaches into the set, as new for one ref. */
int sl_git_walk_all(struct sl_git *repo, struct sl_ref_change *ref,
    struct sl_change_set *set, struct sl_error *err) SL_MUST_CHECK;

/**
 * Read a tag.
 *
 * @param arena  keeps its text
 * @return as sl_git_commit_read
 */
int sl_git_tag_load(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_arena *arena, struct sl_tag *out, struct sl_oid *target,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Read a commit.
 *
 * @param arena  keeps its text; NULL: nothing does, and of what is read only
 *               ids and times may be looked at
 * @param[out] out  its parents are the caller's to free()
 * @return as sl_git_commit_read
 */
int sl_git_commit_load(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_arena *arena, struct sl_commit *out, struct sl_error *err)
    SL_MUST_CHECK;

#endif
