/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape: expressions that take much longer than their text grows.
 *
 * A guess by the form of an expression, for advice to its author: what is not
 * understood is not complained about, and limits hold whatever is said here.
 */
#ifndef SL_RX_SHAPE_H
#define SL_RX_SHAPE_H

#include "base/buf.h"

/** What is said of a shape. */
struct sl_rx_shape {
	size_t at;        /* byte of the expression, from 0 */
	const char *says; /* a sentence's rest after "the expression"; NULL: there
			     is nothing to say */
};

/**
 * Look for the first of:
 *  - a repeat without end of a group that can be one repeat without end, so
 *    that a text can be cut in very many ways: (a+)+
 *  - two repeats without end of what can be the same bytes, one after the
 *    other, and something after them: \s*\s*x
 *  - a repeat of up to 20 or more, before anything else: [\w.-]{0,50}key
 */
struct sl_rx_shape sl_rx_find_shape(struct sl_str pattern);

#endif
