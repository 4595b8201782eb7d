/* SPDX-License-Identifier: Apache-2.0 */
/* gate: proofs of the state folder, and whose file is believed. */
#include "gate_rig.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "gate/proofs.h"

static char state[] = "/tmp/sluice-proofs-XXXXXX";
static char *file, *other;

static void
set_up(void)
{
	strcpy(state + strlen(state) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(state));
	file = sl_fsx_join(state, "site-policy.proofs");
	other = sl_fsx_join(state, "other");
}

static void
tear_down(void)
{
	unlink(file);
	unlink(other);
	ck_assert_int_eq(rmdir(state), 0);
	free(file);
	free(other);
}

static void
write_lines(const char *path, unsigned count)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(4000);
	struct sl_error err = SL_ERROR_INIT;

	for (unsigned i = 0; i < count; i++)
		sl_buf_addf(&text, "%064x\n", i);
	ck_assert_ok(sl_fsx_replace(path, sl_buf_str(&text), 0600, &err),
	    &err);
}

/* How many proofs a load would be offered. */
static size_t
offered(void)
{
	struct sl_policy_inputs in = { 0 };
	struct sl_proofs proofs = { 0 };

	sl_proofs_offer(&proofs, state, &in);
	ck_assert_ptr_nonnull(in.program);
	return in.proof_count;
}

START_TEST(only_a_file_of_our_own_counts)
{
	ck_assert_uint_eq(offered(), 0);
	write_lines(file, 3);
	ck_assert_uint_eq(offered(), 3);
	ck_assert_int_eq(chmod(file, 0620), 0);
	ck_assert_uint_eq(offered(), 0);
	ck_assert_int_eq(chmod(file, 0602), 0);
	ck_assert_uint_eq(offered(), 0);
	ck_assert_int_eq(chmod(file, 0600), 0);
	ck_assert_int_eq(link(file, other), 0);
	ck_assert_uint_eq(offered(), 0);
	unlink(file);
	ck_assert_int_eq(symlink(other, file), 0);
	ck_assert_uint_eq(offered(), 0);
	unlink(file);
	ck_assert_int_eq(mkfifo(file, 0600), 0);
	ck_assert_uint_eq(offered(), 0);
}
END_TEST

START_TEST(damage_ends_what_is_believed)
{
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(sl_fsx_replace(file, SL_STR("0123\n"), 0600, &err), &err);
	ck_assert_uint_eq(offered(), 0);
	write_lines(file, SL_PROOFS_MAX);
	ck_assert_uint_eq(offered(), SL_PROOFS_MAX);
	write_lines(file, SL_PROOFS_MAX + 1);
	ck_assert_uint_eq(offered(), 0);
}
END_TEST

/* A policy that loaded is the first line of the file, the oldest one goes. */
START_TEST(what_loaded_is_remembered)
{
	static const char rules[] =
	    "sluice: 1\nrules: {a/b: {kind: path, deny: 'x', examples: "
	    "[{path: x, expect: fail}]}}\n";
	struct sl_policy_inputs in = { 0 };
	struct sl_proofs proofs = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *again = NULL;
	struct stat st;

	write_lines(file, SL_PROOFS_MAX);
	ck_assert_ok(sl_doc_parse_yaml("s", sl_str(rules), NULL, &site, &err),
	    &err);
	in.site = site;
	sl_proofs_offer(&proofs, state, &in);
	ck_assert_ok(sl_policy_load(&in, &policy, &err), &err);
	ck_assert_uint_eq(sl_rule_examples(sl_policy_rule(policy,
					       SL_STR("a/b")), NULL), 1);
	sl_proofs_note(&proofs, state, policy);
	ck_assert_uint_eq(offered(), SL_PROOFS_MAX);
	ck_assert_int_eq(stat(file, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	memset(&proofs, 0, sizeof(proofs));
	sl_proofs_offer(&proofs, state, &in);
	ck_assert_str_eq(in.proofs[0], sl_policy_proof(policy));
	ck_assert_ok(sl_policy_load(&in, &again, &err), &err);
	ck_assert_uint_eq(sl_rule_examples(sl_policy_rule(again,
					       SL_STR("a/b")), NULL), 0);
}
END_TEST

START_TEST(no_folder_no_proofs)
{
	struct sl_policy_inputs in = { 0 };
	struct sl_proofs proofs = { 0 };

	sl_proofs_offer(&proofs, NULL, &in);
	ck_assert_ptr_null(in.program);
	sl_proofs_offer(&proofs, "/nowhere/at/all", &in);
	ck_assert_uint_eq(in.proof_count, 0);
}
END_TEST

TCase *
tcase_proofs(void)
{
	TCase *tc = tcase_create("proofs");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, only_a_file_of_our_own_counts);
	tcase_add_test(tc, damage_ends_what_is_believed);
	tcase_add_test(tc, what_loaded_is_remembered);
	tcase_add_test(tc, no_folder_no_proofs);
	return tc;
}
