/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container images of a build: what each tag stands for, once per build,
 * so that every attempt runs the same.
 */
#include "aws/ecr.h"
#include "base/mem.h"
#include "build/build_int.h"
#include "pipeline/image.h"

/* Different images of one definition. */
#define USES_MAX 200
#define COMPUTED_MAX 4096

/* An image that the definition uses; once, wherever it is named. */
struct use {
	struct sl_str text; /* of the definition, or of the start's values */
	const struct sl_parameter *parameter; /* NULL: a literal */
	const struct sl_node *node; /* where it was first met */
	bool computed;
};

struct uses {
	struct sl_builder *b;
	struct use items[USES_MAX];
	size_t count;
	struct sl_buf computed; /* their text */
};

/* --- what is used --- */

/* What a start gives to a parameter. */
static struct sl_str
value_of(const struct sl_builder *b, const struct sl_parameter *parameter)
{
	for (size_t i = 0; i < b->values.count; i++)
		if (sl_str_eqs(parameter->name, b->values.items[i].name))
			return sl_str(b->values.items[i].value);
	return parameter->default_text;
}

static bool
is_known(const struct uses *uses, const struct use *use)
{
	for (size_t i = 0; i < uses->count; i++)
		if (uses->items[i].parameter == use->parameter &&
		    sl_str_eq(uses->items[i].text, use->text))
			return true;
	return false;
}

static struct sl_str
computed_text(struct uses *uses, const struct sl_node *node)
{
	size_t at = uses->computed.len;

	if (sl_node_canonical(node, &uses->computed) < 0)
		return SL_STR("{...}");
	return sl_strn(uses->computed.ptr + at, uses->computed.len - at);
}

static int
note_use(void *ctx, const struct sl_pipeline_image *image)
{
	struct uses *uses = ctx;
	struct use use = { .text = image->text, .parameter = image->parameter,
		.node = image->node, .computed = image->computed };

	if (image->parameter != NULL)
		use.text = value_of(uses->b, image->parameter);
	if (image->computed)
		use.text = computed_text(uses, image->node);
	if (is_known(uses, &use))
		return 0;
	if (uses->count == USES_MAX || (use.text.len > 0 &&
	    memchr(use.text.ptr, '\0', use.text.len) != NULL))
		return 1;
	uses->items[uses->count++] = use;
	return 0;
}

/* --- what it stands for --- */

static int
give_up(struct sl_manifest_image *image, const char *reason)
{
	free(image->reason);
	image->reason = sl_strdup(reason);
	return SL_OK;
}

static int
ask_registry(const struct sl_remote *remote, const struct sl_image *parts,
    struct sl_manifest_image *image, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *registry = NULL;
	SL_CLEANUP(sl_freep) char *repository = NULL;
	SL_CLEANUP(sl_freep) char *tag = NULL;
	struct sl_error why = SL_ERROR_INIT;
	char digest[SL_ECR_DIGEST_SIZE];
	int rc;

	registry = sl_strndup(parts->account.ptr, parts->account.len);
	repository = sl_strndup(parts->repository.ptr, parts->repository.len);
	tag = sl_strndup(parts->tag.ptr, parts->tag.len);
	rc = remote->ops->image_digest(remote->self,
	    &(struct sl_ecr_image){ registry, repository, tag }, digest, &why);
	if (rc == SL_OK) {
		image->digest = sl_strdup(digest);
		return SL_OK;
	}
	/* What the registry refuses is an answer; anything else is none. */
	if (rc == SL_ENOTFOUND || rc == SL_EDENIED || rc == SL_EREMOTE ||
	    rc == SL_EUNSUPPORTED || rc == SL_ETOOBIG)
		return give_up(image, why.text);
	*err = why;
	return rc;
}

int
sl_image_resolve(const struct sl_remote *remote, const char *region,
    struct sl_manifest_image *image, struct sl_error *err)
{
	struct sl_str own = sl_image_digest(sl_str(image->image));
	SL_CLEANUP(sl_freep) char *reason = NULL;
	struct sl_image parts;

	if (image->image[0] == '\0')
		return give_up(image, "it is empty");
	if (own.len > 0) {
		image->digest = sl_strndup(own.ptr, own.len);
		return SL_OK;
	}
	if (!sl_image_parse(sl_str(image->image), &parts))
		return give_up(image, sl_image_means_ecr(sl_str(image->image)) ?
		    "it is no well-formed address in Amazon ECR, which is "
		    "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY:TAG" :
		    "it is not in Amazon ECR");
	if (!sl_str_eqs(parts.region, region)) {
		reason = sl_asprintf("it is in region %.*s, and SageMaker "
		    "takes images of its own region, %s, only",
		    SL_STR_ARG(parts.region), region);
		return give_up(image, reason);
	}
	return ask_registry(remote, &parts, image, err);
}

char *
sl_image_pinned(const struct sl_manifest_image *image)
{
	struct sl_image parts;

	if (image->digest == NULL ||
	    sl_image_digest(sl_str(image->image)).len > 0 ||
	    !sl_image_parse(sl_str(image->image), &parts))
		return sl_strdup(image->image);
	return sl_asprintf("%.*s@%s", SL_STR_ARG(parts.name), image->digest);
}

void
sl_image_check_length(struct sl_manifest_image *image)
{
	SL_CLEANUP(sl_freep) char *pinned = sl_image_pinned(image);

	if (image->digest != NULL && strlen(pinned) > SL_IMAGE_MAX)
		(void)give_up(image, "by digest it is longer than SageMaker takes");
}

/* A parameter that does not take the pinned form keeps its tag. */
static void
check_parameter(const struct sl_parameter *parameter,
    struct sl_manifest_image *image)
{
	SL_CLEANUP(sl_freep) char *pinned = sl_image_pinned(image);

	if (parameter == NULL || image->digest == NULL)
		return;
	if (sl_pipeline_check_value(parameter, sl_str(pinned), NULL) < 0)
		(void)give_up(image, "its EnumValues do not have it by digest");
	else
		sl_image_check_length(image);
}

/* Another place of the build that says the same was asked for already. */
static bool
take_known(const struct sl_manifest_images *images,
    struct sl_manifest_image *image)
{
	for (size_t i = 0; i < images->count; i++) {
		const struct sl_manifest_image *known = &images->items[i];

		if (known == image || known->digest == NULL ||
		    strcmp(known->image, image->image) != 0)
			continue;
		image->digest = sl_strdup(known->digest);
		return true;
	}
	return false;
}

static int
resolve_use(struct sl_builder *b, const struct use *use,
    struct sl_manifest_image *image, struct sl_error *err)
{
	int rc = SL_OK;

	sl_freep(&image->reason);
	if (use->computed)
		return give_up(image, "it is computed when the pipeline runs");
	if (image->digest == NULL &&
	    !take_known(&b->manifest->images, image))
		rc = sl_image_resolve(b->remote, b->plan->region, image, err);
	if (rc == SL_OK)
		check_parameter(use->parameter, image);
	return rc;
}

/* --- what follows --- */

static struct sl_manifest_image *
entry_of(struct sl_manifest_images *images, const struct use *use)
{
	struct sl_str parameter = use->parameter ? use->parameter->name
	    : SL_STR("");

	return sl_manifest_find_image(images, use->text, parameter);
}

static int
resolve_all(struct sl_builder *b, const struct uses *uses,
    struct sl_error *err)
{
	struct sl_manifest_images *images = &b->manifest->images;

	for (size_t i = 0; i < uses->count; i++) {
		const struct use *use = &uses->items[i];
		struct sl_manifest_image *image = entry_of(images, use);
		int rc;

		if (image == NULL)
			image = sl_manifest_add_image(images, use->text,
			    use->parameter ? use->parameter->name
			    : SL_STR(""));
		rc = resolve_use(b, use, image, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

/* Why what runs may be another image than the recorded one; NULL: it is it. */
static const char *
why_loose(const struct use *use, const struct sl_manifest_image *image)
{
	if (image == NULL)
		return "it was not looked up";
	if (image->reason != NULL || image->digest == NULL)
		return image->reason != NULL ? image->reason
		    : "it was not looked up";
	if (use->parameter == NULL && sl_image_digest(use->text).len == 0)
		return "the definition names it by tag";
	return NULL;
}

/* `pinned-images`: nothing runs that the record does not name for sure. */
static int
refuse_loose(struct sl_builder *b, const struct uses *uses,
    struct sl_error *err)
{
	for (size_t i = 0; i < uses->count; i++) {
		const struct use *use = &uses->items[i];
		const struct sl_manifest_image *image =
		    entry_of(&b->manifest->images, use);
		const char *reason = why_loose(use, image);
		SL_CLEANUP(sl_freep) char *pinned = NULL;

		if (reason == NULL)
			continue;
		if (image != NULL && image->digest != NULL)
			pinned = sl_image_pinned(image);
		return sl_node_error(use->node, err, SL_EREFUSED,
		    "image \"%.*s\" is not pinned: %s. Environment \"%s\" "
		    "takes pinned images only (`pinned-images`): name it as "
		    "%s, or take it from a parameter that can be",
		    SL_STR_ARG(use->text), reason, b->environment->name,
		    pinned != NULL ? pinned : "REPOSITORY@sha256:DIGEST");
	}
	return SL_OK;
}

static void
say_loose(struct sl_builder *b, const struct uses *uses)
{
	const struct sl_manifest_image *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < uses->count; i++) {
		const struct sl_manifest_image *image =
		    entry_of(&b->manifest->images, &uses->items[i]);

		if (image == NULL || image->reason == NULL)
			continue;
		if (count++ == 0)
			first = image;
	}
	if (count > 0)
		sl_builder_say(b, "images", NULL, "note",
		    "%zu of %zu images not pinned: %s: %s", count,
		    uses->count, first->image[0] != '\0' ? first->image
		    : "\"\"", first->reason);
}

static void
pin_values(struct sl_builder *b, const struct uses *uses)
{
	for (size_t i = 0; i < uses->count; i++) {
		const struct use *use = &uses->items[i];
		const struct sl_manifest_image *image =
		    entry_of(&b->manifest->images, use);
		SL_CLEANUP(sl_freep) char *pinned = NULL;

		if (use->parameter == NULL || image == NULL ||
		    image->digest == NULL || image->reason != NULL)
			continue;
		pinned = sl_image_pinned(image);
		if (!sl_str_eqs(use->text, pinned))
			sl_plan_values_set(&b->values, b->pipeline,
			    use->parameter->name, pinned);
	}
}

static int
pin_uses(struct uses *uses, bool ask, struct sl_error *err)
{
	struct sl_builder *b = uses->b;
	int rc = SL_OK;

	if (sl_pipeline_images(b->pipeline, note_use, uses) != 0)
		return sl_error_set(err, SL_EREFUSED,
		    "the definition of pipeline \"%s\" names over %d images, "
		    "or one whose name holds a NUL character",
		    b->plan->pipeline, USES_MAX);
	if (ask)
		rc = resolve_all(b, uses, err);
	if (rc == SL_OK && b->environment->pinned_images)
		rc = refuse_loose(b, uses, err);
	if (rc < 0)
		return rc;
	if (ask)
		say_loose(b, uses);
	pin_values(b, uses);
	return SL_OK;
}

int
sl_builder_pin_images(struct sl_builder *b, bool ask, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct uses *uses = sl_alloc(sizeof(*uses));
	int rc;

	uses->b = b;
	/* Views of it are kept: it never moves. */
	sl_buf_init(&uses->computed, COMPUTED_MAX);
	sl_buf_reserve(&uses->computed, COMPUTED_MAX);
	rc = pin_uses(uses, ask, err);
	sl_buf_release(&uses->computed);
	return rc;
}
