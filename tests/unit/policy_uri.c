/* SPDX-License-Identifier: Apache-2.0 */
/* policy: addresses of data in text. */
#include "policy_rig.h"

#include <string.h>

#include "base/buf.h"
#include "policy/kinds/uri.h"

#define MAX_FOUND 3

struct found {
	size_t count;
	struct {
		enum sl_uri_kind kind;
		char text[100];
		size_t offset;
		size_t known;
	} uri[MAX_FOUND];
};

static int
keep(void *ctx, const struct sl_uri *uri)
{
	struct found *f = ctx;

	ck_assert_uint_lt(f->count, MAX_FOUND);
	f->uri[f->count].kind = uri->kind;
	f->uri[f->count].offset = uri->offset;
	f->uri[f->count].known = uri->known;
	snprintf(f->uri[f->count].text, sizeof(f->uri[0].text), "%.*s",
	    SL_STR_ARG(uri->text));
	f->count++;
	return 0;
}

/* What is found in a text: each address, and where it begins. A local path
 * has a '!' before it, a part that is filled in later a '^'. */
static const struct {
	const char *text;
	const char *found[MAX_FOUND];
	size_t offset;
} texts[] = {
	{ "", { NULL }, 0 },
	{ "no address, not s3:// in words: xs3://b/k", { "^s3://" }, 16 },
	{ "as3://b/k sss3:/b", { NULL }, 0 },
	/* s3:// and its ends */
	{ "x = \"s3://b/k\"", { "s3://b/k" }, 5 },
	{ "s3://b", { "s3://b" }, 0 },
	{ "S3://b/K", { "s3://b/K" }, 0 },
	{ "s3a://b/k, s3n://c/k;", { "s3://b/k", "s3://c/k" }, 0 },
	{ "(see s3://b/k).", { "s3://b/k" }, 5 },
	{ "It is in s3://b/k. Then:", { "s3://b/k" }, 9 },
	{ "[s3://b/k](x)", { "s3://b/k" }, 1 },
	{ "<Uri>s3://b/k</Uri>", { "s3://b/k" }, 5 },
	{ "s3://b/a=1/b=2/*.csv", { "s3://b/a=1/b=2/*.csv" }, 0 },
	{ "s3://b/a%20b", { "s3://b/a%20b" }, 0 },
	{ "s3://AKID:se/cret@b/k", { "s3://b/k" }, 0 },
	{ "s3://b/k@1", { "s3://b/k@1" }, 0 },
	{ "s3n://AKID:secret@b/k", { "s3://b/k" }, 0 },
	{ "s3://b\\k", { "s3://b" }, 0 },
	/* filled in later */
	{ "f's3://{b}/{p}/x'", { "s3://^{b}/{p}/x" }, 2 },
	{ "s3://b/${ENV}/x", { "s3://b/^${ENV}/x" }, 0 },
	{ "s3://b/$ENV/x", { "s3://b/^$ENV/x" }, 0 },
	{ "s3://b/$(env x)/y z", { "s3://b/^$(env x)/y" }, 0 },
	{ "'s3://b/%s/x'", { "s3://b/^%s/x" }, 1 },
	{ "s3://b/%(env)s/x", { "s3://b/^%(env)s/x" }, 0 },
	{ "s3://<bucket>/x", { "s3://^<bucket>/x" }, 0 },
	{ "s3://b/{{ x }}/y", { "s3://b/^{{ x }}/y" }, 0 },
	{ "s3://b/{x", { "s3://b/" }, 0 },
	{ "{\"a\": s3://b/x}", { "s3://b/x" }, 6 },
	{ "'s3://' + bucket", { "^s3://" }, 1 },
	/* ARNs */
	{ "arn:aws:s3:::b/k", { "s3://b/k" }, 0 },
	{ "\"arn:aws-cn:s3:::b\"", { "s3://b" }, 1 },
	{ "arn:aws:s3:::b/*", { "s3://b/*" }, 0 },
	{ "arn:${AWS::Partition}:s3:::b/k", { "s3://b/k" }, 0 },
	{ "arn:aws:s3:eu-west-1:123456789012:accesspoint/p/object/k",
	    { "arn:aws:s3:eu-west-1:123456789012:accesspoint/p/object/k" },
	    0 },
	{ "arn:aws:iam::123456789012:role/s3:::b", { NULL }, 0 },
	{ "arn:aws:s3", { NULL }, 0 },
	{ "arn:", { NULL }, 0 },
	/* https:// */
	{ "https://b.s3.amazonaws.com/k/l", { "s3://b/k/l" }, 0 },
	{ "https://b.s3.eu-west-1.amazonaws.com", { "s3://b" }, 0 },
	{ "https://a.b.s3-eu-west-1.amazonaws.com/k", { "s3://a.b/k" }, 0 },
	{ "https://s3.amazonaws.com/b/k", { "s3://b/k" }, 0 },
	{ "http://s3-eu-west-1.amazonaws.com/b/k", { "s3://b/k" }, 0 },
	{ "https://s3.dualstack.eu-west-1.amazonaws.com/b/k",
	    { "s3://b/k" }, 0 },
	{ "https://b.s3.cn-north-1.amazonaws.com.cn/k", { "s3://b/k" }, 0 },
	{ "HTTPS://B.S3.AMAZONAWS.COM:443/k", { "s3://B/k" }, 0 },
	{ "https://s3.x.s3.amazonaws.com/k", { "s3://s3.x/k" }, 0 },
	{ "https://b.s3.amazonaws.com/k?X-Amz-Signature=abc",
	    { "s3://b/k" }, 0 },
	{ "https://s3.console.aws.amazon.com/s3/buckets/b?prefix=k/",
	    { "s3://b" }, 0 },
	{ "https://eu-west-1.console.aws.amazon.com/s3/buckets/b/x",
	    { "s3://b" }, 0 },
	{ "https://p-123456789012.s3-accesspoint.eu-west-1.amazonaws.com/k",
	    { "https://p-123456789012.s3-accesspoint.eu-west-1/k" }, 0 },
	{ "https://a,b.s3.amazonaws.com/k", { NULL }, 0 },
	{ "https://{b}.s3.amazonaws.com/k", { "s3://^{b}/k" }, 0 },
	{ "https://sagemaker.eu-west-1.amazonaws.com/x", { NULL }, 0 },
	{ "https://b.s3.amazonaws.com.example.org/k", { NULL }, 0 },
	{ "https://example.org/s3.amazonaws.com/k", { NULL }, 0 },
	{ "https://console.aws.amazon.com/iam/", { NULL }, 0 },
	/* one machine */
	{ "open('/home/ana/x.csv')", { "!/home/ana/x.csv" }, 6 },
	{ "PATH=/usr/bin:/Users/ana/bin", { "!/Users/ana/bin" }, 14 },
	{ "p = 'C:\\data\\x.csv'", { "!C:\\data\\x.csv" }, 5 },
	{ "c:/data/x", { "!c:/data/x" }, 0 },
	{ "file:///srv/x", { "!file:///srv/x" }, 0 },
	{ "s3://b/home/x /opt/ml/x a/home/b ./mnt/x ~/home/x",
	    { "s3://b/home/x" }, 0 },
	{ "https://example.org/home/x https://y", { NULL }, 0 },
	{ "a:b c:d 1:/x", { NULL }, 0 },
};

START_TEST(addresses_are_found_in_every_form)
{
	struct found f = { 0 };
	size_t i = 0;

	ck_assert_int_eq(sl_uri_find(sl_str(texts[_i].text), keep, &f), 0);
	for (; i < MAX_FOUND && texts[_i].found[i]; i++) {
		char shown[200];

		ck_assert_uint_lt(i, f.count);
		snprintf(shown, sizeof(shown), "%s%.*s%s%s",
		    f.uri[i].kind == SL_URI_LOCAL ? "!" : "",
		    (int)f.uri[i].known, f.uri[i].text,
		    f.uri[i].known < strlen(f.uri[i].text) ? "^" : "",
		    f.uri[i].text + f.uri[i].known);
		ck_assert_str_eq(shown, texts[_i].found[i]);
	}
	ck_assert_uint_eq(f.count, i);
	if (i)
		ck_assert_uint_eq(f.uri[0].offset, texts[_i].offset);
}
END_TEST

static int
count(void *ctx, const struct sl_uri *uri)
{
	ck_assert_uint_le(uri->known, uri->text.len);
	++*(size_t *)ctx;
	return 0;
}

/* Texts that ask for the same bytes again and again. */
START_TEST(a_hostile_text_ends)
{
	static const char *const units[] = { "x", ":", "s3://", "arn:{",
		"https://", "s3://{", "/home/", "c:\\", "%(", "arn:aws:s3:",
		"https://s3.amazonaws.com", "$(" };
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(2 << 20);
	size_t found = 0;

	while (sl_buf_adds(&text, units[_i]) == 0)
		;
	ck_assert_int_eq(sl_uri_find(sl_buf_str(&text), count, &found), 0);
}
END_TEST

TCase *
tcase_uri(void)
{
	TCase *tc = tcase_create("uri");

	tcase_add_loop_test(tc, addresses_are_found_in_every_form, 0,
	    SL_COUNT(texts));
	tcase_add_loop_test(tc, a_hostile_text_ends, 0, 12);
	return tc;
}
