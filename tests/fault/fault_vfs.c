/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fault/fault_vfs.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static enum fault_mode mode;
static long fail_at;
static long operations;
static bool fired;

void
fault_vfs_arm(enum fault_mode new_mode, long at)
{
	mode = new_mode;
	fail_at = at;
	operations = 0;
	fired = false;
}

bool
fault_vfs_fired(void)
{
	return fired;
}

/* Count an operation. @return SQLITE_OK to do it, or the code to fail with */
static int
operate(int io_error)
{
	operations++;
	if (mode == FAULT_NONE || operations < fail_at)
		return SQLITE_OK;
	if (mode == FAULT_ONCE && operations > fail_at)
		return SQLITE_OK;
	fired = true;
	if (mode == FAULT_KILL || mode == FAULT_TORN)
		raise(SIGKILL);
	return mode == FAULT_FULL ? SQLITE_FULL : io_error;
}

/* --- files: the real one behind each, its storage after ours --- */

struct fault_file {
	sqlite3_file base;
	sqlite3_file *real;
};

static sqlite3_file *
real(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

static int
file_close(sqlite3_file *f)
{
	return real(f)->pMethods->xClose(real(f));
}

static int
file_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	return real(f)->pMethods->xRead(real(f), to, n, at);
}

static int
file_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	int code;

	if (mode == FAULT_TORN && operations + 1 == fail_at)
		real(f)->pMethods->xWrite(real(f), from, n / 2, at);
	code = operate(SQLITE_IOERR_WRITE);
	if (code != SQLITE_OK)
		return code;
	return real(f)->pMethods->xWrite(real(f), from, n, at);
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int code = operate(SQLITE_IOERR_TRUNCATE);

	if (code != SQLITE_OK)
		return code;
	return real(f)->pMethods->xTruncate(real(f), size);
}

static int
file_sync(sqlite3_file *f, int flags)
{
	int code = operate(SQLITE_IOERR_FSYNC);

	if (code != SQLITE_OK)
		return code;
	return real(f)->pMethods->xSync(real(f), flags);
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real(f)->pMethods->xFileSize(real(f), size);
}

static int
file_lock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xLock(real(f), level);
}

static int
file_unlock(sqlite3_file *f, int level)
{
	return real(f)->pMethods->xUnlock(real(f), level);
}

static int
file_check_reserved(sqlite3_file *f, int *out)
{
	return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
	return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int
file_sector_size(sqlite3_file *f)
{
	return real(f)->pMethods->xSectorSize(real(f));
}

static int
file_characteristics(sqlite3_file *f)
{
	return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int
file_shm_map(sqlite3_file *f, int page, int size, int extend,
    void volatile **out)
{
	return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}

static int
file_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void
file_shm_barrier(sqlite3_file *f)
{
	real(f)->pMethods->xShmBarrier(real(f));
}

static int
file_shm_unmap(sqlite3_file *f, int delete_it)
{
	return real(f)->pMethods->xShmUnmap(real(f), delete_it);
}

static const sqlite3_io_methods file_methods = {
	.iVersion = 2,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_check_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector_size,
	.xDeviceCharacteristics = file_characteristics,
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* --- the file system: all but open is the real one's --- */

static sqlite3_vfs fault_vfs;

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
    int *out_flags)
{
	struct fault_file *f = (struct fault_file *)file;
	sqlite3_vfs *below = vfs->pAppData;
	int code;

	f->real = (sqlite3_file *)(f + 1);
	memset(f->real, 0, (size_t)below->szOsFile);
	code = below->xOpen(below, name, f->real, flags, out_flags);
	f->base.pMethods = f->real->pMethods ? &file_methods : NULL;
	return code;
}

void
fault_vfs_register(void)
{
	sqlite3_vfs *below = sqlite3_vfs_find(NULL);

	/* The real functions find what they need in the copied fields. */
	fault_vfs = *below;
	fault_vfs.zName = "fault";
	fault_vfs.pNext = NULL;
	fault_vfs.szOsFile = below->szOsFile + (int)sizeof(struct fault_file);
	fault_vfs.pAppData = below;
	fault_vfs.xOpen = vfs_open;
	if (sqlite3_vfs_register(&fault_vfs, 1) != SQLITE_OK)
		abort();
}
