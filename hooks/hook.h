/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hook: what the events of sluice-hook share: how they were called, how they
 * speak to the pusher, and how they open site and repository.
 */
#ifndef SL_HOOKS_HOOK_H
#define SL_HOOKS_HOOK_H

#include "base/clock.h"
#include "cli/exit.h"
#include "config/site.h"
#include "gate/gate.h"
#include "git/git.h"
#include "hooks/environment.h"
#include "store/store.h"

struct hook {
	const char *event; /* "pre-receive", ... */
	int argc;          /* operands of the event */
	char **argv;
	struct hook_environment env;
	int64_t started_ms; /* monotonic */
};

/** One event: a row of the table in main.c. */
struct hook_event {
	const char *name;
	const char *brief;
	/** @return an enum sl_exit */
	int (*run)(struct hook *hook);
};

extern const struct hook_event hook_event_pre_receive;
extern const struct hook_event hook_event_update;
extern const struct hook_event hook_event_post_receive;
extern const struct hook_event hook_event_pre_commit;
extern const struct hook_event hook_event_commit_msg;
extern const struct hook_event hook_event_pre_push;

/** Say one line to the pusher (standard error), escaped and prefixed. */
void hook_say(const struct hook *hook, const char *fmt, ...) SL_PRINTF(2, 3);

/**
 * Write text to the pusher as it is.
 *
 * @return 0, SL_EIO: what the pusher was not told, was not decided
 */
int hook_write(const struct sl_buf *text, struct sl_error *err);

/** What each line to the pusher begins with. */
const char *hook_prefix(const struct hook *hook);

/**
 * Say that nothing could be decided and why; the way to refuse.
 *
 * @return the exit code of err, never 0
 */
int hook_refuse(const struct hook *hook, const struct sl_error *err);

/** A site and one of its repositories, opened for a hook. */
struct hook_place {
	char *site_path;
	char *packs_dir;
	struct sl_site *site;
	struct sl_git *repository;
};

/**
 * Open the repository (with the quarantine, where there is one), then the
 * site that its configuration or the environment names.
 */
int hook_place_open(const struct hook *hook, struct hook_place *place,
    struct sl_error *err) SL_MUST_CHECK;

void hook_place_release(struct hook_place *place);

/** Who pushes, as the site's pusher variables say. */
struct sl_site_pusher hook_pusher(const struct hook_place *place);

/** The name to record for a pusher: person, else login, else "". */
const char *hook_pusher_name(const struct sl_site_pusher *pusher);

/**
 * Read all of standard input and parse its ref lines, without those that
 * change nothing (see hook_drop_unchanged).
 *
 * @param input  holds what the lines' views point into
 */
int hook_read_lines(struct sl_buf *input, struct sl_ref_line **lines,
    size_t *count, struct sl_error *err) SL_MUST_CHECK;

/**
 * Drop the lines that delete a ref which is not there: Git says so itself, and
 * there is nothing to judge, to record or to run.
 *
 * @return how many lines are left, in their order
 */
size_t hook_drop_unchanged(struct sl_ref_line *lines, size_t count);

/**
 * Read the push options that concern sluice (sl_gate_push_option).
 *
 * @param[out] json  all options as a JSON list, verbatim
 */
int hook_read_options(const struct hook *hook, struct sl_gate_push *push,
    struct sl_buf *json, struct sl_error *err) SL_MUST_CHECK;

/**
 * Judge ref lines, tell the pusher, record the verdict.
 *
 * @param pushed  the quarantine is there: pre-receive, not update
 * @return an enum sl_exit; 0 only when the verdict is on disk
 */
int hook_judge_and_record(struct hook *hook, struct hook_place *place,
    const struct sl_ref_line *lines, size_t count, bool pushed);

#endif
