/* SPDX-License-Identifier: Apache-2.0 */
#include "config/flows.h"

#include <stdio.h>

#include "base/mem.h"
#include "config/config_int.h"

#define MAX_FLOWS 100
#define MAX_PATTERN 512
#define MAX_PATHS 64
#define MAX_DEBOUNCE_MS (3600 * 1000)
#define TRAINING "training"

/* Refs of the presets. */
#define FEATURES "refs/heads/feature/.+"
#define DEVELOP "refs/heads/develop"
#define MAIN "refs/heads/main"
#define RELEASES "refs/tags/v\\d+\\.\\d+\\.\\d+"

struct preset_flow {
	const char *ref;
	const char *environment;
	const char *from; /* set: promote, into the main group */
	enum sl_flow_names names;
	bool supersede;
	const char *promote_to; /* where the site has it */
};

static const struct preset_flow preset_default[] = {
	{ FEATURES, "dev", NULL, SL_FLOW_BRANCH, true, NULL },
	{ DEVELOP, "dev", NULL, SL_FLOW_BRANCH, false, NULL },
	{ MAIN, "staging", NULL, SL_FLOW_MAIN, false, NULL },
	{ RELEASES, "prod", "staging", SL_FLOW_MAIN, false, NULL },
};

static const struct preset_flow preset_roadmap[] = {
	{ FEATURES, "dev", NULL, SL_FLOW_BRANCH, true, NULL },
	{ DEVELOP, "dev", NULL, SL_FLOW_BRANCH, false, NULL },
	{ MAIN, "dev", NULL, SL_FLOW_MAIN, false, "staging" },
	{ RELEASES, "prod", "dev", SL_FLOW_MAIN, false, NULL },
};

static const struct {
	const char *name;
	const struct preset_flow *flows;
	size_t count;
} presets[] = {
	{ "default", preset_default, SL_COUNT(preset_default) },
	{ "roadmap", preset_roadmap, SL_COUNT(preset_roadmap) },
};

static const char *const preset_names[] = { "default", "roadmap", NULL };

/* In the order of their enums; what comes after is for later versions. */
static const char *const action_words[] = { "none", "train", "promote",
	"deploy", "retire", NULL };
static const char *const trigger_words[] = { "hook", "ci", NULL };
static const char *const names_words[] = { "branch", "main", NULL };
static const char *const approval_words[] = { "pending", "approved", NULL };

const char *
sl_flow_action_name(enum sl_flow_action action)
{
	return action_words[action];
}

const char *
sl_flow_trigger_name(enum sl_flow_trigger trigger)
{
	return trigger_words[trigger];
}

const char *
sl_flow_approval_status(enum sl_flow_approval approval)
{
	return approval == SL_FLOW_APPROVED ? "Approved" :
					      "PendingManualApproval";
}

void
sl_flows_release(struct sl_flows *flows)
{
	for (size_t i = 0; i < flows->count; i++) {
		struct sl_flow *flow = &flows->items[i];

		free(flow->ref);
		free(flow->environment);
		free(flow->from);
		free(flow->pipeline);
		free(flow->promote_to);
		for (size_t k = 0; k < flow->path_count; k++)
			free(flow->paths[k].pattern);
		free(flow->paths);
		free(flow->file);
	}
	free(flows->items);
	memset(flows, 0, sizeof(*flows));
}

static void
copy_preset(size_t index, struct sl_mark mark, struct sl_flows *out)
{
	out->preset = presets[index].name;
	out->count = presets[index].count;
	out->items = sl_alloc_array(out->count, sizeof(*out->items));
	for (size_t i = 0; i < out->count; i++) {
		const struct preset_flow *row = &presets[index].flows[i];
		struct sl_flow *flow = &out->items[i];

		flow->ref = sl_strdup(row->ref);
		flow->environment = sl_strdup(row->environment);
		flow->from = sl_strdup(row->from);
		flow->names = row->names;
		flow->supersede = row->supersede;
		flow->promote_to = sl_strdup(row->promote_to);
		flow->promote_if_there = true;
		flow->action = SL_FLOW_PROMOTE;
		if (row->from == NULL) {
			flow->action = SL_FLOW_TRAIN;
			flow->pipeline = sl_strdup(TRAINING);
		}
		flow->file = sl_strdup(mark.file);
		flow->line = mark.line;
		flow->col = mark.col;
	}
}

int
sl_flows_preset(const char *name, struct sl_flows *out)
{
	for (size_t i = 0; i < SL_COUNT(presets); i++) {
		if (!strcmp(presets[i].name, name)) {
			copy_preset(i,
			    (struct sl_mark){ .file = "the preset" }, out);
			return SL_OK;
		}
	}
	return SL_ENOTFOUND;
}

/* An optional word of a map; *out stays as it is where it is not there. */
static int
read_choice(const struct sl_node *map, const char *key,
    const char *const *words, unsigned *out, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);
	size_t index;
	char what[32];
	int rc;

	if (node == NULL)
		return SL_OK;
	snprintf(what, sizeof(what), "\"%s\"", key);
	rc = sl_node_read_word(node, what, words, &index, err);
	if (rc == SL_OK)
		*out = (unsigned)index;
	return rc;
}

static int
read_pattern(const struct sl_node *node, const char *what, char **out,
    struct sl_error *err)
{
	struct sl_str pattern;
	int rc = sl_node_read_regex(node, what, &pattern, err);

	if (rc < 0)
		return rc;
	if (pattern.len > MAX_PATTERN)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s has more than %d bytes", what, MAX_PATTERN);
	*out = sl_strndup(pattern.ptr, pattern.len);
	return SL_OK;
}

static int
read_ref(const struct sl_node *map, struct sl_flow *flow, struct sl_error *err)
{
	const struct sl_node *node;
	int rc = sl_node_require(map, "a flow", "ref", &node, err);

	return rc < 0 ? rc : read_pattern(node, "\"ref\"", &flow->ref, err);
}

static int
read_paths(const struct sl_node *map, struct sl_flow *flow,
    struct sl_error *err)
{
	const struct sl_node *list = sl_node_get(map, "paths");
	size_t count;
	int rc;

	if (list == NULL)
		return SL_OK;
	rc = sl_node_check_kind(list, "\"paths\"", SL_NODE_LIST, err);
	if (rc < 0)
		return rc;
	count = sl_node_count(list);
	if (count < 1 || count > MAX_PATHS)
		return sl_node_error(list, err, SL_ECONFIG,
		    "\"paths\" has 1 to %d patterns, not %zu; without the key "
		    "every push runs", MAX_PATHS, count);
	flow->paths = sl_alloc_array(count, sizeof(*flow->paths));
	while (rc == SL_OK && flow->path_count < count) {
		const struct sl_node *node = sl_node_at(list,
		    flow->path_count);
		struct sl_flow_path *path = &flow->paths[flow->path_count++];
		struct sl_mark mark = sl_node_mark(node);

		path->line = mark.line;
		path->col = mark.col;
		rc = read_pattern(node, "\"paths\"", &path->pattern, err);
	}
	return rc;
}

/* Jobs are due at a second, so that is what it is counted in. */
static int
read_debounce(const struct sl_node *node, struct sl_flow *flow,
    struct sl_error *err)
{
	int64_t ms;
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_read_duration(node, "\"debounce\"", &ms, err);
	if (rc < 0)
		return rc;
	if (ms > MAX_DEBOUNCE_MS || ms % 1000 != 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"debounce\" must be from 0s to 1h, in whole seconds");
	if (ms > 0 && flow->trigger == SL_FLOW_CI)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"debounce\" means nothing for the trigger \"ci\": the CI "
		    "job decides when it starts");
	flow->debounce_s = ms / 1000;
	return SL_OK;
}

static int
check_promote_to(const struct sl_node *node, const struct sl_flow *flow,
    struct sl_error *err)
{
	if (flow->names != SL_FLOW_MAIN)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"promote-to\" needs \"names: main\": only the models of "
		    "the use case are promoted");
	if (!strcmp(flow->promote_to, flow->environment))
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"promote-to\" names the flow's own environment");
	return SL_OK;
}

static int
read_action(const struct sl_node *map, struct sl_flow *flow,
    struct sl_error *err)
{
	const struct sl_node *node;
	unsigned action = 0;
	int rc = sl_node_require(map, "a flow", "action", &node, err);

	if (rc == SL_OK)
		rc = read_choice(map, "action", action_words, &action, err);
	if (rc < 0)
		return rc;
	if (action > SL_FLOW_PROMOTE)
		return sl_node_error(node, err, SL_ECONFIG,
		    "the action \"%s\" is not available in this version",
		    action_words[action]);
	flow->action = (enum sl_flow_action)action;
	return SL_OK;
}

static int
read_choices(const struct sl_node *map, struct sl_flow *flow,
    struct sl_error *err)
{
	const struct sl_node *supersede = sl_node_get(map, "supersede");
	unsigned trigger = SL_FLOW_HOOK, approval = SL_FLOW_PENDING;
	unsigned names = flow->action == SL_FLOW_PROMOTE ? SL_FLOW_MAIN :
							   SL_FLOW_BRANCH;
	int rc = read_choice(map, "trigger", trigger_words, &trigger, err);

	if (rc == SL_OK)
		rc = read_choice(map, "names", names_words, &names, err);
	if (rc == SL_OK)
		rc = read_choice(map, "approval", approval_words, &approval,
		    err);
	if (rc == SL_OK && supersede != NULL)
		rc = sl_node_read_bool(supersede, "\"supersede\"",
		    &flow->supersede, err);
	if (rc < 0)
		return rc;
	flow->trigger = (enum sl_flow_trigger)trigger;
	flow->names = (enum sl_flow_names)names;
	flow->approval = (enum sl_flow_approval)approval;
	return SL_OK;
}

/* Keys that mean something for one action only are errors at the others. */
static int
check_keys_of_action(const struct sl_node *map, const struct sl_flow *flow,
    struct sl_error *err)
{
	static const struct {
		const char *key;
		bool allowed[3]; /* none, train, promote */
		bool required[3];
	} rows[] = {
		{ "environment", { true, true, true }, { false, true, true } },
		{ "from", { false, false, true }, { false, false, true } },
		{ "pipeline", { false, true, true }, { false, false, false } },
		{ "approval", { false, true, false }, { false, false, false } },
		{ "supersede", { false, true, false },
		    { false, false, false } },
		{ "names", { false, true, false }, { false, false, false } },
		{ "paths", { false, true, false }, { false, false, false } },
		{ "debounce", { false, true, false },
		    { false, false, false } },
		{ "promote-to", { false, true, false },
		    { false, false, false } },
	};

	for (size_t i = 0; i < SL_COUNT(rows); i++) {
		const struct sl_node *node = sl_node_get(map, rows[i].key);

		if (node != NULL && !rows[i].allowed[flow->action])
			return sl_node_error(node, err, SL_ECONFIG,
			    "\"%s\" means nothing for the action \"%s\"",
			    rows[i].key, action_words[flow->action]);
		if (node == NULL && rows[i].required[flow->action])
			return sl_node_error(map, err, SL_ECONFIG,
			    "the action \"%s\" needs the key \"%s\"",
			    action_words[flow->action], rows[i].key);
	}
	return SL_OK;
}

static int
read_flow(const struct sl_node *map, struct sl_flow *flow,
    struct sl_error *err)
{
	static const char *const keys[] = { "ref", "environment", "action",
		"trigger", "names", "from", "approval", "supersede",
		"pipeline", "paths", "debounce",
		"promote-to", NULL };
	static const struct sl_field fields[] = {
		{ "environment", offsetof(struct sl_flow, environment),
		    sl_grammar_id, false },
		{ "from", offsetof(struct sl_flow, from), sl_grammar_id,
		    false },
		{ "pipeline", offsetof(struct sl_flow, pipeline),
		    sl_grammar_id, false },
		{ "promote-to", offsetof(struct sl_flow, promote_to),
		    sl_grammar_id, false },
	};
	struct sl_mark mark = sl_node_mark(map);
	int rc = sl_node_check_keys(map, "a flow", keys, err);

	flow->file = sl_strdup(mark.file);
	flow->line = mark.line;
	flow->col = mark.col;
	if (rc == SL_OK)
		rc = read_ref(map, flow, err);
	if (rc == SL_OK)
		rc = read_action(map, flow, err);
	if (rc == SL_OK)
		rc = check_keys_of_action(map, flow, err);
	if (rc == SL_OK)
		rc = sl_fields_read(map, "a flow", fields, SL_COUNT(fields),
		    flow, err);
	if (rc == SL_OK)
		rc = read_choices(map, flow, err);
	if (rc == SL_OK)
		rc = read_paths(map, flow, err);
	if (rc == SL_OK)
		rc = read_debounce(sl_node_get(map, "debounce"), flow, err);
	if (rc == SL_OK && flow->promote_to != NULL)
		rc = check_promote_to(sl_node_get(map, "promote-to"), flow,
		    err);
	if (rc == SL_OK && flow->action == SL_FLOW_TRAIN &&
	    flow->pipeline == NULL)
		flow->pipeline = sl_strdup(TRAINING);
	return rc;
}

static int
read_list(const struct sl_node *node, struct sl_flows *out,
    struct sl_error *err)
{
	size_t count = sl_node_count(node);

	if (count > MAX_FLOWS)
		return sl_node_error(node, err, SL_ECONFIG,
		    "more than %d flows", MAX_FLOWS);
	out->items = sl_alloc_array(count, sizeof(*out->items));
	while (out->count < count) {
		size_t i = out->count++;
		int rc = read_flow(sl_node_at(node, i), &out->items[i], err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_flows_read(const struct sl_node *node, struct sl_flows *out,
    struct sl_error *err)
{
	size_t index;
	int rc;

	if (sl_node_kind(node) == SL_NODE_SCALAR) {
		rc = sl_node_read_word(node, "\"flows\"", preset_names, &index,
		    err);
		if (rc == SL_OK)
			copy_preset(index, sl_node_mark(node), out);
		return rc;
	}
	rc = sl_node_check_kind(node, "\"flows\"", SL_NODE_LIST, err);
	if (rc == SL_OK)
		rc = read_list(node, out, err);
	if (rc < 0)
		sl_flows_release(out);
	return rc;
}
