/* SPDX-License-Identifier: Apache-2.0 */
#include "aws_rig.h"

#include <string.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

#define WHO                                                                    \
	"<GetCallerIdentityResponse><GetCallerIdentityResult>"                 \
	"<Account>111111111111</Account><Arn>arn:x</Arn><UserId>u</UserId>"    \
	"</GetCallerIdentityResult></GetCallerIdentityResponse>"
#define REGION "AWS_REGION=eu-west-1"
#define LATER "2026-11-22T11:31:40.123Z"

static int
whoami(struct rig *rig)
{
	struct sl_aws_identity who = { 0 };
	int rc = sl_aws_whoami(rig->session, &who, &rig->err);

	sl_aws_identity_release(&who);
	return rc;
}

/* --- where credentials come from --- */

static const char config_text[] =
    "\xef\xbb\xbf# comment\r\n"
    "[default]\r\n"
    "region = ap-south-1\r\n"
    "[profile base]\n"
    "AWS_ACCESS_KEY_ID = AKIDCONFIG\n"
    "aws_secret_access_key=hush=with=equals\n"
    "[profile  \"a b\" ]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "source_profile = base\n"
    "external_id = ext\n"
    "s3 =\n"
    "  role_arn = nested\n"
    "[profile round]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "source_profile = trip\n"
    "[profile trip]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "source_profile = round\n"
    "[profile self]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "source_profile = self\n"
    "aws_access_key_id = AKIDSELF\n"
    "aws_secret_access_key = hush\n"
    "[profile env]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "credential_source = Environment\n"
    "[profile ec2]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "credential_source = Ec2InstanceMetadata\n"
    "[profile mfa]\n"
    "role_arn = arn:aws:iam::111111111111:role/r\n"
    "source_profile = base\n"
    "mfa_serial = arn:mfa\n"
    "[profile sso]\nsso_session = corp\n"
    "[profile proc]\ncredential_process = /bin/keys\n"
    "[profile web]\nweb_identity_token_file = /t\nrole_arn = arn:x\n"
    "[profile bare]\noutput = json\n"
    "[profile lost]\nrole_arn = arn:aws:iam::111111111111:role/r\n"
    "source_profile = nowhere\n"
    "[base]\naws_access_key_id = AKIDWRONG\n";

static const char credentials_text[] =
    "[base]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = hush\n"
    "aws_session_token = tok\n"
    "[proc]\naws_access_key_id = AKIDPROC\naws_secret_access_key = hush\n"
    "[half]\naws_access_key_id = AKIDHALF\n";

static const struct {
	const char *what;
	const char *variables[8];
	const char *profile; /* of the site */
	int code;
	const char *key;     /* that signs the last request; or what err says */
	int roles;           /* AssumeRole calls before it */
} sources[] = {
	{ "variables", { "AWS_ACCESS_KEY_ID=AKIDENV",
	    "AWS_SECRET_ACCESS_KEY=hush", REGION }, NULL, SL_OK, "AKIDENV",
	    0 },
	{ "variables beat AWS_PROFILE", { "AWS_ACCESS_KEY_ID=AKIDENV",
	    "AWS_SECRET_ACCESS_KEY=hush", "AWS_PROFILE=base", REGION }, NULL,
	    SL_OK, "AKIDENV", 0 },
	{ "a site's profile beats variables", { "AWS_ACCESS_KEY_ID=AKIDENV",
	    "AWS_SECRET_ACCESS_KEY=hush", REGION }, "base", SL_OK,
	    "AKIDKEYS", 0 },
	{ "credentials beat config", { "AWS_PROFILE=base", REGION }, NULL,
	    SL_OK, "AKIDKEYS", 0 },
	{ "the second name of the variable",
	    { "AWS_DEFAULT_PROFILE=base", REGION }, NULL, SL_OK, "AKIDKEYS",
	    0 },
	{ "keys beat a process", { "AWS_PROFILE=proc", REGION }, NULL, SL_OK,
	    "AKIDPROC", 0 },
	{ "a role with a source", { "AWS_PROFILE=a b", REGION }, NULL, SL_OK,
	    "ASIA", 1 },
	{ "a role from its own keys", { "AWS_PROFILE=self", REGION }, NULL,
	    SL_OK, "ASIA", 1 },
	{ "a role from the variables", { "AWS_ACCESS_KEY_ID=AKIDENV",
	    "AWS_SECRET_ACCESS_KEY=hush", REGION }, "env", SL_OK, "ASIA", 1 },
	{ "nothing", { REGION }, NULL, SL_EDENIED, "credentials missing", 0 },
	{ "an id alone", { "AWS_ACCESS_KEY_ID=AKIDENV", REGION }, NULL,
	    SL_EDENIED, "without AWS_SECRET_ACCESS_KEY", 0 },
	{ "empty is unset", { "AWS_ACCESS_KEY_ID=", REGION }, NULL,
	    SL_EDENIED, "credentials missing", 0 },
	{ "expired", { "AWS_ACCESS_KEY_ID=AKIDENV",
	    "AWS_SECRET_ACCESS_KEY=hush", REGION,
	    "AWS_CREDENTIAL_EXPIRATION=2026-11-22T10:22:47Z" }, NULL,
	    SL_EDENIED, "expired", 0 },
	{ "a bad expiry", { "AWS_ACCESS_KEY_ID=AKIDENV",
	    "AWS_SECRET_ACCESS_KEY=hush", REGION,
	    "AWS_CREDENTIAL_EXPIRATION=tomorrow" }, NULL, SL_EDENIED,
	    "AWS_CREDENTIAL_EXPIRATION", 0 },
	{ "a missing profile", { "AWS_PROFILE=nobody", REGION }, NULL,
	    SL_EDENIED, "\"nobody\" does not exist", 0 },
	{ "a missing source", { "AWS_PROFILE=lost", REGION }, NULL,
	    SL_EDENIED, "\"nowhere\" does not exist", 0 },
	{ "a profile without keys", { "AWS_PROFILE=bare", REGION }, NULL,
	    SL_EDENIED, "has no keys", 0 },
	{ "half a key", { "AWS_PROFILE=half", REGION }, NULL, SL_EDENIED,
	    "has no keys", 0 },
	{ "a circle", { "AWS_PROFILE=round", REGION }, NULL, SL_ECONFIG,
	    "circle", 0 },
	{ "one-time codes", { "AWS_PROFILE=mfa", REGION }, NULL,
	    SL_EUNSUPPORTED, "mfa_serial", 0 },
	{ "instance source", { "AWS_PROFILE=ec2", REGION }, NULL,
	    SL_EUNSUPPORTED, "Ec2InstanceMetadata", 0 },
	{ "sso", { "AWS_PROFILE=sso", REGION }, NULL, SL_EUNSUPPORTED,
	    "sso_session", 0 },
	{ "web identity profile", { "AWS_PROFILE=web", REGION }, NULL,
	    SL_EUNSUPPORTED, "web_identity_token_file", 0 },
	{ "web identity variables", { "AWS_WEB_IDENTITY_TOKEN_FILE=/t",
	    REGION }, NULL, SL_EUNSUPPORTED, "AWS_WEB_IDENTITY_TOKEN_FILE",
	    0 },
	{ "container", { "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://x",
	    REGION }, NULL, SL_EUNSUPPORTED, "container", 0 },
};

static char folder[64];

static void
make_folder(void)
{
	strcpy(folder, "/tmp/sluice-aws-test-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void
write_file(const char *name, const char *text)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(folder, name);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_fsx_replace(path, sl_str(text), 0600, &err), &err);
}

static void
remove_file(const char *name)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(folder, name);

	unlink(path);
}

START_TEST(credentials_are_found_or_explained)
{
	const char *variables[10] = { NULL };
	char home[80];
	struct rig rig;
	size_t n = 0;

	make_folder();
	write_file("config", config_text);
	write_file("credentials", credentials_text);
	while (sources[_i].variables[n] != NULL) {
		variables[n] = sources[_i].variables[n];
		n++;
	}
	snprintf(home, sizeof(home), "HOME=%s", folder);
	variables[n++] = home;
	variables[n++] = "AWS_CONFIG_FILE=~/config";
	variables[n] = "AWS_SHARED_CREDENTIALS_FILE=~/credentials";
	rig_init(&rig);
	rig.config.profile = sources[_i].profile;
	ck_assert_ok(rig_open(&rig, (const char *const *)variables),
	    &rig.err);
	for (int i = 0; i < sources[_i].roles; i++)
		rig_answer_role(&rig, LATER);
	if (sources[_i].code == SL_OK)
		rig_answer(&rig, 200, "", WHO);
	ck_assert_msg(whoami(&rig) == sources[_i].code, "%s: %d %s",
	    sources[_i].what, rig.err.code, rig.err.text);
	ck_assert_msg(strstr(sources[_i].code == SL_OK
		      ? rig_header(&rig, rig.sent_count - 1, "Authorization")
		      : rig.err.text, sources[_i].key) != NULL,
	    "%s: %s", sources[_i].what, rig.err.text);
	rig_stop(&rig);
	remove_file("config");
	remove_file("credentials");
	rmdir(folder);
}
END_TEST

START_TEST(a_profile_gives_its_region)
{
	static const char *variables[] = { NULL, "AWS_ACCESS_KEY_ID=A",
		"AWS_SECRET_ACCESS_KEY=hush", NULL };
	char path[96];
	struct rig rig;

	make_folder();
	write_file("config", config_text);
	snprintf(path, sizeof(path), "AWS_CONFIG_FILE=%s/config", folder);
	variables[0] = path;
	rig_init(&rig);
	ck_assert_ok(rig_open(&rig, variables), &rig.err);
	ck_assert_str_eq(sl_aws_session_region(rig.session), "ap-south-1");
	rig_stop(&rig);
	remove_file("config");
	rmdir(folder);
}
END_TEST

TCase *
tcase_sources(void)
{
	TCase *tc = tcase_create("sources");

	tcase_add_loop_test(tc, credentials_are_found_or_explained, 0,
	    SL_COUNT(sources));
	tcase_add_test(tc, a_profile_gives_its_region);
	return tc;
}

/* --- roles --- */

static void
role_start(struct rig *rig)
{
	rig_init(rig);
	rig->config.role_arn = "arn:aws:iam::111111111111:role/train";
	rig->config.external_id = "a b";
	rig->config.account = "111111111111";
	ck_assert_ok(rig_open(rig, NULL), &rig->err);
}

START_TEST(a_role_is_assumed_once_and_signed_with)
{
	struct rig rig;

	role_start(&rig);
	rig_answer_role(&rig, LATER);
	rig_answer(&rig, 200, "", WHO);
	rig_answer(&rig, 200, "", WHO);
	ck_assert_ok(whoami(&rig), &rig.err);
	ck_assert_ok(whoami(&rig), &rig.err);
	ck_assert_str_eq(rig.sent[0].host, "sts.eu-west-1.amazonaws.com");
	ck_assert_str_eq(rig.sent[0].body,
	    "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A"
	    "%3A111111111111%3Arole%2Ftrain&RoleSessionName=sluice&"
	    "ExternalId=a%20b");
	ck_assert_str_eq(rig_header(&rig, 0, "X-Amz-Security-Token"), "");
	ck_assert_ptr_nonnull(strstr(
	    rig_header(&rig, 1, "X-Amz-Security-Token"), "token"));
	ck_assert_ptr_nonnull(strstr(rig_header(&rig, 1, "Authorization"),
	    "x-amz-security-token"));
	rig_stop(&rig);
}
END_TEST

START_TEST(keys_are_renewed_before_they_expire)
{
	struct rig rig;

	role_start(&rig);
	rig_answer_role(&rig, LATER);
	rig_answer(&rig, 200, "", WHO);
	ck_assert_ok(whoami(&rig), &rig.err);
	rig.now_s = 1795347100 - 599; /* LATER is 1795347100 */
	rig_answer_role(&rig, "2026-11-22T12:31:40Z");
	rig_answer(&rig, 200, "", WHO);
	ck_assert_ok(whoami(&rig), &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(old_keys_do_while_sts_is_away)
{
	struct rig rig;

	role_start(&rig);
	rig_answer_role(&rig, LATER);
	rig_answer(&rig, 200, "", WHO);
	ck_assert_ok(whoami(&rig), &rig.err);
	rig.now_s = 1795347100 - 599;
	for (int i = 0; i < 3; i++)
		rig_answer(&rig, RIG_NOT_SENT, "", "");
	rig_answer(&rig, 200, "", WHO);
	ck_assert_ok(whoami(&rig), &rig.err);
	rig.now_s = 1795347100;
	for (int i = 0; i < 3; i++)
		rig_answer(&rig, RIG_NOT_SENT, "", "");
	ck_assert_err(whoami(&rig), SL_ENET, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(an_expired_token_is_renewed_once)
{
	static const char expired[] = "<ErrorResponse><Error><Code>"
	    "ExpiredToken</Code></Error></ErrorResponse>";
	struct rig rig;

	role_start(&rig);
	rig_answer_role(&rig, LATER);
	rig_answer(&rig, 403, "", expired);
	rig_answer_role(&rig, LATER);
	rig_answer(&rig, 403, "", expired);
	ck_assert_err(whoami(&rig), SL_EDENIED, &rig.err);
	rig_stop(&rig);
}
END_TEST

/* Answers of AssumeRole that are none. */
static const struct {
	int status;
	const char *body;
	int code;
	int tries;
} bad_roles[] = {
	{ 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not "
	       "authorized</Message></Error></ErrorResponse>", SL_EDENIED, 1 },
	{ 200, "", SL_EREMOTE, 1 },
	{ 200, "<AssumeRoleResponse/>", SL_EREMOTE, 1 },
	{ 200, "<!DOCTYPE x [<!ENTITY a 'b'>]><AssumeRoleResponse>&a;"
	       "</AssumeRoleResponse>", SL_EREMOTE, 1 },
	{ 200, "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
	       "<AccessKeyId>A</AccessKeyId><SecretAccessKey>hush"
	       "</SecretAccessKey><SessionToken>t</SessionToken><Expiration>"
	       "never</Expiration></Credentials></AssumeRoleResult>"
	       "</AssumeRoleResponse>", SL_EREMOTE, 1 },
	{ 503, "", SL_ENET, 3 },
};

START_TEST(a_role_that_cannot_be_assumed_is_explained)
{
	struct rig rig;

	role_start(&rig);
	for (int i = 0; i < bad_roles[_i].tries; i++)
		rig_answer(&rig, bad_roles[_i].status, "",
		    bad_roles[_i].body);
	ck_assert_err(whoami(&rig), bad_roles[_i].code, &rig.err);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "\"dev\""));
	rig_stop(&rig);
}
END_TEST

START_TEST(keys_of_another_account_are_refused)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.account = "222222222222";
	ck_assert_ok(rig_open(&rig, NULL), &rig.err);
	rig_answer(&rig, 200, "", WHO);
	ck_assert_err(whoami(&rig), SL_EDENIED, &rig.err);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "222222222222"));
	rig_stop(&rig);
}
END_TEST

static const char *const bad_arns[] = { "", "role/x", "arn:aws:iam::1:user/x",
	"arn:aws:iam::222222222222:role/train" };

START_TEST(a_role_of_another_account_is_refused)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.account = "111111111111";
	rig.config.role_arn = bad_arns[_i];
	ck_assert_err(rig_open(&rig, NULL), SL_ECONFIG, &rig.err);
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_roles(void)
{
	TCase *tc = tcase_create("roles");

	tcase_add_test(tc, a_role_is_assumed_once_and_signed_with);
	tcase_add_test(tc, keys_are_renewed_before_they_expire);
	tcase_add_test(tc, old_keys_do_while_sts_is_away);
	tcase_add_test(tc, an_expired_token_is_renewed_once);
	tcase_add_loop_test(tc, a_role_that_cannot_be_assumed_is_explained, 0,
	    SL_COUNT(bad_roles));
	tcase_add_test(tc, keys_of_another_account_are_refused);
	tcase_add_loop_test(tc, a_role_of_another_account_is_refused, 0,
	    SL_COUNT(bad_arns));
	return tc;
}

/* --- endpoints --- */

static const struct {
	const char *region, *sagemaker, *s3, *partition, *ecr;
} regions[] = {
	{ "us-east-1", "https://api.sagemaker.us-east-1.amazonaws.com",
	    "https://s3.us-east-1.amazonaws.com", "aws",
	    "https://api.ecr.us-east-1.amazonaws.com" },
	{ "cn-north-1", "https://api.sagemaker.cn-north-1.amazonaws.com.cn",
	    "https://s3.cn-north-1.amazonaws.com.cn", "aws-cn",
	    "https://api.ecr.cn-north-1.amazonaws.com.cn" },
	{ "us-gov-west-1", "https://api.sagemaker.us-gov-west-1.amazonaws.com",
	    "https://s3.us-gov-west-1.amazonaws.com", "aws-us-gov",
	    "https://api.ecr.us-gov-west-1.amazonaws.com" },
	{ "us-isob-east-1", "https://api.sagemaker.us-isob-east-1.sc2s.sgov.gov",
	    "https://s3.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b",
	    "https://api.ecr.us-isob-east-1.sc2s.sgov.gov" },
	{ "us-iso-east-1", "https://api.sagemaker.us-iso-east-1.c2s.ic.gov",
	    "https://s3.us-iso-east-1.c2s.ic.gov", "aws-iso",
	    "https://api.ecr.us-iso-east-1.c2s.ic.gov" },
	{ "eusc-de-east-1", "https://api.sagemaker.eusc-de-east-1.amazonaws.eu",
	    "https://s3.eusc-de-east-1.amazonaws.eu", "aws-eusc",
	    "https://api.ecr.eusc-de-east-1.amazonaws.eu" },
};

START_TEST(an_endpoint_follows_the_region)
{
	struct rig rig;

	rig_init(&rig);
	rig.config.region = regions[_i].region;
	ck_assert_ok(rig_open(&rig, NULL), &rig.err);
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "sagemaker"),
	    regions[_i].sagemaker);
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "s3"),
	    regions[_i].s3);
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "ecr"),
	    regions[_i].ecr);
	ck_assert_str_eq(sl_aws_session_partition(rig.session),
	    regions[_i].partition);
	rig_stop(&rig);
}
END_TEST

START_TEST(endpoints_are_overridden_in_order)
{
	static const char *const variables[] = { REGION,
		"AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_ENDPOINT_URL_S3=http://127.0.0.1:2",
		"AWS_ENDPOINT_URL_SAGEMAKER=http://127.0.0.1:3", NULL };
	static const char *const ignored[] = { REGION,
		"AWS_ENDPOINT_URL=http://127.0.0.1:1",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", NULL };
	struct rig rig;

	rig_init(&rig);
	rig.config.endpoint_sagemaker = "https://site.example";
	ck_assert_ok(rig_open(&rig, variables), &rig.err);
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "sts"),
	    "http://127.0.0.1:1");
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "s3"),
	    "http://127.0.0.1:2");
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "sagemaker"),
	    "https://site.example");
	rig_stop(&rig);
	rig_init(&rig);
	ck_assert_ok(rig_open(&rig, ignored), &rig.err);
	ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "sts"),
	    "https://sts.eu-west-1.amazonaws.com");
	rig_stop(&rig);
}
END_TEST

static const char *const bad_settings[][3] = {
	{ NULL },
	{ "AWS_REGION=eu west", NULL },
	{ "AWS_REGION=evil.example/", NULL },
	{ REGION, "AWS_ENDPOINT_URL=http://evil.example", NULL },
	{ REGION, "AWS_ENDPOINT_URL=nonsense", NULL },
};

START_TEST(bad_settings_are_configuration_errors)
{
	struct rig rig;

	rig_init(&rig);
	ck_assert_err(rig_open(&rig, bad_settings[_i]), SL_ECONFIG, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_stand_in_without_an_operation_is_known)
{
	static const char *const variables[] = { REGION,
		"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=hush",
		"AWS_ENDPOINT_URL=http://127.0.0.1:1", NULL };
	struct rig rig;

	rig_init(&rig);
	ck_assert_ok(rig_open(&rig, variables), &rig.err);
	rig_answer(&rig, 500, "", "<!doctype html><title>500</title>");
	ck_assert_err(whoami(&rig), SL_EUNSUPPORTED, &rig.err);
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_endpoints(void)
{
	TCase *tc = tcase_create("endpoints");

	tcase_add_loop_test(tc, an_endpoint_follows_the_region, 0,
	    SL_COUNT(regions));
	tcase_add_test(tc, endpoints_are_overridden_in_order);
	tcase_add_loop_test(tc, bad_settings_are_configuration_errors, 0,
	    SL_COUNT(bad_settings));
	tcase_add_test(tc, a_stand_in_without_an_operation_is_known);
	return tc;
}
