/* SPDX-License-Identifier: Apache-2.0 */
#include "config/policy_source.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "config/config_int.h"
#include "doc/json.h"

/** Bytes of a map given as an option. */
#define TEXT_MAX ((size_t)16 * 1024)

bool
sl_policy_source_is_set(const struct sl_policy_source *source)
{
	return source->path != NULL || source->repository != NULL;
}

void
sl_policy_source_release(struct sl_policy_source *source)
{
	free(source->path);
	free(source->repository);
	free(source->ref);
	free(source->commit);
	free(source->file);
	memset(source, 0, sizeof(*source));
}

static int
read_repository(const struct sl_node *node, struct sl_policy_source *out,
    struct sl_error *err)
{
	static const char *const keys[] = { "repository", "ref", "commit",
		"file", NULL };
	static const struct sl_field fields[] = {
		{ "repository", offsetof(struct sl_policy_source, repository),
		    sl_grammar_file, true },
		{ "ref", offsetof(struct sl_policy_source, ref),
		    sl_grammar_branch_or_tag, false },
		{ "commit", offsetof(struct sl_policy_source, commit),
		    sl_grammar_commit, false },
		{ "file", offsetof(struct sl_policy_source, file),
		    sl_grammar_repository_path, true },
	};
	int rc = sl_node_check_keys(node, "\"policy\"", keys, err);

	if (rc == SL_OK)
		rc = sl_fields_read(node, "\"policy\"", fields,
		    SL_COUNT(fields), out, err);
	if (rc < 0)
		return rc;
	if (out->ref == NULL && out->commit == NULL)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"policy\" lacks the key \"ref\" or \"commit\"");
	if (out->ref != NULL && out->commit != NULL)
		return sl_node_error(sl_node_get(node, "commit"), err,
		    SL_ECONFIG, "\"commit\" says what is read, whatever "
				"\"ref\" leads to; give one of them");
	return SL_OK;
}

static int
read_path(const struct sl_node *node, struct sl_policy_source *out,
    struct sl_error *err)
{
	struct sl_str path;
	int rc = sl_node_read_text(node, "\"policy\"", &path, err);

	if (rc == SL_OK)
		rc = sl_grammar_check(node, "\"policy\"", path,
		    sl_grammar_file, err);
	if (rc == SL_OK)
		out->path = sl_strndup(path.ptr, path.len);
	return rc;
}

int
sl_policy_source_read(const struct sl_node *node, const char *dir,
    struct sl_policy_source *out, struct sl_error *err)
{
	char **path;
	char *joined;
	int rc;

	if (node == NULL)
		return SL_OK;
	if (sl_node_kind(node) == SL_NODE_LIST)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"policy\" must be a path, or a map with the keys "
		    "\"repository\", \"ref\" or \"commit\", and \"file\"");
	rc = sl_node_kind(node) == SL_NODE_MAP ?
	    read_repository(node, out, err) :
	    read_path(node, out, err);
	if (rc < 0) {
		sl_policy_source_release(out);
		return rc;
	}
	path = out->path != NULL ? &out->path : &out->repository;
	joined = sl_fsx_join(dir, *path);
	free(*path);
	*path = joined;
	return SL_OK;
}

int
sl_policy_source_parse(const char *name, const char *dir, struct sl_str text,
    struct sl_policy_source *out, struct sl_error *err)
{
	static const struct sl_doc_limits limits = { .max_bytes = TEXT_MAX };
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_freep) char *path = NULL;
	int rc;

	if (sl_str_starts(text, "{")) {
		rc = sl_doc_parse_yaml(name, text, &limits, &doc, err);
		return rc < 0 ? rc : sl_policy_source_read(sl_doc_root(doc),
			dir, out, err);
	}
	if (text.len == 0)
		return sl_error_set(err, SL_ECONFIG,
		    "%s is empty; it must name the file of a site policy",
		    name);
	path = sl_strndup(text.ptr, text.len);
	out->path = sl_fsx_join(dir, path);
	return SL_OK;
}

int
sl_policy_source_format(const struct sl_policy_source *source,
    struct sl_buf *out)
{
	struct sl_json w;

	if (source->path != NULL) {
		sl_buf_adds(out, source->path);
		return out->over ? SL_ETOOBIG : SL_OK;
	}
	sl_json_init(&w, out, 0);
	sl_json_object(&w);
	sl_json_put(&w, "repository", source->repository);
	if (source->ref != NULL)
		sl_json_put(&w, "ref", source->ref);
	else
		sl_json_put(&w, "commit", source->commit);
	sl_json_put(&w, "file", source->file);
	sl_json_end(&w);
	return out->over ? SL_ETOOBIG : SL_OK;
}
