/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mem: allocation of control structures, which aborts when memory is out.
 *
 * Sizes that come from outside are capped by the caller first. Free with
 * free(), except what a `_free` or `_release` function of a module owns.
 */
#ifndef SL_BASE_MEM_H
#define SL_BASE_MEM_H

#include <stddef.h>
#include <stdlib.h>

#include "base/attr.h"

/** Zeroed storage of size bytes; never NULL, aborts when memory is out. */
void *sl_alloc(size_t size) SL_MUST_CHECK;

/** Zeroed storage of count * size bytes; aborts on overflow or no memory. */
void *sl_alloc_array(size_t count, size_t size) SL_MUST_CHECK;

/** Resize to count * size bytes, new bytes undefined; aborts like the above. */
void *sl_realloc_array(void *p, size_t count, size_t size) SL_MUST_CHECK;

/** A copy of a NUL-terminated string, or NULL for NULL. */
char *sl_strdup(const char *s) SL_MUST_CHECK;

/** A NUL-terminated copy of len bytes. */
char *sl_strndup(const char *s, size_t len) SL_MUST_CHECK;

/** A formatted string, to be freed with free(). */
char *sl_asprintf(const char *fmt, ...) SL_PRINTF(1, 2) SL_MUST_CHECK;

/** Clean-up for `SL_CLEANUP(sl_freep) char *p`. */
static inline void
sl_freep(void *p)
{
	void **pp = p;

	free(*pp);
	*pp = NULL;
}

/**
 * Make room for one more element in a growing array.
 *
 * @param items  lvalue pointer to the elements, NULL at first
 * @param count  elements in use
 * @param room   lvalue size_t: elements allocated, 0 at first
 */
#define SL_GROW(items, count, room)                                            \
	do {                                                                   \
		if ((count) == (room)) {                                       \
			(room) = (room) ? (room) * 2 : 8;                      \
			(items) = sl_realloc_array((items), (room),            \
			    sizeof(*(items)));                                 \
		}                                                              \
	} while (0)

#endif
