/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_int: how a policy is stored; private to src/policy.
 */
#ifndef SL_POLICY_POLICY_INT_H
#define SL_POLICY_POLICY_INT_H

#include "base/map.h"
#include "policy/policy.h"
#include "policy/rule.h"

/** Layers, weakest first. */
enum sl_layer_kind {
	SL_LAYER_BUILTIN,
	SL_LAYER_PACK, /* taken in by the site */
	SL_LAYER_SITE,
	SL_LAYER_PROJECT_PACK,
	SL_LAYER_PROJECT,
};

/** One document with rules. */
struct sl_layer {
	enum sl_layer_kind kind;
	char *name;              /* a pack's file, or what it is */
	const struct sl_doc *doc;
	struct sl_doc *owned;    /* doc, where the policy frees it */
	char *folder;            /* that its file is in; NULL: in none */
	bool of_project;         /* written by the project, whatever its kind */
};

/** A value of a key, as one layer wrote it. */
struct sl_key_source {
	const struct sl_node *node;
	const struct sl_layer *layer;
	bool adds; /* to the value before, instead of replacing it */
};

/** A key of a rule and where its value in force comes from. */
struct sl_rule_key {
	const char *name;             /* owned */
	const struct sl_node *value;
	const struct sl_layer *layer; /* of the last source */
	struct sl_key_source *sources; /* in order; at least one */
	size_t source_count;
	size_t source_room;
};

/** Steps of one level: more are no plan, but a mistake. */
#define SL_LEVEL_STEPS_MAX 8

/** A level in the course of time. */
struct sl_level_steps {
	struct {
		int64_t from_s; /* ascending; the first holds from ever */
		enum sl_level level;
	} items[SL_LEVEL_STEPS_MAX];
	size_t count; /* at least 1 */
};

/** A level for each ref: the first pattern that matches, else the rest. */
struct sl_levels {
	struct {
		struct sl_rx *rx;
		struct sl_level_steps steps;
	} *refs;
	size_t count;
	struct sl_level_steps rest;
	bool has_rest;
};

/** A finding that somebody answers for, for a time. */
struct sl_waiver {
	const struct sl_node *node;
	const struct sl_layer *layer;
	const struct sl_rule **rules;
	size_t rule_count;
	struct sl_patterns path; /* none: any */
	struct sl_oid *blobs;
	size_t blob_count;
	int64_t expires_s; /* from then on it covers nothing */
	char *shown;       /* "OWNER until DAY: REASON", safe to show */
	bool used;         /* it covered something since sl_waivers_begin */
	char *fault;       /* why it does not cover all that it names; NULL:
			      it does */
};

struct sl_rule {
	char *name;
	const struct sl_rule_kind *kind;
	void *state;
	const struct sl_layer *origin;   /* the layer that defined it */
	const struct sl_node *node;      /* its map there */
	const struct sl_node *name_node; /* its name there */
	struct sl_rule_key *keys;        /* in order of first appearance */
	size_t key_count;
	size_t key_room;
	struct sl_levels levels;
	struct sl_levels raised;  /* by the project; no rest where it says
				     nothing */
	const struct sl_node *raised_node;
	const struct sl_layer *raised_layer;
	struct sl_patterns refs;
	struct sl_str message;    /* empty: the kind's */
	struct sl_str fix;
	char *description;
	char **groups;            /* names that its patterns capture */
	size_t group_count;
	size_t group_room;
	bool hide_groups;
	bool waivable;
	size_t stale_examples;    /* so many, the first: not run, as they were
				     written for other values */
	size_t fails_only;        /* of so many, the first, only those are run
				     that should fail */
	size_t scan_first;        /* of its patterns in the policy's scanner */
	size_t scan_count;
	char meaning[65];         /* digest of what its keys lead to; or "" */
	struct sl_policy *policy;
};

struct sl_policy {
	char *name;
	char digest[SL_SHA256_HEX + 1];
	char proof[SL_SHA256_HEX + 1]; /* or "" */
	bool proven; /* the proof is one of those that were given */
	struct sl_layer **layers;
	size_t layer_count;
	size_t layer_room;
	struct sl_rule **rules; /* in order of name */
	size_t rule_count;
	size_t rule_room;
	struct sl_map by_name;  /* of struct sl_rule */
	struct sl_doc **joins;  /* values that several layers make up */
	size_t join_count;
	size_t join_room;
	struct sl_policy_define *defines; /* owned copies */
	size_t define_count;
	struct sl_waiver **waivers;
	size_t waiver_count;
	size_t waiver_room;
	struct sl_baseline *baseline; /* borrowed; NULL: none */
	struct sl_rx_scratch *scratch; /* for ref patterns and examples */
	struct sl_scanner *scanner;    /* of what rules search blobs for */
	struct sl_scan *scan;          /* for examples; NULL before them */
	struct sl_map known;    /* of patterns; see sl_patterns_read */
	size_t pattern_bytes;   /* of all compiled patterns */
	size_t examples;        /* run so far */
};

/* layer.c: documents into layers, layers into rules with keys. */
int sl_layers_read(struct sl_policy *policy,
    const struct sl_policy_inputs *inputs, struct sl_error *err)
    SL_MUST_CHECK;
int sl_layers_merge(struct sl_policy *policy, struct sl_error *err)
    SL_MUST_CHECK;
bool sl_layer_is_project(const struct sl_layer *layer);
/** "the site policy", "the pack sluice:x", "the project's file". */
void sl_layer_describe(const struct sl_layer *layer, struct sl_buf *out);

/* key.c */
/** The keys of every kind. */
extern const struct sl_key sl_common_keys[];
/** A key of a rule's kind, or of every kind; NULL: there is none. */
const struct sl_key *sl_rule_key_row(const struct sl_rule *rule,
    struct sl_str name);
/** Whether a key says how a rule is treated, not what it means. */
bool sl_key_is_manner(struct sl_str key);
/** The entries of a list; any other value is one. */
size_t sl_entry_count(const struct sl_node *node);
const struct sl_node *sl_entry_at(const struct sl_node *node, size_t index);
/** Whether a site lets projects set a key as they like. */
bool sl_rule_is_open(const struct sl_rule *rule, struct sl_str key);
int sl_rule_check_open(const struct sl_rule *rule, struct sl_error *err)
    SL_MUST_CHECK;
/** Give a key a value, or add one to what it has. */
void sl_rule_put_key(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *key, const struct sl_node *value);
void sl_rule_add_to_key(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *key, const struct sl_node *value);
void sl_rule_keys_free(struct sl_rule *rule);

/* tighten.c: a project's word on a rule that is not its own. */
int sl_rule_tighten(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *node, struct sl_error *err) SL_MUST_CHECK;

/* rule.c: count compiled patterns against the policy's cap. */
int sl_rule_charge(struct sl_rule *rule, const struct sl_rx *rx,
    struct sl_error *err) SL_MUST_CHECK;

/* compile.c: a merged rule into one that can judge. */
int sl_rule_find_kind(struct sl_rule *rule, struct sl_error *err)
    SL_MUST_CHECK;
int sl_rule_compile(struct sl_rule *rule, struct sl_error *err) SL_MUST_CHECK;
void sl_rule_free(struct sl_rule *rule);

/* level.c */
int sl_levels_read(const struct sl_node *node, struct sl_levels *out,
    struct sl_error *err) SL_MUST_CHECK;
void sl_levels_release(struct sl_levels *levels);
/** The highest level of all refs and times. */
enum sl_level sl_levels_highest(const struct sl_levels *levels);
/** The level that a rule without `level` has, at any time. */
enum sl_level sl_levels_rest(const struct sl_levels *levels);
int sl_rule_read_levels(struct sl_rule *rule, struct sl_error *err)
    SL_MUST_CHECK;

/* waiver.c: after the rules are compiled. */
int sl_waivers_read(struct sl_policy *policy, struct sl_error *err)
    SL_MUST_CHECK;
void sl_waiver_free(struct sl_waiver *waiver);

/* proof.c: once the rules are compiled. */
void sl_policy_make_proof(struct sl_policy *policy, const char *program);
/** Whether a rule's examples need not be run again. */
bool sl_rule_is_proven(const struct sl_rule *rule);

/* example.c */
int sl_rule_run_examples(struct sl_rule *rule, struct sl_error *err)
    SL_MUST_CHECK;

/* builtin.c: the rules that are always in force, as YAML. */
extern const char sl_builtin_rules[];

#endif
