/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/verdict.h"

#include <stdio.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/mem.h"
#include "crypto/digest.h"

struct sl_verdict_store {
	struct sl_arena text;
	struct sl_map once; /* entries that are kept once -> index + 1 */
	size_t finding_room;
	size_t waived_room;
	size_t undecided_room;
	size_t deferred_room;
	size_t skipped_room;
	enum sl_level dropped_level; /* strictest finding over the cap */
	uint64_t dropped;
	struct sl_sha256 subject;
	bool has_subject;
};

const char *
sl_outcome_name(enum sl_outcome outcome)
{
	static const char *const names[] = { "pass", "fail", "undecided" };

	return names[outcome];
}

struct sl_verdict *
sl_verdict_new(void)
{
	struct sl_verdict *v = sl_alloc(sizeof(*v));

	v->store = sl_alloc(sizeof(*v->store));
	v->policy_name = "";
	return v;
}

void
sl_verdict_free(struct sl_verdict *v)
{
	if (!v)
		return;
	sl_arena_release(&v->store->text);
	if (v->store->has_subject)
		sl_sha256_release(&v->store->subject);
	sl_map_release(&v->store->once);
	free(v->findings);
	free(v->waived);
	free(v->undecided);
	free(v->deferred);
	free(v->skipped);
	free(v->store);
	free(v);
}

const char *
sl_verdict_text(struct sl_verdict *v, struct sl_str s)
{
	return s.len == 0 ? "" : sl_arena_copy(&v->store->text, s).ptr;
}

static const char *
copy(struct sl_verdict *v, const char *s)
{
	return sl_verdict_text(v, sl_str(s));
}

void
sl_verdict_add_subject(struct sl_verdict *v, struct sl_str field)
{
	if (!v->store->has_subject)
		sl_sha256_init(&v->store->subject);
	v->store->has_subject = true;
	sl_sha256_field(&v->store->subject, field);
}

static void
count_level(struct sl_verdict *v, enum sl_level level)
{
	if (level == SL_LEVEL_BLOCK)
		v->blocking++;
	else if (level == SL_LEVEL_WARN)
		v->warnings++;
	else
		v->audits++;
}

static void
copy_finding(struct sl_verdict *v, const struct sl_finding *f,
    struct sl_finding *own)
{
	*own = *f;
	own->rule = copy(v, f->rule);
	own->ref = copy(v, f->ref);
	own->path = copy(v, f->path);
	own->message = copy(v, f->message);
	own->same = copy(v, f->same != NULL ? f->same : f->message);
	own->found = copy(v, f->found);
	own->expected = copy(v, f->expected);
	own->fix = copy(v, f->fix);
	own->place.file = copy(v, f->place.file);
	own->waiver = copy(v, f->waiver);
}

static void
add_waived(struct sl_verdict *v, const struct sl_finding *f)
{
	/* Over the cap nothing is lost that could block. */
	if (v->waived_count >= SL_VERDICT_MAX_ENTRIES)
		return;
	SL_GROW(v->waived, v->waived_count, v->store->waived_room);
	copy_finding(v, f, &v->waived[v->waived_count++]);
}

void
sl_verdict_add_finding(struct sl_verdict *v, const struct sl_finding *f)
{
	struct sl_verdict_store *store = v->store;

	if (f->waiver != NULL && f->waiver[0] != '\0') {
		add_waived(v, f);
		return;
	}
	if (v->finding_count >= SL_VERDICT_MAX_ENTRIES) {
		store->dropped++;
		if (f->level > store->dropped_level)
			store->dropped_level = f->level;
		return;
	}
	SL_GROW(v->findings, v->finding_count, store->finding_room);
	copy_finding(v, f, &v->findings[v->finding_count++]);
}

/* Whether an entry of these fields is new; *slot is its index + 1. */
static bool
is_new(struct sl_verdict *v, const char *list, const char *a, const char *b,
    const char *c, const char *d, size_t next, size_t *slot)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf key = SL_BUF_INIT(65536);
	const char *parts[] = { list, a, b, c, d };
	void **known;

	for (size_t i = 0; i < SL_COUNT(parts); i++) {
		if (parts[i])
			sl_buf_adds(&key, parts[i]);
		sl_buf_addc(&key, '\0');
	}
	known = sl_map_find(&v->store->once, sl_buf_str(&key));
	if (known) {
		*slot = (size_t)(uintptr_t)*known;
		return false;
	}
	(void)sl_map_put(&v->store->once, sl_buf_str(&key),
	    (void *)(uintptr_t)(next + 1));
	*slot = next + 1;
	return true;
}

static void
push_undecided(struct sl_verdict *v, const struct sl_undecided *u)
{
	struct sl_undecided *own;

	SL_GROW(v->undecided, v->undecided_count, v->store->undecided_room);
	own = &v->undecided[v->undecided_count++];
	own->level = u->level;
	own->rule = copy(v, u->rule);
	own->ref = copy(v, u->ref);
	own->path = copy(v, u->path);
	own->reason = copy(v, u->reason);
}

void
sl_verdict_add_undecided(struct sl_verdict *v, const struct sl_undecided *u)
{
	size_t slot;

	if (v->undecided_count >= SL_VERDICT_MAX_ENTRIES) {
		struct sl_undecided *last =
		    &v->undecided[v->undecided_count - 1];

		if (u->level > last->level)
			last->level = u->level;
		last->reason = "and more, which are not listed";
		last->rule = last->ref = last->path = "";
		return;
	}
	if (!is_new(v, "undecided", u->rule, u->ref, u->path, u->reason,
		v->undecided_count, &slot)) {
		if (v->undecided[slot - 1].level < u->level)
			v->undecided[slot - 1].level = u->level;
		return;
	}
	push_undecided(v, u);
}

void
sl_verdict_add_deferred(struct sl_verdict *v, const struct sl_deferred *d)
{
	struct sl_deferred *own;
	size_t slot;

	if (v->deferred_count >= SL_VERDICT_MAX_ENTRIES ||
	    !is_new(v, "deferred", d->rule, d->ref, d->reason, NULL,
		v->deferred_count, &slot))
		return;
	SL_GROW(v->deferred, v->deferred_count, v->store->deferred_room);
	own = &v->deferred[v->deferred_count++];
	own->rule = copy(v, d->rule);
	own->ref = copy(v, d->ref);
	own->reason = copy(v, d->reason);
}

void
sl_verdict_add_skipped(struct sl_verdict *v, const struct sl_skipped *s)
{
	struct sl_skipped *own;
	size_t slot;

	if (!is_new(v, "skipped", s->what, s->reason, NULL, NULL,
		v->skipped_count, &slot)) {
		v->skipped[slot - 1].count += s->count;
		return;
	}
	SL_GROW(v->skipped, v->skipped_count, v->store->skipped_room);
	own = &v->skipped[v->skipped_count++];
	own->what = copy(v, s->what);
	own->reason = copy(v, s->reason);
	own->count = s->count;
}

/* --- finishing --- */

static int
compare_number(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* The same breach, whatever the ref and commit: strictest first. */
static int
by_breach(const void *a, const void *b)
{
	const struct sl_finding *x = a, *y = b;
	int c = strcmp(x->rule, y->rule);

	if (!c)
		c = strcmp(x->path, y->path);
	if (!c)
		c = compare_number(x->line, y->line);
	if (!c)
		c = compare_number(x->col, y->col);
	if (!c)
		c = strcmp(x->message, y->message);
	if (!c)
		c = compare_number(y->level, x->level);
	if (!c)
		c = strcmp(x->ref, y->ref);
	if (!c)
		c = memcmp(&x->commit, &y->commit, sizeof(x->commit));
	return c;
}

static bool
same_breach(const struct sl_finding *x, const struct sl_finding *y)
{
	return !strcmp(x->rule, y->rule) && !strcmp(x->path, y->path) &&
	    x->line == y->line && x->col == y->col &&
	    !strcmp(x->message, y->message) &&
	    (x->path[0] || !strcmp(x->ref, y->ref));
}

/* Fold what is the same; @return how many are left. */
static size_t
fold_repeats(struct sl_finding *list, size_t count)
{
	size_t kept = 0;

	if (count == 0)
		return 0;
	qsort(list, count, sizeof(*list), by_breach);
	for (size_t i = 0; i < count; i++) {
		if (kept && same_breach(&list[kept - 1], &list[i]))
			list[kept - 1].repeats++;
		else
			list[kept++] = list[i];
	}
	return kept;
}

/* What a finding is, whatever its line and commit: all but which of several. */
static void
add_identity(const struct sl_finding *f, struct sl_sha256 *sum)
{
	sl_sha256_field(sum, sl_str(f->rule));
	sl_sha256_field(sum, sl_str(f->path));
	sl_sha256_field(sum, sl_str(f->same));
	sl_sha256_field(sum, sl_str(f->found));
}

/*
 * Rule, path, message and what was found make a fingerprint, and a count where
 * these are equal (the same text on several lines): edits that move lines keep
 * it, and no two findings have the same.
 */
static void
make_fingerprints(struct sl_finding *list, size_t length)
{
	struct sl_map seen = SL_MAP_INIT; /* identity -> how many so far */

	for (size_t i = 0; i < length; i++) {
		struct sl_finding *f = &list[i];
		uint8_t digest[SL_SHA256_BYTES];
		struct sl_sha256 sum;
		uintptr_t nth;
		char count[24];

		sl_sha256_init(&sum);
		add_identity(f, &sum);
		sl_sha256_final(&sum, digest);
		nth = (uintptr_t)sl_map_get(&seen,
		    sl_strn((const char *)digest, sizeof(digest)));
		(void)sl_map_put(&seen,
		    sl_strn((const char *)digest, sizeof(digest)),
		    (void *)(nth + 1));
		snprintf(count, sizeof(count), "%llu",
		    (unsigned long long)nth);
		sl_sha256_init(&sum);
		add_identity(f, &sum);
		sl_sha256_field(&sum, sl_str(count));
		sl_sha256_final(&sum, digest);
		sl_sha256_to_hex(digest, f->fingerprint);
	}
	sl_map_release(&seen);
}

void
sl_undecided_fingerprint(const struct sl_undecided *u,
    char out[SL_SHA256_HEX + 1])
{
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	sl_sha256_field(&sum, SL_STR("undecided"));
	sl_sha256_field(&sum, sl_str(u->rule));
	sl_sha256_field(&sum, sl_str(u->ref));
	sl_sha256_field(&sum, sl_str(u->path));
	sl_sha256_field(&sum, sl_str(u->reason));
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, out);
}

static int
by_weight(const void *a, const void *b)
{
	const struct sl_finding *x = a, *y = b;
	int c = compare_number(y->level, x->level);

	if (!c)
		c = strcmp(x->ref, y->ref);
	return c ? c : by_breach(a, b);
}

static int
by_undecided(const void *a, const void *b)
{
	const struct sl_undecided *x = a, *y = b;
	int c = compare_number(y->level, x->level);

	if (!c)
		c = strcmp(x->rule, y->rule);
	if (!c)
		c = strcmp(x->ref, y->ref);
	if (!c)
		c = strcmp(x->path, y->path);
	return c ? c : strcmp(x->reason, y->reason);
}

static int
by_deferred(const void *a, const void *b)
{
	const struct sl_deferred *x = a, *y = b;
	int c = strcmp(x->rule, y->rule);

	return c ? c : strcmp(x->ref, y->ref);
}

static int
by_skipped(const void *a, const void *b)
{
	const struct sl_skipped *x = a, *y = b;
	int c = strcmp(x->what, y->what);

	return c ? c : strcmp(x->reason, y->reason);
}

static void
make_id(struct sl_verdict *v)
{
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;
	char when[24];

	if (v->store->has_subject) {
		sl_sha256_final(&v->store->subject, digest);
		v->store->has_subject = false;
	} else {
		memset(digest, 0, sizeof(digest));
	}
	if (v->id[0])
		return;
	snprintf(when, sizeof(when), "%lld", (long long)v->evaluated_at_s);
	sl_sha256_init(&sum);
	sl_sha256_update(&sum, digest, sizeof(digest));
	sl_sha256_field(&sum, sl_str(v->policy_digest));
	sl_sha256_field(&sum, sl_str(when));
	sl_sha256_field(&sum, sl_str(sl_outcome_name(v->outcome)));
	for (size_t i = 0; i < v->finding_count; i++)
		sl_sha256_field(&sum, sl_str(v->findings[i].fingerprint));
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, v->id);
}

static void
sort_lists(struct sl_verdict *v)
{
	if (v->finding_count)
		qsort(v->findings, v->finding_count, sizeof(*v->findings),
		    by_weight);
	if (v->waived_count)
		qsort(v->waived, v->waived_count, sizeof(*v->waived),
		    by_weight);
	if (v->undecided_count)
		qsort(v->undecided, v->undecided_count, sizeof(*v->undecided),
		    by_undecided);
	if (v->deferred_count)
		qsort(v->deferred, v->deferred_count, sizeof(*v->deferred),
		    by_deferred);
	if (v->skipped_count)
		qsort(v->skipped, v->skipped_count, sizeof(*v->skipped),
		    by_skipped);
}

void
sl_verdict_finish(struct sl_verdict *v)
{
	if (v->store->dropped) {
		char reason[96];

		snprintf(reason, sizeof(reason),
		    "%llu more findings than a verdict holds are not listed",
		    (unsigned long long)v->store->dropped);
		push_undecided(v, &(struct sl_undecided){
			.level = v->store->dropped_level,
			.reason = reason,
		    });
	}
	v->finding_count = fold_repeats(v->findings, v->finding_count);
	v->waived_count = fold_repeats(v->waived, v->waived_count);
	v->blocking = v->warnings = v->audits = 0;
	for (size_t i = 0; i < v->finding_count; i++)
		count_level(v, v->findings[i].level);
	make_fingerprints(v->findings, v->finding_count);
	make_fingerprints(v->waived, v->waived_count);
	sort_lists(v);
	v->undecided_blocking = 0;
	for (size_t i = 0; i < v->undecided_count; i++)
		v->undecided_blocking +=
		    v->undecided[i].level == SL_LEVEL_BLOCK;
	v->outcome = v->blocking	  ? SL_OUTCOME_FAIL :
	    v->undecided_blocking ? SL_OUTCOME_UNDECIDED :
				    SL_OUTCOME_PASS;
	make_id(v);
}
