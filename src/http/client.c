/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transport over libcurl. libcurl only carries: it does not sign, rewrite
 * paths, follow redirects or read the environment for proxies.
 */
#include <curl/curl.h>
#include <pthread.h>

#include "base/mem.h"
#include "base/secret.h"
#include "http/http_int.h"

#define DEFAULT_BODY_MAX ((size_t)1024 * 1024)
#define URL_MAX ((size_t)16 * 1024)
#define LOW_SPEED_BYTES_S 1024L
#define LOW_SPEED_TIME_S 30L

struct sl_http_client {
	CURL *curl;
	char *user_agent;
	char *ca_bundle;
	char *https_proxy;
	char *no_proxy;
};

/* One request under way. */
struct exchange {
	const struct sl_http_request *req;
	struct sl_http_response *resp;
	struct curl_slist *headers;
	bool head_ended; /* by its empty line */
	char message[CURL_ERROR_SIZE];
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void
global_init(void)
{
	global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool
has_tls(void)
{
	const curl_version_info_data *info =
	    curl_version_info(CURLVERSION_NOW);

	return (info->features & CURL_VERSION_SSL) != 0;
}

static char *
dup_unless_empty(const char *s)
{
	return s && *s ? sl_strdup(s) : NULL;
}

int
sl_http_client_new(const struct sl_http_config *config,
    struct sl_http_client **out, struct sl_error *err)
{
	struct sl_http_client *client;
	CURL *curl;

	if (!config->user_agent)
		return sl_error_set(err, SL_EINVAL,
		    "an HTTP client needs a user agent");
	pthread_once(&global_once, global_init);
	curl = global_result == CURLE_OK ? curl_easy_init() : NULL;
	if (curl == NULL)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "libcurl does not start");
	if (!has_tls()) {
		curl_easy_cleanup(curl);
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "libcurl was built without TLS");
	}
	client = sl_alloc(sizeof(*client));
	client->curl = curl;
	client->user_agent = sl_strdup(config->user_agent);
	client->ca_bundle = dup_unless_empty(config->ca_bundle);
	client->https_proxy = dup_unless_empty(config->https_proxy);
	client->no_proxy = dup_unless_empty(config->no_proxy);
	*out = client;
	return SL_OK;
}

void
sl_http_client_free(struct sl_http_client *client)
{
	if (client == NULL)
		return;
	curl_easy_cleanup(client->curl);
	free(client->user_agent);
	free(client->ca_bundle);
	free(client->https_proxy);
	free(client->no_proxy);
	free(client);
}

/* --- what comes back --- */

static size_t
on_header(char *data, size_t one, size_t len, void *arg)
{
	struct exchange *x = arg;
	struct sl_str line = sl_strn(data, len * one);

	/* A new head begins, after a 100 for example: forget the last one. */
	if (sl_str_starts(line, "HTTP/")) {
		sl_buf_clear(&x->resp->head);
		x->head_ended = false;
		return line.len;
	}
	x->head_ended |= sl_str_eqs(line, "\r\n") || sl_str_eqs(line, "\n");
	return sl_buf_addv(&x->resp->head, line) < 0 ? 0 : line.len;
}

static size_t
on_body(char *data, size_t one, size_t len, void *arg)
{
	struct exchange *x = arg;

	return sl_buf_add(&x->resp->body, data, one * len) < 0 ? 0 : one * len;
}

static void
prepare_response(struct exchange *x)
{
	size_t max = x->req->max_body_bytes;

	if (max == 0)
		max = DEFAULT_BODY_MAX;
	sl_http_response_release(x->resp);
	sl_buf_init(&x->resp->head, SL_HTTP_HEADER_BYTES_MAX);
	sl_buf_init(&x->resp->body, max);
	if (x->req->secret)
		sl_buf_reserve(&x->resp->body, max);
}

/* --- what is sent --- */

/* Visible ASCII without what would end the path or the query. */
static bool
is_sendable(struct sl_str s, const char *barred)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] <= ' ' || s.ptr[i] > '~' ||
		    strchr(barred, s.ptr[i]))
			return false;
	return true;
}

static bool
is_clean_value(struct sl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || s.ptr[i] == '\r' || s.ptr[i] == '\n')
			return false;
	return true;
}

static void
add_line(struct exchange *x, const char *line)
{
	struct curl_slist *list = curl_slist_append(x->headers, line);

	if (list == NULL)
		abort();
	x->headers = list;
}

static int
add_headers(struct exchange *x, struct sl_error *err)
{
	const struct sl_http_request *req = x->req;
	bool typed = false;

	for (size_t i = 0; i < req->header_count; i++) {
		SL_CLEANUP(sl_buf_wipe)
		struct sl_buf line = SL_BUF_INIT(SL_HTTP_HEADER_BYTES_MAX);
		const struct sl_field *field = &req->headers[i];

		if (!is_sendable(field->name, ":;") || field->name.len == 0 ||
		    !is_clean_value(field->value))
			return sl_error_set(err, SL_EINVAL,
			    "a header of a request cannot be sent");
		sl_buf_reserve(&line,
		    field->name.len + field->value.len + 2);
		sl_buf_addv(&line, field->name);
		/* libcurl's own way to write a header without a value */
		sl_buf_adds(&line, field->value.len ? ": " : ";");
		sl_buf_addv(&line, field->value);
		if (line.over)
			return sl_error_set(err, SL_ETOOBIG,
			    "a header of a request is too long");
		add_line(x, sl_buf_cstr(&line));
		typed |= field->name.len == 12 &&
		    !strncasecmp(field->name.ptr, "content-type", 12);
	}
	/* Nothing that libcurl would add by itself. */
	add_line(x, "Expect:");
	add_line(x, "Accept:");
	if (!typed)
		add_line(x, "Content-Type:");
	return SL_OK;
}

static void
free_headers(struct exchange *x)
{
	for (struct curl_slist *h = x->headers; h != NULL; h = h->next)
		sl_wipe(h->data, strlen(h->data));
	curl_slist_free_all(x->headers);
	x->headers = NULL;
}

static int
set_url(CURL *curl, const struct sl_http_request *req, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf url = SL_BUF_INIT(URL_MAX);

	if (!sl_str_starts(req->path, "/") || !is_sendable(req->path, "?#") ||
	    !is_sendable(req->query, "#"))
		return sl_error_set(err, SL_EINVAL,
		    "the path or query of a request cannot be sent");
	sl_buf_adds(&url, req->origin->tls ? "https://" : "http://");
	sl_buf_adds(&url, req->origin->host);
	sl_buf_addv(&url, req->path);
	if (req->query.len > 0) {
		sl_buf_addc(&url, '?');
		sl_buf_addv(&url, req->query);
	}
	if (url.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the URL of a request is over %zu bytes", URL_MAX);
	curl_easy_setopt(curl, CURLOPT_URL, sl_buf_cstr(&url));
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
	    req->origin->tls ? "https" : "http");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	return SL_OK;
}

static int
set_method(CURL *curl, const struct sl_http_request *req,
    struct sl_error *err)
{
	if (!strcmp(req->method, "GET")) {
		curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
	} else if (!strcmp(req->method, "HEAD")) {
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	} else if (!strcmp(req->method, "PUT") ||
	    !strcmp(req->method, "POST") || !strcmp(req->method, "DELETE")) {
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, req->method);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)req->body.len);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
		    req->body.len ? req->body.ptr : "");
	} else {
		return sl_error_set(err, SL_EINVAL,
		    "cannot send a request with method \"%s\"", req->method);
	}
	return SL_OK;
}

static void
set_connection(const struct sl_http_client *client,
    const struct sl_http_request *req)
{
	CURL *curl = client->curl;
	bool direct = req->origin->loopback || !req->origin->tls;

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
	    (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, client->user_agent);
	if (client->ca_bundle)
		curl_easy_setopt(curl, CURLOPT_CAINFO, client->ca_bundle);
	/* An empty proxy also keeps libcurl from asking the environment. */
	curl_easy_setopt(curl, CURLOPT_PROXY,
	    direct || !client->https_proxy ? "" : client->https_proxy);
	curl_easy_setopt(curl, CURLOPT_NOPROXY,
	    client->no_proxy ? client->no_proxy : "");
	curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
	    (long)SL_HTTP_CONNECT_TIMEOUT_MS);
	if (req->bulk) {
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT,
		    LOW_SPEED_BYTES_S);
		curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
		    LOW_SPEED_TIME_S);
	} else {
		curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
		    (long)(req->timeout_ms ? req->timeout_ms
					   : SL_HTTP_TIMEOUT_MS));
	}
	if (req->once)
		curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
}

static int
set_up(const struct sl_http_client *client, struct exchange *x,
    struct sl_error *err)
{
	CURL *curl = client->curl;
	int rc;

	curl_easy_reset(curl); /* keeps connections and the DNS cache */
	rc = set_url(curl, x->req, err);
	if (rc < 0)
		return rc;
	rc = set_method(curl, x->req, err);
	if (rc < 0)
		return rc;
	rc = add_headers(x, err);
	if (rc < 0)
		return rc;
	set_connection(client, x->req);
	prepare_response(x);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, x->headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->message);
	return SL_OK;
}

/* --- the outcome --- */

static int
failed(const struct sl_http_client *client, const struct exchange *x,
    CURLcode code, struct sl_error *err)
{
	const char *scheme = x->req->origin->tls ? "https" : "http";
	const char *host = x->req->origin->host;
	const char *why =
	    x->message[0] ? x->message : curl_easy_strerror(code);
	long sent_bytes = 0;

	if (x->resp->body.over || x->resp->head.over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the answer of %s://%s is over %zu bytes", scheme, host,
		    x->resp->body.over ? x->resp->body.max
				       : (size_t)SL_HTTP_HEADER_BYTES_MAX);
	if (code == CURLE_PEER_FAILED_VERIFICATION ||
	    code == CURLE_SSL_CACERT_BADFILE)
		sl_error_set(err, SL_ENET,
		    "the certificate of %s://%s is not trusted: %s; name the "
		    "right CA bundle in AWS_CA_BUNDLE", scheme, host, why);
	else
		sl_error_set(err, SL_ENET, "no answer from %s://%s: %s",
		    scheme, host, why);
	curl_easy_getinfo(client->curl, CURLINFO_REQUEST_SIZE, &sent_bytes);
	if (err != NULL)
		err->foreign = sent_bytes > 0 ? SL_HTTP_MAYBE_SENT
					      : SL_HTTP_NOT_SENT;
	return SL_ENET;
}

static int
finish(const struct sl_http_client *client, struct exchange *x,
    struct sl_error *err)
{
	long status = 0;
	int rc;

	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	x->resp->status = (int)status;
	/* libcurl takes a connection that ends inside the head for an answer. */
	if (!x->head_ended)
		rc = sl_error_set(err, SL_ENET,
		    "the answer of %s was cut off", x->req->origin->host);
	else
		rc = sl_http_response_index(x->resp, err);
	if (rc < 0 && err != NULL)
		err->foreign = SL_HTTP_MAYBE_SENT;
	return rc;
}

static int
perform(void *self, const struct sl_http_request *req,
    struct sl_http_response *resp, struct sl_error *err)
{
	struct sl_http_client *client = self;
	struct exchange x = { .req = req, .resp = resp };
	CURLcode code;
	int rc;

	rc = set_up(client, &x, err);
	if (rc == SL_OK) {
		code = curl_easy_perform(client->curl);
		rc = code == CURLE_OK ? finish(client, &x, err)
				      : failed(client, &x, code, err);
	}
	free_headers(&x);
	/* Leaves no pointer into the caller's memory behind. */
	curl_easy_reset(client->curl);
	if (rc < 0)
		sl_http_response_release(resp);
	return rc;
}

struct sl_http_transport
sl_http_client_transport(struct sl_http_client *client)
{
	return (struct sl_http_transport){ client, perform };
}
