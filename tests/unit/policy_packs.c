/* SPDX-License-Identifier: Apache-2.0 */
/* policy: the packs and the examples of the manual. */
#include "policy_rig.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "policy/rule.h"

static const char *const packs[] = { "secrets", "mlops-training",
	"mlops-training-samples", "mlops-deployment",
	"mlops-deployment-samples", "branches",
	"data-layout", "hygiene", "notebooks", "commits" };

/* Slices of the packs themselves: what their examples hold, in new orders. */
static void
make_text(struct sl_str from, uint32_t *seed, struct sl_buf *out)
{
	sl_buf_clear(out);
	for (int i = 0; i < 40; i++) {
		size_t at, len;

		*seed = *seed * 1664525U + 1013904223U;
		at = *seed % from.len;
		len = (*seed >> 9) % 400;
		sl_buf_add(out, from.ptr + at,
		    len < from.len - at ? len : from.len - at);
	}
}

/* @return matches of a pattern; aborts where the two ways differ */
static size_t
compare(struct sl_scan *scan, size_t id, struct sl_rx *rx,
    struct sl_rx_scratch *scratch)
{
	struct sl_str text = sl_scan_text(scan);
	struct sl_error err = SL_ERROR_INIT;
	size_t matches = 0;

	for (size_t start = 0; start <= text.len; matches++) {
		struct sl_rx_match a = { .end = 0 }, b = { .end = 0 };
		int rc = sl_rx_match(rx, scratch, text, start, &a, &err);

		if (rc < 0)
			return matches;
		if (sl_scan_match(scan, id, scratch, start, &b, &err) != rc ||
		    a.start != b.start || a.end != b.end)
			ck_abort_msg("'%.*s' differs at %zu",
			    SL_STR_ARG(sl_rx_pattern(rx)), a.start);
		if (rc == SL_RX_NO)
			return matches;
		start = a.end > start ? a.end : start + 1;
	}
	return matches;
}

START_TEST(packs_find_the_same_by_windows)
{
	SL_CLEANUP(sl_freep)
	char *text = sl_asprintf(HEAD "extends: ['sluice:%s']\n", packs[_i]);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_freep)
	char *path = sl_asprintf("%s/secrets.yaml", packs_dir());
	SL_CLEANUP(sl_buf_release) struct sl_buf pack = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf b = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_rx_scratch_freep)
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(NULL);
	SL_CLEANUP(sl_scan_freep) struct sl_scan *scan = NULL;
	struct sl_error err = SL_ERROR_INIT;
	uint32_t seed = 7;
	struct sl_rx *rx;
	size_t matches = 0;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	ck_assert_ok(sl_fsx_read(path, &pack, &err), &err);
	/* Machine code of PCRE2 reads a little past the end of a text. */
	sl_buf_reserve(&b, b.max);
	memset(b.ptr, 0, b.max);
	scan = sl_scan_new(sl_policy_scanner(policy));
	for (int i = 0; i < 50; i++) {
		make_text(sl_buf_str(&pack), &seed, &b);
		sl_scan_begin(scan, sl_buf_str(&b));
		for (size_t id = 0; (rx = sl_scanner_pattern(
			 sl_policy_scanner(policy), id)); id++)
			matches += compare(scan, id, rx, scratch);
	}
	ck_assert(sl_scanner_pattern(sl_policy_scanner(policy), 0) == NULL ||
	    matches > 100);
}
END_TEST

START_TEST(every_pack_loads_with_its_examples)
{
	SL_CLEANUP(sl_freep)
	char *text = sl_asprintf(HEAD "extends: ['sluice:%s']\n", packs[_i]);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *site = parse("s", text);
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	struct sl_error err = SL_ERROR_INIT;

	ck_assert_ok(load(site, NULL, &policy, &err), &err);
	ck_assert_uint_ge(sl_policy_rule_count(policy), 8);
	for (size_t i = 4; i < sl_policy_rule_count(policy); i++)
		ck_assert_str_ne(sl_rule_description(
				     sl_policy_rule_at(policy, i)),
		    "");
}
END_TEST

/* The next literal display of a manual, with its escapes undone. */
static bool
next_display(const char **at, struct sl_buf *out)
{
	const char *start = strstr(*at, "\n.Bd -literal");
	const char *end;

	if (!start)
		return false;
	start = strchr(start + 1, '\n') + 1;
	end = strstr(start, ".Ed\n");
	ck_assert_ptr_nonnull(end);
	for (; start < end; start++) {
		sl_buf_addc(out, *start);
		if (start[0] == '\\' && start[1] == 'e')
			start++;
	}
	*at = end;
	return true;
}

START_TEST(the_examples_of_the_manual_load)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf page = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 16);
	SL_CLEANUP(sl_freep)
	char *path = sl_asprintf("%s/../man/sluice-policy.5", packs_dir());
	struct sl_error err = SL_ERROR_INIT;
	const char *at;
	int count = 0;

	ck_assert_ok(sl_fsx_read(path, &page, &err), &err);
	for (at = sl_buf_cstr(&page); next_display(&at, &text); count++) {
		SL_CLEANUP(sl_doc_freep)
		struct sl_doc *site = parse("manual", sl_buf_cstr(&text));
		SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;

		ck_assert_ok(load(site, NULL, &policy, &err), &err);
		sl_buf_clear(&text);
	}
	ck_assert_int_ge(count, 3);
}
END_TEST

/* Whether a text has `KEY:` where a key can stand. */
static bool
has_key(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (const char *at = text; (at = strstr(at, key)) != NULL; at += len)
		if (at > text && strchr(" {", at[-1]) && at[len] == ':')
			return true;
	return false;
}

START_TEST(every_key_has_an_example_in_the_manual)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf page = SL_BUF_INIT(1 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 18);
	SL_CLEANUP(sl_freep)
	char *path = sl_asprintf("%s/../man/sluice-policy.5", packs_dir());
	const struct sl_rule_kind *kind = sl_rule_kinds[_i];
	struct sl_error err = SL_ERROR_INIT;
	const char *at;

	ck_assert_ok(sl_fsx_read(path, &page, &err), &err);
	for (at = sl_buf_cstr(&page); next_display(&at, &text);)
		;
	for (size_t i = 0; kind->keys[i].name && !kind->internal; i++)
		ck_assert_msg(has_key(sl_buf_cstr(&text), kind->keys[i].name),
		    "the manual has no example of %s in a rule of kind %s",
		    kind->keys[i].name, kind->name);
}
END_TEST

static int
kind_count(void)
{
	int count = 0;

	while (sl_rule_kinds[count])
		count++;
	return count;
}

TCase *
tcase_packs(void)
{
	TCase *tc = tcase_create("packs");

	tcase_add_loop_test(tc, every_pack_loads_with_its_examples, 0,
	    SL_COUNT(packs));
	tcase_add_loop_test(tc, packs_find_the_same_by_windows, 0,
	    SL_COUNT(packs));
	tcase_add_test(tc, the_examples_of_the_manual_load);
	tcase_add_loop_test(tc, every_key_has_an_example_in_the_manual, 0,
	    kind_count());
	return tc;
}
