/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worst: what a MiB of the text that a pattern likes least costs.
 *
 *     bench/worst PATTERNS
 *
 * PATTERNS has one regular expression per line. The texts are made of what the
 * expression itself asks for: each run of letters, digits and marks in it, over
 * and over, alone and with something between that its repeats take: blanks,
 * digits, base64, quotes. CPU time of a search as in a push, one pattern at a
 * time; a search that meets a limit counts with the time that it took. Prints
 * the slowest ten, then `worst: N ms`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "scan/scan.h"

#define TEXT ((size_t)1 << 20)
/* What says whether the whole is worth a look. */
#define SAMPLE ((size_t)1 << 16)
#define MAX_MATCHES 10000

static const char *const fillers[] = { "", " ", "a", "0", "=", "\n", "'",
	"aZ3+", "Ab0_-", "        ", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"0123456789abcdef0123456789abcdef", ": ", "= \"", "://a:", ".", "-",
	"\\n", "\n\n", "A-B ", "eyJhbGciOiJub25lIn0." };

struct result {
	double ms;
	char *pattern;
	char *unit;
	bool limit;
};

static void
die(const char *what)
{
	fprintf(stderr, "worst: %s\n", what);
	exit(2);
}

static double
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static bool
is_text(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c && strchr("_-:/=\"'.& ", c));
}

/* Search a text as a push would, to the end. @return the time that it took */
static double
measure(struct sl_rx *rx, struct sl_str text, bool *limit)
{
	struct sl_scanner *scanner = sl_scanner_new();
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match match;
	size_t id = sl_scanner_add(scanner, rx), start = 0;
	struct sl_scan *scan = sl_scan_new(scanner);
	double from = milliseconds(), ms;
	int rc = SL_RX_YES;

	sl_scan_begin(scan, text);
	for (unsigned i = 0; i < MAX_MATCHES && start <= text.len; i++) {
		rc = sl_scan_match(scan, id, scratch, start, &match, &err);
		if (rc != SL_RX_YES)
			break;
		start = match.end > start ? match.end : start + 1;
	}
	ms = milliseconds() - from;
	*limit = rc < 0;
	sl_scan_free(scan);
	sl_scanner_free(scanner);
	sl_rx_scratch_free(scratch);
	return ms;
}

static void
fill(struct sl_buf *text, const char *unit)
{
	do
		sl_buf_adds(text, unit);
	while (!text->over);
}

static void
try_unit(struct sl_rx *rx, const char *unit, struct result *worst)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf sample = SL_BUF_INIT(SAMPLE);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(TEXT);
	double factor = (double)(TEXT / SAMPLE), ms;
	bool limit;

	/* Time that grows faster than the text is caught by the 2. */
	fill(&sample, unit);
	if (measure(rx, sl_buf_str(&sample), &limit) * factor * 2 <
		worst->ms && !limit)
		return;
	fill(&text, unit);
	ms = measure(rx, sl_buf_str(&text), &limit);
	/* The least of several: other work on the machine only adds. */
	for (int i = 0; i < 2 && ms > worst->ms; i++) {
		double again = measure(rx, sl_buf_str(&text), &limit);

		ms = again < ms ? again : ms;
	}
	if (ms <= worst->ms)
		return;
	free(worst->unit);
	worst->unit = sl_strdup(unit);
	worst->ms = ms;
	worst->limit = limit;
}

/* Each run of plain text in the expression, with each filler. */
static void
try_pattern(struct sl_str pattern, struct result *worst)
{
	SL_CLEANUP(sl_rx_freep) struct sl_rx *rx = NULL;
	struct sl_error err = SL_ERROR_INIT;

	if (sl_rx_compile(pattern, SL_RX_SEARCH, NULL, &rx, &err) < 0)
		die(err.text);
	for (size_t i = 0; i < pattern.len; i++) {
		struct sl_str run = { pattern.ptr + i, 0 };

		while (i < pattern.len && is_text(pattern.ptr[i]))
			i++;
		run.len = (size_t)(pattern.ptr + i - run.ptr);
		for (size_t k = 0; k < SL_COUNT(fillers) && run.len; k++) {
			SL_CLEANUP(sl_freep) char *unit = sl_asprintf(
			    "%.*s%s", SL_STR_ARG(run), fillers[k]);

			try_unit(rx, unit, worst);
		}
	}
}

static int
by_time(const void *a, const void *b)
{
	double x = ((const struct result *)a)->ms;
	double y = ((const struct result *)b)->ms;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void
print(const struct result *results, size_t count)
{
	for (size_t i = 0; i < count && i < 10; i++) {
		if (!results[i].unit)
			break;
		printf("  %7.1f ms%s  %.60s\n             on ", results[i].ms,
		    results[i].limit ? " (to a limit)" : "",
		    results[i].pattern);
		for (const char *c = results[i].unit; *c; c++)
			printf(*c == '\n' ? "\\n" : "%c", *c);
		printf("\n");
	}
	printf("worst: %.1f ms\n", count ? results[0].ms : 0);
}

int
main(int argc, char **argv)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf file = SL_BUF_INIT(TEXT);
	struct sl_error err = SL_ERROR_INIT;
	struct result *results = NULL;
	size_t count = 0, room = 0;

	if (argc != 2 || sl_fsx_read(argv[1], &file, &err) < 0)
		die(argc == 2 ? err.text : "usage: worst PATTERNS");
	for (char *line = strtok(file.ptr, "\n"); line;
	     line = strtok(NULL, "\n")) {
		SL_GROW(results, count, room);
		results[count] = (struct result){ .pattern = line, .ms = 5 };
		try_pattern(sl_str(line), &results[count++]);
	}
	qsort(results, count, sizeof(*results), by_time);
	print(results, count);
	for (size_t i = 0; i < count; i++)
		free(results[i].unit);
	free(results);
	return 0;
}
