/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/database_int.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"

/* Windows of one pattern on one text: at least, at most, and of all patterns
 * together. */
#define MIN_WINDOWS 8
#define MAX_WINDOWS 1024
#define ALL_WINDOWS ((size_t)1 << 18)
/* Bytes between two windows that are not worth another call of PCRE2. */
#define GAP 64
/* Runs of all patterns: each costs a look at every n-th byte. */
#define MAX_RUNS 64
/* Bytes of a text that was UTF-16: 1.5 times what is read of a file. */
#define MAX_DECODED ((size_t)24 << 20)
/* Bytes between two looks at the clock. */
#define STRETCH ((size_t)256 << 10)
/* Candidates between two of them. */
#define LOOK_EVERY 4096

struct pattern {
	struct sl_rx *rx;
	bool kept_out; /* of databases */
	bool claimed;  /* its literals are in the trie */
	uint32_t width; /* of a match, where the database knows it, or
			   SL_WIDTH_ANY; 0: it does not */
	struct sl_scan_claim claim;
	size_t gate; /* SL_NO_GATE: none */
	bool is_gate;
};

struct sl_scanner {
	struct pattern *patterns;
	size_t count;
	size_t room;
	char *folder; /* where a database may be; NULL: nowhere */
	bool prepared; /* all that follows */
	struct sl_hs *hs; /* the database; NULL: there is none */
	size_t *ids;  /* of its expressions */
	size_t expression_count;
	size_t known;  /* expressions that it knows */
	bool alone; /* nothing but it needs to pass */
	char why[SL_DATABASE_WHY_SIZE];
	struct sl_trie *trie;
	struct sl_run *runs;
	size_t run_count;
	size_t run_room;
	uint32_t literal_count;
};

/** Where a match may begin. */
struct window {
	uint32_t from;
	uint32_t to; /* inclusive */
};

/** How far before a literal a match may begin, where it stood last. */
struct reach {
	uint32_t text;
	uint32_t first; /* where it stood */
	uint32_t from;  /* only bytes of its set are between */
};

struct windows {
	struct window *items;
	uint32_t count;
	uint32_t room;
	uint32_t text; /* the number of the text that they are about */
	uint32_t candidate; /* that of the last one with a candidate */
	bool mixed;    /* not in order yet */
};

struct sl_scan {
	struct sl_scanner *scanner;
	bool whole;    /* no pass: each pattern by itself */
	struct sl_hs_scratch *hs; /* made with the first pass */
	struct sl_str text;
	const struct sl_matches *known; /* about it; NULL: nothing is */
	unsigned known_text; /* which of its texts this is */
	uint32_t text_number; /* from 1 */
	bool passed;
	bool wants_literals; /* of the pass: beside the database */
	size_t max_windows;      /* of one pattern */
	struct windows *windows; /* of each pattern */
	struct reach *reaches;   /* of each literal; made with the pass */
	bool decode_tried;
	struct sl_buf utf8;      /* the text, where it was UTF-16 */
	struct sl_scan *decoded; /* at utf8; made when first needed */
};

struct sl_scanner *
sl_scanner_new(void)
{
	return sl_alloc(sizeof(struct sl_scanner));
}

void
sl_scanner_free(struct sl_scanner *s)
{
	if (!s)
		return;
	sl_hs_free(s->hs);
	sl_trie_free(s->trie);
	free(s->folder);
	free(s->ids);
	free(s->runs);
	free(s->patterns);
	free(s);
}

size_t
sl_scanner_add(struct sl_scanner *s, struct sl_rx *rx)
{
	SL_GROW(s->patterns, s->count, s->room);
	s->patterns[s->count] = (struct pattern){ .rx = rx,
		.gate = SL_NO_GATE };
	return s->count++;
}

void
sl_scanner_gate(struct sl_scanner *s, size_t first, size_t count, size_t gate)
{
	s->patterns[gate].is_gate = true;
	for (size_t i = first; i < first + count; i++)
		s->patterns[i].gate = gate;
}

size_t
sl_scanner_gate_of(const struct sl_scanner *s, size_t id)
{
	return s->patterns[id].gate;
}

bool
sl_scanner_is_gate(const struct sl_scanner *s, size_t id)
{
	return s->patterns[id].is_gate;
}

size_t
sl_scanner_count(const struct sl_scanner *s)
{
	return s->count;
}

void
sl_scanner_describe(const struct sl_scanner *s, struct sl_buf *out)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct pattern *p = &s->patterns[i];
		struct sl_str text = sl_rx_pattern(p->rx);

		sl_buf_addf(out, "%zu %u %d ", text.len, sl_rx_flags(p->rx),
		    p->gate == SL_NO_GATE ? -1 : (int)p->gate);
		sl_buf_addv(out, text);
	}
}

void
sl_scanner_keep_out(struct sl_scanner *s, size_t id)
{
	s->patterns[id].kept_out = true;
}

void
sl_scanner_use(struct sl_scanner *s, const char *folder)
{
	free(s->folder);
	s->folder = sl_strdup(folder);
}

struct sl_rx *
sl_scanner_pattern(const struct sl_scanner *s, size_t id)
{
	return id < s->count ? s->patterns[id].rx : NULL;
}

static struct sl_scan_claim
describe(const struct sl_literals *l)
{
	struct sl_scan_claim claim = { l->count, 0, 0 };

	for (size_t i = 0; i < l->count; i++) {
		const struct sl_literal *one = &l->items[i];

		size_t len = one->run ? one->run : one->len;

		if (i == 0 || len < claim.shortest)
			claim.shortest = len;
		if (one->before_max == SL_WIDTH_ANY)
			claim.before = SIZE_MAX;
		else if (one->before_max > claim.before)
			claim.before = one->before_max;
	}
	return claim;
}

/* Take in all literals of a pattern, or none. */
static bool
take(struct sl_scanner *s, struct sl_literals *l, uint32_t owner)
{
	size_t runs = s->run_count;

	for (size_t i = 0; i < l->count; i++)
		runs += l->items[i].run > 0;
	if (l->count == 0 || runs > MAX_RUNS || !sl_trie_has_room(s->trie, l))
		return false;
	for (size_t i = 0; i < l->count; i++) {
		l->items[i].number = s->literal_count++;
		if (!l->items[i].run) {
			sl_trie_add(s->trie, &l->items[i], owner);
			continue;
		}
		SL_GROW(s->runs, s->run_count, s->run_room);
		sl_run_init(&s->runs[s->run_count++], &l->items[i], owner);
	}
	return true;
}

/* What a database is made for: the same for the same patterns, whatever
 * rules have them, in which order. */
static int
by_text(const void *a, const void *b, void *ctx)
{
	const struct sl_scanner *s = ctx;
	size_t i = *(const size_t *)a, k = *(const size_t *)b;
	const struct sl_rx *x = s->patterns[i].rx, *y = s->patterns[k].rx;
	unsigned p = sl_rx_flags(x), q = sl_rx_flags(y);
	int order = sl_str_cmp(sl_rx_pattern(x), sl_rx_pattern(y));

	if (order != 0 || p != q)
		return order != 0 ? order : p < q ? -1 : 1;
	return i < k ? -1 : i > k;
}

/* @param[out] ids  which pattern each is of; both free() */
static struct sl_expression *
list_expressions(struct sl_scanner *s, size_t **ids, size_t *count)
{
	struct sl_expression *list = sl_alloc_array(s->count + 1,
	    sizeof(*list));

	*ids = sl_alloc_array(s->count + 1, sizeof(**ids));
	*count = 0;
	/* Bytes are bytes to a database. */
	for (size_t i = 0; i < s->count; i++)
		if (!s->patterns[i].kept_out &&
		    !(sl_rx_flags(s->patterns[i].rx) & SL_RX_CHARACTERS))
			(*ids)[(*count)++] = i;
	qsort_r(*ids, *count, sizeof(**ids), by_text, s);
	for (size_t i = 0; i < *count; i++) {
		const struct sl_rx *rx = s->patterns[(*ids)[i]].rx;

		list[i].text = sl_rx_pattern(rx);
		list[i].caseless = sl_rx_flags(rx) & SL_RX_CASELESS;
	}
	return list;
}

/* Take in the database, if there is one. */
static void
load_database(struct sl_scanner *s)
{
	SL_CLEANUP(sl_freep) struct sl_expression *list = NULL;

	if (!s->folder)
		return;
	list = list_expressions(s, &s->ids, &s->expression_count);
	if (s->expression_count == 0)
		return;
	s->hs = sl_database_load(s->folder, list, s->expression_count,
	    s->why);
	for (size_t i = 0; i < s->expression_count && s->hs; i++) {
		s->patterns[s->ids[i]].width = list[i].width;
		s->known += list[i].width > 0;
	}
}

/* Whether literals of a pattern are of use: one with a bounded width needs no
 * more than the database. */
static bool
needs_literals(const struct pattern *p)
{
	return p->width == 0 || p->width == SL_WIDTH_ANY;
}

static void
prepare_literals(struct sl_scanner *s)
{
	s->trie = sl_trie_new();
	s->alone = true;
	for (size_t i = 0; i < s->count; i++) {
		struct pattern *p = &s->patterns[i];
		struct sl_literals literals;

		if (!needs_literals(p))
			continue;
		sl_literals_of(sl_rx_pattern(p->rx),
		    sl_rx_flags(p->rx) & SL_RX_CASELESS, &literals);
		p->claimed = take(s, &literals, (uint32_t)i);
		if (p->claimed)
			p->claim = describe(&literals);
		if (p->claimed && p->width == 0)
			s->alone = false;
		sl_literals_release(&literals);
	}
	sl_trie_finish(s->trie);
}

void
sl_scanner_prepare(struct sl_scanner *s)
{
	if (s->prepared)
		return;
	load_database(s);
	prepare_literals(s);
	s->prepared = true;
}

struct sl_scan_claim
sl_scanner_claim(struct sl_scanner *s, size_t id)
{
	sl_scanner_prepare(s);
	return s->patterns[id].claim;
}

/* "Vectorscan 5.4.9"; Hyperscan's last free version is 5.4.2. */
static void
name_library(char out[SL_SCAN_ENGINE_SIZE])
{
	char version[SL_HS_VERSION_SIZE] = "";
	unsigned major = 0, minor = 0, patch = 0;

	(void)sl_hs_version(version);
	(void)sscanf(version, "%u.%u.%u", &major, &minor, &patch);
	snprintf(out, SL_SCAN_ENGINE_SIZE, "%s %u.%u.%u",
	    major == 5 && minor == 4 && patch > 2 ? "Vectorscan" :
						    "Hyperscan",
	    major, minor, patch);
}

void
sl_scanner_engine(const struct sl_scanner *s, char out[SL_SCAN_ENGINE_SIZE])
{
	size_t len;

	out[0] = '\0';
	if (s->prepared && s->hs)
		name_library(out);
	len = strlen(out);
	if (s->prepared && s->hs && s->known < s->count)
		snprintf(out + len, SL_SCAN_ENGINE_SIZE - len,
		    " (%zu of %zu patterns)", s->known, s->count);
	else if (s->prepared && !s->hs)
		snprintf(out, SL_SCAN_ENGINE_SIZE, "windows%s%s%s",
		    s->why[0] ? " (" : "", s->why, s->why[0] ? ")" : "");
}

int
sl_scanner_compile(struct sl_scanner *s, struct sl_scan_compiled *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_expression *list = NULL;
	SL_CLEANUP(sl_freep) size_t *ids = NULL;
	char why[SL_DATABASE_WHY_SIZE];
	struct sl_hs *hs = NULL;
	int rc = SL_OK;

	*out = (struct sl_scan_compiled){ .patterns = s->count };
	list = list_expressions(s, &ids, &out->expressions);
	if (!s->folder || out->expressions == 0)
		return SL_OK;
	hs = sl_database_load(s->folder, list, out->expressions, why);
	out->made = hs == NULL;
	sl_hs_free(hs);
	if (out->made)
		rc = sl_database_make(s->folder, list, out->expressions, err);
	for (size_t i = 0; i < out->expressions && rc == SL_OK; i++)
		out->known += list[i].width > 0;
	return rc;
}

struct sl_scan *
sl_scan_new(struct sl_scanner *scanner)
{
	struct sl_scan *scan = sl_alloc(sizeof(*scan));
	size_t share = scanner->count ? ALL_WINDOWS / scanner->count :
					MAX_WINDOWS;

	scan->scanner = scanner;
	sl_buf_init(&scan->utf8, MAX_DECODED);
	scan->windows = sl_alloc_array(scanner->count + 1,
	    sizeof(*scan->windows));
	scan->max_windows = share < MIN_WINDOWS ? MIN_WINDOWS :
	    share > MAX_WINDOWS			? MAX_WINDOWS :
						  share;
	return scan;
}

struct sl_scan *
sl_scan_new_whole(struct sl_scanner *scanner)
{
	struct sl_scan *scan = sl_scan_new(scanner);

	scan->whole = true;
	return scan;
}

void
sl_scan_free(struct sl_scan *scan)
{
	if (!scan)
		return;
	sl_hs_scratch_free(scan->hs);
	for (size_t i = 0; i < scan->scanner->count; i++)
		free(scan->windows[i].items);
	sl_scan_free(scan->decoded);
	sl_buf_release(&scan->utf8);
	free(scan->reaches);
	free(scan->windows);
	free(scan);
}

void
sl_scan_begin(struct sl_scan *scan, struct sl_str bytes)
{
	scan->text = bytes;
	scan->known = NULL;
	scan->decode_tried = false;
	scan->passed = false;
}

void
sl_scan_begin_known(struct sl_scan *scan, struct sl_str bytes,
    const struct sl_matches *matches)
{
	sl_scan_begin(scan, bytes);
	scan->known_text = 0;
	if (matches && (!bytes.ptr || sl_matches_fit(matches, 0, bytes.len)))
		scan->known = matches;
}

const struct sl_scanner *
sl_scan_scanner(const struct sl_scan *scan)
{
	return scan->scanner;
}

bool
sl_scan_is_binary(const struct sl_scan *scan)
{
	return scan->known ? sl_matches_binary(scan->known) :
			     sl_text_is_binary(scan->text);
}

struct sl_str
sl_scan_text(const struct sl_scan *scan)
{
	return scan->text;
}

/* What is known about a text that is not there goes for the decoded one. */
static struct sl_scan *
decoded_unread(struct sl_scan *scan)
{
	if (!sl_matches_utf16(scan->known))
		return NULL;
	if (!scan->decoded)
		scan->decoded = sl_scan_new(scan->scanner);
	sl_scan_begin_known(scan->decoded, sl_strn(NULL, 0), scan->known);
	scan->decoded->known_text = 1;
	return scan->decoded;
}

struct sl_scan *
sl_scan_decoded(struct sl_scan *scan)
{
	enum sl_utf16 order;

	if (scan->known && !scan->text.ptr)
		return decoded_unread(scan);
	if (scan->decode_tried)
		return scan->utf8.len ? scan->decoded : NULL;
	scan->decode_tried = true;
	sl_buf_clear(&scan->utf8);
	order = sl_utf16_detect(scan->text);
	/* It fits: no kind of rule reads more than 16 MiB. */
	if (order != SL_UTF16_NONE)
		(void)sl_utf16_decode(scan->text, order, &scan->utf8);
	if (scan->utf8.len == 0)
		return NULL;
	if (!scan->decoded) {
		scan->decoded = sl_scan_new(scan->scanner);
		scan->decoded->whole = scan->whole;
	}
	sl_scan_begin(scan->decoded, sl_buf_str(&scan->utf8));
	scan->decoded->known_text = 1;
	if (scan->known && sl_matches_fit(scan->known, 1, scan->utf8.len))
		scan->decoded->known = scan->known;
	return scan->decoded;
}

/* --- windows --- */

/* Take every two neighbours for one. */
static void
coarsen(struct windows *w)
{
	uint32_t half = w->count / 2;

	for (uint32_t i = 0; i < half; i++)
		w->items[i] = (struct window){ w->items[2 * i].from,
			w->items[2 * i + 1].to };
	if (w->count % 2)
		w->items[half++] = w->items[w->count - 1];
	w->count = half;
}

/* Join the last windows as long as they touch. The last begins latest. */
static void
settle(struct windows *w)
{
	while (w->count > 1) {
		struct window *last = &w->items[w->count - 1];
		struct window *before = last - 1;

		if ((uint64_t)before->to + GAP < last->from)
			return;
		if (last->from < before->from)
			before->from = last->from;
		if (last->to > before->to)
			before->to = last->to;
		w->count--;
	}
}

static int
by_from(const void *a, const void *b)
{
	const struct window *x = a, *y = b;

	return (x->from > y->from) - (x->from < y->from);
}

static void
bring_in_order(struct windows *w)
{
	uint32_t count = w->count;

	if (!w->mixed)
		return;
	w->mixed = false;
	qsort(w->items, count, sizeof(*w->items), by_from);
	w->count = 1;
	for (uint32_t i = 1; i < count; i++) {
		w->items[w->count++] = w->items[i];
		settle(w);
	}
}

/*
 * Literals come in order, then each run in order. What touches the last window
 * is joined to it; what lies before it waits to be sorted.
 */
static void
add_window(struct windows *w, uint32_t from, uint32_t to, size_t max)
{
	struct window *last = w->count ? &w->items[w->count - 1] : NULL;

	if (last && from <= (uint64_t)last->to + GAP &&
	    last->from <= (uint64_t)to + GAP) {
		if (to > last->to)
			last->to = to;
		if (from < last->from)
			last->from = from;
		if (!w->mixed)
			settle(w);
		return;
	}
	if (w->count == max)
		bring_in_order(w);
	if (w->count == max)
		coarsen(w);
	if (w->count && from < w->items[w->count - 1].from)
		w->mixed = true;
	SL_GROW(w->items, w->count, w->room);
	w->items[w->count++] = (struct window){ from, to };
	if (!w->mixed)
		settle(w);
}

/*
 * The first byte from which only bytes that may be before a literal lead to
 * it. Where the literal stood before is as far as it goes: what led to it
 * there is known, so that a text is walked once for each literal at most.
 */
static uint32_t
reach_back(struct sl_scan *scan, const struct sl_literal *l, uint32_t first)
{
	const uint8_t *p = (const uint8_t *)scan->text.ptr;
	struct reach *reach = &scan->reaches[l->number];
	uint32_t known = reach->text == scan->text_number ? reach->first : 0;
	uint32_t least = 0, from = first;

	if (l->before_max < first) /* SL_WIDTH_ANY is more than any */
		least = first - l->before_max;
	while (from > least && from > known &&
	    sl_set_has(&l->before, p[from - 1]))
		from--;
	if (from > least && from == known && known < first)
		from = reach->from > least ? reach->from : least;
	*reach = (struct reach){ scan->text_number, first, from };
	return from;
}

/* The windows of a pattern, empty at the first place in a text. */
static struct windows *
windows_of(struct sl_scan *scan, size_t id)
{
	struct windows *w = &scan->windows[id];

	if (w->text != scan->text_number) {
		w->text = scan->text_number;
		w->count = 0;
		w->mixed = false;
	}
	return w;
}

static void
on_literal(void *ctx, uint32_t owner, const struct sl_literal *l,
    uint32_t first, uint32_t last)
{
	struct sl_scan *scan = ctx;
	struct windows *w;
	uint32_t from;

	if (last < l->before_min)
		return;
	from = reach_back(scan, l, first);
	w = windows_of(scan, owner);
	if (from <= last - l->before_min)
		add_window(w, from, last - l->before_min, scan->max_windows);
}

static int
look_at_clock(const struct sl_rx_scratch *scratch, struct sl_error *err)
{
	if (scratch && sl_rx_scratch_expired(scratch))
		return sl_error_set(err, SL_ELIMIT,
		    "the time budget ended in a search");
	return SL_OK;
}

/* --- the pass --- */

struct candidates {
	struct sl_scan *scan;
	const struct sl_rx_scratch *scratch;
	unsigned count;
};

/* A match may end at end: then it begins at most its width before. */
static bool
on_candidate(void *ctx, uint32_t expression, uint32_t end)
{
	struct candidates *c = ctx;
	struct sl_scan *scan = c->scan;
	const struct sl_scanner *s = scan->scanner;
	const struct pattern *p;
	size_t id;

	if (expression >= s->expression_count)
		return false;
	id = s->ids[expression];
	p = &s->patterns[id];
	scan->windows[id].candidate = scan->text_number;
	if (p->width == SL_WIDTH_ANY)
		scan->wants_literals = scan->wants_literals || p->claimed;
	else
		add_window(windows_of(scan, id),
		    end > p->width ? end - p->width : 0, end,
		    scan->max_windows);
	return ++c->count % LOOK_EVERY != 0 || !c->scratch ||
	    !sl_rx_scratch_expired(c->scratch);
}

static int
pass_database(struct sl_scan *scan, const struct sl_rx_scratch *scratch,
    struct sl_error *err)
{
	struct candidates c = { scan, scratch, 0 };
	int rc;

	if (!scan->hs)
		scan->hs = sl_hs_scratch_new(scan->scanner->hs);
	if (!scan->hs)
		return sl_error_set(err, SL_ELIMIT,
		    "there is no memory for a search");
	rc = sl_hs_search(scan->hs, scan->text, on_candidate, &c, err);
	return rc == SL_OK ? look_at_clock(scratch, err) : rc;
}

static int
pass_literals(struct sl_scan *scan, const struct sl_rx_scratch *scratch,
    struct sl_error *err)
{
	const struct sl_scanner *s = scan->scanner;
	int rc = SL_OK;

	if (!scan->reaches)
		scan->reaches = sl_alloc_array(s->literal_count + 1,
		    sizeof(*scan->reaches));
	for (size_t at = 0; at < scan->text.len && rc == SL_OK; at += STRETCH) {
		sl_trie_pass(s->trie, scan->text, at, at + STRETCH, on_literal,
		    scan);
		rc = look_at_clock(scratch, err);
	}
	for (size_t i = 0; i < s->run_count && rc == SL_OK; i++) {
		sl_run_pass(&s->runs[i], scan->text, on_literal, scan);
		if (scan->text.len > STRETCH)
			rc = look_at_clock(scratch, err);
	}
	return rc;
}

static int
pass(struct sl_scan *scan, const struct sl_rx_scratch *scratch,
    struct sl_error *err)
{
	const struct sl_scanner *s = scan->scanner;
	int rc = SL_OK;

	/* One that was begun anew must not find what it left. */
	scan->text_number++;
	scan->wants_literals = !s->alone;
	if (s->hs)
		rc = pass_database(scan, scratch, err);
	if (rc == SL_OK && scan->wants_literals)
		rc = pass_literals(scan, scratch, err);
	scan->passed = rc == SL_OK;
	return rc;
}

/* The first window that ends at start or later; windows are in order. */
static uint32_t
first_window(const struct windows *w, size_t start)
{
	uint32_t low = 0, high = w->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (w->items[middle].to < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int
match_in_windows(const struct windows *w, struct sl_rx *rx,
    struct sl_rx_scratch *scratch, struct sl_str text, size_t start,
    struct sl_rx_match *match, struct sl_error *err)
{
	for (uint32_t i = first_window(w, start); i < w->count; i++) {
		size_t from = w->items[i].from > start ? w->items[i].from :
							 start;
		int rc = sl_rx_match_within(rx, scratch, text, from,
		    w->items[i].to, match, err);

		if (rc != SL_RX_NO)
			return rc;
	}
	return SL_RX_NO;
}

int
sl_scan_match(struct sl_scan *scan, size_t id, struct sl_rx_scratch *scratch,
    size_t start, struct sl_rx_match *match, struct sl_error *err)
{
	const struct pattern *p = &scan->scanner->patterns[id];
	struct windows *w = &scan->windows[id];
	int rc;

	if (scan->known) {
		rc = sl_matches_ask(scan->known, scan->known_text, id,
		    scan->text, start, match, err);
		if (rc != SL_MATCHES_UNKNOWN)
			return rc;
		if (!scan->text.ptr)
			return sl_error_set(err, SL_ELIMIT,
			    "the file was not read");
	}
	/* Positions are kept in 32 bits. */
	if (scan->whole || scan->text.len >= UINT32_MAX)
		return sl_rx_match(p->rx, scratch, scan->text, start, match,
		    err);
	sl_scanner_prepare(scan->scanner);
	if (!p->claimed && p->width == 0)
		return sl_rx_match(p->rx, scratch, scan->text, start, match,
		    err);
	rc = scan->passed ? SL_OK : pass(scan, scratch, err);
	if (rc < 0)
		return rc;
	if (p->width != 0 && w->candidate != scan->text_number)
		return SL_RX_NO;
	/* Any width, and no literals: the candidate says no more. */
	if (!p->claimed && p->width == SL_WIDTH_ANY)
		return sl_rx_match(p->rx, scratch, scan->text, start, match,
		    err);
	if (w->text != scan->text_number)
		return SL_RX_NO;
	bring_in_order(w);
	return match_in_windows(w, p->rx, scratch, scan->text, start, match,
	    err);
}
