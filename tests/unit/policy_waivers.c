/* SPDX-License-Identifier: Apache-2.0 */
/* policy: waivers, and which change widens them. */
#include "policy_rig.h"

#include "base/mem.h"

#define UNTIL(day) "expires: " day

static const struct {
	const char *what;
	const char *before; /* keys of one waiver; "": there is none */
	const char *after;
	bool wider;
} waivers[] = {
	{ "a new one", "", "rule: a", true },
	{ "the same", "rule: a, path: b", "path: 'b', rule: 'a'", false },
	{ "none any more", "rule: a", "", false },
	{ "a list of one", "rule: a, path: b", "rule: [a], path: [b]", false },
	{ "in another order", "rule: [a, b], path: [c, d]",
	    "rule: [b, a], path: [d, c]", false },
	{ "one more rule", "rule: a", "rule: [a, b]", true },
	{ "one rule less", "rule: [a, b]", "rule: b", false },
	{ "another rule", "rule: a", "rule: b", true },
	{ "one more path", "rule: a, path: [b]", "rule: a, path: [b, c]",
	    true },
	{ "one path less", "rule: a, path: [b, c]", "rule: a, path: c",
	    false },
	{ "another path", "rule: a, path: b", "rule: a, path: c", true },
	{ "a path where none was", "rule: a", "rule: a, path: b", false },
	{ "no path where one was", "rule: a, path: b", "rule: a", true },
	{ "an empty list of paths", "rule: a, path: b", "rule: a, path: []",
	    true },
	{ "no list of paths", "rule: a, path: b", "rule: a, path: {b: b}",
	    true },
	{ "one more blob", "rule: a, blob: [b]", "rule: a, blob: [b, c]",
	    true },
	{ "one blob less", "rule: a, blob: [b, c]", "rule: a, blob: [b]",
	    false },
	{ "a blob where none was", "rule: a, path: b",
	    "rule: a, path: b, blob: c", false },
	{ "no blob where one was", "rule: a, path: b, blob: c",
	    "rule: a, path: b", true },
	{ "a blob in place of a path", "rule: a, path: b", "rule: a, blob: c",
	    true },
	{ "less, but longer", "rule: [a, b]",
	    "rule: a, " UNTIL("2030-01-02"), true },
	{ "less, and shorter", "rule: [a, b]",
	    "rule: a, " UNTIL("2029-12-31"), false },
};

/* The value of `waivers` with one that ends in 2030, unless it says so. */
static struct sl_doc *
waiver_list(const char *keys)
{
	bool dated = strstr(keys, "expires") != NULL;
	SL_CLEANUP(sl_freep) char *text = keys[0] == '\0' ?
	    sl_strdup("[]") :
	    sl_asprintf("[{%s%s}]", keys,
		dated ? "" : ", " UNTIL("2030-01-01"));

	return parse("w", text);
}

START_TEST(a_waiver_may_become_narrower)
{
	struct sl_doc *before = waiver_list(waivers[_i].before);
	struct sl_doc *after = waiver_list(waivers[_i].after);
	const struct sl_node *wider = sl_waivers_compare(sl_doc_root(before),
	    sl_doc_root(after));

	ck_assert_msg((wider != NULL) == waivers[_i].wider, "%s",
	    waivers[_i].what);
	if (wider != NULL)
		ck_assert_ptr_eq(wider, sl_node_at(sl_doc_root(after), 0));
	ck_assert_ptr_null(sl_waivers_compare(sl_doc_root(before), NULL));
	sl_doc_free(before);
	sl_doc_free(after);
}
END_TEST

TCase *
tcase_waivers(void)
{
	TCase *tc = tcase_create("waivers");

	tcase_add_loop_test(tc, a_waiver_may_become_narrower, 0,
	    SL_COUNT(waivers));
	return tc;
}
