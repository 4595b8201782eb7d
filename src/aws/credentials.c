/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/credentials.h"

#include "base/fsx.h"
#include "base/mem.h"

struct sl_aws_credentials *
sl_aws_credentials_new(struct sl_str access_key_id,
    struct sl_str secret_access_key, struct sl_str session_token,
    int64_t expires_at_s, const char *source)
{
	struct sl_aws_credentials *creds = sl_alloc(sizeof(*creds));

	creds->access_key_id = sl_strndup(access_key_id.ptr,
	    access_key_id.len);
	sl_secret_set(&creds->secret_access_key, secret_access_key);
	sl_secret_set(&creds->session_token, session_token);
	creds->source = sl_strdup(source);
	creds->expires_at_s = expires_at_s;
	return creds;
}

void
sl_aws_credentials_free(struct sl_aws_credentials *creds)
{
	if (creds == NULL)
		return;
	free(creds->access_key_id);
	sl_secret_release(&creds->secret_access_key);
	sl_secret_release(&creds->session_token);
	free(creds->source);
	free(creds);
}

/* --- the environment --- */

struct getter {
	const char *(*get)(void *self, const char *name);
	void *self;
};

/* The first of two variables that is set and not empty; "" where none is. */
static const char *
look(const struct getter *g, const char *name, const char *other)
{
	const char *value = g->get(g->self, name);

	if ((value == NULL || *value == '\0') && other != NULL)
		value = g->get(g->self, other);
	return value ? value : "";
}

static char *
take(const struct getter *g, const char *name, const char *other)
{
	const char *value = look(g, name, other);

	return *value ? sl_strdup(value) : NULL;
}

static void
take_secret(const struct getter *g, const char *name, struct sl_secret *out)
{
	sl_secret_set(out, sl_str(look(g, name, NULL)));
}

/* A path from a variable ("~/" is the home folder), or one in the home. */
static char *
take_path(const struct getter *g, const char *name, const char *in_home)
{
	SL_CLEANUP(sl_freep) char *home = take(g, "HOME", NULL);
	SL_CLEANUP(sl_freep) char *path = take(g, name, NULL);

	if (path == NULL)
		return home ? sl_fsx_join(home, in_home) : NULL;
	if (home != NULL && !strncmp(path, "~/", 2))
		return sl_fsx_join(home, path + 2);
	return sl_steal(&path);
}

/* Providers that only variables configure. */
static const char *
find_unsupported(const struct getter *g)
{
	if (*look(g, "AWS_WEB_IDENTITY_TOKEN_FILE", NULL))
		return "web identity (AWS_WEB_IDENTITY_TOKEN_FILE)";
	if (*look(g, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI"))
		return "container credentials (AWS_CONTAINER_CREDENTIALS_*)";
	return NULL;
}

void
sl_aws_environment_fill(struct sl_aws_environment *env,
    const char *(*get)(void *self, const char *name), void *self)
{
	struct getter g = { get, self };

	sl_aws_environment_release(env);
	env->access_key_id = take(&g, "AWS_ACCESS_KEY_ID", NULL);
	take_secret(&g, "AWS_SECRET_ACCESS_KEY", &env->secret_access_key);
	take_secret(&g, "AWS_SESSION_TOKEN", &env->session_token);
	env->expiration = take(&g, "AWS_CREDENTIAL_EXPIRATION", NULL);
	env->profile = take(&g, "AWS_PROFILE", "AWS_DEFAULT_PROFILE");
	env->config_file = take_path(&g, "AWS_CONFIG_FILE", ".aws/config");
	env->credentials_file = take_path(&g, "AWS_SHARED_CREDENTIALS_FILE",
	    ".aws/credentials");
	env->region = take(&g, "AWS_REGION", "AWS_DEFAULT_REGION");
	if (strcmp(look(&g, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", NULL),
		"true") != 0) {
		env->endpoint = take(&g, "AWS_ENDPOINT_URL", NULL);
		env->endpoint_sagemaker =
		    take(&g, "AWS_ENDPOINT_URL_SAGEMAKER", NULL);
		env->endpoint_s3 = take(&g, "AWS_ENDPOINT_URL_S3", NULL);
		env->endpoint_sts = take(&g, "AWS_ENDPOINT_URL_STS", NULL);
		env->endpoint_ecr = take(&g, "AWS_ENDPOINT_URL_ECR", NULL);
	}
	env->ca_bundle = take(&g, "AWS_CA_BUNDLE", "SSL_CERT_FILE");
	if (env->ca_bundle == NULL)
		env->ca_bundle = take(&g, "CURL_CA_BUNDLE", NULL);
	env->https_proxy = take(&g, "HTTPS_PROXY", "https_proxy");
	env->no_proxy = take(&g, "NO_PROXY", "no_proxy");
	env->max_attempts = take(&g, "AWS_MAX_ATTEMPTS", NULL);
	env->unsupported = find_unsupported(&g);
}

void
sl_aws_environment_release(struct sl_aws_environment *env)
{
	char **texts[] = { &env->access_key_id, &env->expiration,
		&env->profile, &env->config_file, &env->credentials_file,
		&env->region, &env->endpoint, &env->endpoint_sagemaker,
		&env->endpoint_s3, &env->endpoint_sts, &env->endpoint_ecr,
		&env->ca_bundle, &env->https_proxy, &env->no_proxy,
		&env->max_attempts };

	for (size_t i = 0; i < SL_COUNT(texts); i++)
		sl_freep(texts[i]);
	sl_secret_release(&env->secret_access_key);
	sl_secret_release(&env->session_token);
	env->unsupported = NULL;
}
