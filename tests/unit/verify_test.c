/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: programs that do not do what they should. What the real ones say
 * is tested with real keys in tests/cli/t0210-signatures.sh.
 */
#include "harness.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "verify/verify.h"

#define SSH "-----BEGIN SSH SIGNATURE-----\n"
#define PGP "-----BEGIN PGP SIGNATURE-----\n"

static char folder[] = "/tmp/sluice-verify-XXXXXX";
static char program[64], keys[64];
static struct sl_verify_options options;
static struct sl_verify_answer answer;
static struct sl_error err;

static void
write_file(const char *path, const char *text, mode_t mode)
{
	ck_assert_ok(sl_fsx_replace(path, sl_str(text), mode, &err), &err);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* A program that does this instead. */
static void
use_program(const char *script)
{
	SL_CLEANUP(sl_freep)
	char *text = sl_asprintf("#!/bin/sh\n%s\n", script);

	write_file(program, text, 0755);
}

static void
setup(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(program, sizeof(program), "%s/program", folder);
	snprintf(keys, sizeof(keys), "%s/keys", folder);
	write_file(keys, "\x98\x33keys of the site", 0644);
	use_program("exit 0");
	options = (struct sl_verify_options){ .ssh = keys, .gpg = keys,
		.ssh_keygen = program, .gpgv = program,
		.clock = sl_clock_system() };
	answer = (struct sl_verify_answer){ .good = false };
	sl_error_clear(&err);
}

static void
teardown(void)
{
	sl_verify_answer_release(&answer);
	unlink(program);
	unlink(keys);
	rmdir(folder);
}

static int
verify(const char *signature)
{
	sl_verify_answer_release(&answer);
	sl_error_clear(&err);
	return sl_verify(&options, sl_str(signature), SL_STR("payload\n"),
	    SL_STR("ana@example.org"), &answer, &err);
}

/* --- programs --- */

static const struct {
	const char *script;
	int code;
	const char *says;
} strange[] = {
	{ "kill -9 $$", SL_EIO, "was ended by signal 9" },
	{ "exit 3", SL_EIO, "exit code 3" },
	{ "exit 255", SL_EIO, "could not verify it" },
	{ "echo 'Ran out of memory' >&2; exit 255", SL_EIO,
	    "could not verify it" },
	{ "exec yes", SL_ETOOBIG, "printed over 65536 bytes" },
	{ "exec >&- 2>&-; sleep 9", SL_ELIMIT, "no answer in time" },
	{ "sleep 9", SL_ELIMIT, "no answer in time" },
	{ "trap '' HUP INT TERM; sleep 9 & sleep 9", SL_ELIMIT,
	    "no answer in time" },
};

START_TEST(a_strange_program_is_no_answer)
{
	use_program(strange[_i].script);
	options.deadline_ms = sl_clock_monotonic_ms(options.clock) +
	    (strange[_i].code == SL_ELIMIT ? 100 : 4000);
	ck_assert_err(verify(SSH), strange[_i].code, &err);
	ck_assert_ptr_nonnull(strstr(err.text, strange[_i].says));
	ck_assert(!answer.good);
}
END_TEST

START_TEST(a_program_gets_what_it_needs_and_no_more)
{
	use_program("test \"$(env | grep -v '^PWD=\\|^_=\\|^SHLVL=')\" = "
		    "LC_ALL=C || exit 9\n"
		    "test \"$(cat)\" = payload || exit 8\n"
		    "test \"$(cat /dev/fd/3)\" = "
		    "'-----BEGIN SSH SIGNATURE-----' || exit 7\n"
		    "grep -q 'keys of the site' /dev/fd/4 || exit 6\n"
		    "test -e /dev/fd/5 && exit 5\n"
		    "test \"$*\" = '-Y verify -n git -f /dev/fd/4 "
		    "-I ana@example.org -s /dev/fd/3' || exit 4\n"
		    "exit 0");
	ck_assert_ok(verify(SSH), &err);
	ck_assert(answer.good);
	ck_assert_str_eq(sl_buf_cstr(&answer.signer), "ana@example.org");
	/* The last is ls's own, of the folder. */
	use_program("ls /proc/self/fd; exit 255");
	ck_assert_err(verify(SSH), SL_EIO, &err);
	ck_assert_msg(strstr(err.text,
	    "verify it: 0\\n1\\n2\\n3\\n4\\n5\\n") != NULL, "%s",
	    err.text);
	ck_assert_ptr_null(strstr(err.text, "5\\n6"));
}
END_TEST

/* --- what gpgv says --- */

#define G "[GNUPG:] "
#define NEW G "NEWSIG\n"
#define GOOD G "GOODSIG 0123 Ana <ana@example.org>\n"
#define VALID G "VALIDSIG ABCD 2026-11-22 1 0 4 0 22 8 00 ABCD\n"

static const struct {
	const char *says;
	int exit_code;
	int code;
	const char *reason; /* NULL: good */
} lines[] = {
	{ NEW GOOD VALID, 0, SL_OK, NULL },
	{ NEW GOOD VALID, 1, SL_EIO, NULL },
	{ NEW GOOD, 0, SL_EIO, NULL },
	{ NEW VALID, 0, SL_EIO, NULL },
	{ GOOD VALID, 0, SL_EIO, NULL },
	{ "", 0, SL_EIO, NULL },
	{ "GOODSIG 0123 Ana\nVALIDSIG ABCD\nNEWSIG\n", 0, SL_EIO, NULL },
	{ NEW G "ERROR keydb_search 33554445\n" GOOD VALID, 0, SL_EIO, NULL },
	{ NEW G "ERRSIG 0123 22 8 00 1 4 -\n", 2, SL_EIO, NULL },
	{ NEW GOOD VALID NEW GOOD VALID, 0, SL_OK, "is more than one" },
	{ NEW GOOD VALID NEW G "ERRSIG 0123 22 8 00 1 9 -\n", 2, SL_OK,
	    "is more than one" },
	{ NEW G "REVKEYSIG 0123 Ana\n" VALID, 0, SL_OK,
	    "is by a key that was revoked (OpenPGP ABCD)" },
	{ NEW GOOD VALID G "EXPSIG 0123 Ana\n", 0, SL_OK,
	    "has expired (OpenPGP 0123)" },
	{ G "NODATA 1\n" G "NODATA 2\n", 2, SL_OK, "is damaged" },
};

START_TEST(only_the_status_lines_of_gpgv_count)
{
	SL_CLEANUP(sl_freep)
	char *script = sl_asprintf("cat <<'END'\n%sEND\n"
				   "echo '" G "GOODSIG 0 Eve' >&2\nexit %d",
	    lines[_i].says, lines[_i].exit_code);

	use_program(script);
	if (lines[_i].code < 0) {
		ck_assert_err(verify(PGP), lines[_i].code, &err);
		return;
	}
	ck_assert_ok(verify(PGP), &err);
	ck_assert_int_eq(answer.good, lines[_i].reason == NULL);
	ck_assert_str_eq(sl_buf_cstr(answer.good ? &answer.signer :
						   &answer.reason),
	    answer.good ? "ana@example.org" : lines[_i].reason);
}
END_TEST

/* --- keys and programs that are not there, and signatures --- */

START_TEST(what_is_missing_is_an_error)
{
	static const char *const signatures[] = { SSH, PGP };
	const char *signature = signatures[_i];

	options.ssh_keygen = options.gpgv = "/nonexistent/program";
	ck_assert_err(verify(signature), SL_ENOTFOUND, &err);
	options.ssh_keygen = options.gpgv = program;
	ck_assert_int_eq(chmod(program, 0644), 0);
	ck_assert_err(verify(signature), SL_ENOTFOUND, &err);
	ck_assert_int_eq(chmod(program, 0755), 0);
	ck_assert_int_eq(chmod(keys, 0664), 0);
	ck_assert_err(verify(signature), SL_EDENIED, &err);
	ck_assert_int_eq(unlink(keys), 0);
	ck_assert_err(verify(signature), SL_ENOTFOUND, &err);
	options.ssh = options.gpg = folder;
	ck_assert_err(verify(signature), SL_ECONFIG, &err);
	options.ssh = options.gpg = NULL;
	ck_assert_err(verify(signature), SL_ECONFIG, &err);
}
END_TEST

START_TEST(an_empty_keyring_is_an_error)
{
	write_file(keys, "", 0644);
	ck_assert_err(verify(PGP), SL_ECONFIG, &err);
}
END_TEST

START_TEST(a_revoked_list_that_is_not_there_is_an_error)
{
	options.ssh_revoked = "/nonexistent/revoked";
	ck_assert_err(verify(SSH), SL_ENOTFOUND, &err);
}
END_TEST

START_TEST(other_signatures_are_told_apart)
{
	SL_CLEANUP(sl_freep) char *large = NULL;

	ck_assert_ok(verify("-----BEGIN"), &err);
	ck_assert(!answer.good);
	ck_assert_str_eq(sl_buf_cstr(&answer.reason),
	    "is of no kind that Git makes");
	ck_assert_ok(verify(""), &err);
	ck_assert(!answer.good);
	ck_assert_err(verify("-----BEGIN SIGNED MESSAGE-----\n"),
	    SL_EUNSUPPORTED, &err);
	large = sl_asprintf("%s%*s", SSH, (int)SL_VERIFY_SIGNATURE_MAX, "");
	ck_assert_err(verify(large), SL_ETOOBIG, &err);
}
END_TEST

static TCase *
tcase_verify(void)
{
	TCase *tc = tcase_create("verify");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, a_strange_program_is_no_answer, 0,
	    SL_COUNT(strange));
	tcase_add_test(tc, a_program_gets_what_it_needs_and_no_more);
	tcase_add_loop_test(tc, only_the_status_lines_of_gpgv_count, 0,
	    SL_COUNT(lines));
	tcase_add_loop_test(tc, what_is_missing_is_an_error, 0, 2);
	tcase_add_test(tc, an_empty_keyring_is_an_error);
	tcase_add_test(tc, a_revoked_list_that_is_not_there_is_an_error);
	tcase_add_test(tc, other_signatures_are_told_apart);
	return tc;
}

SL_TEST_MAIN("verify", tcase_verify)
