/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "build/build.h"
#include "build/manifest.h"
#include "build_fake.h"
#include "flow/flow.h"
#include "store/builds.h"
#include "store/ledger.h"
#include "store/repositories.h"
#include "store/store.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define TREE "89abcdef0123456789abcdef0123456789abcdef"
#define BUILD "20261122T103140Z-" COMMIT
#define MANIFEST "staging-bucket/churn/" BUILD "/manifest.json"

static const char site_text[] =
    "sluice: 1\n"
    "name: test\n"
    "people:\n"
    "  ana: {emails: [ana@example.org], logins: [ana], groups: [approvers]}\n"
    "  ben: {emails: [ben@example.org], logins: [ben], principals: "
    "['arn:aws:iam::222222222222:user/ben'], groups: [approvers]}\n"
    "  carl: {emails: [carl@example.org], logins: [carl]}\n"
    "environments:\n"
    "  dev: {account: '111111111111', region: eu-west-1, bucket: dev-bucket, "
    "prefix: ml, pipeline-role: 'arn:aws:iam::111111111111:role/p'}\n"
    "  staging: {account: '222222222222', region: eu-west-1, bucket: "
    "staging-bucket, protected: true, pipeline-role: "
    "'arn:aws:iam::222222222222:role/p'}\n"
    "  prod: {account: '333333333333', region: eu-west-1, bucket: "
    "prod-bucket, protected: true, pipeline-role: "
    "'arn:aws:iam::333333333333:role/p'}\n";

static const char project_text[] =
    "sluice: 1\n"
    "project: {id: churn}\n"
    "pipelines:\n"
    "  training: {definition: train.json, inputs-paths: [algorithms]}\n"
    "inputs:\n"
    "  - {uri: 's3://{bucket}/input/x.csv', parameter: InputUri}\n";

#define DEFINITION(group)                                                      \
	"{\"Version\": \"2020-12-01\", \"Parameters\": ["                      \
	"{\"Name\": \"CodeUri\"}, {\"Name\": \"InputUri\"},"                   \
	"{\"Name\": \"Epochs\", \"Type\": \"Integer\", \"DefaultValue\": 1},"  \
	"{\"Name\": \"ModelPackageGroupName\"}], \"Steps\": [{\"Name\": "      \
	"\"R\", \"Type\": \"RegisterModel\", \"Arguments\": "                  \
	"{\"ModelPackageGroupName\": " group "}}]}"
#define FROM_PARAMETER "{\"Get\": \"Parameters.ModelPackageGroupName\"}"

static const struct fake_file files[] = {
	{ "algorithms/train.py", "print('fit')\n", SL_MODE_FILE },
	{ "docs/readme.md", "words\n", SL_MODE_FILE },
	{ "train.json", DEFINITION(FROM_PARAMETER), SL_MODE_FILE },
	{ NULL, NULL, 0 },
};

struct world {
	struct fake fake;
	struct sl_site *site;
	struct sl_project *project;
	struct sl_plan *plan;
	struct sl_object_source source;
	struct sl_builder_context ctx;
	struct sl_builder_job job;
	struct sl_builder_outcome out;
	struct fake_environment *env; /* the plan's */
	char dir[64];
};

static struct sl_plan *
make_plan(struct world *w, const char *ref, const char *commit)
{
	struct sl_plan_input input = { .site = w->site, .project = w->project,
		.repository_id = "repo-1", .ref = sl_str(ref),
		.commit_time_s = 1795343500 };
	struct sl_plan *plan = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_int_eq(sl_oid_parse(sl_str(commit), &input.commit), 0);
	ck_assert_int_eq(sl_oid_parse(SL_STR(TREE), &input.tree), 0);
	ck_assert_ok(sl_flow_choose(w->site, NULL, w->project, sl_str(ref),
	    &input.flow, &err), &err);
	ck_assert_ok(sl_plan_make(&input, &plan, &err), &err);
	return plan;
}

static void
use_ref(struct world *w, const char *ref)
{
	sl_plan_free(w->plan);
	w->plan = make_plan(w, ref, COMMIT);
	w->job.plan = w->plan;
	w->env = fake_environment(&w->fake, w->plan->environment);
	fake_put(w->env, w->plan->bucket, "input/x.csv", "1,2\n");
}

static void
set_up_with(struct world *w, const char *ref, const char *extra_site)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(65536);
	struct sl_error err = SL_ERROR_INIT;

	memset(w, 0, sizeof(*w));
	fake_init(&w->fake);
	sl_buf_addf(&text, "%s%s", site_text, extra_site);
	ck_assert_ok(sl_site_parse("site.yaml", ".", sl_buf_str(&text),
	    &w->site, &err), &err);
	ck_assert_ok(sl_project_parse("p", sl_str(project_text), &w->project,
	    &err), &err);
	w->source = fake_source(files);
	w->ctx = (struct sl_builder_context){ .site = w->site,
		.remotes = &w->fake.table, .clock = &w->fake.clock,
		.poll_ms = 1000 };
	w->job = (struct sl_builder_job){ .source = &w->source,
		.author_email = "ana@example.org", .subject = "Fit",
		.pusher = "ana", .origin = SL_FLOW_HOOK, .message = "",
		.policy_digest = "feed" };
	use_ref(w, ref);
}

static void
set_up(struct world *w, const char *ref)
{
	set_up_with(w, ref, "");
}

static void
tear_down(struct world *w)
{
	if (w->ctx.store != NULL) {
		char command[128];

		sl_store_free(w->ctx.store);
		snprintf(command, sizeof(command), "rm -rf %s", w->dir);
		ck_assert_int_eq(system(command), 0);
	}
	sl_plan_free(w->plan);
	sl_project_free(w->project);
	sl_site_free(w->site);
	fake_release(&w->fake);
}

static void
open_store(struct world *w)
{
	struct sl_error err = SL_ERROR_INIT;

	strcpy(w->dir, "/tmp/sluice-build-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(w->dir));
	ck_assert_ok(sl_store_open(w->dir, SL_STORE_CREATE, &w->ctx.store,
	    &err), &err);
	ck_assert_ok(sl_repository_put(w->ctx.store, "repo-1", "/srv/r.git",
	    w->fake.now_s, &err), &err);
}

/* One process: carry the job until it ends or waits for long. */
static enum sl_builder_state
carry(struct world *w, unsigned steps)
{
	struct sl_builder *b = NULL;
	struct sl_error err = SL_ERROR_INIT;
	enum sl_builder_state state;

	ck_assert_ok(sl_builder_new(&w->ctx, &w->job, &b, &err), &err);
	do {
		state = sl_builder_step(b, &w->out);
		w->fake.now_s += 1 + w->out.delay_ms / 1000;
	} while (state == SL_BUILDER_AGAIN && --steps > 0);
	sl_builder_free(b);
	return state;
}

#define ck_assert_state(w, steps, want)                                        \
	do {                                                                   \
		enum sl_builder_state state_ = carry(w, steps);                \
		ck_assert_msg(state_ == (want), "%s at %s: %s",                \
		    sl_builder_state_name(state_), (w)->out.step,              \
		    (w)->out.error.text);                                      \
	} while (0)

static void
end_all(struct fake_environment *e, enum sl_sagemaker_status status)
{
	for (size_t i = 0; i < e->execution_count; i++)
		e->executions[i].status = status;
}

static struct sl_manifest *
read_manifest(struct world *w)
{
	const struct fake_object *o;
	struct sl_manifest *m = NULL;
	struct sl_error err = SL_ERROR_INIT;

	o = fake_get(w->env, w->plan->bucket, w->plan->manifest_key);
	ck_assert_ptr_nonnull(o);
	ck_assert_ok(sl_manifest_parse("m", sl_strn(o->bytes, o->len), &m,
	    &err), &err);
	return m;
}

/* --- train --- */

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
	ck_assert_uint_eq(m->input_count, 1);
	ck_assert_ptr_nonnull(m->inputs[0].etag);
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
	ck_assert_uint_eq(m->input_count, 2);
	ck_assert_str_eq(m->inputs[1].uri,
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

/* --- promotion --- */

/* A trained and recorded build of main; returns its package. */
static struct fake_package *
train(struct world *w)
{
	w->fake.register_as = "churn";
	w->fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	ck_assert_state(w, 1, SL_BUILDER_DONE);
	w->fake.register_as = NULL;
	fake_put(w->env, "staging-bucket", "churn/model.tar.gz", "MODEL");
	ck_assert_uint_eq(w->env->package_count, 1);
	return &w->env->packages[0];
}

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

/* --- manifests --- */

#define HEAD                                                                   \
	"{\"sluice-manifest\": 1, \"kind\": \"build\", \"repository\": \"r\", "  \
	"\"project\": \"p\", \"use_case\": \"p\", \"branch_id\": \"\", "         \
	"\"name\": \"p\", \"environment\": \"dev\", \"ref\": "                  \
	"\"refs/heads/x\", \"commit\": \"" COMMIT "\", \"tree\": "             \
	"\"" TREE "\", \"build_id\": \"" BUILD "\""

static const struct {
	const char *json;
	int code;
	const char *text;
} manifests[] = {
	{ "", SL_ECORRUPT, "" },
	{ "[]", SL_ECORRUPT, "this is no manifest" },
	{ "{}", SL_ECORRUPT, "lacks \"sluice-manifest\"" },
	{ "{\"sluice-manifest\": 2}", SL_EUNSUPPORTED, "version 2" },
	{ "{\"sluice-manifest\": 1}", SL_ECORRUPT, "lacks \"kind\"" },
	{ HEAD "}", SL_OK, "" },
	{ HEAD ", \"unknown\": [1]}", SL_OK, "" },
	{ HEAD ", \"author\": 7}", SL_ECORRUPT, "not a plain string" },
	{ HEAD ", \"author\": \"a\\u0000b\"}", SL_ECORRUPT,
	    "not a plain string" },
	{ HEAD ", \"created_s\": -1}", SL_ECORRUPT, "" },
	{ HEAD ", \"files\": {}}", SL_ECORRUPT, "not a list" },
	{ HEAD ", \"files\": [{\"path\": \"a\"}]}", SL_ECORRUPT,
	    "lacks \"sha256\"" },
	{ HEAD ", \"attempts\": [{}]}", SL_ECORRUPT, "lacks \"token\"" },
	{ HEAD ", \"attempts\": [{\"number\": 2, \"token\": \"t\", "
	    "\"display_name\": \"d\", \"definition_digest\": \"e\", \"state\": "
	    "\"intended\"}]}", SL_ECORRUPT, "has the number 2" },
	{ HEAD ", \"attempts\": [{\"number\": 1, \"token\": \"t\", "
	    "\"display_name\": \"d\", \"definition_digest\": \"e\", \"state\": "
	    "\"lost\"}]}", SL_ECORRUPT, "which is none" },
	{ HEAD ", \"attempts\": [{\"number\": 1, \"token\": \"t\", "
	    "\"display_name\": \"d\", \"definition_digest\": \"e\", \"state\": "
	    "\"started\"}]}", SL_ECORRUPT, "has no execution" },
};

START_TEST(test_manifest)
{
	struct sl_manifest *m = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_err(sl_manifest_parse("m", sl_str(manifests[_i].json), &m,
	    &err), manifests[_i].code, &err);
	ck_assert_msg(strstr(err.text, manifests[_i].text) != NULL, "%s",
	    err.text);
	if (manifests[_i].code == 0) {
		SL_CLEANUP(sl_buf_release) struct sl_buf a =
		    SL_BUF_INIT(65536);
		SL_CLEANUP(sl_buf_release) struct sl_buf b =
		    SL_BUF_INIT(65536);
		struct sl_manifest *again = NULL;

		ck_assert_ok(sl_manifest_write(m, &a, &err), &err);
		ck_assert_ok(sl_manifest_parse("m", sl_buf_str(&a), &again,
		    &err), &err);
		ck_assert_ok(sl_manifest_write(again, &b, &err), &err);
		ck_assert(sl_str_eq(sl_buf_str(&a), sl_buf_str(&b)));
		sl_manifest_free(again);
	}
	sl_manifest_free(m);
}
END_TEST

static TCase *
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

static TCase *
tcase_promote(void)
{
	TCase *tc = tcase_create("promote");

	tcase_add_test(tc, test_decide);
	tcase_add_test(tc, test_decide_foreign);
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

static TCase *
tcase_manifest(void)
{
	TCase *tc = tcase_create("manifest");

	tcase_add_loop_test(tc, test_manifest, 0, SL_COUNT(manifests));
	return tc;
}

SL_TEST_MAIN("build", tcase_manifest, tcase_train, tcase_promote)
