/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: one AWS account and region, as one role, with all that a call
 * needs. There is one session per environment of a site.
 *
 * A session finds its credentials at the first call, assumes the
 * environment's role if it has one, and renews temporary keys before they
 * expire. Every call is signed anew for each attempt and retried by AWS's
 * "standard" rules; the body, and with it the request token, stays the same.
 *
 * What a call returns, besides what its function says:
 *
 *   SL_ENET        no answer, a 5xx, throttling, a missing CA, after all
 *                  attempts. The remote may have carried the request out
 *                  unless err->foreign is SL_HTTP_NOT_SENT: look before doing
 *                  it again
 *   SL_EDENIED     credentials missing, expired or wrong; access refused
 *   SL_EREMOTE     the service answered and refused; the answer makes no sense
 *   SL_EUNSUPPORTED  a credential provider, or an operation of a stand-in
 *   SL_ECONFIG     no region, a bad endpoint, a broken profile file
 *
 * The error's text names the operation, the service's code, its message and
 * the request id; err must not be NULL in calls. A session belongs to one
 * thread at a time.
 */
#ifndef SL_AWS_SESSION_H
#define SL_AWS_SESSION_H

#include "aws/credentials.h"
#include "base/clock.h"
#include "http/http.h"

/** A source of randomness for retry delays; at least 0, less than 1. */
struct sl_aws_random {
	void *self;
	double (*fraction)(void *self);
};

/** The operating system's randomness. Immutable and shared. */
const struct sl_aws_random *sl_aws_random_system(void);

/**
 * What an environment of the site says; all borrowed and copied.
 *
 * name          of the environment, for messages; required
 * region        NULL: the variables', then the profile's
 * account       12 digits; NULL: not checked. The role must be of it
 * profile       NULL: the variables' choice
 * role_arn      role to assume; NULL: the source credentials are used as is
 * external_id   for the role; NULL: none
 * session_name  what CloudTrail shows for the role; NULL: "sluice"
 * endpoint_*    URLs that win over the variables'; NULL: not overridden. An
 *               endpoint of SageMaker that is not AWS's own, without one of
 *               ECR, means that there is no registry
 */
struct sl_aws_config {
	const char *name;
	const char *region;
	const char *account;
	const char *profile;
	const char *role_arn;
	const char *external_id;
	const char *session_name;
	const char *endpoint_sagemaker;
	const char *endpoint_s3;
	const char *endpoint_sts;
	const char *endpoint_ecr;
};

struct sl_aws_session;

/**
 * Make a session; no call is made and no credentials are looked for yet.
 *
 * @param env     borrowed; must outlive the session
 * @param http    copied; its client must outlive the session
 * @param clock   borrowed; must outlive the session
 * @param random  borrowed; must outlive the session
 * @param[out] out  sl_aws_session_free
 * @return 0, SL_ECONFIG
 */
int sl_aws_session_new(const struct sl_aws_config *config,
    const struct sl_aws_environment *env,
    const struct sl_http_transport *http, const struct sl_clock *clock,
    const struct sl_aws_random *random, struct sl_aws_session **out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_aws_session_free(struct sl_aws_session *session);
SL_DEFINE_FREEP(struct sl_aws_session, sl_aws_session_free,
    sl_aws_session_freep)

/** The region; valid as long as the session. */
const char *sl_aws_session_region(const struct sl_aws_session *session);

/** The partition of the region ("aws", "aws-cn", ...). */
const char *sl_aws_session_partition(const struct sl_aws_session *session);

/**
 * The URL of a service's endpoint ("sagemaker", "s3", "sts", "ecr"), for
 * messages and plans. Of S3 without its bucket; NULL for "ecr" where there is
 * no registry.
 */
const char *sl_aws_session_endpoint(const struct sl_aws_session *session,
    const char *service);

/** Who the credentials belong to; sl_aws_identity_release. */
struct sl_aws_identity {
	char *account;
	char *arn;
	char *user_id;
};

void sl_aws_identity_release(struct sl_aws_identity *identity);

/** Ask STS who we are (GetCallerIdentity): a check that credentials work. */
int sl_aws_whoami(struct sl_aws_session *session,
    struct sl_aws_identity *out, struct sl_error *err) SL_MUST_CHECK;

#endif
