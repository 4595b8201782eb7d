/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "build/manifest_int.h"
#include "doc/doc.h"
#include "pipeline/image.h"

#define MAX_ITEMS 200000
#define MAX_IMAGES 1000

static const char *const states[] = { "intended", "started", "succeeded",
	"failed", "stopped", "dropped" };

static bool
is_null(const struct sl_node *node)
{
	return node == NULL || (sl_node_kind(node) == SL_NODE_SCALAR &&
	    sl_node_style(node) == SL_STYLE_WORD &&
	    sl_str_eqs(sl_node_text(node), "null"));
}

static int
read_text(const struct sl_node *map, const char *key, bool required,
    char **out, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);
	struct sl_str text;

	if (is_null(node)) {
		if (!required)
			return SL_OK;
		return sl_node_error(map, err, SL_ECORRUPT,
		    "the manifest lacks \"%s\"", key);
	}
	text = sl_node_text(node);
	if (sl_node_kind(node) != SL_NODE_SCALAR ||
	    sl_node_style(node) != SL_STYLE_STRING ||
	    (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL))
		return sl_node_error(node, err, SL_ECORRUPT,
		    "\"%s\" is not a plain string", key);
	*out = sl_strndup(text.ptr, text.len);
	return SL_OK;
}

static int
read_members(const struct sl_node *map, const struct sl_manifest_member *table,
    size_t count, void *base, struct sl_error *err)
{
	if (sl_node_kind(map) != SL_NODE_MAP)
		return sl_node_error(map, err, SL_ECORRUPT,
		    "there is no object here");
	for (size_t i = 0; i < count; i++) {
		if (read_text(map, table[i].key, table[i].required,
		    sl_manifest_slot(base, &table[i]), err) < 0)
			return SL_ECORRUPT;
	}
	return SL_OK;
}

static int
read_number(const struct sl_node *map, const char *key, uint64_t max,
    uint64_t *out, struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);
	struct sl_error why = SL_ERROR_INIT;

	*out = 0;
	if (is_null(node))
		return SL_OK;
	if (sl_node_read_number(node, key, 0, max, out, &why) < 0)
		return sl_node_error(node, err, SL_ECORRUPT, "%s", why.text);
	return SL_OK;
}

static int
read_time(const struct sl_node *map, const char *key, int64_t *out,
    struct sl_error *err)
{
	uint64_t number;

	if (read_number(map, key, INT64_MAX, &number, err) < 0)
		return SL_ECORRUPT;
	*out = (int64_t)number;
	return SL_OK;
}

/* An optional list and its length. */
static int
read_list(const struct sl_node *map, const char *key, size_t max,
    const struct sl_node **list, size_t *count, struct sl_error *err)
{
	*list = sl_node_get(map, key);
	*count = 0;
	if (is_null(*list))
		return SL_OK;
	if (sl_node_kind(*list) != SL_NODE_LIST || sl_node_count(*list) > max)
		return sl_node_error(*list, err, SL_ECORRUPT,
		    "\"%s\" is not a list of at most %zu", key, max);
	*count = sl_node_count(*list);
	return SL_OK;
}

static int
read_files(struct sl_manifest *m, const struct sl_node *root,
    struct sl_error *err)
{
	const struct sl_node *list;
	size_t count;

	if (read_list(root, "files", MAX_ITEMS, &list, &count, err) < 0)
		return SL_ECORRUPT;
	m->files = sl_alloc_array(count + 1, sizeof(*m->files));
	m->file_count = count;
	for (size_t i = 0; i < count; i++) {
		const struct sl_node *node = sl_node_at(list, i);

		if (read_text(node, "path", true, &m->files[i].path, err) < 0 ||
		    read_text(node, "sha256", true, &m->files[i].sha256,
		    err) < 0 || read_number(node, "size", INT64_MAX,
		    &m->files[i].size, err) < 0)
			return SL_ECORRUPT;
	}
	return SL_OK;
}

static int
read_inputs(struct sl_manifest_inputs *inputs, const struct sl_node *map,
    struct sl_error *err)
{
	const struct sl_node *list;
	size_t count;

	if (read_list(map, "inputs", MAX_ITEMS, &list, &count, err) < 0)
		return SL_ECORRUPT;
	inputs->items = sl_alloc_array(count + 1, sizeof(*inputs->items));
	inputs->count = count;
	for (size_t i = 0; i < count; i++) {
		const struct sl_node *node = sl_node_at(list, i);
		struct sl_manifest_input *input = &inputs->items[i];

		if (read_text(node, "uri", true, &input->uri, err) < 0 ||
		    read_text(node, "parameter", false, &input->parameter,
		    err) < 0 ||
		    read_text(node, "version_id", false, &input->version_id,
		    err) < 0 ||
		    read_text(node, "etag", false, &input->etag, err) < 0 ||
		    read_number(node, "size", INT64_MAX, &input->size,
		    err) < 0)
			return SL_ECORRUPT;
	}
	return SL_OK;
}

static int
read_parameters(struct sl_manifest_attempt *a, const struct sl_node *node,
    struct sl_error *err)
{
	const struct sl_node *map = sl_node_get(node, "parameters");

	if (is_null(map))
		return SL_OK;
	if (sl_node_kind(map) != SL_NODE_MAP || sl_node_count(map) > 200)
		return sl_node_error(map, err, SL_ECORRUPT,
		    "\"parameters\" is not an object of at most 200");
	a->parameters.items = sl_alloc_array(sl_node_count(map) + 1,
	    sizeof(*a->parameters.items));
	for (size_t i = 0; i < sl_node_count(map); i++) {
		struct sl_pair *pair = &a->parameters.items[i];
		struct sl_str key = sl_node_text(sl_node_key(map, i));

		pair->key = sl_strndup(key.ptr, key.len);
		a->parameters.count = i + 1;
		if (read_text(map, pair->key, true, &pair->value, err) < 0)
			return SL_ECORRUPT;
	}
	return SL_OK;
}

static int
read_words(struct sl_words *words, const struct sl_node *node,
    const char *key, struct sl_error *err)
{
	const struct sl_node *list;
	size_t count;

	if (read_list(node, key, 1000, &list, &count, err) < 0)
		return SL_ECORRUPT;
	words->items = sl_alloc_array(count + 1, sizeof(*words->items));
	for (size_t i = 0; i < count; i++) {
		const struct sl_node *item = sl_node_at(list, i);
		struct sl_str text = sl_node_text(item);

		if (text.len == 0 || memchr(text.ptr, '\0', text.len) != NULL)
			return sl_node_error(item, err, SL_ECORRUPT,
			    "an entry of \"%s\" is not a word", key);
		words->items[words->count++] = sl_strndup(text.ptr, text.len);
	}
	return SL_OK;
}

/* What changed under an attempt. A count without a name, or less than the
 * names, would let a change pass for none. */
static int
read_changes(struct sl_manifest_attempt *a, const struct sl_node *node,
    struct sl_error *err)
{
	if (read_time(node, "inputs_checked_s", &a->inputs_checked_s,
	    err) < 0 ||
	    read_words(&a->inputs_changed, node, "inputs_changed", err) < 0 ||
	    read_number(node, "inputs_changed_count", INT64_MAX,
	    &a->inputs_changed_count, err) < 0)
		return SL_ECORRUPT;
	if (a->inputs_changed_count < a->inputs_changed.count ||
	    (a->inputs_changed_count > 0) != (a->inputs_changed.count > 0))
		return sl_node_error(node, err, SL_ECORRUPT,
		    "\"inputs_changed\" and \"inputs_changed_count\" "
		    "contradict each other");
	return SL_OK;
}

/* A manifest of an early version has only the image's name. */
static int
read_image(struct sl_manifest_image *image, const struct sl_node *node,
    struct sl_error *err)
{
	struct sl_str text = sl_node_text(node);

	if (sl_node_kind(node) == SL_NODE_SCALAR) {
		if (text.len == 0 || memchr(text.ptr, '\0', text.len) != NULL)
			return sl_node_error(node, err, SL_ECORRUPT,
			    "an entry of \"images\" is not an image");
		image->image = sl_strndup(text.ptr, text.len);
		return SL_OK;
	}
	if (read_text(node, "image", true, &image->image, err) < 0 ||
	    read_text(node, "digest", false, &image->digest, err) < 0 ||
	    read_text(node, "parameter", false, &image->parameter, err) < 0 ||
	    read_text(node, "reason", false, &image->reason, err) < 0)
		return SL_ECORRUPT;
	if (image->digest != NULL &&
	    !sl_image_is_digest(sl_str(image->digest)))
		return sl_node_error(sl_node_get(node, "digest"), err,
		    SL_ECORRUPT, "the digest of image \"%s\" is none",
		    image->image);
	return SL_OK;
}

static int
read_images(struct sl_manifest *m, const struct sl_node *root,
    struct sl_error *err)
{
	const struct sl_node *list;
	size_t count;

	if (read_list(root, "images", MAX_IMAGES, &list, &count, err) < 0)
		return SL_ECORRUPT;
	m->images.items = sl_alloc_array(count + 1, sizeof(*m->images.items));
	m->images.count = count;
	for (size_t i = 0; i < count; i++) {
		if (read_image(&m->images.items[i], sl_node_at(list, i),
		    err) < 0)
			return SL_ECORRUPT;
	}
	return SL_OK;
}

static bool
is_state(const char *state)
{
	for (size_t i = 0; i < SL_COUNT(states); i++) {
		if (!strcmp(state, states[i]))
			return true;
	}
	return false;
}

static int
read_attempt(struct sl_manifest *m, const struct sl_node *node, size_t index,
    struct sl_error *err)
{
	struct sl_manifest_attempt *a = &m->attempts[index];
	const struct sl_node *recorded;
	uint64_t number;

	if (read_members(node, sl_manifest_attempt_members,
	    sl_manifest_attempt_member_count, a, err) < 0 ||
	    read_number(node, "number", SL_ATTEMPT_MAX, &number, err) < 0 ||
	    read_time(node, "intended_s", &a->intended_s, err) < 0 ||
	    read_time(node, "started_s", &a->started_s, err) < 0 ||
	    read_time(node, "ended_s", &a->ended_s, err) < 0 ||
	    read_parameters(a, node, err) < 0 ||
	    read_inputs(&a->inputs, node, err) < 0 ||
	    read_changes(a, node, err) < 0 ||
	    read_words(&a->packages, node, "packages", err) < 0)
		return SL_ECORRUPT;
	a->number = (unsigned)number;
	if (number != index + 1)
		return sl_node_error(node, err, SL_ECORRUPT,
		    "attempt %zu has the number %u", index + 1, a->number);
	if (!is_state(a->state))
		return sl_node_error(node, err, SL_ECORRUPT,
		    "attempt %u has the state \"%s\", which is none",
		    a->number, a->state);
	if (a->execution == NULL && strcmp(a->state, "intended") != 0 &&
	    strcmp(a->state, "dropped") != 0)
		return sl_node_error(node, err, SL_ECORRUPT,
		    "attempt %u is %s but has no execution", a->number,
		    a->state);
	recorded = sl_node_get(node, "recorded");
	a->recorded = recorded != NULL &&
	    sl_str_eqs(sl_node_text(recorded), "true");
	return SL_OK;
}

static int
read_attempts(struct sl_manifest *m, const struct sl_node *root,
    struct sl_error *err)
{
	const struct sl_node *list;
	size_t count;

	if (read_list(root, "attempts", SL_ATTEMPT_MAX, &list, &count,
	    err) < 0)
		return SL_ECORRUPT;
	m->attempts = sl_alloc_array(count + 1, sizeof(*m->attempts));
	m->attempt_count = count;
	for (size_t i = 0; i < count; i++) {
		if (read_attempt(m, sl_node_at(list, i), i, err) < 0)
			return SL_ECORRUPT;
	}
	return SL_OK;
}

static int
check_version(const struct sl_node *root, struct sl_error *err)
{
	const struct sl_node *version;

	version = sl_node_get(root, "sluice-manifest");
	if (version == NULL)
		return sl_node_error(root, err, SL_ECORRUPT,
		    "this is no manifest: it lacks \"sluice-manifest\"");
	if (!sl_str_eqs(sl_node_text(version), "1"))
		return sl_node_error(version, err, SL_EUNSUPPORTED,
		    "the manifest has version %.*s; this sluice reads %d",
		    SL_STR_ARG(sl_node_text(version)), SL_MANIFEST_VERSION);
	return SL_OK;
}

static int
check_names(const struct sl_manifest *m, const struct sl_node *root,
    struct sl_error *err)
{
	struct sl_oid oid;

	if (!sl_build_id_valid(sl_str(m->build_id)) ||
	    sl_oid_parse(sl_str(m->commit), &oid) < 0 ||
	    sl_oid_parse(sl_str(m->tree), &oid) < 0 ||
	    strcmp(m->build_id + 17, m->commit) != 0)
		return sl_node_error(root, err, SL_ECORRUPT,
		    "build id, commit and tree do not belong together");
	return SL_OK;
}

int
sl_manifest_parse(const char *name, struct sl_str json,
    struct sl_manifest **out, struct sl_error *err)
{
	SL_CLEANUP(sl_manifest_freep) struct sl_manifest *m = NULL;
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_doc_limits limits = { .max_bytes = SL_MANIFEST_MAX_BYTES };
	struct sl_error why = SL_ERROR_INIT;
	const struct sl_node *root;
	int rc;

	rc = sl_doc_parse_json(name, json, &limits, &doc, &why);
	if (rc < 0) {
		if (err != NULL)
			*err = why;
		if (err != NULL && rc == SL_EINVAL)
			err->code = SL_ECORRUPT;
		return rc == SL_EINVAL ? SL_ECORRUPT : rc;
	}
	root = sl_doc_root(doc);
	if (sl_node_kind(root) != SL_NODE_MAP)
		return sl_node_error(root, err, SL_ECORRUPT,
		    "this is no manifest");
	rc = check_version(root, err);
	if (rc < 0)
		return rc;
	m = sl_alloc(sizeof(*m));
	if (read_members(root, sl_manifest_members, sl_manifest_member_count, m,
	    err) < 0 ||
	    read_time(root, "created_s", &m->created_s, err) < 0 ||
	    check_names(m, root, err) < 0 || read_files(m, root, err) < 0 ||
	    read_images(m, root, err) < 0 ||
	    read_inputs(&m->inputs, root, err) < 0 ||
	    read_attempts(m, root, err) < 0)
		return SL_ECORRUPT;
	*out = sl_steal(&m);
	return SL_OK;
}
