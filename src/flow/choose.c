/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"

#include "rx/rx.h"

/* A flow's pattern against a whole ref name. A pattern is compiled for the
 * few refs of one push only. */
static int
match_ref(void *ctx, const struct sl_flow *flow, struct sl_str ref,
    bool *matches, struct sl_error *err)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_rx_place place = { flow->file, flow->line, flow->col };
	int rc;

	(void)ctx;
	rc = sl_rx_compile(sl_str(flow->ref), SL_RX_FULL, &place, &rx, err);
	if (rc < 0)
		return rc;
	rc = sl_rx_match(rx, NULL, ref, 0, NULL, err);
	if (rc < 0)
		return sl_error_wrap(err, "flow pattern '%s'", flow->ref);
	*matches = rc == SL_RX_YES;
	return SL_OK;
}

int
sl_flow_choose(const struct sl_site *site, const struct sl_project *trusted,
    const struct sl_project *pushed, struct sl_str ref,
    const struct sl_flow **flow, struct sl_error *err)
{
	return sl_flows_choose(site, sl_project_flows(trusted),
	    sl_project_flows(pushed), ref, match_ref, NULL, flow, err);
}
