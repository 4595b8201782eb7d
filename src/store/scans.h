/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scans: what was found in blobs, kept for the next push that has them.
 *
 * A cache: whatever goes wrong with it, and losing it, costs time only. So it
 * is a database of its own, written without waiting for the disk, and one that
 * is damaged or of another form is thrown away. An entry is the bytes that
 * sl_matches_write made, with a sum over them: no path, rule, time or text.
 *
 * What it says decides pushes. It is in a folder of one user's own below the
 * state folder, `scans-<uid>`, and refused where anybody else owns or may
 * enter the folder or owns, may write or has another name for the file.
 *
 *     rc = sl_scans_open(state, digest, max_bytes, &scans, err);
 *     if (sl_scans_get(scans, &blob, &form)) ...
 *     sl_scans_put(scans, &blob, sl_buf_str(&form));
 *     sl_scans_sync(scans);
 *
 * Used by one thread, and not across fork().
 */
#ifndef SL_STORE_SCANS_H
#define SL_STORE_SCANS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/oid.h"

struct sl_scans;

/** Bytes of one entry. */
#define SL_SCANS_ENTRY_MAX ((size_t)1 << 20)

/**
 * Open the cache of a state folder, or make it.
 *
 * @param state      the state folder; must be there
 * @param digest     of all that entries depend on beside their blob: entries
 *                   of another are not seen
 * @param max_bytes  over it entries are dropped, those of digests that were
 *                   not used for longest first
 * @param[out] out  sl_scans_free
 * @return 0, SL_ECONFIG (another user's, or open to others), SL_ENOTFOUND (no
 *         state folder), SL_EIO, SL_EBUSY
 */
int sl_scans_open(const char *state, const char *digest, uint64_t max_bytes,
    struct sl_scans **out, struct sl_error *err) SL_MUST_CHECK;

/** Write what was put, make room, and close. */
void sl_scans_free(struct sl_scans *scans);
SL_DEFINE_FREEP(struct sl_scans, sl_scans_free, sl_scans_freep)

/**
 * Read an entry into out, which is cleared first.
 *
 * @return whether there is one, and it is whole
 */
bool sl_scans_get(struct sl_scans *scans, const struct sl_oid *blob,
    struct sl_buf *out) SL_MUST_CHECK;

/** Keep an entry, if that can be done. */
void sl_scans_put(struct sl_scans *scans, const struct sl_oid *blob,
    struct sl_str entry);

/** Have what was put outlive the process. */
void sl_scans_sync(struct sl_scans *scans);

#endif
