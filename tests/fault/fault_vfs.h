/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_vfs: a file system for SQLite that fails at a chosen moment.
 *
 * Every write, sync and truncation of a file through it is one operation;
 * they are counted from 1. Registered as the default, so that the code under
 * test opens it without knowing.
 */
#ifndef SL_TESTS_FAULT_VFS_H
#define SL_TESTS_FAULT_VFS_H

#include <stdbool.h>

enum fault_mode {
	FAULT_NONE,
	FAULT_ONCE,  /* the n-th operation fails with an I/O error */
	FAULT_FULL,  /* the disk is full from the n-th operation on */
	FAULT_DEAD,  /* the device fails from the n-th operation on */
	FAULT_KILL,  /* SIGKILL instead of the n-th operation */
	FAULT_TORN,  /* half of the n-th write, then SIGKILL */
};

/** Register; once in a program, before any database is opened. */
void fault_vfs_register(void);

/** Start counting anew; at: operation to fail at. */
void fault_vfs_arm(enum fault_mode mode, long at);

/** Whether an operation failed since fault_vfs_arm. */
bool fault_vfs_fired(void);

#endif
