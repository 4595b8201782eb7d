/* SPDX-License-Identifier: Apache-2.0 */
#include "git_rig.h"

SL_TEST_MAIN("git", tcase_files, tcase_parsers, tcase_repository,
    tcase_objects, tcase_push, tcase_ranges)
