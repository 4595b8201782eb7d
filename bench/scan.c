/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: how fast many patterns are searched for, and whether the answers are
 * those of a search through each whole text.
 *
 *     git cat-file --batch-all-objects --unordered --batch --buffer |
 *             bench/scan PATTERNS [WHOLE [FOLDER]]
 *
 * PATTERNS has one regular expression per line. At most 512 MiB of blobs of up
 * to 10 MiB are taken into memory before anything is timed. WHOLE is how many
 * bytes of them are also searched whole (default 512 KiB), evenly spread, since
 * that takes some hundred times as long. With a FOLDER all is done once more
 * through a database, which is compiled there. Exits 1 where matches differ.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "scan/scan.h"

#define MAX_TEXT ((size_t)10 << 20)
#define MAX_TEXTS ((size_t)512 << 20)

struct texts {
	struct sl_str *items;
	size_t count;
	size_t room;
	size_t bytes;
};

struct patterns {
	struct sl_rx **rx;
	size_t count;
	size_t room;
};

static void
die(const char *what)
{
	fprintf(stderr, "scan: %s\n", what);
	exit(2);
}

/* Of this process: the machine may be busy. */
static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Blobs of a `git cat-file --batch` stream. */
static void
read_texts(struct texts *t)
{
	char oid[128], kind[16];
	size_t size;

	while (scanf("%127s %15s %zu", oid, kind, &size) == 3) {
		char *bytes = malloc(size + 1);

		if (!bytes || getchar() != '\n' ||
		    fread(bytes, 1, size, stdin) != size || getchar() != '\n')
			die("the stream ends early");
		if (strcmp(kind, "blob") != 0 || size > MAX_TEXT ||
		    t->bytes + size > MAX_TEXTS) {
			free(bytes);
			continue;
		}
		SL_GROW(t->items, t->count, t->room);
		t->items[t->count++] = sl_strn(bytes, size);
		t->bytes += size;
	}
	if (t->bytes == 0)
		die("no blobs");
}

static void
read_patterns(const char *path, struct patterns *p)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(16 << 20);
	struct sl_error err = SL_ERROR_INIT;
	const char *line, *end;

	if (sl_fsx_read(path, &b, &err) < 0)
		die(err.text);
	for (line = b.ptr; *line; line = end + 1) {
		end = strchrnul(line, '\n');
		SL_GROW(p->rx, p->count, p->room);
		if (sl_rx_compile(sl_strn(line, (size_t)(end - line)), 0, NULL,
			&p->rx[p->count], &err) < 0)
			fprintf(stderr, "scan: left out: %s\n", err.text);
		else
			p->count++;
		if (!*end)
			break;
	}
}

/* A number that another order or place of matches changes. */
struct sum {
	uint64_t matches;
	uint64_t undecided;
	uint64_t places;
};

static void
search(struct sl_scan *scan, size_t id, struct sl_rx *rx,
    struct sl_rx_scratch *scratch, struct sl_str text, struct sum *sum)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_rx_match m;

	for (size_t start = 0; start <= text.len;) {
		int rc = scan ? sl_scan_match(scan, id, scratch, start, &m,
				    &err) :
				sl_rx_match(rx, scratch, text, start, &m,
				    &err);

		sum->undecided += rc < 0;
		if (rc != SL_RX_YES)
			return;
		sum->matches++;
		sum->places = sum->places * 31 + m.start * 7 + m.end;
		start = m.end > start ? m.end : start + 1;
	}
}

static double
scan_all(const struct texts *t, const struct patterns *p,
    struct sl_scan *scan, struct sl_rx_scratch *scratch, struct sum *sum)
{
	double start = seconds();

	for (size_t i = 0; i < t->count; i++) {
		sl_scan_begin(scan, t->items[i]);
		for (size_t k = 0; k < p->count; k++)
			search(scan, k, p->rx[k], scratch, t->items[i], sum);
	}
	return seconds() - start;
}

/* Every so many texts, both ways. */
static int
compare(const struct texts *t, const struct patterns *p, struct sl_scan *scan,
    struct sl_rx_scratch *scratch, size_t most)
{
	size_t bytes = 0, wrong = 0, last = 0;
	double start, spent = 0;

	for (size_t i = 0; i < t->count && bytes < most; i++) {
		/* The share of the texts that is due by now. */
		if (last && (double)bytes / (double)most >
			(double)i / (double)t->count)
			continue;
		last = i + 1;
		bytes += t->items[i].len;
		sl_scan_begin(scan, t->items[i]);
		for (size_t k = 0; k < p->count; k++) {
			struct sum whole = { 0 }, windows = { 0 };

			start = seconds();
			search(NULL, k, p->rx[k], scratch, t->items[i],
			    &whole);
			spent += seconds() - start;
			search(scan, k, p->rx[k], scratch, t->items[i],
			    &windows);
			wrong += !whole.undecided &&
			    memcmp(&whole, &windows, sizeof(whole)) != 0;
		}
	}
	printf("  whole: %.1f MB of them, %.2f MB/s, %zu differences\n",
	    (double)bytes / 1e6, (double)bytes / 1e6 / spent, wrong);
	return wrong ? 1 : 0;
}

/* Compile the patterns. @return whether there is a library that can */
static bool
compile(struct sl_scanner *scanner, const char *folder)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_scan_compiled compiled;
	double start = seconds();

	sl_scanner_use(scanner, folder);
	if (sl_scanner_compile(scanner, &compiled, &err) < 0) {
		printf("database: left out: %s\n", err.text);
		return false;
	}
	printf("database: %.0f ms, for %zu patterns\n",
	    (seconds() - start) * 1e3, compiled.known);
	return true;
}

/* All of it with one engine. */
static int
run(const struct texts *t, const struct patterns *p, size_t whole,
    const char *folder)
{
	struct sl_scanner *scanner = sl_scanner_new();
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	char engine[SL_SCAN_ENGINE_SIZE];
	struct sum sum = { 0 };
	struct sl_scan *scan;
	size_t claimed = 0;
	double spent, start;
	int rc = 0;

	for (size_t i = 0; i < p->count; i++)
		(void)sl_scanner_add(scanner, p->rx[i]);
	if (folder && !compile(scanner, folder))
		goto out;
	start = seconds();
	for (size_t i = 0; i < p->count; i++)
		claimed += sl_scanner_claim(scanner, i).literals > 0;
	printf("tables: %.1f ms, for %zu patterns\n",
	    (seconds() - start) * 1e3, claimed);
	scan = sl_scan_new(scanner);
	spent = scan_all(t, p, scan, scratch, &sum);
	sl_scanner_engine(scanner, engine);
	printf("scan: %s: %.1f MB in %.0f ms, %.1f MB/s, %llu matches, %llu "
	       "undecided\n",
	    engine, (double)t->bytes / 1e6, spent * 1e3,
	    (double)t->bytes / 1e6 / spent, (unsigned long long)sum.matches,
	    (unsigned long long)sum.undecided);
	rc = compare(t, p, scan, scratch, whole);
	sl_scan_free(scan);
out:
	sl_rx_scratch_free(scratch);
	sl_scanner_free(scanner);
	return rc;
}

int
main(int argc, char **argv)
{
	size_t whole = argc > 2 ? strtoul(argv[2], NULL, 10) :
				  (size_t)512 << 10;
	struct patterns p = { NULL, 0, 0 };
	struct texts t = { NULL, 0, 0, 0 };
	double start;
	int rc;

	if (argc < 2)
		die("usage: scan PATTERNS [WHOLE [FOLDER]] <CAT-FILE-STREAM");
	read_texts(&t);
	start = seconds();
	read_patterns(argv[1], &p);
	printf("compile %zu patterns: %.1f ms\n", p.count,
	    (seconds() - start) * 1e3);
	rc = run(&t, &p, whole, NULL);
	if (argc > 3 && run(&t, &p, whole, argv[3]) != 0)
		rc = 1;
	return rc;
}
