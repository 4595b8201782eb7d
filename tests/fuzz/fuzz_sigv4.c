/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing: path, NUL, then name, NUL, value, NUL, ... as query and headers.
 * A canonical request has its lines and no more, whatever is in a value.
 */
#include "fuzz.h"

#include <string.h>

#include "sign/sigv4.h"

#define EXTRA_MAX 8

static struct sl_str
cut(struct sl_str *rest)
{
	const char *end = rest->len ? memchr(rest->ptr, '\0', rest->len) : NULL;
	struct sl_str part = *rest;

	if (end == NULL) {
		*rest = sl_strn("", 0);
		return part;
	}
	part.len = (size_t)(end - rest->ptr);
	*rest = sl_strn(end + 1, rest->len - part.len - 1);
	return part;
}

static size_t
count_lines(struct sl_str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.len; i++)
		count += s.ptr[i] == '\n';
	return count;
}

static void
check_path(struct sl_str path)
{
	struct sl_buf out = SL_BUF_INIT(SL_SIGV4_CANONICAL_MAX);
	struct sl_error err = SL_ERROR_INIT;

	if (sl_sigv4_path(path, SL_SIGV4_PATH_NORMALIZE, &out, &err) == 0) {
		const char *text = sl_buf_cstr(&out);

		fuzz_check(text[0] == '/');
		fuzz_check(!strstr(text, "//") && !strstr(text, "/../") &&
		    !strstr(text, "/./") && !strchr(text, '\n'));
	}
	sl_buf_release(&out);
}

static void
check_canonical(const struct sl_sigv4_request *req)
{
	struct sl_buf out = SL_BUF_INIT(SL_SIGV4_CANONICAL_MAX);
	struct sl_buf names = SL_BUF_INIT(SL_SIGV4_AUTH_MAX);
	struct sl_error err = SL_ERROR_INIT;

	if (sl_sigv4_canonical(req, &out, &names, &err) == SL_OK) {
		size_t signed_count = 1;

		for (size_t i = 0; i < names.len; i++)
			signed_count += names.ptr[i] == ';';
		/* method, path, query, headers, empty line, names */
		fuzz_check(count_lines(sl_buf_str(&out)) == 5 + signed_count);
	}
	sl_buf_release(&out);
	sl_buf_release(&names);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str rest = { (const char *)data, size };
	struct sl_str path = cut(&rest);
	struct sl_field headers[2 + EXTRA_MAX] = {
		{ SL_STR("Host"), SL_STR("h") },
		{ SL_STR("X-Amz-Date"), SL_STR("20150830T123600Z") },
	};
	struct sl_sigv4_request req = { .method = "GET", .path = path,
		.headers = headers, .header_count = 2, .query = headers + 2,
		.payload_hash = SL_SIGV4_UNSIGNED };

	while (rest.len > 0 && req.query_count < EXTRA_MAX) {
		headers[req.header_count].name = cut(&rest);
		headers[req.header_count++].value = cut(&rest);
		req.query_count++;
	}
	check_path(path);
	check_canonical(&req);
	req.path_rule = SL_SIGV4_PATH_VERBATIM;
	check_canonical(&req);
	return 0;
}
