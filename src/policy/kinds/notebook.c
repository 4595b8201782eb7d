/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook: what a Jupyter notebook may hold, and where it may be.
 *
 * A notebook that cannot be read is a breach: whoever made it can repair it,
 * and nothing else would be known about its cells.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/num.h"
#include "policy/kinds/cells.h"
#include "policy/kinds/files.h"
#include "policy/kinds/search.h"

#define ANY_NOTEBOOK "(?i).+\\.ipynb"

static const char *const deny_words[] = { "allow", "deny", NULL };

struct notebook_rule {
	struct sl_files files;
	struct sl_file_limits limits;
	struct sl_search search;
	struct sl_patterns place;
	struct sl_patterns kernels;
	struct sl_rx *any; /* what is a notebook, where `files` does not say */
	uint64_t max_size;
	bool has_max_size;
	bool whole; /* a file must be a whole notebook, whatever else it is */
	size_t outputs; /* indexes of deny_words */
	size_t counts;
	struct sl_buf places_shown;
	struct sl_buf kernels_shown;
};

static const struct sl_key notebook_keys[] = {
	SL_FILES_KEYS,
	SL_FILE_LIMITS_KEYS,
	SL_SEARCH_KEYS,
	SL_IGNORE_KEY,
	{ .name = "place", .tighten = SL_TIGHTEN_DROP },
	{ .name = "kernels", .tighten = SL_TIGHTEN_DROP },
	{ .name = "max-size", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "outputs", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "execution-counts", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = NULL },
};

static void
notebook_free(void *state)
{
	struct notebook_rule *r = state;

	sl_files_release(&r->files);
	sl_file_limits_release(&r->limits);
	sl_search_release(&r->search);
	sl_patterns_release(&r->place);
	sl_patterns_release(&r->kernels);
	sl_rx_free(r->any);
	sl_buf_release(&r->places_shown);
	sl_buf_release(&r->kernels_shown);
	free(r);
}

static int
read_notebook_patterns(struct sl_rule *rule, struct notebook_rule *r,
    struct sl_error *err)
{
	int rc = sl_rule_read_files(rule, &r->files, err);

	if (rc == SL_OK)
		rc = sl_search_read(rule, &r->search, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "place", SL_RX_FULL,
		    &r->place, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "kernels", SL_RX_FULL,
		    &r->kernels, err);
	if (rc == SL_OK)
		rc = sl_rx_compile(SL_STR(ANY_NOTEBOOK), SL_RX_FULL, NULL,
		    &r->any, err);
	if (rc < 0)
		return rc;
	sl_patterns_show(&r->place, &r->places_shown);
	sl_patterns_show(&r->kernels, &r->kernels_shown);
	return SL_OK;
}

static int
notebook_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct notebook_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	sl_buf_init(&r->places_shown, 2000);
	sl_buf_init(&r->kernels_shown, 2000);
	rc = read_notebook_patterns(rule, r, err);
	if (rc == SL_OK)
		rc = sl_file_limits_read(rule, &r->limits, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bytes(rule, "max-size", &r->max_size, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "outputs", deny_words,
		    &r->outputs, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "execution-counts", deny_words,
		    &r->counts, err);
	r->has_max_size = sl_rule_get(rule, "max-size") != NULL;
	/* What asks for nothing asks for that, also once a project adds to
	 * it. */
	r->whole = !sl_rule_get_loose(rule, "place") &&
	    !sl_rule_get_loose(rule, "max-size");
	return rc;
}

static bool
notebook_whole_tree(const void *state)
{
	return ((const struct notebook_rule *)state)->files.whole_tree;
}

static int
notebook_wants(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_error *err)
{
	const struct notebook_rule *r = state;
	int rc = SL_RX_YES;

	if (!r->files.only.count)
		rc = sl_rx_match(r->any, j->scratch, path, 0, NULL, err);
	return rc == SL_RX_YES ?
	    sl_files_match(&r->files, j->scratch, path, err) :
	    rc;
}

/* --- place --- */

/* A place is every path's own, even where two have the same contents. */
static int
check_place(struct sl_judge *j, void *state, struct sl_str path,
    uint32_t mode, struct sl_error *err)
{
	const struct notebook_rule *r = state;
	int rc;

	if (!r->place.count ||
	    (mode != SL_MODE_FILE && mode != SL_MODE_EXECUTABLE))
		return SL_OK;
	rc = notebook_wants(j, state, path, err);
	if (rc != SL_RX_YES)
		return rc;
	rc = sl_patterns_match(&r->place, j->scratch, path, NULL, NULL, err);
	if (rc == SL_RX_NO)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.expected = sl_buf_str(&r->places_shown),
			.message = "a notebook belongs in {expected}",
			.fix = "git mv it there",
		    });
	return rc < 0 ? rc : SL_OK;
}

static int
notebook_change(struct sl_judge *j, void *state,
    const struct sl_path_change *change, struct sl_error *err)
{
	if (notebook_whole_tree(state))
		return SL_OK;
	return check_place(j, state, change->path, change->new_mode, err);
}

static bool
notebook_wants_trees(const void *state)
{
	const struct notebook_rule *r = state;

	return r->place.count && r->files.whole_tree;
}

static void *
notebook_tree_begin(struct sl_judge *j SL_UNUSED, void *state)
{
	return state;
}

static int
notebook_tree_entry(struct sl_judge *j, void *state, void *walk SL_UNUSED,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	return check_place(j, state, entry->path, entry->mode, err);
}

static int
notebook_tree_end(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED,
    void *walk SL_UNUSED, struct sl_error *err SL_UNUSED)
{
	return SL_OK;
}

static void
notebook_tree_free(void *walk SL_UNUSED)
{
}

/* --- size --- */

/* Whether a rule looks into notebooks. */
static bool
reads_cells(const struct notebook_rule *r)
{
	return r->outputs || r->counts || r->kernels.count ||
	    r->search.match.count || r->whole;
}

static uint64_t
notebook_cap(const void *state)
{
	const struct notebook_rule *r = state;

	if (!reads_cells(r))
		return 0;
	return r->has_max_size && r->max_size < r->limits.max_bytes ?
	    r->max_size :
	    r->limits.max_bytes;
}

static int
notebook_too_large(struct sl_judge *j, void *state, struct sl_str path,
    uint64_t size, struct sl_error *err)
{
	const struct notebook_rule *r = state;

	if (!r->has_max_size || size <= r->max_size)
		return reads_cells(r) ?
		    sl_file_limits_exceeded(&r->limits, j, size, err) :
		    SL_OK;
	sl_file_tell_size(j, path, size, r->max_size,
	    "clear its outputs (jupyter nbconvert --clear-output --inplace), "
	    "and keep data in S3");
	return SL_OK;
}

/* --- cells --- */

/* One notebook under judgement. */
struct look {
	const struct notebook_rule *r;
	struct sl_judge *j;
	struct sl_str path;
	uint64_t left; /* findings that may still be told */
	char where[64];
	const struct sl_node *text; /* that is searched */
	bool output; /* it was printed, not written */
};

static bool
tell(struct look *l, const struct sl_node *node, struct sl_hit *hit)
{
	struct sl_mark mark = sl_node_mark(node);
	bool counts;

	if (!l->left)
		return false;
	hit->path = l->path;
	hit->where = sl_str(l->where);
	hit->where_moves = true;
	hit->line = mark.line;
	hit->col = mark.col;
	counts = sl_judge_found(l->j, hit);
	l->left -= counts;
	return counts;
}

/* The string of a list of strings that holds a byte of them joined. */
static const struct sl_node *
piece_at(const struct sl_node *text, size_t offset)
{
	for (size_t i = 0; i < sl_node_count(text); i++) {
		size_t len = sl_node_text(sl_node_at(text, i)).len;

		if (offset < len || i + 1 == sl_node_count(text))
			return sl_node_at(text, i);
		offset -= len;
	}
	return text;
}

static bool
tell_match(void *ctx, struct sl_hit *hit)
{
	struct look *l = ctx;
	size_t end = strlen(l->where);
	bool counts;

	snprintf(l->where + end, sizeof(l->where) - end, ", line %u",
	    hit->line);
	hit->message = l->r->search.secret ?
	    "{where}: this looks like a secret: {found}" :
	    "{where}: \"{found}\" must not be there";
	counts = tell(l, piece_at(l->text, hit->match->start), hit);
	l->where[end] = '\0';
	return counts;
}

/* Search a string, or the strings of a list as the one text that they are. */
static int
search(struct look *l, const struct sl_node *text, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf joined =
	    SL_BUF_INIT((size_t)16 << 20);
	struct sl_search how = l->r->search;
	uint64_t left = l->left;

	if (l->output)
		how.ignore.rule = NULL;
	if (sl_node_kind(text) == SL_NODE_SCALAR)
		sl_buf_addv(&joined, sl_node_text(text));
	for (size_t i = 0; i < sl_node_count(text); i++)
		sl_buf_addv(&joined, sl_node_text(sl_node_at(text, i)));
	l->text = text;
	return sl_search_text(&how, l->j, sl_buf_str(&joined), &left,
	    tell_match, l, err);
}

/* Whether all that a list holds is text. */
static bool
is_text(const struct sl_node *node)
{
	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return true;
	if (sl_node_kind(node) == SL_NODE_MAP)
		return false;
	for (size_t i = 0; i < sl_node_count(node); i++)
		if (sl_node_kind(sl_node_at(node, i)) != SL_NODE_SCALAR)
			return false;
	return true;
}

/* Every text in an output; the reader caps how deep it nests. */
static int
search_all(struct look *l, const struct sl_node *node, struct sl_error *err)
{
	int rc = SL_OK;

	if (is_text(node))
		return search(l, node, err);
	for (size_t i = 0; i < sl_node_count(node) && rc == SL_OK; i++)
		rc = search_all(l, sl_node_at(node, i), err);
	return rc;
}

static void
check_count(struct look *l, const struct sl_node *count)
{
	if (!count || sl_node_is_null(count) ||
	    sl_node_kind(count) != SL_NODE_SCALAR)
		return;
	tell(l, count, &(struct sl_hit){
		.found = sl_node_text(count),
		.message = "{where} has been run: its count is {found}",
		.fix = "jupyter nbconvert --clear-output --inplace clears "
		       "outputs and counts",
	    });
}

static int
check_outputs(struct look *l, const struct sl_cell *cell,
    struct sl_error *err)
{
	size_t end = strlen(l->where), count = 0;
	int rc = SL_OK;

	if (cell->outputs)
		count = sl_node_count(cell->outputs);
	if (count && l->r->outputs)
		tell(l, cell->outputs, &(struct sl_hit){
			.message = "{where} holds outputs",
			.fix = "jupyter nbconvert --clear-output --inplace "
			       "clears outputs and counts",
		    });
	for (size_t i = 0; i < count && rc == SL_OK; i++) {
		const struct sl_node *output = sl_node_at(cell->outputs, i);

		snprintf(l->where + end, sizeof(l->where) - end,
		    ", output %zu", i + 1);
		/* Outputs that go take their counts with them. */
		if (l->r->counts && !l->r->outputs) {
			check_count(l, sl_node_get(output, "execution_count"));
			check_count(l, sl_node_get(output, "prompt_number"));
		}
		l->output = true;
		if (l->r->search.match.count)
			rc = search_all(l, output, err);
		l->output = false;
	}
	l->where[end] = '\0';
	return rc;
}

static int
check_cells(struct look *l, const struct sl_notebook *nb, struct sl_error *err)
{
	int rc = SL_OK;

	for (size_t i = 0; i < nb->cell_count && rc == SL_OK && l->left; i++) {
		const struct sl_cell *cell = &nb->cells[i];

		snprintf(l->where, sizeof(l->where), "cell %zu", i + 1);
		if (l->r->counts)
			check_count(l, cell->count);
		if (l->r->search.match.count)
			rc = search(l, cell->source, err);
		if (rc == SL_OK)
			rc = check_outputs(l, cell, err);
	}
	return rc;
}

static int
check_kernel(struct look *l, const struct sl_notebook *nb,
    struct sl_error *err)
{
	struct sl_hit hit = {
		.expected = sl_buf_str(&l->r->kernels_shown),
		.message = "the notebook names no kernel; it must be "
			   "{expected}",
		.fix = "choose the kernel in Jupyter (Kernel, Change Kernel), "
		       "and save it",
	};
	int rc = SL_RX_NO;

	if (!l->r->kernels.count)
		return SL_OK;
	if (nb->kernel) {
		hit.found = sl_node_text(nb->kernel);
		hit.message = "the kernel is {found}, not {expected}";
		rc = sl_patterns_match(&l->r->kernels, l->j->scratch,
		    hit.found, NULL, NULL, err);
	}
	if (rc == SL_RX_NO)
		tell(l, nb->kernel ? nb->kernel : sl_doc_root(nb->doc), &hit);
	return rc < 0 ? rc : SL_OK;
}

static int
check_notebook(struct look *l, const struct sl_notebook *nb,
    struct sl_error *err)
{
	int rc = check_kernel(l, nb, err);

	if (rc == SL_OK && nb->widgets && l->r->outputs)
		tell(l, nb->widgets, &(struct sl_hit){
			.message = "the notebook holds the state of its "
				   "widgets",
			.fix = "clear it in Jupyter (Widgets, Clear Notebook "
			       "Widgets State), and save it",
		    });
	return rc == SL_OK ? check_cells(l, nb, err) : rc;
}

static int
notebook_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err)
{
	SL_CLEANUP(sl_notebook_release) struct sl_notebook nb = { 0 };
	const struct notebook_rule *r = state;
	struct look look = { .r = r, .j = j, .path = path,
		.left = r->limits.max_findings };
	struct sl_error why = SL_ERROR_INIT;
	struct sl_hit hit = {
		.path = path,
		.message = "this is not a whole notebook: {found}",
		.fix = "open it in Jupyter and save it again",
	};
	int rc;

	if (!reads_cells(r))
		return SL_OK;
	rc = sl_notebook_read(bytes, &nb, &why);
	if (rc == SL_OK)
		return check_notebook(&look, &nb, err);
	if (rc != SL_EINVAL)
		return sl_error_set(err, SL_ELIMIT,
		    "the notebook was not read: %s; clear its outputs",
		    why.text);
	hit.found = sl_str(why.text);
	sl_hit_at_error(&hit, &why);
	sl_judge_found(j, &hit);
	return SL_OK;
}

const struct sl_rule_kind sl_kind_notebook = {
	.name = "notebook",
	.brief = "what a Jupyter notebook may hold, and where it may be",
	.keys = notebook_keys,
	.parse = notebook_parse,
	.free = notebook_free,
	.change = notebook_change,
	.wants_trees = notebook_wants_trees,
	.tree_begin = notebook_tree_begin,
	.tree_entry = notebook_tree_entry,
	.tree_end = notebook_tree_end,
	.tree_free = notebook_tree_free,
	.whole_tree = notebook_whole_tree,
	.wants_blob = notebook_wants,
	.blob_cap = notebook_cap,
	.blob_too_large = notebook_too_large,
	.blob = notebook_blob,
};
