/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/call_int.h"

#include <stdio.h>

#include "aws/fault_int.h"
#include "base/num.h"
#include "sign/sigv4.h"

/*
 * The "standard" retry mode of the AWS SDKs with its numbers of 2026.
 */
#define BASE_MS 50
#define THROTTLED_BASE_MS 1000
#define DELAY_MAX_MS 20000
#define RETRY_AFTER_SPAN_MS 5000
#define COST_TRANSIENT 14
#define COST_THROTTLED 5

static const char *const signing_names[SL_AWS_SERVICE_COUNT] = {
	[SL_AWS_SAGEMAKER] = "sagemaker",
	[SL_AWS_S3] = "s3",
	[SL_AWS_STS] = "sts",
	[SL_AWS_ECR] = "ecr",
};

/* The headers of one attempt; values live in the caller's frame. */
struct headers {
	struct sl_field items[SL_AWS_HEADERS_MAX + 6];
	size_t count;
};

static void
add(struct headers *h, const char *name, struct sl_str value)
{
	h->items[h->count++] = (struct sl_field){ sl_str(name), value };
}

/* --- one attempt --- */

static int
send_signed(struct sl_aws_session *session, const struct sl_aws_call *call,
    const struct sl_http_origin *origin,
    const struct sl_aws_credentials *creds, struct sl_http_response *resp,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_wipe)
	struct sl_buf auth = SL_BUF_INIT(SL_SIGV4_AUTH_MAX);
	SL_CLEANUP(sl_buf_release)
	struct sl_buf query = SL_BUF_INIT(SL_SIGV4_CANONICAL_MAX);
	char hash[SL_SHA256_HEX + 1], time[SL_TIME_BASIC_SIZE];
	struct sl_sigv4_scope scope = { time, session->region,
		signing_names[call->service] };
	struct headers headers = { .count = 0 };
	struct sl_http_request req = { .method = call->method,
		.origin = origin, .path = call->path,
		.headers = headers.items, .body = call->body,
		.max_body_bytes = call->max_body_bytes, .bulk = call->bulk,
		.secret = call->secret, .once = call->once };
	struct sl_sigv4_request signing = { .method = call->method,
		.path = call->path, .query = call->query,
		.query_count = call->query_count, .headers = headers.items,
		.payload_hash = hash };
	int rc;

	if (sl_time_format_basic(sl_clock_now_s(session->clock), time) < 0)
		return sl_error_set(err, SL_EDENIED,
		    "the clock of this machine is wrong");
	sl_sha256_hex(call->body.ptr, call->body.len, hash);
	add(&headers, "Host", sl_str(origin->host));
	for (size_t i = 0; i < call->header_count; i++)
		headers.items[headers.count++] = call->headers[i];
	add(&headers, "X-Amz-Date", sl_str(time));
	if (creds->session_token.len > 0)
		add(&headers, "X-Amz-Security-Token",
		    sl_secret_view(&creds->session_token));
	if (call->service == SL_AWS_S3) {
		add(&headers, "X-Amz-Content-SHA256", sl_str(hash));
		signing.path_rule = SL_SIGV4_PATH_VERBATIM;
	}
	signing.header_count = headers.count;
	rc = sl_sigv4_sign(&signing, &scope, creds->access_key_id,
	    &creds->secret_access_key, &auth, err);
	if (rc < 0)
		return rc;
	rc = sl_sigv4_query(call->query, call->query_count, &query, err);
	if (rc < 0)
		return rc;
	add(&headers, "Authorization", sl_buf_str(&auth));
	req.query = sl_buf_str(&query);
	req.header_count = headers.count;
	return session->http.perform(session->http.self, &req, resp, err);
}

/*
 * A stand-in on this machine answers an operation that it does not have with
 * a web page and status 500. Asking again is of no use there.
 */
static bool
is_missing_in_stand_in(const struct sl_http_origin *origin,
    const struct sl_http_response *resp, const struct sl_aws_fault *fault)
{
	return origin->loopback && !origin->tls && resp->status == 500 &&
	    fault->opaque && resp->body.len > 0 && resp->body.ptr[0] == '<';
}

static int
attempt(struct sl_aws_session *session, const struct sl_aws_call *call,
    struct sl_http_response *resp, struct sl_aws_fault *fault,
    struct sl_error *err)
{
	const struct sl_http_origin *origin = call->origin
	    ? call->origin : &session->endpoints[call->service].origin;
	const struct sl_aws_credentials *creds = call->creds;
	int rc;

	memset(fault, 0, sizeof(*fault));
	if (creds == NULL) {
		rc = sl_aws_session_credentials(session, &creds, err);
		if (rc < 0)
			return rc;
	}
	rc = send_signed(session, call, origin, creds, resp, err);
	if (rc == SL_ENET) {
		fault->kind = SL_AWS_FAULT_TRANSIENT;
		return sl_error_wrap(err, "%s", call->operation);
	}
	if (rc < 0)
		return sl_error_wrap(err, "%s", call->operation);
	if (resp->status >= 200 && resp->status < 300)
		return SL_OK;
	sl_aws_fault_read(resp, fault);
	if (is_missing_in_stand_in(origin, resp, fault)) {
		fault->kind = SL_AWS_FAULT_FINAL;
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "%s: the stand-in at http://%s does not have this "
		    "operation, or failed in it", call->operation,
		    origin->host);
	}
	rc = sl_aws_fault_set(fault, call->operation, resp->status, err);
	err->foreign = resp->status;
	if (fault->kind == SL_AWS_FAULT_THROTTLED)
		err->foreign = SL_HTTP_NOT_SENT;
	else if (rc == SL_ENET)
		err->foreign = SL_HTTP_MAYBE_SENT;
	return rc;
}

/* --- retries --- */

/* The delay before retry number i (from 0). */
static int64_t
retry_delay_ms(struct sl_aws_session *session, unsigned i,
    const struct sl_aws_fault *fault, const struct sl_http_response *resp)
{
	int64_t base = fault->kind == SL_AWS_FAULT_THROTTLED
	    ? THROTTLED_BASE_MS : BASE_MS;
	int64_t most = base << (i < 16 ? i : 16);
	struct sl_str asked =
	    sl_http_response_header(resp, "x-amz-retry-after");
	uint64_t ms;
	int64_t delay;

	if (most > DELAY_MAX_MS)
		most = DELAY_MAX_MS;
	delay = (int64_t)(session->random->fraction(session->random->self) *
	    (double)most);
	if (asked.len == 0 || sl_num_parse(asked, INT64_MAX, &ms) < 0)
		return delay;
	if ((int64_t)ms < delay)
		return delay;
	if ((int64_t)ms > delay + RETRY_AFTER_SPAN_MS)
		return delay + RETRY_AFTER_SPAN_MS;
	return (int64_t)ms;
}

/* Take a retry's cost from the quota; 0 where it is used up. */
static int
take_quota(struct sl_aws_session *session, enum sl_aws_fault_kind kind)
{
	int cost = kind == SL_AWS_FAULT_THROTTLED ? COST_THROTTLED
						  : COST_TRANSIENT;

	if (session->quota < cost)
		return 0;
	session->quota -= cost;
	return cost;
}

static void
refund_quota(struct sl_aws_session *session, int cost)
{
	session->quota += cost > 0 ? cost : 1;
	if (session->quota > SL_AWS_RETRY_QUOTA)
		session->quota = SL_AWS_RETRY_QUOTA;
}

static bool
may_retry(const struct sl_aws_session *session, const struct sl_aws_call *call,
    const struct sl_aws_fault *fault, const struct sl_error *err,
    unsigned tries)
{
	if (tries >= session->max_attempts)
		return false;
	if (fault->kind == SL_AWS_FAULT_THROTTLED)
		return true;
	if (fault->kind != SL_AWS_FAULT_TRANSIENT)
		return false;
	return !call->once || err->foreign == SL_HTTP_NOT_SENT;
}

int
sl_aws_call(struct sl_aws_session *session, const struct sl_aws_call *call,
    struct sl_http_response *resp, struct sl_error *err)
{
	struct sl_aws_fault fault;
	bool renewed = false, unsure = false;
	int cost = 0, rc;

	if (call->header_count > SL_AWS_HEADERS_MAX)
		return sl_error_set(err, SL_EINVAL, "%s: too many headers",
		    call->operation);
	for (unsigned tries = 1;; tries++) {
		rc = attempt(session, call, resp, &fault, err);
		if (rc == SL_OK) {
			refund_quota(session, cost);
			return SL_OK;
		}
		unsure |= rc == SL_ENET && err->foreign == SL_HTTP_MAYBE_SENT;
		if (fault.kind == SL_AWS_FAULT_EXPIRED && !renewed &&
		    call->creds == NULL) {
			renewed = true;
			sl_aws_session_forget(session);
			continue;
		}
		if (!may_retry(session, call, &fault, err, tries))
			break;
		cost = take_quota(session, fault.kind);
		if (cost == 0)
			break;
		sl_clock_sleep_ms(session->clock,
		    retry_delay_ms(session, tries - 1, &fault, resp));
	}
	/* A throttled last attempt does not undo a lost first one. */
	if (rc == SL_ENET && unsure)
		err->foreign = SL_HTTP_MAYBE_SENT;
	return rc;
}
