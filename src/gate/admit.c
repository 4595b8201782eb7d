/* SPDX-License-Identifier: Apache-2.0 */
/* admit: from refs of a push to jobs. */
#include "gate/gate.h"

#include "base/mem.h"
#include "base/text.h"
#include "flow/flow.h"
#include "gate/filter.h"
#include "gate/gate_int.h"
#include "pipeline/pipeline.h"

void
sl_admissions_release(struct sl_admissions *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].environment);
		free(list->items[i].build_id);
		free(list->items[i].flow);
		free(list->items[i].lane);
		free(list->items[i].payload);
		free(list->items[i].reason);
		free(list->items[i].note);
	}
	free(list->items);
	memset(list, 0, sizeof(*list));
}

int
sl_gate_push_option(struct sl_gate_push *push, struct sl_str option,
    struct sl_error *err)
{
	if (!sl_str_starts(option, "sluice."))
		return SL_OK;
	if (sl_str_eqs(option, "sluice.run=no"))
		push->no_run = "the push said sluice.run=no";
	else if (sl_str_eqs(option, "sluice.run=yes"))
		push->run = true;
	else
		return sl_error_set(err, SL_EINVAL,
		    "unknown push option \"%.*s\"; known are sluice.run=no "
		    "and sluice.run=yes", SL_STR_ARG(option));
	if (push->no_run != NULL && push->run)
		return sl_error_set(err, SL_EINVAL,
		    "the push says both sluice.run=no and sluice.run=yes; say "
		    "one of them");
	return SL_OK;
}

/* --- planning --- */

/* What the refs of one push are planned with. */
struct planning {
	struct sl_gate *gate;
	struct sl_store *store; /* NULL: claims and jobs are not looked at */
	const struct sl_gate_push *push;
};

static void
no_job(struct sl_admission *a, const char *reason)
{
	a->kind = SL_JOB_NONE;
	a->environment = sl_strdup("");
	a->build_id = sl_strdup("");
	a->flow = sl_strdup("none");
	a->lane = sl_strndup(a->line.ref.ptr, a->line.ref.len);
	a->reason = sl_strdup(reason);
}

/*
 * The committed definition, as the build will read it: what the service or the
 * build would refuse later is refused now, with its place.
 */
static int
check_definition(struct sl_gate *gate, const struct sl_plan *plan,
    const struct sl_git_commit *commit, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_PIPELINE_MAX_BYTES);
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *pipeline = NULL;
	int rc;

	if (plan->definition == NULL)
		return SL_OK;
	rc = sl_git_file_at(gate->options.repository, &commit->commit.oid,
	    plan->definition, &text, NULL, err);
	if (rc < 0)
		return sl_error_wrap(err, "pipeline \"%s\"", plan->pipeline);
	rc = sl_pipeline_parse(plan->definition, sl_buf_str(&text), &pipeline,
	    err);
	if (rc < 0 || (rc = sl_pipeline_check(pipeline, err)) < 0)
		return rc;
	return sl_plan_check(plan, pipeline, err);
}

char *
sl_gate_flow_name(const struct sl_flow *flow)
{
	return sl_asprintf("%s/%s", flow->environment,
	    sl_flow_action_name(flow->action));
}

/*
 * What a push does not concern does not run. It keeps the flow's name, so that
 * a repeated hook finds it, whatever the answer would be by then.
 */
static int
filter(const struct planning *p, const struct sl_flow *flow,
    const struct sl_oid *tip, struct sl_admission *a, struct sl_error *err)
{
	struct sl_gate_filter answer;
	SL_CLEANUP(sl_freep) char *ref = NULL;
	struct sl_oid base;
	int rc;

	if (flow->path_count == 0 || p->push->run)
		return SL_OK;
	rc = sl_gate_filter_base(p->gate, p->store, flow, &a->line, tip, &base,
	    err);
	if (rc == 0)
		rc = sl_gate_filter(p->gate, flow, &base, tip, &answer, err);
	if (rc < 0)
		return rc;
	if (answer.runs) {
		if (answer.doubt)
			a->note = sl_strdup(answer.text);
		return SL_OK;
	}
	a->kind = SL_JOB_NONE;
	a->supersede = false;
	ref = sl_text_shell_word(a->line.ref);
	a->reason = sl_asprintf("%s; to run it all the same: sluice run %s "
	    "--rerun, or push with -o sluice.run=yes", answer.text, ref);
	return SL_OK;
}

/* Fill an admission from a flow that runs something. */
static int
plan_flow(const struct planning *p, const struct sl_flow *flow,
    const struct sl_project *project, const struct sl_git_commit *commit,
    struct sl_admission *a, struct sl_error *err)
{
	SL_CLEANUP(sl_plan_freep) struct sl_plan *plan = NULL;
	struct sl_plan_input input = {
		.site = p->gate->options.site,
		.project = project,
		.flow = flow,
		.repository_id = p->gate->repository_id,
		.ref = a->line.ref,
		.commit = commit->commit.oid,
		.tree = commit->commit.tree,
		.commit_time_s = commit->commit.committer.when_s,
	};
	int rc = sl_plan_make(&input, &plan, err);

	if (rc == 0)
		rc = check_definition(p->gate, plan, commit, err);
	if (rc < 0)
		return rc;
	a->environment = sl_strdup(plan->environment);
	a->flow = sl_gate_flow_name(flow);
	a->lane = sl_strdup(plan->name);
	/* Of a tag that was moved, only its new place can be meant. */
	a->supersede = flow->supersede ||
	    (flow->action == SL_FLOW_PROMOTE &&
		sl_str_starts(a->line.ref, "refs/tags/"));
	a->debounce_s = flow->debounce_s;
	a->kind = flow->action == SL_FLOW_PROMOTE ? SL_JOB_PROMOTE :
						    SL_JOB_TRAIN;
	/* Last: what does not run this time can still be asked for. */
	rc = filter(p, flow, &commit->commit.oid, a, err);
	if (rc < 0)
		return rc;
	a->build_id = sl_strdup(a->kind == SL_JOB_NONE ? "" : plan->build_id);
	if (a->kind != SL_JOB_NONE && flow->trigger == SL_FLOW_CI) {
		a->kind = SL_JOB_NONE;
		a->reason = sl_strdup("the CI job of this ref starts it");
	}
	if (a->reason == NULL)
		a->reason = sl_strdup("");
	return SL_OK;
}

/*
 * The promotion that is owed once what runs now is approved: held until then,
 * as a tag's is.
 */
static int
plan_promotion(const struct planning *p, const struct sl_flow *flow,
    const struct sl_project *project, const struct sl_git_commit *commit,
    struct sl_admission *a, struct sl_error *err)
{
	const struct sl_flow promotion = {
		.ref = flow->ref,
		.environment = flow->promote_to,
		.action = SL_FLOW_PROMOTE,
		.names = SL_FLOW_MAIN,
		.from = flow->environment,
		.file = flow->file,
		.line = flow->line,
		.col = flow->col,
	};
	int rc = plan_flow(p, &promotion, project, commit, a, err);

	if (rc < 0)
		return sl_error_wrap(err, "promote-to");
	a->payload = sl_gate_payload(&promotion, project, a->reason);
	return SL_OK;
}

/* What a ref runs; *next is filled where a promotion follows. */
static int
plan_commit(const struct planning *p, const struct sl_git_commit *commit,
    struct sl_admission *a, struct sl_admission *next, struct sl_error *err)
{
	SL_CLEANUP(sl_project_freep) struct sl_project *project = NULL;
	const struct sl_flow *flow = NULL;
	struct sl_error none = SL_ERROR_INIT;
	const struct sl_gate *gate = p->gate;
	int rc = sl_gate_project_at(gate->options.repository,
	    &commit->commit.oid, &project, err);

	if (rc < 0)
		return rc;
	if (project == NULL) {
		no_job(a, "the commit has no " SL_PROJECT_FILE);
		a->payload = sl_gate_payload(NULL, NULL, a->reason);
		return SL_OK;
	}
	rc = sl_flow_choose(gate->options.site, gate->trusted, project,
	    a->line.ref, &flow, &none);
	if (rc == SL_ENOTFOUND || (rc == 0 && flow->action == SL_FLOW_NONE)) {
		no_job(a, "no flow of the site or project names this ref");
		a->payload = sl_gate_payload(rc == 0 ? flow : NULL, project,
		    a->reason);
		return SL_OK;
	}
	if (rc < 0) {
		*err = none;
		return rc;
	}
	/* A repository that follows the standard but has no pipeline yet. */
	if (flow->action == SL_FLOW_TRAIN && project->pipeline_count == 0) {
		no_job(a, SL_PROJECT_FILE " names no pipelines");
		a->payload = sl_gate_payload(flow, project, a->reason);
		return SL_OK;
	}
	if (p->store != NULL) {
		rc = sl_claims_check(p->store, project->id, project->use_case,
		    gate->repository_id, err);
		if (rc < 0)
			return rc;
	}
	rc = plan_flow(p, flow, project, commit, a, err);
	if (rc < 0)
		return rc;
	a->payload = sl_gate_payload(flow, project, a->reason);
	/* Without a build there is nothing to promote. */
	if (a->build_id[0] == '\0' ||
	    sl_flow_promote_to(flow, gate->options.site) == NULL)
		return SL_OK;
	next->line = a->line;
	next->follows = true;
	return plan_promotion(p, flow, project, commit, next, err);
}

/* What a line becomes: *a, and *next where something follows. */
static int
plan_line(const struct planning *p, struct sl_admission *a,
    struct sl_admission *next, struct sl_error *err)
{
	struct sl_git *repository = p->gate->options.repository;
	struct sl_git_commit commit = { 0 };
	struct sl_git_peel peel;
	int rc;

	if (sl_oid_is_zero(&a->line.new_oid)) {
		no_job(a, "the ref was deleted");
	} else if (!sl_gate_ref_flows(a->line.ref)) {
		no_job(a, "only branches and tags flow on");
	} else if (p->push->no_run != NULL) {
		no_job(a, p->push->no_run);
	}
	if (a->flow != NULL) {
		a->payload = sl_gate_payload(NULL, NULL, a->reason);
		return SL_OK;
	}
	rc = sl_git_peel(repository, &a->line.new_oid, &peel, err);
	if (rc < 0)
		return rc;
	if (peel.tip_kind != SL_OBJECT_COMMIT) {
		no_job(a, "the ref does not lead to a commit");
		a->payload = sl_gate_payload(NULL, NULL, a->reason);
		return SL_OK;
	}
	rc = sl_git_commit_read(repository, &peel.tip, &commit, err);
	if (rc == 0)
		rc = plan_commit(p, &commit, a, next, err);
	sl_git_commit_release(&commit);
	return rc;
}

int
sl_gate_plan(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, struct sl_admissions *list,
    struct sl_error *err)
{
	const struct planning p = { gate, store, push };

	list->items = sl_alloc_array(count, 2 * sizeof(*list->items));
	for (size_t i = 0; i < count; i++) {
		struct sl_admission *a = &list->items[list->count];
		int rc;

		a->line = lines[i];
		rc = plan_line(&p, a, a + 1, err);
		list->count += a[1].follows ? 2 : 1;
		if (rc < 0) {
			sl_error_wrap(err, "%.*s", SL_STR_ARG(lines[i].ref));
			sl_admissions_release(list);
			return rc;
		}
	}
	return SL_OK;
}

/* --- admitting --- */

static int
take_claims(const struct sl_gate *gate, struct sl_store *store,
    const struct sl_admission *a, int64_t now, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *project = NULL;
	SL_CLEANUP(sl_freep) char *use_case = NULL;
	int rc = sl_gate_payload_names(a->payload, &project, &use_case, err);

	if (rc < 0 || project == NULL || use_case == NULL)
		return rc;
	return sl_claims_take(store, project, use_case, gate->repository_id,
	    now, err);
}

static int
write_jobs(struct sl_gate *gate, struct sl_store *store,
    const struct sl_gate_push *push, struct sl_admissions *list,
    struct sl_error *err)
{
	int64_t now = sl_clock_now_s(gate->options.clock);
	SL_CLEANUP(sl_freep)
	struct sl_job_new *jobs = sl_alloc_array(list->count, sizeof(*jobs));
	SL_CLEANUP(sl_freep)
	int64_t *ids = sl_alloc_array(list->count, sizeof(*ids));
	char **refs = sl_alloc_array(list->count, sizeof(*refs));
	int rc = 0;

	for (size_t i = 0; i < list->count; i++) {
		struct sl_admission *a = &list->items[i];

		if (a->kind != SL_JOB_NONE && a->debounce_s > 0)
			a->start_s = now + a->debounce_s;
		refs[i] = sl_strndup(a->line.ref.ptr, a->line.ref.len);
		jobs[i] = (struct sl_job_new){
			.ref = refs[i],
			.old_oid = a->line.old_oid,
			.new_oid = a->line.new_oid,
			.kind = a->kind,
			.flow = a->flow,
			.environment = a->environment,
			.lane = a->lane,
			.build_id = a->build_id,
			.supersede = a->supersede,
			.not_before_s = a->start_s,
			.payload = a->payload,
			.reason = a->reason,
		};
		if (rc == 0 && a->kind != SL_JOB_NONE)
			rc = take_claims(gate, store, a, now, err);
	}
	if (rc == 0)
		rc = sl_queue_add(store, gate->repository_id,
		    push->pusher ? push->pusher : "", jobs, list->count, now,
		    ids, err);
	for (size_t i = 0; i < list->count; i++) {
		if (rc == 0)
			list->items[i].job_id = ids[i];
		free(refs[i]);
	}
	free(refs);
	return rc;
}

int
sl_gate_admit(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, struct sl_admissions *list,
    struct sl_error *err)
{
	int rc = sl_gate_plan(gate, store, lines, count, push, list, err);

	if (rc < 0)
		return rc;
	rc = sl_store_begin(store, err);
	if (rc < 0)
		goto out;
	rc = write_jobs(gate, store, push, list, err);
	if (rc == 0)
		rc = sl_store_commit(store, err);
	else
		sl_store_rollback(store);
out:
	if (rc < 0)
		sl_admissions_release(list);
	return rc;
}
