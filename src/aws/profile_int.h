/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile_int: one profile of an AWS configuration or credentials file.
 *
 * The dialect: "[section]", "key = value" with keys of either case, whole-line
 * comments with '#' or ';', values as they stand (no inline comments).
 * Indented lines belong to the key above and are passed over. A byte-order
 * mark and CR LF are fine.
 */
#ifndef SL_AWS_PROFILE_INT_H
#define SL_AWS_PROFILE_INT_H

#include "base/error.h"
#include "base/secret.h"

#define SL_AWS_PROFILE_FILE_MAX ((size_t)1024 * 1024)

enum sl_aws_profile_key {
	SL_AWS_KEY_ACCESS_KEY_ID,
	SL_AWS_KEY_SECRET_ACCESS_KEY,
	SL_AWS_KEY_SESSION_TOKEN,
	SL_AWS_KEY_REGION,
	SL_AWS_KEY_ROLE_ARN,
	SL_AWS_KEY_SOURCE_PROFILE,
	SL_AWS_KEY_CREDENTIAL_SOURCE,
	SL_AWS_KEY_EXTERNAL_ID,
	SL_AWS_KEY_ROLE_SESSION_NAME,
	SL_AWS_KEY_MFA_SERIAL,
	SL_AWS_KEY_WEB_IDENTITY_TOKEN_FILE,
	SL_AWS_KEY_CREDENTIAL_PROCESS,
	SL_AWS_KEY_SSO_SESSION,
	SL_AWS_KEY_SSO_START_URL,
	SL_AWS_KEY_LOGIN_SESSION,
	SL_AWS_KEY_COUNT,
};

/** Values by key; empty where the profile has none. All wiped on release. */
struct sl_aws_profile {
	struct sl_secret values[SL_AWS_KEY_COUNT];
};

/**
 * Read a section of a file's text.
 *
 * @param name      of the profile
 * @param prefixed  sections are "[profile NAME]" (but "[default]"): the
 *                  configuration file
 * @param[out] found  whether there is such a section
 */
void sl_aws_profile_parse(struct sl_str text, const char *name, bool prefixed,
    struct sl_aws_profile *out, bool *found);

/**
 * Read a profile from a file; a file that is not there has no profiles.
 *
 * @param path  may be NULL
 * @return 0, SL_EIO, SL_ETOOBIG
 */
int sl_aws_profile_read(const char *path, const char *name, bool prefixed,
    struct sl_aws_profile *out, bool *found, struct sl_error *err)
    SL_MUST_CHECK;

void sl_aws_profile_release(struct sl_aws_profile *profile);

/** A value as a C string, "" where there is none. */
const char *sl_aws_profile_get(const struct sl_aws_profile *profile,
    enum sl_aws_profile_key key);

#endif
