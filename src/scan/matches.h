/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matches: all that patterns match in one blob, as numbers.
 *
 * Patterns by their number in a scanner, the offsets of their groups, and
 * nothing else: no path, no level, no time, no text. So what was found in a
 * blob once can be used for whatever is asked about it, in another thread or
 * in another push:
 *
 *     sl_scan_begin(scan, bytes);
 *     rc = sl_scan_collect(scan, wanted, scratch, &matches, err);
 *     ...
 *     sl_scan_begin_known(other_scan, bytes, matches);
 *     rc = sl_scan_match(other_scan, id, scratch, 0, &match, err);
 *
 * The second scan answers as the first would: from the matches where they are
 * complete, else by a search. A blob in which no pattern was found need not
 * be there at all.
 *
 * Immutable once made; several threads may read one.
 */
#ifndef SL_SCAN_MATCHES_H
#define SL_SCAN_MATCHES_H

#include "scan/scan.h"

struct sl_matches;

/** Matches of one pattern that are kept: what a search may ask for. */
#define SL_MATCHES_OF_PATTERN 10000
/** Bytes of the stored form; larger ones are not stored. */
#define SL_MATCHES_MAX_BYTES ((size_t)1 << 20)

/** A set of pattern numbers. Zero-initialise; bits of a scanner's patterns. */
struct sl_pattern_set {
	uint8_t *bits;
	size_t count; /* of patterns */
};

void sl_pattern_set_init(struct sl_pattern_set *set,
    const struct sl_scanner *scanner);
void sl_pattern_set_release(struct sl_pattern_set *set);
void sl_pattern_set_clear(struct sl_pattern_set *set);
void sl_pattern_set_add(struct sl_pattern_set *set, size_t first,
    size_t count);
bool sl_pattern_set_is_empty(const struct sl_pattern_set *set);

/**
 * Search the text that a scan is at, and where it is in UTF-16 its decoded
 * form, for all matches of patterns: from each the next that begins where it
 * ended.
 *
 * A pattern with a gate (sl_scanner_gate) is searched for where its gate is
 * found. Of a gate, only whether it is found is kept. A search that meets a
 * limit is kept as such: it is what a later question is answered.
 *
 * @param wanted  the patterns
 * @param[out] out  sl_matches_free
 * @return 0, SL_ELIMIT (the time is over, or there are more matches than are
 *         kept: nothing is known)
 */
int sl_scan_collect(struct sl_scan *scan, const struct sl_pattern_set *wanted,
    struct sl_rx_scratch *scratch, struct sl_matches **out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_matches_free(struct sl_matches *matches);
SL_DEFINE_FREEP(struct sl_matches, sl_matches_free, sl_matches_freep)

/**
 * As sl_scan_begin, with what is known about the text.
 *
 * @param bytes    no pointer: not there; only where none of the patterns that
 *                 will be asked for was found
 * @param matches  borrowed until the next begin; of these bytes and of this
 *                 scan's scanner; NULL: nothing is known
 */
void sl_scan_begin_known(struct sl_scan *scan, struct sl_str bytes,
    const struct sl_matches *matches);

/** Whether the text is binary to Git: a NUL among the first 8000 bytes. */
bool sl_scan_is_binary(const struct sl_scan *scan);

/** The bytes that were searched. */
uint64_t sl_matches_size(const struct sl_matches *matches);

/** Whether all of these patterns were searched for, without a limit. */
bool sl_matches_answer(const struct sl_matches *matches,
    const struct sl_pattern_set *patterns);

/** Whether one of some patterns is found, or is not known not to be. */
bool sl_matches_any(const struct sl_matches *matches, size_t first,
    size_t count);

/**
 * Append the form that is stored.
 *
 * @return 0, SL_ELIMIT (not complete), SL_ETOOBIG
 */
int sl_matches_write(const struct sl_matches *matches, struct sl_buf *out)
    SL_MUST_CHECK;

/**
 * Read the stored form. It is checked whole, but cannot be checked against
 * the text: it is as good as the place that it comes from.
 *
 * @param[out] out  sl_matches_free
 * @return 0, SL_ECORRUPT
 */
int sl_matches_read(const struct sl_scanner *scanner, struct sl_str stored,
    struct sl_matches **out) SL_MUST_CHECK;

#endif
