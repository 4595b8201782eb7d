/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/local.h"

#include "base/mem.h"
#include "flow/paths.h"
#include "gate/gate_int.h"

static int
try_ref(struct sl_git *repository, const char *ref, struct sl_oid *out,
    struct sl_buf *shown, struct sl_error *err)
{
	struct sl_git_peel peel;
	struct sl_oid oid;
	int rc = sl_git_ref_read(repository, ref, &oid, err);

	if (rc == 0)
		rc = sl_git_peel(repository, &oid, &peel, err);
	if (rc < 0)
		return rc;
	if (peel.tip_kind != SL_OBJECT_COMMIT)
		return SL_ENOTFOUND;
	*out = peel.tip;
	sl_buf_clear(shown);
	sl_buf_adds(shown, ref);
	return SL_OK;
}

int
sl_local_find_trusted(struct sl_git *repository,
    const struct sl_oid *fallback, struct sl_oid *out, struct sl_buf *shown,
    struct sl_error *err)
{
	static const char *const refs[] = { "refs/remotes/origin/HEAD",
		"refs/remotes/origin/main", "refs/remotes/origin/master",
		"refs/heads/main", "refs/heads/master" };
	struct sl_error none;

	for (size_t i = 0; i < SL_COUNT(refs); i++) {
		int rc = try_ref(repository, refs[i], out, shown, &none);

		if (rc == 0)
			return SL_OK;
		if (rc != SL_ENOTFOUND) {
			*err = none;
			return rc;
		}
	}
	*out = *fallback;
	sl_buf_clear(shown);
	sl_buf_adds(shown, sl_oid_is_zero(fallback) ? "" : "the revision itself");
	return SL_OK;
}

/* Load the policy: with the trusted project's rules, or the site's alone. */
static int
load_policy(struct sl_local *local, struct sl_error *err)
{
	const struct sl_local_options *options = &local->options;
	struct sl_error fault = SL_ERROR_INIT;
	bool alone = !sl_policy_source_is_set(options->policy);
	int rc = 0;

	if (!sl_oid_is_zero(&options->trusted))
		rc = sl_gate_project_at(options->repository, &options->trusted,
		    &local->trusted, &fault);
	if (rc == 0 && local->trusted != NULL)
		rc = sl_standing_load(&local->standing, local->trusted->doc,
		    &local->policy, &fault);
	if (rc == 0 && local->policy != NULL)
		return SL_OK;
	if (rc < 0 && alone) {
		*err = fault;
		return rc;
	}
	if (alone)
		return sl_error_set(err, SL_ECONFIG,
		    "there is no policy to check against: no " SL_PROJECT_FILE
		    " was found and no site policy was given; name one with "
		    "--policy=FILE or git config sluice.policy FILE");
	local->project_fault = fault;
	return sl_standing_load(&local->standing, NULL, &local->policy, err);
}

/* One that does not load covers nothing, which is said. */
static void
load_baseline(struct sl_local *local)
{
	const struct sl_local_options *options = &local->options;

	if (options->baseline != NULL)
		sl_policy_set_baseline(local->policy, options->baseline);
	if (options->baseline != NULL || sl_oid_is_zero(&options->trusted))
		return;
	if (sl_gate_baseline_at(options->repository, &options->trusted,
		&local->baseline, &local->baseline_fault) == 0)
		sl_policy_set_baseline(local->policy, local->baseline);
}

int
sl_local_open(const struct sl_local_options *options, struct sl_local **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_local_freep)
	struct sl_local *local = sl_alloc(sizeof(*local));
	const struct sl_standing_options standing = {
		.source = options->policy,
		.packs_dir = options->packs_dir,
		.scan_state = options->state,
	};
	int rc;

	local->options = *options;
	sl_standing_init(&local->standing, &standing);
	rc = load_policy(local, err);
	if (rc < 0)
		return rc;
	load_baseline(local);
	*out = sl_steal(&local);
	return SL_OK;
}

void
sl_local_free(struct sl_local *local)
{
	if (local == NULL)
		return;
	sl_policy_free(local->policy);
	sl_baseline_free(local->baseline);
	sl_standing_release(&local->standing);
	sl_project_free(local->trusted);
	free(local);
}

static int
lint_project(void *ctx, struct sl_str bytes, struct sl_error *err)
{
	struct sl_local *local = ctx;
	SL_CLEANUP(sl_project_freep) struct sl_project *project = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	int rc = sl_project_parse(SL_PROJECT_FILE, bytes, &project, err);

	if (rc == 0)
		rc = sl_flow_paths_check(&project->flows, err);
	if (rc == 0)
		rc = sl_standing_load(&local->standing, project->doc, &policy,
		    err);
	return rc;
}

static void
ref_values(void *ctx, struct sl_str ref, struct sl_ref_values *out)
{
	const struct sl_local *local = ctx;

	sl_gate_values(NULL, local->trusted, ref, out);
}

int
sl_local_judge(struct sl_local *local, const struct sl_change_set *set,
    struct sl_verdict **out, struct sl_error *err)
{
	struct sl_judge_options options = {
		.clock = local->options.clock,
		.budget_ms = local->options.budget_ms,
		.threads = sl_gate_threads(local->options.threads),
		.lint_project = lint_project,
		.lint_ctx = local,
		.values = ref_values,
		.values_ctx = local,
		.progress = local->options.progress,
		.progress_ctx = local->options.progress_ctx,
		.only_rule = local->options.only_rule,
		.whole = local->options.whole,
		.history = local->options.history,
		.each_path = local->options.each_path,
		.heard = local->options.heard,
		.heard_ctx = local->options.heard_ctx,
		.pusher = { .state = SL_PUSHER_ELSEWHERE },
	};
	int rc = sl_engine_judge(local->policy, set, &options, out, err);

	if (rc == 0)
		sl_standing_sign(&local->standing, *out);
	return rc;
}
