/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two writers in a row: one makes the tar, whose bytes are summed, the other
 * packs them. Everything that a library might take from the host (time, user,
 * locale, names) is set here.
 */
#include "archive/archive_int.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#include "base/mem.h"

/* Fixed: another level would be other bytes. */
#define GZIP_OPTIONS "gzip:compression-level=6,gzip:!timestamp"
#define TAR_BLOCK 10240

struct sl_targz {
	struct archive *tar;
	struct archive *gz;
	struct archive_entry *entry;
	int64_t mtime_s;
	sl_archive_sink_fn *sink;
	void *sink_ctx;
	struct sl_archive_digests digests;
	struct sl_archive_result result;
	struct sl_error inner; /* of the sink, or of the packing writer */
	bool dropped; /* what is still flushed goes nowhere */
};

/* The error of the sink where it has one, else the writer's. */
static int
fail(struct sl_targz *t, struct archive *a, struct sl_error *err)
{
	const char *why;

	if (t->inner.code != 0) {
		if (err != NULL)
			*err = t->inner;
		return t->inner.code;
	}
	why = archive_error_string(a);
	return sl_error_set(err, SL_EIO, "the archive cannot be written: %s",
	    why != NULL ? why : "no reason given");
}

/* Packed bytes go to the caller. */
static la_ssize_t
take_gz(struct archive *a, void *self, const void *data, size_t len)
{
	struct sl_targz *t = self;
	struct sl_str bytes = sl_strn(data, len);

	if (t->dropped)
		return (la_ssize_t)len;
	if (t->digests.gz_update != NULL)
		t->digests.gz_update(t->digests.gz_ctx, bytes);
	t->result.gz_bytes += len;
	if (t->sink(t->sink_ctx, bytes, &t->inner) == 0)
		return (la_ssize_t)len;
	if (t->inner.code == 0)
		sl_error_set(&t->inner, SL_EIO, "the archive was refused");
	archive_set_error(a, EIO, "refused");
	return -1;
}

/* Tar bytes are summed and go to the packing writer. */
static la_ssize_t
take_tar(struct archive *a, void *self, const void *data, size_t len)
{
	struct sl_targz *t = self;

	if (t->dropped)
		return (la_ssize_t)len;
	if (t->digests.tar_update != NULL)
		t->digests.tar_update(t->digests.tar_ctx, sl_strn(data, len));
	t->result.tar_bytes += len;
	if (archive_write_data(t->gz, data, len) == (la_ssize_t)len)
		return (la_ssize_t)len;
	if (t->inner.code == 0)
		fail(t, t->gz, &t->inner);
	archive_set_error(a, EIO, "refused");
	return -1;
}

static int
open_gz(struct sl_targz *t)
{
	struct archive *a = t->gz;

	if (archive_write_set_format_raw(a) != ARCHIVE_OK ||
	    archive_write_add_filter_gzip(a) != ARCHIVE_OK ||
	    archive_write_set_options(a, GZIP_OPTIONS) != ARCHIVE_OK ||
	    archive_write_set_bytes_per_block(a, 64 << 10) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a, 1) != ARCHIVE_OK ||
	    archive_write_open(a, t, NULL, take_gz, NULL) != ARCHIVE_OK)
		return -1;
	archive_entry_clear(t->entry);
	archive_entry_set_filetype(t->entry, AE_IFREG);
	return archive_write_header(a, t->entry) == ARCHIVE_OK ? 0 : -1;
}

/*
 * Names outside ASCII are written as the bytes that they are, and marked so:
 * the library would translate them by the locale otherwise.
 */
static int
open_tar(struct sl_targz *t, bool raw_names)
{
	struct archive *a = t->tar;

	if (archive_write_set_format_pax_restricted(a) != ARCHIVE_OK ||
	    archive_write_add_filter_none(a) != ARCHIVE_OK ||
	    (raw_names && archive_write_set_options(a,
		"pax:hdrcharset=BINARY") != ARCHIVE_OK) ||
	    archive_write_set_bytes_per_block(a, TAR_BLOCK) != ARCHIVE_OK ||
	    archive_write_set_bytes_in_last_block(a, TAR_BLOCK) !=
		ARCHIVE_OK)
		return -1;
	return archive_write_open(a, t, NULL, take_tar, NULL) == ARCHIVE_OK ?
	    0 : -1;
}

int
sl_targz_new(int64_t mtime_s, bool raw_names, sl_archive_sink_fn *sink,
    void *sink_ctx, const struct sl_archive_digests *digests,
    struct sl_targz **out, struct sl_error *err)
{
	SL_CLEANUP(sl_targz_freep) struct sl_targz *t = NULL;

	t = sl_alloc(sizeof(*t));
	t->mtime_s = mtime_s;
	t->sink = sink;
	t->sink_ctx = sink_ctx;
	if (digests != NULL)
		t->digests = *digests;
	t->tar = archive_write_new();
	t->gz = archive_write_new();
	t->entry = archive_entry_new();
	if (t->tar == NULL || t->gz == NULL || t->entry == NULL)
		return sl_error_set(err, SL_EIO, "libarchive does not start");
	if (open_gz(t) < 0)
		return fail(t, t->gz, err);
	if (open_tar(t, raw_names) < 0)
		return fail(t, t->tar, err);
	*out = sl_steal(&t);
	return SL_OK;
}

int
sl_targz_add(struct sl_targz *t, const struct sl_archive_entry *entry,
    struct sl_str data, struct sl_error *err)
{
	struct archive_entry *e = t->entry;
	bool is_link = entry->kind == SL_ARCHIVE_SYMLINK;

	archive_entry_clear(e);
	archive_entry_copy_pathname(e, entry->path.ptr);
	archive_entry_set_mtime(e, t->mtime_s, 0);
	archive_entry_set_uid(e, 0);
	archive_entry_set_gid(e, 0);
	if (is_link) {
		archive_entry_set_filetype(e, AE_IFLNK);
		archive_entry_set_perm(e, 0777);
		archive_entry_copy_symlink(e, entry->target);
		archive_entry_set_size(e, 0);
	} else {
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e,
		    entry->kind == SL_ARCHIVE_EXECUTABLE ? 0755 : 0644);
		archive_entry_set_size(e, (la_int64_t)data.len);
	}
	t->result.entries++;
	/* A warning would be a name that was changed on the way. */
	if (archive_write_header(t->tar, e) != ARCHIVE_OK)
		return fail(t, t->tar, err);
	if (is_link || data.len == 0)
		return SL_OK;
	if (archive_write_data(t->tar, data.ptr, data.len) !=
	    (la_ssize_t)data.len)
		return fail(t, t->tar, err);
	return SL_OK;
}

int
sl_targz_finish(struct sl_targz *t, struct sl_archive_result *result,
    struct sl_error *err)
{
	if (archive_write_close(t->tar) != ARCHIVE_OK)
		return fail(t, t->tar, err);
	if (archive_write_close(t->gz) != ARCHIVE_OK)
		return fail(t, t->gz, err);
	if (result != NULL)
		*result = t->result;
	return SL_OK;
}

void
sl_targz_free(struct sl_targz *t)
{
	if (t == NULL)
		return;
	/* Freeing a writer that was not closed flushes it first. */
	t->dropped = true;
	archive_write_free(t->tar);
	archive_write_free(t->gz);
	archive_entry_free(t->entry);
	free(t);
}
