/* SPDX-License-Identifier: Apache-2.0 */
/*
 * members: keywords about maps.
 */
#include "schema/schema_int.h"

#include "base/text.h"

/* The words that are judged together. */
struct group {
	const struct sl_word *named;
	const struct sl_word *patterns;
	const struct sl_word *rest;
};

/* Hold one member to all that is said of it. */
static int
check_member(struct sl_trial *t, const struct sl_frame *frame,
    const struct group *g, size_t index, struct sl_error *err)
{
	struct sl_str key = sl_node_text(sl_node_key(frame->spot->node, index));
	const struct sl_sub *sub =
	    g->named ? sl_map_get(&g->named->names, key) : NULL;
	bool spoken_of = sub != NULL;
	struct sl_spot child;
	int rc = SL_RX_YES, result = SL_RX_YES;

	sl_spot_child(&child, frame->spot, index);
	if (sub != NULL)
		result = rc = sl_trial_apply(t, frame, sub, &child, NULL,
		    g->named, err);
	for (size_t i = 0; g->patterns && i < g->patterns->sub_count && rc >= 0;
	     i++) {
		rc = sl_trial_match(t, g->patterns->rx[i], key, err);
		if (rc != SL_RX_YES)
			continue;
		spoken_of = true;
		rc = sl_trial_apply(t, frame, g->patterns->subs[i], &child,
		    NULL, g->patterns, err);
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
	}
	if (rc >= 0 && !spoken_of && g->rest != NULL) {
		spoken_of = true;
		result = rc = sl_trial_apply(t, frame, g->rest->sub, &child,
		    NULL, g->rest, err);
	}
	if (spoken_of)
		sl_seen_mark(frame->seen, index);
	return rc < 0 ? rc : result;
}

int
sl_check_members(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word SL_UNUSED, struct sl_error *err)
{
	struct group g = { sl_sub_word(frame->sub, "properties"),
		sl_sub_word(frame->sub, "patternProperties"),
		sl_sub_word(frame->sub, "additionalProperties") };
	int result = SL_RX_YES;

	for (size_t i = 0; i < sl_node_count(frame->spot->node); i++) {
		int rc = sl_trial_charge(t, 1, err);

		if (rc == SL_OK)
			rc = check_member(t, frame, &g, i, err);
		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
	}
	return result;
}

int
sl_check_property_names(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int result = SL_RX_YES;

	for (size_t i = 0; i < sl_node_count(frame->spot->node); i++) {
		struct sl_spot key;
		int rc;

		sl_spot_key(&key, frame->spot, i);
		rc = sl_trial_apply(t, frame, word->sub, &key, NULL, word, err);
		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
	}
	return result;
}

/* A list of names, all of which must be there; because, for the message. */
static int
check_names(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, const struct sl_node *list,
    const struct sl_node *because, struct sl_error *err)
{
	const struct sl_node *map = frame->spot->node;
	int result = SL_RX_YES;

	for (size_t i = 0; i < sl_node_count(list); i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf want =
		    SL_BUF_INIT(400);
		struct sl_str name = sl_node_text(sl_node_at(list, i));
		int rc = sl_trial_charge(t, 1 + sl_node_count(map) / 8, err);

		if (rc < 0)
			return rc;
		if (sl_value_member(map, name) != NULL)
			continue;
		result = SL_RX_NO;
		sl_buf_adds(&want, "the key ");
		sl_text_quote(&want, name);
		if (because != NULL) {
			sl_buf_adds(&want, " beside ");
			sl_text_quote(&want, sl_node_text(because));
		}
		(void)sl_trial_flaw_as(t, word, frame->spot,
		    sl_buf_cstr(&want));
		if (!sl_trial_goes_on(t))
			return SL_RX_NO;
	}
	return result;
}

int
sl_check_required(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	return check_names(t, frame, word, word->node, NULL, err);
}

/* Whether the value has the index-th name of a word's map. */
static int
has_trigger(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, size_t index, struct sl_error *err)
{
	const struct sl_node *map = frame->spot->node;
	int rc = sl_trial_charge(t, 1 + sl_node_count(map) / 8, err);

	if (rc < 0)
		return rc;
	return sl_value_member(map,
		   sl_node_text(sl_node_key(word->node, index))) != NULL ?
	    SL_RX_YES :
	    SL_RX_NO;
}

int
sl_check_dependent_required(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int result = SL_RX_YES;

	for (size_t i = 0; i < sl_node_count(word->node); i++) {
		int rc = has_trigger(t, frame, word, i, err);

		if (rc == SL_RX_NO)
			continue;
		if (rc == SL_RX_YES)
			rc = check_names(t, frame, word,
			    sl_node_at(word->node, i),
			    sl_node_key(word->node, i), err);
		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
	}
	return result;
}

int
sl_check_dependent_schemas(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int result = SL_RX_YES;

	for (size_t i = 0; i < word->sub_count; i++) {
		int rc = has_trigger(t, frame, word, i, err);

		if (rc == SL_RX_NO)
			continue;
		if (rc == SL_RX_YES)
			rc = sl_trial_apply(t, frame, word->subs[i],
			    frame->spot, frame->seen, word, err);
		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
	}
	return result;
}

/* Of a list or a map alike: what no other keyword has looked at. */
int
sl_check_unevaluated(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int result = SL_RX_YES;

	for (size_t i = 0; i < sl_node_count(frame->spot->node); i++) {
		struct sl_spot child;
		int rc;

		if (sl_seen_has(frame->seen, i))
			continue;
		sl_spot_child(&child, frame->spot, i);
		rc = sl_trial_apply(t, frame, word->sub, &child, NULL, word,
		    err);
		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
		sl_seen_mark(frame->seen, i);
	}
	return result;
}
