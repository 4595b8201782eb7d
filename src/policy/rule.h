/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule: a rule in force, and what a kind of rule is made of.
 *
 * A kind is one file in kinds/ and one row in kinds/kinds.c: the keys that it
 * reads, what it hears of (refs, commits, changed paths, trees, blobs), and a
 * function for each. It answers by sl_judge_found, and never knows what level
 * its rule has, which ref is at stake, or who reads the answer.
 *
 * A function of a kind returns 0, or a negative enum sl_err with err set when
 * it could not decide; the caller makes that an undecided entry.
 */
#ifndef SL_POLICY_RULE_H
#define SL_POLICY_RULE_H

#include "change/change.h"
#include "doc/doc.h"
#include "policy/finding.h"
#include "policy/pattern.h"
#include "policy/pusher.h"
#include "policy/verdict.h"
#include "scan/matches.h"

struct sl_judge;
struct sl_rule;

/** What a rule can ask of the ref at stake. */
enum sl_variable {
	SL_VARIABLE_PROJECT,
	SL_VARIABLE_USE_CASE,
	SL_VARIABLE_BRANCH,
	SL_VARIABLE_ENVIRONMENT,
	SL_VARIABLE_BUCKET,
	SL_VARIABLE_COUNT,
};

/**
 * What a ref stands for. A value without pointer is not known here; views
 * live as long as the judgement.
 */
struct sl_ref_values {
	struct sl_str value[SL_VARIABLE_COUNT];
	char branch_id[32]; /* storage for the branch */
};
struct sl_waiver;

/** One breach, as a kind sees it. Views are borrowed for the call. */
struct sl_hit {
	struct sl_str path;
	unsigned line; /* from 1; 0: the whole file */
	unsigned col;
	struct sl_str found;    /* never a secret: redact first */
	struct sl_str value;    /* what was found itself, to know it again;
				   never shown. No pointer: found is all */
	struct sl_str expected;
	struct sl_str missing;
	struct sl_str where;    /* a place that has a name: "cell 3, line 2" */
	struct sl_str ignored;  /* why it does not count, as its line says;
				   empty: it does */
	bool where_moves;       /* it is a number, which edits change */
	const char *message;    /* template, for a rule without `message` */
	const char *fix;        /* template, for a rule without `fix` */
	const struct sl_rx *rx; /* whose groups are placeholders; or NULL */
	const struct sl_rx_match *match;
};

/** What a rule reads of the entries of trees. */
enum sl_reads {
	SL_READS_FILES = 1 << 0,
	SL_READS_LINKS = 1 << 1, /* the targets of symbolic links */
};

/**
 * How a project may change a key of a rule that is not its own: never so that
 * the rule refuses less than before.
 */
enum sl_tighten {
	SL_TIGHTEN_NO = 0, /* not at all: no two values can be compared */
	SL_TIGHTEN_ADD,    /* what it writes is added to a list or a map */
	SL_TIGHTEN_DROP,   /* it leaves out entries of a list */
	SL_TIGHTEN_LOWER,  /* a number, a size or a duration */
	SL_TIGHTEN_RAISE,
	SL_TIGHTEN_ORDER,  /* a word gives way to a stricter one */
	SL_TIGHTEN_LEVEL,  /* see level.c */
	SL_TIGHTEN_FREE,   /* nothing that is refused depends on it */
};

/**
 * A key that rules of a kind have. Think of what is refused with a value and
 * without: a key that lets something through, or says what a rule is about, is
 * `if_given`.
 */
struct sl_key {
	const char *name; /* NULL: the end of a table */
	enum sl_tighten tighten;
	bool if_given; /* a rule without it is stricter than any with it */
	const char *order; /* for SL_TIGHTEN_ORDER: "allow < inside < deny";
			      between words that cannot be compared: | */
	const char *unset; /* what a rule without it has; NULL: the first word
			      of order, else what is less strict than any */
};

/** What a kind of rule does. Functions that it does not need are NULL. */
struct sl_rule_kind {
	const char *name;
	const char *brief;       /* one line, for `explain` */
	const struct sl_key *keys; /* beside the common ones */
	bool internal;           /* only the built-in layer may use it */

	/**
	 * Read the rule's keys into a state of the kind's own.
	 *
	 * @return 0, SL_ECONFIG with a place
	 */
	int (*parse)(struct sl_rule *rule, void **state, struct sl_error *err);
	void (*free)(void *state);

	/** One line of the push. */
	int (*ref)(struct sl_judge *j, void *state,
	    const struct sl_ref_change *ref, struct sl_error *err);

	/** Whether this rule has work on commits; NULL: see commit. */
	bool (*wants_commits)(const void *state);
	/** One new commit. */
	int (*commit)(struct sl_judge *j, void *state,
	    const struct sl_commit *commit, struct sl_error *err);

	/** A path that a new commit adds or changes (not one it deletes). */
	int (*change)(struct sl_judge *j, void *state,
	    const struct sl_path_change *change, struct sl_error *err);

	/** Whether this rule has work on whole trees; NULL: see tree_entry. */
	bool (*wants_trees)(const void *state);
	/** Begin a walk of a new tip's tree; returns its state, not NULL. */
	void *(*tree_begin)(struct sl_judge *j, void *state);
	/** Every entry, a directory before what it holds. */
	int (*tree_entry)(struct sl_judge *j, void *state, void *walk,
	    const struct sl_tree_entry *entry, struct sl_error *err);
	/**
	 * Whether anything below a folder matters: tree_entry was just called
	 * for it, or the rule's blobs are those of whole trees (then walk may
	 * be NULL). NULL: always. What does not matter may come all the same,
	 * for another rule.
	 *
	 * @param folder  with a final '/'
	 */
	bool (*wants_below)(struct sl_judge *j, void *state, void *walk,
	    struct sl_str folder);
	/** The walk is complete. */
	int (*tree_end)(struct sl_judge *j, void *state, void *walk,
	    struct sl_error *err);
	/** Free the walk's state; always called, complete or not. */
	void (*tree_free)(void *walk);

	/** All of a tip's tree was judged as if it were new, and decided. */
	void (*whole_end)(struct sl_judge *j, void *state,
	    const struct sl_ref_change *ref);

	/**
	 * The variables that the rule asks of a ref, bit i for variable i;
	 * NULL: none. Such a rule must read whole trees: a blob that came in
	 * through one ref is another question on the next.
	 */
	unsigned (*variables)(const void *state);
	/**
	 * Whether the rule's blobs are all those of the trees of new tips;
	 * NULL or false: those that new commits add or change.
	 */
	bool (*whole_tree)(const void *state);
	/** What it reads, enum sl_reads or-ed; NULL: files. */
	unsigned (*reads)(const void *state);
	/**
	 * Whether the rule reads the blob at a path.
	 *
	 * @return SL_RX_YES, SL_RX_NO or an error
	 */
	int (*wants_blob)(struct sl_judge *j, void *state, struct sl_str path,
	    struct sl_error *err);
	/** The largest blob that `blob` takes, in bytes. */
	uint64_t (*blob_cap)(const void *state);
	/** A blob over the cap: say that it is skipped, or fail. */
	int (*blob_too_large)(struct sl_judge *j, void *state,
	    struct sl_str path, uint64_t size, struct sl_error *err);
	/**
	 * `blob` asks nothing of the bytes but what j->scan answers: where
	 * none of the rule's patterns is found, it gets no bytes.
	 */
	bool only_searches;
	/** One blob, whole; j->scan is at it. */
	int (*blob)(struct sl_judge *j, void *state, struct sl_str path,
	    struct sl_str bytes, struct sl_error *err);
};

/** Every kind; ends with NULL. */
extern const struct sl_rule_kind *const sl_rule_kinds[];

/**
 * Check the bytes of a pushed project file.
 *
 * @param bytes  at most SL_POLICY_MAX_BYTES; hostile
 * @return 0, or an error whose place is in the file; SL_ECONFIG, SL_EINVAL
 *         and SL_ETOOBIG become a finding, any other code is undecided
 */
typedef int sl_project_lint_fn(void *ctx, struct sl_str bytes,
    struct sl_error *err);

/** What became of a signature; views live as long as the judgement. */
struct sl_signature {
	bool good;
	struct sl_str signer; /* good: the address, or the name, that the
				 key is listed for */
	struct sl_str reason; /* not good: "is ...", after "the signature" */
};

/**
 * Verify the signature of a commit or tag object that has one. Each object is
 * verified once, however often it is asked for.
 *
 * @param email  of the committer or tagger; may be empty
 * @return 0, or an error: it is not known whether the signature is good
 */
typedef int sl_verify_fn(void *ctx, const struct sl_oid *object,
    struct sl_str email, const struct sl_signature **out,
    struct sl_error *err);

/** Where a kind's answers go. `sink` is whoever made the judge. */
struct sl_judge_sink {
	bool (*found)(void *sink, const struct sl_hit *hit);
	void (*deferred)(void *sink, const char *reason);
	void (*skipped)(void *sink, const char *what, const char *reason);
};

/** What a kind may look at while it judges. */
struct sl_judge {
	struct sl_rx_scratch *scratch;
	struct sl_scan *scan; /* at the blob that is judged; else NULL */
	const struct sl_object_source *source;
	const struct sl_change_set *set; /* NULL in an example */
	struct sl_pusher pusher;
	const struct sl_ref_values *values; /* of the ref at stake; NULL:
					       nothing is known */
	int64_t now_s;
	sl_project_lint_fn *lint_project; /* NULL: cannot be checked here */
	void *lint_ctx;
	sl_verify_fn *verify; /* NULL: whose keys count is not known here */
	void *verify_ctx;
	const struct sl_judge_sink *ops;
	void *sink;
};

/** @return false where it was there before: it then counts towards no cap on
	findings, or it would hide those behind it */
static inline bool
sl_judge_found(struct sl_judge *j, const struct sl_hit *hit)
{
	return j->ops->found(j->sink, hit);
}

static inline void
sl_judge_deferred(struct sl_judge *j, const char *reason)
{
	j->ops->deferred(j->sink, reason);
}

static inline void
sl_judge_skipped(struct sl_judge *j, const char *what, const char *reason)
{
	j->ops->skipped(j->sink, what, reason);
}

/* --- a rule in force, for the engine --- */

const struct sl_rule_kind *sl_rule_kind(const struct sl_rule *rule);
void *sl_rule_state(const struct sl_rule *rule);
/** Whether its blobs are those of whole trees. */
bool sl_rule_reads_trees(const struct sl_rule *rule);
/** The variables that it asks of a ref, as bits. */
unsigned sl_rule_variables(const struct sl_rule *rule);
/** Whether it reads the blobs of entries of a mode. */
bool sl_rule_reads_mode(const struct sl_rule *rule, uint32_t mode);
/** Whether it judges new commits themselves. */
bool sl_rule_hears_commits(const struct sl_rule *rule);

/**
 * The numbers of the patterns that it has searched for, gates included.
 *
 * @param[out] count  0: none
 */
void sl_rule_scans(const struct sl_rule *rule, size_t *first, size_t *count);

/** What surrounds a hit when its message is made. */
struct sl_hit_place {
	struct sl_str ref;
	const struct sl_commit *commit; /* NULL: none */
};

/** Append a hit's message, the rule's own or the kind's; safe to show. */
void sl_rule_message(const struct sl_rule *rule, const struct sl_hit *hit,
    const struct sl_hit_place *place, struct sl_buf *out);

/** Append how to fix it; nothing where neither says. */
void sl_rule_fix(const struct sl_rule *rule, const struct sl_hit *hit,
    const struct sl_hit_place *place, struct sl_buf *out);

/**
 * Make a finding of a hit: fill its messages, escape everything that came
 * from the push, and add it to a verdict.
 *
 * @param commit  the commit to name; NULL: none
 * @param waiver  that covers it; NULL: none does
 */
void sl_rule_tell(const struct sl_rule *rule, enum sl_level level,
    const struct sl_hit *hit, const struct sl_hit_place *place,
    const struct sl_oid *commit, const struct sl_waiver *waiver,
    struct sl_verdict *verdict);

/* --- reading a rule's keys, for kinds --- */

/** The value of a key as merged from all layers, or NULL. */
const struct sl_node *sl_rule_get(const struct sl_rule *rule,
    const char *key);

/**
 * The value that a key had before a project tightened it, or NULL; in a
 * project's own rule as sl_rule_get.
 *
 * For a kind where one key changes what another means.
 */
const struct sl_node *sl_rule_get_loose(const struct sl_rule *rule,
    const char *key);

/** Set an error at the place where the rule was defined. @return code */
int sl_rule_error(const struct sl_rule *rule, struct sl_error *err, int code,
    const char *fmt, ...) SL_PRINTF(4, 5);

/**
 * Compile the patterns of a key, and let messages use their named groups.
 *
 * @param[out] out  no patterns where the key is missing; release it
 */
int sl_rule_read_patterns(struct sl_rule *rule, const char *key,
    unsigned flags, struct sl_patterns *out, struct sl_error *err)
    SL_MUST_CHECK;

/** As above for a node that a kind found itself. */
int sl_rule_compile_patterns(struct sl_rule *rule, const struct sl_node *node,
    const char *what, unsigned flags, struct sl_patterns *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Compile a pattern that a kind has put together from a node.
 *
 * @param text  borrowed for the call
 * @param[out] out  that one; release it
 */
int sl_rule_compile_text(struct sl_rule *rule, const struct sl_node *node,
    struct sl_str text, unsigned flags, struct sl_patterns *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Have patterns searched for in each blob's one pass, with those of all other
 * rules.
 *
 * @return the first one's number for sl_scan_match; the others follow it
 */
size_t sl_rule_scan_patterns(struct sl_rule *rule,
    const struct sl_patterns *patterns);

/** Say that patterns are asked for only where a gate is found. */
void sl_rule_scan_gate(struct sl_rule *rule, size_t first, size_t count,
    size_t gate);

/* Each leaves *out as it is where the key is missing. */
int sl_rule_read_bool(const struct sl_rule *rule, const char *key, bool *out,
    struct sl_error *err) SL_MUST_CHECK;
int sl_rule_read_number(const struct sl_rule *rule, const char *key,
    uint64_t min, uint64_t max, uint64_t *out, struct sl_error *err)
    SL_MUST_CHECK;
int sl_rule_read_bytes(const struct sl_rule *rule, const char *key,
    uint64_t *out, struct sl_error *err) SL_MUST_CHECK;
int sl_rule_read_word(const struct sl_rule *rule, const char *key,
    const char *const *words, size_t *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * A list of words (or one word) as a set of bits, bit i for words[i].
 */
int sl_rule_read_words(const struct sl_rule *rule, const char *key,
    const char *const *words, unsigned *out, struct sl_error *err)
    SL_MUST_CHECK;

/** Where a key was written, for what it names by a path. */
enum sl_rule_home {
	SL_HOME_FOLDER,  /* in a file: the path counts from its folder */
	SL_HOME_PROJECT, /* in the project's file: from the root of the tree
			    that is judged */
	SL_HOME_NONE,    /* in a text that is in no folder */
};

/**
 * Where a key's value in force was written.
 *
 * @param[out] folder  for SL_HOME_FOLDER; lives as long as the policy
 */
enum sl_rule_home sl_rule_home(const struct sl_rule *rule, const char *key,
    const char **folder);

/** Let a text that a key leads to count in the policy's digest. */
void sl_rule_add_meaning(struct sl_rule *rule, struct sl_str text);

/** Count compiled patterns against the policy's cap. @return 0, SL_ECONFIG */
int sl_rule_charge_bytes(struct sl_rule *rule, size_t bytes,
    struct sl_error *err) SL_MUST_CHECK;

/** Say that messages of this rule must not show what its groups matched. */
void sl_rule_hide_groups(struct sl_rule *rule);

#endif
