/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive_int: what the files of src/archive share.
 */
#ifndef SL_ARCHIVE_ARCHIVE_INT_H
#define SL_ARCHIVE_ARCHIVE_INT_H

#include "archive/archive.h"
#include "base/map.h"

struct sl_archive_entry {
	struct sl_str path; /* NUL-terminated; owned by the map's key */
	enum sl_archive_kind kind;
	void *ctx;
	char *target; /* of a link, once it was read */
};

struct sl_archive {
	struct sl_archive_limits limits;
	struct sl_map by_path; /* to struct sl_archive_entry, heap */
};

/* links: where symbolic links lead */

/**
 * Whether a link stays inside the tree, through whatever other links.
 *
 * @return 0, SL_EREFUSED with the reason
 */
int sl_archive_link_check(const struct sl_archive *archive,
    const struct sl_archive_entry *link, struct sl_error *err) SL_MUST_CHECK;

/* targz: bytes out */

struct sl_targz;

int sl_targz_new(int64_t mtime_s, bool raw_names, sl_archive_sink_fn *sink,
    void *sink_ctx, const struct sl_archive_digests *digests,
    struct sl_targz **out, struct sl_error *err) SL_MUST_CHECK;

/** Write one entry; data is a file's bytes or a link's target. */
int sl_targz_add(struct sl_targz *t, const struct sl_archive_entry *entry,
    struct sl_str data, struct sl_error *err) SL_MUST_CHECK;

/** Write what closes tar and gzip. */
int sl_targz_finish(struct sl_targz *t, struct sl_archive_result *result,
    struct sl_error *err) SL_MUST_CHECK;

void sl_targz_free(struct sl_targz *t);
SL_DEFINE_FREEP(struct sl_targz, sl_targz_free, sl_targz_freep)

#endif
