/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whole: every blob of a repository, by the rules that search contents.
 *
 * All blobs are searched once, whatever commits and paths they have. Only for
 * those in which something is found, or of which something stays open, history
 * is asked where they stand; then they are judged as a push's blobs are.
 */
#include "engine/engine_int.h"

#include "base/mem.h"

/* Every blob and what searches it. */
struct whole {
	struct sl_run *run;
	struct sl_blob_want *wants; /* one list for all blobs */
	struct sl_blob_job *jobs;
	size_t count;
	size_t room;
	struct sl_map hits; /* blob id -> itself where it was met in history */
};

static void
add_want(struct whole *w, size_t rule, const struct sl_task *task)
{
	struct sl_blob_want *want = sl_alloc(sizeof(*want));

	want->rule = rule;
	want->level = task->level;
	want->ref = task->ref;
	want->next = w->wants;
	w->wants = want;
}

/* Rules that search contents, and read each blob for itself. */
static void
find_rules(struct whole *w)
{
	struct sl_run *run = w->run;

	for (size_t r = 0; r < run->rule_count; r++) {
		struct sl_task task = { sl_policy_rule_at(run->policy, r),
			sl_run_level(run, r, 0), 0, NULL };

		if (task.level > SL_LEVEL_OFF &&
		    sl_rule_kind(task.rule)->only_searches &&
		    sl_rule_reads_mode(task.rule, SL_MODE_FILE))
			add_want(w, r, &task);
	}
}

static int
add_blob(void *ctx, const struct sl_oid *blob, struct sl_error *err SL_UNUSED)
{
	struct whole *w = ctx;

	SL_GROW(w->jobs, w->count, w->room);
	w->jobs[w->count++] = (struct sl_blob_job){ .oid = *blob,
		.wants = w->wants };
	return SL_OK;
}

/* Whether a blob needs no path: its rules have nothing to say. */
static bool
is_clean(const struct sl_run *run, const struct sl_blob_job *job)
{
	if (job->why || !job->matches)
		return false;
	for (const struct sl_blob_want *want = job->wants; want;
	     want = want->next)
		if (!sl_blob_takes(run->policy, want, job->size))
			return false;
	return !sl_blob_needs_bytes(run->policy, job);
}

/* @return how many were searched before the time was up */
static uint64_t
search_all(struct whole *w)
{
	struct sl_run *run = w->run;
	SL_CLEANUP(sl_ahead_freep)
	struct sl_ahead *ahead = sl_ahead_new(run, w->jobs, w->count);
	uint64_t done = 0;

	for (size_t i = 0; i < w->count && !sl_run_expired(run); i++) {
		const struct sl_blob_job *job = sl_ahead_at(ahead, i);
		struct sl_str id = sl_strn((const char *)job->oid.id,
		    SL_OID_BYTES);

		done++;
		sl_run_progress(run, "files", done, w->count);
		if (!is_clean(run, job)) {
			(void)sl_map_put(&w->hits, id, NULL);
			continue;
		}
		run->verdict->coverage.blobs++;
		run->verdict->coverage.blob_bytes += job->size;
	}
	return done;
}

/* --- where they stand --- */

struct place {
	struct whole *whole;
	const struct sl_commit *commit;
};

static void
want_at(struct whole *w, const struct sl_commit *commit, struct sl_str path,
    const struct sl_oid *oid)
{
	for (const struct sl_blob_want *want = w->wants; want;
	     want = want->next) {
		struct sl_task task = {
			sl_policy_rule_at(w->run->policy, want->rule),
			want->level, want->ref, NULL };

		sl_run_want_blob(w->run, &task, want->rule, commit, path, oid);
	}
}

static int
on_change(void *ctx, const struct sl_path_change *change,
    struct sl_error *err SL_UNUSED)
{
	const struct place *p = ctx;
	struct sl_str id = sl_strn((const char *)change->new_oid.id,
	    SL_OID_BYTES);
	void **hit = sl_map_find(&p->whole->hits, id);

	p->whole->run->verdict->coverage.changed_paths++;
	if (!hit || !(change->new_mode & 0100000))
		return SL_OK;
	*hit = p->whole;
	want_at(p->whole, p->commit, change->path, &change->new_oid);
	return SL_OK;
}

/* @return how many commits were read before the time was up */
static uint64_t
find_places(struct whole *w)
{
	struct sl_run *run = w->run;
	const struct sl_change_set *set = run->set;
	uint64_t done = 0;

	for (size_t c = 0; c < set->commit_count && !sl_run_expired(run);
	     c++) {
		struct place place = { w, &set->commits[c] };
		struct sl_error why = SL_ERROR_INIT;

		if (set->source.commit_changes(set->source.self,
			&set->commits[c], on_change, &place, &why) < 0)
			sl_run_uncovered(run, SL_LEVEL_BLOCK, SL_NO_REF,
			    why.text);
		done++;
		sl_run_progress(run, "commits", done, set->commit_count);
	}
	run->verdict->coverage.commits = done;
	return done;
}

/* Those that no commit reaches are judged all the same, without a path. */
static void
take_the_rest(struct whole *w)
{
	for (size_t i = 0; i < w->hits.count; i++) {
		const struct sl_map_entry *entry = &w->hits.entries[i];
		struct sl_oid oid;

		if (entry->value)
			continue;
		memcpy(oid.id, entry->key.ptr, SL_OID_BYTES);
		want_at(w, NULL, SL_STR(""), &oid);
	}
}

static void
whole_release(struct whole *w)
{
	while (w->wants) {
		struct sl_blob_want *next = w->wants->next;

		free(w->wants);
		w->wants = next;
	}
	sl_map_release(&w->hits);
	free(w->jobs);
}

void
sl_run_whole(struct sl_run *run)
{
	SL_CLEANUP(whole_release) struct whole w = { .run = run };
	const struct sl_object_source *source = &run->set->source;
	struct sl_error why = SL_ERROR_INIT;
	enum sl_level level = SL_LEVEL_OFF;
	uint64_t done;

	find_rules(&w);
	for (const struct sl_blob_want *want = w.wants; want;
	     want = want->next)
		level = want->level > level ? want->level : level;
	if (!w.wants)
		return;
	if (source->each_blob(source->self, add_blob, &w, &why) < 0) {
		sl_run_uncovered(run, level, SL_NO_REF, why.text);
		return;
	}
	if (source->sort_blobs)
		source->sort_blobs(source->self, w.jobs, w.count,
		    sizeof(*w.jobs));
	done = search_all(&w);
	sl_run_say_expired(run, level, "files", done, w.count);
	if (w.hits.count == 0 || done < w.count)
		return;
	done = find_places(&w);
	sl_run_say_expired(run, level, "commits", done,
	    run->set->commit_count);
	take_the_rest(&w);
	sl_run_blobs(run);
}
