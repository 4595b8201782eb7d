/* SPDX-License-Identifier: Apache-2.0 */
/* queue.c: jobs as a queue: adding, claiming, taking back. */
#include "store/queue.h"

#include "base/mem.h"
#include "base/text.h"
#include "store/jobs_int.h"
#include "store/names_int.h"

#define BACKOFF_FIRST_S 5
#define BACKOFF_MAX_S 900

static const struct sl_field job_fields[] = {
	FIELD_INT(struct sl_job, id),
	FIELD_TEXT(struct sl_job, repository),
	FIELD_TEXT(struct sl_job, repository_path),
	FIELD_TEXT(struct sl_job, ref),
	FIELD_OID(struct sl_job, old_oid),
	FIELD_OID(struct sl_job, new_oid),
	FIELD_WORD(struct sl_job, kind, sl_store_job_kinds),
	FIELD_TEXT(struct sl_job, flow),
	FIELD_TEXT(struct sl_job, environment),
	FIELD_TEXT(struct sl_job, lane),
	FIELD_TEXT(struct sl_job, build_id),
	FIELD_WORD(struct sl_job, state, sl_store_job_states),
	FIELD_INT(struct sl_job, attempt),
	FIELD_INT(struct sl_job, tries),
	FIELD_INT(struct sl_job, not_before_s),
	FIELD_TEXT(struct sl_job, last_error),
	FIELD_TEXT(struct sl_job, lease_owner),
	FIELD_INT(struct sl_job, lease_expires_at_s),
	FIELD_BOOL(struct sl_job, stop_requested),
	FIELD_INT(struct sl_job, created_at_s),
	FIELD_INT(struct sl_job, updated_at_s),
	FIELD_INT(struct sl_job, held_since_s),
	FIELD_TEXT(struct sl_job, pusher),
	FIELD_TEXT(struct sl_job, payload),
	FIELD_TEXT(struct sl_job, verdict_id),
	FIELD_TEXT(struct sl_job, policy_digest),
	FIELD_TEXT(struct sl_job, options),
};

const struct sl_row_type sl_job_rows = ROW_TYPE(struct sl_job, job_fields);

void
sl_jobs_release(struct sl_jobs *list)
{
	sl_rows_free(&sl_job_rows, list->items, list->count);
	*list = (struct sl_jobs)SL_JOBS_INIT;
}

int
sl_job_change(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, size_t *changed,
    struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	size_t n = 0;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc >= 0)
		rc = sl_sql_change(store, sql, values, count, &n, err);
	if (rc >= 0)
		rc = sl_tx_commit(&tx, err);
	if (rc >= 0 && changed != NULL)
		*changed = n;
	return rc;
}

/* --- adding --- */

/* What one call of sl_queue_add writes for. */
struct push {
	struct sl_store *store;
	const char *repository;
	const char *pusher;
	int64_t now_s;
};

/* The job that a change already has in this flow.
 *
 * By intention where there is one: another push of the same change has
 * another intention. Without, the ref's last value tells a repeated call
 * from a ref that came back to where it was.
 */
static int
find_job(const struct push *push, const struct sl_job_new *job,
    int64_t intention, int64_t *id, struct sl_error *err)
{
	if (intention != 0)
		return sl_sql_number(push->store,
		    "SELECT id FROM jobs WHERE intention = ?1 AND flow = ?2",
		    VALUES(V_INT(intention), V_TEXT(job->flow)), id, err);
	return sl_sql_number(push->store,
	    "SELECT j.id FROM jobs j JOIN ref_values l"
	    " ON l.repository = j.repository AND l.ref = j.ref"
	    " WHERE j.repository = ?1 AND j.ref = ?2 AND j.old_oid = ?3"
	    " AND j.new_oid = ?4 AND j.flow = ?5 AND l.last_oid = j.new_oid"
	    " ORDER BY j.id DESC LIMIT 1",
	    VALUES(V_TEXT(push->repository), V_TEXT(job->ref),
		V_OID(&job->old_oid), V_OID(&job->new_oid),
		V_TEXT(job->flow)), id, err);
}

/* The accepted intention of a change: the one that waits for its jobs, else
 * the latest that got them (from a later push, where this one's hook is late),
 * unless the ref is back at the old value, so that this is another push of the
 * same change. 0: none. */
static int
find_intention(const struct push *push, const struct sl_job_new *job,
    int64_t *intention, struct sl_error *err)
{
	*intention = 0;
	return sl_sql_number(push->store,
	    "SELECT i.id FROM intentions i LEFT JOIN ref_values l"
	    " ON l.repository = i.repository AND l.ref = i.ref"
	    " WHERE i.repository = ?1 AND i.ref = ?2 AND i.old_oid = ?3"
	    " AND i.new_oid = ?4 AND (i.state = 'pending'"
	    "  OR i.state = 'queued' AND l.last_oid <> i.old_oid)"
	    " ORDER BY i.id DESC LIMIT 1",
	    VALUES(V_TEXT(push->repository), V_TEXT(job->ref),
		V_OID(&job->old_oid), V_OID(&job->new_oid)), intention, err);
}

static int
insert_job(const struct push *push, const struct sl_job_new *job,
    int64_t intention, int64_t *id, struct sl_error *err)
{
	enum sl_job_state state = job->kind == SL_JOB_NONE ? SL_JOB_DONE :
							     SL_JOB_QUEUED;
	char reason[SL_ERROR_TEXT_MAX] = "";

	if (job->kind == SL_JOB_NONE && job->reason != NULL)
		sl_text_cut_into(job->reason, reason, sizeof(reason));
	return sl_sql_number(push->store,
	    "INSERT INTO jobs(repository, intention, ref, old_oid, new_oid,"
	    " kind, flow, environment, lane, build_id, state, not_before_s,"
	    " created_at_s, updated_at_s, pusher, payload, last_error)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	    " ?13, ?14, ?15, ?16) RETURNING id",
	    VALUES(V_TEXT(push->repository),
		intention ? V_INT(intention) : V_NULL, V_TEXT(job->ref),
		V_OID(&job->old_oid), V_OID(&job->new_oid),
		V_TEXT(sl_job_kind_name(job->kind)), V_TEXT(job->flow),
		V_TEXT(job->environment), V_TEXT(job->lane),
		V_TEXT(job->build_id), V_TEXT(sl_job_state_name(state)),
		V_INT(job->not_before_s), V_INT(push->now_s),
		V_TEXT(push->pusher),
		V_LONG(job->payload ? job->payload : "{}",
		    SL_JOB_PAYLOAD_MAX), V_TEXT(reason)), id, err);
}

/* Older jobs of the same ref and flow give way to a new one. */
static int
supersede(const struct push *push, const struct sl_job_new *job, int64_t id,
    struct sl_error *err)
{
	const struct sl_value values[] = { V_TEXT(push->repository),
		V_TEXT(job->ref), V_TEXT(job->flow), V_INT(id),
		V_INT(push->now_s) };
	int rc = sl_sql_run(push->store,
	    "UPDATE jobs SET state = 'stopped', updated_at_s = ?5,"
	    " last_error = 'superseded by job ' || ?4"
	    " WHERE repository = ?1 AND ref = ?2 AND flow = ?3 AND id < ?4"
	    " AND state IN ('queued', 'held')", values, SL_COUNT(values), err);

	/* A promotion that waited for what one of them would have trained. */
	if (rc >= 0)
		rc = sl_sql_run(push->store,
		    "UPDATE jobs SET state = 'stopped', updated_at_s = ?5,"
		    " last_error = 'superseded by job ' || ?4"
		    " WHERE repository = ?1 AND ref = ?2 AND kind = 'promote'"
		    " AND id < ?4 AND state IN ('queued', 'held')"
		    " AND new_oid IN (SELECT new_oid FROM jobs"
		    "  WHERE repository = ?1 AND ref = ?2 AND flow = ?3"
		    "  AND id < ?4 AND state = 'stopped'"
		    "  AND last_error = 'superseded by job ' || ?4)",
		    values, SL_COUNT(values), err);
	if (rc < 0)
		return rc;
	return sl_sql_run(push->store,
	    "UPDATE jobs SET stop_requested = 1, updated_at_s = ?5,"
	    " last_error = 'superseded by job ' || ?4"
	    " WHERE repository = ?1 AND ref = ?2 AND flow = ?3 AND id < ?4"
	    " AND state = 'running'", values, SL_COUNT(values), err);
}

/*
 * What waits for a ref that is deleted now has lost its reason: nothing of it
 * was begun, or nobody can approve it for what it was asked. What executes
 * goes on; it is somebody else's decision to stop it.
 */
static int
stop_waiting(const struct push *push, const struct sl_job_new *job,
    int64_t id, struct sl_error *err)
{
	return sl_sql_run(push->store,
	    "UPDATE jobs SET state = 'stopped', updated_at_s = ?4,"
	    " last_error = 'the ref was deleted, by job ' || ?3"
	    " WHERE repository = ?1 AND ref = ?2 AND id < ?3"
	    " AND state IN ('queued', 'held')"
	    " AND (attempt = 0 OR kind = 'promote')",
	    VALUES(V_TEXT(push->repository), V_TEXT(job->ref), V_INT(id),
		V_INT(push->now_s)), err);
}

static int
note_ref_value(const struct push *push, const struct sl_job_new *job,
    int64_t id, int64_t intention, struct sl_error *err)
{
	int rc = sl_sql_run(push->store,
	    "UPDATE intentions SET state = 'queued' WHERE id = ?1",
	    VALUES(V_INT(intention)), err);

	if (rc < 0)
		return rc;
	return sl_sql_run(push->store,
	    "INSERT INTO ref_values(repository, ref, last_oid, job,"
	    " updated_at_s) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT(repository, ref) DO UPDATE SET"
	    " last_oid = excluded.last_oid, job = excluded.job,"
	    " updated_at_s = excluded.updated_at_s",
	    VALUES(V_TEXT(push->repository), V_TEXT(job->ref),
		V_OID(&job->new_oid), V_INT(id), V_INT(push->now_s)), err);
}

static int
add_job(const struct push *push, const struct sl_job_new *job, int64_t *id,
    struct sl_error *err)
{
	int64_t intention;
	int rc = find_intention(push, job, &intention, err);

	if (rc >= 0)
		rc = find_job(push, job, intention, id, err);
	if (rc != 0)
		return rc;
	rc = insert_job(push, job, intention, id, err);
	if (rc >= 0 && job->supersede && job->kind != SL_JOB_NONE)
		rc = supersede(push, job, *id, err);
	if (rc >= 0 && sl_oid_is_zero(&job->new_oid))
		rc = stop_waiting(push, job, *id, err);
	return rc < 0 ? rc : note_ref_value(push, job, *id, intention, err);
}

int
sl_queue_add(struct sl_store *store, const char *repository,
    const char *pusher, const struct sl_job_new *jobs, size_t count,
    int64_t now_s, int64_t *ids, struct sl_error *err)
{
	const struct push push = { store, repository, pusher, now_s };
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	SL_CLEANUP(sl_freep) int64_t *made = NULL;
	int rc;

	made = sl_alloc_array(count, sizeof(*made));
	rc = sl_tx_begin(&tx, store, err);
	for (size_t i = 0; i < count && rc >= 0; i++)
		rc = add_job(&push, &jobs[i], &made[i], err);
	if (rc >= 0)
		rc = sl_tx_commit(&tx, err);
	if (rc < 0)
		return rc;
	if (ids != NULL && count > 0)
		memcpy(ids, made, count * sizeof(*made));
	return SL_OK;
}

/* --- claiming --- */

/*
 * A job may run when its time has come (or the lease of whoever ran it is
 * over), nothing else of its lane runs, and nothing older waits there. Held
 * jobs wait without being in the way.
 */
static const char claim_sql[] =
    "UPDATE jobs SET state = 'running', lease_owner = ?1,"
    " lease_expires_at_s = ?2, tries = tries + 1, updated_at_s = ?3"
    " WHERE id = (SELECT j.id FROM jobs j"
    "  WHERE j.state IN ('queued', 'running', 'held')"
    "  AND iif(j.state = 'running', j.lease_expires_at_s, j.not_before_s)"
    "   <= ?3"
    "  AND NOT EXISTS (SELECT 1 FROM jobs o"
    "   WHERE o.state IN ('queued', 'running', 'held')"
    "   AND o.repository = j.repository AND o.environment = j.environment"
    "   AND o.lane = j.lane AND o.id <> j.id"
    "   AND (o.state = 'running' OR o.state = 'queued' AND o.id < j.id))"
    "  ORDER BY j.id LIMIT 1)"
    " RETURNING id";

int
sl_queue_claim(struct sl_store *store, const char *owner, int64_t lease_s,
    int64_t now_s, struct sl_jobs *list, struct sl_error *err)
{
	SL_CLEANUP(sl_jobs_release) struct sl_jobs found = SL_JOBS_INIT;
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int64_t id = 0;
	int rc;

	if (owner[0] == '\0')
		return sl_error_set(err, SL_EINVAL,
		    "a worker needs a name to claim jobs under");
	rc = sl_tx_begin(&tx, store, err);
	if (rc >= 0)
		rc = sl_sql_number(store, claim_sql, VALUES(V_TEXT(owner),
		    V_INT(now_s + lease_s), V_INT(now_s)), &id, err);
	if (rc > 0)
		rc = sl_sql_rows(store, &sl_job_rows,
		    SELECT_JOBS "WHERE j.id = ?1", VALUES(V_INT(id)),
		    &found.items, &found.count, err);
	if (rc >= 0)
		rc = sl_tx_commit(&tx, err);
	if (rc < 0)
		return rc;
	*list = found;
	found = (struct sl_jobs)SL_JOBS_INIT;
	return SL_OK;
}

int64_t
sl_queue_backoff_s(int64_t tries)
{
	int64_t delay_s = BACKOFF_FIRST_S;

	for (int64_t n = 1; n < tries && delay_s < BACKOFF_MAX_S; n++)
		delay_s *= 2;
	return delay_s < BACKOFF_MAX_S ? delay_s : BACKOFF_MAX_S;
}

int
sl_queue_reclaim(struct sl_store *store, const char *owner, int64_t now_s,
    size_t *count, struct sl_error *err)
{
	return sl_job_change(store,
	    "UPDATE jobs SET state = 'queued', lease_owner = '',"
	    " lease_expires_at_s = 0, not_before_s = ?2, updated_at_s = ?2"
	    " WHERE state = 'running' AND lease_owner <> ?1",
	    VALUES(V_TEXT(owner), V_INT(now_s)), count, err);
}

int
sl_queue_expire(struct sl_store *store, int64_t now_s, size_t *count,
    struct sl_error *err)
{
	return sl_job_change(store,
	    "UPDATE jobs SET state = 'expired', updated_at_s = ?2,"
	    " last_error = substr('held too long; last: ' || last_error, 1,"
	    "  ?3)"
	    " WHERE state = 'held' AND held_since_s <= ?1",
	    VALUES(V_INT(now_s - SL_JOB_HELD_MAX_S), V_INT(now_s),
		V_INT(SL_ERROR_TEXT_MAX)), count, err);
}

int
sl_queue_wake(struct sl_store *store, const char *repository, int64_t now_s,
    size_t *count, struct sl_error *err)
{
	return sl_job_change(store,
	    "UPDATE jobs SET not_before_s = ?2, updated_at_s = ?2"
	    " WHERE state = 'held' AND (?1 IS NULL OR repository = ?1)",
	    VALUES(V_TEXT(repository), V_INT(now_s)), count, err);
}

int
sl_queue_count(struct sl_store *store, struct sl_queue_counts *counts,
    struct sl_error *err)
{
	struct sl_queue_counts made = { { 0 }, 0 };
	int rc;

	for (size_t i = 0; i < SL_JOB_STATES; i++) {
		int64_t n = 0;

		rc = sl_sql_number(store,
		    "SELECT count(*) FROM jobs WHERE state = ?1",
		    VALUES(V_TEXT(sl_store_job_states[i])), &n, err);
		if (rc < 0)
			return rc;
		made.by_state[i] = (size_t)n;
	}
	rc = sl_sql_number(store,
	    "SELECT coalesce(min(max(not_before_s, 1)), 0) FROM jobs"
	    " WHERE state IN ('queued', 'held')", NO_VALUES, &made.next_due_s,
	    err);
	if (rc < 0)
		return rc;
	*counts = made;
	return SL_OK;
}
