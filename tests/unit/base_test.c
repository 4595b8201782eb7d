/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/fsx.h"
#include "base/lfs.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/oid.h"
#include "base/secret.h"
#include "base/text.h"

START_TEST(buf_refuses_over_its_limit_and_stays_whole)
{
	struct sl_buf b = SL_BUF_INIT(4);

	ck_assert_int_eq(sl_buf_adds(&b, "abc"), SL_OK);
	ck_assert_int_eq(sl_buf_adds(&b, "de"), SL_ETOOBIG);
	ck_assert(b.over);
	ck_assert_str_eq(sl_buf_cstr(&b), "abc");
	ck_assert_int_eq(sl_buf_addf(&b, "%s", "xy"), SL_ETOOBIG);
	ck_assert_int_eq(sl_buf_adds(&b, "d"), SL_OK);
	ck_assert_int_eq(sl_buf_add(&b, NULL, 0), SL_OK);
	sl_buf_clear(&b);
	ck_assert(!b.over);
	ck_assert_uint_eq(b.len, 0);
	sl_buf_release(&b);
	ck_assert_str_eq(sl_buf_cstr(&b), "");
}
END_TEST

START_TEST(buf_that_was_reserved_does_not_move)
{
	struct sl_buf b = SL_BUF_INIT(100);
	const char *at;

	sl_buf_reserve(&b, 1000);
	ck_assert(!b.over);
	at = b.ptr;
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(sl_buf_addc(&b, 'x'), SL_OK);
	ck_assert_ptr_eq(b.ptr, at);
	ck_assert_int_eq(sl_buf_addc(&b, 'x'), SL_ETOOBIG);
	sl_buf_reserve(&b, 10);
	ck_assert_uint_eq(b.len, 100);
	sl_buf_release(&b);
}
END_TEST

START_TEST(str_order_puts_a_prefix_first)
{
	ck_assert_int_lt(sl_str_cmp(SL_STR("a"), SL_STR("ab")), 0);
	ck_assert_int_gt(sl_str_cmp(SL_STR("b"), SL_STR("ab")), 0);
	ck_assert_int_eq(sl_str_cmp(sl_strn(NULL, 0), SL_STR("")), 0);
}
END_TEST

static const struct {
	const char *raw;
	size_t len;
	const char *shown;
} escapes[] = {
	{ "plain text\\d", 12, "plain text\\d" },
	{ "a\nb\tc\rd", 7, "a\\nb\\tc\\rd" },
	{ "\x1b[31m", 5, "\\x1b[31m" },
	{ "\x7f", 1, "\\x7f" },
	{ "a\0b", 3, "a\\x00b" },
	{ "\xc3\xbc", 2, "\xc3\xbc" },
	{ "\xc2\x9b", 2, "\\u{9b}" },           /* C1 CSI */
	{ "\xe2\x80\xae", 3, "\\u{202e}" },     /* right-to-left override */
	{ "\xe2\x80\x8b", 3, "\\u{200b}" },     /* zero width space */
	{ "\xf3\xa0\x81\x81", 4, "\\u{e0041}" },/* tag letter */
	{ "\xff", 1, "\\xff" },
	{ "\xc0\xaf", 2, "\\xc0\\xaf" },        /* overlong */
	{ "\xed\xa0\x80", 3, "\\xed\\xa0\\x80" }, /* surrogate */
	{ "\xe2\x82", 2, "\\xe2\\x82" },        /* cut off */
};

START_TEST(str_lines_come_one_by_one)
{
	struct sl_str text = SL_STR("a\n\nb\r\nc"), line;
	static const char *const lines[] = { "a", "", "b\r", "c" };

	for (size_t i = 0; i < SL_COUNT(lines); i++) {
		ck_assert(sl_str_take_line(&text, &line));
		ck_assert(sl_str_eqs(line, lines[i]));
	}
	ck_assert(!sl_str_take_line(&text, &line));
	text = SL_STR("\n");
	ck_assert(sl_str_take_line(&text, &line));
	ck_assert_uint_eq(line.len, 0);
	ck_assert(!sl_str_take_line(&text, &line));
	text = sl_strn(NULL, 0);
	ck_assert(!sl_str_take_line(&text, &line));
}
END_TEST

START_TEST(text_escapes_what_a_terminal_obeys)
{
	struct sl_buf b = SL_BUF_INIT(256);

	ck_assert_int_eq(sl_text_escape(&b,
			     sl_strn(escapes[_i].raw, escapes[_i].len)),
	    SL_OK);
	ck_assert_str_eq(sl_buf_cstr(&b), escapes[_i].shown);
	sl_buf_release(&b);
}
END_TEST

START_TEST(text_escape_appends_all_or_nothing)
{
	struct sl_buf b = SL_BUF_INIT(8);

	sl_buf_adds(&b, "ab");
	ck_assert_int_eq(sl_text_escape(&b, SL_STR("cd\x1b\x1b")), SL_ETOOBIG);
	ck_assert_str_eq(sl_buf_cstr(&b), "ab");
	sl_buf_release(&b);
}
END_TEST

START_TEST(text_cut_keeps_characters_whole)
{
	char out[5];

	sl_text_cut_into("ab\xe2\x82\xac", out, sizeof(out));
	ck_assert_str_eq(out, "ab");
	sl_text_escape_into("ab\xe2\x82\xac", 5, out, sizeof(out));
	ck_assert_str_eq(out, "ab");
}
END_TEST

static const struct {
	const char *text;
	const char *word;
} shell_words[] = {
	{ "refs/heads/feature/a-b_c.d", "refs/heads/feature/a-b_c.d" },
	{ "main:refs/remotes/origin/main", "main:refs/remotes/origin/main" },
	{ "", "''" },
	{ "a b", "'a b'" },
	{ "$(touch x)", "'$(touch x)'" },
	{ "a;b|c&d>e<f*?[x]{y}~!#^`z`\\\"", "'a;b|c&d>e<f*?[x]{y}~!#^`z`\\\"'" },
	{ "it's", "'it'\\''s'" },
	{ "'", "''\\'''" },
	{ "\xc3\xbc", "'\xc3\xbc'" },
};

START_TEST(text_for_a_shell_is_one_word)
{
	char *word = sl_text_shell_word(sl_str(shell_words[_i].text));
	char *command;
	char back[64] = "";
	FILE *out;

	ck_assert_str_eq(word, shell_words[_i].word);
	/* A real shell reads back what was meant. */
	ck_assert_int_ge(asprintf(&command, "printf %%s %s", word), 0);
	out = popen(command, "r");
	ck_assert_ptr_nonnull(out);
	back[fread(back, 1, sizeof(back) - 1, out)] = '\0';
	ck_assert_int_eq(pclose(out), 0);
	ck_assert_str_eq(back, shell_words[_i].text);
	free(command);
	free(word);
}
END_TEST

START_TEST(text_nearest_suggests_only_what_is_near)
{
	static const char *const words[] = { "require", "forbid", "message",
		"level", NULL };

	ck_assert_str_eq(sl_text_nearest(SL_STR("requires"), words), "require");
	ck_assert_str_eq(sl_text_nearest(SL_STR("forbdi"), words), "forbid");
	ck_assert_ptr_null(sl_text_nearest(SL_STR("zebra"), words));
	ck_assert_ptr_null(sl_text_nearest(SL_STR(""), words));
}
END_TEST

START_TEST(base64_and_hex_agree_with_rfc_4648)
{
	static const char *const pairs[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	struct sl_buf b = SL_BUF_INIT(64);
	uint8_t raw[4];

	for (size_t i = 0; i < SL_COUNT(pairs); i++) {
		sl_buf_clear(&b);
		sl_base64_encode(&b, pairs[i][0], strlen(pairs[i][0]));
		ck_assert_str_eq(sl_buf_cstr(&b), pairs[i][1]);
	}
	sl_buf_clear(&b);
	sl_hex_encode(&b, "\x00\xff\x10\xab", 4);
	ck_assert_str_eq(sl_buf_cstr(&b), "00ff10ab");
	ck_assert_int_eq(sl_hex_decode(SL_STR("00fF10aB"), raw), SL_OK);
	ck_assert_int_eq(memcmp(raw, "\x00\xff\x10\xab", 4), 0);
	ck_assert_int_eq(sl_hex_decode(SL_STR("0g"), raw), SL_EINVAL);
	ck_assert_int_eq(sl_hex_decode(SL_STR("0"), raw), SL_EINVAL);
	sl_buf_release(&b);
}
END_TEST

static const struct {
	const char *bytes;
	size_t len;
	enum sl_utf16 order;
	const char *text;
} utf16[] = {
	{ "", 0, SL_UTF16_NONE, "" },
	{ "abcd", 4, SL_UTF16_NONE, "" },
	{ "a\0", 2, SL_UTF16_NONE, "" }, /* too little to tell */
	{ "\xff\xfe", 2, SL_UTF16_LITTLE, "" },
	{ "\xff\xfe" "a\0b", 5, SL_UTF16_LITTLE, "a" },
	{ "\xfe\xff\0a\0b", 6, SL_UTF16_BIG, "ab" },
	{ "a\0b\0", 4, SL_UTF16_LITTLE, "ab" },
	{ "\0a\0b", 4, SL_UTF16_BIG, "ab" },
	{ "\xff\xfe\xe4\0\xac\x20", 6, SL_UTF16_LITTLE,
	    "\xc3\xa4\xe2\x82\xac" },
	{ "\xff\xfe\x3d\xd8\0\xde", 6, SL_UTF16_LITTLE, "\xf0\x9f\x98\x80" },
	/* A half of a pair, alone, and at the end. */
	{ "\xff\xfe\0\xde" "a\0", 6, SL_UTF16_LITTLE, "\xef\xbf\xbd" "a" },
	{ "\xff\xfe\x3d\xd8" "a\0", 6, SL_UTF16_LITTLE, "\xef\xbf\xbd" "a" },
	{ "\xff\xfe\x3d\xd8", 4, SL_UTF16_LITTLE, "\xef\xbf\xbd" },
	{ "\xff\xfe\x3d\xd8\0", 5, SL_UTF16_LITTLE, "\xef\xbf\xbd" },
	{ "\0\0\0\0", 4, SL_UTF16_NONE, "" },
};

START_TEST(utf16_is_known_and_decoded)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(100);
	struct sl_str bytes = sl_strn(utf16[_i].bytes, utf16[_i].len);

	ck_assert_int_eq(sl_utf16_detect(bytes), utf16[_i].order);
	if (utf16[_i].order == SL_UTF16_NONE)
		return;
	ck_assert_int_eq(sl_utf16_decode(bytes, utf16[_i].order, &b), SL_OK);
	ck_assert_str_eq(sl_buf_cstr(&b), utf16[_i].text);
	sl_buf_release(&b);
	sl_buf_init(&b, 0);
	if (utf16[_i].text[0])
		ck_assert_int_eq(sl_utf16_decode(bytes, utf16[_i].order, &b),
		    SL_ETOOBIG);
}
END_TEST

START_TEST(uri_encoding_is_the_one_aws_signs)
{
	struct sl_buf b = SL_BUF_INIT(64);

	sl_uri_encode(&b, SL_STR("a b/c=d+e~f\xc3\xbc"), true);
	ck_assert_str_eq(sl_buf_cstr(&b), "a%20b/c%3Dd%2Be~f%C3%BC");
	sl_buf_clear(&b);
	sl_uri_encode(&b, SL_STR("a/b"), false);
	ck_assert_str_eq(sl_buf_cstr(&b), "a%2Fb");
	sl_buf_release(&b);
}
END_TEST

START_TEST(num_reads_only_plain_numbers)
{
	uint64_t n = 7;

	ck_assert_int_eq(sl_num_parse(SL_STR("0"), 9, &n), SL_OK);
	ck_assert_uint_eq(n, 0);
	ck_assert_int_eq(sl_num_parse(SL_STR("18446744073709551615"),
			     UINT64_MAX, &n),
	    SL_OK);
	ck_assert_uint_eq(n, UINT64_MAX);
	ck_assert_int_eq(sl_num_parse(SL_STR("18446744073709551616"),
			     UINT64_MAX, &n),
	    SL_ETOOBIG);
	ck_assert_int_eq(sl_num_parse(SL_STR("10"), 9, &n), SL_ETOOBIG);
	ck_assert_int_eq(sl_num_parse(SL_STR(""), 9, &n), SL_EINVAL);
	ck_assert_int_eq(sl_num_parse(SL_STR("-1"), 9, &n), SL_EINVAL);
	ck_assert_int_eq(sl_num_parse(SL_STR("01"), 9, &n), SL_EINVAL);
	ck_assert_int_eq(sl_num_parse(SL_STR("1x"), 9, &n), SL_EINVAL);
}
END_TEST

START_TEST(num_reads_sizes_and_durations)
{
	uint64_t bytes;
	int64_t ms;

	ck_assert_int_eq(sl_num_parse_bytes(SL_STR("5 MiB"), &bytes), SL_OK);
	ck_assert_uint_eq(bytes, 5u << 20);
	ck_assert_int_eq(sl_num_parse_bytes(SL_STR("512"), &bytes), SL_OK);
	ck_assert_uint_eq(bytes, 512);
	ck_assert_int_eq(sl_num_parse_bytes(SL_STR("9999999999999 GiB"),
			     &bytes),
	    SL_ETOOBIG);
	ck_assert_int_eq(sl_num_parse_bytes(SL_STR("5 MB"), &bytes), SL_EINVAL);
	ck_assert_int_eq(sl_num_parse_duration(SL_STR("14d"), &ms), SL_OK);
	ck_assert_int_eq(ms, 14LL * 86400000);
	ck_assert_int_eq(sl_num_parse_duration(SL_STR("250ms"), &ms), SL_OK);
	ck_assert_int_eq(ms, 250);
	ck_assert_int_eq(sl_num_parse_duration(SL_STR("5"), &ms), SL_EINVAL);
}
END_TEST

START_TEST(time_formats_and_reads_utc)
{
	char basic[SL_TIME_BASIC_SIZE], long_form[SL_TIME_RFC3339_SIZE];
	int64_t t;

	ck_assert_int_eq(sl_time_format_basic(1795343500, basic), SL_OK);
	ck_assert_int_eq(sl_time_format_rfc3339(1795343500, long_form), SL_OK);
	ck_assert_str_eq(basic, "20261122T103140Z");
	ck_assert_str_eq(long_form, "2026-11-22T10:31:40Z");
	ck_assert_int_eq(sl_time_parse_rfc3339(sl_str(long_form), &t), SL_OK);
	ck_assert_int_eq(t, 1795343500);
	ck_assert_int_eq(sl_time_parse_rfc3339(
			     SL_STR("2026-11-22T10:31:40.123Z"), &t),
	    SL_OK);
	t = 7;
	ck_assert_int_eq(sl_time_parse_rfc3339(SL_STR("2026-02-31T00:00:00Z"),
			     &t),
	    SL_EINVAL);
	ck_assert_int_eq(t, 7);
	ck_assert_int_eq(sl_time_parse_rfc3339(
			     SL_STR("2026-11-22T10:31:40+02:00"), &t),
	    SL_EINVAL);
	ck_assert_int_eq(sl_time_format_basic(INT64_MAX, basic), SL_EINVAL);
}
END_TEST

START_TEST(siphash_matches_the_papers_vector)
{
	/* Appendix A of the SipHash paper: key 00..0f, input 00..0e. */
	uint64_t key[2] = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u };
	uint8_t in[15];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)i;
	ck_assert_uint_eq(sl_siphash(key, in, sizeof(in)),
	    0xa129ca6149be45e5u);
}
END_TEST

START_TEST(map_finds_what_was_put)
{
	struct sl_map m = SL_MAP_INIT;
	char key[16];
	int values[1000];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		ck_assert(sl_map_put(&m, sl_str(key), &values[i]));
	}
	ck_assert(!sl_map_put(&m, SL_STR("k7"), &values[8]));
	ck_assert_ptr_eq(sl_map_get(&m, SL_STR("k7")), &values[8]);
	ck_assert_ptr_eq(sl_map_get(&m, SL_STR("k999")), &values[999]);
	ck_assert_ptr_null(sl_map_get(&m, SL_STR("k1000")));
	ck_assert_uint_eq(m.count, 1000);
	ck_assert_str_eq(m.entries[3].key.ptr, "k3");
	sl_map_release(&m);
	ck_assert_ptr_null(sl_map_get(&m, SL_STR("k7")));
}
END_TEST

START_TEST(oid_takes_lower_case_forty_only)
{
	struct sl_oid oid;
	char hex[SL_OID_HEX + 1];
	const char *text = "0123456789abcdef0123456789abcdef01234567";
	const char *sha256 = "0123456789abcdef0123456789abcdef"
			     "0123456789abcdef0123456789abcdef";

	ck_assert_int_eq(sl_oid_parse(sl_str(text), &oid), SL_OK);
	sl_oid_hex(&oid, hex);
	ck_assert_str_eq(hex, text);
	ck_assert_int_eq(sl_oid_parse(sl_strn(text, 39), &oid), SL_EINVAL);
	ck_assert_int_eq(sl_oid_parse(sl_str(sha256), &oid), SL_EUNSUPPORTED);
	ck_assert_int_eq(
	    sl_oid_parse(SL_STR("0123456789ABCDEF0123456789abcdef01234567"),
		&oid),
	    SL_EINVAL);
}
END_TEST

START_TEST(error_escapes_prefixes_and_keeps_its_place)
{
	struct sl_error err = SL_ERROR_INIT;
	char shown[256];

	ck_assert_int_eq(sl_error_at(&err, SL_ECONFIG, "a\x1b.yaml", 14, 7,
			     "unknown key \"%s\"", "si\nze"),
	    SL_ECONFIG);
	ck_assert_int_eq(sl_error_wrap(&err, "policy \"%s\"", "p"), SL_ECONFIG);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown,
	    "a\\x1b.yaml:14:7: policy \"p\": unknown key \"si\\nze\"");
	ck_assert_int_eq(sl_error_set(NULL, SL_EIO, "x"), SL_EIO);
	ck_assert_str_eq(sl_err_name(SL_ETAMPERED), "tampered");
	ck_assert(sl_err_is_transient(SL_ENET));
	ck_assert(!sl_err_is_transient(SL_ETAMPERED));
}
END_TEST

static char dir[sizeof("/tmp/sluice-base-XXXXXX")];

static void
make_dir(void)
{
	memcpy(dir, "/tmp/sluice-base-XXXXXX", sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void
remove_dir(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(fsx_replaces_reads_and_caps)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf b = SL_BUF_INIT(8), small = SL_BUF_INIT(3);
	char *path = sl_fsx_join(dir, "f");

	ck_assert_ok(sl_fsx_replace(path, SL_STR("12345"), 0600, &err), &err);
	ck_assert_ok(sl_fsx_replace(path, SL_STR("1234"), 0600, &err), &err);
	ck_assert_ok(sl_fsx_read(path, &b, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&b), "1234");
	ck_assert_err(sl_fsx_read(path, &small, &err), SL_ETOOBIG, &err);
	ck_assert_uint_eq(small.len, 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_err(sl_fsx_replace(path, SL_STR("x"), 0600, &err), SL_EINVAL,
	    &err);
	ck_assert_err(sl_fsx_replace(dir, SL_STR("x"), 0600, &err), SL_EINVAL,
	    &err);
	ck_assert_err(sl_fsx_read(dir, &b, &err), SL_EIO, &err);
	ck_assert_err(sl_fsx_read("/no/such", &b, &err), SL_ENOTFOUND, &err);
	free(path);
	sl_buf_release(&b);
	sl_buf_release(&small);
}
END_TEST

START_TEST(fsx_lock_excludes_and_ends_with_its_descriptor)
{
	struct sl_error err = SL_ERROR_INIT;
	char *path = sl_fsx_join(dir, "lock");
	int first, second;

	ck_assert_ok(sl_fsx_lock(path, &first, &err), &err);
	ck_assert_err(sl_fsx_lock(path, &second, &err), SL_EBUSY, &err);
	close(first);
	ck_assert_ok(sl_fsx_lock(path, &second, &err), &err);
	close(second);
	free(path);
}
END_TEST

START_TEST(fsx_makes_directories_and_joins)
{
	struct sl_error err = SL_ERROR_INIT;
	char *deep = sl_fsx_join(dir, "a/b/c");
	char *parent = sl_fsx_dirname(deep);
	struct stat st;

	ck_assert_ok(sl_fsx_mkdirs(deep, 0700, &err), &err);
	ck_assert_ok(sl_fsx_mkdirs(deep, 0700, &err), &err);
	ck_assert_int_eq(stat(deep, &st), 0);
	ck_assert(strstr(parent, "a/b") != NULL);
	free(deep);
	free(parent);
	deep = sl_fsx_join("x", "/abs");
	ck_assert_str_eq(deep, "/abs");
	free(deep);
}
END_TEST

START_TEST(secret_is_replaced_and_emptied)
{
	struct sl_secret s = SL_SECRET_INIT;

	sl_secret_set(&s, SL_STR("one"));
	sl_secret_set(&s, SL_STR("second"));
	ck_assert(sl_str_eqs(sl_secret_view(&s), "second"));
	sl_secret_release(&s);
	ck_assert_uint_eq(sl_secret_view(&s).len, 0);
}
END_TEST

START_TEST(arena_pieces_stay_where_they_are)
{
	struct sl_arena arena = SL_ARENA_INIT;
	static const char large[40000];
	struct sl_str copies[1000], copy;

	for (size_t i = 0; i < SL_COUNT(copies); i++) {
		uint64_t *number = sl_arena_alloc(&arena, sizeof(*number));

		ck_assert_uint_eq((uintptr_t)number % sizeof(*number), 0);
		ck_assert_uint_eq(*number, 0);
		*number = UINT64_MAX;
		copies[i] = sl_arena_copy(&arena, sl_strn("abcdefg", i % 8));
	}
	copy = sl_arena_copy(&arena, sl_strn(large, sizeof(large)));
	ck_assert_int_eq(memcmp(copy.ptr, large, sizeof(large)), 0);
	for (size_t i = 0; i < SL_COUNT(copies); i++) {
		ck_assert(sl_str_eq(copies[i], sl_strn("abcdefg", i % 8)));
		ck_assert_int_eq(copies[i].ptr[copies[i].len], '\0');
	}
	ck_assert_uint_ge(arena.bytes, sizeof(large));
	sl_arena_release(&arena);
	ck_assert_uint_eq(arena.bytes, 0);
	ck_assert_uint_eq(sl_arena_copy(&arena, SL_STR("")).len, 0);
	sl_arena_release(&arena);
}
END_TEST

/* --- lfs --- */

#define LFS "version https://git-lfs.github.com/spec/v1\n"
#define LFS_OID                                                                \
	"oid sha256:"                                                          \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"

static const struct {
	const char *text;
	bool meant;
	const char *why; /* a part; NULL: whole */
} pointers[] = {
	{ "", false, "begin" },
	{ "text", false, "begin" },
	{ "see " LFS LFS_OID "size 1\n", false, "begin" },
	{ LFS, false, "no oid" },
	{ LFS LFS_OID, true, "no size" },
	{ LFS LFS_OID "size 1", true, "does not end" },
	{ LFS LFS_OID "size -1\n", true, "not a number" },
	{ LFS LFS_OID "size\n", true, "KEY VALUE" },
	{ LFS "size 1\n" LFS_OID, true, "order" },
	{ LFS LFS_OID LFS_OID "size 1\n", true, "order" },
	{ LFS "oid sha256:00\nsize 1\n", true, "64 digits" },
	{ LFS "oid md5:00\nsize 1\n", false, "64 digits" },
	{ LFS LFS_OID "size 1\n", true, NULL },
	{ LFS "ext-0-x sha256:1\n" LFS_OID "size 0\n", true, NULL },
};

START_TEST(a_pointer_is_told_from_text_about_it)
{
	struct sl_str text = sl_str(pointers[_i].text);
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_lfs_check_pointer(text, &err);

	ck_assert_int_eq(sl_lfs_is_pointer(text), pointers[_i].meant);
	if (!pointers[_i].why) {
		ck_assert_ok(rc, &err);
		return;
	}
	ck_assert_err(rc, SL_EINVAL, &err);
	ck_assert_ptr_nonnull(strstr(err.text, pointers[_i].why));
}
END_TEST

static TCase *
tcase_base(void)
{
	TCase *tc = tcase_create("base");

	tcase_add_test(tc, buf_refuses_over_its_limit_and_stays_whole);
	tcase_add_test(tc, buf_that_was_reserved_does_not_move);
	tcase_add_test(tc, str_order_puts_a_prefix_first);
	tcase_add_test(tc, str_lines_come_one_by_one);
	tcase_add_loop_test(tc, text_escapes_what_a_terminal_obeys, 0,
	    (int)SL_COUNT(escapes));
	tcase_add_test(tc, text_escape_appends_all_or_nothing);
	tcase_add_loop_test(tc, utf16_is_known_and_decoded, 0,
	    SL_COUNT(utf16));
	tcase_add_test(tc, text_cut_keeps_characters_whole);
	tcase_add_test(tc, text_nearest_suggests_only_what_is_near);
	tcase_add_loop_test(tc, text_for_a_shell_is_one_word, 0,
	    SL_COUNT(shell_words));
	tcase_add_test(tc, base64_and_hex_agree_with_rfc_4648);
	tcase_add_test(tc, uri_encoding_is_the_one_aws_signs);
	tcase_add_test(tc, num_reads_only_plain_numbers);
	tcase_add_test(tc, num_reads_sizes_and_durations);
	tcase_add_test(tc, time_formats_and_reads_utc);
	tcase_add_test(tc, siphash_matches_the_papers_vector);
	tcase_add_test(tc, map_finds_what_was_put);
	tcase_add_loop_test(tc, a_pointer_is_told_from_text_about_it, 0,
	    (int)SL_COUNT(pointers));
	tcase_add_test(tc, oid_takes_lower_case_forty_only);
	tcase_add_test(tc, error_escapes_prefixes_and_keeps_its_place);
	tcase_add_test(tc, secret_is_replaced_and_emptied);
	tcase_add_test(tc, arena_pieces_stay_where_they_are);
	return tc;
}

static TCase *
tcase_fsx(void)
{
	TCase *tc = tcase_create("fsx");

	tcase_add_checked_fixture(tc, make_dir, remove_dir);
	tcase_add_test(tc, fsx_replaces_reads_and_caps);
	tcase_add_test(tc, fsx_lock_excludes_and_ends_with_its_descriptor);
	tcase_add_test(tc, fsx_makes_directories_and_joins);
	return tc;
}

SL_TEST_MAIN("base", tcase_base, tcase_fsx)
