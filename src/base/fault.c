/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#ifdef SL_FAULTS

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void
sl_fault_point(const char *name)
{
	static long passages;
	const char *wanted = getenv("SLUICE_FAULT");
	size_t n = strlen(name);
	long at = 1;

	if (wanted == NULL || strncmp(wanted, name, n) != 0)
		return;
	if (!strcmp(wanted + n, "=hang"))
		for (;;)
			pause();
	if (wanted[n] == '=')
		at = strtol(wanted + n + 1, NULL, 10);
	else if (wanted[n] != '\0')
		return;
	if (++passages == at)
		raise(SIGKILL);
}

bool
sl_fault_is(const char *name)
{
	const char *wanted = getenv("SLUICE_FAULT");

	return wanted != NULL && !strcmp(wanted, name);
}

#else

/* ISO C wants a declaration in every file. */
typedef int sl_fault_unused;

#endif
