/* SPDX-License-Identifier: Apache-2.0 */
/* Rules on whole trees, and how much of a tree they read. */
#include "engine_rig.h"

#include "base/mem.h"

static const struct {
	const char *files[6]; /* in tree order */
	const char *rule;
	const char *message; /* NULL: passes */
} trees[] = {
	{ { "README.md" }, "require: ['README\\.md']", NULL },
	{ { "a/README.md" }, "require: ['README\\.md']",
	    "the repository lacks README.md" },
	{ { NULL }, "require: ['README\\.md', 'x/']",
	    "the repository lacks README.md, x/" },
	{ { "x" }, "require: ['x/']", "the repository lacks x/" },
	{ { "x/y" }, "require: ['x/']", NULL },
	{ { "buildspec.yml" },
	    "require: [['build_spec\\.yml', 'buildspec\\.yml']]", NULL },
	{ { "x" }, "require: [['build_spec\\.yml', 'buildspec\\.yml']]",
	    "the repository lacks build_spec.yml" },
	{ { "a/x" }, "forbid: '.*/x'", "a/x must not be there" },
	{ { "a/x", "a/y" }, "allow: 'a/x'", "a/y is not like a/x" },
	{ { "a/j1/m.py", "a/j2/m.py" },
	    "each-dir: 'a/(?<job>[^/]+)', require: ['m\\.py']", NULL },
	{ { "a/j1/m.py", "a/j2/n.py", "b/j3/x" },
	    "each-dir: 'a/(?<job>[^/]+)', require: ['m\\.py'], "
	    "message: '{job}: {missing}'",
	    "j2: m.py" },
	{ { "a/j1/t/x.py", "a/j2/m.py" },
	    "each-dir: 'a/[^/]+', require: [['m\\.py', 't/.+']]", NULL },
	{ { "a/j1/x" },
	    "each-dir: 'a/[^/]+', except-dir: '.*/j1', require: ['m']",
	    NULL },
	{ { "a/b/c/m" }, "each-dir: '(a|a/b)', require: ['.*m']", NULL },
	{ { "a/b/m", "a/x" }, "each-dir: '(a|a/b)', require: ['m']",
	    "a lacks m" },
	{ { "a.b/x", "a/m" }, "each-dir: 'a', require: ['m']", NULL },
	{ { "a/j/x", "a/j/y" },
	    "each-dir: 'a/(?<j>.+)', forbid: 'y', message: '{j} {path}'",
	    "j a/j/y" },
	/* What each-dir captured, taken literally. */
	{ { "a/x.y/x.y.py" },
	    "each-dir: 'a/(?<job>[^/]+)', require: ['{job}\\.py']", NULL },
	{ { "a/x.y/xzy.py" },
	    "each-dir: 'a/(?<job>[^/]+)', require: ['{job}\\.py']",
	    "a/x.y lacks x.y.py" },
	{ { "a/(b/(b.py" },
	    "each-dir: 'a/(?<job>[^/]+)', require: [['{job}\\.py', 'm']], "
	    "forbid: '{job}'", NULL },
	{ { "a/b c/x/b c" },
	    "each-dir: 'a/(?<job>[^/]+)', forbid: 'x/{job}', fix: '{job}'",
	    "a/b c/x/b c must not be there" },
	{ { "a/b/a.py", "a/b/b.py" },
	    "each-dir: '(?<up>[^/]+)/(?<job>[^/]+)', allow: '{up}\\.py'",
	    "a/b/b.py is not like a.py" },
	{ { "a/b/x4" },
	    "each-dir: 'a/(?<x>b)|c/(?<y>d)', require: ['{y}\\x{78}\\d{1}']",
	    NULL },
	{ { "a/\xff/\xff" }, "each-dir: 'a/(?<j>.)', require: ['{j}']", NULL },
	/* A condition. */
	{ { "config.json" }, "when: 'train\\.py', require: ['config\\.json']",
	    NULL },
	{ { "train.py" }, "when: 'train\\.py', require: ['config\\.json']",
	    "the repository lacks config.json" },
	{ { "config.json", "train.py" },
	    "when: 'train\\.py', require: ['config\\.json']", NULL },
	{ { "a/x/README" },
	    "each-dir: 'a/[^/]+', when: ['[dD]ockerfile'], "
	    "require: ['README', 'build\\.json']", NULL },
	{ { "a/x/Dockerfile", "a/x/README", "a/y/b" },
	    "each-dir: 'a/[^/]+', when: '[dD]ockerfile', "
	    "require: ['README', 'build\\.json']",
	    "a/x lacks build.json" },
	{ { "a/b", "z" }, "when: 'z', forbid: 'a/.+'",
	    "a/b must not be there" },
	{ { "a/b", "y" }, "when: 'z', forbid: 'a/.*'", NULL },
	{ { "a", "z" }, "when: 'z', allow: '[yz]'", "a is not like [yz]" },
	{ { "a/" "t/x" }, "each-dir: 'a', when: 't/', require: ['y']",
	    "a lacks y" },
	/* The root is a folder like any other to each-dir. */
	{ { "train.py", "a/train.py", "a/config.json" },
	    "each-dir: '.*', when: 'train\\.py', require: ['config\\.json']",
	    "the repository lacks config.json" },
	{ { "a/train.py", "config.json" },
	    "each-dir: '.*', when: 'train\\.py', require: ['config\\.json']",
	    "a lacks config.json" },
	{ { NULL }, "each-dir: '.*', require: ['x']",
	    "the repository lacks x" },
	/* Each pattern counts with what it captures itself. */
	{ { "a/b/x" },
	    "each-dir: ['a/(b)', 'a/(?<j>b)'], require: ['{j}x']",
	    "a/b lacks bx" },
};

START_TEST(trees_are_judged)
{
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: tree, %s}\n", trees[_i].rule);
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	for (size_t i = 0; trees[_i].files[i]; i++)
		push_text(PUSH_MAX, 0, trees[_i].files[i], "");
	v = judge(rules);
	if (trees[_i].message)
		assert_one(v, trees[_i].message);
	else
		ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
}
END_TEST

static const struct {
	const char *rules;
	unsigned entries; /* that are visited, of the 16 below */
} reads[] = {
	/* The built-in rule on the project's file alone. */
	{ "  a: {kind: ref, allow: '.*'}\n", 4 },
	{ "  a: {kind: tree, require: ['README', 'a/', 'n/']}\n", 4 },
	{ "  a: {kind: tree, require: ['n/x']}\n", 5 },
	/* Found at the first file of a/p: a/p/q is not read. */
	{ "  a: {kind: tree, require: ['a/p/.+']}\n", 9 },
	{ "  a: {kind: tree, require: ['.*/z']}\n", 16 },
	{ "  a: {kind: tree, each-dir: 'a/(?<j>[^/]+)', require: ['{j}']}\n",
	    10 },
	{ "  a: {kind: tree, each-dir: 'n', forbid: 'x/.*'}\n", 5 },
	{ "  a: {kind: tree, allow: '.*'}\n", 16 },
	{ "  a: {kind: tree, when: 'README', require: ['a/p/q/x']}\n", 11 },
	{ "  a: {kind: content, scope: tree, files: 'n/.*', match: 'x'}\n",
	    5 },
	{ "  a: {kind: content, scope: tree, match: 'x'}\n", 16 },
	{ "  a: {kind: path, collisions: deny}\n", 16 },
	{ "  a: {kind: path, scope: tree, files: 'a/p/.*', max-depth: 9}\n",
	    11 },
};

static const char *const sixteen[] = { "README", "a/1", "a/p/p",
	"a/p/q/x", "a/p/q/y", "a/r/r", "b/1/2/3", "n/x", NULL };

START_TEST(no_folder_is_read_that_cannot_matter)
{
	push_ref("refs/heads/main", 0);
	for (size_t i = 0; sixteen[i]; i++)
		push_text(PUSH_MAX, 0, sixteen[i], "");
	options.lint_project = NULL;
	(void)judge(reads[_i].rules);
	ck_assert_uint_eq(push.entries, reads[_i].entries);
}
END_TEST

/* What is left out must not change an answer: rules and trees at random, with
 * a source that skips folders and one that never does. */
static const char *const any_rules[] = {
	"require: ['a/b']", "require: ['.*b', 'c/']", "forbid: 'a/(b|c/.*)'",
	"allow: ['a', '[abc]/.*']", "each-dir: '[ab]', require: ['a']",
	"each-dir: '.*', when: 'a', require: ['b']",
	"each-dir: '.*/(?<n>[^/]+)', when: '{n}', forbid: ['[^{n}]/?', 'c/.']",
	"each-dir: '(?<n>.)', require: ['{n}/{n}/{n}']",
	"when: '.*/c/a', forbid: 'b/?', require: [['c', 'a/.+']]",
	"each-dir: 'a|b/b', except-dir: 'b/.', allow: 'a+/?.*'",
	"forbid: '(?!.*b).*c'", "require: ['(?=.*c/).*a', '(.)/\\1']",
};

static void
make_tree(uint32_t seed, char paths[20][8])
{
	size_t count = 0;

	/* In tree order: every path over three names, up to three deep. */
	push_ref("refs/heads/main", 0);
	for (int n = 0; n < 64 && count < 20; n++) {
		const int part[] = { n / 16, n / 4 % 4, n % 4 };
		char *path = paths[count];
		size_t len = 0;

		seed = seed * 1664525 + 1013904223;
		if (part[0] == 3 || (part[1] == 3 && part[2] < 3) ||
		    seed >> 30 == 0 || seed >> 28 == 5)
			continue;
		for (int i = 0; i < 3 && part[i] < 3; i++) {
			if (len)
				path[len++] = '/';
			path[len++] = (char)('a' + part[i]);
		}
		path[len] = '\0';
		/* A path cannot be both file and folder. */
		if (count && strlen(paths[count - 1]) > len &&
		    !memcmp(paths[count - 1], path, len))
			continue;
		push_text(PUSH_MAX, 0, path, "");
		count++;
	}
}

static char *
describe(void)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(100000);

	for (size_t i = 0; i < verdict->finding_count; i++)
		sl_buf_addf(&text, "%s\n", verdict->findings[i].message);
	sl_buf_addf(&text, "%zu\n", verdict->undecided_count);
	return sl_strdup(sl_buf_cstr(&text));
}

static char *
answer(uint32_t seed, const char *rules, bool visits_all)
{
	char paths[20][8];
	char *text;

	push_begin();
	make_tree(seed, paths);
	push.visits_all = visits_all;
	(void)judge(rules);
	text = describe();
	judge_end();
	return text;
}

START_TEST(what_is_left_out_changes_no_answer)
{
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: tree, %s}\n", any_rules[_i]);
	unsigned less = 0, all = 0;

	for (uint32_t seed = 1; seed <= 60; seed++) {
		SL_CLEANUP(sl_freep) char *whole = answer(seed, rules, true);
		SL_CLEANUP(sl_freep) char *part = NULL;

		all += push.entries;
		part = answer(seed, rules, false);
		less += push.entries;
		ck_assert_str_eq(part, whole);
	}
	ck_assert_uint_le(less, all);
}
END_TEST

TCase *
tcase_trees(void)
{
	TCase *tc = make_case("trees");

	tcase_add_loop_test(tc, trees_are_judged, 0, SL_COUNT(trees));
	tcase_add_loop_test(tc, no_folder_is_read_that_cannot_matter, 0,
	    SL_COUNT(reads));
	tcase_add_loop_test(tc, what_is_left_out_changes_no_answer, 0,
	    SL_COUNT(any_rules));
	return tc;
}
