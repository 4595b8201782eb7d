/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part_int: what parts of a pattern can match, and what that makes of a whole;
 * private to src/scan.
 *
 * Of each part it is known how many bytes it matches at least and at most,
 * which bytes can be among them, and either all the strings that it can match
 * (few and short), or literals of which one stands in each. Parts one after
 * the other are a branch; of branches, one of which matches, sl_part_unite
 * makes a part again. What is known may always be too much: a claim about more
 * texts than a part matches is true of those.
 */
#ifndef SL_SCAN_PART_INT_H
#define SL_SCAN_PART_INT_H

#include "scan/scan_int.h"

/** What one part of a pattern can match. Zero-initialise. */
struct sl_part {
	uint32_t min;
	uint32_t max; /* SL_WIDTH_ANY: any number */
	bool exact;   /* strings are all that it matches */
	struct sl_literals strings;  /* from offset 0, any length */
	struct sl_literals literals; /* where it is not exact; may be none */
	struct sl_set all; /* no other bytes are in what it matches */
	bool is_small_set; /* it matches one byte of all, and these are few */
};

void sl_part_release(struct sl_part *part);

/** Make a what either matches; b may lose what it has. */
void sl_part_unite(struct sl_part *a, struct sl_part *b);

/** Keep the strings as literals only, if they can be such. */
void sl_part_give_up_strings(struct sl_part *part);

/** Parts one after the other. */
struct sl_branch {
	uint32_t min; /* of all parts so far */
	uint32_t max;
	struct sl_set all;       /* the bytes that they match */
	bool whole;              /* run is all of it */
	struct sl_literals run;  /* the strings of the latest parts */
	uint32_t run_min;        /* where they begin */
	uint32_t run_max;
	struct sl_set run_before;
	struct sl_literals best; /* the best literals so far; may be none */
};

void sl_branch_begin(struct sl_branch *b);

/** Add a part that comes from least to most (or SL_WIDTH_ANY) times. */
void sl_branch_add(struct sl_branch *b, struct sl_part *part, uint32_t least,
    uint32_t most);

/** What all parts of the branch match together; release both. */
void sl_branch_end(struct sl_branch *b, struct sl_part *out);

void sl_branch_release(struct sl_branch *b);

/** Append a copy. @return it, valid until the next one */
struct sl_literal *sl_literals_push(struct sl_literals *l,
    const struct sl_literal *literal);

/** Take over all of from, which is empty then. */
void sl_literals_move(struct sl_literals *to, struct sl_literals *from);

/** Whether they are neither too many nor too short, and there are any. */
bool sl_literals_usable(const struct sl_literals *l);

static inline void
sl_set_add(struct sl_set *set, uint8_t byte)
{
	set->bits[byte / 8] |= (uint8_t)(1U << byte % 8);
}

#endif
