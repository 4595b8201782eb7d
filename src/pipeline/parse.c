/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/pipeline.h"

#include "base/mem.h"
#include "crypto/digest.h"
#include "pipeline/pipeline_int.h"

static const char *const type_words[] = {
	[SL_PARAMETER_STRING] = "String",
	[SL_PARAMETER_INTEGER] = "Integer",
	[SL_PARAMETER_FLOAT] = "Float",
	[SL_PARAMETER_BOOLEAN] = "Boolean",
	NULL,
};

static int parse_steps(struct sl_pipeline *p, const struct sl_node *list,
    size_t parent, struct sl_error *err);

bool
sl_pipeline_is_string(const struct sl_node *node)
{
	return node != NULL && sl_node_kind(node) == SL_NODE_SCALAR &&
	    sl_node_style(node) == SL_STYLE_STRING;
}

struct sl_str
sl_pipeline_get_target(const struct sl_node *node)
{
	const struct sl_node *get;

	if (node == NULL || sl_node_kind(node) != SL_NODE_MAP ||
	    sl_node_count(node) != 1)
		return sl_str(NULL);
	get = sl_node_get(node, "Get");
	return sl_pipeline_is_string(get) ? sl_node_text(get) : sl_str(NULL);
}

/* A member that must be there and be a string that is not empty. */
static int
read_string(const struct sl_node *map, const char *what, const char *key,
    struct sl_str *out, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);

	if (node == NULL)
		return sl_node_error(map, err, SL_EINVAL, "%s lacks \"%s\"",
		    what, key);
	if (!sl_pipeline_is_string(node) || sl_node_text(node).len == 0)
		return sl_node_error(node, err, SL_EINVAL,
		    "\"%s\" of %s is not a string with text", key, what);
	*out = sl_node_text(node);
	return SL_OK;
}

/* An optional list; NULL where it is absent or null. */
static int
read_list(const struct sl_node *map, const char *key,
    const struct sl_node **out, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);

	*out = NULL;
	if (node == NULL || (sl_node_kind(node) == SL_NODE_SCALAR &&
	    sl_node_style(node) == SL_STYLE_WORD &&
	    sl_str_eqs(sl_node_text(node), "null")))
		return SL_OK;
	if (sl_node_kind(node) != SL_NODE_LIST)
		return sl_node_error(node, err, SL_EINVAL,
		    "\"%s\" is not a list", key);
	*out = node;
	return SL_OK;
}

static int
parse_type(const struct sl_node *node, enum sl_parameter_type *out,
    struct sl_error *err)
{
	const struct sl_node *type = sl_node_get(node, "Type");

	*out = SL_PARAMETER_STRING;
	if (type == NULL)
		return SL_OK;
	for (size_t i = 0; type_words[i] != NULL; i++) {
		if (sl_pipeline_is_string(type) &&
		    sl_str_eqs(sl_node_text(type), type_words[i])) {
			*out = (enum sl_parameter_type)i;
			return SL_OK;
		}
	}
	return sl_node_error(type, err, SL_EINVAL,
	    "a parameter's type is String, Integer, Float or Boolean");
}

static int
parse_parameter(struct sl_pipeline *p, const struct sl_node *node,
    struct sl_error *err)
{
	struct sl_parameter parameter = { .node = node };
	const struct sl_node *dflt;

	if (sl_node_kind(node) != SL_NODE_MAP)
		return sl_node_error(node, err, SL_EINVAL,
		    "a parameter is not an object");
	if (read_string(node, "a parameter", "Name", &parameter.name,
	    err) < 0 ||
	    parse_type(node, &parameter.type, err) < 0 ||
	    read_list(node, "EnumValues", &parameter.enum_values, err) < 0)
		return err->code;
	dflt = sl_node_get(node, "DefaultValue");
	if (dflt != NULL) {
		if (sl_node_kind(dflt) != SL_NODE_SCALAR)
			return sl_node_error(dflt, err, SL_EINVAL,
			    "the default of parameter \"%.*s\" is not a "
			    "simple value", SL_STR_ARG(parameter.name));
		parameter.has_default = true;
		parameter.default_text = sl_node_text(dflt);
	}
	if (p->parameter_count == SL_PIPELINE_MAX_PARAMETERS)
		return sl_node_error(node, err, SL_ETOOBIG,
		    "over %d parameters", SL_PIPELINE_MAX_PARAMETERS);
	SL_GROW(p->parameters, p->parameter_count, p->parameter_room);
	p->parameters[p->parameter_count++] = parameter;
	return SL_OK;
}

static int
parse_parameters(struct sl_pipeline *p, struct sl_error *err)
{
	const struct sl_node *list;

	if (read_list(p->root, "Parameters", &list, err) < 0)
		return err->code;
	if (list == NULL)
		return SL_OK;
	for (size_t i = 0; i < sl_node_count(list); i++) {
		if (parse_parameter(p, sl_node_at(list, i), err) < 0)
			return err->code;
	}
	return SL_OK;
}

/* The branches of a Condition step, as steps of their own. */
static int
parse_branches(struct sl_pipeline *p, size_t index, struct sl_error *err)
{
	static const char *const keys[] = { "IfSteps", "ElseSteps" };
	const struct sl_node *arguments;

	arguments = sl_node_get(p->steps[index].node, "Arguments");
	if (arguments == NULL || sl_node_kind(arguments) != SL_NODE_MAP)
		return sl_node_error(p->steps[index].node, err, SL_EINVAL,
		    "Condition step \"%.*s\" has no \"Arguments\" object",
		    SL_STR_ARG(p->steps[index].name));
	for (size_t i = 0; i < SL_COUNT(keys); i++) {
		const struct sl_node *list;

		if (read_list(arguments, keys[i], &list, err) < 0)
			return err->code;
		if (list != NULL && parse_steps(p, list, index, err) < 0)
			return err->code;
	}
	return SL_OK;
}

static int
parse_step(struct sl_pipeline *p, const struct sl_node *node, size_t parent,
    struct sl_error *err)
{
	struct sl_pipeline_step step = { .parent = parent, .node = node };
	size_t index = p->step_count;

	if (sl_node_kind(node) != SL_NODE_MAP)
		return sl_node_error(node, err, SL_EINVAL,
		    "a step is not an object");
	if (read_string(node, "a step", "Name", &step.name, err) < 0 ||
	    read_string(node, "a step", "Type", &step.type, err) < 0)
		return err->code;
	if (index == SL_PIPELINE_MAX_STEPS)
		return sl_node_error(node, err, SL_ETOOBIG, "over %d steps",
		    SL_PIPELINE_MAX_STEPS);
	SL_GROW(p->steps, p->step_count, p->step_room);
	p->steps[p->step_count++] = step;
	if (sl_str_eqs(step.type, "Condition"))
		return parse_branches(p, index, err);
	return SL_OK;
}

static int
parse_steps(struct sl_pipeline *p, const struct sl_node *list, size_t parent,
    struct sl_error *err)
{
	for (size_t i = 0; i < sl_node_count(list); i++) {
		if (parse_step(p, sl_node_at(list, i), parent, err) < 0)
			return err->code;
	}
	return SL_OK;
}

/* Names to entries, once the arrays no longer move. */
static void
index_names(struct sl_pipeline *p)
{
	for (size_t i = 0; i < p->parameter_count; i++) {
		if (!sl_map_find(&p->parameter_names, p->parameters[i].name))
			sl_map_put(&p->parameter_names, p->parameters[i].name,
			    &p->parameters[i]);
	}
	for (size_t i = 0; i < p->step_count; i++) {
		if (!sl_map_find(&p->step_names, p->steps[i].name))
			sl_map_put(&p->step_names, p->steps[i].name,
			    &p->steps[i]);
	}
}

int
sl_pipeline_parse(const char *name, struct sl_str json,
    struct sl_pipeline **out, struct sl_error *err)
{
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *p = NULL;
	struct sl_doc_limits limits = { .max_bytes = SL_PIPELINE_MAX_BYTES };
	const struct sl_node *steps;

	p = sl_alloc(sizeof(*p));
	/* The canonical form may escape control characters at length. */
	sl_buf_init(&p->canonical, SL_PIPELINE_MAX_BYTES * 2);
	if (sl_doc_parse_json(name, json, &limits, &p->doc, err) < 0)
		return err->code;
	p->root = sl_doc_root(p->doc);
	if (sl_node_kind(p->root) != SL_NODE_MAP)
		return sl_node_error(p->root, err, SL_EINVAL,
		    "a pipeline definition is a JSON object");
	if (read_list(p->root, "Steps", &steps, err) < 0)
		return err->code;
	if (steps == NULL || sl_node_count(steps) == 0)
		return sl_node_error(steps != NULL ? steps : p->root, err,
		    SL_EINVAL, "a pipeline definition has \"Steps\", at "
		    "least one");
	if (parse_parameters(p, err) < 0 ||
	    parse_steps(p, steps, SL_PIPELINE_TOP, err) < 0)
		return err->code;
	if (sl_node_canonical(p->root, &p->canonical) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "%s: the canonical form is over 2 MiB", name);
	sl_sha256_hex(p->canonical.ptr, p->canonical.len, p->digest);
	index_names(p);
	*out = sl_steal(&p);
	return SL_OK;
}

void
sl_pipeline_free(struct sl_pipeline *p)
{
	if (p == NULL)
		return;
	sl_map_release(&p->parameter_names);
	sl_map_release(&p->step_names);
	sl_buf_release(&p->canonical);
	free(p->parameters);
	free(p->steps);
	sl_doc_free(p->doc);
	free(p);
}

const struct sl_parameter *
sl_pipeline_parameters(const struct sl_pipeline *p, size_t *count)
{
	*count = p->parameter_count;
	return p->parameters;
}

const struct sl_parameter *
sl_pipeline_parameter(const struct sl_pipeline *p, struct sl_str name)
{
	return sl_map_get(&p->parameter_names, name);
}

const struct sl_node *
sl_pipeline_root(const struct sl_pipeline *p)
{
	return p->root;
}

const struct sl_pipeline_step *
sl_pipeline_steps(const struct sl_pipeline *p, size_t *count)
{
	*count = p->step_count;
	return p->steps;
}

const struct sl_pipeline_step *
sl_pipeline_step_named(const struct sl_pipeline *p, struct sl_str name)
{
	return sl_map_get(&p->step_names, name);
}

size_t
sl_pipeline_registers(const struct sl_pipeline *p)
{
	size_t count = 0;

	for (size_t i = 0; i < p->step_count; i++)
		count += sl_str_eqs(p->steps[i].type, "RegisterModel");
	return count;
}

const char *
sl_pipeline_digest(const struct sl_pipeline *p)
{
	return p->digest;
}

struct sl_str
sl_pipeline_canonical(const struct sl_pipeline *p)
{
	return sl_buf_str(&p->canonical);
}

/* --- images --- */

static bool
is_image_key(struct sl_str key)
{
	return sl_str_eqs(key, "TrainingImage") ||
	    sl_str_eqs(key, "ImageUri") || sl_str_eqs(key, "Image") ||
	    sl_str_eqs(key, "RuleEvaluatorImage");
}

/* {"Get": ...} and {"Std:Join": ...} stand for a value. */
static bool
is_expression(const struct sl_node *node)
{
	struct sl_str key;

	if (sl_node_kind(node) != SL_NODE_MAP || sl_node_count(node) != 1)
		return false;
	key = sl_node_text(sl_node_key(node, 0));
	return sl_str_eqs(key, "Get") || sl_str_starts(key, "Std:");
}

/* What a member is as an image; false: none. */
static bool
read_image(const struct sl_pipeline *p, const struct sl_node *value,
    struct sl_pipeline_image *out)
{
	struct sl_str target = sl_pipeline_get_target(value);

	*out = (struct sl_pipeline_image){ .node = value };
	if (sl_pipeline_is_string(value)) {
		out->text = sl_node_text(value);
		return true;
	}
	if (sl_str_starts(target, "Parameters."))
		out->parameter = sl_pipeline_parameter(p,
		    sl_strn(target.ptr + 11, target.len - 11));
	out->computed = out->parameter == NULL;
	return is_expression(value);
}

/* The reader caps how deep a document nests. */
static int
visit_images(const struct sl_pipeline *p, const struct sl_node *node,
    sl_pipeline_image_fn *fn, void *ctx)
{
	bool map = sl_node_kind(node) == SL_NODE_MAP;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sl_node_count(node); i++) {
		const struct sl_node *value = sl_node_at(node, i);
		struct sl_pipeline_image image;

		if (map && is_image_key(sl_node_text(sl_node_key(node, i))) &&
		    read_image(p, value, &image))
			rc = fn(ctx, &image);
		else
			rc = visit_images(p, value, fn, ctx);
	}
	return rc;
}

int
sl_pipeline_images(const struct sl_pipeline *p, sl_pipeline_image_fn *fn,
    void *ctx)
{
	return visit_images(p, p->root, fn, ctx);
}
