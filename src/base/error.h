/* SPDX-License-Identifier: Apache-2.0 */
/*
 * error: what a failing function tells its caller.
 *
 * A function that can fail returns 0 or a negative enum sl_err and takes a
 * struct sl_error of the caller's last. It sets the error on failure and does
 * not touch it, nor any output, otherwise. The layer that fails says what
 * failed, in one sentence: the object, the reason, the way out. Layers above
 * may prefix their own object with sl_error_wrap. Only programs print errors.
 *
 * A policy violation is a finding (policy/finding.h), never an error.
 */
#ifndef SL_BASE_ERROR_H
#define SL_BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

enum sl_err {
	SL_OK = 0,
	SL_EINVAL = -1,       /* the caller's input is malformed */
	SL_ENOTFOUND = -2,    /* the object does not exist */
	SL_EEXIST = -3,       /* the object exists and must not */
	SL_ETOOBIG = -4,      /* over a cap */
	SL_EIO = -5,          /* a system call failed; foreign is errno */
	SL_ECONFIG = -6,      /* site, policy or project file is wrong */
	SL_ELIMIT = -7,       /* a match limit or time budget: undecided */
	SL_ECORRUPT = -8,     /* stored data contradicts itself */
	SL_EUNSUPPORTED = -9, /* legal, but not something this build can read */
	SL_EBUSY = -10,       /* somebody else holds it; try again later */
	SL_ECONFLICT = -11,   /* changed under our hands; read again and retry */
	SL_ENET = -12,        /* no answer, a 5xx or throttling; retry later */
	SL_EREMOTE = -13,     /* a remote answered and refused */
	SL_EDENIED = -14,     /* credentials missing, expired or refused */
	SL_ETAMPERED = -15,   /* immutable remote data has other bytes */
	SL_EREFUSED = -16,    /* sluice refuses: a guard or a gate said no */
};

#define SL_ERROR_TEXT_MAX 1536
#define SL_ERROR_PLACE_MAX 512

/**
 * An error in the caller's storage. Zero-initialise with SL_ERROR_INIT.
 *
 * code     enum sl_err; 0 while nothing failed
 * foreign  errno, HTTP status or a library's own code; 0 where none
 * place    "file:line:col" or empty; printed first
 * text     one line of UTF-8 without a final full stop or line feed; text
 *          that came from outside is escaped by sl_error_set itself
 */
struct sl_error {
	int code;
	long foreign;
	char place[SL_ERROR_PLACE_MAX];
	char text[SL_ERROR_TEXT_MAX];
};

#define SL_ERROR_INIT { 0, 0, "", "" }

/**
 * Set an error and return its code.
 *
 * The formatted text has control characters, invalid UTF-8 and bidirectional
 * controls escaped, and is cut at SL_ERROR_TEXT_MAX - 1 bytes at a character
 * boundary. The place is cleared.
 *
 * @param err   may be NULL: then only the code is returned
 * @param code  a negative enum sl_err
 * @return code
 */
int sl_error_set(struct sl_error *err, int code, const char *fmt, ...)
    SL_PRINTF(3, 4);

/** As sl_error_set, from a va_list. */
int sl_error_vset(struct sl_error *err, int code, const char *fmt, va_list ap)
    SL_PRINTF(3, 0);

/**
 * Set an error with a place.
 *
 * @param file  shown name of the file; escaped
 * @param line  counted from 1; 0 leaves line and column out
 * @param col   counted from 1 in bytes; 0 leaves the column out
 * @return code
 */
int sl_error_at(struct sl_error *err, int code, const char *file,
    unsigned line, unsigned col, const char *fmt, ...) SL_PRINTF(6, 7);

/** Set SL_EIO with strerror(errno_value) appended after ": ". */
int sl_error_errno(struct sl_error *err, int errno_value, const char *fmt, ...)
    SL_PRINTF(3, 4);

/**
 * Prefix the text of an error that is set: "<formatted>: <text>".
 *
 * Keeps code, foreign code and place.
 *
 * @return the error's code (SL_EINVAL where err is NULL)
 */
int sl_error_wrap(struct sl_error *err, const char *fmt, ...) SL_PRINTF(2, 3);

/** Forget the error, so that the storage can be used again. */
void sl_error_clear(struct sl_error *err);

/**
 * Write "place: text" (or "text") into out, NUL-terminated, cut at size.
 */
void sl_error_format(const struct sl_error *err, char *out, size_t size);

/** A short stable word for a code ("not-found"), for JSON output and logs. */
const char *sl_err_name(int code);

/**
 * Whether the operation may succeed if simply repeated later.
 *
 * True for SL_EBUSY, SL_ENET and SL_ECONFLICT.
 */
bool sl_err_is_transient(int code);

#endif
