/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image: references to container images, as text.
 *
 * Read strictly, since what is read becomes a request to a registry: what is
 * not exactly an address in Amazon ECR is not in ECR. Pure.
 */
#ifndef SL_PIPELINE_IMAGE_H
#define SL_PIPELINE_IMAGE_H

#include "base/buf.h"

/** Characters of an image reference that SageMaker takes. */
#define SL_IMAGE_MAX 255

/** An image in Amazon ECR; views of the text it was read from. */
struct sl_image {
	struct sl_str name;       /* registry and repository, nothing after */
	struct sl_str account;    /* 12 digits: whose registry */
	struct sl_str region;
	struct sl_str repository;
	struct sl_str tag;        /* "latest" where the text has neither tag
				     nor digest; empty: there is a digest only */
	struct sl_str digest;     /* "sha256:..."; empty: none */
};

/**
 * Read
 *
 *     ACCOUNT.dkr.ecr[-fips].REGION.amazonaws.com[.cn]/REPOSITORY
 *     ACCOUNT.dkr-ecr[-fips].REGION.on.aws/REPOSITORY
 *
 * with [:TAG][@sha256:HEX] behind it.
 *
 * @return false: not in ECR; out is not touched
 */
bool sl_image_parse(struct sl_str text, struct sl_image *out);

/**
 * Whether a text names a host as ECR's are named: one that sl_image_parse does
 * not read is then a mistake, not an image from elsewhere.
 */
bool sl_image_means_ecr(struct sl_str text);

/**
 * The digest in a reference to an image of any registry: what is behind its
 * "@" if that is a digest.
 *
 * @return a view of the text; empty where it has none
 */
struct sl_str sl_image_digest(struct sl_str text);

/** Whether this is "sha256:" and 64 lower-case hexadecimal digits. */
bool sl_image_is_digest(struct sl_str text);

#endif
