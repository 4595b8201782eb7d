/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, schema, transactions, repositories and verdicts. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "store/ledger.h"
#include "store/repositories.h"
#include "store/store_int.h"
#include "tests/unit/harness.h"
#include "tests/unit/store_fixture.h"

#define STORE fixture_store
#define ERR (&fixture_err)
#define NOW FIXTURE_NOW

/* Open must fail with a code, and the text must contain a word. */
static void
refuse_open(unsigned flags, int code, const char *word)
{
	struct sl_store *none = NULL;

	ck_assert_err(sl_store_open(fixture_dir, flags, &none, ERR), code, ERR);
	ck_assert_ptr_null(none);
	ck_assert_msg(strstr(ERR->text, word) != NULL, "%s", ERR->text);
}

START_TEST(open_refuses_what_is_not_there)
{
	struct sl_store *none = NULL;

	ck_assert_err(sl_store_open("/nonexistent/state", 0, &none, ERR),
	    SL_ENOTFOUND, ERR);
	fixture_sql("PRAGMA user_version = 1");
	sl_store_freep(&STORE);
	fixture_close();
	ck_assert_int_eq(mkdir(fixture_dir, 0700), 0);
	refuse_open(0, SL_ENOTFOUND, "does not exist");
	refuse_open(SL_STORE_READ, SL_ENOTFOUND, "does not exist");
}
END_TEST

START_TEST(open_refuses_newer_database)
{
	sl_store_freep(&STORE);
	fixture_sql("PRAGMA user_version = 99");
	refuse_open(SL_STORE_CREATE, SL_EUNSUPPORTED, "newer");
	refuse_open(SL_STORE_READ, SL_EUNSUPPORTED, "newer");
	ck_assert_int_eq(fixture_number("PRAGMA user_version"), 99);
	fixture_sql("PRAGMA user_version = -3");
	refuse_open(SL_STORE_CREATE, SL_ECORRUPT, "-3");
}
END_TEST

START_TEST(open_refuses_strangers)
{
	sl_store_freep(&STORE);
	fixture_sql("PRAGMA application_id = 7");
	refuse_open(SL_STORE_CREATE, SL_ECONFIG, "not one of sluice");
	/* A database without a mark that has tables is somebody's. */
	fixture_sql("PRAGMA application_id = 0; PRAGMA user_version = 0");
	refuse_open(SL_STORE_CREATE, SL_ECONFIG, "not one of sluice");
}
END_TEST

START_TEST(open_refuses_garbage)
{
	char path[128], junk[8192];
	int fd;

	memset(junk, 'x', sizeof(junk));
	sl_store_freep(&STORE);
	fixture_close();
	ck_assert_int_eq(mkdir(fixture_dir, 0700), 0);
	snprintf(path, sizeof(path), "%s/%s", fixture_dir, SL_STORE_FILE);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(write(fd, junk, sizeof(junk)), sizeof(junk));
	close(fd);
	refuse_open(SL_STORE_CREATE, SL_ECORRUPT, path);
}
END_TEST

START_TEST(open_refuses_links_and_open_folders)
{
	char path[128], other[128];

	snprintf(path, sizeof(path), "%s/%s", fixture_dir, SL_STORE_FILE);
	snprintf(other, sizeof(other), "%s/other", fixture_dir);
	sl_store_freep(&STORE);
	ck_assert_int_eq(link(path, other), 0);
	refuse_open(0, SL_ECONFIG, "hard links");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	refuse_open(0, SL_ECONFIG, "regular file");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rename(other, path), 0);
	ck_assert_int_eq(chmod(fixture_dir, 0777), 0);
	refuse_open(0, SL_ECONFIG, "writable by everybody");
	ck_assert_int_eq(chmod(fixture_dir, 0770), 0);
	fixture_reopen(0);
}
END_TEST

START_TEST(mount_table_is_read)
{
	static const char table[] =
	    "22 28 0:21 / /proc rw,nosuid - proc proc rw\n"
	    "77 28 0:50 / /mnt/a\\040-\\040b rw shared:1 - fuse.sshfs u@h: rw\n"
	    "78 28 0:5 / /cut rw";
	static const struct {
		unsigned minor;
		const char *type; /* NULL: not there */
	} cases[] = {
		{ 21, "proc" },
		{ 50, "fuse.sshfs" },
		{ 2, NULL },
		{ 5, NULL },
		{ 500, NULL },
	};

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct sl_str type = SL_STR("");
		bool found = sl_mount_type(sl_str(table), 0, cases[i].minor,
		    &type);

		ck_assert_msg(found == (cases[i].type != NULL), "case %zu", i);
		if (found)
			ck_assert(sl_str_eqs(type, cases[i].type));
	}
	ck_assert(!sl_mount_type(SL_STR(""), 0, 21, &(struct sl_str){ 0 }));
}
END_TEST

/* Every column is in the manual, as ".Ic name" or in a list of them. */
START_TEST(manual_names_every_column)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf sql = SL_BUF_INIT(65536);
	static const char *const manuals[] = { "sluice-store.5",
		"sluice-ledger.5" };
	const char *root = getenv("SL_SRCDIR");

	for (size_t i = 0; i < SL_COUNT(manuals); i++) {
		SL_CLEANUP(sl_freep) char *path = sl_asprintf("%s/man/%s",
		    root ? root : ".", manuals[i]);

		ck_assert_ok(sl_fsx_read(path, &text, ERR), ERR);
	}
	/* Words between blanks, commas and line ends, each in blanks. */
	for (size_t i = 0; i < text.len; i++)
		if (strchr(",\n'", text.ptr[i]) != NULL)
			text.ptr[i] = ' ';
	sl_buf_adds(&sql, "SELECT count(*) FROM sqlite_schema t,"
	    " pragma_table_info(t.name) c WHERE t.type = 'table'"
	    " AND t.name NOT GLOB 'sqlite_*' AND (NOT instr('");
	sl_buf_addv(&sql, sl_buf_str(&text));
	sl_buf_adds(&sql, "', ' ' || c.name || ' '))");
	ck_assert_int_eq(fixture_number(sl_buf_cstr(&sql)), 0);
}
END_TEST

START_TEST(creates_folder_for_its_group)
{
	char dir[128], path[192];
	struct sl_store *made = NULL;
	struct stat st;
	mode_t before = umask(077);

	snprintf(dir, sizeof(dir), "%s/a/b", fixture_dir);
	ck_assert_ok(sl_store_open(dir, SL_STORE_CREATE, &made, ERR), ERR);
	umask(before);
	ck_assert_int_eq(stat(dir, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 02770);
	snprintf(path, sizeof(path), "%s/%s", dir, SL_STORE_FILE);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
	strcat(path, "-wal");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0660);
	sl_store_freep(&made);
	snprintf(path, sizeof(path), "rm -rf %s/a", fixture_dir);
	ck_assert_int_eq(system(path), 0);
}
END_TEST

START_TEST(one_schema_from_many_creators)
{
	enum { CREATORS = 6 };
	int failed = 0;

	sl_store_freep(&STORE);
	fixture_close();
	ck_assert_int_eq(mkdir(fixture_dir, 0700), 0);
	for (int i = 0; i < CREATORS; i++) {
		struct sl_store *mine = NULL;

		if (fork() != 0)
			continue;
		_exit(sl_store_open(fixture_dir, SL_STORE_CREATE, &mine,
		    ERR) < 0 || sl_repository_put(mine, "r", "/r", NOW,
		    ERR) < 0);
	}
	for (int i = 0; i < CREATORS; i++) {
		int status = 0;

		ck_assert_int_ne(wait(&status), -1);
		failed += status != 0;
	}
	ck_assert_int_eq(failed, 0);
	fixture_reopen(0);
	ck_assert_ok(sl_store_check(STORE, ERR), ERR);
}
END_TEST

START_TEST(short_lived_close_keeps_the_log)
{
	char path[128];
	struct stat st;

	fixture_reopen(SL_STORE_SHORT);
	ck_assert_ok(sl_repository_put(STORE, "r2", "/r2", NOW, ERR), ERR);
	sl_store_freep(&STORE);
	snprintf(path, sizeof(path), "%s/%s-wal", fixture_dir, SL_STORE_FILE);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_gt(st.st_size, 0);
	fixture_reopen(SL_STORE_READ);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM repositories"),
	    2);
}
END_TEST

/* A log that only hooks write is emptied now and then. */
START_TEST(log_of_hooks_stays_short)
{
	char path[128], id[SL_VERDICT_ID_SIZE];
	off_t largest = 0;
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s-wal", fixture_dir, SL_STORE_FILE);
	for (int i = 0; i < 60; i++) {
		fixture_reopen(SL_STORE_SHORT);
		fixture_accept("refs/heads/a", 'a', 'b', NOW + i, id);
		sl_store_freep(&STORE);
		ck_assert_int_eq(stat(path, &st), 0);
		if (st.st_size > largest)
			largest = st.st_size;
	}
	ck_assert_int_gt(largest, 0);
	ck_assert_int_lt(largest, 200 * 4096);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM verdicts"), 60);
}
END_TEST

START_TEST(reader_cannot_write)
{
	fixture_reopen(SL_STORE_READ);
	ck_assert_err(sl_repository_put(STORE, "r2", "/r2", NOW, ERR), SL_EIO,
	    ERR);
}
END_TEST

START_TEST(locked_database_is_busy)
{
	struct sl_store *other = NULL;

	ck_assert_ok(sl_store_open(fixture_dir, 0, &other, ERR), ERR);
	ck_assert_ok(sl_store_begin(other, ERR), ERR);
	ck_assert_err(sl_store_begin(STORE, ERR), SL_EBUSY, ERR);
	sl_store_freep(&other);
	ck_assert_ok(sl_store_begin(STORE, ERR), ERR);
	ck_assert_ok(sl_store_commit(STORE, ERR), ERR);
}
END_TEST

START_TEST(transactions_nest_and_doom)
{
	ck_assert_err(sl_store_commit(STORE, ERR), SL_EINVAL, ERR);
	sl_store_rollback(STORE);

	ck_assert_ok(sl_store_begin(STORE, ERR), ERR);
	ck_assert_ok(sl_repository_put(STORE, "r2", "/r2", NOW, ERR), ERR);
	ck_assert_err(sl_claims_take(STORE, "p", "p", "nobody", NOW, ERR),
	    SL_ENOTFOUND, ERR);
	ck_assert_err(sl_repository_put(STORE, "r3", "/r3", NOW, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_err(sl_store_commit(STORE, ERR), SL_ECONFLICT, ERR);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM repositories"),
	    1);

	ck_assert_ok(sl_store_begin(STORE, ERR), ERR);
	ck_assert_ok(sl_repository_put(STORE, "r2", "/r2", NOW, ERR), ERR);
	ck_assert_ok(sl_ledger_append(STORE, SL_LEDGER_INSTALL, "r2", "{}",
	    NOW, NULL, ERR), ERR);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM ledger"), 0);
	ck_assert_ok(sl_store_commit(STORE, ERR), ERR);
	ck_assert_int_eq(fixture_number("SELECT count(*) FROM ledger"), 1);
	ck_assert_ok(sl_store_check(STORE, ERR), ERR);
}
END_TEST

/* --- repositories --- */

START_TEST(claims_are_first_come)
{
	ck_assert_ok(sl_repository_put(STORE, "r2", "/srv/r2.git", NOW, ERR),
	    ERR);
	ck_assert_ok(sl_claims_take(STORE, "churn", "churn-eu", "r1", NOW,
	    ERR), ERR);
	ck_assert_ok(sl_claims_take(STORE, "churn", "churn-eu", "r1", NOW,
	    ERR), ERR);
	ck_assert_err(sl_claims_check(STORE, "churn", "other", "r2", ERR),
	    SL_EREFUSED, ERR);
	ck_assert_ptr_nonnull(strstr(ERR->text, "/srv/r1.git"));
	/* The free half of a refused claim stays free. */
	ck_assert_err(sl_claims_take(STORE, "fresh", "churn-eu", "r2", NOW,
	    ERR), SL_EREFUSED, ERR);
	ck_assert_ok(sl_claims_check(STORE, "fresh", "fresh", "r1", ERR), ERR);
	/* A project's name is no use case's. */
	ck_assert_ok(sl_claims_take(STORE, "churn-eu", "churn", "r2", NOW,
	    ERR), ERR);
}
END_TEST

START_TEST(repository_moves)
{
	struct sl_repositories list = SL_REPOSITORIES_INIT;

	ck_assert_ok(sl_repository_put(STORE, "r1", "/new/r1.git", NOW + 5,
	    ERR), ERR);
	ck_assert_ok(sl_repository_list(STORE, &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].path, "/new/r1.git");
	ck_assert_int_eq(list.items[0].first_seen_s, NOW);
	sl_repositories_release(&list);
}
END_TEST

static void
missed(const struct sl_ref_value *refs, size_t count, const char *wanted)
{
	struct sl_missed_refs list = SL_MISSED_REFS_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf got = SL_BUF_INIT(4096);
	char old_hex[SL_OID_HEX + 1], new_hex[SL_OID_HEX + 1];

	ck_assert_ok(sl_refs_missed(STORE, "r1", refs, count, &list, ERR), ERR);
	for (size_t i = 0; i < list.count; i++) {
		sl_oid_hex(&list.items[i].old_oid, old_hex);
		sl_oid_hex(&list.items[i].new_oid, new_hex);
		sl_buf_addf(&got, "%s %c%c%s;", list.items[i].ref, old_hex[0],
		    new_hex[0], list.items[i].verdict_id[0] ? "!" : "");
	}
	ck_assert_str_eq(sl_buf_cstr(&got), wanted);
	sl_missed_refs_release(&list);
}

START_TEST(missed_refs)
{
	struct sl_ref_value refs[] = {
		{ "refs/heads/main", fixture_oid('a') },
		{ "refs/heads/x", fixture_oid('a') },
		{ "refs/heads/\xff\xfe", fixture_oid('a') },
	};
	struct sl_job_new job = fixture_job("refs/heads/main", 'a', 'b');
	struct sl_missed_refs none = SL_MISSED_REFS_INIT;
	char id[SL_VERDICT_ID_SIZE];

	ck_assert_err(sl_refs_missed(STORE, "r1", refs, 1, &none, ERR),
	    SL_EREFUSED, ERR);
	ck_assert_err(sl_refs_baseline(STORE, "r9", refs, 1, NOW, ERR),
	    SL_ENOTFOUND, ERR);
	ck_assert_ok(sl_refs_baseline(STORE, "r1", refs, 2, NOW, ERR), ERR);
	missed(refs, 2, "");
	missed(refs, 3, "refs/heads/\xff\xfe 0a;");
	refs[0].oid = fixture_oid('b');
	missed(refs, 2, "refs/heads/main ab;");
	missed(refs, 1, "refs/heads/main ab;refs/heads/x a0;");
	/* pre-receive knew better where the push came from */
	fixture_accept("refs/heads/main", 'c', 'b', NOW, id);
	missed(refs, 2, "refs/heads/main cb!;");
	ck_assert_ok(sl_queue_add(STORE, "r1", "ana", &job, 1, NOW, NULL, ERR),
	    ERR);
	missed(refs, 2, "");
	/* A second baseline does not hide what is owed. */
	refs[0].oid = fixture_oid('d');
	ck_assert_ok(sl_refs_baseline(STORE, "r1", refs, 2, NOW, ERR), ERR);
	missed(refs, 2, "refs/heads/main bd;");
}
END_TEST

START_TEST(sudden_loss_is_refused)
{
	struct sl_ref_value refs[20];
	struct sl_missed_refs none = SL_MISSED_REFS_INIT;
	char names[20][32];

	for (size_t i = 0; i < 20; i++) {
		snprintf(names[i], sizeof(names[i]), "refs/heads/f%02zu", i);
		refs[i] = (struct sl_ref_value){ names[i], fixture_oid('a') };
	}
	ck_assert_ok(sl_refs_baseline(STORE, "r1", refs, 20, NOW, ERR), ERR);
	ck_assert_err(sl_refs_missed(STORE, "r1", refs, 0, &none, ERR),
	    SL_EREFUSED, ERR);
	ck_assert_err(sl_refs_missed(STORE, "r1", refs, 9, &none, ERR),
	    SL_EREFUSED, ERR);
	ck_assert_ok(sl_refs_missed(STORE, "r1", refs, 10, &none, ERR), ERR);
	ck_assert_uint_eq(none.count, 10);
	sl_missed_refs_release(&none);
}
END_TEST

/* --- verdicts --- */

static struct sl_verdict_record
verdict(const char *outcome, bool accepted)
{
	return (struct sl_verdict_record){ .repository = "r1",
		.policy_digest = "p1", .outcome = outcome,
		.accepted = accepted, .evaluated_at_s = NOW, .pusher = "ana",
		.report = "{\"findings\":[]}" };
}

START_TEST(verdict_refuses_nonsense)
{
	struct sl_verdict_record v = verdict("perhaps", false);
	struct sl_intention twice[2] = {
		{ .ref = "refs/heads/a", .new_oid = fixture_oid('a') },
		{ .ref = "refs/heads/a", .new_oid = fixture_oid('b') },
	};
	SL_CLEANUP(sl_freep) char *big = NULL;
	char id[SL_VERDICT_ID_SIZE] = "untouched";

	ck_assert_err(sl_verdict_record(STORE, &v, NULL, 0, id, ERR),
	    SL_EINVAL, ERR);
	v = verdict("fail", true);
	ck_assert_err(sl_verdict_record(STORE, &v, NULL, 0, id, ERR),
	    SL_EINVAL, ERR);
	v = verdict("pass", true);
	v.repository = "r9";
	ck_assert_err(sl_verdict_record(STORE, &v, NULL, 0, id, ERR),
	    SL_ENOTFOUND, ERR);
	v = verdict("pass", true);
	big = sl_alloc(SL_VERDICT_REPORT_MAX + 2);
	memset(big, ' ', SL_VERDICT_REPORT_MAX + 1);
	v.report = big;
	ck_assert_err(sl_verdict_record(STORE, &v, NULL, 0, id, ERR),
	    SL_ETOOBIG, ERR);
	v.report = "{}";
	ck_assert_err(sl_verdict_record(STORE, &v, twice, 2, id, ERR),
	    SL_EEXIST, ERR);
	ck_assert_str_eq(id, "untouched");
	ck_assert_int_eq(fixture_number("SELECT (SELECT count(*) FROM verdicts)"
	    " + (SELECT count(*) FROM intentions)"), 0);
}
END_TEST

START_TEST(verdict_is_found_for_exactly_its_change)
{
	static const struct {
		const char *repository;
		const char *ref;
		char old_c, new_c;
		const char *policy;
		int code;
	} cases[] = {
		{ "r2", "refs/heads/a", 'a', 'b', NULL, SL_ENOTFOUND },
		{ "r1", "refs/heads/b", 'a', 'b', NULL, SL_ENOTFOUND },
		{ "r1", "refs/heads/a", '0', 'b', NULL, SL_ENOTFOUND },
		{ "r1", "refs/heads/a", 'a', 'c', NULL, SL_ENOTFOUND },
		{ "r1", "refs/heads/a", 'a', 'b', "p2", SL_ENOTFOUND },
		{ "r1", "refs/heads/a", 'a', 'b', "p1", SL_OK },
		{ "r1", "refs/heads/a", 'a', 'b', NULL, SL_OK },
	};
	char id[SL_VERDICT_ID_SIZE];

	fixture_accept("refs/heads/a", 'a', 'b', NOW, id);
	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		const struct sl_intention change = { .ref = cases[i].ref,
			.old_oid = fixture_oid(cases[i].old_c),
			.new_oid = fixture_oid(cases[i].new_c) };
		struct sl_verdict_records list = SL_VERDICT_RECORDS_INIT;

		ck_assert_err(sl_verdict_find(STORE, cases[i].repository,
		    &change, cases[i].policy, &list, ERR), cases[i].code, ERR);
		if (cases[i].code == SL_OK)
			ck_assert_str_eq(list.items[0].id, id);
		sl_verdict_records_release(&list);
	}
}
END_TEST

START_TEST(rejected_verdict_is_never_found)
{
	struct sl_verdict_record v = verdict("undecided", false);
	const struct sl_intention change = { .ref = "refs/heads/a",
		.old_oid = fixture_oid('a'), .new_oid = fixture_oid('b') };
	struct sl_verdict_records list = SL_VERDICT_RECORDS_INIT;
	char id[SL_VERDICT_ID_SIZE], again[SL_VERDICT_ID_SIZE];
	char part[9];

	ck_assert_ok(sl_verdict_record(STORE, &v, &change, 1, id, ERR), ERR);
	ck_assert_ok(sl_verdict_record(STORE, &v, &change, 1, again, ERR), ERR);
	ck_assert_str_eq(id, again);
	ck_assert_err(sl_verdict_find(STORE, "r1", &change, NULL, &list, ERR),
	    SL_ENOTFOUND, ERR);
	/* But it is on record. */
	snprintf(part, sizeof(part), "%.8s", id);
	ck_assert_ok(sl_verdict_get(STORE, part, &list, ERR), ERR);
	ck_assert_str_eq(list.items[0].outcome, "undecided");
	ck_assert(!list.items[0].accepted);
	ck_assert_str_eq(list.items[0].report, "{\"findings\":[]}");
	sl_verdict_records_release(&list);
	ck_assert_err(sl_verdict_get(STORE, "abc", &list, ERR), SL_EINVAL,
	    ERR);
	ck_assert_err(sl_verdict_get(STORE, "%%%%", &list, ERR), SL_EINVAL,
	    ERR);
	ck_assert_err(sl_verdict_get(STORE, "00000000000000000000000000000000",
	    &list, ERR), SL_ENOTFOUND, ERR);
	/* A later acceptance of the same change counts. */
	v.accepted = true;
	ck_assert_ok(sl_verdict_record(STORE, &v, &change, 1, again, ERR), ERR);
	ck_assert_ok(sl_verdict_find(STORE, "r1", &change, NULL, &list, ERR),
	    ERR);
	ck_assert_str_eq(list.items[0].id, again);
	sl_verdict_records_release(&list);
}
END_TEST

static TCase *
tcase_store_open(void)
{
	TCase *tc = tcase_create("open");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, open_refuses_what_is_not_there);
	tcase_add_test(tc, open_refuses_newer_database);
	tcase_add_test(tc, open_refuses_strangers);
	tcase_add_test(tc, open_refuses_garbage);
	tcase_add_test(tc, open_refuses_links_and_open_folders);
	tcase_add_test(tc, mount_table_is_read);
	tcase_add_test(tc, manual_names_every_column);
	tcase_add_test(tc, creates_folder_for_its_group);
	tcase_add_test(tc, one_schema_from_many_creators);
	tcase_add_test(tc, short_lived_close_keeps_the_log);
	tcase_add_test(tc, log_of_hooks_stays_short);
	tcase_add_test(tc, reader_cannot_write);
	tcase_add_test(tc, locked_database_is_busy);
	tcase_add_test(tc, transactions_nest_and_doom);
	return tc;
}

static TCase *
tcase_store_repositories(void)
{
	TCase *tc = tcase_create("repositories");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, claims_are_first_come);
	tcase_add_test(tc, repository_moves);
	tcase_add_test(tc, missed_refs);
	tcase_add_test(tc, sudden_loss_is_refused);
	return tc;
}

static TCase *
tcase_store_verdicts(void)
{
	TCase *tc = tcase_create("verdicts");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, verdict_refuses_nonsense);
	tcase_add_test(tc, verdict_is_found_for_exactly_its_change);
	tcase_add_test(tc, rejected_verdict_is_never_found);
	return tc;
}

SL_TEST_MAIN("store", tcase_store_open, tcase_store_repositories,
    tcase_store_verdicts, tcase_store_queue, tcase_store_builds,
    tcase_store_ledger, tcase_store_taken, tcase_store_scans)
