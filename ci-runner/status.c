/* SPDX-License-Identifier: Apache-2.0 */
/* status: what became of pushes, builds and verdicts. */
#include "ci-runner/runtime.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "doc/json.h"
#include "flow/names.h"
#include "store/builds.h"
#include "store/queue.h"
#include "store/repositories.h"
#include "store/verdicts.h"

/* Jobs that the overview shows. */
#define OVERVIEW_JOBS 20
/* Jobs, the latest first, among which a build's are looked for. */
#define BUILD_JOBS 1000
#define OUTPUT_MAX ((size_t)64 << 20)

struct status_options {
	struct sl_common_options common;
	uint64_t limit;
};

static const struct sl_opt status_opts[] = {
	{ "limit", 'n', SL_OPT_NUMBER, offsetof(struct status_options, limit),
	    "N", "show at most N jobs (default: 20)", NULL },
	{ 0 }
};

/* --- builds --- */

/* What is stored about a build beside its row. */
struct build_parts {
	struct sl_attempts attempts;
	struct sl_packages packages;
};

#define BUILD_PARTS_INIT { SL_ATTEMPTS_INIT, SL_PACKAGES_INIT }

static void
build_parts_release(struct build_parts *parts)
{
	sl_attempts_release(&parts->attempts);
	sl_packages_release(&parts->packages);
}

static int
build_parts_load(struct runtime *rt, const struct sl_build *b,
    struct build_parts *parts, struct sl_error *err)
{
	int rc = sl_attempt_list(rt->store, b->id, &parts->attempts, err);

	if (rc == 0)
		rc = sl_package_list(rt->store, b->id, &parts->packages, err);
	return rc;
}

/* --- text --- */

/* A build id is known by 12 digits of its commit. */
static void
short_build(const char *build_id, char out[32])
{
	const char *dash = strchr(build_id, '-');

	snprintf(out, 32, "%.12s", dash ? dash + 1 : build_id);
}

static void
format_age(int64_t now, int64_t then, char out[32])
{
	struct sl_buf b = SL_BUF_INIT(31);

	if (now <= then) {
		snprintf(out, 32, "just now");
		return;
	}
	/* Times are kept in seconds: "3 s", not "3.0 s". */
	if (now - then < 60)
		sl_buf_addf(&b, "%d s", (int)(now - then));
	else
		sl_num_format_duration(&b, (now - then) * 1000);
	snprintf(out, 32, "%s ago", sl_buf_cstr(&b));
	sl_buf_release(&b);
}

static const char *
colour_of(enum sl_job_state state)
{
	switch (state) {
	case SL_JOB_DONE:
		return "\x1b[32m";
	case SL_JOB_FAILED:
	case SL_JOB_REFUSED:
	case SL_JOB_EXPIRED:
		return "\x1b[31m";
	default:
		return "\x1b[33m";
	}
}

/* The flow's debounce, and whether a newer push takes the job's place. */
static int64_t
debounce_of(const struct sl_job *job, bool *supersede)
{
	struct sl_flows flow = { 0 };
	struct sl_error none = SL_ERROR_INIT;
	int64_t debounce_s = 0;

	*supersede = false;
	/* One that does nothing may carry no flow. */
	if (sl_gate_flow_read(job->payload, &flow, &none) == 0) {
		debounce_s = flow.items[0].debounce_s;
		*supersede = flow.items[0].supersede;
	}
	sl_flows_release(&flow);
	return debounce_s;
}

/* When a job starts that only waits for a newer push; else nothing. */
static void
describe_start(const struct sl_job *job, int64_t now, struct sl_buf *out)
{
	bool supersede;
	int64_t debounce_s;

	if (job->state != SL_JOB_QUEUED || job->not_before_s <= now)
		return;
	debounce_s = debounce_of(job, &supersede);
	if (debounce_s > 0 && job->not_before_s == job->created_at_s +
	    debounce_s)
		sl_gate_start_text(job->not_before_s, now, supersede, out);
}

static void
jobs_table(const struct sl_jobs *jobs, int64_t now, bool colour,
    struct sl_buf *out)
{
	static const char *const head[] = { "JOB", "REF", "FLOW", "BUILD",
		"STATE", "SINCE" };
	struct sl_table table;

	sl_table_init(&table, SL_COUNT(head));
	sl_table_row(&table, head);
	for (size_t i = 0; i < jobs->count; i++) {
		const struct sl_job *job = &jobs->items[i];
		char id[24], build[32], since[32];
		const char *cells[] = { id, job->ref, job->flow, build,
			sl_job_state_name(job->state), since };

		snprintf(id, sizeof(id), "%lld", (long long)job->id);
		short_build(job->build_id, build);
		format_age(now, job->updated_at_s, since);
		sl_table_row(&table, cells);
	}
	sl_table_format(&table, colour, out);
	sl_table_release(&table);
	for (size_t i = 0; i < jobs->count; i++) {
		const struct sl_job *job = &jobs->items[i];

		SL_CLEANUP(sl_buf_release)
		struct sl_buf why = SL_BUF_INIT(256);

		describe_start(job, now, &why);
		if (why.len == 0 && job->last_error[0] == '\0')
			continue;
		sl_buf_addf(out, "%s  job %lld %s%s: ",
		    colour ? colour_of(job->state) : "", (long long)job->id,
		    sl_job_state_name(job->state), colour ? "\x1b[0m" : "");
		sl_text_escape(out, why.len > 0 ? sl_buf_str(&why) :
						  sl_str(job->last_error));
		sl_buf_addc(out, '\n');
	}
}

static void
line(struct sl_buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	sl_buf_addf(out, "  %-12s ", name);
	sl_text_escape(out, sl_str(value));
	sl_buf_addc(out, '\n');
}

static void
build_text(struct sl_buf *out, const struct sl_build *b,
    const struct build_parts *parts)
{
	sl_buf_addf(out, "build %s in %s: %s, %s\n", b->build_id,
	    b->environment, sl_build_state_name(b->state),
	    sl_build_step_name(b->step));
	line(out, "ref", b->ref);
	line(out, "pipeline", b->pipeline);
	line(out, "project", b->project);
	line(out, "pusher", b->pusher);
	line(out, "verdict", b->verdict_id);
	line(out, "manifest", b->manifest_uri);
	line(out, "because", b->reason);
	for (size_t i = 0; i < parts->attempts.count; i++) {
		const struct sl_attempt *a = &parts->attempts.items[i];
		SL_CLEANUP(sl_freep) char *text = sl_asprintf("%lld: %s %s%s%s",
		    (long long)a->number, a->status, a->execution_arn,
		    a->failure_reason[0] ? ": " : "", a->failure_reason);

		line(out, "attempt", text);
	}
	for (size_t i = 0; i < parts->packages.count; i++) {
		const struct sl_package *p = &parts->packages.items[i];
		SL_CLEANUP(sl_freep)
		char *text = sl_asprintf("%s (%s)", p->arn, p->approval);

		line(out, "model", text);
	}
}

/* --- JSON --- */

static void
job_json(struct sl_json *w, const struct sl_job *job)
{
	char hex[SL_OID_HEX + 1];
	bool supersede;

	sl_json_object(w);
	sl_json_put_int(w, "job", job->id);
	sl_json_put(w, "repository", job->repository);
	sl_json_put(w, "ref", job->ref);
	sl_oid_hex(&job->old_oid, hex);
	sl_json_put(w, "old", hex);
	sl_oid_hex(&job->new_oid, hex);
	sl_json_put(w, "new", hex);
	sl_json_put(w, "kind", sl_job_kind_name(job->kind));
	sl_json_put(w, "flow", job->flow);
	sl_json_put(w, "environment", job->environment);
	sl_json_put(w, "build_id", job->build_id);
	sl_json_put(w, "state", sl_job_state_name(job->state));
	sl_json_put_int(w, "attempt", job->attempt);
	sl_json_put_int(w, "tries", job->tries);
	sl_json_put_int(w, "not_before_s", job->not_before_s);
	sl_json_put_int(w, "debounce_s", debounce_of(job, &supersede));
	sl_json_put(w, "reason", job->last_error);
	sl_json_put(w, "pusher", job->pusher);
	sl_json_put(w, "verdict_id", job->verdict_id);
	sl_json_put_int(w, "created_at_s", job->created_at_s);
	sl_json_put_int(w, "updated_at_s", job->updated_at_s);
	sl_json_end(w);
}

static void
build_json(struct sl_json *w, const struct sl_build *b,
    const struct build_parts *parts)
{
	char hex[SL_OID_HEX + 1];

	sl_json_object(w);
	sl_json_put(w, "build_id", b->build_id);
	sl_json_put(w, "environment", b->environment);
	sl_json_put(w, "pipeline", b->pipeline);
	sl_json_put(w, "project", b->project);
	sl_json_put(w, "ref", b->ref);
	sl_oid_hex(&b->commit, hex);
	sl_json_put(w, "commit", hex);
	sl_json_put(w, "state", sl_build_state_name(b->state));
	sl_json_put(w, "step", sl_build_step_name(b->step));
	sl_json_put(w, "reason", b->reason);
	sl_json_put(w, "pusher", b->pusher);
	sl_json_put(w, "verdict_id", b->verdict_id);
	sl_json_put(w, "policy_digest", b->policy_digest);
	sl_json_put(w, "inputs_digest", b->inputs_digest);
	sl_json_put(w, "definition_digest", b->definition_digest);
	sl_json_put(w, "manifest", b->manifest_uri);
	sl_json_key(w, "attempts");
	sl_json_list(w);
	for (size_t i = 0; i < parts->attempts.count; i++) {
		const struct sl_attempt *a = &parts->attempts.items[i];

		sl_json_object(w);
		sl_json_put_int(w, "attempt", a->number);
		sl_json_put(w, "display_name", a->display_name);
		sl_json_put(w, "status", a->status);
		sl_json_put(w, "execution", a->execution_arn);
		sl_json_put(w, "reason", a->failure_reason);
		sl_json_end(w);
	}
	sl_json_end(w);
	sl_json_key(w, "packages");
	sl_json_list(w);
	for (size_t i = 0; i < parts->packages.count; i++) {
		const struct sl_package *p = &parts->packages.items[i];

		sl_json_object(w);
		sl_json_put(w, "package", p->arn);
		sl_json_put(w, "group", p->group);
		sl_json_put(w, "approval", p->approval);
		sl_json_end(w);
	}
	sl_json_end(w);
	sl_json_end(w);
}

/* --- the site policy --- */

static void
policy_text(const struct runtime *rt, struct sl_buf *out)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf line = SL_BUF_INIT(8192);
	struct policy_state state;

	runtime_policy_state(rt, &state);
	policy_state_line(&state, &line);
	if (line.len == 0)
		return;
	sl_buf_adds(out, "site policy: ");
	sl_text_escape(out, sl_buf_str(&line));
	sl_buf_adds(out, "\n\n");
}

/* Only with a grace: without one nothing is known here. */
static void
policy_json(const struct runtime *rt, struct sl_json *w)
{
	struct policy_state state;

	if (rt->site->policy_grace_s == 0)
		return;
	runtime_policy_state(rt, &state);
	sl_json_key(w, "site_policy");
	sl_json_object(w);
	sl_json_put(w, "state", state.word);
	if (state.since[0] != '\0') {
		sl_json_put(w, "since", state.since);
		sl_json_put(w, "until", state.until);
	}
	if (state.reason[0] != '\0')
		sl_json_put(w, "reason", state.reason);
	sl_json_end(w);
}

/* --- putting together --- */

static int
write_json(struct runtime *rt, const struct sl_jobs *jobs,
    const struct sl_builds *builds, struct sl_buf *out, struct sl_error *err)
{
	struct sl_json w;

	sl_json_init(&w, out, 2);
	sl_json_object(&w);
	sl_json_key(&w, "jobs");
	sl_json_list(&w);
	for (size_t i = 0; i < jobs->count; i++)
		job_json(&w, &jobs->items[i]);
	sl_json_end(&w);
	sl_json_key(&w, "builds");
	sl_json_list(&w);
	for (size_t i = 0; i < builds->count; i++) {
		SL_CLEANUP(build_parts_release)
		struct build_parts parts = BUILD_PARTS_INIT;
		int rc = build_parts_load(rt, &builds->items[i], &parts, err);

		if (rc < 0)
			return rc;
		build_json(&w, &builds->items[i], &parts);
	}
	sl_json_end(&w);
	policy_json(rt, &w);
	sl_json_end(&w);
	sl_buf_addc(out, '\n');
	return SL_OK;
}

static int
write_text(struct runtime *rt, const struct sl_jobs *jobs,
    const struct sl_builds *builds, struct sl_buf *out, struct sl_error *err)
{
	policy_text(rt, out);
	if (jobs->count > 0)
		jobs_table(jobs, sl_clock_now_s(rt->clock), rt->inv->colour,
		    out);
	else if (builds->count == 0)
		sl_buf_adds(out, "nothing was pushed yet\n");
	for (size_t i = 0; i < builds->count; i++) {
		SL_CLEANUP(build_parts_release)
		struct build_parts parts = BUILD_PARTS_INIT;
		int rc = build_parts_load(rt, &builds->items[i], &parts, err);

		if (rc < 0)
			return rc;
		sl_buf_addc(out, '\n');
		build_text(out, &builds->items[i], &parts);
	}
	return SL_OK;
}

static int
print_all(struct runtime *rt, const struct sl_jobs *jobs,
    const struct sl_builds *builds, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(OUTPUT_MAX);
	int rc = rt->inv->json ? write_json(rt, jobs, builds, &out, err)
			       : write_text(rt, jobs, builds, &out, err);

	if (rc < 0)
		return rc;
	return sl_cli_print(stdout, &out) == SL_EXIT_PASS ? SL_OK :
	    sl_error_set(err, SL_EIO, "cannot write the status");
}

static int
print_found(struct runtime *rt, const struct sl_jobs *jobs,
    const struct sl_builds *builds, bool *found, struct sl_error *err)
{
	*found = jobs->count + builds->count > 0;
	return *found ? print_all(rt, jobs, builds, err) : SL_OK;
}

static int
overview(struct runtime *rt, struct sl_error *err)
{
	const struct status_options *o = rt->inv->options;
	const struct sl_job_query query = {
		.limit = o->limit ? o->limit : OVERVIEW_JOBS,
	};
	SL_CLEANUP(sl_jobs_release) struct sl_jobs jobs = SL_JOBS_INIT;
	const struct sl_builds none = SL_BUILDS_INIT;
	int rc = sl_job_list(rt->store, &query, &jobs, err);

	return rc < 0 ? rc : print_all(rt, &jobs, &none, err);
}

static int
status_of_ref(struct runtime *rt, const char *ref, bool *found,
    struct sl_error *err)
{
	const struct status_options *o = rt->inv->options;
	const struct sl_job_query query = {
		.ref = ref,
		.limit = o->limit ? o->limit : OVERVIEW_JOBS,
	};
	const struct sl_build_query latest = {
		.by = SL_BUILD_BY_REF,
		.value = ref,
		.limit = 1,
	};
	SL_CLEANUP(sl_jobs_release) struct sl_jobs jobs = SL_JOBS_INIT;
	SL_CLEANUP(sl_builds_release) struct sl_builds builds = SL_BUILDS_INIT;
	int rc = sl_job_list(rt->store, &query, &jobs, err);

	if (rc == 0)
		rc = sl_build_list(rt->store, &latest, &builds, err);
	return rc < 0 ? rc : print_found(rt, &jobs, &builds, found, err);
}

static int
status_of_build(struct runtime *rt, const char *part, bool *found,
    struct sl_error *err)
{
	SL_CLEANUP(sl_jobs_release) struct sl_jobs all = SL_JOBS_INIT;
	SL_CLEANUP(sl_builds_release) struct sl_builds builds = SL_BUILDS_INIT;
	SL_CLEANUP(sl_freep) struct sl_job *items = NULL;
	struct sl_jobs jobs = SL_JOBS_INIT; /* borrowed from all */
	const struct sl_job_query query = { .limit = BUILD_JOBS };
	struct sl_error none = SL_ERROR_INIT;
	int rc = sl_build_resolve(rt->store, part, &builds, &none);

	/* Several builds: the caller's to say more, nobody's to try again. */
	if (rc == SL_ECONFLICT)
		return sl_error_set(err, SL_EINVAL, "%s", none.text);
	/* A job that waits for its first step has no build yet. */
	rc = sl_job_list(rt->store, &query, &all, err);
	if (rc < 0)
		return rc;
	jobs.items = items = sl_alloc_array(all.count, sizeof(*items));
	for (size_t i = 0; i < all.count; i++)
		if (strstr(all.items[i].build_id, part) != NULL)
			items[jobs.count++] = all.items[i];
	return print_found(rt, &jobs, &builds, found, err);
}

static int
status_of_verdict(struct runtime *rt, const char *id, bool *found,
    struct sl_error *err)
{
	struct sl_verdict_records list = SL_VERDICT_RECORDS_INIT;
	struct sl_error none = SL_ERROR_INIT;
	int rc = sl_verdict_get(rt->store, id, &list, &none);

	*found = rc == 0;
	if (rc == 0) {
		const struct sl_verdict_record *v = &list.items[0];

		/* The report is JSON already, and stays the whole of it. */
		printf("%s\n", v->report);
		sl_verdict_records_release(&list);
		return SL_OK;
	}
	if (rc == SL_ENOTFOUND || rc == SL_EINVAL)
		return SL_OK;
	if (rc == SL_ECONFLICT)
		return sl_error_set(err, SL_EINVAL, "%s", none.text);
	*err = none;
	return rc;
}

static int
status_of(struct runtime *rt, const char *what, struct sl_error *err)
{
	static const char *const prefixes[] = { "", "refs/heads/",
		"refs/tags/" };
	bool found = false;
	int rc = 0;

	for (size_t i = 0; rc == 0 && !found && i < SL_COUNT(prefixes); i++) {
		SL_CLEANUP(sl_freep)
		char *ref = sl_asprintf("%s%s", prefixes[i], what);

		rc = status_of_ref(rt, ref, &found, err);
	}
	if (rc == 0 && !found && strlen(what) >= 4)
		rc = status_of_build(rt, what, &found, err);
	if (rc == 0 && !found)
		rc = status_of_verdict(rt, what, &found, err);
	if (rc == 0 && !found)
		return sl_error_set(err, SL_ENOTFOUND,
		    "no ref, build or verdict of this site is \"%s\"; sluice "
		    "status lists the latest jobs", what);
	return rc;
}

static int
run_status(const struct sl_invocation *inv)
{
	SL_CLEANUP(runtime_release) struct runtime rt = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	if (runtime_init(&rt, inv, &err) < 0 ||
	    runtime_open_site(&rt, &err) < 0)
		return sl_cli_fail(inv, &err);
	rc = runtime_open_store(&rt, SL_STORE_READ, &err);
	if (rc == 0)
		rc = inv->argc > 0 ? status_of(&rt, inv->argv[0], &err) :
				     overview(&rt, &err);
	return rc < 0 ? sl_cli_fail(inv, &err) : SL_EXIT_PASS;
}

const struct sl_cmd cmd_status = {
	.name = "status",
	.brief = "show jobs, builds and verdicts",
	.operands = "[BUILD | REF | VERDICT]",
	.example = "sluice status refs/heads/main",
	.opts = status_opts,
	.options_size = sizeof(struct status_options),
	.max_operands = 1,
	.run = run_status,
};
