/* SPDX-License-Identifier: Apache-2.0 */
/*
 * values: lists of words and key-value pairs, as the configuration has them.
 *
 * Owned, NUL-terminated copies without NUL bytes inside, in file order.
 */
#ifndef SL_CONFIG_VALUES_H
#define SL_CONFIG_VALUES_H

#include "base/buf.h"

struct sl_words {
	char **items;
	size_t count;
};

struct sl_pair {
	char *key;
	char *value;
};

struct sl_pairs {
	struct sl_pair *items;
	size_t count;
};

void sl_words_release(struct sl_words *words);
void sl_pairs_release(struct sl_pairs *pairs);

/** Whether a word is in the list, byte for byte. */
bool sl_words_has(const struct sl_words *words, struct sl_str word);

/** The value of a key, or NULL. */
const char *sl_pairs_get(const struct sl_pairs *pairs, const char *key);

#endif
