/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdicts: what was decided about a push, and what the push intends.
 *
 * pre-receive records one verdict and an intention per ref, in one
 * transaction, before it lets a push in. An intention is `pending` until
 * sl_queue_add writes its jobs (`queued`); a later verdict about the same
 * change makes a pending one `superseded`; those of a push that was turned
 * away are `refused`. Worker and runner act only on an accepted verdict for
 * exactly that repository, ref, old and new value.
 */
#ifndef SL_STORE_VERDICTS_H
#define SL_STORE_VERDICTS_H

#include "base/oid.h"
#include "store/store.h"

/** Hex digits of a verdict id, and NUL. */
#define SL_VERDICT_ID_SIZE 33
#define SL_VERDICT_REPORT_MAX (1024 * 1024)

/** A verdict to record, or one that was read. */
struct sl_verdict_record {
	const char *id;            /* read only: made by sl_verdict_record */
	const char *repository;    /* id; noted with sl_repository_put before */
	const char *policy_digest; /* hex of the policy that judged */
	const char *outcome;       /* "pass", "fail" or "undecided" */
	bool accepted;             /* the push may go in: pass, or undecided
				      and nothing undecided blocks */
	int64_t evaluated_at_s;
	const char *pusher;        /* person or account; "" where unknown */
	const char *report;        /* JSON, at most SL_VERDICT_REPORT_MAX */
};

/** What a push wants to do to one ref. */
struct sl_intention {
	const char *ref;
	struct sl_oid old_oid;
	struct sl_oid new_oid;
	const char *options; /* JSON list of the push options; NULL: "[]" */
};

struct sl_verdict_records {
	struct sl_verdict_record *items; /* own their strings */
	size_t count;
};

#define SL_VERDICT_RECORDS_INIT { NULL, 0 }

void sl_verdict_records_release(struct sl_verdict_records *list);

/**
 * Record a verdict and its intentions, all or nothing.
 *
 * @param[out] id  32 hex digits: the first half of the SHA-256 over
 *     everything recorded, so that recording the same again gives the same id
 * @return 0, SL_EINVAL (outcome is another word, or accepted with "fail"),
 *         SL_ENOTFOUND (repository unknown), SL_ETOOBIG (report)
 */
int sl_verdict_record(struct sl_store *store,
    const struct sl_verdict_record *verdict,
    const struct sl_intention *intentions, size_t count,
    char id[SL_VERDICT_ID_SIZE], struct sl_error *err) SL_MUST_CHECK;

/**
 * Find the latest accepted verdict about exactly this change.
 *
 * @param policy_digest  only this policy's; NULL for any
 * @param[out] list  exactly one
 * @return 0, SL_ENOTFOUND
 */
int sl_verdict_find(struct sl_store *store, const char *repository,
    const struct sl_intention *change, const char *policy_digest,
    struct sl_verdict_records *list, struct sl_error *err) SL_MUST_CHECK;

/**
 * The value that a ref had when a change of some ref was judged, where it was
 * pushed since or by the same push: the old value of the first such push.
 *
 * @param change  the latest one that was accepted counts
 * @param[out] oid  zero: the ref was not there
 * @return 0, SL_ENOTFOUND (the ref was not pushed since, so that it is as it
 *         was; or no accepted verdict is about the change)
 */
int sl_verdict_ref_then(struct sl_store *store, const char *repository,
    const struct sl_intention *change, const char *ref, struct sl_oid *oid,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Get a verdict by its id or the unique beginning of one (4 digits or more).
 *
 * @param[out] list  exactly one
 * @return 0, SL_ENOTFOUND, SL_ECONFLICT (several begin so), SL_EINVAL (not
 *         hex, or too short)
 */
int sl_verdict_get(struct sl_store *store, const char *id,
    struct sl_verdict_records *list, struct sl_error *err) SL_MUST_CHECK;

#endif
