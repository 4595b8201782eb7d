/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: encodings, escaping of hostile text, and nearest-word search.
 *
 * Everything that comes from a push is hostile. What goes to a terminal, a
 * log or an error message passes sl_text_escape first.
 */
#ifndef SL_BASE_TEXT_H
#define SL_BASE_TEXT_H

#include <stdint.h>

#include "base/buf.h"

/**
 * Append s with everything dangerous to a terminal made visible.
 *
 * Printable UTF-8 passes unchanged. C0 and C1 controls, DEL, line and
 * paragraph separators, bidirectional controls, zero-width characters and
 * bytes that are not UTF-8 become \n, \t, \r, \xHH or \u{HEX}. The backslash
 * itself passes unchanged: the result is for people, not for parsing.
 *
 * @return 0 or SL_ETOOBIG (out->over is set; nothing partial is appended)
 */
int sl_text_escape(struct sl_buf *out, struct sl_str s);

/**
 * As sl_text_escape into a fixed buffer, cut at a character boundary.
 *
 * @param out   NUL-terminated result
 * @param size  bytes of out, at least 1
 */
void sl_text_escape_into(const char *s, size_t len, char *out, size_t size);

/** Copy s into out, cut before a UTF-8 character that does not fit. */
void sl_text_cut_into(const char *s, char *out, size_t size);

/**
 * Append s with & < > " ' replaced by entities, for HTML and XML, and what
 * sl_text_escape escapes as that does.
 *
 * @return 0, SL_ETOOBIG (a part may have been appended)
 */
int sl_text_escape_html(struct sl_buf *out, struct sl_str s);

/**
 * Decode one UTF-8 character.
 *
 * Overlong forms, surrogates and values over U+10FFFF are refused.
 *
 * @param s    at least one byte
 * @param[out] code  the code point
 * @return bytes used (1 to 4), or 0 when the bytes are not UTF-8
 */
size_t sl_utf8_decode(struct sl_str s, uint32_t *code);

/** Append a code point as UTF-8 (U+FFFD where it is not a scalar value). */
int sl_utf8_encode(struct sl_buf *out, uint32_t code);

/** Whether all of s is UTF-8. */
bool sl_utf8_valid(struct sl_str s);

/** Whether bytes are binary to Git: a NUL among the first 8000. */
bool sl_text_is_binary(struct sl_str bytes);

/** How text in UTF-16 stores its units. */
enum sl_utf16 {
	SL_UTF16_NONE, /* it is not UTF-16 */
	SL_UTF16_LITTLE,
	SL_UTF16_BIG,
};

/**
 * Whether bytes are UTF-16: by a byte order mark, else by zeros in every other
 * byte of the first 1000, as letters of ASCII have them. A guess: other files,
 * as of 16-bit numbers, may look like it.
 */
enum sl_utf16 sl_utf16_detect(struct sl_str bytes);

/** Whether bytes begin with a byte order mark of UTF-16. */
bool sl_utf16_has_mark(struct sl_str bytes);

/**
 * Append text in UTF-16 as UTF-8, without a byte order mark; a unit that is no
 * character becomes U+FFFD, an odd last byte is left out.
 *
 * @return 0 or SL_ETOOBIG; at most 1.5 bytes per byte are appended
 */
int sl_utf16_decode(struct sl_str bytes, enum sl_utf16 order,
    struct sl_buf *out);

/** Append lower-case hexadecimal. */
int sl_hex_encode(struct sl_buf *out, const void *data, size_t len);

/**
 * Decode hexadecimal of either case.
 *
 * @param out  exactly hex.len / 2 bytes
 * @return 0, or SL_EINVAL (odd length or another character)
 */
int sl_hex_decode(struct sl_str hex, uint8_t *out) SL_MUST_CHECK;

/** Append standard base64 with padding (RFC 4648 section 4). */
int sl_base64_encode(struct sl_buf *out, const void *data, size_t len);

/**
 * Append s percent-encoded as AWS signs it: every byte but A-Za-z0-9-._~ as
 * upper-case %XX.
 *
 * @param keep_slash  leave '/' as it is (S3 keys)
 * @source AWS General Reference, Signature Version 4, "UriEncode"
 */
int sl_uri_encode(struct sl_buf *out, struct sl_str s, bool keep_slash);

/**
 * The word of a list that is nearest to s, for "did you mean".
 *
 * @param words  NULL-terminated list
 * @return the word with the smallest edit distance (insert, delete, replace,
 *         swap of neighbours); NULL if that is over (its length + 1) / 3, or s
 *         is empty or longer than 63 bytes
 */
const char *sl_text_nearest(struct sl_str s, const char *const *words);

/**
 * Append s in double quotes for a message: escaped, cut with "..." at 80 bytes.
 *
 * @return 0, SL_ETOOBIG (a part may have been appended)
 */
int sl_text_quote(struct sl_buf *out, struct sl_str s);

/**
 * Append s as one word of a shell command that is offered to people: as it is
 * where no shell reads anything into it, else in single quotes.
 *
 * Quotes against a shell, not against a terminal: escape the whole line too.
 *
 * @return 0, SL_ETOOBIG (a part may have been appended)
 */
int sl_text_shell(struct sl_buf *out, struct sl_str s);

/** As sl_text_shell, into new memory; free it. */
char *sl_text_shell_word(struct sl_str s);

#endif
