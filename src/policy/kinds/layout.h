/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout: a grammar of places in S3, with variables.
 *
 * Patterns in which {project}, {use_case}, {branch}, {environment} and
 * {bucket} stand for what the ref at stake gives them. A variable that has no
 * value where the rule is judged takes any name of its kind, and the rule says
 * so as deferred.
 */
#ifndef SL_POLICY_KINDS_LAYOUT_H
#define SL_POLICY_KINDS_LAYOUT_H

#include "policy/kinds/files.h"
#include "policy/rule.h"

struct sl_layout;

/**
 * Read a key: a pattern or a list of them.
 *
 * Makes a rule that asks for what differs between refs (branch, environment,
 * bucket) read whole trees.
 *
 * @param files  the rule's, read before
 * @param[out] out  sl_layout_free; NULL where the key is missing
 * @return 0, SL_ECONFIG with a place (also a variable that does not exist, and
 *         `scope: change` where whole trees must be read)
 */
int sl_layout_read(struct sl_rule *rule, const char *key,
    struct sl_files *files, struct sl_layout **out, struct sl_error *err)
    SL_MUST_CHECK;

void sl_layout_free(struct sl_layout *layout);

/** The variables in it, as bits; 0 for NULL. */
unsigned sl_layout_variables(const struct sl_layout *layout);

/** Say which variables have no value here. */
void sl_layout_defer(const struct sl_layout *layout, struct sl_judge *j);

/**
 * Whether a place is in the layout; never in NULL.
 *
 * @return SL_RX_YES, SL_RX_NO or SL_ELIMIT
 */
int sl_layout_match(struct sl_layout *layout, struct sl_judge *j,
    struct sl_str place, struct sl_error *err) SL_MUST_CHECK;

/** As above, whether a place in it could begin so. */
int sl_layout_could_begin(struct sl_layout *layout, struct sl_judge *j,
    struct sl_str beginning, struct sl_error *err) SL_MUST_CHECK;

/** Append the first patterns, with what is known filled in. */
void sl_layout_show(const struct sl_layout *layout, const struct sl_judge *j,
    struct sl_buf *out);

#endif
