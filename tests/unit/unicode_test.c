/* SPDX-License-Identifier: Apache-2.0 */
#include "unicode/unicode.h"

#include "tests/unit/harness.h"

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
	{ "", "", true },
	{ "README", "readme", true },
	{ "a", "b", false },
	{ "caf\xc3\xa9", "cafe\xcc\x81", true },
	{ "caf\xc3\xa9", "CAF\xc3\x89", true },
	{ "caf\xc3\xa9", "cafe", false },
	/* Two marks in either order. */
	{ "q\xcc\x87\xcc\xa3", "q\xcc\xa3\xcc\x87", true },
	{ "\xc3\x9f", "SS", true },
	{ "\xce\xa3", "\xcf\x82", true },
	{ "\xe1\x84\x80\xe1\x85\xa1", "\xea\xb0\x80", true }, /* Hangul */
	{ "a\xe2\x80\x8b" "b", "ab", true },      /* zero width space */
	{ "a\xef\xb8\x8f", "a", true },           /* variation selector */
	{ "\xef\xbc\xa1", "a", false },           /* compatibility only */
	{ "\xff" "A", "\xff" "a", true },         /* not UTF-8 */
	{ "\xff\xc3\x84", "\xff\xc3\xa4", false },
	{ "\xed\xa0\x80" "A", "\xed\xa0\x80" "a", true }, /* a surrogate */
	{ "\xef\xbf\xbf" "A", "\xef\xbf\xbf" "a", true }, /* no character */
};

START_TEST(names_are_folded_as_file_systems_do)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf a = SL_BUF_INIT(200);
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(200);

	sl_unicode_fold(sl_str(pairs[_i].a), &a);
	sl_unicode_fold(sl_str(pairs[_i].b), &b);
	ck_assert_msg(sl_str_eq(sl_buf_str(&a), sl_buf_str(&b)) ==
		pairs[_i].same,
	    "\"%s\" and \"%s\"", pairs[_i].a, pairs[_i].b);
}
END_TEST

START_TEST(a_fold_respects_its_cap)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(3);

	sl_unicode_fold(SL_STR("\xc3\xa9\xc3\xa9\xc3\xa9"), &out);
	ck_assert(out.over);
}
END_TEST

static TCase *
tcase_unicode(void)
{
	TCase *tc = tcase_create("unicode");

	tcase_add_loop_test(tc, names_are_folded_as_file_systems_do, 0,
	    SL_COUNT(pairs));
	tcase_add_test(tc, a_fold_respects_its_cap);
	return tc;
}

SL_TEST_MAIN("unicode", tcase_unicode)
