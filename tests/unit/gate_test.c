/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The site policy that stands: what is kept, and for how long it stands in;
 * what a ref stands for.
 * The rest of src/gate is what a push sees: tests/cli/t01*.
 */
#include "gate_rig.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "gate/gate_int.h"
#include "gate/kept_int.h"
#include "gate/standing.h"

#define GOOD                                                                   \
	"sluice: 1\n"                                                          \
	"name: good\n"                                                         \
	"rules:\n"                                                             \
	"  a/b: {kind: path, deny: 'x', message: 'no'}\n"
#define START 1800000000

static char state[] = "/tmp/sluice-gate-XXXXXX";
static char *policy_file, *kept_file, *note_file;
static int64_t now_s;

static int64_t
fake_now(void *self)
{
	(void)self;
	return now_s;
}

static const struct sl_clock fake_clock = { .now_s = fake_now };

static void
set_up(void)
{
	strcpy(state + strlen(state) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	policy_file = sl_fsx_join(state, "policy.yaml");
	kept_file = sl_fsx_join(state, "site-policy.kept");
	note_file = sl_fsx_join(state, "site-policy.fault");
	now_s = START;
}

static void
tear_down(void)
{
	unlink(policy_file);
	unlink(kept_file);
	unlink(note_file);
	rmdir(state);
	free(policy_file);
	free(kept_file);
	free(note_file);
}

static void
put(const char *path, struct sl_str text)
{
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_fsx_replace(path, text, 0600, &err), &err);
}

static int
look_by(const struct sl_standing_options *options, bool *kept,
    struct sl_error *err)
{
	struct sl_standing standing;
	struct sl_policy *policy = NULL;
	int rc;

	sl_error_clear(err);
	sl_standing_init(&standing, options);
	rc = sl_standing_load(&standing, NULL, &policy, err);
	if (rc == 0)
		sl_standing_hold(&standing, true);
	else
		rc = sl_standing_fall_back(&standing, err);
	if (rc == 0 && policy == NULL)
		rc = sl_standing_load(&standing, NULL, &policy, err);
	ck_assert_int_eq(standing.warning.code, 0);
	*kept = standing.kept;
	sl_policy_free(policy);
	sl_standing_release(&standing);
	return rc;
}

/* Look at the site policy as a push would; the code that it ends with. */
static int
look(int64_t grace_s, bool *kept, struct sl_error *err)
{
	struct sl_policy_source source = { .path = policy_file };
	const struct sl_standing_options options = {
		.source = &source,
		.grace_s = grace_s,
		.state = state,
		.clock = &fake_clock,
	};

	return look_by(&options, kept, err);
}

static struct sl_standing_note
note_now(void)
{
	struct sl_standing_note note = { 0 };
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_standing_note_read(state, &note, &err), &err);
	return note;
}

/* --- files --- */

static const struct sl_oid some_commit = { { 1, 2, 3 } };

START_TEST(what_is_kept_comes_back)
{
	static const char *const texts[] = { "", "a", "a\n", "\n\n{}\n\n",
		GOOD };

	for (size_t i = 0; i < SL_COUNT(texts); i++) {
		struct sl_kept kept = SL_KEPT_INIT;
		struct sl_error err = SL_ERROR_INIT;
		struct sl_str text = sl_str(texts[i]);

		ck_assert(!sl_kept_is(state, text, "n", &some_commit));
		ck_assert_ok(sl_kept_write(state, text, "n", &some_commit,
				 &err),
		    &err);
		ck_assert(sl_kept_is(state, text, "n", &some_commit));
		ck_assert(!sl_kept_is(state, text, "m", &some_commit));
		ck_assert_ok(sl_kept_read(state, &kept, &err), &err);
		ck_assert(sl_str_eq(sl_buf_str(&kept.text), text));
		ck_assert_str_eq(kept.name, "n");
		ck_assert(sl_oid_eq(&kept.commit, &some_commit));
		sl_kept_release(&kept);
	}
}
END_TEST

START_TEST(what_is_damaged_is_not_used)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf image = SL_BUF_INIT(65536);
	SL_CLEANUP(sl_freep) char *copy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_kept kept = SL_KEPT_INIT;

	ck_assert_err(sl_kept_read(state, &kept, &err), SL_ENOTFOUND, &err);
	ck_assert_ok(sl_kept_write(state, SL_STR(GOOD), "n", &some_commit,
			 &err),
	    &err);
	ck_assert_ok(sl_fsx_read(kept_file, &image, &err), &err);
	copy = sl_strndup(sl_buf_cstr(&image), image.len);
	for (size_t i = 0; i < image.len; i++) {
		copy[i] ^= 1;
		put(kept_file, sl_strn(copy, image.len));
		copy[i] ^= 1;
		ck_assert_err(sl_kept_read(state, &kept, &err), SL_ECORRUPT,
		    &err);
	}
	for (size_t n = 0; n < image.len; n++) {
		put(kept_file, sl_strn(copy, n));
		ck_assert_err(sl_kept_read(state, &kept, &err), SL_ECORRUPT,
		    &err);
	}
	sl_kept_release(&kept);
}
END_TEST

START_TEST(a_damaged_note_is_an_error)
{
	static const char *const bad[] = { "", "{}", "[]", "null", "{",
		"{\"sluice_fault\":2,\"since_s\":1,\"latest_s\":1,"
		"\"reason\":\"x\"}",
		"{\"sluice_fault\":1,\"since_s\":-1,\"latest_s\":1,"
		"\"reason\":\"x\"}",
		"{\"sluice_fault\":1,\"since_s\":1,\"latest_s\":1e30,"
		"\"reason\":\"x\"}",
		"{\"sluice_fault\":1,\"since_s\":1,\"latest_s\":"
		"9223372036854775807,\"reason\":\"x\"}",
		"{\"sluice_fault\":1,\"since_s\":\"1\",\"latest_s\":1,"
		"\"reason\":\"x\"}",
		"{\"sluice_fault\":1,\"since_s\":1,\"latest_s\":1,"
		"\"reason\":\"x\",\"more\":1}",
		"{\"sluice_fault\":1,\"since_s\":1,\"latest_s\":1}" };
	struct sl_standing_note note = { .since_s = 7 };
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		put(note_file, sl_str(bad[i]));
		ck_assert_err(sl_standing_note_read(state, &note, &err),
		    SL_ECORRUPT, &err);
		ck_assert(sl_note_is_ours(state));
	}
	ck_assert_int_eq(note.since_s, 7);
	ck_assert_ok(sl_note_remove(state, &err), &err);
	ck_assert_ok(sl_note_remove(state, &err), &err);
	ck_assert(!sl_note_is_ours(state));
}
END_TEST

/* --- time --- */

START_TEST(the_grace_begins_once_and_ends)
{
	struct sl_error err = SL_ERROR_INIT;
	bool kept;

	put(policy_file, SL_STR(GOOD));
	ck_assert_ok(look(100, &kept, &err), &err);
	ck_assert(!kept);
	put(policy_file, SL_STR("sluice: ["));
	ck_assert_ok(look(100, &kept, &err), &err);
	ck_assert(kept);
	ck_assert_int_eq(note_now().since_s, START);
	now_s = START + 99;
	ck_assert_ok(look(100, &kept, &err), &err);
	ck_assert_int_eq(note_now().since_s, START);
	now_s = START + 100;
	ck_assert_err(look(100, &kept, &err), SL_EINVAL, &err);
	ck_assert(!kept);
	ck_assert_ptr_nonnull(strstr(err.place, "policy.yaml:1:"));
	ck_assert_ptr_nonnull(strstr(err.text, "that grace is over"));
	ck_assert_err(look(0, &kept, &err), SL_EINVAL, &err);
	ck_assert_ptr_null(strstr(err.text, "grace"));
	put(policy_file, SL_STR(GOOD));
	ck_assert_ok(look(100, &kept, &err), &err);
	ck_assert(!kept && !sl_note_is_ours(state));
}
END_TEST

START_TEST(the_clock_cannot_prolong_it)
{
	struct sl_error err = SL_ERROR_INIT;
	bool kept;

	put(policy_file, SL_STR(GOOD));
	ck_assert_ok(look(1000, &kept, &err), &err);
	unlink(policy_file);
	ck_assert_ok(look(1000, &kept, &err), &err);
	now_s = START + 59;
	ck_assert_ok(look(1000, &kept, &err), &err);
	ck_assert_int_eq(note_now().latest_s, START);
	now_s = START + 600;
	ck_assert_ok(look(1000, &kept, &err), &err);
	ck_assert_int_eq(note_now().latest_s, START + 600);
	/* A little is what clocks do. */
	now_s = START + 540;
	ck_assert_ok(look(1000, &kept, &err), &err);
	ck_assert_int_eq(note_now().latest_s, START + 600);
	now_s = START + 539;
	ck_assert_err(look(1000, &kept, &err), SL_ENOTFOUND, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "the clock says"));
	now_s = START - 100000;
	ck_assert_err(look(1000, &kept, &err), SL_ENOTFOUND, &err);
	/* Far ahead it is over, and stays so when the clock comes back. */
	now_s = START + 100000;
	ck_assert_err(look(1000, &kept, &err), SL_ENOTFOUND, &err);
	now_s = START + 700;
	ck_assert_err(look(1000, &kept, &err), SL_ENOTFOUND, &err);
	put(policy_file, SL_STR(GOOD));
	ck_assert_ok(look(1000, &kept, &err), &err);
	ck_assert(!kept && !sl_note_is_ours(state));
}
END_TEST

START_TEST(another_reason_is_noted_from_the_same_beginning)
{
	struct sl_error err = SL_ERROR_INIT;
	bool kept;

	put(policy_file, SL_STR(GOOD));
	ck_assert_ok(look(1000, &kept, &err), &err);
	put(policy_file, SL_STR("sluice: ["));
	ck_assert_ok(look(1000, &kept, &err), &err);
	unlink(policy_file);
	now_s += 1;
	ck_assert_ok(look(1000, &kept, &err), &err);
	ck_assert_int_eq(note_now().since_s, START);
	ck_assert_ptr_nonnull(strstr(note_now().reason, "does not exist"));
}
END_TEST

START_TEST(no_state_folder_is_no_fault_of_a_good_policy)
{
	struct sl_policy_source source = { .path = policy_file };
	const struct sl_standing_options options = {
		.source = &source,
		.grace_s = 10,
		.state = "/nonexistent/sluice",
		.clock = &fake_clock,
	};
	struct sl_error err = SL_ERROR_INIT;
	bool kept;

	put(policy_file, SL_STR(GOOD));
	ck_assert_ok(look_by(&options, &kept, &err), &err);
	unlink(policy_file);
	ck_assert_err(look_by(&options, &kept, &err), SL_ENOTFOUND, &err);
}
END_TEST

/* --- values --- */

static const char site_text[] =
    "sluice: 1\n"
    "name: t\n"
    "environments:\n"
    "  dev: {account: '123456789012', region: eu-west-1, bucket: churn-dev, "
    "pipeline-role: 'arn:aws:iam::123456789012:role/r', protected: false}\n"
    "  prod: {account: '210987654321', region: eu-west-1, bucket: churn-prod, "
    "pipeline-role: 'arn:aws:iam::210987654321:role/r'}\n"
    "flows:\n"
    "  - {ref: 'refs/heads/feature/.+', environment: dev, action: train}\n"
    "  - {ref: 'refs/heads/main', environment: prod, action: train}\n"
    "  - {ref: 'refs/heads/docs', action: none}\n";

static const struct {
	const char *ref;
	const char *branch; /* NULL: unknown */
	const char *environment;
	const char *bucket;
} places[] = {
	{ "refs/heads/feature/x", "feature-x-", "dev", "churn-dev" },
	{ "refs/heads/main", "main", "prod", "churn-prod" },
	{ "refs/heads/docs", "docs", NULL, NULL },
	{ "refs/tags/v1", "tags-v1-", NULL, NULL },
	{ "refs/notes/x", NULL, NULL, NULL },
	{ "HEAD", NULL, NULL, NULL },
};

static void
assert_value(const struct sl_ref_values *v, enum sl_variable variable,
    const char *expected)
{
	ck_assert_int_eq(v->value[variable].ptr != NULL, expected != NULL);
	if (expected)
		ck_assert_msg(sl_str_starts(v->value[variable], expected),
		    "%.*s", SL_STR_ARG(v->value[variable]));
}

START_TEST(a_ref_stands_for_what_its_flow_says)
{
	struct sl_ref_values v = { 0 }, alone = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project;
	struct sl_site *site;

	ck_assert_ok(sl_site_parse("s", "/", sl_str(site_text), &site, &err),
	    &err);
	ck_assert_ok(sl_project_parse("p",
			 SL_STR("sluice: 1\nproject: {id: churn-1, "
				"use-case: churn}\n"),
			 &project, &err),
	    &err);
	sl_gate_values(site, project, sl_str(places[_i].ref), &v);
	assert_value(&v, SL_VARIABLE_PROJECT, "churn-1");
	assert_value(&v, SL_VARIABLE_USE_CASE, "churn");
	assert_value(&v, SL_VARIABLE_BRANCH, places[_i].branch);
	assert_value(&v, SL_VARIABLE_ENVIRONMENT, places[_i].environment);
	assert_value(&v, SL_VARIABLE_BUCKET, places[_i].bucket);
	/* A laptop has no site. */
	sl_gate_values(NULL, NULL, sl_str(places[_i].ref), &alone);
	assert_value(&alone, SL_VARIABLE_PROJECT, NULL);
	assert_value(&alone, SL_VARIABLE_BRANCH, places[_i].branch);
	assert_value(&alone, SL_VARIABLE_BUCKET, NULL);
	sl_project_free(project);
	sl_site_free(site);
}
END_TEST

static TCase *
tcase_standing(void)
{
	TCase *tc = tcase_create("standing");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, what_is_kept_comes_back);
	tcase_add_test(tc, what_is_damaged_is_not_used);
	tcase_add_test(tc, a_damaged_note_is_an_error);
	tcase_add_test(tc, the_grace_begins_once_and_ends);
	tcase_add_test(tc, the_clock_cannot_prolong_it);
	tcase_add_test(tc, another_reason_is_noted_from_the_same_beginning);
	tcase_add_test(tc, no_state_folder_is_no_fault_of_a_good_policy);
	return tc;
}

static TCase *
tcase_values(void)
{
	TCase *tc = tcase_create("values");

	tcase_add_loop_test(tc, a_ref_stands_for_what_its_flow_says, 0,
	    SL_COUNT(places));
	return tc;
}

SL_TEST_MAIN("gate", tcase_standing, tcase_values, tcase_proofs)
