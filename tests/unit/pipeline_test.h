/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline_test: what the tests of src/pipeline share.
 */
#ifndef SL_TESTS_PIPELINE_TEST_H
#define SL_TESTS_PIPELINE_TEST_H

#include "harness.h"
#include "pipeline/pipeline.h"

/** Read a definition that is one. */
struct sl_pipeline *parse_ok(const char *json);

TCase *tcase_images(void);

#endif
