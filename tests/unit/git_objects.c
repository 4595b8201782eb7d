/* SPDX-License-Identifier: Apache-2.0 */
/* git: commits, tags, trees, files and trailers. */
#include "git_rig.h"

static struct sl_error err;

/* objects */

START_TEST(commits_are_read_with_everything)
{
	struct sl_git_commit c = { 0 };
	struct sl_git *repo = open_client();
	struct sl_oid oid = rev("base");
	struct sl_oid tree = rev("base^{tree}");

	ck_assert_err(sl_git_commit_read(repo, &tree, &c, &err), SL_EINVAL,
	    &err);
	ck_assert_err(sl_git_commit_read(repo, &zero, &c, &err), SL_ENOTFOUND,
	    &err);
	ck_assert_ok(sl_git_commit_read(repo, &oid, &c, &err), &err);
	ck_assert(sl_oid_eq(&c.commit.tree, &tree));
	ck_assert_uint_eq(c.commit.parent_count, 0);
	ck_assert(sl_str_eqs(c.commit.author.name, "Ana"));
	ck_assert(sl_str_eqs(c.commit.author.email, "ana@example.com"));
	ck_assert_int_eq(c.commit.author.when_s, 1700000000);
	ck_assert_int_eq(c.commit.author.offset_min, 90);
	ck_assert_int_eq(c.commit.committer.when_s, 1700000100);
	ck_assert_int_eq(c.commit.committer.offset_min, -150);
	ck_assert(sl_str_eqs(c.commit.message, "First\n"));
	ck_assert(!c.commit.has_signature);
	sl_git_commit_release(&c);
	sl_git_free(repo);
}
END_TEST

#define TREE "tree " HEX1 "\n"

START_TEST(damaged_commits_do_not_parse)
{
	static const char *const bad[] = { "", "tree", "tree 123\n",
		"author a <b> 1 +0000\n", TREE, TREE "parent 12\n",
		TREE "parent " HEX1 "\ncommitter a <b> 1 +0000\n\n",
		TREE "author a <b> 1 +0000\n\nx" };
	struct sl_commit c = { 0 };
	struct sl_oid parent;

	for (size_t i = 0; i < SL_COUNT(bad); i++)
		ck_assert_err(sl_git_commit_parse(sl_str(bad[i]), &c, &parent,
		    1, &err), SL_ECORRUPT, &err);
}
END_TEST

START_TEST(odd_people_are_kept_as_they_are)
{
	struct sl_commit c = { 0 };
	struct sl_oid parent;

	ck_assert_ok(sl_git_commit_parse(SL_STR(TREE "author no address\n"
	    "committer <> 99999999999999999999 -9999\ngpgsig abc\n def\n"
	    "\nHi\0there"), &c, &parent, 1, &err), &err);
	ck_assert(sl_str_eqs(c.author.name, "no address"));
	ck_assert_uint_eq(c.author.email.len, 0);
	ck_assert_uint_eq(c.committer.name.len, 0);
	ck_assert_int_eq(c.committer.when_s, INT64_C(253402300799));
	ck_assert(c.has_signature);
	ck_assert_uint_eq(c.encoding.len, 0);
	ck_assert_uint_eq(c.message.len, 8);
	/* What goes on with a header is none of its own. */
	ck_assert_ok(sl_git_commit_parse(SL_STR(TREE "author a <b> 1 +0000\n"
	    "committer a <b> 1 +0000\nmergetag x\n encoding y\n gpgsig z\n"
	    "encoding ISO-8859-1\nencoding UTF-8\n\nencoding x\n"), &c,
	    &parent, 1, &err), &err);
	ck_assert(!c.has_signature);
	ck_assert(sl_str_eqs(c.encoding, "ISO-8859-1"));
}
END_TEST

START_TEST(tags_are_peeled_within_a_depth)
{
	struct sl_git_peel peel;
	struct sl_git_tag tag = { 0 };
	struct sl_git *repo = open_client();
	struct sl_oid oid;

	sh("cd client; git tag -a -m 'One\n\nModel-Package: x' t0 base;"
	   "for i in 1 2 3 4 5 6 7 8; do git tag -a -m x t$i t$((i - 1)); done;"
	   "git tag blob base:README; git tag -a -m x tree base^{tree}");
	oid = rev("t0");
	ck_assert_ok(sl_git_tag_read(repo, &oid, &tag, &err), &err);
	ck_assert(sl_str_eqs(tag.tag.name, "t0"));
	ck_assert(tag.tag.has_tagger);
	ck_assert(sl_str_eqs(tag.tag.tagger.name, "Bo"));
	sl_git_tag_release(&tag);
	oid = rev("t7");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_COMMIT);
	ck_assert_uint_eq(peel.depth, 8);
	oid = rev("t8");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_TAG);
	oid = rev("blob");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_BLOB);
	ck_assert(sl_oid_is_zero(&peel.tree));
	oid = rev("tree");
	ck_assert_ok(sl_git_peel(repo, &oid, &peel, &err), &err);
	ck_assert_int_eq(peel.kind, SL_OBJECT_TAG);
	ck_assert_int_eq(peel.tip_kind, SL_OBJECT_TREE);
	ck_assert(!sl_oid_is_zero(&peel.tree));
	sl_git_free(repo);
}
END_TEST

START_TEST(files_are_read_under_a_cap)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf small = SL_BUF_INIT(3);
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4);
	struct sl_git *repo = open_client();
	struct sl_oid base = rev("base"), blob;

	ck_assert_err(sl_git_file_at(repo, &base, "data/a.csv", &small, NULL,
	    &err), SL_ETOOBIG, &err);
	ck_assert_uint_eq(small.len, 0);
	ck_assert_err(sl_git_file_at(repo, &base, "data", &out, NULL, &err),
	    SL_EINVAL, &err);
	ck_assert_err(sl_git_file_at(repo, &base, "data/b", &out, NULL, &err),
	    SL_ENOTFOUND, &err);
	ck_assert_err(sl_git_file_at(repo, &base, "README/x", &out, NULL,
	    &err), SL_ENOTFOUND, &err);
	ck_assert_ok(sl_git_file_at(repo, &base, "data/a.csv", &out, &blob,
	    &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&out), "1,2\n");
	sl_git_free(repo);
}
END_TEST

/* trees */

/* What the source says that a commit of the client changes. */
static const char *
changes_of(struct sl_git *repo, const char *name, struct sl_buf *out)
{
	struct sl_object_source source = sl_git_source(repo);
	struct sl_oid oid = rev(name);
	struct sl_git_commit c = { 0 };

	sl_buf_clear(out);
	ck_assert_ok(sl_git_commit_read(repo, &oid, &c, &err), &err);
	ck_assert_ok(source.commit_changes(source.self, &c.commit, see_change,
	    out, &err), &err);
	sl_git_commit_release(&c);
	return sl_buf_cstr(out);
}

START_TEST(changes_are_what_git_says)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();

	ck_assert_str_eq(changes_of(repo, "base", &out),
	    "A README\nA data/a.csv\n");
	sh("cd client; git rm -q README; mkdir README; echo x >README/x;"
	   "echo 3 >>data/a.csv; echo y >data.txt; ln -s data l; git add .;"
	   "git commit -qm 'File to folder'");
	ck_assert_str_eq(changes_of(repo, "HEAD", &out),
	    "D README\nA README/x\nA data.txt\nM data/a.csv\nA l\n");
	sh("cd client; git commit -q --allow-empty -m 'Empty'");
	ck_assert_str_eq(changes_of(repo, "HEAD", &out), "");
	sl_git_free(repo);
}
END_TEST

START_TEST(a_merge_changes_only_what_no_parent_has)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();

	sh("cd client; git checkout -qb side; echo s >side; echo s >both;"
	   "git add .; git commit -qm s; git checkout -q main; echo m >main;"
	   "echo m >both; git add .; git commit -qm m;"
	   "git merge -q -s ours --no-commit side 2>&1; echo merged >both;"
	   "echo evil >data/evil; git checkout -q side -- side;"
	   "git rm -q --cached README;"
	   "git add both data; git commit -qm 'Merge side'");
	/* `side` and `main` come from a parent; README is in both. */
	ck_assert_str_eq(changes_of(repo, "HEAD", &out),
	    "D README\nM both\nA data/evil\n");
	sl_git_free(repo);
}
END_TEST

START_TEST(hostile_trees_pass_through_as_they_are)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_buf_release) struct sl_buf walked = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();
	struct sl_oid tree;

	sh("cd client; b=$(git rev-parse base:README | sed 's/../\\\\x&/g');"
	   "t=$(/usr/bin/printf \"100644 zz\\\\0${b}100644 ..\\\\0${b}"
	   "100644 aa\\\\0${b}0100664 aa\\\\0${b}\" |"
	   "git hash-object -t tree --literally -w --stdin);"
	   "git update-ref refs/heads/evil $(git commit-tree -m evil $t)");
	ck_assert_str_eq(changes_of(repo, "evil", &out),
	    "A ..\nA aa\nA aa\nA zz\n");
	tree = rev("evil^{tree}");
	ck_assert_ok(sl_git_tree_walk(repo, &tree, see_entry, &walked, &err),
	    &err);
	ck_assert_str_eq(sl_buf_cstr(&walked), "0 100644 zz (zz)\n"
	    "0 100644 .. (..)\n0 100644 aa (aa)\n0 100644 aa (aa)\n");
	sl_git_free(repo);
}
END_TEST

START_TEST(bytes_under_another_id_are_damage)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(1024);
	struct sl_oid one = rev("main:README"), other = id(HEX1);
	struct sl_git *repo;
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(&one, hex);
	sh("cd client/.git/objects; mkdir -p 11; cp %.2s/%s 11/%s", hex,
	    hex + 2, HEX1 + 2);
	repo = open_client();
	ck_assert_ok(sl_git_blob_read(repo, &one, &b, &err), &err);
	ck_assert_int_eq(sl_git_blob_read(repo, &other, &b, &err),
	    SL_ECORRUPT);
	ck_assert_str_eq(err.text, "blob " HEX1
	    " is damaged: its bytes have another id");
	sl_git_free(repo);
	sh("rm client/.git/objects/11/%s", HEX1 + 2);
}
END_TEST

START_TEST(a_view_reads_what_its_repository_reads)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(1024);
	struct sl_object_source source;
	struct sl_oid old, new;
	struct sl_git *repo;
	void *view = NULL;

	commit("new", "pushed");
	push_objects("main");
	old = rev("base:README");
	new = rev("main:new");
	repo = open_pushed();
	source = sl_git_source(repo);
	ck_assert_ok(source.open_view(repo, &view, &err), &err);
	ck_assert_ok(source.blob_read(view, &new, &b, &err), &err);
	ck_assert_str_eq(sl_buf_cstr(&b), "pushed\n");
	ck_assert_ok(source.blob_read(view, &old, &b, &err), &err);
	source.close_view(view);
	sl_git_free(repo);
}
END_TEST

START_TEST(blobs_are_sorted_as_they_lie)
{
	struct sl_oid ids[40], sorted[40];
	struct sl_git *repo;
	const char *at;
	size_t count = 0;

	for (int i = 0; i < 30; i++)
		sh("seq %d %d >client/f%d", i, i * 50, i);
	sh("cd client; git add .; git commit -qm many; git repack -adq");
	at = sh("cd client; git verify-pack -v .git/objects/pack/*.idx |"
		"grep ' blob ' | sort -n -k5 | cut -c-40");
	for (; count < 40 && *at; at += *at ? SL_OID_HEX : 0) {
		at += *at == '\n';
		ck_assert_int_eq(sl_oid_parse(sl_strn(at, SL_OID_HEX),
				     &ids[count++]), SL_OK);
	}
	ck_assert_uint_ge(count, 30);
	for (size_t i = 0; i < count; i++)
		sorted[i] = ids[count - 1 - i];
	repo = open_client();
	sl_git_sort_blobs(repo, sorted, count, sizeof(sorted[0]));
	for (size_t i = 0; i < count; i++)
		ck_assert(sl_oid_eq(&sorted[i], &ids[i]));
	sl_git_free(repo);
}
END_TEST

START_TEST(a_missing_tree_is_damage)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_git *repo = open_client();
	struct sl_oid tree = rev("base^{tree}"), data = rev("base:data");
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(&data, hex);
	sh("rm -f client/.git/objects/%.2s/%s", hex, hex + 2);
	ck_assert_err(sl_git_tree_walk(repo, &tree, see_entry, &out, &err),
	    SL_ECORRUPT, &err);
	sl_git_free(repo);
}
END_TEST

START_TEST(damaged_trees_do_not_parse)
{
	static const struct sl_str bad[] = { SL_STR("1"), SL_STR("100644"),
		SL_STR(" a\0aaaaaaaaaaaaaaaaaaaa"), SL_STR("100644 a"),
		SL_STR("100644 a\0short"),
		SL_STR("100644 \0aaaaaaaaaaaaaaaaaaaa"),
		SL_STR("777777777 a\0aaaaaaaaaaaaaaaaaaaa") };
	struct sl_git_entry entry;

	for (size_t i = 0; i < SL_COUNT(bad); i++) {
		struct sl_str raw = bad[i];

		ck_assert_err(sl_git_tree_next(&raw, &entry, &err),
		    SL_ECORRUPT, &err);
	}
}
END_TEST

START_TEST(modes_are_as_git_reads_them)
{
	static const struct {
		struct sl_str raw;
		uint32_t mode;
	} cases[] = {
		{ SL_STR("100644 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100664 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("0100600 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100000 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100011 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_FILE },
		{ SL_STR("100777 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_EXECUTABLE },
		{ SL_STR("100100 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_EXECUTABLE },
		{ SL_STR("120777 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_SYMLINK },
		{ SL_STR("40755 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_TREE },
		{ SL_STR("160644 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_SUBMODULE },
		{ SL_STR("10644 a\0aaaaaaaaaaaaaaaaaaaa"),
		    SL_MODE_SUBMODULE },
		{ SL_STR("0 a\0aaaaaaaaaaaaaaaaaaaa"), SL_MODE_SUBMODULE },
	};
	struct sl_git_entry entry;

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct sl_str raw = cases[i].raw;

		ck_assert_int_eq(sl_git_tree_next(&raw, &entry, &err), 1);
		ck_assert_uint_eq(entry.mode, cases[i].mode);
	}
}
END_TEST

/* trailers */

START_TEST(trailers_are_read_strictly)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64);
	static const struct {
		const char *message;
		int rc;
		const char *value;
	} cases[] = {
		{ "", SL_ENOTFOUND, NULL },
		{ "Sluice-Build: a\n", SL_ENOTFOUND, NULL },
		{ "T\n\nSluice-Build: a\nand prose\n", SL_ENOTFOUND, NULL },
		{ "T\n\nSluice-Build: a\n\nlater text\n", SL_ENOTFOUND, NULL },
		{ "T\n\nSluice-Build: a\nSluice-Build: b\n", SL_EINVAL, NULL },
		{ "T\n\n  Sluice-Build: a\n", SL_ENOTFOUND, NULL },
		{ "T\n\nX: 1\nsluice-build:  a b \nY: 2\n\n\n", SL_OK, "a b" },
		{ "T\n\nbody\n\nSluice-Build: a\n  more\nX: y\n", SL_OK,
		    "a\n  more" },
		{ "T\n\nSluice-Build: a\n-----BEGIN PGP SIGNATURE-----\nz\n",
		    SL_OK, "a" },
	};

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		ck_assert_err(sl_git_trailer_get(sl_str(cases[i].message),
		    "Sluice-Build", &out, &err), cases[i].rc, &err);
		if (cases[i].rc == SL_OK)
			ck_assert_str_eq(sl_buf_cstr(&out), cases[i].value);
	}
}
END_TEST

TCase *
tcase_parsers(void)
{
	TCase *tc = tcase_create("parsers");

	tcase_add_test(tc, damaged_commits_do_not_parse);
	tcase_add_test(tc, odd_people_are_kept_as_they_are);
	tcase_add_test(tc, damaged_trees_do_not_parse);
	tcase_add_test(tc, modes_are_as_git_reads_them);
	tcase_add_test(tc, trailers_are_read_strictly);
	return tc;
}

TCase *
tcase_objects(void)
{
	TCase *tc = tcase_create("objects");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, commits_are_read_with_everything);
	tcase_add_test(tc, tags_are_peeled_within_a_depth);
	tcase_add_test(tc, files_are_read_under_a_cap);
	tcase_add_test(tc, changes_are_what_git_says);
	tcase_add_test(tc, a_merge_changes_only_what_no_parent_has);
	tcase_add_test(tc, hostile_trees_pass_through_as_they_are);
	tcase_add_test(tc, bytes_under_another_id_are_damage);
	tcase_add_test(tc, a_view_reads_what_its_repository_reads);
	tcase_add_test(tc, blobs_are_sorted_as_they_lie);
	tcase_add_test(tc, a_missing_tree_is_damage);
	return tc;
}
