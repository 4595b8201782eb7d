/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>

#include "base/mem.h"

#define CHUNK_BYTES ((size_t)16 << 10)

struct sl_arena_chunk {
	struct sl_arena_chunk *next;
	size_t used;
	size_t room;
	alignas(max_align_t) char bytes[];
};

void
sl_arena_release(struct sl_arena *arena)
{
	struct sl_arena_chunk *next;

	for (struct sl_arena_chunk *c = arena->chunks; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	arena->chunks = NULL;
	arena->bytes = 0;
}

static struct sl_arena_chunk *
chunk_new(size_t size)
{
	size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
	struct sl_arena_chunk *chunk = sl_alloc(sizeof(*chunk) + room);

	chunk->room = room;
	return chunk;
}

void *
sl_arena_alloc(struct sl_arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct sl_arena_chunk *c = arena->chunks;
	void *p;

	size = (size + align - 1) & ~(align - 1);
	if (c == NULL || c->room - c->used < size) {
		c = chunk_new(size);
		c->next = arena->chunks;
		arena->chunks = c;
	}
	p = c->bytes + c->used;
	c->used += size;
	arena->bytes += size;
	return p;
}

struct sl_str
sl_arena_copy(struct sl_arena *arena, struct sl_str s)
{
	char *p = sl_arena_alloc(arena, s.len + 1);

	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return sl_strn(p, s.len);
}
