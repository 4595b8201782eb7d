/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/json.h"

#include "base/clock.h"
#include "report/report.h"

/* Of the report's own form; a new key is no new number. */
#define FORM 1

static void
put_place(struct sl_json *w, const struct sl_rule_place *place)
{
	sl_json_key(w, "rule_source");
	sl_json_object(w);
	sl_json_put(w, "file", place->file);
	sl_json_put_int(w, "line", place->line);
	sl_json_put_int(w, "column", place->col);
	sl_json_end(w);
}

/* A key only where there is something to say. */
static void
put_some(struct sl_json *w, const char *key, const char *value)
{
	if (value[0])
		sl_json_put(w, key, value);
}

static void
put_finding(struct sl_json *w, const struct sl_finding *f)
{
	char time[SL_TIME_RFC3339_SIZE];
	char hex[SL_OID_HEX + 1];

	sl_json_object(w);
	sl_json_put(w, "rule", f->rule);
	sl_json_put(w, "level", sl_level_name(f->level));
	if (sl_time_format_rfc3339(f->blocks_from_s, time) == 0 &&
	    f->blocks_from_s != 0)
		sl_json_put(w, "blocks_from", time);
	put_some(w, "ref", f->ref);
	if (f->has_commit) {
		sl_oid_hex(&f->commit, hex);
		sl_json_put(w, "commit", hex);
	}
	put_some(w, "path", f->path);
	if (f->line)
		sl_json_put_int(w, "line", f->line);
	if (f->col)
		sl_json_put_int(w, "column", f->col);
	sl_json_put(w, "message", f->message);
	put_some(w, "found", f->found);
	put_some(w, "expected", f->expected);
	put_some(w, "fix", f->fix);
	put_place(w, &f->place);
	if (f->repeats)
		sl_json_put_int(w, "repeats", f->repeats);
	sl_json_put(w, "fingerprint", f->fingerprint);
	put_some(w, "waiver", f->waiver);
	sl_json_end(w);
}

static void
put_coverage(struct sl_json *w, const struct sl_coverage *c)
{
	sl_json_key(w, "coverage");
	sl_json_object(w);
	sl_json_put_int(w, "refs", (int64_t)c->refs);
	sl_json_put_int(w, "commits", (int64_t)c->commits);
	sl_json_put_int(w, "changed_paths", (int64_t)c->changed_paths);
	sl_json_put_int(w, "tree_entries", (int64_t)c->tree_entries);
	sl_json_put_int(w, "blobs", (int64_t)c->blobs);
	sl_json_put_int(w, "blob_bytes", (int64_t)c->blob_bytes);
	if (c->blobs_known)
		sl_json_put_int(w, "blobs_known", (int64_t)c->blobs_known);
	sl_json_put_int(w, "rules", (int64_t)c->rules);
	if (c->in_baseline)
		sl_json_put_int(w, "in_baseline", (int64_t)c->in_baseline);
	sl_json_put_int(w, "elapsed_ms", c->elapsed_ms);
	sl_json_put(w, "engine", c->engine);
	sl_json_end(w);
}

static void
put_lists(struct sl_json *w, const struct sl_verdict *v)
{
	sl_json_key(w, "findings");
	sl_json_list(w);
	for (size_t i = 0; i < v->finding_count; i++)
		put_finding(w, &v->findings[i]);
	sl_json_end(w);
	sl_json_key(w, "undecided");
	sl_json_list(w);
	for (size_t i = 0; i < v->undecided_count; i++) {
		const struct sl_undecided *u = &v->undecided[i];

		sl_json_object(w);
		put_some(w, "rule", u->rule);
		sl_json_put(w, "level", sl_level_name(u->level));
		put_some(w, "ref", u->ref);
		put_some(w, "path", u->path);
		sl_json_put(w, "reason", u->reason);
		sl_json_end(w);
	}
	sl_json_end(w);
	sl_json_key(w, "waived");
	sl_json_list(w);
	for (size_t i = 0; i < v->waived_count; i++)
		put_finding(w, &v->waived[i]);
	sl_json_end(w);
	sl_json_key(w, "deferred");
	sl_json_list(w);
	for (size_t i = 0; i < v->deferred_count; i++) {
		sl_json_object(w);
		sl_json_put(w, "rule", v->deferred[i].rule);
		put_some(w, "ref", v->deferred[i].ref);
		sl_json_put(w, "reason", v->deferred[i].reason);
		sl_json_end(w);
	}
	sl_json_end(w);
	sl_json_key(w, "skipped");
	sl_json_list(w);
	for (size_t i = 0; i < v->skipped_count; i++) {
		sl_json_object(w);
		sl_json_put(w, "what", v->skipped[i].what);
		sl_json_put(w, "reason", v->skipped[i].reason);
		sl_json_put_int(w, "count", (int64_t)v->skipped[i].count);
		sl_json_end(w);
	}
	sl_json_end(w);
}

/* Where the site policy came from, unless it is a plain file. */
static void
put_source(struct sl_json *w, const struct sl_verdict *v)
{
	char hex[SL_OID_HEX + 1], when[SL_TIME_RFC3339_SIZE];

	if (v->policy_source != NULL)
		sl_json_put(w, "policy_source", v->policy_source);
	if (!sl_oid_is_zero(&v->policy_commit)) {
		sl_oid_hex(&v->policy_commit, hex);
		sl_json_put(w, "policy_commit", hex);
	}
	if (v->policy_fault == NULL)
		return;
	sl_json_key(w, "policy_kept");
	sl_json_object(w);
	if (sl_time_format_rfc3339(v->kept_since_s, when) == SL_OK)
		sl_json_put(w, "since", when);
	if (sl_time_format_rfc3339(v->kept_until_s, when) == SL_OK)
		sl_json_put(w, "until", when);
	sl_json_put(w, "reason", v->policy_fault);
	sl_json_end(w);
}

int
sl_report_json(const struct sl_verdict *v,
    const struct sl_report_options *options, struct sl_buf *out)
{
	char when[SL_TIME_RFC3339_SIZE];
	struct sl_json w;

	sl_json_init(&w, out, 0);
	sl_json_object(&w);
	sl_json_put_int(&w, "sluice_report", FORM);
	if (options->tool_version)
		sl_json_put(&w, "version", options->tool_version);
	sl_json_put(&w, "verdict", v->id);
	sl_json_put(&w, "outcome", sl_outcome_name(v->outcome));
	sl_json_put(&w, "policy", v->policy_name);
	sl_json_put(&w, "policy_digest", v->policy_digest);
	put_source(&w, v);
	if (v->import != NULL)
		sl_json_put(&w, "import", v->import);
	if (sl_time_format_rfc3339(v->evaluated_at_s, when) == SL_OK)
		sl_json_put(&w, "evaluated_at", when);
	sl_json_put_int(&w, "blocking", (int64_t)v->blocking);
	sl_json_put_int(&w, "warnings", (int64_t)v->warnings);
	sl_json_put_int(&w, "audits", (int64_t)v->audits);
	put_lists(&w, v);
	put_coverage(&w, &v->coverage);
	sl_json_end(&w);
	return out->over ? SL_ETOOBIG : SL_OK;
}
