/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A baseline: what is accepted, written and read again, means the same; and
 * covers no more than it did.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/baseline.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_buf again = SL_BUF_INIT(size * 4 + 1000);
	struct sl_buf more = SL_BUF_INIT(2000);
	struct sl_baseline *first = NULL, *second = NULL;
	struct sl_error err = SL_ERROR_INIT;
	char of_first[SL_SHA256_HEX + 1], of_second[SL_SHA256_HEX + 1];

	if (sl_baseline_parse("f", text, &first, &err) < 0) {
		fuzz_check(first == NULL && err.text[0] != '\0');
		return 0;
	}
	fuzz_check(sl_baseline_write(first, &again) == 0);
	fuzz_check(sl_baseline_parse("g", sl_buf_str(&again), &second, &err) ==
	    0);
	fuzz_check(sl_baseline_count(first) == sl_baseline_count(second));
	sl_baseline_digest(first, of_first);
	sl_baseline_digest(second, of_second);
	fuzz_check(strcmp(of_first, of_second) == 0);
	sl_baseline_compare(first, second, &more);
	sl_baseline_compare(second, first, &more);
	fuzz_check(more.len == 0);
	sl_baseline_free(first);
	sl_baseline_free(second);
	sl_buf_release(&again);
	return 0;
}
