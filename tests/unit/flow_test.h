/* SPDX-License-Identifier: Apache-2.0 */
/* flow_test: the files of this test program. */
#ifndef SL_TESTS_FLOW_TEST_H
#define SL_TESTS_FLOW_TEST_H

#include "harness.h"

TCase *tcase_flow_paths(void);
TCase *tcase_flow_plan(void);

#endif
