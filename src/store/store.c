/* SPDX-License-Identifier: Apache-2.0 */
/* store.c: opening and closing the database, and its transactions. */
#include "store/store_int.h"

#include "base/fault.h"
#include "base/mem.h"

/* How large a log that stays on the disk may be, once it is used up. */
#define LOG_KEPT_BYTES "4194304"

/*
 * Pages of log that hooks leave to each other. Whoever opens the database
 * alone reads the whole log first, and forgets what of it is in the database
 * already, so that SQLite's own checkpoints never let a log start again that
 * only short-lived processes write: it would grow without end. Above this,
 * closing empties it, at two more syncs for about every tenth push.
 */
#define LOG_PAGES 100

static int
note_log_pages(void *ctx, SL_UNUSED sqlite3 *db, SL_UNUSED const char *name,
    int pages)
{
	struct sl_store *store = ctx;

	store->log_pages = pages;
	return SQLITE_OK;
}

static int
run_pragmas(struct sl_store *store, struct sl_error *err)
{
	static const char *const pragmas[] = {
		"PRAGMA synchronous = FULL",
		"PRAGMA journal_size_limit = " LOG_KEPT_BYTES,
	};

	for (size_t i = 0; i < SL_COUNT(pragmas); i++)
		if (sl_sql_run(store, pragmas[i], NO_VALUES, err) < 0)
			return err ? err->code : SL_EIO;
	return SL_OK;
}

static int
configure(struct sl_store *store, unsigned flags, struct sl_error *err)
{
	static const struct {
		int option;
		int value;
		unsigned flags; /* only with one of these; 0: always */
	} options[] = {
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1, 0 },
		{ SQLITE_DBCONFIG_DEFENSIVE, 1, 0 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, 0 },
		/* The last close would checkpoint and unlink the log. */
		{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, SL_STORE_SHORT },
	};
	int persist = 1;

	sqlite3_extended_result_codes(store->db, 1);
	sqlite3_busy_timeout(store->db, SL_STORE_BUSY_TIMEOUT_MS);
	for (size_t i = 0; i < SL_COUNT(options); i++) {
		if (options[i].flags != 0 && !(options[i].flags & flags))
			continue;
		sqlite3_db_config(store->db, options[i].option,
		    options[i].value, NULL);
	}
	if (flags & SL_STORE_SHORT)
		sqlite3_wal_hook(store->db, note_log_pages, store);
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_PERSIST_WAL,
	    &persist);
	return run_pragmas(store, err);
}

int
sl_store_open(const char *dir, unsigned flags, struct sl_store **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_store_freep) struct sl_store *store = NULL;
	int mode = flags & SL_STORE_READ ? SQLITE_OPEN_READONLY :
					   SQLITE_OPEN_READWRITE;
	int code, rc;

	store = sl_alloc(sizeof(*store));
	rc = sl_folder_prepare(dir, flags, &store->path, err);
	if (rc < 0)
		return rc;
	code = sqlite3_open_v2(store->path, &store->db, mode |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
	    SQLITE_OPEN_NOFOLLOW, NULL);
	if (code != SQLITE_OK)
		return sl_store_fail(store, code, "cannot open", err);
	rc = configure(store, flags, err);
	if (rc < 0)
		return rc;
	rc = sl_schema_update(store, flags, err);
	if (rc < 0)
		return rc;
	*out = sl_steal(&store);
	return SL_OK;
}

/* SQLite may have rolled back by itself, after an I/O error or a full disk. */
static void
roll_back(struct sl_store *store)
{
	store->depth = 0;
	store->doomed = false;
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

/* Nobody is waited for: whoever reads now leaves it to the next close. */
static void
empty_log(struct sl_store *store)
{
	roll_back(store);
	sqlite3_busy_timeout(store->db, 0);
	sqlite3_wal_checkpoint_v2(store->db, "main",
	    SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void
sl_store_free(struct sl_store *store)
{
	if (store == NULL)
		return;
	if (store->log_pages > LOG_PAGES)
		empty_log(store);
	sqlite3_close(store->db);
	free(store->path);
	free(store);
}

int
sl_store_begin(struct sl_store *store, struct sl_error *err)
{
	int rc;

	if (store->doomed)
		return sl_error_set(err, SL_ECONFLICT, "cannot write %s: an "
		    "earlier part of the transaction failed", store->path);
	if (store->depth == 0) {
		rc = sl_sql_run(store, "BEGIN IMMEDIATE", NO_VALUES, err);
		if (rc < 0)
			return rc;
	}
	store->depth++;
	return SL_OK;
}

void
sl_store_rollback(struct sl_store *store)
{
	if (store->depth == 0)
		return;
	if (store->depth == 1) {
		roll_back(store);
		return;
	}
	store->depth--;
	store->doomed = true;
}

int
sl_store_commit(struct sl_store *store, struct sl_error *err)
{
	bool lost = store->doomed || sqlite3_get_autocommit(store->db);
	int rc;

	if (store->depth == 0)
		return sl_error_set(err, SL_EINVAL,
		    "no transaction is open on %s", store->path);
	if (lost) {
		sl_store_rollback(store);
		return sl_error_set(err, SL_ECONFLICT, "nothing was written to "
		    "%s: a part of the transaction failed", store->path);
	}
	if (store->depth > 1) {
		store->depth--;
		return SL_OK;
	}
	SL_FAULT_POINT("store-commit");
	rc = sl_sql_run(store, "COMMIT", NO_VALUES, err);
	if (rc < 0) {
		roll_back(store);
		return rc;
	}
	store->depth = 0;
	SL_FAULT_POINT("store-committed");
	return SL_OK;
}

void
sl_tx_release(struct sl_tx *tx)
{
	if (tx->store != NULL)
		sl_store_rollback(tx->store);
	tx->store = NULL;
}

int
sl_tx_begin(struct sl_tx *tx, struct sl_store *store, struct sl_error *err)
{
	int rc = sl_store_begin(store, err);

	if (rc == SL_OK)
		tx->store = store;
	return rc;
}

int
sl_tx_commit(struct sl_tx *tx, struct sl_error *err)
{
	struct sl_store *store = tx->store;

	/* A commit that fails has rolled back already. */
	tx->store = NULL;
	return sl_store_commit(store, err);
}

int
sl_store_check(struct sl_store *store, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *verdict = NULL;
	int64_t row;
	int rc;

	rc = sl_sql_text(store, "PRAGMA integrity_check(1)", NO_VALUES,
	    &verdict, err);
	if (rc < 0)
		return rc;
	if (rc == 0 || strcmp(verdict, "ok") != 0)
		return sl_error_set(err, SL_ECORRUPT, "%s: %s", store->path,
		    verdict ? verdict : "the check says nothing");
	rc = sl_sql_number(store,
	    "SELECT count(*) FROM pragma_foreign_key_check", NO_VALUES, &row,
	    err);
	if (rc < 0)
		return rc;
	if (row > 0)
		return sl_error_set(err, SL_ECORRUPT, "%s: %lld rows refer to "
		    "rows that are not there", store->path, (long long)row);
	return SL_OK;
}
