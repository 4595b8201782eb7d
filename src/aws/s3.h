/* SPDX-License-Identifier: Apache-2.0 */
/*
 * s3: objects, written so that nothing is ever overwritten by accident.
 *
 * A key is any bytes (at most 1024); it is encoded exactly once. Every body
 * is hashed, the hash is signed and stored as the object's checksum. With
 * bucket.owner every call says whom the bucket must belong to, so that a
 * bucket of the same name in a stranger's account is refused (SL_EDENIED).
 *
 * Errors as session.h says, and SL_ENOTFOUND for a key or bucket that is not
 * there (S3 answers SL_EDENIED instead to callers who may not list).
 */
#ifndef SL_AWS_S3_H
#define SL_AWS_S3_H

#include "aws/session.h"
#include "crypto/digest.h"

#define SL_S3_KEY_MAX 1024

/** A bucket; all borrowed. owner: account id or NULL; kms_key: id, ARN or
 *  alias to encrypt with, or NULL for the bucket's default. */
struct sl_s3_bucket {
	const char *name;
	const char *owner;
	const char *kms_key;
};

/**
 * What S3 says about an object; sl_s3_object_release.
 *
 * etag        with its quotes, as S3 wants it back in if_match
 * version_id  NULL in a bucket without versions
 * sha256      hexadecimal digits of the whole object, "" where S3 knows none
 */
struct sl_s3_object {
	uint64_t size;
	char *etag;
	char *version_id;
	char sha256[SL_SHA256_HEX + 1];
};

#define SL_S3_OBJECT_INIT { 0, NULL, NULL, "" }

void sl_s3_object_release(struct sl_s3_object *object);

/**
 * One upload; all borrowed.
 *
 * content_type  NULL: application/octet-stream
 * if_absent     create only: SL_EEXIST where the key exists
 * if_match      replace only the object with this etag: SL_ECONFLICT where it
 *               is another one or none; NULL: not asked
 */
struct sl_s3_put {
	struct sl_str key;
	struct sl_str body;
	const char *content_type;
	bool if_absent;
	const char *if_match;
};

/**
 * Write an object.
 *
 * After a lost answer a retry meets our own write: SL_EEXIST and SL_ECONFLICT
 * may then be about the very bytes given. Read the object to tell.
 *
 * @param[out] out  size, etag, version and checksum; may be NULL
 * @return 0, SL_EEXIST, SL_ECONFLICT, or as above
 */
int sl_s3_put(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, const struct sl_s3_put *put,
    struct sl_s3_object *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Write an object that never changes, or find it already there.
 *
 * Where the key exists, its size and SHA-256 decide: by the checksum that S3
 * keeps, else by reading it (up to put's size).
 *
 * @param[out] existed  whether the key was there already; may be NULL
 * @return 0, SL_ETAMPERED (the key holds other bytes), or as above
 */
int sl_s3_put_immutable(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, const struct sl_s3_put *put,
    struct sl_s3_object *out, bool *existed, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Ask about an object.
 *
 * @param version_id  NULL: the newest
 */
int sl_s3_head(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, struct sl_str key,
    const char *version_id, struct sl_s3_object *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Read an object.
 *
 * @param version_id  NULL: the newest
 * @param body  appended to; its limit is the cap
 * @param[out] out  may be NULL
 * @return 0, SL_ETOOBIG (over body's limit), or as above
 */
int sl_s3_get(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, struct sl_str key,
    const char *version_id, struct sl_buf *body, struct sl_s3_object *out,
    struct sl_error *err) SL_MUST_CHECK;

/** One row of a listing; borrowed for the call of the visitor. */
struct sl_s3_entry {
	struct sl_str key;
	uint64_t size;
	struct sl_str etag;
	int64_t modified_s; /* 0 where it could not be read */
};

/**
 * List the objects under a prefix, in key order, through all pages.
 *
 * @param prefix  may be empty
 * @param each    called for every object; a negative code ends the listing
 *                and is returned (each sets err), a positive number ends it
 *                with success
 */
int sl_s3_list(struct sl_aws_session *session,
    const struct sl_s3_bucket *bucket, struct sl_str prefix,
    int (*each)(void *ctx, const struct sl_s3_entry *entry,
	struct sl_error *err),
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

#endif
