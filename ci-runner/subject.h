/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject: a ref with all that a build of it needs, for plan, run and worker.
 */
#ifndef SL_CI_RUNNER_SUBJECT_H
#define SL_CI_RUNNER_SUBJECT_H

#include "ci-runner/runtime.h"
#include "flow/flow.h"

struct subject {
	char *ref;            /* full name */
	struct sl_oid value;  /* what the ref points at: commit or tag */
	struct sl_git_commit commit;
	struct sl_git_tag tag; /* all zero unless the ref is annotated */
	struct sl_project *project; /* of the commit */
	struct sl_plan *plan;
	struct sl_pipeline *pipeline; /* the committed definition, or NULL */
	struct sl_flows queued;       /* the flow that a job was queued with */
	const struct sl_flow *flow;   /* of the plan; borrowed from the gate,
					 project or queued */
	char *author_email;
	char *title; /* first line of the commit's message */
	char *tag_message;
};

/**
 * The full name of the ref that a person means: as it stands below refs/, a
 * branch or tag of that name, HEAD's branch where text is NULL, or in a CI
 * job with a detached HEAD the ref that its variables name.
 *
 * @param[out] out  free()
 * @return 0, SL_ENOTFOUND, SL_ECONFIG
 */
int subject_find_ref(struct sl_git *repository, const char *text, char **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * What a ref is at: its own value, else for a branch what the remote "origin"
 * has, else HEAD where nobody named the ref (a CI job's clone has the commit,
 * but not always the branch).
 *
 * @param named  a person named the ref: HEAD does not stand in for it
 * @return 0, SL_ENOTFOUND (with the way out)
 */
int subject_find_value(struct sl_git *repository, const char *ref, bool named,
    struct sl_oid *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Read a ref's commit and project, and choose and plan its flow.
 *
 * @param gate   for site, trusted project and repository
 * @param value  what the ref is (or was) at
 * @param payload  of the job: its flow decides; NULL: chosen now
 * @param[out] out  zeroed on entry; subject_release also after failure
 * @param[out] nothing  there is no flow, no project file or no pipeline:
 *                      nothing to run; err then says why and 0 is returned
 * @return 0 and what planning returns
 */
int subject_open(struct sl_gate *gate, const char *ref,
    const struct sl_oid *value, const char *payload, struct subject *out,
    bool *nothing, struct sl_error *err) SL_MUST_CHECK;

void subject_release(struct subject *s);

/**
 * Say that nothing runs for a ref, and why: the good end of plan and run
 * where a ref has no flow, so that a CI job may run on every branch.
 *
 * @param why  from subject_open
 * @return an enum sl_exit
 */
int subject_nothing_to_run(const struct sl_invocation *inv, const char *ref,
    const struct sl_error *why);

#endif
