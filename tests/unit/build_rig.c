/* SPDX-License-Identifier: Apache-2.0 */
#include "build_rig.h"

#include <stdio.h>
#include <unistd.h>

#include "store/repositories.h"
#include "store/store.h"

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

static const struct fake_file files[] = {
	{ "algorithms/train.py", "print('fit')\n", SL_MODE_FILE },
	{ "docs/readme.md", "words\n", SL_MODE_FILE },
	{ "train.json", DEFINITION(FROM_PARAMETER), SL_MODE_FILE },
	{ NULL, NULL, 0 },
};

struct sl_plan *
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

void
use_ref(struct world *w, const char *ref)
{
	sl_plan_free(w->plan);
	w->plan = make_plan(w, ref, COMMIT);
	w->job.plan = w->plan;
	w->env = fake_environment(&w->fake, w->plan->environment);
	fake_put(w->env, w->plan->bucket, "input/x.csv", "1,2\n");
}

void
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

void
set_up(struct world *w, const char *ref)
{
	set_up_with(w, ref, "");
}

void
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

void
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

enum sl_builder_state
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

void
end_all(struct fake_environment *e, enum sl_sagemaker_status status)
{
	for (size_t i = 0; i < e->execution_count; i++)
		e->executions[i].status = status;
}

struct sl_manifest *
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

struct fake_package *
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
