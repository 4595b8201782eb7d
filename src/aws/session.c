/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/session.h"

#include <strings.h>

#include "aws/call_int.h"
#include "base/mem.h"
#include "base/num.h"
#include "crypto/random.h"

#define ATTEMPTS_DEFAULT 3
#define ATTEMPTS_MAX 20
/* Renewed when less is left; botocore insists at the same point. */
#define RENEW_BEFORE_S 600
/* With less left than this, keys that could not be renewed are of no use. */
#define RENEW_LATEST_S 60
#define REGION_MAX 63

/* @source botocore's endpoint model; see the partition by region prefix. */
struct sl_aws_partition {
	const char *prefix; /* of the region */
	const char *name;
	const char *suffix;
};

/* The first prefix that fits; the last row takes the rest. */
static const struct sl_aws_partition partitions[] = {
	{ "cn-", "aws-cn", "amazonaws.com.cn" },
	{ "us-gov-", "aws-us-gov", "amazonaws.com" },
	{ "eusc-", "aws-eusc", "amazonaws.eu" },
	{ "us-isob-", "aws-iso-b", "sc2s.sgov.gov" },
	{ "us-isof-", "aws-iso-f", "csp.hci.ic.gov" },
	{ "us-iso-", "aws-iso", "c2s.ic.gov" },
	{ "eu-isoe-", "aws-iso-e", "cloud.adc-e.uk" },
	{ "", "aws", "amazonaws.com" },
};

static double
system_fraction(void *self)
{
	uint32_t bits = 0;

	(void)self;
	/* Without randomness the delay is short, which harms nobody. */
	if (sl_random_bytes(&bits, sizeof(bits), NULL) < 0)
		return 0;
	return (double)bits / 4294967296.0;
}

const struct sl_aws_random *
sl_aws_random_system(void)
{
	static const struct sl_aws_random random = { NULL, system_fraction };

	return &random;
}

/* --- region and endpoints --- */

static bool
is_region(const char *s)
{
	size_t len = strlen(s);

	return len > 0 && len <= REGION_MAX &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static const struct sl_aws_partition *
find_partition(const char *region)
{
	size_t i = 0;

	while (strncmp(region, partitions[i].prefix,
		   strlen(partitions[i].prefix)) != 0)
		i++;
	return &partitions[i];
}

static int
set_region(struct sl_aws_session *s, const struct sl_aws_config *config,
    struct sl_error *err)
{
	int rc;

	if (config->region != NULL)
		s->region = sl_strdup(config->region);
	else if (s->env->region != NULL)
		s->region = sl_strdup(s->env->region);
	if (s->region == NULL) {
		rc = sl_aws_profile_region(s->env, s->profile, &s->region,
		    err);
		if (rc < 0)
			return rc;
	}
	if (s->region == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "environment \"%s\" has no region: set region in the "
		    "site file, or AWS_REGION", s->name);
	if (!is_region(s->region))
		return sl_error_set(err, SL_ECONFIG,
		    "environment \"%s\": \"%s\" is not a region", s->name,
		    s->region);
	s->partition = find_partition(s->region);
	return SL_OK;
}

/* The site's override, the service's variable, the variable for all. */
static const char *
configured_url(const char *site, const char *own, const char *all)
{
	return site ? site : own ? own : all;
}

static int
set_endpoint(struct sl_aws_session *s, enum sl_aws_service service,
    const char *custom, const char *host, struct sl_error *err)
{
	struct sl_aws_endpoint *e = &s->endpoints[service];
	struct sl_error why = SL_ERROR_INIT;

	e->custom = custom != NULL;
	e->url = custom ? sl_strdup(custom)
			: sl_asprintf("https://%s.%s.%s", host, s->region,
			      s->partition->suffix);
	if (sl_http_origin_parse(sl_str(e->url), &e->origin, &why) < 0)
		return sl_error_set(err, SL_ECONFIG, "environment \"%s\": %s",
		    s->name, why.text);
	return SL_OK;
}

/* Beside a stand-in for SageMaker, AWS's own registry would be another world:
 * nobody asks there by mistake. */
static int
set_registry(struct sl_aws_session *s, const char *custom,
    struct sl_error *err)
{
	if (custom == NULL && s->endpoints[SL_AWS_SAGEMAKER].custom)
		return SL_OK;
	return set_endpoint(s, SL_AWS_ECR, custom, "api.ecr", err);
}

static int
set_endpoints(struct sl_aws_session *s, const struct sl_aws_config *config,
    struct sl_error *err)
{
	const struct sl_aws_environment *env = s->env;
	int rc;

	rc = set_endpoint(s, SL_AWS_SAGEMAKER,
	    configured_url(config->endpoint_sagemaker,
		env->endpoint_sagemaker, env->endpoint),
	    "api.sagemaker", err);
	if (rc < 0)
		return rc;
	rc = set_endpoint(s, SL_AWS_S3,
	    configured_url(config->endpoint_s3, env->endpoint_s3,
		env->endpoint),
	    "s3", err);
	if (rc < 0)
		return rc;
	rc = set_endpoint(s, SL_AWS_STS,
	    configured_url(config->endpoint_sts, env->endpoint_sts,
		env->endpoint),
	    "sts", err);
	if (rc < 0)
		return rc;
	return set_registry(s,
	    configured_url(config->endpoint_ecr, env->endpoint_ecr,
		env->endpoint),
	    err);
}

const char *
sl_aws_session_region(const struct sl_aws_session *session)
{
	return session->region;
}

const char *
sl_aws_session_partition(const struct sl_aws_session *session)
{
	return session->partition->name;
}

const char *
sl_aws_session_suffix(const struct sl_aws_session *session)
{
	return session->partition->suffix;
}

const char *
sl_aws_session_endpoint(const struct sl_aws_session *session,
    const char *service)
{
	if (!strcmp(service, "s3"))
		return session->endpoints[SL_AWS_S3].url;
	if (!strcmp(service, "sts"))
		return session->endpoints[SL_AWS_STS].url;
	if (!strcmp(service, "ecr"))
		return session->endpoints[SL_AWS_ECR].url;
	return session->endpoints[SL_AWS_SAGEMAKER].url;
}

/* --- life --- */

/* The account of "arn:aws:iam::111111111111:role/x"; empty: none. */
static struct sl_str
role_account(const char *arn)
{
	const char *at = arn;

	for (int i = 0; i < 4 && at != NULL; i++) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	return at ? sl_strn(at, strcspn(at, ":")) : sl_strn("", 0);
}

static int
check_role(const struct sl_aws_session *s, struct sl_error *err)
{
	struct sl_str account;

	if (s->role_arn == NULL)
		return SL_OK;
	account = role_account(s->role_arn);
	if (strncmp(s->role_arn, "arn:", 4) != 0 ||
	    strstr(s->role_arn, ":role/") == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "environment \"%s\": \"%s\" is not the ARN of a role",
		    s->name, s->role_arn);
	if (s->account != NULL && !sl_str_eqs(account, s->account))
		return sl_error_set(err, SL_ECONFIG,
		    "environment \"%s\" is account %s, but its role is of "
		    "account %.*s", s->name, s->account, SL_STR_ARG(account));
	return SL_OK;
}

static int
set_attempts(struct sl_aws_session *s, struct sl_error *err)
{
	uint64_t value = ATTEMPTS_DEFAULT;

	if (s->env->max_attempts != NULL &&
	    (sl_num_parse(sl_str(s->env->max_attempts), ATTEMPTS_MAX,
		 &value) < 0 || value == 0))
		return sl_error_set(err, SL_ECONFIG,
		    "AWS_MAX_ATTEMPTS is \"%s\", not a number from 1 to %d",
		    s->env->max_attempts, ATTEMPTS_MAX);
	s->max_attempts = (unsigned)value;
	return SL_OK;
}

static int
set_up(struct sl_aws_session *s, const struct sl_aws_config *config,
    struct sl_error *err)
{
	int rc;

	rc = check_role(s, err);
	if (rc < 0)
		return rc;
	rc = set_attempts(s, err);
	if (rc < 0)
		return rc;
	rc = set_region(s, config, err);
	if (rc < 0)
		return rc;
	return set_endpoints(s, config, err);
}

int
sl_aws_session_new(const struct sl_aws_config *config,
    const struct sl_aws_environment *env,
    const struct sl_http_transport *http, const struct sl_clock *clock,
    const struct sl_aws_random *random, struct sl_aws_session **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_aws_session_freep)
	struct sl_aws_session *s = sl_alloc(sizeof(*s));
	int rc;

	s->name = sl_strdup(config->name);
	s->account = sl_strdup(config->account);
	s->profile = sl_strdup(config->profile);
	s->role_arn = sl_strdup(config->role_arn);
	s->external_id = sl_strdup(config->external_id);
	s->session_name = sl_strdup(config->session_name
	    ? config->session_name : "sluice");
	s->env = env;
	s->http = *http;
	s->clock = clock;
	s->random = random;
	s->quota = SL_AWS_RETRY_QUOTA;
	rc = set_up(s, config, err);
	if (rc < 0)
		return rc;
	*out = sl_steal(&s);
	return SL_OK;
}

void
sl_aws_session_free(struct sl_aws_session *session)
{
	if (session == NULL)
		return;
	free(session->name);
	free(session->region);
	free(session->account);
	free(session->profile);
	free(session->role_arn);
	free(session->external_id);
	free(session->session_name);
	for (size_t i = 0; i < SL_AWS_SERVICE_COUNT; i++)
		free(session->endpoints[i].url);
	sl_aws_credentials_free(session->creds);
	free(session);
}

/* --- credentials --- */

void
sl_aws_session_forget(struct sl_aws_session *session)
{
	sl_aws_credentials_free(session->creds);
	session->creds = NULL;
}

/* Where no role says it, STS says whether this is the site's account. */
static int
check_account(struct sl_aws_session *session,
    const struct sl_aws_credentials *creds, struct sl_error *err)
{
	struct sl_aws_identity who = { 0 };
	int rc;

	if (session->account == NULL)
		return SL_OK;
	rc = sl_aws_identify(session, creds, &who, err);
	if (rc == SL_OK && strcmp(who.account, session->account) != 0)
		rc = sl_error_set(err, SL_EDENIED,
		    "the credentials from %s are of account %s, but "
		    "environment \"%s\" is account %s", creds->source,
		    who.account, session->name, session->account);
	sl_aws_identity_release(&who);
	return rc;
}

static int
find_credentials(struct sl_aws_session *session,
    struct sl_aws_credentials **out, struct sl_error *err)
{
	SL_CLEANUP(sl_aws_credentials_freep)
	struct sl_aws_credentials *source = NULL;
	struct sl_aws_role role = { session->role_arn, session->external_id,
		session->session_name };
	int rc;

	rc = sl_aws_source_credentials(session, &source, err);
	if (rc < 0)
		return rc;
	if (session->role_arn != NULL)
		return sl_aws_assume_role(session, source, &role, out, err);
	rc = check_account(session, source, err);
	if (rc < 0)
		return rc;
	*out = sl_steal(&source);
	return SL_OK;
}

int
sl_aws_session_credentials(struct sl_aws_session *session,
    const struct sl_aws_credentials **out, struct sl_error *err)
{
	struct sl_aws_credentials *fresh = NULL;
	int64_t now_s = sl_clock_now_s(session->clock);
	int64_t left_s = 0;
	int rc;

	if (session->creds != NULL)
		left_s = session->creds->expires_at_s - now_s;
	if (left_s >= RENEW_BEFORE_S) {
		*out = session->creds;
		return SL_OK;
	}
	rc = find_credentials(session, &fresh, err);
	if (rc < 0) {
		/* The old ones still do, and STS may be back by then. */
		if (left_s <= RENEW_LATEST_S || rc != SL_ENET)
			return sl_error_wrap(err, "environment \"%s\"",
			    session->name);
		sl_error_clear(err);
	} else {
		sl_aws_session_forget(session);
		session->creds = fresh;
	}
	*out = session->creds;
	return SL_OK;
}
