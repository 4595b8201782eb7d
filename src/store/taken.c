/* SPDX-License-Identifier: Apache-2.0 */
/* taken.c: how far a flow has taken on what came to a ref. */
#include "base/mem.h"
#include "store/queue.h"
#include "store/store_int.h"

/* ?1 repository, ?2 ref, ?3 flow, ?4 and ?5 the change that is asked about. */
#define THIS_LIFE                                                              \
	"j.repository = ?1 AND j.ref = ?2"                                     \
	" AND NOT (j.old_oid = ?4 AND j.new_oid = ?5)"                         \
	" AND j.id >= coalesce((SELECT max(id) FROM jobs WHERE"                \
	"  repository = ?1 AND ref = ?2 AND old_oid = " ZERO "), 0)"
#define ZERO "'0000000000000000000000000000000000000000'"

static const char by_job_sql[] =
    "SELECT j.new_oid, j.new_oid FROM jobs j WHERE " THIS_LIFE
    " AND j.flow = ?3 AND j.kind = 'train'"
    " AND (j.state IN ('queued', 'held')"
    "  OR j.state = 'running' AND j.stop_requested = 0"
    "  OR j.state IN ('done', 'failed') AND EXISTS (SELECT 1"
    "   FROM builds b JOIN attempts a ON a.build = b.id"
    "   WHERE b.build_id = j.build_id AND b.environment = j.environment"
    "   AND b.pipeline = j.lane AND a.execution_arn <> ''))"
    " ORDER BY j.id DESC LIMIT 1";

static const char first_job_sql[] =
    "SELECT j.old_oid, j.new_oid FROM jobs j WHERE " THIS_LIFE
    " ORDER BY j.id LIMIT 1";

/* Only of a ref that has no job: with one, its value is the job's. */
static const char baseline_sql[] =
    "SELECT l.last_oid, l.last_oid FROM ref_values l"
    " WHERE l.repository = ?1 AND l.ref = ?2 AND l.job IS NULL"
    " AND l.last_oid <> " ZERO;

static const struct sl_field taken_fields[] = {
	FIELD_OID(struct sl_taken, oid),
	FIELD_OID(struct sl_taken, created),
};

static const struct sl_row_type taken_rows =
    ROW_TYPE(struct sl_taken, taken_fields);

int
sl_job_taken(struct sl_store *store, const char *repository,
    const struct sl_job_new *job, struct sl_taken *out, struct sl_error *err)
{
	static const struct {
		const char *sql;
		size_t values;
	} questions[] = { { by_job_sql, 5 }, { first_job_sql, 5 },
		{ baseline_sql, 2 } };
	const struct sl_value values[] = { V_TEXT(repository),
		V_TEXT(job->ref), V_TEXT(job->flow), V_OID(&job->old_oid),
		V_OID(&job->new_oid) };

	for (size_t i = 0; i < SL_COUNT(questions); i++) {
		struct sl_taken *found = NULL;
		size_t count = 0;
		int rc = sl_sql_rows(store, &taken_rows, questions[i].sql,
		    values, questions[i].values, &found, &count, err);

		if (rc < 0)
			return rc;
		if (count > 0)
			*out = found[0];
		sl_rows_free(&taken_rows, found, count);
		if (count > 0)
			return SL_OK;
	}
	return sl_error_set(err, SL_ENOTFOUND, "no job of %s is known",
	    job->ref);
}
