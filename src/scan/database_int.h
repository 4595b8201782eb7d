/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database_int: patterns compiled into one database, and the file that keeps
 * it; private to src/scan.
 *
 * A database answers for each of its expressions where a match could end. It
 * may name too many places, never too few: PCRE2 has the last word.
 */
#ifndef SL_SCAN_DATABASE_INT_H
#define SL_SCAN_DATABASE_INT_H

#include "crypto/digest.h"
#include "scan/scan_int.h"

/** Bytes of a serialised database. */
#define SL_DATABASE_MAX ((size_t)64 << 20)
/** Expressions of one. */
#define SL_EXPRESSIONS_MAX 10000

/** A pattern that a database is to know, or knows. */
struct sl_expression {
	struct sl_str text; /* with a NUL behind it; borrowed */
	bool caseless;
	uint32_t width; /* bytes of a match, at most; SL_WIDTH_ANY: any number;
			   0: the database does not know it */
};

/**
 * Whether a pattern that sl_rx_compile has accepted is written in what PCRE2
 * and Hyperscan read alike.
 */
bool sl_pattern_is_portable(struct sl_str pattern);

/* --- hs.c: the one door to the library; probe.c: sl_hs_probe --- */

/**
 * Ask the library what is known, before it is believed: releases of Vectorscan
 * miss matches at some offsets on some processors.
 *
 * Takes some tens of milliseconds.
 *
 * @return 0, SL_ENOTFOUND (there is no library), SL_EUNSUPPORTED (it misses
 *         matches)
 */
int sl_hs_probe(struct sl_error *err) SL_MUST_CHECK;

/** A database in memory. Threads may search through one at a time each. */
struct sl_hs;

/** What one search through a database works in. */
struct sl_hs_scratch;

/** Longest name that sl_hs_version writes, with NUL. */
#define SL_HS_VERSION_SIZE 64

/**
 * The library's own version, as it stands in a database: "5.4.9 2023-03-23".
 *
 * @return false: there is no library, or it cannot work on this processor
 */
bool sl_hs_version(char out[SL_HS_VERSION_SIZE]);

/** What the processor can do, as far as databases differ by it. */
void sl_hs_processor(struct sl_buf *out);

/**
 * Compile expressions. What the library cannot compile gets width 0.
 *
 * Takes about a second for some hundred: never in a push.
 *
 * @param[out] out  the database, serialised; empty where it would know no
 *                  expression
 * @return 0, SL_ENOTFOUND (there is no library), SL_EUNSUPPORTED (it cannot
 *         compile them together), SL_ETOOBIG
 */
int sl_hs_compile(struct sl_expression *expressions, size_t count,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Take a serialised database into memory.
 *
 * @param bytes  trusted: the library checks less than a stranger's would need
 * @return 0, SL_ENOTFOUND (there is no library), SL_ECORRUPT (not this
 *         library's, or not for this processor)
 */
int sl_hs_load(struct sl_str bytes, struct sl_hs **out, struct sl_error *err)
    SL_MUST_CHECK;

void sl_hs_free(struct sl_hs *hs);

/** @return NULL where there is no memory for it */
struct sl_hs_scratch *sl_hs_scratch_new(const struct sl_hs *hs) SL_MUST_CHECK;
void sl_hs_scratch_free(struct sl_hs_scratch *scratch);

/**
 * A match of an expression may end at a byte. One of unbounded width may be
 * named once only, at any end.
 *
 * @return false: end the search
 */
typedef bool sl_candidate_fn(void *ctx, uint32_t expression, uint32_t end);

/**
 * Search a text of less than 4 GiB.
 *
 * @return 0, SL_ELIMIT (fn ended it, or the library failed)
 */
int sl_hs_search(struct sl_hs_scratch *scratch, struct sl_str text,
    sl_candidate_fn *fn, void *ctx, struct sl_error *err) SL_MUST_CHECK;

/* --- database.c: the file --- */

/** Why there is no database; for people, short. */
#define SL_DATABASE_WHY_SIZE 48

/**
 * Read the database of these expressions from a folder. File and folder must
 * be real ones of the user who runs or of root, and nobody else's to write.
 *
 * @param[out] expressions  widths
 * @param[out] why  set on failure; "" where there is just no file
 * @return the database, or NULL
 */
struct sl_hs *sl_database_load(const char *folder,
    struct sl_expression *expressions, size_t count,
    char why[SL_DATABASE_WHY_SIZE]);

/**
 * Compile a database and put its file into a folder, which is made where it
 * is missing; remove all but the newest few.
 *
 * @return 0, SL_EDENIED (the folder is not ours alone), SL_EIO, and what
 *         sl_hs_probe and sl_hs_compile return
 */
int sl_database_make(const char *folder, struct sl_expression *expressions,
    size_t count, struct sl_error *err) SL_MUST_CHECK;

#endif
