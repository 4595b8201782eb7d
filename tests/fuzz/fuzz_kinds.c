/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a push brings, before every kind that reads them: a rule of each
 * finds something, at a place in the file, or gives up with a reason. The same
 * bytes, line by line, are the entries of a tree before those that judge names.
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
    "  text: {kind: data-uri, files: '.*', allow: 's3://{project}.*'}\n"
    "  names: {kind: path, scope: tree, collisions: deny, git-names: deny, "
    "windows-names: deny, control-characters: deny, utf8: true, "
    "max-name-length: 9, max-depth: 2}\n"
    "  jobs: {kind: tree, each-dir: '(.*/)?(?<job>[^/]+)', when: '{job}.*', "
    "require: [['{job}', 'x/.+']], forbid: '.*/{job}', allow: '[a-z/]+'}\n";

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

/* An entry for each line: a folder where it ends in '/', a link where it begins
 * with '@'. The order and the names are whatever the bytes say. */
static int
visit_lines(struct sl_judge *j, const struct sl_rule *rule, void *walk,
    struct sl_error *err)
{
	const struct sl_rule_kind *kind = sl_rule_kind(rule);
	struct sl_str rest = file;
	int rc = SL_OK;

	while (rest.len && rc == SL_OK) {
		const char *lf = memchr(rest.ptr, '\n', rest.len);
		size_t n = lf ? (size_t)(lf - rest.ptr) : rest.len;
		struct sl_tree_entry entry = { .path = sl_strn(rest.ptr, n),
			.mode = SL_MODE_FILE };
		const char *slash;

		rest = sl_strn(rest.ptr + n + (lf != NULL),
		    rest.len - n - (lf != NULL));
		if (n == 0)
			continue;
		if (entry.path.ptr[n - 1] == '/' && --entry.path.len > 0)
			entry.mode = SL_MODE_TREE;
		else if (entry.path.ptr[0] == '@')
			entry.mode = SL_MODE_SYMLINK;
		slash = memrchr(entry.path.ptr, '/', entry.path.len);
		n = slash ? (size_t)(slash - entry.path.ptr) + 1 : 0;
		entry.name = sl_strn(entry.path.ptr + n, entry.path.len - n);
		if (entry.path.len == 0)
			continue;
		rc = kind->tree_entry(j, sl_rule_state(rule), walk, &entry,
		    err);
		if (rc == SL_OK && entry.mode == SL_MODE_TREE)
			(void)kind->wants_below(j, sl_rule_state(rule), walk,
			    sl_strn(entry.path.ptr, entry.path.len + 1));
	}
	return rc;
}

static void
judge_tree(struct sl_judge *j, const struct sl_rule *rule)
{
	const struct sl_rule_kind *kind = sl_rule_kind(rule);
	struct sl_error err = SL_ERROR_INIT;
	void *walk = kind->tree_begin(j, sl_rule_state(rule));
	int rc = visit_lines(j, rule, walk, &err);

	if (rc == SL_OK)
		rc = kind->tree_end(j, sl_rule_state(rule), walk, &err);
	fuzz_check(rc == SL_OK || err.text[0] != '\0');
	kind->tree_free(walk);
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

		if (!strcmp(sl_rule_name(rule), "names") ||
		    !strcmp(sl_rule_name(rule), "jobs"))
			judge_tree(&j, rule);
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
