/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waivers: a waiver whose day has come, whose rule has gone, or that a whole
 * tree has no need of, covers nothing any more, and is to be taken out. Built
 * in.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"
#include "policy/policy_int.h"

static const struct sl_key waivers_keys[] = { { .name = NULL } };

static int
waivers_parse(struct sl_rule *rule, void **state,
    struct sl_error *err SL_UNUSED)
{
	const struct sl_policy **own = sl_alloc(sizeof(*own));

	*own = rule->policy;
	*state = own;
	return SL_OK;
}

#define RENEW "take it out, or let a policy owner renew it"

static void
tell(struct sl_judge *j, const struct sl_waiver *w, const char *message,
    const char *found, const char *fix)
{
	struct sl_mark mark = sl_node_mark(w->node);
	struct sl_hit hit = {
		.path = sl_str(mark.file),
		.line = mark.line,
		.col = mark.col,
		.found = sl_str(found),
		.message = message,
		.fix = fix,
	};

	sl_judge_found(j, &hit);
}

/* Said once for each ref of a push; the verdict folds what is the same. */
static int
waivers_ref(struct sl_judge *j, void *state,
    const struct sl_ref_change *ref SL_UNUSED, struct sl_error *err SL_UNUSED)
{
	const struct sl_policy *policy = *(const struct sl_policy **)state;

	for (size_t i = 0; i < policy->waiver_count; i++) {
		const struct sl_waiver *w = policy->waivers[i];

		if (j->now_s >= w->expires_s)
			tell(j, w, "the waiver of {found} has expired",
			    w->shown, RENEW);
		if (w->fault != NULL)
			tell(j, w, "the waiver is for {found}", w->fault,
			    RENEW);
	}
	return SL_OK;
}

/*
 * Whether a tree says all about a waiver: each of its rules judges files and
 * nothing else, and is in force there.
 */
static bool
is_decided(struct sl_judge *j, const struct sl_policy *policy,
    const struct sl_waiver *w, const struct sl_ref_change *ref)
{
	for (size_t i = 0; i < w->rule_count; i++) {
		const struct sl_rule *rule = w->rules[i];
		const struct sl_rule_kind *kind = rule->kind;

		if (sl_rule_hears_commits(rule) ||
		    (!kind->change && !kind->tree_entry && !kind->blob) ||
		    sl_rule_level(policy, rule, ref->ref, j->now_s) ==
			SL_LEVEL_OFF)
			return false;
	}
	return true;
}

static void
waivers_whole_end(struct sl_judge *j, void *state,
    const struct sl_ref_change *ref)
{
	const struct sl_policy *policy = *(const struct sl_policy **)state;

	for (size_t i = 0; i < policy->waiver_count; i++) {
		const struct sl_waiver *w = policy->waivers[i];

		if (!w->used && w->fault == NULL && j->now_s < w->expires_s &&
		    is_decided(j, policy, w, ref))
			tell(j, w, "nothing in this tree needs the waiver of "
				   "{found}", w->shown, "take it out");
	}
}

const struct sl_rule_kind sl_kind_waivers = {
	.name = "waivers",
	.brief = "waivers that cover nothing any more",
	.keys = waivers_keys,
	.internal = true,
	.parse = waivers_parse,
	.free = free,
	.ref = waivers_ref,
	.whole_end = waivers_whole_end,
};
