/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_fixture: a state folder of its own for each test, with one repository
 * "r1" in its database, and shorthands for what tests write again and again.
 */
#ifndef SL_TESTS_STORE_FIXTURE_H
#define SL_TESTS_STORE_FIXTURE_H

#include <check.h>

#include "store/queue.h"
#include "store/store.h"
#include "store/verdicts.h"

#define FIXTURE_NOW 1800000000

extern char fixture_dir[64];
extern struct sl_store *fixture_store;
extern struct sl_error fixture_err;

void fixture_open(void);
void fixture_close(void);

/** Close and open again, with other flags. */
void fixture_reopen(unsigned flags);

/** Run SQL behind the store's back. */
void fixture_sql(const char *sql);

/** As fixture_sql; says whether it succeeded. */
bool fixture_try_sql(const char *sql);

/** The first column of a query's first row as a number. */
int64_t fixture_number(const char *sql);

/** An id whose 40 digits all are c; '0' gives the zero id. */
struct sl_oid fixture_oid(char c);

/** A job of flow "dev" and lane = ref, from id to id. */
struct sl_job_new fixture_job(const char *ref, char old_c, char new_c);

/** Record an accepted verdict about one change of r1. */
void fixture_accept(const char *ref, char old_c, char new_c, int64_t at_s,
    char id[SL_VERDICT_ID_SIZE]);

TCase *tcase_store_queue(void);
TCase *tcase_store_builds(void);
TCase *tcase_store_ledger(void);
TCase *tcase_store_scans(void);
TCase *tcase_store_taken(void);

#endif
