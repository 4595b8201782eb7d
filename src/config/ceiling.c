/* SPDX-License-Identifier: Apache-2.0 */
/* ceiling: what the site allows of a project's flows, and which decides. */
#include "config/flows.h"
#include "config/site.h"

/* --- what the site allows --- */

const char *
sl_flow_promote_to(const struct sl_flow *flow, const struct sl_site *site)
{
	if (flow->promote_to == NULL || (flow->promote_if_there &&
	    sl_site_environment(site, flow->promote_to) == NULL))
		return NULL;
	return flow->promote_to;
}

/* Whether a flow of the site promotes what is trained in an environment. */
static bool
is_promoted_from(const struct sl_site *site, const char *environment)
{
	for (size_t i = 0; i < site->flows.count; i++) {
		const struct sl_flow *flow = &site->flows.items[i];

		if (flow->from != NULL && !strcmp(flow->from, environment))
			return true;
		if (sl_flow_promote_to(flow, site) != NULL &&
		    !strcmp(flow->environment, environment))
			return true;
	}
	return false;
}

/* Whether only the policy ref may say so. An unknown name counts as one. */
static bool
is_guarded(const struct sl_site *site, const struct sl_flow *flow)
{
	const struct sl_environment *environment;

	if (flow->action == SL_FLOW_PROMOTE ||
	    sl_flow_promote_to(flow, site) != NULL)
		return true;
	if (flow->action == SL_FLOW_NONE)
		return false;
	environment = sl_site_environment(site, flow->environment);
	if (environment == NULL || environment->protected_)
		return true;
	/* A promotion takes any approved model of the use case's group. */
	return flow->names == SL_FLOW_MAIN &&
	    is_promoted_from(site, flow->environment);
}

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && !strcmp(a, b));
}

/* Whether a flow of the site allows what a flow of a project asks for. */
static bool
is_allowed_by(const struct sl_site *site, const struct sl_flow *ours,
    const struct sl_flow *asked)
{
	const char *to = sl_flow_promote_to(asked, site);

	return (to == NULL || same_text(sl_flow_promote_to(ours, site), to)) &&
	    ours->action == asked->action &&
	    same_text(ours->environment, asked->environment) &&
	    same_text(ours->from, asked->from) &&
	    (asked->names == ours->names || ours->names == SL_FLOW_MAIN) &&
	    asked->approval <= ours->approval;
}

static int
flow_error(const struct sl_flow *flow, struct sl_error *err, int code,
    const char *text)
{
	return sl_error_at(err, code, flow->file, flow->line, flow->col,
	    "the flow of %s (%s%s%s): %s", flow->ref,
	    sl_flow_action_name(flow->action),
	    flow->environment != NULL ? " into " : "",
	    flow->environment != NULL ? flow->environment : "", text);
}

static int
check_environments(const struct sl_flow *flow, const struct sl_site *site,
    struct sl_error *err)
{
	if (flow->environment != NULL &&
	    sl_site_environment(site, flow->environment) == NULL)
		return flow_error(flow, err, SL_ECONFIG,
		    "the site has no such environment");
	if (flow->from != NULL && sl_site_environment(site, flow->from) == NULL)
		return flow_error(flow, err, SL_ECONFIG,
		    "the site has no such environment as its \"from\"");
	if (sl_flow_promote_to(flow, site) != NULL &&
	    sl_site_environment(site, flow->promote_to) == NULL)
		return flow_error(flow, err, SL_ECONFIG,
		    "the site has no such environment as its \"promote-to\"");
	if (flow->from != NULL && !strcmp(flow->from, flow->environment))
		return flow_error(flow, err, SL_ECONFIG,
		    "it promotes an environment into itself");
	return SL_OK;
}

int
sl_flows_check(const struct sl_flows *flows, const struct sl_site *site,
    struct sl_error *err)
{
	for (size_t i = 0; i < flows->count; i++) {
		const struct sl_flow *flow = &flows->items[i];
		bool allowed = flows == &site->flows || !is_guarded(site, flow);
		int rc = check_environments(flow, site, err);

		if (rc < 0)
			return rc;
		for (size_t j = 0; !allowed && j < site->flows.count; j++)
			allowed = is_allowed_by(site, &site->flows.items[j],
			    flow);
		if (!allowed)
			return flow_error(flow, err, SL_ECONFIG,
			    "no flow of the site allows it");
	}
	return SL_OK;
}

/* --- which flow decides --- */

struct search {
	const struct sl_site *site;
	struct sl_str ref;
	sl_flow_match_fn *match;
	void *ctx;
};

/* The first flow that matches, or NULL. */
static int
find_first(const struct search *s, const struct sl_flows *flows,
    const struct sl_flow **out, struct sl_error *err)
{
	*out = NULL;
	for (size_t i = 0; i < flows->count && *out == NULL; i++) {
		bool matches = false;
		int rc = s->match(s->ctx, &flows->items[i], s->ref, &matches,
		    err);

		if (rc < 0)
			return rc;
		if (matches)
			*out = &flows->items[i];
	}
	return SL_OK;
}

/* Whether the site sends this very ref the same way. */
static int
check_ceiling(const struct search *s, const struct sl_flow *flow,
    struct sl_error *err)
{
	for (size_t i = 0; i < s->site->flows.count; i++) {
		const struct sl_flow *ours = &s->site->flows.items[i];
		bool matches = false;
		int rc;

		if (!is_allowed_by(s->site, ours, flow))
			continue;
		rc = s->match(s->ctx, ours, s->ref, &matches, err);
		if (rc < 0)
			return rc;
		if (matches)
			return SL_OK;
	}
	return flow_error(flow, err, SL_EREFUSED,
	    "no flow of the site allows this ref to go there");
}

int
sl_flows_choose(const struct sl_site *site, const struct sl_flows *trusted,
    const struct sl_flows *pushed, struct sl_str ref, sl_flow_match_fn *match,
    void *ctx, const struct sl_flow **flow, struct sl_error *err)
{
	const struct search s = { site, ref, match, ctx };
	const struct sl_flow *found;
	int rc = find_first(&s, trusted != NULL ? trusted : &site->flows,
	    &found, err);

	if (rc < 0)
		return rc;
	if (found != NULL && is_guarded(site, found)) {
		rc = trusted != NULL ? check_ceiling(&s, found, err) : SL_OK;
		if (rc == SL_OK)
			*flow = found;
		return rc;
	}
	if (pushed != NULL) {
		rc = find_first(&s, pushed, &found, err);
		if (rc < 0)
			return rc;
		if (found != NULL && is_guarded(site, found))
			return flow_error(found, err, SL_EREFUSED,
			    "it must be on the policy ref before it counts");
	}
	if (found == NULL)
		return sl_error_set(err, SL_ENOTFOUND,
		    "no flow for %.*s: nothing further happens to it",
		    SL_STR_ARG(ref));
	*flow = found;
	return SL_OK;
}
