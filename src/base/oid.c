/* SPDX-License-Identifier: Apache-2.0 */
#include "base/oid.h"

#include "base/text.h"

int
sl_oid_parse(struct sl_str hex, struct sl_oid *out)
{
	if (hex.len != SL_OID_HEX && hex.len != 64)
		return SL_EINVAL;
	for (size_t i = 0; i < hex.len; i++) {
		char c = hex.ptr[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
			return SL_EINVAL;
	}
	if (hex.len == 64)
		return SL_EUNSUPPORTED;
	return sl_hex_decode(hex, out->id);
}

void
sl_oid_hex(const struct sl_oid *oid, char out[SL_OID_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SL_OID_BYTES; i++) {
		out[2 * i] = digits[oid->id[i] >> 4];
		out[2 * i + 1] = digits[oid->id[i] & 15];
	}
	out[SL_OID_HEX] = '\0';
}
