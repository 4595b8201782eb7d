/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ahead: blobs read and searched before rules hear of them, by threads.
 *
 * Rules are asked by one thread, in order. What takes the time is reading and
 * searching, and for that a blob needs no rule, path or ref: threads take
 * blobs chunk by chunk, in pack order, each through its own view of the
 * objects, and leave matches behind. Bytes are kept only for those rules that
 * will look at them, and at most KEPT of all blobs together: the rest are read
 * again, seldom.
 */
#include "engine/engine_int.h"

#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

/* Blobs that a thread takes at once. Their bases are near each other in a
 * pack, so the most that still leaves every thread something to do. */
#define CHUNK_MAX 256
#define CHUNK_MIN 16
/* Chunks that may be done before they are asked for, for each thread. */
#define AHEAD 4
/* Bytes of blobs that wait for their rules. */
#define KEPT ((size_t)32 << 20)

/* What one thread reads and searches with. */
struct reader {
	struct sl_ahead *ahead;
	pthread_t thread;
	void *view; /* of the objects */
	struct sl_scan *scan;
	struct sl_rx_scratch *scratch;
	struct sl_pattern_set wanted;
	struct sl_buf bytes;
};

struct sl_ahead {
	struct sl_run *run;
	struct sl_blob_job *jobs;
	size_t count;
	size_t chunk; /* jobs of each */
	size_t last;  /* index + 1 of the job that was asked for last */
	struct reader own; /* the caller's */
	struct reader *readers;
	unsigned threads;

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	size_t next;  /* the first job that nobody has taken */
	size_t asked; /* the job that is waited for, or rules hear of */
	bool *done;   /* of each chunk */
	atomic_size_t kept;
	atomic_bool stop;
};

/* --- one blob --- */

bool
sl_blob_takes(const struct sl_policy *policy, const struct sl_blob_want *want,
    uint64_t size)
{
	const struct sl_rule *rule = sl_policy_rule_at(policy, want->rule);

	return size <= sl_rule_kind(rule)->blob_cap(sl_rule_state(rule));
}

bool
sl_blob_needs_bytes(const struct sl_policy *policy,
    const struct sl_blob_job *job)
{
	for (const struct sl_blob_want *want = job->wants; want;
	     want = want->next) {
		const struct sl_rule *rule = sl_policy_rule_at(policy,
		    want->rule);
		size_t first, count;

		if (!sl_blob_takes(policy, want, job->size))
			continue;
		sl_rule_scans(rule, &first, &count);
		if (!sl_rule_kind(rule)->only_searches || !job->matches ||
		    sl_matches_any(job->matches, first, count))
			return true;
	}
	return false;
}

bool
sl_blob_wanted(const struct sl_policy *policy, const struct sl_blob_job *job,
    struct sl_pattern_set *wanted)
{
	bool taken = false;

	sl_pattern_set_clear(wanted);
	for (const struct sl_blob_want *want = job->wants; want;
	     want = want->next) {
		size_t first, count;

		if (!sl_blob_takes(policy, want, job->size))
			continue;
		taken = true;
		sl_rule_scans(sl_policy_rule_at(policy, want->rule), &first,
		    &count);
		sl_pattern_set_add(wanted, first, count);
	}
	return taken;
}

static void
fail(struct sl_blob_job *job, const struct sl_error *why)
{
	job->why = sl_alloc(sizeof(*job->why));
	*job->why = *why;
}

/* A search that came to no end leaves nothing: rules will ask once more, and
 * be told why. */
static void
search(struct reader *r, struct sl_blob_job *job)
{
	struct sl_error why = SL_ERROR_INIT;

	if (job->matches || sl_pattern_set_is_empty(&r->wanted))
		return;
	sl_scan_begin(r->scan, job->bytes);
	if (sl_scan_collect(r->scan, &r->wanted, r->scratch, &job->matches,
		&why) < 0)
		job->matches = NULL;
}

/* Read one blob, where that is needed; its bytes are then in r->bytes. */
static void
do_job(struct reader *r, struct sl_blob_job *job)
{
	const struct sl_object_source *source = &r->ahead->run->set->source;
	struct sl_error why = SL_ERROR_INIT;

	job->done = true;
	if (job->known && !sl_blob_needs_bytes(r->ahead->run->policy, job))
		return;
	if (source->blob_size(r->view, &job->oid, &job->size, &why) < 0) {
		fail(job, &why);
		return;
	}
	if (!sl_blob_wanted(r->ahead->run->policy, job, &r->wanted))
		return;
	sl_buf_clear(&r->bytes);
	if (source->blob_read(r->view, &job->oid, &r->bytes, &why) < 0) {
		fail(job, &why);
		return;
	}
	job->bytes = sl_strn(sl_buf_cstr(&r->bytes), r->bytes.len);
	search(r, job);
}

/* Copy the bytes for rules that look at them, if there is room. */
static void
keep_bytes(struct sl_ahead *a, struct sl_blob_job *job)
{
	struct sl_str bytes = job->bytes;

	job->bytes = sl_strn(NULL, 0);
	if (!bytes.ptr || !sl_blob_needs_bytes(a->run->policy, job))
		return;
	if (atomic_fetch_add(&a->kept, bytes.len) + bytes.len > KEPT) {
		atomic_fetch_sub(&a->kept, bytes.len);
		return;
	}
	job->own = sl_strndup(bytes.ptr, bytes.len);
	job->bytes = sl_strn(job->own, bytes.len);
}

static void
job_release(struct sl_ahead *a, struct sl_blob_job *job)
{
	if (job->own)
		atomic_fetch_sub(&a->kept, job->bytes.len);
	sl_matches_free(job->matches);
	free(job->own);
	free(job->why);
	job->matches = NULL;
	job->own = NULL;
	job->why = NULL;
	job->bytes = sl_strn(NULL, 0);
}

/* --- readers --- */

static void
reader_init(struct reader *r, struct sl_ahead *a, void *view)
{
	const struct sl_run *run = a->run;
	int64_t budget = run->options->budget_ms;

	r->ahead = a;
	r->view = view;
	r->scan = sl_scan_new(sl_policy_scanner(run->policy));
	r->scratch = sl_rx_scratch_new(NULL);
	if (budget > 0)
		sl_rx_scratch_deadline(r->scratch, run->options->clock,
		    run->started_ms + budget);
	if (a->count >= SL_MANY_BLOBS)
		sl_rx_scratch_eager(r->scratch);
	sl_pattern_set_init(&r->wanted, sl_policy_scanner(run->policy));
	/* No kind takes more than one match may read. */
	sl_buf_init(&r->bytes, SL_RX_MAX_SUBJECT);
}

static void
reader_release(struct reader *r)
{
	sl_scan_free(r->scan);
	sl_rx_scratch_free(r->scratch);
	sl_pattern_set_release(&r->wanted);
	sl_buf_release(&r->bytes);
}

/* Take the next chunk. @return whether there is one; waits for its turn */
static bool
take_chunk(struct sl_ahead *a, size_t *from)
{
	bool more;

	pthread_mutex_lock(&a->lock);
	while (!a->stop && a->next < a->count &&
	    a->next - a->asked >= a->chunk * AHEAD * a->threads)
		pthread_cond_wait(&a->changed, &a->lock);
	more = !a->stop && a->next < a->count;
	*from = a->next;
	if (more)
		a->next += a->chunk;
	pthread_mutex_unlock(&a->lock);
	return more;
}

static void
finish_chunk(struct sl_ahead *a, size_t from)
{
	pthread_mutex_lock(&a->lock);
	a->done[from / a->chunk] = true;
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
}

static void *
work(void *arg)
{
	struct reader *r = arg;
	struct sl_ahead *a = r->ahead;
	size_t from;

	while (take_chunk(a, &from)) {
		for (size_t i = from; i < from + a->chunk && i < a->count; i++) {
			if (atomic_load(&a->stop) ||
			    sl_rx_scratch_expired(r->scratch))
				break;
			do_job(r, &a->jobs[i]);
			keep_bytes(a, &a->jobs[i]);
		}
		finish_chunk(a, from);
	}
	return NULL;
}

/* A signal is the program's: none is delivered to a reader. */
static bool
start(struct reader *r)
{
	sigset_t all, before;
	int failed;

	sigfillset(&all);
	if (pthread_sigmask(SIG_SETMASK, &all, &before))
		return false;
	failed = pthread_create(&r->thread, NULL, work, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return !failed;
}

static void
start_all(struct sl_ahead *a, unsigned threads)
{
	const struct sl_object_source *source = &a->run->set->source;
	size_t chunks;

	a->chunk = a->count / ((size_t)threads * 8);
	a->chunk = a->chunk > CHUNK_MAX ? CHUNK_MAX :
	    a->chunk < CHUNK_MIN	? CHUNK_MIN :
					  a->chunk;
	chunks = a->count / a->chunk + 1;
	a->done = sl_alloc_array(chunks, sizeof(*a->done));
	a->readers = sl_alloc_array(threads, sizeof(*a->readers));
	sl_scanner_prepare(sl_policy_scanner(a->run->policy));
	pthread_mutex_lock(&a->lock); /* none begins before all are there */
	for (unsigned i = 0; i < threads; i++) {
		struct reader *r = &a->readers[a->threads];
		struct sl_error why = SL_ERROR_INIT;
		void *view;

		if (source->open_view(source->self, &view, &why) < 0)
			break;
		reader_init(r, a, view);
		if (!start(r)) {
			reader_release(r);
			source->close_view(view);
			break;
		}
		a->threads++;
	}
	pthread_mutex_unlock(&a->lock);
}

struct sl_ahead *
sl_ahead_new(struct sl_run *run, struct sl_blob_job *jobs, size_t count)
{
	struct sl_ahead *a = sl_alloc(sizeof(*a));
	unsigned threads = run->options->threads;

	*a = (struct sl_ahead){ .run = run, .jobs = jobs, .count = count };
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->changed, NULL);
	if (count >= SL_MANY_BLOBS)
		sl_rx_scratch_eager(run->judge.scratch);
	if (threads > 1 && count >= SL_MANY_BLOBS &&
	    run->set->source.open_view)
		start_all(a, threads);
	reader_init(&a->own, a, run->set->source.self);
	return a;
}

static void
wait_for_chunk(struct sl_ahead *a, size_t index)
{
	pthread_mutex_lock(&a->lock);
	a->asked = index;
	pthread_cond_broadcast(&a->changed);
	while (!a->done[index / a->chunk])
		pthread_cond_wait(&a->changed, &a->lock);
	pthread_mutex_unlock(&a->lock);
}

const struct sl_blob_job *
sl_ahead_at(struct sl_ahead *a, size_t index)
{
	struct sl_blob_job *job = &a->jobs[index];

	if (a->last)
		job_release(a, &a->jobs[a->last - 1]);
	a->last = index + 1;
	if (a->threads > 0 && index % a->chunk == 0)
		wait_for_chunk(a, index);
	/* Threads end with the time: the caller may have looked just before. */
	if (!job->done)
		do_job(&a->own, job);
	return job;
}

void
sl_ahead_stop(struct sl_ahead *a)
{
	pthread_mutex_lock(&a->lock);
	atomic_store(&a->stop, true);
	pthread_cond_broadcast(&a->changed);
	pthread_mutex_unlock(&a->lock);
	for (unsigned i = 0; i < a->threads; i++) {
		pthread_join(a->readers[i].thread, NULL);
		a->run->set->source.close_view(a->readers[i].view);
		reader_release(&a->readers[i]);
	}
	a->threads = 0;
}

void
sl_ahead_free(struct sl_ahead *a)
{
	if (!a)
		return;
	sl_ahead_stop(a);
	reader_release(&a->own);
	for (size_t i = 0; i < a->count; i++)
		job_release(a, &a->jobs[i]);
	pthread_cond_destroy(&a->changed);
	pthread_mutex_destroy(&a->lock);
	free(a->readers);
	free(a->done);
	free(a);
}
