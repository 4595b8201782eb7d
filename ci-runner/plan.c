/* SPDX-License-Identifier: Apache-2.0 */
/* plan: what a push of a ref would do; changes nothing, calls nobody. */
#include "ci-runner/runtime.h"

#include "base/mem.h"
#include "ci-runner/change.h"

static int
open_subject(struct runtime *rt, struct sl_gate **gate, struct subject *s,
    bool *nothing, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *ref = NULL;
	struct sl_oid value;
	int rc = subject_find_ref(rt->repository,
	    rt->inv->argc > 0 ? rt->inv->argv[0] : NULL, &ref, err);

	if (rc == 0)
		rc = subject_find_value(rt->repository, ref, rt->inv->argc > 0,
		    &value, err);
	if (rc == 0)
		rc = runtime_open_gate(rt, gate, err);
	if (rc == 0)
		rc = subject_open(*gate, ref, &value, NULL, s, nothing, err);
	return rc;
}

/* What the flow's `paths` would say of a push, or of this CI job. */
static int
ask_paths(struct runtime *rt, struct sl_gate *gate, struct subject *s,
    struct sl_error *err)
{
	struct sl_error none = SL_ERROR_INIT;
	struct sl_gate_filter answer;
	bool asked = false;
	int rc = change_of_job(gate, s, &asked, &answer, err);

	if (rc == 0 && !asked && s->flow->path_count > 0) {
		/* Who may not read the state sees no jobs, but a plan. */
		(void)!runtime_open_store(rt, SL_STORE_READ, &none);
		rc = change_of_push(gate, rt->store, s, &asked, &answer, err);
	}
	if (rc == 0 && asked)
		sl_plan_note_push(s->plan, answer.runs, answer.text);
	return rc;
}

static int
run_plan(const struct sl_invocation *inv)
{
	SL_CLEANUP(runtime_release) struct runtime rt = { 0 };
	SL_CLEANUP(sl_gate_freep) struct sl_gate *gate = NULL;
	SL_CLEANUP(subject_release) struct subject s = { 0 };
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4 << 20);
	struct sl_error err = SL_ERROR_INIT;
	bool nothing = false;
	int rc;

	if (runtime_init(&rt, inv, &err) < 0 ||
	    runtime_open_repository(&rt, &err) < 0 ||
	    runtime_open_site(&rt, &err) < 0)
		return sl_cli_fail(inv, &err);
	rc = open_subject(&rt, &gate, &s, &nothing, &err);
	if (rc < 0)
		return sl_cli_fail(inv, &err);
	if (nothing)
		return subject_nothing_to_run(inv, s.ref, &err);
	if (s.pipeline != NULL && (sl_pipeline_check(s.pipeline, &err) < 0 ||
	    sl_plan_check(s.plan, s.pipeline, &err) < 0))
		return sl_cli_fail(inv, &err);
	if (ask_paths(&rt, gate, &s, &err) < 0)
		return sl_cli_fail(inv, &err);
	if (inv->json)
		rc = sl_plan_json(s.plan, s.pipeline, &out);
	else
		rc = sl_plan_text(s.plan, s.pipeline, &out);
	if (rc < 0) {
		sl_error_set(&err, rc, "the plan is too long to print");
		return sl_cli_fail(inv, &err);
	}
	if (inv->json)
		sl_buf_addc(&out, '\n');
	return sl_cli_print(stdout, &out);
}

const struct sl_cmd cmd_plan = {
	.name = "plan",
	.brief = "show what a push of a ref would do; changes nothing",
	.operands = "[REF]",
	.example = "sluice plan feature/xgb --format=json",
	.max_operands = 1,
	.run = run_plan,
};
