/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote: what a build asks of one environment, as a table of functions.
 *
 * build_aws.h implements it over src/aws; tests implement it in memory. An
 * implementation retries what is safe to retry, signs, and bounds what it
 * reads; what it returns is final for now:
 *
 *     SL_ENET       no answer or a 5xx: the outcome is unknown, try later
 *     SL_EDENIED    credentials missing, expired or refused
 *     SL_EREMOTE    the service refused
 *     SL_ENOTFOUND  the object is not there
 *     SL_EEXIST     it is there already (conditional put, create)
 *     SL_ECONFLICT  it changed under our hands
 *     SL_EUNSUPPORTED  this endpoint does not have the operation
 *
 * One remote belongs to one thread.
 */
#ifndef SL_BUILD_REMOTE_H
#define SL_BUILD_REMOTE_H

#include "base/buf.h"
#include "base/error.h"
#include "config/values.h"
#include "pipeline/pipeline.h"

/** An object of S3. Release with sl_remote_object_release. */
struct sl_remote_object {
	uint64_t size;
	char *etag;       /* as sent, quotes included; NULL: none given */
	char *version_id; /* NULL: the bucket keeps no versions */
};

/** How a put treats an object that exists. */
enum sl_remote_condition {
	SL_PUT_NEW,      /* If-None-Match: *; SL_EEXIST where there is one */
	SL_PUT_IF_MATCH, /* If-Match: etag; SL_ECONFLICT where it differs */
};

struct sl_remote_put {
	const char *key; /* in the environment's bucket */
	struct sl_str body;
	const char *content_type;
	enum sl_remote_condition condition;
	const char *etag; /* for SL_PUT_IF_MATCH */
};

/** A pipeline as the service describes it. */
struct sl_remote_pipeline {
	char *arn;
	char *definition;
	char *role;
};

struct sl_remote_pipeline_put {
	const char *name;
	const char *description;
	struct sl_str definition;
	const char *definition_key; /* in the bucket, where it is too large to
				       send in line; else NULL */
	const char *role;
	const char *token;           /* create only */
	const struct sl_pairs *tags; /* create only */
};

struct sl_remote_start {
	const char *pipeline;
	const char *display_name;
	const char *token;
	const char *description;
	const struct sl_parameter_value *values;
	size_t value_count;
};

enum sl_execution_status {
	SL_EXECUTION_EXECUTING,
	SL_EXECUTION_STOPPING,
	SL_EXECUTION_STOPPED,
	SL_EXECUTION_FAILED,
	SL_EXECUTION_SUCCEEDED,
};

/** An execution; a list leaves failure NULL where it is not given. */
struct sl_remote_execution {
	char *arn;
	char *display_name; /* "" where it has none */
	enum sl_execution_status status;
	char *failure;     /* NULL: none given */
	int64_t started_s; /* 0 where not given */
	int64_t changed_s;
};

/** A step of an execution. All borrowed for the call that hands it out. */
struct sl_remote_step {
	const char *name;
	const char *status;
	const char *failure;       /* NULL: none */
	const char *model_package; /* ARN that a RegisterModel step made */
	const char *job;           /* ARN of the job behind it */
};

/** A model package. */
struct sl_remote_package {
	char *arn;
	char *group;
	char *approval;  /* ModelApprovalStatus */
	char *status;    /* ModelPackageStatus */
	char *generated_by; /* MetadataProperties.GeneratedBy; NULL: none */
	char *commit_id;    /* MetadataProperties.CommitId; NULL: none */
	char *modified_by;  /* ARN of the last principal; NULL: not told */
	char *approval_description; /* NULL: none */
	char *stage;        /* ModelLifeCycle.Stage; NULL: none */
	char *stage_status; /* ModelLifeCycle.StageStatus; NULL: none */
	int64_t created_s;
	struct sl_pairs metadata; /* CustomerMetadataProperties */
	struct sl_doc *answer;    /* the whole answer, for promotion */
};

/** A package to be made. JSON members are canonical text or empty. */
struct sl_remote_package_new {
	const char *group;
	const char *description; /* NULL: none */
	const char *approval;
	const char *token; /* at most 36 characters */
	const char *commit_id;
	const char *repository;
	const char *generated_by;
	const char *stage;
	const char *stage_status;
	const struct sl_pairs *metadata;
	struct sl_str inference_specification;
	struct sl_str model_metrics;
	struct sl_str drift_check_baselines;
	const char *domain; /* NULL: none */
	const char *task;   /* NULL: none */
};

/** The whole changeable part of a package: absent members may be erased. */
struct sl_remote_package_update {
	const char *arn;
	const char *approval;
	const char *approval_description; /* NULL: none */
	const char *stage;        /* NULL: none */
	const char *stage_status;
	const struct sl_pairs *metadata;
};

/** List callbacks: 0 goes on, another value ends the walk and is returned.
 * What they are handed is borrowed for the call. */
typedef int sl_remote_key_fn(void *ctx, const char *key, uint64_t size,
    struct sl_error *err);
typedef int sl_remote_execution_fn(void *ctx,
    const struct sl_remote_execution *execution, struct sl_error *err);
typedef int sl_remote_step_fn(void *ctx, const struct sl_remote_step *step,
    struct sl_error *err);
typedef int sl_remote_arn_fn(void *ctx, const char *arn, struct sl_error *err);
typedef int sl_remote_tag_fn(void *ctx, const char *key, const char *value,
    struct sl_error *err);

struct sl_remote {
	void *self;
	const char *environment; /* borrowed; for messages */

	/** Put an object; out may be NULL. */
	int (*put)(void *self, const struct sl_remote_put *put,
	    struct sl_remote_object *out, struct sl_error *err);
	/** Look at any object that the role may read. */
	int (*head)(void *self, const char *bucket, const char *key,
	    struct sl_remote_object *out, struct sl_error *err);
	/** Append an object's bytes; out may be NULL. SL_ETOOBIG over the
	 * buffer's limit. */
	int (*get)(void *self, const char *bucket, const char *key,
	    struct sl_buf *body, struct sl_remote_object *out,
	    struct sl_error *err);
	/** Visit the keys of a bucket below a prefix, in order. */
	int (*list)(void *self, const char *bucket, const char *prefix,
	    sl_remote_key_fn *fn, void *ctx, struct sl_error *err);

	int (*pipeline_describe)(void *self, const char *name,
	    struct sl_remote_pipeline *out, struct sl_error *err);
	/** SL_EEXIST where the name is taken; arn is appended. */
	int (*pipeline_create)(void *self,
	    const struct sl_remote_pipeline_put *put, struct sl_buf *arn,
	    struct sl_error *err);
	int (*pipeline_update)(void *self,
	    const struct sl_remote_pipeline_put *put, struct sl_error *err);

	/** Appends the ARN. SL_ENET: it may have started. */
	int (*execution_start)(void *self, const struct sl_remote_start *start,
	    struct sl_buf *arn, struct sl_error *err);
	int (*execution_stop)(void *self, const char *arn, const char *token,
	    struct sl_error *err);
	int (*execution_describe)(void *self, const char *arn,
	    struct sl_remote_execution *out, struct sl_error *err);
	/** Newest first. */
	int (*execution_list)(void *self, const char *pipeline,
	    sl_remote_execution_fn *fn, void *ctx, struct sl_error *err);
	int (*execution_steps)(void *self, const char *arn,
	    sl_remote_step_fn *fn, void *ctx, struct sl_error *err);

	int (*tags_list)(void *self, const char *arn, sl_remote_tag_fn *fn,
	    void *ctx, struct sl_error *err);
	int (*tags_add)(void *self, const char *arn,
	    const struct sl_pairs *tags, struct sl_error *err);

	/** Appends the group's ARN. */
	int (*group_describe)(void *self, const char *name,
	    struct sl_buf *arn, struct sl_error *err);
	int (*group_create)(void *self, const char *name,
	    const char *description, const struct sl_pairs *tags,
	    struct sl_buf *arn, struct sl_error *err);

	/** Newest first. */
	int (*package_list)(void *self, const char *group,
	    sl_remote_arn_fn *fn, void *ctx, struct sl_error *err);
	int (*package_describe)(void *self, const char *arn,
	    struct sl_remote_package *out, struct sl_error *err);
	int (*package_create)(void *self,
	    const struct sl_remote_package_new *package, struct sl_buf *arn,
	    struct sl_error *err);
	int (*package_update)(void *self,
	    const struct sl_remote_package_update *update,
	    struct sl_error *err);
};

void sl_remote_object_release(struct sl_remote_object *object);
void sl_remote_pipeline_release(struct sl_remote_pipeline *pipeline);
void sl_remote_execution_release(struct sl_remote_execution *execution);
void sl_remote_package_release(struct sl_remote_package *package);

/** "Executing" and so on, as SageMaker writes them. */
const char *sl_execution_status_name(enum sl_execution_status status);

/** @return 0, SL_EINVAL (a status that this version does not know) */
int sl_execution_status_parse(struct sl_str s, enum sl_execution_status *out)
    SL_MUST_CHECK;

/** Whether an execution has ended. */
bool sl_execution_ended(enum sl_execution_status status);

#endif
