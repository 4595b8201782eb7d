/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache: what other pushes have found in the same blobs.
 *
 * A blob of which all is known, and in which no pattern is found that a rule
 * here asks for, is not read at all. A push whose time ended leaves what it
 * has found, so that the next one begins there.
 */
#include "engine/engine_int.h"

#include "base/mem.h"

/* One blob. @return whether all that its rules will ask is known */
static bool
ask_one(struct sl_run *run, struct sl_blob_job *job, struct sl_buf *entry,
    struct sl_pattern_set *wanted)
{
	const struct sl_scan_cache *cache = run->options->cache;

	if (!cache->get(cache->self, &job->oid, entry) ||
	    sl_matches_read(sl_policy_scanner(run->policy), sl_buf_str(entry),
		&job->matches) < 0)
		return false;
	job->size = sl_matches_size(job->matches);
	if (sl_blob_wanted(run->policy, job, wanted) &&
	    sl_matches_answer(job->matches, wanted))
		return true;
	sl_matches_free(job->matches);
	job->matches = NULL;
	return false;
}

void
sl_cache_ask(struct sl_run *run, struct sl_blob_job *jobs, size_t count)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf entry =
	    SL_BUF_INIT(SL_MATCHES_MAX_BYTES);
	SL_CLEANUP(sl_pattern_set_release) struct sl_pattern_set wanted = { 0 };

	if (!run->options->cache || count < SL_MANY_BLOBS)
		return;
	sl_pattern_set_init(&wanted, sl_policy_scanner(run->policy));
	for (size_t i = 0; i < count && !sl_run_expired(run); i++)
		jobs[i].known = ask_one(run, &jobs[i], &entry, &wanted);
}

void
sl_cache_tell(struct sl_run *run, const struct sl_blob_job *job)
{
	const struct sl_scan_cache *cache = run->options->cache;
	SL_CLEANUP(sl_buf_release) struct sl_buf entry =
	    SL_BUF_INIT(SL_MATCHES_MAX_BYTES + 64);

	if (!cache || !job->matches || job->known ||
	    run->wants.count < SL_MANY_BLOBS)
		return;
	if (sl_matches_write(job->matches, &entry) == SL_OK)
		cache->put(cache->self, &job->oid, sl_buf_str(&entry));
}
