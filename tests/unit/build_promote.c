/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions about models, and promotions. */
#include "build_rig.h"

#include "store/builds.h"
#include "store/ledger.h"

static int
decide(struct world *w, const char *person, bool approve,
    struct sl_error *err)
{
	struct sl_model_decision decision = { .environment = "staging",
		.package = fake_environment(&w->fake,
		    "staging")->packages[0].arn, .approve = approve,
		.person = person, .description = "good" };

	sl_error_clear(err);
	return sl_model_decide(&w->ctx, &decision, err);
}

static void
approve_by(struct world *w, const char *person)
{
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(decide(w, person, true, &err), &err);
}

START_TEST(test_decide)
{
	struct world w;
	struct fake_package *p;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_ledger_rows rows = SL_LEDGER_ROWS_INIT;

	set_up(&w, "refs/heads/main");
	open_store(&w);
	p = train(&w);
	ck_assert_err(decide(&w, "ana", true, &err), SL_EREFUSED, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "wrote or pushed"));
	ck_assert_err(decide(&w, "carl", true, &err), SL_EREFUSED, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "not in the site's group"));
	ck_assert_err(decide(&w, "mallory", true, &err), SL_EREFUSED, &err);
	ck_assert_str_eq(p->approval, "PendingManualApproval");
	approve_by(&w, "ben");
	approve_by(&w, "ben");
	ck_assert_str_eq(p->approval, "Approved");
	ck_assert_str_eq(sl_aws_pairs_get(&p->metadata, "sluice:approved-by"),
	    "ben");
	ck_assert_ok(sl_ledger_list(w.ctx.store, 0, p->arn, 0, &rows, &err),
	    &err);
	ck_assert_uint_eq(rows.count, 1);
	sl_ledger_rows_release(&rows);
	ck_assert_ok(decide(&w, "ben", false, &err), &err);
	ck_assert_str_eq(p->approval, "Rejected");
	ck_assert_str_eq(sl_aws_pairs_get(&p->metadata, "sluice:approved-by"),
	    "-");
	tear_down(&w);
}
END_TEST

/* A package that no manifest names cannot be approved. */
START_TEST(test_decide_foreign)
{
	struct world w;
	struct fake_package *p;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "refs/heads/main");
	p = fake_register(w.env, "churn", NULL, NULL);
	ck_assert_err(decide(&w, "ben", true, &err), SL_EREFUSED, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "not of a sluice build"));
	sl_aws_pairs_set(&p->metadata, "sluice:build-id", BUILD);
	ck_assert_err(decide(&w, "ben", true, &err), SL_EREFUSED, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "no sluice manifest names"));
	sl_aws_pairs_set(&p->metadata, "sluice:build-id", "../../x");
	ck_assert_err(decide(&w, "ben", true, &err), SL_EREFUSED, &err);
	tear_down(&w);
}
END_TEST

/* A pipeline registers before its build writes that down. */
START_TEST(test_decide_unrecorded)
{
	struct world w;
	struct fake_package *p;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "refs/heads/main");
	w.fake.register_as = "churn";
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.env->package_count, 1);
	p = &w.env->packages[0];
	ck_assert_err(decide(&w, "ben", true, &err), SL_EREFUSED, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "try again"));
	ck_assert_ptr_nonnull(strstr(err.text, "churn"));
	/* Also where the definition names the build itself. */
	sl_aws_pairs_set(&p->metadata, "sluice:build-id", BUILD);
	ck_assert_err(decide(&w, "ben", true, &err), SL_EREFUSED, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "try again"));
	ck_assert_str_eq(p->approval, "PendingManualApproval");
	end_all(w.env, SL_SAGEMAKER_SUCCEEDED);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	approve_by(&w, "ben");
	tear_down(&w);
}
END_TEST

START_TEST(test_promote)
{
	struct world w;
	struct fake_package *p;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_ledger_rows rows = SL_LEDGER_ROWS_INIT;
	struct sl_builds builds = SL_BUILDS_INIT;
	struct sl_build_query query = { .by = SL_BUILD_BY_REF };

	set_up(&w, "refs/heads/main");
	open_store(&w);
	p = train(&w);
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "sluice approve "));
	ck_assert_ptr_nonnull(strstr(w.out.error.text, p->arn));
	ck_assert_int_gt(w.out.delay_ms, 0);
	approve_by(&w, "ben");
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->package_count, 1);
	ck_assert_str_eq(w.env->packages[0].group, "churn");
	ck_assert_str_eq(w.out.package, w.env->packages[0].arn);
	ck_assert_str_eq(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:source-package"), p->arn);
	ck_assert_ptr_null(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:approved-by"));
	ck_assert_uint_eq(w.env->execution_count, 0);
	/* The artifact came along, and the package points at it. */
	ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification,
	    "s3://prod-bucket/churn/"));
	ck_assert_ptr_nonnull(fake_get(w.env, "prod-bucket",
	    "churn/model.tar.gz"));
	/* Again: the same package, and one row in the ledger. */
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->package_count, 1);
	ck_assert_ok(sl_ledger_list(w.ctx.store, 0, "refs/tags/v1.0.0", 0,
	    &rows, &err), &err);
	ck_assert_uint_eq(rows.count, 1);
	ck_assert_str_eq(rows.items[0].kind, "promotion");
	ck_assert_ptr_nonnull(strstr(rows.items[0].json,
	    "\"approved_by\":\"ben\""));
	sl_ledger_rows_release(&rows);
	query.value = "refs/tags/v1.0.0";
	ck_assert_ok(sl_build_list(w.ctx.store, &query, &builds, &err), &err);
	ck_assert_uint_eq(builds.count, 1);
	ck_assert_ptr_nonnull(strstr(builds.items[0].manifest_uri,
	    "s3://prod-bucket/churn/.sluice/promotions/tags-v1-0-0-"));
	sl_builds_release(&builds);
	tear_down(&w);
}
END_TEST

START_TEST(test_promote_sweep)
{
	for (unsigned n = 1; n < 30; n++) {
		struct world w;

		set_up(&w, "refs/heads/main");
		train(&w);
		approve_by(&w, "ben");
		use_ref(&w, "refs/tags/v1.0.0");
		w.fake.calls = 0;
		w.fake.fail_at = n;
		w.fake.with_effect = _i == 1;
		for (int i = 0; i < 5 && carry(&w, 1) == SL_BUILDER_AGAIN; i++)
			;
		ck_assert_msg(w.out.state == SL_BUILDER_DONE,
		    "call %u: %s at %s: %s", n,
		    sl_builder_state_name(w.out.state), w.out.step,
		    w.out.error.text);
		ck_assert_uint_eq(w.env->package_count, 1);
		tear_down(&w);
	}
}
END_TEST

START_TEST(test_promote_not_trained)
{
	struct world w;

	set_up(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "is not trained in "
	    "staging yet"));
	use_ref(&w, "refs/heads/main");
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "not at its end yet"));
	tear_down(&w);
}
END_TEST

/* Approved in the console: the principal decides whether that counts. */
START_TEST(test_promote_console_approval)
{
	struct world w;
	struct fake_package *p;

	set_up(&w, "refs/heads/main");
	p = train(&w);
	free(p->approval);
	p->approval = sl_strdup("Approved");
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "does not count"));
	p->modified_by = sl_strdup("arn:aws:iam::222222222222:role/p");
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	free(p->modified_by);
	p->modified_by = sl_strdup("arn:aws:iam::222222222222:user/ben");
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	tear_down(&w);
}
END_TEST

/* Ben approved the package, but he pushed a part of the release. */
START_TEST(test_promote_approver_is_author)
{
	static const char *const people[] = { "x@example.org", "BEN@example.org"
	};
	struct world w;

	set_up(&w, "refs/heads/main");
	train(&w);
	approve_by(&w, "ben");
	use_ref(&w, "refs/tags/v1.0.0");
	w.job.people = people;
	w.job.people_count = 2;
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "a part of this "
	    "release"));
	ck_assert_uint_eq(w.env->package_count, 0);
	tear_down(&w);
}
END_TEST

START_TEST(test_promote_rejected)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;

	set_up(&w, "refs/heads/main");
	train(&w);
	ck_assert_ok(decide(&w, "ben", false, &err), &err);
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "rejected"));
	tear_down(&w);
}
END_TEST

START_TEST(test_promote_several)
{
	struct world w;
	SL_CLEANUP(sl_freep) char *message = NULL;
	struct fake_environment *staging;

	set_up(&w, "refs/heads/main");
	train(&w);
	approve_by(&w, "ben");
	w.job.rerun = true;
	w.fake.register_as = "churn";
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	w.fake.register_as = NULL;
	w.job.rerun = false;
	staging = w.env;
	ck_assert_uint_eq(staging->package_count, 2);
	free(staging->packages[1].approval);
	staging->packages[1].approval = sl_strdup("Approved");
	staging->packages[1].modified_by =
	    sl_strdup("arn:aws:iam::222222222222:user/ben");
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text,
	    staging->packages[0].arn));
	ck_assert_ptr_nonnull(strstr(w.out.error.text,
	    staging->packages[1].arn));
	message = sl_asprintf("Release\n\nModel-Package: %s\n",
	    staging->packages[1].arn);
	w.job.message = message;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_str_eq(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:source-package"), staging->packages[1].arn);
	tear_down(&w);
}
END_TEST

/* A commit that changed documents only has the same inputs. */
START_TEST(test_promote_same_inputs)
{
	static const struct fake_file docs_changed[] = {
		{ "algorithms/train.py", "print('fit')\n", SL_MODE_FILE },
		{ "docs/readme.md", "other words\n", SL_MODE_FILE },
		{ "train.json", DEFINITION(FROM_PARAMETER), SL_MODE_FILE },
		{ NULL, NULL, 0 },
	};
	static const struct fake_file code_changed[] = {
		{ "algorithms/train.py", "print('fit!')\n", SL_MODE_FILE },
		{ "docs/readme.md", "words\n", SL_MODE_FILE },
		{ "train.json", DEFINITION(FROM_PARAMETER), SL_MODE_FILE },
		{ NULL, NULL, 0 },
	};
	struct world w;

	set_up(&w, "refs/heads/main");
	train(&w);
	approve_by(&w, "ben");
	sl_plan_free(w.plan);
	w.plan = make_plan(&w, "refs/tags/v1.0.0",
	    "1123456789abcdef0123456789abcdef01234567");
	w.job.plan = w.plan;
	w.source = fake_source(code_changed);
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	w.source = fake_source(docs_changed);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	tear_down(&w);
}
END_TEST

/* A model of a feature branch is never promoted, even when the tag says. */
START_TEST(test_promote_feature_model)
{
	struct world w;
	SL_CLEANUP(sl_freep) char *message = NULL;
	struct fake_package *p;

	set_up_with(&w, "refs/heads/feature/x", "flows:\n"
	    "  - {ref: 'refs/heads/feature/.+', environment: staging, action: "
	    "train}\n"
	    "  - {ref: 'refs/tags/.+', environment: prod, action: promote, "
	    "from: staging}\n");
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	w.fake.register_as = w.plan->name;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	p = &w.env->packages[0];
	approve_by(&w, "ben");
	message = sl_asprintf("Release\n\nModel-Package: %s\n", p->arn);
	w.job.message = message;
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text,
	    "only models of churn are promoted"));
	w.job.message = "";
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	tear_down(&w);
}
END_TEST

START_TEST(test_promote_then_pipeline)
{
	struct world w;

	set_up_with(&w, "refs/heads/main", "flows:\n"
	    "  - {ref: 'refs/heads/main', environment: staging, action: train, "
	    "names: main}\n"
	    "  - {ref: 'refs/tags/.+', environment: prod, action: promote, "
	    "from: staging, pipeline: training}\n");
	open_store(&w);
	train(&w);
	approve_by(&w, "ben");
	use_ref(&w, "refs/tags/v1.0.0");
	w.fake.new_status = SL_SAGEMAKER_EXECUTING;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.env->package_count, 1);
	ck_assert_uint_eq(w.env->execution_count, 1);
	end_all(w.env, SL_SAGEMAKER_SUCCEEDED);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.env->execution_count, 1);
	tear_down(&w);
}
END_TEST

TCase *
tcase_promote(void)
{
	TCase *tc = tcase_create("promote");

	tcase_add_test(tc, test_decide);
	tcase_add_test(tc, test_decide_foreign);
	tcase_add_test(tc, test_decide_unrecorded);
	tcase_add_test(tc, test_promote_not_trained);
	tcase_add_test(tc, test_promote_rejected);
	tcase_add_test(tc, test_promote_several);
	tcase_add_test(tc, test_promote_feature_model);
	tcase_add_test(tc, test_promote_console_approval);
	tcase_add_test(tc, test_promote_approver_is_author);
	tcase_add_test(tc, test_promote);
	tcase_add_loop_test(tc, test_promote_sweep, 0, 2);
	tcase_add_test(tc, test_promote_same_inputs);
	tcase_add_test(tc, test_promote_then_pipeline);
	return tc;
}
