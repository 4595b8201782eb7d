/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_rig.h"

#include "base/mem.h"
#include "policy/baseline.h"

struct push push;
struct sl_policy *policy;
struct sl_doc *site;
struct sl_verdict *verdict;
struct sl_judge_options options;
struct sl_baseline *baseline;
int64_t clock_step_ms;
static int64_t clock_ms;

struct sl_oid
push_oid(char letter, size_t index)
{
	struct sl_oid oid = { { 0 } };

	oid.id[0] = (uint8_t)letter;
	oid.id[1] = (uint8_t)(index + 1);
	return oid;
}

size_t
push_blob(struct sl_str text)
{
	push.blobs[push.blob_count] = text;
	return push.blob_count++;
}

size_t
push_commit(const char *message)
{
	size_t i = push.set.commit_count++;
	struct sl_commit *c = &push.commits[i];

	c->oid = push_oid('c', i);
	c->message = sl_str(message);
	c->author.name = SL_STR("Ana");
	c->author.email = SL_STR("ana@example.org");
	c->committer = c->author;
	c->parents = push.parents;
	c->parent_count = 1;
	return i;
}

void
push_file(size_t commit, unsigned tree, const char *path, uint32_t mode,
    size_t blob)
{
	size_t i = push.file_count++;

	push.files[i].commit = commit;
	push.files[i].tree = tree;
	push.files[i].path = path;
	push.files[i].mode = mode;
	push.files[i].blob = blob;
}

void
push_text(size_t commit, unsigned tree, const char *path, const char *text)
{
	push_file(commit, tree, path, SL_MODE_FILE, push_blob(sl_str(text)));
}

struct sl_ref_change *
push_ref(const char *name, unsigned tree)
{
	size_t i = push.set.ref_count++;
	struct sl_ref_change *r = &push.refs[i];

	r->ref = sl_str(name);
	r->action = SL_REF_UPDATE;
	r->old_oid = push_oid('o', i);
	r->new_oid = push_oid('c', 0);
	r->tip = r->new_oid;
	r->tip_kind = r->new_kind = SL_OBJECT_COMMIT;
	r->tree = push_oid('t', tree);
	r->commits = push.ref_commits[i];
	return r;
}

void
push_takes(struct sl_ref_change *ref, size_t commit)
{
	ref->commits[ref->commit_count++] = commit;
}

static int
push_commit_changes(void *self SL_UNUSED, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	if (push.broken_changes)
		return sl_error_set(err, SL_ECORRUPT, "no such tree");
	for (size_t i = 0; i < push.file_count; i++) {
		struct sl_path_change change = {
			.path = sl_str(push.files[i].path),
			.new_mode = push.files[i].mode,
			.new_oid = push_oid('b', push.files[i].blob),
		};
		int rc;

		if (push.files[i].commit == PUSH_MAX ||
		    !sl_oid_eq(&push.commits[push.files[i].commit].oid,
			&commit->oid))
			continue;
		rc = fn(ctx, &change, err);
		if (rc)
			return rc;
	}
	return SL_OK;
}

static struct sl_str
last_part(struct sl_str path)
{
	const char *slash = memrchr(path.ptr, '/', path.len);

	size_t skip = slash ? (size_t)(slash - path.ptr) + 1 : 0;

	return sl_strn(path.ptr + skip, path.len - skip);
}

static bool
lies_in(const char *path, struct sl_str folder)
{
	return folder.len && strlen(path) > folder.len && path[folder.len] == '/' &&
	    !memcmp(path, folder.ptr, folder.len);
}

static int
visit(struct sl_str path, uint32_t mode, size_t blob, sl_tree_entry_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct sl_tree_entry entry = { .path = path, .name = last_part(path),
		.mode = mode };
	int rc;

	if (mode != SL_MODE_TREE)
		entry.oid = push_oid('b', blob);
	push.entries++;
	rc = fn(ctx, &entry, err);
	return rc == SL_TREE_PASS && push.visits_all ? SL_OK : rc;
}

/* Files must be given in tree order; folders are made on the way. */
static int
push_tree_entries(void *self SL_UNUSED, const struct sl_oid *tree,
    sl_tree_entry_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_str passed = SL_STR("");
	const char *before = "";

	push.walks++;
	if (push.broken_tree && tree->id[1] == push.broken_tree + 1)
		return sl_error_set(err, SL_ECORRUPT, "object is missing");
	for (size_t i = 0; i < push.file_count; i++) {
		const char *path = push.files[i].path;
		size_t same = 0;
		int rc = 0;

		if (push.files[i].tree + 1 != tree->id[1] ||
		    lies_in(path, passed))
			continue;
		while (before[same] && before[same] == path[same])
			same++;
		for (size_t k = 0; path[k] && !rc; k++) {
			if (path[k] != '/' || k < same)
				continue;
			rc = visit(sl_strn(path, k), SL_MODE_TREE, 0, fn, ctx,
			    err);
			if (rc == SL_TREE_PASS)
				passed = sl_strn(path, k);
		}
		if (!rc)
			rc = visit(sl_str(path), push.files[i].mode,
			    push.files[i].blob, fn, ctx, err);
		if (rc && rc != SL_TREE_PASS)
			return rc;
		before = path;
	}
	return SL_OK;
}

static int
push_blob_size(void *self SL_UNUSED, const struct sl_oid *blob,
    uint64_t *size, struct sl_error *err)
{
	if (push.broken_blob && blob->id[1] == push.broken_blob)
		return sl_error_set(err, SL_ECORRUPT, "object is missing");
	*size = push.blobs[blob->id[1] - 1].len;
	return SL_OK;
}

static int
push_blob_read(void *self SL_UNUSED, const struct sl_oid *blob,
    struct sl_buf *out, struct sl_error *err)
{
	push.reads++;
	if (sl_buf_addv(out, push.blobs[blob->id[1] - 1]) < 0)
		return sl_error_set(err, SL_ETOOBIG, "too large");
	return SL_OK;
}

static int
push_ref_tip(void *self SL_UNUSED, struct sl_str ref, struct sl_oid *tip,
    struct sl_error *err)
{
	if (!sl_str_eqs(ref, "refs/heads/main"))
		return sl_error_set(err, SL_ENOTFOUND, "no such ref");
	*tip = push.main_tip;
	return SL_OK;
}

static int
push_is_ancestor(void *self SL_UNUSED,
    const struct sl_oid *ancestor SL_UNUSED,
    const struct sl_oid *descendant SL_UNUSED, bool *yes,
    struct sl_error *err SL_UNUSED)
{
	*yes = push.on_main;
	return SL_OK;
}

void
push_begin(void)
{
	memset(&push, 0, sizeof(push));
	push.set.refs = push.refs;
	push.set.commits = push.commits;
	push.set.source = (struct sl_object_source){
		.commit_changes = push_commit_changes,
		.tree_entries = push_tree_entries,
		.blob_size = push_blob_size,
		.blob_read = push_blob_read,
		.ref_tip = push_ref_tip,
		.is_ancestor = push_is_ancestor,
	};
}

static int64_t
test_now(void *self SL_UNUSED)
{
	return 1800000000;
}

static int64_t
test_monotonic(void *self SL_UNUSED)
{
	clock_ms += clock_step_ms;
	return clock_ms;
}

static const struct sl_clock test_clock = { NULL, test_now, test_monotonic,
	NULL };

static void
setup(void)
{
	push_begin();
	clock_ms = 1;
	clock_step_ms = 0;
	options = (struct sl_judge_options){ .clock = &test_clock };
}

void
judge_end(void)
{
	sl_verdict_free(verdict);
	sl_policy_free(policy);
	sl_doc_free(site);
	verdict = NULL;
	policy = NULL;
	site = NULL;
}

static void
teardown(void)
{
	judge_end();
	sl_baseline_free(baseline);
	baseline = NULL;
}

static const struct sl_verdict *
judge_as(const char *rules, bool project)
{
	SL_CLEANUP(sl_freep) char *text = sl_asprintf("%s%s", HEAD, rules);
	struct sl_policy_inputs in = { .project_alone = project };
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_doc_parse_yaml("s", sl_str(text), NULL, &site, &err),
	    &err);
	*(project ? &in.project : &in.site) = site;
	ck_assert_ok(sl_policy_load(&in, &policy, &err), &err);
	sl_policy_set_baseline(policy, baseline);
	ck_assert_ok(sl_engine_judge(policy, &push.set, &options, &verdict,
			 &err),
	    &err);
	return verdict;
}

const struct sl_verdict *
judge(const char *rules)
{
	return judge_as(rules, false);
}

const struct sl_verdict *
judge_project(const char *rules)
{
	return judge_as(rules, true);
}

void
assert_one(const struct sl_verdict *v, const char *message)
{
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_str_eq(v->findings[0].message, message);
}

TCase *
make_case(const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	return tc;
}
