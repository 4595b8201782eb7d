/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kept_int: what is kept of the site policy in the state folder: the last
 * text that loaded, and a note of since when none does.
 *
 *     <state>/site-policy.kept   a line with the SHA-256 of all that follows,
 *                                a line of JSON with where the text is from,
 *                                and the text
 *     <state>/site-policy.fault  JSON; not there while the site policy loads
 *
 * Each is replaced whole or not at all, so that readers need no lock. Of two
 * writers at the same moment one wins; the next push that finds another text
 * than it read itself puts it right.
 */
#ifndef SL_GATE_KEPT_INT_H
#define SL_GATE_KEPT_INT_H

#include "gate/standing.h"

/** A text and where it is from. Start with SL_KEPT_INIT. */
struct sl_kept {
	struct sl_buf text;
	char *name;
	struct sl_oid commit; /* zero: not from a repository */
};

#define SL_KEPT_INIT { SL_BUF_INIT(SL_POLICY_MAX_BYTES), NULL, { { 0 } } }

void sl_kept_release(struct sl_kept *kept);

/**
 * Read what is kept.
 *
 * @param[out] out  SL_KEPT_INIT on entry
 * @return 0, SL_ENOTFOUND (nothing is), SL_ECORRUPT (its digest is another,
 *         or it is no such file), SL_EIO
 */
int sl_kept_read(const char *state, struct sl_kept *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Whether exactly this is kept already. What cannot be read is not.
 *
 * @param text  of the site policy; name and commit say where it is from
 */
bool sl_kept_is(const char *state, struct sl_str text, const char *name,
    const struct sl_oid *commit);

/**
 * Keep a text in the place of the one before.
 *
 * @return 0, SL_EIO, SL_EINVAL (something else stands there)
 */
int sl_kept_write(const char *state, struct sl_str text, const char *name,
    const struct sl_oid *commit, struct sl_error *err) SL_MUST_CHECK;

/**
 * Whether there is a note, readable or not, that this process's user wrote.
 *
 * Only who found a fault finds that it is gone: where hook and worker run as
 * different users, and one of them can read the policy, the other's grace
 * still ends.
 */
bool sl_note_is_ours(const char *state);

/** Write the note of sl_standing_note_read. @return as sl_kept_write */
int sl_note_write(const char *state, const struct sl_standing_note *note,
    struct sl_error *err) SL_MUST_CHECK;

/** Remove the note; a missing one is fine. @return 0, SL_EIO */
int sl_note_remove(const char *state, struct sl_error *err) SL_MUST_CHECK;

#endif
