/* SPDX-License-Identifier: Apache-2.0 */
#include "base/oid.h"

/* Value of a lower-case digit with the bit IS_DIGIT; 0 for other bytes. */
#define IS_DIGIT 0x10
static const uint8_t digit_values[256] = {
	['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
	['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
	['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e,
	['f'] = 0x1f
};

int
sl_oid_parse(struct sl_str hex, struct sl_oid *out)
{
	const uint8_t *text = (const uint8_t *)hex.ptr;
	uint8_t all = IS_DIGIT;
	struct sl_oid oid;

	if (hex.len != SL_OID_HEX && hex.len != 64)
		return SL_EINVAL;
	/* No branches: large repositories have 100,000 refs to read. */
	for (size_t i = 0; i < SL_OID_BYTES; i++) {
		uint8_t high = digit_values[text[2 * i]];
		uint8_t low = digit_values[text[2 * i + 1]];

		all &= high & low;
		oid.id[i] = (uint8_t)(high << 4 | (low & 15));
	}
	for (size_t i = SL_OID_HEX; i < hex.len; i++)
		all &= digit_values[text[i]];
	if (all == 0)
		return SL_EINVAL;
	if (hex.len == 64)
		return SL_EUNSUPPORTED;
	*out = oid;
	return SL_OK;
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
