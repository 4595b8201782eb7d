/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: whether what a push changed concerns a flow that names `paths`.
 *
 * The hook, whoever makes up for it, `sluice plan` and a CI job ask here, in
 * two steps: since when (the base), and what changed from there to the tip.
 * In doubt a push runs: a filter that is wrong costs money, and hides nothing.
 */
#ifndef SL_GATE_FILTER_H
#define SL_GATE_FILTER_H

#include "gate/gate.h"

/**
 * The commit that a push is compared with.
 *
 * That is the value up to which the flow has taken on what came to the ref
 * (sl_job_taken), so that a change whose job was stopped, never got as far as
 * an execution, or was not wanted at the time, is not hidden by a later push
 * that changes something else. Else it is the ref's old value; for a new ref,
 * where it left the policy ref as that was then. A flow that a CI job starts
 * is compared as the CI job does it: with the old value.
 *
 * @param store  NULL: no jobs are known
 * @param line   the push
 * @param tip    commit of its new value
 * @param[out] base  zero: not known, or nothing was there
 * @return 0 and what the store returns
 */
int sl_gate_filter_base(struct sl_gate *gate, struct sl_store *store,
    const struct sl_flow *flow, const struct sl_ref_line *line,
    const struct sl_oid *tip, struct sl_oid *base, struct sl_error *err)
    SL_MUST_CHECK;

/** What became of the question. */
struct sl_gate_filter {
	bool runs;
	bool doubt; /* it runs because it could not be decided */
	char text[SL_ERROR_TEXT_MAX]; /* why, for people; escaped */
};

/**
 * Compare two commits and look for a changed file that one of the flow's
 * `paths` matches whole.
 *
 * Runs also: where base is zero, more than 100,000 files changed, it takes
 * longer than half a second, a pattern meets a limit, or a tree cannot be
 * read. A flow without `paths` runs.
 *
 * @param base  commit, or zero
 * @param tip   commit
 * @return 0, SL_ECONFIG (a pattern that is none, with its place)
 */
int sl_gate_filter(struct sl_gate *gate, const struct sl_flow *flow,
    const struct sl_oid *base, const struct sl_oid *tip,
    struct sl_gate_filter *out, struct sl_error *err) SL_MUST_CHECK;

#endif
