/* SPDX-License-Identifier: Apache-2.0 */
/* References to images, and where a definition holds them. */
#include "harness.h"

#include <string.h>

#include "pipeline/image.h"
#include "pipeline/pipeline.h"
#include "pipeline_test.h"

#define A "111111111111"
#define HOST A ".dkr.ecr.eu-west-1.amazonaws.com"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define TEN "aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *text;
	const char *name, *region, *repository, *tag, *digest;
} images[] = {
	{ HOST "/fit:1.2", HOST "/fit", "eu-west-1", "fit", "1.2", "" },
	{ HOST "/fit", HOST "/fit", "eu-west-1", "fit", "latest", "" },
	{ HOST "/a/b-c_d.e/f9", HOST "/a/b-c_d.e/f9", "eu-west-1",
	    "a/b-c_d.e/f9", "latest", "" },
	{ HOST "/fit@sha256:" HEX, HOST "/fit", "eu-west-1", "fit", "",
	    "sha256:" HEX },
	{ HOST "/fit:_V.1-x@sha256:" HEX, HOST "/fit", "eu-west-1", "fit",
	    "_V.1-x", "sha256:" HEX },
	{ A ".dkr.ecr.cn-north-1.amazonaws.com.cn/fit:1",
	    A ".dkr.ecr.cn-north-1.amazonaws.com.cn/fit", "cn-north-1", "fit",
	    "1", "" },
	{ A ".dkr.ecr-fips.us-gov-east-1.amazonaws.com/fit:1",
	    A ".dkr.ecr-fips.us-gov-east-1.amazonaws.com/fit",
	    "us-gov-east-1", "fit", "1", "" },
	{ A ".dkr-ecr.ap-southeast-2.on.aws/fit:1",
	    A ".dkr-ecr.ap-southeast-2.on.aws/fit", "ap-southeast-2", "fit",
	    "1", "" },
	{ HOST "/" HUNDRED HUNDRED TEN TEN TEN TEN TEN "aaaaaa",
	    HOST "/" HUNDRED HUNDRED TEN TEN TEN TEN TEN "aaaaaa",
	    "eu-west-1", HUNDRED HUNDRED TEN TEN TEN TEN TEN "aaaaaa",
	    "latest", "" },
	{ HOST "/fit:" HUNDRED TEN TEN "aaaaaaaa", HOST "/fit", "eu-west-1",
	    "fit", HUNDRED TEN TEN "aaaaaaaa", "" },
};

START_TEST(an_image_in_ecr_is_taken_apart)
{
	struct sl_image image;

	ck_assert(sl_image_parse(sl_str(images[_i].text), &image));
	ck_assert(sl_str_eqs(image.account, A));
	ck_assert(sl_str_eqs(image.name, images[_i].name));
	ck_assert(sl_str_eqs(image.region, images[_i].region));
	ck_assert(sl_str_eqs(image.repository, images[_i].repository));
	ck_assert(sl_str_eqs(image.tag, images[_i].tag));
	ck_assert(sl_str_eqs(image.digest, images[_i].digest));
	ck_assert(sl_str_eq(sl_image_digest(sl_str(images[_i].text)),
	    image.digest));
}
END_TEST

static const char *const foreign[] = {
	"", "fit", "fit:1", "docker.io/library/python:3", HOST, HOST "/",
	HOST "/f", HOST ":443/fit", "https://" HOST "/fit", " " HOST "/fit",
	HOST "/fit ", HOST "/fit\n", HOST "/fit:", HOST "/fit@", HOST "/:1",
	HOST "//fit", HOST "/fit/", HOST "/-fit", HOST "/fit-", HOST "/a..b",
	HOST "/a-_b", HOST "/a__b", HOST "/Fit", HOST "/fit:-1",
	HOST "/fit:.1", HOST "/fit:1:2", HOST "/fit:1/2", HOST "/fit:1 2",
	HOST "/fit?x", HOST "/../fit", HOST "/\xc3\xbc",
	HOST "/fit@sha256:" HEX "0", HOST "/fit@sha256:12",
	HOST "/fit@sha512:" HEX, HOST "/fit@SHA256:" HEX,
	HOST "/fit@sha256:" HEX ":1", HOST "/fit@sha256:" HEX "@sha256:" HEX,
	HOST "/fit@sha256:0123456789ABCDEF0123456789ABCDEF"
	     "0123456789ABCDEF0123456789ABCDEF",
	"11111111111.dkr.ecr.eu-west-1.amazonaws.com/fit",
	"1111111111111.dkr.ecr.eu-west-1.amazonaws.com/fit",
	"11111111111a.dkr.ecr.eu-west-1.amazonaws.com/fit",
	A ".dkr.ecr.eu-west-1.amazonaws.com.cn/fit",
	A ".dkr.ecr.cn-north-1.amazonaws.com/fit",
	A ".dkr.ecr.eu-west-1.amazonaws.com.evil.example/fit",
	A ".dkr.ecr.eu-west-1.evil.example/fit",
	A ".dkr.ecr.evil.example/x.amazonaws.com/fit",
	A ".dkr.ecr..amazonaws.com/fit", A ".dkr.ecr.eu.amazonaws.com/fit",
	A ".dkr.ecr.eu-1.amazonaws.com/fit",
	A ".dkr.ecr.eu-west.amazonaws.com/fit",
	A ".dkr.ecr.eu-west-111.amazonaws.com/fit",
	A ".dkr.ecr.eu--west-1.amazonaws.com/fit",
	A ".dkr.ecr.-eu-west-1.amazonaws.com/fit",
	A ".dkr.ecr.eu-west-1-.amazonaws.com/fit",
	A ".dkr.ecr.EU-west-1.amazonaws.com/fit",
	A ".dkr.ecr.eu-" HUNDRED "-1.amazonaws.com/fit",
	A ".ecr.eu-west-1.amazonaws.com/fit",
	A ".dkr-ecr.eu-west-1.amazonaws.com/fit",
	A ".dkr.ecr.eu-west-1.on.aws/fit",
	HOST "/" HUNDRED HUNDRED TEN TEN TEN TEN TEN "aaaaaaa",
	HOST "/fit:" HUNDRED TEN TEN "aaaaaaaaa",
};

START_TEST(anything_else_is_not_in_ecr)
{
	struct sl_image image = { .tag = SL_STR("untouched") };

	ck_assert_msg(!sl_image_parse(sl_str(foreign[_i]), &image), "%s",
	    foreign[_i]);
	ck_assert(sl_str_eqs(image.tag, "untouched"));
}
END_TEST

START_TEST(a_nul_ends_nothing)
{
	static const char text[] = HOST "/fit\0:1";
	struct sl_image image;

	ck_assert(!sl_image_parse(sl_strn(text, sizeof(text) - 1), &image));
	ck_assert(!sl_image_parse(sl_strn(NULL, 0), &image));
}
END_TEST

static const struct {
	const char *text;
	bool means;
} meant[] = {
	{ HOST "/Fit", true },
	{ HOST, true },
	{ "https:" HOST "/fit", true },
	{ "11111111111.dkr-ecr.eu-west-1.on.aws/fit", true },
	{ "python:3", false },
	{ "ghcr.io/" HOST "/fit", false },
	{ "/" HOST "/fit", false },
	{ "", false },
};

START_TEST(a_broken_address_is_told_from_a_foreign_one)
{
	ck_assert_msg(sl_image_means_ecr(sl_str(meant[_i].text)) ==
		meant[_i].means, "%s", meant[_i].text);
}
END_TEST

static const struct {
	const char *text;
	const char *digest;
} digests[] = {
	{ "python:3", "" },
	{ "python:3@sha256:" HEX, "sha256:" HEX },
	{ "host:5000/x/y@sha256:" HEX, "sha256:" HEX },
	{ "@sha256:" HEX, "" },
	{ "sha256:" HEX, "" },
	{ "x@sha256:" HEX "@", "" },
	{ "x@y@sha256:" HEX, "sha256:" HEX },
	{ "", "" },
};

START_TEST(a_digest_is_seen_in_any_registry)
{
	ck_assert(sl_str_eqs(sl_image_digest(sl_str(digests[_i].text)),
	    digests[_i].digest));
}
END_TEST

/* --- in a definition --- */

static int
write_image(void *ctx, const struct sl_pipeline_image *image)
{
	struct sl_buf *out = ctx;

	if (image->parameter != NULL)
		sl_buf_addf(out, "$%.*s ",
		    SL_STR_ARG(image->parameter->name));
	else if (image->computed)
		sl_buf_adds(out, "? ");
	else
		sl_buf_addf(out, "%.*s ", SL_STR_ARG(image->text));
	ck_assert_ptr_nonnull(image->node);
	return 0;
}

static const struct {
	const char *arguments;
	const char *images;
} places[] = {
	{ "{}", "" },
	{ "{\"AlgorithmSpecification\": {\"TrainingImage\": \"a\"}}", "a " },
	{ "{\"AppSpecification\": {\"ImageUri\": \"a\"}}", "a " },
	{ "{\"C\": [{\"Image\": \"a\"}, {\"Image\": \"b\"}, {\"Image\": "
	  "\"a\"}]}", "a b a " },
	{ "{\"DebugRuleConfigurations\": [{\"RuleEvaluatorImage\": \"a\"}]}",
	    "a " },
	{ "{\"Image\": {\"Get\": \"Parameters.P\"}}", "$P " },
	{ "{\"Image\": {\"Get\": \"Parameters.Q\"}}", "? " },
	{ "{\"Image\": {\"Get\": \"Steps.S.Image\"}}", "? " },
	{ "{\"Image\": {\"Get\": 7}}", "? " },
	{ "{\"Image\": {\"Std:Join\": {\"On\": \":\", \"Values\": [\"a\", "
	  "{\"Get\": \"Parameters.P\"}]}}}", "? " },
	{ "{\"Image\": {\"Image\": \"a\"}}", "a " },
	{ "{\"Image\": {\"Get\": \"x\", \"Image\": \"a\"}}", "a " },
	{ "{\"Image\": [{\"ImageUri\": \"a\"}]}", "a " },
	{ "{\"Image\": 7, \"ImageUri\": null, \"image\": \"x\", \"Images\": "
	  "\"y\"}", "" },
	{ "{\"Other\": {\"Get\": \"Parameters.P\"}}", "" },
};

START_TEST(images_are_found_wherever_they_are)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_buf_release) struct sl_buf found = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *p = NULL;

	sl_buf_addf(&json, "{\"Version\": \"2020-12-01\", \"Parameters\": "
	    "[{\"Name\": \"P\"}], \"Steps\": [{\"Name\": \"S\", \"Type\": "
	    "\"Training\", \"Arguments\": %s}]}", places[_i].arguments);
	p = parse_ok(sl_buf_cstr(&json));
	ck_assert_int_eq(sl_pipeline_images(p, write_image, &found), 0);
	ck_assert_str_eq(sl_buf_cstr(&found), places[_i].images);
}
END_TEST

TCase *
tcase_images(void)
{
	TCase *tc = tcase_create("images");

	tcase_add_loop_test(tc, an_image_in_ecr_is_taken_apart, 0,
	    SL_COUNT(images));
	tcase_add_loop_test(tc, anything_else_is_not_in_ecr, 0,
	    SL_COUNT(foreign));
	tcase_add_test(tc, a_nul_ends_nothing);
	tcase_add_loop_test(tc, a_broken_address_is_told_from_a_foreign_one, 0,
	    SL_COUNT(meant));
	tcase_add_loop_test(tc, a_digest_is_seen_in_any_registry, 0,
	    SL_COUNT(digests));
	tcase_add_loop_test(tc, images_are_found_wherever_they_are, 0,
	    SL_COUNT(places));
	return tc;
}
