/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsx: files read under a cap, replaced whole or not at all, and locked.
 */
#ifndef SL_BASE_FSX_H
#define SL_BASE_FSX_H

#include <sys/types.h>

#include "base/buf.h"

/**
 * Append a regular file's bytes to out.
 *
 * @return 0, SL_ENOTFOUND, SL_ETOOBIG (over out's limit, nothing appended),
 *         SL_EIO (also for a directory, device or pipe)
 */
int sl_fsx_read(const char *path, struct sl_buf *out, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Append everything up to the end of a descriptor to out.
 *
 * @param name  what the descriptor is, for messages ("standard input")
 * @return 0, SL_ETOOBIG (out's limit; the rest is read and dropped, so that
 *         the writer sees no broken pipe), SL_EIO
 */
int sl_fsx_read_fd(int fd, const char *name, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Replace a file: temporary file beside it, write, fsync, rename, fsync the
 * directory. A crash leaves the old file or the new one, whole.
 *
 * @return 0, SL_EINVAL (there is a device, a pipe or a folder), SL_EIO (the
 *         old file is there, or the new one where only the directory was not
 *         synced)
 */
int sl_fsx_replace(const char *path, struct sl_str data, mode_t mode,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Create a directory and its parents; what exists is left as it is.
 *
 * @param mode  of each that is made, less the umask
 * @return 0, SL_EIO
 */
int sl_fsx_mkdirs(const char *path, mode_t mode, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Write all bytes to a descriptor, through interrupts and short writes.
 *
 * @return 0, SL_EIO
 */
int sl_fsx_write_fd(int fd, struct sl_str data, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Take an exclusive lock on a file without waiting; creates the file, for
 * its user and group whatever the umask is.
 *
 * The lock ends when the descriptor is closed or the process ends.
 *
 * @param[out] out_fd  close-on-exec descriptor that holds the lock
 * @return 0, SL_EBUSY (somebody else holds it), SL_EIO
 */
int sl_fsx_lock(const char *path, int *out_fd, struct sl_error *err)
    SL_MUST_CHECK;

/** Join a directory and a name with one '/'; an absolute name is kept. */
char *sl_fsx_join(const char *dir, const char *name) SL_MUST_CHECK;

/** The directory part of a path ("." where it has none). */
char *sl_fsx_dirname(const char *path) SL_MUST_CHECK;

#endif
