/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/text.h"
#include "scan/scanner_int.h"
#include "scan/windows_int.h"

/* Windows of one pattern on one text: at least, at most, and of all patterns
 * together. */
#define MIN_WINDOWS 8
#define MAX_WINDOWS 1024
#define ALL_WINDOWS ((size_t)1 << 18)
/* Bytes of a text that was UTF-16: 1.5 times what is read of a file. */
#define MAX_DECODED ((size_t)24 << 20)
/* Bytes between two looks at the clock. */
#define STRETCH ((size_t)256 << 10)
/* Candidates between two of them. */
#define LOOK_EVERY 4096

/** How far before a literal a match may begin, where it stood last. */
struct reach {
	uint32_t text;
	uint32_t first; /* where it stood */
	uint32_t from;  /* only bytes of its set are between */
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
	struct sl_windows *windows; /* of each pattern */
	struct reach *reaches;   /* of each literal; made with the pass */
	bool decode_tried;
	struct sl_buf utf8;      /* the text, where it was UTF-16 */
	struct sl_scan *decoded; /* at utf8; made when first needed */
};

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

/* --- candidates --- */

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
static struct sl_windows *
windows_of(struct sl_scan *scan, size_t id)
{
	struct sl_windows *w = &scan->windows[id];

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
	struct sl_windows *w;
	uint32_t from;

	if (last < l->before_min)
		return;
	from = reach_back(scan, l, first);
	w = windows_of(scan, owner);
	if (from <= last - l->before_min)
		sl_windows_add(w, from, last - l->before_min, scan->max_windows);
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
	const struct sl_scan_pattern *p;
	size_t id;

	if (expression >= s->expression_count)
		return false;
	id = s->ids[expression];
	p = &s->patterns[id];
	scan->windows[id].candidate = scan->text_number;
	if (p->width == SL_WIDTH_ANY)
		scan->wants_literals = scan->wants_literals || p->claimed;
	else
		sl_windows_add(windows_of(scan, id),
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

int
sl_scan_match(struct sl_scan *scan, size_t id, struct sl_rx_scratch *scratch,
    size_t start, struct sl_rx_match *match, struct sl_error *err)
{
	const struct sl_scan_pattern *p = &scan->scanner->patterns[id];
	struct sl_windows *w = &scan->windows[id];
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
	return sl_windows_match(w, p->rx, scratch, scan->text, start, match,
	    err);
}
