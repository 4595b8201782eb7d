/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: names, values, what cannot be started, and how a plan is shown. */
#include "flow_test.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "flow/flow.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const char site_text[] =
    "sluice: 1\n"
    "name: test\n"
    "environments:\n"
    "  dev:\n"
    "    account: '111111111111'\n"
    "    region: eu-west-1\n"
    "    bucket: dev-bucket\n"
    "    prefix: ml/team\n"
    "    pipeline-role: arn:aws:iam::111111111111:role/pipelines\n"
    "  staging:\n"
    "    account: '222222222222'\n"
    "    region: eu-west-1\n"
    "    bucket: staging-bucket\n"
    "    protected: true\n"
    "    pipeline-role: arn:aws:iam::222222222222:role/pipelines\n"
    "  prod:\n"
    "    account: '333333333333'\n"
    "    region: eu-west-1\n"
    "    bucket: prod-bucket\n"
    "    protected: true\n"
    "    pipeline-role: arn:aws:iam::333333333333:role/pipelines\n";

static const char project_text[] =
    "sluice: 1\n"
    "project:\n"
    "  id: churn\n"
    "pipelines:\n"
    "  training:\n"
    "    definition: pipelines/train.json\n"
    "    inputs-paths: [algorithms]\n"
    "    parameters: {Epochs: '5'}\n"
    "  computed:\n"
    "    command: [make, definition]\n"
    "inputs:\n"
    "  - {uri: 's3://{bucket}/input/x.csv', parameter: InputUri}\n";

static const char definition[] =
    "{\"Version\": \"2020-12-01\", \"Parameters\": ["
    "{\"Name\": \"CodeUri\"}, {\"Name\": \"OutputUri\"},"
    "{\"Name\": \"InputUri\"}, {\"Name\": \"BuildId\"},"
    "{\"Name\": \"Epochs\", \"Type\": \"Integer\", \"DefaultValue\": 1},"
    "{\"Name\": \"Rate\", \"Type\": \"Float\", \"DefaultValue\": 0.1},"
    "{\"Name\": \"ModelPackageGroupName\"},"
    "{\"Name\": \"ModelApprovalStatus\"}],"
    "\"Steps\": [{\"Name\": \"R\", \"Type\": \"RegisterModel\", "
    "\"Arguments\": {\"ModelPackageGroupName\": {\"Get\": "
    "\"Parameters.ModelPackageGroupName\"}, \"ModelApprovalStatus\": "
    "{\"Get\": \"Parameters.ModelApprovalStatus\"}}}]}";

struct world {
	struct sl_site *site;
	struct sl_project *project;
	struct sl_pipeline *pipeline;
	struct sl_plan *plan;
};

static void
set_up(struct world *w, const char *extra_site, const char *extra_project)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct sl_error err = SL_ERROR_INIT;

	memset(w, 0, sizeof(*w));
	sl_buf_addf(&text, "%s%s", site_text, extra_site);
	ck_assert_ok(sl_site_parse("site.yaml", ".", sl_buf_str(&text),
	    &w->site, &err), &err);
	sl_buf_clear(&text);
	sl_buf_addf(&text, "%s%s", project_text, extra_project);
	ck_assert_ok(sl_project_parse("p:.sluice.yaml", sl_buf_str(&text),
	    &w->project, &err), &err);
	ck_assert_ok(sl_pipeline_parse("train.json", sl_str(definition),
	    &w->pipeline, &err), &err);
}

static void
tear_down(struct world *w)
{
	sl_plan_free(w->plan);
	sl_pipeline_free(w->pipeline);
	sl_project_free(w->project);
	sl_site_free(w->site);
}

static int
plan(struct world *w, const char *ref, struct sl_error *err)
{
	struct sl_plan_input input = { .site = w->site, .project = w->project,
		.repository_id = "r1", .ref = sl_str(ref),
		.commit_time_s = 1795343500 };
	int rc;

	ck_assert_int_eq(sl_oid_parse(SL_STR(COMMIT), &input.commit), 0);
	rc = sl_flow_choose(w->site, NULL, w->project, sl_str(ref),
	    &input.flow, err);
	if (rc < 0)
		return rc;
	return sl_plan_make(&input, &w->plan, err);
}

START_TEST(test_plan_feature)
{
	struct world w;
	struct sl_plan_attempt attempt;
	struct sl_error err = SL_ERROR_INIT;
	char id[SL_BRANCH_ID_SIZE];
	char want[256];

	set_up(&w, "", "");
	ck_assert_ok(plan(&w, "refs/heads/feature/x", &err), &err);
	sl_branch_id(SL_STR("refs/heads/feature/x"), id);
	ck_assert_str_eq(w.plan->branch_id, id);
	snprintf(want, sizeof(want), "churn--%s", id);
	ck_assert_str_eq(w.plan->name, want);
	ck_assert_str_eq(w.plan->main_name, "churn");
	ck_assert_str_eq(w.plan->environment, "dev");
	ck_assert_int_eq(w.plan->action, SL_FLOW_TRAIN);
	ck_assert_str_eq(w.plan->use_case_root, "ml/team/churn");
	snprintf(want, sizeof(want), "ml/team/churn--%s/20261122T103140Z-"
	    COMMIT "/manifest.json", id);
	ck_assert_str_eq(w.plan->manifest_key, want);
	ck_assert_uint_eq(w.plan->input_count, 1);
	ck_assert_str_eq(w.plan->inputs[0].uri, "s3://dev-bucket/input/x.csv");
	sl_plan_attempt(w.plan, 2, &attempt);
	snprintf(want, sizeof(want), "ml/team/churn--%s/20261122T103140Z-"
	    COMMIT "-a2/ml-pipeline-outputs", id);
	ck_assert_str_eq(attempt.output_root, want);
	tear_down(&w);
}
END_TEST

START_TEST(test_plan_main_and_tag)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", "");
	ck_assert_ok(plan(&w, "refs/heads/main", &err), &err);
	ck_assert_str_eq(w.plan->branch_id, "");
	ck_assert_str_eq(w.plan->name, "churn");
	ck_assert_str_eq(w.plan->environment, "staging");
	ck_assert_str_eq(w.plan->use_case_root, "churn");
	sl_plan_free(w.plan);
	w.plan = NULL;
	ck_assert_ok(plan(&w, "refs/tags/v1.2.3", &err), &err);
	ck_assert_int_eq(w.plan->action, SL_FLOW_PROMOTE);
	ck_assert_str_eq(w.plan->environment, "prod");
	ck_assert_str_eq(w.plan->from, "staging");
	ck_assert_ptr_null(w.plan->pipeline);
	tear_down(&w);
}
END_TEST

START_TEST(test_no_flow)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", "");
	ck_assert_err(plan(&w, "refs/heads/wip", &err), SL_ENOTFOUND, &err);
	ck_assert_err(plan(&w, "refs/tags/v1.2.3\n", &err), SL_ENOTFOUND, &err);
	ck_assert_err(plan(&w, "refs/heads/mainx", &err), SL_ENOTFOUND, &err);
	tear_down(&w);
}
END_TEST

static const struct {
	const char *site;
	const char *project;
	const char *want; /* "place: text" begins so */
} refused[] = {
	{ "flows:\n  - {ref: 'refs/heads/f', environment: dev, action: "
	    "train, pipeline: none}\n", "",
	    "site.yaml:23:5: the flow runs pipeline \"none\", which "
	    "`pipelines:` of .sluice.yaml does not have" },
	{ "flows:\n  - {ref: 'refs/heads/f', environment: dev, action: "
	    "train, pipeline: computed}\n", "",
	    "site.yaml:23:5: pipeline \"computed\" gets its definition from "
	    "a command, which only a CI job may run: set `trigger: ci`, or "
	    "commit the definition" },
	{ "", "flows:\n  - {ref: 'refs/heads/f(', environment: dev, action: "
	    "train}\n", "p:.sluice.yaml:14:" },
};

START_TEST(test_plan_refused)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;
	char line[2048];

	set_up(&w, refused[_i].site, refused[_i].project);
	ck_assert_err(plan(&w, "refs/heads/f", &err), SL_ECONFIG, &err);
	sl_error_format(&err, line, sizeof(line));
	ck_assert_msg(!strncmp(line, refused[_i].want,
	    strlen(refused[_i].want)), "%s", line);
	tear_down(&w);
}
END_TEST

static const char *
value(const struct sl_plan_values *values, const char *name)
{
	for (size_t i = 0; i < values->count; i++) {
		if (!strcmp(values->items[i].name, name))
			return values->items[i].value;
	}
	return NULL;
}

START_TEST(test_values)
{
	struct world w;
	struct sl_plan_attempt attempt;
	struct sl_plan_values values = { NULL, 0 };
	struct sl_pipeline_guard guard;
	struct sl_pair pair = { (char *)"Rate", (char *)"0.5" };
	struct sl_pairs extra = { &pair, 1 };
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", "");
	ck_assert_ok(plan(&w, "refs/heads/main", &err), &err);
	sl_plan_attempt(w.plan, 3, &attempt);
	ck_assert_ok(sl_plan_values(w.plan, &attempt, w.pipeline, &extra,
	    &values, &err), &err);
	ck_assert_uint_eq(values.count, 8);
	ck_assert_str_eq(value(&values, "CodeUri"), "s3://staging-bucket/churn/"
	    "20261122T103140Z-" COMMIT "/code");
	ck_assert_str_eq(value(&values, "OutputUri"), "s3://staging-bucket/"
	    "churn/20261122T103140Z-" COMMIT "-a3/ml-pipeline-outputs");
	ck_assert_str_eq(value(&values, "InputUri"),
	    "s3://staging-bucket/input/x.csv");
	ck_assert_str_eq(value(&values, "BuildId"), "20261122T103140Z-" COMMIT
	    "-a3");
	ck_assert_str_eq(value(&values, "Epochs"), "5");
	ck_assert_str_eq(value(&values, "Rate"), "0.5");
	ck_assert_str_eq(value(&values, "ModelPackageGroupName"), "churn");
	ck_assert_str_eq(value(&values, "ModelApprovalStatus"),
	    "PendingManualApproval");
	guard = sl_plan_guard(w.plan, &values);
	ck_assert_ok(sl_pipeline_guard(w.pipeline, &guard, &err), &err);
	sl_plan_values_release(&values);
	tear_down(&w);
}
END_TEST

static const struct {
	const char *key;
	const char *value;
	const char *text;
} forbidden[] = {
	{ "ModelApprovalStatus", "Approved", "--param sets parameter "
	    "\"ModelApprovalStatus\", which sluice fills in" },
	{ "KmsKeyArn", "x", "which sluice fills in" },
	{ "InputUri", "s3://x/y", "which `inputs:` fills in" },
	{ "Depth", "3", "which the definition of pipeline \"training\" does "
	    "not declare" },
	{ "Rate", "fast", "not a number" },
};

START_TEST(test_values_forbidden)
{
	struct world w;
	struct sl_plan_attempt attempt;
	struct sl_plan_values values = { NULL, 0 };
	struct sl_pair pair = { (char *)forbidden[_i].key,
		(char *)forbidden[_i].value };
	struct sl_pairs extra = { &pair, 1 };
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", "");
	ck_assert_ok(plan(&w, "refs/heads/main", &err), &err);
	sl_plan_attempt(w.plan, 1, &attempt);
	ck_assert_err(sl_plan_values(w.plan, &attempt, w.pipeline, &extra,
	    &values, &err), SL_EINVAL, &err);
	ck_assert_msg(strstr(err.text, forbidden[_i].text) != NULL, "%s",
	    err.text);
	ck_assert_ptr_null(values.items);
	tear_down(&w);
}
END_TEST

/* --- what a push could never start --- */

static const struct {
	const char *flows;
	const char *parameters; /* of the project */
	const char *more;       /* parameters of the definition */
	const char *approval;   /* of its step */
	const char *text;       /* NULL: it could */
} starts[] = {
#define BY_PARAMETER "{\"Get\": \"Parameters.ModelApprovalStatus\"}"
#define IN_CI                                                                  \
	"flows:\n  - {ref: 'refs/heads/main', environment: staging, action: "  \
	"train, trigger: ci, names: main}\n"
	{ "", "{Epochs: '5'}", "", BY_PARAMETER, NULL },
	{ "", "{Nope: '1'}", "", BY_PARAMETER, "sets parameter \"Nope\", which "
	    "the definition of pipeline \"training\" does not declare" },
	{ "", "{Epochs: many}", "", BY_PARAMETER, "\"Epochs\"" },
	{ "", "{CodeUri: x}", "", BY_PARAMETER, "sets parameter \"CodeUri\", "
	    "which sluice fills in" },
	{ "", "{ModelApprovalStatus: Approved}", "", BY_PARAMETER,
	    "sets parameter \"ModelApprovalStatus\", which sluice fills in" },
	{ "", "{InputUri: 's3://a/b'}", "", BY_PARAMETER, "which `inputs:`" },
	{ "", "{}", ", {\"Name\": \"Depth\"}", BY_PARAMETER, "parameter "
	    "\"Depth\" has neither a value nor a default" },
	{ "", "{}", "", "\"Approved\"", "would register with "
	    "ModelApprovalStatus \"Approved\"" },
	{ IN_CI, "{}", ", {\"Name\": \"Depth\"}", BY_PARAMETER, NULL },
	{ IN_CI, "{Nope: '1'}", "", BY_PARAMETER, "\"Nope\"" },
	{ IN_CI, "{Epochs: many}", "", BY_PARAMETER, "\"Epochs\"" },
	{ IN_CI, "{CodeUri: x}", "", BY_PARAMETER, "which sluice fills in" },
};

static struct sl_pipeline *
parse_start(const char *more, const char *approval)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct sl_pipeline *pipeline = NULL;
	struct sl_error err = SL_ERROR_INIT;

	sl_buf_addf(&text, "{\"Version\": \"2020-12-01\", \"Parameters\": ["
	    "{\"Name\": \"CodeUri\"}, {\"Name\": \"InputUri\"}, {\"Name\": "
	    "\"Epochs\", \"Type\": \"Integer\", \"DefaultValue\": 1}, "
	    "{\"Name\": \"ModelPackageGroupName\"}, {\"Name\": "
	    "\"ModelApprovalStatus\"}%s], \"Steps\": [{\"Name\": \"R\", "
	    "\"Type\": \"RegisterModel\", \"Arguments\": "
	    "{\"ModelPackageGroupName\": {\"Get\": "
	    "\"Parameters.ModelPackageGroupName\"}, \"ModelApprovalStatus\": "
	    "%s}}]}", more, approval);
	ck_assert_ok(sl_pipeline_parse("train.json", sl_buf_str(&text),
	    &pipeline, &err), &err);
	return pipeline;
}

START_TEST(test_check)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, starts[_i].flows, "");
	sl_project_free(w.project);
	w.project = NULL;
	sl_buf_addf(&text, "sluice: 1\nproject: {id: churn}\npipelines:\n"
	    "  training: {definition: train.json, parameters: %s}\n"
	    "inputs: [{uri: 's3://{bucket}/x', parameter: InputUri}]\n",
	    starts[_i].parameters);
	ck_assert_ok(sl_project_parse("p", sl_buf_str(&text), &w.project,
	    &err), &err);
	sl_pipeline_free(w.pipeline);
	w.pipeline = parse_start(starts[_i].more, starts[_i].approval);
	ck_assert_ok(plan(&w, "refs/heads/main", &err), &err);
	if (starts[_i].text == NULL) {
		ck_assert_ok(sl_plan_check(w.plan, w.pipeline, &err), &err);
	} else {
		ck_assert_err(sl_plan_check(w.plan, w.pipeline, &err),
		    SL_ECONFIG, &err);
		ck_assert_msg(strstr(err.text, starts[_i].text) != NULL, "%s",
		    err.text);
	}
	tear_down(&w);
}
END_TEST

/* --- inputs for parameters --- */

static const char other_input[] =
    "  - {uri: 's3://{bucket}/input/y.csv', parameter: Nope}\n";

START_TEST(test_input_undeclared)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", other_input);
	ck_assert_ok(plan(&w, "refs/heads/main", &err), &err);
	ck_assert(!w.plan->only_pipeline);
	ck_assert_ok(sl_plan_check(w.plan, w.pipeline, &err), &err);
	ck_assert(sl_plan_input_is_used(&w.plan->inputs[0], w.pipeline));
	ck_assert(!sl_plan_input_is_used(&w.plan->inputs[1], w.pipeline));
	ck_assert(sl_plan_input_is_used(&w.plan->inputs[1], NULL));
	ck_assert_int_eq(sl_plan_text(w.plan, w.pipeline, &text), 0);
	ck_assert_ptr_nonnull(strstr(text.ptr, "input/y.csv as Nope, not of "
	    "this pipeline"));
	ck_assert_ptr_null(strstr(text.ptr, "s3:HeadObject "
	    "s3://staging-bucket/input/y.csv"));
	sl_buf_clear(&text);
	ck_assert_int_eq(sl_plan_json(w.plan, w.pipeline, &text), 0);
	ck_assert_ptr_nonnull(strstr(text.ptr, "\"used\": false"));
	/* The only pipeline's input can be nobody else's. */
	w.plan->only_pipeline = true;
	ck_assert_err(sl_plan_check(w.plan, w.pipeline, &err), SL_ECONFIG,
	    &err);
	ck_assert_ptr_nonnull(strstr(err.text,
	    "input s3://staging-bucket/input/y.csv is for parameter \"Nope\", "
	    "which the definition of pipeline \"training\" does not declare"));
	tear_down(&w);
}
END_TEST

START_TEST(test_input_filled)
{
	static const char *const names[] = { "CodeUri", "OutputUri",
		"KmsKeyArn", "ModelPackageGroupName" };
	SL_CLEANUP(sl_freep) char *input = NULL;
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	input = sl_asprintf("  - {uri: 's3://{bucket}/y', parameter: %s}\n",
	    names[_i]);
	set_up(&w, "", input);
	ck_assert_err(plan(&w, "refs/heads/main", &err), SL_ECONFIG, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "input s3://staging-bucket/y "
	    "is for parameter \""));
	ck_assert_ptr_nonnull(strstr(err.text, names[_i]));
	ck_assert_ptr_nonnull(strstr(err.text, "which sluice fills in"));
	ck_assert_ptr_null(w.plan);
	tear_down(&w);
}
END_TEST

START_TEST(test_render)
{
	struct world w;
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *root;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", "");
	ck_assert_ok(plan(&w, "refs/heads/main", &err), &err);
	ck_assert_int_eq(sl_plan_text(w.plan, w.pipeline, &text), 0);
	ck_assert_ptr_nonnull(strstr(text.ptr,
	    "action      train in staging\n"));
	ck_assert_ptr_nonnull(strstr(text.ptr,
	    "call        sagemaker:StartPipelineExecution churn\n"));
	ck_assert_ptr_nonnull(strstr(text.ptr, "parameter   Epochs = 5\n"));
	ck_assert_ptr_null(strstr(text.ptr, "ecr:BatchGetImage"));
	sl_buf_clear(&text);
	ck_assert_int_eq(sl_plan_text(w.plan, NULL, &text), 0);
	ck_assert_ptr_nonnull(strstr(text.ptr, "ecr:BatchGetImage eu-"));
	sl_buf_clear(&text);
	ck_assert_int_eq(sl_plan_json(w.plan, w.pipeline, &text), 0);
	ck_assert_ok(sl_doc_parse_json("plan", sl_buf_str(&text), NULL, &doc,
	    &err), &err);
	root = sl_doc_root(doc);
	ck_assert(sl_str_eqs(sl_node_text(sl_node_get(root, "pipeline")),
	    "churn"));
	ck_assert_uint_gt(sl_node_count(sl_node_get(root, "calls")), 8);
	ck_assert(sl_str_eqs(sl_node_text(sl_node_get(
	    sl_node_get(root, "parameters"), "Epochs")), "5"));
	tear_down(&w);
}
END_TEST

START_TEST(test_render_promote)
{
	struct world w;
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "", "");
	ck_assert_ok(plan(&w, "refs/tags/v1.0.0", &err), &err);
	ck_assert_int_eq(sl_plan_text(w.plan, NULL, &text), 0);
	ck_assert_ptr_nonnull(strstr(text.ptr,
	    "action      promote to prod from staging\n"));
	ck_assert_ptr_null(strstr(text.ptr, "StartPipelineExecution"));
	tear_down(&w);
}
END_TEST

/* --- inputs digest --- */

START_TEST(test_inputs_digest)
{
	struct sl_input_object objects[2] = { { .path = "algorithms" },
		{ .path = "pipelines" } };
	struct sl_input_object swapped[2];
	struct sl_error err = SL_ERROR_INIT;
	char a[SL_PIPELINE_DIGEST_SIZE];
	char b[SL_PIPELINE_DIGEST_SIZE];

	ck_assert_ok(sl_inputs_digest(objects, 2, "d", a, &err), &err);
	ck_assert_ok(sl_inputs_digest(objects, 2, "d", b, &err), &err);
	ck_assert_str_eq(a, b);
	ck_assert_ok(sl_inputs_digest(objects, 2, "e", b, &err), &err);
	ck_assert_str_ne(a, b);
	objects[1].oid.id[0] = 1;
	ck_assert_ok(sl_inputs_digest(objects, 2, "d", b, &err), &err);
	ck_assert_str_ne(a, b);
	swapped[0] = objects[1];
	swapped[1] = objects[0];
	ck_assert_err(sl_inputs_digest(swapped, 2, "d", b, &err), SL_EINVAL,
	    &err);
	swapped[1] = swapped[0];
	ck_assert_err(sl_inputs_digest(swapped, 2, "d", b, &err), SL_EINVAL,
	    &err);
}
END_TEST

/* The digests that the manual's rule gives, computed elsewhere. */
START_TEST(test_command_digest)
{
	char *words[] = { (char *)"python3", (char *)"get.py" };
	char *joined[] = { (char *)"python3 get.py" };
	struct sl_words command = { words, 2 };
	struct sl_words one = { joined, 1 };
	struct sl_words none = { NULL, 0 };
	char digest[SL_PIPELINE_DIGEST_SIZE];
	char other[SL_PIPELINE_DIGEST_SIZE];

	sl_command_digest(&command, digest);
	ck_assert_str_eq(digest, "f89de64e702a852709f9303406140175"
	    "46fdc0044b58164aa653606b7dfb30f0");
	sl_command_digest(&one, other);
	ck_assert_str_ne(digest, other);
	sl_command_digest(&none, other);
	ck_assert_str_ne(digest, other);
}
END_TEST

TCase *
tcase_flow_plan(void)
{
	TCase *tc = tcase_create("plan");

	tcase_add_loop_test(tc, test_plan_refused, 0, SL_COUNT(refused));
	tcase_add_test(tc, test_no_flow);
	tcase_add_test(tc, test_plan_feature);
	tcase_add_test(tc, test_plan_main_and_tag);
	tcase_add_loop_test(tc, test_values_forbidden, 0, SL_COUNT(forbidden));
	tcase_add_test(tc, test_values);
	tcase_add_loop_test(tc, test_check, 0, SL_COUNT(starts));
	tcase_add_test(tc, test_input_undeclared);
	tcase_add_loop_test(tc, test_input_filled, 0, 4);
	tcase_add_test(tc, test_render);
	tcase_add_test(tc, test_render_promote);
	tcase_add_test(tc, test_inputs_digest);
	tcase_add_test(tc, test_command_digest);
	return tc;
}
