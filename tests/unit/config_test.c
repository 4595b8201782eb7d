/* SPDX-License-Identifier: Apache-2.0 */
#include "config_rig.h"

SL_TEST_MAIN("config", tcase_site, tcase_project, tcase_flows)
