/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_rig.h"

const char *
packs_dir(void)
{
	static char path[4096];
	const char *srcdir = getenv("SL_SRCDIR");

	snprintf(path, sizeof(path), "%s/policies", srcdir ? srcdir : ".");
	return path;
}

struct sl_doc *
parse(const char *name, const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	ck_assert_ok(sl_doc_parse_yaml(name, sl_str(text), NULL, &doc, &err),
	    &err);
	return doc;
}

int
load(const struct sl_doc *site, const struct sl_doc *project,
    struct sl_policy **out, struct sl_error *err)
{
	struct sl_policy_inputs in = { .packs_dir = packs_dir(),
		.site = site, .project = project };

	return sl_policy_load(&in, out, err);
}
