/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: one repository seen through its site: which policy is in force, who
 * judges, what is recorded, and which jobs follow.
 *
 * The hook and the worker share it, so that a push that is made up for later
 * is judged and queued exactly as one that came through the hook. It reaches
 * no network and runs no pushed code.
 *
 *     sl_gate_open(&options, &gate, err);
 *     sl_gate_judge(gate, &set, &judge, &verdict, err);
 *     sl_gate_record(gate, store, verdict, lines, n, &push, id, err);
 *     ... the push goes in ...
 *     sl_gate_admit(gate, store, lines, n, &push, &admissions, err);
 *
 * Where policy comes from: the site's (gate/standing.h), and the project's
 * file on the policy ref as it was before the push. A project's file that does
 * not load leaves the site's policy alone in force, and says so
 * (project_fault): the next push of a good file repairs it.
 */
#ifndef SL_GATE_GATE_H
#define SL_GATE_GATE_H

#include "base/clock.h"
#include "change/change.h"
#include "config/project.h"
#include "config/site.h"
#include "engine/engine.h"
#include "gate/standing.h"
#include "git/git.h"
#include "policy/baseline.h"
#include "policy/policy.h"
#include "store/queue.h"
#include "store/store.h"
#include "store/verdicts.h"

/** Zero-initialise. Everything is borrowed and outlives the gate. */
struct sl_gate_options {
	const struct sl_site *site;
	struct sl_git *repository;
	const char *packs_dir;
	const struct sl_clock *clock;
	const struct sl_ref_line *moved; /* refs that the push has moved
			already (post-receive): their old values count */
	size_t moved_count;
};

struct sl_gate {
	struct sl_gate_options options;
	char *repository_id; /* the server's; a clone's is made of the URL it
				came from (flow/names.h) */
	char *policy_ref; /* full name; where the project's file is trusted */
	struct sl_oid policy_commit; /* its value before the push, or zero */
	struct sl_project *trusted;  /* NULL: none, or it does not load */
	struct sl_buf trusted_text;  /* the bytes it was read from */
	struct sl_error project_fault; /* code 0 unless it does not load */
	struct sl_baseline *baseline; /* there; NULL: none, or it does not
					 load */
	struct sl_error baseline_fault; /* code 0 unless it does not load */
	struct sl_standing standing; /* the site policy */
	struct sl_policy *policy; /* loaded on first use */
};

/**
 * Look at a repository through its site: repository id, policy ref, trusted
 * project file. Loads no policy yet.
 *
 * The policy ref is the site's `policy-ref`, else the branch that HEAD of a
 * bare repository names. In a clone it is read as the remote "origin" has it,
 * so that nobody's local branch decides; a clone without remote uses its own.
 *
 * @return 0, SL_ECONFIG, SL_ECORRUPT, SL_EIO
 */
int sl_gate_open(const struct sl_gate_options *options, struct sl_gate **out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_gate_free(struct sl_gate *gate);
SL_DEFINE_FREEP(struct sl_gate, sl_gate_free, sl_gate_freep)

/**
 * Load the policy in force, once: the site's with the project's rules, or
 * the site's alone, with the reason in gate->project_fault. Where the site's
 * does not load, the last good one may stand in (gate->standing.kept): the
 * caller says so.
 *
 * @return 0, SL_ECONFIG (the site's policy does not load) and what
 *         sl_policy_load returns
 */
int sl_gate_load_policy(struct sl_gate *gate, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Find the changes of a push as they are judged: commits that are known only
 * through refs with laxer levels count as new. Loads the policy.
 *
 * @param[out] set  empty on entry; sl_change_set_release
 */
int sl_gate_changes(struct sl_gate *gate, const struct sl_ref_line *lines,
    size_t count, struct sl_change_set *set, struct sl_error *err)
    SL_MUST_CHECK;

/** How a change set is judged; zero-initialise. */
struct sl_gate_judgement {
	int64_t started_ms; /* monotonic start of the budget; 0: the call */
	int64_t budget_ms;  /* 0: none */
	const struct sl_import *import; /* that the push is part of: what the
				budget leaves out does not block; NULL: none */
	const struct sl_site_pusher *pusher; /* NULL: not on the server */
	sl_progress_fn *progress;
	void *progress_ctx;
};

/**
 * Judge a change set with the policy in force.
 *
 * A pushed project file is checked as it will be used: its keys, its flows
 * against the site's, its rules on top of the site's policy.
 */
int sl_gate_judge(struct sl_gate *gate, const struct sl_change_set *set,
    const struct sl_gate_judgement *judgement, struct sl_verdict **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Whether the pusher may do to the project's own policy what the push does.
 *
 * A push of the policy ref that removes or changes a rule of the project's
 * file there, drops a pack that it extends, adds or extends a waiver, adds to
 * the baseline, or removes the file or the ref, needs a pusher of the site's
 * group "policy-owners". Where the file there does not load, the policy being
 * loaded, rules and packs that may be the cause are anybody's to repair. For a
 * waiver and the baseline it is enough that the commit which the ref moves to
 * follows the old one, and is signed by an owner.
 *
 * @return 0, SL_EREFUSED (says what is loosened), SL_ECORRUPT
 */
int sl_gate_check_owners(struct sl_gate *gate, const struct sl_ref_line *lines,
    size_t count, const struct sl_site_pusher *pusher, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Whether the site still has a policy after the push: where it moves the ref
 * that the site policy is read from, in that very repository, the file of the
 * new tip must load as a site policy, without any project's file.
 *
 * After sl_gate_load_policy.
 *
 * @return 0, SL_EREFUSED (the ref is deleted, or leads to no commit), and
 *         what sl_git_file_at, sl_doc_parse, sl_policy_load and
 *         sl_git_open_at return
 */
int sl_gate_check_source(const struct sl_gate *gate,
    const struct sl_ref_line *lines, size_t count, struct sl_error *err)
    SL_MUST_CHECK;

/** What came with the push; borrowed. */
struct sl_gate_push {
	const char *pusher;  /* person, else login, else "" */
	const char *options; /* JSON list of push options; NULL: none */
	const char *no_run;  /* why nothing of it runs, such as
				-o sluice.run=no; NULL: it may */
	bool run;            /* -o sluice.run=yes: whatever `paths` say */
};

/**
 * Note what a push option asks for, in no_run or run. One that does not begin
 * with "sluice." is the site's own affair.
 *
 * @return 0, SL_EINVAL (unknown, or it contradicts one before it)
 */
int sl_gate_push_option(struct sl_gate_push *push, struct sl_str option,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Record a verdict and, per ref, the intention of the push, durably: the last
 * thing before a push is let in or refused.
 *
 * Also notes the repository and, the first time, its refs as they are (no job
 * is owed for what was there before), and appends the verdict to the ledger.
 * One transaction.
 *
 * @param accepted  whether the push goes in
 * @param[out] id   of the verdict, which verdict->id then is too
 * @return 0 and what the store returns
 */
int sl_gate_record(struct sl_gate *gate, struct sl_store *store,
    struct sl_verdict *verdict, bool accepted,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, char id[SL_VERDICT_ID_SIZE],
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Note the repository and, the first time, its refs as they are: no job is
 * owed for what is there already. Part of sl_gate_record; `sluice install`
 * calls it alone.
 */
int sl_gate_register(struct sl_gate *gate, struct sl_store *store,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * What one ref of a push becomes. Strings belong to the list. A ref whose flow
 * has `promote-to` becomes two: after its run, the promotion of it.
 */
struct sl_admission {
	struct sl_ref_line line;
	bool follows;           /* the promotion behind the item before it */
	enum sl_job_kind kind;  /* none: nothing runs, reason says why */
	char *environment;      /* "" for none */
	char *build_id;         /* "" for none */
	char *flow;             /* "<environment>/<action>", or "none" */
	char *lane;
	char *payload;          /* JSON: the flow as decided now */
	char *reason;           /* for people; "" where a job runs */
	char *note;             /* why `paths` let it run where they could not
				   decide; NULL where there is no doubt */
	bool supersede;
	int64_t debounce_s;     /* the flow's */
	int64_t job_id;         /* after sl_gate_admit */
	int64_t start_s;        /* likewise: not before; 0: at once */
};

struct sl_admissions {
	struct sl_admission *items;
	size_t count;
};

void sl_admissions_release(struct sl_admissions *list);

/**
 * Decide what each ref of a push becomes; writes nothing.
 *
 * In pre-receive this finds flows that cannot be: a flow into a protected
 * environment that the policy ref does not have, a pipeline that the project
 * does not name, a project id that belongs to another repository.
 *
 * @param store  to look claims and earlier jobs up in; NULL: not looked up
 * @param[out] list  empty on entry; sl_admissions_release
 * @return 0, SL_ECONFIG or SL_EREFUSED (prefixed with the ref), SL_ECORRUPT
 */
int sl_gate_plan(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, struct sl_admissions *list,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Plan as sl_gate_plan and write the jobs, all or none: one per ref, and one
 * for the promotion behind a run. Calling it again for the same push writes
 * nothing new.
 */
int sl_gate_admit(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    const struct sl_gate_push *push, struct sl_admissions *list,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Judge a change whose objects are in already, and record the verdict: for a
 * push that no hook judged. What is new is what came since the old value.
 *
 * @param[out] passed  whether it was accepted
 * @param[out] id      of the verdict
 * @param[out] out     the verdict; NULL: not wanted
 */
int sl_gate_judge_later(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *line, bool *passed, char id[SL_VERDICT_ID_SIZE],
    struct sl_verdict **out, struct sl_error *err) SL_MUST_CHECK;

/** What sl_gate_reconcile did. */
struct sl_gate_made_up {
	size_t jobs;    /* written for pushes whose post-receive never ran */
	size_t refused; /* refs whose change was judged now and did not pass */
};

/**
 * Before the jobs of a push are written: write those of earlier pushes of its
 * refs whose post-receive died and that nobody made up for yet. Afterwards
 * the refs' last values would hide them.
 *
 * @param lines  of the push at hand
 * @param[out] made_up  what was written
 * @return 0, SL_EBUSY, SL_EIO, SL_ECORRUPT; what was written before is kept
 */
int sl_gate_make_up(struct sl_gate *gate, struct sl_store *store,
    const struct sl_ref_line *lines, size_t count,
    struct sl_gate_made_up *made_up, struct sl_error *err) SL_MUST_CHECK;

/**
 * Make up for hooks that died: compare the repository's refs with the values
 * that jobs were written for, and write what is missing. A change without an
 * accepted verdict is judged first.
 *
 * @return 0, SL_EREFUSED (the list of refs is implausible) and the others
 */
int sl_gate_reconcile(struct sl_gate *gate, struct sl_store *store,
    struct sl_gate_made_up *made_up, struct sl_error *err) SL_MUST_CHECK;

/**
 * The flow that a job was queued with, from its payload: what was decided
 * when the push came in, whatever site and project say by now.
 *
 * @param[out] out  empty on entry; one flow; sl_flows_release
 * @return 0, SL_ECORRUPT
 */
int sl_gate_flow_read(const char *payload, struct sl_flows *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Append when a job starts that waits for a newer push: "starts at 10:31:40
 * UTC, in 30 s, unless a newer push of the ref comes".
 *
 * @param supersede  a newer push takes its place; else it only comes after
 */
void sl_gate_start_text(int64_t start_s, int64_t now_s, bool supersede,
    struct sl_buf *out);

/**
 * The project file of a commit.
 *
 * @param[out] out  NULL where the commit has none
 * @return 0 and what sl_project_parse returns
 */
int sl_gate_project_at(struct sl_git *repository, const struct sl_oid *commit,
    struct sl_project **out, struct sl_error *err) SL_MUST_CHECK;

/**
 * The baseline of a commit.
 *
 * @param[out] out  NULL where the commit has none
 * @return 0 and what sl_baseline_parse returns
 */
int sl_gate_baseline_at(struct sl_git *repository, const struct sl_oid *commit,
    struct sl_baseline **out, struct sl_error *err) SL_MUST_CHECK;

#endif
