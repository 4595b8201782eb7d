/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_int.h"

#include "base/mem.h"

static const char *const level_words[] = { "off", "audit", "warn", "block",
	NULL };

const char *
sl_level_name(enum sl_level level)
{
	return level_words[level];
}

static int
read_level(const struct sl_node *node, enum sl_level *out,
    struct sl_error *err)
{
	size_t index;
	int rc = sl_node_read_word(node, "level", level_words, &index, err);

	if (rc == SL_OK)
		*out = (enum sl_level)index;
	return rc;
}

static int
read_level_map(const struct sl_node *map, struct sl_levels *levels,
    struct sl_error *err)
{
	size_t count = sl_node_count(map);
	int rc;

	if (count == 0)
		return sl_node_error(map, err, SL_ECONFIG,
		    "level is an empty map");
	levels->refs = sl_alloc_array(count, sizeof(*levels->refs));
	for (size_t i = 0; i < count; i++) {
		const struct sl_node *key = sl_node_key(map, i);
		enum sl_level level = SL_LEVEL_BLOCK;

		rc = read_level(sl_node_at(map, i), &level, err);
		if (rc < 0)
			return rc;
		if (sl_str_eqs(sl_node_text(key), "default")) {
			levels->rest = level;
			levels->has_rest = true;
			continue;
		}
		rc = sl_pattern_read(key, "a ref pattern of level",
		    SL_RX_FULL, &levels->refs[levels->count].rx, err);
		if (rc < 0)
			return rc;
		levels->refs[levels->count++].level = level;
	}
	return SL_OK;
}

int
sl_levels_read(const struct sl_node *node, struct sl_levels *out,
    struct sl_error *err)
{
	struct sl_levels levels = { NULL, 0, SL_LEVEL_BLOCK, false };
	int rc;

	if (sl_node_kind(node) == SL_NODE_MAP) {
		rc = read_level_map(node, &levels, err);
	} else {
		rc = read_level(node, &levels.rest, err);
		levels.has_rest = true;
	}
	if (rc < 0)
		sl_levels_release(&levels);
	else
		*out = levels;
	return rc;
}

void
sl_levels_release(struct sl_levels *levels)
{
	for (size_t i = 0; i < levels->count; i++)
		sl_rx_free(levels->refs[i].rx);
	free(levels->refs);
	levels->refs = NULL;
	levels->count = 0;
}

enum sl_level
sl_levels_highest(const struct sl_levels *levels)
{
	enum sl_level highest = levels->has_rest ? levels->rest : SL_LEVEL_OFF;

	for (size_t i = 0; i < levels->count; i++)
		if (levels->refs[i].level > highest)
			highest = levels->refs[i].level;
	return highest;
}

static enum sl_level
lowest(const struct sl_levels *levels)
{
	enum sl_level low = levels->has_rest ? levels->rest : SL_LEVEL_BLOCK;

	for (size_t i = 0; i < levels->count; i++)
		if (levels->refs[i].level < low)
			low = levels->refs[i].level;
	return low;
}

bool
sl_levels_get(const struct sl_levels *levels, struct sl_rx_scratch *scratch,
    struct sl_str ref, enum sl_level *out)
{
	for (size_t i = 0; i < levels->count; i++) {
		int rc = sl_rx_match(levels->refs[i].rx, scratch, ref, 0, NULL,
		    NULL);

		if (rc == SL_RX_NO)
			continue;
		/* A limit leaves it open which level is meant. */
		*out = rc == SL_RX_YES ? levels->refs[i].level :
					 sl_levels_highest(levels);
		return true;
	}
	if (levels->has_rest)
		*out = levels->rest;
	return levels->has_rest;
}

int
sl_rule_read_levels(struct sl_rule *rule, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "level");
	enum sl_level highest;
	int rc;

	if (!node)
		node = sl_node_get(sl_doc_root(rule->origin->doc), "level");
	rule->levels.rest = SL_LEVEL_BLOCK;
	rule->levels.has_rest = true;
	if (node) {
		rc = sl_levels_read(node, &rule->levels, err);
		if (rc < 0)
			return rc;
		/* A map without `default` blocks everywhere else. */
		if (!rule->levels.has_rest)
			rule->levels.rest = SL_LEVEL_BLOCK;
		rule->levels.has_rest = true;
	}
	for (size_t i = 0; i < rule->levels.count; i++) {
		rc = sl_rule_charge(rule, rule->levels.refs[i].rx, err);
		if (rc < 0)
			return rc;
	}
	if (!rule->raised_node)
		return SL_OK;
	rc = sl_levels_read(rule->raised_node, &rule->raised, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < rule->raised.count; i++) {
		rc = sl_rule_charge(rule, rule->raised.refs[i].rx, err);
		if (rc < 0)
			return rc;
	}
	highest = sl_levels_highest(&rule->levels);
	if (lowest(&rule->raised) < highest)
		return sl_node_error(rule->raised_node, err, SL_ECONFIG,
		    "a project may raise the level of rule \"%s\", not lower "
		    "it: the site gives it up to \"%s\"",
		    rule->name, sl_level_name(highest));
	return SL_OK;
}

bool
sl_rule_level_varies(const struct sl_rule *rule)
{
	return rule->refs.count > 0 || rule->levels.count > 0 ||
	    (rule->raised_node != NULL && rule->raised.count > 0);
}

enum sl_level
sl_rule_level(const struct sl_policy *policy, const struct sl_rule *rule,
    struct sl_str ref)
{
	enum sl_level level = SL_LEVEL_OFF, raised = SL_LEVEL_OFF;

	if (rule->refs.count) {
		int rc = sl_patterns_match(&rule->refs, policy->scratch, ref,
		    NULL, NULL, NULL);

		if (rc == SL_RX_NO)
			return SL_LEVEL_OFF;
	}
	(void)sl_levels_get(&rule->levels, policy->scratch, ref, &level);
	if (rule->raised_node &&
	    sl_levels_get(&rule->raised, policy->scratch, ref, &raised) &&
	    raised > level)
		level = raised;
	return level;
}
