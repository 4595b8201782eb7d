/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ignore: a comment in the line of a finding that takes it back, for rules
 * whose `inline-ignore` lets it:
 *
 *     TOKEN = 'tok_0000'  # sluice:allow acme/token -- made up for a test
 *
 * It names the rule and gives a reason. Whoever may push may write one.
 */
#ifndef SL_POLICY_KINDS_IGNORE_H
#define SL_POLICY_KINDS_IGNORE_H

#include "policy/rule.h"

/** The key that sl_ignore_read reads, for a kind's table. */
#define SL_IGNORE_KEY							\
	{ .name = "inline-ignore", .tighten = SL_TIGHTEN_ORDER,		\
	    .order = "allow < deny", .unset = "deny" }

/** Bytes before and after a finding that are looked at in its line. */
#define SL_IGNORE_REACH 2000

/** Zero-initialise: nothing is taken back. */
struct sl_ignore {
	const char *rule; /* whose findings may be; NULL: none */
};

/** Read the key; a rule with `waivers: deny` lets nothing be taken back. */
int sl_ignore_read(struct sl_rule *rule, struct sl_ignore *out,
    struct sl_error *err) SL_MUST_CHECK;

enum sl_ignored {
	SL_IGNORED_NO,
	SL_IGNORED_YES,
	SL_IGNORED_BARE, /* a comment names the rule, but gives no reason */
};

/**
 * Look for a comment in the line that holds a byte of a text. Pure.
 *
 * @param[out] reason  of SL_IGNORED_YES; a view of the text
 */
enum sl_ignored sl_ignore_find(const struct sl_ignore *ignore,
    struct sl_str text, size_t offset, struct sl_str *reason);

/** What is told of SL_IGNORED_BARE, beside the finding itself. */
#define SL_IGNORE_BARE_MESSAGE "this line ignores rule {rule} without a reason"
#define SL_IGNORE_BARE_FIX "write sluice:allow {rule} -- and why"

#endif
