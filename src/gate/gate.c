/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/gate.h"

#include "base/mem.h"
#include "doc/json.h"
#include "flow/paths.h"
#include "gate/gate_int.h"
#include "git/changes.h"
#include "report/report.h"
#include "store/ledger.h"
#include "store/repositories.h"

/* --- policy --- */

static int
load_in_force(struct sl_gate *gate, struct sl_error *err)
{
	struct sl_error fault = SL_ERROR_INIT;
	int rc;

	if (gate->trusted == NULL)
		return sl_standing_load(&gate->standing, NULL, &gate->policy,
		    err);
	rc = sl_standing_load(&gate->standing, gate->trusted->doc,
	    &gate->policy, &fault);
	if (rc == 0)
		return SL_OK;
	if (sl_standing_load(&gate->standing, NULL, &gate->policy, err) < 0) {
		/* The site's own policy does not load, or is nothing without
		 * the project's: what was said first is the way out. */
		if (!sl_policy_source_is_set(&gate->options.site->policy))
			*err = fault;
		return err->code;
	}
	gate->project_fault = fault;
	return SL_OK;
}

int
sl_gate_load_policy(struct sl_gate *gate, struct sl_error *err)
{
	struct sl_standing *standing = &gate->standing;
	int rc;

	if (gate->policy != NULL)
		return SL_OK;
	rc = load_in_force(gate, err);
	if (rc == 0) {
		sl_standing_hold(standing,
		    gate->trusted == NULL || gate->project_fault.code != 0);
	} else {
		rc = sl_standing_fall_back(standing, err);
		if (rc == 0 && load_in_force(gate, err) < 0)
			rc = sl_standing_both_failed(standing, err);
	}
	if (rc == 0)
		sl_policy_set_baseline(gate->policy, gate->baseline);
	return rc;
}

/* --- changes --- */

/*
 * Rules that tell refs apart, and what they ask of the ref that is pushed: with
 * 100,000 refs to compare it with, that is worked out once. Rules about refs
 * and trees judge every new tip anyway.
 */
struct covering {
	const struct sl_policy *policy;
	int64_t now_s;
	const struct sl_rule **rules;
	enum sl_level *wanted; /* of each, on `pushed`; off: no ref is laxer */
	size_t count;
	char *pushed; /* NULL: none yet */
};

static void
covering_init(struct covering *c, const struct sl_policy *policy, int64_t now_s)
{
	size_t count = sl_policy_rule_count(policy);

	*c = (struct covering){ .policy = policy, .now_s = now_s };
	c->rules = sl_alloc_array(count, sizeof(*c->rules));
	c->wanted = sl_alloc_array(count, sizeof(*c->wanted));
	for (size_t i = 0; i < count; i++) {
		const struct sl_rule *rule = sl_policy_rule_at(policy, i);

		if (sl_rule_judges_commits(rule) &&
		    sl_rule_least_level(rule, now_s) < SL_LEVEL_BLOCK)
			c->rules[c->count++] = rule;
	}
}

static void
covering_release(struct covering *c)
{
	free(c->rules);
	free(c->wanted);
	free(c->pushed);
}

static void
want_for(struct covering *c, struct sl_str pushed)
{
	free(c->pushed);
	c->pushed = sl_strndup(pushed.ptr, pushed.len);
	for (size_t i = 0; i < c->count; i++) {
		c->wanted[i] = sl_rule_level(c->policy, c->rules[i], pushed,
		    c->now_s);
		if (c->wanted[i] <= sl_rule_least_level(c->rules[i], c->now_s))
			c->wanted[i] = SL_LEVEL_OFF;
	}
}

/*
 * Whether every rule about commits is at least as strict on one ref as on
 * another. Two refs may each be the stricter one for some rule: then neither
 * vouches for the other.
 */
static bool
covers(void *ctx, struct sl_str known, struct sl_str pushed)
{
	struct covering *c = ctx;

	if (c->pushed == NULL || !sl_str_eqs(pushed, c->pushed))
		want_for(c, pushed);
	for (size_t i = 0; i < c->count; i++)
		if (c->wanted[i] > SL_LEVEL_OFF &&
		    sl_rule_level(c->policy, c->rules[i], known, c->now_s) <
			c->wanted[i])
			return false;
	return true;
}

int
sl_gate_changes(struct sl_gate *gate, const struct sl_ref_line *lines,
    size_t count, struct sl_change_set *set, struct sl_error *err)
{
	struct sl_git_change_opts opts = { 0 };
	SL_CLEANUP(covering_release) struct covering covering = { 0 };
	int rc = sl_gate_load_policy(gate, err);

	if (rc < 0)
		return rc;
	covering_init(&covering, gate->policy,
	    sl_clock_now_s(gate->options.clock));
	/* With 100,000 refs it counts that most policies need not ask. */
	if (covering.count > 0) {
		opts.covers = covers;
		opts.covers_ctx = &covering;
	}
	return sl_git_changes_push(gate->options.repository, lines, count,
	    &opts, set, err);
}

/* --- judging --- */

/* Whether these bytes are those of the project file that judges right now. */
static bool
is_in_force(const struct sl_gate *gate, struct sl_str bytes)
{
	return gate->policy != NULL && gate->trusted != NULL &&
	    gate->project_fault.code == 0 &&
	    sl_str_eq(bytes, sl_buf_str(&gate->trusted_text));
}

/* Check a pushed project file as it will be used. */
static int
lint_project(void *ctx, struct sl_str bytes, struct sl_error *err)
{
	struct sl_gate *gate = ctx;
	SL_CLEANUP(sl_project_freep) struct sl_project *project = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	int rc;

	/* Most pushes leave it as it is: it has been loaded already. */
	if (is_in_force(gate, bytes))
		return SL_OK;
	rc = sl_project_parse(SL_PROJECT_FILE, bytes, &project, err);
	if (rc == 0)
		rc = sl_flows_check(&project->flows, gate->options.site, err);
	if (rc == 0)
		rc = sl_flow_paths_check(&project->flows, err);
	if (rc == 0)
		rc = sl_standing_load(&gate->standing, project->doc, &policy,
		    err);
	return rc;
}

static void
ref_values(void *ctx, struct sl_str ref, struct sl_ref_values *out)
{
	const struct sl_gate *gate = ctx;

	sl_gate_values(gate->options.site, gate->trusted, ref, out);
}

static struct sl_str
person_of(const void *site, struct sl_str email)
{
	const struct sl_person *person = sl_site_person_by_email(site, email);

	return person ? sl_str(person->name) : sl_strn("", 0);
}

static void
fill_pusher(const struct sl_site *site, const struct sl_site_pusher *from,
    struct sl_str *groups, struct sl_pusher *to)
{
	to->person_of = person_of;
	to->site = site;
	if (from == NULL) {
		to->state = SL_PUSHER_ELSEWHERE;
		return;
	}
	if (from->person == NULL) {
		to->state = SL_PUSHER_NOBODY;
		return;
	}
	to->state = SL_PUSHER_KNOWN;
	to->person = sl_str(from->person->name);
	for (size_t i = 0; i < from->person->groups.count; i++)
		groups[i] = sl_str(from->person->groups.items[i]);
	to->groups = groups;
	to->group_count = from->person->groups.count;
}

/* That it was judged as part of an import, and who allows that. */
static void
sign_import(const struct sl_import *import, struct sl_verdict *verdict)
{
	SL_CLEANUP(sl_freep)
	char *text = sl_asprintf("until %s: %s", import->until, import->reason);

	verdict->import = sl_verdict_text(verdict, sl_str(text));
}

int
sl_gate_judge(struct sl_gate *gate, const struct sl_change_set *set,
    const struct sl_gate_judgement *judgement, struct sl_verdict **out,
    struct sl_error *err)
{
	const struct sl_site_pusher *pusher = judgement->pusher;
	struct sl_gate_scans scans;
	SL_CLEANUP(sl_freep) struct sl_str *groups = NULL;
	SL_CLEANUP(sl_signatures_release) struct sl_signatures signatures;
	struct sl_judge_options options = {
		.clock = gate->options.clock,
		.started_ms = judgement->started_ms,
		.budget_ms = judgement->budget_ms,
		.late_passes = judgement->import != NULL,
		.threads = sl_gate_threads(gate->options.site->threads),
		.lint_project = lint_project,
		.lint_ctx = gate,
		.verify = sl_signatures_verify,
		.verify_ctx = &signatures,
		.values = ref_values,
		.values_ctx = gate,
		.progress = judgement->progress,
		.progress_ctx = judgement->progress_ctx,
	};
	int rc;

	sl_signatures_init(&signatures, gate,
	    judgement->budget_ms == 0 ? 0 :
		(judgement->started_ms ? judgement->started_ms :
			sl_clock_monotonic_ms(gate->options.clock)) +
		judgement->budget_ms);
	rc = sl_gate_load_policy(gate, err);
	if (rc < 0)
		return rc;
	if (pusher != NULL && pusher->person != NULL)
		groups = sl_alloc_array(pusher->person->groups.count,
		    sizeof(*groups));
	fill_pusher(gate->options.site, pusher, groups, &options.pusher);
	sl_gate_scans_init(&scans, gate->options.site, gate->policy);
	if (gate->options.site->scan_cache > 0)
		options.cache = &scans.cache;
	rc = sl_engine_judge(gate->policy, set, &options, out, err);
	sl_gate_scans_release(&scans);
	if (rc < 0)
		return rc;
	sl_standing_sign(&gate->standing, *out);
	if (judgement->import != NULL)
		sign_import(judgement->import, *out);
	return SL_OK;
}

/* --- recording --- */

struct ref_list {
	struct sl_ref_value *items; /* own their names */
	size_t count;
	size_t room;
};

static int
add_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	struct ref_list *list = ctx;

	(void)err;
	if (!sl_gate_ref_flows(ref->name))
		return 0;
	SL_GROW(list->items, list->count, list->room);
	list->items[list->count].ref = sl_strndup(ref->name.ptr, ref->name.len);
	list->items[list->count].oid = ref->oid;
	list->count++;
	return 0;
}

int
sl_gate_refs(struct sl_gate *gate, struct sl_ref_value **refs, size_t *count,
    struct sl_error *err)
{
	struct ref_list list = { NULL, 0, 0 };
	int rc = sl_git_refs_each(gate->options.repository, add_ref, &list,
	    err);

	*refs = list.items;
	*count = list.count;
	if (rc < 0)
		sl_gate_refs_free(refs, count);
	return rc;
}

void
sl_gate_refs_free(struct sl_ref_value **refs, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		free((char *)(*refs)[i].ref);
	free(*refs);
	*refs = NULL;
	*count = 0;
}

bool
sl_gate_ref_flows(struct sl_str ref)
{
	return sl_str_starts(ref, "refs/heads/") ||
	    sl_str_starts(ref, "refs/tags/");
}

int
sl_gate_register(struct sl_gate *gate, struct sl_store *store,
    struct sl_error *err)
{
	int64_t now = sl_clock_now_s(gate->options.clock);
	struct sl_repositories known = SL_REPOSITORIES_INIT;
	struct sl_ref_value *refs = NULL;
	size_t count = 0;
	bool baseline = false;
	int rc = sl_repository_put(store, gate->repository_id,
	    sl_git_common_dir(gate->options.repository), now, err);

	if (rc == 0)
		rc = sl_repository_list(store, &known, err);
	for (size_t i = 0; rc == 0 && i < known.count; i++)
		if (!strcmp(known.items[i].id, gate->repository_id))
			baseline = known.items[i].baseline_at_s != 0;
	sl_repositories_release(&known);
	if (rc < 0 || baseline)
		return rc;
	rc = sl_gate_refs(gate, &refs, &count, err);
	if (rc == 0)
		rc = sl_refs_baseline(store, gate->repository_id, refs, count,
		    now, err);
	sl_gate_refs_free(&refs, &count);
	return rc;
}

/* What a byte of text becomes in JSON at most. */
#define JSON_GROWTH 6
/* A ledger row without the names of its refs: the end, and one ref. */
#define LEDGER_REST ((size_t)40 << 10)

static int
record_in_ledger(const struct sl_gate *gate, struct sl_store *store,
    const struct sl_verdict *verdict, const char *id, const char *pusher,
    const struct sl_ref_line *lines, size_t count, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf json = SL_BUF_INIT(SL_LEDGER_JSON_MAX);
	char hex[SL_OID_HEX + 1];
	struct sl_json w;

	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	if (verdict->import != NULL)
		sl_json_put(&w, "import", verdict->import);
	sl_json_put(&w, "outcome", sl_outcome_name(verdict->outcome));
	sl_json_put(&w, "policy", verdict->policy_digest);
	if (!sl_oid_is_zero(&verdict->policy_commit)) {
		sl_oid_hex(&verdict->policy_commit, hex);
		sl_json_put(&w, "policy_commit", hex);
	}
	if (verdict->policy_fault != NULL) {
		sl_json_put_int(&w, "policy_kept_since_s",
		    verdict->kept_since_s);
		sl_json_put_int(&w, "policy_kept_until_s",
		    verdict->kept_until_s);
	}
	sl_json_put(&w, "pusher", pusher);
	sl_json_key(&w, "refs");
	sl_json_list(&w);
	/* The full list is in the verdict; the ledger row has a cap, and names
	 * of refs have any length. */
	for (size_t i = 0; i < count && i < 500 &&
	    json.len + lines[i].ref.len * JSON_GROWTH + LEDGER_REST <
		SL_LEDGER_JSON_MAX; i++) {
		sl_json_object(&w);
		sl_oid_hex(&lines[i].new_oid, hex);
		sl_json_put(&w, "new", hex);
		sl_oid_hex(&lines[i].old_oid, hex);
		sl_json_put(&w, "old", hex);
		sl_json_putv(&w, "ref", lines[i].ref);
		sl_json_end(&w);
	}
	sl_json_end(&w);
	sl_json_put_int(&w, "ref_count", (int64_t)count);
	sl_json_put(&w, "repository", gate->repository_id);
	if (verdict->import != NULL)
		sl_json_put_int(&w, "undecided",
		    (int64_t)verdict->undecided_count);
	sl_json_end(&w);
	if (json.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the push is too long for the ledger");
	return sl_ledger_append(store, SL_LEDGER_VERDICT, id,
	    sl_buf_cstr(&json), verdict->evaluated_at_s, NULL, err);
}

static int
record_verdict(const struct sl_gate *gate, struct sl_store *store,
    const struct sl_verdict *verdict, bool accepted,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, char id[SL_VERDICT_ID_SIZE],
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf report = SL_BUF_INIT(SL_VERDICT_REPORT_MAX);
	SL_CLEANUP(sl_freep) struct sl_intention *intentions = NULL;
	const struct sl_report_options plain = { 0 };
	struct sl_verdict_record record = {
		.repository = gate->repository_id,
		.policy_digest = verdict->policy_digest,
		.outcome = sl_outcome_name(verdict->outcome),
		.accepted = accepted,
		.evaluated_at_s = verdict->evaluated_at_s,
		.pusher = push->pusher ? push->pusher : "",
	};
	struct ref_list names = { NULL, 0, 0 };
	int rc;

	if (sl_report_json(verdict, &plain, &report) < 0) {
		/* A record that is too large is cut to what must be there. */
		sl_buf_clear(&report);
		sl_buf_adds(&report, "{\"truncated\":true}");
	}
	record.report = sl_buf_cstr(&report);
	intentions = sl_alloc_array(count, sizeof(*intentions));
	for (size_t i = 0; i < count; i++) {
		SL_GROW(names.items, names.count, names.room);
		names.items[names.count++].ref =
		    sl_strndup(lines[i].ref.ptr, lines[i].ref.len);
		intentions[i].ref = names.items[i].ref;
		intentions[i].old_oid = lines[i].old_oid;
		intentions[i].new_oid = lines[i].new_oid;
		intentions[i].options = push->options;
	}
	rc = sl_verdict_record(store, &record, intentions, count, id, err);
	sl_gate_refs_free(&names.items, &names.count);
	if (rc < 0)
		return rc;
	return record_in_ledger(gate, store, verdict, id, record.pusher, lines,
	    count, err);
}

int
sl_gate_record(struct sl_gate *gate, struct sl_store *store,
    struct sl_verdict *verdict, bool accepted,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, char id[SL_VERDICT_ID_SIZE],
    struct sl_error *err)
{
	int rc = sl_store_begin(store, err);

	if (rc < 0)
		return rc;
	rc = sl_gate_register(gate, store, err);
	if (rc == 0)
		rc = record_verdict(gate, store, verdict, accepted, lines,
		    count, push, id, err);
	if (rc < 0) {
		sl_store_rollback(store);
		return rc;
	}
	rc = sl_store_commit(store, err);
	if (rc == 0)
		memcpy(verdict->id, id, SL_VERDICT_ID_SIZE);
	return rc;
}
