/* SPDX-License-Identifier: Apache-2.0 */
#include "build/remote_aws.h"

#include "base/mem.h"

/* One environment of the site, and its session. */
struct entry {
	char *name;
	char *bucket;
	char *owner;
	char *kms_key;
	struct sl_aws_session *session;
	struct sl_remote remote;
	struct entry *next;
};

struct sl_aws_remotes {
	const struct sl_aws_environment *env;
	struct sl_http_transport http;
	const struct sl_clock *clock;
	const struct sl_aws_random *random;
	struct sl_remotes table;
	struct entry *entries;
};

static int
put(void *self, const struct sl_s3_bucket *bucket, const struct sl_s3_put *p,
    struct sl_s3_object *out, struct sl_error *err)
{
	return sl_s3_put(self, bucket, p, out, err);
}

static int
put_immutable(void *self, const struct sl_s3_bucket *bucket,
    const struct sl_s3_put *p, bool *existed, struct sl_error *err)
{
	return sl_s3_put_immutable(self, bucket, p, NULL, existed, err);
}

static int
head(void *self, const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_s3_object *out, struct sl_error *err)
{
	return sl_s3_head(self, bucket, key, NULL, out, err);
}

static int
get(void *self, const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_buf *body, struct sl_s3_object *out, struct sl_error *err)
{
	return sl_s3_get(self, bucket, key, NULL, body, out, err);
}

static int
list(void *self, const struct sl_s3_bucket *bucket, struct sl_str prefix,
    sl_remote_key_fn *each, void *ctx, struct sl_error *err)
{
	return sl_s3_list(self, bucket, prefix, each, ctx, err);
}

static int
describe_pipeline(void *self, const char *name,
    struct sl_sagemaker_pipeline *out, struct sl_error *err)
{
	return sl_sagemaker_describe_pipeline(self, name, out, err);
}

static int
create_pipeline(void *self, const struct sl_sagemaker_pipeline_spec *spec,
    char **arn, struct sl_error *err)
{
	return sl_sagemaker_create_pipeline(self, spec, arn, err);
}

static int
update_pipeline(void *self, const struct sl_sagemaker_pipeline_spec *spec,
    char **arn, struct sl_error *err)
{
	return sl_sagemaker_update_pipeline(self, spec, arn, NULL, err);
}

static int
start_execution(void *self, const struct sl_sagemaker_start *start,
    char **arn, struct sl_error *err)
{
	return sl_sagemaker_start_execution(self, start, arn, err);
}

static int
stop_execution(void *self, const char *arn, const char *token,
    struct sl_error *err)
{
	return sl_sagemaker_stop_execution(self, arn, token, err);
}

static int
describe_execution(void *self, const char *arn,
    struct sl_sagemaker_execution *out, struct sl_error *err)
{
	return sl_sagemaker_describe_execution(self, arn, out, err);
}

static int
list_executions(void *self, const char *pipeline,
    sl_remote_execution_fn *each, void *ctx, struct sl_error *err)
{
	return sl_sagemaker_list_executions(self, pipeline, each, ctx, err);
}

static int
list_steps(void *self, const char *execution, sl_remote_step_fn *each,
    void *ctx, struct sl_error *err)
{
	return sl_sagemaker_list_steps(self, execution, each, ctx, err);
}

static int
list_tags(void *self, const char *arn, struct sl_aws_pairs *out,
    struct sl_error *err)
{
	return sl_sagemaker_list_tags(self, arn, out, err);
}

static int
add_tags(void *self, const char *arn, const struct sl_aws_pair *tags,
    size_t count, struct sl_error *err)
{
	return sl_sagemaker_add_tags(self, arn, tags, count, err);
}

static int
describe_group(void *self, const char *name, struct sl_sagemaker_group *out,
    struct sl_error *err)
{
	return sl_sagemaker_describe_group(self, name, out, err);
}

static int
create_group(void *self, const char *name, const char *description,
    const struct sl_aws_pair *tags, size_t tag_count, char **arn,
    struct sl_error *err)
{
	return sl_sagemaker_create_group(self, name, description, tags,
	    tag_count, arn, err);
}

static int
list_packages(void *self, const char *group, sl_remote_package_fn *each,
    void *ctx, struct sl_error *err)
{
	return sl_sagemaker_list_packages(self, group, NULL, each, ctx, err);
}

static int
describe_package(void *self, const char *arn,
    struct sl_sagemaker_package *out, struct sl_error *err)
{
	return sl_sagemaker_describe_package(self, arn, out, err);
}

static int
create_package(void *self, const struct sl_sagemaker_package_spec *spec,
    char **arn, struct sl_error *err)
{
	return sl_sagemaker_create_package(self, spec, arn, err);
}

static int
merge_package(void *self, const struct sl_sagemaker_package_update *update,
    struct sl_error *err)
{
	return sl_sagemaker_merge_package(self, update, err);
}

static int
image_digest(void *self, const struct sl_ecr_image *image,
    char digest[SL_ECR_DIGEST_SIZE], struct sl_error *err)
{
	return sl_ecr_image_digest(self, image, digest, err);
}

static const struct sl_remote_ops aws_ops = {
	.put = put,
	.put_immutable = put_immutable,
	.head = head,
	.get = get,
	.list = list,
	.describe_pipeline = describe_pipeline,
	.create_pipeline = create_pipeline,
	.update_pipeline = update_pipeline,
	.start_execution = start_execution,
	.stop_execution = stop_execution,
	.describe_execution = describe_execution,
	.list_executions = list_executions,
	.list_steps = list_steps,
	.list_tags = list_tags,
	.add_tags = add_tags,
	.describe_group = describe_group,
	.create_group = create_group,
	.list_packages = list_packages,
	.describe_package = describe_package,
	.create_package = create_package,
	.merge_package = merge_package,
	.image_digest = image_digest,
};

static void
entry_free(struct entry *e)
{
	if (e == NULL)
		return;
	sl_aws_session_free(e->session);
	free(e->name);
	free(e->bucket);
	free(e->owner);
	free(e->kms_key);
	free(e);
}

SL_DEFINE_FREEP(struct entry, entry_free, entry_freep)

static int
open_session(struct sl_aws_remotes *r, const struct sl_environment *env,
    struct sl_aws_session **out, struct sl_error *err)
{
	struct sl_aws_config config = {
		.name = env->name,
		.region = env->region,
		.account = env->account,
		.profile = env->profile,
		.role_arn = env->role,
		.external_id = env->external_id,
		.endpoint_sagemaker = env->endpoint_sagemaker,
		.endpoint_s3 = env->endpoint_s3,
		.endpoint_sts = env->endpoint_sts,
		.endpoint_ecr = env->endpoint_ecr,
	};

	return sl_aws_session_new(&config, r->env, &r->http, r->clock,
	    r->random, out, err);
}

static int
open_remote(void *self, const struct sl_environment *env,
    const struct sl_remote **out, struct sl_error *err)
{
	SL_CLEANUP(entry_freep) struct entry *e = NULL;
	struct sl_aws_remotes *r = self;
	int rc;

	for (struct entry *known = r->entries; known; known = known->next) {
		if (!strcmp(known->name, env->name)) {
			*out = &known->remote;
			return SL_OK;
		}
	}
	e = sl_alloc(sizeof(*e));
	rc = open_session(r, env, &e->session, err);
	if (rc < 0)
		return rc;
	e->name = sl_strdup(env->name);
	e->bucket = sl_strdup(env->bucket);
	e->owner = sl_strdup(env->bucket_owner);
	e->kms_key = sl_strdup(env->kms_key);
	e->remote = (struct sl_remote){ .self = e->session, .ops = &aws_ops,
		.bucket = { e->bucket, e->owner, e->kms_key } };
	e->next = r->entries;
	r->entries = e;
	*out = &e->remote;
	e = NULL;
	return SL_OK;
}

struct sl_aws_remotes *
sl_aws_remotes_new(const struct sl_aws_environment *env,
    const struct sl_http_transport *http, const struct sl_clock *clock,
    const struct sl_aws_random *random)
{
	struct sl_aws_remotes *r = sl_alloc(sizeof(*r));

	r->env = env;
	r->http = *http;
	r->clock = clock;
	r->random = random;
	r->table = (struct sl_remotes){ .self = r, .open = open_remote };
	return r;
}

void
sl_aws_remotes_free(struct sl_aws_remotes *remotes)
{
	if (remotes == NULL)
		return;
	while (remotes->entries != NULL) {
		struct entry *e = remotes->entries;

		remotes->entries = e->next;
		entry_free(e);
	}
	free(remotes);
}

const struct sl_remotes *
sl_aws_remotes_table(struct sl_aws_remotes *remotes)
{
	return &remotes->table;
}
