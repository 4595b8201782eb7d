/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_int.h"

#include "base/mem.h"
#include "policy/baseline.h"

#include <stdio.h>

static int
check_set(const struct sl_change_set *set, struct sl_error *err)
{
	for (size_t i = 0; i < set->ref_count; i++)
		for (size_t k = 0; k < set->refs[i].commit_count; k++)
			if (set->refs[i].commits[k] >= set->commit_count)
				return sl_error_set(err, SL_EINVAL,
				    "the change set names commit %zu of %zu",
				    set->refs[i].commits[k],
				    set->commit_count);
	return SL_OK;
}

static void
find_levels(struct sl_run *run)
{
	size_t refs = run->set->ref_count;

	run->levels = sl_alloc_array(run->rule_count * refs + 1, 1);
	for (size_t r = 0; r < run->rule_count; r++) {
		struct sl_rule *rule = sl_policy_rule_at(run->policy, r);
		bool used = false;

		if (run->options->only_rule &&
		    strcmp(run->options->only_rule, sl_rule_name(rule)) != 0)
			continue;
		for (size_t k = 0; k < refs; k++) {
			enum sl_level level = sl_rule_level(run->policy, rule,
			    run->set->refs[k].ref,
			    run->verdict->evaluated_at_s);

			run->levels[r * refs + k] = (uint8_t)level;
			used = used || level > SL_LEVEL_OFF;
		}
		run->verdict->coverage.rules += used;
	}
}

/* Turn "commits of a ref" round into "refs of a commit". */
static void
find_commit_refs(struct sl_run *run)
{
	const struct sl_change_set *set = run->set;
	size_t total = 0;
	size_t *next;

	run->commit_start = sl_alloc_array(set->commit_count + 2,
	    sizeof(size_t));
	for (size_t i = 0; i < set->ref_count; i++)
		for (size_t k = 0; k < set->refs[i].commit_count; k++, total++)
			run->commit_start[set->refs[i].commits[k] + 1]++;
	for (size_t c = 0; c < set->commit_count; c++)
		run->commit_start[c + 1] += run->commit_start[c];
	run->commit_refs = sl_alloc_array(total + 1, sizeof(size_t));
	next = sl_alloc_array(set->commit_count + 1, sizeof(size_t));
	for (size_t c = 0; c < set->commit_count; c++)
		next[c] = run->commit_start[c];
	for (size_t i = 0; i < set->ref_count; i++)
		for (size_t k = 0; k < set->refs[i].commit_count; k++)
			run->commit_refs[next[set->refs[i].commits[k]]++] = i;
	free(next);
}

static void
describe(struct sl_run *run)
{
	struct sl_verdict *v = run->verdict;
	const struct sl_judge_options *o = run->options;
	char hex[SL_OID_HEX + 1];

	v->evaluated_at_s = o->evaluated_at_s ? o->evaluated_at_s :
						sl_clock_now_s(o->clock);
	v->policy_name = sl_verdict_text(v,
	    sl_str(sl_policy_name(run->policy)));
	snprintf(v->policy_digest, sizeof(v->policy_digest), "%s",
	    sl_policy_digest(run->policy));
	if (o->verdict_id)
		snprintf(v->id, sizeof(v->id), "%s", o->verdict_id);
	sl_rx_engine(v->coverage.engine);
	v->coverage.refs = run->set->ref_count;
	for (size_t i = 0; i < run->set->ref_count; i++) {
		const struct sl_ref_change *ref = &run->set->refs[i];

		sl_verdict_add_subject(v, ref->ref);
		sl_oid_hex(&ref->old_oid, hex);
		sl_verdict_add_subject(v, sl_str(hex));
		sl_oid_hex(&ref->new_oid, hex);
		sl_verdict_add_subject(v, sl_str(hex));
	}
}

/* What blobs were searched with, where any were. */
static void
describe_scan(struct sl_run *run)
{
	char *engine = run->verdict->coverage.engine;
	size_t room = sizeof(run->verdict->coverage.engine);
	char scan[SL_SCAN_ENGINE_SIZE];
	size_t len = strlen(engine);

	sl_scanner_engine(sl_policy_scanner(run->policy), scan);
	if (scan[0])
		snprintf(engine + len, room - len, ", %s", scan);
}

static enum sl_level
strictest_level(const struct sl_run *run)
{
	enum sl_level level = SL_LEVEL_OFF;

	for (size_t i = 0; i < run->rule_count * run->set->ref_count; i++)
		if (run->levels[i] > level)
			level = (enum sl_level)run->levels[i];
	return level;
}

static void
add_notes(struct sl_run *run)
{
	enum sl_level level = strictest_level(run);

	/* Not looked at, with a reason: even where no ref is left to say how
	 * strict it would have been. */
	if (level == SL_LEVEL_OFF)
		level = SL_LEVEL_BLOCK;
	for (size_t i = 0; i < run->set->note_count; i++)
		sl_run_uncovered(run, level, SL_NO_REF,
		    run->set->notes[i].text);
}

static void
run_release(struct sl_run *run)
{
	for (size_t i = 0; i < run->wants.count; i++) {
		struct sl_blob_want *want = run->wants.entries[i].value;

		while (want) {
			struct sl_blob_want *next = want->next;

			free(want->path);
			free(want);
			want = next;
		}
	}
	sl_map_release(&run->wants);
	sl_map_release(&run->classes);
	free(run->values);
	sl_rx_scratch_free(run->judge.scratch);
	sl_scan_free(run->scan);
	free(run->levels);
	free(run->commit_start);
	free(run->commit_refs);
}

/* What was not decided may be what is asked for. */
static void
end_whole(struct sl_run *run)
{
	for (size_t r = 0; r < run->rule_count &&
	     run->verdict->undecided_count == 0; r++) {
		struct sl_task task = { sl_policy_rule_at(run->policy, r),
			sl_run_level(run, r, 0), 0, NULL };
		const struct sl_rule_kind *kind = sl_rule_kind(task.rule);

		if (!kind->whole_end || task.level == SL_LEVEL_OFF)
			continue;
		sl_run_point(run, &task, NULL, SL_STR(""));
		kind->whole_end(&run->judge, sl_rule_state(task.rule),
		    &run->set->refs[0]);
	}
}

static void
judge_all(struct sl_run *run)
{
	sl_run_refs(run);
	sl_run_commits(run);
	sl_run_changes(run);
	sl_run_trees(run);
	sl_run_blobs(run);
}

int
sl_engine_judge(struct sl_policy *policy, const struct sl_change_set *set,
    const struct sl_judge_options *options, struct sl_verdict **out,
    struct sl_error *err)
{
	int64_t now_ms = sl_clock_monotonic_ms(options->clock);
	struct sl_run run = {
		.policy = policy,
		.set = set,
		.options = options,
		.rule_count = sl_policy_rule_count(policy),
		.started_ms = options->started_ms ? options->started_ms :
						    now_ms,
		.ref = SL_NO_REF,
	};
	int rc = check_set(set, err);

	if (rc < 0)
		return rc;
	run.progress_ms = run.started_ms;
	run.verdict = sl_verdict_new();
	describe(&run);
	run.judge = (struct sl_judge){
		.scratch = sl_rx_scratch_new(NULL),
		.source = &set->source,
		.set = set,
		.pusher = options->pusher,
		.now_s = run.verdict->evaluated_at_s,
		.lint_project = options->lint_project,
		.lint_ctx = options->lint_ctx,
		.verify = options->verify,
		.verify_ctx = options->verify_ctx,
		.ops = &sl_run_sink,
		.sink = &run,
	};
	sl_waivers_begin(policy);
	if (sl_policy_baseline(policy))
		sl_baseline_begin(sl_policy_baseline(policy));
	run.scan = sl_scan_new(sl_policy_scanner(policy));
	if (options->budget_ms > 0)
		sl_rx_scratch_deadline(run.judge.scratch, options->clock,
		    run.started_ms + options->budget_ms);
	run.values = sl_alloc_array(set->ref_count + 1, sizeof(*run.values));
	find_levels(&run);
	find_commit_refs(&run);
	add_notes(&run);
	if (options->history)
		sl_run_whole(&run);
	else
		judge_all(&run);
	if (options->whole)
		end_whole(&run);
	describe_scan(&run);
	run.verdict->coverage.elapsed_ms =
	    sl_clock_monotonic_ms(options->clock) - now_ms;
	sl_verdict_finish(run.verdict);
	run_release(&run);
	*out = run.verdict;
	return SL_OK;
}
