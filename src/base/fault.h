/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: named points at which a test may stop the program.
 *
 * Built only with --enable-faults. The environment variable SLUICE_FAULT
 * names one point: "NAME" kills the process there with SIGKILL, as a power
 * cut would; "NAME=N" on the N-th passage (from 1). In other builds a point
 * is no code at all.
 */
#ifndef SL_BASE_FAULT_H
#define SL_BASE_FAULT_H

#ifdef SL_FAULTS
void sl_fault_point(const char *name);
#define SL_FAULT_POINT(name) sl_fault_point(name)
#else
#define SL_FAULT_POINT(name) ((void)0)
#endif

#endif
