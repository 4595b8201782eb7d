/* SPDX-License-Identifier: Apache-2.0 */
/*
 * literal: what must stand in every match of a pattern.
 *
 * A reader of its own for the part of PCRE2's language that policies use. It
 * need not be complete and must not be wrong: whatever it does not know for
 * certain ends the reading, and nothing is claimed of that pattern.
 *
 * Of each part of a pattern it knows the least and the greatest width, and
 * either all the strings that the part can match (few and short), or literals
 * of which one stands in whatever it matches. Assertions match nothing, so
 * what they ask is left out: a claim about more texts than there are is still
 * true of those.
 */
#include "scan/scan_int.h"

#include "base/mem.h"

#define MAX_DEPTH 60
/* Strings of a part; more, and only literals are kept. */
#define MAX_STRINGS 64
/* Bytes of a class that are written out as strings. */
#define MAX_CLASS 8
/* Bytes of the set of a run: hexadecimal digits in both cases, and a few.
 * Runs of larger sets are everywhere, and finding them costs more than it
 * saves. */
#define MAX_RUN_SET 26

/** What one part of a pattern can match. */
struct part {
	uint32_t min;
	uint32_t max; /* SL_WIDTH_ANY: any number */
	bool exact;   /* strings are all that it matches */
	struct sl_literals strings;  /* from offset 0, any length */
	struct sl_literals literals; /* where it is not exact; may be none */
	bool has_set; /* it matches one byte of a small set */
	uint8_t set[32];
};

struct reader {
	const char *p;
	const char *end;
	unsigned depth;
	bool caseless; /* (?i) holds here */
	bool failed;
};

void
sl_literals_release(struct sl_literals *l)
{
	free(l->items);
	*l = (struct sl_literals){ NULL, 0, 0 };
}

static void
part_release(struct part *part)
{
	sl_literals_release(&part->strings);
	sl_literals_release(&part->literals);
}

static struct sl_literal *
push(struct sl_literals *l, const struct sl_literal *literal)
{
	SL_GROW(l->items, l->count, l->room);
	l->items[l->count] = *literal;
	return &l->items[l->count++];
}

static void
move(struct sl_literals *to, struct sl_literals *from)
{
	sl_literals_release(to);
	*to = *from;
	*from = (struct sl_literals){ NULL, 0, 0 };
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static uint8_t
fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static uint32_t
width_add(uint32_t a, uint32_t b)
{
	if (a == SL_WIDTH_ANY || b == SL_WIDTH_ANY || a + b > SL_WIDTH_MAX)
		return SL_WIDTH_ANY;
	return a + b;
}

static uint32_t
width_times(uint32_t a, uint32_t times)
{
	if (a == 0 || times == 0)
		return 0;
	if (a == SL_WIDTH_ANY || times == SL_WIDTH_ANY ||
	    (uint64_t)a * times > SL_WIDTH_MAX)
		return SL_WIDTH_ANY;
	return a * times;
}

/* A least width: less is always true. */
static uint32_t
at_least(uint32_t width)
{
	return width > SL_WIDTH_MAX ? SL_WIDTH_MAX : width;
}

/* --- how good literals are --- */

/* How often a byte stands in the files that are pushed, roughly. */
static double
rate(uint8_t c, bool caseless)
{
	if (c >= 'a' && c <= 'z')
		return caseless ? 0.05 : 0.04;
	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return 0.02;
	return c == ' ' || c == '\n' ? 0.1 : 0.01;
}

/* Bytes that PCRE2 has to try per byte of text, roughly. */
static double
cost(const struct sl_literals *l)
{
	double sum = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct sl_literal *one = &l->items[i];
		double each = one->before_max == SL_WIDTH_ANY ?
		    1e6 :
		    64 + one->before_max - one->before_min;

		for (size_t k = 0; k < one->len; k++)
			each *= rate(one->bytes[k], one->caseless);
		/* A run has no rate that is known: where there is nothing
		 * better. */
		sum += one->run ? 20 : each;
	}
	return sum;
}

static bool
usable(const struct sl_literals *l)
{
	if (l->count == 0 || l->count > SL_LITERALS_MAX)
		return false;
	for (size_t i = 0; i < l->count; i++)
		if (!l->items[i].run && l->items[i].len < SL_LITERAL_MIN)
			return false;
	return true;
}

/* --- a branch: parts one after the other --- */

struct branch {
	uint32_t min; /* of all parts so far */
	uint32_t max;
	bool whole;              /* run is all of it */
	struct sl_literals run;  /* the strings of the latest parts */
	uint32_t run_min;        /* where they begin */
	uint32_t run_max;
	struct sl_literals best; /* the best literals so far; may be none */
};

static void
start_run(struct branch *b, const struct sl_literals *strings)
{
	static const struct sl_literal empty;

	b->run.count = 0;
	b->run_min = b->min;
	b->run_max = b->max;
	if (!strings)
		(void)push(&b->run, &empty);
	for (size_t i = 0; strings && i < strings->count; i++)
		(void)push(&b->run, &strings->items[i]);
}

/* Literals whose place counts from (min, max): keep them if they are best. */
static void
offer(struct branch *b, const struct sl_literals *l, uint32_t min,
    uint32_t max)
{
	struct sl_literals moved = { NULL, 0, 0 };

	if (!usable(l))
		return;
	for (size_t i = 0; i < l->count; i++) {
		struct sl_literal *one = push(&moved, &l->items[i]);

		one->before_min = at_least(one->before_min + min);
		one->before_max = width_add(one->before_max, max);
	}
	if (!b->best.count || cost(&moved) < cost(&b->best))
		move(&b->best, &moved);
	sl_literals_release(&moved);
}

static void
offer_run(struct branch *b)
{
	offer(b, &b->run, b->run_min, b->run_max);
}

/* One string after another; both are known to fit. */
static void
join(struct sl_literal *a, const struct sl_literal *b)
{
	bool caseless = a->caseless || b->caseless;

	memcpy(a->bytes + a->len, b->bytes, b->len);
	a->len = (uint8_t)(a->len + b->len);
	if (caseless)
		for (size_t i = 0; i < a->len; i++)
			a->bytes[i] = fold(a->bytes[i]);
	a->caseless = caseless;
}

static uint8_t
longest(const struct sl_literals *l)
{
	uint8_t len = 0;

	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].len > len)
			len = l->items[i].len;
	return len;
}

/* Every string of the run before every one of these. @return whether it fits */
static bool
cross(struct sl_literals *run, const struct sl_literals *strings)
{
	size_t before = run->count;

	if (before * strings->count > MAX_STRINGS ||
	    longest(run) + longest(strings) > SL_LITERAL_MAX)
		return false;
	for (size_t k = 1; k < strings->count; k++)
		for (size_t i = 0; i < before; i++) {
			/* push may move items. */
			struct sl_literal copy = run->items[i];

			join(push(run, &copy), &strings->items[k]);
		}
	for (size_t i = 0; i < before; i++)
		join(&run->items[i], &strings->items[0]);
	return true;
}

static void
append(struct branch *b, const struct part *part)
{
	if (!part->exact || !cross(&b->run, &part->strings)) {
		b->whole = false;
		offer_run(b);
		if (part->exact) {
			start_run(b, &part->strings);
		} else {
			offer(b, &part->literals, b->min, b->max);
			b->min = at_least(b->min + part->min);
			b->max = width_add(b->max, part->max);
			start_run(b, NULL);
			return;
		}
	}
	b->min = at_least(b->min + part->min);
	b->max = width_add(b->max, part->max);
}

/* Anything of a width. */
static void
append_any(struct branch *b, uint32_t min, uint32_t max)
{
	append(b, &(struct part){ .min = min, .max = max });
}

static void
append_exact_times(struct branch *b, const struct part *part, uint32_t least,
    uint32_t most)
{
	uint32_t copies = least > SL_LITERAL_MAX ? SL_LITERAL_MAX : least;

	for (uint32_t i = 0; i < copies; i++)
		append(b, part);
	if (most == copies)
		return;
	append_any(b, at_least(width_times(part->min, least - copies)),
	    width_times(part->max,
		most == SL_WIDTH_ANY ? most : most - copies));
}

/* At least that many bytes of its set. */
static void
claim_run(struct part *part, uint32_t least)
{
	struct sl_literal run = { .run =
		(uint16_t)(least > UINT16_MAX ? UINT16_MAX : least) };

	if (!part->has_set || least < SL_RUN_MIN)
		return;
	memcpy(run.bytes, part->set, sizeof(run.bytes));
	(void)push(&part->literals, &run);
}

static void
append_times(struct branch *b, struct part *part, uint32_t least,
    uint32_t most)
{
	static const struct sl_literal empty;

	if (most == 0)
		return;
	if (least == 0 && most == 1 && part->exact) {
		(void)push(&part->strings, &empty);
		part->min = 0;
		append(b, part);
	} else if (least == 0) {
		append_any(b, 0, width_times(part->max, most));
	} else if (part->exact) {
		append_exact_times(b, part, least, most);
	} else {
		/* Its literals stand in the first copy. */
		claim_run(part, least);
		part->min = at_least(width_times(part->min, least));
		part->max = width_times(part->max, most);
		append(b, part);
	}
}

static void
branch_release(struct branch *b)
{
	sl_literals_release(&b->run);
	sl_literals_release(&b->best);
}

static void
branch_part(struct branch *b, struct part *out)
{
	*out = (struct part){ .min = b->min, .max = b->max,
		.exact = b->whole };
	if (b->whole) {
		move(&out->strings, &b->run);
		return;
	}
	offer_run(b);
	move(&out->literals, &b->best);
}

/* --- alternatives --- */

static void
give_up_strings(struct part *part)
{
	if (!part->exact)
		return;
	part->exact = false;
	if (usable(&part->strings))
		move(&part->literals, &part->strings);
}

static void
append_all(struct sl_literals *to, const struct sl_literals *from)
{
	for (size_t i = 0; i < from->count; i++)
		(void)push(to, &from->items[i]);
}

/* What either matches. */
static void
unite(struct part *a, struct part *b)
{
	a->min = a->min < b->min ? a->min : b->min;
	a->max = a->max > b->max ? a->max : b->max;
	if (a->exact && b->exact &&
	    a->strings.count + b->strings.count <= MAX_STRINGS) {
		append_all(&a->strings, &b->strings);
		return;
	}
	give_up_strings(a);
	give_up_strings(b);
	if (a->literals.count && b->literals.count &&
	    a->literals.count + b->literals.count <= SL_LITERALS_MAX)
		append_all(&a->literals, &b->literals);
	else
		a->literals.count = 0;
}

/* --- reading --- */

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
byte_part(uint8_t c, bool caseless, struct part *out)
{
	struct sl_literal one = { .len = 1 };

	one.caseless = caseless && is_letter(c);
	one.bytes[0] = one.caseless ? fold(c) : c;
	out->min = out->max = 1;
	out->exact = true;
	(void)push(&out->strings, &one);
}

static void
any_part(uint32_t min, uint32_t max, struct part *out)
{
	out->min = min;
	out->max = max;
}

static void
empty_part(struct part *out)
{
	static const struct sl_literal empty;

	out->exact = true;
	(void)push(&out->strings, &empty);
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
	if (!name && (is_letter(c) || (c >= '0' && c <= '9')))
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
	char small = (char)fold((uint8_t)escape);

	if (!escape || !strchr("dwshvDWSHV", escape))
		return false;
	c->unknown = c->unknown || small == 'h' || small == 'v';
	for (int i = 0; i < 256; i++) {
		bool digit = i >= '0' && i <= '9';
		bool in = small == 'd' ? digit :
		    small == 's'       ? (i >= 9 && i <= 13) || i == ' ' :
					 digit || i == '_' ||
			      is_letter((uint8_t)i);

		if (in == (escape == small))
			c->in[i] = true;
	}
	return true;
}

static void
class_part(const struct class *c, bool caseless, struct part *out)
{
	size_t count = 0, set_size = 0;

	out->min = out->max = 1;
	for (unsigned i = 0; i < 256; i++) {
		uint8_t small = fold((uint8_t)i);
		bool in = c->in[i] || (caseless && is_letter((uint8_t)i) &&
					  (c->in[small] || c->in[small - 32]));

		count += c->in[i];
		set_size += in;
		if (in)
			out->set[i / 8] |= (uint8_t)(1U << i % 8);
	}
	out->has_set = !c->unknown && set_size <= MAX_RUN_SET;
	out->exact = !c->unknown && count > 0 && count <= MAX_CLASS;
	for (unsigned i = 0; i < 256 && out->exact; i++) {
		uint8_t small = fold((uint8_t)i);
		bool both = is_letter((uint8_t)i) &&
		    (caseless || (c->in[small] && c->in[small - 32]));
		struct sl_literal one = { .len = 1, .caseless = both };

		one.bytes[0] = both ? small : (uint8_t)i;
		if (c->in[i] && (!both || small == i || !c->in[small]))
			(void)push(&out->strings, &one);
	}
}

/* After the backslash. */
static void
read_escape(struct reader *r, struct part *out)
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
		any_part(1, 1, out);
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
read_class(struct reader *r, struct part *out)
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

static void read_alternatives(struct reader *r, struct part *out);

/* What is inside is asked of the text around, and matches nothing. */
static void
read_assertion(struct reader *r, struct part *out)
{
	struct part inside = { .min = 0 };

	read_alternatives(r, &inside);
	part_release(&inside);
	empty_part(out);
}

/* Flags, as in (?i) and (?s-i:...), after the question mark. */
static void
read_flags(struct reader *r, struct part *out)
{
	bool caseless = r->caseless;
	bool on = true;

	for (; r->p < r->end; r->p++) {
		char c = *r->p;

		if (c == ')' || c == ':')
			break;
		if (c == '-')
			on = false;
		else if (c == '^')
			caseless = false;
		else if (c == 'i')
			caseless = on;
		else if (!strchr("msnJU", c) && (c != 'x' || on))
			break;
	}
	if (at(r, ')')) {
		r->caseless = caseless; /* until the group around ends */
		empty_part(out);
	} else if (accept(r, ':')) {
		bool before = r->caseless;

		r->caseless = caseless;
		read_alternatives(r, out);
		r->caseless = before;
	} else {
		fail(r);
	}
}

static void
skip_name(struct reader *r, char end)
{
	while (r->p < r->end &&
	    (is_letter((uint8_t)*r->p) || *r->p == '_' ||
		(*r->p >= '0' && *r->p <= '9')))
		r->p++;
	if (!accept(r, end))
		fail(r);
}

/* After `(?`. */
static void
read_special_group(struct reader *r, struct part *out)
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
read_group(struct reader *r, struct part *out)
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
read_atom(struct reader *r, struct part *out)
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
		any_part(1, 1, out);
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
read_branch(struct reader *r, struct part *out)
{
	struct branch b = { .whole = true };

	start_run(&b, NULL);
	while (r->p < r->end && *r->p != '|' && *r->p != ')') {
		struct part part = { .min = 0 };
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
			append_times(&b, &part, least, most);
		part_release(&part);
	}
	if (!r->failed)
		branch_part(&b, out);
	branch_release(&b);
}

static void
read_alternatives(struct reader *r, struct part *out)
{
	bool caseless = r->caseless;

	read_branch(r, out);
	while (accept(r, '|')) {
		struct part other = { .min = 0 };

		read_branch(r, &other);
		if (!r->failed)
			unite(out, &other);
		part_release(&other);
	}
	r->caseless = caseless;
}

void
sl_literals_of(struct sl_str pattern, bool caseless, struct sl_literals *out)
{
	struct reader r = { .p = pattern.ptr, .end = pattern.ptr + pattern.len,
		.caseless = caseless };
	struct part whole = { .min = 0 };

	read_alternatives(&r, &whole);
	if (r.p < r.end)
		fail(&r);
	give_up_strings(&whole);
	*out = (struct sl_literals){ NULL, 0, 0 };
	if (!r.failed && usable(&whole.literals))
		move(out, &whole.literals);
	part_release(&whole);
}
