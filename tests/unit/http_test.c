/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"

/* --- origins --- */

static const struct {
	const char *url;
	int code;
	const char *host;
	bool tls, loopback;
} origins[] = {
	{ "https://s3.eu-west-1.amazonaws.com", SL_OK,
	    "s3.eu-west-1.amazonaws.com", true, false },
	{ "https://S3.Example.COM/", SL_OK, "s3.example.com", true, false },
	{ "https://h:443", SL_OK, "h", true, false },
	{ "https://h:80", SL_OK, "h:80", true, false },
	{ "http://127.0.0.1:5000", SL_OK, "127.0.0.1:5000", false, true },
	{ "http://127.9.9.9:80/", SL_OK, "127.9.9.9", false, true },
	{ "http://LocalHost:8080", SL_OK, "localhost:8080", false, true },
	{ "http://[::1]:5000", SL_OK, "[::1]:5000", false, true },
	{ "https://[2001:DB8::1]", SL_OK, "[2001:db8::1]", true, false },
	{ "http://example.com", SL_EINVAL, NULL, false, false },
	{ "http://127.0.0.1.evil.example", SL_EINVAL, NULL, false, false },
	{ "http://127.evil.example", SL_EINVAL, NULL, false, false },
	{ "http://localhost.evil.example", SL_EINVAL, NULL, false, false },
	{ "http://127.0.0.1@evil.example", SL_EINVAL, NULL, false, false },
	{ "http://127.0.0.999", SL_EINVAL, NULL, false, false },
	{ "https://user:pass@h", SL_EINVAL, NULL, false, false },
	{ "https://user:pass@word@h/path", SL_EINVAL, NULL, false, false },
	{ "https://h/path", SL_EINVAL, NULL, false, false },
	{ "https://h?x", SL_EINVAL, NULL, false, false },
	{ "https://h#x", SL_EINVAL, NULL, false, false },
	{ "https://h:0", SL_EINVAL, NULL, false, false },
	{ "https://h:65536", SL_EINVAL, NULL, false, false },
	{ "https://h:", SL_EINVAL, NULL, false, false },
	{ "https://h: 80", SL_EINVAL, NULL, false, false },
	{ "https://", SL_EINVAL, NULL, false, false },
	{ "https:///", SL_EINVAL, NULL, false, false },
	{ "https://[::1", SL_EINVAL, NULL, false, false },
	{ "https://[]", SL_EINVAL, NULL, false, false },
	{ "https://[fe80::1%25eth0]", SL_EINVAL, NULL, false, false },
	{ "https://a b", SL_EINVAL, NULL, false, false },
	{ "https://h\r\nX: y", SL_EINVAL, NULL, false, false },
	{ "ftp://h", SL_EINVAL, NULL, false, false },
	{ "h", SL_EINVAL, NULL, false, false },
	{ "", SL_EINVAL, NULL, false, false },
};

START_TEST(origin_is_read_or_refused)
{
	struct sl_http_origin out = { .host = "untouched" };
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_http_origin_parse(sl_str(origins[_i].url), &out, &err);

	ck_assert_msg(rc == origins[_i].code, "%s: %d %s", origins[_i].url,
	    rc, err.text);
	if (rc < 0) {
		ck_assert_str_eq(out.host, "untouched");
		/* A message is no place for a password. */
		ck_assert_ptr_null(strstr(err.text, "pass"));
		return;
	}
	ck_assert_str_eq(out.host, origins[_i].host);
	ck_assert(out.tls == origins[_i].tls);
	ck_assert(out.loopback == origins[_i].loopback);
}
END_TEST

START_TEST(origin_of_a_huge_name_is_refused)
{
	struct sl_http_origin out;
	struct sl_error err = SL_ERROR_INIT;
	char url[1000] = "https://";

	memset(url + 8, 'a', sizeof(url) - 9);
	url[sizeof(url) - 1] = '\0';
	ck_assert_err(sl_http_origin_parse(sl_str(url), &out, &err),
	    SL_EINVAL, &err);
}
END_TEST

/* --- responses --- */

START_TEST(response_gives_headers_by_lower_case_name)
{
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_http_response_fill(&resp, 200,
			 SL_STR("ETag:  \"x\" \r\nX-A: 1\nX-A: 2\r\nB:\r\n\r\n"),
			 SL_STR("body"), &err), &err);
	ck_assert(sl_str_eqs(sl_http_response_header(&resp, "etag"),
	    "\"x\""));
	ck_assert(sl_str_eqs(sl_http_response_header(&resp, "x-a"), "1"));
	ck_assert_uint_eq(sl_http_response_header(&resp, "b").len, 0);
	ck_assert_uint_eq(sl_http_response_header(&resp, "c").len, 0);
	ck_assert_str_eq(sl_buf_cstr(&resp.body), "body");
	sl_http_response_release(&resp);
	ck_assert_uint_eq(sl_http_response_header(&resp, "etag").len, 0);
}
END_TEST

START_TEST(response_refuses_what_is_no_header)
{
	static const char *const heads[] = { "no colon\n", ": no name\n",
		"A: b\n folded\n" };
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < SL_COUNT(heads); i++)
		ck_assert_err(sl_http_response_fill(&resp, 200,
				  sl_str(heads[i]), SL_STR(""), &err),
		    SL_ENET, &err);
	sl_http_response_release(&resp);
}
END_TEST

START_TEST(response_refuses_too_many_headers)
{
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf head = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;

	for (int i = 0; i <= SL_HTTP_HEADERS_MAX; i++)
		sl_buf_adds(&head, "a: b\n");
	ck_assert_err(sl_http_response_fill(&resp, 200, sl_buf_str(&head),
			  SL_STR(""), &err), SL_ETOOBIG, &err);
	while (head.len <= SL_HTTP_HEADER_BYTES_MAX)
		sl_buf_adds(&head, "a: bbbbbbbbbbbbbbbbbbbbbbbbb\n");
	ck_assert_err(sl_http_response_fill(&resp, 200, sl_buf_str(&head),
			  SL_STR(""), &err), SL_ETOOBIG, &err);
	sl_http_response_release(&resp);
}
END_TEST

/* --- the real transport, against a listener of this process --- */

/*
 * Answers connections one after the other with the same bytes and keeps what
 * was received. With an empty answer it closes the connection after reading.
 */
struct listener {
	int fd;
	uint16_t port;
	const char *answer;
	int connections;
	char got[65536];
	size_t got_len;
	pthread_t thread;
};

static size_t
wanted_length(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);
	const char *field;

	if (end == NULL)
		return SIZE_MAX;
	field = memmem(text, len, "Content-Length: ", 16);
	return (size_t)(end - text) + 4 +
	    (field && field < end ? strtoul(field + 16, NULL, 10) : 0);
}

static void
read_request(struct listener *l, int fd)
{
	l->got_len = 0;
	while (l->got_len < wanted_length(l->got, l->got_len)) {
		ssize_t n = read(fd, l->got + l->got_len,
		    sizeof(l->got) - 1 - l->got_len);

		if (n <= 0)
			break;
		l->got_len += (size_t)n;
	}
	l->got[l->got_len] = '\0';
}

static void *
listen_loop(void *arg)
{
	struct listener *l = arg;
	int fd;

	while ((fd = accept(l->fd, NULL, NULL)) >= 0) {
		ssize_t n;

		l->connections++;
		read_request(l, fd);
		n = write(fd, l->answer, strlen(l->answer));
		(void)n;
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static void
listener_start(struct listener *l, const char *answer)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);

	memset(l, 0, sizeof(*l));
	l->answer = answer;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(l->fd, 0);
	ck_assert_int_eq(bind(l->fd, (struct sockaddr *)&addr, len), 0);
	ck_assert_int_eq(listen(l->fd, 5), 0);
	ck_assert_int_eq(getsockname(l->fd, (struct sockaddr *)&addr, &len),
	    0);
	l->port = ntohs(addr.sin_port);
	ck_assert_int_eq(pthread_create(&l->thread, NULL, listen_loop, l), 0);
}

static void
listener_stop(struct listener *l)
{
	shutdown(l->fd, SHUT_RDWR);
	pthread_join(l->thread, NULL);
	close(l->fd);
}

struct rig {
	struct sl_http_client *client;
	struct sl_http_transport http;
	struct sl_http_origin origin;
	struct sl_http_request req;
	struct sl_http_response resp;
	struct sl_error err;
};

static void
rig_start(struct rig *rig, uint16_t port)
{
	static const struct sl_http_config config = {
		.user_agent = "sluice-test/1",
		.https_proxy = "http://127.0.0.1:1"
	};

	memset(rig, 0, sizeof(*rig));
	ck_assert_ok(sl_http_client_new(&config, &rig->client, &rig->err),
	    &rig->err);
	rig->http = sl_http_client_transport(rig->client);
	rig->origin = (struct sl_http_origin){ .loopback = true };
	snprintf(rig->origin.host, sizeof(rig->origin.host), "127.0.0.1:%u",
	    port);
	rig->req = (struct sl_http_request){ .method = "GET",
		.origin = &rig->origin, .path = SL_STR("/"),
		.timeout_ms = 5000 };
}

static int
rig_send(struct rig *rig)
{
	return rig->http.perform(rig->http.self, &rig->req, &rig->resp,
	    &rig->err);
}

static void
rig_stop(struct rig *rig)
{
	sl_http_response_release(&rig->resp);
	sl_http_client_free(rig->client);
}

#define ANSWER_OK                                                              \
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 7\r\n"                  \
	"Connection: close\r\n\r\nok"

START_TEST(client_sends_exactly_what_it_is_given)
{
	static const struct sl_field headers[] = {
		{ { "Host", 4 }, { "127.0.0.1:1", 11 } },
		{ { "X-Empty", 7 }, { "", 0 } },
		{ { "Authorization", 13 }, { "AWS4 x", 6 } },
	};
	struct listener l;
	struct rig rig;

	listener_start(&l, ANSWER_OK);
	rig_start(&rig, l.port);
	rig.req.method = "PUT";
	rig.req.path = SL_STR("/a/../b//c%20d/.");
	rig.req.query = SL_STR("b=&a=%2F");
	rig.req.headers = headers;
	rig.req.header_count = SL_COUNT(headers);
	rig.req.body = SL_STR("one\0two");
	ck_assert_ok(rig_send(&rig), &rig.err);
	ck_assert_int_eq(rig.resp.status, 200);
	ck_assert_str_eq(sl_buf_cstr(&rig.resp.body), "ok");
	ck_assert(sl_str_eqs(sl_http_response_header(&rig.resp, "x-id"),
	    "7"));
	rig_stop(&rig);
	listener_stop(&l);
	ck_assert_uint_gt(l.got_len, 7);
	ck_assert_mem_eq(l.got + l.got_len - 7, "one\0two", 7);
	l.got[l.got_len - 7] = '\0';
	ck_assert_str_eq(l.got,
	    "PUT /a/../b//c%20d/.?b=&a=%2F HTTP/1.1\r\n"
	    "Host: 127.0.0.1:1\r\nUser-Agent: sluice-test/1\r\nX-Empty:\r\n"
	    "Authorization: AWS4 x\r\nContent-Length: 7\r\n\r\n");
}
END_TEST

START_TEST(client_returns_any_status_and_follows_nothing)
{
	struct listener l;
	struct rig rig;

	listener_start(&l, "HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\n"
			   "Content-Length: 0\r\nConnection: close\r\n\r\n");
	rig_start(&rig, l.port);
	ck_assert_ok(rig_send(&rig), &rig.err);
	ck_assert_int_eq(rig.resp.status, 301);
	rig_stop(&rig);
	listener_stop(&l);
	ck_assert_int_eq(l.connections, 1);
}
END_TEST

START_TEST(client_caps_the_body)
{
	struct listener l;
	struct rig rig;

	listener_start(&l, ANSWER_OK);
	rig_start(&rig, l.port);
	rig.req.max_body_bytes = 1;
	ck_assert_err(rig_send(&rig), SL_ETOOBIG, &rig.err);
	ck_assert_int_eq(rig.resp.status, 0);
	rig_stop(&rig);
	listener_stop(&l);
}
END_TEST

/* What the remote did is unknown: it read the request and gave up. */
static const char *const lost_answers[] = {
	"",
	"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
	"HTTP/1.1 200 OK\r\nContent-Le",
	"nonsense\r\n\r\n",
};

START_TEST(client_says_when_the_outcome_is_unknown)
{
	struct listener l;
	struct rig rig;

	listener_start(&l, lost_answers[_i]);
	rig_start(&rig, l.port);
	rig.req.method = "POST";
	rig.req.body = SL_STR("{}");
	ck_assert_err(rig_send(&rig), SL_ENET, &rig.err);
	ck_assert_int_eq(rig.err.foreign, SL_HTTP_MAYBE_SENT);
	rig_stop(&rig);
	listener_stop(&l);
	ck_assert_int_eq(l.connections, 1);
}
END_TEST

START_TEST(client_says_when_nothing_was_sent)
{
	struct listener l;
	struct rig rig;

	listener_start(&l, "");
	listener_stop(&l); /* the port is free again */
	rig_start(&rig, l.port);
	ck_assert_err(rig_send(&rig), SL_ENET, &rig.err);
	ck_assert_int_eq(rig.err.foreign, SL_HTTP_NOT_SENT);
	ck_assert_ptr_nonnull(strstr(rig.err.text, "127.0.0.1"));
	rig_stop(&rig);
}
END_TEST

START_TEST(client_refuses_what_would_split_a_request)
{
	static const struct sl_field bad[] = {
		{ { "A", 1 }, { "b\r\nC: d", 7 } },
		{ { "A:", 2 }, { "b", 1 } },
		{ { "A;", 2 }, { "", 0 } },
		{ { "A B", 3 }, { "b", 1 } },
		{ { "", 0 }, { "b", 1 } },
	};
	static const char *const paths[] = { "", "a", "/a b", "/a?b", "/a#b",
		"/a\r\nb", "/\xc3\xbc" };
	struct rig rig;

	rig_start(&rig, 1);
	rig.req.header_count = 1;
	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		rig.req.headers = &bad[i];
		ck_assert_err(rig_send(&rig), SL_EINVAL, &rig.err);
	}
	rig.req.header_count = 0;
	for (size_t i = 0; i < SL_COUNT(paths); i++) {
		rig.req.path = sl_str(paths[i]);
		ck_assert_err(rig_send(&rig), SL_EINVAL, &rig.err);
	}
	rig.req.path = SL_STR("/");
	rig.req.method = "GET\r\nX: y";
	ck_assert_err(rig_send(&rig), SL_EINVAL, &rig.err);
	rig_stop(&rig);
}
END_TEST

START_TEST(client_speaks_tls_where_it_must)
{
	struct listener l;
	struct rig rig;

	listener_start(&l, ANSWER_OK);
	rig_start(&rig, l.port);
	rig.origin.tls = true;
	ck_assert_err(rig_send(&rig), SL_ENET, &rig.err);
	ck_assert_int_eq(rig.err.foreign, SL_HTTP_NOT_SENT);
	rig_stop(&rig);
	listener_stop(&l);
}
END_TEST

static TCase *
tcase_values(void)
{
	TCase *tc = tcase_create("values");

	tcase_add_loop_test(tc, origin_is_read_or_refused, 0,
	    SL_COUNT(origins));
	tcase_add_test(tc, origin_of_a_huge_name_is_refused);
	tcase_add_test(tc, response_gives_headers_by_lower_case_name);
	tcase_add_test(tc, response_refuses_what_is_no_header);
	tcase_add_test(tc, response_refuses_too_many_headers);
	return tc;
}

static TCase *
tcase_client(void)
{
	TCase *tc = tcase_create("client");

	tcase_add_test(tc, client_sends_exactly_what_it_is_given);
	tcase_add_test(tc, client_returns_any_status_and_follows_nothing);
	tcase_add_test(tc, client_caps_the_body);
	tcase_add_loop_test(tc, client_says_when_the_outcome_is_unknown, 0,
	    SL_COUNT(lost_answers));
	tcase_add_test(tc, client_says_when_nothing_was_sent);
	tcase_add_test(tc, client_refuses_what_would_split_a_request);
	tcase_add_test(tc, client_speaks_tls_where_it_must);
	return tc;
}

SL_TEST_MAIN("http", tcase_values, tcase_client)
