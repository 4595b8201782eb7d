/* SPDX-License-Identifier: Apache-2.0 */
/* A commit's tree in memory. */
#include "build_fake.h"

#include <string.h>

static int
commit_changes(void *self, const struct sl_commit *commit,
    sl_path_change_fn *fn, void *ctx, struct sl_error *err)
{
	(void)self;
	(void)commit;
	(void)fn;
	(void)ctx;
	return sl_error_set(err, SL_EUNSUPPORTED, "not in this fake");
}

/* A folder's id is a sum over what lies below it, as Git's would be. */
static struct sl_oid
folder_oid(const struct fake_file *files, const char *folder, size_t len)
{
	struct sl_oid oid = { { 0xF0 } };

	for (size_t i = 0; files[i].path != NULL; i++) {
		if (strncmp(files[i].path, folder, len) != 0 ||
		    files[i].path[len] != '/')
			continue;
		for (const char *c = files[i].path; *c; c++)
			oid.id[1] = (uint8_t)(oid.id[1] * 31 + *c);
		for (const char *c = files[i].text; *c; c++)
			oid.id[2] = (uint8_t)(oid.id[2] * 31 + *c);
	}
	return oid;
}

static int
tree_entries(void *self, const struct sl_oid *tree, sl_tree_entry_fn *fn,
    void *ctx, struct sl_error *err)
{
	const struct fake_file *files = self;
	const char *folder = "";
	size_t folder_len = 0;

	(void)tree;
	for (size_t i = 0; files[i].path != NULL; i++) {
		const char *slash = strchr(files[i].path, '/');
		struct sl_tree_entry entry = { .path = sl_str(files[i].path),
			.mode = files[i].mode };
		size_t len = slash ? (size_t)(slash - files[i].path) : 0;
		int rc;

		if (len > 0 && (len != folder_len ||
		    strncmp(folder, files[i].path, len) != 0)) {
			struct sl_tree_entry dir = { .mode = SL_MODE_TREE,
				.path = sl_strn(files[i].path, len),
				.oid = folder_oid(files, files[i].path, len) };

			rc = fn(ctx, &dir, err);
			if (rc != 0)
				return rc;
			folder = files[i].path;
			folder_len = len;
		}
		entry.oid.id[0] = (uint8_t)(i + 1);
		rc = fn(ctx, &entry, err);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
blob_size(void *self, const struct sl_oid *blob, uint64_t *size,
    struct sl_error *err)
{
	const struct fake_file *files = self;

	(void)err;
	*size = strlen(files[blob->id[0] - 1].text);
	return SL_OK;
}

static int
blob_read(void *self, const struct sl_oid *blob, struct sl_buf *out,
    struct sl_error *err)
{
	const struct fake_file *files = self;

	if (sl_buf_adds(out, files[blob->id[0] - 1].text) < 0)
		return sl_error_set(err, SL_ETOOBIG, "too big");
	return SL_OK;
}

struct sl_object_source
fake_source(const struct fake_file *files)
{
	return (struct sl_object_source){ .self = (void *)files,
		.commit_changes = commit_changes, .tree_entries = tree_entries,
		.blob_size = blob_size, .blob_read = blob_read };
}
