/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cells: a Jupyter notebook as the rules see it: its cells in one row,
 * whichever of the formats 3 and 4 it is in. Pure.
 *
 * @source nbformat, "The Notebook file format"; its JSON schemas 3 and 4
 */
#ifndef SL_POLICY_KINDS_CELLS_H
#define SL_POLICY_KINDS_CELLS_H

#include "doc/doc.h"

/** Values of one notebook; outputs with data have many. */
#define SL_NOTEBOOK_MAX_NODES 500000

struct sl_cell {
	const struct sl_node *node;
	const struct sl_node *source;  /* a string, or a list of strings */
	const struct sl_node *outputs; /* a list; NULL: none */
	const struct sl_node *count;   /* how often it was run; NULL: never */
};

/** Zero-initialise. Nodes live as long as the notebook. */
struct sl_notebook {
	struct sl_doc *doc;
	struct sl_cell *cells; /* in order; of all worksheets */
	size_t cell_count;
	size_t cell_room;
	const struct sl_node *kernel;  /* its name, a string; NULL: none */
	const struct sl_node *widgets; /* saved state; NULL: none */
};

/**
 * Read a notebook.
 *
 * @param bytes  hostile
 * @param[out] out  sl_notebook_release, even after a failure
 * @return 0, SL_EINVAL (no notebook of format 3 or 4; the place says where),
 *         SL_ETOOBIG (a cap of the document)
 */
int sl_notebook_read(struct sl_str bytes, struct sl_notebook *out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_notebook_release(struct sl_notebook *notebook);

#endif
