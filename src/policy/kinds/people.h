/* SPDX-License-Identifier: Apache-2.0 */
/*
 * people: whether those whom a commit names are those whom the site knows,
 * and one of them the one who pushes. Names in commits are free text; only
 * addresses are compared, through the site's people.
 */
#ifndef SL_POLICY_KINDS_PEOPLE_H
#define SL_POLICY_KINDS_PEOPLE_H

#include "policy/rule.h"

/** What a rule asks of the people of a commit, bit i for word i. */
extern const char *const sl_identity_words[];

/** Judge the people of a commit; a breach for each word that fails. */
void sl_identity_check(struct sl_judge *j, unsigned words,
    const struct sl_commit *commit);

/**
 * Whether two addresses are one person's: the same but for the case of ASCII
 * letters, or both of one person of the site. Two empty ones are nobody's.
 */
bool sl_people_same(const struct sl_judge *j, struct sl_str a,
    struct sl_str b);

/** The person of the site who has an address; empty where there is none. */
struct sl_str sl_people_find(const struct sl_judge *j, struct sl_str email);

/** Append "NAME <ADDRESS>". */
void sl_people_show(const struct sl_person_stamp *who, struct sl_buf *out);

#endif
