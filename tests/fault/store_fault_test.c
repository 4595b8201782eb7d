/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One push from its verdict to its end, with the file system failing, or the
 * process dying, at each write and sync in turn. After each: the database is
 * sound, every step is there whole or not at all, every step that reported
 * success is there, and doing everything again completes it.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "store/builds.h"
#include "store/ledger.h"
#include "store/queue.h"
#include "store/repositories.h"
#include "store/verdicts.h"
#include "tests/fault/fault_vfs.h"
#include "tests/unit/harness.h"

#define NOW 1800000000
#define LEASE 60
#define MAX_OPERATIONS 2000

/* Shared with children that are killed: how many steps reported success. */
struct progress {
	int pipe[2];
	int steps;
};

static char dir[64];

/* --- the scenario: each step is one transaction, and may be repeated --- */

static struct sl_oid
oid(uint8_t byte)
{
	struct sl_oid made;

	memset(&made, byte, sizeof(made));
	return made;
}

static int
step_repository(struct sl_store *store, struct sl_error *err)
{
	return sl_repository_put(store, "r1", "/srv/r1.git", NOW, err);
}

static int
step_baseline(struct sl_store *store, struct sl_error *err)
{
	const struct sl_ref_value refs[] = {
		{ "refs/heads/old1", oid(1) },
		{ "refs/heads/old2", oid(1) },
	};

	return sl_refs_baseline(store, "r1", refs, 2, NOW, err);
}

static int
step_verdict(struct sl_store *store, struct sl_error *err)
{
	const struct sl_intention changes[] = {
		{ .ref = "refs/heads/a", .new_oid = oid(2) },
		{ .ref = "refs/heads/b", .new_oid = oid(2) },
	};
	char report[20000] = "";
	char id[SL_VERDICT_ID_SIZE];
	const struct sl_verdict_record verdict = { .repository = "r1",
		.policy_digest = "p", .outcome = "pass", .accepted = true,
		.evaluated_at_s = NOW, .pusher = "ana", .report = report };

	memset(report, ' ', sizeof(report) - 1);
	return sl_verdict_record(store, &verdict, changes, 2, id, err);
}

static int
step_queue(struct sl_store *store, struct sl_error *err)
{
	struct sl_job_new jobs[2] = {
		{ .ref = "refs/heads/a", .kind = SL_JOB_TRAIN, .flow = "dev",
		  .environment = "dev", .lane = "a", .build_id = "b1" },
		{ .ref = "refs/heads/b", .kind = SL_JOB_NONE, .flow = "dev",
		  .environment = "dev", .lane = "b", .build_id = "" },
	};

	jobs[0].new_oid = jobs[1].new_oid = oid(2);
	return sl_queue_add(store, "r1", "ana", jobs, 2, NOW, NULL, err);
}

/* Build, attempt and ledger row belong together. */
static int
step_intend(struct sl_store *store, struct sl_error *err)
{
	const struct sl_build build = { .build_id = "b1", .environment = "dev",
		.pipeline = "p", .repository = "r1", .commit = oid(2),
		.tree = oid(3), .step = SL_STEP_INTENDED };
	const struct sl_attempt attempt = { .number = 1, .token = "t",
		.display_name = "b1", .definition_digest = "d",
		.parameters = "{}", .intended_at_s = NOW };
	struct sl_ledger_head head;
	int64_t row;
	int rc;

	rc = sl_store_begin(store, err);
	if (rc < 0)
		return rc;
	rc = sl_build_put(store, &build, NOW, &row, err);
	if (rc >= 0)
		rc = sl_attempt_put(store, row, &attempt, err);
	if (rc >= 0)
		rc = sl_ledger_head(store, &head, err);
	if (rc >= 0 && head.seq == 0)
		rc = sl_ledger_append(store, SL_LEDGER_BUILD_START, "b1", "{}",
		    NOW, NULL, err);
	if (rc >= 0)
		return sl_store_commit(store, err);
	sl_store_rollback(store);
	return rc;
}

/* Whoever comes after a death takes the job over and ends it. */
static int
step_work(struct sl_store *store, struct sl_error *err)
{
	static int runs; /* a worker that starts anew is another worker */
	struct sl_jobs list = SL_JOBS_INIT;
	char owner[64];
	int rc;

	snprintf(owner, sizeof(owner), "worker-%d-%d", (int)getpid(), ++runs);
	rc = sl_queue_reclaim(store, owner, NOW, NULL, err);
	if (rc >= 0)
		rc = sl_queue_claim(store, owner, LEASE, NOW + LEASE, &list,
		    err);
	if (rc >= 0 && list.count > 0)
		rc = sl_job_finish(store, list.items[0].id, owner, SL_JOB_DONE,
		    "", NOW + LEASE, err);
	sl_jobs_release(&list);
	return rc;
}

/* Each step with a query that is 0 before it, 1 after it, else broken. */
static const struct {
	int (*run)(struct sl_store *store, struct sl_error *err);
	const char *state;
} steps[] = {
	{ step_repository,
	    "SELECT count(*) FROM repositories" },
	{ step_baseline,
	    "SELECT (SELECT count(*) FROM ref_values"
	    "  WHERE ref GLOB 'refs/heads/old*') * 0.25"
	    " + (SELECT count(*) FROM repositories WHERE baseline_at_s > 0)"
	    " * 0.5" },
	{ step_verdict,
	    "SELECT (SELECT count(*) FROM verdicts) * 0.5"
	    " + (SELECT count(*) FROM intentions) * 0.25" },
	{ step_queue,
	    "SELECT (SELECT count(*) FROM jobs) * 0.125"
	    " + (SELECT count(*) FROM ref_values WHERE ref NOT GLOB"
	    "  'refs/heads/old*') * 0.125"
	    " + (SELECT count(*) FROM intentions WHERE state = 'queued')"
	    " * 0.25" },
	{ step_intend,
	    "SELECT (SELECT count(*) FROM builds) * 0.5"
	    " + (SELECT count(*) FROM attempts) * 0.25"
	    " + (SELECT count(*) FROM ledger) * 0.25" },
	{ step_work,
	    "SELECT count(*) FROM jobs WHERE state = 'done' AND kind = 'train'" },
};

#define STEPS ((int)SL_COUNT(steps))

/* Run until something fails. @return steps that reported success */
static int
run_scenario(unsigned flags, const struct progress *progress,
    struct sl_error *err)
{
	struct sl_store *store = NULL;
	int done = 0;

	if (sl_store_open(dir, SL_STORE_CREATE | flags, &store, err) == SL_OK)
		while (done < STEPS && steps[done].run(store, err) == SL_OK) {
			done++;
			if (progress != NULL && write(progress->pipe[1], "",
				1) != 1)
				abort();
		}
	sl_store_free(store);
	return done;
}

/* --- checks --- */

static double
query(const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char path[128];
	double value;

	snprintf(path, sizeof(path), "%s/%s", dir, SL_STORE_FILE);
	ck_assert_int_eq(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE,
	    NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	value = sqlite3_column_double(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

/* Whole or absent, in order, and nothing that was acknowledged is absent. */
static void
check_whole(long at, int acknowledged)
{
	SL_CLEANUP(sl_store_freep) struct sl_store *store = NULL;
	struct sl_error err = SL_ERROR_INIT;
	bool ended = false;

	ck_assert_ok(sl_store_open(dir, SL_STORE_CREATE, &store, &err), &err);
	ck_assert_ok(sl_store_check(store, &err), &err);
	ck_assert_ok(sl_ledger_verify(store, NULL, NULL, &err), &err);
	for (int i = 0; i < STEPS; i++) {
		double state = query(steps[i].state);

		ck_assert_msg(state == 0.0 || state == 1.0,
		    "operation %ld: step %d is there by half (%f)", at, i,
		    state);
		ck_assert_msg(state == 1.0 || i >= acknowledged,
		    "operation %ld: step %d was acknowledged and is lost", at,
		    i);
		ck_assert_msg(!ended || state == 0.0,
		    "operation %ld: step %d is there, an earlier one is not",
		    at, i);
		ended = ended || state == 0.0;
	}
}

/* After a failure: sound now, complete after doing it all again. */
static void
check_recovery(long at, int acknowledged)
{
	struct sl_error err = SL_ERROR_INIT;

	fault_vfs_arm(FAULT_NONE, 0);
	check_whole(at, acknowledged);
	ck_assert_msg(run_scenario(0, NULL, &err) == STEPS,
	    "operation %ld: doing it again: %s", at, err.text);
	check_whole(at, STEPS);
}

/* --- fixtures --- */

static void
make_dir(void)
{
	strcpy(dir, "/tmp/sluice-fault-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	static const char *const names[] = { "sluice.db", "sluice.db-wal",
		"sluice.db-shm", "sluice.db-journal", "sluice.db.lock" };
	char path[128];

	for (size_t i = 0; i < SL_COUNT(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

/* --- tests --- */

static void
fail_each(enum fault_mode mode, unsigned flags)
{
	bool fired = true;
	long at;

	for (at = 1; fired && at < MAX_OPERATIONS; at++) {
		struct sl_error err = SL_ERROR_INIT;
		int done;

		make_dir();
		fault_vfs_arm(mode, at);
		done = run_scenario(flags, NULL, &err);
		fired = fault_vfs_fired();
		/* A failed checkpoint hurts nobody; it is made up for. */
		ck_assert(fired || done == STEPS);
		check_recovery(at, done);
		remove_dir();
	}
	ck_assert_int_gt(at, 20);
	ck_assert_int_lt(at, MAX_OPERATIONS);
}

START_TEST(each_write_fails_once)
{
	fail_each(FAULT_ONCE, SL_STORE_SHORT);
}
END_TEST

START_TEST(disk_full_from_each_write)
{
	fail_each(FAULT_FULL, 0);
}
END_TEST

START_TEST(device_dead_from_each_write)
{
	fail_each(FAULT_DEAD, SL_STORE_SHORT);
}
END_TEST

/* Run in a child that dies. @return steps it reported; *killed: it did die */
static int
run_child(enum fault_mode mode, long at, unsigned flags, const char *point,
    bool *killed)
{
	struct progress progress = { { -1, -1 }, 0 };
	int status = 0;
	pid_t child;
	char byte;

	ck_assert_int_eq(pipe(progress.pipe), 0);
	child = fork();
	ck_assert_int_ne(child, -1);
	if (child == 0) {
		struct sl_error err = SL_ERROR_INIT;

		if (point != NULL)
			setenv("SLUICE_FAULT", point, 1);
		fault_vfs_arm(mode, at);
		_exit(run_scenario(flags, &progress, &err) != STEPS);
	}
	close(progress.pipe[1]);
	while (read(progress.pipe[0], &byte, 1) == 1)
		progress.steps++;
	close(progress.pipe[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	*killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	ck_assert(*killed || status == 0);
	return progress.steps;
}

static void
kill_each(enum fault_mode mode, unsigned flags)
{
	bool killed = true;
	long at;

	for (at = 1; killed && at < MAX_OPERATIONS; at++) {
		int done;

		make_dir();
		done = run_child(mode, at, flags, NULL, &killed);
		check_recovery(at, done);
		remove_dir();
	}
	ck_assert_int_gt(at, 20);
	ck_assert_int_lt(at, MAX_OPERATIONS);
}

START_TEST(killed_at_each_write)
{
	kill_each(FAULT_KILL, 0);
}
END_TEST

START_TEST(killed_in_each_write)
{
	kill_each(FAULT_TORN, SL_STORE_SHORT);
}
END_TEST

#ifdef SL_FAULTS
START_TEST(killed_around_each_commit)
{
	static const char *const points[] = { "store-commit",
		"store-committed" };
	bool killed = true;
	int at;

	for (at = 1; killed && at < 100; at++) {
		char point[64];
		int done;

		snprintf(point, sizeof(point), "%s=%d", points[_i], at);
		make_dir();
		done = run_child(FAULT_NONE, 0, 0, point, &killed);
		check_recovery(at, done);
		remove_dir();
	}
	ck_assert_int_gt(at, STEPS);
	ck_assert_int_lt(at, 100);
}
END_TEST
#endif

static TCase *
tcase_store_fault(void)
{
	TCase *tc = tcase_create("store");

	tcase_add_unchecked_fixture(tc, fault_vfs_register, NULL);
	tcase_add_test(tc, each_write_fails_once);
	tcase_add_test(tc, disk_full_from_each_write);
	tcase_add_test(tc, device_dead_from_each_write);
	tcase_add_test(tc, killed_at_each_write);
	tcase_add_test(tc, killed_in_each_write);
#ifdef SL_FAULTS
	tcase_add_loop_test(tc, killed_around_each_commit, 0, 2);
#endif
	return tc;
}

SL_TEST_MAIN("store-fault", tcase_store_fault)
