/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "base/mem.h"
#include "rx/rx.h"
#include "rx/shape.h"

static const struct {
	const char *pattern;
	const char *text; /* part of the message */
} bad_patterns[] = {
	{ "a(b", "missing closing parenthesis" },
	{ "[z-a]", "out of order" },
	{ "*", "at byte" },
	{ "(*UTF)a", "(*...)" },
	{ "(*UCP)a", "(*...)" },
	{ "(*LIMIT_MATCH=1)a", "(*...)" },
	{ "(*NO_JIT)a", "(*...)" },
	{ "a(*SKIP)b", "(*...)" },
	{ "a(*COMMIT)b", "(*...)" },
	{ "(*pla:b)", "(*...)" },
	{ "\\\\(*UTF)", "(*...)" },
	{ "\\Qx\\E(*UTF)", "(*...)" },
	{ "[(*]", "[*(]" },
	{ "a\\Gb", "\\G" },
	{ "a\\Kb", "\\K" },
	{ "\\c\\(*ACCEPT)", "\\x1c" },
	{ "a\\C", "\\C" },
	{ "(?<n>a)(?<n>b)", "two named" },
};

START_TEST(a_wrong_pattern_is_refused_at_its_place)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_place place = { "p.yaml", 3, 9 };
	struct sl_rx *rx = NULL;

	ck_assert_err(sl_rx_compile(sl_str(bad_patterns[_i].pattern), 0,
			  &place, &rx, &err),
	    SL_ECONFIG, &err);
	ck_assert_ptr_null(rx);
	ck_assert_str_eq(err.place, "p.yaml:3:9");
	ck_assert_msg(strstr(err.text, bad_patterns[_i].text) != NULL, "%s",
	    err.text);
}
END_TEST

START_TEST(pattern_and_groups_have_caps)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(100000);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx *rx = NULL;

	for (int i = 0; i < SL_RX_MAX_PATTERN + 1; i++)
		sl_buf_addc(&b, 'a');
	ck_assert_err(sl_rx_compile(sl_buf_str(&b), 0, NULL, &rx, &err),
	    SL_ECONFIG, &err);
	sl_buf_clear(&b);
	for (int i = 0; i < 63; i++)
		sl_buf_adds(&b, "(a)");
	ck_assert_ok(sl_rx_compile(sl_buf_str(&b), 0, NULL, &rx, &err), &err);
	sl_rx_free(rx);
	sl_buf_adds(&b, "(a)");
	ck_assert_err(sl_rx_compile(sl_buf_str(&b), 0, NULL, &rx, &err),
	    SL_ECONFIG, &err);
}
END_TEST

static const struct {
	const char *pattern;
	unsigned flags;
	const char *subject;
	int rc;
} matches[] = {
	{ "abc", SL_RX_FULL, "abc", SL_RX_YES },
	{ "abc", SL_RX_FULL, "abcd", SL_RX_NO },
	{ "abc", SL_RX_FULL, "xabc", SL_RX_NO },
	{ "a|ab", SL_RX_FULL, "ab", SL_RX_YES }, /* goes back for the end */
	{ "a+?", SL_RX_FULL, "aaa", SL_RX_YES },
	{ "abc", SL_RX_FULL, "abc\n", SL_RX_NO },
	{ ".*c", SL_RX_FULL, "a\nbc", SL_RX_YES }, /* a path may hold one */
	{ "a.*c", SL_RX_SEARCH, "a\nbc", SL_RX_NO },
	{ "abc$", SL_RX_SEARCH, "abc\n", SL_RX_NO }, /* $ is the very end */
	{ "(?m)^abc$", SL_RX_SEARCH, "x\nabc\ny", SL_RX_YES },
	{ "a.b", SL_RX_SEARCH, "a\nb", SL_RX_NO },
	{ "a.b", SL_RX_SEARCH, "a\rb", SL_RX_YES }, /* only LF is a newline */
	{ "ABC", SL_RX_SEARCH, "xabc", SL_RX_NO },
	{ "ABC", SL_RX_SEARCH | SL_RX_CASELESS, "xabc", SL_RX_YES },
	{ "a.b", SL_RX_FULL, "a\xc3\xa4" "b", SL_RX_NO }, /* bytes */
	{ "a..b", SL_RX_FULL, "a\xc3\xa4" "b", SL_RX_YES },
	{ "\\w", SL_RX_FULL, "\xe4", SL_RX_NO },
	{ "\\(\\*x", SL_RX_SEARCH, "a(*x", SL_RX_YES },
	{ "", SL_RX_FULL, "", SL_RX_YES },
	{ "", SL_RX_FULL, "a", SL_RX_NO },
};

static int
match_often(const char *pattern, unsigned flags, struct sl_str subject,
    int times)
{
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int rc = SL_RX_NO;

	ck_assert_ok(sl_rx_compile(sl_str(pattern), flags, NULL, &rx, &err),
	    &err);
	for (int i = 0; i < times; i++)
		rc = sl_rx_match(rx, scratch, subject, 0, NULL, &err);
	return rc;
}

START_TEST(matches_in_bytes_with_fixed_options)
{
	struct sl_str subject = sl_str(matches[_i].subject);

	ck_assert_int_eq(match_often(matches[_i].pattern, matches[_i].flags,
			     subject, 1),
	    matches[_i].rc);
	/* Once more as machine code. */
	ck_assert_int_eq(match_often(matches[_i].pattern, matches[_i].flags,
			     subject, 40),
	    matches[_i].rc);
}
END_TEST

START_TEST(a_limit_is_never_no_match)
{
	struct sl_rx_limits limits = { .match_limit = 1000 };
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(&limits);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(100000);
	struct sl_error err = SL_ERROR_INIT;

	for (int i = 0; i < 3000; i++)
		sl_buf_adds(&b, "a");
	ck_assert_ok(sl_rx_compile(SL_STR("(a+)+[bc]"), SL_RX_FULL, NULL, &rx,
			 &err),
	    &err);
	for (int i = 0; i < 3; i++)
		ck_assert_err(sl_rx_match(rx, scratch, sl_buf_str(&b), 0, NULL,
				  &err),
		    SL_ELIMIT, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "(a+)+[bc]"));
}
END_TEST

START_TEST(a_subject_has_a_cap)
{
	struct sl_rx_limits limits = { .max_bytes = 10 };
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(&limits);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_rx_compile(SL_STR("b"), 0, NULL, &rx, &err), &err);
	ck_assert_int_eq(sl_rx_match(rx, scratch, SL_STR("aaaaaaaaab"), 0,
			     NULL, &err),
	    SL_RX_YES);
	ck_assert_err(sl_rx_match(rx, scratch, SL_STR("aaaaaaaaaab"), 0, NULL,
			  &err),
	    SL_ELIMIT, &err);
}
END_TEST

START_TEST(alternation_over_kilobytes_fits_the_stack)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(100000);

	for (int i = 0; i < 4000; i++)
		sl_buf_adds(&b, "a");
	ck_assert_int_eq(match_often("(?:a|bb)+", SL_RX_FULL, sl_buf_str(&b),
			     3),
	    SL_RX_YES);
}
END_TEST

START_TEST(groups_have_names_and_views)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m;

	ck_assert_ok(sl_rx_compile(
			 SL_STR("algorithms/(?<group>\\w+)/(?<job>\\w+)(x)?"),
			 SL_RX_FULL, NULL, &rx, &err),
	    &err);
	ck_assert_uint_eq(sl_rx_name_count(rx), 2);
	ck_assert_str_eq(sl_rx_name_at(rx, 0), "group");
	ck_assert_uint_eq(sl_rx_group_of(rx, SL_STR("job")), 2);
	ck_assert_uint_eq(sl_rx_group_of(rx, SL_STR("jo")), 0);
	ck_assert_int_eq(sl_rx_match(rx, NULL, SL_STR("algorithms/training/a"),
			     0, &m, &err),
	    SL_RX_YES);
	ck_assert_uint_eq(m.count, 4);
	ck_assert(sl_str_eqs(m.group[1], "training"));
	ck_assert(sl_str_eqs(m.group[2], "a"));
	ck_assert_ptr_null(m.group[3].ptr);
	ck_assert_uint_eq(m.start, 0);
	ck_assert_uint_eq(m.end, 21);
}
END_TEST

START_TEST(a_search_goes_on_from_an_offset)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_str subject = SL_STR("key key");
	struct sl_rx_match m;

	ck_assert_ok(sl_rx_compile(SL_STR("\\bkey"), 0, NULL, &rx, &err),
	    &err);
	ck_assert_int_eq(sl_rx_match(rx, NULL, subject, 1, &m, &err),
	    SL_RX_YES);
	ck_assert_uint_eq(m.start, 4);
	ck_assert_int_eq(sl_rx_match(rx, NULL, subject, 5, &m, &err),
	    SL_RX_NO);
	ck_assert_int_eq(sl_rx_match(rx, NULL, subject, 8, &m, &err),
	    SL_RX_NO);
}
END_TEST

START_TEST(a_search_can_be_bounded_by_where_matches_begin)
{
	static const struct {
		const char *pattern;
		size_t start;
		size_t last;
		size_t found; /* 99: none */
	} cases[] = {
		{ "key", 0, 3, 99 },
		{ "key", 0, 4, 4 },
		{ "(?<=a )key", 4, 4, 4 }, /* what is before is in view */
		{ "key b", 4, 4, 4 },      /* and what is after */
		{ "key", 5, 4, 99 },
		{ "$", 0, 9, 99 },
		{ "$", 0, 100, 10 },
		{ "", 10, 10, 10 },
	};
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m = { .start = 99 };

	ck_assert_ok(sl_rx_compile(sl_str(cases[_i].pattern), 0, NULL, &rx,
			 &err),
	    &err);
	ck_assert_int_eq(sl_rx_match_within(rx, NULL, SL_STR("a a key b."),
			     cases[_i].start, cases[_i].last, &m, &err),
	    cases[_i].found == 99 ? SL_RX_NO : SL_RX_YES);
	ck_assert_uint_eq(m.start, cases[_i].found);
}
END_TEST

static int64_t
ticking(void *self)
{
	return ++*(int64_t *)self;
}

START_TEST(a_search_in_stretches_finds_the_same)
{
	static const struct {
		const char *pattern;
		size_t found; /* offset, or 0: no match */
	} cases[] = {
		{ "needle", 70000 },
		{ "(?<=a)needle$", 70000 },
		{ "needlex", 0 },
		{ "^a{4097}", 0 }, /* only a start at 0 could match */
		{ "(?s)b.*needle", 60000 },
		{ "\\Aa", 0 },
		{ "(?=needle)", 70000 },
	};
	int64_t now = 0;
	struct sl_clock clock = { &now, NULL, ticking, NULL };
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(100000);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m = { .start = 0 };
	int rc;

	sl_buf_addc(&b, 'x');
	while (b.len < 70000)
		sl_buf_addc(&b, b.len == 60000 ? 'b' : 'a');
	sl_buf_adds(&b, "needle");
	ck_assert_ok(sl_rx_compile(sl_str(cases[_i].pattern), 0, NULL, &rx,
			 &err),
	    &err);
	sl_rx_scratch_deadline(scratch, &clock, 1000);
	rc = sl_rx_match(rx, scratch, sl_buf_str(&b), 0, &m, &err);
	ck_assert_int_eq(rc, cases[_i].found ? SL_RX_YES : SL_RX_NO);
	ck_assert_uint_eq(m.start, cases[_i].found);
	sl_rx_scratch_deadline(scratch, &clock, now);
	if (cases[_i].found)
		ck_assert_err(sl_rx_match(rx, scratch, sl_buf_str(&b), 0, &m,
				  &err),
		    SL_ELIMIT, &err);
}
END_TEST

/* Two-byte characters up to the match, so that stretches end within one. */
START_TEST(characters_are_matched_whole)
{
	int64_t now = 0;
	struct sl_clock clock = { &now, NULL, ticking, NULL };
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m;

	ck_assert_ok(sl_rx_compile(SL_STR("x.y"), SL_RX_CHARACTERS, NULL, &rx,
			 &err),
	    &err);
	for (int i = 0; i < 20000 + _i; i++)
		sl_buf_adds(&b, i == 0 && _i ? "z" : "\xc3\xa9");
	sl_buf_adds(&b, "x\xe2\x82\xacy");
	sl_rx_scratch_deadline(scratch, &clock, 1000);
	ck_assert_int_eq(sl_rx_match(rx, scratch, sl_buf_str(&b), 0, &m, &err),
	    SL_RX_YES);
	ck_assert_uint_eq(m.end, b.len);
	ck_assert_uint_eq(m.end - m.start, 5);
	sl_buf_addc(&b, '\xff');
	ck_assert_err(sl_rx_match(rx, scratch, sl_buf_str(&b), 0, &m, &err),
	    SL_ELIMIT, &err);
}
END_TEST

START_TEST(the_engine_has_a_name)
{
	char name[SL_RX_ENGINE_SIZE];

	sl_rx_engine(name);
	ck_assert_int_eq(strncmp(name, "PCRE2 1", 7), 0);
}
END_TEST

static const struct {
	const char *text;
	int rc;
} beginnings[] = {
	{ "", SL_RX_YES },
	{ "s3", SL_RX_YES },
	{ "s3://b/", SL_RX_YES },
	{ "s3://b/in", SL_RX_YES },
	{ "s3://b/input/x", SL_RX_YES },
	{ "s3://c", SL_RX_NO },
	{ "s3://b/out", SL_RX_NO },
	{ "xs3://b/input/x", SL_RX_NO },
};

START_TEST(a_beginning_is_told_from_what_cannot_match)
{
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_rx_compile(SL_STR("s3://b/input/.*"), SL_RX_FULL,
			 NULL, &rx, &err),
	    &err);
	ck_assert_int_eq(sl_rx_could_begin(rx, scratch,
			     sl_str(beginnings[_i].text), &err),
	    beginnings[_i].rc);
}
END_TEST

/* What a pattern could match below a folder. */
static const struct {
	const char *pattern;
	const char *text;
	int rc;
} longer[] = {
	{ "README\\.md", "docs/", SL_RX_NO },
	{ "README\\.md", "README.md/", SL_RX_NO },
	{ "docs/", "docs/", SL_RX_NO },
	{ "docs?/", "doc/", SL_RX_NO },
	{ "docs?/", "docs/", SL_RX_NO },
	{ "[^/]+/", "x/", SL_RX_NO },
	{ "[^/]+/[^/]+", "x/", SL_RX_YES },
	{ "[^/]+/[^/]+", "x/y/", SL_RX_NO },
	{ "docs/|docs/.+", "docs/", SL_RX_YES },
	{ ".*\\.py", "x/", SL_RX_YES },
	{ "(?:a|b)/(?<x>\\w+)\\.py", "c/", SL_RX_NO },
	{ "(?:a|b)/(?<x>\\w+)\\.py", "b/", SL_RX_YES },
	{ "(?:a|b)/(?<x>\\w+)\\.py", "b/c/", SL_RX_NO },
	{ "(?!test/).+", "test/", SL_RX_NO },
	{ "(?!test/).+", "tests/", SL_RX_YES },
	{ "(?=.*y).+", "x/", SL_RX_YES },
	{ "(?i)DATA/.*", "data/", SL_RX_YES },
	{ "(?x) a / # comment", "a/", SL_ELIMIT },
	{ "(a)/\\1", "a/", SL_RX_YES },
	{ "(a)/\\1", "a/b/", SL_RX_NO },
	{ "(?>a|ab)/c", "ab/", SL_RX_NO },
	{ "a++/b", "aa/", SL_RX_YES },
	{ ".{3}", "ab/", SL_RX_NO },
	{ ".{3,4}", "ab/", SL_RX_YES },
	{ "a|", "a/", SL_RX_NO },
	{ "", "a/", SL_RX_NO },
};

START_TEST(what_cannot_go_on_is_told)
{
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_rx_compile(sl_str(longer[_i].pattern), SL_RX_FULL,
			 NULL, &rx, &err),
	    &err);
	ck_assert_int_eq(sl_rx_could_go_on(rx, scratch, sl_str(longer[_i].text),
			     &err),
	    longer[_i].rc);
}
END_TEST

/* Against every text: a pattern that matches one goes on from each of its
 * beginnings. */
START_TEST(what_matches_goes_on_from_every_beginning)
{
	static const char *const patterns[] = { "a?b*/?a*", "(?:a|b/)*b",
		"(?=a.*b)[ab/]+", "(?!b)(?:[^/]/)*.", "a*?/b++|b+/a$",
		"(?<=)(a|b)/\\1*", ".*\\bb\\b.*" };
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	char text[7] = "";

	ck_assert_ok(sl_rx_compile(sl_str(patterns[_i]), SL_RX_FULL, NULL,
			 &rx, &err),
	    &err);
	for (int number = 0; number < 3 * 3 * 3 * 3 * 3 * 3; number++) {
		for (int i = 0, n = number; i < 6; i++, n /= 3)
			text[i] = "ab/"[n % 3];
		for (size_t len = 2; len <= 6; len++) {
			if (sl_rx_match(rx, scratch, sl_strn(text, len), 0,
				NULL, &err) != SL_RX_YES)
				continue;
			for (size_t k = 1; k < len; k++)
				ck_assert_int_eq(sl_rx_could_go_on(rx, scratch,
						     sl_strn(text, k), &err),
				    SL_RX_YES);
		}
	}
}
END_TEST

/* Shapes: what is said, and where; and a text, start, times a unit and end, of
 * which twice as much takes more than one and a half times the steps from each
 * byte on. */
static const struct {
	const char *pattern;
	const char *says; /* NULL: nothing */
	size_t at;
	const char *start;
	const char *unit;
	const char *end;
	int times;
} shapes[] = {
	{ "(a+)+b", "repeats without end", 0, "", "a", "cb", 8 },
	{ "x(?:a*)*b", "repeats without end", 1, "x", "a", "cb", 8 },
	{ "(?:\\w+\\s?)+;", "repeats without end", 0, "", "a", "!;", 8 },
	{ "x(?:a|b*)*c", "repeats without end", 1, "x", "b", "yc", 8 },
	{ "\\s*\\s*x", "two repeats", 3, "", " ", "yx", 200 },
	{ "k[a-z]+[a-z0-9]+;", "two repeats", 7, "k", "a", "!;", 200 },
	{ "(?i)k.*.*;", "two repeats", 7, "k", "a", "\n;", 200 },
	{ "[\\w.-]{0,50}?key", "begins with a repeat", 0, NULL, NULL, NULL,
	    0 },
	{ "(?i)[\\w.-]{0,50}key", "begins with a repeat", 4, NULL, NULL, NULL,
	    0 },
	{ .pattern = "(?:\\w+\\s+)+;" },
	{ .pattern = "(?:[a-z]+\\.)+x" },
	{ .pattern = "(?:[a-z]+-)*[a-z]+:" },
	{ .pattern = "(a++)+b" },
	{ .pattern = "\\s*[:=]\\s*x" },
	{ .pattern = "a+b+c" },
	{ .pattern = "key[a-z]{0,50}=" },
	{ .pattern = "[a-z]{76}key" },
	{ .pattern = "(?<=a+)(" },
	{ .pattern = "[[:alpha:]]+" },
};

/* The steps that PCRE2 needs to find nothing, roughly. */
static uint32_t
steps_of(struct sl_rx *rx, int index, int times)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(4096);
	uint32_t limit = 8;
	int rc = SL_ELIMIT;

	sl_buf_adds(&text, shapes[index].start);
	for (int i = 0; i < times; i++)
		sl_buf_adds(&text, shapes[index].unit);
	sl_buf_adds(&text, shapes[index].end);
	while (rc == SL_ELIMIT && limit < (1U << 30)) {
		struct sl_rx_limits limits = { .match_limit = limit };
		struct sl_rx_scratch *scratch = sl_rx_scratch_new(&limits);
		struct sl_error err = SL_ERROR_INIT;

		rc = sl_rx_match_within(rx, scratch, sl_buf_str(&text), 0, 0,
		    NULL, &err);
		sl_rx_scratch_free(scratch);
		limit += limit / 4;
	}
	ck_assert_int_eq(rc, SL_RX_NO);
	return limit;
}

START_TEST(slow_shapes_are_told)
{
	struct sl_rx_shape shape =
	    sl_rx_find_shape(sl_str(shapes[_i].pattern));
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;

	if (!shapes[_i].says) {
		ck_assert_msg(!shape.says, "%s", shape.says);
		return;
	}
	ck_assert_ptr_nonnull(shape.says);
	ck_assert_msg(strstr(shape.says, shapes[_i].says) != NULL, "%s",
	    shape.says);
	ck_assert_uint_eq(shape.at, shapes[_i].at);
	if (!shapes[_i].unit)
		return;
	ck_assert_ok(sl_rx_compile(sl_str(shapes[_i].pattern), SL_RX_SEARCH,
			 NULL, &rx, &err),
	    &err);
	ck_assert_uint_gt(steps_of(rx, _i, 2 * shapes[_i].times),
	    3 * steps_of(rx, _i, shapes[_i].times) / 2);
}
END_TEST

static TCase *
tcase_rx(void)
{
	TCase *tc = tcase_create("rx");

	tcase_add_loop_test(tc, a_beginning_is_told_from_what_cannot_match, 0,
	    SL_COUNT(beginnings));
	tcase_add_loop_test(tc, what_cannot_go_on_is_told, 0,
	    SL_COUNT(longer));
	tcase_add_loop_test(tc, what_matches_goes_on_from_every_beginning, 0,
	    7);
	tcase_add_loop_test(tc, a_wrong_pattern_is_refused_at_its_place, 0,
	    SL_COUNT(bad_patterns));
	tcase_add_test(tc, pattern_and_groups_have_caps);
	tcase_add_loop_test(tc, matches_in_bytes_with_fixed_options, 0,
	    SL_COUNT(matches));
	tcase_add_test(tc, a_limit_is_never_no_match);
	tcase_add_test(tc, a_subject_has_a_cap);
	tcase_add_test(tc, alternation_over_kilobytes_fits_the_stack);
	tcase_add_test(tc, groups_have_names_and_views);
	tcase_add_test(tc, a_search_goes_on_from_an_offset);
	tcase_add_loop_test(tc,
	    a_search_can_be_bounded_by_where_matches_begin, 0, 8);
	tcase_add_loop_test(tc, a_search_in_stretches_finds_the_same, 0, 7);
	tcase_add_loop_test(tc, characters_are_matched_whole, 0, 2);
	tcase_add_test(tc, the_engine_has_a_name);
	tcase_add_loop_test(tc, slow_shapes_are_told, 0, SL_COUNT(shapes));
	return tc;
}

SL_TEST_MAIN("rx", tcase_rx)
