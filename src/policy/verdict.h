/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict: the answer to a push, with what it rests on.
 *
 * A verdict owns all its text and depends on nothing else: policy, change
 * set and repository may be closed while it lives. The engine fills it;
 * programs and src/report read it.
 */
#ifndef SL_POLICY_VERDICT_H
#define SL_POLICY_VERDICT_H

#include "policy/finding.h"

enum sl_outcome {
	SL_OUTCOME_PASS,      /* nothing blocks */
	SL_OUTCOME_FAIL,      /* at least one finding of level block */
	SL_OUTCOME_UNDECIDED, /* no such finding, but a blocking rule could not
				 be judged */
};

/** "pass", "fail" or "undecided". */
const char *sl_outcome_name(enum sl_outcome outcome);

/** What was looked at. */
struct sl_coverage {
	uint64_t refs;
	uint64_t commits;
	uint64_t changed_paths; /* over all new commits */
	uint64_t tree_entries;  /* over all new tips */
	uint64_t blobs;         /* read, each once */
	uint64_t blob_bytes;
	uint64_t blobs_known;   /* of blobs: what is in them was known before,
				   from another push */
	uint64_t rules;         /* evaluated for at least one ref */
	uint64_t in_baseline;   /* breaches that were there before: not among
				   the findings */
	int64_t elapsed_ms;
	char engine[160];       /* "PCRE2 10.42 JIT, Hyperscan 5.4.0" */
};

struct sl_verdict {
	enum sl_outcome outcome;
	char id[SL_SHA256_HEX + 1]; /* caller's, or a digest of the contents */
	char policy_digest[SL_SHA256_HEX + 1]; /* of every layer and option */
	const char *policy_name;
	const char *policy_source; /* "REPOSITORY REF:FILE" of the site's, or
				"kept ..."; NULL: a plain file, or none */
	struct sl_oid policy_commit; /* there; zero: no repository */
	const char *policy_fault; /* why the site policy does not load, where
				the last good one judged for it; else NULL */
	int64_t kept_since_s; /* then: from when ... */
	int64_t kept_until_s; /* ... until when it may */
	const char *import; /* "until DAY: why" of the import that it belongs
				to; NULL: none */
	int64_t evaluated_at_s;

	struct sl_finding *findings; /* strictest first, then by ref, rule,
					path, line, column */
	size_t finding_count;
	size_t blocking; /* findings of level block */
	size_t warnings;
	size_t audits;

	struct sl_finding *waived; /* what waivers cover, ordered likewise */
	size_t waived_count;

	struct sl_undecided *undecided;
	size_t undecided_count;
	size_t undecided_blocking;

	struct sl_deferred *deferred;
	size_t deferred_count;

	struct sl_skipped *skipped;
	size_t skipped_count;

	struct sl_coverage coverage;

	struct sl_verdict_store *store; /* owns the text; private */
};

void sl_verdict_free(struct sl_verdict *verdict);
SL_DEFINE_FREEP(struct sl_verdict, sl_verdict_free, sl_verdict_freep)

/* --- filling, for src/engine and tests; strings are copied as they are --- */

struct sl_verdict *sl_verdict_new(void) SL_MUST_CHECK;

/** A copy of s that lives as long as the verdict ("" for an empty one). */
const char *sl_verdict_text(struct sl_verdict *verdict, struct sl_str s);

/** Findings, undecided and deferred entries that one verdict holds. */
#define SL_VERDICT_MAX_ENTRIES 5000

/**
 * Add an entry; its strings are copied (NULL is ""). A finding that has a
 * waiver goes to the list `waived`, and is not counted by level.
 *
 * Over SL_VERDICT_MAX_ENTRIES findings are dropped; an undecided entry then
 * says how many, with the strictest level among them, so that one that blocks
 * still does. The same undecided, deferred or skipped entry is kept once.
 */
void sl_verdict_add_finding(struct sl_verdict *verdict,
    const struct sl_finding *finding);
void sl_verdict_add_undecided(struct sl_verdict *verdict,
    const struct sl_undecided *entry);
void sl_verdict_add_deferred(struct sl_verdict *verdict,
    const struct sl_deferred *entry);
/** Counts of the same what and reason are added up. */
void sl_verdict_add_skipped(struct sl_verdict *verdict,
    const struct sl_skipped *entry);

/** As a finding's: the same for the same entry in later runs. */
void sl_undecided_fingerprint(const struct sl_undecided *entry,
    char out[SL_SHA256_HEX + 1]);

/** Add to what an id made by sl_verdict_finish is a digest of. */
void sl_verdict_add_subject(struct sl_verdict *verdict, struct sl_str field);

/**
 * Fold repeated findings, order all lists, make fingerprints, set outcome
 * and, where id is still empty, the id.
 */
void sl_verdict_finish(struct sl_verdict *verdict);

#endif
