/* SPDX-License-Identifier: Apache-2.0 */
/*
 * apply: keywords that hold the same value to other subschemas.
 */
#include "schema/schema_int.h"

#include "base/mem.h"

#include <stdio.h>

/* --- references --- */

/* The outermost schema in the dynamic scope that has the anchor. */
static const struct sl_sub *
find_dynamic(const struct sl_frame *frame, const struct sl_word *word)
{
	const struct sl_sub *found = word->sub;

	for (; frame != NULL; frame = frame->outer) {
		const struct sl_sub *sub =
		    sl_map_get(&frame->sub->base->dynamic, word->dynamic);

		if (sub != NULL)
			found = sub;
	}
	return found;
}

int
sl_check_ref(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	const struct sl_sub *sub = word->sub;
	int rc = SL_OK;

	if (word->dynamic.len > 0) {
		rc = sl_trial_charge(t, t->depth, err);
		sub = find_dynamic(frame, word);
	}
	return rc < 0 ? rc : sl_trial_apply(t, frame, sub, frame->spot,
				 frame->seen, word, err);
}

/* --- combinations --- */

int
sl_check_all_of(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int result = SL_RX_YES;

	for (size_t i = 0; i < word->sub_count; i++) {
		int rc = sl_trial_apply(t, frame, word->subs[i], frame->spot,
		    frame->seen, word, err);

		if (rc < 0 || (rc == SL_RX_NO && !sl_trial_goes_on(t)))
			return rc;
		if (rc == SL_RX_NO)
			result = SL_RX_NO;
	}
	return result;
}

/* What became of the alternatives of anyOf or oneOf. */
struct outcome {
	size_t fitting;
	size_t first;   /* index of the first that fits */
	size_t second;
	size_t nearest; /* that got furthest before it failed */
	unsigned far;   /* how far that was */
	bool tied;      /* with another */
};

static int
try_one(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, size_t i, struct outcome *o,
    struct sl_error *err)
{
	unsigned before = t->furthest;
	int rc;

	t->furthest = 0;
	rc = sl_trial_try(t, frame, word->subs[i], frame->spot, frame->seen,
	    word, err);
	if (rc == SL_RX_YES) {
		*(o->fitting == 0 ? &o->first : &o->second) = i;
		o->fitting++;
	} else if (rc == SL_RX_NO) {
		if (t->furthest == o->far)
			o->tied = true;
		if (i == 0 || t->furthest > o->far) {
			o->nearest = i;
			o->far = t->furthest;
			o->tied = false;
		}
	}
	if (t->furthest < before)
		t->furthest = before;
	return rc;
}

/*
 * No alternative fits. Where one of them got further into the value than the
 * others, it is the one that was meant, and says what is wrong.
 */
static int
tell_none(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, const struct outcome *o, struct sl_error *err)
{
	char expected[80];

	if (sl_trial_goes_on(t) && (word->sub_count == 1 || !o->tied))
		return sl_trial_apply(t, frame, word->subs[o->nearest],
		    frame->spot, NULL, word, err);
	snprintf(expected, sizeof(expected),
	    "one of %zu alternatives, none of which fits", word->sub_count);
	return sl_trial_flaw_as(t, word, frame->spot, expected);
}

int
sl_check_any_of(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	struct outcome o = { 0 };

	for (size_t i = 0; i < word->sub_count; i++) {
		int rc = try_one(t, frame, word, i, &o, err);

		/* Others may evaluate more of the value. */
		if (rc < 0 || (rc == SL_RX_YES && frame->seen->bits == NULL))
			return rc;
	}
	return o.fitting > 0 ? SL_RX_YES :
			       tell_none(t, frame, word, &o, err);
}

int
sl_check_one_of(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	struct outcome o = { 0 };
	char expected[120];

	for (size_t i = 0; i < word->sub_count && o.fitting < 2; i++) {
		int rc = try_one(t, frame, word, i, &o, err);

		if (rc < 0)
			return rc;
	}
	if (o.fitting == 1)
		return SL_RX_YES;
	if (o.fitting == 0)
		return tell_none(t, frame, word, &o, err);
	snprintf(expected, sizeof(expected),
	    "exactly one of %zu alternatives; number %zu and number %zu fit",
	    word->sub_count, o.first + 1, o.second + 1);
	return sl_trial_flaw_as(t, word, frame->spot, expected);
}

int
sl_check_not(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int rc = sl_trial_try(t, frame, word->sub, frame->spot, NULL, word,
	    err);

	if (rc < 0)
		return rc;
	return rc == SL_RX_NO ? SL_RX_YES : sl_trial_flaw(t, word, frame->spot);
}

int
sl_check_if(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	const struct sl_word *next;
	int rc = sl_trial_try(t, frame, word->sub, frame->spot, frame->seen,
	    word, err);

	if (rc < 0)
		return rc;
	next = sl_sub_word(frame->sub, rc == SL_RX_YES ? "then" : "else");
	if (next == NULL)
		return SL_RX_YES;
	return sl_trial_apply(t, frame, next->sub, frame->spot, frame->seen,
	    next, err);
}
