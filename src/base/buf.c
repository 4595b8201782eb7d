/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

int
sl_str_cmp(struct sl_str a, struct sl_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	if (order != 0)
		return order;
	return a.len < b.len ? -1 : a.len > b.len;
}

void
sl_buf_init(struct sl_buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
sl_buf_release(struct sl_buf *b)
{
	size_t max = b->max;

	free(b->ptr);
	sl_buf_init(b, max);
}

void
sl_buf_clear(struct sl_buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->ptr != NULL)
		b->ptr[0] = '\0';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct sl_str
sl_str_trim(struct sl_str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s = sl_strn(s.ptr + 1, s.len - 1);
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
sl_str_take_line(struct sl_str *text, struct sl_str *line)
{
	const char *end;

	if (text->len == 0)
		return false;
	end = memchr(text->ptr, '\n', text->len);
	*line = sl_strn(text->ptr, end ? (size_t)(end - text->ptr) : text->len);
	text->ptr += line->len + (end != NULL);
	text->len -= line->len + (end != NULL);
	return true;
}

/* Room for extra more bytes and the NUL. */
static int
reserve(struct sl_buf *b, size_t extra)
{
	size_t need, room;

	if (extra > b->max || b->len > b->max - extra) {
		b->over = true;
		return SL_ETOOBIG;
	}
	need = b->len + extra + 1;
	if (need <= b->room)
		return SL_OK;
	room = b->room ? b->room : 64;
	while (room < need)
		room *= 2;
	b->ptr = sl_realloc_array(b->ptr, room, 1);
	b->room = room;
	return SL_OK;
}

void
sl_buf_reserve(struct sl_buf *b, size_t len)
{
	if (len > b->max)
		len = b->max;
	if (len > b->len)
		(void)reserve(b, len - b->len);
}

int
sl_buf_add(struct sl_buf *b, const void *data, size_t len)
{
	if (reserve(b, len) < 0)
		return SL_ETOOBIG;
	if (len > 0)
		memcpy(b->ptr + b->len, data, len);
	b->len += len;
	b->ptr[b->len] = '\0';
	return SL_OK;
}

int
sl_buf_adds(struct sl_buf *b, const char *s)
{
	return sl_buf_add(b, s, strlen(s));
}

int
sl_buf_addv(struct sl_buf *b, struct sl_str s)
{
	return sl_buf_add(b, s.ptr, s.len);
}

int
sl_buf_addc(struct sl_buf *b, char c)
{
	return sl_buf_add(b, &c, 1);
}

int
sl_buf_addf(struct sl_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n) < 0) {
		b->over = true;
		return SL_ETOOBIG;
	}
	va_start(ap, fmt);
	vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return SL_OK;
}

void
sl_buf_truncate(struct sl_buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->ptr[len] = '\0';
}

char *
sl_buf_steal(struct sl_buf *b)
{
	char *p = b->ptr ? b->ptr : sl_strdup("");

	b->ptr = NULL;
	b->len = b->room = 0;
	return p;
}
