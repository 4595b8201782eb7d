/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_probe: the real client against a server that stands in for AWS.
 *
 *     aws_probe ROLE EXTERNAL-ID BUCKET DIGEST
 *
 * DIGEST is what team/fit:v1 of the role's account stands for.
 *
 * Endpoints, region and keys come from the AWS variables. Prints TAP. What
 * one stand-in lacks is printed as skipped, with the reason.
 */
#include <stdio.h>
#include <stdlib.h>

#include "aws/ecr.h"
#include "aws/s3.h"
#include "aws/sagemaker.h"
#include "base/mem.h"

#define TOKEN "0123456789abcdef0123456789abcdef"
#define DEFINITION                                                             \
	"{\"Version\":\"2020-12-01\",\"Parameters\":[{\"Name\":\"Data\","        \
	"\"Type\":\"String\"}],\"Steps\":[{\"Name\":\"Fit\","                    \
	"\"Type\":\"Training\",\"Arguments\":{}}]}"

static struct sl_aws_session *session;
static struct sl_error err = SL_ERROR_INIT;
static struct sl_s3_bucket bucket;
static unsigned count, failures;

static const char *
get_variable(void *self, const char *name)
{
	(void)self;
	return getenv(name);
}

static void
report(bool ok, const char *what)
{
	printf("%s %u - %s\n", ok ? "ok" : "not ok", ++count, what);
	if (!ok) {
		failures++;
		printf("# %d %s %s\n", err.code, err.place, err.text);
	}
	sl_error_clear(&err);
}

static void
expect(int rc, int want, const char *what)
{
	report(rc == want, what);
}

/* As expect, where a stand-in may lack the operation. */
static void
expect_or_skip(int rc, int want, const char *what)
{
	if (rc == SL_EUNSUPPORTED) {
		printf("ok %u - %s # SKIP not in this stand-in\n", ++count,
		    what);
		sl_error_clear(&err);
		return;
	}
	expect(rc, want, what);
}

/* --- S3 --- */

static const char *const keys[] = { "plain", "a b", "c=d", "e+f",
	"\xc3\xbc", "u(1)", "q'1", "p/100%", "x/t~ag/a.b-c_d" };

static int
count_entry(void *ctx, const struct sl_s3_entry *entry, struct sl_error *e)
{
	unsigned *found = ctx;

	(void)e;
	for (size_t i = 0; i < SL_COUNT(keys); i++) {
		SL_CLEANUP(sl_freep) char *key =
		    sl_asprintf("keys/%s", keys[i]);

		*found += sl_str_eqs(entry->key, key) && entry->size == 5;
	}
	return SL_OK;
}

static void
probe_keys(void)
{
	unsigned found = 0;

	for (size_t i = 0; i < SL_COUNT(keys); i++) {
		SL_CLEANUP(sl_freep) char *key =
		    sl_asprintf("keys/%s", keys[i]);
		SL_CLEANUP(sl_buf_release) struct sl_buf body =
		    SL_BUF_INIT(100);
		struct sl_s3_put put = { .key = sl_str(key),
			.body = SL_STR("bytes") };

		expect(sl_s3_put(session, &bucket, &put, NULL, &err), SL_OK,
		    "a key is written");
		expect(sl_s3_get(session, &bucket, put.key, NULL, &body, NULL,
			   &err), SL_OK, "and read");
		report(sl_str_eqs(sl_buf_str(&body), "bytes"),
		    "with its bytes");
	}
	expect(sl_s3_list(session, &bucket, SL_STR("keys/"), count_entry,
		   &found, &err), SL_OK, "the keys are listed");
	report(found == SL_COUNT(keys), "every key as it was written");
}

static void
probe_conditions(void)
{
	SL_CLEANUP(sl_s3_object_release)
	struct sl_s3_object first = SL_S3_OBJECT_INIT;
	SL_CLEANUP(sl_s3_object_release)
	struct sl_s3_object now = SL_S3_OBJECT_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf small = SL_BUF_INIT(2);
	struct sl_s3_put put = { .key = SL_STR("once"),
		.body = SL_STR("one"), .if_absent = true };
	bool existed = true;

	expect(sl_s3_head(session, &bucket, put.key, NULL, &now, &err),
	    SL_ENOTFOUND, "an object that is not there is not found");
	expect(sl_s3_get(session, &bucket, put.key, NULL, &small, NULL, &err),
	    SL_ENOTFOUND, "nor read");
	expect(sl_s3_put_immutable(session, &bucket, &put, &first, &existed,
		   &err), SL_OK, "an object is created");
	report(!existed && first.etag != NULL, "and was not there before");
	expect(sl_s3_put(session, &bucket, &put, NULL, &err), SL_EEXIST,
	    "it is not created twice");
	expect(sl_s3_put_immutable(session, &bucket, &put, NULL, &existed,
		   &err), SL_OK, "the same bytes are fine");
	report(existed, "and known to be there");
	put.body = SL_STR("two");
	expect(sl_s3_put_immutable(session, &bucket, &put, NULL, NULL, &err),
	    SL_ETAMPERED, "other bytes of that size are tampering");
	put.body = SL_STR("three");
	expect(sl_s3_put_immutable(session, &bucket, &put, NULL, NULL, &err),
	    SL_ETAMPERED, "as are other bytes of another size");
	expect(sl_s3_head(session, &bucket, put.key, NULL, &now, &err), SL_OK,
	    "its head is read");
	report(now.size == 3, "with its size");
	expect(sl_s3_get(session, &bucket, put.key, NULL, &small, NULL, &err),
	    SL_ETOOBIG, "more bytes than there is room for are refused");
	put.if_absent = false;
	put.if_match = "\"00000000000000000000000000000000\"";
	expect_or_skip(sl_s3_put(session, &bucket, &put, NULL, &err),
	    SL_ECONFLICT, "an object with another etag is not replaced");
	put.if_match = first.etag;
	expect(sl_s3_put(session, &bucket, &put, &now, &err), SL_OK,
	    "one with the right etag is");
}

/* --- pipelines --- */

static int
count_execution(void *ctx, const struct sl_sagemaker_execution *execution,
    struct sl_error *e)
{
	unsigned *found = ctx;

	(void)e;
	*found += execution->display_name != NULL &&
	    !strcmp(execution->display_name, "build-1");
	return SL_OK;
}

static int
ignore_step(void *ctx, const struct sl_sagemaker_step *step,
    struct sl_error *e)
{
	(void)ctx;
	(void)e;
	return step->name ? SL_OK : SL_EREMOTE;
}

static void
probe_executions(void)
{
	SL_CLEANUP(sl_freep) char *arn = NULL;
	SL_CLEANUP(sl_sagemaker_execution_release)
	struct sl_sagemaker_execution execution = { 0 };
	const struct sl_aws_pair parameters[] = { { "Data", "s3://b/\"k" } };
	struct sl_sagemaker_start start = { .pipeline = "probe",
		.token = TOKEN, .display_name = "build-1",
		.parameters = parameters, .parameter_count = 1 };
	unsigned found = 0;

	expect(sl_sagemaker_start_execution(session, &start, &arn, &err),
	    SL_OK, "an execution starts");
	if (arn == NULL)
		return;
	expect(sl_sagemaker_describe_execution(session, arn, &execution,
		   &err), SL_OK, "and is described");
	report(execution.display_name != NULL &&
		!strcmp(execution.display_name, "build-1"),
	    "by its display name");
	report(execution.created_s > 1600000000, "and its time");
	expect(sl_sagemaker_list_executions(session, "probe", count_execution,
		   &found, &err), SL_OK, "executions are listed");
	report(found == 1, "and it is among them");
	expect_or_skip(sl_sagemaker_list_steps(session, arn, ignore_step,
			   NULL, &err), SL_OK, "its steps are listed");
	expect_or_skip(sl_sagemaker_stop_execution(session, arn, TOKEN "-stop",
			   &err), SL_OK, "it is stopped");
}

static void
probe_tags(const char *arn)
{
	const struct sl_aws_pair more[] = { { "sluice:digest", "2" } };
	struct sl_aws_pairs tags = { NULL, 0 };
	const char *value;

	expect(sl_sagemaker_add_tags(session, arn, more, 1, &err), SL_OK,
	    "tags are added");
	expect(sl_sagemaker_list_tags(session, arn, &tags, &err), SL_OK,
	    "tags are listed");
	value = sl_aws_pairs_get(&tags, "sluice:project");
	report(value != NULL && !strcmp(value, "probe"), "the first is there");
	value = sl_aws_pairs_get(&tags, "sluice:digest");
	report(value != NULL && !strcmp(value, "2"), "the second is the new");
	sl_aws_pairs_release(&tags);
}

static void
probe_pipelines(void)
{
	SL_CLEANUP(sl_freep) char *arn = NULL;
	SL_CLEANUP(sl_sagemaker_pipeline_release)
	struct sl_sagemaker_pipeline pipeline = { 0 };
	const struct sl_aws_pair tags[] = { { "sluice:project", "probe" },
		{ "sluice:digest", "1" } };
	struct sl_sagemaker_pipeline_spec spec = { .name = "probe",
		.token = TOKEN,
		.role_arn = "arn:aws:iam::111111111111:role/pipeline",
		.definition = SL_STR(DEFINITION), .tags = tags,
		.tag_count = SL_COUNT(tags) };

	expect(sl_sagemaker_describe_pipeline(session, "probe", &pipeline,
		   &err), SL_ENOTFOUND, "a missing pipeline is not found");
	expect(sl_sagemaker_create_pipeline(session, &spec, &arn, &err),
	    SL_OK, "a pipeline is created");
	spec.token = TOKEN "-again";
	expect(sl_sagemaker_create_pipeline(session, &spec, NULL, &err),
	    SL_EEXIST, "but not twice");
	expect(sl_sagemaker_update_pipeline(session, &spec, NULL, NULL, &err),
	    SL_OK, "it is updated");
	expect(sl_sagemaker_describe_pipeline(session, "probe", &pipeline,
		   &err), SL_OK, "it is described");
	report(pipeline.definition != NULL &&
		!strcmp(pipeline.definition, DEFINITION),
	    "with its definition");
	report(pipeline.role_arn != NULL &&
		!strcmp(pipeline.role_arn, spec.role_arn), "and its role");
	if (arn != NULL)
		probe_tags(arn);
	probe_executions();
}

/* --- the registry --- */

static int
count_package(void *ctx, const struct sl_sagemaker_package *package,
    struct sl_error *e)
{
	unsigned *found = ctx;

	(void)e;
	*found += package->version > 0;
	return SL_OK;
}

static void
probe_update(const char *arn)
{
	SL_CLEANUP(sl_sagemaker_package_release)
	struct sl_sagemaker_package package = { 0 };
	const struct sl_aws_pair more[] = { { "sluice:ref", "main" } };
	struct sl_sagemaker_package_update update = { .arn = arn,
		.metadata = more, .metadata_count = 1 };
	const char *value;

	expect(sl_sagemaker_merge_package(session, &update, &err), SL_OK,
	    "metadata is added to a package");
	update.approval = "Approved";
	update.approval_description = "by the probe";
	update.metadata_count = 0;
	expect(sl_sagemaker_merge_package(session, &update, &err), SL_OK,
	    "a package is approved");
	expect(sl_sagemaker_describe_package(session, arn, &package, &err),
	    SL_OK, "it is described");
	report(package.approval && !strcmp(package.approval, "Approved"),
	    "as approved");
	value = sl_aws_pairs_get(&package.metadata, "sluice:ref");
	report(value && !strcmp(value, "main"), "with the added metadata");
	value = sl_aws_pairs_get(&package.metadata, "sluice:commit");
	report(value && !strcmp(value, "c0ffee"), "and the first");
	report(package.commit_id && !strcmp(package.commit_id, "c0ffee"),
	    "and its link to Git");
	report(package.parts[SL_SAGEMAKER_INFERENCE_SPECIFICATION] != NULL,
	    "and its inference specification");
}

static void
probe_registry(void)
{
	SL_CLEANUP(sl_sagemaker_group_release)
	struct sl_sagemaker_group group = { 0 };
	SL_CLEANUP(sl_freep) char *arn = NULL;
	const struct sl_aws_pair metadata[] = { { "sluice:commit",
	    "c0ffee" } };
	struct sl_sagemaker_package_spec spec = { .group = "probe",
		.token = "probe-1", .approval = "PendingManualApproval",
		.link = { .commit_id = "c0ffee" }, .metadata = metadata,
		.metadata_count = 1 };
	unsigned found = 0;

	spec.parts[SL_SAGEMAKER_INFERENCE_SPECIFICATION] = SL_STR(
	    "{ \"Containers\": [ { \"Image\": \"i\", \"ModelDataUrl\": "
	    "\"s3://b/m.tar.gz\" } ], \"SupportedContentTypes\": [\"text/csv\"],"
	    " \"SupportedResponseMIMETypes\": [\"text/csv\"] }");
	expect(sl_sagemaker_describe_group(session, "probe", &group, &err),
	    SL_ENOTFOUND, "a missing group is not found");
	expect(sl_sagemaker_create_group(session, "probe", "of the probe",
		   NULL, 0, NULL, &err), SL_OK, "a group is created");
	expect(sl_sagemaker_describe_group(session, "probe", &group, &err),
	    SL_OK, "and described");
	expect(sl_sagemaker_create_package(session, &spec, &arn, &err), SL_OK,
	    "a package is created");
	if (arn != NULL)
		probe_update(arn);
	expect(sl_sagemaker_list_packages(session, "probe", "Approved",
		   count_package, &found, &err), SL_OK,
	    "packages are listed");
	report(found == 1, "the approved one");
}

/* --- images --- */

static void
probe_images(const char *want)
{
	struct sl_ecr_image image = { "111111111111", "team/fit", "v1" };
	char digest[SL_ECR_DIGEST_SIZE] = "";

	expect(sl_ecr_image_digest(session, &image, digest, &err), SL_OK,
	    "a tag stands for an image");
	report(!strcmp(digest, want), "the one that was pushed");
	image.tag = "v2";
	expect(sl_ecr_image_digest(session, &image, digest, &err),
	    SL_ENOTFOUND, "a tag that nobody pushed is not found");
	image.repository = "team/none";
	expect(sl_ecr_image_digest(session, &image, digest, &err),
	    SL_ENOTFOUND, "nor is a repository");
}

/* --- start --- */

static void
probe_all(const char *digest)
{
	struct sl_aws_identity who = { 0 };

	expect(sl_aws_whoami(session, &who, &err), SL_OK, "we are somebody");
	report(who.account && !strcmp(who.account, "111111111111"),
	    "in the account of the role");
	sl_aws_identity_release(&who);
	probe_keys();
	probe_conditions();
	probe_pipelines();
	probe_registry();
	probe_images(digest);
}

/* With a wrong secret everything is refused, and says why. */
static void
probe_wrong_secret(const struct sl_aws_config *config,
    struct sl_aws_environment *env, const struct sl_http_transport *http)
{
	SL_CLEANUP(sl_aws_session_freep) struct sl_aws_session *wrong = NULL;
	struct sl_aws_identity who = { 0 };

	sl_secret_set(&env->secret_access_key, SL_STR("wrong"));
	expect(sl_aws_session_new(config, env, http, sl_clock_system(),
		   sl_aws_random_system(), &wrong, &err), SL_OK,
	    "a session with a wrong secret");
	if (wrong != NULL)
		expect(sl_aws_whoami(wrong, &who, &err), SL_EDENIED,
		    "is denied");
}

int
main(int argc, char **argv)
{
	SL_CLEANUP(sl_aws_environment_release)
	struct sl_aws_environment env = { 0 };
	SL_CLEANUP(sl_http_client_freep) struct sl_http_client *client = NULL;
	const struct sl_http_config http_config = { .user_agent = "probe/1" };
	struct sl_aws_config config = { .name = "probe" };
	struct sl_http_transport http;

	if (argc != 5) {
		fprintf(stderr, "usage: aws_probe ROLE EXTERNAL-ID BUCKET "
		    "DIGEST\n");
		return 129;
	}
	config.role_arn = argv[1];
	config.external_id = argv[2];
	bucket.name = argv[3];
	sl_aws_environment_fill(&env, get_variable, NULL);
	if (sl_http_client_new(&http_config, &client, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 4;
	}
	http = sl_http_client_transport(client);
	expect(sl_aws_session_new(&config, &env, &http, sl_clock_system(),
		   sl_aws_random_system(), &session, &err), SL_OK,
	    "a session is made");
	if (session != NULL)
		probe_all(argv[4]);
	sl_aws_session_free(session);
	probe_wrong_secret(&config, &env, &http);
	printf("1..%u\n", count);
	return failures ? 1 : 0;
}
