/* SPDX-License-Identifier: Apache-2.0 */
#include "flow_test.h"

#include <stdio.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "flow/flow.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

/* --- names --- */

static const struct {
	const char *ref;
	const char *id;
} plain[] = {
	{ "refs/heads/develop", "develop" },
	{ "refs/heads/a", "a" },
	{ "refs/heads/a-b-c", "a-b-c" },
	{ "refs/heads/0", "0" },
	{ "refs/heads/abcdefghijklmnopqrstuvwxyz01",
	    "abcdefghijklmnopqrstuvwxyz01" },
};

static const struct {
	const char *url;
	const char *id; /* NULL: refused */
} urls[] = {
	{ "https://git.example.org/team/churn.git",
	    "clone:git.example.org/team/churn" },
	{ "https://gitlab-ci-token:s3cr3t@git.example.org/team/churn.git",
	    "clone:git.example.org/team/churn" },
	{ "https://user:p@ss@git.example.org:8443/team/churn/",
	    "clone:git.example.org/team/churn" },
	{ "git@git.example.org:team/churn.git",
	    "clone:git.example.org/team/churn" },
	{ "ssh://git@git.example.org:2222/team/churn.git",
	    "clone:git.example.org/team/churn" },
	{ "/srv/git/churn.git", "clone:/srv/git/churn" },
	{ "file:///srv/git/churn.git", "clone:/srv/git/churn" },
	{ "", NULL },
	{ "https://git.example.org", NULL },
	{ "https://user:secret@", NULL },
};

START_TEST(test_clone_id)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf id = SL_BUF_INIT(256);
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_repository_clone_id(sl_str(urls[_i].url), &id, &err);

	ck_assert_err(rc, urls[_i].id ? SL_OK : SL_EINVAL, &err);
	ck_assert_str_eq(sl_buf_cstr(&id), urls[_i].id ? urls[_i].id : "");
	ck_assert(strstr(err.text, "secret") == NULL);
}
END_TEST

START_TEST(test_repository_may_be)
{
	ck_assert(sl_repository_may_be("abc", "abc"));
	ck_assert(!sl_repository_may_be("abc", "abd"));
	ck_assert(sl_repository_may_be("abc", "clone:h/p"));
	ck_assert(sl_repository_may_be("clone:h/p", "clone:h/p"));
	ck_assert(!sl_repository_may_be("clone:h/p", "clone:h/q"));
}
END_TEST

START_TEST(test_branch_id_plain)
{
	char id[SL_BRANCH_ID_SIZE];

	sl_branch_id(sl_str(plain[_i].ref), id);
	ck_assert_str_eq(id, plain[_i].id);
}
END_TEST

static const struct {
	const char *ref;
	const char *stem; /* what stands before "-" and ten digits */
} hashed[] = {
	{ "refs/heads/feature/a-b", "feature-a-b" },
	{ "refs/heads/feature/a_b", "feature-a-b" },
	{ "refs/heads/feature/a/b", "feature-a-b" },
	{ "refs/heads/feature-a--b", "feature-a-b" },
	{ "refs/heads/Develop", "develop" },
	{ "refs/heads/-a", "a" },
	{ "refs/heads/a-", "a" },
	{ "refs/heads/abcdefghijklmnopqrstuvwxyz012", "abcdefghijklmnopq" },
	{ "refs/heads/abcdefghijklmnop/qrstuvwxyz01", "abcdefghijklmnop" },
	{ "refs/heads/a-0123456789", "a-0123456789" },
	{ "refs/heads/\xc3\xa4", "ref" },
	{ "refs/heads/---", "ref" },
	{ "refs/tags/v1.0.0", "tags-v1-0-0" },
	{ "refs/notes", "notes" },
};

START_TEST(test_branch_id_hashed)
{
	char id[SL_BRANCH_ID_SIZE];
	size_t n = strlen(hashed[_i].stem);

	sl_branch_id(sl_str(hashed[_i].ref), id);
	ck_assert_msg(strlen(id) == n + 11 && id[n] == '-' &&
	    !memcmp(id, hashed[_i].stem, n), "%s", id);
	ck_assert(sl_branch_id_valid(sl_str(id)));
}
END_TEST

/* The first ten digits of SHA-256, as printf %s REF | sha256sum has them. */
START_TEST(test_branch_id_vector)
{
	char id[SL_BRANCH_ID_SIZE];

	sl_branch_id(SL_STR("refs/heads/feature/a-b"), id);
	ck_assert_str_eq(id, "feature-a-b-a2f45b3b61");
}
END_TEST

/* Refs from a small alphabet of troublemakers, all different: no two of them
 * may share an id, and every id keeps the grammar. */
struct generator {
	uint32_t state;
};

static uint32_t
next(struct generator *g)
{
	g->state = g->state * 1664525u + 1013904223u;
	return g->state >> 8;
}

static void
make_ref(struct generator *g, char out[128])
{
	static const char *const heads[] = { "refs/heads/", "refs/heads/",
		"refs/heads/feature/", "refs/tags/", "refs/" };
	static const char *const parts[] = { "a", "b", "A", "-", "--", "_", "/",
		".", "0", "f", "x-0123456789", "\xc3\xa4", "feature", "%2f" };
	size_t n = 1 + next(g) % 9;

	snprintf(out, 128, "%s", heads[next(g) % SL_COUNT(heads)]);
	for (size_t i = 0; i < n; i++)
		strcat(out, parts[next(g) % SL_COUNT(parts)]);
}

START_TEST(test_branch_id_injective)
{
	struct generator g = { 20261122 };
	struct sl_map refs = SL_MAP_INIT;
	struct sl_map ids = SL_MAP_INIT;

	for (int i = 0; i < 200000; i++) {
		char ref[128];
		char id[SL_BRANCH_ID_SIZE];
		char again[SL_BRANCH_ID_SIZE];

		make_ref(&g, ref);
		if (!sl_map_put(&refs, sl_str(ref), NULL))
			continue;
		sl_branch_id(sl_str(ref), id);
		ck_assert_msg(sl_branch_id_valid(sl_str(id)), "%s -> %s", ref,
		    id);
		ck_assert_msg(sl_map_put(&ids, sl_str(id), NULL),
		    "%s -> %s, which is another ref's", ref, id);
		sl_branch_id(sl_str(ref), again);
		ck_assert_str_eq(id, again);
	}
	ck_assert_uint_gt(refs.count, 50000);
	ck_assert_uint_eq(refs.count, ids.count);
	/* A ref named like an id of another one is not mistaken for it. */
	for (size_t i = 0; i < 2000; i++) {
		char ref[128];
		char id[SL_BRANCH_ID_SIZE];

		snprintf(ref, sizeof(ref), "refs/heads/%s",
		    ids.entries[i].key.ptr);
		if (sl_map_find(&refs, sl_str(ref)))
			continue;
		sl_branch_id(sl_str(ref), id);
		ck_assert_msg(!sl_map_find(&ids, sl_str(id)), "%s", ref);
	}
	sl_map_release(&refs);
	sl_map_release(&ids);
}
END_TEST

START_TEST(test_branch_id_grammar)
{
	static const char *const wrong[] = { "", "-", "-a", "a-", "a--b", "A",
		"a_b", "a/b", "abcdefghijklmnopqrstuvwxyz012", "\xc3\xa4" };

	for (size_t i = 0; i < SL_COUNT(wrong); i++)
		ck_assert_msg(!sl_branch_id_valid(sl_str(wrong[i])), "%s",
		    wrong[i]);
}
END_TEST

START_TEST(test_longest_name)
{
	char name[SL_BUILD_NAME_SIZE];

	sl_build_name("abcdefghijklmnopqrstuvwxyz012345",
	    "abcdefghijklmnopqrstuvwxyz01", name);
	ck_assert_uint_eq(strlen(name), 62);
	sl_build_name("churn", "", name);
	ck_assert_str_eq(name, "churn");
}
END_TEST

START_TEST(test_build_id)
{
	struct sl_oid oid;
	struct sl_error err = SL_ERROR_INIT;
	char id[SL_BUILD_ID_SIZE];
	char name[SL_DISPLAY_NAME_SIZE];

	ck_assert_int_eq(sl_oid_parse(SL_STR(COMMIT), &oid), 0);
	ck_assert_ok(sl_build_id(&oid, 1795343500, id, &err), &err);
	ck_assert_str_eq(id, "20261122T103140Z-" COMMIT);
	ck_assert(sl_build_id_valid(sl_str(id)));
	ck_assert(!sl_build_id_valid(SL_STR("20261122T103140Z-" COMMIT "-a2")));
	ck_assert(!sl_build_id_valid(SL_STR("20261122T103140z-" COMMIT)));
	ck_assert(!sl_build_id_valid(SL_STR("")));
	sl_attempt_name(id, 1, name);
	ck_assert_str_eq(name, id);
	sl_attempt_name(id, SL_ATTEMPT_MAX, name);
	ck_assert_str_eq(name, "20261122T103140Z-" COMMIT "-a999");
	ck_assert_err(sl_build_id(&oid, INT64_MAX, id, &err), SL_EINVAL, &err);
}
END_TEST

/* printf '111111111111\0eu-west-1\0churn\0churn\0B\0001' | sha256sum */
START_TEST(test_token)
{
	struct sl_token_parts parts = { "111111111111", "eu-west-1", "churn",
		"churn", "B", 1 };
	char token[SL_TOKEN_SIZE];
	char other[SL_TOKEN_SIZE];

	sl_attempt_token(&parts, token);
	ck_assert_str_eq(token, "c823e54a86a432ecbe075ebc7b7eeb6d"
	    "76025dbfb4f8b5e6087803a68f1ba0da");
	parts.attempt = 2;
	sl_attempt_token(&parts, other);
	ck_assert_str_ne(token, other);
	/* Fields do not run into each other. */
	parts = (struct sl_token_parts){ "111111111111", "eu-west-1c", "hurn",
		"churn", "B", 1 };
	sl_attempt_token(&parts, other);
	ck_assert_str_ne(token, other);
}
END_TEST

START_TEST(test_uuid)
{
	char uuid[SL_UUID_SIZE];

	sl_uuid_token(SL_STR("x"), uuid);
	ck_assert_uint_eq(strlen(uuid), 36);
	ck_assert_uint_eq(strspn(uuid, "0123456789abcdef-"), 36);
	ck_assert_int_eq(uuid[14], '5');
	ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
}
END_TEST

static TCase *
tcase_names(void)
{
	TCase *tc = tcase_create("names");

	tcase_add_loop_test(tc, test_clone_id, 0, (int)SL_COUNT(urls));
	tcase_add_test(tc, test_repository_may_be);
	tcase_add_loop_test(tc, test_branch_id_plain, 0, SL_COUNT(plain));
	tcase_add_loop_test(tc, test_branch_id_hashed, 0, SL_COUNT(hashed));
	tcase_add_test(tc, test_branch_id_vector);
	tcase_add_test(tc, test_branch_id_injective);
	tcase_add_test(tc, test_branch_id_grammar);
	tcase_add_test(tc, test_longest_name);
	tcase_add_test(tc, test_build_id);
	tcase_add_test(tc, test_token);
	tcase_add_test(tc, test_uuid);
	return tc;
}

SL_TEST_MAIN("flow", tcase_names, tcase_flow_plan, tcase_flow_paths)
