/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/standing.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fsx.h"
#include "base/mem.h"
#include "gate/kept_int.h"
#include "git/git.h"

void
sl_standing_init(struct sl_standing *s,
    const struct sl_standing_options *options)
{
	memset(s, 0, sizeof(*s));
	s->options = *options;
	sl_buf_init(&s->text, SL_POLICY_MAX_BYTES);
}

void
sl_standing_release(struct sl_standing *s)
{
	sl_doc_free(s->doc);
	free(s->name);
	sl_buf_release(&s->text);
	s->doc = NULL;
	s->name = NULL;
}

/* --- a policy repository --- */

/* The commit that is read: the one that is pinned, or what the ref leads to. */
static int
find_commit(const struct sl_policy_source *source, struct sl_git *repository,
    struct sl_oid *out, struct sl_error *err)
{
	struct sl_git_peel peel;
	struct sl_oid oid;
	int rc = source->ref != NULL ?
	    sl_git_ref_read(repository, source->ref, &oid, err) :
	    sl_oid_parse(sl_str(source->commit), &oid);

	if (rc == 0)
		rc = sl_git_peel(repository, &oid, &peel, err);
	if (rc < 0)
		return rc;
	/* Pinned is the commit itself: a tag's id would be another pin. */
	if (peel.tip_kind != SL_OBJECT_COMMIT ||
	    (source->commit != NULL && peel.depth > 0))
		return sl_error_set(err, SL_ECONFIG, "it is not a commit");
	*out = peel.tip;
	return SL_OK;
}

static int
read_repository(const struct sl_policy_source *source, const char *name,
    struct sl_buf *text, struct sl_oid *commit, struct sl_error *err)
{
	SL_CLEANUP(sl_git_freep) struct sl_git *repository = NULL;
	int rc = sl_git_open_at(source->repository, &repository, err);

	if (rc == 0)
		rc = find_commit(source, repository, commit, err);
	if (rc == 0)
		rc = sl_git_file_at(repository, commit, source->file, text,
		    NULL, err);
	if (rc == 0)
		return SL_OK;
	sl_error_wrap(err, "the site policy %s cannot be read", name);
	/* Nothing was asked for by the caller that could be missing or too
	 * large: the site's configuration asked for it. */
	if (rc == SL_ENOTFOUND || rc == SL_EINVAL || rc == SL_ETOOBIG)
		err->code = SL_ECONFIG;
	return err->code;
}

/* What messages call the policy: "policy.git refs/heads/main:policy.yaml". */
static char *
name_of(const struct sl_policy_source *source)
{
	if (source->repository == NULL)
		return sl_strdup(source->path);
	if (source->ref != NULL)
		return sl_asprintf("%s %s:%s", source->repository, source->ref,
		    source->file);
	return sl_asprintf("%s %.12s:%s", source->repository, source->commit,
	    source->file);
}

static int
read_bytes(const struct sl_policy_source *source, const char *name,
    struct sl_buf *text, struct sl_oid *commit, struct sl_error *err)
{
	if (source->repository != NULL)
		return read_repository(source, name, text, commit, err);
	return sl_fsx_read(source->path, text, err);
}

static int
read_source(struct sl_standing *s, struct sl_error *err)
{
	static const struct sl_doc_limits limits = {
		.max_bytes = SL_POLICY_MAX_BYTES,
	};
	const struct sl_policy_source *source = s->options.source;
	SL_CLEANUP(sl_freep) char *name = NULL;
	struct sl_oid commit = { { 0 } };
	int rc;

	/* A plain file that is not kept is src/policy's to read. */
	if (s->doc != NULL || !sl_policy_source_is_set(source) ||
	    (source->path != NULL && s->options.grace_s == 0))
		return SL_OK;
	name = name_of(source);
	sl_buf_clear(&s->text);
	rc = read_bytes(source, name, &s->text, &commit, err);
	if (rc == 0)
		rc = sl_doc_parse(name, sl_buf_str(&s->text), &limits, &s->doc,
		    err);
	if (rc < 0)
		return rc;
	s->commit = commit;
	s->name = sl_steal(&name);
	return SL_OK;
}

/* --- loading --- */

int
sl_standing_load(struct sl_standing *s, const struct sl_doc *project,
    struct sl_policy **out, struct sl_error *err)
{
	struct sl_policy_inputs in = {
		.packs_dir = s->options.packs_dir,
		.project = project,
		.project_alone = !sl_policy_source_is_set(s->options.source),
	};
	SL_CLEANUP(sl_freep) char *scan = NULL;
	int rc = read_source(s, err);

	if (rc < 0)
		return rc;
	if (s->options.scan_state)
		in.scan_folder = scan = sl_fsx_join(s->options.scan_state,
		    SL_STANDING_SCAN);
	in.site = s->doc;
	in.site_path = s->options.source->path;
	sl_proofs_offer(&s->proofs, s->options.state, &in);
	rc = sl_policy_load(&in, out, err);
	if (rc == 0)
		sl_proofs_note(&s->proofs, s->options.state, *out);
	return rc;
}

/* --- keeping it --- */

static bool
loads_alone(struct sl_standing *s)
{
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error why = SL_ERROR_INIT;

	return sl_standing_load(s, NULL, &policy, &why) == 0;
}

static int
keep(struct sl_standing *s, bool same, bool noted, struct sl_error *err)
{
	const char *state = s->options.state;
	int rc = SL_OK;

	SL_FAULT_POINT("policy-keep");
	if (!same)
		rc = sl_kept_write(state, sl_buf_str(&s->text), s->name,
		    &s->commit, err);
	SL_FAULT_POINT("policy-kept");
	if (rc == 0 && noted)
		rc = sl_note_remove(state, err);
	return rc;
}

void
sl_standing_hold(struct sl_standing *s, bool alone)
{
	const char *state = s->options.state;
	bool same, noted;

	if (s->options.grace_s == 0 || s->doc == NULL || s->kept ||
	    access(state, F_OK) < 0)
		return;
	same = sl_kept_is(state, sl_buf_str(&s->text), s->name, &s->commit);
	noted = sl_note_is_ours(state);
	if (same && !noted)
		return;
	/* What is good only under one project's file is not kept for all. */
	if (alone || loads_alone(s))
		(void)!keep(s, same, noted, &s->warning);
}

/* --- the last good one --- */

/* Put together why the site policy and why the last good one cannot judge. */
static int SL_PRINTF(3, 4)
refuse(const struct sl_standing *s, struct sl_error *err, const char *fmt, ...)
{
	char more[SL_ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(more, sizeof(more), fmt, ap);
	va_end(ap);
	/* Both have their place; the fault's is printed first. */
	sl_error_set(err, s->fault.code, "%.*s; %s", SL_ERROR_TEXT_MAX / 2,
	    s->fault.text, more);
	memcpy(err->place, s->fault.place, sizeof(err->place));
	return err->code;
}

static int
refuse_for(const struct sl_standing *s, struct sl_error *err,
    const char *what, const struct sl_error *why)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];

	sl_error_format(why, shown, sizeof(shown));
	return refuse(s, err, "%s: %s", what, shown);
}

static void
format_time(int64_t time_s, char out[SL_TIME_RFC3339_SIZE])
{
	if (sl_time_format_rfc3339(time_s, out) < 0)
		snprintf(out, SL_TIME_RFC3339_SIZE, "%lld s",
		    (long long)time_s % 1000000000000);
}

/*
 * Note that the site policy does not load, once a minute at most unless the
 * reason is another one. A first note must be written: a grace without a
 * beginning has no end.
 */
static int
note_fault(struct sl_standing *s, int64_t now, struct sl_error *err)
{
	struct sl_standing_note *note = &s->note;
	char reason[sizeof(note->reason)];
	bool first;
	int rc = sl_standing_note_read(s->options.state, note, err);

	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	first = rc == SL_ENOTFOUND;
	sl_error_format(&s->fault, reason, sizeof(reason));
	if (first)
		note->since_s = note->latest_s = now;
	else if (now < note->latest_s + SL_STANDING_SLACK_S &&
	    !strcmp(note->reason, reason))
		return SL_OK;
	if (note->latest_s < now)
		note->latest_s = now;
	memcpy(note->reason, reason, sizeof(note->reason));
	SL_FAULT_POINT("policy-note");
	rc = sl_note_write(s->options.state, note, first ? err : &s->warning);
	SL_FAULT_POINT("policy-noted");
	return first ? rc : SL_OK;
}

/* Whether the grace is not over. */
static int
check_time(const struct sl_standing *s, int64_t now, struct sl_error *err)
{
	const struct sl_standing_note *note = &s->note;
	int64_t until = note->since_s + s->options.grace_s;
	char from[SL_TIME_RFC3339_SIZE], to[SL_TIME_RFC3339_SIZE];

	if (now + SL_STANDING_SLACK_S < note->latest_s) {
		format_time(now, from);
		format_time(note->latest_s, to);
		return refuse(s, err, "the last good one does not stand in: "
		    "the clock says %s and said %s before, so its time cannot "
		    "be told", from, to);
	}
	if (now < until)
		return SL_OK;
	format_time(note->since_s, from);
	format_time(until, to);
	return refuse(s, err, "the last good one stood in from %s to %s, and "
			      "that grace is over", from, to);
}

/* Let a kept text take the place of what was read, if anything was. */
static int
stand_in(struct sl_standing *s, struct sl_kept *kept, struct sl_error *err)
{
	static const struct sl_doc_limits limits = {
		.max_bytes = SL_POLICY_MAX_BYTES,
	};
	SL_CLEANUP(sl_freep) char *name = sl_asprintf("kept %s", kept->name);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_error why = SL_ERROR_INIT;

	if (sl_doc_parse(name, sl_buf_str(&kept->text), &limits, &doc, &why) <
	    0)
		return refuse_for(s, err, "nor does the last good one load",
		    &why);
	sl_doc_free(s->doc);
	free(s->name);
	s->doc = sl_steal(&doc);
	s->name = sl_steal(&name);
	s->commit = kept->commit;
	s->kept = true;
	return SL_OK;
}

int
sl_standing_fall_back(struct sl_standing *s, struct sl_error *err)
{
	SL_CLEANUP(sl_kept_release) struct sl_kept kept = SL_KEPT_INIT;
	struct sl_error why = SL_ERROR_INIT;
	int64_t now;
	int rc;

	if (s->options.grace_s == 0 || s->kept ||
	    !sl_policy_source_is_set(s->options.source))
		return err->code;
	s->fault = *err;
	now = sl_clock_now_s(s->options.clock);
	rc = sl_kept_read(s->options.state, &kept, &why);
	if (rc == SL_ENOTFOUND)
		return refuse(s, err, "and none that loaded was kept before");
	if (rc < 0)
		return refuse_for(s, err, "the last good one cannot stand in",
		    &why);
	if (note_fault(s, now, &why) < 0)
		return refuse_for(s, err, "the last good one does not stand "
		    "in, as it cannot be noted since when", &why);
	rc = check_time(s, now, err);
	return rc < 0 ? rc : stand_in(s, &kept, err);
}

int
sl_standing_both_failed(const struct sl_standing *s, struct sl_error *err)
{
	struct sl_error why = *err;

	return s->kept ? refuse_for(s, err, "nor does the last good one load",
			     &why) : err->code;
}

/* --- saying so --- */

void
sl_standing_warn(const struct sl_standing *s, struct sl_buf *out)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
	char from[SL_TIME_RFC3339_SIZE], to[SL_TIME_RFC3339_SIZE];

	if (s->kept) {
		sl_error_format(&s->fault, shown, sizeof(shown));
		format_time(s->note.since_s, from);
		format_time(s->note.since_s + s->options.grace_s, to);
		sl_buf_addf(out, "warning: the site policy does not load, and "
		    "the last good one judges from %s until %s: %s", from, to,
		    shown);
	}
	if (s->warning.code == 0)
		return;
	sl_error_format(&s->warning, shown, sizeof(shown));
	sl_buf_addf(out, "%s%s", s->kept ? "; and that cannot be noted: " :
	    "warning: the site policy cannot be kept for a time when it does "
	    "not load: ", shown);
}

void
sl_standing_sign(const struct sl_standing *s, struct sl_verdict *verdict)
{
	if (!sl_oid_is_zero(&s->commit) || s->kept)
		verdict->policy_source = sl_verdict_text(verdict,
		    sl_str(s->name));
	verdict->policy_commit = s->commit;
	if (!s->kept)
		return;
	verdict->policy_fault = sl_verdict_text(verdict,
	    sl_str(s->note.reason));
	verdict->kept_since_s = s->note.since_s;
	verdict->kept_until_s = s->note.since_s + s->options.grace_s;
}
