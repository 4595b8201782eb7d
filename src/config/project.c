/* SPDX-License-Identifier: Apache-2.0 */
#include "config/project.h"

#include "base/mem.h"
#include "config/config_int.h"

#define MAX_PIPELINES 32
#define MAX_INPUTS 64
#define MAX_PARAMETERS 200 /* @source SageMaker quota, parameters */
#define MAX_VALUE 1024     /* @source SageMaker API, Parameter Value */

static void
pipeline_release(struct sl_project_pipeline *p)
{
	free(p->name);
	free(p->definition);
	sl_words_release(&p->command);
	sl_words_release(&p->inputs_paths);
	sl_pairs_release(&p->parameters);
}

void
sl_project_free(struct sl_project *project)
{
	if (project == NULL)
		return;
	for (size_t i = 0; i < project->pipeline_count; i++)
		pipeline_release(&project->pipelines[i]);
	for (size_t i = 0; i < project->input_count; i++) {
		free(project->inputs[i].uri);
		free(project->inputs[i].parameter);
	}
	free(project->pipelines);
	free(project->inputs);
	free(project->id);
	free(project->use_case);
	sl_flows_release(&project->flows);
	sl_doc_free(project->doc);
	free(project);
}

static int
read_identity(const struct sl_node *root, struct sl_project *project,
    struct sl_error *err)
{
	static const char *const keys[] = { "id", "use-case", NULL };
	static const struct sl_field fields[] = {
		{ "id", offsetof(struct sl_project, id), sl_grammar_id, true },
		{ "use-case", offsetof(struct sl_project, use_case),
		    sl_grammar_id, false },
	};
	const struct sl_node *node;
	int rc = sl_node_require(root, "a project file", "project", &node,
	    err);

	if (rc == SL_OK)
		rc = sl_node_check_keys(node, "\"project\"", keys, err);
	if (rc == SL_OK)
		rc = sl_fields_read(node, "\"project\"", fields,
		    SL_COUNT(fields), project, err);
	if (rc == SL_OK && project->use_case == NULL)
		project->use_case = sl_strdup(project->id);
	return rc;
}

/* --- pipelines --- */

/* Any scalar will do as a value; a parameter may also be empty text. */
static int
read_parameter(const struct sl_node *map, size_t i, struct sl_pairs *out,
    struct sl_error *err)
{
	const struct sl_node *key = sl_node_key(map, i);
	const struct sl_node *value = sl_node_at(map, i);
	struct sl_str name = sl_node_text(key), text = sl_node_text(value);
	int rc = sl_grammar_check(key, "a parameter's name", name,
	    sl_grammar_parameter, err);

	if (rc == SL_OK)
		rc = sl_node_check_kind(value, "a parameter's value",
		    SL_NODE_SCALAR, err);
	if (rc < 0)
		return rc;
	if (sl_node_is_null(value))
		return sl_node_error(value, err, SL_ECONFIG,
		    "the parameter \"%.*s\" is empty; write '' for empty text",
		    SL_STR_ARG(name));
	if (text.len > MAX_VALUE || memchr(text.ptr, '\0', text.len) != NULL)
		return sl_node_error(value, err, SL_ECONFIG,
		    "a parameter's value has at most %d bytes and no NUL",
		    MAX_VALUE);
	sl_pairs_add(out, name, text);
	return SL_OK;
}

static int
read_parameters(const struct sl_node *map, struct sl_pairs *out,
    struct sl_error *err)
{
	int rc;

	if (map == NULL)
		return SL_OK;
	rc = sl_node_check_kind(map, "\"parameters\"", SL_NODE_MAP, err);
	if (rc == SL_OK && sl_node_count(map) > MAX_PARAMETERS)
		return sl_node_error(map, err, SL_ECONFIG,
		    "more than %d parameters", MAX_PARAMETERS);
	for (size_t i = 0; rc == SL_OK && i < sl_node_count(map); i++)
		rc = read_parameter(map, i, out, err);
	return rc;
}

static int
read_pipeline(const struct sl_node *node, struct sl_project_pipeline *p,
    struct sl_error *err)
{
	static const char *const keys[] = { "definition", "command",
		"inputs-paths", "parameters", NULL };
	static const struct sl_field fields[] = {
		{ "definition",
		    offsetof(struct sl_project_pipeline, definition),
		    sl_grammar_repository_path, false },
	};
	int rc = sl_node_check_keys(node, "a pipeline", keys, err);

	if (rc == SL_OK)
		rc = sl_fields_read(node, "a pipeline", fields,
		    SL_COUNT(fields), p, err);
	if (rc == SL_OK)
		rc = sl_words_read(sl_node_get(node, "command"), "\"command\"",
		    sl_grammar_argument, &p->command, err);
	if (rc == SL_OK)
		rc = sl_words_read(sl_node_get(node, "inputs-paths"),
		    "\"inputs-paths\"", sl_grammar_repository_path,
		    &p->inputs_paths, err);
	if (rc == SL_OK)
		rc = read_parameters(sl_node_get(node, "parameters"),
		    &p->parameters, err);
	if (rc == SL_OK && (p->definition != NULL) == (p->command.count > 0))
		return sl_node_error(node, err, SL_ECONFIG,
		    "a pipeline has a \"definition\" or a \"command\", one of "
		    "them");
	return rc;
}

static int
read_pipelines(const struct sl_node *map, struct sl_project *project,
    struct sl_error *err)
{
	size_t count;
	int rc;

	if (map == NULL)
		return SL_OK;
	rc = sl_node_check_kind(map, "\"pipelines\"", SL_NODE_MAP, err);
	if (rc < 0)
		return rc;
	count = sl_node_count(map);
	if (count > MAX_PIPELINES)
		return sl_node_error(map, err, SL_ECONFIG,
		    "more than %d pipelines", MAX_PIPELINES);
	project->pipelines = sl_alloc_array(count,
	    sizeof(*project->pipelines));
	for (size_t i = 0; rc == SL_OK && i < count; i++) {
		const struct sl_node *key = sl_node_key(map, i);
		struct sl_project_pipeline *p = &project->pipelines[i];
		struct sl_str name = sl_node_text(key);

		rc = sl_grammar_check(key, "a pipeline's name", name,
		    sl_grammar_id, err);
		if (rc < 0)
			return rc;
		project->pipeline_count++;
		p->name = sl_strndup(name.ptr, name.len);
		rc = read_pipeline(sl_node_at(map, i), p, err);
	}
	return rc;
}

/* --- inputs --- */

/* How the data is held fast; there is one way so far. */
static int
check_pin(const struct sl_node *node, struct sl_error *err)
{
	static const char *const words[] = { "version", "copy", NULL };
	size_t way = 0;
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_read_word(node, "\"pin\"", words, &way, err);
	if (rc == SL_OK && way > 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"pin: copy\" is not available in this version; \"pin: "
		    "version\" records which version was read");
	return rc;
}

static int
read_input(const struct sl_node *node, struct sl_project_input *input,
    struct sl_error *err)
{
	static const char *const keys[] = { "uri", "parameter", "pin", NULL };
	static const struct sl_field fields[] = {
		{ "uri", offsetof(struct sl_project_input, uri),
		    sl_grammar_uri, true },
		{ "parameter", offsetof(struct sl_project_input, parameter),
		    sl_grammar_parameter, false },
	};
	int rc = sl_node_check_keys(node, "an input", keys, err);

	if (rc == SL_OK)
		rc = sl_fields_read(node, "an input", fields, SL_COUNT(fields),
		    input, err);
	if (rc == SL_OK)
		rc = check_pin(sl_node_get(node, "pin"), err);
	return rc;
}

/* Two inputs for one parameter: only one of them would be used. */
static int
check_input(const struct sl_node *node, const struct sl_project *project,
    struct sl_error *err)
{
	size_t last = project->input_count - 1;
	const char *parameter = project->inputs[last].parameter;

	for (size_t i = 0; parameter != NULL && i < last; i++)
		if (project->inputs[i].parameter != NULL &&
		    !strcmp(project->inputs[i].parameter, parameter))
			return sl_node_error(node, err, SL_ECONFIG,
			    "another input fills the parameter \"%s\" already",
			    parameter);
	return SL_OK;
}

static int
read_inputs(const struct sl_node *list, struct sl_project *project,
    struct sl_error *err)
{
	size_t count;
	int rc;

	if (list == NULL)
		return SL_OK;
	rc = sl_node_check_kind(list, "\"inputs\"", SL_NODE_LIST, err);
	if (rc < 0)
		return rc;
	count = sl_node_count(list);
	if (count > MAX_INPUTS)
		return sl_node_error(list, err, SL_ECONFIG,
		    "more than %d inputs", MAX_INPUTS);
	project->inputs = sl_alloc_array(count, sizeof(*project->inputs));
	for (size_t i = 0; rc == SL_OK && i < count; i++) {
		const struct sl_node *node = sl_node_at(list, i);

		rc = read_input(node, &project->inputs[project->input_count++],
		    err);
		if (rc == SL_OK)
			rc = check_input(node, project, err);
	}
	return rc;
}

/* --- flows --- */

/* A hook never runs pushed code: such a pipeline is for CI. */
static int
check_flow(const struct sl_flow *flow, const struct sl_project *project,
    struct sl_error *err)
{
	const struct sl_project_pipeline *p;

	if (flow->pipeline == NULL)
		return SL_OK;
	p = sl_project_pipeline(project, flow->pipeline);
	if (p == NULL)
		return sl_error_at(err, SL_ECONFIG, flow->file, flow->line,
		    flow->col,
		    "the flow of %s uses the pipeline \"%s\", which "
		    "\"pipelines\" does not have",
		    flow->ref, flow->pipeline);
	if (p->command.count > 0 && flow->trigger != SL_FLOW_CI)
		return sl_error_at(err, SL_ECONFIG, flow->file, flow->line,
		    flow->col,
		    "the definition of the pipeline \"%s\" comes from a "
		    "command, so the flow of %s needs \"trigger: ci\"",
		    flow->pipeline, flow->ref);
	return SL_OK;
}

static int
read_flows(const struct sl_node *node, struct sl_project *project,
    struct sl_error *err)
{
	int rc;

	if (node == NULL)
		return SL_OK;
	project->has_flows = true;
	rc = sl_flows_read(node, &project->flows, err);
	for (size_t i = 0; rc == SL_OK && i < project->flows.count; i++)
		rc = check_flow(&project->flows.items[i], project, err);
	return rc;
}

static int
read_project(const struct sl_node *root, struct sl_project *project,
    struct sl_error *err)
{
	static const char *const keys[] = { "sluice", "project", "extends",
		"rules", "waivers", "flows", "pipelines", "inputs", NULL };
	int rc = sl_node_check_keys(root, "a project file", keys, err);

	if (rc == SL_OK)
		rc = sl_version_check(root, "a project file", err);
	if (rc == SL_OK)
		rc = read_identity(root, project, err);
	if (rc == SL_OK)
		rc = read_pipelines(sl_node_get(root, "pipelines"), project,
		    err);
	if (rc == SL_OK)
		rc = read_inputs(sl_node_get(root, "inputs"), project, err);
	if (rc == SL_OK)
		rc = read_flows(sl_node_get(root, "flows"), project, err);
	project->extends = sl_node_get(root, "extends");
	project->rules = sl_node_get(root, "rules");
	project->waivers = sl_node_get(root, "waivers");
	return rc;
}

int
sl_project_parse(const char *name, struct sl_str text,
    struct sl_project **out, struct sl_error *err)
{
	static const struct sl_doc_limits limits = {
		.max_bytes = SL_PROJECT_MAX_BYTES,
		.max_nodes = 20000,
		.max_depth = 32,
	};
	SL_CLEANUP(sl_project_freep) struct sl_project *project = NULL;
	int rc;

	project = sl_alloc(sizeof(*project));
	rc = sl_doc_parse_yaml(name, text, &limits, &project->doc, err);
	if (rc == SL_OK)
		rc = read_project(sl_doc_root(project->doc), project, err);
	if (rc == SL_OK)
		*out = sl_steal(&project);
	return rc;
}

const struct sl_project_pipeline *
sl_project_pipeline(const struct sl_project *project, const char *name)
{
	for (size_t i = 0; name != NULL && i < project->pipeline_count; i++)
		if (!strcmp(project->pipelines[i].name, name))
			return &project->pipelines[i];
	return NULL;
}

bool
sl_project_id_valid(struct sl_str s)
{
	return sl_grammar_id(s) == NULL;
}

/* The URI was checked when it was read: every brace opens a known name. */
int
sl_project_uri(const struct sl_project_input *input,
    const struct sl_uri_values *values, struct sl_buf *out,
    struct sl_error *err)
{
	const struct {
		const char *name;
		const char *value;
	} rows[] = {
		{ "{bucket}", values->bucket },
		{ "{use_case}", values->use_case },
		{ "{environment}", values->environment },
	};
	struct sl_str rest = sl_str(input->uri);
	size_t before = out->len;

	while (rest.len > 0) {
		size_t used = 0;

		for (size_t i = 0; i < SL_COUNT(rows) && used == 0; i++) {
			if (!sl_str_starts(rest, rows[i].name))
				continue;
			used = strlen(rows[i].name);
			sl_buf_adds(out, rows[i].value);
		}
		if (used == 0) {
			sl_buf_addc(out, rest.ptr[0]);
			used = 1;
		}
		rest.ptr += used;
		rest.len -= used;
	}
	if (!out->over)
		return SL_OK;
	sl_buf_truncate(out, before);
	return sl_error_set(err, SL_ETOOBIG,
	    "the input %s is too long with its values filled in", input->uri);
}
