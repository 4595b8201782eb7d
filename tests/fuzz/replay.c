/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a fuzz target over its corpus, as TAP: each file whole, then cut short
 * at many places, since truncation is the commonest damage. The corpus of
 * fuzz_NAME is $SL_SRCDIR/tests/fuzz/corpus/NAME, unless files are named.
 */
#include "fuzz.h"

#include <dirent.h>
#include <string.h>

#include "base/fsx.h"
#include "base/mem.h"

#define MAX_FILE ((size_t)4 * 1024 * 1024)
#define CUTS 256

static void
run_copy(const char *bytes, size_t len)
{
	/* An exact allocation, so that reading past the end is seen. */
	uint8_t *copy = sl_alloc(len ? len : 1);

	memcpy(copy, bytes, len);
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static int
run_file(const char *path, unsigned number)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf bytes = SL_BUF_INIT(MAX_FILE);
	size_t step;

	if (sl_fsx_read(path, &bytes, &err) < 0) {
		printf("not ok %u - %s: %s\n", number, path, err.text);
		return 1;
	}
	step = bytes.len / CUTS + 1;
	for (size_t len = 0; len < bytes.len; len += step)
		run_copy(sl_buf_cstr(&bytes), len);
	run_copy(sl_buf_cstr(&bytes), bytes.len);
	printf("ok %u - %s\n", number, strrchr(path, '/') + 1);
	fflush(stdout);
	sl_buf_release(&bytes);
	return 0;
}

static int
run_corpus(const char *dir)
{
	struct dirent **names;
	int count = scandir(dir, &names, NULL, alphasort), failed = 0;
	unsigned number = 0;

	if (count < 0) {
		printf("Bail out! cannot read %s\n", dir);
		return 1;
	}
	for (int i = 0; i < count; i++) {
		char *path = sl_fsx_join(dir, names[i]->d_name);

		if (names[i]->d_name[0] != '.')
			failed += run_file(path, ++number);
		free(path);
		free(names[i]);
	}
	free(names);
	printf("1..%u\n", number);
	return failed > 0 || number == 0;
}

int
main(int argc, char **argv)
{
	const char *srcdir = getenv("SL_SRCDIR");
	const char *name = strstr(argv[0], "fuzz_");
	char *dir;
	int rc = 0;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			rc |= run_file(argv[i], (unsigned)i);
		printf("1..%d\n", argc - 1);
		return rc;
	}
	for (const char *p = name; p != NULL; p = strstr(p + 1, "fuzz_"))
		name = p;
	if (name == NULL || srcdir == NULL) {
		puts("Bail out! SL_SRCDIR is not set");
		return 1;
	}
	dir = sl_asprintf("%s/tests/fuzz/corpus/%s", srcdir, name + 5);
	rc = run_corpus(dir);
	free(dir);
	return rc;
}
