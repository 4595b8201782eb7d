/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_int: reading maps by table, and the grammars of single values.
 *
 * A grammar is a function that returns NULL for a good value, or what the
 * value must be, for the message `"account" must be 12 digits, not "x"`.
 */
#ifndef SL_CONFIG_CONFIG_INT_H
#define SL_CONFIG_CONFIG_INT_H

#include "config/policy_source.h"
#include "config/site.h"
#include "config/values.h"
#include "doc/doc.h"

typedef const char *sl_grammar_fn(struct sl_str value);

/** Lower-case words joined by single '-', at most 32 bytes. */
sl_grammar_fn sl_grammar_id;
sl_grammar_fn sl_grammar_person;
sl_grammar_fn sl_grammar_line; /* one line for people, at most 128 bytes */
sl_grammar_fn sl_grammar_email;
sl_grammar_fn sl_grammar_account;
sl_grammar_fn sl_grammar_region;
sl_grammar_fn sl_grammar_role;
sl_grammar_fn sl_grammar_principal;
sl_grammar_fn sl_grammar_kms_key;
sl_grammar_fn sl_grammar_external_id;
sl_grammar_fn sl_grammar_profile;
sl_grammar_fn sl_grammar_bucket;
sl_grammar_fn sl_grammar_prefix;
sl_grammar_fn sl_grammar_endpoint;
sl_grammar_fn sl_grammar_variable;
sl_grammar_fn sl_grammar_ref;
sl_grammar_fn sl_grammar_branch_or_tag; /* full name */
sl_grammar_fn sl_grammar_commit;        /* 40 hexadecimal digits */
sl_grammar_fn sl_grammar_file;
sl_grammar_fn sl_grammar_repository_path;
sl_grammar_fn sl_grammar_parameter;
sl_grammar_fn sl_grammar_argument;
sl_grammar_fn sl_grammar_uri;

/** One text key of a map and the char * member that it fills. */
struct sl_field {
	const char *key;
	size_t offset;
	sl_grammar_fn *grammar;
	bool required;
};

/**
 * Copy the text keys of a map into a struct. Members of keys that are not
 * there stay as they are. Keys outside the table are not looked at.
 */
int sl_fields_read(const struct sl_node *map, const char *what,
    const struct sl_field *fields, size_t count, void *out,
    struct sl_error *err) SL_MUST_CHECK;

/** A list of words; node may be NULL (nothing is read). */
int sl_words_read(const struct sl_node *node, const char *what,
    sl_grammar_fn *grammar, struct sl_words *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * The key "policy" of a site file; node may be NULL (nothing is read).
 *
 * @param dir  what a relative path starts from
 */
int sl_policy_source_read(const struct sl_node *node, const char *dir,
    struct sl_policy_source *out, struct sl_error *err) SL_MUST_CHECK;

/** The keys "budget" and "imports" of a site file, after its people. */
int sl_budget_read(const struct sl_node *node, struct sl_site *site,
    struct sl_error *err) SL_MUST_CHECK;
int sl_imports_read(const struct sl_node *list, struct sl_site *site,
    struct sl_error *err) SL_MUST_CHECK;
void sl_imports_release(struct sl_site *site);

/** Check text against a grammar, with the message as above. */
int sl_grammar_check(const struct sl_node *node, const char *what,
    struct sl_str value, sl_grammar_fn *grammar, struct sl_error *err)
    SL_MUST_CHECK;

/** Append copies. */
void sl_words_add(struct sl_words *words, struct sl_str word);
void sl_pairs_add(struct sl_pairs *pairs, struct sl_str key,
    struct sl_str value);

/** The format version that every file states: `sluice: 1`. */
int sl_version_check(const struct sl_node *root, const char *what,
    struct sl_error *err) SL_MUST_CHECK;

#endif
