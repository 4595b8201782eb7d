/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry: a subject carried out by src/build, for run and worker alike.
 */
#ifndef SL_CI_RUNNER_CARRY_H
#define SL_CI_RUNNER_CARRY_H

#include "ci-runner/subject.h"

/** What the caller decides; zero-initialise. Borrowed; outlives the carry. */
struct carry_options {
	const char *pusher;
	const char *verdict_id;
	const char *policy_digest;
	enum sl_flow_trigger origin;
	unsigned failures; /* transient ones in a row before this look */
	bool rerun;
	bool restart;
	const struct sl_pairs *extra;
	struct sl_str definition; /* what the plan's command printed */
	int64_t poll_ms;
	sl_builder_progress_fn *progress;
	void *progress_ctx;
};

struct carry {
	struct sl_builder_context context;
	struct sl_builder_job job;
	struct sl_object_source source;
	struct sl_builder *builder;
	char **people; /* who may not approve */
	size_t people_count;
	size_t people_room;
};

/**
 * Prepare to carry out a subject's plan.
 *
 * @param gate  of the subject's repository
 * @param[out] out  zeroed on entry; carry_release also after failure; must
 *                  not move while it lives
 */
int carry_open(struct runtime *rt, struct sl_gate *gate,
    const struct subject *subject, const struct carry_options *options,
    struct carry *out, struct sl_error *err) SL_MUST_CHECK;

void carry_release(struct carry *c);

#endif
