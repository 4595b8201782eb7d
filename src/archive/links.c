/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follow a link as the kernel would, but among the archive's own entries: a
 * purely textual check is fooled by "l/../../x" where l is a link itself.
 */
#include "archive/archive_int.h"

#include "base/mem.h"

/* As many as Linux follows. @source path_resolution(7) */
#define LINKS_MAX 40
#define PATH_BYTES_MAX ((size_t)64 << 10)

struct trail {
	struct sl_buf at;   /* where we are, "" is the root of the tree */
	struct sl_buf rest; /* what is still to be followed */
	unsigned links;
};

static int
refuse(const struct sl_archive_entry *link, const char *why,
    struct sl_error *err)
{
	return sl_error_set(err, SL_EREFUSED,
	    "%.*s is a symbolic link to \"%s\", which %s",
	    SL_STR_ARG(link->path), link->target, why);
}

/* Go up one folder; false at the root. */
static bool
go_up(struct sl_buf *at)
{
	const char *slash;

	if (at->len == 0)
		return false;
	slash = memrchr(at->ptr, '/', at->len);
	sl_buf_truncate(at, slash != NULL ? (size_t)(slash - at->ptr) : 0);
	return true;
}

/* Put a link's target in front of what is still to be followed. */
static int
follow(struct trail *trail, const char *target)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf rest =
	    SL_BUF_INIT(PATH_BYTES_MAX);

	if (++trail->links > LINKS_MAX)
		return SL_ELIMIT;
	go_up(&trail->at);
	sl_buf_addf(&rest, "%s/", target);
	sl_buf_addv(&rest, sl_buf_str(&trail->rest));
	sl_buf_clear(&trail->rest);
	sl_buf_addv(&trail->rest, sl_buf_str(&rest));
	return rest.over ? SL_ELIMIT : SL_OK;
}

/* Take the first part off the rest; false when there is none. */
static bool
take_part(struct sl_buf *rest, struct sl_buf *part)
{
	const char *slash;
	size_t n;

	if (rest->len == 0)
		return false;
	slash = memchr(rest->ptr, '/', rest->len);
	n = slash != NULL ? (size_t)(slash - rest->ptr) : rest->len;
	sl_buf_clear(part);
	sl_buf_add(part, rest->ptr, n);
	if (slash != NULL)
		n++;
	memmove(rest->ptr, rest->ptr + n, rest->len - n);
	sl_buf_truncate(rest, rest->len - n);
	return true;
}

static const char *
walk(const struct sl_archive *archive, struct trail *trail,
    struct sl_buf *part)
{
	while (take_part(&trail->rest, part)) {
		const struct sl_archive_entry *entry;

		if (part->len == 0 || !strcmp(part->ptr, "."))
			continue;
		if (!strcmp(part->ptr, "..")) {
			if (!go_up(&trail->at))
				return "leaves the tree";
			continue;
		}
		if (trail->at.len > 0)
			sl_buf_addc(&trail->at, '/');
		if (sl_buf_addv(&trail->at, sl_buf_str(part)) < 0)
			return "is too long";
		entry = sl_map_get(&archive->by_path, sl_buf_str(&trail->at));
		if (entry == NULL || entry->kind != SL_ARCHIVE_SYMLINK)
			continue;
		if (entry->target[0] == '/')
			return "leads to an absolute path";
		if (follow(trail, entry->target) < 0)
			return "never ends";
	}
	return NULL;
}

int
sl_archive_link_check(const struct sl_archive *archive,
    const struct sl_archive_entry *link, struct sl_error *err)
{
	struct trail trail = { SL_BUF_INIT(PATH_BYTES_MAX),
		SL_BUF_INIT(PATH_BYTES_MAX), 0 };
	SL_CLEANUP(sl_buf_release) struct sl_buf part =
	    SL_BUF_INIT(PATH_BYTES_MAX);
	const char *why;

	if (link->target[0] == '\0')
		return refuse(link, "is empty", err);
	sl_buf_addv(&trail.rest, link->path);
	why = walk(archive, &trail, &part);
	sl_buf_release(&trail.at);
	sl_buf_release(&trail.rest);
	return why == NULL ? SL_OK : refuse(link, why, err);
}
