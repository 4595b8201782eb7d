/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elements: keywords about lists.
 */
#include "schema/schema_int.h"

#include <stdio.h>

int
sl_check_elements(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word SL_UNUSED, struct sl_error *err)
{
	const struct sl_word *prefix = sl_sub_word(frame->sub, "prefixItems");
	const struct sl_word *items = sl_sub_word(frame->sub, "items");
	size_t first = prefix ? prefix->sub_count : 0;
	int result = SL_RX_YES;

	for (size_t i = 0; i < sl_node_count(frame->spot->node); i++) {
		const struct sl_word *via = i < first ? prefix : items;
		struct sl_spot child;
		int rc;

		if (via == NULL)
			break;
		sl_spot_child(&child, frame->spot, i);
		rc = sl_trial_apply(t, frame,
		    i < first ? prefix->subs[i] : items->sub, &child, NULL,
		    via, err);
		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
		sl_seen_mark(frame->seen, i);
	}
	return result;
}

static int
tell_count(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, size_t count)
{
	char expected[120];

	snprintf(expected, sizeof(expected),
	    "%s %llu element%s that fit%s `contains`; %zu do%s",
	    !strcmp(word->kind->name, "maxContains") ? "at most" : "at least",
	    (unsigned long long)word->limit, word->limit == 1 ? "" : "s",
	    word->limit == 1 ? "s" : "", count, count == 1 ? "es" : "");
	return sl_trial_flaw_as(t, word, frame->spot, expected);
}

int
sl_check_contains(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	const struct sl_word *min = sl_sub_word(frame->sub, "minContains");
	const struct sl_word *max = sl_sub_word(frame->sub, "maxContains");
	size_t count = 0;

	for (size_t i = 0; i < sl_node_count(frame->spot->node); i++) {
		struct sl_spot child;
		int rc;

		sl_spot_child(&child, frame->spot, i);
		rc = sl_trial_try(t, frame, word->sub, &child, NULL, word, err);
		if (rc < 0)
			return rc;
		if (rc == SL_RX_YES)
			sl_seen_mark(frame->seen, i);
		count += rc == SL_RX_YES;
	}
	if (min == NULL && count == 0)
		return sl_trial_flaw_as(t, word, frame->spot,
		    "at least one element that fits `contains`");
	if (min != NULL && count < min->limit)
		return tell_count(t, frame, min, count);
	if (max != NULL && count > max->limit)
		return tell_count(t, frame, max, count);
	return SL_RX_YES;
}

int
sl_check_unique(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	SL_CLEANUP(sl_map_release) struct sl_map seen = SL_MAP_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf form =
	    SL_BUF_INIT((size_t)64 << 20);

	if (!word->limit)
		return SL_RX_YES;
	for (size_t i = 0; i < sl_node_count(frame->spot->node); i++) {
		struct sl_spot child;
		int rc;

		sl_spot_child(&child, frame->spot, i);
		sl_buf_clear(&form);
		if (sl_spot_form(&child, &form) < 0)
			return sl_error_set(err, SL_ELIMIT,
			    "an element is too large to be compared");
		rc = sl_trial_charge(t, 1 + form.len / 64, err);
		if (rc < 0)
			return rc;
		if (!sl_map_put(&seen, sl_buf_str(&form), NULL))
			return sl_trial_flaw(t, word, &child);
	}
	return SL_RX_YES;
}
