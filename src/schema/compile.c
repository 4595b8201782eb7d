/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compile: from nodes to subschemas and words.
 */
#include "schema/schema_int.h"

#include "base/mem.h"

#define MAX_KEYWORDS 80

static void
word_release(struct sl_word *word)
{
	for (size_t i = 0; i < word->rx_count; i++)
		sl_rx_free(word->rx[i]);
	free(word->rx);
	free(word->subs);
	sl_map_release(&word->names);
}

static void
sub_free(struct sl_sub *sub)
{
	for (size_t i = 0; i < sub->word_count; i++)
		word_release(&sub->words[i]);
	free(sub->words);
	free(sub);
}

void
sl_schema_free(struct sl_schema *schema)
{
	if (schema == NULL)
		return;
	for (size_t i = 0; i < schema->sub_count; i++)
		sub_free(schema->subs[i]);
	for (size_t i = 0; i < schema->resource_count; i++) {
		sl_map_release(&schema->resources[i]->anchors);
		sl_map_release(&schema->resources[i]->dynamic);
		free(schema->resources[i]->uri);
		free(schema->resources[i]);
	}
	sl_map_release(&schema->by_uri);
	sl_map_release(&schema->by_place);
	free(schema->subs);
	free(schema->resources);
	free(schema);
}

size_t
sl_schema_pattern_bytes(const struct sl_schema *schema)
{
	return schema->pattern_bytes;
}

const struct sl_word *
sl_sub_word(const struct sl_sub *sub, const char *name)
{
	for (size_t i = 0; i < sub->word_count; i++)
		if (!strcmp(sub->words[i].kind->name, name))
			return &sub->words[i];
	return NULL;
}

int
sl_word_error(const struct sl_word *word, const struct sl_node *node,
    struct sl_error *err, const char *must)
{
	return sl_node_error(node, err, SL_ECONFIG, "%s must be %s",
	    word->kind->name, must);
}

int
sl_compile_pattern(struct sl_compiler *c, struct sl_word *word,
    const struct sl_node *node, struct sl_error *err)
{
	struct sl_mark mark = sl_node_mark(node);
	struct sl_rx_place place = { mark.file, mark.line, mark.col };
	struct sl_rx *rx = NULL;
	struct sl_str text;
	int rc = sl_node_read_regex(node, word->kind->name, &text, err);

	if (rc == SL_OK)
		rc = sl_rx_compile(text, SL_RX_CHARACTERS, &place, &rx, err);
	if (rc < 0)
		return rc;
	word->rx = sl_realloc_array(word->rx, word->rx_count + 1,
	    sizeof(struct sl_rx *));
	word->rx[word->rx_count++] = rx;
	c->schema->pattern_bytes += sl_rx_size(rx);
	if (c->schema->pattern_bytes > SL_SCHEMA_MAX_PATTERN_BYTES)
		return sl_node_error(node, err, SL_ETOOBIG,
		    "the patterns of this schema take more than %zu MiB",
		    SL_SCHEMA_MAX_PATTERN_BYTES >> 20);
	return SL_OK;
}

int
sl_schema_form(const struct sl_schema *schema, struct sl_buf *out)
{
	struct sl_spot spot;

	sl_spot_root(&spot, schema->root->node);
	return sl_spot_form(&spot, out);
}

/* --- subschemas --- */

struct place {
	const struct sl_node *node;
	const struct sl_resource *around;
};

struct sl_sub *
sl_schema_sub_at(const struct sl_schema *schema, const struct sl_node *node,
    const struct sl_resource *around)
{
	struct place place = { node, around };

	return sl_map_get(&schema->by_place,
	    sl_strn((const char *)&place, sizeof(place)));
}

static struct sl_sub *
new_sub(struct sl_schema *schema, const struct sl_node *node,
    const struct sl_resource *around)
{
	struct place place = { node, around };
	struct sl_sub *sub = sl_alloc(sizeof(*sub));

	sub->node = node;
	SL_GROW(schema->subs, schema->sub_count, schema->sub_room);
	schema->subs[schema->sub_count++] = sub;
	(void)sl_map_put(&schema->by_place,
	    sl_strn((const char *)&place, sizeof(place)), sub);
	return sub;
}

/* Every key must be a keyword: one that is ignored would check nothing. */
static int
check_keys(const struct sl_node *node, struct sl_error *err)
{
	const char *names[MAX_KEYWORDS] = { NULL };

	for (size_t i = 0; sl_word_kinds[i].name && i + 1 < MAX_KEYWORDS; i++)
		names[i] = sl_word_kinds[i].name;
	return sl_node_check_keys(node, "a JSON Schema (2020-12)", names, err);
}

/* The pair of a keyword. */
static bool
find_key(const struct sl_node *map, const char *name, size_t *index)
{
	for (size_t i = 0; i < sl_node_count(map); i++) {
		if (sl_str_eqs(sl_node_text(sl_node_key(map, i)), name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

static int
read_words(struct sl_compiler *c, struct sl_sub *sub, struct sl_error *err)
{
	size_t index;

	sub->words = sl_alloc_array(sl_node_count(sub->node) + 1,
	    sizeof(*sub->words));
	for (const struct sl_word_kind *k = sl_word_kinds; k->name; k++) {
		struct sl_word *word = &sub->words[sub->word_count];
		int rc;

		if (!find_key(sub->node, k->name, &index))
			continue;
		word->kind = k;
		word->in = sub;
		word->key = sl_node_key(sub->node, index);
		word->node = sl_node_at(sub->node, index);
		sub->word_count++;
		sub->tracks = sub->tracks ||
		    !strncmp(k->name, "unevaluated", 11);
		rc = k->read(c, sub, word, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_compile_sub(struct sl_compiler *c, const struct sl_node *node,
    struct sl_resource *base, struct sl_sub **out, struct sl_error *err)
{
	struct sl_decimal unused;
	struct sl_sub *sub = sl_schema_sub_at(c->schema, node, base);
	int rc;

	*out = sub;
	if (sub != NULL)
		return SL_OK;
	if (c->schema->sub_count >= SL_SCHEMA_MAX_SUBS)
		return sl_node_error(node, err, SL_ETOOBIG,
		    "more than %d schemas within one", SL_SCHEMA_MAX_SUBS);
	*out = sub = new_sub(c->schema, node, base);
	sub->is_bool = sl_value_type(node, &unused) == SL_TYPE_BOOLEAN;
	sub->value = sub->is_bool && sl_value_is_true(node);
	if (!sub->is_bool && sl_node_kind(node) != SL_NODE_MAP)
		return sl_node_error(node, err, SL_ECONFIG,
		    "a schema must be a map of keywords, true or false");
	rc = sl_resolve_names(c->schema, sub, base, err);
	if (rc == SL_OK && !sub->is_bool)
		rc = check_keys(node, err);
	if (rc == SL_OK && !sub->is_bool)
		rc = read_words(c, sub, err);
	return rc;
}

/* --- readers that several keywords share --- */

int
sl_read_sub(struct sl_compiler *c, struct sl_sub *sub, struct sl_word *word,
    struct sl_error *err)
{
	return sl_compile_sub(c, word->node, sub->base, &word->sub, err);
}

int
sl_read_subs(struct sl_compiler *c, struct sl_sub *sub, struct sl_word *word,
    struct sl_error *err)
{
	size_t count = sl_node_count(word->node);

	if (sl_node_kind(word->node) != SL_NODE_LIST || count == 0)
		return sl_word_error(word, word->node, err,
		    "a list of at least one schema");
	word->subs = sl_alloc_array(count, sizeof(*word->subs));
	for (size_t i = 0; i < count; i++) {
		int rc = sl_compile_sub(c, sl_node_at(word->node, i), sub->base,
		    &word->subs[i], err);

		if (rc < 0)
			return rc;
		word->sub_count++;
	}
	return SL_OK;
}

int
sl_read_named_subs(struct sl_compiler *c, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err)
{
	size_t count = sl_node_count(word->node);

	if (sl_node_kind(word->node) != SL_NODE_MAP)
		return sl_word_error(word, word->node, err,
		    "a map from names to schemas");
	word->subs = sl_alloc_array(count + 1, sizeof(*word->subs));
	for (size_t i = 0; i < count; i++) {
		int rc = sl_compile_sub(c, sl_node_at(word->node, i), sub->base,
		    &word->subs[i], err);

		if (rc < 0)
			return rc;
		word->sub_count++;
		(void)sl_map_put(&word->names,
		    sl_node_text(sl_node_key(word->node, i)), word->subs[i]);
	}
	return SL_OK;
}

/* --- the whole --- */

static int
compile(struct sl_schema *schema, const struct sl_node *root,
    struct sl_error *err)
{
	struct sl_compiler c = { .schema = schema };
	struct sl_resource *top = sl_alloc(sizeof(*top));
	int rc;

	top->uri = sl_strdup("");
	top->node = root;
	SL_GROW(schema->resources, schema->resource_count,
	    schema->resource_room);
	schema->resources[schema->resource_count++] = top;
	rc = sl_compile_sub(&c, root, top, &schema->root, err);
	if (rc == SL_OK)
		rc = sl_resolve_refs(schema, err);
	return rc;
}

int
sl_schema_compile(const struct sl_node *root, unsigned flags,
    struct sl_schema **out, struct sl_error *err)
{
	SL_CLEANUP(sl_schema_freep) struct sl_schema *schema =
	    sl_alloc(sizeof(*schema));
	int rc;

	schema->flags = flags;
	rc = compile(schema, root, err);
	if (rc == SL_OK)
		*out = sl_steal(&schema);
	return rc;
}
