/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpu: how many processors there are to work with.
 */
#ifndef SL_BASE_CPU_H
#define SL_BASE_CPU_H

/** The processors that this process may run on, at least 1. */
unsigned sl_cpu_count(void);

#endif
