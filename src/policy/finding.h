/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding: what a rule has to say about a push, as plain values.
 *
 * Text in findings is safe to show: control characters, bidirectional
 * controls and bytes that are not UTF-8 were escaped (base/text.h) when the
 * finding was made, long values were cut, and matched secrets were redacted.
 * Only the escapes of the output format (JSON, XML, HTML) are left to do.
 */
#ifndef SL_POLICY_FINDING_H
#define SL_POLICY_FINDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/oid.h"
#include "crypto/digest.h"

/** What a rule's findings do to the verdict; in rising strictness. */
enum sl_level {
	SL_LEVEL_OFF,   /* not evaluated */
	SL_LEVEL_AUDIT, /* recorded and reported, not shown on a push */
	SL_LEVEL_WARN,  /* shown, does not block */
	SL_LEVEL_BLOCK, /* the push is refused */
};

/** "off", "audit", "warn" or "block". */
const char *sl_level_name(enum sl_level level);

/** A place in a policy or project file. */
struct sl_rule_place {
	const char *file; /* shown name */
	unsigned line;    /* from 1 */
	unsigned col;     /* from 1 */
};

/**
 * One breach of one rule. Strings belong to the verdict and are "" where
 * they do not apply.
 */
struct sl_finding {
	const char *rule;      /* "tree/job-folders" */
	enum sl_level level;   /* audit, warn or block */
	int64_t blocks_from_s; /* when it will be block; 0: not planned */
	const char *ref;       /* full name */
	bool has_commit;
	struct sl_oid commit;  /* the commit that brought it, or the tip */
	const char *path;      /* from the root of the repository */
	unsigned line;         /* in path; 0: the whole file */
	unsigned col;
	const char *message;   /* one line */
	const char *same;      /* the message without what moves: the number of
				  a cell, commit, ref; NULL: the message. What
				  the fingerprint is made of, not shown */
	const char *found;     /* what is there; secrets redacted */
	const char *expected;  /* what the rule wants */
	const char *fix;       /* what to do about it */
	struct sl_rule_place place; /* where the rule comes from */
	const char *waiver;    /* who answers for it, until when, and why; ""
				  where nobody does */
	unsigned repeats;      /* the same in other commits or refs */
	/* The same for the same finding in later runs, whatever the line or
	   commit; and no other's of the verdict. */
	char fingerprint[SL_SHA256_HEX + 1];
};

/**
 * Something that a rule could not judge: a limit, a budget, an unreadable
 * object. Never a pass; blocks where the rule's level is block.
 */
struct sl_undecided {
	const char *rule;    /* "" where it concerns all rules */
	enum sl_level level; /* of the rule; the highest one for all rules */
	const char *ref;
	const char *path;
	const char *reason;  /* one line: what was not covered, and why */
};

/** A rule that only the server can judge; listed, never blocking. */
struct sl_deferred {
	const char *rule;
	const char *ref;
	const char *reason;
};

/** Something that was left out on purpose, and says so. */
struct sl_skipped {
	const char *what;   /* "blobs in binary form" */
	const char *reason; /* "rule secrets/aws-key reads text only" */
	uint64_t count;
};

#endif
