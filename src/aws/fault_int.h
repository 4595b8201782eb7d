/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault_int: what an answer that is no success means.
 *
 * The service's error code decides, not the status; the status decides where
 * an answer has no code (a proxy's page, a HEAD without body). Answers are
 * recognised by their first byte, since stand-ins answer JSON calls with XML.
 */
#ifndef SL_AWS_FAULT_INT_H
#define SL_AWS_FAULT_INT_H

#include "http/http.h"

enum sl_aws_fault_kind {
	SL_AWS_FAULT_FINAL,     /* asking again gives the same */
	SL_AWS_FAULT_TRANSIENT, /* may have been carried out; ask again */
	SL_AWS_FAULT_THROTTLED, /* was not carried out; ask again, slowly */
	SL_AWS_FAULT_EXPIRED,   /* ask again with new credentials */
};

struct sl_aws_fault {
	enum sl_aws_fault_kind kind;
	int code;            /* enum sl_err */
	char name[128];      /* the service's code, "" where none */
	char message[768];   /* the service's message, "" where none */
	char request_id[128];
	const char *hint;    /* a way out, or NULL; a literal */
	bool opaque;         /* a body that is neither JSON nor XML errors */
};

/** Read the fault of an answer whose status is not 2xx. */
void sl_aws_fault_read(const struct sl_http_response *resp,
    struct sl_aws_fault *out);

/**
 * Set err from a fault: "sagemaker:CreatePipeline: ValidationException: name
 * too long (HTTP 400, request 1234)".
 *
 * @return the fault's code
 */
int sl_aws_fault_set(const struct sl_aws_fault *fault, const char *operation,
    int status, struct sl_error *err);

#endif
