/* SPDX-License-Identifier: Apache-2.0 */
#include "build_rig.h"

#define HEAD                                                                   \
	"{\"sluice-manifest\": 1, \"kind\": \"build\", \"repository\": \"r\", "  \
	"\"project\": \"p\", \"use_case\": \"p\", \"branch_id\": \"\", "         \
	"\"name\": \"p\", \"environment\": \"dev\", \"ref\": "                  \
	"\"refs/heads/x\", \"commit\": \"" COMMIT "\", \"tree\": "             \
	"\"" TREE "\", \"build_id\": \"" BUILD "\""

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define ATTEMPT                                                                \
	HEAD ", \"attempts\": [{\"number\": 1, \"token\": \"t\", "            \
	"\"display_name\": \"d\", \"definition_digest\": \"e\", "             \
	"\"state\": \"intended\""

static const struct {
	const char *json;
	int code;
	const char *text;
} manifests[] = {
	{ "", SL_ECORRUPT, "" },
	{ "[]", SL_ECORRUPT, "this is no manifest" },
	{ "{}", SL_ECORRUPT, "lacks \"sluice-manifest\"" },
	{ "{\"sluice-manifest\": 2}", SL_EUNSUPPORTED, "version 2" },
	{ "{\"sluice-manifest\": 1}", SL_ECORRUPT, "lacks \"kind\"" },
	{ HEAD "}", SL_OK, "" },
	{ HEAD ", \"unknown\": [1]}", SL_OK, "" },
	{ HEAD ", \"author\": 7}", SL_ECORRUPT, "not a plain string" },
	{ HEAD ", \"author\": \"a\\u0000b\"}", SL_ECORRUPT,
	    "not a plain string" },
	{ HEAD ", \"created_s\": -1}", SL_ECORRUPT, "" },
	{ HEAD ", \"files\": {}}", SL_ECORRUPT, "not a list" },
	{ HEAD ", \"files\": [{\"path\": \"a\"}]}", SL_ECORRUPT,
	    "lacks \"sha256\"" },
	{ HEAD ", \"images\": [\"image:1\", \"b\"]}", SL_OK, "" },
	{ HEAD ", \"images\": [{\"image\": \"a\", \"digest\": \"sha256:" HEX
	    "\", \"parameter\": \"P\"}, {\"image\": \"b\", \"reason\": "
	    "\"r\", \"unknown\": 1}]}", SL_OK, "" },
	{ HEAD ", \"images\": {}}", SL_ECORRUPT, "not a list" },
	{ HEAD ", \"images\": [[]]}", SL_ECORRUPT, "lacks \"image\"" },
	{ HEAD ", \"images\": [\"\"]}", SL_ECORRUPT, "not an image" },
	{ HEAD ", \"images\": [\"a\\u0000\"]}", SL_ECORRUPT,
	    "not an image" },
	{ HEAD ", \"images\": [{\"digest\": \"x\"}]}", SL_ECORRUPT,
	    "lacks \"image\"" },
	{ HEAD ", \"images\": [{\"image\": \"a\", \"digest\": \"x\"}]}",
	    SL_ECORRUPT, "the digest of image \"a\" is none" },
	{ HEAD ", \"attempts\": [{}]}", SL_ECORRUPT, "lacks \"token\"" },
	{ HEAD ", \"attempts\": [{\"number\": 2, \"token\": \"t\", "
	    "\"display_name\": \"d\", \"definition_digest\": \"e\", \"state\": "
	    "\"intended\"}]}", SL_ECORRUPT, "has the number 2" },
	{ HEAD ", \"attempts\": [{\"number\": 1, \"token\": \"t\", "
	    "\"display_name\": \"d\", \"definition_digest\": \"e\", \"state\": "
	    "\"lost\"}]}", SL_ECORRUPT, "which is none" },
	{ HEAD ", \"attempts\": [{\"number\": 1, \"token\": \"t\", "
	    "\"display_name\": \"d\", \"definition_digest\": \"e\", \"state\": "
	    "\"started\"}]}", SL_ECORRUPT, "has no execution" },
	{ ATTEMPT ", \"inputs\": [{}]}]}", SL_ECORRUPT, "lacks \"uri\"" },
	{ ATTEMPT ", \"inputs_checked_s\": -1}]}", SL_ECORRUPT, "" },
	{ ATTEMPT ", \"inputs_changed\": \"s3://b/k\"}]}", SL_ECORRUPT,
	    "not a list" },
	{ ATTEMPT ", \"inputs_changed\": [\"s3://b/k\"]}]}", SL_ECORRUPT,
	    "contradict" },
	{ ATTEMPT ", \"inputs_changed_count\": 1}]}", SL_ECORRUPT,
	    "contradict" },
	{ ATTEMPT ", \"inputs_changed\": [\"s3://b/k\", \"s3://b/l\"], "
	    "\"inputs_changed_count\": 1}]}", SL_ECORRUPT, "contradict" },
	{ ATTEMPT ", \"inputs_changed\": [\"s3://b/k\"], "
	    "\"inputs_changed_count\": 70, \"inputs_checked_s\": 5}]}", SL_OK,
	    "" },
	{ ATTEMPT ", \"inputs\": [{\"uri\": \"s3://b/k\", \"etag\": \"e\", "
	    "\"size\": 9}]}]}", SL_OK, "" },
};

START_TEST(test_manifest)
{
	struct sl_manifest *m = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_err(sl_manifest_parse("m", sl_str(manifests[_i].json), &m,
	    &err), manifests[_i].code, &err);
	ck_assert_msg(strstr(err.text, manifests[_i].text) != NULL, "%s",
	    err.text);
	if (manifests[_i].code == 0) {
		SL_CLEANUP(sl_buf_release) struct sl_buf a =
		    SL_BUF_INIT(65536);
		SL_CLEANUP(sl_buf_release) struct sl_buf b =
		    SL_BUF_INIT(65536);
		struct sl_manifest *again = NULL;

		ck_assert_ok(sl_manifest_write(m, &a, &err), &err);
		ck_assert_ok(sl_manifest_parse("m", sl_buf_str(&a), &again,
		    &err), &err);
		ck_assert_ok(sl_manifest_write(again, &b, &err), &err);
		ck_assert(sl_str_eq(sl_buf_str(&a), sl_buf_str(&b)));
		sl_manifest_free(again);
	}
	sl_manifest_free(m);
}
END_TEST

TCase *
tcase_manifest(void)
{
	TCase *tc = tcase_create("manifest");

	tcase_add_loop_test(tc, test_manifest, 0, SL_COUNT(manifests));
	return tc;
}
