/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The images of a model that is brought over: registered by digest, the one
 * that was trained and approved, whatever their tags stand for by now.
 */
#include "base/mem.h"
#include "build/promote_int.h"
#include "doc/json.h"
#include "pipeline/image.h"

#define PART_MAX ((size_t)1 << 20)
/* Containers of one package; the service takes 15. */
#define CONTAINERS_MAX 200

/* Parts that name containers. */
static const enum sl_sagemaker_part parts[] = {
	SL_SAGEMAKER_INFERENCE_SPECIFICATION,
	SL_SAGEMAKER_ADDITIONAL_INFERENCE_SPECIFICATIONS,
};

static struct sl_str
member(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);

	if (node == NULL || sl_node_kind(node) != SL_NODE_SCALAR ||
	    sl_node_style(node) != SL_STYLE_STRING)
		return sl_strn("", 0);
	return sl_node_text(node);
}

/* The digest that the package itself gives a container: "sha256:" and digits,
 * of either case. */
static char *
own_digest(const struct sl_node *container)
{
	struct sl_str text = member(container, "ImageDigest");
	char *digest = sl_strndup(text.ptr, text.len);

	for (char *c = digest; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	if (!sl_image_is_digest(sl_strn(digest, text.len)))
		sl_freep(&digest);
	return digest;
}

/* What the manifest of the build that trained the model says. */
static char *
trained_digest(const struct sl_manifest *build, const char *image)
{
	for (size_t i = 0; i < build->images.count; i++)
		if (build->images.items[i].digest != NULL &&
		    !strcmp(build->images.items[i].image, image))
			return sl_strdup(build->images.items[i].digest);
	return NULL;
}

static int
resolve(struct sl_builder *b, const struct sl_node *container,
    struct sl_manifest_image *image, struct sl_error *err)
{
	bool by_digest = sl_image_digest(sl_str(image->image)).len > 0;
	struct sl_image ecr;

	if (!by_digest && sl_image_parse(sl_str(image->image), &ecr)) {
		image->digest = own_digest(container);
		if (image->digest == NULL)
			image->digest = trained_digest(b->promotion->build,
			    image->image);
	}
	if (image->digest != NULL)
		return SL_OK;
	return sl_image_resolve(b->remote, b->plan->region, image, err);
}

/* `pinned-images`: what cannot be pinned is not registered. */
static int
check_pinned(struct sl_builder *b, const struct sl_manifest_image *image,
    struct sl_error *err)
{
	if (image->reason == NULL || !b->environment->pinned_images)
		return SL_OK;
	return sl_error_set(err, SL_EREFUSED,
	    "image \"%s\" of model package %s is not pinned: %s. Environment "
	    "\"%s\" takes pinned images only (`pinned-images`): train it with "
	    "an image by digest", image->image, b->promotion->arn,
	    image->reason, b->environment->name);
}

/* --- writing a part anew --- */

static int
write_plain(const struct sl_node *node, struct sl_json *w,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(PART_MAX);

	if (sl_node_canonical(node, &text) < 0)
		return sl_error_set(err, SL_ETOOBIG, "a value is too long");
	sl_json_raw(w, sl_buf_str(&text));
	return SL_OK;
}

/* A container with its image by digest; everything else as it was. */
static int
write_container(const struct sl_node *node,
    const struct sl_manifest_image *image, struct sl_json *w,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *pinned = sl_image_pinned(image);
	bool changed = image->reason == NULL &&
	    strcmp(pinned, image->image) != 0;

	sl_json_object(w);
	sl_json_put(w, "Image", changed ? pinned : image->image);
	if (changed)
		sl_json_put(w, "ImageDigest", image->digest);
	for (size_t i = 0; i < sl_node_count(node); i++) {
		struct sl_str key = sl_node_text(sl_node_key(node, i));
		int rc;

		if (sl_str_eqs(key, "Image") ||
		    (changed && sl_str_eqs(key, "ImageDigest")))
			continue;
		sl_json_keyv(w, key);
		rc = write_plain(sl_node_at(node, i), w, err);
		if (rc < 0)
			return rc;
	}
	sl_json_end(w);
	return SL_OK;
}

static int
pin_container(struct sl_builder *b, const struct sl_node *node,
    struct sl_json *w, struct sl_error *err)
{
	struct sl_manifest_images *images = &b->promotion->images;
	struct sl_str text = member(node, "Image");
	struct sl_manifest_image *image;
	int rc;

	if (memchr(text.ptr, '\0', text.len) != NULL ||
	    images->count == CONTAINERS_MAX)
		return sl_error_set(err, SL_EREFUSED,
		    "model package %s has over %d containers, or an image "
		    "whose name holds a NUL character", b->promotion->arn,
		    CONTAINERS_MAX);
	image = sl_manifest_add_image(images, text, SL_STR(""));
	rc = resolve(b, node, image, err);
	if (rc == SL_OK)
		sl_image_check_length(image);
	if (rc == SL_OK)
		rc = check_pinned(b, image, err);
	return rc < 0 ? rc : write_container(node, image, w, err);
}

/* Copy a JSON value with every container in it pinned. The depth is bounded
 * by the document's. */
static int
pin_value(struct sl_builder *b, const struct sl_node *node, struct sl_json *w,
    struct sl_error *err)
{
	bool map = sl_node_kind(node) == SL_NODE_MAP;

	if (sl_node_kind(node) == SL_NODE_SCALAR)
		return write_plain(node, w, err);
	if (map && member(node, "Image").len > 0)
		return pin_container(b, node, w, err);
	if (map)
		sl_json_object(w);
	else
		sl_json_list(w);
	for (size_t i = 0; i < sl_node_count(node); i++) {
		int rc;

		if (map)
			sl_json_keyv(w, sl_node_text(sl_node_key(node, i)));
		rc = pin_value(b, sl_node_at(node, i), w, err);
		if (rc < 0)
			return rc;
	}
	sl_json_end(w);
	return SL_OK;
}

static int
parse_part(enum sl_sagemaker_part part, const char *text, struct sl_doc **out,
    struct sl_error *err)
{
	struct sl_doc_limits limits = { .max_depth = SL_JSON_MAX_DEPTH - 1 };

	return sl_doc_parse_json(sl_sagemaker_part_name(part), sl_str(text),
	    &limits, out, err);
}

static int
pin_part(struct sl_builder *b, enum sl_sagemaker_part part,
    struct sl_error *err)
{
	struct sl_promotion *p = b->promotion;
	SL_CLEANUP(sl_buf_release) struct sl_buf json = SL_BUF_INIT(PART_MAX);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_json w;
	int rc;

	if (p->package.parts[part] == NULL)
		return SL_OK;
	rc = parse_part(part, p->package.parts[part], &doc, err);
	if (rc < 0)
		return rc;
	sl_json_init(&w, &json, 0);
	rc = pin_value(b, sl_doc_root(doc), &w, err);
	if (rc < 0)
		return rc;
	if (json.over)
		return sl_error_set(err, SL_ETOOBIG, "%s of %s is over 1 MiB",
		    sl_sagemaker_part_name(part), p->arn);
	free(p->package.parts[part]);
	p->package.parts[part] = sl_buf_steal(&json);
	return SL_OK;
}

static void
say_loose(struct sl_builder *b)
{
	const struct sl_manifest_images *images = &b->promotion->images;
	const struct sl_manifest_image *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < images->count; i++) {
		if (images->items[i].reason == NULL)
			continue;
		if (count++ == 0)
			first = &images->items[i];
	}
	if (count > 0)
		sl_builder_say(b, "copy", NULL, "note",
		    "%zu of %zu images not pinned, registered as they are: "
		    "%s: %s", count, images->count, first->image,
		    first->reason);
}

int
sl_promotion_pin_images(struct sl_builder *b, struct sl_error *err)
{
	sl_manifest_images_release(&b->promotion->images);
	for (size_t i = 0; i < SL_COUNT(parts); i++) {
		int rc = pin_part(b, parts[i], err);

		if (rc < 0)
			return rc;
	}
	say_loose(b);
	return SL_OK;
}

/* --- the record --- */

/* Why an image was left as it is, if it was this pass that left it. */
static const char *
reason_of(const struct sl_promotion *p, const char *image)
{
	for (size_t i = 0; i < p->images.count; i++)
		if (!strcmp(p->images.items[i].image, image) &&
		    p->images.items[i].reason != NULL)
			return p->images.items[i].reason;
	return "it was registered without a digest";
}

static void
note_container(const struct sl_promotion *p, struct sl_str text,
    struct sl_manifest_images *out)
{
	struct sl_str digest = sl_image_digest(text);
	struct sl_manifest_image *image;

	if (memchr(text.ptr, '\0', text.len) != NULL ||
	    out->count == CONTAINERS_MAX ||
	    sl_manifest_find_image(out, text, SL_STR("")) != NULL)
		return;
	image = sl_manifest_add_image(out, text, SL_STR(""));
	if (digest.len > 0)
		image->digest = sl_strndup(digest.ptr, digest.len);
	else
		image->reason = sl_strdup(reason_of(p, image->image));
}

static void
note_value(const struct sl_promotion *p, const struct sl_node *node,
    struct sl_manifest_images *out)
{
	struct sl_str text = member(node, "Image");

	if (text.len > 0)
		note_container(p, text, out);
	for (size_t i = 0; i < sl_node_count(node); i++)
		note_value(p, sl_node_at(node, i), out);
}

int
sl_promotion_note_images(const struct sl_promotion *p,
    struct sl_manifest_images *out, struct sl_error *err)
{
	for (size_t i = 0; i < SL_COUNT(parts); i++) {
		SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
		int rc;

		if (p->parts[parts[i]] == NULL)
			continue;
		rc = parse_part(parts[i], p->parts[parts[i]], &doc, err);
		if (rc < 0)
			return rc;
		note_value(p, sl_doc_root(doc), out);
	}
	return SL_OK;
}

void
sl_promotion_take_registered(struct sl_promotion *p,
    struct sl_sagemaker_package *package)
{
	for (size_t i = 0; i < SL_COUNT(parts); i++) {
		char **theirs = &package->parts[parts[i]];

		free(p->parts[parts[i]]);
		p->parts[parts[i]] = sl_steal(theirs);
	}
}
