/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change: what a subject's flow makes of what changed, for plan and run: the
 * question of the hook (gate/filter.h), asked where there is no push.
 */
#ifndef SL_CI_RUNNER_CHANGE_H
#define SL_CI_RUNNER_CHANGE_H

#include "ci-runner/subject.h"
#include "gate/filter.h"

/**
 * Ask as a CI job does: compare with what its variables say that the ref was
 * before. GitLab: CI_COMMIT_BEFORE_SHA, in a pipeline of a push. Jenkins:
 * GIT_PREVIOUS_SUCCESSFUL_COMMIT, else GIT_PREVIOUS_COMMIT. All zeros, or a
 * commit that the clone lacks, is not known: it runs, in doubt.
 *
 * @param[out] asked  false: the flow has no `paths`, or no CI job runs for
 *                    this ref and commit: a person asks, and out is not set
 * @return 0 and what sl_gate_filter returns
 */
int change_of_job(struct sl_gate *gate, const struct subject *s, bool *asked,
    struct sl_gate_filter *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Ask what a push would be told: compare with what the remote "origin" has, in
 * a bare repository with what the flow's jobs have taken on.
 *
 * @param store  NULL: no jobs are known
 * @param[out] asked  as above: the flow has no `paths`
 */
int change_of_push(struct sl_gate *gate, struct sl_store *store,
    const struct subject *s, bool *asked, struct sl_gate_filter *out,
    struct sl_error *err) SL_MUST_CHECK;

#endif
