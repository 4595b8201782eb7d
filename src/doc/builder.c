/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "doc/doc_int.h"

/* Maps up to this many keys are searched key by key. */
#define FEW_KEYS 16

/* Text written out by aliases may exceed the input by this factor. */
#define TEXT_FACTOR 4

void
sl_doc_free(struct sl_doc *doc)
{
	if (doc == NULL)
		return;
	sl_arena_release(&doc->arena);
	free(doc->file);
	free(doc);
}

int
sl_builder_init(struct sl_builder *b, const char *name, size_t text_len,
    const struct sl_doc_limits *limits, struct sl_error *err)
{
	memset(b, 0, sizeof(*b));
	if (limits != NULL)
		b->limits = *limits;
	if (b->limits.max_bytes == 0)
		b->limits.max_bytes = SL_DOC_DEFAULT_BYTES;
	if (b->limits.max_nodes == 0)
		b->limits.max_nodes = 200000;
	if (b->limits.max_depth == 0)
		b->limits.max_depth = 64;
	if (b->limits.max_depth > SL_DOC_DEPTH_CEILING)
		b->limits.max_depth = SL_DOC_DEPTH_CEILING;
	if (text_len > b->limits.max_bytes)
		return sl_error_at(err, SL_ETOOBIG, name, 0, 0,
		    "the file has %zu bytes; at most %zu are read", text_len,
		    b->limits.max_bytes);
	b->doc = sl_alloc(sizeof(*b->doc));
	b->doc->file = sl_strdup(name);
	return SL_OK;
}

static void
frame_release(struct sl_frame *frame)
{
	sl_map_release(&frame->seen);
	free(frame->anchor);
}

void
sl_builder_release(struct sl_builder *b)
{
	for (size_t i = 0; i < b->depth; i++)
		frame_release(&b->frames[i]);
	free(b->frames);
	free(b->pending);
	sl_doc_free(b->doc);
	memset(b, 0, sizeof(*b));
}

bool
sl_builder_wants_key(const struct sl_builder *b)
{
	const struct sl_frame *top;

	if (b->depth == 0)
		return false;
	top = &b->frames[b->depth - 1];
	return top->node->kind == SL_NODE_MAP &&
	    (b->pending_count - top->base) % 2 == 0;
}

/* Count what a node adds to the document, wherever it is added. */
static int
charge(struct sl_builder *b, const struct sl_node *node, unsigned line,
    unsigned col, struct sl_error *err)
{
	size_t max_text = b->limits.max_bytes * TEXT_FACTOR;

	if (node->weight > b->limits.max_nodes - b->nodes)
		return sl_error_at(err, SL_ETOOBIG, b->doc->file, line, col,
		    "more than %zu values, with aliases written out",
		    b->limits.max_nodes);
	if (node->text_weight > max_text - b->text_bytes)
		return sl_error_at(err, SL_ETOOBIG, b->doc->file, line, col,
		    "more than %zu bytes of text, with aliases written out",
		    max_text);
	if (b->depth + node->height > b->limits.max_depth)
		return sl_error_at(err, SL_ETOOBIG, b->doc->file, line, col,
		    "nested more than %zu deep", b->limits.max_depth);
	b->nodes += node->weight;
	b->text_bytes += node->text_weight;
	return SL_OK;
}

static const struct sl_node *
find_key(const struct sl_builder *b, const struct sl_frame *frame,
    struct sl_str key)
{
	if (frame->seen.count > 0)
		return sl_map_get(&frame->seen, key);
	for (size_t i = frame->base; i < b->pending_count; i += 2)
		if (sl_str_eq(b->pending[i]->text, key))
			return b->pending[i];
	return NULL;
}

/* Remember a new key of the innermost map, or refuse it as a duplicate. */
static int
note_key(struct sl_builder *b, struct sl_node *key, struct sl_error *err)
{
	struct sl_frame *frame = &b->frames[b->depth - 1];
	const struct sl_node *first = find_key(b, frame, key->text);
	size_t keys = (b->pending_count - frame->base) / 2;

	if (first != NULL)
		return sl_node_error(key, err, SL_EINVAL,
		    "the key \"%.*s\" stands here a second time; the first is "
		    "in line %u",
		    SL_STR_ARG(key->text), first->line);
	if (keys < FEW_KEYS)
		return SL_OK;
	if (frame->seen.count == 0)
		for (size_t i = frame->base; i < b->pending_count; i += 2)
			sl_map_put(&frame->seen, b->pending[i]->text,
			    b->pending[i]);
	sl_map_put(&frame->seen, key->text, key);
	return SL_OK;
}

static void
add_child(struct sl_builder *b, struct sl_node *node)
{
	if (b->depth == 0) {
		b->doc->root = node;
		return;
	}
	SL_GROW(b->pending, b->pending_count, b->pending_room);
	b->pending[b->pending_count++] = node;
}

int
sl_builder_open(struct sl_builder *b, enum sl_node_kind kind, unsigned line,
    unsigned col, char *anchor, struct sl_error *err)
{
	struct sl_node *node = sl_arena_alloc(&b->doc->arena, sizeof(*node));

	node->doc = b->doc;
	node->kind = kind;
	node->line = line;
	node->col = col;
	node->weight = 1;
	node->height = 1;
	if (charge(b, node, line, col, err) < 0) {
		free(anchor);
		return SL_ETOOBIG;
	}
	add_child(b, node);
	SL_GROW(b->frames, b->depth, b->frame_room);
	b->frames[b->depth++] = (struct sl_frame){ .node = node,
		.base = b->pending_count, .anchor = anchor };
	return SL_OK;
}

const struct sl_node *
sl_builder_close(struct sl_builder *b, char **anchor)
{
	struct sl_frame *frame = &b->frames[--b->depth];
	struct sl_node *node = frame->node;
	size_t n = b->pending_count - frame->base;

	node->count = node->kind == SL_NODE_MAP ? n / 2 : n;
	node->items = sl_arena_alloc(&b->doc->arena, n * sizeof(*node->items));
	for (size_t i = 0; i < n; i++) {
		struct sl_node *child = b->pending[frame->base + i];

		node->items[i] = child;
		node->weight += child->weight;
		node->text_weight += child->text_weight;
		if (child->height + 1 > node->height)
			node->height = child->height + 1;
	}
	b->pending_count = frame->base;
	*anchor = sl_steal(&frame->anchor);
	frame_release(frame);
	return node;
}

int
sl_builder_scalar(struct sl_builder *b, const struct sl_node *like,
    const struct sl_node **out, struct sl_error *err)
{
	struct sl_node *node = sl_arena_alloc(&b->doc->arena, sizeof(*node));
	int rc;

	*node = *like;
	node->doc = b->doc;
	node->kind = SL_NODE_SCALAR;
	node->weight = 1;
	node->text_weight = like->text.len;
	node->text = sl_arena_copy(&b->doc->arena, like->text);
	rc = charge(b, node, node->line, node->col, err);
	if (rc == SL_OK && sl_builder_wants_key(b))
		rc = note_key(b, node, err);
	if (rc < 0)
		return rc;
	add_child(b, node);
	if (out != NULL)
		*out = node;
	return SL_OK;
}

int
sl_builder_alias(struct sl_builder *b, const struct sl_node *node,
    unsigned line, unsigned col, struct sl_error *err)
{
	int rc = charge(b, node, line, col, err);

	if (rc < 0)
		return rc;
	/* Complete nodes are never written to again. */
	add_child(b, (struct sl_node *)node);
	return SL_OK;
}

bool
sl_builder_done(const struct sl_builder *b)
{
	return b->depth == 0 && b->doc->root != NULL;
}

struct sl_doc *
sl_builder_take(struct sl_builder *b)
{
	return sl_steal(&b->doc);
}
