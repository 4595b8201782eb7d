/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile: a merged rule into one that can judge.
 */
#include "policy/policy_int.h"

#include "base/mem.h"
#include "base/text.h"
#include "policy/template.h"

static const char *const waiver_words[] = { "allow", "deny", NULL };

/* Placeholders of every rule. */
static const char *const placeholders[] = { "path", "ref", "commit", "found",
	"expected", "missing", "where", "rule", NULL };

int
sl_rule_find_kind(struct sl_rule *rule, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "kind");
	const char *names[32] = { NULL };
	size_t count = 0, index;
	int rc;

	for (size_t i = 0; sl_rule_kinds[i] && count + 1 < SL_COUNT(names); i++)
		if (!sl_rule_kinds[i]->internal ||
		    rule->origin->kind == SL_LAYER_BUILTIN)
			names[count++] = sl_rule_kinds[i]->name;
	rc = sl_node_read_word(node, "kind", names, &index, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; sl_rule_kinds[i]; i++)
		if (!strcmp(sl_rule_kinds[i]->name, names[index]))
			rule->kind = sl_rule_kinds[i];
	return SL_OK;
}

/* Every layer's own keys, so that the message names the layer's place. */
static int
check_keys(const struct sl_rule *rule, struct sl_error *err)
{
	const char *names[64] = { NULL };
	size_t count = 0;

	for (size_t i = 0; sl_common_keys[i].name; i++)
		names[count++] = sl_common_keys[i].name;
	for (size_t i = 0;
	     rule->kind->keys[i].name && count + 1 < SL_COUNT(names); i++)
		names[count++] = rule->kind->keys[i].name;
	for (size_t i = 0; i < rule->policy->layer_count; i++) {
		const struct sl_doc *doc = rule->policy->layers[i]->doc;
		const struct sl_node *node = sl_node_get(
		    sl_node_get(sl_doc_root(doc), "rules"), rule->name);
		SL_CLEANUP(sl_freep) char *what = NULL;
		int rc;

		if (!node)
			continue;
		what = sl_asprintf("a rule of kind %s", rule->kind->name);
		rc = sl_node_check_keys(node, what, names, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static bool
known_placeholder(void *ctx, struct sl_str name)
{
	const struct sl_rule *rule = ctx;

	for (size_t i = 0; placeholders[i]; i++)
		if (sl_str_eqs(name, placeholders[i]))
			return true;
	for (size_t i = 0; !rule->hide_groups && i < rule->group_count; i++)
		if (sl_str_eqs(name, rule->groups[i]))
			return true;
	for (size_t i = 0; i < rule->policy->define_count; i++)
		if (sl_str_eqs(name, rule->policy->defines[i].name))
			return true;
	return false;
}

/* The placeholder that made a check fail, and what there is instead. */
struct unknown {
	const struct sl_rule *rule;
	struct sl_str name;
};

static bool
note_unknown(void *ctx, struct sl_str name)
{
	struct unknown *u = ctx;

	if (known_placeholder((void *)u->rule, name))
		return true;
	u->name = name;
	return false;
}

static int
unknown_placeholder(const struct unknown *u, const struct sl_node *node,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf list = SL_BUF_INIT(400);

	for (size_t i = 0; placeholders[i]; i++)
		sl_buf_addf(&list, " {%s}", placeholders[i]);
	for (size_t i = 0; !u->rule->hide_groups && i < u->rule->group_count;
	     i++)
		sl_buf_addf(&list, " {%s}", u->rule->groups[i]);
	for (size_t i = 0; i < u->rule->policy->define_count; i++)
		sl_buf_addf(&list, " {%s}", u->rule->policy->defines[i].name);
	return sl_node_error(node, err, SL_ECONFIG,
	    "{%.*s} is not a placeholder here; there are%s%s",
	    SL_STR_ARG(u->name), sl_buf_cstr(&list),
	    u->rule->hide_groups ?
		" (groups are not shown by a rule about secrets)" :
		"");
}

static int
read_template(struct sl_rule *rule, const char *key, struct sl_str *out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);
	struct unknown unknown = { rule, { NULL, 0 } };
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	if (!node)
		return SL_OK;
	rc = sl_node_read_text(node, key, out, err);
	if (rc < 0)
		return rc;
	rc = sl_template_check(*out, note_unknown, &unknown, &why);
	if (rc < 0 && unknown.name.ptr)
		return unknown_placeholder(&unknown, node, err);
	if (rc < 0)
		return sl_node_error(node, err, SL_ECONFIG, "%s: %s", key,
		    why.text);
	return SL_OK;
}

static int
read_common(struct sl_rule *rule, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "description");
	struct sl_str text;
	size_t waivers = 0;
	int rc;

	if (node) {
		rc = sl_node_read_text(node, "description", &text, err);
		if (rc < 0)
			return rc;
		rule->description = sl_strndup(text.ptr, text.len);
	}
	rc = sl_rule_read_word(rule, "waivers", waiver_words, &waivers, err);
	if (rc < 0)
		return rc;
	/* A project's file that does not load would judge nothing, and an
	 * expired waiver must not cover for itself. */
	rule->waivable = waivers == 0 && !rule->kind->internal;
	rc = sl_patterns_read(sl_rule_get(rule, "refs"), "refs", SL_RX_FULL,
	    &rule->policy->known, &rule->refs, err);
	if (rc == SL_OK)
		rc = sl_rule_read_levels(rule, err);
	return rc;
}

int
sl_rule_compile(struct sl_rule *rule, struct sl_error *err)
{
	int rc = check_keys(rule, err);

	if (rc == SL_OK)
		rc = sl_rule_check_open(rule, err);
	if (rc == SL_OK)
		rc = read_common(rule, err);
	if (rc == SL_OK)
		rc = rule->kind->parse(rule, &rule->state, err);
	if (rc == SL_OK)
		rc = read_template(rule, "message", &rule->message, err);
	if (rc == SL_OK)
		rc = read_template(rule, "fix", &rule->fix, err);
	return rc;
}

void
sl_rule_free(struct sl_rule *rule)
{
	if (!rule)
		return;
	if (rule->kind && rule->state)
		rule->kind->free(rule->state);
	sl_rule_keys_free(rule);
	for (size_t i = 0; i < rule->group_count; i++)
		free(rule->groups[i]);
	sl_levels_release(&rule->levels);
	sl_levels_release(&rule->raised);
	sl_patterns_release(&rule->refs);
	free(rule->groups);
	free(rule->description);
	free(rule->name);
	free(rule);
}
