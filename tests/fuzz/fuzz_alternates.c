/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An alternates list: what was read, quoted and read again, is the same.
 */
#include "fuzz.h"

#include <string.h>

#include "git/git_int.h"

static void
quote_all(char **paths, size_t count, struct sl_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		fuzz_check(paths[i][0] != '\0');
		if (i > 0)
			sl_buf_addc(out, ':');
		fuzz_check(sl_git_alternate_quote(out, sl_str(paths[i])) == 0);
	}
}

static void
free_all(char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf quoted = SL_BUF_INIT(1 << 24);
	char **paths = NULL, **again = NULL;
	size_t count = 0, count_again = 0;

	if (sl_git_alternates_parse(text, &paths, &count, &err) < 0) {
		fuzz_check(paths == NULL && err.text[0] != '\0');
		return 0;
	}
	fuzz_check(count <= SL_GIT_ALTERNATES_MAX);
	quote_all(paths, count, &quoted);
	fuzz_check(sl_git_alternates_parse(sl_buf_str(&quoted), &again,
	    &count_again, &err) == 0);
	fuzz_check(count == count_again);
	for (size_t i = 0; i < count; i++)
		fuzz_check(!strcmp(paths[i], again[i]));
	free_all(paths, count);
	free_all(again, count_again);
	sl_buf_release(&quoted);
	return 0;
}
