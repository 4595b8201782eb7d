/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A project's rules come from whoever may push. Whatever they are, loading
 * them fails with a place or gives a policy that judges.
 */
#include "fuzz.h"

#include "policy/policy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_doc_limits limits = { .max_bytes = 65536,
		.max_nodes = 5000 };
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = NULL;
	SL_CLEANUP(sl_doc_freep) struct sl_doc *project = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);
	struct sl_policy_inputs in = { 0 };
	struct sl_error err = SL_ERROR_INIT;

	if (sl_doc_parse_yaml("p", sl_strn((const char *)data, size), &limits,
		&project, &err) < 0)
		return 0;
	if (sl_doc_parse_yaml("s",
		SL_STR("sluice: 1\nrules:\n  a/b: {kind: path, deny: 'x', "
		       "level: {'refs/heads/x': warn}}\n"),
		NULL, &site, &err) < 0)
		abort();
	in.site = site;
	in.project = project;
	sl_error_clear(&err);
	if (sl_policy_load(&in, &policy, &err) < 0) {
		fuzz_check(err.text[0]);
		return 0;
	}
	fuzz_check(strlen(sl_policy_digest(policy)) == 64);
	/* A project never makes the site's rule milder. */
	fuzz_check(sl_rule_level(policy,
		       sl_policy_rule(policy, SL_STR("a/b")),
		       SL_STR("refs/heads/y"), 0) == SL_LEVEL_BLOCK);
	(void)!sl_policy_explain(policy, SL_STR(""), &out, &err);
	return 0;
}
