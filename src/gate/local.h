/* SPDX-License-Identifier: Apache-2.0 */
/*
 * local: judging outside the server: a laptop's hooks, `sluice check`, CI.
 *
 * The same policy and engine as in the gate, without site, store or pusher:
 * what only the server can know is deferred.
 */
#ifndef SL_GATE_LOCAL_H
#define SL_GATE_LOCAL_H

#include "base/clock.h"
#include "config/project.h"
#include "engine/engine.h"
#include "gate/standing.h"
#include "git/git.h"
#include "policy/baseline.h"
#include "policy/policy.h"

/** Zero-initialise. All borrowed and outlive the struct sl_local. */
struct sl_local_options {
	struct sl_git *repository;
	const char *packs_dir;
	const struct sl_policy_source *policy; /* of the site; naming none:
				the project's rules alone */
	const char *state;       /* of a site, for its compiled patterns; NULL:
				    none */
	struct sl_oid trusted;   /* commit whose project file adds rules; zero:
				    none */
	const struct sl_clock *clock;
	int64_t budget_ms; /* 0: none */
	uint64_t threads;  /* 0: one for each processor */
	sl_progress_fn *progress;
	void *progress_ctx;
	struct sl_baseline *baseline; /* NULL: that of the trusted commit */
	const char *only_rule; /* these as in struct sl_judge_options */
	bool each_path;
	bool whole;
	bool history;
	sl_heard_fn *heard;  /* NULL: nobody listens */
	void *heard_ctx;
};

struct sl_local {
	struct sl_local_options options;
	struct sl_project *trusted;
	struct sl_error project_fault; /* code 0 unless the trusted file does
					  not load and the site's judges alone */
	struct sl_standing standing; /* the site policy */
	struct sl_baseline *baseline; /* the trusted one; NULL: none, or it
					 does not load */
	struct sl_error baseline_fault; /* code 0 unless it does not load */
	struct sl_policy *policy;
};

/**
 * The commit whose project file is trusted: the default branch of the remote
 * "origin", else the local branch that bears its name or "main" or "master",
 * else fallback.
 *
 * @param[out] shown  what was chosen, for people; cleared first
 */
int sl_local_find_trusted(struct sl_git *repository,
    const struct sl_oid *fallback, struct sl_oid *out, struct sl_buf *shown,
    struct sl_error *err) SL_MUST_CHECK;

/** Load the policy. @return 0, SL_ECONFIG and what sl_policy_load returns */
int sl_local_open(const struct sl_local_options *options,
    struct sl_local **out, struct sl_error *err) SL_MUST_CHECK;

void sl_local_free(struct sl_local *local);
SL_DEFINE_FREEP(struct sl_local, sl_local_free, sl_local_freep)

/** Judge a change set. */
int sl_local_judge(struct sl_local *local, const struct sl_change_set *set,
    struct sl_verdict **out, struct sl_error *err) SL_MUST_CHECK;

#endif
