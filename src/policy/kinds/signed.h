/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed: what rules of several kinds ask of signatures: the keys `signed`
 * and `signer`.
 */
#ifndef SL_POLICY_KINDS_SIGNED_H
#define SL_POLICY_KINDS_SIGNED_H

#include "policy/rule.h"

/** What a rule asks. Zero-initialise. */
struct sl_signed_rule {
	bool present;     /* there must be a signature */
	bool verified;    /* by a key of the site */
	unsigned signers; /* who it must be by, bit i for word i; 0: anybody
			     whose key the site has */
};

/** An object that carries, or lacks, a signature. */
struct sl_signed_object {
	const struct sl_oid *oid;
	bool has_signature;
	struct sl_str email; /* of who made it: committer or tagger */
	struct sl_str made[2]; /* addresses that the first words stand for */
};

/**
 * Read `signed` and `signer`.
 *
 * @param words  that `signer` may have: up to two of the object's people, then
 *               "pusher"; NULL-terminated
 */
int sl_signed_read(struct sl_rule *rule, const char *const *words,
    struct sl_signed_rule *out, struct sl_error *err) SL_MUST_CHECK;

/** How breaches are told; templates. */
struct sl_signed_words {
	const char *const *words; /* of `signer` */
	const char *missing;      /* there is no signature */
	const char *bad;          /* {found}: why it does not count */
	const char *other;        /* {found} signed, {expected} should have */
	const char *fix;
	struct sl_str expected;   /* {expected} of the first two */
};

/**
 * Judge an object by a rule.
 *
 * @return 0, or what the judge's verify returned
 */
int sl_signed_check(struct sl_judge *j, const struct sl_signed_rule *rule,
    const struct sl_signed_object *object,
    const struct sl_signed_words *words, struct sl_error *err) SL_MUST_CHECK;

#endif
