/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <dirent.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "sign/sigv4.h"

#define CASES_MAX 100
#define FILE_MAX 65536

/* --- the vectors --- */

static char *case_names[CASES_MAX];
static int case_count;

struct vector {
	char *dir;
	struct sl_buf text; /* of the request file; the rest points into it */
	struct sl_field query[SL_SIGV4_FIELDS_MAX];
	struct sl_field headers[SL_SIGV4_FIELDS_MAX];
	struct sl_sigv4_request req;
	struct sl_sigv4_scope scope;
	const char *key_id;
	struct sl_secret secret;
	char payload_hash[SL_SHA256_HEX + 1];
};

static char *
vectors_dir(void)
{
	const char *srcdir = getenv("SL_SRCDIR");

	return sl_fsx_join(srcdir ? srcdir : ".", "tests/vectors/sigv4");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
find_cases(void)
{
	SL_CLEANUP(sl_freep) char *dir = vectors_dir();
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d && (entry = readdir(d)) && case_count < CASES_MAX)
		if (!strchr(entry->d_name, '.'))
			case_names[case_count++] = sl_strdup(entry->d_name);
	if (d)
		closedir(d);
	qsort(case_names, (size_t)case_count, sizeof(*case_names), by_name);
}

static int
hex_digit(char c)
{
	return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

/* Percent-decode in place. */
static struct sl_str
decode(char *s)
{
	size_t len = 0;

	for (char *p = s; *p; p++) {
		if (*p == '%') {
			s[len++] = (char)(hex_digit(p[1]) * 16 +
			    hex_digit(p[2]));
			p += 2;
		} else {
			s[len++] = *p;
		}
	}
	return sl_strn(s, len);
}

static struct sl_field
decode_pair(char *text)
{
	char *equals = strchr(text, '=');
	struct sl_field field;

	ck_assert_ptr_nonnull(equals);
	*equals = '\0';
	field.name = decode(text);
	field.value = decode(equals + 1);
	return field;
}

static void
take_line(struct vector *v, const char *word, char *value)
{
	if (!strcmp(word, "rule"))
		v->req.path_rule = !strcmp(value, "verbatim")
		    ? SL_SIGV4_PATH_VERBATIM : SL_SIGV4_PATH_NORMALIZE;
	else if (!strcmp(word, "method"))
		v->req.method = value;
	else if (!strcmp(word, "path"))
		v->req.path = sl_str(value);
	else if (!strcmp(word, "query"))
		v->query[v->req.query_count++] = decode_pair(value);
	else if (!strcmp(word, "header"))
		v->headers[v->req.header_count++] = decode_pair(value);
	else if (!strcmp(word, "time"))
		v->scope.time = value;
	else if (!strcmp(word, "region"))
		v->scope.region = value;
	else if (!strcmp(word, "service"))
		v->scope.service = value;
	else if (!strcmp(word, "key-id"))
		v->key_id = value;
	else if (!strcmp(word, "secret"))
		sl_secret_set(&v->secret, sl_str(value));
	else
		ck_abort_msg("unknown word %s", word);
}

static void
read_case_file(const struct vector *v, const char *name, struct sl_buf *out)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(v->dir, name);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_fsx_read(path, out, &err), &err);
}

/* The header where there is one, else the hash of the body file. */
static void
find_payload_hash(struct vector *v)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf body = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(v->dir, "body");

	v->req.payload_hash = v->payload_hash;
	for (size_t i = 0; i < v->req.header_count; i++) {
		if (!sl_str_eqs(v->headers[i].name, "X-Amz-Content-SHA256"))
			continue;
		ck_assert_uint_le(v->headers[i].value.len, SL_SHA256_HEX);
		memcpy(v->payload_hash, v->headers[i].value.ptr,
		    v->headers[i].value.len);
		return;
	}
	ck_assert_int_le(sl_fsx_read(path, &body, NULL), 0);
	sl_sha256_hex(body.ptr, body.len, v->payload_hash);
}

static void
vector_load(struct vector *v, const char *name)
{
	SL_CLEANUP(sl_freep) char *root = vectors_dir();
	char *rest, *line;

	memset(v, 0, sizeof(*v));
	v->dir = sl_fsx_join(root, name);
	sl_buf_init(&v->text, FILE_MAX);
	read_case_file(v, "request", &v->text);
	v->req.query = v->query;
	v->req.headers = v->headers;
	rest = v->text.ptr;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *word = strsep(&line, " ");

		take_line(v, word, line);
	}
	find_payload_hash(v);
}

static void
vector_release(struct vector *v)
{
	free(v->dir);
	sl_buf_release(&v->text);
	sl_secret_release(&v->secret);
}

static void
expect(const struct vector *v, const char *stage, struct sl_str got)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf want = SL_BUF_INIT(FILE_MAX);

	read_case_file(v, stage, &want);
	ck_assert_msg(sl_str_eq(got, sl_buf_str(&want)),
	    "%s: %s is\n%.*s\nnot\n%s", v->dir, stage, SL_STR_ARG(got),
	    sl_buf_cstr(&want));
}

START_TEST(every_stage_of_a_vector_is_right)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf canonical = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf auth = SL_BUF_INIT(FILE_MAX);
	struct sl_error err = SL_ERROR_INIT;
	char signature[SL_SHA256_HEX + 1], key_hex[SL_SHA256_HEX + 1];
	uint8_t key[SL_SHA256_BYTES];
	struct vector v;

	vector_load(&v, case_names[_i]);
	ck_assert_ok(sl_sigv4_canonical(&v.req, &canonical, &names, &err),
	    &err);
	expect(&v, "canonical", sl_buf_str(&canonical));
	expect(&v, "signed-headers", sl_buf_str(&names));
	ck_assert_ok(sl_sigv4_string_to_sign(sl_buf_str(&canonical), &v.scope,
			 &text, &err), &err);
	expect(&v, "string-to-sign", sl_buf_str(&text));
	ck_assert_ok(sl_sigv4_key(&v.secret, &v.scope, key, &err), &err);
	sl_sha256_to_hex(key, key_hex);
	expect(&v, "key", sl_str(key_hex));
	sl_sigv4_signature(key, sl_buf_str(&text), signature);
	expect(&v, "signature", sl_str(signature));
	ck_assert_ok(sl_sigv4_sign(&v.req, &v.scope, v.key_id, &v.secret,
			 &auth, &err), &err);
	expect(&v, "authorization", sl_buf_str(&auth));
	vector_release(&v);
}
END_TEST

START_TEST(there_are_vectors)
{
	ck_assert_int_ge(case_count, 40);
}
END_TEST

/* --- what cannot be signed --- */

static const struct {
	const char *what;
	struct sl_field extra; /* a header besides Host and X-Amz-Date */
	int code;
} bad_headers[] = {
	{ "empty name", { { "", 0 }, { "v", 1 } }, SL_EINVAL },
	{ "blank in name", { { "a b", 3 }, { "v", 1 } }, SL_EINVAL },
	{ "colon in name", { { "a:b", 3 }, { "v", 1 } }, SL_EINVAL },
	{ "NUL in name", { { "a\0b", 3 }, { "v", 1 } }, SL_EINVAL },
	{ "new header", { { "a", 1 }, { "v\r\nb: c", 7 } }, SL_EINVAL },
	{ "bare LF", { { "a", 1 }, { "v\nb", 3 } }, SL_EINVAL },
	{ "bare CR", { { "a", 1 }, { "v\rb", 3 } }, SL_EINVAL },
	{ "final LF", { { "a", 1 }, { "v\n", 2 } }, SL_EINVAL },
	{ "NUL in value", { { "a", 1 }, { "v\0b", 3 } }, SL_EINVAL },
	{ "fold", { { "a", 1 }, { "v\r\n b", 5 } }, SL_OK },
};

#define PLAIN_HEADERS                                                          \
	{ { "Host", 4 }, { "h", 1 } },                                         \
	{ { "X-Amz-Date", 10 }, { "20150830T123600Z", 16 } }

static struct sl_sigv4_request
plain_request(const struct sl_field *headers, size_t count)
{
	return (struct sl_sigv4_request){ .method = "GET",
		.path = SL_STR("/"), .headers = headers,
		.header_count = count, .payload_hash = SL_SIGV4_UNSIGNED };
}

static int
canonical_code(const struct sl_sigv4_request *req)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(FILE_MAX);
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_sigv4_canonical(req, &out, &names, &err);

	ck_assert_int_eq(rc, err.code);
	if (rc < 0)
		ck_assert(out.len == 0 && names.len == 0);
	return rc;
}

START_TEST(headers_that_would_smuggle_are_refused)
{
	struct sl_field headers[] = { PLAIN_HEADERS, bad_headers[_i].extra };
	struct sl_sigv4_request req = plain_request(headers, 3);

	ck_assert_msg(canonical_code(&req) == bad_headers[_i].code, "%s",
	    bad_headers[_i].what);
}
END_TEST

START_TEST(requests_without_the_needed_are_refused)
{
	struct sl_field headers[] = { PLAIN_HEADERS };
	struct sl_sigv4_request req = plain_request(headers, 2);

	ck_assert_int_eq(canonical_code(&req), SL_OK);
	req.header_count = 1;
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
	req.headers = headers + 1;
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
	req = plain_request(headers, 2);
	req.path = SL_STR("a");
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
	req.path_rule = SL_SIGV4_PATH_VERBATIM;
	req.path = SL_STR("/a\nb");
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
	req.path = SL_STR("/a?b");
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
	req = plain_request(headers, 2);
	req.method = "get";
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
	req = plain_request(headers, 2);
	req.payload_hash = "E3B0";
	ck_assert_int_eq(canonical_code(&req), SL_EINVAL);
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
	struct sl_field headers[SL_SIGV4_FIELDS_MAX + 1] = { PLAIN_HEADERS };
	struct sl_sigv4_request req = plain_request(headers, 2);

	for (size_t i = 2; i < SL_COUNT(headers); i++)
		headers[i] = (struct sl_field){ SL_STR("a"), SL_STR("b") };
	req.header_count = SL_SIGV4_FIELDS_MAX;
	ck_assert_int_eq(canonical_code(&req), SL_OK);
	req.header_count = SL_SIGV4_FIELDS_MAX + 1;
	ck_assert_int_eq(canonical_code(&req), SL_ETOOBIG);
	req.header_count = 2;
	req.query = headers;
	req.query_count = SL_SIGV4_FIELDS_MAX + 1;
	ck_assert_int_eq(canonical_code(&req), SL_ETOOBIG);
}
END_TEST

START_TEST(headers_that_others_touch_are_not_signed)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(FILE_MAX);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_field headers[] = { PLAIN_HEADERS,
		{ SL_STR("Content-Length"), SL_STR("3") },
		{ SL_STR("Accept-Encoding"), SL_STR("gzip") },
		{ SL_STR("Proxy-Anything"), SL_STR("x") },
		{ SL_STR("Authorization"), SL_STR("x") } };
	struct sl_sigv4_request req =
	    plain_request(headers, SL_COUNT(headers));

	ck_assert_ok(sl_sigv4_canonical(&req, &out, &names, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&names), "host;x-amz-date");
}
END_TEST

static const struct {
	struct sl_sigv4_scope scope;
	const char *key_id;
} bad_scopes[] = {
	{ { "20150830T123600", "r", "s" }, "ID" },
	{ { "2015-08-30T12:36:00Z", "r", "s" }, "ID" },
	{ { "20150830T123600Zx", "r", "s" }, "ID" },
	{ { "", "r", "s" }, "ID" },
	{ { "20150830T123600Z", "", "s" }, "ID" },
	{ { "20150830T123600Z", "r/x", "s" }, "ID" },
	{ { "20150830T123600Z", "r", "s\n" }, "ID" },
	{ { "20150830T123600Z", "r", "s" }, "" },
	{ { "20150830T123600Z", "r", "s" }, "ID\r\nX: y" },
	{ { "20150830T123600Z", "r", "s" }, "ID/x" },
};

START_TEST(scopes_and_key_ids_are_checked)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf auth = SL_BUF_INIT(FILE_MAX);
	SL_CLEANUP(sl_secret_release) struct sl_secret secret = SL_SECRET_INIT;
	struct sl_field headers[] = { PLAIN_HEADERS };
	struct sl_sigv4_request req = plain_request(headers, 2);
	struct sl_error err = SL_ERROR_INIT;

	sl_secret_set(&secret, SL_STR("secret"));
	ck_assert_err(sl_sigv4_sign(&req, &bad_scopes[_i].scope,
			  bad_scopes[_i].key_id, &secret, &auth, &err),
	    SL_EINVAL, &err);
	ck_assert_uint_eq(auth.len, 0);
	ck_assert_ptr_null(strstr(err.text, "secret\""));
}
END_TEST

START_TEST(an_empty_secret_is_refused)
{
	static const struct sl_sigv4_scope scope = { "20150830T123600Z", "r",
		"s" };
	struct sl_secret none = SL_SECRET_INIT;
	struct sl_error err = SL_ERROR_INIT;
	uint8_t key[SL_SHA256_BYTES];

	ck_assert_err(sl_sigv4_key(&none, &scope, key, &err), SL_EINVAL, &err);
}
END_TEST

static TCase *
tcase_vectors(void)
{
	TCase *tc = tcase_create("vectors");

	find_cases();
	tcase_add_test(tc, there_are_vectors);
	tcase_add_loop_test(tc, every_stage_of_a_vector_is_right, 0,
	    case_count);
	return tc;
}

static TCase *
tcase_refusals(void)
{
	TCase *tc = tcase_create("refusals");

	tcase_add_loop_test(tc, headers_that_would_smuggle_are_refused, 0,
	    SL_COUNT(bad_headers));
	tcase_add_test(tc, requests_without_the_needed_are_refused);
	tcase_add_test(tc, too_many_fields_are_refused);
	tcase_add_test(tc, headers_that_others_touch_are_not_signed);
	tcase_add_loop_test(tc, scopes_and_key_ids_are_checked, 0,
	    SL_COUNT(bad_scopes));
	tcase_add_test(tc, an_empty_secret_is_refused);
	return tc;
}

SL_TEST_MAIN("sign", tcase_vectors, tcase_refusals)
