/* SPDX-License-Identifier: Apache-2.0 */
#include "rx/shape.h"

#include "base/mem.h"

/* Groups in groups; what nests deeper is not understood. */
#define MAX_DEPTH 50
/* A repeat of this much before anything else is worth a word. */
#define LONG_START 20

/* Which bytes something can be. */
struct set {
	uint64_t bits[4];
};

/* What one item of an expression, or a branch of them, looks like. */
struct item {
	struct set all;    /* every byte in it */
	bool nullable;     /* it can be nothing */
	bool endless;      /* it is, or ends in, a repeat without end; what
			      may follow that within it is nothing */
	struct set tail;   /* of that repeat */
	bool only_endless; /* a branch: one endless repeat can be all of it */
};

struct parser {
	struct sl_str s;
	size_t at;
	size_t depth;
	bool caseless;
	bool lost; /* something that is not understood */
	struct sl_rx_shape shape;
};

static void
set_add(struct set *set, unsigned c)
{
	set->bits[c >> 6 & 3] |= UINT64_C(1) << (c & 63);
}

static bool
sets_meet(const struct set *a, const struct set *b)
{
	for (size_t i = 0; i < 4; i++)
		if (a->bits[i] & b->bits[i])
			return true;
	return false;
}

static void
set_unite(struct set *a, const struct set *b)
{
	for (size_t i = 0; i < 4; i++)
		a->bits[i] |= b->bits[i];
}

static int
peek(const struct parser *p, size_t ahead)
{
	return p->at + ahead < p->s.len ?
	    (uint8_t)p->s.ptr[p->at + ahead] : -1;
}

static bool
accept(struct parser *p, const char *text)
{
	if (!sl_str_starts(sl_strn(p->s.ptr + p->at, p->s.len - p->at), text))
		return false;
	p->at += strlen(text);
	return true;
}

static void
complain(struct parser *p, size_t at, const char *says)
{
	if (!p->shape.says && !p->lost)
		p->shape = (struct sl_rx_shape){ at, says };
}

/* --- single bytes --- */

static bool
is_in(int kind, unsigned c)
{
	bool digit = c >= '0' && c <= '9';
	bool word = digit || (c | 32) - 'a' < 26 || c == '_';

	switch (kind | 32) {
	case 'd':
		return digit;
	case 'w':
		return word;
	default:
		return c == ' ' || (c >= 9 && c <= 13);
	}
}

/* \d, \w, \s and their opposites. @return whether it is one */
static bool
add_kind(struct set *set, int kind)
{
	if (kind < 0 || !strchr("dDwWsS", kind) || kind == 0)
		return false;
	for (unsigned c = 0; c < 256; c++)
		if (is_in(kind, c) == (kind >= 'a'))
			set_add(set, c);
	return true;
}

static void
add_letter(const struct parser *p, struct set *set, unsigned c)
{
	set_add(set, c);
	if (p->caseless && (c | 32) - 'a' < 26)
		set_add(set, c ^ 32);
}

/* After a backslash: the byte that it names, or -1 for what is not one. */
static int
escaped_byte(struct parser *p)
{
	static const char from[] = "nrtfae";
	static const char to[] = "\n\r\t\f\a\x1b";
	int c = peek(p, 0);
	const char *found = c > 0 ? strchr(from, c) : NULL;

	if (c == 'x' && peek(p, 1) > 0 && peek(p, 2) > 0) {
		char hex[3] = { (char)peek(p, 1), (char)peek(p, 2), 0 };

		p->at += 3;
		return (int)strtoul(hex, NULL, 16);
	}
	/* A back reference, or an item of many bytes. */
	if (c < 0 || (!found && c != '_' && is_in('w', (unsigned)c)))
		return -1;
	p->at++;
	return found ? (uint8_t)to[found - from] : c;
}

static void
read_class(struct parser *p, struct set *set)
{
	bool negated = accept(p, "^");
	int last = -1;

	for (bool first = true; first || peek(p, 0) != ']'; first = false) {
		int c = peek(p, 0);

		if (c < 0 || (c == '[' && peek(p, 1) == ':')) {
			p->lost = true;
			return;
		}
		p->at++;
		if (c == '\\') {
			if (add_kind(set, peek(p, 0))) {
				p->at++;
				last = -1;
				continue;
			}
			c = escaped_byte(p);
			if (c < 0) {
				p->lost = true;
				return;
			}
		}
		if (c == '-' && last >= 0 && peek(p, 0) != ']') {
			int to = peek(p, 0);

			p->at++;
			if (to == '\\')
				to = escaped_byte(p);
			for (int i = last; i <= to; i++)
				add_letter(p, set, (unsigned)i);
			last = -1;
			continue;
		}
		add_letter(p, set, (unsigned)c);
		last = c;
	}
	p->at++;
	for (size_t i = 0; negated && i < 4; i++)
		set->bits[i] = ~set->bits[i];
}

/* --- groups --- */

static struct item read_branches(struct parser *p);

/* After `(?`: flags, a name, or an assertion. @return false: it takes no
 * text */
static bool
read_group_head(struct parser *p)
{
	if (accept(p, "=") || accept(p, "!") || accept(p, "<=") ||
	    accept(p, "<!"))
		return false;
	if (accept(p, ":") || accept(p, ">") || accept(p, "|"))
		return true;
	if (accept(p, "<") || accept(p, "P<") || accept(p, "'")) {
		while (peek(p, 0) >= 0 && peek(p, 0) != '>' &&
		    peek(p, 0) != '\'')
			p->at++;
		p->at++;
		return true;
	}
	for (bool on = true; peek(p, 0) > 0 && strchr("imsnxJU-",
		 peek(p, 0)); p->at++) {
		if (peek(p, 0) == '-')
			on = false;
		if (peek(p, 0) == 'i')
			p->caseless = on;
		if (peek(p, 0) == 'x')
			p->lost = true;
	}
	if (peek(p, 0) == ')')
		return true;
	if (!accept(p, ":"))
		p->lost = true;
	return true;
}

static struct item
read_group(struct parser *p)
{
	struct item item = { .nullable = true };
	bool caseless = p->caseless, taken = true;
	bool special = accept(p, "?");

	if (++p->depth > MAX_DEPTH) {
		p->lost = true;
		return item;
	}
	if (special)
		taken = read_group_head(p);
	if (special && taken && accept(p, ")")) {
		/* Flags alone hold on until the group around ends. */
		p->depth--;
		return item;
	}
	item = read_branches(p);
	if (!accept(p, ")"))
		p->lost = true;
	p->caseless = caseless;
	p->depth--;
	return taken ? item : (struct item){ .nullable = true };
}

/* One item, without its repeat. @return whether it takes text at all */
static bool
read_atom(struct parser *p, struct item *out)
{
	int c = peek(p, 0);

	*out = (struct item){ .nullable = false };
	p->at++;
	switch (c) {
	case '(':
		*out = read_group(p);
		return true;
	case '[':
		read_class(p, &out->all);
		return true;
	case '.':
		for (unsigned i = 0; i < 256; i++)
			if (i != '\n')
				set_add(&out->all, i);
		return true;
	case '^':
	case '$':
		out->nullable = true;
		return false;
	case '\\':
		if (peek(p, 0) > 0 && strchr("bBAzZ", peek(p, 0))) {
			p->at++;
			out->nullable = true;
			return false;
		}
		if (add_kind(&out->all, peek(p, 0))) {
			p->at++;
			return true;
		}
		c = escaped_byte(p);
		if (c < 0)
			p->lost = true;
		break;
	default:
		break;
	}
	add_letter(p, &out->all, (unsigned)c & 255);
	return true;
}

struct repeat {
	unsigned min;
	unsigned max; /* UINT32_MAX: without end */
	bool possessive;
};

static unsigned
read_digits(struct parser *p)
{
	unsigned n = 0;

	for (; peek(p, 0) >= '0' && peek(p, 0) <= '9' && n < 100000; p->at++)
		n = n * 10 + (unsigned)(peek(p, 0) - '0');
	return n;
}

static struct repeat
read_repeat(struct parser *p)
{
	struct repeat r = { 1, 1, false };
	size_t from = p->at;

	if (accept(p, "*")) {
		r = (struct repeat){ 0, UINT32_MAX, false };
	} else if (accept(p, "+")) {
		r = (struct repeat){ 1, UINT32_MAX, false };
	} else if (accept(p, "?")) {
		r = (struct repeat){ 0, 1, false };
	} else if (peek(p, 0) == '{' && peek(p, 1) >= '0' &&
	    peek(p, 1) <= '9') {
		p->at++;
		r.min = r.max = read_digits(p);
		if (accept(p, ","))
			r.max = peek(p, 0) == '}' ? UINT32_MAX :
						    read_digits(p);
		if (!accept(p, "}")) {
			p->at = from;
			return (struct repeat){ 1, 1, false };
		}
	} else {
		return r;
	}
	if (!accept(p, "?"))
		r.possessive = accept(p, "+");
	return r;
}

/* An item, repeated. */
static void
apply_repeat(struct parser *p, struct item *item, struct repeat r, size_t at)
{
	if (r.max == UINT32_MAX && item->only_endless && !r.possessive)
		complain(p, at, "repeats without end what is a repeat "
		    "without end itself: a text can be cut in very many "
		    "ways, and all are tried where what follows is not there");
	if (r.min == 0)
		item->nullable = true;
	item->only_endless = false;
	/* Of a group only how it ends is known. */
	if (r.max != UINT32_MAX || p->s.ptr[at] == '(')
		return;
	item->endless = !r.possessive;
	item->tail = item->all;
}

/* What stands one after the other. */
static struct item
read_branch(struct parser *p)
{
	struct item whole = { .nullable = true };
	bool only = true, pending = false;
	size_t needed = 0; /* items that must be there */
	size_t pending_at = 0;

	while (p->at < p->s.len && !p->lost && peek(p, 0) != '|' &&
	    peek(p, 0) != ')') {
		bool start = p->at == 0 || whole.nullable;
		bool blank = !sets_meet(&whole.all, &whole.all);
		size_t at = p->at;
		struct item item;
		struct repeat r;

		if (!read_atom(p, &item))
			continue;
		r = read_repeat(p);
		apply_repeat(p, &item, r, at);
		if (p->depth == 0 && start && blank && r.max != UINT32_MAX &&
		    r.max >= LONG_START && r.min < r.max)
			complain(p, at, "begins with a repeat: it is tried "
			    "at every byte before what it looks for; leave "
			    "the repeat out");
		/* What follows two that meet is what makes them go back. */
		if (pending && !item.nullable)
			complain(p, pending_at, "has two repeats without end "
			    "of the same bytes, one after the other: where "
			    "what follows is not there, every way to share "
			    "the text is tried");
		if (whole.endless && item.endless &&
		    sets_meet(&whole.tail, &item.tail) && !pending) {
			pending = true;
			pending_at = at;
		}
		if (!item.nullable && !item.endless)
			pending = false;
		only &= item.endless || item.nullable;
		needed += !item.nullable;
		if (item.endless) {
			if (whole.endless && item.nullable)
				set_unite(&whole.tail, &item.tail);
			else
				whole.tail = item.tail;
			whole.endless = true;
		} else if (!item.nullable) {
			whole.endless = false;
		}
		set_unite(&whole.all, &item.all);
		whole.nullable &= item.nullable;
	}
	whole.only_endless = whole.endless && only && needed <= 1;
	return whole;
}

static struct item
read_branches(struct parser *p)
{
	struct item all = read_branch(p);

	while (accept(p, "|")) {
		struct item one = read_branch(p);

		set_unite(&all.all, &one.all);
		all.nullable |= one.nullable;
		all.endless &= one.endless && sets_meet(&all.tail, &one.tail);
		set_unite(&all.tail, &one.tail);
		all.only_endless |= one.only_endless;
	}
	return all;
}

struct sl_rx_shape
sl_rx_find_shape(struct sl_str pattern)
{
	struct parser p = { .s = pattern };

	(void)read_branches(&p);
	if (p.lost || p.at != pattern.len)
		return (struct sl_rx_shape){ 0, NULL };
	return p.shape;
}
