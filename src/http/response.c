/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include "base/mem.h"
#include "base/secret.h"
#include "http/http_int.h"

void
sl_http_response_release(struct sl_http_response *resp)
{
	sl_buf_wipe(&resp->body);
	sl_buf_wipe(&resp->head);
	free(resp->fields);
	resp->fields = NULL;
	resp->field_count = 0;
	resp->status = 0;
}

struct sl_str
sl_http_response_header(const struct sl_http_response *resp, const char *name)
{
	for (size_t i = 0; i < resp->field_count; i++)
		if (sl_str_eqs(resp->fields[i].name, name))
			return resp->fields[i].value;
	return sl_strn("", 0);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Lower-case the name in place and add the field. */
static int
take_line(struct sl_http_response *resp, char *line, size_t len,
    struct sl_error *err)
{
	char *colon = memchr(line, ':', len);
	struct sl_field *field;

	if (colon == NULL || colon == line || is_blank(line[0]))
		return sl_error_set(err, SL_ENET,
		    "the answer has a malformed header");
	if (resp->field_count == SL_HTTP_HEADERS_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "the answer has over %d headers", SL_HTTP_HEADERS_MAX);
	for (char *p = line; p < colon; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	field = &resp->fields[resp->field_count++];
	field->name = sl_strn(line, (size_t)(colon - line));
	field->value = sl_str_trim(sl_strn(colon + 1,
	    len - (size_t)(colon - line) - 1));
	return SL_OK;
}

int
sl_http_response_index(struct sl_http_response *resp, struct sl_error *err)
{
	resp->field_count = 0;
	free(resp->fields);
	resp->fields = sl_alloc_array(SL_HTTP_HEADERS_MAX,
	    sizeof(*resp->fields));
	for (size_t at = 0; at < resp->head.len;) {
		char *line = resp->head.ptr + at;
		char *end = memchr(line, '\n', resp->head.len - at);
		size_t len = end ? (size_t)(end - line)
				 : resp->head.len - at;

		at += len + 1;
		if (sl_str_trim(sl_strn(line, len)).len == 0)
			continue;
		if (take_line(resp, line, len, err) < 0)
			return err ? err->code : SL_ENET;
	}
	return SL_OK;
}

int
sl_http_response_fill(struct sl_http_response *resp, int status,
    struct sl_str head, struct sl_str body, struct sl_error *err)
{
	sl_http_response_release(resp);
	sl_buf_init(&resp->head, SL_HTTP_HEADER_BYTES_MAX);
	sl_buf_init(&resp->body, body.len);
	sl_buf_addv(&resp->head, head);
	sl_buf_addv(&resp->body, body);
	resp->status = status;
	if (resp->head.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the headers of the answer are over %d bytes",
		    SL_HTTP_HEADER_BYTES_MAX);
	return sl_http_response_index(resp, err);
}
