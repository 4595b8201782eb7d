/* SPDX-License-Identifier: Apache-2.0 */
/* scans.c: the cache of what was found in blobs. */
#include "store/scans.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "store/store_int.h"

#define FILE_NAME "scans.db"
/* A push does not wait for another one's entries. */
#define BUSY_MS 250
/* Bytes of the sum that ends an entry. */
#define SUM_BYTES 8
/* Another number, and what there is is thrown away. */
#define FORM "1"

static const char schema[] =
    "CREATE TABLE sets("
    " id INTEGER PRIMARY KEY,"
    " digest TEXT NOT NULL UNIQUE,"
    " used INTEGER NOT NULL) STRICT;"
    "CREATE TABLE scans("
    " id INTEGER NOT NULL,"
    " blob BLOB NOT NULL,"
    " entry BLOB NOT NULL,"
    " PRIMARY KEY(id, blob)) STRICT, WITHOUT ROWID;"
    "PRAGMA user_version = " FORM ";";

struct sl_scans {
	struct sl_store store; /* of which path and db are used */
	sqlite3_stmt *get;
	sqlite3_stmt *put;
	int64_t set; /* of the digest */
	uint64_t max_bytes;
	bool writing; /* in a transaction */
};

/* --- whose it is --- */

static int
check_folder(const char *path, struct sl_error *err)
{
	struct stat st;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return sl_error_errno(err, errno, "cannot make %s", path);
	if (lstat(path, &st) < 0)
		return sl_error_errno(err, errno, "cannot look at %s", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0)
		return sl_error_set(err, SL_ECONFIG,
		    "%s is not a folder of this user alone: what it holds is "
		    "not used; remove it", path);
	return SL_OK;
}

static int
check_file(const char *path, struct sl_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	int rc = SL_OK;

	if (fd < 0)
		return sl_error_errno(err, errno, "cannot open %s", path);
	if (fstat(fd, &st) < 0)
		rc = sl_error_errno(err, errno, "cannot look at %s", path);
	else if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 077) != 0 || st.st_nlink != 1)
		rc = sl_error_set(err, SL_ECONFIG,
		    "%s is not a file of this user alone: what it holds is "
		    "not used; remove it", path);
	close(fd);
	return rc;
}

/* --- opening --- */

static bool
run(struct sl_scans *s, const char *sql)
{
	return sqlite3_exec(s->store.db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* The first column of the first row. @return whether there is one */
static bool
number(struct sl_scans *s, const char *sql, const char *text, int64_t *out)
{
	SL_CLEANUP(sl_stmt_freep) sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(s->store.db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return false;
	if (text)
		sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		return false;
	*out = sqlite3_column_int64(stmt, 0);
	return true;
}

static void
close_database(struct sl_scans *s)
{
	sqlite3_finalize(s->get);
	sqlite3_finalize(s->put);
	sqlite3_close(s->store.db);
	s->get = s->put = NULL;
	s->store.db = NULL;
}

static bool
open_database(struct sl_scans *s)
{
	int64_t form = 0;

	if (sqlite3_open_v2(s->store.path, &s->store.db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW, NULL) !=
	    SQLITE_OK)
		return false;
	sqlite3_busy_timeout(s->store.db, BUSY_MS);
	sqlite3_db_config(s->store.db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->store.db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (!run(s, "PRAGMA journal_mode = WAL;"
		    "PRAGMA synchronous = NORMAL;") ||
	    !number(s, "PRAGMA user_version", NULL, &form))
		return false;
	if (form == 0 && !run(s, schema))
		return false;
	return number(s, "PRAGMA user_version", NULL, &form) &&
	    form == FORM[0] - '0';
}

static bool
open_set(struct sl_scans *s, const char *digest)
{
	int64_t ignored;

	/* Where another push is writing, the mark of use can wait. */
	(void)number(s, "INSERT INTO sets(digest, used) VALUES(?1,"
			" (SELECT coalesce(max(used), 0) + 1 FROM sets))"
			" ON CONFLICT(digest) DO UPDATE SET used = excluded.used"
			" WHERE used < excluded.used - 1 RETURNING id",
	    digest, &ignored);
	return number(s, "SELECT id FROM sets WHERE digest = ?1", digest,
		   &s->set) &&
	    sqlite3_prepare_v2(s->store.db,
		"SELECT entry FROM scans WHERE id = ?1 AND blob = ?2", -1,
		&s->get, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(s->store.db,
		"INSERT OR REPLACE INTO scans VALUES(?1, ?2, ?3)", -1, &s->put,
		NULL) == SQLITE_OK;
}

/* Begin anew: what is there is of no use. */
static void
remove_files(const struct sl_scans *s)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	for (size_t i = 0; i < SL_COUNT(ends); i++) {
		SL_CLEANUP(sl_freep)
		char *path = sl_asprintf("%s%s", s->store.path, ends[i]);

		unlink(path);
	}
}

int
sl_scans_open(const char *state, const char *digest, uint64_t max_bytes,
    struct sl_scans **out, struct sl_error *err)
{
	SL_CLEANUP(sl_scans_freep) struct sl_scans *s = sl_alloc(sizeof(*s));
	SL_CLEANUP(sl_freep)
	char *folder = sl_asprintf("%s/scans-%lu", state,
	    (unsigned long)geteuid());

	s->max_bytes = max_bytes;
	s->store.path = sl_fsx_join(folder, FILE_NAME);
	for (int attempt = 0; attempt < 2; attempt++) {
		int rc = check_folder(folder, err);

		if (rc == SL_OK)
			rc = check_file(s->store.path, err);
		if (rc < 0)
			return rc;
		if (open_database(s) && open_set(s, digest)) {
			*out = sl_steal(&s);
			return SL_OK;
		}
		rc = sl_store_fail(&s->store, sqlite3_errcode(s->store.db),
		    "cannot open", err);
		close_database(s);
		if (rc == SL_EBUSY)
			return rc;
		remove_files(s);
	}
	return sl_error_set(err, SL_EIO, "%s cannot be used", s->store.path);
}

/* --- entries --- */

static void
make_sum(const struct sl_oid *blob, struct sl_str entry,
    uint8_t out[SL_SHA256_BYTES])
{
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	sl_sha256_update(&sum, blob->id, sizeof(blob->id));
	sl_sha256_update(&sum, entry.ptr, entry.len);
	sl_sha256_final(&sum, out);
}

static void
bind_key(struct sl_scans *s, sqlite3_stmt *stmt, const struct sl_oid *blob)
{
	sqlite3_bind_int64(stmt, 1, s->set);
	sqlite3_bind_blob(stmt, 2, blob->id, sizeof(blob->id), SQLITE_STATIC);
}

static bool
take_entry(sqlite3_stmt *stmt, const struct sl_oid *blob, struct sl_buf *out)
{
	const char *bytes = sqlite3_column_blob(stmt, 0);
	int len = sqlite3_column_bytes(stmt, 0);
	uint8_t sum[SL_SHA256_BYTES];
	struct sl_str entry;

	if (len < SUM_BYTES || !bytes)
		return false;
	entry = sl_strn(bytes, (size_t)len - SUM_BYTES);
	make_sum(blob, entry, sum);
	return memcmp(sum, bytes + entry.len, SUM_BYTES) == 0 &&
	    sl_buf_addv(out, entry) == SL_OK;
}

bool
sl_scans_get(struct sl_scans *s, const struct sl_oid *blob,
    struct sl_buf *out)
{
	bool found;

	sl_buf_clear(out);
	bind_key(s, s->get, blob);
	found = sqlite3_step(s->get) == SQLITE_ROW &&
	    take_entry(s->get, blob, out);
	sqlite3_reset(s->get);
	return found;
}

void
sl_scans_put(struct sl_scans *s, const struct sl_oid *blob,
    struct sl_str entry)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value =
	    SL_BUF_INIT(SL_SCANS_ENTRY_MAX + SUM_BYTES);
	uint8_t sum[SL_SHA256_BYTES];

	make_sum(blob, entry, sum);
	sl_buf_addv(&value, entry);
	if (sl_buf_add(&value, sum, SUM_BYTES) < 0)
		return;
	if (!s->writing)
		s->writing = run(s, "BEGIN IMMEDIATE");
	if (!s->writing)
		return;
	bind_key(s, s->put, blob);
	sqlite3_bind_blob(s->put, 3, value.ptr, (int)value.len, SQLITE_STATIC);
	(void)sqlite3_step(s->put);
	sqlite3_reset(s->put);
	sqlite3_clear_bindings(s->put);
}

/* Bytes in use, the pages that wait for new entries not among them. */
static uint64_t
used_bytes(struct sl_scans *s)
{
	int64_t pages = 0, free_pages = 0, size = 0;

	if (!number(s, "PRAGMA page_count", NULL, &pages) ||
	    !number(s, "PRAGMA freelist_count", NULL, &free_pages) ||
	    !number(s, "PRAGMA page_size", NULL, &size))
		return 0;
	return (uint64_t)(pages - free_pages) * (uint64_t)size;
}

/* Other digests' entries go first, then half of all: no order is any better
 * for blobs. */
static void
make_room(struct sl_scans *s)
{
	static const char oldest[] = "SELECT id FROM sets"
	    " WHERE EXISTS (SELECT 1 FROM scans WHERE scans.id = sets.id)"
	    " ORDER BY used LIMIT 1";

	for (int i = 0; i < 16 && used_bytes(s) > s->max_bytes; i++) {
		SL_CLEANUP(sl_freep) char *sql = NULL;
		int64_t id;

		if (!number(s, oldest, NULL, &id))
			return;
		sql = sl_asprintf("DELETE FROM scans WHERE id = %lld%s",
		    (long long)id,
		    id == s->set ? " AND abs(random()) % 2 = 0" : "");
		if (!run(s, sql))
			return;
	}
}

void
sl_scans_sync(struct sl_scans *s)
{
	if (!s->writing)
		return;
	make_room(s);
	if (!run(s, "COMMIT"))
		(void)run(s, "ROLLBACK");
	s->writing = false;
}

void
sl_scans_free(struct sl_scans *s)
{
	if (!s)
		return;
	if (s->store.db)
		sl_scans_sync(s);
	close_database(s);
	free(s->store.path);
	free(s);
}
