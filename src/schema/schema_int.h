/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema_int: a compiled schema; private to src/schema.
 *
 * A subschema is a list of words, one per keyword that stands in it, in the
 * order of the table of keywords (words.c). A keyword is a row there: how it
 * is read, and how a value is held to it. Keywords that can only be judged
 * together (`properties` and `additionalProperties`, say) stand next to each
 * other and have the same check, which runs once for all of them.
 */
#ifndef SL_SCHEMA_SCHEMA_INT_H
#define SL_SCHEMA_SCHEMA_INT_H

#include "base/map.h"
#include "schema/decimal.h"
#include "schema/schema.h"

/** Types as bits. An integer has both bits of a number. */
enum sl_type {
	SL_TYPE_NULL = 1 << 0,
	SL_TYPE_BOOLEAN = 1 << 1,
	SL_TYPE_INTEGER = 1 << 2,
	SL_TYPE_NUMBER = 1 << 3,
	SL_TYPE_STRING = 1 << 4,
	SL_TYPE_ARRAY = 1 << 5,
	SL_TYPE_OBJECT = 1 << 6,
};

/* --- value.c: what a node is --- */

/** A value under trial, and how it was come to. */
struct sl_spot {
	const struct sl_node *node;
	const struct sl_spot *parent; /* NULL: the whole value */
	const struct sl_node *key;    /* the member's key in a map, or NULL */
	size_t index;                 /* in a list */
	unsigned type;                /* enum sl_type; 0: none that JSON has */
	struct sl_decimal number;     /* of a number */
};

void sl_spot_root(struct sl_spot *spot, const struct sl_node *node);
/** The index-th element or member. */
void sl_spot_child(struct sl_spot *spot, const struct sl_spot *parent,
    size_t index);
/** The key of the index-th member, as a string. */
void sl_spot_key(struct sl_spot *spot, const struct sl_spot *parent,
    size_t index);

/** The type of a node by itself; number is set for numbers. */
unsigned sl_value_type(const struct sl_node *node, struct sl_decimal *number);

/** true or false: a boolean's value. */
bool sl_value_is_true(const struct sl_node *node);

/** The member of a map, or NULL. */
const struct sl_node *sl_value_member(const struct sl_node *map,
    struct sl_str key);

/**
 * Append the one form of a value: equal values have equal bytes.
 *
 * @return 0, SL_ETOOBIG
 */
int sl_spot_form(const struct sl_spot *spot, struct sl_buf *out)
    SL_MUST_CHECK;

/** Append a value for a message; only its type where it is to be hidden. */
void sl_spot_describe(const struct sl_spot *spot, bool hide,
    struct sl_buf *out);

/** Append a JSON Pointer to it; nothing for the whole value. */
void sl_spot_path(const struct sl_spot *spot, struct sl_buf *out);

/* --- a compiled schema --- */

struct sl_sub;
struct sl_word;
struct sl_trial;
struct sl_frame;
struct sl_compiler;

/** What a keyword is. */
struct sl_word_kind {
	const char *name;
	unsigned types; /* of the values that it is about; 0: all */

	/** Read the keyword's value; the word's place is set. */
	int (*read)(struct sl_compiler *c, struct sl_sub *sub,
	    struct sl_word *word, struct sl_error *err);

	/** @return SL_RX_YES, SL_RX_NO, SL_ELIMIT; NULL: says nothing */
	int (*check)(struct sl_trial *t, const struct sl_frame *frame,
	    const struct sl_word *word, struct sl_error *err);

	/** Append what a value should be; NULL: the check says it itself. */
	void (*expect)(const struct sl_word *word, struct sl_buf *out);

	bool joined; /* checked together with the row before, if that is there */
};

/** The row of each keyword, in the order of checks; ends without a name. */
extern const struct sl_word_kind sl_word_kinds[];

/** A keyword where it stands. Which fields are used, the row knows. */
struct sl_word {
	const struct sl_word_kind *kind;
	const struct sl_sub *in;
	const struct sl_node *key;
	const struct sl_node *node;
	struct sl_sub *sub;   /* the only one, or where a reference leads */
	struct sl_sub **subs; /* several; a name or pattern for each */
	size_t sub_count;
	struct sl_map names;  /* of `properties`: name -> sub; of enum: form */
	struct sl_rx **rx;    /* of `patternProperties`, `pattern` */
	size_t rx_count;
	struct sl_decimal number;
	uint64_t limit;       /* a count; types as bits */
	size_t form_max;      /* bytes of the longest form in names */
	struct sl_str dynamic; /* anchor of a `$dynamicRef` that is one */
	bool (*format)(struct sl_str text);
};

/** A part with a URI of its own: the top, and whatever has an `$id`. */
struct sl_resource {
	char *uri;             /* absolute as far as can be, no fragment */
	const struct sl_node *node;
	struct sl_sub *root;
	struct sl_map anchors; /* name -> sub, `$dynamicAnchor`s too */
	struct sl_map dynamic; /* only those */
};

struct sl_sub {
	const struct sl_node *node;
	struct sl_resource *base;
	struct sl_word *words;
	size_t word_count;
	bool is_bool; /* true or false instead of words */
	bool value;
	bool tracks;  /* has an unevaluated* */
	bool hides;   /* writeOnly */
	enum { SL_SUB_NEW, SL_SUB_OPEN, SL_SUB_DONE } visit;
	unsigned height; /* of references and combinations without going into
			    the value */
};

struct sl_schema {
	struct sl_sub *root;
	struct sl_sub **subs;
	size_t sub_count;
	size_t sub_room;
	struct sl_resource **resources;
	size_t resource_count;
	size_t resource_room;
	struct sl_map by_uri;   /* -> resource */
	struct sl_map by_place; /* node and the resource around it -> sub */
	size_t pattern_bytes;
	unsigned flags;
};

/** The word of a keyword in a subschema, or NULL. */
const struct sl_word *sl_sub_word(const struct sl_sub *sub, const char *name);

/* --- compile.c: for the readers of keywords --- */

struct sl_compiler {
	struct sl_schema *schema;
};

int sl_compile_sub(struct sl_compiler *c, const struct sl_node *node,
    struct sl_resource *base, struct sl_sub **out, struct sl_error *err)
    SL_MUST_CHECK;

/** Compile and keep a pattern; word->rx grows by it. */
int sl_compile_pattern(struct sl_compiler *c, struct sl_word *word,
    const struct sl_node *node, struct sl_error *err) SL_MUST_CHECK;

/** Set an error at a word: "KEYWORD must be ...". @return SL_ECONFIG */
int sl_word_error(const struct sl_word *word, const struct sl_node *node,
    struct sl_error *err, const char *must) SL_MUST_CHECK;

/* --- resolve.c --- */

/** Give a subschema its `$id` and anchors; base is the one around it. */
int sl_resolve_names(struct sl_schema *schema, struct sl_sub *sub,
    struct sl_resource *base, struct sl_error *err) SL_MUST_CHECK;

/** Lead every reference somewhere, and refuse those that lead in circles. */
int sl_resolve_refs(struct sl_schema *schema, struct sl_error *err)
    SL_MUST_CHECK;

/** What a node was compiled to, seen from the resource around it. */
struct sl_sub *sl_schema_sub_at(const struct sl_schema *schema,
    const struct sl_node *node, const struct sl_resource *around);

/* --- uri.c --- */

/**
 * Resolve a reference. @source RFC 3986, section 5.2
 *
 * @param[out] out  scheme to query; no fragment
 * @param[out] fragment  a view of ref, still percent-encoded; no bytes where
 *                       there is none
 */
void sl_uri_resolve(struct sl_str base, struct sl_str ref, struct sl_buf *out,
    struct sl_str *fragment);

/** Append with each %XX decoded. */
void sl_uri_decode(struct sl_str s, struct sl_buf *out);

/* --- check.c: for the checks of keywords --- */

/** Which elements or members were evaluated; bits NULL: nobody asks. */
struct sl_seen {
	uint64_t *bits;
	size_t count;
};

/** A subschema at work on a value. */
struct sl_frame {
	const struct sl_sub *sub;
	const struct sl_spot *spot;
	const struct sl_frame *outer; /* the dynamic scope */
	struct sl_seen *seen;
};

struct sl_trial {
	const struct sl_schema *schema;
	const struct sl_schema_trial *how;
	struct sl_rx_scratch *scratch;
	uint64_t steps;  /* left */
	unsigned depth;  /* frames */
	unsigned quiet;  /* over 0: flaws are not told */
	unsigned told;
	unsigned furthest; /* that a value got to a flaw that is not told */
};

/** Take steps. @return 0, SL_ELIMIT */
int sl_trial_charge(struct sl_trial *t, uint64_t steps, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Hold a value to a subschema.
 *
 * @param frame  who asks
 * @param seen   gets what was evaluated, if the value fits; NULL for another
 *               value than the frame's
 * @param via    the word that asks: named where sub is `false`
 * @return SL_RX_YES, SL_RX_NO, SL_ELIMIT
 */
int sl_trial_apply(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_sub *sub, const struct sl_spot *spot,
    struct sl_seen *seen, const struct sl_word *via, struct sl_error *err)
    SL_MUST_CHECK;

/** As above, telling nothing. */
int sl_trial_try(struct sl_trial *t, const struct sl_frame *frame,
    const struct sl_sub *sub, const struct sl_spot *spot,
    struct sl_seen *seen, const struct sl_word *via, struct sl_error *err)
    SL_MUST_CHECK;

/** Tell a flaw in what the keyword expects. @return SL_RX_NO */
int sl_trial_flaw(struct sl_trial *t, const struct sl_word *word,
    const struct sl_spot *spot);

/** As above in other words. @param expected  NULL: the keyword's own */
int sl_trial_flaw_as(struct sl_trial *t, const struct sl_word *word,
    const struct sl_spot *spot, const char *expected);

/** Whether it makes sense to go on after a flaw. */
bool sl_trial_goes_on(const struct sl_trial *t);

void sl_seen_mark(struct sl_seen *seen, size_t index);
bool sl_seen_has(const struct sl_seen *seen, size_t index);

/** Search a pattern. @return SL_RX_YES, SL_RX_NO, SL_ELIMIT */
int sl_trial_match(struct sl_trial *t, struct sl_rx *rx, struct sl_str text,
    struct sl_error *err) SL_MUST_CHECK;

/* --- rows of keywords, by family --- */

/* Readers that several rows share. */
int sl_read_sub(struct sl_compiler *c, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err);
int sl_read_subs(struct sl_compiler *c, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err);
int sl_read_named_subs(struct sl_compiler *c, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err);

#define SL_DECLARE_CHECK(name)                                                 \
	int name(struct sl_trial *t, const struct sl_frame *frame,             \
	    const struct sl_word *word, struct sl_error *err)

/* apply.c */
SL_DECLARE_CHECK(sl_check_ref);
SL_DECLARE_CHECK(sl_check_all_of);
SL_DECLARE_CHECK(sl_check_any_of);
SL_DECLARE_CHECK(sl_check_one_of);
SL_DECLARE_CHECK(sl_check_not);
SL_DECLARE_CHECK(sl_check_if);
/* members.c */
SL_DECLARE_CHECK(sl_check_members);
SL_DECLARE_CHECK(sl_check_property_names);
SL_DECLARE_CHECK(sl_check_required);
SL_DECLARE_CHECK(sl_check_dependent_required);
SL_DECLARE_CHECK(sl_check_dependent_schemas);
SL_DECLARE_CHECK(sl_check_unevaluated);
/* elements.c */
SL_DECLARE_CHECK(sl_check_elements);
SL_DECLARE_CHECK(sl_check_contains);
SL_DECLARE_CHECK(sl_check_unique);
/* scalars.c */
SL_DECLARE_CHECK(sl_check_type);
SL_DECLARE_CHECK(sl_check_equal);
SL_DECLARE_CHECK(sl_check_bound);
SL_DECLARE_CHECK(sl_check_multiple);
SL_DECLARE_CHECK(sl_check_size);
SL_DECLARE_CHECK(sl_check_pattern);
/* formats.c */
int sl_read_format(struct sl_compiler *c, struct sl_sub *sub,
    struct sl_word *word, struct sl_error *err);
SL_DECLARE_CHECK(sl_check_format);

#endif
