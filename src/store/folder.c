/* SPDX-License-Identifier: Apache-2.0 */
/* folder.c: what a state folder must be, before SQLite sees it. */
#include "store/store_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

/*
 * File systems on which several hosts can meet: locks and shared memory do
 * not hold there, and a database in WAL mode loses rows.
 *
 * @source statfs(2), linux/magic.h and the file systems' own sources
 */
static const struct {
	unsigned long magic;
	const char *name;
} network_systems[] = {
	{ 0x00006969, "NFS" },
	{ 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB2" },
	{ 0x0000517b, "SMB" },
	{ 0x5346414f, "AFS" },
	{ 0x6b414653, "AFS" },
	{ 0x73757245, "Coda" },
	{ 0x0000564c, "NCP" },
	{ 0x00c36400, "Ceph" },
	{ 0x01021997, "9P" },
	{ 0x0bd00bd0, "Lustre" },
	{ 0x47504653, "GPFS" },
	{ 0x7461636f, "OCFS2" },
	{ 0x01161970, "GFS2" },
	{ 0x19830326, "BeeGFS" },
	{ 0xbacbacbc, "VMware shared folders" },
	{ 0x786f4256, "VirtualBox shared folders" },
};

/* Many file systems, near and far, share FUSE's number. */
#define FUSE_MAGIC 0x65735546
#define MOUNTINFO_MAX (1024 * 1024)

/* Those of FUSE that are known to be on a local disk. */
static const char *const local_fuse[] = {
	"fuseblk",
	"fuse.fuse-overlayfs",
};

bool
sl_mount_type(struct sl_str table, unsigned major, unsigned minor,
    struct sl_str *type)
{
	char device[32];

	snprintf(device, sizeof(device), " %u:%u ", major, minor);
	while (table.len > 0) {
		const char *end = memchr(table.ptr, '\n', table.len);
		size_t len = end ? (size_t)(end - table.ptr) : table.len;
		const char *at = memmem(table.ptr, len, device, strlen(device));
		const char *dash = memmem(table.ptr, len, " - ", 3);

		/* id, parent, device ... " - " type: the mount point between
		 * has its blanks written as \040. */
		if (at != NULL && dash != NULL && at < dash) {
			type->ptr = dash + 3;
			at = memchr(type->ptr, ' ',
			    len - (size_t)(type->ptr - table.ptr));
			type->len = at ? (size_t)(at - type->ptr) : 0;
			return type->len > 0;
		}
		table.ptr += len + (end != NULL);
		table.len -= len + (end != NULL);
	}
	return false;
}

/* Refuse FUSE unless the kernel's table names a kind that is known. */
static int
check_fuse(const char *dir, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf table = SL_BUF_INIT(MOUNTINFO_MAX);
	struct sl_str type = SL_STR("of an unknown kind");
	struct stat st;

	if (stat(dir, &st) < 0)
		return sl_error_errno(err, errno, "cannot look at %s", dir);
	if (sl_fsx_read("/proc/self/mountinfo", &table, NULL) == SL_OK)
		sl_mount_type(sl_buf_str(&table), major(st.st_dev),
		    minor(st.st_dev), &type);
	for (size_t i = 0; i < SL_COUNT(local_fuse); i++)
		if (sl_str_eqs(type, local_fuse[i]))
			return SL_OK;
	return sl_error_set(err, SL_ECONFIG, "state folder %s is on a FUSE "
	    "file system (%.*s) that is not known to be local; choose a "
	    "folder on a local disk", dir, SL_STR_ARG(type));
}

static int
check_file_system(const char *dir, struct sl_error *err)
{
	struct statfs fs;

	if (statfs(dir, &fs) < 0)
		return sl_error_errno(err, errno, "cannot look at %s", dir);
	for (size_t i = 0; i < SL_COUNT(network_systems); i++) {
		if (network_systems[i].magic !=
		    ((unsigned long)fs.f_type & 0xffffffff))
			continue;
		return sl_error_set(err, SL_ECONFIG, "state folder %s is on a "
		    "network file system (%s), where the queue would lose "
		    "jobs; choose a folder on a local disk", dir,
		    network_systems[i].name);
	}
	if (((unsigned long)fs.f_type & 0xffffffff) == FUSE_MAGIC)
		return check_fuse(dir, err);
	return SL_OK;
}

static int
check_folder(const char *dir, struct sl_error *err)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return sl_error_errno(err, errno, "cannot look at %s", dir);
	if (!S_ISDIR(st.st_mode))
		return sl_error_set(err, SL_ECONFIG,
		    "state folder %s is not a directory", dir);
	if (st.st_mode & S_IWOTH)
		return sl_error_set(err, SL_ECONFIG, "state folder %s is "
		    "writable by everybody, so anybody could queue jobs; "
		    "run: chmod o-rwx %s", dir, dir);
	return check_file_system(dir, err);
}

/* The set-group-id bit: files that the hook's user makes stay writable for
 * the worker's user, who shares the folder's group. */
static int
make_folder(const char *dir, struct sl_error *err)
{
	struct stat st;
	int rc;

	if (stat(dir, &st) == 0)
		return SL_OK;
	rc = sl_fsx_mkdirs(dir, 0770, err);
	if (rc < 0)
		return sl_error_wrap(err, "state folder");
	if (chmod(dir, 02770) < 0)
		return sl_error_errno(err, errno, "cannot set the mode of %s",
		    dir);
	return SL_OK;
}

/* SQLite would create the file without write access for the group; its log
 * and shared memory take over the mode that they find here. */
static int
make_file(const char *path, struct sl_error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    0660);
	int failed;

	if (fd < 0 && errno == EEXIST)
		return SL_OK;
	if (fd < 0)
		return sl_error_errno(err, errno, "cannot create %s", path);
	failed = fchmod(fd, 0660) < 0 ? errno : 0;
	close(fd);
	if (failed)
		return sl_error_errno(err, failed, "cannot set the mode of %s",
		    path);
	return SL_OK;
}

static int
check_file(const char *path, unsigned flags, struct sl_error *err)
{
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT) {
		if (flags & SL_STORE_CREATE)
			return make_file(path, err);
		return sl_error_set(err, SL_ENOTFOUND,
		    "%s does not exist; \"sluice install\" creates it", path);
	}
	if (lstat(path, &st) < 0)
		return sl_error_errno(err, errno, "cannot look at %s", path);
	if (!S_ISREG(st.st_mode))
		return sl_error_set(err, SL_ECONFIG,
		    "%s is not a regular file", path);
	if (st.st_nlink != 1)
		return sl_error_set(err, SL_ECONFIG, "%s has %lu names (hard "
		    "links): changes made through one are lost to the other; "
		    "remove the copy", path, (unsigned long)st.st_nlink);
	return SL_OK;
}

int
sl_folder_prepare(const char *dir, unsigned flags, char **path,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *real = NULL;
	SL_CLEANUP(sl_freep) char *file = NULL;
	int rc;

	if (flags & SL_STORE_CREATE) {
		rc = make_folder(dir, err);
		if (rc < 0)
			return rc;
	}
	real = realpath(dir, NULL);
	if (real == NULL && (errno == ENOENT || errno == ENOTDIR))
		return sl_error_set(err, SL_ENOTFOUND, "state folder %s does "
		    "not exist; \"sluice install\" creates it", dir);
	if (real == NULL)
		return sl_error_errno(err, errno, "cannot look at %s", dir);
	rc = check_folder(real, err);
	if (rc < 0)
		return rc;
	file = sl_fsx_join(real, SL_STORE_FILE);
	rc = check_file(file, flags, err);
	if (rc < 0)
		return rc;
	*path = sl_steal(&file);
	return SL_OK;
}
