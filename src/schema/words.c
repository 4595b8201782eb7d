/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words: the table of keywords, and how the values of each are read.
 *
 * @source JSON Schema Core and Validation, draft 2020-12
 */
#include "schema/schema_int.h"

#include "base/mem.h"
#include "base/text.h"

#define NUMBER (SL_TYPE_NUMBER | SL_TYPE_INTEGER)
/* Counts are compared with counts of what was read: this is beyond any. */
#define MAX_COUNT 1000000000000000ULL

/* --- readers --- */

/* For people, for other programs, or read elsewhere. */
static int
read_nothing(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word SL_UNUSED, struct sl_error *err SL_UNUSED)
{
	return SL_OK;
}

static int
read_flag(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err)
{
	struct sl_decimal unused;

	if (sl_value_type(word->node, &unused) != SL_TYPE_BOOLEAN)
		return sl_word_error(word, word->node, err, "true or false");
	word->limit = sl_value_is_true(word->node);
	if (word->limit && !strcmp(word->kind->name, "writeOnly"))
		sub->hides = true;
	return SL_OK;
}

static const char *const type_words[] = { "null", "boolean", "integer",
	"number", "string", "array", "object", NULL };
static const unsigned type_bits[] = { SL_TYPE_NULL, SL_TYPE_BOOLEAN,
	SL_TYPE_INTEGER, NUMBER, SL_TYPE_STRING, SL_TYPE_ARRAY,
	SL_TYPE_OBJECT };

static int
read_type(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	bool list = sl_node_kind(word->node) == SL_NODE_LIST;
	size_t count = list ? sl_node_count(word->node) : 1;

	if (count == 0)
		return sl_word_error(word, word->node, err,
		    "a type or a list of them");
	for (size_t i = 0; i < count; i++) {
		size_t index;
		int rc = sl_node_read_word(list ? sl_node_at(word->node, i) :
						  word->node,
		    "type", type_words, &index, err);

		if (rc < 0)
			return rc;
		word->limit |= type_bits[index];
	}
	return SL_OK;
}

/* Keep a value's form, for comparisons. */
static int
add_form(struct sl_word *word, const struct sl_node *node,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf form =
	    SL_BUF_INIT((size_t)1 << 20);
	struct sl_spot spot;

	sl_spot_root(&spot, node);
	if (sl_spot_form(&spot, &form) < 0)
		return sl_node_error(node, err, SL_ETOOBIG,
		    "a value of more than 1 MiB cannot be compared with");
	(void)sl_map_put(&word->names, sl_buf_str(&form), NULL);
	if (form.len > word->form_max)
		word->form_max = form.len;
	return SL_OK;
}

static int
read_const(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	return add_form(word, word->node, err);
}

static int
read_enum(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	int rc = SL_OK;

	if (sl_node_kind(word->node) != SL_NODE_LIST)
		return sl_word_error(word, word->node, err,
		    "a list of values");
	for (size_t i = 0; i < sl_node_count(word->node) && rc == SL_OK; i++)
		rc = add_form(word, sl_node_at(word->node, i), err);
	return rc;
}

static int
read_number(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	if (!(sl_value_type(word->node, &word->number) & SL_TYPE_NUMBER))
		return sl_word_error(word, word->node, err, "a number");
	return SL_OK;
}

static int
read_divisor(struct sl_compiler *c, struct sl_sub *sub, struct sl_word *word,
    struct sl_error *err)
{
	int rc = read_number(c, sub, word, err);

	if (rc == SL_OK &&
	    (word->number.negative || word->number.digits == 0 ||
		word->number.digits > SL_DECIMAL_MAX_DIVISOR))
		return sl_word_error(word, word->node, err,
		    "a number over 0 with at most 18 significant digits");
	return rc;
}

static int
read_count(struct sl_compiler *c, struct sl_sub *sub, struct sl_word *word,
    struct sl_error *err)
{
	int rc = read_number(c, sub, word, err);

	if (rc < 0 || !sl_decimal_get(&word->number, MAX_COUNT, &word->limit))
		return sl_word_error(word, word->node, err,
		    "a whole number, 0 or more");
	return SL_OK;
}

static int
read_pattern(struct sl_compiler *c, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	return sl_compile_pattern(c, word, word->node, err);
}

static int
check_names(const struct sl_word *word, const struct sl_node *list,
    struct sl_error *err)
{
	SL_CLEANUP(sl_map_release) struct sl_map seen = SL_MAP_INIT;
	struct sl_decimal unused;

	if (sl_node_kind(list) != SL_NODE_LIST)
		return sl_word_error(word, list, err, "a list of names");
	for (size_t i = 0; i < sl_node_count(list); i++) {
		const struct sl_node *name = sl_node_at(list, i);

		if (sl_value_type(name, &unused) != SL_TYPE_STRING)
			return sl_word_error(word, name, err,
			    "a list of names; put this one in quotes");
		if (!sl_map_put(&seen, sl_node_text(name), NULL))
			return sl_word_error(word, name, err,
			    "a list in which no name stands twice");
	}
	return SL_OK;
}

static int
read_required(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	return check_names(word, word->node, err);
}

static int
read_dependent(struct sl_compiler *c SL_UNUSED, struct sl_sub *sub SL_UNUSED,
    struct sl_word *word, struct sl_error *err)
{
	int rc = SL_OK;

	if (sl_node_kind(word->node) != SL_NODE_MAP)
		return sl_word_error(word, word->node, err,
		    "a map from names to lists of names");
	for (size_t i = 0; i < sl_node_count(word->node) && rc == SL_OK; i++)
		rc = check_names(word, sl_node_at(word->node, i), err);
	return rc;
}

static int
read_pattern_members(struct sl_compiler *c, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err)
{
	int rc = sl_read_named_subs(c, sub, word, err);

	for (size_t i = 0; i < word->sub_count && rc == SL_OK; i++)
		rc = sl_compile_pattern(c, word, sl_node_key(word->node, i),
		    err);
	return rc;
}

/* --- what is expected, for messages --- */

static void
expect_list(const struct sl_node *list, struct sl_buf *out)
{
	size_t count = sl_node_count(list);

	for (size_t i = 0; i < count && i < 8; i++) {
		struct sl_spot spot;

		sl_spot_root(&spot, sl_node_at(list, i));
		sl_buf_adds(out, i == 0 ? "" : i + 1 < count ? ", " : " or ");
		sl_spot_describe(&spot, false, out);
	}
	if (count > 8)
		sl_buf_addf(out, "or one of %zu others", count - 8);
}

static void
expect_type(const struct sl_word *word, struct sl_buf *out)
{
	static const char *const said[] = { "null", "true or false",
		"a whole number", "a number", "a string", "a list", "a map" };
	uint64_t left = word->limit;

	for (size_t i = SL_COUNT(said); i-- > 0;) {
		if ((left & type_bits[i]) != type_bits[i])
			continue;
		left &= ~(uint64_t)type_bits[i];
		sl_buf_addf(out, "%s%s", out->len > 0 ? " or " : "", said[i]);
	}
}

static void
expect_enum(const struct sl_word *word, struct sl_buf *out)
{
	expect_list(word->node, out);
}

static void
expect_const(const struct sl_word *word, struct sl_buf *out)
{
	struct sl_spot spot;

	sl_spot_root(&spot, word->node);
	sl_spot_describe(&spot, false, out);
	if (spot.type & (SL_TYPE_ARRAY | SL_TYPE_OBJECT))
		sl_buf_adds(out, " as the schema gives it");
}

/* "at most 10 characters": a phrase, the keyword's value, what is counted. */
static void
expect_phrase(const struct sl_word *word, struct sl_buf *out)
{
	static const struct {
		const char *name;
		const char *before;
		const char *after;
	} phrases[] = {
		{ "multipleOf", "a multiple of ", "" },
		{ "maximum", "at most ", "" },
		{ "exclusiveMaximum", "less than ", "" },
		{ "minimum", "at least ", "" },
		{ "exclusiveMinimum", "more than ", "" },
		{ "maxLength", "at most ", " characters" },
		{ "minLength", "at least ", " characters" },
		{ "maxItems", "at most ", " elements" },
		{ "minItems", "at least ", " elements" },
		{ "maxProperties", "at most ", " keys" },
		{ "minProperties", "at least ", " keys" },
		{ "pattern", "something that matches ", "" },
		{ "format", "a string of the format ", "" },
	};
	struct sl_str text = sl_node_text(word->node);
	char cut[200];

	sl_text_cut_into(text.ptr, cut, sizeof(cut));
	for (size_t i = 0; i < SL_COUNT(phrases); i++)
		if (!strcmp(phrases[i].name, word->kind->name))
			sl_buf_addf(out, "%s%s%s%s", phrases[i].before, cut,
			    strlen(cut) < text.len ? "..." : "",
			    phrases[i].after);
}

static void
expect_unique(const struct sl_word *word SL_UNUSED, struct sl_buf *out)
{
	sl_buf_adds(out, "no element twice");
}

static void
expect_nothing(const struct sl_word *word SL_UNUSED, struct sl_buf *out)
{
	sl_buf_adds(out, "nothing here");
}

static void
expect_other(const struct sl_word *word SL_UNUSED, struct sl_buf *out)
{
	sl_buf_adds(out, "something that the schema under `not` does not "
			 "describe");
}

/* --- the table --- */

const struct sl_word_kind sl_word_kinds[] = {
	{ "type", 0, read_type, sl_check_type, expect_type, false },
	{ "enum", 0, read_enum, sl_check_equal, expect_enum, false },
	{ "const", 0, read_const, sl_check_equal, expect_const, false },

	{ "multipleOf", NUMBER, read_divisor, sl_check_multiple,
	    expect_phrase, false },
	{ "maximum", NUMBER, read_number, sl_check_bound, expect_phrase, false },
	{ "exclusiveMaximum", NUMBER, read_number, sl_check_bound,
	    expect_phrase, false },
	{ "minimum", NUMBER, read_number, sl_check_bound, expect_phrase, false },
	{ "exclusiveMinimum", NUMBER, read_number, sl_check_bound,
	    expect_phrase, false },

	{ "maxLength", SL_TYPE_STRING, read_count, sl_check_size,
	    expect_phrase, false },
	{ "minLength", SL_TYPE_STRING, read_count, sl_check_size,
	    expect_phrase, false },
	{ "pattern", SL_TYPE_STRING, read_pattern, sl_check_pattern,
	    expect_phrase, false },
	{ "format", SL_TYPE_STRING, sl_read_format, sl_check_format,
	    expect_phrase, false },

	{ "maxItems", SL_TYPE_ARRAY, read_count, sl_check_size,
	    expect_phrase, false },
	{ "minItems", SL_TYPE_ARRAY, read_count, sl_check_size,
	    expect_phrase, false },
	{ "uniqueItems", SL_TYPE_ARRAY, read_flag, sl_check_unique,
	    expect_unique, false },

	{ "maxProperties", SL_TYPE_OBJECT, read_count, sl_check_size,
	    expect_phrase, false },
	{ "minProperties", SL_TYPE_OBJECT, read_count, sl_check_size,
	    expect_phrase, false },
	{ "required", SL_TYPE_OBJECT, read_required, sl_check_required,
	    NULL, false },
	{ "dependentRequired", SL_TYPE_OBJECT, read_dependent,
	    sl_check_dependent_required, NULL, false },
	{ "propertyNames", SL_TYPE_OBJECT, sl_read_sub,
	    sl_check_property_names, expect_nothing, false },

	/* Judged together, as each counts what those before it leave. */
	{ "properties", SL_TYPE_OBJECT, sl_read_named_subs, sl_check_members,
	    expect_nothing, false },
	{ "patternProperties", SL_TYPE_OBJECT, read_pattern_members,
	    sl_check_members, expect_nothing, true },
	{ "additionalProperties", SL_TYPE_OBJECT, sl_read_sub,
	    sl_check_members, expect_nothing, true },
	{ "prefixItems", SL_TYPE_ARRAY, sl_read_subs, sl_check_elements,
	    expect_nothing, false },
	{ "items", SL_TYPE_ARRAY, sl_read_sub, sl_check_elements,
	    expect_nothing, true },
	{ "contains", SL_TYPE_ARRAY, sl_read_sub, sl_check_contains, NULL,
	    false },
	{ "minContains", SL_TYPE_ARRAY, read_count, NULL, NULL, false },
	{ "maxContains", SL_TYPE_ARRAY, read_count, NULL, NULL, false },

	{ "dependentSchemas", SL_TYPE_OBJECT, sl_read_named_subs,
	    sl_check_dependent_schemas, expect_nothing, false },
	{ "allOf", 0, sl_read_subs, sl_check_all_of, expect_nothing, false },
	{ "anyOf", 0, sl_read_subs, sl_check_any_of, NULL, false },
	{ "oneOf", 0, sl_read_subs, sl_check_one_of, NULL, false },
	{ "not", 0, sl_read_sub, sl_check_not, expect_other, false },
	{ "if", 0, sl_read_sub, sl_check_if, NULL, false },
	{ "then", 0, sl_read_sub, NULL, expect_nothing, false },
	{ "else", 0, sl_read_sub, NULL, expect_nothing, false },
	{ "$ref", 0, read_nothing, sl_check_ref, expect_nothing, false },
	{ "$dynamicRef", 0, read_nothing, sl_check_ref, expect_nothing, false },

	/* After all that evaluates elements and members. */
	{ "unevaluatedItems", SL_TYPE_ARRAY, sl_read_sub,
	    sl_check_unevaluated, expect_nothing, false },
	{ "unevaluatedProperties", SL_TYPE_OBJECT, sl_read_sub,
	    sl_check_unevaluated, expect_nothing, false },

	/* Read by resolve.c. */
	{ "$schema", 0, read_nothing, NULL, NULL, false },
	{ "$id", 0, read_nothing, NULL, NULL, false },
	{ "$anchor", 0, read_nothing, NULL, NULL, false },
	{ "$dynamicAnchor", 0, read_nothing, NULL, NULL, false },
	/* Places for schemas; the second is how older drafts wrote it. */
	{ "$defs", 0, sl_read_named_subs, NULL, NULL, false },
	{ "definitions", 0, sl_read_named_subs, NULL, NULL, false },

	/* These say nothing about what is valid. */
	{ "$comment", 0, read_nothing, NULL, NULL, false },
	{ "title", 0, read_nothing, NULL, NULL, false },
	{ "description", 0, read_nothing, NULL, NULL, false },
	{ "default", 0, read_nothing, NULL, NULL, false },
	{ "examples", 0, read_nothing, NULL, NULL, false },
	{ "deprecated", 0, read_flag, NULL, NULL, false },
	{ "readOnly", 0, read_flag, NULL, NULL, false },
	{ "writeOnly", 0, read_flag, NULL, NULL, false },
	{ "contentEncoding", 0, read_nothing, NULL, NULL, false },
	{ "contentMediaType", 0, read_nothing, NULL, NULL, false },
	{ "contentSchema", 0, sl_read_sub, NULL, NULL, false },
	{ 0 },
};
