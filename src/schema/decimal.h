/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decimal: numbers as their decimal text, compared without loss.
 *
 * A decimal is a view of the text that it was read from: significant digits
 * (with perhaps a point among them) times a power of ten. It may be copied.
 */
#ifndef SL_SCHEMA_DECIMAL_H
#define SL_SCHEMA_DECIMAL_H

#include "base/buf.h"

/** Significant digits of a number that others are divided by. */
#define SL_DECIMAL_MAX_DIVISOR 18

struct sl_decimal {
	bool negative;      /* never for zero */
	struct sl_str text; /* first to last digit that is not 0, with the
			       point where it stands between; empty: zero,
			       or own */
	char own[24];       /* digits of a number that no text has */
	size_t digits;      /* without the point */
	int64_t exponent;   /* of the last digit */
};

/**
 * Read a number: sign, digits, fraction, exponent, as JSON and YAML's core
 * schema have them; also `.5`, `5.` and leading zeros.
 *
 * @param[out] out  a view of text
 * @return 0, SL_EINVAL (no number, or more than nine digits of exponent)
 */
int sl_decimal_read(struct sl_str text, struct sl_decimal *out) SL_MUST_CHECK;

/** The decimal of a number. */
void sl_decimal_set(uint64_t value, struct sl_decimal *out);

/** Negative, 0 or positive. */
int sl_decimal_cmp(const struct sl_decimal *a, const struct sl_decimal *b);

bool sl_decimal_is_integer(const struct sl_decimal *d);

/** Whether a is a whole multiple of b; b is over 0 and has at most
    SL_DECIMAL_MAX_DIVISOR digits. */
bool sl_decimal_is_multiple(const struct sl_decimal *a,
    const struct sl_decimal *b);

/** A whole number from 0 to max. @return whether it is one */
bool sl_decimal_get(const struct sl_decimal *d, uint64_t max, uint64_t *out);

/** Append the one form of its value: digits, `e`, exponent. */
void sl_decimal_write(const struct sl_decimal *d, struct sl_buf *out);

#endif
