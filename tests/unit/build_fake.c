/* SPDX-License-Identifier: Apache-2.0 */
/* The environments and their objects. */
#include "build_fake_int.h"

#include <stdio.h>

bool
fake_strikes(struct fake *f)
{
	return ++f->calls == f->fail_at;
}

int
fake_lost(struct fake *f, struct sl_error *err)
{
	return sl_error_set(err, f->fail_code != 0 ? f->fail_code : SL_ENET,
	    "no answer");
}

int
fake_missing(struct sl_error *err, const char *what, const char *name)
{
	return sl_error_set(err, SL_ENOTFOUND, "%s %s is not there", what,
	    name);
}

/* --- objects --- */

static struct fake_object *
object_of(const struct fake_environment *e, const char *bucket,
    struct sl_str key)
{
	SL_CLEANUP(sl_freep) char *name = sl_asprintf("%s/%.*s", bucket,
	    SL_STR_ARG(key));

	for (size_t i = 0; i < e->object_count; i++) {
		if (!strcmp(e->objects[i].key, name))
			return (struct fake_object *)&e->objects[i];
	}
	return NULL;
}

static void
store(struct fake_environment *e, const char *bucket, struct sl_str key,
    struct sl_str body)
{
	struct fake_object *o = object_of(e, bucket, key);

	if (o == NULL) {
		if (e->object_count == FAKE_MAX)
			abort();
		o = &e->objects[e->object_count++];
		o->key = sl_asprintf("%s/%.*s", bucket, SL_STR_ARG(key));
	}
	free(o->bytes);
	o->bytes = sl_strndup(body.len > 0 ? body.ptr : "", body.len);
	o->len = body.len;
	o->version++;
}

static char *
etag_of(const struct fake_object *o)
{
	return sl_asprintf("\"%u-%zu\"", o->version, o->len);
}

static void
fill_object(const struct fake_environment *e, const struct fake_object *o,
    struct sl_s3_object *out)
{
	if (out == NULL)
		return;
	*out = (struct sl_s3_object)SL_S3_OBJECT_INIT;
	out->size = o->len;
	out->etag = etag_of(o);
	if (e->fake->versions)
		out->version_id = sl_asprintf("v%u", o->version);
}

static int
fake_put_op(void *self, const struct sl_s3_bucket *bucket,
    const struct sl_s3_put *put, struct sl_s3_object *out,
    struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;
	struct sl_s3_object now = SL_S3_OBJECT_INIT;
	bool same;

	BEFORE(e);
	o = object_of(e, bucket->name, put->key);
	if (put->if_absent && o != NULL)
		return sl_error_set(err, SL_EEXIST, "it exists");
	if (put->if_match != NULL) {
		if (o == NULL)
			return sl_error_set(err, SL_ECONFLICT, "it is gone");
		fill_object(e, o, &now);
		same = !strcmp(now.etag, put->if_match);
		sl_s3_object_release(&now);
		if (!same)
			return sl_error_set(err, SL_ECONFLICT, "it changed");
	}
	store(e, bucket->name, put->key, put->body);
	if (strike_)
		return fake_lost(e->fake, err);
	fill_object(e, object_of(e, bucket->name, put->key), out);
	return SL_OK;
}

static int
put_immutable_op(void *self, const struct sl_s3_bucket *bucket,
    const struct sl_s3_put *put, bool *existed, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;

	BEFORE(e);
	o = object_of(e, bucket->name, put->key);
	*existed = o != NULL;
	if (o != NULL && (o->len != put->body.len ||
	    memcmp(o->bytes, put->body.ptr, o->len) != 0))
		return sl_error_set(err, SL_ETAMPERED,
		    "%.*s holds other bytes", SL_STR_ARG(put->key));
	if (o == NULL)
		store(e, bucket->name, put->key, put->body);
	AFTER(e);
}

static int
head_op(void *self, const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_s3_object *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;

	BEFORE(e);
	o = object_of(e, bucket->name, key);
	if (o == NULL)
		return fake_missing(err, "object", "named so");
	if (strike_)
		return fake_lost(e->fake, err);
	if (e->fake->denied != NULL && !strcmp(o->key, e->fake->denied))
		return sl_error_set(err, SL_EDENIED, "%s: denied", o->key);
	fill_object(e, o, out);
	return SL_OK;
}

static int
get_op(void *self, const struct sl_s3_bucket *bucket, struct sl_str key,
    struct sl_buf *body, struct sl_s3_object *out, struct sl_error *err)
{
	struct fake_environment *e = self;
	struct fake_object *o;

	BEFORE(e);
	o = object_of(e, bucket->name, key);
	if (o == NULL)
		return fake_missing(err, "object", "named so");
	if (strike_)
		return fake_lost(e->fake, err);
	if (sl_buf_add(body, o->bytes, o->len) < 0)
		return sl_error_set(err, SL_ETOOBIG, "too big");
	fill_object(e, o, out);
	return SL_OK;
}

static int
list_op(void *self, const struct sl_s3_bucket *bucket, struct sl_str prefix,
    sl_remote_key_fn *each, void *ctx, struct sl_error *err)
{
	struct fake_environment *e = self;
	SL_CLEANUP(sl_freep) char *full = sl_asprintf("%s/%.*s", bucket->name,
	    SL_STR_ARG(prefix));
	size_t skip = strlen(bucket->name) + 1;

	BEFORE(e);
	for (size_t i = 0; i < e->object_count; i++) {
		struct sl_s3_entry entry = { .size = e->objects[i].len };
		SL_CLEANUP(sl_freep) char *etag = NULL;
		int rc;

		if (strncmp(e->objects[i].key, full, strlen(full)) != 0)
			continue;
		etag = etag_of(&e->objects[i]);
		entry.etag = sl_str(etag);
		entry.key = sl_str(e->objects[i].key + skip);
		rc = each(ctx, &entry, err);
		if (rc != 0)
			return rc < 0 ? rc : SL_OK;
	}
	AFTER(e);
}

/* --- the whole --- */

struct fake_environment *
fake_environment(struct fake *f, const char *name)
{
	struct fake_environment *e;

	for (size_t i = 0; i < f->environment_count; i++) {
		if (!strcmp(f->environments[i].name, name))
			return &f->environments[i];
	}
	if (f->environment_count == SL_COUNT(f->environments))
		abort();
	e = &f->environments[f->environment_count++];
	e->fake = f;
	e->name = sl_strdup(name);
	return e;
}

static int
open_remote(void *self, const struct sl_environment *environment,
    const struct sl_remote **out, struct sl_error *err)
{
	struct fake_environment *e = fake_environment(self, environment->name);

	(void)err;
	e->remote = (struct sl_remote){ .self = e, .ops = &e->fake->ops,
		.bucket = { environment->bucket, environment->account, NULL } };
	*out = &e->remote;
	return SL_OK;
}

static int64_t
now_s(void *self)
{
	return ((struct fake *)self)->now_s;
}

static int64_t
monotonic_ms(void *self)
{
	return ((struct fake *)self)->now_s * 1000;
}

void
fake_init(struct fake *f)
{
	memset(f, 0, sizeof(*f));
	f->ops = (struct sl_remote_ops){ .put = fake_put_op,
		.put_immutable = put_immutable_op, .head = head_op,
		.get = get_op, .list = list_op };
	fake_fill_sagemaker(&f->ops);
	f->lists_steps = true;
	f->has_stop = true;
	f->now_s = 1795343600;
	f->new_status = SL_SAGEMAKER_EXECUTING;
	f->table = (struct sl_remotes){ .self = f, .open = open_remote };
	f->clock = (struct sl_clock){ .self = f, .now_s = now_s,
		.monotonic_ms = monotonic_ms };
}

static void
release_environment(struct fake_environment *e)
{
	for (size_t i = 0; i < e->object_count; i++) {
		free(e->objects[i].key);
		free(e->objects[i].bytes);
	}
	fake_release_sagemaker(e);
	free(e->name);
}

void
fake_release(struct fake *f)
{
	for (size_t i = 0; i < f->environment_count; i++)
		release_environment(&f->environments[i]);
	memset(f, 0, sizeof(*f));
}

void
fake_put(struct fake_environment *e, const char *bucket, const char *key,
    const char *bytes)
{
	store(e, bucket, sl_str(key), sl_str(bytes));
}

void
fake_remove(struct fake_environment *e, const char *bucket, const char *key)
{
	struct fake_object *o = object_of(e, bucket, sl_str(key));

	free(o->key);
	o->key = sl_strdup("nowhere/");
}

const struct fake_object *
fake_get(const struct fake_environment *e, const char *bucket,
    const char *key)
{
	return object_of(e, bucket, sl_str(key));
}
