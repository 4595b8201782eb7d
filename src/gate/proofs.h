/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proofs: the site policies whose examples came out right, so that they are
 * not run again for each push.
 *
 *     <state>/site-policy.proofs   a line with a proof for each, the last one
 *                                  first (sl_policy_proof)
 *
 * The file counts only where this process's user alone can have written it:
 * hook and worker do not share it where they are different users. Whatever is
 * wrong with it, the examples are run.
 */
#ifndef SL_GATE_PROOFS_H
#define SL_GATE_PROOFS_H

#include "crypto/digest.h"
#include "policy/policy.h"

/** Policies that are remembered: one for each state of packs and programs. */
#define SL_PROOFS_MAX 8
/** What tells a program from any other. */
#define SL_PROGRAM_SIZE 192

/** Zero-initialise. */
struct sl_proofs {
	bool is_read;
	char program[SL_PROGRAM_SIZE]; /* "": not known, nothing is proven */
	char text[SL_PROOFS_MAX][SL_SHA256_HEX + 1];
	const char *list[SL_PROOFS_MAX]; /* of text */
	size_t count;
};

/**
 * Let a load use the proofs of a state folder, which is read once.
 *
 * @param state  NULL: there is none, and all examples are run
 */
void sl_proofs_offer(struct sl_proofs *proofs, const char *state,
    struct sl_policy_inputs *inputs);

/** Remember that a policy loaded. What cannot be written is not remembered. */
void sl_proofs_note(struct sl_proofs *proofs, const char *state,
    const struct sl_policy *policy);

#endif
