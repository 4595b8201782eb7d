/* SPDX-License-Identifier: Apache-2.0 */
/* policy: which examples need not be run again, and which always are. */
#include "policy_rig.h"

#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

#define GOOD "{path: 'x', expect: fail}"
#define WRONG "{path: 'x', expect: pass}"
#define RULES(keys, example)                                                   \
	HEAD "rules: {a/b: {kind: path, deny: 'x'" keys ", examples: ["        \
	     example "]}}\n"

static int
load_with(const struct sl_doc *site, const struct sl_doc *project,
    const char *program, const char *proof, struct sl_policy **out,
    struct sl_error *err)
{
	struct sl_policy_inputs in = { .packs_dir = packs_dir(),
		.site = site, .project = project, .program = program,
		.proofs = &proof, .proof_count = proof != NULL };

	return sl_policy_load(&in, out, err);
}

/* The proof of a policy that loads; and how many examples were run for it. */
static char *
prove(const char *text, const char *program, const char *proof, size_t *run)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load_with(site, NULL, program, proof, &policy, &err),
	    &err);
	*run = 0;
	for (size_t i = 0; i < sl_policy_rule_count(policy); i++)
		*run += sl_rule_examples(sl_policy_rule_at(policy, i), NULL);
	return sl_strdup(sl_policy_proof(policy));
}

START_TEST(what_is_proven_is_not_run_again)
{
	const char *text = HEAD "extends: ['sluice:mlops-training']\n";
	SL_CLEANUP(sl_freep) char *first = NULL, *second = NULL, *none = NULL;
	size_t run;

	first = prove(text, "p", NULL, &run);
	ck_assert_uint_gt(run, 50);
	ck_assert_uint_eq(strlen(first), 64);
	second = prove(text, "p", first, &run);
	ck_assert_uint_eq(run, 0);
	ck_assert_str_eq(first, second);
	/* Without a program there is neither proof nor trust in one. */
	none = prove(text, NULL, first, &run);
	ck_assert_uint_gt(run, 50);
	ck_assert_str_eq(none, "");
}
END_TEST

/* Each is another text than the one that was proven. */
static const struct {
	const char *text;
	const char *program;
} others[] = {
	{ RULES("", GOOD), "q" },
	{ RULES(", max-depth: 3", GOOD), "p" },
	{ RULES("", GOOD ", {path: 'y', expect: pass}"), "p" },
	{ RULES("", "{path: \"x\", expect: fail}"), "p" },
	{ RULES("", "{path: 'x', expect: fail, mode: file}"), "p" },
	{ HEAD "rules: {a/b: {kind: path, examples: [" GOOD "], deny: 'x'}}\n",
	    "p" },
	{ HEAD "rules: {a/c: {kind: path, deny: 'x', examples: [" GOOD
	       "]}}\n",
	    "p" },
	{ HEAD "extends: ['sluice:commits']\nrules: {a/b: {kind: path, deny: "
	       "'x', examples: [" GOOD "]}}\n",
	    "p" },
};

START_TEST(another_text_has_another_proof)
{
	SL_CLEANUP(sl_freep) char *proof = NULL, *other = NULL;
	size_t run;

	proof = prove(RULES("", GOOD), "p", NULL, &run);
	other = prove(others[_i].text, others[_i].program, proof, &run);
	ck_assert_uint_gt(run, 0);
	ck_assert_str_ne(proof, other);
}
END_TEST

START_TEST(a_wrong_example_is_found_whatever_is_proven)
{
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s", RULES("", WRONG));
	SL_CLEANUP(sl_freep) char *proof = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	size_t run;

	proof = prove(RULES("", GOOD), "p", NULL, &run);
	ck_assert_err(load_with(site, NULL, "p", proof, &policy, &err),
	    SL_ECONFIG, &err);
	ck_assert_msg(strstr(err.text, "should pass") != NULL, "%s", err.text);
}
END_TEST

static const char *const projects[] = {
	"rules: {own: {kind: path, deny: 'x', examples: [" WRONG "]}}\n",
	"rules: {a/b: {deny: 'y', examples: [" WRONG "]}}\n",
	"rules: {a/b: {examples: [" WRONG "]}}\n",
};

START_TEST(rules_of_a_project_are_always_tried)
{
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s", RULES("", GOOD));
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *project = parse("p", projects[_i]);
	SL_CLEANUP(sl_freep) char *proof = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	size_t run;

	proof = prove(RULES("", GOOD), "p", NULL, &run);
	ck_assert_err(load_with(site, project, "p", proof, &policy, &err),
	    SL_ECONFIG, &err);
	ck_assert_msg(strstr(err.text, "should pass") != NULL, "%s", err.text);
}
END_TEST

/* A schema beside the policy is read anew each time. */
START_TEST(a_schema_beside_it_counts)
{
	char dir[] = "/tmp/sluice-proof-XXXXXX";
	SL_CLEANUP(sl_freep) char *schema = NULL, *site = NULL;
	const char *policy_text =
	    HEAD "rules: {a/b: {kind: config, files: 'a', syntax: json, "
		 "schema: s.json, examples: [{path: a, text: '1', expect: "
		 "fail}]}}\n";
	struct sl_policy_inputs in = { .program = "p" };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_policy *policy = NULL;
	char proof[65];
	const char *proofs[] = { proof };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	schema = sl_fsx_join(dir, "s.json");
	site = sl_fsx_join(dir, "site.yaml");
	ck_assert_ok(sl_fsx_replace(site, sl_str(policy_text), 0600, &err),
	    &err);
	ck_assert_ok(sl_fsx_replace(schema, SL_STR("{\"type\": \"object\"}"),
			 0600, &err),
	    &err);
	in.site_path = site;
	ck_assert_ok(sl_policy_load(&in, &policy, &err), &err);
	snprintf(proof, sizeof(proof), "%s", sl_policy_proof(policy));
	sl_policy_free(policy);
	ck_assert_ok(sl_fsx_replace(schema, SL_STR("{\"type\": \"integer\"}"),
			 0600, &err),
	    &err);
	in.proofs = proofs;
	in.proof_count = 1;
	policy = NULL;
	ck_assert_err(sl_policy_load(&in, &policy, &err), SL_ECONFIG, &err);
	ck_assert_msg(strstr(err.text, "should fail") != NULL, "%s", err.text);
	unlink(schema);
	unlink(site);
	rmdir(dir);
}
END_TEST

TCase *
tcase_proof(void)
{
	TCase *tc = tcase_create("proof");

	tcase_add_test(tc, what_is_proven_is_not_run_again);
	tcase_add_loop_test(tc, another_text_has_another_proof, 0,
	    SL_COUNT(others));
	tcase_add_test(tc, a_wrong_example_is_found_whatever_is_proven);
	tcase_add_loop_test(tc, rules_of_a_project_are_always_tried, 0,
	    SL_COUNT(projects));
	tcase_add_test(tc, a_schema_beside_it_counts);
	return tc;
}
