/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: option rows, what is printed from them, tables, exit codes.
 *
 * The module prints; each call runs with standard output and error in files,
 * which hold what it said.
 */
#include "cli/cli.h"

#include <unistd.h>

#include "base/mem.h"
#include "cli/locate.h"
#include "harness.h"

#define ARGV_MAX 16

/* What the fake command was called with, and what it answers. */
static struct {
	bool called;
	bool flag;
	char *text;
	int64_t wait_ms;
	uint64_t limit;
	size_t list_count;
	char *list[4];
	char *operands[4];
	int operand_count;
	bool json;
} seen;

struct fake_options {
	struct sl_common_options common;
	bool flag;
	const char *text;
	int64_t wait_ms;
	uint64_t limit;
	struct sl_opt_list list;
};

static const char *const words[] = { "one", "two", NULL };

static const struct sl_opt fake_opts[] = {
	{ "flag", 'f', SL_OPT_FLAG, offsetof(struct fake_options, flag), NULL,
	    "a flag", NULL },
	{ "text", 't', SL_OPT_STRING, offsetof(struct fake_options, text),
	    "TEXT", "a text", words },
	{ "wait", 0, SL_OPT_DURATION, offsetof(struct fake_options, wait_ms),
	    "TIME", "a duration", NULL },
	{ "limit", 'n', SL_OPT_NUMBER, offsetof(struct fake_options, limit),
	    "N", "a number", NULL },
	{ "param", 'p', SL_OPT_LIST, offsetof(struct fake_options, list),
	    "K=V", "may be given again", NULL },
	{ 0 }
};

static int
run_fake(const struct sl_invocation *inv)
{
	const struct fake_options *o = inv->options;

	seen.called = true;
	seen.flag = o->flag;
	seen.text = o->text ? sl_strdup(o->text) : NULL;
	seen.wait_ms = o->wait_ms;
	seen.limit = o->limit;
	seen.list_count = o->list.count;
	for (size_t i = 0; i < o->list.count && i < SL_COUNT(seen.list); i++)
		seen.list[i] = sl_strdup(o->list.items[i]);
	seen.operand_count = inv->argc;
	for (int i = 0; i < inv->argc && i < (int)SL_COUNT(seen.operands); i++)
		seen.operands[i] = sl_strdup(inv->argv[i]);
	seen.json = inv->json;
	return 42;
}

/* Fails as a command does whose remote is away. */
static int
run_broken(const struct sl_invocation *inv)
{
	struct sl_error err = SL_ERROR_INIT;

	sl_error_at(&err, SL_ENET, "site.yaml", 3, 7, "no answer from \"%s\"",
	    "host\x1b[2J");
	return sl_cli_fail(inv, &err);
}

static const struct sl_cmd cmd_fake = {
	.name = "fake", .brief = "do nothing", .operands = "FIRST [SECOND]",
	.example = "tool fake first", .opts = fake_opts,
	.options_size = sizeof(struct fake_options),
	.min_operands = 1, .max_operands = 2, .run = run_fake,
};

static const struct sl_cmd cmd_broken = {
	.name = "broken", .brief = "fail", .operands = "",
	.example = "tool broken", .run = run_broken,
};

static const struct sl_cmd *const commands[] = { &cmd_fake, &cmd_broken,
	NULL };
static const struct sl_program program = { "tool", "a program", commands };

/* --- one call, and what it said --- */

static char said[1 << 16];     /* standard output */
static char complained[1 << 16]; /* standard error */

static int
redirect(FILE *stream, FILE *to)
{
	int saved;

	fflush(stream);
	saved = dup(fileno(stream));
	dup2(fileno(to), fileno(stream));
	return saved;
}

static void
restore(FILE *stream, int saved, FILE *from, char *text, size_t size)
{
	size_t n;

	fflush(stream);
	dup2(saved, fileno(stream));
	close(saved);
	rewind(from);
	n = fread(text, 1, size - 1, from);
	text[n] = '\0';
	fclose(from);
}

static void
forget(void)
{
	free(seen.text);
	for (size_t i = 0; i < SL_COUNT(seen.list); i++)
		free(seen.list[i]);
	for (size_t i = 0; i < SL_COUNT(seen.operands); i++)
		free(seen.operands[i]);
	memset(&seen, 0, sizeof(seen));
}

/* Call the program with a NULL-terminated list of words after its name. */
static int
call(const char *const *arguments)
{
	char *argv[ARGV_MAX] = { (char *)"tool" };
	FILE *out = tmpfile(), *err = tmpfile();
	int saved_out, saved_err, code, argc = 1;

	for (; *arguments != NULL && argc < ARGV_MAX - 1; arguments++)
		argv[argc++] = (char *)*arguments;
	ck_assert(out != NULL && err != NULL);
	forget();
	saved_out = redirect(stdout, out);
	saved_err = redirect(stderr, err);
	code = sl_cli_main(&program, argc, argv);
	restore(stdout, saved_out, out, said, sizeof(said));
	restore(stderr, saved_err, err, complained, sizeof(complained));
	return code;
}

#define CALL(...) call((const char *const[]){ __VA_ARGS__, NULL })

static void
assert_holds(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part,
	    text);
}

/* --- what is refused --- */

static const struct {
	const char *arguments[5];
	const char *complaint;
} usage_errors[] = {
	{ { NULL }, "usage: tool COMMAND" },
	{ { "fakee" }, "unknown command \"fakee\"; did you mean fake?" },
	{ { "\x1b[2J" }, "unknown command \"\\x1b[2J\"" },
	{ { "help", "nonsense" }, "unknown command \"nonsense\"" },
	{ { "fake" }, "FIRST [SECOND] is missing" },
	{ { "fake", "a", "b", "c" }, "unexpected argument \"c\"" },
	{ { "fake", "a", "--falg" }, "did you mean --flag?" },
	{ { "fake", "a", "--" "zzzzzzzz=1" }, "unknown option \"--zzzzzzzz\"" },
	{ { "fake", "a", "-z" }, "unknown option \"-z\"" },
	{ { "fake", "a", "--flag=yes" }, "--flag takes no value" },
	{ { "fake", "a", "-fx" }, "--flag takes no value" },
	{ { "fake", "a", "--text" }, "--text needs a value: --text=TEXT" },
	{ { "fake", "a", "-t" }, "--text needs a value" },
	{ { "fake", "a", "--wait=soon" }, "--wait takes a duration" },
	{ { "fake", "a", "--wait=-1s" }, "--wait takes a duration" },
	{ { "fake", "a", "--wait=" }, "--wait takes a duration" },
	{ { "fake", "a", "--wait=0s" }, "--wait must be over 0" },
	{ { "fake", "a", "--limit=-1" }, "--limit takes a whole number" },
	{ { "fake", "a", "--limit=1e3" }, "--limit takes a whole number" },
	{ { "fake", "a", "-n99999999999999999999" }, "takes a whole number" },
	{ { "fake", "a", "--format=yaml" }, "--format is text or json" },
	{ { "completion" }, "usage: tool completion bash|zsh|fish" },
	{ { "completion", "csh" }, "usage: tool completion bash|zsh|fish" },
};

START_TEST(usage_error)
{
	ck_assert_int_eq(call(usage_errors[_i].arguments), SL_EXIT_USAGE);
	ck_assert_str_eq(said, "");
	assert_holds(complained, usage_errors[_i].complaint);
	ck_assert(!seen.called);
}
END_TEST

START_TEST(no_control_reaches_the_terminal)
{
	CALL("fake", "a", "--\x1b[31m");
	ck_assert(strchr(complained, '\x1b') == NULL);
	CALL("fake", "a", "b", "\x1b[31m");
	ck_assert(strchr(complained, '\x1b') == NULL);
}
END_TEST

/* --- what is read --- */

START_TEST(every_type)
{
	ck_assert_int_eq(CALL("fake", "-f", "a", "--text", "x y", "--wait=2m",
			     "-n7", "-pA=1", "--param", "B=2"), 42);
	ck_assert(seen.flag);
	ck_assert_str_eq(seen.text, "x y");
	ck_assert_int_eq(seen.wait_ms, 120000);
	ck_assert_uint_eq(seen.limit, 7);
	ck_assert_uint_eq(seen.list_count, 2);
	ck_assert_str_eq(seen.list[0], "A=1");
	ck_assert_str_eq(seen.list[1], "B=2");
	ck_assert_int_eq(seen.operand_count, 1);
	ck_assert(!seen.json);
}
END_TEST

START_TEST(last_value_counts)
{
	CALL("fake", "a", "--text=one", "--text=", "--format=text",
	    "--format=json");
	ck_assert_str_eq(seen.text, "");
	ck_assert(seen.json);
}
END_TEST

START_TEST(dashes_end_options)
{
	CALL("fake", "--", "--flag", "-");
	ck_assert_int_eq(seen.operand_count, 2);
	ck_assert_str_eq(seen.operands[0], "--flag");
	ck_assert_str_eq(seen.operands[1], "-");
	ck_assert(!seen.flag);
	CALL("fake", "--end-of-options", "-f");
	ck_assert_str_eq(seen.operands[0], "-f");
}
END_TEST

START_TEST(many_values)
{
	const char *arguments[ARGV_MAX] = { "fake", "a" };
	size_t n = 2;

	while (n < ARGV_MAX - 2)
		arguments[n++] = "-px";
	ck_assert_int_eq(call(arguments), 42);
	ck_assert_uint_eq(seen.list_count, n - 2);
}
END_TEST

/* --- what is shown --- */

START_TEST(help_says_all)
{
	ck_assert_int_eq(CALL("--help"), SL_EXIT_PASS);
	assert_holds(said, "a program");
	assert_holds(said, "fake         do nothing");
	ck_assert_int_eq(CALL("help"), SL_EXIT_PASS);
	/* Asked for help, a command runs nothing, whatever else is wrong. */
	ck_assert_int_eq(CALL("fake", "--help"), SL_EXIT_PASS);
	ck_assert(!seen.called);
	assert_holds(said, "usage: tool fake [options] FIRST [SECOND]\n");
	assert_holds(said, "-t, --text=TEXT");
	assert_holds(said, "      --wait=TIME");
	assert_holds(said, "--site=FILE");
	assert_holds(said, "manual: man tool-fake");
	ck_assert_int_eq(CALL("help", "broken"), SL_EXIT_PASS);
	assert_holds(said, "usage: tool broken [options]\n");
}
END_TEST

START_TEST(lists_for_programs)
{
	CALL("--list-commands");
	ck_assert_str_eq(said, "fake\nbroken\n");
	CALL("fake", "--list-options");
	ck_assert_str_eq(said, "--flag\n--text=TEXT\n--wait=TIME\n--limit=N\n"
			       "--param=K=V\n--site=FILE\n--repository=DIR\n"
			       "--format=FORMAT\n--help\n--list-options\n");
	CALL("--version");
	ck_assert_str_eq(said, "tool " PACKAGE_VERSION "\n");
}
END_TEST

START_TEST(completion_knows_commands_and_options)
{
	static const char *const shells[] = { "bash", "zsh", "fish" };

	for (size_t i = 0; i < SL_COUNT(shells); i++) {
		ck_assert_int_eq(CALL("completion", shells[i]), SL_EXIT_PASS);
		assert_holds(said, "fake");
		assert_holds(said, "broken");
		assert_holds(said, i == 2 ? "-l wait" : "--wait");
		assert_holds(said, i == 2 ? "-l site" : "--site");
	}
}
END_TEST

/* Let the shell itself complete a word. */
START_TEST(bash_completes)
{
	char path[] = "/tmp/sluice-cli-test-XXXXXX";
	int fd = mkstemp(path);
	char command[256], line[64] = "";
	FILE *answer;

	ck_assert_int_ge(fd, 0);
	CALL("completion", "bash");
	ck_assert_int_eq(write(fd, said, strlen(said)), (ssize_t)strlen(said));
	close(fd);
	snprintf(command, sizeof(command),
	    "bash -c '. %s; COMP_WORDS=(tool fake --wa); COMP_CWORD=2; _tool; "
	    "echo \"${COMPREPLY[*]}\"'", path);
	answer = popen(command, "r");
	ck_assert_ptr_nonnull(answer);
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), answer));
	pclose(answer);
	unlink(path);
	ck_assert_str_eq(line, "--wait\n");
}
END_TEST

START_TEST(errors_keep_their_place)
{
	ck_assert_int_eq(CALL("broken"), SL_EXIT_REMOTE);
	ck_assert_str_eq(said, "");
	ck_assert_str_eq(complained,
	    "tool: site.yaml:3:7: no answer from \"host\\x1b[2J\"\n");
	ck_assert_int_eq(CALL("broken", "--format=json"), SL_EXIT_REMOTE);
	ck_assert_str_eq(complained, "");
	assert_holds(said, "\"place\":\"site.yaml:3:7\"");
	assert_holds(said, "\"message\":\"no answer from");
}
END_TEST

START_TEST(a_report_that_does_not_fit_is_no_success)
{
	struct sl_buf small = SL_BUF_INIT(4);
	FILE *full = fopen("/dev/full", "w"), *err = tmpfile();
	struct sl_buf text = SL_BUF_INIT(64);
	int saved, over, unwritten;

	ck_assert(full != NULL && err != NULL);
	sl_buf_adds(&small, "longer than four");
	sl_buf_adds(&text, "text");
	saved = redirect(stderr, err);
	over = sl_cli_print(stdout, &small);
	unwritten = sl_cli_print(full, &text);
	restore(stderr, saved, err, complained, sizeof(complained));
	fclose(full);
	sl_buf_release(&small);
	sl_buf_release(&text);
	ck_assert_int_eq(over, SL_EXIT_CONFIG);
	ck_assert_int_eq(unwritten, SL_EXIT_CONFIG);
	assert_holds(complained, "larger than 4 bytes");
	assert_holds(complained, "cannot write");
}
END_TEST

/* --- exit codes --- */

static const struct {
	int error;
	enum sl_exit code;
} exits[] = {
	{ SL_OK, SL_EXIT_PASS },
	{ SL_EREFUSED, SL_EXIT_VIOLATIONS },
	{ SL_ELIMIT, SL_EXIT_UNDECIDED },
	{ SL_ECORRUPT, SL_EXIT_UNDECIDED },
	{ SL_ECONFIG, SL_EXIT_CONFIG },
	{ SL_EINVAL, SL_EXIT_CONFIG },
	{ SL_EIO, SL_EXIT_CONFIG },
	{ SL_ENET, SL_EXIT_REMOTE },
	{ SL_EREMOTE, SL_EXIT_REMOTE },
	{ SL_EDENIED, SL_EXIT_REMOTE },
	{ SL_ETAMPERED, SL_EXIT_FAILED },
	{ SL_EBUSY, SL_EXIT_RUNNING },
};

START_TEST(exit_code)
{
	ck_assert_int_eq(sl_exit_of_error(exits[_i].error), exits[_i].code);
}
END_TEST

START_TEST(no_error_is_a_pass)
{
	for (int code = -1; code > -100; code--)
		ck_assert_int_ne(sl_exit_of_error(code), SL_EXIT_PASS);
}
END_TEST

/* --- tables --- */

START_TEST(table_pads_by_characters)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_table t;

	sl_table_init(&t, 2);
	sl_table_row(&t, (const char *const[]){ "name", "state" });
	sl_table_row(&t, (const char *const[]){ "größe", NULL });
	sl_table_row(&t, (const char *const[]){ "a\x1b[2Jb", "x\ny" });
	sl_table_format(&t, false, &out);
	ck_assert_str_eq(sl_buf_cstr(&out), "name       state\n"
					    "größe      \n"
					    "a\\x1b[2Jb  x\\ny\n");
	sl_buf_release(&out);
	sl_buf_init(&out, 4096);
	sl_table_format(&t, true, &out);
	ck_assert(strncmp(sl_buf_cstr(&out), "\x1b[1mname", 8) == 0);
	sl_table_release(&t);
}
END_TEST

START_TEST(empty_table)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64);
	struct sl_table t;

	sl_table_init(&t, SL_TABLE_MAX_COLUMNS);
	sl_table_format(&t, true, &out);
	ck_assert_uint_eq(out.len, 0);
	sl_table_release(&t);
}
END_TEST

/* --- places --- */

static const struct {
	const char *option, *variable, *git, *want;
} sites[] = {
	{ "o.yaml", "v.yaml", "g.yaml", "o.yaml" },
	{ NULL, "v.yaml", "g.yaml", "v.yaml" },
	{ NULL, NULL, "g.yaml", "g.yaml" },
	{ "", "", "g.yaml", "g.yaml" },
	{ NULL, NULL, NULL, NULL },
};

START_TEST(site_file)
{
	SL_CLEANUP(sl_freep) char *path = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	if (sites[_i].variable != NULL)
		setenv("SLUICE_SITE", sites[_i].variable, 1);
	else
		unsetenv("SLUICE_SITE");
	rc = sl_locate_site(sites[_i].option, sites[_i].git, &path, &err);
	unsetenv("SLUICE_SITE");
	/* The last row depends on whether this system has a site of its own. */
	if (sites[_i].want == NULL && rc == SL_OK)
		return;
	if (sites[_i].want == NULL) {
		ck_assert_err(rc, SL_ECONFIG, &err);
		assert_holds(err.text, "--site=FILE");
		return;
	}
	ck_assert_ok(rc, &err);
	ck_assert_str_eq(path, sites[_i].want);
}
END_TEST

START_TEST(data_folder)
{
	SL_CLEANUP(sl_freep) char *there = NULL;
	SL_CLEANUP(sl_freep) char *installed = NULL;

	setenv("SLUICE_DATA", "/data", 1);
	there = sl_locate_data("policies");
	unsetenv("SLUICE_DATA");
	installed = sl_locate_data("policies");
	ck_assert_str_eq(there, "/data/policies");
	ck_assert_str_eq(installed, SL_PKGDATADIR "/policies");
}
END_TEST

static TCase *
tcase_parsing(void)
{
	TCase *tc = tcase_create("parsing");

	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_loop_test(tc, usage_error, 0, SL_COUNT(usage_errors));
	tcase_add_test(tc, no_control_reaches_the_terminal);
	tcase_add_test(tc, every_type);
	tcase_add_test(tc, last_value_counts);
	tcase_add_test(tc, dashes_end_options);
	tcase_add_test(tc, many_values);
	return tc;
}

static TCase *
tcase_printing(void)
{
	TCase *tc = tcase_create("printing");

	tcase_add_checked_fixture(tc, NULL, forget);
	tcase_add_test(tc, help_says_all);
	tcase_add_test(tc, lists_for_programs);
	tcase_add_test(tc, completion_knows_commands_and_options);
	tcase_add_test(tc, bash_completes);
	tcase_add_test(tc, errors_keep_their_place);
	tcase_add_test(tc, a_report_that_does_not_fit_is_no_success);
	tcase_add_loop_test(tc, exit_code, 0, SL_COUNT(exits));
	tcase_add_test(tc, no_error_is_a_pass);
	return tc;
}

static TCase *
tcase_tables(void)
{
	TCase *tc = tcase_create("tables");

	tcase_add_test(tc, table_pads_by_characters);
	tcase_add_test(tc, empty_table);
	return tc;
}

static TCase *
tcase_places(void)
{
	TCase *tc = tcase_create("places");

	tcase_add_loop_test(tc, site_file, 0, SL_COUNT(sites));
	tcase_add_test(tc, data_folder);
	return tc;
}

SL_TEST_MAIN("cli", tcase_parsing, tcase_printing, tcase_tables, tcase_places)
