/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena: many small pieces that are freed together, never one by one.
 *
 *     struct sl_arena arena = SL_ARENA_INIT;
 *     struct sl_str name = sl_arena_copy(&arena, text);
 *     ...
 *     sl_arena_release(&arena);
 *
 * There is no cap of its own: who fills an arena from outside looks at bytes.
 */
#ifndef SL_BASE_ARENA_H
#define SL_BASE_ARENA_H

#include "base/buf.h"

struct sl_arena_chunk;

/** Zero-initialise. */
struct sl_arena {
	struct sl_arena_chunk *chunks;
	size_t bytes; /* handed out */
};

#define SL_ARENA_INIT { NULL, 0 }

/** Free every piece; the arena is empty and usable again. */
void sl_arena_release(struct sl_arena *arena);

/** Zeroed storage, aligned for any type; valid until the release. */
void *sl_arena_alloc(struct sl_arena *arena, size_t size) SL_MUST_CHECK;

/** A NUL-terminated copy of a view; valid until the release. */
struct sl_str sl_arena_copy(struct sl_arena *arena, struct sl_str s)
    SL_MUST_CHECK;

#endif
