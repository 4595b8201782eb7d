/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern: lists of regular expressions as rules have them.
 */
#ifndef SL_POLICY_PATTERN_H
#define SL_POLICY_PATTERN_H

#include "base/map.h"
#include "doc/doc.h"
#include "rx/rx.h"

/** Any of several patterns. Zero-initialise. */
struct sl_patterns {
	struct sl_rx **rx;
	size_t count;
};

/**
 * Compile one regular expression node.
 *
 * @return 0, SL_ECONFIG with the node's place
 */
int sl_pattern_read(const struct sl_node *node, const char *what,
    unsigned flags, struct sl_rx **out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Compile a node that is one regular expression or a list of them. An element
 * may be such a list, as an alias makes it.
 *
 * @param node  NULL: no patterns
 * @param known  what was compiled of which node, so that one that many aliases
 *               lead to is compiled once; NULL: nothing
 * @param[out] out  sl_patterns_release
 */
int sl_patterns_read(const struct sl_node *node, const char *what,
    unsigned flags, struct sl_map *known, struct sl_patterns *out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_patterns_release(struct sl_patterns *p);

/** Free what sl_patterns_read knows. */
void sl_patterns_forget(struct sl_map *known);

/**
 * Try the patterns in order.
 *
 * @param[out] rx     the one that matched; may be NULL
 * @param[out] match  its match; may be NULL
 * @return SL_RX_YES, SL_RX_NO, SL_ELIMIT (one of them met a limit and none
 *         before it matched)
 */
int sl_patterns_match(const struct sl_patterns *p,
    struct sl_rx_scratch *scratch, struct sl_str subject, struct sl_rx **rx,
    struct sl_rx_match *match, struct sl_error *err) SL_MUST_CHECK;

/**
 * Whether one of the patterns may match a text that is longer than this one
 * and begins with it. In doubt, and after a limit: true.
 *
 * @param text  not empty
 */
bool sl_patterns_could_go_on(const struct sl_patterns *p,
    struct sl_rx_scratch *scratch, struct sl_str text);

/**
 * Append a pattern as people would write a name: `README\.md` becomes
 * README.md, `test_\w+\.py` becomes test_*.py. What is no simple name is
 * appended as it stands.
 */
void sl_pattern_show(const struct sl_rx *rx, struct sl_buf *out);

/** As sl_pattern_show for all of them, with " or " between, cut after 4. */
void sl_patterns_show(const struct sl_patterns *p, struct sl_buf *out);

#endif
