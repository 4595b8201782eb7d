/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sagemaker_int: writing requests and reading answers of the JSON protocol.
 */
#ifndef SL_AWS_SAGEMAKER_INT_H
#define SL_AWS_SAGEMAKER_INT_H

#include "aws/call_int.h"
#include "aws/sagemaker.h"
#include "doc/doc.h"
#include "doc/json.h"

/** A definition of 1 MiB, every character of which may need an escape. */
#define SL_SAGEMAKER_BODY_MAX ((size_t)8 * 1024 * 1024)

/** A request being written: an open JSON object. */
struct sl_sagemaker_request {
	struct sl_buf body;
	struct sl_json json;
};

void sl_sagemaker_request_init(struct sl_sagemaker_request *r);
void sl_sagemaker_request_release(struct sl_sagemaker_request *r);

/** Write a member unless the value is NULL. */
void sl_sagemaker_put(struct sl_json *w, const char *key, const char *value);

/** Write a list of {name_key: ..., value_key: ...} unless it is empty. */
void sl_sagemaker_put_pairs(struct sl_json *w, const char *key,
    const char *name_key, const char *value_key,
    const struct sl_aws_pair *pairs, size_t count);

/** Write an object {name: value, ...} unless it is empty. */
void sl_sagemaker_put_map(struct sl_json *w, const char *key,
    const struct sl_aws_pair *pairs, size_t count);

/** A service that speaks the JSON protocol. */
struct sl_aws_json_service {
	enum sl_aws_service service;
	const char *name;   /* in messages: "sagemaker" */
	const char *target; /* before the operation: "SageMaker" */
};

/**
 * Close the request, send it and parse the answer.
 *
 * @param operation  "BatchGetImage"
 * @param once  as in struct sl_aws_call
 * @param[out] out  its root is a map; sl_doc_free
 * @return 0, SL_EREMOTE (an answer that is not a JSON object), SL_ETOOBIG
 *         (the request), or as sl_aws_call
 */
int sl_aws_json_send(struct sl_aws_session *session,
    const struct sl_aws_json_service *service, const char *operation,
    struct sl_sagemaker_request *r, bool once, struct sl_doc **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Close the request, send it to SageMaker and check the answer.
 *
 * @param operation  "StartPipelineExecution"
 * @param once  as in struct sl_aws_call
 * @param key  a member that the answer must have as a text that is not empty;
 *             NULL: none
 * @param[out] text  the text of key; free(); may be NULL
 * @param[out] out  the answer, whose root is a map; sl_doc_free; may be NULL
 * @return 0, SL_EREMOTE (an answer that is not a JSON object, or lacks key),
 *         SL_ETOOBIG (the request), or as sl_aws_call
 */
int sl_sagemaker_ask(struct sl_aws_session *session, const char *operation,
    struct sl_sagemaker_request *r, bool once, const char *key, char **text,
    struct sl_doc **out, struct sl_error *err) SL_MUST_CHECK;

/**
 * Send a List operation for every page and visit its rows.
 *
 * @param fill  writes the members of the request; called once per page
 * @param list  the answer's member that holds the rows
 * @param each  as in sagemaker.h
 */
int sl_sagemaker_pages(struct sl_aws_session *session, const char *operation,
    void (*fill)(struct sl_json *w, const void *in), const void *in,
    const char *list,
    int (*each)(void *ctx, const struct sl_node *row, struct sl_error *err),
    void *ctx, struct sl_error *err) SL_MUST_CHECK;

/** A member's text, to be freed; NULL where it is absent or null. */
char *sl_sagemaker_text(const struct sl_node *map, const char *key);

/** A member as seconds since 1970; 0 where it is absent or no time. */
int64_t sl_sagemaker_time(const struct sl_node *map, const char *key);

/** A member as a whole number; 0 where it is absent or none. */
int64_t sl_sagemaker_number(const struct sl_node *map, const char *key);

/**
 * Check a name: letters and digits with single or repeated '-' inside.
 *
 * @param what  for the message
 * @return 0, SL_EINVAL
 */
int sl_sagemaker_check_name(const char *what, const char *name, size_t max,
    struct sl_error *err) SL_MUST_CHECK;

/** As sl_sagemaker_check_name, but an ARN is fine too. */
int sl_sagemaker_check_name_or_arn(const char *what, const char *name,
    size_t max, struct sl_error *err) SL_MUST_CHECK;

/** Check a pipeline request token: 32 to 128 characters. */
int sl_sagemaker_check_token(const char *token, struct sl_error *err)
    SL_MUST_CHECK;

#endif
