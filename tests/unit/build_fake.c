/* SPDX-License-Identifier: Apache-2.0 */
#include "build_fake.h"

#include <stdio.h>

#include "base/mem.h"

/* Count a call; true where it is the one to fail. */
static bool
strikes(struct fake *f)
{
	return ++f->calls == f->fail_at;
}

static int
lost(struct fake *f, struct sl_error *err)
{
	return sl_error_set(err, f->fail_code != 0 ? f->fail_code : SL_ENET,
	    "no answer");
}

/* At the head of each call: fail without effect. */
#define BEFORE(e)                                                              \
	bool strike_ = strikes((e)->fake);                                     \
	if (strike_ && !(e)->fake->with_effect)                                \
	return lost((e)->fake, err)

/* At its end: fail with the effect done. */
#define AFTER(e)                                                               \
	if (strike_)                                                           \
		return lost((e)->fake, err);                                   \
	return SL_OK

static int
missing(struct sl_error *err, const char *what, const char *name)
{
	return sl_error_set(err, SL_ENOTFOUND, "%s %s is not there", what,
	    name);
}

/* --- objects --- */

static struct fake_object *
object_of(const struct fake_environment *e, const char *bucket,
    struct sl_str key)
{
	SL_CLEANUP(sl_freep) char *name = sl_asprintf("%s/%.*s", bucket,
	    SL_STR_ARG(key));

	for (size_t i = 0; i < e->object_count; i++) {
		if (!strcmp(e->objects[i].key, name))
			return (struct fake_object *)&e->objects[i];
	}
	return NULL;
}

static void
store(struct fake_environment *e, const char *bucket, struct sl_str key,
    struct sl_str body)
{
	struct fake_object *o = object_of(e, bucket, key);

	if (o == NULL) {
		if (e->object_count == FAKE_MAX)
			abort();
		o = &e->objects[e->object_count++];
		o->key = sl_asprintf("%s/%.*s", bucket, SL_STR_ARG(key));
	}
	free(o->bytes);
	o->bytes = sl_strndup(body.len > 0 ? body.ptr : "", body.len);
	o->len = body.len;
	o->version++;
}

static void
fill_object(const struct fake_object *o, struct sl_s3_object *out)
{
	if (out == NULL)
		return;
	*out = (struct sl_s3_object)SL_S3_OBJECT_INIT;
	out->size = o->len;
	out->etag = sl_asprintf("\"%u-%zu\"", o->version, o->len);
}

static int
fake_put_op(void *self, const struct sl_s3_bucket *bucket,
    const struct sl_s3_put *put, struct sl_s3_object *out,
    struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;
	struct sl_s3_object now = SL_S3_OBJECT_INIT;
	bool same;

	BEFORE(e);
	o = object_of(e, bucket->name, put->key);
	if (put->if_absent && o != NULL)
		return sl_error_set(err, SL_EEXIST, "it exists");
	if (put->if_match != NULL) {
		if (o == NULL)
			return sl_error_set(err, SL_ECONFLICT, "it is gone");
		fill_object(o, &now);
		same = !strcmp(now.etag, put->if_match);
		sl_s3_object_release(&now);
		if (!same)
			return sl_error_set(err, SL_ECONFLICT, "it changed");
	}
	store(e, bucket->name, put->key, put->body);
	if (strike_)
		return lost(e->fake, err);
	fill_object(object_of(e, bucket->name, put->key), out);
	return SL_OK;
}

static int
put_immutable_op(void *self, const struct sl_s3_bucket *bucket,
    const struct sl_s3_put *put, bool *existed, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;

	BEFORE(e);
	o = object_of(e, bucket->name, put->key);
	*existed = o != NULL;
	if (o != NULL && (o->len != put->body.len ||
	    memcmp(o->bytes, put->body.ptr, o->len) != 0))
		return sl_error_set(err, SL_ETAMPERED,
		    "%.*s holds other bytes", SL_STR_ARG(put->key));
	if (o == NULL)
		store(e, bucket->name, put->key, put->body);
	AFTER(e);
}

static int
head_op(void *self, const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_s3_object *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;

	BEFORE(e);
	o = object_of(e, bucket->name, key);
	if (o == NULL)
		return missing(err, "object", "named so");
	if (strike_)
		return lost(e->fake, err);
	fill_object(o, out);
	return SL_OK;
}

static int
get_op(void *self, const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_buf *body, struct sl_s3_object *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;

	BEFORE(e);
	o = object_of(e, bucket->name, key);
	if (o == NULL)
		return missing(err, "object", "named so");
	if (strike_)
		return lost(e->fake, err);
	if (sl_buf_add(body, o->bytes, o->len) < 0)
		return sl_error_set(err, SL_ETOOBIG, "too big");
	fill_object(o, out);
	return SL_OK;
}

static int
list_op(void *self, const struct sl_s3_bucket *bucket, struct sl_str prefix,
    sl_remote_key_fn *each, void *ctx, struct sl_error *err)
{
	struct fake_environment *e = self;
	SL_CLEANUP(sl_freep) char *full = sl_asprintf("%s/%.*s", bucket->name,
	    SL_STR_ARG(prefix));
	size_t skip = strlen(bucket->name) + 1;

	BEFORE(e);
	for (size_t i = 0; i < e->object_count; i++) {
		struct sl_s3_entry entry = { .size = e->objects[i].len };
		int rc;

		if (strncmp(e->objects[i].key, full, strlen(full)) != 0)
			continue;
		entry.key = sl_str(e->objects[i].key + skip);
		rc = each(ctx, &entry, err);
		if (rc != 0)
			return rc < 0 ? rc : SL_OK;
	}
	AFTER(e);
}

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
		return missing(err, "pipeline", name);
	if (strike_)
		return lost(e->fake, err);
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
		return missing(err, "pipeline", spec->name);
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
		return missing(err, "resource", arn);
	if (strike_)
		return lost(e->fake, err);
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
		return missing(err, "resource", arn);
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
		return missing(err, "group", name);
	if (strike_)
		return lost(e->fake, err);
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
		return lost(e->fake, err);
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
		return missing(err, "execution", arn);
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
		return missing(err, "execution", arn);
	if (strike_)
		return lost(e->fake, err);
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
		return missing(err, "pipeline", pipeline);
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
		return missing(err, "model package", arn);
	if (strike_)
		return lost(e->fake, err);
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
		return lost(e->fake, err);
	*arn = sl_strdup(p->arn);
	return SL_OK;
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
		return missing(err, "model package", update->arn);
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

static const struct sl_remote_ops ops = {
	.put = fake_put_op,
	.put_immutable = put_immutable_op,
	.head = head_op,
	.get = get_op,
	.list = list_op,
	.describe_pipeline = describe_pipeline_op,
	.create_pipeline = create_pipeline_op,
	.update_pipeline = update_pipeline_op,
	.start_execution = start_op,
	.stop_execution = stop_op,
	.describe_execution = describe_execution_op,
	.list_executions = list_executions_op,
	.list_steps = list_steps_op,
	.list_tags = list_tags_op,
	.add_tags = add_tags_op,
	.describe_group = describe_group_op,
	.create_group = create_group_op,
	.list_packages = list_packages_op,
	.describe_package = describe_package_op,
	.create_package = create_package_op,
	.merge_package = merge_package_op,
};

/* --- the whole --- */

struct fake_environment *
fake_environment(struct fake *f, const char *name)
{
	struct fake_environment *e;

	for (size_t i = 0; i < f->environment_count; i++) {
		if (!strcmp(f->environments[i].name, name))
			return &f->environments[i];
	}
	if (f->environment_count == SL_COUNT(f->environments))
		abort();
	e = &f->environments[f->environment_count++];
	e->fake = f;
	e->name = sl_strdup(name);
	return e;
}

static int
open_remote(void *self, const struct sl_environment *environment,
    const struct sl_remote **out, struct sl_error *err)
{
	struct fake_environment *e = fake_environment(self, environment->name);

	(void)err;
	e->remote = (struct sl_remote){ .self = e, .ops = &ops,
		.bucket = { environment->bucket, environment->account, NULL } };
	*out = &e->remote;
	return SL_OK;
}

static int64_t
now_s(void *self)
{
	return ((struct fake *)self)->now_s;
}

static int64_t
monotonic_ms(void *self)
{
	return ((struct fake *)self)->now_s * 1000;
}

void
fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->lists_steps = true;
	f->has_stop = true;
	f->now_s = 1795343600;
	f->new_status = SL_SAGEMAKER_EXECUTING;
	f->table = (struct sl_remotes){ .self = f, .open = open_remote };
	f->clock = (struct sl_clock){ .self = f, .now_s = now_s,
		.monotonic_ms = monotonic_ms };
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

static void
release_environment(struct fake_environment *e)
{
	for (size_t i = 0; i < e->object_count; i++) {
		free(e->objects[i].key);
		free(e->objects[i].bytes);
	}
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
	free(e->name);
}

void
fake_release(struct fake *f)
{
	for (size_t i = 0; i < f->environment_count; i++)
		release_environment(&f->environments[i]);
	memset(f, 0, sizeof(*f));
}

void
fake_put(struct fake_environment *e, const char *bucket, const char *key,
    const char *bytes)
{
	store(e, bucket, sl_str(key), sl_str(bytes));
}

const struct fake_object *
fake_get(const struct fake_environment *e, const char *bucket,
    const char *key)
{
	return object_of(e, bucket, sl_str(key));
}

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

/* --- trees --- */

static int
commit_changes(void *self, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	(void)self;
	(void)commit;
	(void)fn;
	(void)ctx;
	return sl_error_set(err, SL_EUNSUPPORTED, "not in this fake");
}

/* A folder's id is a sum over what lies below it, as Git's would be. */
static struct sl_oid
folder_oid(const struct fake_file *files, const char *folder, size_t len)
{
	struct sl_oid oid = { { 0xF0 } };

	for (size_t i = 0; files[i].path != NULL; i++) {
		if (strncmp(files[i].path, folder, len) != 0 ||
		    files[i].path[len] != '/')
			continue;
		for (const char *c = files[i].path; *c; c++)
			oid.id[1] = (uint8_t)(oid.id[1] * 31 + *c);
		for (const char *c = files[i].text; *c; c++)
			oid.id[2] = (uint8_t)(oid.id[2] * 31 + *c);
	}
	return oid;
}

static int
tree_entries(void *self, const struct sl_oid *tree, sl_tree_entry_fn *fn,
    void *ctx, struct sl_error *err)
{
	const struct fake_file *files = self;
	const char *folder = "";
	size_t folder_len = 0;

	(void)tree;
	for (size_t i = 0; files[i].path != NULL; i++) {
		const char *slash = strchr(files[i].path, '/');
		struct sl_tree_entry entry = { .path = sl_str(files[i].path),
			.mode = files[i].mode };
		size_t len = slash ? (size_t)(slash - files[i].path) : 0;
		int rc;

		if (len > 0 && (len != folder_len ||
		    strncmp(folder, files[i].path, len) != 0)) {
			struct sl_tree_entry dir = { .mode = SL_MODE_TREE,
				.path = sl_strn(files[i].path, len),
				.oid = folder_oid(files, files[i].path, len) };

			rc = fn(ctx, &dir, err);
			if (rc != 0)
				return rc;
			folder = files[i].path;
			folder_len = len;
		}
		entry.oid.id[0] = (uint8_t)(i + 1);
		rc = fn(ctx, &entry, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
blob_size(void *self, const struct sl_oid *blob, uint64_t *size,
    struct sl_error *err)
{
	const struct fake_file *files = self;

	(void)err;
	*size = strlen(files[blob->id[0] - 1].text);
	return SL_OK;
}

static int
blob_read(void *self, const struct sl_oid *blob, struct sl_buf *out,
    struct sl_error *err)
{
	const struct fake_file *files = self;

	if (sl_buf_adds(out, files[blob->id[0] - 1].text) < 0)
		return sl_error_set(err, SL_ETOOBIG, "too big");
	return SL_OK;
}

struct sl_object_source
fake_source(const struct fake_file *files)
{
	return (struct sl_object_source){ .self = (void *)files,
		.commit_changes = commit_changes, .tree_entries = tree_entries,
		.blob_size = blob_size, .blob_read = blob_read };
}
