/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RE2 to PCRE2 in byte mode.
 *
 * The same: syntax of groups, classes, repeats and flags; $ is the very end
 * (rx pins it); \w, \d and \b are ASCII. Changed: \v (a class in PCRE2), \a,
 * octal numbers (back references there), braces that repeat nothing, `(*`,
 * `[` in a class, and every byte that is not printable ASCII: a character of
 * several bytes becomes a group of these. Refused: what RE2 does not have
 * either, so that nothing gets another meaning than its author gave it; a
 * repeat of a repeat (possessive in PCRE2, an error in RE2); {,n} (text in
 * RE2, a repeat in newer PCRE2); classes of Unicode.
 *
 * What stays different: . and a negated class match one byte, not one
 * character, and \s has the vertical tab.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "import/import_int.h"

struct converter {
	struct sl_str in;
	size_t at;
	const struct sl_re2 *how;
	struct sl_buf *out;
	struct sl_error *err;
	uint8_t *captures; /* of open parentheses: do they capture */
	size_t depth;
	size_t outer;    /* captures among them */
	size_t groups;   /* seen so far */
	bool repeatable; /* what came last is one thing */
	bool repeated;   /* and a repeat of it */
};

static int
refuse(const struct converter *c, size_t at, const char *why)
{
	return sl_error_set(c->err, SL_EUNSUPPORTED,
	    "at byte %zu of the expression: %s", at + 1, why);
}

static int
peek(const struct converter *c, size_t ahead)
{
	return c->at + ahead < c->in.len ?
	    (uint8_t)c->in.ptr[c->at + ahead] : -1;
}

static bool
is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(int c)
{
	return (c | 32) >= 'a' && (c | 32) <= 'z' && c < 128;
}

static void
add_byte(struct sl_buf *out, uint8_t byte)
{
	sl_buf_addf(out, "\\x%02x", byte);
}

/* One character that stands for itself, outside a class. */
static void
add_character(struct sl_buf *out, struct sl_str utf8)
{
	int c = (uint8_t)utf8.ptr[0];

	if (utf8.len > 1)
		sl_buf_adds(out, "(?:");
	for (size_t i = 0; i < utf8.len && (utf8.len > 1 || c < 0x20 ||
	     c >= 0x7f); i++)
		add_byte(out, (uint8_t)utf8.ptr[i]);
	if (utf8.len > 1) {
		sl_buf_addc(out, ')');
	} else if (c >= 0x20 && c < 0x7f) {
		if (strchr("\\^$.[]|()?*+{}", c))
			sl_buf_addc(out, '\\');
		sl_buf_addc(out, (char)c);
	}
}

void
sl_re2_literal(struct sl_str text, struct sl_buf *out)
{
	for (size_t i = 0; i < text.len; i++)
		add_character(out, sl_strn(text.ptr + i, 1));
}

/* --- escapes --- */

/* \xHH, \x{H...}, or octal: its number. */
static int
read_number(struct converter *c, uint32_t *code)
{
	size_t from = c->at - 1;
	bool octal = is_digit(peek(c, 0)), braces;
	unsigned digits = 0, most;

	*code = 0;
	if (!octal)
		c->at++;
	braces = !octal && peek(c, 0) == '{';
	if (braces)
		c->at++;
	most = octal ? 3 : braces ? 8 : 2;
	for (; digits < most; digits++, c->at++) {
		int d = peek(c, 0), low = d | 32;

		if (octal ? d >= '0' && d <= '7' : is_digit(d))
			*code = *code * (octal ? 8 : 16) + (uint32_t)(d - '0');
		else if (!octal && d > 0 && low >= 'a' && low <= 'f')
			*code = *code * 16 + (uint32_t)(low - 'a' + 10);
		else
			break;
	}
	if (digits == 0 || (braces && peek(c, 0) != '}') ||
	    (!octal && !braces && digits != 2) || *code > 0x10ffff)
		return refuse(c, from, "this names no character");
	if (braces)
		c->at++;
	return SL_OK;
}

static int
add_number(struct converter *c, bool in_class)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf utf8 = SL_BUF_INIT(8);
	size_t from = c->at - 1;
	uint32_t code;
	int rc = read_number(c, &code);

	if (rc < 0)
		return rc;
	if (code < 0x80) {
		add_byte(c->out, (uint8_t)code);
		return SL_OK;
	}
	if (in_class)
		return refuse(c, from, "a class of bytes cannot hold a "
				       "character of several bytes");
	sl_utf8_encode(&utf8, code);
	add_character(c->out, sl_buf_str(&utf8));
	return SL_OK;
}

/* After \Q, up to \E. */
static void
add_quoted(struct converter *c)
{
	for (; c->at < c->in.len; c->at++) {
		if (peek(c, 0) == '\\' && peek(c, 1) == 'E') {
			c->at += 2;
			return;
		}
		sl_re2_literal(sl_strn(c->in.ptr + c->at, 1), c->out);
	}
}

/* At the byte after a backslash. */
static int
add_escape(struct converter *c, bool in_class)
{
	int e = peek(c, 0);

	/* \1 to \7 alone are no numbers in RE2. */
	if (e == 'x' || e == '0' ||
	    (e >= '1' && e <= '7' && peek(c, 1) >= '0' && peek(c, 1) <= '7'))
		return add_number(c, in_class);
	if (e < 0x20)
		return refuse(c, c->at - 1, "a backslash before no character");
	c->at++;
	if (e == 'a' || e == 'v') {
		add_byte(c->out, e == 'a' ? 7 : 11);
	} else if (strchr("dDwWsSfnrt", e) ||
	    (!in_class && strchr("bBz", e))) {
		sl_buf_addc(c->out, '\\');
		sl_buf_addc(c->out, (char)e);
	} else if (!in_class && e == 'A') {
		sl_buf_adds(c->out, c->how->start ? c->how->start : "\\A");
	} else if (!in_class && e == 'Q') {
		add_quoted(c);
	} else if (e < 0x80 && !is_digit(e) && !is_letter(e)) {
		sl_buf_addc(c->out, '\\');
		sl_buf_addc(c->out, (char)e);
	} else if (e == 'p' || e == 'P') {
		return refuse(c, c->at - 2, "classes of Unicode need "
					    "characters, and sluice matches "
					    "bytes");
	} else {
		return refuse(c, c->at - 2, "RE2 has no such escape here");
	}
	return SL_OK;
}

/* --- classes --- */

/* [:name:], at its bracket. @return its length, or 0 */
static size_t
posix_class(const struct converter *c)
{
	static const char *const names[] = { "alnum", "alpha", "ascii",
		"blank", "cntrl", "digit", "graph", "lower", "print", "punct",
		"space", "upper", "word", "xdigit" };
	struct sl_str rest = { c->in.ptr + c->at, c->in.len - c->at };
	size_t skip = sl_str_starts(rest, "[:^") ? 3 : 2;

	if (!sl_str_starts(rest, "[:"))
		return 0;
	for (size_t i = 0; i < SL_COUNT(names); i++) {
		size_t len = strlen(names[i]);

		if (rest.len >= skip + len + 2 &&
		    !memcmp(rest.ptr + skip, names[i], len) &&
		    !memcmp(rest.ptr + skip + len, ":]", 2))
			return skip + len + 2;
	}
	return 0;
}

static int
add_class_item(struct converter *c)
{
	int b = peek(c, 0);
	size_t posix = posix_class(c);

	if (posix) {
		sl_buf_add(c->out, c->in.ptr + c->at, posix);
		c->at += posix;
		return SL_OK;
	}
	if (b == '\\') {
		c->at++;
		return add_escape(c, true);
	}
	if (b >= 0x80)
		return refuse(c, c->at, "a class of bytes cannot hold a "
					"character of several bytes");
	c->at++;
	if (b < 0x20 || b == 0x7f) {
		add_byte(c->out, (uint8_t)b);
		return SL_OK;
	}
	if (b == '[' || (b == '(' && peek(c, 0) == '*'))
		sl_buf_addc(c->out, '\\');
	sl_buf_addc(c->out, (char)b);
	return SL_OK;
}

static int
add_class(struct converter *c)
{
	size_t from = c->at;
	bool first = true;

	sl_buf_addc(c->out, '[');
	c->at++;
	if (peek(c, 0) == '^') {
		sl_buf_addc(c->out, '^');
		c->at++;
	}
	for (;; first = false) {
		int rc;

		if (peek(c, 0) < 0)
			return refuse(c, from, "this class has no end");
		if (peek(c, 0) == ']' && !first)
			break;
		rc = add_class_item(c);
		if (rc < 0)
			return rc;
	}
	sl_buf_addc(c->out, ']');
	c->at++;
	return SL_OK;
}

/* --- groups --- */

/* After `(?P<` or `(?<`: over a name and its end. */
static int
skip_name(struct converter *c)
{
	size_t from = c->at;

	while (peek(c, 0) == '_' || is_letter(peek(c, 0)) ||
	    is_digit(peek(c, 0)))
		c->at++;
	if (c->at == from || peek(c, 0) != '>')
		return refuse(c, from, "this is no name of a group in RE2");
	c->at++;
	return SL_OK;
}

static bool
is_secret(const struct converter *c)
{
	if (c->how->groups == SL_RE2_FIRST)
		return c->outer == 0;
	return c->how->groups == SL_RE2_NUMBER &&
	    c->groups == c->how->number;
}

static void
open_group(struct converter *c, bool capture)
{
	bool secret = false;

	if (capture) {
		c->groups++;
		secret = is_secret(c);
		sl_buf_adds(c->out, secret ? "(?<secret>" : "(?:");
		c->outer++;
	}
	c->captures[c->depth++] = capture;
	c->repeatable = false;
}

/* After `(?`: flags, alone or of a group. */
static int
add_flags(struct converter *c)
{
	size_t from = c->at;
	bool any = false, minus = false;

	sl_buf_adds(c->out, "(?");
	for (; peek(c, 0) > 0 && strchr("imsU-", peek(c, 0)); c->at++) {
		if (peek(c, 0) == '-' && minus)
			break;
		minus |= peek(c, 0) == '-';
		any |= peek(c, 0) != '-';
		sl_buf_addc(c->out, c->in.ptr[c->at]);
	}
	if (peek(c, 0) == ':') {
		sl_buf_addc(c->out, ':');
		c->at++;
		open_group(c, false);
		return SL_OK;
	}
	if (peek(c, 0) != ')' || !any)
		return refuse(c, from - 2, "RE2 has no such group");
	sl_buf_addc(c->out, ')');
	c->at++;
	c->repeatable = false;
	return SL_OK;
}

static int
add_open(struct converter *c)
{
	int rc;

	c->at++;
	if (peek(c, 0) == '*')
		return refuse(c, c->at, "a repeat of nothing");
	if (peek(c, 0) != '?') {
		open_group(c, true);
		return SL_OK;
	}
	c->at++;
	if (peek(c, 0) != '<' && (peek(c, 0) != 'P' || peek(c, 1) != '<'))
		return add_flags(c);
	c->at += peek(c, 0) == 'P' ? 2 : 1;
	rc = skip_name(c);
	if (rc == SL_OK)
		open_group(c, true);
	return rc;
}

static int
add_close(struct converter *c)
{
	if (c->depth == 0)
		return refuse(c, c->at, "this closes no group");
	if (c->captures[--c->depth])
		c->outer--;
	sl_buf_addc(c->out, ')');
	c->at++;
	c->repeatable = true;
	return SL_OK;
}

/* --- repeats --- */

/* {n}, {n,} or {n,m}, at its brace. @return its length, or 0 */
static size_t
counted_repeat(const struct converter *c)
{
	size_t i = 1;

	if (!is_digit(peek(c, i)))
		return 0;
	while (is_digit(peek(c, i)))
		i++;
	if (peek(c, i) == ',')
		for (i++; is_digit(peek(c, i));)
			i++;
	return peek(c, i) == '}' ? i + 1 : 0;
}

static bool
is_open_repeat(const struct converter *c)
{
	size_t i = 2;

	if (peek(c, 1) != ',')
		return false;
	while (is_digit(peek(c, i)))
		i++;
	return i > 2 && peek(c, i) == '}';
}

static int
add_repeat(struct converter *c, size_t len)
{
	if (c->repeated)
		return refuse(c, c->at, "a repeat of a repeat is an error in "
					"RE2, and possessive in PCRE2");
	if (!c->repeatable)
		return refuse(c, c->at, "a repeat of nothing");
	sl_buf_add(c->out, c->in.ptr + c->at, len);
	c->at += len;
	if (peek(c, 0) == '?') {
		sl_buf_addc(c->out, '?');
		c->at++;
	}
	c->repeated = true;
	return SL_OK;
}

/* --- the whole --- */

static int
add_text(struct converter *c)
{
	struct sl_str rest = { c->in.ptr + c->at, c->in.len - c->at };
	uint32_t code;
	size_t n = sl_utf8_decode(rest, &code);

	if (n == 0)
		return refuse(c, c->at, "a byte that is not UTF-8");
	add_character(c->out, sl_strn(rest.ptr, n));
	c->at += n;
	return SL_OK;
}

static int
add_item(struct converter *c)
{
	int b = peek(c, 0), rc = SL_OK;
	size_t counted = b == '{' ? counted_repeat(c) : 0;

	if (b == '*' || b == '+' || b == '?' || counted)
		return add_repeat(c, counted ? counted : 1);
	if (b == '{' && is_open_repeat(c))
		return refuse(c, c->at, "{,n} is text in RE2, and a repeat in "
					"newer PCRE2; write {0,n} or \\{,n}");
	c->repeated = false;
	if (b == '(')
		return add_open(c);
	if (b == ')')
		return add_close(c);
	c->repeatable = b != '|';
	switch (b) {
	case '[':
		return add_class(c);
	case '\\':
		c->at++;
		return add_escape(c, false);
	case '^':
		c->at++;
		sl_buf_adds(c->out, c->how->start ? c->how->start : "^");
		return SL_OK;
	case '$':
	case '.':
	case '|':
		c->at++;
		sl_buf_addc(c->out, (char)b);
		return SL_OK;
	default:
		rc = add_text(c);
	}
	return rc;
}

static int
convert(struct converter *c)
{
	while (c->at < c->in.len) {
		int rc = add_item(c);

		if (rc < 0)
			return rc;
	}
	if (c->depth)
		return refuse(c, c->in.len, "a group has no end");
	return SL_OK;
}

static size_t
count_of(struct sl_str text, const char *what)
{
	size_t n = 0, len = strlen(what);

	for (size_t i = 0; i + len <= text.len; i++)
		n += !memcmp(text.ptr + i, what, len);
	return n;
}

int
sl_re2_convert(struct sl_str pattern, const struct sl_re2 *how,
    struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
	SL_CLEANUP(sl_freep) uint8_t *captures = NULL;
	struct converter c = { .in = pattern, .how = how, .out = &text,
		.err = err };
	size_t secrets;
	int rc;

	if (pattern.len > SL_RX_MAX_PATTERN)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the expression has more than %d bytes",
		    SL_RX_MAX_PATTERN);
	c.captures = captures = sl_alloc(pattern.len + 1);
	rc = convert(&c);
	if (rc < 0)
		return rc;
	if (how->groups == SL_RE2_NUMBER && how->number > c.groups)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the expression has %zu groups, and not one more",
		    c.groups);
	secrets = count_of(sl_buf_str(&text), "(?<secret>");
	if (secrets >= SL_RX_MAX_GROUPS)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the expression has more than %d groups",
		    SL_RX_MAX_GROUPS - 1);
	if (secrets > 1)
		sl_buf_adds(out, "(?J)");
	sl_buf_addv(out, sl_buf_str(&text));
	return SL_OK;
}
