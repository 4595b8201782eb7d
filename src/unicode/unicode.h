/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unicode: what the tables of Unicode are needed for.
 */
#ifndef SL_UNICODE_UNICODE_H
#define SL_UNICODE_UNICODE_H

#include "base/buf.h"

/**
 * Append a name as the most forgiving file systems compare it: two names with
 * the same fold can be one file there.
 *
 * Case is folded in full, so that one letter may meet two; characters are
 * decomposed and what is ignorable is left out. Of a name that is not UTF-8
 * the ASCII letters are folded and nothing else.
 *
 * @param out  may meet its limit (then sl_buf's `over` is set)
 * @source Unicode, section 3.13, canonical caseless matching (D145), without
 *         Default_Ignorable_Code_Point; compare APFS, and ext4's casefold
 */
void sl_unicode_fold(struct sl_str name, struct sl_buf *out);

#endif
