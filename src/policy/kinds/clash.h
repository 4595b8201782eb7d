/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clash: entries of one folder that are one entry to some file system.
 *
 * Only names within a folder can meet: where two folders meet, what they hold
 * is not compared again. Entries come in the order of a walk, a folder before
 * what it holds, and what it holds in one piece; what a folder holds is
 * forgotten when the walk leaves it.
 */
#ifndef SL_POLICY_KINDS_CLASH_H
#define SL_POLICY_KINDS_CLASH_H

#include "change/change.h"

struct sl_clash;

struct sl_clash *sl_clash_new(void) SL_MUST_CHECK;
void sl_clash_free(struct sl_clash *clash);

/**
 * Note an entry.
 *
 * @param[out] other  the path of an earlier entry that it meets, appended
 * @return whether it meets one
 */
bool sl_clash_see(struct sl_clash *clash, const struct sl_tree_entry *entry,
    struct sl_buf *other);

#endif
