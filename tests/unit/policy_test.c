/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_rig.h"

SL_TEST_MAIN("policy", tcase_load, tcase_layers, tcase_tighten, tcase_explain,
    tcase_waivers, tcase_baseline, tcase_packs, tcase_proof, tcase_verdict,
    tcase_uri)
