/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve: names of subschemas, where references lead, and whether they come
 * to an end.
 */
#include "schema/schema_int.h"

#include "base/mem.h"
#include "base/num.h"

#include <stdio.h>

#define MAX_URI 4096
/* Subschemas that a value may be held to one within the other, before one of
 * its elements or members is looked at. */
#define MAX_HEIGHT 128

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

/* --- names --- */

static const struct sl_node *
own_text(const struct sl_sub *sub, const char *key)
{
	return sub->is_bool ? NULL : sl_node_get(sub->node, key);
}

static int
check_dialect(const struct sl_sub *sub, struct sl_error *err)
{
	const struct sl_node *node = own_text(sub, "$schema");
	struct sl_str text;
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_read_text(node, "$schema", &text, err);
	if (rc == SL_OK && sl_str_ends(text, "#"))
		text.len--;
	if (rc == SL_OK && !sl_str_eqs(text, DIALECT))
		return sl_node_error(node, err, SL_ECONFIG,
		    "only the dialect %s is known here", DIALECT);
	return rc;
}

static int
add_resource(struct sl_schema *schema, struct sl_sub *sub, const char *uri,
    struct sl_error *err)
{
	struct sl_resource *r = sl_alloc(sizeof(*r));

	r->uri = sl_strdup(uri);
	r->node = sub->node;
	r->root = sub;
	sub->base = r;
	SL_GROW(schema->resources, schema->resource_count,
	    schema->resource_room);
	schema->resources[schema->resource_count++] = r;
	if (!sl_map_put(&schema->by_uri, sl_str(uri), r))
		return sl_node_error(sub->node, err, SL_ECONFIG,
		    "a second schema has the $id \"%s\"", uri);
	return SL_OK;
}

static int
read_id(struct sl_schema *schema, struct sl_sub *sub,
    struct sl_resource *around, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf uri = SL_BUF_INIT(MAX_URI);
	const struct sl_node *node = own_text(sub, "$id");
	struct sl_str text, fragment;
	int rc;

	sub->base = around;
	if (node == NULL) {
		if (around->root != NULL)
			return SL_OK;
		around->root = sub;
		(void)sl_map_put(&schema->by_uri, sl_str(around->uri), around);
		return SL_OK;
	}
	rc = sl_node_read_text(node, "$id", &text, err);
	if (rc < 0)
		return rc;
	sl_uri_resolve(sl_str(around->uri), text, &uri, &fragment);
	if (fragment.len > 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "$id must have no fragment; a name within a schema is an "
		    "$anchor");
	if (uri.over)
		return sl_node_error(node, err, SL_ECONFIG, "$id is too long");
	return add_resource(schema, sub, sl_buf_cstr(&uri), err);
}

static bool
is_anchor(struct sl_str name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool first = (c >= 'A' && c <= 'Z') ||
		    (c >= 'a' && c <= 'z') || c == '_';

		if (!first &&
		    (i == 0 ||
			!((c >= '0' && c <= '9') || c == '-' || c == '.')))
			return false;
	}
	return name.len > 0;
}

static int
read_anchor(struct sl_sub *sub, const char *key, struct sl_map *also,
    struct sl_error *err)
{
	const struct sl_node *node = own_text(sub, key);
	struct sl_str name;
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_read_text(node, key, &name, err);
	if (rc < 0)
		return rc;
	if (!is_anchor(name))
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s must be a letter or _, then letters, digits, -, _ "
		    "and .", key);
	if (!sl_map_put(&sub->base->anchors, name, sub))
		return sl_node_error(node, err, SL_ECONFIG,
		    "a second schema has the anchor \"%.*s\"",
		    SL_STR_ARG(name));
	if (also != NULL)
		(void)sl_map_put(also, name, sub);
	return SL_OK;
}

int
sl_resolve_names(struct sl_schema *schema, struct sl_sub *sub,
    struct sl_resource *base, struct sl_error *err)
{
	int rc = check_dialect(sub, err);

	if (rc == SL_OK)
		rc = read_id(schema, sub, base, err);
	if (rc == SL_OK)
		rc = read_anchor(sub, "$anchor", NULL, err);
	if (rc == SL_OK)
		rc = read_anchor(sub, "$dynamicAnchor", &sub->base->dynamic,
		    err);
	return rc;
}

/* --- references --- */

/* Undo ~1 and ~0. @source RFC 6901, section 4 */
static void
unescape(struct sl_str s, struct sl_buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		bool escape = s.ptr[i] == '~' && i + 1 < s.len &&
		    (s.ptr[i + 1] == '0' || s.ptr[i + 1] == '1');

		if (escape)
			sl_buf_addc(out, s.ptr[++i] == '0' ? '~' : '/');
		else
			sl_buf_addc(out, s.ptr[i]);
	}
}

static const struct sl_node *
step_into(const struct sl_node *node, struct sl_str step)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf key = SL_BUF_INIT(step.len);
	uint64_t index;

	unescape(step, &key);
	if (sl_node_kind(node) == SL_NODE_MAP)
		return sl_value_member(node, sl_buf_str(&key));
	if (sl_node_kind(node) != SL_NODE_LIST ||
	    sl_num_parse(sl_buf_str(&key), UINT32_MAX, &index) < 0 ||
	    index >= sl_node_count(node))
		return NULL;
	return sl_node_at(node, index);
}

/* Follow a JSON Pointer from the top of a resource. */
static struct sl_sub *
follow(const struct sl_schema *schema, struct sl_resource *resource,
    struct sl_str pointer)
{
	const struct sl_node *node = resource->node;
	const struct sl_resource *around = resource;
	struct sl_sub *sub = resource->root;

	while (pointer.len > 0) {
		size_t end = 1;

		while (end < pointer.len && pointer.ptr[end] != '/')
			end++;
		node = step_into(node, sl_strn(pointer.ptr + 1, end - 1));
		if (node == NULL)
			return NULL;
		pointer = sl_strn(pointer.ptr + end, pointer.len - end);
		sub = sl_schema_sub_at(schema, node, around);
		if (sub != NULL)
			around = sub->base;
	}
	return sub;
}

static int
find_target(const struct sl_schema *schema, struct sl_resource *resource,
    struct sl_word *word, struct sl_str fragment, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(MAX_URI);
	struct sl_str name;

	sl_uri_decode(fragment, &text);
	name = sl_buf_str(&text);
	if (name.len == 0)
		word->sub = resource->root;
	else if (name.ptr[0] == '/')
		word->sub = follow(schema, resource, name);
	else
		word->sub = sl_map_get(&resource->anchors, name);
	if (word->sub == NULL)
		return sl_node_error(word->node, err, SL_ECONFIG,
		    "%s leads to no schema", word->kind->name);
	/* Only where an anchor that is dynamic is named is the search so. */
	if (!strcmp(word->kind->name, "$dynamicRef") &&
	    sl_map_get(&resource->dynamic, name) == word->sub)
		word->dynamic = fragment;
	return SL_OK;
}

static int
resolve_ref(struct sl_schema *schema, const struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf uri = SL_BUF_INIT(MAX_URI);
	struct sl_resource *resource;
	struct sl_str text, fragment;
	int rc = sl_node_read_text(word->node, word->kind->name, &text, err);

	if (rc < 0)
		return rc;
	sl_uri_resolve(sl_str(sub->base->uri), text, &uri, &fragment);
	resource = uri.over ? NULL :
			      sl_map_get(&schema->by_uri, sl_buf_str(&uri));
	if (resource == NULL)
		return sl_node_error(word->node, err, SL_ECONFIG,
		    "%s leads out of this schema; nothing is fetched, so put "
		    "what it needs into $defs",
		    word->kind->name);
	return find_target(schema, resource, word, fragment, err);
}

/* --- circles --- */

/* Keywords that hold the same value to other subschemas. */
static const char *const same_value[] = { "allOf", "anyOf", "oneOf", "not",
	"if", "then", "else", "dependentSchemas", "$ref", "$dynamicRef", NULL };

static bool
stays(const struct sl_word *word)
{
	for (size_t i = 0; same_value[i] != NULL; i++)
		if (!strcmp(word->kind->name, same_value[i]))
			return true;
	return false;
}

static int find_height(struct sl_sub *sub, unsigned depth,
    struct sl_error *err);

static int
see_word(struct sl_sub *sub, struct sl_sub *next, const struct sl_word *word,
    unsigned depth, struct sl_error *err)
{
	int rc;

	if (next->visit == SL_SUB_OPEN)
		return sl_node_error(word->key, err, SL_ECONFIG,
		    "%s comes back to a schema that it stands in, without "
		    "going into the value: this would never end",
		    word->kind->name);
	rc = find_height(next, depth + 1, err);
	if (rc == SL_OK && next->height + 1 > sub->height)
		sub->height = next->height + 1;
	if (rc == SL_OK && depth + sub->height > MAX_HEIGHT)
		return sl_node_error(word->key, err, SL_ETOOBIG,
		    "more than %d schemas for one value, each within the "
		    "other", MAX_HEIGHT);
	return rc;
}

static int
find_height(struct sl_sub *sub, unsigned depth, struct sl_error *err)
{
	int rc = SL_OK;

	if (sub->visit == SL_SUB_DONE)
		return SL_OK;
	if (depth > MAX_HEIGHT)
		return sl_node_error(sub->node, err, SL_ETOOBIG,
		    "more than %d schemas for one value, each within the "
		    "other", MAX_HEIGHT);
	sub->visit = SL_SUB_OPEN;
	for (size_t i = 0; i < sub->word_count && rc == SL_OK; i++) {
		const struct sl_word *word = &sub->words[i];

		if (!stays(word))
			continue;
		if (word->sub != NULL)
			rc = see_word(sub, word->sub, word, depth, err);
		for (size_t k = 0; k < word->sub_count && rc == SL_OK; k++)
			rc = see_word(sub, word->subs[k], word, depth, err);
	}
	sub->visit = SL_SUB_DONE;
	return rc;
}

int
sl_resolve_refs(struct sl_schema *schema, struct sl_error *err)
{
	int rc = SL_OK;

	for (size_t i = 0; i < schema->sub_count && rc == SL_OK; i++) {
		struct sl_sub *sub = schema->subs[i];

		for (size_t k = 0; k < sub->word_count && rc == SL_OK; k++) {
			const char *name = sub->words[k].kind->name;

			if (!strcmp(name, "$ref") ||
			    !strcmp(name, "$dynamicRef"))
				rc = resolve_ref(schema, sub, &sub->words[k],
				    err);
		}
	}
	for (size_t i = 0; i < schema->sub_count && rc == SL_OK; i++)
		rc = find_height(schema->subs[i], 0, err);
	return rc;
}
