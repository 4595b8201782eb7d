/* SPDX-License-Identifier: Apache-2.0 */
#include "sign/sigv4.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/text.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define TERMINATOR "aws4_request"
#define SCOPE_MAX 256
#define DATE_LEN 8 /* of "20261122T103140Z" */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' ||
	    c == '\f';
}

/* --- query --- */

struct encoded_pair {
	struct sl_str name, value;
};

static int
pair_cmp(const struct encoded_pair *a, const struct encoded_pair *b)
{
	int order = sl_str_cmp(a->name, b->name);

	return order ? order : sl_str_cmp(a->value, b->value);
}

static void
sort_pairs(struct encoded_pair *pairs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct encoded_pair moving = pairs[i];
		size_t at = i;

		for (; at > 0 && pair_cmp(&pairs[at - 1], &moving) > 0; at--)
			pairs[at] = pairs[at - 1];
		pairs[at] = moving;
	}
}

int
sl_sigv4_query(const struct sl_field *query, size_t count, struct sl_buf *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_SIGV4_CANONICAL_MAX);
	struct encoded_pair pairs[SL_SIGV4_FIELDS_MAX];
	size_t ends[2 * SL_SIGV4_FIELDS_MAX];
	size_t from = 0, old = out->len;

	if (count > SL_SIGV4_FIELDS_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "a request with %zu query parameters, at most %d", count,
		    SL_SIGV4_FIELDS_MAX);
	/* The text may move while it grows: views are taken afterwards. */
	for (size_t i = 0; i < count; i++) {
		sl_uri_encode(&text, query[i].name, false);
		ends[2 * i] = text.len;
		sl_uri_encode(&text, query[i].value, false);
		ends[2 * i + 1] = text.len;
	}
	for (size_t i = 0; i < count; i++) {
		size_t middle = ends[2 * i], end = ends[2 * i + 1];

		pairs[i].name = sl_strn(text.ptr + from, middle - from);
		pairs[i].value = sl_strn(text.ptr + middle, end - middle);
		from = end;
	}
	sort_pairs(pairs, count);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			sl_buf_addc(out, '&');
		sl_buf_addv(out, pairs[i].name);
		sl_buf_addc(out, '=');
		sl_buf_addv(out, pairs[i].value);
	}
	if (text.over || out->over) {
		sl_buf_truncate(out, old);
		return sl_error_set(err, SL_ETOOBIG,
		    "the query of a request is too long to sign");
	}
	return SL_OK;
}

/* --- path --- */

/* Drop the last segment of "/a/b" style text, but nothing before from. */
static void
drop_segment(struct sl_buf *b, size_t from)
{
	size_t len = b->len;

	while (len > from && b->ptr[len - 1] != '/')
		len--;
	sl_buf_truncate(b, len > from ? len - 1 : from);
}

/*
 * RFC 3986, 5.2.4, and runs of slashes taken as one: "/a/./b//../c/" becomes
 * "/a/c/".
 */
static void
normalize_path(struct sl_str path, struct sl_buf *out)
{
	size_t from = out->len;

	for (size_t at = 0; at < path.len;) {
		size_t end = at;
		struct sl_str segment;

		while (end < path.len && path.ptr[end] != '/')
			end++;
		segment = sl_strn(path.ptr + at, end - at);
		at = end + 1;
		if (segment.len == 0 || sl_str_eqs(segment, "."))
			continue;
		if (sl_str_eqs(segment, "..")) {
			drop_segment(out, from);
			continue;
		}
		sl_buf_addc(out, '/');
		sl_buf_addv(out, segment);
	}
	if (out->len == from || path.ptr[path.len - 1] == '/')
		sl_buf_addc(out, '/');
}

/* Visible ASCII: a line feed would make another canonical line. */
static bool
is_wire_path(struct sl_str path)
{
	for (size_t i = 0; i < path.len; i++)
		if (path.ptr[i] <= ' ' || path.ptr[i] > '~' ||
		    path.ptr[i] == '?' || path.ptr[i] == '#')
			return false;
	return true;
}

int
sl_sigv4_path(struct sl_str path, enum sl_sigv4_path_rule rule,
    struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf plain = SL_BUF_INIT(SL_SIGV4_CANONICAL_MAX);

	if (!sl_str_starts(path, "/"))
		return sl_error_set(err, SL_EINVAL,
		    "the path of a request does not start with '/'");
	if (rule == SL_SIGV4_PATH_VERBATIM) {
		if (!is_wire_path(path))
			return sl_error_set(err, SL_EINVAL,
			    "the path of a request is not encoded");
		sl_buf_addv(out, path);
	} else {
		normalize_path(path, &plain);
		sl_uri_encode(out, sl_buf_str(&plain), true);
	}
	if (plain.over || out->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the path of a request is too long to sign");
	return SL_OK;
}

/* --- headers --- */

/*
 * Headers that a proxy or the transport adds, drops or rewrites, and the one
 * that the signature goes into. By prefix: all of the proxy- family.
 */
static bool
is_unsigned_header(struct sl_str name)
{
	static const char *const names[] = { "accept-encoding", "authorization",
		"connection", "content-length", "expect", "keep-alive", "te",
		"trailer", "transfer-encoding", "upgrade", "user-agent",
		"x-amzn-trace-id" };
	char low[32];

	if (name.len >= sizeof(low))
		return false;
	for (size_t i = 0; i < name.len; i++)
		low[i] = lower(name.ptr[i]);
	low[name.len] = '\0';
	if (!strncmp(low, "proxy-", 6))
		return true;
	for (size_t i = 0; i < SL_COUNT(names); i++)
		if (!strcmp(low, names[i]))
			return true;
	return false;
}

static int
name_cmp(struct sl_str a, struct sl_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;

	for (size_t i = 0; i < n; i++) {
		int diff = (unsigned char)lower(a.ptr[i]) -
		    (unsigned char)lower(b.ptr[i]);

		if (diff != 0)
			return diff;
	}
	return a.len < b.len ? -1 : a.len > b.len;
}

static bool
name_is(struct sl_str name, const char *low)
{
	return name_cmp(name, sl_str(low)) == 0;
}

/* RFC 9110 "token". */
static bool
is_token(struct sl_str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!is_alnum(name.ptr[i]) &&
		    (name.ptr[i] == '\0' ||
			!strchr("!#$%&'*+-.^_`|~", name.ptr[i])))
			return false;
	return name.len > 0;
}

/* CR LF is allowed only where blank space follows: a folded line. */
static bool
is_sendable(struct sl_str value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];
		char next = i + 1 < value.len ? value.ptr[i + 1] : '\0';

		if (c == '\0')
			return false;
		if (c == '\n' && next != ' ' && next != '\t')
			return false;
		if (c == '\r' && next != '\n')
			return false;
	}
	return true;
}

/* Trimmed, and each run of blanks (a fold included) as one space. */
static void
add_value(struct sl_buf *out, struct sl_str value)
{
	bool first = true;

	for (size_t at = 0; at < value.len;) {
		size_t start;

		while (at < value.len && is_blank(value.ptr[at]))
			at++;
		start = at;
		while (at < value.len && !is_blank(value.ptr[at]))
			at++;
		if (at == start)
			break;
		if (!first)
			sl_buf_addc(out, ' ');
		first = false;
		sl_buf_add(out, value.ptr + start, at - start);
	}
}

/* The signed headers in order of their names; equal names keep theirs. */
static int
pick_headers(const struct sl_sigv4_request *req,
    const struct sl_field *picked[SL_SIGV4_FIELDS_MAX], size_t *count,
    struct sl_error *err)
{
	bool host = false, date = false;

	*count = 0;
	if (req->header_count > SL_SIGV4_FIELDS_MAX)
		return sl_error_set(err, SL_ETOOBIG,
		    "a request with %zu headers, at most %d",
		    req->header_count, SL_SIGV4_FIELDS_MAX);
	for (size_t i = 0; i < req->header_count; i++) {
		const struct sl_field *header = &req->headers[i];
		size_t at;

		if (!is_token(header->name) || !is_sendable(header->value))
			return sl_error_set(err, SL_EINVAL,
			    "a header of a request cannot be signed");
		if (is_unsigned_header(header->name))
			continue;
		host |= name_is(header->name, "host");
		date |= name_is(header->name, "x-amz-date");
		for (at = (*count)++; at > 0; at--) {
			if (name_cmp(picked[at - 1]->name, header->name) <= 0)
				break;
			picked[at] = picked[at - 1];
		}
		picked[at] = header;
	}
	if (!host || !date)
		return sl_error_set(err, SL_EINVAL,
		    "a request without a Host or X-Amz-Date header");
	return SL_OK;
}

static void
add_lower(struct sl_buf *out, struct sl_str name)
{
	for (size_t i = 0; i < name.len; i++)
		sl_buf_addc(out, lower(name.ptr[i]));
}

static void
add_headers(const struct sl_field *const *picked, size_t count,
    struct sl_buf *out, struct sl_buf *names)
{
	for (size_t i = 0; i < count; i++) {
		bool again = i > 0 &&
		    !name_cmp(picked[i - 1]->name, picked[i]->name);

		if (again) {
			sl_buf_addc(out, ',');
		} else {
			if (i > 0) {
				sl_buf_addc(out, '\n');
				sl_buf_addc(names, ';');
			}
			add_lower(out, picked[i]->name);
			add_lower(names, picked[i]->name);
			sl_buf_addc(out, ':');
		}
		add_value(out, picked[i]->value);
	}
	sl_buf_addc(out, '\n');
}

/* --- canonical request --- */

static bool
is_payload_hash(const char *hash)
{
	if (!strcmp(hash, SL_SIGV4_UNSIGNED))
		return true;
	return strlen(hash) == SL_SHA256_HEX &&
	    strspn(hash, "0123456789abcdef") == SL_SHA256_HEX;
}

static bool
is_method(const char *method)
{
	size_t len = strlen(method);

	return len > 0 && strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len;
}

static int
add_canonical(const struct sl_sigv4_request *req, struct sl_buf *out,
    struct sl_buf *names, struct sl_error *err)
{
	const struct sl_field *picked[SL_SIGV4_FIELDS_MAX];
	size_t count, from = names->len;
	int rc;

	if (!is_method(req->method) || !is_payload_hash(req->payload_hash))
		return sl_error_set(err, SL_EINVAL,
		    "a request without a method or a payload hash");
	rc = pick_headers(req, picked, &count, err);
	if (rc < 0)
		return rc;
	sl_buf_addf(out, "%s\n", req->method);
	rc = sl_sigv4_path(req->path, req->path_rule, out, err);
	if (rc < 0)
		return rc;
	sl_buf_addc(out, '\n');
	rc = sl_sigv4_query(req->query, req->query_count, out, err);
	if (rc < 0)
		return rc;
	sl_buf_addc(out, '\n');
	add_headers(picked, count, out, names);
	sl_buf_addc(out, '\n');
	sl_buf_add(out, names->ptr + from, names->len - from);
	sl_buf_addf(out, "\n%s", req->payload_hash);
	if (out->over || names->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "a request is too long to sign");
	return SL_OK;
}

int
sl_sigv4_canonical(const struct sl_sigv4_request *req, struct sl_buf *out,
    struct sl_buf *signed_headers, struct sl_error *err)
{
	size_t old = out->len, old_names = signed_headers->len;
	int rc = add_canonical(req, out, signed_headers, err);

	if (rc < 0) {
		sl_buf_truncate(out, old);
		sl_buf_truncate(signed_headers, old_names);
	}
	return rc;
}

/* --- string to sign, key, signature --- */

static bool
is_time(const char *time)
{
	static const char shape[] = "00000000T000000Z";

	for (size_t i = 0; i < sizeof(shape); i++) {
		bool digit = time[i] >= '0' && time[i] <= '9';

		if (shape[i] == '0' ? !digit : time[i] != shape[i])
			return false;
	}
	return true;
}

static bool
is_word(const char *s)
{
	for (size_t i = 0; s[i] != '\0'; i++)
		if (!is_alnum(s[i]) && s[i] != '-')
			return false;
	return s[0] != '\0';
}

static int
add_scope(const struct sl_sigv4_scope *scope, struct sl_buf *out,
    struct sl_error *err)
{
	if (!is_time(scope->time) || !is_word(scope->region) ||
	    !is_word(scope->service))
		return sl_error_set(err, SL_EINVAL,
		    "cannot sign for time \"%s\", region \"%s\", service "
		    "\"%s\"", scope->time, scope->region, scope->service);
	if (sl_buf_addf(out, "%.*s/%s/%s/" TERMINATOR, DATE_LEN, scope->time,
		scope->region, scope->service) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "the scope of a signature is too long");
	return SL_OK;
}

int
sl_sigv4_string_to_sign(struct sl_str canonical,
    const struct sl_sigv4_scope *scope, struct sl_buf *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SCOPE_MAX);
	char hash[SL_SHA256_HEX + 1];
	int rc;

	rc = add_scope(scope, &text, err);
	if (rc < 0)
		return rc;
	sl_sha256_hex(canonical.ptr, canonical.len, hash);
	if (sl_buf_addf(out, ALGORITHM "\n%s\n%s\n%s", scope->time,
		sl_buf_cstr(&text), hash) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "a string to sign is too long");
	return SL_OK;
}

int
sl_sigv4_key(const struct sl_secret *secret_access_key,
    const struct sl_sigv4_scope *scope, uint8_t key[SL_SHA256_BYTES],
    struct sl_error *err)
{
	struct sl_str step = sl_strn((const char *)key, SL_SHA256_BYTES);
	struct sl_str secret = sl_secret_view(secret_access_key);
	char first[4 + SL_SIGV4_SECRET_MAX];

	if (!is_time(scope->time))
		return sl_error_set(err, SL_EINVAL,
		    "cannot sign for time \"%s\"", scope->time);
	if (secret.len == 0 || secret.len > sizeof(first) - 4)
		return sl_error_set(err, SL_EINVAL,
		    "a secret access key is empty or too long");
	memcpy(first, "AWS4", 4);
	memcpy(first + 4, secret.ptr, secret.len);
	sl_hmac_sha256(sl_strn(first, 4 + secret.len),
	    sl_strn(scope->time, DATE_LEN), key);
	sl_wipe(first, sizeof(first));
	sl_hmac_sha256(step, sl_str(scope->region), key);
	sl_hmac_sha256(step, sl_str(scope->service), key);
	sl_hmac_sha256(step, SL_STR(TERMINATOR), key);
	return SL_OK;
}

void
sl_sigv4_signature(const uint8_t key[SL_SHA256_BYTES],
    struct sl_str string_to_sign, char out[SL_SHA256_HEX + 1])
{
	uint8_t mac[SL_SHA256_BYTES];

	sl_hmac_sha256(sl_strn((const char *)key, SL_SHA256_BYTES),
	    string_to_sign, mac);
	sl_sha256_to_hex(mac, out);
	sl_wipe(mac, sizeof(mac));
}

static bool
is_key_id(const char *id)
{
	size_t len = strlen(id);

	for (size_t i = 0; i < len; i++)
		if (!is_alnum(id[i]) && id[i] != '_' && id[i] != '-')
			return false;
	return len > 0 && len <= SL_SIGV4_KEY_ID_MAX;
}

int
sl_sigv4_authorization(const char *access_key_id,
    const struct sl_sigv4_scope *scope, struct sl_str signed_headers,
    const char *signature, struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_wipe)
	struct sl_buf auth = SL_BUF_INIT(SL_SIGV4_AUTH_MAX);
	int rc;

	if (!is_key_id(access_key_id))
		return sl_error_set(err, SL_EINVAL,
		    "the access key id is empty or has characters that no "
		    "key id has");
	sl_buf_addf(&auth, ALGORITHM " Credential=%s/", access_key_id);
	rc = add_scope(scope, &auth, err);
	if (rc < 0)
		return rc;
	sl_buf_addf(&auth, ", SignedHeaders=%.*s, Signature=%s",
	    SL_STR_ARG(signed_headers), signature);
	if (auth.over || sl_buf_addv(out, sl_buf_str(&auth)) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "an Authorization header is too long");
	return SL_OK;
}

/* More than the canonical form of a request can need. */
static size_t
canonical_room(const struct sl_sigv4_request *req)
{
	size_t room = 1024 + 3 * req->path.len;

	for (size_t i = 0; i < req->query_count; i++)
		room += 2 + 3 * (req->query[i].name.len +
		    req->query[i].value.len);
	for (size_t i = 0; i < req->header_count; i++)
		room += 4 + 2 * req->headers[i].name.len +
		    req->headers[i].value.len;
	return room;
}

int
sl_sigv4_sign(const struct sl_sigv4_request *req,
    const struct sl_sigv4_scope *scope, const char *access_key_id,
    const struct sl_secret *secret_access_key, struct sl_buf *auth,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_wipe)
	struct sl_buf canonical = SL_BUF_INIT(SL_SIGV4_CANONICAL_MAX);
	SL_CLEANUP(sl_buf_wipe)
	struct sl_buf names = SL_BUF_INIT(SL_SIGV4_AUTH_MAX);
	SL_CLEANUP(sl_buf_wipe)
	struct sl_buf text = SL_BUF_INIT(1024);
	char signature[SL_SHA256_HEX + 1];
	uint8_t key[SL_SHA256_BYTES];
	int rc;

	/* A buffer that moved would leave a session token behind. */
	sl_buf_reserve(&canonical, canonical_room(req));
	rc = sl_sigv4_canonical(req, &canonical, &names, err);
	if (rc < 0)
		return rc;
	rc = sl_sigv4_string_to_sign(sl_buf_str(&canonical), scope, &text, err);
	if (rc < 0)
		return rc;
	rc = sl_sigv4_key(secret_access_key, scope, key, err);
	if (rc < 0)
		return rc;
	sl_sigv4_signature(key, sl_buf_str(&text), signature);
	rc = sl_sigv4_authorization(access_key_id, scope, sl_buf_str(&names),
	    signature, auth, err);
	sl_wipe(key, sizeof(key));
	sl_wipe(signature, sizeof(signature));
	return rc;
}
