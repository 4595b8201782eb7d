/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/plan.h"

#include <stdio.h>

#include "base/mem.h"
#include "crypto/digest.h"

/* Room for what stands behind the prefix in the longest key. */
#define PREFIX_MAX 640
#define URI_MAX 1024

static int
fail_at(const struct sl_flow *flow, struct sl_error *err, const char *text)
{
	return sl_error_at(err, SL_ECONFIG,
	    flow->file != NULL ? flow->file : "flows", flow->line, flow->col,
	    "%s", text);
}

static void
copy_words(struct sl_words *to, const struct sl_words *from)
{
	to->items = sl_alloc_array(from->count + 1, sizeof(*to->items));
	to->count = from->count;
	for (size_t i = 0; i < from->count; i++)
		to->items[i] = sl_strdup(from->items[i]);
}

static void
copy_pairs(struct sl_pairs *to, const struct sl_pairs *from)
{
	to->items = sl_alloc_array(from->count + 1, sizeof(*to->items));
	to->count = from->count;
	for (size_t i = 0; i < from->count; i++) {
		to->items[i].key = sl_strdup(from->items[i].key);
		to->items[i].value = sl_strdup(from->items[i].value);
	}
}

static void
copy_paths(struct sl_words *to, const struct sl_flow *flow)
{
	to->items = sl_alloc_array(flow->path_count + 1, sizeof(*to->items));
	to->count = flow->path_count;
	for (size_t i = 0; i < flow->path_count; i++)
		to->items[i] = sl_strdup(flow->paths[i].pattern);
}

static char *
join(const char *prefix, const char *rest)
{
	if (prefix[0] == '\0')
		return sl_strdup(rest);
	return sl_asprintf("%s/%s", prefix, rest);
}

static char *
describe_place(const struct sl_plan_input *input)
{
	const struct sl_flow *flow = input->flow;
	const char *preset = input->site->flows.preset;

	if (flow->line > 0)
		return sl_asprintf("%s:%u:%u", flow->file, flow->line,
		    flow->col);
	return sl_asprintf("preset %s", preset != NULL ? preset : "default");
}

static int
set_names(struct sl_plan *plan, const struct sl_plan_input *input,
    struct sl_error *err)
{
	plan->repository_id = sl_strdup(input->repository_id);
	plan->project = sl_strdup(input->project->id);
	plan->use_case = sl_strdup(input->project->use_case);
	plan->ref = sl_strndup(input->ref.ptr, input->ref.len);
	sl_oid_hex(&input->commit, plan->commit);
	sl_oid_hex(&input->tree, plan->tree);
	plan->commit_time_s = input->commit_time_s;
	if (input->flow->names == SL_FLOW_BRANCH)
		sl_branch_id(input->ref, plan->branch_id);
	sl_build_name(plan->use_case, plan->branch_id, plan->name);
	sl_build_name(plan->use_case, "", plan->main_name);
	plan->action = input->flow->action;
	plan->trigger = input->flow->trigger;
	/* What is promoted is approved: an approver and the tag said so. */
	plan->approval = input->flow->action == SL_FLOW_PROMOTE ?
	    SL_FLOW_APPROVED : input->flow->approval;
	plan->supersede = input->flow->supersede;
	plan->debounce_s = input->flow->debounce_s;
	plan->promote_to = sl_strdup(sl_flow_promote_to(input->flow,
	    input->site));
	plan->flow_place = describe_place(input);
	copy_paths(&plan->paths, input->flow);
	return sl_build_id(&input->commit, input->commit_time_s,
	    plan->build_id, err);
}

static void
set_keys(struct sl_plan *plan)
{
	SL_CLEANUP(sl_freep) char *folder = NULL;

	folder = join(plan->prefix, plan->name);
	plan->use_case_root = join(plan->prefix, plan->use_case);
	plan->build_root = sl_asprintf("%s/%s", folder, plan->build_id);
	plan->code_root = sl_asprintf("%s/code", plan->build_root);
	plan->manifest_key = sl_asprintf("%s/manifest.json", plan->build_root);
}

/* The pipeline that trains what a promotion brings over: the one called
 * "training", else the only one. */
static const struct sl_project_pipeline *
training_pipeline(const struct sl_project *project)
{
	const struct sl_project_pipeline *pipeline;

	pipeline = sl_project_pipeline(project, "training");
	if (pipeline == NULL && project->pipeline_count == 1)
		pipeline = &project->pipelines[0];
	return pipeline;
}

static int
set_source(struct sl_plan *plan, const struct sl_plan_input *input,
    struct sl_error *err)
{
	const struct sl_project_pipeline *pipeline;
	const struct sl_environment *from = NULL;

	if (input->flow->from != NULL)
		from = sl_site_environment(input->site, input->flow->from);
	if (from == NULL)
		return fail_at(input->flow, err, "a flow that promotes names "
		    "the environment it promotes `from`");
	plan->from = sl_strdup(from->name);
	plan->source_root = join(from->prefix, plan->use_case);
	pipeline = training_pipeline(input->project);
	if (pipeline != NULL) {
		plan->source_definition = sl_strdup(pipeline->definition);
		copy_words(&plan->source_command, &pipeline->command);
		copy_words(&plan->source_paths, &pipeline->inputs_paths);
	}
	return SL_OK;
}

static int
set_environment(struct sl_plan *plan, const struct sl_plan_input *input,
    struct sl_error *err)
{
	const struct sl_flow *flow = input->flow;
	const struct sl_environment *env;

	if (flow->environment == NULL) {
		if (flow->action != SL_FLOW_NONE)
			return fail_at(flow, err,
			    "the flow names no environment");
		return SL_OK;
	}
	env = sl_site_environment(input->site, flow->environment);
	if (env == NULL)
		return fail_at(flow, err,
		    "the flow's environment is not one of the site's");
	if (strlen(env->prefix) > PREFIX_MAX)
		return sl_error_set(err, SL_ECONFIG,
		    "environment \"%s\": its prefix is over %d bytes, too "
		    "long for the keys below it", env->name, PREFIX_MAX);
	plan->environment = sl_strdup(env->name);
	plan->account = sl_strdup(env->account);
	plan->region = sl_strdup(env->region);
	plan->bucket = sl_strdup(env->bucket);
	plan->prefix = sl_strdup(env->prefix);
	plan->kms_key = sl_strdup(env->kms_key);
	plan->pipeline_role = sl_strdup(env->pipeline_role);
	copy_pairs(&plan->tags, &env->tags);
	set_keys(plan);
	if (flow->action != SL_FLOW_PROMOTE)
		return SL_OK;
	return set_source(plan, input, err);
}

/* What sluice fills in would never get the address of the data. */
static int
check_input(const struct sl_plan_input_data *data, struct sl_error *err)
{
	if (data->parameter == NULL || !sl_plan_fills(sl_str(data->parameter)))
		return SL_OK;
	return sl_error_set(err, SL_ECONFIG,
	    "input %s is for parameter \"%s\", which sluice fills in: give "
	    "the data a parameter of another name, in the definition and in "
	    "`inputs:` of " SL_PROJECT_FILE, data->uri, data->parameter);
}

static int
set_inputs(struct sl_plan *plan, const struct sl_plan_input *input,
    struct sl_error *err)
{
	const struct sl_project *project = input->project;
	struct sl_uri_values values = { .bucket = plan->bucket,
		.use_case = plan->use_case, .environment = plan->environment };

	plan->inputs = sl_alloc_array(project->input_count + 1,
	    sizeof(*plan->inputs));
	for (size_t i = 0; i < project->input_count; i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf uri =
		    SL_BUF_INIT(URI_MAX);

		if (sl_project_uri(&project->inputs[i], &values, &uri, err) < 0)
			return err != NULL ? err->code : SL_ETOOBIG;
		plan->inputs[i].uri = sl_buf_steal(&uri);
		plan->inputs[i].parameter =
		    sl_strdup(project->inputs[i].parameter);
		plan->input_count = i + 1;
		if (check_input(&plan->inputs[i], err) < 0)
			return SL_ECONFIG;
	}
	return SL_OK;
}

static int
set_pipeline(struct sl_plan *plan, const struct sl_plan_input *input,
    struct sl_error *err)
{
	const struct sl_flow *flow = input->flow;
	const struct sl_project_pipeline *pipeline;

	if (flow->action == SL_FLOW_NONE || flow->pipeline == NULL)
		return SL_OK;
	pipeline = sl_project_pipeline(input->project, flow->pipeline);
	if (pipeline == NULL)
		return sl_error_at(err, SL_ECONFIG,
		    flow->file != NULL ? flow->file : "flows", flow->line,
		    flow->col, "the flow runs pipeline \"%s\", which "
		    "`pipelines:` of %s does not have", flow->pipeline,
		    SL_PROJECT_FILE);
	if (pipeline->command.count > 0 && flow->trigger != SL_FLOW_CI)
		return sl_error_at(err, SL_ECONFIG,
		    flow->file != NULL ? flow->file : "flows", flow->line,
		    flow->col, "pipeline \"%s\" gets its definition from a "
		    "command, which only a CI job may run: set `trigger: ci`, "
		    "or commit the definition", flow->pipeline);
	plan->pipeline = sl_strdup(pipeline->name);
	plan->only_pipeline = input->project->pipeline_count == 1;
	plan->definition = sl_strdup(pipeline->definition);
	copy_words(&plan->command, &pipeline->command);
	copy_words(&plan->inputs_paths, &pipeline->inputs_paths);
	copy_pairs(&plan->parameters, &pipeline->parameters);
	return set_inputs(plan, input, err);
}

int
sl_plan_make(const struct sl_plan_input *input, struct sl_plan **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_plan_freep) struct sl_plan *plan = NULL;
	int rc;

	plan = sl_alloc(sizeof(*plan));
	if ((rc = set_names(plan, input, err)) < 0 ||
	    (rc = set_environment(plan, input, err)) < 0 ||
	    (rc = set_pipeline(plan, input, err)) < 0)
		return rc;
	if (plan->action == SL_FLOW_TRAIN && plan->pipeline == NULL)
		return fail_at(input->flow, err,
		    "a flow that trains names a pipeline");
	*out = sl_steal(&plan);
	return SL_OK;
}

void
sl_plan_note_push(struct sl_plan *plan, bool runs, const char *because)
{
	plan->push_runs = runs;
	free(plan->push_because);
	plan->push_because = sl_strdup(because);
}

void
sl_plan_free(struct sl_plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->input_count; i++) {
		free(plan->inputs[i].uri);
		free(plan->inputs[i].parameter);
	}
	free(plan->inputs);
	sl_pairs_release(&plan->parameters);
	sl_words_release(&plan->inputs_paths);
	sl_words_release(&plan->command);
	free(plan->definition);
	free(plan->pipeline);
	free(plan->manifest_key);
	free(plan->code_root);
	free(plan->build_root);
	free(plan->use_case_root);
	sl_words_release(&plan->source_paths);
	sl_words_release(&plan->source_command);
	free(plan->source_definition);
	free(plan->source_root);
	free(plan->from);
	sl_pairs_release(&plan->tags);
	free(plan->pipeline_role);
	free(plan->kms_key);
	free(plan->prefix);
	free(plan->bucket);
	free(plan->region);
	free(plan->account);
	free(plan->environment);
	free(plan->push_because);
	free(plan->promote_to);
	sl_words_release(&plan->paths);
	free(plan->flow_place);
	free(plan->ref);
	free(plan->use_case);
	free(plan->project);
	free(plan->repository_id);
	free(plan);
}

void
sl_plan_attempt(const struct sl_plan *plan, unsigned number,
    struct sl_plan_attempt *out)
{
	struct sl_token_parts parts = { .account = plan->account,
		.region = plan->region, .pipeline = plan->name,
		.project = plan->project, .build_id = plan->build_id,
		.attempt = number };
	size_t folder = strlen(plan->build_root) - strlen(plan->build_id);

	out->number = number;
	sl_attempt_name(plan->build_id, number, out->display_name);
	sl_attempt_token(&parts, out->token);
	snprintf(out->output_root, sizeof(out->output_root),
	    "%.*s%s/ml-pipeline-outputs", (int)folder, plan->build_root,
	    out->display_name);
}

int
sl_inputs_digest(const struct sl_input_object *objects, size_t count,
    const char *definition_digest, char out[SL_PIPELINE_DIGEST_SIZE],
    struct sl_error *err)
{
	static const char head[] = "sluice-inputs 1\n";
	struct sl_sha256 sum;
	uint8_t digest[SL_SHA256_BYTES];

	for (size_t i = 1; i < count; i++) {
		if (strcmp(objects[i - 1].path, objects[i].path) >= 0)
			return sl_error_set(err, SL_EINVAL,
			    "the paths that a pipeline uses are not in order: "
			    "\"%s\", \"%s\"", objects[i - 1].path,
			    objects[i].path);
	}
	sl_sha256_init(&sum);
	sl_sha256_update(&sum, head, sizeof(head) - 1);
	for (size_t i = 0; i < count; i++) {
		char hex[SL_OID_HEX + 1];

		sl_oid_hex(&objects[i].oid, hex);
		sl_sha256_field(&sum, sl_str(objects[i].path));
		sl_sha256_update(&sum, hex, SL_OID_HEX);
		sl_sha256_update(&sum, "\n", 1);
	}
	sl_sha256_update(&sum, definition_digest, strlen(definition_digest));
	sl_sha256_update(&sum, "\n", 1);
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, out);
	return SL_OK;
}

void
sl_command_digest(const struct sl_words *command,
    char out[SL_PIPELINE_DIGEST_SIZE])
{
	static const char head[] = "sluice-command 1\n";
	struct sl_sha256 sum;
	uint8_t digest[SL_SHA256_BYTES];

	sl_sha256_init(&sum);
	sl_sha256_update(&sum, head, sizeof(head) - 1);
	for (size_t i = 0; i < command->count; i++)
		sl_sha256_field(&sum, sl_str(command->items[i]));
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, out);
}

char *
sl_plan_commit_key(const char *root, const char *commit, const char *build_id,
    const char *name)
{
	return sl_asprintf("%s/.sluice/commits/%s/%s/%s", root, commit,
	    build_id, name);
}

char *
sl_plan_inputs_key(const char *root, const char *digest, const char *build_id,
    const char *name)
{
	return sl_asprintf("%s/.sluice/inputs/%s/%s/%s", root, digest,
	    build_id, name);
}
