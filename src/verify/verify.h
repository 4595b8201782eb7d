/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify: whether a signature is sound, and whose it is.
 *
 * `ssh-keygen -Y verify` and `gpgv` decide, by keys that the caller trusts;
 * signature and payload are hostile. A signature that is not sound, not by one
 * of the keys, or by one that is revoked, not valid now or not meant for Git
 * is an answer, with the reason. Anything else that goes wrong is an error:
 * then it is not known whether the signature is sound.
 */
#ifndef SL_VERIFY_VERIFY_H
#define SL_VERIFY_VERIFY_H

#include "base/buf.h"
#include "base/clock.h"

/** The largest signature that is looked at, in bytes. */
#define SL_VERIFY_SIGNATURE_MAX ((size_t)64 << 10)
/** How long one program may run. */
#define SL_VERIFY_PROGRAM_MS 5000

/** Which keys count. Zero-initialise; clock is required. All borrowed. */
struct sl_verify_options {
	const char *ssh;         /* an allowed signers file of ssh-keygen(1);
				    NULL: no SSH signature can be verified */
	const char *ssh_revoked; /* a KRL, or public keys; NULL: none */
	const char *gpg;         /* a keyring, as `gpg --export` writes it;
				    NULL: none of OpenPGP */
	const char *ssh_keygen;  /* absolute path of the program; NULL: from
				    the system's folders */
	const char *gpgv;
	const struct sl_clock *clock;
	int64_t deadline_ms; /* monotonic; 0: only SL_VERIFY_PROGRAM_MS */
};

struct sl_verify_answer {
	bool good;
	struct sl_buf signer; /* good: what the keys' file calls the signer: an
				 address, or else its words */
	struct sl_buf key;    /* its fingerprint; may be empty */
	struct sl_buf reason; /* not good: "is ...", for a sentence that begins
				 with the signature; to be escaped */
};

void sl_verify_answer_release(struct sl_verify_answer *answer);

/**
 * Verify one signature.
 *
 * @param email  an SSH key that is listed for this address is the signer's
 *               even where it is listed for others too; may be empty
 * @param[out] out  zeroed on entry; sl_verify_answer_release, also after an
 *                  error
 * @return 0 (see out->good), SL_ECONFIG (no keys, or a file of them that is
 *         not what it should be), SL_EDENIED (others may write to it),
 *         SL_ENOTFOUND (a program or file is missing), SL_EUNSUPPORTED
 *         (X.509), SL_ELIMIT (time), SL_ETOOBIG, SL_EIO
 */
int sl_verify(const struct sl_verify_options *options,
    struct sl_str signature, struct sl_str payload, struct sl_str email,
    struct sl_verify_answer *out, struct sl_error *err) SL_MUST_CHECK;

#endif
