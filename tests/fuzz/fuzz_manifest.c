/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests, which come from a bucket: one that is read can be written, and
 * is the same after that.
 */
#include "fuzz.h"

#include <string.h>

#include "build/manifest.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_manifest *m = NULL;
	struct sl_manifest *again = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf first = SL_BUF_INIT(SL_MANIFEST_MAX_BYTES);
	struct sl_buf second = SL_BUF_INIT(SL_MANIFEST_MAX_BYTES);
	int rc;

	rc = sl_manifest_parse("fuzz", sl_strn((const char *)data, size), &m,
	    &err);
	if (rc < 0) {
		fuzz_check(rc == SL_ECORRUPT || rc == SL_EUNSUPPORTED ||
		    rc == SL_ETOOBIG);
		fuzz_check(m == NULL && err.code == rc);
		return 0;
	}
	if (sl_manifest_write(m, &first, &err) == 0) {
		fuzz_check(sl_manifest_parse("again", sl_buf_str(&first),
		    &again, &err) == 0);
		fuzz_check(sl_manifest_write(again, &second, &err) == 0);
		fuzz_check(sl_str_eq(sl_buf_str(&first),
		    sl_buf_str(&second)));
	}
	sl_buf_release(&first);
	sl_buf_release(&second);
	sl_manifest_free(again);
	sl_manifest_free(m);
	return 0;
}
