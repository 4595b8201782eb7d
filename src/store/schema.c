/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c: the tables, and the way from each version to the next.
 *
 * A migration is never edited once released: a change is a new row. Each
 * runs in one transaction and ends by setting user_version to its number.
 */
#include "store/store_int.h"

#include <time.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

/* "SLUC": says in the file's header whose database it is. */
#define APPLICATION_ID 0x534c5543

static const char migration_1[] =
    "CREATE TABLE repositories("
    " id TEXT PRIMARY KEY,"
    " path TEXT NOT NULL,"
    " first_seen_s INTEGER NOT NULL,"
    " baseline_at_s INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;"

    "CREATE TABLE claims("
    " kind TEXT NOT NULL CHECK(kind IN ('project', 'use-case')),"
    " name TEXT NOT NULL,"
    " repository TEXT NOT NULL REFERENCES repositories(id),"
    " claimed_at_s INTEGER NOT NULL,"
    " PRIMARY KEY(kind, name)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE verdicts("
    " seq INTEGER PRIMARY KEY,"
    " id TEXT NOT NULL UNIQUE,"
    " repository TEXT NOT NULL REFERENCES repositories(id),"
    " policy_digest TEXT NOT NULL,"
    " outcome TEXT NOT NULL"
    "  CHECK(outcome IN ('pass', 'fail', 'undecided')),"
    " accepted INTEGER NOT NULL"
    "  CHECK(accepted = 0 OR accepted = 1 AND outcome <> 'fail'),"
    " evaluated_at_s INTEGER NOT NULL,"
    " pusher TEXT NOT NULL,"
    " report TEXT NOT NULL) STRICT;"

    "CREATE TABLE intentions("
    " id INTEGER PRIMARY KEY,"
    " verdict_id TEXT NOT NULL REFERENCES verdicts(id),"
    " repository TEXT NOT NULL REFERENCES repositories(id),"
    " ref TEXT NOT NULL,"
    " old_oid TEXT NOT NULL,"
    " new_oid TEXT NOT NULL,"
    " options TEXT NOT NULL,"
    " state TEXT NOT NULL CHECK(state IN"
    "  ('pending', 'queued', 'superseded', 'refused')),"
    " UNIQUE(verdict_id, ref)) STRICT;"
    "CREATE INDEX intentions_change"
    " ON intentions(repository, ref, new_oid, old_oid);"
    /* At most one is waited for: the latest. */
    "CREATE UNIQUE INDEX intentions_pending"
    " ON intentions(repository, ref, old_oid, new_oid)"
    " WHERE state = 'pending';"

    "CREATE TABLE jobs("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " repository TEXT NOT NULL REFERENCES repositories(id),"
    " intention INTEGER REFERENCES intentions(id),"
    " ref TEXT NOT NULL,"
    " old_oid TEXT NOT NULL,"
    " new_oid TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " flow TEXT NOT NULL,"
    " environment TEXT NOT NULL,"
    " lane TEXT NOT NULL,"
    " build_id TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " attempt INTEGER NOT NULL DEFAULT 0,"
    " tries INTEGER NOT NULL DEFAULT 0,"
    " not_before_s INTEGER NOT NULL,"
    " last_error TEXT NOT NULL DEFAULT '',"
    " lease_owner TEXT NOT NULL DEFAULT '',"
    " lease_expires_at_s INTEGER NOT NULL DEFAULT 0,"
    " stop_requested INTEGER NOT NULL DEFAULT 0,"
    " created_at_s INTEGER NOT NULL,"
    " updated_at_s INTEGER NOT NULL,"
    " held_since_s INTEGER NOT NULL DEFAULT 0,"
    " pusher TEXT NOT NULL,"
    " payload TEXT NOT NULL,"
    " CHECK((state = 'running') = (lease_owner <> ''))) STRICT;"
    /* One intention becomes one job of each flow, however often it is asked. */
    "CREATE UNIQUE INDEX jobs_intention ON jobs(intention, flow)"
    " WHERE intention IS NOT NULL;"
    "CREATE INDEX jobs_change ON jobs(repository, ref, new_oid, old_oid);"
    "CREATE INDEX jobs_open ON jobs(repository, environment, lane)"
    " WHERE state IN ('queued', 'running', 'held');"

    "CREATE TABLE ref_values("
    " repository TEXT NOT NULL REFERENCES repositories(id),"
    " ref TEXT NOT NULL,"
    " last_oid TEXT NOT NULL,"
    " job INTEGER REFERENCES jobs(id),"
    " updated_at_s INTEGER NOT NULL,"
    " PRIMARY KEY(repository, ref)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE builds("
    " id INTEGER PRIMARY KEY,"
    " build_id TEXT NOT NULL,"
    " environment TEXT NOT NULL,"
    " pipeline TEXT NOT NULL,"
    " repository TEXT NOT NULL REFERENCES repositories(id),"
    " project TEXT NOT NULL,"
    " use_case TEXT NOT NULL,"
    " commit_oid TEXT NOT NULL,"
    " tree_oid TEXT NOT NULL,"
    " ref TEXT NOT NULL,"
    " pusher TEXT NOT NULL,"
    " verdict_id TEXT NOT NULL,"
    " policy_digest TEXT NOT NULL,"
    " inputs_digest TEXT NOT NULL,"
    " definition_digest TEXT NOT NULL,"
    " manifest_uri TEXT NOT NULL,"
    " manifest_etag TEXT NOT NULL,"
    " step TEXT NOT NULL,"
    " state TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " created_at_s INTEGER NOT NULL,"
    " updated_at_s INTEGER NOT NULL,"
    " UNIQUE(build_id, environment, pipeline)) STRICT;"
    "CREATE INDEX builds_commit ON builds(commit_oid);"
    "CREATE INDEX builds_inputs ON builds(inputs_digest);"
    "CREATE INDEX builds_ref ON builds(ref, repository);"
    "CREATE INDEX builds_pipeline ON builds(pipeline);"

    "CREATE TABLE attempts("
    " build INTEGER NOT NULL REFERENCES builds(id),"
    " number INTEGER NOT NULL CHECK(number > 0),"
    " token TEXT NOT NULL,"
    " display_name TEXT NOT NULL,"
    " definition_digest TEXT NOT NULL,"
    " parameters TEXT NOT NULL,"
    " execution_arn TEXT NOT NULL,"
    " status TEXT NOT NULL,"
    " failure_reason TEXT NOT NULL,"
    " intended_at_s INTEGER NOT NULL,"
    " started_at_s INTEGER NOT NULL,"
    " ended_at_s INTEGER NOT NULL,"
    " PRIMARY KEY(build, number)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE packages("
    " arn TEXT PRIMARY KEY,"
    " build INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " model_group TEXT NOT NULL,"
    " approval TEXT NOT NULL,"
    " seen_at_s INTEGER NOT NULL,"
    " FOREIGN KEY(build, attempt) REFERENCES attempts(build, number))"
    " STRICT, WITHOUT ROWID;"
    "CREATE INDEX packages_build ON packages(build, attempt);"

    "CREATE TABLE ledger("
    " seq INTEGER PRIMARY KEY,"
    " time_s INTEGER NOT NULL,"
    " kind TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " json TEXT NOT NULL,"
    " prev_hash TEXT NOT NULL,"
    " hash TEXT NOT NULL) STRICT;"
    "CREATE INDEX ledger_subject ON ledger(subject);"
    "CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN"
    " SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
    "CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN"
    " SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
    "CREATE TRIGGER ledger_in_order BEFORE INSERT ON ledger"
    " WHEN NEW.seq IS NOT"
    "  (SELECT coalesce(max(seq), 0) + 1 FROM ledger)"
    " BEGIN SELECT RAISE(ABORT, 'the ledger has no gaps'); END;"

    "PRAGMA application_id = 1397511491;" /* APPLICATION_ID */
    "PRAGMA user_version = 1;";

_Static_assert(APPLICATION_ID == 1397511491, "migration 1 says it in decimal");

static const char *const migrations[] = {
	migration_1,
};

#define VERSION ((int64_t)SL_COUNT(migrations))

static void
unlock(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Wait for the lock as long as for the database itself. */
static int
lock_schema(struct sl_store *store, int *fd, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s.lock", store->path);
	const struct timespec pause = { 0, 10 * 1000 * 1000 };
	struct sl_error busy = SL_ERROR_INIT;
	int rc;

	for (int ms = 0; ; ms += 10) {
		rc = sl_fsx_lock(path, fd, &busy);
		if (rc != SL_EBUSY || ms >= SL_STORE_BUSY_TIMEOUT_MS)
			break;
		nanosleep(&pause, NULL);
	}
	if (rc < 0 && err != NULL)
		*err = busy;
	return rc;
}

/* How far the database is; refuses one that is not ours or too new. */
static int
read_version(struct sl_store *store, int64_t *version, struct sl_error *err)
{
	int64_t application = 0, tables = 0;
	int rc;

	rc = sl_sql_number(store, "PRAGMA user_version", NO_VALUES, version,
	    err);
	if (rc >= 0)
		rc = sl_sql_number(store, "PRAGMA application_id", NO_VALUES,
		    &application, err);
	if (rc < 0)
		return rc;
	if (application == APPLICATION_ID && *version > 0 &&
	    *version <= VERSION)
		return SL_OK;
	if (application == APPLICATION_ID && *version <= 0)
		return sl_error_set(err, SL_ECORRUPT,
		    "%s says that its schema is number %lld", store->path,
		    (long long)*version);
	if (application == APPLICATION_ID)
		return sl_error_set(err, SL_EUNSUPPORTED, "%s was written by a "
		    "newer sluice (schema %lld, this one knows %lld); install "
		    "that version", store->path, (long long)*version,
		    (long long)VERSION);
	rc = sl_sql_number(store, "SELECT count(*) FROM sqlite_schema",
	    NO_VALUES, &tables, err);
	if (rc < 0)
		return rc;
	if (application != 0 || *version != 0 || tables != 0)
		return sl_error_set(err, SL_ECONFIG, "%s is a database, but "
		    "not one of sluice's; choose another state folder",
		    store->path);
	return SL_OK;
}

static int
set_wal(struct sl_store *store, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *mode = NULL;
	int rc = sl_sql_text(store, "PRAGMA journal_mode = WAL", NO_VALUES,
	    &mode, err);

	if (rc < 0)
		return rc;
	if (mode == NULL || strcmp(mode, "wal") != 0)
		return sl_error_set(err, SL_ECONFIG, "%s cannot keep a "
		    "write-ahead log; choose a state folder on a local disk",
		    store->path);
	return SL_OK;
}

static int
migrate(struct sl_store *store, int64_t from, struct sl_error *err)
{
	for (int64_t v = from; v < VERSION; v++) {
		SL_CLEANUP(sl_tx_release) struct sl_tx tx = SL_TX_INIT;
		int rc = sl_tx_begin(&tx, store, err);
		int code;

		if (rc < 0)
			return rc;
		code = sqlite3_exec(store->db, migrations[v], NULL, NULL,
		    NULL);
		if (code != SQLITE_OK) {
			(void)sl_store_fail(store, code, "cannot write", err);
			return sl_error_wrap(err, "schema %lld",
			    (long long)v + 1);
		}
		rc = sl_tx_commit(&tx, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_schema_update(struct sl_store *store, unsigned flags, struct sl_error *err)
{
	SL_CLEANUP(unlock) int lock = -1;
	int64_t version = 0;
	int rc;

	rc = read_version(store, &version, err);
	if (rc < 0 || version == VERSION)
		return rc;
	if (!(flags & SL_STORE_CREATE))
		return sl_error_set(err, SL_EUNSUPPORTED, "%s has an older "
		    "schema (%lld, this sluice uses %lld); \"sluice worker\" "
		    "brings it up to date", store->path, (long long)version,
		    (long long)VERSION);
	/* One process at a time; another may have been first. */
	rc = lock_schema(store, &lock, err);
	if (rc < 0)
		return rc;
	rc = set_wal(store, err);
	if (rc < 0)
		return rc;
	rc = read_version(store, &version, err);
	return rc < 0 ? rc : migrate(store, version, err);
}
