/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fsx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void
unlink_and_free(char **path)
{
	if (*path != NULL)
		unlink(*path);
	free(*path);
}

/* Append until the end; over the limit, keep reading but drop. */
static int
read_all(int fd, const char *name, struct sl_buf *out, bool drain,
    struct sl_error *err)
{
	size_t before = out->len;
	bool over = false;
	char chunk[32768];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sl_error_errno(err, errno, "cannot read %s",
			    name);
		if (n == 0)
			break;
		if (!over && sl_buf_add(out, chunk, (size_t)n) < 0)
			over = true;
		if (over && !drain)
			break;
	}
	if (!over)
		return SL_OK;
	sl_buf_truncate(out, before);
	return sl_error_set(err, SL_ETOOBIG,
	    "%s is larger than %zu bytes, the most that is read", name,
	    out->max);
}

int
sl_fsx_read_fd(int fd, const char *name, struct sl_buf *out,
    struct sl_error *err)
{
	return read_all(fd, name, out, true, err);
}

int
sl_fsx_read(const char *path, struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(close_fd) int fd = -1;
	struct stat st;

	/* O_NONBLOCK: a pipe planted under the name must not hang us. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return sl_error_set(err, SL_ENOTFOUND, "%s does not exist",
		    path);
	if (fd < 0)
		return sl_error_errno(err, errno, "cannot open %s", path);
	if (fstat(fd, &st) < 0)
		return sl_error_errno(err, errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return sl_error_set(err, SL_EIO, "%s is not a regular file",
		    path);
	return read_all(fd, path, out, false, err);
}

int
sl_fsx_write_fd(int fd, struct sl_str data, struct sl_error *err)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.ptr, data.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sl_error_errno(err, errno, "cannot write");
		data.ptr += n;
		data.len -= (size_t)n;
	}
	return SL_OK;
}

static int
sync_directory_of(const char *path, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_dirname(path);
	SL_CLEANUP(close_fd) int fd = -1;

	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return sl_error_errno(err, errno, "cannot sync directory %s",
		    dir);
	return SL_OK;
}

int
sl_fsx_replace(const char *path, struct sl_str data, mode_t mode,
    struct sl_error *err)
{
	SL_CLEANUP(unlink_and_free) char *temporary = NULL;
	SL_CLEANUP(close_fd) int fd = -1;
	struct stat old;

	/* A rename would put a file in the place of /dev/stdout. */
	if (stat(path, &old) == 0 && !S_ISREG(old.st_mode))
		return sl_error_set(err, SL_EINVAL,
		    "%s is not a regular file and is not replaced", path);
	temporary = sl_asprintf("%s.XXXXXX", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		int saved = errno;

		free(sl_steal(&temporary));
		return sl_error_errno(err, saved,
		    "cannot create a file beside %s", path);
	}
	if (sl_fsx_write_fd(fd, data, err) < 0)
		return sl_error_wrap(err, "%s", temporary);
	if (fchmod(fd, mode) < 0 || fsync(fd) < 0)
		return sl_error_errno(err, errno, "cannot write %s", temporary);
	if (rename(temporary, path) < 0)
		return sl_error_errno(err, errno, "cannot replace %s", path);
	free(sl_steal(&temporary));
	return sync_directory_of(path, err);
}

int
sl_fsx_mkdirs(const char *path, mode_t mode, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *part = sl_strdup(path);

	for (char *p = part + 1; part[0] != '\0'; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return sl_error_errno(err, errno,
			    "cannot create directory %s", part);
		if (c == '\0')
			break;
		*p = c;
	}
	return SL_OK;
}

int
sl_fsx_lock(const char *path, int *out_fd, struct sl_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0660);

	if (fd < 0)
		return sl_error_errno(err, errno, "cannot open %s", path);
	/* Two users of one group share it; only its owner can say so. */
	(void)!fchmod(fd, 0660);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int saved = errno;

		close(fd);
		if (saved == EWOULDBLOCK)
			return sl_error_set(err, SL_EBUSY,
			    "%s is locked by another process", path);
		return sl_error_errno(err, saved, "cannot lock %s", path);
	}
	*out_fd = fd;
	return SL_OK;
}

char *
sl_fsx_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	if (name[0] == '/' || n == 0)
		return sl_strdup(name);
	return sl_asprintf("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

char *
sl_fsx_dirname(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return sl_strdup(".");
	if (slash == path)
		return sl_strdup("/");
	return sl_strndup(path, (size_t)(slash - path));
}
