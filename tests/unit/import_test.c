/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of other tools: what of a pattern is changed and refused, what each
 * format becomes, and what is said of the rest. tests/cli loads and uses what
 * is written.
 */
#include "harness.h"

#include <string.h>

#include "base/mem.h"
#include "import/import_int.h"

/* --- patterns --- */

static const struct {
	const char *in;
	const char *out;    /* NULL: refused */
	const char *reason; /* a part of it */
	struct sl_re2 how;
} patterns[] = {
	{ "a.b*?[^c-d]{2,3}$", "a.b*?[^c-d]{2,3}$", NULL, { 0 } },
	{ "\\d\\w\\s\\b\\B\\z\\A", "\\d\\w\\s\\b\\B\\z\\A", NULL, { 0 } },
	{ "(?i)a(?-i:B)(?sm:.)", "(?i)a(?-i:B)(?sm:.)", NULL, { 0 } },
	{ "(a)(?P<n>b)(?<m>c)", "(?:a)(?:b)(?:c)", NULL, { 0 } },
	{ "x(a(b))(c)", "(?J)x(?<secret>a(?:b))(?<secret>c)", NULL,
	    { SL_RE2_FIRST, 0, NULL } },
	{ "x(a)", "x(?<secret>a)", NULL, { SL_RE2_FIRST, 0, NULL } },
	{ "(?:x)a", "(?:x)a", NULL, { SL_RE2_FIRST, 0, NULL } },
	{ "(a(b))", "(?:a(?<secret>b))", NULL, { SL_RE2_NUMBER, 2, NULL } },
	{ "(a)", NULL, "1 groups", { SL_RE2_NUMBER, 2, NULL } },
	{ "^a|\\Ab", "(?<=^h/)a|(?<=^h/)b", NULL,
	    { SL_RE2_DROP, 0, "(?<=^h/)" } },
	/* What would mean something else. */
	{ "\\v\\a\\012\\0\\x41\\x{e9}", "\\x0b\\x07\\x0a\\x00\\x41"
	    "(?:\\xc3\\xa9)", NULL, { 0 } },
	{ "[\\v\\x{7f}]", "[\\x0b\\x7f]", NULL, { 0 } },
	{ "\\Qa.b\\E+\\Q(", "a\\.b+\\(", NULL, { 0 } },
	{ "a{x{1}}{,", "a\\{x{1}\\}\\{,", NULL, { 0 } },
	{ "\xc3\xa9+", "(?:\\xc3\\xa9)+", NULL, { 0 } },
	{ "a\nb\t", "a\\x0ab\\x09", NULL, { 0 } },
	{ "[(*][[a]", "[\\(*][\\[a]", NULL, { 0 } },
	{ "[[:alpha:]_[:^digit:]]", "[[:alpha:]_[:^digit:]]", NULL, { 0 } },
	{ "[]a][^]b]", "[]a][^]b]", NULL, { 0 } },
	/* What RE2 has not either, or PCRE2 takes otherwise. */
	{ "a++", NULL, "possessive", { 0 } },
	{ "a{2}+", NULL, "possessive", { 0 } },
	{ "a**", NULL, "repeat of a repeat", { 0 } },
	{ "a{,3}", NULL, "{,n}", { 0 } },
	{ "*a", NULL, "repeat of nothing", { 0 } },
	{ "a|*", NULL, "repeat of nothing", { 0 } },
	{ "(?=a)", NULL, "no such group", { 0 } },
	{ "(?<!a)", NULL, "no name", { 0 } },
	{ "(?>a)", NULL, "no such group", { 0 } },
	{ "(*ACCEPT)", NULL, "repeat of nothing", { 0 } },
	{ "(a)\\1", NULL, "no such escape", { 0 } },
	{ "\\Z", NULL, "no such escape", { 0 } },
	{ "\\K", NULL, "no such escape", { 0 } },
	{ "\\C", NULL, "no such escape", { 0 } },
	{ "[\\b]", NULL, "no such escape", { 0 } },
	{ "\\pL", NULL, "Unicode", { 0 } },
	{ "[\xc3\xa9]", NULL, "several bytes", { 0 } },
	{ "[\\x{e9}]", NULL, "several bytes", { 0 } },
	{ "\xff", NULL, "not UTF-8", { 0 } },
	{ "\\x{110000}", NULL, "no character", { 0 } },
	{ "(a", NULL, "has no end", { 0 } },
	{ "a)", NULL, "closes no group", { 0 } },
	{ "[a", NULL, "has no end", { 0 } },
	{ "a\\", NULL, "backslash", { 0 } },
};

START_TEST(patterns_are_converted_or_refused)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_re2_convert(sl_str(patterns[_i].in), &patterns[_i].how,
	    &out, &err);

	if (patterns[_i].out) {
		ck_assert_ok(rc, &err);
		ck_assert_str_eq(sl_buf_cstr(&out), patterns[_i].out);
		return;
	}
	ck_assert_int_eq(rc, SL_EUNSUPPORTED);
	ck_assert_msg(strstr(err.text, patterns[_i].reason) != NULL, "%s",
	    err.text);
	ck_assert_int_eq(out.len, 0);
}
END_TEST

static const struct {
	const char *glob;
	const char *yes;
	const char *no;
} globs[] = {
	{ "a*b", "axb", "a/b" },
	{ "**/x", "a/b/x", "ax" },
	{ "**/x", "x", "x/y" },
	{ "a/**", "a/b/c", "b" },
	{ "a?c", "abc", "a/c" },
	{ "[!a-c]x", "dx", "ax" },
	{ "[a/]x", "ax", "/x" },
	{ "a.b\\*", "a.b*", "a.bc" },
	{ "[x", "[x", "x" },
};

START_TEST(globs_match_as_fnmatch_does)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;

	sl_import_glob(sl_str(globs[_i].glob), &out);
	ck_assert_ok(sl_rx_compile(sl_buf_str(&out), SL_RX_FULL, NULL, &rx,
	    &err), &err);
	ck_assert_int_eq(sl_rx_match(rx, NULL, sl_str(globs[_i].yes), 0, NULL,
	    &err), SL_RX_YES);
	ck_assert_int_eq(sl_rx_match(rx, NULL, sl_str(globs[_i].no), 0, NULL,
	    &err), SL_RX_NO);
}
END_TEST

/* --- formats --- */

#define RULE "[[rules]]\nid = 'A b/C'\nregex = 'k(e)y'\n"
#define GITHUB(target, rules)                                                  \
	"{\"name\": \"R\", \"target\": \"" target "\", \"enforcement\": "       \
	"\"active\", \"conditions\": {\"ref_name\": {\"include\": "             \
	"[\"refs/heads/r/*\"], \"exclude\": [\"refs/heads/r/x\"]}}, "           \
	"\"rules\": [" rules "]}"

static const struct {
	const char *in;
	const char *has;  /* a part of the policy; NULL: none */
	const char *note; /* a part of a note; NULL: there is none */
} formats[] = {
	{ RULE, "  gitleaks/a-b-c:\n    kind: content\n"
		"    match: 'k(?<secret>e)y'\n    secret: true\n", NULL },
	{ RULE "secretGroup = 1\nentropy = 3.50\nkeywords = ['Key']\n",
	    "    keywords: 'Key'\n    entropy: 3.5\n", NULL },
	{ RULE "secretGroup = 2\n" RULE, "gitleaks/a-b-c:", "1 groups" },
	{ RULE RULE, "gitleaks/a-b-c-2:", NULL },
	{ RULE "keywords = ['ab']", "match", "4:12 keywords are left out" },
	{ RULE "entropy = 9", "match", "entropy is left out" },
	{ RULE "validate = 'x'\ntags = ['t']", "match",
	    "4:1 \"validate\" is left out" },
	{ RULE "skipReport = true\n" RULE, "a-b-c:", "reports nothing" },
	{ RULE "[[rules.required]]\nid = 'x'", "a-b-c:", "requires nearby" },
	{ RULE "[[rules]]\nid = 'p'\npath = '\\.p12$'\n",
	    "gitleaks/p:\n    kind: path\n    deny: '.*(?:\\.p12$).*'\n",
	    NULL },
	{ RULE "path = '^a'", "files: '.*(?:^a).*'", NULL },
	{ RULE "[[rules]]\nid = 'x'\n", "a-b-c", "not in this file" },
	{ "[extend]\nuseDefault = true\n" RULE, "a-b-c", "extend.useDefault" },
	{ RULE "[[rules.allowlists]]\nregexes = ['^e$']\n"
	       "stopwords = ['A.', 'b']\npaths = ['x']",
	    "    except: '.*(?:x).*'\n    match: 'k(?<secret>e)y'\n"
	    "    allow: ['^e$', '(?i)(?:A\\.|b)']\n", NULL },
	{ RULE "[rules.allowlist]\nregexTarget = 'match'\nregexes = ['a']\n",
	    "allow-match: 'a'", NULL },
	{ RULE "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['a']\n",
	    "allow-line: 'a'", NULL },
	{ RULE "[[rules.allowlists]]\ncommits = ['abc']\nregexes = ['a']",
	    "allow: 'a'", "knows no commits" },
	{ RULE "[[rules.allowlists]]\ncondition = 'AND'\ncommits = ['abc']\n"
	       "regexes = ['a']", "secret: true", "knows no commits" },
	{ RULE "[[rules.allowlists]]\ncondition = 'AND'\nregexes = ['a']\n"
	       "stopwords = ['b', 'c']",
	    "allow: '\\A(?=[\\s\\S]*?(?:(?:a)))(?=[\\s\\S]*?(?i:b|c))'",
	    NULL },
	{ RULE "[[rules.allowlists]]\ncondition = 'AND'\npaths = ['p']\n"
	       "regexes = ['a']",
	    "    except: '.*(?:p).*'\n    match: 'k(?<secret>e)y'\n"
	    "    secret: true\n\n  gitleaks/a-b-c-2:\n    kind: content\n"
	    "    files: '.*(?:p).*'\n    match: 'k(?<secret>e)y'\n"
	    "    allow: 'a'\n", NULL },
	{ "[allowlist]\npaths = ['p']\nregexes = ['r']\n" RULE RULE,
	    "    except: &skipped ['.*(?:p).*']\n    match: 'k(?<secret>e)y'\n"
	    "    allow: &allowed ['r']\n    secret: true\n\n"
	    "  gitleaks/a-b-c-2:\n    kind: content\n    except: *skipped\n",
	    NULL },
	{ "[[allowlists]]\ntargetRules = ['A b/C']\nregexes = ['r']\n" RULE,
	    "    allow: 'r'\n", NULL },
	{ RULE "[[rules]]\nid = 'bad'\nregex = '(?=x)'", "a-b-c",
	    "rule bad: a pattern is left out: at byte 1" },
	{ "[[rules]]\nid = 'x'\nregex = '(?=x)'", NULL,
	    "nothing in it can be carried over; first: rule x: a pattern" },
	{ "title = 'x'", NULL, "neither a gitleaks.toml" },
	{ "a = ", NULL, "a value was expected" },
	/* GitLab */
	{ "{\"commit_message_regex\": \"^A-\\\\d+\", \"max_file_size\": 5}",
	    "    message-has: '(?m)^A-\\d+'\n", NULL },
	{ "{\"commit_message_negative_regex\": \"x\"}",
	    "message-forbid: '(?m)x'", NULL },
	{ "{\"branch_name_regex\": \"^(f|g)/\"}",
	    "    refs: 'refs/heads/.+'\n    allow: "
	    "'(?=refs/heads/).*(?:(?<=^refs/heads/)(?:f|g)/).*'\n",
	    "default branch" },
	{ "{\"author_email_regex\": \"@x\\\\.org$\"}",
	    "committer-email: '.*(?:@x\\.org$).*'", NULL },
	{ "{\"file_name_regex\": \"(exe)$\"}", "deny: '.*(?:(?:exe)$).*'",
	    "new names only" },
	{ "{\"max_file_size\": 5, \"branch_name_regex\": \"\"}",
	    "max-size: 5 MiB", NULL },
	{ "{\"deny_delete_tag\": true}", "actions: [create, update, force]",
	    NULL },
	{ "{\"prevent_secrets\": true}", "extends: ['sluice:secrets']",
	    "sluice:secrets" },
	{ "{\"reject_unsigned_commits\": true}", "signed: true", "signature" },
	{ "{\"reject_non_dco_commits\": true}", "Signed-off-by", NULL },
	{ "{\"member_check\": true, \"max_file_size\": 1}", "max-size",
	    "users of GitLab" },
	{ "{\"max_file_size\": 1, \"max_file_number\": 1}", "max-size",
	    "does not know it" },
	{ "{\"max_file_size\": 0, \"member_check\": false}", NULL,
	    "it has no rules" },
	/* GitHub */
	{ GITHUB("branch", "{\"type\": \"deletion\"}"),
	    "    refs: '(?!(?:refs/heads/r/x)$)(?:refs/heads/r/[^/]*)'\n"
	    "    actions: [create, update, force]\n", NULL },
	{ GITHUB("branch", "{\"type\": \"commit_message_pattern\", "
		"\"parameters\": {\"operator\": \"starts_with\", \"pattern\": "
		"\"[A]\"}}"), "message-has: '\\A\\[A\\]'", NULL },
	{ GITHUB("branch", "{\"type\": \"committer_email_pattern\", "
		"\"parameters\": {\"operator\": \"ends_with\", \"pattern\": "
		"\"@x\", \"negate\": true}}"),
	    "committer-email-forbid: '@x\\z'", NULL },
	{ GITHUB("branch", "{\"type\": \"commit_author_email_pattern\", "
		"\"parameters\": {\"operator\": \"regex\", \"pattern\": "
		"\"@x$\"}}"), "author-email: '.*(?:@x$).*'", NULL },
	{ GITHUB("tag", "{\"type\": \"tag_name_pattern\", \"parameters\": "
		"{\"operator\": \"regex\", \"pattern\": \"^v\"}}"),
	    "allow: '(?=refs/tags/).*(?:(?<=^refs/tags/)v).*'", NULL },
	{ GITHUB("push", "{\"type\": \"file_extension_restriction\", "
		"\"parameters\": {\"restricted_file_extensions\": [\"*.exe\", "
		"\".so\", \"o\"]}}"),
	    "deny: ['(?:.*/)?[^/]*\\.exe', '.*\\.so', '.*\\.o']", NULL },
	{ GITHUB("push", "{\"type\": \"max_file_path_length\", \"parameters\":"
		" {\"max_file_path_length\": 90}}"), "max-length: 90", NULL },
	{ GITHUB("branch", "{\"type\": \"deletion\"}, {\"type\": "
		"\"pull_request\"}"), "actions", "\"pull_request\" is left" },
	{ "[{\"name\": \"a\", \"enforcement\": \"evaluate\", \"bypass_actors\":"
	  " [{}], \"rules\": [{\"type\": \"required_linear_history\"}], "
	  "\"conditions\": {\"ref_name\": {\"include\": "
	  "[\"~DEFAULT_BRANCH\"]}}}]",
	    "    refs: 'refs/heads/main'\n    level: audit\n"
	    "    linear: true\n", "may bypass" },
};

static bool
is_noted(const struct sl_import *import, const char *what)
{
	for (size_t i = 0; i < import->note_count; i++) {
		SL_CLEANUP(sl_freep) char *note = sl_asprintf("%u:%u %s",
		    import->notes[i].line, import->notes[i].col,
		    import->notes[i].text);
		const char *text = strchr(what, ' ');

		/* "LINE:COL words", or words alone. */
		if (what[0] >= '0' && what[0] <= '9' && what[1] == ':' ?
			!strncmp(note, what, (size_t)(text - what)) &&
			    strstr(note, text + 1) :
			strstr(note, what) != NULL)
			return true;
	}
	return false;
}

START_TEST(each_format_becomes_a_policy)
{
	SL_CLEANUP(sl_import_release) struct sl_import import = SL_IMPORT_INIT;
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_import_read("in.x", sl_str(formats[_i].in), SL_IMPORT_ANY,
	    &import, &err);

	if (!formats[_i].has) {
		ck_assert_int_lt(rc, 0);
		ck_assert_msg(strstr(err.text, formats[_i].note) != NULL,
		    "%s", err.text);
		ck_assert_int_eq(import.policy.len, 0);
		return;
	}
	ck_assert_ok(rc, &err);
	ck_assert_msg(strstr(sl_buf_cstr(&import.policy), formats[_i].has) !=
	    NULL, "%s", sl_buf_cstr(&import.policy));
	if (formats[_i].note)
		ck_assert_msg(is_noted(&import, formats[_i].note), "%s",
		    sl_buf_cstr(&import.policy));
	else
		ck_assert_msg(import.note_count == 0, "%s",
		    sl_buf_cstr(&import.policy));
}
END_TEST

static TCase *
tcase_import(void)
{
	TCase *tc = tcase_create("import");

	tcase_add_loop_test(tc, patterns_are_converted_or_refused, 0,
	    SL_COUNT(patterns));
	tcase_add_loop_test(tc, globs_match_as_fnmatch_does, 0,
	    SL_COUNT(globs));
	tcase_add_loop_test(tc, each_format_becomes_a_policy, 0,
	    SL_COUNT(formats));
	return tc;
}

SL_TEST_MAIN("import", tcase_import)
