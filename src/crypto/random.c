/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include <limits.h>
#include <openssl/rand.h>

int
sl_random_bytes(void *out, size_t len, struct sl_error *err)
{
	if (len > INT_MAX || RAND_bytes(out, (int)len) != 1)
		return sl_error_set(err, SL_EIO,
		    "the system gave no %zu random bytes", len);
	return SL_OK;
}
