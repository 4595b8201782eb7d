/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which model packages an execution registered, and what the registry is
 * told about them. A package belongs to an execution if the execution's steps
 * name it, or if it names the execution or the attempt itself; time alone
 * proves nothing.
 */
#include <stdio.h>

#include "base/mem.h"
#include "build/build_int.h"

/* A clock of ours and one of AWS may differ by so much. */
#define CLOCK_SKEW_S 300

struct found {
	struct sl_builder *b;
	struct sl_manifest_attempt *attempt;
	struct sl_words arns;
	size_t room;
};

static void
add_arn(struct found *f, const char *arn)
{
	if (sl_words_has(&f->arns, sl_str(arn)))
		return;
	SL_GROW(f->arns.items, f->arns.count, f->room);
	f->arns.items[f->arns.count++] = sl_strdup(arn);
}

static int
from_step(void *ctx, const struct sl_sagemaker_step *step,
    struct sl_error *err)
{
	(void)err;
	if (step->type != NULL && step->arn != NULL &&
	    !strcmp(step->type, "RegisterModel"))
		add_arn(ctx, step->arn);
	return 0;
}

static bool
equals(const char *a, const char *b)
{
	return a != NULL && b != NULL && !strcmp(a, b);
}

static int
from_group(void *ctx, const struct sl_sagemaker_package *listed,
    struct sl_error *err)
{
	struct found *f = ctx;
	const struct sl_remote *remote = f->b->remote;
	struct sl_sagemaker_package package = { 0 };
	int rc;

	/* Newest first: what is older than the intention ends the search. */
	if (listed->created_s != 0 &&
	    listed->created_s < f->attempt->intended_s - CLOCK_SKEW_S)
		return 1;
	rc = remote->ops->describe_package(remote->self, listed->arn,
	    &package, err);
	if (rc < 0)
		return rc;
	if (equals(package.generated_by, f->attempt->execution) ||
	    equals(sl_aws_pairs_get(&package.metadata, "sluice:build-id"),
	    f->attempt->display_name))
		add_arn(f, listed->arn);
	sl_sagemaker_package_release(&package);
	return 0;
}

static int
find_packages(struct found *f, struct sl_error *err)
{
	struct sl_builder *b = f->b;
	const struct sl_remote *remote = b->remote;
	int rc;

	if (!b->no_steps) {
		rc = remote->ops->list_steps(remote->self,
		    f->attempt->execution, from_step, f, err);
		if (rc != SL_EUNSUPPORTED)
			return rc;
		b->no_steps = true;
	}
	rc = remote->ops->list_packages(remote->self, b->plan->name,
	    from_group, f, err);
	return rc == SL_ENOTFOUND ? SL_OK : rc;
}

static void
make_metadata(const struct found *f, struct sl_aws_pairs *out)
{
	const struct sl_manifest *m = f->b->manifest;
	char count[24];

	sl_build_set_pair(out, "sluice:build-id", f->attempt->display_name);
	sl_build_set_pair(out, "sluice:commit", m->commit);
	sl_build_set_pair(out, "sluice:ref", m->ref);
	sl_build_set_pair(out, "sluice:project", m->project);
	sl_build_set_pair(out, "sluice:environment", m->environment);
	sl_build_set_pair(out, "sluice:policy-digest", m->policy_digest);
	sl_build_set_pair(out, "sluice:inputs-digest", m->inputs_digest);
	sl_build_set_pair(out, "sluice:execution", f->attempt->execution);
	if (f->attempt->inputs_changed_count > 0) {
		snprintf(count, sizeof(count), "%llu",
		    (unsigned long long)f->attempt->inputs_changed_count);
		sl_build_set_pair(out, "sluice:inputs-changed", count);
	}
}

/* Say in the registry where a package comes from; once. What was decided
 * about it meanwhile stays. */
static int
tag_package(struct found *f, const char *arn, struct sl_error *err)
{
	const struct sl_remote *remote = f->b->remote;
	const struct sl_plan *plan = f->b->plan;
	struct sl_sagemaker_package package = { 0 };
	struct sl_sagemaker_package_update update = { .arn = arn };
	struct sl_aws_pairs metadata = { NULL, 0 };
	bool known;
	bool approve;
	int rc;

	rc = remote->ops->describe_package(remote->self, arn, &package, err);
	if (rc < 0)
		return rc;
	known = equals(sl_aws_pairs_get(&package.metadata, "sluice:execution"),
	    f->attempt->execution);
	approve = plan->approval == SL_FLOW_APPROVED &&
	    equals(package.approval, "PendingManualApproval");
	sl_sagemaker_package_release(&package);
	if (known)
		return SL_OK;
	make_metadata(f, &metadata);
	update.metadata = metadata.items;
	update.metadata_count = metadata.count;
	update.approval = approve ? "Approved" : NULL;
	update.life_cycle.stage = plan->environment;
	update.life_cycle.status = plan->approval == SL_FLOW_APPROVED ?
	    "Approved" : "PendingApproval";
	rc = remote->ops->merge_package(remote->self, &update, err);
	sl_aws_pairs_release(&metadata);
	if (rc < 0)
		return rc;
	sl_builder_say(f->b, "registry", NULL, "note", "%s", arn);
	return SL_OK;
}

/* Where steps cannot be listed, a package may still be on its way. */
static bool
may_still_come(const struct found *f)
{
	const struct sl_builder *b = f->b;
	int64_t waited_s;

	if (f->arns.count > 0 || !b->no_steps ||
	    strcmp(f->attempt->state, "succeeded") != 0 ||
	    sl_pipeline_registers(b->pipeline) == 0)
		return false;
	/* From the manifest: whoever looks next goes on waiting, not anew. */
	waited_s = sl_clock_now_s(b->ctx.clock) - f->attempt->ended_s;
	return waited_s * 1000 < b->ctx.registry_wait_ms;
}

static int
register_all(struct found *f, struct sl_error *err)
{
	struct sl_builder *b = f->b;
	int rc = find_packages(f, err);

	if (rc < 0)
		return rc;
	if (may_still_come(f)) {
		sl_builder_say(b, "registry", NULL, "wait",
		    "no model is registered yet");
		b->wait_ms = b->ctx.poll_ms;
		return STEP_WAIT;
	}
	for (size_t i = 0; i < f->arns.count; i++) {
		rc = tag_package(f, f->arns.items[i], err);
		if (rc < 0)
			return rc;
	}
	sl_words_release(&f->attempt->packages);
	f->attempt->packages = f->arns;
	f->arns = (struct sl_words){ NULL, 0 };
	return SL_OK;
}

int
sl_step_registry(struct sl_builder *b, struct sl_error *err)
{
	struct found f = { .b = b, .attempt = sl_manifest_last(b->manifest) };
	int rc;

	rc = register_all(&f, err);
	sl_words_release(&f.arns);
	return rc;
}
