/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json: writing JSON as a stream, so that it cannot be malformed by accident.
 *
 * Commas, colons and escapes are the writer's business. Strings that are not
 * UTF-8 have each wrong byte replaced by U+FFFD. Misuse (a value without its
 * key, an unclosed list) is a programming error and aborts.
 *
 *     struct sl_json w;
 *     sl_json_init(&w, &buf, 0);
 *     sl_json_object(&w);
 *     sl_json_key(&w, "rule"); sl_json_string(&w, rule);
 *     sl_json_end(&w);
 *     // look at buf.over once, at the end
 */
#ifndef SL_DOC_JSON_H
#define SL_DOC_JSON_H

#include "base/buf.h"

#define SL_JSON_MAX_DEPTH 32

struct sl_json {
	struct sl_buf *out; /* borrowed */
	unsigned indent;    /* blanks per level; 0: one line */
	unsigned depth;
	struct {
		char close;  /* '}' or ']' */
		bool filled; /* a comma is due */
		bool keyed;  /* a key waits for its value */
	} level[SL_JSON_MAX_DEPTH];
};

void sl_json_init(struct sl_json *w, struct sl_buf *out, unsigned indent);
void sl_json_object(struct sl_json *w);
void sl_json_list(struct sl_json *w);
/** Close the innermost object or list. */
void sl_json_end(struct sl_json *w);
void sl_json_key(struct sl_json *w, const char *key);
void sl_json_keyv(struct sl_json *w, struct sl_str key);
void sl_json_string(struct sl_json *w, struct sl_str value);
void sl_json_cstr(struct sl_json *w, const char *value); /* NULL: null */
void sl_json_int(struct sl_json *w, int64_t value);
void sl_json_bool(struct sl_json *w, bool value);
void sl_json_null(struct sl_json *w);
/** A value that is JSON already (sl_node_canonical's output). */
void sl_json_raw(struct sl_json *w, struct sl_str json);

/* Key and value at once. */
void sl_json_put(struct sl_json *w, const char *key, const char *value);
void sl_json_putv(struct sl_json *w, const char *key, struct sl_str value);
void sl_json_put_int(struct sl_json *w, const char *key, int64_t value);
void sl_json_put_bool(struct sl_json *w, const char *key, bool value);

#endif
