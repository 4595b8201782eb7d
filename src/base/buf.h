/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: string views and capped buffers.
 *
 * struct sl_str is a view: it owns nothing, may hold NUL bytes and is passed
 * by value. struct sl_buf owns its bytes, is always NUL-terminated after the
 * first append, and never grows over the limit given when it was made: an
 * append over the limit changes nothing, returns SL_ETOOBIG and sets `over`,
 * so that a caller may append many times and look once.
 *
 *     SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(65536);
 *     sl_buf_adds(&b, "refs/heads/");
 *     sl_buf_addf(&b, "%s", name);
 *     if (b.over)
 *             return sl_error_set(err, SL_ETOOBIG, "...");
 */
#ifndef SL_BASE_BUF_H
#define SL_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attr.h"
#include "base/error.h"

struct sl_str {
	const char *ptr; /* may be NULL when len is 0 */
	size_t len;      /* bytes */
};

/** A view of a string literal. */
#define SL_STR(literal) ((struct sl_str){ (literal), sizeof(literal) - 1 })

static inline struct sl_str
sl_str(const char *s)
{
	return (struct sl_str){ s, s ? strlen(s) : 0 };
}

static inline struct sl_str
sl_strn(const char *s, size_t len)
{
	return (struct sl_str){ s, len };
}

static inline bool
sl_str_eq(struct sl_str a, struct sl_str b)
{
	return a.len == b.len && (a.len == 0 || !memcmp(a.ptr, b.ptr, a.len));
}

static inline bool
sl_str_eqs(struct sl_str a, const char *b)
{
	return sl_str_eq(a, sl_str(b));
}

static inline bool
sl_str_starts(struct sl_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && !memcmp(s.ptr, prefix, n);
}

static inline bool
sl_str_ends(struct sl_str s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && !memcmp(s.ptr + s.len - n, suffix, n);
}

/** Order as memcmp, a shorter prefix first: negative, 0 or positive. */
int sl_str_cmp(struct sl_str a, struct sl_str b);

/** The view without blanks, tabs and carriage returns at its ends. */
struct sl_str sl_str_trim(struct sl_str s);

/**
 * Take the first line off a text, without its line feed; the last one may
 * have none.
 *
 * @return false where the text is empty
 */
bool sl_str_take_line(struct sl_str *text, struct sl_str *line);

/** printf arguments for "%.*s"; the view must be shorter than INT_MAX. */
#define SL_STR_ARG(s) (int)(s).len, ((s).ptr ? (s).ptr : "")

struct sl_buf {
	char *ptr;  /* NUL-terminated when not NULL */
	size_t len; /* bytes in use, without the NUL */
	size_t room;
	size_t max; /* len never exceeds it */
	bool over;  /* an append was refused */
};

#define SL_BUF_INIT(limit) { NULL, 0, 0, (limit), false }

/** Make an empty buffer that holds at most max bytes. */
void sl_buf_init(struct sl_buf *b, size_t max);

/** Free the bytes; the buffer is empty and usable with the same limit. */
void sl_buf_release(struct sl_buf *b);

/** Empty the buffer and forget `over`, keeping its storage. */
void sl_buf_clear(struct sl_buf *b);

/**
 * Make room for len bytes in all (at most the limit), so that the storage
 * does not move until then and leaves no copies behind: for secrets.
 */
void sl_buf_reserve(struct sl_buf *b, size_t len);

/** Append bytes. @return 0 or SL_ETOOBIG */
int sl_buf_add(struct sl_buf *b, const void *data, size_t len);

/** Append a NUL-terminated string. @return 0 or SL_ETOOBIG */
int sl_buf_adds(struct sl_buf *b, const char *s);

/** Append a view. @return 0 or SL_ETOOBIG */
int sl_buf_addv(struct sl_buf *b, struct sl_str s);

/** Append one byte. @return 0 or SL_ETOOBIG */
int sl_buf_addc(struct sl_buf *b, char c);

/** Append formatted text. @return 0 or SL_ETOOBIG */
int sl_buf_addf(struct sl_buf *b, const char *fmt, ...) SL_PRINTF(2, 3);

/** Shorten to len bytes (no effect when already shorter). */
void sl_buf_truncate(struct sl_buf *b, size_t len);

/** View of the contents; valid until the buffer changes. */
static inline struct sl_str
sl_buf_str(const struct sl_buf *b)
{
	return (struct sl_str){ b->ptr, b->len };
}

/** The contents as a C string, "" when empty; valid until it changes. */
static inline const char *
sl_buf_cstr(const struct sl_buf *b)
{
	return b->ptr ? b->ptr : "";
}

/** Hand the bytes to the caller (free() them; never NULL); buf is emptied. */
char *sl_buf_steal(struct sl_buf *b) SL_MUST_CHECK;

#endif
