/* SPDX-License-Identifier: Apache-2.0 */
/* gate_rig: what the test cases for src/gate share. */
#ifndef SL_TESTS_GATE_RIG_H
#define SL_TESTS_GATE_RIG_H

#include "harness.h"

TCase *tcase_proofs(void);

#endif
