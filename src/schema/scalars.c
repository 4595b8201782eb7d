/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scalars: keywords about a value by itself.
 */
#include "schema/schema_int.h"

static int
answer(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, bool fits)
{
	return fits ? SL_RX_YES : sl_trial_flaw(t, word, frame->spot);
}

int
sl_check_type(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err SL_UNUSED)
{
	return answer(t, frame, word, (word->limit & frame->spot->type) != 0);
}

/* const and enum: the value's one form is among those of the schema. */
int
sl_check_equal(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf form =
	    SL_BUF_INIT(word->form_max);
	int rc = sl_trial_charge(t, 1 + word->form_max / 64 +
	    sl_node_count(frame->spot->node) / 8, err);

	if (rc < 0)
		return rc;
	/* Longer than all of them is none of them. */
	return answer(t, frame, word,
	    sl_spot_form(frame->spot, &form) == SL_OK &&
		sl_map_find(&word->names, sl_buf_str(&form)) != NULL);
}

int
sl_check_bound(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	const char *name = word->kind->name;
	int order = sl_decimal_cmp(&frame->spot->number, &word->number);
	int rc = sl_trial_charge(t, frame->spot->number.digits / 64, err);

	if (rc < 0)
		return rc;
	if (!strcmp(name, "maximum"))
		return answer(t, frame, word, order <= 0);
	if (!strcmp(name, "exclusiveMaximum"))
		return answer(t, frame, word, order < 0);
	if (!strcmp(name, "minimum"))
		return answer(t, frame, word, order >= 0);
	return answer(t, frame, word, order > 0);
}

int
sl_check_multiple(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int rc = sl_trial_charge(t, frame->spot->number.digits / 8, err);

	return rc < 0 ? rc :
			answer(t, frame, word,
			    sl_decimal_is_multiple(&frame->spot->number,
				&word->number));
}

/* Characters, elements or members. Documents hold UTF-8 only. */
static size_t
size_of(const struct sl_spot *spot)
{
	struct sl_str text = sl_node_text(spot->node);
	size_t count = 0;

	if (spot->type != SL_TYPE_STRING)
		return sl_node_count(spot->node);
	for (size_t i = 0; i < text.len; i++)
		count += ((uint8_t)text.ptr[i] & 0xc0) != 0x80;
	return count;
}

int
sl_check_size(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	size_t size = size_of(frame->spot);
	int rc = sl_trial_charge(t, size / 64, err);

	if (rc < 0)
		return rc;
	return answer(t, frame, word,
	    !strncmp(word->kind->name, "max", 3) ? size <= word->limit :
						   size >= word->limit);
}

int
sl_check_pattern(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_word *word, struct sl_error *err)
{
	int rc = sl_trial_match(t, word->rx[0],
	    sl_node_text(frame->spot->node), err);

	return rc < 0 ? rc : answer(t, frame, word, rc == SL_RX_YES);
}
