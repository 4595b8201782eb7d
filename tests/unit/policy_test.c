/* SPDX-License-Identifier: Apache-2.0 */
#include "policy_test.h"

#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "policy/policy.h"
#include "policy/rule.h"
#include "policy/template.h"

#define HEAD "sluice: 1\nname: t\n"
#define RULE "rules:\n  a/b:\n    kind: ref\n"

static const char *
packs_dir(void)
{
	static char path[4096];
	const char *srcdir = getenv("SL_SRCDIR");

	snprintf(path, sizeof(path), "%s/policies", srcdir ? srcdir : ".");
	return path;
}

static struct sl_doc *
parse(const char *name, const char *text)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_doc *doc = NULL;

	ck_assert_ok(sl_doc_parse_yaml(name, sl_str(text), NULL, &doc, &err),
	    &err);
	return doc;
}

static int
load(const struct sl_doc *site, const struct sl_doc *project,
    struct sl_policy **out, struct sl_error *err)
{
	struct sl_policy_inputs in = { .packs_dir = packs_dir(),
		.site = site, .project = project };

	return sl_policy_load(&in, out, err);
}

/* --- what does not load --- */

static const struct {
	const char *text;
	const char *place;
	const char *message; /* a part */
} bad_sites[] = {
	{ "name: t\n", "s:1:1", "sluice" },
	{ "sluice: 2\nrules: {}\n", "s:1:9", "" },
	{ HEAD, "s:1:1", "no rule is in force" },
	{ HEAD "rules: {}\n", "s:1:1", "no rule is in force" },
	{ HEAD RULE "    allow: 'x'\n    level: off\n", "s:1:1",
	    "no rule is in force" },
	{ HEAD "ruels: {}\n", "s:3:1", "rules" },
	{ HEAD "rules: []\n", "s:3:8", "map" },
	{ HEAD "rules: {A: {kind: ref}}\n", "s:3:9", "not a name" },
	{ HEAD "rules: {a: {level: warn}}\n", "s:3:9", "no `kind`" },
	{ HEAD "rules: {a: {kind: reff}}\n", "s:3:19", "ref" },
	{ HEAD "rules: {a: {kind: project-file}}\n", "s:3:19", "" },
	{ HEAD "rules: {sluice/x: {kind: ref, allow: 'a'}}\n", "s:3:9",
	    "built-in" },
	{ HEAD RULE, "s:4:3", "asks for nothing" },
	{ HEAD RULE "    alow: 'x'\n", "s:6:5", "allow" },
	{ HEAD RULE "    allow: '('\n", "s:6:12", "parenthesis" },
	{ HEAD RULE "    allow: x\n", "s:6:12", "" },
	{ HEAD RULE "    allow: \"x\"\n", "s:6:12", "" },
	{ HEAD RULE "    allow: []\n", "s:6:12", "empty" },
	{ HEAD RULE "    allow: ['a', '(*UTF)b']\n", "s:6:18", "(*" },
	{ HEAD RULE "    allow: 'x'\n    level: blok\n", "s:7:12", "block" },
	{ HEAD RULE "    allow: 'x'\n    level: {'(': warn}\n", "s:7:13",
	    "parenthesis" },
	{ HEAD RULE "    allow: 'x'\nwaivers: {}\n", "s:7:10", "list" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n  - {rule: 'b'}\n", "s:8:12",
	    "not in force" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n"
		    "  - {rule: 'sluice/project-file'}\n",
	    "s:8:12", "cannot be waived" },
	{ HEAD RULE "    allow: 'x'\n    waivers: deny\nwaivers:\n"
		    "  - {rule: 'a/b'}\n",
	    "s:9:12", "cannot be waived" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n  - {rule: 'a/b', owner: ana, "
		    "expires: 2027-01-01}\n",
	    "s:8:5", "reason" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n  - {rule: 'a/b', owner: ana, "
		    "reason: old, expires: never}\n",
	    "s:8:53", "not a day" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n  - {rule: 'a/b', path: '('}\n",
	    "s:8:25", "parenthesis" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n  - {rule: 'a/b', blob: abc}\n",
	    "s:8:25", "40 digits" },
	{ HEAD RULE "    allow: 'x'\nwaivers:\n  - {rule: 'a/b', paths: 'x'}\n",
	    "s:8:19", "path" },
	{ HEAD "rules: {a: {kind: content, match: 'x', keywords: [ab]}}\n",
	    "s:3:51", "3 to 64" },
	{ HEAD "rules: {a: {kind: content, match: 'x', keywords: []}}\n",
	    "s:3:50", "1 to 100" },
	{ HEAD "rules: {a: {kind: content, match: 'x', entropy: 9}}\n",
	    "s:3:49", "from 0.01 to 8" },
	{ HEAD "rules: {a: {kind: content, match: 'x', entropy: 3.}}\n",
	    "s:3:49", "from 0.01 to 8" },
	{ HEAD "rules: {a: {kind: content, match: 'x', entropy: 3.505}}\n",
	    "s:3:49", "from 0.01 to 8" },
	{ HEAD "rules: {a: {kind: content, match: 'x', entropy: 0.00}}\n",
	    "s:3:49", "from 0.01 to 8" },
	{ HEAD RULE "    allow: 'x'\n    level: []\n", "s:7:12",
	    "1 to 8 steps" },
	{ HEAD RULE "    allow: 'x'\n    level: ['warn from 2027-01-01']\n",
	    "s:7:13", "" },
	{ HEAD RULE "    allow: 'x'\n    level: [warn, block]\n", "s:7:19",
	    "has a day" },
	{ HEAD RULE "    allow: 'x'\n"
		    "    level: [warn, 'blok from 2027-01-01']\n",
	    "s:7:19", "not a level" },
	{ HEAD RULE "    allow: 'x'\n"
		    "    level: [warn, 'block from 2027-02-30']\n",
	    "s:7:19", "not a day" },
	{ HEAD RULE "    allow: 'x'\n"
		    "    level: [warn, 'block from 2027-2-3']\n",
	    "s:7:19", "not a day" },
	{ HEAD RULE "    allow: 'x'\n    level: [off, 'warn from 2027-02-01', "
		    "'block from 2027-02-01']\n",
	    "s:7:42", "in the order" },
	{ HEAD RULE "    allow: 'x'\n    message: '{pth}'\n", "s:7:14",
	    "{path}" },
	{ HEAD RULE "    allow: '(?<n>x)'\n    message: '{m}'\n", "s:7:14",
	    "{n}" },
	{ HEAD RULE "    allow: 'x'\n    fix: 'a } b'\n", "s:7:10", "brace" },
	{ HEAD RULE "    allow: 'x'\n    examples: [{ref: 'y', "
		    "expect: pass}]\n",
	    "s:7:16", "should pass, but fails" },
	{ HEAD RULE "    allow: 'x'\n    examples: [{ref: 'x', "
		    "expect: fail}]\n",
	    "s:7:16", "should fail, but passes" },
	{ HEAD RULE "    allow: 'x'\n    examples: [{text: 'x', "
		    "expect: fail}]\n",
	    "s:7:16", "nothing that a rule of kind ref judges" },
	{ HEAD RULE "    allow: 'x'\n    examples: [{ref: 'x'}]\n", "s:7:16",
	    "expect" },
	{ HEAD RULE "    allow: 'x'\n    actions: [creat]\n", "s:7:15",
	    "create" },
	{ HEAD RULE "    on: ['main']\n", "s:6:10", "refs/heads/main" },
	{ HEAD "rules: {a: {kind: content, secret: true}}\n", "s:3:9",
	    "match" },
	{ HEAD "rules: {a: {kind: content, match: '(?<g>x)', secret: true, "
	       "message: '{g}'}}\n",
	    "s:3:69", "secrets" },
	{ HEAD "rules: {a: {kind: content, match: 'x', max-bytes: 1 GiB}}\n",
	    "s:3:51", "16 MiB" },
	{ HEAD "rules: {a: {kind: content, match: 'x', "
	       "examples: [{hex: '6', expect: pass}]}}\n",
	    "s:3:57", "hexadecimal" },
	{ HEAD "rules: {a: {kind: content, match: '\\x00', binary: check, "
	       "examples: [{hex: '6100', expect: pass}]}}\n",
	    "s:3:69", "should pass, but fails" },
	{ HEAD "rules: {a: {kind: content, match: 'x', max-bytes: 5, "
	       "examples: [{size: 6, expect: pass}]}}\n",
	    "s:3:65", "cannot be judged" },
	{ HEAD "rules: {a: {kind: tree, each-dir: 'x'}}\n", "s:3:9",
	    "require" },
	{ HEAD "rules: {a: {kind: path}}\n", "s:3:9", "max-" },
	{ HEAD "rules: {a: {kind: blob, files: 'x'}}\n", "s:3:9", "max-size" },
	{ HEAD "rules: {a: {kind: blob, lfs: maybe}}\n", "s:3:30",
	    "require" },
	{ HEAD "rules: {a: {kind: pipeline, max-instances: 1}}\n", "s:3:9",
	    "needs files" },
	{ HEAD "rules: {a: {kind: pipeline, files: 'x', max-runtime: 10ms}}\n",
	    "s:3:54", "whole seconds" },
	{ HEAD "rules: {a: {kind: pipeline, files: 'x', too-large: skip}}\n",
	    "s:3:41", "unknown" },
	{ HEAD "rules: {a: {kind: data-uri, allow: 's3://x'}}\n", "s:3:9",
	    "needs files" },
	{ HEAD "rules: {a: {kind: data-uri, files: 'x'}}\n", "s:3:9",
	    "asks for nothing" },
	{ HEAD "rules: {a: {kind: data-uri, files: 'x', allow: "
	       "['a', '{bucket}{buket}']}}\n",
	    "s:3:54", "{buket} is not a variable" },
	{ HEAD "rules: {a: {kind: data-uri, files: 'x', allow: "
	       "'{bucket}('}}\n",
	    "s:3:48", "parenthesis" },
	{ HEAD "rules: {a: {kind: data-uri, files: 'x', allow: []}}\n",
	    "s:3:48", "1 to 50" },
	{ HEAD "rules: {a: {kind: data-uri, files: 'x', scope: change, "
	       "allow: '{branch}'}}\n",
	    "s:3:48", "whole trees" },
	{ HEAD "rules: {a: {kind: data-uri, files: 'x', allow: "
	       "'s3://{bucket}/.*', examples: [{text: 's3://b-a/k', path: x, "
	       "bucket: b-b, expect: pass}]}}\n",
	    "s:3:79", "s3://b-a/k is outside" },
	{ HEAD "rules: {a: {kind: commit}}\n", "s:3:9", "subject" },
	{ HEAD "rules: {a: {kind: config, files: 'x'}}\n", "s:3:9",
	    "needs schema" },
	{ HEAD "rules: {a: {kind: config, schema: {}}}\n", "s:3:9",
	    "needs files" },
	{ HEAD "rules: {a: {kind: config, files: 'x', schema: {typ: a}}}\n",
	    "s:3:48", "did you mean \"type\"" },
	{ HEAD "rules: {a: {kind: config, files: 'x', schema: a.json}}\n",
	    "s:3:47", "in no folder" },
	{ HEAD "rules: {a: {kind: config, files: 'x', schema: a/../b}}\n",
	    "s:3:47", "relative path" },
	{ HEAD "rules: {a: {kind: config, files: 'x', schema: /etc/x}}\n",
	    "s:3:47", "relative path" },
	{ HEAD "rules: {a: {kind: config, files: 'x', schema: {type: "
	       "object}, examples: [{path: x, text: '[]', expect: pass}]}}\n",
	    "s:3:74", "should pass, but fails" },
	{ HEAD "extends: 'sluice:secrets'\n", "s:3:10", "list" },
	{ HEAD "extends: ['secrets']\n", "s:3:11", "sluice:NAME" },
	{ HEAD "extends: ['sluice:../x']\n", "s:3:11", "name of a pack" },
	{ HEAD "extends: ['sluice:nosuch']\n", "s:3:11", "no pack" },
	{ HEAD "extends: ['sluice:secrets']\nrules:\n  secrets/password:\n"
	       "    kind: content\n    match: 'x'\n",
	    "s:5:3", "defined already" },
	{ HEAD "extends: ['sluice:secrets']\nrules:\n"
	       "  sluice/project-file: {level: off}\n",
	    "s:5:3", "cannot be changed" },
};

START_TEST(a_wrong_site_policy_is_refused_at_its_place)
{
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s", bad_sites[_i].text);
	struct sl_error err = SL_ERROR_INIT;
	struct sl_policy *policy = NULL;
	int rc = load(site, NULL, &policy, &err);

	ck_assert_err(rc, SL_ECONFIG, &err);
	ck_assert_ptr_null(policy);
	ck_assert_msg(strstr(err.text, bad_sites[_i].message) != NULL,
	    "%s %s", err.place, err.text);
	ck_assert_msg(!strcmp(err.place, bad_sites[_i].place), "%s %s",
	    err.place, err.text);
}
END_TEST

START_TEST(loading_is_bounded)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_policy *policy = NULL;

	sl_buf_adds(&text, HEAD "rules:\n");
	for (int i = 0; i < (_i ? 40 : 900); i++) {
		sl_buf_addf(&text, "  r%d:\n    kind: path\n    deny: "
				   "'(?:(?:[a-z]a|b){40}){20}'\n", i);
		if (!_i)
			continue;
		sl_buf_adds(&text, "    examples:\n");
		for (int k = 0; k < 60; k++)
			sl_buf_adds(&text, "      - {path: a, expect: pass}\n");
	}
	site = parse("s", sl_buf_cstr(&text));
	ck_assert_err(load(site, NULL, &policy, &err), SL_ECONFIG, &err);
	ck_assert_ptr_nonnull(strstr(err.text,
	    _i ? "2000 examples" : "16 MiB"));
}
END_TEST

START_TEST(no_policy_at_all_is_an_error)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *project = parse("p", "sluice: 1\nextends: "
					    "['sluice:secrets']\n");
	struct sl_policy_inputs in = { .packs_dir = packs_dir(),
		.site_path = "/nonexistent/policy.yaml" };

	ck_assert_err(load(NULL, NULL, &policy, &err), SL_ECONFIG, &err);
	ck_assert_err(load(NULL, project, &policy, &err), SL_ECONFIG, &err);
	ck_assert_err(sl_policy_load(&in, &policy, &err), SL_ENOTFOUND, &err);
	in.site_path = NULL;
	in.project = project;
	in.project_alone = true;
	ck_assert_ok(sl_policy_load(&in, &policy, &err), &err);
	sl_policy_free(policy);
}
END_TEST

/* --- layers --- */

#define SITE                                                                   \
	HEAD "extends: ['sluice:secrets']\n"                                   \
	     "rules:\n"                                                        \
	     "  a/soft: {kind: ref, allow: '.*', level: warn}\n"               \
	     "  a/mixed: {kind: ref, allow: '.*', level: "                     \
	     "{'refs/heads/feature/.+': warn, default: block}}\n"              \
	     "  secrets/password: {level: audit}\n"

static const struct {
	const char *text;
	const char *place; /* NULL: loads */
	const char *message;
} projects[] = {
	{ "sluice: 1\nproject: {id: x}\n", NULL, NULL },
	{ "rules: {own/x: {kind: path, deny: 'x'}}\n", NULL, NULL },
	{ "rules: {a/soft: {level: block}}\n", NULL, NULL },
	{ "rules: {a/soft: {level: warn}}\n", NULL, NULL },
	{ "rules: {a/mixed: {level: block}}\n", NULL, NULL },
	{ "rules: {secrets/password: {level: warn}}\n", NULL, NULL },
	{ "rules: {a/soft: {level: {'refs/heads/main': block}}}\n", NULL,
	    NULL },
	{ "extends: ['sluice:secrets']\nrules: {own: {kind: path, deny: "
	  "'x'}}\n",
	    NULL, NULL },
	{ "rules: {a/soft: {level: audit}}\n", "p:1:25", "not lower" },
	{ "rules: {a/soft: {level: off}}\n", "p:1:25", "not lower" },
	{ "rules: {a/soft: {level: [audit, 'block from 2027-01-01']}}\n",
	    "p:1:25", "not lower" },
	{ "rules: {a/soft: {level: [warn, 'block from 2027-01-01']}}\n", NULL,
	    NULL },
	{ "rules: {a/mixed: {level: warn}}\n", "p:1:26", "not lower" },
	{ "rules: {a/mixed: {level: {'refs/.*': audit, default: block}}}\n",
	    "p:1:26", "not lower" },
	{ "rules: {a/soft: {allow: 'x'}}\n", "p:1:18", "the site's" },
	{ "rules: {a/soft: {message: 'x'}}\n", "p:1:18", "the site's" },
	{ "rules: {a/soft: {kind: ref, allow: '.*'}}\n", "p:1:9",
	    "defined already" },
	{ "rules: {secrets/password: {allow: '.*'}}\n", "p:1:28",
	    "the site's" },
	{ "rules: {sluice/ref-objects: {level: off}}\n", "p:1:37",
	    "not lower" },
	{ "rules: {sluice/project-file: {level: off}}\n", "p:1:38",
	    "not lower" },
	{ "rules: {a/nosuch: {level: block}}\n", "p:1:9", "no `kind`" },
};

START_TEST(a_project_may_only_tighten)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", SITE);
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *project = parse("p", projects[_i].text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int rc = load(site, project, &policy, &err);

	if (!projects[_i].place) {
		ck_assert_ok(rc, &err);
		return;
	}
	ck_assert_err(rc, SL_ECONFIG, &err);
	ck_assert_str_eq(err.place, projects[_i].place);
	ck_assert_msg(strstr(err.text, projects[_i].message) != NULL, "%s",
	    err.text);
}
END_TEST

static enum sl_level
level_of(const struct sl_policy *policy, const char *rule, const char *ref)
{
	struct sl_rule *r = sl_policy_rule(policy, sl_str(rule));

	ck_assert_ptr_nonnull(r);
	return sl_rule_level(policy, r, sl_str(ref), 0);
}

static enum sl_level
least(const struct sl_policy *policy, const char *rule, int64_t at_s)
{
	return sl_rule_least_level(sl_policy_rule(policy, sl_str(rule)), at_s);
}

/* 2027-01-01 and 2027-07-01, midnight UTC. */
#define JANUARY INT64_C(1798761600)
#define JULY INT64_C(1814400000)

static enum sl_level
level_at(const struct sl_policy *policy, const char *rule, const char *ref,
    int64_t at_s)
{
	return sl_rule_level(policy, sl_policy_rule(policy, sl_str(rule)),
	    sl_str(ref), at_s);
}

START_TEST(levels_change_at_midnight)
{
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s",
	    SITE "  a/steps: {kind: ref, allow: 'x', level: [audit, "
		 "'warn from 2027-01-01', 'block from 2027-07-01']}\n"
		 "  a/some: {kind: ref, allow: 'x', level: "
		 "{'refs/tags/.+': [off, 'block from 2027-01-01'], "
		 "default: warn}}\n");
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_rule *steps, *some;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	steps = sl_policy_rule(policy, SL_STR("a/steps"));
	some = sl_policy_rule(policy, SL_STR("a/some"));
	ck_assert_int_eq(level_at(policy, "a/steps", "refs/heads/x",
	    JANUARY - 1), SL_LEVEL_AUDIT);
	ck_assert_int_eq(level_at(policy, "a/steps", "refs/heads/x", JANUARY),
	    SL_LEVEL_WARN);
	ck_assert_int_eq(level_at(policy, "a/steps", "refs/heads/x",
	    JULY - 1), SL_LEVEL_WARN);
	ck_assert_int_eq(level_at(policy, "a/steps", "refs/heads/x", JULY),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(level_at(policy, "a/some", "refs/tags/x",
	    JANUARY - 1), SL_LEVEL_OFF);
	ck_assert_int_eq(level_at(policy, "a/some", "refs/tags/x", JANUARY),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(level_at(policy, "a/some", "refs/heads/x", JULY),
	    SL_LEVEL_WARN);
	ck_assert_int_eq(sl_rule_blocks_from(steps, SL_STR("refs/heads/x"), 0),
	    JULY);
	ck_assert_int_eq(sl_rule_blocks_from(steps, SL_STR("refs/heads/x"),
	    JULY), 0);
	ck_assert_int_eq(sl_rule_blocks_from(some, SL_STR("refs/heads/x"), 0),
	    0);
	ck_assert_int_eq(least(policy, "a/steps", JANUARY), SL_LEVEL_WARN);
	ck_assert_int_eq(least(policy, "a/steps", JULY), SL_LEVEL_BLOCK);
	ck_assert_int_eq(least(policy, "a/some", JANUARY - 1), SL_LEVEL_OFF);
	ck_assert_int_eq(least(policy, "a/some", JANUARY), SL_LEVEL_WARN);
}
END_TEST

START_TEST(levels_follow_refs_and_layers)
{
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s",
	    SITE "  a/tags: {kind: ref, allow: '.*', refs: 'refs/tags/.+'}\n"
		 "  a/open: {kind: ref, allow: '.*', level: "
		 "{'refs/heads/x': off}}\n");
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *project = parse("p",
	    "rules:\n"
	    "  a/soft: {level: {'refs/heads/main': block}}\n"
	    "  secrets/password: {level: block}\n");
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, project, &policy, &err), &err);
	ck_assert_int_eq(level_of(policy, "a/soft", "refs/heads/main"),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(level_of(policy, "a/soft", "refs/heads/main2"),
	    SL_LEVEL_WARN);
	ck_assert_int_eq(level_of(policy, "a/mixed", "refs/heads/feature/x"),
	    SL_LEVEL_WARN);
	ck_assert_int_eq(level_of(policy, "a/mixed", "refs/heads/feature/"),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(level_of(policy, "a/tags", "refs/heads/x"),
	    SL_LEVEL_OFF);
	ck_assert_int_eq(level_of(policy, "a/tags", "refs/tags/x"),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(level_of(policy, "a/open", "refs/heads/x"),
	    SL_LEVEL_OFF);
	ck_assert_int_eq(level_of(policy, "a/open", "refs/heads/y"),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(level_of(policy, "secrets/password", "refs/heads/y"),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(least(policy, "secrets/password", 0), SL_LEVEL_BLOCK);
	ck_assert_int_eq(least(policy, "secrets/private-key", 0),
	    SL_LEVEL_BLOCK);
	ck_assert_int_eq(least(policy, "a/soft", 0), SL_LEVEL_WARN);
	ck_assert_int_eq(least(policy, "a/mixed", 0), SL_LEVEL_WARN);
	ck_assert_int_eq(least(policy, "a/tags", 0), SL_LEVEL_OFF);
	ck_assert_int_eq(least(policy, "a/open", 0), SL_LEVEL_OFF);
}
END_TEST

/* --- digest, explain, templates --- */

static void
digest_of(const char *text, const char *define, char out[65])
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_policy_define d = { "bucket", define };
	struct sl_policy_inputs in = { .packs_dir = packs_dir(),
		.site = site, .defines = &d, .define_count = define != NULL };
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_policy_load(&in, &policy, &err), &err);
	snprintf(out, 65, "%s", sl_policy_digest(policy));
	ck_assert_uint_eq(strlen(out), 64);
}

START_TEST(the_digest_covers_meaning_not_form)
{
	char a[65], b[65];

	digest_of(HEAD RULE "    allow: 'x'\n    level: warn\n", NULL, a);
	digest_of("# comment\nname: 't'\nsluice: 1\n" RULE
		  "    level: 'warn'\n    allow: 'x'\n",
	    NULL, b);
	ck_assert_str_eq(a, b);
	digest_of(HEAD RULE "    allow: 'y'\n    level: warn\n", NULL, b);
	ck_assert_str_ne(a, b);
	digest_of(HEAD RULE "    allow: 'x'\n    level: warn\n", "z", b);
	ck_assert_str_ne(a, b);
	digest_of(HEAD "extends: ['sluice:secrets']\n" RULE
		       "    allow: 'x'\n    level: warn\n",
	    NULL, b);
	ck_assert_str_ne(a, b);
}
END_TEST

/* --- waivers --- */

#define UNTIL(day) "expires: " day

static const struct {
	const char *what;
	const char *before; /* keys of one waiver; "": there is none */
	const char *after;
	bool wider;
} waivers[] = {
	{ "a new one", "", "rule: a", true },
	{ "the same", "rule: a, path: b", "path: 'b', rule: 'a'", false },
	{ "none any more", "rule: a", "", false },
	{ "a list of one", "rule: a, path: b", "rule: [a], path: [b]", false },
	{ "in another order", "rule: [a, b], path: [c, d]",
	    "rule: [b, a], path: [d, c]", false },
	{ "one more rule", "rule: a", "rule: [a, b]", true },
	{ "one rule less", "rule: [a, b]", "rule: b", false },
	{ "another rule", "rule: a", "rule: b", true },
	{ "one more path", "rule: a, path: [b]", "rule: a, path: [b, c]",
	    true },
	{ "one path less", "rule: a, path: [b, c]", "rule: a, path: c",
	    false },
	{ "another path", "rule: a, path: b", "rule: a, path: c", true },
	{ "a path where none was", "rule: a", "rule: a, path: b", false },
	{ "no path where one was", "rule: a, path: b", "rule: a", true },
	{ "an empty list of paths", "rule: a, path: b", "rule: a, path: []",
	    true },
	{ "no list of paths", "rule: a, path: b", "rule: a, path: {b: b}",
	    true },
	{ "one more blob", "rule: a, blob: [b]", "rule: a, blob: [b, c]",
	    true },
	{ "one blob less", "rule: a, blob: [b, c]", "rule: a, blob: [b]",
	    false },
	{ "a blob where none was", "rule: a, path: b",
	    "rule: a, path: b, blob: c", false },
	{ "no blob where one was", "rule: a, path: b, blob: c",
	    "rule: a, path: b", true },
	{ "a blob in place of a path", "rule: a, path: b", "rule: a, blob: c",
	    true },
	{ "less, but longer", "rule: [a, b]",
	    "rule: a, " UNTIL("2030-01-02"), true },
	{ "less, and shorter", "rule: [a, b]",
	    "rule: a, " UNTIL("2029-12-31"), false },
};

/* The value of `waivers` with one that ends in 2030, unless it says so. */
static struct sl_doc *
waiver_list(const char *keys)
{
	bool dated = strstr(keys, "expires") != NULL;
	SL_CLEANUP(sl_freep) char *text = keys[0] == '\0' ?
	    sl_strdup("[]") :
	    sl_asprintf("[{%s%s}]", keys,
		dated ? "" : ", " UNTIL("2030-01-01"));

	return parse("w", text);
}

START_TEST(a_waiver_may_become_narrower)
{
	struct sl_doc *before = waiver_list(waivers[_i].before);
	struct sl_doc *after = waiver_list(waivers[_i].after);
	const struct sl_node *wider = sl_waivers_compare(sl_doc_root(before),
	    sl_doc_root(after));

	ck_assert_msg((wider != NULL) == waivers[_i].wider, "%s",
	    waivers[_i].what);
	if (wider != NULL)
		ck_assert_ptr_eq(wider, sl_node_at(sl_doc_root(after), 0));
	ck_assert_ptr_null(sl_waivers_compare(sl_doc_root(before), NULL));
	sl_doc_free(before);
	sl_doc_free(after);
}
END_TEST

/* --- schemas beside the policy --- */

static void
write_file(const char *folder, const char *name, const char *text)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(folder, name);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_fsx_replace(path, sl_str(text), 0644, &err), &err);
}

static void
remove_file(const char *folder, const char *name)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(folder, name);

	ck_assert_int_eq(unlink(path), 0);
}

static int
load_file(const char *folder, struct sl_policy **out, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(folder, "p.yaml");
	struct sl_policy_inputs in = { .site_path = path };

	return sl_policy_load(&in, out, err);
}

START_TEST(a_schema_may_lie_beside_the_policy)
{
	static const struct {
		const char *schema; /* NULL: none */
		const char *place;  /* its end; NULL: it loads */
	} steps[] = {
		{ NULL, "p.yaml:3:47" },
		{ "{\"type\": \"object\",}", "job.json:1:19" },
		{ "{\"typ\": 1}", "job.json:1:2" },
		{ "{\"type\": \"object\"}", NULL },
		{ "{ \"type\": \"object\" }", NULL },
		{ "{\"type\": \"array\"}", NULL },
	};
	char folder[] = "/tmp/sluice-policy-XXXXXX";
	char digests[SL_COUNT(steps)][65];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file(folder, "p.yaml", HEAD "rules: {a: {kind: config, files: "
					  "'x', schema: job.json}}\n");
	for (size_t i = 0; i < SL_COUNT(steps); i++) {
		SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
		struct sl_error err = SL_ERROR_INIT;
		int rc;

		if (steps[i].schema)
			write_file(folder, "job.json", steps[i].schema);
		rc = load_file(folder, &policy, &err);
		if (!steps[i].place) {
			ck_assert_ok(rc, &err);
			strcpy(digests[i], sl_policy_digest(policy));
			continue;
		}
		ck_assert_int_lt(rc, 0);
		ck_assert_msg(sl_str_ends(sl_str(err.place), steps[i].place),
		    "%s %s", err.place, err.text);
	}
	/* What the schema says is part of the policy, its blanks are not. */
	ck_assert_str_eq(digests[3], digests[4]);
	ck_assert_str_ne(digests[4], digests[5]);
	remove_file(folder, "job.json");
	remove_file(folder, "p.yaml");
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(explain_names_every_source)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", SITE);
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *project = parse("p",
	    "rules:\n  secrets/password: {level: block}\n");
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, project, &policy, &err), &err);
	ck_assert_ok(sl_policy_explain(policy, SL_STR("secrets/password"),
			 &out, &err),
	    &err);
	ck_assert_ptr_nonnull(strstr(out.ptr, "secrets.yaml:"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "level: audit"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "s:7:29, the site policy"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "instead of warn"));
	ck_assert_ptr_nonnull(strstr(out.ptr, "p:2:29, the project's file"));
	sl_buf_clear(&out);
	ck_assert_ok(sl_policy_explain(policy, SL_STR(""), &out, &err), &err);
	ck_assert_ptr_nonnull(strstr(out.ptr, "sluice/project-file"));
	ck_assert_err(sl_policy_explain(policy, SL_STR("secrets/pasword"),
			  &out, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "secrets/password"));
}
END_TEST

static const char *const packs[] = { "secrets", "mlops-training",
	"data-layout", "hygiene", "notebooks" };

/* Slices of the packs themselves: what their examples hold, in new orders. */
static void
make_text(struct sl_str from, uint32_t *seed, struct sl_buf *out)
{
	sl_buf_clear(out);
	for (int i = 0; i < 40; i++) {
		size_t at, len;

		*seed = *seed * 1664525U + 1013904223U;
		at = *seed % from.len;
		len = (*seed >> 9) % 400;
		sl_buf_add(out, from.ptr + at,
		    len < from.len - at ? len : from.len - at);
	}
}

/* @return matches of a pattern; aborts where the two ways differ */
static size_t
compare(struct sl_scan *scan, size_t id, struct sl_rx *rx,
    struct sl_rx_scratch *scratch)
{
	struct sl_str text = sl_scan_text(scan);
	struct sl_error err = SL_ERROR_INIT;
	size_t matches = 0;

	for (size_t start = 0; start <= text.len; matches++) {
		struct sl_rx_match a = { .end = 0 }, b = { .end = 0 };
		int rc = sl_rx_match(rx, scratch, text, start, &a, &err);

		if (rc < 0)
			return matches;
		if (sl_scan_match(scan, id, scratch, start, &b, &err) != rc ||
		    a.start != b.start || a.end != b.end)
			ck_abort_msg("'%.*s' differs at %zu",
			    SL_STR_ARG(sl_rx_pattern(rx)), a.start);
		if (rc == SL_RX_NO)
			return matches;
		start = a.end > start ? a.end : start + 1;
	}
	return matches;
}

START_TEST(packs_find_the_same_by_windows)
{
	SL_CLEANUP(sl_freep)
	char *text = sl_asprintf(HEAD "extends: ['sluice:%s']\n", packs[_i]);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_freep)
	char *path = sl_asprintf("%s/secrets.yaml", packs_dir());
	SL_CLEANUP(sl_buf_release) struct sl_buf pack = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = NULL;
	struct sl_error err = SL_ERROR_INIT;
	uint32_t seed = 7;
	struct sl_rx *rx;
	size_t matches = 0;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	ck_assert_ok(sl_fsx_read(path, &pack, &err), &err);
	/* Machine code of PCRE2 reads a little past the end of a text. */
	sl_buf_reserve(&b, b.max);
	memset(b.ptr, 0, b.max);
	scan = sl_scan_new(sl_policy_scanner(policy));
	for (int i = 0; i < 50; i++) {
		make_text(sl_buf_str(&pack), &seed, &b);
		sl_scan_begin(scan, sl_buf_str(&b));
		for (size_t id = 0; (rx = sl_scanner_pattern(
			 sl_policy_scanner(policy), id)); id++)
			matches += compare(scan, id, rx, scratch);
	}
	ck_assert(sl_scanner_pattern(sl_policy_scanner(policy), 0) == NULL ||
	    matches > 100);
}
END_TEST

START_TEST(every_pack_loads_with_its_examples)
{
	SL_CLEANUP(sl_freep)
	char *text = sl_asprintf(HEAD "extends: ['sluice:%s']\n", packs[_i]);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	ck_assert_uint_ge(sl_policy_rule_count(policy), 8);
	for (size_t i = 4; i < sl_policy_rule_count(policy); i++)
		ck_assert_str_ne(sl_rule_description(
				     sl_policy_rule_at(policy, i)),
		    "");
}
END_TEST

/* The next literal display of a manual, with its escapes undone. */
static bool
next_display(const char **at, struct sl_buf *out)
{
	const char *start = strstr(*at, "\n.Bd -literal");
	const char *end;

	if (!start)
		return false;
	start = strchr(start + 1, '\n') + 1;
	end = strstr(start, ".Ed\n");
	ck_assert_ptr_nonnull(end);
	for (; start < end; start++) {
		sl_buf_addc(out, *start);
		if (start[0] == '\\' && start[1] == 'e')
			start++;
	}
	*at = end;
	return true;
}

START_TEST(the_examples_of_the_manual_load)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf page = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 16);
	SL_CLEANUP(sl_freep)
	char *path = sl_asprintf("%s/../man/sluice-policy.5", packs_dir());
	struct sl_error err = SL_ERROR_INIT;
	const char *at;
	int count = 0;

	ck_assert_ok(sl_fsx_read(path, &page, &err), &err);
	for (at = sl_buf_cstr(&page); next_display(&at, &text); count++) {
		SL_CLEANUP(sl_doc_freep)
		struct sl_doc *site = parse("manual", sl_buf_cstr(&text));
		SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;

		ck_assert_ok(load(site, NULL, &policy, &err), &err);
		sl_buf_clear(&text);
	}
	ck_assert_int_ge(count, 3);
}
END_TEST

static bool
lookup(void *ctx SL_UNUSED, struct sl_str name, struct sl_str *value)
{
	*value = sl_str_eqs(name, "evil") ? SL_STR("\033[31m\n{path}") :
					    SL_STR("v");
	return !sl_str_eqs(name, "unknown");
}

static const struct {
	const char *text;
	const char *filled; /* NULL: refused */
} templates[] = {
	{ "plain", "plain" },
	{ "a {x} b", "a v b" },
	{ "{{x}} {x}", "{x} v" },
	{ "{evil}", "\\x1b[31m\\n{path}" },
	{ "{unknown}", "{unknown}" },
	{ "{", NULL },
	{ "}", NULL },
	{ "a {} b", NULL },
	{ "{a{b}", NULL },
	{ "{a", NULL },
};

START_TEST(templates_escape_what_they_show)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1000);
	struct sl_str text = sl_str(templates[_i].text);
	struct sl_error err = SL_ERROR_INIT;

	if (!templates[_i].filled) {
		ck_assert_err(sl_template_check(text, NULL, NULL, &err),
		    SL_EINVAL, &err);
		return;
	}
	ck_assert_ok(sl_template_check(text, NULL, NULL, &err), &err);
	sl_template_fill(text, lookup, NULL, &out);
	ck_assert_str_eq(sl_buf_cstr(&out), templates[_i].filled);
}
END_TEST

/* --- verdict --- */

START_TEST(a_verdict_folds_and_orders)
{
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *v = sl_verdict_new();
	struct sl_finding f = { .rule = "b", .level = SL_LEVEL_WARN,
		.ref = "refs/heads/x", .path = "p", .message = "m",
		.found = "", .expected = "", .fix = "",
		.place = { "f", 1, 1 } };

	sl_verdict_add_finding(v, &f);
	f.ref = "refs/heads/y";
	f.level = SL_LEVEL_BLOCK;
	sl_verdict_add_finding(v, &f);
	f.rule = "a";
	f.level = SL_LEVEL_AUDIT;
	sl_verdict_add_finding(v, &f);
	sl_verdict_add_skipped(v, &(struct sl_skipped){ "w", "r", 2 });
	sl_verdict_add_skipped(v, &(struct sl_skipped){ "w", "r", 3 });
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_FAIL);
	ck_assert_uint_eq(v->finding_count, 2);
	ck_assert_uint_eq(v->blocking, 1);
	ck_assert_uint_eq(v->warnings, 0);
	ck_assert_str_eq(v->findings[0].rule, "b");
	ck_assert_str_eq(v->findings[0].ref, "refs/heads/y");
	ck_assert_uint_eq(v->findings[0].repeats, 1);
	ck_assert_uint_eq(strlen(v->findings[0].fingerprint), 64);
	ck_assert_uint_eq(v->skipped_count, 1);
	ck_assert_uint_eq(v->skipped[0].count, 5);
	ck_assert_uint_eq(strlen(v->id), 64);
}
END_TEST

START_TEST(a_full_verdict_is_not_milder)
{
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *v = sl_verdict_new();
	struct sl_finding f = { .rule = "b", .level = SL_LEVEL_WARN,
		.ref = "r", .path = "p", .message = "m", .found = "",
		.expected = "", .fix = "", .place = { "f", 1, 1 } };

	for (unsigned i = 0; i < SL_VERDICT_MAX_ENTRIES; i++) {
		f.line = i + 1;
		sl_verdict_add_finding(v, &f);
	}
	f.level = SL_LEVEL_BLOCK;
	sl_verdict_add_finding(v, &f);
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_uint_eq(v->undecided_count, 1);
}
END_TEST

START_TEST(undecided_blocks_by_level)
{
	struct sl_verdict *v = sl_verdict_new();

	sl_verdict_add_undecided(v, &(struct sl_undecided){ .rule = "r",
		.level = SL_LEVEL_WARN, .ref = "", .path = "",
		.reason = "x" });
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	sl_verdict_free(v);

	v = sl_verdict_new();
	sl_verdict_add_undecided(v, &(struct sl_undecided){ .rule = "r",
		.level = SL_LEVEL_WARN, .reason = "x" });
	sl_verdict_add_undecided(v, &(struct sl_undecided){ .rule = "r",
		.level = SL_LEVEL_BLOCK, .reason = "x" });
	sl_verdict_finish(v);
	ck_assert_int_eq(v->outcome, SL_OUTCOME_UNDECIDED);
	ck_assert_uint_eq(v->undecided_count, 1);
	sl_verdict_free(v);
}
END_TEST

static TCase *
tcase_load(void)
{
	TCase *tc = tcase_create("load");

	tcase_add_loop_test(tc, a_wrong_site_policy_is_refused_at_its_place, 0,
	    SL_COUNT(bad_sites));
	tcase_add_loop_test(tc, loading_is_bounded, 0, 2);
	tcase_add_test(tc, no_policy_at_all_is_an_error);
	tcase_add_loop_test(tc, a_project_may_only_tighten, 0,
	    SL_COUNT(projects));
	tcase_add_test(tc, levels_follow_refs_and_layers);
	tcase_add_test(tc, levels_change_at_midnight);
	tcase_add_test(tc, the_digest_covers_meaning_not_form);
	tcase_add_test(tc, a_schema_may_lie_beside_the_policy);
	tcase_add_loop_test(tc, a_waiver_may_become_narrower, 0,
	    SL_COUNT(waivers));
	tcase_add_test(tc, explain_names_every_source);
	tcase_add_loop_test(tc, every_pack_loads_with_its_examples, 0,
	    SL_COUNT(packs));
	tcase_add_loop_test(tc, packs_find_the_same_by_windows, 0,
	    SL_COUNT(packs));
	tcase_add_test(tc, the_examples_of_the_manual_load);
	return tc;
}

static TCase *
tcase_values(void)
{
	TCase *tc = tcase_create("values");

	tcase_add_loop_test(tc, templates_escape_what_they_show, 0,
	    SL_COUNT(templates));
	tcase_add_test(tc, a_verdict_folds_and_orders);
	tcase_add_test(tc, a_full_verdict_is_not_milder);
	tcase_add_test(tc, undecided_blocks_by_level);
	return tc;
}

SL_TEST_MAIN("policy", tcase_load, tcase_values, tcase_uri)
