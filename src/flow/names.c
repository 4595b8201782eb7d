/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/names.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypto/digest.h"

#define HEADS "refs/heads/"
#define HASH_DIGITS 10
/* What is left of a name before "-" and the hash. */
#define STEM_MAX (SL_BRANCH_ID_SIZE - 1 - 1 - HASH_DIGITS)
/* Stands before the hash where nothing of the name can be kept. */
#define EMPTY_STEM "ref"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* "-" and HASH_DIGITS hexadecimal digits at the end. */
static bool
ends_hashed(struct sl_str s)
{
	const char *p;

	if (s.len < HASH_DIGITS + 1)
		return false;
	p = s.ptr + s.len - HASH_DIGITS - 1;
	if (*p++ != '-')
		return false;
	for (size_t i = 0; i < HASH_DIGITS; i++) {
		if (!is_hex(p[i]))
			return false;
	}
	return true;
}

bool
sl_branch_id_valid(struct sl_str s)
{
	if (s.len == 0 || s.len >= SL_BRANCH_ID_SIZE)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool edge = i == 0 || i + 1 == s.len || s.ptr[i - 1] == '-';

		if (s.ptr[i] == '-' ? edge
		    : !is_lower(s.ptr[i]) && !is_digit(s.ptr[i]))
			return false;
	}
	return true;
}

/* Letters lowered, other runs as one "-", none at either end, cut. */
static size_t
make_stem(struct sl_str s, char out[STEM_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len && n < STEM_MAX; i++) {
		char c = s.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (is_lower(c) || is_digit(c))
			out[n++] = c;
		else if (n > 0 && out[n - 1] != '-')
			out[n++] = '-';
	}
	while (n > 0 && out[n - 1] == '-')
		n--;
	out[n] = '\0';
	return n;
}

void
sl_branch_id(struct sl_str ref, char out[SL_BRANCH_ID_SIZE])
{
	char hex[SL_SHA256_HEX + 1];
	char stem[STEM_MAX + 1];
	struct sl_str name = ref;

	if (sl_str_starts(ref, HEADS)) {
		name = sl_strn(ref.ptr + strlen(HEADS),
		    ref.len - strlen(HEADS));
		if (sl_branch_id_valid(name) && !ends_hashed(name)) {
			memcpy(out, name.ptr, name.len);
			out[name.len] = '\0';
			return;
		}
	} else if (sl_str_starts(ref, "refs/")) {
		name = sl_strn(ref.ptr + 5, ref.len - 5);
	}
	sl_sha256_hex(ref.ptr, ref.len, hex);
	if (make_stem(name, stem) == 0)
		memcpy(stem, EMPTY_STEM, sizeof(EMPTY_STEM));
	snprintf(out, SL_BRANCH_ID_SIZE, "%s-%.*s", stem, HASH_DIGITS, hex);
}

void
sl_build_name(const char *use_case, const char *branch_id,
    char out[SL_BUILD_NAME_SIZE])
{
	snprintf(out, SL_BUILD_NAME_SIZE, "%s%s%s", use_case,
	    branch_id[0] != '\0' ? "--" : "", branch_id);
}

int
sl_build_id(const struct sl_oid *commit, int64_t commit_time_s,
    char out[SL_BUILD_ID_SIZE], struct sl_error *err)
{
	char when[SL_TIME_BASIC_SIZE];
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(commit, hex);
	if (sl_time_format_basic(commit_time_s, when) < 0)
		return sl_error_set(err, SL_EINVAL,
		    "commit %s: its time is outside the years 0 to 9999, so "
		    "it has no build id: amend it with a right date", hex);
	snprintf(out, SL_BUILD_ID_SIZE, "%s-%s", when, hex);
	return SL_OK;
}

bool
sl_build_id_valid(struct sl_str s)
{
	static const char shape[] = "00000000T000000Z-";

	if (s.len != SL_BUILD_ID_SIZE - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (i >= sizeof(shape) - 1 ? !is_hex(c)
		    : shape[i] == '0' ? !is_digit(c) : c != shape[i])
			return false;
	}
	return true;
}

void
sl_attempt_name(const char *build_id, unsigned attempt,
    char out[SL_DISPLAY_NAME_SIZE])
{
	if (attempt <= 1)
		snprintf(out, SL_DISPLAY_NAME_SIZE, "%s", build_id);
	else
		snprintf(out, SL_DISPLAY_NAME_SIZE, "%s-a%u", build_id,
		    attempt);
}

void
sl_attempt_token(const struct sl_token_parts *parts, char out[SL_TOKEN_SIZE])
{
	struct sl_sha256 sum;
	uint8_t digest[SL_SHA256_BYTES];
	char number[16];

	snprintf(number, sizeof(number), "%u", parts->attempt);
	sl_sha256_init(&sum);
	sl_sha256_field(&sum, sl_str(parts->account));
	sl_sha256_field(&sum, sl_str(parts->region));
	sl_sha256_field(&sum, sl_str(parts->pipeline));
	sl_sha256_field(&sum, sl_str(parts->project));
	sl_sha256_field(&sum, sl_str(parts->build_id));
	/* The last one has no NUL after it. */
	sl_sha256_update(&sum, number, strlen(number));
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, out);
}

void
sl_uuid_token(struct sl_str bytes, char out[SL_UUID_SIZE])
{
	uint8_t d[SL_SHA256_BYTES];
	size_t n = 0;

	sl_sha256(bytes.ptr, bytes.len, d);
	d[6] = (uint8_t)((d[6] & 0x0F) | 0x50);
	d[8] = (uint8_t)((d[8] & 0x3F) | 0x80);
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		n += (size_t)snprintf(out + n, SL_UUID_SIZE - n, "%02x", d[i]);
	}
}

bool
sl_repository_may_be(const char *a, const char *b)
{
	bool a_clone = sl_str_starts(sl_str(a), SL_REPOSITORY_CLONE);
	bool b_clone = sl_str_starts(sl_str(b), SL_REPOSITORY_CLONE);

	return a_clone != b_clone || !strcmp(a, b);
}

/* The index of the first of some bytes, or s.len. */
static size_t
find_any(struct sl_str s, const char *bytes)
{
	size_t i = 0;

	while (i < s.len && strchr(bytes, s.ptr[i]) == NULL)
		i++;
	return i;
}

static struct sl_str
skip(struct sl_str s, size_t n)
{
	return sl_strn(s.ptr + n, s.len - n);
}

int
sl_repository_clone_id(struct sl_str url, struct sl_buf *out,
    struct sl_error *err)
{
	struct sl_str host = url, path;
	size_t at, end;

	for (at = 0; at + 3 <= url.len; at++)
		if (!memcmp(url.ptr + at, "://", 3)) {
			host = skip(url, at + 3);
			break;
		}
	/* What is before the last '@' of the host is a user, perhaps with a
	 * password or a CI job's token. */
	end = find_any(host, "/");
	for (at = end; at > 0; at--)
		if (host.ptr[at - 1] == '@') {
			host = skip(host, at);
			break;
		}
	at = find_any(host, ":/");
	path = at < host.len ? skip(host, at + 1) : sl_strn(NULL, 0);
	if (at < host.len && host.ptr[at] == ':') {
		/* A port, or the short ssh form's separator. */
		for (end = 0; end < path.len && path.ptr[end] >= '0' &&
		     path.ptr[end] <= '9'; end++)
			;
		if (end > 0 && end < path.len && path.ptr[end] == '/')
			path = skip(path, end + 1);
	}
	host.len = at;
	while (path.len > 0 && path.ptr[0] == '/')
		path = skip(path, 1);
	while (path.len > 0 && path.ptr[path.len - 1] == '/')
		path.len--;
	if (sl_str_ends(path, ".git"))
		path.len -= 4;
	if (path.len == 0)
		return sl_error_set(err, SL_EINVAL,
		    "the URL of remote origin names no repository");
	sl_buf_adds(out, SL_REPOSITORY_CLONE);
	sl_buf_addv(out, host);
	sl_buf_addc(out, '/');
	return sl_buf_addv(out, path);
}
