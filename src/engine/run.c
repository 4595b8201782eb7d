/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: where the answers of rules go, and when time is up.
 */
#include "engine/engine_int.h"

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "policy/baseline.h"

#define PROGRESS_EVERY_MS 250

void
sl_run_point(struct sl_run *run, const struct sl_task *task,
    const struct sl_commit *commit, struct sl_str path)
{
	run->rule = task->rule;
	run->level = task->level;
	run->ref = task->ref;
	run->commit = commit;
	run->path = path;
	run->blob = NULL;
	run->judge.values = sl_rule_variables(task->rule) ?
	    sl_run_values(run, task->ref) :
	    NULL;
}

const struct sl_ref_values *
sl_run_values(struct sl_run *run, size_t ref)
{
	struct ref_values *values;

	if (ref == SL_NO_REF || !run->options->values)
		return NULL;
	values = &run->values[ref];
	if (!values->known)
		run->options->values(run->options->values_ctx,
		    run->set->refs[ref].ref, &values->of);
	values->known = true;
	return &values->of;
}

size_t
sl_run_class(struct sl_run *run, size_t index, size_t ref, struct sl_str path)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf key = SL_BUF_INIT(65536);
	const struct sl_rule *rule = sl_policy_rule_at(run->policy, index);
	const struct sl_baseline *baseline = sl_policy_baseline(run->policy);
	unsigned asked = sl_rule_variables(rule);
	bool apart = run->options->each_path || run->options->whole ||
	    (baseline && sl_baseline_has(baseline, rule, path));
	const struct sl_ref_values *values;
	size_t class;

	values = asked ? sl_run_values(run, ref) : NULL;
	if (!values && !apart)
		return 0;
	sl_buf_addf(&key, "%zu", index);
	if (apart) {
		sl_buf_addc(&key, '/');
		sl_buf_addv(&key, path);
		sl_buf_addc(&key, '\0');
	}
	for (unsigned i = 0; values && i < SL_VARIABLE_COUNT; i++) {
		if (!(asked & 1U << i))
			continue;
		sl_buf_addc(&key, values->value[i].ptr ? '=' : '?');
		sl_buf_addv(&key, values->value[i]);
		sl_buf_addc(&key, '\0');
	}
	class = (size_t)(uintptr_t)sl_map_get(&run->classes,
	    sl_buf_str(&key));
	if (!class) {
		class = run->classes.count + 1;
		(void)sl_map_put(&run->classes, sl_buf_str(&key),
		    (void *)(uintptr_t)class);
	}
	return class;
}

static struct sl_str
ref_name(const struct sl_run *run, size_t ref)
{
	return ref == SL_NO_REF ? sl_strn("", 0) : run->set->refs[ref].ref;
}

/* The commit that brought it, else the tip. */
static const struct sl_oid *
commit_to_name(const struct sl_run *run)
{
	const struct sl_ref_change *ref;

	if (run->commit)
		return &run->commit->oid;
	if (run->ref == SL_NO_REF)
		return NULL;
	ref = &run->set->refs[run->ref];
	return ref->tip_kind == SL_OBJECT_COMMIT ? &ref->tip : NULL;
}

/* @return whether somebody takes the finding */
static bool
say_heard(struct sl_run *run, const struct sl_hit *hit, bool excused)
{
	return run->options->heard &&
	    run->options->heard(run->options->heard_ctx,
		&(struct sl_heard){ run->rule, run->level, run->commit, hit,
		    excused });
}

static bool
on_found(void *sink, const struct sl_hit *hit)
{
	struct sl_run *run = sink;
	struct sl_hit_place place = { ref_name(run, run->ref), run->commit };
	struct sl_baseline *baseline = sl_policy_baseline(run->policy);
	const struct sl_waiver_subject subject = {
		.path = hit->path.ptr ? hit->path : SL_STR(""),
		.blob = run->blob,
		.at_s = run->verdict->evaluated_at_s,
	};
	const struct sl_waiver *waiver = sl_policy_waiver(run->policy,
	    run->rule, &subject);

	if (waiver)
		sl_waiver_use(run->policy, waiver);
	if (!waiver && hit->ignored.len) {
		(void)say_heard(run, hit, true);
		sl_rule_tell(run->rule, run->level, hit, &place,
		    commit_to_name(run), NULL, run->verdict);
		return false;
	}
	if (!waiver && baseline &&
	    sl_baseline_covers(baseline, run->rule, hit)) {
		run->verdict->coverage.in_baseline++;
		(void)say_heard(run, hit, true);
		return false;
	}
	if (say_heard(run, hit, waiver != NULL) && !waiver)
		return false;
	sl_rule_tell(run->rule, run->level, hit, &place, commit_to_name(run),
	    waiver, run->verdict);
	return true;
}

static void
on_deferred(void *sink, const char *reason)
{
	struct sl_run *run = sink;
	char ref[256];
	struct sl_str name = ref_name(run, run->ref);

	sl_text_escape_into(name.ptr, name.len, ref, sizeof(ref));
	sl_verdict_add_deferred(run->verdict, &(struct sl_deferred){
		.rule = sl_rule_name(run->rule), .ref = ref,
		.reason = reason });
}

static void
on_skipped(void *sink, const char *what, const char *reason)
{
	struct sl_run *run = sink;

	sl_verdict_add_skipped(run->verdict, &(struct sl_skipped){
		.what = what, .reason = reason, .count = 1 });
}

const struct sl_judge_sink sl_run_sink = { on_found, on_deferred,
	on_skipped };

static void
add_undecided(struct sl_run *run, const char *rule, enum sl_level level,
    size_t ref, struct sl_str path, const char *reason)
{
	struct sl_str name = ref_name(run, ref);
	char ref_shown[256], path_shown[1000], reason_shown[800];

	sl_text_escape_into(name.ptr, name.len, ref_shown, sizeof(ref_shown));
	sl_text_escape_into(path.ptr ? path.ptr : "", path.len, path_shown,
	    sizeof(path_shown));
	sl_text_escape_into(reason, strlen(reason), reason_shown,
	    sizeof(reason_shown));
	sl_verdict_add_undecided(run->verdict, &(struct sl_undecided){
		.rule = rule, .level = level, .ref = ref_shown,
		.path = path_shown, .reason = reason_shown });
}

/* The level of what was left out because the time was up. */
static enum sl_level
late_level(const struct sl_run *run, enum sl_level level)
{
	return run->options->late_passes && level > SL_LEVEL_WARN ?
	    SL_LEVEL_WARN : level;
}

void
sl_run_undecided(struct sl_run *run, const struct sl_error *why)
{
	enum sl_level level = run->level;

	/* A limit that is met once the time is up counts as the time's. */
	if (why->code == SL_ELIMIT && sl_run_expired(run))
		level = late_level(run, level);
	add_undecided(run, sl_rule_name(run->rule), level, run->ref,
	    run->path, why->text[0] ? why->text : sl_err_name(why->code));
}

void
sl_run_uncovered(struct sl_run *run, enum sl_level level, size_t ref,
    const char *reason)
{
	add_undecided(run, "", level, ref, sl_strn("", 0), reason);
}

bool
sl_run_expired(struct sl_run *run)
{
	int64_t budget = run->options->budget_ms;

	if (!run->expired && budget > 0 &&
	    sl_clock_monotonic_ms(run->options->clock) - run->started_ms >
		budget)
		run->expired = true;
	return run->expired;
}

void
sl_run_say_expired(struct sl_run *run, enum sl_level level, const char *what,
    uint64_t done, uint64_t total)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(400);

	if (level == SL_LEVEL_OFF || (total && done >= total))
		return;
	sl_buf_adds(&text, "the time budget of ");
	(void)sl_num_format_duration(&text, run->options->budget_ms);
	sl_buf_addf(&text, " ended: %llu", (unsigned long long)done);
	if (total)
		sl_buf_addf(&text, " of %llu", (unsigned long long)total);
	sl_buf_addf(&text, " %s judged", what);
	sl_run_uncovered(run, late_level(run, level), SL_NO_REF,
	    sl_buf_cstr(&text));
}

void
sl_run_progress(struct sl_run *run, const char *what, uint64_t done,
    uint64_t total)
{
	int64_t now;

	if (!run->options->progress)
		return;
	now = sl_clock_monotonic_ms(run->options->clock);
	if (now - run->progress_ms < PROGRESS_EVERY_MS)
		return;
	run->progress_ms = now;
	run->options->progress(run->options->progress_ctx,
	    &(struct sl_progress){ what, done, total, now - run->started_ms });
}

enum sl_level
sl_run_level(const struct sl_run *run, size_t rule, size_t ref)
{
	return (enum sl_level)run->levels[rule * run->set->ref_count + ref];
}

struct sl_task
sl_run_commit_task(const struct sl_run *run, size_t rule, size_t commit)
{
	struct sl_task task = { sl_policy_rule_at(run->policy, rule),
		SL_LEVEL_OFF, SL_NO_REF, NULL };

	for (size_t i = run->commit_start[commit];
	     i < run->commit_start[commit + 1]; i++) {
		enum sl_level level = sl_run_level(run, rule,
		    run->commit_refs[i]);

		if (level > task.level) {
			task.level = level;
			task.ref = run->commit_refs[i];
		}
	}
	return task;
}
