/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data that a run reads. A pipeline gets the address of its data and
 * reads what is there when it runs; so what S3 says about the data is written
 * down before a start, and compared after the end. What is not the same then,
 * or cannot be looked at any more, has changed.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "build/build_int.h"

/* Objects of one input that is a folder. */
#define FOLDER_MAX 10000
/* Changed inputs that a manifest names, and that a message does. */
#define NAMES_MAX 50
#define SHOWN_MAX 3

/* --- looking --- */

struct look {
	struct sl_builder *b;
	struct sl_manifest_inputs *out;
	size_t room;
	/* The input that is looked at. */
	const struct sl_plan_input_data *data;
	const char *bucket;
	size_t found;
};

static struct sl_manifest_input *
add(struct look *l, char *uri)
{
	struct sl_manifest_input *input;

	SL_GROW(l->out->items, l->out->count, l->room);
	input = &l->out->items[l->out->count++];
	*input = (struct sl_manifest_input){ .uri = uri,
		.parameter = sl_strdup(l->data->parameter) };
	return input;
}

static int
pin_entry(void *ctx, const struct sl_s3_entry *entry, struct sl_error *err)
{
	struct look *l = ctx;
	struct sl_manifest_input *input;

	if (l->found++ == FOLDER_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "input %s holds over %d objects", l->data->uri,
		    FOLDER_MAX);
	input = add(l, sl_asprintf("s3://%s/%.*s", l->bucket,
	    SL_STR_ARG(entry->key)));
	input->etag = sl_strndup(entry->etag.ptr, entry->etag.len);
	input->size = entry->size;
	return 0;
}

/* An input that is a folder: every object below it. */
static int
pin_folder(struct look *l, const struct sl_s3_bucket *bucket, const char *key,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *prefix = NULL;
	const struct sl_remote *remote = l->b->remote;
	size_t n = strlen(key);
	int rc;

	prefix = sl_asprintf("%s%s", key, key[n - 1] == '/' ? "" : "/");
	rc = remote->ops->list(remote->self, bucket, sl_str(prefix), pin_entry,
	    l, err);
	if (rc < 0)
		return sl_error_wrap(err, "input");
	if (l->found == 0)
		return sl_error_set(err, SL_ENOTFOUND,
		    "input %s is not there: put the data there, or correct "
		    "`inputs:` of " SL_PROJECT_FILE, l->data->uri);
	return SL_OK;
}

/* The version "null" is whatever was written while a bucket kept none: it
 * names no version. */
static char *
version_of(struct sl_s3_object *object)
{
	if (object->version_id != NULL && !strcmp(object->version_id, "null"))
		return NULL;
	return sl_steal(&object->version_id);
}

static int
pin_object(struct look *l, const struct sl_s3_bucket *bucket, const char *key,
    struct sl_error *err)
{
	const struct sl_remote *remote = l->b->remote;
	struct sl_s3_object object = SL_S3_OBJECT_INIT;
	struct sl_manifest_input *input;
	int rc;

	rc = remote->ops->head(remote->self, bucket, sl_str(key), &object,
	    err);
	if (rc < 0)
		return rc == SL_ENOTFOUND ? rc : sl_error_wrap(err, "input");
	input = add(l, sl_strdup(l->data->uri));
	input->version_id = version_of(&object);
	input->etag = sl_steal(&object.etag);
	input->size = object.size;
	sl_s3_object_release(&object);
	return SL_OK;
}

/* Another pipeline's data is none of ours. */
static int
pin(struct look *l, const struct sl_plan_input_data *data,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *name = NULL;
	SL_CLEANUP(sl_freep) char *key = NULL;
	struct sl_s3_bucket bucket = { NULL, NULL, NULL };
	struct sl_error none = SL_ERROR_INIT;
	int rc;

	if (!sl_plan_input_is_used(data, l->b->pipeline))
		return SL_OK;
	rc = sl_build_split_uri(data->uri, &name, &key, err);
	if (rc < 0)
		return rc;
	bucket.name = name;
	if (!strcmp(name, l->b->remote->bucket.name))
		bucket = l->b->remote->bucket;
	l->data = data;
	l->bucket = name;
	l->found = 0;
	/* "folder/" may be an object too, which is not what is meant. */
	if (key[strlen(key) - 1] == '/')
		return pin_folder(l, &bucket, key, err);
	rc = pin_object(l, &bucket, key, &none);
	if (rc == SL_ENOTFOUND)
		return pin_folder(l, &bucket, key, err);
	if (rc < 0 && err != NULL)
		*err = none;
	return rc;
}

void
sl_inputs_say_unused(struct sl_builder *b)
{
	for (size_t i = 0; i < b->plan->input_count; i++) {
		const struct sl_plan_input_data *data = &b->plan->inputs[i];

		if (!sl_plan_input_is_used(data, b->pipeline))
			sl_builder_say(b, "inputs", NULL, "note",
			    "%s is not data of pipeline \"%s\": its "
			    "definition declares no parameter \"%s\"",
			    data->uri, b->plan->pipeline, data->parameter);
	}
}

int
sl_inputs_pin(struct sl_builder *b, struct sl_manifest_inputs *out,
    struct sl_error *err)
{
	struct sl_manifest_inputs pins = SL_MANIFEST_INPUTS_INIT;
	struct look l = { .b = b, .out = &pins };
	int rc = SL_OK;

	for (size_t i = 0; rc == 0 && i < b->plan->input_count; i++)
		rc = pin(&l, &b->plan->inputs[i], err);
	if (rc < 0) {
		sl_manifest_inputs_release(&pins);
		return rc;
	}
	*out = pins;
	return SL_OK;
}

/* As sl_inputs_pin, but what is gone or refused is only missing from out:
 * all that was pinned of it has changed then. */
static int
look_after(struct sl_builder *b, struct sl_manifest_inputs *out,
    struct sl_error *err)
{
	struct look l = { .b = b, .out = out };

	for (size_t i = 0; i < b->plan->input_count; i++) {
		struct sl_error why = SL_ERROR_INIT;
		size_t before = out->count;
		int rc = pin(&l, &b->plan->inputs[i], &why);

		if (rc == 0)
			continue;
		if (rc != SL_EDENIED && sl_build_may_pass(rc)) {
			*err = why;
			return rc;
		}
		sl_manifest_inputs_cut(out, before);
		sl_builder_say(b, "inputs", NULL, "note", "%s", why.text);
	}
	return SL_OK;
}

/* --- comparing --- */

static int
compare_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

/* The address first: what is pinned of one address stands together. */
static int
compare(const struct sl_manifest_input *a, const struct sl_manifest_input *b)
{
	int c;

	if ((c = strcmp(a->uri, b->uri)) != 0 ||
	    (c = compare_text(a->parameter, b->parameter)) != 0 ||
	    (c = compare_text(a->version_id, b->version_id)) != 0 ||
	    (c = compare_text(a->etag, b->etag)) != 0)
		return c;
	return a->size < b->size ? -1 : a->size > b->size;
}

static int
by_pin(const void *a, const void *b)
{
	return compare(*(const struct sl_manifest_input *const *)a,
	    *(const struct sl_manifest_input *const *)b);
}

static const struct sl_manifest_input **
sorted(const struct sl_manifest_inputs *inputs)
{
	const struct sl_manifest_input **rows;

	rows = sl_alloc_array(inputs->count + 1, sizeof(*rows));
	for (size_t i = 0; i < inputs->count; i++)
		rows[i] = &inputs->items[i];
	qsort(rows, inputs->count, sizeof(*rows), by_pin);
	return rows;
}

struct changes {
	struct sl_words uris; /* the first of them */
	size_t room;
	uint64_t count;
	const char *last;
};

static void
note_change(struct changes *c, const char *uri)
{
	/* An object that changed is on both sides, one after the other. */
	if (c->last != NULL && !strcmp(c->last, uri))
		return;
	c->last = uri;
	if (c->count++ >= NAMES_MAX)
		return;
	SL_GROW(c->uris.items, c->uris.count, c->room);
	c->uris.items[c->uris.count++] = sl_strdup(uri);
}

static void
find_changes(const struct sl_manifest_inputs *before,
    const struct sl_manifest_inputs *after, struct changes *out)
{
	const struct sl_manifest_input **a = sorted(before);
	const struct sl_manifest_input **b = sorted(after);
	size_t i = 0;
	size_t k = 0;

	while (i < before->count || k < after->count) {
		int c = i == before->count ? 1 : k == after->count ? -1
		    : compare(a[i], b[k]);

		if (c != 0)
			note_change(out, c < 0 ? a[i]->uri : b[k]->uri);
		i += c <= 0;
		k += c >= 0;
	}
	free(a);
	free(b);
}

bool
sl_inputs_same(const struct sl_manifest_inputs *a,
    const struct sl_manifest_inputs *b)
{
	struct changes c = { .count = 0 };

	find_changes(a, b, &c);
	sl_words_release(&c.uris);
	return c.count == 0;
}

void
sl_inputs_name_changes(const struct sl_manifest_attempt *a,
    struct sl_buf *out)
{
	const struct sl_words *uris = &a->inputs_changed;
	size_t shown = uris->count < SHOWN_MAX ? uris->count : SHOWN_MAX;

	for (size_t i = 0; i < shown; i++)
		sl_buf_addf(out, "%s%s", i > 0 ? ", " : "", uris->items[i]);
	if (a->inputs_changed_count > shown)
		sl_buf_addf(out, " and %llu more",
		    (unsigned long long)(a->inputs_changed_count - shown));
}

void
sl_inputs_describe(const struct sl_manifest_attempt *a, struct sl_buf *out)
{
	sl_buf_addf(out, "inputs of attempt %u changed since its start, so "
	    "that no model of it can be promoted: ", a->number);
	sl_inputs_name_changes(a, out);
}

/* --- the step --- */

static void
say_changes(struct sl_builder *b, const struct sl_manifest_attempt *a)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(8192);

	if (a->inputs_changed_count == 0)
		return;
	sl_inputs_describe(a, &text);
	sl_builder_say(b, "inputs", NULL, "note", "%s", sl_buf_cstr(&text));
}

int
sl_step_inputs(struct sl_builder *b, struct sl_error *err)
{
	struct sl_manifest_attempt *last = sl_manifest_last(b->manifest);
	const struct sl_manifest_inputs *before;
	struct sl_manifest_inputs now = SL_MANIFEST_INPUTS_INIT;
	struct changes c = { .count = 0 };
	int rc;

	if (last->inputs_checked_s != 0)
		return SL_OK;
	before = sl_manifest_inputs_of(b->manifest, last);
	rc = look_after(b, &now, err);
	if (rc == 0) {
		find_changes(before, &now, &c);
		sl_words_release(&last->inputs_changed);
		last->inputs_changed = c.uris;
		last->inputs_changed_count = c.count;
		last->inputs_checked_s = sl_clock_now_s(b->ctx.clock);
	}
	sl_manifest_inputs_release(&now);
	if (rc < 0)
		return rc;
	say_changes(b, last);
	/* Before a package is told of it: a later look may see other things. */
	return b->plan->input_count > 0 || c.count > 0 ?
	    sl_builder_save(b, err) : SL_OK;
}
