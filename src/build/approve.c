/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may decide about a model, and the decision.
 */
#include "build/build_int.h"
#include "doc/json.h"

#define APPROVERS "approvers"
/* Stands in sluice:approved-by where nobody's approval holds any more. */
#define NOBODY "-"

/* --- who --- */

/* A person by any name: e-mail address, login or name. */
static const struct sl_person *
person_of(const struct sl_site *site, const char *text)
{
	const struct sl_person *person;

	if (text == NULL || text[0] == '\0')
		return NULL;
	person = sl_site_person_by_email(site, sl_str(text));
	if (person == NULL)
		person = sl_site_person_by_login(site, sl_str(text));
	if (person == NULL)
		person = sl_site_person(site, sl_str(text));
	return person;
}

static bool
is_among(const struct sl_site *site, const struct sl_person *person,
    const char *const *people, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (person_of(site, people[i]) == person)
			return true;
	}
	return false;
}

/* Whether a person may approve what a build made. */
static int
check_person(const struct sl_site *site, const struct sl_person *person,
    const struct sl_manifest *build, const char *const *people,
    size_t people_count, struct sl_error *err)
{
	const char *const own[] = { build->author, build->pusher };

	if (!sl_person_in(person, APPROVERS))
		return sl_error_set(err, SL_EREFUSED,
		    "%s is not in the site's group \"" APPROVERS "\"",
		    person->name);
	if (is_among(site, person, own, SL_COUNT(own)))
		return sl_error_set(err, SL_EREFUSED,
		    "%s wrote or pushed build %s: somebody else must decide "
		    "about its model", person->name, build->build_id);
	if (is_among(site, person, people, people_count))
		return sl_error_set(err, SL_EREFUSED,
		    "%s wrote or pushed a part of this release: somebody else "
		    "must approve it", person->name);
	return SL_OK;
}

int
sl_approval_check(const struct sl_site *site,
    const struct sl_sagemaker_package *package,
    const struct sl_manifest *build, const char *const *people,
    size_t people_count, const char **who, struct sl_error *err)
{
	const struct sl_person *person = NULL;
	const char *by;
	int rc;

	by = sl_aws_pairs_get(&package->metadata, "sluice:approved-by");
	if (by != NULL) {
		person = sl_site_person(site, sl_str(by));
	} else if (package->modified_by_arn != NULL) {
		by = package->modified_by_arn;
		person = sl_site_person_by_principal(site, sl_str(by));
	}
	if (person == NULL)
		return sl_error_set(err, SL_EREFUSED,
		    "it was approved by %s, whom the site does not know",
		    by != NULL ? by : "somebody");
	rc = check_person(site, person, build, people, people_count, err);
	if (rc == 0)
		*who = person->name;
	return rc;
}

/* --- the decision --- */

struct decision {
	const struct sl_builder_context *ctx;
	const struct sl_model_decision *what;
	const struct sl_environment *environment;
	const struct sl_remote *remote;
	const struct sl_person *person;
	struct sl_sagemaker_package package;
	struct sl_manifest *build;
};

static int
find_package(struct decision *d, struct sl_error *err)
{
	int rc;

	d->environment = sl_site_environment(d->ctx->site,
	    d->what->environment);
	if (d->environment == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "the site has no environment \"%s\"",
		    d->what->environment);
	rc = d->ctx->remotes->open(d->ctx->remotes->self, d->environment,
	    &d->remote, err);
	if (rc < 0)
		return rc;
	rc = d->remote->ops->describe_package(d->remote->self,
	    d->what->package, &d->package, err);
	if (rc == SL_ENOTFOUND)
		return sl_error_set(err, SL_ENOTFOUND,
		    "environment \"%s\" has no model package %s",
		    d->environment->name, d->what->package);
	return rc;
}

static int
check_decision(struct decision *d, struct sl_error *err)
{
	int rc;

	d->person = sl_site_person(d->ctx->site, sl_str(d->what->person));
	if (d->person == NULL)
		return sl_error_set(err, SL_EREFUSED,
		    "the site knows no person \"%s\"", d->what->person);
	rc = find_package(d, err);
	if (rc < 0)
		return rc;
	rc = sl_package_build(d->remote, d->environment->prefix, &d->package,
	    &d->build, err);
	if (rc < 0)
		return rc;
	return check_person(d->ctx->site, d->person, d->build, NULL, 0, err);
}

/* Whether the same person has decided so already. */
static bool
is_decided(const struct decision *d)
{
	const char *by;

	by = sl_aws_pairs_get(&d->package.metadata, d->what->approve ?
	    "sluice:approved-by" : "sluice:rejected-by");
	return by != NULL && !strcmp(by, d->person->name) &&
	    d->package.approval != NULL && !strcmp(d->package.approval,
	    d->what->approve ? "Approved" : "Rejected");
}

static int
write_decision(struct decision *d, struct sl_error *err)
{
	const char *name = d->person->name;
	bool approve = d->what->approve;
	char when[SL_TIME_RFC3339_SIZE];
	struct sl_aws_pair metadata[] = {
		{ "sluice:approved-by", approve ? name : NOBODY },
		{ approve ? "sluice:approved-at" : "sluice:rejected-at", when },
		{ "sluice:rejected-by", approve ? NOBODY : name },
	};
	struct sl_sagemaker_package_update update = {
		.arn = d->what->package,
		.approval = approve ? "Approved" : "Rejected",
		.approval_description = d->what->description,
		.metadata = metadata, .metadata_count = SL_COUNT(metadata),
		.life_cycle = { .stage = d->environment->name,
			.status = approve ? "Approved" : "Rejected" } };

	if (sl_time_format_rfc3339(sl_clock_now_s(d->ctx->clock), when) < 0)
		return sl_error_set(err, SL_EINVAL, "the clock is wrong");
	return d->remote->ops->merge_package(d->remote->self, &update, err);
}

static int
record_decision(struct decision *d, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(16384);
	struct sl_json w;

	if (d->ctx->store == NULL)
		return SL_OK;
	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	sl_json_put(&w, "build", d->build->build_id);
	sl_json_put(&w, "decision", d->what->approve ? "approve" : "reject");
	sl_json_put(&w, "description", d->what->description);
	sl_json_put(&w, "environment", d->environment->name);
	sl_json_put(&w, "package", d->what->package);
	sl_json_put(&w, "person", d->person->name);
	sl_json_end(&w);
	if (json.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the description is too long for the ledger");
	return sl_ledger_append(d->ctx->store, SL_LEDGER_APPROVAL,
	    d->what->package, sl_buf_cstr(&json),
	    sl_clock_now_s(d->ctx->clock), NULL, err);
}

int
sl_model_decide(const struct sl_builder_context *context,
    const struct sl_model_decision *decision, struct sl_error *err)
{
	struct decision d = { .ctx = context, .what = decision };
	int rc;

	if (strlen(decision->description) > 1024)
		return sl_error_set(err, SL_EINVAL,
		    "the description is over 1024 bytes");
	rc = check_decision(&d, err);
	if (rc == 0 && !is_decided(&d)) {
		/* First the ledger: a decision that cannot be recorded is
		 * not made. */
		rc = record_decision(&d, err);
		if (rc == 0)
			rc = write_decision(&d, err);
	}
	sl_sagemaker_package_release(&d.package);
	sl_manifest_free(d.build);
	return rc;
}
