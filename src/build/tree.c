/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/mem.h"
#include "build/build_int.h"

/* Files of one commit. */
#define FILES_MAX 200000

void
sl_build_files_release(struct sl_build_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].path);
	free(files->items);
	*files = (struct sl_build_files){ NULL, 0, 0 };
}

static int
add_file(void *ctx, const struct sl_tree_entry *entry, struct sl_error *err)
{
	struct sl_build_files *files = ctx;

	if (entry->mode == SL_MODE_TREE)
		return 0;
	if (files->count == FILES_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "the commit has over %d files", FILES_MAX);
	if (memchr(entry->path.ptr, '\0', entry->path.len) != NULL)
		return sl_error_set(err, SL_ECORRUPT,
		    "a path of the commit holds a NUL byte");
	SL_GROW(files->items, files->count, files->room);
	files->items[files->count++] = (struct sl_build_file){
		.path = sl_strndup(entry->path.ptr, entry->path.len),
		.mode = entry->mode, .oid = entry->oid };
	return 0;
}

int
sl_build_files_list(const struct sl_object_source *source,
    const struct sl_oid *tree, struct sl_build_files *out,
    struct sl_error *err)
{
	return source->tree_entries(source->self, tree, add_file, out, err);
}

bool
sl_build_path_used(const struct sl_words *paths, const char *path)
{
	for (size_t i = 0; i < paths->count; i++) {
		size_t n = strlen(paths->items[i]);

		while (n > 0 && paths->items[i][n - 1] == '/')
			n--;
		if (!strncmp(path, paths->items[i], n) &&
		    (path[n] == '\0' || path[n] == '/'))
			return true;
	}
	return paths->count == 0;
}

/* Looks for the paths that a pipeline uses, in one walk. */
struct lookup {
	struct sl_input_object *objects;
	size_t count;
};

static int
look(void *ctx, const struct sl_tree_entry *entry, struct sl_error *err)
{
	struct lookup *l = ctx;

	(void)err;
	for (size_t i = 0; i < l->count; i++) {
		if (sl_str_eqs(entry->path, l->objects[i].path))
			l->objects[i].oid = entry->oid;
	}
	return 0;
}

static int
by_path(const void *a, const void *b)
{
	const struct sl_input_object *x = a;
	const struct sl_input_object *y = b;

	return strcmp(x->path, y->path);
}

/* The words as objects: slashes at the end cut off, sorted, each once. */
static size_t
make_objects(const struct sl_words *paths, char **owned,
    struct sl_input_object *objects)
{
	size_t n = 0;

	for (size_t i = 0; i < paths->count; i++) {
		size_t len = strlen(paths->items[i]);

		while (len > 0 && paths->items[i][len - 1] == '/')
			len--;
		owned[i] = sl_strndup(paths->items[i], len);
		objects[i].path = owned[i];
	}
	qsort(objects, paths->count, sizeof(*objects), by_path);
	for (size_t i = 0; i < paths->count; i++) {
		if (n == 0 || strcmp(objects[n - 1].path, objects[i].path))
			objects[n++] = objects[i];
	}
	return n;
}

int
sl_build_inputs(const struct sl_object_source *source,
    const struct sl_oid *tree, const struct sl_words *paths,
    const char *definition_digest, char out[SL_PIPELINE_DIGEST_SIZE],
    struct sl_error *err)
{
	struct sl_input_object *objects;
	struct lookup l;
	char **owned;
	int rc = SL_OK;

	objects = sl_alloc_array(paths->count + 1, sizeof(*objects));
	owned = sl_alloc_array(paths->count + 1, sizeof(*owned));
	l = (struct lookup){ objects, make_objects(paths, owned, objects) };
	if (paths->count == 0) {
		objects[0] = (struct sl_input_object){ "", *tree };
		l.count = 1;
	} else {
		rc = source->tree_entries(source->self, tree, look, &l, err);
	}
	if (rc == 0)
		rc = sl_inputs_digest(objects, l.count, definition_digest, out,
		    err);
	for (size_t i = 0; i < paths->count; i++)
		free(owned[i]);
	free(owned);
	free(objects);
	return rc;
}

int
sl_build_command_inputs(const struct sl_oid *tree,
    const struct sl_words *command, char out[SL_PIPELINE_DIGEST_SIZE],
    struct sl_error *err)
{
	const struct sl_input_object whole = { "", *tree };
	char digest[SL_PIPELINE_DIGEST_SIZE];

	sl_command_digest(command, digest);
	return sl_inputs_digest(&whole, 1, digest, out, err);
}

struct find {
	const char *path;
	struct sl_oid oid;
	uint32_t mode;
};

static int
find_path(void *ctx, const struct sl_tree_entry *entry, struct sl_error *err)
{
	struct find *f = ctx;

	(void)err;
	if (!sl_str_eqs(entry->path, f->path))
		return 0;
	f->oid = entry->oid;
	f->mode = entry->mode;
	return 1;
}

int
sl_build_read_path(const struct sl_object_source *source,
    const struct sl_oid *tree, const char *path, struct sl_buf *out,
    struct sl_error *err)
{
	struct find f = { .path = path };
	int rc;

	rc = source->tree_entries(source->self, tree, find_path, &f, err);
	if (rc < 0)
		return rc;
	if (f.mode != SL_MODE_FILE && f.mode != SL_MODE_EXECUTABLE)
		return sl_error_set(err, SL_ENOTFOUND,
		    "the commit has no file \"%s\"", path);
	rc = source->blob_read(source->self, &f.oid, out, err);
	return rc < 0 ? sl_error_wrap(err, "%s", path) : SL_OK;
}

int
sl_build_split_uri(const char *uri, char **bucket, char **key,
    struct sl_error *err)
{
	const char *slash;

	if (strncmp(uri, "s3://", 5) != 0 ||
	    (slash = strchr(uri + 5, '/')) == NULL || slash == uri + 5 ||
	    slash[1] == '\0')
		return sl_error_set(err, SL_EINVAL,
		    "\"%s\" is not an address of the form s3://bucket/key",
		    uri);
	*bucket = sl_strndup(uri + 5, (size_t)(slash - uri - 5));
	*key = sl_strdup(slash + 1);
	return SL_OK;
}
