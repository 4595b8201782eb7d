/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uri: references to URIs. @source RFC 3986, sections 3 and 5.2
 */
#include "schema/schema_int.h"

#include "base/text.h"

/* A URI in parts; a part without ptr is not there. */
struct parts {
	struct sl_str scheme;    /* without ':' */
	struct sl_str authority; /* without "//" */
	struct sl_str path;
	struct sl_str query;     /* without '?' */
	struct sl_str fragment;  /* without '#' */
};

static bool
is_scheme_char(char c, bool first)
{
	bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

	return letter ||
	    (!first && ((c >= '0' && c <= '9') || c == '+' || c == '-' ||
			   c == '.'));
}

/* Cut what follows the first mark off, mark and all. */
static struct sl_str
cut(struct sl_str *s, char mark)
{
	const char *at = s->len ? memchr(s->ptr, mark, s->len) : NULL;
	struct sl_str rest = { NULL, 0 };

	if (at == NULL)
		return rest;
	rest = sl_strn(at + 1, (size_t)(s->ptr + s->len - at - 1));
	s->len = (size_t)(at - s->ptr);
	return rest;
}

static void
take_apart(struct sl_str s, struct parts *p)
{
	size_t i = 0, end;

	memset(p, 0, sizeof(*p));
	p->fragment = cut(&s, '#');
	p->query = cut(&s, '?');
	while (i < s.len && is_scheme_char(s.ptr[i], i == 0))
		i++;
	if (i > 0 && i < s.len && s.ptr[i] == ':') {
		p->scheme = sl_strn(s.ptr, i);
		s = sl_strn(s.ptr + i + 1, s.len - i - 1);
	}
	if (sl_str_starts(s, "//")) {
		for (end = 2; end < s.len && s.ptr[end] != '/';)
			end++;
		p->authority = sl_strn(s.ptr + 2, end - 2);
		s = sl_strn(s.ptr + end, s.len - end);
	}
	p->path = s;
}

/* Drop the last segment of what was written since start, and its '/'. */
static void
drop_segment(struct sl_buf *out, size_t start)
{
	while (out->len > start && out->ptr[out->len - 1] != '/')
		sl_buf_truncate(out, out->len - 1);
	if (out->len > start)
		sl_buf_truncate(out, out->len - 1);
}

/* Append a path without "." and "..": section 5.2.4, segment by segment. */
static void
add_path(struct sl_str path, struct sl_buf *out)
{
	size_t start = out->len, i = 0;

	while (i < path.len) {
		size_t from = i + (path.ptr[i] == '/'), to = from;
		struct sl_str segment;

		while (to < path.len && path.ptr[to] != '/')
			to++;
		segment = sl_strn(path.ptr + from, to - from);
		if (sl_str_eqs(segment, "."))
			;
		else if (sl_str_eqs(segment, ".."))
			drop_segment(out, start);
		else
			sl_buf_add(out, path.ptr + i, to - i);
		/* A dot segment at the end leaves its slash. */
		if (to == path.len &&
		    (sl_str_eqs(segment, ".") || sl_str_eqs(segment, "..")))
			sl_buf_addc(out, '/');
		i = to;
	}
}

/* The base's path up to its last '/', then the reference's. */
static void
merge(const struct parts *base, struct sl_str path, struct sl_buf *out)
{
	struct sl_str b = base->path;

	while (b.len > 0 && b.ptr[b.len - 1] != '/')
		b.len--;
	if (b.len == 0 && base->authority.ptr != NULL)
		sl_buf_addc(out, '/');
	sl_buf_addv(out, b);
	sl_buf_addv(out, path);
}

static void
add_part(struct sl_buf *out, const char *before, struct sl_str part,
    const char *after)
{
	if (part.ptr == NULL)
		return;
	sl_buf_adds(out, before);
	sl_buf_addv(out, part);
	sl_buf_adds(out, after);
}

void
sl_uri_resolve(struct sl_str base, struct sl_str ref, struct sl_buf *out,
    struct sl_str *fragment)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf path = SL_BUF_INIT(out->max);
	struct parts b, r, t;

	take_apart(base, &b);
	take_apart(ref, &r);
	*fragment = r.fragment;
	t = r;
	if (r.scheme.ptr == NULL) {
		t.scheme = b.scheme;
		if (r.authority.ptr == NULL)
			t.authority = b.authority;
	}
	if (r.scheme.ptr != NULL || r.authority.ptr != NULL ||
	    sl_str_starts(r.path, "/")) {
		sl_buf_addv(&path, r.path);
	} else if (r.path.len == 0) {
		sl_buf_addv(&path, b.path);
		if (r.query.ptr == NULL)
			t.query = b.query;
	} else {
		merge(&b, r.path, &path);
	}
	add_part(out, "", t.scheme, ":");
	add_part(out, "//", t.authority, "");
	add_path(sl_buf_str(&path), out);
	add_part(out, "?", t.query, "");
}

void
sl_uri_decode(struct sl_str s, struct sl_buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t byte;

		if (s.ptr[i] == '%' && s.len - i > 2 &&
		    sl_hex_decode(sl_strn(s.ptr + i + 1, 2), &byte) == SL_OK) {
			sl_buf_addc(out, (char)byte);
			i += 2;
		} else {
			sl_buf_addc(out, s.ptr[i]);
		}
	}
}
