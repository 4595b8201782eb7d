/* SPDX-License-Identifier: Apache-2.0 */
/* policy: what loads, what does not and where it says so. */
#include "policy_rig.h"

#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

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
	{ HEAD "rules: {a: {kind: tree, each-dir: '(?<j>x)', "
	       "require: ['{k}']}}\n",
	    "s:3:56", "{k} is no named group" },
	{ HEAD "rules: {a: {kind: tree, forbid: 'x{y}'}}\n", "s:3:33",
	    "write \\{" },
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

/* --- digest --- */

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

TCase *
tcase_load(void)
{
	TCase *tc = tcase_create("load");

	tcase_add_loop_test(tc, a_wrong_site_policy_is_refused_at_its_place, 0,
	    SL_COUNT(bad_sites));
	tcase_add_loop_test(tc, loading_is_bounded, 0, 2);
	tcase_add_test(tc, no_policy_at_all_is_an_error);
	tcase_add_test(tc, the_digest_covers_meaning_not_form);
	tcase_add_test(tc, a_schema_may_lie_beside_the_policy);
	return tc;
}
