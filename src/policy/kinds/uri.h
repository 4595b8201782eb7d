/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uri: addresses of data in text, whatever form they are written in. Pure.
 *
 * Found are s3:// URIs (s3a and s3n too), ARNs of S3, https:// addresses of
 * S3 and of its console, and paths that exist on one machine only. Each is
 * given in one form, s3://BUCKET/KEY, so that one grammar judges all; what has
 * no bucket to be seen (access points) is given as it is written.
 *
 * A part that a program fills in later is seen as such: {x}, ${x}, $x, $(x),
 * %s, %(x)s, <x>, and a bucket that is not there.
 *
 * @source Amazon S3 User Guide, "Methods for accessing a bucket", "Amazon S3
 *         resources"; Hadoop's s3a and s3n
 */
#ifndef SL_POLICY_KINDS_URI_H
#define SL_POLICY_KINDS_URI_H

#include <stdint.h>

#include "base/buf.h"

/** Bytes of an address that are looked at; S3 takes 1024 of a key. */
#define SL_URI_MAX 2048

enum sl_uri_kind {
	SL_URI_S3,
	SL_URI_LOCAL, /* a path on one machine */
};

struct sl_uri {
	enum sl_uri_kind kind;
	size_t offset;      /* in the text */
	struct sl_str text; /* in the one form; valid for the call */
	size_t known;       /* bytes before the first part that is filled in
			       later; text.len where there is none */
};

/** Hears of an address; another value than 0 ends the search. */
typedef int sl_uri_fn(void *ctx, const struct sl_uri *uri);

/**
 * Find the addresses in a text, in its order. Linear.
 *
 * @param text  any bytes
 * @return 0, or what fn returned
 */
int sl_uri_find(struct sl_str text, sl_uri_fn *fn, void *ctx);

#endif
