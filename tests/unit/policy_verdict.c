/* SPDX-License-Identifier: Apache-2.0 */
/* policy: verdicts, and the templates of their messages. */
#include "policy_rig.h"

#include "policy/template.h"
#include "policy/verdict.h"

static bool
lookup(void *ctx SL_UNUSED, struct sl_str name, struct sl_str *value)
{
	*value = sl_str_eqs(name, "evil") ? SL_STR("\033[31m\n{path}") :
					    SL_STR("v");
	return !sl_str_eqs(name, "unknown");
}

static const struct {
	const char *text;
	const char *filled; /* NULL: refused */
} templates[] = {
	{ "plain", "plain" },
	{ "a {x} b", "a v b" },
	{ "{{x}} {x}", "{x} v" },
	{ "{evil}", "\\x1b[31m\\n{path}" },
	{ "{unknown}", "{unknown}" },
	{ "{", NULL },
	{ "}", NULL },
	{ "a {} b", NULL },
	{ "{a{b}", NULL },
	{ "{a", NULL },
};

START_TEST(templates_escape_what_they_show)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1000);
	struct sl_str text = sl_str(templates[_i].text);
	struct sl_error err = SL_ERROR_INIT;

	if (!templates[_i].filled) {
		ck_assert_err(sl_template_check(text, NULL, NULL, &err),
		    SL_EINVAL, &err);
		return;
	}
	ck_assert_ok(sl_template_check(text, NULL, NULL, &err), &err);
	sl_template_fill(text, lookup, NULL, &out);
	ck_assert_str_eq(sl_buf_cstr(&out), templates[_i].filled);
}
END_TEST

/* --- verdict --- */

START_TEST(a_verdict_folds_and_orders)
{
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *v = sl_verdict_new();
	struct sl_finding f = { .rule = "b", .level = SL_LEVEL_WARN,
		.ref = "refs/heads/x", .path = "p", .message = "m",
		.found = "", .expected = "", .fix = "",
		.place = { "f", 1, 1 } };

	sl_verdict_add_finding(v, &f);
	f.ref = "refs/heads/y";
	f.level = SL_LEVEL_BLOCK;
	sl_verdict_add_finding(v, &f);
	f.rule = "a";
	f.level = SL_LEVEL_AUDIT;
	sl_verdict_add_finding(v, &f);
	sl_verdict_add_skipped(v, &(struct sl_skipped){ "w", "r", 2 });
	sl_verdict_add_skipped(v, &(struct sl_skipped){ "w", "r", 3 });
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
	ck_assert_uint_eq(v->finding_count, 2);
	ck_assert_uint_eq(v->blocking, 1);
	ck_assert_uint_eq(v->warnings, 0);
	ck_assert_str_eq(v->findings[0].rule, "b");
	ck_assert_str_eq(v->findings[0].ref, "refs/heads/y");
	ck_assert_uint_eq(v->findings[0].repeats, 1);
	ck_assert_uint_eq(strlen(v->findings[0].fingerprint), 64);
	ck_assert_uint_eq(v->skipped_count, 1);
	ck_assert_uint_eq(v->skipped[0].count, 5);
	ck_assert_uint_eq(strlen(v->id), 64);
}
END_TEST

START_TEST(a_full_verdict_is_not_milder)
{
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *v = sl_verdict_new();
	struct sl_finding f = { .rule = "b", .level = SL_LEVEL_WARN,
		.ref = "r", .path = "p", .message = "m", .found = "",
		.expected = "", .fix = "", .place = { "f", 1, 1 } };

	for (unsigned i = 0; i < SL_VERDICT_MAX_ENTRIES; i++) {
		f.line = i + 1;
		sl_verdict_add_finding(v, &f);
	}
	f.level = SL_LEVEL_BLOCK;
	sl_verdict_add_finding(v, &f);
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_uint_eq(v->undecided_count, 1);
}
END_TEST

START_TEST(undecided_blocks_by_level)
{
	struct sl_verdict *v = sl_verdict_new();

	sl_verdict_add_undecided(v, &(struct sl_undecided){ .rule = "r",
		.level = SL_LEVEL_WARN, .ref = "", .path = "",
		.reason = "x" });
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	sl_verdict_free(v);

	v = sl_verdict_new();
	sl_verdict_add_undecided(v, &(struct sl_undecided){ .rule = "r",
		.level = SL_LEVEL_WARN, .reason = "x" });
	sl_verdict_add_undecided(v, &(struct sl_undecided){ .rule = "r",
		.level = SL_LEVEL_BLOCK, .reason = "x" });
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_uint_eq(v->undecided_count, 1);
	sl_verdict_free(v);
}
END_TEST

TCase *
tcase_verdict(void)
{
	TCase *tc = tcase_create("verdict");

	tcase_add_loop_test(tc, templates_escape_what_they_show, 0,
	    SL_COUNT(templates));
	tcase_add_test(tc, a_verdict_folds_and_orders);
	tcase_add_test(tc, a_full_verdict_is_not_milder);
	tcase_add_test(tc, undecided_blocks_by_level);
	return tc;
}
