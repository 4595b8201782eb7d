/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/filled.h"

#include <ctype.h>

#include "base/mem.h"

/* The bytes at the front of s that are one escape, with its braces. */
static size_t
escape_length(struct sl_str s)
{
	const char *end;

	if (s.len < 3 || !strchr("xopPgkNuU", s.ptr[1]) || s.ptr[2] != '{')
		return s.len < 2 ? s.len : 2;
	end = memchr(s.ptr, '}', s.len);
	return end ? (size_t)(end - s.ptr) + 1 : s.len;
}

/* The bytes of a `{name}` at the front of s, or 0. */
static size_t
name_length(struct sl_str s)
{
	size_t i = 1;

	if (s.len < 3 || s.ptr[0] != '{' ||
	    (!isalpha((unsigned char)s.ptr[1]) && s.ptr[1] != '_'))
		return 0;
	while (i < s.len &&
	    (isalnum((unsigned char)s.ptr[i]) || s.ptr[i] == '_'))
		i++;
	return i < s.len && s.ptr[i] == '}' ? i + 1 : 0;
}

/* Cut the next piece off: a name (without braces), or text. */
static bool
next_piece(struct sl_str *rest, struct sl_str *piece, bool *is_name)
{
	size_t i = 0, n = 0;

	if (rest->len == 0)
		return false;
	while (i < rest->len && n == 0) {
		struct sl_str s = sl_strn(rest->ptr + i, rest->len - i);

		n = name_length(s);
		if (n == 0)
			i += *s.ptr == '\\' ? escape_length(s) : 1;
	}
	*is_name = i == 0;
	*piece = *is_name ? sl_strn(rest->ptr + 1, n - 2) :
			    sl_strn(rest->ptr, i);
	i = *is_name ? n : i;
	*rest = sl_strn(rest->ptr + i, rest->len - i);
	return true;
}

static bool
has_group(const struct sl_patterns *groups, struct sl_str name)
{
	for (size_t i = 0; i < groups->count; i++)
		if (sl_rx_group_of(groups->rx[i], name))
			return true;
	return false;
}

int
sl_filled_check(const struct sl_node *node, const struct sl_patterns *patterns,
    const struct sl_patterns *groups, bool *any, struct sl_error *err)
{
	for (size_t i = 0; i < patterns->count; i++) {
		struct sl_str rest = sl_rx_pattern(patterns->rx[i]), piece;
		bool is_name;

		while (next_piece(&rest, &piece, &is_name)) {
			if (!is_name)
				continue;
			if (!has_group(groups, piece))
				return sl_node_error(node, err, SL_ECONFIG,
				    "{%.*s} is no named group of each-dir; "
				    "for a brace write \\{",
				    SL_STR_ARG(piece));
			*any = true;
		}
	}
	return SL_OK;
}

static void
add_literally(struct sl_str value, struct sl_buf *out)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c < 0x80 && !isalnum(c) && c != '_')
			sl_buf_addc(out, '\\');
		sl_buf_addc(out, (char)c);
	}
}

static int
fill(const struct sl_rx *pattern, const struct sl_rx *rx,
    const struct sl_rx_match *match, struct sl_rx **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN);
	struct sl_str rest = sl_rx_pattern(pattern), piece;
	bool is_name;

	while (next_piece(&rest, &piece, &is_name)) {
		size_t group = is_name ? sl_rx_group_of(rx, piece) : 0;

		if (!is_name)
			sl_buf_addv(&text, piece);
		else if (group && match->group[group].ptr)
			add_literally(match->group[group], &text);
	}
	if (text.over)
		return sl_error_set(err, SL_ECONFIG,
		    "a pattern becomes too long with what each-dir captured");
	return sl_rx_compile(sl_buf_str(&text), sl_rx_flags(pattern), NULL,
	    out, err);
}

int
sl_filled_make(const struct sl_patterns *patterns, const struct sl_rx *rx,
    const struct sl_rx_match *match, struct sl_patterns *out,
    struct sl_error *err)
{
	struct sl_patterns p = { sl_alloc_array(patterns->count + 1,
				     sizeof(*p.rx)), 0 };

	for (; p.count < patterns->count; p.count++) {
		int rc = fill(patterns->rx[p.count], rx, match,
		    &p.rx[p.count], err);

		if (rc < 0) {
			sl_patterns_release(&p);
			return rc;
		}
	}
	*out = p;
	return SL_OK;
}
