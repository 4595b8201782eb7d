/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct sl_str
trim(struct sl_str s)
{
	while (s.len > 0 && (is_blank(s.ptr[0]) || s.ptr[0] == '\n'))
		s = sl_strn(s.ptr + 1, s.len - 1);
	while (s.len > 0 &&
	    (is_blank(s.ptr[s.len - 1]) || s.ptr[s.len - 1] == '\n'))
		s.len--;
	return s;
}

/* The line that starts at from, without its line feed. */
static struct sl_str
line_at(struct sl_str s, size_t from)
{
	const char *end = memchr(s.ptr + from, '\n', s.len - from);
	size_t to = end != NULL ? (size_t)(end - s.ptr) : s.len;

	return sl_strn(s.ptr + from, to - from);
}

/* Where the last paragraph starts; 0 where it is the first one. */
static size_t
last_paragraph(struct sl_str s)
{
	size_t start = 0;

	for (size_t at = 0; at < s.len;) {
		struct sl_str line = line_at(s, at);

		at += line.len + 1;
		if (trim(line).len == 0)
			start = at;
	}
	return start;
}

/* The length of `Key` in "Key: value", or 0. */
static size_t
key_length(struct sl_str line)
{
	size_t n = 0;

	while (n < line.len &&
	    ((line.ptr[n] >= 'a' && line.ptr[n] <= 'z') ||
		(line.ptr[n] >= 'A' && line.ptr[n] <= 'Z') ||
		(line.ptr[n] >= '0' && line.ptr[n] <= '9') ||
		line.ptr[n] == '-'))
		n++;
	return n < line.len && line.ptr[n] == ':' ? n : 0;
}

static bool
all_trailers(struct sl_str block)
{
	bool first = true;

	for (size_t at = 0; at < block.len; first = false) {
		struct sl_str line = line_at(block, at);

		at += line.len + 1;
		if (first ? key_length(line) == 0 :
			    !is_blank(line.ptr[0]) && key_length(line) == 0)
			return false;
	}
	return !first;
}

int
sl_git_trailers_each(struct sl_str message, const char *key,
    sl_git_trailer_fn *fn, void *ctx, struct sl_error *err)
{
	struct sl_str block;
	size_t start, wanted = key != NULL ? strlen(key) : 0;

	if (message.len == 0)
		return SL_OK;
	message.len = sl_tag_signature(message);
	message = trim(message);
	start = last_paragraph(message);
	block = sl_strn(message.ptr + start, message.len - start);
	if (start == 0 || !all_trailers(block))
		return SL_OK;
	for (size_t at = 0; at < block.len;) {
		struct sl_str line = line_at(block, at);
		size_t n = key_length(line), end = at + line.len;
		int rc;

		while (end + 1 < block.len && is_blank(block.ptr[end + 1]))
			end += 1 + line_at(block, end + 1).len;
		if (key == NULL || (n == wanted &&
			strncasecmp(line.ptr, key, wanted) == 0)) {
			rc = fn(ctx, sl_strn(line.ptr, n),
			    trim(sl_strn(block.ptr + at + n + 1,
				end - at - n - 1)), err);
			if (rc != 0)
				return rc;
		}
		at = end + 1;
	}
	return SL_OK;
}

struct only {
	struct sl_str value;
	unsigned count;
};

static int
keep_value(void *ctx, struct sl_str key SL_UNUSED, struct sl_str value,
    struct sl_error *err SL_UNUSED)
{
	struct only *only = ctx;

	only->value = value;
	only->count++;
	return 0;
}

int
sl_git_trailer_get(struct sl_str message, const char *key,
    struct sl_buf *out, struct sl_error *err)
{
	struct only only = { 0 };
	int rc = sl_git_trailers_each(message, key, keep_value, &only, err);

	if (rc < 0)
		return rc;
	if (only.count == 0)
		return sl_error_set(err, SL_ENOTFOUND,
		    "the message has no trailer \"%s:\"", key);
	if (only.count > 1)
		return sl_error_set(err, SL_EINVAL,
		    "the message has %u trailers \"%s:\"; one is enough",
		    only.count, key);
	sl_buf_clear(out);
	if (sl_buf_addv(out, only.value) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "the trailer \"%s:\" is longer than %zu bytes", key,
		    out->max);
	return SL_OK;
}
