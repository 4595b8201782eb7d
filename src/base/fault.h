/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault: named points at which a test may stop the program.
 *
 * Built only with --enable-faults. The environment variable SLUICE_FAULT
 * names one point: "NAME" kills the process there with SIGKILL, as a power
 * cut would; "NAME=N" on the N-th passage (from 1); "NAME=hang" stays there for
 * ever. SL_FAULT_IS asks whether a point is named, for what a system refuses.
 * In other builds a point is no code at all.
 */
#ifndef SL_BASE_FAULT_H
#define SL_BASE_FAULT_H

#include <stdbool.h>

#ifdef SL_FAULTS
void sl_fault_point(const char *name);
bool sl_fault_is(const char *name);
#define SL_FAULT_POINT(name) sl_fault_point(name)
#define SL_FAULT_IS(name) sl_fault_is(name)
#else
#define SL_FAULT_POINT(name) ((void)0)
#define SL_FAULT_IS(name) false
#endif

#endif
