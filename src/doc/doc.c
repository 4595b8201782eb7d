/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fsx.h"
#include "doc/doc_int.h"

const struct sl_node *
sl_doc_root(const struct sl_doc *doc)
{
	return doc->root;
}

enum sl_node_kind
sl_node_kind(const struct sl_node *node)
{
	return node->kind;
}

struct sl_mark
sl_node_mark(const struct sl_node *node)
{
	return (struct sl_mark){ node->doc->file, node->line, node->col };
}

struct sl_str
sl_node_text(const struct sl_node *node)
{
	return node->kind == SL_NODE_SCALAR ? node->text : SL_STR("");
}

enum sl_scalar_style
sl_node_style(const struct sl_node *node)
{
	return node->style;
}

bool
sl_node_is_null(const struct sl_node *node)
{
	if (node->kind != SL_NODE_SCALAR)
		return false;
	if (node->style == SL_STYLE_WORD)
		return sl_str_eqs(node->text, "null");
	return node->style == SL_STYLE_PLAIN &&
	    (node->text.len == 0 || sl_str_eqs(node->text, "~") ||
		sl_str_eqs(node->text, "null"));
}

size_t
sl_node_count(const struct sl_node *node)
{
	return node->count;
}

const struct sl_node *
sl_node_at(const struct sl_node *node, size_t index)
{
	return node->kind == SL_NODE_MAP ? node->items[2 * index + 1] :
					   node->items[index];
}

const struct sl_node *
sl_node_key(const struct sl_node *map, size_t index)
{
	return map->items[2 * index];
}

const struct sl_node *
sl_node_get(const struct sl_node *map, const char *key)
{
	if (map == NULL || map->kind != SL_NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->count; i++)
		if (sl_str_eqs(map->items[2 * i]->text, key))
			return map->items[2 * i + 1];
	return NULL;
}

int
sl_node_error(const struct sl_node *node, struct sl_error *err, int code,
    const char *fmt, ...)
{
	struct sl_error text = SL_ERROR_INIT;
	va_list ap;

	if (err == NULL)
		return code;
	va_start(ap, fmt);
	sl_error_vset(&text, code, fmt, ap);
	va_end(ap);
	return sl_error_at(err, code, node->doc->file, node->line, node->col,
	    "%s", text.text);
}

int
sl_doc_parse(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err)
{
	if (sl_str_ends(sl_str(name), ".json"))
		return sl_doc_parse_json(name, text, limits, out, err);
	return sl_doc_parse_yaml(name, text, limits, out, err);
}

int
sl_doc_read(const char *path, const struct sl_doc_limits *limits,
    struct sl_doc **out, struct sl_error *err)
{
	size_t max = limits != NULL && limits->max_bytes != 0 ?
	    limits->max_bytes :
	    SL_DOC_DEFAULT_BYTES;
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(max);
	int rc = sl_fsx_read(path, &text, err);

	if (rc < 0)
		return rc;
	return sl_doc_parse(path, sl_buf_str(&text), limits, out, err);
}

void
sl_node_image(const struct sl_node *node, struct sl_buf *out)
{
	bool scalar = node->kind == SL_NODE_SCALAR;
	size_t items = node->kind == SL_NODE_MAP ? 2 * node->count :
						   node->count;
	size_t length = scalar ? node->text.len : node->count;
	char head[3 + sizeof(length)] = { (char)node->kind,
		(char)node->style, (char)node->multiline };

	/* Of a fixed size, so that nothing runs into the next. */
	memcpy(head + 3, &length, sizeof(length));
	sl_buf_add(out, head, sizeof(head));
	if (scalar)
		sl_buf_addv(out, node->text);
	for (size_t i = 0; i < items && !scalar; i++)
		sl_node_image(node->items[i], out);
}
