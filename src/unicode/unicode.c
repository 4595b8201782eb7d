/* SPDX-License-Identifier: Apache-2.0 */
#include "unicode/unicode.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/text.h"

static bool
is_ascii(struct sl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] >= 0x80)
			return false;
	return true;
}

static void
fold_ascii(struct sl_str s, struct sl_buf *out)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		sl_buf_addc(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
}

void
sl_unicode_fold(struct sl_str name, struct sl_buf *out)
{
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t len;

	if (is_ascii(name) || !sl_utf8_valid(name)) {
		fold_ascii(name, out);
		return;
	}
	len = utf8proc_map((const utf8proc_uint8_t *)name.ptr,
	    (utf8proc_ssize_t)name.len, &folded,
	    UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
		UTF8PROC_IGNORE);
	if (len == UTF8PROC_ERROR_NOMEM)
		abort();
	if (len < 0) {
		fold_ascii(name, out);
		return;
	}
	sl_buf_add(out, (const char *)folded, (size_t)len);
	free(folded);
}
