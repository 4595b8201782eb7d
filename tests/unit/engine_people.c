/* SPDX-License-Identifier: Apache-2.0 */
/* engine: who made a commit, who pushes it, and how many at once. */
#include "engine_rig.h"

#include "base/mem.h"

/* The site's people: Ana has two addresses. */
static struct sl_str
person_of(const void *from, struct sl_str email)
{
	ck_assert_ptr_eq(from, &push);
	if (sl_str_eqs(email, "ana@example.org") ||
	    sl_str_eqs(email, "ana@home.example"))
		return SL_STR("ana");
	return sl_str_eqs(email, "lea@example.org") ? SL_STR("lea") :
						      sl_strn("", 0);
}

#define HOME "ana@home.example"
#define ANA "ana@example.org"
#define LEA "lea@example.org"
#define EVE "eve@example.org"

static const struct {
	const char *author;
	const char *committer;
	const char *pusher; /* NULL: nobody that the site knows */
	const char *identity;
	bool found;
} people[] = {
	{ EVE, ANA, "ana", "known-author", true },
	{ "", ANA, "ana", "known-author", true },
	{ ANA, EVE, "ana", "known-author", false },
	{ ANA, EVE, "ana", "known-committer", true },
	{ EVE, ANA, "ana", "known-committer", false },
	{ LEA, ANA, "ana", "author-is-pusher", true },
	{ EVE, ANA, "ana", "author-is-pusher", true },
	{ HOME, ANA, "ana", "author-is-pusher", false },
	{ ANA, ANA, NULL, "author-is-pusher", true },
	{ "", "", NULL, "author-is-pusher", true },
	{ LEA, ANA, "ana", "committer-is-pusher", false },
	{ ANA, LEA, "ana", "committer-is-pusher", true },
	{ ANA, LEA, "ana", "author-is-committer", true },
	{ "", "", "ana", "author-is-committer", true },
	{ EVE, "EVE@example.org", "ana", "author-is-committer", false },
	{ ANA, HOME, "ana", "author-is-committer", false },
};

static void
push_by(const char *author, const char *committer)
{
	size_t c = push_commit("m");

	push_takes(push_ref("refs/heads/main", 0), c);
	push.commits[c].author.email = sl_str(author);
	push.commits[c].committer.email = sl_str(committer);
}

START_TEST(people_are_those_of_the_site)
{
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: commit, identity: %s}\n",
	    people[_i].identity);
	const struct sl_verdict *v;

	push_by(people[_i].author, people[_i].committer);
	options.pusher = (struct sl_pusher){
		.state = people[_i].pusher ? SL_PUSHER_KNOWN :
					     SL_PUSHER_NOBODY,
		.person = sl_str(people[_i].pusher),
		.person_of = person_of,
		.site = &push,
	};
	v = judge(rules);
	ck_assert_uint_eq(v->undecided_count, 0);
	ck_assert_uint_eq(v->deferred_count, 0);
	ck_assert_uint_eq(v->finding_count, people[_i].found);
}
END_TEST

START_TEST(a_stranger_is_named)
{
	push_by(EVE, ANA);
	options.pusher = (struct sl_pusher){ .state = SL_PUSHER_KNOWN,
		.person = SL_STR("ana"), .person_of = person_of,
		.site = &push };
	assert_one(judge("  a: {kind: commit, identity: [author-is-pusher, "
			 "known-committer]}\n"),
	    "commit 630100000000: ana pushes it, but its author is "
	    "Ana <" EVE ">");
}
END_TEST

START_TEST(elsewhere_people_are_deferred)
{
	const struct sl_verdict *v;

	push_by(ANA, HOME);
	v = judge("  a: {kind: commit, identity: [known-author, "
		  "known-committer, author-is-pusher, committer-is-pusher, "
		  "author-is-committer]}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(v->deferred_count, 2);
}
END_TEST

START_TEST(what_is_staged_has_nobody)
{
	const struct sl_verdict *v;

	push_by("", "");
	memset(&push.commits[0].oid, 0, sizeof(struct sl_oid));
	push.commits[0].author.name = sl_strn("", 0);
	push.commits[0].message = SL_STR("S\n\nSigned-off-by: Ana <a@b>\n");
	v = judge("  a: {kind: commit, identity: [known-author], "
		  "sign-off: true, signed: true}\n");
	ck_assert_uint_eq(v->finding_count, 0);
	ck_assert_uint_eq(v->deferred_count, 0);
}
END_TEST

START_TEST(another_encoding_is_seen)
{
	push_by(ANA, ANA);
	push.commits[0].encoding = SL_STR("ISO-8859-1");
	assert_one(judge("  a: {kind: commit, utf8: true}\n"),
	    "commit 630100000000 says that its text is ISO-8859-1, not "
	    "UTF-8");
}
END_TEST

/* --- signatures --- */

static struct sl_signature signature;

static int
verify(void *ctx, const struct sl_oid *object, struct sl_str email,
    const struct sl_signature **out, struct sl_error *err)
{
	ck_assert_ptr_eq(ctx, &push);
	ck_assert_int_eq(object->id[0], 'c');
	ck_assert(sl_str_eqs(email, HOME));
	*out = &signature;
	return signature.good || signature.reason.len ?
		   SL_OK :
		   sl_error_set(err, SL_EIO, "the program is broken");
}

static const struct {
	const char *signer; /* NULL: not good */
	const char *reason; /* NULL: it is not known */
	const char *rule;
	enum sl_outcome outcome;
	const char *message;
} signatures[] = {
	{ ANA, NULL, "signed: verified", SL_OUTCOME_PASS, NULL },
	{ NULL, NULL, "signed: verified", SL_OUTCOME_UNDECIDED, NULL },
	{ NULL, "is bad\033", "signed: verified", SL_OUTCOME_FAIL,
	    "commit 630100000000: its signature is bad\\x1b" },
	{ NULL, "is bad", "signed: true", SL_OUTCOME_PASS, NULL },
	{ ANA, NULL, "signed: verified, signer: committer", SL_OUTCOME_PASS,
	    NULL },
	{ "ana", NULL, "signed: verified, signer: committer",
	    SL_OUTCOME_PASS, NULL },
	{ ANA, NULL, "signed: verified, signer: [author, committer]",
	    SL_OUTCOME_FAIL,
	    "commit 630100000000 is signed by ana@example.org, who is not its "
	    "author" },
	{ LEA, NULL, "signed: verified, signer: pusher", SL_OUTCOME_FAIL,
	    "commit 630100000000 is signed by lea@example.org, who is not its "
	    "pusher" },
	{ ANA, NULL, "signed: verified, signer: pusher", SL_OUTCOME_PASS,
	    NULL },
};

START_TEST(signatures_are_verified_on_the_server)
{
	SL_CLEANUP(sl_freep)
	char *rules = sl_asprintf("  a: {kind: commit, %s}\n",
	    signatures[_i].rule);
	const struct sl_verdict *v;

	push_by(LEA, HOME);
	push.commits[0].has_signature = true;
	signature = (struct sl_signature){
		.good = signatures[_i].signer != NULL,
		.signer = sl_str(signatures[_i].signer),
		.reason = sl_str(signatures[_i].reason),
	};
	options.verify = verify;
	options.verify_ctx = &push;
	options.pusher = (struct sl_pusher){ .state = SL_PUSHER_KNOWN,
		.person = SL_STR("ana"), .person_of = person_of,
		.site = &push };
	v = judge(rules);
	ck_assert_int_eq(v->outcome, signatures[_i].outcome);
	if (signatures[_i].message)
		assert_one(v, signatures[_i].message);
}
END_TEST

START_TEST(signatures_are_deferred_elsewhere)
{
	const struct sl_verdict *v;

	push_by(LEA, HOME);
	push.commits[0].has_signature = true;
	v = judge("  a: {kind: commit, signed: verified, signer: pusher}\n");
	ck_assert_int_eq(v->outcome, SL_OUTCOME_PASS);
	ck_assert_uint_eq(v->deferred_count, 1);
}
END_TEST

START_TEST(commits_are_counted_for_each_ref)
{
	struct sl_ref_change *main_ref = push_ref("refs/heads/main", 0);
	struct sl_ref_change *other = push_ref("refs/heads/x", 0);

	for (size_t i = 0; i < 3; i++)
		push_takes(main_ref, push_commit("m"));
	push_takes(other, 0);
	push_takes(other, 1);
	assert_one(judge("  a: {kind: commit, max-commits: 2}\n"),
	    "refs/heads/main brings 3 new commits, more than 2");
}
END_TEST

TCase *
tcase_people(void)
{
	TCase *tc = make_case("people");

	tcase_add_loop_test(tc, people_are_those_of_the_site, 0,
	    SL_COUNT(people));
	tcase_add_test(tc, a_stranger_is_named);
	tcase_add_test(tc, elsewhere_people_are_deferred);
	tcase_add_test(tc, what_is_staged_has_nobody);
	tcase_add_test(tc, another_encoding_is_seen);
	tcase_add_loop_test(tc, signatures_are_verified_on_the_server, 0,
	    SL_COUNT(signatures));
	tcase_add_test(tc, signatures_are_deferred_elsewhere);
	tcase_add_test(tc, commits_are_counted_for_each_ref);
	return tc;
}
