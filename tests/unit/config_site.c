/* SPDX-License-Identifier: Apache-2.0 */
/* config: site files, and where a site policy comes from. */
#include "config_rig.h"

/* --- site files that are refused: exact places and messages --- */

static const struct {
	const char *text;
	const char *message;
} bad_sites[] = {
	{ "[]", "s.yaml:1:1: a site file must be a map, not a list" },
	{ "name: x\n",
	    "s.yaml:1:1: a site file lacks its format version; write "
	    "\"sluice: 1\"" },
	{ "sluice: 2\n",
	    "s.yaml:1:9: a site file has format version \"2\"; this program "
	    "reads version 1" },
	{ HEAD "enviroments: {}\n",
	    "s.yaml:2:1: unknown key \"enviroments\" in a site file; did you "
	    "mean \"environments\"?" },
	{ HEAD, "s.yaml:1:1: a site file lacks the key \"environments\"" },
	{ HEAD "environments: {}\n",
	    "s.yaml:2:15: a site has 1 to 32 environments, not 0" },
	{ HEAD "environments: {Dev: {}}\n",
	    "s.yaml:2:16: an environment's name must be lower-case letters and "
	    "digits joined by single \"-\", at most 32, not \"Dev\"" },
	{ HEAD "environments: {dev: {}}\n",
	    "s.yaml:2:21: the environment \"dev\" lacks the key \"account\"" },
	{ HEAD "environments: {dev: {account: 123}}\n",
	    "s.yaml:2:31: \"account\" must be an AWS account of 12 digits in "
	    "quotes, not \"123\"" },
	{ HEAD "environments: {dev: {account: '111111111111', "
	       "region: europe}}\n",
	    "s.yaml:2:55: \"region\" must be an AWS region such as "
	    "eu-central-1, not \"europe\"" },
	{ HEAD ENV "    pinned-images: 1\n",
	    "s.yaml:8:20: \"pinned-images\" must be true or false without "
	    "quotes, not \"1\"" },
	{ HEAD ENV "    protected: no\n",
	    "s.yaml:8:16: \"protected\" must be true or false without quotes, "
	    "not \"no\"" },
	{ HEAD ENV "    prefix: a//b\n",
	    "s.yaml:8:13: \"prefix\" must be a key prefix without a slash at "
	    "either end, not \"a//b\"" },
	{ HEAD ENV "    role: arn:aws:iam::1:role/x\n",
	    "s.yaml:8:11: \"role\" must be the ARN of an IAM role, not "
	    "\"arn:aws:iam::1:role/x\"" },
	{ HEAD ENV "    external-id: abc\n",
	    "s.yaml:8:18: \"external-id\" needs a \"role\"" },
	{ HEAD ENV "    endpoints: {s3: 'http://example.com'}\n",
	    "s.yaml:8:21: \"s3\" must be https://HOST[:PORT], or http:// on a "
	    "loopback address, not \"http://example.com\"" },
	{ HEAD ENV "    endpoints: {S3: 'https://example.com'}\n",
	    "s.yaml:8:17: unknown key \"S3\" in \"endpoints\"; did you "
	    "mean \"s3\"?" },
	{ HEAD ENV "    tags: {'sluice:x': y}\n",
	    "s.yaml:8:12: tags that start with \"aws:\" or \"sluice:\" are "
	    "taken" },
	{ HEAD "environments: {dev: {account: '222222222222', region: "
	       "eu-west-1, bucket: bbb, pipeline-role: '" ROLE "'}}\n",
	    "s.yaml:2:94: \"pipeline-role\" is not of account 222222222222" },
	{ HEAD ENV,
	    "the preset: the flow of refs/heads/main (train into staging): the "
	    "site has no such environment" },
	{ HEAD ENV "flows: defualt\n",
	    "s.yaml:8:8: unknown word \"defualt\" for \"flows\"; did you mean "
	    "\"default\"?" },
	{ HEAD ENV "flows: roadmap\n",
	    "s.yaml:8:8: the flow of refs/tags/v\\d+\\.\\d+\\.\\d+ (promote "
	    "into prod): the site has no such environment" },
	{ HEAD ENV "flows:\n  - {environment: dev, action: train}\n",
	    "s.yaml:9:5: a flow lacks the key \"ref\"" },
	{ HEAD ENV "flows:\n  - {ref: 'x', environment: dev}\n",
	    "s.yaml:9:5: a flow lacks the key \"action\"" },
	{ HEAD ENV "flows:\n  - {ref: x, action: none}\n",
	    "s.yaml:9:11: \"ref\": without quotes a \" #\" or a \": \" would "
	    "cut it; put it in single quotes" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: deploy}\n",
	    "s.yaml:9:24: the action \"deploy\" is not available in this "
	    "version" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: trian}\n",
	    "s.yaml:9:24: unknown word \"trian\" for \"action\"; did you mean "
	    "\"train\"?" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: train}\n",
	    "s.yaml:9:5: the action \"train\" needs the key \"environment\"" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: promote, environment: "
		   "dev}\n",
	    "s.yaml:9:5: the action \"promote\" needs the key \"from\"" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: promote, environment: dev, "
		   "from: dev}\n",
	    "s.yaml:9:5: the flow of x (promote into dev): it promotes an "
	    "environment into itself" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: train, environment: dev, "
		   "from: dev}\n",
	    "s.yaml:9:55: \"from\" means nothing for the action \"train\"" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: train, environment: dev, "
		   "supersede: yes}\n",
	    "s.yaml:9:60: \"supersede\" must be true or false without quotes, "
	    "not \"yes\"" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: none, paths: ['a']}\n",
	    "s.yaml:9:37: \"paths\" means nothing for the action \"none\"" },
	{ HEAD ENV TRAIN("promote-to: dev"),
	    "s.yaml:9:61: \"promote-to\" needs \"names: main\": only the models "
	    "of the use case are promoted" },
	{ HEAD ENV TRAIN("names: main, promote-to: dev"),
	    "s.yaml:9:74: \"promote-to\" names the flow's own environment" },
	{ HEAD ENV TRAIN("names: main, promote-to: Qa"),
	    "s.yaml:9:74: \"promote-to\" must be lower-case letters and digits "
	    "joined by single \"-\", at most 32, not \"Qa\"" },
	{ HEAD ENV TRAIN("names: main, promote-to: qa"),
	    "s.yaml:9:5: the flow of x (train into dev): the site has no such "
	    "environment as its \"promote-to\"" },
	{ HEAD ENV TRAIN("debounce: 61m"),
	    "s.yaml:9:59: \"debounce\" must be from 0s to 1h, in whole seconds" },
	{ HEAD ENV TRAIN("debounce: 10"),
	    "s.yaml:9:59: \"debounce\" must be a duration such as 250ms, 10m "
	    "or 14d, not \"10\"" },
	{ HEAD ENV TRAIN("debounce: 1s, trigger: ci"),
	    "s.yaml:9:59: \"debounce\" means nothing for the trigger \"ci\": "
	    "the CI job decides when it starts" },
	{ HEAD ENV "flows:\n  - {ref: 'x', action: promote, environment: dev, "
		   "from: prod, debounce: 0s}\n",
	    "s.yaml:9:73: \"debounce\" means nothing for the action "
	    "\"promote\"" },
	{ HEAD ENV TRAIN("paths: 'a'"),
	    "s.yaml:9:56: \"paths\" must be a list, not a single value" },
	{ HEAD ENV TRAIN("paths: []"),
	    "s.yaml:9:56: \"paths\" has 1 to 64 patterns, not 0; without the "
	    "key every push runs" },
	{ HEAD ENV TRAIN("paths: ['a', b]"),
	    "s.yaml:9:62: \"paths\": without quotes a \" #\" or a \": \" would "
	    "cut it; put it in single quotes" },
	{ HEAD ENV TRAIN("paths: [{a: 'b'}]"),
	    "s.yaml:9:57: \"paths\" must be a single value, not a map" },
	{ HEAD ENV NONE "policy-ref: main\n",
	    "s.yaml:9:13: \"policy-ref\" must be a full ref name such as "
	    "refs/heads/main, not \"main\"" },
	{ HEAD ENV NONE "threads: 9\n",
	    "s.yaml:9:10: \"threads\" must be a whole number from 1 to 8, "
	    "without quotes, not \"9\"" },
	{ HEAD ENV NONE "budget: 4\n",
	    "s.yaml:9:9: \"budget\" must be a duration such as 250ms, 10m or "
	    "14d, not \"4\"" },
	{ HEAD ENV NONE "budget: 2d\n",
	    "s.yaml:9:9: \"budget\" must be from 100ms to 10m, or none" },
	{ HEAD ENV NONE "budget: {github: 0s}\n",
	    "s.yaml:9:18: \"budget\" must be from 100ms to 10m, or none" },
	{ HEAD ENV NONE "budget: {githib: 4s}\n",
	    "s.yaml:9:10: unknown key \"githib\" in \"budget\"; did you mean "
	    "\"github\"?" },
	{ HEAD ENV NONE "budget: [4s]\n",
	    "s.yaml:9:9: \"budget\" must be a single value, not a list" },
	{ HEAD ENV NONE IMPORTS("repositories: [r], people: [ana], until: "
				"2027-01-31"),
	    "s.yaml:12:5: an import lacks the key \"reason\"" },
	{ HEAD ENV NONE IMPORTS("repositories: [r], people: [ben], until: "
				"2027-01-31, reason: x"),
	    "s.yaml:12:34: the site has no person \"ben\"" },
	{ HEAD ENV NONE IMPORTS("repositories: [], people: [ana], until: "
				"2027-01-31, reason: x"),
	    "s.yaml:12:20: \"repositories\" of an import names none" },
	{ HEAD ENV NONE IMPORTS("people: [ana], until: 2027-01-31, reason: x"),
	    "s.yaml:12:5: an import lacks the key \"repositories\"" },
	{ HEAD ENV NONE IMPORTS("repositories: [r], people: [ana], until: "
				"never, reason: x"),
	    "s.yaml:12:47: \"until\" must be a day such as 2027-01-31, not "
	    "\"never\"" },
	{ HEAD ENV NONE "imports: {}\n",
	    "s.yaml:9:10: \"imports\" must be a list, not a map" },
	{ HEAD ENV NONE "worker: hok\n",
	    "s.yaml:9:9: unknown word \"hok\" for \"worker\"; did you mean "
	    "\"hook\"?" },
	{ HEAD ENV NONE "pusher: {variables: [A-B]}\n",
	    "s.yaml:9:22: \"variables\" must be the name of an environment "
	    "variable, not \"A-B\"" },
	{ HEAD ENV NONE "people:\n  ana: {logins: [a]}\n"
			"  ben: {logins: [b, a]}\n",
	    "s.yaml:11:21: \"a\" is listed for \"ana\" already" },
	{ HEAD ENV NONE "people:\n  ana: {emails: [A@x.org]}\n"
			"  ben: {emails: [a@X.org]}\n",
	    "s.yaml:11:18: \"a@x.org\" is listed for \"ana\" already" },
	{ HEAD ENV NONE "people:\n  ana: {mails: [a]}\n",
	    "s.yaml:10:9: unknown key \"mails\" in the person \"ana\"; did you "
	    "mean \"emails\"?" },
	{ HEAD ENV NONE "people: {ana: {principals: [root]}}\n",
	    "s.yaml:9:29: \"principals\" must be the ARN of an IAM user, role "
	    "or assumed role, not \"root\"" },
	{ HEAD ENV NONE "signers: {shs: a}\n",
	    "s.yaml:9:11: unknown key \"shs\" in \"signers\"; did you mean "
	    "\"ssh\"?" },
	{ HEAD ENV NONE "signers: {gpgv: /usr/bin/gpgv}\n",
	    "s.yaml:9:10: \"signers\" needs \"ssh\" or \"gpg\"" },
	{ HEAD "policy: p\npolicy-grace: 4\n",
	    "s.yaml:3:15: \"policy-grace\" must be a duration such as 250ms, "
	    "10m or 14d, not \"4\"" },
	{ HEAD "policy: p\npolicy-grace: 1500ms\n",
	    "s.yaml:3:15: \"policy-grace\" must be whole seconds, 30d at "
	    "most" },
	{ HEAD "policy: p\npolicy-grace: 31d\n",
	    "s.yaml:3:15: \"policy-grace\" must be whole seconds, 30d at "
	    "most" },
	{ HEAD "policy-grace: 1h\n",
	    "s.yaml:2:15: \"policy-grace\" needs a \"policy\"" },
	{ HEAD "policy: ''\n", "s.yaml:2:9: \"policy\" is empty" },
	{ HEAD "policy: [a, b]\n",
	    "s.yaml:2:9: \"policy\" must be a path, or a map with the keys "
	    "\"repository\", \"ref\" or \"commit\", and \"file\"" },
	{ HEAD "policy: {path: x}\n",
	    "s.yaml:2:10: unknown key \"path\" in \"policy\"; known: "
	    "repository, ref, commit, file" },
	{ HEAD "policy: {repository: r}\n",
	    "s.yaml:2:9: \"policy\" lacks the key \"file\"" },
	{ HEAD "policy: {ref: refs/heads/a, file: f}\n",
	    "s.yaml:2:9: \"policy\" lacks the key \"repository\"" },
	{ HEAD "policy: {repository: r, file: f}\n",
	    "s.yaml:2:9: \"policy\" lacks the key \"ref\" or \"commit\"" },
	{ HEAD "policy: {repository: r, ref: main, file: f}\n",
	    "s.yaml:2:30: \"ref\" must be the full name of a branch or tag "
	    "such as refs/heads/main, not \"main\"" },
	{ HEAD "policy: {repository: r, ref: refs/pull/1/head, file: f}\n",
	    "s.yaml:2:30: \"ref\" must be the full name of a branch or tag "
	    "such as refs/heads/main, not \"refs/pull/1/head\"" },
	{ HEAD "policy: {repository: r, ref: refs/heads/a..b, file: f}\n",
	    "s.yaml:2:30: \"ref\" must be the full name of a branch or tag "
	    "such as refs/heads/main, not \"refs/heads/a..b\"" },
	{ HEAD "policy: {repository: r, commit: 0123, file: f}\n",
	    "s.yaml:2:33: \"commit\" must be the id of a commit: 40 "
	    "hexadecimal digits, not \"0123\"" },
	{ HEAD "policy: {repository: r, ref: refs/tags/a, commit: "
	       "0123456789012345678901234567890123456789, file: f}\n",
	    "s.yaml:2:51: \"commit\" says what is read, whatever \"ref\" leads "
	    "to; give one of them" },
	{ HEAD "policy: {repository: r, ref: refs/tags/a, file: ../f}\n",
	    "s.yaml:2:49: \"file\" must be a path inside the repository, "
	    "without \".\", \"..\" or a slash at either end, not \"../f\"" },
	{ HEAD "sluice: 1\n",
	    "s.yaml:2:1: the key \"sluice\" stands here a second time; the "
	    "first is in line 1" },
};

START_TEST(bad_sites_are_refused_with_their_place)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	char shown[SL_ERROR_TEXT_MAX];
	int rc = sl_site_parse("s.yaml", "/etc/sluice",
	    sl_str(bad_sites[_i].text), &site, &err);

	ck_assert_int_lt(rc, 0);
	ck_assert_ptr_null(site);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, bad_sites[_i].message);
}
END_TEST

/* --- single values --- */

static const struct {
	const char *key;
	const char *value;
	bool good;
} values[] = {
	{ "region", "us-gov-west-1", true },
	{ "region", "ap-southeast-2", true },
	{ "region", "us-east", false },
	{ "region", "us-east-1a", false },
	{ "region", "us-east-1.evil.com", false },
	{ "bucket", "a.b-c", true },
	{ "bucket", "ab", false },
	{ "bucket", "A-bc", false },
	{ "bucket", "a..b", false },
	{ "bucket", "-abc", false },
	{ "bucket", "abc-", false },
	{ "bucket", "a_bc", false },
	{ "bucket", "192.168.5.4", false },
	{ "role", "arn:aws:iam::111111111111:role/a/b+c", true },
	{ "role", "arn:aws-cn:iam::111111111111:role/x", true },
	{ "role", "arn:aws:iam::111111111111:user/x", false },
	{ "role", "arn:aws:sts::111111111111:role/x", false },
	{ "role", "arn:evil:iam::111111111111:role/x", false },
	{ "role", "arn:aws:iam::111111111111:role/x y", false },
	{ "role", "arn:aws:iam::111111111111:role/", false },
	{ "kms-key", "arn:aws:kms:eu-west-1:111111111111:key/0-f", true },
	{ "kms-key", "0-f", false },
	{ "prefix", "a/b.c", true },
	{ "prefix", "/a", false },
	{ "prefix", "a/../b", false },
	{ "prefix", "a b", false },
	{ "bucket-owner", "12345678901a", false },
	{ "profile", "a b", false },
	{ "endpoints", "https://s3.example.com", true },
	{ "endpoints", "https://s3.example.com:8443", true },
	{ "endpoints", "http://127.0.0.1:5000", true },
	{ "endpoints", "http://[::1]:5000", true },
	{ "endpoints", "http://[::1]", true },
	{ "endpoints", "http://localhost", true },
	{ "endpoints", "http://localhost.example.com", false },
	{ "endpoints", "http://127.0.0.1.example.com", false },
	{ "endpoints", "http://127.1", false },
	{ "endpoints", "http://10.0.0.1", false },
	{ "endpoints", "https://user@example.com", false },
	{ "endpoints", "https://example.com/path", false },
	{ "endpoints", "https://example.com?x", false },
	{ "endpoints", "https://example.com:", false },
	{ "endpoints", "https://:80", false },
	{ "endpoints", "https://", false },
	{ "endpoints", "ftp://localhost", false },
};

/* A good environment with one value put in its place. */
static char *
make_environment(const char *key, const char *value)
{
	static const struct {
		const char *key;
		const char *value;
	} usual[] = {
		{ "account", "111111111111" },
		{ "region", "eu-central-1" },
		{ "bucket", "bbb" },
		{ "pipeline-role", ROLE },
	};
	struct sl_buf out = SL_BUF_INIT(4096);

	sl_buf_adds(&out, HEAD NONE "environments:\n  dev:\n");
	for (size_t i = 0; i < SL_COUNT(usual); i++)
		if (strcmp(usual[i].key, key) != 0)
			sl_buf_addf(&out, "    %s: '%s'\n", usual[i].key,
			    usual[i].value);
	if (!strcmp(key, "endpoints"))
		sl_buf_addf(&out, "    endpoints: {s3: '%s'}\n", value);
	else
		sl_buf_addf(&out, "    %s: '%s'\n", key, value);
	return sl_buf_steal(&out);
}

START_TEST(single_values_have_a_grammar)
{
	char *text = make_environment(values[_i].key, values[_i].value);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	int rc = sl_site_parse("s", ".", sl_str(text), &site, &err);

	ck_assert_msg(rc == (values[_i].good ? SL_OK : SL_ECONFIG),
	    "%s %s: %d %s", values[_i].key, values[_i].value, rc, err.text);
	sl_site_free(site);
	free(text);
}
END_TEST

/* --- a whole site --- */

START_TEST(example_site_is_read_whole)
{
	struct sl_site *site = load_example();
	const struct sl_environment *e = sl_site_environment(site, "staging");
	char *policy = example("site-policy.yaml");
	char *credentials = example("aws-credentials");

	ck_assert_str_eq(site->name, "example site");
	ck_assert_str_eq(site->policy.path, policy);
	ck_assert_str_eq(site->policy_ref, "refs/heads/main");
	ck_assert_str_eq(site->state, "/var/lib/sluice");
	ck_assert_int_eq(site->budgets_ms[SL_HOST_OTHER], 0);
	ck_assert_int_eq(site->budgets_ms[SL_HOST_GITLAB], 50000);
	ck_assert_int_eq(site->budgets_ms[SL_HOST_GITHUB], 3000);
	ck_assert_uint_eq(site->import_count, 1);
	ck_assert_str_eq(site->imports[0].until, "2027-01-31");
	ck_assert_int_eq(site->worker, SL_WORKER_SERVICE);
	ck_assert_str_eq(site->aws_config_file, "/etc/sluice/aws-config");
	ck_assert_str_eq(site->aws_credentials_file, credentials);
	ck_assert_uint_eq(site->environment_count, 3);
	ck_assert(e->protected_);
	ck_assert(e->pinned_images);
	ck_assert_str_eq(e->account, "222222222222");
	ck_assert_str_eq(e->bucket_owner, "444444444444");
	ck_assert_str_eq(e->prefix, "ml/builds");
	ck_assert_str_eq(e->external_id, "example-2026");
	ck_assert_str_eq(sl_pairs_get(&e->tags, "cost-centre"), "4711");
	ck_assert_ptr_null(sl_pairs_get(&e->tags, "x"));
	ck_assert_ptr_null(e->endpoint_s3);
	e = sl_site_environment(site, "dev");
	ck_assert(!e->protected_);
	ck_assert(!e->pinned_images);
	ck_assert_str_eq(e->bucket_owner, "111111111111");
	ck_assert_str_eq(e->prefix, "");
	ck_assert_str_eq(e->endpoint_s3, "http://localhost:5001");
	ck_assert_str_eq(e->endpoint_ecr, "http://127.0.0.1:5002");
	ck_assert_ptr_null(e->role);
	ck_assert_ptr_null(sl_site_environment(site, "qa"));
	ck_assert_uint_eq(site->flows.count, 4);
	ck_assert_ptr_null(site->flows.preset);
	ck_assert(site->flows.items[0].supersede);
	ck_assert_str_eq(site->flows.items[0].pipeline, "training");
	ck_assert_int_eq(site->flows.items[0].names, SL_FLOW_BRANCH);
	ck_assert_int_eq(site->flows.items[2].names, SL_FLOW_MAIN);
	ck_assert_ptr_null(site->flows.items[2].pipeline);
	ck_assert_uint_eq(site->flows.items[2].line, 66);
	ck_assert_ptr_null(site->flows.items[3].environment);
	sl_site_free(site);
	free(policy);
	free(credentials);
}
END_TEST

static const char *
fake_getenv(void *ctx, const char *name)
{
	const char *const *rows = ctx;

	for (; rows[0] != NULL; rows += 2)
		if (!strcmp(rows[0], name))
			return rows[1];
	return NULL;
}

START_TEST(people_are_found_by_what_others_call_them)
{
	struct sl_site *site = load_example();
	const struct sl_person *ana = sl_site_person(site, SL_STR("ana"));
	const char *const nothing[] = { "SLUICE_PUSHER", "", NULL };
	const char *const second[] = { "GL_USERNAME", "", "SLUICE_PUSHER",
		"ben-admin", NULL };
	const char *const first[] = { "SLUICE_PUSHER", "ben", "GL_USERNAME",
		"mallory", NULL };
	struct sl_site_pusher p;

	ck_assert_ptr_nonnull(ana);
	ck_assert_ptr_eq(
	    sl_site_person_by_email(site, SL_STR("ANA@Example.com")), ana);
	ck_assert_ptr_null(sl_site_person_by_email(site, SL_STR("ana@")));
	ck_assert_ptr_eq(sl_site_person_by_login(site, SL_STR("ana")), ana);
	ck_assert_ptr_null(sl_site_person_by_login(site, SL_STR("Ana")));
	ck_assert_ptr_eq(sl_site_person_by_principal(site,
			     SL_STR("arn:aws:iam::111111111111:user/ana")),
	    ana);
	ck_assert(sl_person_in(ana, "approvers"));
	ck_assert(!sl_person_in(ana, "approver"));
	ck_assert(!sl_person_in(NULL, "approvers"));

	p = sl_site_pusher(site, fake_getenv, (void *)nothing);
	ck_assert_ptr_null(p.variable);
	ck_assert_ptr_null(p.person);
	p = sl_site_pusher(site, fake_getenv, (void *)second);
	ck_assert_str_eq(p.variable, "SLUICE_PUSHER");
	ck_assert_str_eq(p.person->name, "ben");
	p = sl_site_pusher(site, fake_getenv, (void *)first);
	ck_assert_str_eq(p.login, "mallory");
	ck_assert_ptr_null(p.person);
	sl_site_free(site);
}
END_TEST

START_TEST(an_import_is_for_its_repositories_people_and_days)
{
	/* 2027-01-31, midnight UTC */
	const int64_t until_s = 1801353600;
	struct sl_site *site = load_example();
	const struct sl_person *ana = sl_site_person(site, SL_STR("ana"));
	const struct sl_person *ben = sl_site_person(site, SL_STR("ben"));
	const char *const by_folder[] = { "id", "/srv/git/churn.git", NULL };
	const char *const by_name[] = { "id", "/x", "team/churn" };
	const char *const others[] = { NULL, "/srv/git/churn", "churn" };

	ck_assert_ptr_eq(sl_site_import(site, by_folder, 3, ana, until_s - 1),
	    &site->imports[0]);
	ck_assert_ptr_nonnull(sl_site_import(site, by_name, 3, ana, 0));
	ck_assert_ptr_null(sl_site_import(site, by_name, 3, ana, until_s));
	ck_assert_ptr_null(sl_site_import(site, others, 3, ana, 0));
	ck_assert_ptr_null(sl_site_import(site, by_name, 3, ben, 0));
	ck_assert_ptr_null(sl_site_import(site, by_name, 3, NULL, 0));
	sl_site_free(site);
}
END_TEST

START_TEST(a_budget_is_one_for_all_servers_or_for_each)
{
	static const struct {
		const char *text;
		int64_t other, gitlab, github;
	} rows[] = {
		{ "", 0, 50000, 4000 },
		{ "budget: 5s\n", 5000, 5000, 5000 },
		{ "budget: none\n", 0, 0, 0 },
		{ "budget: {other: 1m}\n", 60000, 50000, 4000 },
		{ "budget: {gitlab: none, github: 3s}\n", 0, 0, 3000 },
	};

	for (size_t i = 0; i < SL_COUNT(rows); i++) {
		SL_CLEANUP(sl_freep)
		char *text = sl_asprintf(HEAD ENV NONE "%s", rows[i].text);
		SL_CLEANUP(sl_site_freep) struct sl_site *site = NULL;
		struct sl_error err = SL_ERROR_INIT;

		ck_assert_ok(sl_site_parse("s", ".", sl_str(text), &site,
				 &err),
		    &err);
		ck_assert_int_eq(site->budgets_ms[SL_HOST_OTHER],
		    rows[i].other);
		ck_assert_int_eq(site->budgets_ms[SL_HOST_GITLAB],
		    rows[i].gitlab);
		ck_assert_int_eq(site->budgets_ms[SL_HOST_GITHUB],
		    rows[i].github);
	}
}
END_TEST

/* --- where the site policy comes from --- */

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static const struct {
	const char *text;
	const char *path, *repository, *ref, *commit, *file;
	const char *written; /* NULL: as read */
} sources[] = {
	{ "a.yaml", .path = "/d/a.yaml", .written = "/d/a.yaml" },
	{ "/x/{a}.yaml", .path = "/x/{a}.yaml" },
	{ "{repository: p.git, ref: refs/heads/main, file: a/b.yaml}",
	    .repository = "/d/p.git", .ref = "refs/heads/main",
	    .file = "a/b.yaml",
	    .written = "{\"repository\":\"/d/p.git\",\"ref\":"
		       "\"refs/heads/main\",\"file\":\"a/b.yaml\"}" },
	{ "{\"repository\":\"/p q:r.git\",\"commit\":\"" COMMIT
	  "\",\"file\":\"a.json\"}",
	    .repository = "/p q:r.git", .commit = COMMIT, .file = "a.json" },
};

static void
assert_same(const char *is, const char *wanted)
{
	if (wanted == NULL)
		ck_assert_ptr_null(is);
	else
		ck_assert_str_eq(is, wanted);
}

START_TEST(a_policy_source_is_a_path_or_a_map)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_policy_source source = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	const char *text = sources[_i].text;

	ck_assert_ok(sl_policy_source_parse("p", "/d", sl_str(text), &source,
			 &err),
	    &err);
	ck_assert(sl_policy_source_is_set(&source));
	assert_same(source.path, sources[_i].path);
	assert_same(source.repository, sources[_i].repository);
	assert_same(source.ref, sources[_i].ref);
	assert_same(source.commit, sources[_i].commit);
	assert_same(source.file, sources[_i].file);
	ck_assert_int_eq(sl_policy_source_format(&source, &out), SL_OK);
	ck_assert_str_eq(sl_buf_cstr(&out),
	    sources[_i].written ? sources[_i].written : text);
	sl_policy_source_release(&source);
	ck_assert(!sl_policy_source_is_set(&source));
}
END_TEST

START_TEST(a_bad_policy_source_is_refused)
{
	static const struct {
		const char *text;
		int code;
		const char *place;
	} bad[] = {
		{ "", SL_ECONFIG, "" },
		{ "{", SL_EINVAL, "p:1:1" },
		{ "{}", SL_ECONFIG, "p:1:1" },
		{ "{repository: a, ref: refs/heads/a, file: 'b'} x",
		    SL_EINVAL, "p:1:47" },
		{ "{repository: a, ref: refs/heads/a, flie: b}", SL_ECONFIG,
		    "p:1:36" },
	};

	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		struct sl_policy_source source = { 0 };
		struct sl_error err = SL_ERROR_INIT;

		ck_assert_err(sl_policy_source_parse("p", "/d",
				  sl_str(bad[i].text), &source, &err),
		    bad[i].code, &err);
		ck_assert_str_eq(err.place, bad[i].place);
		ck_assert(!sl_policy_source_is_set(&source));
	}
}
END_TEST

TCase *
tcase_site(void)
{
	TCase *tc = tcase_create("site");

	tcase_add_loop_test(tc, a_policy_source_is_a_path_or_a_map, 0,
	    SL_COUNT(sources));
	tcase_add_test(tc, a_bad_policy_source_is_refused);
	tcase_add_loop_test(tc, bad_sites_are_refused_with_their_place, 0,
	    SL_COUNT(bad_sites));
	tcase_add_loop_test(tc, single_values_have_a_grammar, 0,
	    SL_COUNT(values));
	tcase_add_test(tc, example_site_is_read_whole);
	tcase_add_test(tc, an_import_is_for_its_repositories_people_and_days);
	tcase_add_test(tc, a_budget_is_one_for_all_servers_or_for_each);
	tcase_add_test(tc, people_are_found_by_what_others_call_them);
	return tc;
}
