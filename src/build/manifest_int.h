/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest_int: what the reader and the writer of manifests share.
 */
#ifndef SL_BUILD_MANIFEST_INT_H
#define SL_BUILD_MANIFEST_INT_H

#include "build/manifest.h"

/* Members that are one string, by name: the same table reads, writes and
 * frees them. */
struct sl_manifest_member {
	const char *key;
	size_t offset;
	bool required;
};

extern const struct sl_manifest_member sl_manifest_members[];
extern const size_t sl_manifest_member_count;
extern const struct sl_manifest_member sl_manifest_attempt_members[];
extern const size_t sl_manifest_attempt_member_count;

/** Where a manifest or an attempt holds a member. */
static inline char **
sl_manifest_slot(void *base, const struct sl_manifest_member *member)
{
	return (char **)((char *)base + member->offset);
}

#endif
