/* SPDX-License-Identifier: Apache-2.0 */
/* Many blobs, read and searched by threads: the verdict of one. */
#include "engine_rig.h"

#include <limits.h>
#include <stdatomic.h>

#include "base/mem.h"

#define BLOBS 1500

/* What blob n holds. */
static void
make_blob(size_t n, struct sl_buf *out)
{
	sl_buf_addf(out, "value = %zu\n", n);
	if (n % 7 == 0)
		sl_buf_addf(out, "token = tok_%06zu\n", n);
	if (n % 50 == 0)
		sl_buf_addc(out, '\0');
	if (n % 100 == 1)
		sl_buf_addf(out, "%*s", 2000, "word");
}

static struct sl_oid
blob_id(size_t n)
{
	struct sl_oid oid = { { 'B' } };

	memcpy(oid.id + 4, &n, sizeof(n));
	return oid;
}

static size_t
blob_number(const struct sl_oid *oid)
{
	size_t n;

	memcpy(&n, oid->id + 4, sizeof(n));
	return n;
}

static int
many_changes(void *self SL_UNUSED, const struct sl_commit *commit SL_UNUSED,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	for (size_t i = 0; i < BLOBS; i++) {
		SL_CLEANUP(sl_freep)
		char *path = sl_asprintf("%zu/f.%s", i,
		    i % 11 == 3 ? "ipynb" : "py");
		struct sl_path_change change = { .path = sl_str(path),
			.new_mode = SL_MODE_FILE, .new_oid = blob_id(i) };
		int rc = fn(ctx, &change, err);

		if (rc)
			return rc;
	}
	return SL_OK;
}

static int
many_size(void *self SL_UNUSED, const struct sl_oid *oid, uint64_t *size,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(10000);

	if (blob_number(oid) % 333 == 5)
		return sl_error_set(err, SL_ECORRUPT, "object is missing");
	make_blob(blob_number(oid), &b);
	*size = b.len;
	return SL_OK;
}

static atomic_uint reads, views, open_views;

static int
many_read(void *self SL_UNUSED, const struct sl_oid *oid, struct sl_buf *out,
    struct sl_error *err SL_UNUSED)
{
	atomic_fetch_add(&reads, 1);
	make_blob(blob_number(oid), out);
	return SL_OK;
}

static int
open_view(void *self, void **view, struct sl_error *err)
{
	if (atomic_load(&views) == UINT_MAX)
		return sl_error_set(err, SL_EIO, "no more");
	atomic_fetch_add(&views, 1);
	atomic_fetch_add(&open_views, 1);
	*view = self;
	return SL_OK;
}

static void
close_view(void *view SL_UNUSED)
{
	atomic_fetch_sub(&open_views, 1);
}

static void
make_push(void)
{
	push_begin();
	push_takes(push_ref("refs/heads/main", 0), push_commit("All"));
	push.set.source.commit_changes = many_changes;
	push.set.source.blob_size = many_size;
	push.set.source.blob_read = many_read;
	push.set.source.open_view = open_view;
	push.set.source.close_view = close_view;
	options.clock = sl_clock_system();
	atomic_store(&reads, 0);
}

static const char rules[] =
    "  a: { kind: content, match: 'tok_\\d+', files: '.*py' }\n"
    "  b: { kind: content, match: 'word', max-bytes: 1 KiB }\n"
    "  c: { kind: content, match: 'never', keywords: [token], level: warn }\n"
    "  n: { kind: notebook, outputs: deny }\n";

/* All that a reader of the verdict sees. */
static char *
show(const struct sl_verdict *v)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(4 << 20);

	for (size_t i = 0; i < v->finding_count; i++)
		sl_buf_addf(&b, "%s %s %u:%u %s\n", v->findings[i].rule,
		    v->findings[i].path, v->findings[i].line,
		    v->findings[i].col, v->findings[i].message);
	for (size_t i = 0; i < v->undecided_count; i++)
		sl_buf_addf(&b, "? %s %s %s\n", v->undecided[i].rule,
		    v->undecided[i].path, v->undecided[i].reason);
	for (size_t i = 0; i < v->skipped_count; i++)
		sl_buf_addf(&b, "- %s %s %zu\n", v->skipped[i].what,
		    v->skipped[i].reason, (size_t)v->skipped[i].count);
	sl_buf_addf(&b, "%s %zu blobs, %zu bytes\n", v->id,
	    (size_t)v->coverage.blobs, (size_t)v->coverage.blob_bytes);
	return sl_buf_steal(&b);
}

/* Judge with so many threads; what judge() made is freed. */
static char *
judge_with(unsigned threads)
{
	const struct sl_verdict *v;
	char *shown;

	make_push();
	options.threads = threads;
	options.evaluated_at_s = 1800000000;
	v = judge(rules);
	ck_assert_uint_gt(v->finding_count, 100);
	ck_assert_uint_gt(v->undecided_count, 10);
	shown = show(v);
	sl_verdict_free(verdict);
	sl_policy_free(policy);
	sl_doc_free(site);
	verdict = NULL;
	policy = NULL;
	site = NULL;
	return shown;
}

START_TEST(threads_change_nothing)
{
	SL_CLEANUP(sl_freep) char *one = judge_with(1);

	ck_assert_uint_eq(atomic_load(&views), 0);
	for (unsigned threads = 2; threads <= 8; threads += 3) {
		SL_CLEANUP(sl_freep) char *many = judge_with(threads);

		ck_assert_str_eq(many, one);
		ck_assert_uint_eq(atomic_load(&open_views), 0);
	}
	ck_assert_uint_eq(atomic_load(&views), 2 + 5 + 8);
	/* Nobody can help: one does it all. */
	atomic_store(&views, UINT_MAX);
	{
		SL_CLEANUP(sl_freep) char *alone = judge_with(4);

		ck_assert_str_eq(alone, one);
	}
}
END_TEST

static int64_t
quick_time(void *self)
{
	return atomic_fetch_add((atomic_int *)self, 1);
}

START_TEST(threads_end_with_the_budget)
{
	atomic_int now = 0;
	const struct sl_clock clock = { &now, quick_time, quick_time, NULL };
	const struct sl_verdict *v;

	make_push();
	options.threads = 3;
	options.clock = &clock;
	options.budget_ms = 3500;
	v = judge(rules);
	ck_assert_uint_lt(atomic_load(&reads), BLOBS);
	ck_assert_int_ne(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_gt(v->undecided_count, 0);
	ck_assert_uint_eq(atomic_load(&open_views), 0);
}
END_TEST

/* A cache in memory. */
static struct sl_buf kept[BLOBS];
static unsigned synced;

static bool
cache_get(void *self SL_UNUSED, const struct sl_oid *blob, struct sl_buf *out)
{
	const struct sl_buf *entry = &kept[blob_number(blob)];

	sl_buf_clear(out);
	return entry->len > 0 && sl_buf_addv(out, sl_buf_str(entry)) == SL_OK;
}

static void
cache_put(void *self SL_UNUSED, const struct sl_oid *blob,
    struct sl_str entry)
{
	struct sl_buf *to = &kept[blob_number(blob)];

	ck_assert_uint_eq(to->len, 0);
	sl_buf_init(to, entry.len);
	sl_buf_addv(to, entry);
}

static void
cache_sync(void *self SL_UNUSED)
{
	synced++;
}

static const struct sl_scan_cache cache = { NULL, cache_get, cache_put,
	cache_sync };

static void
cache_release(void)
{
	for (size_t i = 0; i < BLOBS; i++)
		sl_buf_release(&kept[i]);
}

/* The push again; @return how many blobs were read */
static unsigned
push_again(const char *with, unsigned threads, int64_t budget_ms)
{
	static atomic_int now;
	static const struct sl_clock clock = { &now, quick_time, quick_time,
		NULL };

	sl_verdict_free(verdict);
	sl_policy_free(policy);
	sl_doc_free(site);
	atomic_store(&now, 0);
	make_push();
	options.threads = threads;
	options.clock = &clock;
	options.budget_ms = budget_ms;
	options.evaluated_at_s = 1800000000;
	options.cache = &cache;
	(void)judge(with);
	return atomic_load(&reads);
}

START_TEST(a_push_that_ran_out_of_time_goes_on)
{
	static const char clean[] =
	    "  a: { kind: content, match: 'never\\d', binary: check }\n";
	unsigned all = BLOBS - BLOBS / 333 - (BLOBS % 333 > 5), read = 0;

	for (int pushes = 0; pushes < 20; pushes++) {
		unsigned now = push_again(clean, _i ? 3 : 1,
		    _i ? 60000 : 6000);

		read += now;
		if (verdict->coverage.blobs == all)
			break;
		ck_assert_int_eq(verdict->outcome, SL_OUTCOME_UNDECIDED);
		ck_assert_uint_gt(now, 0);
	}
	/* It has come to its end, and each blob was read once; but those that
	 * were being searched when the time was up. */
	ck_assert_uint_eq(verdict->coverage.blobs, all);
	ck_assert_uint_ge(read, all);
	ck_assert_uint_le(read, all + 20 * 3);
	ck_assert_uint_gt(synced, 0);
	/* Then nothing is left to read. */
	ck_assert_uint_eq(push_again(clean, 2, 0), 0);
	ck_assert_uint_eq(verdict->coverage.blobs_known, all);
	cache_release();
}
END_TEST

START_TEST(what_was_found_is_found_again)
{
	SL_CLEANUP(sl_freep) char *without = judge_with(1);
	SL_CLEANUP(sl_freep) char *first = NULL;
	SL_CLEANUP(sl_freep) char *again = NULL;
	unsigned read, second;

	read = push_again(rules, 2, 0);
	first = show(verdict);
	second = push_again(rules, 2, 0);
	again = show(verdict);
	ck_assert_str_eq(first, without);
	ck_assert_str_eq(again, without);
	/* Notebooks and findings only. */
	ck_assert_uint_lt(second, read / 2);
	ck_assert_uint_gt(verdict->coverage.blobs_known, BLOBS / 2);
	cache_release();
}
END_TEST

TCase *
tcase_threads(void)
{
	TCase *tc = make_case("threads");

	tcase_add_test(tc, threads_change_nothing);
	tcase_add_test(tc, threads_end_with_the_budget);
	tcase_add_loop_test(tc, a_push_that_ran_out_of_time_goes_on, 0, 2);
	tcase_add_test(tc, what_was_found_is_found_again);
	return tc;
}
