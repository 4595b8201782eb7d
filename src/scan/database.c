/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database: the file that keeps compiled patterns.
 *
 *     magic      16 bytes, with the number of this format
 *     key        32 bytes: SHA-256 of format, library, processor, patterns
 *     digest     32 bytes: SHA-256 of all that follows
 *     count      4 bytes: expressions
 *     widths     4 bytes for each
 *     body       to the end: the library's own
 *
 * Numbers are the machine's own: a database is for no other. The name is the
 * key in hexadecimal, so that one for other patterns, another library or
 * another processor is not found; what has the name is read again all the
 * same.
 *
 * The digest finds damage. Nothing in a file could prove who wrote it, and the
 * library runs what it is given as a program: so a file counts only if nobody
 * but the user who runs, or root, can have written it.
 */
#include "scan/database_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

#define MAGIC "sluice scan 0001"
#define MAGIC_LEN (sizeof(MAGIC) - 1)
#define HEAD_LEN (MAGIC_LEN + 2 * SL_SHA256_BYTES)
#define SUFFIX ".db"
#define FILE_MAX                                                               \
	(HEAD_LEN + 4 + (size_t)SL_EXPRESSIONS_MAX * 4 + SL_DATABASE_MAX)

/* Databases in a folder: that of the policy, and of those before it. */
#define KEEP 4
/* Entries of a folder that are looked at: nobody else writes there. */
#define MAX_ENTRIES 1000

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* --- the key --- */

/* @return false: there is no library, and so nothing to look for */
static bool
make_key(const struct sl_expression *e, size_t count,
    uint8_t key[SL_SHA256_BYTES])
{
	SL_CLEANUP(sl_buf_release) struct sl_buf processor = SL_BUF_INIT(400);
	char version[SL_HS_VERSION_SIZE];
	struct sl_sha256 sum;

	if (!sl_hs_version(version))
		return false;
	sl_hs_processor(&processor);
	sl_sha256_init(&sum);
	sl_sha256_field(&sum, SL_STR(MAGIC));
	sl_sha256_field(&sum, sl_str(version));
	sl_sha256_field(&sum, sl_buf_str(&processor));
	for (size_t i = 0; i < count; i++) {
		sl_sha256_field(&sum, e[i].caseless ? SL_STR("i") :
						      SL_STR(""));
		sl_sha256_field(&sum, e[i].text);
	}
	sl_sha256_final(&sum, key);
	return true;
}

static void
name_of(const uint8_t key[SL_SHA256_BYTES],
    char out[SL_SHA256_HEX + sizeof(SUFFIX)])
{
	sl_sha256_to_hex(key, out);
	memcpy(out + SL_SHA256_HEX, SUFFIX, sizeof(SUFFIX));
}

/* --- who can write there --- */

static bool
is_trusted(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) &&
	    (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* @return a descriptor, or -1 with errno; EPERM: it is not to be trusted */
static int
open_trusted(int folder, const char *name, int flags, mode_t type)
{
	int fd = openat(folder, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags);
	struct stat st;

	/* A link in its place. */
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		errno = EPERM;
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && (st.st_mode & S_IFMT) == type &&
	    is_trusted(&st))
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

/* --- reading --- */

/* Take the next bytes of a view. */
static bool
take(struct sl_str *from, void *out, size_t len)
{
	if (from->len < len)
		return false;
	memcpy(out, from->ptr, len);
	from->ptr += len;
	from->len -= len;
	return true;
}

/* @param[out] rest  counts, widths and body, once the digest holds */
static bool
read_head(struct sl_str file, const uint8_t key[SL_SHA256_BYTES],
    struct sl_str *rest)
{
	uint8_t digest[SL_SHA256_BYTES], actual[SL_SHA256_BYTES];
	char magic[MAGIC_LEN];
	uint8_t known[SL_SHA256_BYTES];

	if (!take(&file, magic, sizeof(magic)) ||
	    !take(&file, known, sizeof(known)) ||
	    !take(&file, digest, sizeof(digest)) ||
	    memcmp(magic, MAGIC, MAGIC_LEN) != 0 ||
	    memcmp(known, key, sizeof(known)) != 0)
		return false;
	sl_sha256(file.ptr, file.len, actual);
	*rest = file;
	return memcmp(digest, actual, sizeof(actual)) == 0;
}

static bool
read_widths(struct sl_str *rest, struct sl_expression *e, size_t count)
{
	uint32_t number = 0;

	if (!take(rest, &number, sizeof(number)) || number != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take(rest, &e[i].width, sizeof(e[i].width)) ||
		    (e[i].width > SL_WIDTH_MAX && e[i].width != SL_WIDTH_ANY))
			return false;
	return true;
}

static struct sl_hs *
read_database(struct sl_str file, const uint8_t key[SL_SHA256_BYTES],
    struct sl_expression *e, size_t count)
{
	struct sl_error none = SL_ERROR_INIT;
	struct sl_hs *hs = NULL;
	struct sl_str rest;

	if (!read_head(file, key, &rest) || !read_widths(&rest, e, count) ||
	    sl_hs_load(rest, &hs, &none) < 0)
		return NULL;
	return hs;
}

static int
open_database(const char *path, const uint8_t key[SL_SHA256_BYTES])
{
	SL_CLEANUP(close_fd) int folder = -1;
	char name[SL_SHA256_HEX + sizeof(SUFFIX)];

	folder = open_trusted(AT_FDCWD, path, O_DIRECTORY, S_IFDIR);
	if (folder < 0)
		return -1;
	name_of(key, name);
	return open_trusted(folder, name, 0, S_IFREG);
}

static void
say_why(char why[SL_DATABASE_WHY_SIZE], const char *text)
{
	snprintf(why, SL_DATABASE_WHY_SIZE, "%s", text);
}

struct sl_hs *
sl_database_load(const char *folder, struct sl_expression *expressions,
    size_t count, char why[SL_DATABASE_WHY_SIZE])
{
	SL_CLEANUP(sl_buf_release) struct sl_buf file = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(close_fd) int fd = -1;
	struct sl_error none = SL_ERROR_INIT;
	uint8_t key[SL_SHA256_BYTES];
	struct sl_hs *hs;

	say_why(why, "");
	if (count > SL_EXPRESSIONS_MAX || access(folder, F_OK) < 0)
		return NULL;
	if (!make_key(expressions, count, key)) {
		say_why(why, "the library is not there");
		return NULL;
	}
	fd = open_database(folder, key);
	if (fd < 0) {
		say_why(why, errno == ENOENT ? "" :
			errno == EPERM	     ? "the database is not ours" :
					       "the database cannot be read");
		return NULL;
	}
	if (sl_fsx_read_fd(fd, folder, &file, &none) < 0) {
		say_why(why, "the database cannot be read");
		return NULL;
	}
	hs = read_database(sl_buf_str(&file), key, expressions, count);
	if (!hs)
		say_why(why, "the database is damaged");
	return hs;
}

/* --- writing --- */

/* The folder, for its owner to write and its group to read: the group is
 * that of the state folder, which the hooks' users share. */
static int
make_folder(const char *path, struct sl_error *err)
{
	SL_CLEANUP(close_fd) int fd = -1;
	struct stat st;

	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return sl_error_errno(err, errno, "cannot create folder %s",
		    path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return sl_error_errno(err, errno, "cannot open folder %s",
		    path);
	if (st.st_uid != geteuid())
		return sl_error_set(err, SL_EDENIED,
		    "folder %s is another user's: compile as that user "
		    "(number %lu), or remove the folder", path,
		    (unsigned long)st.st_uid);
	if (fchmod(fd, 0750 | (st.st_mode & S_ISGID)) < 0)
		return sl_error_errno(err, errno, "cannot set the mode of %s",
		    path);
	return SL_OK;
}

struct entry {
	char *name;
	struct timespec at;
};

static int
newest_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct entry *)a)->at;
	const struct timespec *y = &((const struct entry *)b)->at;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec < y->tv_sec ? 1 : -1;
	return x->tv_nsec == y->tv_nsec ? 0 : x->tv_nsec < y->tv_nsec ? 1 : -1;
}

/* Whether a name is that of a database, or of one that was being written. */
static bool
is_database(const char *name)
{
	return strspn(name, "0123456789abcdef") == SL_SHA256_HEX &&
	    !strncmp(name + SL_SHA256_HEX, SUFFIX, strlen(SUFFIX));
}

/* Whoever reads one of them meanwhile has it open. */
static void
remove_old(const char *path)
{
	DIR *dir = opendir(path);
	struct entry *list = NULL;
	size_t count = 0, room = 0;
	const struct dirent *d;

	while (dir && count < MAX_ENTRIES && (d = readdir(dir)) != NULL) {
		struct stat st;

		if (!is_database(d->d_name) ||
		    fstatat(dirfd(dir), d->d_name, &st, AT_SYMLINK_NOFOLLOW) <
			0)
			continue;
		SL_GROW(list, count, room);
		list[count++] = (struct entry){ sl_strdup(d->d_name),
			st.st_mtim };
	}
	if (count)
		qsort(list, count, sizeof(*list), newest_first);
	for (size_t i = 0; i < count; i++) {
		if (i >= KEEP)
			(void)!unlinkat(dirfd(dir), list[i].name, 0);
		free(list[i].name);
	}
	free(list);
	if (dir)
		closedir(dir);
}

static int
write_file(const char *folder, const uint8_t key[SL_SHA256_BYTES],
    struct sl_str rest, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf file = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_freep) char *path = NULL;
	char name[SL_SHA256_HEX + sizeof(SUFFIX)];
	uint8_t digest[SL_SHA256_BYTES];

	sl_sha256(rest.ptr, rest.len, digest);
	sl_buf_adds(&file, MAGIC);
	sl_buf_add(&file, key, SL_SHA256_BYTES);
	sl_buf_add(&file, digest, sizeof(digest));
	sl_buf_addv(&file, rest);
	if (file.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the compiled patterns are too many for one file");
	name_of(key, name);
	path = sl_fsx_join(folder, name);
	return sl_fsx_replace(path, sl_buf_str(&file), 0640, err);
}

int
sl_database_make(const char *folder, struct sl_expression *expressions,
    size_t count, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf body =
	    SL_BUF_INIT(SL_DATABASE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf rest = SL_BUF_INIT(FILE_MAX);
	uint8_t key[SL_SHA256_BYTES];
	uint32_t number = (uint32_t)count;
	int rc;

	if (count > SL_EXPRESSIONS_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "%zu patterns are more than are compiled (%d)", count,
		    SL_EXPRESSIONS_MAX);
	rc = sl_hs_probe(err);
	if (rc < 0)
		return rc;
	if (!make_key(expressions, count, key))
		return sl_error_set(err, SL_ENOTFOUND,
		    "the library that compiles patterns cannot run them");
	rc = make_folder(folder, err);
	if (rc == SL_OK)
		rc = sl_hs_compile(expressions, count, &body, err);
	if (rc < 0 || body.len == 0)
		return rc;
	sl_buf_add(&rest, &number, sizeof(number));
	for (size_t i = 0; i < count; i++)
		sl_buf_add(&rest, &expressions[i].width,
		    sizeof(expressions[i].width));
	sl_buf_addv(&rest, sl_buf_str(&body));
	rc = write_file(folder, key, sl_buf_str(&rest), err);
	if (rc == SL_OK)
		remove_old(folder);
	return rc;
}
