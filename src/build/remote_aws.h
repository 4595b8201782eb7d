/* SPDX-License-Identifier: Apache-2.0 */
/*
 * remote_aws: the remotes of a site's environments over src/aws, one session
 * each, opened when first asked for.
 */
#ifndef SL_BUILD_REMOTE_AWS_H
#define SL_BUILD_REMOTE_AWS_H

#include "build/remote.h"

struct sl_aws_remotes;

/**
 * Make the table; no call is made yet.
 *
 * @param env, clock, random  borrowed; outlive the table
 * @param http  copied; its client outlives the table
 */
struct sl_aws_remotes *sl_aws_remotes_new(const struct sl_aws_environment *env,
    const struct sl_http_transport *http, const struct sl_clock *clock,
    const struct sl_aws_random *random) SL_MUST_CHECK;

void sl_aws_remotes_free(struct sl_aws_remotes *remotes);
SL_DEFINE_FREEP(struct sl_aws_remotes, sl_aws_remotes_free,
    sl_aws_remotes_freep)

/** The table for struct sl_builder_context; lives as long as remotes. */
const struct sl_remotes *sl_aws_remotes_table(struct sl_aws_remotes *remotes);

#endif
