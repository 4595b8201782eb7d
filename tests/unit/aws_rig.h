/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aws_rig: a session whose transport answers from a script, whose clock only
 * moves by sleeping, and whose randomness is a constant.
 *
 *     rig_start(&rig, NULL);
 *     rig_answer(&rig, 503, "", "");
 *     rig_answer(&rig, 200, "", "{}");
 *     ... a call ...
 *     ck_assert_uint_eq(rig.sent_count, 2);
 */
#ifndef SL_TESTS_AWS_RIG_H
#define SL_TESTS_AWS_RIG_H

#include "harness.h"

#include "aws/s3.h"
#include "aws/sagemaker.h"

#define RIG_MAX 24
#define RIG_NOW_S 1795342967 /* 2026-11-22T10:22:47Z */

/** Statuses below 0: no answer at all. */
#define RIG_NOT_SENT (-1)
#define RIG_LOST (-2)

struct rig_sent {
	char method[8];
	char host[SL_HTTP_HOST_MAX];
	char path[2048];
	char query[2048];
	char head[4096]; /* "name: value" lines */
	char body[4096];
	bool once;
};

struct rig {
	struct {
		int status;
		const char *head;
		const char *body;
	} answers[RIG_MAX];
	size_t answer_count;
	struct rig_sent sent[RIG_MAX];
	size_t sent_count;
	int64_t slept_ms[RIG_MAX];
	size_t sleep_count;
	int64_t now_s;
	struct sl_clock clock;
	struct sl_aws_random random;
	struct sl_http_transport http;
	struct sl_aws_environment env;
	struct sl_aws_config config;
	struct sl_aws_session *session;
	struct sl_error err;
};

/**
 * Make a session.
 *
 * @param variables  "NAME=value" strings up to a NULL; NULL: a key and region
 * @return what sl_aws_session_new returned, with rig->config
 */
int rig_open(struct rig *rig, const char *const *variables);

/** Set the rig up with static keys, asserting that it works. */
void rig_start(struct rig *rig);

/** Prepare a rig; then change rig->config, then rig_open. */
void rig_init(struct rig *rig);

void rig_stop(struct rig *rig);

/** Queue an answer; texts are borrowed. */
void rig_answer(struct rig *rig, int status, const char *head,
    const char *body);

/** Queue an AssumeRole answer whose keys end at expires. */
void rig_answer_role(struct rig *rig, const char *expires);

/** A header of a request that was sent, or "". */
const char *rig_header(const struct rig *rig, size_t index, const char *name);

TCase *tcase_faults(void);
TCase *tcase_retries(void);
TCase *tcase_s3(void);
TCase *tcase_sagemaker(void);
TCase *tcase_sources(void);
TCase *tcase_roles(void);
TCase *tcase_endpoints(void);
TCase *tcase_ecr(void);

#endif
