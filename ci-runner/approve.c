/* SPDX-License-Identifier: Apache-2.0 */
/* approve: a person's decision that a model may be promoted. */
#include "ci-runner/runtime.h"

#include "base/mem.h"
#include "store/builds.h"
#include "store/queue.h"

struct approve_options {
	struct sl_common_options common;
	const char *environment;
	const char *as;
	const char *reason;
};

static const struct sl_opt approve_opts[] = {
	{ "environment", 'e', SL_OPT_STRING,
	    offsetof(struct approve_options, environment), "NAME",
	    "environment whose registry holds the model", NULL },
	{ "as", 0, SL_OPT_STRING, offsetof(struct approve_options, as),
	    "PERSON", "who approves (default: the person with git's "
		      "user.email)", NULL },
	{ "reason", 0, SL_OPT_STRING,
	    offsetof(struct approve_options, reason), "TEXT",
	    "why; kept with the package and in the ledger", NULL },
	{ 0 }
};

/*
 * The environment that an ARN's region and account belong to, where the
 * caller named none.
 */
static int
find_environment(const struct sl_site *site, const char *arn,
    const char **out, struct sl_error *err)
{
	const char *found = NULL;

	for (size_t i = 0; i < site->environment_count; i++) {
		const struct sl_environment *e = &site->environments[i];
		SL_CLEANUP(sl_freep)
		char *part = sl_asprintf(":sagemaker:%s:%s:model-package/",
		    e->region, e->account);

		if (strstr(arn, part) == NULL)
			continue;
		if (found != NULL)
			return sl_error_set(err, SL_ECONFIG,
			    "both %s and %s have the account of %s; say which "
			    "with --environment", found, e->name, arn);
		found = e->name;
	}
	if (found == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "%s is not the ARN of a model package in an environment "
		    "of %s; sluice status shows the packages of builds", arn,
		    site->file);
	*out = found;
	return SL_OK;
}

static int
approve(struct runtime *rt, const struct approve_options *o, size_t *woken,
    struct sl_error *err)
{
	const struct sl_person *person = NULL;
	struct sl_builder_context context = { .clock = rt->clock };
	struct sl_model_decision decision = {
		.environment = o->environment,
		.package = rt->inv->argv[0],
		.approve = true,
		.description = o->reason ? o->reason : "",
	};
	int rc = runtime_person(rt, o->as, &person, err);

	if (rc == 0 && decision.environment == NULL)
		rc = find_environment(rt->site, decision.package,
		    &decision.environment, err);
	if (rc == 0)
		rc = runtime_remotes(rt, &context.remotes, err);
	if (rc < 0)
		return rc;
	decision.person = person->name;
	context.site = rt->site;
	context.store = rt->store;
	rc = sl_model_decide(&context, &decision, err);
	/* Promotions that waited for this need not wait any longer. */
	if (rc == 0 && rt->store != NULL)
		rc = sl_queue_wake(rt->store, NULL,
		    sl_clock_now_s(rt->clock), woken, err);
	if (rc == 0 && !rt->inv->json)
		printf("approved by %s: %s\n", person->name,
		    decision.package);
	if (rc == 0 && rt->inv->json)
		printf("{\"state\":\"approved\"}\n");
	return rc;
}

static int
run_approve(const struct sl_invocation *inv)
{
	const struct approve_options *o = inv->options;
	SL_CLEANUP(runtime_release) struct runtime rt = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	size_t woken = 0;
	int rc;

	if (runtime_init(&rt, inv, &err) < 0 ||
	    runtime_open_site(&rt, &err) < 0)
		return sl_cli_fail(inv, &err);
	rc = runtime_open_store(&rt, 0, &err);
	if (rc < 0 && rc != SL_ENOTFOUND)
		return sl_cli_fail(inv, &err);
	sl_error_clear(&err);
	if (approve(&rt, o, &woken, &err) < 0)
		return sl_cli_fail(inv, &err);
	if (woken > 0 && !inv->json)
		printf("  %zu held job%s will be looked at again now\n", woken,
		    woken == 1 ? "" : "s");
	return SL_EXIT_PASS;
}

const struct sl_cmd cmd_approve = {
	.name = "approve",
	.brief = "approve a model package for promotion",
	.operands = "MODEL-PACKAGE-ARN",
	.example = "sluice approve arn:aws:sagemaker:eu-west-1:222222222222:"
		   "model-package/churn/3 --as=lea --reason='AUC 0.91'",
	.opts = approve_opts,
	.options_size = sizeof(struct approve_options),
	.min_operands = 1,
	.max_operands = 1,
	.run = run_approve,
};
