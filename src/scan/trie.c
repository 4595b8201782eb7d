/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trie: every place of every literal, in one pass.
 *
 * At every other byte the three from there are looked up in a small table of
 * those that stand first or second in some literal; where it says so, a trie
 * of the literals is walked from there and from the byte before. The table is
 * a filter only: it knows bytes by 5 bits. It takes about a cycle per byte,
 * since no step waits for memory that the step before chose, as in an
 * automaton; and there is no state to lose, so that a text can be passed in
 * parts.
 *
 * The work per byte is bounded by the longest literal, whatever the text and
 * however many literals there are; but for reporting, which is bounded by how
 * many owners share a literal.
 */
#include "scan/scan_int.h"

#include "base/mem.h"

/* States are 16-bit numbers; about 400 patterns need 5,000. */
#define MAX_STATES 60000
#define CODE_BITS 5
#define FILTER_BITS (3 * CODE_BITS)
#define FILTER_MASK ((1U << FILTER_BITS) - 1)

/* A literal of one owner; the exact bytes, where its letters are not folded. */
struct entry {
	struct sl_literal literal;
	uint32_t owner;
	uint32_t next; /* entry of the same state, index + 1, or 0 */
};

struct sl_trie {
	uint8_t class_of[256];  /* 0: in no literal; both cases are one */
	uint8_t code_of[256];   /* the same in 5 bits */
	size_t class_count;
	uint32_t filter[(FILTER_MASK + 1) / 32];
	uint16_t *states;       /* [state * class_count + class], 0: none */
	size_t state_count;
	uint32_t *entry_of;     /* state -> index + 1, or 0 */
	struct entry *entries;
	size_t entry_count;
	size_t entry_room;
	size_t bytes;           /* of all literals; states are fewer */
};

struct sl_trie *
sl_trie_new(void)
{
	return sl_alloc(sizeof(struct sl_trie));
}

void
sl_trie_free(struct sl_trie *t)
{
	if (!t)
		return;
	free(t->states);
	free(t->entry_of);
	free(t->entries);
	free(t);
}

bool
sl_trie_has_room(const struct sl_trie *t, const struct sl_literals *literals)
{
	size_t bytes = t->bytes;

	for (size_t i = 0; i < literals->count; i++)
		bytes += literals->items[i].len;
	return bytes < MAX_STATES;
}

void
sl_trie_add(struct sl_trie *t, const struct sl_literal *literal,
    uint32_t owner)
{
	SL_GROW(t->entries, t->entry_count, t->entry_room);
	t->entries[t->entry_count++] = (struct entry){ *literal, owner, 0 };
	t->bytes += literal->len;
}

/* Letters get codes of their own, all other bytes of literals share five. */
static uint8_t
code_for(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 1);
	return (uint8_t)(27 + c % 5);
}

static void
number_classes(struct sl_trie *t)
{
	t->class_count = 1;
	for (size_t i = 0; i < t->entry_count; i++) {
		const struct sl_literal *l = &t->entries[i].literal;

		for (size_t k = 0; k < l->len; k++) {
			uint8_t c = sl_fold(l->bytes[k]);

			if (t->class_of[c])
				continue;
			t->class_of[c] = (uint8_t)t->class_count++;
			t->code_of[c] = code_for(c);
		}
	}
	for (unsigned c = 'A'; c <= 'Z'; c++) {
		t->class_of[c] = t->class_of[c + 32];
		t->code_of[c] = t->code_of[c + 32];
	}
}

static void
let_pass(struct sl_trie *t, uint32_t code)
{
	t->filter[code / 32] |= 1U << code % 32;
}

/* The three bytes from the first on, and from the second; after the third of
 * a literal of three anything may come. */
static void
let_literal_pass(struct sl_trie *t, const struct sl_literal *l)
{
	uint32_t code = 0;

	for (size_t i = 0; i < 3; i++)
		code = code << CODE_BITS | t->code_of[l->bytes[i]];
	let_pass(t, code);
	code = code << CODE_BITS & FILTER_MASK;
	if (l->len > 3) {
		let_pass(t, code | t->code_of[l->bytes[3]]);
		return;
	}
	for (uint32_t next = 0; next < 1U << CODE_BITS; next++)
		let_pass(t, code | next);
}

static void
insert(struct sl_trie *t, size_t index)
{
	struct entry *e = &t->entries[index];
	size_t state = 0;

	for (size_t i = 0; i < e->literal.len; i++) {
		uint8_t c = e->literal.bytes[i];
		uint16_t *next =
		    &t->states[state * t->class_count + t->class_of[c]];

		if (!*next)
			*next = (uint16_t)t->state_count++;
		state = *next;
	}
	let_literal_pass(t, &e->literal);
	e->next = t->entry_of[state];
	t->entry_of[state] = (uint32_t)index + 1;
}

void
sl_trie_finish(struct sl_trie *t)
{
	number_classes(t);
	t->states = sl_alloc_array((t->bytes + 1) * t->class_count,
	    sizeof(*t->states));
	t->entry_of = sl_alloc_array(t->bytes + 1, sizeof(*t->entry_of));
	t->state_count = 1;
	for (size_t i = 0; i < t->entry_count; i++)
		insert(t, i);
}

/* The literals that begin at an offset. */
static void
walk(const struct sl_trie *t, const uint8_t *text, size_t len, size_t offset,
    sl_found_fn *fn, void *ctx)
{
	size_t state = 0;

	for (size_t i = offset; i < len; i++) {
		state = t->states[state * t->class_count +
		    t->class_of[text[i]]];
		if (!state)
			return;
		for (uint32_t k = t->entry_of[state]; k;
		     k = t->entries[k - 1].next) {
			const struct entry *e = &t->entries[k - 1];

			if (e->literal.caseless ||
			    !memcmp(e->literal.bytes, text + offset,
				e->literal.len))
				fn(ctx, e->owner, &e->literal,
				    (uint32_t)offset, (uint32_t)offset);
		}
	}
}

void
sl_trie_pass(const struct sl_trie *t, struct sl_str text, size_t from,
    size_t to, sl_found_fn *fn, void *ctx)
{
	const uint8_t *p = (const uint8_t *)text.ptr;
	uint32_t code = 0;

	if (text.len < SL_LITERAL_MIN)
		return;
	if (to > text.len - 2)
		to = text.len - 2;
	if (from >= to)
		return;
	code = t->code_of[p[from]];
	for (size_t i = from; i < to; i += 2) {
		code = (code << 2 * CODE_BITS |
			   (uint32_t)t->code_of[p[i + 1]] << CODE_BITS |
			   t->code_of[p[i + 2]]) &
		    FILTER_MASK;
		if (!(t->filter[code / 32] & 1U << code % 32))
			continue;
		if (i > from)
			walk(t, p, text.len, i - 1, fn, ctx);
		walk(t, p, text.len, i, fn, ctx);
	}
	/* The byte after it was not looked at. */
	if ((to - from) % 2 == 0)
		walk(t, p, text.len, to - 1, fn, ctx);
}
