/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ecr: what a tag of an image in Amazon ECR stands for right now.
 *
 * BatchGetImage is asked because it is one of the permissions that pulling
 * needs: whoever may run an image may ask, also where the repository is
 * another account's. Errors are those of session.h.
 */
#ifndef SL_AWS_ECR_H
#define SL_AWS_ECR_H

#include "aws/session.h"

/** "sha256:", hexadecimal digits and NUL. */
#define SL_ECR_DIGEST_SIZE 72

/** An image by its tag, in the session's region. */
struct sl_ecr_image {
	const char *registry; /* the account that owns it, 12 digits */
	const char *repository;
	const char *tag;
};

/**
 * Ask for the digest that a pull of a tag gets: of the index where the tag
 * names one, else of the manifest.
 *
 * @param[out] digest  "sha256:" and 64 lower-case hexadecimal digits
 * @return 0, SL_ENOTFOUND (no such repository or tag), SL_EUNSUPPORTED (the
 *         environment has no registry), or as session.h says
 */
int sl_ecr_image_digest(struct sl_aws_session *session,
    const struct sl_ecr_image *image, char digest[SL_ECR_DIGEST_SIZE],
    struct sl_error *err) SL_MUST_CHECK;

#endif
