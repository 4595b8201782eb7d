/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a push brings, before every kind that reads them: a rule of each
 * finds something, at a place in the file, or gives up with a reason.
 */
#include "fuzz.h"

#include <string.h>

#include "policy/policy.h"
#include "policy/rule.h"

static const char rules[] =
    "sluice: 1\n"
    "rules:\n"
    "  blob: {kind: blob, lfs: require, encoding: utf-8, line-ends: same, "
    "bom: deny, binary: deny}\n"
    "  notebook: {kind: notebook, files: '.*', outputs: deny, "
    "execution-counts: deny, kernels: 'python3', "
    "match: '(?<secret>a+)b', secret: true}\n"
    "  pipeline: {kind: pipeline, files: '.*', instance-types: 'ml[.].+', "
    "max-instances: 2, max-runtime: 1h, max-volume-gb: 50, "
    "registry: parameters, match: 'a+b', outputs: 's3://{bucket}/.*'}\n"
    "  uri: {kind: data-uri, files: '.*', allow: 's3://{bucket}/{branch}/.*', "
    "read-only: 's3://lake/.*', local-paths: deny, computed: deny, "
    "inline-ignore: allow}\n"
    "  text: {kind: data-uri, files: '.*', allow: 's3://{project}.*'}\n";

static struct sl_str file;
static size_t lines;

static bool
found(void *sink, const struct sl_hit *hit)
{
	(void)sink;
	fuzz_check(hit->message != NULL && hit->message[0] != '\0');
	fuzz_check(hit->line <= lines && hit->col <= file.len + 1);
	fuzz_check((hit->line == 0) == (hit->col == 0));
	return true;
}

static void
deferred(void *sink, const char *reason)
{
	(void)sink;
	fuzz_check(reason[0] != '\0');
}

static void
skipped(void *sink, const char *what, const char *reason)
{
	(void)sink;
	fuzz_check(what[0] != '\0' && reason[0] != '\0');
}

static struct sl_policy *
load(void)
{
	struct sl_policy_inputs in = { 0 };
	struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *site = NULL;

	/* Kept until the end, as the policy is. */
	if (sl_doc_parse_yaml("s", SL_STR(rules), NULL, &site, &err) < 0)
		abort();
	in.site = site;
	if (sl_policy_load(&in, &policy, &err) < 0)
		abort();
	return policy;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sl_judge_sink sink = { found, deferred, skipped };
	static struct sl_policy *policy;
	static struct sl_judge j = { .ops = &sink };

	if (policy == NULL) {
		policy = load();
		j.scratch = sl_rx_scratch_new(NULL);
	}
	file = sl_strn((const char *)data, size);
	lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	for (size_t i = 0; i < sl_policy_rule_count(policy); i++) {
		struct sl_rule *rule = sl_policy_rule_at(policy, i);
		const struct sl_rule_kind *kind = sl_rule_kind(rule);
		struct sl_error err = SL_ERROR_INIT;
		int rc;

		if (kind->blob == NULL)
			continue;
		rc = kind->blob(&j, sl_rule_state(rule),
		    strcmp(sl_rule_name(rule), "text") ? SL_STR("a.json") :
							 SL_STR("a.py"),
		    file, &err);
		fuzz_check(rc == SL_OK || rc == SL_ELIMIT);
		fuzz_check(rc == SL_OK || err.text[0] != '\0');
	}
	return 0;
}
