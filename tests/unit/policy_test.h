/* SPDX-License-Identifier: Apache-2.0 */
/* policy_test: the cases of the test program for src/policy. */
#ifndef SL_TESTS_POLICY_TEST_H
#define SL_TESTS_POLICY_TEST_H

#include "harness.h"

TCase *tcase_uri(void);

#endif
