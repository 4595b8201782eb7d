/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer: from documents to rules with keys, each key with its provenance.
 */
#include "policy/policy_int.h"

#include "base/fsx.h"
#include "base/mem.h"

/* Packs that may be taken in, one through another. */
#define MAX_PACKS 64
#define MAX_PACK_DEPTH 8

static const char *const layer_keys[] = { "sluice", "name", "description",
	"extends", "level", "rules", "waivers", NULL };

/* State of one reading. */
struct reading {
	struct sl_policy *policy;
	const char *packs_dir;
	struct sl_map seen; /* pack name -> layer, or itself while open */
};

bool
sl_layer_is_project(const struct sl_layer *layer)
{
	return layer->kind >= SL_LAYER_PROJECT_PACK;
}

void
sl_layer_describe(const struct sl_layer *layer, struct sl_buf *out)
{
	switch (layer->kind) {
	case SL_LAYER_BUILTIN:
		sl_buf_adds(out, "sluice itself");
		break;
	case SL_LAYER_PACK:
	case SL_LAYER_PROJECT_PACK:
		sl_buf_addf(out, "the pack %s", layer->name);
		break;
	case SL_LAYER_SITE:
		sl_buf_adds(out, "the site policy");
		break;
	case SL_LAYER_PROJECT:
		sl_buf_adds(out, "the project's file");
		break;
	}
}

static struct sl_layer *
add_layer(struct sl_policy *policy, enum sl_layer_kind kind, const char *name,
    const struct sl_doc *doc, struct sl_doc *owned)
{
	struct sl_layer *layer = sl_alloc(sizeof(*layer));

	layer->kind = kind;
	layer->name = sl_strdup(name);
	layer->doc = doc;
	layer->owned = owned;
	SL_GROW(policy->layers, policy->layer_count, policy->layer_room);
	policy->layers[policy->layer_count++] = layer;
	return layer;
}

static int
check_version(const struct sl_node *root, const char *what,
    struct sl_error *err)
{
	const struct sl_node *version;
	uint64_t number;
	int rc = sl_node_require(root, what, "sluice", &version, err);

	if (rc == SL_OK)
		rc = sl_node_read_number(version, "sluice", 1, 1, &number, err);
	return rc;
}

static bool
is_pack_name(struct sl_str name)
{
	if (name.len == 0 || name.len > 64)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			(c == '-' && i > 0)))
			return false;
	}
	return true;
}

static int read_extends(struct reading *r, const struct sl_doc *doc,
    enum sl_layer_kind kind, unsigned depth, struct sl_error *err);

static int
read_pack(struct reading *r, const struct sl_node *node, struct sl_str name,
    enum sl_layer_kind kind, unsigned depth, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *file = NULL;
	SL_CLEANUP(sl_freep) char *path = NULL;
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_doc_limits limits = { .max_bytes = SL_POLICY_MAX_BYTES };
	struct sl_layer *layer;
	int rc;

	if (!r->packs_dir)
		return sl_node_error(node, err, SL_ECONFIG,
		    "there is no folder of packs to take sluice:%.*s from",
		    SL_STR_ARG(name));
	file = sl_asprintf("%.*s.yaml", SL_STR_ARG(name));
	path = sl_fsx_join(r->packs_dir, file);
	rc = sl_doc_read(path, &limits, &doc, err);
	if (rc == SL_ENOTFOUND)
		return sl_node_error(node, err, SL_ECONFIG,
		    "there is no pack sluice:%.*s in %s", SL_STR_ARG(name),
		    r->packs_dir);
	if (rc < 0)
		return rc;
	rc = sl_node_check_keys(sl_doc_root(doc), "a pack", layer_keys, err);
	if (rc == SL_OK)
		rc = check_version(sl_doc_root(doc), "a pack", err);
	if (rc == SL_OK)
		rc = read_extends(r, doc, kind, depth + 1, err);
	/* After what it extends, which it may change. Owned also where the
	 * rest failed: what it extends may lie in its text. */
	layer = add_layer(r->policy, kind, file, doc, doc);
	layer->folder = sl_strdup(r->packs_dir);
	*sl_map_find(&r->seen, name) = layer;
	doc = NULL;
	return rc;
}

static int
extend_one(struct reading *r, const struct sl_node *node,
    enum sl_layer_kind kind, unsigned depth, struct sl_error *err)
{
	struct sl_str text, name;
	void **seen;
	int rc = sl_node_read_text(node, "a pack", &text, err);

	if (rc < 0)
		return rc;
	if (!sl_str_starts(text, "sluice:"))
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"%.*s\" is not a pack; packs are written 'sluice:NAME'",
		    SL_STR_ARG(text));
	name = sl_strn(text.ptr + 7, text.len - 7);
	if (!is_pack_name(name))
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"%.*s\" is not the name of a pack ([a-z0-9-])",
		    SL_STR_ARG(name));
	seen = sl_map_find(&r->seen, name);
	if (seen && !*seen)
		return sl_node_error(node, err, SL_ECONFIG,
		    "sluice:%.*s extends itself", SL_STR_ARG(name));
	if (seen)
		return SL_OK;
	if (depth >= MAX_PACK_DEPTH || r->seen.count >= MAX_PACKS)
		return sl_node_error(node, err, SL_ETOOBIG,
		    "more than %d packs, or %d within each other", MAX_PACKS,
		    MAX_PACK_DEPTH);
	(void)sl_map_put(&r->seen, name, NULL);
	return read_pack(r, node, name, kind, depth, err);
}

static int
read_extends(struct reading *r, const struct sl_doc *doc,
    enum sl_layer_kind kind, unsigned depth, struct sl_error *err)
{
	const struct sl_node *list = sl_node_get(sl_doc_root(doc), "extends");

	if (!list)
		return SL_OK;
	if (sl_node_kind(list) != SL_NODE_LIST)
		return sl_node_error(list, err, SL_ECONFIG,
		    "extends must be a list, as ['sluice:secrets']");
	for (size_t i = 0; i < sl_node_count(list); i++) {
		int rc = extend_one(r, sl_node_at(list, i), kind, depth, err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
read_site(struct reading *r, const struct sl_policy_inputs *inputs,
    struct sl_error *err)
{
	struct sl_doc_limits limits = { .max_bytes = SL_POLICY_MAX_BYTES };
	SL_CLEANUP(sl_doc_freep) struct sl_doc *owned = NULL;
	const struct sl_doc *doc = inputs->site;
	struct sl_layer *layer;
	int rc;

	if (!doc && !inputs->site_path)
		return SL_OK;
	if (!doc) {
		rc = sl_doc_read(inputs->site_path, &limits, &owned, err);
		if (rc < 0)
			return rc;
		doc = owned;
	}
	rc = sl_node_check_keys(sl_doc_root(doc), "a site policy", layer_keys,
	    err);
	if (rc == SL_OK)
		rc = check_version(sl_doc_root(doc), "a site policy", err);
	if (rc == SL_OK)
		rc = read_extends(r, doc, SL_LAYER_PACK, 0, err);
	if (rc < 0)
		return rc;
	layer = add_layer(r->policy, SL_LAYER_SITE, "site", doc,
	    sl_steal(&owned));
	if (inputs->site_path)
		layer->folder = sl_fsx_dirname(inputs->site_path);
	return SL_OK;
}

static int
read_project(struct reading *r, const struct sl_policy_inputs *inputs,
    struct sl_error *err)
{
	bool alone = !inputs->site && !inputs->site_path;
	int rc;

	if (!inputs->project)
		return SL_OK;
	if (alone && !inputs->project_alone)
		return sl_error_set(err, SL_ECONFIG,
		    "there is no site policy for the project's file to "
		    "tighten");
	rc = read_extends(r, inputs->project,
	    alone ? SL_LAYER_PACK : SL_LAYER_PROJECT_PACK, 0, err);
	if (rc == SL_OK)
		add_layer(r->policy, alone ? SL_LAYER_SITE : SL_LAYER_PROJECT,
		    "project", inputs->project, NULL)->of_project = true;
	return rc;
}

int
sl_layers_read(struct sl_policy *policy, const struct sl_policy_inputs *inputs,
    struct sl_error *err)
{
	struct reading r = { policy, inputs->packs_dir, SL_MAP_INIT };
	struct sl_doc *builtin = NULL;
	int rc = sl_doc_parse_yaml("built-in", sl_str(sl_builtin_rules), NULL,
	    &builtin, err);

	if (rc == SL_OK) {
		add_layer(policy, SL_LAYER_BUILTIN, "built-in", builtin,
		    builtin);
		rc = read_site(&r, inputs, err);
	}
	if (rc == SL_OK)
		rc = read_project(&r, inputs, err);
	sl_map_release(&r.seen);
	return rc;
}

/* --- merging --- */

static bool
is_rule_name(struct sl_str name)
{
	char before = '/';

	if (name.len == 0 || name.len > 64)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (!word && (before == '/' || !strchr("-_./", c)))
			return false;
		before = c;
	}
	return before != '/';
}

static struct sl_rule *
new_rule(struct sl_policy *policy, const struct sl_layer *layer,
    const struct sl_node *name_node, const struct sl_node *node)
{
	struct sl_rule *rule = sl_alloc(sizeof(*rule));
	struct sl_str name = sl_node_text(name_node);

	rule->name = sl_strndup(name.ptr, name.len);
	rule->policy = policy;
	rule->origin = layer;
	rule->node = node;
	rule->name_node = name_node;
	SL_GROW(policy->rules, policy->rule_count, policy->rule_room);
	policy->rules[policy->rule_count++] = rule;
	(void)sl_map_put(&policy->by_name, name, rule);
	return rule;
}

static int
override(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *name, const struct sl_node *node,
    struct sl_error *err)
{
	struct sl_mark first = sl_node_mark(rule->name_node);
	const struct sl_node *kind = sl_node_get(node, "kind");
	const struct sl_node *examples = sl_rule_get(rule, "examples");
	size_t count = examples ? sl_entry_count(examples) : 0;

	if (kind)
		return sl_node_error(name, err, SL_ECONFIG,
		    "rule \"%s\" is defined already at %s:%u; leave out "
		    "`kind` to change it, or take another name",
		    rule->name, first.file, first.line);
	if (sl_layer_is_project(layer) && !sl_layer_is_project(rule->origin))
		return sl_rule_tighten(rule, layer, node, err);
	if (rule->origin->kind == SL_LAYER_BUILTIN &&
	    sl_str_eqs(sl_str(rule->name), "sluice/project-file"))
		return sl_node_error(name, err, SL_ECONFIG,
		    "rule \"%s\" cannot be changed: a project's file that "
		    "does not load would judge nothing",
		    rule->name);
	for (size_t i = 0; i < sl_node_count(node); i++) {
		const struct sl_node *key = sl_node_key(node, i);

		sl_rule_put_key(rule, layer, key, sl_node_at(node, i));
		if (!sl_key_is_manner(sl_node_text(key)))
			rule->stale_examples = count;
	}
	if (sl_node_get(node, "examples"))
		rule->stale_examples = 0;
	return SL_OK;
}

static int
merge_rule(struct sl_policy *policy, const struct sl_layer *layer,
    const struct sl_node *name, const struct sl_node *node,
    struct sl_error *err)
{
	struct sl_str text = sl_node_text(name);
	struct sl_rule *rule = sl_map_get(&policy->by_name, text);

	if (!is_rule_name(text))
		return sl_node_error(name, err, SL_ECONFIG,
		    "\"%.*s\" is not a name for a rule: parts of [a-z0-9._-] "
		    "with / between, at most 64 characters",
		    SL_STR_ARG(text));
	if (sl_node_kind(node) != SL_NODE_MAP)
		return sl_node_error(node, err, SL_ECONFIG,
		    "rule \"%.*s\" must be a map", SL_STR_ARG(text));
	if (rule)
		return override(rule, layer, name, node, err);
	if (layer->kind != SL_LAYER_BUILTIN && sl_str_starts(text, "sluice/"))
		return sl_node_error(name, err, SL_ECONFIG,
		    "names in sluice/ are kept for built-in rules, and "
		    "\"%.*s\" is none of them", SL_STR_ARG(text));
	if (!sl_node_get(node, "kind"))
		return sl_node_error(name, err, SL_ECONFIG,
		    "rule \"%.*s\" has no `kind`, and no layer before defines "
		    "it", SL_STR_ARG(text));
	if (policy->rule_count >= SL_POLICY_MAX_RULES)
		return sl_node_error(name, err, SL_ETOOBIG,
		    "more than %d rules", SL_POLICY_MAX_RULES);
	rule = new_rule(policy, layer, name, node);
	for (size_t i = 0; i < sl_node_count(node); i++)
		sl_rule_put_key(rule, layer, sl_node_key(node, i),
		    sl_node_at(node, i));
	return sl_rule_find_kind(rule, err);
}

int
sl_layers_merge(struct sl_policy *policy, struct sl_error *err)
{
	for (size_t i = 0; i < policy->layer_count; i++) {
		const struct sl_layer *layer = policy->layers[i];
		const struct sl_node *rules =
		    sl_node_get(sl_doc_root(layer->doc), "rules");

		if (!rules)
			continue;
		if (sl_node_kind(rules) != SL_NODE_MAP)
			return sl_node_error(rules, err, SL_ECONFIG,
			    "rules must be a map from names to rules");
		for (size_t k = 0; k < sl_node_count(rules); k++) {
			int rc = merge_rule(policy, layer,
			    sl_node_key(rules, k), sl_node_at(rules, k), err);

			if (rc < 0)
				return rc;
		}
	}
	return SL_OK;
}
