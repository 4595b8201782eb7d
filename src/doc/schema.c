/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/num.h"
#include "base/text.h"
#include "doc/doc_int.h"

/* Longest list of words in a message. */
#define WORDS_MAX 400

static const char *
kind_name(enum sl_node_kind kind)
{
	switch (kind) {
	case SL_NODE_LIST:
		return "a list";
	case SL_NODE_MAP:
		return "a map";
	default:
		return "a single value";
	}
}

int
sl_node_check_kind(const struct sl_node *node, const char *what,
    enum sl_node_kind kind, struct sl_error *err)
{
	if (node->kind == kind)
		return SL_OK;
	return sl_node_error(node, err, SL_ECONFIG, "%s must be %s, not %s",
	    what, kind_name(kind), kind_name(node->kind));
}

/* "; did you mean ...?" or the whole list. */
static void
add_advice(struct sl_buf *out, struct sl_str word, const char *const *words)
{
	const char *near = sl_text_nearest(word, words);

	if (near != NULL) {
		sl_buf_addf(out, "; did you mean \"%s\"?", near);
		return;
	}
	for (size_t i = 0; words[i] != NULL; i++)
		sl_buf_addf(out, "%s%s", i == 0 ? "; known: " : ", ", words[i]);
}

static bool
is_among(struct sl_str word, const char *const *words, size_t *index)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (sl_str_eqs(word, words[i])) {
			*index = i;
			return true;
		}
	}
	return false;
}

int
sl_node_check_keys(const struct sl_node *node, const char *what,
    const char *const *keys, struct sl_error *err)
{
	size_t index;
	int rc = sl_node_check_kind(node, what, SL_NODE_MAP, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < node->count; i++) {
		const struct sl_node *key = node->items[2 * i];
		SL_CLEANUP(sl_buf_release)
		struct sl_buf text = SL_BUF_INIT(2 * WORDS_MAX);

		if (is_among(key->text, keys, &index))
			continue;
		sl_buf_adds(&text, "unknown key ");
		sl_text_quote(&text, key->text);
		sl_buf_addf(&text, " in %s", what);
		add_advice(&text, key->text, keys);
		return sl_node_error(key, err, SL_ECONFIG, "%s",
		    sl_buf_cstr(&text));
	}
	return SL_OK;
}

int
sl_node_require(const struct sl_node *map, const char *what, const char *key,
    const struct sl_node **out, struct sl_error *err)
{
	const struct sl_node *found = sl_node_get(map, key);

	if (found == NULL)
		return sl_node_error(map, err, SL_ECONFIG,
		    "%s lacks the key \"%s\"", what, key);
	*out = found;
	return SL_OK;
}

/* A scalar that is not empty; JSON null counts as empty. */
static int
check_scalar(const struct sl_node *node, const char *what,
    struct sl_error *err)
{
	int rc = sl_node_check_kind(node, what, SL_NODE_SCALAR, err);

	if (rc < 0)
		return rc;
	if (node->text.len == 0 ||
	    (node->style == SL_STYLE_WORD && sl_node_is_null(node)))
		return sl_node_error(node, err, SL_ECONFIG, "%s is empty",
		    what);
	return SL_OK;
}

static int
refuse_value(const struct sl_node *node, struct sl_error *err,
    const char *what, const char *wanted)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1024);

	sl_text_quote(&text, node->text);
	return sl_node_error(node, err, SL_ECONFIG, "%s must be %s, not %s",
	    what, wanted, sl_buf_cstr(&text));
}

int
sl_node_read_text(const struct sl_node *node, const char *what,
    struct sl_str *out, struct sl_error *err)
{
	int rc = check_scalar(node, what, err);

	if (rc < 0)
		return rc;
	if (node->style == SL_STYLE_NUMBER || node->style == SL_STYLE_WORD)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s must be text in quotes, not %.*s", what,
		    SL_STR_ARG(node->text));
	if (memchr(node->text.ptr, '\0', node->text.len) != NULL)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s holds a NUL character", what);
	*out = node->text;
	return SL_OK;
}

int
sl_node_read_bool(const struct sl_node *node, const char *what, bool *out,
    struct sl_error *err)
{
	int rc = check_scalar(node, what, err);
	bool bare = node->style == SL_STYLE_PLAIN ||
	    node->style == SL_STYLE_WORD;

	if (rc < 0)
		return rc;
	if (bare && sl_str_eqs(node->text, "true"))
		*out = true;
	else if (bare && sl_str_eqs(node->text, "false"))
		*out = false;
	else
		return refuse_value(node, err, what,
		    "true or false without quotes");
	return SL_OK;
}

int
sl_node_read_number(const struct sl_node *node, const char *what,
    uint64_t min, uint64_t max, uint64_t *out, struct sl_error *err)
{
	bool bare = node->style == SL_STYLE_PLAIN ||
	    node->style == SL_STYLE_NUMBER;
	int rc = check_scalar(node, what, err);
	uint64_t value = 0;
	char wanted[96];

	if (rc < 0)
		return rc;
	if (bare && sl_num_parse(node->text, max, &value) == SL_OK &&
	    value >= min) {
		*out = value;
		return SL_OK;
	}
	snprintf(wanted, sizeof(wanted),
	    "a whole number from %llu to %llu, without quotes",
	    (unsigned long long)min, (unsigned long long)max);
	return refuse_value(node, err, what, wanted);
}

int
sl_node_read_duration(const struct sl_node *node, const char *what,
    int64_t *out_ms, struct sl_error *err)
{
	int rc = check_scalar(node, what, err);

	if (rc < 0)
		return rc;
	if (sl_num_parse_duration(node->text, out_ms) < 0)
		return refuse_value(node, err, what,
		    "a duration such as 250ms, 10m or 14d");
	return SL_OK;
}

int
sl_node_read_bytes(const struct sl_node *node, const char *what, uint64_t *out,
    struct sl_error *err)
{
	int rc = check_scalar(node, what, err);

	if (rc < 0)
		return rc;
	if (sl_num_parse_bytes(node->text, out) < 0)
		return refuse_value(node, err, what,
		    "a size such as 512, 10 KiB or 5 MiB");
	return SL_OK;
}

int
sl_node_read_word(const struct sl_node *node, const char *what,
    const char *const *words, size_t *index, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(2 * WORDS_MAX);
	int rc = check_scalar(node, what, err);

	if (rc < 0)
		return rc;
	if (is_among(node->text, words, index))
		return SL_OK;
	sl_buf_adds(&text, "unknown word ");
	sl_text_quote(&text, node->text);
	sl_buf_addf(&text, " for %s", what);
	add_advice(&text, node->text, words);
	return sl_node_error(node, err, SL_ECONFIG, "%s", sl_buf_cstr(&text));
}

/* Why a scalar's style would not keep a regular expression as written. */
static const char *
regex_style_problem(const struct sl_node *node)
{
	switch (node->style) {
	case SL_STYLE_DOUBLE:
		return "double quotes take backslashes away; put it in single "
		       "quotes";
	case SL_STYLE_PLAIN:
		return "without quotes a \" #\" or a \": \" would cut it; put "
		       "it in single quotes";
	case SL_STYLE_FOLDED:
		return "a folded block joins lines with blanks; use a literal "
		       "block (|)";
	case SL_STYLE_SINGLE:
		return node->multiline ?
		    "quotes over several lines join them with blanks; use one "
		    "line, or a literal block (|)" :
		    NULL;
	case SL_STYLE_NUMBER:
	case SL_STYLE_WORD:
		return "a regular expression must be a string";
	default:
		return NULL;
	}
}

int
sl_node_read_regex(const struct sl_node *node, const char *what,
    struct sl_str *out, struct sl_error *err)
{
	const char *problem;
	struct sl_str text;
	int rc = check_scalar(node, what, err);

	if (rc < 0)
		return rc;
	problem = regex_style_problem(node);
	if (problem != NULL)
		return sl_node_error(node, err, SL_ECONFIG, "%s: %s", what,
		    problem);
	rc = sl_node_read_text(node, what, &text, err);
	if (rc < 0)
		return rc;
	if (node->style == SL_STYLE_LITERAL && sl_str_ends(text, "\n"))
		text.len--;
	if (text.len == 0)
		return sl_node_error(node, err, SL_ECONFIG, "%s is empty",
		    what);
	*out = text;
	return SL_OK;
}
