/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portable: whether a pattern means the same to PCRE2 and to Hyperscan.
 *
 * Hyperscan refuses what it knows that it cannot do. What it reads otherwise
 * than PCRE2 does, because the dialects differ or because a later PCRE2 gave
 * something a meaning, it would not find, and nobody would say so. So a
 * pattern is handed over only if all of it is known to be read alike; that is
 * what policies use. tests/unit/scan_database.c compares the parts byte by
 * byte.
 */
#include "scan/database_int.h"

struct reader {
	const char *at;
	const char *end;
};

static char
peek(const struct reader *r, size_t ahead)
{
	return (size_t)(r->end - r->at) > ahead ? r->at[ahead] : '\0';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* After a backslash. @param more  escapes that stand here only */
static bool
read_escape(struct reader *r, const char *more)
{
	char c = peek(r, 0);

	if (c == 'x') {
		if (!is_hex(peek(r, 1)) || !is_hex(peek(r, 2)))
			return false;
		r->at += 3;
		return true;
	}
	r->at++;
	/* \12 is a group or a number, by how many groups there are. */
	if (is_digit(c))
		return c != '0' && more[0] != '\0' && !is_digit(peek(r, 0));
	if (sl_is_letter((uint8_t)c))
		return strchr("dDwWsSnrtfae", c) != NULL ||
		    (more[0] != '\0' && strchr(more, c) != NULL);
	return c > ' ' && c < 0x7f;
}

/* [:name:], at its bracket. */
static bool
read_named_class(struct reader *r)
{
	static const char *const names[] = { "alnum", "alpha", "blank",
		"cntrl", "digit", "graph", "lower", "print", "punct", "space",
		"upper", "xdigit" };

	r->at += 2;
	if (peek(r, 0) == '^')
		r->at++;
	for (size_t i = 0; i < SL_COUNT(names); i++) {
		size_t len = strlen(names[i]);

		if ((size_t)(r->end - r->at) < len + 2 ||
		    memcmp(r->at, names[i], len) != 0 ||
		    memcmp(r->at + len, ":]", 2) != 0)
			continue;
		r->at += len + 2;
		return true;
	}
	return false;
}

/* After the opening bracket. */
static bool
read_class(struct reader *r)
{
	if (peek(r, 0) == '^')
		r->at++;
	if (peek(r, 0) == ']')
		r->at++;
	while (r->at < r->end) {
		char c = *r->at;

		if (c == '[') {
			/* Any other that opens is a mistake or a trap. */
			if (peek(r, 1) != ':' || !read_named_class(r))
				return false;
			continue;
		}
		r->at++;
		if (c == ']')
			return true;
		if (c == '\\' ? !read_escape(r, "") : c < ' ' || c >= 0x7f)
			return false;
	}
	return false;
}

/* Options of a group, after (?, with what ends them. */
static bool
read_options(struct reader *r)
{
	while (strchr("ims", peek(r, 0)) != NULL && peek(r, 0) != '\0')
		r->at++;
	if (peek(r, 0) == '-')
		r->at++;
	while (strchr("ims", peek(r, 0)) != NULL && peek(r, 0) != '\0')
		r->at++;
	if (peek(r, 0) != ':' && peek(r, 0) != ')')
		return false;
	r->at++;
	return true;
}

static bool
read_name(struct reader *r)
{
	while (sl_is_letter((uint8_t)peek(r, 0)) || is_digit(peek(r, 0)) ||
	    peek(r, 0) == '_')
		r->at++;
	if (peek(r, 0) != '>')
		return false;
	r->at++;
	return true;
}

/* After an opening parenthesis. */
static bool
read_group(struct reader *r)
{
	if (peek(r, 0) != '?')
		return true;
	r->at++;
	switch (peek(r, 0)) {
	case '=':
	case '!':
	case '>':
		r->at++;
		return true;
	case 'P':
		if (peek(r, 1) != '<')
			return false;
		r->at += 2;
		return read_name(r);
	case '<':
		r->at++;
		if (peek(r, 0) != '=' && peek(r, 0) != '!')
			return read_name(r);
		r->at++;
		return true;
	default:
		return read_options(r);
	}
}

/* After an opening brace: numbers, or a brace as such. */
static bool
read_brace(struct reader *r)
{
	if (!is_digit(peek(r, 0)))
		return strchr(" ,\t", peek(r, 0)) == NULL ||
		    peek(r, 0) == '\0';
	while (is_digit(peek(r, 0)))
		r->at++;
	if (peek(r, 0) == ',')
		r->at++;
	while (is_digit(peek(r, 0)))
		r->at++;
	if (peek(r, 0) != '}')
		return false;
	r->at++;
	return true;
}

bool
sl_pattern_is_portable(struct sl_str pattern)
{
	struct reader r = { pattern.ptr, pattern.ptr + pattern.len };
	bool good = pattern.len > 0;

	while (good && r.at < r.end) {
		char c = *r.at++;

		switch (c) {
		case '\\':
			good = read_escape(&r, "bBAzZ");
			break;
		case '[':
			good = read_class(&r);
			break;
		case '(':
			good = read_group(&r);
			break;
		case '{':
			good = read_brace(&r);
			break;
		default:
			good = c >= ' ' && c < 0x7f;
		}
	}
	return good && r.at == r.end;
}
