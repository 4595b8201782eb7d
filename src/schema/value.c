/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value: what a node means as a JSON value, and how it is shown.
 */
#include "schema/schema_int.h"

#include "base/mem.h"
#include "base/text.h"

/* --- types --- */

static bool
is_one_of(struct sl_str text, const char *const *words)
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (sl_str_eqs(text, words[i]))
			return true;
	return false;
}

static const char *const null_words[] = { "", "~", "null", "Null", "NULL",
	NULL };
static const char *const true_words[] = { "true", "True", "TRUE", NULL };
static const char *const false_words[] = { "false", "False", "FALSE", NULL };
static const char *const odd_words[] = { ".nan", ".NaN", ".NAN", ".inf",
	".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
	NULL };

/* A whole number in another base than ten: 0x1f, 0o17. */
static bool
read_other_base(struct sl_str text, uint64_t *out, bool *fits)
{
	bool hex = sl_str_starts(text, "0x");
	unsigned base = hex ? 16 : 8;

	if (text.len < 3 || (!hex && !sl_str_starts(text, "0o")))
		return false;
	*out = 0;
	*fits = true;
	for (size_t i = 2; i < text.len; i++) {
		static const char digits[] = "0123456789abcdef";
		char c = text.ptr[i] >= 'A' && text.ptr[i] <= 'F' ?
		    (char)(text.ptr[i] + 'a' - 'A') :
		    text.ptr[i];
		const char *d = memchr(digits, c, base);

		if (d == NULL)
			return false;
		*fits = *fits && *out <= UINT64_MAX / base - 1;
		*out = *out * base + (uint64_t)(d - digits);
	}
	return true;
}

/* Whether a text that starts as a number is one but for its exponent. */
static bool
is_huge(struct sl_str text)
{
	const char *e = memchr(text.ptr, 'e', text.len);
	struct sl_decimal mantissa;
	size_t at;

	if (e == NULL)
		e = memchr(text.ptr, 'E', text.len);
	if (e == NULL)
		return false;
	at = (size_t)(e - text.ptr) + 1;
	if (sl_decimal_read(sl_strn(text.ptr, at - 1), &mantissa) < 0)
		return false;
	if (at < text.len && (text.ptr[at] == '-' || text.ptr[at] == '+'))
		at++;
	if (at == text.len)
		return false;
	while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9')
		at++;
	return at == text.len;
}

static unsigned
type_of_number(const struct sl_decimal *number)
{
	return SL_TYPE_NUMBER |
	    (sl_decimal_is_integer(number) ? SL_TYPE_INTEGER : 0);
}

/* @source YAML 1.2.2, section 10.3.2, "Core Schema", Tag Resolution */
static unsigned
type_of_plain(struct sl_str text, struct sl_decimal *number)
{
	uint64_t value;
	bool fits;

	if (is_one_of(text, null_words))
		return SL_TYPE_NULL;
	if (is_one_of(text, true_words) || is_one_of(text, false_words))
		return SL_TYPE_BOOLEAN;
	if (is_one_of(text, odd_words))
		return 0;
	if (sl_decimal_read(text, number) == SL_OK)
		return type_of_number(number);
	if (read_other_base(text, &value, &fits)) {
		sl_decimal_set(value, number);
		return fits ? type_of_number(number) : 0;
	}
	return is_huge(text) ? 0 : SL_TYPE_STRING;
}

unsigned
sl_value_type(const struct sl_node *node, struct sl_decimal *number)
{
	struct sl_str text = sl_node_text(node);

	if (sl_node_kind(node) == SL_NODE_LIST)
		return SL_TYPE_ARRAY;
	if (sl_node_kind(node) == SL_NODE_MAP)
		return SL_TYPE_OBJECT;
	switch (sl_node_style(node)) {
	case SL_STYLE_NUMBER:
		return sl_decimal_read(text, number) == SL_OK ?
		    type_of_number(number) :
		    0;
	case SL_STYLE_WORD:
		return sl_str_eqs(text, "null") ? SL_TYPE_NULL :
						  SL_TYPE_BOOLEAN;
	case SL_STYLE_PLAIN:
		return type_of_plain(text, number);
	default:
		return SL_TYPE_STRING;
	}
}

bool
sl_value_is_true(const struct sl_node *node)
{
	return is_one_of(sl_node_text(node), true_words);
}

const struct sl_node *
sl_value_member(const struct sl_node *map, struct sl_str key)
{
	for (size_t i = 0; i < sl_node_count(map); i++)
		if (sl_str_eq(sl_node_text(sl_node_key(map, i)), key))
			return sl_node_at(map, i);
	return NULL;
}

/* --- spots --- */

void
sl_spot_root(struct sl_spot *spot, const struct sl_node *node)
{
	*spot = (struct sl_spot){ .node = node };
	spot->type = sl_value_type(node, &spot->number);
}

void
sl_spot_child(struct sl_spot *spot, const struct sl_spot *parent, size_t index)
{
	sl_spot_root(spot, sl_node_at(parent->node, index));
	spot->parent = parent;
	spot->index = index;
	if (parent->type == SL_TYPE_OBJECT)
		spot->key = sl_node_key(parent->node, index);
}

void
sl_spot_key(struct sl_spot *spot, const struct sl_spot *parent, size_t index)
{
	*spot = (struct sl_spot){ .node = sl_node_key(parent->node, index),
		.parent = parent, .index = index, .type = SL_TYPE_STRING };
	spot->key = spot->node;
}

/* --- one form for equal values --- */

/* Strings, and members' names, by their length: no escapes are needed. */
static void
write_string(struct sl_str s, struct sl_buf *out)
{
	sl_buf_addf(out, "\"%zu:", s.len);
	sl_buf_addv(out, s);
}

struct member {
	struct sl_str key;
	size_t index;
};

static int
by_key(const void *a, const void *b)
{
	return sl_str_cmp(((const struct member *)a)->key,
	    ((const struct member *)b)->key);
}

static int
write_object(const struct sl_spot *spot, struct sl_buf *out)
{
	size_t count = sl_node_count(spot->node);
	SL_CLEANUP(sl_freep) struct member *members =
	    sl_alloc_array(count + 1, sizeof(*members));
	int rc = sl_buf_addc(out, '{');

	for (size_t i = 0; i < count; i++)
		members[i] = (struct member){
			sl_node_text(sl_node_key(spot->node, i)), i };
	qsort(members, count, sizeof(*members), by_key);
	for (size_t i = 0; i < count && rc == SL_OK; i++) {
		struct sl_spot child;

		write_string(members[i].key, out);
		sl_spot_child(&child, spot, members[i].index);
		rc = sl_spot_form(&child, out);
	}
	return rc == SL_OK ? sl_buf_addc(out, '}') : rc;
}

static int
write_array(const struct sl_spot *spot, struct sl_buf *out)
{
	int rc = sl_buf_addc(out, '[');

	for (size_t i = 0; i < sl_node_count(spot->node) && rc == SL_OK; i++) {
		struct sl_spot child;

		sl_spot_child(&child, spot, i);
		rc = sl_spot_form(&child, out);
		sl_buf_addc(out, ',');
	}
	return rc == SL_OK ? sl_buf_addc(out, ']') : rc;
}

int
sl_spot_form(const struct sl_spot *spot, struct sl_buf *out)
{
	struct sl_str text = sl_node_text(spot->node);

	if (spot->type == SL_TYPE_OBJECT)
		return write_object(spot, out);
	if (spot->type == SL_TYPE_ARRAY)
		return write_array(spot, out);
	if (spot->type == SL_TYPE_STRING)
		write_string(text, out);
	else if (spot->type & SL_TYPE_NUMBER)
		sl_decimal_write(&spot->number, out);
	else if (spot->type == SL_TYPE_BOOLEAN)
		sl_buf_addc(out, sl_value_is_true(spot->node) ? 't' : 'f');
	else if (spot->type == SL_TYPE_NULL)
		sl_buf_addc(out, 'n');
	else
		sl_buf_addv(out, text);
	return out->over ? SL_ETOOBIG : SL_OK;
}

/* --- showing --- */

static const char *
type_in_words(unsigned type)
{
	if (type & SL_TYPE_NUMBER)
		return "a number";
	switch (type) {
	case SL_TYPE_NULL:
		return "null";
	case SL_TYPE_BOOLEAN:
		return "true or false";
	case SL_TYPE_STRING:
		return "a string";
	default:
		return "a value that JSON does not have";
	}
}

void
sl_spot_describe(const struct sl_spot *spot, bool hide, struct sl_buf *out)
{
	size_t count = sl_node_count(spot->node);

	if (spot->type == SL_TYPE_ARRAY)
		sl_buf_addf(out, "a list of %zu", count);
	else if (spot->type == SL_TYPE_OBJECT)
		sl_buf_addf(out, "a map with %zu key%s", count,
		    count == 1 ? "" : "s");
	else if (hide)
		sl_buf_adds(out, type_in_words(spot->type));
	else if (spot->type == SL_TYPE_STRING)
		sl_text_quote(out, sl_node_text(spot->node));
	else if (spot->type == SL_TYPE_NULL)
		sl_buf_adds(out, "null");
	else
		sl_buf_addf(out, "%.*s", 60,
		    sl_node_text(spot->node).ptr);
}

/* A step of a JSON Pointer. @source RFC 6901, section 3 */
static void
add_step(struct sl_str key, struct sl_buf *out)
{
	sl_buf_addc(out, '/');
	for (size_t i = 0; i < key.len; i++) {
		if (key.ptr[i] == '~')
			sl_buf_adds(out, "~0");
		else if (key.ptr[i] == '/')
			sl_buf_adds(out, "~1");
		else
			sl_buf_addc(out, key.ptr[i]);
	}
}

void
sl_spot_path(const struct sl_spot *spot, struct sl_buf *out)
{
	if (spot->parent == NULL)
		return;
	sl_spot_path(spot->parent, out);
	if (spot->key != NULL)
		add_step(sl_node_text(spot->key), out);
	else
		sl_buf_addf(out, "/%zu", spot->index);
}
