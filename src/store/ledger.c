/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ledger.h"

#include "base/mem.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "store/store_int.h"

#define NO_HASH                                                                \
	"0000000000000000000000000000000000000000000000000000000000000000"

static const struct sl_field row_fields[] = {
	FIELD_INT(struct sl_ledger_row, seq),
	FIELD_INT(struct sl_ledger_row, time_s),
	FIELD_TEXT(struct sl_ledger_row, kind),
	FIELD_TEXT(struct sl_ledger_row, subject),
	FIELD_TEXT(struct sl_ledger_row, json),
	FIELD_TEXT(struct sl_ledger_row, prev_hash),
	FIELD_TEXT(struct sl_ledger_row, hash),
};

#define ROW_COLUMNS "seq, time_s, kind, subject, json, prev_hash, hash"

static const struct sl_row_type ledger_rows =
    ROW_TYPE(struct sl_ledger_row, row_fields);

void
sl_ledger_rows_release(struct sl_ledger_rows *list)
{
	sl_rows_free(&ledger_rows, list->items, list->count);
	*list = (struct sl_ledger_rows)SL_LEDGER_ROWS_INIT;
}

/* The hash of a row over the bytes that ledger.h defines. */
static void
row_hash(const struct sl_ledger_row *row, char hash[SL_LEDGER_HASH_SIZE])
{
	SL_CLEANUP(sl_buf_release) struct sl_buf bytes = SL_BUF_INIT(SIZE_MAX);

	sl_buf_addf(&bytes, "sluice-ledger 1\n%s\n%lld\n%lld\n%s\n",
	    row->prev_hash, (long long)row->seq, (long long)row->time_s,
	    row->kind);
	sl_buf_addf(&bytes, "%zu %s\n", strlen(row->subject), row->subject);
	sl_buf_addf(&bytes, "%zu %s\n", strlen(row->json), row->json);
	sl_sha256_hex(bytes.ptr, bytes.len, hash);
}

int
sl_ledger_head(struct sl_store *store, struct sl_ledger_head *head,
    struct sl_error *err)
{
	struct sl_ledger_head found = { 0, NO_HASH };
	struct sl_ledger_rows last = SL_LEDGER_ROWS_INIT;
	int rc = sl_sql_rows(store, &ledger_rows, "SELECT " ROW_COLUMNS
	    " FROM ledger ORDER BY seq DESC LIMIT 1", NO_VALUES, &last.items,
	    &last.count, err);

	if (rc < 0)
		return rc;
	if (last.count > 0) {
		found.seq = last.items[0].seq;
		sl_text_cut_into(last.items[0].hash, found.hash,
		    sizeof(found.hash));
	}
	sl_ledger_rows_release(&last);
	*head = found;
	return SL_OK;
}

int
sl_ledger_append(struct sl_store *store, enum sl_ledger_kind kind,
    const char *subject, const char *json, int64_t now_s,
    struct sl_ledger_head *head, struct sl_error *err)
{
	SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
	struct sl_ledger_head last, next;
	struct sl_ledger_row row = { .time_s = now_s,
		.kind = sl_ledger_kind_name(kind), .subject = subject,
		.json = json };
	int rc = sl_tx_begin(&tx, store, err);

	if (rc < 0 || (rc = sl_ledger_head(store, &last, err)) < 0)
		return rc;
	row.seq = last.seq + 1;
	row.prev_hash = last.hash;
	row_hash(&row, next.hash);
	next.seq = row.seq;
	rc = sl_sql_run(store, "INSERT INTO ledger(" ROW_COLUMNS ")"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    VALUES(V_INT(row.seq), V_INT(row.time_s), V_TEXT(row.kind),
		V_TEXT(subject), V_LONG(json, SL_LEDGER_JSON_MAX),
		V_TEXT(row.prev_hash), V_TEXT(next.hash)), err);
	if (rc < 0)
		return rc;
	rc = sl_tx_commit(&tx, err);
	if (rc < 0)
		return rc;
	if (head != NULL)
		*head = next;
	return SL_OK;
}

/* Check one row against the one before it, and step on. */
static int
verify_row(struct sl_store *store, const struct sl_ledger_row *row,
    struct sl_ledger_head *last, struct sl_error *err)
{
	char hash[SL_LEDGER_HASH_SIZE];
	const char *fault = NULL;

	row_hash(row, hash);
	if (row->seq != last->seq + 1)
		fault = "rows before it are missing";
	else if (strcmp(row->prev_hash, last->hash) != 0)
		fault = "it does not follow the row before it";
	else if (strcmp(row->hash, hash) != 0)
		fault = "its contents are not what its hash was made of";
	if (fault != NULL)
		return sl_error_set(err, SL_ETAMPERED, "%s: ledger row %lld: "
		    "%s", store->path, (long long)row->seq, fault);
	last->seq = row->seq;
	memcpy(last->hash, hash, sizeof(hash));
	return SL_OK;
}

static int
verify_anchor(struct sl_store *store, const struct sl_ledger_head *anchor,
    const struct sl_ledger_head *at, struct sl_error *err)
{
	if (anchor->seq == 0 || strcmp(anchor->hash, at->hash) == 0)
		return SL_OK;
	return sl_error_set(err, SL_ETAMPERED, "%s: ledger row %lld has "
	    "another hash than the anchor: the ledger was written anew",
	    store->path, (long long)anchor->seq);
}

/* Rows are read in parts, so that memory does not grow with the ledger. */
static int
verify_part(struct sl_store *store, const struct sl_ledger_head *anchor,
    struct sl_ledger_head *last, size_t *count, struct sl_error *err)
{
	SL_CLEANUP(sl_ledger_rows_release)
	struct sl_ledger_rows rows = SL_LEDGER_ROWS_INIT;
	int rc = sl_ledger_list(store, last->seq, NULL, 256, &rows, err);

	for (size_t i = 0; i < rows.count && rc >= 0; i++) {
		rc = verify_row(store, &rows.items[i], last, err);
		if (rc >= 0 && anchor != NULL && anchor->seq == last->seq)
			rc = verify_anchor(store, anchor, last, err);
	}
	*count = rows.count;
	return rc;
}

int
sl_ledger_verify(struct sl_store *store, const struct sl_ledger_head *anchor,
    struct sl_ledger_head *head, struct sl_error *err)
{
	struct sl_ledger_head last = { 0, NO_HASH };
	int64_t strays = 0;
	size_t count;
	int rc;

	rc = sl_sql_number(store, "SELECT count(*) FROM ledger WHERE seq < 1",
	    NO_VALUES, &strays, err);
	if (rc >= 0 && strays > 0)
		return sl_error_set(err, SL_ETAMPERED,
		    "%s: the ledger has rows before the first", store->path);
	do {
		if (rc >= 0)
			rc = verify_part(store, anchor, &last, &count, err);
	} while (rc >= 0 && count > 0);
	if (rc < 0)
		return rc;
	if (anchor != NULL && anchor->seq > last.seq)
		return sl_error_set(err, SL_ETAMPERED, "%s: the ledger ends at "
		    "row %lld, before the anchor's row %lld: rows at the end "
		    "were removed", store->path, (long long)last.seq,
		    (long long)anchor->seq);
	if (head != NULL)
		*head = last;
	return SL_OK;
}

int
sl_ledger_list(struct sl_store *store, int64_t after_seq, const char *subject,
    size_t limit, struct sl_ledger_rows *list, struct sl_error *err)
{
	return sl_sql_rows(store, &ledger_rows, "SELECT " ROW_COLUMNS
	    " FROM ledger WHERE seq > ?1 AND (?2 IS NULL OR subject = ?2)"
	    " ORDER BY seq LIMIT ?3",
	    VALUES(V_INT(after_seq), V_TEXT(subject),
		V_INT(limit ? (int64_t)limit : 1000)),
	    &list->items, &list->count, err);
}
