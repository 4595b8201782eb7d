/* SPDX-License-Identifier: Apache-2.0 */
#include "build/manifest_int.h"
#include "doc/json.h"

static const char *
value_of(const void *base, const struct sl_manifest_member *member)
{
	return *(char *const *)((const char *)base + member->offset);
}

static void
write_members(struct sl_json *w, const struct sl_manifest_member *table,
    size_t count, const void *base)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = value_of(base, &table[i]);

		if (text != NULL || table[i].required)
			sl_json_put(w, table[i].key, text != NULL ? text : "");
	}
}

static void
write_words(struct sl_json *w, const char *key, const struct sl_words *words)
{
	sl_json_key(w, key);
	sl_json_list(w);
	for (size_t i = 0; i < words->count; i++)
		sl_json_cstr(w, words->items[i]);
	sl_json_end(w);
}

/* What is not known is left out. */
static void
put_known(struct sl_json *w, const char *key, const char *value)
{
	if (value != NULL)
		sl_json_put(w, key, value);
}

static void
write_inputs(struct sl_json *w, const struct sl_manifest_inputs *inputs)
{
	sl_json_key(w, "inputs");
	sl_json_list(w);
	for (size_t i = 0; i < inputs->count; i++) {
		const struct sl_manifest_input *input = &inputs->items[i];

		sl_json_object(w);
		sl_json_put(w, "uri", input->uri);
		put_known(w, "parameter", input->parameter);
		put_known(w, "version_id", input->version_id);
		put_known(w, "etag", input->etag);
		sl_json_put_int(w, "size", (int64_t)input->size);
		sl_json_end(w);
	}
	sl_json_end(w);
}

/* What an attempt read, where that is not simply what the build pinned. */
static void
write_attempt_inputs(struct sl_json *w, const struct sl_manifest_attempt *a)
{
	if (a->inputs.count > 0)
		write_inputs(w, &a->inputs);
	sl_json_put_int(w, "inputs_checked_s", a->inputs_checked_s);
	if (a->inputs_changed_count == 0)
		return;
	write_words(w, "inputs_changed", &a->inputs_changed);
	sl_json_put_int(w, "inputs_changed_count",
	    (int64_t)a->inputs_changed_count);
}

static void
write_attempt(struct sl_json *w, const struct sl_manifest_attempt *a)
{
	sl_json_object(w);
	sl_json_put_int(w, "number", a->number);
	write_members(w, sl_manifest_attempt_members,
	    sl_manifest_attempt_member_count, a);
	sl_json_key(w, "parameters");
	sl_json_object(w);
	for (size_t i = 0; i < a->parameters.count; i++)
		sl_json_put(w, a->parameters.items[i].key,
		    a->parameters.items[i].value);
	sl_json_end(w);
	sl_json_put_int(w, "intended_s", a->intended_s);
	sl_json_put_int(w, "started_s", a->started_s);
	sl_json_put_int(w, "ended_s", a->ended_s);
	write_attempt_inputs(w, a);
	write_words(w, "packages", &a->packages);
	sl_json_put_bool(w, "recorded", a->recorded);
	sl_json_end(w);
}

static void
write_files(struct sl_json *w, const struct sl_manifest *m)
{
	sl_json_key(w, "files");
	sl_json_list(w);
	for (size_t i = 0; i < m->file_count; i++) {
		sl_json_object(w);
		sl_json_put(w, "path", m->files[i].path);
		sl_json_put_int(w, "size", (int64_t)m->files[i].size);
		sl_json_put(w, "sha256", m->files[i].sha256);
		sl_json_end(w);
	}
	sl_json_end(w);
}

static void
write_images(struct sl_json *w, const struct sl_manifest *m)
{
	sl_json_key(w, "images");
	sl_json_list(w);
	for (size_t i = 0; i < m->images.count; i++) {
		const struct sl_manifest_image *image = &m->images.items[i];

		sl_json_object(w);
		sl_json_put(w, "image", image->image);
		if (image->digest != NULL)
			sl_json_put(w, "digest", image->digest);
		if (image->parameter != NULL)
			sl_json_put(w, "parameter", image->parameter);
		if (image->reason != NULL)
			sl_json_put(w, "reason", image->reason);
		sl_json_end(w);
	}
	sl_json_end(w);
}

int
sl_manifest_write(const struct sl_manifest *m, struct sl_buf *out,
    struct sl_error *err)
{
	struct sl_json w;

	sl_json_init(&w, out, 1);
	sl_json_object(&w);
	sl_json_put_int(&w, "sluice-manifest", SL_MANIFEST_VERSION);
	write_members(&w, sl_manifest_members, sl_manifest_member_count, m);
	sl_json_put_int(&w, "created_s", m->created_s);
	write_inputs(&w, &m->inputs);
	sl_json_key(&w, "attempts");
	sl_json_list(&w);
	for (size_t i = 0; i < m->attempt_count; i++)
		write_attempt(&w, &m->attempts[i]);
	sl_json_end(&w);
	write_files(&w, m);
	write_images(&w, m);
	sl_json_end(&w);
	sl_buf_addc(out, '\n');
	if (out->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the manifest of build %s is over %zu bytes: let `inputs` "
		    "of .sluice.yaml name fewer objects, or build another "
		    "commit", m->build_id, out->max);
	return SL_OK;
}
