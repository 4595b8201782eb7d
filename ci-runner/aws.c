/* SPDX-License-Identifier: Apache-2.0 */
/* aws: the one place that takes AWS settings from the environment. */
#include "ci-runner/runtime.h"

#include "aws/credentials.h"
#include "aws/session.h"
#include "base/mem.h"
#include "build/remote_aws.h"
#include "http/http.h"

struct runtime_aws {
	struct sl_aws_environment environment;
	struct sl_http_client *client;
	struct sl_http_transport transport;
	struct sl_aws_remotes *remotes;
};

/* The site's own files win over variables that the caller happens to have. */
static const char *
get_variable(void *self, const char *name)
{
	const struct sl_site *site = self;
	const char *value = NULL;

	if (!strcmp(name, "AWS_CONFIG_FILE"))
		value = site->aws_config_file;
	else if (!strcmp(name, "AWS_SHARED_CREDENTIALS_FILE"))
		value = site->aws_credentials_file;
	return value != NULL ? value : getenv(name);
}

static int
open_aws(struct runtime *rt, struct sl_error *err)
{
	struct runtime_aws *aws = sl_alloc(sizeof(*aws));
	struct sl_http_config config = {
		.user_agent = "sluice/" PACKAGE_VERSION,
	};
	int rc;

	rt->aws = aws;
	sl_aws_environment_fill(&aws->environment, get_variable, rt->site);
	config.ca_bundle = aws->environment.ca_bundle;
	config.https_proxy = aws->environment.https_proxy;
	config.no_proxy = aws->environment.no_proxy;
	rc = sl_http_client_new(&config, &aws->client, err);
	if (rc < 0)
		return rc;
	aws->transport = sl_http_client_transport(aws->client);
	aws->remotes = sl_aws_remotes_new(&aws->environment, &aws->transport,
	    rt->clock, sl_aws_random_system());
	return SL_OK;
}

int
runtime_remotes(struct runtime *rt, const struct sl_remotes **out,
    struct sl_error *err)
{
	int rc = rt->aws == NULL ? open_aws(rt, err) : SL_OK;

	if (rc == 0)
		*out = sl_aws_remotes_table(rt->aws->remotes);
	return rc;
}

void
runtime_aws_free(struct runtime_aws *aws)
{
	if (aws == NULL)
		return;
	sl_aws_remotes_free(aws->remotes);
	sl_http_client_free(aws->client);
	sl_aws_environment_release(&aws->environment);
	free(aws);
}
