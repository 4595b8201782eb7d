/* SPDX-License-Identifier: Apache-2.0 */
#include "aws_rig.h"

SL_TEST_MAIN("aws", tcase_faults, tcase_retries, tcase_s3, tcase_sagemaker,
    tcase_sources, tcase_roles, tcase_endpoints, tcase_ecr)
