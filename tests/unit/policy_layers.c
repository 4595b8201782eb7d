/* SPDX-License-Identifier: Apache-2.0 */
/* policy: what a project makes of the site's rules, and their levels. */
#include "policy_rig.h"

#include "policy/rule.h"

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
	{ "rules: {a/soft: {level: audit}}\n", "p:1:25", "(s:5:43)" },
	{ "rules: {a/soft: {allow: 'x'}}\n", "p:1:25", "(s:5:30)" },
	{ "rules: {a/soft: {message: 'x'}}\n", NULL, NULL },
	{ "rules: {a/soft: {kind: ref, allow: '.*'}}\n", "p:1:9",
	    "defined already" },
	{ "rules: {secrets/password: {allow: '.*'}}\n", "p:1:35",
	    "by the site" },
	{ "rules: {sluice/project-file: {refs: 'x'}}\n", "p:1:37",
	    "cannot give it" },
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

TCase *
tcase_layers(void)
{
	TCase *tc = tcase_create("layers");

	tcase_add_loop_test(tc, a_project_may_only_tighten, 0,
	    SL_COUNT(projects));
	tcase_add_test(tc, levels_follow_refs_and_layers);
	tcase_add_test(tc, levels_change_at_midnight);
	return tc;
}
