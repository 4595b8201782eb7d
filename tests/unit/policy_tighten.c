/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: what a project may do with the keys of the site's rules.
 *
 * Beside cases by hand, generated ones: whatever site and project say, where
 * that loads, all that the site's rule refuses is refused by both together.
 * Whether a rule refuses something is asked by an example that should fail.
 */
#include "policy_rig.h"

#include "base/mem.h"
#include "policy/rule.h"

/* A rule of the site, and what the project makes of it. */
static int
load_pair(const char *site_keys, const char *project_keys,
    struct sl_policy **out, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *site_text =
	    sl_asprintf(HEAD "rules:\n  a/b: {%s}\n", site_keys);
	SL_CLEANUP(sl_freep) char *project_text = NULL;
	/* The policy keeps views of both. */
	static struct sl_doc *site, *project;

	sl_doc_free(site);
	sl_doc_free(project);
	project = NULL;
	site = parse("s", site_text);
	if (project_keys) {
		project_text = sl_asprintf("rules: {a/b: {%s}}\n",
		    project_keys);
		project = parse("p", project_text);
	}
	return load(site, project, out, err);
}

static const struct {
	const char *site;
	const char *project;
	const char *message; /* NULL: loads */
} cases[] = {
	/* Lists that refuse take more, and need not repeat what is there. */
	{ "kind: path, deny: 'x'", "deny: 'y'", NULL },
	{ "kind: path, deny: ['x', 'y']", "deny: ['x', 'y', 'z']", NULL },
	{ "kind: path, max-depth: 3", "deny: 'y'", NULL },
	{ "kind: path, deny: 'x'", "deny: {a: 'y'}", "what is alike" },
	{ "kind: path, deny: 'x'", "deny: '('", "parenthesis" },
	{ "kind: commit, trailers: {A: 'x'}", "trailers: {B: 'y'}", NULL },
	{ "kind: commit, trailers: {A: ['x', 'y']}", "trailers: {A: 'x'}",
	    NULL },
	{ "kind: commit, trailers: {A: 'x'}", "trailers: {A: 'y'}",
	    "(s:4:37)" },
	/* Lists that accept lose entries. */
	{ "kind: ref, allow: ['x', 'y']", "allow: 'y'", NULL },
	{ "kind: ref, deny: 'z'", "allow: 'y'", NULL },
	{ "kind: ref, allow: ['x', 'y']", "allow: ['y', 'z']", "(s:4:27)" },
	{ "kind: ref, actions: [create, delete]", "actions: create", NULL },
	{ "kind: ref, actions: create", "actions: [create, delete]",
	    "leave out" },
	/* What lets through, or says what a rule is about. */
	{ "kind: content, match: 'x'", "allow: 'y'", "cannot give it" },
	{ "kind: content, match: 'x'", "keywords: abc", "cannot give it" },
	{ "kind: content, match: 'x'", "entropy: 3", "cannot give it" },
	{ "kind: content, match: 'x'", "files: '.+\\.py'", "(s:4:3)" },
	{ "kind: content, match: 'x'", "except: 'a'", "cannot give it" },
	{ "kind: content, match: 'x'", "refs: 'refs/heads/a'",
	    "cannot give it" },
	{ "kind: content, match: 'x', files: 'a'", "files: 'b'", NULL },
	{ "kind: content, match: 'x', except: ['a', 'b']", "except: 'a'",
	    NULL },
	{ "kind: content, match: 'x', keywords: abc", "keywords: def", NULL },
	{ "kind: content, match: 'x', refs: 'a'", "refs: 'b'", NULL },
	{ "kind: tree, require: ['a']", "each-dir: 'b'", "cannot give it" },
	{ "kind: tree, each-dir: 'a', require: ['a']", "each-dir: 'b'",
	    NULL },
	{ "kind: data-uri, files: 'a', read-only: 'x'", "allow: 'y'",
	    "cannot give it" },
	{ "kind: pipeline, files: 'a'", "outputs: 'y'", "cannot give it" },
	/* Numbers, sizes, durations. */
	{ "kind: path, max-size: 1 MiB", "max-size: 1024 KiB", NULL },
	{ "kind: path, max-size: 1 MiB", "max-size: 1023", NULL },
	{ "kind: path, max-size: 1 MiB", "max-size: 1025 KiB", "(s:4:31)" },
	{ "kind: path, max-size: 1 MiB", "max-size: soon", "lower" },
	{ "kind: path, deny: 'x'", "max-size: 5", NULL },
	{ "kind: pipeline, files: 'a', max-runtime: 2h", "max-runtime: 119m",
	    NULL },
	{ "kind: pipeline, files: 'a', max-runtime: 2h", "max-runtime: 121m",
	    "lower" },
	{ "kind: content, match: 'x', entropy: 3.5", "entropy: 3", NULL },
	{ "kind: content, match: 'x', entropy: 3", "entropy: 3.01", "lower" },
	{ "kind: content, match: 'x'", "max-findings: 21", NULL },
	{ "kind: content, match: 'x'", "max-findings: 19",
	    "20 where not given" },
	/* Words. */
	{ "kind: path, symlinks: inside", "symlinks: deny", NULL },
	{ "kind: path, symlinks: inside", "symlinks: inside", NULL },
	{ "kind: path, symlinks: inside", "symlinks: allow",
	    "(allow < inside < deny)" },
	{ "kind: path, symlinks: inside", "symlinks: denny", "stricter" },
	{ "kind: blob, line-ends: same", "line-ends: crlf", NULL },
	{ "kind: blob, line-ends: lf", "line-ends: crlf", "(s:4:32)" },
	{ "kind: blob, lfs: require", "lfs: deny", "stricter" },
	{ "kind: blob, bom: deny", "too-large: skip", "undecided where" },
	{ "kind: content, match: 'x', too-large: skip",
	    "too-large: undecided", NULL },
	{ "kind: content, match: 'x', secret: true", "binary: skip",
	    "stricter" },
	{ "kind: content, match: 'x', binary: skip", "binary: check", NULL },
	{ "kind: content, match: 'x'", "in: [files, links]", NULL },
	{ "kind: content, match: 'x'", "in: messages", "files where not" },
	{ "kind: content, match: 'x', in: links", "in: messages", NULL },
	{ "kind: ref, allow: 'x'", "annotated: true", NULL },
	{ "kind: ref, annotated: true", "annotated: false", "(s:4:31)" },
	{ "kind: ref, allow: 'x', waivers: deny", "waivers: allow",
	    "stricter" },
	/* What cannot be compared. */
	{ "kind: content, match: 'x'", "scope: tree", "cannot change it" },
	{ "kind: content, match: 'x', scope: tree", "scope: change",
	    "(s:4:43)" },
	{ "kind: content, match: 'x'", "max-bytes: 1 KiB", "cannot change" },
	{ "kind: config, files: 'a', schema: {}", "schema: {type: object}",
	    "is given by the site (s:4:43)" },
	{ "kind: ref, allow: 'x'", "open: [allow]", "cannot change" },
	{ "kind: ref, allow: 'x'", "alow: 'x'", "allow" },
	/* What says nothing about what is refused. */
	{ "kind: ref, allow: 'x', message: 'a'", "message: 'b', fix: 'c'",
	    NULL },
	{ "kind: ref, allow: 'x'", "message: '{nothing}'", "placeholder" },
	/* What the site leaves open. */
	{ "kind: path, max-size: 1 MiB, open: [max-size]",
	    "max-size: 9 MiB", NULL },
	{ "kind: path, max-size: 1 MiB, open: [max-size]",
	    "max-size: soon", "size" },
	{ "kind: path, max-size: 1 MiB, open: max-size", "max-depth: 9",
	    NULL },
	{ "kind: path, max-depth: 1, max-size: 1 MiB, open: max-size",
	    "max-depth: 9", "lower" },
	{ "kind: ref, allow: 'x', level: block, open: level", "level: audit",
	    NULL },
	{ "kind: content, match: 'x', open: [scope, files]",
	    "scope: tree, files: 'a'", NULL },
	{ "kind: path, max-size: 1 MiB, open: [maxsize]", NULL, "no key" },
	{ "kind: path, max-size: 1 MiB, open: [kind]", NULL, "no key" },
	/* Examples: what should fail still must, what should pass may not. */
	{ "kind: path, deny: 'x', examples: [{path: 'x', expect: fail}, "
	  "{path: 'y', expect: pass}]", "deny: 'y'", NULL },
	{ "kind: path, deny: 'x', examples: [{path: 'x', expect: fail}]",
	    "deny: 'y', examples: [{path: 'y', expect: fail}]", NULL },
	{ "kind: path, deny: 'x', examples: [{path: 'x', expect: fail}]",
	    "deny: 'y', examples: [{path: 'x', expect: pass}]",
	    "should pass" },
	{ "kind: path, max-size: 1, open: max-size, examples: "
	  "[{path: 'x', size: 2, expect: fail}]", "max-size: 2", NULL },
};

START_TEST(each_key_has_its_own_way)
{
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int rc = load_pair(cases[_i].site, cases[_i].project, &policy, &err);

	if (!cases[_i].message) {
		ck_assert_ok(rc, &err);
		return;
	}
	ck_assert_err(rc, SL_ECONFIG, &err);
	/* The project's place, or that of a site which is wrong itself. */
	ck_assert_int_eq(err.place[0], cases[_i].project ? 'p' : 's');
	ck_assert_msg(strstr(err.text, cases[_i].message) != NULL, "%s",
	    err.text);
}
END_TEST

START_TEST(a_pack_of_the_project_may_only_tighten)
{
	/* The pack's own rules, which the site has changed, are the site's. */
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *site = parse("s",
	    HEAD "extends: ['sluice:hygiene']\n"
		 "rules: {path/size: {max-size: 1 MiB}}\n");
	SL_CLEANUP(sl_doc_freep)
	struct sl_doc *project = parse("p",
	    "extends: ['sluice:mlops-training']\n"
	    "rules: {path/size: {max-size: 2 MiB}}\n");
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_err(load(site, project, &policy, &err), SL_ECONFIG, &err);
	ck_assert_str_eq(err.place, "p:2:31");
	ck_assert_msg(strstr(err.text, "(s:4:31)") != NULL, "%s", err.text);
}
END_TEST

/* Without {bucket} whole trees need not be read; what was refused there was. */
START_TEST(whole_trees_stay_whole)
{
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;
	const char *site = "kind: data-uri, files: 'a', "
			   "allow: ['s3://{bucket}/.+', 's3://x/.+']";
	const struct sl_rule *rule;

	ck_assert_ok(load_pair(site, "allow: 's3://x/.+'", &policy, &err),
	    &err);
	rule = sl_policy_rule(policy, SL_STR("a/b"));
	ck_assert(sl_rule_reads_trees(rule));
	ck_assert_uint_eq(sl_rule_variables(rule), 0);
}
END_TEST

/* Every key has a row that makes sense. */
START_TEST(the_tables_are_whole)
{
	for (size_t i = 0; sl_rule_kinds[i]; i++) {
		const struct sl_key *row = sl_rule_kinds[i]->keys;

		for (; row->name; row++) {
			bool order = row->tighten == SL_TIGHTEN_ORDER;

			ck_assert_msg(order == (row->order != NULL), "%s",
			    row->name);
			ck_assert_msg(!row->if_given || !row->unset, "%s",
			    row->name);
		}
	}
}
END_TEST

/* --- what is generated --- */

#define MOST_KEYS 24
#define MOST_VALUES 6
#define MOST_SUBJECTS 14

struct domain {
	const char *base;     /* that the site's rule always has */
	const char *keys[MOST_KEYS][MOST_VALUES]; /* a key, its values */
	const char *subjects[MOST_SUBJECTS];
};

#define TRUTH "true", "false"
#define FILES                                                                  \
	{ "files", "'a.*'", "['a.*', 'b.*']", "['a.*', '.*\\.py']", "'.+'" },  \
	{ "except", "'a1'", "['a1', 'b2']", "['b.*', 'a1']" }
#define SEARCH                                                                 \
	{ "match", "'tok'", "['tok', 'key=\\w+']", "'(?<secret>\\w{8,})'" },   \
	{ "keywords", "acme", "[acme, beta]", "[beta]" },                      \
	{ "allow", "'test'", "['test', 'q']", "'q'" },                         \
	{ "allow-match", "'tok'", "['tok', 'key=.+']" },                       \
	{ "allow-line", "'acme'", "['acme', 'beta']", "'beta'" },              \
	{ "inline-ignore", "allow", "deny" },                                  \
	{ "entropy", "1", "2.5", "4", "2.50" },                                \
	{ "secret", TRUTH },                                                   \
	{ "max-findings", "1", "20", "30" }

static const struct domain domains[] = {
	{ "kind: ref",
	    { { "allow", "'refs/heads/.+'", "['refs/heads/.+', 'refs/tags/.+']",
		  "'refs/tags/.+'" },
		{ "deny", "'.+/x'", "['.+/x', '.+/y']", "'.+/y'" },
		{ "actions", "create", "[create, update]",
		    "[update, force, delete]", "[create, update, force, "
					       "delete]" },
		{ "objects", "commit", "[commit, tree]", "[tree, blob]" },
		{ "annotated", TRUTH },
		{ "signed", TRUTH, "verified" },
		{ "linear", TRUTH } },
	    { "ref: refs/heads/x", "ref: refs/tags/y, tag: annotated",
		"ref: refs/tags/y, tag: annotated, signer: a@x",
		"ref: refs/tags/y, tag: annotated, signed: true",
		"ref: refs/tags/y", "ref: refs/heads/y, action: force",
		"ref: refs/heads/q, action: delete",
		"ref: refs/heads/q, object: tree",
		"ref: refs/heads/q, object: blob", "ref: refs/heads/q" } },
	{ "kind: commit",
	    { { "subject", "'a.*'", "['a.*', 'b.*']", "'b.*'" },
		{ "subject-forbid", "'wip'", "['wip', 'tmp']", "'tmp'" },
		{ "subject-max", "5", "10", "80" },
		{ "body", "'why'", "['why', 'how']" },
		{ "body-forbid", "'todo'", "'how'" },
		{ "author-email", "'.+@x'", "['.+@x', '.+@y']" },
		{ "author-email-forbid", "'z'", "['z', '@y']" },
		{ "trailers", "{A: '1'}", "{A: ['1', '2']}", "{B: '1'}",
		    "{A: '1', B: '2'}" },
		{ "merges", "skip", "check", "deny" },
		{ "reverts", "skip", "check", "deny" }, { "utf8", TRUTH },
		{ "sign-off", TRUTH },
		{ "identity", "author-is-committer",
		    "[author-is-committer, author-is-pusher]" },
		{ "signed", TRUTH, "verified" } },
	    { "message: 'a wip', author-email: 'z@x'",
		"message: 'b tmp', author-email: 'q@y'",
		"message: 'c', author-email: 'q@z', parents: 2",
		"message: \"a\\n\\nwhy todo\\nA: 1\", author-email: 'q@y'",
		"message: \"b is long\\n\\nhow\\nA: 2\\nB: 1\", author-email: "
		"'q@x', signed: true",
		"message: \"a\\n\\nwhy\\nA: 1\\nB: 2\", author-email: 'q@x'",
		"message: \"a\\n\\nwhy\\nA: 1\\nB: 2\", author-email: 'q@x', "
		"signer: 'q@x'",
		"message: \"b\\n\\nhow\\nB: 3\", author-email: 'q@y', "
		"signed: true, parents: 2" } },
	{ "kind: path",
	    { FILES, { "allow", "'.*y'", "['.*y', '.*1']", "'a.*'" },
		{ "deny", "'a.*'", "['a.*', 'b1']", "'b1'" },
		{ "max-length", "2", "4", "9" }, { "max-depth", "1", "2" },
		{ "max-size", "5", "10", "1 KiB" },
		{ "symlinks", "allow", "inside", "deny" },
		{ "submodules", "allow", "deny" },
		{ "control-characters", "allow", "deny" },
		{ "git-names", "allow", "deny" },
		{ "windows-names", "allow", "deny" }, { "utf8", TRUTH } },
	    { "path: a1", "path: b2, size: 7", "path: a/b/c/d.py, size: 99",
		"path: b1, link: /x", "path: a.py, link: b",
		"path: b.py, mode: submodule", "path: \"a\\u0001\"",
		"path: .GIT/a", "path: abcdefghijk, size: 2000" } },
	{ "kind: tree",
	    { { "each-dir", "'j/[^/]+'", "['j/[^/]+', 'j/a/b']", "'j/a/b'" },
		{ "require", "['m']", "['m', 'n']", "[['m', 'n']]", "['n']" },
		{ "forbid", "'x'", "['x', '.+/y']" },
		{ "allow", "['m', 'n', '.+/y']", "['m', 'n']", "['m']" } },
	    { "tree: [j/a/m, j/a/x]", "tree: [j/a/n]", "tree: [m, n]",
		"tree: [m, q]", "tree: [x]", "tree: [j/a/b/y, j/a/m]",
		"tree: [j/b/m, j/b/n, j/a/b/m, j/a/m, j/a/n]" } },
	{ "kind: blob",
	    { FILES, { "max-size", "3", "6", "2 KiB" },
		{ "binary", "allow", "deny" },
		{ "lfs", "allow", "require", "deny" },
		{ "encoding", "any", "utf-8" },
		{ "line-ends", "any", "same", "lf", "crlf" },
		{ "bom", "allow", "deny" },
		{ "too-large", "skip", "undecided" } },
	    { "path: a1, text: \"a\\r\\n\"", "path: a2, text: \"a\\n\"",
		"path: a3, text: \"a\\nb\\r\\n\"", "path: b2, hex: efbbbf61",
		"path: b3, hex: 610062", "path: a4, hex: ff",
		"path: a5, size: 4 KiB", "path: c, text: \"abcdefg\"",
		"path: a.py, text: \"version "
		"https://git-lfs.github.com/spec/v1\\noid sha256:"
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b"
		"855\\nsize 9\\n\"" } },
	{ "kind: content",
	    { FILES, SEARCH, { "binary", "skip", "check" },
		{ "in", "files", "messages", "[files, links]",
		    "[messages, files]" } },
	    { "path: a1, text: 'tok'", "path: a2, text: 'acme tok key=q'",
		"path: a.py, text: 'acme beta key=4f2k9x0q7m'",
		"path: b2, text: 'beta acme key=4f2k9x0q7m'",
		"path: b.py, text: 'beta test tok 12345678'",
		"path: c, hex: 00746f6b2061636d65",
		"path: a3, link: 'tok-acme'", "path: a4, text: 'none'",
		"message: 'acme tok'" } },
	{ "kind: notebook",
	    { FILES, { "place", "'a.*'", "['a.*', 'b.*']" },
		{ "kernels", "'k'", "['k', 'l']" },
		{ "max-size", "5", "1 KiB" }, { "outputs", "allow", "deny" },
		{ "execution-counts", "allow", "deny" },
		{ "match", "'tok'", "['tok', 'b']" }, { "secret", TRUTH } },
	    { "path: a1, text: 'broken'", "path: b.ipynb, text: 'broken'",
		"path: a2, text: '{\"nbformat\": 4, \"nbformat_minor\": 5, "
		"\"metadata\": {\"kernelspec\": {\"name\": \"l\"}}, \"cells\": "
		"[{\"cell_type\": \"code\", \"source\": \"tok\", "
		"\"outputs\": [], \"execution_count\": 3}]}'",
		"path: c.ipynb, size: 2 KiB",
		"path: b1, text: '{\"nbformat\": 4, \"nbformat_minor\": 5, "
		"\"metadata\": {}, \"cells\": []}'" } },
	{ "kind: pipeline, files: 'p.*'",
	    { { "files", "'a.*'", "['a.*', 'p.*']" },
		{ "instance-types", "'ml\\.m5.+'", "['ml\\.m5.+', "
						   "'ml\\.p4.+']" },
		{ "max-instances", "1", "3" }, { "max-runtime", "1h", "90m" },
		{ "max-volume-gb", "5", "50" },
		{ "outputs", "'s3://a/.+'", "['s3://a/.+', 's3://b/.+']" },
		{ "registry", "any", "parameters" } },
	    { "path: p, text: '{}'",
		"path: p, text: '{\"Version\": \"2020-12-01\", \"Steps\": ["
		"{\"Name\": \"T\", \"Type\": \"Training\", \"Arguments\": {"
		"\"ResourceConfig\": {\"InstanceType\": \"ml.p4.x\", "
		"\"InstanceCount\": 2, \"VolumeSizeInGB\": 9}, "
		"\"OutputDataConfig\": {\"S3OutputPath\": \"s3://b/x\"}, "
		"\"StoppingCondition\": {\"MaxRuntimeInSeconds\": 5000}}}]}'",
		"path: a, text: '{\"Version\": \"2020-12-01\", \"Steps\": ["
		"{\"Name\": \"T\", \"Type\": \"Training\", \"Arguments\": {"
		"\"ResourceConfig\": {\"InstanceType\": \"ml.m5.x\"}}}]}'" } },
	{ "kind: data-uri, files: 'p.*'",
	    { { "files", "'a.*'", "['a.*', 'p.*']" },
		{ "allow", "'s3://a/.+'", "['s3://a/.+', 's3://b/.+']",
		    "'s3://{bucket}/.+'", "['s3://{bucket}/.+', 's3://a/.+']" },
		{ "read-only", "'s3://b/.+'", "['s3://b/.+', 's3://c/.+']" },
		{ "computed", "skip", "deny" },
		{ "local-paths", "allow", "deny" } },
	    { "path: p, text: 's3://a/x'", "path: a, text: 's3://b/x'",
		"path: p, text: 's3://c/x /home/ana/x'",
		"path: p, text: 's3://b/x', bucket: b",
		"path: p.json, text: '{\"S3OutputPath\": \"s3://b/x\"}'",
		"path: p, text: 's3://a/{x}/y'" } },
};

/* The same numbers in every run. */
static unsigned
next(unsigned *seed, unsigned below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 16) % below;
}

/* Some keys, so many of ten, with one of their values each. */
static char *
generate(const struct domain *d, const char *base, unsigned of_ten,
    unsigned *seed)
{
	char *text = sl_strdup(base);

	for (size_t k = 0; k < MOST_KEYS && d->keys[k][0]; k++) {
		SL_CLEANUP(sl_freep) char *before = text;
		SL_CLEANUP(sl_freep) char *start =
		    sl_asprintf(" %s: ", d->keys[k][0]);
		unsigned values = 1;
		bool there;

		while (values < MOST_VALUES && d->keys[k][values])
			values++;
		there = strstr(text, start) != NULL ||
		    next(seed, 10) >= of_ten;
		text = there ?
		    sl_strdup(before) :
		    sl_asprintf("%s%s%s%s", before, before[0] ? "," : "",
			start, d->keys[k][1 + next(seed, values - 1)]);
	}
	return text;
}

static bool
loads(const char *site, const char *project)
{
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;

	return load_pair(site, project, &policy, &err) == SL_OK;
}

/* A list of examples of all that a rule refuses; "" for nothing. */
static char *
find_refused(const struct domain *d, const char *site)
{
	char *list = sl_strdup("");

	for (size_t i = 0; i < MOST_SUBJECTS && d->subjects[i]; i++) {
		SL_CLEANUP(sl_freep) char *one =
		    sl_asprintf("{%s, expect: fail}", d->subjects[i]);
		SL_CLEANUP(sl_freep) char *rule =
		    sl_asprintf("%s, examples: [%s]", site, one);

		if (loads(rule, NULL)) {
			SL_CLEANUP(sl_freep) char *before = list;

			list = sl_asprintf("%s%s%s", before,
			    before[0] ? ", " : "", one);
		}
	}
	return list;
}

#define SITES 25
#define PROJECTS 20

START_TEST(nothing_that_was_refused_passes)
{
	const struct domain *d = &domains[_i];
	unsigned seed = (unsigned)_i + 1, taken = 0, refused = 0;

	for (unsigned s = 0; s < SITES; s++) {
		SL_CLEANUP(sl_freep) char *site = generate(d, d->base, 4,
		    &seed);
		SL_CLEANUP(sl_freep) char *list = NULL;

		if (!loads(site, NULL))
			continue;
		list = find_refused(d, site);
		for (unsigned p = 0; p < PROJECTS; p++) {
			SL_CLEANUP(sl_freep) char *project =
			    generate(d, "", 2, &seed);
			SL_CLEANUP(sl_freep) char *both = sl_asprintf(
			    "%s%sexamples: [%s]", project,
			    project[0] ? ", " : "", list);
			SL_CLEANUP(sl_policy_freep)
			struct sl_policy *policy = NULL;
			struct sl_error err = SL_ERROR_INIT;

			if (!loads(site, project))
				continue;
			taken++;
			refused += list[0] != '\0';
			ck_assert_msg(load_pair(site, both, &policy, &err) ==
				SL_OK,
			    "site: %s\nproject: %s\n%s", site, project,
			    err.text);
		}
	}
	/* Else nothing was tried. */
	ck_assert_uint_gt(taken, 10);
	ck_assert_uint_gt(refused, 10);
}
END_TEST

TCase *
tcase_tighten(void)
{
	TCase *tc = tcase_create("tighten");

	tcase_add_loop_test(tc, each_key_has_its_own_way, 0, SL_COUNT(cases));
	tcase_add_test(tc, a_pack_of_the_project_may_only_tighten);
	tcase_add_test(tc, whole_trees_stay_whole);
	tcase_add_test(tc, the_tables_are_whole);
	tcase_add_loop_test(tc, nothing_that_was_refused_passes, 0,
	    SL_COUNT(domains));
	return tc;
}
