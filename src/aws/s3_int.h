/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3_int: what the files of S3 share.
 */
#ifndef SL_AWS_S3_INT_H
#define SL_AWS_S3_INT_H

#include "aws/call_int.h"
#include "aws/s3.h"

/** Bytes that an error's answer may have. */
#define SL_S3_ERROR_MAX 65536

struct sl_s3_headers {
	struct sl_field items[SL_AWS_HEADERS_MAX];
	size_t count;
};

/** Add a header; a NULL value adds none. Name and value are borrowed. */
void sl_s3_headers_add(struct sl_s3_headers *h, const char *name,
    const char *value);

/**
 * Send a call about a bucket or an object in it, to its owner only.
 *
 * @param key  empty: the bucket itself
 * @param shown  what an error names: the key, or a prefix
 * @param headers  what the call needs of its own; the owner is added
 * @param part  the call without service, origin, path and headers
 * @return 0, SL_EINVAL (bucket name), SL_ETOOBIG (key), or as sl_aws_call
 */
int sl_s3_call(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, struct sl_str key, struct sl_str shown,
    struct sl_s3_headers *headers, const struct sl_aws_call *part,
    struct sl_http_response *resp, struct sl_error *err) SL_MUST_CHECK;

#endif
