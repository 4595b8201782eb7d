/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing a model over: its artifacts, byte for byte, into the target's
 * bucket; then a package in the target's group that says where it comes from.
 */
#include <stdio.h>

#include "base/mem.h"
#include "build/promote_int.h"
#include "crypto/digest.h"
#include "doc/json.h"

#define PART_MAX ((size_t)1 << 20)
/* Objects of one artifact that is a folder. */
#define FOLDER_MAX 1000

/* Parts that go along; a model card and keys stay where they are. */
static const enum sl_sagemaker_part carried[] = {
	SL_SAGEMAKER_INFERENCE_SPECIFICATION,
	SL_SAGEMAKER_SOURCE_ALGORITHM_SPECIFICATION,
	SL_SAGEMAKER_MODEL_METRICS,
	SL_SAGEMAKER_DRIFT_CHECK_BASELINES,
	SL_SAGEMAKER_ADDITIONAL_INFERENCE_SPECIFICATIONS,
};

void
sl_promotion_free(struct sl_promotion *p)
{
	if (p == NULL)
		return;
	free(p->arn);
	sl_manifest_free(p->build);
	sl_sagemaker_package_release(&p->package);
	for (size_t i = 0; i < SL_COUNT(p->parts); i++)
		free(p->parts[i]);
	free(p->target);
	sl_manifest_images_release(&p->images);
	free(p);
}

/* --- artifacts --- */

/* Where an object of the source belongs in the target: at the same place
 * below the prefix, or, from elsewhere, below the build. */
static char *
target_key(const struct sl_builder *b, const char *bucket, const char *key)
{
	const struct sl_promotion *p = b->promotion;
	const char *prefix = p->from->prefix;
	size_t n = strlen(prefix);
	const char *rest = key;
	char hex[SL_SHA256_HEX + 1];
	const char *name;

	if (n > 0 && !strncmp(key, prefix, n) && key[n] == '/')
		rest = key + n + 1;
	if (!strcmp(bucket, p->from->bucket) && (n == 0 || rest != key) &&
	    !strncmp(rest, p->build->name, strlen(p->build->name)) &&
	    rest[strlen(p->build->name)] == '/')
		return sl_asprintf("%s%s%s", b->plan->prefix,
		    b->plan->prefix[0] != '\0' ? "/" : "", rest);
	sl_sha256_hex(key, strlen(key), hex);
	name = strrchr(key, '/');
	return sl_asprintf("%s/%s/ml-pipeline-outputs/imported/%.16s/%s",
	    b->plan->use_case_root, p->build->build_id, hex,
	    name != NULL ? name + 1 : key);
}

static int
copy_object(struct sl_builder *b, const struct sl_s3_bucket *bucket,
    const char *key, const char *to, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf body =
	    SL_BUF_INIT(SL_BUILD_ARTIFACT_MAX);
	const struct sl_remote *source = b->promotion->source;
	struct sl_s3_put put = { .key = sl_str(to), .if_absent = true };
	bool existed;
	int rc;

	rc = source->ops->get(source->self, bucket, sl_str(key), &body, NULL,
	    err);
	if (rc < 0)
		return rc;
	put.body = sl_buf_str(&body);
	rc = b->remote->ops->put_immutable(b->remote->self,
	    &b->remote->bucket, &put, &existed, err);
	if (rc < 0)
		return sl_error_wrap(err, "copy of s3://%s/%s", bucket->name,
		    key);
	sl_builder_say(b, "copy", NULL, "note", "s3://%s/%s%s",
	    b->remote->bucket.name, to, existed ? " was there" : "");
	return SL_OK;
}

/* A folder of artifacts, object by object. */
struct folder {
	struct sl_builder *b;
	struct sl_words keys;
	size_t room;
};

static int
note_key(void *ctx, const struct sl_s3_entry *entry, struct sl_error *err)
{
	struct folder *f = ctx;

	if (f->keys.count == FOLDER_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "an artifact is a folder of over %d objects", FOLDER_MAX);
	SL_GROW(f->keys.items, f->keys.count, f->room);
	f->keys.items[f->keys.count++] = sl_strndup(entry->key.ptr,
	    entry->key.len);
	return 0;
}

static int
copy_folder(struct sl_builder *b, const struct sl_s3_bucket *bucket,
    const char *key, const char *to, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *prefix = NULL;
	const struct sl_remote *source = b->promotion->source;
	struct folder f = { .b = b };
	size_t n = strlen(key);
	int rc;

	prefix = sl_asprintf("%s%s", key, key[n - 1] == '/' ? "" : "/");
	rc = source->ops->list(source->self, bucket, sl_str(prefix), note_key,
	    &f, err);
	if (rc == 0 && f.keys.count == 0)
		rc = sl_error_set(err, SL_ENOTFOUND,
		    "artifact s3://%s/%s is not there", bucket->name, key);
	for (size_t i = 0; rc == 0 && i < f.keys.count; i++) {
		SL_CLEANUP(sl_freep) char *target = NULL;
		const char *rest = f.keys.items[i] + strlen(prefix);

		target = sl_asprintf("%s%s%s", to,
		    to[strlen(to) - 1] == '/' ? "" : "/", rest);
		rc = copy_object(b, bucket, f.keys.items[i], target, err);
	}
	sl_words_release(&f.keys);
	return rc;
}

/* Copy what a URI names; *out is its address in the target. */
static int
copy_uri(struct sl_builder *b, const char *uri, char **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *name = NULL;
	SL_CLEANUP(sl_freep) char *key = NULL;
	SL_CLEANUP(sl_freep) char *to = NULL;
	const struct sl_remote *source = b->promotion->source;
	struct sl_s3_bucket bucket = { NULL, NULL, NULL };
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	int rc;

	rc = sl_build_split_uri(uri, &name, &key, err);
	if (rc < 0)
		return rc;
	bucket.name = name;
	if (!strcmp(name, source->bucket.name))
		bucket = source->bucket;
	to = target_key(b, name, key);
	*out = sl_asprintf("s3://%s/%s", b->remote->bucket.name, to);
	if (!strcmp(uri, *out))
		return SL_OK; /* the environments share the bucket */
	rc = source->ops->head(source->self, &bucket, sl_str(key), &object,
	    err);
	if (rc == SL_ENOTFOUND)
		return copy_folder(b, &bucket, key, to, err);
	if (rc < 0)
		return sl_error_wrap(err, "artifact");
	sl_s3_object_release(&object);
	return copy_object(b, &bucket, key, to, err);
}

/* --- parts --- */

static bool
is_address(struct sl_str key, const struct sl_node *value)
{
	return (sl_str_eqs(key, "ModelDataUrl") || sl_str_eqs(key, "S3Uri")) &&
	    sl_node_kind(value) == SL_NODE_SCALAR &&
	    sl_str_starts(sl_node_text(value), "s3://");
}

static int
rewrite_address(struct sl_builder *b, const struct sl_node *value,
    struct sl_json *w, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *uri = NULL;
	SL_CLEANUP(sl_freep) char *to = NULL;
	struct sl_str text = sl_node_text(value);
	int rc;

	uri = sl_strndup(text.ptr, text.len);
	rc = copy_uri(b, uri, &to, err);
	if (rc < 0)
		return rc;
	sl_json_cstr(w, to);
	return SL_OK;
}

static int
write_scalar(const struct sl_node *node, struct sl_json *w,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(PART_MAX);

	if (sl_node_canonical(node, &text) < 0)
		return sl_error_set(err, SL_ETOOBIG, "a value is too long");
	sl_json_raw(w, sl_buf_str(&text));
	return SL_OK;
}

/* Copy a JSON value, artifacts and their addresses with it. The depth is
 * bounded by the document's. */
static int
rewrite(struct sl_builder *b, const struct sl_node *node, struct sl_json *w,
    struct sl_error *err)
{
	bool map = sl_node_kind(node) == SL_NODE_MAP;

	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return write_scalar(node, w, err);
	if (map)
		sl_json_object(w);
	else
		sl_json_list(w);
	for (size_t i = 0; i < sl_node_count(node); i++) {
		const struct sl_node *value = sl_node_at(node, i);
		struct sl_str key = SL_STR("");
		int rc;

		if (map) {
			key = sl_node_text(sl_node_key(node, i));
			sl_json_keyv(w, key);
		}
		rc = is_address(key, value) ? rewrite_address(b, value, w, err)
		    : rewrite(b, value, w, err);
		if (rc < 0)
			return rc;
	}
	sl_json_end(w);
	return SL_OK;
}

static int
carry_part(struct sl_builder *b, enum sl_sagemaker_part part,
    struct sl_error *err)
{
	struct sl_promotion *p = b->promotion;
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(PART_MAX);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_doc_limits limits = { .max_depth = SL_JSON_MAX_DEPTH - 1 };
	struct sl_json w;
	int rc;

	rc = sl_doc_parse_json(sl_sagemaker_part_name(part),
	    sl_str(p->package.parts[part]), &limits, &doc, err);
	if (rc < 0)
		return rc;
	sl_json_init(&w, &json, 0);
	rc = rewrite(b, sl_doc_root(doc), &w, err);
	if (rc < 0)
		return rc;
	if (json.over)
		return sl_error_set(err, SL_ETOOBIG, "%s of %s is over 1 MiB",
		    sl_sagemaker_part_name(part), p->arn);
	free(p->parts[part]);
	p->parts[part] = sl_buf_steal(&json);
	return SL_OK;
}

int
sl_step_copy(struct sl_builder *b, struct sl_error *err)
{
	struct sl_promotion *p = b->promotion;
	int rc = sl_promotion_pin_images(b, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < SL_COUNT(carried); i++) {
		if (p->package.parts[carried[i]] == NULL)
			continue;
		rc = carry_part(b, carried[i], err);
		if (rc < 0)
			return rc;
	}
	if (p->parts[SL_SAGEMAKER_INFERENCE_SPECIFICATION] == NULL)
		return sl_error_set(err, SL_EREFUSED, "model package %s has no "
		    "InferenceSpecification: there is nothing to bring over",
		    p->arn);
	return SL_OK;
}

/* --- the package --- */

/* A package of the target that came from ours already. */
static int
match_source(void *ctx, const struct sl_sagemaker_package *listed,
    struct sl_error *err)
{
	struct sl_builder *b = ctx;
	const struct sl_remote *remote = b->remote;
	struct sl_promotion *p = b->promotion;
	struct sl_sagemaker_package package = { 0 };
	const char *source;
	int rc;

	rc = remote->ops->describe_package(remote->self, listed->arn,
	    &package, err);
	if (rc < 0)
		return rc;
	source = sl_aws_pairs_get(&package.metadata, "sluice:source-package");
	if (source != NULL && !strcmp(source, p->arn)) {
		p->target = sl_strdup(listed->arn);
		sl_promotion_take_registered(p, &package);
	}
	sl_sagemaker_package_release(&package);
	return p->target != NULL;
}

/* The project's own metadata goes along; what sluice says is said anew. */
static void
make_metadata(const struct sl_builder *b, struct sl_aws_pairs *out)
{
	const struct sl_promotion *p = b->promotion;
	const struct sl_aws_pairs *old = &p->package.metadata;

	for (size_t i = 0; i < old->count; i++) {
		if (strncmp(old->items[i].name, "sluice:", 7) != 0)
			sl_aws_pairs_set(out, old->items[i].name,
			    old->items[i].value);
	}
	sl_build_set_pair(out, "sluice:build-id",
	    sl_aws_pairs_get(old, "sluice:build-id"));
	sl_build_set_pair(out, "sluice:commit", p->build->commit);
	sl_build_set_pair(out, "sluice:inputs-digest", p->build->inputs_digest);
	sl_build_set_pair(out, "sluice:policy-digest", p->build->policy_digest);
	sl_build_set_pair(out, "sluice:project", b->plan->project);
	sl_build_set_pair(out, "sluice:ref", b->plan->ref);
	sl_build_set_pair(out, "sluice:environment", b->plan->environment);
	sl_build_set_pair(out, "sluice:source-environment", b->plan->from);
	sl_build_set_pair(out, "sluice:source-package", p->arn);
	sl_build_set_pair(out, "sluice:source-approved-by", p->approved_by);
}

static int
create_package(struct sl_builder *b, struct sl_error *err)
{
	struct sl_promotion *p = b->promotion;
	SL_CLEANUP(sl_freep) char *seed = NULL;
	struct sl_aws_pairs metadata = { NULL, 0 };
	struct sl_sagemaker_package_spec spec = { .group = b->plan->name };
	char token[SL_UUID_SIZE];
	int rc;

	seed = sl_asprintf("%s\n%s\n%s\n%s", b->plan->account,
	    b->plan->region, b->plan->name, p->arn);
	sl_uuid_token(sl_str(seed), token);
	make_metadata(b, &metadata);
	spec.token = token;
	spec.description = p->package.description;
	spec.approval = sl_flow_approval_status(b->plan->approval);
	spec.link.commit_id = p->build->commit;
	spec.link.generated_by = p->package.generated_by;
	spec.link.repository = p->package.repository;
	spec.metadata = metadata.items;
	spec.metadata_count = metadata.count;
	spec.life_cycle.stage = b->plan->environment;
	spec.life_cycle.status = b->plan->approval == SL_FLOW_APPROVED ?
	    "Approved" : "PendingApproval";
	spec.domain = p->package.domain;
	spec.task = p->package.task;
	for (size_t i = 0; i < SL_COUNT(p->parts); i++)
		spec.parts[i] = sl_str(p->parts[i]);
	rc = b->remote->ops->create_package(b->remote->self, &spec, &p->target,
	    err);
	sl_aws_pairs_release(&metadata);
	return rc;
}

int
sl_step_register(struct sl_builder *b, struct sl_error *err)
{
	struct sl_promotion *p = b->promotion;
	int rc;

	rc = sl_builder_group(b, err);
	if (rc < 0)
		return rc;
	rc = b->remote->ops->list_packages(b->remote->self, b->plan->name,
	    match_source, b, err);
	if (rc < 0)
		return rc;
	if (p->target == NULL) {
		rc = create_package(b, err);
		if (rc < 0)
			return rc;
	}
	snprintf(b->package, sizeof(b->package), "%s", p->target);
	sl_builder_say(b, "register", NULL, "note", "%s", p->target);
	return SL_OK;
}

/* --- the record --- */

static char *
promotion_key(const struct sl_builder *b)
{
	char id[SL_BRANCH_ID_SIZE];

	sl_branch_id(sl_str(b->plan->ref), id);
	return sl_asprintf("%s/.sluice/promotions/%s/%s/manifest.json",
	    b->plan->use_case_root, id, b->plan->build_id);
}

static struct sl_manifest *
make_record(const struct sl_builder *b)
{
	const struct sl_promotion *p = b->promotion;
	const struct sl_plan *plan = b->plan;
	struct sl_manifest *m = sl_alloc(sizeof(*m));

	sl_build_describe(b, "promotion", m);
	m->inputs_digest = sl_strdup(p->build->inputs_digest);
	m->source_environment = sl_strdup(plan->from);
	m->source_package = sl_strdup(p->arn);
	m->source_build = sl_strdup(p->build->build_id);
	m->target_package = sl_strdup(p->target);
	m->approved_by = sl_strdup(p->approved_by);
	m->created_s = sl_clock_now_s(b->ctx.clock);
	return m;
}

/* One that is there already must tell of the same package. */
static int
check_record(struct sl_builder *b, const char *key,
    const struct sl_manifest *ours, struct sl_error *err)
{
	SL_CLEANUP(sl_manifest_freep) struct sl_manifest *m = NULL;
	int rc;

	rc = sl_builder_read_manifest(b->remote, key, &m, NULL, err);
	if (rc < 0)
		return rc;
	if (m->target_package == NULL || m->source_package == NULL ||
	    strcmp(m->target_package, ours->target_package) != 0 ||
	    strcmp(m->source_package, ours->source_package) != 0)
		return sl_error_set(err, SL_ETAMPERED,
		    "s3://%s/%s tells of another promotion of this tag",
		    b->plan->bucket, key);
	return SL_OK;
}

static int
put_record(struct sl_builder *b, const struct sl_manifest *m,
    const char *key, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json =
	    SL_BUF_INIT(SL_MANIFEST_MAX_BYTES);
	struct sl_s3_put put = { .key = sl_str(key),
		.content_type = "application/json", .if_absent = true };
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	rc = sl_manifest_write(m, &json, err);
	if (rc < 0)
		return rc;
	put.body = sl_buf_str(&json);
	rc = b->remote->ops->put(b->remote->self, &b->remote->bucket, &put,
	    NULL, &why);
	if (rc == SL_EEXIST)
		return check_record(b, key, m, err);
	if (rc < 0) {
		*err = why;
		return sl_error_wrap(err, "manifest");
	}
	return SL_OK;
}

int
sl_step_record_promotion(struct sl_builder *b, struct sl_error *err)
{
	SL_CLEANUP(sl_manifest_freep) struct sl_manifest *m = NULL;
	SL_CLEANUP(sl_freep) char *key = promotion_key(b);
	int rc;

	m = make_record(b);
	rc = sl_promotion_note_images(b->promotion, &m->images, err);
	if (rc == SL_OK)
		rc = put_record(b, m, key, err);
	return rc < 0 ? rc : sl_record_promotion(b, m, key, err);
}

int
sl_step_promoted(struct sl_builder *b, struct sl_error *err)
{
	(void)err;
	if (b->plan->pipeline == NULL)
		return sl_builder_end(b, SL_BUILDER_DONE);
	b->steps = sl_train_steps;
	b->next = 0;
	return SL_OK;
}
