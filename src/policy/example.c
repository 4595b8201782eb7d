/* SPDX-License-Identifier: Apache-2.0 */
/*
 * example: what a rule's author says that it passes and fails, run at load.
 *
 * An example becomes a small in-memory change (a ref, a commit, a path with
 * mode and size, a tree, or a text), which the rule's kind judges as it
 * judges a push.
 */
#include "policy/policy_int.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include "base/text.h"

#define MAX_EXAMPLES 100
#define MAX_TREE 200
#define MAX_GROUPS 16
/* In one policy: a pushed project file is loaded to check it, and must not
 * keep a hook busy. */
#define MAX_ALL_EXAMPLES 2000

static const char *const example_keys[] = { "expect", "ref", "action",
	"object", "tag", "commits", "message", "author-name", "author-email",
	"committer-name", "committer-email", "encoding", "signed",
	"signer", "parents",
	"people", "pusher", "groups", "path", "size", "mode", "link", "tree",
	"text", "hex", "project", "use-case", "branch", "environment",
	"bucket", NULL };
/* The keys that say what the ref of an example stands for. */
static const char *const value_keys[SL_VARIABLE_COUNT] = {
	[SL_VARIABLE_PROJECT] = "project",
	[SL_VARIABLE_USE_CASE] = "use-case",
	[SL_VARIABLE_BRANCH] = "branch",
	[SL_VARIABLE_ENVIRONMENT] = "environment",
	[SL_VARIABLE_BUCKET] = "bucket",
};
static const char *const expect_words[] = { "pass", "fail", NULL };
static const char *const action_words[] = { "create", "update", "force",
	"delete", NULL };
static const char *const object_words[] = { "commit", "tree", "blob", NULL };
static const char *const tag_words[] = { "annotated", "lightweight", NULL };
static const char *const mode_words[] = { "file", "executable", "symlink",
	"submodule", NULL };
static const uint32_t modes[] = { SL_MODE_FILE, SL_MODE_EXECUTABLE,
	SL_MODE_SYMLINK, SL_MODE_SUBMODULE };

/* One example as a change, and what was found. */
struct example {
	const struct sl_node *node;
	size_t expect;
	struct sl_ref_change ref;
	struct sl_ref_values values;
	struct sl_tag tag;
	struct sl_commit commit;
	struct sl_path_change change;
	struct sl_str text; /* a blob's, or a link's target */
	struct sl_buf bytes; /* text, where it was written as `hex` */
	uint64_t size;
	unsigned found;
	char message[SL_ERROR_TEXT_MAX / 2];
	const struct sl_rule *rule;
	const struct sl_node *people; /* addresses; NULL: everybody's */
	struct sl_pusher pusher;
	struct sl_str groups[MAX_GROUPS];
	struct sl_signature signature;
};

static void
example_release(struct example *e)
{
	sl_buf_release(&e->bytes);
}

/* --- the judge's sink and source --- */

static bool
example_found(void *sink, const struct sl_hit *hit)
{
	struct example *e = sink;
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(2000);
	struct sl_hit_place place = { e->ref.ref, &e->commit };

	if (hit->ignored.len)
		return false;
	if (e->found++)
		return true;
	sl_rule_message(e->rule, hit, &place, &text);
	snprintf(e->message, sizeof(e->message), "%s", sl_buf_cstr(&text));
	return true;
}

static void
example_deferred(void *sink SL_UNUSED, const char *reason SL_UNUSED)
{
}

static void
example_skipped(void *sink SL_UNUSED, const char *what SL_UNUSED,
    const char *reason SL_UNUSED)
{
}

static const struct sl_judge_sink example_sink = {
	example_found,
	example_deferred,
	example_skipped,
};

static int
example_size(void *self, const struct sl_oid *blob SL_UNUSED, uint64_t *size,
    struct sl_error *err SL_UNUSED)
{
	*size = ((struct example *)self)->size;
	return SL_OK;
}

static int
example_read(void *self, const struct sl_oid *blob SL_UNUSED,
    struct sl_buf *out, struct sl_error *err)
{
	if (sl_buf_addv(out, ((struct example *)self)->text) < 0)
		return sl_error_set(err, SL_ETOOBIG, "too large");
	return SL_OK;
}

/* To an example every person has one address, and that for a name. */
static struct sl_str
example_person(const void *site, struct sl_str email)
{
	const struct example *e = site;

	if (!e->people)
		return email;
	for (size_t i = 0; i < sl_node_count(e->people); i++)
		if (sl_str_eq(sl_node_text(sl_node_at(e->people, i)), email))
			return email;
	return sl_strn("", 0);
}

/* In an example the site has the key of the signer that it names. */
static int
example_verify(void *ctx, const struct sl_oid *object SL_UNUSED,
    struct sl_str email SL_UNUSED, const struct sl_signature **out,
    struct sl_error *err SL_UNUSED)
{
	struct example *e = ctx;

	e->signature.good = e->signature.signer.len > 0;
	e->signature.reason = SL_STR("is by nobody that the example names");
	*out = &e->signature;
	return SL_OK;
}

/* --- reading --- */

static int
read_text(const struct sl_node *map, const char *key, struct sl_str *out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node ? sl_node_read_text(node, key, out, err) : SL_OK;
}

static int
read_word(const struct sl_node *map, const char *key,
    const char *const *words, size_t *out, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node ? sl_node_read_word(node, key, words, out, err) : SL_OK;
}

static int
read_ref(struct example *e, struct sl_error *err)
{
	const struct sl_node *commits = sl_node_get(e->node, "commits");
	size_t action = 0, object = 0, tag = 1;
	uint64_t count = 0;
	int rc = read_text(e->node, "ref", &e->ref.ref, err);

	if (rc == SL_OK)
		rc = read_word(e->node, "action", action_words, &action, err);
	if (rc == SL_OK)
		rc = read_word(e->node, "object", object_words, &object, err);
	if (rc == SL_OK)
		rc = read_word(e->node, "tag", tag_words, &tag, err);
	if (rc == SL_OK && commits)
		rc = sl_node_read_number(commits, "commits", 0, UINT32_MAX,
		    &count, err);
	e->ref.commit_count = (size_t)count;
	e->ref.action = (enum sl_ref_action)action;
	e->ref.tip_kind = (enum sl_object_kind)(SL_OBJECT_COMMIT + object);
	e->ref.new_kind = e->ref.tip_kind;
	if (tag == 0) {
		e->ref.tag = &e->tag;
		e->ref.new_kind = SL_OBJECT_TAG;
	}
	return rc;
}

static int
read_commit(struct example *e, struct sl_error *err)
{
	static struct sl_oid parents[8];
	const struct sl_node *node = sl_node_get(e->node, "parents");
	uint64_t count = 1;
	int rc = read_text(e->node, "message", &e->commit.message, err);

	if (rc == SL_OK)
		rc = read_text(e->node, "author-name", &e->commit.author.name,
		    err);
	if (rc == SL_OK)
		rc = read_text(e->node, "author-email",
		    &e->commit.author.email, err);
	e->commit.committer = e->commit.author;
	if (rc == SL_OK)
		rc = read_text(e->node, "committer-name",
		    &e->commit.committer.name, err);
	if (rc == SL_OK)
		rc = read_text(e->node, "committer-email",
		    &e->commit.committer.email, err);
	if (rc == SL_OK)
		rc = read_text(e->node, "encoding", &e->commit.encoding, err);
	if (rc == SL_OK && node)
		rc = sl_node_read_number(node, "parents", 0, SL_COUNT(parents),
		    &count, err);
	node = sl_node_get(e->node, "signed");
	if (rc == SL_OK && node)
		rc = sl_node_read_bool(node, "signed",
		    &e->commit.has_signature, err);
	if (rc == SL_OK)
		rc = read_text(e->node, "signer", &e->signature.signer, err);
	e->commit.has_signature |= e->signature.signer.len > 0;
	/* A zero id would be what is staged, which has no author yet. */
	memset(&e->commit.oid, 0xee, sizeof(e->commit.oid));
	e->commit.parents = parents;
	e->commit.parent_count = (size_t)count;
	return rc;
}

/* A tag as whoever committed would make it. */
static void
fill_tag(struct example *e)
{
	e->tag.name = e->ref.ref;
	if (sl_str_starts(e->tag.name, "refs/tags/"))
		e->tag.name = sl_strn(e->ref.ref.ptr + 10, e->ref.ref.len - 10);
	e->tag.tagger = e->commit.committer;
	if (e->commit.has_signature)
		e->tag.message = SL_STR("-----BEGIN SSH SIGNATURE-----\n");
}

/* A list of words; NULL where it is not there. */
static int
read_list(const struct example *e, const char *key, size_t max,
    const struct sl_node **out, struct sl_error *err)
{
	const struct sl_node *list = sl_node_get(e->node, key);

	if (list && (sl_node_kind(list) != SL_NODE_LIST ||
			sl_node_count(list) > max))
		return sl_node_error(list, err, SL_ECONFIG,
		    "%s must be a list of at most %zu", key, max);
	for (size_t i = 0; list && i < sl_node_count(list); i++) {
		struct sl_str word;
		int rc = sl_node_read_text(sl_node_at(list, i), key, &word,
		    err);

		if (rc < 0)
			return rc;
	}
	*out = list;
	return SL_OK;
}

/* Who pushes, and whom the site knows. */
static int
read_people(struct example *e, struct sl_error *err)
{
	const struct sl_node *groups = NULL;
	int rc = read_list(e, "people", MAX_TREE, &e->people, err);

	if (rc == SL_OK)
		rc = read_list(e, "groups", MAX_GROUPS, &groups, err);
	if (rc == SL_OK)
		rc = read_text(e->node, "pusher", &e->pusher.person, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; groups && i < sl_node_count(groups); i++)
		e->groups[i] = sl_node_text(sl_node_at(groups, i));
	e->pusher.groups = e->groups;
	e->pusher.group_count = groups ? sl_node_count(groups) : 0;
	if (e->pusher.person.ptr)
		e->pusher.state = SL_PUSHER_KNOWN;
	if (e->pusher.person.ptr || e->people) {
		e->pusher.person_of = example_person;
		e->pusher.site = e;
	}
	return SL_OK;
}

/* The bytes of a file: as text, or in hexadecimal. */
static int
read_bytes(struct example *e, struct sl_error *err)
{
	const struct sl_node *hex = sl_node_get(e->node, "hex");
	struct sl_str digits;
	int rc = read_text(e->node, "text", &e->text, err);

	if (rc < 0 || !hex)
		return rc;
	rc = sl_node_read_text(hex, "hex", &digits, err);
	if (rc < 0)
		return rc;
	sl_buf_init(&e->bytes, digits.len);
	sl_buf_add(&e->bytes, digits.ptr, digits.len / 2);
	if (e->text.ptr || sl_hex_decode(digits, (uint8_t *)e->bytes.ptr) < 0)
		return sl_node_error(hex, err, SL_ECONFIG,
		    "hex must be pairs of hexadecimal digits, instead of text");
	e->text = sl_buf_str(&e->bytes);
	return SL_OK;
}

static int
read_path(struct example *e, struct sl_error *err)
{
	const struct sl_node *size = sl_node_get(e->node, "size");
	size_t mode = 0;
	int rc = read_text(e->node, "path", &e->change.path, err);

	if (rc == SL_OK)
		rc = read_bytes(e, err);
	if (rc == SL_OK && sl_node_get(e->node, "link")) {
		mode = 2;
		rc = read_text(e->node, "link", &e->text, err);
	}
	if (rc == SL_OK)
		rc = read_word(e->node, "mode", mode_words, &mode, err);
	e->size = e->text.len;
	if (rc == SL_OK && size)
		rc = sl_node_read_bytes(size, "size", &e->size, err);
	e->change.new_mode = modes[mode];
	if (!e->change.path.len)
		e->change.path = SL_STR("example");
	return rc;
}

static int
read_values(struct example *e, struct sl_error *err)
{
	int rc = SL_OK;

	for (size_t i = 0; i < SL_VARIABLE_COUNT && rc == SL_OK; i++)
		rc = read_text(e->node, value_keys[i], &e->values.value[i],
		    err);
	return rc;
}

static int
read_example(struct example *e, struct sl_error *err)
{
	const struct sl_node *expect;
	int rc = sl_node_check_keys(e->node, "an example", example_keys, err);

	if (rc == SL_OK)
		rc = sl_node_require(e->node, "an example", "expect", &expect,
		    err);
	if (rc == SL_OK)
		rc = sl_node_read_word(expect, "expect", expect_words,
		    &e->expect, err);
	if (rc == SL_OK)
		rc = read_ref(e, err);
	if (rc == SL_OK)
		rc = read_commit(e, err);
	if (rc == SL_OK)
		rc = read_people(e, err);
	fill_tag(e);
	if (rc == SL_OK)
		rc = read_path(e, err);
	if (rc == SL_OK)
		rc = read_values(e, err);
	return rc;
}

/* --- trees --- */

/* Paths in the order of a Git walk: as if folders ended in '/'. */
static int
by_tree_order(const void *a, const void *b)
{
	return sl_str_cmp(*(const struct sl_str *)a, *(const struct sl_str *)b);
}

static int
visit(struct sl_judge *j, struct sl_rule *rule, void *walk, struct sl_str path,
    uint32_t mode, struct sl_error *err)
{
	struct sl_tree_entry entry = { .path = path, .name = path,
		.mode = mode };
	const char *slash = memrchr(path.ptr, '/', path.len);

	if (slash)
		entry.name = sl_strn(slash + 1,
		    path.len - (size_t)(slash + 1 - path.ptr));
	return rule->kind->tree_entry(j, rule->state, walk, &entry, err);
}

/* Visit the folders of path that the path before did not lie in. */
static int
visit_folders(struct sl_judge *j, struct sl_rule *rule, void *walk,
    struct sl_str before, struct sl_str path, struct sl_error *err)
{
	size_t same = 0;

	while (same < before.len && same < path.len &&
	    before.ptr[same] == path.ptr[same])
		same++;
	for (size_t i = 0; i < path.len; i++) {
		int rc;

		if (path.ptr[i] != '/' || i < same)
			continue;
		rc = visit(j, rule, walk, sl_strn(path.ptr, i), SL_MODE_TREE,
		    err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
run_tree(struct sl_judge *j, struct sl_rule *rule, const struct sl_node *list,
    struct sl_error *err)
{
	struct sl_str paths[MAX_TREE], before = SL_STR("");
	size_t count = sl_node_count(list);
	void *walk;
	int rc = SL_OK;

	if (sl_node_kind(list) != SL_NODE_LIST || count > MAX_TREE)
		return sl_node_error(list, err, SL_ECONFIG,
		    "tree must be a list of at most %d paths", MAX_TREE);
	for (size_t i = 0; i < count; i++) {
		rc = sl_node_read_text(sl_node_at(list, i), "a path",
		    &paths[i], err);
		if (rc < 0)
			return rc;
	}
	if (count)
		qsort(paths, count, sizeof(paths[0]), by_tree_order);
	walk = rule->kind->tree_begin(j, rule->state);
	for (size_t i = 0; i < count && rc == SL_OK; i++) {
		rc = visit_folders(j, rule, walk, before, paths[i], err);
		if (rc == SL_OK)
			rc = visit(j, rule, walk, paths[i], SL_MODE_FILE, err);
		before = paths[i];
	}
	if (rc == SL_OK)
		rc = rule->kind->tree_end(j, rule->state, walk, err);
	rule->kind->tree_free(walk);
	return rc;
}

/* --- running --- */

/* As the engine: a file over the kind's cap is judged by its size. */
static int
run_blob(struct sl_judge *j, struct sl_rule *rule, const struct example *e,
    struct sl_error *err)
{
	const struct sl_rule_kind *kind = rule->kind;
	struct sl_policy *policy = rule->policy;
	int rc;

	if (!sl_rule_reads_mode(rule, e->change.new_mode))
		return SL_OK;
	rc = kind->wants_blob(j, rule->state, e->change.path, err);
	if (rc != SL_RX_YES)
		return rc;
	if (e->size > kind->blob_cap(rule->state))
		return kind->blob_too_large(j, rule->state, e->change.path,
		    e->size, err);
	if (!policy->scan)
		policy->scan = sl_scan_new_whole(policy->scanner);
	sl_scan_begin(policy->scan, e->text);
	j->scan = policy->scan;
	rc = kind->blob(j, rule->state, e->change.path, e->text, err);
	j->scan = NULL;
	return rc;
}

/* Whether an example says what a file holds, or how much. */
static bool
has_file(const struct example *e)
{
	return e->text.ptr || sl_node_get(e->node, "size");
}

/* Which part of the kind an example is about follows from its keys. */
static int
run_example(struct sl_judge *j, struct sl_rule *rule, struct example *e,
    struct sl_error *err)
{
	const struct sl_rule_kind *kind = rule->kind;
	const struct sl_node *tree = sl_node_get(e->node, "tree");

	if (kind->blob && has_file(e))
		return run_blob(j, rule, e, err);
	if (kind->ref &&
	    sl_node_get(e->node, kind->commit ? "commits" : "ref"))
		return kind->ref(j, rule->state, &e->ref, err);
	if (kind->tree_entry && tree)
		return run_tree(j, rule, tree, err);
	if (sl_rule_hears_commits(rule))
		return kind->commit(j, rule->state, &e->commit, err);
	if (kind->change && sl_node_get(e->node, "path")) {
		struct sl_tree_entry entry = { .path = e->change.path,
			.name = e->change.path, .mode = e->change.new_mode };
		void *walk;
		int rc = kind->change(j, rule->state, &e->change, err);

		if (rc < 0 || !kind->wants_trees ||
		    !kind->wants_trees(rule->state))
			return rc;
		walk = kind->tree_begin(j, rule->state);
		rc = kind->tree_entry(j, rule->state, walk, &entry, err);
		kind->tree_free(walk);
		return rc;
	}
	return sl_node_error(e->node, err, SL_ECONFIG,
	    "this example has nothing that a rule of kind %s judges",
	    kind->name);
}

static int
check_example(struct sl_rule *rule, const struct sl_node *node,
    struct sl_error *err)
{
	SL_CLEANUP(example_release)
	struct example e = { .node = node, .rule = rule };
	struct sl_object_source source = { .self = &e,
		.blob_size = example_size, .blob_read = example_read };
	struct sl_judge j = { .scratch = rule->policy->scratch,
		.source = &source, .values = &e.values, .ops = &example_sink, .sink = &e };
	struct sl_error why = SL_ERROR_INIT;
	int rc = read_example(&e, err);

	if (rc < 0)
		return rc;
	j.pusher = e.pusher;
	j.verify = example_verify;
	j.verify_ctx = &e;
	rc = run_example(&j, rule, &e, &why);
	if (rc < 0 && why.place[0]) {
		*err = why;
		return rc;
	}
	if (rc < 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "example of rule \"%s\" cannot be judged: %s", rule->name,
		    why.text);
	if (e.expect == 0 && e.found)
		return sl_node_error(node, err, SL_ECONFIG,
		    "example of rule \"%s\" should pass, but fails: %s",
		    rule->name, e.message);
	if (e.expect == 1 && !e.found)
		return sl_node_error(node, err, SL_ECONFIG,
		    "example of rule \"%s\" should fail, but passes",
		    rule->name);
	return SL_OK;
}

/* Whether a later layer changed what all of them were written for. */
static bool
is_stale(const struct sl_rule *rule, const struct sl_node *list)
{
	return rule->stale_examples > 0 &&
	    rule->stale_examples >= sl_entry_count(list);
}

/* Whether an example still holds after what later layers changed. */
static bool
is_run(const struct sl_rule *rule, const struct sl_node *list, size_t index)
{
	const struct sl_node *expect =
	    sl_node_get(sl_node_at(list, index), "expect");

	if (index < rule->stale_examples)
		return false;
	return index >= rule->fails_only || !expect ||
	    !sl_str_eqs(sl_node_text(expect), "pass");
}

int
sl_rule_run_examples(struct sl_rule *rule, struct sl_error *err)
{
	const struct sl_node *list = sl_rule_get(rule, "examples");

	if (!list || is_stale(rule, list) || sl_rule_is_proven(rule))
		return SL_OK;
	if (sl_node_kind(list) != SL_NODE_LIST ||
	    sl_node_count(list) > MAX_EXAMPLES)
		return sl_node_error(list, err, SL_ECONFIG,
		    "examples must be a list of at most %d examples",
		    MAX_EXAMPLES);
	rule->policy->examples += sl_node_count(list);
	if (rule->policy->examples > MAX_ALL_EXAMPLES)
		return sl_node_error(list, err, SL_ECONFIG,
		    "the policy has more than %d examples", MAX_ALL_EXAMPLES);
	for (size_t i = 0; i < sl_node_count(list); i++) {
		int rc = is_run(rule, list, i) ?
		    check_example(rule, sl_node_at(list, i), err) :
		    SL_OK;

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

size_t
sl_rule_examples(const struct sl_rule *rule, bool *stale)
{
	const struct sl_node *list = sl_rule_get(rule, "examples");
	size_t count = 0;

	for (size_t i = 0; list && !sl_rule_is_proven(rule) &&
	     i < sl_node_count(list); i++)
		count += is_run(rule, list, i);
	if (stale != NULL)
		*stale = list != NULL && is_stale(rule, list);
	return count;
}
