/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan for people and for programs. Both show the same facts; the calls
 * come from one list, in the order in which src/build makes them.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "doc/json.h"
#include "flow/plan.h"
#include "pipeline/image.h"

#define TEXT_MAX 8192
#define CALLS_MAX 24

/** A call that carrying the plan out would make. */
struct call {
	const char *name;
	char *what;
	const char *when; /* "" always */
};

struct calls {
	struct call items[CALLS_MAX];
	size_t count;
};

static void
add(struct calls *calls, const char *name, const char *when, char *what)
{
	calls->items[calls->count++] = (struct call){ name, what, when };
}

static void
release_calls(struct calls *calls)
{
	for (size_t i = 0; i < calls->count; i++)
		free(calls->items[i].what);
	calls->count = 0;
}

/* Ends the walk at an image that the registry is asked for. */
static int
find_tag(void *ctx, const struct sl_pipeline_image *image)
{
	const struct sl_plan *plan = ctx;
	const struct sl_parameter *parameter = image->parameter;
	struct sl_str text = image->text;
	struct sl_image ecr;
	const char *value;

	if (parameter != NULL) {
		SL_CLEANUP(sl_freep) char *name = sl_strndup(
		    parameter->name.ptr, parameter->name.len);

		value = sl_pairs_get(&plan->parameters, name);
		text = value != NULL ? sl_str(value)
		    : parameter->default_text;
	}
	return sl_image_parse(text, &ecr) && ecr.digest.len == 0 &&
	    sl_str_eqs(ecr.region, plan->region);
}

static void
image_calls(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct calls *calls)
{
	if (pipeline != NULL &&
	    sl_pipeline_images(pipeline, find_tag, (void *)plan) == 0)
		return;
	add(calls, "ecr:BatchGetImage", "once per image in ECR with a tag",
	    sl_strdup(plan->region));
}

static void
train_calls(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct calls *calls)
{
	for (size_t i = 0; i < plan->input_count && i < 4; i++)
		if (sl_plan_input_is_used(&plan->inputs[i], pipeline))
			add(calls, "s3:HeadObject",
			    "before the start and after the end",
			    sl_strdup(plan->inputs[i].uri));
	add(calls, "s3:PutObject", "once per file",
	    sl_asprintf("s3://%s/%s/...", plan->bucket, plan->code_root));
	add(calls, "s3:PutObject", "",
	    sl_asprintf("s3://%s/%s/source.tar.gz", plan->bucket,
	    plan->code_root));
	add(calls, "s3:PutObject", "",
	    sl_asprintf("s3://%s/%s", plan->bucket, plan->manifest_key));
	image_calls(plan, pipeline, calls);
	add(calls, "sagemaker:DescribePipeline", "", sl_strdup(plan->name));
	add(calls, "sagemaker:CreatePipeline", "if it is not there",
	    sl_strdup(plan->name));
	add(calls, "sagemaker:UpdatePipeline", "if its definition differs",
	    sl_strdup(plan->name));
	add(calls, "sagemaker:CreateModelPackageGroup", "if it is not there",
	    sl_strdup(plan->name));
	if (plan->supersede)
		add(calls, "sagemaker:StopPipelineExecution",
		    "for older executions", sl_strdup(plan->name));
	add(calls, "sagemaker:StartPipelineExecution", "",
	    sl_strdup(plan->name));
	add(calls, "sagemaker:DescribePipelineExecution", "until it ends",
	    sl_strdup(plan->name));
	add(calls, "sagemaker:UpdateModelPackage",
	    "for what the execution registers", sl_strdup(plan->name));
}

static void
promote_calls(const struct sl_plan *plan, struct calls *calls)
{
	add(calls, "sagemaker:DescribeModelPackage", "",
	    sl_asprintf("candidates in %s of %s", plan->main_name,
	    plan->from));
	add(calls, "ecr:BatchGetImage", "for images whose digest is not known",
	    sl_strdup(plan->region));
	add(calls, "s3:GetObject", "once per artifact",
	    sl_asprintf("bucket of %s", plan->from));
	add(calls, "s3:PutObject", "once per artifact",
	    sl_asprintf("s3://%s/%s/...", plan->bucket, plan->use_case_root));
	add(calls, "sagemaker:CreateModelPackageGroup", "if it is not there",
	    sl_strdup(plan->name));
	add(calls, "sagemaker:CreateModelPackage", "once",
	    sl_strdup(plan->name));
}

static void
make_calls(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct calls *calls)
{
	if (plan->action == SL_FLOW_PROMOTE)
		promote_calls(plan, calls);
	if (plan->pipeline != NULL)
		train_calls(plan, pipeline, calls);
}

/* "name      text" with the text escaped. */
static void
row(struct sl_buf *out, const char *name, const char *value)
{
	sl_buf_addf(out, "%-12s", name);
	sl_text_escape(out, sl_str(value));
	sl_buf_addc(out, '\n');
}

static void row_format(struct sl_buf *out, const char *name, const char *fmt,
    ...) SL_PRINTF(3, 4);

static void
row_format(struct sl_buf *out, const char *name, const char *fmt, ...)
{
	char line[TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	row(out, name, line);
}

static void
command_words(const struct sl_plan *plan, struct sl_buf *out)
{
	for (size_t i = 0; i < plan->command.count; i++)
		sl_buf_addf(out, "%s%s", i > 0 ? " " : "",
		    plan->command.items[i]);
}

static void
text_inputs(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_buf *out)
{
	for (size_t i = 0; i < plan->input_count; i++) {
		const struct sl_plan_input_data *data = &plan->inputs[i];

		row_format(out, "input", "%s%s%s%s", data->uri,
		    data->parameter != NULL ? " as " : "",
		    data->parameter != NULL ? data->parameter : "",
		    sl_plan_input_is_used(data, pipeline) ? "" :
		    ", not of this pipeline: its definition does not declare "
		    "the parameter");
	}
}

static void
text_pipeline(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_buf *out)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf words = SL_BUF_INIT(TEXT_MAX);

	command_words(plan, &words);
	row_format(out, "pipeline", "%s (%s)", plan->name, plan->pipeline);
	row_format(out, "definition", "%s%s",
	    plan->definition != NULL ? plan->definition : "output of: ",
	    sl_buf_cstr(&words));
	row_format(out, "model group", "%s, %s", plan->name,
	    sl_flow_approval_status(plan->approval));
	row_format(out, "snapshot", "s3://%s/%s", plan->bucket,
	    plan->build_root);
	text_inputs(plan, pipeline, out);
}

static void
text_values(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_buf *out)
{
	SL_CLEANUP(sl_plan_values_release) struct sl_plan_values values = {
		NULL, 0 };
	struct sl_plan_attempt attempt;
	struct sl_error err = SL_ERROR_INIT;

	sl_plan_attempt(plan, 1, &attempt);
	row(out, "token", attempt.token);
	if (pipeline == NULL)
		return;
	row(out, "digest", sl_pipeline_digest(pipeline));
	if (sl_plan_values(plan, &attempt, pipeline, NULL, &values, &err) < 0) {
		row(out, "parameters", err.text);
		return;
	}
	for (size_t i = 0; i < values.count; i++)
		row_format(out, "parameter", "%s = %s", values.items[i].name,
		    values.items[i].value);
}

/* Whether a push runs at all. */
static void
text_push(const struct sl_plan *plan, struct sl_buf *out)
{
	for (size_t i = 0; i < plan->paths.count; i++)
		row(out, i == 0 ? "paths" : "", plan->paths.items[i]);
	if (plan->push_because != NULL)
		row_format(out, "push", "%s: %s",
		    plan->push_runs ? "runs" : "does not run",
		    plan->push_because);
	if (plan->debounce_s != 0)
		row_format(out, "debounce", "starts %lld s after a push%s",
		    (long long)plan->debounce_s, plan->supersede ?
		    ", unless a newer one comes" : "");
}

int
sl_plan_text(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_buf *out)
{
	struct calls calls = { .count = 0 };

	row(out, "ref", plan->ref);
	row(out, "commit", plan->commit);
	row(out, "build", plan->build_id);
	row_format(out, "flow", "%s, trigger %s", plan->flow_place,
	    sl_flow_trigger_name(plan->trigger));
	text_push(plan, out);
	if (plan->action == SL_FLOW_NONE) {
		row(out, "action", "none: nothing more happens to this ref");
		return out->over ? SL_ETOOBIG : SL_OK;
	}
	row_format(out, "action", "%s %s %s%s%s",
	    sl_flow_action_name(plan->action),
	    plan->action == SL_FLOW_PROMOTE ? "to" : "in", plan->environment,
	    plan->from != NULL ? " from " : "",
	    plan->from != NULL ? plan->from : "");
	if (plan->promote_to != NULL)
		row_format(out, "then", "promote to %s, once the model is "
		    "approved", plan->promote_to);
	row_format(out, "account", "%s, %s", plan->account, plan->region);
	if (plan->pipeline != NULL) {
		text_pipeline(plan, pipeline, out);
		text_values(plan, pipeline, out);
	} else {
		row_format(out, "model group", "%s, %s", plan->name,
		    sl_flow_approval_status(plan->approval));
	}
	make_calls(plan, pipeline, &calls);
	for (size_t i = 0; i < calls.count; i++)
		row_format(out, "call", "%s %s%s%s",
		    calls.items[i].name, calls.items[i].what,
		    calls.items[i].when[0] != '\0' ? ", " : "",
		    calls.items[i].when);
	release_calls(&calls);
	return out->over ? SL_ETOOBIG : SL_OK;
}

static void
json_pipeline(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_json *w)
{
	sl_json_put(w, "pipeline", plan->name);
	sl_json_put(w, "pipeline_key", plan->pipeline);
	sl_json_put(w, "definition", plan->definition);
	sl_json_key(w, "command");
	sl_json_list(w);
	for (size_t i = 0; i < plan->command.count; i++)
		sl_json_cstr(w, plan->command.items[i]);
	sl_json_end(w);
	sl_json_put(w, "definition_digest",
	    pipeline != NULL ? sl_pipeline_digest(pipeline) : NULL);
	sl_json_put(w, "snapshot", plan->build_root);
	sl_json_put(w, "manifest", plan->manifest_key);
	sl_json_key(w, "inputs");
	sl_json_list(w);
	for (size_t i = 0; i < plan->input_count; i++) {
		sl_json_object(w);
		sl_json_put(w, "uri", plan->inputs[i].uri);
		sl_json_put(w, "parameter", plan->inputs[i].parameter);
		sl_json_put_bool(w, "used",
		    sl_plan_input_is_used(&plan->inputs[i], pipeline));
		sl_json_end(w);
	}
	sl_json_end(w);
}

static void
json_values(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_json *w)
{
	SL_CLEANUP(sl_plan_values_release) struct sl_plan_values values = {
		NULL, 0 };
	struct sl_plan_attempt attempt;

	sl_plan_attempt(plan, 1, &attempt);
	sl_json_put(w, "token", attempt.token);
	sl_json_key(w, "parameters");
	if (pipeline == NULL || sl_plan_values(plan, &attempt, pipeline, NULL,
	    &values, NULL) < 0) {
		sl_json_null(w);
		return;
	}
	sl_json_object(w);
	for (size_t i = 0; i < values.count; i++)
		sl_json_put(w, values.items[i].name, values.items[i].value);
	sl_json_end(w);
}

static void
json_calls(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_json *w)
{
	struct calls calls = { .count = 0 };

	make_calls(plan, pipeline, &calls);
	sl_json_key(w, "calls");
	sl_json_list(w);
	for (size_t i = 0; i < calls.count; i++) {
		sl_json_object(w);
		sl_json_put(w, "call", calls.items[i].name);
		sl_json_put(w, "on", calls.items[i].what);
		sl_json_put(w, "when", calls.items[i].when);
		sl_json_end(w);
	}
	sl_json_end(w);
	release_calls(&calls);
}

static void
json_push(const struct sl_plan *plan, struct sl_json *w)
{
	sl_json_put_int(w, "debounce_s", plan->debounce_s);
	if (plan->paths.count == 0)
		return;
	sl_json_key(w, "paths");
	sl_json_list(w);
	for (size_t i = 0; i < plan->paths.count; i++)
		sl_json_cstr(w, plan->paths.items[i]);
	sl_json_end(w);
	if (plan->push_because == NULL)
		return;
	sl_json_put_bool(w, "push_runs", plan->push_runs);
	sl_json_put(w, "push_because", plan->push_because);
}

int
sl_plan_json(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_buf *out)
{
	struct sl_json w;

	sl_json_init(&w, out, 2);
	sl_json_object(&w);
	sl_json_put(&w, "repository", plan->repository_id);
	sl_json_put(&w, "project", plan->project);
	sl_json_put(&w, "use_case", plan->use_case);
	sl_json_put(&w, "ref", plan->ref);
	sl_json_put(&w, "commit", plan->commit);
	sl_json_put(&w, "tree", plan->tree);
	sl_json_put(&w, "build_id", plan->build_id);
	sl_json_put(&w, "branch_id", plan->branch_id);
	sl_json_put(&w, "flow", plan->flow_place);
	sl_json_put(&w, "action", sl_flow_action_name(plan->action));
	sl_json_put(&w, "trigger", sl_flow_trigger_name(plan->trigger));
	json_push(plan, &w);
	if (plan->action != SL_FLOW_NONE) {
		sl_json_put(&w, "environment", plan->environment);
		sl_json_put(&w, "account", plan->account);
		sl_json_put(&w, "region", plan->region);
		sl_json_put(&w, "bucket", plan->bucket);
		sl_json_put(&w, "from", plan->from);
		sl_json_put(&w, "promote_to", plan->promote_to);
		sl_json_put(&w, "model_group", plan->name);
		sl_json_put(&w, "approval",
		    sl_flow_approval_status(plan->approval));
		if (plan->pipeline != NULL) {
			json_pipeline(plan, pipeline, &w);
			json_values(plan, pipeline, &w);
		}
		json_calls(plan, pipeline, &w);
	}
	sl_json_end(&w);
	return out->over ? SL_ETOOBIG : SL_OK;
}
