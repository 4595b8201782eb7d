/* SPDX-License-Identifier: Apache-2.0 */
/*
 * definition: the pipeline definition that a command of the project prints.
 */
#ifndef SL_CI_RUNNER_DEFINITION_H
#define SL_CI_RUNNER_DEFINITION_H

#include "ci-runner/subject.h"

/** How long the command may take where the run itself has no deadline. */
#define DEFINITION_TIMEOUT_MS ((int64_t)10 * 60 * 1000)

/**
 * Where the subject's pipeline names a command, run it in the root of the work
 * tree and check what it prints; else do nothing.
 *
 * The work tree must be the commit: HEAD is at it, and no tracked file differs.
 *
 * @param deadline_ms  monotonic; 0: DEFINITION_TIMEOUT_MS from now
 * @param[out] out  the definition, appended; its limit is the cap
 * @return 0, SL_ECONFIG (work tree; the command cannot be started, failed or
 *         printed nothing), SL_EINVAL (no definition; the place names the
 *         command, line and column), SL_ETOOBIG, SL_EBUSY (the deadline),
 *         SL_EIO
 */
int definition_of_command(struct runtime *rt, struct subject *s,
    int64_t deadline_ms, struct sl_buf *out, struct sl_error *err)
    SL_MUST_CHECK;

#endif
