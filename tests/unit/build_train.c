/* SPDX-License-Identifier: Apache-2.0 */
/* Attempts of a training build: each ends up in one execution. */
#include "build_rig.h"

#include "store/builds.h"
#include "store/ledger.h"

START_TEST(test_train)
{
	struct world w;
	struct sl_manifest *m;
	const struct fake_execution *x;

	set_up(&w, "refs/heads/main");
	w.fake.register_as = "churn";
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "track");
	ck_assert_int_eq(w.out.delay_ms, 1000);
	ck_assert_uint_eq(w.env->execution_count, 1);
	x = &w.env->executions[0];
	ck_assert_str_eq(x->name, BUILD);
	ck_assert_uint_eq(strlen(x->token), 64);
	ck_assert_str_eq(x->values, "CodeUri=s3://staging-bucket/churn/" BUILD
	    "/code;InputUri=s3://staging-bucket/input/x.csv;"
	    "ModelPackageGroupName=churn;");
	end_all(w.env, SL_SAGEMAKER_SUCCEEDED);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->execution_count, 1);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->attempt_count, 1);
	ck_assert_str_eq(m->attempts[0].state, "succeeded");
	ck_assert(m->attempts[0].recorded);
	ck_assert_uint_eq(m->attempts[0].packages.count, 1);
	ck_assert_uint_eq(m->file_count, 1);
	ck_assert_str_eq(m->files[0].path, "algorithms/train.py");
	ck_assert_uint_eq(m->inputs.count, 1);
	ck_assert_ptr_nonnull(m->inputs.items[0].etag);
	ck_assert_str_eq(w.out.package, w.env->packages[0].arn);
	ck_assert_str_eq(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:build-id"), BUILD);
	ck_assert_str_eq(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:inputs-digest"), m->inputs_digest);
	ck_assert_str_eq(w.env->packages[0].stage, "staging");
	ck_assert_ptr_nonnull(fake_get(w.env, "staging-bucket", "churn/" BUILD
	    "/code/source.tar.gz"));
	ck_assert_ptr_nonnull(fake_get(w.env, "staging-bucket",
	    "churn/.sluice/commits/" COMMIT "/" BUILD "/churn"));
	ck_assert_str_eq(sl_aws_pairs_get(&w.env->pipelines[0].tags,
	    "sluice:project"), "churn");
	sl_manifest_free(m);
	/* Once more: report, and change nothing. */
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->execution_count, 1);
	ck_assert_uint_eq(w.env->pipelines[0].updates, 0);
	tear_down(&w);
}
END_TEST

/* Fail every single call once, before and after it took effect, as a worker
 * that dies there would leave it; then go on. The service even forgets
 * tokens. Whatever happened: one execution, one whole record. */
static void
sweep(struct world *w, bool with_effect, unsigned n)
{
	struct sl_manifest *m;

	w->fake.register_as = "churn";
	w->fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	w->fake.ignores_tokens = true;
	w->fake.lists_steps = n % 2 == 0;
	w->ctx.registry_wait_ms = -1;
	w->fake.fail_at = n;
	w->fake.with_effect = with_effect;
	/* The process ends at the failure; others follow. */
	for (int i = 0; i < 5 && carry(w, 1) == SL_BUILDER_AGAIN; i++)
		;
	ck_assert_msg(w->out.state == SL_BUILDER_DONE, "call %u: %s at %s: %s",
	    n, sl_builder_state_name(w->out.state), w->out.step,
	    w->out.error.text);
	ck_assert_msg(w->env->execution_count == 1, "call %u: %zu executions",
	    n, w->env->execution_count);
	m = read_manifest(w);
	ck_assert_uint_eq(m->attempt_count, 1);
	ck_assert(m->attempts[0].recorded);
	ck_assert_str_eq(m->attempts[0].token, w->env->executions[0].token);
	ck_assert_uint_eq(m->attempts[0].packages.count, 1);
	sl_manifest_free(m);
}

START_TEST(test_train_sweep)
{
	unsigned calls = 0;

	for (unsigned n = 1; n == 1 || n <= calls + 1; n++) {
		struct world w;

		set_up(&w, "refs/heads/main");
		sweep(&w, _i == 1, n);
		if (n == 1)
			calls = w.fake.calls;
		tear_down(&w);
	}
	ck_assert_uint_gt(calls, 15);
}
END_TEST

/* The same within one process, which keeps what it holds in memory. */
START_TEST(test_train_sweep_in_process)
{
	for (unsigned n = 1; n < 40; n++) {
		struct world w;

		set_up(&w, "refs/heads/main");
		w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
		w.fake.ignores_tokens = true;
		w.fake.register_as = "churn";
		w.fake.fail_at = n;
		w.fake.with_effect = _i == 1;
		ck_assert_state(&w, 5, SL_BUILDER_DONE);
		ck_assert_uint_eq(w.env->execution_count, 1);
		tear_down(&w);
	}
}
END_TEST

START_TEST(test_train_store)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_builds builds = SL_BUILDS_INIT;
	struct sl_ledger_rows rows = SL_LEDGER_ROWS_INIT;
	struct sl_build_query query = { .by = SL_BUILD_ALL };

	set_up(&w, "refs/heads/main");
	open_store(&w);
	w.fake.register_as = "churn";
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	end_all(w.env, SL_SAGEMAKER_FAILED);
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert(w.out.executed);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "step Fit failed"));
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "--rerun"));
	ck_assert_ok(sl_build_list(w.ctx.store, &query, &builds, &err), &err);
	ck_assert_uint_eq(builds.count, 1);
	ck_assert_int_eq(builds.items[0].state, SL_BUILD_FAILED);
	ck_assert_int_eq(builds.items[0].step, SL_STEP_RECORDED);
	ck_assert_str_eq(builds.items[0].manifest_uri, "s3://" MANIFEST);
	/* One row for the start and one for the end, however often told. */
	ck_assert_ok(sl_ledger_list(w.ctx.store, 0, BUILD, 0, &rows, &err),
	    &err);
	ck_assert_uint_eq(rows.count, 2);
	ck_assert_str_eq(rows.items[0].kind, "build-start");
	ck_assert_str_eq(rows.items[1].kind, "build-end");
	sl_builds_release(&builds);
	sl_ledger_rows_release(&rows);
	tear_down(&w);
}
END_TEST

START_TEST(test_rerun)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	w.fake.new_status = SL_SAGEMAKER_FAILED;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_uint_eq(w.env->execution_count, 1);
	w.job.rerun = true;
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	w.ctx.registry_wait_ms = -1;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.out.attempt, 2);
	ck_assert_uint_eq(w.env->execution_count, 2);
	ck_assert_str_eq(w.env->executions[1].name, BUILD "-a2");
	ck_assert_str_ne(w.env->executions[0].token,
	    w.env->executions[1].token);
	/* Taken up again by the same job: not a third one. */
	w.job.attempt = 2;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->execution_count, 2);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->attempt_count, 2);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(test_rerun_attaches_while_executing)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	w.job.rerun = true;
	ck_assert_state(&w, 2, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.env->execution_count, 1);
	w.job.rerun = false;
	w.job.restart = true;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.env->execution_count, 2);
	ck_assert_int_eq(w.env->executions[0].status, SL_SAGEMAKER_STOPPED);
	tear_down(&w);
}
END_TEST

START_TEST(test_restart_unsupported)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	w.fake.has_stop = false;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	w.job.restart = true;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "--restart"));
	ck_assert_uint_eq(w.env->execution_count, 1);
	tear_down(&w);
}
END_TEST

START_TEST(test_other_trigger_attaches)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	w.job.origin = SL_FLOW_CI;
	ck_assert_state(&w, 3, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.env->execution_count, 0);
	/* Nothing was written either: only the input is there. */
	ck_assert_uint_eq(w.env->object_count, 1);
	w.job.origin = SL_FLOW_HOOK;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	w.job.origin = SL_FLOW_CI;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	end_all(w.env, SL_SAGEMAKER_SUCCEEDED);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->execution_count, 1);
	tear_down(&w);
}
END_TEST

START_TEST(test_changed_parameters_need_rerun)
{
	struct world w;
	struct sl_pair pair = { (char *)"Epochs", (char *)"9" };
	struct sl_pairs extra = { &pair, 1 };

	set_up(&w, "refs/heads/main");
	/* Find the Start call, and lose it without effect. */
	for (w.fake.fail_at = 1;; w.fake.fail_at++) {
		w.fake.calls = 0;
		w.fake.fail_code = SL_EDENIED;
		ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
		if (!strcmp(w.out.step, "start"))
			break;
		ck_assert_uint_lt(w.fake.fail_at, 60);
	}
	w.fake.fail_at = 0;
	w.job.extra = &extra;
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "--rerun"));
	ck_assert_uint_eq(w.env->execution_count, 0);
	w.job.rerun = true;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.env->execution_count, 1);
	ck_assert_str_eq(w.env->executions[0].name, BUILD "-a2");
	ck_assert_ptr_nonnull(strstr(w.env->executions[0].values,
	    "Epochs=9;"));
	tear_down(&w);
}
END_TEST

/* A service that is down is asked ever more seldom, by whomever. */
START_TEST(test_backoff)
{
	static const int64_t delays[] = { 1000, 2000, 4000, 8000 };
	struct world w;

	set_up(&w, "refs/heads/main");
	for (unsigned i = 0; i < SL_COUNT(delays); i++) {
		w.fake.fail_at = w.fake.calls + 1;
		w.job.failures = i;
		ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
		ck_assert_int_eq(w.out.error.code, SL_ENET);
		ck_assert_int_eq(w.out.delay_ms, delays[i]);
	}
	w.fake.fail_at = w.fake.calls + 1;
	w.job.failures = 1000;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_int_eq(w.out.delay_ms, 300000);
	tear_down(&w);
}
END_TEST

TCase *
tcase_train(void)
{
	TCase *tc = tcase_create("train");

	tcase_add_test(tc, test_train);
	tcase_add_loop_test(tc, test_train_sweep, 0, 2);
	tcase_add_loop_test(tc, test_train_sweep_in_process, 0, 2);
	tcase_add_test(tc, test_train_store);
	tcase_add_test(tc, test_rerun);
	tcase_add_test(tc, test_rerun_attaches_while_executing);
	tcase_add_test(tc, test_restart_unsupported);
	tcase_add_test(tc, test_other_trigger_attaches);
	tcase_add_test(tc, test_changed_parameters_need_rerun);
	tcase_add_test(tc, test_backoff);
	return tc;
}
