/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SARIF 2.1.0: a result per finding, a suppressed one per waived finding, and
 * a notification per thing that could not be judged.
 *
 * @source OASIS, Static Analysis Results Interchange Format 2.1.0
 */
#include "doc/json.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "report/report_int.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
/* What paths are relative to: the viewer knows where that is. */
#define ROOT "REPOSITORYROOT"

/* Rules that the results name, each once. */
struct rules {
	const struct sl_finding **items; /* the first finding of each */
	size_t count;
};

static size_t
rule_index(const struct rules *rules, const char *name)
{
	size_t i = 0;

	while (i < rules->count && strcmp(rules->items[i]->rule, name) != 0)
		i++;
	return i;
}

static void
gather(struct rules *rules, const struct sl_finding *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rule_index(rules, list[i].rule) == rules->count)
			rules->items[rules->count++] = &list[i];
}

static void
put_text(struct sl_json *w, const char *key, const char *text)
{
	sl_json_key(w, key);
	sl_json_object(w);
	sl_json_put(w, "text", text);
	sl_json_end(w);
}

static void
put_rule(struct sl_json *w, const struct sl_finding *f)
{
	sl_json_object(w);
	sl_json_put(w, "id", f->rule);
	if (f->fix[0])
		put_text(w, "help", f->fix);
	sl_json_key(w, "properties");
	sl_json_object(w);
	sl_json_put(w, "file", f->place.file);
	sl_json_put_int(w, "line", f->place.line);
	sl_json_end(w);
	sl_json_end(w);
}

static void
put_tool(struct sl_json *w, const struct rules *rules,
    const struct sl_report_options *options)
{
	sl_json_key(w, "tool");
	sl_json_object(w);
	sl_json_key(w, "driver");
	sl_json_object(w);
	sl_json_put(w, "name", "sluice");
	if (options->tool_version) {
		sl_json_put(w, "version", options->tool_version);
		sl_json_put(w, "semanticVersion", options->tool_version);
	}
	sl_json_key(w, "rules");
	sl_json_list(w);
	for (size_t i = 0; i < rules->count; i++)
		put_rule(w, rules->items[i]);
	sl_json_end(w);
	sl_json_end(w);
	sl_json_end(w);
}

static void
put_file(struct sl_json *w, const struct sl_finding *f)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf uri = SL_BUF_INIT(8192);

	sl_uri_encode(&uri, sl_str(f->path), true);
	sl_json_key(w, "physicalLocation");
	sl_json_object(w);
	sl_json_key(w, "artifactLocation");
	sl_json_object(w);
	sl_json_put(w, "uri", sl_buf_cstr(&uri));
	sl_json_put(w, "uriBaseId", ROOT);
	sl_json_end(w);
	if (f->line) {
		sl_json_key(w, "region");
		sl_json_object(w);
		sl_json_put_int(w, "startLine", f->line);
		if (f->col)
			sl_json_put_int(w, "startColumn", f->col);
		sl_json_end(w);
	}
	sl_json_end(w);
}

static void
put_locations(struct sl_json *w, const struct sl_finding *f)
{
	sl_json_key(w, "locations");
	sl_json_list(w);
	sl_json_object(w);
	if (f->path[0])
		put_file(w, f);
	if (f->ref[0]) {
		sl_json_key(w, "logicalLocations");
		sl_json_list(w);
		sl_json_object(w);
		sl_json_put(w, "fullyQualifiedName", f->ref);
		sl_json_put(w, "kind", "ref");
		sl_json_end(w);
		sl_json_end(w);
	}
	sl_json_end(w);
	sl_json_end(w);
}

static void
put_properties(struct sl_json *w, const struct sl_finding *f)
{
	char time[SL_TIME_RFC3339_SIZE];
	char hex[SL_OID_HEX + 1];

	sl_json_key(w, "properties");
	sl_json_object(w);
	sl_json_put(w, "level", sl_level_name(f->level));
	if (f->has_commit) {
		sl_oid_hex(&f->commit, hex);
		sl_json_put(w, "commit", hex);
	}
	if (f->found[0])
		sl_json_put(w, "found", f->found);
	if (f->expected[0])
		sl_json_put(w, "expected", f->expected);
	if (f->fix[0])
		sl_json_put(w, "fix", f->fix);
	if (f->blocks_from_s != 0 &&
	    sl_time_format_rfc3339(f->blocks_from_s, time) == 0)
		sl_json_put(w, "blocksFrom", time);
	sl_json_end(w);
}

static void
put_result(struct sl_json *w, const struct rules *rules,
    const struct sl_finding *f)
{
	sl_json_object(w);
	sl_json_put(w, "ruleId", f->rule);
	sl_json_put_int(w, "ruleIndex", (int64_t)rule_index(rules, f->rule));
	sl_json_put(w, "level", sl_report_words(f->level)->sarif);
	put_text(w, "message", f->message);
	put_locations(w, f);
	sl_json_put_int(w, "occurrenceCount", (int64_t)f->repeats + 1);
	sl_json_key(w, "partialFingerprints");
	sl_json_object(w);
	sl_json_put(w, "sluice/v1", f->fingerprint);
	sl_json_end(w);
	if (f->waiver[0]) {
		sl_json_key(w, "suppressions");
		sl_json_list(w);
		sl_json_object(w);
		sl_json_put(w, "kind", "external");
		sl_json_put(w, "justification", f->waiver);
		sl_json_end(w);
		sl_json_end(w);
	}
	put_properties(w, f);
	sl_json_end(w);
}

static void
put_notification(struct sl_json *w, const struct sl_undecided *u)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(8192);

	sl_buf_adds(&text, "undecided");
	if (u->rule[0])
		sl_buf_addf(&text, ", rule %s", u->rule);
	if (u->path[0])
		sl_buf_addf(&text, ", %s", u->path);
	sl_buf_addf(&text, ": %s", u->reason);
	sl_json_object(w);
	sl_json_put(w, "level", sl_report_words(u->level)->sarif);
	put_text(w, "message", sl_buf_cstr(&text));
	sl_json_end(w);
}

/* Left to the server: nothing to repair, but not judged either. */
static void
put_deferred(struct sl_json *w, const struct sl_deferred *d)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(8192);

	sl_buf_addf(&text, "deferred: rule %s, %s: %s", d->rule, d->ref,
	    d->reason);
	sl_json_object(w);
	sl_json_put(w, "level", "note");
	put_text(w, "message", sl_buf_cstr(&text));
	sl_json_end(w);
}

/* Whether all was judged is a matter of the run, not of a result. */
static void
put_invocation(struct sl_json *w, const struct sl_verdict *v)
{
	char time[SL_TIME_RFC3339_SIZE];

	sl_json_key(w, "invocations");
	sl_json_list(w);
	sl_json_object(w);
	sl_json_put_bool(w, "executionSuccessful", v->undecided_blocking == 0);
	if (sl_time_format_rfc3339(v->evaluated_at_s, time) == 0)
		sl_json_put(w, "endTimeUtc", time);
	sl_json_key(w, "toolExecutionNotifications");
	sl_json_list(w);
	for (size_t i = 0; i < v->undecided_count; i++)
		put_notification(w, &v->undecided[i]);
	for (size_t i = 0; i < v->deferred_count; i++)
		put_deferred(w, &v->deferred[i]);
	sl_json_end(w);
	sl_json_end(w);
	sl_json_end(w);
}

static void
put_run(struct sl_json *w, const struct sl_verdict *v,
    const struct rules *rules, const struct sl_report_options *options)
{
	sl_json_object(w);
	put_tool(w, rules, options);
	put_invocation(w, v);
	sl_json_key(w, "originalUriBaseIds");
	sl_json_object(w);
	sl_json_key(w, ROOT);
	sl_json_object(w);
	put_text(w, "description", "the root of the repository");
	sl_json_end(w);
	sl_json_end(w);
	sl_json_key(w, "results");
	sl_json_list(w);
	for (size_t i = 0; i < v->finding_count; i++)
		put_result(w, rules, &v->findings[i]);
	for (size_t i = 0; i < v->waived_count; i++)
		put_result(w, rules, &v->waived[i]);
	sl_json_end(w);
	sl_json_key(w, "properties");
	sl_json_object(w);
	sl_json_put(w, "outcome", sl_outcome_name(v->outcome));
	sl_json_put(w, "verdict", v->id);
	sl_json_put(w, "policy", v->policy_name);
	sl_json_put(w, "policyDigest", v->policy_digest);
	sl_json_end(w);
	sl_json_end(w);
}

int
sl_report_sarif(const struct sl_verdict *v,
    const struct sl_report_options *options, struct sl_buf *out)
{
	SL_CLEANUP(sl_freep) const struct sl_finding **items =
	    sl_alloc_array(v->finding_count + v->waived_count + 1,
		sizeof(const struct sl_finding *));
	struct rules rules = { items, 0 };
	struct sl_json w;

	gather(&rules, v->findings, v->finding_count);
	gather(&rules, v->waived, v->waived_count);
	sl_json_init(&w, out, 0);
	sl_json_object(&w);
	sl_json_put(&w, "$schema", SCHEMA);
	sl_json_put(&w, "version", "2.1.0");
	sl_json_key(&w, "runs");
	sl_json_list(&w);
	put_run(&w, v, &rules, options);
	sl_json_end(&w);
	sl_json_end(&w);
	return out->over ? SL_ETOOBIG : SL_OK;
}
