/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verdicts.h"

#include <stdio.h>

#include "base/mem.h"
#include "crypto/digest.h"
#include "store/store_int.h"

static const struct sl_field verdict_fields[] = {
	FIELD_TEXT(struct sl_verdict_record, id),
	FIELD_TEXT(struct sl_verdict_record, repository),
	FIELD_TEXT(struct sl_verdict_record, policy_digest),
	FIELD_TEXT(struct sl_verdict_record, outcome),
	FIELD_BOOL(struct sl_verdict_record, accepted),
	FIELD_INT(struct sl_verdict_record, evaluated_at_s),
	FIELD_TEXT(struct sl_verdict_record, pusher),
	FIELD_TEXT(struct sl_verdict_record, report),
};

#define VERDICT_COLUMNS                                                        \
	"v.id, v.repository, v.policy_digest, v.outcome, v.accepted,"          \
	" v.evaluated_at_s, v.pusher, v.report"

static const struct sl_row_type verdict_rows =
    ROW_TYPE(struct sl_verdict_record, verdict_fields);

void
sl_verdict_records_release(struct sl_verdict_records *list)
{
	sl_rows_free(&verdict_rows, list->items, list->count);
	*list = (struct sl_verdict_records)SL_VERDICT_RECORDS_INIT;
}

static int
check_verdict(const struct sl_verdict_record *v, struct sl_error *err)
{
	bool fail = strcmp(v->outcome, "fail") == 0;

	if (!fail && strcmp(v->outcome, "pass") != 0 &&
	    strcmp(v->outcome, "undecided") != 0)
		return sl_error_set(err, SL_EINVAL,
		    "\"%s\" is not an outcome of a verdict", v->outcome);
	if (fail && v->accepted)
		return sl_error_set(err, SL_EINVAL,
		    "a verdict that fails cannot be accepted");
	if (strlen(v->report) > SL_VERDICT_REPORT_MAX)
		return sl_error_set(err, SL_ETOOBIG, "the report of a verdict "
		    "is longer than %d bytes", SL_VERDICT_REPORT_MAX);
	return SL_OK;
}

/* Fields end in NUL, which none contains: no two records give one id. */
static void
make_id(const struct sl_verdict_record *v, const struct sl_intention *in,
    size_t count, char id[SL_VERDICT_ID_SIZE])
{
	const char *const texts[] = { v->repository, v->policy_digest,
		v->outcome, v->accepted ? "1" : "0", v->pusher, v->report };
	char hex[SL_SHA256_HEX + 1];
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	snprintf(hex, sizeof(hex), "%lld", (long long)v->evaluated_at_s);
	sl_sha256_field(&sum, sl_str(hex));
	for (size_t i = 0; i < SL_COUNT(texts); i++)
		sl_sha256_field(&sum, sl_str(texts[i]));
	for (size_t i = 0; i < count; i++) {
		sl_sha256_field(&sum, sl_str(in[i].ref));
		sl_oid_hex(&in[i].old_oid, hex);
		sl_sha256_field(&sum, sl_str(hex));
		sl_oid_hex(&in[i].new_oid, hex);
		sl_sha256_field(&sum, sl_str(hex));
		sl_sha256_field(&sum,
		    sl_str(in[i].options ? in[i].options : "[]"));
	}
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, hex);
	snprintf(id, SL_VERDICT_ID_SIZE, "%.*s", SL_VERDICT_ID_SIZE - 1, hex);
}

static int
insert_intention(struct sl_store *store, const char *verdict_id,
    const char *repository, bool accepted, const struct sl_intention *in,
    struct sl_error *err)
{
	int rc = SL_OK;

	if (accepted)
		rc = sl_sql_run(store,
		    "UPDATE intentions SET state = 'superseded'"
		    " WHERE repository = ?1 AND ref = ?2 AND old_oid = ?3"
		    " AND new_oid = ?4 AND state = 'pending'",
		    VALUES(V_TEXT(repository), V_TEXT(in->ref),
			V_OID(&in->old_oid), V_OID(&in->new_oid)), err);
	if (rc < 0)
		return rc;
	return sl_sql_run(store,
	    "INSERT INTO intentions(verdict_id, repository, ref, old_oid,"
	    " new_oid, options, state) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    VALUES(V_TEXT(verdict_id), V_TEXT(repository), V_TEXT(in->ref),
		V_OID(&in->old_oid), V_OID(&in->new_oid),
		V_TEXT(in->options ? in->options : "[]"),
		V_TEXT(accepted ? "pending" : "refused")), err);
}

static int
insert_verdict(struct sl_store *store, const char *id,
    const struct sl_verdict_record *v, size_t *inserted, struct sl_error *err)
{
	return sl_sql_change(store,
	    "INSERT INTO verdicts(id, repository, policy_digest, outcome,"
	    " accepted, evaluated_at_s, pusher, report)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
	    " ON CONFLICT(id) DO NOTHING",
	    VALUES(V_TEXT(id), V_TEXT(v->repository),
		V_TEXT(v->policy_digest), V_TEXT(v->outcome),
		V_INT(v->accepted), V_INT(v->evaluated_at_s),
		V_TEXT(v->pusher), V_LONG(v->report, SL_VERDICT_REPORT_MAX)),
	    inserted, err);
}

int
sl_verdict_record(struct sl_store *store,
    const struct sl_verdict_record *verdict,
    const struct sl_intention *intentions, size_t count,
    char id[SL_VERDICT_ID_SIZE], struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	char made[SL_VERDICT_ID_SIZE];
	size_t inserted = 0;
	int rc = check_verdict(verdict, err);

	if (rc < 0)
		return rc;
	make_id(verdict, intentions, count, made);
	rc = sl_tx_begin(&tx, store, err);
	if (rc < 0)
		return rc;
	rc = insert_verdict(store, made, verdict, &inserted, err);
	for (size_t i = 0; i < count && rc >= 0 && inserted > 0; i++)
		rc = insert_intention(store, made, verdict->repository,
		    verdict->accepted, &intentions[i], err);
	if (rc < 0)
		return rc;
	rc = sl_tx_commit(&tx, err);
	if (rc < 0)
		return rc;
	memcpy(id, made, sizeof(made));
	return SL_OK;
}

int
sl_verdict_find(struct sl_store *store, const char *repository,
    const struct sl_intention *change, const char *policy_digest,
    struct sl_verdict_records *list, struct sl_error *err)
{
	struct sl_verdict_records found = SL_VERDICT_RECORDS_INIT;
	int rc = sl_sql_rows(store, &verdict_rows,
	    "SELECT " VERDICT_COLUMNS
	    " FROM intentions i JOIN verdicts v ON v.id = i.verdict_id"
	    " WHERE i.repository = ?1 AND i.ref = ?2 AND i.old_oid = ?3"
	    " AND i.new_oid = ?4 AND v.accepted = 1"
	    " AND (?5 IS NULL OR v.policy_digest = ?5)"
	    " ORDER BY v.seq DESC LIMIT 1",
	    VALUES(V_TEXT(repository), V_TEXT(change->ref),
		V_OID(&change->old_oid), V_OID(&change->new_oid),
		V_TEXT(policy_digest)), &found.items, &found.count, err);

	if (rc < 0)
		return rc;
	if (found.count == 0) {
		sl_verdict_records_release(&found);
		return sl_error_set(err, SL_ENOTFOUND,
		    "no accepted verdict about this change of %s is stored",
		    change->ref);
	}
	*list = found;
	return SL_OK;
}

int
sl_verdict_ref_then(struct sl_store *store, const char *repository,
    const struct sl_intention *change, const char *ref, struct sl_oid *oid,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *hex = NULL;
	int rc = sl_sql_text(store,
	    "SELECT p.old_oid FROM intentions c JOIN intentions p"
	    " ON p.repository = c.repository AND p.ref = ?5"
	    " AND p.state IN ('pending', 'queued')"
	    " AND (p.id > c.id OR p.verdict_id = c.verdict_id)"
	    " WHERE c.id = (SELECT max(id) FROM intentions"
	    "  WHERE repository = ?1 AND ref = ?2 AND old_oid = ?3"
	    "  AND new_oid = ?4 AND state IN ('pending', 'queued'))"
	    " ORDER BY p.id LIMIT 1",
	    VALUES(V_TEXT(repository), V_TEXT(change->ref),
		V_OID(&change->old_oid), V_OID(&change->new_oid),
		V_TEXT(ref)), &hex, err);

	if (rc < 0)
		return rc;
	if (rc == 0)
		return sl_error_set(err, SL_ENOTFOUND,
		    "%s was not pushed since", ref);
	if (sl_oid_parse(sl_str(hex), oid) < 0)
		return sl_error_set(err, SL_ECORRUPT,
		    "an intention about %s holds no id", ref);
	return SL_OK;
}

int
sl_verdict_get(struct sl_store *store, const char *id,
    struct sl_verdict_records *list, struct sl_error *err)
{
	struct sl_verdict_records found = SL_VERDICT_RECORDS_INIT;
	size_t len = strlen(id);
	int rc;

	if (len < 4 || len >= SL_VERDICT_ID_SIZE ||
	    strspn(id, "0123456789abcdef") != len)
		return sl_error_set(err, SL_EINVAL, "\"%s\" is not a verdict's "
		    "id: give at least 4 of its 32 hex digits", id);
	/* A range, so that the index serves; 'g' comes after every digit. */
	rc = sl_sql_rows(store, &verdict_rows,
	    "SELECT " VERDICT_COLUMNS " FROM verdicts v"
	    " WHERE v.id >= ?1 AND v.id < ?1 || 'g' LIMIT 2",
	    VALUES(V_TEXT(id)), &found.items, &found.count, err);
	if (rc < 0)
		return rc;
	if (found.count == 1) {
		*list = found;
		return SL_OK;
	}
	rc = found.count ? SL_ECONFLICT : SL_ENOTFOUND;
	sl_verdict_records_release(&found);
	return sl_error_set(err, rc, "%s verdict has an id that begins with "
	    "\"%s\"", rc == SL_ECONFLICT ? "more than one" : "no", id);
}
