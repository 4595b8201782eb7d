/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/image.h"

#define ACCOUNT_LEN 12
#define REGION_MAX 32
#define REPOSITORY_MIN 2
#define REPOSITORY_MAX 256
#define TAG_MAX 128
#define HEX_LEN 64

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* What stands before and behind the region in a registry's host name. */
static const struct {
	const char *before;
	const char *behind;
	bool china;
} hosts[] = {
	{ ".dkr.ecr.", ".amazonaws.com/", false },
	{ ".dkr.ecr-fips.", ".amazonaws.com/", false },
	{ ".dkr-ecr.", ".on.aws/", false },
	{ ".dkr-ecr-fips.", ".on.aws/", false },
	{ ".dkr.ecr.", ".amazonaws.com.cn/", true },
};

/* How many leading bytes are of a set. */
static size_t
span(struct sl_str s, const char *set)
{
	size_t n = 0;

	while (n < s.len && s.ptr[n] != '\0' && strchr(set, s.ptr[n]) != NULL)
		n++;
	return n;
}

static struct sl_str
behind(struct sl_str s, size_t n)
{
	return sl_strn(s.ptr + n, s.len - n);
}

/* Take the first n bytes of *rest away. */
static struct sl_str
cut(struct sl_str *rest, size_t n)
{
	struct sl_str part = sl_strn(rest->ptr, n);

	*rest = behind(*rest, n);
	return part;
}

static bool
skip(struct sl_str *rest, const char *text)
{
	if (!sl_str_starts(*rest, text))
		return false;
	*rest = behind(*rest, strlen(text));
	return true;
}

/* Words with single '-' between them, the last one a number: "eu-west-1". */
static bool
is_region(struct sl_str s)
{
	size_t words = 0, n;

	if (s.len > REGION_MAX)
		return false;
	while ((n = span(s, LOWER)) > 0 && n < s.len && s.ptr[n] == '-') {
		words++;
		s = behind(s, n + 1);
	}
	return words >= 2 && s.len > 0 && s.len <= 2 &&
	    span(s, DIGITS) == s.len;
}

static bool
parse_host(struct sl_str *rest, struct sl_image *image)
{
	struct sl_str text = *rest;

	if (span(text, DIGITS) != ACCOUNT_LEN)
		return false;
	image->account = cut(&text, ACCOUNT_LEN);
	for (size_t i = 0; i < SL_COUNT(hosts); i++) {
		struct sl_str at = text;

		if (!skip(&at, hosts[i].before))
			continue;
		image->region = cut(&at, span(at, LOWER DIGITS "-"));
		if (!skip(&at, hosts[i].behind) ||
		    !is_region(image->region) || hosts[i].china !=
		    sl_str_starts(image->region, "cn-"))
			continue;
		*rest = at;
		return true;
	}
	return false;
}

/* Lower-case letters and digits, with single '.', '_', '-' and '/' inside. */
static bool
parse_repository(struct sl_str *rest, struct sl_image *image)
{
	struct sl_str name = cut(rest, span(*rest, LOWER DIGITS "._-/"));
	bool inside = false;

	if (name.len < REPOSITORY_MIN || name.len > REPOSITORY_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		bool word = strchr("._-/", name.ptr[i]) == NULL;

		if (!word && !inside)
			return false;
		inside = word;
	}
	image->repository = name;
	return inside;
}

static bool
parse_tag(struct sl_str *rest, struct sl_image *image)
{
	size_t n = span(*rest, LOWER UPPER DIGITS "_.-");

	if (n == 0 || n > TAG_MAX || strchr(".-", rest->ptr[0]) != NULL)
		return false;
	image->tag = cut(rest, n);
	return true;
}

bool
sl_image_is_digest(struct sl_str text)
{
	return skip(&text, "sha256:") && text.len == HEX_LEN &&
	    span(text, DIGITS "abcdef") == HEX_LEN;
}

bool
sl_image_parse(struct sl_str text, struct sl_image *out)
{
	struct sl_image image = { .tag = SL_STR(""), .digest = SL_STR("") };
	struct sl_str rest = text;
	bool tagged;

	if (!parse_host(&rest, &image) || !parse_repository(&rest, &image))
		return false;
	image.name = sl_strn(text.ptr, text.len - rest.len);
	tagged = skip(&rest, ":");
	if (tagged && !parse_tag(&rest, &image))
		return false;
	if (skip(&rest, "@")) {
		if (!sl_image_is_digest(rest))
			return false;
		image.digest = rest;
	} else if (rest.len > 0) {
		return false;
	} else if (!tagged) {
		image.tag = SL_STR("latest");
	}
	*out = image;
	return true;
}

bool
sl_image_means_ecr(struct sl_str text)
{
	static const char *const marks[] = { ".dkr.ecr", ".dkr-ecr" };
	const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) :
					   NULL;
	size_t host = slash != NULL ? (size_t)(slash - text.ptr) : text.len;

	for (size_t i = 0; i < SL_COUNT(marks); i++)
		if (host > 0 && memmem(text.ptr, host, marks[i],
				    strlen(marks[i])) != NULL)
			return true;
	return false;
}

struct sl_str
sl_image_digest(struct sl_str text)
{
	const char *at = text.len > 0 ? memrchr(text.ptr, '@', text.len)
	    : NULL;
	struct sl_str digest = SL_STR("");

	if (at != NULL && at > text.ptr)
		digest = behind(text, (size_t)(at + 1 - text.ptr));
	return sl_image_is_digest(digest) ? digest : sl_strn("", 0);
}
