/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map: byte-string keys to pointers, in insertion order.
 *
 * A keyed hash (SipHash-2-4 under a per-process random key) keeps keys that
 * come from a push from being chosen to collide. Entries are never removed.
 */
#ifndef SL_BASE_MAP_H
#define SL_BASE_MAP_H

#include "base/buf.h"

struct sl_map_entry {
	struct sl_str key; /* owned by the map, NUL-terminated */
	void *value;       /* borrowed */
	uint64_t hash;
};

struct sl_map {
	struct sl_map_entry *entries; /* in insertion order */
	size_t count;
	size_t room;
	uint32_t *slots; /* index + 1 into entries, 0 empty */
	size_t slot_count;
};

#define SL_MAP_INIT { NULL, 0, 0, NULL, 0 }

/** Free keys and tables; the values are the caller's. */
void sl_map_release(struct sl_map *m);

/** The value slot of a key, or NULL; valid until the next sl_map_put. */
void **sl_map_find(const struct sl_map *m, struct sl_str key);

/** The value of a key, or NULL. */
void *sl_map_get(const struct sl_map *m, struct sl_str key);

/**
 * Set a key's value, adding the key where it is new.
 *
 * @return whether the key was new
 */
bool sl_map_put(struct sl_map *m, struct sl_str key, void *value);

/** SipHash-2-4 of data under a key. @source J.-P. Aumasson, D. J. Bernstein */
uint64_t sl_siphash(const uint64_t key[2], const void *data, size_t len);

#endif
