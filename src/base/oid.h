/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oid: a Git object id as a value.
 *
 * SHA-1 only: libgit2 1.5 cannot read SHA-256 repositories, which are
 * refused where they are opened.
 */
#ifndef SL_BASE_OID_H
#define SL_BASE_OID_H

#include "base/buf.h"

#define SL_OID_BYTES 20
#define SL_OID_HEX 40

struct sl_oid {
	uint8_t id[SL_OID_BYTES];
};

/** Whether the id is all zeros: "no object" in a ref line. */
static inline bool
sl_oid_is_zero(const struct sl_oid *oid)
{
	static const struct sl_oid zero;

	return !memcmp(oid, &zero, sizeof(zero));
}

static inline bool
sl_oid_eq(const struct sl_oid *a, const struct sl_oid *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/**
 * Read 40 lower-case hexadecimal digits.
 *
 * @return 0, SL_EINVAL (length or character, upper case included),
 *         SL_EUNSUPPORTED (64 digits: a SHA-256 repository)
 */
int sl_oid_parse(struct sl_str hex, struct sl_oid *out) SL_MUST_CHECK;

/** Write 40 lower-case hexadecimal digits and NUL. */
void sl_oid_hex(const struct sl_oid *oid, char out[SL_OID_HEX + 1]);

#endif
