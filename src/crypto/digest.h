/* SPDX-License-Identifier: Apache-2.0 */
/*
 * digest: SHA-256 and HMAC-SHA-256; and SHA-1, as Git's names of objects.
 *
 * A digest cannot fail: an OpenSSL without SHA-256, or no memory, ends the
 * program. Outputs that are keys are the caller's to wipe (sl_wipe).
 *
 *     struct sl_sha256 sum;
 *     sl_sha256_init(&sum);
 *     sl_sha256_update(&sum, part, part_len);
 *     sl_sha256_final(&sum, digest);     // or sl_sha256_release(&sum)
 *
 * Threads may use different sums at the same time.
 */
#ifndef SL_CRYPTO_DIGEST_H
#define SL_CRYPTO_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define SL_SHA256_BYTES 32
/** Digits of a digest in hexadecimal, without the NUL. */
#define SL_SHA256_HEX 64

/** The SHA-256 of data (which may be NULL when len is 0). */
void sl_sha256(const void *data, size_t len, uint8_t out[SL_SHA256_BYTES]);

/** The SHA-256 of data as lower-case hexadecimal and NUL. */
void sl_sha256_hex(const void *data, size_t len, char out[SL_SHA256_HEX + 1]);

/** Write a digest as lower-case hexadecimal and NUL. */
void sl_sha256_to_hex(const uint8_t digest[SL_SHA256_BYTES],
    char out[SL_SHA256_HEX + 1]);

#define SL_SHA1_BYTES 20

/**
 * The SHA-1 of one view after another, for what Git has named by it. It says
 * that bytes are not damaged, not that nobody made them collide.
 *
 * @return 0, SL_EUNSUPPORTED (this OpenSSL has none)
 */
int sl_sha1(struct sl_str head, struct sl_str data,
    uint8_t out[SL_SHA1_BYTES]) SL_MUST_CHECK;

/** A sum in progress, in the caller's storage. */
struct sl_sha256 {
	void *ctx;
};

void sl_sha256_init(struct sl_sha256 *sum);
void sl_sha256_update(struct sl_sha256 *sum, const void *data, size_t len);

/** Add a view and a NUL: no two lists collide whose fields hold none. */
void sl_sha256_field(struct sl_sha256 *sum, struct sl_str field);

/** Write the digest and release the sum. */
void sl_sha256_final(struct sl_sha256 *sum, uint8_t out[SL_SHA256_BYTES]);

/** Drop a sum that was not finished; fine after sl_sha256_final. */
void sl_sha256_release(struct sl_sha256 *sum);

/**
 * HMAC-SHA-256 (RFC 2104).
 *
 * @param key  at most INT_MAX bytes; empty is allowed
 * @param[out] out  may be the key's own storage
 */
void sl_hmac_sha256(struct sl_str key, struct sl_str data,
    uint8_t out[SL_SHA256_BYTES]);

#endif
