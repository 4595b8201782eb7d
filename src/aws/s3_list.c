/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/s3_int.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "doc/xml.h"

#define PAGE_MAX ((size_t)4 * 1024 * 1024)
#define PAGES_MAX 100000
#define TOKEN_MAX 4096

struct listing {
	int (*each)(void *ctx, const struct sl_s3_entry *entry,
	    struct sl_error *err);
	void *ctx;
	bool stopped; /* by a visit, not by the XML */
};

/* Keys come percent-encoded, because XML cannot hold every byte. */
static int
decode_key(struct sl_str text, struct sl_buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		uint8_t byte;

		if (c == '%') {
			if (text.len - i < 3 || sl_hex_decode(
				sl_strn(text.ptr + i + 1, 2), &byte) < 0)
				return SL_EINVAL;
			c = (char)byte;
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		if (sl_buf_addc(out, c) < 0)
			return SL_ETOOBIG;
	}
	return SL_OK;
}

static int
visit_object(void *arg, const struct sl_xml_fields *fields,
    struct sl_error *err)
{
	struct listing *listing = arg;
	SL_CLEANUP(sl_buf_release)
	struct sl_buf key = SL_BUF_INIT(SL_S3_KEY_MAX);
	struct sl_s3_entry entry = { 0 };
	struct sl_str text;
	int rc;

	listing->stopped = true;
	if (!sl_xml_field(fields, "Key", &text) || decode_key(text, &key) < 0)
		return sl_error_set(err, SL_EREMOTE,
		    "s3:ListObjectsV2: an object without a usable key");
	entry.key = sl_buf_str(&key);
	if (!sl_xml_field(fields, "Size", &text) ||
	    sl_num_parse(text, UINT64_MAX, &entry.size) < 0)
		return sl_error_set(err, SL_EREMOTE,
		    "s3:ListObjectsV2: an object without a usable size");
	if (sl_xml_field(fields, "ETag", &text))
		entry.etag = text;
	if (!sl_xml_field(fields, "LastModified", &text) ||
	    sl_time_parse_rfc3339(text, &entry.modified_s) < 0)
		entry.modified_s = 0;
	rc = listing->each(listing->ctx, &entry, err);
	listing->stopped = rc != 0;
	return rc;
}

static int
fetch_page(struct sl_aws_session *session, const struct sl_s3_bucket *bucket,
    struct sl_str prefix, const struct sl_buf *token,
    struct sl_http_response *resp, struct sl_error *err)
{
	struct sl_s3_headers headers = { .count = 0 };
	struct sl_field query[] = {
		{ SL_STR("list-type"), SL_STR("2") },
		{ SL_STR("encoding-type"), SL_STR("url") },
		{ SL_STR("max-keys"), SL_STR("1000") },
		{ SL_STR("prefix"), prefix },
		{ SL_STR("continuation-token"), sl_buf_str(token) },
	};
	struct sl_aws_call call = { .operation = "s3:ListObjectsV2",
		.method = "GET", .query = query,
		.query_count = SL_COUNT(query) - (token->len ? 0 : 1),
		.max_body_bytes = PAGE_MAX };

	return sl_s3_call(session, bucket, SL_STR(""), prefix, &headers,
	    &call, resp, err);
}

/* The next page's token; empty where this was the last page. */
static int
next_token(const struct sl_http_response *resp, struct sl_buf *token,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf more = SL_BUF_INIT(16);
	SL_CLEANUP(sl_buf_release) struct sl_buf next = SL_BUF_INIT(TOKEN_MAX);
	struct sl_str xml = sl_buf_str(&resp->body);
	int rc;

	rc = sl_xml_find(xml, "ListBucketResult/IsTruncated", &more, err);
	if (rc < 0)
		return sl_error_set(err, SL_EREMOTE,
		    "s3:ListObjectsV2: the answer is no listing");
	if (!sl_str_eqs(sl_buf_str(&more), "true")) {
		sl_buf_clear(token);
		return SL_OK;
	}
	rc = sl_xml_find(xml, "ListBucketResult/NextContinuationToken", &next,
	    err);
	if (rc < 0 || next.len == 0 ||
	    sl_str_eq(sl_buf_str(&next), sl_buf_str(token)))
		return sl_error_set(err, SL_EREMOTE,
		    "s3:ListObjectsV2: a page says that more follow, but not "
		    "how to get them");
	sl_buf_clear(token);
	sl_buf_addv(token, sl_buf_str(&next));
	return SL_OK;
}

int
sl_s3_list(struct sl_aws_session *session, const struct sl_s3_bucket *bucket,
    struct sl_str prefix,
    int (*each)(void *ctx, const struct sl_s3_entry *entry,
	struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf token = SL_BUF_INIT(TOKEN_MAX);
	struct listing listing = { each, ctx, false };

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		SL_CLEANUP(sl_http_response_release)
		struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
		int rc;

		rc = fetch_page(session, bucket, prefix, &token, &resp, err);
		if (rc < 0)
			return rc;
		rc = sl_xml_each(sl_buf_str(&resp.body),
		    "ListBucketResult/Contents", visit_object, &listing, err);
		if (rc > 0)
			return SL_OK;
		if (rc < 0 && !listing.stopped)
			return sl_error_set(err, SL_EREMOTE,
			    "s3:ListObjectsV2: the answer is no listing");
		if (rc < 0)
			return rc;
		rc = next_token(&resp, &token, err);
		if (rc < 0)
			return rc;
		if (token.len == 0)
			return SL_OK;
	}
	return sl_error_set(err, SL_ETOOBIG,
	    "s3:ListObjectsV2: over %d pages", PAGES_MAX);
}
