/* SPDX-License-Identifier: Apache-2.0 */
/*
 * builds: the index of builds, their attempts and their model packages.
 *
 * The manifest in S3 is the truth of a build; these tables make it findable
 * here and survive as a copy. A build is one (build id, environment,
 * pipeline). What identifies it, and what an attempt was started with, is
 * written once: writing something else there is SL_ECONFLICT.
 */
#ifndef SL_STORE_BUILDS_H
#define SL_STORE_BUILDS_H

#include "base/oid.h"
#include "store/store.h"

/** The steps of a build, in their order; a row holds the last one done. */
enum sl_build_step {
	SL_STEP_PLANNED,
	SL_STEP_SNAPSHOT,
	SL_STEP_DEFINED,
	SL_STEP_INTENDED,
	SL_STEP_STARTED,
	SL_STEP_TRACKED,
	SL_STEP_REGISTERED,
	SL_STEP_RECORDED,
};

enum sl_build_state {
	SL_BUILD_OPEN,
	SL_BUILD_SUCCEEDED,
	SL_BUILD_FAILED,
	SL_BUILD_STOPPED,
	SL_BUILD_REFUSED,
};

const char *sl_build_step_name(enum sl_build_step step);
const char *sl_build_state_name(enum sl_build_state state);

#define SL_BUILD_JSON_MAX (256 * 1024)

/**
 * A build. To write: NULL keeps what is stored ("" in a new row). As read:
 * never NULL.
 */
struct sl_build {
	int64_t id;           /* row; read only */
	const char *build_id; /* <time>-<40 hex> */
	const char *environment;
	const char *pipeline;
	const char *repository; /* id */
	const char *project;
	const char *use_case;
	struct sl_oid commit;
	struct sl_oid tree;
	const char *ref;
	const char *pusher;
	const char *verdict_id;
	const char *policy_digest;
	const char *inputs_digest;
	const char *definition_digest;
	const char *manifest_uri;
	const char *manifest_etag;
	enum sl_build_step step; /* of the latest attempt */
	enum sl_build_state state;
	const char *reason;      /* why it failed; "" */
	int64_t created_at_s;    /* read only */
	int64_t updated_at_s;    /* read only */
};

struct sl_builds {
	struct sl_build *items; /* own their strings */
	size_t count;
};

#define SL_BUILDS_INIT { NULL, 0 }

void sl_builds_release(struct sl_builds *list);

/**
 * Write a build: a new row, or changes to the one with the same build id,
 * environment and pipeline.
 *
 * @param[out] id  row; NULL: not wanted
 * @return 0, SL_ECONFLICT (repository, commit or tree differ from what is
 *         stored), SL_ENOTFOUND (repository unknown)
 */
int sl_build_put(struct sl_store *store, const struct sl_build *build,
    int64_t now_s, int64_t *id, struct sl_error *err) SL_MUST_CHECK;

/** What to look builds up by. */
enum sl_build_by {
	SL_BUILD_ALL,         /* value is not used */
	SL_BUILD_BY_PART,     /* any part of the build id, 4 bytes or more */
	SL_BUILD_BY_COMMIT,   /* 40 hex digits */
	SL_BUILD_BY_INPUTS,   /* inputs digest */
	SL_BUILD_BY_REF,      /* full ref name */
	SL_BUILD_BY_PIPELINE, /* pipeline name */
	SL_BUILD_LATEST,      /* newest of each (repository, ref, environment,
				 pipeline); value is not used */
};

struct sl_build_query {
	enum sl_build_by by;
	const char *value;
	const char *repository;  /* NULL: any */
	const char *environment; /* NULL: any */
	size_t limit;            /* [1000] */
};

/**
 * Look builds up, newest first.
 *
 * @return 0 (also for none), SL_EINVAL (a value that cannot be one)
 */
int sl_build_list(struct sl_store *store, const struct sl_build_query *query,
    struct sl_builds *list, struct sl_error *err) SL_MUST_CHECK;

/**
 * Find the builds of the one build id that contains a text.
 *
 * @param[out] list  one or more: the same commit in several environments
 * @return 0, SL_ENOTFOUND, SL_ECONFLICT (several build ids contain it; the
 *         text names some), SL_EINVAL (shorter than 4 bytes)
 */
int sl_build_resolve(struct sl_store *store, const char *part,
    struct sl_builds *list, struct sl_error *err) SL_MUST_CHECK;

/**
 * One attempt to run a build's pipeline; an execution once it is started.
 *
 * NULL keeps what is stored. Written once: token, display_name,
 * definition_digest, parameters.
 */
struct sl_attempt {
	int64_t number;           /* from 1 */
	const char *token;        /* ClientRequestToken */
	const char *display_name; /* build id, and -aN for N > 1 */
	const char *definition_digest;
	const char *parameters;   /* canonical JSON */
	const char *execution_arn;
	const char *status;       /* "intended", then SageMaker's word */
	const char *failure_reason;
	int64_t intended_at_s;    /* 0 keeps what is stored, as below */
	int64_t started_at_s;
	int64_t ended_at_s;
};

struct sl_attempts {
	struct sl_attempt *items; /* own their strings */
	size_t count;
};

#define SL_ATTEMPTS_INIT { NULL, 0 }

void sl_attempts_release(struct sl_attempts *list);

/**
 * Write an attempt: a new one, or what became of a known one.
 *
 * @param build  row of the build
 * @return 0, SL_ECONFLICT (what it was started with differs: that needs a
 *         new attempt), SL_ENOTFOUND (build), SL_ETOOBIG (parameters)
 */
int sl_attempt_put(struct sl_store *store, int64_t build,
    const struct sl_attempt *attempt, struct sl_error *err) SL_MUST_CHECK;

/** The attempts of a build, first to last. */
int sl_attempt_list(struct sl_store *store, int64_t build,
    struct sl_attempts *list, struct sl_error *err) SL_MUST_CHECK;

/** A model package that an attempt registered. */
struct sl_package {
	int64_t attempt;
	const char *arn;
	const char *group;
	const char *approval; /* as the registry last said */
	int64_t seen_at_s;
};

struct sl_packages {
	struct sl_package *items; /* own their strings */
	size_t count;
};

#define SL_PACKAGES_INIT { NULL, 0 }

void sl_packages_release(struct sl_packages *list);

/**
 * Write a package, or its newer approval status.
 *
 * @return 0, SL_ENOTFOUND (attempt), SL_ECONFLICT (the ARN belongs to another
 *         attempt)
 */
int sl_package_put(struct sl_store *store, int64_t build,
    const struct sl_package *package, struct sl_error *err) SL_MUST_CHECK;

/** The packages of a build, by attempt and ARN. */
int sl_package_list(struct sl_store *store, int64_t build,
    struct sl_packages *list, struct sl_error *err) SL_MUST_CHECK;

/**
 * The build that a package belongs to.
 *
 * @param[out] list  exactly one
 * @return 0, SL_ENOTFOUND
 */
int sl_package_find(struct sl_store *store, const char *arn,
    struct sl_builds *list, struct sl_error *err) SL_MUST_CHECK;

#endif
