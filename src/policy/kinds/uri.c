/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/uri.h"

#include "base/attr.h"

/* Bytes of a part that is filled in later: a text of open brackets must not be
 * read again and again. */
#define MAX_FILLED 100
/* Bytes of a host's name. */
#define MAX_HOST 300

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_word(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool
starts(struct sl_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	if (s.len < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower(s.ptr[i]) != prefix[i])
			return false;
	return true;
}

static struct sl_str
from(struct sl_str s, size_t offset)
{
	return sl_strn(s.ptr + offset, s.len - offset);
}

/* The offset of the first byte of a set, from an offset on. */
static size_t
until(struct sl_str s, size_t at, const char *set)
{
	while (at < s.len && !memchr(set, s.ptr[at], strlen(set)))
		at++;
	return at;
}

/* --- parts that are filled in later --- */

/* The length of text in brackets, nested ones included; 0: they do not close
 * on the line, or not soon. */
static size_t
in_brackets(struct sl_str s, char open, char close)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len && i < MAX_FILLED && s.ptr[i] != '\n';
	     i++) {
		depth += s.ptr[i] == open;
		if (s.ptr[i] == close && --depth == 0)
			return i + 1;
	}
	return 0;
}

static size_t
words(struct sl_str s, size_t at)
{
	while (at < s.len && is_word(s.ptr[at]))
		at++;
	return at;
}

/* The length of a part that is filled in later, at the start of s; or 0. */
static size_t
filled_in(struct sl_str s)
{
	size_t n;

	switch (s.len ? s.ptr[0] : '\0') {
	case '{':
		return in_brackets(s, '{', '}');
	case '<':
		n = words(s, 1);
		return n > 1 && n < s.len && s.ptr[n] == '>' ? n + 1 : 0;
	case '$':
		if (s.len > 1 && s.ptr[1] == '{')
			n = in_brackets(from(s, 1), '{', '}');
		else if (s.len > 1 && s.ptr[1] == '(')
			n = in_brackets(from(s, 1), '(', ')');
		else
			return words(s, 1) > 1 ? words(s, 1) : 0;
		return n ? n + 1 : 0;
	case '%':
		if (s.len > 1 && s.ptr[1] == '(')
			n = in_brackets(from(s, 1), '(', ')');
		else
			n = s.len > 2 && is_hex(s.ptr[1]) && is_hex(s.ptr[2]) ?
			    0 :
			    1;
		if (n > 1)
			n++;
		return n && n < s.len && is_letter(s.ptr[n]) ? n + 1 : 0;
	default:
		return 0;
	}
}

static size_t
known_part(struct sl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr("{<$%", text.ptr[i]) && filled_in(from(text, i)))
			return i;
	return text.len;
}

/* --- where an address ends --- */

static bool
ends_address(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f ||
	    strchr("\"'`<>|\\,;()[]{}", c) != NULL;
}

static size_t
length_of(struct sl_str s)
{
	size_t i = 0, n;

	if (s.len > SL_URI_MAX)
		s.len = SL_URI_MAX;
	while (i < s.len) {
		n = filled_in(from(s, i));
		if (!n && ends_address(s.ptr[i]))
			break;
		i += n ? n : 1;
	}
	/* A sentence goes on after it. */
	while (i && strchr(".:!?", s.ptr[i - 1]))
		i--;
	return i;
}

/* --- the forms of S3 --- */

struct search {
	struct sl_str text;
	sl_uri_fn *fn;
	void *ctx;
	struct sl_buf form; /* the address as it is given */
	size_t end;         /* of the last address */
};

static int
give(struct search *s, enum sl_uri_kind kind, size_t offset, size_t len)
{
	struct sl_uri uri = { .kind = kind, .offset = offset,
		.text = sl_buf_str(&s->form) };

	s->end = offset + len;
	uri.known = known_part(uri.text);
	/* "s3://" + bucket */
	if (kind == SL_URI_S3 && sl_str_eqs(uri.text, "s3://"))
		uri.known = 0;
	return s->fn(s->ctx, &uri);
}

static void
begin(struct search *s, const char *with)
{
	sl_buf_clear(&s->form);
	sl_buf_adds(&s->form, with);
}

static int
see_s3(struct search *s, size_t offset, size_t scheme)
{
	struct sl_str whole = from(s->text, offset);
	size_t len = scheme + length_of(from(whole, scheme));
	struct sl_str rest = sl_strn(whole.ptr + scheme, len - scheme);
	size_t bucket = until(rest, 0, "/");
	const char *at;

	/* Hadoop's s3n://KEY:SECRET@BUCKET/ must not be shown, and a secret
	 * may hold a slash. */
	if (memchr(rest.ptr, ':', bucket))
		bucket = rest.len;
	at = memrchr(rest.ptr, '@', bucket);
	if (at)
		rest = from(rest, (size_t)(at + 1 - rest.ptr));
	begin(s, "s3://");
	sl_buf_addv(&s->form, rest);
	return give(s, SL_URI_S3, offset, len);
}

/* The next field of an ARN, with its colon. */
static size_t
field(struct sl_str s, size_t at)
{
	while (at < s.len && s.ptr[at] != ':') {
		size_t n = filled_in(from(s, at));

		if (!n && ends_address(s.ptr[at]))
			return 0;
		at += n ? n : 1;
	}
	return at < s.len ? at + 1 : 0;
}

static int
see_arn(struct search *s, size_t offset)
{
	struct sl_str whole = from(s->text, offset);
	size_t service, region, account, resource, len;

	if (whole.len > SL_URI_MAX)
		whole.len = SL_URI_MAX;
	service = field(whole, 4);
	if (!service || !starts(from(whole, service), "s3"))
		return 0;
	region = field(whole, service);
	account = region ? field(whole, region) : 0;
	resource = account ? field(whole, account) : 0;
	if (!resource)
		return 0;
	len = resource + length_of(from(whole, resource));
	begin(s, "s3://");
	if (region - service == 3 && account - region == 1 &&
	    resource - account == 1) {
		sl_buf_add(&s->form, whole.ptr + resource, len - resource);
	} else {
		sl_buf_clear(&s->form);
		sl_buf_add(&s->form, whole.ptr, len);
	}
	return give(s, SL_URI_S3, offset, len);
}

/* The last label of a host name that is S3's own, as its offset. */
static bool
find_s3_label(struct sl_str host, size_t *out)
{
	for (size_t i = host.len; i-- > 0;) {
		struct sl_str label = from(host, i);

		if ((i == 0 || host.ptr[i - 1] == '.') && starts(label, "s3") &&
		    (label.len == 2 || label.ptr[2] == '.' ||
			label.ptr[2] == '-')) {
			*out = i;
			return true;
		}
	}
	return false;
}

/* The host without the domain of AWS; false where it has another. */
static bool
cut_domain(struct sl_str *host)
{
	static const char *const domains[] = { ".amazonaws.com",
		".amazonaws.com.cn" };

	for (size_t i = 0; i < SL_COUNT(domains); i++) {
		size_t n = strlen(domains[i]);

		if (host->len > n && starts(from(*host, host->len - n),
					 domains[i])) {
			host->len -= n;
			return true;
		}
	}
	return false;
}

static bool
is_console(struct sl_str host)
{
	static const char name[] = "console.aws.amazon.com";
	size_t n = sizeof(name) - 1;

	return host.len >= n && starts(from(host, host.len - n), name) &&
	    (host.len == n || host.ptr[host.len - n - 1] == '.');
}

/* Most hosts are not S3's, so no more is looked at than one has. */
static size_t
host_length(struct sl_str s)
{
	size_t i = 0;

	if (s.len > MAX_HOST)
		s.len = MAX_HOST;
	while (i < s.len && !strchr("/?#:", s.ptr[i])) {
		size_t n = filled_in(from(s, i));

		if (!n && ends_address(s.ptr[i]))
			break;
		i += n ? n : 1;
	}
	return i;
}

static bool
is_s3_host(struct sl_str host)
{
	size_t label;

	return cut_domain(&host) && find_s3_label(host, &label);
}

/* https://HOST/PATH: what stands in `form` after "s3://"; false: not S3's. */
static bool
read_host(struct search *s, struct sl_str host, struct sl_str path)
{
	static const char buckets[] = "/s3/buckets/";
	size_t label;

	if (is_console(host) && sl_str_starts(path, buckets)) {
		path = from(path, sizeof(buckets) - 1);
		path.len = until(path, 0, "/?#");
		sl_buf_addv(&s->form, path);
		return true;
	}
	path.len = until(path, 0, "?#");
	if (!cut_domain(&host) || !find_s3_label(host, &label))
		return false;
	if (starts(from(host, label), "s3-accesspoint") ||
	    starts(from(host, label), "s3-object-lambda")) {
		sl_buf_clear(&s->form);
		sl_buf_adds(&s->form, "https://");
		sl_buf_addv(&s->form, host);
	} else if (label == 0) {
		if (path.len)
			path = from(path, 1);
	} else {
		sl_buf_add(&s->form, host.ptr, label - 1);
	}
	sl_buf_addv(&s->form, path);
	return true;
}

static int
see_https(struct search *s, size_t offset, size_t scheme)
{
	struct sl_str whole = from(s->text, offset);
	struct sl_str host = from(whole, scheme);
	size_t len;

	host.len = host_length(host);
	if (!is_console(host) && !is_s3_host(host))
		return 0;
	len = scheme + length_of(from(whole, scheme));
	if (len < scheme + host.len)
		return 0;
	whole.len = len;
	begin(s, "s3://");
	if (!read_host(s, host,
		from(whole, until(whole, scheme + host.len, "/?#"))))
		return 0;
	return give(s, SL_URI_S3, offset, len);
}

/* --- paths on one machine --- */

static int
see_local(struct search *s, size_t offset)
{
	struct sl_str whole = from(s->text, offset);
	size_t len = length_of(whole);

	begin(s, "");
	sl_buf_add(&s->form, whole.ptr, len);
	return give(s, SL_URI_LOCAL, offset, len);
}

/* Whether a path can begin at an offset: not within another, or a word. */
static bool
begins_path(struct sl_str text, size_t offset)
{
	char before = offset ? text.ptr[offset - 1] : ' ';

	return !is_word(before) && !memchr("./-~%}*)>", before, 9);
}

static bool
is_local(struct sl_str text, size_t offset)
{
	/* A container has /opt/ml, /tmp and the like; nobody's home. */
	static const char *const roots[] = { "/home/", "/users/", "/root/",
		"/mnt/", "/media/", "/volumes/" };
	struct sl_str rest = from(text, offset);

	if (!begins_path(text, offset))
		return false;
	for (size_t i = 0; i < SL_COUNT(roots); i++)
		if (starts(rest, roots[i]))
			return true;
	return false;
}

/* C:\ or C:/, with the letter before the colon at an offset. */
static bool
is_drive(struct sl_str text, size_t colon)
{
	return colon > 0 && is_letter(text.ptr[colon - 1]) &&
	    begins_path(text, colon - 1) && colon + 2 < text.len &&
	    (text.ptr[colon + 1] == '\\' ||
		(text.ptr[colon + 1] == '/' && text.ptr[colon + 2] != '/'));
}

static int
see_drive(struct search *s, size_t offset)
{
	struct sl_str whole = from(s->text, offset);
	size_t len = 2;

	while (len < whole.len && len < SL_URI_MAX &&
	    (whole.ptr[len] == '\\' || !ends_address(whole.ptr[len])))
		len++;
	begin(s, "");
	sl_buf_add(&s->form, whole.ptr, len);
	return give(s, SL_URI_LOCAL, offset, len);
}

/* --- the search --- */

/* The offset at which a word that ends before a colon begins. */
static bool
word_before(struct sl_str text, size_t colon, const char *word, size_t *out)
{
	size_t n = strlen(word);

	if (colon < n || !starts(from(text, colon - n), word) ||
	    (colon > n && is_word(text.ptr[colon - n - 1])))
		return false;
	*out = colon - n;
	return true;
}

static int
see_colon(struct search *s, size_t colon)
{
	static const char *const s3[] = { "s3", "s3a", "s3n" };
	bool slashes = starts(from(s->text, colon), "://");
	size_t offset;

	for (size_t i = 0; slashes && i < SL_COUNT(s3); i++)
		if (word_before(s->text, colon, s3[i], &offset))
			return see_s3(s, offset, strlen(s3[i]) + 3);
	if (slashes && (word_before(s->text, colon, "https", &offset) ||
			   word_before(s->text, colon, "http", &offset)))
		return see_https(s, offset, colon + 3 - offset);
	if (slashes && word_before(s->text, colon, "file", &offset))
		return see_local(s, offset);
	if (word_before(s->text, colon, "arn", &offset))
		return see_arn(s, offset);
	return is_drive(s->text, colon) ? see_drive(s, colon - 1) : 0;
}

int
sl_uri_find(struct sl_str text, sl_uri_fn *fn, void *ctx)
{
	struct search s = { .text = text, .fn = fn, .ctx = ctx,
		.form = SL_BUF_INIT(2 * SL_URI_MAX) };
	int rc = 0;

	for (size_t i = 0; i < text.len && rc == 0; i++) {
		if (text.ptr[i] != ':' && text.ptr[i] != '/')
			continue;
		if (text.ptr[i] == ':')
			rc = see_colon(&s, i);
		else if (i >= s.end && is_local(text, i))
			rc = see_local(&s, i);
		if (i < s.end)
			i = s.end - 1;
	}
	sl_buf_release(&s.form);
	return rc;
}
