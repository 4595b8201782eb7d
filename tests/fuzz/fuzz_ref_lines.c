/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hook's standard input: what is accepted, put together again, is the input
 * byte for byte, so no line was skipped or read as something else.
 */
#include "fuzz.h"

#include <string.h>

#include "change/change.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_ref_line *lines = NULL;
	struct sl_buf again = SL_BUF_INIT(size);
	size_t count = 0;

	if (sl_ref_lines_parse(text, 100, &lines, &count, &err) < 0) {
		fuzz_check(lines == NULL && err.text[0] != '\0');
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		char old_hex[SL_OID_HEX + 1], new_hex[SL_OID_HEX + 1];

		fuzz_check(sl_ref_name_check(lines[i].ref, &err) == 0);
		sl_oid_hex(&lines[i].old_oid, old_hex);
		sl_oid_hex(&lines[i].new_oid, new_hex);
		sl_buf_addf(&again, "%s %s ", old_hex, new_hex);
		sl_buf_addv(&again, lines[i].ref);
		sl_buf_addc(&again, '\n');
	}
	fuzz_check(sl_str_eq(sl_buf_str(&again), text));
	free(lines);
	sl_buf_release(&again);
	return 0;
}
