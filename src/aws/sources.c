/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search for the credentials that a session starts from.
 */
#include "aws/call_int.h"
#include "aws/profile_int.h"
#include "base/mem.h"

#define CHAIN_MAX 5 /* profiles that name each other as source */

static const char *
profile_name(const struct sl_aws_environment *env, const char *chosen)
{
	return chosen ? chosen : env->profile ? env->profile : "default";
}

/* --- variables --- */

static int
from_variables(struct sl_aws_session *session,
    struct sl_aws_credentials **out, struct sl_error *err)
{
	const struct sl_aws_environment *env = session->env;
	int64_t expires_at_s = SL_AWS_NEVER;

	if (env->secret_access_key.len == 0)
		return sl_error_set(err, SL_EDENIED,
		    "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY");
	if (env->expiration != NULL &&
	    sl_time_parse_rfc3339(sl_str(env->expiration), &expires_at_s) < 0)
		return sl_error_set(err, SL_EDENIED,
		    "AWS_CREDENTIAL_EXPIRATION is \"%s\", not a time such as "
		    "2026-11-22T10:31:40Z", env->expiration);
	if (expires_at_s <= sl_clock_now_s(session->clock))
		return sl_error_set(err, SL_EDENIED,
		    "the credentials in the environment variables expired at "
		    "%s; get new ones", env->expiration);
	*out = sl_aws_credentials_new(sl_str(env->access_key_id),
	    sl_secret_view(&env->secret_access_key),
	    sl_secret_view(&env->session_token), expires_at_s,
	    "environment variables");
	return SL_OK;
}

/* --- profiles --- */

/* Both files of a profile, apart: keys are not mixed from two files. */
struct profile_pair {
	struct sl_aws_profile config;
	struct sl_aws_profile keys;
	bool found;
};

static void
pair_release(struct profile_pair *pair)
{
	sl_aws_profile_release(&pair->config);
	sl_aws_profile_release(&pair->keys);
}

static int
pair_read(const struct sl_aws_environment *env, const char *name,
    struct profile_pair *out, struct sl_error *err)
{
	bool in_config, in_keys;
	int rc;

	rc = sl_aws_profile_read(env->config_file, name, true, &out->config,
	    &in_config, err);
	if (rc < 0)
		return rc;
	rc = sl_aws_profile_read(env->credentials_file, name, false,
	    &out->keys, &in_keys, err);
	if (rc < 0)
		return rc;
	out->found = in_config || in_keys;
	return SL_OK;
}

/* The credentials file wins. */
static const char *
pair_get(const struct profile_pair *pair, enum sl_aws_profile_key key)
{
	const char *value = sl_aws_profile_get(&pair->keys, key);

	return *value ? value : sl_aws_profile_get(&pair->config, key);
}

static struct sl_aws_credentials *
static_keys(const struct sl_aws_profile *profile, const char *name)
{
	const struct sl_secret *v = profile->values;
	SL_CLEANUP(sl_freep) char *source = NULL;

	if (v[SL_AWS_KEY_ACCESS_KEY_ID].len == 0 ||
	    v[SL_AWS_KEY_SECRET_ACCESS_KEY].len == 0)
		return NULL;
	source = sl_asprintf("profile \"%s\"", name);
	return sl_aws_credentials_new(
	    sl_secret_view(&v[SL_AWS_KEY_ACCESS_KEY_ID]),
	    sl_secret_view(&v[SL_AWS_KEY_SECRET_ACCESS_KEY]),
	    sl_secret_view(&v[SL_AWS_KEY_SESSION_TOKEN]), SL_AWS_NEVER,
	    source);
}

static int from_profile(struct sl_aws_session *session, const char *name,
    unsigned depth, struct sl_aws_credentials **out, struct sl_error *err);

static int
role_source(struct sl_aws_session *session, const struct profile_pair *pair,
    const char *name, unsigned depth, struct sl_aws_credentials **out,
    struct sl_error *err)
{
	const char *source = pair_get(pair, SL_AWS_KEY_SOURCE_PROFILE);
	const char *from = pair_get(pair, SL_AWS_KEY_CREDENTIAL_SOURCE);

	if (*source) {
		/* A profile may name itself: then its own keys are meant. */
		if (!strcmp(source, name)) {
			*out = static_keys(&pair->keys, name);
			if (*out == NULL)
				*out = static_keys(&pair->config, name);
			if (*out != NULL)
				return SL_OK;
		}
		return from_profile(session, source, depth + 1, out, err);
	}
	if (!strcmp(from, "Environment")) {
		if (session->env->access_key_id == NULL)
			return sl_error_set(err, SL_EDENIED,
			    "profile \"%s\" takes its source from the "
			    "environment, where AWS_ACCESS_KEY_ID is not set",
			    name);
		return from_variables(session, out, err);
	}
	if (*from)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "profile \"%s\": credential_source %s is not supported",
		    name, from);
	return sl_error_set(err, SL_EDENIED,
	    "profile \"%s\" has a role_arn but neither source_profile nor "
	    "credential_source", name);
}

static int
from_role(struct sl_aws_session *session, const struct profile_pair *pair,
    const char *name, unsigned depth, struct sl_aws_credentials **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_aws_credentials_freep)
	struct sl_aws_credentials *source = NULL;
	const char *external = pair_get(pair, SL_AWS_KEY_EXTERNAL_ID);
	const char *as = pair_get(pair, SL_AWS_KEY_ROLE_SESSION_NAME);
	struct sl_aws_role role = { pair_get(pair, SL_AWS_KEY_ROLE_ARN),
		*external ? external : NULL,
		*as ? as : session->session_name };
	int rc;

	if (*pair_get(pair, SL_AWS_KEY_MFA_SERIAL))
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "profile \"%s\" asks for a one-time code (mfa_serial), "
		    "which is not supported", name);
	rc = role_source(session, pair, name, depth, &source, err);
	if (rc < 0)
		return rc;
	return sl_aws_assume_role(session, source, &role, out, err);
}

/* Providers that a profile can name and that are not here yet. */
static const struct {
	enum sl_aws_profile_key key;
	const char *what;
} unsupported[] = {
	{ SL_AWS_KEY_WEB_IDENTITY_TOKEN_FILE,
	    "web identity (web_identity_token_file)" },
	{ SL_AWS_KEY_SSO_SESSION, "single sign-on (sso_session)" },
	{ SL_AWS_KEY_SSO_START_URL, "single sign-on (sso_start_url)" },
	{ SL_AWS_KEY_LOGIN_SESSION, "aws login (login_session)" },
	{ SL_AWS_KEY_CREDENTIAL_PROCESS, "credential_process" },
};

static int
refuse(const char *where, const char *what, struct sl_error *err)
{
	return sl_error_set(err, SL_EUNSUPPORTED,
	    "%s configures %s, which is not supported; put keys into "
	    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN "
	    "(aws configure export-credentials prints them)", where, what);
}

/* Sets *out to NULL where the profile configures nothing. */
static int
from_pair(struct sl_aws_session *session, const struct profile_pair *pair,
    const char *name, unsigned depth, struct sl_aws_credentials **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *where = NULL;
	bool web = *pair_get(pair, SL_AWS_KEY_WEB_IDENTITY_TOKEN_FILE);

	if (*pair_get(pair, SL_AWS_KEY_ROLE_ARN) && !web)
		return from_role(session, pair, name, depth, out, err);
	*out = web ? NULL : static_keys(&pair->keys, name);
	if (*out != NULL)
		return SL_OK;
	where = sl_asprintf("profile \"%s\"", name);
	for (size_t i = 0; i < SL_COUNT(unsupported); i++)
		if (*pair_get(pair, unsupported[i].key))
			return refuse(where, unsupported[i].what, err);
	*out = static_keys(&pair->config, name);
	return SL_OK;
}

static int
from_profile(struct sl_aws_session *session, const char *name, unsigned depth,
    struct sl_aws_credentials **out, struct sl_error *err)
{
	struct profile_pair pair = { 0 };
	struct sl_aws_credentials *found = NULL;
	int rc;

	if (depth > CHAIN_MAX)
		return sl_error_set(err, SL_ECONFIG,
		    "profile \"%s\": its source_profile chain is longer than "
		    "%d, or a circle", name, CHAIN_MAX);
	rc = pair_read(session->env, name, &pair, err);
	if (rc == SL_OK)
		rc = from_pair(session, &pair, name, depth, &found, err);
	if (rc == SL_OK && found == NULL && (pair.found || depth > 0 ||
		strcmp(name, "default") != 0))
		rc = sl_error_set(err, SL_EDENIED, "credentials missing: "
		    "profile \"%s\" %s", name,
		    pair.found ? "has no keys" : "does not exist");
	pair_release(&pair);
	if (rc == SL_OK)
		*out = found;
	return rc;
}

/* --- the order --- */

int
sl_aws_source_credentials(struct sl_aws_session *session,
    struct sl_aws_credentials **out, struct sl_error *err)
{
	const struct sl_aws_environment *env = session->env;
	const char *name = profile_name(env, session->profile);
	struct sl_aws_credentials *found = NULL;
	bool chosen = session->profile != NULL || env->profile != NULL;
	int rc;

	if (session->profile == NULL && env->access_key_id != NULL)
		return from_variables(session, out, err);
	if (!chosen && env->unsupported != NULL)
		return refuse("the environment", env->unsupported, err);
	rc = from_profile(session, name, 0, &found, err);
	if (rc < 0)
		return rc;
	if (found == NULL && env->unsupported != NULL)
		return refuse("the environment", env->unsupported, err);
	if (found == NULL)
		return sl_error_set(err, SL_EDENIED,
		    "credentials missing: set AWS_ACCESS_KEY_ID and "
		    "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile with "
		    "keys");
	*out = found;
	return SL_OK;
}

int
sl_aws_profile_region(const struct sl_aws_environment *env,
    const char *profile, char **out, struct sl_error *err)
{
	struct profile_pair pair = { 0 };
	int rc = pair_read(env, profile_name(env, profile), &pair, err);
	const char *region;

	if (rc == SL_OK) {
		region = pair_get(&pair, SL_AWS_KEY_REGION);
		*out = *region ? sl_strdup(region) : NULL;
	}
	pair_release(&pair);
	return rc;
}
