/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "doc/doc_int.h"

bool
sl_node_same(const struct sl_node *a, const struct sl_node *b)
{
	size_t items = a->kind == SL_NODE_MAP ? 2 * a->count : a->count;

	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == SL_NODE_SCALAR)
		return sl_str_eq(a->text, b->text);
	for (size_t i = 0; i < items; i++)
		if (!sl_node_same(a->items[i], b->items[i]))
			return false;
	return true;
}

static void
put(struct sl_node *node, size_t index, const struct sl_node *child)
{
	/* Complete nodes are never written to again. */
	node->items[index] = (struct sl_node *)child;
	node->weight += child->weight;
	node->text_weight += child->text_weight;
	if (child->height + 1 > node->height)
		node->height = child->height + 1;
}

static void
put_entries(struct sl_node *list, const struct sl_node *from)
{
	size_t count = from->kind == SL_NODE_LIST ? from->count : 1;

	for (size_t i = 0; i < count; i++) {
		const struct sl_node *entry =
		    from->kind == SL_NODE_LIST ? from->items[i] : from;
		size_t k = 0;

		while (k < list->count && !sl_node_same(list->items[k], entry))
			k++;
		if (k == list->count)
			put(list, list->count++, entry);
	}
}

/* A pair takes the place of one with the same key. */
static void
put_pairs(struct sl_node *map, const struct sl_node *from)
{
	for (size_t i = 0; i < from->count; i++) {
		const struct sl_node *key = from->items[2 * i];
		size_t k = 0;

		while (k < map->count &&
		    !sl_str_eq(map->items[2 * k]->text, key->text))
			k++;
		put(map, 2 * k, key);
		put(map, 2 * k + 1, from->items[2 * i + 1]);
		if (k == map->count)
			map->count++;
	}
}

struct sl_doc *
sl_doc_join(const struct sl_node *a, const struct sl_node *b)
{
	struct sl_doc *doc = sl_alloc(sizeof(*doc));
	struct sl_node *root = sl_arena_alloc(&doc->arena, sizeof(*root));
	bool map = a->kind == SL_NODE_MAP;
	size_t room = 2 * (a->count + b->count + 2);

	doc->file = sl_strdup(b->doc->file);
	doc->root = root;
	root->doc = doc;
	root->kind = map ? SL_NODE_MAP : SL_NODE_LIST;
	root->line = b->line;
	root->col = b->col;
	root->weight = 1;
	root->height = 1;
	root->items = sl_arena_alloc(&doc->arena, room * sizeof(*root->items));
	if (map) {
		put_pairs(root, a);
		put_pairs(root, b);
	} else {
		put_entries(root, a);
		put_entries(root, b);
	}
	return doc;
}
