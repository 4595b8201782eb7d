/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GitHub's rulesets, as its API and its export write them: one, or a list.
 */
#include "base/mem.h"
#include "base/num.h"
#include "import/import_int.h"

#define PREFIX "github/"

/* One ruleset on its way. */
struct ruleset {
	struct sl_importer *im;
	const struct sl_node *node;
	struct sl_str name;
	const char *space; /* of its refs: refs/heads/, refs/tags/; "": any */
	const char *level;
	struct sl_buf refs; /* one pattern; empty: all */
};

static struct sl_str
text_of(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node && sl_node_kind(node) == SL_NODE_SCALAR ?
	    sl_node_text(node) : SL_STR("");
}

/* --- which refs --- */

static void
add_ref(struct ruleset *r, const struct sl_node *node, struct sl_buf *out)
{
	struct sl_str ref = sl_node_text(node);

	sl_buf_adds(out, out->len ? "|" : "");
	if (sl_str_eqs(ref, "~ALL")) {
		sl_buf_addf(out, "%s.+", r->space);
	} else if (sl_str_eqs(ref, "~DEFAULT_BRANCH")) {
		sl_buf_adds(out, "refs/heads/main");
		sl_import_note(r->im, node, r->name, "the default branch is "
		    "taken to be main");
	} else {
		if (!sl_str_starts(ref, "refs/"))
			sl_buf_adds(out, r->space);
		sl_import_glob(ref, out);
	}
}

static void
read_refs(struct ruleset *r)
{
	const struct sl_node *names = sl_node_get(
	    sl_node_get(r->node, "conditions"), "ref_name");
	const struct sl_node *in = sl_node_get(names, "include");
	const struct sl_node *ex = sl_node_get(names, "exclude");
	SL_CLEANUP(sl_buf_release) struct sl_buf include =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN);
	SL_CLEANUP(sl_buf_release) struct sl_buf exclude =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN);

	for (size_t i = 0; in && i < sl_node_count(in); i++)
		add_ref(r, sl_node_at(in, i), &include);
	for (size_t i = 0; ex && i < sl_node_count(ex); i++)
		add_ref(r, sl_node_at(ex, i), &exclude);
	if (include.len == 0 && exclude.len == 0 && r->space[0] == '\0')
		return;
	if (include.over || exclude.over)
		sl_import_note(r->im, names, r->name, "it names more refs than "
		    "a pattern holds; the rest is left out");
	if (exclude.len)
		sl_buf_addf(&r->refs, "(?!(?:%s)$)", sl_buf_cstr(&exclude));
	if (include.len)
		sl_buf_addf(&r->refs, exclude.len ? "(?:%s)" : "%s",
		    sl_buf_cstr(&include));
	else
		sl_buf_addf(&r->refs, "%s.+", r->space);
}

/* --- rules --- */

static void
begin(struct ruleset *r, struct sl_str type, const char *kind)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf id = SL_BUF_INIT(512);

	sl_buf_addv(&id, r->name);
	sl_buf_addc(&id, '-');
	sl_buf_addv(&id, type);
	sl_import_begin(r->im, PREFIX, sl_buf_str(&id), kind);
	if (r->refs.len)
		sl_import_put(r->im, "refs", sl_buf_str(&r->refs));
	if (strcmp(r->level, "block") != 0)
		sl_buf_addf(&r->im->body, "    level: %s\n", r->level);
}

/* What an operator makes of a text, searched for. @return whether it can */
static bool
read_operator(struct ruleset *r, const struct sl_node *rule,
    const struct sl_re2 *how, struct sl_buf *out)
{
	const struct sl_node *parameters = sl_node_get(rule, "parameters");
	const struct sl_node *pattern = sl_node_get(parameters, "pattern");
	struct sl_str operator = text_of(parameters, "operator");
	const char *start = how->start ? how->start : "\\A";

	if (!pattern) {
		sl_import_note(r->im, rule, r->name, "a rule without pattern "
		    "is left out");
		return false;
	}
	if (sl_str_eqs(operator, "regex"))
		return sl_import_pattern(r->im, r->name, pattern, how, "", "",
		    out);
	if (sl_str_eqs(operator, "starts_with"))
		sl_buf_adds(out, start);
	sl_re2_literal(sl_node_text(pattern), out);
	if (sl_str_eqs(operator, "ends_with"))
		sl_buf_adds(out, "\\z");
	if (!sl_str_eqs(operator, "starts_with") &&
	    !sl_str_eqs(operator, "ends_with") &&
	    !sl_str_eqs(operator, "contains")) {
		sl_import_note(r->im, parameters, r->name, "a rule is left "
		    "out: its operator \"%.*s\" is not known",
		    SL_STR_ARG(operator));
		return false;
	}
	return true;
}

static bool
is_negated(const struct sl_node *rule)
{
	return sl_str_eqs(text_of(sl_node_get(rule, "parameters"), "negate"),
	    "true");
}

/* Keys of a commit rule: what must be there, and what must not. */
static void
read_commit(struct ruleset *r, const struct sl_node *rule, struct sl_str type,
    const char *must, const char *must_not)
{
	static const struct sl_re2 how = { SL_RE2_DROP, 0, NULL };
	SL_CLEANUP(sl_buf_release) struct sl_buf found =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
	SL_CLEANUP(sl_buf_release) struct sl_buf whole =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
	bool negated = is_negated(rule);
	/* A message is searched, a name must match as a whole. */
	bool search = negated || strcmp(must, "message-has") == 0;

	if (!read_operator(r, rule, &how, &found))
		return;
	sl_buf_addf(&whole, search ? "%s" : ".*(?:%s).*", sl_buf_cstr(&found));
	begin(r, type, "commit");
	sl_import_put(r->im, negated ? must_not : must, sl_buf_str(&whole));
	sl_buf_adds(&r->im->body, "    merges: check\n");
}

static void
read_message(struct ruleset *r, const struct sl_node *rule,
    struct sl_str type)
{
	read_commit(r, rule, type, "message-has", "message-forbid");
}

static void
read_author(struct ruleset *r, const struct sl_node *rule, struct sl_str type)
{
	read_commit(r, rule, type, "author-email", "author-email-forbid");
}

static void
read_committer(struct ruleset *r, const struct sl_node *rule,
    struct sl_str type)
{
	read_commit(r, rule, type, "committer-email",
	    "committer-email-forbid");
}

/* Names of branches or tags, without refs/heads/ or refs/tags/ there. */
static void
read_name(struct ruleset *r, const struct sl_node *rule, struct sl_str type)
{
	const char *space = sl_str_starts(type, "tag") ? "refs/tags/" :
							 "refs/heads/";
	SL_CLEANUP(sl_freep) char *start = sl_asprintf("(?<=^%s)", space);
	struct sl_re2 how = { SL_RE2_DROP, 0, start };
	SL_CLEANUP(sl_buf_release) struct sl_buf found =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);
	SL_CLEANUP(sl_buf_release) struct sl_buf whole =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 4);

	if (!read_operator(r, rule, &how, &found))
		return;
	sl_buf_addf(&whole, "(?=%s).*(?:%s).*", space, sl_buf_cstr(&found));
	begin(r, type, "ref");
	sl_import_put(r->im, is_negated(rule) ? "deny" : "allow",
	    sl_buf_str(&whole));
	sl_import_put(r->im, "fix", SL_STR("push it under a name that the "
					   "pattern of this rule accepts"));
}

static void
put_actions(struct ruleset *r, struct sl_str type, const char *actions)
{
	begin(r, type, "ref");
	sl_buf_addf(&r->im->body, "    actions: [%s]\n", actions);
}

static void
read_action(struct ruleset *r, const struct sl_node *rule SL_UNUSED,
    struct sl_str type)
{
	put_actions(r, type,
	    sl_str_eqs(type, "creation")     ? "update, force, delete" :
	    sl_str_eqs(type, "deletion")     ? "create, update, force" :
	    sl_str_eqs(type, "update")	     ? "create, delete" :
					       "create, update, delete");
}

static void
read_flag(struct ruleset *r, const struct sl_node *rule SL_UNUSED,
    struct sl_str type)
{
	bool linear = sl_str_eqs(type, "required_linear_history");

	begin(r, type, linear ? "ref" : "commit");
	sl_buf_adds(&r->im->body, linear ? "    linear: true\n" :
					   "    signed: true\n"
					   "    merges: check\n");
}

static void
read_paths(struct ruleset *r, const struct sl_node *rule, struct sl_str type)
{
	bool extensions = sl_str_eqs(type, "file_extension_restriction");
	const struct sl_node *list = sl_node_get(
	    sl_node_get(rule, "parameters"), extensions ?
		"restricted_file_extensions" : "restricted_file_paths");
	SL_CLEANUP(sl_items_release) struct sl_items items = { 0 };

	for (size_t i = 0; list && i < sl_node_count(list); i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
		    SL_BUF_INIT(SL_RX_MAX_PATTERN);
		struct sl_str glob = sl_node_text(sl_node_at(list, i));

		/* An extension is written as exe, .exe or *.exe. */
		if (extensions && !sl_str_starts(glob, "*"))
			sl_buf_adds(&pattern, sl_str_starts(glob, ".") ?
				".*" : ".*\\.");
		else if (extensions)
			sl_buf_adds(&pattern, "(?:.*/)?");
		sl_import_glob(glob, &pattern);
		sl_items_add(&items, sl_buf_str(&pattern));
	}
	if (items.count == 0)
		return;
	begin(r, type, "path");
	sl_import_put_items(r->im, "deny", &items, NULL);
}

static void
read_limit(struct ruleset *r, const struct sl_node *rule, struct sl_str type)
{
	bool size = sl_str_eqs(type, "max_file_size");
	const struct sl_node *parameters = sl_node_get(rule, "parameters");
	uint64_t most;

	if (sl_num_parse(text_of(parameters, size ? "max_file_size" :
		"max_file_path_length"), 1 << 20, &most) < 0 || most == 0) {
		sl_import_note(r->im, rule, r->name, "a limit is left out: it "
		    "is no number");
		return;
	}
	begin(r, type, "path");
	sl_buf_addf(&r->im->body, size ? "    max-size: %llu MiB\n" :
					 "    max-length: %llu\n",
	    (unsigned long long)most);
}

static const struct {
	const char *type;
	void (*read)(struct ruleset *r, const struct sl_node *rule,
	    struct sl_str type);
} rows[] = {
	{ "branch_name_pattern", read_name },
	{ "tag_name_pattern", read_name },
	{ "commit_message_pattern", read_message },
	{ "commit_author_email_pattern", read_author },
	{ "committer_email_pattern", read_committer },
	{ "creation", read_action },
	{ "update", read_action },
	{ "deletion", read_action },
	{ "non_fast_forward", read_action },
	{ "required_linear_history", read_flag },
	{ "required_signatures", read_flag },
	{ "file_path_restriction", read_paths },
	{ "file_extension_restriction", read_paths },
	{ "max_file_path_length", read_limit },
	{ "max_file_size", read_limit },
};

static void
read_rule(struct ruleset *r, const struct sl_node *rule)
{
	struct sl_str type = text_of(rule, "type");

	for (size_t i = 0; i < SL_COUNT(rows); i++) {
		if (!sl_str_eqs(type, rows[i].type))
			continue;
		rows[i].read(r, rule, type);
		return;
	}
	sl_import_note(r->im, rule, r->name, "\"%.*s\" is left out: it is no "
	    "question of what is pushed", SL_STR_ARG(type));
}

static void
read_ruleset(struct ruleset *r)
{
	const struct sl_node *rules = sl_node_get(r->node, "rules");
	const struct sl_node *bypass = sl_node_get(r->node, "bypass_actors");
	const struct sl_node *conditions = sl_node_get(r->node, "conditions");
	struct sl_str target = text_of(r->node, "target");
	struct sl_str enforcement = text_of(r->node, "enforcement");

	r->name = text_of(r->node, "name");
	r->space = sl_str_eqs(target, "tag") ? "refs/tags/" :
	    sl_str_eqs(target, "push")	     ? "" :
					       "refs/heads/";
	r->level = sl_str_eqs(enforcement, "evaluate") ? "audit" :
	    sl_str_eqs(enforcement, "disabled")	       ? "'off'" :
							 "block";
	if (bypass && sl_node_count(bypass))
		sl_import_note(r->im, bypass, r->name, "who may bypass it is "
		    "left out: everybody must meet it");
	for (size_t i = 0; conditions && i < sl_node_count(conditions); i++)
		if (!sl_str_eqs(sl_node_text(sl_node_key(conditions, i)),
			"ref_name"))
			sl_import_note(r->im, sl_node_key(conditions, i),
			    r->name, "which repositories it is about is left "
			    "out: a policy is of those that a site gives it");
	read_refs(r);
	for (size_t i = 0; rules && i < sl_node_count(rules); i++)
		read_rule(r, sl_node_at(rules, i));
}

int
sl_import_github(struct sl_importer *im, const struct sl_node *root,
    struct sl_error *err)
{
	bool list = sl_node_kind(root) == SL_NODE_LIST;

	for (size_t i = 0; i < (list ? sl_node_count(root) : 1); i++) {
		struct ruleset r = { .im = im,
			.node = list ? sl_node_at(root, i) : root,
			.refs = SL_BUF_INIT(SL_RX_MAX_PATTERN * 2) };

		if (sl_node_kind(r.node) != SL_NODE_MAP)
			return sl_node_error(r.node, err, SL_EINVAL,
			    "a ruleset is a JSON object");
		read_ruleset(&r);
		sl_buf_release(&r.refs);
	}
	return SL_OK;
}
