/* SPDX-License-Identifier: Apache-2.0 */
/* Builds, attempts, packages, and the ledger. */
#include <stdio.h>

#include "base/mem.h"
#include "store/builds.h"
#include "store/ledger.h"
#include "tests/unit/harness.h"
#include "tests/unit/store_fixture.h"

#define STORE fixture_store
#define ERR (&fixture_err)
#define NOW FIXTURE_NOW
#define BUILD_A "20261122T103140Z-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define BUILD_B "20261122T103141Z-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct sl_build
build(const char *build_id, char commit, const char *environment)
{
	return (struct sl_build){ .build_id = build_id,
		.environment = environment, .pipeline = "churn",
		.repository = "r1", .project = "churn", .use_case = "churn",
		.commit = fixture_oid(commit), .tree = fixture_oid('c'),
		.ref = "refs/heads/main", .inputs_digest = "d1" };
}

static int64_t
put(struct sl_build b, int64_t now_s)
{
	int64_t id = 0;

	ck_assert_ok(sl_build_put(STORE, &b, now_s, &id, ERR), ERR);
	return id;
}

START_TEST(build_keeps_its_identity)
{
	struct sl_build b = build(BUILD_A, 'a', "dev");
	int64_t id = put(b, NOW);
	struct sl_builds list = SL_BUILDS_INIT;

	b.commit = fixture_oid('b');
	ck_assert_err(sl_build_put(STORE, &b, NOW, NULL, ERR), SL_ECONFLICT,
	    ERR);
	b = build(BUILD_A, 'a', "dev");
	b.repository = "r9";
	ck_assert_err(sl_build_put(STORE, &b, NOW, NULL, ERR), SL_ECONFLICT,
	    ERR);
	b.environment = "prod";
	ck_assert_err(sl_build_put(STORE, &b, NOW, NULL, ERR), SL_ENOTFOUND,
	    ERR);
	/* What is not given stays; what is given replaces. */
	b = build(BUILD_A, 'a', "dev");
	b.ref = b.project = b.inputs_digest = NULL;
	b.manifest_etag = "\"e1\"";
	b.step = SL_STEP_STARTED;
	b.state = SL_BUILD_FAILED;
	ck_assert_int_eq(put(b, NOW + 1), id);
	ck_assert_ok(sl_build_resolve(STORE, "aaaaaaaaaaaa", &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].ref, "refs/heads/main");
	ck_assert_str_eq(list.items[0].inputs_digest, "d1");
	ck_assert_str_eq(list.items[0].manifest_etag, "\"e1\"");
	ck_assert_str_eq(list.items[0].manifest_uri, "");
	ck_assert_int_eq(list.items[0].step, SL_STEP_STARTED);
	ck_assert_int_eq(list.items[0].state, SL_BUILD_FAILED);
	ck_assert_int_eq(list.items[0].created_at_s, NOW);
	ck_assert_int_eq(list.items[0].updated_at_s, NOW + 1);
	sl_builds_release(&list);
}
END_TEST

START_TEST(builds_are_found)
{
	static const char commit[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	const struct {
		struct sl_build_query query;
		int code;
		size_t count;
	} cases[] = {
		{ { .by = SL_BUILD_BY_PART, .value = "aaa" }, SL_EINVAL, 0 },
		{ { .by = SL_BUILD_BY_INPUTS, .value = "" }, SL_EINVAL, 0 },
		{ { .by = SL_BUILD_BY_REF }, SL_EINVAL, 0 },
		{ { .by = SL_BUILD_BY_PART, .value = "%%%%" }, SL_OK, 0 },
		{ { .by = SL_BUILD_ALL }, SL_OK, 4 },
		{ { .by = SL_BUILD_ALL, .limit = 1 }, SL_OK, 1 },
		{ { .by = SL_BUILD_ALL, .environment = "prod" }, SL_OK, 1 },
		{ { .by = SL_BUILD_BY_PART, .value = "T1031" }, SL_OK, 4 },
		{ { .by = SL_BUILD_BY_COMMIT, .value = commit }, SL_OK, 3 },
		{ { .by = SL_BUILD_BY_INPUTS, .value = "d1" }, SL_OK, 4 },
		{ { .by = SL_BUILD_BY_INPUTS, .value = "d2" }, SL_OK, 0 },
		{ { .by = SL_BUILD_BY_PIPELINE, .value = "churn" }, SL_OK, 4 },
		{ { .by = SL_BUILD_BY_REF, .value = "refs/heads/main" },
		    SL_OK, 4 },
		{ { .by = SL_BUILD_BY_REF, .value = "refs/heads/main",
		    .repository = "r2" }, SL_OK, 0 },
		{ { .by = SL_BUILD_LATEST }, SL_OK, 3 },
		{ { .by = SL_BUILD_LATEST, .environment = "dev" }, SL_OK, 1 },
	};

	put(build(BUILD_A, 'a', "dev"), NOW);
	put(build(BUILD_A, 'a', "prod"), NOW + 1);
	put(build(BUILD_A, 'a', "staging"), NOW + 2);
	put(build(BUILD_B, 'b', "dev"), NOW + 3);
	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct sl_builds list = SL_BUILDS_INIT;
		int rc = sl_build_list(STORE, &cases[i].query, &list, ERR);

		ck_assert_msg(rc == cases[i].code &&
		    list.count == cases[i].count, "case %zu: %d, %zu rows", i,
		    rc, list.count);
		if (list.count > 0 && cases[i].query.environment == NULL &&
		    cases[i].query.by != SL_BUILD_BY_COMMIT)
			ck_assert_str_eq(list.items[0].build_id, BUILD_B);
		sl_builds_release(&list);
	}
}
END_TEST

START_TEST(resolve_wants_one_build_id)
{
	struct sl_builds list = SL_BUILDS_INIT;

	put(build(BUILD_A, 'a', "dev"), NOW);
	put(build(BUILD_A, 'a', "prod"), NOW);
	put(build(BUILD_B, 'b', "dev"), NOW);
	ck_assert_err(sl_build_resolve(STORE, "aaa", &list, ERR), SL_EINVAL,
	    ERR);
	ck_assert_err(sl_build_resolve(STORE, "dddd", &list, ERR),
	    SL_ENOTFOUND, ERR);
	ck_assert_err(sl_build_resolve(STORE, "2026", &list, ERR),
	    SL_ECONFLICT, ERR);
	ck_assert_ptr_nonnull(strstr(ERR->text, BUILD_A));
	ck_assert_ptr_nonnull(strstr(ERR->text, BUILD_B));
	ck_assert_ok(sl_build_resolve(STORE, BUILD_A, &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 2);
	sl_builds_release(&list);
}
END_TEST

START_TEST(attempt_is_written_once)
{
	int64_t id = put(build(BUILD_A, 'a', "dev"), NOW);
	const struct sl_attempt first = { .number = 1, .token = "t1",
		.display_name = BUILD_A, .definition_digest = "d",
		.parameters = "{}", .intended_at_s = NOW };
	struct sl_attempt changed = first;
	struct sl_attempts list = SL_ATTEMPTS_INIT;

	ck_assert_err(sl_attempt_put(STORE, id + 1, &first, ERR), SL_ENOTFOUND,
	    ERR);
	ck_assert_ok(sl_attempt_put(STORE, id, &first, ERR), ERR);
	ck_assert_ok(sl_attempt_put(STORE, id, &first, ERR), ERR);
	changed.token = "t2";
	ck_assert_err(sl_attempt_put(STORE, id, &changed, ERR), SL_ECONFLICT,
	    ERR);
	changed = first;
	changed.parameters = "{\"a\":\"b\"}";
	ck_assert_err(sl_attempt_put(STORE, id, &changed, ERR), SL_ECONFLICT,
	    ERR);
	changed = first;
	changed.definition_digest = "e";
	ck_assert_err(sl_attempt_put(STORE, id, &changed, ERR), SL_ECONFLICT,
	    ERR);
	changed = (struct sl_attempt){ .number = 1, .status = "Executing",
		.execution_arn = "arn:x", .started_at_s = NOW + 1 };
	ck_assert_ok(sl_attempt_put(STORE, id, &changed, ERR), ERR);
	ck_assert_ok(sl_attempt_list(STORE, id, &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].token, "t1");
	ck_assert_str_eq(list.items[0].status, "Executing");
	ck_assert_str_eq(list.items[0].execution_arn, "arn:x");
	ck_assert_int_eq(list.items[0].intended_at_s, NOW);
	ck_assert_int_eq(list.items[0].started_at_s, NOW + 1);
	sl_attempts_release(&list);
}
END_TEST

START_TEST(package_belongs_to_one_attempt)
{
	int64_t id = put(build(BUILD_A, 'a', "dev"), NOW);
	struct sl_package p = { .attempt = 1, .arn = "arn:p", .group = "churn",
		.approval = "PendingManualApproval", .seen_at_s = NOW };
	struct sl_packages list = SL_PACKAGES_INIT;
	struct sl_builds owner = SL_BUILDS_INIT;

	ck_assert_err(sl_package_put(STORE, id, &p, ERR), SL_ENOTFOUND, ERR);
	ck_assert_err(sl_package_find(STORE, "arn:p", &owner, ERR),
	    SL_ENOTFOUND, ERR);
	for (int64_t n = 1; n <= 2; n++)
		ck_assert_ok(sl_attempt_put(STORE, id, &(struct sl_attempt){
		    .number = n }, ERR), ERR);
	ck_assert_ok(sl_package_put(STORE, id, &p, ERR), ERR);
	p.approval = "Approved";
	ck_assert_ok(sl_package_put(STORE, id, &p, ERR), ERR);
	p.attempt = 2;
	ck_assert_err(sl_package_put(STORE, id, &p, ERR), SL_ECONFLICT, ERR);
	ck_assert_ok(sl_package_list(STORE, id, &list, ERR), ERR);
	ck_assert_uint_eq(list.count, 1);
	ck_assert_str_eq(list.items[0].approval, "Approved");
	sl_packages_release(&list);
	ck_assert_ok(sl_package_find(STORE, "arn:p", &owner, ERR), ERR);
	ck_assert_str_eq(owner.items[0].build_id, BUILD_A);
	sl_builds_release(&owner);
}
END_TEST

/* --- ledger --- */

/* Rows whose hashes were computed with printf and sha256sum. */
START_TEST(ledger_hash_is_the_manuals)
{
	struct sl_ledger_head head = { 0, "" };

	ck_assert_ok(sl_ledger_head(STORE, &head, ERR), ERR);
	ck_assert_int_eq(head.seq, 0);
	ck_assert_ok(sl_ledger_append(STORE, SL_LEDGER_VERDICT, "v1",
	    "{\"outcome\":\"pass\"}", 1800000000, &head, ERR), ERR);
	ck_assert_str_eq(head.hash, "e6c39f0ebc87e6c6343dc38c292bb350"
	    "274cefe65b15df577d326e9fcd8bd4eb");
	ck_assert_ok(sl_ledger_append(STORE, SL_LEDGER_BUILD_START, "b\n1",
	    "{}", 1800000001, &head, ERR), ERR);
	ck_assert_str_eq(head.hash, "d580ada30f6314951e366c46eb6136b8"
	    "4d8329aaa41a730f384dc2e6289d376d");
	ck_assert_int_eq(head.seq, 2);
}
END_TEST

static void
append(int rows)
{
	for (int i = 0; i < rows; i++)
		ck_assert_ok(sl_ledger_append(STORE, SL_LEDGER_VERDICT, "s",
		    "{\"n\":1}", NOW + i, NULL, ERR), ERR);
}

START_TEST(ledger_only_grows)
{
	static const char *const attacks[] = {
		"UPDATE ledger SET json = '{}' WHERE seq = 2",
		"DELETE FROM ledger WHERE seq = 3",
		"INSERT INTO ledger VALUES(9, 1, 'verdict', 's', '{}', '', '')",
		"REPLACE INTO ledger VALUES(2, 1, 'verdict', '', '', '', '')",
	};
	struct sl_ledger_head head;

	append(3);
	for (size_t i = 0; i < SL_COUNT(attacks); i++)
		ck_assert_msg(!fixture_try_sql(attacks[i]), "%s", attacks[i]);
	ck_assert_ok(sl_ledger_verify(STORE, NULL, &head, ERR), ERR);
	ck_assert_int_eq(head.seq, 3);
}
END_TEST

START_TEST(ledger_shows_tampering)
{
	static const struct {
		const char *sql;
		const char *row; /* in the message */
	} attacks[] = {
		{ "UPDATE ledger SET json = '{\"n\":2}' WHERE seq = 2",
		    "row 2" },
		{ "UPDATE ledger SET json = json || char(0) || 'x'"
		  " WHERE seq = 2", "json" },
		{ "UPDATE ledger SET subject = 't' WHERE seq = 3", "row 3" },
		{ "UPDATE ledger SET time_s = time_s - 1 WHERE seq = 1",
		    "row 1" },
		{ "UPDATE ledger SET kind = 'approval' WHERE seq = 4",
		    "row 4" },
		{ "UPDATE ledger SET hash = prev_hash WHERE seq = 4",
		    "row 4" },
		{ "DELETE FROM ledger WHERE seq = 1", "row 2" },
		{ "DELETE FROM ledger WHERE seq = 3", "row 4" },
		{ "INSERT INTO ledger SELECT 0, time_s, kind, subject, json,"
		  " prev_hash, hash FROM ledger WHERE seq = 1", "before" },
	};
	char sql[512];

	append(4);
	sl_store_freep(&STORE);
	snprintf(sql, sizeof(sql), "DROP TRIGGER ledger_no_update;"
	    "DROP TRIGGER ledger_no_delete; DROP TRIGGER ledger_in_order;"
	    "%s", attacks[_i].sql);
	fixture_sql(sql);
	fixture_reopen(0);
	ck_assert_int_lt(sl_ledger_verify(STORE, NULL, NULL, ERR), 0);
	ck_assert_msg(strstr(ERR->text, attacks[_i].row) != NULL, "%s",
	    ERR->text);
}
END_TEST
#define LEDGER_ATTACKS 9

START_TEST(anchor_shows_truncation_and_rewriting)
{
	struct sl_ledger_head anchor, head;

	append(4);
	ck_assert_ok(sl_ledger_head(STORE, &anchor, ERR), ERR);
	append(300); /* more than verification reads at a time */
	ck_assert_ok(sl_ledger_verify(STORE, &anchor, &head, ERR), ERR);
	ck_assert_int_eq(head.seq, 304);
	fixture_sql("DROP TRIGGER ledger_no_delete;"
	    "DELETE FROM ledger WHERE seq > 3");
	ck_assert_ok(sl_ledger_verify(STORE, NULL, NULL, ERR), ERR);
	ck_assert_err(sl_ledger_verify(STORE, &anchor, NULL, ERR),
	    SL_ETAMPERED, ERR);
	ck_assert_ok(sl_ledger_append(STORE, SL_LEDGER_REFUSAL, "s", "{}", NOW,
	    NULL, ERR), ERR);
	ck_assert_ok(sl_ledger_verify(STORE, NULL, NULL, ERR), ERR);
	ck_assert_err(sl_ledger_verify(STORE, &anchor, NULL, ERR),
	    SL_ETAMPERED, ERR);
}
END_TEST

START_TEST(ledger_lists_by_subject)
{
	struct sl_ledger_rows rows = SL_LEDGER_ROWS_INIT;
	SL_CLEANUP(sl_freep) char *big = sl_alloc(SL_LEDGER_JSON_MAX + 2);

	append(3);
	ck_assert_ok(sl_ledger_append(STORE, SL_LEDGER_PROMOTION, "tag", "{}",
	    NOW, NULL, ERR), ERR);
	ck_assert_ok(sl_ledger_list(STORE, 0, "tag", 0, &rows, ERR), ERR);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_str_eq(rows.items[0].kind, "promotion");
	ck_assert_int_eq(rows.items[0].seq, 4);
	sl_ledger_rows_release(&rows);
	ck_assert_ok(sl_ledger_list(STORE, 1, NULL, 2, &rows, ERR), ERR);
	ck_assert_uint_eq(rows.count, 2);
	ck_assert_int_eq(rows.items[0].seq, 2);
	sl_ledger_rows_release(&rows);
	memset(big, ' ', SL_LEDGER_JSON_MAX + 1);
	ck_assert_err(sl_ledger_append(STORE, SL_LEDGER_VERDICT, "s", big, NOW,
	    NULL, ERR), SL_ETOOBIG, ERR);
}
END_TEST

TCase *
tcase_store_builds(void)
{
	TCase *tc = tcase_create("builds");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, build_keeps_its_identity);
	tcase_add_test(tc, builds_are_found);
	tcase_add_test(tc, resolve_wants_one_build_id);
	tcase_add_test(tc, attempt_is_written_once);
	tcase_add_test(tc, package_belongs_to_one_attempt);
	return tc;
}

TCase *
tcase_store_ledger(void)
{
	TCase *tc = tcase_create("ledger");

	tcase_add_checked_fixture(tc, fixture_open, fixture_close);
	tcase_add_test(tc, ledger_hash_is_the_manuals);
	tcase_add_test(tc, ledger_only_grows);
	tcase_add_loop_test(tc, ledger_shows_tampering, 0, LEDGER_ATTACKS);
	tcase_add_test(tc, anchor_shows_truncation_and_rewriting);
	tcase_add_test(tc, ledger_lists_by_subject);
	return tc;
}
