/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form: one text for each JSON value. Numbers are worked on as
 * decimal text, so that no digit of a long one is lost to a double.
 */
#include "base/mem.h"
#include "doc/doc_int.h"

/* Longest plain number; others are written with an exponent. */
#define PLAIN_DIGITS 21

/* A number as digits times ten to the exponent; no zeros at either end. */
struct decimal {
	bool negative;
	struct sl_buf digits;
	int64_t exponent;
};

/* The text is a number as the JSON reader accepts it. */
static void
take_apart(struct sl_str text, struct decimal *d)
{
	size_t i = 0, zeros = 0;
	bool fraction = false;

	d->negative = text.ptr[0] == '-';
	for (i = d->negative; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == '.') {
			fraction = true;
			continue;
		}
		if (c == 'e' || c == 'E')
			break;
		if (d->digits.len > 0 || c != '0')
			sl_buf_addc(&d->digits, c);
		d->exponent -= fraction;
	}
	if (i < text.len)
		d->exponent += strtoll(text.ptr + i + 1, NULL, 10);
	while (zeros < d->digits.len &&
	    d->digits.ptr[d->digits.len - 1 - zeros] == '0')
		zeros++;
	sl_buf_truncate(&d->digits, d->digits.len - zeros);
	d->exponent += (int64_t)zeros;
}

static int
add_zeros(struct sl_buf *out, int64_t count)
{
	for (; count > 0; count--)
		if (sl_buf_addc(out, '0') < 0)
			return SL_ETOOBIG;
	return SL_OK;
}

static void
write_decimal(const struct decimal *d, struct sl_buf *out)
{
	struct sl_str digits = sl_buf_str(&d->digits);
	int64_t n = (int64_t)digits.len, point = n + d->exponent;

	if (d->negative)
		sl_buf_addc(out, '-');
	if (d->exponent >= 0 && point <= PLAIN_DIGITS) {
		sl_buf_addv(out, digits);
		add_zeros(out, d->exponent);
	} else if (d->exponent < 0 && point > 0) {
		sl_buf_add(out, digits.ptr, (size_t)point);
		sl_buf_addc(out, '.');
		sl_buf_add(out, digits.ptr + point, (size_t)(n - point));
	} else if (d->exponent < 0 && point > -PLAIN_DIGITS) {
		sl_buf_adds(out, "0.");
		add_zeros(out, -point);
		sl_buf_addv(out, digits);
	} else {
		sl_buf_addc(out, digits.ptr[0]);
		if (n > 1)
			sl_buf_addc(out, '.');
		sl_buf_add(out, digits.ptr + 1, (size_t)(n - 1));
		sl_buf_addf(out, "e%lld", (long long)(point - 1));
	}
}

static int
write_number(struct sl_str text, struct sl_buf *out)
{
	struct decimal d = { .digits = SL_BUF_INIT(text.len) };

	take_apart(text, &d);
	if (d.digits.len == 0)
		sl_buf_addc(out, '0');
	else
		write_decimal(&d, out);
	sl_buf_release(&d.digits);
	return out->over ? SL_ETOOBIG : SL_OK;
}

static int
write_scalar(const struct sl_node *node, struct sl_buf *out)
{
	if (node->style == SL_STYLE_NUMBER)
		return write_number(node->text, out);
	if (node->style == SL_STYLE_WORD)
		return sl_buf_addv(out, node->text);
	return sl_json_quote(out, node->text);
}

static int
write_list(const struct sl_node *node, struct sl_buf *out)
{
	sl_buf_addc(out, '[');
	for (size_t i = 0; i < node->count; i++) {
		if (i > 0)
			sl_buf_addc(out, ',');
		if (sl_node_canonical(node->items[i], out) < 0)
			return SL_ETOOBIG;
	}
	return sl_buf_addc(out, ']');
}

struct pair {
	const struct sl_node *key;
	const struct sl_node *value;
};

static int
compare_pairs(const void *a, const void *b)
{
	const struct pair *left = a, *right = b;

	return sl_str_cmp(left->key->text, right->key->text);
}

static int
write_pairs(const struct pair *pairs, size_t count, struct sl_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			sl_buf_addc(out, ',');
		sl_json_quote(out, pairs[i].key->text);
		sl_buf_addc(out, ':');
		if (sl_node_canonical(pairs[i].value, out) < 0)
			return SL_ETOOBIG;
	}
	return SL_OK;
}

static int
write_map(const struct sl_node *node, struct sl_buf *out)
{
	SL_CLEANUP(sl_freep)
	struct pair *pairs = sl_alloc_array(node->count, sizeof(*pairs));

	for (size_t i = 0; i < node->count; i++)
		pairs[i] = (struct pair){ node->items[2 * i],
			node->items[2 * i + 1] };
	if (node->count > 1)
		qsort(pairs, node->count, sizeof(*pairs), compare_pairs);
	sl_buf_addc(out, '{');
	if (write_pairs(pairs, node->count, out) < 0)
		return SL_ETOOBIG;
	return sl_buf_addc(out, '}');
}

int
sl_node_canonical(const struct sl_node *node, struct sl_buf *out)
{
	int rc;

	if (node->kind == SL_NODE_LIST)
		rc = write_list(node, out);
	else if (node->kind == SL_NODE_MAP)
		rc = write_map(node, out);
	else
		rc = write_scalar(node, out);
	return rc == SL_OK && out->over ? SL_ETOOBIG : rc;
}
