/* SPDX-License-Identifier: Apache-2.0 */
/* policy: what `explain` says of rules that several layers make up. */
#include "policy_rig.h"

#include "base/mem.h"

#define SITE                                                                   \
	HEAD "extends: ['sluice:hygiene']\n"                                   \
	     "rules:\n"                                                        \
	     "  path/size: {max-size: 7 MiB, open: [message]}\n"               \
	     "  path/case: {level: audit}\n"                         \
	     "  a/b: {kind: path, deny: ['x', 'y'], allow: ['z', 'w']}\n"

#define PROJECT                                                                \
	"extends: ['sluice:notebooks']\n"                                      \
	"rules:\n"                                                             \
	"  path/size: {max-size: 5 MiB, message: 'm'}\n"                       \
	"  path/case: {level: block}\n"                              \
	"  notebook/size: {max-size: 1 MiB}\n"                                \
	"  a/b: {deny: 'q', allow: 'w', max-depth: 3}\n"                       \
	"  own: {kind: ref, allow: 'x'}\n"

static const struct {
	const char *rule;
	const char *says;
} lines[] = {
	/* A pack, the site and the project, the last one first. */
	{ "path/size", "max-size: 5 MiB\n      from p:3:25, the project's" },
	{ "path/size", "instead of 7 MiB\n        at s:5:25, the site" },
	{ "path/size", "instead of 10 MiB\n        at " },
	{ "path/size", "hygiene.yaml:" },
	{ "path/size", "a project may lower it" },
	{ "path/size", "left open" },
	{ "path/size", "may also give allow, deny, max-length" },
	{ "path/case", "level: audit\n      from s:6:22" },
	{ "path/case", "level, raised: block\n      from p:4:22" },
	/* A list of two layers. */
	{ "a/b", "deny: [\"x\",\"y\",\"q\"]\n      added at p:6:15, the "
		 "project's file\n      from s:7:27, the site policy\n"
		 "      a project may add to it" },
	{ "a/b", "allow: w\n      from p:6:27, " },
	{ "a/b", "a project may leave out entries" },
	{ "a/b", "max-depth: 3\n      from p:6:43, the project's file\n" },
	{ "a/b", "level: block\n      as none is given" },
	{ "a/b", "symlinks (allow < inside < deny)" },
	{ "own", "defined at p:7:3, the project's file" },
};

static char *
explain(const struct sl_policy *policy, const char *rule)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_policy_explain(policy, sl_str(rule), &out, &err),
	    &err);
	return sl_strdup(sl_buf_cstr(&out));
}

START_TEST(every_part_has_its_place)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", SITE);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *project = parse("p", PROJECT);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_freep) char *text = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, project, &policy, &err), &err);
	text = explain(policy, lines[_i].rule);
	ck_assert_msg(strstr(text, lines[_i].says) != NULL, "%s", text);
	/* What is the project's own is for the project to say. */
	if (!strcmp(lines[_i].rule, "own"))
		ck_assert_msg(!strstr(text, "a project may"), "%s", text);
}
END_TEST

START_TEST(a_level_of_all_rules_has_its_place)
{
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s",
	    HEAD "level: warn\nrules: {a/b: {kind: ref, allow: 'x'}}\n");
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_freep) char *text = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	text = explain(policy, "a/b");
	ck_assert_msg(strstr(text,
			  "level: warn\n      of all rules, from s:3:8") !=
		NULL,
	    "%s", text);
}
END_TEST

START_TEST(all_rules_and_none)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", SITE);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	ck_assert_ok(sl_policy_explain(policy, SL_STR(""), &out, &err), &err);
	ck_assert_ptr_nonnull(strstr(out.ptr, "sluice/project-file"));
	ck_assert_err(sl_policy_explain(policy, SL_STR("path/sise"), &out,
			  &err),
	    SL_ENOTFOUND, &err);
	ck_assert_ptr_nonnull(strstr(err.text, "path/size"));
}
END_TEST

TCase *
tcase_explain(void)
{
	TCase *tc = tcase_create("explain");

	tcase_add_loop_test(tc, every_part_has_its_place, 0, SL_COUNT(lines));
	tcase_add_test(tc, a_level_of_all_rules_has_its_place);
	tcase_add_test(tc, all_rules_and_none);
	return tc;
}
