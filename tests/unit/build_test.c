/* SPDX-License-Identifier: Apache-2.0 */
#include "build_rig.h"

SL_TEST_MAIN("build", tcase_manifest, tcase_train, tcase_steps, tcase_inputs,
    tcase_promote, tcase_images)
