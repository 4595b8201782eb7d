/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"
#include "base/cpu.h"
#include "gate/gate_int.h"

_Static_assert(sizeof(((struct sl_ref_values *)0)->branch_id) >=
	SL_BRANCH_ID_SIZE,
    "a branch id has room");

/* The environment of a ref's flow, as site and policy ref have it: what is
 * pushed has no say in what it is held to. */
static const struct sl_environment *
environment_of(const struct sl_site *site, const struct sl_project *project,
    struct sl_str ref)
{
	const struct sl_flow *flow;

	if (site == NULL ||
	    sl_flow_choose(site, project, NULL, ref, &flow, NULL) < 0 ||
	    flow->environment == NULL)
		return NULL;
	return sl_site_environment(site, flow->environment);
}

unsigned
sl_gate_threads(uint64_t asked)
{
	uint64_t threads = asked ? asked : sl_cpu_count();

	return threads > SL_JUDGE_MAX_THREADS ? SL_JUDGE_MAX_THREADS :
						(unsigned)threads;
}

void
sl_gate_values(const struct sl_site *site, const struct sl_project *project,
    struct sl_str ref, struct sl_ref_values *out)
{
	const struct sl_environment *environment =
	    environment_of(site, project, ref);

	if (project != NULL) {
		out->value[SL_VARIABLE_PROJECT] = sl_str(project->id);
		out->value[SL_VARIABLE_USE_CASE] = sl_str(project->use_case);
	}
	if (sl_gate_ref_flows(ref)) {
		sl_branch_id(ref, out->branch_id);
		out->value[SL_VARIABLE_BRANCH] = sl_str(out->branch_id);
	}
	if (environment != NULL) {
		out->value[SL_VARIABLE_ENVIRONMENT] =
		    sl_str(environment->name);
		out->value[SL_VARIABLE_BUCKET] = sl_str(environment->bucket);
	}
}
