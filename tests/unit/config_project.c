/* SPDX-License-Identifier: Apache-2.0 */
/* config: project files. */
#include "config_rig.h"

/* --- project files --- */

static const struct {
	const char *text;
	const char *message;
} bad_projects[] = {
	{ "", "r:.sluice.yaml:1:1: the file holds no value" },
	{ HEAD, "r:.sluice.yaml:1:1: a project file lacks the key \"project\"" },
	{ HEAD "project: {}\n",
	    "r:.sluice.yaml:2:10: \"project\" lacks the key \"id\"" },
	{ HEAD "project: {id: a--b}\n",
	    "r:.sluice.yaml:2:15: \"id\" must be lower-case letters and digits "
	    "joined by single \"-\", at most 32, not \"a--b\"" },
	{ HEAD "project: {id: a, usecase: b}\n",
	    "r:.sluice.yaml:2:18: unknown key \"usecase\" in \"project\"; did "
	    "you mean \"use-case\"?" },
	{ P "pipline: {}\n",
	    "r:.sluice.yaml:3:1: unknown key \"pipline\" in a project file; "
	    "did you mean \"pipelines\"?" },
	{ P "pipelines: {training: {}}\n",
	    "r:.sluice.yaml:3:23: a pipeline has a \"definition\" or a "
	    "\"command\", one of them" },
	{ P "pipelines: {training: {definition: x, command: [y]}}\n",
	    "r:.sluice.yaml:3:23: a pipeline has a \"definition\" or a "
	    "\"command\", one of them" },
	{ P "pipelines: {training: {definition: ../x}}\n",
	    "r:.sluice.yaml:3:36: \"definition\" must be a path inside the "
	    "repository, without \".\", \"..\" or a slash at either end, not "
	    "\"../x\"" },
	{ P "pipelines: {t: {command: sh x}}\n",
	    "r:.sluice.yaml:3:26: \"command\" must be a list, not a single "
	    "value" },
	{ P "pipelines: {t: {definition: x, parameters: {a b: 1}}}\n",
	    "r:.sluice.yaml:3:45: a parameter's name must be a pipeline "
	    "parameter: letters, digits, \"-\" and \"_\", not \"a b\"" },
	{ P "pipelines: {t: {definition: x, parameters: {A: }}}\n",
	    "r:.sluice.yaml:3:48: the parameter \"A\" is empty; write '' for "
	    "empty text" },
	{ P "inputs: [{uri: 's3://b'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not \"s3://b\"" },
	{ P "inputs: [{uri: 's3://b/{x}'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not "
	    "\"s3://b/{x}\"" },
	{ P "inputs: [{uri: 's3://b/{bucket'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not "
	    "\"s3://b/{bucket\"" },
	{ P "inputs: [{uri: 's3://b/a}'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not "
	    "\"s3://b/a}\"" },
	{ P "inputs: [{uri: 's3://b/a', pin: copy}]\n",
	    "r:.sluice.yaml:3:33: \"pin: copy\" is not available in this "
	    "version; \"pin: version\" records which version was read" },
	{ P "inputs: [{uri: 's3://b/a', pin: verison}]\n",
	    "r:.sluice.yaml:3:33: unknown word \"verison\" for \"pin\"; did "
	    "you mean \"version\"?" },
	{ P "inputs:\n- {uri: 's3://b/a', parameter: X}\n"
	    "- {uri: 's3://b/c', parameter: X}\n",
	    "r:.sluice.yaml:5:3: another input fills the parameter \"X\" "
	    "already" },
	{ P "flows: default\n",
	    "r:.sluice.yaml:3:8: the flow of refs/heads/feature/.+ uses the "
	    "pipeline \"training\", which \"pipelines\" does not have" },
	{ P "pipelines: {training: {command: [x]}}\nflows: default\n",
	    "r:.sluice.yaml:4:8: the definition of the pipeline \"training\" "
	    "comes from a command, so the flow of refs/heads/feature/.+ needs "
	    "\"trigger: ci\"" },
};

START_TEST(bad_projects_are_refused_with_their_place)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;
	char shown[SL_ERROR_TEXT_MAX];
	int rc = sl_project_parse("r:.sluice.yaml",
	    sl_str(bad_projects[_i].text), &project, &err);

	ck_assert_int_lt(rc, 0);
	ck_assert_ptr_null(project);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, bad_projects[_i].message);
}
END_TEST

static struct sl_project *
parse_project(const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;

	ck_assert_ok(sl_project_parse("p", sl_str(text), &project, &err),
	    &err);
	return project;
}

START_TEST(example_project_is_read_whole)
{
	char *path = example("project.yaml");
	struct sl_buf text = SL_BUF_INIT(65536), uri = SL_BUF_INIT(64);
	const struct sl_uri_values v = { "bbb", "wine", "dev" };
	const struct sl_project_pipeline *p;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project;
	struct sl_site *site = load_example();
	FILE *file = fopen(path, "r");
	char line[512];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		sl_buf_adds(&text, line);
	fclose(file);
	project = parse_project(sl_buf_cstr(&text));
	ck_assert_str_eq(project->id, "wine-quality");
	ck_assert_str_eq(project->use_case, "wine");
	ck_assert_ptr_nonnull(project->extends);
	ck_assert_ptr_nonnull(project->rules);
	p = sl_project_pipeline(project, "training");
	ck_assert_uint_eq(p->command.count, 3);
	ck_assert_str_eq(p->command.items[0], "python3");
	ck_assert(sl_words_has(&p->inputs_paths, SL_STR("algorithms")));
	ck_assert_str_eq(sl_pairs_get(&p->parameters, "InstanceCount"), "1");
	ck_assert_str_eq(sl_pairs_get(&p->parameters, "Note"), "");
	ck_assert_ptr_null(sl_project_pipeline(project, "x"));
	ck_assert_ptr_null(sl_project_pipeline(project, NULL));
	ck_assert_ok(sl_flows_check(sl_project_flows(project), site, &err),
	    &err);
	ck_assert_ok(sl_project_uri(&project->inputs[0], &v, &uri, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&uri), "s3://bbb/input/wine/wine.csv");
	ck_assert_err(sl_project_uri(&project->inputs[1],
			  &(struct sl_uri_values){ "b", "u",
			      "long-long-long-long-long-long-long" },
			  &uri, &err),
	    SL_ETOOBIG, &err);
	ck_assert_str_eq(sl_buf_cstr(&uri), "s3://bbb/input/wine/wine.csv");
	ck_assert_str_eq(project->inputs[0].parameter, "InputUri");
	ck_assert_ptr_null(project->inputs[1].parameter);
	sl_project_free(project);
	sl_site_free(site);
	sl_buf_release(&text);
	sl_buf_release(&uri);
	free(path);
}
END_TEST

/* The example of a manual: its last literal block. */
static char *
manual_example(const char *name)
{
	const char *srcdir = getenv("SL_SRCDIR");
	char *path = sl_asprintf("%s/man/%s", srcdir != NULL ? srcdir : ".",
	    name);
	struct sl_buf out = SL_BUF_INIT(65536);
	FILE *file = fopen(path, "r");
	bool inside = false;
	char line[512];

	ck_assert_msg(file != NULL, "%s", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (!strncmp(line, ".Bd -literal", 12)) {
			sl_buf_clear(&out);
			inside = true;
		} else if (!strncmp(line, ".Ed", 3)) {
			inside = false;
		} else if (inside) {
			sl_buf_adds(&out, line);
		}
	}
	fclose(file);
	free(path);
	return sl_buf_steal(&out);
}

START_TEST(examples_of_the_manuals_are_good)
{
	char *site_text = manual_example("sluice-site.5");
	char *project_text = manual_example("sluice-project.5");
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;
	struct sl_site *site = NULL;

	ck_assert_ok(sl_site_parse("site", ".", sl_str(site_text), &site,
			 &err),
	    &err);
	ck_assert_ok(sl_project_parse("project", sl_str(project_text),
			 &project, &err),
	    &err);
	sl_site_free(site);
	sl_project_free(project);
	free(site_text);
	free(project_text);
}
END_TEST

START_TEST(a_small_project_is_enough)
{
	struct sl_project *project = parse_project(P);

	ck_assert_str_eq(project->use_case, "wine");
	ck_assert_ptr_null(sl_project_flows(project));
	ck_assert_ptr_null(sl_project_flows(NULL));
	ck_assert_ptr_null(project->rules);
	sl_project_free(project);
	ck_assert(sl_project_id_valid(SL_STR("a-1")));
	ck_assert(!sl_project_id_valid(SL_STR("-a")));
	ck_assert(!sl_project_id_valid(SL_STR("a-")));
	ck_assert(!sl_project_id_valid(SL_STR("")));
	ck_assert(!sl_project_id_valid(SL_STR("a\0b")));
	ck_assert(
	    !sl_project_id_valid(SL_STR("a23456789012345678901234567890123")));
}
END_TEST

TCase *
tcase_project(void)
{
	TCase *tc = tcase_create("project");

	tcase_add_loop_test(tc, bad_projects_are_refused_with_their_place, 0,
	    SL_COUNT(bad_projects));
	tcase_add_test(tc, example_project_is_read_whole);
	tcase_add_test(tc, examples_of_the_manuals_are_good);
	tcase_add_test(tc, a_small_project_is_enough);
	return tc;
}
