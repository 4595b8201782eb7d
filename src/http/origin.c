/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http.h"

#include <stdio.h>

#include "base/num.h"

#define HTTPS_PORT 443
#define HTTP_PORT 80
/* Bytes of a URL in a message. */
#define SHOWN_MAX 200

static bool
is_name_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '.' || c == '-';
}

static bool
is_ipv6_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') ||
	    (c >= 'a' && c <= 'f') || c == ':' || c == '.';
}

/* Bytes of the host at the start of s, brackets included; 0: none. */
static size_t
host_length(struct sl_str s)
{
	size_t len = 0;

	if (s.len > 0 && s.ptr[0] == '[') {
		for (len = 1; len < s.len && is_ipv6_char(s.ptr[len]); len++)
			;
		return len > 1 && len < s.len && s.ptr[len] == ']' ? len + 1
								   : 0;
	}
	while (len < s.len && is_name_char(s.ptr[len]))
		len++;
	return len;
}

/* Four numbers of which the first is 127: no name can look like that. */
static bool
is_loopback_v4(const char *host)
{
	unsigned a, b, c, d;
	char after;

	return sscanf(host, "%3u.%3u.%3u.%3u%c", &a, &b, &c, &d, &after) == 4 &&
	    a == 127 && b < 256 && c < 256 && d < 256;
}

static bool
is_loopback(const char *host)
{
	return !strcmp(host, "localhost") || !strcmp(host, "[::1]") ||
	    is_loopback_v4(host);
}

static void
copy_lower(char *out, struct sl_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	out[s.len] = '\0';
}

/* What is shown of a URL: nothing up to an '@', which may be a password. */
static struct sl_str
shown(struct sl_str url)
{
	const char *at = url.len ? memrchr(url.ptr, '@', url.len) : NULL;

	if (at != NULL)
		url = sl_strn(at, url.len - (size_t)(at - url.ptr));
	if (url.len > SHOWN_MAX)
		url.len = SHOWN_MAX;
	return url;
}

static int
bad_url(struct sl_str url, const char *why, struct sl_error *err)
{
	struct sl_str part = shown(url);

	return sl_error_set(err, SL_EINVAL,
	    "\"%s%.*s\" is not an endpoint: %s; write https://host or "
	    "https://host:port", part.ptr == url.ptr ? "" : "...",
	    SL_STR_ARG(part), why);
}

int
sl_http_origin_parse(struct sl_str url, struct sl_http_origin *out,
    struct sl_error *err)
{
	struct sl_http_origin origin = { .tls = sl_str_starts(url, "https://") };
	struct sl_str rest;
	uint64_t port = 0;
	size_t len;

	if (!origin.tls && !sl_str_starts(url, "http://"))
		return bad_url(url, "it starts with neither https:// nor "
				    "http://", err);
	len = origin.tls ? strlen("https://") : strlen("http://");
	rest = sl_strn(url.ptr + len, url.len - len);
	if (sl_str_ends(rest, "/"))
		rest.len--;
	len = host_length(rest);
	if (len == 0 || len > SL_HTTP_HOST_MAX - 10)
		return bad_url(url, "its host name is missing or not one",
		    err);
	copy_lower(origin.host, sl_strn(rest.ptr, len));
	origin.loopback = is_loopback(origin.host);
	rest = sl_strn(rest.ptr + len, rest.len - len);
	if (rest.len > 0) {
		struct sl_str number = sl_strn(rest.ptr + 1, rest.len - 1);

		if (rest.ptr[0] != ':' ||
		    sl_num_parse(number, 65535, &port) < 0 || port == 0)
			return bad_url(url, "only a port may follow the host",
			    err);
	}
	if (!origin.tls && !origin.loopback)
		return bad_url(url, "without TLS only this machine itself is "
				    "spoken to", err);
	if (port != 0 && port != (origin.tls ? HTTPS_PORT : HTTP_PORT))
		snprintf(origin.host + len, sizeof(origin.host) - len, ":%u",
		    (unsigned)port);
	*out = origin;
	return SL_OK;
}
