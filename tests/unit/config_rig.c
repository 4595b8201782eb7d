/* SPDX-License-Identifier: Apache-2.0 */
#include "config_rig.h"

char *
example(const char *name)
{
	const char *srcdir = getenv("SL_SRCDIR");

	return sl_asprintf("%s/tests/unit/config/%s",
	    srcdir != NULL ? srcdir : ".", name);
}

struct sl_site *
load_example(void)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;
	char *path = example("site.yaml");

	ck_assert_ok(sl_site_load(path, &site, &err), &err);
	free(path);
	return site;
}
