/* SPDX-License-Identifier: Apache-2.0 */
/*
 * data-uri: where in S3 the files of a repository read and write.
 *
 * Every address of S3 in a file is held to the data layout. JSON is read, so
 * that an escape hides nothing and a join of parts is one address; there the
 * member that holds an address may say whether it is read or written. Any
 * other file is text.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"
#include "pipeline/pipeline.h"
#include "policy/kinds/files.h"
#include "policy/kinds/ignore.h"
#include "policy/kinds/layout.h"
#include "policy/kinds/uri.h"

/* Values of one JSON file; notebooks with data have many. */
#define MAX_NODES 500000

static const char *const deny_words[] = { "allow", "deny", NULL };
static const char *const skip_words[] = { "skip", "deny", NULL };

struct uri_rule {
	struct sl_files files;
	struct sl_file_limits limits;
	struct sl_layout *allow;
	struct sl_layout *read_only;
	size_t computed;    /* index of skip_words */
	size_t local_paths; /* index of deny_words */
	struct sl_ignore ignore;
};

static const struct sl_key uri_keys[] = {
	SL_FILES_KEYS,
	SL_FILE_LIMITS_KEYS,
	{ .name = "allow", .tighten = SL_TIGHTEN_DROP, .if_given = true },
	{ .name = "read-only", .tighten = SL_TIGHTEN_DROP, .if_given = true },
	{ .name = "computed", .tighten = SL_TIGHTEN_ORDER,
	    .order = "skip < deny" },
	{ .name = "local-paths", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	SL_IGNORE_KEY,
	{ .name = NULL },
};

static void
uri_free(void *state)
{
	struct uri_rule *r = state;

	sl_files_release(&r->files);
	sl_file_limits_release(&r->limits);
	sl_layout_free(r->allow);
	sl_layout_free(r->read_only);
	free(r);
}

static int
uri_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct uri_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	rc = sl_rule_read_files(rule, &r->files, err);
	if (rc == SL_OK)
		rc = sl_file_limits_read(rule, &r->limits, err);
	if (rc == SL_OK)
		rc = sl_layout_read(rule, "allow", &r->files, &r->allow, err);
	if (rc == SL_OK)
		rc = sl_layout_read(rule, "read-only", &r->files,
		    &r->read_only, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "computed", skip_words,
		    &r->computed, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "local-paths", deny_words,
		    &r->local_paths, err);
	if (rc == SL_OK)
		rc = sl_ignore_read(rule, &r->ignore, err);
	if (rc < 0)
		return rc;
	if (!r->files.only.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "needs files: which ones say where data is");
	if (!r->allow && !r->read_only && !r->local_paths)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a data-uri rule needs allow, read-only "
		    "or local-paths");
	return SL_OK;
}

static unsigned
uri_variables(const void *state)
{
	const struct uri_rule *r = state;

	return sl_layout_variables(r->allow) |
	    sl_layout_variables(r->read_only);
}

static bool
uri_whole_tree(const void *state)
{
	return ((const struct uri_rule *)state)->files.whole_tree;
}

static bool
uri_wants_below(struct sl_judge *j, void *state, void *walk SL_UNUSED,
    struct sl_str folder)
{
	return sl_files_could_be_below(&((struct uri_rule *)state)->files,
	    j->scratch, folder);
}

static int
uri_wants(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_error *err)
{
	const struct uri_rule *r = state;

	return sl_files_match(&r->files, j->scratch, path, err);
}

static uint64_t
uri_cap(const void *state)
{
	return ((const struct uri_rule *)state)->limits.max_bytes;
}

static int
uri_too_large(struct sl_judge *j, void *state, struct sl_str path SL_UNUSED,
    uint64_t size, struct sl_error *err)
{
	const struct uri_rule *r = state;

	return sl_file_limits_exceeded(&r->limits, j, size, err);
}

/* --- one file under judgement --- */

struct look {
	struct uri_rule *r;
	struct sl_judge *j;
	struct sl_str path;
	uint64_t left; /* findings that may still be told */
	struct sl_str text; /* that is searched */
	struct sl_position at; /* in it, where it is the whole file */
	const struct sl_node *node; /* that holds it; NULL: the file itself */
	enum sl_s3_direction direction;
	bool computed; /* an address was put together at run time */
	struct sl_error *err;
};

/* Whether its own line takes it back. JSON has no comments. */
static void
look_at_line(struct look *l, const struct sl_uri *uri, struct sl_hit *hit)
{
	struct sl_hit bare = {
		.path = hit->path,
		.line = hit->line,
		.col = hit->col,
		.message = SL_IGNORE_BARE_MESSAGE,
		.fix = SL_IGNORE_BARE_FIX,
	};
	enum sl_ignored ignored = sl_ignore_find(&l->r->ignore, l->text,
	    uri->offset, &hit->ignored);

	if (ignored != SL_IGNORED_YES)
		hit->ignored = SL_STR("");
	if (ignored == SL_IGNORED_BARE)
		sl_judge_found(l->j, &bare);
}

static void
tell(struct look *l, const struct sl_uri *uri, struct sl_hit *hit)
{
	if (!l->left)
		return;
	hit->path = l->path;
	hit->found = uri->text;
	if (l->node) {
		struct sl_mark mark = sl_node_mark(l->node);

		hit->line = mark.line;
		hit->col = mark.col;
	} else {
		sl_position_advance(&l->at, l->text, uri->offset);
		hit->line = l->at.line;
		hit->col = sl_position_col(&l->at);
		look_at_line(l, uri, hit);
	}
	l->left -= sl_judge_found(l->j, hit);
}

static void
tell_outside(struct look *l, const struct sl_uri *uri)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(20000);

	sl_layout_show(l->r->allow, l->j, &expected);
	if (l->direction != SL_S3_WRITE && l->r->read_only) {
		sl_buf_adds(&expected, expected.len ? " or " : "");
		sl_layout_show(l->r->read_only, l->j, &expected);
	}
	tell(l, uri, &(struct sl_hit){
		.expected = sl_buf_str(&expected),
		.message = "{found} is outside the data layout",
		.fix = "name a place like {expected}, or take it from a "
		       "parameter",
	    });
}

/* Whether what is known of an address before the first part that is filled
 * in later can be the beginning of an accepted one. */
static int
could_be(struct look *l, const struct sl_uri *uri)
{
	struct sl_str known = sl_strn(uri->text.ptr, uri->known);
	int rc = sl_layout_could_begin(l->r->allow, l->j, known, l->err);

	if (rc == SL_RX_NO && l->direction != SL_S3_WRITE)
		rc = sl_layout_could_begin(l->r->read_only, l->j, known,
		    l->err);
	return rc;
}

static int
check_computed(struct look *l, const struct sl_uri *uri)
{
	int rc = could_be(l, uri);

	if (rc == SL_RX_NO)
		tell_outside(l, uri);
	if (rc != SL_RX_YES)
		return rc;
	if (l->r->computed)
		tell(l, uri, &(struct sl_hit){
			.message = "{found} is put together at run time, and "
				   "cannot be held to the data layout",
			.fix = "write it out, or take the whole of it from a "
			       "parameter",
		    });
	l->computed = true;
	return SL_OK;
}

static int
check_s3(struct look *l, const struct sl_uri *uri)
{
	bool writes = l->direction == SL_S3_WRITE;
	int lake = sl_layout_match(l->r->read_only, l->j, uri->text, l->err);
	int rc;

	if (lake < 0 || (lake == SL_RX_YES && !writes))
		return lake < 0 ? lake : SL_OK;
	if (lake == SL_RX_YES) {
		tell(l, uri, &(struct sl_hit){
			.message = "{found} may be read, not written",
			.fix = "write to the place of the build (parameter "
			       "OutputUri)",
		    });
		return SL_OK;
	}
	rc = sl_layout_match(l->r->allow, l->j, uri->text, l->err);
	if (rc != SL_RX_NO)
		return rc < 0 ? rc : SL_OK;
	if (uri->known < uri->text.len)
		return check_computed(l, uri);
	tell_outside(l, uri);
	return SL_OK;
}

static int
on_uri(void *ctx, const struct sl_uri *uri)
{
	struct look *l = ctx;

	if (!l->left)
		return 1;
	if (uri->kind == SL_URI_S3)
		return l->r->allow || l->r->read_only ? check_s3(l, uri) :
							SL_OK;
	if (l->r->local_paths)
		tell(l, uri, &(struct sl_hit){
			.message = "{found} exists on one machine only",
			.fix = "make it relative to the repository, or keep "
			       "the data in S3",
		    });
	return SL_OK;
}

/* --- JSON --- */

static int
search_text(struct look *l, struct sl_str text, const struct sl_node *node)
{
	int rc;

	l->text = text;
	l->node = node;
	rc = sl_uri_find(text, on_uri, l);
	return rc < 0 ? rc : SL_OK;
}

static int
search_node(struct look *l, struct sl_str parent, const struct sl_node *node)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf joined =
	    SL_BUF_INIT((size_t)16 << 20);
	bool map = sl_node_kind(node) == SL_NODE_MAP;
	int rc = SL_OK;

	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return search_text(l, sl_node_text(node), node);
	if (sl_pipeline_join(node, &joined))
		return search_text(l, sl_buf_str(&joined), node);
	for (size_t i = 0; i < sl_node_count(node) && rc == SL_OK && l->left;
	     i++) {
		enum sl_s3_direction before = l->direction;
		struct sl_str key = parent;

		if (map) {
			key = sl_node_text(sl_node_key(node, i));
			rc = search_text(l, key, sl_node_key(node, i));
			l->direction = sl_pipeline_s3_direction(parent, key);
		}
		if (rc == SL_OK)
			rc = search_node(l, key, sl_node_at(node, i));
		l->direction = before;
	}
	return rc;
}

static bool
is_json(struct sl_str path)
{
	return sl_str_ends(path, ".json") || sl_str_ends(path, ".ipynb");
}

static int
uri_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct uri_rule *r = state;
	struct look look = { .r = r, .j = j, .path = path,
		.left = r->limits.max_findings, .at = { 0, 1, 0 },
		.err = err };
	struct sl_doc_limits limits = { .max_bytes = bytes.len + 1,
		.max_nodes = MAX_NODES };
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	sl_layout_defer(r->allow, j);
	sl_layout_defer(r->read_only, j);
	/* JSON that is broken, or too much, is text all the same. */
	if (is_json(path) && sl_doc_parse_json("data", bytes, &limits, &doc,
				 &why) == SL_OK)
		rc = search_node(&look, sl_str(""), sl_doc_root(doc));
	else
		rc = search_text(&look, bytes, NULL);
	if (look.computed && !r->computed)
		sl_judge_skipped(j, "files with addresses put together at run "
				    "time",
		    r->limits.reason);
	return rc;
}

const struct sl_rule_kind sl_kind_data_uri = {
	.name = "data-uri",
	.brief = "where in S3 the files of a repository read and write",
	.keys = uri_keys,
	.parse = uri_parse,
	.free = uri_free,
	.variables = uri_variables,
	.whole_tree = uri_whole_tree,
	.wants_below = uri_wants_below,
	.wants_blob = uri_wants,
	.blob_cap = uri_cap,
	.blob_too_large = uri_too_large,
	.blob = uri_blob,
};
