/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packs: where objects lie in packs, so that they can be read in that order.
 *
 * An object's bytes may have to be made from those of others, its bases, which
 * lie near it; in the order of the pack each base is still there when it is
 * needed. The index of a pack says where its objects are; libgit2 reads it
 * too, but does not tell. A wrong answer costs time, nothing else.
 */
#include "git/git_int.h"

#include <dirent.h>
#include <endian.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

/* With more packs than these the search costs more than it saves. */
#define PACKS_MAX 64
/* Header and fan-out of an index. */
#define INDEX_HEAD ((size_t)8 + 256 * 4)

/* A pack's index, version 2. @source gitformat-pack(5) */
struct pack {
	const uint8_t *map;
	size_t len;
	uint32_t count;
};

struct packs {
	struct pack items[PACKS_MAX];
	size_t count;
};

static uint32_t
read32(const uint8_t *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return be32toh(n);
}

static void
packs_release(struct packs *packs)
{
	for (size_t i = 0; i < packs->count; i++)
		munmap((void *)packs->items[i].map, packs->items[i].len);
	packs->count = 0;
}

static bool
map_index(const char *path, struct pack *out)
{
	static const uint8_t magic[8] = { 0xff, 't', 'O', 'c', 0, 0, 0, 2 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *map = MAP_FAILED;

	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    st.st_size > (off_t)(INDEX_HEAD + 2 * SL_OID_BYTES))
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE,
		    fd, 0);
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED)
		return false;
	out->map = map;
	out->len = (size_t)st.st_size;
	out->count = read32(out->map + INDEX_HEAD - 4);
	if (memcmp(map, magic, sizeof(magic)) == 0 &&
	    out->count <= (out->len - INDEX_HEAD - 2 * SL_OID_BYTES) / 28)
		return true;
	munmap(map, out->len);
	return false;
}

static void
add_packs(struct packs *packs, const char *objects)
{
	SL_CLEANUP(sl_freep) char *folder = sl_fsx_join(objects, "pack");
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir != NULL && packs->count < PACKS_MAX &&
	    (entry = readdir(dir)) != NULL) {
		SL_CLEANUP(sl_freep) char *path = NULL;

		if (!sl_str_ends(sl_str(entry->d_name), ".idx"))
			continue;
		path = sl_fsx_join(folder, entry->d_name);
		if (map_index(path, &packs->items[packs->count]))
			packs->count++;
	}
	if (dir != NULL)
		closedir(dir);
}

/* What was pushed comes first: most likely it is asked for. */
static void
open_packs(const struct sl_git *repo, struct packs *packs)
{
	SL_CLEANUP(sl_freep) char *objects =
	    sl_fsx_join(repo->common_dir, "objects");

	packs->count = 0;
	if (repo->pushed_dir != NULL)
		add_packs(packs, repo->pushed_dir);
	add_packs(packs, objects);
	for (size_t i = 0; i < repo->alternate_count; i++)
		add_packs(packs, repo->alternates[i]);
}

static const uint8_t *
id_at(const struct pack *pack, uint32_t index)
{
	return pack->map + INDEX_HEAD + (size_t)index * SL_OID_BYTES;
}

static uint64_t
offset_at(const struct pack *pack, uint32_t index)
{
	const uint8_t *offsets = pack->map + INDEX_HEAD +
	    (size_t)pack->count * (SL_OID_BYTES + 4);
	uint32_t offset = read32(offsets + (size_t)index * 4);
	size_t far = INDEX_HEAD + (size_t)pack->count * (SL_OID_BYTES + 8) +
	    (size_t)(offset & 0x7fffffff) * 8;

	if (!(offset & 0x80000000))
		return offset;
	if (far + 8 > pack->len)
		return UINT64_MAX;
	return (uint64_t)read32(pack->map + far) << 32 |
	    read32(pack->map + far + 4);
}

/* @return whether the pack has the object */
static bool
look_up(const struct pack *pack, const struct sl_oid *oid, uint64_t *offset)
{
	const uint8_t *fan = pack->map + 8;
	uint32_t low = oid->id[0] ? read32(fan + (oid->id[0] - 1) * 4) : 0;
	uint32_t high = read32(fan + oid->id[0] * 4);

	if (high > pack->count)
		high = pack->count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = memcmp(id_at(pack, middle), oid->id, SL_OID_BYTES);

		if (order == 0) {
			*offset = offset_at(pack, middle);
			return true;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Where one element lies: its pack, or after all packs by its id. */
struct place {
	size_t pack;
	uint64_t offset;
	const struct sl_oid *oid;
	size_t index;
};

static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->pack != y->pack)
		return x->pack < y->pack ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return memcmp(x->oid, y->oid, sizeof(*x->oid));
}

static void
find_place(const struct packs *packs, struct place *place)
{
	for (size_t i = 0; i < packs->count; i++)
		if (look_up(&packs->items[i], place->oid, &place->offset)) {
			place->pack = i;
			return;
		}
	place->pack = packs->count;
}

void
sl_git_sort_blobs(const struct sl_git *repo, void *at, size_t count,
    size_t size)
{
	SL_CLEANUP(sl_freep) struct place *places = NULL;
	SL_CLEANUP(sl_freep) char *copy = NULL;
	SL_CLEANUP(packs_release) struct packs packs;
	char *items = at;

	open_packs(repo, &packs);
	places = sl_alloc_array(count + 1, sizeof(*places));
	for (size_t i = 0; i < count; i++) {
		places[i].oid = (const struct sl_oid *)(items + i * size);
		places[i].index = i;
		find_place(&packs, &places[i]);
	}
	qsort(places, count, sizeof(*places), by_place);
	copy = sl_alloc_array(count + 1, size);
	for (size_t i = 0; i < count; i++)
		memcpy(copy + i * size, items + places[i].index * size, size);
	memcpy(items, copy, count * size);
}
