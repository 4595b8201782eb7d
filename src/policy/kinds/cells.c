/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/cells.h"

#include "base/mem.h"

/* What a format calls the parts of a code cell. */
struct names {
	const char *code;
	const char *count;
};

static const struct names format_3 = { "input", "prompt_number" };
static const struct names format_4 = { "source", "execution_count" };

static bool
is_string(const struct sl_node *node)
{
	return node && sl_node_kind(node) == SL_NODE_SCALAR &&
	    sl_node_style(node) == SL_STYLE_STRING;
}

/* A value that is there and not null. */
static const struct sl_node *
get(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node && sl_node_is_null(node) ? NULL : node;
}

static int
check_source(const struct sl_node *cell, const struct sl_node *source,
    const char *name, struct sl_error *err)
{
	bool text = is_string(source);

	if (source && sl_node_kind(source) == SL_NODE_LIST) {
		text = true;
		for (size_t i = 0; i < sl_node_count(source) && text; i++)
			text = is_string(sl_node_at(source, i));
	}
	if (text)
		return SL_OK;
	return sl_node_error(source ? source : cell, err, SL_EINVAL,
	    "a cell has no text in \"%s\"", name);
}

static int
read_cell(struct sl_notebook *nb, const struct names *names,
    const struct sl_node *node, struct sl_error *err)
{
	const struct sl_node *type = sl_node_get(node, "cell_type");
	struct sl_cell cell = { .node = node };
	const char *text = "source";
	int rc;

	if (!is_string(type))
		return sl_node_error(node, err, SL_EINVAL,
		    "a cell has no \"cell_type\"");
	if (sl_str_eqs(sl_node_text(type), "code")) {
		text = names->code;
		cell.outputs = get(node, "outputs");
		cell.count = get(node, names->count);
	}
	cell.source = get(node, text);
	rc = check_source(node, cell.source, text, err);
	if (rc < 0)
		return rc;
	if (cell.outputs && sl_node_kind(cell.outputs) != SL_NODE_LIST)
		return sl_node_error(cell.outputs, err, SL_EINVAL,
		    "the \"outputs\" of a cell are not a list");
	SL_GROW(nb->cells, nb->cell_count, nb->cell_room);
	nb->cells[nb->cell_count++] = cell;
	return SL_OK;
}

static int
read_cells(struct sl_notebook *nb, const struct names *names,
    const struct sl_node *parent, struct sl_error *err)
{
	const struct sl_node *cells = sl_node_get(parent, "cells");
	int rc = SL_OK;

	if (!cells || sl_node_kind(cells) != SL_NODE_LIST)
		return sl_node_error(cells ? cells : parent, err, SL_EINVAL,
		    "there is no list of \"cells\"");
	for (size_t i = 0; i < sl_node_count(cells) && rc == SL_OK; i++)
		rc = read_cell(nb, names, sl_node_at(cells, i), err);
	return rc;
}

static int
read_worksheets(struct sl_notebook *nb, const struct sl_node *root,
    struct sl_error *err)
{
	const struct sl_node *list = sl_node_get(root, "worksheets");
	int rc = SL_OK;

	if (!list || sl_node_kind(list) != SL_NODE_LIST)
		return sl_node_error(list ? list : root, err, SL_EINVAL,
		    "there is no list of \"worksheets\"");
	for (size_t i = 0; i < sl_node_count(list) && rc == SL_OK; i++)
		rc = read_cells(nb, &format_3, sl_node_at(list, i), err);
	return rc;
}

static int
read_metadata(struct sl_notebook *nb, const struct sl_node *root,
    struct sl_error *err)
{
	const struct sl_node *metadata = get(root, "metadata");

	nb->widgets = get(metadata, "widgets");
	nb->kernel = get(get(metadata, "kernelspec"), "name");
	if (nb->kernel && !is_string(nb->kernel))
		return sl_node_error(nb->kernel, err, SL_EINVAL,
		    "the name of the kernel is not text");
	return SL_OK;
}

int
sl_notebook_read(struct sl_str bytes, struct sl_notebook *out,
    struct sl_error *err)
{
	struct sl_doc_limits limits = { .max_bytes = bytes.len + 1,
		.max_nodes = SL_NOTEBOOK_MAX_NODES };
	const struct sl_node *root, *format;
	int rc = sl_doc_parse_json("notebook", bytes, &limits, &out->doc, err);

	if (rc < 0)
		return rc;
	root = sl_doc_root(out->doc);
	format = sl_node_get(root, "nbformat");
	if (!format || sl_node_style(format) != SL_STYLE_NUMBER)
		return sl_node_error(format ? format : root, err, SL_EINVAL,
		    "it does not say its format in \"nbformat\"");
	rc = read_metadata(out, root, err);
	if (rc < 0)
		return rc;
	if (sl_str_eqs(sl_node_text(format), "4"))
		return read_cells(out, &format_4, root, err);
	if (sl_str_eqs(sl_node_text(format), "3"))
		return read_worksheets(out, root, err);
	return sl_node_error(format, err, SL_EINVAL,
	    "its format is %.*s, not 3 or 4",
	    SL_STR_ARG(sl_node_text(format)));
}

void
sl_notebook_release(struct sl_notebook *notebook)
{
	free(notebook->cells);
	sl_doc_free(notebook->doc);
	*notebook = (struct sl_notebook){ 0 };
}
