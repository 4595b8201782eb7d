/* SPDX-License-Identifier: Apache-2.0 */
/*
 * paths: the patterns of a flow that say which changed files matter.
 *
 * A flow with `paths` runs for a push only if a file that the push changes is
 * matched whole by one of them. What was changed is the caller's to find
 * (gate/filter.c); this is the compiled list.
 */
#ifndef SL_FLOW_PATHS_H
#define SL_FLOW_PATHS_H

#include "config/flows.h"

/**
 * Compile every pattern of a list's `paths`, and forget it again: a wrong one
 * is found where the file is loaded, and not by the first push that asks.
 *
 * @return 0, SL_ECONFIG with the pattern's place
 */
int sl_flow_paths_check(const struct sl_flows *flows, struct sl_error *err)
    SL_MUST_CHECK;

struct sl_flow_paths;

/**
 * Compile the patterns of one flow.
 *
 * @param[out] out  sl_flow_paths_free
 * @return 0, SL_ECONFIG with the pattern's place
 */
int sl_flow_paths_new(const struct sl_flow *flow, struct sl_flow_paths **out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_flow_paths_free(struct sl_flow_paths *paths);
SL_DEFINE_FREEP(struct sl_flow_paths, sl_flow_paths_free, sl_flow_paths_freep)

/**
 * Whether one of the patterns matches a path.
 *
 * @param path  from the root of the repository, '/' between; any bytes
 * @param[out] matches  set on success only
 * @return 0, SL_ELIMIT (it cannot be decided, and no pattern is known to
 *         match; the text names the pattern)
 */
int sl_flow_paths_match(struct sl_flow_paths *paths, struct sl_str path,
    bool *matches, struct sl_error *err) SL_MUST_CHECK;

#endif
