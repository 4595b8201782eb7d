/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive: byte-reproducible source archives (.tar.gz).
 *
 * The same entries and time give the same bytes, whatever the host, user,
 * order of adding or umask: entries are sorted by path, owner and group are 0
 * without names, files are 0644 or 0755, every time is the given one, long
 * names use pax records without times, gzip carries neither name nor time and
 * has a fixed level. What is promised across versions is the SHA-256 of the
 * *tar* before compression; that of the .tar.gz holds for one version of the
 * compression library.
 *
 *     sl_archive_new(&limits, &archive);
 *     sl_archive_add(archive, ...);        once per file or symbolic link
 *     sl_archive_write(archive, ...);      names are checked, bytes are read
 *     sl_archive_free(archive);
 *
 * Folders are implied by paths. Threading: one archive, one thread.
 */
#ifndef SL_ARCHIVE_ARCHIVE_H
#define SL_ARCHIVE_ARCHIVE_H

#include "base/buf.h"
#include "base/error.h"

/** What an entry is. */
enum sl_archive_kind {
	SL_ARCHIVE_FILE,
	SL_ARCHIVE_EXECUTABLE,
	SL_ARCHIVE_SYMLINK,   /* data is the link's target */
	SL_ARCHIVE_SUBMODULE, /* always refused, with its path */
};

/**
 * Caps. 0 is the default.
 *
 * max_entries     files and links; default 200,000
 * max_file_bytes  one file; default 1 GiB
 * max_bytes       all files together; default 8 GiB
 */
struct sl_archive_limits {
	size_t max_entries;
	uint64_t max_file_bytes;
	uint64_t max_bytes;
};

/**
 * Append the bytes of an entry to out (its limit is max_file_bytes).
 *
 * @param entry_ctx  as given to sl_archive_add
 * @return 0 or a negative enum sl_err, which ends the writing
 */
typedef int sl_archive_read_fn(void *ctx, void *entry_ctx,
    struct sl_buf *out, struct sl_error *err);

/** Take the next bytes of the .tar.gz. @return as sl_archive_read_fn */
typedef int sl_archive_sink_fn(void *ctx, struct sl_str bytes,
    struct sl_error *err);

/**
 * A running SHA-256, given by the caller (this layer knows no crypto).
 *
 * update is called for each piece; the caller finishes it afterwards. Either
 * may be NULL.
 */
struct sl_archive_digests {
	void *tar_ctx;
	void (*tar_update)(void *ctx, struct sl_str bytes);
	void *gz_ctx;
	void (*gz_update)(void *ctx, struct sl_str bytes);
};

/** Facts about what was written. */
struct sl_archive_result {
	size_t entries;
	uint64_t tar_bytes;
	uint64_t gz_bytes;
};

struct sl_archive;

/** A new, empty archive. @param limits  copied; NULL for the defaults */
struct sl_archive *sl_archive_new(const struct sl_archive_limits *limits)
    SL_MUST_CHECK;

/** Free; NULL is fine. */
void sl_archive_free(struct sl_archive *archive);
SL_DEFINE_FREEP(struct sl_archive, sl_archive_free, sl_archive_freep)

/**
 * Add an entry; its bytes are read when the archive is written.
 *
 * @param path  relative, '/' between, no empty, "." or ".." part, no NUL,
 *              at most 4096 bytes; copied
 * @param entry_ctx  handed to the read function
 * @return 0, SL_EINVAL (path), SL_EEXIST (path is there already),
 *         SL_EREFUSED (a submodule), SL_ETOOBIG (entries)
 */
int sl_archive_add(struct sl_archive *archive, struct sl_str path,
    enum sl_archive_kind kind, void *entry_ctx, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * Write the archive once.
 *
 * @param mtime_s  time of every entry: the commit's
 * @param read     called once per entry: for the links, then for the files,
 *                 each in path order
 * @param sink     called with the compressed bytes, in order
 * @param digests  may be NULL
 * @param[out] result  may be NULL
 * @return 0; SL_EREFUSED (a symbolic link that leaves the tree, alone or
 *         through others, is absolute, empty or never ends; a Git LFS pointer;
 *         a path below a file or link); SL_ETOOBIG (a cap); SL_EIO
 *         (compression); what read or sink returned
 */
int sl_archive_write(struct sl_archive *archive, int64_t mtime_s,
    sl_archive_read_fn *read, void *read_ctx, sl_archive_sink_fn *sink,
    void *sink_ctx, const struct sl_archive_digests *digests,
    struct sl_archive_result *result, struct sl_error *err) SL_MUST_CHECK;

#endif
