/* SPDX-License-Identifier: Apache-2.0 */
/*
 * harness: run a list of test cases with check, as TAP on standard output.
 *
 *     SL_TEST_MAIN("base", tcase_buf, tcase_text)
 *
 * where each tcase_* is a `TCase *tcase_x(void)`. Loop tests over tables are
 * `tcase_add_loop_test`. ck_assert_err shows the error's text.
 */
#ifndef SL_TESTS_HARNESS_H
#define SL_TESTS_HARNESS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/error.h"

/** Fail with the error's text unless rc is code. */
#define ck_assert_err(rc, want, err)                                           \
	do {                                                                   \
		int rc_ = (rc);                                                \
		ck_assert_msg(rc_ == (want), "code %d (%s), not %d: %s %s",    \
		    rc_, sl_err_name(rc_), (want), (err)->place, (err)->text); \
	} while (0)
#define ck_assert_ok(rc, err) ck_assert_err(rc, SL_OK, err)

/** Whether all tests share one process: valgrind runs them so, and slowly. */
static inline bool
in_one_process(void)
{
	const char *fork = getenv("CK_FORK");

	return fork != NULL && strcmp(fork, "no") == 0;
}

#define SL_TEST_MAIN(name, ...)                                                \
	int main(void)                                                         \
	{                                                                      \
		TCase *(*const make[])(void) = { __VA_ARGS__ };                \
		Suite *suite = suite_create(name);                             \
		SRunner *runner;                                               \
		int failed;                                                    \
                                                                               \
		for (size_t i = 0; i < SL_COUNT(make); i++) {                  \
			TCase *tc = make[i]();                                 \
                                                                               \
			tcase_set_timeout(tc, 120);                            \
			suite_add_tcase(suite, tc);                            \
		}                                                              \
		runner = srunner_create(suite);                                \
		srunner_set_tap(runner, "-");                                  \
		srunner_run_all(runner, CK_SILENT);                            \
		failed = srunner_ntests_failed(runner);                        \
		srunner_free(runner);                                          \
		return failed ? EXIT_FAILURE : EXIT_SUCCESS;                   \
	}

#endif
