/* SPDX-License-Identifier: Apache-2.0 */
/* reconcile: making up for hooks that died. */
#include "gate/gate.h"

#include "base/mem.h"
#include "doc/doc.h"
#include "gate/gate_int.h"
#include "git/changes.h"

int
sl_gate_judge_later(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *line, bool *passed, char id[SL_VERDICT_ID_SIZE],
    struct sl_verdict **out, struct sl_error *err)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *verdict = NULL;
	const struct sl_gate_judgement judgement = { 0 };
	const struct sl_gate_push push = { .pusher = "" };
	int rc = sl_gate_load_policy(gate, err);

	/* The ref is at its new value already, so that everything it reaches
	 * is known: what counts is what came since the last value. */
	if (rc == 0 && sl_oid_is_zero(&line->new_oid))
		rc = sl_git_changes_push(gate->options.repository, line, 1,
		    NULL, &set, err);
	else if (rc == 0)
		rc = sl_git_changes_range(gate->options.repository,
		    &line->old_oid, &line->new_oid, line->ref, NULL, &set,
		    err);
	if (rc == 0)
		rc = sl_gate_judge(gate, &set, &judgement, &verdict, err);
	if (rc < 0)
		return rc;
	*passed = verdict->outcome == SL_OUTCOME_PASS;
	rc = sl_gate_record(gate, store, verdict, *passed, line, 1, &push, id,
	    err);
	if (rc == 0 && out != NULL)
		*out = sl_steal(&verdict);
	return rc;
}

/* The push options of a change; what the hook took, is taken. */
static void
take_options(struct sl_gate_push *push)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_error none = SL_ERROR_INIT;
	const struct sl_node *list;

	if (sl_doc_parse_json("options", sl_str(push->options), NULL, &doc,
		&none) < 0)
		return;
	list = sl_doc_root(doc);
	for (size_t i = 0; i < sl_node_count(list); i++)
		(void)!sl_gate_push_option(push,
		    sl_node_text(sl_node_at(list, i)), &none);
}

static int
make_up_for(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *missed, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	SL_CLEANUP(sl_admissions_release) struct sl_admissions list = { 0 };
	struct sl_gate_push push = {
		.pusher = missed->pusher,
		.options = missed->options,
	};
	struct sl_ref_line line = {
		.old_oid = missed->old_oid,
		.new_oid = missed->new_oid,
		.ref = sl_str(missed->ref),
	};
	char id[SL_VERDICT_ID_SIZE];
	bool passed = true;
	int rc = 0;

	take_options(&push);
	if (missed->verdict_id[0] == '\0')
		rc = sl_gate_judge_later(gate, store, &line, &passed, id, NULL,
		    err);
	if (rc < 0)
		return rc;
	/* Written as a job that does nothing, or it would be judged again at
	 * every look. */
	if (!passed)
		push.no_run = "the change does not pass the policy";
	rc = sl_gate_admit(gate, store, &line, 1, &push, &list, err);
	if (!passed)
		made_up->refused++;
	else if (rc == 0)
		made_up->jobs++;
	return rc;
}

/*
 * Make up for a move of the policy ref under the policy as it was before:
 * what the move brings must not judge it, nor say where it flows.
 */
static int
make_up_for_policy(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *missed, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep) struct sl_gate *before = NULL;
	const struct sl_ref_line moved = {
		.old_oid = missed->old_oid,
		.new_oid = missed->new_oid,
		.ref = sl_str(missed->ref),
	};
	struct sl_gate_options options = gate->options;
	int rc;

	options.moved = &moved;
	options.moved_count = 1;
	rc = sl_gate_open(&options, &before, err);
	if (rc == 0)
		rc = make_up_for(before, store, missed, made_up, err);
	return rc;
}

static int
make_up_for_one(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *missed, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	int rc = strcmp(missed->ref, gate->policy_ref) == 0 ?
	    make_up_for_policy(gate, store, missed, made_up, err) :
	    make_up_for(gate, store, missed, made_up, err);

	return rc < 0 ? sl_error_wrap(err, "%s", missed->ref) : SL_OK;
}

/*
 * A change that took place, and for which no job was written before the next
 * one came. What cannot be planned by now is written down as not run: nobody
 * would come back to it.
 */
static int
make_up_for_skipped(struct sl_gate *gate, struct sl_store *store,
    const struct sl_missed_ref *skipped, struct sl_gate_made_up *made_up,
    struct sl_error *err)
{
	SL_CLEANUP(sl_admissions_release) struct sl_admissions list = { 0 };
	const struct sl_ref_line line = {
		.old_oid = skipped->old_oid,
		.new_oid = skipped->new_oid,
		.ref = sl_str(skipped->ref),
	};
	struct sl_error why = SL_ERROR_INIT;
	struct sl_gate_push push = {
		.pusher = skipped->pusher,
		.options = skipped->options,
		.no_run = why.text,
	};
	int rc = make_up_for_one(gate, store, skipped, made_up, &why);

	if (rc != SL_EBUSY && rc != SL_EIO && rc < 0)
		return sl_gate_admit(gate, store, &line, 1, &push, &list, err);
	if (rc < 0)
		*err = why;
	return rc;
}

/* Make up for what came between a ref's last job and a change of it. */
static int
make_up_before(struct sl_gate *gate, struct sl_store *store, const char *ref,
    const struct sl_oid *old_oid, const struct sl_oid *new_oid,
    struct sl_gate_made_up *made_up, struct sl_error *err)
{
	SL_CLEANUP(sl_missed_refs_release)
	struct sl_missed_refs skipped = SL_MISSED_REFS_INIT;
	int rc = sl_refs_skipped(store, gate->repository_id, ref, old_oid,
	    new_oid, &skipped, err);

	for (size_t i = 0; rc == 0 && i < skipped.count; i++)
		rc = make_up_for_skipped(gate, store, &skipped.items[i],
		    made_up, err);
	return rc;
}

int
sl_gate_make_up(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    struct sl_gate_made_up *made_up, struct sl_error *err)
{
	int rc = 0;

	memset(made_up, 0, sizeof(*made_up));
	for (size_t i = 0; rc == 0 && i < count; i++) {
		SL_CLEANUP(sl_freep) char *ref = NULL;

		if (!sl_gate_ref_flows(lines[i].ref))
			continue;
		ref = sl_strndup(lines[i].ref.ptr, lines[i].ref.len);
		rc = make_up_before(gate, store, ref, &lines[i].old_oid,
		    &lines[i].new_oid, made_up, err);
	}
	return rc;
}

int
sl_gate_reconcile(struct sl_gate *gate, struct sl_store *store,
    struct sl_gate_made_up *made_up, struct sl_error *err)
{
	SL_CLEANUP(sl_missed_refs_release)
	struct sl_missed_refs missed = SL_MISSED_REFS_INIT;
	struct sl_ref_value *refs = NULL;
	struct sl_error first = SL_ERROR_INIT;
	size_t count = 0;
	int rc = sl_gate_refs(gate, &refs, &count, err);

	memset(made_up, 0, sizeof(*made_up));
	if (rc == 0)
		rc = sl_refs_missed(store, gate->repository_id, refs, count,
		    &missed, err);
	sl_gate_refs_free(&refs, &count);
	/* One that cannot be made up for does not keep the others waiting. */
	for (size_t i = 0; rc == 0 && i < missed.count; i++) {
		const struct sl_missed_ref *one = &missed.items[i];
		struct sl_error why = SL_ERROR_INIT;
		int made = make_up_before(gate, store, one->ref, &one->old_oid,
		    &one->new_oid, made_up, &why);

		if (made == 0)
			made = make_up_for_one(gate, store, one, made_up, &why);
		if (made < 0 && first.code == 0)
			first = why;
	}
	if (rc == 0 && first.code != 0) {
		*err = first;
		rc = first.code;
	}
	return rc;
}
