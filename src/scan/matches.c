/* SPDX-License-Identifier: Apache-2.0 */
/* matches.c: making, asking, storing them. */
#include "scan/matches.h"

#include "base/mem.h"
#include "base/text.h"
#include "scan/scan_int.h"

/* A group that took no part, among offsets. */
#define UNSET UINT32_MAX
/* Offsets of all patterns of one blob: 4 MiB. */
#define MAX_MARKS ((size_t)1 << 20)
/* The text itself, and what it is decoded to. */
#define TEXTS 2

/* What is known of one pattern in one text, where it is not "no match". */
struct found {
	uint32_t pattern;
	uint8_t text;
	bool gate;       /* found; nothing else is kept */
	bool cut;        /* there are more matches */
	uint32_t groups; /* of each match: 2 offsets */
	uint32_t first;  /* of its offsets */
	uint32_t count;  /* of matches */
	int code;        /* of the limit that was met after them; 0: none */
	char *why;
};

struct sl_matches {
	uint64_t length[TEXTS];
	bool binary;
	bool utf16;
	struct sl_pattern_set searched;
	struct found *found; /* by text and pattern */
	size_t count;
	size_t room;
	uint32_t *marks;
	size_t mark_count;
	size_t mark_room;
};

/* --- sets of patterns --- */

void
sl_pattern_set_init(struct sl_pattern_set *set,
    const struct sl_scanner *scanner)
{
	set->count = sl_scanner_count(scanner);
	set->bits = sl_alloc_array(set->count / 8 + 1, 1);
}

void
sl_pattern_set_release(struct sl_pattern_set *set)
{
	free(set->bits);
	*set = (struct sl_pattern_set){ NULL, 0 };
}

void
sl_pattern_set_clear(struct sl_pattern_set *set)
{
	memset(set->bits, 0, set->count / 8 + 1);
}

void
sl_pattern_set_add(struct sl_pattern_set *set, size_t first, size_t count)
{
	for (size_t i = first; i < first + count && i < set->count; i++)
		set->bits[i / 8] |= (uint8_t)(1U << i % 8);
}

static bool
has(const struct sl_pattern_set *set, size_t id)
{
	return id < set->count && (set->bits[id / 8] & 1U << id % 8);
}

bool
sl_pattern_set_is_empty(const struct sl_pattern_set *set)
{
	for (size_t i = 0; i < set->count / 8 + 1; i++)
		if (set->bits[i])
			return false;
	return true;
}

/* --- making --- */

static struct sl_matches *
matches_new(size_t patterns)
{
	struct sl_matches *m = sl_alloc(sizeof(*m));

	m->searched.count = patterns;
	m->searched.bits = sl_alloc_array(patterns / 8 + 1, 1);
	return m;
}

void
sl_matches_free(struct sl_matches *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++)
		free(m->found[i].why);
	sl_pattern_set_release(&m->searched);
	free(m->found);
	free(m->marks);
	free(m);
}

static void
keep_match(struct sl_matches *m, struct found *f,
    const struct sl_rx_match *match, struct sl_str text)
{
	f->groups = (uint32_t)match->count;
	f->count++;
	for (size_t i = 0; i < match->count; i++) {
		struct sl_str group = match->group[i];
		uint32_t from = UNSET, to = UNSET;

		if (group.ptr) {
			from = (uint32_t)(group.ptr - text.ptr);
			to = from + (uint32_t)group.len;
		}
		SL_GROW(m->marks, m->mark_count, m->mark_room);
		m->marks[m->mark_count++] = from;
		SL_GROW(m->marks, m->mark_count, m->mark_room);
		m->marks[m->mark_count++] = to;
	}
}

/* Where the next match is looked for. */
static size_t
after(size_t start, size_t end)
{
	return end > start ? end : start + 1;
}

/* All matches of one pattern. @return 0, SL_ELIMIT (nothing is known) */
static int
collect_one(struct sl_scan *scan, size_t id, struct sl_rx_scratch *scratch,
    struct sl_matches *m, struct found *f, struct sl_error *err)
{
	struct sl_str text = sl_scan_text(scan);
	struct sl_rx_match match;

	for (size_t start = 0; start <= text.len;) {
		struct sl_error why = SL_ERROR_INIT;
		int rc = sl_scan_match(scan, id, scratch, start, &match, &why);

		if (rc == SL_RX_NO)
			return SL_OK;
		if (rc < 0 && sl_rx_scratch_expired(scratch))
			return sl_error_set(err, rc, "%s", why.text);
		if (rc < 0) {
			f->code = rc;
			f->why = sl_strdup(why.text);
			return SL_OK;
		}
		f->cut = f->gate || f->count == SL_MATCHES_OF_PATTERN;
		if (f->cut)
			return SL_OK;
		if (m->mark_count > MAX_MARKS)
			return sl_error_set(err, SL_ELIMIT,
			    "too many matches to keep");
		keep_match(m, f, &match, text);
		start = after(match.start, match.end);
	}
	return SL_OK;
}

/* Whether a pattern's gate was looked for in a text, and is not there. */
static bool
is_shut(const struct sl_scanner *s, const struct sl_matches *m, size_t from,
    size_t id)
{
	size_t gate = sl_scanner_gate_of(s, id);

	if (gate == SL_NO_GATE || !has(&m->searched, gate))
		return false;
	for (size_t i = from; i < m->count; i++)
		if (m->found[i].pattern == gate)
			return false;
	return true;
}

/* Either the gates of a text, or what is not a gate. */
static int
collect_text(struct sl_scan *scan, const struct sl_pattern_set *wanted,
    struct sl_rx_scratch *scratch, bool gates, size_t from,
    struct sl_matches *m, uint8_t text, struct sl_error *err)
{
	const struct sl_scanner *s = sl_scan_scanner(scan);

	for (size_t id = 0; id < wanted->count; id++) {
		struct found f = { .pattern = (uint32_t)id, .text = text,
			.first = (uint32_t)m->mark_count };
		int rc;

		if (!has(wanted, id) || sl_scanner_is_gate(s, id) != gates)
			continue;
		sl_pattern_set_add(&m->searched, id, 1);
		if (is_shut(s, m, from, id))
			continue;
		f.gate = gates;
		rc = collect_one(scan, id, scratch, m, &f, err);
		if (rc < 0)
			return rc;
		if (f.count == 0 && !f.cut && f.code == 0)
			continue;
		SL_GROW(m->found, m->count, m->room);
		m->found[m->count++] = f;
	}
	return SL_OK;
}

static int
by_place(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->text != y->text)
		return x->text - y->text;
	return (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

int
sl_scan_collect(struct sl_scan *scan, const struct sl_pattern_set *wanted,
    struct sl_rx_scratch *scratch, struct sl_matches **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_matches_freep)
	struct sl_matches *m = matches_new(wanted->count);
	struct sl_scan *at[TEXTS] = { scan, sl_scan_decoded(scan) };

	m->binary = sl_scan_is_binary(scan);
	m->utf16 = at[1] != NULL;
	for (uint8_t i = 0; i < TEXTS && at[i]; i++) {
		size_t from = m->count;
		int rc;

		m->length[i] = sl_scan_text(at[i]).len;
		if (m->length[i] >= UNSET)
			return sl_error_set(err, SL_ELIMIT, "a text of 4 GiB");
		rc = collect_text(at[i], wanted, scratch, true, from, m, i,
		    err);
		if (rc == SL_OK)
			rc = collect_text(at[i], wanted, scratch, false, from,
			    m, i, err);
		if (rc < 0)
			return rc;
	}
	if (m->count)
		qsort(m->found, m->count, sizeof(*m->found), by_place);
	*out = sl_steal(&m);
	return SL_OK;
}

/* --- asking --- */

uint64_t
sl_matches_size(const struct sl_matches *m)
{
	return m->length[0];
}

bool
sl_matches_binary(const struct sl_matches *m)
{
	return m->binary;
}

bool
sl_matches_utf16(const struct sl_matches *m)
{
	return m->utf16;
}

bool
sl_matches_fit(const struct sl_matches *m, unsigned text, size_t len)
{
	return m->length[text] == len;
}

static bool
is_complete(const struct sl_matches *m)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->found[i].code != 0)
			return false;
	return true;
}

bool
sl_matches_answer(const struct sl_matches *m, const struct sl_pattern_set *p)
{
	if (m->searched.count != p->count || !is_complete(m))
		return false;
	for (size_t i = 0; i < p->count / 8 + 1; i++)
		if (p->bits[i] & ~m->searched.bits[i])
			return false;
	return true;
}

bool
sl_matches_any(const struct sl_matches *m, size_t first, size_t count)
{
	for (size_t i = first; i < first + count; i++)
		if (!has(&m->searched, i))
			return true;
	for (size_t i = 0; i < m->count; i++)
		if (m->found[i].pattern >= first &&
		    m->found[i].pattern - first < count && !m->found[i].gate)
			return true;
	return false;
}

static const struct found *
find(const struct sl_matches *m, unsigned text, size_t id)
{
	struct found key = { .text = (uint8_t)text, .pattern = (uint32_t)id };

	return m->count ? bsearch(&key, m->found, m->count, sizeof(key),
			      by_place) :
			  NULL;
}

static void
fill(const struct sl_matches *m, const struct found *f, uint32_t index,
    struct sl_str text, struct sl_rx_match *match)
{
	const uint32_t *marks = m->marks + f->first +
	    (size_t)index * f->groups * 2;

	memset(match, 0, sizeof(*match));
	match->count = f->groups;
	match->start = marks[0];
	match->end = marks[1];
	for (uint32_t i = 0; i < f->groups; i++)
		if (marks[2 * i] != UNSET)
			match->group[i] = sl_strn(text.ptr + marks[2 * i],
			    marks[2 * i + 1] - marks[2 * i]);
}

/*
 * Between where one search began and the match that it found no other match
 * begins, so whichever start is asked for there has the same answer.
 */
int
sl_matches_ask(const struct sl_matches *m, unsigned text, size_t id,
    struct sl_str bytes, size_t start, struct sl_rx_match *match,
    struct sl_error *err)
{
	const struct found *f = find(m, text, id);
	const uint32_t *marks;
	uint32_t low = 0, high;

	if (!has(&m->searched, id))
		return SL_MATCHES_UNKNOWN;
	if (!f)
		return SL_RX_NO;
	if (f->gate)
		return start == 0 && !match ? SL_RX_YES : SL_MATCHES_UNKNOWN;
	marks = m->marks + f->first;
	high = f->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (marks[(size_t)middle * f->groups * 2] < start)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 0) {
		const uint32_t *last = marks + (size_t)(low - 1) * f->groups * 2;

		if (start < after(last[0], last[1]))
			return SL_MATCHES_UNKNOWN;
	}
	if (low < f->count) {
		if (match && !bytes.ptr)
			return SL_MATCHES_UNKNOWN;
		if (match)
			fill(m, f, low, bytes, match);
		return SL_RX_YES;
	}
	if (f->code)
		return sl_error_set(err, f->code, "%s", f->why);
	return f->cut ? SL_MATCHES_UNKNOWN : SL_RX_NO;
}

/* --- the stored form: numbers of 7 bits a byte, the lowest first --- */

enum { IS_BINARY = 1, IS_UTF16 = 2 };
enum { IS_GATE = 1, IS_CUT = 2 };

static void
put(struct sl_buf *out, uint64_t n)
{
	for (; n > 127; n >>= 7)
		sl_buf_addc(out, (char)(n | 128));
	sl_buf_addc(out, (char)n);
}

int
sl_matches_write(const struct sl_matches *m, struct sl_buf *out)
{
	size_t begin = out->len;

	if (!is_complete(m))
		return SL_ELIMIT;
	put(out, (m->binary ? IS_BINARY : 0) | (m->utf16 ? IS_UTF16 : 0));
	put(out, m->length[0]);
	put(out, m->length[1]);
	put(out, m->searched.count);
	sl_buf_add(out, m->searched.bits, m->searched.count / 8 + 1);
	put(out, m->count);
	for (size_t i = 0; i < m->count; i++) {
		const struct found *f = &m->found[i];

		put(out, f->text);
		put(out, f->pattern);
		put(out, (f->gate ? IS_GATE : 0) | (f->cut ? IS_CUT : 0));
		put(out, f->groups);
		put(out, f->count);
		for (size_t k = 0; k < (size_t)f->groups * f->count * 2; k++)
			put(out, (uint64_t)m->marks[f->first + k] + 1);
		if (out->len - begin > SL_MATCHES_MAX_BYTES)
			return SL_ETOOBIG;
	}
	return out->over ? SL_ETOOBIG : SL_OK;
}

/* What is left to read; short is set when it was not enough or too much. */
struct input {
	struct sl_str left;
	bool bad;
};

static uint64_t
get(struct input *in, uint64_t max)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 63 && in->left.len; shift += 7) {
		uint8_t c = (uint8_t)*in->left.ptr;

		in->left = sl_strn(in->left.ptr + 1, in->left.len - 1);
		n |= (uint64_t)(c & 127) << shift;
		if (c > 127)
			continue;
		if (n > max)
			break;
		return n;
	}
	in->bad = true;
	return 0;
}

/* A match must lie in its text, and begin after the one before. */
static void
check_match(struct input *in, const struct sl_matches *m,
    const struct found *f, const uint32_t *marks, uint32_t index)
{
	uint64_t length = m->length[f->text];

	for (uint32_t i = 0; i < f->groups; i++) {
		uint32_t from = marks[2 * i], to = marks[2 * i + 1];

		if (from == UNSET && to == UNSET && i > 0)
			continue;
		if (from > to || to > length)
			in->bad = true;
	}
	if (index > 0) {
		const uint32_t *last = marks - (size_t)f->groups * 2;

		if (marks[0] < after(last[0], last[1]))
			in->bad = true;
	}
}

static void
read_marks(struct input *in, struct sl_matches *m, const struct found *f)
{
	for (uint32_t i = 0; i < f->count && !in->bad; i++) {
		for (uint32_t k = 0; k < f->groups * 2 && !in->bad; k++) {
			SL_GROW(m->marks, m->mark_count, m->mark_room);
			m->marks[m->mark_count++] =
			    (uint32_t)(get(in, (uint64_t)UNSET + 1) - 1);
		}
		if (!in->bad)
			check_match(in, m, f, m->marks + m->mark_count -
				f->groups * 2, i);
	}
}

static void
read_found(struct input *in, struct sl_matches *m)
{
	struct found f = { 0 };
	unsigned flags;

	f.text = (uint8_t)get(in, m->utf16 ? 1 : 0);
	f.pattern = (uint32_t)get(in, m->searched.count);
	flags = (unsigned)get(in, IS_GATE | IS_CUT);
	f.gate = flags & IS_GATE;
	f.cut = flags & IS_CUT;
	f.groups = (uint32_t)get(in, SL_RX_MAX_GROUPS);
	f.count = (uint32_t)get(in, SL_MATCHES_OF_PATTERN);
	f.first = (uint32_t)m->mark_count;
	if ((f.groups == 0) != (f.count == 0) || f.gate != (f.count == 0) ||
	    !has(&m->searched, f.pattern) ||
	    (m->count && by_place(&m->found[m->count - 1], &f) >= 0))
		in->bad = true;
	if (in->bad)
		return;
	SL_GROW(m->found, m->count, m->room);
	m->found[m->count++] = f;
	read_marks(in, m, &f);
}

int
sl_matches_read(const struct sl_scanner *scanner, struct sl_str stored,
    struct sl_matches **out)
{
	size_t patterns = sl_scanner_count(scanner);
	SL_CLEANUP(sl_matches_freep)
	struct sl_matches *m = matches_new(patterns);
	struct input in = { stored, false };
	unsigned flags = (unsigned)get(&in, IS_BINARY | IS_UTF16);
	uint64_t count;

	m->binary = flags & IS_BINARY;
	m->utf16 = flags & IS_UTF16;
	m->length[0] = get(&in, UNSET - 1);
	m->length[1] = get(&in, UNSET - 1);
	if (get(&in, patterns) != patterns || in.bad ||
	    in.left.len < patterns / 8 + 1)
		return SL_ECORRUPT;
	memcpy(m->searched.bits, in.left.ptr, patterns / 8 + 1);
	in.left = sl_strn(in.left.ptr + patterns / 8 + 1,
	    in.left.len - patterns / 8 - 1);
	count = get(&in, patterns * TEXTS);
	for (uint64_t i = 0; i < count && !in.bad; i++)
		read_found(&in, m);
	if (in.bad || in.left.len)
		return SL_ECORRUPT;
	*out = sl_steal(&m);
	return SL_OK;
}
