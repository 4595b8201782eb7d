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

/* The fingerprint of the finding at a line of "p". */
static const char *
print_at(const struct sl_verdict *v, unsigned line)
{
	for (size_t i = 0; i < v->finding_count; i++)
		if (v->findings[i].line == line)
			return v->findings[i].fingerprint;
	ck_abort_msg("nothing at line %u", line);
	return NULL;
}

static void
find_at(struct sl_verdict *v, unsigned line, const char *message,
    const char *found)
{
	sl_verdict_add_finding(v, &(struct sl_finding){ .rule = "r",
		.level = SL_LEVEL_BLOCK, .ref = "refs/heads/x", .path = "p",
		.line = line, .message = message, .found = found });
}

START_TEST(a_fingerprint_stays_and_is_nobody_elses)
{
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *v = sl_verdict_new();
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *w = sl_verdict_new();

	/* One message between two of another, on the lines and further on. */
	find_at(v, 1, "a", "x");
	find_at(v, 2, "b", "x");
	find_at(v, 3, "a", "x");
	find_at(v, 4, "a", "y");
	sl_verdict_finish(v);
	for (unsigned i = 1; i < 4; i++)
		for (unsigned k = i + 1; k <= 4; k++)
			ck_assert_str_ne(print_at(v, i), print_at(v, k));
	/* Lines move, one is repaired, another comes before it. */
	find_at(w, 10, "c", "x");
	find_at(w, 11, "a", "x");
	find_at(w, 23, "a", "x");
	find_at(w, 24, "a", "y");
	sl_verdict_finish(w);
	ck_assert_str_eq(print_at(v, 1), print_at(w, 11));
	ck_assert_str_eq(print_at(v, 3), print_at(w, 23));
	ck_assert_str_eq(print_at(v, 4), print_at(w, 24));
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
	tcase_add_test(tc, a_fingerprint_stays_and_is_nobody_elses);
	tcase_add_test(tc, a_full_verdict_is_not_milder);
	tcase_add_test(tc, undecided_blocks_by_level);
	return tc;
}
