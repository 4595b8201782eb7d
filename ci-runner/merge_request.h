/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_request: the message of the commit that a squash of the merge request
 * of this CI job makes.
 */
#ifndef SL_CI_RUNNER_MERGE_REQUEST_H
#define SL_CI_RUNNER_MERGE_REQUEST_H

#include "base/buf.h"
#include "base/error.h"

/**
 * Whether the host will squash the merge request, as far as it says so.
 *
 * @source GitLab documentation, "Predefined CI/CD variables reference"
 */
bool merge_request_is_squashed(void);

/**
 * Append its title and description as a message, without the mark of a draft.
 *
 * @return 0, SL_ECONFIG (the job has no title)
 */
int merge_request_message(struct sl_buf *out, struct sl_error *err)
    SL_MUST_CHECK;

#endif
