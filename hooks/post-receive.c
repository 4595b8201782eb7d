/* SPDX-License-Identifier: Apache-2.0 */
/*
 * post-receive: write one durable job per ref, say how to follow it, and
 * leave nothing behind that keeps the push waiting.
 *
 * Always ends with 0: the push is in. A job that could not be written is made
 * up for by the worker, which compares refs with jobs.
 */
#include "hooks/hook.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"
#include "hooks/worker.h"

/** Refs of one push that are told of one by one, with a few lines each. */
#define REFS_SHOWN 6

static void
show_admission(const struct hook *hook, const struct sl_admission *a)
{
	SL_CLEANUP(sl_freep)
	char *ref = sl_strndup(a->line.ref.ptr, a->line.ref.len);
	SL_CLEANUP(sl_buf_release) struct sl_buf start = SL_BUF_INIT(256);
	const char *commit;

	if (a->kind == SL_JOB_NONE && a->build_id[0] == '\0') {
		hook_say(hook, "sluice: %s: nothing to run: %s", ref,
		    a->reason);
		return;
	}
	/* 12 digits of the commit are enough to find the build. */
	commit = strchr(a->build_id, '-');
	commit = commit ? commit + 1 : a->build_id;
	hook_say(hook, "sluice: %s -> %s (%s): build %s%s", ref,
	    a->environment, a->flow, a->build_id,
	    a->kind == SL_JOB_NONE ? "" : " queued");
	if (a->kind == SL_JOB_NONE)
		hook_say(hook, "sluice:   %s", a->reason);
	if (a->start_s != 0) {
		sl_gate_start_text(a->start_s, a->start_s - a->debounce_s,
		    a->supersede, &start);
		hook_say(hook, "sluice:   %s", sl_buf_cstr(&start));
	}
	if (a->note != NULL)
		hook_say(hook, "sluice:   it runs: %s", a->note);
	hook_say(hook, "sluice:   follow it: sluice status %.12s", commit);
}

static void
show_following(const struct hook *hook, const struct sl_admissions *list,
    size_t i)
{
	if (i < list->count && list->items[i].follows)
		hook_say(hook, "sluice:   then -> %s (%s): job %lld, held "
			       "until the model is approved",
		    list->items[i].environment, list->items[i].flow,
		    (long long)list->items[i].job_id);
}

/* What runs comes first; a push of a thousand refs fills no screen. */
static void
show_admissions(const struct hook *hook, const struct sl_admissions *list)
{
	size_t shown = 0, refs = 0;

	for (size_t i = 0; i < list->count; i++)
		refs += !list->items[i].follows;
	for (int runs = 1; runs >= 0; runs--)
		for (size_t i = 0; i < list->count && shown < REFS_SHOWN; i++)
			if (!list->items[i].follows &&
			    (list->items[i].kind != SL_JOB_NONE) == runs) {
				show_admission(hook, &list->items[i]);
				show_following(hook, list, i + 1);
				shown++;
			}
	if (shown < refs)
		hook_say(hook, "sluice: and %zu more refs; see: sluice status "
			       "--limit=%zu", refs - shown, list->count);
}

static int
admit(struct hook *hook, struct hook_place *place,
    const struct sl_ref_line *lines, size_t count, bool *work,
    struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep) struct sl_gate *gate = NULL;
	SL_CLEANUP(sl_store_freep) struct sl_store *store = NULL;
	SL_CLEANUP(sl_admissions_release) struct sl_admissions list = { 0 };
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(1 << 18);
	struct sl_site_pusher pusher = hook_pusher(place);
	struct sl_gate_push push = { .pusher = hook_pusher_name(&pusher) };
	struct sl_gate_made_up made_up = { 0 };
	const struct sl_gate_options options = {
		.site = place->site,
		.repository = place->repository,
		.packs_dir = place->packs_dir,
		.clock = sl_clock_system(),
		.moved = lines,
		.moved_count = count,
	};
	int rc = hook_read_options(hook, &push, &json, err);

	if (rc == 0)
		rc = sl_gate_open(&options, &gate, err);
	if (rc == 0)
		rc = sl_store_open(place->site->state, SL_STORE_SHORT, &store,
		    err);
	SL_FAULT_POINT("post-receive-admit");
	if (rc == 0)
		rc = sl_gate_make_up(gate, store, lines, count, &made_up, err);
	if (rc == 0)
		rc = sl_gate_admit(gate, store, lines, count, &push, &list,
		    err);
	SL_FAULT_POINT("post-receive-admitted");
	if (rc < 0)
		return rc;
	if (made_up.jobs + made_up.refused > 0)
		hook_say(hook, "sluice: made up for %zu earlier push%s whose "
			       "jobs were not written; see: sluice status",
		    made_up.jobs + made_up.refused,
		    made_up.jobs + made_up.refused == 1 ? "" : "es");
	show_admissions(hook, &list);
	for (size_t i = 0; i < list.count; i++)
		*work = *work || list.items[i].kind != SL_JOB_NONE;
	return SL_OK;
}

static int
run_post_receive(struct hook *hook)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf input = SL_BUF_INIT(0);
	SL_CLEANUP(sl_freep) struct sl_ref_line *lines = NULL;
	SL_CLEANUP(hook_place_release) struct hook_place place = { 0 };
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
	struct sl_error err = SL_ERROR_INIT;
	size_t count = 0;
	bool work = false;
	int rc = hook_read_lines(&input, &lines, &count, &err);

	if (rc == 0 && count == 0)
		return SL_EXIT_PASS;
	if (rc == 0)
		rc = hook_place_open(hook, &place, &err);
	if (rc == 0)
		rc = admit(hook, &place, lines, count, &work, &err);
	if (rc < 0) {
		sl_error_format(&err, shown, sizeof(shown));
		hook_say(hook, "sluice: the push is in, but its jobs were not "
			       "written: %s", shown);
		hook_say(hook, "sluice: the worker makes up for it; see: "
			       "sluice status");
	}
	if (work && hook_worker_wanted(hook, &place))
		hook_worker_start(&place);
	return SL_EXIT_PASS;
}

const struct hook_event hook_event_post_receive = {
	.name = "post-receive",
	.brief = "write a job for each ref that was pushed",
	.run = run_post_receive,
};
