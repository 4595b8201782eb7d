/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: who gets which job, when, and only once. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/unit/harness.h"
#include "tests/unit/store_fixture.h"

#define STORE fixture_store
#define ERR (&fixture_err)
#define NOW FIXTURE_NOW
#define LEASE 60

static int64_t
add(struct sl_job_new job)
{
	int64_t id = 0;

	ck_assert_ok(sl_queue_add(STORE, "r1", "ana", &job, 1, NOW, &id, ERR),
	    ERR);
	return id;
}

/* Claim at a time; the job's id, or 0. */
static int64_t
claim(const char *owner, int64_t at_s)
{
	struct sl_jobs list = SL_JOBS_INIT;
	int64_t id = 0;

	ck_assert_ok(sl_queue_claim(STORE, owner, LEASE, at_s, &list, ERR),
	    ERR);
	if (list.count > 0)
		id = list.items[0].id;
	sl_jobs_release(&list);
	return id;
}

/* The one job with an id; release the list. */
static struct sl_jobs
get(int64_t id)
{
	struct sl_jobs list = SL_JOBS_INIT;

	ck_assert_ok(sl_job_list(STORE, &(struct sl_job_query){ .id = id },
	    &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 1);
	return list;
}

static void
assert_state(int64_t id, enum sl_job_state state)
{
	struct sl_jobs list = get(id);

	ck_assert_str_eq(sl_job_state_name(list.items[0].state),
	    sl_job_state_name(state));
	sl_jobs_release(&list);
}

START_TEST(nothing_to_claim)
{
	struct sl_job_new none = fixture_job("refs/heads/a", '0', 'a');
	struct sl_jobs list = SL_JOBS_INIT;

	ck_assert_err(sl_queue_claim(STORE, "", LEASE, NOW, &list, ERR),
	    SL_EINVAL, ERR);
	none.kind = SL_JOB_NONE;
	ck_assert_int_eq(claim("w", NOW), 0);
	assert_state(add(none), SL_JOB_DONE);
	ck_assert_int_eq(claim("w", NOW), 0);
}
END_TEST

START_TEST(push_is_all_or_nothing)
{
	struct sl_job_new jobs[] = {
		fixture_job("refs/heads/a", '0', 'a'),
		fixture_job("refs/heads/b", '0', 'a'),
	};
	SL_CLEANUP(sl_freep) char *big = sl_alloc(SL_JOB_PAYLOAD_MAX + 2);

	memset(big, ' ', SL_JOB_PAYLOAD_MAX + 1);
	jobs[1].payload = big;
	ck_assert_err(sl_queue_add(STORE, "r1", "ana", jobs, 2, NOW, NULL, ERR),
	    SL_ETOOBIG, ERR);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM jobs"), 0);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM ref_values"), 0);
	ck_assert_err(sl_queue_add(STORE, "r9", "ana", jobs, 1, NOW, NULL, ERR),
	    SL_ENOTFOUND, ERR);
}
END_TEST

START_TEST(same_post_receive_twice)
{
	struct sl_job_new jobs[] = {
		fixture_job("refs/heads/a", '0', 'a'),
		fixture_job("refs/heads/b", '0', 'a'),
	};
	int64_t first[2], again[2];
	char id[SL_VERDICT_ID_SIZE];

	fixture_accept("refs/heads/a", '0', 'a', NOW, id);
	ck_assert_ok(sl_queue_add(STORE, "r1", "ana", jobs, 2, NOW, first, ERR),
	    ERR);
	ck_assert_ok(sl_queue_add(STORE, "r1", "ana", jobs, 2, NOW + 9, again,
	    ERR), ERR);
	ck_assert_int_eq(first[0], again[0]);
	ck_assert_int_eq(first[1], again[1]);
	ck_assert_int_ne(first[0], first[1]);
}
END_TEST

/* A run and the promotion behind it: one change, one verdict, two flows. */
START_TEST(a_change_may_be_two_jobs)
{
	struct sl_job_new jobs[] = {
		fixture_job("refs/heads/a", '0', 'a'),
		fixture_job("refs/heads/a", '0', 'a'),
	};
	struct sl_job_new next = fixture_job("refs/heads/a", 'a', 'b');
	char id[SL_VERDICT_ID_SIZE];

	jobs[1].flow = "staging";
	jobs[1].environment = "staging";
	jobs[1].kind = SL_JOB_PROMOTE;
	for (size_t with = 0; with < 2; with++) {
		const char *ref = with ? "refs/heads/w" : "refs/heads/x";
		int64_t first[2], again[2];

		jobs[0].ref = jobs[1].ref = jobs[0].lane = jobs[1].lane =
		    next.ref = next.lane = ref;
		if (with)
			fixture_accept(ref, '0', 'a', NOW, id);
		ck_assert_ok(sl_queue_add(STORE, "r1", "ana", jobs, 2, NOW,
		    first, ERR), ERR);
		ck_assert_int_ne(first[0], first[1]);
		ck_assert_ok(sl_queue_add(STORE, "r1", "ana", jobs, 2, NOW + 1,
		    again, ERR), ERR);
		ck_assert_int_eq(first[0], again[0]);
		ck_assert_int_eq(first[1], again[1]);
		/* What the stopped run does not train is not promoted. */
		next.supersede = true;
		add(next);
		assert_state(first[0], SL_JOB_STOPPED);
		assert_state(first[1], SL_JOB_STOPPED);
	}
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM jobs"
	    " WHERE intention IS NOT NULL"), 2);
}
END_TEST

START_TEST(job_carries_its_verdict)
{
	char id[SL_VERDICT_ID_SIZE];
	struct sl_jobs list;

	fixture_accept("refs/heads/a", '0', 'a', NOW, id);
	list = get(add(fixture_job("refs/heads/a", '0', 'a')));
	ck_assert_str_eq(list.items[0].verdict_id, id);
	ck_assert_str_eq(list.items[0].policy_digest, "p1");
	ck_assert_str_eq(list.items[0].repository_path, "/srv/r1.git");
	ck_assert_str_eq(list.items[0].options, "[]");
	sl_jobs_release(&list);
	list = get(add(fixture_job("refs/heads/b", '0', 'a')));
	ck_assert_str_eq(list.items[0].verdict_id, "");
	sl_jobs_release(&list);
}
END_TEST

/* a to b, back, and to b again: three pushes, three jobs. */
START_TEST(same_change_pushed_again)
{
	static const char steps[][2] = { { 'a', 'b' }, { 'b', 'a' },
		{ 'a', 'b' } };
	char verdict_id[SL_VERDICT_ID_SIZE];

	for (size_t with = 0; with < 2; with++) {
		const char *ref = with ? "refs/heads/w" : "refs/heads/x";
		int64_t ids[3];

		for (size_t i = 0; i < 3; i++) {
			if (with)
				fixture_accept(ref, steps[i][0], steps[i][1],
				    NOW + (int64_t)i, verdict_id);
			ids[i] = add(fixture_job(ref, steps[i][0],
			    steps[i][1]));
		}
		ck_assert_int_ne(ids[0], ids[2]);
		ck_assert_int_eq(ids[2], add(fixture_job(ref, 'a', 'b')));
	}
}
END_TEST

START_TEST(lanes_run_one_by_one)
{
	int64_t a1 = add(fixture_job("refs/heads/a", '0', 'a'));
	int64_t a2 = add(fixture_job("refs/heads/a", 'a', 'b'));
	int64_t b1 = add(fixture_job("refs/heads/b", '0', 'a'));

	ck_assert_int_eq(claim("w", NOW), a1);
	ck_assert_int_eq(claim("w", NOW), b1);
	ck_assert_int_eq(claim("w", NOW), 0);
	/* Waiting for its next try, the first keeps its place. */
	ck_assert_ok(sl_job_release(STORE, a1, "w", 30, "down", NOW, ERR), ERR);
	ck_assert_int_eq(claim("w", NOW + 29), 0);
	ck_assert_int_eq(claim("w", NOW + 30), a1);
	ck_assert_ok(sl_job_finish(STORE, a1, "w", SL_JOB_FAILED, "no", NOW,
	    ERR), ERR);
	ck_assert_int_eq(claim("w", NOW + 30), a2);
}
END_TEST

START_TEST(held_job_is_not_in_the_way)
{
	int64_t first = add(fixture_job("refs/heads/a", '0', 'a'));
	int64_t second = add(fixture_job("refs/heads/a", 'a', 'b'));
	struct sl_queue_counts counts;
	size_t n = 0;

	ck_assert_int_eq(claim("w", NOW), first);
	ck_assert_ok(sl_job_hold(STORE, first, "w", 600, "not approved", NOW,
	    ERR), ERR);
	ck_assert_int_eq(claim("w", NOW + 1), second);
	/* Its time comes while another of the lane runs: it waits. */
	ck_assert_int_eq(claim("w", NOW + 601), second);
	ck_assert_ok(sl_job_finish(STORE, second, "w", SL_JOB_DONE, "",
	    NOW + 601, ERR), ERR);
	ck_assert_int_eq(claim("w", NOW + 602), first);
	ck_assert_ok(sl_job_hold(STORE, first, "w", 600, "still not",
	    NOW + 700, ERR), ERR);
	ck_assert_ok(sl_queue_wake(STORE, "r1", NOW + 701, &n, ERR), ERR);
	ck_assert_uint_eq(n, 1);
	ck_assert_ok(sl_queue_count(STORE, &counts, ERR), ERR);
	ck_assert_uint_eq(counts.by_state[SL_JOB_HELD], 1);
	ck_assert_uint_eq(counts.by_state[SL_JOB_DONE], 1);
	ck_assert_int_eq(counts.next_due_s, NOW + 701);
	/* 14 days from the first hold, not from the last. */
	ck_assert_ok(sl_queue_expire(STORE, NOW + SL_JOB_HELD_MAX_S - 1, &n,
	    ERR), ERR);
	ck_assert_uint_eq(n, 0);
	ck_assert_ok(sl_queue_expire(STORE, NOW + SL_JOB_HELD_MAX_S, &n, ERR),
	    ERR);
	ck_assert_uint_eq(n, 1);
	assert_state(first, SL_JOB_EXPIRED);
}
END_TEST

START_TEST(lease_belongs_to_one)
{
	int64_t id = add(fixture_job("refs/heads/a", '0', 'a'));
	const struct sl_job_plan plan = { .build_id = "b" };

	ck_assert_int_eq(claim("w1", NOW), id);
	ck_assert_int_eq(claim("w2", NOW + LEASE - 1), 0);
	ck_assert_err(sl_job_renew(STORE, id, "w2", LEASE, NOW, NULL, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_ok(sl_job_renew(STORE, id, "w1", LEASE, NOW + 30, NULL, ERR),
	    ERR);
	ck_assert_int_eq(claim("w2", NOW + LEASE), 0);
	ck_assert_int_eq(claim("w2", NOW + 30 + LEASE), id);
	ck_assert_err(sl_job_note(STORE, id, "w1", &plan, NOW, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_err(sl_job_release(STORE, id, "w1", 0, "", NOW, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_err(sl_job_hold(STORE, id, "w1", 0, "", NOW, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_err(sl_job_finish(STORE, id, "w1", SL_JOB_DONE, "", NOW,
	    ERR), SL_ECONFLICT, ERR);
	ck_assert_err(sl_job_finish(STORE, id, "w2", SL_JOB_HELD, "", NOW,
	    ERR), SL_EINVAL, ERR);
	ck_assert_ok(sl_job_finish(STORE, id, "w2", SL_JOB_DONE, "", NOW, ERR),
	    ERR);
	/* The empty owner of an idle job is nobody's. */
	ck_assert_err(sl_job_finish(STORE, id, "", SL_JOB_DONE, "", NOW, ERR),
	    SL_ECONFLICT, ERR);
}
END_TEST

START_TEST(reclaim_frees_dead_workers)
{
	int64_t id = add(fixture_job("refs/heads/a", '0', 'a'));
	size_t n = 0;

	ck_assert_int_eq(claim("dead", NOW), id);
	ck_assert_ok(sl_queue_reclaim(STORE, "dead", NOW, &n, ERR), ERR);
	ck_assert_uint_eq(n, 0);
	ck_assert_ok(sl_queue_reclaim(STORE, "new", NOW, &n, ERR), ERR);
	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(claim("new", NOW), id);
}
END_TEST

START_TEST(newer_push_supersedes)
{
	struct sl_job_new next = fixture_job("refs/heads/a", 'b', 'c');
	int64_t running = add(fixture_job("refs/heads/a", '0', 'a'));
	int64_t waiting = add(fixture_job("refs/heads/a", 'a', 'b'));
	int64_t other = add(fixture_job("refs/heads/b", '0', 'a'));
	bool stop = true;
	int64_t newest;

	ck_assert_int_eq(claim("w", NOW), running);
	ck_assert_ok(sl_job_renew(STORE, running, "w", LEASE, NOW, &stop, ERR),
	    ERR);
	ck_assert(!stop);
	next.supersede = true;
	newest = add(next);
	assert_state(waiting, SL_JOB_STOPPED);
	assert_state(running, SL_JOB_RUNNING);
	assert_state(other, SL_JOB_QUEUED);
	ck_assert_ok(sl_job_renew(STORE, running, "w", LEASE, NOW, &stop, ERR),
	    ERR);
	ck_assert(stop);
	ck_assert_int_eq(claim("w", NOW), other);
	ck_assert_int_eq(claim("w", NOW), 0);
	ck_assert_ok(sl_job_finish(STORE, running, "w", SL_JOB_STOPPED,
	    "superseded", NOW, ERR), ERR);
	ck_assert_int_eq(claim("w", NOW), newest);
}
END_TEST

START_TEST(a_superseded_run_has_nothing_to_promote)
{
	struct sl_job_new next = fixture_job("refs/heads/a", 'a', 'b');
	struct sl_job_new promotion = fixture_job("refs/heads/a", '0', 'a');
	struct sl_job_new other = fixture_job("refs/heads/a", '0', 'c');
	int64_t train = add(fixture_job("refs/heads/a", '0', 'a'));
	int64_t waits, stays;

	promotion.kind = other.kind = SL_JOB_PROMOTE;
	promotion.flow = "staging/promote";
	other.flow = "prod/promote";
	waits = add(promotion);
	stays = add(other);
	next.supersede = true;
	add(next);
	assert_state(train, SL_JOB_STOPPED);
	assert_state(waits, SL_JOB_STOPPED);
	assert_state(stays, SL_JOB_QUEUED);
}
END_TEST

START_TEST(a_deleted_ref_waits_for_nothing)
{
	struct sl_job_new train = fixture_job("refs/heads/a", '0', 'a');
	struct sl_job_new gone = fixture_job("refs/heads/a", 'a', '0');
	int64_t attempt = 1;
	const struct sl_job_plan plan = { .attempt = &attempt };
	int64_t begun = add(train), waiting, other;

	ck_assert_int_eq(claim("w", NOW), begun);
	ck_assert_ok(sl_job_note(STORE, begun, "w", &plan, NOW, ERR), ERR);
	ck_assert_ok(sl_job_release(STORE, begun, "w", 60, "", NOW, ERR), ERR);
	waiting = add(fixture_job("refs/heads/a", 'a', 'b'));
	other = add(fixture_job("refs/heads/b", '0', 'a'));
	gone.kind = SL_JOB_NONE;
	gone.flow = "none";
	add(gone);
	assert_state(waiting, SL_JOB_STOPPED);
	assert_state(begun, SL_JOB_QUEUED);
	assert_state(other, SL_JOB_QUEUED);
}
END_TEST

START_TEST(retry_and_drop)
{
	int64_t id = add(fixture_job("refs/heads/a", '0', 'a'));
	bool stop = false;

	ck_assert_err(sl_job_retry(STORE, 4711, NOW, ERR), SL_ENOTFOUND, ERR);
	ck_assert_err(sl_job_drop(STORE, 4711, "", NOW, ERR), SL_ENOTFOUND,
	    ERR);
	ck_assert_int_eq(claim("w", NOW), id);
	ck_assert_err(sl_job_retry(STORE, id, NOW, ERR), SL_EREFUSED, ERR);
	ck_assert_ok(sl_job_drop(STORE, id, "by ana", NOW, ERR), ERR);
	ck_assert_ok(sl_job_renew(STORE, id, "w", LEASE, NOW, &stop, ERR), ERR);
	ck_assert(stop);
	ck_assert_ok(sl_job_finish(STORE, id, "w", SL_JOB_STOPPED, "by ana",
	    NOW, ERR), ERR);
	ck_assert_err(sl_job_drop(STORE, id, "", NOW, ERR), SL_EREFUSED, ERR);
	ck_assert_ok(sl_job_retry(STORE, id, NOW, ERR), ERR);
	ck_assert_int_eq(claim("w", NOW), id);
	ck_assert_ok(sl_job_renew(STORE, id, "w", LEASE, NOW, &stop, ERR), ERR);
	ck_assert(!stop);
	ck_assert_ok(sl_job_finish(STORE, id, "w", SL_JOB_DONE, "", NOW, ERR),
	    ERR);
	ck_assert_err(sl_job_retry(STORE, id, NOW, ERR), SL_EREFUSED, ERR);
}
END_TEST

START_TEST(worker_judges_and_notes)
{
	int64_t id = add(fixture_job("refs/heads/a", '0', 'a'));
	char other[SL_VERDICT_ID_SIZE], mine[SL_VERDICT_ID_SIZE];
	const enum sl_job_kind kind = SL_JOB_PROMOTE;
	const int64_t attempt = 2;
	struct sl_jobs list;

	ck_assert_int_eq(claim("w", NOW), id);
	fixture_accept("refs/heads/b", '0', 'a', NOW, other);
	fixture_accept("refs/heads/a", '0', 'a', NOW, mine);
	ck_assert_err(sl_job_judge(STORE, id, "w", other, NOW, ERR),
	    SL_ENOTFOUND, ERR);
	ck_assert_err(sl_job_judge(STORE, id, "x", mine, NOW, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_ok(sl_job_judge(STORE, id, "w", mine, NOW, ERR), ERR);
	ck_assert_ok(sl_job_note(STORE, id, "w", &(struct sl_job_plan){
	    .kind = &kind, .build_id = "b1", .attempt = &attempt }, NOW, ERR),
	    ERR);
	list = get(id);
	ck_assert_str_eq(list.items[0].verdict_id, mine);
	ck_assert_int_eq(list.items[0].kind, SL_JOB_PROMOTE);
	ck_assert_str_eq(list.items[0].build_id, "b1");
	ck_assert_str_eq(list.items[0].environment, "dev");
	ck_assert_int_eq(list.items[0].attempt, 2);
	sl_jobs_release(&list);
	/* The same post-receive, late: the job is there. */
	ck_assert_int_eq(add(fixture_job("refs/heads/a", '0', 'a')), id);
}
END_TEST

START_TEST(backoff_grows_to_a_cap)
{
	static const int64_t wanted[] = { 5, 5, 10, 20, 40, 80, 160, 320, 640,
		900, 900 };

	for (size_t i = 0; i < SL_COUNT(wanted); i++)
		ck_assert_int_eq(sl_queue_backoff_s((int64_t)i), wanted[i]);
	ck_assert_int_eq(sl_queue_backoff_s(INT64_MAX), 900);
	ck_assert_int_eq(sl_queue_backoff_s(INT64_MIN), 5);
}
END_TEST

START_TEST(list_by_what_is_asked)
{
	const struct {
		struct sl_job_query query;
		size_t count;
	} cases[] = {
		{ { 0 }, 3 },
		{ { .limit = 2 }, 2 },
		{ { .ref = "refs/heads/a" }, 2 },
		{ { .repository = "r2" }, 0 },
		{ { .build_id = "nope" }, 0 },
		{ { .states = 1u << SL_JOB_RUNNING }, 1 },
		{ { .states = 1u << SL_JOB_RUNNING | 1u << SL_JOB_QUEUED }, 3 },
		{ { .states = 1u << SL_JOB_HELD }, 0 },
	};

	add(fixture_job("refs/heads/a", '0', 'a'));
	add(fixture_job("refs/heads/a", 'a', 'b'));
	add(fixture_job("refs/heads/b", '0', 'a'));
	claim("w", NOW);
	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct sl_jobs list = SL_JOBS_INIT;

		ck_assert_ok(sl_job_list(STORE, &cases[i].query, &list, ERR),
		    ERR);
		ck_assert_msg(list.count == cases[i].count, "case %zu: %zu", i,
		    list.count);
		for (size_t j = 1; j < list.count; j++)
			ck_assert_int_gt(list.items[j - 1].id,
			    list.items[j].id);
		sl_jobs_release(&list);
	}
}
END_TEST

/* In a child: claim and finish until nothing is left; write ids to out. */
static void
drain(int worker, int out)
{
	struct sl_store *store = NULL;
	struct sl_error err = SL_ERROR_INIT;
	char owner[16];

	snprintf(owner, sizeof(owner), "w%d", worker);
	if (sl_store_open(fixture_dir, 0, &store, &err) < 0)
		_exit(1);
	for (;;) {
		struct sl_jobs list = SL_JOBS_INIT;
		int64_t id;

		if (sl_queue_claim(store, owner, LEASE, NOW, &list, &err) < 0)
			_exit(2);
		if (list.count == 0)
			break;
		id = list.items[0].id;
		sl_jobs_release(&list);
		if (write(out, &id, sizeof(id)) != sizeof(id))
			_exit(3);
		if (sl_job_finish(store, id, owner, SL_JOB_DONE, "", NOW,
			&err) < 0)
			_exit(4);
	}
	sl_store_free(store);
	_exit(0);
}

/* Each job of independent lanes is given to exactly one of two processes. */
START_TEST(two_processes_share_the_queue)
{
	enum { JOBS = 40, WORKERS = 2 };
	bool seen[JOBS + 1] = { false };
	int64_t id;
	int fds[2];

	for (int i = 0; i < JOBS; i++) {
		char ref[32];

		snprintf(ref, sizeof(ref), "refs/heads/f%d", i);
		add(fixture_job(ref, '0', 'a'));
	}
	sl_store_freep(&STORE);
	ck_assert_int_eq(pipe(fds), 0);
	for (int i = 0; i < WORKERS; i++)
		if (fork() == 0)
			drain(i, fds[1]);
	close(fds[1]);
	for (int i = 0; i < JOBS; i++) {
		ck_assert_int_eq(read(fds[0], &id, sizeof(id)), sizeof(id));
		ck_assert_int_ge(id, 1);
		ck_assert_int_le(id, JOBS);
		ck_assert_msg(!seen[id], "job %d ran twice", (int)id);
		seen[id] = true;
	}
	ck_assert_int_eq(read(fds[0], &id, sizeof(id)), 0);
	close(fds[0]);
	for (int i = 0; i < WORKERS; i++) {
		int status = 0;

		ck_assert_int_ne(wait(&status), -1);
		ck_assert_int_eq(status, 0);
	}
}
END_TEST

TCase *
tcase_store_queue(void)
{
	TCase *tc = tcase_create("queue");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, nothing_to_claim);
	tcase_add_test(tc, push_is_all_or_nothing);
	tcase_add_test(tc, same_post_receive_twice);
	tcase_add_test(tc, a_change_may_be_two_jobs);
	tcase_add_test(tc, job_carries_its_verdict);
	tcase_add_test(tc, same_change_pushed_again);
	tcase_add_test(tc, lanes_run_one_by_one);
	tcase_add_test(tc, held_job_is_not_in_the_way);
	tcase_add_test(tc, lease_belongs_to_one);
	tcase_add_test(tc, reclaim_frees_dead_workers);
	tcase_add_test(tc, newer_push_supersedes);
	tcase_add_test(tc, a_superseded_run_has_nothing_to_promote);
	tcase_add_test(tc, a_deleted_ref_waits_for_nothing);
	tcase_add_test(tc, retry_and_drop);
	tcase_add_test(tc, worker_judges_and_notes);
	tcase_add_test(tc, backoff_grows_to_a_cap);
	tcase_add_test(tc, list_by_what_is_asked);
	tcase_add_test(tc, two_processes_share_the_queue);
	return tc;
}
