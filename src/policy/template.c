/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/template.h"

#include "base/text.h"

/* One piece of a template. */
struct piece {
	bool is_name;
	struct sl_str text;
};

/*
 * Take the next piece off the front of rest.
 *
 * @return 1 with a piece, 0 at the end, SL_EINVAL for a lone brace
 */
static int
next_piece(struct sl_str *rest, struct piece *out)
{
	const char *s = rest->ptr;
	size_t n = 0;

	if (rest->len == 0)
		return 0;
	if (*s == '{' || *s == '}') {
		if (rest->len > 1 && s[1] == *s) {
			*out = (struct piece){ false, sl_strn(s, 1) };
			n = 2;
		} else {
			const char *end = memchr(s, '}', rest->len);

			if (*s == '}' || !end || end == s + 1)
				return SL_EINVAL;
			n = (size_t)(end - s) + 1;
			*out = (struct piece){ true, sl_strn(s + 1, n - 2) };
			if (memchr(s + 1, '{', n - 2))
				return SL_EINVAL;
		}
	} else {
		while (n < rest->len && s[n] != '{' && s[n] != '}')
			n++;
		*out = (struct piece){ false, sl_strn(s, n) };
	}
	*rest = sl_strn(s + n, rest->len - n);
	return 1;
}

int
sl_template_check(struct sl_str text,
    bool (*visit)(void *ctx, struct sl_str name), void *ctx,
    struct sl_error *err)
{
	struct sl_str rest = text;
	struct piece piece;
	int rc;

	while ((rc = next_piece(&rest, &piece)) > 0)
		if (piece.is_name && visit && !visit(ctx, piece.text))
			return SL_EINVAL;
	if (rc < 0)
		return sl_error_set(err, SL_EINVAL,
		    "the brace at character %zu begins or ends no {name}; "
		    "write {{ or }} for a brace",
		    text.len - rest.len + 1);
	return SL_OK;
}

void
sl_template_value(struct sl_buf *out, struct sl_str value)
{
	char shown[SL_TEMPLATE_VALUE_MAX];
	SL_CLEANUP(sl_buf_release) struct sl_buf whole =
	    SL_BUF_INIT((size_t)4 * SL_TEMPLATE_VALUE_MAX);
	bool cut = value.len > SL_TEMPLATE_VALUE_MAX;

	/* Cutting first bounds the work; the escape may make it long again. */
	if (cut)
		value.len = SL_TEMPLATE_VALUE_MAX;
	sl_text_escape_into(value.ptr ? value.ptr : "", value.len, shown,
	    sizeof(shown) - 3);
	sl_buf_adds(&whole, shown);
	if (cut)
		sl_buf_adds(&whole, "...");
	sl_buf_addv(out, sl_buf_str(&whole));
}

void
sl_template_fill(struct sl_str text, sl_template_lookup_fn *lookup, void *ctx,
    struct sl_buf *out)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf whole =
	    SL_BUF_INIT((size_t)16 * SL_TEMPLATE_MAX);
	char cut[SL_TEMPLATE_MAX];
	struct sl_str rest = text;
	struct piece piece;

	while (next_piece(&rest, &piece) > 0) {
		struct sl_str value;

		if (!piece.is_name)
			sl_text_escape(&whole, piece.text);
		else if (lookup(ctx, piece.text, &value))
			sl_template_value(&whole, value);
		else
			sl_buf_addf(&whole, "{%.*s}", SL_STR_ARG(piece.text));
	}
	sl_text_cut_into(sl_buf_cstr(&whole), cut, sizeof(cut));
	sl_buf_adds(out, cut);
}
