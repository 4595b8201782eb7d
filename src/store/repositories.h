/* SPDX-License-Identifier: Apache-2.0 */
/*
 * repositories: which repositories a site knows, which project ids and use
 * cases are theirs, and the last value of each ref that a job was written for.
 *
 * The last values make up for a post-receive hook that never ran: whoever
 * finds a ref at another value writes the missing job (sl_refs_missed).
 */
#ifndef SL_STORE_REPOSITORIES_H
#define SL_STORE_REPOSITORIES_H

#include "base/oid.h"
#include "store/store.h"

struct sl_repository {
	const char *id;
	const char *path;       /* canonical path of the git directory */
	int64_t first_seen_s;
	int64_t baseline_at_s;  /* 0: no baseline yet */
};

struct sl_repositories {
	struct sl_repository *items; /* own their strings */
	size_t count;
};

#define SL_REPOSITORIES_INIT { NULL, 0 }

void sl_repositories_release(struct sl_repositories *list);

/**
 * Note that a repository exists; refreshes the path of a known one.
 *
 * @return 0
 */
int sl_repository_put(struct sl_store *store, const char *id,
    const char *path, int64_t now_s, struct sl_error *err) SL_MUST_CHECK;

/** All repositories, by id. Appends nothing: list must be empty. */
int sl_repository_list(struct sl_store *store, struct sl_repositories *list,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Claim a project id and a use case for a repository: first come, for good.
 *
 * Both or none. Claiming again what is the repository's own is fine.
 *
 * @param repository  id of a repository that sl_repository_put noted
 * @return 0, SL_EREFUSED (another repository has it; the text names its path)
 */
int sl_claims_take(struct sl_store *store, const char *project,
    const char *use_case, const char *repository, int64_t now_s,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Whether sl_claims_take would be refused; writes nothing.
 *
 * @return 0 (free, or the repository's own), SL_EREFUSED
 */
int sl_claims_check(struct sl_store *store, const char *project,
    const char *use_case, const char *repository, struct sl_error *err)
    SL_MUST_CHECK;

/** The value of a ref; ref is borrowed from whoever made the list. */
struct sl_ref_value {
	const char *ref; /* full name */
	struct sl_oid oid;
};

/**
 * Take the refs of a repository as they are: no job is owed for them.
 *
 * Called when hooks are installed. Refs that have a value already keep it.
 *
 * @return 0, SL_ENOTFOUND (repository unknown)
 */
int sl_refs_baseline(struct sl_store *store, const char *repository,
    const struct sl_ref_value *refs, size_t count, int64_t now_s,
    struct sl_error *err) SL_MUST_CHECK;

/** A change that no job was written for. */
struct sl_missed_ref {
	const char *ref;
	struct sl_oid old_oid; /* zero: the ref is new */
	struct sl_oid new_oid; /* zero: the ref is gone */
	const char *verdict_id; /* accepted verdict of exactly this change that
				   pre-receive left, or "" */
	const char *options;    /* push options of that change, a JSON list;
				   "[]" where there is no verdict */
	const char *pusher;     /* of that verdict, or "" */
};

struct sl_missed_refs {
	struct sl_missed_ref *items; /* own their strings */
	size_t count;
};

#define SL_MISSED_REFS_INIT { NULL, 0 }

void sl_missed_refs_release(struct sl_missed_refs *list);

/** Refs below this many are never called a suspicious loss. */
#define SL_MISSED_GONE_MIN 10

/**
 * Compare a repository's refs with the last values that jobs were written for.
 *
 * Where pre-receive accepted a change to the ref's present value that no job
 * was written for, that change is reported, with its own old value; else the
 * change from the last value. In order of ref (bytes), gone refs after.
 *
 * @param refs  every ref that flows may name; the same choice as was given
 *              to sl_refs_baseline
 * @return 0, SL_EREFUSED (no baseline yet; or at least SL_MISSED_GONE_MIN
 *         refs and more than half of all are gone: more likely a wrong list
 *         than so many deletions)
 */
int sl_refs_missed(struct sl_store *store, const char *repository,
    const struct sl_ref_value *refs, size_t count,
    struct sl_missed_refs *list, struct sl_error *err) SL_MUST_CHECK;

/** Pushes of one ref that sl_refs_skipped looks back for. */
#define SL_SKIPPED_MAX 1000

/**
 * Find the changes of a ref that were accepted and took place, but for which
 * no job was written, before a change that is at hand.
 *
 * Their hook died, and the next push came before anybody compared refs with
 * jobs. Since that push found the ref at the end of them, they did go in.
 *
 * @param ref  full name
 * @param change_old, change_new  the change at hand
 * @param[out] list  oldest first; empty on entry; at most SL_SKIPPED_MAX
 */
int sl_refs_skipped(struct sl_store *store, const char *repository,
    const char *ref, const struct sl_oid *change_old,
    const struct sl_oid *change_new, struct sl_missed_refs *list,
    struct sl_error *err) SL_MUST_CHECK;

#endif
