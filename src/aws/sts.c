/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/call_int.h"
#include "base/mem.h"
#include "base/text.h"
#include "doc/xml.h"

#define BODY_MAX 16384
#define ANSWER_MAX 65536
#define VERSION "2011-06-15"

static void
add_parameter(struct sl_buf *body, const char *name, const char *value)
{
	if (body->len > 0)
		sl_buf_addc(body, '&');
	sl_buf_adds(body, name);
	sl_buf_addc(body, '=');
	sl_uri_encode(body, sl_str(value), false);
}

static int
call_sts(struct sl_aws_session *session, const char *operation,
    const struct sl_buf *body, const struct sl_aws_credentials *creds,
    struct sl_http_response *resp, struct sl_error *err)
{
	static const struct sl_field headers[] = {
		{ { "Content-Type", 12 },
		    { "application/x-www-form-urlencoded; charset=utf-8",
			48 } },
	};
	struct sl_aws_call call = { .operation = operation,
		.service = SL_AWS_STS, .method = "POST", .path = SL_STR("/"),
		.headers = headers, .header_count = SL_COUNT(headers),
		.body = sl_buf_str(body), .max_body_bytes = ANSWER_MAX,
		.creds = creds, .secret = true };

	if (body->over)
		return sl_error_set(err, SL_ETOOBIG, "%s: too long a request",
		    operation);
	return sl_aws_call(session, &call, resp, err);
}

static int
take_leaf(const struct sl_http_response *resp, const char *path,
    struct sl_buf *out, struct sl_error *err)
{
	struct sl_error why = SL_ERROR_INIT;

	sl_buf_reserve(out, out->max);
	if (sl_xml_find(sl_buf_str(&resp->body), path, out, &why) < 0 ||
	    out->len == 0)
		return sl_error_set(err, SL_EREMOTE,
		    "sts: the answer has no usable %s", path);
	return SL_OK;
}

#define CREDENTIALS "AssumeRoleResponse/AssumeRoleResult/Credentials/"

static int
read_credentials(const struct sl_http_response *resp, const char *role_arn,
    struct sl_aws_credentials **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_wipe) struct sl_buf id = SL_BUF_INIT(256);
	SL_CLEANUP(sl_buf_wipe) struct sl_buf secret = SL_BUF_INIT(512);
	SL_CLEANUP(sl_buf_wipe) struct sl_buf token = SL_BUF_INIT(16384);
	SL_CLEANUP(sl_buf_wipe) struct sl_buf expires = SL_BUF_INIT(64);
	SL_CLEANUP(sl_freep) char *source = NULL;
	const struct {
		const char *path;
		struct sl_buf *out;
	} leaves[] = {
		{ CREDENTIALS "AccessKeyId", &id },
		{ CREDENTIALS "SecretAccessKey", &secret },
		{ CREDENTIALS "SessionToken", &token },
		{ CREDENTIALS "Expiration", &expires },
	};
	int64_t expires_at_s;
	int rc;

	for (size_t i = 0; i < SL_COUNT(leaves); i++) {
		rc = take_leaf(resp, leaves[i].path, leaves[i].out, err);
		if (rc < 0)
			return rc;
	}
	if (sl_time_parse_rfc3339(sl_buf_str(&expires), &expires_at_s) < 0)
		return sl_error_set(err, SL_EREMOTE,
		    "sts: the answer's Expiration is not a time");
	source = sl_asprintf("role %s", role_arn);
	*out = sl_aws_credentials_new(sl_buf_str(&id), sl_buf_str(&secret),
	    sl_buf_str(&token), expires_at_s, source);
	return SL_OK;
}

int
sl_aws_assume_role(struct sl_aws_session *session,
    const struct sl_aws_credentials *source, const struct sl_aws_role *role,
    struct sl_aws_credentials **out, struct sl_error *err)
{
	SL_CLEANUP(sl_http_response_release)
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	SL_CLEANUP(sl_buf_wipe) struct sl_buf body = SL_BUF_INIT(BODY_MAX);
	int rc;

	add_parameter(&body, "Action", "AssumeRole");
	add_parameter(&body, "Version", VERSION);
	add_parameter(&body, "RoleArn", role->arn);
	add_parameter(&body, "RoleSessionName", role->session_name);
	if (role->external_id != NULL)
		add_parameter(&body, "ExternalId", role->external_id);
	rc = call_sts(session, "sts:AssumeRole", &body, source, &resp, err);
	if (rc < 0)
		return sl_error_wrap(err, "cannot become %s with the "
		    "credentials from %s", role->arn, source->source);
	return read_credentials(&resp, role->arn, out, err);
}

#define IDENTITY "GetCallerIdentityResponse/GetCallerIdentityResult/"

int
sl_aws_identify(struct sl_aws_session *session,
    const struct sl_aws_credentials *creds, struct sl_aws_identity *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_http_response_release)
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf body = SL_BUF_INIT(BODY_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf account = SL_BUF_INIT(64);
	SL_CLEANUP(sl_buf_release) struct sl_buf arn = SL_BUF_INIT(2048);
	SL_CLEANUP(sl_buf_release) struct sl_buf user = SL_BUF_INIT(2048);
	int rc;

	add_parameter(&body, "Action", "GetCallerIdentity");
	add_parameter(&body, "Version", VERSION);
	rc = call_sts(session, "sts:GetCallerIdentity", &body, creds, &resp,
	    err);
	if (rc < 0)
		return rc;
	rc = take_leaf(&resp, IDENTITY "Account", &account, err);
	if (rc < 0)
		return rc;
	rc = take_leaf(&resp, IDENTITY "Arn", &arn, err);
	if (rc < 0)
		return rc;
	rc = take_leaf(&resp, IDENTITY "UserId", &user, err);
	if (rc < 0)
		return rc;
	out->account = sl_buf_steal(&account);
	out->arn = sl_buf_steal(&arn);
	out->user_id = sl_buf_steal(&user);
	return SL_OK;
}

int
sl_aws_whoami(struct sl_aws_session *session, struct sl_aws_identity *out,
    struct sl_error *err)
{
	return sl_aws_identify(session, NULL, out, err);
}

void
sl_aws_identity_release(struct sl_aws_identity *identity)
{
	sl_freep(&identity->account);
	sl_freep(&identity->arn);
	sl_freep(&identity->user_id);
}
