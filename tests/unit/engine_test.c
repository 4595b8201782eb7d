/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_rig.h"

SL_TEST_MAIN("engine", tcase_outcome, tcase_baseline, tcase_excused,
    tcase_kinds, tcase_files, tcase_config, tcase_people, tcase_trees,
    tcase_threads)
