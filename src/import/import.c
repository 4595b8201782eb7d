/* SPDX-License-Identifier: Apache-2.0 */
#include "import/import_int.h"

#include "base/mem.h"
#include "base/text.h"

const char *const sl_import_formats[] = { "gitleaks", "gitlab", "github",
	NULL };

/* Files of other tools: a few times what the known ones have. */
static const struct sl_doc_limits limits = { .max_bytes = (size_t)4 << 20 };

void
sl_import_release(struct sl_import *import)
{
	for (size_t i = 0; i < import->note_count; i++)
		free(import->notes[i].text);
	free(import->notes);
	sl_buf_release(&import->policy);
	*import = (struct sl_import)SL_IMPORT_INIT;
}

static void
importer_release(struct sl_importer *im)
{
	sl_buf_release(&im->head);
	sl_buf_release(&im->body);
	sl_map_release(&im->names);
}

/* JSON begins with a bracket; so may TOML, but then it is no JSON. */
static int
parse(const char *name, struct sl_str text, enum sl_import_format format,
    struct sl_doc **out, bool *json, struct sl_error *err)
{
	struct sl_str start = text;

	while (start.len && strchr(" \t\r\n", start.ptr[0]))
		start = sl_strn(start.ptr + 1, start.len - 1);
	*json = format == SL_IMPORT_GITLAB || format == SL_IMPORT_GITHUB ||
	    (format == SL_IMPORT_ANY && (sl_str_starts(start, "{") ||
		(sl_str_starts(start, "[") && start.len > 1 &&
		    strchr(" \t\r\n{]", start.ptr[1]))));
	if (*json)
		return sl_doc_parse_json(name, text, &limits, out, err);
	return sl_doc_parse_toml(name, text, &limits, out, err);
}

static bool
has_any(const struct sl_node *map, const char *const *keys)
{
	for (; *keys; keys++)
		if (sl_node_get(map, *keys))
			return true;
	return false;
}

static enum sl_import_format
recognise(const struct sl_node *root, bool json)
{
	static const char *const gitlab[] = { "commit_message_regex",
		"commit_message_negative_regex", "branch_name_regex",
		"author_email_regex", "file_name_regex", "max_file_size",
		"deny_delete_tag", "member_check", "prevent_secrets",
		"reject_unsigned_commits", "reject_non_dco_commits",
		"commit_committer_check", NULL };
	static const char *const github[] = { "rules", "enforcement",
		"conditions", NULL };
	static const char *const gitleaks[] = { "rules", "extend",
		"allowlist", "allowlists", NULL };

	if (!json)
		return has_any(root, gitleaks) ? SL_IMPORT_GITLEAKS :
						 SL_IMPORT_ANY;
	if (sl_node_kind(root) == SL_NODE_LIST)
		root = sl_node_at(root, 0);
	if (has_any(root, gitlab))
		return SL_IMPORT_GITLAB;
	return has_any(root, github) ? SL_IMPORT_GITHUB : SL_IMPORT_ANY;
}

static int
read_rules(struct sl_importer *im, const struct sl_node *root,
    enum sl_import_format format, struct sl_error *err)
{
	switch (format) {
	case SL_IMPORT_GITLEAKS:
		return sl_import_gitleaks(im, root, err);
	case SL_IMPORT_GITLAB:
		return sl_import_gitlab(im, root, err);
	case SL_IMPORT_GITHUB:
		return sl_import_github(im, root, err);
	case SL_IMPORT_ANY:
		break;
	}
	return sl_node_error(root, err, SL_ECONFIG, "this is neither a "
	    "gitleaks.toml nor GitLab's push rules nor a ruleset of GitHub; "
	    "say which with --from");
}

/* The last part of a path, without what comes after its last point. */
static struct sl_str
stem(const char *name)
{
	const char *slash = strrchr(name, '/');
	struct sl_str s = sl_str(slash ? slash + 1 : name);
	size_t i = s.len;

	while (i > 1 && s.ptr[i - 1] != '.')
		i--;
	return i > 1 ? sl_strn(s.ptr, i - 1) : s;
}

static void
write_policy(const struct sl_importer *im, const char *name)
{
	struct sl_import *out = im->out;
	struct sl_buf *p = &out->policy;

	sl_buf_adds(p, "# Written by sluice policy import from ");
	(void)sl_text_escape(p, sl_str(name));
	sl_buf_adds(p, "\n");
	if (out->note_count)
		sl_buf_adds(p, "#\n# What is not as it is there:\n");
	for (size_t i = 0; i < out->note_count; i++)
		sl_buf_addf(p, "#   line %u: %s\n", out->notes[i].line,
		    out->notes[i].text);
	if (out->notes_more)
		sl_buf_addf(p, "#   and %zu more\n", out->notes_more);
	sl_buf_adds(p, "sluice: 1\nname: ");
	sl_import_quote(p, stem(name));
	sl_buf_adds(p, "\n");
	sl_buf_addv(p, sl_buf_str(&im->head));
	if (out->rule_count)
		sl_buf_adds(p, "rules:");
	sl_buf_addv(p, sl_buf_str(&im->body));
}

static int
finish(const struct sl_importer *im, const char *name, struct sl_error *err)
{
	const struct sl_import *out = im->out;

	if (out->rule_count == 0 && im->head.len == 0)
		return sl_error_at(err, SL_ECONFIG, name, 0, 0,
		    "nothing in it can be carried over%s%s",
		    out->note_count ? "; first: " : ", it has no rules",
		    out->note_count ? out->notes[0].text : "");
	write_policy(im, name);
	if (im->head.over || im->body.over || out->policy.over)
		return sl_error_at(err, SL_ETOOBIG, name, 0, 0,
		    "the policy would have more than %zu bytes",
		    SL_IMPORT_MAX_POLICY);
	return SL_OK;
}

int
sl_import_read(const char *name, struct sl_str text,
    enum sl_import_format format, struct sl_import *out, struct sl_error *err)
{
	SL_CLEANUP(sl_import_release) struct sl_import import = SL_IMPORT_INIT;
	SL_CLEANUP(importer_release) struct sl_importer im = {
		.out = &import,
		.head = SL_BUF_INIT(4096),
		.body = SL_BUF_INIT(SL_IMPORT_MAX_POLICY),
	};
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *root;
	bool json;
	int rc = parse(name, text, format, &doc, &json, err);

	if (rc < 0)
		return rc;
	root = sl_doc_root(doc);
	if (format == SL_IMPORT_ANY)
		format = recognise(root, json);
	rc = read_rules(&im, root, format, err);
	if (rc == SL_OK)
		rc = finish(&im, name, err);
	if (rc < 0)
		return rc;
	*out = import;
	import = (struct sl_import)SL_IMPORT_INIT;
	return SL_OK;
}
