/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <sys/random.h>

#include "base/mem.h"

static inline uint64_t
rotate(uint64_t v, int bits)
{
	return v << bits | v >> (64 - bits);
}

static inline void
sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static inline uint64_t
load_le(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint64_t
sl_siphash(const uint64_t key[2], const void *data, size_t len)
{
	uint64_t v[4] = {
		key[0] ^ 0x736f6d6570736575u,
		key[1] ^ 0x646f72616e646f6du,
		key[0] ^ 0x6c7967656e657261u,
		key[1] ^ 0x7465646279746573u,
	};
	const uint8_t *p = data;
	uint64_t last;

	for (size_t left = len / 8; left > 0; left--, p += 8) {
		uint64_t word = load_le(p, 8);

		v[3] ^= word;
		sip_round(v);
		sip_round(v);
		v[0] ^= word;
	}
	last = (uint64_t)len << 56 | load_le(p, len % 8);
	v[3] ^= last;
	sip_round(v);
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static const uint64_t *
process_key(void)
{
	static uint64_t key[2];
	static bool ready;

	/* Without randomness the map still works, only less guarded. */
	if (!ready) {
		if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
			key[0] ^= (uintptr_t)&key;
		ready = true;
	}
	return key;
}

void
sl_map_release(struct sl_map *m)
{
	for (size_t i = 0; i < m->count; i++)
		free((char *)m->entries[i].key.ptr);
	free(m->entries);
	free(m->slots);
	memset(m, 0, sizeof(*m));
}

static size_t
find_slot(const struct sl_map *m, struct sl_str key, uint64_t hash)
{
	size_t at = hash & (m->slot_count - 1);

	while (m->slots[at] != 0) {
		const struct sl_map_entry *e = &m->entries[m->slots[at] - 1];

		if (e->hash == hash && sl_str_eq(e->key, key))
			break;
		at = (at + 1) & (m->slot_count - 1);
	}
	return at;
}

void **
sl_map_find(const struct sl_map *m, struct sl_str key)
{
	size_t at;

	if (m->count == 0)
		return NULL;
	at = find_slot(m, key, sl_siphash(process_key(), key.ptr, key.len));
	return m->slots[at] ? &m->entries[m->slots[at] - 1].value : NULL;
}

void *
sl_map_get(const struct sl_map *m, struct sl_str key)
{
	void **slot = sl_map_find(m, key);

	return slot ? *slot : NULL;
}

static void
grow_slots(struct sl_map *m)
{
	size_t count = m->slot_count ? m->slot_count * 2 : 16;

	free(m->slots);
	m->slots = sl_alloc_array(count, sizeof(*m->slots));
	m->slot_count = count;
	for (size_t i = 0; i < m->count; i++) {
		size_t at = find_slot(m, m->entries[i].key, m->entries[i].hash);

		m->slots[at] = (uint32_t)i + 1;
	}
}

bool
sl_map_put(struct sl_map *m, struct sl_str key, void *value)
{
	uint64_t hash = sl_siphash(process_key(), key.ptr, key.len);
	struct sl_map_entry *e;
	size_t at;

	if ((m->count + 1) * 2 > m->slot_count)
		grow_slots(m);
	at = find_slot(m, key, hash);
	if (m->slots[at] != 0) {
		m->entries[m->slots[at] - 1].value = value;
		return false;
	}
	SL_GROW(m->entries, m->count, m->room);
	e = &m->entries[m->count++];
	e->key = sl_strn(sl_strndup(key.ptr, key.len), key.len);
	e->value = value;
	e->hash = hash;
	m->slots[at] = (uint32_t)m->count;
	return true;
}
