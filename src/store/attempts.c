/* SPDX-License-Identifier: Apache-2.0 */
/* attempts.c: attempts of builds, and the model packages they registered. */
#include "base/mem.h"
#include "store/builds.h"
#include "store/store_int.h"

static const struct sl_field attempt_fields[] = {
	FIELD_INT(struct sl_attempt, number),
	FIELD_TEXT(struct sl_attempt, token),
	FIELD_TEXT(struct sl_attempt, display_name),
	FIELD_TEXT(struct sl_attempt, definition_digest),
	FIELD_TEXT(struct sl_attempt, parameters),
	FIELD_TEXT(struct sl_attempt, execution_arn),
	FIELD_TEXT(struct sl_attempt, status),
	FIELD_TEXT(struct sl_attempt, failure_reason),
	FIELD_INT(struct sl_attempt, intended_at_s),
	FIELD_INT(struct sl_attempt, started_at_s),
	FIELD_INT(struct sl_attempt, ended_at_s),
};

static const struct sl_row_type attempt_rows =
    ROW_TYPE(struct sl_attempt, attempt_fields);

static const struct sl_field package_fields[] = {
	FIELD_INT(struct sl_package, attempt),
	FIELD_TEXT(struct sl_package, arn),
	FIELD_TEXT(struct sl_package, group),
	FIELD_TEXT(struct sl_package, approval),
	FIELD_INT(struct sl_package, seen_at_s),
};

static const struct sl_row_type package_rows =
    ROW_TYPE(struct sl_package, package_fields);

void
sl_attempts_release(struct sl_attempts *list)
{
	sl_rows_free(&attempt_rows, list->items, list->count);
	*list = (struct sl_attempts)SL_ATTEMPTS_INIT;
}

void
sl_packages_release(struct sl_packages *list)
{
	sl_rows_free(&package_rows, list->items, list->count);
	*list = (struct sl_packages)SL_PACKAGES_INIT;
}

/* What an attempt was started with is compared, never replaced. */
static const char put_attempt_sql[] =
    "INSERT INTO attempts(build, number, token, display_name,"
    " definition_digest, parameters, execution_arn, status, failure_reason,"
    " intended_at_s, started_at_s, ended_at_s)"
    " VALUES(?1, ?2, coalesce(?3, ''), coalesce(?4, ''), coalesce(?5, ''),"
    " coalesce(?6, ''), coalesce(?7, ''), coalesce(?8, 'intended'),"
    " coalesce(?9, ''), ?10, ?11, ?12)"
    " ON CONFLICT(build, number) DO UPDATE SET"
    " execution_arn = coalesce(?7, execution_arn),"
    " status = coalesce(?8, status),"
    " failure_reason = coalesce(?9, failure_reason),"
    " intended_at_s = iif(?10 = 0, intended_at_s, ?10),"
    " started_at_s = iif(?11 = 0, started_at_s, ?11),"
    " ended_at_s = iif(?12 = 0, ended_at_s, ?12)"
    " WHERE token = coalesce(?3, token)"
    " AND display_name = coalesce(?4, display_name)"
    " AND definition_digest = coalesce(?5, definition_digest)"
    " AND parameters = coalesce(?6, parameters)"
    " RETURNING number";

int
sl_attempt_put(struct sl_store *store, int64_t build,
    const struct sl_attempt *a, struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int64_t number = 0;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0)
		return rc;
	rc = sl_sql_number(store, put_attempt_sql,
	    VALUES(V_INT(build), V_INT(a->number), V_TEXT(a->token),
		V_TEXT(a->display_name), V_TEXT(a->definition_digest),
		V_LONG(a->parameters, SL_BUILD_JSON_MAX),
		V_TEXT(a->execution_arn), V_TEXT(a->status),
		V_TEXT(a->failure_reason), V_INT(a->intended_at_s),
		V_INT(a->started_at_s), V_INT(a->ended_at_s)), &number, err);
	if (rc == 0)
		return sl_error_set(err, SL_ECONFLICT, "attempt %lld is stored "
		    "with another token, name, definition or parameters; what "
		    "differs now needs a new attempt", (long long)a->number);
	return rc < 0 ? rc : sl_tx_commit(&tx, err);
}

int
sl_attempt_list(struct sl_store *store, int64_t build,
    struct sl_attempts *list, struct sl_error *err)
{
	return sl_sql_rows(store, &attempt_rows,
	    "SELECT number, token, display_name, definition_digest,"
	    " parameters, execution_arn, status, failure_reason,"
	    " intended_at_s, started_at_s, ended_at_s FROM attempts"
	    " WHERE build = ?1 ORDER BY number",
	    VALUES(V_INT(build)), &list->items, &list->count, err);
}

int
sl_package_put(struct sl_store *store, int64_t build,
    const struct sl_package *p, struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	int64_t one = 0;
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0)
		return rc;
	rc = sl_sql_number(store,
	    "INSERT INTO packages(arn, build, attempt, model_group, approval,"
	    " seen_at_s) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT(arn) DO UPDATE SET approval = ?5, seen_at_s = ?6"
	    " WHERE build = ?2 AND attempt = ?3 RETURNING 1",
	    VALUES(V_TEXT(p->arn), V_INT(build), V_INT(p->attempt),
		V_TEXT(p->group), V_TEXT(p->approval), V_INT(p->seen_at_s)),
	    &one, err);
	if (rc == 0)
		return sl_error_set(err, SL_ECONFLICT,
		    "%s is stored as another attempt's package", p->arn);
	return rc < 0 ? rc : sl_tx_commit(&tx, err);
}

int
sl_package_list(struct sl_store *store, int64_t build,
    struct sl_packages *list, struct sl_error *err)
{
	return sl_sql_rows(store, &package_rows,
	    "SELECT attempt, arn, model_group, approval, seen_at_s"
	    " FROM packages WHERE build = ?1 ORDER BY attempt, arn",
	    VALUES(V_INT(build)), &list->items, &list->count, err);
}
