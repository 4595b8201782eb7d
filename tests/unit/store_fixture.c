/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_fixture.h"

#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#include "store/repositories.h"
#include "tests/unit/harness.h"

char fixture_dir[64];
struct sl_store *fixture_store;
struct sl_error fixture_err;

static void
remove_file(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fixture_dir, name);
	unlink(path);
}

void
fixture_open(void)
{
	strcpy(fixture_dir, "/tmp/sluice-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(fixture_dir));
	fixture_err = (struct sl_error)SL_ERROR_INIT;
	fixture_reopen(SL_STORE_CREATE);
	ck_assert_ok(sl_repository_put(fixture_store, "r1", "/srv/r1.git",
	    FIXTURE_NOW, &fixture_err), &fixture_err);
}

void
fixture_close(void)
{
	char scans[128];

	sl_store_freep(&fixture_store);
	remove_file("sluice.db");
	remove_file("sluice.db-wal");
	remove_file("sluice.db-shm");
	remove_file("sluice.db.lock");
	snprintf(scans, sizeof(scans), "rm -rf %s/scans-*", fixture_dir);
	if (system(scans) != 0)
		ck_abort_msg("%s", scans);
	rmdir(fixture_dir);
}

void
fixture_reopen(unsigned flags)
{
	sl_store_freep(&fixture_store);
	ck_assert_ok(sl_store_open(fixture_dir, flags, &fixture_store,
	    &fixture_err), &fixture_err);
}

static sqlite3 *
open_raw(void)
{
	sqlite3 *db = NULL;
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", fixture_dir, SL_STORE_FILE);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

void
fixture_sql(const char *sql)
{
	sqlite3 *db = open_raw();
	char *text = NULL;
	int code = sqlite3_exec(db, sql, NULL, NULL, &text);

	ck_assert_msg(code == SQLITE_OK, "%s: %s", sql, text ? text : "");
	sqlite3_close(db);
}

bool
fixture_try_sql(const char *sql)
{
	sqlite3 *db = open_raw();
	int code = sqlite3_exec(db, sql, NULL, NULL, NULL);

	sqlite3_close(db);
	return code == SQLITE_OK;
}

int64_t
fixture_number(const char *sql)
{
	sqlite3 *db = open_raw();
	sqlite3_stmt *stmt = NULL;
	int64_t number;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

struct sl_oid
fixture_oid(char c)
{
	struct sl_oid oid;
	char hex[SL_OID_HEX];

	memset(hex, c, sizeof(hex));
	ck_assert_int_eq(sl_oid_parse(sl_strn(hex, sizeof(hex)), &oid), SL_OK);
	return oid;
}

struct sl_job_new
fixture_job(const char *ref, char old_c, char new_c)
{
	return (struct sl_job_new){
		.ref = ref,
		.old_oid = fixture_oid(old_c),
		.new_oid = fixture_oid(new_c),
		.kind = SL_JOB_TRAIN,
		.flow = "dev",
		.environment = "dev",
		.lane = ref,
		.build_id = "",
	};
}

void
fixture_accept(const char *ref, char old_c, char new_c, int64_t at_s,
    char id[SL_VERDICT_ID_SIZE])
{
	const struct sl_verdict_record verdict = { .repository = "r1",
		.policy_digest = "p1", .outcome = "pass", .accepted = true,
		.evaluated_at_s = at_s, .pusher = "ana", .report = "{}" };
	const struct sl_intention change = { .ref = ref,
		.old_oid = fixture_oid(old_c), .new_oid = fixture_oid(new_c) };

	ck_assert_ok(sl_verdict_record(fixture_store, &verdict, &change, 1, id,
	    &fixture_err), &fixture_err);
}
