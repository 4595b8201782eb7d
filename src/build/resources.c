/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The definition, and the pipeline and model group that it needs. Both carry
 * owner tags; what carries another project's, or none, is not touched.
 */
#include <stdio.h>

#include "base/mem.h"
#include "build/build_int.h"
#include "store/repositories.h"

#define DESCRIPTION_MAX 512

/* --- tags --- */

/* Letters, digits, blanks and _.:/=+-@ are legal; not-ASCII ones mostly are,
 * but not all: keep to what is sure. */
void
sl_build_tag_text(const char *text, char out[257])
{
	size_t n = 0;

	for (; *text != '\0' && n < 256; text++) {
		char c = *text;

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && !strchr(" _.:/=+-@", c))
			c = '_';
		out[n++] = c;
	}
	out[n] = '\0';
}

void
sl_build_set_pair(struct sl_aws_pairs *pairs, const char *name,
    const char *value)
{
	char text[257];

	if (value == NULL || value[0] == '\0')
		return;
	sl_build_tag_text(value, text);
	sl_aws_pairs_set(pairs, name, text);
}

void
sl_builder_make_tags(struct sl_builder *b)
{
	const struct sl_plan *plan = b->plan;

	sl_aws_pairs_release(&b->tags);
	for (size_t i = 0; i < plan->tags.count; i++)
		sl_build_set_pair(&b->tags, plan->tags.items[i].key,
		    plan->tags.items[i].value);
	sl_build_set_pair(&b->tags, "sluice:project", plan->project);
	sl_build_set_pair(&b->tags, "sluice:repository", plan->repository_id);
	sl_build_set_pair(&b->tags, "sluice:use-case", plan->use_case);
	sl_build_set_pair(&b->tags, "sluice:environment", plan->environment);
	if (plan->branch_id[0] != '\0')
		sl_build_set_pair(&b->tags, "sluice:ref", plan->ref);
}

static int
check_tag(const struct sl_aws_pairs *tags, const char *name,
    const char *value, const char *what, struct sl_error *err)
{
	const char *is = sl_aws_pairs_get(tags, name);
	char want[257];

	sl_build_tag_text(value, want);
	if (is == NULL)
		return sl_error_set(err, SL_EREFUSED,
		    "%s was not made by sluice: it has no tag %s. To hand it "
		    "over, tag it %s=%s", what, name, name, want);
	if (!sl_repository_may_be(is, want))
		return sl_error_set(err, SL_EREFUSED,
		    "%s belongs to another: its tag %s is \"%s\", not \"%s\"",
		    what, name, is, want);
	return SL_OK;
}

int
sl_build_check_owner(struct sl_builder *b, const struct sl_remote *remote,
    const char *arn, const char *what, struct sl_error *err)
{
	struct sl_aws_pairs tags = { NULL, 0 };
	int rc;

	rc = remote->ops->list_tags(remote->self, arn, &tags, err);
	if (rc < 0)
		return sl_error_wrap(err, "%s", what);
	rc = check_tag(&tags, "sluice:project", b->plan->project, what, err);
	if (rc == 0)
		rc = check_tag(&tags, "sluice:repository",
		    b->plan->repository_id, what, err);
	if (rc == 0)
		rc = check_tag(&tags, "sluice:environment",
		    b->plan->environment, what, err);
	sl_aws_pairs_release(&tags);
	return rc;
}

/* --- the definition --- */

static int
read_definition(struct sl_builder *b, struct sl_error *err)
{
	const struct sl_plan *plan = b->plan;
	struct sl_oid tree;

	if (b->job->definition.len > 0) {
		if (sl_buf_addv(&b->definition, b->job->definition) < 0)
			return sl_error_set(err, SL_ETOOBIG,
			    "the definition is over %zu bytes",
			    SL_PIPELINE_MAX_BYTES);
		return SL_OK;
	}
	if (plan->definition == NULL)
		return sl_error_set(err, SL_EREFUSED,
		    "pipeline \"%s\" gets its definition from a command of "
		    "the repository: only `sluice run` in a CI job runs it",
		    plan->pipeline);
	if (sl_oid_parse(sl_str(plan->tree), &tree) < 0)
		return sl_error_set(err, SL_EINVAL, "the plan has no tree");
	return sl_build_read_path(b->job->source, &tree, plan->definition,
	    &b->definition, err);
}

int
sl_step_prepare(struct sl_builder *b, struct sl_error *err)
{
	const char *name = b->plan->definition;
	struct sl_oid tree;
	int rc;

	if (b->prepared)
		return SL_OK;
	if (b->ctx.store != NULL) {
		rc = sl_claims_take(b->ctx.store, b->plan->project,
		    b->plan->use_case, b->plan->repository_id,
		    sl_clock_now_s(b->ctx.clock), err);
		if (rc < 0)
			return rc;
	}
	sl_buf_clear(&b->definition);
	rc = read_definition(b, err);
	if (rc < 0)
		return rc;
	sl_pipeline_free(b->pipeline);
	b->pipeline = NULL;
	if ((rc = sl_pipeline_parse(name != NULL ? name : "definition",
	    sl_buf_str(&b->definition), &b->pipeline, err)) < 0 ||
	    (rc = sl_pipeline_check(b->pipeline, err)) < 0)
		return rc;
	if (sl_oid_parse(sl_str(b->plan->tree), &tree) < 0)
		return sl_error_set(err, SL_EINVAL, "the plan has no tree");
	if (b->plan->command.count > 0)
		rc = sl_build_command_inputs(&tree, &b->plan->command,
		    b->inputs_digest, err);
	else
		rc = sl_build_inputs(b->job->source, &tree,
		    &b->plan->inputs_paths, sl_pipeline_digest(b->pipeline),
		    b->inputs_digest, err);
	if (rc < 0)
		return rc;
	sl_builder_make_tags(b);
	sl_build_set_pair(&b->tags, "sluice:definition-digest",
	    sl_pipeline_digest(b->pipeline));
	b->prepared = true;
	return SL_OK;
}

/* A large definition goes by way of the snapshot's folder. */
static int
place_definition(struct sl_builder *b,
    struct sl_sagemaker_pipeline_spec *spec, char **key, struct sl_error *err)
{
	struct sl_s3_put put = { .content_type = "application/json",
		.if_absent = true };
	bool existed;
	int rc;

	if (b->definition.len <= SL_SAGEMAKER_DEFINITION_INLINE_MAX) {
		spec->definition = sl_buf_str(&b->definition);
		return SL_OK;
	}
	*key = sl_asprintf("%s/definition-%.16s.json", b->plan->build_root,
	    sl_pipeline_digest(b->pipeline));
	put.key = sl_str(*key);
	put.body = sl_buf_str(&b->definition);
	rc = b->remote->ops->put_immutable(b->remote->self,
	    &b->remote->bucket, &put, &existed, err);
	if (rc < 0)
		return sl_error_wrap(err, "definition");
	spec->s3_bucket = b->plan->bucket;
	spec->s3_key = *key;
	return SL_OK;
}

/* Whether what the service has means the same as ours. */
static bool
is_current(const struct sl_builder *b,
    const struct sl_sagemaker_pipeline *there)
{
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *p = NULL;

	if (there->definition == NULL || there->role_arn == NULL ||
	    strcmp(there->role_arn, b->plan->pipeline_role) != 0)
		return false;
	if (sl_pipeline_parse("remote", sl_str(there->definition), &p,
	    NULL) < 0)
		return false;
	return !strcmp(sl_pipeline_digest(p), sl_pipeline_digest(b->pipeline));
}

static int
update_pipeline(struct sl_builder *b,
    const struct sl_sagemaker_pipeline *there,
    struct sl_sagemaker_pipeline_spec *spec, struct sl_error *err)
{
	const struct sl_remote *remote = b->remote;
	SL_CLEANUP(sl_freep) char *what = NULL;
	int rc;

	what = sl_asprintf("pipeline %s", b->plan->name);
	rc = sl_build_check_owner(b, remote, there->arn, what, err);
	if (rc < 0)
		return rc;
	if (is_current(b, there)) {
		sl_builder_say(b, "definition", NULL, "note",
		    "pipeline %s is up to date", b->plan->name);
		return SL_OK;
	}
	rc = remote->ops->update_pipeline(remote->self, spec, NULL, err);
	if (rc == 0)
		rc = remote->ops->add_tags(remote->self, there->arn,
		    b->tags.items, b->tags.count, err);
	if (rc < 0)
		return rc;
	sl_builder_say(b, "definition", NULL, "note", "pipeline %s updated",
	    b->plan->name);
	return SL_OK;
}

static int
create_pipeline(struct sl_builder *b, struct sl_sagemaker_pipeline_spec *spec,
    struct sl_error *err)
{
	const struct sl_remote *remote = b->remote;
	char token[SL_UUID_SIZE];
	int rc;

	sl_uuid_token(sl_str(b->attempt.token), token);
	spec->token = token;
	spec->tags = b->tags.items;
	spec->tag_count = b->tags.count;
	rc = remote->ops->create_pipeline(remote->self, spec, NULL, err);
	if (rc == SL_EEXIST) /* between our look and now: look again */
		return sl_error_set(err, SL_ECONFLICT,
		    "pipeline %s was made by somebody else just now",
		    b->plan->name);
	if (rc < 0)
		return rc;
	sl_builder_say(b, "definition", NULL, "note", "pipeline %s created",
	    b->plan->name);
	return SL_OK;
}

int
sl_step_definition(struct sl_builder *b, struct sl_error *err)
{
	struct sl_sagemaker_pipeline there = { 0 };
	struct sl_sagemaker_pipeline_spec spec = { 0 };
	SL_CLEANUP(sl_freep) char *key = NULL;
	char description[DESCRIPTION_MAX];
	int rc;

	snprintf(description, sizeof(description),
	    "%s, from %s of project %s; kept by sluice", b->plan->pipeline,
	    b->plan->branch_id[0] != '\0' ? b->plan->branch_id : "main",
	    b->plan->project);
	spec.name = b->plan->name;
	spec.role_arn = b->plan->pipeline_role;
	spec.description = description;
	rc = place_definition(b, &spec, &key, err);
	if (rc < 0)
		return rc;
	rc = b->remote->ops->describe_pipeline(b->remote->self, b->plan->name,
	    &there, err);
	if (rc == SL_ENOTFOUND) {
		rc = create_pipeline(b, &spec, err);
	} else if (rc == 0) {
		rc = update_pipeline(b, &there, &spec, err);
		sl_sagemaker_pipeline_release(&there);
	}
	return rc;
}

/* --- the model group --- */

int
sl_builder_group(struct sl_builder *b, struct sl_error *err)
{
	const struct sl_remote *remote = b->remote;
	struct sl_sagemaker_group group = { 0 };
	SL_CLEANUP(sl_freep) char *what = NULL;
	char description[DESCRIPTION_MAX];
	int rc;

	what = sl_asprintf("model group %s", b->plan->name);
	rc = remote->ops->describe_group(remote->self, b->plan->name, &group,
	    err);
	if (rc == 0) {
		rc = sl_build_check_owner(b, remote, group.arn, what, err);
		sl_sagemaker_group_release(&group);
		return rc;
	}
	if (rc != SL_ENOTFOUND)
		return rc;
	snprintf(description, sizeof(description),
	    "Models of use case %s, %s; kept by sluice", b->plan->use_case,
	    b->plan->branch_id[0] != '\0' ? b->plan->branch_id : "main");
	rc = remote->ops->create_group(remote->self, b->plan->name,
	    description, b->tags.items, b->tags.count, NULL, err);
	if (rc == SL_EEXIST)
		return sl_error_set(err, SL_ECONFLICT,
		    "%s was made by somebody else just now", what);
	if (rc < 0)
		return rc;
	sl_builder_say(b, "group", NULL, "note", "%s created", what);
	return SL_OK;
}

int
sl_step_group(struct sl_builder *b, struct sl_error *err)
{
	if (sl_pipeline_registers(b->pipeline) == 0)
		return SL_OK;
	return sl_builder_group(b, err);
}
