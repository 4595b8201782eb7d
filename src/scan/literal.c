/* SPDX-License-Identifier: Apache-2.0 */
/*
 * literal: what must stand in every match of a pattern.
 *
 * A reader of its own for the part of PCRE2's language that policies use. It
 * need not be complete and must not be wrong: whatever it does not know for
 * certain ends the reading, and nothing is claimed of that pattern. Assertions
 * match nothing, so what they ask is left out.
 */
#include "scan/part_int.h"

#define MAX_DEPTH 60
/* Bytes of a class that are written out as strings. */
#define MAX_CLASS 8
/* Bytes of the set of a run: hexadecimal digits in both cases, and a few.
 * Runs of larger sets are everywhere, and finding them costs more than it
 * saves. */
#define MAX_RUN_SET 26

struct reader {
	const char *p;
	const char *end;
	unsigned depth;
	bool caseless; /* (?i) holds here */
	bool dotall;   /* (?s) does */
	bool failed;
};

static void
fail(struct reader *r)
{
	r->failed = true;
	r->p = r->end;
}

static bool
at(const struct reader *r, char c)
{
	return r->p < r->end && *r->p == c;
}

static bool
accept(struct reader *r, char c)
{
	if (!at(r, c))
		return false;
	r->p++;
	return true;
}

static void
byte_part(uint8_t c, bool caseless, struct sl_part *out)
{
	struct sl_literal one = { .len = 1 };

	one.caseless = caseless && sl_is_letter(c);
	one.bytes[0] = one.caseless ? sl_fold(c) : c;
	out->min = out->max = 1;
	out->exact = true;
	sl_set_add(&out->all, one.bytes[0]);
	if (one.caseless)
		sl_set_add(&out->all, (uint8_t)(one.bytes[0] - 32));
	(void)sl_literals_push(&out->strings, &one);
}

static void
any_part(uint32_t min, uint32_t max, struct sl_part *out)
{
	out->min = min;
	out->max = max;
	memset(out->all.bits, 0xff, sizeof(out->all.bits));
}

/* Any byte but a line feed. */
static void
no_newline_part(struct sl_part *out)
{
	any_part(1, 1, out);
	out->all.bits['\n' / 8] &= (uint8_t)~(1U << '\n' % 8);
}

static void
empty_part(struct sl_part *out)
{
	static const struct sl_literal empty;

	out->exact = true;
	(void)sl_literals_push(&out->strings, &empty);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \xhh with both digits; other forms are not read. */
static int
read_hex(struct reader *r)
{
	int high = r->p < r->end ? hex_digit(r->p[0]) : -1;
	int low = r->end - r->p > 1 ? hex_digit(r->p[1]) : -1;

	if (high < 0 || low < 0)
		return -1;
	r->p += 2;
	return high * 16 + low;
}

/* The byte that an escape stands for, after the backslash, or -1. */
static int
read_byte_escape(struct reader *r)
{
	static const char names[] = "ntrfea";
	static const char bytes[] = "\n\t\r\f\033\a";
	uint8_t c = r->p < r->end ? (uint8_t)*r->p : 'Q';
	const char *name;

	if (c == 'x') {
		r->p++;
		return read_hex(r);
	}
	name = c ? strchr(names, c) : NULL;
	if (!name && (sl_is_letter(c) || (c >= '0' && c <= '9')))
		return -1;
	r->p++;
	return name ? (uint8_t)bytes[name - names] : c;
}

/* A set of bytes as it is read. */
struct class {
	bool in[256];
	bool unknown; /* others may be in it */
};

/* \d, \w, \s and their opposites add to a class; others make it unknown.
 * @return whether it is an escape for several bytes */
static bool
add_class_escape(struct class *c, char escape)
{
	char small = (char)sl_fold((uint8_t)escape);

	if (!escape || !strchr("dwshvDWSHV", escape))
		return false;
	c->unknown = c->unknown || small == 'h' || small == 'v';
	for (int i = 0; i < 256; i++) {
		bool digit = i >= '0' && i <= '9';
		bool in = small == 'd' ? digit :
		    small == 's'       ? (i >= 9 && i <= 13) || i == ' ' :
					 digit || i == '_' ||
			      sl_is_letter((uint8_t)i);

		if (in == (escape == small))
			c->in[i] = true;
	}
	return true;
}

static void
class_part(const struct class *c, bool caseless, struct sl_part *out)
{
	size_t count = 0, set_size = 0;

	out->min = out->max = 1;
	for (unsigned i = 0; i < 256; i++) {
		uint8_t small = sl_fold((uint8_t)i);
		bool in = c->in[i] || (caseless && sl_is_letter((uint8_t)i) &&
					  (c->in[small] || c->in[small - 32]));

		count += c->in[i];
		set_size += in;
		if (in || c->unknown)
			sl_set_add(&out->all, (uint8_t)i);
	}
	out->is_small_set = !c->unknown && set_size <= MAX_RUN_SET;
	out->exact = !c->unknown && count > 0 && count <= MAX_CLASS;
	for (unsigned i = 0; i < 256 && out->exact; i++) {
		uint8_t small = sl_fold((uint8_t)i);
		bool both = sl_is_letter((uint8_t)i) &&
		    (caseless || (c->in[small] && c->in[small - 32]));
		struct sl_literal one = { .len = 1, .caseless = both };

		one.bytes[0] = both ? small : (uint8_t)i;
		if (c->in[i] && (!both || small == i || !c->in[small]))
			(void)sl_literals_push(&out->strings, &one);
	}
}

/* After the backslash. */
static void
read_escape(struct reader *r, struct sl_part *out)
{
	char c = r->p < r->end ? *r->p : '\0';
	char next = r->end - r->p > 1 ? r->p[1] : '\0';
	struct class class = { .unknown = false };
	int byte;

	if (add_class_escape(&class, c)) {
		r->p++;
		class_part(&class, false, out);
	} else if (c == 'N' && next != '{') {
		r->p++;
		no_newline_part(out);
	} else if (c == 'R') {
		r->p++;
		any_part(1, 2, out);
	} else if (c && strchr("bBAzZ", c)) {
		r->p++;
		empty_part(out);
	} else if (c >= '1' && c <= '9' && (next < '0' || next > '9')) {
		/* What a group has matched before, or a failure. */
		r->p++;
		any_part(0, SL_WIDTH_ANY, out);
	} else {
		byte = read_byte_escape(r);
		if (byte < 0)
			fail(r);
		else
			byte_part((uint8_t)byte, r->caseless, out);
	}
}

/* [:name:] within a class, after the first bracket. @return whether it was */
static bool
skip_posix(struct reader *r)
{
	const char *p = r->p;

	if (p == r->end || *p != ':')
		return false;
	p++;
	if (p < r->end && *p == '^')
		p++;
	while (p < r->end && *p >= 'a' && *p <= 'z')
		p++;
	if (r->end - p < 2 || p[0] != ':' || p[1] != ']')
		return false;
	r->p = p + 2;
	return true;
}

/* One item of a class: its byte, or -1 where it stands for several. */
static int
read_class_item(struct reader *r, struct class *c)
{
	int byte;

	if (at(r, '[') && r->end - r->p > 1 && strchr(":.=", r->p[1])) {
		r->p++;
		if (!skip_posix(r))
			fail(r);
		c->unknown = true;
		return -1;
	}
	if (!accept(r, '\\'))
		return (uint8_t)*r->p++;
	if (r->p < r->end && add_class_escape(c, *r->p)) {
		r->p++;
		return -1;
	}
	if (accept(r, 'b'))
		return '\b';
	byte = read_byte_escape(r);
	if (byte < 0)
		fail(r);
	return byte;
}

/* After the bracket. */
static void
read_class_items(struct reader *r, struct class *c)
{
	bool first = true;

	while (r->p < r->end && (first || *r->p != ']')) {
		int from = read_class_item(r, c);
		int to = from;

		first = false;
		if (at(r, '-') && r->end - r->p > 1 && r->p[1] != ']') {
			r->p++;
			to = read_class_item(r, c);
			c->unknown = c->unknown || from < 0 || to < from;
		}
		for (int i = from; i >= 0 && i <= to; i++)
			c->in[i] = true;
	}
	if (!accept(r, ']'))
		fail(r);
}

static void
read_class(struct reader *r, struct sl_part *out)
{
	struct class c = { .unknown = false };
	bool negated = accept(r, '^');

	read_class_items(r, &c);
	for (unsigned i = 'A'; i <= 'Z' && negated && r->caseless; i++)
		c.in[i] = c.in[i + 32] = c.in[i] || c.in[i + 32];
	for (unsigned i = 0; i < 256 && negated; i++)
		c.in[i] = !c.in[i];
	class_part(&c, r->caseless, out);
}

static void read_alternatives(struct reader *r, struct sl_part *out);

/* What is inside is asked of the text around, and matches nothing. */
static void
read_assertion(struct reader *r, struct sl_part *out)
{
	struct sl_part inside = { .min = 0 };

	read_alternatives(r, &inside);
	sl_part_release(&inside);
	empty_part(out);
}

/* Flags, as in (?i) and (?s-i:...), after the question mark. */
static void
read_flags(struct reader *r, struct sl_part *out)
{
	bool caseless = r->caseless, dotall = r->dotall;
	bool on = true;

	for (; r->p < r->end; r->p++) {
		char c = *r->p;

		if (c == ')' || c == ':')
			break;
		if (c == '-')
			on = false;
		else if (c == '^')
			caseless = dotall = false;
		else if (c == 'i')
			caseless = on;
		else if (c == 's')
			dotall = on;
		else if (!strchr("mnJU", c) && (c != 'x' || on))
			break;
	}
	if (at(r, ')')) {
		/* Until the group around ends. */
		r->caseless = caseless;
		r->dotall = dotall;
		empty_part(out);
	} else if (accept(r, ':')) {
		bool caseless_before = r->caseless, dotall_before = r->dotall;

		r->caseless = caseless;
		r->dotall = dotall;
		read_alternatives(r, out);
		r->caseless = caseless_before;
		r->dotall = dotall_before;
	} else {
		fail(r);
	}
}

static void
skip_name(struct reader *r, char end)
{
	while (r->p < r->end &&
	    (sl_is_letter((uint8_t)*r->p) || *r->p == '_' ||
		(*r->p >= '0' && *r->p <= '9')))
		r->p++;
	if (!accept(r, end))
		fail(r);
}

/* After `(?`. */
static void
read_special_group(struct reader *r, struct sl_part *out)
{
	char c = r->p < r->end ? *r->p : '\0';
	char next = r->end - r->p > 1 ? r->p[1] : '\0';

	if (c == '=' || c == '!') {
		r->p++;
		read_assertion(r, out);
	} else if (c == '<' && (next == '=' || next == '!')) {
		r->p += 2;
		read_assertion(r, out);
	} else if (c == '|' || c == '>') {
		r->p++;
		read_alternatives(r, out);
	} else if (c == '\'' || c == '<' || (c == 'P' && next == '<')) {
		r->p += c == 'P' ? 2 : 1;
		skip_name(r, c == '\'' ? '\'' : '>');
		read_alternatives(r, out);
	} else {
		read_flags(r, out);
	}
}

/* After the parenthesis. */
static void
read_group(struct reader *r, struct sl_part *out)
{
	if (++r->depth > MAX_DEPTH)
		fail(r);
	if (accept(r, '?'))
		read_special_group(r, out);
	else
		read_alternatives(r, out);
	r->depth--;
	if (!accept(r, ')'))
		fail(r);
}

static void
read_atom(struct reader *r, struct sl_part *out)
{
	char c = *r->p++;

	switch (c) {
	case '(':
		read_group(r, out);
		break;
	case '[':
		read_class(r, out);
		break;
	case '\\':
		read_escape(r, out);
		break;
	case '.':
		if (r->dotall)
			any_part(1, 1, out);
		else
			no_newline_part(out);
		break;
	case '^':
	case '$':
		empty_part(out);
		break;
	case '*':
	case '+':
	case '?':
		fail(r);
		break;
	default:
		byte_part((uint8_t)c, r->caseless, out);
	}
}

static bool
at_digit(const struct reader *r)
{
	return r->p < r->end && *r->p >= '0' && *r->p <= '9';
}

static uint32_t
read_number(struct reader *r)
{
	uint32_t n = 0;

	while (at_digit(r)) {
		n = n * 10 + (uint32_t)(*r->p - '0');
		if (n > 65535)
			fail(r);
		else
			r->p++;
	}
	return n;
}

/*
 * {n}, {n,} and {n,m}. Versions of PCRE2 differ about {,m} and about blanks,
 * so these are not read at all.
 *
 * @return whether it is one; else it is a brace, and still to be read
 */
static bool
read_braces(struct reader *r, uint32_t *least, uint32_t *most)
{
	const char *start = r->p;
	uint32_t from = 0, to = 0;
	bool digits;

	r->p++;
	digits = at_digit(r);
	if (digits) {
		from = to = read_number(r);
		if (accept(r, ','))
			to = at_digit(r) ? read_number(r) : SL_WIDTH_ANY;
	}
	if (digits && accept(r, '}')) {
		*least = from;
		*most = to;
		return true;
	}
	if (r->p < r->end && *r->p && strchr(", \t", *r->p))
		fail(r);
	if (!r->failed)
		r->p = start;
	return false;
}

static bool
read_quantifier(struct reader *r, uint32_t *least, uint32_t *most)
{
	*least = *most = 1;
	if (accept(r, '*'))
		*least = 0, *most = SL_WIDTH_ANY;
	else if (accept(r, '+'))
		*most = SL_WIDTH_ANY;
	else if (accept(r, '?'))
		*least = 0;
	else if (!at(r, '{') || !read_braces(r, least, most))
		return false;
	return true;
}

static void
read_branch(struct reader *r, struct sl_part *out)
{
	struct sl_branch b;

	sl_branch_begin(&b);
	while (r->p < r->end && *r->p != '|' && *r->p != ')') {
		struct sl_part part = { .min = 0 };
		uint32_t least, most, again;

		read_atom(r, &part);
		if (!r->failed && read_quantifier(r, &least, &most)) {
			/* Lazy or greedy: the same strings. */
			if (!accept(r, '?'))
				(void)accept(r, '+');
			if (read_quantifier(r, &again, &again))
				fail(r);
		}
		if (!r->failed)
			sl_branch_add(&b, &part, least, most);
		sl_part_release(&part);
	}
	if (!r->failed)
		sl_branch_end(&b, out);
	sl_branch_release(&b);
}

static void
read_alternatives(struct reader *r, struct sl_part *out)
{
	bool caseless = r->caseless, dotall = r->dotall;

	read_branch(r, out);
	while (accept(r, '|')) {
		struct sl_part other = { .min = 0 };

		read_branch(r, &other);
		if (!r->failed)
			sl_part_unite(out, &other);
		sl_part_release(&other);
	}
	r->caseless = caseless;
	r->dotall = dotall;
}

void
sl_literals_of(struct sl_str pattern, bool caseless, struct sl_literals *out)
{
	struct reader r = { .p = pattern.ptr, .end = pattern.ptr + pattern.len,
		.caseless = caseless };
	struct sl_part whole = { .min = 0 };

	read_alternatives(&r, &whole);
	if (r.p < r.end)
		fail(&r);
	sl_part_give_up_strings(&whole);
	*out = (struct sl_literals){ NULL, 0, 0 };
	if (!r.failed && sl_literals_usable(&whole.literals))
		sl_literals_move(out, &whole.literals);
	sl_part_release(&whole);
}
