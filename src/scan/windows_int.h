/* SPDX-License-Identifier: Apache-2.0 */
/*
 * windows_int: where in a text the matches of one pattern may begin; private
 * to src/scan. Windows only ever grow: joined where they touch, two made one
 * where they are too many.
 */
#ifndef SL_SCAN_WINDOWS_INT_H
#define SL_SCAN_WINDOWS_INT_H

#include "rx/rx.h"

/** A part of a text, in bytes. */
struct sl_window {
	uint32_t from;
	uint32_t to; /* inclusive */
};

/** Zero-initialise; free items. */
struct sl_windows {
	struct sl_window *items;
	uint32_t count;
	uint32_t room;
	uint32_t text; /* the number of the text that they are about */
	uint32_t candidate; /* that of the last one with a candidate */
	bool mixed;    /* not in order yet */
};

/**
 * Add a part of the text. Parts in rising order cost least.
 *
 * @param max  windows there may be, at least 1; over it neighbours are joined
 */
void sl_windows_add(struct sl_windows *w, uint32_t from, uint32_t to,
    size_t max);

/**
 * Search for a pattern as sl_rx_match does, but for matches that begin in a
 * window, at or after start.
 */
int sl_windows_match(struct sl_windows *w, struct sl_rx *rx,
    struct sl_rx_scratch *scratch, struct sl_str text, size_t start,
    struct sl_rx_match *match, struct sl_error *err) SL_MUST_CHECK;

#endif
