/* SPDX-License-Identifier: Apache-2.0 */
/* The data of a run: pinned before it, compared after it. */
#include "build_rig.h"

#include <stdio.h>

#include "store/builds.h"
#include "store/ledger.h"

#define BUCKET "staging-bucket"
#define INPUT "input/x.csv"
#define URI "s3://" BUCKET "/" INPUT

/* A pipeline that reads no data. */
static const struct fake_file no_input[] = {
	{ "algorithms/train.py", "print('fit')\n", SL_MODE_FILE },
	{ "train.json", "{\"Version\": \"2020-12-01\", \"Parameters\": ["
	    "{\"Name\": \"ModelPackageGroupName\"}], \"Steps\": [{\"Name\": "
	    "\"R\", \"Type\": \"RegisterModel\", \"Arguments\": "
	    "{\"ModelPackageGroupName\": " FROM_PARAMETER "}}]}",
	    SL_MODE_FILE },
	{ NULL, NULL, 0 },
};

/* Make a folder of the input. */
static void
use_folder(struct world *w)
{
	fake_remove(w->env, BUCKET, INPUT);
	fake_put(w->env, BUCKET, INPUT "/part-1", "1,2\n");
	fake_put(w->env, BUCKET, INPUT "/part-2", "3,4\n");
}

/* To a run that executes, with a package of its own. */
static void
start(struct world *w)
{
	w->fake.register_as = "churn";
	ck_assert_state(w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w->out.step, "track");
	ck_assert_uint_eq(w->env->execution_count, 1);
}

static void
finish(struct world *w)
{
	end_all(w->env, SL_SAGEMAKER_SUCCEEDED);
	ck_assert_state(w, 1, SL_BUILDER_DONE);
}

/* --- what changes while a run goes on --- */

static void
change_nothing(struct world *w)
{
	fake_put(w->env, BUCKET, "input/y.csv", "elsewhere\n");
}

static void
change_bytes(struct world *w)
{
	fake_put(w->env, BUCKET, INPUT, "5,6\n");
}

static void
change_version(struct world *w)
{
	w->fake.versions = true;
	fake_put(w->env, BUCKET, INPUT, "1,2\n");
}

static void
change_gone(struct world *w)
{
	fake_remove(w->env, BUCKET, INPUT);
}

static void
change_denied(struct world *w)
{
	w->fake.denied = BUCKET "/" INPUT;
}

static void
change_to_folder(struct world *w)
{
	fake_remove(w->env, BUCKET, INPUT);
	fake_put(w->env, BUCKET, INPUT "/part-1", "1,2\n");
}

static void
change_part(struct world *w)
{
	fake_put(w->env, BUCKET, INPUT "/part-2", "5,6\n");
}

static void
change_new_part(struct world *w)
{
	fake_put(w->env, BUCKET, INPUT "/part-3", "5,6\n");
}

static void
change_part_gone(struct world *w)
{
	fake_remove(w->env, BUCKET, INPUT "/part-1");
}

static void
change_folder_gone(struct world *w)
{
	fake_remove(w->env, BUCKET, INPUT "/part-1");
	fake_remove(w->env, BUCKET, INPUT "/part-2");
}

static const struct {
	void (*change)(struct world *w);
	bool folder;
	bool versions;
	unsigned count;
	const char *first;
} changes[] = {
	{ change_nothing, false, false, 0, NULL },
	{ change_nothing, false, true, 0, NULL },
	{ change_nothing, true, false, 0, NULL },
	{ change_bytes, false, false, 1, URI },
	{ change_bytes, false, true, 1, URI },
	{ change_version, false, true, 1, URI },
	{ change_gone, false, true, 1, URI },
	{ change_denied, false, true, 1, URI },
	{ change_to_folder, false, false, 2, URI },
	{ change_part, true, false, 1, URI "/part-2" },
	{ change_new_part, true, false, 1, URI "/part-3" },
	{ change_part_gone, true, false, 1, URI "/part-1" },
	{ change_folder_gone, true, false, 2, URI "/part-1" },
};

START_TEST(test_changes)
{
	struct world w;
	struct sl_manifest *m;
	const struct sl_manifest_attempt *a;
	const char *noted;
	char count[24];

	set_up(&w, "refs/heads/main");
	w.fake.versions = changes[_i].versions;
	if (changes[_i].folder)
		use_folder(&w);
	start(&w);
	changes[_i].change(&w);
	finish(&w);
	ck_assert_uint_eq(w.out.inputs_changed, changes[_i].count);
	m = read_manifest(&w);
	a = &m->attempts[0];
	/* The run is what it is. */
	ck_assert_str_eq(a->state, "succeeded");
	ck_assert_uint_eq(a->inputs.count, 0);
	ck_assert_int_ne(a->inputs_checked_s, 0);
	ck_assert_uint_eq(a->inputs_changed_count, changes[_i].count);
	ck_assert_uint_eq(a->inputs_changed.count, changes[_i].count);
	if (changes[_i].count > 0)
		ck_assert_str_eq(a->inputs_changed.items[0],
		    changes[_i].first);
	noted = sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:inputs-changed");
	snprintf(count, sizeof(count), "%u", changes[_i].count);
	if (changes[_i].count > 0)
		ck_assert_pstr_eq(noted, count);
	else
		ck_assert_ptr_null(noted);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(test_changes_named)
{
	struct world w;
	struct sl_manifest *m;
	char key[64];

	set_up(&w, "refs/heads/main");
	w.fake.lists_steps = false;
	use_folder(&w);
	start(&w);
	/* As many as the fake holds: more than a manifest names. */
	for (unsigned i = 0; w.env->object_count < FAKE_MAX; i++) {
		snprintf(key, sizeof(key), INPUT "/new-%02u", i);
		fake_put(w.env, BUCKET, key, "5,6\n");
	}
	finish(&w);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->attempts[0].inputs_changed.count, 50);
	ck_assert_uint_gt(m->attempts[0].inputs_changed_count, 50);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

/* What people see of it without the manifest. */
START_TEST(test_changes_recorded)
{
	struct world w;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_builds builds = SL_BUILDS_INIT;
	struct sl_ledger_rows rows = SL_LEDGER_ROWS_INIT;
	struct sl_build_query query = { .by = SL_BUILD_ALL };

	set_up(&w, "refs/heads/main");
	open_store(&w);
	start(&w);
	change_bytes(&w);
	finish(&w);
	ck_assert_ok(sl_build_list(w.ctx.store, &query, &builds, &err), &err);
	ck_assert_int_eq(builds.items[0].state, SL_BUILD_SUCCEEDED);
	ck_assert_ptr_nonnull(strstr(builds.items[0].reason, URI));
	ck_assert_ptr_nonnull(strstr(builds.items[0].reason, "attempt 1"));
	ck_assert_ok(sl_ledger_list(w.ctx.store, 0, BUILD, 0, &rows, &err),
	    &err);
	ck_assert_uint_eq(rows.count, 2);
	ck_assert_ptr_nonnull(strstr(rows.items[1].json,
	    "\"inputs_changed\":1"));
	sl_builds_release(&builds);
	sl_ledger_rows_release(&rows);
	tear_down(&w);
}
END_TEST

/* A look whose answer is lost is repeated, not taken for a change; and data
 * that changes after a whole look has not changed under the run. */
START_TEST(test_looked_at_once)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	start(&w);
	end_all(w.env, SL_SAGEMAKER_SUCCEEDED);
	/* Load, describe, save; then the look. */
	w.fake.fail_at = w.fake.calls + 4;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "inputs");
	ck_assert_int_eq(w.out.error.code, SL_ENET);
	/* Load, look, save; then the registry. */
	w.fake.fail_at = w.fake.calls + 4;
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "registry");
	change_bytes(&w);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	m = read_manifest(&w);
	ck_assert_int_ne(m->attempts[0].inputs_checked_s, 0);
	ck_assert_uint_eq(m->attempts[0].inputs_changed_count, 0);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

/* --- before a run --- */

/* A build of main whose first pass loses a call of a step. */
static void
set_up_lost(struct world *w, const char *step)
{
	for (unsigned n = 1;; n++) {
		ck_assert_uint_lt(n, 60);
		set_up(w, "refs/heads/main");
		w->fake.fail_at = n;
		ck_assert_state(w, 1, SL_BUILDER_AGAIN);
		if (!strcmp(w->out.step, step) && w->out.error.code != 0)
			return;
		tear_down(w);
	}
}

/* A first attempt looks once; its list is the build's. */
START_TEST(test_first_attempt)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	start(&w);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->inputs.count, 1);
	ck_assert_uint_eq(m->attempts[0].inputs.count, 0);
	ck_assert_ptr_eq(sl_manifest_inputs_of(m, &m->attempts[0]),
	    &m->inputs);
	ck_assert_int_eq(m->attempts[0].inputs_checked_s, 0);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

/* Another attempt reads what is there by then, and says so. */
START_TEST(test_rerun)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	w.fake.versions = true;
	start(&w);
	finish(&w);
	w.job.rerun = true;
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	change_bytes(&w);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.out.attempt, 3);
	ck_assert_uint_eq(w.out.inputs_changed, 0);
	m = read_manifest(&w);
	ck_assert_str_eq(m->inputs.items[0].version_id, "v1");
	ck_assert_uint_eq(m->attempts[1].inputs.count, 0);
	ck_assert_uint_eq(m->attempts[2].inputs.count, 1);
	ck_assert_str_eq(m->attempts[2].inputs.items[0].version_id, "v2");
	ck_assert_str_eq(m->attempts[2].inputs.items[0].parameter,
	    "InputUri");
	ck_assert_uint_eq(m->attempts[2].inputs_changed_count, 0);
	sl_manifest_free(m);
	/* One whose data is gone is not begun. */
	change_gone(&w);
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, URI " is not there"));
	ck_assert_uint_eq(w.env->execution_count, 3);
	tear_down(&w);
}
END_TEST

/* What was pinned in an earlier pass, before any attempt. */
START_TEST(test_snapshot_of_earlier)
{
	struct world w;
	struct sl_manifest *m = NULL;

	set_up_lost(&w, "definition");
	m = read_manifest(&w);
	ck_assert_uint_eq(m->attempt_count, 0);
	sl_manifest_free(m);
	change_bytes(&w);
	start(&w);
	finish(&w);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->attempts[0].inputs.count, 1);
	ck_assert_str_ne(m->attempts[0].inputs.items[0].etag,
	    m->inputs.items[0].etag);
	ck_assert_uint_eq(m->attempts[0].inputs_changed_count, 0);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

/* Whether the lost start took effect, nobody knows: what it would read now
 * is not what was pinned for it. */
START_TEST(test_intended_earlier)
{
	struct world w;

	set_up_lost(&w, "start");
	change_bytes(&w);
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "--rerun"));
	ck_assert_uint_eq(w.env->execution_count, 0);
	w.job.rerun = true;
	start(&w);
	ck_assert_str_eq(w.env->executions[0].name, BUILD "-a2");
	w.job.rerun = false;
	finish(&w);
	ck_assert_uint_eq(w.out.inputs_changed, 0);
	tear_down(&w);
}
END_TEST

/* An object "folder/", as a console makes it, is not the folder's data. */
START_TEST(test_folder_marker)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	free(w.plan->inputs[0].uri);
	w.plan->inputs[0].uri = sl_strdup("s3://" BUCKET "/input/");
	fake_put(w.env, BUCKET, "input/", "");
	start(&w);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->inputs.count, 2);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

static char note[1024];

static void
keep_note(void *ctx, const struct sl_builder_event *event)
{
	(void)ctx;
	if (!strcmp(event->step, "inputs") && !strcmp(event->state, "note"))
		snprintf(note, sizeof(note), "%s", event->detail);
}

/* As if the definition of this pipeline had no such parameter. */
static void
rename_parameter(struct world *w)
{
	free(w->plan->inputs[0].parameter);
	w->plan->inputs[0].parameter = sl_strdup("Nope");
	w->source = fake_source(no_input);
}

/* Data of another pipeline: it is not even looked at. */
START_TEST(test_other_pipeline)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	rename_parameter(&w);
	w.plan->only_pipeline = false;
	w.ctx.progress = keep_note;
	note[0] = '\0';
	fake_remove(w.env, BUCKET, INPUT);
	start(&w);
	ck_assert_ptr_nonnull(strstr(note, URI " is not data of pipeline "
	    "\"training\""));
	ck_assert_ptr_null(strstr(w.env->executions[0].values, URI));
	fake_put(w.env, BUCKET, INPUT, "1,2\n");
	finish(&w);
	ck_assert_uint_eq(w.out.inputs_changed, 0);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->inputs.count, 0);
	ck_assert_int_ne(m->attempts[0].inputs_checked_s, 0);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(test_undeclared)
{
	struct world w;

	set_up(&w, "refs/heads/main");
	rename_parameter(&w);
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "input " URI " is for "
	    "parameter \"Nope\", which the definition of pipeline "
	    "\"training\" does not declare"));
	ck_assert_uint_eq(w.env->execution_count, 0);
	tear_down(&w);
}
END_TEST

/* --- promotion --- */

static void
approve(struct world *w, size_t package)
{
	struct sl_model_decision decision = { .environment = "staging",
		.package = fake_environment(&w->fake,
		    "staging")->packages[package].arn,
		.approve = true, .person = "ben", .description = "good" };
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_model_decide(&w->ctx, &decision, &err), &err);
}

START_TEST(test_promote_changed)
{
	struct world w;
	SL_CLEANUP(sl_freep) char *message = NULL;
	struct fake_environment *staging;

	set_up(&w, "refs/heads/main");
	start(&w);
	change_bytes(&w);
	finish(&w);
	staging = w.env;
	fake_put(staging, BUCKET, "churn/model.tar.gz", "MODEL");
	approve(&w, 0);
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, URI));
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "--rerun"));
	/* Not even when the tag names it. */
	message = sl_asprintf("Release\n\nModel-Package: %s\n",
	    staging->packages[0].arn);
	w.job.message = message;
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, URI));
	ck_assert_uint_eq(w.env->package_count, 0);
	/* The next attempt's is the one that counts. */
	w.job.message = "";
	sl_plan_free(w.plan);
	w.plan = make_plan(&w, "refs/heads/main", COMMIT);
	w.job.plan = w.plan;
	w.env = staging;
	w.job.rerun = true;
	w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	w.job.rerun = false;
	w.fake.register_as = NULL;
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	approve(&w, 1);
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_str_eq(sl_aws_pairs_get(&w.env->packages[0].metadata,
	    "sluice:source-package"), staging->packages[1].arn);
	tear_down(&w);
}
END_TEST

/* A record without a comparison proves nothing. */
START_TEST(test_promote_unchecked)
{
	struct world w;
	struct fake_object *o;
	char *at;

	set_up(&w, "refs/heads/main");
	train(&w);
	approve(&w, 0);
	o = (struct fake_object *)fake_get(w.env, BUCKET,
	    w.plan->manifest_key);
	at = strstr(o->bytes, "\"inputs_checked_s\"");
	ck_assert_ptr_nonnull(at);
	at[1] = 'x';
	use_ref(&w, "refs/tags/v1.0.0");
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "nobody has compared"));
	tear_down(&w);
}
END_TEST

/* --- a definition from a command --- */

/* As if the project's pipeline had a command. */
static void
use_command(struct world *w, const char *word)
{
	struct sl_plan *plan = w->plan;
	struct sl_words *command = plan->action == SL_FLOW_PROMOTE ?
	    &plan->source_command : &plan->command;
	char **to = plan->action == SL_FLOW_PROMOTE ?
	    &plan->source_definition : &plan->definition;

	free(*to);
	*to = NULL;
	command->items = sl_realloc_array(command->items, 2,
	    sizeof(*command->items));
	command->items[0] = sl_strdup("python3");
	command->items[1] = sl_strdup(word);
	command->count = 2;
}

static const struct {
	const char *word;
	const char *tree;
	const char *held;
} tags[] = {
	{ "get.py", TREE, "not approved yet" },
	{ "other.py", TREE, "is not trained in staging yet" },
	{ "get.py", "99abcdef0123456789abcdef0123456789abcdef",
	    "is not trained in staging yet" },
};

START_TEST(test_command)
{
	struct world w;
	struct sl_manifest *m;

	set_up(&w, "refs/heads/main");
	use_command(&w, "get.py");
	w.job.definition = SL_STR(DEFINITION(FROM_PARAMETER));
	train(&w);
	m = read_manifest(&w);
	ck_assert_str_eq(m->inputs_digest, "2f2d2108e680e3a0197a3c64a7312b0c"
	    "4d4579b6e2b8cc1051d5f403d00b88a4");
	sl_manifest_free(m);
	w.job.definition = SL_STR("");
	sl_plan_free(w.plan);
	w.plan = make_plan(&w, "refs/tags/v1.0.0",
	    "1123456789abcdef0123456789abcdef01234567");
	w.job.plan = w.plan;
	use_command(&w, tags[_i].word);
	strcpy(w.plan->tree, tags[_i].tree);
	ck_assert_state(&w, 1, SL_BUILDER_HELD);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, tags[_i].held));
	if (_i == 0) {
		approve(&w, 0);
		ck_assert_state(&w, 1, SL_BUILDER_DONE);
	}
	tear_down(&w);
}
END_TEST

TCase *
tcase_inputs(void)
{
	TCase *tc = tcase_create("inputs");

	tcase_add_loop_test(tc, test_changes, 0, SL_COUNT(changes));
	tcase_add_test(tc, test_changes_named);
	tcase_add_test(tc, test_changes_recorded);
	tcase_add_test(tc, test_looked_at_once);
	tcase_add_test(tc, test_first_attempt);
	tcase_add_test(tc, test_rerun);
	tcase_add_test(tc, test_snapshot_of_earlier);
	tcase_add_test(tc, test_intended_earlier);
	tcase_add_test(tc, test_folder_marker);
	tcase_add_test(tc, test_other_pipeline);
	tcase_add_test(tc, test_undeclared);
	tcase_add_test(tc, test_promote_changed);
	tcase_add_test(tc, test_promote_unchecked);
	tcase_add_loop_test(tc, test_command, 0, SL_COUNT(tags));
	return tc;
}
