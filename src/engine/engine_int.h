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

/* ahead.c */

/** From so many blobs on it pays to sort them, to make machine code of every
    pattern and to have threads. */
#define SL_MANY_BLOBS 64

/** A blob that rules want, and what was found in it. */
struct sl_blob_job {
	struct sl_oid oid; /* first: see sort_blobs in change/change.h */
	const struct sl_blob_want *wants;
	struct sl_matches *matches; /* NULL: not known; kinds search */
	uint64_t size;
	struct sl_str bytes;  /* no pointer: not needed, or not kept */
	char *own;            /* bytes, where the job owns them */
	struct sl_error *why; /* it cannot be read; NULL: it can */
	bool known;           /* matches are from the cache */
	bool done;            /* the above is so */
};

/** Whether a rule takes a blob of a size. */
bool sl_blob_takes(const struct sl_policy *policy,
    const struct sl_blob_want *want, uint64_t size);

/** Whether its rules need the bytes of a blob, for all that is known. */
bool sl_blob_needs_bytes(const struct sl_policy *policy,
    const struct sl_blob_job *job);

/**
 * The patterns that rules will ask of a blob of job->size bytes.
 *
 * @param[out] wanted  all others are cleared
 * @return whether any rule takes it
 */
bool sl_blob_wanted(const struct sl_policy *policy,
    const struct sl_blob_job *job, struct sl_pattern_set *wanted);

struct sl_ahead;

/**
 * Begin to read and search blobs, in threads where the options say so.
 *
 * @param jobs  in the order in which sl_ahead_at will ask for them; borrowed
 */
struct sl_ahead *sl_ahead_new(struct sl_run *run, struct sl_blob_job *jobs,
    size_t count) SL_MUST_CHECK;

/** The next job, done; what was found for the one before is freed. */
const struct sl_blob_job *sl_ahead_at(struct sl_ahead *ahead, size_t index);

/** What the cache knows of the jobs, before anything is read. */
void sl_cache_ask(struct sl_run *run, struct sl_blob_job *jobs, size_t count);

/** Keep what was found in a blob. */
void sl_cache_tell(struct sl_run *run, const struct sl_blob_job *job);

/** Stop all threads; what they have found can be looked at. */
void sl_ahead_stop(struct sl_ahead *ahead);

/** Stop all threads and free what they found. */
void sl_ahead_free(struct sl_ahead *ahead);
SL_DEFINE_FREEP(struct sl_ahead, sl_ahead_free, sl_ahead_freep)

/* Phases. */
void sl_run_refs(struct sl_run *run);
void sl_run_commits(struct sl_run *run);
void sl_run_changes(struct sl_run *run);
void sl_run_trees(struct sl_run *run);
void sl_run_blobs(struct sl_run *run);
/** Instead of all these: every blob that there is. */
void sl_run_whole(struct sl_run *run);

#endif
