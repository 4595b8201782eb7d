/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call_int: one signed call with its retries, and the session behind it.
 */
#ifndef SL_AWS_CALL_INT_H
#define SL_AWS_CALL_INT_H

#include "aws/session.h"

enum sl_aws_service {
	SL_AWS_SAGEMAKER,
	SL_AWS_S3,
	SL_AWS_STS,
	SL_AWS_ECR,
	SL_AWS_SERVICE_COUNT,
};

/** Retry tokens that a session starts with, and most that it may have. */
#define SL_AWS_RETRY_QUOTA 500

/** Most headers that a call may bring besides those of signing. */
#define SL_AWS_HEADERS_MAX 16

/** Where a service is reached. */
struct sl_aws_endpoint {
	char *url; /* NULL: there is none */
	struct sl_http_origin origin;
	bool custom; /* by configuration, not by region */
};

struct sl_aws_session {
	char *name;
	char *region;
	char *account;
	char *profile;
	char *role_arn;
	char *external_id;
	char *session_name;
	const struct sl_aws_partition *partition;
	struct sl_aws_endpoint endpoints[SL_AWS_SERVICE_COUNT];
	const struct sl_aws_environment *env;
	struct sl_http_transport http;
	const struct sl_clock *clock;
	const struct sl_aws_random *random;
	unsigned max_attempts;
	int quota; /* retry tokens left */
	struct sl_aws_credentials *creds;
};

/**
 * A call; all borrowed.
 *
 * operation  "sagemaker:CreatePipeline", for messages
 * origin     NULL: the service's endpoint
 * path       as on the wire
 * query      not encoded
 * headers    besides host, x-amz-* of signing and authorization
 * creds      NULL: the session's
 * once       never sent a second time if the first may have been carried out
 */
struct sl_aws_call {
	const char *operation;
	enum sl_aws_service service;
	const struct sl_http_origin *origin;
	const char *method;
	struct sl_str path;
	const struct sl_field *query;
	size_t query_count;
	const struct sl_field *headers;
	size_t header_count;
	struct sl_str body;
	size_t max_body_bytes;
	const struct sl_aws_credentials *creds;
	bool bulk;
	bool secret;
	bool once;
};

/**
 * Make a call: sign, send, retry.
 *
 * @param[out] resp  an answer with a 2xx status, on success
 * @return 0 or as session.h says; err->foreign is SL_HTTP_NOT_SENT where the
 *         request was surely not carried out, else SL_HTTP_MAYBE_SENT (of
 *         SL_ENET), or the HTTP status (of others)
 */
int sl_aws_call(struct sl_aws_session *session,
    const struct sl_aws_call *call, struct sl_http_response *resp,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * The session's credentials, found or renewed if need be.
 *
 * @param[out] out  borrowed; valid until the next call of the session
 */
int sl_aws_session_credentials(struct sl_aws_session *session,
    const struct sl_aws_credentials **out, struct sl_error *err)
    SL_MUST_CHECK;

/** Forget the credentials, so that the next call finds new ones. */
void sl_aws_session_forget(struct sl_aws_session *session);

/**
 * The credentials that the program was given: variables, then profile.
 *
 * @param[out] out  sl_aws_credentials_free
 */
int sl_aws_source_credentials(struct sl_aws_session *session,
    struct sl_aws_credentials **out, struct sl_error *err) SL_MUST_CHECK;

/** The region that the profile names; NULL where it names none. free() */
int sl_aws_profile_region(const struct sl_aws_environment *env,
    const char *profile, char **out, struct sl_error *err) SL_MUST_CHECK;

/** A role to assume; external_id may be NULL. */
struct sl_aws_role {
	const char *arn;
	const char *external_id;
	const char *session_name;
};

/**
 * STS AssumeRole with given credentials.
 *
 * @param[out] out  sl_aws_credentials_free
 */
int sl_aws_assume_role(struct sl_aws_session *session,
    const struct sl_aws_credentials *source, const struct sl_aws_role *role,
    struct sl_aws_credentials **out, struct sl_error *err) SL_MUST_CHECK;

/** GetCallerIdentity with given credentials; NULL: the session's. */
int sl_aws_identify(struct sl_aws_session *session,
    const struct sl_aws_credentials *creds, struct sl_aws_identity *out,
    struct sl_error *err) SL_MUST_CHECK;

/** The DNS suffix of the session's partition. */
const char *sl_aws_session_suffix(const struct sl_aws_session *session);

#endif
