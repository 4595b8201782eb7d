/* SPDX-License-Identifier: Apache-2.0 */
#include "aws_rig.h"

#include <string.h>

#include "base/mem.h"

#define TOKEN "0123456789abcdef0123456789abcdef"

static int
describe(struct rig *rig)
{
	SL_CLEANUP(sl_sagemaker_pipeline_release)
	struct sl_sagemaker_pipeline pipeline = { 0 };

	return sl_sagemaker_describe_pipeline(rig->session, "p", &pipeline,
	    &rig->err);
}

static int
start(struct rig *rig, char **arn)
{
	const struct sl_sagemaker_start what = { .pipeline = "p",
		.token = TOKEN, .display_name = "build-1" };

	return sl_sagemaker_start_execution(rig->session, &what, arn,
	    &rig->err);
}

/* --- what a failure means --- */

static const struct {
	int status;
	const char *head, *body;
	int code;
	int tries;
	const char *says;
} faults[] = {
	/* by code, whatever the status */
	{ 400, "", "{\"__type\":\"ResourceNotFound\",\"Message\":\"gone\"}",
	    SL_ENOTFOUND, 1, "gone" },
	{ 400, "", "{\"__type\":\"ValidationException\",\"message\":"
		   "\"Pipeline p does not exist\"}", SL_ENOTFOUND, 1, NULL },
	{ 400, "", "{\"__type\":\"ValidationException\",\"message\":"
		   "\"Could not find pipeline\"}", SL_ENOTFOUND, 1, NULL },
	{ 400, "", "{\"__type\":\"ValidationException\",\"message\":"
		   "\"p already exists\"}", SL_EEXIST, 1, NULL },
	{ 400, "", "{\"__type\":\"ValidationException\",\"message\":"
		   "\"too long\"}", SL_EREMOTE, 1, "too long" },
	{ 400, "", "{\"__type\":\"ConflictException\",\"Message\":\"busy\"}",
	    SL_ECONFLICT, 1, "busy" },
	{ 400, "", "{\"__type\":\"ResourceLimitExceeded\",\"Message\":\"m\"}",
	    SL_EREMOTE, 1, "ResourceLimitExceeded" },
	{ 400, "", "{\"__type\":\"ThrottlingException\",\"message\":"
		   "\"Rate exceeded\"}", SL_ENET, 3, "Rate exceeded" },
	{ 400, "", "{\"__type\":\"aws.x#AccessDeniedException:http://y\"}",
	    SL_EDENIED, 1, "AccessDeniedException" },
	{ 400, "x-amzn-ErrorType: ResourceNotFound:http://x\n", "{}",
	    SL_ENOTFOUND, 1, NULL },
	{ 403, "", "{\"__type\":\"InvalidSignatureException\",\"message\":"
		   "\"Signature expired: now\"}", SL_EDENIED, 1, "clock" },
	{ 403, "", "{\"__type\":\"UnrecognizedClientException\"}", SL_EDENIED,
	    1, "access key" },
	/* a stand-in's XML in a JSON service */
	{ 403, "", "<ErrorResponse><Errors><Error><Code>AccessDenied</Code>"
		   "<Message>no &amp; no</Message></Error></Errors>"
		   "</ErrorResponse>", SL_EDENIED, 1, "no & no" },
	{ 403, "", "<Error><Code>SignatureDoesNotMatch</Code></Error>",
	    SL_EDENIED, 1, NULL },
	/* opaque: the status decides */
	{ 500, "", "<html>oops</html>", SL_ENET, 3, "HTTP 500" },
	{ 502, "", "", SL_ENET, 3, NULL },
	{ 503, "", "not json", SL_ENET, 3, NULL },
	{ 429, "", "", SL_ENET, 3, NULL },
	{ 500, "", "{\"__type\":\"NobodyKnowsThis\"}", SL_ENET, 3,
	    "NobodyKnowsThis" },
	{ 400, "", "", SL_EREMOTE, 1, "HTTP 400" },
	{ 403, "", "", SL_EDENIED, 1, NULL },
	{ 301, "", "", SL_EREMOTE, 1, NULL },
	{ 404, "x-amzn-requestid: id-7\n", "<!DOCTYPE html>", SL_ENOTFOUND, 1,
	    "id-7" },
	/* success that makes no sense */
	{ 200, "", "", SL_EREMOTE, 1, "PipelineArn" },
	{ 200, "", "[]", SL_EREMOTE, 1, "not a JSON object" },
	{ 200, "", "{\"PipelineArn\":", SL_EREMOTE, 1, NULL },
	{ 200, "", "<html>", SL_EREMOTE, 1, NULL },
	/* hostile text is made harmless */
	{ 400, "", "{\"__type\":\"X\\u001b[31m\",\"message\":\"a\\nb\"}",
	    SL_EREMOTE, 1, "a\\nb" },
};

START_TEST(a_fault_has_one_meaning)
{
	struct rig rig;

	rig_start(&rig);
	for (int i = 0; i < faults[_i].tries; i++)
		rig_answer(&rig, faults[_i].status, faults[_i].head,
		    faults[_i].body);
	ck_assert_err(describe(&rig), faults[_i].code, &rig.err);
	if (faults[_i].says)
		ck_assert_msg(strstr(rig.err.text, faults[_i].says) != NULL,
		    "%s", rig.err.text);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "DescribePipeline"));
	ck_assert_ptr_null(strchr(rig.err.text, '\x1b'));
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_faults(void)
{
	TCase *tc = tcase_create("faults");

	tcase_add_loop_test(tc, a_fault_has_one_meaning, 0, SL_COUNT(faults));
	return tc;
}

/* --- retries --- */

#define OK_PIPELINE "{\"PipelineArn\":\"arn:p\"}"
#define OK_START "{\"PipelineExecutionArn\":\"arn:e\"}"
#define THROTTLED "{\"__type\":\"ThrottlingException\"}"

START_TEST(a_retry_signs_anew_and_sends_the_same)
{
	struct rig rig;
	char first[4096];

	rig_start(&rig);
	rig_answer(&rig, 503, "", "");
	rig_answer(&rig, RIG_LOST, "", "");
	rig_answer(&rig, 200, "", OK_PIPELINE);
	ck_assert_ok(describe(&rig), &rig.err);
	strcpy(first, rig_header(&rig, 0, "Authorization"));
	ck_assert_str_ne(first, rig_header(&rig, 1, "Authorization"));
	strcpy(first, rig_header(&rig, 0, "X-Amz-Date"));
	ck_assert_str_ne(first, rig_header(&rig, 1, "X-Amz-Date"));
	ck_assert_str_eq(rig.sent[0].body, rig.sent[2].body);
	ck_assert_uint_eq(rig.sleep_count, 2);
	ck_assert_int_eq(rig.slept_ms[0], 25);
	ck_assert_int_eq(rig.slept_ms[1], 50);
	rig_stop(&rig);
}
END_TEST

START_TEST(throttling_waits_longer)
{
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 400, "", THROTTLED);
	rig_answer(&rig, 400, "x-amz-retry-after: 3000\n", THROTTLED);
	rig_answer(&rig, 200, "", OK_PIPELINE);
	ck_assert_ok(describe(&rig), &rig.err);
	ck_assert_int_eq(rig.slept_ms[0], 500);
	ck_assert_int_eq(rig.slept_ms[1], 3000);
	rig_stop(&rig);
}
END_TEST

/* x-amz-retry-after, and the delay that it gives on a first 503 (t = 25). */
static const struct {
	const char *head;
	int64_t delay_ms;
} asked[] = {
	{ "x-amz-retry-after: 10\n", 25 },
	{ "x-amz-retry-after: 1000\n", 1000 },
	{ "x-amz-retry-after: 999999\n", 5025 },
	{ "x-amz-retry-after: 99999999999999999999999\n", 25 },
	{ "x-amz-retry-after: -5\n", 25 },
	{ "x-amz-retry-after: soon\n", 25 },
};

START_TEST(a_server_may_ask_for_patience)
{
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 503, asked[_i].head, "");
	rig_answer(&rig, 200, "", OK_PIPELINE);
	ck_assert_ok(describe(&rig), &rig.err);
	ck_assert_int_eq(rig.slept_ms[0], asked[_i].delay_ms);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_start_is_not_repeated_after_a_lost_answer)
{
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, RIG_LOST, "", "");
	ck_assert_err(start(&rig, &arn), SL_ENET, &rig.err);
	ck_assert_int_eq(rig.err.foreign, SL_HTTP_MAYBE_SENT);
	ck_assert_ptr_null(arn);
	ck_assert(rig.sent[0].once);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_start_is_not_repeated_after_a_5xx)
{
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 500, "", "");
	ck_assert_err(start(&rig, &arn), SL_ENET, &rig.err);
	ck_assert_int_eq(rig.err.foreign, SL_HTTP_MAYBE_SENT);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_start_is_repeated_when_it_surely_did_nothing)
{
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, RIG_NOT_SENT, "", "");
	rig_answer(&rig, 400, "", THROTTLED);
	rig_answer(&rig, 200, "", OK_START);
	ck_assert_ok(start(&rig, &arn), &rig.err);
	ck_assert_str_eq(arn, "arn:e");
	for (size_t i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(strstr(rig.sent[i].body, TOKEN));
	ck_assert_str_eq(rig.sent[0].body, rig.sent[2].body);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_lost_answer_before_throttling_stays_unknown)
{
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, RIG_LOST, "", "");
	rig_answer(&rig, 400, "", THROTTLED);
	rig_answer(&rig, 400, "", THROTTLED);
	ck_assert_err(describe(&rig), SL_ENET, &rig.err);
	ck_assert_int_eq(rig.err.foreign, SL_HTTP_MAYBE_SENT);
	rig_stop(&rig);
}
END_TEST

START_TEST(the_quota_ends_retries_of_a_dead_service)
{
	struct rig rig;
	size_t sent = 0;

	rig_start(&rig);
	for (int call = 0; call < 30; call++) {
		rig.sent_count = rig.answer_count = rig.sleep_count = 0;
		for (int i = 0; i < 3; i++)
			rig_answer(&rig, 503, "", "");
		ck_assert_err(describe(&rig), SL_ENET, &rig.err);
		sent = rig.sent_count;
	}
	ck_assert_uint_eq(sent, 1);
	rig.answer_count = rig.sent_count;
	rig_stop(&rig);
}
END_TEST

START_TEST(attempts_come_from_the_environment)
{
	static const char *const five[] = { "AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY=hush", "AWS_REGION=eu-west-1",
		"AWS_MAX_ATTEMPTS=1", NULL };
	static const char *const none[] = { "AWS_MAX_ATTEMPTS=0",
		"AWS_REGION=eu-west-1", NULL };
	struct rig rig;

	rig_init(&rig);
	ck_assert_err(rig_open(&rig, none), SL_ECONFIG, &rig.err);
	ck_assert_ok(rig_open(&rig, five), &rig.err);
	rig_answer(&rig, 503, "", "");
	ck_assert_err(describe(&rig), SL_ENET, &rig.err);
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_retries(void)
{
	TCase *tc = tcase_create("retries");

	tcase_add_test(tc, a_retry_signs_anew_and_sends_the_same);
	tcase_add_test(tc, throttling_waits_longer);
	tcase_add_loop_test(tc, a_server_may_ask_for_patience, 0,
	    SL_COUNT(asked));
	tcase_add_test(tc, a_start_is_not_repeated_after_a_lost_answer);
	tcase_add_test(tc, a_start_is_not_repeated_after_a_5xx);
	tcase_add_test(tc, a_start_is_repeated_when_it_surely_did_nothing);
	tcase_add_test(tc, a_lost_answer_before_throttling_stays_unknown);
	tcase_add_test(tc, the_quota_ends_retries_of_a_dead_service);
	tcase_add_test(tc, attempts_come_from_the_environment);
	return tc;
}

/* --- S3 --- */

#define SHA_OF_ONE                                                             \
	"x-amz-checksum-sha256: "                                              \
	"dpLDrTVAu4A8Agx3r85sFlP32CIhcdpkiKfb97A3IxQ=\n"

static const struct sl_s3_bucket bucket = { "bucket", "111111111111", NULL };
static const struct sl_s3_put one = { .key = { "a/b c=d", 7 },
	.body = { "one", 3 }, .if_absent = true };

START_TEST(a_put_says_what_it_is)
{
	SL_CLEANUP(sl_s3_object_release)
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	const struct sl_s3_bucket coded = { "bucket", "111111111111", "key" };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "ETag: \"x\"\nx-amz-version-id: v1\n", "");
	ck_assert_ok(sl_s3_put(rig.session, &coded, &one, &object, &rig.err),
	    &rig.err);
	ck_assert_str_eq(rig.sent[0].host,
	    "bucket.s3.eu-west-1.amazonaws.com");
	ck_assert_str_eq(rig.sent[0].path, "/a/b%20c%3Dd");
	ck_assert_str_eq(rig_header(&rig, 0, "If-None-Match"), "*");
	ck_assert_str_eq(rig_header(&rig, 0, "x-amz-expected-bucket-owner"),
	    "111111111111");
	ck_assert_str_eq(rig_header(&rig, 0,
	    "x-amz-server-side-encryption-aws-kms-key-id"), "key");
	ck_assert_str_eq(rig_header(&rig, 0, "X-Amz-Content-SHA256"),
	    "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
	ck_assert_str_eq(object.etag, "\"x\"");
	ck_assert_str_eq(object.version_id, "v1");
	rig_stop(&rig);
}
END_TEST

START_TEST(a_put_that_may_not_replace_says_so)
{
	struct sl_s3_put put = one;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 412, "", "<Error><Code>PreconditionFailed</Code>"
				  "</Error>");
	ck_assert_err(sl_s3_put(rig.session, &bucket, &put, NULL, &rig.err),
	    SL_EEXIST, &rig.err);
	put.if_absent = false;
	put.if_match = "\"x\"";
	rig_answer(&rig, 412, "", "");
	ck_assert_err(sl_s3_put(rig.session, &bucket, &put, NULL, &rig.err),
	    SL_ECONFLICT, &rig.err);
	ck_assert_str_eq(rig_header(&rig, 1, "If-Match"), "\"x\"");
	rig_answer(&rig, 404, "", "<Error><Code>NoSuchKey</Code></Error>");
	ck_assert_err(sl_s3_put(rig.session, &bucket, &put, NULL, &rig.err),
	    SL_ECONFLICT, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_concurrent_put_is_tried_again)
{
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 409, "", "<Error><Code>ConditionalRequestConflict"
				  "</Code></Error>");
	rig_answer(&rig, 200, "", "");
	ck_assert_ok(sl_s3_put(rig.session, &bucket, &one, NULL, &rig.err),
	    &rig.err);
	rig_stop(&rig);
}
END_TEST

/* What S3 says of the object that is there, and what that means. */
static const struct {
	const char *head;
	const char *body; /* of a GET; NULL: none is made */
	int code;
} existing[] = {
	{ "Content-Length: 3\nx-amz-checksum-sha256: "
	  "dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=\n", NULL, SL_OK },
	{ "Content-Length: 3\n" SHA_OF_ONE, NULL, SL_ETAMPERED },
	{ "Content-Length: 4\n", NULL, SL_ETAMPERED },
	{ "Content-Length: 3\n", "one", SL_OK },
	{ "Content-Length: 3\n", "two", SL_ETAMPERED },
	{ "Content-Length: 3\nx-amz-checksum-sha256: "
	  "dpLDrTVAu4A8Ags67mbNiIcSMjTqDG5xQ8Ct1z/0Me0=-2\n", "one", SL_OK },
	{ "Content-Length: x\n", NULL, SL_EREMOTE },
};

START_TEST(an_existing_object_is_the_same_or_tampered)
{
	bool existed = false;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 412, "", "");
	rig_answer(&rig, 200, existing[_i].head, "");
	if (existing[_i].body)
		rig_answer(&rig, 200, "", existing[_i].body);
	ck_assert_err(sl_s3_put_immutable(rig.session, &bucket, &one, NULL,
			  &existed, &rig.err), existing[_i].code, &rig.err);
	ck_assert(existed == (existing[_i].code == SL_OK));
	rig_stop(&rig);
}
END_TEST

START_TEST(our_own_lost_write_is_found_again)
{
	bool existed = false;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, RIG_LOST, "", "");
	rig_answer(&rig, 412, "", "");
	rig_answer(&rig, 200, existing[0].head, "");
	ck_assert_ok(sl_s3_put_immutable(rig.session, &bucket, &one, NULL,
			 &existed, &rig.err), &rig.err);
	ck_assert_int_eq(rig.err.code, SL_OK);
	rig_stop(&rig);
}
END_TEST

static const char *const bad_buckets[] = { "", "ab", "A-Bucket", "a_b",
	"a/b", "../x", ".abc", "abc-", "a..b", "a b c", "x\r\nHost: y" };

START_TEST(a_bucket_that_is_none_goes_nowhere)
{
	const struct sl_s3_bucket bad = { bad_buckets[_i], NULL, NULL };
	struct rig rig;

	rig_start(&rig);
	ck_assert_err(sl_s3_put(rig.session, &bad, &one, NULL, &rig.err),
	    SL_EINVAL, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_dotted_bucket_goes_into_the_path)
{
	const struct sl_s3_bucket dotted = { "my.bucket", NULL, NULL };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "");
	ck_assert_ok(sl_s3_put(rig.session, &dotted, &one, NULL, &rig.err),
	    &rig.err);
	ck_assert_str_eq(rig.sent[0].host, "s3.eu-west-1.amazonaws.com");
	ck_assert_str_eq(rig.sent[0].path, "/my.bucket/a/b%20c%3Dd");
	rig_stop(&rig);
}
END_TEST

#define PAGE(more, rows)                                                       \
	"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" \
	"<IsTruncated>" more rows "</ListBucketResult>"
#define ROW(key)                                                               \
	"<Contents><Key>" key "</Key><Size>5</Size><ETag>&quot;x&quot;</ETag>" \
	"<LastModified>2026-11-22T10:31:40.000Z</LastModified></Contents>"

struct keys {
	char text[256];
	int stop_at;
};

static int
collect(void *ctx, const struct sl_s3_entry *entry, struct sl_error *err)
{
	struct keys *keys = ctx;

	(void)err;
	ck_assert_uint_eq(entry->size, 5);
	ck_assert_int_eq(entry->modified_s, 1795343500);
	strncat(keys->text, entry->key.ptr, entry->key.len);
	strcat(keys->text, "|");
	return keys->stop_at && --keys->stop_at == 0;
}

START_TEST(a_listing_goes_through_its_pages)
{
	struct keys keys = { "", 0 };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", PAGE("true</IsTruncated>"
	    "<NextContinuationToken>t/+=</NextContinuationToken>",
	    ROW("a%2Fb+c") ROW("%C3%BC")));
	rig_answer(&rig, 200, "", PAGE("false</IsTruncated>", ROW("z")));
	ck_assert_ok(sl_s3_list(rig.session, &bucket, SL_STR("p/q"), collect,
			 &keys, &rig.err), &rig.err);
	ck_assert_str_eq(keys.text, "a/b c|\xc3\xbc|z|");
	ck_assert_str_eq(rig.sent[1].query,
	    "continuation-token=t%2F%2B%3D&encoding-type=url&list-type=2&"
	    "max-keys=1000&prefix=p%2Fq");
	rig_stop(&rig);
}
END_TEST

START_TEST(a_listing_stops_when_asked)
{
	struct keys keys = { "", 1 };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", PAGE("true</IsTruncated>",
	    ROW("a") ROW("b")));
	ck_assert_ok(sl_s3_list(rig.session, &bucket, SL_STR(""), collect,
			 &keys, &rig.err), &rig.err);
	ck_assert_str_eq(keys.text, "a|");
	rig_stop(&rig);
}
END_TEST

static const char *const bad_pages[] = {
	"",
	"<html></html>",
	PAGE("true</IsTruncated>", ROW("a")),
	PAGE("false</IsTruncated>", "<Contents><Size>5</Size></Contents>"),
	PAGE("false</IsTruncated>", "<Contents><Key>a</Key></Contents>"),
	PAGE("false</IsTruncated>",
	    "<Contents><Key>%zz</Key><Size>5</Size></Contents>"),
	PAGE("false</IsTruncated>",
	    "<Contents><Key>a</Key><Size>-1</Size></Contents>"),
};

START_TEST(a_listing_that_makes_no_sense_is_an_error)
{
	struct keys keys = { "", 0 };
	struct rig rig;
	int rc;

	rig_start(&rig);
	rig_answer(&rig, 200, "", bad_pages[_i]);
	rc = sl_s3_list(rig.session, &bucket, SL_STR(""), collect, &keys,
	    &rig.err);
	ck_assert_msg(rc == SL_EREMOTE, "%d %s", rc, rig.err.text);
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_s3(void)
{
	TCase *tc = tcase_create("s3");

	tcase_add_test(tc, a_put_says_what_it_is);
	tcase_add_test(tc, a_put_that_may_not_replace_says_so);
	tcase_add_test(tc, a_concurrent_put_is_tried_again);
	tcase_add_loop_test(tc, an_existing_object_is_the_same_or_tampered, 0,
	    SL_COUNT(existing));
	tcase_add_test(tc, our_own_lost_write_is_found_again);
	tcase_add_loop_test(tc, a_bucket_that_is_none_goes_nowhere, 0,
	    SL_COUNT(bad_buckets));
	tcase_add_test(tc, a_dotted_bucket_goes_into_the_path);
	tcase_add_test(tc, a_listing_goes_through_its_pages);
	tcase_add_test(tc, a_listing_stops_when_asked);
	tcase_add_loop_test(tc, a_listing_that_makes_no_sense_is_an_error, 0,
	    SL_COUNT(bad_pages));
	return tc;
}

/* --- SageMaker --- */

static const struct {
	const char *pipeline, *token, *name;
} bad_starts[] = {
	{ "feature/x", TOKEN, "n" },
	{ "-p", TOKEN, "n" },
	{ "p-", TOKEN, "n" },
	{ "", TOKEN, "n" },
	{ "p", "short", "n" },
	{ "p", NULL, "n" },
	{ "p", TOKEN, "a_b" },
	{ "p", TOKEN, "" },
};

START_TEST(names_and_tokens_are_checked_here)
{
	const struct sl_sagemaker_start what = {
		.pipeline = bad_starts[_i].pipeline,
		.token = bad_starts[_i].token,
		.display_name = bad_starts[_i].name };
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct rig rig;

	rig_start(&rig);
	ck_assert_err(sl_sagemaker_start_execution(rig.session, &what, &arn,
			  &rig.err), SL_EINVAL, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(a_start_is_written_as_the_service_wants_it)
{
	const struct sl_aws_pair parameters[] = { { "A", "\"\n" },
		{ "B", "2" } };
	const struct sl_sagemaker_start what = { .pipeline = "p",
		.token = TOKEN, .display_name = "b", .parameters = parameters,
		.parameter_count = 2, .version = 3 };
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", OK_START);
	ck_assert_ok(sl_sagemaker_start_execution(rig.session, &what, &arn,
			 &rig.err), &rig.err);
	ck_assert_str_eq(rig.sent[0].body,
	    "{\"PipelineName\":\"p\",\"ClientRequestToken\":\"" TOKEN "\","
	    "\"PipelineExecutionDisplayName\":\"b\",\"PipelineParameters\":["
	    "{\"Name\":\"A\",\"Value\":\"\\\"\\n\"},"
	    "{\"Name\":\"B\",\"Value\":\"2\"}],\"PipelineVersionId\":3}");
	ck_assert_str_eq(rig.sent[0].host,
	    "api.sagemaker.eu-west-1.amazonaws.com");
	ck_assert_str_eq(rig_header(&rig, 0, "X-Amz-Target"),
	    "SageMaker.StartPipelineExecution");
	rig_stop(&rig);
}
END_TEST

START_TEST(an_execution_is_read)
{
	struct sl_sagemaker_execution e = { 0 };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "{\"PipelineExecutionArn\":\"arn:e\","
	    "\"PipelineExecutionStatus\":\"Stopped\",\"FailureReason\":\"\","
	    "\"CreationTime\":1.795342967069E9,\"LastModifiedTime\":"
	    "1795342999.9,\"Newer\":{\"a\":[1]},\"PipelineArn\":null}");
	ck_assert_ok(sl_sagemaker_describe_execution(rig.session, "arn:e", &e,
			 &rig.err), &rig.err);
	ck_assert_int_eq(e.status, SL_SAGEMAKER_STOPPED);
	ck_assert(sl_sagemaker_status_is_final(e.status));
	ck_assert_int_eq(e.created_s, 1795342967);
	ck_assert_int_eq(e.modified_s, 1795342999);
	ck_assert_ptr_null(e.failure_reason);
	ck_assert_ptr_null(e.pipeline_arn);
	sl_sagemaker_execution_release(&e);
	rig_answer(&rig, 200, "", "{\"PipelineExecutionStatus\":\"Dreaming\"}");
	ck_assert_ok(sl_sagemaker_describe_execution(rig.session, "arn:e", &e,
			 &rig.err), &rig.err);
	ck_assert_int_eq(e.status, SL_SAGEMAKER_UNKNOWN);
	ck_assert(!sl_sagemaker_status_is_final(e.status));
	sl_sagemaker_execution_release(&e);
	rig_stop(&rig);
}
END_TEST

struct steps {
	int count;
	char seen[256];
};

static int
see_step(void *ctx, const struct sl_sagemaker_step *step,
    struct sl_error *err)
{
	struct steps *steps = ctx;

	(void)err;
	steps->count++;
	snprintf(steps->seen + strlen(steps->seen), 100, "%s %s %s %s;",
	    step->name, sl_sagemaker_status_name(step->status),
	    step->type ? step->type : "-",
	    step->arn ? step->arn : step->outcome ? step->outcome : "-");
	return SL_OK;
}

START_TEST(steps_come_page_by_page)
{
	struct steps steps = { 0, "" };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "{\"PipelineExecutionSteps\":[{\"StepName\":"
	    "\"Fit\",\"StepStatus\":\"Succeeded\",\"Metadata\":{\"TrainingJob\""
	    ":{\"Arn\":\"arn:t\"}}}],\"NextToken\":\"n\"}");
	rig_answer(&rig, 200, "", "{\"PipelineExecutionSteps\":[{\"StepName\":"
	    "\"If\",\"StepStatus\":\"Succeeded\",\"Metadata\":{\"Condition\":"
	    "{\"Outcome\":\"True\"}}},{\"StepName\":\"Go\",\"StepStatus\":"
	    "\"Starting\"}]}");
	ck_assert_ok(sl_sagemaker_list_steps(rig.session, "arn:e", see_step,
			 &steps, &rig.err), &rig.err);
	ck_assert_str_eq(steps.seen, "Fit Succeeded TrainingJob arn:t;"
	    "If Succeeded Condition True;Go Starting - -;");
	ck_assert_ptr_nonnull(strstr(rig.sent[1].body, "\"NextToken\":\"n\""));
	rig_stop(&rig);
}
END_TEST

START_TEST(pages_that_repeat_end)
{
	struct steps steps = { 0, "" };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "{\"NextToken\":\"n\"}");
	rig_answer(&rig, 200, "", "{\"NextToken\":\"n\"}");
	ck_assert_err(sl_sagemaker_list_steps(rig.session, "arn:e", see_step,
			  &steps, &rig.err), SL_EREMOTE, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(an_answer_without_its_member_names_the_object)
{
	struct sl_sagemaker_group group = { 0 };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "{}");
	ck_assert_err(sl_sagemaker_describe_group(rig.session, "churn",
			  &group, &rig.err), SL_EREMOTE, &rig.err);
	ck_assert_str_eq(rig.err.text, "model package group churn: "
	    "sagemaker:DescribeModelPackageGroup: the answer has no "
	    "ModelPackageGroupArn");
	ck_assert_ptr_null(group.name);
	rig_stop(&rig);
}
END_TEST

static int
see_group(void *ctx, const struct sl_sagemaker_group *group,
    struct sl_error *err)
{
	struct sl_buf *seen = ctx;

	(void)err;
	sl_buf_addf(seen, "%s %s;", group->name,
	    group->status ? group->status : "-");
	return !strcmp(group->name, "last");
}

START_TEST(groups_come_until_enough_are_seen)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf seen = SL_BUF_INIT(256);
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "{\"ModelPackageGroupSummaryList\":["
	    "{\"ModelPackageGroupArn\":\"arn:g\"}]}");
	ck_assert_err(sl_sagemaker_list_groups(rig.session, NULL, see_group,
			  &seen, &rig.err), SL_EREMOTE, &rig.err);
	rig_answer(&rig, 200, "", "{\"ModelPackageGroupSummaryList\":["
	    "{\"ModelPackageGroupName\":\"first\","
	    "\"ModelPackageGroupStatus\":\"Completed\"}],"
	    "\"NextToken\":\"n\"}");
	rig_answer(&rig, 200, "", "{\"ModelPackageGroupSummaryList\":["
	    "{\"ModelPackageGroupName\":\"last\"},"
	    "{\"ModelPackageGroupName\":\"never\"}],"
	    "\"NextToken\":\"m\"}");
	ck_assert_ok(sl_sagemaker_list_groups(rig.session, "churn", see_group,
			 &seen, &rig.err), &rig.err);
	ck_assert_str_eq(sl_buf_cstr(&seen), "first Completed;last -;");
	ck_assert_ptr_nonnull(strstr(rig.sent[1].body,
	    "\"NameContains\":\"churn\""));
	rig_stop(&rig);
}
END_TEST

START_TEST(a_definition_comes_from_one_place)
{
	struct sl_sagemaker_pipeline_spec spec = { .name = "p",
		.token = TOKEN, .role_arn = "arn:r" };
	struct rig rig;

	rig_start(&rig);
	ck_assert_err(sl_sagemaker_create_pipeline(rig.session, &spec, NULL,
			  &rig.err), SL_EINVAL, &rig.err);
	spec.s3_bucket = "b";
	ck_assert_err(sl_sagemaker_create_pipeline(rig.session, &spec, NULL,
			  &rig.err), SL_EINVAL, &rig.err);
	spec.s3_key = "k";
	spec.definition = SL_STR("{}");
	ck_assert_err(sl_sagemaker_create_pipeline(rig.session, &spec, NULL,
			  &rig.err), SL_EINVAL, &rig.err);
	spec.definition = SL_STR("");
	rig_answer(&rig, 200, "", OK_PIPELINE);
	ck_assert_ok(sl_sagemaker_create_pipeline(rig.session, &spec, NULL,
			 &rig.err), &rig.err);
	ck_assert_ptr_nonnull(strstr(rig.sent[0].body,
	    "\"PipelineDefinitionS3Location\":{\"Bucket\":\"b\","
	    "\"ObjectKey\":\"k\"}"));
	rig_stop(&rig);
}
END_TEST

START_TEST(a_part_cannot_break_out_of_its_place)
{
	struct sl_sagemaker_package_spec spec = { .group = "g",
		.token = "t" };
	SL_CLEANUP(sl_freep) char *arn = NULL;
	struct rig rig;

	rig_start(&rig);
	spec.parts[SL_SAGEMAKER_MODEL_METRICS] =
	    SL_STR("{},\"ModelApprovalStatus\":\"Approved\"");
	ck_assert_err(sl_sagemaker_create_package(rig.session, &spec, &arn,
			  &rig.err), SL_EINVAL, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(merging_keeps_metadata_and_leaves_approval_alone)
{
	const struct sl_aws_pair more[] = { { "b", "3" } };
	const struct sl_sagemaker_package_update update = { .arn = "arn:m",
		.metadata = more, .metadata_count = 1 };
	struct rig rig;

	rig_start(&rig);
	rig_answer(&rig, 200, "", "{\"ModelPackageArn\":\"arn:m\","
	    "\"ModelApprovalStatus\":\"Approved\","
	    "\"CustomerMetadataProperties\":{\"a\":\"1\",\"b\":\"2\"}}");
	rig_answer(&rig, 200, "", "{\"ModelPackageArn\":\"arn:m\"}");
	ck_assert_ok(sl_sagemaker_merge_package(rig.session, &update,
			 &rig.err), &rig.err);
	ck_assert_str_eq(rig.sent[1].body, "{\"ModelPackageArn\":\"arn:m\","
	    "\"CustomerMetadataProperties\":{\"a\":\"1\",\"b\":\"3\"}}");
	rig_stop(&rig);
}
END_TEST

TCase *
tcase_sagemaker(void)
{
	TCase *tc = tcase_create("sagemaker");

	tcase_add_loop_test(tc, names_and_tokens_are_checked_here, 0,
	    SL_COUNT(bad_starts));
	tcase_add_test(tc, a_start_is_written_as_the_service_wants_it);
	tcase_add_test(tc, an_execution_is_read);
	tcase_add_test(tc, steps_come_page_by_page);
	tcase_add_test(tc, pages_that_repeat_end);
	tcase_add_test(tc, an_answer_without_its_member_names_the_object);
	tcase_add_test(tc, groups_come_until_enough_are_seen);
	tcase_add_test(tc, a_definition_comes_from_one_place);
	tcase_add_test(tc, a_part_cannot_break_out_of_its_place);
	tcase_add_test(tc, merging_keeps_metadata_and_leaves_approval_alone);
	return tc;
}
