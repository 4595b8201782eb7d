/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config: JSON and YAML files that must fit a JSON Schema.
 *
 * The schema stands in the rule, or in a file beside the policy. A rule of
 * the project may name one in the repository: then the files of a new tip's
 * tree are held to the schema of the same tree, in one walk.
 */
#include "policy/kinds/kinds.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "policy/kinds/conform.h"
#include "policy/policy.h"

/* Files of one tree, and their bytes in all, that a walk reads. */
#define MAX_WALK_FILES 2000
#define MAX_WALK_BYTES ((uint64_t)64 << 20)

struct config_rule {
	struct sl_files files;
	struct sl_file_limits limits;
	struct sl_conform how;
	const struct sl_schema *schema; /* NULL: in the tree */
	struct sl_schema *inline_schema;
	struct sl_own_schema own;
	struct sl_str tree_path; /* of the schema in the tree */
};

/* A format that is checked under `not` makes a schema accept more. */
static const struct sl_key config_keys[] = {
	SL_FILES_KEYS,
	SL_FILE_LIMITS_KEYS,
	{ .name = "schema" },
	{ .name = "syntax" },
	{ .name = "formats" },
	{ .name = "secret", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true" },
	{ .name = NULL },
};
static const char *const syntax_words[] = { "by-name", "json", "yaml", NULL };

static void
config_free(void *state)
{
	struct config_rule *r = state;

	sl_files_release(&r->files);
	sl_file_limits_release(&r->limits);
	sl_schema_free(r->inline_schema);
	sl_own_schema_release(&r->own);
	free(r);
}

/* --- reading the rule --- */

/* A relative path that stays where it begins. */
static int
read_path(const struct sl_node *node, struct sl_str *out, struct sl_error *err)
{
	size_t start = 0;
	int rc = sl_node_read_text(node, "schema", out, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i <= out->len; i++) {
		struct sl_str part = sl_strn(out->ptr + start, i - start);

		if (i < out->len && out->ptr[i] != '/')
			continue;
		if (part.len == 0 || sl_str_eqs(part, ".") ||
		    sl_str_eqs(part, ".."))
			return sl_node_error(node, err, SL_ECONFIG,
			    "schema must be a schema, or a relative path "
			    "without empty parts, . and ..");
		start = i + 1;
	}
	return SL_OK;
}

/* A schema that was read: what it says counts in the policy's digest. */
static int
adopt(struct sl_rule *rule, struct config_rule *r,
    const struct sl_schema *schema, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf form =
	    SL_BUF_INIT((size_t)8 << 20);

	if (sl_schema_form(schema, &form) < 0)
		return sl_rule_error(rule, err, SL_ETOOBIG,
		    "has a schema that is too large");
	sl_rule_add_meaning(rule, sl_buf_str(&form));
	r->schema = schema;
	return sl_rule_charge_bytes(rule, sl_schema_pattern_bytes(schema), err);
}

static int
read_beside(struct sl_rule *rule, struct config_rule *r,
    const struct sl_node *node, const char *folder, struct sl_str name,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(folder, name.ptr);
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_CONFORM_MAX_SCHEMA);
	struct sl_error why = SL_ERROR_INIT;
	int rc = sl_fsx_read(path, &text, &why);

	if (rc < 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "the schema beside the policy cannot be read: %s",
		    why.text);
	rc = sl_own_schema_read(path, sl_buf_str(&text), &r->how, &r->own, err);
	return rc < 0 ? rc : adopt(rule, r, r->own.schema, err);
}

static int
read_named(struct sl_rule *rule, struct config_rule *r,
    const struct sl_node *node, struct sl_error *err)
{
	const char *folder = NULL;
	struct sl_str path;
	int rc = read_path(node, &path, err);

	if (rc < 0)
		return rc;
	switch (sl_rule_home(rule, "schema", &folder)) {
	case SL_HOME_FOLDER:
		return read_beside(rule, r, node, folder, path, err);
	case SL_HOME_PROJECT:
		r->tree_path = path;
		return SL_OK;
	default:
		return sl_node_error(node, err, SL_ECONFIG,
		    "this policy is in no folder that a schema could lie in; "
		    "write the schema into the rule");
	}
}

static int
read_schema(struct sl_rule *rule, struct config_rule *r, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "schema");
	int rc;

	if (!node)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a config rule needs schema");
	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return read_named(rule, r, node, err);
	rc = sl_schema_compile(node, r->how.formats ? SL_SCHEMA_FORMATS : 0,
	    &r->inline_schema, err);
	return rc < 0 ? rc : adopt(rule, r, r->inline_schema, err);
}

static int
config_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct config_rule *r = sl_alloc(sizeof(*r));
	size_t syntax = 0;
	int rc;

	*state = r;
	r->how.limits = &r->limits;
	rc = sl_rule_read_files(rule, &r->files, err);
	if (rc == SL_OK)
		rc = sl_file_limits_read(rule, &r->limits, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "syntax", syntax_words, &syntax,
		    err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "formats", &r->how.formats, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "secret", &r->how.hide, err);
	r->how.syntax = (enum sl_syntax)syntax;
	if (rc == SL_OK && !r->files.only.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "is about no file: a config rule needs files");
	if (rc == SL_OK)
		rc = read_schema(rule, r, err);
	if (rc == SL_OK && r->tree_path.len && sl_rule_get(rule, "scope") &&
	    !r->files.whole_tree)
		return sl_node_error(sl_rule_get(rule, "scope"), err,
		    SL_ECONFIG,
		    "files are held to a schema in the repository tree by "
		    "tree; leave scope out, or write the schema into the "
		    "rule");
	return rc;
}

/* --- file by file --- */

static bool
config_whole_tree(const void *state)
{
	const struct config_rule *r = state;

	return r->files.whole_tree || !r->schema;
}

static int
config_wants(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_error *err)
{
	const struct config_rule *r = state;

	/* Where the schema is in the tree, the walk below reads the files. */
	if (!r->schema && j->set)
		return SL_RX_NO;
	return sl_files_match(&r->files, j->scratch, path, err);
}

static uint64_t
config_cap(const void *state)
{
	return ((const struct config_rule *)state)->limits.max_bytes;
}

static int
config_too_large(struct sl_judge *j, void *state,
    struct sl_str path SL_UNUSED, uint64_t size, struct sl_error *err)
{
	const struct config_rule *r = state;

	return sl_file_limits_exceeded(&r->limits, j, size, err);
}

static int
config_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err)
{
	const struct config_rule *r = state;

	if (!r->schema)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the schema is in the repository, and examples have none");
	return sl_conform_judge(j, &r->how, r->schema, path, bytes, err);
}

/* --- tree by tree, where the schema is in the tree --- */

/* A file that waits for the schema. */
struct file {
	char *path;
	struct sl_oid oid;
};

struct walk {
	struct file *files;
	size_t count;
	size_t room;
	struct sl_oid schema;
	bool has_schema;
};

static bool
config_wants_trees(const void *state)
{
	return !((const struct config_rule *)state)->schema;
}

static void *
config_begin(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED)
{
	return sl_alloc(sizeof(struct walk));
}

static void
config_walk_free(void *walk)
{
	struct walk *w = walk;

	for (size_t i = 0; i < w->count; i++)
		free(w->files[i].path);
	free(w->files);
	free(w);
}

static int
config_entry(struct sl_judge *j, void *state, void *walk,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	const struct config_rule *r = state;
	struct walk *w = walk;
	int rc;

	if (entry->mode != SL_MODE_FILE && entry->mode != SL_MODE_EXECUTABLE)
		return SL_OK;
	if (sl_str_eq(entry->path, r->tree_path)) {
		w->schema = entry->oid;
		w->has_schema = true;
	}
	rc = sl_files_match(&r->files, j->scratch, entry->path, err);
	if (rc != SL_RX_YES)
		return rc;
	if (w->count == MAX_WALK_FILES)
		return sl_error_set(err, SL_ELIMIT,
		    "more than %d files are to fit one schema", MAX_WALK_FILES);
	SL_GROW(w->files, w->count, w->room);
	w->files[w->count++] = (struct file){
		sl_strndup(entry->path.ptr, entry->path.len), entry->oid };
	return SL_OK;
}

/* @return SL_RX_YES, SL_RX_NO (told), or an error */
static int
read_tree_schema(struct sl_judge *j, const struct config_rule *r,
    const struct walk *w, struct sl_own_schema *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_CONFORM_MAX_SCHEMA);
	SL_CLEANUP(sl_freep) char *name =
	    sl_strndup(r->tree_path.ptr, r->tree_path.len);
	struct sl_error why = SL_ERROR_INIT;
	int rc = SL_ENOTFOUND;

	if (w->has_schema)
		rc = j->source->blob_read(j->source->self, &w->schema, &text,
		    &why);
	else
		(void)sl_error_set(&why, rc, "it is not in the repository");
	if (rc == SL_OK)
		rc = sl_own_schema_read(name, sl_buf_str(&text), &r->how, out,
		    &why);
	if (rc == SL_OK)
		return SL_RX_YES;
	if (rc != SL_ENOTFOUND && rc != SL_ECONFIG && rc != SL_EINVAL &&
	    rc != SL_ETOOBIG)
		return sl_error_set(err, rc, "%s: %s", name, why.text);
	sl_conform_tell_broken(j, r->tree_path, &why,
	    "the schema of this rule cannot be used: {found}");
	return SL_RX_NO;
}

static int
judge_file(struct sl_judge *j, const struct config_rule *r,
    const struct sl_schema *schema, const struct file *file, uint64_t *left,
    struct sl_error *err)
{
	const struct sl_object_source *source = j->source;
	SL_CLEANUP(sl_buf_release) struct sl_buf bytes =
	    SL_BUF_INIT(r->limits.max_bytes);
	uint64_t size;
	int rc = source->blob_size(source->self, &file->oid, &size, err);

	if (rc == SL_OK && size > r->limits.max_bytes)
		return sl_file_limits_exceeded(&r->limits, j, size, err);
	if (rc == SL_OK && size > *left)
		return sl_error_set(err, SL_ELIMIT,
		    "the files that are to fit one schema have more than 64 "
		    "MiB together");
	if (rc == SL_OK)
		rc = source->blob_read(source->self, &file->oid, &bytes, err);
	if (rc < 0)
		return rc;
	*left -= size;
	return sl_conform_judge(j, &r->how, schema, sl_str(file->path),
	    sl_buf_str(&bytes), err);
}

static int
config_end(struct sl_judge *j, void *state, void *walk, struct sl_error *err)
{
	const struct config_rule *r = state;
	const struct walk *w = walk;
	SL_CLEANUP(sl_own_schema_release) struct sl_own_schema own = {
		NULL, NULL
	};
	uint64_t left = MAX_WALK_BYTES;
	int rc, result = SL_OK;

	if (!w->count || r->schema)
		return SL_OK;
	rc = read_tree_schema(j, r, w, &own, err);
	if (rc != SL_RX_YES)
		return rc;
	for (size_t i = 0; i < w->count; i++) {
		struct sl_error why = SL_ERROR_INIT;

		rc = judge_file(j, r, own.schema, &w->files[i], &left, &why);
		/* The others are judged all the same; the first is told. */
		if (rc < 0 && result == SL_OK)
			result = sl_error_set(err, rc, "%s: %s",
			    w->files[i].path, why.text);
	}
	return result;
}

const struct sl_rule_kind sl_kind_config = {
	.name = "config",
	.brief = "JSON and YAML files that must fit a JSON Schema",
	.keys = config_keys,
	.parse = config_parse,
	.free = config_free,
	.wants_trees = config_wants_trees,
	.tree_begin = config_begin,
	.tree_entry = config_entry,
	.tree_end = config_end,
	.tree_free = config_walk_free,
	.whole_tree = config_whole_tree,
	.wants_blob = config_wants,
	.blob_cap = config_cap,
	.blob_too_large = config_too_large,
	.blob = config_blob,
};
