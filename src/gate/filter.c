/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter: whether what a push changed concerns a flow that names `paths`.
 *
 * In doubt it does. What cannot be read, compared or decided within the limits
 * runs, and the reason says so: a filter that is wrong must cost money, and
 * never hide a change.
 */
#include "gate/filter.h"

#include "base/mem.h"
#include "flow/flow.h"
#include "flow/paths.h"
#include "gate/gate_int.h"

/** Changed files that are looked at; more of them count as a match. */
#define PATHS_MAX 100000
/** Patterns have limits for one match; this is for all of them together. */
#define TIME_MAX_MS 500

/* --- since when --- */

/* The commit behind an id; what leads to none is as good as unknown. */
static bool
find_commit(struct sl_gate *gate, const struct sl_oid *oid,
    struct sl_oid *commit)
{
	struct sl_error none = SL_ERROR_INIT;
	struct sl_git_peel peel;

	if (sl_oid_is_zero(oid) ||
	    sl_git_peel(gate->options.repository, oid, &peel, &none) < 0 ||
	    peel.tip_kind != SL_OBJECT_COMMIT)
		return false;
	*commit = peel.tip;
	return true;
}

/*
 * Where a new ref left the policy ref, as that was when the ref was created:
 * whoever makes up for a push later must not see the policy ref that came
 * after it.
 */
static int
find_fork(struct sl_gate *gate, struct sl_store *store,
    const struct sl_intention *creation, const struct sl_oid *tip,
    struct sl_oid *base, struct sl_error *err)
{
	struct sl_oid policy = gate->policy_commit;
	struct sl_error none = SL_ERROR_INIT;
	int rc = SL_ENOTFOUND;

	memset(base, 0, sizeof(*base));
	if (!strcmp(creation->ref, gate->policy_ref))
		return SL_OK;
	if (store != NULL)
		rc = sl_verdict_ref_then(store, gate->repository_id, creation,
		    gate->policy_ref, &policy, &none);
	if (rc < 0 && rc != SL_ENOTFOUND) {
		*err = none;
		return rc;
	}
	if (!find_commit(gate, &policy, &policy) ||
	    sl_git_merge_base(gate->options.repository, &policy, tip, base,
		&none) < 0)
		memset(base, 0, sizeof(*base));
	return SL_OK;
}

int
sl_gate_filter_base(struct sl_gate *gate, struct sl_store *store,
    const struct sl_flow *flow, const struct sl_ref_line *line,
    const struct sl_oid *tip, struct sl_oid *base, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *ref = sl_strndup(line->ref.ptr,
	    line->ref.len);
	SL_CLEANUP(sl_freep) char *name = sl_gate_flow_name(flow);
	struct sl_job_new job = { .ref = ref, .flow = name,
		.old_oid = line->old_oid, .new_oid = line->new_oid };
	struct sl_intention creation = { .ref = ref,
		.new_oid = line->new_oid };
	struct sl_error none = SL_ERROR_INIT;
	struct sl_taken taken = { .oid = line->old_oid };
	int rc = SL_ENOTFOUND;

	/* What the CI job takes on, no job of ours tells: it knows no more
	 * than the ref's old value either. */
	if (store != NULL && flow->trigger == SL_FLOW_HOOK &&
	    !sl_oid_is_zero(&line->old_oid))
		rc = sl_job_taken(store, gate->repository_id, &job, &taken,
		    &none);
	if (rc < 0 && rc != SL_ENOTFOUND) {
		*err = none;
		return rc;
	}
	if (!sl_oid_is_zero(&taken.oid)) {
		if (!find_commit(gate, &taken.oid, base))
			memset(base, 0, sizeof(*base));
		return SL_OK;
	}
	if (rc == 0)
		creation.new_oid = taken.created;
	return find_fork(gate, store, &creation, tip, base, err);
}

/* --- what changed --- */

struct search {
	struct sl_flow_paths *paths;
	const struct sl_clock *clock;
	int64_t deadline_ms;
	size_t seen;
	struct sl_gate_filter *out;
};

static void SL_PRINTF(3, 4)
run_since(struct sl_gate_filter *out, bool doubt, const char *fmt, ...)
{
	struct sl_error text = SL_ERROR_INIT;
	va_list ap;

	va_start(ap, fmt);
	sl_error_vset(&text, SL_ELIMIT, fmt, ap);
	va_end(ap);
	out->runs = true;
	out->doubt = doubt;
	memcpy(out->text, text.text, sizeof(out->text));
}

/* Ends the walk with 1 at the first file that decides. */
static int
look_at(void *ctx, const struct sl_path_change *change, struct sl_error *err)
{
	struct search *s = ctx;
	struct sl_error why = SL_ERROR_INIT;
	bool matches = false;

	(void)err;
	if (s->seen++ == PATHS_MAX)
		run_since(s->out, true, "more than %d files changed, too many "
		    "to compare with `paths`", PATHS_MAX);
	else if (sl_flow_paths_match(s->paths, change->path, &matches, &why) <
	    0)
		run_since(s->out, true, "%s", why.text);
	else if (matches)
		run_since(s->out, false, "%.*s changed",
		    SL_STR_ARG(change->path));
	else if (sl_clock_monotonic_ms(s->clock) > s->deadline_ms)
		run_since(s->out, true, "comparing what changed with `paths` "
		    "took longer than %d ms", TIME_MAX_MS);
	return s->out->runs;
}

static int
compare(struct sl_gate *gate, const struct sl_oid *base,
    const struct sl_oid *tip, struct search *s, struct sl_error *err)
{
	struct sl_git *repository = gate->options.repository;
	struct sl_git_peel from, to;
	int rc = sl_git_peel(repository, base, &from, err);

	if (rc == 0)
		rc = sl_git_peel(repository, tip, &to, err);
	if (rc == 0)
		rc = sl_git_tree_changes(repository, &from.tree, &to.tree,
		    look_at, s, err);
	return rc;
}

static void
skip(const struct sl_flow *flow, const struct sl_oid *base,
    struct sl_gate_filter *out)
{
	struct sl_error text = SL_ERROR_INIT;
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(base, hex);
	sl_error_set(&text, SL_EREFUSED, "of what changed since %.12s, "
	    "`paths` of the flow at %s:%u:%u match nothing", hex, flow->file,
	    flow->line, flow->col);
	memcpy(out->text, text.text, sizeof(out->text));
}

int
sl_gate_filter(struct sl_gate *gate, const struct sl_flow *flow,
    const struct sl_oid *base, const struct sl_oid *tip,
    struct sl_gate_filter *out, struct sl_error *err)
{
	SL_CLEANUP(sl_flow_paths_freep) struct sl_flow_paths *paths = NULL;
	const struct sl_clock *clock = gate->options.clock;
	struct sl_error why = SL_ERROR_INIT;
	struct search s = { .clock = clock, .out = out };
	int rc = sl_flow_paths_new(flow, &paths, err);

	if (rc < 0)
		return rc;
	memset(out, 0, sizeof(*out));
	s.paths = paths;
	s.deadline_ms = sl_clock_monotonic_ms(clock) + TIME_MAX_MS;
	if (flow->path_count == 0) {
		run_since(out, false, "the flow names no `paths`");
	} else if (sl_oid_is_zero(base)) {
		run_since(out, true, "nothing is known to compare it with, so "
		    "all of it counts as changed");
	} else if (compare(gate, base, tip, &s, &why) < 0) {
		run_since(out, true, "what changed cannot be read, so all of "
		    "it counts as changed: %s", why.text);
	} else if (!out->runs) {
		skip(flow, base, out);
	}
	return SL_OK;
}
