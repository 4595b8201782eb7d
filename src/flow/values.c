/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which value each parameter of a start gets. Four sources, strongest first:
 * the plan, its pinned inputs, the command line, the project's file.
 */
#include <stdio.h>

#include "base/mem.h"
#include "flow/plan.h"

/* Over what the service takes, so that a longer value fails there. */
#define VALUE_SIZE 8192

/* A parameter that is the plan's own business. */
struct own {
	const char *name;
	/* Write the value; false where the plan has none. */
	bool (*value)(const struct sl_plan *plan,
	    const struct sl_plan_attempt *attempt, char out[VALUE_SIZE]);
};

static bool
text(const char *value, char out[VALUE_SIZE])
{
	if (value == NULL)
		return false;
	snprintf(out, VALUE_SIZE, "%s", value);
	return true;
}

#define OWN_TEXT(fn, expression)                                               \
	static bool fn(const struct sl_plan *plan,                             \
	    const struct sl_plan_attempt *attempt, char out[VALUE_SIZE])       \
	{                                                                      \
		(void)plan;                                                    \
		(void)attempt;                                                 \
		return text((expression), out);                                \
	}

OWN_TEXT(own_build_id, attempt->display_name)
OWN_TEXT(own_commit_id, plan->commit)
OWN_TEXT(own_git_ref, plan->ref)
OWN_TEXT(own_environment, plan->environment)
OWN_TEXT(own_use_case, plan->use_case)
OWN_TEXT(own_bucket, plan->bucket)
OWN_TEXT(own_role, plan->pipeline_role)
OWN_TEXT(own_kms_key, plan->kms_key)
OWN_TEXT(own_group, plan->name)
OWN_TEXT(own_approval, sl_flow_approval_status(plan->approval))

static bool
own_code_uri(const struct sl_plan *plan, const struct sl_plan_attempt *attempt,
    char out[VALUE_SIZE])
{
	(void)attempt;
	snprintf(out, VALUE_SIZE, "s3://%s/%s", plan->bucket, plan->code_root);
	return true;
}

static bool
own_source_uri(const struct sl_plan *plan,
    const struct sl_plan_attempt *attempt, char out[VALUE_SIZE])
{
	(void)attempt;
	snprintf(out, VALUE_SIZE, "s3://%s/%s/source.tar.gz", plan->bucket,
	    plan->code_root);
	return true;
}

static bool
own_output_uri(const struct sl_plan *plan,
    const struct sl_plan_attempt *attempt, char out[VALUE_SIZE])
{
	snprintf(out, VALUE_SIZE, "s3://%s/%s", plan->bucket,
	    attempt->output_root);
	return true;
}

static const struct own owns[] = {
	{ "BuildId", own_build_id },
	{ "CommitId", own_commit_id },
	{ "GitRef", own_git_ref },
	{ "Environment", own_environment },
	{ "UseCase", own_use_case },
	{ "Bucket", own_bucket },
	{ "CodeUri", own_code_uri },
	{ "SourceUri", own_source_uri },
	{ "OutputUri", own_output_uri },
	{ "RoleArn", own_role },
	{ "KmsKeyArn", own_kms_key },
	{ "ModelPackageGroupName", own_group },
	{ "ModelApprovalStatus", own_approval },
};

static const struct own *
find_own(struct sl_str name)
{
	for (size_t i = 0; i < SL_COUNT(owns); i++) {
		if (sl_str_eqs(name, owns[i].name))
			return &owns[i];
	}
	return NULL;
}

bool
sl_plan_fills(struct sl_str name)
{
	return find_own(name) != NULL;
}

bool
sl_plan_input_is_used(const struct sl_plan_input_data *data,
    const struct sl_pipeline *pipeline)
{
	return data->parameter == NULL || pipeline == NULL ||
	    sl_pipeline_parameter(pipeline, sl_str(data->parameter)) != NULL;
}

static const char *
find_input(const struct sl_plan *plan, struct sl_str name)
{
	for (size_t i = 0; i < plan->input_count; i++) {
		if (plan->inputs[i].parameter != NULL &&
		    sl_str_eqs(name, plan->inputs[i].parameter))
			return plan->inputs[i].uri;
	}
	return NULL;
}

/* Values that people write may name only what is theirs to set. */
static int
check_pairs(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    const struct sl_pairs *pairs, const char *where, struct sl_error *err)
{
	for (size_t i = 0; pairs != NULL && i < pairs->count; i++) {
		struct sl_str name = sl_str(pairs->items[i].key);

		if (find_own(name) != NULL)
			return sl_error_set(err, SL_EINVAL,
			    "%s sets parameter \"%s\", which sluice fills in",
			    where, pairs->items[i].key);
		if (find_input(plan, name) != NULL)
			return sl_error_set(err, SL_EINVAL,
			    "%s sets parameter \"%s\", which `inputs:` fills "
			    "in", where, pairs->items[i].key);
		if (sl_pipeline_parameter(pipeline, name) == NULL)
			return sl_error_set(err, SL_EINVAL,
			    "%s sets parameter \"%s\", which the definition "
			    "of pipeline \"%s\" does not declare", where,
			    pairs->items[i].key, plan->pipeline);
	}
	return SL_OK;
}

/* With one pipeline an input is that one's, or a mistake. */
static int
check_inputs(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_error *err)
{
	for (size_t i = 0; plan->only_pipeline && i < plan->input_count; i++) {
		const struct sl_plan_input_data *data = &plan->inputs[i];

		if (!sl_plan_input_is_used(data, pipeline))
			return sl_error_set(err, SL_EINVAL,
			    "input %s is for parameter \"%s\", which the "
			    "definition of pipeline \"%s\" does not declare: "
			    "declare it, or correct `inputs:` of "
			    SL_PROJECT_FILE, data->uri, data->parameter,
			    plan->pipeline);
	}
	return SL_OK;
}

static bool
choose(const struct sl_plan *plan, const struct sl_plan_attempt *attempt,
    const struct sl_pairs *extra, struct sl_str name, char out[VALUE_SIZE])
{
	SL_CLEANUP(sl_freep) char *key = sl_strndup(name.ptr, name.len);
	const struct own *own = find_own(name);
	const char *value;

	if (own != NULL)
		return own->value(plan, attempt, out);
	value = find_input(plan, name);
	if (value == NULL && extra != NULL)
		value = sl_pairs_get(extra, key);
	if (value == NULL)
		value = sl_pairs_get(&plan->parameters, key);
	return text(value, out);
}

void
sl_plan_values_release(struct sl_plan_values *values)
{
	for (size_t i = 0; i < values->count; i++) {
		free((char *)values->items[i].name);
		free((char *)values->items[i].value);
	}
	free(values->items);
	*values = (struct sl_plan_values){ NULL, 0 };
}

/* The values that there are, whether or not they suffice. */
static int
gather(const struct sl_plan *plan, const struct sl_plan_attempt *attempt,
    const struct sl_pipeline *pipeline, const struct sl_pairs *extra,
    struct sl_plan_values *out, struct sl_error *err)
{
	const struct sl_parameter *declared;
	struct sl_plan_values values = { NULL, 0 };
	size_t count;
	int rc;

	if ((rc = check_pairs(plan, pipeline, extra, "--param", err)) < 0 ||
	    (rc = check_pairs(plan, pipeline, &plan->parameters,
	    "`parameters:` of " SL_PROJECT_FILE, err)) < 0 ||
	    (rc = check_inputs(plan, pipeline, err)) < 0)
		return rc;
	declared = sl_pipeline_parameters(pipeline, &count);
	values.items = sl_alloc_array(count + 1, sizeof(*values.items));
	for (size_t i = 0; i < count; i++) {
		char value[VALUE_SIZE];

		if (!choose(plan, attempt, extra, declared[i].name, value))
			continue;
		values.items[values.count].name =
		    sl_strndup(declared[i].name.ptr, declared[i].name.len);
		values.items[values.count++].value = sl_strdup(value);
	}
	*out = values;
	return SL_OK;
}

int
sl_plan_values(const struct sl_plan *plan,
    const struct sl_plan_attempt *attempt, const struct sl_pipeline *pipeline,
    const struct sl_pairs *extra, struct sl_plan_values *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_plan_values_release) struct sl_plan_values values = {
		NULL, 0 };
	int rc = gather(plan, attempt, pipeline, extra, &values, err);

	if (rc < 0)
		return rc;
	rc = sl_pipeline_check_values(pipeline, values.items, values.count,
	    err);
	if (rc < 0)
		return rc;
	*out = values;
	values = (struct sl_plan_values){ NULL, 0 };
	return SL_OK;
}

/* Every value that there is fits its parameter. */
static int
check_types(const struct sl_pipeline *pipeline,
    const struct sl_plan_values *values, struct sl_error *err)
{
	for (size_t i = 0; i < values->count; i++) {
		const struct sl_parameter *parameter = sl_pipeline_parameter(
		    pipeline, sl_str(values->items[i].name));
		int rc = sl_pipeline_check_value(parameter,
		    sl_str(values->items[i].value), err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
check_start(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_error *err)
{
	SL_CLEANUP(sl_plan_values_release) struct sl_plan_values values = {
		NULL, 0 };
	struct sl_plan_attempt attempt;
	struct sl_pipeline_guard guard;
	int rc;

	sl_plan_attempt(plan, 1, &attempt);
	rc = gather(plan, &attempt, pipeline, NULL, &values, err);
	if (rc < 0)
		return rc;
	if (plan->trigger == SL_FLOW_CI)
		return check_types(pipeline, &values, err);
	rc = sl_pipeline_check_values(pipeline, values.items, values.count,
	    err);
	if (rc < 0)
		return rc;
	guard = sl_plan_guard(plan, &values);
	return sl_pipeline_guard(pipeline, &guard, err);
}

int
sl_plan_check(const struct sl_plan *plan, const struct sl_pipeline *pipeline,
    struct sl_error *err)
{
	if (check_start(plan, pipeline, err) == SL_OK)
		return SL_OK;
	/* Whoever says so, it is the commit's files that are wrong. */
	if (err != NULL)
		err->code = SL_ECONFIG;
	return SL_ECONFIG;
}

/* How many declared parameters stand before one. */
static size_t
rank(const struct sl_pipeline *pipeline, struct sl_str name)
{
	const struct sl_parameter *declared;
	size_t count, i = 0;

	declared = sl_pipeline_parameters(pipeline, &count);
	while (i < count && !sl_str_eq(declared[i].name, name))
		i++;
	return i;
}

void
sl_plan_values_set(struct sl_plan_values *values,
    const struct sl_pipeline *pipeline, struct sl_str name, const char *value)
{
	size_t at = 0, mine = rank(pipeline, name);

	while (at < values->count &&
	    rank(pipeline, sl_str(values->items[at].name)) < mine)
		at++;
	if (at == values->count || !sl_str_eqs(name, values->items[at].name)) {
		values->items = sl_realloc_array(values->items,
		    values->count + 1, sizeof(*values->items));
		memmove(&values->items[at + 1], &values->items[at],
		    (values->count - at) * sizeof(*values->items));
		values->count++;
		values->items[at] = (struct sl_parameter_value){
			sl_strndup(name.ptr, name.len), NULL };
	}
	free((char *)values->items[at].value);
	values->items[at].value = sl_strdup(value);
}

struct sl_pipeline_guard
sl_plan_guard(const struct sl_plan *plan, const struct sl_plan_values *values)
{
	return (struct sl_pipeline_guard){ .group = plan->name,
		.approval = sl_flow_approval_status(plan->approval),
		.values = values->items, .value_count = values->count };
}
