/* SPDX-License-Identifier: Apache-2.0 */
/* jobs.c: what a worker and an admin do to one job. */
#include "base/mem.h"
#include "base/text.h"
#include "store/jobs_int.h"
#include "store/names_int.h"
#include "store/queue.h"

/* Change a job under its worker's lease: ?1 is the id, ?2 the owner. */
static int
change_leased(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, struct sl_error *err)
{
	size_t changed = 0;
	int rc = sl_job_change(store, sql, values, count, &changed, err);

	if (rc < 0)
		return rc;
	if (changed == 0)
		return sl_error_set(err, SL_ECONFLICT, "job %lld is no longer "
		    "this worker's", (long long)values[0].number);
	return SL_OK;
}

int
sl_job_renew(struct sl_store *store, int64_t id, const char *owner,
    int64_t lease_s, int64_t now_s, bool *stop, struct sl_error *err)
{
	int64_t wanted = 0;
	int rc = change_leased(store,
	    "UPDATE jobs SET lease_expires_at_s = ?3"
	    " WHERE id = ?1 AND lease_owner = ?2"
	    " AND state = 'running'",
	    VALUES(V_INT(id), V_TEXT(owner), V_INT(now_s + lease_s)), err);

	if (rc < 0 || stop == NULL)
		return rc;
	rc = sl_sql_number(store,
	    "SELECT stop_requested FROM jobs WHERE id = ?1",
	    VALUES(V_INT(id)), &wanted, err);
	if (rc < 0)
		return rc;
	*stop = wanted != 0;
	return SL_OK;
}

int
sl_job_note(struct sl_store *store, int64_t id, const char *owner,
    const struct sl_job_plan *plan, int64_t now_s, struct sl_error *err)
{
	return change_leased(store,
	    "UPDATE jobs SET kind = coalesce(?3, kind),"
	    " environment = coalesce(?4, environment),"
	    " lane = coalesce(?5, lane), build_id = coalesce(?6, build_id),"
	    " attempt = coalesce(?7, attempt),"
	    " payload = coalesce(?8, payload), updated_at_s = ?9"
	    " WHERE id = ?1 AND lease_owner = ?2"
	    " AND state = 'running'",
	    VALUES(V_INT(id), V_TEXT(owner),
		V_TEXT(plan->kind ? sl_job_kind_name(*plan->kind) : NULL),
		V_TEXT(plan->environment), V_TEXT(plan->lane),
		V_TEXT(plan->build_id), V_INT_OR_NULL(plan->attempt),
		V_LONG(plan->payload, SL_JOB_PAYLOAD_MAX), V_INT(now_s)), err);
}

int
sl_job_judge(struct sl_store *store, int64_t id, const char *owner,
    const char *verdict_id, int64_t now_s, struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int64_t intention = 0;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0)
		return rc;
	rc = sl_sql_number(store,
	    "SELECT i.id FROM jobs j JOIN intentions i"
	    " ON i.repository = j.repository AND i.ref = j.ref"
	    " AND i.old_oid = j.old_oid AND i.new_oid = j.new_oid"
	    " JOIN verdicts v ON v.id = i.verdict_id"
	    " WHERE j.id = ?1 AND v.id = ?2 AND v.accepted = 1",
	    VALUES(V_INT(id), V_TEXT(verdict_id)), &intention, err);
	if (rc == 0)
		return sl_error_set(err, SL_ENOTFOUND, "verdict %s is not an "
		    "accepted one about the change of job %lld", verdict_id,
		    (long long)id);
	if (rc > 0)
		rc = change_leased(store,
		    "UPDATE jobs SET intention = ?3, updated_at_s = ?4"
		    " WHERE id = ?1 AND lease_owner = ?2"
		    " AND state = 'running'",
		    VALUES(V_INT(id), V_TEXT(owner), V_INT(intention),
			V_INT(now_s)), err);
	if (rc >= 0)
		rc = sl_sql_run(store,
		    "UPDATE intentions SET state = 'queued' WHERE id = ?1",
		    VALUES(V_INT(intention)), err);
	return rc < 0 ? rc : sl_tx_commit(&tx, err);
}

/* Give a leased job another state and end the lease. */
static int
leave(struct sl_store *store, int64_t id, const char *owner,
    enum sl_job_state state, int64_t due_s, const char *reason, int64_t now_s,
    struct sl_error *err)
{
	char text[SL_ERROR_TEXT_MAX];

	sl_text_cut_into(reason, text, sizeof(text));
	return change_leased(store,
	    "UPDATE jobs SET state = ?3, not_before_s = ?4, last_error = ?5,"
	    " lease_owner = '', lease_expires_at_s = 0, updated_at_s = ?6,"
	    " held_since_s = iif(?3 = 'held' AND held_since_s = 0, ?6,"
	    "  held_since_s),"
	    " tries = iif(?5 = '', 0, tries)"
	    " WHERE id = ?1 AND lease_owner = ?2"
	    " AND state = 'running'",
	    VALUES(V_INT(id), V_TEXT(owner), V_TEXT(sl_job_state_name(state)),
		V_INT(due_s), V_TEXT(text), V_INT(now_s)), err);
}

int
sl_job_release(struct sl_store *store, int64_t id, const char *owner,
    int64_t delay_s, const char *reason, int64_t now_s, struct sl_error *err)
{
	return leave(store, id, owner, SL_JOB_QUEUED, now_s + delay_s, reason,
	    now_s, err);
}

int
sl_job_hold(struct sl_store *store, int64_t id, const char *owner,
    int64_t delay_s, const char *reason, int64_t now_s, struct sl_error *err)
{
	return leave(store, id, owner, SL_JOB_HELD, now_s + delay_s, reason,
	    now_s, err);
}

int
sl_job_finish(struct sl_store *store, int64_t id, const char *owner,
    enum sl_job_state state, const char *reason, int64_t now_s,
    struct sl_error *err)
{
	if (!sl_job_state_is_final(state))
		return sl_error_set(err, SL_EINVAL,
		    "a job cannot end as \"%s\"", sl_job_state_name(state));
	return leave(store, id, owner, state, 0, reason, now_s, err);
}

/* Say why an admin's change found no job to change. */
static int
no_change(struct sl_store *store, int64_t id, const char *what,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *state = NULL;
	int rc = sl_sql_text(store, "SELECT state FROM jobs WHERE id = ?1",
	    VALUES(V_INT(id)), &state, err);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return sl_error_set(err, SL_ENOTFOUND, "there is no job %lld",
		    (long long)id);
	return sl_error_set(err, SL_EREFUSED, "job %lld is %s and cannot be %s",
	    (long long)id, state, what);
}

int
sl_job_retry(struct sl_store *store, int64_t id, int64_t now_s,
    struct sl_error *err)
{
	size_t changed = 0;
	int rc = sl_job_change(store,
	    "UPDATE jobs SET state = 'queued', tries = 0, not_before_s = ?2,"
	    " held_since_s = 0, stop_requested = 0, updated_at_s = ?2"
	    " WHERE id = ?1 AND state NOT IN ('running', 'done')",
	    VALUES(V_INT(id), V_INT(now_s)), &changed, err);

	if (rc < 0 || changed > 0)
		return rc;
	return no_change(store, id, "tried again", err);
}

int
sl_job_drop(struct sl_store *store, int64_t id, const char *reason,
    int64_t now_s, struct sl_error *err)
{
	char text[SL_ERROR_TEXT_MAX];
	size_t changed = 0;
	int rc;

	sl_text_cut_into(reason, text, sizeof(text));
	rc = sl_job_change(store,
	    "UPDATE jobs SET last_error = ?2, updated_at_s = ?3,"
	    " stop_requested = 1,"
	    " state = iif(state = 'running', 'running', 'stopped')"
	    " WHERE id = ?1 AND state IN ('queued', 'running', 'held')",
	    VALUES(V_INT(id), V_TEXT(text), V_INT(now_s)), &changed, err);
	if (rc < 0 || changed > 0)
		return rc;
	return no_change(store, id, "dropped", err);
}

int
sl_job_list(struct sl_store *store, const struct sl_job_query *query,
    struct sl_jobs *list, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf states = SL_BUF_INIT(256);

	/* A text such as " queued held " to look words up in. */
	for (size_t i = 0; i < SL_JOB_STATES; i++)
		if (query->states & 1u << i)
			sl_buf_addf(&states, " %s ", sl_store_job_states[i]);
	return sl_sql_rows(store, &sl_job_rows, SELECT_JOBS
	    "WHERE (?1 = 0 OR j.id = ?1)"
	    " AND (?2 IS NULL OR j.repository = ?2)"
	    " AND (?3 IS NULL OR j.ref = ?3)"
	    " AND (?4 IS NULL OR j.build_id = ?4)"
	    " AND (?5 = '' OR instr(?5, ' ' || j.state || ' ') > 0)"
	    " ORDER BY j.id DESC LIMIT ?6",
	    VALUES(V_INT(query->id), V_TEXT(query->repository),
		V_TEXT(query->ref), V_TEXT(query->build_id),
		V_TEXT(sl_buf_cstr(&states)),
		V_INT(query->limit ? (int64_t)query->limit : 1000)),
	    &list->items, &list->count, err);
}
