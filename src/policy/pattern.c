/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pattern.h"

#include "base/mem.h"

/* A list longer than this is a mistake, or an attack on the load time. */
#define MAX_PATTERNS 500

int
sl_pattern_read(const struct sl_node *node, const char *what, unsigned flags,
    struct sl_rx **out, struct sl_error *err)
{
	struct sl_mark mark = sl_node_mark(node);
	struct sl_rx_place place = { mark.file, mark.line, mark.col };
	struct sl_str text;
	int rc = sl_node_read_regex(node, what, &text, err);

	if (rc < 0)
		return rc;
	return sl_rx_compile(text, flags, &place, out, err);
}

int
sl_patterns_read(const struct sl_node *node, const char *what, unsigned flags,
    struct sl_patterns *out, struct sl_error *err)
{
	bool list = node && sl_node_kind(node) == SL_NODE_LIST;
	size_t count = !node ? 0 : list ? sl_node_count(node) : 1;
	struct sl_patterns p = { NULL, 0 };

	if (count > MAX_PATTERNS)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s has more than %d patterns", what, MAX_PATTERNS);
	if (node && count == 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s is an empty list", what);
	p.rx = sl_alloc_array(count + 1, sizeof(*p.rx));
	for (; p.count < count; p.count++) {
		const struct sl_node *one =
		    list ? sl_node_at(node, p.count) : node;
		int rc = sl_pattern_read(one, what, flags, &p.rx[p.count],
		    err);

		if (rc < 0) {
			sl_patterns_release(&p);
			return rc;
		}
	}
	*out = p;
	return SL_OK;
}

void
sl_patterns_release(struct sl_patterns *p)
{
	for (size_t i = 0; i < p->count; i++)
		sl_rx_free(p->rx[i]);
	free(p->rx);
	p->rx = NULL;
	p->count = 0;
}

int
sl_patterns_match(const struct sl_patterns *p, struct sl_rx_scratch *scratch,
    struct sl_str subject, struct sl_rx **rx, struct sl_rx_match *match,
    struct sl_error *err)
{
	for (size_t i = 0; i < p->count; i++) {
		int rc = sl_rx_match(p->rx[i], scratch, subject, 0, match, err);

		if (rc == SL_RX_NO)
			continue;
		if (rc == SL_RX_YES && rx)
			*rx = p->rx[i];
		return rc;
	}
	return SL_RX_NO;
}

/* The length of an item that stands for "some characters of a name", or 0. */
static size_t
wildcard(struct sl_str s)
{
	static const char *const items[] = { ".+", ".*", "\\w+", "\\w*",
		"\\d+", "[^/]+", "[^/]*", "[^/]+?", NULL };
	size_t best = 0;

	for (size_t i = 0; items[i]; i++)
		if (sl_str_starts(s, items[i]) && strlen(items[i]) > best)
			best = strlen(items[i]);
	return best;
}

void
sl_pattern_show(const struct sl_rx *rx, struct sl_buf *out)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf name =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN);
	struct sl_str p = sl_rx_pattern(rx);

	for (size_t i = 0; i < p.len; i++) {
		struct sl_str rest = sl_strn(p.ptr + i, p.len - i);
		size_t wild = wildcard(rest);

		if (wild) {
			sl_buf_addc(&name, '*');
			i += wild - 1;
		} else if (rest.len > 1 && rest.ptr[0] == '\\' &&
		    strchr(".-/", rest.ptr[1])) {
			sl_buf_addc(&name, rest.ptr[1]);
			i++;
		} else if (strchr("\\^$.[|()?*+{", rest.ptr[0])) {
			sl_buf_addv(out, p);
			return;
		} else {
			sl_buf_addc(&name, rest.ptr[0]);
		}
	}
	sl_buf_addv(out, sl_buf_str(&name));
}

void
sl_patterns_show(const struct sl_patterns *p, struct sl_buf *out)
{
	for (size_t i = 0; i < p->count; i++) {
		if (i == 4) {
			sl_buf_addf(out, " or %zu more", p->count - i);
			return;
		}
		if (i)
			sl_buf_adds(out, " or ");
		sl_pattern_show(p->rx[i], out);
	}
}
