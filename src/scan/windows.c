/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/windows_int.h"

#include <stdlib.h>

#include "base/mem.h"

/* Bytes between two windows that are not worth another call of PCRE2. */
#define GAP 64

/* Take every two neighbours for one. */
static void
coarsen(struct sl_windows *w)
{
	uint32_t half = w->count / 2;

	for (uint32_t i = 0; i < half; i++)
		w->items[i] = (struct sl_window){ w->items[2 * i].from,
			w->items[2 * i + 1].to };
	if (w->count % 2)
		w->items[half++] = w->items[w->count - 1];
	w->count = half;
}

/* Join the last windows as long as they touch. The last begins latest. */
static void
settle(struct sl_windows *w)
{
	while (w->count > 1) {
		struct sl_window *last = &w->items[w->count - 1];
		struct sl_window *before = last - 1;

		if ((uint64_t)before->to + GAP < last->from)
			return;
		if (last->from < before->from)
			before->from = last->from;
		if (last->to > before->to)
			before->to = last->to;
		w->count--;
	}
}

static int
by_from(const void *a, const void *b)
{
	const struct sl_window *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void
bring_in_order(struct sl_windows *w)
{
	uint32_t count = w->count;

	if (!w->mixed)
		return;
	w->mixed = false;
	qsort(w->items, count, sizeof(*w->items), by_from);
	w->count = 1;
	for (uint32_t i = 1; i < count; i++) {
		w->items[w->count++] = w->items[i];
		settle(w);
	}
}

/*
 * Literals come in order, then each run in order. What touches the last window
 * is joined to it; what lies before it waits to be sorted.
 */
void
sl_windows_add(struct sl_windows *w, uint32_t from, uint32_t to, size_t max)
{
	struct sl_window *last = w->count ? &w->items[w->count - 1] : NULL;

	if (last && from <= (uint64_t)last->to + GAP &&
	    last->from <= (uint64_t)to + GAP) {
		if (to > last->to)
			last->to = to;
		if (from < last->from)
			last->from = from;
		if (!w->mixed)
			settle(w);
		return;
	}
	if (w->count == max)
		bring_in_order(w);
	if (w->count == max)
		coarsen(w);
	if (w->count && from < w->items[w->count - 1].from)
		w->mixed = true;
	SL_GROW(w->items, w->count, w->room);
	w->items[w->count++] = (struct sl_window){ from, to };
	if (!w->mixed)
		settle(w);
}

/* The first window that ends at start or later; windows are in order. */
static uint32_t
first_window(const struct sl_windows *w, size_t start)
{
	uint32_t low = 0, high = w->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (w->items[middle].to < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int
sl_windows_match(struct sl_windows *w, struct sl_rx *rx,
    struct sl_rx_scratch *scratch, struct sl_str text, size_t start,
    struct sl_rx_match *match, struct sl_error *err)
{
	bring_in_order(w);
	for (uint32_t i = first_window(w, start); i < w->count; i++) {
		size_t from = w->items[i].from > start ? w->items[i].from :
							 start;
		int rc = sl_rx_match_within(rx, scratch, text, from,
		    w->items[i].to, match, err);

		if (rc != SL_RX_NO)
			return rc;
	}
	return SL_RX_NO;
}
