/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc: one document model for YAML, JSON and TOML, with marks.
 *
 * Every node, key and scalar knows its file, line and column (counted from 1,
 * columns in bytes), so that a check made ten calls later still says where.
 * Scalars stay text with a style; the schema that reads them decides the
 * type, so plain `no` and `1.10` are what the author wrote.
 *
 * Both readers treat their input as hostile: size, depth, node count and
 * alias expansion are capped; duplicate keys, several documents, and bytes
 * that are not UTF-8 are errors with a place.
 *
 * A document owns all its nodes and text; it is immutable after parsing and
 * may then be read by several threads.
 */
#ifndef SL_DOC_DOC_H
#define SL_DOC_DOC_H

#include "base/buf.h"
#include "base/error.h"

struct sl_doc;
struct sl_node;

enum sl_node_kind {
	SL_NODE_SCALAR,
	SL_NODE_LIST,
	SL_NODE_MAP,
};

/** How a scalar was written. */
enum sl_scalar_style {
	SL_STYLE_PLAIN,  /* YAML: without quotes */
	SL_STYLE_SINGLE, /* YAML: 'single quotes' */
	SL_STYLE_DOUBLE, /* YAML: "double quotes" */
	SL_STYLE_LITERAL,/* YAML: | block */
	SL_STYLE_FOLDED, /* YAML: > block */
	SL_STYLE_STRING, /* JSON string */
	SL_STYLE_NUMBER, /* JSON number, text as written */
	SL_STYLE_WORD,   /* JSON true, false or null */
};

/** Caps of one document; zero fields take the defaults in brackets. */
struct sl_doc_limits {
	size_t max_bytes; /* of input [1 MiB] */
	size_t max_nodes; /* after alias expansion [200,000] */
	size_t max_depth; /* of nesting [64] */
};

struct sl_mark {
	const char *file; /* shown name; lives as long as the document */
	unsigned line;    /* from 1 */
	unsigned col;     /* from 1, in bytes */
};

/**
 * Parse YAML 1.1/1.2 text (one document).
 *
 * Anchors and aliases are accepted; an alias's marks are those of its anchor,
 * and the caps count it as written out. Refused with a place: aliases over a
 * cap, tags, merge keys, complex, empty and duplicate keys, a second document,
 * no value at all, control characters, and line breaks that are neither LF nor
 * CR LF.
 *
 * @param name    shown in marks; copied
 * @param limits  NULL for the defaults
 * @param[out] out  sl_doc_free
 * @return 0, SL_EINVAL (syntax), SL_ETOOBIG (a cap)
 */
int sl_doc_parse_yaml(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Parse JSON text (RFC 8259, one value; no comments, no trailing commas).
 *
 * Refused as well: a byte order mark, halves of surrogate pairs, exponents of
 * more than 9 digits. Strings may hold NUL (\u0000); sl_node_read_text
 * refuses it.
 *
 * @return as sl_doc_parse_yaml
 */
int sl_doc_parse_json(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Parse TOML 1.0 text.
 *
 * Numbers become decimal and as JSON writes them; times, inf and nan are text
 * of style SL_STYLE_PLAIN. A table's mark is that of its key.
 *
 * Refused as well: a byte order mark, more than 32 parts in one key, numbers
 * of other bases over 2^64, exponents of more than 9 digits.
 *
 * @return as sl_doc_parse_yaml
 */
int sl_doc_parse_toml(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Parse text of either kind: JSON where the name ends in ".json", else YAML.
 *
 * @return as the parsers
 */
int sl_doc_parse(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Read and parse a file: JSON where the name ends in ".json", else YAML.
 *
 * @return as the parsers, SL_ENOTFOUND, SL_EIO
 */
int sl_doc_read(const char *path, const struct sl_doc_limits *limits,
    struct sl_doc **out, struct sl_error *err) SL_MUST_CHECK;

void sl_doc_free(struct sl_doc *doc);
SL_DEFINE_FREEP(struct sl_doc, sl_doc_free, sl_doc_freep)

/** The top node; borrowed from the document, as every node is. */
const struct sl_node *sl_doc_root(const struct sl_doc *doc);

enum sl_node_kind sl_node_kind(const struct sl_node *node);
struct sl_mark sl_node_mark(const struct sl_node *node);

/** Scalar text ("" for lists and maps); valid as long as the document. */
struct sl_str sl_node_text(const struct sl_node *node);
enum sl_scalar_style sl_node_style(const struct sl_node *node);

/** Whether a scalar is JSON null, or YAML plain `null`, `~` or nothing. */
bool sl_node_is_null(const struct sl_node *node);

/** Elements of a list or pairs of a map; 0 for a scalar. */
size_t sl_node_count(const struct sl_node *node);

/** The index-th element of a list, or value of a map's index-th pair. */
const struct sl_node *sl_node_at(const struct sl_node *node, size_t index);

/** The index-th key of a map (a scalar with its own mark), in file order. */
const struct sl_node *sl_node_key(const struct sl_node *map, size_t index);

/** The value of a key, or NULL (also where node is NULL or not a map). */
const struct sl_node *sl_node_get(const struct sl_node *map, const char *key);

/** Set an error at a node's place. @return code */
int sl_node_error(const struct sl_node *node, struct sl_error *err, int code,
    const char *fmt, ...) SL_PRINTF(4, 5);

/* --- reading by schema: each sets SL_ECONFIG with the place on failure --- */

/**
 * Check that a node is a map and has only known keys.
 *
 * An unknown key is an error that names the nearest known one.
 *
 * @param what  what the map is, for messages ("an environment")
 * @param keys  NULL-terminated list of every key that may stand here
 */
int sl_node_check_keys(const struct sl_node *node, const char *what,
    const char *const *keys, struct sl_error *err) SL_MUST_CHECK;

/** A required child: SL_ECONFIG at the map where the key is missing. */
int sl_node_require(const struct sl_node *map, const char *what,
    const char *key, const struct sl_node **out, struct sl_error *err)
    SL_MUST_CHECK;

/** Check that a node is of a kind ("%s must be a list, not a map"). */
int sl_node_check_kind(const struct sl_node *node, const char *what,
    enum sl_node_kind kind, struct sl_error *err) SL_MUST_CHECK;

/**
 * Text of a scalar: not empty, without NUL, not a JSON number, true, false or
 * null. NUL-terminated; lives as long as the document.
 */
int sl_node_read_text(const struct sl_node *node, const char *what,
    struct sl_str *out, struct sl_error *err) SL_MUST_CHECK;

/** true or false (plain or JSON word; nothing else, not yes or no). */
int sl_node_read_bool(const struct sl_node *node, const char *what, bool *out,
    struct sl_error *err) SL_MUST_CHECK;

/** A whole number in [min, max] (see sl_num_parse; no sign). */
int sl_node_read_number(const struct sl_node *node, const char *what,
    uint64_t min, uint64_t max, uint64_t *out, struct sl_error *err)
    SL_MUST_CHECK;

/** A duration such as 250ms, 10m or 14d, in milliseconds. */
int sl_node_read_duration(const struct sl_node *node, const char *what,
    int64_t *out_ms, struct sl_error *err) SL_MUST_CHECK;

/** A size such as 512, 10 KiB or 5 MiB, in bytes. */
int sl_node_read_bytes(const struct sl_node *node, const char *what,
    uint64_t *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * One word of a list.
 *
 * @param words  NULL-terminated; the message lists them and suggests
 * @param[out] index  into words
 */
int sl_node_read_word(const struct sl_node *node, const char *what,
    const char *const *words, size_t *index, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * A regular expression: single quotes or a literal block, nothing else.
 *
 * Double quotes eat backslashes, plain text loses ` #...`, folded blocks and
 * single quotes over several lines join with blanks: each is an error that
 * says what to write instead. JSON strings are accepted. One final line feed
 * of a literal block is dropped.
 */
int sl_node_read_regex(const struct sl_node *node, const char *what,
    struct sl_str *out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Append all that was written of a node, but places and comments: two nodes
 * with the same image are read in the same way by whatever reads them. Not a
 * text for people.
 *
 * A buffer that is over its limit tells so.
 */
void sl_node_image(const struct sl_node *node, struct sl_buf *out);

/* --- two values --- */

/** Whether two values are the same: styles and places do not count. */
bool sl_node_same(const struct sl_node *a, const struct sl_node *b);

/**
 * Put two values together: two maps into one, whose pairs are those of b and
 * those of a with other keys; else the entries of both into a list, each once.
 * One that is no list is an entry.
 *
 * Takes the product of both counts in time; the caller caps them.
 *
 * @param a  no map, unless b is one
 * @return sl_doc_free; shares the nodes of both, whose documents must outlive
 *         it, with their marks. Its root has the mark of b
 */
struct sl_doc *sl_doc_join(const struct sl_node *a, const struct sl_node *b);

/* --- canonical form --- */

/**
 * Append the canonical JSON form of a node.
 *
 * Maps sorted by key bytes, no blanks, strings with the shortest escapes
 * (UTF-8 kept), numbers as normalised decimal text (1.0, 1e0 and 1 are
 * equal), YAML scalars as strings. Two documents that mean the same JSON
 * value have the same bytes.
 *
 * @return 0, SL_ETOOBIG
 */
int sl_node_canonical(const struct sl_node *node, struct sl_buf *out)
    SL_MUST_CHECK;

#endif
