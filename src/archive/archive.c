/* SPDX-License-Identifier: Apache-2.0 */
#include "archive/archive_int.h"

#include "base/lfs.h"
#include "base/mem.h"

#define DEFAULT_ENTRIES ((size_t)200000)
#define DEFAULT_FILE_BYTES ((uint64_t)1 << 30)
#define DEFAULT_BYTES ((uint64_t)8 << 30)
#define PATH_BYTES_MAX 4096
#define TARGET_BYTES_MAX 4096

struct sl_archive *
sl_archive_new(const struct sl_archive_limits *limits)
{
	struct sl_archive *archive = sl_alloc(sizeof(*archive));

	if (limits != NULL)
		archive->limits = *limits;
	if (archive->limits.max_entries == 0)
		archive->limits.max_entries = DEFAULT_ENTRIES;
	if (archive->limits.max_file_bytes == 0)
		archive->limits.max_file_bytes = DEFAULT_FILE_BYTES;
	if (archive->limits.max_bytes == 0)
		archive->limits.max_bytes = DEFAULT_BYTES;
	return archive;
}

void
sl_archive_free(struct sl_archive *archive)
{
	if (archive == NULL)
		return;
	for (size_t i = 0; i < archive->by_path.count; i++) {
		struct sl_archive_entry *entry =
		    archive->by_path.entries[i].value;

		free(entry->target);
		free(entry);
	}
	sl_map_release(&archive->by_path);
	free(archive);
}

static bool
path_is_sound(struct sl_str path)
{
	size_t start = 0;

	if (path.len == 0 || path.len > PATH_BYTES_MAX ||
	    memchr(path.ptr, '\0', path.len) != NULL)
		return false;
	for (size_t i = 0; i <= path.len; i++) {
		struct sl_str part;

		if (i < path.len && path.ptr[i] != '/')
			continue;
		part = sl_strn(path.ptr + start, i - start);
		if (part.len == 0 || sl_str_eqs(part, ".") ||
		    sl_str_eqs(part, ".."))
			return false;
		start = i + 1;
	}
	return true;
}

int
sl_archive_add(struct sl_archive *archive, struct sl_str path,
    enum sl_archive_kind kind, void *entry_ctx, struct sl_error *err)
{
	struct sl_archive_entry *entry;

	if (!path_is_sound(path))
		return sl_error_set(err, SL_EINVAL,
		    "\"%.*s\" cannot be a path in an archive",
		    SL_STR_ARG(path));
	if (kind == SL_ARCHIVE_SUBMODULE)
		return sl_error_set(err, SL_EREFUSED,
		    "%.*s is a submodule, whose content is not in this "
		    "commit; add the files themselves", SL_STR_ARG(path));
	if (archive->by_path.count == archive->limits.max_entries)
		return sl_error_set(err, SL_ETOOBIG,
		    "the archive has more than %zu files",
		    archive->limits.max_entries);
	if (sl_map_find(&archive->by_path, path) != NULL)
		return sl_error_set(err, SL_EEXIST,
		    "%.*s is in the tree twice", SL_STR_ARG(path));
	entry = sl_alloc(sizeof(*entry));
	entry->kind = kind;
	entry->ctx = entry_ctx;
	sl_map_put(&archive->by_path, path, entry);
	return SL_OK;
}

static int
compare_paths(const void *a, const void *b)
{
	const struct sl_archive_entry *const *x = a, *const *y = b;

	return sl_str_cmp((*x)->path, (*y)->path);
}

/* All entries in path order; free the array. */
static struct sl_archive_entry **
sorted(const struct sl_archive *archive)
{
	size_t n = archive->by_path.count;
	struct sl_archive_entry **list = sl_alloc_array(n + 1, sizeof(*list));

	for (size_t i = 0; i < n; i++) {
		list[i] = archive->by_path.entries[i].value;
		list[i]->path = archive->by_path.entries[i].key;
	}
	if (n > 0)
		qsort(list, n, sizeof(*list), compare_paths);
	return list;
}

/* A path that runs through a file or link cannot be unpacked as it is. */
static int
check_parents(const struct sl_archive *archive, struct sl_str path,
    struct sl_error *err)
{
	for (size_t i = 1; i < path.len; i++)
		if (path.ptr[i] == '/' &&
		    sl_map_find(&archive->by_path, sl_strn(path.ptr, i)))
			return sl_error_set(err, SL_EREFUSED,
			    "%.*s lies below something that is no folder",
			    SL_STR_ARG(path));
	return SL_OK;
}

/* Does any name need more than ASCII? */
static bool
has_raw_names(struct sl_archive_entry *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *const texts[] = { list[i]->path.ptr,
			list[i]->target ? list[i]->target : "" };

		for (size_t t = 0; t < SL_COUNT(texts); t++)
			for (const char *c = texts[t]; *c != '\0'; c++)
				if ((unsigned char)*c >= 0x80)
					return true;
	}
	return false;
}

static int
read_entry(const struct sl_archive_entry *entry, sl_archive_read_fn *read,
    void *read_ctx, struct sl_buf *out, struct sl_error *err)
{
	int rc;

	sl_buf_clear(out);
	rc = read(read_ctx, entry->ctx, out, err);
	return rc < 0 ? sl_error_wrap(err, "%.*s", SL_STR_ARG(entry->path)) :
			SL_OK;
}

static int
read_links(const struct sl_archive *archive,
    struct sl_archive_entry *const *list, sl_archive_read_fn *read,
    void *read_ctx, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf target =
	    SL_BUF_INIT(TARGET_BYTES_MAX);
	size_t n = archive->by_path.count;
	int rc = SL_OK;

	for (size_t i = 0; rc == SL_OK && i < n; i++) {
		rc = check_parents(archive, list[i]->path, err);
		if (rc < 0 || list[i]->kind != SL_ARCHIVE_SYMLINK)
			continue;
		rc = read_entry(list[i], read, read_ctx, &target, err);
		if (rc == SL_OK && memchr(sl_buf_cstr(&target), '\0',
			target.len) != NULL)
			rc = sl_error_set(err, SL_EREFUSED,
			    "%.*s is a symbolic link with a NUL in its target",
			    SL_STR_ARG(list[i]->path));
		free(list[i]->target);
		list[i]->target = sl_strdup(sl_buf_cstr(&target));
	}
	for (size_t i = 0; rc == SL_OK && i < n; i++)
		if (list[i]->kind == SL_ARCHIVE_SYMLINK)
			rc = sl_archive_link_check(archive, list[i], err);
	return rc;
}

static int
write_files(const struct sl_archive *archive,
    struct sl_archive_entry *const *list, sl_archive_read_fn *read,
    void *read_ctx, struct sl_targz *t, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf bytes =
	    SL_BUF_INIT(archive->limits.max_file_bytes);
	uint64_t total = 0;
	int rc = SL_OK;

	for (size_t i = 0; rc == SL_OK && i < archive->by_path.count; i++) {
		const struct sl_archive_entry *entry = list[i];

		sl_buf_clear(&bytes);
		if (entry->kind != SL_ARCHIVE_SYMLINK)
			rc = read_entry(entry, read, read_ctx, &bytes, err);
		if (rc < 0)
			break;
		total += bytes.len;
		if (total > archive->limits.max_bytes)
			return sl_error_set(err, SL_ETOOBIG,
			    "the files are larger than the limit of %llu "
			    "bytes together",
			    (unsigned long long)archive->limits.max_bytes);
		if (sl_lfs_is_pointer(sl_buf_str(&bytes)))
			return sl_error_set(err, SL_EREFUSED,
			    "%.*s is a Git LFS pointer, not the file itself; "
			    "put data into the data bucket",
			    SL_STR_ARG(entry->path));
		rc = sl_targz_add(t, entry, sl_buf_str(&bytes), err);
	}
	return rc;
}

int
sl_archive_write(struct sl_archive *archive, int64_t mtime_s,
    sl_archive_read_fn *read, void *read_ctx, sl_archive_sink_fn *sink,
    void *sink_ctx, const struct sl_archive_digests *digests,
    struct sl_archive_result *result, struct sl_error *err)
{
	SL_CLEANUP(sl_targz_freep) struct sl_targz *t = NULL;
	SL_CLEANUP(sl_freep) struct sl_archive_entry **list = NULL;
	int rc;

	list = sorted(archive);
	rc = read_links(archive, list, read, read_ctx, err);
	if (rc == SL_OK)
		rc = sl_targz_new(mtime_s,
		    has_raw_names(list, archive->by_path.count), sink,
		    sink_ctx, digests, &t, err);
	if (rc == SL_OK)
		rc = write_files(archive, list, read, read_ctx, t, err);
	if (rc == SL_OK)
		rc = sl_targz_finish(t, result, err);
	return rc;
}
