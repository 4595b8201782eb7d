/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sagemaker_int.h"
#include "base/mem.h"

#define PIPELINE_NAME_MAX 256
#define DISPLAY_NAME_MAX 82
#define TAGS_MAX 50

/* --- pipelines --- */

static int
check_spec(const struct sl_sagemaker_pipeline_spec *spec, struct sl_error *err)
{
	bool here = spec->definition.len > 0, s3 = spec->s3_bucket != NULL;

	if (here && s3)
		return sl_error_set(err, SL_EINVAL,
		    "pipeline %s: a definition and a place of it in S3",
		    spec->name);
	if (s3 && spec->s3_key == NULL)
		return sl_error_set(err, SL_EINVAL,
		    "pipeline %s: a bucket without a key", spec->name);
	if (spec->definition.len > SL_SAGEMAKER_DEFINITION_MAX)
		return sl_error_set(err, SL_EINVAL,
		    "pipeline %s: its definition has %zu bytes, at most %d",
		    spec->name, spec->definition.len,
		    SL_SAGEMAKER_DEFINITION_MAX);
	return sl_sagemaker_check_name("a pipeline name", spec->name,
	    PIPELINE_NAME_MAX, err);
}

static void
put_spec(struct sl_json *w, const struct sl_sagemaker_pipeline_spec *spec)
{
	sl_json_put(w, "PipelineName", spec->name);
	sl_sagemaker_put(w, "RoleArn", spec->role_arn);
	sl_sagemaker_put(w, "PipelineDescription", spec->description);
	if (spec->definition.len > 0)
		sl_json_putv(w, "PipelineDefinition", spec->definition);
	if (spec->s3_bucket != NULL) {
		sl_json_key(w, "PipelineDefinitionS3Location");
		sl_json_object(w);
		sl_json_put(w, "Bucket", spec->s3_bucket);
		sl_json_put(w, "ObjectKey", spec->s3_key);
		sl_sagemaker_put(w, "VersionId", spec->s3_version);
		sl_json_end(w);
	}
	if (spec->max_parallel_steps > 0) {
		sl_json_key(w, "ParallelismConfiguration");
		sl_json_object(w);
		sl_json_put_int(w, "MaxParallelExecutionSteps",
		    spec->max_parallel_steps);
		sl_json_end(w);
	}
}

int
sl_sagemaker_create_pipeline(struct sl_aws_session *session,
    const struct sl_sagemaker_pipeline_spec *spec, char **arn,
    struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = check_spec(spec, err);
	if (rc < 0)
		return rc;
	rc = sl_sagemaker_check_token(spec->token, err);
	if (rc < 0)
		return rc;
	if (spec->definition.len == 0 && spec->s3_bucket == NULL)
		return sl_error_set(err, SL_EINVAL,
		    "pipeline %s: no definition", spec->name);
	if (spec->role_arn == NULL)
		return sl_error_set(err, SL_EINVAL,
		    "pipeline %s: no role for its jobs; set pipeline-role in "
		    "the site file", spec->name);
	put_spec(&r.json, spec);
	sl_json_put(&r.json, "ClientRequestToken", spec->token);
	sl_sagemaker_put_pairs(&r.json, "Tags", "Key", "Value", spec->tags,
	    spec->tag_count);
	rc = sl_sagemaker_ask(session, "CreatePipeline", &r, false,
	    "PipelineArn", arn, NULL, err);
	return rc < 0 ? sl_error_wrap(err, "pipeline %s", spec->name) : SL_OK;
}

int
sl_sagemaker_update_pipeline(struct sl_aws_session *session,
    const struct sl_sagemaker_pipeline_spec *spec, char **arn,
    int64_t *version, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = check_spec(spec, err);
	if (rc < 0)
		return rc;
	put_spec(&r.json, spec);
	rc = sl_sagemaker_ask(session, "UpdatePipeline", &r, false,
	    "PipelineArn", arn, &doc, err);
	if (rc < 0)
		return sl_error_wrap(err, "pipeline %s", spec->name);
	if (version != NULL)
		*version = sl_sagemaker_number(sl_doc_root(doc),
		    "PipelineVersionId");
	return SL_OK;
}

void
sl_sagemaker_pipeline_release(struct sl_sagemaker_pipeline *pipeline)
{
	sl_freep(&pipeline->arn);
	sl_freep(&pipeline->name);
	sl_freep(&pipeline->role_arn);
	sl_freep(&pipeline->status);
	sl_freep(&pipeline->definition);
	sl_freep(&pipeline->description);
}

int
sl_sagemaker_describe_pipeline(struct sl_aws_session *session,
    const char *name, struct sl_sagemaker_pipeline *out, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	const struct sl_node *root;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = sl_sagemaker_check_name_or_arn("a pipeline name", name,
	    PIPELINE_NAME_MAX, err);
	if (rc < 0)
		return rc;
	sl_json_put(&r.json, "PipelineName", name);
	rc = sl_sagemaker_ask(session, "DescribePipeline", &r, false,
	    "PipelineArn", NULL, &doc, err);
	if (rc < 0)
		return sl_error_wrap(err, "pipeline %s", name);
	root = sl_doc_root(doc);
	*out = (struct sl_sagemaker_pipeline){
		.arn = sl_sagemaker_text(root, "PipelineArn"),
		.name = sl_sagemaker_text(root, "PipelineName"),
		.role_arn = sl_sagemaker_text(root, "RoleArn"),
		.status = sl_sagemaker_text(root, "PipelineStatus"),
		.definition = sl_sagemaker_text(root, "PipelineDefinition"),
		.description = sl_sagemaker_text(root, "PipelineDescription"),
		.created_s = sl_sagemaker_time(root, "CreationTime"),
		.modified_s = sl_sagemaker_time(root, "LastModifiedTime"),
	};
	return SL_OK;
}

/* --- executions --- */

static const char *const status_names[] = {
	[SL_SAGEMAKER_EXECUTING] = "Executing",
	[SL_SAGEMAKER_STOPPING] = "Stopping",
	[SL_SAGEMAKER_STOPPED] = "Stopped",
	[SL_SAGEMAKER_FAILED] = "Failed",
	[SL_SAGEMAKER_SUCCEEDED] = "Succeeded",
	[SL_SAGEMAKER_STARTING] = "Starting",
	[SL_SAGEMAKER_UNKNOWN] = "unknown",
};

const char *
sl_sagemaker_status_name(enum sl_sagemaker_status status)
{
	return status < SL_COUNT(status_names) ? status_names[status]
					       : "unknown";
}

bool
sl_sagemaker_status_is_final(enum sl_sagemaker_status status)
{
	return status == SL_SAGEMAKER_STOPPED ||
	    status == SL_SAGEMAKER_FAILED || status == SL_SAGEMAKER_SUCCEEDED;
}

static enum sl_sagemaker_status
read_status(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	for (size_t i = 0; node != NULL && i < SL_SAGEMAKER_UNKNOWN; i++)
		if (sl_str_eqs(sl_node_text(node), status_names[i]))
			return (enum sl_sagemaker_status)i;
	return SL_SAGEMAKER_UNKNOWN;
}

/* A failure's reason; a stand-in says "" or "None" where there is none. */
static char *
read_reason(const struct sl_node *map, const char *key)
{
	SL_CLEANUP(sl_freep) char *text = sl_sagemaker_text(map, key);

	if (text == NULL || *text == '\0' || !strcmp(text, "None"))
		return NULL;
	return sl_steal(&text);
}

int
sl_sagemaker_start_execution(struct sl_aws_session *session,
    const struct sl_sagemaker_start *start, char **arn, struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	struct sl_json *w = &r.json;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = sl_sagemaker_check_name_or_arn("a pipeline name",
	    start->pipeline, PIPELINE_NAME_MAX, err);
	if (rc < 0)
		return rc;
	rc = sl_sagemaker_check_token(start->token, err);
	if (rc < 0)
		return rc;
	if (start->display_name != NULL)
		rc = sl_sagemaker_check_name("a name of an execution",
		    start->display_name, DISPLAY_NAME_MAX, err);
	if (rc < 0)
		return rc;
	sl_json_put(w, "PipelineName", start->pipeline);
	sl_json_put(w, "ClientRequestToken", start->token);
	sl_sagemaker_put(w, "PipelineExecutionDisplayName",
	    start->display_name);
	sl_sagemaker_put(w, "PipelineExecutionDescription",
	    start->description);
	sl_sagemaker_put_pairs(w, "PipelineParameters", "Name", "Value",
	    start->parameters, start->parameter_count);
	if (start->version > 0)
		sl_json_put_int(w, "PipelineVersionId", start->version);
	/* What a lost answer did, the caller finds out: never sent twice. */
	rc = sl_sagemaker_ask(session, "StartPipelineExecution", &r, true,
	    "PipelineExecutionArn", arn, NULL, err);
	return rc < 0 ? sl_error_wrap(err, "pipeline %s", start->pipeline)
		      : SL_OK;
}

int
sl_sagemaker_stop_execution(struct sl_aws_session *session, const char *arn,
    const char *token, struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = sl_sagemaker_check_token(token, err);
	if (rc < 0)
		return rc;
	sl_json_put(&r.json, "PipelineExecutionArn", arn);
	sl_json_put(&r.json, "ClientRequestToken", token);
	rc = sl_sagemaker_ask(session, "StopPipelineExecution", &r, false,
	    NULL, NULL, NULL, err);
	return rc < 0 ? sl_error_wrap(err, "execution %s", arn) : SL_OK;
}

void
sl_sagemaker_execution_release(struct sl_sagemaker_execution *execution)
{
	sl_freep(&execution->arn);
	sl_freep(&execution->pipeline_arn);
	sl_freep(&execution->display_name);
	sl_freep(&execution->failure_reason);
}

int
sl_sagemaker_describe_execution(struct sl_aws_session *session,
    const char *arn, struct sl_sagemaker_execution *out, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	const struct sl_node *root;
	int rc;

	sl_sagemaker_request_init(&r);
	sl_json_put(&r.json, "PipelineExecutionArn", arn);
	rc = sl_sagemaker_ask(session, "DescribePipelineExecution", &r, false,
	    "PipelineExecutionStatus", NULL, &doc, err);
	if (rc < 0)
		return sl_error_wrap(err, "execution %s", arn);
	root = sl_doc_root(doc);
	*out = (struct sl_sagemaker_execution){
		.arn = sl_sagemaker_text(root, "PipelineExecutionArn"),
		.pipeline_arn = sl_sagemaker_text(root, "PipelineArn"),
		.display_name =
		    sl_sagemaker_text(root, "PipelineExecutionDisplayName"),
		.status = read_status(root, "PipelineExecutionStatus"),
		.failure_reason = read_reason(root, "FailureReason"),
		.created_s = sl_sagemaker_time(root, "CreationTime"),
		.modified_s = sl_sagemaker_time(root, "LastModifiedTime"),
	};
	return SL_OK;
}

struct execution_visit {
	int (*each)(void *ctx, const struct sl_sagemaker_execution *execution,
	    struct sl_error *err);
	void *ctx;
};

static int
visit_execution(void *arg, const struct sl_node *row, struct sl_error *err)
{
	const struct execution_visit *visit = arg;
	SL_CLEANUP(sl_sagemaker_execution_release)
	struct sl_sagemaker_execution execution = {
		.arn = sl_sagemaker_text(row, "PipelineExecutionArn"),
		.display_name =
		    sl_sagemaker_text(row, "PipelineExecutionDisplayName"),
		.status = read_status(row, "PipelineExecutionStatus"),
		.failure_reason =
		    read_reason(row, "PipelineExecutionFailureReason"),
		.created_s = sl_sagemaker_time(row, "StartTime"),
	};

	if (execution.arn == NULL)
		return sl_error_set(err, SL_EREMOTE,
		    "sagemaker:ListPipelineExecutions: a row without an ARN");
	return visit->each(visit->ctx, &execution, err);
}

static void
fill_executions(struct sl_json *w, const void *in)
{
	sl_json_put(w, "PipelineName", in);
	sl_json_put(w, "SortBy", "CreationTime");
	sl_json_put(w, "SortOrder", "Descending");
	sl_json_put_int(w, "MaxResults", 100);
}

int
sl_sagemaker_list_executions(struct sl_aws_session *session,
    const char *pipeline,
    int (*each)(void *ctx, const struct sl_sagemaker_execution *execution,
	struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	struct execution_visit visit = { each, ctx };
	int rc = sl_sagemaker_check_name_or_arn("a pipeline name", pipeline,
	    PIPELINE_NAME_MAX, err);

	if (rc < 0)
		return rc;
	return sl_sagemaker_pages(session, "ListPipelineExecutions",
	    fill_executions, pipeline, "PipelineExecutionSummaries",
	    visit_execution, &visit, err);
}

/* --- steps --- */

struct step_visit {
	int (*each)(void *ctx, const struct sl_sagemaker_step *step,
	    struct sl_error *err);
	void *ctx;
};

static void
step_release(struct sl_sagemaker_step *step)
{
	sl_freep(&step->name);
	sl_freep(&step->type);
	sl_freep(&step->arn);
	sl_freep(&step->outcome);
	sl_freep(&step->failure_reason);
}

/* Metadata has one member, which names the kind of step. */
static void
read_metadata(const struct sl_node *row, struct sl_sagemaker_step *step)
{
	const struct sl_node *metadata = sl_node_get(row, "Metadata");
	const struct sl_node *inner;
	struct sl_str type;

	if (metadata == NULL || sl_node_kind(metadata) != SL_NODE_MAP ||
	    sl_node_count(metadata) == 0)
		return;
	type = sl_node_text(sl_node_key(metadata, 0));
	inner = sl_node_at(metadata, 0);
	step->type = sl_strndup(type.ptr, type.len);
	step->arn = sl_sagemaker_text(inner, "Arn");
	step->outcome = sl_sagemaker_text(inner, "Outcome");
}

static int
visit_step(void *arg, const struct sl_node *row, struct sl_error *err)
{
	const struct step_visit *visit = arg;
	SL_CLEANUP(step_release) struct sl_sagemaker_step step = {
		.name = sl_sagemaker_text(row, "StepName"),
		.status = read_status(row, "StepStatus"),
		.failure_reason = read_reason(row, "FailureReason"),
		.started_s = sl_sagemaker_time(row, "StartTime"),
		.ended_s = sl_sagemaker_time(row, "EndTime"),
	};

	if (step.name == NULL)
		return sl_error_set(err, SL_EREMOTE,
		    "sagemaker:ListPipelineExecutionSteps: a step without a "
		    "name");
	read_metadata(row, &step);
	return visit->each(visit->ctx, &step, err);
}

static void
fill_steps(struct sl_json *w, const void *in)
{
	sl_json_put(w, "PipelineExecutionArn", in);
	sl_json_put(w, "SortOrder", "Ascending");
	sl_json_put_int(w, "MaxResults", 100);
}

int
sl_sagemaker_list_steps(struct sl_aws_session *session,
    const char *execution_arn,
    int (*each)(void *ctx, const struct sl_sagemaker_step *step,
	struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	struct step_visit visit = { each, ctx };

	return sl_sagemaker_pages(session, "ListPipelineExecutionSteps",
	    fill_steps, execution_arn, "PipelineExecutionSteps", visit_step,
	    &visit, err);
}

/* --- tags --- */

int
sl_sagemaker_add_tags(struct sl_aws_session *session, const char *arn,
    const struct sl_aws_pair *tags, size_t count, struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	if (count == 0)
		return SL_OK;
	if (count > TAGS_MAX)
		return sl_error_set(err, SL_EINVAL, "%zu tags, at most %d",
		    count, TAGS_MAX);
	sl_json_put(&r.json, "ResourceArn", arn);
	sl_sagemaker_put_pairs(&r.json, "Tags", "Key", "Value", tags, count);
	rc = sl_sagemaker_ask(session, "AddTags", &r, false, NULL, NULL, NULL,
	    err);
	return rc < 0 ? sl_error_wrap(err, "%s", arn) : SL_OK;
}

static int
visit_tag(void *arg, const struct sl_node *row, struct sl_error *err)
{
	struct sl_aws_pairs *out = arg;
	SL_CLEANUP(sl_freep) char *key = sl_sagemaker_text(row, "Key");
	SL_CLEANUP(sl_freep) char *value = sl_sagemaker_text(row, "Value");

	if (key == NULL || value == NULL)
		return sl_error_set(err, SL_EREMOTE,
		    "sagemaker:ListTags: a tag without key or value");
	/* A stand-in keeps both of two equal keys: the later one counts. */
	sl_aws_pairs_set(out, key, value);
	return SL_OK;
}

static void
fill_tags(struct sl_json *w, const void *in)
{
	sl_json_put(w, "ResourceArn", in);
	sl_json_put_int(w, "MaxResults", 50);
}

int
sl_sagemaker_list_tags(struct sl_aws_session *session, const char *arn,
    struct sl_aws_pairs *out, struct sl_error *err)
{
	struct sl_aws_pairs found = { NULL, 0 };
	int rc = sl_sagemaker_pages(session, "ListTags", fill_tags, arn,
	    "Tags", visit_tag, &found, err);

	if (rc < 0) {
		sl_aws_pairs_release(&found);
		return sl_error_wrap(err, "%s", arn);
	}
	*out = found;
	return SL_OK;
}
