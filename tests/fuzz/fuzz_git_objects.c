/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw commits, tags and trees. The first byte chooses; the rest is the
 * object. Views stay inside it, and a tree is used up to its last byte.
 */
#include "fuzz.h"

#include "git/git_int.h"

static void
check_inside(struct sl_str whole, struct sl_str part)
{
	fuzz_check(part.len == 0 || (part.ptr >= whole.ptr &&
	    part.ptr + part.len <= whole.ptr + whole.len));
}

static void
try_commit(struct sl_str raw)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_commit commit = { 0 };
	struct sl_oid parents[4];

	if (sl_git_commit_parse(raw, &commit, parents, SL_COUNT(parents),
		&err) < 0) {
		fuzz_check(err.code == SL_ECORRUPT);
		return;
	}
	check_inside(raw, commit.message);
	check_inside(raw, commit.author.name);
	check_inside(raw, commit.author.email);
	check_inside(raw, commit.committer.name);
	check_inside(raw, commit.committer.email);
	fuzz_check(commit.parent_count <= raw.len / 48);
}

static void
try_tag(struct sl_str raw)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_tag tag = { 0 };
	struct sl_oid target;

	if (sl_git_tag_parse(raw, &tag, &target, &err) < 0) {
		fuzz_check(err.code == SL_ECORRUPT);
		return;
	}
	check_inside(raw, tag.name);
	check_inside(raw, tag.message);
	fuzz_check(tag.has_tagger || tag.tagger.name.len == 0);
}

static void
try_tree(struct sl_str raw)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_str rest = raw;
	struct sl_git_entry entry;
	int rc;

	while ((rc = sl_git_tree_next(&rest, &entry, &err)) > 0) {
		fuzz_check(entry.name.len > 0);
		check_inside(raw, entry.name);
		check_inside(raw, rest);
		fuzz_check(sl_git_entry_cmp(&entry, &entry) == 0);
	}
	fuzz_check(rc == SL_ECORRUPT || rest.len == 0);
}

static int
see_trailer(void *ctx, struct sl_str key, struct sl_str value,
    struct sl_error *err)
{
	const struct sl_str *message = ctx;

	(void)err;
	fuzz_check(key.len > 0);
	check_inside(*message, key);
	check_inside(*message, value);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_str raw;

	if (size == 0)
		return 0;
	raw = sl_strn((const char *)data + 1, size - 1);
	switch (data[0]) {
	case 'c':
		try_commit(raw);
		break;
	case 't':
		try_tag(raw);
		break;
	case 'd':
		try_tree(raw);
		break;
	default:
		fuzz_check(sl_git_trailers_each(raw, NULL, see_trailer, &raw,
		    &err) == 0);
	}
	return 0;
}
