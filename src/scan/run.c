/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: places of a run, as of 32 hexadecimal digits in a row.
 *
 * A stretch of n bytes that are all in a set holds one at every n-th byte of
 * the text, so mostly only these are looked at.
 */
#include "scan/scan_int.h"

void
sl_run_init(struct sl_run *run, const struct sl_literal *literal,
    uint32_t owner)
{
	run->literal = *literal;
	run->owner = owner;
	for (unsigned i = 0; i < 256; i++)
		run->in[i] = sl_set_has(&literal->set, (uint8_t)i);
}

void
sl_run_pass(const struct sl_run *run, struct sl_str text, sl_found_fn *fn,
    void *ctx)
{
	const uint8_t *p = (const uint8_t *)text.ptr;
	size_t width = run->literal.run;
	size_t start = 0;

	while (text.len - start >= width) {
		size_t end = start + width;

		while (end > start && run->in[p[end - 1]])
			end--;
		if (end > start) {
			/* What is before end is in no run of that width. */
			start = end;
			continue;
		}
		end = start + width;
		while (end < text.len && run->in[p[end]])
			end++;
		fn(ctx, run->owner, &run->literal, (uint32_t)start,
		    (uint32_t)(end - width));
		start = end;
	}
}
