/* SPDX-License-Identifier: Apache-2.0 */
#include "config/values.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "config/config_int.h"

void
sl_words_release(struct sl_words *words)
{
	for (size_t i = 0; i < words->count; i++)
		free(words->items[i]);
	free(words->items);
	memset(words, 0, sizeof(*words));
}

void
sl_pairs_release(struct sl_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		free(pairs->items[i].key);
		free(pairs->items[i].value);
	}
	free(pairs->items);
	memset(pairs, 0, sizeof(*pairs));
}

bool
sl_words_has(const struct sl_words *words, struct sl_str word)
{
	for (size_t i = 0; i < words->count; i++)
		if (sl_str_eqs(word, words->items[i]))
			return true;
	return false;
}

const char *
sl_pairs_get(const struct sl_pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (!strcmp(pairs->items[i].key, key))
			return pairs->items[i].value;
	return NULL;
}

void
sl_words_add(struct sl_words *words, struct sl_str word)
{
	words->items = sl_realloc_array(words->items, words->count + 1,
	    sizeof(*words->items));
	words->items[words->count++] = sl_strndup(word.ptr, word.len);
}

void
sl_pairs_add(struct sl_pairs *pairs, struct sl_str key, struct sl_str value)
{
	struct sl_pair *pair;

	pairs->items = sl_realloc_array(pairs->items, pairs->count + 1,
	    sizeof(*pairs->items));
	pair = &pairs->items[pairs->count++];
	pair->key = sl_strndup(key.ptr, key.len);
	pair->value = sl_strndup(value.ptr, value.len);
}

int
sl_grammar_check(const struct sl_node *node, const char *what,
    struct sl_str value, sl_grammar_fn *grammar, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(1024);
	const char *wanted = grammar(value);

	if (wanted == NULL)
		return SL_OK;
	sl_text_quote(&shown, value);
	return sl_node_error(node, err, SL_ECONFIG, "%s must be %s, not %s",
	    what, wanted, sl_buf_cstr(&shown));
}

static int
read_field(const struct sl_node *node, const struct sl_field *field, void *out,
    struct sl_error *err)
{
	char **member = (char **)((char *)out + field->offset);
	struct sl_str value;
	char what[64];
	int rc;

	snprintf(what, sizeof(what), "\"%s\"", field->key);
	rc = sl_node_read_text(node, what, &value, err);
	if (rc == SL_OK)
		rc = sl_grammar_check(node, what, value, field->grammar, err);
	if (rc < 0)
		return rc;
	free(*member);
	*member = sl_strndup(value.ptr, value.len);
	return SL_OK;
}

int
sl_fields_read(const struct sl_node *map, const char *what,
    const struct sl_field *fields, size_t count, void *out,
    struct sl_error *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct sl_node *node = sl_node_get(map, fields[i].key);
		int rc;

		if (node == NULL && !fields[i].required)
			continue;
		rc = sl_node_require(map, what, fields[i].key, &node, err);
		if (rc == SL_OK)
			rc = read_field(node, &fields[i], out, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

int
sl_words_read(const struct sl_node *node, const char *what,
    sl_grammar_fn *grammar, struct sl_words *out, struct sl_error *err)
{
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_check_kind(node, what, SL_NODE_LIST, err);
	for (size_t i = 0; rc == SL_OK && i < sl_node_count(node); i++) {
		const struct sl_node *item = sl_node_at(node, i);
		struct sl_str word = SL_STR("");

		rc = sl_node_read_text(item, what, &word, err);
		if (rc == SL_OK)
			rc = sl_grammar_check(item, what, word, grammar, err);
		if (rc == SL_OK)
			sl_words_add(out, word);
	}
	return rc;
}

int
sl_version_check(const struct sl_node *root, const char *what,
    struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(root, "sluice");

	if (node == NULL)
		return sl_node_error(root, err, SL_ECONFIG,
		    "%s lacks its format version; write \"sluice: 1\"", what);
	if (sl_str_eqs(sl_node_text(node), "1"))
		return SL_OK;
	return sl_node_error(node, err, SL_ECONFIG,
	    "%s has format version \"%.*s\"; this program reads version 1",
	    what, SL_STR_ARG(sl_node_text(node)));
}
