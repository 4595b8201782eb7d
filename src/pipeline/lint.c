/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with a definition, found without the service.
 *
 * References are edges between steps, next to DependsOn and to the edge from
 * a step in a branch to its Condition step, so that one search finds every
 * cycle.
 */
#include "base/mem.h"
#include "pipeline/pipeline.h"
#include "pipeline/pipeline_int.h"

#define VERSION "2020-12-01"

/* The step `from` waits for the step `to`. */
struct edge {
	size_t from;
	size_t to;
};

enum colour { WHITE, GREY, BLACK };

struct lint {
	const struct sl_pipeline *p;
	sl_pipeline_problem_fn *fn;
	void *ctx;
	struct edge *edges; /* grouped by from */
	size_t edge_count;
	size_t edge_room;
	size_t *first; /* of each step, and one past the last */
	enum colour *colours;
	bool cycle; /* one is reported, not every way around it */
	size_t step; /* whose arguments are walked */
};

static int
report(struct lint *l, const struct sl_error *problem)
{
	return l->fn(l->ctx, problem);
}

/* Report at a node, formatted. */
#define REPORT(l, node, ...)                                                   \
	__extension__({                                                        \
		struct sl_error problem_ = SL_ERROR_INIT;                      \
		sl_node_error((node), &problem_, SL_EINVAL, __VA_ARGS__);      \
		report((l), &problem_);                                        \
	})

/* [A-Za-z0-9_-]{1,64}: names of steps and parameters. */
static bool
is_name(struct sl_str s)
{
	if (s.len == 0 || s.len > 64)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return true;
}

static int
lint_version(struct lint *l)
{
	const struct sl_node *version = sl_node_get(l->p->root, "Version");

	if (version == NULL)
		return REPORT(l, l->p->root,
		    "the definition has no \"Version\": \"" VERSION "\"");
	if (!sl_pipeline_is_string(version) ||
	    !sl_str_eqs(sl_node_text(version), VERSION))
		return REPORT(l, version, "the version is not \"" VERSION "\"");
	return 0;
}

static bool
default_fits(const struct sl_parameter *parameter)
{
	const struct sl_node *dflt;
	struct sl_str text = parameter->default_text;

	dflt = sl_node_get(parameter->node, "DefaultValue");
	switch (parameter->type) {
	case SL_PARAMETER_STRING:
		return sl_node_style(dflt) == SL_STYLE_STRING;
	case SL_PARAMETER_INTEGER:
		return sl_node_style(dflt) == SL_STYLE_NUMBER &&
		    memchr(text.ptr, '.', text.len) == NULL &&
		    memchr(text.ptr, 'e', text.len) == NULL &&
		    memchr(text.ptr, 'E', text.len) == NULL;
	case SL_PARAMETER_FLOAT:
		return sl_node_style(dflt) == SL_STYLE_NUMBER;
	case SL_PARAMETER_BOOLEAN:
		return sl_node_style(dflt) == SL_STYLE_WORD &&
		    !sl_str_eqs(text, "null");
	}
	return false;
}

static bool
in_enum(const struct sl_node *list, struct sl_str text)
{
	for (size_t i = 0; i < sl_node_count(list); i++) {
		if (sl_str_eq(sl_node_text(sl_node_at(list, i)), text))
			return true;
	}
	return false;
}

static bool
enum_fits(const struct sl_parameter *parameter)
{
	const struct sl_node *list = parameter->enum_values;

	for (size_t i = 0; list != NULL && i < sl_node_count(list); i++)
		if (!sl_pipeline_is_string(sl_node_at(list, i)))
			return false;
	return list == NULL || parameter->type == SL_PARAMETER_STRING;
}

static int
lint_parameter(struct lint *l, const struct sl_parameter *parameter)
{
	int rc = 0;

	if (!is_name(parameter->name))
		rc = REPORT(l, parameter->node, "parameter \"%.*s\": a name "
		    "is 1 to 64 of A-Z a-z 0-9 - _",
		    SL_STR_ARG(parameter->name));
	if (rc == 0 &&
	    sl_pipeline_parameter(l->p, parameter->name) != parameter)
		rc = REPORT(l, parameter->node,
		    "parameter \"%.*s\" is declared twice",
		    SL_STR_ARG(parameter->name));
	if (rc == 0 && !enum_fits(parameter))
		rc = REPORT(l, parameter->enum_values, "the \"EnumValues\" of "
		    "parameter \"%.*s\" are strings, of a parameter of type "
		    "String", SL_STR_ARG(parameter->name));
	if (rc != 0 || !parameter->has_default)
		return rc;
	if (!default_fits(parameter))
		rc = REPORT(l, sl_node_get(parameter->node, "DefaultValue"),
		    "the default of parameter \"%.*s\" is not of its type",
		    SL_STR_ARG(parameter->name));
	else if (parameter->enum_values != NULL &&
	    !in_enum(parameter->enum_values, parameter->default_text))
		rc = REPORT(l, sl_node_get(parameter->node, "DefaultValue"),
		    "the default of parameter \"%.*s\" is not among its "
		    "\"EnumValues\"", SL_STR_ARG(parameter->name));
	return rc;
}

static int
lint_step_name(struct lint *l, const struct sl_pipeline_step *step)
{
	const struct sl_pipeline_step *first;

	if (!is_name(step->name))
		return REPORT(l, step->node, "step \"%.*s\": a name is 1 to "
		    "64 of A-Z a-z 0-9 - _", SL_STR_ARG(step->name));
	first = sl_pipeline_step_named(l->p, step->name);
	if (first != step)
		return REPORT(l, step->node, "step \"%.*s\" is there twice: "
		    "it is also on line %u (names are unique over all "
		    "branches)", SL_STR_ARG(step->name),
		    sl_node_mark(first->node).line);
	return 0;
}

static void
add_edge(struct lint *l, size_t from, const struct sl_pipeline_step *to)
{
	SL_GROW(l->edges, l->edge_count, l->edge_room);
	l->edges[l->edge_count++] = (struct edge){ from,
		(size_t)(to - l->p->steps) };
}

/* "Steps.<name>.<path>": the name, which holds no dot. */
static struct sl_str
first_part(struct sl_str s)
{
	const char *dot = s.len > 0 ? memchr(s.ptr, '.', s.len) : NULL;

	return dot == NULL ? s : sl_strn(s.ptr, (size_t)(dot - s.ptr));
}

static int
lint_reference(struct lint *l, const struct sl_node *node, struct sl_str ref)
{
	const struct sl_pipeline_step *step;
	struct sl_str rest;

	if (sl_str_starts(ref, "Parameters.")) {
		rest = sl_strn(ref.ptr + 11, ref.len - 11);
		if (sl_pipeline_parameter(l->p, rest) == NULL)
			return REPORT(l, node, "parameter \"%.*s\" is not "
			    "declared in \"Parameters\"", SL_STR_ARG(rest));
		return 0;
	}
	if (sl_str_starts(ref, "Steps.")) {
		rest = first_part(sl_strn(ref.ptr + 6, ref.len - 6));
		step = sl_pipeline_step_named(l->p, rest);
		if (step == NULL)
			return REPORT(l, node, "\"%.*s\": there is no step "
			    "\"%.*s\"", SL_STR_ARG(ref), SL_STR_ARG(rest));
		add_edge(l, l->step, step);
		return 0;
	}
	if (sl_str_starts(ref, "Execution.") ||
	    sl_str_starts(ref, "PipelineExperimentConfig."))
		return 0;
	return REPORT(l, node, "\"%.*s\" refers to nothing: a \"Get\" begins "
	    "with Parameters, Steps, Execution or PipelineExperimentConfig",
	    SL_STR_ARG(ref));
}

/* Every reference below a node, but not those of steps in branches. */
static int
lint_references(struct lint *l, const struct sl_node *node)
{
	struct sl_str ref = sl_pipeline_get_target(node);
	bool map = sl_node_kind(node) == SL_NODE_MAP;

	if (ref.len > 0)
		return lint_reference(l, node, ref);
	for (size_t i = 0; i < sl_node_count(node); i++) {
		int rc;

		if (map) {
			struct sl_str key = sl_node_text(sl_node_key(node, i));

			if (sl_str_eqs(key, "IfSteps") ||
			    sl_str_eqs(key, "ElseSteps"))
				continue;
		}
		rc = lint_references(l, sl_node_at(node, i));
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
lint_depends(struct lint *l, const struct sl_pipeline_step *step)
{
	const struct sl_node *list = sl_node_get(step->node, "DependsOn");

	if (list == NULL)
		return 0;
	if (sl_node_kind(list) != SL_NODE_LIST)
		return REPORT(l, list, "\"DependsOn\" is not a list of names");
	for (size_t i = 0; i < sl_node_count(list); i++) {
		const struct sl_node *node = sl_node_at(list, i);
		const struct sl_pipeline_step *to;
		int rc = 0;

		to = sl_pipeline_step_named(l->p, sl_node_text(node));
		if (to == NULL || !sl_pipeline_is_string(node))
			rc = REPORT(l, node, "step \"%.*s\" depends on "
			    "\"%.*s\", which is no step",
			    SL_STR_ARG(step->name),
			    SL_STR_ARG(sl_node_text(node)));
		else
			add_edge(l, l->step, to);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* A RegisterModel step whose group is missing or computed. */
static int
lint_register(struct lint *l, const struct sl_pipeline_step *step)
{
	static const char *const keys[] = { "ModelPackageGroupName",
		"ModelApprovalStatus" };
	const struct sl_node *arguments = sl_node_get(step->node, "Arguments");

	if (!sl_str_eqs(step->type, "RegisterModel"))
		return 0;
	if (sl_node_get(arguments, keys[0]) == NULL)
		return REPORT(l, step->node, "RegisterModel step \"%.*s\" "
		    "names no \"ModelPackageGroupName\": take it from the "
		    "parameter ModelPackageGroupName", SL_STR_ARG(step->name));
	for (size_t i = 0; i < SL_COUNT(keys); i++) {
		const struct sl_node *node = sl_node_get(arguments, keys[i]);

		if (node != NULL && !sl_pipeline_is_string(node) &&
		    !sl_str_starts(sl_pipeline_get_target(node),
		    "Parameters."))
			return REPORT(l, node, "RegisterModel step \"%.*s\" "
			    "computes its \"%s\": take it from a parameter",
			    SL_STR_ARG(step->name), keys[i]);
	}
	return 0;
}

/* One step: its name, what it waits for, what it refers to. */
static int
lint_step(struct lint *l, size_t index)
{
	const struct sl_pipeline_step *step = &l->p->steps[index];
	int rc;

	l->step = index;
	l->first[index] = l->edge_count;
	if ((rc = lint_step_name(l, step)) != 0 ||
	    (rc = lint_depends(l, step)) != 0 ||
	    (rc = lint_register(l, step)) != 0 ||
	    (rc = sl_pipeline_lint_conditions(step, l->fn, l->ctx)) != 0 ||
	    (rc = lint_references(l, step->node)) != 0)
		return rc;
	if (step->parent != SL_PIPELINE_TOP)
		add_edge(l, index, &l->p->steps[step->parent]);
	return 0;
}

/* Depth first; a grey step met again closes a cycle. The depth is bounded by
 * SL_PIPELINE_MAX_STEPS. */
static int
visit(struct lint *l, size_t index)
{
	l->colours[index] = GREY;
	for (size_t e = l->first[index]; e < l->first[index + 1]; e++) {
		size_t to = l->edges[e].to;
		int rc = 0;

		if (l->colours[to] == WHITE) {
			rc = visit(l, to);
		} else if (l->colours[to] == GREY && !l->cycle) {
			l->cycle = true;
			rc = REPORT(l, l->p->steps[index].node,
			    "step \"%.*s\" waits for \"%.*s\", which waits "
			    "for it: the steps form a cycle",
			    SL_STR_ARG(l->p->steps[index].name),
			    SL_STR_ARG(l->p->steps[to].name));
		}
		if (rc != 0)
			return rc;
	}
	l->colours[index] = BLACK;
	return 0;
}

static int
lint_all(struct lint *l)
{
	int rc = lint_version(l);

	for (size_t i = 0; rc == 0 && i < l->p->parameter_count; i++)
		rc = lint_parameter(l, &l->p->parameters[i]);
	for (size_t i = 0; rc == 0 && i < l->p->step_count; i++)
		rc = lint_step(l, i);
	l->first[l->p->step_count] = l->edge_count;
	if (rc == 0)
		rc = sl_pipeline_lint_types(l->p, l->fn, l->ctx);
	for (size_t i = 0; rc == 0 && i < l->p->step_count; i++) {
		if (l->colours[i] == WHITE)
			rc = visit(l, i);
	}
	return rc;
}

int
sl_pipeline_lint(const struct sl_pipeline *p, sl_pipeline_problem_fn *fn,
    void *ctx)
{
	struct lint l = { .p = p, .fn = fn, .ctx = ctx };
	int rc;

	l.first = sl_alloc_array(p->step_count + 1, sizeof(*l.first));
	l.colours = sl_alloc_array(p->step_count, sizeof(*l.colours));
	rc = lint_all(&l);
	free(l.first);
	free(l.colours);
	free(l.edges);
	return rc;
}

static int
keep_first(void *ctx, const struct sl_error *problem)
{
	struct sl_error *err = ctx;

	*err = *problem;
	return 1;
}

int
sl_pipeline_check(const struct sl_pipeline *p, struct sl_error *err)
{
	struct sl_error problem = SL_ERROR_INIT;

	if (sl_pipeline_lint(p, keep_first, &problem) == 0)
		return SL_OK;
	if (err != NULL)
		*err = problem;
	return SL_EINVAL;
}
