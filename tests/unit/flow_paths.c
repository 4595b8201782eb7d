/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of `paths`: compiled at load, matched whole, undecided is said. */
#include "flow_test.h"

#include "flow/paths.h"

#define AS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static struct sl_flow_path patterns[] = {
	{ (char *)"code/.+", 3, 12 },
	{ (char *)"(a+)+[xy]", 4, 12 },
	{ (char *)"pipeline\\.json", 5, 12 },
};

static const struct {
	const char *path;
	size_t len;
	int rc;
	bool matches;
} paths[] = {
	{ "", 0, SL_OK, false },
	{ "code", 4, SL_OK, false },
	{ "code/", 5, SL_OK, false },
	{ "code/a.py", 9, SL_OK, true },
	{ "code/a\nb", 8, SL_OK, true },
	{ "code/\xff\0x", 8, SL_OK, true },
	{ "old/code/a.py", 13, SL_OK, false },
	{ "pipeline.json", 13, SL_OK, true },
	{ "pipeline.json\n", 14, SL_OK, false },
	{ "pipeline_json", 13, SL_OK, false },
	{ AS, 64, SL_ELIMIT, false },
};

static struct sl_flow
flow_with(size_t count)
{
	return (struct sl_flow){ .file = (char *)"f.yaml", .paths = patterns,
		.path_count = count };
}

START_TEST(a_path_is_matched_whole)
{
	SL_CLEANUP(sl_flow_paths_freep) struct sl_flow_paths *compiled = NULL;
	struct sl_flow flow = flow_with(SL_COUNT(patterns));
	struct sl_error err = SL_ERROR_INIT;
	bool matches = false;

	ck_assert_ok(sl_flow_paths_new(&flow, &compiled, &err), &err);
	ck_assert_err(sl_flow_paths_match(compiled,
	    sl_strn(paths[_i].path, paths[_i].len), &matches, &err),
	    paths[_i].rc, &err);
	ck_assert_int_eq(matches, paths[_i].matches);
}
END_TEST

/* One that cannot decide does not hide one that can. */
START_TEST(a_match_counts_whatever_came_before)
{
	SL_CLEANUP(sl_flow_paths_freep) struct sl_flow_paths *compiled = NULL;
	struct sl_flow_path both[] = { patterns[1], { (char *)"a+", 9, 9 } };
	struct sl_flow flow = { .file = (char *)"f.yaml", .paths = both,
		.path_count = 2 };
	struct sl_error err = SL_ERROR_INIT;
	bool matches = false;

	ck_assert_ok(sl_flow_paths_new(&flow, &compiled, &err), &err);
	ck_assert_ok(sl_flow_paths_match(compiled, SL_STR(AS), &matches, &err),
	    &err);
	ck_assert(matches);
}
END_TEST

START_TEST(a_bad_pattern_has_its_place)
{
	struct sl_flow_path bad[] = { patterns[0], { (char *)"[a-", 7, 11 } };
	struct sl_flow items[] = { flow_with(0), flow_with(2), { 0 } };
	struct sl_flows flows = { .items = items, .count = 3 };
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_flow_paths_check(&flows, &err), &err);
	items[2] = (struct sl_flow){ .file = (char *)"f.yaml", .paths = bad,
		.path_count = 2 };
	ck_assert_err(sl_flow_paths_check(&flows, &err), SL_ECONFIG, &err);
	ck_assert_str_eq(err.place, "f.yaml:7:11");
}
END_TEST

TCase *
tcase_flow_paths(void)
{
	TCase *tc = tcase_create("paths");

	tcase_add_loop_test(tc, a_path_is_matched_whole, 0, SL_COUNT(paths));
	tcase_add_test(tc, a_match_counts_whatever_came_before);
	tcase_add_test(tc, a_bad_pattern_has_its_place);
	return tc;
}
