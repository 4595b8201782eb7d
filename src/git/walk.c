/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commits of a push are new (see git/changes.h for what that means).
 *
 * Refs of the push are taken in classes under the same rules. For each class a
 * frontier walks back from the new tips. It stops at the push's old values
 * and at HEAD. A commit that exists only in the quarantine is new: refs never
 * point outside the kept objects, so none reaches it. A commit among the kept
 * objects is set aside; an ordinary push meets none. Those are then looked for
 * a little way behind HEAD and the old values, then among the tips of existing
 * refs. Only if one is still unexplained is git asked, once, which part of
 * history no ref reaches.
 */
#include "git/git_int.h"

#include <stdio.h>

#include "base/mem.h"

/* Entries of all refs' lists; over it, refs of one class share commits. */
#define LISTED_MAX ((size_t)8 << 20)
/* Text of all commits of one set. */
#define TEXT_MAX ((size_t)512 << 20)
#define NOTES_MAX 64
/* Commits that are read behind HEAD and old values before refs are. */
#define NEAR_MAX 256

struct node {
	struct sl_commit commit; /* zero until loaded */
	bool loaded;
	bool failed;
	bool listed;     /* new for some ref */
	uint32_t seen;   /* class in which the frontier was here */
	uint32_t fresh;  /* class for which it is new */
	uint32_t shared; /* class in which a ref lists it already */
	uint32_t stamp;  /* last pass that visited it */
	size_t order;    /* in set->commits */
};

/* One stop of a walk that finishes parents before children. */
struct step {
	uint32_t node;
	size_t parent;
};

struct walker {
	struct sl_git *repo;
	const struct sl_git_change_opts *opts;
	struct sl_change_set *set;
	struct sl_oidmap ids; /* of nodes */
	struct node *nodes;
	size_t node_room;
	uint32_t *stack;
	size_t stack_count, stack_room;
	size_t loaded, max_commits, listed;
	uint32_t class, stamp;
	bool capped;
};

void
sl_git_note(struct sl_change_set *set, const char *fmt, ...)
{
	struct sl_error text = SL_ERROR_INIT;
	va_list ap;

	if (set->note_count >= NOTES_MAX)
		return;
	va_start(ap, fmt);
	sl_error_vset(&text, SL_ELIMIT, fmt, ap);
	va_end(ap);
	set->notes = sl_realloc_array(set->notes, set->note_count + 1,
	    sizeof(*set->notes));
	set->notes[set->note_count++].text = sl_strdup(text.text);
}

static void
walker_init(struct walker *w, struct sl_git *repo,
    const struct sl_git_change_opts *opts, struct sl_change_set *set)
{
	static const struct sl_git_change_opts defaults;

	memset(w, 0, sizeof(*w));
	w->repo = repo;
	w->opts = opts != NULL ? opts : &defaults;
	w->set = set;
	w->max_commits = w->opts->max_commits ? w->opts->max_commits :
						SL_GIT_COMMITS_MAX;
	memset(&repo->stats, 0, sizeof(repo->stats));
}

static void
walker_release(struct walker *w)
{
	for (size_t i = 0; i < w->ids.count; i++)
		free(w->nodes[i].commit.parents);
	free(w->nodes);
	free(w->stack);
	sl_oidmap_release(&w->ids);
}

static uint32_t
node_of(struct walker *w, const struct sl_oid *oid)
{
	bool is_new;
	uint32_t n = sl_oidmap_put(&w->ids, oid, &is_new);

	if (!is_new)
		return n;
	SL_GROW(w->nodes, n, w->node_room);
	memset(&w->nodes[n], 0, sizeof(w->nodes[n]));
	return n;
}

static void
push(struct walker *w, uint32_t node)
{
	SL_GROW(w->stack, w->stack_count, w->stack_room);
	w->stack[w->stack_count++] = node;
}

/* Read a commit once; what cannot be read is said once. */
static bool
load(struct walker *w, uint32_t n)
{
	struct sl_arena *arena = &w->set->arena;
	struct sl_error why = SL_ERROR_INIT;
	struct node *node = &w->nodes[n];

	if (node->loaded || node->failed)
		return node->loaded;
	if (w->loaded >= w->max_commits || arena->bytes > TEXT_MAX) {
		if (!w->capped)
			sl_git_note(w->set,
			    "the push brings more than %zu new commits; the "
			    "others were not looked at: push in parts, or "
			    "raise the limit", w->loaded);
		w->capped = true;
		return false;
	}
	if (sl_git_commit_load(w->repo, &w->ids.keys[n], arena,
		&node->commit, &why) < 0) {
		node->failed = true;
		sl_git_note(w->set, "a new commit cannot be read: %s%s",
		    why.text, sl_git_is_shallow(w->repo) ?
		    " (the repository is shallow)" : "");
		return false;
	}
	node->loaded = true;
	w->loaded++;
	w->repo->stats.commits_read++;
	return true;
}

/* Whether an object was there before the push. */
static bool
is_kept(struct sl_git *repo, const struct sl_oid *oid)
{
	git_oid id = sl_git_oid(oid);

	if (repo->kept == NULL)
		return true;
#if SL_LIBGIT2_AT_LEAST(1, 2)
	/* Without a second look for packs that came meanwhile: taking a
	 * commit for new is the safe mistake. */
	return git_odb_exists_ext(repo->kept, &id, GIT_ODB_LOOKUP_NO_REFRESH);
#else
	return git_odb_exists(repo->kept, &id);
#endif
}

/* Is what `known` reaches judged well enough for `pushed`? */
static bool
covers(const struct walker *w, struct sl_str known, struct sl_str pushed)
{
	return w->opts->covers == NULL ||
	    w->opts->covers(w->opts->covers_ctx, known, pushed);
}

/* Old values and HEAD, where they cover a ref. */
static void
find_stops(struct walker *w, const struct sl_git_walk_ref *refs, size_t count,
    struct sl_str pushed, struct sl_oidmap *stops)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf name = SL_BUF_INIT(4096);
	struct sl_error ignored = SL_ERROR_INIT;
	struct sl_oid head;

	for (size_t i = 0; i < count; i++)
		if (!sl_oid_is_zero(&refs[i].old_commit) &&
		    covers(w, refs[i].change->ref, pushed))
			sl_oidmap_put(stops, &refs[i].old_commit, NULL);
	if (sl_git_head_ref(w->repo, &name, &ignored) == SL_OK &&
	    sl_git_ref_read(w->repo, sl_buf_cstr(&name), &head, &ignored) ==
		SL_OK &&
	    covers(w, sl_buf_str(&name), pushed))
		sl_oidmap_put(stops, &head, NULL);
}

/* Walk back from what is on the stack; kept commits go to `aside`. */
static void
walk_frontier(struct walker *w, const struct sl_oidmap *stops,
    struct sl_oidmap *aside)
{
	while (w->stack_count > 0) {
		uint32_t n = w->stack[--w->stack_count];
		struct sl_oid oid = w->ids.keys[n];

		if (w->nodes[n].seen == w->class)
			continue;
		w->nodes[n].seen = w->class;
		if (sl_oidmap_find(stops, &oid) != SL_OIDMAP_NONE)
			continue;
		if (is_kept(w->repo, &oid)) {
			sl_oidmap_put(aside, &oid, NULL);
			continue;
		}
		if (!load(w, n))
			continue;
		w->nodes[n].fresh = w->class;
		for (size_t i = 0; i < w->nodes[n].commit.parent_count; i++)
			push(w, node_of(w, &w->nodes[n].commit.parents[i]));
	}
}

/* Commits that were set aside, and which of them are explained. */
struct aside {
	struct sl_oidmap ids;
	bool *known;
	size_t unknown;
};

static void
explain(struct aside *aside, const struct sl_oid *oid)
{
	uint32_t n = sl_oidmap_find(&aside->ids, oid);

	if (n == SL_OIDMAP_NONE || aside->known[n])
		return;
	aside->known[n] = true;
	aside->unknown--;
}

/*
 * Look for them close behind the stops: the usual base of a branch or a
 * rebase is a recent commit of the default branch.
 */
static void
look_near(struct walker *w, const struct sl_oidmap *stops,
    struct aside *aside)
{
	struct sl_oidmap queue = SL_OIDMAP_INIT;

	for (size_t i = 0; i < stops->count && i < NEAR_MAX; i++)
		sl_oidmap_put(&queue, &stops->keys[i], NULL);
	for (size_t i = 0; i < queue.count && i < NEAR_MAX; i++) {
		struct sl_oid oid = queue.keys[i];
		struct sl_error ignored = SL_ERROR_INIT;
		struct sl_commit c = { 0 };

		explain(aside, &oid);
		if (aside->unknown == 0)
			break;
		if (sl_git_commit_load(w->repo, &oid, NULL, &c, &ignored) < 0)
			continue;
		w->repo->stats.commits_read++;
		for (size_t p = 0; p < c.parent_count; p++)
			sl_oidmap_put(&queue, &c.parents[p], NULL);
		free(c.parents);
	}
	sl_oidmap_release(&queue);
}

/* A look at all refs, for those of one class. */
struct look {
	const struct walker *w;
	struct sl_str pushed; /* a ref of the class */
	struct aside *aside;
	struct sl_oidmap tips; /* of refs that cover it; filled by add_tip */
	size_t lax;            /* other refs */
};

/* A ref at one of those commits: does it cover the class? 1: all are explained,
 * no other ref matters. */
static int
match_tip(void *ctx, const struct sl_git_ref *ref,
    struct sl_error *err SL_UNUSED)
{
	struct look *look = ctx;

	if (!covers(look->w, ref->name, look->pushed))
		return 0;
	explain(look->aside, &ref->oid);
	if (ref->has_peeled)
		explain(look->aside, &ref->peeled);
	return look->aside->unknown == 0;
}

static int
add_tip(void *ctx, const struct sl_git_ref *ref,
    struct sl_error *err SL_UNUSED)
{
	struct look *look = ctx;

	if (!covers(look->w, ref->name, look->pushed))
		look->lax++;
	else
		sl_oidmap_put(&look->tips, &ref->oid, NULL);
	return 0;
}

/* Mark as new what git finds behind the commits that were set aside. */
static int
ask_git(struct walker *w, const struct sl_oidmap *from,
    const struct sl_oidmap *excluded, struct sl_error *err)
{
	struct sl_oidmap found = SL_OIDMAP_INIT;
	int rc;

	w->repo->stats.children++;
	rc = sl_git_rev_list(w->repo, w->opts->git_program, from, excluded,
	    w->max_commits - w->loaded + 1, &found, err);
	for (size_t i = 0; rc == SL_OK && i < found.count; i++) {
		uint32_t n = node_of(w, &found.keys[i]);

		if (load(w, n))
			w->nodes[n].fresh = w->class;
	}
	sl_oidmap_release(&found);
	return rc;
}

/* Ask git about what is still unexplained. */
static int
ask_about(struct walker *w, struct look *look, struct sl_error *err)
{
	struct sl_oidmap unknown = SL_OIDMAP_INIT;
	int rc = SL_OK;

	for (size_t i = 0; i < look->aside->ids.count; i++)
		if (!look->aside->known[i])
			sl_oidmap_put(&unknown, &look->aside->ids.keys[i],
			    NULL);
	/* Without laxer refs git finds the others itself. */
	if (w->opts->covers != NULL)
		rc = sl_git_refs_each(w->repo, add_tip, look, err);
	if (rc == SL_OK)
		rc = ask_git(w, &unknown, look->lax > 0 ? &look->tips : NULL,
		    err);
	sl_oidmap_release(&unknown);
	return rc;
}

/* Decide on the commits that were there before the push. */
static int
settle(struct walker *w, const struct sl_oidmap *stops, struct aside *aside,
    struct sl_str pushed, struct sl_error *err)
{
	struct look look = { w, pushed, aside, SL_OIDMAP_INIT, 0 };
	int rc = SL_OK;

	aside->unknown = aside->ids.count;
	aside->known = sl_alloc_array(aside->unknown + 1, sizeof(bool));
	look_near(w, stops, aside);
	if (aside->unknown > 0) {
		w->repo->stats.refs_loaded = true;
		rc = sl_git_refs_at(w->repo, &aside->ids, match_tip, &look,
		    err);
	}
	if (rc >= SL_OK)
		rc = aside->unknown == 0 ? SL_OK : ask_about(w, &look, err);
	sl_oidmap_release(&look.tips);
	return rc;
}

/* List the new commits of one ref, and look out for its old value. */
static void
list_ref(struct walker *w, struct sl_git_walk_ref *ref)
{
	struct sl_ref_change *change = ref->change;
	bool share = w->listed > LISTED_MAX;
	size_t room = 0;

	w->stamp++;
	push(w, node_of(w, &change->tip));
	while (w->stack_count > 0) {
		uint32_t n = w->stack[--w->stack_count];
		struct node *node = &w->nodes[n];

		if (node->stamp == w->stamp || node->fresh != w->class ||
		    (share && node->shared == w->class))
			continue;
		node->stamp = w->stamp;
		node->shared = w->class;
		node->listed = true;
		SL_GROW(change->commits, change->commit_count, room);
		change->commits[change->commit_count++] = n;
		w->listed++;
		for (size_t i = 0; i < node->commit.parent_count; i++) {
			const struct sl_oid *parent = &node->commit.parents[i];
			uint32_t p = sl_oidmap_find(&w->ids, parent);

			if (sl_oid_eq(parent, &ref->old_commit))
				ref->met_old = true;
			if (p != SL_OIDMAP_NONE)
				push(w, p);
		}
	}
}

static bool
walks(const struct sl_git_walk_ref *ref, size_t class)
{
	return ref->class == class &&
	    ref->change->tip_kind == SL_OBJECT_COMMIT;
}

/* All refs of one class. */
static int
walk_class(struct walker *w, struct sl_git_walk_ref *refs, size_t count,
    size_t class, struct sl_error *err)
{
	struct sl_str pushed = refs[class].change->ref;
	struct sl_oidmap stops = SL_OIDMAP_INIT;
	struct aside aside = { SL_OIDMAP_INIT, NULL, 0 };
	int rc = SL_OK;

	w->class++;
	find_stops(w, refs, count, pushed, &stops);
	for (size_t i = 0; i < count; i++)
		if (walks(&refs[i], class))
			push(w, node_of(w, &refs[i].change->tip));
	walk_frontier(w, &stops, &aside.ids);
	if (aside.ids.count > 0)
		rc = settle(w, &stops, &aside, pushed, err);
	for (size_t i = 0; rc == SL_OK && i < count; i++)
		if (walks(&refs[i], class))
			list_ref(w, &refs[i]);
	sl_oidmap_release(&stops);
	sl_oidmap_release(&aside.ids);
	free(aside.known);
	return rc;
}

/* Give a listed commit its place once all its listed parents have theirs. */
static void
place_commit(struct walker *w, uint32_t tip)
{
	struct step *steps = NULL;
	size_t count = 0, room = 0;

	if (!w->nodes[tip].listed || w->nodes[tip].stamp == w->stamp)
		return;
	w->nodes[tip].stamp = w->stamp;
	SL_GROW(steps, count, room);
	steps[count++] = (struct step){ tip, 0 };
	while (count > 0) {
		struct step *top = &steps[count - 1];
		struct node *node = &w->nodes[top->node];
		uint32_t p;

		if (top->parent == node->commit.parent_count) {
			node->order = w->set->commit_count;
			w->set->commits[w->set->commit_count++] = node->commit;
			node->commit.parents = NULL;
			count--;
			continue;
		}
		p = sl_oidmap_find(&w->ids,
		    &node->commit.parents[top->parent++]);
		if (p == SL_OIDMAP_NONE || !w->nodes[p].listed ||
		    w->nodes[p].stamp == w->stamp)
			continue;
		w->nodes[p].stamp = w->stamp;
		SL_GROW(steps, count, room);
		steps[count++] = (struct step){ p, 0 };
	}
	free(steps);
}

static int
compare_places(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Move what was listed into the set, parents first, each commit once. */
static void
fill_set(struct walker *w, struct sl_git_walk_ref *refs, size_t count)
{
	size_t listed = 0;

	for (size_t i = 0; i < w->ids.count; i++)
		listed += w->nodes[i].listed;
	w->set->commits = sl_alloc_array(listed + 1,
	    sizeof(*w->set->commits));
	w->stamp++;
	for (size_t i = 0; i < count; i++) {
		struct sl_ref_change *change = refs[i].change;

		if (change->commit_count > 0)
			place_commit(w, node_of(w, &change->tip));
		for (size_t j = 0; j < change->commit_count; j++)
			place_commit(w, (uint32_t)change->commits[j]);
		for (size_t j = 0; j < change->commit_count; j++)
			change->commits[j] =
			    w->nodes[change->commits[j]].order;
		if (change->commit_count > 0)
			qsort(change->commits, change->commit_count,
			    sizeof(*change->commits), compare_places);
	}
}

/* The class whose first ref covers this one and is covered by it. */
static size_t
class_of(const struct walker *w, const struct sl_git_walk_ref *refs, size_t i,
    const size_t *classes, size_t class_count)
{
	struct sl_str ref = refs[i].change->ref;

	for (size_t c = 0; c < class_count; c++) {
		struct sl_str first = refs[classes[c]].change->ref;

		if (covers(w, first, ref) && covers(w, ref, first))
			return classes[c];
	}
	return i;
}

int
sl_git_walk_push(struct sl_git *repo, struct sl_git_walk_ref *refs,
    size_t count, const struct sl_git_change_opts *opts,
    struct sl_change_set *set, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) size_t *classes = NULL;
	size_t class_count = 0, room = 0;
	struct walker w;
	int rc = SL_OK;

	walker_init(&w, repo, opts, set);
	for (size_t i = 0; i < count; i++) {
		refs[i].class = class_of(&w, refs, i, classes, class_count);
		if (refs[i].class != i)
			continue;
		SL_GROW(classes, class_count, room);
		classes[class_count++] = i;
	}
	for (size_t c = 0; rc == SL_OK && c < class_count; c++)
		rc = walk_class(&w, refs, count, classes[c], err);
	if (rc == SL_OK)
		fill_set(&w, refs, count);
	walker_release(&w);
	return rc;
}

int
sl_git_walk_range(struct sl_git *repo, struct sl_git_walk_ref *ref,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err)
{
	struct sl_oidmap to = SL_OIDMAP_INIT, from = SL_OIDMAP_INIT;
	struct walker w;
	int rc;

	walker_init(&w, repo, opts, set);
	w.class = 1;
	sl_oidmap_put(&to, &ref->change->tip, NULL);
	if (!sl_oid_is_zero(&ref->old_commit))
		sl_oidmap_put(&from, &ref->old_commit, NULL);
	rc = ask_git(&w, &to, &from, err);
	if (rc == SL_OK) {
		list_ref(&w, ref);
		fill_set(&w, ref, 1);
	}
	walker_release(&w);
	sl_oidmap_release(&to);
	sl_oidmap_release(&from);
	return rc;
}

/* Walk back from what is on the stack to commits that are older. */
static void
walk_recent(struct walker *w, int64_t time_s)
{
	while (w->stack_count > 0) {
		uint32_t n = w->stack[--w->stack_count];

		if (w->nodes[n].seen == w->class)
			continue;
		w->nodes[n].seen = w->class;
		if (!load(w, n) || w->nodes[n].commit.committer.when_s < time_s)
			continue;
		w->nodes[n].fresh = w->class;
		for (size_t i = 0; i < w->nodes[n].commit.parent_count; i++)
			push(w, node_of(w, &w->nodes[n].commit.parents[i]));
	}
}

int
sl_git_walk_since(struct sl_git *repo, struct sl_git_walk_ref *refs,
    size_t count, const struct sl_git_since *since,
    const struct sl_git_change_opts *opts, struct sl_change_set *set,
    struct sl_error *err)
{
	struct sl_oidmap to = SL_OIDMAP_INIT, from = SL_OIDMAP_INIT;
	struct walker w;
	int rc = SL_OK;

	walker_init(&w, repo, opts, set);
	w.class = 1;
	for (size_t i = 0; i < count; i++) {
		if (!walks(&refs[i], refs[i].class))
			continue;
		sl_oidmap_put(&to, &refs[i].change->tip, NULL);
		if (sl_oid_is_zero(&since->commit))
			push(&w, node_of(&w, &refs[i].change->tip));
	}
	if (sl_oid_is_zero(&since->commit)) {
		walk_recent(&w, since->time_s);
	} else if (to.count > 0) {
		sl_oidmap_put(&from, &since->commit, NULL);
		rc = ask_git(&w, &to, &from, err);
	}
	for (size_t i = 0; rc == SL_OK && i < count; i++)
		if (walks(&refs[i], refs[i].class))
			list_ref(&w, &refs[i]);
	if (rc == SL_OK)
		fill_set(&w, refs, count);
	walker_release(&w);
	sl_oidmap_release(&to);
	sl_oidmap_release(&from);
	return rc;
}

static int
add_any(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	(void)err;
	sl_oidmap_put(ctx, &ref->oid, NULL);
	return 0;
}

int
sl_git_walk_all(struct sl_git *repo, struct sl_ref_change *ref,
    struct sl_change_set *set, struct sl_error *err)
{
	static const struct sl_git_change_opts opts;
	struct sl_oidmap to = SL_OIDMAP_INIT, from = SL_OIDMAP_INIT;
	struct sl_git_walk_ref only = { .change = ref };
	struct sl_error none;
	struct sl_oid head;
	struct walker w;
	size_t room = 0;
	int rc;

	walker_init(&w, repo, &opts, set);
	w.class = 1;
	if (sl_git_ref_read(repo, "HEAD", &head, &none) == SL_OK)
		sl_oidmap_put(&to, &head, NULL);
	rc = sl_git_refs_each(repo, add_any, &to, err);
	if (rc == SL_OK && to.count > 0)
		rc = ask_git(&w, &to, &from, err);
	for (uint32_t n = 0; rc == SL_OK && n < w.ids.count; n++) {
		if (!w.nodes[n].loaded)
			continue;
		w.nodes[n].listed = true;
		SL_GROW(ref->commits, ref->commit_count, room);
		ref->commits[ref->commit_count++] = n;
	}
	if (rc == SL_OK && ref->commit_count > 0) {
		ref->tip = w.ids.keys[ref->commits[0]];
		fill_set(&w, &only, 1);
	}
	walker_release(&w);
	sl_oidmap_release(&to);
	sl_oidmap_release(&from);
	return rc;
}
