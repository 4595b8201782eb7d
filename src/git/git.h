/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git: one open repository: its refs, configuration and objects.
 *
 * The only door to libgit2. Only SHA-1 repositories with the files ref back
 * end are read; others are refused where they are opened, never taken for
 * empty. Object content is hostile: commits, tags and trees are parsed here,
 * byte by byte, and handed on as they are stored, whatever their names say.
 *
 * Nothing here reads the environment or writes objects or refs. A program
 * copies what it needs from the environment, clears every GIT_* variable, and
 * then:
 *
 *     sl_git_init(&err);
 *     sl_git_open_hook(".", &quarantine, &repo, &err);    in a hook
 *     sl_git_open(".", &repo, &err);                      elsewhere
 *     ...
 *     sl_git_free(repo);
 *     sl_git_shutdown();
 *
 * A repository and all that came from it are used by one thread. Changes as a
 * policy sees them are in git/changes.h.
 */
#ifndef SL_GIT_GIT_H
#define SL_GIT_GIT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/oid.h"
#include "change/change.h"

struct sl_git;

/** Largest commit or tag object that is read, in bytes. */
#define SL_GIT_OBJECT_MAX ((size_t)4 << 20)
/** Largest single tree object that is read, in bytes. */
#define SL_GIT_TREE_MAX ((size_t)64 << 20)
/** Deepest nesting of folders that a walk follows. */
#define SL_GIT_DEPTH_MAX 256
/** Tag objects that are followed to a target. */
#define SL_GIT_TAG_DEPTH_MAX 8
/** Object directories taken from one alternates list. */
#define SL_GIT_ALTERNATES_MAX 64

/**
 * Start libgit2 for this process: bounded pack windows, and the repository
 * extensions that reading does not depend on.
 *
 * Calls nest; each needs one sl_git_shutdown.
 *
 * @return 0, SL_EIO
 */
int sl_git_init(struct sl_error *err) SL_MUST_CHECK;

/** Undo one sl_git_init. */
void sl_git_shutdown(void);

/**
 * Where receive-pack keeps what is being pushed, as the hook's environment
 * named it. All NULL or empty: nothing is quarantined (a delete, or a hook
 * after the push).
 *
 * object_directory  GIT_OBJECT_DIRECTORY; relative to the working directory
 * alternates        GIT_ALTERNATE_OBJECT_DIRECTORIES, still quoted
 */
struct sl_git_quarantine {
	const char *object_directory;
	const char *alternates;
};

/**
 * Open exactly the repository at git_dir, with the pushed objects in sight.
 *
 * No parent folder is searched. A quarantine equal to the repository's own
 * object directory counts as none.
 *
 * @param git_dir     GIT_DIR of the hook, relative or absolute
 * @param quarantine  borrowed for the call; NULL for none
 * @return 0; SL_ENOTFOUND (no repository there); SL_EUNSUPPORTED (SHA-256,
 *         reftable or another extension); SL_EDENIED (it belongs to another
 *         user; the text says how to allow it); SL_EINVAL (alternates);
 *         SL_ECORRUPT
 */
int sl_git_open_hook(const char *git_dir,
    const struct sl_git_quarantine *quarantine, struct sl_git **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Open the repository that contains path, bare or with a work tree.
 *
 * @return as sl_git_open_hook
 */
int sl_git_open(const char *path, struct sl_git **out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Open exactly the repository at path: a bare one, a git directory, or the
 * root of a work tree. No parent folder is searched. For a repository that
 * somebody named, beside the one that is worked on: its own objects only,
 * whatever is in quarantine elsewhere.
 *
 * @return as sl_git_open_hook
 */
int sl_git_open_at(const char *path, struct sl_git **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Close; NULL is fine. */
void sl_git_free(struct sl_git *repo);
SL_DEFINE_FREEP(struct sl_git, sl_git_free, sl_git_freep)

/** Absolute path of the git directory, links resolved, no slash at the end. */
const char *sl_git_dir(const struct sl_git *repo);

/** As sl_git_dir, for what linked work trees share (refs, objects, hooks). */
const char *sl_git_common_dir(const struct sl_git *repo);

/** Root of the work tree without a slash at the end; NULL where bare. */
const char *sl_git_work_tree(const struct sl_git *repo);

/**
 * Hears of one tracked file that differs. Another value than 0 ends the walk.
 *
 * @param staged  the index differs from HEAD there; else the work tree only
 */
typedef int sl_git_work_tree_fn(void *ctx, const char *path, bool staged,
    struct sl_error *err);

/**
 * Compare the index and the work tree with HEAD's commit, as `git status`
 * does, and report every tracked file that differs, in order of path. Files
 * that are not tracked are not reported. No filter program is run: where one
 * changes contents at checkout (Git LFS), a file whose times are not those of
 * the index is reported.
 *
 * @return 0, what fn returned when it ended the walk, SL_EINVAL (bare), SL_EIO
 */
int sl_git_work_tree_changes(struct sl_git *repo, sl_git_work_tree_fn *fn,
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

bool sl_git_is_bare(const struct sl_git *repo);

/** Whether history was cut off (a shallow clone). */
bool sl_git_is_shallow(const struct sl_git *repo);

/* Configuration. */

/**
 * Read the value of a configuration key into out, which is cleared first:
 * repository, then user, then system.
 *
 * @return 0, SL_ENOTFOUND, SL_ETOOBIG, SL_ECORRUPT (a file does not parse)
 */
int sl_git_config_get(struct sl_git *repo, const char *key,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/** Set a key in the repository's own configuration. @return 0, SL_EIO */
int sl_git_config_set(struct sl_git *repo, const char *key,
    const char *value, struct sl_error *err) SL_MUST_CHECK;

/** Remove a key there; a missing one is fine. @return 0, SL_EIO */
int sl_git_config_unset(struct sl_git *repo, const char *key,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Read the repository's id into out, which is cleared first: configuration
 * key sluice.repository-id, else the absolute path of the common git
 * directory.
 *
 * @return 0, SL_EINVAL (the key holds something else than 8 to 64 characters
 *         of [0-9a-z-]), SL_ETOOBIG, SL_ECORRUPT
 */
int sl_git_repository_id(struct sl_git *repo, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/* Refs. */

/**
 * Read the full name of the branch that HEAD names, existing or not yet, into
 * out, which is cleared first.
 *
 * @return 0, SL_ENOTFOUND (HEAD is detached), SL_ETOOBIG, SL_ECORRUPT
 */
int sl_git_head_ref(struct sl_git *repo, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * The object that a full ref name (or "HEAD") points at, through symbolic
 * refs, tags not peeled.
 *
 * @return 0, SL_ENOTFOUND, SL_ECORRUPT
 */
int sl_git_ref_read(struct sl_git *repo, const char *ref,
    struct sl_oid *out, struct sl_error *err) SL_MUST_CHECK;

/** One ref, as sl_git_refs_each met it. */
struct sl_git_ref {
	struct sl_str name; /* full; valid during the call */
	struct sl_oid oid;  /* what it points at, tags not peeled */
	bool has_peeled;
	struct sl_oid peeled; /* behind a tag, where packed-refs says so */
};

typedef int sl_git_ref_fn(void *ctx, const struct sl_git_ref *ref,
    struct sl_error *err);

/**
 * Visit every ref under "refs/", loose refs first, then packed ones that no
 * loose ref hides. Symbolic refs and refs whose file does not parse are left
 * out. Reads files only, no objects: 100,000 packed refs take some 10 ms.
 *
 * @param fn  0 goes on; another value ends the walk and is returned
 * @return 0, what fn returned, SL_EIO, SL_ETOOBIG, SL_ECORRUPT (packed-refs)
 */
int sl_git_refs_each(struct sl_git *repo, sl_git_ref_fn *fn, void *ctx,
    struct sl_error *err) SL_MUST_CHECK;

/* Objects. */

/** A commit with the storage of its text. Start with `= { 0 }`. */
struct sl_git_commit {
	struct sl_commit commit;
	struct sl_arena storage; /* owns the views in commit */
};

/**
 * Read one commit.
 *
 * @return 0, SL_ENOTFOUND (no such object), SL_EINVAL (not a commit),
 *         SL_ECORRUPT (does not parse), SL_ETOOBIG
 */
int sl_git_commit_read(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_git_commit *out, struct sl_error *err) SL_MUST_CHECK;

void sl_git_commit_release(struct sl_git_commit *commit);

/** An annotated tag with the storage of its text. Start with `= { 0 }`. */
struct sl_git_tag {
	struct sl_tag tag;
	struct sl_oid target;
	struct sl_arena storage; /* owns the views in tag */
};

/** Read one tag object. @return as sl_git_commit_read */
int sl_git_tag_read(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_git_tag *out, struct sl_error *err) SL_MUST_CHECK;

void sl_git_tag_release(struct sl_git_tag *tag);

/** What an object id leads to. */
struct sl_git_peel {
	enum sl_object_kind kind;     /* of the object itself */
	enum sl_object_kind tip_kind; /* behind its tags; SL_OBJECT_TAG where
					 SL_GIT_TAG_DEPTH_MAX was not enough */
	struct sl_oid tip;
	struct sl_oid tree; /* a commit's or the tree itself; else zero */
	unsigned depth;     /* tag objects on the way */
};

/** Follow tags to their target. @return as sl_git_commit_read */
int sl_git_peel(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_git_peel *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * The entry at a path of a tree.
 *
 * @param path  from the root, '/' between; "" is not an entry
 * @return 0, SL_ENOTFOUND (no such entry), SL_ECORRUPT (a tree is missing or
 *         damaged)
 */
int sl_git_tree_find(struct sl_git *repo, const struct sl_oid *tree,
    struct sl_str path, uint32_t *mode, struct sl_oid *oid,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Visit a whole tree (contract of tree_entries in change/change.h). The zero
 * id is the index.
 */
int sl_git_tree_walk(struct sl_git *repo, const struct sl_oid *tree,
    sl_tree_entry_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/**
 * Visit the files, symlinks and submodules that differ between two trees, in
 * Git's tree order. A folder that both have alike is not read.
 *
 * @param from  zero: an empty tree
 * @param to    zero: an empty tree
 * @param fn    hears it as a change from one to the other; 0 goes on, another
 *              value ends the walk and is returned
 * @return 0, what fn returned, SL_ETOOBIG (entries, nesting, a path),
 *         SL_ECORRUPT (a tree is missing or damaged)
 */
int sl_git_tree_changes(struct sl_git *repo, const struct sl_oid *from,
    const struct sl_oid *to, sl_path_change_fn *fn, void *ctx,
    struct sl_error *err) SL_MUST_CHECK;

/** A blob's size in bytes. @return 0, SL_ECORRUPT (missing, not a blob) */
int sl_git_blob_size(struct sl_git *repo, const struct sl_oid *blob,
    uint64_t *size, struct sl_error *err) SL_MUST_CHECK;

/**
 * Append a blob's bytes. Its size is looked at first.
 *
 * @return 0, SL_ETOOBIG (over out's limit, nothing appended), SL_ECORRUPT
 */
int sl_git_blob_read(struct sl_git *repo, const struct sl_oid *blob,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Append the bytes of a file of a commit.
 *
 * @param[out] oid  the blob's id; may be NULL
 * @return 0, SL_ENOTFOUND (no such path), SL_EINVAL (a folder, link or
 *         submodule), SL_ETOOBIG, SL_ECORRUPT
 */
int sl_git_file_at(struct sl_git *repo, const struct sl_oid *commit,
    const char *path, struct sl_buf *out, struct sl_oid *oid,
    struct sl_error *err) SL_MUST_CHECK;

/** The door for rules; valid as long as repo. */
struct sl_object_source sl_git_source(struct sl_git *repo);

/* History. */

/** What a person wrote for "which commits". */
struct sl_git_range {
	bool is_range;      /* A..B */
	struct sl_oid from; /* commit A; zero unless is_range */
	struct sl_oid to;   /* commit REV or B */
	struct sl_oid object; /* REV before peeling: a tag's own id */
};

/**
 * Resolve `REV` or `A..B` (an empty side is HEAD) to commits.
 *
 * @return 0, SL_ENOTFOUND, SL_EINVAL (`A...B`, ambiguous, not a commit)
 */
int sl_git_rev_parse(struct sl_git *repo, const char *text,
    struct sl_git_range *out, struct sl_error *err) SL_MUST_CHECK;

/** The best common ancestor. @return 0, SL_ENOTFOUND (none), SL_ECORRUPT */
int sl_git_merge_base(struct sl_git *repo, const struct sl_oid *a,
    const struct sl_oid *b, struct sl_oid *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Whether ancestor is descendant or can be reached from it. Tags are peeled.
 *
 * @return 0, SL_ECORRUPT (history is missing or damaged)
 */
int sl_git_is_ancestor(struct sl_git *repo, const struct sl_oid *ancestor,
    const struct sl_oid *descendant, bool *yes, struct sl_error *err)
    SL_MUST_CHECK;

/* Messages. Pure. */

typedef int sl_git_trailer_fn(void *ctx, struct sl_str key,
    struct sl_str value, struct sl_error *err);

/**
 * Append the signature of a commit or tag, and what it signs: the object
 * without it. Nothing is verified.
 *
 * @return 0, SL_ENOTFOUND (not signed), SL_EINVAL (another kind of object),
 *         SL_EUNSUPPORTED (more signatures than one), SL_ETOOBIG (a buffer's
 *         limit), SL_ECORRUPT
 * @source git-verify-commit(1), git-verify-tag(1): gpgsig, and the end of a
 *         tag's message
 */
int sl_git_signature(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_buf *signature, struct sl_buf *payload, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Visit the trailers of a commit or tag message: the `Key: value` lines of
 * its last paragraph, when that is not the first one and each of its lines is
 * a trailer or, indented, continues one. Values are trimmed; a continued one
 * is given with its line feeds. A signature block at the end of a tag is left
 * out first.
 *
 * @param key  only these, ASCII case ignored; NULL for all
 * @return 0, or what fn returned
 * @source git-interpret-trailers(1), the strict form
 */
int sl_git_trailers_each(struct sl_str message, const char *key,
    sl_git_trailer_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/**
 * Read the value of the only trailer with a key into out, which is cleared
 * first.
 *
 * @return 0, SL_ENOTFOUND, SL_EINVAL (given more than once), SL_ETOOBIG
 */
int sl_git_trailer_get(struct sl_str message, const char *key,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Split GIT_ALTERNATE_OBJECT_DIRECTORIES.
 *
 * Entries are separated by ':'. An entry that begins with a double quote runs
 * to the closing one and has C escapes. Empty entries are dropped.
 *
 * @param[out] paths  free each, then the array
 * @return 0, SL_EINVAL (quoting), SL_ETOOBIG (SL_GIT_ALTERNATES_MAX)
 * @source git(1), GIT_ALTERNATE_OBJECT_DIRECTORIES
 */
int sl_git_alternates_parse(struct sl_str text, char ***paths, size_t *count,
    struct sl_error *err) SL_MUST_CHECK;

#endif
