/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/fsx.h"
#include "base/mem.h"

#define OUT_MAX ((size_t)64 << 20)

struct item {
	const char *path;
	enum sl_archive_kind kind;
	const char *data;
};

struct made {
	struct sl_buf gz;
	struct sl_buf tar;
	struct sl_archive_result result;
};

static struct sl_error err;

static void
made_init(struct made *made)
{
	memset(made, 0, sizeof(*made));
	sl_buf_init(&made->gz, OUT_MAX);
	sl_buf_init(&made->tar, OUT_MAX);
}

static void
made_release(struct made *made)
{
	sl_buf_release(&made->gz);
	sl_buf_release(&made->tar);
}

static int
read_item(void *ctx SL_UNUSED, void *entry_ctx, struct sl_buf *out,
    struct sl_error *e)
{
	const struct item *item = entry_ctx;

	if (item->data == NULL)
		return sl_error_set(e, SL_ECORRUPT, "blob is missing");
	if (sl_buf_adds(out, item->data) < 0)
		return sl_error_set(e, SL_ETOOBIG, "file is too large");
	return SL_OK;
}

static int
take_bytes(void *ctx, struct sl_str bytes, struct sl_error *e SL_UNUSED)
{
	return sl_buf_addv(ctx, bytes);
}

static void
take_tar(void *ctx, struct sl_str bytes)
{
	sl_buf_addv(ctx, bytes);
}

/* Make an archive of items; a failing add ends it too. */
static int
make(const struct item *items, size_t count, const struct sl_archive_limits *l,
    struct made *made)
{
	SL_CLEANUP(sl_archive_freep) struct sl_archive *a = sl_archive_new(l);
	struct sl_archive_digests digests = { &made->tar, take_tar, NULL,
		NULL };

	sl_error_clear(&err);
	for (size_t i = 0; i < count; i++) {
		int rc = sl_archive_add(a, sl_str(items[i].path),
		    items[i].kind, (void *)(uintptr_t)&items[i], &err);

		if (rc < 0)
			return rc;
	}
	return sl_archive_write(a, 1700000000, read_item, NULL, take_bytes,
	    &made->gz, &digests, &made->result, &err);
}

/* Pipe bytes through a command; its output without the last line feed. */
static void
pipe_through(const struct sl_buf *in, const char *command, char *out,
    size_t size)
{
	char path[] = "/tmp/sl-archive-XXXXXX";
	SL_CLEANUP(sl_freep) char *full = NULL;
	int fd = mkstemp(path);
	FILE *f;
	size_t n;

	ck_assert_int_ge(fd, 0);
	ck_assert_ok(sl_fsx_write_fd(fd, sl_buf_str(in), &err), &err);
	close(fd);
	full = sl_asprintf("export LC_ALL=C TZ=UTC; cat %s | %s", path,
	    command);
	f = popen(full, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, size - 1, f);
	while (n > 0 && out[n - 1] == '\n')
		n--;
	out[n] = '\0';
	ck_assert_int_eq(pclose(f), 0);
	unlink(path);
}

static const struct item tree[] = {
	{ "src/__main__.py", SL_ARCHIVE_EXECUTABLE, "print(1)\n" },
	{ "README.md", SL_ARCHIVE_FILE, "# x\n" },
	{ "latest", SL_ARCHIVE_SYMLINK, "src/../README.md" },
	{ "empty", SL_ARCHIVE_FILE, "" },
};

START_TEST(bad_paths_are_refused)
{
	static const char *const bad[] = { "", "/etc/passwd", "a/../b", "..",
		".", "a//b", "a/", "./a", "a/." };
	SL_CLEANUP(sl_archive_freep) struct sl_archive *a =
	    sl_archive_new(NULL);
	SL_CLEANUP(sl_freep) char *big = sl_alloc(5001);

	for (size_t i = 0; i < SL_COUNT(bad); i++)
		ck_assert_err(sl_archive_add(a, sl_str(bad[i]),
		    SL_ARCHIVE_FILE, NULL, &err), SL_EINVAL, &err);
	ck_assert_err(sl_archive_add(a, SL_STR("a\0b"), SL_ARCHIVE_FILE, NULL,
	    &err), SL_EINVAL, &err);
	memset(big, 'a', 5000);
	ck_assert_err(sl_archive_add(a, sl_str(big), SL_ARCHIVE_FILE, NULL,
	    &err), SL_EINVAL, &err);
}
END_TEST

START_TEST(what_is_not_the_content_is_refused)
{
	static const struct {
		int rc;
		struct item items[3];
	} cases[] = {
		{ SL_EREFUSED, { { "m", SL_ARCHIVE_SUBMODULE, "" } } },
		{ SL_EREFUSED,
		    { { "d.csv", SL_ARCHIVE_FILE,
			"version https://git-lfs.github.com/spec/v1\n"
			"oid sha256:0123\nsize 12\n" } } },
		{ SL_EEXIST,
		    { { "a", SL_ARCHIVE_FILE, "1" },
			{ "a", SL_ARCHIVE_FILE, "2" } } },
		{ SL_EREFUSED,
		    { { "a/b", SL_ARCHIVE_FILE, "1" },
			{ "a", SL_ARCHIVE_FILE, "2" } } },
		{ SL_EREFUSED,
		    { { "a", SL_ARCHIVE_SYMLINK, "b" },
			{ "a/x/y", SL_ARCHIVE_FILE, "2" } } },
		{ SL_ECORRUPT, { { "a", SL_ARCHIVE_FILE, NULL } } },
	};

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct made made;
		size_t n = 0;

		made_init(&made);
		while (n < 3 && cases[i].items[n].path != NULL)
			n++;
		ck_assert_err(make(cases[i].items, n, NULL, &made),
		    cases[i].rc, &err);
		ck_assert_msg(strstr(err.text, cases[i].items[0].path),
		    "no path in: %s", err.text);
		made_release(&made);
	}
}
END_TEST

START_TEST(links_out_of_the_tree_are_refused)
{
	static const struct item cases[][3] = {
		{ { "l", SL_ARCHIVE_SYMLINK, "" } },
		{ { "l", SL_ARCHIVE_SYMLINK, "/etc/passwd" } },
		{ { "l", SL_ARCHIVE_SYMLINK, ".." } },
		{ { "l", SL_ARCHIVE_SYMLINK, "../x" } },
		{ { "a/b/l", SL_ARCHIVE_SYMLINK, "../../../x" } },
		{ { "a/l", SL_ARCHIVE_SYMLINK, "b/../../../etc" } },
		{ { "l", SL_ARCHIVE_SYMLINK, "l" } },
		{ { "l", SL_ARCHIVE_SYMLINK, "m/x" },
		    { "m", SL_ARCHIVE_SYMLINK, "l/y" } },
		/* Inside by the text, outside through the other link. */
		{ { "a/b/l", SL_ARCHIVE_SYMLINK, "m/../../x" },
		    { "a/b/m", SL_ARCHIVE_SYMLINK, "../../z" },
		    { "z/f", SL_ARCHIVE_FILE, "1" } },
	};

	for (size_t i = 0; i < SL_COUNT(cases); i++) {
		struct made made;
		size_t n = 0;

		made_init(&made);
		while (n < 3 && cases[i][n].path != NULL)
			n++;
		ck_assert_err(make(cases[i], n, NULL, &made), SL_EREFUSED,
		    &err);
		made_release(&made);
	}
}
END_TEST

START_TEST(caps_hold)
{
	const struct sl_archive_limits few = { .max_entries = 3 };
	const struct sl_archive_limits small = { .max_file_bytes = 5 };
	const struct sl_archive_limits all = { .max_bytes = 12 };
	struct made made;

	made_init(&made);
	ck_assert_err(make(tree, SL_COUNT(tree), &few, &made), SL_ETOOBIG,
	    &err);
	ck_assert_err(make(tree, SL_COUNT(tree), &small, &made), SL_ETOOBIG,
	    &err);
	ck_assert_err(make(tree, SL_COUNT(tree), &all, &made), SL_ETOOBIG,
	    &err);
	made_release(&made);
}
END_TEST

static int
refuse_bytes(void *ctx SL_UNUSED, struct sl_str bytes SL_UNUSED,
    struct sl_error *e)
{
	return sl_error_set(e, SL_ENET, "connection lost");
}

START_TEST(a_failing_sink_ends_it)
{
	SL_CLEANUP(sl_archive_freep) struct sl_archive *a =
	    sl_archive_new(NULL);

	ck_assert_ok(sl_archive_add(a, sl_str(tree[1].path), SL_ARCHIVE_FILE,
	    (void *)(uintptr_t)&tree[1], &err), &err);
	ck_assert_err(sl_archive_write(a, 1, read_item, NULL, refuse_bytes,
	    NULL, NULL, NULL, &err), SL_ENET, &err);
	ck_assert_str_eq(err.text, "connection lost");
}
END_TEST

START_TEST(other_tools_read_it)
{
	char out[4096];
	struct made made;

	made_init(&made);
	ck_assert_ok(make(tree, SL_COUNT(tree), NULL, &made), &err);
	ck_assert_uint_eq(made.result.entries, 4);
	ck_assert_uint_eq(made.result.tar_bytes, made.tar.len);
	ck_assert_uint_eq(made.result.gz_bytes, made.gz.len);
	pipe_through(&made.gz, "tar --full-time -tvzf -", out, sizeof(out));
	ck_assert_str_eq(out,
	    "-rw-r--r-- 0/0               4 2023-11-14 22:13:20 README.md\n"
	    "-rw-r--r-- 0/0               0 2023-11-14 22:13:20 empty\n"
	    "lrwxrwxrwx 0/0               0 2023-11-14 22:13:20 latest -> "
	    "src/../README.md\n"
	    "-rwxr-xr-x 0/0               9 2023-11-14 22:13:20 "
	    "src/__main__.py");
	pipe_through(&made.gz, "tar -xzOf - src/__main__.py", out,
	    sizeof(out));
	ck_assert_str_eq(out, "print(1)");
	made_release(&made);
}
END_TEST

/* The digest that is promised: another one breaks every stored build. */
START_TEST(the_tar_is_the_promised_one)
{
	char summed[128], unpacked[128];
	struct made made;

	made_init(&made);
	ck_assert_ok(make(tree, SL_COUNT(tree), NULL, &made), &err);
	pipe_through(&made.tar, "sha256sum", summed, sizeof(summed));
	pipe_through(&made.gz, "gunzip -c | sha256sum", unpacked,
	    sizeof(unpacked));
	ck_assert_str_eq(summed, unpacked);
	ck_assert_str_eq(summed, "3d04a6dcb0d2f945cb6514c3353eb24c"
				 "4b30e492d629b9ee0fd5c2ccacb46a9b  -");
	/* gzip: no flags, no time, written on Unix. */
	ck_assert_mem_eq(made.gz.ptr, "\x1f\x8b\x08\0\0\0\0\0", 8);
	ck_assert_int_eq(made.gz.ptr[9], 3);
	made_release(&made);
}
END_TEST

START_TEST(order_and_locale_do_not_matter)
{
	static const struct item there[] = {
		{ "b/\xc3\xa4.txt", SL_ARCHIVE_FILE, "x" },
		{ "b/\xff.txt", SL_ARCHIVE_FILE, "y" },
		{ "a", SL_ARCHIVE_SYMLINK, "b/\xc3\xa4.txt" },
	};
	const struct item back[] = { there[2], there[1], there[0] };
	struct made one, two;
	char out[4096];

	made_init(&one);
	made_init(&two);
	ck_assert_ok(make(there, SL_COUNT(there), NULL, &one), &err);
	if (setlocale(LC_ALL, "C.UTF-8") == NULL)
		setlocale(LC_ALL, "");
	ck_assert_ok(make(back, SL_COUNT(back), NULL, &two), &err);
	setlocale(LC_ALL, "C");
	ck_assert_uint_eq(one.tar.len, two.tar.len);
	ck_assert_mem_eq(one.tar.ptr, two.tar.ptr, one.tar.len);
	ck_assert_uint_eq(one.gz.len, two.gz.len);
	ck_assert_mem_eq(one.gz.ptr, two.gz.ptr, one.gz.len);
	pipe_through(&one.gz, "tar --quoting-style=literal -tzf - 2>/dev/null",
	    out, sizeof(out));
	ck_assert_str_eq(out, "a\nb/\xc3\xa4.txt\nb/\xff.txt");
	made_release(&one);
	made_release(&two);
}
END_TEST

START_TEST(long_names_and_many_files_survive)
{
	enum { FILES = 2000 };
	static struct item items[FILES];
	SL_CLEANUP(sl_freep) char *big = sl_alloc(3001);
	SL_CLEANUP(sl_freep) char *name = NULL;
	char out[16384];
	struct made made;

	memset(big, 'n', 3000);
	for (size_t i = 100; i < 3000; i += 100)
		big[i] = '/';
	name = sl_asprintf("%s/f", big);
	items[0] = (struct item){ name, SL_ARCHIVE_FILE, "deep" };
	for (int i = 1; i < FILES; i++)
		items[i] = (struct item){ sl_asprintf("d/%d", i),
			SL_ARCHIVE_FILE, "x" };
	made_init(&made);
	ck_assert_ok(make(items, FILES, NULL, &made), &err);
	pipe_through(&made.gz, "tar -tzf - | tail -n 1", out, sizeof(out));
	ck_assert_str_eq(out, name);
	pipe_through(&made.gz, "tar -tzf - | wc -l", out, sizeof(out));
	ck_assert_str_eq(out, "2000");
	for (int i = 1; i < FILES; i++)
		free((void *)(uintptr_t)items[i].path);
	made_release(&made);
}
END_TEST

START_TEST(an_empty_tree_is_an_empty_archive)
{
	char out[64];
	struct made made;

	made_init(&made);
	ck_assert_ok(make(NULL, 0, NULL, &made), &err);
	pipe_through(&made.gz, "tar -tzf - | wc -l", out, sizeof(out));
	ck_assert_str_eq(out, "0");
	made_release(&made);
}
END_TEST

static TCase *
tcase_archive(void)
{
	TCase *tc = tcase_create("archive");

	tcase_add_test(tc, bad_paths_are_refused);
	tcase_add_test(tc, what_is_not_the_content_is_refused);
	tcase_add_test(tc, links_out_of_the_tree_are_refused);
	tcase_add_test(tc, caps_hold);
	tcase_add_test(tc, a_failing_sink_ends_it);
	tcase_add_test(tc, other_tools_read_it);
	tcase_add_test(tc, the_tar_is_the_promised_one);
	tcase_add_test(tc, order_and_locale_do_not_matter);
	tcase_add_test(tc, long_names_and_many_files_survive);
	tcase_add_test(tc, an_empty_tree_is_an_empty_archive);
	return tc;
}

SL_TEST_MAIN("archive", tcase_archive)
