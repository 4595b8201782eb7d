/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline_test.h"

#include <string.h>

#include "base/mem.h"

#define VERSION "\"Version\": \"2020-12-01\",\n"
#define FIT "{\"Name\": \"Fit\", \"Type\": \"Training\"}"

struct sl_pipeline *
parse_ok(const char *json)
{
	struct sl_pipeline *p = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_pipeline_parse("p.json", sl_str(json), &p, &err),
	    &err);
	return p;
}

static const struct {
	const char *json;
	int code;
	const char *place;
	const char *text; /* part of the message */
} broken[] = {
	{ "", SL_EINVAL, "p.json:1:1", "" },
	{ "[]", SL_EINVAL, "p.json:1:1", "is a JSON object" },
	{ "{}", SL_EINVAL, "p.json:1:1", "\"Steps\", at least one" },
	{ "{\"Steps\": []}", SL_EINVAL, "p.json:1:11", "at least one" },
	{ "{\"Steps\": {}}", SL_EINVAL, "p.json:1:11", "is not a list" },
	{ "{\"Steps\": [1]}", SL_EINVAL, "p.json:1:12", "not an object" },
	{ "{\"Steps\":\n [{\"Type\": \"Fail\"}]}", SL_EINVAL, "p.json:2:3",
	    "lacks \"Name\"" },
	{ "{\"Steps\":\n [{\"Name\": 7, \"Type\": \"Fail\"}]}", SL_EINVAL,
	    "p.json:2:12", "not a string" },
	{ "{\"Steps\":\n [{\"Name\": \"A\"}]}", SL_EINVAL, "p.json:2:3",
	    "lacks \"Type\"" },
	{ "{\"Steps\":\n [{\"Name\": \"A\", \"Type\": \"Condition\"}]}",
	    SL_EINVAL, "p.json:2:3", "no \"Arguments\"" },
	{ "{\"Steps\": [{\"Name\": \"A\", \"Type\": \"Condition\",\n"
	    "\"Arguments\": {\"IfSteps\": [{\"Name\": \"B\"}]}}]}",
	    SL_EINVAL, "p.json:2:27", "lacks \"Type\"" },
	{ "{\"Parameters\": [{\"Name\": \"P\",\n\"Type\": \"Int\"}], "
	    "\"Steps\": [" FIT "]}", SL_EINVAL, "p.json:2:9",
	    "String, Integer, Float or Boolean" },
	{ "{\"Parameters\": [{\"Name\": \"P\",\n\"DefaultValue\": []}], "
	    "\"Steps\": [" FIT "]}", SL_EINVAL, "p.json:2:17",
	    "not a simple value" },
	{ "{\"Steps\": [" FIT "], \"Steps\": []}", SL_EINVAL, "p.json:1:50",
	    "" },
};

START_TEST(test_broken)
{
	struct sl_pipeline *p = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	rc = sl_pipeline_parse("p.json", sl_str(broken[_i].json), &p, &err);
	ck_assert_err(rc, broken[_i].code, &err);
	ck_assert_ptr_null(p);
	ck_assert_str_eq(err.place, broken[_i].place);
	ck_assert_msg(strstr(err.text, broken[_i].text) != NULL, "%s",
	    err.text);
}
END_TEST

START_TEST(test_too_many_steps)
{
	struct sl_buf json = SL_BUF_INIT(1 << 20);
	struct sl_pipeline *p = NULL;
	struct sl_error err = SL_ERROR_INIT;

	sl_buf_adds(&json, "{" VERSION "\"Steps\": [");
	for (int i = 0; i <= SL_PIPELINE_MAX_STEPS; i++)
		sl_buf_addf(&json, "%s{\"Name\":\"s%d\",\"Type\":\"Fail\"}",
		    i > 0 ? "," : "", i);
	sl_buf_adds(&json, "]}");
	ck_assert_err(sl_pipeline_parse("p.json", sl_buf_str(&json), &p, &err),
	    SL_ETOOBIG, &err);
	ck_assert_str_eq(err.text, "over 1000 steps");
	sl_buf_release(&json);
}
END_TEST

START_TEST(test_too_many_bytes)
{
	char *json = sl_alloc(SL_PIPELINE_MAX_BYTES + 1);
	struct sl_pipeline *p = NULL;
	struct sl_error err = SL_ERROR_INIT;

	memset(json, ' ', SL_PIPELINE_MAX_BYTES + 1);
	ck_assert_err(sl_pipeline_parse("p.json",
	    sl_strn(json, SL_PIPELINE_MAX_BYTES + 1), &p, &err), SL_ETOOBIG,
	    &err);
	free(json);
}
END_TEST

#define CONDITION(condition)                                                   \
	"{" VERSION "\"Steps\": [{\"Name\": \"C\", \"Type\": \"Condition\", "    \
	"\"Arguments\": {" condition "}}]}"

static const struct {
	const char *json;
	const char *want; /* "place: text", or NULL for none */
} lints[] = {
	{ "{" VERSION "\"Steps\": [" FIT "]}", NULL },
	{ "{\"Steps\": [" FIT "]}",
	    "p.json:1:1: the definition has no \"Version\": \"2020-12-01\"" },
	{ "{\"Version\": \"2020\", \"Steps\": [" FIT "]}",
	    "p.json:1:13: the version is not \"2020-12-01\"" },
	{ "{" VERSION "\"Steps\": [" FIT ",\n" FIT "]}",
	    "p.json:3:1: step \"Fit\" is there twice: it is also on line 2 "
	    "(names are unique over all branches)" },
	{ "{" VERSION "\"Steps\": [\n{\"Name\": \"a b\", \"Type\": \"X\"}]}",
	    "p.json:3:1: step \"a b\": a name is 1 to 64 of A-Z a-z 0-9 - _" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
	    "\"DependsOn\": [\"B\"]}]}",
	    "p.json:3:15: step \"A\" depends on \"B\", which is no step" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
	    "\"DependsOn\": \"A\"}]}",
	    "p.json:3:14: \"DependsOn\" is not a list of names" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
	    "\"Arguments\": {\"x\": [{\"Get\": \"Parameters.P\"}]}}]}",
	    "p.json:3:21: parameter \"P\" is not declared in \"Parameters\"" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
	    "\"Arguments\": {\"Get\": \"Steps.B.Out['a.b']\"}}]}",
	    "p.json:3:14: \"Steps.B.Out['a.b']\": there is no step \"B\"" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
	    "\"Arguments\": {\"Get\": \"Step.B\"}}]}",
	    "p.json:3:14: \"Step.B\" refers to nothing: a \"Get\" begins with "
	    "Parameters, Steps, Execution or PipelineExperimentConfig" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\",\n"
	    "\"DependsOn\": [\"A\"]}]}",
	    "p.json:2:11: step \"A\" waits for \"A\", which waits for it: the "
	    "steps form a cycle" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"A\", \"Type\": \"X\", "
	    "\"Arguments\": {\"a\": {\"Get\": \"Steps.B.x\"}}},\n"
	    "{\"Name\": \"B\", \"Type\": \"X\", \"DependsOn\": [\"A\"]}]}",
	    "p.json:3:1: step \"B\" waits for \"A\", which waits for it: the "
	    "steps form a cycle" },
	/* A Condition that waits for a step of its own branch. */
	{ "{" VERSION "\"Steps\": [{\"Name\": \"C\", \"Type\": \"Condition\", "
	    "\"Arguments\": {\"Conditions\": [{\"Type\": \"Not\", "
	    "\"Condition\": {\"Type\": \"New\", \"a\": {\"Get\": "
	    "\"Steps.I.x\"}}}],\n"
	    "\"IfSteps\": [{\"Name\": \"I\", \"Type\": \"X\"}]}}]}",
	    "p.json:3:13: step \"I\" waits for \"C\", which waits for it: the "
	    "steps form a cycle" },
	/* A step of a branch may refer to one outside. */
	{ "{" VERSION "\"Steps\": [" FIT ", {\"Name\": \"C\", "
	    "\"Type\": \"Condition\", \"Arguments\": {\"Conditions\": [],"
	    "\"ElseSteps\": [{\"Name\": \"I\", \"Type\": \"X\", "
	    "\"Arguments\": {\"Get\": \"Steps.Fit.Model\"}}]}}]}", NULL },
	{ "{" VERSION "\"Parameters\": [{\"Name\": \"P\", \"Type\": "
	    "\"Integer\",\n\"DefaultValue\": \"3\"}], \"Steps\": [" FIT "]}",
	    "p.json:3:17: the default of parameter \"P\" is not of its type" },
	{ "{" VERSION "\"Parameters\": [{\"Name\": \"P\", \"Type\": "
	    "\"Integer\",\n\"DefaultValue\": 3.5}], \"Steps\": [" FIT "]}",
	    "p.json:3:17: the default of parameter \"P\" is not of its type" },
	{ "{" VERSION "\"Parameters\": [{\"Name\": \"P\", \"EnumValues\": "
	    "[\"a\"],\n\"DefaultValue\": \"b\"}], \"Steps\": [" FIT "]}",
	    "p.json:3:17: the default of parameter \"P\" is not among its "
	    "\"EnumValues\"" },
	{ CONDITION(""), "p.json:2:11: Condition step \"C\" has no "
	    "\"Conditions\"" },
	{ CONDITION("\"Conditions\": 3"),
	    "p.json:2:74: \"Conditions\" is not a list" },
	{ CONDITION("\n\"Conditions\": [3]"),
	    "p.json:3:16: a condition has no \"Type\"" },
	{ CONDITION("\n\"Conditions\": [{\"Type\": \"LessThan\", "
	    "\"LeftValue\": 1}]"),
	    "p.json:3:16: a condition of type LessThan lacks \"RightValue\"" },
	{ CONDITION("\n\"Conditions\": [{\"Type\": \"In\", \"Values\": []}]"),
	    "p.json:3:16: a condition of type In lacks \"QueryValue\"" },
	{ CONDITION("\n\"Conditions\": [{\"Type\": \"Or\", \"Conditions\": "
	    "[{\"Type\": \"Not\", \"Condition\": {}}]}]"),
	    "p.json:3:75: a condition has no \"Type\"" },
	{ CONDITION("\"Conditions\": [{\"Type\": \"In\", \"Value\": 1, "
	    "\"In\": [1]}, {\"Type\": \"Like\"}, {\"Type\": \"Or\", "
	    "\"Conditions\": [{\"Type\": \"Equals\", \"LeftValue\": 1, "
	    "\"RightValue\": 1}]}]"), NULL },
	{ "{" VERSION "\"Parameters\": [{\"Name\": \"P\"}], \"Steps\": "
	    "[{\"Name\": \"T\", \"Type\": \"Training\", \"Arguments\": "
	    "{\"R\": [{\n\"InstanceCount\": {\"Get\": "
	    "\"Parameters.P\"}}]}}]}",
	    "p.json:3:18: step \"T\" takes its \"InstanceCount\" from "
	    "parameter \"P\", which is not of type Integer" },
	{ "{" VERSION "\"Parameters\": [{\"Name\": \"P\", \"Type\": "
	    "\"Integer\",\n\"EnumValues\": [\"1\"]}], \"Steps\": [" FIT "]}",
	    "p.json:3:15: the \"EnumValues\" of parameter \"P\" are strings, "
	    "of a parameter of type String" },
	{ "{" VERSION "\"Parameters\": [{\"Name\": \"P\"},\n{\"Name\": "
	    "\"P\"}], \"Steps\": [" FIT "]}",
	    "p.json:3:1: parameter \"P\" is declared twice" },
	{ "{" VERSION "\"Steps\": [\n{\"Name\": \"R\", \"Type\": "
	    "\"RegisterModel\", \"Arguments\": {}}]}",
	    "p.json:3:1: RegisterModel step \"R\" names no "
	    "\"ModelPackageGroupName\": take it from the parameter "
	    "ModelPackageGroupName" },
	{ "{" VERSION "\"Steps\": [{\"Name\": \"R\", \"Type\": "
	    "\"RegisterModel\", \"Arguments\": {\"ModelPackageGroupName\":\n"
	    "{\"Std:Join\": {\"Values\": [\"a\"]}}}}]}",
	    "p.json:3:1: RegisterModel step \"R\" computes its "
	    "\"ModelPackageGroupName\": take it from a parameter" },
};

START_TEST(test_lint)
{
	struct sl_pipeline *p = parse_ok(lints[_i].json);
	struct sl_error err = SL_ERROR_INIT;
	char line[2048];
	int rc = sl_pipeline_check(p, &err);

	if (lints[_i].want == NULL) {
		ck_assert_ok(rc, &err);
	} else {
		ck_assert_err(rc, SL_EINVAL, &err);
		sl_error_format(&err, line, sizeof(line));
		ck_assert_str_eq(line, lints[_i].want);
	}
	sl_pipeline_free(p);
}
END_TEST

static int
count_problem(void *ctx, const struct sl_error *problem)
{
	(void)problem;
	++*(int *)ctx;
	return 0;
}

START_TEST(test_lint_reports_all)
{
	struct sl_pipeline *p = parse_ok("{\"Steps\": ["
	    "{\"Name\": \"A\", \"Type\": \"X\", \"DependsOn\": [\"Q\", \"R\"]},"
	    "{\"Name\": \"A\", \"Type\": \"RegisterModel\"}]}");
	int count = 0;

	ck_assert_int_eq(sl_pipeline_lint(p, count_problem, &count), 0);
	/* version, Q, R, the second A, its group */
	ck_assert_int_eq(count, 5);
	sl_pipeline_free(p);
}
END_TEST

/* A chain of as many steps as there may be is no cycle, and no overflow. */
START_TEST(test_lint_deep)
{
	struct sl_buf json = SL_BUF_INIT(1 << 20);
	struct sl_pipeline *p;
	struct sl_error err = SL_ERROR_INIT;

	sl_buf_adds(&json, "{" VERSION "\"Steps\": [");
	for (int i = 0; i < SL_PIPELINE_MAX_STEPS - 1; i++)
		sl_buf_addf(&json, "%s{\"Name\":\"s%d\",\"Type\":\"X\","
		    "\"DependsOn\":[\"s%d\"]}", i > 0 ? "," : "", i, i + 1);
	sl_buf_addf(&json, ",{\"Name\":\"s%d\",\"Type\":\"X\"}",
	    SL_PIPELINE_MAX_STEPS - 1);
	sl_buf_adds(&json, "]}");
	p = parse_ok(sl_buf_cstr(&json));
	ck_assert_ok(sl_pipeline_check(p, &err), &err);
	sl_pipeline_free(p);
	sl_buf_clear(&json);
	sl_buf_adds(&json, "{" VERSION "\"Steps\": [");
	for (int i = 0; i < SL_PIPELINE_MAX_STEPS; i++)
		sl_buf_addf(&json, "%s{\"Name\":\"s%d\",\"Type\":\"X\","
		    "\"DependsOn\":[\"s%d\"]}", i > 0 ? "," : "", i,
		    (i + 1) % SL_PIPELINE_MAX_STEPS);
	sl_buf_adds(&json, "]}");
	p = parse_ok(sl_buf_cstr(&json));
	ck_assert_err(sl_pipeline_check(p, &err), SL_EINVAL, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "cycle"));
	sl_pipeline_free(p);
	sl_buf_release(&json);
}
END_TEST

#define REGISTER(group, approval)                                              \
	"{" VERSION "\"Parameters\": [{\"Name\": \"G\", \"DefaultValue\": "    \
	"\"main\"}, {\"Name\": \"ModelPackageGroupName\"}, {\"Name\": \"A\", " \
	"\"DefaultValue\": \"Approved\"}],\n\"Steps\": [{\"Name\": \"C\", "    \
	"\"Type\": \"Condition\", \"Arguments\": {\"IfSteps\": [{\"Name\": "   \
	"\"R\", \"Type\": \"RegisterModel\", \"Arguments\": {" group approval  \
	"}}]}}]}"

static const struct {
	const char *json;
	int code;
	const char *text;
} guards[] = {
	{ REGISTER("\"ModelPackageGroupName\": {\"Get\": "
	    "\"Parameters.ModelPackageGroupName\"}", ""), SL_OK, "" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\"", ""), SL_OK, "" },
	{ REGISTER("\"ModelPackageGroupName\": \"main\"", ""), SL_EREFUSED,
	    "would register with ModelPackageGroupName \"main\"; the plan says "
	    "\"feature-x\"" },
	/* A parameter that the plan does not fill keeps its default. */
	{ REGISTER("\"ModelPackageGroupName\": {\"Get\": \"Parameters.G\"}",
	    ""), SL_EREFUSED, "would register with ModelPackageGroupName "
	    "\"main\"" },
	{ REGISTER("\"ModelPackageGroupName\": {\"Std:Join\": {\"On\": \"\", "
	    "\"Values\": [\"feature-x\"]}}", ""), SL_EREFUSED,
	    "takes its ModelPackageGroupName from neither" },
	{ REGISTER("\"ModelPackageGroupName\": {\"Get\": "
	    "\"Execution.PipelineName\"}", ""), SL_EREFUSED,
	    "takes its ModelPackageGroupName from neither" },
	{ REGISTER("\"ModelPackageGroupName\": {\"Get\": "
	    "\"Parameters.None\"}", ""), SL_EREFUSED, "from neither" },
	{ REGISTER("", ""), SL_EREFUSED, "names no model package group" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\", ",
	    "\"ModelApprovalStatus\": \"Approved\""), SL_EREFUSED,
	    "would register with ModelApprovalStatus \"Approved\"" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\", ",
	    "\"ModelApprovalStatus\": {\"Get\": \"Parameters.A\"}"),
	    SL_EREFUSED, "would register with ModelApprovalStatus" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\", ",
	    "\"ModelApprovalStatus\": \"PendingManualApproval\""), SL_OK, "" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\", ",
	    "\"ModelApprovalStatus\": [\"PendingManualApproval\"]"),
	    SL_EREFUSED, "takes its ModelApprovalStatus from neither" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\", ",
	    "\"CustomerMetadataProperties\": {\"sluice:commit\": \"c\", "
	    "\"team\": \"a\"}"), SL_OK, "" },
	{ REGISTER("\"ModelPackageGroupName\": \"feature-x\", ",
	    "\"CustomerMetadataProperties\": {\"sluice:approved-by\": "
	    "\"ben\"}"), SL_EREFUSED, "sets \"sluice:approved-by\", which "
	    "only sluice may write" },
};

START_TEST(test_guard)
{
	static const struct sl_parameter_value values[] = {
		{ "ModelPackageGroupName", "feature-x" } };
	static const struct sl_pipeline_guard guard = { .group = "feature-x",
		.approval = "PendingManualApproval", .values = values,
		.value_count = 1 };
	struct sl_pipeline *p = parse_ok(guards[_i].json);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_uint_eq(sl_pipeline_registers(p), 1);
	ck_assert_err(sl_pipeline_guard(p, &guard, &err), guards[_i].code,
	    &err);
	ck_assert_msg(strstr(err.text, guards[_i].text) != NULL, "%s",
	    err.text);
	if (guards[_i].code < 0)
		ck_assert_ptr_nonnull(strstr(err.place, "p.json:3:"));
	sl_pipeline_free(p);
}
END_TEST

static const struct {
	const char *name;
	const char *value;
	const char *text; /* "" is fine */
} values[] = {
	{ "Epochs", "3", "" },
	{ "Epochs", "-3", "" },
	{ "Epochs", "3.0", "which is not a whole number" },
	{ "Epochs", "", "which is not a whole number" },
	{ "Epochs", "0x3", "which is not a whole number" },
	{ "Rate", "1e-3", "" },
	{ "Rate", ".5", "which is not a number" },
	{ "Rate", "1.", "which is not a number" },
	{ "Rate", "nan", "which is not a number" },
	{ "Fast", "true", "" },
	{ "Fast", "yes", "which is not true or false" },
	{ "Mode", "a", "" },
	{ "Mode", "c", "not among its \"EnumValues\"" },
	{ "Mode", "\xff", "which is not" },
	{ "Other", "x", "declares no parameter \"Other\"" },
};

START_TEST(test_values)
{
	struct sl_pipeline *p = parse_ok("{" VERSION "\"Parameters\": ["
	    "{\"Name\": \"Epochs\", \"Type\": \"Integer\"},"
	    "{\"Name\": \"Rate\", \"Type\": \"Float\", \"DefaultValue\": 0.1},"
	    "{\"Name\": \"Fast\", \"Type\": \"Boolean\", "
	    "\"DefaultValue\": false},"
	    "{\"Name\": \"Mode\", \"EnumValues\": [\"a\", \"b\"], "
	    "\"DefaultValue\": \"a\"}], \"Steps\": [" FIT "]}");
	struct sl_parameter_value given[] = { { "Epochs", "1" },
		{ values[_i].name, values[_i].value } };
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	rc = sl_pipeline_check_values(p, given, 2, &err);
	ck_assert_err(rc, values[_i].text[0] ? SL_EINVAL : SL_OK, &err);
	if (values[_i].value[0] != '\xff')
		ck_assert_msg(strstr(err.text, values[_i].text) != NULL, "%s",
		    err.text);
	sl_error_clear(&err);
	ck_assert_err(sl_pipeline_check_values(p, NULL, 0, &err), SL_EINVAL,
	    &err);
	ck_assert_str_eq(err.text,
	    "parameter \"Epochs\" has neither a value nor a default");
	sl_pipeline_free(p);
}
END_TEST

START_TEST(test_values_too_long)
{
	struct sl_pipeline *p = parse_ok("{" VERSION "\"Parameters\": ["
	    "{\"Name\": \"Text\"}], \"Steps\": [" FIT "]}");
	struct sl_parameter_value given = { "Text", NULL };
	struct sl_error err = SL_ERROR_INIT;
	char text[1026];

	memset(text, 'x', sizeof(text));
	text[1024] = '\0';
	given.value = text;
	ck_assert_ok(sl_pipeline_check_values(p, &given, 1, &err), &err);
	text[1024] = 'x';
	text[1025] = '\0';
	ck_assert_err(sl_pipeline_check_values(p, &given, 1, &err), SL_EINVAL,
	    &err);
	sl_pipeline_free(p);
}
END_TEST

START_TEST(test_digest)
{
	struct sl_pipeline *a = parse_ok("{" VERSION "\"Steps\": [" FIT "]}");
	struct sl_pipeline *b = parse_ok("{\"Steps\":[{\"Type\":\"Training\","
	    "\n\t\"Name\":\"\\u0046it\"}],\"Version\":\"2020-12-01\"}");
	struct sl_pipeline *c = parse_ok("{" VERSION "\"Steps\": ["
	    "{\"Name\": \"Fit\", \"Type\": \"Tuning\"}]}");

	ck_assert_str_eq(sl_pipeline_digest(a), sl_pipeline_digest(b));
	ck_assert_str_ne(sl_pipeline_digest(a), sl_pipeline_digest(c));
	ck_assert_uint_eq(strlen(sl_pipeline_digest(a)), 64);
	sl_pipeline_free(a);
	sl_pipeline_free(b);
	sl_pipeline_free(c);
}
END_TEST

START_TEST(test_skeleton)
{
	struct sl_pipeline *p = parse_ok("{" VERSION "\"Parameters\": ["
	    "{\"Name\": \"N\", \"Type\": \"Integer\", \"DefaultValue\": 7}],"
	    "\"Steps\": [" FIT ", {\"Name\": \"C\", \"Type\": \"Condition\","
	    "\"Arguments\": {\"IfSteps\": [{\"Name\": \"R\", \"Type\": "
	    "\"RegisterModel\"}]}}]}");
	const struct sl_pipeline_step *steps;
	const struct sl_parameter *parameter;
	size_t count;

	steps = sl_pipeline_steps(p, &count);
	ck_assert_uint_eq(count, 3);
	ck_assert(sl_str_eqs(steps[2].name, "R"));
	ck_assert_uint_eq(steps[2].parent, 1);
	ck_assert(steps[1].parent == SL_PIPELINE_TOP);
	parameter = sl_pipeline_parameter(p, SL_STR("N"));
	ck_assert_ptr_nonnull(parameter);
	ck_assert(parameter->has_default);
	ck_assert(sl_str_eqs(parameter->default_text, "7"));
	ck_assert_ptr_null(sl_pipeline_parameter(p, SL_STR("n")));
	sl_pipeline_free(p);
}
END_TEST

static TCase *
tcase_pipeline(void)
{
	TCase *tc = tcase_create("pipeline");

	tcase_add_loop_test(tc, test_broken, 0, SL_COUNT(broken));
	tcase_add_test(tc, test_too_many_steps);
	tcase_add_test(tc, test_too_many_bytes);
	tcase_add_loop_test(tc, test_lint, 0, SL_COUNT(lints));
	tcase_add_test(tc, test_lint_reports_all);
	tcase_add_test(tc, test_lint_deep);
	tcase_add_loop_test(tc, test_guard, 0, SL_COUNT(guards));
	tcase_add_loop_test(tc, test_values, 0, SL_COUNT(values));
	tcase_add_test(tc, test_values_too_long);
	tcase_add_test(tc, test_digest);
	tcase_add_test(tc, test_skeleton);
	return tc;
}

SL_TEST_MAIN("pipeline", tcase_pipeline, tcase_images)
