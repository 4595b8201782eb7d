/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sagemaker: pipelines, executions and the model registry.
 *
 * Inputs are borrowed; NULL, 0 or an empty view leaves a member out of the
 * request. Outputs own their strings and have a `_release`; a string that the
 * service did not give is NULL. Times are seconds since 1970-01-01 UTC, 0
 * where not given. JSON that sluice only carries (inference specifications,
 * metrics, ...) stays JSON text in canonical form.
 *
 * Errors as session.h says, and:
 *
 *   SL_ENOTFOUND  the named pipeline, execution, group or package is missing
 *   SL_EEXIST     a create met the name
 *   SL_ECONFLICT  the service is changing the object; read again and retry
 *
 * A visitor (`each`) returns 0 to go on, a positive number to end the listing
 * with success, or a negative code with err set, which ends and is returned.
 * What it is shown is borrowed for that call.
 */
#ifndef SL_AWS_SAGEMAKER_H
#define SL_AWS_SAGEMAKER_H

#include "aws/session.h"

/** A tag, a parameter or an entry of metadata. */
struct sl_aws_pair {
	const char *name;
	const char *value;
};

/** Pairs that own their strings; sl_aws_pairs_release. */
struct sl_aws_pairs {
	struct sl_aws_pair *items; /* NULL when count is 0 */
	size_t count;
};

void sl_aws_pairs_release(struct sl_aws_pairs *pairs);

/** The value of a name (of the last pair that has it), or NULL. */
const char *sl_aws_pairs_get(const struct sl_aws_pairs *pairs,
    const char *name);

/** Set a name to a value, replacing the first pair that has it. */
void sl_aws_pairs_set(struct sl_aws_pairs *pairs, const char *name,
    const char *value);

/* --- pipelines --- */

/** Definitions over this many bytes go through S3. */
#define SL_SAGEMAKER_DEFINITION_INLINE_MAX (100 * 1024)
#define SL_SAGEMAKER_DEFINITION_MAX (1024 * 1024)
/** Length of a request token, in characters. */
#define SL_SAGEMAKER_TOKEN_MIN 32
#define SL_SAGEMAKER_TOKEN_MAX 128

/**
 * A pipeline to create or update.
 *
 * name          letters, digits, inner '-'; at most 256
 * token         32 to 128 characters; create only, required there
 * role_arn      the role that its jobs run as; create needs it
 * definition    JSON text; or, instead of it:
 * s3_bucket, s3_key, s3_version   where the definition lies (version may be
 *               NULL)
 * tags          create only; an update takes none, see sl_sagemaker_add_tags
 * max_parallel_steps  0: the service's default
 */
struct sl_sagemaker_pipeline_spec {
	const char *name;
	const char *token;
	const char *role_arn;
	const char *description;
	struct sl_str definition;
	const char *s3_bucket;
	const char *s3_key;
	const char *s3_version;
	const struct sl_aws_pair *tags;
	size_t tag_count;
	unsigned max_parallel_steps;
};

struct sl_sagemaker_pipeline {
	char *arn;
	char *name;
	char *role_arn;
	char *status;      /* "Active", "Deleting" */
	char *definition;  /* JSON text as stored */
	char *description;
	int64_t created_s;
	int64_t modified_s;
};

void sl_sagemaker_pipeline_release(struct sl_sagemaker_pipeline *pipeline);

/**
 * Create a pipeline.
 *
 * @param[out] arn  free(); may be NULL
 * @return 0, SL_EEXIST, SL_ECONFLICT, SL_EINVAL (name, token or definition
 *         that the service would refuse), or as above
 */
int sl_sagemaker_create_pipeline(struct sl_aws_session *session,
    const struct sl_sagemaker_pipeline_spec *spec, char **arn,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Replace a pipeline's definition, role and description. Every update makes
 * a new version, so compare first.
 *
 * @param[out] arn  free(); may be NULL
 * @param[out] version  0 where the service tells none; may be NULL
 */
int sl_sagemaker_update_pipeline(struct sl_aws_session *session,
    const struct sl_sagemaker_pipeline_spec *spec, char **arn,
    int64_t *version, struct sl_error *err) SL_MUST_CHECK;

/** @param name  name or ARN */
int sl_sagemaker_describe_pipeline(struct sl_aws_session *session,
    const char *name, struct sl_sagemaker_pipeline *out,
    struct sl_error *err) SL_MUST_CHECK;

/* --- executions --- */

enum sl_sagemaker_status {
	SL_SAGEMAKER_EXECUTING,
	SL_SAGEMAKER_STOPPING,
	SL_SAGEMAKER_STOPPED,
	SL_SAGEMAKER_FAILED,
	SL_SAGEMAKER_SUCCEEDED,
	SL_SAGEMAKER_STARTING, /* steps only */
	SL_SAGEMAKER_UNKNOWN,  /* a word that this version does not know */
};

/** The service's word for a status ("Executing"). */
const char *sl_sagemaker_status_name(enum sl_sagemaker_status status);

/** Whether a status is final: Stopped, Failed or Succeeded. */
bool sl_sagemaker_status_is_final(enum sl_sagemaker_status status);

/**
 * An execution to start.
 *
 * pipeline      name or ARN
 * token         32 to 128 characters: the same token starts at most once
 * display_name  at most 82 of A-Za-z0-9 and inner '-'
 * version       of the pipeline; 0: the newest
 */
struct sl_sagemaker_start {
	const char *pipeline;
	const char *token;
	const char *display_name;
	const char *description;
	const struct sl_aws_pair *parameters;
	size_t parameter_count;
	int64_t version;
};

struct sl_sagemaker_execution {
	char *arn;
	char *pipeline_arn; /* NULL in listings */
	char *display_name;
	enum sl_sagemaker_status status;
	char *failure_reason;
	int64_t created_s;
	int64_t modified_s; /* 0 in listings */
};

void sl_sagemaker_execution_release(struct sl_sagemaker_execution *execution);

/**
 * Start an execution.
 *
 * After SL_ENET look for the display name before starting again: a stand-in
 * may not honour tokens, and how long the service does is not documented.
 *
 * @param[out] arn  of the execution; free()
 * @return 0, SL_EINVAL (name, token or display name), SL_ECONFLICT (also: the
 *         token was used with other parameters), or as above
 */
int sl_sagemaker_start_execution(struct sl_aws_session *session,
    const struct sl_sagemaker_start *start, char **arn,
    struct sl_error *err) SL_MUST_CHECK;

/** Ask an execution to stop; it goes on for a while as "Stopping". */
int sl_sagemaker_stop_execution(struct sl_aws_session *session,
    const char *arn, const char *token, struct sl_error *err) SL_MUST_CHECK;

int sl_sagemaker_describe_execution(struct sl_aws_session *session,
    const char *arn, struct sl_sagemaker_execution *out,
    struct sl_error *err) SL_MUST_CHECK;

/** List a pipeline's executions, newest first. @param pipeline name or ARN */
int sl_sagemaker_list_executions(struct sl_aws_session *session,
    const char *pipeline,
    int (*each)(void *ctx, const struct sl_sagemaker_execution *execution,
	struct sl_error *err),
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

/**
 * A step of an execution.
 *
 * type     member of the step's metadata: "TrainingJob", "RegisterModel", ...;
 *          NULL where the service gives none
 * arn      of what the step made (job, model package); NULL where none
 * outcome  of a Condition: "True" or "False"; NULL otherwise
 */
struct sl_sagemaker_step {
	char *name;
	char *type;
	char *arn;
	char *outcome;
	enum sl_sagemaker_status status;
	char *failure_reason;
	int64_t started_s;
	int64_t ended_s;
};

/**
 * List the steps of an execution, oldest first. A step that was not reached
 * yet is absent.
 *
 * @return 0, SL_EUNSUPPORTED (a stand-in without this operation), or as above
 */
int sl_sagemaker_list_steps(struct sl_aws_session *session,
    const char *execution_arn,
    int (*each)(void *ctx, const struct sl_sagemaker_step *step,
	struct sl_error *err),
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

/* --- tags --- */

/** Add tags to a resource; equal names are overwritten. At most 50. */
int sl_sagemaker_add_tags(struct sl_aws_session *session, const char *arn,
    const struct sl_aws_pair *tags, size_t count, struct sl_error *err)
    SL_MUST_CHECK;

/** Read all tags of a resource. */
int sl_sagemaker_list_tags(struct sl_aws_session *session, const char *arn,
    struct sl_aws_pairs *out, struct sl_error *err) SL_MUST_CHECK;

/* --- model package groups --- */

struct sl_sagemaker_group {
	char *name;
	char *arn;
	char *description;
	char *status; /* "Completed", ... */
	int64_t created_s;
};

void sl_sagemaker_group_release(struct sl_sagemaker_group *group);

/**
 * Create a model package group.
 *
 * A stand-in may replace an existing group in silence: describe it first.
 *
 * @param name  at most 63 of A-Za-z0-9 and inner '-'
 * @param description  one line; may be NULL
 * @param[out] arn  free(); may be NULL
 */
int sl_sagemaker_create_group(struct sl_aws_session *session,
    const char *name, const char *description,
    const struct sl_aws_pair *tags, size_t tag_count, char **arn,
    struct sl_error *err) SL_MUST_CHECK;

/** @param name  name or ARN (another account's group by ARN) */
int sl_sagemaker_describe_group(struct sl_aws_session *session,
    const char *name, struct sl_sagemaker_group *out, struct sl_error *err)
    SL_MUST_CHECK;

/** List groups whose name contains a text (NULL: all), newest first. */
int sl_sagemaker_list_groups(struct sl_aws_session *session,
    const char *name_contains,
    int (*each)(void *ctx, const struct sl_sagemaker_group *group,
	struct sl_error *err),
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

/* --- model packages --- */

/** Length of a package's request token: 1 to 36 of A-Za-z0-9 and '-'. */
#define SL_SAGEMAKER_PACKAGE_TOKEN_MAX 36

/** The Git link of a package; can be set at creation only. */
struct sl_sagemaker_link {
	const char *commit_id;
	const char *repository;
	const char *generated_by;
	const char *project_id;
};

/** Stage and status of a package's life, 1 to 63 characters each; the
 *  description may be NULL. No stage: not set. */
struct sl_sagemaker_life_cycle {
	const char *stage;
	const char *status;
	const char *description;
};

/** Parts of a package that sluice carries as JSON; empty: left out. */
enum sl_sagemaker_part {
	SL_SAGEMAKER_INFERENCE_SPECIFICATION,
	SL_SAGEMAKER_SOURCE_ALGORITHM_SPECIFICATION,
	SL_SAGEMAKER_VALIDATION_SPECIFICATION,
	SL_SAGEMAKER_MODEL_METRICS,
	SL_SAGEMAKER_DRIFT_CHECK_BASELINES,
	SL_SAGEMAKER_ADDITIONAL_INFERENCE_SPECIFICATIONS,
	SL_SAGEMAKER_MODEL_CARD,
	SL_SAGEMAKER_SECURITY_CONFIG,
	SL_SAGEMAKER_PART_COUNT,
};

/** The service's member name of a part ("InferenceSpecification"). */
const char *sl_sagemaker_part_name(enum sl_sagemaker_part part);

/**
 * A package version to create in a group.
 *
 * group     name or ARN; required
 * token     1 to 36 characters; required: the same token makes one version
 * approval  "Approved", "Rejected" or "PendingManualApproval"
 * metadata  CustomerMetadataProperties, at most 50
 * parts     by enum sl_sagemaker_part: JSON text, e.g. from a describe
 */
struct sl_sagemaker_package_spec {
	const char *group;
	const char *token;
	const char *description;
	const char *approval;
	struct sl_sagemaker_link link;
	const struct sl_aws_pair *metadata;
	size_t metadata_count;
	struct sl_sagemaker_life_cycle life_cycle;
	struct sl_str parts[SL_SAGEMAKER_PART_COUNT];
	const char *domain;
	const char *task;
	const char *sample_payload_url;
	const char *source_uri;
	const char *skip_validation; /* "All" or "None" */
};

/**
 * A package version.
 *
 * modified_by_arn  the principal that changed it last: who approved it
 */
struct sl_sagemaker_package {
	char *arn;
	char *group;
	int64_t version; /* 0: none */
	char *description;
	char *status;   /* "Completed", "Failed", ... */
	char *approval; /* "Approved", "Rejected", "PendingManualApproval" */
	char *approval_description;
	char *created_by_arn;
	char *modified_by_arn;
	int64_t created_s;
	int64_t modified_s;
	char *commit_id; /* of MetadataProperties, as the next three */
	char *repository;
	char *generated_by;
	char *project_id;
	struct sl_aws_pairs metadata;
	char *stage; /* of ModelLifeCycle, as the next two */
	char *stage_status;
	char *stage_description;
	char *parts[SL_SAGEMAKER_PART_COUNT]; /* canonical JSON or NULL */
	char *domain;
	char *task;
	char *sample_payload_url;
	char *source_uri;
	char *skip_validation;
};

void sl_sagemaker_package_release(struct sl_sagemaker_package *package);

/** Create a package version. @param[out] arn  free() */
int sl_sagemaker_create_package(struct sl_aws_session *session,
    const struct sl_sagemaker_package_spec *spec, char **arn,
    struct sl_error *err) SL_MUST_CHECK;

/** @param name  ARN of a version (or name of an unversioned package) */
int sl_sagemaker_describe_package(struct sl_aws_session *session,
    const char *name, struct sl_sagemaker_package *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * List a group's packages, newest first. Listings have ARN, group, version,
 * description, status, approval, stage and creation time only.
 *
 * @param group     name or ARN
 * @param approval  only those with this approval; NULL: all
 */
int sl_sagemaker_list_packages(struct sl_aws_session *session,
    const char *group, const char *approval,
    int (*each)(void *ctx, const struct sl_sagemaker_package *package,
	struct sl_error *err),
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

/**
 * Changes to a package.
 *
 * The service merges metadata; a stand-in replaces all of it and forgets an
 * approval that is not repeated. sl_sagemaker_merge_package copes with both.
 */
struct sl_sagemaker_package_update {
	const char *arn;
	const char *approval;
	const char *approval_description;
	const struct sl_aws_pair *metadata;
	size_t metadata_count;
	struct sl_sagemaker_life_cycle life_cycle;
};

int sl_sagemaker_update_package(struct sl_aws_session *session,
    const struct sl_sagemaker_package_update *update, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Set entries of a package's metadata, and what else update says, keeping the
 * rest: describe, merge, update. update->metadata are the entries to set. An
 * approval that update does not give stays as it is.
 */
int sl_sagemaker_merge_package(struct sl_aws_session *session,
    const struct sl_sagemaker_package_update *update, struct sl_error *err)
    SL_MUST_CHECK;

#endif
