/* SPDX-License-Identifier: Apache-2.0 */
/* run: plan a ref and carry it out in place, in CI or by hand. */
#include "ci-runner/runtime.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "ci-runner/carry.h"
#include "ci-runner/change.h"
#include "ci-runner/definition.h"
#include "crypto/digest.h"
#include "doc/json.h"
#include "git/changes.h"
#include "report/report.h"
#include "store/queue.h"
#include "store/repositories.h"

struct run_options {
	struct sl_common_options common;
	bool no_wait;
	bool rerun;
	bool restart;
	int64_t timeout_ms;
	int64_t poll_ms;
	struct sl_opt_list parameters;
};

static const struct sl_opt run_opts[] = {
	{ "no-wait", 0, SL_OPT_FLAG, offsetof(struct run_options, no_wait),
	    NULL, "end when the execution is started", NULL },
	{ "timeout", 0, SL_OPT_DURATION,
	    offsetof(struct run_options, timeout_ms), "TIME",
	    "give up waiting after TIME (exit 7); nothing is stopped", NULL },
	{ "poll", 0, SL_OPT_DURATION, offsetof(struct run_options, poll_ms),
	    "TIME", "between looks at the execution (default: 15s)", NULL },
	{ "rerun", 0, SL_OPT_FLAG, offsetof(struct run_options, rerun), NULL,
	    "start a next attempt after one that ended", NULL },
	{ "restart", 0, SL_OPT_FLAG, offsetof(struct run_options, restart),
	    NULL, "as --rerun, and stop the attempt that executes", NULL },
	{ "param", 'p', SL_OPT_LIST,
	    offsetof(struct run_options, parameters), "NAME=VALUE",
	    "value of a pipeline parameter; may be given again", NULL },
	{ 0 }
};

struct run {
	struct runtime rt;
	const struct run_options *options;
	struct sl_gate *gate;
	struct subject subject;
	struct carry carry;
	struct sl_pairs extra;
	struct sl_buf definition;
	int64_t deadline_ms; /* monotonic; 0: none */
	char verdict_id[SL_VERDICT_ID_SIZE];
	char policy_digest[SL_SHA256_HEX + 1];
	int exit_code; /* of a verdict that does not pass */
	bool nothing;  /* to run: err says why */
	char line[1024]; /* the last one of the step table */
	bool open_line;  /* it stands on the terminal without a line feed */
};

/* --- the step table --- */

/*
 * A line an event, once. On a terminal a line about waiting is written over
 * by the next one.
 */
static void
on_progress(void *ctx, const struct sl_builder_event *event)
{
	struct run *r = ctx;
	bool waits = !strcmp(event->state, "wait");
	const char *mark = "  ";
	char line[sizeof(r->line)];

	if (r->rt.inv->json || !strcmp(event->state, "begin"))
		return;
	if (!strcmp(event->state, "done"))
		mark = r->rt.inv->colour ? "\x1b[32mok\x1b[0m" : "ok";
	snprintf(line, sizeof(line), "%s %-12s %-24s %-10s %s", mark,
	    event->step, event->name ? event->name : "", event->state,
	    event->detail);
	if (!strcmp(line, r->line))
		return;
	memcpy(r->line, line, sizeof(line));
	printf("%s%s%s", r->open_line ? "\r\x1b[K" : "", line,
	    waits && r->rt.inv->tty ? "" : "\n");
	r->open_line = waits && r->rt.inv->tty;
	fflush(stdout);
}

static void
close_line(struct run *r)
{
	if (r->open_line)
		printf("\r\x1b[K");
	r->open_line = false;
}

/* --- the verdict --- */

/* The accepted verdict that the hook left for this ref at this value. */
static int
find_verdict(struct run *r, struct sl_error *err)
{
	const struct sl_job_query query = {
		.repository = r->gate->repository_id,
		.ref = r->subject.ref,
	};
	struct sl_jobs jobs = SL_JOBS_INIT;
	int rc = sl_job_list(r->rt.store, &query, &jobs, err);

	for (size_t i = 0; rc == 0 && i < jobs.count; i++) {
		const struct sl_job *job = &jobs.items[i];

		if (!sl_oid_eq(&job->new_oid, &r->subject.value) ||
		    job->verdict_id[0] == '\0')
			continue;
		snprintf(r->verdict_id, sizeof(r->verdict_id), "%s",
		    job->verdict_id);
		snprintf(r->policy_digest, sizeof(r->policy_digest), "%s",
		    job->policy_digest);
		break;
	}
	sl_jobs_release(&jobs);
	return rc;
}

static void
show_verdict(const struct sl_verdict *verdict)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4 << 20);
	const struct sl_report_options options = { .max_lines = 40,
		.color = sl_cli_wants_colour(stderr) };

	(void)!sl_report_text(verdict, &options, &out);
	sl_cli_print(stderr, &out);
}

static void
warn_of_policy(const struct sl_gate *gate)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf line = SL_BUF_INIT(8192);

	sl_standing_warn(&gate->standing, &line);
	if (line.len > 0)
		fprintf(stderr, "sluice: %s\n", sl_buf_cstr(&line));
}

/* Where no verdict is stored (in CI), judge now: whole tree, own changes. */
static int
judge(struct run *r, struct sl_error *err)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *verdict = NULL;
	const struct sl_gate_judgement judgement = { 0 };
	int rc = sl_git_changes_revision(r->rt.repository, &r->subject.value,
	    sl_str(r->subject.ref), &set, err);

	if (rc == 0)
		rc = sl_gate_judge(r->gate, &set, &judgement, &verdict, err);
	if (rc < 0)
		return rc;
	warn_of_policy(r->gate);
	snprintf(r->policy_digest, sizeof(r->policy_digest), "%s",
	    verdict->policy_digest);
	if (verdict->outcome == SL_OUTCOME_PASS)
		return SL_OK;
	show_verdict(verdict);
	r->exit_code = verdict->outcome == SL_OUTCOME_FAIL ?
	    SL_EXIT_VIOLATIONS : SL_EXIT_UNDECIDED;
	return sl_error_set(err, SL_EREFUSED,
	    "%s does not pass the policy, so nothing runs", r->subject.ref);
}

/* --- preparing --- */

/*
 * A clone on the server's own machine finds the site's state, but is not the
 * repository that it is about: there too the manifest is the record.
 */
static int
drop_foreign_store(struct run *r, struct sl_error *err)
{
	struct sl_repositories list = SL_REPOSITORIES_INIT;
	bool known = false;
	int rc;

	if (r->rt.store == NULL)
		return SL_OK;
	rc = sl_repository_list(r->rt.store, &list, err);
	for (size_t i = 0; rc == 0 && i < list.count; i++)
		known = known ||
		    !strcmp(list.items[i].id, r->gate->repository_id);
	sl_repositories_release(&list);
	if (rc == 0 && !known) {
		sl_store_free(r->rt.store);
		r->rt.store = NULL;
	}
	return rc;
}

static int
read_parameters(struct run *r, struct sl_error *err)
{
	const struct sl_opt_list *list = &r->options->parameters;

	r->extra.items = sl_alloc_array(list->count, sizeof(*r->extra.items));
	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->items[i], '=');

		if (equals == NULL || equals == list->items[i])
			return sl_error_set(err, SL_EINVAL,
			    "--param=%s is not NAME=VALUE", list->items[i]);
		r->extra.items[r->extra.count].key = sl_strndup(list->items[i],
		    (size_t)(equals - list->items[i]));
		r->extra.items[r->extra.count++].value = sl_strdup(equals + 1);
	}
	return SL_OK;
}

static int
open_subject(struct run *r, struct sl_error *err)
{
	const char *text = r->rt.inv->argc > 0 ? r->rt.inv->argv[0] : NULL;
	SL_CLEANUP(sl_freep) char *ref = NULL;
	struct sl_oid value;
	int rc = subject_find_ref(r->rt.repository, text, &ref, err);

	if (rc < 0)
		return rc;
	rc = subject_find_value(r->rt.repository, ref, text != NULL, &value,
	    err);
	if (rc == 0)
		rc = runtime_open_gate(&r->rt, &r->gate, err);
	if (rc == 0)
		rc = subject_open(r->gate, ref, &value, NULL, &r->subject,
		    &r->nothing, err);
	return rc;
}

/* In a CI job the flow's `paths` decide; a person who asks gets it. */
static int
filter(struct run *r, struct sl_error *err)
{
	struct sl_gate_filter answer;
	bool asked = false;
	int rc;

	if (r->options->rerun || r->options->restart)
		return SL_OK;
	rc = change_of_job(r->gate, &r->subject, &asked, &answer, err);
	if (rc < 0 || !asked)
		return rc;
	if (answer.runs && answer.doubt && !r->rt.inv->json)
		fprintf(stderr, "sluice run: it runs: %s\n", answer.text);
	if (answer.runs)
		return SL_OK;
	r->nothing = true;
	sl_error_set(err, SL_ENOTFOUND, "%s; --rerun runs it all the same",
	    answer.text);
	return SL_OK;
}

static int
open_run(struct run *r, const struct sl_invocation *inv, struct sl_error *err)
{
	struct carry_options options = {
		.origin = SL_FLOW_CI,
		.rerun = r->options->rerun,
		.restart = r->options->restart,
		.extra = &r->extra,
		.poll_ms = r->options->poll_ms,
		.progress = on_progress,
		.progress_ctx = r,
	};
	int rc = runtime_init(&r->rt, inv, err);

	if (rc == 0 && r->options->timeout_ms != 0)
		r->deadline_ms = sl_clock_monotonic_ms(r->rt.clock) +
		    r->options->timeout_ms;
	if (rc == 0)
		rc = runtime_open_repository(&r->rt, err);
	if (rc == 0)
		rc = runtime_open_site(&r->rt, err);
	if (rc < 0)
		return rc;
	/* A CI job has no state of the site: the manifest is its record. */
	rc = runtime_open_store(&r->rt, 0, err);
	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	sl_error_clear(err);
	rc = open_subject(r, err);
	if (rc == 0 && !r->nothing)
		rc = filter(r, err);
	if (rc < 0 || r->nothing)
		return rc;
	rc = drop_foreign_store(r, err);
	if (rc == 0 && r->rt.store != NULL)
		rc = find_verdict(r, err);
	if (rc == 0 && r->verdict_id[0] == '\0')
		rc = judge(r, err);
	if (rc == 0)
		rc = read_parameters(r, err);
	if (rc == 0)
		rc = definition_of_command(&r->rt, &r->subject,
		    r->deadline_ms, &r->definition, err);
	if (rc < 0)
		return rc;
	options.verdict_id = r->verdict_id[0] ? r->verdict_id : NULL;
	options.policy_digest = r->policy_digest;
	options.definition = sl_buf_str(&r->definition);
	return carry_open(&r->rt, r->gate, &r->subject, &options, &r->carry,
	    err);
}

/* --- waiting --- */

static bool
is_over(const struct run *r, const struct sl_builder_outcome *outcome)
{
	int64_t now = sl_clock_monotonic_ms(r->rt.clock);

	if (outcome->state != SL_BUILDER_AGAIN &&
	    outcome->state != SL_BUILDER_HELD)
		return true;
	if (r->options->no_wait)
		return true;
	/* Nobody brings credentials to a program that waits for them. */
	if (outcome->error.code == SL_EDENIED && outcome->execution[0] == '\0')
		return true;
	return r->deadline_ms != 0 &&
	    now + outcome->delay_ms > r->deadline_ms;
}

static void
carry_out(struct run *r, struct sl_builder_outcome *outcome)
{
	for (;;) {
		sl_builder_step(r->carry.builder, outcome);
		if (is_over(r, outcome))
			return;
		if (outcome->error.code != 0 && !r->rt.inv->json) {
			close_line(r);
			fprintf(stderr, "sluice run: %s; trying again\n",
			    outcome->error.text);
		}
		sl_clock_sleep_ms(r->rt.clock, outcome->delay_ms);
	}
}

static int
exit_of(const struct run *r, const struct sl_builder_outcome *outcome)
{
	switch (outcome->state) {
	case SL_BUILDER_DONE:
		return SL_EXIT_PASS;
	case SL_BUILDER_HELD:
		return SL_EXIT_RUNNING;
	case SL_BUILDER_AGAIN:
		if (outcome->error.code != 0)
			return sl_exit_of_error(outcome->error.code);
		return r->options->no_wait && outcome->execution[0] ?
		    SL_EXIT_PASS : SL_EXIT_RUNNING;
	case SL_BUILDER_FAILED:
		return outcome->executed ? SL_EXIT_FAILED :
		    sl_exit_of_error(outcome->error.code);
	case SL_BUILDER_STOPPED:
		return SL_EXIT_STOPPED;
	case SL_BUILDER_REFUSED:
		break;
	}
	return SL_EXIT_VIOLATIONS;
}

static int
show_outcome(const struct run *r, const struct sl_builder_outcome *outcome)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 18);
	const struct sl_plan *plan = r->subject.plan;
	struct sl_json w;

	if (r->rt.inv->json) {
		sl_json_init(&w, &out, 2);
		sl_json_object(&w);
		sl_json_put(&w, "build_id", plan->build_id);
		sl_json_put(&w, "ref", plan->ref);
		sl_json_put(&w, "environment", plan->environment);
		sl_json_put(&w, "state", sl_builder_state_name(outcome->state));
		sl_json_put(&w, "step", outcome->step);
		sl_json_put_int(&w, "attempt", outcome->attempt);
		sl_json_put(&w, "execution", outcome->execution);
		sl_json_put(&w, "package", outcome->package);
		sl_json_put_int(&w, "inputs_changed",
		    (int64_t)outcome->inputs_changed);
		sl_json_put(&w, "reason", outcome->error.text);
		sl_json_end(&w);
		sl_buf_addc(&out, '\n');
		return sl_cli_print(stdout, &out);
	}
	sl_buf_addf(&out, "%s: build %s in %s",
	    outcome->state == SL_BUILDER_AGAIN ? "not at its end" :
		sl_builder_state_name(outcome->state), plan->build_id,
	    plan->environment);
	if (outcome->attempt > 1)
		sl_buf_addf(&out, ", attempt %u", outcome->attempt);
	sl_buf_addc(&out, '\n');
	if (outcome->execution[0] != '\0')
		sl_buf_addf(&out, "  execution %s\n", outcome->execution);
	if (outcome->package[0] != '\0')
		sl_buf_addf(&out, "  package   %s\n", outcome->package);
	if (outcome->inputs_changed > 0)
		sl_buf_addf(&out, "  inputs    %llu changed since the start: "
		    "no model of this attempt can be promoted; --rerun makes "
		    "another\n",
		    (unsigned long long)outcome->inputs_changed);
	if (outcome->error.code != 0)
		sl_buf_addf(&out, "  because   %s\n", outcome->error.text);
	return sl_cli_print(stdout, &out);
}

static int
run_run(const struct sl_invocation *inv)
{
	struct run r = { .options = inv->options };
	struct sl_builder_outcome outcome = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	int code, printed;

	sl_buf_init(&r.definition, SL_PIPELINE_MAX_BYTES);
	if (open_run(&r, inv, &err) < 0) {
		code = sl_cli_fail(inv, &err);
		if (r.exit_code != 0)
			code = r.exit_code;
	} else if (r.nothing) {
		code = subject_nothing_to_run(inv, r.subject.ref, &err);
	} else {
		carry_out(&r, &outcome);
		close_line(&r);
		printed = show_outcome(&r, &outcome);
		code = exit_of(&r, &outcome);
		if (code == SL_EXIT_PASS)
			code = printed;
	}
	carry_release(&r.carry);
	subject_release(&r.subject);
	sl_pairs_release(&r.extra);
	sl_buf_release(&r.definition);
	sl_gate_free(r.gate);
	runtime_release(&r.rt);
	return code;
}

const struct sl_cmd cmd_run = {
	.name = "run",
	.brief = "plan a ref and carry it out, waiting to the end",
	.operands = "[REF]",
	.example = "sluice run main --timeout=2h",
	.opts = run_opts,
	.options_size = sizeof(struct run_options),
	.max_operands = 1,
	.run = run_run,
};
