/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoint URLs: what is accepted is a host that cannot bend a request, and
 * plain HTTP goes to this machine only.
 */
#include "fuzz.h"

#include <string.h>

#include "http/http.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char legal[] =
	    "abcdefghijklmnopqrstuvwxyz0123456789.-:[]";
	struct sl_str url = { (const char *)data, size };
	struct sl_http_origin origin, again;
	struct sl_error err = SL_ERROR_INIT;
	char text[SL_HTTP_HOST_MAX + 16];

	if (sl_http_origin_parse(url, &origin, &err) < 0)
		return 0;
	fuzz_check(origin.host[0] != '\0');
	fuzz_check(strspn(origin.host, legal) == strlen(origin.host));
	fuzz_check(origin.tls || origin.loopback);
	snprintf(text, sizeof(text), "%s://%s", origin.tls ? "https" : "http",
	    origin.host);
	fuzz_check(sl_http_origin_parse(sl_str(text), &again, &err) == SL_OK);
	fuzz_check(!strcmp(origin.host, again.host));
	fuzz_check(origin.loopback == again.loopback);
	return 0;
}
