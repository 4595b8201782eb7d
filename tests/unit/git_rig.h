/* SPDX-License-Identifier: Apache-2.0 */
/*
 * git_rig: real repositories made by the git program in a folder of their own.
 * `push_objects` does what receive-pack does: the pushed objects lie in a
 * quarantine, refs still have their old values.
 */
#ifndef SL_TESTS_GIT_RIG_H
#define SL_TESTS_GIT_RIG_H

#include "harness.h"

#include "git/git_int.h"

/** An id that no object has. */
#define HEX1 "1111111111111111111111111111111111111111"

/** The test's folder, absolute. */
extern char root[256];

extern const struct sl_oid zero;

/**
 * Make server.git (bare) and client, both with `main` at one commit that has
 * the files README and data/a.csv.
 */
void set_up(void);

/** Check server.git and remove the test's folder. */
void tear_down(void);

/**
 * Run a script in the test's folder, asserting that it succeeds.
 *
 * @return its output without the last line ends, valid until the next call
 */
const char *sh(const char *fmt, ...) SL_PRINTF(1, 2);

/** 40 hex digits as an id. */
struct sl_oid id(const char *hex);

/** An object of the client repository. */
struct sl_oid rev(const char *name);

/** A commit in the client that writes `text` to a file; leaves HEAD on it. */
struct sl_oid commit(const char *file, const char *text);

/** Put what the client's revisions reach into server.git's quarantine. */
void push_objects(const char *revs);

/** server.git as a hook sees it, with the quarantine. */
struct sl_git *open_pushed(void);

struct sl_git *open_client(void);

/** Assert that no commit of the set stands before one of its parents. */
void ck_parents_first(const struct sl_change_set *set);

/** Callbacks that append a line to ctx, a struct sl_buf. */
int see_entry(void *ctx, const struct sl_tree_entry *entry,
    struct sl_error *e);
int see_change(void *ctx, const struct sl_path_change *change,
    struct sl_error *e);

TCase *tcase_files(void);
TCase *tcase_parsers(void);
TCase *tcase_repository(void);
TCase *tcase_objects(void);
TCase *tcase_push(void);
TCase *tcase_ranges(void);

#endif
