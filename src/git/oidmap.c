/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include <sys/random.h>

#include "base/mem.h"

/*
 * Ids are spread already; the random odd factor keeps a pusher, who can grind
 * ids, from choosing them to meet in one slot (multiply-shift hashing).
 */
static uint64_t factor;

static size_t
slot_of(const struct sl_oidmap *map, const struct sl_oid *oid)
{
	uint64_t word;

	memcpy(&word, oid->id, sizeof(word));
	return (size_t)((word * factor) >> 20) & (map->slot_count - 1);
}

static void
place(struct sl_oidmap *map, const struct sl_oid *oid, uint32_t index)
{
	size_t i = slot_of(map, oid);

	while (map->slots[i] != 0)
		i = (i + 1) & (map->slot_count - 1);
	map->slots[i] = index + 1;
}

/* Make slots for count keys in all. */
static void
reserve(struct sl_oidmap *map, size_t count)
{
	size_t slots = 64;

	while (factor == 0) {
		if (getrandom(&factor, sizeof(factor), 0) !=
		    (ssize_t)sizeof(factor))
			factor = (uint64_t)(uintptr_t)map;
		factor |= 1;
	}
	while (slots < count * 2)
		slots *= 2;
	if (slots <= map->slot_count)
		return;
	free(map->slots);
	map->slots = sl_alloc_array(slots, sizeof(*map->slots));
	map->slot_count = slots;
	for (size_t i = 0; i < map->count; i++)
		place(map, &map->keys[i], (uint32_t)i);
}

void
sl_oidmap_release(struct sl_oidmap *map)
{
	free(map->keys);
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

uint32_t
sl_oidmap_find(const struct sl_oidmap *map, const struct sl_oid *oid)
{
	if (map->count == 0)
		return SL_OIDMAP_NONE;
	for (size_t i = slot_of(map, oid); map->slots[i] != 0;
	    i = (i + 1) & (map->slot_count - 1))
		if (sl_oid_eq(&map->keys[map->slots[i] - 1], oid))
			return map->slots[i] - 1;
	return SL_OIDMAP_NONE;
}

uint32_t
sl_oidmap_put(struct sl_oidmap *map, const struct sl_oid *oid, bool *is_new)
{
	uint32_t index = sl_oidmap_find(map, oid);

	if (is_new != NULL)
		*is_new = index == SL_OIDMAP_NONE;
	if (index != SL_OIDMAP_NONE)
		return index;
	reserve(map, map->count + 1);
	SL_GROW(map->keys, map->count, map->room);
	index = (uint32_t)map->count;
	map->keys[map->count++] = *oid;
	place(map, oid, index);
	return index;
}
