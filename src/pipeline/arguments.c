/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in the arguments of steps: conditions, and the members that say
 * how much a step uses and where it writes.
 */
#include "pipeline/pipeline.h"
#include "pipeline/pipeline_int.h"

/* --- conditions --- */

/* What a type of condition compares: one of the two members of each pair. The
 * SDK writes an In condition otherwise than the schema has it. */
static const struct {
	const char *type;
	const char *members[2][2];
} conditions[] = {
	{ "Equals", { { "LeftValue" }, { "RightValue" } } },
	{ "NotEquals", { { "LeftValue" }, { "RightValue" } } },
	{ "GreaterThan", { { "LeftValue" }, { "RightValue" } } },
	{ "GreaterThanOrEqualTo", { { "LeftValue" }, { "RightValue" } } },
	{ "LessThan", { { "LeftValue" }, { "RightValue" } } },
	{ "LessThanOrEqualTo", { { "LeftValue" }, { "RightValue" } } },
	{ "In", { { "QueryValue", "Value" }, { "Values", "In" } } },
	{ "Or", { { "Conditions" }, { "Conditions" } } },
	{ "Not", { { "Condition" }, { "Condition" } } },
};

static bool
has_member(const struct sl_node *map, const char *const names[2])
{
	return sl_node_get(map, names[0]) != NULL ||
	    (names[1] != NULL && sl_node_get(map, names[1]) != NULL);
}

static const struct sl_node *find_wrong(const struct sl_node *node,
    struct sl_error *problem);

static const struct sl_node *
find_wrong_list(const struct sl_node *list, struct sl_error *problem)
{
	const struct sl_node *wrong = NULL;

	if (sl_node_kind(list) != SL_NODE_LIST) {
		sl_node_error(list, problem, SL_EINVAL,
		    "\"Conditions\" is not a list");
		return list;
	}
	for (size_t i = 0; i < sl_node_count(list) && wrong == NULL; i++)
		wrong = find_wrong(sl_node_at(list, i), problem);
	return wrong;
}

/* The first condition that is none, here or in it. Types that are not known
 * pass. The reader caps how deep they nest. */
static const struct sl_node *
find_wrong(const struct sl_node *node, struct sl_error *problem)
{
	const struct sl_node *type = sl_node_get(node, "Type");
	const struct sl_node *inner;
	struct sl_str name;

	if (!sl_pipeline_is_string(type)) {
		sl_node_error(node, problem, SL_EINVAL,
		    "a condition has no \"Type\"");
		return node;
	}
	name = sl_node_text(type);
	for (size_t i = 0; i < SL_COUNT(conditions); i++)
		for (size_t k = 0; k < 2; k++) {
			const char *const *members = conditions[i].members[k];

			if (!sl_str_eqs(name, conditions[i].type) ||
			    has_member(node, members))
				continue;
			sl_node_error(node, problem, SL_EINVAL,
			    "a condition of type %s lacks \"%s\"",
			    conditions[i].type, members[0]);
			return node;
		}
	inner = sl_node_get(node, "Conditions");
	if (inner != NULL && sl_str_eqs(name, "Or"))
		return find_wrong_list(inner, problem);
	inner = sl_node_get(node, "Condition");
	return inner != NULL && sl_str_eqs(name, "Not") ?
	    find_wrong(inner, problem) :
	    NULL;
}

int
sl_pipeline_lint_conditions(const struct sl_pipeline_step *step,
    sl_pipeline_problem_fn *fn, void *ctx)
{
	struct sl_error problem = SL_ERROR_INIT;
	const struct sl_node *list;

	if (!sl_str_eqs(step->type, "Condition"))
		return 0;
	list = sl_node_get(sl_node_get(step->node, "Arguments"), "Conditions");
	if (list == NULL) {
		sl_node_error(step->node, &problem, SL_EINVAL,
		    "Condition step \"%.*s\" has no \"Conditions\"",
		    SL_STR_ARG(step->name));
		return fn(ctx, &problem);
	}
	return find_wrong_list(list, &problem) != NULL ? fn(ctx, &problem) : 0;
}

/* --- what steps use --- */

static const struct {
	const char *key;
	enum sl_use_kind kind;
} uses[] = {
	{ "InstanceType", SL_USE_INSTANCE_TYPE },
	{ "InstanceCount", SL_USE_INSTANCE_COUNT },
	{ "InitialInstanceCount", SL_USE_INSTANCE_COUNT },
	{ "MaxRuntimeInSeconds", SL_USE_RUNTIME },
	{ "MaxWaitTimeInSeconds", SL_USE_RUNTIME },
	{ "MaxRuntimePerTrainingJobInSeconds", SL_USE_RUNTIME },
	{ "MaxAutoMLJobRuntimeInSeconds", SL_USE_RUNTIME },
	{ "VolumeSizeInGB", SL_USE_VOLUME },
};

/* Members that name a place in S3, below which others; "": anywhere. */
static const struct {
	const char *parent;
	const char *key;
	enum sl_s3_direction direction;
} places[] = {
	{ "", "S3OutputPath", SL_S3_WRITE },
	{ "", "DestinationS3Uri", SL_S3_WRITE },
	{ "", "LogUri", SL_S3_WRITE },
	{ "S3Output", "S3Uri", SL_S3_WRITE },
	{ "CheckpointConfig", "S3Uri", SL_S3_WRITE },
	{ "S3Input", "S3Uri", SL_S3_READ },
	{ "S3DataSource", "S3Uri", SL_S3_READ },
	{ "", "ModelDataUrl", SL_S3_READ },
};

enum sl_s3_direction
sl_pipeline_s3_direction(struct sl_str parent, struct sl_str key)
{
	for (size_t i = 0; i < SL_COUNT(places); i++)
		if (sl_str_eqs(key, places[i].key) &&
		    (places[i].parent[0] == '\0' ||
			sl_str_eqs(parent, places[i].parent)))
			return places[i].direction;
	return SL_S3_UNKNOWN;
}

struct use_walk {
	sl_pipeline_use_fn *fn;
	void *ctx;
	struct sl_pipeline_use use;
};

/* Tell of a member, where it is a use; @return what fn did. */
static int
see_member(struct use_walk *w, struct sl_str parent, struct sl_str key,
    const struct sl_node *value)
{
	w->use.key = key;
	w->use.node = value;
	for (size_t i = 0; i < SL_COUNT(uses); i++)
		if (sl_str_eqs(key, uses[i].key)) {
			w->use.kind = uses[i].kind;
			return w->fn(w->ctx, &w->use);
		}
	if (sl_pipeline_s3_direction(parent, key) != SL_S3_WRITE)
		return 0;
	w->use.kind = SL_USE_OUTPUT;
	return w->fn(w->ctx, &w->use);
}

static int
walk_uses(struct use_walk *w, struct sl_str parent, const struct sl_node *node)
{
	bool map = sl_node_kind(node) == SL_NODE_MAP;
	int rc = 0;

	for (size_t i = 0; i < sl_node_count(node) && rc == 0; i++) {
		const struct sl_node *value = sl_node_at(node, i);
		struct sl_str key = map ? sl_node_text(sl_node_key(node, i)) :
					  parent;

		/* The steps of branches are steps of their own. */
		if (sl_str_eqs(key, "IfSteps") || sl_str_eqs(key, "ElseSteps"))
			continue;
		if (map)
			rc = see_member(w, parent, key, value);
		if (rc == 0)
			rc = walk_uses(w, key, value);
	}
	return rc;
}

int
sl_pipeline_uses(const struct sl_pipeline *p, sl_pipeline_use_fn *fn,
    void *ctx)
{
	struct use_walk w = { .fn = fn, .ctx = ctx };
	int rc = 0;

	for (size_t i = 0; i < p->step_count && rc == 0; i++) {
		const struct sl_node *arguments = sl_node_get(p->steps[i].node,
		    "Arguments");

		w.use.step = &p->steps[i];
		if (arguments != NULL)
			rc = walk_uses(&w, sl_str(""), arguments);
	}
	return rc;
}

const struct sl_parameter *
sl_pipeline_parameter_of(const struct sl_pipeline *p,
    const struct sl_node *node)
{
	struct sl_str ref = sl_pipeline_get_target(node);

	if (!sl_str_starts(ref, "Parameters."))
		return NULL;
	return sl_pipeline_parameter(p, sl_strn(ref.ptr + 11, ref.len - 11));
}

/* --- text --- */

static bool
join(const struct sl_pipeline *p, const struct sl_node *node,
    struct sl_buf *out)
{
	const struct sl_node *args = sl_node_get(node, "Std:Join");
	const struct sl_node *values = sl_node_get(args, "Values");
	const struct sl_node *on = sl_node_get(args, "On");

	if (values == NULL || sl_node_kind(values) != SL_NODE_LIST ||
	    sl_node_count(node) != 1)
		return false;
	for (size_t i = 0; i < sl_node_count(values); i++) {
		if (i > 0 && sl_pipeline_is_string(on))
			sl_buf_addv(out, sl_node_text(on));
		sl_pipeline_text(p, sl_node_at(values, i), out);
	}
	return true;
}

bool
sl_pipeline_join(const struct sl_node *node, struct sl_buf *out)
{
	return join(NULL, node, out);
}

/* The reader caps how deep joins nest. */
void
sl_pipeline_text(const struct sl_pipeline *p, const struct sl_node *node,
    struct sl_buf *out)
{
	struct sl_str ref = sl_pipeline_get_target(node);
	const struct sl_parameter *parameter;

	parameter = p != NULL ? sl_pipeline_parameter_of(p, node) : NULL;
	if (parameter != NULL && parameter->has_default)
		sl_buf_addv(out, parameter->default_text);
	else if (ref.len > 0)
		sl_buf_addf(out, "{%.*s}", SL_STR_ARG(ref));
	else if (sl_node_kind(node) == SL_NODE_SCALAR)
		sl_buf_addv(out, sl_node_text(node));
	else if (!join(p, node, out))
		sl_buf_adds(out, "{...}");
}

/* --- types --- */

struct type_lint {
	const struct sl_pipeline *p;
	sl_pipeline_problem_fn *fn;
	void *ctx;
};

static int
lint_use(void *ctx, const struct sl_pipeline_use *use)
{
	static const enum sl_parameter_type wanted[] = {
		[SL_USE_INSTANCE_TYPE] = SL_PARAMETER_STRING,
		[SL_USE_INSTANCE_COUNT] = SL_PARAMETER_INTEGER,
		[SL_USE_RUNTIME] = SL_PARAMETER_INTEGER,
		[SL_USE_VOLUME] = SL_PARAMETER_INTEGER,
		[SL_USE_OUTPUT] = SL_PARAMETER_STRING,
	};
	const struct type_lint *l = ctx;
	const struct sl_parameter *parameter;
	struct sl_error problem = SL_ERROR_INIT;

	parameter = sl_pipeline_parameter_of(l->p, use->node);
	if (parameter == NULL || parameter->type == wanted[use->kind])
		return 0;
	sl_node_error(use->node, &problem, SL_EINVAL,
	    "step \"%.*s\" takes its \"%.*s\" from parameter \"%.*s\", which "
	    "is not of type %s", SL_STR_ARG(use->step->name),
	    SL_STR_ARG(use->key), SL_STR_ARG(parameter->name),
	    wanted[use->kind] == SL_PARAMETER_STRING ? "String" : "Integer");
	return l->fn(l->ctx, &problem);
}

int
sl_pipeline_lint_types(const struct sl_pipeline *p, sl_pipeline_problem_fn *fn,
    void *ctx)
{
	struct type_lint l = { p, fn, ctx };

	return sl_pipeline_uses(p, lint_use, &l);
}
