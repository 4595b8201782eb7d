/* SPDX-License-Identifier: Apache-2.0 */
/* Images: what a tag stands for is found out once per build. */
#include "build_rig.h"

#include <stdio.h>

#define D1                                                                     \
	"sha256:1111111111111111111111111111111111111111111111111111111111111111"
#define D2                                                                     \
	"sha256:2222222222222222222222222222222222222222222222222222222222222222"
#define D3                                                                     \
	"sha256:3333333333333333333333333333333333333333333333333333333333333333"
#define HOST "222222222222.dkr.ecr.eu-west-1.amazonaws.com"
#define FIT HOST "/team/fit"

/* Like DEFINITION, with images: a parameter with a default, one without, and
 * the arguments of another step. */
#define WITH_IMAGES(enums, arguments)                                          \
	"{\"Version\": \"2020-12-01\",\n\"Parameters\": ["                     \
	"{\"Name\": \"CodeUri\"}, {\"Name\": \"InputUri\"}, "                   \
	"{\"Name\": \"Image\", \"DefaultValue\": "                           \
	"\"" FIT ":1\"" enums "}, {\"Name\": \"Epochs\", \"Type\": "           \
	"\"Integer\", \"DefaultValue\": 1}, "                                  \
	"{\"Name\": \"None\", \"DefaultValue\": \"\"}, "                       \
	"{\"Name\": \"ModelPackageGroupName\"}],\n\"Steps\": ["                \
	"{\"Name\": \"T\", \"Type\": \"Training\", \"Arguments\": {"           \
	"\"TrainingImage\": {\"Get\": \"Parameters.Image\"}}},\n"              \
	"{\"Name\": \"P\", \"Type\": \"Processing\", \"Arguments\": "          \
	arguments "},\n{\"Name\": \"R\", \"Type\": \"RegisterModel\", "        \
	"\"Arguments\": {\"ModelPackageGroupName\": " FROM_PARAMETER "}}]}"

#define DEFINED(name, enums, arguments)                                        \
	static const struct fake_file name[] = {                               \
		{ "algorithms/train.py", "print('fit')\n", SL_MODE_FILE },     \
		{ "train.json", WITH_IMAGES(enums, arguments),                 \
		    SL_MODE_FILE },                                            \
		{ NULL, NULL, 0 },                                             \
	}

DEFINED(plain, "", "{}");
DEFINED(literal, "", "{\"ImageUri\": \"" FIT ":1\"}");
DEFINED(enums, ", \"EnumValues\": [\"" FIT ":1\", \"" FIT ":2\"]", "{}");
DEFINED(pinned, "", "{\"ImageUri\": \"python@" D3 "\"}");
DEFINED(computed, "", "{\"ImageUri\": {\"Std:Join\": {\"On\": \":\", "
	"\"Values\": [\"" FIT "\", {\"Get\": \"Parameters.Epochs\"}]}}}");
DEFINED(empty, "", "{\"ImageUri\": {\"Get\": \"Parameters.None\"}}");
DEFINED(malformed, "", "{\"ImageUri\": \"222222222222.dkr.ecr.eu-west-1"
		       ".amazonaws.com/Fit:1\"}");
DEFINED(elsewhere, "", "{\"ImageUri\": \"python:3\"}");
DEFINED(far, "", "{\"ImageUri\": "
	"\"222222222222.dkr.ecr.us-east-1.amazonaws.com/fit:1\"}");

static char note[2048];

static void
keep_note(void *ctx, const struct sl_builder_event *event)
{
	(void)ctx;
	if (!strcmp(event->state, "note") && (!strcmp(event->step, "images") ||
	    strstr(event->detail, "not pinned")))
		snprintf(note, sizeof(note), "%s", event->detail);
}

static void
set_up_images(struct world *w, const struct fake_file *files)
{
	set_up(w, "refs/heads/main");
	w->source = fake_source(files);
	w->ctx.progress = keep_note;
	note[0] = '\0';
	fake_image(&w->fake, "222222222222/team/fit:1", D1, 0);
	fake_image(&w->fake, "222222222222/team/fit:2", D2, 0);
}

/* The one environment of the site that the test is about. */
static void
want_pinned(struct world *w, const char *name)
{
	struct sl_environment *e = (struct sl_environment *)
	    sl_site_environment(w->site, name);

	e->pinned_images = true;
}

static const struct sl_manifest_image *
image_of(const struct sl_manifest *m, const char *name, const char *parameter)
{
	const struct sl_manifest_image *image =
	    sl_manifest_find_image(&m->images, sl_str(name),
		sl_str(parameter));

	ck_assert_msg(image != NULL, "no image %s", name);
	return image;
}

/* --- parameters --- */

START_TEST(a_parameter_gets_the_digest_in_its_place)
{
	struct world w;
	struct sl_manifest *m;
	const struct sl_manifest_image *image;

	set_up_images(&w, plain);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.env->executions[0].values,
	    "CodeUri=s3://staging-bucket/churn/" BUILD "/code;"
	    "InputUri=s3://staging-bucket/input/x.csv;"
	    "Image=" FIT "@" D1 ";ModelPackageGroupName=churn;");
	m = read_manifest(&w);
	ck_assert_uint_eq(m->images.count, 1);
	image = image_of(m, FIT ":1", "Image");
	ck_assert_str_eq(image->digest, D1);
	ck_assert_ptr_null(image->reason);
	ck_assert_str_eq(sl_pairs_get(&m->attempts[0].parameters, "Image"),
	    FIT "@" D1);
	ck_assert_str_eq(note, "");
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(a_moved_tag_changes_no_later_attempt)
{
	struct world w;

	set_up_images(&w, plain);
	w.fake.new_status = SL_SAGEMAKER_FAILED;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	fake_image(&w.fake, "222222222222/team/fit:1", D2, 0);
	w.job.rerun = true;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_uint_eq(w.env->execution_count, 2);
	ck_assert_ptr_nonnull(strstr(w.env->executions[1].values,
	    "Image=" FIT "@" D1 ";"));
	ck_assert_uint_eq(w.fake.images_asked, 1);
	tear_down(&w);
}
END_TEST

/* Fail every call once, as a worker that dies there; the tag moves meanwhile.
 * What was intended is what is started. */
START_TEST(a_moved_tag_changes_no_retry)
{
	for (unsigned n = 1; n < 40; n++) {
		struct world w;
		struct sl_manifest *m;

		set_up_images(&w, plain);
		w.fake.new_status = SL_SAGEMAKER_SUCCEEDED;
		w.fake.register_as = "churn";
		w.fake.fail_at = n;
		w.fake.with_effect = _i == 1;
		if (carry(&w, 1) == SL_BUILDER_AGAIN) {
			fake_image(&w.fake, "222222222222/team/fit:1", D2, 0);
			ck_assert_state(&w, 5, SL_BUILDER_DONE);
		}
		ck_assert_uint_eq(w.env->execution_count, 1);
		m = read_manifest(&w);
		ck_assert_uint_eq(m->attempt_count, 1);
		ck_assert_uint_eq(m->images.count, 1);
		ck_assert_ptr_nonnull(strstr(w.env->executions[0].values,
		    m->images.items[0].digest));
		ck_assert_ptr_nonnull(strstr(sl_pairs_get(
		    &m->attempts[0].parameters, "Image"),
		    m->images.items[0].digest));
		sl_manifest_free(m);
		tear_down(&w);
	}
}
END_TEST

START_TEST(another_value_is_asked_for_and_added)
{
	struct sl_pair pair = { (char *)"Image", (char *)FIT ":2" };
	const struct sl_pairs extra = { &pair, 1 };
	struct world w;
	struct sl_manifest *m;

	set_up_images(&w, plain);
	w.fake.new_status = SL_SAGEMAKER_FAILED;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	w.job.rerun = true;
	w.job.extra = &extra;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_ptr_nonnull(strstr(w.env->executions[1].values,
	    "Image=" FIT "@" D2 ";"));
	m = read_manifest(&w);
	ck_assert_uint_eq(m->images.count, 2);
	ck_assert_str_eq(image_of(m, FIT ":1", "Image")->digest, D1);
	ck_assert_str_eq(image_of(m, FIT ":2", "Image")->digest, D2);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(one_image_is_asked_for_once)
{
	struct world w;
	struct sl_manifest *m;

	set_up_images(&w, literal);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_uint_eq(w.fake.images_asked, 1);
	m = read_manifest(&w);
	ck_assert_uint_eq(m->images.count, 2);
	ck_assert_str_eq(image_of(m, FIT ":1", "Image")->digest, D1);
	ck_assert_str_eq(image_of(m, FIT ":1", "")->digest, D1);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(a_list_of_values_is_kept_to)
{
	struct world w;
	struct sl_manifest *m;
	const struct sl_manifest_image *image;

	set_up_images(&w, enums);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_ptr_null(strstr(w.env->executions[0].values, "Image="));
	m = read_manifest(&w);
	image = image_of(m, FIT ":1", "Image");
	ck_assert_str_eq(image->digest, D1);
	ck_assert_ptr_nonnull(strstr(image->reason, "EnumValues"));
	ck_assert_ptr_nonnull(strstr(note, "EnumValues"));
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

/* --- what cannot be pinned --- */

static const struct {
	const struct fake_file *files;
	int code; /* of the registry's answer for fit:1; 0: a digest */
	const char *image; /* that is loose */
	const char *parameter;
	const char *reason;
	unsigned asked;
} loose[] = {
	{ plain, SL_ENOTFOUND, FIT ":1", "Image", "no digest of", 1 },
	{ plain, SL_EDENIED, FIT ":1", "Image", "no digest of", 1 },
	{ plain, SL_EUNSUPPORTED, FIT ":1", "Image", "no digest of", 1 },
	{ plain, SL_EREMOTE, FIT ":1", "Image", "no digest of", 1 },
	{ elsewhere, 0, "python:3", "", "not in Amazon ECR", 1 },
	{ malformed, 0, "222222222222.dkr.ecr.eu-west-1.amazonaws.com/Fit:1",
	    "", "no well-formed address in Amazon ECR", 1 },
	{ far, 0, "222222222222.dkr.ecr.us-east-1.amazonaws.com/fit:1", "",
	    "it is in region us-east-1", 1 },
	{ computed, 0, "{\"Std:Join\":{\"On\":\":\",\"Values\":[\"" FIT
	    "\",{\"Get\":\"Parameters.Epochs\"}]}}", "", "is computed", 1 },
	{ empty, 0, "", "None", "it is empty", 1 },
};

START_TEST(what_is_not_pinned_is_recorded_with_the_reason)
{
	struct world w;
	struct sl_manifest *m;
	const struct sl_manifest_image *image;

	set_up_images(&w, loose[_i].files);
	if (loose[_i].code != 0)
		fake_image(&w.fake, "222222222222/team/fit:1", NULL,
		    loose[_i].code);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "track");
	ck_assert_uint_eq(w.fake.images_asked, loose[_i].asked);
	m = read_manifest(&w);
	image = image_of(m, loose[_i].image, loose[_i].parameter);
	ck_assert_ptr_null(image->digest);
	ck_assert_ptr_nonnull(strstr(image->reason, loose[_i].reason));
	ck_assert_ptr_nonnull(strstr(note, "not pinned: "));
	ck_assert_ptr_nonnull(strstr(note, loose[_i].reason));
	if (loose[_i].code != 0)
		ck_assert_ptr_null(strstr(w.env->executions[0].values,
		    "Image="));
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(the_next_attempt_asks_again_what_was_not_known)
{
	struct world w;
	struct sl_manifest *m;

	set_up_images(&w, plain);
	fake_image(&w.fake, "222222222222/team/fit:1", NULL, SL_EDENIED);
	w.fake.new_status = SL_SAGEMAKER_FAILED;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	fake_image(&w.fake, "222222222222/team/fit:1", D2, 0);
	w.job.rerun = true;
	ck_assert_state(&w, 1, SL_BUILDER_FAILED);
	ck_assert_ptr_nonnull(strstr(w.env->executions[1].values, D2));
	m = read_manifest(&w);
	ck_assert_uint_eq(m->images.count, 1);
	ck_assert_str_eq(m->images.items[0].digest, D2);
	ck_assert_ptr_null(m->images.items[0].reason);
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(a_registry_that_is_away_is_waited_for)
{
	struct world w;

	set_up_images(&w, plain);
	fake_image(&w.fake, "222222222222/team/fit:1", NULL, SL_ENET);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "choose");
	ck_assert_int_eq(w.out.error.code, SL_ENET);
	ck_assert_uint_eq(w.env->execution_count, 0);
	fake_image(&w.fake, "222222222222/team/fit:1", D1, 0);
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "track");
	tear_down(&w);
}
END_TEST

/* --- pinned-images --- */

static const struct {
	const struct fake_file *files;
	int code;
	const char *place;
	const char *says;
} refused[] = {
	{ plain, SL_ENOTFOUND, "train.json:3:", "no digest of" },
	{ literal, 0, "train.json:4:", "name it as " FIT "@" D1 },
	{ enums, 0, "train.json:3:", "name it as " FIT "@" D1 },
	{ elsewhere, 0, "train.json:4:", "not in Amazon ECR" },
	{ computed, 0, "train.json:4:", "is computed" },
	{ empty, 0, "train.json:4:", "image \"\" is not pinned: it is empty" },
};

START_TEST(a_strict_environment_refuses_what_is_not_pinned)
{
	struct world w;

	set_up_images(&w, refused[_i].files);
	want_pinned(&w, "staging");
	if (refused[_i].code != 0)
		fake_image(&w.fake, "222222222222/team/fit:1", NULL,
		    refused[_i].code);
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_msg(!strncmp(w.out.error.place, refused[_i].place,
	    strlen(refused[_i].place)), "%s", w.out.error.place);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, refused[_i].says));
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "`pinned-images`"));
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "\"staging\""));
	ck_assert_uint_eq(w.env->pipeline_count, 0);
	ck_assert_uint_eq(w.env->execution_count, 0);
	tear_down(&w);
}
END_TEST

START_TEST(a_strict_environment_takes_what_is_pinned)
{
	struct world w;

	set_up_images(&w, pinned);
	want_pinned(&w, "staging");
	ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
	ck_assert_str_eq(w.out.step, "track");
	ck_assert_uint_eq(w.fake.images_asked, 1);
	ck_assert_str_eq(note, "");
	tear_down(&w);
}
END_TEST

/* --- promotion --- */

#define CONTAINER(members)                                                     \
	"{\"Containers\": [{" members ", \"ModelDataUrl\": "                   \
	"\"s3://staging-bucket/churn/model.tar.gz\", \"Framework\": "          \
	"\"XGBOOST\"}]}"

/* What the package holds, what the training build and the registry say, and
 * what the target's package holds then. */
static const struct {
	const char *members;
	const char *trained;
	const char *now;
	const char *image;
	const char *digest; /* as ImageDigest; NULL: none */
	unsigned asked;     /* besides training's one */
} carried[] = {
	{ "\"Image\": \"" FIT ":1\", \"ImageDigest\": \"" D3 "\"", D1, D2,
	    FIT "@" D3, D3, 0 },
	{ "\"Image\": \"" FIT ":1\", \"ImageDigest\": \"SHA256:" "AAAAAAAA"
	  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"", D1,
	    D2, FIT "@sha256:" "aaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "sha256:" "aaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0 },
	{ "\"Image\": \"" FIT ":1\", \"ImageDigest\": \"nonsense\"", D1, D2,
	    FIT "@" D1, D1, 0 },
	{ "\"Image\": \"" FIT ":1\"", D1, D2, FIT "@" D1, D1, 0 },
	{ "\"Image\": \"" FIT ":2\"", D1, D3, FIT "@" D3, D3, 1 },
	{ "\"Image\": \"" FIT "@" D3 "\"", D1, D2, FIT "@" D3, NULL, 0 },
	{ "\"Image\": \"" FIT ":2@" D3 "\"", D1, D2, FIT ":2@" D3, NULL, 0 },
};

/* Train, then put a container into the package, and approve it. */
static void
train_with(struct world *w, const char *trained, const char *specification)
{
	struct sl_model_decision decision = { .environment = "staging",
		.approve = true, .person = "ben", .description = "good" };
	struct sl_error err = SL_ERROR_INIT;
	struct fake_package *p;

	set_up_images(w, plain);
	fake_image(&w->fake, "222222222222/team/fit:1", trained, 0);
	p = train(w);
	free(p->specification);
	p->specification = sl_strdup(specification);
	decision.package = p->arn;
	ck_assert_ok(sl_model_decide(&w->ctx, &decision, &err), &err);
	use_ref(w, "refs/tags/v1.0.0");
	note[0] = '\0';
	w->fake.images_asked = 0;
}

static struct sl_manifest *
read_promotion(struct world *w)
{
	struct sl_manifest *m = NULL;
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < w->env->object_count; i++) {
		const struct fake_object *o = &w->env->objects[i];

		if (strstr(o->key, "/.sluice/promotions/") != NULL)
			ck_assert_ok(sl_manifest_parse("m", sl_strn(o->bytes,
			    o->len), &m, &err), &err);
	}
	ck_assert_ptr_nonnull(m);
	return m;
}

START_TEST(a_model_is_promoted_with_the_image_it_was_trained_for)
{
	struct world w;
	struct sl_manifest *m;
	char specification[1024], want[512];

	snprintf(specification, sizeof(specification), CONTAINER("%s"),
	    carried[_i].members);
	train_with(&w, carried[_i].trained, specification);
	fake_image(&w.fake, "222222222222/team/fit:1", carried[_i].now, 0);
	fake_image(&w.fake, "222222222222/team/fit:2", carried[_i].now, 0);
	want_pinned(&w, "prod");
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_uint_eq(w.fake.images_asked, carried[_i].asked);
	snprintf(want, sizeof(want), "\"Image\":\"%s\"", carried[_i].image);
	ck_assert_msg(strstr(w.env->packages[0].specification, want) != NULL,
	    "%s", w.env->packages[0].specification);
	if (carried[_i].digest != NULL) {
		snprintf(want, sizeof(want), "\"ImageDigest\":\"%s\"",
		    carried[_i].digest);
		ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification,
		    want));
	}
	ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification,
	    "\"Framework\":\"XGBOOST\""));
	ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification,
	    "s3://prod-bucket/churn/"));
	m = read_promotion(&w);
	ck_assert_uint_eq(m->images.count, 1);
	ck_assert_str_eq(m->images.items[0].image, carried[_i].image);
	ck_assert_ptr_nonnull(strstr(carried[_i].image,
	    m->images.items[0].digest));
	ck_assert_str_eq(note, "");
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

/* Whatever call fails, and wherever the tag moves to: record and package tell
 * of the same image. */
START_TEST(a_promotion_records_what_it_registered)
{
	for (unsigned n = 1; n < 30; n++) {
		struct world w;
		struct sl_manifest *m;

		train_with(&w, D1, CONTAINER("\"Image\": \"" FIT ":2\""));
		w.fake.calls = 0;
		w.fake.fail_at = n;
		w.fake.with_effect = _i == 1;
		if (carry(&w, 1) == SL_BUILDER_AGAIN) {
			fake_image(&w.fake, "222222222222/team/fit:2", D3, 0);
			ck_assert_state(&w, 5, SL_BUILDER_DONE);
		}
		ck_assert_uint_eq(w.env->package_count, 1);
		m = read_promotion(&w);
		ck_assert_uint_eq(m->images.count, 1);
		ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification,
		    m->images.items[0].image));
		ck_assert_ptr_nonnull(strstr(m->images.items[0].image,
		    m->images.items[0].digest));
		sl_manifest_free(m);
		tear_down(&w);
	}
}
END_TEST

START_TEST(an_image_that_cannot_be_pinned_goes_as_it_is)
{
	struct world w;
	struct sl_manifest *m;

	train_with(&w, D1, CONTAINER("\"Image\": \"python:3\", "
	    "\"ImageDigest\": \"" D3 "\""));
	ck_assert_state(&w, 1, SL_BUILDER_DONE);
	ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification,
	    "\"Image\":\"python:3\""));
	ck_assert_ptr_nonnull(strstr(w.env->packages[0].specification, D3));
	ck_assert_ptr_nonnull(strstr(note, "python:3: it is not in Amazon"));
	m = read_promotion(&w);
	ck_assert_str_eq(m->images.items[0].image, "python:3");
	ck_assert_ptr_null(m->images.items[0].digest);
	ck_assert_ptr_nonnull(strstr(m->images.items[0].reason,
	    "not in Amazon ECR"));
	sl_manifest_free(m);
	tear_down(&w);
}
END_TEST

START_TEST(a_strict_target_refuses_it)
{
	struct world w;

	train_with(&w, D1, CONTAINER("\"Image\": \"python:3\""));
	want_pinned(&w, "prod");
	ck_assert_state(&w, 1, SL_BUILDER_REFUSED);
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "`pinned-images`"));
	ck_assert_ptr_nonnull(strstr(w.out.error.text, "python:3"));
	ck_assert_uint_eq(w.env->package_count, 0);
	ck_assert_ptr_null(fake_get(w.env, "prod-bucket",
	    "churn/model.tar.gz"));
	tear_down(&w);
}
END_TEST

TCase *
tcase_images(void)
{
	TCase *tc = tcase_create("images");

	tcase_add_test(tc, a_parameter_gets_the_digest_in_its_place);
	tcase_add_test(tc, a_moved_tag_changes_no_later_attempt);
	tcase_add_loop_test(tc, a_moved_tag_changes_no_retry, 0, 2);
	tcase_add_test(tc, another_value_is_asked_for_and_added);
	tcase_add_test(tc, one_image_is_asked_for_once);
	tcase_add_test(tc, a_list_of_values_is_kept_to);
	tcase_add_loop_test(tc, what_is_not_pinned_is_recorded_with_the_reason,
	    0, SL_COUNT(loose));
	tcase_add_test(tc, the_next_attempt_asks_again_what_was_not_known);
	tcase_add_test(tc, a_registry_that_is_away_is_waited_for);
	tcase_add_loop_test(tc,
	    a_strict_environment_refuses_what_is_not_pinned, 0,
	    SL_COUNT(refused));
	tcase_add_test(tc, a_strict_environment_takes_what_is_pinned);
	tcase_add_loop_test(tc,
	    a_model_is_promoted_with_the_image_it_was_trained_for, 0,
	    SL_COUNT(carried));
	tcase_add_loop_test(tc, a_promotion_records_what_it_registered, 0, 2);
	tcase_add_test(tc, an_image_that_cannot_be_pinned_goes_as_it_is);
	tcase_add_test(tc, a_strict_target_refuses_it);
	return tc;
}
