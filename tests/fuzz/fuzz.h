/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz: what a fuzz target is, for libFuzzer and for the corpus replay alike.
 *
 * A target returns 0 and aborts (fuzz_check) when a promise is broken. It
 * keeps nothing between calls.
 */
#ifndef SL_TESTS_FUZZ_H
#define SL_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** Abort, with the broken promise on standard error. */
#define fuzz_check(held)                                                       \
	do {                                                                   \
		if (!(held)) {                                                 \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__,       \
			    __LINE__, #held);                                  \
			abort();                                               \
		}                                                              \
	} while (0)

#endif
