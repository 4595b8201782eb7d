/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger: the append-only record of every decision, chained by hash.
 *
 * Each row's hash is the SHA-256 of these bytes, so that an auditor can
 * recompute it with a shell (decimal numbers, LF at each line's end):
 *
 *     sluice-ledger 1
 *     <previous row's hash, 64 hex digits; of the first row 64 zeros>
 *     <seq>
 *     <time_s>
 *     <kind>
 *     <bytes of subject> <subject>
 *     <bytes of json> <json>
 *
 * The chain shows that no row was changed, removed from the middle or put in
 * between. It does not show that rows at the end are missing, or that whoever
 * holds the file did not write all of it anew: keep a head elsewhere and hand
 * it to sl_ledger_verify as anchor.
 *
 * To record an event with what it is about, append inside the transaction
 * (sl_store_begin) that writes the latter.
 */
#ifndef SL_STORE_LEDGER_H
#define SL_STORE_LEDGER_H

#include "store/store.h"

enum sl_ledger_kind {
	SL_LEDGER_INSTALL,
	SL_LEDGER_VERDICT,
	SL_LEDGER_BUILD_START,
	SL_LEDGER_BUILD_END,
	SL_LEDGER_APPROVAL,
	SL_LEDGER_PROMOTION,
	SL_LEDGER_REFUSAL,
};

/** "build-start" and so on. */
const char *sl_ledger_kind_name(enum sl_ledger_kind kind);

#define SL_LEDGER_HASH_SIZE 65 /* 64 hex digits and NUL */
#define SL_LEDGER_JSON_MAX (256 * 1024)

/** The last row; seq 0 and 64 zeros where there is none. */
struct sl_ledger_head {
	int64_t seq;
	char hash[SL_LEDGER_HASH_SIZE];
};

struct sl_ledger_row {
	int64_t seq; /* from 1, without gaps */
	int64_t time_s;
	const char *kind;
	const char *subject;
	const char *json;
	const char *prev_hash;
	const char *hash;
};

struct sl_ledger_rows {
	struct sl_ledger_row *items; /* own their strings */
	size_t count;
};

#define SL_LEDGER_ROWS_INIT { NULL, 0 }

void sl_ledger_rows_release(struct sl_ledger_rows *list);

/**
 * Append a row.
 *
 * @param subject  what it is about: a build id, a verdict id, an ARN, a ref
 * @param json     one JSON object with the details, canonical form
 * @param[out] head  the new head; NULL: not wanted
 * @return 0, SL_ETOOBIG (json)
 */
int sl_ledger_append(struct sl_store *store, enum sl_ledger_kind kind,
    const char *subject, const char *json, int64_t now_s,
    struct sl_ledger_head *head, struct sl_error *err) SL_MUST_CHECK;

/** The present head. */
int sl_ledger_head(struct sl_store *store, struct sl_ledger_head *head,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Recompute the whole chain.
 *
 * @param anchor  a head that was seen before and must be part of the chain;
 *                NULL: none
 * @param[out] head  the head that was reached; NULL: not wanted
 * @return 0, SL_ETAMPERED (the text says which row and how it differs)
 */
int sl_ledger_verify(struct sl_store *store,
    const struct sl_ledger_head *anchor, struct sl_ledger_head *head,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Rows in order of seq.
 *
 * @param after_seq  0: from the first
 * @param subject    NULL: any
 * @param limit      0: 1000
 */
int sl_ledger_list(struct sl_store *store, int64_t after_seq,
    const char *subject, size_t limit, struct sl_ledger_rows *list,
    struct sl_error *err) SL_MUST_CHECK;

#endif
