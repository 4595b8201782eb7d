/* SPDX-License-Identifier: Apache-2.0 */
/* What single steps of a build do and refuse. */
#include "build_rig.h"

#include "store/repositories.h"

START_TEST(test_tampered)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	fake_put(w.env, "staging-bucket", "churn/" BUILD
	    "/code/algorithms/train.py", "import os\n");
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_int_eq(w.out.error.code, SL_ETAMPERED);
	ck_assert(!w.out.executed);
	ck_assert_uint_eq(w.env->execution_count, 0);
	ck_assert_ptr_null(fake_get(w.env, "staging-bucket", "churn/" BUILD
	    "/manifest.json"));
	tear_down(&w);
}
END_TEST

START_TEST(test_input_missing)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	free(w.env->objects[0].key);
	w.env->objects[0].key = sl_strdup("elsewhere/x");
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text,
	    "input s3://staging-bucket/input/x.csv is not there"));
	tear_down(&w);
}
END_TEST

START_TEST(test_input_folder)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	free(w.env->objects[0].key);
	w.env->objects[0].key =
	    sl_strdup("staging-bucket/input/x.csv/part-1");
	fake_put(w.env, "staging-bucket", "input/x.csv/part-2", "3,4\n");
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->inputs.count, 2);
	ck_assert_str_eq(m->inputs.items[1].uri,
	    "s3://staging-bucket/input/x.csv/part-2");
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(test_foreign_pipeline)
{
	static const char *const owners[] = { NULL, "other" };

	for (size_t i = 0; i < SL_COUNT(owners); i++) {
		struct world w;
		struct fake_named *p;

		set_up(&w, "refs/heads/main");
		p = &w.env->pipelines[w.env->pipeline_count++];
		p->name = sl_strdup("churn");
		p->arn = sl_strdup("arn:pipeline/churn");
		p->definition = sl_strdup("{}");
		if (owners[i] != NULL)
			sl_aws_pairs_set(&p->tags, "sluice:project",
			    owners[i]);
		ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
		ck_assert_str_eq(w.out.step, "definition");
		ck_assert_ptr_nonnull(strstr(w.out.error.text,
		    "pipeline churn"));
		ck_assert_uint_eq(w.env->execution_count, 0);
		ck_assert_uint_eq(p->updates, 0);
		tear_down(&w);
	}
}
END_TEST

START_TEST(test_guard)
{
	static const struct fake_file bad[] = {
		{ "algorithms/train.py", "x", SL_MODE_FILE },
		{ "train.json", DEFINITION("\"churn-main\""), SL_MODE_FILE },
		{ NULL, NULL, 0 },
	};
	struct world w;

	set_up(&w, "refs/heads/main");
	w.source = fake_source(bad);
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text,
	    "would register with ModelPackageGroupName \"churn-main\""));
	ck_assert_str_eq(w.out.error.place, "train.json:1:265");
	ck_assert_uint_eq(w.env->pipeline_count, 0);
	ck_assert_uint_eq(w.env->execution_count, 0);
	tear_down(&w);
}
END_TEST

START_TEST(test_definition_updated_once)
{
	static const struct fake_file newer[] = {
		{ "algorithms/train.py", "x", SL_MODE_FILE },
		{ "train.json", "{\"Version\": \"2020-12-01\", \"Parameters\": "
		    "[{\"Name\": \"InputUri\"}], \"Steps\": [{\"Name\": "
		    "\"Fit\", \"Type\": \"Training\"}]}", SL_MODE_FILE },
		{ NULL, NULL, 0 },
	};
	struct world w;

	set_up(&w, "refs/heads/main");
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	w.ctx.registry_wait_ms = -1;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	sl_plan_free(w.plan);
	w.plan = make_plan(&w, "refs/heads/main",
	    "1123456789abcdef0123456789abcdef01234567");
	w.job.plan = w.plan;
	w.source = fake_source(newer);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->pipeline_count, 1);
	ck_assert_uint_eq(w.env->pipelines[0].updates, 1);
	ck_assert_uint_eq(w.env->execution_count, 2);
	tear_down(&w);
}
END_TEST

START_TEST(test_supersede)
{
	struct world w;
	size_t stopped = 0;

	for (int has_stop = 0; has_stop < 2; has_stop++) {
		set_up(&w, "refs/heads/feature/x");
		w.fake.has_stop = has_stop;
		ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
		sl_plan_free(w.plan);
		w.plan = make_plan(&w, "refs/heads/feature/x",
		    "1123456789abcdef0123456789abcdef01234567");
		ck_assert(w.plan->supersede);
		w.job.plan = w.plan;
		ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
		ck_assert_uint_eq(w.env->execution_count, 2);
		stopped += w.env->executions[0].status == SL_SAGEMAKER_STOPPED;
		ck_assert_int_eq(w.env->executions[1].status,
		    SL_SAGEMAKER_EXECUTING);
		tear_down(&w);
	}
	ck_assert_uint_eq(stopped, 1);
}
END_TEST

/* An endpoint that lists no steps: the package comes late, and names its
 * build itself. */
START_TEST(test_registry_without_steps)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	w.fake.lists_steps = false;
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "registry");
	fake_register(w.env, "churn", "arn:execution/other/1", "other");
	fake_register(w.env, "churn", NULL, BUILD);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_str_eq(w.out.package, w.env->packages[1].arn);
	ck_assert_ptr_null(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:commit"));
	tear_down(&w);
}
END_TEST

START_TEST(test_registry_gives_up)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	w.fake.lists_steps = false;
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	/* Each look by another process, as the worker's are. */
	for (int i = 0; i < 200 && carry(&w, 1) == SL_BUILDER_AGAIN; i++)
		ck_assert_int_lt(i, 120);
	ck_assert_int_eq(w.out.state, SL_BUILDER_DONE);
	ck_assert_str_eq(w.out.package, "");
	tear_down(&w);
}
END_TEST

START_TEST(test_shared_prefix_is_refused)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	w.ctx.registry_wait_ms = -1;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	free(w.plan->environment);
	w.plan->environment = sl_strdup("prod");
	fake_put(fake_environment(&w.fake, "prod"), "prod-bucket",
	    w.plan->manifest_key, fake_get(w.env, "staging-bucket",
	    w.plan->manifest_key)->bytes);
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text,
	    "is the manifest of another build"));
	tear_down(&w);
}
END_TEST

START_TEST(test_claims)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "refs/heads/main");
	open_store(&w);
	ck_assert_ok(sl_repository_put(w.ctx.store, "repo-0", "/srv/0.git", 1,
	    &err), &err);
	ck_assert_ok(sl_claims_take(w.ctx.store, "churn", "churn", "repo-0", 1,
	    &err), &err);
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_uint_eq(w.fake.calls, 0);
	tear_down(&w);
}
END_TEST

TCase *
tcase_steps(void)
{
	TCase *tc = tcase_create("steps");

	tcase_add_test(tc, test_tampered);
	tcase_add_test(tc, test_input_missing);
	tcase_add_test(tc, test_input_folder);
	tcase_add_test(tc, test_foreign_pipeline);
	tcase_add_test(tc, test_guard);
	tcase_add_test(tc, test_definition_updated_once);
	tcase_add_test(tc, test_supersede);
	tcase_add_test(tc, test_registry_without_steps);
	tcase_add_test(tc, test_registry_gives_up);
	tcase_add_test(tc, test_shared_prefix_is_refused);
	tcase_add_test(tc, test_claims);
	return tc;
}
