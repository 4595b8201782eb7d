/* SPDX-License-Identifier: Apache-2.0 */
#include "aws_rig.h"

#include <string.h>

static int64_t
now_s(void *self)
{
	return ((struct rig *)self)->now_s;
}

static int64_t
monotonic_ms(void *self)
{
	return now_s(self) * 1000;
}

static void
sleep_ms(void *self, int64_t ms)
{
	struct rig *rig = self;

	ck_assert_uint_lt(rig->sleep_count, RIG_MAX);
	rig->slept_ms[rig->sleep_count++] = ms;
	rig->now_s += 1 + ms / 1000;
}

static double
half(void *self)
{
	(void)self;
	return 0.5;
}

static void
copy(char *out, size_t size, struct sl_str s)
{
	ck_assert_uint_lt(s.len, size);
	if (s.len > 0)
		memcpy(out, s.ptr, s.len);
	out[s.len] = '\0';
}

static void
record(struct rig *rig, const struct sl_http_request *req)
{
	struct rig_sent *sent = &rig->sent[rig->sent_count];
	size_t used = 0;

	copy(sent->method, sizeof(sent->method), sl_str(req->method));
	copy(sent->host, sizeof(sent->host), sl_str(req->origin->host));
	copy(sent->path, sizeof(sent->path), req->path);
	copy(sent->query, sizeof(sent->query), req->query);
	copy(sent->body, sizeof(sent->body), req->body);
	sent->once = req->once;
	for (size_t i = 0; i < req->header_count; i++)
		used += (size_t)snprintf(sent->head + used,
		    sizeof(sent->head) - used, "%.*s: %.*s\n",
		    SL_STR_ARG(req->headers[i].name),
		    SL_STR_ARG(req->headers[i].value));
}

static int
perform(void *self, const struct sl_http_request *req,
    struct sl_http_response *resp, struct sl_error *err)
{
	struct rig *rig = self;
	size_t i = rig->sent_count;

	ck_assert_msg(i < rig->answer_count, "an unexpected request: %s %s %s",
	    req->method, req->origin->host, sl_str(req->body.ptr).ptr);
	record(rig, req);
	rig->sent_count++;
	if (rig->answers[i].status < 0) {
		sl_http_response_release(resp);
		sl_error_set(err, SL_ENET, "no answer");
		err->foreign = rig->answers[i].status == RIG_LOST
		    ? SL_HTTP_MAYBE_SENT : SL_HTTP_NOT_SENT;
		return SL_ENET;
	}
	return sl_http_response_fill(resp, rig->answers[i].status,
	    sl_str(rig->answers[i].head), sl_str(rig->answers[i].body), err);
}

static const char *
look(void *self, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *v = self; *v != NULL; v++)
		if (!strncmp(*v, name, len) && (*v)[len] == '=')
			return *v + len + 1;
	return NULL;
}

void
rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	rig->now_s = RIG_NOW_S;
	rig->clock = (struct sl_clock){ rig, now_s, monotonic_ms, sleep_ms };
	rig->random = (struct sl_aws_random){ rig, half };
	rig->http = (struct sl_http_transport){ rig, perform };
	rig->config.name = "dev";
}

int
rig_open(struct rig *rig, const char *const *variables)
{
	static const char *const plain[] = { "AWS_ACCESS_KEY_ID=AKIDEXAMPLE",
		"AWS_SECRET_ACCESS_KEY=hush", "AWS_REGION=eu-west-1", NULL };

	sl_aws_environment_fill(&rig->env, look,
	    (void *)(variables ? variables : plain));
	return sl_aws_session_new(&rig->config, &rig->env, &rig->http,
	    &rig->clock, &rig->random, &rig->session, &rig->err);
}

void
rig_start(struct rig *rig)
{
	rig_init(rig);
	ck_assert_ok(rig_open(rig, NULL), &rig->err);
}

void
rig_stop(struct rig *rig)
{
	ck_assert_uint_eq(rig->sent_count, rig->answer_count);
	ck_assert_ptr_null(strstr(rig->err.text, "hush"));
	sl_aws_session_free(rig->session);
	sl_aws_environment_release(&rig->env);
}

void
rig_answer(struct rig *rig, int status, const char *head, const char *body)
{
	ck_assert_uint_lt(rig->answer_count, RIG_MAX);
	rig->answers[rig->answer_count].status = status;
	rig->answers[rig->answer_count].head = head;
	rig->answers[rig->answer_count++].body = body;
}

void
rig_answer_role(struct rig *rig, const char *expires)
{
	static char texts[4][1024];
	static size_t next;
	char *text = texts[next++ % SL_COUNT(texts)];

	snprintf(text, sizeof(texts[0]),
	    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/"
	    "2011-06-15/\"><AssumeRoleResult><Credentials>"
	    "<AccessKeyId>ASIA%zu</AccessKeyId>"
	    "<SecretAccessKey>hush&amp;more</SecretAccessKey>"
	    "<SessionToken>token%zu</SessionToken>"
	    "<Expiration>%s</Expiration>"
	    "</Credentials></AssumeRoleResult></AssumeRoleResponse>",
	    next, next, expires);
	rig_answer(rig, 200, "", text);
}

const char *
rig_header(const struct rig *rig, size_t index, const char *name)
{
	static char value[4096];
	char wanted[128];
	const char *at;

	snprintf(wanted, sizeof(wanted), "%s: ", name);
	at = strstr(rig->sent[index].head, wanted);
	if (at == NULL)
		return "";
	at += strlen(wanted);
	copy(value, sizeof(value), sl_strn(at, strcspn(at, "\n")));
	return value;
}
