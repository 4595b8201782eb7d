/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lfs: pointer files of Git LFS, which stand in a tree for a file that is
 * kept elsewhere. Pure.
 *
 * @source git-lfs, docs/spec.md, "The Pointer"
 */
#ifndef SL_BASE_LFS_H
#define SL_BASE_LFS_H

#include "base/buf.h"
#include "base/error.h"

/** A pointer has fewer bytes than this. */
#define SL_LFS_POINTER_MAX 1024

/**
 * Whether bytes were meant as a pointer: its first line, and an oid. A pointer
 * that is damaged further on is one too.
 */
bool sl_lfs_is_pointer(struct sl_str bytes);

/**
 * Check that bytes are a whole pointer, as git-lfs reads it: lines `KEY VALUE`
 * with the version first, then in the order of their keys, among them an oid
 * (SHA-256) and a size.
 *
 * @return 0, SL_EINVAL with the reason
 */
int sl_lfs_check_pointer(struct sl_str bytes, struct sl_error *err)
    SL_MUST_CHECK;

#endif
