/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/error.h"

/* There is no way on for a gate that cannot hash. */
static void
must(bool ok)
{
	if (!ok)
		abort();
}

int
sl_sha1(struct sl_str head, struct sl_str data, uint8_t out[SL_SHA1_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good;

	must(ctx != NULL);
	good = EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, head.ptr, head.len) == 1 &&
	    EVP_DigestUpdate(ctx, data.ptr, data.len) == 1 &&
	    EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return good ? SL_OK : SL_EUNSUPPORTED;
}

void
sl_sha256_init(struct sl_sha256 *sum)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	must(ctx != NULL);
	must(EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1);
	sum->ctx = ctx;
}

void
sl_sha256_update(struct sl_sha256 *sum, const void *data, size_t len)
{
	if (len > 0)
		must(EVP_DigestUpdate(sum->ctx, data, len) == 1);
}

void
sl_sha256_field(struct sl_sha256 *sum, struct sl_str field)
{
	sl_sha256_update(sum, field.ptr, field.len);
	sl_sha256_update(sum, "", 1);
}

void
sl_sha256_final(struct sl_sha256 *sum, uint8_t out[SL_SHA256_BYTES])
{
	unsigned len = 0;

	must(EVP_DigestFinal_ex(sum->ctx, out, &len) == 1);
	must(len == SL_SHA256_BYTES);
	sl_sha256_release(sum);
}

void
sl_sha256_release(struct sl_sha256 *sum)
{
	EVP_MD_CTX_free(sum->ctx);
	sum->ctx = NULL;
}

void
sl_sha256(const void *data, size_t len, uint8_t out[SL_SHA256_BYTES])
{
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	sl_sha256_update(&sum, data, len);
	sl_sha256_final(&sum, out);
}

void
sl_sha256_to_hex(const uint8_t digest[SL_SHA256_BYTES],
    char out[SL_SHA256_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SL_SHA256_BYTES; i++) {
		out[2 * i] = digits[digest[i] >> 4];
		out[2 * i + 1] = digits[digest[i] & 15];
	}
	out[SL_SHA256_HEX] = '\0';
}

void
sl_sha256_hex(const void *data, size_t len, char out[SL_SHA256_HEX + 1])
{
	uint8_t digest[SL_SHA256_BYTES];

	sl_sha256(data, len, digest);
	sl_sha256_to_hex(digest, out);
}

void
sl_hmac_sha256(struct sl_str key, struct sl_str data,
    uint8_t out[SL_SHA256_BYTES])
{
	uint8_t mac[SL_SHA256_BYTES];
	unsigned len = 0;

	must(key.len <= INT_MAX);
	must(HMAC(EVP_sha256(), key.ptr ? key.ptr : "", (int)key.len,
		 (const unsigned char *)(data.ptr ? data.ptr : ""), data.len,
		 mac, &len) != NULL);
	must(len == sizeof(mac));
	memcpy(out, mac, sizeof(mac));
	OPENSSL_cleanse(mac, sizeof(mac));
}
