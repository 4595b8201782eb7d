/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_int.h"

#include "base/text.h"

/* Bytes of one value; longer ones are cut, the place says where to look. */
#define MAX_VALUE 2000

static void
add_value(const struct sl_node *node, struct sl_buf *out)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value =
	    SL_BUF_INIT((size_t)1 << 20);

	if (sl_node_kind(node) == SL_NODE_SCALAR)
		sl_buf_addv(&value, sl_node_text(node));
	else if (sl_node_canonical(node, &value) < 0)
		sl_buf_adds(&value, "(too long to show)");
	if (value.len > MAX_VALUE) {
		sl_buf_truncate(&value, MAX_VALUE);
		sl_buf_adds(&value, "...");
	}
	sl_text_escape(out, sl_buf_str(&value));
}

static void
add_place(const char *lead, const struct sl_node *node,
    const struct sl_layer *layer, struct sl_buf *out)
{
	struct sl_mark mark = sl_node_mark(node);

	sl_buf_addf(out, "%s ", lead);
	if (layer->kind == SL_LAYER_BUILTIN) {
		sl_buf_adds(out, "sluice itself\n");
		return;
	}
	sl_buf_addf(out, "%s:%u:%u, ", mark.file, mark.line, mark.col);
	sl_layer_describe(layer, out);
	sl_buf_addc(out, '\n');
}

/* Where a value comes from: each layer that adds to the ones before, and what
 * they replace. */
static void
add_sources(const struct sl_rule_key *key, struct sl_buf *out)
{
	bool replaced = false;

	for (size_t i = key->source_count; i-- > 0;) {
		const struct sl_key_source *source = &key->sources[i];

		if (replaced) {
			sl_buf_adds(out, "      instead of ");
			add_value(source->node, out);
			sl_buf_addc(out, '\n');
			add_place("        at", source->node, source->layer,
			    out);
		} else {
			add_place(source->adds ? "      added at" :
						 "      from",
			    source->node, source->layer, out);
		}
		replaced = replaced || !source->adds;
	}
}

/* What a project may do with a key of a rule that is not its own. */
static void
add_may(const struct sl_rule *rule, const struct sl_key *row,
    struct sl_buf *out)
{
	static const char *const may[] = {
		[SL_TIGHTEN_NO] = "not change it",
		[SL_TIGHTEN_ADD] = "add to it",
		[SL_TIGHTEN_DROP] = "leave out entries",
		[SL_TIGHTEN_LOWER] = "lower it",
		[SL_TIGHTEN_RAISE] = "raise it",
		[SL_TIGHTEN_ORDER] = "give a stricter one: ",
		[SL_TIGHTEN_LEVEL] = "raise it",
	};

	if (sl_rule_is_open(rule, sl_str(row->name))) {
		sl_buf_adds(out, "      a project may set it: left open\n");
		return;
	}
	if (row->tighten == SL_TIGHTEN_FREE || !strcmp(row->name, "examples"))
		return;
	sl_buf_addf(out, "      a project may %s%s\n", may[row->tighten],
	    row->order ? row->order : "");
}

static bool
is_of_project(const struct sl_rule *rule)
{
	return sl_layer_is_project(rule->origin) || rule->origin->of_project;
}

static void
explain_key(const struct sl_rule *rule, const struct sl_rule_key *key,
    struct sl_buf *out)
{
	const struct sl_key *row = sl_rule_key_row(rule, sl_str(key->name));

	sl_buf_addf(out, "    %s: ", key->name);
	if (!strcmp(key->name, "examples"))
		sl_buf_addf(out, "%zu", sl_node_count(key->value));
	else
		add_value(key->value, out);
	sl_buf_addc(out, '\n');
	add_sources(key, out);
	if (row && !is_of_project(rule) && !rule->kind->internal)
		add_may(rule, row, out);
}

/* What a project may give that the rule does not have. */
static void
explain_missing(const struct sl_rule *rule, struct sl_buf *out)
{
	size_t count = 0;

	for (const struct sl_key *row = rule->kind->keys; row->name; row++) {
		bool open = sl_rule_is_open(rule, sl_str(row->name));

		if (sl_rule_get(rule, row->name) ||
		    (!open && (row->if_given ||
				  row->tighten == SL_TIGHTEN_NO)))
			continue;
		sl_buf_addf(out, "%s%s%s%s%s", count++ ? ", " :
						 "    a project may also give ",
		    row->name, row->order && !open ? " (" : "",
		    row->order && !open ? row->order : "",
		    row->order && !open ? ")" : "");
	}
	if (count)
		sl_buf_addc(out, '\n');
}

/* The level of a rule that has none of its own. */
static void
explain_level(const struct sl_rule *rule, struct sl_buf *out)
{
	const struct sl_node *level =
	    sl_node_get(sl_doc_root(rule->origin->doc), "level");

	sl_buf_addf(out, "    level: %s\n",
	    sl_level_name(sl_levels_rest(&rule->levels)));
	if (level)
		add_place("      of all rules, from", level, rule->origin, out);
	else
		sl_buf_adds(out, "      as none is given\n");
}

static void
explain_examples(const struct sl_rule *rule, struct sl_buf *out)
{
	bool stale;

	(void)sl_rule_examples(rule, &stale);
	if (stale)
		sl_buf_adds(out, "    examples are not run: a later layer "
				 "changed what the rule asks\n");
	else if (rule->fails_only)
		sl_buf_addf(out, "    of the first %zu examples only those "
				 "that should fail are run: a project made "
				 "the rule stricter\n",
		    rule->fails_only);
}

static void
explain_rule(const struct sl_rule *rule, struct sl_buf *out)
{
	sl_buf_addf(out, "%s (%s: %s)\n", rule->name, rule->kind->name,
	    rule->kind->brief);
	add_place("    defined at", rule->name_node, rule->origin, out);
	for (size_t i = 0; i < rule->key_count; i++)
		if (strcmp(rule->keys[i].name, "kind") != 0)
			explain_key(rule, &rule->keys[i], out);
	if (!sl_rule_get(rule, "level"))
		explain_level(rule, out);
	if (rule->raised_node) {
		sl_buf_adds(out, "    level, raised: ");
		add_value(rule->raised_node, out);
		sl_buf_addc(out, '\n');
		add_place("      from", rule->raised_node, rule->raised_layer,
		    out);
	}
	explain_examples(rule, out);
	if (!is_of_project(rule) && !rule->kind->internal)
		explain_missing(rule, out);
}

static int
no_such_rule(const struct sl_policy *policy, struct sl_str name,
    struct sl_error *err)
{
	const char *names[SL_POLICY_MAX_RULES + 1];
	const char *nearest;

	for (size_t i = 0; i < policy->rule_count; i++)
		names[i] = policy->rules[i]->name;
	names[policy->rule_count] = NULL;
	nearest = sl_text_nearest(name, names);
	return sl_error_set(err, SL_ENOTFOUND,
	    "there is no rule \"%.*s\"%s%s%s",
	    SL_STR_ARG(name), nearest ? "; did you mean \"" : "",
	    nearest ? nearest : "", nearest ? "\"?" : "");
}

int
sl_policy_explain(const struct sl_policy *policy, struct sl_str name,
    struct sl_buf *out, struct sl_error *err)
{
	struct sl_rule *one = NULL;

	if (name.len) {
		one = sl_policy_rule(policy, name);
		if (!one)
			return no_such_rule(policy, name, err);
	}
	for (size_t i = 0; i < policy->rule_count; i++) {
		if (one && policy->rules[i] != one)
			continue;
		if (i && !one)
			sl_buf_addc(out, '\n');
		explain_rule(policy->rules[i], out);
	}
	if (out->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the explanation is too long; name one rule");
	return SL_OK;
}
