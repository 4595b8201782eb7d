/* SPDX-License-Identifier: Apache-2.0 */
/* engine: what a rule of each kind finds in a push. */
#include "engine_rig.h"

#include "base/mem.h"
#include "policy/kinds/search.h"

/* --- refs --- */

static const struct {
	const char *ref;
	enum sl_ref_action action;
	enum sl_object_kind kind;
	bool tag;
	const char *rule;
	const char *message; /* NULL: passes */
} refs[] = {
	{ "refs/replace/aa", SL_REF_CREATE, SL_OBJECT_COMMIT, false, "",
	    "refs/replace/aa would make Git show other objects than were "
	    "judged" },
	{ "refs/replace/aa", SL_REF_DELETE, SL_OBJECT_NONE, false, "", NULL },
	{ "refs/heads/x", SL_REF_CREATE, SL_OBJECT_TREE, false, "",
	    "refs/heads/x would name a tree" },
	{ "refs/tags/x", SL_REF_CREATE, SL_OBJECT_BLOB, true, "",
	    "refs/tags/x would name a blob" },
	{ "refs/heads/x", SL_REF_FORCE, SL_OBJECT_COMMIT, false,
	    "  a: {kind: ref, actions: [create, update]}\n",
	    "refs/heads/x may not be changed in this way: force" },
	{ "refs/heads/x", SL_REF_UPDATE, SL_OBJECT_COMMIT, false,
	    "  a: {kind: ref, actions: [create, update]}\n", NULL },
	{ "refs/heads/x", SL_REF_DELETE, SL_OBJECT_NONE, false,
	    "  a: {kind: ref, deny: '.*'}\n", NULL },
	{ "refs/tags/v1", SL_REF_CREATE, SL_OBJECT_COMMIT, false,
	    "  a: {kind: ref, annotated: true}\n",
	    "refs/tags/v1 is a lightweight tag: it says nothing about who "
	    "made it, when and why" },
	{ "refs/tags/v1", SL_REF_CREATE, SL_OBJECT_COMMIT, true,
	    "  a: {kind: ref, annotated: true}\n", NULL },
	{ "refs/tags/v1", SL_REF_CREATE, SL_OBJECT_COMMIT, true,
	    "  a: {kind: ref, signed: true}\n",
	    "refs/tags/v1 carries no signature" },
	{ "refs/tags/v1", SL_REF_CREATE, SL_OBJECT_COMMIT, true,
	    "  a: {kind: ref, on: ['refs/heads/main']}\n",
	    "refs/tags/v1 is not on main" },
	{ "refs/tags/v1", SL_REF_CREATE, SL_OBJECT_COMMIT, true,
	    "  a: {kind: ref, on: ['refs/heads/none', 'refs/heads/other']}\n",
	    "refs/tags/v1 is not on none or other" },
};

START_TEST(refs_are_judged)
{
	static const struct sl_tag tag = { .message = { "v1\n", 3 } };
	struct sl_ref_change *ref = push_ref(refs[_i].ref, 0);
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  z: {kind: path, deny: 'x'}\n%s",
	    refs[_i].rule);
	const struct sl_verdict *v;

	ref->action = refs[_i].action;
	ref->tip_kind = refs[_i].kind;
	ref->new_kind = refs[_i].tag ? SL_OBJECT_TAG : refs[_i].kind;
	ref->tag = refs[_i].tag ? &tag : NULL;
	v = judge(rules);
	if (refs[_i].message)
		assert_one(v, refs[_i].message);
	else
		ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
}
END_TEST

START_TEST(a_tag_on_main_passes_and_needs_an_answer)
{
	const struct sl_verdict *v;

	push_ref("refs/tags/v1", 0);
	push.on_main = true;
	if (_i)
		push.set.source.is_ancestor = NULL;
	v = judge("  a: {kind: ref, on: ['refs/heads/main']}\n");
	ck_assert_int_eq(v->outcome,
	    _i ? SL_OUTCOME_UNDECIDED : SL_OUTCOME_PASS);
}
END_TEST

START_TEST(people_are_known_on_the_server_only)
{
	struct sl_str owners = SL_STR("owners"), others = SL_STR("others");
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	options.pusher = (struct sl_pusher){ .person = SL_STR("ana"),
		.group_count = 1 };
	options.pusher.state = _i == 0 ? SL_PUSHER_ELSEWHERE :
	    _i == 1			 ? SL_PUSHER_NOBODY :
					   SL_PUSHER_KNOWN;
	options.pusher.groups = _i == 3 ? &owners : &others;
	v = judge("  a: {kind: ref, who: [owners]}\n");
	ck_assert_uint_eq(v->deferred_count, _i == 0);
	ck_assert_int_eq(v->outcome,
	    _i == 0 || _i == 3 ? SL_OUTCOME_PASS : SL_OUTCOME_FAIL);
}
END_TEST

static const struct {
	enum sl_ref_action action;
	bool owner;
	const char *message; /* NULL: may */
} doers[] = {
	{ SL_REF_CREATE, false,
	    "refs/heads/x may be created by members of owners only, not by "
	    "ana" },
	{ SL_REF_UPDATE, false, NULL },
	{ SL_REF_FORCE, false,
	    "refs/heads/x may be rewritten by members of owners, admins only, "
	    "not by ana" },
	{ SL_REF_DELETE, false,
	    "refs/heads/x may be deleted by members of owners only, not by "
	    "ana" },
	{ SL_REF_CREATE, true, NULL },
	{ SL_REF_FORCE, true, NULL },
	{ SL_REF_DELETE, true, NULL },
};

START_TEST(each_action_has_its_people)
{
	struct sl_str owners = SL_STR("owners"), others = SL_STR("others");
	struct sl_ref_change *ref = push_ref("refs/heads/x", 0);
	const struct sl_verdict *v;

	ref->action = doers[_i].action;
	options.pusher = (struct sl_pusher){ .state = SL_PUSHER_KNOWN,
		.person = SL_STR("ana"), .group_count = 1,
		.groups = doers[_i].owner ? &owners : &others };
	v = judge("  a: {kind: ref, who-create: [owners], "
		  "who-force: [owners, admins], who-delete: [owners]}\n");
	if (doers[_i].message)
		assert_one(v, doers[_i].message);
	else
		ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
}
END_TEST

START_TEST(a_linear_history_has_no_merges)
{
	struct sl_ref_change *ref = push_ref("refs/heads/main", 0);
	size_t c = push_commit("m");

	push_takes(ref, c);
	push.commits[c].parent_count = 2;
	assert_one(judge("  a: {kind: ref, linear: true}\n"),
	    "630100000000 is a merge; refs/heads/main has a linear history");
}
END_TEST

/* --- commits --- */

#define REVERT(word)                                                           \
	word " \"x\"\n\nThis reverts commit "                                   \
	     "1234567890123456789012345678901234567890.\n"

static const struct {
	const char *message;
	const char *email;
	size_t parents;
	const char *rule;
	bool found;
} commits[] = {
	{ "Subject\n\nbody", "a@b", 1, "subject: 'Subject'", false },
	{ "subject\n\nbody", "a@b", 1, "subject: 'Subject'", true },
	{ "Subject\nmore", "a@b", 1, "subject: 'Subject'", false },
	{ "", "a@b", 1, "subject: '.+'", true },
	{ "merge", "a@b", 2, "subject: 'Subject'", false },
	{ "merge", "a@b", 2, "subject: 'Subject', merges: check", true },
	{ "S\n\nbody wip", "a@b", 1, "body-forbid: 'wip'", true },
	{ "wip\n\nbody", "a@b", 1, "body-forbid: 'wip'", false },
	{ "S\n\nx\n\nIssue: AB-1", "a@b", 1, "trailers: {Issue: '[A-Z]+-\\d+'}",
	    false },
	{ "S\n\nx\n\nissue:AB-1\n", "a@b", 1,
	    "trailers: {Issue: '[A-Z]+-\\d+'}", false },
	{ "S\n\nx\n\nIssue: none", "a@b", 1,
	    "trailers: {Issue: '[A-Z]+-\\d+'}", true },
	{ "S", "a@b", 1, "author-email: '.+@example\\.org'", true },
	{ "S", "a@example.org", 1, "author-email: '.+@example\\.org'",
	    false },
	{ "S", "a@b", 2, "author-email: '.+@example\\.org'", true },
	{ "S", "a@x.local", 1, "author-email-forbid: '\\.local$'", true },
	{ "S", "a@b", 1, "signed: true", true },
	{ "Long subject", "a@b", 1, "subject-max: 5", true },
	{ "Short", "a@b", 1, "subject-max: 5", false },
	{ "m", "a@b", 2, "merges: deny", true },
	{ "m", "a@b", 1, "merges: deny", false },
	{ "m", "a@b", 2, "merges: deny, subject: 'x'", true },
	{ REVERT("Revert"), "a@b", 1, "subject: 'x'", true },
	{ REVERT("Revert"), "a@b", 1, "subject: 'x', reverts: skip", false },
	{ REVERT("Reapply"), "a@b", 1, "subject: 'x', reverts: skip", false },
	{ REVERT("Reverted"), "a@b", 1, "subject: 'x', reverts: skip", true },
	{ "Revert \"x\"\n\nThis reverts commit 1234567.\n", "a@b", 1,
	    "subject: 'x', reverts: skip", true },
	{ "Revert \"x\"\n", "a@b", 1, "subject: 'x', reverts: skip", true },
	{ REVERT("Revert"), "a@b", 1, "reverts: deny", true },
	{ "x", "a@b", 1, "reverts: deny", false },
	{ "S", "a@b", 1, "sign-off: true", true },
	{ "S\n\nSigned-off-by: Ana <a@b>", "a@b", 1, "sign-off: true", false },
	{ "S\n\nx\n\nsigned-off-by:  Ana  <A@B> \n", "a@b", 1,
	    "sign-off: true", false },
	{ "S\n\nSigned-off-by: Ana <a@c>", "a@b", 1, "sign-off: true", true },
	{ "S\n\nSigned-off-by: Eve <a@b>", "a@b", 1, "sign-off: true", true },
	{ "S\n\nSigned-off-by: Ana <a@b", "a@b", 1, "sign-off: true", true },
	{ "S\n\nSigned-off-by: Ana", "a@b", 1, "sign-off: true", true },
	{ "S\n\nSigned-off-by:", "a@b", 1, "sign-off: true", true },
	{ "Signed-off-by: Ana <a@b>", "a@b", 1, "sign-off: true", true },
	{ "S", "a@b", 2, "sign-off: true", false },
	{ "Gr\303\266\303\237e", "a@b", 1, "utf8: true", false },
	{ "Gr\366\337e", "a@b", 1, "utf8: true", true },
	{ "S", "a\377@b", 1, "utf8: true", true },
};

START_TEST(commits_are_judged)
{
	size_t c = push_commit(commits[_i].message);
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: commit, %s}\n",
	    commits[_i].rule);
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push.commits[c].parent_count = commits[_i].parents;
	push.commits[c].author.email = sl_str(commits[_i].email);
	v = judge(rules);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->finding_count, commits[_i].found);
}
END_TEST

/* --- paths --- */

static const struct {
	const char *path;
	uint32_t mode;
	const char *text;
	const char *rule;
	bool found;
} paths[] = {
	{ "a/b.py", SL_MODE_FILE, "", "allow: ['[a-z/]+\\.py', 'x']", false },
	{ "a/b.pyc", SL_MODE_FILE, "", "allow: '[a-z/]+\\.py'", true },
	{ "a/b.pyc", SL_MODE_FILE, "", "files: 'x/.*', allow: 'y'", false },
	{ "a/b.pyc", SL_MODE_FILE, "", "except: 'a/.*', allow: 'y'", false },
	{ "a/b", SL_MODE_FILE, "", "max-depth: 1", false },
	{ "a/b/c", SL_MODE_FILE, "", "max-depth: 1", true },
	{ "abcdef", SL_MODE_FILE, "", "max-length: 5", true },
	{ "a", SL_MODE_FILE, "12345", "max-size: 5", false },
	{ "a", SL_MODE_FILE, "123456", "max-size: 5", true },
	{ "a", SL_MODE_SYMLINK, "123456", "max-size: 5", false },
	{ "a", SL_MODE_SYMLINK, "b", "symlinks: deny", true },
	{ "a/l", SL_MODE_SYMLINK, "../b", "symlinks: inside", false },
	{ "a/l", SL_MODE_SYMLINK, "../../b", "symlinks: inside", true },
	{ "a/l", SL_MODE_SYMLINK, "x/../../../a/b", "symlinks: inside", true },
	{ "a/l", SL_MODE_SYMLINK, "/etc/passwd", "symlinks: inside", true },
	{ "s", SL_MODE_SUBMODULE, "", "submodules: deny", true },
	{ "a\tb", SL_MODE_FILE, "", "control-characters: deny", true },
	{ "a\x7f", SL_MODE_FILE, "", "control-characters: deny", true },
	{ "\xe4", SL_MODE_FILE, "", "utf8: true", true },
	{ "\xc3\xa4", SL_MODE_FILE, "", "utf8: true", false },
	{ "a/.gIt/config", SL_MODE_FILE, "", "git-names: deny", true },
	{ ".git./x", SL_MODE_FILE, "", "git-names: deny", true },
	{ ".git /x", SL_MODE_FILE, "", "git-names: deny", true },
	{ ".git::$INDEX_ALLOCATION/x", SL_MODE_FILE, "", "git-names: deny",
	    true },
	{ ".g\xe2\x80\x8cit/x", SL_MODE_FILE, "", "git-names: deny", true },
	{ "GIT~1/x", SL_MODE_FILE, "", "git-names: deny", true },
	{ "a//b", SL_MODE_FILE, "", "git-names: deny", true },
	{ "a/./b", SL_MODE_FILE, "", "git-names: deny", true },
	{ "..", SL_MODE_FILE, "", "git-names: deny", true },
	{ "a\\b", SL_MODE_FILE, "", "git-names: deny", true },
	{ ".gitignore", SL_MODE_FILE, "", "git-names: deny", false },
	{ ".github/x", SL_MODE_FILE, "", "git-names: deny", false },
	{ "git~2/x", SL_MODE_FILE, "", "git-names: deny", false },
	{ ".git\xc3\xa9", SL_MODE_FILE, "", "git-names: deny", false },
	{ ".g\xef\xbb\xbfIT\xe2\x81\xaf", SL_MODE_FILE, "",
	    "git-names: deny", true },
	{ "a/.gitmodules", SL_MODE_SYMLINK, "b", "git-names: deny", true },
	{ "a/.gitmodules", SL_MODE_FILE, "b", "git-names: deny", false },
	{ ".GitAttributes .", SL_MODE_SYMLINK, "b", "git-names: deny", true },
	{ "GITIGN~4", SL_MODE_SYMLINK, "b", "git-names: deny", true },
	{ "GITIGN~5", SL_MODE_SYMLINK, "b", "git-names: deny", false },
	{ "gi250a~9", SL_MODE_SYMLINK, "b", "git-names: deny", true },
	{ "maba~123:x", SL_MODE_SYMLINK, "b", "git-names: deny", true },
	{ "maba~023", SL_MODE_SYMLINK, "b", "git-names: deny", false },
	{ "maba30~1/x", SL_MODE_SYMLINK, "b", "git-names: deny", false },
	{ "a\xc2\x85", SL_MODE_FILE, "", "control-characters: deny", true },
	{ "a\xe2\x80\xaexe.py", SL_MODE_FILE, "", "control-characters: deny",
	    true },
	{ "a\xe2\x80\xa8", SL_MODE_FILE, "", "control-characters: deny",
	    true },
	{ "na\xc3\xafve \xff", SL_MODE_FILE, "", "control-characters: deny",
	    false },
	{ "a/con", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "Nul.tar.gz/a", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "aux  .py", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "COM1", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "lpt\xc2\xb2.x", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "conIN$", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "a/b?", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "dt=2026-11-22T10:00", SL_MODE_FILE, "", "windows-names: deny",
	    true },
	{ "a\x01", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "a./b", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "a ", SL_MODE_FILE, "", "windows-names: deny", true },
	{ "com0/com10/comma.py", SL_MODE_FILE, "", "windows-names: deny",
	    false },
	{ "console/nullable.py", SL_MODE_FILE, "", "windows-names: deny",
	    false },
	{ ".gitignore", SL_MODE_FILE, "", "windows-names: deny", false },
	{ "a/bcd/e", SL_MODE_FILE, "", "max-name-length: 3", false },
	{ "a/bcde/f", SL_MODE_FILE, "", "max-name-length: 3", true },
	{ "a", SL_MODE_FILE, "", "scope: tree, deny: 'a'", true },
};

START_TEST(paths_are_judged)
{
	size_t c = push_commit("m");
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: path, %s}\n", paths[_i].rule);
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_file(c, 0, paths[_i].path, paths[_i].mode,
	    push_blob(sl_str(paths[_i].text)));
	v = judge(rules);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->finding_count, paths[_i].found);
}
END_TEST

START_TEST(a_deleted_path_is_not_judged)
{
	size_t c = push_commit("m");

	push_takes(push_ref("refs/heads/main", 1), c);
	push_file(c, 0, "bad", SL_MODE_NONE, push_blob(SL_STR("x")));
	ck_assert_int_eq(judge("  a: {kind: path, deny: 'bad'}\n")->outcome,
	    SL_OUTCOME_PASS);
}
END_TEST

/* Two paths in tree order, and what is said of them. */
static const struct {
	const char *a, *b;
	const char *message; /* NULL: nothing */
} collisions[] = {
	{ "a/README", "a/readme",
	    "on some systems a/readme and a/README are one and the same" },
	{ "a/readme", "b/README", NULL },
	{ "A/x", "a/y", "on some systems a and A are one and the same" },
	{ "A/x/y", "a", "on some systems a and A are one and the same" },
	{ "d/caf\xc3\xa9", "d/cafe\xcc\x81",
	    "on some systems d/cafe\xcc\x81 and d/caf\xc3\xa9 are one and "
	    "the same" },
	{ "\xc3\x84", "\xc3\xa4",
	    "on some systems \xc3\xa4 and \xc3\x84 are one and the same" },
	{ "strasse", "stra\xc3\x9f" "e",
	    "on some systems stra\xc3\x9f" "e and strasse are one and the "
	    "same" },
	{ "\xce\xa3", "\xcf\x82",
	    "on some systems \xcf\x82 and \xce\xa3 are one and the same" },
	{ "a\xff", "A\xfe", NULL },
	{ "a\xff", "A\xff",
	    "on some systems A\\xff and a\\xff are one and the same" },
	{ "same", "same", "on some systems same and same are one and the same" },
};

START_TEST(names_that_meet_are_seen_in_trees)
{
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	push_text(PUSH_MAX, 0, collisions[_i].a, "");
	push_text(PUSH_MAX, 0, collisions[_i].b, "");
	push_text(PUSH_MAX, 0, "z/z/z", "");
	v = judge("  a: {kind: path, collisions: deny}\n");
	if (collisions[_i].message)
		assert_one(v, collisions[_i].message);
	else
		ck_assert_uint_eq(v->finding_count, 0);
}
END_TEST

/* --- content --- */

START_TEST(content_has_line_and_column)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "a.py", "one\ntwo needle needle\n\nneedle");
	v = judge("  a: {kind: content, match: 'needle', level: warn}\n");
	ck_assert_uint_eq(v->finding_count, 3);
	ck_assert_uint_eq(v->findings[0].line, 2);
	ck_assert_uint_eq(v->findings[0].col, 5);
	ck_assert_uint_eq(v->findings[1].col, 12);
	ck_assert_uint_eq(v->findings[2].line, 4);
	ck_assert_uint_eq(v->findings[2].col, 1);
	ck_assert_str_ne(v->findings[0].fingerprint,
	    v->findings[1].fingerprint);
}
END_TEST

START_TEST(a_secret_is_never_in_the_verdict)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_text(c, 0, "a.py", "key = 'tok_0123456789abcdefghij'");
	v = judge("  a: {kind: content, match: 'key = .(?<secret>tok_\\w+)', "
		  "secret: true}\n");
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_str_eq(v->findings[0].found, "tok_... (24 characters)");
	ck_assert_ptr_null(strstr(v->findings[0].message, "0123"));
	ck_assert_uint_eq(v->findings[0].col, 8);
}
END_TEST

static const struct {
	const char *text;
	size_t len;
	const char *rule;
	size_t findings;
	size_t skipped;
	size_t undecided;
} contents[] = {
	{ "needle", 6, "match: 'needle', allow: '^need'", 0, 0, 0 },
	{ "needle", 6, "match: 'needle', files: '.*\\.py'", 0, 0, 0 },
	{ "needle", 6, "match: 'needle', except: 'a\\.txt'", 0, 0, 0 },
	{ "needle", 6, "match: 'needle', files: '.*\\.txt'", 1, 0, 0 },
	{ "\0needle", 7, "match: 'needle'", 0, 1, 0 },
	{ "\0needle", 7, "match: 'needle', binary: check", 1, 0, 0 },
	{ "needle", 6, "match: 'needle', max-bytes: 5", 0, 0, 1 },
	{ "needle", 6, "match: 'needle', max-bytes: 5, too-large: skip", 0, 1,
	    0 },
	{ "aaaa", 4, "match: 'a', max-findings: 2", 2, 0, 0 },
	{ "abc", 3, "match: '(?=b)'", 1, 0, 0 },
	{ "a", 1, "match: ['x', 'a']", 1, 0, 0 },
	{ "", 0, "match: 'a'", 0, 0, 0 },
	{ "needle key", 10, "match: 'needle', keywords: [KEY]", 1, 0, 0 },
	{ "needle kex", 10, "match: 'needle', keywords: [KEY]", 0, 0, 0 },
	{ "x a.b(c", 7, "match: 'x', keywords: [foo, 'A.B(C']", 1, 0, 0 },
	{ "x a+b(c", 7, "match: 'x', keywords: [foo, 'a.b(c']", 0, 0, 0 },
	/* UTF-16: with a mark, big-endian, and known by its zeros. */
	{ "\xff\xfen\0e\0e\0d\0l\0e\0", 14, "match: '^needle$'", 1, 0, 0 },
	{ "\xfe\xff\0n\0e\0e\0d\0l\0e", 14, "match: '^needle$'", 1, 0, 0 },
	{ "n\0e\0e\0d\0l\0e\0", 12, "match: '^needle$'", 1, 0, 0 },
	{ "\0n\0e\0e\0d\0l\0e", 12, "match: '^needle$'", 1, 0, 0 },
	{ "\xff\xfex\0", 4, "match: 'needle'", 0, 0, 0 },
	/* A mark does not hide what is not UTF-16. */
	{ "\xff\xfeneedle", 8, "match: 'needle'", 1, 0, 0 },
	{ "\xff\xfe\0\0needle", 10, "match: 'needle', secret: true", 1, 0,
	    0 },
	{ "=aabb =abcd", 11, "match: '=(?<secret>\\w+)', entropy: 1", 2, 0,
	    0 },
	{ "=aabb =abcd", 11, "match: '=(?<secret>\\w+)', entropy: 1.01", 1,
	    0, 0 },
	{ "=aabb =abcd", 11, "match: '=(?<secret>\\w+)', entropy: 2.5", 0,
	    0, 0 },
};

START_TEST(places_in_utf16_are_those_of_its_text)
{
	static const char text[] =
	    "\xff\xfe" "a\0\xe4\0\n\0\x3d\xd8\0\xde" "k\0e\0y\0" "1\0";
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_file(c, 0, "a.txt", SL_MODE_FILE,
	    push_blob(sl_strn(text, sizeof(text) - 1)));
	v = judge("  a: {kind: content, match: 'key\\d'}\n");
	ck_assert_uint_eq(v->finding_count, 1);
	ck_assert_uint_eq(v->findings[0].line, 2);
	ck_assert_uint_eq(v->findings[0].col, 5); /* U+1F600 before it */
	ck_assert_str_eq(v->findings[0].found, "key1");
}
END_TEST

static const struct {
	const char *in;
	size_t found; /* of one in a file, link, commit and tag each */
} places[] = {
	{ "", 1 },
	{ ", in: [files]", 1 },
	{ ", in: links", 1 },
	{ ", in: [messages]", 2 },
	{ ", in: [files, links, messages]", 4 },
	{ ", in: [files, links, messages], files: 'x'", 2 },
	{ ", in: [links, messages], scope: tree", 3 },
};

START_TEST(content_is_judged_where_a_rule_says)
{
	static const struct sl_tag tag = { .message = { "v1 needle2", 10 } };
	size_t c = push_commit("needle in a subject\n");
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: content, match: 'needle2?'%s}\n",
	    places[_i].in);
	struct sl_ref_change *ref = push_ref("refs/heads/main", 0);
	const struct sl_verdict *v;

	push_takes(ref, c);
	ref->tag = &tag;
	push_text(c, 0, "a.txt", "needle in a file");
	push_file(c, 0, "b", SL_MODE_SYMLINK,
	    push_blob(SL_STR("../needle/x")));
	v = judge(rules);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->finding_count, places[_i].found);
	if (_i == 3) {
		ck_assert_str_eq(v->findings[0].message,
		    "\"needle\" must not be in this message");
		ck_assert_str_eq(v->findings[0].path, "");
	}
}
END_TEST

START_TEST(entropy_is_known)
{
	char all[256];

	for (unsigned i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	ck_assert_uint_eq(sl_entropy(SL_STR("")), 0);
	ck_assert_uint_eq(sl_entropy(SL_STR("aaaa")), 0);
	ck_assert_uint_eq(sl_entropy(SL_STR("aabb")), 100);
	ck_assert_uint_eq(sl_entropy(SL_STR("abc")), 158);
	ck_assert_uint_eq(sl_entropy(SL_STR("abcd")), 200);
	ck_assert_uint_eq(sl_entropy(SL_STR("aaab")), 81);
	ck_assert_uint_eq(sl_entropy(sl_strn(all, sizeof(all))), 800);
}
END_TEST

START_TEST(content_is_judged)
{
	size_t c = push_commit("m");
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: content, %s}\n",
	    contents[_i].rule);
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_file(c, 0, "a.txt", SL_MODE_FILE,
	    push_blob(sl_strn(contents[_i].text, contents[_i].len)));
	v = judge(rules);
	ck_assert_uint_eq(v->finding_count, contents[_i].findings);
	ck_assert_uint_eq(v->skipped_count, contents[_i].skipped);
	ck_assert_uint_eq(v->undecided_count, contents[_i].undecided);
}
END_TEST

START_TEST(a_whole_tree_is_read_where_a_rule_says_so)
{
	size_t c = push_commit("m");
	const struct sl_verdict *v;

	push_takes(push_ref("refs/heads/main", 0), c);
	push_ref("refs/heads/x", 0);
	push_text(PUSH_MAX, 0, "a.py", "needle");
	push_text(c, 0, "b.py", "needle");
	push_file(PUSH_MAX, 0, "c.py", SL_MODE_SYMLINK,
	    push_blob(SL_STR("needle")));
	v = judge(_i ? "  a: {kind: content, match: 'needle', scope: tree}\n" :
		       "  a: {kind: content, match: 'needle'}\n");
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->finding_count, _i ? 2 : 1);
	ck_assert_str_eq(v->findings[0].path, _i ? "a.py" : "b.py");
	ck_assert_str_eq(v->findings[0].ref, "refs/heads/main");
	ck_assert_uint_eq(push.reads, _i ? 2 : 1);
	ck_assert_int_eq(sl_rule_judges_commits(sl_policy_rule(policy,
			     SL_STR("a"))),
	    !_i);
}
END_TEST

START_TEST(a_broken_blob_of_a_tree_is_undecided)
{
	push_ref("refs/heads/main", 0);
	push_text(PUSH_MAX, 0, "a.py", "x");
	push.broken_blob = 1;
	ck_assert_int_eq(judge("  a: {kind: content, match: 'needle', "
			       "scope: tree}\n")->outcome,
	    SL_OUTCOME_UNDECIDED);
}
END_TEST

/* --- the project's file --- */

static int
lint(void *ctx SL_UNUSED, struct sl_str bytes, struct sl_error *err)
{
	if (sl_str_eqs(bytes, "good"))
		return SL_OK;
	if (sl_str_eqs(bytes, "io"))
		return sl_error_set(err, SL_EIO, "disk");
	return sl_error_at(err, SL_ECONFIG, ".sluice.yaml", 3, 7,
	    "unknown key");
}

static const struct {
	const char *text;
	uint32_t mode;
	bool has_lint;
	enum sl_outcome outcome;
} project_files[] = {
	{ "good", SL_MODE_FILE, true, SL_OUTCOME_PASS },
	{ "bad", SL_MODE_FILE, true, SL_OUTCOME_FAIL },
	{ "good", SL_MODE_SYMLINK, true, SL_OUTCOME_FAIL },
	{ "io", SL_MODE_FILE, true, SL_OUTCOME_UNDECIDED },
	{ "good", SL_MODE_FILE, false, SL_OUTCOME_UNDECIDED },
};

START_TEST(a_project_file_must_load)
{
	const struct sl_verdict *v;

	push_ref("refs/heads/main", 0);
	push_file(PUSH_MAX, 0, ".sluice.yaml", project_files[_i].mode,
	    push_blob(sl_str(project_files[_i].text)));
	push_text(PUSH_MAX, 0, "sub/.sluice.yaml", "bad");
	options.lint_project = project_files[_i].has_lint ? lint : NULL;
	v = judge("  a: {kind: path, deny: 'x', level: warn}\n");
	ck_assert_int_eq(v->outcome, project_files[_i].outcome);
	if (_i == 1) {
		ck_assert_uint_eq(v->findings[0].line, 3);
		ck_assert_uint_eq(v->findings[0].col, 7);
		ck_assert_ptr_nonnull(strstr(v->findings[0].message,
		    "unknown key"));
	}
}
END_TEST

TCase *
tcase_kinds(void)
{
	TCase *tc = make_case("kinds");

	tcase_add_loop_test(tc, refs_are_judged, 0, SL_COUNT(refs));
	tcase_add_loop_test(tc, a_tag_on_main_passes_and_needs_an_answer, 0,
	    2);
	tcase_add_loop_test(tc, people_are_known_on_the_server_only, 0, 4);
	tcase_add_loop_test(tc, each_action_has_its_people, 0,
	    SL_COUNT(doers));
	tcase_add_test(tc, a_linear_history_has_no_merges);
	tcase_add_loop_test(tc, commits_are_judged, 0, SL_COUNT(commits));
	tcase_add_loop_test(tc, paths_are_judged, 0, SL_COUNT(paths));
	tcase_add_test(tc, a_deleted_path_is_not_judged);
	tcase_add_loop_test(tc, names_that_meet_are_seen_in_trees, 0,
	    SL_COUNT(collisions));
	tcase_add_test(tc, content_has_line_and_column);
	tcase_add_test(tc, a_secret_is_never_in_the_verdict);
	tcase_add_test(tc, places_in_utf16_are_those_of_its_text);
	tcase_add_loop_test(tc, content_is_judged_where_a_rule_says, 0,
	    SL_COUNT(places));
	tcase_add_test(tc, entropy_is_known);
	tcase_add_loop_test(tc, content_is_judged, 0, SL_COUNT(contents));
	tcase_add_loop_test(tc, a_whole_tree_is_read_where_a_rule_says_so, 0,
	    2);
	tcase_add_test(tc, a_broken_blob_of_a_tree_is_undecided);
	tcase_add_loop_test(tc, a_project_file_must_load, 0,
	    SL_COUNT(project_files));
	return tc;
}
