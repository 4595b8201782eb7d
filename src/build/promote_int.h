/* SPDX-License-Identifier: Apache-2.0 */
/*
 * promote_int: what the steps of a promotion hand to each other.
 */
#ifndef SL_BUILD_PROMOTE_INT_H
#define SL_BUILD_PROMOTE_INT_H

#include "build/build_int.h"
#include "store/repositories.h"

struct sl_promotion {
	const struct sl_environment *from;
	const struct sl_remote *source;
	char *arn;                 /* of the package that is brought over */
	struct sl_manifest *build; /* that it comes from */
	struct sl_sagemaker_package package;
	const char *approved_by; /* person; borrowed from the site */
	/* Its parts with the artifacts' new addresses; NULL: none. */
	char *parts[SL_SAGEMAKER_PART_COUNT];
	char *target; /* ARN of the package in the target's registry */
};

#endif
