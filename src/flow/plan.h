/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan: what a push of one ref will do, before anything is done.
 *
 * Pure: the same site, project, flow and commit give the same plan, in a
 * dry run (`sluice plan`), in the hook that queues it, and in the worker or
 * CI job that carries it out (src/build). A plan holds every name, key and
 * address that the build will use; values that depend on the attempt come
 * from sl_plan_attempt.
 *
 *     sl_flow_choose(...)          which flow (flow/flow.h)
 *     sl_plan_make(&input, &plan, err);
 *     sl_plan_attempt(plan, 1, &attempt);
 *     sl_plan_values(plan, &attempt, pipeline, &extra, &values, err);
 *
 * A plan owns its text. Immutable after making.
 */
#ifndef SL_FLOW_PLAN_H
#define SL_FLOW_PLAN_H

#include "base/buf.h"
#include "base/error.h"
#include "base/oid.h"
#include "config/project.h"
#include "config/site.h"
#include "flow/names.h"
#include "pipeline/pipeline.h"

/** Bytes of an S3 key and NUL. */
#define SL_KEY_SIZE 1025

/** All borrowed for the call. */
struct sl_plan_input {
	const struct sl_site *site;
	const struct sl_project *project; /* of the commit that is built */
	const struct sl_flow *flow;       /* from sl_flow_choose */
	const char *repository_id;
	struct sl_str ref; /* full name */
	struct sl_oid commit;
	struct sl_oid tree;
	int64_t commit_time_s; /* committer time */
};

/** Data that the build pins. */
struct sl_plan_input_data {
	char *uri;       /* s3://bucket/key, placeholders filled in */
	char *parameter; /* pipeline parameter that gets it; NULL: none */
};

struct sl_plan {
	char *repository_id;
	char *project;  /* id */
	char *use_case;
	char *ref;
	char commit[SL_OID_HEX + 1];
	char tree[SL_OID_HEX + 1];
	int64_t commit_time_s;
	char build_id[SL_BUILD_ID_SIZE];
	char branch_id[SL_BRANCH_ID_SIZE]; /* "" where the flow's names are
					      the use case's own */
	char name[SL_BUILD_NAME_SIZE];     /* pipeline and model group */
	char main_name[SL_BUILD_NAME_SIZE]; /* the use case's own name */
	enum sl_flow_action action;
	enum sl_flow_trigger trigger;
	enum sl_flow_approval approval;
	bool supersede;
	int64_t debounce_s;
	char *promote_to; /* environment of the promotion that follows once the
			     model is approved; NULL: none does */
	char *flow_place; /* "file:line:col" or "preset default" */
	struct sl_words paths; /* the flow's; empty: every push runs */
	bool push_runs;        /* what `paths` say of a push, and why; NULL: */
	char *push_because;    /* nobody asked (sl_plan_note_push) */

	/* The target environment; only `environment` may be NULL, for the
	 * action none. */
	char *environment;
	char *account;
	char *region;
	char *bucket;
	char *prefix; /* without slashes at the ends; "" */
	char *kms_key; /* NULL: the bucket's own encryption */
	char *pipeline_role;
	struct sl_pairs tags; /* the site's */

	/* For a promotion: where the model comes from, and how its pipeline is
	 * made there, to recognise builds of the same inputs. */
	char *from; /* environment; NULL otherwise */
	char *source_root; /* <prefix of it>/<use_case> */
	char *source_definition; /* NULL: none, or from a command */
	struct sl_words source_command; /* empty: none, or committed */
	struct sl_words source_paths;

	/* Keys in the bucket, none with a slash at either end. */
	char *use_case_root; /* <prefix>/<use_case> */
	char *build_root;    /* <prefix>/<name>/<build_id> */
	char *code_root;     /* <build_root>/code */
	char *manifest_key;  /* <build_root>/manifest.json */

	/* The flow's pipeline; pipeline NULL where it has none. */
	char *pipeline; /* key of the project's pipelines */
	bool only_pipeline; /* the project has no other */
	char *definition; /* path of the committed definition, or NULL */
	struct sl_words command;      /* empty where definition is set */
	struct sl_words inputs_paths; /* empty: the whole tree */
	struct sl_pairs parameters;   /* the project's own values */
	struct sl_plan_input_data *inputs;
	size_t input_count;
};

/**
 * Make the plan of one ref.
 *
 * @param[out] out  sl_plan_free
 * @return 0, SL_ECONFIG (the flow names a pipeline that the project has not;
 *         a definition from a command with trigger hook; an environment that
 *         the site has not, or a prefix too long for keys; with the flow's
 *         place; an input for a parameter that sluice fills in), SL_EINVAL
 *         (commit time)
 */
int sl_plan_make(const struct sl_plan_input *input, struct sl_plan **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Note what the flow's `paths` say of a push, for sl_plan_text and _json. To
 * be called before the plan is shared.
 *
 * @param because  for people
 */
void sl_plan_note_push(struct sl_plan *plan, bool runs, const char *because);

void sl_plan_free(struct sl_plan *plan);
SL_DEFINE_FREEP(struct sl_plan, sl_plan_free, sl_plan_freep)

/** What one attempt of a plan is called. */
struct sl_plan_attempt {
	unsigned number; /* 1 to SL_ATTEMPT_MAX */
	char display_name[SL_DISPLAY_NAME_SIZE];
	char token[SL_TOKEN_SIZE];
	char output_root[SL_KEY_SIZE]; /* <prefix>/<name>/<display name>/
					  ml-pipeline-outputs */
};

/** Fill in the names of attempt number n. */
void sl_plan_attempt(const struct sl_plan *plan, unsigned number,
    struct sl_plan_attempt *out);

/** Parameter values of a start; owns their text. Zero-initialise. */
struct sl_plan_values {
	struct sl_parameter_value *items; /* in the definition's order */
	size_t count;
};

void sl_plan_values_release(struct sl_plan_values *values);

/**
 * Fill the parameters that a definition declares.
 *
 * The plan's own come first and cannot be overridden:
 *
 *     BuildId       display name of the attempt
 *     CommitId      40 hexadecimal digits
 *     GitRef        full ref name
 *     Environment   name of the environment
 *     UseCase       use case
 *     Bucket        bucket of the environment
 *     CodeUri       s3://.../<build id>/code
 *     SourceUri     s3://.../<build id>/code/source.tar.gz
 *     OutputUri     s3://.../<build id>[-aN]/ml-pipeline-outputs
 *     RoleArn       role that executions run as
 *     KmsKeyArn     key of the environment; only where it has one
 *     ModelPackageGroupName, ModelApprovalStatus
 *
 * URIs have no slash at the end. The `inputs` that name a parameter come next
 * and cannot be overridden either; then extra, then the project's
 * `parameters`; what is left has its default. Of the plan's own, those that
 * the definition does not declare are left out; in extra and in `parameters`
 * that is an error. So it is of an input where the project has one pipeline;
 * with several, it is another's (sl_plan_input_is_used).
 *
 * A parameter that the definition takes an image from gets the same image by
 * digest afterwards, where it is in ECR (sl_plan_values_set).
 *
 * @param extra  values from the command line; may be NULL
 * @param[out] out  sl_plan_values_release
 * @return 0, SL_EINVAL (undeclared, an attempt to set one of the plan's own,
 *         a wrong type, a parameter without value)
 */
int sl_plan_values(const struct sl_plan *plan,
    const struct sl_plan_attempt *attempt, const struct sl_pipeline *pipeline,
    const struct sl_pairs *extra, struct sl_plan_values *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Whether an input is data of the plan's pipeline: it has no parameter, or one
 * that the definition declares. What is not used is neither handed over nor
 * pinned.
 *
 * @param data  of the plan
 * @param pipeline  NULL: not known, so that every input may be
 */
bool sl_plan_input_is_used(const struct sl_plan_input_data *data,
    const struct sl_pipeline *pipeline);

/**
 * Whether a first attempt could be started with the project's own values: what
 * cannot is refused before anything is done.
 *
 * With trigger hook the values and the registry guard must stand. With trigger
 * ci `--param` may give more, so that only names and the values that there are
 * must.
 *
 * @return 0, SL_ECONFIG
 */
int sl_plan_check(const struct sl_plan *plan,
    const struct sl_pipeline *pipeline, struct sl_error *err) SL_MUST_CHECK;

/**
 * Give a declared parameter another value, also one that had its default.
 * The value is not checked.
 */
void sl_plan_values_set(struct sl_plan_values *values,
    const struct sl_pipeline *pipeline, struct sl_str name,
    const char *value);

/** Whether a parameter of this name is one of the plan's own. */
bool sl_plan_fills(struct sl_str name);

/** The plan's group and approval for sl_pipeline_guard. */
struct sl_pipeline_guard sl_plan_guard(const struct sl_plan *plan,
    const struct sl_plan_values *values);

/** One folder or file that a pipeline uses. */
struct sl_input_object {
	const char *path; /* "" for the whole tree */
	struct sl_oid oid; /* tree or blob; zero: not in the commit */
};

/**
 * The inputs digest: what decides what a training run computes, as far as the
 * repository does. Two commits with equal digests (a squash, a rebase, a
 * change of documents only) stand for the same model.
 *
 * SHA-256 over "sluice-inputs 1" LF, then for each object in path order
 * "<path> NUL <40 hex> LF", then the definition's digest and LF.
 *
 * Where the definition comes from a command, nobody knows what the command
 * reads, and a promotion cannot run it: the one object is the whole tree,
 * whatever `inputs-paths` says, and sl_command_digest stands for the
 * definition's.
 *
 * @param objects  sorted by path bytes, each path once
 * @param[out] out  hexadecimal
 * @return 0, SL_EINVAL (not sorted)
 */
int sl_inputs_digest(const struct sl_input_object *objects, size_t count,
    const char *definition_digest, char out[SL_PIPELINE_DIGEST_SIZE],
    struct sl_error *err) SL_MUST_CHECK;

/**
 * The digest of a command: SHA-256 over "sluice-command 1" LF, then each word
 * and NUL.
 *
 * @param[out] out  hexadecimal
 */
void sl_command_digest(const struct sl_words *command,
    char out[SL_PIPELINE_DIGEST_SIZE]);

/* Keys of the index below <root>/.sluice, where root is a use_case_root or
 * source_root: small objects whose names lead to manifests. */

/** "<root>/.sluice/commits/<commit>/<build id>/<name>". */
char *sl_plan_commit_key(const char *root, const char *commit,
    const char *build_id, const char *name) SL_MUST_CHECK;

/** "<root>/.sluice/inputs/<digest>/<build id>/<name>". */
char *sl_plan_inputs_key(const char *root, const char *digest,
    const char *build_id, const char *name) SL_MUST_CHECK;

/**
 * Append the plan for people: what, where, under which names, and the calls
 * that would be made.
 *
 * @param pipeline  its definition where it could be read, else NULL
 * @return 0, SL_ETOOBIG
 */
int sl_plan_text(const struct sl_plan *plan,
    const struct sl_pipeline *pipeline, struct sl_buf *out) SL_MUST_CHECK;

/** As sl_plan_text, as one JSON object; its keys are stable. */
int sl_plan_json(const struct sl_plan *plan,
    const struct sl_pipeline *pipeline, struct sl_buf *out) SL_MUST_CHECK;

#endif
