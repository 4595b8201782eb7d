/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/json.h"

#include <stdlib.h>

#include "base/text.h"
#include "doc/doc_int.h"

static int
quote_one(struct sl_buf *out, uint32_t c, struct sl_str raw)
{
	switch (c) {
	case '"':
		return sl_buf_adds(out, "\\\"");
	case '\\':
		return sl_buf_adds(out, "\\\\");
	case '\b':
		return sl_buf_adds(out, "\\b");
	case '\f':
		return sl_buf_adds(out, "\\f");
	case '\n':
		return sl_buf_adds(out, "\\n");
	case '\r':
		return sl_buf_adds(out, "\\r");
	case '\t':
		return sl_buf_adds(out, "\\t");
	default:
		if (c < 0x20)
			return sl_buf_addf(out, "\\u%04x", (unsigned)c);
		return sl_buf_addv(out, raw);
	}
}

int
sl_json_quote(struct sl_buf *out, struct sl_str s)
{
	int rc = sl_buf_addc(out, '"');

	while (s.len > 0 && rc == SL_OK) {
		uint32_t c;
		size_t n = sl_utf8_decode(s, &c);

		if (n == 0) {
			rc = sl_buf_adds(out, "\xef\xbf\xbd");
			n = 1;
		} else {
			rc = quote_one(out, c, sl_strn(s.ptr, n));
		}
		s.ptr += n;
		s.len -= n;
	}
	return rc == SL_OK ? sl_buf_addc(out, '"') : rc;
}

void
sl_json_init(struct sl_json *w, struct sl_buf *out, unsigned indent)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
	w->indent = indent;
}

/* Misuse is a mistake in the program: go no further with half a document. */
static void
need(bool held)
{
	if (!held)
		abort();
}

static void
break_line(struct sl_json *w)
{
	static const char blanks[] = "                ";

	if (w->indent == 0)
		return;
	sl_buf_addc(w->out, '\n');
	for (size_t left = (size_t)w->indent * w->depth; left > 0;) {
		size_t n = left < sizeof(blanks) - 1 ? left :
						       sizeof(blanks) - 1;

		sl_buf_add(w->out, blanks, n);
		left -= n;
	}
}

/* level[0] is what stands around the top value. */
static void
before_item(struct sl_json *w)
{
	if (w->level[w->depth].filled)
		sl_buf_addc(w->out, ',');
	w->level[w->depth].filled = true;
	if (w->depth > 0)
		break_line(w);
}

static void
before_value(struct sl_json *w)
{
	if (w->level[w->depth].close == '}') {
		need(w->level[w->depth].keyed);
		w->level[w->depth].keyed = false;
		return;
	}
	need(w->depth > 0 || !w->level[0].filled);
	before_item(w);
}

static void
open_level(struct sl_json *w, char open, char close)
{
	before_value(w);
	need(w->depth + 1 < SL_JSON_MAX_DEPTH);
	sl_buf_addc(w->out, open);
	w->depth++;
	memset(&w->level[w->depth], 0, sizeof(w->level[0]));
	w->level[w->depth].close = close;
}

void
sl_json_object(struct sl_json *w)
{
	open_level(w, '{', '}');
}

void
sl_json_list(struct sl_json *w)
{
	open_level(w, '[', ']');
}

void
sl_json_end(struct sl_json *w)
{
	char close;
	bool filled;

	need(w->depth > 0 && !w->level[w->depth].keyed);
	close = w->level[w->depth].close;
	filled = w->level[w->depth].filled;
	w->depth--;
	if (filled)
		break_line(w);
	sl_buf_addc(w->out, close);
}

void
sl_json_keyv(struct sl_json *w, struct sl_str key)
{
	need(w->level[w->depth].close == '}' && !w->level[w->depth].keyed);
	before_item(w);
	w->level[w->depth].keyed = true;
	sl_json_quote(w->out, key);
	sl_buf_adds(w->out, w->indent > 0 ? ": " : ":");
}

void
sl_json_key(struct sl_json *w, const char *key)
{
	sl_json_keyv(w, sl_str(key));
}

void
sl_json_string(struct sl_json *w, struct sl_str value)
{
	before_value(w);
	sl_json_quote(w->out, value);
}

void
sl_json_cstr(struct sl_json *w, const char *value)
{
	if (value == NULL)
		sl_json_null(w);
	else
		sl_json_string(w, sl_str(value));
}

void
sl_json_int(struct sl_json *w, int64_t value)
{
	before_value(w);
	sl_buf_addf(w->out, "%lld", (long long)value);
}

void
sl_json_bool(struct sl_json *w, bool value)
{
	before_value(w);
	sl_buf_adds(w->out, value ? "true" : "false");
}

void
sl_json_null(struct sl_json *w)
{
	before_value(w);
	sl_buf_adds(w->out, "null");
}

void
sl_json_raw(struct sl_json *w, struct sl_str json)
{
	before_value(w);
	sl_buf_addv(w->out, json);
}

void
sl_json_put(struct sl_json *w, const char *key, const char *value)
{
	sl_json_key(w, key);
	sl_json_cstr(w, value);
}

void
sl_json_putv(struct sl_json *w, const char *key, struct sl_str value)
{
	sl_json_key(w, key);
	sl_json_string(w, value);
}

void
sl_json_put_int(struct sl_json *w, const char *key, int64_t value)
{
	sl_json_key(w, key);
	sl_json_int(w, value);
}

void
sl_json_put_bool(struct sl_json *w, const char *key, bool value)
{
	sl_json_key(w, key);
	sl_json_bool(w, value);
}
