/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/clash.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "unicode/unicode.h"

/* Bytes of a name, folded: a letter can become several. */
#define MAX_FOLDED 262144

/* A folder that the walk is in. */
struct level {
	char *path; /* without final '/'; "" for the root */
	size_t len;
	struct sl_map names; /* fold -> the first name that has it */
};

struct sl_clash {
	struct level *levels;
	size_t count;
	size_t room;
	struct sl_buf folded; /* of the entry at hand */
};

struct sl_clash *
sl_clash_new(void)
{
	struct sl_clash *c = sl_alloc(sizeof(*c));

	sl_buf_init(&c->folded, MAX_FOLDED);
	return c;
}

static void
leave(struct sl_clash *c)
{
	struct level *l = &c->levels[--c->count];

	for (size_t i = 0; i < l->names.count; i++)
		free(l->names.entries[i].value);
	sl_map_release(&l->names);
	free(l->path);
}

void
sl_clash_free(struct sl_clash *c)
{
	if (!c)
		return;
	while (c->count)
		leave(c);
	free(c->levels);
	sl_buf_release(&c->folded);
	free(c);
}

/* The folder that an entry is in, as a level. */
static struct level *
level_of(struct sl_clash *c, const struct sl_tree_entry *entry)
{
	struct sl_str folder = entry->path;

	/* A hostile name may hold a '/', so the path is no help. */
	folder.len -= entry->name.len;
	folder.len -= folder.len > 0;
	while (c->count) {
		struct level *top = &c->levels[c->count - 1];

		if (sl_str_eq(sl_strn(top->path, top->len), folder))
			return top;
		if (top->len < folder.len &&
		    (top->len == 0 || folder.ptr[top->len] == '/') &&
		    !memcmp(top->path, folder.ptr, top->len))
			break;
		leave(c);
	}
	SL_GROW(c->levels, c->count, c->room);
	c->levels[c->count] = (struct level){
		.path = sl_strndup(folder.len ? folder.ptr : "", folder.len),
		.len = folder.len,
	};
	return &c->levels[c->count++];
}

bool
sl_clash_see(struct sl_clash *c, const struct sl_tree_entry *entry,
    struct sl_buf *other)
{
	struct level *l = level_of(c, entry);
	void **first;

	sl_buf_clear(&c->folded);
	sl_unicode_fold(entry->name, &c->folded);
	first = sl_map_find(&l->names, sl_buf_str(&c->folded));
	if (!first) {
		(void)sl_map_put(&l->names, sl_buf_str(&c->folded),
		    sl_strndup(entry->name.ptr, entry->name.len));
		return false;
	}
	sl_buf_add(other, l->path, l->len);
	if (l->len)
		sl_buf_addc(other, '/');
	sl_buf_adds(other, *first);
	return true;
}
