/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_test.h"

#include "base/mem.h"
#include "base/text.h"
#include "scan/matches.h"

/* --- what is claimed --- */

static const struct {
	const char *pattern;
	size_t literals;
	size_t shortest;
	size_t before;
} claims[] = {
	{ "needle", 1, 6, 0 },
	{ "(?i)needle", 1, 6, 0 },
	{ "nee|dle", 2, 3, 0 },
	{ "nee|dl", 0, 0, 0 },
	{ "x?needle", 2, 6, 0 },
	{ "x{0,5}needle", 1, 6, 5 },
	{ "\\w{2,5}needle", 1, 6, 5 },
	{ "\\w+needle", 1, 6, SIZE_MAX },
	{ "\\bgh[pousr]_[A-Za-z0-9]{36,251}\\b", 5, 4, 0 },
	{ "(?<![A-Z])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Z])", 2, 4, 0 },
	{ "-{5}BEGIN", 1, 10, 0 },
	{ "(?:abc){2,}x", 1, 6, 0 },
	{ "(?:abc)*x", 0, 0, 0 },
	{ "(?:abc)?(?=needle)", 0, 0, 0 },
	{ "(?<=needle)x", 0, 0, 0 },
	{ "(?!needle)abc", 1, 3, 0 },
	{ "a(?#needle)*bcd", 0, 0, 0 },
	{ "(?x) nee dle", 0, 0, 0 },
	{ "(?-x)needle", 1, 6, 0 },
	{ "(a)\\1needle", 1, 6, SIZE_MAX },
	{ "(?(1)abc|needle)", 0, 0, 0 },
	{ "(?:abc(?R)?)", 0, 0, 0 },
	{ "\\Qabc\\Ed", 0, 0, 0 },
	{ "[]abc]needle", 4, 7, 0 },
	{ "[^]abc]needle", 1, 6, 1 },
	{ "[[:alpha:]-]needle", 1, 6, 1 },
	{ "[\\d\\]]needle", 1, 6, 1 },
	{ "[Nn]eedle", 1, 6, 0 },
	{ "\\x6eeedle", 1, 6, 0 },
	{ "\\x{6e}eedle", 0, 0, 0 },
	{ "ab{,3}cde", 0, 0, 0 },
	{ "ab{x}", 1, 5, 0 },
	{ "ab{0", 1, 4, 0 },
	{ "ab{2,x", 1, 6, 0 },
	{ "ab{0,2}cde", 1, 3, 3 },
	{ "a{2}{3}b", 0, 0, 0 },
	{ "(?i:nee)dle", 1, 6, 0 },
	{ "(?:(?i)nee|dle)", 2, 3, 0 },
	{ "\\Rneedle", 1, 6, 2 },
	{ ".{0,2000000}needle", 0, 0, 0 }, /* refused by PCRE2 */
	{ ".{0,60000}.{0,60000}needle", 1, 6, 120000 },
	{ "a{65535}b", 1, 32, 0 },
	{ "x[0-9a-fA-F]{40,}", 1, 40, 1 },
	{ "(?i)\\d{15,16}x", 1, 15, 0 },
	{ "(?:needle|[^\\W\\s_g-zA-Z]{32})", 2, 6, 0 },
	{ "[a-z0-9]{32}", 0, 0, 0 },
	{ "[^0-9]{32}", 0, 0, 0 },
	{ "(?|needle|nail)", 2, 4, 0 },
	{ "(?>needle)", 1, 6, 0 },
	{ "(?<n>needle)(?'m'x)(?P<o>y)", 1, 8, 0 },
	{ "(?<n>needle)\\k<n>", 0, 0, 0 },
	{ "", 0, 0, 0 },
};

START_TEST(literals_are_claimed)
{
	SL_CLEANUP(sl_scanner_freep)
	struct sl_scanner *scanner = sl_scanner_new();
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_scan_claim claim;

	if (sl_rx_compile(sl_str(claims[_i].pattern), 0, NULL, &rx, &err) < 0)
		return;
	ck_assert_uint_eq(sl_scanner_add(scanner, rx), 0);
	claim = sl_scanner_claim(scanner, 0);
	ck_assert_uint_eq(claim.literals, claims[_i].literals);
	ck_assert_uint_eq(claim.shortest, claims[_i].shortest);
	ck_assert_uint_eq(claim.before, claims[_i].before);
}
END_TEST

/* --- the same as a search through the whole --- */

static uint32_t seed;

static uint32_t
any(uint32_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static void make_alternatives(struct sl_buf *out, unsigned depth);

static void
make_letters(struct sl_buf *out)
{
	for (uint32_t i = any(5) + 1; i; i--)
		sl_buf_addc(out, "aabbAx"[any(6)]);
}

static void
make_group(struct sl_buf *out, unsigned depth)
{
	static const char *const opens[] = { "(", "(?:", "(?:", "(?:", "(?>",
		"(?i:", "(?i)(?:", "(?-i:", "(?=", "(?!", "(?|", "(?s:" };
	static const char *const behind[] = { "(?<=ab)", "(?<!a)", "(?<=a|b)",
		"(?<!\\n)" };

	if (depth == 0 || any(6) == 0) {
		sl_buf_adds(out, behind[any(SL_COUNT(behind))]);
		return;
	}
	sl_buf_adds(out, opens[any(SL_COUNT(opens))]);
	make_alternatives(out, depth - 1);
	sl_buf_addc(out, ')');
}

static void
make_item(struct sl_buf *out, unsigned depth)
{
	static const char *const items[] = { ".", "\\w", "\\W", "\\b", "\\B",
		"^", "$", "[ab]", "[^a]", "[a-b x]", "[\\sb]", "(?m)^", "(?i)",
		"\\1", "[]a]", "[[:upper:]b]", "\\n", "\\R", "(?s).", "\\x61",
		"a{2}", "(ab|ba)", "\\Z", "\\N", "\\d{12,}",
		"[[:digit:]a]{12}", "[ab1]{13,15}?" };
	static const char *const quantifiers[] = { "?", "*", "+", "{2}",
		"{1,3}", "{0,2}", "{2,}", "??", "*?", "+?", "{1,3}?", "++",
		"?+" };

	switch (any(5)) {
	case 0:
		make_group(out, depth);
		break;
	case 1:
		sl_buf_adds(out, items[any(SL_COUNT(items))]);
		break;
	default:
		make_letters(out);
	}
	if (any(4) == 0)
		sl_buf_adds(out, quantifiers[any(SL_COUNT(quantifiers))]);
}

static void
make_alternatives(struct sl_buf *out, unsigned depth)
{
	for (uint32_t branches = any(4) ? 1 : any(3) + 1;; branches--) {
		for (uint32_t i = any(4) + 1; i; i--)
			make_item(out, depth);
		if (branches == 1)
			return;
		sl_buf_addc(out, '|');
	}
}

/* Machine code of PCRE2 reads blocks of 16 bytes, so a little past the end:
 * room with known bytes in it, or valgrind takes each text for a fault. */
static void
make_room(struct sl_buf *b)
{
	sl_buf_reserve(b, b->max);
	memset(b->ptr, 0, b->max);
}

static void
make_text(struct sl_buf *out)
{
	sl_buf_clear(out);
	for (uint32_t i = any(400); i; i--) {
		sl_buf_addc(out, "aaaabbbbABxx \n\r\xe4"[any(16)]);
		/* Windows far from each other. */
		for (uint32_t k = any(20) ? 0 : any(300); k; k--)
			sl_buf_addc(out, "1 "[any(60) == 0]);
	}
}

static bool
same_groups(const struct sl_rx_match *a, const struct sl_rx_match *b)
{
	bool same = a->start == b->start && a->end == b->end &&
	    a->count == b->count;

	for (size_t i = 0; i < a->count && same; i++)
		same = a->group[i].ptr == b->group[i].ptr &&
		    a->group[i].len == b->group[i].len;
	return same;
}

static void
fail_with(const struct sl_rx *rx, struct sl_str text, size_t start, int got,
    int wanted)
{
	char shown[4000];

	sl_text_escape_into(text.ptr, text.len, shown, sizeof(shown));
	ck_abort_msg("'%.*s' from %zu of '%s': %d, not %d",
	    SL_STR_ARG(sl_rx_pattern(rx)), start, shown, got, wanted);
}

/* The next match either way. @return whether there was one */
static bool
same_match(struct sl_scan *scan, size_t id, struct sl_rx *rx,
    struct sl_rx_scratch *scratch, size_t *start)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match whole, windowed;
	struct sl_str text = sl_scan_text(scan);
	int rc = sl_rx_match(rx, scratch, text, *start, &whole, &err);
	int got = sl_scan_match(scan, id, scratch, *start, &windowed, &err);

	if (rc < 0)
		return false;
	/* An assertion that holds is a write to a file: none of them here. */
	if (rc != got)
		fail_with(rx, text, *start, got, rc);
	if (rc != SL_RX_YES)
		return false;
	if (!same_groups(&whole, &windowed))
		fail_with(rx, text, *start, (int)windowed.end, (int)whole.end);
	*start = whole.end > *start ? whole.end : *start + 1;
	return *start <= text.len;
}

/* What was collected, stored and read again answers as the search did. */
static void
compare_known(struct sl_scan *scan, struct sl_scanner *scanner,
    struct sl_rx *const *rx, size_t count, struct sl_rx_scratch *scratch)
{
	SL_CLEANUP(sl_scan_freep) struct sl_scan *other = sl_scan_new(scanner);
	SL_CLEANUP(sl_pattern_set_release) struct sl_pattern_set all = { 0 };
	SL_CLEANUP(sl_matches_freep) struct sl_matches *made = NULL;
	SL_CLEANUP(sl_matches_freep) struct sl_matches *read = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf form = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;

	sl_pattern_set_init(&all, scanner);
	sl_pattern_set_add(&all, 0, count);
	ck_assert_ok(sl_scan_collect(scan, &all, scratch, &made, &err), &err);
	/* A limit is kept, but not stored. */
	if (sl_matches_write(made, &form) == SL_OK) {
		ck_assert_int_eq(sl_matches_read(scanner, sl_buf_str(&form),
				     &read), SL_OK);
		ck_assert(sl_matches_answer(read, &all));
	}
	sl_scan_begin_known(other, sl_scan_text(scan), read ? read : made);
	for (size_t i = 0; i < count; i++) {
		size_t start = 0;

		while (same_match(other, i, rx[i], scratch, &start))
			;
	}
}

#define MOST 400

/* Patterns in one scanner, and those by themselves. */
struct some {
	struct sl_scanner *scanner;
	struct sl_rx *rx[MOST];
	size_t count;
};

static void
some_release(struct some *some)
{
	sl_scanner_free(some->scanner);
	for (size_t i = 0; i < some->count; i++)
		sl_rx_free(some->rx[i]);
}

static void
some_add(struct some *some, struct sl_str pattern, unsigned flags)
{
	struct sl_error err = SL_ERROR_INIT;

	if (!some->scanner)
		some->scanner = sl_scanner_new();
	if (sl_rx_compile(pattern, flags, NULL, &some->rx[some->count],
		&err) < 0)
		return;
	(void)sl_scanner_add(some->scanner, some->rx[some->count++]);
}

static void
make_some(struct some *some, size_t count)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(20000);

	while (some->count < count) {
		sl_buf_clear(&b);
		make_alternatives(&b, 3);
		some_add(some, sl_buf_str(&b),
		    any(4) ? SL_RX_SEARCH : SL_RX_CASELESS);
	}
}

/* Every match of every pattern in a text, both ways. */
static uint64_t
compare_text(const struct some *some, struct sl_scan *scan,
    struct sl_rx_scratch *scratch, struct sl_str text)
{
	uint64_t matches = 0;

	sl_scan_begin(scan, text);
	for (size_t i = 0; i < some->count; i++) {
		size_t start = 0;

		while (same_match(scan, i, some->rx[i], scratch, &start))
			matches++;
	}
	return matches;
}

static uint64_t
compare_texts(const struct some *some, struct sl_rx_scratch *scratch,
    int texts)
{
	SL_CLEANUP(sl_scan_freep)
	struct sl_scan *scan = sl_scan_new(some->scanner);
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(20000);
	uint64_t matches = 0;

	make_room(&b);
	while (texts--) {
		make_text(&b);
		matches += compare_text(some, scan, scratch, sl_buf_str(&b));
		if (texts == 0)
			compare_known(scan, some->scanner, some->rx,
			    some->count, scratch);
	}
	return matches;
}

/* Their backtracking is as large as it is useless. */
static const struct sl_rx_limits small_limits = { .match_limit = 20000 };

START_TEST(windows_give_what_the_whole_gives)
{
	enum { TOGETHER = 12 };
	const size_t rounds = in_one_process() ? 15 : 300;
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(&small_limits);
	uint64_t matches = 0;
	size_t claimed = 0;

	seed = 1 + (uint32_t)_i;
	for (size_t i = 0; i < rounds; i++) {
		SL_CLEANUP(some_release) struct some some = { .count = 0 };

		make_some(&some, TOGETHER);
		matches += compare_texts(&some, scratch, 4);
		for (size_t k = 0; k < TOGETHER; k++)
			claimed += sl_scanner_claim(some.scanner, k).literals >
			    0;
	}
	/* The test is about something. */
	ck_assert_uint_gt(claimed, rounds * TOGETHER / 4);
	ck_assert_uint_gt(matches, 100 * rounds);
}
END_TEST

/* --- the same through a database --- */

char scan_folder[64];

void
make_scan_folder(void)
{
	snprintf(scan_folder, sizeof(scan_folder), "/tmp/sluice-scan-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scan_folder));
}

void
remove_scan_folder(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'",
	    scan_folder);
	ck_assert_int_eq(system(command), 0);
}

/* Compile a database of them. @return false: there is no good library */
static bool
compile_some(struct some *some, struct sl_scan_compiled *compiled)
{
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	sl_scanner_use(some->scanner, scan_folder);
	rc = sl_scanner_compile(some->scanner, compiled, &err);
	if (rc == SL_ENOTFOUND || rc == SL_EUNSUPPORTED)
		return false;
	ck_assert_ok(rc, &err);
	return true;
}

START_TEST(a_database_gives_what_the_whole_gives)
{
	const size_t rounds = in_one_process() ? 1 : 2;
	const size_t together = in_one_process() ? 30 : 300;
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(&small_limits);
	uint64_t matches = 0;
	size_t known = 0;

	seed = 100 + (uint32_t)_i;
	for (size_t i = 0; i < rounds; i++) {
		SL_CLEANUP(some_release) struct some some = { .count = 0 };
		struct sl_scan_compiled compiled;
		char engine[SL_SCAN_ENGINE_SIZE];

		make_some(&some, together);
		if (!compile_some(&some, &compiled))
			return;
		known += compiled.known;
		matches += compare_texts(&some, scratch, 12);
		sl_scanner_engine(some.scanner, engine);
		ck_assert_msg(strstr(engine, "scan 5."), "by %s", engine);
	}
	ck_assert_uint_gt(known, rounds * together / 4);
	ck_assert_uint_gt(matches, 16 * rounds * together);
}
END_TEST

/* Thousands of places, and literals beside runs: still every match. */
START_TEST(many_windows_are_still_all)
{
	static const char *const patterns[] = { "key\\d", "key.{0,200}5",
		"(?:tok=|[0-9]{14})\\w", "(?:[0-9]{14}|tok=)\\b", "k.*y" };
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	SL_CLEANUP(sl_scanner_freep)
	struct sl_scanner *scanner = sl_scanner_new();
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(2000000);
	struct sl_error err = SL_ERROR_INIT;
	size_t start = 0, matches = 0;

	make_room(&b);
	for (unsigned i = 0; i < 5000; i++)
		sl_buf_addf(&b, "%s%*s%s", i % 3 ? "tok=1" : "key2", 100, "",
		    i % 2 ? "12345678901234 " : "key2\n");
	ck_assert_ok(sl_rx_compile(sl_str(patterns[_i]), 0, NULL, &rx, &err),
	    &err);
	ck_assert_uint_eq(sl_scanner_add(scanner, rx), 0);
	scan = sl_scan_new(scanner);
	sl_scan_begin(scan, sl_buf_str(&b));
	while (same_match(scan, 0, rx, scratch, &start))
		matches++;
	ck_assert_uint_gt(matches, 800);
	/* The next text knows nothing of it. */
	sl_scan_begin(scan, SL_STR("kex"));
	ck_assert_int_eq(sl_scan_match(scan, 0, scratch, 0, NULL, &err),
	    SL_RX_NO);
}
END_TEST

static int64_t
ticking(void *self)
{
	return ++*(int64_t *)self;
}

START_TEST(the_pass_ends_with_the_time)
{
	int64_t now = 0;
	struct sl_clock clock = { &now, NULL, ticking, NULL };
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	SL_CLEANUP(sl_scanner_freep)
	struct sl_scanner *scanner = sl_scanner_new();
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = NULL;
	SL_CLEANUP(sl_freep) char *text = sl_alloc((size_t)8 << 20);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_rx_compile(SL_STR("needle"), 0, NULL, &rx, &err),
	    &err);
	(void)sl_scanner_add(scanner, rx);
	scan = sl_scan_new(scanner);
	sl_scan_begin(scan, sl_strn(text, (size_t)8 << 20));
	sl_rx_scratch_deadline(scratch, &clock, 10);
	/* Twice: what was not passed is not taken for passed. */
	for (int i = 0; i < 2; i++)
		ck_assert_err(sl_scan_match(scan, 0, scratch, 0, NULL, &err),
		    SL_ELIMIT, &err);
	sl_rx_scratch_deadline(scratch, NULL, 0);
	ck_assert_int_eq(sl_scan_match(scan, 0, scratch, 0, NULL, &err),
	    SL_RX_NO);
}
END_TEST

/* Every place of a literal reaches back to the start of the text: still each
 * byte is walked once, or this does not end. */
START_TEST(a_long_reach_is_walked_once)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	SL_CLEANUP(sl_scanner_freep)
	struct sl_scanner *scanner = sl_scanner_new();
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(4000000);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_rx_compile(SL_STR("[a-z]*(?:key|tok)\\d"), 0, NULL,
			 &rx, &err),
	    &err);
	(void)sl_scanner_add(scanner, rx);
	make_room(&b);
	while (b.len < 3000000)
		sl_buf_adds(&b, "keytok");
	scan = sl_scan_new(scanner);
	sl_scan_begin(scan, sl_buf_str(&b));
	ck_assert_int_eq(sl_scan_match(scan, 0, scratch, b.len, NULL, &err),
	    SL_RX_NO);
}
END_TEST

/* More patterns than the tables take: the rest is searched for whole. */
START_TEST(too_many_patterns_are_searched_for_whole)
{
	enum { COUNT = 3400 };
	SL_CLEANUP(sl_scanner_freep)
	struct sl_scanner *scanner = sl_scanner_new();
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = NULL;
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	struct sl_rx **rx = sl_alloc_array(COUNT, sizeof(struct sl_rx *));
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m = { .start = 0 };
	size_t found = 0;

	for (size_t i = 0; i < COUNT; i++) {
		SL_CLEANUP(sl_freep)
		char *text = sl_asprintf(i % 20 ? "a-rather-long-one%zu\\b" :
						  "[0-9]{%zu}x",
		    i + 20);

		if (sl_rx_compile(sl_str(text), 0, NULL, &rx[i], &err) < 0)
			ck_abort_msg("%s", err.text);
		(void)sl_scanner_add(scanner, rx[i]);
	}
	ck_assert_uint_eq(sl_scanner_claim(scanner, 1).literals, 1);
	ck_assert_uint_eq(sl_scanner_claim(scanner, COUNT - 1).literals, 0);
	ck_assert_uint_eq(sl_scanner_claim(scanner, 3380).literals, 0);
	scan = sl_scan_new(scanner);
	sl_scan_begin(scan, SL_STR("x a-rather-long-one3419"));
	for (size_t i = 0; i < COUNT; i++) {
		found += sl_scan_match(scan, i, scratch, 0, &m, &err) ==
		    SL_RX_YES;
		sl_rx_free(rx[i]);
	}
	ck_assert_uint_eq(found, 1);
	ck_assert_uint_eq(m.start, 2);
	free(rx);
}
END_TEST

/* --- what is kept --- */

/* Patterns 0 and 1 behind gate 2, and pattern 3. */
static struct sl_scanner *
make_gated(struct sl_rx *rx[4])
{
	static const char *const patterns[] = { "id=(\\d+)(x)?", "end$",
		"(?i)gate", "free" };
	struct sl_scanner *scanner = sl_scanner_new();
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < 4; i++) {
		ck_assert_ok(sl_rx_compile(sl_str(patterns[i]), 0, NULL,
				 &rx[i], &err), &err);
		(void)sl_scanner_add(scanner, rx[i]);
	}
	sl_scanner_gate(scanner, 0, 2, 2);
	return scanner;
}

static struct sl_matches *
collect(struct sl_scanner *scanner, struct sl_str text)
{
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = sl_scan_new(scanner);
	SL_CLEANUP(sl_pattern_set_release) struct sl_pattern_set all = { 0 };
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_matches *out = NULL;

	sl_pattern_set_init(&all, scanner);
	sl_pattern_set_add(&all, 0, all.count);
	sl_scan_begin(scan, text);
	ck_assert_ok(sl_scan_collect(scan, &all, scratch, &out, &err), &err);
	return out;
}

static void
free_gated(struct sl_scanner *scanner, struct sl_rx *rx[4])
{
	sl_scanner_free(scanner);
	for (size_t i = 0; i < 4; i++)
		sl_rx_free(rx[i]);
}

START_TEST(a_gate_opens_its_patterns)
{
	struct sl_rx *rx[4];
	struct sl_scanner *scanner = make_gated(rx);
	struct sl_matches *shut = collect(scanner, SL_STR("id=1 free end"));
	struct sl_matches *open = collect(scanner, SL_STR("GATE id=1 end"));
	struct sl_matches *bare = collect(scanner, SL_STR("gate"));

	ck_assert(!sl_matches_any(shut, 0, 3));
	ck_assert(sl_matches_any(shut, 3, 1));
	ck_assert(sl_matches_any(open, 0, 1));
	ck_assert(sl_matches_any(open, 1, 1));
	/* That the gate is there is no find. */
	ck_assert(!sl_matches_any(bare, 0, 4));
	sl_matches_free(shut);
	sl_matches_free(open);
	sl_matches_free(bare);
	free_gated(scanner, rx);
}
END_TEST

START_TEST(a_clean_text_need_not_be_there)
{
	static const char wide[] = "\xff\xfeg\0a\0t\0e\0 \0f\0r\0e\0";
	struct sl_rx *rx[4];
	struct sl_scanner *scanner = make_gated(rx);
	struct sl_scan *scan = sl_scan_new(scanner);
	struct sl_matches *m = collect(scanner, sl_strn(wide, sizeof(wide)));
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match match;

	sl_scan_begin_known(scan, sl_strn(NULL, 0), m);
	ck_assert(sl_scan_is_binary(scan));
	ck_assert_ptr_nonnull(sl_scan_decoded(scan));
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(sl_scan_match(scan, i, NULL, 0, NULL, &err),
		    SL_RX_NO);
		ck_assert_int_eq(sl_scan_match(sl_scan_decoded(scan), i, NULL,
				     0, NULL, &err), i == 2);
	}
	/* What only the text could tell is no "no". */
	ck_assert_int_eq(sl_scan_match(sl_scan_decoded(scan), 2, NULL, 0,
			     &match, &err), SL_ELIMIT);
	ck_assert_str_eq(err.text, "the file was not read");
	/* Another text than the one that was searched is searched itself. */
	sl_scan_begin_known(scan, SL_STR("free"), m);
	ck_assert_int_eq(sl_scan_match(scan, 3, NULL, 0, &match, &err),
	    SL_RX_YES);
	sl_matches_free(m);
	sl_scan_free(scan);
	free_gated(scanner, rx);
}
END_TEST

/* Whatever is read, no answer may point outside of the text. */
static void
ask_all(struct sl_scanner *scanner, const struct sl_matches *m,
    struct sl_str text)
{
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = sl_scan_new(scanner);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match match;

	sl_scan_begin_known(scan, text, m);
	for (size_t id = 0; id < 4; id++)
		for (size_t start = 0; start <= text.len; start++) {
			if (sl_scan_match(scan, id, NULL, start, &match,
				&err) != SL_RX_YES)
				continue;
			for (size_t g = 0; g < match.count; g++)
				ck_assert(!match.group[g].ptr ||
				    (match.group[g].ptr >= text.ptr &&
					match.group[g].ptr +
						match.group[g].len <=
					    text.ptr + text.len));
		}
}

START_TEST(a_damaged_form_is_refused_or_harmless)
{
	static const char text[] = "gate id=12x id=3 free end";
	struct sl_str whole = sl_strn(text, sizeof(text) - 1);
	SL_CLEANUP(sl_buf_release) struct sl_buf form = SL_BUF_INIT(1 << 20);
	struct sl_rx *rx[4];
	struct sl_scanner *scanner = make_gated(rx);
	struct sl_matches *m = collect(scanner, whole);

	ck_assert_int_eq(sl_matches_write(m, &form), SL_OK);
	sl_matches_free(m);
	for (size_t i = 0; i < form.len; i++) {
		ck_assert_int_eq(sl_matches_read(scanner, sl_strn(form.ptr, i),
				     &m), SL_ECORRUPT);
		for (unsigned byte = 0; byte < 256; byte++) {
			char before = form.ptr[i];

			form.ptr[i] = (char)byte;
			if (sl_matches_read(scanner, sl_buf_str(&form), &m) ==
			    SL_OK) {
				ask_all(scanner, m, whole);
				sl_matches_free(m);
			}
			form.ptr[i] = before;
		}
	}
	sl_buf_addc(&form, 0);
	ck_assert_int_eq(sl_matches_read(scanner, sl_buf_str(&form), &m),
	    SL_ECORRUPT);
	free_gated(scanner, rx);
}
END_TEST

static TCase *
tcase_scan(void)
{
	TCase *tc = tcase_create("scan");

	tcase_add_loop_test(tc, literals_are_claimed, 0, SL_COUNT(claims));
	tcase_add_loop_test(tc, windows_give_what_the_whole_gives, 0, 4);
	tcase_add_loop_test(tc, many_windows_are_still_all, 0, 5);
	tcase_add_test(tc, the_pass_ends_with_the_time);
	tcase_add_test(tc, a_long_reach_is_walked_once);
	tcase_add_test(tc, too_many_patterns_are_searched_for_whole);
	tcase_add_test(tc, a_gate_opens_its_patterns);
	tcase_add_test(tc, a_clean_text_need_not_be_there);
	tcase_add_test(tc, a_damaged_form_is_refused_or_harmless);
	return tc;
}

static TCase *
tcase_compiled(void)
{
	TCase *tc = tcase_create("compiled");

	tcase_add_checked_fixture(tc, make_scan_folder, remove_scan_folder);
	tcase_add_loop_test(tc, a_database_gives_what_the_whole_gives, 0, 2);
	return tc;
}

SL_TEST_MAIN("scan", tcase_scan, tcase_compiled, tcase_database)
