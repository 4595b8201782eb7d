/* SPDX-License-Identifier: Apache-2.0 */
/* no_hs: what hs.c is in a build without Vectorscan: there is no library. */
#include "scan/database_int.h"

bool
sl_hs_version(char out[SL_HS_VERSION_SIZE] SL_UNUSED)
{
	return false;
}

void
sl_hs_processor(struct sl_buf *out SL_UNUSED)
{
}

int
sl_hs_compile(struct sl_expression *expressions SL_UNUSED,
    size_t count SL_UNUSED, struct sl_buf *out SL_UNUSED,
    struct sl_error *err)
{
	return sl_error_set(err, SL_ENOTFOUND,
	    "sluice was built without Vectorscan");
}

int
sl_hs_load(struct sl_str bytes SL_UNUSED, struct sl_hs **out SL_UNUSED,
    struct sl_error *err)
{
	return sl_hs_compile(NULL, 0, NULL, err);
}

void
sl_hs_free(struct sl_hs *hs SL_UNUSED)
{
}

struct sl_hs_scratch *
sl_hs_scratch_new(const struct sl_hs *hs SL_UNUSED)
{
	return NULL;
}

void
sl_hs_scratch_free(struct sl_hs_scratch *scratch SL_UNUSED)
{
}

int
sl_hs_search(struct sl_hs_scratch *scratch SL_UNUSED,
    struct sl_str text SL_UNUSED, sl_candidate_fn *fn SL_UNUSED,
    void *ctx SL_UNUSED, struct sl_error *err)
{
	return sl_hs_compile(NULL, 0, NULL, err);
}
