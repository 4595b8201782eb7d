/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: rules from packs, site and project, merged into what is in force.
 *
 * Layers, weakest first: the rules built into sluice, packs, the site policy,
 * the project's file. The site may change anything but the fixed built-in
 * rules. The project may only tighten: add rules under names of its own, take
 * in packs, raise levels. Everything else is an error with a place.
 *
 * A policy that loads is known to work as far as that can be known: every
 * regular expression compiles, every placeholder exists, every example in a
 * rule came out as it says, and at least one rule is in force.
 *
 *     struct sl_policy_inputs in = {
 *             .packs_dir = SL_PKGDATADIR "/policies",
 *             .site_path = "/etc/sluice/site-policy.yaml",
 *             .project = project_doc,
 *     };
 *     rc = sl_policy_load(&in, &policy, err);
 *
 * Used by one thread at a time (its patterns are).
 */
#ifndef SL_POLICY_POLICY_H
#define SL_POLICY_POLICY_H

#include "doc/doc.h"
#include "policy/finding.h"

struct sl_baseline;
struct sl_policy;
struct sl_rule;
struct sl_scanner;

/** A project's file, at the root of its repository. */
#define SL_PROJECT_FILE ".sluice.yaml"

/** Bytes of one policy file or pack. */
#define SL_POLICY_MAX_BYTES ((size_t)1 << 20)
/** Rules in force at once. */
#define SL_POLICY_MAX_RULES 1000

/** A name that messages may use as a placeholder, with its value. */
struct sl_policy_define {
	const char *name; /* [a-z][a-z0-9_-]*, none of the reserved ones */
	const char *value;
};

/** What a policy is made of. Zero-initialise; all borrowed for the call. */
struct sl_policy_inputs {
	const char *packs_dir; /* holds NAME.yaml of `sluice:NAME`; needed
				  where anything extends a pack */
	const char *site_path; /* the site policy's file; NULL: see below */
	const struct sl_doc *site; /* the site policy, parsed; wins over
				      site_path; outlives the policy. Both
				      NULL: no site policy */
	const struct sl_doc *project; /* the project's file, of which `extends`
					 and `rules` are read; NULL: none;
					 outlives the policy */
	bool project_alone; /* no site policy anywhere: the project's rules
			       and packs are judged by themselves (a laptop,
			       CI); without it a missing site policy
			       with a project's file is an error */
	const struct sl_policy_define *defines;
	size_t define_count;
	const char *scan_folder; /* where a database of the patterns that
				    blobs are searched for may be, see
				    scan.h; NULL: nowhere */
	const char *program; /* what tells this very program from any other,
				for proofs; NULL: all examples are run */
	const char *const *proofs; /* of policies that loaded before, see
				      sl_policy_proof */
	size_t proof_count;
};

/**
 * Load, merge, check and compile a policy.
 *
 * @param[out] out  sl_policy_free
 * @return 0, SL_ECONFIG (with file:line:col), SL_ENOTFOUND, SL_EIO,
 *         SL_ETOOBIG
 */
int sl_policy_load(const struct sl_policy_inputs *inputs,
    struct sl_policy **out, struct sl_error *err) SL_MUST_CHECK;

void sl_policy_free(struct sl_policy *policy);
SL_DEFINE_FREEP(struct sl_policy, sl_policy_free, sl_policy_freep)

/** The name of the site policy, else of the project's; never NULL. */
const char *sl_policy_name(const struct sl_policy *policy);

/**
 * 64 hexadecimal digits: SHA-256 over the rules in force, key by key in
 * canonical form, and the defines. Comments, order, file names, descriptions
 * and examples do not count; a changed pack does.
 */
const char *sl_policy_digest(const struct sl_policy *policy);

/**
 * What the examples of packs and site policy were run for, as 64 hexadecimal
 * digits: their rules as they are written, and the program. Where it is among
 * the `proofs` of a load, they are not run again; a project's rules, and those
 * that it made stricter, always are. "" where `program` was not given.
 *
 * Whoever keeps proofs keeps them where nobody else can write.
 */
const char *sl_policy_proof(const struct sl_policy *policy);

/** Rules in force, the built-in ones included, in order of name. */
size_t sl_policy_rule_count(const struct sl_policy *policy);
struct sl_rule *sl_policy_rule_at(const struct sl_policy *policy,
    size_t index);

/** A rule by name, or NULL. */
struct sl_rule *sl_policy_rule(const struct sl_policy *policy,
    struct sl_str name);

/**
 * The patterns that rules search whole blobs for, for a judge's scan; complete
 * when the policy is loaded, valid as long as it is.
 */
struct sl_scanner *sl_policy_scanner(const struct sl_policy *policy);

/**
 * Let findings that were there before not block (policy/baseline.h). Before
 * the first judgement; what the baseline says counts in the policy's digest.
 *
 * @param baseline  borrowed, outlives the policy; NULL: nothing is done
 */
void sl_policy_set_baseline(struct sl_policy *policy,
    struct sl_baseline *baseline);

/** The baseline in force, or NULL. */
struct sl_baseline *sl_policy_baseline(const struct sl_policy *policy);

/**
 * A digest of all that the matches of these patterns depend on beside the
 * text: patterns, engine, limits, and the form in which they are stored.
 */
void sl_policy_scan_digest(const struct sl_policy *policy,
    char out[SL_SHA256_HEX + 1]);

/* --- waivers --- */

struct sl_waiver;

/** What a finding is about, for the waivers that may cover it. */
struct sl_waiver_subject {
	struct sl_str path;        /* "" where it is about no path */
	const struct sl_oid *blob; /* the file's; NULL: none, or not known */
	int64_t at_s;
};

/**
 * The first waiver that covers a finding of a rule, or NULL.
 *
 * A pattern that meets a limit covers nothing.
 */
const struct sl_waiver *sl_policy_waiver(const struct sl_policy *policy,
    const struct sl_rule *rule, const struct sl_waiver_subject *subject);

/** Forget which waivers covered something; note that one did. */
void sl_waivers_begin(struct sl_policy *policy);
void sl_waiver_use(struct sl_policy *policy, const struct sl_waiver *waiver);

/** "OWNER until DAY: REASON", safe to show. */
const char *sl_waiver_shown(const struct sl_waiver *waiver);

/**
 * Find a waiver that may cover more than before, or ends later. One may go on
 * where a single waiver of before names each of its rules, paths and blobs,
 * as text, and ends no earlier; where that one names no paths or blobs, it
 * covers all.
 *
 * @param before, after  values of `waivers`, or NULL
 * @return the first in after; NULL: there is none
 */
const struct sl_node *sl_waivers_compare(const struct sl_node *before,
    const struct sl_node *after) SL_MUST_CHECK;

const char *sl_rule_name(const struct sl_rule *rule);
/** One line for people; "" where the rule has none. */
const char *sl_rule_description(const struct sl_rule *rule);
/**
 * How many examples of a rule were run when its policy was loaded.
 *
 * @param[out] stale  it has examples, but a later layer changed what they
 *                    were written for; NULL: not wanted
 */
size_t sl_rule_examples(const struct sl_rule *rule, bool *stale);

/**
 * Hears of an expression that can cost much time.
 *
 * @param mark  where it stands, or what of it does it
 * @param text  what follows "its expression": "repeats ..."; static
 */
typedef void sl_rule_advice_fn(void *ctx, const struct sl_mark *mark,
    const char *text);

/**
 * Look at the expressions of a rule that are searched for in files: at their
 * shape (rx/shape.h), and for those that every file must be searched for.
 */
void sl_rule_advise(const struct sl_rule *rule, sl_rule_advice_fn *fn,
    void *ctx);
/** Whether it is one of sluice's own. */
bool sl_rule_is_builtin(const struct sl_rule *rule);
/** Where the rule was first defined. */
struct sl_rule_place sl_rule_place(const struct sl_rule *rule);

/**
 * The level of a rule on a ref at a time: off where its `refs` do not match.
 *
 * A limit that is met while a ref pattern is matched gives the strictest
 * level that the rule can have.
 */
enum sl_level sl_rule_level(const struct sl_policy *policy,
    const struct sl_rule *rule, struct sl_str ref, int64_t at_s);

/**
 * When a rule will block on a ref, if it does not yet.
 *
 * @return the time, after at_s; 0: never, as far as the policy says
 */
int64_t sl_rule_blocks_from(const struct sl_rule *rule, struct sl_str ref,
    int64_t at_s);

/**
 * Whether a rule looks at new commits or at what they change.
 *
 * Only these decide whether commits that another ref has already must be
 * judged again: refs, and the trees of new tips, are judged on every push.
 */
bool sl_rule_judges_commits(const struct sl_rule *rule);

/**
 * A level that a rule has at least, on every ref, at a time; found without
 * matching a pattern.
 */
enum sl_level sl_rule_least_level(const struct sl_rule *rule, int64_t at_s);

/**
 * Append a description of rules for people: each key with its value and the
 * file and line that it came from, what was overridden, the levels.
 *
 * @param rule  name of one rule, or empty for all
 * @return 0, SL_ENOTFOUND (no such rule; suggests the nearest), SL_ETOOBIG
 */
int sl_policy_explain(const struct sl_policy *policy, struct sl_str rule,
    struct sl_buf *out, struct sl_error *err) SL_MUST_CHECK;

#endif
