/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build_fake: environments in memory, for tests of src/build.
 *
 * Each environment keeps objects, pipelines, executions, groups and packages
 * as the services would. One call may be made to fail, with its effect or
 * without: `fail_at` counts calls from 1, over all environments.
 */
#ifndef SL_TESTS_BUILD_FAKE_H
#define SL_TESTS_BUILD_FAKE_H

#include "build/remote.h"
#include "change/change.h"

#define FAKE_MAX 64

struct fake_object {
	char *key; /* "bucket/key" */
	char *bytes;
	size_t len;
	unsigned version;
};

struct fake_execution {
	char *pipeline;
	char *arn;
	char *name;
	char *token;
	char *values; /* "K=V;" ... */
	enum sl_sagemaker_status status;
};

struct fake_package {
	char *arn;
	char *group;
	char *approval;
	char *generated_by;
	char *modified_by;
	char *specification;
	char *stage;
	struct sl_aws_pairs metadata;
};

struct fake_named {
	char *name;
	char *arn;
	char *definition; /* of a pipeline */
	char *role;
	struct sl_aws_pairs tags;
	unsigned updates;
};

/** What the registry says of a tag, in whichever environment. */
struct fake_image {
	const char *name;   /* "ACCOUNT/REPOSITORY:TAG" */
	const char *digest; /* NULL: the code */
	int code;
};

struct fake_environment {
	struct fake *fake;
	char *name;
	struct fake_object objects[FAKE_MAX];
	size_t object_count;
	struct fake_named pipelines[FAKE_MAX];
	size_t pipeline_count;
	struct fake_named groups[FAKE_MAX];
	size_t group_count;
	struct fake_execution executions[FAKE_MAX];
	size_t execution_count;
	struct fake_package packages[FAKE_MAX];
	size_t package_count;
	struct sl_remote remote;
};

struct fake {
	struct fake_environment environments[4];
	size_t environment_count;
	unsigned calls;
	unsigned fail_at; /* 0: none */
	bool with_effect; /* the failing call does its work first */
	int fail_code;    /* 0: SL_ENET */
	bool ignores_tokens; /* a Start is never recognised as repeated */
	bool lists_steps;
	bool has_stop;
	bool versions; /* buckets keep them */
	const char *denied; /* "bucket/key": HEAD answers so; NULL: none */
	const char *register_as; /* group: a started execution registers a
				    model there; NULL: none */
	enum sl_sagemaker_status new_status; /* of executions */
	struct fake_image images[8]; /* the rest is not found */
	unsigned images_asked;
	int64_t now_s;
	struct sl_remotes table;
	struct sl_remote_ops ops;
	struct sl_clock clock;
};

void fake_init(struct fake *f);
void fake_release(struct fake *f);

/** The state of an environment, made when first asked for. */
struct fake_environment *fake_environment(struct fake *f, const char *name);

/** Put an object as if somebody else had. */
void fake_put(struct fake_environment *e, const char *bucket, const char *key,
    const char *bytes);

/** Take one away as if somebody else had. */
void fake_remove(struct fake_environment *e, const char *bucket,
    const char *key);

/** An object, or NULL. */
const struct fake_object *fake_get(const struct fake_environment *e,
    const char *bucket, const char *key);

/** Register a model as an execution would. */
struct fake_package *fake_register(struct fake_environment *e,
    const char *group, const char *execution, const char *build_id);

/** From now on a tag stands for a digest, or gives an error code. */
void fake_image(struct fake *f, const char *name, const char *digest,
    int code);

/** A commit's tree in memory: paths and contents. */
struct fake_file {
	const char *path;
	const char *text;
	uint32_t mode;
};

/** A source over files, which end with a NULL path. Blob ids count them. */
struct sl_object_source fake_source(const struct fake_file *files);

#endif
