/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_int: statements and rows, for the files of this directory.
 *
 * A statement is a constant text with numbered parameters; values are bound
 * by a list of struct sl_value. A table of struct sl_field says how the
 * columns of a row, in order, become the fields of a struct.
 */
#ifndef SL_STORE_STORE_INT_H
#define SL_STORE_STORE_INT_H

#include <sqlite3.h>

#include "base/oid.h"
#include "store/store.h"

struct sl_store {
	sqlite3 *db;
	char *path;     /* of the database, for messages */
	unsigned depth; /* of nested transactions */
	bool doomed;    /* something inside failed: do not commit */
	int log_pages;  /* after the last commit; counted for hooks only */
};

/* --- values that go in --- */

enum sl_value_kind {
	SL_VALUE_TEXT,
	SL_VALUE_INT,
	SL_VALUE_OID, /* as 40 hex digits */
	SL_VALUE_NULL,
};

struct sl_value {
	enum sl_value_kind kind;
	const char *text; /* NULL binds NULL */
	size_t max;       /* bytes of text; more are SL_ETOOBIG */
	int64_t number;
	const struct sl_oid *oid;
};

#define V_LONG(s, limit)                                                       \
	((struct sl_value){ .kind = SL_VALUE_TEXT, .text = (s), .max = (limit) })
#define V_TEXT(s) V_LONG(s, SL_STORE_TEXT_MAX)
#define V_INT(n) ((struct sl_value){ .kind = SL_VALUE_INT, .number = (n) })
#define V_OID(o) ((struct sl_value){ .kind = SL_VALUE_OID, .oid = (o) })
#define V_NULL ((struct sl_value){ .kind = SL_VALUE_NULL })
/** An optional number: NULL binds NULL. */
#define V_INT_OR_NULL(p) ((p) != NULL ? V_INT(*(p)) : V_NULL)

/** The values of one statement, as two arguments. */
#define VALUES(...)                                                            \
	(const struct sl_value[]){ __VA_ARGS__ },                              \
	    SL_COUNT(((const struct sl_value[]){ __VA_ARGS__ }))
#define NO_VALUES NULL, 0

/* --- statements --- */

void sl_stmt_freep(sqlite3_stmt **stmt);

/** Prepare a statement. @return 0 or an error */
int sl_stmt_new(struct sl_store *store, const char *sql, sqlite3_stmt **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Reset and bind anew; values[i] becomes ?(i + 1). @return 0, SL_ETOOBIG */
int sl_stmt_bind(struct sl_store *store, sqlite3_stmt *stmt,
    const struct sl_value *values, size_t count, struct sl_error *err)
    SL_MUST_CHECK;

/** @return 1 (a row), 0 (no more), or an error */
int sl_stmt_step(struct sl_store *store, sqlite3_stmt *stmt,
    struct sl_error *err) SL_MUST_CHECK;

/** Run a statement whose rows nobody wants. */
int sl_sql_run(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, struct sl_error *err)
    SL_MUST_CHECK;

/** As sl_sql_run, and say how many rows were changed. */
int sl_sql_change(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, size_t *changed,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Run a statement to its end and read the first column of its first row.
 *
 * @return 1 (a row; *out is set), 0 (none), or an error
 */
int sl_sql_number(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, int64_t *out,
    struct sl_error *err) SL_MUST_CHECK;

/** As sl_sql_number, for a text; *out is to be freed. */
int sl_sql_text(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, char **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Turn SQLite's code into an error; what: "cannot read", "cannot write". */
int sl_store_fail(struct sl_store *store, int code, const char *what,
    struct sl_error *err);

/* --- rows that come out --- */

enum sl_field_kind {
	SL_FIELD_TEXT, /* const char *, allocated; NULL becomes "" */
	SL_FIELD_INT,  /* int64_t */
	SL_FIELD_BOOL, /* bool */
	SL_FIELD_OID,  /* struct sl_oid */
	SL_FIELD_WORD, /* an enum, by its table of words */
};

struct sl_field {
	size_t offset;
	enum sl_field_kind kind;
	const char *const *words;
};

#define FIELD_TEXT(type, f) { offsetof(type, f), SL_FIELD_TEXT, NULL }
#define FIELD_INT(type, f) { offsetof(type, f), SL_FIELD_INT, NULL }
#define FIELD_BOOL(type, f) { offsetof(type, f), SL_FIELD_BOOL, NULL }
#define FIELD_OID(type, f) { offsetof(type, f), SL_FIELD_OID, NULL }
#define FIELD_WORD(type, f, words) { offsetof(type, f), SL_FIELD_WORD, words }

/** How rows of one type are read. */
struct sl_row_type {
	size_t size;
	const struct sl_field *fields;
	size_t count;
};

#define ROW_TYPE(type, table) { sizeof(type), table, SL_COUNT(table) }

/**
 * Read all rows of a statement into an array.
 *
 * @param[out] items  array of type->size elements; sl_rows_free
 */
int sl_sql_rows(struct sl_store *store, const struct sl_row_type *type,
    const char *sql, const struct sl_value *values, size_t count,
    void *items, size_t *item_count, struct sl_error *err) SL_MUST_CHECK;

/** Free an array that sl_sql_rows made, with its texts. */
void sl_rows_free(const struct sl_row_type *type, void *items, size_t count);

/* --- transactions --- */

/** Undoes what was begun unless it was committed. */
struct sl_tx {
	struct sl_store *store; /* NULL: nothing is open */
};

#define SL_TX_INIT { NULL }

void sl_tx_release(struct sl_tx *tx);
int sl_tx_begin(struct sl_tx *tx, struct sl_store *store,
    struct sl_error *err) SL_MUST_CHECK;
int sl_tx_commit(struct sl_tx *tx, struct sl_error *err) SL_MUST_CHECK;

/* --- opening --- */

/**
 * Check the state folder and make it and an empty database where asked.
 *
 * @param[out] path  of the database, without symbolic links; free()
 * @return as sl_store_open
 */
int sl_folder_prepare(const char *dir, unsigned flags, char **path,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Find the type of the file system on a device.
 *
 * @param table  /proc/self/mountinfo
 * @param[out] type  a view into table
 * @return whether the device is there
 * @source proc_pid_mountinfo(5)
 */
bool sl_mount_type(struct sl_str table, unsigned major, unsigned minor,
    struct sl_str *type);

/** Bring the schema up to date, or refuse the database. */
int sl_schema_update(struct sl_store *store, unsigned flags,
    struct sl_error *err) SL_MUST_CHECK;

#endif
