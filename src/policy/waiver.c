/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiver: findings that somebody answers for, for a time.
 *
 * A waiver names rules and, mostly, paths or the very bytes; says why and who
 * answers for it; and ends on a day. What it covers is still found, and is
 * listed apart. One that cannot be told to cover a finding does not.
 *
 * A waiver knows no refs: a commit that a push brings to two of them is
 * judged once, and what is waived on one must not slip into the other.
 */
#include "policy/policy_int.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/template.h"

#define MAX_WAIVERS 500
#define MAX_RULES 50
#define MAX_BLOBS 200
#define MAX_TEXT 500

static const char *const waiver_keys[] = { "rule", "path", "blob", "reason",
	"owner", "expires", NULL };

void
sl_waiver_free(struct sl_waiver *waiver)
{
	if (waiver == NULL)
		return;
	sl_patterns_release(&waiver->path);
	free(waiver->rules);
	free(waiver->blobs);
	free(waiver->shown);
	free(waiver->fault);
	free(waiver);
}

/* --- reading --- */

/* One value, or a list of them: the i-th, or NULL. */
static const struct sl_node *
nth(const struct sl_node *node, size_t i)
{
	if (sl_node_kind(node) == SL_NODE_LIST)
		return i < sl_node_count(node) ? sl_node_at(node, i) : NULL;
	return i == 0 ? node : NULL;
}

static int
check_list(const struct sl_node *node, const char *what, size_t max,
    struct sl_error *err)
{
	if (sl_node_kind(node) == SL_NODE_MAP)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s of a waiver must be one or a list of them", what);
	if (nth(node, 0) == NULL || nth(node, max) != NULL)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s of a waiver has 1 to %zu entries", what, max);
	return SL_OK;
}

/*
 * A rule that a waiver names. In a project's file one that the site no longer
 * has, or no longer lets be waived, is a finding: what a site changes must
 * not break the files of its projects.
 */
static int
add_rule(const struct sl_policy *policy, struct sl_waiver *w,
    const struct sl_node *node, struct sl_error *err)
{
	const struct sl_rule *rule;
	struct sl_str name;
	int rc = sl_node_read_text(node, "rule of a waiver", &name, err);

	if (rc < 0)
		return rc;
	rule = sl_map_get(&policy->by_name, name);
	if (rule != NULL && rule->waivable) {
		w->rules[w->rule_count++] = rule;
		return SL_OK;
	}
	if (w->layer->kind == SL_LAYER_PROJECT && w->fault != NULL)
		return SL_OK;
	if (w->layer->kind == SL_LAYER_PROJECT) {
		w->fault = sl_asprintf("rule %.*s, which %s", SL_STR_ARG(name),
		    rule ? "the site does not let be waived" :
			   "is not in force");
		return SL_OK;
	}
	return sl_node_error(node, err, SL_ECONFIG,
	    "rule \"%.*s\" %s", SL_STR_ARG(name),
	    rule ? "cannot be waived" : "of a waiver is not in force");
}

static int
read_rules(const struct sl_policy *policy, struct sl_waiver *w,
    struct sl_error *err)
{
	const struct sl_node *node;
	int rc = sl_node_require(w->node, "a waiver", "rule", &node, err);

	if (rc == SL_OK)
		rc = check_list(node, "rule", MAX_RULES, err);
	if (rc < 0)
		return rc;
	w->rules = sl_alloc_array(MAX_RULES, sizeof(*w->rules));
	for (size_t i = 0; rc == SL_OK && nth(node, i) != NULL; i++)
		rc = add_rule(policy, w, nth(node, i), err);
	return rc;
}

static int
read_blobs(struct sl_waiver *w, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(w->node, "blob");
	int rc = SL_OK;

	if (node == NULL)
		return SL_OK;
	rc = check_list(node, "blob", MAX_BLOBS, err);
	if (rc < 0)
		return rc;
	w->blobs = sl_alloc_array(MAX_BLOBS, sizeof(*w->blobs));
	while (nth(node, w->blob_count) != NULL) {
		const struct sl_node *item = nth(node, w->blob_count);
		struct sl_str text;

		rc = sl_node_read_text(item, "blob of a waiver", &text, err);
		if (rc < 0)
			return rc;
		if (sl_oid_parse(text, &w->blobs[w->blob_count]) < 0)
			return sl_node_error(item, err, SL_ECONFIG,
			    "\"%.*s\" is not the id of a blob: 40 digits, as "
			    "git rev-parse COMMIT:PATH prints them",
			    SL_STR_ARG(text));
		w->blob_count++;
	}
	return SL_OK;
}

static int
read_line(const struct sl_node *map, const char *key, struct sl_str *out,
    struct sl_error *err)
{
	const struct sl_node *node;
	int rc = sl_node_require(map, "a waiver", key, &node, err);

	if (rc == SL_OK)
		rc = sl_node_read_text(node, key, out, err);
	if (rc < 0)
		return rc;
	if (out->len < 2 || out->len > MAX_TEXT ||
	    memchr(out->ptr, '\n', out->len) != NULL)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s of a waiver is one line of 2 to %d bytes", key,
		    MAX_TEXT);
	return SL_OK;
}

static int
read_expiry(const struct sl_node *map, int64_t *out, struct sl_str *day,
    struct sl_error *err)
{
	const struct sl_node *node;
	int rc = sl_node_require(map, "a waiver", "expires", &node, err);

	if (rc == SL_OK)
		rc = sl_node_read_text(node, "expires", day, err);
	if (rc == SL_OK && sl_time_parse_day(*day, out) < 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"%.*s\" is not a day (YYYY-MM-DD)", SL_STR_ARG(*day));
	return rc;
}

static void
make_shown(struct sl_waiver *w, struct sl_str owner, struct sl_str day,
    struct sl_str reason)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4000);

	sl_template_value(&out, owner);
	sl_buf_addf(&out, " until %.*s: ", SL_STR_ARG(day));
	sl_template_value(&out, reason);
	w->shown = sl_strdup(sl_buf_cstr(&out));
}

static int
read_waiver(const struct sl_policy *policy, struct sl_waiver *w,
    struct sl_error *err)
{
	struct sl_str reason, owner, day;
	int rc = sl_node_check_keys(w->node, "a waiver", waiver_keys, err);

	if (rc == SL_OK)
		rc = read_rules(policy, w, err);
	if (rc == SL_OK)
		rc = sl_patterns_read(sl_node_get(w->node, "path"), "path",
		    SL_RX_FULL, NULL, &w->path, err);
	if (rc == SL_OK)
		rc = read_blobs(w, err);
	if (rc == SL_OK)
		rc = read_line(w->node, "reason", &reason, err);
	if (rc == SL_OK)
		rc = read_line(w->node, "owner", &owner, err);
	if (rc == SL_OK)
		rc = read_expiry(w->node, &w->expires_s, &day, err);
	if (rc == SL_OK)
		make_shown(w, owner, day, reason);
	return rc;
}

static int
read_layer(struct sl_policy *policy, const struct sl_layer *layer,
    struct sl_error *err)
{
	const struct sl_node *list =
	    sl_node_get(sl_doc_root(layer->doc), "waivers");

	if (list == NULL)
		return SL_OK;
	if (layer->kind != SL_LAYER_SITE && layer->kind != SL_LAYER_PROJECT)
		return sl_node_error(list, err, SL_ECONFIG,
		    "a pack waives nothing: waivers belong to a site policy "
		    "or a project's file");
	if (sl_node_kind(list) != SL_NODE_LIST)
		return sl_node_error(list, err, SL_ECONFIG,
		    "waivers must be a list");
	for (size_t i = 0; i < sl_node_count(list); i++) {
		struct sl_waiver *w;
		int rc;

		if (policy->waiver_count == MAX_WAIVERS)
			return sl_node_error(list, err, SL_ETOOBIG,
			    "more than %d waivers", MAX_WAIVERS);
		w = sl_alloc(sizeof(*w));
		w->node = sl_node_at(list, i);
		w->layer = layer;
		SL_GROW(policy->waivers, policy->waiver_count,
		    policy->waiver_room);
		policy->waivers[policy->waiver_count++] = w;
		rc = read_waiver(policy, w, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_waivers_read(struct sl_policy *policy, struct sl_error *err)
{
	for (size_t i = 0; i < policy->layer_count; i++) {
		int rc = read_layer(policy, policy->layers[i], err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

/* --- covering --- */

/* Whether it covers only what its patterns surely match. */
static bool
fits(const struct sl_patterns *patterns, struct sl_rx_scratch *scratch,
    struct sl_str subject)
{
	return patterns->count == 0 ||
	    sl_patterns_match(patterns, scratch, subject, NULL, NULL, NULL) ==
		SL_RX_YES;
}

static bool
has_rule(const struct sl_waiver *w, const struct sl_rule *rule)
{
	for (size_t i = 0; i < w->rule_count; i++)
		if (w->rules[i] == rule)
			return true;
	return false;
}

static bool
has_blob(const struct sl_waiver *w, const struct sl_oid *blob)
{
	for (size_t i = 0; blob != NULL && i < w->blob_count; i++)
		if (sl_oid_eq(&w->blobs[i], blob))
			return true;
	return w->blob_count == 0;
}

const struct sl_waiver *
sl_policy_waiver(const struct sl_policy *policy, const struct sl_rule *rule,
    const struct sl_waiver_subject *subject)
{
	for (size_t i = 0; i < policy->waiver_count; i++) {
		const struct sl_waiver *w = policy->waivers[i];

		if (has_rule(w, rule) && subject->at_s < w->expires_s &&
		    has_blob(w, subject->blob) &&
		    fits(&w->path, policy->scratch, subject->path))
			return w;
	}
	return NULL;
}

void
sl_waivers_begin(struct sl_policy *policy)
{
	for (size_t i = 0; i < policy->waiver_count; i++)
		policy->waivers[i]->used = false;
}

void
sl_waiver_use(struct sl_policy *policy, const struct sl_waiver *waiver)
{
	for (size_t i = 0; i < policy->waiver_count; i++)
		if (policy->waivers[i] == waiver)
			policy->waivers[i]->used = true;
}

const char *
sl_waiver_shown(const struct sl_waiver *waiver)
{
	return waiver->shown;
}

/* --- comparing --- */

/* Whether a value, or list of them, has an entry. */
static bool
has_entry(const struct sl_node *node, const struct sl_node *entry)
{
	for (size_t i = 0; nth(node, i) != NULL; i++) {
		const struct sl_node *item = nth(node, i);

		if (sl_node_kind(item) == SL_NODE_SCALAR &&
		    sl_node_kind(entry) == SL_NODE_SCALAR &&
		    sl_str_eq(sl_node_text(item), sl_node_text(entry)))
			return true;
	}
	return false;
}

/* Whether all that a waiver has under a key, another one has there too. */
static bool
is_subset(const struct sl_node *a, const struct sl_node *b, const char *key)
{
	const struct sl_node *in_a = sl_node_get(a, key);
	const struct sl_node *in_b = sl_node_get(b, key);

	if (in_a == NULL || in_b == NULL || nth(in_a, 0) == NULL)
		return false;
	for (size_t i = 0; nth(in_a, i) != NULL; i++)
		if (!has_entry(in_b, nth(in_a, i)))
			return false;
	return true;
}

/* Whether a waiver surely covers no more than another one. */
static bool
is_within(const struct sl_node *a, const struct sl_node *b)
{
	return is_subset(a, b, "rule") &&
	    (sl_node_get(b, "path") == NULL || is_subset(a, b, "path")) &&
	    (sl_node_get(b, "blob") == NULL || is_subset(a, b, "blob"));
}

static struct sl_str
text_of(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node != NULL ? sl_node_text(node) : SL_STR("");
}

/* Days as text are in the order of time. */
static bool
ends_later(const struct sl_node *a, const struct sl_node *b)
{
	struct sl_str x = text_of(a, "expires");
	struct sl_str y = text_of(b, "expires");
	size_t n = x.len < y.len ? x.len : y.len;
	int c = n > 0 ? memcmp(x.ptr, y.ptr, n) : 0;

	return c > 0 || (c == 0 && x.len > y.len);
}

const struct sl_node *
sl_waivers_compare(const struct sl_node *before, const struct sl_node *after)
{
	for (size_t i = 0; after != NULL && i < sl_node_count(after); i++) {
		const struct sl_node *now = sl_node_at(after, i);
		bool known = false;

		for (size_t k = 0; before != NULL && !known &&
		     k < sl_node_count(before); k++) {
			const struct sl_node *was = sl_node_at(before, k);

			known = is_within(now, was) && !ends_later(now, was);
		}
		if (!known)
			return now;
	}
	return NULL;
}
