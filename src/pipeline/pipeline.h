/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline: a SageMaker pipeline definition, read and checked offline.
 *
 * A definition is JSON of version 2020-12-01. Parsing reads its skeleton:
 * parameters, steps with those inside the branches of Condition steps, and
 * every RegisterModel step. Linting reports what the service would refuse
 * later, or what would start and then fail. Nothing here talks to the
 * service, and unknown step types and members are let through: the service
 * learns new ones all the time.
 *
 *     sl_pipeline_parse("pipelines/train.json", text, &p, err);
 *     sl_pipeline_check(p, err);                first problem, as an error
 *     sl_pipeline_guard(p, &values, err);       the registry guard
 *     sl_pipeline_digest(p);                    identity of the definition
 *
 * A pipeline is immutable after parsing and may be read by several threads.
 *
 * @source Amazon SageMaker Pipelines definition schema, version 2020-12-01
 */
#ifndef SL_PIPELINE_PIPELINE_H
#define SL_PIPELINE_PIPELINE_H

#include "base/buf.h"
#include "base/error.h"
#include "doc/doc.h"

/** Bytes of a definition that the service takes. */
#define SL_PIPELINE_MAX_BYTES ((size_t)1 << 20)
/** Steps, those in branches included; ours, to bound the work. */
#define SL_PIPELINE_MAX_STEPS 1000
/** Parameters; the service takes 200 at a start. */
#define SL_PIPELINE_MAX_PARAMETERS 200
/** Hexadecimal digits of a digest and NUL. */
#define SL_PIPELINE_DIGEST_SIZE 65

struct sl_pipeline;

enum sl_parameter_type {
	SL_PARAMETER_STRING,
	SL_PARAMETER_INTEGER,
	SL_PARAMETER_FLOAT,
	SL_PARAMETER_BOOLEAN,
};

/** A declared parameter. Views live as long as the pipeline. */
struct sl_parameter {
	struct sl_str name;
	enum sl_parameter_type type;
	bool has_default;
	struct sl_str default_text;       /* as a start would pass it */
	const struct sl_node *enum_values; /* a list of strings, or NULL */
	const struct sl_node *node;
};

/** A step. Views live as long as the pipeline. */
struct sl_pipeline_step {
	struct sl_str name;
	struct sl_str type;
	size_t parent; /* index of the Condition step whose branch holds it, or
			  SL_PIPELINE_TOP */
	const struct sl_node *node;
};

#define SL_PIPELINE_TOP ((size_t)-1)

/** A name and a value of a start; both NUL-terminated. */
struct sl_parameter_value {
	const char *name;
	const char *value;
};

/**
 * What a RegisterModel step may write into the registry.
 *
 * group     name of the plan's model package group
 * approval  the plan's ModelApprovalStatus
 * values    parameters of the start; a parameter that is not among them has
 *           its default
 */
struct sl_pipeline_guard {
	const char *group;
	const char *approval;
	const struct sl_parameter_value *values;
	size_t value_count;
};

/**
 * Read a definition.
 *
 * @param name  shown in messages; copied
 * @param json  at most SL_PIPELINE_MAX_BYTES; not kept
 * @param[out] out  sl_pipeline_free
 * @return 0, SL_EINVAL (not JSON, or its skeleton is no definition; the place
 *         says where), SL_ETOOBIG (bytes, steps or parameters)
 */
int sl_pipeline_parse(const char *name, struct sl_str json,
    struct sl_pipeline **out, struct sl_error *err) SL_MUST_CHECK;

void sl_pipeline_free(struct sl_pipeline *p);
SL_DEFINE_FREEP(struct sl_pipeline, sl_pipeline_free, sl_pipeline_freep)

/** Hears of one problem; the place is set. Another value than 0 ends. */
typedef int sl_pipeline_problem_fn(void *ctx, const struct sl_error *problem);

/**
 * Report everything that is wrong with a definition, in file order per kind.
 *
 * Version; parameter names, types, values and defaults; step names, their
 * grammar and uniqueness over the whole tree; DependsOn and `Get` references
 * that lead nowhere; cycles over both; conditions that lack what they compare;
 * members that take a value from a parameter of another type; RegisterModel
 * steps whose group is missing or computed.
 *
 * @return 0, or what fn returned when it ended the walk
 */
int sl_pipeline_lint(const struct sl_pipeline *p, sl_pipeline_problem_fn *fn,
    void *ctx) SL_MUST_CHECK;

/** The first problem of sl_pipeline_lint as SL_EINVAL, or 0. */
int sl_pipeline_check(const struct sl_pipeline *p, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Refuse a definition that would register a model anywhere but where the
 * plan says, or with another approval.
 *
 * Every RegisterModel step, also in branches, must take its group from a
 * parameter or a literal whose value in this start is guard->group, and its
 * approval likewise. A missing approval is the service's default,
 * PendingManualApproval, and passes; a missing group makes an unversioned
 * package that nothing tracks, and is refused. So is metadata whose name
 * begins with "sluice:", but for sluice:build-id and sluice:commit: what sluice
 * says about a package, an approval above all, is its own.
 *
 * @return 0, SL_EREFUSED with the place
 */
int sl_pipeline_guard(const struct sl_pipeline *p,
    const struct sl_pipeline_guard *guard, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Check a value of a parameter: its type, its EnumValues, its length.
 *
 * @return 0, SL_EINVAL
 */
int sl_pipeline_check_value(const struct sl_parameter *parameter,
    struct sl_str value, struct sl_error *err) SL_MUST_CHECK;

/**
 * Check the values of a start against the declared parameters.
 *
 * Each value must be declared, of its type and among its EnumValues; each
 * parameter without default must have one; no value over 1024 characters.
 *
 * @return 0, SL_EINVAL
 */
int sl_pipeline_check_values(const struct sl_pipeline *p,
    const struct sl_parameter_value *values, size_t count,
    struct sl_error *err) SL_MUST_CHECK;

/** Declared parameters in file order. */
const struct sl_parameter *sl_pipeline_parameters(const struct sl_pipeline *p,
    size_t *count);

/** A declared parameter, or NULL. */
const struct sl_parameter *sl_pipeline_parameter(const struct sl_pipeline *p,
    struct sl_str name);

/** The document's top node; lives as long as the pipeline. */
const struct sl_node *sl_pipeline_root(const struct sl_pipeline *p);

/** All steps: a Condition step, then those of its branches. */
const struct sl_pipeline_step *sl_pipeline_steps(const struct sl_pipeline *p,
    size_t *count);

/** Where a definition names a container image. */
struct sl_pipeline_image {
	struct sl_str text; /* as written; empty where it is not a literal */
	const struct sl_parameter *parameter; /* that gives it; NULL: none */
	bool computed; /* from steps, or put together, when it runs */
	const struct sl_node *node;
};

/** Hears of an image; another value than 0 ends the walk. */
typedef int sl_pipeline_image_fn(void *ctx,
    const struct sl_pipeline_image *image);

/**
 * Visit the container images that a definition names: the values of the keys
 * TrainingImage, ImageUri, Image and RuleEvaluatorImage, in file order,
 * repeats included. Each is a literal, a declared parameter, or computed.
 *
 * @return 0, or what fn returned
 */
int sl_pipeline_images(const struct sl_pipeline *p, sl_pipeline_image_fn *fn,
    void *ctx) SL_MUST_CHECK;

/** What a member of a step's arguments says. */
enum sl_use_kind {
	SL_USE_INSTANCE_TYPE,
	SL_USE_INSTANCE_COUNT,
	SL_USE_RUNTIME, /* at most, in seconds */
	SL_USE_VOLUME,  /* in GB */
	SL_USE_OUTPUT,  /* where in S3 it writes */
};

struct sl_pipeline_use {
	enum sl_use_kind kind;
	const struct sl_pipeline_step *step;
	struct sl_str key;
	const struct sl_node *node; /* a literal, a reference, or a join */
};

/** Hears of a use; another value than 0 ends the walk. */
typedef int sl_pipeline_use_fn(void *ctx, const struct sl_pipeline_use *use);

/**
 * Visit what steps use: the instances, time and volume that they ask for, and
 * the places in S3 that they write to. Members that are not known to mean one
 * of these are passed over. In file order for each step.
 *
 * @return 0, or what fn returned
 */
int sl_pipeline_uses(const struct sl_pipeline *p, sl_pipeline_use_fn *fn,
    void *ctx);

/** The parameter that a node refers to, or NULL (also for other nodes). */
const struct sl_parameter *sl_pipeline_parameter_of(
    const struct sl_pipeline *p, const struct sl_node *node);

enum sl_s3_direction { SL_S3_UNKNOWN, SL_S3_READ, SL_S3_WRITE };

/**
 * What a member of a definition does to the place in S3 that it names.
 *
 * @param parent  the key below which it stands
 */
enum sl_s3_direction sl_pipeline_s3_direction(struct sl_str parent,
    struct sl_str key);

/**
 * Append what a `Std:Join` makes: its literal parts, and for a part that is
 * known at a start only, what it refers to in braces ("{Parameters.Bucket}").
 *
 * @return whether the node is a join; nothing is appended where it is not
 */
bool sl_pipeline_join(const struct sl_node *node, struct sl_buf *out);

/**
 * Append a value: a literal, a reference in braces, or a join of these.
 *
 * @param p  parameters with a default stand for it; NULL: none does
 */
void sl_pipeline_text(const struct sl_pipeline *p, const struct sl_node *node,
    struct sl_buf *out);

/** Number of RegisterModel steps. */
size_t sl_pipeline_registers(const struct sl_pipeline *p);

/**
 * SHA-256 of the canonical form, in hexadecimal: equal for definitions that
 * mean the same JSON value, whatever their blanks and order of keys.
 */
const char *sl_pipeline_digest(const struct sl_pipeline *p);

/** The canonical form (doc/doc.h, sl_node_canonical). */
struct sl_str sl_pipeline_canonical(const struct sl_pipeline *p);

#endif
