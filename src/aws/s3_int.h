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

/** Host and path of a bucket or an object. */
struct sl_s3_target {
	struct sl_http_origin origin;
	struct sl_buf path;
};

/**
 * Address a key (an empty one: the bucket itself).
 *
 * @return 0, SL_EINVAL (bucket name), SL_ETOOBIG (key)
 */
int sl_s3_target_init(struct sl_s3_target *t,
    const struct sl_aws_session *session, const struct sl_s3_bucket *bucket,
    struct sl_str key, struct sl_error *err) SL_MUST_CHECK;

void sl_s3_target_release(struct sl_s3_target *t);

struct sl_s3_headers {
	struct sl_field items[SL_AWS_HEADERS_MAX];
	size_t count;
};

/** Add a header; a NULL value adds none. Name and value are borrowed. */
void sl_s3_headers_add(struct sl_s3_headers *h, const char *name,
    const char *value);

#endif
