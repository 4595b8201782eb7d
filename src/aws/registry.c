/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sagemaker_int.h"
#include "base/mem.h"

#define GROUP_NAME_MAX 63
#define PART_MAX ((size_t)4 * 1024 * 1024)

/* --- groups --- */

void
sl_sagemaker_group_release(struct sl_sagemaker_group *group)
{
	sl_freep(&group->name);
	sl_freep(&group->arn);
	sl_freep(&group->description);
	sl_freep(&group->status);
}

static void
read_group(const struct sl_node *map, struct sl_sagemaker_group *out)
{
	*out = (struct sl_sagemaker_group){
		.name = sl_sagemaker_text(map, "ModelPackageGroupName"),
		.arn = sl_sagemaker_text(map, "ModelPackageGroupArn"),
		.description =
		    sl_sagemaker_text(map, "ModelPackageGroupDescription"),
		.status = sl_sagemaker_text(map, "ModelPackageGroupStatus"),
		.created_s = sl_sagemaker_time(map, "CreationTime"),
	};
}

int
sl_sagemaker_create_group(struct sl_aws_session *session, const char *name,
    const char *description, const struct sl_aws_pair *tags,
    size_t tag_count, char **arn, struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = sl_sagemaker_check_name("a name of a model package group", name,
	    GROUP_NAME_MAX, err);
	if (rc < 0)
		return rc;
	sl_json_put(&r.json, "ModelPackageGroupName", name);
	sl_sagemaker_put(&r.json, "ModelPackageGroupDescription", description);
	sl_sagemaker_put_pairs(&r.json, "Tags", "Key", "Value", tags,
	    tag_count);
	rc = sl_sagemaker_ask(session, "CreateModelPackageGroup", &r, false,
	    "ModelPackageGroupArn", arn, NULL, err);
	return rc < 0 ? sl_error_wrap(err, "model package group %s", name)
		      : SL_OK;
}

int
sl_sagemaker_describe_group(struct sl_aws_session *session, const char *name,
    struct sl_sagemaker_group *out, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = sl_sagemaker_check_name_or_arn("a name of a model package group",
	    name, GROUP_NAME_MAX, err);
	if (rc < 0)
		return rc;
	sl_json_put(&r.json, "ModelPackageGroupName", name);
	rc = sl_sagemaker_ask(session, "DescribeModelPackageGroup", &r, false,
	    "ModelPackageGroupArn", NULL, &doc, err);
	if (rc < 0)
		return sl_error_wrap(err, "model package group %s", name);
	read_group(sl_doc_root(doc), out);
	return SL_OK;
}

struct group_visit {
	int (*each)(void *ctx, const struct sl_sagemaker_group *group,
	    struct sl_error *err);
	void *ctx;
};

static int
visit_group(void *arg, const struct sl_node *row, struct sl_error *err)
{
	const struct group_visit *visit = arg;
	SL_CLEANUP(sl_sagemaker_group_release) struct sl_sagemaker_group group;

	read_group(row, &group);
	if (group.name == NULL)
		return sl_error_set(err, SL_EREMOTE,
		    "sagemaker:ListModelPackageGroups: a row without a name");
	return visit->each(visit->ctx, &group, err);
}

static void
fill_groups(struct sl_json *w, const void *in)
{
	sl_sagemaker_put(w, "NameContains", in);
	sl_json_put(w, "SortBy", "CreationTime");
	sl_json_put(w, "SortOrder", "Descending");
	sl_json_put_int(w, "MaxResults", 100);
}

int
sl_sagemaker_list_groups(struct sl_aws_session *session,
    const char *name_contains,
    int (*each)(void *ctx, const struct sl_sagemaker_group *group,
	struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	struct group_visit visit = { each, ctx };

	return sl_sagemaker_pages(session, "ListModelPackageGroups",
	    fill_groups, name_contains, "ModelPackageGroupSummaryList",
	    visit_group, &visit, err);
}

/* --- packages: the parts that are carried as JSON --- */

static const char *const part_names[SL_SAGEMAKER_PART_COUNT] = {
	[SL_SAGEMAKER_INFERENCE_SPECIFICATION] = "InferenceSpecification",
	[SL_SAGEMAKER_SOURCE_ALGORITHM_SPECIFICATION] =
	    "SourceAlgorithmSpecification",
	[SL_SAGEMAKER_VALIDATION_SPECIFICATION] = "ValidationSpecification",
	[SL_SAGEMAKER_MODEL_METRICS] = "ModelMetrics",
	[SL_SAGEMAKER_DRIFT_CHECK_BASELINES] = "DriftCheckBaselines",
	[SL_SAGEMAKER_ADDITIONAL_INFERENCE_SPECIFICATIONS] =
	    "AdditionalInferenceSpecifications",
	[SL_SAGEMAKER_MODEL_CARD] = "ModelCard",
	[SL_SAGEMAKER_SECURITY_CONFIG] = "SecurityConfig",
};

const char *
sl_sagemaker_part_name(enum sl_sagemaker_part part)
{
	return part_names[part];
}

/* JSON from elsewhere is parsed first: it must not break out of its place. */
static int
put_part(struct sl_json *w, const char *name, struct sl_str json,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(PART_MAX);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	int rc;

	if (json.len == 0)
		return SL_OK;
	rc = sl_doc_parse_json(name, json, NULL, &doc, err);
	if (rc < 0)
		return rc;
	if (sl_node_canonical(sl_doc_root(doc), &text) < 0)
		return sl_error_set(err, SL_ETOOBIG, "%s is too long", name);
	sl_json_key(w, name);
	sl_json_raw(w, sl_buf_str(&text));
	return SL_OK;
}

static char *
read_part(const struct sl_node *map, const char *name)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(PART_MAX);
	const struct sl_node *node = sl_node_get(map, name);

	/* null stands for absent; so do {} and [] in a stand-in */
	if (node == NULL || sl_node_kind(node) == SL_NODE_SCALAR ||
	    sl_node_count(node) == 0 || sl_node_canonical(node, &text) < 0)
		return NULL;
	return sl_buf_steal(&text);
}

/* --- packages: create --- */

static int
check_package(const struct sl_sagemaker_package_spec *spec,
    struct sl_error *err)
{
	int rc = sl_sagemaker_check_name_or_arn(
	    "a name of a model package group", spec->group, GROUP_NAME_MAX,
	    err);

	if (rc < 0)
		return rc;
	return sl_sagemaker_check_name("a request token of a model package",
	    spec->token, SL_SAGEMAKER_PACKAGE_TOKEN_MAX, err);
}

static void
put_link(struct sl_json *w, const struct sl_sagemaker_link *link)
{
	if (!link->commit_id && !link->repository && !link->generated_by &&
	    !link->project_id)
		return;
	sl_json_key(w, "MetadataProperties");
	sl_json_object(w);
	sl_sagemaker_put(w, "CommitId", link->commit_id);
	sl_sagemaker_put(w, "Repository", link->repository);
	sl_sagemaker_put(w, "GeneratedBy", link->generated_by);
	sl_sagemaker_put(w, "ProjectId", link->project_id);
	sl_json_end(w);
}

static void
put_life_cycle(struct sl_json *w, const struct sl_sagemaker_life_cycle *life)
{
	if (life->stage == NULL)
		return;
	sl_json_key(w, "ModelLifeCycle");
	sl_json_object(w);
	sl_json_put(w, "Stage", life->stage);
	sl_json_put(w, "StageStatus", life->status);
	sl_sagemaker_put(w, "StageDescription", life->description);
	sl_json_end(w);
}

static int
put_package(struct sl_json *w, const struct sl_sagemaker_package_spec *spec,
    struct sl_error *err)
{
	sl_json_put(w, "ModelPackageGroupName", spec->group);
	sl_json_put(w, "ClientToken", spec->token);
	sl_sagemaker_put(w, "ModelPackageDescription", spec->description);
	sl_sagemaker_put(w, "ModelApprovalStatus", spec->approval);
	put_link(w, &spec->link);
	sl_sagemaker_put_map(w, "CustomerMetadataProperties", spec->metadata,
	    spec->metadata_count);
	put_life_cycle(w, &spec->life_cycle);
	sl_sagemaker_put(w, "Domain", spec->domain);
	sl_sagemaker_put(w, "Task", spec->task);
	sl_sagemaker_put(w, "SamplePayloadUrl", spec->sample_payload_url);
	sl_sagemaker_put(w, "SourceUri", spec->source_uri);
	sl_sagemaker_put(w, "SkipModelValidation", spec->skip_validation);
	for (size_t i = 0; i < SL_SAGEMAKER_PART_COUNT; i++) {
		int rc = put_part(w, part_names[i], spec->parts[i], err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_sagemaker_create_package(struct sl_aws_session *session,
    const struct sl_sagemaker_package_spec *spec, char **arn,
    struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	rc = check_package(spec, err);
	if (rc < 0)
		return rc;
	rc = put_package(&r.json, spec, err);
	if (rc < 0)
		return rc;
	/* A stand-in makes a second version of a repeated request. */
	rc = sl_sagemaker_ask(session, "CreateModelPackage", &r, true,
	    "ModelPackageArn", arn, NULL, err);
	return rc < 0 ? sl_error_wrap(err, "model package group %s",
			    spec->group)
		      : SL_OK;
}

/* --- packages: describe and list --- */

void
sl_sagemaker_package_release(struct sl_sagemaker_package *p)
{
	char **texts[] = { &p->arn, &p->group, &p->description, &p->status,
		&p->approval, &p->approval_description, &p->created_by_arn,
		&p->modified_by_arn, &p->commit_id, &p->repository,
		&p->generated_by, &p->project_id, &p->stage, &p->stage_status,
		&p->stage_description, &p->domain, &p->task,
		&p->sample_payload_url, &p->source_uri, &p->skip_validation };

	for (size_t i = 0; i < SL_COUNT(texts); i++)
		sl_freep(texts[i]);
	for (size_t i = 0; i < SL_SAGEMAKER_PART_COUNT; i++)
		sl_freep(&p->parts[i]);
	sl_aws_pairs_release(&p->metadata);
}

/* The principal of a UserContext: its IAM ARN, else its Studio profile's. */
static char *
read_principal(const struct sl_node *map, const char *key)
{
	const struct sl_node *user = sl_node_get(map, key);
	char *arn = sl_sagemaker_text(sl_node_get(user, "IamIdentity"), "Arn");

	return arn ? arn : sl_sagemaker_text(user, "UserProfileArn");
}

static void
read_metadata(const struct sl_node *map, struct sl_aws_pairs *out)
{
	const struct sl_node *entries =
	    sl_node_get(map, "CustomerMetadataProperties");

	if (entries == NULL || sl_node_kind(entries) != SL_NODE_MAP)
		return;
	for (size_t i = 0; i < sl_node_count(entries); i++) {
		struct sl_str key = sl_node_text(sl_node_key(entries, i));
		struct sl_str value = sl_node_text(sl_node_at(entries, i));
		SL_CLEANUP(sl_freep) char *k = sl_strndup(key.ptr, key.len);
		SL_CLEANUP(sl_freep) char *v = sl_strndup(
		    value.ptr ? value.ptr : "", value.len);

		sl_aws_pairs_set(out, k, v);
	}
}

static void
read_package(const struct sl_node *map, struct sl_sagemaker_package *out)
{
	const struct sl_node *link = sl_node_get(map, "MetadataProperties");
	const struct sl_node *life = sl_node_get(map, "ModelLifeCycle");

	*out = (struct sl_sagemaker_package){
		.arn = sl_sagemaker_text(map, "ModelPackageArn"),
		.group = sl_sagemaker_text(map, "ModelPackageGroupName"),
		.version = sl_sagemaker_number(map, "ModelPackageVersion"),
		.description =
		    sl_sagemaker_text(map, "ModelPackageDescription"),
		.status = sl_sagemaker_text(map, "ModelPackageStatus"),
		.approval = sl_sagemaker_text(map, "ModelApprovalStatus"),
		.approval_description =
		    sl_sagemaker_text(map, "ApprovalDescription"),
		.created_by_arn = read_principal(map, "CreatedBy"),
		.modified_by_arn = read_principal(map, "LastModifiedBy"),
		.created_s = sl_sagemaker_time(map, "CreationTime"),
		.modified_s = sl_sagemaker_time(map, "LastModifiedTime"),
		.commit_id = sl_sagemaker_text(link, "CommitId"),
		.repository = sl_sagemaker_text(link, "Repository"),
		.generated_by = sl_sagemaker_text(link, "GeneratedBy"),
		.project_id = sl_sagemaker_text(link, "ProjectId"),
		.stage = sl_sagemaker_text(life, "Stage"),
		.stage_status = sl_sagemaker_text(life, "StageStatus"),
		.stage_description =
		    sl_sagemaker_text(life, "StageDescription"),
		.domain = sl_sagemaker_text(map, "Domain"),
		.task = sl_sagemaker_text(map, "Task"),
		.sample_payload_url =
		    sl_sagemaker_text(map, "SamplePayloadUrl"),
		.source_uri = sl_sagemaker_text(map, "SourceUri"),
		.skip_validation =
		    sl_sagemaker_text(map, "SkipModelValidation"),
	};
	read_metadata(map, &out->metadata);
	for (size_t i = 0; i < SL_SAGEMAKER_PART_COUNT; i++)
		out->parts[i] = read_part(map, part_names[i]);
}

int
sl_sagemaker_describe_package(struct sl_aws_session *session,
    const char *name, struct sl_sagemaker_package *out, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	sl_json_put(&r.json, "ModelPackageName", name);
	rc = sl_sagemaker_ask(session, "DescribeModelPackage", &r, false,
	    "ModelPackageArn", NULL, &doc, err);
	if (rc < 0)
		return sl_error_wrap(err, "model package %s", name);
	read_package(sl_doc_root(doc), out);
	return SL_OK;
}

struct package_visit {
	int (*each)(void *ctx, const struct sl_sagemaker_package *package,
	    struct sl_error *err);
	void *ctx;
};

static int
visit_package(void *arg, const struct sl_node *row, struct sl_error *err)
{
	const struct package_visit *visit = arg;
	SL_CLEANUP(sl_sagemaker_package_release)
	struct sl_sagemaker_package package;

	read_package(row, &package);
	if (package.arn == NULL)
		return sl_error_set(err, SL_EREMOTE,
		    "sagemaker:ListModelPackages: a row without an ARN");
	return visit->each(visit->ctx, &package, err);
}

struct package_filter {
	const char *group;
	const char *approval;
};

static void
fill_packages(struct sl_json *w, const void *in)
{
	const struct package_filter *filter = in;

	sl_json_put(w, "ModelPackageGroupName", filter->group);
	sl_sagemaker_put(w, "ModelApprovalStatus", filter->approval);
	sl_json_put(w, "SortBy", "CreationTime");
	sl_json_put(w, "SortOrder", "Descending");
	sl_json_put_int(w, "MaxResults", 100);
}

int
sl_sagemaker_list_packages(struct sl_aws_session *session, const char *group,
    const char *approval,
    int (*each)(void *ctx, const struct sl_sagemaker_package *package,
	struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	struct package_visit visit = { each, ctx };
	struct package_filter filter = { group, approval };
	int rc = sl_sagemaker_check_name_or_arn(
	    "a name of a model package group", group, GROUP_NAME_MAX, err);

	if (rc < 0)
		return rc;
	return sl_sagemaker_pages(session, "ListModelPackages", fill_packages,
	    &filter, "ModelPackageSummaryList", visit_package, &visit, err);
}

/* --- packages: update --- */

int
sl_sagemaker_update_package(struct sl_aws_session *session,
    const struct sl_sagemaker_package_update *update, struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_request_release) struct sl_sagemaker_request r;
	int rc;

	sl_sagemaker_request_init(&r);
	sl_json_put(&r.json, "ModelPackageArn", update->arn);
	sl_sagemaker_put(&r.json, "ModelApprovalStatus", update->approval);
	sl_sagemaker_put(&r.json, "ApprovalDescription",
	    update->approval_description);
	sl_sagemaker_put_map(&r.json, "CustomerMetadataProperties",
	    update->metadata, update->metadata_count);
	put_life_cycle(&r.json, &update->life_cycle);
	rc = sl_sagemaker_ask(session, "UpdateModelPackage", &r, false, NULL,
	    NULL, NULL, err);
	return rc < 0 ? sl_error_wrap(err, "model package %s", update->arn)
		      : SL_OK;
}

int
sl_sagemaker_merge_package(struct sl_aws_session *session,
    const struct sl_sagemaker_package_update *update, struct sl_error *err)
{
	SL_CLEANUP(sl_sagemaker_package_release)
	struct sl_sagemaker_package old = { 0 };
	struct sl_sagemaker_package_update merged = *update;
	int rc;

	rc = sl_sagemaker_describe_package(session, update->arn, &old, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < update->metadata_count; i++)
		sl_aws_pairs_set(&old.metadata, update->metadata[i].name,
		    update->metadata[i].value);
	merged.metadata = old.metadata.items;
	merged.metadata_count = old.metadata.count;
	/* The service keeps what is left out, and an approver may be changing
	   it right now; a stand-in on this machine forgets it. */
	if (session->endpoints[SL_AWS_SAGEMAKER].origin.loopback) {
		if (merged.approval == NULL)
			merged.approval = old.approval;
		if (merged.approval_description == NULL)
			merged.approval_description = old.approval_description;
	}
	return sl_sagemaker_update_package(session, &merged, err);
}
