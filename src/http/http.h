/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: one request, one answer, and the wait between.
 *
 * The transport sends exactly what it is given: path and query are not
 * rewritten, redirects are not followed, no header is added but those that
 * HTTP needs (and User-Agent), because a request is signed before it gets
 * here. TLS is required but for loopback hosts. Proxies and the CA bundle
 * come from the configuration only; the environment is not read. Nothing is
 * ever logged.
 *
 * Callers hold a struct sl_http_transport, so that tests can answer from a
 * script. The real one is a client over libcurl, which keeps its connection
 * between requests:
 *
 *     struct sl_http_client *client;
 *     sl_http_client_new(&config, &client, err);
 *     struct sl_http_transport http = sl_http_client_transport(client);
 *     http.perform(http.self, &request, &response, err);
 *
 * A client belongs to one thread at a time and must not cross a fork.
 */
#ifndef SL_HTTP_HTTP_H
#define SL_HTTP_HTTP_H

#include <stdint.h>

#include "base/error.h"
#include "base/field.h"

#define SL_HTTP_HOST_MAX 300
/** To connect, and for a whole exchange.
 *  @source the "standard" defaults mode of the AWS SDKs; botocore */
#define SL_HTTP_CONNECT_TIMEOUT_MS 3100
#define SL_HTTP_TIMEOUT_MS 60000
/** Most response headers, and most bytes of them together. */
#define SL_HTTP_HEADERS_MAX 128
#define SL_HTTP_HEADER_BYTES_MAX (64 * 1024)

/**
 * Where to connect: scheme, host and port of a URL.
 *
 * host is what the Host header says: lower-case, an IPv6 address in brackets,
 * with ":port" unless the port is the scheme's own.
 */
struct sl_http_origin {
	bool tls;
	bool loopback; /* localhost, 127.0.0.0/8 or ::1 */
	char host[SL_HTTP_HOST_MAX];
};

/**
 * Read an endpoint URL: "https://host[:port][/]".
 *
 * @param[out] out  set on success
 * @return 0, SL_EINVAL (no such URL; user name, path, query or fragment in
 *         it; http to a host that is not loopback)
 */
int sl_http_origin_parse(struct sl_str url, struct sl_http_origin *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * A request; all borrowed for the call.
 *
 * method          "GET", "HEAD", "PUT", "POST" or "DELETE"
 * path            starts with '/', percent-encoded; sent as it is
 * query           encoded, without '?'; empty for none
 * headers         sent in this order; Host is among them
 * body            sent with its Content-Length; ignored for GET and HEAD
 * max_body_bytes  most bytes of the answer's body; 0: 1 MiB
 * timeout_ms      for the whole exchange; 0: SL_HTTP_TIMEOUT_MS
 * bulk            a large transfer: the whole exchange may take as long as it
 *                 moves (1 KiB/s over 30 s), instead of timeout_ms
 * secret          the answer holds credentials: its storage never moves, so
 *                 that wiping it leaves no copy
 * once            on a connection of its own, so that it is never sent again
 *                 by the transport itself (a kept connection that turns out
 *                 to be dead makes libcurl send a second time)
 */
struct sl_http_request {
	const char *method;
	const struct sl_http_origin *origin;
	struct sl_str path;
	struct sl_str query;
	const struct sl_field *headers;
	size_t header_count;
	struct sl_str body;
	size_t max_body_bytes;
	int64_t timeout_ms;
	bool bulk;
	bool secret;
	bool once;
};

/** An answer in the caller's storage; SL_HTTP_RESPONSE_INIT first. */
struct sl_http_response {
	int status;
	struct sl_buf body;
	struct sl_buf head;      /* private: backs the fields */
	struct sl_field *fields; /* header names in lower case */
	size_t field_count;
};

#define SL_HTTP_RESPONSE_INIT                                                  \
	{ 0, SL_BUF_INIT(0), SL_BUF_INIT(0), NULL, 0 }

/** Wipe and free; the response is usable again. */
void sl_http_response_release(struct sl_http_response *resp);

/**
 * A header's value, the first of that name; empty where there is none.
 *
 * @param name  in lower case
 * @return valid until the response is released
 */
struct sl_str sl_http_response_header(const struct sl_http_response *resp,
    const char *name);

/**
 * Fill a response from text, as the transport does: for transports of tests.
 *
 * @param head  "Name: value" lines, each ended by LF or CR LF
 * @return 0, SL_ETOOBIG (a cap), SL_ENET (a line that is no header)
 */
int sl_http_response_fill(struct sl_http_response *resp, int status,
    struct sl_str head, struct sl_str body, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * What carries requests.
 *
 * perform returns 0 with any status that the remote gave; SL_ENET (no
 * connection, TLS failure, timeout, connection lost; what the remote did is
 * then unknown unless err->foreign is SL_HTTP_NOT_SENT), SL_ETOOBIG (the
 * answer is over a cap), SL_EINVAL (a request that cannot be sent). The
 * response is filled on success only; it is cleared first.
 */
struct sl_http_transport {
	void *self;
	int (*perform)(void *self, const struct sl_http_request *req,
	    struct sl_http_response *resp, struct sl_error *err);
};

/** err->foreign of a SL_ENET whose request never left this machine. */
#define SL_HTTP_NOT_SENT 1
/** err->foreign of a SL_ENET whose request may have been carried out. */
#define SL_HTTP_MAYBE_SENT 2

/**
 * How a client connects; all borrowed and copied.
 *
 * user_agent  "sluice/0.1.0"; required
 * ca_bundle   PEM file of trusted certificates; NULL: the system's
 * https_proxy URL of the proxy for https; NULL or "": none. Never used for
 *             loopback origins
 * no_proxy    hosts that are reached directly, in libcurl's form; NULL: none
 */
struct sl_http_config {
	const char *user_agent;
	const char *ca_bundle;
	const char *https_proxy;
	const char *no_proxy;
};

struct sl_http_client;

/**
 * Make a client.
 *
 * @param[out] out  sl_http_client_free
 * @return 0, SL_EUNSUPPORTED (libcurl without TLS), SL_EINVAL
 */
int sl_http_client_new(const struct sl_http_config *config,
    struct sl_http_client **out, struct sl_error *err) SL_MUST_CHECK;

void sl_http_client_free(struct sl_http_client *client);
SL_DEFINE_FREEP(struct sl_http_client, sl_http_client_free,
    sl_http_client_freep)

/** The client as a transport; valid as long as the client. */
struct sl_http_transport sl_http_client_transport(
    struct sl_http_client *client);

#endif
