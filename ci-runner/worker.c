/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: drains the site's queue. One at a time per site: the holder of
 * worker.lock knows that nobody else carries jobs out, so that what a killed
 * worker left behind is taken up at once.
 */
#include "ci-runner/runtime.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "ci-runner/carry.h"
#include "crypto/random.h"
#include "doc/json.h"
#include "store/queue.h"
#include "store/repositories.h"

/** Only its holder carries jobs out, so a lease need not be short. */
#define LEASE_S 3600
/** How often refs are compared with jobs. */
#define RECONCILE_MS (60 * 1000)
/** A held job is looked at ever more rarely, but at least this often. */
#define HOLD_MAX_S (15 * 60)
/** How long to sleep at most: a new job is found this soon. */
#define IDLE_MS 1000

struct worker_options {
	struct sl_common_options common;
	bool once;
	bool drain;
	bool linger;
	int64_t poll_ms;
};

static const struct sl_opt worker_opts[] = {
	{ "once", 0, SL_OPT_FLAG, offsetof(struct worker_options, once), NULL,
	    "go through what is due now, then end", NULL },
	{ "drain", 0, SL_OPT_FLAG, offsetof(struct worker_options, drain),
	    NULL, "end when no job waits or runs; held ones may be left",
	    NULL },
	{ "linger", 0, SL_OPT_FLAG, offsetof(struct worker_options, linger),
	    NULL, "as --drain, but stay while jobs are held", NULL },
	{ "poll", 0, SL_OPT_DURATION, offsetof(struct worker_options, poll_ms),
	    "TIME", "between looks at an execution (default: 15s)", NULL },
	{ 0 }
};

struct worker {
	struct runtime rt;
	const struct worker_options *options;
	char owner[80];
	int lock_fd;
	int64_t reconcile_at_ms;
	const struct sl_job *job; /* being carried out */
	struct sl_map said; /* what progress told of a job's look, so that the
			       next looks tell only what is new */
	char *policy_said; /* the last line about the site policy, or NULL */
	char *scan_said;   /* likewise about compiled patterns */
};

/** Lines remembered in `said` before it starts anew. */
#define SAID_MAX 4096

static volatile sig_atomic_t stopping;

static void
on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

/* --- one line a happening --- */

static void
say(const struct worker *w, const struct sl_job *job, const char *what,
    const char *detail)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 16);
	char now[SL_TIME_RFC3339_SIZE] = "";
	struct sl_json json;

	if (sl_time_format_rfc3339(sl_clock_now_s(w->rt.clock), now) < 0)
		now[0] = '\0';
	if (w->rt.inv->json) {
		sl_json_init(&json, &out, 0);
		sl_json_object(&json);
		sl_json_put(&json, "time", now);
		if (job != NULL) {
			sl_json_put_int(&json, "job", job->id);
			sl_json_put(&json, "ref", job->ref);
			sl_json_put(&json, "build_id", job->build_id);
		}
		sl_json_put(&json, "event", what);
		sl_json_put(&json, "detail", detail);
		sl_json_end(&json);
	} else {
		sl_buf_addf(&out, "%s ", now);
		if (job != NULL) {
			sl_buf_addf(&out, "job %lld ", (long long)job->id);
			sl_text_escape(&out, sl_str(job->ref));
			sl_buf_addf(&out, " (%s): ", job->flow);
		}
		sl_buf_adds(&out, what);
		if (detail[0] != '\0') {
			sl_buf_adds(&out, ": ");
			sl_text_escape(&out, sl_str(detail));
		}
	}
	sl_buf_addc(&out, '\n');
	sl_cli_print(stdout, &out);
}

static void
say_error(const struct worker *w, const struct sl_job *job, const char *what,
    const struct sl_error *err)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];

	sl_error_format(err, shown, sizeof(shown));
	say(w, job, what, shown);
}

static void
on_progress(void *ctx, const struct sl_builder_event *event)
{
	struct worker *w = ctx;
	SL_CLEANUP(sl_freep) char *what = NULL;
	SL_CLEANUP(sl_freep) char *key = NULL;

	if (!strcmp(event->state, "begin"))
		return;
	what = sl_asprintf("%s%s%s %s", event->step, event->name ? " " : "",
	    event->name ? event->name : "", event->state);
	key = sl_asprintf("%lld %s %s", (long long)w->job->id, what,
	    event->detail);
	if (w->said.count >= SAID_MAX)
		sl_map_release(&w->said);
	if (sl_map_put(&w->said, sl_str(key), NULL))
		say(w, w->job, what, event->detail);
}

/* --- ending a job --- */

static int
finish(struct worker *w, const struct sl_job *job, enum sl_job_state state,
    const char *reason, struct sl_error *err)
{
	say(w, job, sl_job_state_name(state), reason);
	return sl_job_finish(w->rt.store, job->id, w->owner, state, reason,
	    sl_clock_now_s(w->rt.clock), err);
}

static int
give_back(struct worker *w, const struct sl_job *job, int64_t delay_ms,
    const char *reason, struct sl_error *err)
{
	if (reason[0] != '\0')
		say(w, job, "waits", reason);
	return sl_job_release(w->rt.store, job->id, w->owner,
	    (delay_ms + 999) / 1000, reason, sl_clock_now_s(w->rt.clock), err);
}

/*
 * When to look again at a job that waits for somebody. Most of those on a
 * branch wait for days or for ever, and `sluice approve` wakes them; only an
 * approval made elsewhere has to be found.
 */
static int64_t
hold_delay_s(const struct sl_job *job, int64_t delay_ms, int64_t now)
{
	int64_t delay_s = (delay_ms + 999) / 1000;
	int64_t grown_s = job->held_since_s == 0 ? 0 :
	    (now - job->held_since_s) / 20;

	if (grown_s > HOLD_MAX_S)
		grown_s = HOLD_MAX_S;
	return grown_s > delay_s ? grown_s : delay_s;
}

/* What became of a step decides what becomes of the job. */
static int
settle(struct worker *w, const struct sl_job *job,
    const struct sl_builder_outcome *outcome, struct sl_error *err)
{
	char reason[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX] = "";
	int64_t attempt = outcome->attempt;
	const struct sl_job_plan note = { .attempt = &attempt };
	int64_t now = sl_clock_now_s(w->rt.clock);
	int rc = 0;

	if (outcome->error.code != 0)
		sl_error_format(&outcome->error, reason, sizeof(reason));
	if (attempt != 0 && attempt != job->attempt)
		rc = sl_job_note(w->rt.store, job->id, w->owner, &note, now,
		    err);
	if (rc < 0)
		return rc;
	switch (outcome->state) {
	case SL_BUILDER_DONE:
		return finish(w, job, SL_JOB_DONE, reason, err);
	case SL_BUILDER_AGAIN:
		return give_back(w, job, outcome->delay_ms, reason, err);
	case SL_BUILDER_HELD:
		say(w, job, "held", reason);
		return sl_job_hold(w->rt.store, job->id, w->owner,
		    hold_delay_s(job, outcome->delay_ms, now), reason, now,
		    err);
	case SL_BUILDER_FAILED:
		return finish(w, job, SL_JOB_FAILED, reason, err);
	case SL_BUILDER_STOPPED:
		return finish(w, job, SL_JOB_STOPPED, reason, err);
	case SL_BUILDER_REFUSED:
		return finish(w, job, SL_JOB_REFUSED, reason, err);
	}
	return SL_OK;
}

/* --- carrying one out --- */

/* A job without an accepted verdict is judged before anything else. */
static int
ensure_verdict(struct worker *w, struct sl_gate *gate,
    const struct sl_job *job, bool *passed, char id[SL_VERDICT_ID_SIZE],
    struct sl_error *err)
{
	const struct sl_ref_line line = {
		.old_oid = job->old_oid,
		.new_oid = job->new_oid,
		.ref = sl_str(job->ref),
	};
	int rc;

	*passed = true;
	snprintf(id, SL_VERDICT_ID_SIZE, "%s", job->verdict_id);
	if (job->verdict_id[0] != '\0')
		return SL_OK;
	rc = sl_gate_judge_later(gate, w->rt.store, &line, passed, id, NULL,
	    err);
	if (rc < 0 || !*passed)
		return rc;
	return sl_job_judge(w->rt.store, job->id, w->owner, id,
	    sl_clock_now_s(w->rt.clock), err);
}

static int
step(struct worker *w, struct sl_gate *gate, const struct sl_job *job,
    const char *verdict_id, const struct subject *s, struct sl_error *err)
{
	SL_CLEANUP(carry_release) struct carry carry = { 0 };
	struct sl_builder_outcome outcome = { 0 };
	const struct carry_options options = {
		.pusher = job->pusher,
		.verdict_id = verdict_id,
		.policy_digest = job->policy_digest,
		.origin = SL_FLOW_HOOK,
		.failures = (unsigned)(job->tries > 0 ? job->tries - 1 : 0),
		.poll_ms = w->options->poll_ms,
		.progress = on_progress,
		.progress_ctx = w,
	};
	int rc = carry_open(&w->rt, gate, s, &options, &carry, err);

	if (rc < 0)
		return rc;
	sl_builder_step(carry.builder, &outcome);
	return settle(w, job, &outcome, err);
}

static int
carry_out(struct worker *w, const struct sl_job *job, struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep) struct sl_gate *gate = NULL;
	SL_CLEANUP(subject_release) struct subject s = { 0 };
	char id[SL_VERDICT_ID_SIZE];
	bool passed = false, nothing = false;
	int rc;

	sl_git_free(sl_steal(&w->rt.repository));
	rc = sl_git_open(job->repository_path, &w->rt.repository, err);
	if (rc == 0)
		rc = runtime_open_gate(&w->rt, &gate, err);
	if (rc == 0)
		rc = ensure_verdict(w, gate, job, &passed, id, err);
	if (rc < 0)
		return rc;
	if (!passed)
		return finish(w, job, SL_JOB_REFUSED,
		    "the change does not pass the policy", err);
	if (job->stop_requested)
		return finish(w, job, SL_JOB_STOPPED,
		    "a newer push of the ref takes its place", err);
	rc = subject_open(gate, job->ref, &job->new_oid, job->payload, &s,
	    &nothing, err);
	if (rc < 0)
		return rc;
	if (nothing)
		return finish(w, job, SL_JOB_DONE, err->text, err);
	return step(w, gate, job, id, &s, err);
}

/* An error of ours: later, where time may mend it; else the job's end. */
static int
settle_error(struct worker *w, const struct sl_job *job,
    const struct sl_error *why, struct sl_error *err)
{
	char reason[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];

	sl_error_format(why, reason, sizeof(reason));
	switch (why->code) {
	case SL_EREFUSED:
		return finish(w, job, SL_JOB_REFUSED, reason, err);
	case SL_EINVAL:
	case SL_ECONFIG:
	case SL_ENOTFOUND:
	case SL_ETOOBIG:
	case SL_EUNSUPPORTED:
	case SL_ETAMPERED:
		return finish(w, job, SL_JOB_FAILED, reason, err);
	default:
		return give_back(w, job,
		    sl_queue_backoff_s(job->tries) * 1000, reason, err);
	}
}

static int
work_on(struct worker *w, const struct sl_job *job, struct sl_error *err)
{
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	w->job = job;
	rc = carry_out(w, job, &why);
	if (rc < 0)
		rc = settle_error(w, job, &why, err);
	w->job = NULL;
	return rc;
}

/* --- making up for hooks that died --- */

static int
reconcile_one(struct worker *w, const struct sl_repository *known,
    struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep) struct sl_gate *gate = NULL;
	struct sl_gate_made_up made_up = { 0 };
	char detail[64];
	int rc;

	sl_git_free(sl_steal(&w->rt.repository));
	rc = sl_git_open(known->path, &w->rt.repository, err);
	if (rc == 0)
		rc = runtime_open_gate(&w->rt, &gate, err);
	if (rc == 0)
		rc = sl_gate_reconcile(gate, w->rt.store, &made_up, err);
	if (rc == 0 && made_up.jobs + made_up.refused > 0) {
		snprintf(detail, sizeof(detail), "%zu jobs, %zu refused",
		    made_up.jobs, made_up.refused);
		say(w, NULL, "made up for a hook that did not run", detail);
	}
	return rc;
}

/* What pushes noted of the site policy goes into the log, each state once. */
static void
look_at_policy(struct worker *w)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf line = SL_BUF_INIT(8192);
	struct policy_state state;

	runtime_policy_state(&w->rt, &state);
	policy_state_line(&state, &line);
	if (!strcmp(sl_buf_cstr(&line), w->policy_said ? w->policy_said : ""))
		return;
	say(w, NULL, "site policy", line.len > 0 ? sl_buf_cstr(&line) :
	    "loads again");
	free(w->policy_said);
	w->policy_said = sl_strdup(sl_buf_cstr(&line));
}

/* What pushes search files with is compiled here, so that no push has to. */
static void
look_at_scan(struct worker *w)
{
	const struct sl_site *site = w->rt.site;
	const struct sl_standing_options options = {
		.source = &site->policy,
		.packs_dir = w->rt.packs_dir,
		.scan_state = site->state,
	};
	SL_CLEANUP(sl_standing_release) struct sl_standing standing;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf line = SL_BUF_INIT(4096);
	struct sl_error none = SL_ERROR_INIT;

	sl_standing_init(&standing, &options);
	/* One that does not load is look_at_policy's to tell. */
	if (sl_standing_load(&standing, NULL, &policy, &none) < 0 ||
	    !runtime_compile_scan(policy, &line) ||
	    !strcmp(sl_buf_cstr(&line), w->scan_said ? w->scan_said : ""))
		return;
	say(w, NULL, "site policy", sl_buf_cstr(&line));
	free(w->scan_said);
	w->scan_said = sl_strdup(sl_buf_cstr(&line));
}

/* A repository that cannot be read must not keep the others waiting. */
static int
reconcile(struct worker *w, struct sl_error *err)
{
	struct sl_repositories list = SL_REPOSITORIES_INIT;
	int rc;

	look_at_policy(w);
	look_at_scan(w);
	rc = sl_repository_list(w->rt.store, &list, err);
	for (size_t i = 0; rc == 0 && i < list.count; i++) {
		struct sl_error why = SL_ERROR_INIT;

		if (reconcile_one(w, &list.items[i], &why) < 0)
			say_error(w, NULL, "cannot compare refs with jobs",
			    &why);
	}
	sl_repositories_release(&list);
	w->reconcile_at_ms = sl_clock_monotonic_ms(w->rt.clock) + RECONCILE_MS;
	return rc;
}

/* --- the loop --- */

static int
take_lock(struct worker *w, struct sl_error *err)
{
	SL_CLEANUP(sl_freep)
	char *path = sl_fsx_join(w->rt.site->state, "worker.lock");
	char pid[32];
	int n, rc = sl_fsx_lock(path, &w->lock_fd, err);

	if (rc < 0)
		return rc == SL_EBUSY ? sl_error_wrap(err,
		    "a worker of this site runs already") : rc;
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(w->lock_fd, 0) < 0)
		return sl_error_set(err, SL_EIO, "cannot write %s", path);
	return sl_fsx_write_fd(w->lock_fd, sl_strn(pid, (size_t)n), err);
}

static int
start(struct worker *w, struct sl_error *err)
{
	char host[32] = "";
	uint8_t random[4];
	size_t count = 0;
	int64_t now = sl_clock_now_s(w->rt.clock);
	int rc = take_lock(w, err);

	if (rc == 0)
		rc = sl_random_bytes(random, sizeof(random), err);
	if (rc < 0)
		return rc;
	gethostname(host, sizeof(host) - 1);
	snprintf(w->owner, sizeof(w->owner), "%s:%ld:%02x%02x%02x%02x", host,
	    (long)getpid(), random[0], random[1], random[2], random[3]);
	rc = sl_queue_reclaim(w->rt.store, w->owner, now, &count, err);
	if (rc == 0 && count > 0)
		say(w, NULL, "took up what a stopped worker left", "");
	if (rc == 0)
		rc = reconcile(w, err);
	return rc;
}

/* Whether the worker's time is over, now that nothing is due. */
static bool
has_ended(const struct worker *w, const struct sl_queue_counts *counts)
{
	size_t waiting = counts->by_state[SL_JOB_QUEUED] +
	    counts->by_state[SL_JOB_RUNNING];

	if (w->options->once)
		return true;
	if (w->options->linger)
		return waiting + counts->by_state[SL_JOB_HELD] == 0;
	return w->options->drain && waiting == 0;
}

static int
work_once(struct worker *w, bool *ended, struct sl_error *err)
{
	struct sl_jobs jobs = SL_JOBS_INIT;
	struct sl_queue_counts counts;
	int64_t now = sl_clock_now_s(w->rt.clock);
	int rc = sl_queue_expire(w->rt.store, now, NULL, err);

	if (rc == 0 &&
	    sl_clock_monotonic_ms(w->rt.clock) >= w->reconcile_at_ms)
		rc = reconcile(w, err);
	if (rc == 0)
		rc = sl_queue_claim(w->rt.store, w->owner, LEASE_S, now, &jobs,
		    err);
	if (rc == 0 && jobs.count > 0) {
		rc = work_on(w, &jobs.items[0], err);
		sl_jobs_release(&jobs);
		return rc;
	}
	if (rc == 0)
		rc = sl_queue_count(w->rt.store, &counts, err);
	if (rc < 0)
		return rc;
	*ended = has_ended(w, &counts);
	if (!*ended)
		sl_clock_sleep_ms(w->rt.clock, IDLE_MS);
	return SL_OK;
}

/*
 * A hook that finds the lock taken leaves its job to us, so the queue is
 * looked at once more after the lock is gone.
 */
static int
is_idle_unlocked(struct worker *w, bool *idle, struct sl_error *err)
{
	struct sl_queue_counts counts;
	int rc = sl_queue_count(w->rt.store, &counts, err);

	*idle = rc < 0 || has_ended(w, &counts);
	return rc;
}

static int
drain(struct worker *w, struct sl_error *err)
{
	bool idle = false;
	int rc = 0;

	while (rc == 0 && !idle && !stopping) {
		bool ended = false;

		rc = start(w, err);
		while (rc == 0 && !ended && !stopping) {
			rc = work_once(w, &ended, err);
			/* A locked database is somebody else's moment. */
			if (rc == SL_EBUSY)
				rc = 0;
		}
		if (w->lock_fd >= 0)
			close(w->lock_fd);
		w->lock_fd = -1;
		if (rc == 0)
			rc = is_idle_unlocked(w, &idle, err);
	}
	return rc;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	/* No SA_RESTART: a sleep ends when it is time to stop. */
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int
run_worker(const struct sl_invocation *inv)
{
	struct worker w = { .options = inv->options, .lock_fd = -1 };
	struct sl_error err = SL_ERROR_INIT;
	int code = SL_EXIT_PASS;

	if (w.options->once + w.options->drain + w.options->linger > 1)
		return sl_cli_usage(inv, "give one of --once, --drain and "
					 "--linger");
	setvbuf(stdout, NULL, _IOLBF, 0);
	catch_signals();
	if (runtime_init(&w.rt, inv, &err) < 0 ||
	    runtime_open_site(&w.rt, &err) < 0 ||
	    runtime_open_store(&w.rt, SL_STORE_CREATE, &err) < 0 ||
	    drain(&w, &err) < 0)
		code = sl_cli_fail(inv, &err);
	sl_map_release(&w.said);
	free(w.policy_said);
	free(w.scan_said);
	runtime_release(&w.rt);
	return code;
}

const struct sl_cmd cmd_worker = {
	.name = "worker",
	.brief = "carry out the jobs that pushes left in the queue",
	.operands = "",
	.example = "sluice worker --site=/etc/sluice/site.yaml",
	.opts = worker_opts,
	.options_size = sizeof(struct worker_options),
	.run = run_worker,
};
