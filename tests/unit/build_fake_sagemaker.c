/* SPDX-License-Identifier: Apache-2.0 */
/* SageMaker in memory: pipelines, executions, groups and packages. */
#include "build_fake_int.h"

#include <stdio.h>

/* --- pipelines and groups --- */

static struct fake_named *
named(struct fake_named *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(items[i].name, name) ||
		    !strcmp(items[i].arn, name))
			return &items[i];
	}
	return NULL;
}

static void
set_tags(struct sl_aws_pairs *to, const struct sl_aws_pair *tags,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		sl_aws_pairs_set(to, tags[i].name, tags[i].value);
}

static int
describe_pipeline_op(void *self, const char *name,
    struct sl_sagemaker_pipeline *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *p;

	BEFORE(e);
	p = named(e->pipelines, e->pipeline_count, name);
	if (p == NULL)
		return fake_missing(err, "pipeline", name);
	if (strike_)
		return fake_lost(e->fake, err);
	*out = (struct sl_sagemaker_pipeline){ .arn = sl_strdup(p->arn),
		.name = sl_strdup(p->name),
		.definition = sl_strdup(p->definition),
		.role_arn = sl_strdup(p->role) };
	return SL_OK;
}

static int
create_pipeline_op(void *self, const struct sl_sagemaker_pipeline_spec *spec,
    char **arn, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *p;

	(void)arn;
	BEFORE(e);
	if (named(e->pipelines, e->pipeline_count, spec->name) != NULL)
		return sl_error_set(err, SL_EEXIST, "it exists");
	p = &e->pipelines[e->pipeline_count++];
	p->name = sl_strdup(spec->name);
	p->arn = sl_asprintf("arn:pipeline/%s", spec->name);
	p->definition = sl_strndup(spec->definition.ptr, spec->definition.len);
	p->role = sl_strdup(spec->role_arn);
	set_tags(&p->tags, spec->tags, spec->tag_count);
	AFTER(e);
}

static int
update_pipeline_op(void *self, const struct sl_sagemaker_pipeline_spec *spec,
    char **arn, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *p;

	(void)arn;
	BEFORE(e);
	p = named(e->pipelines, e->pipeline_count, spec->name);
	if (p == NULL)
		return fake_missing(err, "pipeline", spec->name);
	free(p->definition);
	p->definition = sl_strndup(spec->definition.ptr, spec->definition.len);
	free(p->role);
	p->role = sl_strdup(spec->role_arn);
	p->updates++;
	AFTER(e);
}

static struct fake_named *
tagged(struct fake_environment *e, const char *arn)
{
	struct fake_named *n = named(e->pipelines, e->pipeline_count, arn);

	return n != NULL ? n : named(e->groups, e->group_count, arn);
}

static int
list_tags_op(void *self, const char *arn, struct sl_aws_pairs *out,
    struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *n;

	BEFORE(e);
	n = tagged(e, arn);
	if (n == NULL)
		return fake_missing(err, "resource", arn);
	if (strike_)
		return fake_lost(e->fake, err);
	set_tags(out, n->tags.items, n->tags.count);
	return SL_OK;
}

static int
add_tags_op(void *self, const char *arn, const struct sl_aws_pair *tags,
    size_t count, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *n;

	BEFORE(e);
	n = tagged(e, arn);
	if (n == NULL)
		return fake_missing(err, "resource", arn);
	set_tags(&n->tags, tags, count);
	AFTER(e);
}

static int
describe_group_op(void *self, const char *name,
    struct sl_sagemaker_group *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *g;

	BEFORE(e);
	g = named(e->groups, e->group_count, name);
	if (g == NULL)
		return fake_missing(err, "group", name);
	if (strike_)
		return fake_lost(e->fake, err);
	*out = (struct sl_sagemaker_group){ .name = sl_strdup(g->name),
		.arn = sl_strdup(g->arn) };
	return SL_OK;
}

static int
create_group_op(void *self, const char *name, const char *description,
    const struct sl_aws_pair *tags, size_t tag_count, char **arn,
    struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_named *g;

	(void)description;
	(void)arn;
	BEFORE(e);
	if (named(e->groups, e->group_count, name) != NULL)
		return sl_error_set(err, SL_EEXIST, "it exists");
	g = &e->groups[e->group_count++];
	g->name = sl_strdup(name);
	g->arn = sl_asprintf("arn:group/%s", name);
	set_tags(&g->tags, tags, tag_count);
	AFTER(e);
}

/* --- executions --- */

static struct fake_execution *
execution_of(struct fake_environment *e, const char *arn)
{
	for (size_t i = 0; i < e->execution_count; i++) {
		if (!strcmp(e->executions[i].arn, arn))
			return &e->executions[i];
	}
	return NULL;
}

static char *
join_values(const struct sl_sagemaker_start *start)
{
	struct sl_buf text = SL_BUF_INIT(65536);

	for (size_t i = 0; i < start->parameter_count; i++)
		sl_buf_addf(&text, "%s=%s;", start->parameters[i].name,
		    start->parameters[i].value);
	return sl_buf_steal(&text);
}

static int
start_op(void *self, const struct sl_sagemaker_start *start, char **arn,
    struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_execution *x = NULL;

	BEFORE(e);
	for (size_t i = 0; i < e->execution_count; i++) {
		if (!e->fake->ignores_tokens &&
		    !strcmp(e->executions[i].token, start->token))
			x = &e->executions[i];
	}
	if (x == NULL) {
		x = &e->executions[e->execution_count++];
		x->pipeline = sl_strdup(start->pipeline);
		x->arn = sl_asprintf("arn:execution/%s/%zu", start->pipeline,
		    e->execution_count);
		x->name = sl_strdup(start->display_name);
		x->token = sl_strdup(start->token);
		x->values = join_values(start);
		x->status = e->fake->new_status;
		if (e->fake->register_as != NULL)
			fake_register(e, e->fake->register_as, x->arn, NULL);
	}
	if (strike_)
		return fake_lost(e->fake, err);
	*arn = sl_strdup(x->arn);
	return SL_OK;
}

static int
stop_op(void *self, const char *arn, const char *token, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_execution *x;

	(void)token;
	BEFORE(e);
	if (!e->fake->has_stop)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "this endpoint has no StopPipelineExecution");
	x = execution_of(e, arn);
	if (x == NULL)
		return fake_missing(err, "execution", arn);
	x->status = SL_SAGEMAKER_STOPPED;
	AFTER(e);
}

static int
describe_execution_op(void *self, const char *arn,
    struct sl_sagemaker_execution *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_execution *x;

	BEFORE(e);
	x = execution_of(e, arn);
	if (x == NULL)
		return fake_missing(err, "execution", arn);
	if (strike_)
		return fake_lost(e->fake, err);
	*out = (struct sl_sagemaker_execution){ .arn = sl_strdup(x->arn),
		.display_name = sl_strdup(x->name), .status = x->status,
		.failure_reason = sl_strdup(x->status == SL_SAGEMAKER_FAILED ?
		    "step Fit failed" : "") };
	return SL_OK;
}

static int
list_executions_op(void *self, const char *pipeline,
    sl_remote_execution_fn *each, void *ctx, struct sl_error *err)
{
	struct fake_environment *e = self;

	BEFORE(e);
	if (named(e->pipelines, e->pipeline_count, pipeline) == NULL)
		return fake_missing(err, "pipeline", pipeline);
	for (size_t i = e->execution_count; i-- > 0;) {
		struct fake_execution *x = &e->executions[i];
		struct sl_sagemaker_execution shown = { .arn = x->arn,
			.display_name = x->name, .status = x->status };
		int rc;

		if (strcmp(x->pipeline, pipeline) != 0)
			continue;
		rc = each(ctx, &shown, err);
		if (rc != 0)
			return rc < 0 ? rc : SL_OK;
	}
	AFTER(e);
}

static int
list_steps_op(void *self, const char *execution, sl_remote_step_fn *each,
    void *ctx, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct sl_sagemaker_step fit = { .name = (char *)"Fit",
		.type = (char *)"TrainingJob", .arn = (char *)"arn:job/fit",
		.status = SL_SAGEMAKER_SUCCEEDED };
	int rc;

	BEFORE(e);
	if (!e->fake->lists_steps)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "this endpoint has no ListPipelineExecutionSteps");
	rc = each(ctx, &fit, err);
	for (size_t i = 0; rc == 0 && i < e->package_count; i++) {
		struct sl_sagemaker_step r = { .name = (char *)"Register",
			.type = (char *)"RegisterModel",
			.arn = e->packages[i].arn,
			.status = SL_SAGEMAKER_SUCCEEDED };

		if (e->packages[i].generated_by != NULL &&
		    !strcmp(e->packages[i].generated_by, execution))
			rc = each(ctx, &r, err);
	}
	if (rc != 0)
		return rc < 0 ? rc : SL_OK;
	AFTER(e);
}

/* --- packages --- */

static struct fake_package *
package_of(struct fake_environment *e, const char *arn)
{
	for (size_t i = 0; i < e->package_count; i++) {
		if (!strcmp(e->packages[i].arn, arn))
			return &e->packages[i];
	}
	return NULL;
}

static int
list_packages_op(void *self, const char *group, sl_remote_package_fn *each,
    void *ctx, struct sl_error *err)
{
	struct fake_environment *e = self;

	BEFORE(e);
	for (size_t i = e->package_count; i-- > 0;) {
		struct sl_sagemaker_package shown = {
			.arn = e->packages[i].arn };
		int rc;

		if (strcmp(e->packages[i].group, group) != 0)
			continue;
		rc = each(ctx, &shown, err);
		if (rc != 0)
			return rc < 0 ? rc : SL_OK;
	}
	AFTER(e);
}

static int
describe_package_op(void *self, const char *arn,
    struct sl_sagemaker_package *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_package *p;

	BEFORE(e);
	p = package_of(e, arn);
	if (p == NULL)
		return fake_missing(err, "model package", arn);
	if (strike_)
		return fake_lost(e->fake, err);
	*out = (struct sl_sagemaker_package){ .arn = sl_strdup(p->arn),
		.group = sl_strdup(p->group),
		.approval = sl_strdup(p->approval),
		.generated_by = sl_strdup(p->generated_by),
		.modified_by_arn = sl_strdup(p->modified_by) };
	out->parts[SL_SAGEMAKER_INFERENCE_SPECIFICATION] =
	    sl_strdup(p->specification);
	set_tags(&out->metadata, p->metadata.items, p->metadata.count);
	return SL_OK;
}

static int
create_package_op(void *self, const struct sl_sagemaker_package_spec *spec,
    char **arn, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_package *p;

	BEFORE(e);
	p = fake_register(e, spec->group, spec->link.generated_by, NULL);
	free(p->approval);
	p->approval = sl_strdup(spec->approval);
	free(p->specification);
	p->specification = sl_strndup(
	    spec->parts[SL_SAGEMAKER_INFERENCE_SPECIFICATION].ptr,
	    spec->parts[SL_SAGEMAKER_INFERENCE_SPECIFICATION].len);
	set_tags(&p->metadata, spec->metadata, spec->metadata_count);
	p->stage = sl_strdup(spec->life_cycle.stage);
	if (strike_)
		return fake_lost(e->fake, err);
	*arn = sl_strdup(p->arn);
	return SL_OK;
}

void
fake_image(struct fake *f, const char *name, const char *digest, int code)
{
	struct fake_image *image = f->images;

	while (image->name != NULL && strcmp(image->name, name) != 0)
		if (++image == f->images + SL_COUNT(f->images))
			abort();
	*image = (struct fake_image){ name, digest, code };
}

static int
image_digest_op(void *self, const struct sl_ecr_image *image,
    char digest[SL_ECR_DIGEST_SIZE], struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake *f = e->fake;
	SL_CLEANUP(sl_freep) char *name = sl_asprintf("%s/%s:%s",
	    image->registry, image->repository, image->tag);

	BEFORE(e);
	f->images_asked++;
	for (size_t i = 0; i < SL_COUNT(f->images); i++) {
		if (f->images[i].name == NULL ||
		    strcmp(f->images[i].name, name) != 0)
			continue;
		if (f->images[i].digest == NULL)
			return sl_error_set(err, f->images[i].code,
			    "no digest of %s", name);
		snprintf(digest, SL_ECR_DIGEST_SIZE, "%s",
		    f->images[i].digest);
		AFTER(e);
	}
	return fake_missing(err, "image", name);
}

static int
merge_package_op(void *self,
    const struct sl_sagemaker_package_update *update, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_package *p;

	BEFORE(e);
	p = package_of(e, update->arn);
	if (p == NULL)
		return fake_missing(err, "model package", update->arn);
	if (update->approval != NULL) {
		free(p->approval);
		p->approval = sl_strdup(update->approval);
	}
	if (update->life_cycle.stage != NULL) {
		free(p->stage);
		p->stage = sl_strdup(update->life_cycle.stage);
	}
	set_tags(&p->metadata, update->metadata, update->metadata_count);
	AFTER(e);
}

/* --- the whole --- */

struct fake_package *
fake_register(struct fake_environment *e, const char *group,
    const char *execution, const char *build_id)
{
	struct fake_package *p;

	if (e->package_count == FAKE_MAX)
		abort();
	p = &e->packages[e->package_count++];
	p->group = sl_strdup(group);
	p->arn = sl_asprintf("arn:package/%s/%s/%zu", e->name, group,
	    e->package_count);
	p->approval = sl_strdup("PendingManualApproval");
	p->generated_by = sl_strdup(execution);
	p->specification = sl_asprintf("{\"Containers\":[{\"Image\":\"i\","
	    "\"ModelDataUrl\":\"s3://%s-bucket/%s/model.tar.gz\"}]}",
	    e->name, group);
	if (build_id != NULL)
		sl_aws_pairs_set(&p->metadata, "sluice:build-id", build_id);
	return p;
}

void
fake_fill_sagemaker(struct sl_remote_ops *ops)
{
	ops->describe_pipeline = describe_pipeline_op;
	ops->create_pipeline = create_pipeline_op;
	ops->update_pipeline = update_pipeline_op;
	ops->start_execution = start_op;
	ops->stop_execution = stop_op;
	ops->describe_execution = describe_execution_op;
	ops->list_executions = list_executions_op;
	ops->list_steps = list_steps_op;
	ops->list_tags = list_tags_op;
	ops->add_tags = add_tags_op;
	ops->describe_group = describe_group_op;
	ops->create_group = create_group_op;
	ops->list_packages = list_packages_op;
	ops->describe_package = describe_package_op;
	ops->create_package = create_package_op;
	ops->merge_package = merge_package_op;
	ops->image_digest = image_digest_op;
}

static void
release_named(struct fake_named *n)
{
	free(n->name);
	free(n->arn);
	free(n->definition);
	free(n->role);
	sl_aws_pairs_release(&n->tags);
}

static void
release_package(struct fake_package *p)
{
	free(p->arn);
	free(p->group);
	free(p->approval);
	free(p->generated_by);
	free(p->modified_by);
	free(p->specification);
	free(p->stage);
	sl_aws_pairs_release(&p->metadata);
}

void
fake_release_sagemaker(struct fake_environment *e)
{
	for (size_t i = 0; i < e->pipeline_count; i++)
		release_named(&e->pipelines[i]);
	for (size_t i = 0; i < e->group_count; i++)
		release_named(&e->groups[i]);
	for (size_t i = 0; i < e->execution_count; i++) {
		free(e->executions[i].pipeline);
		free(e->executions[i].arn);
		free(e->executions[i].name);
		free(e->executions[i].token);
		free(e->executions[i].values);
	}
	for (size_t i = 0; i < e->package_count; i++)
		release_package(&e->packages[i]);
}
