/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS profile files: name, LF, text. What is found is a piece of the file,
 * and a value is only there where its section is.
 */
#include "fuzz.h"

#include <string.h>

#include "aws/profile_int.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *end = size ? memchr(text, '\n', size) : NULL;
	char name[64] = "default";
	size_t len = end ? (size_t)(end - text) : 0;

	if (len >= sizeof(name))
		return 0;
	if (len > 0) {
		memcpy(name, text, len);
		name[len] = '\0';
	}
	for (int prefixed = 0; prefixed < 2; prefixed++) {
		struct sl_aws_profile profile = { 0 };
		bool found = true;

		sl_aws_profile_parse(sl_strn(text, size), name, prefixed,
		    &profile, &found);
		for (size_t i = 0; i < SL_AWS_KEY_COUNT; i++) {
			struct sl_str value =
			    sl_secret_view(&profile.values[i]);

			fuzz_check(value.len == 0 || found);
			fuzz_check(value.len == 0 || memmem(text, size,
			    value.ptr, value.len) != NULL);
		}
		sl_aws_profile_release(&profile);
	}
	return 0;
}
