/* SPDX-License-Identifier: Apache-2.0 */
#include "aws/sagemaker_int.h"

#include <math.h>

#include "base/mem.h"

#define PAGES_MAX 10000
#define OPERATION_MAX 96
#define TOKEN_MAX 8192

static const struct sl_aws_json_service sagemaker = { SL_AWS_SAGEMAKER,
	"sagemaker", "SageMaker" };

/* --- pairs --- */

void
sl_aws_pairs_release(struct sl_aws_pairs *pairs)
{
	for (size_t i = 0; i < pairs->count; i++) {
		free((char *)pairs->items[i].name);
		free((char *)pairs->items[i].value);
	}
	free(pairs->items);
	pairs->items = NULL;
	pairs->count = 0;
}

const char *
sl_aws_pairs_get(const struct sl_aws_pairs *pairs, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < pairs->count; i++)
		if (!strcmp(pairs->items[i].name, name))
			value = pairs->items[i].value;
	return value;
}

void
sl_aws_pairs_set(struct sl_aws_pairs *pairs, const char *name,
    const char *value)
{
	struct sl_aws_pair *pair = NULL;

	for (size_t i = 0; i < pairs->count && pair == NULL; i++)
		if (!strcmp(pairs->items[i].name, name))
			pair = &pairs->items[i];
	if (pair == NULL) {
		pairs->items = sl_realloc_array(pairs->items,
		    pairs->count + 1, sizeof(*pairs->items));
		pair = &pairs->items[pairs->count++];
		pair->name = sl_strdup(name);
		pair->value = NULL;
	}
	free((char *)pair->value);
	pair->value = sl_strdup(value);
}

/* --- requests --- */

void
sl_sagemaker_request_init(struct sl_sagemaker_request *r)
{
	sl_buf_init(&r->body, SL_SAGEMAKER_BODY_MAX);
	sl_json_init(&r->json, &r->body, 0);
	sl_json_object(&r->json);
}

void
sl_sagemaker_request_release(struct sl_sagemaker_request *r)
{
	sl_buf_release(&r->body);
}

void
sl_sagemaker_put(struct sl_json *w, const char *key, const char *value)
{
	if (value != NULL)
		sl_json_put(w, key, value);
}

void
sl_sagemaker_put_pairs(struct sl_json *w, const char *key,
    const char *name_key, const char *value_key,
    const struct sl_aws_pair *pairs, size_t count)
{
	if (count == 0)
		return;
	sl_json_key(w, key);
	sl_json_list(w);
	for (size_t i = 0; i < count; i++) {
		sl_json_object(w);
		sl_json_put(w, name_key, pairs[i].name);
		sl_json_put(w, value_key, pairs[i].value);
		sl_json_end(w);
	}
	sl_json_end(w);
}

void
sl_sagemaker_put_map(struct sl_json *w, const char *key,
    const struct sl_aws_pair *pairs, size_t count)
{
	if (count == 0)
		return;
	sl_json_key(w, key);
	sl_json_object(w);
	for (size_t i = 0; i < count; i++)
		sl_json_put(w, pairs[i].name, pairs[i].value);
	sl_json_end(w);
}

static int
parse_answer(const char *operation, const struct sl_http_response *resp,
    struct sl_doc **out, struct sl_error *err)
{
	static const struct sl_doc_limits limits = {
		.max_bytes = SL_SAGEMAKER_BODY_MAX
	};
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_error why = SL_ERROR_INIT;
	struct sl_str body = sl_buf_str(&resp->body);

	/* Operations without an answer of their own send an empty body. */
	if (body.len == 0)
		body = SL_STR("{}");
	if (sl_doc_parse_json("answer", body, &limits, &doc, &why) < 0 ||
	    sl_node_kind(sl_doc_root(doc)) != SL_NODE_MAP)
		return sl_error_set(err, SL_EREMOTE,
		    "%s: the answer is not a JSON object%s%s", operation,
		    why.text[0] ? ": " : "", why.text);
	*out = sl_steal(&doc);
	return SL_OK;
}

int
sl_aws_json_send(struct sl_aws_session *session,
    const struct sl_aws_json_service *service, const char *operation,
    struct sl_sagemaker_request *r, bool once, struct sl_doc **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_http_response_release)
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf target =
	    SL_BUF_INIT(OPERATION_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf name =
	    SL_BUF_INIT(OPERATION_MAX);
	struct sl_field headers[] = {
		{ SL_STR("Content-Type"),
		    SL_STR("application/x-amz-json-1.1") },
		{ SL_STR("X-Amz-Target"), SL_STR("") },
	};
	struct sl_aws_call call = { .service = service->service,
		.method = "POST", .path = SL_STR("/"), .headers = headers,
		.header_count = SL_COUNT(headers), .once = once,
		.max_body_bytes = SL_SAGEMAKER_BODY_MAX };
	int rc;

	sl_buf_addf(&target, "%s.%s", service->target, operation);
	sl_buf_addf(&name, "%s:%s", service->name, operation);
	sl_json_end(&r->json);
	if (r->body.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "%s: the request is over %zu bytes", sl_buf_cstr(&name),
		    SL_SAGEMAKER_BODY_MAX);
	headers[1].value = sl_buf_str(&target);
	call.operation = sl_buf_cstr(&name);
	call.body = sl_buf_str(&r->body);
	rc = sl_aws_call(session, &call, &resp, err);
	if (rc < 0)
		return rc;
	return parse_answer(call.operation, &resp, out, err);
}

static int
require_text(const struct sl_doc *doc, const char *operation,
    const char *key, char **out, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *text =
	    sl_sagemaker_text(sl_doc_root(doc), key);

	if (text == NULL || *text == '\0')
		return sl_error_set(err, SL_EREMOTE,
		    "sagemaker:%s: the answer has no %s", operation, key);
	if (out != NULL)
		*out = sl_steal(&text);
	return SL_OK;
}

int
sl_sagemaker_ask(struct sl_aws_session *session, const char *operation,
    struct sl_sagemaker_request *r, bool once, const char *key, char **text,
    struct sl_doc **out, struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	int rc = sl_aws_json_send(session, &sagemaker, operation, r, once,
	    &doc, err);

	if (rc == SL_OK && key != NULL)
		rc = require_text(doc, operation, key, text, err);
	if (rc == SL_OK && out != NULL)
		*out = sl_steal(&doc);
	return rc;
}

/* --- pages --- */

static int
visit_rows(const struct sl_node *root, const char *list,
    int (*each)(void *ctx, const struct sl_node *row, struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	const struct sl_node *rows = sl_node_get(root, list);

	if (rows == NULL || sl_node_kind(rows) != SL_NODE_LIST)
		return SL_OK;
	for (size_t i = 0; i < sl_node_count(rows); i++) {
		int rc = each(ctx, sl_node_at(rows, i), err);

		if (rc != 0)
			return rc;
	}
	return SL_OK;
}

int
sl_sagemaker_pages(struct sl_aws_session *session, const char *operation,
    void (*fill)(struct sl_json *w, const void *in), const void *in,
    const char *list,
    int (*each)(void *ctx, const struct sl_node *row, struct sl_error *err),
    void *ctx, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf token = SL_BUF_INIT(TOKEN_MAX);

	for (unsigned page = 0; page < PAGES_MAX; page++) {
		SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
		SL_CLEANUP(sl_sagemaker_request_release)
		struct sl_sagemaker_request r;
		SL_CLEANUP(sl_freep) char *next = NULL;
		int rc;

		sl_sagemaker_request_init(&r);
		fill(&r.json, in);
		if (token.len > 0)
			sl_json_putv(&r.json, "NextToken", sl_buf_str(&token));
		rc = sl_aws_json_send(session, &sagemaker, operation, &r,
		    false, &doc, err);
		if (rc < 0)
			return rc;
		rc = visit_rows(sl_doc_root(doc), list, each, ctx, err);
		if (rc != 0)
			return rc < 0 ? rc : SL_OK;
		next = sl_sagemaker_text(sl_doc_root(doc), "NextToken");
		if (next == NULL || *next == '\0')
			return SL_OK;
		if (sl_str_eqs(sl_buf_str(&token), next))
			break;
		sl_buf_clear(&token);
		if (sl_buf_adds(&token, next) < 0)
			break;
	}
	return sl_error_set(err, SL_EREMOTE,
	    "sagemaker:%s: the pages do not end", operation);
}

/* --- answers --- */

char *
sl_sagemaker_text(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);
	struct sl_str text;

	if (node == NULL || sl_node_kind(node) != SL_NODE_SCALAR ||
	    sl_node_style(node) == SL_STYLE_WORD)
		return NULL;
	text = sl_node_text(node);
	return sl_strndup(text.ptr ? text.ptr : "", text.len);
}

/* Numbers such as 1795342967.069 and 1.795342967069E9. */
static double
read_double(const struct sl_node *map, const char *key)
{
	SL_CLEANUP(sl_freep) char *text = sl_sagemaker_text(map, key);
	char *end;
	double value;

	if (text == NULL || *text == '\0')
		return 0;
	value = strtod(text, &end);
	return *end == '\0' && isfinite(value) ? value : 0;
}

int64_t
sl_sagemaker_number(const struct sl_node *map, const char *key)
{
	double value = read_double(map, key);

	return fabs(value) < 9007199254740992.0 ? (int64_t)value : 0;
}

int64_t
sl_sagemaker_time(const struct sl_node *map, const char *key)
{
	return sl_sagemaker_number(map, key);
}

/* --- checks that save a round trip --- */

int
sl_sagemaker_check_name(const char *what, const char *name, size_t max,
    struct sl_error *err)
{
	static const char legal[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t len = name ? strlen(name) : 0;

	if (len == 0 || len > max || strspn(name, legal) != len ||
	    name[0] == '-' || name[len - 1] == '-')
		return sl_error_set(err, SL_EINVAL,
		    "\"%s\" is not %s: 1 to %zu letters, digits and inner '-'",
		    name ? name : "", what, max);
	return SL_OK;
}

int
sl_sagemaker_check_name_or_arn(const char *what, const char *name, size_t max,
    struct sl_error *err)
{
	if (name != NULL && !strncmp(name, "arn:", 4))
		return SL_OK;
	return sl_sagemaker_check_name(what, name, max, err);
}

int
sl_sagemaker_check_token(const char *token, struct sl_error *err)
{
	size_t len = token ? strlen(token) : 0;

	if (len < SL_SAGEMAKER_TOKEN_MIN || len > SL_SAGEMAKER_TOKEN_MAX)
		return sl_error_set(err, SL_EINVAL,
		    "a request token of %zu characters, not %d to %d", len,
		    SL_SAGEMAKER_TOKEN_MIN, SL_SAGEMAKER_TOKEN_MAX);
	return SL_OK;
}
