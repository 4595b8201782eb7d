/* SPDX-License-Identifier: Apache-2.0 */
/* How far a flow has taken on what came to a ref. */
#include <stdio.h>

#include "store/builds.h"
#include "store/repositories.h"
#include "tests/unit/harness.h"
#include "tests/unit/store_fixture.h"

#define STORE fixture_store
#define ERR (&fixture_err)
#define NOW FIXTURE_NOW
#define REF "refs/heads/a"

/* What a letter says of a job. */
static const struct {
	char letter;
	const char *state;
	bool executed;
	const char *more; /* SQL */
} states[] = {
	{ 'q', "queued", false, "" },
	{ 'h', "held", false, "" },
	{ 'r', "running", false, ", lease_owner = 'w'" },
	{ 'R', "running", false, ", lease_owner = 'w', stop_requested = 1" },
	{ 'd', "done", false, "" },
	{ 'D', "done", true, "" },
	{ 'f', "failed", false, "" },
	{ 'F', "failed", true, "" },
	{ 's', "stopped", false, "" },
	{ 'S', "stopped", true, "" },
	{ 'x', "refused", false, "" },
	{ 'o', "queued", false, ", flow = 'other'" },
	{ 'p', "queued", false, ", kind = 'promote'" },
	{ 'n', "done", false, ", kind = 'none'" },
	{ 'N', "done", true, ", kind = 'none'" },
};

/* An attempt that was written down, and maybe started. */
static void
write_attempt(const char *build_id, bool executed)
{
	const struct sl_build build = { .build_id = build_id,
		.environment = "dev", .pipeline = REF, .repository = "r1",
		.commit = fixture_oid('a'), .tree = fixture_oid('b') };
	const struct sl_attempt attempt = { .number = 1, .token = "t",
		.execution_arn = executed ? "arn:execution" : NULL };
	int64_t row = 0;

	ck_assert_ok(sl_build_put(STORE, &build, NOW, &row, ERR), ERR);
	ck_assert_ok(sl_attempt_put(STORE, row, &attempt, ERR), ERR);
}

/* Three letters a job: old value, new value, state. */
static void
write_job(const char *spec)
{
	struct sl_job_new job = fixture_job(REF, spec[0], spec[1]);
	char build_id[16], sql[256];
	size_t i = 0;
	int64_t id = 0;

	snprintf(build_id, sizeof(build_id), "b-%c%c%c", spec[0], spec[1],
	    spec[2]);
	job.build_id = build_id;
	while (states[i].letter != spec[2])
		i++;
	ck_assert_ok(sl_queue_add(STORE, "r1", "ana", &job, 1, NOW, &id, ERR),
	    ERR);
	snprintf(sql, sizeof(sql),
	    "UPDATE jobs SET state = '%s'%s WHERE id = %d", states[i].state,
	    states[i].more, (int)id);
	fixture_sql(sql);
	write_attempt(build_id, states[i].executed);
}

/* What is asked about is the change from c to d. */
static const struct {
	const char *jobs;
	char oid; /* 0: nothing is known */
	char created;
} cases[] = {
	{ "", 0, 0 },
	{ "cdq", 0, 0 },
	{ "0aD", 'a', 0 },
	{ "0aD abq", 'b', 0 },
	{ "0aD abh", 'b', 0 },
	{ "0aD abr", 'b', 0 },
	{ "0aD abR", 'a', 0 },
	{ "0aD abD", 'b', 0 },
	{ "0aD abd", 'a', 0 },
	{ "0aD abF", 'b', 0 },
	{ "0aD abf", 'a', 0 },
	{ "0aD abs", 'a', 0 },
	{ "0aD abS", 'a', 0 },
	{ "0aD abx", 'a', 0 },
	{ "0aD abo", 'a', 0 },
	{ "0aD abp", 'a', 0 },
	{ "0aD abn", 'a', 0 },
	{ "0aD abN", 'a', 0 },
	{ "0aD abs bcn", 'a', 0 },
	{ "0aD abq bcn", 'b', 0 },
	{ "0aD acn cdq", 'a', 0 },
	{ "0an", '0', 'a' },
	{ "0an abs bcf", '0', 'a' },
	{ "abn bcs", 'a', 0 },
	{ "0aD a0n 0bn", '0', 'b' },
	{ "0aD 0bn bcn", '0', 'b' },
	{ "0aD a0n 0bq bcn", 'b', 0 },
};

START_TEST(the_newest_that_counts)
{
	struct sl_job_new job = fixture_job(REF, 'c', 'd');
	const char *spec = cases[_i].jobs;
	struct sl_taken taken = { .oid = fixture_oid('e') };
	struct sl_oid oid;
	int rc;

	for (; *spec != '\0'; spec += spec[3] == ' ' ? 4 : 3)
		write_job(spec);
	rc = sl_job_taken(STORE, "r1", &job, &taken, ERR);
	ck_assert_err(rc, cases[_i].oid ? SL_OK : SL_ENOTFOUND, ERR);
	oid = fixture_oid(cases[_i].oid ? cases[_i].oid : 'e');
	ck_assert_msg(sl_oid_eq(&taken.oid, &oid), "%s", cases[_i].jobs);
	if (cases[_i].created == 0)
		return;
	oid = fixture_oid(cases[_i].created);
	ck_assert_msg(sl_oid_eq(&taken.created, &oid), "%s", cases[_i].jobs);
}
END_TEST

START_TEST(else_the_value_that_nobody_owed_a_job_for)
{
	const struct sl_ref_value ref = { REF, fixture_oid('a') };
	struct sl_job_new job = fixture_job(REF, 'c', 'd');
	const struct sl_oid oid = fixture_oid('a');
	struct sl_taken taken;

	ck_assert_ok(sl_refs_baseline(STORE, "r1", &ref, 1, NOW, ERR), ERR);
	ck_assert_ok(sl_job_taken(STORE, "r1", &job, &taken, ERR), ERR);
	ck_assert(sl_oid_eq(&taken.oid, &oid));
	job.ref = "refs/heads/b";
	ck_assert_err(sl_job_taken(STORE, "r1", &job, &taken, ERR),
	    SL_ENOTFOUND, ERR);
}
END_TEST

START_TEST(a_job_that_does_nothing_stands_in_nobodys_way)
{
	struct sl_job_new next = fixture_job(REF, 'a', 'b');
	struct sl_jobs list = SL_JOBS_INIT;

	write_job("0aq");
	next.kind = SL_JOB_NONE;
	next.supersede = true;
	next.reason = "of no concern";
	ck_assert_ok(sl_queue_add(STORE, "r1", "ana", &next, 1, NOW, NULL, ERR),
	    ERR);
	ck_assert_ok(sl_job_list(STORE, &(struct sl_job_query){ .ref = REF },
	    &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 2);
	ck_assert_int_eq(list.items[0].state, SL_JOB_DONE);
	ck_assert_str_eq(list.items[0].last_error, "of no concern");
	ck_assert_int_eq(list.items[1].state, SL_JOB_QUEUED);
	sl_jobs_release(&list);
}
END_TEST

/* The policy ref, pushed before, beside and after another ref. */
START_TEST(the_value_of_a_ref_at_a_push)
{
	const struct sl_intention change = { .ref = REF,
		.old_oid = fixture_oid('0'), .new_oid = fixture_oid('d') };
	const struct sl_oid then = fixture_oid('b');
	char id[SL_VERDICT_ID_SIZE];
	struct sl_oid oid;

	ck_assert_err(sl_verdict_ref_then(STORE, "r1", &change,
	    "refs/heads/main", &oid, ERR), SL_ENOTFOUND, ERR);
	fixture_accept("refs/heads/main", 'a', 'b', NOW, id);
	fixture_accept(REF, '0', 'd', NOW + 1, id);
	ck_assert_err(sl_verdict_ref_then(STORE, "r1", &change,
	    "refs/heads/main", &oid, ERR), SL_ENOTFOUND, ERR);
	fixture_accept("refs/heads/main", 'b', 'c', NOW + 2, id);
	fixture_accept("refs/heads/main", 'c', 'd', NOW + 3, id);
	ck_assert_ok(sl_verdict_ref_then(STORE, "r1", &change,
	    "refs/heads/main", &oid, ERR), ERR);
	ck_assert(sl_oid_eq(&oid, &then));
	ck_assert_err(sl_verdict_ref_then(STORE, "r2", &change,
	    "refs/heads/main", &oid, ERR), SL_ENOTFOUND, ERR);
}
END_TEST

TCase *
tcase_store_taken(void)
{
	TCase *tc = tcase_create("taken");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_loop_test(tc, the_newest_that_counts, 0, SL_COUNT(cases));
	tcase_add_test(tc, else_the_value_that_nobody_owed_a_job_for);
	tcase_add_test(tc, a_job_that_does_nothing_stands_in_nobodys_way);
	tcase_add_test(tc, the_value_of_a_ref_at_a_push);
	return tc;
}
