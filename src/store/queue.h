/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue: durable jobs, from post-receive to the worker.
 *
 * A job is one change of one ref going through one flow. Life of a job:
 *
 *     queued ─▶ running ─▶ done | failed | refused | stopped
 *       ▲          │
 *       ├──────────┤ sl_job_release (try again later)
 *       └── held ◀─┘ sl_job_hold (a gate is not open yet) ─▶ expired
 *
 * A worker claims a job under a lease, renews the lease while it works, and
 * ends with exactly one of release, hold and finish; each of them fails with
 * SL_ECONFLICT where the lease is no longer the worker's. Held jobs are
 * claimed again when their time comes; they do not stand in another's way.
 *
 * Order: jobs of one lane (repository, environment, lane) run one at a time,
 * oldest first; a job that waits to be tried again keeps its place.
 */
#ifndef SL_STORE_QUEUE_H
#define SL_STORE_QUEUE_H

#include "base/oid.h"
#include "store/store.h"

enum sl_job_kind {
	SL_JOB_NONE, /* nothing to do: written as done, for the record */
	SL_JOB_TRAIN,
	SL_JOB_PROMOTE,
};

enum sl_job_state {
	SL_JOB_QUEUED,
	SL_JOB_RUNNING,
	SL_JOB_HELD,
	SL_JOB_DONE,
	SL_JOB_FAILED,
	SL_JOB_REFUSED,
	SL_JOB_EXPIRED,
	SL_JOB_STOPPED,
};
#define SL_JOB_STATES 8

#define SL_JOB_PAYLOAD_MAX 65536
/** How long a held job waits before sl_queue_expire ends it: 14 days. */
#define SL_JOB_HELD_MAX_S (14 * 86400)

/** "train", "queued" ... as the database and JSON output spell them. */
const char *sl_job_kind_name(enum sl_job_kind kind);
const char *sl_job_state_name(enum sl_job_state state);

/** Whether a state is final (sl_job_retry may still wake the job). */
bool sl_job_state_is_final(enum sl_job_state state);

/** A job to write. */
struct sl_job_new {
	const char *ref;
	struct sl_oid old_oid;
	struct sl_oid new_oid;
	enum sl_job_kind kind;
	const char *flow;        /* name; tells the jobs of one ref apart */
	const char *environment; /* "" while it is not known */
	const char *lane;        /* jobs with the same one run one by one: the
				    pipeline's name, or the ref */
	const char *build_id;    /* "" while it is not known */
	bool supersede;          /* older jobs of this ref and flow give way:
				    waiting ones end as stopped, and with them
				    promotions that wait for their change; a
				    running one is asked to stop. One that does nothing
				    (SL_JOB_NONE) supersedes nothing */
	int64_t not_before_s;    /* 0: at once (else a debounce) */
	const char *reason;      /* of SL_JOB_NONE: why nothing runs, kept as
				    last_error, cut at SL_ERROR_TEXT_MAX; NULL:
				    none */
	const char *payload;     /* JSON for whoever runs it; NULL: "{}" */
};

/** A job as read; strings are never NULL. */
struct sl_job {
	int64_t id;
	const char *repository;
	const char *repository_path;
	const char *ref;
	struct sl_oid old_oid;
	struct sl_oid new_oid;
	enum sl_job_kind kind;
	const char *flow;
	const char *environment;
	const char *lane;
	const char *build_id;
	enum sl_job_state state;
	int64_t attempt;         /* of the build; 0 before the first */
	int64_t tries;           /* claims in a row that ended with a reason;
				    with this one, where it is claimed */
	int64_t not_before_s;
	const char *last_error;  /* why it waits or how it ended; "" */
	const char *lease_owner; /* "" where nobody has it */
	int64_t lease_expires_at_s;
	bool stop_requested;
	int64_t created_at_s;
	int64_t updated_at_s;
	int64_t held_since_s;    /* first hold; 0: never held */
	const char *pusher;
	const char *payload;
	const char *verdict_id;    /* "" : judge before acting */
	const char *policy_digest; /* of that verdict */
	const char *options;       /* JSON list of push options */
};

struct sl_jobs {
	struct sl_job *items; /* own their strings */
	size_t count;
};

#define SL_JOBS_INIT { NULL, 0 }

void sl_jobs_release(struct sl_jobs *list);

/**
 * Write the jobs of one push, all or none, and note the refs' new values.
 *
 * A job whose change deletes the ref stops the older ones of that ref that
 * wait and have begun nothing, and its waiting promotions.
 *
 * Each job takes the accepted intention that pre-receive left for its change.
 * Running the same post-receive twice writes nothing new: the ids of the jobs
 * that are there are returned. A change without intention gets a job without
 * verdict.
 *
 * @param repository  id, noted before
 * @param pusher  "" where unknown
 * @param[out] ids  count ids, in the order of jobs; NULL: not wanted
 * @return 0, SL_ENOTFOUND (repository unknown), SL_ETOOBIG (payload)
 */
int sl_queue_add(struct sl_store *store, const char *repository,
    const char *pusher, const struct sl_job_new *jobs, size_t count,
    int64_t now_s, int64_t *ids, struct sl_error *err) SL_MUST_CHECK;

/** How far a flow has taken on what came to a ref. */
struct sl_taken {
	struct sl_oid oid;     /* what came after this value is not taken; zero:
				  nothing of the ref is */
	struct sl_oid created; /* the ref's first value, where oid is zero */
};

/**
 * Find out up to which value of a ref a flow has taken on what came to it: for
 * what came after it, there was no execution and is none on the way.
 *
 * That is the first of these that there is:
 *
 *   1. the new value of the newest train job of this ref and flow that waits,
 *      that runs and was not asked to stop, or that is done or failed after
 *      its execution had begun
 *   2. the old value of the ref's first job
 *   3. the value that the ref had when its repository came (sl_refs_baseline)
 *
 * Jobs from before the ref was last created do not count, nor do those of the
 * very change that is asked about: asking before and after its jobs are
 * written gives one answer.
 *
 * @param job  its ref, flow, old_oid and new_oid
 * @return 0, SL_ENOTFOUND (nothing is known of the ref)
 */
int sl_job_taken(struct sl_store *store, const char *repository,
    const struct sl_job_new *job, struct sl_taken *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Claim the oldest job that may run now, under a lease.
 *
 * @param owner  names this worker uniquely (host, pid, random part)
 * @param[out] list  one job, or none where nothing is due
 * @return 0, SL_EINVAL (owner is empty)
 */
int sl_queue_claim(struct sl_store *store, const char *owner, int64_t lease_s,
    int64_t now_s, struct sl_jobs *list, struct sl_error *err) SL_MUST_CHECK;

/**
 * Extend the lease of a running job.
 *
 * @param[out] stop  somebody asked for the job to stop; NULL: not wanted
 * @return 0, SL_ECONFLICT (the lease is another's: stop working on it)
 */
int sl_job_renew(struct sl_store *store, int64_t id, const char *owner,
    int64_t lease_s, int64_t now_s, bool *stop, struct sl_error *err)
    SL_MUST_CHECK;

/** What a worker finds out about its job; NULL fields keep what is stored. */
struct sl_job_plan {
	const enum sl_job_kind *kind;
	const char *environment;
	const char *lane;
	const char *build_id;
	const int64_t *attempt;
	const char *payload;
};

/** Note it. @return 0, SL_ECONFLICT */
int sl_job_note(struct sl_store *store, int64_t id, const char *owner,
    const struct sl_job_plan *plan, int64_t now_s, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Give a job the verdict that its worker reached and recorded.
 *
 * @return 0, SL_ENOTFOUND (the verdict is not there, was not accepted, or is
 *         not about the job's change), SL_ECONFLICT
 */
int sl_job_judge(struct sl_store *store, int64_t id, const char *owner,
    const char *verdict_id, int64_t now_s, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Give a job back, to be tried again.
 *
 * @param delay_s  at least so long from now; see sl_queue_backoff_s
 * @param reason   shown by status; cut at SL_ERROR_TEXT_MAX; "" where it
 *                 only waits, which makes its tries start anew
 * @return 0, SL_ECONFLICT
 */
int sl_job_release(struct sl_store *store, int64_t id, const char *owner,
    int64_t delay_s, const char *reason, int64_t now_s, struct sl_error *err)
    SL_MUST_CHECK;

/** Put a job on hold until a gate opens; looked at again after delay_s. */
int sl_job_hold(struct sl_store *store, int64_t id, const char *owner,
    int64_t delay_s, const char *reason, int64_t now_s, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * End a job.
 *
 * @param state  a final one
 * @param reason "" where there is nothing to say
 * @return 0, SL_EINVAL (state is not final), SL_ECONFLICT
 */
int sl_job_finish(struct sl_store *store, int64_t id, const char *owner,
    enum sl_job_state state, const char *reason, int64_t now_s,
    struct sl_error *err) SL_MUST_CHECK;

/** Seconds to wait after the tries-th failure: 5, 10, 20 ... up to 900. */
int64_t sl_queue_backoff_s(int64_t tries);

/**
 * Take back every lease that is not owner's; such jobs are queued at once.
 *
 * Only for the holder of the site's worker lock: no other worker can be alive.
 *
 * @param[out] count  jobs taken back; NULL: not wanted
 */
int sl_queue_reclaim(struct sl_store *store, const char *owner, int64_t now_s,
    size_t *count, struct sl_error *err) SL_MUST_CHECK;

/** End as expired what has been held for SL_JOB_HELD_MAX_S or longer. */
int sl_queue_expire(struct sl_store *store, int64_t now_s, size_t *count,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Make held jobs due now (something was approved, an execution ended).
 *
 * @param repository  NULL: of every repository
 */
int sl_queue_wake(struct sl_store *store, const char *repository,
    int64_t now_s, size_t *count, struct sl_error *err) SL_MUST_CHECK;

/**
 * Queue an ended or waiting job again, at once and with fresh tries.
 *
 * @return 0, SL_ENOTFOUND, SL_EREFUSED (running or done)
 */
int sl_job_retry(struct sl_store *store, int64_t id, int64_t now_s,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * End a job as stopped; a running one is asked to stop.
 *
 * @return 0, SL_ENOTFOUND, SL_EREFUSED (has ended already)
 */
int sl_job_drop(struct sl_store *store, int64_t id, const char *reason,
    int64_t now_s, struct sl_error *err) SL_MUST_CHECK;

/** Which jobs to list; zero fields do not restrict. */
struct sl_job_query {
	int64_t id;
	const char *repository;
	const char *ref;
	const char *build_id;
	unsigned states; /* bits 1 << enum sl_job_state */
	size_t limit;    /* [1000] */
};

/** List jobs, newest first. */
int sl_job_list(struct sl_store *store, const struct sl_job_query *query,
    struct sl_jobs *list, struct sl_error *err) SL_MUST_CHECK;

/** Number of jobs in each state; next_due_s: when the next waiting job is
    due (0: none waits). */
struct sl_queue_counts {
	size_t by_state[SL_JOB_STATES];
	int64_t next_due_s;
};

int sl_queue_count(struct sl_store *store, struct sl_queue_counts *counts,
    struct sl_error *err) SL_MUST_CHECK;

#endif
