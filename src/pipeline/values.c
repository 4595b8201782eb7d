/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of a start against a definition, and the registry guard, which
 * is about what those values make of its RegisterModel steps.
 */
#include "base/text.h"
#include "pipeline/pipeline.h"
#include "pipeline/pipeline_int.h"

/* Characters of a parameter's value that the service takes. */
#define VALUE_MAX_CHARS 1024

static const char *
value_of(const struct sl_parameter_value *values, size_t count,
    struct sl_str name)
{
	for (size_t i = 0; i < count; i++) {
		if (sl_str_eqs(name, values[i].name))
			return values[i].value;
	}
	return NULL;
}

static size_t
digits(struct sl_str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && s.ptr[at + n] >= '0' && s.ptr[at + n] <= '9')
		n++;
	return n;
}

/* A decimal number, as the service converts it. */
static bool
is_number(struct sl_str s, bool fraction)
{
	size_t at = s.len > 0 && s.ptr[0] == '-' ? 1 : 0;
	size_t n = digits(s, at);

	if (n == 0)
		return false;
	at += n;
	if (fraction && at < s.len && s.ptr[at] == '.') {
		n = digits(s, at + 1);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	if (fraction && at < s.len && (s.ptr[at] | 0x20) == 'e') {
		at++;
		if (at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-'))
			at++;
		n = digits(s, at);
		if (n == 0)
			return false;
		at += n;
	}
	return at == s.len;
}

static bool
is_of_type(enum sl_parameter_type type, struct sl_str s)
{
	switch (type) {
	case SL_PARAMETER_STRING:
		return true;
	case SL_PARAMETER_INTEGER:
		return is_number(s, false);
	case SL_PARAMETER_FLOAT:
		return is_number(s, true);
	case SL_PARAMETER_BOOLEAN:
		return sl_str_eqs(s, "true") || sl_str_eqs(s, "false") ||
		    sl_str_eqs(s, "True") || sl_str_eqs(s, "False");
	}
	return false;
}

static size_t
count_characters(struct sl_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
	return n;
}

static bool
in_list(const struct sl_node *list, struct sl_str s)
{
	for (size_t i = 0; i < sl_node_count(list); i++) {
		if (sl_str_eq(sl_node_text(sl_node_at(list, i)), s))
			return true;
	}
	return false;
}

int
sl_pipeline_check_value(const struct sl_parameter *parameter,
    struct sl_str value, struct sl_error *err)
{
	static const char *const what[] = { "text", "a whole number",
		"a number", "true or false" };

	if (!is_of_type(parameter->type, value))
		return sl_node_error(parameter->node, err, SL_EINVAL,
		    "parameter \"%.*s\" is to be \"%.*s\", which is not %s",
		    SL_STR_ARG(parameter->name), SL_STR_ARG(value),
		    what[parameter->type]);
	if (!sl_utf8_valid(value) ||
	    count_characters(value) > VALUE_MAX_CHARS)
		return sl_node_error(parameter->node, err, SL_EINVAL,
		    "the value of parameter \"%.*s\" is not UTF-8, or over "
		    "%d characters", SL_STR_ARG(parameter->name),
		    VALUE_MAX_CHARS);
	if (parameter->enum_values != NULL &&
	    !in_list(parameter->enum_values, value))
		return sl_node_error(parameter->enum_values, err, SL_EINVAL,
		    "parameter \"%.*s\" is to be \"%.*s\", which is not "
		    "among its \"EnumValues\"", SL_STR_ARG(parameter->name),
		    SL_STR_ARG(value));
	return SL_OK;
}

int
sl_pipeline_check_values(const struct sl_pipeline *p,
    const struct sl_parameter_value *values, size_t count,
    struct sl_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct sl_parameter *parameter;

		parameter = sl_pipeline_parameter(p, sl_str(values[i].name));
		if (parameter == NULL)
			return sl_node_error(p->root, err, SL_EINVAL,
			    "the definition declares no parameter \"%s\"",
			    values[i].name);
		if (sl_pipeline_check_value(parameter, sl_str(values[i].value),
		    err) < 0)
			return err != NULL ? err->code : SL_EINVAL;
	}
	for (size_t i = 0; i < p->parameter_count; i++) {
		const struct sl_parameter *parameter = &p->parameters[i];

		if (!parameter->has_default &&
		    value_of(values, count, parameter->name) == NULL)
			return sl_node_error(parameter->node, err, SL_EINVAL,
			    "parameter \"%.*s\" has neither a value nor a "
			    "default", SL_STR_ARG(parameter->name));
	}
	return SL_OK;
}

/* What a literal or a parameter reference stands for in this start. */
static bool
effective(const struct sl_pipeline *p, const struct sl_pipeline_guard *guard,
    const struct sl_node *node, struct sl_str *out)
{
	struct sl_str ref = sl_pipeline_get_target(node);
	const struct sl_parameter *parameter;
	const char *value;

	if (sl_pipeline_is_string(node)) {
		*out = sl_node_text(node);
		return true;
	}
	if (!sl_str_starts(ref, "Parameters."))
		return false;
	ref = sl_strn(ref.ptr + 11, ref.len - 11);
	parameter = sl_pipeline_parameter(p, ref);
	if (parameter == NULL)
		return false;
	value = value_of(guard->values, guard->value_count, ref);
	if (value == NULL && !parameter->has_default)
		return false;
	*out = value != NULL ? sl_str(value) : parameter->default_text;
	return true;
}

static int
guard_member(const struct sl_pipeline *p,
    const struct sl_pipeline_guard *guard,
    const struct sl_pipeline_step *step, const char *key, const char *want,
    struct sl_error *err)
{
	const struct sl_node *arguments = sl_node_get(step->node, "Arguments");
	const struct sl_node *node = sl_node_get(arguments, key);
	struct sl_str value;

	if (!effective(p, guard, node, &value))
		return sl_node_error(node, err, SL_EREFUSED,
		    "RegisterModel step \"%.*s\" takes its %s from neither a "
		    "parameter nor plain text: use {\"Get\": "
		    "\"Parameters.%s\"}", SL_STR_ARG(step->name), key, key);
	if (!sl_str_eqs(value, want))
		return sl_node_error(node, err, SL_EREFUSED,
		    "RegisterModel step \"%.*s\" would register with %s "
		    "\"%.*s\"; the plan says \"%s\": use {\"Get\": "
		    "\"Parameters.%s\"}", SL_STR_ARG(step->name), key,
		    SL_STR_ARG(value), want, key);
	return SL_OK;
}

/* Metadata that sluice writes and believes later, approvals above all, must
 * not come from a definition. */
static int
guard_metadata(const struct sl_pipeline_step *step, struct sl_error *err)
{
	const struct sl_node *map;

	map = sl_node_get(sl_node_get(step->node, "Arguments"),
	    "CustomerMetadataProperties");
	if (map == NULL || sl_node_kind(map) != SL_NODE_MAP)
		return SL_OK;
	for (size_t i = 0; i < sl_node_count(map); i++) {
		const struct sl_node *key = sl_node_key(map, i);
		struct sl_str name = sl_node_text(key);

		if (sl_str_starts(name, "sluice:") &&
		    !sl_str_eqs(name, "sluice:build-id") &&
		    !sl_str_eqs(name, "sluice:commit"))
			return sl_node_error(key, err, SL_EREFUSED,
			    "RegisterModel step \"%.*s\" sets \"%.*s\", which "
			    "only sluice may write", SL_STR_ARG(step->name),
			    SL_STR_ARG(name));
	}
	return SL_OK;
}

static int
guard_step(const struct sl_pipeline *p, const struct sl_pipeline_guard *guard,
    const struct sl_pipeline_step *step, struct sl_error *err)
{
	const struct sl_node *arguments = sl_node_get(step->node, "Arguments");

	if (sl_node_get(arguments, "ModelPackageGroupName") == NULL)
		return sl_node_error(step->node, err, SL_EREFUSED,
		    "RegisterModel step \"%.*s\" names no model package "
		    "group", SL_STR_ARG(step->name));
	if (guard_member(p, guard, step, "ModelPackageGroupName",
	    guard->group, err) < 0 || guard_metadata(step, err) < 0)
		return SL_EREFUSED;
	/* Nothing said means pending, which gives no more than any plan. */
	if (sl_node_get(arguments, "ModelApprovalStatus") == NULL)
		return SL_OK;
	return guard_member(p, guard, step, "ModelApprovalStatus",
	    guard->approval, err);
}

int
sl_pipeline_guard(const struct sl_pipeline *p,
    const struct sl_pipeline_guard *guard, struct sl_error *err)
{
	for (size_t i = 0; i < p->step_count; i++) {
		if (!sl_str_eqs(p->steps[i].type, "RegisterModel"))
			continue;
		if (guard_step(p, guard, &p->steps[i], err) < 0)
			return SL_EREFUSED;
	}
	return SL_OK;
}
