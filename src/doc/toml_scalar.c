/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "doc/toml_int.h"

int
sl_toml_refuse(const struct sl_toml *t, struct sl_error *err, const char *why)
{
	return sl_error_at(err, SL_EINVAL, t->name, t->line, sl_toml_col(t),
	    "%s", why);
}

bool
sl_toml_newline(struct sl_toml *t)
{
	if (sl_toml_at(t, "\r\n"))
		t->at++;
	if (sl_toml_peek(t) != '\n')
		return false;
	t->at++;
	t->line++;
	t->line_start = t->at;
	return true;
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* --- strings --- */

/* After \u or \U. */
static int
read_code(struct sl_toml *t, size_t digits, struct sl_error *err)
{
	uint8_t bytes[4] = { 0 };
	uint32_t code = 0;

	if (t->text.len - t->at < digits ||
	    sl_hex_decode(sl_strn(t->text.ptr + t->at, digits), bytes) < 0)
		return sl_toml_refuse(t, err, digits == 4 ?
		    "\\u needs four hexadecimal digits after it" :
		    "\\U needs eight hexadecimal digits after it");
	for (size_t i = 0; i < digits / 2; i++)
		code = code << 8 | bytes[i];
	if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return sl_toml_refuse(t, err, "no character has this number");
	sl_utf8_encode(&t->word, code);
	t->at += digits;
	return SL_OK;
}

/* A backslash at the end of a line: all blanks up to the next text go. */
static bool
skip_folded(struct sl_toml *t)
{
	size_t i = t->at;

	while (i < t->text.len && strchr(" \t", t->text.ptr[i]))
		i++;
	if (i >= t->text.len ||
	    !sl_str_starts(sl_strn(t->text.ptr + i, t->text.len - i),
		t->text.ptr[i] == '\r' ? "\r\n" : "\n"))
		return false;
	t->at = i;
	for (;;) {
		int c = sl_toml_peek(t);

		if (c == ' ' || c == '\t')
			t->at++;
		else if (!sl_toml_newline(t))
			return true;
	}
}

/* After a backslash. */
static int
read_escape(struct sl_toml *t, bool lines, struct sl_error *err)
{
	static const char from[] = "\"\\bfnrt";
	static const char to[] = "\"\\\b\f\n\r\t";
	int c = sl_toml_peek(t);
	const char *found = c > 0 ? strchr(from, c) : NULL;

	if (lines && skip_folded(t))
		return SL_OK;
	if (c == 'u' || c == 'U') {
		t->at++;
		return read_code(t, c == 'u' ? 4 : 8, err);
	}
	if (found == NULL)
		return sl_toml_refuse(t, err, "unknown escape in a string; "
					      "single quotes need none");
	sl_buf_addc(&t->word, to[found - from]);
	t->at++;
	return SL_OK;
}

/* One character that stands for itself. */
static int
read_character(struct sl_toml *t, struct sl_error *err)
{
	struct sl_str rest = { t->text.ptr + t->at, t->text.len - t->at };
	uint32_t code;
	size_t n = sl_utf8_decode(rest, &code);

	if (n == 0)
		return sl_toml_refuse(t, err, "a byte that is not UTF-8");
	if ((code < 0x20 && code != '\t') || code == 0x7f)
		return sl_toml_refuse(t, err, "a control character in a "
					      "string");
	sl_buf_add(&t->word, rest.ptr, n);
	t->at += n;
	return SL_OK;
}

/* The end of a string of several lines: up to two more quotes are text. */
static bool
read_end(struct sl_toml *t, int quote)
{
	const char *marks = quote == '"' ? "\"\"\"" : "'''";

	if (!sl_toml_at(t, marks))
		return false;
	t->at += 3;
	for (int i = 0; i < 2 && sl_toml_peek(t) == quote; i++, t->at++)
		sl_buf_addc(&t->word, (char)quote);
	return true;
}

static int
read_lines(struct sl_toml *t, int quote, struct sl_error *err)
{
	(void)sl_toml_newline(t);
	while (!read_end(t, quote)) {
		int rc = SL_OK;

		if (sl_toml_peek(t) < 0)
			return sl_toml_refuse(t, err,
			    "the file ends inside a string");
		if (sl_toml_newline(t)) {
			sl_buf_addc(&t->word, '\n');
		} else if (quote == '"' && sl_toml_peek(t) == '\\') {
			t->at++;
			rc = read_escape(t, true, err);
		} else {
			rc = read_character(t, err);
		}
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_toml_string(struct sl_toml *t, bool lines, struct sl_error *err)
{
	int quote = sl_toml_peek(t);

	sl_buf_clear(&t->word);
	if (lines && sl_toml_at(t, quote == '"' ? "\"\"\"" : "'''")) {
		t->at += 3;
		return read_lines(t, quote, err);
	}
	for (t->at++; sl_toml_peek(t) != quote;) {
		int rc;

		if (sl_toml_peek(t) < 0 || sl_toml_peek(t) == '\n')
			return sl_toml_refuse(t, err,
			    "the line ends inside a string");
		if (quote == '"' && sl_toml_peek(t) == '\\') {
			t->at++;
			rc = read_escape(t, false, err);
		} else {
			rc = read_character(t, err);
		}
		if (rc < 0)
			return rc;
	}
	t->at++;
	return SL_OK;
}

/* --- numbers, words and times --- */

/* How many bytes what is neither string, list nor table has here. */
static struct sl_str
bare_text(const struct sl_toml *t)
{
	size_t end = t->at;

	while (end < t->text.len &&
	    strchr(" \t\r\n,]}#=[{\"'", t->text.ptr[end]) == NULL)
		end++;
	return sl_strn(t->text.ptr + t->at, end - t->at);
}

/* Digits from i on, each alone or after one `_`, into word. @return how many
 * bytes; 0: none, or a `_` in the wrong place */
static size_t
take_digits(struct sl_str s, size_t i, struct sl_buf *word)
{
	size_t from = i;

	while (i < s.len) {
		if (s.ptr[i] == '_' && i > from && i + 1 < s.len)
			i++;
		if (!is_digit((uint8_t)s.ptr[i]))
			break;
		sl_buf_addc(word, s.ptr[i++]);
	}
	return i > from && s.ptr[i - 1] == '_' ? 0 : i - from;
}

static bool
read_decimal(struct sl_str s, struct sl_buf *word)
{
	size_t i = 0, n;

	if (s.len && (s.ptr[0] == '+' || s.ptr[0] == '-')) {
		if (s.ptr[0] == '-')
			sl_buf_addc(word, '-');
		i++;
	}
	n = take_digits(s, i, word);
	if (n == 0 || (n > 1 && s.ptr[i] == '0'))
		return false;
	i += n;
	if (i < s.len && s.ptr[i] == '.') {
		sl_buf_addc(word, '.');
		n = take_digits(s, i + 1, word);
		if (n == 0)
			return false;
		i += n + 1;
	}
	if (i < s.len && (s.ptr[i] | 32) == 'e') {
		sl_buf_addc(word, 'e');
		i++;
		if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-'))
			sl_buf_addc(word, s.ptr[i++]);
		n = take_digits(s, i, word);
		if (n == 0 || n > 9)
			return false;
		i += n;
	}
	return i == s.len;
}

/* 0x, 0o and 0b. */
static bool
read_based(struct sl_str s, struct sl_buf *word)
{
	unsigned base = s.len < 3 || s.ptr[0] != '0' ? 0 :
	    s.ptr[1] == 'x'			     ? 16 :
	    s.ptr[1] == 'o'			     ? 8 :
	    s.ptr[1] == 'b'			     ? 2 :
						       0;
	uint64_t value = 0;

	for (size_t i = 2; i < s.len && base; i++) {
		int c = (uint8_t)s.ptr[i], low = c | 32;
		unsigned digit = is_digit(c) ? (unsigned)(c - '0') :
		    low >= 'a' && low <= 'f' ? (unsigned)(low - 'a' + 10) :
					       99;

		if (c == '_' && i > 2 && i + 1 < s.len && s.ptr[i - 1] != '_')
			continue;
		if (digit >= base || value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (base)
		sl_buf_addf(word, "%llu", (unsigned long long)value);
	return base != 0;
}

/* The number of two digits at i, or 99. */
static unsigned
two(struct sl_str s, size_t i)
{
	if (i + 2 > s.len || !is_digit((uint8_t)s.ptr[i]) ||
	    !is_digit((uint8_t)s.ptr[i + 1]))
		return 99;
	return (unsigned)(s.ptr[i] - '0') * 10 + (unsigned)(s.ptr[i + 1] - '0');
}

/* hh:mm:ss and a fraction, from i on. @return its end, or 0 */
static size_t
clock_end(struct sl_str s, size_t i)
{
	if (i + 8 > s.len || two(s, i) > 23 || s.ptr[i + 2] != ':' ||
	    two(s, i + 3) > 59 || s.ptr[i + 5] != ':' || two(s, i + 6) > 59)
		return 0;
	i += 8;
	if (i + 1 < s.len && s.ptr[i] == '.' && is_digit((uint8_t)s.ptr[i + 1]))
		for (i++; i < s.len && is_digit((uint8_t)s.ptr[i]);)
			i++;
	return i;
}

static bool
is_day(struct sl_str s)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31,
		30, 31 };
	unsigned year, month, day, most;

	if (s.len < 10 || two(s, 0) == 99 || two(s, 2) == 99 ||
	    s.ptr[4] != '-' || s.ptr[7] != '-')
		return false;
	year = two(s, 0) * 100 + two(s, 2);
	month = two(s, 5);
	day = two(s, 8);
	if (year == 0 || month < 1 || month > 12)
		return false;
	most = days[month - 1];
	if (month == 2 && year % 4 == 0 && (year % 100 || year % 400 == 0))
		most = 29;
	return day >= 1 && day <= most;
}

static bool
is_time(struct sl_str s)
{
	size_t i;

	if (!is_day(s))
		return clock_end(s, 0) == s.len && s.len;
	if (s.len == 10)
		return true;
	i = strchr("Tt ", s.ptr[10]) ? clock_end(s, 11) : 0;
	if (i == 0 || i == s.len)
		return i != 0;
	if ((s.ptr[i] | 32) == 'z')
		return i + 1 == s.len;
	return (s.ptr[i] == '+' || s.ptr[i] == '-') && i + 6 == s.len &&
	    two(s, i + 1) <= 23 && s.ptr[i + 3] == ':' && two(s, i + 4) <= 59;
}

static bool
is_special(struct sl_str s)
{
	if (s.len == 4 && (s.ptr[0] == '+' || s.ptr[0] == '-'))
		s = sl_strn(s.ptr + 1, 3);
	return sl_str_eqs(s, "inf") || sl_str_eqs(s, "nan");
}

int
sl_toml_bare(struct sl_toml *t, enum sl_scalar_style *style,
    struct sl_error *err)
{
	struct sl_str s = bare_text(t);

	/* A day, one blank and a time are one value. */
	if (s.len == 10 && is_day(s) && t->text.len - t->at > 11 &&
	    s.ptr[10] == ' ' && is_digit((uint8_t)s.ptr[11])) {
		struct sl_toml rest = *t;

		rest.at += 11;
		s.len = 11 + bare_text(&rest).len;
	}
	sl_buf_clear(&t->word);
	*style = SL_STYLE_PLAIN;
	if (sl_str_eqs(s, "true") || sl_str_eqs(s, "false")) {
		*style = SL_STYLE_WORD;
		sl_buf_addv(&t->word, s);
	} else if (is_time(s) || is_special(s)) {
		sl_buf_addv(&t->word, s);
	} else {
		*style = SL_STYLE_NUMBER;
		if (!read_based(s, &t->word)) {
			sl_buf_clear(&t->word);
			if (!read_decimal(s, &t->word))
				return sl_toml_refuse(t, err,
				    "a value was expected here: a string in "
				    "quotes, a number, true, false, a time, "
				    "[ or {");
		}
	}
	t->at += s.len;
	return SL_OK;
}
