/* SPDX-License-Identifier: Apache-2.0 */
/*
 * toml_int: the text of a TOML file, and the values in it that have no parts.
 */
#ifndef SL_DOC_TOML_INT_H
#define SL_DOC_TOML_INT_H

#include "doc/doc_int.h"

/** Where the reader is. */
struct sl_toml {
	const char *name;
	struct sl_str text;
	size_t at;
	size_t line_start;
	unsigned line;
	struct sl_buf word; /* the string, key or number that was read */
};

/** The next byte, or -1 at the end. */
static inline int
sl_toml_peek(const struct sl_toml *t)
{
	return t->at < t->text.len ? (uint8_t)t->text.ptr[t->at] : -1;
}

static inline unsigned
sl_toml_col(const struct sl_toml *t)
{
	return (unsigned)(t->at - t->line_start + 1);
}

/** Whether what comes next begins with a text. */
static inline bool
sl_toml_at(const struct sl_toml *t, const char *what)
{
	return sl_str_starts(
	    sl_strn(t->text.ptr + t->at, t->text.len - t->at), what);
}

/** Set an error at the next byte. @return SL_EINVAL */
int sl_toml_refuse(const struct sl_toml *t, struct sl_error *err,
    const char *why);

/** Take a line break if there is one. @return whether there was */
bool sl_toml_newline(struct sl_toml *t);

/**
 * Read a string, at its first quote, into t->word.
 *
 * @param lines  whether it may be one of several lines
 */
int sl_toml_string(struct sl_toml *t, bool lines, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Read a number, a word or a time into t->word.
 *
 * Numbers are decimal and as JSON writes them; times and what is no number of
 * JSON (inf, nan) are text.
 *
 * @param[out] style  SL_STYLE_NUMBER, SL_STYLE_WORD or SL_STYLE_PLAIN
 */
int sl_toml_bare(struct sl_toml *t, enum sl_scalar_style *style,
    struct sl_error *err) SL_MUST_CHECK;

#endif
