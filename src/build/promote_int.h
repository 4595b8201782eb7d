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
	struct sl_manifest_images images; /* of its containers, as looked up */
};

/* carry_images.c */

/**
 * Name every container's image in the package's parts by digest.
 *
 * The digest is the package's own, else that of the build that trained it,
 * else what the tag stands for now. What has none stays as it is.
 *
 * @return 0, SL_EREFUSED (the target takes pinned images only), or as the
 *         registry's call
 */
int sl_promotion_pin_images(struct sl_builder *b, struct sl_error *err)
    SL_MUST_CHECK;

/** List the images of the parts that are, or were, registered. */
int sl_promotion_note_images(const struct sl_promotion *p,
    struct sl_manifest_images *out, struct sl_error *err) SL_MUST_CHECK;

/** The target has the package already: its containers are what counts. */
void sl_promotion_take_registered(struct sl_promotion *p,
    struct sl_sagemaker_package *package);

#endif
