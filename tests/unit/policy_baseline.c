/* SPDX-License-Identifier: Apache-2.0 */
/* policy: the file of a baseline, and which change of it covers more. */
#include "policy_rig.h"

#include "base/mem.h"
#include "policy/baseline.h"

#define FILE_HEAD "sluice-baseline 1\n"
#define SALT "salt 00112233445566778899aabbccddeeff\n"
#define OTHER_SALT "salt ff112233445566778899aabbccddeeff\n"
#define KEY "0123456789abcdef0123456789abcdef"
#define A "a/b src/a.py " KEY "\n"
#define B "a/b src/b.py " KEY "\n"

static const struct {
	const char *text;
	const char *said; /* NULL: it is one */
	unsigned line;
	size_t entries;
} files[] = {
	{ "", "has no line \"sluice-baseline 1\"", 0, 0 },
	{ SALT A, "has no line", 0, 0 },
	{ "sluice-baseline 2\n", "no line of a baseline", 1, 0 },
	{ FILE_HEAD A, "has entries, but no salt", 0, 0 },
	{ FILE_HEAD "salt 00\n", "a salt has 32 digits", 2, 0 },
	{ FILE_HEAD "salt 00112233445566778899AABBCCDDEEFF\n",
	    "a salt has 32 digits", 2, 0 },
	{ FILE_HEAD SALT "a/b x\n", "no line of a baseline", 3, 0 },
	{ FILE_HEAD SALT "a/b  x " KEY "\n", "no line of a baseline", 3, 0 },
	{ FILE_HEAD SALT "a/b x y " KEY "\n", "no line of a baseline", 3, 0 },
	{ FILE_HEAD SALT "<<<<<<< HEAD\n" A, "keep the lines of both sides", 3,
	    0 },
	{ FILE_HEAD SALT "=======\n", "keep the lines of both", 3, 0 },
	{ FILE_HEAD SALT "A/b x " KEY "\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD SALT "a/b x 0123\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD SALT "a/b % " KEY "\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD SALT "a/b %00 " KEY "\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD SALT "a/b %2f " KEY "\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD SALT "a/b %61 " KEY "\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD SALT "a/b \303\244 " KEY "\n", "RULE PATH KEY", 3, 0 },
	{ FILE_HEAD, NULL, 0, 0 },
	{ FILE_HEAD SALT A B, NULL, 0, 2 },
	{ FILE_HEAD "# why\r\n\r\n" SALT "a/b a%20%C3%A4/b " KEY "\r\n", NULL,
	    0, 1 },
	{ B FILE_HEAD A OTHER_SALT A SALT FILE_HEAD B "a/b x " KEY, NULL, 0,
	    3 },
};

START_TEST(a_baseline_is_read_line_by_line)
{
	SL_CLEANUP(sl_baseline_freep) struct sl_baseline *b = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf place = SL_BUF_INIT(99);
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_baseline_parse("f", sl_str(files[_i].text), &b, &err);

	if (files[_i].said == NULL) {
		ck_assert_ok(rc, &err);
		ck_assert_uint_eq(sl_baseline_count(b), files[_i].entries);
		return;
	}
	ck_assert_int_eq(rc, SL_ECONFIG);
	sl_buf_addf(&place, "f:%u:1", files[_i].line);
	ck_assert_msg(strstr(err.text, files[_i].said) != NULL, "%s",
	    err.text);
	if (files[_i].line > 0)
		ck_assert_str_eq(err.place, sl_buf_cstr(&place));
	ck_assert_ptr_null(b);
}
END_TEST

static struct sl_baseline *
read_baseline(const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_baseline *b = NULL;

	ck_assert_ok(sl_baseline_parse("f", sl_str(text), &b, &err), &err);
	return b;
}

START_TEST(caps_of_a_baseline_hold)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_BASELINE_MAX_BYTES * 2);
	SL_CLEANUP(sl_baseline_freep) struct sl_baseline *b = NULL;
	struct sl_error err = SL_ERROR_INIT;

	sl_buf_adds(&text, FILE_HEAD);
	for (unsigned i = 0; i <= SL_BASELINE_MAX_SALTS; i++)
		sl_buf_addf(&text, "salt %032x\n", i);
	ck_assert_int_eq(sl_baseline_parse("f", sl_buf_str(&text), &b, &err),
	    SL_ECONFIG);
	sl_buf_clear(&text);
	sl_buf_adds(&text, FILE_HEAD SALT);
	for (unsigned i = 0; i <= SL_BASELINE_MAX_ENTRIES; i++)
		sl_buf_addf(&text, "a p %032x\n", i);
	ck_assert_int_eq(sl_baseline_parse("f", sl_buf_str(&text), &b, &err),
	    SL_ETOOBIG);
	while (text.len <= SL_BASELINE_MAX_BYTES)
		sl_buf_adds(&text, "#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n#\n");
	ck_assert_int_eq(sl_baseline_parse("f", sl_buf_str(&text), &b, &err),
	    SL_ETOOBIG);
	ck_assert_ptr_null(b);
}
END_TEST

/* Whatever the order of lines: one file, one digest. */
START_TEST(order_of_lines_has_no_meaning)
{
	struct sl_baseline *x = read_baseline(FILE_HEAD SALT OTHER_SALT A B);
	struct sl_baseline *y = read_baseline(
	    B OTHER_SALT A SALT B FILE_HEAD FILE_HEAD);
	struct sl_buf first = SL_BUF_INIT(9999), second = SL_BUF_INIT(9999);
	char of_x[SL_SHA256_HEX + 1], of_y[SL_SHA256_HEX + 1];

	ck_assert_int_eq(sl_baseline_write(x, &first), 0);
	ck_assert_int_eq(sl_baseline_write(y, &second), 0);
	ck_assert_str_eq(sl_buf_cstr(&first), sl_buf_cstr(&second));
	sl_baseline_digest(x, of_x);
	sl_baseline_digest(y, of_y);
	ck_assert_str_eq(of_x, of_y);
	sl_baseline_free(y);
	y = read_baseline(sl_buf_cstr(&first));
	sl_baseline_digest(y, of_y);
	ck_assert_str_eq(of_x, of_y);
	sl_baseline_free(x);
	sl_baseline_free(y);
	sl_buf_release(&first);
	sl_buf_release(&second);
}
END_TEST

static const struct {
	const char *before; /* NULL: none */
	const char *after;
	const char *said; /* "": it covers no more */
} changes[] = {
	{ NULL, FILE_HEAD SALT, "" },
	{ NULL, FILE_HEAD SALT A, "rule a/b at src/a.py" },
	{ FILE_HEAD SALT A, FILE_HEAD SALT A, "" },
	{ FILE_HEAD SALT A B, FILE_HEAD SALT B, "" },
	{ FILE_HEAD SALT A, FILE_HEAD SALT A B, "rule a/b at src/b.py" },
	{ FILE_HEAD SALT A,
	    FILE_HEAD SALT "a/b src/a.py 0123456789abcdef0123456789abcdee\n",
	    "rule a/b at src/a.py" },
	{ FILE_HEAD SALT A, FILE_HEAD SALT "a/c src/a.py " KEY "\n",
	    "rule a/c at src/a.py" },
	{ FILE_HEAD SALT A, FILE_HEAD SALT OTHER_SALT A, "a salt" },
	{ FILE_HEAD SALT A, FILE_HEAD OTHER_SALT A, "a salt" },
};

START_TEST(a_wider_baseline_is_told)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf what = SL_BUF_INIT(999);
	struct sl_baseline *before = changes[_i].before ?
	    read_baseline(changes[_i].before) :
	    NULL;
	struct sl_baseline *after = read_baseline(changes[_i].after);

	sl_baseline_compare(before, after, &what);
	if (changes[_i].said[0] == '\0')
		ck_assert_str_eq(sl_buf_cstr(&what), "");
	ck_assert_msg(strstr(sl_buf_cstr(&what), changes[_i].said) != NULL,
	    "%s", sl_buf_cstr(&what));
	sl_baseline_free(before);
	sl_baseline_free(after);
}
END_TEST

TCase *
tcase_baseline(void)
{
	TCase *tc = tcase_create("baseline");

	tcase_add_loop_test(tc, a_baseline_is_read_line_by_line, 0,
	    SL_COUNT(files));
	tcase_add_test(tc, caps_of_a_baseline_hold);
	tcase_add_test(tc, order_of_lines_has_no_meaning);
	tcase_add_loop_test(tc, a_wider_baseline_is_told, 0,
	    SL_COUNT(changes));
	return tc;
}
