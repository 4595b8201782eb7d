/* SPDX-License-Identifier: Apache-2.0 */
/*
 * search: text that must not be there, for every kind that looks for such:
 * the keys `match`, `keywords`, `allow`, `allow-match`, `allow-line`, `entropy`
 * and `secret`.
 *
 * Defined by a search over the whole text in byte mode; whole blobs are
 * searched for the patterns of all rules at once, see scan.h. What a rule about
 * secrets finds is never shown: only how it begins, and its length.
 */
#ifndef SL_POLICY_KINDS_SEARCH_H
#define SL_POLICY_KINDS_SEARCH_H

#include "policy/kinds/ignore.h"
#include "policy/rule.h"

/** The keys that sl_search_read reads, for a kind's table. */
#define SL_SEARCH_KEYS							\
	{ .name = "match", .tighten = SL_TIGHTEN_ADD },			\
	{ .name = "keywords", .tighten = SL_TIGHTEN_ADD, .if_given = true },\
	{ .name = "allow", .tighten = SL_TIGHTEN_DROP, .if_given = true },\
	{ .name = "allow-match", .tighten = SL_TIGHTEN_DROP,		\
	    .if_given = true },						\
	{ .name = "allow-line", .tighten = SL_TIGHTEN_DROP,		\
	    .if_given = true },						\
	{ .name = "entropy", .tighten = SL_TIGHTEN_LOWER, .if_given = true },\
	{ .name = "secret", .tighten = SL_TIGHTEN_ORDER,		\
	    .order = "false < true" }

/** Zero-initialise. */
struct sl_search {
	struct sl_patterns match;
	struct sl_patterns keywords; /* one pattern for all words, or none */
	struct sl_patterns allow; /* what was found is let through where one
				     of these is found in it */
	struct sl_patterns allow_match; /* in the whole match */
	struct sl_patterns allow_line;  /* in its lines */
	unsigned entropy; /* hundredths of a bit per byte that what was
			     found must have; 0: any */
	bool secret;
	struct sl_ignore ignore; /* of kinds with the key */
	bool scanned; /* match is in the policy's scanner, */
	size_t first; /* from this number on, */
	size_t words; /* and keywords is this one */
};

/** Read the keys. @return 0, SL_ECONFIG with a place */
int sl_search_read(struct sl_rule *rule, struct sl_search *search,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * The Shannon entropy of bytes, each taken for itself, in hundredths of a bit
 * per byte: from 0 to 800. In integers, so that it is the same everywhere.
 */
unsigned sl_entropy(struct sl_str bytes);

/** Say that whole blobs will be searched. */
void sl_search_scan_blobs(struct sl_rule *rule, struct sl_search *search);

void sl_search_release(struct sl_search *search);

/**
 * Hears of each match that counts.
 *
 * @param hit  line and column within the text, what was found, its groups,
 *             message and fix; the rest is the caller's to fill
 * @return whether it counts towards what may be told
 */
typedef bool sl_search_fn(void *ctx, struct sl_hit *hit);

/**
 * Search a text, pattern by pattern.
 *
 * @param left  how many matches may still be told; the search ends at 0
 * @return 0, SL_ELIMIT (a limit of matching, or more than 10,000 matches)
 */
int sl_search_text(const struct sl_search *search, struct sl_judge *j,
    struct sl_str text, uint64_t *left, sl_search_fn *fn, void *ctx,
    struct sl_error *err) SL_MUST_CHECK;

#endif
