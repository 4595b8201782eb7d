/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "doc/doc.h"
#include "policy/verdict.h"
#include "report/report.h"

static struct sl_verdict *v;
static struct sl_buf out = SL_BUF_INIT(1 << 20);

static void
setup(void)
{
	v = sl_verdict_new();
	v->policy_name = "site";
	v->evaluated_at_s = 1800000000;
	v->coverage = (struct sl_coverage){ .refs = 1, .commits = 2,
		.changed_paths = 3, .tree_entries = 40, .blobs = 3,
		.blob_bytes = 2048, .rules = 9, .elapsed_ms = 12,
		.engine = "PCRE2 10.42 JIT" };
}

static void
teardown(void)
{
	sl_verdict_free(v);
	sl_buf_release(&out);
}

static void
add(const char *rule, enum sl_level level, const char *path, unsigned line,
    const char *message)
{
	sl_verdict_add_finding(v, &(struct sl_finding){ .rule = rule,
		.level = level, .ref = "refs/heads/feature/x",
		.has_commit = true, .commit = { { 0xab, 0xcd } }, .path = path,
		.line = line, .col = line ? 5 : 0, .message = message,
		.found = "f", .expected = "e", .fix = "do <this>",
		.place = { "site.yaml", 12, 3 } });
}

static unsigned
count_lines(const char *s)
{
	unsigned n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void
text(const struct sl_report_options *options)
{
	sl_verdict_finish(v);
	ck_assert_int_eq(sl_report_text(v, options, &out), SL_OK);
}

START_TEST(a_pass_is_two_lines)
{
	text(&(struct sl_report_options){ 0 });
	ck_assert_uint_eq(count_lines(out.ptr), 2);
	ck_assert_ptr_nonnull(strstr(out.ptr, "sluice: pass by policy site\n"));
	ck_assert_ptr_nonnull(strstr(out.ptr,
	    "looked at 1 ref, 2 commits, 3 paths, 40 tree entries, 3 files "
	    "(2.0 KiB) with 9 rules and PCRE2 10.42 JIT in 12 ms; verdict "));
}
END_TEST

START_TEST(a_finding_says_all_that_is_known)
{
	add("tree/jobs", SL_LEVEL_BLOCK, "a/b.py", 7, "b lacks README.md");
	text(&(struct sl_report_options){ 0 });
	ck_assert_ptr_nonnull(strstr(out.ptr,
	    "  block a/b.py:7:5: b lacks README.md (feature/x, commit "
	    "abcd00000000)\n"
	    "    rule tree/jobs (site.yaml:12); to fix: do <this>\n"));
}
END_TEST

START_TEST(every_line_of_a_web_page_is_prefixed_and_escaped)
{
	struct sl_report_options o = { .prefix = "GL-HOOK-ERR: ",
		.html = true };

	add("r", SL_LEVEL_BLOCK, "a<b>", 1, "x & \"y\"");
	text(&o);
	for (const char *line = out.ptr; *line; line = strchr(line, '\n') + 1)
		ck_assert_int_eq(strncmp(line, o.prefix, strlen(o.prefix)), 0);
	ck_assert_ptr_null(strchr(out.ptr, '<'));
	ck_assert_ptr_nonnull(strstr(out.ptr, "a&lt;b&gt;:1:5: x &amp; "));
}
END_TEST

START_TEST(a_push_shows_at_most_its_lines)
{
	struct sl_report_options o = { .max_lines = 20,
		.more = "sluice check x" };
	char rule[16], path[16];

	/* _i rules with many findings each, some undecided, some deferred. */
	for (int r = 0; r < _i; r++)
		for (int k = 0; k < 30; k++) {
			snprintf(rule, sizeof(rule), "rule-%d", r);
			snprintf(path, sizeof(path), "p%d", k);
			add(rule, r % 2 ? SL_LEVEL_WARN : SL_LEVEL_BLOCK, path,
			    0, "m");
		}
	for (int k = 0; k < _i * 3; k++) {
		snprintf(path, sizeof(path), "u%d", k);
		sl_verdict_add_undecided(v, &(struct sl_undecided){ "r",
			SL_LEVEL_BLOCK, "", path, "limit" });
		sl_verdict_add_deferred(v, &(struct sl_deferred){ path, "",
			"server" });
		sl_verdict_add_skipped(v, &(struct sl_skipped){ path, "rule",
			1 });
	}
	text(&o);
	ck_assert_msg(count_lines(out.ptr) <= 20, "%s", out.ptr);
	if (_i) {
		ck_assert_ptr_nonnull(strstr(out.ptr, "sluice check x"));
		ck_assert_ptr_nonnull(strstr(out.ptr, "rule-0"));
		ck_assert_ptr_nonnull(strstr(out.ptr, "undecided"));
	}
	ck_assert_ptr_nonnull(strstr(out.ptr, "looked at"));
}
END_TEST

START_TEST(a_push_shows_at_most_its_findings)
{
	struct sl_report_options o = { .max_lines = 20, .max_findings = 3,
		.more = "sluice check x" };
	const char *at;
	char path[16];
	int shown = 0;

	for (int k = 0; k < 12; k++) {
		snprintf(path, sizeof(path), "p%d", k);
		add(k < 2 ? "one" : "two", SL_LEVEL_BLOCK, path, 0, "m");
	}
	text(&o);
	for (at = out.ptr; (at = strstr(at, "  block ")); at++)
		shown++;
	ck_assert_int_eq(shown, 3);
	ck_assert_ptr_nonnull(strstr(out.ptr, "12 blocking findings"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "and 9 more; rule two"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "sluice check x"));
}
END_TEST

START_TEST(what_is_undecided_is_counted_by_rule)
{
	static const char *const rules[] = { "a/b", "a/b", "c", "", "d", "e" };
	char path[16];

	for (size_t i = 0; i < SL_COUNT(rules); i++) {
		snprintf(path, sizeof(path), "p%zu", i);
		sl_verdict_add_undecided(v, &(struct sl_undecided){ rules[i],
			SL_LEVEL_BLOCK, "", path, "limit" });
	}
	text(&(struct sl_report_options){ .max_lines = 4 });
	ck_assert_ptr_nonnull(strstr(out.ptr, "; undecided: 1 by any rule, "
	    "2 by rule a/b, 1 by rule c, 2 more; verdict "));
}
END_TEST

START_TEST(audits_are_shown_when_asked_for)
{
	add("r", SL_LEVEL_AUDIT, "p", 0, "quiet");
	text(&(struct sl_report_options){ 0 });
	ck_assert_ptr_null(strstr(out.ptr, "quiet"));
	sl_buf_clear(&out);
	ck_assert_int_eq(sl_report_text(v,
			     &(struct sl_report_options){ .audits = true },
			     &out),
	    SL_OK);
	ck_assert_ptr_nonnull(strstr(out.ptr, "audit p: quiet"));
}
END_TEST

START_TEST(colours_end_where_they_begin)
{
	add("r", SL_LEVEL_BLOCK, "p", 0, "m");
	text(&(struct sl_report_options){ .color = true });
	ck_assert_ptr_nonnull(strstr(out.ptr, "\033[1;31mblock\033[0m"));
}
END_TEST

/* --- machine formats --- */

static struct sl_doc *
parse_report(int (*write)(const struct sl_verdict *,
    const struct sl_report_options *, struct sl_buf *))
{
	struct sl_report_options o = { .tool_version = "0.1.0" };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	sl_verdict_finish(v);
	ck_assert_int_eq(write(v, &o, &out), SL_OK);
	ck_assert_ok(sl_doc_parse_json("r", sl_buf_str(&out), NULL, &doc,
			 &err),
	    &err);
	return doc;
}

static const char *
get(const struct sl_node *map, const char *key)
{
	static char value[200];
	const struct sl_node *node = sl_node_get(map, key);

	ck_assert_ptr_nonnull(node);
	snprintf(value, sizeof(value), "%.*s",
	    SL_STR_ARG(sl_node_text(node)));
	return value;
}

START_TEST(json_holds_everything)
{
	struct sl_doc *doc;
	const struct sl_node *root, *f;

	add("r", SL_LEVEL_BLOCK, "a\"b", 7, "m");
	sl_verdict_add_undecided(v, &(struct sl_undecided){ "r2",
		SL_LEVEL_WARN, "", "p", "limit" });
	doc = parse_report(sl_report_json);
	root = sl_doc_root(doc);
	ck_assert_str_eq(get(root, "sluice_report"), "1");
	ck_assert_str_eq(get(root, "outcome"), "fail");
	ck_assert_str_eq(get(root, "evaluated_at"), "2027-01-15T08:00:00Z");
	f = sl_node_at(sl_node_get(root, "findings"), 0);
	ck_assert_str_eq(get(f, "path"), "a\"b");
	ck_assert_str_eq(get(f, "line"), "7");
	ck_assert_uint_eq(strlen(get(f, "fingerprint")), 64);
	ck_assert_str_eq(get(sl_node_get(f, "rule_source"), "file"),
	    "site.yaml");
	f = sl_node_at(sl_node_get(root, "undecided"), 0);
	ck_assert_str_eq(get(f, "reason"), "limit");
	ck_assert_str_eq(get(sl_node_get(root, "coverage"), "engine"),
	    "PCRE2 10.42 JIT");
	sl_doc_free(doc);
}
END_TEST

START_TEST(codequality_has_what_gitlab_requires)
{
	struct sl_doc *doc;
	const struct sl_node *one;

	add("r", SL_LEVEL_WARN, "", 0, "m");
	doc = parse_report(sl_report_codequality);
	one = sl_node_at(sl_doc_root(doc), 0);
	ck_assert_str_eq(get(one, "severity"), "minor");
	ck_assert_str_eq(get(one, "description"), "m");
	ck_assert_uint_eq(strlen(get(one, "fingerprint")), 64);
	one = sl_node_get(one, "location");
	ck_assert_str_eq(get(one, "path"), ".");
	ck_assert_str_eq(get(sl_node_get(one, "lines"), "begin"), "1");
	sl_doc_free(doc);
}
END_TEST

START_TEST(sarif_has_results_suppressions_and_notifications)
{
	struct sl_doc *doc;
	const struct sl_node *run, *result, *place;

	add("r", SL_LEVEL_BLOCK, "a b/\\x41.py", 7, "m");
	add("r", SL_LEVEL_WARN, "", 0, "n");
	sl_verdict_add_finding(v, &(struct sl_finding){ .rule = "w",
		.level = SL_LEVEL_BLOCK, .ref = "refs/heads/x", .path = "p",
		.message = "waived", .place = { "site.yaml", 1, 1 },
		.waiver = "ana until 2027-01-01: old" });
	sl_verdict_add_undecided(v, &(struct sl_undecided){ "u",
		SL_LEVEL_BLOCK, "", "p", "limit" });
	doc = parse_report(sl_report_sarif);
	ck_assert_str_eq(get(sl_doc_root(doc), "version"), "2.1.0");
	run = sl_node_at(sl_node_get(sl_doc_root(doc), "runs"), 0);
	ck_assert_uint_eq(sl_node_count(sl_node_get(sl_node_get(sl_node_get(
	    run, "tool"), "driver"), "rules")), 2);
	ck_assert_uint_eq(sl_node_count(sl_node_get(run, "results")), 3);
	result = sl_node_at(sl_node_get(run, "results"), 0);
	ck_assert_str_eq(get(result, "ruleIndex"), "0");
	ck_assert_str_eq(get(result, "level"), "error");
	place = sl_node_get(sl_node_at(sl_node_get(result, "locations"), 0),
	    "physicalLocation");
	ck_assert_str_eq(get(sl_node_get(place, "artifactLocation"), "uri"),
	    "a%20b/%5Cx41.py");
	ck_assert_str_eq(get(sl_node_get(place, "region"), "startLine"), "7");
	result = sl_node_at(sl_node_get(run, "results"), 1);
	ck_assert_ptr_null(sl_node_get(sl_node_at(sl_node_get(result,
	    "locations"), 0), "physicalLocation"));
	result = sl_node_at(sl_node_get(run, "results"), 2);
	ck_assert_str_eq(get(result, "ruleIndex"), "1");
	ck_assert_str_eq(get(sl_node_at(sl_node_get(result, "suppressions"),
	    0), "justification"), "ana until 2027-01-01: old");
	run = sl_node_at(sl_node_get(run, "invocations"), 0);
	ck_assert_str_eq(get(run, "executionSuccessful"), "false");
	ck_assert_uint_eq(sl_node_count(sl_node_get(run,
	    "toolExecutionNotifications")), 1);
	sl_doc_free(doc);
}
END_TEST

START_TEST(checkstyle_has_an_element_for_each_file)
{
	add("r", SL_LEVEL_WARN, "b", 0, "second");
	add("r", SL_LEVEL_BLOCK, "a<", 9, "later");
	add("q", SL_LEVEL_BLOCK, "a<", 2, "earlier \"x\"");
	sl_verdict_finish(v);
	ck_assert_int_eq(sl_report_checkstyle(v,
	    &(struct sl_report_options){ 0 }, &out), SL_OK);
	ck_assert_str_eq(sl_buf_cstr(&out),
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<checkstyle version=\"4.3\">\n"
	    "  <file name=\"a&lt;\">\n"
	    "    <error line=\"2\" column=\"5\" severity=\"error\" "
	    "message=\"earlier &quot;x&quot;\" source=\"q\"/>\n"
	    "    <error line=\"9\" column=\"5\" severity=\"error\" "
	    "message=\"later\" source=\"r\"/>\n"
	    "  </file>\n"
	    "  <file name=\"b\">\n"
	    "    <error line=\"1\" severity=\"warning\" "
	    "message=\"second\" source=\"r\"/>\n"
	    "  </file>\n"
	    "</checkstyle>");
}
END_TEST

/* A path must not end a property, nor a message the command. */
START_TEST(github_commands_are_a_line_each)
{
	add("r", SL_LEVEL_BLOCK, "a,b:c%", 2, "50% off\n::stop-commands::x");
	sl_verdict_add_undecided(v, &(struct sl_undecided){ "",
		SL_LEVEL_WARN, "", "", "time" });
	sl_verdict_finish(v);
	ck_assert_int_eq(sl_report_github(v, &(struct sl_report_options){ 0 },
	    &out), SL_OK);
	ck_assert_ptr_eq(strstr(out.ptr,
	    "::error title=r,file=a%2Cb%3Ac%25,line=2,col=5::50%25 off%0A"
	    "::stop-commands::x; to fix: do <this>\n"
	    "::warning title=undecided::undecided: time\n"
	    "sluice: fail by verdict "), out.ptr);
}
END_TEST

START_TEST(junit_counts_and_escapes)
{
	add("r", SL_LEVEL_BLOCK, "a<&>\"b", 2, "m <x>");
	add("r", SL_LEVEL_WARN, "c", 0, "n");
	sl_verdict_add_undecided(v, &(struct sl_undecided){ "u",
		SL_LEVEL_BLOCK, "", "p", "limit" });
	sl_verdict_finish(v);
	ck_assert_int_eq(sl_report_junit(v, &(struct sl_report_options){ 0 },
			     &out),
	    SL_OK);
	ck_assert_ptr_nonnull(strstr(out.ptr,
	    "tests=\"4\" failures=\"1\" errors=\"1\" time=\"0.012\""));
	ck_assert_ptr_nonnull(strstr(out.ptr, "a&lt;&amp;&gt;&quot;b:2"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "<failure type=\"r\""));
	ck_assert_ptr_nonnull(strstr(out.ptr, "<error message=\"limit\"/>"));
}
END_TEST

/* What is left to the server passes nowhere for judged. */
START_TEST(every_form_lists_what_is_deferred)
{
	const struct sl_report_format *format = &sl_report_formats[_i];

	sl_verdict_add_deferred(v, &(struct sl_deferred){ "ref/owners",
		"refs/heads/a&b", "who pushes is known there only" });
	sl_verdict_finish(v);
	ck_assert_int_eq(format->write(v, &(struct sl_report_options){ 0 },
			     &out), SL_OK);
	ck_assert_msg(strstr(out.ptr, "who pushes is known there only") != NULL,
	    "%s: %s", format->name, out.ptr);
	ck_assert_ptr_nonnull(strstr(out.ptr, "ref/owners"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "deferred"));
	ck_assert(v->outcome == SL_OUTCOME_PASS);
}
END_TEST

START_TEST(a_report_over_its_limit_says_so)
{
	struct sl_buf small = SL_BUF_INIT(100);

	for (size_t i = 0; sl_report_formats[i].name; i++) {
		add("r", SL_LEVEL_BLOCK, "p", 0, "a message that is so long "
		    "that no form of a report has room for it in 100 bytes");
		sl_verdict_finish(v);
		ck_assert_int_eq(sl_report_formats[i].write(v,
				     &(struct sl_report_options){ 0 }, &small),
		    SL_ETOOBIG);
		sl_buf_release(&small);
		sl_buf_init(&small, 100);
	}
	ck_assert_ptr_null(sl_report_format("nosuch"));
	ck_assert_ptr_nonnull(sl_report_format("junit"));
}
END_TEST

static TCase *
tcase_report(void)
{
	TCase *tc = tcase_create("report");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_pass_is_two_lines);
	tcase_add_test(tc, a_finding_says_all_that_is_known);
	tcase_add_test(tc,
	    every_line_of_a_web_page_is_prefixed_and_escaped);
	tcase_add_loop_test(tc, a_push_shows_at_most_its_lines, 0, 15);
	tcase_add_test(tc, a_push_shows_at_most_its_findings);
	tcase_add_test(tc, what_is_undecided_is_counted_by_rule);
	tcase_add_test(tc, audits_are_shown_when_asked_for);
	tcase_add_test(tc, colours_end_where_they_begin);
	tcase_add_test(tc, json_holds_everything);
	tcase_add_test(tc, codequality_has_what_gitlab_requires);
	tcase_add_test(tc, sarif_has_results_suppressions_and_notifications);
	tcase_add_test(tc, checkstyle_has_an_element_for_each_file);
	tcase_add_test(tc, github_commands_are_a_line_each);
	tcase_add_test(tc, junit_counts_and_escapes);
	tcase_add_loop_test(tc, every_form_lists_what_is_deferred, 0, 7);
	tcase_add_test(tc, a_report_over_its_limit_says_so);
	return tc;
}

SL_TEST_MAIN("report", tcase_report)
