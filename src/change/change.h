/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change: what a push (or a range, or the index) changes, as plain values,
 * and the small door through which rules read commits, trees and blobs.
 *
 * src/git fills a change set from a repository; tests fill one from memory;
 * src/engine judges it and knows neither. All text is raw bytes from the
 * push: hostile, possibly not UTF-8, possibly with control characters.
 *
 * Sequence: fill a struct sl_change_set, judge it, release it. A change set
 * and what its source hands out are used by one thread; other threads read
 * blobs through views of the source.
 */
#ifndef SL_CHANGE_CHANGE_H
#define SL_CHANGE_CHANGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/oid.h"

/** What happens to one ref. */
enum sl_ref_action {
	SL_REF_CREATE, /* old is zero */
	SL_REF_UPDATE, /* old is an ancestor of new */
	SL_REF_FORCE,  /* old is not an ancestor of new */
	SL_REF_DELETE, /* new is zero */
};

/** What an object is after (or before) peeling tags. */
enum sl_object_kind {
	SL_OBJECT_NONE, /* a delete, or the index */
	SL_OBJECT_COMMIT,
	SL_OBJECT_TREE,
	SL_OBJECT_BLOB,
	SL_OBJECT_TAG,
};

/** A name, e-mail address and time from a commit or tag. */
struct sl_person_stamp {
	struct sl_str name;
	struct sl_str email;
	int64_t when_s;     /* seconds since 1970-01-01 UTC */
	int32_t offset_min; /* zone, minutes east of UTC */
};

/** An annotated tag object (the outermost, where tags are nested). */
struct sl_tag {
	struct sl_oid oid;
	struct sl_str name; /* as written in the object, without refs/tags/ */
	struct sl_str message;
	bool has_tagger;
	struct sl_person_stamp tagger;
	unsigned depth; /* tag objects peeled on the way to the target */
};

/** One commit; all views stay valid as long as the change set. */
struct sl_commit {
	struct sl_oid oid;
	struct sl_oid tree;
	struct sl_oid *parents;
	size_t parent_count;
	struct sl_person_stamp author;
	struct sl_person_stamp committer;
	struct sl_str message; /* raw, after the header's empty line */
	struct sl_str encoding; /* of the message, where a header says it */
	bool has_signature;    /* a gpgsig header is there; not verified */
	bool folded; /* a squash will leave what it changes, but not the commit:
			its message and people are not judged */
};

/** One line of a push, with what was found out about it. */
struct sl_ref_change {
	struct sl_str ref; /* full name; bytes without NUL, LF and space */
	struct sl_oid old_oid;
	struct sl_oid new_oid;
	enum sl_ref_action action;
	enum sl_object_kind new_kind; /* of new_oid itself */
	enum sl_object_kind tip_kind; /* after peeling; NONE for a delete */
	struct sl_oid tip;            /* the peeled object */
	struct sl_oid tree;           /* its tree; zero where it has none */
	const struct sl_tag *tag;     /* NULL unless new_oid is a tag object */
	size_t *commits;    /* new for this ref: indexes into set->commits */
	size_t commit_count; /* parents before children */
};

/** File modes as Git reads them: whatever other bits are stored, an entry has
    one of these. */
enum sl_entry_mode {
	SL_MODE_NONE = 0,
	SL_MODE_TREE = 0040000,
	SL_MODE_FILE = 0100644,
	SL_MODE_EXECUTABLE = 0100755,
	SL_MODE_SYMLINK = 0120000,
	SL_MODE_SUBMODULE = 0160000,
};

/** A path that a commit changes against every one of its parents. */
struct sl_path_change {
	struct sl_str path; /* from the root, '/' between, no leading '/' */
	uint32_t old_mode;  /* SL_MODE_NONE: added */
	uint32_t new_mode;  /* SL_MODE_NONE: deleted */
	struct sl_oid old_oid; /* in the first parent; zero when added */
	struct sl_oid new_oid; /* zero when deleted */
};

/** An entry met on a walk of a whole tree. */
struct sl_tree_entry {
	struct sl_str path; /* from the root, '/' between, no leading '/' */
	struct sl_str name; /* the last part of path, as stored: may be hostile
			       (".git", "..", backslashes) */
	uint32_t mode;
	struct sl_oid oid;
	unsigned depth; /* 0 for an entry of the root */
};

/**
 * Callbacks return 0 to go on; another value ends the walk and is returned.
 * For a folder a tree entry's callback may return SL_TREE_PASS: what it holds
 * need not be visited. A source that has it at hand may visit it all the same.
 */
enum { SL_TREE_PASS = 100 };
typedef int sl_path_change_fn(void *ctx, const struct sl_path_change *change,
    struct sl_error *err);
typedef int sl_blob_fn(void *ctx, const struct sl_oid *blob,
    struct sl_error *err);
typedef int sl_tree_entry_fn(void *ctx, const struct sl_tree_entry *entry,
    struct sl_error *err);

/**
 * How rules read objects.
 *
 * Every function returns 0 or a negative enum sl_err. A missing or damaged
 * object is SL_ECORRUPT and makes what depended on it undecided.
 */
struct sl_object_source {
	void *self;

	/**
	 * Visit the paths that a commit changes: against its parent; for a
	 * merge, only what differs from every parent; for a root commit,
	 * everything. Blobs, symlinks and submodules, not directories. No
	 * rename detection. In path order (bytes).
	 */
	int (*commit_changes)(void *self, const struct sl_commit *commit,
	    sl_path_change_fn *fn, void *ctx, struct sl_error *err);

	/**
	 * Visit a whole tree, a directory before what it holds, in Git's
	 * tree order. The zero id stands for the index of a work tree.
	 */
	int (*tree_entries)(void *self, const struct sl_oid *tree,
	    sl_tree_entry_fn *fn, void *ctx, struct sl_error *err);

	/** The size of a blob in bytes, from its header. */
	int (*blob_size)(void *self, const struct sl_oid *blob,
	    uint64_t *size, struct sl_error *err);

	/**
	 * Append a blob's bytes to out. SL_ETOOBIG where it is larger than
	 * out's limit (nothing is appended, and it is not inflated).
	 */
	int (*blob_read)(void *self, const struct sl_oid *blob,
	    struct sl_buf *out, struct sl_error *err);

	/**
	 * The commit that a ref names now, before the push. SL_ENOTFOUND
	 * where there is no such ref. May be NULL: rules that need it are
	 * then undecided.
	 */
	int (*ref_tip)(void *self, struct sl_str ref, struct sl_oid *tip,
	    struct sl_error *err);

	/**
	 * Whether ancestor can be reached from descendant, or is it. Both
	 * are commits; either may be new in this push. May be NULL, as
	 * ref_tip.
	 */
	int (*is_ancestor)(void *self, const struct sl_oid *ancestor,
	    const struct sl_oid *descendant, bool *yes, struct sl_error *err);

	/**
	 * Open the same objects once more, for blob_size and blob_read with
	 * the view in place of self, in another thread at the same time. May
	 * be NULL: all is read by one thread.
	 */
	int (*open_view)(void *self, void **view, struct sl_error *err);
	void (*close_view)(void *view);

	/**
	 * Bring blobs into an order in which they are quick to read one after
	 * the other, the same for the same blobs. May be NULL.
	 *
	 * @param at  of `count` elements of `size` bytes; each begins with a
	 *            struct sl_oid
	 */
	void (*sort_blobs)(void *self, void *at, size_t count, size_t size);

	/**
	 * Visit every blob that there is, each once, also those that no
	 * commit reaches. May be NULL: history cannot be judged.
	 */
	int (*each_blob)(void *self, sl_blob_fn *fn, void *ctx,
	    struct sl_error *err);
};

/** Limits that were met while the set was made; each is said aloud. */
struct sl_change_note {
	char *text; /* escaped, one line */
};

/** Everything that is judged together. Zero-initialise. */
struct sl_change_set {
	struct sl_ref_change *refs;
	size_t ref_count;
	struct sl_commit *commits; /* each commit once, parents first */
	size_t commit_count;
	struct sl_change_note *notes; /* not looked at, with the reason: makes
					 the verdict undecided */
	size_t note_count;
	struct sl_object_source source; /* borrowed; outlives the set */
	struct sl_arena arena; /* owns the views and tags */
};

/** Free what the set owns (not the source); the set is empty again. */
void sl_change_set_release(struct sl_change_set *set);

/**
 * Where the signature that ends a tag's message begins: the last line that
 * opens a PGP, SSH or X.509 block. message.len where there is none. Nothing
 * is verified.
 *
 * @source git-tag(1), gpg.format; Git's own test of a signed tag
 */
size_t sl_tag_signature(struct sl_str message);

/** "create", "update", "force" or "delete". */
const char *sl_ref_action_name(enum sl_ref_action action);

/** One line of a hook's standard input. */
struct sl_ref_line {
	struct sl_oid old_oid;
	struct sl_oid new_oid;
	struct sl_str ref; /* a view into the input */
};

/**
 * Parse a pre- or post-receive hook's whole standard input.
 *
 * Each line is `old SP new SP ref LF`. The ref runs to the end of the line
 * and must satisfy sl_ref_name_check. A last line without LF, a repeated ref
 * and anything else outside the grammar is an error: no line is ever skipped.
 * Empty input gives no lines. Both ids are zero where a ref is deleted that is
 * not there: Git warns of it, goes on, and changes nothing.
 *
 * @param[out] lines  free(); views into input
 * @param max_lines   more are SL_ETOOBIG
 * @return 0, SL_EINVAL, SL_ETOOBIG, SL_EUNSUPPORTED (64-digit ids)
 * @source githooks(5), pre-receive
 */
int sl_ref_lines_parse(struct sl_str input, size_t max_lines,
    struct sl_ref_line **lines, size_t *count, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Whether a full ref name is one that `git check-ref-format` accepts.
 *
 * @return 0, SL_EINVAL with the reason
 * @source git-check-ref-format(1), rules 1 to 10
 */
int sl_ref_name_check(struct sl_str ref, struct sl_error *err) SL_MUST_CHECK;

#endif
