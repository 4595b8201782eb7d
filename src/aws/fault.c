/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/fault_int.h"

#include <stdio.h>

#include "base/text.h"
#include "doc/doc.h"
#include "doc/xml.h"

#define FINAL SL_AWS_FAULT_FINAL
#define TRANSIENT SL_AWS_FAULT_TRANSIENT
#define THROTTLED SL_AWS_FAULT_THROTTLED
#define EXPIRED SL_AWS_FAULT_EXPIRED

#define HINT_KEYS "check the access key and secret of these credentials"
#define HINT_CLOCK "set the clock of this machine"
#define HINT_EXPIRED "get new credentials"
#define HINT_ACCESS "grant the role this action, or use another role"

static const struct {
	const char *name;
	enum sl_aws_fault_kind kind;
	int code;
	const char *hint;
} known[] = {
	/* was not carried out: too many requests */
	{ "BandwidthLimitExceeded", THROTTLED, SL_ENET, NULL },
	{ "EC2ThrottledException", THROTTLED, SL_ENET, NULL },
	{ "LimitExceededException", THROTTLED, SL_ENET, NULL },
	{ "PriorRequestNotComplete", THROTTLED, SL_ENET, NULL },
	{ "ProvisionedThroughputExceededException", THROTTLED, SL_ENET, NULL },
	{ "RequestLimitExceeded", THROTTLED, SL_ENET, NULL },
	{ "RequestThrottled", THROTTLED, SL_ENET, NULL },
	{ "RequestThrottledException", THROTTLED, SL_ENET, NULL },
	{ "SlowDown", THROTTLED, SL_ENET, NULL },
	{ "ThrottledException", THROTTLED, SL_ENET, NULL },
	{ "Throttling", THROTTLED, SL_ENET, NULL },
	{ "ThrottlingException", THROTTLED, SL_ENET, NULL },
	{ "TooManyRequestsException", THROTTLED, SL_ENET, NULL },
	{ "TransactionInProgressException", THROTTLED, SL_ENET, NULL },
	/* may have been carried out */
	{ "IDPCommunicationError", TRANSIENT, SL_ENET, NULL },
	{ "InternalError", TRANSIENT, SL_ENET, NULL },
	{ "InternalFailure", TRANSIENT, SL_ENET, NULL },
	{ "InternalServerError", TRANSIENT, SL_ENET, NULL },
	{ "RequestTimeout", TRANSIENT, SL_ENET, NULL },
	{ "RequestTimeoutException", TRANSIENT, SL_ENET, NULL },
	{ "ServiceUnavailable", TRANSIENT, SL_ENET, NULL },
	/* somebody else is at it */
	{ "ConditionalRequestConflict", TRANSIENT, SL_ECONFLICT, NULL },
	{ "OperationAborted", TRANSIENT, SL_ECONFLICT, NULL },
	{ "ConflictException", FINAL, SL_ECONFLICT, NULL },
	{ "PreconditionFailed", FINAL, SL_ECONFLICT, NULL },
	/* credentials */
	{ "ExpiredToken", EXPIRED, SL_EDENIED, HINT_EXPIRED },
	{ "ExpiredTokenException", EXPIRED, SL_EDENIED, HINT_EXPIRED },
	{ "AuthFailure", FINAL, SL_EDENIED, HINT_KEYS },
	{ "IncompleteSignature", FINAL, SL_EDENIED, HINT_KEYS },
	{ "InvalidAccessKeyId", FINAL, SL_EDENIED, HINT_KEYS },
	{ "InvalidClientTokenId", FINAL, SL_EDENIED, HINT_KEYS },
	{ "InvalidSignatureException", FINAL, SL_EDENIED, HINT_KEYS },
	{ "InvalidToken", FINAL, SL_EDENIED, HINT_KEYS },
	{ "MissingAuthenticationToken", FINAL, SL_EDENIED, HINT_KEYS },
	{ "MissingAuthenticationTokenException", FINAL, SL_EDENIED, HINT_KEYS },
	{ "SignatureDoesNotMatch", FINAL, SL_EDENIED, HINT_KEYS },
	{ "UnrecognizedClientException", FINAL, SL_EDENIED, HINT_KEYS },
	{ "RequestExpired", FINAL, SL_EDENIED, HINT_CLOCK },
	{ "RequestTimeTooSkewed", FINAL, SL_EDENIED, HINT_CLOCK },
	{ "AccessDenied", FINAL, SL_EDENIED, HINT_ACCESS },
	{ "AccessDeniedException", FINAL, SL_EDENIED, HINT_ACCESS },
	{ "NotAuthorized", FINAL, SL_EDENIED, HINT_ACCESS },
	{ "OptInRequired", FINAL, SL_EDENIED, HINT_ACCESS },
	{ "UnauthorizedOperation", FINAL, SL_EDENIED, HINT_ACCESS },
	/* what is or is not there */
	{ "NoSuchBucket", FINAL, SL_ENOTFOUND, NULL },
	{ "NoSuchKey", FINAL, SL_ENOTFOUND, NULL },
	{ "NoSuchVersion", FINAL, SL_ENOTFOUND, NULL },
	{ "NotFound", FINAL, SL_ENOTFOUND, NULL },
	{ "ResourceNotFound", FINAL, SL_ENOTFOUND, NULL },
	{ "ResourceNotFoundException", FINAL, SL_ENOTFOUND, NULL },
	{ "ImageNotFoundException", FINAL, SL_ENOTFOUND, NULL },
	{ "RepositoryNotFoundException", FINAL, SL_ENOTFOUND, NULL },
	{ "ResourceInUse", FINAL, SL_EEXIST, NULL },
};

/*
 * The service says these things with codes that fit anything, so the message
 * decides; its own SDK relies on the same texts.
 */
static const struct {
	const char *name;
	const char *text;
	int code;
	const char *hint;
} spoken[] = {
	{ "ValidationException", "already exist", SL_EEXIST, NULL },
	{ "ConflictException", "already exist", SL_EEXIST, NULL },
	{ "ValidationException", "does not exist", SL_ENOTFOUND, NULL },
	{ "ValidationException", "Could not find", SL_ENOTFOUND, NULL },
	{ "InvalidSignatureException", "Signature expired", SL_EDENIED,
	    HINT_CLOCK },
	{ "SignatureDoesNotMatch", "Signature expired", SL_EDENIED,
	    HINT_CLOCK },
};

static const struct {
	int status;
	enum sl_aws_fault_kind kind;
	int code;
	const char *hint;
} statuses[] = {
	{ 401, FINAL, SL_EDENIED, HINT_KEYS },
	{ 403, FINAL, SL_EDENIED, HINT_ACCESS },
	{ 404, FINAL, SL_ENOTFOUND, NULL },
	{ 409, FINAL, SL_ECONFLICT, NULL },
	{ 412, FINAL, SL_ECONFLICT, NULL },
	{ 429, THROTTLED, SL_ENET, NULL },
	{ 500, TRANSIENT, SL_ENET, NULL },
	{ 502, TRANSIENT, SL_ENET, NULL },
	{ 503, TRANSIENT, SL_ENET, NULL },
	{ 504, TRANSIENT, SL_ENET, NULL },
};

static void
copy(char *out, size_t size, struct sl_str s)
{
	sl_text_escape_into(s.ptr ? s.ptr : "", s.len, out, size);
}

/* "aws.x#Name:http://..." is Name. */
static struct sl_str
bare_name(struct sl_str s)
{
	const char *colon = s.len ? memchr(s.ptr, ':', s.len) : NULL;

	if (colon != NULL)
		s.len = (size_t)(colon - s.ptr);
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '#')
			return sl_strn(s.ptr + i, s.len - i);
	return s;
}

static void
read_json(struct sl_str body, struct sl_aws_fault *out)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *root, *type, *message;

	if (sl_doc_parse_json("answer", body, NULL, &doc, NULL) < 0)
		return;
	root = sl_doc_root(doc);
	type = sl_node_get(root, "__type");
	message = sl_node_get(root, "message");
	if (message == NULL)
		message = sl_node_get(root, "Message");
	if (type != NULL)
		copy(out->name, sizeof(out->name),
		    bare_name(sl_node_text(type)));
	if (message != NULL)
		copy(out->message, sizeof(out->message),
		    sl_node_text(message));
	out->opaque = type == NULL && message == NULL;
}

static bool
find_xml(struct sl_str xml, const char *base, const char *leaf, char *out,
    size_t size)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(4096);
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", base, leaf);
	if (sl_xml_find(xml, path, &text, NULL) < 0)
		return false;
	copy(out, size, sl_buf_str(&text));
	return true;
}

static void
read_xml(struct sl_str body, struct sl_aws_fault *out)
{
	static const char *const bases[] = { "Error", "ErrorResponse/Error",
		"Response/Errors/Error", "ErrorResponse/Errors/Error" };

	for (size_t i = 0; i < SL_COUNT(bases); i++) {
		if (!find_xml(body, bases[i], "Code", out->name,
			sizeof(out->name)))
			continue;
		find_xml(body, bases[i], "Message", out->message,
		    sizeof(out->message));
		out->opaque = false;
		return;
	}
}

static struct sl_str
skip_blanks(struct sl_str s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t' ||
				s.ptr[0] == '\r' || s.ptr[0] == '\n'))
		s = sl_strn(s.ptr + 1, s.len - 1);
	return s;
}

static void
read_names(const struct sl_http_response *resp, struct sl_aws_fault *out)
{
	static const char *const ids[] = { "x-amzn-requestid",
		"x-amz-request-id" };
	struct sl_str body = skip_blanks(sl_buf_str(&resp->body));
	struct sl_str type =
	    bare_name(sl_http_response_header(resp, "x-amzn-errortype"));

	out->opaque = true;
	if (body.len > 0 && body.ptr[0] == '{')
		read_json(body, out);
	else if (body.len > 0 && body.ptr[0] == '<')
		read_xml(body, out);
	if (out->name[0] == '\0' && type.len > 0)
		copy(out->name, sizeof(out->name), type);
	for (size_t i = 0; i < SL_COUNT(ids); i++)
		if (out->request_id[0] == '\0')
			copy(out->request_id, sizeof(out->request_id),
			    sl_http_response_header(resp, ids[i]));
}

static void
decide_by_status(int status, struct sl_aws_fault *out)
{
	for (size_t i = 0; i < SL_COUNT(statuses); i++) {
		if (statuses[i].status != status)
			continue;
		out->kind = statuses[i].kind;
		out->code = statuses[i].code;
		out->hint = statuses[i].hint;
	}
}

void
sl_aws_fault_read(const struct sl_http_response *resp,
    struct sl_aws_fault *out)
{
	memset(out, 0, sizeof(*out));
	out->kind = SL_AWS_FAULT_FINAL;
	out->code = SL_EREMOTE;
	read_names(resp, out);
	for (size_t i = 0; i < SL_COUNT(spoken); i++) {
		if (strcmp(spoken[i].name, out->name) != 0 ||
		    !strstr(out->message, spoken[i].text))
			continue;
		out->code = spoken[i].code;
		out->hint = spoken[i].hint;
		return;
	}
	for (size_t i = 0; i < SL_COUNT(known); i++) {
		if (strcmp(known[i].name, out->name) != 0)
			continue;
		out->kind = known[i].kind;
		out->code = known[i].code;
		out->hint = known[i].hint;
		return;
	}
	/* A code that we do not know outweighs all statuses but 5xx. */
	if (out->name[0] == '\0' || resp->status >= 500)
		decide_by_status(resp->status, out);
}

int
sl_aws_fault_set(const struct sl_aws_fault *fault, const char *operation,
    int status, struct sl_error *err)
{
	const char *name = fault->name[0] ? fault->name : "no error code";
	char id[160] = "";

	if (fault->request_id[0])
		snprintf(id, sizeof(id), ", request %s", fault->request_id);
	return sl_error_set(err, fault->code, "%s: %s%s%s (HTTP %d%s)%s%s",
	    operation, name, fault->message[0] ? ": " : "", fault->message,
	    status, id, fault->hint ? "; " : "",
	    fault->hint ? fault->hint : "");
}
