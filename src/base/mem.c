/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static SL_NORETURN void
out_of_memory(void)
{
	/* A library layer does not print, but nobody above can go on either. */
	static const char text[] = "sluice: out of memory\n";

	fwrite(text, 1, sizeof(text) - 1, stderr);
	abort();
}

void *
sl_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
sl_alloc_array(size_t count, size_t size)
{
	void *p = calloc(count ? count : 1, size ? size : 1);

	if (p == NULL)
		out_of_memory();
	return p;
}

void *
sl_realloc_array(void *p, size_t count, size_t size)
{
	void *grown;

	if (size != 0 && count > SIZE_MAX / size)
		out_of_memory();
	grown = realloc(p, count != 0 && size != 0 ? count * size : 1);
	if (grown == NULL)
		out_of_memory();
	return grown;
}

char *
sl_strdup(const char *s)
{
	return s == NULL ? NULL : sl_strndup(s, strlen(s));
}

char *
sl_strndup(const char *s, size_t len)
{
	char *copy = sl_alloc(len + 1);

	if (len > 0)
		memcpy(copy, s, len);
	return copy;
}

char *
sl_asprintf(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&out, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return out;
}
