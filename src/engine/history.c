/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history: refs, new commits, and what each of them changes.
 */
#include "engine/engine_int.h"

#include "base/mem.h"

#include <stdio.h>

void
sl_run_refs(struct sl_run *run)
{
	for (size_t k = 0; k < run->set->ref_count; k++)
		for (size_t r = 0; r < run->rule_count; r++) {
			struct sl_rule *rule =
			    sl_policy_rule_at(run->policy, r);
			const struct sl_rule_kind *kind = sl_rule_kind(rule);
			struct sl_task task = { rule, sl_run_level(run, r, k),
				k, NULL };
			struct sl_error why = SL_ERROR_INIT;

			if (!kind->ref || task.level == SL_LEVEL_OFF)
				continue;
			sl_run_point(run, &task, NULL, sl_strn("", 0));
			if (kind->ref(&run->judge, sl_rule_state(rule),
				&run->set->refs[k], &why) < 0)
				sl_run_undecided(run, &why);
		}
}

/* --- commits --- */

static enum sl_level
judge_commit(struct sl_run *run, size_t c)
{
	const struct sl_commit *commit = &run->set->commits[c];
	enum sl_level strictest = SL_LEVEL_OFF;

	for (size_t r = 0; r < run->rule_count && !commit->folded; r++) {
		struct sl_task task = sl_run_commit_task(run, r, c);
		const struct sl_rule_kind *kind = sl_rule_kind(task.rule);
		struct sl_error why = SL_ERROR_INIT;

		if (task.level == SL_LEVEL_OFF ||
		    !sl_rule_hears_commits(task.rule))
			continue;
		if (task.level > strictest)
			strictest = task.level;
		if (run->expired)
			continue;
		sl_run_point(run, &task, commit, sl_strn("", 0));
		if (kind->commit(&run->judge, sl_rule_state(task.rule), commit,
			&why) < 0)
			sl_run_undecided(run, &why);
	}
	return strictest;
}

void
sl_run_commits(struct sl_run *run)
{
	enum sl_level left_out = SL_LEVEL_OFF;
	uint64_t done = 0;

	for (size_t c = 0; c < run->set->commit_count; c++) {
		bool expired = sl_run_expired(run);
		enum sl_level level = judge_commit(run, c);

		if (!expired)
			done++;
		else if (level > left_out)
			left_out = level;
		sl_run_progress(run, "commits", c, run->set->commit_count);
	}
	run->verdict->coverage.commits = done;
	sl_run_say_expired(run, left_out, "commits", done,
	    run->set->commit_count);
}

/* --- what commits change --- */

/* The rules that look at one commit's changes. */
struct change_walk {
	struct sl_run *run;
	const struct sl_commit *commit;
	struct sl_task *paths; /* rules with `change` */
	size_t path_count;
	struct sl_task *blobs; /* rules with `blob`; rule index beside it */
	size_t *blob_rules;
	size_t blob_count;
	enum sl_level strictest;
};

static int
on_change(void *ctx, const struct sl_path_change *change,
    struct sl_error *err)
{
	struct change_walk *w = ctx;
	struct sl_run *run = w->run;

	if (sl_run_expired(run))
		return sl_error_set(err, SL_ELIMIT, "time");
	run->verdict->coverage.changed_paths++;
	if (change->new_mode == SL_MODE_NONE)
		return SL_OK;
	for (size_t i = 0; i < w->path_count; i++) {
		struct sl_rule *rule = w->paths[i].rule;
		struct sl_error why = SL_ERROR_INIT;

		sl_run_point(run, &w->paths[i], w->commit, change->path);
		run->blob = &change->new_oid;
		if (sl_rule_kind(rule)->change(&run->judge,
			sl_rule_state(rule), change, &why) < 0)
			sl_run_undecided(run, &why);
	}
	for (size_t i = 0; i < w->blob_count; i++)
		if (sl_rule_reads_mode(w->blobs[i].rule, change->new_mode))
			sl_run_want_blob(run, &w->blobs[i], w->blob_rules[i],
			    w->commit, change->path, &change->new_oid);
	return SL_OK;
}

static void
gather_rules(struct sl_run *run, size_t c, struct change_walk *w)
{
	w->path_count = w->blob_count = 0;
	w->strictest = SL_LEVEL_OFF;
	w->commit = &run->set->commits[c];
	for (size_t r = 0; r < run->rule_count; r++) {
		struct sl_task task = sl_run_commit_task(run, r, c);
		const struct sl_rule_kind *kind = sl_rule_kind(task.rule);
		bool blobs = kind->blob && !sl_rule_reads_trees(task.rule);

		if (task.level == SL_LEVEL_OFF || (!kind->change && !blobs))
			continue;
		if (task.level > w->strictest)
			w->strictest = task.level;
		if (kind->change)
			w->paths[w->path_count++] = task;
		if (blobs) {
			w->blob_rules[w->blob_count] = r;
			w->blobs[w->blob_count++] = task;
		}
	}
}

/* @return whether the changes were all seen */
static bool
judge_changes(struct sl_run *run, struct change_walk *w)
{
	struct sl_error why = SL_ERROR_INIT;
	char hex[SL_OID_HEX + 1];
	char reason[SL_ERROR_TEXT_MAX + 64];

	if (w->strictest == SL_LEVEL_OFF)
		return true;
	if (sl_run_expired(run))
		return false;
	if (run->set->source.commit_changes(run->set->source.self, w->commit,
		on_change, w, &why) == SL_OK)
		return true;
	if (run->expired)
		return false;
	sl_oid_hex(&w->commit->oid, hex);
	snprintf(reason, sizeof(reason),
	    "the changes of commit %.12s were not read: %s", hex, why.text);
	sl_run_uncovered(run, w->strictest, SL_NO_REF, reason);
	return true;
}

void
sl_run_changes(struct sl_run *run)
{
	struct change_walk w = {
		.run = run,
		.paths = sl_alloc_array(run->rule_count + 1,
		    sizeof(*w.paths)),
		.blobs = sl_alloc_array(run->rule_count + 1,
		    sizeof(*w.blobs)),
		.blob_rules = sl_alloc_array(run->rule_count + 1,
		    sizeof(*w.blob_rules)),
	};
	enum sl_level left_out = SL_LEVEL_OFF;
	uint64_t done = 0;

	for (size_t c = 0; c < run->set->commit_count; c++) {
		gather_rules(run, c, &w);
		if (judge_changes(run, &w))
			done++;
		else if (w.strictest > left_out)
			left_out = w.strictest;
		sl_run_progress(run, "commits", c, run->set->commit_count);
	}
	sl_run_say_expired(run, left_out, "commits had their changes", done,
	    run->set->commit_count);
	free(w.paths);
	free(w.blobs);
	free(w.blob_rules);
}
