/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdio.h>

#include "base/mem.h"

size_t
sl_utf8_decode(struct sl_str s, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)s.ptr;
	uint32_t value;
	size_t n;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80) {
		*code = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		n = 2;
		value = p[0] & 0x1f;
	} else if ((p[0] & 0xf0) == 0xe0) {
		n = 3;
		value = p[0] & 0x0f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		n = 4;
		value = p[0] & 0x07;
	} else {
		return 0;
	}
	if (s.len < n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (p[i] & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return n;
}

int
sl_utf8_encode(struct sl_buf *out, uint32_t c)
{
	char b[4];

	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		c = 0xfffd;
	if (c < 0x80) {
		b[0] = (char)c;
		return sl_buf_add(out, b, 1);
	}
	if (c < 0x800) {
		b[0] = (char)(0xc0 | c >> 6);
		b[1] = (char)(0x80 | (c & 0x3f));
		return sl_buf_add(out, b, 2);
	}
	if (c < 0x10000) {
		b[0] = (char)(0xe0 | c >> 12);
		b[1] = (char)(0x80 | (c >> 6 & 0x3f));
		b[2] = (char)(0x80 | (c & 0x3f));
		return sl_buf_add(out, b, 3);
	}
	b[0] = (char)(0xf0 | c >> 18);
	b[1] = (char)(0x80 | (c >> 12 & 0x3f));
	b[2] = (char)(0x80 | (c >> 6 & 0x3f));
	b[3] = (char)(0x80 | (c & 0x3f));
	return sl_buf_add(out, b, 4);
}

bool
sl_utf8_valid(struct sl_str s)
{
	while (s.len > 0) {
		uint32_t c;
		size_t n = sl_utf8_decode(s, &c);

		if (n == 0)
			return false;
		s.ptr += n;
		s.len -= n;
	}
	return true;
}

static bool
is_dangerous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	    c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xe0000 && c <= 0xe007f);
}

/*
 * The shown form of the next character of s, in out (at most 16 bytes);
 * returns how many bytes of s it stands for.
 */
static size_t
escape_next(struct sl_str s, char out[16], size_t *out_len)
{
	uint32_t c;
	size_t n = sl_utf8_decode(s, &c);

	if (n == 0) {
		*out_len = (size_t)snprintf(out, 16, "\\x%02x",
		    (unsigned)(uint8_t)s.ptr[0]);
		return 1;
	}
	if (!is_dangerous(c)) {
		memcpy(out, s.ptr, n);
		*out_len = n;
	} else if (c == '\n' || c == '\t' || c == '\r') {
		out[0] = '\\';
		out[1] = c == '\n' ? 'n' : c == '\t' ? 't' : 'r';
		*out_len = 2;
	} else if (c < 0x80) {
		*out_len = (size_t)snprintf(out, 16, "\\x%02x", (unsigned)c);
	} else {
		*out_len = (size_t)snprintf(out, 16, "\\u{%x}", (unsigned)c);
	}
	return n;
}

int
sl_text_escape(struct sl_buf *out, struct sl_str s)
{
	size_t before = out->len;
	char shown[16];
	size_t n;

	while (s.len > 0) {
		size_t used = escape_next(s, shown, &n);

		if (sl_buf_add(out, shown, n) < 0) {
			sl_buf_truncate(out, before);
			return SL_ETOOBIG;
		}
		s.ptr += used;
		s.len -= used;
	}
	return SL_OK;
}

void
sl_text_escape_into(const char *s, size_t len, char *out, size_t size)
{
	struct sl_str rest = { s, len };
	char shown[16];
	size_t at = 0, n;

	while (rest.len > 0) {
		size_t used = escape_next(rest, shown, &n);

		if (at + n + 1 > size)
			break;
		memcpy(out + at, shown, n);
		at += n;
		rest.ptr += used;
		rest.len -= used;
	}
	out[at] = '\0';
}

void
sl_text_cut_into(const char *s, char *out, size_t size)
{
	size_t n = strlen(s);

	if (size == 0)
		return;
	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((uint8_t)s[n] & 0xc0) == 0x80)
			n--;
	}
	memmove(out, s, n);
	out[n] = '\0';
}

int
sl_text_escape_html(struct sl_buf *out, struct sl_str s)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf plain = SL_BUF_INIT(s.len * 10 + 1);

	sl_text_escape(&plain, s);
	for (size_t i = 0; i < plain.len; i++) {
		int rc;

		switch (plain.ptr[i]) {
		case '&':
			rc = sl_buf_adds(out, "&amp;");
			break;
		case '<':
			rc = sl_buf_adds(out, "&lt;");
			break;
		case '>':
			rc = sl_buf_adds(out, "&gt;");
			break;
		case '"':
			rc = sl_buf_adds(out, "&quot;");
			break;
		case '\'':
			rc = sl_buf_adds(out, "&#39;");
			break;
		default:
			rc = sl_buf_addc(out, plain.ptr[i]);
		}
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

bool
sl_utf16_has_mark(struct sl_str bytes)
{
	return sl_str_starts(bytes, "\xff\xfe") ||
	    sl_str_starts(bytes, "\xfe\xff");
}

enum sl_utf16
sl_utf16_detect(struct sl_str bytes)
{
	size_t look = (bytes.len < 1000 ? bytes.len : 1000) & ~(size_t)1;
	size_t zeros[2] = { 0, 0 };

	if (sl_utf16_has_mark(bytes))
		return bytes.ptr[0] == '\xff' ? SL_UTF16_LITTLE : SL_UTF16_BIG;
	for (size_t i = 0; i < look; i++)
		zeros[i & 1] += bytes.ptr[i] == '\0';
	if (look < 4)
		return SL_UTF16_NONE;
	if (zeros[1] > look / 4 && zeros[0] <= look / 32)
		return SL_UTF16_LITTLE;
	if (zeros[0] > look / 4 && zeros[1] <= look / 32)
		return SL_UTF16_BIG;
	return SL_UTF16_NONE;
}

static uint32_t
unit_at(const char *p, enum sl_utf16 order)
{
	uint8_t a = (uint8_t)p[0], b = (uint8_t)p[1];

	return order == SL_UTF16_LITTLE ? (uint32_t)b << 8 | a :
					  (uint32_t)a << 8 | b;
}

int
sl_utf16_decode(struct sl_str bytes, enum sl_utf16 order, struct sl_buf *out)
{
	size_t i = sl_utf16_has_mark(bytes) ? 2 : 0;

	for (; i + 1 < bytes.len; i += 2) {
		uint32_t code = unit_at(bytes.ptr + i, order);
		uint32_t low = 0;

		if (code >= 0xd800 && code <= 0xdbff && i + 3 < bytes.len)
			low = unit_at(bytes.ptr + i + 2, order);
		if (low >= 0xdc00 && low <= 0xdfff) {
			code = 0x10000 + ((code - 0xd800) << 10) +
			    (low - 0xdc00);
			i += 2;
		}
		if (sl_utf8_encode(out, code) < 0)
			return SL_ETOOBIG;
	}
	return SL_OK;
}

int
sl_hex_encode(struct sl_buf *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		char pair[2] = { digits[p[i] >> 4], digits[p[i] & 15] };

		if (sl_buf_add(out, pair, 2) < 0)
			return SL_ETOOBIG;
	}
	return SL_OK;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
sl_hex_decode(struct sl_str hex, uint8_t *out)
{
	if (hex.len % 2 != 0)
		return SL_EINVAL;
	for (size_t i = 0; i < hex.len; i += 2) {
		int high = hex_value(hex.ptr[i]);
		int low = hex_value(hex.ptr[i + 1]);

		if (high < 0 || low < 0)
			return SL_EINVAL;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return SL_OK;
}

int
sl_base64_encode(struct sl_buf *out, const void *data, size_t len)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t v = (uint32_t)p[i] << 16;
		char quad[4];

		if (left > 1)
			v |= (uint32_t)p[i + 1] << 8;
		if (left > 2)
			v |= p[i + 2];
		quad[0] = set[v >> 18];
		quad[1] = set[v >> 12 & 63];
		quad[2] = left > 1 ? set[v >> 6 & 63] : '=';
		quad[3] = left > 2 ? set[v & 63] : '=';
		if (sl_buf_add(out, quad, 4) < 0)
			return SL_ETOOBIG;
	}
	return SL_OK;
}

int
sl_uri_encode(struct sl_buf *out, struct sl_str s, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = (uint8_t)s.ptr[i];
		char triple[3] = { '%', digits[c >> 4], digits[c & 15] };
		bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '.' ||
		    c == '_' || c == '~' || (c == '/' && keep_slash);

		if (plain ? sl_buf_addc(out, (char)c) < 0 :
			    sl_buf_add(out, triple, 3) < 0)
			return SL_ETOOBIG;
	}
	return SL_OK;
}

/* Words longer than this are not worth a suggestion. */
#define NEAREST_MAX 63

static size_t
edit_distance(struct sl_str a, struct sl_str b)
{
	size_t row[3][NEAREST_MAX + 1];
	size_t *before = row[0], *last = row[1], *now = row[2];

	for (size_t j = 0; j <= b.len; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *spare = before;

		now[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool same = a.ptr[i - 1] == b.ptr[j - 1];
			size_t best = last[j - 1] + !same;

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			    a.ptr[i - 2] == b.ptr[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		before = last;
		last = now;
		now = spare;
	}
	return last[b.len];
}

const char *
sl_text_nearest(struct sl_str s, const char *const *words)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	if (s.len == 0 || s.len > NEAREST_MAX)
		return NULL;
	for (; *words != NULL; words++) {
		struct sl_str word = sl_str(*words);
		size_t distance;

		if (word.len > NEAREST_MAX)
			continue;
		distance = edit_distance(s, word);
		if (distance < best_distance && distance * 3 <= word.len + 1) {
			best = *words;
			best_distance = distance;
		}
	}
	return best;
}

/* Git's own test of what is binary looks so far. */
#define BINARY_LOOK 8000

bool
sl_text_is_binary(struct sl_str bytes)
{
	size_t look = bytes.len < BINARY_LOOK ? bytes.len : BINARY_LOOK;

	return look && memchr(bytes.ptr, '\0', look);
}

int
sl_text_quote(struct sl_buf *out, struct sl_str s)
{
	bool cut = s.len > 80;
	int rc;

	if (cut) {
		s.len = 77;
		while (s.len > 70 && ((uint8_t)s.ptr[s.len] & 0xc0) == 0x80)
			s.len--;
	}
	rc = sl_buf_addc(out, '"');
	if (rc == 0)
		rc = sl_text_escape(out, s);
	if (rc == 0)
		rc = sl_buf_adds(out, cut ? "...\"" : "\"");
	return rc;
}

/* What no shell reads anything into, wherever it stands in a word. */
static bool
is_plain_word(struct sl_str s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,";

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr(plain, s.ptr[i]) == NULL)
			return false;
	return s.len > 0;
}

int
sl_text_shell(struct sl_buf *out, struct sl_str s)
{
	if (is_plain_word(s))
		return sl_buf_addv(out, s);
	sl_buf_addc(out, '\'');
	for (size_t i = 0; i < s.len; i++) {
		/* A quote ends the quotes, is itself quoted, and opens them. */
		if (s.ptr[i] == '\'')
			sl_buf_adds(out, "'\\''");
		else
			sl_buf_addc(out, s.ptr[i]);
	}
	return sl_buf_addc(out, '\'');
}

char *
sl_text_shell_word(struct sl_str s)
{
	/* At worst a quote for each byte, and the two around it. */
	struct sl_buf out = SL_BUF_INIT(s.len * 4 + 3);

	sl_text_shell(&out, s);
	return sl_buf_steal(&out);
}
