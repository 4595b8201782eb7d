/* SPDX-License-Identifier: Apache-2.0 */
/* What a tag of an image stands for. */
#include "aws_rig.h"

#include <string.h>

#include "aws/ecr.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FOUND(digest)                                                          \
	"{\"images\":[{\"registryId\":\"111111111111\",\"repositoryName\":"    \
	"\"team/fit\",\"imageId\":{\"imageTag\":\"v1\",\"imageDigest\":\""     \
	digest "\"},\"imageManifest\":\"{}\"}],\"failures\":[]}"
#define FAILED(code)                                                           \
	"{\"images\":[],\"failures\":[{\"imageId\":{\"imageTag\":\"v1\"},"     \
	"\"failureCode\":\"" code "\",\"failureReason\":\"Requested image "    \
	"not\\u001b found\"}]}"

static int
ask(struct rig *rig, char digest[SL_ECR_DIGEST_SIZE])
{
	static const struct sl_ecr_image image = { "111111111111", "team/fit",
		"v1" };

	return sl_ecr_image_digest(rig->session, &image, digest, &rig->err);
}

START_TEST(a_tag_is_asked_for_as_a_pull_would)
{
	struct rig rig;
	char digest[SL_ECR_DIGEST_SIZE];

	rig_start(&rig);
	rig_answer(&rig, 503, "", "");
	rig_answer(&rig, 400, "", "{\"__type\":\"ThrottlingException\"}");
	rig_answer(&rig, 200, "", FOUND("sha256:" HEX));
	ck_assert_ok(ask(&rig, digest), &rig.err);
	ck_assert_str_eq(digest, "sha256:" HEX);
	ck_assert_str_eq(rig.sent[0].host, "api.ecr.eu-west-1.amazonaws.com");
	ck_assert_str_eq(rig_header(&rig, 0, "X-Amz-Target"),
	    "AmazonEC2ContainerRegistry_V20150921.BatchGetImage");
	ck_assert_ptr_nonnull(strstr(rig_header(&rig, 0, "Authorization"),
	    "/eu-west-1/ecr/aws4_request"));
	ck_assert_str_eq(rig.sent[0].body,
	    "{\"registryId\":\"111111111111\","
	    "\"repositoryName\":\"team/fit\","
	    "\"imageIds\":[{\"imageTag\":\"v1\"}],"
	    "\"acceptedMediaTypes\":["
	    "\"application/vnd.docker.distribution.manifest.v2+json\","
	    "\"application/vnd.docker.distribution.manifest.list.v2+json\","
	    "\"application/vnd.oci.image.manifest.v1+json\","
	    "\"application/vnd.oci.image.index.v1+json\"]}");
	ck_assert_str_eq(rig.sent[0].body, rig.sent[2].body);
	rig_stop(&rig);
}
END_TEST

static const struct {
	int status;
	const char *body;
	int code;
	int tries;
	const char *says;
} faults[] = {
	{ 400, "{\"__type\":\"RepositoryNotFoundException\",\"message\":"
	       "\"no repository\"}", SL_ENOTFOUND, 1, "no repository" },
	{ 400, "{\"__type\":\"ImageNotFoundException\"}", SL_ENOTFOUND, 1,
	    NULL },
	{ 400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}",
	    SL_EDENIED, 1, "AccessDeniedException" },
	{ 400, "{\"__type\":\"InvalidParameterException\"}", SL_EREMOTE, 1,
	    NULL },
	{ 500, "{\"__type\":\"ServerException\"}", SL_ENET, 3, NULL },
	{ 200, FAILED("ImageNotFound"), SL_ENOTFOUND, 1,
	    "ImageNotFound: Requested image not\\x1b found" },
	{ 200, FAILED("InvalidImageTag"), SL_ENOTFOUND, 1, NULL },
	{ 200, FAILED("UpstreamUnavailable"), SL_ENET, 1, NULL },
	{ 200, FAILED("KmsError"), SL_EDENIED, 1, NULL },
	{ 200, "{\"failures\":[{}]}", SL_ENOTFOUND, 1, "no failure code" },
	{ 200, "{\"failures\":[7]}", SL_ENOTFOUND, 1, NULL },
	/* answers that make no sense */
	{ 200, "", SL_EREMOTE, 1, "no usable digest" },
	{ 200, "[]", SL_EREMOTE, 1, "not a JSON object" },
	{ 200, "{\"images\":7}", SL_EREMOTE, 1, "no usable digest" },
	{ 200, "{\"images\":[\"x\"]}", SL_EREMOTE, 1, NULL },
	{ 200, "{\"images\":[{\"imageId\":{}}]}", SL_EREMOTE, 1, NULL },
	{ 200, FOUND(""), SL_EREMOTE, 1, NULL },
	{ 200, FOUND("sha256:12"), SL_EREMOTE, 1, NULL },
	{ 200, FOUND("sha256:" HEX "0"), SL_EREMOTE, 1, NULL },
	{ 200, FOUND("sha512:" HEX), SL_EREMOTE, 1, NULL },
	{ 200, FOUND("SHA256:" HEX), SL_EREMOTE, 1, NULL },
};

START_TEST(a_tag_without_a_digest_says_why)
{
	struct rig rig;
	char digest[SL_ECR_DIGEST_SIZE];

	rig_start(&rig);
	for (int i = 0; i < faults[_i].tries; i++)
		rig_answer(&rig, faults[_i].status, "", faults[_i].body);
	ck_assert_err(ask(&rig, digest), faults[_i].code, &rig.err);
	if (faults[_i].says)
		ck_assert_msg(strstr(rig.err.text, faults[_i].says) != NULL,
		    "%s", rig.err.text);
	ck_assert_ptr_nonnull(strstr(rig.err.text,
	    "image team/fit:v1 of registry 111111111111"));
	ck_assert_ptr_nonnull(strstr(rig.err.text, "ecr:BatchGetImage"));
	ck_assert_ptr_null(strchr(rig.err.text, '\x1b'));
	rig_stop(&rig);
}
END_TEST

#define KEYS                                                                   \
	"AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=hush",                   \
	    "AWS_REGION=eu-west-1"

/* What is configured, and where ECR is then; NULL: nowhere. */
static const struct {
	const char *site_sagemaker, *site_ecr;
	const char *variables[6];
	const char *url;
} registries[] = {
	{ NULL, NULL, { KEYS }, "https://api.ecr.eu-west-1.amazonaws.com" },
	{ "http://127.0.0.1:1", NULL, { KEYS }, NULL },
	{ "http://127.0.0.1:1", "http://127.0.0.1:2", { KEYS },
	    "http://127.0.0.1:2" },
	{ "http://127.0.0.1:1", NULL,
	    { KEYS, "AWS_ENDPOINT_URL=http://127.0.0.1:3" },
	    "http://127.0.0.1:3" },
	{ "http://127.0.0.1:1", NULL,
	    { KEYS, "AWS_ENDPOINT_URL=http://127.0.0.1:3",
		"AWS_ENDPOINT_URL_ECR=http://127.0.0.1:4" },
	    "http://127.0.0.1:4" },
	{ NULL, NULL,
	    { KEYS, "AWS_ENDPOINT_URL_SAGEMAKER=http://127.0.0.1:1" }, NULL },
};

START_TEST(a_stand_in_has_its_own_registry_or_none)
{
	const char *url = registries[_i].url;
	struct rig rig;
	char digest[SL_ECR_DIGEST_SIZE];

	rig_init(&rig);
	rig.config.endpoint_sagemaker = registries[_i].site_sagemaker;
	rig.config.endpoint_ecr = registries[_i].site_ecr;
	ck_assert_ok(rig_open(&rig, registries[_i].variables), &rig.err);
	if (url != NULL) {
		ck_assert_str_eq(sl_aws_session_endpoint(rig.session, "ecr"),
		    url);
	} else {
		ck_assert_ptr_null(sl_aws_session_endpoint(rig.session,
		    "ecr"));
		ck_assert_err(ask(&rig, digest), SL_EUNSUPPORTED, &rig.err);
		ck_assert_ptr_nonnull(strstr(rig.err.text, "no ECR endpoint"));
	}
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_ecr(void)
{
	TCase *tc = tcase_create("ecr");

	tcase_add_test(tc, a_tag_is_asked_for_as_a_pull_would);
	tcase_add_loop_test(tc, a_tag_without_a_digest_says_why, 0,
	    SL_COUNT(faults));
	tcase_add_loop_test(tc, a_stand_in_has_its_own_registry_or_none, 0,
	    SL_COUNT(registries));
	return tc;
}
