/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <sched.h>

unsigned
sl_cpu_count(void)
{
	cpu_set_t set;
	int count;

	/* More processors than fit into the set: one is always right. */
	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	count = CPU_COUNT(&set);
	return count > 0 ? (unsigned)count : 1;
}
