/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blobs: what rules want to read, and what they say to it.
 */
#include "engine/engine_int.h"

#include "base/mem.h"

/* Of several places of a blob the strictest is named; but first of all one
 * that nobody has waived. */
static bool
weighs_more(const struct sl_blob_want *want, enum sl_level level, bool waived)
{
	if (want->waived != waived)
		return want->waived;
	return level > want->level;
}

void
sl_run_want_blob(struct sl_run *run, const struct sl_task *task, size_t rule,
    const struct sl_commit *commit, struct sl_str path,
    const struct sl_oid *oid)
{
	struct sl_str id = sl_strn((const char *)oid->id, SL_OID_BYTES);
	struct sl_blob_want *list = sl_map_get(&run->wants, id);
	struct sl_blob_want *want = list;
	const struct sl_waiver_subject subject = {
		.path = path,
		.blob = oid,
		.at_s = run->verdict->evaluated_at_s,
	};
	size_t class = sl_run_class(run, rule, task->ref, path);
	struct sl_error why = SL_ERROR_INIT;
	bool waived;
	int rc;

	while (want && (want->rule != rule || want->class != class))
		want = want->next;
	waived = sl_policy_waiver(run->policy, task->rule, &subject) != NULL;
	if (want && !weighs_more(want, task->level, waived))
		return;
	sl_run_point(run, task, commit, path);
	rc = sl_rule_kind(task->rule)->wants_blob(&run->judge,
	    sl_rule_state(task->rule), path, &why);
	if (rc < 0)
		sl_run_undecided(run, &why);
	if (rc != SL_RX_YES)
		return;
	if (!want) {
		want = sl_alloc(sizeof(*want));
		want->rule = rule;
		want->class = class;
		want->next = list;
		(void)sl_map_put(&run->wants, id, want);
	}
	free(want->path);
	want->level = task->level;
	want->waived = waived;
	want->ref = task->ref;
	want->commit = commit;
	want->path = sl_strndup(path.ptr, path.len);
	want->path_len = path.len;
}

static void
point_at(struct sl_run *run, const struct sl_oid *oid,
    const struct sl_blob_want *want)
{
	struct sl_task task = { sl_policy_rule_at(run->policy, want->rule),
		want->level, want->ref, NULL };

	sl_run_point(run, &task, want->commit,
	    sl_strn(want->path, want->path_len));
	run->blob = oid;
}

static void
all_undecided(struct sl_run *run, const struct sl_oid *oid,
    const struct sl_blob_want *list, const struct sl_error *why)
{
	for (; list; list = list->next) {
		point_at(run, oid, list);
		sl_run_undecided(run, why);
	}
}

/* Answer for those whose cap is too small; @return whether any remain. */
static bool
sort_out_large(struct sl_run *run, const struct sl_oid *oid,
    const struct sl_blob_want *list, uint64_t size)
{
	bool any = false;

	for (; list; list = list->next) {
		struct sl_rule *rule = sl_policy_rule_at(run->policy,
		    list->rule);
		const struct sl_rule_kind *kind = sl_rule_kind(rule);
		struct sl_error why = SL_ERROR_INIT;

		if (sl_blob_takes(run->policy, list, size)) {
			any = true;
			continue;
		}
		point_at(run, oid, list);
		if (kind->blob_too_large(&run->judge, sl_rule_state(rule),
			run->path, size, &why) < 0)
			sl_run_undecided(run, &why);
	}
	return any;
}

static void
tell_rules(struct sl_run *run, const struct sl_blob_job *job,
    struct sl_str bytes)
{
	sl_scan_begin_known(run->scan, bytes, job->matches);
	run->judge.scan = run->scan;
	for (const struct sl_blob_want *want = job->wants; want;
	     want = want->next) {
		struct sl_rule *rule = sl_policy_rule_at(run->policy,
		    want->rule);
		const struct sl_rule_kind *kind = sl_rule_kind(rule);
		struct sl_error why = SL_ERROR_INIT;

		if (!sl_blob_takes(run->policy, want, job->size))
			continue;
		point_at(run, &job->oid, want);
		if (kind->blob(&run->judge, sl_rule_state(rule), run->path,
			bytes, &why) < 0)
			sl_run_undecided(run, &why);
	}
	run->judge.scan = NULL;
}

/* What was read ahead was too much to keep: read it again. */
static int
read_again(struct sl_run *run, const struct sl_blob_job *job,
    struct sl_buf *bytes, struct sl_error *err)
{
	const struct sl_object_source *source = &run->set->source;

	sl_buf_clear(bytes);
	return source->blob_read(source->self, &job->oid, bytes, err);
}

static void
judge_blob(struct sl_run *run, const struct sl_blob_job *job,
    struct sl_buf *again)
{
	struct sl_str bytes = job->bytes;
	struct sl_error why = SL_ERROR_INIT;

	if (job->why) {
		all_undecided(run, &job->oid, job->wants, job->why);
		return;
	}
	if (!sort_out_large(run, &job->oid, job->wants, job->size))
		return;
	if (!bytes.ptr && sl_blob_needs_bytes(run->policy, job)) {
		if (read_again(run, job, again, &why) < 0) {
			all_undecided(run, &job->oid, job->wants, &why);
			return;
		}
		bytes = sl_strn(sl_buf_cstr(again), again->len);
	}
	run->verdict->coverage.blobs++;
	run->verdict->coverage.blob_bytes += job->size;
	run->verdict->coverage.blobs_known += job->known;
	tell_rules(run, job, bytes);
}

static struct sl_blob_job *
make_jobs(struct sl_run *run, size_t count)
{
	const struct sl_object_source *source = &run->set->source;
	struct sl_blob_job *jobs = sl_alloc_array(count + 1, sizeof(*jobs));

	for (size_t i = 0; i < count; i++) {
		const struct sl_map_entry *entry = &run->wants.entries[i];

		memcpy(jobs[i].oid.id, entry->key.ptr, SL_OID_BYTES);
		jobs[i].wants = entry->value;
	}
	if (source->sort_blobs && count >= SL_MANY_BLOBS)
		source->sort_blobs(source->self, jobs, count, sizeof(*jobs));
	sl_cache_ask(run, jobs, count);
	return jobs;
}

/* Entries of the cache that may be lost at once. */
#define SYNC_EVERY 256

/* Keep what was found in one blob, now and then for good. */
static void
keep(struct sl_run *run, const struct sl_blob_job *job, size_t index)
{
	const struct sl_scan_cache *cache = run->options->cache;

	sl_cache_tell(run, job);
	if (cache && (index % SYNC_EVERY == 0 || index == run->wants.count))
		cache->sync(cache->self);
}

void
sl_run_blobs(struct sl_run *run)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf again =
	    SL_BUF_INIT(SL_RX_MAX_SUBJECT);
	size_t count = run->wants.count;
	SL_CLEANUP(sl_freep) struct sl_blob_job *jobs = make_jobs(run, count);
	SL_CLEANUP(sl_ahead_freep)
	struct sl_ahead *ahead = sl_ahead_new(run, jobs, count);
	enum sl_level left_out = SL_LEVEL_OFF;
	uint64_t done = 0;

	for (size_t i = 0; i < count; i++) {
		const struct sl_blob_want *want = jobs[i].wants;

		if (!sl_run_expired(run)) {
			judge_blob(run, sl_ahead_at(ahead, i), &again);
			keep(run, &jobs[i], ++done);
			sl_run_progress(run, "files", done, count);
			continue;
		}
		for (; want; want = want->next)
			if (want->level > left_out)
				left_out = want->level;
	}
	/* What was found and not heard of any more is there for the next. */
	if (done < count) {
		sl_ahead_stop(ahead);
		for (size_t i = done; i < count; i++)
			keep(run, &jobs[i], i + 1);
	}
	sl_run_say_expired(run, left_out, "files", done, count);
}
