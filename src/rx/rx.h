/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rx: regular expressions under limits.
 *
 * One dialect everywhere: PCRE2 in byte mode with fixed options. No UTF (but
 * where the subject is known to be UTF-8 and the caller asks for it) and no
 * UCP (\w, \d and \b are ASCII), `$` only at the very end, LF is the
 * newline, no \C, and no `(*...)` of any kind, so that a pattern cannot change
 * the options or limits that it runs under; and no \G and \K, so that what a
 * pattern matches at a byte does not depend on where the search began. In a
 * search `.` does not match a newline; in a full match, which is for names and
 * paths, it matches any byte.
 *
 *     struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
 *     struct sl_rx *rx;
 *
 *     sl_rx_compile(pattern, SL_RX_FULL, &place, &rx, err);
 *     rc = sl_rx_match(rx, scratch, subject, 0, &match, err);
 *     if (rc < 0)
 *             ... undecided: never "no match" ...
 *     else if (rc == SL_RX_YES)
 *             ... match.group[0] ...
 *
 * Patterns are compiled at once, so that a wrong one is found at load; machine
 * code is made for those that turn out to be used. Several threads may match
 * one pattern, each with a scratch of its own; sl_rx_could_begin is for one.
 */
#ifndef SL_RX_RX_H
#define SL_RX_RX_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"

/** Groups of one pattern, group 0 (the whole match) included. */
#define SL_RX_MAX_GROUPS 64
/** Bytes of one pattern. */
#define SL_RX_MAX_PATTERN 8192
/** Bytes of a subject, where a scratch's limits name no other number. */
#define SL_RX_MAX_SUBJECT ((size_t)16 << 20)

struct sl_rx;
struct sl_rx_scratch;

enum sl_rx_flag {
	SL_RX_SEARCH = 0,        /* anywhere in the subject */
	SL_RX_FULL = 1 << 0,     /* the whole subject, not a part of it */
	SL_RX_CASELESS = 1 << 1, /* ASCII case is ignored */
	SL_RX_CHARACTERS = 1 << 2, /* pattern and subject are UTF-8, and `.`
				      is a character; \w, \d and \b stay
				      ASCII. A subject that is not UTF-8 is
				      SL_ELIMIT */
};

/** Where a pattern was written, for messages. */
struct sl_rx_place {
	const char *file; /* borrowed for the call */
	unsigned line;    /* from 1; 0: unknown */
	unsigned col;     /* from 1; 0: unknown */
};

/** Limits of every match through one scratch; zero fields take [defaults]. */
struct sl_rx_limits {
	size_t max_bytes;     /* of a subject [SL_RX_MAX_SUBJECT; 1 MiB without
				 JIT] */
	uint32_t match_limit; /* PCRE2's steps of one call [2,000,000] */
	uint32_t depth_limit; /* PCRE2's nesting without JIT [20,000] */
	uint32_t heap_kib;    /* PCRE2's heap without JIT [20,480] */
};

/** Result of a match; views into the subject. */
struct sl_rx_match {
	struct sl_str group[SL_RX_MAX_GROUPS]; /* unset groups: ptr is NULL */
	size_t count;                          /* groups of the pattern + 1 */
	size_t start;                          /* byte offsets of group 0 */
	size_t end;
};

/** sl_rx_match's results that are not errors. */
enum {
	SL_RX_NO = 0,
	SL_RX_YES = 1,
};

/**
 * Compile a pattern.
 *
 * @param pattern  raw bytes, at most SL_RX_MAX_PATTERN
 * @param flags    enum sl_rx_flag, or-ed
 * @param place    where it stands; NULL for none
 * @param[out] out  sl_rx_free
 * @return 0, SL_ECONFIG with place, byte offset and reason: syntax, a
 *         `(*...)` item, \G or \K, too long, too many groups
 */
int sl_rx_compile(struct sl_str pattern, unsigned flags,
    const struct sl_rx_place *place, struct sl_rx **out, struct sl_error *err)
    SL_MUST_CHECK;

void sl_rx_free(struct sl_rx *rx);
SL_DEFINE_FREEP(struct sl_rx, sl_rx_free, sl_rx_freep)

/**
 * One more owner, who frees it too. Owners are counted by one thread: while
 * patterns are compiled, and when they are freed.
 */
struct sl_rx *sl_rx_ref(struct sl_rx *rx) SL_MUST_CHECK;

/** The pattern as written; valid as long as rx. */
struct sl_str sl_rx_pattern(const struct sl_rx *rx);

/** The flags that it was compiled with. */
unsigned sl_rx_flags(const struct sl_rx *rx);

/** Bytes that the compiled pattern takes, without machine code. */
size_t sl_rx_size(const struct sl_rx *rx);

/** Number of named groups. */
size_t sl_rx_name_count(const struct sl_rx *rx);

/** The index-th name, in alphabetical order; valid as long as rx. */
const char *sl_rx_name_at(const struct sl_rx *rx, size_t index);

/** The group of the index-th name; names can be equal, after `(?J)`. */
size_t sl_rx_group_at(const struct sl_rx *rx, size_t index);

/** The group that has a name, or 0 where none has. */
size_t sl_rx_group_of(const struct sl_rx *rx, struct sl_str name);

/**
 * Make the storage that matches run in.
 *
 * @param limits  NULL for the defaults; copied
 */
struct sl_rx_scratch *sl_rx_scratch_new(const struct sl_rx_limits *limits)
    SL_MUST_CHECK;

void sl_rx_scratch_free(struct sl_rx_scratch *scratch);
SL_DEFINE_FREEP(struct sl_rx_scratch, sl_rx_scratch_free, sl_rx_scratch_freep)

/**
 * End searches through a scratch at a moment.
 *
 * PCRE2's limits hold for one start of a match, not for a search through
 * megabytes. A search is therefore made in stretches of starts (the whole
 * subject stays in view), and the clock is looked at between them.
 *
 * @param clock  borrowed as long as the scratch; NULL: no end
 * @param deadline_ms  of the clock's monotonic time
 */
void sl_rx_scratch_deadline(struct sl_rx_scratch *scratch,
    const struct sl_clock *clock, int64_t deadline_ms);

/**
 * Make machine code for each pattern when it is first matched through this
 * scratch, so that limits, which are others without it, are met or not
 * whichever thread came first. For many texts.
 */
void sl_rx_scratch_eager(struct sl_rx_scratch *scratch);

/**
 * Match once.
 *
 * @param scratch  NULL: a temporary one with the default limits, for programs
 *                 that match a few short names
 * @param subject  borrowed; any bytes
 * @param start    first byte of the subject to try; look-behind and \b see
 *                 what lies before it
 * @param[out] match  set on SL_RX_YES only; NULL when not wanted
 * @return SL_RX_YES, SL_RX_NO, or SL_ELIMIT (a limit of PCRE2 or of bytes, the
 *         deadline, or any other failure: the question stays undecided)
 */
int sl_rx_match(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str subject, size_t start, struct sl_rx_match *match,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * As sl_rx_match, of matches that begin at start or later and not after last.
 *
 * The subject is whole: look-behind, look-ahead and the match itself may reach
 * beyond both. Not for SL_RX_FULL.
 *
 * @param last  the last byte to try; the subject's length or more: no bound
 */
int sl_rx_match_within(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str subject, size_t start, size_t last,
    struct sl_rx_match *match, struct sl_error *err) SL_MUST_CHECK;

/** Whether the scratch's deadline is over. */
bool sl_rx_scratch_expired(const struct sl_rx_scratch *scratch);

/**
 * Whether a text is one that a pattern matches, or that a longer one which it
 * matches could begin with. For patterns with SL_RX_FULL.
 *
 * @return as sl_rx_match
 */
int sl_rx_could_begin(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str text, struct sl_error *err) SL_MUST_CHECK;

/**
 * Whether a pattern matches a longer text that begins with this one. For
 * patterns with SL_RX_FULL.
 *
 * "No" is certain; "yes" may be wrong, as where \z or a look-ahead stands at
 * the end of the text.
 *
 * @return as sl_rx_match
 */
int sl_rx_could_go_on(struct sl_rx *rx, struct sl_rx_scratch *scratch,
    struct sl_str text, struct sl_error *err) SL_MUST_CHECK;

/** Longest name that sl_rx_engine writes, with NUL. */
#define SL_RX_ENGINE_SIZE 64

/**
 * The engine in use: "PCRE2 10.42 JIT", "PCRE2 10.42 without JIT" where the
 * library lacks it, "PCRE2 10.42, JIT refused by the system" where that gives
 * no executable memory.
 */
void sl_rx_engine(char out[SL_RX_ENGINE_SIZE]);

#endif
