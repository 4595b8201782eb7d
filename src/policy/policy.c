/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_int.h"

#include "base/mem.h"
#include "crypto/digest.h"
#include "policy/baseline.h"

#include <stdlib.h>

/* Bytes of the canonical form of one key. */
#define MAX_CANONICAL ((size_t)8 << 20)

static bool
is_define_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > 32 || name[0] < 'a' || name[0] > 'z')
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static int
copy_defines(struct sl_policy *policy, const struct sl_policy_inputs *inputs,
    struct sl_error *err)
{
	policy->defines = sl_alloc_array(inputs->define_count + 1,
	    sizeof(*policy->defines));
	for (size_t i = 0; i < inputs->define_count; i++) {
		const struct sl_policy_define *d = &inputs->defines[i];

		if (!is_define_name(d->name))
			return sl_error_set(err, SL_ECONFIG,
			    "\"%s\" is not a name for a value ([a-z0-9_-])",
			    d->name);
		policy->defines[i].name = sl_strdup(d->name);
		policy->defines[i].value = sl_strdup(d->value ? d->value : "");
		policy->define_count++;
	}
	return SL_OK;
}

static int
by_key_name(const void *a, const void *b)
{
	const struct sl_rule_key *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* What a rule asks and says; not what is only for its author. */
static bool
has_meaning(const struct sl_rule_key *key)
{
	return strcmp(key->name, "examples") != 0 &&
	    strcmp(key->name, "description") != 0 &&
	    strcmp(key->name, "open") != 0;
}

static int
add_node(struct sl_sha256 *sum, const char *name, const struct sl_node *node,
    struct sl_buf *form)
{
	sl_buf_clear(form);
	if (node && sl_node_canonical(node, form) < 0)
		return SL_ETOOBIG;
	sl_sha256_field(sum, sl_str(name));
	sl_sha256_field(sum, sl_buf_str(form));
	return SL_OK;
}

static int
add_rule_digest(struct sl_sha256 *sum, struct sl_rule *rule,
    struct sl_buf *form)
{
	int rc = SL_OK;

	qsort(rule->keys, rule->key_count, sizeof(*rule->keys), by_key_name);
	sl_sha256_field(sum, sl_str(rule->name));
	for (size_t i = 0; i < rule->key_count && rc == SL_OK; i++)
		if (has_meaning(&rule->keys[i]))
			rc = add_node(sum, rule->keys[i].name,
			    rule->keys[i].value, form);
	/* Where the rule has no level, its layer's counts. */
	if (rc == SL_OK)
		rc = add_node(sum, "level in force",
		    sl_rule_get(rule, "level") ?
			NULL :
			sl_node_get(sl_doc_root(rule->origin->doc), "level"),
		    form);
	if (rc == SL_OK)
		rc = add_node(sum, "level raised", rule->raised_node, form);
	if (rule->meaning[0])
		sl_sha256_field(sum, sl_str(rule->meaning));
	return rc;
}

static int
make_digest(struct sl_policy *policy, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf form =
	    SL_BUF_INIT(MAX_CANONICAL);
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;
	int rc = SL_OK;

	sl_sha256_init(&sum);
	sl_sha256_field(&sum, SL_STR("sluice policy 1"));
	for (size_t i = 0; i < policy->rule_count && rc == SL_OK; i++)
		rc = add_rule_digest(&sum, policy->rules[i], &form);
	for (size_t i = 0; i < policy->waiver_count && rc == SL_OK; i++)
		rc = add_node(&sum, "waiver", policy->waivers[i]->node, &form);
	for (size_t i = 0; i < policy->define_count; i++) {
		sl_sha256_field(&sum, sl_str(policy->defines[i].name));
		sl_sha256_field(&sum, sl_str(policy->defines[i].value));
	}
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, policy->digest);
	return rc < 0 ? sl_error_set(err, rc, "a rule is too large") : SL_OK;
}

static void
read_name(struct sl_policy *policy)
{
	const char *fallback = "unnamed";

	for (size_t i = policy->layer_count; i-- > 0 && !policy->name;) {
		const struct sl_layer *layer = policy->layers[i];
		const struct sl_node *name =
		    sl_node_get(sl_doc_root(layer->doc), "name");

		if (layer->kind == SL_LAYER_SITE && name &&
		    sl_node_kind(name) == SL_NODE_SCALAR)
			policy->name = sl_strndup(sl_node_text(name).ptr,
			    sl_node_text(name).len);
	}
	if (!policy->name)
		policy->name = sl_strdup(fallback);
}

static int
by_rule_name(const void *a, const void *b)
{
	const struct sl_rule *const *x = a;
	const struct sl_rule *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* A policy that checks nothing is a mistake, and passes everything. */
static int
require_rules(const struct sl_policy *policy, struct sl_error *err)
{
	struct sl_mark mark;

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct sl_rule *rule = policy->rules[i];

		if (rule->origin->kind != SL_LAYER_BUILTIN &&
		    sl_levels_highest(&rule->levels) > SL_LEVEL_OFF)
			return SL_OK;
	}
	if (policy->layer_count < 2)
		return sl_error_set(err, SL_ECONFIG,
		    "there is no policy: neither a site policy nor a "
		    "project's file");
	mark = sl_node_mark(sl_doc_root(
	    policy->layers[policy->layer_count - 1]->doc));
	return sl_error_at(err, SL_ECONFIG, mark.file, mark.line, mark.col,
	    "no rule is in force: nothing would be checked; add `extends` or "
	    "`rules`");
}

static bool
is_among(const char *proof, const struct sl_policy_inputs *inputs)
{
	for (size_t i = 0; i < inputs->proof_count; i++)
		if (proof[0] && !strcmp(inputs->proofs[i], proof))
			return true;
	return false;
}

static int
run_examples(struct sl_policy *policy, const struct sl_policy_inputs *inputs,
    struct sl_error *err)
{
	if (inputs->program)
		sl_policy_make_proof(policy, inputs->program);
	policy->proven = is_among(policy->proof, inputs);
	for (size_t i = 0; i < policy->rule_count; i++) {
		int rc = sl_rule_run_examples(policy->rules[i], err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
compile_rules(struct sl_policy *policy, const struct sl_policy_inputs *inputs,
    struct sl_error *err)
{
	int rc = SL_OK;

	for (size_t i = 0; i < policy->rule_count; i++) {
		rc = sl_rule_compile(policy->rules[i], err);
		if (rc < 0)
			return rc;
	}
	rc = run_examples(policy, inputs, err);
	qsort(policy->rules, policy->rule_count, sizeof(*policy->rules),
	    by_rule_name);
	return rc;
}

int
sl_policy_load(const struct sl_policy_inputs *inputs, struct sl_policy **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	/* For names of refs and for examples, which are short. */
	struct sl_rx_limits limits = { .max_bytes = (size_t)1 << 20,
		.match_limit = 50000 };
	int rc;

	policy = sl_alloc(sizeof(*policy));
	policy->scratch = sl_rx_scratch_new(&limits);
	policy->scanner = sl_scanner_new();
	if (inputs->scan_folder)
		sl_scanner_use(policy->scanner, inputs->scan_folder);
	rc = copy_defines(policy, inputs, err);
	if (rc == SL_OK)
		rc = sl_layers_read(policy, inputs, err);
	if (rc == SL_OK)
		rc = sl_layers_merge(policy, err);
	if (rc == SL_OK)
		rc = compile_rules(policy, inputs, err);
	if (rc == SL_OK)
		rc = sl_waivers_read(policy, err);
	if (rc == SL_OK)
		rc = require_rules(policy, err);
	if (rc == SL_OK)
		rc = make_digest(policy, err);
	if (rc < 0)
		return rc;
	read_name(policy);
	*out = sl_steal(&policy);
	return SL_OK;
}

void
sl_policy_free(struct sl_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->rule_count; i++)
		sl_rule_free(policy->rules[i]);
	for (size_t i = 0; i < policy->waiver_count; i++)
		sl_waiver_free(policy->waivers[i]);
	free(policy->waivers);
	for (size_t i = 0; i < policy->join_count; i++)
		sl_doc_free(policy->joins[i]);
	free(policy->joins);
	for (size_t i = 0; i < policy->layer_count; i++) {
		sl_doc_free(policy->layers[i]->owned);
		free(policy->layers[i]->name);
		free(policy->layers[i]->folder);
		free(policy->layers[i]);
	}
	for (size_t i = 0; i < policy->define_count; i++) {
		free((char *)policy->defines[i].name);
		free((char *)policy->defines[i].value);
	}
	sl_map_release(&policy->by_name);
	sl_patterns_forget(&policy->known);
	sl_rx_scratch_free(policy->scratch);
	sl_scan_free(policy->scan);
	sl_scanner_free(policy->scanner);
	free(policy->defines);
	free(policy->rules);
	free(policy->layers);
	free(policy->name);
	free(policy);
}

const char *
sl_policy_name(const struct sl_policy *policy)
{
	return policy->name;
}

const char *
sl_policy_digest(const struct sl_policy *policy)
{
	return policy->digest;
}

void
sl_policy_set_baseline(struct sl_policy *policy, struct sl_baseline *baseline)
{
	char lines[SL_SHA256_HEX + 1];
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;

	if (!baseline)
		return;
	policy->baseline = baseline;
	sl_baseline_digest(baseline, lines);
	sl_sha256_init(&sum);
	sl_sha256_field(&sum, sl_str(policy->digest));
	sl_sha256_field(&sum, sl_str(lines));
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, policy->digest);
}

struct sl_baseline *
sl_policy_baseline(const struct sl_policy *policy)
{
	return policy->baseline;
}

struct sl_scanner *
sl_policy_scanner(const struct sl_policy *policy)
{
	return policy->scanner;
}

/* A change of what a pattern finds, or of how matches are stored, without one
 * of the patterns. */
#define SCAN_FORM "sluice scan 1"

void
sl_policy_scan_digest(const struct sl_policy *policy,
    char out[SL_SHA256_HEX + 1])
{
	SL_CLEANUP(sl_buf_release) struct sl_buf form =
	    SL_BUF_INIT(MAX_CANONICAL * 2);
	char engine[SL_RX_ENGINE_SIZE];

	sl_rx_engine(engine);
	sl_buf_addf(&form, SCAN_FORM " %s %zu %d\n", engine,
	    SL_RX_MAX_SUBJECT, SL_MATCHES_OF_PATTERN);
	sl_scanner_describe(policy->scanner, &form);
	/* More patterns than that: their own digest stands for them. */
	if (form.over)
		sl_buf_truncate(&form, form.max / 2);
	sl_buf_adds(&form, form.over ? policy->digest : "");
	sl_sha256_hex(form.ptr, form.len, out);
}

size_t
sl_policy_rule_count(const struct sl_policy *policy)
{
	return policy->rule_count;
}

struct sl_rule *
sl_policy_rule_at(const struct sl_policy *policy, size_t index)
{
	return policy->rules[index];
}

struct sl_rule *
sl_policy_rule(const struct sl_policy *policy, struct sl_str name)
{
	return sl_map_get(&policy->by_name, name);
}
