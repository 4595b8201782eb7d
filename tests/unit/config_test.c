/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "base/mem.h"
#include "config/project.h"
#include "config/site.h"

#define ROLE "arn:aws:iam::111111111111:role/p"

/* --- site files that are refused: exact places and messages --- */

#define HEAD "sluice: 1\n"
#define ENV                                                                    \
	"environments:\n"                                                      \
	"  dev:\n"                                                             \
	"    account: '111111111111'\n"                                        \
	"    region: eu-central-1\n"                                           \
	"    bucket: bbb\n"                                                    \
	"    pipeline-role: " ROLE "\n"
#define NONE "flows: []\n"
#define TRAIN(more)                                                            \
	"flows:\n  - {ref: 'x', action: train, environment: dev, " more "}\n"

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
	{ HEAD ENV NONE "budget: 4\n",
	    "s.yaml:9:9: \"budget\" must be a duration such as 250ms, 10m or "
	    "14d, not \"4\"" },
	{ HEAD ENV NONE "budget: 2d\n",
	    "s.yaml:9:9: \"budget\" must be from 100ms to 10m" },
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

static char *
example(const char *name)
{
	const char *srcdir = getenv("SL_SRCDIR");

	return sl_asprintf("%s/tests/unit/config/%s",
	    srcdir != NULL ? srcdir : ".", name);
}

static struct sl_site *
load_example(void)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	char *path = example("site.yaml");

	ck_assert_ok(sl_site_load(path, &site, &err), &err);
	free(path);
	return site;
}

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
	ck_assert_int_eq(site->budget_ms, 5000);
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

/* --- project files --- */

#define P HEAD "project: {id: wine}\n"

static const struct {
	const char *text;
	const char *message;
} bad_projects[] = {
	{ "", "r:.sluice.yaml:1:1: the file holds no value" },
	{ HEAD, "r:.sluice.yaml:1:1: a project file lacks the key \"project\"" },
	{ HEAD "project: {}\n",
	    "r:.sluice.yaml:2:10: \"project\" lacks the key \"id\"" },
	{ HEAD "project: {id: a--b}\n",
	    "r:.sluice.yaml:2:15: \"id\" must be lower-case letters and digits "
	    "joined by single \"-\", at most 32, not \"a--b\"" },
	{ HEAD "project: {id: a, usecase: b}\n",
	    "r:.sluice.yaml:2:18: unknown key \"usecase\" in \"project\"; did "
	    "you mean \"use-case\"?" },
	{ P "pipline: {}\n",
	    "r:.sluice.yaml:3:1: unknown key \"pipline\" in a project file; "
	    "did you mean \"pipelines\"?" },
	{ P "pipelines: {training: {}}\n",
	    "r:.sluice.yaml:3:23: a pipeline has a \"definition\" or a "
	    "\"command\", one of them" },
	{ P "pipelines: {training: {definition: x, command: [y]}}\n",
	    "r:.sluice.yaml:3:23: a pipeline has a \"definition\" or a "
	    "\"command\", one of them" },
	{ P "pipelines: {training: {definition: ../x}}\n",
	    "r:.sluice.yaml:3:36: \"definition\" must be a path inside the "
	    "repository, without \".\", \"..\" or a slash at either end, not "
	    "\"../x\"" },
	{ P "pipelines: {t: {command: sh x}}\n",
	    "r:.sluice.yaml:3:26: \"command\" must be a list, not a single "
	    "value" },
	{ P "pipelines: {t: {definition: x, parameters: {a b: 1}}}\n",
	    "r:.sluice.yaml:3:45: a parameter's name must be a pipeline "
	    "parameter: letters, digits, \"-\" and \"_\", not \"a b\"" },
	{ P "pipelines: {t: {definition: x, parameters: {A: }}}\n",
	    "r:.sluice.yaml:3:48: the parameter \"A\" is empty; write '' for "
	    "empty text" },
	{ P "inputs: [{uri: 's3://b'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not \"s3://b\"" },
	{ P "inputs: [{uri: 's3://b/{x}'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not "
	    "\"s3://b/{x}\"" },
	{ P "inputs: [{uri: 's3://b/{bucket'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not "
	    "\"s3://b/{bucket\"" },
	{ P "inputs: [{uri: 's3://b/a}'}]\n",
	    "r:.sluice.yaml:3:16: \"uri\" must be s3://BUCKET/KEY, where "
	    "{bucket}, {use_case} and {environment} may stand, not "
	    "\"s3://b/a}\"" },
	{ P "inputs: [{uri: 's3://b/a', pin: copy}]\n",
	    "r:.sluice.yaml:3:33: \"pin: copy\" is not available in this "
	    "version; \"pin: version\" records which version was read" },
	{ P "inputs: [{uri: 's3://b/a', pin: verison}]\n",
	    "r:.sluice.yaml:3:33: unknown word \"verison\" for \"pin\"; did "
	    "you mean \"version\"?" },
	{ P "inputs:\n- {uri: 's3://b/a', parameter: X}\n"
	    "- {uri: 's3://b/c', parameter: X}\n",
	    "r:.sluice.yaml:5:3: another input fills the parameter \"X\" "
	    "already" },
	{ P "flows: default\n",
	    "r:.sluice.yaml:3:8: the flow of refs/heads/feature/.+ uses the "
	    "pipeline \"training\", which \"pipelines\" does not have" },
	{ P "pipelines: {training: {command: [x]}}\nflows: default\n",
	    "r:.sluice.yaml:4:8: the definition of the pipeline \"training\" "
	    "comes from a command, so the flow of refs/heads/feature/.+ needs "
	    "\"trigger: ci\"" },
};

START_TEST(bad_projects_are_refused_with_their_place)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;
	char shown[SL_ERROR_TEXT_MAX];
	int rc = sl_project_parse("r:.sluice.yaml",
	    sl_str(bad_projects[_i].text), &project, &err);

	ck_assert_int_lt(rc, 0);
	ck_assert_ptr_null(project);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, bad_projects[_i].message);
}
END_TEST

static struct sl_project *
parse_project(const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;

	ck_assert_ok(sl_project_parse("p", sl_str(text), &project, &err),
	    &err);
	return project;
}

START_TEST(example_project_is_read_whole)
{
	char *path = example("project.yaml");
	struct sl_buf text = SL_BUF_INIT(65536), uri = SL_BUF_INIT(64);
	const struct sl_uri_values v = { "bbb", "wine", "dev" };
	const struct sl_project_pipeline *p;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project;
	struct sl_site *site = load_example();
	FILE *file = fopen(path, "r");
	char line[512];

	ck_assert_ptr_nonnull(file);
	while (fgets(line, sizeof(line), file) != NULL)
		sl_buf_adds(&text, line);
	fclose(file);
	project = parse_project(sl_buf_cstr(&text));
	ck_assert_str_eq(project->id, "wine-quality");
	ck_assert_str_eq(project->use_case, "wine");
	ck_assert_ptr_nonnull(project->extends);
	ck_assert_ptr_nonnull(project->rules);
	p = sl_project_pipeline(project, "training");
	ck_assert_uint_eq(p->command.count, 3);
	ck_assert_str_eq(p->command.items[0], "python3");
	ck_assert(sl_words_has(&p->inputs_paths, SL_STR("algorithms")));
	ck_assert_str_eq(sl_pairs_get(&p->parameters, "InstanceCount"), "1");
	ck_assert_str_eq(sl_pairs_get(&p->parameters, "Note"), "");
	ck_assert_ptr_null(sl_project_pipeline(project, "x"));
	ck_assert_ptr_null(sl_project_pipeline(project, NULL));
	ck_assert_ok(sl_flows_check(sl_project_flows(project), site, &err),
	    &err);
	ck_assert_ok(sl_project_uri(&project->inputs[0], &v, &uri, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&uri), "s3://bbb/input/wine/wine.csv");
	ck_assert_err(sl_project_uri(&project->inputs[1],
			  &(struct sl_uri_values){ "b", "u",
			      "long-long-long-long-long-long-long" },
			  &uri, &err),
	    SL_ETOOBIG, &err);
	ck_assert_str_eq(sl_buf_cstr(&uri), "s3://bbb/input/wine/wine.csv");
	ck_assert_str_eq(project->inputs[0].parameter, "InputUri");
	ck_assert_ptr_null(project->inputs[1].parameter);
	sl_project_free(project);
	sl_site_free(site);
	sl_buf_release(&text);
	sl_buf_release(&uri);
	free(path);
}
END_TEST

/* The example of a manual: its last literal block. */
static char *
manual_example(const char *name)
{
	const char *srcdir = getenv("SL_SRCDIR");
	char *path = sl_asprintf("%s/man/%s", srcdir != NULL ? srcdir : ".",
	    name);
	struct sl_buf out = SL_BUF_INIT(65536);
	FILE *file = fopen(path, "r");
	bool inside = false;
	char line[512];

	ck_assert_msg(file != NULL, "%s", path);
	while (fgets(line, sizeof(line), file) != NULL) {
		if (!strncmp(line, ".Bd -literal", 12)) {
			sl_buf_clear(&out);
			inside = true;
		} else if (!strncmp(line, ".Ed", 3)) {
			inside = false;
		} else if (inside) {
			sl_buf_adds(&out, line);
		}
	}
	fclose(file);
	free(path);
	return sl_buf_steal(&out);
}

START_TEST(examples_of_the_manuals_are_good)
{
	char *site_text = manual_example("sluice-site.5");
	char *project_text = manual_example("sluice-project.5");
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;
	struct sl_site *site = NULL;

	ck_assert_ok(sl_site_parse("site", ".", sl_str(site_text), &site,
			 &err),
	    &err);
	ck_assert_ok(sl_project_parse("project", sl_str(project_text),
			 &project, &err),
	    &err);
	sl_site_free(site);
	sl_project_free(project);
	free(site_text);
	free(project_text);
}
END_TEST

START_TEST(a_small_project_is_enough)
{
	struct sl_project *project = parse_project(P);

	ck_assert_str_eq(project->use_case, "wine");
	ck_assert_ptr_null(sl_project_flows(project));
	ck_assert_ptr_null(sl_project_flows(NULL));
	ck_assert_ptr_null(project->rules);
	sl_project_free(project);
	ck_assert(sl_project_id_valid(SL_STR("a-1")));
	ck_assert(!sl_project_id_valid(SL_STR("-a")));
	ck_assert(!sl_project_id_valid(SL_STR("a-")));
	ck_assert(!sl_project_id_valid(SL_STR("")));
	ck_assert(!sl_project_id_valid(SL_STR("a\0b")));
	ck_assert(
	    !sl_project_id_valid(SL_STR("a23456789012345678901234567890123")));
}
END_TEST

/* --- which flow decides --- */

#define PIPES "pipelines: {training: {definition: d.json}}\n"
#define FLOW(ref, rest) "- {ref: '" ref "', " rest "}\n"
#define MAIN_STAGING "environment: staging, action: train, names: main"
#define STAGING "environment: staging, action: train"
#define MAIN_DEV "environment: dev, action: train"
#define PROMOTED "environment: dev, action: train, names: main, promote-to: "

/* Patterns of these tests are literal, but for a final '*'. */
static int
match_simple(void *ctx, const struct sl_flow *flow, struct sl_str ref,
    bool *matches, struct sl_error *err)
{
	size_t n = strlen(flow->ref);

	(void)ctx;
	if (!strcmp(flow->ref, "broken"))
		return sl_error_set(err, SL_ELIMIT, "cannot be decided");
	if (n > 0 && flow->ref[n - 1] == '*')
		*matches = ref.len >= n - 1 &&
		    !memcmp(ref.ptr, flow->ref, n - 1);
	else
		*matches = sl_str_eqs(ref, flow->ref);
	return SL_OK;
}

#define THREE_ENVS                                                             \
	HEAD "environments:\n"                                                 \
	     "  dev: {protected: false, account: '111111111111', region: "     \
	     "eu-west-1, bucket: bbb, pipeline-role: '" ROLE "'}\n"            \
	     "  staging: {account: '111111111111', region: eu-west-1, "        \
	     "bucket: bbb, pipeline-role: '" ROLE "'}\n"                       \
	     "  prod: {account: '111111111111', region: eu-west-1, bucket: "   \
	     "bbb, pipeline-role: '" ROLE "'}\n"
#define SITE_FLOWS                                                             \
	"flows:\n" FLOW("refs/f/*", MAIN_DEV) FLOW("refs/main", MAIN_STAGING)  \
	    FLOW("refs/v*", "environment: prod, action: promote, from: "       \
			    "staging") FLOW("refs/s*", STAGING)

static const struct {
	const char *what;
	const char *trusted; /* flows; NULL: no project file */
	const char *pushed;
	const char *ref;
	int rc;
	const char *environment;
	const char *file;
} choices[] = {
	{ "site alone, unprotected", NULL, NULL, "refs/f/x", SL_OK, "dev",
	    "site" },
	{ "site alone, protected", NULL, NULL, "refs/main", SL_OK, "staging",
	    "site" },
	{ "no flow", NULL, NULL, "refs/other", SL_ENOTFOUND, NULL, NULL },
	{ "pushed adds an unprotected flow", NULL, FLOW("refs/x*", MAIN_DEV),
	    "refs/xy", SL_OK, "dev", "pushed" },
	{ "pushed cannot take a protected ref away", NULL,
	    FLOW("refs/main", MAIN_DEV), "refs/main", SL_OK, "staging",
	    "site" },
	{ "pushed cannot add a protected flow", NULL,
	    FLOW("refs/x", MAIN_STAGING), "refs/x", SL_EREFUSED, NULL, NULL },
	{ "pushed cannot promote, even into dev", NULL,
	    FLOW("refs/x", "environment: dev, action: promote, from: prod"),
	    "refs/x", SL_EREFUSED, NULL, NULL },
	{ "pushed list without the ref: nothing", NULL,
	    FLOW("refs/y", MAIN_DEV), "refs/f/x", SL_ENOTFOUND, NULL, NULL },
	{ "unknown environment counts as protected", NULL,
	    FLOW("refs/x", "environment: qa, action: train"), "refs/x",
	    SL_EREFUSED, NULL, NULL },
	{ "trusted moves main to dev", FLOW("refs/main", MAIN_DEV), NULL,
	    "refs/main", SL_OK, "dev", "trusted" },
	{ "trusted within the site's flows", FLOW("refs/m*", MAIN_STAGING),
	    NULL, "refs/main", SL_OK, "staging", "trusted" },
	{ "trusted beyond the site's refs", FLOW("refs/m*", MAIN_STAGING),
	    NULL, "refs/mine", SL_EREFUSED, NULL, NULL },
	{ "trusted with a looser approval",
	    FLOW("refs/main", MAIN_STAGING ", approval: approved"), NULL,
	    "refs/main", SL_EREFUSED, NULL, NULL },
	{ "trusted with names of its own", FLOW("refs/main", STAGING), NULL,
	    "refs/main", SL_OK, "staging", "trusted" },
	{ "trusted with the use case's names", FLOW("refs/s1", MAIN_STAGING),
	    NULL, "refs/s1", SL_EREFUSED, NULL, NULL },
	{ "trusted promotes from elsewhere",
	    FLOW("refs/v1", "environment: prod, action: promote, from: dev"),
	    NULL, "refs/v1", SL_EREFUSED, NULL, NULL },
	{ "trusted before pushed", FLOW("refs/main", MAIN_STAGING),
	    FLOW("refs/main", MAIN_DEV), "refs/main", SL_OK, "staging",
	    "trusted" },
	{ "pushed before trusted where unprotected", FLOW("refs/a", MAIN_DEV),
	    FLOW("refs/a", "action: none"), "refs/a", SL_OK, NULL, "pushed" },
	{ "an undecided pattern is an error", FLOW("broken", MAIN_DEV), NULL,
	    "refs/main", SL_ELIMIT, NULL, NULL },
};

static struct sl_project *
project_with(const char *name, const char *flows)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;
	char *text;

	if (flows == NULL)
		return NULL;
	text = sl_asprintf(P PIPES "flows:\n%s", flows);
	ck_assert_ok(sl_project_parse(name, sl_str(text), &project, &err),
	    &err);
	free(text);
	return project;
}

/* A promotion that follows is one: the site must have it, and the pushed
 * commit can neither add it nor take it away. */
static const struct {
	const char *what;
	const char *site; /* flows */
	const char *trusted;
	const char *pushed;
	int rc;
	const char *promote_to;
	const char *file;
} followed[] = {
	{ "the site's counts", FLOW("refs/main", PROMOTED "staging"), NULL,
	    FLOW("refs/main", MAIN_DEV), SL_OK, "staging", "site" },
	{ "trusted, as the site has it",
	    FLOW("refs/main", PROMOTED "staging"),
	    FLOW("refs/m*", PROMOTED "staging"), NULL, SL_OK, "staging",
	    "trusted" },
	{ "trusted, where the site has it for another ref",
	    FLOW("refs/other", PROMOTED "staging"),
	    FLOW("refs/main", PROMOTED "staging"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted, into another environment",
	    FLOW("refs/main", PROMOTED "staging"),
	    FLOW("refs/main", PROMOTED "prod"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted, where the site only trains",
	    FLOW("refs/main", MAIN_DEV ", names: main"),
	    FLOW("refs/main", PROMOTED "staging"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted, where the site promotes tags there",
	    FLOW("refs/main", "environment: staging, action: promote, from: "
			      "dev"),
	    FLOW("refs/main", PROMOTED "staging"), NULL, SL_EREFUSED, NULL,
	    NULL },
	{ "trusted may do without", FLOW("refs/main", PROMOTED "staging"),
	    FLOW("refs/main", MAIN_DEV ", names: main"), NULL, SL_OK, NULL,
	    "trusted" },
	{ "pushed", FLOW("refs/other", PROMOTED "staging"), NULL,
	    FLOW("refs/main", PROMOTED "staging"), SL_EREFUSED, NULL, NULL },
};

START_TEST(what_follows_is_guarded)
{
	SL_CLEANUP(sl_freep) char *text = sl_asprintf(THREE_ENVS "flows:\n%s",
	    followed[_i].site);
	struct sl_project *trusted = project_with("trusted",
	    followed[_i].trusted);
	struct sl_project *pushed = project_with("pushed", followed[_i].pushed);
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_flow *flow = NULL;
	struct sl_site *site = NULL;

	ck_assert_ok(sl_site_parse("site", ".", sl_str(text), &site, &err),
	    &err);
	ck_assert_msg(sl_flows_choose(site, sl_project_flows(trusted),
			  sl_project_flows(pushed), SL_STR("refs/main"),
			  match_simple, NULL, &flow, &err) == followed[_i].rc,
	    "%s: %s", followed[_i].what, err.text);
	if (flow != NULL) {
		ck_assert_str_eq(flow->file, followed[_i].file);
		ck_assert_pstr_eq(sl_flow_promote_to(flow, site),
		    followed[_i].promote_to);
	}
	sl_project_free(trusted);
	sl_project_free(pushed);
	sl_site_free(site);
}
END_TEST

START_TEST(the_right_flow_decides)
{
	struct sl_project *trusted = project_with("trusted",
	    choices[_i].trusted);
	struct sl_project *pushed = project_with("pushed", choices[_i].pushed);
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_flow *flow = NULL;
	struct sl_site *site = NULL;

	ck_assert_ok(sl_site_parse("site", ".", SL_STR(THREE_ENVS SITE_FLOWS),
			 &site, &err),
	    &err);
	ck_assert_msg(sl_flows_choose(site, sl_project_flows(trusted),
			  sl_project_flows(pushed), sl_str(choices[_i].ref),
			  match_simple, NULL, &flow, &err) == choices[_i].rc,
	    "%s: %s", choices[_i].what, err.text);
	if (choices[_i].rc != SL_OK) {
		ck_assert_ptr_null(flow);
	} else {
		ck_assert_str_eq(flow->file, choices[_i].file);
		ck_assert_pstr_eq(flow->environment, choices[_i].environment);
	}
	sl_project_free(trusted);
	sl_project_free(pushed);
	sl_site_free(site);
}
END_TEST

static const struct {
	const char *flows;
	const char *message; /* "": accepted */
} held[] = {
	{ FLOW("refs/x*", MAIN_DEV), "" },
	{ FLOW("refs/x*", MAIN_STAGING), "" },
	{ FLOW("refs/x*", "environment: qa, action: train"),
	    "p:5:3: the flow of refs/x* (train into qa): the site has no such "
	    "environment" },
	{ FLOW("refs/x", "environment: prod, action: train"),
	    "p:5:3: the flow of refs/x (train into prod): no flow of the site "
	    "allows it" },
	{ FLOW("refs/x", MAIN_STAGING ", approval: approved"),
	    "p:5:3: the flow of refs/x (train into staging): no flow of the "
	    "site allows it" },
	{ FLOW("refs/x", "environment: prod, action: promote, from: dev"),
	    "p:5:3: the flow of refs/x (promote into prod): no flow of the "
	    "site allows it" },
	{ FLOW("refs/x", PROMOTED "staging"),
	    "p:5:3: the flow of refs/x (train into dev): no flow of the site "
	    "allows it" },
	{ FLOW("refs/x", PROMOTED "qa"),
	    "p:5:3: the flow of refs/x (train into dev): the site has no such "
	    "environment as its \"promote-to\"" },
	{ FLOW("refs/x", "environment: prod, action: promote, from: qa"),
	    "p:5:3: the flow of refs/x (promote into prod): the site has no "
	    "such environment as its \"from\"" },
};

START_TEST(project_flows_are_held_to_the_site)
{
	struct sl_project *project = project_with("p", held[_i].flows);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	char shown[SL_ERROR_TEXT_MAX];
	bool good = held[_i].message[0] == '\0';

	ck_assert_ok(sl_site_parse("site", ".", SL_STR(THREE_ENVS SITE_FLOWS),
			 &site, &err),
	    &err);
	ck_assert_err(sl_flows_check(&project->flows, site, &err),
	    good ? SL_OK : SL_ECONFIG, &err);
	sl_error_format(&err, shown, sizeof(shown));
	ck_assert_str_eq(shown, held[_i].message);
	sl_project_free(project);
	sl_site_free(site);
}
END_TEST

START_TEST(paths_are_kept_with_their_places)
{
	struct sl_project *project = project_with("p",
	    FLOW("refs/x", MAIN_DEV ", paths: ['code/.+', 'a b\\.json']"));
	const struct sl_flow *flow = &project->flows.items[0];

	ck_assert_uint_eq(flow->path_count, 2);
	ck_assert_str_eq(flow->paths[0].pattern, "code/.+");
	ck_assert_str_eq(flow->paths[1].pattern, "a b\\.json");
	ck_assert_uint_eq(flow->paths[1].line, 5);
	ck_assert_uint_eq(flow->paths[1].col, 71);
	sl_project_free(project);
}
END_TEST

START_TEST(presets_are_as_promised)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	struct sl_flows flows = { 0 };

	ck_assert_ok(sl_site_parse("site", "/d", SL_STR(THREE_ENVS), &site,
			 &err),
	    &err);
	ck_assert_str_eq(site->flows.preset, "default");
	ck_assert_uint_eq(site->flows.count, 4);
	ck_assert_str_eq(site->flows.items[2].environment, "staging");
	ck_assert_str_eq(site->flows.items[3].from, "staging");
	ck_assert_int_eq(site->flows.items[3].action, SL_FLOW_PROMOTE);
	ck_assert(!sl_policy_source_is_set(&site->policy));
	ck_assert_str_eq(site->pusher_variables.items[0], "GL_USERNAME");
	ck_assert_int_eq(site->policy_grace_s, 0);
	ck_assert_int_eq(site->budget_ms, 4000);
	ck_assert_int_eq(site->worker, SL_WORKER_HOOK);
	ck_assert_ptr_null(site->aws_config_file);
	ck_assert_int_eq(sl_flows_preset("roadmap", &flows), SL_OK);
	ck_assert_str_eq(flows.items[2].environment, "dev");
	ck_assert_str_eq(flows.items[3].from, "dev");
	ck_assert(flows.items[0].supersede && !flows.items[1].supersede);
	ck_assert_pstr_eq(sl_flow_promote_to(&flows.items[2], site), "staging");
	for (size_t i = 0; i < flows.count; i++)
		if (i != 2)
			ck_assert_ptr_null(sl_flow_promote_to(&flows.items[i],
			    site));
	sl_site_free(site);
	ck_assert_ok(sl_site_parse("site", "/d", SL_STR(HEAD ENV NONE), &site,
			 &err),
	    &err);
	ck_assert_ptr_null(sl_flow_promote_to(&flows.items[2], site));
	sl_flows_release(&flows);
	ck_assert_int_eq(sl_flows_preset("x", &flows), SL_ENOTFOUND);
	ck_assert_str_eq(sl_flow_action_name(SL_FLOW_TRAIN), "train");
	ck_assert_str_eq(sl_flow_trigger_name(SL_FLOW_CI), "ci");
	ck_assert_str_eq(sl_flow_approval_status(SL_FLOW_PENDING),
	    "PendingManualApproval");
	sl_site_free(site);
}
END_TEST

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

static TCase *
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
	tcase_add_test(tc, people_are_found_by_what_others_call_them);
	return tc;
}

static TCase *
tcase_project(void)
{
	TCase *tc = tcase_create("project");

	tcase_add_loop_test(tc, bad_projects_are_refused_with_their_place, 0,
	    SL_COUNT(bad_projects));
	tcase_add_test(tc, example_project_is_read_whole);
	tcase_add_test(tc, examples_of_the_manuals_are_good);
	tcase_add_test(tc, a_small_project_is_enough);
	return tc;
}

static TCase *
tcase_flows(void)
{
	TCase *tc = tcase_create("flows");

	tcase_add_loop_test(tc, the_right_flow_decides, 0, SL_COUNT(choices));
	tcase_add_loop_test(tc, what_follows_is_guarded, 0,
	    SL_COUNT(followed));
	tcase_add_loop_test(tc, project_flows_are_held_to_the_site, 0,
	    SL_COUNT(held));
	tcase_add_test(tc, paths_are_kept_with_their_places);
	tcase_add_test(tc, presets_are_as_promised);
	return tc;
}

SL_TEST_MAIN("config", tcase_site, tcase_project, tcase_flows)
