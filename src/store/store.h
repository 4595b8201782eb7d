/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: the one door to a site's durable state, a SQLite database.
 *
 * The state folder holds `sluice.db`, its `-wal` and `-shm`, and
 * `sluice.db.lock`. The hook's user and the worker's user both write there;
 * pushers must not. Contents by header: repositories.h (who is who, and the
 * last ref values that jobs were written for), verdicts.h, queue.h, builds.h,
 * ledger.h. No SQL and no type of SQLite leaves this directory.
 *
 *     SL_CLEANUP(sl_store_freep) struct sl_store *store = NULL;
 *     if (sl_store_open(dir, SL_STORE_CREATE, &store, err) < 0)
 *             return err->code;
 *     if (sl_store_begin(store, err) < 0)       // only where several
 *             return err->code;                 // writes belong together
 *     ...
 *     return sl_store_commit(store, err);
 *
 * Every function that writes is one transaction of its own, or a part of the
 * one that sl_store_begin opened. What a function reported as written is on
 * the disk (WAL, synchronous=FULL). A transaction that failed at its commit
 * may have reached the disk all the same: all of it or nothing; every write
 * may be repeated. Reading functions read everything before they return.
 *
 * Codes that any function may return besides its own: SL_EBUSY (the database
 * stayed locked for the busy timeout), SL_EIO (foreign: SQLite's extended
 * code), SL_ECORRUPT.
 *
 * Text handed in is NUL-terminated bytes, not checked to be UTF-8 (a ref may
 * be anything) and capped at SL_STORE_TEXT_MAX where nothing else is said:
 * SL_ETOOBIG. Times are seconds since 1970-01-01 UTC and come from the caller.
 *
 * A store is used by one thread, and must not cross fork(): open it after.
 */
#ifndef SL_STORE_STORE_H
#define SL_STORE_STORE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

struct sl_store;

#define SL_STORE_FILE "sluice.db"
#define SL_STORE_TEXT_MAX 8192
#define SL_STORE_BUSY_TIMEOUT_MS 5000

/** How to open; combined with |. */
enum sl_store_flag {
	SL_STORE_CREATE = 1, /* make folder (02770) and database (0660) where
				there are none, bring the schema up to date */
	SL_STORE_SHORT = 2,  /* for a hook: closing leaves a short log in place
				instead of moving it into the database */
	SL_STORE_READ = 4,   /* never write; excludes the other two */
};

/**
 * Open the database of a state folder.
 *
 * Refused with the reason: a folder on a network file system or writable by
 * everybody, a database that is a symbolic link, has a second hard link, is
 * not sluice's, or was written by a newer sluice.
 *
 * @param dir  the state folder
 * @param[out] out  sl_store_free
 * @return 0, SL_ENOTFOUND (no database, without SL_STORE_CREATE), SL_ECONFIG
 *         (folder or file refused), SL_EUNSUPPORTED (newer database; older
 *         one with SL_STORE_READ), SL_EBUSY, SL_EIO, SL_ECORRUPT
 */
int sl_store_open(const char *dir, unsigned flags, struct sl_store **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Close; an open transaction is rolled back. */
void sl_store_free(struct sl_store *store);
SL_DEFINE_FREEP(struct sl_store, sl_store_free, sl_store_freep)

/**
 * Open a write transaction (BEGIN IMMEDIATE) around the calls that follow.
 *
 * May be nested: only the outermost commit writes. Once a write inside has
 * failed, or sl_store_rollback was called, the outermost commit is refused.
 *
 * @return 0
 */
int sl_store_begin(struct sl_store *store, struct sl_error *err) SL_MUST_CHECK;

/**
 * End the transaction that the last sl_store_begin opened.
 *
 * @return 0, SL_ECONFLICT (something inside failed: nothing was written)
 */
int sl_store_commit(struct sl_store *store, struct sl_error *err)
    SL_MUST_CHECK;

/** Undo the transaction; fine where none is open. */
void sl_store_rollback(struct sl_store *store);

/**
 * Let SQLite check the whole file (slow).
 *
 * @return 0, SL_ECORRUPT with the first fault
 */
int sl_store_check(struct sl_store *store, struct sl_error *err)
    SL_MUST_CHECK;

#endif
