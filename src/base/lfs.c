/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lfs.h"

#include "base/num.h"
#include "base/text.h"

#define VERSION "version https://git-lfs.github.com/spec/"
#define OID "oid sha256:"
#define SIZE "size "

bool
sl_lfs_is_pointer(struct sl_str bytes)
{
	return bytes.len < SL_LFS_POINTER_MAX &&
	    sl_str_starts(bytes, VERSION) &&
	    memmem(bytes.ptr, bytes.len, "\n" OID, sizeof(OID)) != NULL;
}

static struct sl_str
after(struct sl_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return sl_strn(s.ptr + n, s.len - n);
}

/* The part of a line before its first blank. */
static struct sl_str
key_of(struct sl_str line)
{
	const char *blank = memchr(line.ptr, ' ', line.len);

	return sl_strn(line.ptr, blank ? (size_t)(blank - line.ptr) : 0);
}

static bool
is_sha256(struct sl_str s)
{
	uint8_t digest[32];

	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= 'A' && s.ptr[i] <= 'F')
			return false;
	return s.len == 2 * sizeof(digest) && sl_hex_decode(s, digest) == 0;
}

static const char *
why_no_line(struct sl_str line, struct sl_str before)
{
	uint64_t size;

	if (key_of(line).len == 0)
		return "a line is not KEY VALUE";
	if (before.len && sl_str_cmp(before, key_of(line)) >= 0)
		return "its keys are not in order";
	if (sl_str_starts(line, "oid ") &&
	    (!sl_str_starts(line, OID) || !is_sha256(after(line, OID))))
		return "its oid is not sha256: and 64 digits";
	if (sl_str_starts(line, SIZE) &&
	    sl_num_parse(after(line, SIZE), INT64_MAX, &size) < 0)
		return "its size is not a number";
	return NULL;
}

int
sl_lfs_check_pointer(struct sl_str bytes, struct sl_error *err)
{
	struct sl_str rest = bytes, before = { NULL, 0 };
	bool oid = false, size = false;

	if (bytes.len >= SL_LFS_POINTER_MAX || !sl_str_starts(bytes, VERSION))
		return sl_error_set(err, SL_EINVAL,
		    "it does not begin with \"" VERSION "\"");
	while (rest.len) {
		const char *lf = memchr(rest.ptr, '\n', rest.len);
		struct sl_str line = { rest.ptr,
			lf ? (size_t)(lf - rest.ptr) : rest.len };
		const char *why = !lf ? "its last line does not end" :
					why_no_line(line, before);

		if (why)
			return sl_error_set(err, SL_EINVAL, "%s", why);
		oid = oid || sl_str_starts(line, OID);
		size = size || sl_str_starts(line, SIZE);
		/* The version comes first; the order begins after it. */
		if (line.ptr != bytes.ptr)
			before = key_of(line);
		rest = sl_strn(lf + 1, rest.len - line.len - 1);
	}
	if (!oid || !size)
		return sl_error_set(err, SL_EINVAL, "it has no %s",
		    oid ? "size" : "oid");
	return SL_OK;
}
