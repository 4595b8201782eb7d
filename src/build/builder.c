/* SPDX-License-Identifier: Apache-2.0 */
#include "build/build.h"

#include <stdio.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/text.h"
#include "build/build_int.h"

#define POLL_MS 15000
#define REGISTRY_WAIT_MS 120000
#define HOLD_MS 60000
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 300000
#define DETAIL_MAX 1024

/* --- the steps --- */

static bool
always(const struct sl_builder *b)
{
	(void)b;
	return true;
}

static bool
is_not_there(const struct sl_builder *b)
{
	return b->manifest == NULL;
}

static bool
is_to_start(const struct sl_builder *b)
{
	return b->start;
}

static bool
is_not_recorded(const struct sl_builder *b)
{
	return !sl_manifest_last(b->manifest)->recorded;
}

#define STEP(name, run, due, quiet)                                            \
	{ name, "build-" name "-before", "build-" name "-after", run, due,     \
		quiet }

const struct sl_builder_step sl_train_steps[] = {
	STEP("prepare", sl_step_prepare, always, true),
	STEP("load", sl_step_load, always, true),
	STEP("snapshot", sl_step_snapshot, is_not_there, false),
	STEP("manifest", sl_step_manifest, always, true),
	STEP("choose", sl_step_choose, always, true),
	STEP("definition", sl_step_definition, is_to_start, false),
	STEP("group", sl_step_group, is_to_start, true),
	STEP("supersede", sl_step_supersede, is_to_start, true),
	STEP("intend", sl_step_intend, is_to_start, true),
	STEP("start", sl_step_start, is_to_start, false),
	STEP("track", sl_step_track, is_not_recorded, false),
	STEP("inputs", sl_step_inputs, is_not_recorded, true),
	STEP("registry", sl_step_registry, is_not_recorded, false),
	STEP("record", sl_step_record, always, true),
	STEP("report", sl_step_report, always, true),
	{ NULL, NULL, NULL, NULL, NULL, false },
};

static const struct sl_builder_step promote_steps[] = {
	STEP("find", sl_step_find, always, false),
	STEP("copy", sl_step_copy, always, false),
	STEP("register", sl_step_register, always, false),
	STEP("promotion", sl_step_record_promotion, always, true),
	STEP("promoted", sl_step_promoted, always, true),
	{ NULL, NULL, NULL, NULL, NULL, false },
};

const char *
sl_builder_state_name(enum sl_builder_state state)
{
	static const char *const names[] = {
		[SL_BUILDER_DONE] = "done",
		[SL_BUILDER_AGAIN] = "again",
		[SL_BUILDER_HELD] = "held",
		[SL_BUILDER_FAILED] = "failed",
		[SL_BUILDER_STOPPED] = "stopped",
		[SL_BUILDER_REFUSED] = "refused",
	};

	return names[state];
}

/* --- what steps use --- */

void
sl_builder_say(struct sl_builder *b, const char *step, const char *name,
    const char *state, const char *fmt, ...)
{
	struct sl_builder_event event = { .step = step, .name = name,
		.state = state, .detail = "" };
	char raw[DETAIL_MAX];
	char detail[DETAIL_MAX];
	va_list ap;

	if (b->ctx.progress == NULL)
		return;
	if (fmt != NULL) {
		va_start(ap, fmt);
		vsnprintf(raw, sizeof(raw), fmt, ap);
		va_end(ap);
		sl_text_escape_into(raw, strlen(raw), detail, sizeof(detail));
		event.detail = detail;
	}
	b->ctx.progress(b->ctx.progress_ctx, &event);
}

int
sl_builder_end(struct sl_builder *b, enum sl_builder_state state)
{
	b->end = state;
	return STEP_END;
}

int
sl_builder_hold(struct sl_builder *b, struct sl_error *err, const char *fmt,
    ...)
{
	va_list ap;

	va_start(ap, fmt);
	sl_error_vset(err, SL_EREFUSED, fmt, ap);
	va_end(ap);
	b->wait_ms = HOLD_MS;
	return sl_builder_end(b, SL_BUILDER_HELD);
}

int
sl_builder_remote(struct sl_builder *b, struct sl_error *err)
{
	if (b->remote != NULL)
		return SL_OK;
	return b->ctx.remotes->open(b->ctx.remotes->self, b->environment,
	    &b->remote, err);
}

/* --- the manifest --- */

static void
drop_manifest(struct sl_builder *b)
{
	sl_manifest_free(b->manifest);
	b->manifest = NULL;
	free(b->etag);
	b->etag = NULL;
}

int
sl_builder_read_manifest(const struct sl_remote *remote, const char *key,
    struct sl_manifest **out, char **etag, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf body =
	    SL_BUF_INIT(SL_MANIFEST_MAX_BYTES);
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	int rc;

	rc = remote->ops->get(remote->self, &remote->bucket, sl_str(key),
	    &body, &object, err);
	if (rc < 0)
		return rc;
	rc = sl_manifest_parse(key, sl_buf_str(&body), out, err);
	if (rc == 0 && etag != NULL)
		*etag = sl_steal(&object.etag);
	sl_s3_object_release(&object);
	return rc;
}

/* The put may have met our own earlier one, whose answer was lost. */
static int
adopt_same(struct sl_builder *b, const char *key, struct sl_str bytes,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf body =
	    SL_BUF_INIT(SL_MANIFEST_MAX_BYTES);
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	int rc;

	rc = b->remote->ops->get(b->remote->self, &b->remote->bucket,
	    sl_str(key), &body, &object, err);
	if (rc == 0 && !sl_str_eq(bytes, sl_buf_str(&body)))
		rc = sl_error_set(err, SL_ECONFLICT, "the manifest of build "
		    "%s was changed by somebody else", b->plan->build_id);
	if (rc == 0) {
		free(b->etag);
		b->etag = sl_steal(&object.etag);
	}
	sl_s3_object_release(&object);
	return rc;
}

static int
put_manifest(struct sl_builder *b, struct sl_str bytes, struct sl_error *err)
{
	const char *key = b->plan->manifest_key;
	struct sl_s3_put put = { .key = sl_str(key), .body = bytes,
		.content_type = "application/json",
		.if_absent = b->etag == NULL, .if_match = b->etag };
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	rc = b->remote->ops->put(b->remote->self, &b->remote->bucket, &put,
	    &object, &why);
	if (rc == SL_EEXIST || rc == SL_ECONFLICT)
		return adopt_same(b, key, bytes, err);
	if (rc < 0) {
		*err = why;
		return sl_error_wrap(err, "manifest");
	}
	free(b->etag);
	b->etag = sl_steal(&object.etag);
	sl_s3_object_release(&object);
	if (b->etag == NULL) /* it must be replaceable by what it is */
		return adopt_same(b, key, bytes, err);
	return SL_OK;
}

int
sl_builder_save(struct sl_builder *b, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json =
	    SL_BUF_INIT(SL_MANIFEST_MAX_BYTES);
	int rc;

	rc = sl_manifest_write(b->manifest, &json, err);
	if (rc == 0)
		rc = put_manifest(b, sl_buf_str(&json), err);
	return rc;
}

/* A folder belongs to one build of one environment. */
static int
check_manifest(const struct sl_builder *b, const struct sl_manifest *m,
    struct sl_error *err)
{
	const struct sl_plan *plan = b->plan;

	if (!sl_repository_may_be(m->repository, plan->repository_id) ||
	    strcmp(m->project, plan->project) != 0 ||
	    strcmp(m->environment, plan->environment) != 0 ||
	    strcmp(m->name, plan->name) != 0 ||
	    strcmp(m->build_id, plan->build_id) != 0 ||
	    strcmp(m->tree, plan->tree) != 0)
		return sl_error_set(err, SL_EREFUSED,
		    "s3://%s/%s is the manifest of another build: project "
		    "\"%s\" of repository \"%s\" in environment \"%s\". Two "
		    "environments must not share bucket and prefix",
		    plan->bucket, plan->manifest_key, m->project,
		    m->repository, m->environment);
	return SL_OK;
}

int
sl_step_load(struct sl_builder *b, struct sl_error *err)
{
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	drop_manifest(b);
	b->pinned = false;
	b->start = false;
	rc = sl_builder_remote(b, err);
	if (rc < 0)
		return rc;
	rc = sl_builder_read_manifest(b->remote, b->plan->manifest_key,
	    &b->manifest, &b->etag, &why);
	if (rc == SL_ENOTFOUND && sl_builder_only_attaches(b))
		return sl_builder_wait_for_trigger(b);
	if (rc == SL_ENOTFOUND)
		return sl_record_build(b, SL_STEP_PLANNED, SL_BUILD_OPEN, "",
		    err);
	if (rc < 0) {
		*err = why;
		return sl_error_wrap(err, "manifest");
	}
	return check_manifest(b, b->manifest, err);
}

/* A small object whose body is the manifest's key. */
static int
put_marker(struct sl_builder *b, char *key, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *owned = key;
	struct sl_s3_put put = { .key = sl_str(owned),
		.body = sl_str(b->plan->manifest_key),
		.content_type = "text/plain", .if_absent = true };
	bool existed;

	return b->remote->ops->put_immutable(b->remote->self,
	    &b->remote->bucket, &put, &existed, err);
}

int
sl_step_manifest(struct sl_builder *b, struct sl_error *err)
{
	const struct sl_plan *plan = b->plan;
	const char *digest;
	int rc;

	if (b->etag == NULL) {
		rc = sl_builder_save(b, err);
		if (rc < 0)
			return rc;
	}
	/* Whoever wrote the first attempt had written the signs before. */
	if (b->manifest->attempt_count > 0)
		return SL_OK;
	digest = b->manifest->inputs_digest;
	rc = put_marker(b, sl_plan_commit_key(plan->use_case_root,
	    plan->commit, plan->build_id, plan->name), err);
	if (rc == 0 && digest != NULL)
		rc = put_marker(b, sl_plan_inputs_key(plan->use_case_root,
		    digest, plan->build_id, plan->name), err);
	if (rc < 0)
		return sl_error_wrap(err, "index");
	return sl_record_build(b, SL_STEP_SNAPSHOT, SL_BUILD_OPEN, "", err);
}

/* --- the end --- */

int
sl_step_record(struct sl_builder *b, struct sl_error *err)
{
	struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);
	int rc;

	if (!last->recorded) {
		last->recorded = true;
		rc = sl_builder_save(b, err);
		if (rc < 0)
			return rc;
	}
	rc = sl_record_attempt(b, SL_STEP_RECORDED, err);
	return rc < 0 ? rc : sl_record_packages(b, err);
}

int
sl_step_report(struct sl_builder *b, struct sl_error *err)
{
	const struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);

	if (sl_builder_wants_another(b, last))
		return STEP_LOAD;
	if (!strcmp(last->state, "succeeded"))
		return sl_builder_end(b, SL_BUILDER_DONE);
	b->executed = true;
	sl_error_set(err, SL_EREMOTE, "execution %s %s%s%s; --rerun starts "
	    "another", last->display_name, last->state,
	    last->failure != NULL ? ": " : "",
	    last->failure != NULL ? last->failure : "");
	return sl_builder_end(b, !strcmp(last->state, "stopped") ?
	    SL_BUILDER_STOPPED : SL_BUILDER_FAILED);
}

/* --- life --- */

int
sl_builder_new(const struct sl_builder_context *context,
    const struct sl_builder_job *job, struct sl_builder **out,
    struct sl_error *err)
{
	const struct sl_plan *plan = job->plan;
	const struct sl_environment *environment;
	struct sl_builder *b;

	if (plan->action == SL_FLOW_NONE)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the flow of %s has nothing to carry out", plan->ref);
	environment = sl_site_environment(context->site, plan->environment);
	if (environment == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "the site has no environment \"%s\"", plan->environment);
	b = sl_alloc(sizeof(*b));
	b->ctx = *context;
	if (b->ctx.poll_ms == 0)
		b->ctx.poll_ms = POLL_MS;
	if (b->ctx.registry_wait_ms == 0)
		b->ctx.registry_wait_ms = REGISTRY_WAIT_MS;
	b->job = job;
	b->plan = plan;
	b->environment = environment;
	b->begun = job->attempt;
	b->failures = job->failures;
	b->steps = plan->action == SL_FLOW_PROMOTE ? promote_steps
	    : sl_train_steps;
	sl_buf_init(&b->definition, SL_PIPELINE_MAX_BYTES);
	*out = b;
	return SL_OK;
}

void
sl_builder_free(struct sl_builder *b)
{
	if (b == NULL)
		return;
	drop_manifest(b);
	sl_promotion_free(b->promotion);
	sl_plan_values_release(&b->values);
	sl_map_release(&b->seen_steps);
	sl_aws_pairs_release(&b->tags);
	sl_pipeline_free(b->pipeline);
	sl_buf_release(&b->definition);
	free(b);
}

/* --- one step after the other --- */

static int64_t
backoff_ms(unsigned failures)
{
	int64_t ms = BACKOFF_MIN_MS;

	while (failures-- > 1 && ms < BACKOFF_MAX_MS)
		ms *= 2;
	return ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS;
}

bool
sl_build_may_pass(int code)
{
	return sl_err_is_transient(code) || code == SL_EDENIED ||
	    code == SL_ECONFIG || code == SL_EIO;
}

/* Where the manifest is loaded: after any failure, what is true is read
 * again instead of remembered. */
static size_t
load_index(const struct sl_builder *b)
{
	for (size_t i = 0; b->steps[i].name != NULL; i++) {
		if (b->steps[i].run == sl_step_load)
			return i;
	}
	return 0;
}

static void
start_over(struct sl_builder *b)
{
	if (b->steps == sl_train_steps && b->prepared)
		b->next = load_index(b);
	else
		b->next = 0;
}

static enum sl_builder_state
fail(struct sl_builder *b, int code)
{
	start_over(b);
	if (sl_build_may_pass(code)) {
		b->failures++;
		b->wait_ms = backoff_ms(b->failures);
		return SL_BUILDER_AGAIN;
	}
	return code == SL_EREFUSED ? SL_BUILDER_REFUSED : SL_BUILDER_FAILED;
}

/* Run steps until one waits, ends or fails. */
static enum sl_builder_state
advance(struct sl_builder *b, struct sl_error *err)
{
	while (b->steps[b->next].name != NULL) {
		const struct sl_builder_step *step = &b->steps[b->next];
		int rc;

		if (!step->due(b)) {
			b->next++;
			continue;
		}
		if (!step->quiet)
			sl_builder_say(b, step->name, NULL, "begin", NULL);
		b->at = step->name;
		SL_FAULT_POINT(step->before);
		sl_error_clear(err);
		rc = step->run(b, err);
		if (rc < 0) {
			b->failed = step;
			return fail(b, rc);
		}
		SL_FAULT_POINT(step->after);
		/* What failed has to pass, not what comes before it. */
		if (rc == STEP_WAIT || step == b->failed)
			b->failures = 0;
		if (rc == STEP_WAIT) {
			/* What is decided anew is read anew. */
			if (step->run == sl_step_choose)
				start_over(b);
			return SL_BUILDER_AGAIN;
		}
		if (rc == STEP_END)
			return b->end;
		if (!step->quiet)
			sl_builder_say(b, step->name, NULL, "done", NULL);
		if (rc == STEP_LOAD)
			start_over(b);
		else if (b->steps[b->next].run == step->run)
			b->next++;
	}
	return SL_BUILDER_DONE;
}

static void
describe(const struct sl_builder *b, struct sl_builder_outcome *out)
{
	const struct sl_manifest_attempt *last = NULL;

	if (b->manifest != NULL)
		last = sl_manifest_last(b->manifest);
	out->step = b->at;
	out->executed = b->executed;
	snprintf(out->package, sizeof(out->package), "%s", b->package);
	if (last == NULL)
		return;
	out->attempt = last->number;
	out->inputs_changed = last->inputs_changed_count;
	if (last->execution != NULL)
		snprintf(out->execution, sizeof(out->execution), "%s",
		    last->execution);
	if (last->packages.count > 0)
		snprintf(out->package, sizeof(out->package), "%s",
		    last->packages.items[0]);
}

enum sl_builder_state
sl_builder_step(struct sl_builder *b, struct sl_builder_outcome *outcome)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_error why = SL_ERROR_INIT;

	memset(outcome, 0, sizeof(*outcome));
	b->wait_ms = 0;
	outcome->state = advance(b, &err);
	outcome->error = err;
	outcome->delay_ms = b->wait_ms;
	describe(b, outcome);
	/* The store's copy is for people; the outcome stands without it. */
	if ((outcome->state == SL_BUILDER_REFUSED ||
	    (outcome->state == SL_BUILDER_FAILED && !b->executed)) &&
	    sl_record_build(b, SL_STEP_PLANNED,
	    outcome->state == SL_BUILDER_REFUSED ? SL_BUILD_REFUSED
	    : SL_BUILD_FAILED, err.text, &why) < 0)
		sl_builder_say(b, b->at, NULL, "note", "%s", why.text);
	return outcome->state;
}
