/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sigv4: AWS Signature Version 4, for requests with headers.
 *
 * Each stage of the algorithm is a function of its own, so that each can be
 * tested and a refused signature can be taken apart:
 *
 *     path, query, headers ─▶ canonical request ─▶ string to sign ┐
 *     secret, date, region, service ─▶ key ───────────────────────┴▶ signature
 *                                                   ─▶ Authorization
 *
 * sl_sigv4_sign does all of it. Everything is pure: no clock, network or
 * environment. What is signed must be what is sent: the path and the query
 * string that this module makes go on the wire unchanged.
 *
 * Neither canonical requests nor strings to sign nor signatures belong in a
 * log; they carry session tokens.
 *
 * @source AWS General Reference, Signature Version 4; cases in
 *         tests/vectors/sigv4
 */
#ifndef SL_SIGN_SIGV4_H
#define SL_SIGN_SIGV4_H

#include <stdint.h>

#include "base/field.h"
#include "base/secret.h"
#include "crypto/digest.h"

/** Most bytes of an Authorization value. */
#define SL_SIGV4_AUTH_MAX 4096
/** Most bytes of a canonical request. */
#define SL_SIGV4_CANONICAL_MAX (256 * 1024)
/** Most bytes of a secret access key and of an access key id. */
#define SL_SIGV4_SECRET_MAX 256
#define SL_SIGV4_KEY_ID_MAX 128
/** Most headers, and most query parameters, of a request. */
#define SL_SIGV4_FIELDS_MAX 64

/** The payload hash of a body that is not signed (S3 over TLS only). */
#define SL_SIGV4_UNSIGNED "UNSIGNED-PAYLOAD"

/** How a path is made canonical. */
enum sl_sigv4_path_rule {
	/* Dot segments and double slashes are resolved, then the path is
	   encoded once more: every service but S3. */
	SL_SIGV4_PATH_NORMALIZE,
	/* The path is taken as it is: S3, whose keys may hold anything. */
	SL_SIGV4_PATH_VERBATIM,
};

/**
 * A request as it will be sent; all borrowed.
 *
 * method        "GET", "PUT", ...
 * path          as on the wire: starts with '/', percent-encoded once
 * path_rule     by service
 * query         parameters, not encoded, in any order
 * headers       every header that will be sent and is ours to sign, host,
 *               x-amz-date and x-amz-security-token among them; those that a
 *               proxy or the transport may change are left out of the
 *               signature by name
 * payload_hash  64 lower-case hexadecimal digits, or SL_SIGV4_UNSIGNED
 */
struct sl_sigv4_request {
	const char *method;
	struct sl_str path;
	enum sl_sigv4_path_rule path_rule;
	const struct sl_field *query;
	size_t query_count;
	const struct sl_field *headers;
	size_t header_count;
	const char *payload_hash;
};

/** When and for what a signature is valid; all borrowed. */
struct sl_sigv4_scope {
	const char *time; /* "20261122T103140Z", as in x-amz-date */
	const char *region;
	const char *service;
};

/**
 * Append a query string: parameters encoded, sorted by encoded name and then
 * by encoded value, joined by '&', each with its '='.
 *
 * The result is both what is signed and what goes after '?' on the wire.
 *
 * @return 0, SL_ETOOBIG (out's limit, or over SL_SIGV4_FIELDS_MAX)
 */
int sl_sigv4_query(const struct sl_field *query, size_t count,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Append the canonical form of a path.
 *
 * @return 0, SL_EINVAL (does not start with '/'; verbatim, and not encoded),
 *         SL_ETOOBIG
 */
int sl_sigv4_path(struct sl_str path, enum sl_sigv4_path_rule rule,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Append the canonical request.
 *
 * @param[out] signed_headers  names joined by ';', appended
 * @return 0, SL_EINVAL (no host or x-amz-date header; a header name that is
 *         not a token; CR, LF or NUL in a value where it is not a fold; a
 *         method or payload hash that is none), SL_ETOOBIG
 */
int sl_sigv4_canonical(const struct sl_sigv4_request *req, struct sl_buf *out,
    struct sl_buf *signed_headers, struct sl_error *err) SL_MUST_CHECK;

/**
 * Append the string to sign for a canonical request.
 *
 * @return 0, SL_EINVAL (time not in basic format; region or service empty or
 *         with other characters than A-Za-z0-9-), SL_ETOOBIG
 */
int sl_sigv4_string_to_sign(struct sl_str canonical,
    const struct sl_sigv4_scope *scope, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Derive the signing key.
 *
 * @param[out] key  a secret: wipe it after use
 * @return 0, SL_EINVAL (time; a secret access key that is empty or over
 *         SL_SIGV4_SECRET_MAX)
 */
int sl_sigv4_key(const struct sl_secret *secret_access_key,
    const struct sl_sigv4_scope *scope, uint8_t key[SL_SHA256_BYTES],
    struct sl_error *err) SL_MUST_CHECK;

/** The signature as 64 hexadecimal digits and NUL. */
void sl_sigv4_signature(const uint8_t key[SL_SHA256_BYTES],
    struct sl_str string_to_sign, char out[SL_SHA256_HEX + 1]);

/**
 * Append the value of the Authorization header.
 *
 * @return 0, SL_EINVAL (an access key id with other characters than
 *         A-Za-z0-9_-, none, or over SL_SIGV4_KEY_ID_MAX; scope as in
 *         sl_sigv4_string_to_sign), SL_ETOOBIG
 */
int sl_sigv4_authorization(const char *access_key_id,
    const struct sl_sigv4_scope *scope, struct sl_str signed_headers,
    const char *signature, struct sl_buf *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Sign a request: all stages, intermediates wiped.
 *
 * @param[out] auth  value of the Authorization header without CR or LF, at
 *                   most SL_SIGV4_AUTH_MAX bytes; appended on success only
 * @return 0, SL_EINVAL, SL_ETOOBIG, as the stages
 */
int sl_sigv4_sign(const struct sl_sigv4_request *req,
    const struct sl_sigv4_scope *scope, const char *access_key_id,
    const struct sl_secret *secret_access_key, struct sl_buf *auth,
    struct sl_error *err) SL_MUST_CHECK;

#endif
