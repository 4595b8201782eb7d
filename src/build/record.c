/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store's copy of what the manifest says, and the ledger's rows. A row
 * that says something began or ended is written in the transaction that
 * first notes it, so that a repeated step does not say it twice.
 */
#include "base/mem.h"
#include "build/build_int.h"
#include "doc/json.h"

/* Write the build's row, with the key of the manifest that it stands for. */
static int
put_row(struct sl_builder *b, const char *key, enum sl_build_step step,
    enum sl_build_state state, const char *reason, struct sl_error *err)
{
	const struct sl_plan *plan = b->plan;
	SL_CLEANUP(sl_freep) char *uri = NULL;
	struct sl_build row = { .build_id = plan->build_id,
		.environment = plan->environment, .pipeline = plan->name,
		.repository = plan->repository_id, .project = plan->project,
		.use_case = plan->use_case, .ref = plan->ref,
		.pusher = b->job->pusher, .verdict_id = b->job->verdict_id,
		.policy_digest = b->job->policy_digest, .step = step,
		.state = state, .reason = reason };

	if (b->ctx.store == NULL)
		return SL_OK;
	if (sl_oid_parse(sl_str(plan->commit), &row.commit) < 0 ||
	    sl_oid_parse(sl_str(plan->tree), &row.tree) < 0)
		return sl_error_set(err, SL_EINVAL, "the plan has no commit");
	if (b->pipeline != NULL) {
		row.inputs_digest = b->inputs_digest;
		row.definition_digest = sl_pipeline_digest(b->pipeline);
	}
	uri = sl_asprintf("s3://%s/%s", plan->bucket, key);
	row.manifest_uri = uri;
	row.manifest_etag = b->etag;
	return sl_build_put(b->ctx.store, &row,
	    sl_clock_now_s(b->ctx.clock), &b->row, err);
}

int
sl_record_build(struct sl_builder *b, enum sl_build_step step,
    enum sl_build_state state, const char *reason, struct sl_error *err)
{
	return put_row(b, b->plan->manifest_key, step, state, reason, err);
}

/* The parameters as one JSON object in canonical form: keys in order. */
static int
parameters_json(const struct sl_manifest_attempt *a, struct sl_buf *out)
{
	struct sl_json w;
	const char *previous = "";

	sl_json_init(&w, out, 0);
	sl_json_object(&w);
	for (size_t n = 0; n < a->parameters.count; n++) {
		const struct sl_pair *next = NULL;

		for (size_t i = 0; i < a->parameters.count; i++) {
			const struct sl_pair *pair = &a->parameters.items[i];

			if (strcmp(pair->key, previous) > 0 && (next == NULL ||
			    strcmp(pair->key, next->key) < 0))
				next = pair;
		}
		if (next == NULL)
			break;
		sl_json_put(&w, next->key, next->value);
		previous = next->key;
	}
	sl_json_end(&w);
	return out->over ? SL_ETOOBIG : SL_OK;
}

/* What the store knows of an attempt: whether it started, whether it ended. */
static int
known_attempt(struct sl_builder *b, unsigned number, bool *started,
    bool *ended, struct sl_error *err)
{
	struct sl_attempts list = SL_ATTEMPTS_INIT;
	int rc = sl_attempt_list(b->ctx.store, b->row, &list, err);

	*started = *ended = false;
	for (size_t i = 0; rc == 0 && i < list.count; i++) {
		if (list.items[i].number != number)
			continue;
		*started = list.items[i].execution_arn[0] != '\0';
		*ended = list.items[i].ended_at_s != 0;
	}
	sl_attempts_release(&list);
	return rc;
}

static int
append_ledger(struct sl_builder *b, enum sl_ledger_kind kind,
    const struct sl_manifest_attempt *a, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(65536);
	const struct sl_manifest *m = b->manifest;
	struct sl_json w;

	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	sl_json_put_int(&w, "attempt", a->number);
	sl_json_put(&w, "commit", m->commit);
	sl_json_put(&w, "definition_digest", a->definition_digest);
	sl_json_put(&w, "environment", m->environment);
	sl_json_put(&w, "execution", a->execution);
	sl_json_put_int(&w, "inputs_changed",
	    (int64_t)a->inputs_changed_count);
	sl_json_put(&w, "inputs_digest", m->inputs_digest);
	sl_json_key(&w, "packages");
	sl_json_list(&w);
	for (size_t i = 0; i < a->packages.count; i++)
		sl_json_cstr(&w, a->packages.items[i]);
	sl_json_end(&w);
	sl_json_put(&w, "pipeline", m->name);
	sl_json_put(&w, "pusher", b->job->pusher);
	sl_json_put(&w, "ref", m->ref);
	sl_json_put(&w, "repository", m->repository);
	sl_json_put(&w, "state", a->state);
	sl_json_put(&w, "verdict", b->job->verdict_id);
	sl_json_end(&w);
	if (json.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the ledger row of build %s is too long", m->build_id);
	return sl_ledger_append(b->ctx.store, kind, m->build_id,
	    sl_buf_cstr(&json), sl_clock_now_s(b->ctx.clock), NULL, err);
}

static enum sl_build_state
build_state(const struct sl_manifest_attempt *a)
{
	if (!strcmp(a->state, "succeeded"))
		return SL_BUILD_SUCCEEDED;
	if (!strcmp(a->state, "failed"))
		return SL_BUILD_FAILED;
	if (!strcmp(a->state, "stopped"))
		return SL_BUILD_STOPPED;
	return SL_BUILD_OPEN;
}

/* What there is to say about an attempt beyond its state. */
static void
describe_attempt(const struct sl_manifest_attempt *a, struct sl_buf *out)
{
	if (a->failure != NULL)
		sl_buf_adds(out, a->failure);
	if (a->inputs_changed_count == 0)
		return;
	if (out->len > 0)
		sl_buf_adds(out, "; ");
	sl_inputs_describe(a, out);
}

static int
write_attempt(struct sl_builder *b, enum sl_build_step step,
    const struct sl_manifest_attempt *a, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(262144);
	SL_CLEANUP(sl_buf_release) struct sl_buf why =
	    SL_BUF_INIT(SL_STORE_TEXT_MAX);
	struct sl_attempt row = { .number = a->number, .token = a->token,
		.display_name = a->display_name,
		.definition_digest = a->definition_digest,
		.execution_arn = a->execution, .status = a->state,
		.failure_reason = a->failure, .intended_at_s = a->intended_s,
		.started_at_s = a->started_s, .ended_at_s = a->ended_s };
	bool started;
	bool ended;
	int rc;

	if (parameters_json(a, &json) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "the parameters of build %s are too long",
		    b->plan->build_id);
	row.parameters = sl_buf_cstr(&json);
	describe_attempt(a, &why);
	if ((rc = sl_record_build(b, step, build_state(a), sl_buf_cstr(&why),
	    err)) < 0 ||
	    (rc = known_attempt(b, a->number, &started, &ended, err)) < 0 ||
	    (rc = sl_attempt_put(b->ctx.store, b->row, &row, err)) < 0)
		return rc;
	if (!started && a->execution != NULL &&
	    (rc = append_ledger(b, SL_LEDGER_BUILD_START, a, err)) < 0)
		return rc;
	if (!ended && a->ended_s != 0 &&
	    (rc = append_ledger(b, SL_LEDGER_BUILD_END, a, err)) < 0)
		return rc;
	return SL_OK;
}

int
sl_record_attempt(struct sl_builder *b, enum sl_build_step step,
    struct sl_error *err)
{
	const struct sl_manifest_attempt *a = sl_manifest_last(b->manifest);
	int rc;

	if (b->ctx.store == NULL)
		return SL_OK;
	rc = sl_store_begin(b->ctx.store, err);
	if (rc < 0)
		return rc;
	rc = write_attempt(b, step, a, err);
	if (rc < 0) {
		sl_store_rollback(b->ctx.store);
		return rc;
	}
	return sl_store_commit(b->ctx.store, err);
}

int
sl_record_packages(struct sl_builder *b, struct sl_error *err)
{
	const struct sl_manifest_attempt *a = sl_manifest_last(b->manifest);
	int rc = SL_OK;

	if (b->ctx.store == NULL)
		return SL_OK;
	for (size_t i = 0; rc == 0 && i < a->packages.count; i++) {
		struct sl_package package = { .attempt = a->number,
			.arn = a->packages.items[i], .group = b->plan->name,
			.approval = sl_flow_approval_status(b->plan->approval),
			.seen_at_s = sl_clock_now_s(b->ctx.clock) };

		rc = sl_package_put(b->ctx.store, b->row, &package, err);
	}
	return rc;
}

static int
append_promotion(struct sl_builder *b, const struct sl_manifest *m,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(65536);
	struct sl_json w;

	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	sl_json_put(&w, "approved_by", m->approved_by);
	sl_json_put(&w, "commit", m->commit);
	sl_json_put(&w, "environment", m->environment);
	sl_json_put(&w, "package", m->target_package);
	sl_json_put(&w, "pusher", b->job->pusher);
	sl_json_put(&w, "ref", m->ref);
	sl_json_put(&w, "repository", m->repository);
	sl_json_put(&w, "source_build", m->source_build);
	sl_json_put(&w, "source_environment", m->source_environment);
	sl_json_put(&w, "source_package", m->source_package);
	sl_json_end(&w);
	if (json.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the ledger row of the promotion is too long");
	return sl_ledger_append(b->ctx.store, SL_LEDGER_PROMOTION, m->ref,
	    sl_buf_cstr(&json), sl_clock_now_s(b->ctx.clock), NULL, err);
}

/* Whether this promotion is in the ledger already. */
static int
is_recorded(struct sl_builder *b, bool *yes, struct sl_error *err)
{
	struct sl_build_query query = { .by = SL_BUILD_BY_PART,
		.value = b->plan->build_id,
		.repository = b->plan->repository_id,
		.environment = b->plan->environment };
	struct sl_builds list = { NULL, 0 };
	int rc = sl_build_list(b->ctx.store, &query, &list, err);

	*yes = false;
	for (size_t i = 0; rc == 0 && i < list.count; i++) {
		if (!strcmp(list.items[i].ref, b->plan->ref) &&
		    list.items[i].step == SL_STEP_RECORDED)
			*yes = true;
	}
	sl_builds_release(&list);
	return rc;
}

int
sl_record_promotion(struct sl_builder *b, const struct sl_manifest *promotion,
    const char *key, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *what = NULL;
	bool recorded;
	int rc;

	if (b->ctx.store == NULL)
		return SL_OK;
	rc = sl_store_begin(b->ctx.store, err);
	if (rc < 0)
		return rc;
	rc = is_recorded(b, &recorded, err);
	if (rc == 0 && !recorded)
		rc = append_promotion(b, promotion, err);
	what = sl_asprintf("%s approved %s, which is %s here",
	    promotion->approved_by, promotion->source_package,
	    promotion->target_package);
	/* With a pipeline to run yet, the build stays open. */
	if (rc == 0)
		rc = put_row(b, key, SL_STEP_RECORDED,
		    b->plan->pipeline != NULL ? SL_BUILD_OPEN
		    : SL_BUILD_SUCCEEDED, what, err);
	if (rc < 0) {
		sl_store_rollback(b->ctx.store);
		return rc;
	}
	return sl_store_commit(b->ctx.store, err);
}
