/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flows: which ref goes into which environment, and what happens there.
 *
 * A list of flows is read in order: the first whose ref pattern matches the
 * whole ref name decides. Patterns are kept as text here; who has a matcher
 * hands it in (sl_flow_match_fn).
 *
 * Lists come from three places: the site (a preset or its own list), the
 * project's file on the policy ref (trusted), and the project's file in the
 * pushed commit. sl_flows_choose says how the three work together; nothing
 * that is pushed can send a ref into a protected environment, or take it away
 * from one, or put a model among those that are promoted.
 */
#ifndef SL_CONFIG_FLOWS_H
#define SL_CONFIG_FLOWS_H

#include "base/buf.h"
#include "base/error.h"
#include "doc/doc.h"

struct sl_site;

enum sl_flow_action {
	SL_FLOW_NONE,    /* accepted, and nothing more happens */
	SL_FLOW_TRAIN,   /* snapshot, then the flow's pipeline */
	SL_FLOW_PROMOTE, /* a package of the environment `from` */
};

/** Who starts it: the server's hook and worker, or the CI job. */
enum sl_flow_trigger { SL_FLOW_HOOK, SL_FLOW_CI };

/** Whose pipeline and model group: the branch's own, or the use case's. */
enum sl_flow_names { SL_FLOW_BRANCH, SL_FLOW_MAIN };

/** ModelApprovalStatus of what a pipeline registers. */
enum sl_flow_approval { SL_FLOW_PENDING, SL_FLOW_APPROVED };

/** One pattern of `paths`, and where it stands in the flow's file. */
struct sl_flow_path {
	char *pattern;
	unsigned line;
	unsigned col;
};

struct sl_flow {
	char *ref; /* pattern, matched against the whole ref name */
	char *environment; /* NULL for SL_FLOW_NONE without one */
	enum sl_flow_action action;
	enum sl_flow_trigger trigger;   /* [hook] */
	enum sl_flow_names names;       /* [train: branch, promote: main] */
	enum sl_flow_approval approval; /* [pending] */
	char *from;      /* environment to promote from; NULL otherwise */
	char *pipeline;  /* key of the project's pipelines; NULL: none
			    [train: "training", promote: none] */
	bool supersede;  /* a newer push of the ref stops the older run
			    [no] */
	struct sl_flow_path *paths; /* a push that changes no file that one of
			    them matches whole does not run; text only, see
			    flow/paths.h [none: every push runs] */
	size_t path_count;
	int64_t debounce_s; /* a push waits so long for a newer one before it
			    starts [0] */
	char *promote_to; /* environment that what is trained is promoted into
			    once it is approved; see sl_flow_promote_to
			    [none] */
	bool promote_if_there; /* of a preset: only where the site has it */
	char *file;      /* where it stands: for messages and plans */
	unsigned line;   /* of a preset: of the word that names it; 0: none */
	unsigned col;
};

struct sl_flows {
	struct sl_flow *items;
	size_t count;
	const char *preset; /* "default", "roadmap" or NULL; static */
};

void sl_flows_release(struct sl_flows *flows);

/**
 * Read a `flows:` value: the name of a preset, or a list of flows.
 *
 * @param[out] out  empty on entry; sl_flows_release
 * @return 0, SL_ECONFIG with the place
 */
int sl_flows_read(const struct sl_node *node, struct sl_flows *out,
    struct sl_error *err) SL_MUST_CHECK;

/** Fill in a preset by name. @return 0, SL_ENOTFOUND */
int sl_flows_preset(const char *name, struct sl_flows *out) SL_MUST_CHECK;

/**
 * The environment that a flow's model is promoted into once it is approved:
 * each run owes a promotion from the flow's environment, with the names of the
 * use case. NULL: none.
 */
const char *sl_flow_promote_to(const struct sl_flow *flow,
    const struct sl_site *site);

/** "none", "train" or "promote". */
const char *sl_flow_action_name(enum sl_flow_action action);
/** "hook" or "ci". */
const char *sl_flow_trigger_name(enum sl_flow_trigger trigger);
/** "PendingManualApproval" or "Approved", as SageMaker writes them. */
const char *sl_flow_approval_status(enum sl_flow_approval approval);

/**
 * Hold a project's list to the site: its environments exist, and each guarded
 * flow has a flow of the site with the same environment, action, `from` and
 * `promote-to` (or none), an approval that is no looser, and names that are
 * its own: the use case's only where that flow has them.
 *
 * Guarded are flows into a protected environment; those that promote, now or
 * once a model is approved; and those that train under the use case's names in
 * an environment that a flow of the site promotes from: what they register is
 * what is promoted.
 *
 * `paths` and `debounce` are not compared. They decide how many pushes run and
 * when, not what may run where: with them fewer do, and what `paths` leaves
 * out anybody who may push can ask for (-o sluice.run=yes).
 *
 * @return 0, SL_ECONFIG with the flow's place
 */
int sl_flows_check(const struct sl_flows *flows, const struct sl_site *site,
    struct sl_error *err) SL_MUST_CHECK;

/** Say whether a flow's pattern matches a whole ref name. */
typedef int sl_flow_match_fn(void *ctx, const struct sl_flow *flow,
    struct sl_str ref, bool *matches, struct sl_error *err);

/**
 * The flow of a ref.
 *
 * 1. The trusted list (the site's, where trusted is NULL) is searched. A
 *    guarded flow (see sl_flows_check) decides.
 * 2. Otherwise the pushed list (the trusted one, where pushed is NULL) is
 *    searched, and decides unless its flow is guarded: that is SL_EREFUSED,
 *    since it must be on the policy ref first.
 * 3. A guarded flow of a project also needs a flow of the site that matches
 *    the ref and allows it: else SL_EREFUSED.
 *
 * @param trusted  flows of the project's file on the policy ref, or NULL
 * @param pushed   flows of the project's file in the pushed commit, or NULL
 * @param[out] flow  borrowed from one of the lists
 * @return 0, SL_ENOTFOUND (no flow: nothing happens to this ref),
 *         SL_EREFUSED, or what match returned
 */
int sl_flows_choose(const struct sl_site *site, const struct sl_flows *trusted,
    const struct sl_flows *pushed, struct sl_str ref, sl_flow_match_fn *match,
    void *ctx, const struct sl_flow **flow, struct sl_error *err)
    SL_MUST_CHECK;

#endif
