/* SPDX-License-Identifier: Apache-2.0 */
/* admit: from refs of a push to jobs, now or made up for later. */
#include "gate/gate.h"

#include "base/mem.h"
#include "base/text.h"
#include "doc/json.h"
#include "flow/flow.h"
#include "gate/gate_int.h"
#include "git/changes.h"
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
	}
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* --- the flow of a job, as JSON --- */

static void
write_flow(struct sl_json *w, const struct sl_flow *flow)
{
	sl_json_key(w, "flow");
	sl_json_object(w);
	sl_json_put(w, "ref", flow->ref);
	sl_json_put(w, "environment", flow->environment);
	sl_json_put(w, "action", sl_flow_action_name(flow->action));
	sl_json_put(w, "trigger", sl_flow_trigger_name(flow->trigger));
	sl_json_put(w, "names",
	    flow->names == SL_FLOW_BRANCH ? "branch" : "main");
	sl_json_put(w, "approval",
	    flow->approval == SL_FLOW_APPROVED ? "approved" : "pending");
	if (flow->from != NULL)
		sl_json_put(w, "from", flow->from);
	if (flow->pipeline != NULL)
		sl_json_put(w, "pipeline", flow->pipeline);
	sl_json_put_bool(w, "supersede", flow->supersede);
	sl_json_end(w);
	sl_json_key(w, "place");
	sl_json_object(w);
	sl_json_put(w, "file", flow->file ? flow->file : "");
	sl_json_put_int(w, "line", flow->line);
	sl_json_put_int(w, "col", flow->col);
	sl_json_end(w);
}

static char *
text_of(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);
	struct sl_str s;

	if (node == NULL)
		return NULL;
	s = sl_node_text(node);
	if (s.len == 0 || (sl_node_style(node) == SL_STYLE_WORD &&
			      sl_str_eqs(s, "null")))
		return NULL;
	return sl_strndup(s.ptr, s.len);
}

static bool
text_is(const struct sl_node *map, const char *key, const char *value)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node != NULL && sl_str_eqs(sl_node_text(node), value);
}

int
sl_gate_flow_read(const char *payload, struct sl_flows *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *node, *place;
	struct sl_flow *flow;
	int rc = sl_doc_parse_json("job", sl_str(payload), NULL, &doc, err);

	node = rc == 0 ? sl_node_get(sl_doc_root(doc), "flow") : NULL;
	if (node == NULL || sl_node_get(node, "action") == NULL)
		return sl_error_set(err, SL_ECORRUPT,
		    "the job's payload holds no flow; drop the job and push "
		    "the ref again");
	place = sl_node_get(sl_doc_root(doc), "place");
	out->items = flow = sl_alloc(sizeof(*flow));
	out->count = 1;
	flow->ref = text_of(node, "ref");
	flow->environment = text_of(node, "environment");
	flow->action = text_is(node, "action", "train") ? SL_FLOW_TRAIN :
	    text_is(node, "action", "promote")		? SL_FLOW_PROMOTE :
							  SL_FLOW_NONE;
	flow->trigger = text_is(node, "trigger", "ci") ? SL_FLOW_CI :
							 SL_FLOW_HOOK;
	flow->names = text_is(node, "names", "branch") ? SL_FLOW_BRANCH :
							 SL_FLOW_MAIN;
	flow->approval = text_is(node, "approval", "approved") ?
	    SL_FLOW_APPROVED : SL_FLOW_PENDING;
	flow->from = text_of(node, "from");
	flow->pipeline = text_of(node, "pipeline");
	flow->supersede = text_is(node, "supersede", "true");
	flow->file = text_of(place, "file");
	return SL_OK;
}

/* --- planning --- */

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

static char *
make_payload(const struct sl_admission *a, const struct sl_flow *flow,
    const struct sl_project *project)
{
	struct sl_buf json = SL_BUF_INIT(SL_JOB_PAYLOAD_MAX);
	struct sl_json w;

	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	if (flow != NULL)
		write_flow(&w, flow);
	if (project != NULL) {
		sl_json_put(&w, "project", project->id);
		sl_json_put(&w, "use_case", project->use_case);
	}
	sl_json_put(&w, "reason", a->reason);
	sl_json_end(&w);
	return sl_buf_steal(&json);
}

/*
 * The committed definition, as the build will read it: what the service would
 * refuse later is refused now, with its place.
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
	return rc < 0 ? rc : sl_pipeline_check(pipeline, err);
}

/* Fill an admission from a flow that runs something. */
static int
plan_flow(struct sl_gate *gate, const struct sl_flow *flow,
    const struct sl_project *project, const struct sl_git_commit *commit,
    struct sl_admission *a, struct sl_error *err)
{
	SL_CLEANUP(sl_plan_freep) struct sl_plan *plan = NULL;
	struct sl_plan_input input = {
		.site = gate->options.site,
		.project = project,
		.flow = flow,
		.repository_id = gate->repository_id,
		.ref = a->line.ref,
		.commit = commit->commit.oid,
		.tree = commit->commit.tree,
		.commit_time_s = commit->commit.committer.when_s,
	};
	int rc = sl_plan_make(&input, &plan, err);

	if (rc == 0)
		rc = check_definition(gate, plan, commit, err);
	if (rc < 0)
		return rc;
	a->environment = sl_strdup(plan->environment);
	a->build_id = sl_strdup(plan->build_id);
	a->flow = sl_asprintf("%s/%s", plan->environment,
	    sl_flow_action_name(flow->action));
	a->lane = sl_strdup(plan->name);
	a->supersede = flow->supersede;
	if (flow->trigger == SL_FLOW_CI) {
		a->kind = SL_JOB_NONE;
		a->reason = sl_strdup("the CI job of this ref starts it");
		return SL_OK;
	}
	a->kind = flow->action == SL_FLOW_PROMOTE ? SL_JOB_PROMOTE :
						    SL_JOB_TRAIN;
	a->reason = sl_strdup("");
	return SL_OK;
}

static int
plan_commit(struct sl_gate *gate, struct sl_store *store,
    const struct sl_git_commit *commit, struct sl_admission *a,
    struct sl_error *err)
{
	SL_CLEANUP(sl_project_freep) struct sl_project *project = NULL;
	const struct sl_flow *flow = NULL;
	struct sl_error none = SL_ERROR_INIT;
	int rc = sl_gate_project_at(gate->options.repository,
	    &commit->commit.oid, &project, err);

	if (rc < 0)
		return rc;
	if (project == NULL) {
		no_job(a, "the commit has no " SL_PROJECT_FILE);
		a->payload = make_payload(a, NULL, NULL);
		return SL_OK;
	}
	rc = sl_flow_choose(gate->options.site, gate->trusted, project,
	    a->line.ref, &flow, &none);
	if (rc == SL_ENOTFOUND || (rc == 0 && flow->action == SL_FLOW_NONE)) {
		no_job(a, "no flow of the site or project names this ref");
		a->payload = make_payload(a, rc == 0 ? flow : NULL, project);
		return SL_OK;
	}
	if (rc < 0) {
		*err = none;
		return rc;
	}
	/* A repository that follows the standard but has no pipeline yet. */
	if (flow->action == SL_FLOW_TRAIN && project->pipeline_count == 0) {
		no_job(a, SL_PROJECT_FILE " names no pipelines");
		a->payload = make_payload(a, flow, project);
		return SL_OK;
	}
	if (store != NULL) {
		rc = sl_claims_check(store, project->id, project->use_case,
		    gate->repository_id, err);
		if (rc < 0)
			return rc;
	}
	rc = plan_flow(gate, flow, project, commit, a, err);
	if (rc == 0)
		a->payload = make_payload(a, flow, project);
	return rc;
}

static int
plan_line(struct sl_gate *gate, struct sl_store *store,
    const struct sl_gate_push *push, struct sl_admission *a,
    struct sl_error *err)
{
	struct sl_git_commit commit = { 0 };
	struct sl_git_peel peel;
	int rc;

	if (sl_oid_is_zero(&a->line.new_oid)) {
		no_job(a, "the ref was deleted");
	} else if (!sl_gate_ref_flows(a->line.ref)) {
		no_job(a, "only branches and tags flow on");
	} else if (push->no_run) {
		no_job(a, "the push said sluice.run=no");
	}
	if (a->flow != NULL) {
		a->payload = make_payload(a, NULL, NULL);
		return SL_OK;
	}
	rc = sl_git_peel(gate->options.repository, &a->line.new_oid, &peel,
	    err);
	if (rc < 0)
		return rc;
	if (peel.tip_kind != SL_OBJECT_COMMIT) {
		no_job(a, "the ref does not lead to a commit");
		a->payload = make_payload(a, NULL, NULL);
		return SL_OK;
	}
	rc = sl_git_commit_read(gate->options.repository, &peel.tip, &commit,
	    err);
	if (rc == 0)
		rc = plan_commit(gate, store, &commit, a, err);
	sl_git_commit_release(&commit);
	return rc;
}

int
sl_gate_plan(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, struct sl_admissions *list,
    struct sl_error *err)
{
	list->items = sl_alloc_array(count, sizeof(*list->items));
	list->count = count;
	for (size_t i = 0; i < count; i++) {
		int rc;

		list->items[i].line = lines[i];
		rc = plan_line(gate, store, push, &list->items[i], err);
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
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_freep) char *project = NULL;
	SL_CLEANUP(sl_freep) char *use_case = NULL;
	int rc = sl_doc_parse_json("job", sl_str(a->payload), NULL, &doc, err);

	if (rc < 0)
		return rc;
	project = text_of(sl_doc_root(doc), "project");
	use_case = text_of(sl_doc_root(doc), "use_case");
	if (project == NULL || use_case == NULL)
		return SL_OK;
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
		const struct sl_admission *a = &list->items[i];

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
			.payload = a->payload,
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
	int rc = sl_gate_plan(gate, NULL, lines, count, push, list, err);

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

/* --- making up for hooks that died --- */

int
sl_gate_judge_later(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *line, bool *passed, char id[SL_VERDICT_ID_SIZE],
    struct sl_verdict **out, struct sl_error *err)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *verdict = NULL;
	const struct sl_gate_judgement judgement = { 0 };
	const struct sl_gate_push push = { .pusher = "" };
	int rc = sl_gate_load_policy(gate, err);

	/* The ref is at its new value already, so that everything it reaches
	 * is known: what counts is what came since the last value. */
	if (rc == 0 && sl_oid_is_zero(&line->new_oid))
		rc = sl_git_changes_push(gate->options.repository, line, 1,
		    NULL, &set, err);
	else if (rc == 0)
		rc = sl_git_changes_range(gate->options.repository,
		    &line->old_oid, &line->new_oid, line->ref, NULL, &set,
		    err);
	if (rc == 0)
		rc = sl_gate_judge(gate, &set, &judgement, &verdict, err);
	if (rc < 0)
		return rc;
	*passed = verdict->outcome == SL_OUTCOME_PASS;
	rc = sl_gate_record(gate, store, verdict, *passed, line, 1, &push, id,
	    err);
	if (rc == 0 && out != NULL)
		*out = sl_steal(&verdict);
	return rc;
}

/* Whether the push options of a change say sluice.run=no. */
static bool
says_no_run(const char *options)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *list;

	if (sl_doc_parse_json("options", sl_str(options), NULL, &doc, NULL) < 0)
		return false;
	list = sl_doc_root(doc);
	for (size_t i = 0; i < sl_node_count(list); i++)
		if (sl_str_eqs(sl_node_text(sl_node_at(list, i)),
			"sluice.run=no"))
			return true;
	return false;
}

static int
make_up_for(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *missed, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	SL_CLEANUP(sl_admissions_release) struct sl_admissions list = { 0 };
	const struct sl_gate_push push = {
		.pusher = missed->pusher,
		.options = missed->options,
		.no_run = says_no_run(missed->options),
	};
	struct sl_ref_line line = {
		.old_oid = missed->old_oid,
		.new_oid = missed->new_oid,
		.ref = sl_str(missed->ref),
	};
	char id[SL_VERDICT_ID_SIZE];
	bool passed = true;
	int rc = 0;

	if (missed->verdict_id[0] == '\0')
		rc = sl_gate_judge_later(gate, store, &line, &passed, id, NULL,
		    err);
	if (rc < 0)
		return rc;
	if (!passed) {
		struct sl_gate_push stop = push;

		/* Written as a job that does nothing, or it would be judged
		 * again at every look. */
		stop.no_run = true;
		made_up->refused++;
		return sl_gate_admit(gate, store, &line, 1, &stop, &list, err);
	}
	rc = sl_gate_admit(gate, store, &line, 1, &push, &list, err);
	if (rc == 0)
		made_up->jobs++;
	return rc;
}

/*
 * Make up for a move of the policy ref under the policy as it was before:
 * what the move brings must not judge it, nor say where it flows.
 */
static int
make_up_for_policy(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *missed, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep) struct sl_gate *before = NULL;
	const struct sl_ref_line moved = {
		.old_oid = missed->old_oid,
		.new_oid = missed->new_oid,
		.ref = sl_str(missed->ref),
	};
	struct sl_gate_options options = gate->options;
	int rc;

	options.moved = &moved;
	options.moved_count = 1;
	rc = sl_gate_open(&options, &before, err);
	if (rc == 0)
		rc = make_up_for(before, store, missed, made_up, err);
	return rc;
}

static int
make_up_for_one(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *missed, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	int rc = strcmp(missed->ref, gate->policy_ref) == 0 ?
	    make_up_for_policy(gate, store, missed, made_up, err) :
	    make_up_for(gate, store, missed, made_up, err);

	return rc < 0 ? sl_error_wrap(err, "%s", missed->ref) : SL_OK;
}

int
sl_gate_reconcile(struct sl_gate *gate, struct sl_store *store,
    struct sl_gate_made_up *made_up, struct sl_error *err)
{
	SL_CLEANUP(sl_missed_refs_release)
	struct sl_missed_refs missed = SL_MISSED_REFS_INIT;
	struct sl_ref_value *refs = NULL;
	struct sl_error first = SL_ERROR_INIT;
	size_t count = 0;
	int rc = sl_gate_refs(gate, &refs, &count, err);

	memset(made_up, 0, sizeof(*made_up));
	if (rc == 0)
		rc = sl_refs_missed(store, gate->repository_id, refs, count,
		    &missed, err);
	sl_gate_refs_free(&refs, &count);
	/* One that cannot be made up for does not keep the others waiting. */
	for (size_t i = 0; rc == 0 && i < missed.count; i++) {
		struct sl_error why = SL_ERROR_INIT;

		if (make_up_for_one(gate, store, &missed.items[i], made_up,
			&why) < 0 &&
		    first.code == 0)
			first = why;
	}
	if (rc == 0 && first.code != 0) {
		*err = first;
		rc = first.code;
	}
	return rc;
}
