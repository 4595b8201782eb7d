/* SPDX-License-Identifier: Apache-2.0 */
/*
 * message: the parts of a commit's message, as Git and its users write it.
 * All views are into the message: hostile, and of any encoding.
 */
#ifndef SL_POLICY_KINDS_MESSAGE_H
#define SL_POLICY_KINDS_MESSAGE_H

#include "change/change.h"

/** Subject and body: the body begins after the line of the subject. */
void sl_message_split(struct sl_str message, struct sl_str *subject,
    struct sl_str *body);

/**
 * The value of a line `NAME: VALUE`, in any case of letters.
 *
 * @param[out] value  without blanks around it
 * @return whether the line is one
 */
bool sl_message_trailer(struct sl_str line, struct sl_str name,
    struct sl_str *value);

/**
 * Whether a message has the form that `git revert` writes: a subject
 * `Revert "..."` or `Reapply "..."`, and a line of the body that begins with
 * "This reverts commit" and a whole id. Anybody can write that.
 */
bool sl_message_is_revert(struct sl_str subject, struct sl_str body);

/**
 * Whether a line `Signed-off-by: NAME <ADDRESS>` of the body is somebody's:
 * the same name, and the same address but for the case of ASCII letters.
 *
 * @param who  NULL: anybody's
 */
bool sl_message_is_signed_off(struct sl_str body,
    const struct sl_person_stamp *who);

#endif
