/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trees: the whole trees of new tips.
 */
#include "engine/engine_int.h"

#include "base/mem.h"

#include <stdio.h>

/* Entries between two looks at the clock. */
#define LOOK_EVERY 256

/* --- trees --- */

struct tree_walk {
	struct sl_run *run;
	size_t *next; /* the next ref with the same tree, or SL_NO_REF */
	size_t first; /* of the refs with the tree that is walked */
	struct sl_task *tasks;
	size_t *rules; /* of each task: its index */
	size_t count;
	size_t keen; /* the task that wanted to see into the last folder */
	enum sl_level strictest;
	uint64_t entries;
};

static bool
has_tree(const struct sl_ref_change *ref)
{
	if (ref->action == SL_REF_DELETE)
		return false;
	/* The index has neither a commit nor an id. */
	return ref->tip_kind == SL_OBJECT_COMMIT ||
	    ref->tip_kind == SL_OBJECT_NONE ||
	    ref->tip_kind == SL_OBJECT_TREE;
}

static bool
wants_trees(const struct sl_rule *rule)
{
	const struct sl_rule_kind *kind = sl_rule_kind(rule);

	return kind->tree_entry &&
	    (!kind->wants_trees || kind->wants_trees(sl_rule_state(rule)));
}

/* The rules for the tree of ref k, each at its strictest among the refs that
 * have the same tree. */
static void
gather_tasks(struct sl_run *run, size_t k, struct tree_walk *w)
{
	w->count = 0;
	w->keen = 0;
	w->strictest = SL_LEVEL_OFF;
	for (size_t r = 0; r < run->rule_count; r++) {
		struct sl_task task = { sl_policy_rule_at(run->policy, r),
			SL_LEVEL_OFF, SL_NO_REF, NULL };

		if (!wants_trees(task.rule) && !sl_rule_reads_trees(task.rule))
			continue;
		for (size_t i = k; i != SL_NO_REF; i = w->next[i]) {
			enum sl_level level = sl_run_level(run, r, i);

			if (level <= task.level)
				continue;
			task.level = level;
			task.ref = i;
		}
		if (task.level == SL_LEVEL_OFF)
			continue;
		if (task.level > w->strictest)
			w->strictest = task.level;
		w->rules[w->count] = r;
		w->tasks[w->count++] = task;
	}
}

static void
stop_task(struct sl_task *task)
{
	if (task->walk)
		sl_rule_kind(task->rule)->tree_free(task->walk);
	task->walk = NULL;
}

/* A rule that asks what a ref stands for has a question for each of them. */
static void
want_of_tree(struct tree_walk *w, size_t index,
    const struct sl_tree_entry *entry)
{
	struct sl_task task = w->tasks[index];
	size_t rule = w->rules[index];

	if (!sl_rule_variables(task.rule)) {
		sl_run_want_blob(w->run, &task, rule, NULL, entry->path,
		    &entry->oid);
		return;
	}
	for (size_t k = w->first; k != SL_NO_REF; k = w->next[k]) {
		task.ref = k;
		task.level = sl_run_level(w->run, rule, k);
		if (task.level > SL_LEVEL_OFF)
			sl_run_want_blob(w->run, &task, rule, NULL,
			    entry->path, &entry->oid);
	}
}

static bool
task_wants_below(struct sl_run *run, const struct sl_task *task,
    struct sl_str folder)
{
	const struct sl_rule_kind *kind = sl_rule_kind(task->rule);

	if (!task->walk && !sl_rule_reads_trees(task->rule))
		return false;
	return !kind->wants_below ||
	    kind->wants_below(&run->judge, sl_rule_state(task->rule),
		task->walk, folder);
}

/* Whether a folder is worth reading to any rule. */
static bool
wants_below(struct tree_walk *w, struct sl_str folder)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf slashed = SL_BUF_INIT(65536);

	sl_buf_addv(&slashed, folder);
	if (sl_buf_addc(&slashed, '/') < 0)
		return true;
	/* Who wanted the last folder is asked first. */
	for (size_t i = 0; i < w->count; i++) {
		size_t k = (w->keen + i) % w->count;

		if (task_wants_below(w->run, &w->tasks[k],
			sl_buf_str(&slashed))) {
			w->keen = k;
			return true;
		}
	}
	return false;
}

static int
on_entry(void *ctx, const struct sl_tree_entry *entry, struct sl_error *err)
{
	struct tree_walk *w = ctx;
	struct sl_run *run = w->run;

	if (w->entries++ % LOOK_EVERY == 0 && sl_run_expired(run))
		return sl_error_set(err, SL_ELIMIT, "time");
	run->verdict->coverage.tree_entries++;
	for (size_t i = 0; i < w->count; i++) {
		struct sl_task *task = &w->tasks[i];
		struct sl_error why = SL_ERROR_INIT;

		if (sl_rule_reads_trees(task->rule) &&
		    sl_rule_reads_mode(task->rule, entry->mode))
			want_of_tree(w, i, entry);
		if (!task->walk)
			continue;
		sl_run_point(run, task, NULL, entry->path);
		run->blob = &entry->oid;
		if (sl_rule_kind(task->rule)->tree_entry(&run->judge,
			sl_rule_state(task->rule), task->walk, entry,
			&why) < 0) {
			sl_run_undecided(run, &why);
			stop_task(task);
		}
	}
	if (entry->mode == SL_MODE_TREE && !wants_below(w, entry->path))
		return SL_TREE_PASS;
	return SL_OK;
}

static void
finish_tasks(struct tree_walk *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct sl_task *task = &w->tasks[i];
		struct sl_error why = SL_ERROR_INIT;

		if (!task->walk)
			continue;
		sl_run_point(w->run, task, NULL, sl_strn("", 0));
		if (sl_rule_kind(task->rule)->tree_end(&w->run->judge,
			sl_rule_state(task->rule), task->walk, &why) < 0)
			sl_run_undecided(w->run, &why);
	}
}

/* @return whether the tree was seen, or is known to be unreadable */
static bool
judge_tree(struct sl_run *run, size_t k, struct tree_walk *w)
{
	char reason[SL_ERROR_TEXT_MAX + 64];
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	w->first = k;
	for (size_t i = 0; i < w->count; i++) {
		struct sl_rule *rule = w->tasks[i].rule;

		if (!wants_trees(rule))
			continue;
		sl_run_point(run, &w->tasks[i], NULL, sl_strn("", 0));
		w->tasks[i].walk = sl_rule_kind(rule)->tree_begin(&run->judge,
		    sl_rule_state(rule));
	}
	rc = run->set->source.tree_entries(run->set->source.self,
	    &run->set->refs[k].tree, on_entry, w, &why);
	if (rc == SL_OK)
		finish_tasks(w);
	for (size_t i = 0; i < w->count; i++)
		stop_task(&w->tasks[i]);
	if (rc == SL_OK)
		return true;
	if (run->expired)
		return false;
	snprintf(reason, sizeof(reason), "the tree was not read: %s",
	    why.text);
	sl_run_uncovered(run, w->strictest, k, reason);
	return true;
}

/*
 * Chain the refs with the same tree, so that each tree is walked once.
 *
 * @return for each ref, whether it is the first with its tree; free()
 */
static bool *
chain_trees(const struct sl_run *run, size_t *next)
{
	struct sl_map last = SL_MAP_INIT; /* tree -> index + 1 of a ref */
	bool *first = sl_alloc_array(run->set->ref_count + 1, sizeof(*first));

	for (size_t k = 0; k < run->set->ref_count; k++) {
		const struct sl_ref_change *ref = &run->set->refs[k];
		struct sl_str id = sl_strn((const char *)ref->tree.id,
		    SL_OID_BYTES);
		void *before;

		next[k] = SL_NO_REF;
		if (!has_tree(ref))
			continue;
		before = sl_map_get(&last, id);
		first[k] = !before;
		if (before)
			next[(size_t)(uintptr_t)before - 1] = k;
		(void)sl_map_put(&last, id, (void *)(uintptr_t)(k + 1));
	}
	sl_map_release(&last);
	return first;
}

void
sl_run_trees(struct sl_run *run)
{
	struct tree_walk w = {
		.run = run,
		.tasks = sl_alloc_array(run->rule_count + 1,
		    sizeof(*w.tasks)),
		.rules = sl_alloc_array(run->rule_count + 1,
		    sizeof(*w.rules)),
		.next = sl_alloc_array(run->set->ref_count + 1,
		    sizeof(*w.next)),
	};
	bool *first = chain_trees(run, w.next);
	enum sl_level left_out = SL_LEVEL_OFF;
	uint64_t done = 0, total = 0;

	for (size_t k = 0; k < run->set->ref_count; k++) {
		if (!first[k])
			continue;
		gather_tasks(run, k, &w);
		if (w.count == 0)
			continue;
		total++;
		if (!sl_run_expired(run) && judge_tree(run, k, &w))
			done++;
		else if (w.strictest > left_out)
			left_out = w.strictest;
		sl_run_progress(run, "trees", k, run->set->ref_count);
	}
	sl_run_say_expired(run, left_out, "trees", done, total);
	free(first);
	free(w.next);
	free(w.rules);
	free(w.tasks);
}
