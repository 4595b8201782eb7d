/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "change/change.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define Z "0000000000000000000000000000000000000000"
#define A64 A "aaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *input;
	int rc;
	size_t count;
	const char *text; /* part of the message */
} inputs[] = {
	{ "", SL_OK, 0, "" },
	{ A " " B " refs/heads/main\n", SL_OK, 1, "" },
	{ A " " B " refs/heads/main\n" Z " " B " refs/tags/v1\n", SL_OK, 2, "" },
	{ A " " Z " refs/heads/\xc3\xbc\n", SL_OK, 1, "" },
	{ A " " B " refs/heads/main", SL_EINVAL, 0, "cut off" },
	{ A " " B "  refs/heads/main\n", SL_EINVAL, 0, "blank" },
	{ A "  " B " refs/heads/main\n", SL_EINVAL, 0, "line 1" },
	{ A " " B "\n", SL_EINVAL, 0, "line 1" },
	{ A " " B " \n", SL_EINVAL, 0, "line 1" },
	{ "\n", SL_EINVAL, 0, "line 1" },
	{ "A" A " " B " refs/heads/main\n", SL_EINVAL, 0, "line 1" },
	{ Z " " Z " refs/heads/..\n", SL_EINVAL, 0, "dot" },
	{ Z " " Z " refs/heads/none\n", SL_OK, 1, "" },
	{ A " " B " refs/heads/x\n" A " " B " refs/heads/x\n", SL_EINVAL, 0,
	    "second time" },
	{ A " " B " refs/heads/a..b\n", SL_EINVAL, 0, "two dots" },
	{ A64 " " A64 " refs/heads/x\n", SL_EUNSUPPORTED, 0, "SHA-256" },
};

START_TEST(ref_lines_are_all_read_or_refused)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_ref_line *lines = NULL;
	size_t count = 0;
	int rc = sl_ref_lines_parse(sl_str(inputs[_i].input), 100, &lines,
	    &count, &err);

	ck_assert_err(rc, inputs[_i].rc, &err);
	ck_assert_uint_eq(count, inputs[_i].count);
	ck_assert_msg(strstr(err.text, inputs[_i].text) != NULL, "%s",
	    err.text);
	free(lines);
}
END_TEST

START_TEST(ref_lines_have_a_cap)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_ref_line *lines = NULL;
	size_t count = 0;

	ck_assert_err(sl_ref_lines_parse(SL_STR(A " " B " refs/heads/a\n" A
						  " " B " refs/heads/b\n"),
			  1, &lines, &count, &err),
	    SL_ETOOBIG, &err);
}
END_TEST

static const struct {
	const char *ref;
	bool good;
} names[] = {
	{ "refs/heads/main", true },
	{ "refs/heads/a-b_c.d", true },
	{ "refs/heads/-x", true },
	{ "refs/heads/@", true },
	{ "refs/heads/a@b", true },
	{ "HEAD", false },
	{ "", false },
	{ "refs/heads/", false },
	{ "/refs/heads/a", false },
	{ "refs//heads", false },
	{ "refs/heads/.a", false },
	{ "refs/heads/a.lock", false },
	{ "refs/heads/a.lock/b", false },
	{ "refs/heads/a.", false },
	{ "refs/heads/a..b", false },
	{ "refs/heads/a b", false },
	{ "refs/heads/a~1", false },
	{ "refs/heads/a^", false },
	{ "refs/heads/a:b", false },
	{ "refs/heads/a?", false },
	{ "refs/heads/a*", false },
	{ "refs/heads/a[b", false },
	{ "refs/heads/a\\b", false },
	{ "refs/heads/a@{b", false },
	{ "refs/heads/a\x01", false },
	{ "refs/heads/a\x7f", false },
	{ "refs/heads/\r", false },
};

START_TEST(ref_names_follow_check_ref_format)
{
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_ref_name_check(sl_str(names[_i].ref), &err);

	ck_assert_int_eq(rc, names[_i].good ? SL_OK : SL_EINVAL);
}
END_TEST

extern char **environ;

/* What git itself says of a name. */
static bool
git_takes(const char *name)
{
	const char *argv[] = { "git", "check-ref-format", name, NULL };
	int status;
	pid_t pid;

	ck_assert_int_eq(posix_spawnp(&pid, argv[0], NULL, NULL,
	    (char *const *)argv, environ), 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status) == 0;
}

/* Names of pieces on which rules hang, half of them below refs/heads/. */
START_TEST(ref_names_are_those_that_git_takes)
{
	static const char *const pieces[] = { "a", "b", "refs", "heads", "/",
		"/", "/", "//", ".", "..", "@", "@{", "{", ".lock", "lock",
		".lock/", "-", " ", "~", "^", ":", "?", "*", "[", "]", "\\",
		"\x01", "\t", "\n", "\x7f", "\xc3\xa9", "\xff", "HEAD", "x",
		"y", "z" };
	uint32_t seed = 11;
	unsigned good = 0, bad = 0;

	for (unsigned i = 0; i < 300; i++) {
		SL_CLEANUP(sl_buf_release) struct sl_buf name =
		    SL_BUF_INIT(1000);
		unsigned count = 1 + i % 5;
		bool takes;

		sl_buf_adds(&name, i % 2 ? "refs/heads/" : "");
		while (count-- > 0) {
			seed = seed * 1664525U + 1013904223U;
			sl_buf_adds(&name,
			    pieces[(seed >> 16) % SL_COUNT(pieces)]);
		}
		if (name.ptr[0] == '-')
			continue; /* an option to git */
		takes = git_takes(sl_buf_cstr(&name));
		good += takes;
		bad += !takes;
		ck_assert_msg((sl_ref_name_check(sl_buf_str(&name), NULL) ==
				  SL_OK) == takes,
		    "\"%s\" is %s to git", sl_buf_cstr(&name),
		    takes ? "a name" : "none");
	}
	ck_assert_uint_gt(good, 20);
	ck_assert_uint_gt(bad, 100);
}
END_TEST

#define PGP "-----BEGIN PGP SIGNATURE-----"

static const struct {
	const char *message;
	size_t at; /* SIZE_MAX: no signature */
} signatures[] = {
	{ "", SIZE_MAX },
	{ "v1\n", SIZE_MAX },
	{ "v1\n\nsee " PGP "\n", SIZE_MAX },
	{ "v1\n " PGP "\n", SIZE_MAX },
	{ "v1\n-----BEGIN PGP SIGNATURE", SIZE_MAX },
	{ PGP, 0 },
	{ "v1\n" PGP "\nabc\n", 3 },
	{ "v1\nsee " PGP "\n" PGP "\nabc\n", 37 },
	{ "v1\n" PGP "\nold\n" PGP "\nabc\n", 37 },
	{ "v1\n-----BEGIN SSH SIGNATURE-----\n", 3 },
	{ "v1\n-----BEGIN SIGNED MESSAGE-----\n", 3 },
};

START_TEST(a_signature_begins_a_line)
{
	struct sl_str message = sl_str(signatures[_i].message);
	size_t want = signatures[_i].at;

	ck_assert_uint_eq(sl_tag_signature(message),
	    want == SIZE_MAX ? message.len : want);
}
END_TEST

static TCase *
tcase_change(void)
{
	TCase *tc = tcase_create("change");

	tcase_add_loop_test(tc, ref_lines_are_all_read_or_refused, 0,
	    (int)SL_COUNT(inputs));
	tcase_add_test(tc, ref_lines_have_a_cap);
	tcase_add_loop_test(tc, ref_names_follow_check_ref_format, 0,
	    (int)SL_COUNT(names));
	tcase_add_test(tc, ref_names_are_those_that_git_takes);
	tcase_add_loop_test(tc, a_signature_begins_a_line, 0,
	    (int)SL_COUNT(signatures));
	return tc;
}

SL_TEST_MAIN("change", tcase_change)
