/* SPDX-License-Identifier: Apache-2.0 */
/* The file that keeps compiled patterns: what is taken from it, and what not. */
#include "scan_test.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "scan/scan.h"

/* In the name of either library. */
#define DATABASE "scan 5."
#define NOT_OURS "windows (the database is not ours)"
#define DAMAGED "windows (the database is damaged)"

static const char *const few[] = { "key=[a-z]{4,8}\\b", "(?<!x)tok\\d+y",
	"(a|b)\\1needle" };

static struct sl_scanner *
make_scanner(struct sl_rx *rx[SL_COUNT(few)], const char *where)
{
	struct sl_scanner *scanner = sl_scanner_new();
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < SL_COUNT(few); i++) {
		ck_assert_ok(sl_rx_compile(sl_str(few[i]), 0, NULL, &rx[i],
				 &err),
		    &err);
		(void)sl_scanner_add(scanner, rx[i]);
	}
	sl_scanner_use(scanner, where);
	return scanner;
}

static void
free_scanner(struct sl_scanner *scanner, struct sl_rx *rx[SL_COUNT(few)])
{
	sl_scanner_free(scanner);
	for (size_t i = 0; i < SL_COUNT(few); i++)
		sl_rx_free(rx[i]);
}

/* @return false: there is no library, or one that is no good */
static bool
make_database(const char *where)
{
	struct sl_rx *rx[SL_COUNT(few)];
	struct sl_scanner *scanner = make_scanner(rx, where);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_scan_compiled done;
	int rc = sl_scanner_compile(scanner, &done, &err);

	if (rc != SL_ENOTFOUND && rc != SL_EUNSUPPORTED) {
		ck_assert_ok(rc, &err);
		ck_assert_uint_eq(done.known, SL_COUNT(few));
	}
	free_scanner(scanner, rx);
	return rc == SL_OK;
}

/* Search through what is there: whatever it is, the matches are the same. */
static void
assert_searched_with(const char *where, const char *want)
{
	struct sl_rx *rx[SL_COUNT(few)];
	struct sl_scanner *scanner = make_scanner(rx, where);
	struct sl_scan *scan = sl_scan_new(scanner);
	char engine[SL_SCAN_ENGINE_SIZE];
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m;

	sl_scan_begin(scan, SL_STR("key=abcdef xtok1y tok22y aaneedle"));
	for (size_t i = 0; i < SL_COUNT(few); i++) {
		static const size_t starts[] = { 0, 18, 25 };

		ck_assert_int_eq(sl_scan_match(scan, i, NULL, 0, &m, &err),
		    SL_RX_YES);
		ck_assert_uint_eq(m.start, starts[i]);
		ck_assert_int_eq(sl_scan_match(scan, i, NULL, m.end, &m,
				     &err),
		    SL_RX_NO);
	}
	sl_scanner_engine(scanner, engine);
	ck_assert_msg(!strcmp(want, DATABASE) ? strstr(engine, want) != NULL :
						!strcmp(engine, want),
	    "engine is %s, not %s", engine, want);
	sl_scan_free(scan);
	free_scanner(scanner, rx);
}

/* The one file of a folder. */
static char *
find_file(const char *where, size_t *count)
{
	DIR *dir = opendir(where);
	const struct dirent *d;
	char *path = NULL;

	*count = 0;
	while ((d = readdir(dir)) != NULL) {
		if (d->d_name[0] == '.')
			continue;
		free(path);
		path = sl_fsx_join(where, d->d_name);
		++*count;
	}
	closedir(dir);
	return path;
}

START_TEST(what_is_damaged_is_not_used)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf good = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_freep) char *path = NULL;
	struct sl_error err = SL_ERROR_INIT;
	size_t count, step;

	if (!make_database(scan_folder))
		return;
	assert_searched_with(scan_folder, DATABASE);
	path = find_file(scan_folder, &count);
	ck_assert_uint_eq(count, 1);
	ck_assert_ok(sl_fsx_read(path, &good, &err), &err);
	step = good.len / 40 + 1;
	for (size_t at = 0; at < good.len; at += at < 100 ? 7 : step) {
		ck_assert_ok(sl_fsx_replace(path, sl_strn(good.ptr, at), 0640,
				 &err),
		    &err);
		assert_searched_with(scan_folder, DAMAGED);
		good.ptr[at] ^= 0x10;
		ck_assert_ok(sl_fsx_replace(path, sl_buf_str(&good), 0640,
				 &err),
		    &err);
		assert_searched_with(scan_folder, DAMAGED);
		good.ptr[at] ^= 0x10;
	}
	/* It is made anew. */
	ck_assert(make_database(scan_folder));
	assert_searched_with(scan_folder, DATABASE);
}
END_TEST

START_TEST(what_others_can_write_is_not_used)
{
	SL_CLEANUP(sl_freep) char *path = NULL;
	SL_CLEANUP(sl_freep) char *aside = NULL;
	SL_CLEANUP(sl_freep) char *link = NULL;
	size_t count;

	if (!make_database(scan_folder))
		return;
	path = find_file(scan_folder, &count);
	aside = sl_fsx_join(scan_folder, "aside");
	ck_assert_int_eq(chmod(path, 0660), 0);
	assert_searched_with(scan_folder, NOT_OURS);
	ck_assert_int_eq(chmod(path, 0642), 0);
	assert_searched_with(scan_folder, NOT_OURS);
	ck_assert_int_eq(chmod(path, 0600), 0);
	assert_searched_with(scan_folder, DATABASE);
	ck_assert_int_eq(chmod(scan_folder, 0770), 0);
	assert_searched_with(scan_folder, NOT_OURS);
	ck_assert_int_eq(chmod(scan_folder, 0700), 0);
	assert_searched_with(scan_folder, DATABASE);
	/* Links, though they lead to what is good. */
	ck_assert_int_eq(rename(path, aside), 0);
	assert_searched_with(scan_folder, "windows");
	ck_assert_int_eq(symlink(aside, path), 0);
	assert_searched_with(scan_folder, NOT_OURS);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_searched_with(scan_folder, NOT_OURS);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rename(aside, path), 0);
	link = sl_asprintf("%s/link", scan_folder);
	ck_assert_int_eq(symlink(scan_folder, link), 0);
	assert_searched_with(link, NOT_OURS);
	/* Only root can give files away. */
	if (geteuid() == 0) {
		ck_assert_int_eq(chown(path, 4711, (gid_t)-1), 0);
		assert_searched_with(scan_folder, NOT_OURS);
		ck_assert_int_eq(chown(path, 0, (gid_t)-1), 0);
		ck_assert_int_eq(chown(scan_folder, 4711, (gid_t)-1), 0);
		assert_searched_with(scan_folder, NOT_OURS);
		ck_assert_int_eq(chown(scan_folder, 0, (gid_t)-1), 0);
	}
	assert_searched_with(scan_folder, DATABASE);
}
END_TEST

START_TEST(another_users_folder_is_left_alone)
{
	struct sl_rx *rx[SL_COUNT(few)];
	struct sl_scanner *scanner;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_scan_compiled done;

	if (geteuid() != 0 || !make_database(scan_folder))
		return;
	ck_assert_int_eq(chown(scan_folder, 4711, (gid_t)-1), 0);
	scanner = make_scanner(rx, scan_folder);
	ck_assert_err(sl_scanner_compile(scanner, &done, &err), SL_EDENIED,
	    &err);
	free_scanner(scanner, rx);
}
END_TEST

/* Other patterns are another database; only a few are kept. */
START_TEST(old_ones_are_removed)
{
	SL_CLEANUP(sl_freep) char *path = NULL;
	size_t count;

	for (unsigned i = 0; i < 6; i++) {
		SL_CLEANUP(sl_freep) char *text = sl_asprintf("needle%u", i);
		SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
		SL_CLEANUP(sl_scanner_freep)
		struct sl_scanner *scanner = sl_scanner_new();
		struct sl_error err = SL_ERROR_INIT;
		struct sl_scan_compiled done;
		int rc;

		ck_assert_ok(sl_rx_compile(sl_str(text), 0, NULL, &rx, &err),
		    &err);
		(void)sl_scanner_add(scanner, rx);
		sl_scanner_use(scanner, scan_folder);
		rc = sl_scanner_compile(scanner, &done, &err);
		if (rc == SL_ENOTFOUND || rc == SL_EUNSUPPORTED)
			return;
		ck_assert_ok(rc, &err);
		ck_assert(done.made);
		ck_assert_ok(sl_scanner_compile(scanner, &done, &err), &err);
		ck_assert(!done.made);
	}
	path = find_file(scan_folder, &count);
	ck_assert_uint_eq(count, 4);
}
END_TEST

START_TEST(without_a_folder_there_is_none)
{
	SL_CLEANUP(sl_freep)
	char *missing = sl_fsx_join(scan_folder, "missing");

	assert_searched_with(missing, "windows");
	assert_searched_with(scan_folder, "windows");
}
END_TEST

/* A pattern that is kept out is found all the same, and is no part of what
 * the database is looked up by. */
START_TEST(what_is_kept_out_is_found)
{
	struct sl_rx *rx[SL_COUNT(few)];
	SL_CLEANUP(sl_rx_freep) struct sl_rx *more = NULL;
	struct sl_error err = SL_ERROR_INIT;
	char engine[SL_SCAN_ENGINE_SIZE];
	struct sl_scanner *scanner;
	struct sl_scan *scan;
	size_t id;

	if (!make_database(scan_folder))
		return;
	scanner = make_scanner(rx, scan_folder);
	ck_assert_ok(sl_rx_compile(SL_STR("more\\d"), 0, NULL, &more, &err),
	    &err);
	id = sl_scanner_add(scanner, more);
	sl_scanner_keep_out(scanner, id);
	scan = sl_scan_new(scanner);
	sl_scan_begin(scan, SL_STR("tok22y more1"));
	ck_assert_int_eq(sl_scan_match(scan, id, NULL, 0, NULL, &err),
	    SL_RX_YES);
	ck_assert_int_eq(sl_scan_match(scan, 1, NULL, 0, NULL, &err),
	    SL_RX_YES);
	ck_assert_int_eq(sl_scan_match(scan, 0, NULL, 0, NULL, &err),
	    SL_RX_NO);
	sl_scanner_engine(scanner, engine);
	ck_assert_ptr_nonnull(strstr(engine, "(3 of 4 patterns)"));
	sl_scan_free(scan);
	free_scanner(scanner, rx);
}
END_TEST

TCase *
tcase_database(void)
{
	TCase *tc = tcase_create("database");

	tcase_add_checked_fixture(tc, make_scan_folder, remove_scan_folder);
	tcase_add_test(tc, what_is_damaged_is_not_used);
	tcase_add_test(tc, what_others_can_write_is_not_used);
	tcase_add_test(tc, another_users_folder_is_left_alone);
	tcase_add_test(tc, old_ones_are_removed);
	tcase_add_test(tc, without_a_folder_there_is_none);
	tcase_add_test(tc, what_is_kept_out_is_found);
	return tc;
}
