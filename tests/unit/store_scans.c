/* SPDX-License-Identifier: Apache-2.0 */
/* What was found in blobs, kept: whose it is, how much, and what is damaged. */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "harness.h"
#include "store/scans.h"

#define DIGEST "d1"
#define MUCH ((uint64_t)64 << 20)

static char *
path_of(const char *name)
{
	return sl_asprintf("%s/scans-%lu%s", fixture_dir,
	    (unsigned long)geteuid(), name);
}

static struct sl_scans *
open_scans(const char *digest, uint64_t max_bytes)
{
	struct sl_scans *scans = NULL;

	ck_assert_ok(sl_scans_open(fixture_dir, digest, max_bytes, &scans,
			 &fixture_err), &fixture_err);
	return scans;
}

static bool
has(struct sl_scans *scans, char c, const char *entry)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(1000);
	struct sl_oid oid = fixture_oid(c);

	return sl_scans_get(scans, &oid, &b) &&
	    strcmp(sl_buf_cstr(&b), entry) == 0;
}

static void
put(struct sl_scans *scans, char c, const char *entry)
{
	struct sl_oid oid = fixture_oid(c);

	sl_scans_put(scans, &oid, sl_str(entry));
}

START_TEST(what_was_put_is_there_for_its_digest)
{
	struct sl_scans *scans = open_scans(DIGEST, MUCH);

	ck_assert(!has(scans, 'a', ""));
	put(scans, 'a', "one");
	put(scans, 'b', "");
	sl_scans_free(scans);
	scans = open_scans(DIGEST, MUCH);
	ck_assert(has(scans, 'a', "one"));
	ck_assert(has(scans, 'b', ""));
	ck_assert(!has(scans, 'c', ""));
	sl_scans_free(scans);
	scans = open_scans("d2", MUCH);
	ck_assert(!has(scans, 'a', "one"));
	sl_scans_free(scans);
}
END_TEST

START_TEST(two_may_have_it_open)
{
	struct sl_scans *one = open_scans(DIGEST, MUCH);
	struct sl_scans *two = open_scans(DIGEST, MUCH);

	put(one, 'a', "one");
	sl_scans_sync(one);
	ck_assert(has(two, 'a', "one"));
	put(two, 'b', "two");
	/* The other one writes: this is lost, and nothing else. */
	put(one, 'c', "three");
	sl_scans_free(one);
	sl_scans_free(two);
	one = open_scans(DIGEST, MUCH);
	ck_assert(has(one, 'b', "two"));
	ck_assert(!has(one, 'c', "three"));
	sl_scans_free(one);
}
END_TEST

/* What others can write decides nothing. */
START_TEST(only_its_users_own_is_used)
{
	struct sl_scans *scans = open_scans(DIGEST, MUCH);
	SL_CLEANUP(sl_freep) char *folder = path_of("");
	SL_CLEANUP(sl_freep) char *file = path_of("/scans.db");
	SL_CLEANUP(sl_freep) char *other = path_of("/link");

	sl_scans_free(scans);
	ck_assert_int_eq(chmod(folder, 0750), 0);
	ck_assert_int_eq(sl_scans_open(fixture_dir, DIGEST, MUCH, &scans,
			     &fixture_err), SL_ECONFIG);
	ck_assert_int_eq(chmod(folder, 0700), 0);
	ck_assert_int_eq(chmod(file, 0620), 0);
	ck_assert_int_eq(sl_scans_open(fixture_dir, DIGEST, MUCH, &scans,
			     &fixture_err), SL_ECONFIG);
	ck_assert_int_eq(chmod(file, 0600), 0);
	ck_assert_int_eq(link(file, other), 0);
	ck_assert_int_eq(sl_scans_open(fixture_dir, DIGEST, MUCH, &scans,
			     &fixture_err), SL_ECONFIG);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(symlink(other, file), 0);
	ck_assert_int_lt(sl_scans_open(fixture_dir, DIGEST, MUCH, &scans,
			     &fixture_err), 0);
	ck_assert_int_eq(unlink(file), 0);
	ck_assert_int_eq(unlink(other), 0);
}
END_TEST

START_TEST(a_damaged_one_is_begun_anew)
{
	struct sl_scans *scans = open_scans(DIGEST, MUCH);
	SL_CLEANUP(sl_freep) char *file = path_of("/scans.db");
	FILE *f;

	put(scans, 'a', "one");
	sl_scans_free(scans);
	f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs("this is no database, and never was one", f);
	fclose(f);
	scans = open_scans(DIGEST, MUCH);
	ck_assert(!has(scans, 'a', "one"));
	put(scans, 'a', "two");
	ck_assert(has(scans, 'a', "two"));
	sl_scans_free(scans);
}
END_TEST

START_TEST(a_changed_entry_is_none)
{
	struct sl_scans *scans = open_scans(DIGEST, MUCH);
	SL_CLEANUP(sl_freep) char *file = path_of("/scans.db");
	SL_CLEANUP(sl_freep)
	char *command = sl_asprintf("sqlite3 -bail %s \"UPDATE scans SET"
		" entry = x'00' || substr(entry, 2)\" 2>/dev/null", file);

	put(scans, 'a', "one");
	sl_scans_free(scans);
	if (system(command) != 0)
		return; /* there is no sqlite3 */
	scans = open_scans(DIGEST, MUCH);
	ck_assert(!has(scans, 'a', "one"));
	sl_scans_free(scans);
}
END_TEST

static size_t
count_of(struct sl_scans *scans, size_t from, size_t to)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(10000);
	size_t found = 0;

	for (size_t i = from; i < to; i++) {
		struct sl_oid oid = { { (uint8_t)i, (uint8_t)(i >> 8), 1 } };

		found += sl_scans_get(scans, &oid, &b);
	}
	return found;
}

START_TEST(what_is_too_much_is_dropped)
{
	static const char entry[2000];
	struct sl_scans *scans = open_scans("old", (uint64_t)1 << 20);
	SL_CLEANUP(sl_freep) char *file = path_of("/scans.db");
	struct stat st;

	put(scans, 'a', "one");
	sl_scans_free(scans);
	scans = open_scans(DIGEST, (uint64_t)1 << 20);
	for (size_t i = 0; i < 4000; i++) {
		struct sl_oid oid = { { (uint8_t)i, (uint8_t)(i >> 8), 1 } };

		sl_scans_put(scans, &oid, sl_strn(entry, sizeof(entry)));
		if (i % 100 == 99)
			sl_scans_sync(scans);
	}
	ck_assert_uint_gt(count_of(scans, 0, 4000), 50);
	ck_assert_uint_lt(count_of(scans, 0, 4000), 600);
	sl_scans_free(scans);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_int_lt(st.st_size, 3 << 20);
	scans = open_scans("old", MUCH);
	ck_assert(!has(scans, 'a', "one"));
	sl_scans_free(scans);
}
END_TEST

TCase *
tcase_store_scans(void)
{
	TCase *tc = tcase_create("scans");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, what_was_put_is_there_for_its_digest);
	tcase_add_test(tc, two_may_have_it_open);
	tcase_add_test(tc, only_its_users_own_is_used);
	tcase_add_test(tc, a_damaged_one_is_begun_anew);
	tcase_add_test(tc, a_changed_entry_is_none);
	tcase_add_test(tc, what_is_too_much_is_dropped);
	return tc;
}
