/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import_int: what the readers of all formats share; private to src/import.
 */
#ifndef SL_IMPORT_IMPORT_INT_H
#define SL_IMPORT_IMPORT_INT_H

#include "base/map.h"
#include "doc/doc.h"
#include "import/import.h"
#include "rx/rx.h"

/** A policy in the making. */
struct sl_importer {
	struct sl_import *out;
	struct sl_buf head; /* of the file: what `rules` come after */
	struct sl_buf body; /* rules */
	struct sl_map names; /* of rules, so far */
};

/** The most patterns of one list, as a policy takes them. */
#define SL_IMPORT_MAX_PATTERNS 500

/** Texts in order. Zero-initialise. */
struct sl_items {
	char **texts; /* owned */
	size_t count;
	size_t room;
};

void sl_items_release(struct sl_items *items);

/** Texts that many rules have: written once, under an anchor. */
struct sl_shared {
	struct sl_items items;
	const char *anchor;
	bool written;
};

/* --- write.c --- */

/** Note what was not carried over, at a node; rule is "" for the whole. */
void sl_import_note(struct sl_importer *im, const struct sl_node *node,
    struct sl_str rule, const char *fmt, ...) SL_PRINTF(4, 5);

/** Append a text in single quotes; what YAML cannot hold there is escaped. */
void sl_import_quote(struct sl_buf *out, struct sl_str text);

void sl_items_add(struct sl_items *items, struct sl_str text);

/** `    KEY: 'VALUE'` */
void sl_import_put(struct sl_importer *im, const char *key,
    struct sl_str value);

/** The same of several values: nothing, one, or a list.
 * @param shared  what stands before them; or NULL */
void sl_import_put_items(struct sl_importer *im, const char *key,
    const struct sl_items *items, struct sl_shared *shared);

/**
 * Begin a rule: its name, made of a prefix and what the source calls it, in
 * the characters that a name may have, and unlike all others.
 */
void sl_import_begin(struct sl_importer *im, const char *prefix,
    struct sl_str id, const char *kind);

/* --- re2.c --- */

/** What becomes of the groups of a pattern. */
enum sl_re2_groups {
	SL_RE2_DROP,   /* they capture nothing */
	SL_RE2_FIRST,  /* the first that is not empty is what was found */
	SL_RE2_NUMBER, /* the one of a number is */
};

struct sl_re2 {
	enum sl_re2_groups groups;
	uint64_t number;   /* for SL_RE2_NUMBER; from 1 */
	const char *start; /* what ^ and \A become; NULL: themselves */
};

/**
 * A pattern of RE2 as one of PCRE2 in byte mode that finds the same.
 *
 * @param[out] out  printable ASCII, appended on success only
 * @return 0, SL_EUNSUPPORTED (the text says why, without a place)
 */
int sl_re2_convert(struct sl_str pattern, const struct sl_re2 *how,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

/** Append a text as a pattern that finds just that. */
void sl_re2_literal(struct sl_str text, struct sl_buf *out);

/* --- forge.c: what GitLab and GitHub have in common --- */

/**
 * Convert the pattern that a node holds, put text around it, and see that it
 * compiles. What cannot be is noted.
 *
 * @return whether it is in out
 */
bool sl_import_pattern(struct sl_importer *im, struct sl_str rule,
    const struct sl_node *node, const struct sl_re2 *how, const char *before,
    const char *after, struct sl_buf *out);

/** A pattern of fnmatch(3) with folders, as one for the whole of a name. */
void sl_import_glob(struct sl_str glob, struct sl_buf *out);

/* --- the formats --- */

int sl_import_gitleaks(struct sl_importer *im, const struct sl_node *root,
    struct sl_error *err) SL_MUST_CHECK;
int sl_import_gitlab(struct sl_importer *im, const struct sl_node *root,
    struct sl_error *err) SL_MUST_CHECK;
int sl_import_github(struct sl_importer *im, const struct sl_node *root,
    struct sl_error *err) SL_MUST_CHECK;

#endif
