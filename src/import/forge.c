/* SPDX-License-Identifier: Apache-2.0 */
#include "import/import_int.h"

/* Whether sluice takes it, by asking what will read it. */
static bool
compiles(struct sl_str pattern, struct sl_error *err)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;

	return sl_rx_compile(pattern, SL_RX_SEARCH, NULL, &rx, err) == SL_OK;
}

bool
sl_import_pattern(struct sl_importer *im, struct sl_str rule,
    const struct sl_node *node, const struct sl_re2 *how, const char *before,
    const char *after, struct sl_buf *out)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
	struct sl_error why = SL_ERROR_INIT;

	sl_buf_adds(&text, before);
	if (sl_node_kind(node) != SL_NODE_SCALAR ||
	    sl_node_style(node) != SL_STYLE_STRING)
		(void)sl_error_set(&why, SL_EINVAL, "it is no text");
	else if (sl_re2_convert(sl_node_text(node), how, &text, &why) == SL_OK)
		sl_buf_adds(&text, after);
	if (why.code == 0 && compiles(sl_buf_str(&text), &why)) {
		sl_buf_addv(out, sl_buf_str(&text));
		return true;
	}
	sl_import_note(im, node, rule, "a pattern is left out: %s", why.text);
	return false;
}

/* One character class of a glob, at its bracket. @return its end, or 0 */
static size_t
glob_class(struct sl_str glob, size_t i, struct sl_buf *out)
{
	size_t end = i + 1;

	if (end < glob.len && strchr("!^", glob.ptr[end]))
		end++;
	for (end++; end < glob.len && glob.ptr[end] != ']';)
		end++;
	if (end >= glob.len)
		return 0;
	sl_buf_adds(out, "(?!/)[");
	for (i++; i < end; i++) {
		if (glob.ptr[i] == '!' && out->ptr[out->len - 1] == '[')
			sl_buf_addc(out, '^');
		else if (strchr("\\[", glob.ptr[i]))
			sl_buf_addf(out, "\\%c", glob.ptr[i]);
		else
			sl_buf_addc(out, glob.ptr[i]);
	}
	sl_buf_addc(out, ']');
	return end;
}

void
sl_import_glob(struct sl_str glob, struct sl_buf *out)
{
	for (size_t i = 0; i < glob.len; i++) {
		struct sl_str rest = { glob.ptr + i, glob.len - i };
		size_t end;

		if (sl_str_starts(rest, "**/")) {
			sl_buf_adds(out, "(?:.*/)?");
			i += 2;
		} else if (sl_str_starts(rest, "**")) {
			sl_buf_adds(out, ".*");
			i++;
		} else if (rest.ptr[0] == '*') {
			sl_buf_adds(out, "[^/]*");
		} else if (rest.ptr[0] == '?') {
			sl_buf_adds(out, "[^/]");
		} else if (rest.ptr[0] == '\\' && rest.len > 1) {
			sl_re2_literal(sl_strn(rest.ptr + 1, 1), out);
			i++;
		} else if (rest.ptr[0] == '[' &&
		    (end = glob_class(glob, i, out)) != 0) {
			i = end;
		} else {
			sl_re2_literal(sl_strn(rest.ptr, 1), out);
		}
	}
}
