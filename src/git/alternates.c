/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include "base/mem.h"

/* One character after a backslash, as git quotes names in C style. */
static int
take_escape(struct sl_str *s, char *out)
{
	static const char from[] = "abtnvfr\"\\", to[] = "\a\b\t\n\v\f\r\"\\";
	const char *at;
	int value = 0;

	if (s->len == 0 || s->ptr[0] == '\0')
		return SL_EINVAL;
	at = strchr(from, s->ptr[0]);
	if (at != NULL) {
		*out = to[at - from];
		*s = sl_strn(s->ptr + 1, s->len - 1);
		return SL_OK;
	}
	if (s->len < 3 || s->ptr[0] > '3')
		return SL_EINVAL;
	for (int i = 0; i < 3; i++) {
		if (s->ptr[i] < '0' || s->ptr[i] > '7')
			return SL_EINVAL;
		value = value * 8 + (s->ptr[i] - '0');
	}
	*out = (char)value;
	*s = sl_strn(s->ptr + 3, s->len - 3);
	return value == 0 ? SL_EINVAL : SL_OK;
}

/* An entry in double quotes, the opening one taken already. */
static int
take_quoted(struct sl_str *s, struct sl_buf *out)
{
	while (s->len > 0) {
		char c = s->ptr[0];

		*s = sl_strn(s->ptr + 1, s->len - 1);
		if (c == '"')
			return SL_OK;
		if (c == '\0' || (c == '\\' && take_escape(s, &c) < 0))
			return SL_EINVAL;
		if (sl_buf_addc(out, c) < 0)
			return SL_ETOOBIG;
	}
	return SL_EINVAL;
}

static int
take_plain(struct sl_str *s, struct sl_buf *out)
{
	const char *end = memchr(s->ptr, ':', s->len);
	size_t n = end != NULL ? (size_t)(end - s->ptr) : s->len;

	if (memchr(s->ptr, '\0', n) != NULL)
		return SL_EINVAL;
	if (sl_buf_add(out, s->ptr, n) < 0)
		return SL_ETOOBIG;
	*s = sl_strn(s->ptr + n, s->len - n);
	return SL_OK;
}

static void
free_paths(char **paths, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
}

int
sl_git_alternates_parse(struct sl_str text, char ***paths, size_t *count,
    struct sl_error *err)
{
	char **out = NULL;
	size_t n = 0, room = 0;
	int rc = SL_OK;

	while (rc == SL_OK && text.len > 0) {
		SL_CLEANUP(sl_buf_release) struct sl_buf one = SL_BUF_INIT(4096);
		bool quoted = text.ptr[0] == '"';

		if (quoted)
			text = sl_strn(text.ptr + 1, text.len - 1);
		rc = quoted ? take_quoted(&text, &one) : take_plain(&text, &one);
		if (rc == SL_OK && text.len > 0 && text.ptr[0] != ':')
			rc = SL_EINVAL;
		if (rc < 0)
			break;
		if (text.len > 0)
			text = sl_strn(text.ptr + 1, text.len - 1);
		if (one.len == 0)
			continue;
		if (n == SL_GIT_ALTERNATES_MAX)
			rc = SL_ETOOBIG;
		SL_GROW(out, n, room);
		out[n++] = sl_buf_steal(&one);
	}
	if (rc < 0) {
		free_paths(out, n);
		return sl_error_set(err, rc, rc == SL_ETOOBIG ?
		    "the list of alternate object directories is too long" :
		    "the list of alternate object directories is not quoted as "
		    "git does");
	}
	*paths = out;
	*count = n;
	return SL_OK;
}

int
sl_git_alternate_quote(struct sl_buf *out, struct sl_str path)
{
	if (path.len > 0 && path.ptr[0] != '"' &&
	    memchr(path.ptr, ':', path.len) == NULL)
		return sl_buf_addv(out, path);
	sl_buf_addc(out, '"');
	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = (uint8_t)path.ptr[i];

		if (c == '"' || c == '\\')
			sl_buf_addf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			sl_buf_addf(out, "\\%03o", c);
		else
			sl_buf_addc(out, (char)c);
	}
	return sl_buf_addc(out, '"');
}
