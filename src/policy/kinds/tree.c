/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree: what the tree of a new tip must hold, may hold, must not hold; at its
 * root, or in each folder that a pattern names.
 *
 * Paths are matched from the root, or from the folder of `each-dir`. A folder
 * itself is matched with a final '/', so that `src/` asks for a folder and
 * `src/.+` for something in it.
 *
 * One pass, in tree order: a folder comes before what it holds, and what it
 * holds comes in one piece, so that the folders under judgement are a stack.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"

#define MAX_REQUIRED 64
/* Folders of `each-dir` within each other. */
#define MAX_NESTED 64

/* One of these must be there: a path and its aliases. */
struct required {
	struct sl_patterns any;
	struct sl_buf shown; /* the first alias as people write it */
};

struct tree_rule {
	struct sl_patterns each_dir; /* none: the root */
	struct sl_patterns except_dir;
	struct required *required;
	size_t required_count;
	struct sl_patterns forbid;
	struct sl_patterns allow;
	struct sl_buf expected;
};

/* A folder under judgement. */
struct place {
	char *path; /* without final '/'; "" for the root */
	size_t len;
	uint64_t seen; /* bit i: required[i] is there */
};

struct walk {
	struct place stack[MAX_NESTED];
	size_t depth;
};

/* Without each-dir the root is judged, which is another question. */
static const struct sl_key tree_keys[] = {
	{ .name = "each-dir", .tighten = SL_TIGHTEN_ADD, .if_given = true },
	{ .name = "except-dir", .tighten = SL_TIGHTEN_DROP, .if_given = true },
	{ .name = "require", .tighten = SL_TIGHTEN_ADD },
	{ .name = "forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "allow", .tighten = SL_TIGHTEN_DROP },
	{ .name = NULL },
};

static void
tree_free(void *state)
{
	struct tree_rule *r = state;

	for (size_t i = 0; i < r->required_count; i++) {
		sl_patterns_release(&r->required[i].any);
		sl_buf_release(&r->required[i].shown);
	}
	free(r->required);
	sl_patterns_release(&r->each_dir);
	sl_patterns_release(&r->except_dir);
	sl_patterns_release(&r->forbid);
	sl_patterns_release(&r->allow);
	sl_buf_release(&r->expected);
	free(r);
}

static int
read_required(struct sl_rule *rule, struct tree_rule *r, struct sl_error *err)
{
	const struct sl_node *list = sl_rule_get(rule, "require");

	if (!list)
		return SL_OK;
	if (sl_node_kind(list) != SL_NODE_LIST || sl_node_count(list) == 0 ||
	    sl_node_count(list) > MAX_REQUIRED)
		return sl_node_error(list, err, SL_ECONFIG,
		    "require must be a list of 1 to %d paths; each is a "
		    "pattern or a list of patterns of which one is enough",
		    MAX_REQUIRED);
	r->required = sl_alloc_array(sl_node_count(list),
	    sizeof(*r->required));
	for (size_t i = 0; i < sl_node_count(list); i++) {
		struct required *q = &r->required[i];
		int rc = sl_rule_compile_patterns(rule, sl_node_at(list, i),
		    "require", SL_RX_FULL, &q->any, err);

		if (rc < 0)
			return rc;
		r->required_count++;
		sl_buf_init(&q->shown, SL_RX_MAX_PATTERN);
		sl_pattern_show(q->any.rx[0], &q->shown);
	}
	return SL_OK;
}

static int
tree_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct tree_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	sl_buf_init(&r->expected, 2000);
	rc = sl_rule_read_patterns(rule, "each-dir", SL_RX_FULL, &r->each_dir,
	    err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "except-dir", SL_RX_FULL,
		    &r->except_dir, err);
	if (rc == SL_OK)
		rc = read_required(rule, r, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "forbid", SL_RX_FULL,
		    &r->forbid, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "allow", SL_RX_FULL,
		    &r->allow, err);
	if (rc < 0)
		return rc;
	if (!r->required_count && !r->forbid.count && !r->allow.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a tree rule needs require, forbid or "
		    "allow");
	if (r->except_dir.count && !r->each_dir.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "has except-dir without each-dir");
	sl_patterns_show(&r->allow, &r->expected);
	return SL_OK;
}

/* --- the walk --- */

static int
open_place(struct walk *w, struct sl_str path, struct sl_error *err)
{
	if (w->depth == MAX_NESTED)
		return sl_error_set(err, SL_ELIMIT,
		    "more than %d folders of each-dir within each other",
		    MAX_NESTED);
	w->stack[w->depth++] = (struct place){
		sl_strndup(path.len ? path.ptr : "", path.len), path.len, 0 };
	return SL_OK;
}

static void *
tree_begin(struct sl_judge *j SL_UNUSED, void *state)
{
	const struct tree_rule *r = state;
	struct walk *w = sl_alloc(sizeof(*w));

	if (!r->each_dir.count)
		(void)open_place(w, sl_strn("", 0), NULL);
	return w;
}

static void
tree_walk_free(void *walk)
{
	struct walk *w = walk;

	while (w->depth)
		free(w->stack[--w->depth].path);
	free(w);
}

/* The groups that each-dir captured in a folder's path. */
static void
find_groups(struct sl_judge *j, const struct tree_rule *r, struct sl_str path,
    struct sl_hit *hit, struct sl_rx_match *match)
{
	struct sl_rx *rx = NULL;

	if (r->each_dir.count &&
	    sl_patterns_match(&r->each_dir, j->scratch, path, &rx, match,
		NULL) == SL_RX_YES) {
		hit->rx = rx;
		hit->match = match;
	}
}

static void
close_place(struct sl_judge *j, const struct tree_rule *r, struct walk *w)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf missing = SL_BUF_INIT(4000);
	struct place *p = &w->stack[w->depth - 1];
	struct sl_rx_match match;
	struct sl_hit hit = {
		.path = sl_strn(p->path, p->len),
		.message = p->len ? "{path} lacks {missing}" :
				    "the repository lacks {missing}",
		.fix = "add {missing}",
	};

	for (size_t i = 0; i < r->required_count; i++) {
		if (p->seen & (uint64_t)1 << i)
			continue;
		sl_buf_adds(&missing, missing.len ? ", " : "");
		sl_buf_addv(&missing, sl_buf_str(&r->required[i].shown));
	}
	if (missing.len) {
		hit.missing = sl_buf_str(&missing);
		find_groups(j, r, hit.path, &hit, &match);
		sl_judge_found(j, &hit);
	}
	free(p->path);
	w->depth--;
}

/* The part of path below a place, or a view without bytes if it is not. */
static struct sl_str
below(const struct place *p, struct sl_str path)
{
	if (p->len == 0)
		return path;
	if (path.len > p->len + 1 && path.ptr[p->len] == '/' &&
	    !memcmp(path.ptr, p->path, p->len))
		return sl_strn(path.ptr + p->len + 1, path.len - p->len - 1);
	return sl_strn(NULL, 0);
}

/* One entry seen from one place; rest ends in '/' for a folder. */
static int
see(struct sl_judge *j, const struct tree_rule *r, struct place *p,
    struct sl_str rest, const struct sl_tree_entry *entry,
    struct sl_error *err)
{
	struct sl_hit hit = { .path = entry->path, .found = rest };
	struct sl_rx_match match;
	int rc;

	for (size_t i = 0; i < r->required_count; i++) {
		if (p->seen & (uint64_t)1 << i)
			continue;
		rc = sl_patterns_match(&r->required[i].any, j->scratch, rest,
		    NULL, NULL, err);
		if (rc < 0)
			return rc;
		if (rc == SL_RX_YES)
			p->seen |= (uint64_t)1 << i;
	}
	rc = sl_patterns_match(&r->forbid, j->scratch, rest, NULL, NULL, err);
	if (rc == SL_RX_YES) {
		hit.message = "{path} must not be there";
		hit.fix = "git rm it";
		find_groups(j, r, sl_strn(p->path, p->len), &hit, &match);
		sl_judge_found(j, &hit);
	}
	if (rc < 0 || !r->allow.count || entry->mode == SL_MODE_TREE)
		return rc < 0 ? rc : SL_OK;
	rc = sl_patterns_match(&r->allow, j->scratch, rest, NULL, NULL, err);
	if (rc == SL_RX_NO) {
		hit.message = "{path} is not like {expected}";
		hit.expected = sl_buf_str(&r->expected);
		hit.fix = "git mv it, or git rm it";
		find_groups(j, r, sl_strn(p->path, p->len), &hit, &match);
		sl_judge_found(j, &hit);
	}
	return rc < 0 ? rc : SL_OK;
}

static int
enter(struct sl_judge *j, const struct tree_rule *r, struct walk *w,
    struct sl_str path, struct sl_error *err)
{
	int rc = sl_patterns_match(&r->each_dir, j->scratch, path, NULL, NULL,
	    err);

	if (rc == SL_RX_YES && r->except_dir.count) {
		rc = sl_patterns_match(&r->except_dir, j->scratch, path, NULL,
		    NULL, err);
		if (rc == SL_RX_YES)
			return SL_OK;
		if (rc == SL_RX_NO)
			rc = SL_RX_YES;
	}
	if (rc != SL_RX_YES)
		return rc;
	return open_place(w, path, err);
}

static int
tree_entry(struct sl_judge *j, void *state, void *walk,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	const struct tree_rule *r = state;
	struct walk *w = walk;
	bool folder = entry->mode == SL_MODE_TREE;
	SL_CLEANUP(sl_buf_release) struct sl_buf slashed = SL_BUF_INIT(65536);
	struct sl_str path = entry->path;
	int rc = SL_OK;

	/* The root place is never left. */
	while (w->depth && r->each_dir.count &&
	    below(&w->stack[w->depth - 1], path).len == 0)
		close_place(j, r, w);
	if (folder && w->depth) {
		sl_buf_addv(&slashed, path);
		if (sl_buf_addc(&slashed, '/') < 0)
			return sl_error_set(err, SL_ELIMIT,
			    "a path is too long");
		path = sl_buf_str(&slashed);
	}
	for (size_t i = 0; i < w->depth && rc == SL_OK; i++)
		rc = see(j, r, &w->stack[i], below(&w->stack[i], path), entry,
		    err);
	if (rc == SL_OK && folder && r->each_dir.count)
		rc = enter(j, r, w, entry->path, err);
	return rc;
}

static int
tree_end(struct sl_judge *j, void *state, void *walk,
    struct sl_error *err SL_UNUSED)
{
	struct walk *w = walk;

	while (w->depth)
		close_place(j, state, w);
	return SL_OK;
}

const struct sl_rule_kind sl_kind_tree = {
	.name = "tree",
	.brief = "what the tree of a branch or tag must, may and must not hold",
	.keys = tree_keys,
	.parse = tree_parse,
	.free = tree_free,
	.tree_begin = tree_begin,
	.tree_entry = tree_entry,
	.tree_end = tree_end,
	.tree_free = tree_walk_free,
};
