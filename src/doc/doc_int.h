/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc_int: nodes, and how both parsers make them.
 *
 * A parser reports what it meets in order: open, scalar, alias, close. The
 * builder holds the caps, pairs keys with values, refuses duplicate keys and
 * keeps everything in the document's arena. An alias shares its node, so it
 * costs no memory; the caps count it as if it were written out.
 */
#ifndef SL_DOC_DOC_INT_H
#define SL_DOC_DOC_INT_H

#include "base/arena.h"
#include "base/map.h"
#include "doc/doc.h"

/** Bytes of a document whose caller names no cap. */
#define SL_DOC_DEFAULT_BYTES ((size_t)1024 * 1024)
/** Caps given by a caller are cut to this: canonical forms recurse. */
#define SL_DOC_DEPTH_CEILING 512

struct sl_node {
	const struct sl_doc *doc;
	enum sl_node_kind kind;
	enum sl_scalar_style style;
	bool multiline; /* a scalar over several lines of the source */
	unsigned line;
	unsigned col;
	struct sl_str text;     /* of a scalar; NUL-terminated */
	struct sl_node **items; /* list: elements; map: key, value, key, ... */
	size_t count;           /* elements or pairs */
	size_t weight;          /* nodes from here down, aliases written out */
	size_t text_weight;     /* bytes of text, likewise */
	unsigned height;        /* levels of lists and maps from here down */
};

struct sl_doc {
	char *file;
	struct sl_node *root;
	struct sl_arena arena; /* of nodes and text */
};

struct sl_frame {
	struct sl_node *node;
	size_t base;        /* its first child in pending */
	struct sl_map seen; /* keys, once there are many */
	char *anchor;       /* to define when it is closed; may be NULL */
};

struct sl_builder {
	struct sl_doc *doc;
	struct sl_doc_limits limits;
	struct sl_node **pending; /* children of open lists and maps */
	size_t pending_count;
	size_t pending_room;
	struct sl_frame *frames;
	size_t depth;
	size_t frame_room;
	size_t nodes; /* so far, aliases written out */
	size_t text_bytes;
};

/** Start a document; @return SL_ETOOBIG where text_len is over the cap. */
int sl_builder_init(struct sl_builder *b, const char *name, size_t text_len,
    const struct sl_doc_limits *limits, struct sl_error *err) SL_MUST_CHECK;

/** Free what is left; also the document, unless it was taken. */
void sl_builder_release(struct sl_builder *b);

/** Whether the next child is a key of a map. */
bool sl_builder_wants_key(const struct sl_builder *b);

/** Open a list or map. @param anchor  owned by the builder; may be NULL */
int sl_builder_open(struct sl_builder *b, enum sl_node_kind kind,
    unsigned line, unsigned col, char *anchor, struct sl_error *err)
    SL_MUST_CHECK;

/** Close the innermost list or map; it is complete and immutable now. */
const struct sl_node *sl_builder_close(struct sl_builder *b, char **anchor);

/** Add a scalar or key; text is copied. @param[out] out  may be NULL */
int sl_builder_scalar(struct sl_builder *b, const struct sl_node *like,
    const struct sl_node **out, struct sl_error *err) SL_MUST_CHECK;

/** Add a complete node once more. */
int sl_builder_alias(struct sl_builder *b, const struct sl_node *node,
    unsigned line, unsigned col, struct sl_error *err) SL_MUST_CHECK;

/** Whether a top node is there and closed. */
bool sl_builder_done(const struct sl_builder *b);

/** Hand the document on. */
struct sl_doc *sl_builder_take(struct sl_builder *b) SL_MUST_CHECK;

/** Append a JSON string with its quotes; wrong UTF-8 becomes U+FFFD. */
int sl_json_quote(struct sl_buf *out, struct sl_str s);

#endif
