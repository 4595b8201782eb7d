/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Searching by windows: a pattern, NUL, a text. Where a search through the
 * whole text ends without a limit, windows give the same matches.
 */
#include "fuzz.h"

#include <string.h>

#include "scan/scan.h"

#define MAX_MATCHES 1000

static bool
same(const struct sl_rx_match *a, const struct sl_rx_match *b)
{
	if (a->start != b->start || a->end != b->end || a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->group[i].ptr != b->group[i].ptr ||
		    a->group[i].len != b->group[i].len)
			return false;
	return true;
}

static void
compare(struct sl_scan *scan, struct sl_rx *rx, struct sl_rx_scratch *scratch)
{
	struct sl_str text = sl_scan_text(scan);
	size_t start = 0;

	for (int i = 0; i < MAX_MATCHES && start <= text.len; i++) {
		struct sl_error err = SL_ERROR_INIT;
		struct sl_rx_match whole, windowed;
		int rc = sl_rx_match(rx, scratch, text, start, &whole, &err);
		int got = sl_scan_match(scan, 0, scratch, start, &windowed,
		    &err);

		if (rc < 0)
			return;
		fuzz_check(got == rc);
		if (rc == SL_RX_NO)
			return;
		fuzz_check(same(&whole, &windowed));
		start = whole.end > start ? whole.end : start + 1;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sl_rx_limits limits = { .match_limit = 5000,
		.depth_limit = 500 };
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_scanner *scanner;
	struct sl_scan *scan, *decoded;
	struct sl_rx_scratch *scratch;
	struct sl_rx *rx;
	size_t len;

	if (!nul)
		return 0;
	len = (size_t)(nul - data);
	if (sl_rx_compile(sl_strn((const char *)data, len), 0, NULL, &rx,
		&err) < 0)
		return 0;
	scratch = sl_rx_scratch_new(&limits);
	scanner = sl_scanner_new();
	(void)sl_scanner_add(scanner, rx);
	scan = sl_scan_new(scanner);
	sl_scan_begin(scan, sl_strn((const char *)nul + 1, size - len - 1));
	compare(scan, rx, scratch);
	decoded = sl_scan_decoded(scan);
	if (decoded)
		compare(decoded, rx, scratch);
	sl_scan_free(scan);
	sl_scanner_free(scanner);
	sl_rx_scratch_free(scratch);
	sl_rx_free(rx);
	return 0;
}
