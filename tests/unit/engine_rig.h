/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_rig: a push in memory, and its judging.
 *
 * Blobs, trees and commits are small tables; an object id is its index and a
 * letter. Files are given to the commit that changes them and to the tree of
 * the tip in one call, in tree order. Everything is static: one push per test.
 */
#ifndef SL_TESTS_ENGINE_RIG_H
#define SL_TESTS_ENGINE_RIG_H

#include "harness.h"

#include <string.h>

#include "change/change.h"
#include "engine/engine.h"

#define PUSH_MAX 64

/** The lines that stand before a site policy's rules. */
#define HEAD "sluice: 1\nname: t\nrules:\n"

extern struct push {
	struct sl_change_set set;
	struct sl_ref_change refs[PUSH_MAX];
	size_t ref_commits[PUSH_MAX][PUSH_MAX];
	struct sl_commit commits[PUSH_MAX];
	struct sl_oid parents[PUSH_MAX];
	struct sl_str blobs[PUSH_MAX];
	size_t blob_count;
	struct {
		size_t commit; /* index, or PUSH_MAX: of no commit */
		unsigned tree;
		const char *path;
		uint32_t mode;
		size_t blob;
	} files[PUSH_MAX];
	size_t file_count;
	size_t broken_blob; /* index + 1 */
	unsigned broken_tree;
	bool broken_changes;
	unsigned reads;
	unsigned walks;
	unsigned entries; /* of trees, that were visited */
	bool visits_all;  /* a source that passes no folder over */
	struct sl_oid main_tip;
	bool on_main;
} push;

/** What judge() loaded and found; freed after each test. */
extern struct sl_policy *policy;
extern struct sl_doc *site;
extern struct sl_verdict *verdict;

/** What judge() judges with; reset before each test. */
extern struct sl_judge_options options;

/** What was there before, for judge(); NULL: nothing. */
extern struct sl_baseline *baseline;

/** By how much the options' clock moves on at each look. */
extern int64_t clock_step_ms;

struct sl_oid push_oid(char letter, size_t index);

/** A new blob; returns its index. The text is borrowed. */
size_t push_blob(struct sl_str text);

/** A new commit on its own; returns its index. */
size_t push_commit(const char *message);

/** A file that is in a tree, and changed by a commit (or PUSH_MAX: not). */
void push_file(size_t commit, unsigned tree, const char *path, uint32_t mode,
    size_t blob);

/** A file with text, in commit and tree. */
void push_text(size_t commit, unsigned tree, const char *path,
    const char *text);

/** An update of a ref to commit 0 and a tree. */
struct sl_ref_change *push_ref(const char *name, unsigned tree);

/** Give the ref one more new commit. */
void push_takes(struct sl_ref_change *ref, size_t commit);

void push_begin(void);

/** Judge the push by a site policy with these rules. */
const struct sl_verdict *judge(const char *rules);

/** Free what judge() made, to judge again. */
void judge_end(void);

/** As above, the rules being a project's, without a site policy. */
const struct sl_verdict *judge_project(const char *rules);

/** Assert that the verdict has exactly one finding, with this message. */
void assert_one(const struct sl_verdict *v, const char *message);

/** A test case whose tests begin with an empty push. */
TCase *make_case(const char *name);

TCase *tcase_outcome(void);
TCase *tcase_baseline(void);
TCase *tcase_excused(void);
TCase *tcase_kinds(void);
TCase *tcase_files(void);
TCase *tcase_config(void);
TCase *tcase_threads(void);
TCase *tcase_people(void);
TCase *tcase_trees(void);

#endif
