/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key: the keys of rules, and where each value of one was written.
 */
#include "policy/policy_int.h"

#include "base/mem.h"

const struct sl_key sl_common_keys[] = {
	{ .name = "kind" },
	{ .name = "description", .tighten = SL_TIGHTEN_FREE },
	{ .name = "level", .tighten = SL_TIGHTEN_LEVEL },
	{ .name = "refs", .tighten = SL_TIGHTEN_ADD, .if_given = true },
	{ .name = "message", .tighten = SL_TIGHTEN_FREE },
	{ .name = "fix", .tighten = SL_TIGHTEN_FREE },
	{ .name = "waivers", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "examples", .tighten = SL_TIGHTEN_ADD },
	{ .name = "open" },
	{ .name = NULL },
};

static const struct sl_key *
find_key(const struct sl_key *keys, struct sl_str name)
{
	for (size_t i = 0; keys[i].name; i++)
		if (sl_str_eqs(name, keys[i].name))
			return &keys[i];
	return NULL;
}

const struct sl_key *
sl_rule_key_row(const struct sl_rule *rule, struct sl_str name)
{
	const struct sl_key *row = find_key(sl_common_keys, name);

	return row ? row : find_key(rule->kind->keys, name);
}

bool
sl_key_is_manner(struct sl_str key)
{
	static const char *const names[] = { "level", "message", "fix",
		"description", "refs", "waivers", "open", "examples", NULL };

	for (size_t i = 0; names[i]; i++)
		if (sl_str_eqs(key, names[i]))
			return true;
	return false;
}

size_t
sl_entry_count(const struct sl_node *node)
{
	return sl_node_kind(node) == SL_NODE_LIST ? sl_node_count(node) : 1;
}

const struct sl_node *
sl_entry_at(const struct sl_node *node, size_t index)
{
	return sl_node_kind(node) == SL_NODE_LIST ? sl_node_at(node, index) :
						    node;
}

bool
sl_rule_is_open(const struct sl_rule *rule, struct sl_str key)
{
	const struct sl_node *open = sl_rule_get(rule, "open");

	for (size_t i = 0; open && i < sl_entry_count(open); i++)
		if (sl_str_eq(sl_node_text(sl_entry_at(open, i)), key))
			return true;
	return false;
}

int
sl_rule_check_open(const struct sl_rule *rule, struct sl_error *err)
{
	const struct sl_node *open = sl_rule_get(rule, "open");

	for (size_t i = 0; open && i < sl_entry_count(open); i++) {
		const struct sl_node *entry = sl_entry_at(open, i);
		struct sl_str name;
		int rc = sl_node_read_text(entry, "open", &name, err);

		if (rc < 0)
			return rc;
		if (!sl_rule_key_row(rule, name) ||
		    sl_str_eqs(name, "kind") || sl_str_eqs(name, "open") ||
		    sl_str_eqs(name, "examples"))
			return sl_node_error(entry, err, SL_ECONFIG,
			    "\"%.*s\" is no key of a rule of kind %s that can "
			    "be left open",
			    SL_STR_ARG(name), rule->kind->name);
	}
	return SL_OK;
}

/* --- values, and where they come from --- */

static struct sl_rule_key *
find(const struct sl_rule *rule, struct sl_str name)
{
	for (size_t i = 0; i < rule->key_count; i++)
		if (sl_str_eqs(name, rule->keys[i].name))
			return &rule->keys[i];
	return NULL;
}

static void
add_source(struct sl_rule_key *k, const struct sl_layer *layer,
    const struct sl_node *value, bool adds)
{
	SL_GROW(k->sources, k->source_count, k->source_room);
	k->sources[k->source_count++] =
	    (struct sl_key_source){ value, layer, adds };
	k->layer = layer;
}

void
sl_rule_put_key(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *key, const struct sl_node *value)
{
	struct sl_str name = sl_node_text(key);
	struct sl_rule_key *k = find(rule, name);

	if (!k) {
		SL_GROW(rule->keys, rule->key_count, rule->key_room);
		k = &rule->keys[rule->key_count++];
		*k = (struct sl_rule_key){ .name =
			sl_strndup(name.ptr, name.len) };
	}
	k->value = value;
	add_source(k, layer, value, false);
}

void
sl_rule_add_to_key(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *key, const struct sl_node *value)
{
	struct sl_policy *policy = rule->policy;
	struct sl_rule_key *k = find(rule, sl_node_text(key));
	struct sl_doc *join = sl_doc_join(k->value, value);

	SL_GROW(policy->joins, policy->join_count, policy->join_room);
	policy->joins[policy->join_count++] = join;
	k->value = sl_doc_root(join);
	add_source(k, layer, value, true);
}

void
sl_rule_keys_free(struct sl_rule *rule)
{
	for (size_t i = 0; i < rule->key_count; i++) {
		free((char *)rule->keys[i].name);
		free(rule->keys[i].sources);
	}
	free(rule->keys);
}

const struct sl_node *
sl_rule_get(const struct sl_rule *rule, const char *key)
{
	const struct sl_rule_key *k = find(rule, sl_str(key));

	return k ? k->value : NULL;
}

const struct sl_node *
sl_rule_get_loose(const struct sl_rule *rule, const char *key)
{
	const struct sl_rule_key *k = find(rule, sl_str(key));

	if (!k || sl_layer_is_project(rule->origin))
		return k ? k->value : NULL;
	for (size_t i = k->source_count; i-- > 0;)
		if (!sl_layer_is_project(k->sources[i].layer))
			return k->sources[i].node;
	return NULL;
}

enum sl_rule_home
sl_rule_home(const struct sl_rule *rule, const char *key, const char **folder)
{
	const struct sl_rule_key *k = find(rule, sl_str(key));
	const struct sl_layer *layer = k ? k->layer : NULL;

	if (layer && layer->of_project)
		return SL_HOME_PROJECT;
	if (!layer || !layer->folder)
		return SL_HOME_NONE;
	*folder = layer->folder;
	return SL_HOME_FOLDER;
}
