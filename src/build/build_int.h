/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build_int: what the files of this module share.
 */
#ifndef SL_BUILD_BUILD_INT_H
#define SL_BUILD_BUILD_INT_H

#include "base/map.h"
#include "build/build.h"
#include "build/manifest.h"
#include "build/remote.h"
#include "store/builds.h"
#include "store/ledger.h"

/* What a step says besides 0 (go on) and an error. */
enum {
	STEP_WAIT = 1, /* look again after builder->wait_ms */
	STEP_END = 2,  /* builder->end says how */
	STEP_LOAD = 3, /* read the manifest again and decide anew */
};

/** Source archives over this are refused. */
#define SL_BUILD_ARCHIVE_MAX ((size_t)512 << 20)
/** Artifacts over this are not carried to another environment. */
#define SL_BUILD_ARTIFACT_MAX ((size_t)1 << 30)

struct sl_builder;
struct sl_promotion;

/** A step of a build; a row of a table. */
struct sl_builder_step {
	const char *name;
	const char *before; /* fault points */
	const char *after;
	int (*run)(struct sl_builder *b, struct sl_error *err);
	bool (*due)(const struct sl_builder *b); /* else it is passed over */
	bool quiet; /* not worth a line of progress of its own */
};

struct sl_builder {
	struct sl_builder_context ctx;
	const struct sl_builder_job *job;
	const struct sl_plan *plan;
	const struct sl_environment *environment;
	const struct sl_remote *remote; /* NULL until first asked for */

	const struct sl_builder_step *steps; /* ends with a row without name */
	size_t next;
	const char *at; /* name of the step that ran last */
	struct sl_promotion *promotion; /* NULL: not begun, or none */
	unsigned failures; /* transient ones in a row */
	const struct sl_builder_step *failed; /* the last that did */
	int64_t wait_ms;
	enum sl_builder_state end;
	bool executed;
	char package[2049];

	/* The definition, once prepared. */
	bool prepared;
	struct sl_buf definition;
	struct sl_pipeline *pipeline;
	char inputs_digest[SL_PIPELINE_DIGEST_SIZE];
	struct sl_aws_pairs tags; /* of what is created */

	/* The record, once loaded. */
	struct sl_manifest *manifest;
	bool pinned; /* its inputs are as this very pass found them */
	char *etag;
	int64_t row; /* of the build in the store; 0: none */

	/* The attempt. */
	unsigned begun; /* number that this job began; 0: none */
	bool start;     /* the chosen one is to be started */
	bool recheck;   /* it may have been started already */
	struct sl_plan_attempt attempt;
	struct sl_plan_values values;
	bool no_steps; /* the endpoint lists none */
	struct sl_map seen_steps; /* name to a static status word */
};

/** Tell the listener. fmt may be NULL. */
void sl_builder_say(struct sl_builder *b, const char *step, const char *name,
    const char *state, const char *fmt, ...) SL_PRINTF(5, 6);

/** End in a state of the caller's choice, with err saying why, where set. */
int sl_builder_end(struct sl_builder *b, enum sl_builder_state state);

/** Hold: somebody else must act. Sets err; looked at again in a minute. */
int sl_builder_hold(struct sl_builder *b, struct sl_error *err,
    const char *fmt, ...) SL_PRINTF(3, 4);

/** Whether the plan's trigger is another, so that this one never starts. */
bool sl_builder_only_attaches(const struct sl_builder *b);

/** Say so, and look again later. */
int sl_builder_wait_for_trigger(struct sl_builder *b);

/** Whether a person asked for an attempt that is not there yet. */
bool sl_builder_wants_another(const struct sl_builder *b,
    const struct sl_manifest_attempt *last);

/** Open the target environment's remote. */
int sl_builder_remote(struct sl_builder *b, struct sl_error *err)
    SL_MUST_CHECK;

/** Replace the manifest (or write it for the first time). On failure the
 * manifest in memory is dropped: load it again. */
int sl_builder_save(struct sl_builder *b, struct sl_error *err) SL_MUST_CHECK;

/** Read a manifest by key. @return also SL_ENOTFOUND */
int sl_builder_read_manifest(const struct sl_remote *remote, const char *key,
    struct sl_manifest **out, char **etag, struct sl_error *err)
    SL_MUST_CHECK;

/** Whether what failed with a code may work later, without anybody touching
 * this build. */
bool sl_build_may_pass(int code);

/* inputs.c: the data that a run reads. */

/** Tell the listener which inputs of the plan are not of its pipeline. */
void sl_inputs_say_unused(struct sl_builder *b);

/** Look at every input of the pipeline. @return also SL_ENOTFOUND,
 * SL_ETOOBIG */
int sl_inputs_pin(struct sl_builder *b, struct sl_manifest_inputs *out,
    struct sl_error *err) SL_MUST_CHECK;

/** Whether both say the same of the same objects. */
bool sl_inputs_same(const struct sl_manifest_inputs *a,
    const struct sl_manifest_inputs *b);

/** Append what changed under an attempt: the first names, and how many. */
void sl_inputs_name_changes(const struct sl_manifest_attempt *attempt,
    struct sl_buf *out);

/** As a sentence, with what follows from it. */
void sl_inputs_describe(const struct sl_manifest_attempt *attempt,
    struct sl_buf *out);

/* tree.c: the commit's files. */

/** A file of the commit. */
struct sl_build_file {
	char *path;
	uint32_t mode;
	struct sl_oid oid;
};

struct sl_build_files {
	struct sl_build_file *items; /* in tree order */
	size_t count;
	size_t room;
};

void sl_build_files_release(struct sl_build_files *files);

/** List every blob, link and submodule of a tree. */
int sl_build_files_list(const struct sl_object_source *source,
    const struct sl_oid *tree, struct sl_build_files *out,
    struct sl_error *err) SL_MUST_CHECK;

/** Whether a path is one of the words, below one, or there are none. */
bool sl_build_path_used(const struct sl_words *paths, const char *path);

/** The inputs digest of a tree for a pipeline whose definition comes from a
 * command. */
int sl_build_command_inputs(const struct sl_oid *tree,
    const struct sl_words *command, char out[SL_PIPELINE_DIGEST_SIZE],
    struct sl_error *err) SL_MUST_CHECK;

/** The same for one whose definition is committed. */
int sl_build_inputs(const struct sl_object_source *source,
    const struct sl_oid *tree, const struct sl_words *paths,
    const char *definition_digest, char out[SL_PIPELINE_DIGEST_SIZE],
    struct sl_error *err) SL_MUST_CHECK;

/** Append the bytes of a file of a tree. @return also SL_ENOTFOUND */
int sl_build_read_path(const struct sl_object_source *source,
    const struct sl_oid *tree, const char *path, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/** Split "s3://bucket/key". @return 0, SL_EINVAL */
int sl_build_split_uri(const char *uri, char **bucket, char **key,
    struct sl_error *err) SL_MUST_CHECK;

/* images.c: what tags of images stand for. */

/**
 * Record what each image that the definition uses stands for, and give the
 * parameters among b->values that name one by tag the digest instead.
 *
 * What the manifest says already stays. The manifest is not written here.
 *
 * @param ask  false: only what is recorded counts, nobody is asked
 * @return 0, SL_EREFUSED (the environment takes pinned images only, and one
 *         is not; with the place), or as the registry's call: transient
 */
int sl_builder_pin_images(struct sl_builder *b, bool ask,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Find out what an image stands for: sets its digest, or the reason why it
 * has none.
 *
 * @param region  of the environment; images of others are not asked for
 */
int sl_image_resolve(const struct sl_remote *remote, const char *region,
    struct sl_manifest_image *image, struct sl_error *err) SL_MUST_CHECK;

/** Give it a reason where its pinned form is longer than SageMaker takes. */
void sl_image_check_length(struct sl_manifest_image *image);

/** The image by digest where it is in ECR and its digest is known, else as
 * it is; free(). */
char *sl_image_pinned(const struct sl_manifest_image *image);

/* resources.c: pipelines and groups that are ours. */

/** Fill b->tags. */
void sl_builder_make_tags(struct sl_builder *b);

/** Refuse a resource that carries another owner's tags, or none. */
int sl_build_check_owner(struct sl_builder *b, const struct sl_remote *remote,
    const char *arn, const char *what, struct sl_error *err) SL_MUST_CHECK;

/** Make the plan's model package group where it is missing. */
int sl_builder_group(struct sl_builder *b, struct sl_error *err)
    SL_MUST_CHECK;

/** Text that fits a tag or metadata value: other characters become '_'. */
void sl_build_tag_text(const char *text, char out[257]);

/** Set a tag or metadata entry in that form; NULL and "" set nothing. */
void sl_build_set_pair(struct sl_aws_pairs *pairs, const char *name,
    const char *value);

/** Fill in what every manifest of a builder says: whose, what, and where. */
void sl_build_describe(const struct sl_builder *b, const char *kind,
    struct sl_manifest *m);

/* Steps, in the order of the table in builder.c. */
int sl_step_prepare(struct sl_builder *b, struct sl_error *err);
int sl_step_load(struct sl_builder *b, struct sl_error *err);
int sl_step_snapshot(struct sl_builder *b, struct sl_error *err);
int sl_step_manifest(struct sl_builder *b, struct sl_error *err);
int sl_step_choose(struct sl_builder *b, struct sl_error *err);
int sl_step_definition(struct sl_builder *b, struct sl_error *err);
int sl_step_group(struct sl_builder *b, struct sl_error *err);
int sl_step_supersede(struct sl_builder *b, struct sl_error *err);
int sl_step_intend(struct sl_builder *b, struct sl_error *err);
int sl_step_start(struct sl_builder *b, struct sl_error *err);
int sl_step_track(struct sl_builder *b, struct sl_error *err);
int sl_step_inputs(struct sl_builder *b, struct sl_error *err);
int sl_step_registry(struct sl_builder *b, struct sl_error *err);
int sl_step_record(struct sl_builder *b, struct sl_error *err);
int sl_step_report(struct sl_builder *b, struct sl_error *err);

/* Steps of a promotion, likewise. */
int sl_step_find(struct sl_builder *b, struct sl_error *err);
int sl_step_copy(struct sl_builder *b, struct sl_error *err);
int sl_step_register(struct sl_builder *b, struct sl_error *err);
int sl_step_record_promotion(struct sl_builder *b, struct sl_error *err);
/** Go on with the flow's pipeline, or end. */
int sl_step_promoted(struct sl_builder *b, struct sl_error *err);
void sl_promotion_free(struct sl_promotion *promotion);

/** The steps that train. */
extern const struct sl_builder_step sl_train_steps[];

/* record.c: the store's copy. All do nothing without a store. */

int sl_record_build(struct sl_builder *b, enum sl_build_step step,
    enum sl_build_state state, const char *reason, struct sl_error *err)
    SL_MUST_CHECK;

/** The last attempt of the manifest, and a ledger row when it is new that it
 * started or ended. */
int sl_record_attempt(struct sl_builder *b, enum sl_build_step step,
    struct sl_error *err) SL_MUST_CHECK;

int sl_record_packages(struct sl_builder *b, struct sl_error *err)
    SL_MUST_CHECK;

/** @param key  of the promotion's manifest */
int sl_record_promotion(struct sl_builder *b,
    const struct sl_manifest *promotion, const char *key,
    struct sl_error *err) SL_MUST_CHECK;

/* find.c: builds by what is known of them. */

/**
 * The build of a package, by its metadata, if its manifest names the package.
 *
 * @param prefix  of the environment's keys
 * @return 0, SL_EREFUSED (not a package of a sluice build)
 */
int sl_package_build(const struct sl_remote *remote, const char *prefix,
    const struct sl_sagemaker_package *package, struct sl_manifest **out,
    struct sl_error *err) SL_MUST_CHECK;

/* approve.c */

/**
 * Whether the approval of an approved package counts.
 *
 * @param build  the manifest of its build
 * @param people  e-mail addresses and logins that may not approve
 * @param[out] who  person; borrowed from the site
 * @return 0, SL_EREFUSED with the reason
 */
int sl_approval_check(const struct sl_site *site,
    const struct sl_sagemaker_package *package,
    const struct sl_manifest *build, const char *const *people,
    size_t people_count, const char **who, struct sl_error *err)
    SL_MUST_CHECK;

#endif
