/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: JSON Schema, draft 2020-12, over documents with marks.
 *
 * A schema is compiled once from a document (or a part of one) and then
 * checks any number of values. Each flaw names the value's place, its path,
 * the keyword, what is there and what was expected.
 *
 * What is meant exactly:
 *
 * - Every keyword of the core, applicator, unevaluated and validation
 *   vocabularies counts; `format` only if asked for. Any other key is an
 *   error at compilation, never ignored; so is a `$ref` to what is not in
 *   the document, and a reference that comes back to itself without going
 *   into the value.
 * - Numbers are decimal text, compared exactly: 1.0 is 1, no digit is lost.
 * - Patterns are those of src/rx in characters, and are searched for.
 * - A YAML scalar without quotes has the type that YAML's core schema gives
 *   it (null, true, 0x1f, 1e3); in quotes or a block it is a string. Keys are
 *   strings. `.inf` and `.nan`, and numbers whose exponent has more than nine
 *   digits, are of no type that JSON has.
 *
 * Schema and value may both be hostile: subschemas, bytes of patterns,
 * nesting, steps and flaws are capped. A cap met while checking is
 * SL_ELIMIT, never "fits".
 *
 * A compiled schema borrows its document, which must outlive it. It is used
 * by one thread at a time (its patterns are).
 */
#ifndef SL_SCHEMA_SCHEMA_H
#define SL_SCHEMA_SCHEMA_H

#include "doc/doc.h"
#include "rx/rx.h"

/** Schemas within one, aliases written out. */
#define SL_SCHEMA_MAX_SUBS 20000
/** Bytes of all compiled patterns of one schema. */
#define SL_SCHEMA_MAX_PATTERN_BYTES ((size_t)4 << 20)

struct sl_schema;

enum sl_schema_flag {
	SL_SCHEMA_FORMATS = 1 << 0, /* `format` is checked; one that is not
				       known is an error */
};

/**
 * Compile a schema.
 *
 * @param root   borrowed, with its document, as long as the schema
 * @param flags  enum sl_schema_flag, or-ed
 * @param[out] out  sl_schema_free
 * @return 0, SL_ECONFIG with the place, SL_ETOOBIG
 */
int sl_schema_compile(const struct sl_node *root, unsigned flags,
    struct sl_schema **out, struct sl_error *err) SL_MUST_CHECK;

void sl_schema_free(struct sl_schema *schema);
SL_DEFINE_FREEP(struct sl_schema, sl_schema_free, sl_schema_freep)

/** Bytes of all compiled patterns, for a caller's own cap. */
size_t sl_schema_pattern_bytes(const struct sl_schema *schema);

/**
 * Append the one form of a schema: schemas that differ in any value (`1` and
 * `'1'`, say) have different bytes, blanks and order of keys do not count.
 *
 * @return 0, SL_ETOOBIG
 */
int sl_schema_form(const struct sl_schema *schema, struct sl_buf *out)
    SL_MUST_CHECK;

/** One way in which a value does not fit. Borrowed for the call. */
struct sl_schema_flaw {
	struct sl_mark mark;   /* of the value, or of the key at fault */
	const char *at;        /* "/steps/0/name"; "" for the whole value */
	const char *keyword;   /* "maximum" */
	const char *found;     /* `12`, `"abc"`, `a list of 3`; escaped, cut;
				  no text where the schema says `writeOnly` */
	const char *expected;  /* `at most 10`; escaped, cut */
	struct sl_mark schema; /* of the keyword */
};
/** @return whether it counts towards max_flaws */
typedef bool sl_schema_flaw_fn(void *ctx, const struct sl_schema_flaw *flaw);

/** How to check. Zero-initialise; zero fields take [defaults]. */
struct sl_schema_trial {
	struct sl_rx_scratch *scratch; /* limits and deadline of patterns
					  [a temporary one] */
	uint64_t max_steps;            /* [5,000,000] */
	unsigned max_flaws;            /* told; more are not looked for [20] */
	bool hide;                     /* show no value at all */
	sl_schema_flaw_fn *flaw;       /* NULL: only the answer counts */
	void *ctx;
};

/**
 * Check a value.
 *
 * @param[out] fits  set on success
 * @return 0, SL_ELIMIT (steps, nesting, a limit or the deadline of a pattern)
 */
int sl_schema_check(const struct sl_schema *schema,
    const struct sl_node *value, const struct sl_schema_trial *how, bool *fits,
    struct sl_error *err) SL_MUST_CHECK;

#endif
