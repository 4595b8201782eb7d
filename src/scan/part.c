/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/part_int.h"

#include "base/mem.h"

/* Strings of a part; more, and only literals are kept. */
#define MAX_STRINGS 64

void
sl_literals_release(struct sl_literals *l)
{
	free(l->items);
	*l = (struct sl_literals){ NULL, 0, 0 };
}

void
sl_part_release(struct sl_part *part)
{
	sl_literals_release(&part->strings);
	sl_literals_release(&part->literals);
}

struct sl_literal *
sl_literals_push(struct sl_literals *l, const struct sl_literal *literal)
{
	SL_GROW(l->items, l->count, l->room);
	l->items[l->count] = *literal;
	return &l->items[l->count++];
}

void
sl_literals_move(struct sl_literals *to, struct sl_literals *from)
{
	sl_literals_release(to);
	*to = *from;
	*from = (struct sl_literals){ NULL, 0, 0 };
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

static void
set_unite(struct sl_set *set, const struct sl_set *other)
{
	for (size_t i = 0; i < sizeof(set->bits); i++)
		set->bits[i] |= other->bits[i];
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

bool
sl_literals_usable(const struct sl_literals *l)
{
	if (l->count == 0 || l->count > SL_LITERALS_MAX)
		return false;
	for (size_t i = 0; i < l->count; i++)
		if (!l->items[i].run && l->items[i].len < SL_LITERAL_MIN)
			return false;
	return true;
}

/* --- a branch: parts one after the other --- */

static void
start_run(struct sl_branch *b, const struct sl_literals *strings)
{
	static const struct sl_literal empty;

	b->run.count = 0;
	b->run_min = b->min;
	b->run_max = b->max;
	b->run_before = b->all;
	if (!strings)
		(void)sl_literals_push(&b->run, &empty);
	for (size_t i = 0; strings && i < strings->count; i++)
		(void)sl_literals_push(&b->run, &strings->items[i]);
}

/* Literals whose place counts from (min, max), after bytes of a set: keep them
 * if they are best. */
static void
offer(struct sl_branch *b, const struct sl_literals *l, uint32_t min,
    uint32_t max, const struct sl_set *before)
{
	struct sl_literals moved = { NULL, 0, 0 };

	if (!sl_literals_usable(l))
		return;
	for (size_t i = 0; i < l->count; i++) {
		struct sl_literal *one = sl_literals_push(&moved, &l->items[i]);

		one->before_min = at_least(one->before_min + min);
		one->before_max = width_add(one->before_max, max);
		set_unite(&one->before, before);
	}
	if (!b->best.count || cost(&moved) < cost(&b->best))
		sl_literals_move(&b->best, &moved);
	sl_literals_release(&moved);
}

static void
offer_run(struct sl_branch *b)
{
	offer(b, &b->run, b->run_min, b->run_max, &b->run_before);
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
			a->bytes[i] = sl_fold(a->bytes[i]);
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

			join(sl_literals_push(run, &copy), &strings->items[k]);
		}
	for (size_t i = 0; i < before; i++)
		join(&run->items[i], &strings->items[0]);
	return true;
}

static void
append(struct sl_branch *b, const struct sl_part *part)
{
	if (!part->exact || !cross(&b->run, &part->strings)) {
		b->whole = false;
		offer_run(b);
		if (part->exact) {
			start_run(b, &part->strings);
		} else {
			offer(b, &part->literals, b->min, b->max, &b->all);
		}
	}
	b->min = at_least(b->min + part->min);
	b->max = width_add(b->max, part->max);
	set_unite(&b->all, &part->all);
	if (!part->exact)
		start_run(b, NULL);
}

/* Any bytes of a set. */
static void
append_any(struct sl_branch *b, uint32_t min, uint32_t max,
    const struct sl_set *all)
{
	append(b, &(struct sl_part){ .min = min, .max = max, .all = *all });
}

static void
append_exact_times(struct sl_branch *b, const struct sl_part *part, uint32_t least,
    uint32_t most)
{
	uint32_t copies = least > SL_LITERAL_MAX ? SL_LITERAL_MAX : least;

	for (uint32_t i = 0; i < copies; i++)
		append(b, part);
	if (most == copies)
		return;
	append_any(b, at_least(width_times(part->min, least - copies)),
	    width_times(part->max,
		most == SL_WIDTH_ANY ? most : most - copies),
	    &part->all);
}

/* At least that many bytes of its set. */
static void
claim_run(struct sl_part *part, uint32_t least)
{
	struct sl_literal run = { .run =
		(uint16_t)(least > UINT16_MAX ? UINT16_MAX : least) };

	if (!part->is_small_set || least < SL_RUN_MIN)
		return;
	run.set = part->all;
	(void)sl_literals_push(&part->literals, &run);
}

void
sl_branch_add(struct sl_branch *b, struct sl_part *part, uint32_t least,
    uint32_t most)
{
	static const struct sl_literal empty;

	if (most == 0)
		return;
	if (least == 0 && most == 1 && part->exact) {
		(void)sl_literals_push(&part->strings, &empty);
		part->min = 0;
		append(b, part);
	} else if (least == 0) {
		append_any(b, 0, width_times(part->max, most), &part->all);
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

void
sl_branch_begin(struct sl_branch *b)
{
	*b = (struct sl_branch){ .whole = true };
	start_run(b, NULL);
}

void
sl_branch_release(struct sl_branch *b)
{
	sl_literals_release(&b->run);
	sl_literals_release(&b->best);
}

void
sl_branch_end(struct sl_branch *b, struct sl_part *out)
{
	*out = (struct sl_part){ .min = b->min, .max = b->max, .all = b->all,
		.exact = b->whole };
	if (b->whole) {
		sl_literals_move(&out->strings, &b->run);
		return;
	}
	offer_run(b);
	sl_literals_move(&out->literals, &b->best);
}

/* --- alternatives --- */

void
sl_part_give_up_strings(struct sl_part *part)
{
	if (!part->exact)
		return;
	part->exact = false;
	if (sl_literals_usable(&part->strings))
		sl_literals_move(&part->literals, &part->strings);
}

static void
append_all(struct sl_literals *to, const struct sl_literals *from)
{
	for (size_t i = 0; i < from->count; i++)
		(void)sl_literals_push(to, &from->items[i]);
}

/* What either matches. */
void
sl_part_unite(struct sl_part *a, struct sl_part *b)
{
	a->min = a->min < b->min ? a->min : b->min;
	a->max = a->max > b->max ? a->max : b->max;
	set_unite(&a->all, &b->all);
	if (a->exact && b->exact &&
	    a->strings.count + b->strings.count <= MAX_STRINGS) {
		append_all(&a->strings, &b->strings);
		return;
	}
	sl_part_give_up_strings(a);
	sl_part_give_up_strings(b);
	if (a->literals.count && b->literals.count &&
	    a->literals.count + b->literals.count <= SL_LITERALS_MAX)
		append_all(&a->literals, &b->literals);
	else
		a->literals.count = 0;
}
