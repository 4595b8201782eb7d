/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote: what a build asks of one environment, as a table of functions.
 *
 * build/remote_aws.h implements it over src/aws; tests implement it in
 * memory. Types, codes and contracts are those of the functions of the same
 * names in aws/s3.h, aws/sagemaker.h and aws/ecr.h.
 *
 * One remote belongs to one thread.
 */
#ifndef SL_BUILD_REMOTE_H
#define SL_BUILD_REMOTE_H

#include "aws/ecr.h"
#include "aws/s3.h"
#include "aws/sagemaker.h"
#include "config/site.h"

typedef int sl_remote_key_fn(void *ctx, const struct sl_s3_entry *entry,
    struct sl_error *err);
typedef int sl_remote_execution_fn(void *ctx,
    const struct sl_sagemaker_execution *execution, struct sl_error *err);
typedef int sl_remote_step_fn(void *ctx, const struct sl_sagemaker_step *step,
    struct sl_error *err);
typedef int sl_remote_package_fn(void *ctx,
    const struct sl_sagemaker_package *package, struct sl_error *err);

struct sl_remote_ops {
	int (*put)(void *self, const struct sl_s3_bucket *bucket,
	    const struct sl_s3_put *put, struct sl_s3_object *out,
	    struct sl_error *err);
	int (*put_immutable)(void *self, const struct sl_s3_bucket *bucket,
	    const struct sl_s3_put *put, bool *existed, struct sl_error *err);
	int (*head)(void *self, const struct sl_s3_bucket *bucket,
	    struct sl_str key, struct sl_s3_object *out,
	    struct sl_error *err);
	int (*get)(void *self, const struct sl_s3_bucket *bucket,
	    struct sl_str key, struct sl_buf *body, struct sl_s3_object *out,
	    struct sl_error *err);
	int (*list)(void *self, const struct sl_s3_bucket *bucket,
	    struct sl_str prefix, sl_remote_key_fn *each, void *ctx,
	    struct sl_error *err);

	int (*describe_pipeline)(void *self, const char *name,
	    struct sl_sagemaker_pipeline *out, struct sl_error *err);
	int (*create_pipeline)(void *self,
	    const struct sl_sagemaker_pipeline_spec *spec, char **arn,
	    struct sl_error *err);
	int (*update_pipeline)(void *self,
	    const struct sl_sagemaker_pipeline_spec *spec, char **arn,
	    struct sl_error *err);

	int (*start_execution)(void *self,
	    const struct sl_sagemaker_start *start, char **arn,
	    struct sl_error *err);
	int (*stop_execution)(void *self, const char *arn, const char *token,
	    struct sl_error *err);
	int (*describe_execution)(void *self, const char *arn,
	    struct sl_sagemaker_execution *out, struct sl_error *err);
	int (*list_executions)(void *self, const char *pipeline,
	    sl_remote_execution_fn *each, void *ctx, struct sl_error *err);
	int (*list_steps)(void *self, const char *execution,
	    sl_remote_step_fn *each, void *ctx, struct sl_error *err);

	int (*list_tags)(void *self, const char *arn,
	    struct sl_aws_pairs *out, struct sl_error *err);
	int (*add_tags)(void *self, const char *arn,
	    const struct sl_aws_pair *tags, size_t count,
	    struct sl_error *err);

	int (*describe_group)(void *self, const char *name,
	    struct sl_sagemaker_group *out, struct sl_error *err);
	int (*create_group)(void *self, const char *name,
	    const char *description, const struct sl_aws_pair *tags,
	    size_t tag_count, char **arn, struct sl_error *err);

	int (*list_packages)(void *self, const char *group,
	    sl_remote_package_fn *each, void *ctx, struct sl_error *err);
	int (*describe_package)(void *self, const char *arn,
	    struct sl_sagemaker_package *out, struct sl_error *err);
	int (*create_package)(void *self,
	    const struct sl_sagemaker_package_spec *spec, char **arn,
	    struct sl_error *err);
	int (*merge_package)(void *self,
	    const struct sl_sagemaker_package_update *update,
	    struct sl_error *err);

	int (*image_digest)(void *self, const struct sl_ecr_image *image,
	    char digest[SL_ECR_DIGEST_SIZE], struct sl_error *err);
};

/** One environment. */
struct sl_remote {
	void *self;
	const struct sl_remote_ops *ops;
	struct sl_s3_bucket bucket; /* the environment's own */
};

/** Opens the remotes of a site's environments. */
struct sl_remotes {
	void *self;
	/**
	 * The remote of an environment; the same one each time.
	 *
	 * @param[out] out  borrowed; lives as long as the table
	 * @return 0, SL_EDENIED (no credentials), SL_ECONFIG
	 */
	int (*open)(void *self, const struct sl_environment *environment,
	    const struct sl_remote **out, struct sl_error *err);
};

#endif
