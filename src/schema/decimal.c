/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/decimal.h"

#include "base/num.h"

#include <stdio.h>

#define MAX_EXPONENT_DIGITS 9

/* Products of two numbers below 10^18. */
__extension__ typedef unsigned __int128 wide;

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The exponent after `e`; @return whether the rest of the text is one. */
static bool
read_exponent(struct sl_str s, int64_t *out)
{
	bool negative = s.len > 0 && s.ptr[0] == '-';
	uint64_t value = 0;

	if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
		s = sl_strn(s.ptr + 1, s.len - 1);
	while (s.len > 1 && s.ptr[0] == '0')
		s = sl_strn(s.ptr + 1, s.len - 1);
	if (s.len > MAX_EXPONENT_DIGITS ||
	    sl_num_parse(s, 999999999, &value) < 0)
		return false;
	*out = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

/* Cut zeros from both ends of what stands before `e`, and a bare point. */
static void
normalise(struct sl_decimal *d)
{
	struct sl_str s = d->text;
	bool point = memchr(s.ptr, '.', s.len) != NULL;

	while (s.len > 0 && (s.ptr[0] == '0' || s.ptr[0] == '.')) {
		point = point && s.ptr[0] != '.';
		s = sl_strn(s.ptr + 1, s.len - 1);
	}
	while (s.len > 0 &&
	    (s.ptr[s.len - 1] == '0' || s.ptr[s.len - 1] == '.')) {
		if (s.ptr[--s.len] == '.')
			point = false;
		else
			d->exponent++;
	}
	if (s.len == 0) {
		*d = (struct sl_decimal){ .text = SL_STR("") };
		return;
	}
	d->text = s;
	d->digits = s.len - point;
}

int
sl_decimal_read(struct sl_str text, struct sl_decimal *out)
{
	struct sl_decimal d = { 0 };
	size_t i = 0, digits = 0, start;
	bool point = false;

	if (i < text.len && (text.ptr[i] == '-' || text.ptr[i] == '+'))
		d.negative = text.ptr[i++] == '-';
	for (start = i; i < text.len; i++) {
		if (is_digit(text.ptr[i]))
			digits++;
		else if (text.ptr[i] == '.' && !point)
			point = true;
		else
			break;
	}
	if (digits == 0)
		return SL_EINVAL;
	d.text = sl_strn(text.ptr + start, i - start);
	if (i < text.len) {
		if ((text.ptr[i] != 'e' && text.ptr[i] != 'E') ||
		    !read_exponent(sl_strn(text.ptr + i + 1, text.len - i - 1),
			&d.exponent))
			return SL_EINVAL;
	}
	if (point) {
		const char *dot = memchr(d.text.ptr, '.', d.text.len);

		d.exponent -= d.text.ptr + d.text.len - 1 - dot;
	}
	normalise(&d);
	*out = d;
	return SL_OK;
}

void
sl_decimal_set(uint64_t value, struct sl_decimal *out)
{
	int len;

	*out = (struct sl_decimal){ .text = SL_STR("") };
	if (value == 0)
		return;
	for (; value % 10 == 0; value /= 10)
		out->exponent++;
	len = snprintf(out->own, sizeof(out->own), "%llu",
	    (unsigned long long)value);
	out->digits = (size_t)len;
}

static struct sl_str
digits_of(const struct sl_decimal *d)
{
	return d->own[0] != '\0' ? sl_str(d->own) : d->text;
}

/* The digit at *i, which moves on past it and past a point; '0' at the end. */
static char
next_digit(struct sl_str s, size_t *i)
{
	if (*i < s.len && s.ptr[*i] == '.')
		++*i;
	return *i < s.len ? s.ptr[(*i)++] : '0';
}

static int
compare_digits(struct sl_str a, struct sl_str b)
{
	size_t i = 0, k = 0;

	while (i < a.len || k < b.len) {
		char x = next_digit(a, &i), y = next_digit(b, &k);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static int
sign(const struct sl_decimal *d)
{
	return d->digits == 0 ? 0 : d->negative ? -1 : 1;
}

int
sl_decimal_cmp(const struct sl_decimal *a, const struct sl_decimal *b)
{
	int64_t x = (int64_t)a->digits + a->exponent;
	int64_t y = (int64_t)b->digits + b->exponent;
	int order;

	if (sign(a) != sign(b))
		return sign(a) < sign(b) ? -1 : 1;
	if (sign(a) == 0)
		return 0;
	/* The first digits stand for 10^(x - 1) and 10^(y - 1). */
	order = x != y ? (x < y ? -1 : 1) :
			 compare_digits(digits_of(a),
	    digits_of(b));
	return a->negative ? -order : order;
}

bool
sl_decimal_is_integer(const struct sl_decimal *d)
{
	return d->exponent >= 0;
}

/* The digits as a number modulo m. */
static uint64_t
digits_modulo(struct sl_str s, uint64_t m)
{
	wide value = 0;

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '.')
			value = (value * 10 + (wide)(s.ptr[i] - '0')) % m;
	return (uint64_t)value;
}

static uint64_t
power_of_ten_modulo(uint64_t exponent, uint64_t m)
{
	wide result = 1 % m, square = 10 % m;

	for (; exponent > 0; exponent >>= 1) {
		if (exponent & 1)
			result = result * square % m;
		square = square * square % m;
	}
	return (uint64_t)result;
}

bool
sl_decimal_is_multiple(const struct sl_decimal *a, const struct sl_decimal *b)
{
	int64_t shift = a->exponent - b->exponent;
	uint64_t divisor = digits_modulo(digits_of(b), UINT64_MAX);
	wide rest;

	if (a->digits == 0)
		return true;
	/* Their last digit is not 0, so nothing is left to be divided by. */
	if (shift < 0)
		return false;
	rest = digits_modulo(digits_of(a), divisor);
	return rest * power_of_ten_modulo((uint64_t)shift, divisor) %
	    divisor == 0;
}

bool
sl_decimal_get(const struct sl_decimal *d, uint64_t max, uint64_t *out)
{
	wide value;

	if (d->negative || d->exponent < 0 ||
	    d->exponent + (int64_t)d->digits > SL_DECIMAL_MAX_DIVISOR)
		return false;
	value = digits_modulo(digits_of(d), UINT64_MAX);
	for (int64_t i = 0; i < d->exponent; i++)
		value *= 10;
	if (value > max)
		return false;
	*out = (uint64_t)value;
	return true;
}

void
sl_decimal_write(const struct sl_decimal *d, struct sl_buf *out)
{
	struct sl_str digits = digits_of(d);

	if (d->negative)
		sl_buf_addc(out, '-');
	for (size_t i = 0; i < digits.len; i++)
		if (digits.ptr[i] != '.')
			sl_buf_addc(out, digits.ptr[i]);
	sl_buf_addf(out, "e%lld", (long long)d->exponent);
}
