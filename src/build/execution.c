/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the manifest's last attempt to an execution that has ended. The
 * intention is in the manifest before the call; what the call may have done
 * is looked for by its display name before it is made again.
 */
#include <stdio.h>

#include "base/fault.h"
#include "base/mem.h"
#include "build/build_int.h"
#include "crypto/digest.h"

/* --- choosing the attempt --- */

static bool
is(const struct sl_manifest_attempt *a, const char *state)
{
	return strcmp(a->state, state) == 0;
}

static bool
has_ended(const struct sl_manifest_attempt *a)
{
	return !is(a, "intended") && !is(a, "started");
}

static void
set_text(char **to, const char *text)
{
	free(*to);
	*to = sl_strdup(text);
}

bool
sl_builder_wants_another(const struct sl_builder *b,
    const struct sl_manifest_attempt *last)
{
	if (!b->job->rerun && !b->job->restart)
		return false;
	return b->begun == 0 || last->number < b->begun;
}

bool
sl_builder_only_attaches(const struct sl_builder *b)
{
	return b->job->origin != b->plan->trigger && !b->job->rerun &&
	    !b->job->restart;
}

int
sl_builder_wait_for_trigger(struct sl_builder *b)
{
	sl_builder_say(b, "choose", NULL, "wait",
	    "%s starts this build; waiting for it",
	    b->plan->trigger == SL_FLOW_HOOK ? "the site's worker"
	    : "the CI job");
	b->wait_ms = b->ctx.poll_ms;
	return STEP_WAIT;
}

/* Fill in names and parameters of an attempt, and hold them to the guard. A
 * known one has the images that are recorded; for a new one they are asked
 * for. */
static int
fill_attempt(struct sl_builder *b, unsigned number, bool known,
    struct sl_error *err)
{
	struct sl_pipeline_guard guard;
	int rc;

	if (number > SL_ATTEMPT_MAX)
		return sl_error_set(err, SL_EREFUSED,
		    "build %s has had %d attempts", b->plan->build_id,
		    SL_ATTEMPT_MAX);
	sl_plan_attempt(b->plan, number, &b->attempt);
	sl_plan_values_release(&b->values);
	rc = sl_plan_values(b->plan, &b->attempt, b->pipeline, b->job->extra,
	    &b->values, err);
	if (rc == SL_OK)
		rc = sl_builder_pin_images(b, !known, err);
	if (rc < 0)
		return rc;
	guard = sl_plan_guard(b->plan, &b->values);
	rc = sl_pipeline_guard(b->pipeline, &guard, err);
	if (rc < 0)
		return rc;
	b->start = true;
	return SL_OK;
}

static int
begin(struct sl_builder *b, unsigned number, struct sl_error *err)
{
	b->recheck = false;
	return fill_attempt(b, number, false, err);
}

static bool
same_parameters(const struct sl_builder *b,
    const struct sl_manifest_attempt *a)
{
	if (a->parameters.count != b->values.count)
		return false;
	for (size_t i = 0; i < b->values.count; i++) {
		if (strcmp(a->parameters.items[i].key,
		    b->values.items[i].name) != 0 ||
		    strcmp(a->parameters.items[i].value,
		    b->values.items[i].value) != 0)
			return false;
	}
	return true;
}

/* Take up an attempt that was intended and of which no execution is known. */
static int
resume(struct sl_builder *b, const struct sl_manifest_attempt *a,
    struct sl_error *err)
{
	int rc = fill_attempt(b, a->number, true, err);

	if (rc < 0)
		return rc;
	if (strcmp(a->definition_digest,
	    sl_pipeline_digest(b->pipeline)) != 0 || !same_parameters(b, a)) {
		b->start = false;
		return sl_error_set(err, SL_EREFUSED,
		    "attempt %u of build %s was intended with another "
		    "definition or other parameters; the site or a command's "
		    "output has changed since: use --rerun for a new attempt",
		    a->number, b->plan->build_id);
	}
	b->recheck = true;
	return SL_OK;
}

struct search {
	const char *display_name;
	char *arn;
};

static int
match_name(void *ctx, const struct sl_sagemaker_execution *execution,
    struct sl_error *err)
{
	struct search *s = ctx;

	(void)err;
	if (execution->display_name == NULL ||
	    strcmp(execution->display_name, s->display_name) != 0)
		return 0;
	s->arn = sl_strdup(execution->arn);
	return 1;
}

/* The execution of an attempt by its display name; *arn NULL where none. */
static int
find_execution(struct sl_builder *b, const char *display_name, char **arn,
    struct sl_error *err)
{
	struct search s = { display_name, NULL };
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	*arn = NULL;
	rc = b->remote->ops->list_executions(b->remote->self, b->plan->name,
	    match_name, &s, &why);
	if (rc == SL_ENOTFOUND)
		return SL_OK; /* not even the pipeline is there */
	if (rc < 0) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	*arn = s.arn;
	return SL_OK;
}

static int
note_started(struct sl_builder *b, const char *arn, struct sl_error *err)
{
	struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);
	int rc;

	set_text(&last->execution, arn);
	set_text(&last->state, "started");
	last->started_s = sl_clock_now_s(b->ctx.clock);
	b->start = false;
	rc = sl_builder_save(b, err);
	if (rc < 0)
		return rc;
	sl_builder_say(b, "start", NULL, "note", "%s", arn);
	return sl_record_attempt(b, SL_STEP_STARTED, err);
}

static int
choose_intended(struct sl_builder *b, struct sl_manifest_attempt *last,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *arn = NULL;
	int rc;

	rc = find_execution(b, last->display_name, &arn, err);
	if (rc < 0)
		return rc;
	if (arn != NULL)
		return note_started(b, arn, err);
	if (sl_builder_wants_another(b, last)) {
		set_text(&last->state, "dropped");
		return begin(b, last->number + 1, err);
	}
	if (sl_builder_only_attaches(b))
		return sl_builder_wait_for_trigger(b);
	return resume(b, last, err);
}

/* --restart: stop what executes before the next attempt. */
static int
choose_started(struct sl_builder *b, struct sl_manifest_attempt *last,
    struct sl_error *err)
{
	char token[SL_SHA256_HEX + 1];
	int rc;

	if (!b->job->restart || !sl_builder_wants_another(b, last))
		return SL_OK;
	sl_sha256_hex(last->token, strlen(last->token), token);
	rc = b->remote->ops->stop_execution(b->remote->self, last->execution,
	    token, err);
	if (rc == SL_ECONFLICT || rc == SL_ENOTFOUND)
		return SL_OK; /* it has ended by itself */
	if (rc < 0)
		return sl_error_wrap(err, "--restart");
	sl_builder_say(b, "choose", NULL, "note", "stopping %s",
	    last->execution);
	return SL_OK;
}

int
sl_step_choose(struct sl_builder *b, struct sl_error *err)
{
	struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);

	b->start = false;
	if (last == NULL) {
		if (sl_builder_only_attaches(b))
			return sl_builder_wait_for_trigger(b);
		return begin(b, 1, err);
	}
	if (is(last, "intended"))
		return choose_intended(b, last, err);
	if (is(last, "started"))
		return choose_started(b, last, err);
	if (is(last, "dropped") ||
	    (last->recorded && sl_builder_wants_another(b, last)))
		return begin(b, last->number + 1, err);
	return SL_OK;
}

/* --- starting --- */

/* A display name's build id differs from ours. */
static bool
is_other_build(const struct sl_builder *b, const char *name)
{
	size_t n = SL_BUILD_ID_SIZE - 1;

	if (name == NULL || strlen(name) < n ||
	    !sl_build_id_valid(sl_strn(name, n)))
		return false;
	return strncmp(name, b->plan->build_id, n) != 0;
}

static int
stop_other(void *ctx, const struct sl_sagemaker_execution *execution,
    struct sl_error *err)
{
	struct sl_builder *b = ctx;
	struct sl_error why = SL_ERROR_INIT;
	char token[SL_SHA256_HEX + 1];
	int rc;

	(void)err;
	if (execution->status != SL_SAGEMAKER_EXECUTING ||
	    !is_other_build(b, execution->display_name))
		return 0;
	sl_sha256_hex(execution->arn, strlen(execution->arn), token);
	rc = b->remote->ops->stop_execution(b->remote->self, execution->arn,
	    token, &why);
	/* The older run costs money, no more: it does not hold up this one. */
	if (rc < 0)
		sl_builder_say(b, "supersede", NULL, "note",
		    "%s goes on: %s", execution->display_name, why.text);
	else
		sl_builder_say(b, "supersede", NULL, "note", "%s is stopped",
		    execution->display_name);
	return 0;
}

int
sl_step_supersede(struct sl_builder *b, struct sl_error *err)
{
	int rc;

	if (!b->plan->supersede)
		return SL_OK;
	rc = b->remote->ops->list_executions(b->remote->self, b->plan->name,
	    stop_other, b, err);
	return rc == SL_ENOTFOUND ? SL_OK : rc;
}

/* An attempt that was intended earlier, and may even have been started, reads
 * what was pinned for it then, or is not started any more. */
static int
check_inputs(const struct sl_builder *b, const struct sl_manifest_inputs *now,
    struct sl_error *err)
{
	const struct sl_manifest_attempt *a = sl_manifest_last(b->manifest);

	if (sl_inputs_same(sl_manifest_inputs_of(b->manifest, a), now))
		return SL_OK;
	return sl_error_set(err, SL_EREFUSED, "attempt %u of build %s was "
	    "intended with other data; its inputs have changed since: use "
	    "--rerun for a new attempt", a->number, b->plan->build_id);
}

/* What is there now, unless this pass has just looked; empty where that is
 * what the build pinned. */
static int
pin_inputs(struct sl_builder *b, struct sl_manifest_inputs *out,
    struct sl_error *err)
{
	int rc;

	if (b->pinned || b->plan->input_count == 0)
		return SL_OK;
	rc = sl_inputs_pin(b, out, err);
	if (rc == 0 && b->recheck)
		rc = check_inputs(b, out, err);
	if (rc < 0 || b->recheck || sl_inputs_same(&b->manifest->inputs, out))
		sl_manifest_inputs_release(out);
	return rc;
}

int
sl_step_intend(struct sl_builder *b, struct sl_error *err)
{
	struct sl_manifest_inputs inputs = SL_MANIFEST_INPUTS_INIT;
	struct sl_manifest_attempt *a;
	int rc;

	rc = pin_inputs(b, &inputs, err);
	if (rc < 0 || b->recheck)
		return rc;
	a = sl_manifest_add_attempt(b->manifest);
	a->inputs = inputs;
	a->token = sl_strdup(b->attempt.token);
	a->display_name = sl_strdup(b->attempt.display_name);
	a->definition_digest = sl_strdup(sl_pipeline_digest(b->pipeline));
	a->state = sl_strdup("intended");
	a->intended_s = sl_clock_now_s(b->ctx.clock);
	a->parameters.items = sl_alloc_array(b->values.count + 1,
	    sizeof(*a->parameters.items));
	a->parameters.count = b->values.count;
	for (size_t i = 0; i < b->values.count; i++) {
		a->parameters.items[i].key = sl_strdup(b->values.items[i].name);
		a->parameters.items[i].value =
		    sl_strdup(b->values.items[i].value);
	}
	rc = sl_builder_save(b, err);
	if (rc < 0)
		return rc;
	b->begun = b->attempt.number;
	return sl_record_attempt(b, SL_STEP_INTENDED, err);
}

int
sl_step_start(struct sl_builder *b, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_aws_pair *parameters = NULL;
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct sl_sagemaker_start start = { .pipeline = b->plan->name };
	char description[512];
	int rc;

	parameters = sl_alloc_array(b->values.count + 1, sizeof(*parameters));
	for (size_t i = 0; i < b->values.count; i++)
		parameters[i] = (struct sl_aws_pair){ b->values.items[i].name,
			b->values.items[i].value };
	sl_build_tag_text(b->plan->ref, description);
	start.token = b->attempt.token;
	start.display_name = b->attempt.display_name;
	start.description = description;
	start.parameters = parameters;
	start.parameter_count = b->values.count;
	rc = b->remote->ops->start_execution(b->remote->self, &start, &arn,
	    err);
	if (rc < 0)
		return rc;
	SL_FAULT_POINT("build-start-called");
	return note_started(b, arn, err);
}

/* --- tracking --- */

static int
show_step(void *ctx, const struct sl_sagemaker_step *step,
    struct sl_error *err)
{
	struct sl_builder *b = ctx;
	const char *status = sl_sagemaker_status_name(step->status);
	void **seen = sl_map_find(&b->seen_steps, sl_str(step->name));

	(void)err;
	if (seen != NULL && *seen == (const void *)status)
		return 0;
	sl_map_put(&b->seen_steps, sl_str(step->name), (void *)status);
	sl_builder_say(b, "pipeline", step->name, status, "%s",
	    step->failure_reason != NULL ? step->failure_reason
	    : step->arn != NULL ? step->arn : "");
	return 0;
}

static void
show_steps(struct sl_builder *b, const char *execution)
{
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	if (b->no_steps || b->ctx.progress == NULL)
		return;
	rc = b->remote->ops->list_steps(b->remote->self, execution, show_step,
	    b, &why);
	if (rc == SL_EUNSUPPORTED) {
		b->no_steps = true;
		sl_builder_say(b, "track", NULL, "note",
		    "this endpoint does not list steps");
	}
}

static const char *
state_word(enum sl_sagemaker_status status)
{
	switch (status) {
	case SL_SAGEMAKER_SUCCEEDED:
		return "succeeded";
	case SL_SAGEMAKER_STOPPED:
		return "stopped";
	default:
		return "failed";
	}
}

static int
note_ended(struct sl_builder *b,
    const struct sl_sagemaker_execution *execution, struct sl_error *err)
{
	struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);
	const char *reason = execution->failure_reason;

	set_text(&last->state, state_word(execution->status));
	if (reason != NULL && reason[0] != '\0')
		set_text(&last->failure, reason);
	last->ended_s = sl_clock_now_s(b->ctx.clock);
	return sl_builder_save(b, err);
}

int
sl_step_track(struct sl_builder *b, struct sl_error *err)
{
	struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);
	struct sl_sagemaker_execution execution = { 0 };
	int rc;

	if (has_ended(last))
		return SL_OK;
	rc = b->remote->ops->describe_execution(b->remote->self,
	    last->execution, &execution, err);
	if (rc < 0)
		return rc;
	show_steps(b, last->execution);
	if (sl_sagemaker_status_is_final(execution.status)) {
		rc = note_ended(b, &execution, err);
	} else {
		sl_builder_say(b, "track", NULL, "wait", "%s",
		    sl_sagemaker_status_name(execution.status));
		b->wait_ms = b->ctx.poll_ms;
		rc = STEP_WAIT;
	}
	sl_sagemaker_execution_release(&execution);
	return rc;
}
