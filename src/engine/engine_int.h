/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_int: one judgement under way; private to src/engine.
 */
#ifndef SL_ENGINE_ENGINE_INT_H
#define SL_ENGINE_ENGINE_INT_H

#include "base/map.h"
#include "engine/engine.h"

#define SL_NO_REF ((size_t)-1)

/** A rule at work on something that several refs may share. */
struct sl_task {
	struct sl_rule *rule;
	enum sl_level level; /* the strictest among these refs */
	size_t ref;          /* the first ref that asks for it */
	void *walk;          /* trees: the kind's state */
};

/** A blob that rules want to read. */
struct sl_blob_want {
	struct sl_blob_want *next;
	size_t rule; /* index */
	size_t class; /* see sl_run_class */
	enum sl_level level;
	size_t ref;
	const struct sl_commit *commit;
	char *path;
	size_t path_len;
	bool waived; /* at this path */
};

struct sl_run {
	struct sl_policy *policy;
	const struct sl_change_set *set;
	const struct sl_judge_options *options;
	struct sl_verdict *verdict;
	struct sl_judge judge;
	struct sl_scan *scan;
	size_t rule_count;
	uint8_t *levels;      /* of rule r on ref k: [r * ref_count + k] */
	size_t *commit_start; /* refs of commit c: from [c] to [c + 1] in */
	size_t *commit_refs;
	struct sl_map wants;  /* blob id -> struct sl_blob_want list */
	struct ref_values {
		struct sl_ref_values of;
		bool known;
	} *values;             /* of each ref, when it was asked for */
	struct sl_map classes; /* rule and values -> class */

	int64_t started_ms;
	int64_t progress_ms;
	bool expired; /* the budget is used up */

	/* What a kind's answer is about. */
	struct sl_rule *rule;
	enum sl_level level;
	size_t ref;
	const struct sl_commit *commit;
	struct sl_str path; /* for undecided entries */
	const struct sl_oid *blob; /* of the file; NULL: none */
};

/* run.c */
/** Point the answers of kinds at a task. */
void sl_run_point(struct sl_run *run, const struct sl_task *task,
    const struct sl_commit *commit, struct sl_str path);
/** The current rule could not decide. */
void sl_run_undecided(struct sl_run *run, const struct sl_error *why);
/** Something that concerns several rules was not covered. */
void sl_run_uncovered(struct sl_run *run, enum sl_level level, size_t ref,
    const char *reason);
/** Whether the budget is used up; then says once per phase what is left. */
bool sl_run_expired(struct sl_run *run);
void sl_run_say_expired(struct sl_run *run, enum sl_level level,
    const char *what, uint64_t done, uint64_t total);
void sl_run_progress(struct sl_run *run, const char *what, uint64_t done,
    uint64_t total);
/** What is known of a ref, or NULL. */
const struct sl_ref_values *sl_run_values(struct sl_run *run, size_t ref);
/**
 * A number that two places of a blob share where they are the same question
 * to a rule: by what it asks of their refs; and what the baseline says of one
 * path says nothing of another.
 */
size_t sl_run_class(struct sl_run *run, size_t rule, size_t ref,
    struct sl_str path);
enum sl_level sl_run_level(const struct sl_run *run, size_t rule, size_t ref);
/** The strictest level of a rule among the refs of a commit. */
struct sl_task sl_run_commit_task(const struct sl_run *run, size_t rule,
    size_t commit);
extern const struct sl_judge_sink sl_run_sink;

/**
 * Note that a rule reads the blob at a path, if it does; the strictest level
 * counts.
 *
 * @param rule    index of the task's rule
 * @param commit  that brings it; NULL: a tree does
 */
void sl_run_want_blob(struct sl_run *run, const struct sl_task *task,
    size_t rule, const struct sl_commit *commit, struct sl_str path,
    const struct sl_oid *oid);

/* Phases. */
void sl_run_refs(struct sl_run *run);
void sl_run_commits(struct sl_run *run);
void sl_run_changes(struct sl_run *run);
void sl_run_trees(struct sl_run *run);
void sl_run_blobs(struct sl_run *run);

#endif
