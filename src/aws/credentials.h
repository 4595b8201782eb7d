/* SPDX-License-Identifier: Apache-2.0 */
/*
 * credentials: keys for signing, and the environment that they come from.
 *
 * The library reads no environment. A program fills a
 * struct sl_aws_environment once and hands it to every session:
 *
 *     SL_CLEANUP(sl_aws_environment_release)
 *     struct sl_aws_environment env = { 0 };
 *     sl_aws_environment_fill(&env, get_variable, NULL);
 *
 * Credentials are immutable; a refresh makes new ones. They are looked for in
 * this order: environment variables, then the profile (role, static keys in
 * the credentials file, static keys in the configuration file). A profile that
 * the caller names passes the variables by. A provider that is configured but
 * fails ends the search. Web identity, single sign-on, credential_process,
 * containers and instance metadata are recognised and refused by name.
 */
#ifndef SL_AWS_CREDENTIALS_H
#define SL_AWS_CREDENTIALS_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

/** Credentials that do not expire. */
#define SL_AWS_NEVER INT64_MAX

/**
 * Keys of one principal.
 *
 * source        where they came from, for messages: "environment variables",
 *               "profile \"staging\"", "role arn:..."
 * expires_at_s  seconds since 1970-01-01 UTC, or SL_AWS_NEVER
 */
struct sl_aws_credentials {
	char *access_key_id;
	struct sl_secret secret_access_key;
	struct sl_secret session_token; /* empty for long-term keys */
	char *source;
	int64_t expires_at_s;
};

/** Make credentials; everything is copied. */
struct sl_aws_credentials *sl_aws_credentials_new(struct sl_str access_key_id,
    struct sl_str secret_access_key, struct sl_str session_token,
    int64_t expires_at_s, const char *source) SL_MUST_CHECK;

/** Wipe the keys and free; NULL is fine. */
void sl_aws_credentials_free(struct sl_aws_credentials *creds);
SL_DEFINE_FREEP(struct sl_aws_credentials, sl_aws_credentials_free,
    sl_aws_credentials_freep)

/** What the AWS variables say; NULL or empty where one is not set or empty. */
struct sl_aws_environment {
	char *access_key_id;             /* AWS_ACCESS_KEY_ID */
	struct sl_secret secret_access_key; /* AWS_SECRET_ACCESS_KEY */
	struct sl_secret session_token;  /* AWS_SESSION_TOKEN */
	char *expiration;                /* AWS_CREDENTIAL_EXPIRATION */
	char *profile;                   /* AWS_PROFILE, AWS_DEFAULT_PROFILE */
	char *config_file;               /* AWS_CONFIG_FILE, ~/.aws/config */
	char *credentials_file;          /* AWS_SHARED_CREDENTIALS_FILE, ... */
	char *region;                    /* AWS_REGION, AWS_DEFAULT_REGION */
	char *endpoint;                  /* AWS_ENDPOINT_URL */
	char *endpoint_sagemaker;        /* AWS_ENDPOINT_URL_SAGEMAKER */
	char *endpoint_s3;               /* AWS_ENDPOINT_URL_S3 */
	char *endpoint_sts;              /* AWS_ENDPOINT_URL_STS */
	char *endpoint_ecr;              /* AWS_ENDPOINT_URL_ECR */
	char *ca_bundle;                 /* AWS_CA_BUNDLE, SSL_CERT_FILE, ... */
	char *https_proxy;               /* HTTPS_PROXY, https_proxy */
	char *no_proxy;                  /* NO_PROXY, no_proxy */
	char *max_attempts;              /* AWS_MAX_ATTEMPTS */
	const char *unsupported;         /* a provider that is configured by
	                                    variables and not supported, or
	                                    NULL; a literal */
};

/**
 * Fill an environment from variables.
 *
 * @param get   value of a variable or NULL; valid until the next call
 * @param self  handed to get
 */
void sl_aws_environment_fill(struct sl_aws_environment *env,
    const char *(*get)(void *self, const char *name), void *self);

/** Wipe and free; the struct is usable again. */
void sl_aws_environment_release(struct sl_aws_environment *env);

#endif
