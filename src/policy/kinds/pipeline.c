/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline: a SageMaker pipeline definition, held to what the service would
 * refuse later, and to what an environment may cost.
 *
 * A value that comes from a parameter is judged by what the parameter may be:
 * its EnumValues, and its default.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/num.h"
#include "pipeline/pipeline.h"
#include "policy/kinds/files.h"
#include "policy/kinds/layout.h"
#include "policy/kinds/search.h"

/* No limit is larger, so that no sum of them overflows. */
#define MOST 1000000000

static const char *const registry_words[] = { "any", "parameters", NULL };

struct pipeline_rule {
	struct sl_files files;
	struct sl_file_limits limits;
	struct sl_search search;
	struct sl_layout *outputs; /* where steps may write */
	struct sl_patterns instance_types;
	struct sl_buf types_shown;
	uint64_t max_instances; /* 0: not asked */
	uint64_t max_runtime_s;
	uint64_t max_volume_gb;
	size_t registry; /* index of registry_words */
};

static const struct sl_key pipeline_keys[] = {
	SL_FILES_KEYS,
	SL_MAX_FINDINGS_KEY,
	SL_SEARCH_KEYS,
	{ .name = "instance-types", .tighten = SL_TIGHTEN_DROP },
	{ .name = "max-instances", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "max-runtime", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "max-volume-gb", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "outputs", .tighten = SL_TIGHTEN_DROP, .if_given = true },
	{ .name = "registry", .tighten = SL_TIGHTEN_ORDER,
	    .order = "any < parameters" },
	{ .name = NULL },
};

static void
pipeline_free(void *state)
{
	struct pipeline_rule *r = state;

	sl_files_release(&r->files);
	sl_file_limits_release(&r->limits);
	sl_search_release(&r->search);
	sl_layout_free(r->outputs);
	sl_patterns_release(&r->instance_types);
	sl_buf_release(&r->types_shown);
	free(r);
}

static int
read_runtime(const struct sl_rule *rule, struct pipeline_rule *r,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "max-runtime");
	int64_t ms;
	int rc;

	if (!node)
		return SL_OK;
	rc = sl_node_read_duration(node, "max-runtime", &ms, err);
	if (rc < 0)
		return rc;
	if (ms < 1000 || ms % 1000)
		return sl_node_error(node, err, SL_ECONFIG,
		    "max-runtime must be whole seconds, at least 1s");
	r->max_runtime_s = (uint64_t)ms / 1000;
	return SL_OK;
}

static int
read_limits(struct sl_rule *rule, struct pipeline_rule *r,
    struct sl_error *err)
{
	int rc = sl_rule_read_patterns(rule, "instance-types", SL_RX_FULL,
	    &r->instance_types, err);

	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-instances", 1, MOST,
		    &r->max_instances, err);
	if (rc == SL_OK)
		rc = read_runtime(rule, r, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-volume-gb", 1, MOST,
		    &r->max_volume_gb, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "registry", registry_words,
		    &r->registry, err);
	sl_patterns_show(&r->instance_types, &r->types_shown);
	return rc;
}

static int
pipeline_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct pipeline_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	sl_buf_init(&r->types_shown, 2000);
	rc = sl_rule_read_files(rule, &r->files, err);
	if (rc == SL_OK)
		rc = sl_layout_read(rule, "outputs", &r->files, &r->outputs,
		    err);
	if (rc == SL_OK)
		rc = sl_file_limits_read(rule, &r->limits, err);
	if (rc == SL_OK)
		rc = sl_search_read(rule, &r->search, err);
	if (rc == SL_OK)
		rc = read_limits(rule, r, err);
	if (rc < 0)
		return rc;
	if (!r->files.only.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "needs files: no name alone tells a definition from "
		    "other JSON");
	return SL_OK;
}

static unsigned
pipeline_variables(const void *state)
{
	return sl_layout_variables(
	    ((const struct pipeline_rule *)state)->outputs);
}

static bool
pipeline_whole_tree(const void *state)
{
	return ((const struct pipeline_rule *)state)->files.whole_tree;
}

static bool
pipeline_wants_below(struct sl_judge *j, void *state, void *walk SL_UNUSED,
    struct sl_str folder)
{
	return sl_files_could_be_below(&((struct pipeline_rule *)state)->files,
	    j->scratch, folder);
}

static int
pipeline_wants(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_error *err)
{
	const struct pipeline_rule *r = state;

	return sl_files_match(&r->files, j->scratch, path, err);
}

static uint64_t
pipeline_cap(const void *state SL_UNUSED)
{
	return SL_PIPELINE_MAX_BYTES;
}

static int
pipeline_too_large(struct sl_judge *j, void *state SL_UNUSED,
    struct sl_str path, uint64_t size, struct sl_error *err SL_UNUSED)
{
	sl_file_tell_size(j, path, size, SL_PIPELINE_MAX_BYTES,
	    "split the pipeline; SageMaker takes no larger definition");
	return SL_OK;
}

/* --- one definition under judgement --- */

struct look {
	const struct pipeline_rule *r;
	struct sl_judge *j;
	struct sl_str path;
	const struct sl_pipeline *p;
	const struct sl_pipeline_use *use; /* that is judged */
	uint64_t left; /* findings that may still be told */
	char where[160];
	const struct sl_node *text; /* that is searched */
	struct sl_error *err; /* of a walk that ended early */
};

static bool
tell(struct look *l, const struct sl_node *node, struct sl_hit *hit)
{
	struct sl_mark mark = sl_node_mark(node);
	bool counts;

	if (!l->left)
		return false;
	hit->path = l->path;
	hit->where = sl_str(l->where);
	hit->line = mark.line;
	hit->col = mark.col;
	counts = sl_judge_found(l->j, hit);
	l->left -= counts;
	return counts;
}

/* The findings to come are about a step, and a member of it if not empty. */
static void
at_step(struct look *l, const struct sl_pipeline_step *step,
    struct sl_str member)
{
	snprintf(l->where, sizeof(l->where), "step %.*s%s%.*s",
	    SL_STR_ARG(step->name), member.len ? ", " : "",
	    SL_STR_ARG(member));
}

static int
tell_problem(void *ctx, const struct sl_error *problem)
{
	struct look *l = ctx;
	struct sl_hit hit = {
		.path = l->path,
		.found = sl_str(problem->text),
		.message = "{found}",
		.fix = "correct the definition, or the code that makes it",
	};

	if (!l->left)
		return 1;
	sl_hit_at_error(&hit, problem);
	l->left -= sl_judge_found(l->j, &hit);
	return 0;
}

/* --- limits --- */

static int
check_type(struct look *l, const struct sl_node *value, struct sl_error *err)
{
	struct sl_str type = sl_node_text(value);
	int rc = sl_patterns_match(&l->r->instance_types, l->j->scratch, type,
	    NULL, NULL, err);

	if (rc == SL_RX_NO)
		tell(l, value, &(struct sl_hit){
			.found = type,
			.expected = sl_buf_str(&l->r->types_shown),
			.message = "{where}: {found} is not {expected}",
			.fix = "choose one of these types",
		    });
	return rc < 0 ? rc : SL_OK;
}

/* What a number of a kind may be, and in what it is counted. */
static uint64_t
limit_of(const struct pipeline_rule *r, enum sl_use_kind kind,
    const char **unit)
{
	switch (kind) {
	case SL_USE_INSTANCE_COUNT:
		*unit = "";
		return r->max_instances;
	case SL_USE_RUNTIME:
		*unit = " s";
		return r->max_runtime_s;
	case SL_USE_VOLUME:
		*unit = " GB";
		return r->max_volume_gb;
	default:
		*unit = "";
		return 0;
	}
}

static void
check_number(struct look *l, const struct sl_node *value)
{
	struct sl_str text = sl_node_text(value);
	const char *unit;
	uint64_t limit = limit_of(l->r, l->use->kind, &unit), number = 0;
	char found[80], expected[128];
	int rc = sl_num_parse(text, MOST, &number);

	if (rc == SL_OK && number <= limit)
		return;
	snprintf(found, sizeof(found), "%.*s%s", SL_STR_ARG(text), unit);
	snprintf(expected, sizeof(expected), "%llu%s",
	    (unsigned long long)limit, unit);
	tell(l, value, &(struct sl_hit){
		.found = sl_str(found),
		.expected = sl_str(expected),
		.message = rc == SL_EINVAL ?
		    "{where}: {found} is no whole number" :
		    "{where}: {found} is more than {expected}",
		.fix = "ask for less, or have the limit raised",
	    });
}

static int
check_value(struct look *l, const struct sl_node *value, struct sl_error *err)
{
	if (l->use->kind == SL_USE_INSTANCE_TYPE)
		return check_type(l, value, err);
	check_number(l, value);
	return SL_OK;
}

/* Whatever a parameter may be at a start. */
static int
check_parameter(struct look *l, const struct sl_parameter *parameter,
    struct sl_error *err)
{
	size_t end = strlen(l->where), count = 0;
	int rc = SL_OK;

	snprintf(l->where + end, sizeof(l->where) - end, ", parameter %.*s",
	    SL_STR_ARG(parameter->name));
	if (parameter->enum_values)
		count = sl_node_count(parameter->enum_values);
	for (size_t i = 0; i < count && rc == SL_OK; i++)
		rc = check_value(l, sl_node_at(parameter->enum_values, i),
		    err);
	/* The default is one of these, where they are given. */
	if (rc == SL_OK && !count && parameter->has_default)
		rc = check_value(l,
		    sl_node_get(parameter->node, "DefaultValue"), err);
	if (!count && !parameter->has_default)
		tell(l, l->use->node, &(struct sl_hit){
			.message = "{where}: the value is not known before a "
				   "start",
			.fix = "give the parameter a default, or EnumValues",
		    });
	l->where[end] = '\0';
	return rc;
}

/* Where a step writes, with the references as they stand, or with the
 * defaults of parameters. */
static int
check_output(struct look *l, const struct sl_pipeline_use *use,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(2 * SL_PIPELINE_MAX_BYTES);
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(20000);
	int rc = SL_RX_NO;

	if (!l->r->outputs)
		return SL_OK;
	for (int i = 0; i < 2 && rc == SL_RX_NO; i++) {
		sl_buf_clear(&text);
		sl_pipeline_text(i ? l->p : NULL, use->node, &text);
		rc = sl_layout_match(l->r->outputs, l->j, sl_buf_str(&text),
		    err);
	}
	if (rc != SL_RX_NO)
		return rc < 0 ? rc : SL_OK;
	at_step(l, use->step, use->key);
	sl_layout_show(l->r->outputs, l->j, &expected);
	tell(l, use->node, &(struct sl_hit){
		.found = sl_buf_str(&text),
		.expected = sl_buf_str(&expected),
		.message = "{where}: {found} is outside the data layout",
		.fix = "write to a place like {expected}",
	    });
	return SL_OK;
}

static bool
is_limited(const struct pipeline_rule *r, enum sl_use_kind kind)
{
	const char *unit;

	return kind == SL_USE_INSTANCE_TYPE ? r->instance_types.count > 0 :
					      limit_of(r, kind, &unit) > 0;
}

static int
check_use(void *ctx, const struct sl_pipeline_use *use)
{
	struct look *l = ctx;
	const struct sl_parameter *parameter;

	if (use->kind == SL_USE_OUTPUT)
		return check_output(l, use, l->err);
	if (!is_limited(l->r, use->kind))
		return SL_OK;
	at_step(l, use->step, use->key);
	l->use = use;
	parameter = sl_pipeline_parameter_of(l->p, use->node);
	if (parameter)
		return check_parameter(l, parameter, l->err);
	if (sl_node_kind(use->node) == SL_NODE_SCALAR)
		return check_value(l, use->node, l->err);
	tell(l, use->node, &(struct sl_hit){
		.message = "{where}: the value is computed, and cannot be "
			   "held to a limit",
		.fix = "write it out, or take it from a parameter",
	    });
	return SL_OK;
}

/* --- runtimes that are not given --- */

static bool
needs_runtime(const struct sl_pipeline_step *step)
{
	static const char *const types[] = { "Training", "Processing",
		"Tuning", "AutoML", "QualityCheck", "ClarifyCheck" };

	for (size_t i = 0; i < SL_COUNT(types); i++)
		if (sl_str_eqs(step->type, types[i]))
			return true;
	return false;
}

/* Which steps say how long they may run. */
struct runtimes {
	const struct sl_pipeline_step *steps;
	bool *timed;
};

static int
find_runtime(void *ctx, const struct sl_pipeline_use *use)
{
	struct runtimes *r = ctx;

	if (use->kind == SL_USE_RUNTIME)
		r->timed[use->step - r->steps] = true;
	return 0;
}

static void
check_runtimes(struct look *l)
{
	size_t count;
	const struct sl_pipeline_step *steps = sl_pipeline_steps(l->p, &count);
	SL_CLEANUP(sl_freep) bool *timed = sl_alloc_array(count,
	    sizeof(*timed));

	if (!l->r->max_runtime_s)
		return;
	(void)!sl_pipeline_uses(l->p, find_runtime,
	    &(struct runtimes){ steps, timed });
	for (size_t i = 0; i < count; i++) {
		if (timed[i] || !needs_runtime(&steps[i]))
			continue;
		at_step(l, &steps[i], sl_str(""));
		tell(l, steps[i].node, &(struct sl_hit){
			.message = "{where} says nowhere how long it may run",
			.fix = "give it a StoppingCondition with "
			       "MaxRuntimeInSeconds",
		    });
	}
}

/* --- the registry --- */

static void
check_registry(struct look *l)
{
	static const char *const keys[] = { "ModelPackageGroupName",
		"ModelApprovalStatus" };
	size_t count;
	const struct sl_pipeline_step *steps = sl_pipeline_steps(l->p, &count);

	for (size_t i = 0; l->r->registry && i < count; i++) {
		const struct sl_node *arguments = sl_node_get(steps[i].node,
		    "Arguments");

		if (!sl_str_eqs(steps[i].type, "RegisterModel"))
			continue;
		for (size_t k = 0; k < SL_COUNT(keys); k++) {
			const struct sl_node *node = sl_node_get(arguments,
			    keys[k]);

			if (!node || sl_pipeline_parameter_of(l->p, node))
				continue;
			at_step(l, &steps[i], sl_str(keys[k]));
			tell(l, node, &(struct sl_hit){
				.message = "{where}: the value comes from no "
					   "parameter",
				.fix = "declare a parameter of that name, and "
				       "write {{\"Get\": \"Parameters.NAME\"}}",
			    });
		}
	}
}

/* --- text that must not be there --- */

static bool
tell_match(void *ctx, struct sl_hit *hit)
{
	struct look *l = ctx;

	hit->message = l->r->search.secret ?
	    "the definition holds what looks like a secret: {found}" :
	    "the definition holds \"{found}\"";
	return tell(l, l->text, hit);
}

/* A value as `NAME = "VALUE"`, which is what patterns about values of names
 * look for. */
static int
search_string(struct look *l, struct sl_str name, const struct sl_node *value,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(2 * SL_PIPELINE_MAX_BYTES + 16);
	uint64_t left = l->left;

	if (name.len) {
		sl_buf_addv(&text, name);
		sl_buf_adds(&text, " = ");
	}
	sl_buf_addc(&text, '"');
	sl_buf_addv(&text, sl_node_text(value));
	sl_buf_addc(&text, '"');
	l->text = value;
	return sl_search_text(&l->r->search, l->j, sl_buf_str(&text), &left,
	    tell_match, l, err);
}

/* The name of a parameter stands for its default. */
static struct sl_str
name_of(const struct sl_node *map, struct sl_str key)
{
	const struct sl_node *name = sl_node_get(map, "Name");

	return name && sl_str_eqs(key, "DefaultValue") ? sl_node_text(name) :
							 key;
}

static int
search(struct look *l, struct sl_str key, const struct sl_node *node,
    struct sl_error *err)
{
	bool map = sl_node_kind(node) == SL_NODE_MAP;
	int rc = SL_OK;

	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return search_string(l, key, node, err);
	for (size_t i = 0; i < sl_node_count(node) && rc == SL_OK && l->left;
	     i++)
		rc = search(l,
		    map ? name_of(node, sl_node_text(sl_node_key(node, i))) :
			  sl_str(""),
		    sl_node_at(node, i), err);
	return rc;
}

/* --- all of it --- */

static int
check_definition(struct look *l, struct sl_error *err)
{
	int rc;

	l->err = err;
	sl_layout_defer(l->r->outputs, l->j);
	(void)!sl_pipeline_lint(l->p, tell_problem, l);
	l->where[0] = '\0';
	rc = sl_pipeline_uses(l->p, check_use, l);
	if (rc < 0)
		return rc;
	check_runtimes(l);
	check_registry(l);
	l->where[0] = '\0';
	return l->r->search.match.count ?
	    search(l, sl_str(""), sl_pipeline_root(l->p), err) :
	    SL_OK;
}

static int
pipeline_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err)
{
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *p = NULL;
	const struct pipeline_rule *r = state;
	struct look look = { .r = r, .j = j, .path = path,
		.left = r->limits.max_findings };
	struct sl_error why = SL_ERROR_INIT;
	int rc = sl_pipeline_parse("definition", bytes, &p, &why);

	look.p = p;
	if (rc == SL_OK)
		return check_definition(&look, err);
	if (rc != SL_EINVAL)
		return sl_error_set(err, SL_ELIMIT,
		    "the definition was not read: %s", why.text);
	(void)tell_problem(&look, &why);
	return SL_OK;
}

const struct sl_rule_kind sl_kind_pipeline = {
	.name = "pipeline",
	.brief = "a SageMaker pipeline definition: sound, and within limits",
	.keys = pipeline_keys,
	.parse = pipeline_parse,
	.free = pipeline_free,
	.variables = pipeline_variables,
	.whole_tree = pipeline_whole_tree,
	.wants_below = pipeline_wants_below,
	.wants_blob = pipeline_wants,
	.blob_cap = pipeline_cap,
	.blob_too_large = pipeline_too_large,
	.blob = pipeline_blob,
};
