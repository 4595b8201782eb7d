/* SPDX-License-Identifier: Apache-2.0 */
/* verify_int: what the files of src/verify share. */
#ifndef SL_VERIFY_VERIFY_INT_H
#define SL_VERIFY_VERIFY_INT_H

#include "verify/verify.h"

/* Where a program finds what it is given. */
#define SL_VERIFY_SIGNATURE "/dev/fd/3"
#define SL_VERIFY_KEYS "/dev/fd/4"
#define SL_VERIFY_REVOKED "/dev/fd/5"

/** A program to run. */
struct sl_verify_run {
	const char *program; /* absolute path */
	const char *const *argv;
	struct sl_str signature; /* SL_VERIFY_SIGNATURE */
	struct sl_str payload;   /* standard input */
	const char *keys;        /* a file: SL_VERIFY_KEYS */
	const char *revoked;     /* SL_VERIFY_REVOKED; NULL: none */
	bool complaints;         /* standard error is output too */
};

/**
 * Run a program to its end: fixed arguments, no environment but LC_ALL=C, no
 * descriptors but those above.
 *
 * @param[out] out   what it printed
 * @param[out] code  its exit code
 * @return 0 (it ended by itself), SL_ELIMIT, SL_ETOOBIG, SL_EIO and what
 *         sl_verify_open_keys returns
 */
int sl_verify_run(const struct sl_verify_options *options,
    const struct sl_verify_run *run, struct sl_buf *out, int *code,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Open a file of keys that only root and this process's user can change.
 *
 * @return a descriptor, SL_ENOTFOUND, SL_EDENIED, SL_ECONFIG (no file), SL_EIO
 */
int sl_verify_open_keys(const char *path, struct sl_error *err) SL_MUST_CHECK;

/**
 * The absolute path of a program.
 *
 * @param named    by the site; NULL: it is looked for
 * @param package  that it comes with
 * @return 0, SL_ENOTFOUND
 */
int sl_verify_program(const char *named, const char *name,
    const char *package, char out[256], struct sl_error *err) SL_MUST_CHECK;

int sl_verify_ssh(const struct sl_verify_options *options,
    struct sl_str signature, struct sl_str payload, struct sl_str email,
    struct sl_verify_answer *out, struct sl_error *err) SL_MUST_CHECK;
int sl_verify_gpg(const struct sl_verify_options *options,
    struct sl_str signature, struct sl_str payload,
    struct sl_verify_answer *out, struct sl_error *err) SL_MUST_CHECK;

/** Take the word that a text begins with, and the blank after it, off it. */
struct sl_str sl_verify_word(struct sl_str *text);

#endif
