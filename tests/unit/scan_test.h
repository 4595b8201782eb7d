/* SPDX-License-Identifier: Apache-2.0 */
/* What the cases about scans share. */
#ifndef SL_TESTS_SCAN_TEST_H
#define SL_TESTS_SCAN_TEST_H

#include "harness.h"

/** A folder of the test's own, as a fixture. */
extern char scan_folder[64];
void make_scan_folder(void);
void remove_scan_folder(void);

TCase *tcase_database(void);

#endif
