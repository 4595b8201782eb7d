/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: the rules of other tools as a policy of sluice.
 *
 *     struct sl_import import = SL_IMPORT_INIT;
 *
 *     rc = sl_import_read("gitleaks.toml", text, SL_IMPORT_ANY, &import, err);
 *     ... sl_buf_str(&import.policy), and what import.notes say ...
 *     sl_import_release(&import);
 *
 * What is written is a policy file that loads. Whatever of the source has no
 * counterpart is left out so that the policy finds more, never less, and there
 * is a note of it; a rule that cannot be carried over is left out with a note.
 * The notes stand in the policy too, as comments. Patterns are RE2's there and
 * PCRE2's here: re2.c says what of that is changed, and what is refused.
 *
 * Pure: text in, text out.
 */
#ifndef SL_IMPORT_IMPORT_H
#define SL_IMPORT_IMPORT_H

#include "base/buf.h"

/** Bytes of a policy that is written, at most. */
#define SL_IMPORT_MAX_POLICY ((size_t)4 << 20)
/** Notes that are kept; the rest is counted. */
#define SL_IMPORT_MAX_NOTES 2000

enum sl_import_format {
	SL_IMPORT_ANY,      /* told by what is in the text */
	SL_IMPORT_GITLEAKS, /* gitleaks.toml, also betterleaks's */
	SL_IMPORT_GITLAB,   /* push rules, as GitLab's API has them */
	SL_IMPORT_GITHUB,   /* one ruleset or a list of them, as exported */
};

/** What was not carried over, or not exactly. */
struct sl_import_note {
	unsigned line; /* in the source; 0: all of it */
	unsigned col;
	char *text; /* "rule x: ...", safe to show */
};

struct sl_import {
	struct sl_buf policy; /* YAML */
	struct sl_import_note *notes;
	size_t note_count;
	size_t note_room;
	size_t notes_more; /* beyond SL_IMPORT_MAX_NOTES */
	size_t rule_count; /* in the policy */
};

#define SL_IMPORT_INIT                                                         \
	{ SL_BUF_INIT(SL_IMPORT_MAX_POLICY), NULL, 0, 0, 0, 0 }

/** The formats' names, in order of the enum from SL_IMPORT_GITLEAKS on. */
extern const char *const sl_import_formats[];

/**
 * Read rules and write a policy.
 *
 * @param name  of the source, for messages and the policy's name
 * @param[out] out  initialised; set on success only
 * @return 0, SL_EINVAL (syntax), SL_ETOOBIG, SL_ECONFIG (no such format, or
 *         not one rule can be carried over)
 */
int sl_import_read(const char *name, struct sl_str text,
    enum sl_import_format format, struct sl_import *out, struct sl_error *err)
    SL_MUST_CHECK;

void sl_import_release(struct sl_import *import);

#endif
