/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline: findings that were there before, which block nobody.
 *
 * An entry is a rule, a path and a key: a salted digest of what was found. It
 * holds no line, no commit and no secret, so edits around a finding leave it
 * valid, and a new place or another value is a new finding. Only findings
 * about a path or the root of a tree can be in a baseline, and none of a rule
 * that must not be waived.
 *
 * The file is text in lines, see sluice-baseline(1). Lines may come in any
 * order and twice, and there may be several salts: what a union merge of two
 * baselines makes is a baseline, and covers what either of them did.
 *
 *     rc = sl_baseline_parse(name, text, &baseline, err);
 *     sl_policy_set_baseline(policy, baseline);
 *     ... judge: the engine asks sl_baseline_covers ...
 *     sl_baseline_free(baseline);     after the policy
 *
 * Used by one thread.
 */
#ifndef SL_POLICY_BASELINE_H
#define SL_POLICY_BASELINE_H

#include "policy/rule.h"

/** At the root of a repository. */
#define SL_BASELINE_FILE ".sluice-baseline"

#define SL_BASELINE_MAX_BYTES ((size_t)8 << 20)
#define SL_BASELINE_MAX_ENTRIES 50000
#define SL_BASELINE_MAX_SALTS 16
/** Bytes of a salt, and of a key. */
#define SL_BASELINE_KEY_BYTES 16

struct sl_baseline;

struct sl_baseline_entry {
	const char *rule;
	const char *path; /* as it is in the tree; ".": its root */
	uint8_t key[SL_BASELINE_KEY_BYTES];
	bool used; /* it covered something since sl_baseline_begin */
};

/** An empty one, with a salt that nobody can guess. @return 0, SL_EIO */
int sl_baseline_new(struct sl_baseline **out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * @param name  of the file, for messages; borrowed for the call
 * @return 0, SL_ECONFIG with a place, SL_ETOOBIG
 */
int sl_baseline_parse(const char *name, struct sl_str text,
    struct sl_baseline **out, struct sl_error *err) SL_MUST_CHECK;

void sl_baseline_free(struct sl_baseline *baseline);
SL_DEFINE_FREEP(struct sl_baseline, sl_baseline_free, sl_baseline_freep)

/** Put what was added where it belongs in the order of the entries. */
void sl_baseline_sort(struct sl_baseline *baseline);

/** Append the file: salts in order, and the entries as they are. */
int sl_baseline_write(const struct sl_baseline *baseline, struct sl_buf *out)
    SL_MUST_CHECK;

/** Append the lines that make its meaning, for a digest. */
void sl_baseline_digest(const struct sl_baseline *baseline,
    char out[SL_SHA256_HEX + 1]);

/** Entries, each once; in order of rule, path and key when parsed. */
size_t sl_baseline_count(const struct sl_baseline *baseline);
const struct sl_baseline_entry *sl_baseline_at(
    const struct sl_baseline *baseline, size_t index);

/** Forget which entries covered something. */
void sl_baseline_begin(struct sl_baseline *baseline);

/** Whether any entry is about a rule at a path. */
bool sl_baseline_has(const struct sl_baseline *baseline,
    const struct sl_rule *rule, struct sl_str path);

/** Whether a finding of a rule was there before; marks its entry as used. */
bool sl_baseline_covers(struct sl_baseline *baseline,
    const struct sl_rule *rule, const struct sl_hit *hit);

/** Whether a finding can be in a baseline. */
bool sl_baseline_may_hold(const struct sl_rule *rule,
    const struct sl_hit *hit);

/**
 * Add a finding, used; one that cannot be in a baseline is left out.
 *
 * @param[out] added  whether there is a new entry for it
 * @return 0, SL_ETOOBIG (SL_BASELINE_MAX_ENTRIES)
 */
int sl_baseline_add(struct sl_baseline *baseline, const struct sl_rule *rule,
    const struct sl_hit *hit, bool *added, struct sl_error *err)
    SL_MUST_CHECK;

/** Take out what was not used. @return how many */
size_t sl_baseline_prune(struct sl_baseline *baseline);

/**
 * Whether a baseline covers more than before: the first entry or salt that it
 * did not have.
 *
 * @param before  NULL: there was none
 * @param[out] what  describes it, safe to show; nothing where there is none
 */
void sl_baseline_compare(const struct sl_baseline *before,
    const struct sl_baseline *after, struct sl_buf *what);

#endif
