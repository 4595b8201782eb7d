/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree: what the tree of a new tip must hold, may hold, must not hold; at its
 * root, or in each folder that a pattern names, where a condition holds.
 *
 * Paths are matched from the root, or from the folder of `each-dir`. A folder
 * itself is matched with a final '/', so that `src/` asks for a folder and
 * `src/.+` for something in it.
 *
 * One pass, in tree order: a folder comes before what it holds, and what it
 * holds comes in one piece, so that the folders under judgement are a stack.
 * A folder in which nothing can matter any more is not read.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"
#include "policy/kinds/filled.h"

#define MAX_REQUIRED 64
/* Folders of `each-dir` within each other. */
#define MAX_NESTED 64
/* Breaches of one folder that wait for its condition. */
#define MAX_WAITING 10000

/* What is asked of a place. */
struct asked {
	struct sl_patterns when; /* none: always */
	struct sl_patterns *require; /* each: a path and its aliases */
	size_t require_count;
	struct sl_patterns forbid;
	struct sl_patterns allow;
};

struct tree_rule {
	struct sl_patterns each_dir; /* none: the root */
	struct sl_patterns except_dir;
	struct asked asked;
	bool fills; /* asked has names of what each_dir captures */
};

/* A path that breaks the rule if the condition holds. */
struct breach {
	char *path;
	size_t len;
	bool forbidden; /* else: not allowed */
};

/* A folder under judgement. */
struct place {
	char *path; /* without final '/'; "" for the root */
	size_t len;
	uint64_t seen; /* bit i: require[i] is there */
	bool holds;    /* what `when` asks is there */
	struct sl_rx *dir; /* of each-dir, that names it; NULL: none */
	const struct asked *asked;
	struct asked *own; /* filled for this place; NULL: the rule's */
	struct breach *waiting;
	size_t waiting_count;
	size_t waiting_room;
};

struct walk {
	struct place stack[MAX_NESTED];
	size_t depth;
	bool begun; /* the root was looked at */
};

/* Without each-dir the root is judged, which is another question. */
static const struct sl_key tree_keys[] = {
	{ .name = "each-dir", .tighten = SL_TIGHTEN_ADD, .if_given = true },
	{ .name = "except-dir", .tighten = SL_TIGHTEN_DROP, .if_given = true },
	/* Without it everything is asked everywhere. */
	{ .name = "when", .tighten = SL_TIGHTEN_ADD, .if_given = true },
	{ .name = "require", .tighten = SL_TIGHTEN_ADD },
	{ .name = "forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "allow", .tighten = SL_TIGHTEN_DROP },
	{ .name = NULL },
};

static void
asked_release(struct asked *a)
{
	sl_patterns_release(&a->when);
	for (size_t i = 0; i < a->require_count; i++)
		sl_patterns_release(&a->require[i]);
	free(a->require);
	sl_patterns_release(&a->forbid);
	sl_patterns_release(&a->allow);
}

static void
tree_free(void *state)
{
	struct tree_rule *r = state;

	asked_release(&r->asked);
	sl_patterns_release(&r->each_dir);
	sl_patterns_release(&r->except_dir);
	free(r);
}

/* --- reading --- */

static int
read_required(struct sl_rule *rule, struct tree_rule *r, struct sl_error *err)
{
	const struct sl_node *list = sl_rule_get(rule, "require");
	struct asked *a = &r->asked;

	if (!list)
		return SL_OK;
	if (sl_node_kind(list) != SL_NODE_LIST || sl_node_count(list) == 0 ||
	    sl_node_count(list) > MAX_REQUIRED)
		return sl_node_error(list, err, SL_ECONFIG,
		    "require must be a list of 1 to %d paths; each is a "
		    "pattern or a list of patterns of which one is enough",
		    MAX_REQUIRED);
	a->require = sl_alloc_array(sl_node_count(list), sizeof(*a->require));
	for (size_t i = 0; i < sl_node_count(list); i++) {
		const struct sl_node *node = sl_node_at(list, i);
		int rc = sl_rule_compile_patterns(rule, node, "require",
		    SL_RX_FULL, &a->require[i], err);

		a->require_count += rc == SL_OK;
		if (rc == SL_OK)
			rc = sl_filled_check(node, &a->require[i],
			    &r->each_dir, &r->fills, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
read_asked(struct sl_rule *rule, struct tree_rule *r, struct sl_error *err)
{
	const struct {
		const char *key;
		struct sl_patterns *out;
	} rows[] = {
		{ "when", &r->asked.when },
		{ "forbid", &r->asked.forbid },
		{ "allow", &r->asked.allow },
	};
	int rc = read_required(rule, r, err);

	for (size_t i = 0; i < SL_COUNT(rows) && rc == SL_OK; i++) {
		rc = sl_rule_read_patterns(rule, rows[i].key, SL_RX_FULL,
		    rows[i].out, err);
		if (rc == SL_OK)
			rc = sl_filled_check(sl_rule_get(rule, rows[i].key),
			    rows[i].out, &r->each_dir, &r->fills, err);
	}
	return rc;
}

static int
tree_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct tree_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	rc = sl_rule_read_patterns(rule, "each-dir", SL_RX_FULL, &r->each_dir,
	    err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "except-dir", SL_RX_FULL,
		    &r->except_dir, err);
	if (rc == SL_OK)
		rc = read_asked(rule, r, err);
	if (rc < 0)
		return rc;
	if (!r->asked.require_count && !r->asked.forbid.count &&
	    !r->asked.allow.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a tree rule needs require, forbid or "
		    "allow");
	if (r->except_dir.count && !r->each_dir.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "has except-dir without each-dir");
	return SL_OK;
}

/* --- places --- */

/* What is asked of one place, with what each-dir captured in its path. */
static int
asked_fill(const struct asked *from, const struct sl_rx *rx,
    const struct sl_rx_match *match, struct asked *to, struct sl_error *err)
{
	int rc = sl_filled_make(&from->when, rx, match, &to->when, err);

	to->require = sl_alloc_array(from->require_count + 1,
	    sizeof(*to->require));
	for (size_t i = 0; i < from->require_count && rc == SL_OK; i++) {
		rc = sl_filled_make(&from->require[i], rx, match,
		    &to->require[i], err);
		to->require_count += rc == SL_OK;
	}
	if (rc == SL_OK)
		rc = sl_filled_make(&from->forbid, rx, match, &to->forbid,
		    err);
	if (rc == SL_OK)
		rc = sl_filled_make(&from->allow, rx, match, &to->allow, err);
	return rc;
}

/* dir and match are what each-dir captured; NULL without each-dir. */
static int
open_place(const struct tree_rule *r, struct walk *w, struct sl_str path,
    struct sl_rx *dir, const struct sl_rx_match *match, struct sl_error *err)
{
	struct place *p;

	if (w->depth == MAX_NESTED)
		return sl_error_set(err, SL_ELIMIT,
		    "more than %d folders of each-dir within each other",
		    MAX_NESTED);
	p = &w->stack[w->depth++];
	*p = (struct place){
		.path = sl_strndup(path.len ? path.ptr : "", path.len),
		.len = path.len,
		.holds = r->asked.when.count == 0,
		.dir = dir,
		.asked = &r->asked,
	};
	if (!r->fills)
		return SL_OK;
	p->own = sl_alloc(sizeof(*p->own));
	p->asked = p->own;
	return asked_fill(&r->asked, dir, match, p->own, err);
}

static void
drop_place(struct walk *w)
{
	struct place *p = &w->stack[--w->depth];

	for (size_t i = 0; i < p->waiting_count; i++)
		free(p->waiting[i].path);
	free(p->waiting);
	if (p->own)
		asked_release(p->own);
	free(p->own);
	free(p->path);
}

static void *
tree_begin(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED)
{
	return sl_alloc(sizeof(struct walk));
}

static void
tree_walk_free(void *walk)
{
	struct walk *w = walk;

	while (w->depth)
		drop_place(w);
	free(w);
}

/* Tell a breach in a place, with the groups of each-dir in its path. */
static void
tell(struct sl_judge *j, const struct place *p, struct sl_hit *hit)
{
	struct sl_rx_match match;

	if (p->dir &&
	    sl_rx_match(p->dir, j->scratch, sl_strn(p->path, p->len), 0,
		&match, NULL) == SL_RX_YES) {
		hit->rx = p->dir;
		hit->match = &match;
	}
	sl_judge_found(j, hit);
}

static void
tell_breach(struct sl_judge *j, const struct place *p, struct sl_str path,
    bool forbidden)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(2000);
	size_t skip = p->len ? p->len + 1 : 0;
	struct sl_hit hit = {
		.path = path,
		.found = sl_strn(path.ptr + skip, path.len - skip),
		.message = "{path} must not be there",
		.fix = "git rm it",
	};

	if (!forbidden) {
		sl_patterns_show(&p->asked->allow, &expected);
		hit.expected = sl_buf_str(&expected);
		hit.message = "{path} is not like {expected}";
		hit.fix = "git mv it, or git rm it";
	}
	tell(j, p, &hit);
}

static void
tell_missing(struct sl_judge *j, const struct place *p)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf missing = SL_BUF_INIT(4000);
	struct sl_hit hit = {
		.path = sl_strn(p->path, p->len),
		.message = p->len ? "{path} lacks {missing}" :
				    "the repository lacks {missing}",
		.fix = "add {missing}",
	};

	for (size_t i = 0; i < p->asked->require_count; i++) {
		if (p->seen & (uint64_t)1 << i)
			continue;
		sl_buf_adds(&missing, missing.len ? ", " : "");
		sl_pattern_show(p->asked->require[i].rx[0], &missing);
	}
	hit.missing = sl_buf_str(&missing);
	if (missing.len)
		tell(j, p, &hit);
}

static void
close_place(struct sl_judge *j, struct walk *w)
{
	const struct place *p = &w->stack[w->depth - 1];

	for (size_t i = 0; i < p->waiting_count && p->holds; i++)
		tell_breach(j, p,
		    sl_strn(p->waiting[i].path, p->waiting[i].len),
		    p->waiting[i].forbidden);
	if (p->holds)
		tell_missing(j, p);
	drop_place(w);
}

/* --- the walk --- */

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

static int
breach(struct sl_judge *j, struct place *p, struct sl_str path,
    bool forbidden, struct sl_error *err)
{
	if (!p->asked->when.count) {
		tell_breach(j, p, path, forbidden);
		return SL_OK;
	}
	if (p->waiting_count == MAX_WAITING)
		return sl_error_set(err, SL_ELIMIT,
		    "more than %d breaches wait for the condition of one "
		    "folder", MAX_WAITING);
	SL_GROW(p->waiting, p->waiting_count, p->waiting_room);
	p->waiting[p->waiting_count++] = (struct breach){
		sl_strndup(path.ptr, path.len), path.len, forbidden };
	return SL_OK;
}

/* Note what of `when` and `require` an entry is. */
static int
see_wanted(struct sl_judge *j, struct place *p, struct sl_str rest,
    struct sl_error *err)
{
	const struct asked *a = p->asked;
	int rc;

	if (!p->holds) {
		rc = sl_patterns_match(&a->when, j->scratch, rest, NULL, NULL,
		    err);
		if (rc < 0)
			return rc;
		p->holds = rc == SL_RX_YES;
	}
	for (size_t i = 0; i < a->require_count; i++) {
		uint64_t bit = (uint64_t)1 << i;

		if (p->seen & bit)
			continue;
		rc = sl_patterns_match(&a->require[i], j->scratch, rest, NULL,
		    NULL, err);
		if (rc < 0)
			return rc;
		if (rc == SL_RX_YES)
			p->seen |= bit;
	}
	return SL_OK;
}

/* One entry seen from one place; rest ends in '/' for a folder. */
static int
see(struct sl_judge *j, struct place *p, struct sl_str rest,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	int rc = see_wanted(j, p, rest, err);

	if (rc == SL_OK)
		rc = sl_patterns_match(&p->asked->forbid, j->scratch, rest,
		    NULL, NULL, err);
	if (rc == SL_RX_YES)
		rc = breach(j, p, entry->path, true, err);
	if (rc < 0 || entry->mode == SL_MODE_TREE || !p->asked->allow.count)
		return rc;
	rc = sl_patterns_match(&p->asked->allow, j->scratch, rest, NULL, NULL,
	    err);
	if (rc == SL_RX_NO)
		return breach(j, p, entry->path, false, err);
	return rc < 0 ? rc : SL_OK;
}

/*
 * A folder that each-dir may name; the root is "". Where names are filled in,
 * every pattern that matches counts with what it captures: what one of them
 * asks cannot be lifted by another that comes before it.
 */
static int
enter(struct sl_judge *j, const struct tree_rule *r, struct walk *w,
    struct sl_str path, struct sl_error *err)
{
	int rc = sl_patterns_match(&r->each_dir, j->scratch, path, NULL, NULL,
	    err);

	if (rc == SL_RX_NO)
		return SL_OK;
	if (rc == SL_RX_YES)
		rc = sl_patterns_match(&r->except_dir, j->scratch, path, NULL,
		    NULL, err);
	if (rc != SL_RX_NO)
		return rc < 0 ? rc : SL_OK;
	for (size_t i = 0; i < r->each_dir.count; i++) {
		struct sl_rx *dir = r->each_dir.rx[i];
		struct sl_rx_match match;

		rc = sl_rx_match(dir, j->scratch, path, 0, &match, err);
		if (rc == SL_RX_NO)
			continue;
		if (rc == SL_RX_YES)
			rc = open_place(r, w, path, dir, &match, err);
		if (rc < 0 || !r->fills)
			return rc;
	}
	return SL_OK;
}

static int
enter_root(struct sl_judge *j, const struct tree_rule *r, struct walk *w,
    struct sl_error *err)
{
	struct sl_str root = sl_strn("", 0);

	if (w->begun)
		return SL_OK;
	w->begun = true;
	return r->each_dir.count ? enter(j, r, w, root, err) :
				   open_place(r, w, root, NULL, NULL, err);
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
	int rc = enter_root(j, r, w, err);

	/* The root is never left. */
	while (w->depth && w->stack[w->depth - 1].len &&
	    below(&w->stack[w->depth - 1], path).len == 0)
		close_place(j, w);
	if (folder && w->depth) {
		sl_buf_addv(&slashed, path);
		if (sl_buf_addc(&slashed, '/') < 0)
			return sl_error_set(err, SL_ELIMIT,
			    "a path is too long");
		path = sl_buf_str(&slashed);
	}
	for (size_t i = 0; i < w->depth && rc == SL_OK; i++)
		rc = see(j, &w->stack[i], below(&w->stack[i], path), entry,
		    err);
	if (rc == SL_OK && folder && r->each_dir.count)
		rc = enter(j, r, w, entry->path, err);
	return rc;
}

static int
tree_end(struct sl_judge *j, void *state, void *walk, struct sl_error *err)
{
	struct walk *w = walk;
	int rc = enter_root(j, state, w, err);

	while (w->depth && rc == SL_OK)
		close_place(j, w);
	return rc;
}

/* --- what need not be read --- */

/* Whether one of some patterns can match below a folder, which ends in '/'. */
static bool
could_match(struct sl_judge *j, const struct sl_patterns *p,
    struct sl_str folder)
{
	return sl_patterns_could_go_on(p, j->scratch, folder);
}

static bool
place_wants_below(struct sl_judge *j, const struct place *p,
    struct sl_str folder)
{
	const struct asked *a = p->asked;

	if (a->allow.count || could_match(j, &a->forbid, folder) ||
	    (!p->holds && could_match(j, &a->when, folder)))
		return true;
	for (size_t i = 0; i < a->require_count; i++)
		if (!(p->seen & (uint64_t)1 << i) &&
		    could_match(j, &a->require[i], folder))
			return true;
	return false;
}

static bool
tree_wants_below(struct sl_judge *j, void *state, void *walk,
    struct sl_str folder)
{
	const struct tree_rule *r = state;
	const struct walk *w = walk;

	if (could_match(j, &r->each_dir, folder))
		return true;
	for (size_t i = 0; i < w->depth; i++) {
		const struct place *p = &w->stack[i];
		size_t skip = p->len ? p->len + 1 : 0;

		/* The folder that has just become a place itself: what it
		 * holds is seen from it as from the root. */
		if (folder.len == skip)
			return true;
		if (place_wants_below(j, p,
			sl_strn(folder.ptr + skip, folder.len - skip)))
			return true;
	}
	return false;
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
	.wants_below = tree_wants_below,
};
