/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filled: patterns with {name} for what another pattern captured.
 */
#ifndef SL_POLICY_KINDS_FILLED_H
#define SL_POLICY_KINDS_FILLED_H

#include "policy/rule.h"

/**
 * Check the names of patterns against the groups of others.
 *
 * `{name}` is a letter or '_', then word characters; `\x{...}`, `\p{...}` and
 * the like, and `\{`, are none.
 *
 * @param node     where the patterns stand, for messages
 * @param[out] any  set to true where there is a name; else left
 * @return 0, SL_ECONFIG (a name that no group has)
 */
int sl_filled_check(const struct sl_node *node,
    const struct sl_patterns *patterns, const struct sl_patterns *groups,
    bool *any, struct sl_error *err) SL_MUST_CHECK;

/**
 * Compile patterns again with what was captured, taken literally, in place of
 * the names. A group that took no part stands for nothing.
 *
 * @param rx, match  what captured, and what
 * @param[out] out   as many as in patterns; sl_patterns_release
 * @return 0, SL_ECONFIG (a pattern becomes too long)
 */
int sl_filled_make(const struct sl_patterns *patterns, const struct sl_rx *rx,
    const struct sl_rx_match *match, struct sl_patterns *out,
    struct sl_error *err) SL_MUST_CHECK;

#endif
