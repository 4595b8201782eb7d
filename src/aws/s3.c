/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/s3.h"

#include <stdio.h>

#include "aws/s3_int.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

/* --- where --- */

/* 3 to 63 of a-z0-9.-, as S3 has it; nothing that could bend a URL. */
static bool
is_bucket(const char *name)
{
	size_t len = strlen(name);

	return len >= 3 && len <= 63 && name[0] != '.' && name[0] != '-' &&
	    name[len - 1] != '.' && name[len - 1] != '-' &&
	    strstr(name, "..") == NULL &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

/* Host and path of a bucket or an object in it. */
struct target {
	struct sl_http_origin origin;
	struct sl_buf path;
};

static void
target_release(struct target *t)
{
	sl_buf_release(&t->path);
}

static int
target_init(struct target *t, const struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_error *err)
{
	const struct sl_aws_endpoint *e = &session->endpoints[SL_AWS_S3];

	if (!is_bucket(bucket->name))
		return sl_error_set(err, SL_EINVAL,
		    "\"%s\" is not the name of a bucket", bucket->name);
	if (key.len > SL_S3_KEY_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "an S3 key of %zu bytes, at most %d", key.len,
		    SL_S3_KEY_MAX);
	/* A byte of a key takes up to three; the rest is for the bucket. */
	sl_buf_init(&t->path, 4 * SL_S3_KEY_MAX);
	t->origin = e->origin;
	sl_buf_addc(&t->path, '/');
	/* A dot in the bucket would not fit the certificate's wildcard. */
	if (e->custom || strchr(bucket->name, '.') != NULL) {
		sl_buf_adds(&t->path, bucket->name);
		if (key.len > 0)
			sl_buf_addc(&t->path, '/');
	} else {
		snprintf(t->origin.host, sizeof(t->origin.host),
		    "%s.s3.%s.%s", bucket->name, session->region,
		    sl_aws_session_suffix(session));
	}
	sl_uri_encode(&t->path, key, true);
	return SL_OK;
}

void
sl_s3_headers_add(struct sl_s3_headers *h, const char *name, const char *value)
{
	if (value != NULL)
		h->items[h->count++] =
		    (struct sl_field){ sl_str(name), sl_str(value) };
}

int
sl_s3_call(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, struct sl_str key, struct sl_str shown,
    struct sl_s3_headers *headers, const struct sl_aws_call *part,
    struct sl_http_response *resp, struct sl_error *err)
{
	SL_CLEANUP(target_release) struct target target = { 0 };
	struct sl_aws_call call = *part;
	int rc = target_init(&target, session, bucket, key, err);

	if (rc < 0)
		return rc;
	sl_s3_headers_add(headers, "x-amz-expected-bucket-owner",
	    bucket->owner);
	call.service = SL_AWS_S3;
	call.origin = &target.origin;
	call.path = sl_buf_str(&target.path);
	call.headers = headers->items;
	call.header_count = headers->count;
	rc = sl_aws_call(session, &call, resp, err);
	if (rc < 0)
		return sl_error_wrap(err, "s3://%s/%.*s", bucket->name,
		    SL_STR_ARG(shown));
	return SL_OK;
}

/* --- what came back --- */

void
sl_s3_object_release(struct sl_s3_object *object)
{
	sl_freep(&object->etag);
	sl_freep(&object->version_id);
	object->size = 0;
	object->sha256[0] = '\0';
}

static char *
dup_header(const struct sl_http_response *resp, const char *name)
{
	struct sl_str value = sl_http_response_header(resp, name);

	/* S3 says "null" for objects from before versioning. */
	return value.len ? sl_strndup(value.ptr, value.len) : NULL;
}

static int
base64_value(char c)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* 32 bytes are 43 digits and one '='; a composite "b64-N" is none of ours. */
static void
read_checksum(struct sl_str text, char out[SL_SHA256_HEX + 1])
{
	uint8_t digest[SL_SHA256_BYTES];
	unsigned bits = 0, held = 0;
	size_t len = 0;

	out[0] = '\0';
	if (text.len != 44 || text.ptr[43] != '=')
		return;
	for (size_t i = 0; i < 43; i++) {
		int value = base64_value(text.ptr[i]);

		if (value < 0)
			return;
		bits = bits << 6 | (unsigned)value;
		held += 6;
		if (held >= 8 && len < sizeof(digest)) {
			held -= 8;
			digest[len++] = (uint8_t)(bits >> held);
		}
	}
	sl_sha256_to_hex(digest, out);
}

static int
read_object(const struct sl_http_response *resp, struct sl_s3_object *out,
    struct sl_error *err)
{
	struct sl_str length = sl_http_response_header(resp, "content-length");
	uint64_t size = 0;

	if (length.len > 0 && sl_num_parse(length, UINT64_MAX, &size) < 0)
		return sl_error_set(err, SL_EREMOTE,
		    "s3: the answer has no usable Content-Length");
	sl_s3_object_release(out);
	out->size = size;
	out->etag = dup_header(resp, "etag");
	out->version_id = dup_header(resp, "x-amz-version-id");
	read_checksum(sl_http_response_header(resp, "x-amz-checksum-sha256"),
	    out->sha256);
	return SL_OK;
}

/* --- put --- */

int
sl_s3_put(struct sl_aws_session *session, const struct sl_s3_bucket *bucket,
    const struct sl_s3_put *put, struct sl_s3_object *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_http_response_release)
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf checksum = SL_BUF_INIT(64);
	struct sl_s3_headers headers = { .count = 0 };
	struct sl_aws_call call = { .operation = "s3:PutObject",
		.method = "PUT", .body = put->body, .bulk = true };
	uint8_t digest[SL_SHA256_BYTES];
	int rc;

	sl_sha256(put->body.ptr, put->body.len, digest);
	sl_base64_encode(&checksum, digest, sizeof(digest));
	sl_s3_headers_add(&headers, "Content-Type",
	    put->content_type ? put->content_type
			      : "application/octet-stream");
	sl_s3_headers_add(&headers, "If-None-Match",
	    put->if_absent ? "*" : NULL);
	sl_s3_headers_add(&headers, "If-Match", put->if_match);
	sl_s3_headers_add(&headers, "x-amz-checksum-sha256",
	    sl_buf_cstr(&checksum));
	sl_s3_headers_add(&headers, "x-amz-server-side-encryption",
	    bucket->kms_key ? "aws:kms" : NULL);
	sl_s3_headers_add(&headers,
	    "x-amz-server-side-encryption-aws-kms-key-id", bucket->kms_key);
	rc = sl_s3_call(session, bucket, put->key, put->key, &headers, &call,
	    &resp, err);
	if (rc == SL_ECONFLICT && put->if_absent && resp.status == 412)
		return sl_error_set(err, SL_EEXIST,
		    "s3:PutObject: s3://%s/%.*s exists", bucket->name,
		    SL_STR_ARG(put->key));
	if (rc == SL_ENOTFOUND && put->if_match != NULL)
		return sl_error_set(err, SL_ECONFLICT,
		    "s3:PutObject: s3://%s/%.*s is gone", bucket->name,
		    SL_STR_ARG(put->key));
	if (rc < 0 || out == NULL)
		return rc;
	rc = read_object(&resp, out, err);
	if (rc == SL_OK) {
		out->size = put->body.len;
		sl_sha256_to_hex(digest, out->sha256);
	}
	return rc;
}

static int
tampered(const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_error *err)
{
	return sl_error_set(err, SL_ETAMPERED,
	    "s3://%s/%.*s exists with other bytes than this build has for it; "
	    "somebody else wrote it", bucket->name, SL_STR_ARG(key));
}

/* Whether the key holds put's bytes; asks for them where S3 keeps no sum. */
static int
compare_existing(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, const struct sl_s3_put *put,
    struct sl_s3_object *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf body = SL_BUF_INIT(put->body.len);
	char hash[SL_SHA256_HEX + 1];
	int rc;

	sl_sha256_hex(put->body.ptr, put->body.len, hash);
	rc = sl_s3_head(session, bucket, put->key, NULL, out, err);
	if (rc < 0)
		return rc;
	if (out->size != put->body.len)
		return tampered(bucket, put->key, err);
	if (out->sha256[0] == '\0') {
		rc = sl_s3_get(session, bucket, put->key, NULL, &body, NULL,
		    err);
		if (rc == SL_ETOOBIG)
			return tampered(bucket, put->key, err);
		if (rc < 0)
			return rc;
		sl_sha256_hex(body.ptr, body.len, out->sha256);
	}
	if (strcmp(out->sha256, hash) != 0)
		return tampered(bucket, put->key, err);
	return SL_OK;
}

int
sl_s3_put_immutable(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, const struct sl_s3_put *put,
    struct sl_s3_object *out, bool *existed, struct sl_error *err)
{
	SL_CLEANUP(sl_s3_object_release)
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	struct sl_s3_put once = *put;
	struct sl_error local = SL_ERROR_INIT;
	bool there = false;
	int rc;

	once.if_absent = true;
	once.if_match = NULL;
	rc = sl_s3_put(session, bucket, &once, &object, &local);
	if (rc == SL_EEXIST) {
		there = true;
		rc = compare_existing(session, bucket, &once, &object, &local);
	}
	if (rc < 0) {
		*err = local;
		return rc;
	}
	if (existed != NULL)
		*existed = there;
	if (out != NULL) {
		sl_s3_object_release(out);
		*out = object;
		object = (struct sl_s3_object)SL_S3_OBJECT_INIT;
	}
	return SL_OK;
}

/* --- head and get --- */

/* HEAD or GET; the answer is the caller's to release. */
static int
fetch(struct sl_aws_session *session, const char *method,
    const struct sl_s3_bucket *bucket, struct sl_str key,
    const char *version_id, size_t max_bytes, struct sl_http_response *resp,
    struct sl_error *err)
{
	struct sl_s3_headers headers = { .count = 0 };
	struct sl_field version = { SL_STR("versionId"), sl_str(version_id) };
	bool head = !strcmp(method, "HEAD");
	struct sl_aws_call call = {
		.operation = head ? "s3:HeadObject" : "s3:GetObject",
		.method = method, .query = &version,
		.query_count = version_id ? 1 : 0,
		.max_body_bytes = max_bytes, .bulk = !head };

	sl_s3_headers_add(&headers, "x-amz-checksum-mode", "ENABLED");
	return sl_s3_call(session, bucket, key, key, &headers, &call, resp,
	    err);
}

int
sl_s3_head(struct sl_aws_session *session, const struct sl_s3_bucket *bucket,
    struct sl_str key, const char *version_id, struct sl_s3_object *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_http_response_release)
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	int rc;

	rc = fetch(session, "HEAD", bucket, key, version_id, 0, &resp, err);
	if (rc < 0)
		return rc;
	return read_object(&resp, out, err);
}

int
sl_s3_get(struct sl_aws_session *session, const struct sl_s3_bucket *bucket,
    struct sl_str key, const char *version_id, struct sl_buf *body,
    struct sl_s3_object *out, struct sl_error *err)
{
	SL_CLEANUP(sl_http_response_release)
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	size_t room = body->max - body->len;
	size_t cap = room > SL_S3_ERROR_MAX ? room : SL_S3_ERROR_MAX;
	int rc;

	/* Room for an error's text even where next to none is for a body. */
	rc = fetch(session, "GET", bucket, key, version_id, cap, &resp, err);
	if (rc < 0)
		return rc;
	if (resp.body.len > room)
		return sl_error_set(err, SL_ETOOBIG,
		    "s3://%s/%.*s has %zu bytes, at most %zu", bucket->name,
		    SL_STR_ARG(key), resp.body.len, room);
	if (out != NULL) {
		rc = read_object(&resp, out, err);
		if (rc < 0)
			return rc;
		out->size = resp.body.len;
	}
	sl_buf_addv(body, sl_buf_str(&resp.body));
	return SL_OK;
}
