/* SPDX-License-Identifier: Apache-2.0 */
/* row.c: statements in, rows out. */
#include "store/store_int.h"

#include "base/mem.h"

void
sl_stmt_freep(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
	*stmt = NULL;
}

/* What SQLite's primary codes mean to a caller; the rest is SL_EIO. */
static int
map_code(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return SL_ENOTFOUND;
	case SQLITE_CONSTRAINT_TRIGGER:
		return SL_EREFUSED;
	default:
		break;
	}
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return SL_EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return SL_ECORRUPT;
	case SQLITE_CONSTRAINT:
		return SL_EEXIST;
	case SQLITE_TOOBIG:
		return SL_ETOOBIG;
	default:
		return SL_EIO;
	}
}

int
sl_store_fail(struct sl_store *store, int code, const char *what,
    struct sl_error *err)
{
	int mapped = map_code(code);

	if (mapped == SL_ENOTFOUND)
		sl_error_set(err, mapped, "%s %s: it refers to something that "
		    "is not stored there", what, store->path);
	else if (mapped == SL_EBUSY)
		sl_error_set(err, mapped, "%s %s: another process kept it "
		    "locked; try again", what, store->path);
	else
		sl_error_set(err, mapped, "%s %s: %s", what, store->path,
		    sqlite3_errmsg(store->db));
	if (err != NULL)
		err->foreign = code;
	return mapped;
}

int
sl_stmt_new(struct sl_store *store, const char *sql, sqlite3_stmt **out,
    struct sl_error *err)
{
	int code = sqlite3_prepare_v2(store->db, sql, -1, out, NULL);

	if (code != SQLITE_OK)
		return sl_store_fail(store, code, "cannot read", err);
	return SL_OK;
}

static int
bind_one(sqlite3_stmt *stmt, int at, const struct sl_value *v)
{
	char hex[SL_OID_HEX + 1];

	switch (v->kind) {
	case SL_VALUE_TEXT:
		if (v->text == NULL)
			return sqlite3_bind_null(stmt, at);
		if (strnlen(v->text, v->max + 1) > v->max)
			return SQLITE_TOOBIG;
		return sqlite3_bind_text(stmt, at, v->text, -1,
		    SQLITE_TRANSIENT);
	case SL_VALUE_INT:
		return sqlite3_bind_int64(stmt, at, v->number);
	case SL_VALUE_OID:
		sl_oid_hex(v->oid, hex);
		return sqlite3_bind_text(stmt, at, hex, SL_OID_HEX,
		    SQLITE_TRANSIENT);
	case SL_VALUE_NULL:
		break;
	}
	return sqlite3_bind_null(stmt, at);
}

int
sl_stmt_bind(struct sl_store *store, sqlite3_stmt *stmt,
    const struct sl_value *values, size_t count, struct sl_error *err)
{
	sqlite3_reset(stmt);
	for (size_t i = 0; i < count; i++) {
		int code = bind_one(stmt, (int)i + 1, &values[i]);

		if (code == SQLITE_TOOBIG)
			return sl_error_set(err, SL_ETOOBIG, "a text is longer "
			    "than the %zu bytes that %s takes", values[i].max,
			    store->path);
		if (code != SQLITE_OK)
			return sl_store_fail(store, code, "cannot use", err);
	}
	return SL_OK;
}

int
sl_stmt_step(struct sl_store *store, sqlite3_stmt *stmt, struct sl_error *err)
{
	int code = sqlite3_step(stmt);

	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE)
		return 0;
	return sl_store_fail(store, code, sqlite3_stmt_readonly(stmt) ?
	    "cannot read" : "cannot write", err);
}

static int
open_stmt(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, sqlite3_stmt **out,
    struct sl_error *err)
{
	int rc = sl_stmt_new(store, sql, out, err);

	return rc < 0 ? rc : sl_stmt_bind(store, *out, values, count, err);
}

/* Step to the end: a RETURNING statement writes all before its first row,
 * but its transaction cannot commit while it is open. */
static int
drain(struct sl_store *store, sqlite3_stmt *stmt, struct sl_error *err)
{
	int rc;

	do {
		rc = sl_stmt_step(store, stmt, err);
	} while (rc > 0);
	return rc;
}

int
sl_sql_run(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, struct sl_error *err)
{
	SL_CLEANUP(sl_stmt_freep) sqlite3_stmt *stmt = NULL;
	int rc = open_stmt(store, sql, values, count, &stmt, err);

	return rc < 0 ? rc : drain(store, stmt, err);
}

int
sl_sql_change(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, size_t *changed,
    struct sl_error *err)
{
	int rc = sl_sql_run(store, sql, values, count, err);

	if (rc < 0)
		return rc;
	*changed = (size_t)sqlite3_changes(store->db);
	return SL_OK;
}

int
sl_sql_number(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, int64_t *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_stmt_freep) sqlite3_stmt *stmt = NULL;
	int64_t number;
	int rc = open_stmt(store, sql, values, count, &stmt, err);

	if (rc < 0 || (rc = sl_stmt_step(store, stmt, err)) <= 0)
		return rc;
	number = sqlite3_column_int64(stmt, 0);
	rc = drain(store, stmt, err);
	if (rc < 0)
		return rc;
	*out = number;
	return 1;
}

static char *
column_text(sqlite3_stmt *stmt, int at)
{
	const unsigned char *text = sqlite3_column_text(stmt, at);

	return sl_strndup((const char *)text,
	    (size_t)sqlite3_column_bytes(stmt, at));
}

int
sl_sql_text(struct sl_store *store, const char *sql,
    const struct sl_value *values, size_t count, char **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_stmt_freep) sqlite3_stmt *stmt = NULL;
	int rc = open_stmt(store, sql, values, count, &stmt, err);

	if (rc < 0 || (rc = sl_stmt_step(store, stmt, err)) <= 0)
		return rc;
	*out = column_text(stmt, 0);
	return 1;
}

/* The index of a word; negative where the table has none such. */
static int
find_word(const char *const *words, struct sl_str word)
{
	for (int i = 0; words[i] != NULL; i++)
		if (sl_str_eqs(word, words[i]))
			return i;
	return -1;
}

/* Read one column into its field. @return whether it holds what it may. */
static bool
read_field(sqlite3_stmt *stmt, int at, const struct sl_field *field, void *row)
{
	void *to = (char *)row + field->offset;
	struct sl_str text;
	int word;

	switch (field->kind) {
	case SL_FIELD_TEXT:
		*(char **)to = column_text(stmt, at);
		/* Text after a NUL would be there and not be seen. */
		return strlen(*(char **)to) ==
		    (size_t)sqlite3_column_bytes(stmt, at);
	case SL_FIELD_INT:
		*(int64_t *)to = sqlite3_column_int64(stmt, at);
		return true;
	case SL_FIELD_BOOL:
		*(bool *)to = sqlite3_column_int64(stmt, at) != 0;
		return true;
	case SL_FIELD_OID:
	case SL_FIELD_WORD:
		break;
	}
	text.ptr = (const char *)sqlite3_column_text(stmt, at);
	text.len = (size_t)sqlite3_column_bytes(stmt, at);
	if (field->kind == SL_FIELD_OID)
		return sl_oid_parse(text, to) == SL_OK;
	word = find_word(field->words, text);
	if (word >= 0)
		*(int *)to = word;
	return word >= 0;
}

static int
read_row(struct sl_store *store, const struct sl_row_type *type,
    sqlite3_stmt *stmt, void *row, struct sl_error *err)
{
	bool ok = sqlite3_column_count(stmt) == (int)type->count;

	memset(row, 0, type->size);
	for (size_t i = 0; i < type->count && ok; i++) {
		ok = read_field(stmt, (int)i, &type->fields[i], row);
		if (!ok)
			return sl_error_set(err, SL_ECORRUPT, "%s: column %s "
			    "holds what it must not: \"%s\"", store->path,
			    sqlite3_column_name(stmt, (int)i),
			    (const char *)sqlite3_column_text(stmt, (int)i));
	}
	if (!ok)
		return sl_error_set(err, SL_ECORRUPT,
		    "%s: a row has %d columns, not %zu", store->path,
		    sqlite3_column_count(stmt), type->count);
	return SL_OK;
}

static void
free_texts(const struct sl_row_type *type, void *row)
{
	for (size_t i = 0; i < type->count; i++)
		if (type->fields[i].kind == SL_FIELD_TEXT)
			free(*(char **)((char *)row + type->fields[i].offset));
}

void
sl_rows_free(const struct sl_row_type *type, void *items, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_texts(type, (char *)items + i * type->size);
	free(items);
}

int
sl_sql_rows(struct sl_store *store, const struct sl_row_type *type,
    const char *sql, const struct sl_value *values, size_t count,
    void *items, size_t *item_count, struct sl_error *err)
{
	SL_CLEANUP(sl_stmt_freep) sqlite3_stmt *stmt = NULL;
	char *rows = NULL;
	size_t n = 0, room = 0;
	int rc = open_stmt(store, sql, values, count, &stmt, err);

	while (rc >= 0 && (rc = sl_stmt_step(store, stmt, err)) > 0) {
		if (n == room) {
			room = room ? room * 2 : 8;
			rows = sl_realloc_array(rows, room, type->size);
		}
		/* Counted first: a row that is read by half is freed too. */
		rc = read_row(store, type, stmt, rows + n++ * type->size, err);
	}
	if (rc < 0) {
		sl_rows_free(type, rows, n);
		return rc;
	}
	memcpy(items, &rows, sizeof(rows));
	*item_count = n;
	return SL_OK;
}
