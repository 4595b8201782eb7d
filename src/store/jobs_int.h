/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jobs_int: how rows of the table jobs are read, for queue.c and jobs.c.
 */
#ifndef SL_STORE_JOBS_INT_H
#define SL_STORE_JOBS_INT_H

#include "store/queue.h"
#include "store/store_int.h"

extern const struct sl_row_type sl_job_rows;

/** Columns and tables; a WHERE clause that names jobs as j follows. */
#define SELECT_JOBS                                                            \
	"SELECT j.id, j.repository, r.path, j.ref, j.old_oid, j.new_oid,"      \
	" j.kind, j.flow, j.environment, j.lane, j.build_id, j.state,"         \
	" j.attempt, j.tries, j.not_before_s, j.last_error, j.lease_owner,"    \
	" j.lease_expires_at_s, j.stop_requested, j.created_at_s,"             \
	" j.updated_at_s, j.held_since_s, j.pusher, j.payload,"                \
	" coalesce(v.id, ''), coalesce(v.policy_digest, ''),"                  \
	" coalesce(i.options, '[]')"                                           \
	" FROM jobs j JOIN repositories r ON r.id = j.repository"              \
	" LEFT JOIN intentions i ON i.id = j.intention"                        \
	" LEFT JOIN verdicts v ON v.id = i.verdict_id "

/** Run one changing statement as a transaction; *changed says how many. */
int sl_job_change(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, size_t *changed,
    struct sl_error *err) SL_MUST_CHECK;

#endif
