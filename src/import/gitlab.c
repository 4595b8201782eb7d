/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitLab's push rules, of a project or a group, as its API prints them.
 */
#include "base/mem.h"
#include "base/num.h"
#include "import/import_int.h"

#define PREFIX "gitlab/"

static void read_message(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_negative(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_branch(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_email(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_file_name(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_size(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_tags(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_secrets(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_signed(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_dco(struct sl_importer *im, const char *key,
    const struct sl_node *node);
static void read_person(struct sl_importer *im, const char *key,
    const struct sl_node *node);

typedef void read_fn(struct sl_importer *im, const char *key,
    const struct sl_node *node);

/* NULL: it says nothing about pushes. */
static const struct {
	const char *key;
	read_fn *read;
} rows[] = {
	{ "commit_message_regex", read_message },
	{ "commit_message_negative_regex", read_negative },
	{ "branch_name_regex", read_branch },
	{ "author_email_regex", read_email },
	{ "file_name_regex", read_file_name },
	{ "max_file_size", read_size },
	{ "deny_delete_tag", read_tags },
	{ "prevent_secrets", read_secrets },
	{ "reject_unsigned_commits", read_signed },
	{ "reject_non_dco_commits", read_dco },
	{ "member_check", read_person },
	{ "commit_committer_check", read_person },
	{ "commit_committer_name_check", read_person },
	{ "id", NULL },
	{ "project_id", NULL },
	{ "group_id", NULL },
	{ "created_at", NULL },
	{ "updated_at", NULL },
	{ "is_sample", NULL },
	{ "organization_id", NULL },
	{ "regexp_uses_re2", NULL },
};

/* Patterns there are of RE2, with ^ and $ at lines in messages. */
static const struct sl_re2 plain = { SL_RE2_DROP, 0, NULL };

/* A pattern that messages must have, or must not. */
static void
add_message_rule(struct sl_importer *im, const char *key,
    const struct sl_node *node, const char *rule, const char *asks)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (!sl_import_pattern(im, sl_str(key), node, &plain, "(?m)", "",
		&pattern))
		return;
	sl_import_begin(im, PREFIX, sl_str(rule), "commit");
	sl_import_put(im, asks, sl_buf_str(&pattern));
	sl_buf_adds(&im->body, "    merges: check\n");
}

static void
read_message(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	add_message_rule(im, key, node, "commit-message", "message-has");
}

static void
read_negative(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	add_message_rule(im, key, node, "commit-message-negative",
	    "message-forbid");
}

static void
read_branch(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	static const struct sl_re2 how = { SL_RE2_DROP, 0,
		"(?<=^refs/heads/)" };
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (!sl_import_pattern(im, sl_str(key), node, &how,
		"(?=refs/heads/).*(?:", ").*", &pattern))
		return;
	sl_import_begin(im, PREFIX, SL_STR("branch-name"), "ref");
	sl_import_put(im, "refs", SL_STR("refs/heads/.+"));
	sl_import_put(im, "allow", sl_buf_str(&pattern));
	sl_import_put(im, "fix", SL_STR("push it under a name that the "
					"pattern of this rule accepts"));
	sl_import_note(im, node, sl_str(key), "GitLab lets the default branch "
	    "through whatever its name; here the pattern must accept it");
}

static void
read_email(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (!sl_import_pattern(im, sl_str(key), node, &plain, ".*(?:", ").*",
		&pattern))
		return;
	sl_import_begin(im, PREFIX, SL_STR("author-email"), "commit");
	sl_import_put(im, "author-email", sl_buf_str(&pattern));
	sl_import_put(im, "committer-email", sl_buf_str(&pattern));
	sl_buf_adds(&im->body, "    merges: check\n");
}

static void
read_file_name(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (!sl_import_pattern(im, sl_str(key), node, &plain, ".*(?:", ").*",
		&pattern))
		return;
	sl_import_begin(im, PREFIX, SL_STR("file-name"), "path");
	sl_import_put(im, "deny", sl_buf_str(&pattern));
	sl_import_note(im, node, sl_str(key), "GitLab looks at new names "
	    "only; here files that a commit changes are looked at too");
}

static void
read_size(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	uint64_t mib;

	if (sl_num_parse(sl_node_text(node), 1 << 20, &mib) < 0) {
		sl_import_note(im, node, sl_str(key), "it is no size in MB");
		return;
	}
	if (mib == 0)
		return;
	sl_import_begin(im, PREFIX, SL_STR("file-size"), "path");
	sl_buf_addf(&im->body, "    max-size: %llu MiB\n",
	    (unsigned long long)mib);
}

static void
read_tags(struct sl_importer *im, const char *key SL_UNUSED,
    const struct sl_node *node SL_UNUSED)
{
	sl_import_begin(im, PREFIX, SL_STR("tag-deletion"), "ref");
	sl_import_put(im, "refs", SL_STR("refs/tags/.+"));
	sl_buf_adds(&im->body, "    actions: [create, update, force]\n");
}

static void
read_secrets(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	sl_buf_adds(&im->head, "extends: ['sluice:secrets']\n");
	sl_import_note(im, node, sl_str(key), "the pack sluice:secrets stands "
	    "for it, which looks into files; GitLab looks at names of files "
	    "that usually hold secrets");
}

static void
read_signed(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	sl_import_begin(im, PREFIX, SL_STR("signed"), "commit");
	sl_buf_adds(&im->body, "    signed: true\n    merges: check\n");
	sl_import_note(im, node, sl_str(key), "the rule asks for a signature; "
	    "whose it must be is for the site to say");
}

static void
read_dco(struct sl_importer *im, const char *key SL_UNUSED,
    const struct sl_node *node SL_UNUSED)
{
	sl_import_begin(im, PREFIX, SL_STR("sign-off"), "commit");
	sl_buf_adds(&im->body, "    trailers: { Signed-off-by: "
			       "'.+ <[^<>@]+@[^<>]+>' }\n"
			       "    merges: check\n");
}

static void
read_person(struct sl_importer *im, const char *key,
    const struct sl_node *node)
{
	sl_import_note(im, node, sl_str(key), "left out: it compares with the "
	    "users of GitLab");
}

static bool
says_nothing(const struct sl_node *node)
{
	return sl_node_is_null(node) ||
	    (sl_node_kind(node) == SL_NODE_SCALAR &&
		(sl_node_text(node).len == 0 ||
		    sl_str_eqs(sl_node_text(node), "false")));
}

int
sl_import_gitlab(struct sl_importer *im, const struct sl_node *root,
    struct sl_error *err)
{
	if (sl_node_kind(root) != SL_NODE_MAP)
		return sl_node_error(root, err, SL_EINVAL,
		    "push rules are one JSON object");
	for (size_t i = 0; i < sl_node_count(root); i++) {
		struct sl_str key = sl_node_text(sl_node_key(root, i));
		const struct sl_node *node = sl_node_at(root, i);
		size_t k = 0;

		while (k < SL_COUNT(rows) && !sl_str_eqs(key, rows[k].key))
			k++;
		if (k == SL_COUNT(rows))
			sl_import_note(im, sl_node_key(root, i), key,
			    "sluice does not know it");
		else if (rows[k].read && !says_nothing(node))
			rows[k].read(im, rows[k].key, node);
	}
	return SL_OK;
}
