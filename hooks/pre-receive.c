/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre-receive (and update, for servers that cannot have it): judge what is
 * pushed, tell the pusher, and let it in only when the verdict is on disk.
 */
#include "hooks/hook.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "git/changes.h"
#include "hooks/watchdog.h"
#include "report/report.h"

/** Lines that a push shows at most, and findings among them. */
#define REPORT_LINES 20
#define REPORT_FINDINGS 10

static void
progress(void *ctx, const struct sl_progress *p)
{
	const struct hook *hook = ctx;
	static int64_t next_ms = 1000;
	char what[80];

	snprintf(what, sizeof(what), "checking %s, %llu of %llu", p->what,
	    (unsigned long long)p->done, (unsigned long long)p->total);
	hook_watchdog_note(hook, what);
	/* Once after a second, then ever more rarely. */
	if (p->elapsed_ms < next_ms)
		return;
	next_ms *= 3;
	hook_say(hook, "sluice: %s", what);
}

static int
show_verdict(const struct hook *hook, const char *site_path,
    const struct sl_verdict *verdict, const char *id, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_freep) char *more = NULL;
	SL_CLEANUP(sl_freep) char *site = NULL;
	struct sl_report_options options = {
		.prefix = hook_prefix(hook),
		.html = hook->env.web,
		.max_lines = REPORT_LINES,
		.max_findings = REPORT_FINDINGS,
	};

	if (id != NULL) {
		site = sl_text_shell_word(sl_str(site_path));
		more = sl_asprintf("sluice status --site=%s %.12s", site, id);
		options.more = more;
	}
	if (sl_report_text(verdict, &options, &out) < 0)
		sl_buf_adds(&out, "sluice: the report is too long to show\n");
	return hook_write(&out, err);
}

static int
exit_of(const struct sl_verdict *verdict)
{
	switch (verdict->outcome) {
	case SL_OUTCOME_PASS:
		return SL_EXIT_PASS;
	case SL_OUTCOME_FAIL:
		return SL_EXIT_VIOLATIONS;
	case SL_OUTCOME_UNDECIDED:
		break;
	}
	return SL_EXIT_UNDECIDED;
}

static void
say_project_fault(const struct hook *hook, const struct sl_gate *gate)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];

	if (gate->project_fault.code == 0)
		return;
	sl_error_format(&gate->project_fault, shown, sizeof(shown));
	hook_say(hook, "sluice: the project file on the policy ref does not "
		       "load, so the site's policy alone judges: %s", shown);
	hook_say(hook, "sluice: push a corrected %s to %s", SL_PROJECT_FILE,
	    gate->policy_ref);
}

static void
say_baseline_fault(const struct hook *hook, const struct sl_gate *gate)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];

	if (gate->baseline_fault.code == 0)
		return;
	sl_error_format(&gate->baseline_fault, shown, sizeof(shown));
	hook_say(hook, "sluice: the baseline on the policy ref does not load, "
		       "so all is judged without it: %s", shown);
	hook_say(hook, "sluice: push a corrected %s to %s", SL_BASELINE_FILE,
	    gate->policy_ref);
}

/* That the last good site policy judges, or that none can be kept. */
static void
say_standing(const struct hook *hook, const struct sl_gate *gate)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf line = SL_BUF_INIT(8192);

	sl_standing_warn(&gate->standing, &line);
	if (line.len > 0)
		hook_say(hook, "sluice: %s", sl_buf_cstr(&line));
}

/* What is judged and recorded about one push. */
struct judging {
	struct hook *hook;
	struct hook_place *place;
	const struct sl_ref_line *lines;
	size_t count;
	bool pushed; /* the quarantine is there: pre-receive, not update */
	struct sl_gate *gate;
	struct sl_store *store;
	struct sl_verdict *verdict;
	struct sl_error unplanned; /* why a push that passes stays out all the
				      same: it may not, or cannot be carried
				      out; code 0 where it may go in */
};

static int
find_changes(struct judging *j, struct sl_change_set *set,
    struct sl_error *err)
{
	const struct sl_ref_line *line = &j->lines[0];

	if (j->pushed || sl_oid_is_zero(&line->new_oid))
		return sl_gate_changes(j->gate, j->lines, j->count, set, err);
	/* In update the objects are in already, and other refs of this push
	 * may have moved: only old..new says what is new. */
	return sl_git_changes_range(j->place->repository, &line->old_oid,
	    &line->new_oid, line->ref, NULL, set, err);
}

/*
 * A repository that moves in may take its time. GitHub's server takes none of
 * ours away: there what is left out goes in unjudged, and is recorded so.
 */
static void
allow_import(const struct judging *j, const struct sl_site_pusher *pusher,
    struct sl_gate_judgement *judgement)
{
	const char *const names[] = { j->gate->repository_id,
		sl_git_common_dir(j->place->repository), j->hook->env.name };

	judgement->import = sl_site_import(j->place->site, names,
	    SL_COUNT(names), pusher->person, sl_clock_now_s(sl_clock_system()));
	if (judgement->import == NULL)
		return;
	hook_say(j->hook, "sluice: this push is part of an import, until %s "
			  "(%s): what there is no time for does not block",
	    judgement->import->until, judgement->import->reason);
	if (j->hook->env.host == SL_HOST_GITHUB)
		return;
	judgement->budget_ms = 0;
	hook_watchdog(j->hook, 0);
}

static int
judge(struct judging *j, const struct sl_site_pusher *pusher,
    struct sl_error *err)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	const struct sl_gate_options options = {
		.site = j->place->site,
		.repository = j->place->repository,
		.packs_dir = j->place->packs_dir,
		.clock = sl_clock_system(),
	};
	struct sl_gate_judgement judgement = {
		.started_ms = j->hook->started_ms,
		.budget_ms = j->place->site->budgets_ms[j->hook->env.host],
		.pusher = pusher,
		.progress = progress,
		.progress_ctx = j->hook,
	};
	int rc = sl_gate_open(&options, &j->gate, err);

	if (rc == 0)
		allow_import(j, pusher, &judgement);
	if (rc == 0)
		rc = sl_gate_load_policy(j->gate, err);
	if (rc == 0)
		rc = find_changes(j, &set, err);
	if (rc == 0)
		rc = sl_gate_judge(j->gate, &set, &judgement, &j->verdict, err);
	return rc;
}

/*
 * A push that passes must also be one that can be carried out: its flows are
 * planned now, while it can still be refused.
 */
static int
plan(struct judging *j, const struct sl_gate_push *push, struct sl_error *err)
{
	SL_CLEANUP(sl_admissions_release) struct sl_admissions list = { 0 };
	struct sl_site_pusher pusher = hook_pusher(j->place);
	int rc = sl_gate_check_owners(j->gate, j->lines, j->count, &pusher,
	    err);

	if (rc == 0)
		rc = sl_gate_check_source(j->gate, j->lines, j->count, err);
	if (rc < 0)
		return rc;
	return sl_gate_plan(j->gate, j->store, j->lines, j->count, push, &list,
	    err);
}

static int
record(struct judging *j, const struct sl_gate_push *push,
    struct sl_error *err)
{
	bool accepted = j->verdict->outcome == SL_OUTCOME_PASS;
	char id[SL_VERDICT_ID_SIZE];
	int rc = sl_store_open(j->place->site->state,
	    SL_STORE_CREATE | SL_STORE_SHORT, &j->store, err);
	if (rc < 0)
		return rc;
	if (accepted && plan(j, push, &j->unplanned) < 0)
		accepted = false;
	SL_FAULT_POINT("pre-receive-record");
	rc = sl_gate_record(j->gate, j->store, j->verdict, accepted, j->lines,
	    j->count, push, id, err);
	SL_FAULT_POINT("pre-receive-recorded");
	/* "pass" above a refusal would only mislead. */
	if (rc == 0 && j->unplanned.code == 0)
		rc = show_verdict(j->hook, j->place->site_path, j->verdict,
		    id, err);
	return rc;
}

/* The flow of a push that passes cannot be: its author's to mend. */
static int
refuse_unplanned(const struct hook *hook, const struct sl_error *why)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];

	switch (why->code) {
	case SL_ECONFIG:
	case SL_EREFUSED:
	case SL_EINVAL:
	case SL_ENOTFOUND:
	case SL_ETOOBIG:
		sl_error_format(why, shown, sizeof(shown));
		hook_say(hook, "sluice: refused: %s", shown);
		return SL_EXIT_VIOLATIONS;
	default:
		return hook_refuse(hook, why);
	}
}

static int
judge_and_record(struct judging *j, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf options = SL_BUF_INIT(1 << 18);
	struct sl_site_pusher pusher = hook_pusher(j->place);
	struct sl_gate_push push = { .pusher = hook_pusher_name(&pusher) };
	int rc = hook_read_options(j->hook, &push, &options, err);

	if (rc == 0)
		rc = judge(j, &pusher, err);
	if (rc < 0)
		return rc;
	push.options = sl_buf_cstr(&options);
	say_standing(j->hook, j->gate);
	say_project_fault(j->hook, j->gate);
	say_baseline_fault(j->hook, j->gate);
	rc = record(j, &push, err);
	/* That the policy passes would only mislead here. */
	if (rc < 0 && j->store == NULL &&
	    j->verdict->outcome != SL_OUTCOME_PASS)
		show_verdict(j->hook, NULL, j->verdict, NULL, NULL);
	return rc;
}

int
hook_judge_and_record(struct hook *hook, struct hook_place *place,
    const struct sl_ref_line *lines, size_t count, bool pushed)
{
	struct judging j = {
		.hook = hook,
		.place = place,
		.lines = lines,
		.count = count,
		.pushed = pushed,
	};
	struct sl_error err = SL_ERROR_INIT;
	int code;

	if (judge_and_record(&j, &err) < 0) {
		code = hook_refuse(hook, &err);
		if (j.verdict != NULL && exit_of(j.verdict) != SL_EXIT_PASS)
			code = exit_of(j.verdict);
	} else if (j.unplanned.code != 0) {
		code = refuse_unplanned(hook, &j.unplanned);
	} else {
		code = exit_of(j.verdict);
	}
	sl_verdict_free(j.verdict);
	sl_store_free(j.store);
	sl_gate_free(j.gate);
	return code;
}

static int
run_pre_receive(struct hook *hook)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf input = SL_BUF_INIT(0);
	SL_CLEANUP(sl_freep) struct sl_ref_line *lines = NULL;
	SL_CLEANUP(hook_place_release) struct hook_place place = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	size_t count = 0;

	hook_watchdog(hook, sl_host_budget_ms(hook->env.host));
	/* All of the input is read before anything can fail. */
	if (hook_read_lines(&input, &lines, &count, &err) < 0)
		return hook_refuse(hook, &err);
	if (count == 0) {
		hook_say(hook, "sluice: no refs change in this push");
		return SL_EXIT_PASS;
	}
	if (hook_place_open(hook, &place, &err) < 0)
		return hook_refuse(hook, &err);
	hook_watchdog(hook, place.site->budgets_ms[hook->env.host]);
	return hook_judge_and_record(hook, &place, lines, count, true);
}

const struct hook_event hook_event_pre_receive = {
	.name = "pre-receive",
	.brief = "judge a push before it goes in",
	.run = run_pre_receive,
};

/* A ref line out of update's three arguments. */
static int
read_arguments(const struct hook *hook, struct sl_buf *input,
    struct sl_ref_line **lines, size_t *count, struct sl_error *err)
{
	if (hook->argc != 3)
		return sl_error_set(err, SL_EINVAL,
		    "update takes a ref, its old and its new id");
	sl_buf_init(input, 65536);
	sl_buf_addf(input, "%s %s %s\n", hook->argv[1], hook->argv[2],
	    hook->argv[0]);
	if (input->over)
		return sl_error_set(err, SL_ETOOBIG, "the ref name is longer "
						     "than 65,000 bytes");
	if (sl_ref_lines_parse(sl_buf_str(input), 1, lines, count, err) < 0)
		return err->code;
	*count = hook_drop_unchanged(*lines, *count);
	return SL_OK;
}

static int
run_update(struct hook *hook)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf input = SL_BUF_INIT(0);
	SL_CLEANUP(sl_freep) struct sl_ref_line *lines = NULL;
	SL_CLEANUP(hook_place_release) struct hook_place place = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	size_t count = 0;

	hook_watchdog(hook, sl_host_budget_ms(hook->env.host));
	if (read_arguments(hook, &input, &lines, &count, &err) < 0)
		return hook_refuse(hook, &err);
	if (count == 0)
		return SL_EXIT_PASS;
	if (hook_place_open(hook, &place, &err) < 0)
		return hook_refuse(hook, &err);
	hook_watchdog(hook, place.site->budgets_ms[hook->env.host]);
	return hook_judge_and_record(hook, &place, lines, count, false);
}

const struct hook_event hook_event_update = {
	.name = "update",
	.brief = "judge one ref, where a server cannot have pre-receive",
	.run = run_update,
};
