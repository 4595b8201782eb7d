/* SPDX-License-Identifier: Apache-2.0 */
#include "build/manifest_int.h"

#include "base/mem.h"

#define MEMBER(name, required)                                                 \
	{ #name, offsetof(struct sl_manifest, name), required }

const struct sl_manifest_member sl_manifest_members[] = {
	MEMBER(kind, true),
	MEMBER(build_id, true),
	MEMBER(repository, true),
	MEMBER(project, true),
	MEMBER(use_case, true),
	MEMBER(branch_id, true),
	MEMBER(name, true),
	MEMBER(environment, true),
	MEMBER(ref, true),
	MEMBER(commit, true),
	MEMBER(tree, true),
	MEMBER(author, false),
	MEMBER(pusher, false),
	MEMBER(verdict_id, false),
	MEMBER(policy_digest, false),
	MEMBER(definition, false),
	MEMBER(definition_digest, false),
	MEMBER(inputs_digest, false),
	MEMBER(ledger_head, false),
	MEMBER(archive_sha256, false),
	MEMBER(archive_tar_sha256, false),
	MEMBER(source_environment, false),
	MEMBER(source_package, false),
	MEMBER(source_build, false),
	MEMBER(target_package, false),
	MEMBER(approved_by, false),
};

const size_t sl_manifest_member_count = SL_COUNT(sl_manifest_members);

#define ATTEMPT_MEMBER(name, required)                                         \
	{ #name, offsetof(struct sl_manifest_attempt, name), required }

const struct sl_manifest_member sl_manifest_attempt_members[] = {
	ATTEMPT_MEMBER(token, true),
	ATTEMPT_MEMBER(display_name, true),
	ATTEMPT_MEMBER(definition_digest, true),
	ATTEMPT_MEMBER(state, true),
	ATTEMPT_MEMBER(execution, false),
	ATTEMPT_MEMBER(failure, false),
};

const size_t sl_manifest_attempt_member_count =
    SL_COUNT(sl_manifest_attempt_members);

void
sl_manifest_inputs_cut(struct sl_manifest_inputs *inputs, size_t count)
{
	while (inputs->count > count) {
		struct sl_manifest_input *last;

		last = &inputs->items[--inputs->count];
		free(last->uri);
		free(last->parameter);
		free(last->version_id);
		free(last->etag);
	}
}

void
sl_manifest_inputs_release(struct sl_manifest_inputs *inputs)
{
	sl_manifest_inputs_cut(inputs, 0);
	free(inputs->items);
	*inputs = (struct sl_manifest_inputs)SL_MANIFEST_INPUTS_INIT;
}

void
sl_manifest_images_release(struct sl_manifest_images *images)
{
	for (size_t i = 0; i < images->count; i++) {
		free(images->items[i].image);
		free(images->items[i].digest);
		free(images->items[i].parameter);
		free(images->items[i].reason);
	}
	free(images->items);
	*images = (struct sl_manifest_images){ NULL, 0 };
}

struct sl_manifest_image *
sl_manifest_add_image(struct sl_manifest_images *images, struct sl_str image,
    struct sl_str parameter)
{
	struct sl_manifest_image *added;

	images->items = sl_realloc_array(images->items, images->count + 1,
	    sizeof(*images->items));
	added = &images->items[images->count++];
	*added = (struct sl_manifest_image){
		.image = sl_strndup(image.ptr, image.len) };
	if (parameter.len > 0)
		added->parameter = sl_strndup(parameter.ptr, parameter.len);
	return added;
}

struct sl_manifest_image *
sl_manifest_find_image(const struct sl_manifest_images *images,
    struct sl_str image, struct sl_str parameter)
{
	for (size_t i = 0; i < images->count; i++) {
		struct sl_manifest_image *known = &images->items[i];

		if (sl_str_eqs(image, known->image) &&
		    sl_str_eqs(parameter, known->parameter))
			return known;
	}
	return NULL;
}

static void
release_attempt(struct sl_manifest_attempt *a)
{
	for (size_t i = 0; i < SL_COUNT(sl_manifest_attempt_members); i++)
		free(*sl_manifest_slot(a, &sl_manifest_attempt_members[i]));
	sl_pairs_release(&a->parameters);
	sl_manifest_inputs_release(&a->inputs);
	sl_words_release(&a->inputs_changed);
	sl_words_release(&a->packages);
}

void
sl_manifest_free(struct sl_manifest *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < SL_COUNT(sl_manifest_members); i++)
		free(*sl_manifest_slot(m, &sl_manifest_members[i]));
	for (size_t i = 0; i < m->file_count; i++) {
		free(m->files[i].path);
		free(m->files[i].sha256);
	}
	for (size_t i = 0; i < m->attempt_count; i++)
		release_attempt(&m->attempts[i]);
	sl_manifest_inputs_release(&m->inputs);
	sl_manifest_images_release(&m->images);
	free(m->files);
	free(m->attempts);
	free(m);
}

struct sl_manifest_attempt *
sl_manifest_last(const struct sl_manifest *m)
{
	if (m->attempt_count == 0)
		return NULL;
	return &m->attempts[m->attempt_count - 1];
}

const struct sl_manifest_inputs *
sl_manifest_inputs_of(const struct sl_manifest *m,
    const struct sl_manifest_attempt *a)
{
	return a->inputs.count > 0 ? &a->inputs : &m->inputs;
}

const struct sl_manifest_attempt *
sl_manifest_find_package(const struct sl_manifest *m, const char *arn)
{
	for (size_t i = 0; i < m->attempt_count; i++) {
		if (sl_words_has(&m->attempts[i].packages, sl_str(arn)))
			return &m->attempts[i];
	}
	return NULL;
}

struct sl_manifest_attempt *
sl_manifest_add_attempt(struct sl_manifest *m)
{
	struct sl_manifest_attempt *a;

	m->attempts = sl_realloc_array(m->attempts, m->attempt_count + 1,
	    sizeof(*m->attempts));
	a = &m->attempts[m->attempt_count++];
	memset(a, 0, sizeof(*a));
	a->number = (unsigned)m->attempt_count;
	return a;
}
