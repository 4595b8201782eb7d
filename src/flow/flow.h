/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: from a ref to a plan.
 *
 * flow.h finds the flow that decides about a ref, flow/plan.h turns it into a
 * plan, flow/names.h says what things are called. All of it is pure.
 */
#ifndef SL_FLOW_FLOW_H
#define SL_FLOW_FLOW_H

#include "config/project.h"
#include "config/site.h"
#include "flow/names.h"
#include "flow/plan.h"

/**
 * The flow of a ref: sl_flows_choose with real pattern matching.
 *
 * @param trusted  the project's file on the policy ref as it was; NULL: none
 * @param pushed   the project's file in the pushed commit; NULL: none
 * @param[out] flow  borrowed from site, trusted or pushed
 * @return 0, SL_ENOTFOUND (no flow: nothing happens to this ref),
 *         SL_EREFUSED (a pushed flow into a protected environment),
 *         SL_ECONFIG (a pattern that is none), SL_ELIMIT (a pattern that
 *         cannot be decided)
 */
int sl_flow_choose(const struct sl_site *site,
    const struct sl_project *trusted, const struct sl_project *pushed,
    struct sl_str ref, const struct sl_flow **flow, struct sl_error *err)
    SL_MUST_CHECK;

#endif
