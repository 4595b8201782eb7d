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
add_place(const struct sl_node *node, const struct sl_layer *layer,
    struct sl_buf *out)
{
	struct sl_mark mark = sl_node_mark(node);

	sl_buf_adds(out, "      from ");
	if (layer->kind == SL_LAYER_BUILTIN) {
		sl_buf_adds(out, "sluice itself\n");
		return;
	}
	sl_buf_addf(out, "%s:%u:%u, ", mark.file, mark.line, mark.col);
	sl_layer_describe(layer, out);
	sl_buf_addc(out, '\n');
}

static void
explain_key(const struct sl_rule_key *key, struct sl_buf *out)
{
	sl_buf_addf(out, "    %s: ", key->name);
	if (!strcmp(key->name, "examples"))
		sl_buf_addf(out, "%zu", sl_node_count(key->value));
	else
		add_value(key->value, out);
	sl_buf_addc(out, '\n');
	add_place(key->value, key->layer, out);
	if (key->overridden) {
		struct sl_mark mark = sl_node_mark(key->overridden);

		sl_buf_addf(out, "      instead of ");
		add_value(key->overridden, out);
		sl_buf_addf(out, " (%s:%u:%u)\n", mark.file, mark.line,
		    mark.col);
	}
}

static void
explain_rule(const struct sl_rule *rule, struct sl_buf *out)
{
	sl_buf_addf(out, "%s (%s: %s)\n", rule->name, rule->kind->name,
	    rule->kind->brief);
	for (size_t i = 0; i < rule->key_count; i++)
		if (strcmp(rule->keys[i].name, "kind") != 0)
			explain_key(&rule->keys[i], out);
	if (!sl_rule_get(rule, "level"))
		sl_buf_addf(out, "    level: %s\n      as none is given\n",
		    sl_level_name(sl_levels_rest(&rule->levels)));
	if (rule->stale_examples)
		sl_buf_adds(out, "    examples are not run: a later layer "
				 "changed what the rule asks\n");
	if (rule->raised_node) {
		sl_buf_adds(out, "    level, raised: ");
		add_value(rule->raised_node, out);
		sl_buf_addc(out, '\n');
		add_place(rule->raised_node, rule->raised_layer, out);
	}
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
