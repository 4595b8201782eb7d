/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/pattern.h"

#include <ctype.h>

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

/* How many there are, in lists and lists in these. */
static size_t
count_patterns(const struct sl_node *node)
{
	size_t count = 0;

	if (sl_node_kind(node) != SL_NODE_LIST)
		return 1;
	for (size_t i = 0; i < sl_node_count(node); i++)
		count += count_patterns(sl_node_at(node, i));
	return count;
}

/* One more pattern, compiled or known. */
static int
add_pattern(const struct sl_node *node, const char *what, unsigned flags,
    struct sl_map *known, struct sl_patterns *p, struct sl_error *err)
{
	struct {
		const struct sl_node *node;
		size_t flags;
	} key = { node, flags };
	struct sl_str name = sl_strn((const char *)&key, sizeof(key));
	struct sl_rx *rx = known ? sl_map_get(known, name) : NULL;
	int rc;

	if (rx) {
		p->rx[p->count++] = sl_rx_ref(rx);
		return SL_OK;
	}
	rc = sl_pattern_read(node, what, flags, &p->rx[p->count], err);
	if (rc < 0)
		return rc;
	if (known)
		(void)sl_map_put(known, name, sl_rx_ref(p->rx[p->count]));
	p->count++;
	return SL_OK;
}

/* A list, and lists in it. */
static int
add_list(const struct sl_node *node, const char *what, unsigned flags,
    struct sl_map *known, struct sl_patterns *p, struct sl_error *err)
{
	int rc = SL_OK;

	if (sl_node_count(node) == 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s is an empty list", what);
	for (size_t i = 0; i < sl_node_count(node) && rc == SL_OK; i++) {
		const struct sl_node *one = sl_node_at(node, i);

		/* Lists nest as deep as documents do. */
		rc = sl_node_kind(one) == SL_NODE_LIST ?
		    add_list(one, what, flags, known, p, err) :
		    add_pattern(one, what, flags, known, p, err);
	}
	return rc;
}

int
sl_patterns_read(const struct sl_node *node, const char *what, unsigned flags,
    struct sl_map *known, struct sl_patterns *out, struct sl_error *err)
{
	SL_CLEANUP(sl_patterns_release) struct sl_patterns p = { NULL, 0 };
	int rc = SL_OK;

	if (!node)
		return SL_OK;
	if (count_patterns(node) > MAX_PATTERNS)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s has more than %d patterns", what, MAX_PATTERNS);
	p.rx = sl_alloc_array(count_patterns(node), sizeof(*p.rx));
	rc = sl_node_kind(node) == SL_NODE_LIST ?
	    add_list(node, what, flags, known, &p, err) :
	    add_pattern(node, what, flags, known, &p, err);
	if (rc < 0)
		return rc;
	*out = p;
	p = (struct sl_patterns){ NULL, 0 };
	return SL_OK;
}

void
sl_patterns_forget(struct sl_map *known)
{
	for (size_t i = 0; i < known->count; i++)
		sl_rx_free(known->entries[i].value);
	sl_map_release(known);
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

bool
sl_patterns_could_go_on(const struct sl_patterns *p,
    struct sl_rx_scratch *scratch, struct sl_str text)
{
	for (size_t i = 0; i < p->count; i++)
		if (sl_rx_could_go_on(p->rx[i], scratch, text, NULL) !=
		    SL_RX_NO)
			return true;
	return false;
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
		    ispunct((unsigned char)rest.ptr[1])) {
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
