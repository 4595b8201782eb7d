/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What single values of the configuration may look like. Narrow on purpose:
 * these values end up in URLs, request headers and names.
 */
#include "config/config_int.h"

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(char c)
{
	return is_lower(c) || is_upper(c) || is_digit(c) || c == '_';
}

/* Whether every byte is a letter, a digit, '_' or in more. */
static bool
all_words(struct sl_str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_word(s.ptr[i]) &&
		    (s.ptr[i] == '\0' || strchr(more, s.ptr[i]) == NULL))
			return false;
	return s.len > 0;
}

static bool
all_digits(struct sl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_digit(s.ptr[i]))
			return false;
	return s.len > 0;
}

/* Whether there is no control character (bytes of UTF-8 pass). */
static bool
is_printable(struct sl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return false;
	return true;
}

/* Cut the part before the next separator off *rest. */
static struct sl_str
next_part(struct sl_str *rest, char separator)
{
	const char *end = rest->len ?
	    memchr(rest->ptr, separator, rest->len) :
	    NULL;
	struct sl_str part = *rest;

	if (end == NULL) {
		*rest = sl_strn(NULL, 0);
		return part;
	}
	part.len = (size_t)(end - part.ptr);
	*rest = sl_strn(end + 1, rest->len - part.len - 1);
	return part;
}

const char *
sl_grammar_id(struct sl_str s)
{
	static const char wanted[] =
	    "lower-case letters and digits joined by single \"-\", at most 32";

	if (s.len > 32)
		return wanted;
	for (size_t i = 0; i < s.len; i++) {
		bool good = is_lower(s.ptr[i]) || is_digit(s.ptr[i]) ||
		    (s.ptr[i] == '-' && i > 0 && s.ptr[i - 1] != '-' &&
			i + 1 < s.len);

		if (!good)
			return wanted;
	}
	return s.len > 0 ? NULL : wanted;
}

const char *
sl_grammar_person(struct sl_str s)
{
	return s.len <= 64 && all_words(s, "-.") ?
	    NULL :
	    "letters, digits, \"-\", \".\" and \"_\", at most 64";
}

const char *
sl_grammar_line(struct sl_str s)
{
	return s.len <= 128 && is_printable(s) ?
	    NULL :
	    "one line of at most 128 bytes";
}

const char *
sl_grammar_email(struct sl_str s)
{
	const char *at = memchr(s.ptr, '@', s.len);
	bool good = at != NULL && at > s.ptr && at < s.ptr + s.len - 1 &&
	    s.len <= 254 && is_printable(s) &&
	    memchr(s.ptr, ' ', s.len) == NULL;

	return good ? NULL : "an e-mail address";
}

const char *
sl_grammar_account(struct sl_str s)
{
	return s.len == 12 && all_digits(s) ?
	    NULL :
	    "an AWS account of 12 digits in quotes";
}

/* Words joined by '-', the last one a number: eu-central-1, us-gov-west-1. */
const char *
sl_grammar_region(struct sl_str s)
{
	static const char wanted[] = "an AWS region such as eu-central-1";
	struct sl_str rest = s, part = SL_STR("");
	size_t parts = 0;

	if (s.len > 32 || sl_grammar_id(s) != NULL)
		return wanted;
	for (; rest.len > 0; parts++)
		part = next_part(&rest, '-');
	return parts >= 3 && part.len <= 2 && all_digits(part) ? NULL : wanted;
}

/*
 * "arn:aws:SERVICE:REGION:ACCOUNT:" taken apart; what is left of s is the
 * resource. Region and account may be empty.
 */
static bool
split_arn(struct sl_str *s, struct sl_str *service, struct sl_str *account)
{
	struct sl_str partition;

	if (s->len > 2048 || !is_printable(*s) ||
	    memchr(s->ptr, ' ', s->len) != NULL)
		return false;
	if (!sl_str_eqs(next_part(s, ':'), "arn"))
		return false;
	partition = next_part(s, ':');
	*service = next_part(s, ':');
	(void)next_part(s, ':');
	*account = next_part(s, ':');
	return sl_str_starts(partition, "aws") && all_words(partition, "-") &&
	    (account->len == 0 || sl_grammar_account(*account) == NULL) &&
	    s->len > 0;
}

const char *
sl_grammar_role(struct sl_str s)
{
	struct sl_str service, account;

	return split_arn(&s, &service, &account) &&
	    sl_str_eqs(service, "iam") && account.len > 0 &&
	    sl_str_starts(s, "role/") && s.len > 5 && all_words(s, "+=,.@-/") ?
	    NULL :
	    "the ARN of an IAM role";
}

const char *
sl_grammar_principal(struct sl_str s)
{
	struct sl_str service, account;

	return split_arn(&s, &service, &account) && account.len > 0 &&
	    (sl_str_eqs(service, "iam") || sl_str_eqs(service, "sts")) &&
	    all_words(s, "+=,.@-/") ?
	    NULL :
	    "the ARN of an IAM user, role or assumed role";
}

const char *
sl_grammar_kms_key(struct sl_str s)
{
	struct sl_str service, account;

	return split_arn(&s, &service, &account) &&
	    sl_str_eqs(service, "kms") && account.len > 0 &&
	    (sl_str_starts(s, "key/") || sl_str_starts(s, "alias/")) &&
	    all_words(s, "-/") ?
	    NULL :
	    "the ARN of a KMS key or alias";
}

const char *
sl_grammar_external_id(struct sl_str s)
{
	return s.len >= 2 && s.len <= 1224 && all_words(s, "+=,.@:/-") ?
	    NULL :
	    "2 to 1224 letters, digits and _+=,.@:/-";
}

const char *
sl_grammar_profile(struct sl_str s)
{
	return s.len <= 128 && all_words(s, "-.+@/") ?
	    NULL :
	    "the name of an AWS profile";
}

/* @source Amazon S3 User Guide, "Bucket naming rules" */
const char *
sl_grammar_bucket(struct sl_str s)
{
	static const char wanted[] =
	    "a bucket name: 3 to 63 lower-case letters, digits, \"-\" and "
	    "\".\", a letter or digit at each end, not an address";
	bool letters = false;

	if (s.len < 3 || s.len > 63)
		return wanted;
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		bool end = i == 0 || i + 1 == s.len;

		letters = letters || is_lower(c) || c == '-';
		if (!is_lower(c) && !is_digit(c) &&
		    (end || (c != '-' && c != '.')))
			return wanted;
		if (c == '.' && s.ptr[i - 1] == '.')
			return wanted;
	}
	return letters || memchr(s.ptr, '.', s.len) == NULL ? NULL : wanted;
}

/* '/' between segments that are neither empty nor "." nor "..". */
static bool
is_clean_path(struct sl_str s)
{
	if (s.len == 0 || s.ptr[0] == '/' || s.ptr[s.len - 1] == '/')
		return false;
	while (s.len > 0) {
		struct sl_str part = next_part(&s, '/');

		if (part.len == 0 || sl_str_eqs(part, ".") ||
		    sl_str_eqs(part, ".."))
			return false;
	}
	return true;
}

const char *
sl_grammar_prefix(struct sl_str s)
{
	return s.len <= 256 && all_words(s, "!-.*'()/") && is_clean_path(s) ?
	    NULL :
	    "a key prefix without a slash at either end";
}

static bool
is_loopback_address(struct sl_str host)
{
	struct sl_str rest = host;
	size_t parts = 0;

	if (sl_str_eqs(host, "localhost"))
		return true;
	if (!sl_str_starts(host, "127."))
		return false;
	for (; rest.len > 0; parts++) {
		struct sl_str part = next_part(&rest, '.');

		if (!all_digits(part) || part.len > 3)
			return false;
	}
	return parts == 4;
}

const char *
sl_grammar_endpoint(struct sl_str s)
{
	static const char wanted[] =
	    "https://HOST[:PORT], or http:// on a loopback address";
	bool secure = sl_str_starts(s, "https://");
	size_t skip = secure ? 8 : 7;
	struct sl_str host, port;
	const char *colon;

	if (s.len > 255 || (!secure && !sl_str_starts(s, "http://")))
		return wanted;
	host = sl_strn(s.ptr + skip, s.len - skip);
	colon = host.len ? memrchr(host.ptr, ':', host.len) : NULL;
	if (colon != NULL && !sl_str_ends(host, "]")) {
		port = sl_strn(colon + 1,
		    host.len - (size_t)(colon + 1 - host.ptr));
		host.len = (size_t)(colon - host.ptr);
		if (!all_digits(port) || port.len > 5)
			return wanted;
	}
	if (sl_str_eqs(host, "[::1]"))
		return NULL;
	if (!all_words(host, "-."))
		return wanted;
	return secure || is_loopback_address(host) ? NULL : wanted;
}

const char *
sl_grammar_variable(struct sl_str s)
{
	return s.len <= 128 && all_words(s, "") && !is_digit(s.ptr[0]) ?
	    NULL :
	    "the name of an environment variable";
}

/* The part of git's rules that keeps a name from being an expression. */
const char *
sl_grammar_ref(struct sl_str s)
{
	static const char wanted[] = "a full ref name such as refs/heads/main";

	if (!sl_str_starts(s, "refs/") || s.len > 512 || !is_clean_path(s) ||
	    !is_printable(s) || sl_str_ends(s, ".lock") ||
	    sl_str_ends(s, "."))
		return wanted;
	for (size_t i = 0; i < s.len; i++) {
		if (strchr(" ~^:?*[\\", s.ptr[i]) != NULL)
			return wanted;
		if (i > 0 && s.ptr[i] == '.' && s.ptr[i - 1] == '.')
			return wanted;
	}
	return NULL;
}

const char *
sl_grammar_branch_or_tag(struct sl_str s)
{
	bool named = sl_str_starts(s, "refs/heads/") ||
	    sl_str_starts(s, "refs/tags/");

	return named && sl_grammar_ref(s) == NULL ?
	    NULL :
	    "the full name of a branch or tag such as refs/heads/main";
}

const char *
sl_grammar_commit(struct sl_str s)
{
	bool good = s.len == 40;

	for (size_t i = 0; good && i < s.len; i++)
		good = is_digit(s.ptr[i]) ||
		    (s.ptr[i] >= 'a' && s.ptr[i] <= 'f');
	return good ? NULL : "the id of a commit: 40 hexadecimal digits";
}

const char *
sl_grammar_file(struct sl_str s)
{
	return s.len <= 4095 && is_printable(s) ? NULL : "a path of one line";
}

const char *
sl_grammar_repository_path(struct sl_str s)
{
	return s.len <= 1024 && is_printable(s) && is_clean_path(s) &&
	    memchr(s.ptr, '\\', s.len) == NULL ?
	    NULL :
	    "a path inside the repository, without \".\", \"..\" or a slash "
	    "at either end";
}

/* @source SageMaker API reference, Parameter */
const char *
sl_grammar_parameter(struct sl_str s)
{
	return s.len <= 256 && all_words(s, "-") ?
	    NULL :
	    "a pipeline parameter: letters, digits, \"-\" and \"_\"";
}

const char *
sl_grammar_argument(struct sl_str s)
{
	return s.len <= 4096 ? NULL : "at most 4096 bytes";
}

static bool
is_placeholder(struct sl_str s)
{
	return sl_str_eqs(s, "bucket") || sl_str_eqs(s, "use_case") ||
	    sl_str_eqs(s, "environment");
}

const char *
sl_grammar_uri(struct sl_str s)
{
	static const char wanted[] =
	    "s3://BUCKET/KEY, where {bucket}, {use_case} and {environment} "
	    "may stand";
	struct sl_str rest, bucket;

	if (s.len > 1024 || !sl_str_starts(s, "s3://") || !is_printable(s))
		return wanted;
	rest = sl_strn(s.ptr + 5, s.len - 5);
	bucket = next_part(&rest, '/');
	if (bucket.len == 0 || rest.len == 0)
		return wanted;
	rest = sl_strn(s.ptr + 5, s.len - 5);
	while (rest.len > 0) {
		struct sl_str text = next_part(&rest, '{');

		if (text.len > 0 && memchr(text.ptr, '}', text.len) != NULL)
			return wanted;
		if (rest.ptr == NULL)
			break;
		/* Up to the brace that closes it, which must be there. */
		if (rest.len == 0 || memchr(rest.ptr, '}', rest.len) == NULL ||
		    !is_placeholder(next_part(&rest, '}')))
			return wanted;
	}
	return NULL;
}
