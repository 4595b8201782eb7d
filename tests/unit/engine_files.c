/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what the kinds that look into files find. */
#include "engine_rig.h"

#include "base/mem.h"

/** A file, the rule, and what is to come of it. */
struct file_case {
	const char *rule;
	const char *path;
	const char *text;
	size_t len;          /* 0: up to the NUL */
	const char *message; /* of the first finding, a part; NULL: none */
	size_t findings;     /* 0: as many as there are messages: one */
	unsigned line;       /* of the first finding */
	unsigned col;
	size_t undecided;
	size_t skipped;
};

static const struct sl_verdict *
judge_file(const char *kind, const struct file_case *c)
{
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: %s, %s}\n", kind, c->rule);
	size_t commit = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), commit);
	push_file(commit, 0, c->path, SL_MODE_FILE,
	    push_blob(sl_strn(c->text, c->len ? c->len : strlen(c->text))));
	return judge(rules);
}

static void
check_file(const char *kind, const struct file_case *c)
{
	const struct sl_verdict *v = judge_file(kind, c);
	size_t wanted = c->findings ? c->findings : c->message != NULL;

	ck_assert_uint_eq(v->undecided_count, c->undecided);
	ck_assert_uint_eq(v->skipped_count, c->skipped);
	ck_assert_msg(v->finding_count == wanted, "%zu findings: %s",
	    v->finding_count,
	    v->finding_count ? v->findings[0].message : "none");
	if (!wanted)
		return;
	ck_assert_msg(strstr(v->findings[0].message, c->message) != NULL,
	    "%s", v->findings[0].message);
	ck_assert_str_eq(v->findings[0].path, c->path);
	ck_assert_uint_eq(v->findings[0].line, c->line);
	ck_assert_uint_eq(v->findings[0].col, c->col);
}

/* --- blob --- */

#define LFS "version https://git-lfs.github.com/spec/v1\n"
#define LFS_OID                                                                \
	"oid sha256:"                                                          \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n"
#define K64 "0123456789012345678901234567890123456789012345678901234567890123"
#define K1024 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64 K64

static const struct file_case blobs[] = {
	{ .rule = "max-size: 5", .text = "123456", .message = "6 B is more "
							      "than the 5 B" },
	{ .rule = "max-size: 5", .text = "12345" },
	{ .rule = "max-size: 5, encoding: utf-8", .text = "123456",
	    .message = "6 B is more than the 5 B" },
	{ .rule = "max-size: 5, files: '.*\\.py'", .text = "123456" },
	{ .rule = "max-size: 5, except: 'd/.*'", .text = "123456" },
	{ .rule = "max-size: 0", .text = "x", .message = "1 B is more" },
	{ .rule = "binary: deny", .text = "a\0b", .len = 3,
	    .message = "binary" },
	{ .rule = "binary: deny", .text = "text" },
	{ .rule = "binary: deny, max-bytes: 5", .text = "123456",
	    .undecided = 1 },
	{ .rule = "binary: deny, max-bytes: 5, too-large: skip",
	    .text = "123456", .skipped = 1 },
	{ .rule = "lfs: require", .text = "data", .message = "itself" },
	{ .rule = "lfs: require", .text = LFS K1024, .message = "itself" },
	{ .rule = "lfs: require, encoding: utf-8", .text = K1024,
	    .message = "itself" },
	{ .rule = "lfs: require", .text = LFS, .message = "itself" },
	{ .rule = "lfs: require", .text = LFS LFS_OID "size x\n",
	    .message = "damaged: its size" },
	{ .rule = "lfs: require", .text = LFS LFS_OID "size 1\n" },
	{ .rule = "lfs: require", .text = "" },
	{ .rule = "lfs: deny", .text = LFS LFS_OID "size 1\n",
	    .message = "stands for" },
	{ .rule = "lfs: deny", .text = LFS LFS_OID "size x\n",
	    .message = "stands for" },
	{ .rule = "lfs: deny", .text = "data" },
	{ .rule = "lfs: deny", .text = LFS LFS_OID K1024 },
	{ .rule = "encoding: utf-8", .text = "a\nb\xe4",
	    .message = "byte 0xe4", .line = 2, .col = 2 },
	{ .rule = "encoding: utf-8", .text = "a\0b", .len = 3,
	    .message = "zero byte", .line = 1, .col = 2 },
	{ .rule = "encoding: utf-8", .text = "\xff\xfe" "a\0", .len = 4,
	    .message = "UTF-16", .line = 1, .col = 1 },
	{ .rule = "encoding: utf-8", .text = "\0a\0b", .len = 4,
	    .message = "UTF-16", .line = 1, .col = 1 },
	{ .rule = "encoding: utf-8", .text = "a\0b\0", .len = 4,
	    .message = "UTF-16", .line = 1, .col = 2 },
	{ .rule = "encoding: utf-8", .text = "\xed\xa0\x80",
	    .message = "byte 0xed", .line = 1, .col = 1 },
	{ .rule = "encoding: utf-8", .text = "na\xc3\xafve \xf0\x9f\x90\x9f" },
	{ .rule = "encoding: utf-8", .text = "" },
	{ .rule = "line-ends: lf", .text = "a\nb\r\nc\r\n",
	    .message = "ends in CR LF, not in LF", .line = 2, .col = 2 },
	{ .rule = "line-ends: lf", .text = "a\rb\n",
	    .message = "ends in CR, not in LF", .line = 1, .col = 2 },
	{ .rule = "line-ends: lf", .text = "a\r",
	    .message = "ends in CR, not in LF", .line = 1, .col = 2 },
	{ .rule = "line-ends: lf", .text = "a\nb" },
	{ .rule = "line-ends: crlf", .text = "a\r\nb\n",
	    .message = "ends in LF, not in CR LF", .line = 2, .col = 2 },
	{ .rule = "line-ends: crlf", .text = "a\r\nb\r\n" },
	{ .rule = "line-ends: same", .text = "a\r\nb\nc\r\n",
	    .message = "ends in LF, not in CR LF", .line = 2, .col = 2 },
	{ .rule = "line-ends: same", .text = "a\nb\nc\r\n",
	    .message = "ends in CR LF, not in LF", .line = 3, .col = 2 },
	{ .rule = "line-ends: same", .text = "a\r\nb\r\n" },
	{ .rule = "line-ends: lf", .text = "\0\r\n", .len = 3,
	    .skipped = 1 },
	{ .rule = "bom: deny", .text = "\xef\xbb\xbfx", .message = "mark",
	    .line = 1, .col = 1 },
	{ .rule = "bom: deny", .text = "\xfe\xffx", .message = "mark",
	    .line = 1, .col = 1 },
	{ .rule = "bom: deny", .text = "\xef\xbb" },
};

START_TEST(blobs_are_judged)
{
	struct file_case c = blobs[_i];

	c.path = "d/a.csv";
	check_file("blob", &c);
}
END_TEST

/* --- notebook --- */

#define NB4(cells)                                                             \
	"{\"nbformat\": 4, \"nbformat_minor\": 5, \"metadata\": " \
	"{\"kernelspec\": {\"name\": \"python3\"}},\n\"cells\": [" cells "]}"
#define NB3(cells)                                                             \
	"{\"nbformat\": 3, \"metadata\": {}, \"worksheets\": [" \
	"{\"cells\": []},\n{\"cells\": [" cells "]}]}"
#define CODE(source, outputs, count)                                           \
	"{\"cell_type\": \"code\", \"source\": " source ", \"outputs\": " \
	outputs ", \"execution_count\": " count "}"
#define CODE3(source, outputs, count)                                          \
	"{\"cell_type\": \"code\", \"input\": " source ", \"outputs\": " \
	outputs ", \"prompt_number\": " count "}"
#define TEXT(source)                                                           \
	"{\"cell_type\": \"markdown\", \"source\": " source "}"
#define STREAM(text)                                                           \
	"[{\"output_type\": \"stream\", \"text\": " text "}]"
#define CLEAN "outputs: deny, execution-counts: deny"

static const struct file_case notebooks[] = {
	/* what is no notebook */
	{ .rule = CLEAN, .text = "", .message = "whole notebook: the file "
						"holds no value",
	    .line = 1, .col = 1 },
	{ .rule = CLEAN, .text = "{\n\"nbformat\": 4,", .message = "whole",
	    .line = 2, .col = 15 },
	{ .rule = CLEAN, .text = "[]", .message = "nbformat", .line = 1,
	    .col = 1 },
	{ .rule = CLEAN, .text = "{\"nbformat\": \"4\"}",
	    .message = "nbformat", .line = 1, .col = 14 },
	{ .rule = CLEAN, .text = "{\"nbformat\": 2, \"worksheets\": []}",
	    .message = "its format is 2", .line = 1, .col = 14 },
	{ .rule = CLEAN, .text = "{\"nbformat\": 4}", .message = "cells",
	    .line = 1, .col = 1 },
	{ .rule = CLEAN, .text = "{\"nbformat\": 3, \"cells\": []}",
	    .message = "worksheets", .line = 1, .col = 1 },
	{ .rule = CLEAN, .text = NB4("3"), .message = "cell_type", .line = 2,
	    .col = 11 },
	{ .rule = CLEAN, .text = NB4("{\"cell_type\": \"code\"}"),
	    .message = "no text in \"source\"", .line = 2, .col = 11 },
	{ .rule = CLEAN, .text = NB4(TEXT("[\"a\", 1]")),
	    .message = "no text in", .line = 2, .col = 47 },
	{ .rule = CLEAN, .text = NB4(CODE("\"\"", "{}", "1")),
	    .message = "not a list", .line = 2, .col = 58 },
	{ .rule = CLEAN, .text = "\xef\xbb\xbf{}", .message = "whole",
	    .line = 1, .col = 1 },
	{ .rule = CLEAN, .text = "{\"a\": \"\xff\"}", .message = "whole",
	    .line = 1, .col = 8 },
	{ .rule = CLEAN, .text = "{\"a\": \0}", .len = 9,
	    .message = "whole", .line = 1, .col = 7 },
	/* outputs and counts */
	{ .rule = CLEAN, .text = NB4(CODE("\"x\"", "[]", "null")) },
	{ .rule = CLEAN, .text = NB4(TEXT("\"x\"") ","
				     CODE("[\"x\"]", STREAM("\"o\""), "null")),
	    .message = "cell 2 holds outputs", .line = 2, .col = 102 },
	{ .rule = CLEAN, .text = NB4(CODE("\"x\"", "[]", "7")),
	    .message = "cell 1 has been run: its count is 7", .line = 2,
	    .col = 82 },
	{ .rule = CLEAN, .text = NB4(CODE("\"x\"", STREAM("\"o\""), "1")),
	    .message = "cell 1 ", .findings = 2, .line = 2, .col = 59 },
	{ .rule = "execution-counts: deny",
	    .text = NB4(CODE("\"x\"",
		"[{\"output_type\": \"execute_result\", "
		"\"execution_count\": 3}]",
		"null")),
	    .message = "cell 1, output 1 has been run", .line = 2,
	    .col = 113 },
	{ .rule = "outputs: deny", .text = NB4(CODE("\"x\"", "[]", "7")) },
	{ .rule = "outputs: deny",
	    .text = "{\"nbformat\": 4, \"cells\": [],\n"
		    "\"metadata\": {\"widgets\": {}}}",
	    .message = "widgets", .line = 2, .col = 25 },
	{ .rule = CLEAN ", max-findings: 1",
	    .text = NB4(CODE("\"x\"", STREAM("\"o\""), "1")),
	    .message = "count", .line = 2, .col = 120 },
	{ .rule = CLEAN, .text = NB3(CODE3("\"x\"", "[]", "null")) },
	{ .rule = CLEAN, .text = NB3(CODE3("\"x\"", STREAM("\"o\""), "2")),
	    .message = "cell 1 ", .findings = 2, .line = 2, .col = 59 },
	/* kernels */
	{ .rule = "kernels: ['python3', 'conda_.+']", .text = NB4("") },
	{ .rule = "kernels: ['ir']", .text = NB4(""),
	    .message = "the kernel is python3, not ir", .line = 1, .col = 74 },
	{ .rule = "kernels: ['python3']", .text = NB3(""),
	    .message = "names no kernel", .line = 1, .col = 1 },
	{ .rule = "kernels: ['python3']",
	    .text = "{\"nbformat\": 4, \"metadata\": {\"kernelspec\": "
		    "{\"name\": 1}}}",
	    .message = "not text", .line = 1, .col = 53 },
	/* place and size; a rule that asks for no more reads nothing */
	{ .rule = "max-size: 50", .text = "no notebook" },
	{ .rule = "max-findings: 9", .text = "no notebook",
	    .message = "whole notebook", .line = 1, .col = 1 },
	{ .rule = "max-size: 5", .text = "123456", .message = "6 B is more" },
	{ .rule = "max-bytes: 5", .text = "123456", .undecided = 1 },
	/* what cells say */
	{ .rule = "match: 'key = \"(?<secret>\\w+)\"', secret: true",
	    .text = NB4(CODE("[\"a\\n\",\n\"key = \\\"abcdefgh\\\"\"]", "[]",
		"null")),
	    .message = "cell 1, line 2: this looks like a secret: ... (8",
	    .line = 3, .col = 1 },
	{ .rule = "match: 'two\\nlines'",
	    .text = NB4(TEXT("\"\"") "," TEXT("\"\\ntwo\\nlines\"")),
	    .message = "cell 2, line 2: \"two", .line = 2, .col = 87 },
	{ .rule = "match: 'b', allow: 'b'", .text = NB4(TEXT("\"b\"")) },
	{ .rule = "match: 'needle'",
	    .text = NB4(CODE("\"\"", STREAM("[\"a\\n\", \"needle\"]"),
		"null")),
	    .message = "cell 1, output 1, line 2: \"needle\"", .line = 2,
	    .col = 101 },
	{ .rule = "match: 'needle'", .text = NB3(CODE3("\"needle\"", "[]",
						"null")),
	    .message = "cell 1, line 1", .line = 2, .col = 43 },
};

START_TEST(notebooks_are_judged)
{
	struct file_case c = notebooks[_i];

	c.path = "d/a.ipynb";
	check_file("notebook", &c);
}
END_TEST

START_TEST(only_notebooks_are_judged)
{
	check_file("notebook", &(struct file_case){ .rule = CLEAN,
		.path = "a.py", .text = "x = 1" });
}
END_TEST

/* Both paths have the same blob, which need not be read. */
START_TEST(each_path_of_a_notebook_has_its_place)
{
	size_t c = push_commit("m"), blob = push_blob(SL_STR(NB4("")));
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_file(_i ? PUSH_MAX : c, 0, "a/x.ipynb", SL_MODE_FILE, blob);
	push_file(_i ? PUSH_MAX : c, 0, "b/x.IPYNB", SL_MODE_FILE, blob);
	v = judge(_i ? "  a: {kind: notebook, place: 'a/.+', scope: tree}\n" :
		       "  a: {kind: notebook, place: 'a/.+'}\n");
	assert_one(v, "a notebook belongs in a/*");
	ck_assert_str_eq(v->findings[0].path, "b/x.IPYNB");
	ck_assert_uint_eq(push.reads, 0);
}
END_TEST

/* Deep, wide, and one string of 8 MiB. */
START_TEST(hostile_notebooks_end)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(16 << 20);
	const struct sl_verdict *v;

	sl_buf_adds(&text, "{\"nbformat\": 4, \"cells\": [{\"cell_type\": "
			   "\"raw\", \"source\": ");
	if (_i == 0)
		for (int i = 0; i < 1 << 20; i++)
			sl_buf_addc(&text, '[');
	if (_i == 1)
		for (int i = 0; i < 1 << 20; i++)
			sl_buf_adds(&text, i ? ",\"\"" : "[\"\"");
	if (_i == 2) {
		sl_buf_addc(&text, '"');
		for (int i = 0; i < 8 << 20; i++)
			sl_buf_addc(&text, 'x');
		sl_buf_addc(&text, '"');
	}
	sl_buf_adds(&text, "}]}");
	v = judge_file("notebook", &(struct file_case){
		.rule = "match: 'x{5}y'", .path = "a.ipynb", .text = text.ptr,
		.len = text.len });
	ck_assert_uint_eq(v->finding_count, 0);
	ck_assert_int_eq(v->outcome,
	    _i == 2 ? SL_OUTCOME_PASS : SL_OUTCOME_UNDECIDED);
}
END_TEST

/* --- pipeline --- */

#define PIPE(parameters, steps)                                                \
	"{\"Version\": \"2020-12-01\", \"Parameters\": [" parameters "],\n" \
	"\"Steps\": [" steps "]}"
#define STEP(type, arguments)                                                  \
	"{\"Name\": \"T\", \"Type\": \"" type "\", \"Arguments\": {\n" \
	arguments "}}"
#define TRAIN(arguments) PIPE("", STEP("Training", arguments))
#define GET(name) "{\"Get\": \"Parameters." name "\"}"
#define CPU "instance-types: ['ml\\.(?:m5|c5)\\.x?large']"

static const struct file_case pipelines[] = {
	{ .rule = "max-instances: 1", .text = "", .message = "no value",
	    .line = 1, .col = 1 },
	{ .rule = "max-instances: 1", .text = "{}", .message = "Steps",
	    .line = 1, .col = 1 },
	{ .rule = "max-instances: 1", .text = "{\"Steps\": [\n{}]}",
	    .message = "lacks \"Name\"", .line = 2, .col = 1 },
	/* the lint, all of it */
	{ .rule = "max-instances: 1",
	    .text = "{\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
		    "\"DependsOn\": [\"B\", \"C\"]}]}",
	    .message = "no \"Version\"", .findings = 3, .line = 1, .col = 1 },
	{ .rule = "max-findings: 2",
	    .text = "{\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
		    "\"DependsOn\": [\"B\", \"C\"]}]}",
	    .message = "no \"Version\"", .findings = 2, .line = 1, .col = 1 },
	/* instance types */
	{ .rule = CPU, .text = TRAIN("\"InstanceType\": \"ml.m5.large\"") },
	{ .rule = CPU, .text = TRAIN("\"R\": {\"InstanceType\": "
				     "\"ml.p4d.24xlarge\"}"),
	    .message = "step T, InstanceType: ml.p4d.24xlarge is not",
	    .line = 3, .col = 23 },
	{ .rule = CPU, .text = TRAIN("\"InstanceType\": {\"Std:Join\": {}}"),
	    .message = "computed", .line = 3, .col = 17 },
	{ .rule = CPU,
	    .text = PIPE("{\"Name\": \"I\", \"DefaultValue\": \"ml.p3.2\"}",
		STEP("Training", "\"InstanceType\": " GET("I"))),
	    .message = "step T, InstanceType, parameter I: ml.p3.2 is not",
	    .line = 1, .col = 72 },
	{ .rule = CPU,
	    .text = PIPE("{\"Name\": \"I\", \"EnumValues\": [\"ml.m5.large\", "
			 "\"ml.p3.2\"], \"DefaultValue\": \"ml.m5.large\"}",
		STEP("Training", "\"InstanceType\": " GET("I"))),
	    .message = "parameter I: ml.p3.2 is not", .line = 1, .col = 86 },
	{ .rule = CPU, .text = PIPE("{\"Name\": \"I\"}",
		STEP("Training", "\"InstanceType\": " GET("I"))),
	    .message = "not known before a start", .line = 3, .col = 17 },
	/* Steps of branches count, each once. */
	{ .rule = CPU,
	    .text = PIPE("", "{\"Name\": \"C\", \"Type\": \"Condition\", "
			     "\"Arguments\": {\"Conditions\": [], \"IfSteps\": "
			     "[" STEP("Training",
				 "\"InstanceType\": \"x\"") "]}}"),
	    .message = "step T, InstanceType: x is not", .line = 3,
	    .col = 17 },
	/* counts, volumes */
	{ .rule = "max-instances: 2", .text = TRAIN("\"InstanceCount\": 2") },
	{ .rule = "max-instances: 2", .text = TRAIN("\"InstanceCount\": 3"),
	    .message = "step T, InstanceCount: 3 is more than 2", .line = 3,
	    .col = 18 },
	{ .rule = "max-instances: 2",
	    .text = TRAIN("\"InstanceCount\": 99999999999999999999"),
	    .message = "more than 2", .line = 3, .col = 18 },
	{ .rule = "max-instances: 2", .text = TRAIN("\"InstanceCount\": 1e9"),
	    .message = "1e9 is no whole number", .line = 3, .col = 18 },
	{ .rule = "max-instances: 2", .text = TRAIN("\"InstanceCount\": -1"),
	    .message = "no whole number", .line = 3, .col = 18 },
	{ .rule = "max-volume-gb: 50",
	    .text = TRAIN("\"VolumeSizeInGB\": 100"),
	    .message = "100 GB is more than 50 GB", .line = 3, .col = 19 },
	/* runtimes */
	{ .rule = "max-runtime: 1h", .text = TRAIN("\"StoppingCondition\": "
				"{\"MaxRuntimeInSeconds\": 3600}") },
	{ .rule = "max-runtime: 1h", .text = TRAIN("\"StoppingCondition\": "
				"{\"MaxRuntimeInSeconds\": 3601}"),
	    .message = "3601 s is more than 3600 s", .line = 3, .col = 46 },
	{ .rule = "max-runtime: 1h", .text = TRAIN(""),
	    .message = "step T says nowhere how long", .line = 2, .col = 11 },
	{ .rule = "max-runtime: 1h", .text = PIPE("", STEP("Transform", "")) },
	/* the registry */
	{ .rule = "registry: parameters", .text = PIPE("", STEP("RegisterModel",
		"\"ModelPackageGroupName\": \"main\"")),
	    .message = "step T, ModelPackageGroupName: the value comes from "
		       "no parameter",
	    .line = 3, .col = 26 },
	{ .rule = "registry: parameters",
	    .text = PIPE("{\"Name\": \"G\"}", STEP("RegisterModel",
		"\"ModelPackageGroupName\": " GET("G")
		",\n\"ModelApprovalStatus\": \"Approved\"")),
	    .message = "step T, ModelApprovalStatus", .line = 4, .col = 24 },
	{ .rule = "registry: parameters",
	    .text = PIPE("{\"Name\": \"G\"}", STEP("RegisterModel",
		"\"ModelPackageGroupName\": " GET("G"))) },
	/* secrets */
	{ .rule = "match: '(?i)password = \"(?<secret>.{8,})\"', secret: true",
	    .text = TRAIN("\"Environment\": {\"DB_PASSWORD\": "
			  "\"correct-horse\"}"),
	    .message = "looks like a secret: ... (13 characters)", .line = 3,
	    .col = 32 },
	{ .rule = "match: '(?i)password = \"(?<secret>.{8,})\"', secret: true",
	    .text = PIPE("{\"Name\": \"Password\", \"DefaultValue\": "
			 "\"correct-horse\"}",
		STEP("Fail", "")),
	    .message = "looks like a secret", .line = 1, .col = 79 },
};

START_TEST(pipelines_are_judged)
{
	struct file_case c = pipelines[_i];
	SL_CLEANUP(sl_freep)
	char *rule = sl_asprintf("files: '.+\\.json', %s", c.rule);

	c.rule = rule;
	c.path = "d/a.json";
	check_file("pipeline", &c);
}
END_TEST

/* Deep, wide, and larger than the service takes. */
START_TEST(hostile_pipelines_end)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(16 << 20);
	const struct sl_verdict *v;

	sl_buf_adds(&text, "{\"Version\": \"2020-12-01\", \"Steps\": [");
	for (int i = 0; i < 300000; i++)
		sl_buf_adds(&text, _i == 0 ? "[" : _i == 1 ? "1," : "[[1],");
	v = judge_file("pipeline", &(struct file_case){
		.rule = "files: '.*', max-instances: 1", .path = "a.json",
		.text = text.ptr, .len = text.len });
	ck_assert_int_eq(v->outcome,
	    _i == 2 ? SL_OUTCOME_FAIL : SL_OUTCOME_UNDECIDED);
	if (_i == 2)
		ck_assert_uint_eq(push.reads, 0);
}
END_TEST

/* where steps write: as it is written, or by defaults */
#define OUT(value) STEP("Training", "\"S3OutputPath\": " value)
#define JOIN(values) "{\"Std:Join\": {\"On\": \"/\", \"Values\": [" values "]}}"

static const struct file_case outputs[] = {
	{ .text = PIPE("", OUT("\"s3://dev/churn/x\"")) },
	{ .text = PIPE("", OUT("\"s3://other/churn/x\"")),
	    .message = "step T, S3OutputPath: s3://other/churn/x is outside",
	    .line = 3, .col = 17 },
	{ .text = PIPE("{\"Name\": \"OutputUri\"}",
	      OUT(JOIN(GET("OutputUri") ", \"x\""))) },
	{ .text = PIPE("{\"Name\": \"P\"}", OUT(GET("P"))),
	    .message = "{Parameters.P} is outside", .line = 3, .col = 17 },
	{ .text = PIPE("{\"Name\": \"P\", \"DefaultValue\": \"s3://dev\"}",
	      OUT(JOIN(GET("P") ", \"churn/y\""))) },
	{ .text = PIPE("{\"Name\": \"P\", \"DefaultValue\": \"s3://prod\"}",
	      OUT(JOIN(GET("P") ", \"churn/y\""))),
	    .message = "s3://prod/churn/y is outside", .line = 3, .col = 17 },
	{ .text = PIPE("", STEP("Processing",
	      "\"S3Output\": {\"S3Uri\": \"s3://other\"}")),
	    .message = "step T, S3Uri: s3://other", .line = 3, .col = 23 },
	{ .text = PIPE("", STEP("Processing",
	      "\"S3Input\": {\"S3Uri\": \"s3://other\"}")) },
};

START_TEST(outputs_are_judged)
{
	struct file_case c = outputs[_i];

	c.rule = "files: '.*', outputs: ['s3://dev/churn/.+', "
		 "'\\{Parameters\\.OutputUri\\}/.+']";
	c.path = "a.json";
	check_file("pipeline", &c);
}
END_TEST

/* --- data-uri --- */

/* Flows of a site with two environments. */
static void
values(void *ctx SL_UNUSED, struct sl_str ref, struct sl_ref_values *out)
{
	bool main = sl_str_eqs(ref, "refs/heads/main");

	if (sl_str_eqs(ref, "refs/heads/nowhere"))
		return;
	out->value[SL_VARIABLE_PROJECT] = SL_STR("churn");
	out->value[SL_VARIABLE_USE_CASE] = SL_STR("churn");
	out->value[SL_VARIABLE_BRANCH] = main ? SL_STR("main") :
						SL_STR("feature-x");
	out->value[SL_VARIABLE_ENVIRONMENT] = main ? SL_STR("staging") :
						     SL_STR("dev");
	out->value[SL_VARIABLE_BUCKET] = main ? SL_STR("churn-staging") :
						SL_STR("churn-dev");
}

#define ALLOW                                                                  \
	"files: '.+', allow: 's3://{bucket}/(?:input|{use_case}(?:--"          \
	"{branch})?/\\d{8}T.*)/.*', read-only: 's3://lake/.*'"

static const struct file_case uris[] = {
	{ .text = "x = 's3://churn-staging/input/a.csv'" },
	{ .text = "x = 's3://churn-staging/churn/20260101T/a'" },
	{ .text = "x = 's3://churn-staging/churn--main/20260101T/a'" },
	{ .text = "\nx = 's3://churn-dev/input/a.csv'",
	    .message = "s3://churn-dev/input/a.csv is outside", .line = 2,
	    .col = 6 },
	{ .text = "'s3://churn-staging/other/20260101T/a'",
	    .message = "is outside", .line = 1, .col = 2 },
	{ .text = "'s3://churnxstaging/input/a'", .message = "is outside",
	    .line = 1, .col = 2 },
	{ .text = "arn:aws:s3:::churn-dev/*", .message = "s3://churn-dev/*",
	    .line = 1, .col = 1 },
	{ .text = "https://churn-dev.s3.amazonaws.com/k",
	    .message = "s3://churn-dev/k", .line = 1, .col = 1 },
	{ .text = "s3://a/b s3://c/d", .message = "s3://a/b", .findings = 2,
	    .line = 1, .col = 1 },
	{ .rule = "max-findings: 1", .text = "s3://a/b s3://c/d",
	    .message = "s3://a/b", .line = 1, .col = 1 },
	/* read or written */
	{ .text = "s3://lake/x" },
	{ .text = "{\"S3OutputPath\": \"s3://lake/x\"}", .path = "a.json",
	    .message = "s3://lake/x may be read, not written", .line = 1,
	    .col = 18 },
	{ .text = "{\"S3Input\": {\"S3Uri\": \"s3://lake/x\"}}",
	    .path = "a.json" },
	{ .text = "{\"S3Output\": {\"S3Uri\": \"s3:\\/\\/lake/x\"}}",
	    .path = "a.json", .message = "not written", .line = 1,
	    .col = 24 },
	{ .text = "{\"S3Output\": {\"S3Uri\":\n" JOIN("\"s3:/\", \"lake\"")
		  "}}",
	    .path = "a.json", .message = "s3://lake is outside", .line = 2,
	    .col = 1 },
	{ .text = "{\"s3://a/b\": 1}", .path = "a.json",
	    .message = "s3://a/b", .line = 1, .col = 2 },
	{ .text = "{\"a\": s3://a/b", .path = "a.json",
	    .message = "s3://a/b", .line = 1, .col = 7 },
	/* put together at run time */
	{ .text = "f's3://{bucket}/x'", .skipped = 1 },
	{ .text = "f's3://churn-staging/{x}'", .skipped = 1 },
	{ .text = "f's3://churn-staging/input/{x}'" },
	{ .text = "f's3://churn-prod/{x}'", .message = "is outside",
	    .line = 1, .col = 3 },
	{ .text = "'s3://' + bucket", .skipped = 1 },
	{ .rule = "computed: deny", .text = "f's3://{bucket}/x'",
	    .message = "put together at run time", .line = 1, .col = 3 },
	/* one machine */
	{ .text = "/home/ana/x" },
	{ .rule = "local-paths: deny", .text = "\n /home/ana/x",
	    .message = "/home/ana/x exists on one", .line = 2, .col = 2 },
	{ .rule = "max-bytes: 5", .text = "123456", .undecided = 1 },
};

START_TEST(addresses_are_judged)
{
	struct file_case c = uris[_i];
	SL_CLEANUP(sl_freep)
	char *rule = sl_asprintf(ALLOW "%s%s", c.rule ? ", " : "",
	    c.rule ? c.rule : "");

	c.rule = rule;
	c.path = c.path ? c.path : "a.py";
	options.values = values;
	check_file("data-uri", &c);
}
END_TEST

/* What one ref may hold, another may not, though both have the same tree. */
START_TEST(each_ref_has_its_own_places)
{
	const struct sl_verdict *v;

	push_ref("refs/heads/feature/x", 0);
	push_ref("refs/heads/main", 0);
	push_ref("refs/heads/nowhere", 0);
	push_text(PUSH_MAX, 0, "a.py", "s3://churn-dev/input/a");
	options.values = values;
	v = judge("  a: {kind: data-uri, " ALLOW "}\n"
		  "  b: {kind: data-uri, scope: tree, files: '.+', "
		  "allow: 's3://{project}.*'}\n");
	assert_one(v, "s3://churn-dev/input/a is outside the data layout");
	ck_assert_str_eq(v->findings[0].ref, "refs/heads/main");
	ck_assert_ptr_nonnull(strstr(v->findings[0].expected,
	    "s3://churn-staging/(?:input|churn"));
	ck_assert_uint_eq(push.reads, 1);
	/* The three variables of rule a, one of rule b, on one ref. */
	ck_assert_uint_eq(v->deferred_count, 4);
	ck_assert_str_eq(v->deferred[0].ref, "refs/heads/nowhere");
}
END_TEST

START_TEST(a_size_is_judged_without_reading)
{
	check_file("blob", &(struct file_case){ .rule = "max-size: 1",
		.path = "a", .text = "xx", .message = "more" });
	ck_assert_uint_eq(push.reads, 0);
}
END_TEST

/* A line of 10 MiB, and as many lines. */
START_TEST(long_files_are_judged)
{
	static char text[10 << 20];

	memset(text, _i ? '\n' : 'x', sizeof(text));
	text[sizeof(text) - 1] = '\r';
	check_file("blob", &(struct file_case){
		.rule = "line-ends: lf, encoding: utf-8, bom: deny, "
			"binary: deny",
		.path = "a", .text = text, .len = sizeof(text),
		.message = "CR", .line = _i ? sizeof(text) : 1,
		.col = _i ? 1 : sizeof(text) });
}
END_TEST

TCase *
tcase_files(void)
{
	TCase *tc = make_case("files");

	tcase_add_loop_test(tc, blobs_are_judged, 0, SL_COUNT(blobs));
	tcase_add_loop_test(tc, notebooks_are_judged, 0, SL_COUNT(notebooks));
	tcase_add_test(tc, only_notebooks_are_judged);
	tcase_add_loop_test(tc, each_path_of_a_notebook_has_its_place, 0, 2);
	tcase_add_loop_test(tc, hostile_notebooks_end, 0, 3);
	tcase_add_loop_test(tc, pipelines_are_judged, 0, SL_COUNT(pipelines));
	tcase_add_loop_test(tc, hostile_pipelines_end, 0, 3);
	tcase_add_loop_test(tc, outputs_are_judged, 0, SL_COUNT(outputs));
	tcase_add_loop_test(tc, addresses_are_judged, 0, SL_COUNT(uris));
	tcase_add_test(tc, each_ref_has_its_own_places);
	tcase_add_test(tc, a_size_is_judged_without_reading);
	tcase_add_loop_test(tc, long_files_are_judged, 0, 2);
	return tc;
}
