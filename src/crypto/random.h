/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random: bytes that nobody can guess.
 */
#ifndef SL_CRYPTO_RANDOM_H
#define SL_CRYPTO_RANDOM_H

#include <stddef.h>

#include "base/error.h"

/**
 * Fill out with random bytes from the operating system.
 *
 * @return 0, SL_EIO (out is then not random and must not be used)
 */
int sl_random_bytes(void *out, size_t len, struct sl_error *err) SL_MUST_CHECK;

#endif
