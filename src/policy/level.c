/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_int.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"

static const char *const level_words[] = { "off", "audit", "warn", "block",
	NULL };

static struct sl_level_steps
always(enum sl_level level)
{
	return (struct sl_level_steps){ .items = { { INT64_MIN, level } },
		.count = 1 };
}

const char *
sl_level_name(enum sl_level level)
{
	return level_words[level];
}

/* --- reading --- */

static int
read_word(const struct sl_node *node, struct sl_str text, enum sl_level *out,
    struct sl_error *err)
{
	for (size_t i = 0; level_words[i]; i++) {
		if (sl_str_eqs(text, level_words[i])) {
			*out = (enum sl_level)i;
			return SL_OK;
		}
	}
	return sl_node_error(node, err, SL_ECONFIG,
	    "\"%.*s\" is not a level: off, audit, warn or block",
	    SL_STR_ARG(text));
}

/* "LEVEL from YYYY-MM-DD": a day begins at midnight UTC. */
static int
read_step(const struct sl_node *node, int64_t *from_s, enum sl_level *level,
    struct sl_error *err)
{
	static const char from[] = " from ";
	struct sl_str text, day;
	const char *found;
	int rc = sl_node_read_text(node, "a step of level", &text, err);

	if (rc < 0)
		return rc;
	found = memmem(text.ptr, text.len, from, sizeof(from) - 1);
	if (found == NULL)
		return sl_node_error(node, err, SL_ECONFIG,
		    "a step of level after the first has a day: \"block from "
		    "2027-01-31\"");
	rc = read_word(node, sl_strn(text.ptr, (size_t)(found - text.ptr)),
	    level, err);
	if (rc < 0)
		return rc;
	found += sizeof(from) - 1;
	day = sl_strn(found, text.len - (size_t)(found - text.ptr));
	if (sl_time_parse_day(day, from_s) < 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"%.*s\" is not a day (YYYY-MM-DD)", SL_STR_ARG(day));
	return SL_OK;
}

static int
read_steps(const struct sl_node *list, struct sl_level_steps *out,
    struct sl_error *err)
{
	size_t count = sl_node_count(list);
	size_t index;
	int rc;

	if (count == 0 || count > SL_LEVEL_STEPS_MAX)
		return sl_node_error(list, err, SL_ECONFIG,
		    "level as a list has 1 to %d steps, such as "
		    "[warn, 'block from 2027-01-31']", SL_LEVEL_STEPS_MAX);
	rc = sl_node_read_word(sl_node_at(list, 0), "the first step of level",
	    level_words, &index, err);
	if (rc < 0)
		return rc;
	out->items[0].from_s = INT64_MIN;
	out->items[0].level = (enum sl_level)index;
	for (size_t i = 1; i < count; i++) {
		const struct sl_node *node = sl_node_at(list, i);

		rc = read_step(node, &out->items[i].from_s,
		    &out->items[i].level, err);
		if (rc < 0)
			return rc;
		if (out->items[i].from_s <= out->items[i - 1].from_s)
			return sl_node_error(node, err, SL_ECONFIG,
			    "the steps of level must be in the order of their "
			    "days");
	}
	out->count = count;
	return SL_OK;
}

static int
read_level(const struct sl_node *node, struct sl_level_steps *out,
    struct sl_error *err)
{
	size_t index;
	int rc;

	if (sl_node_kind(node) == SL_NODE_LIST)
		return read_steps(node, out, err);
	rc = sl_node_read_word(node, "level", level_words, &index, err);
	if (rc == SL_OK)
		*out = always((enum sl_level)index);
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
		struct sl_level_steps steps;

		rc = read_level(sl_node_at(map, i), &steps, err);
		if (rc < 0)
			return rc;
		if (sl_str_eqs(sl_node_text(key), "default")) {
			levels->rest = steps;
			levels->has_rest = true;
			continue;
		}
		rc = sl_pattern_read(key, "a ref pattern of level",
		    SL_RX_FULL, &levels->refs[levels->count].rx, err);
		if (rc < 0)
			return rc;
		levels->refs[levels->count++].steps = steps;
	}
	return SL_OK;
}

int
sl_levels_read(const struct sl_node *node, struct sl_levels *out,
    struct sl_error *err)
{
	struct sl_levels levels = { .rest = always(SL_LEVEL_BLOCK) };
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

/* --- asking --- */

static enum sl_level
level_at(const struct sl_level_steps *steps, int64_t at_s)
{
	size_t i = steps->count - 1;

	while (i > 0 && steps->items[i].from_s > at_s)
		i--;
	return steps->items[i].level;
}

static void
widen(const struct sl_level_steps *steps, enum sl_level *low,
    enum sl_level *high)
{
	for (size_t i = 0; i < steps->count; i++) {
		enum sl_level level = steps->items[i].level;

		if (level < *low)
			*low = level;
		if (level > *high)
			*high = level;
	}
}

/* Over all refs and all times. */
static void
find_range(const struct sl_levels *levels, enum sl_level *low,
    enum sl_level *high)
{
	*low = SL_LEVEL_BLOCK;
	*high = SL_LEVEL_OFF;
	if (levels->has_rest)
		widen(&levels->rest, low, high);
	for (size_t i = 0; i < levels->count; i++)
		widen(&levels->refs[i].steps, low, high);
}

enum sl_level
sl_levels_highest(const struct sl_levels *levels)
{
	enum sl_level low, high;

	find_range(levels, &low, &high);
	return high;
}

enum sl_level
sl_levels_rest(const struct sl_levels *levels)
{
	return levels->rest.items[0].level;
}

/*
 * The steps that count for a ref; NULL where nothing is said of it.
 *
 * A match that meets a limit leaves open which level is meant: *open.
 */
static const struct sl_level_steps *
steps_of(const struct sl_levels *levels, struct sl_rx_scratch *scratch,
    struct sl_str ref, bool *open)
{
	*open = false;
	for (size_t i = 0; i < levels->count; i++) {
		int rc = sl_rx_match(levels->refs[i].rx, scratch, ref, 0, NULL,
		    NULL);

		if (rc == SL_RX_NO)
			continue;
		*open = rc != SL_RX_YES;
		return &levels->refs[i].steps;
	}
	return levels->has_rest ? &levels->rest : NULL;
}

static enum sl_level
level_of(const struct sl_levels *levels, struct sl_rx_scratch *scratch,
    struct sl_str ref, int64_t at_s)
{
	bool open;
	const struct sl_level_steps *steps = steps_of(levels, scratch, ref,
	    &open);

	if (steps == NULL)
		return SL_LEVEL_OFF;
	return open ? sl_levels_highest(levels) : level_at(steps, at_s);
}

int
sl_rule_read_levels(struct sl_rule *rule, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "level");
	enum sl_level highest, low, high;
	struct sl_mark mark;
	int rc;

	if (!node)
		node = sl_node_get(sl_doc_root(rule->origin->doc), "level");
	mark = sl_node_mark(node ? node : rule->name_node);
	rule->levels.rest = always(SL_LEVEL_BLOCK);
	rule->levels.has_rest = true;
	if (node) {
		rc = sl_levels_read(node, &rule->levels, err);
		if (rc < 0)
			return rc;
		/* A map without `default` blocks everywhere else. */
		if (!rule->levels.has_rest)
			rule->levels.rest = always(SL_LEVEL_BLOCK);
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
	find_range(&rule->raised, &low, &high);
	if (low < highest)
		return sl_node_error(rule->raised_node, err, SL_ECONFIG,
		    "a project may raise the level of rule \"%s\", not lower "
		    "it: the site gives it up to \"%s\" (%s:%u:%u)",
		    rule->name, sl_level_name(highest), mark.file, mark.line,
		    mark.col);
	return SL_OK;
}

static enum sl_level
least_of(const struct sl_levels *levels, int64_t at_s)
{
	enum sl_level least = SL_LEVEL_OFF;

	if (levels->has_rest)
		least = level_at(&levels->rest, at_s);
	for (size_t i = 0; i < levels->count; i++) {
		enum sl_level level = level_at(&levels->refs[i].steps, at_s);

		if (level < least)
			least = level;
	}
	return least;
}

enum sl_level
sl_rule_least_level(const struct sl_rule *rule, int64_t at_s)
{
	enum sl_level least, raised = SL_LEVEL_OFF;

	if (rule->refs.count > 0)
		return SL_LEVEL_OFF;
	least = least_of(&rule->levels, at_s);
	if (rule->raised_node)
		raised = least_of(&rule->raised, at_s);
	return raised > least ? raised : least;
}

enum sl_level
sl_rule_level(const struct sl_policy *policy, const struct sl_rule *rule,
    struct sl_str ref, int64_t at_s)
{
	enum sl_level level, raised = SL_LEVEL_OFF;

	if (rule->refs.count) {
		int rc = sl_patterns_match(&rule->refs, policy->scratch, ref,
		    NULL, NULL, NULL);

		if (rc == SL_RX_NO)
			return SL_LEVEL_OFF;
	}
	level = level_of(&rule->levels, policy->scratch, ref, at_s);
	if (rule->raised_node)
		raised = level_of(&rule->raised, policy->scratch, ref, at_s);
	return raised > level ? raised : level;
}

/* The first step after a time that blocks; 0: none. */
static int64_t
next_block(const struct sl_levels *levels, struct sl_rx_scratch *scratch,
    struct sl_str ref, int64_t at_s)
{
	bool open;
	const struct sl_level_steps *steps = steps_of(levels, scratch, ref,
	    &open);

	for (size_t i = 1; steps != NULL && i < steps->count; i++)
		if (steps->items[i].from_s > at_s &&
		    steps->items[i].level == SL_LEVEL_BLOCK)
			return steps->items[i].from_s;
	return 0;
}

int64_t
sl_rule_blocks_from(const struct sl_rule *rule, struct sl_str ref,
    int64_t at_s)
{
	struct sl_rx_scratch *scratch = rule->policy->scratch;
	int64_t from = next_block(&rule->levels, scratch, ref, at_s);
	int64_t raised = 0;

	if (rule->raised_node)
		raised = next_block(&rule->raised, scratch, ref, at_s);
	return from == 0 || (raised != 0 && raised < from) ? raised : from;
}
