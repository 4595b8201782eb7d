/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that are no success: status, NUL, head, NUL, body. Whatever comes,
 * there is one error code, and a message that no terminal minds.
 */
#include "fuzz.h"

#include <string.h>

#include "aws/fault_int.h"
#include "base/text.h"

static void
check_text(const char *text, size_t size)
{
	fuzz_check(memchr(text, '\0', size) != NULL);
	fuzz_check(sl_utf8_valid(sl_str(text)));
	for (; *text; text++)
		fuzz_check((unsigned char)*text >= ' ' && *text != 0x7f);
}

static struct sl_str
cut(struct sl_str *rest)
{
	const char *end = rest->len ? memchr(rest->ptr, '\0', rest->len) : NULL;
	struct sl_str part = *rest;

	if (end == NULL) {
		rest->len = 0;
		return part;
	}
	part.len = (size_t)(end - rest->ptr);
	*rest = sl_strn(end + 1, rest->len - part.len - 1);
	return part;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str rest = { (const char *)data, size };
	struct sl_http_response resp = SL_HTTP_RESPONSE_INIT;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_aws_fault fault;
	struct sl_str status = cut(&rest), head = cut(&rest);
	int number = status.len ? 300 + (unsigned char)status.ptr[0] : 500;

	if (sl_http_response_fill(&resp, number, head, rest, &err) == SL_OK) {
		sl_aws_fault_read(&resp, &fault);
		fuzz_check(fault.code < 0);
		fuzz_check(fault.kind != SL_AWS_FAULT_THROTTLED ||
		    fault.code == SL_ENET);
		check_text(fault.name, sizeof(fault.name));
		check_text(fault.message, sizeof(fault.message));
		fuzz_check(sl_aws_fault_set(&fault, "s:O", number, &err) ==
		    fault.code);
		check_text(err.text, sizeof(err.text));
	}
	sl_http_response_release(&resp);
	return 0;
}
