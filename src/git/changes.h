/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes: what a push, a range or the index changes, as a change set.
 *
 * New for a ref are the commits that its new tip reaches, without those that
 * its old value reaches and without those that another existing ref reaches
 * on which the rules are at least as strict. So a commit that is known only
 * through a lax branch is judged again when it enters a strict one. What lies
 * in the quarantine is a hint that saves work, never the definition.
 *
 * Whatever could not be looked at is a note in the set, which makes the
 * verdict undecided; nothing is left out in silence.
 *
 *     struct sl_change_set set = { 0 };
 *
 *     sl_ref_lines_parse(input, SL_GIT_REFS_MAX, &lines, &n, &err);
 *     sl_git_changes_push(repo, lines, n, &opts, &set, &err);
 *     ...
 *     sl_change_set_release(&set);
 *
 * The set's source borrows the repository: release the set first.
 */
#ifndef SL_GIT_CHANGES_H
#define SL_GIT_CHANGES_H

#include "git/git.h"

/** Ref lines of one push: a cap for sl_ref_lines_parse. */
#define SL_GIT_REFS_MAX 100000
/** New commits of one set, where the options name no other number. */
#define SL_GIT_COMMITS_MAX 250000

/**
 * Whether each rule is at least as strict on ref `known` as on ref `pushed`:
 * then what `known` reaches was judged well enough for `pushed`. A ref always
 * covers itself, and covering passes on. Called for refs of the push, and for
 * existing refs when a walk meets commits that were there before. Pure.
 */
typedef bool sl_git_covers_fn(void *ctx, struct sl_str known,
    struct sl_str pushed);

/**
 * How a change set is made. Zero-initialise for the defaults.
 *
 * max_commits  new commits in the set; more are a note; 0 SL_GIT_COMMITS_MAX
 * covers       NULL: the rules are the same on all refs
 * git_program  asked for `rev-list` when history must be searched; an
 *              absolute path, or a name looked up in the program's PATH;
 *              NULL "git"
 */
struct sl_git_change_opts {
	size_t max_commits;
	sl_git_covers_fn *covers;
	void *covers_ctx;
	const char *git_program;
};

/** How the last push's new commits were found; for `make bench` and tests. */
struct sl_git_walk_stats {
	size_t commits_read;
	bool refs_loaded;   /* the tips of existing refs were needed */
	unsigned children;  /* git processes started */
};

/**
 * The changes of a push, in the order of its lines.
 *
 * For pre-receive, where refs still have their old values. Each ref has its
 * action, kinds, peeled tip, tree and tag; each branch-like ref its new
 * commits. A deleted ref has no kinds, tip or commits.
 *
 * @param lines  borrowed for the call
 * @param opts   borrowed for the call; NULL for the defaults
 * @param[out] set  must be empty; released by the caller
 * @return 0, SL_EIO, SL_ENOTFOUND (a new id that is not there: not the
 *         pre-receive of this push, or the quarantine was not given)
 */
int sl_git_changes_push(struct sl_git *repo, const struct sl_ref_line *lines,
    size_t count, const struct sl_git_change_opts *opts,
    struct sl_change_set *set, struct sl_error *err) SL_MUST_CHECK;

/**
 * The changes between two commits as if ref were moved from one to the other.
 *
 * For `check A..B` and merge requests (from: target branch, to: source
 * branch or merge result, ref: target branch). Commits are those that `to`
 * reaches and `from` does not. The action is create where from is zero, else
 * update: such a range is judged as what a merge would bring.
 *
 * @param from  a commit, or zero: all history of `to`
 * @param to    a commit, or a tag that leads to one
 * @param ref   full ref name that levels and ref rules are chosen by; copied
 * @return as sl_git_changes_push
 */
int sl_git_changes_range(struct sl_git *repo, const struct sl_oid *from,
    const struct sl_oid *to, struct sl_str ref,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Let the commits of a range come in as one, as a squash does: they are
 * folded, and a commit that does not exist yet, with a zero id and the tip's
 * tree, has the message. It changes nothing of its own.
 *
 * @param set  as sl_git_changes_range made it
 */
void sl_git_changes_squash(struct sl_change_set *set, struct sl_str message);

/** From where on history is looked at again. */
struct sl_git_since {
	struct sl_oid commit; /* what this one does not reach; zero: */
	int64_t time_s;       /* what was committed then or later */
};

/**
 * History as if it came in now: every commit of some refs since then is new
 * for each ref that reaches it. By time, a walk ends at the first commit that
 * is older, whatever lies behind it.
 *
 * @param lines  refs and their values; the old ones are not looked at. Each
 *               is an update: how it came about is not known
 * @return as sl_git_changes_push
 */
int sl_git_changes_since(struct sl_git *repo, const struct sl_ref_line *lines,
    size_t count, const struct sl_git_since *since,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * One revision: its whole tree, and the commit itself as the only new one.
 *
 * The action is update from the first parent, create for a root commit.
 *
 * @param object  a commit, or a tag that leads to one (which the set then
 *                carries)
 * @return as sl_git_changes_push
 */
int sl_git_changes_revision(struct sl_git *repo, const struct sl_oid *object,
    struct sl_str ref, struct sl_change_set *set, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * The whole tree of a revision as if all of it came in now: its commit is the
 * only new one, and has no parents. The action is create.
 *
 * @param object  as for sl_git_changes_revision
 * @return as sl_git_changes_push
 */
int sl_git_changes_whole(struct sl_git *repo, const struct sl_oid *object,
    struct sl_str ref, struct sl_change_set *set, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * All commits that any ref or HEAD reaches, as new for one ref that has no tip
 * or tree: for judging every blob that there is.
 *
 * @return as sl_git_changes_push
 */
int sl_git_changes_history(struct sl_git *repo, struct sl_str ref,
    struct sl_change_set *set, struct sl_error *err) SL_MUST_CHECK;

/**
 * What is staged, as one commit that does not exist yet.
 *
 * The set has one ref (old: HEAD's commit, new and tree: zero, kinds NONE,
 * action update; create while HEAD is unborn) and one commit with a zero id
 * and tree, HEAD as its parent, and the given message. Rules on people and
 * signatures have nothing to look at there.
 *
 * @param index_file  GIT_INDEX_FILE of the hook; NULL for the usual one
 * @param ref      empty: the branch that HEAD names ("HEAD" where it is
 *                 detached)
 * @param message  of the commit to be; empty while it is not written yet
 * @return 0, SL_EINVAL (a bare repository), SL_ECORRUPT (index), SL_EIO
 */
int sl_git_changes_index(struct sl_git *repo, const char *index_file,
    struct sl_str ref, struct sl_str message, struct sl_change_set *set,
    struct sl_error *err) SL_MUST_CHECK;

/** What the last sl_git_changes_push on repo had to do. */
struct sl_git_walk_stats sl_git_walk_stats(const struct sl_git *repo);

#endif
