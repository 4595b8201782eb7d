/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine: policy x change set -> verdict.
 *
 * Every new commit is judged on its own changes, every new tip on its whole
 * tree. A tree is walked once for all rules, a commit's changes are read
 * once, a blob is read once however many paths and refs it has. What could
 * not be judged (a limit, the budget, an unreadable object, a note of the
 * change set) becomes an `undecided` entry, never a pass.
 *
 * Pure: clock, objects and identity come in from outside. The same inputs
 * give the same verdict, as long as no budget is met; threads only read and
 * search blobs, and rules hear of them in one order however many there are.
 */
#ifndef SL_ENGINE_ENGINE_H
#define SL_ENGINE_ENGINE_H

#include "base/clock.h"
#include "change/change.h"
#include "policy/policy.h"
#include "policy/rule.h"
#include "policy/verdict.h"

/** How far the work is, for one line on a terminal. */
struct sl_progress {
	const char *what; /* "commits", "trees", "files" */
	uint64_t done;
	uint64_t total;
	int64_t elapsed_ms;
};
typedef void sl_progress_fn(void *ctx, const struct sl_progress *progress);

/**
 * What a ref stands for.
 *
 * @param[out] out  all unknown; does not move until the judgement ends
 */
typedef void sl_ref_values_fn(void *ctx, struct sl_str ref,
    struct sl_ref_values *out);

/** One breach as it is found, before what is the same is folded. */
struct sl_heard {
	const struct sl_rule *rule;
	enum sl_level level;
	const struct sl_commit *commit; /* that brought it; NULL: a tree or a
					   ref has it */
	const struct sl_hit *hit;
	bool excused; /* by a waiver or the baseline */
};
/**
 * Everything is borrowed for the call.
 *
 * @return whether it takes a finding that is not excused: that is then not in
 *         the verdict, and counts towards no cap on findings
 */
typedef bool sl_heard_fn(void *ctx, const struct sl_heard *heard);

/**
 * What was found in blobs by other judgements with the same
 * sl_policy_scan_digest. Never asked where there are few blobs.
 */
struct sl_scan_cache {
	void *self;
	/** Read an entry into out, which is cleared. @return whether there is */
	bool (*get)(void *self, const struct sl_oid *blob, struct sl_buf *out);
	/** Keep an entry, if that can be done. */
	void (*put)(void *self, const struct sl_oid *blob, struct sl_str entry);
	/** Have what was put outlive the process. */
	void (*sync)(void *self);
};

/** Zero-initialise; clock is required. Everything is borrowed. */
struct sl_judge_options {
	const struct sl_clock *clock;
	int64_t started_ms; /* monotonic start of the budget; 0: the call */
	int64_t budget_ms;  /* 0: none. Over it the rest is undecided */
	bool late_passes; /* what the budget left out does not block */
	int64_t evaluated_at_s; /* 0: the clock's time of day */
	struct sl_pusher pusher;
	sl_project_lint_fn *lint_project; /* NULL: a project file in a new
					     tip is undecided */
	void *lint_ctx;
	sl_verify_fn *verify; /* NULL: rules about whose a signature is are
				 deferred */
	void *verify_ctx;
	sl_ref_values_fn *values; /* NULL: nothing is known of any ref */
	void *values_ctx;
	sl_progress_fn *progress; /* NULL: none; called at most every 250 ms */
	void *progress_ctx;
	bool whole; /* the set is a whole tree as if all of it were new
		       (sl_git_changes_whole): what no waiver was needed for
		       is said. Implies each_path */
	const char *only_rule; /* name of the only rule that judges; NULL:
				  all do */
	bool each_path; /* a file that is at several paths is judged at each;
			   else at one where it weighs most */
	sl_heard_fn *heard; /* NULL: nobody listens */
	void *heard_ctx;
	unsigned threads; /* that read and search blobs, where there are many;
			     0 and 1: the caller's own. clock is then looked
			     at by each of them */
	bool history; /* every blob that the source has, by the rules that search
		       contents and nothing else; the set's one ref says at
		       what levels, its commits where the blobs stand */
	const struct sl_scan_cache *cache; /* NULL: none */
	const char *verdict_id; /* up to 64 characters; NULL: a digest */
};

/** Threads of one judgement at most. */
#define SL_JUDGE_MAX_THREADS 8

/**
 * Judge a change set.
 *
 * @param set  borrowed for the call
 * @param[out] out  sl_verdict_free; set on success, whatever the outcome
 * @return 0, SL_EINVAL (a change set that contradicts itself)
 */
int sl_engine_judge(struct sl_policy *policy, const struct sl_change_set *set,
    const struct sl_judge_options *options, struct sl_verdict **out,
    struct sl_error *err) SL_MUST_CHECK;

#endif
