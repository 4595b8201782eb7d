/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit: messages and identities of new commits.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "policy/kinds/message.h"
#include "policy/kinds/people.h"
#include "policy/kinds/signed.h"

/* Parts of a commit that patterns are about. */
enum part {
	PART_SUBJECT,
	PART_BODY,
	PART_MESSAGE,
	PART_AUTHOR_NAME,
	PART_AUTHOR_EMAIL,
	PART_COMMITTER_NAME,
	PART_COMMITTER_EMAIL,
	PART_COUNT,
};

static const struct part_row {
	const char *require; /* key: must match */
	const char *forbid;  /* key: must not match */
	const char *name;    /* for messages */
	bool full;           /* full match, else search */
	bool of_message;     /* skipped for merges, see `merges` */
} parts[PART_COUNT] = {
	{ "subject", "subject-forbid", "subject", true, true },
	{ "body", "body-forbid", "body", false, true },
	{ "message-has", "message-forbid", "message", false, true },
	{ "author-name", "author-name-forbid", "author's name", true, false },
	{ "author-email", "author-email-forbid", "author's e-mail address",
	    true, false },
	{ "committer-name", "committer-name-forbid", "committer's name", true,
	    false },
	{ "committer-email", "committer-email-forbid",
	    "committer's e-mail address", true, false },
};

static const struct sl_key commit_keys[] = {
	{ .name = "subject", .tighten = SL_TIGHTEN_DROP },
	{ .name = "subject-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "subject-max", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "body", .tighten = SL_TIGHTEN_DROP },
	{ .name = "body-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "message-has", .tighten = SL_TIGHTEN_DROP },
	{ .name = "message-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "author-name", .tighten = SL_TIGHTEN_DROP },
	{ .name = "author-name-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "author-email", .tighten = SL_TIGHTEN_DROP },
	{ .name = "author-email-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "committer-name", .tighten = SL_TIGHTEN_DROP },
	{ .name = "committer-name-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "committer-email", .tighten = SL_TIGHTEN_DROP },
	{ .name = "committer-email-forbid", .tighten = SL_TIGHTEN_ADD },
	{ .name = "trailers", .tighten = SL_TIGHTEN_ADD },
	{ .name = "sign-off", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true" },
	{ .name = "merges", .tighten = SL_TIGHTEN_ORDER,
	    .order = "skip < check < deny" },
	{ .name = "reverts", .tighten = SL_TIGHTEN_ORDER,
	    .order = "skip < check < deny", .unset = "check" },
	{ .name = "utf8", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true" },
	{ .name = "identity", .tighten = SL_TIGHTEN_ADD },
	{ .name = "max-commits", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "signed", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true < verified" },
	{ .name = "signer", .tighten = SL_TIGHTEN_ADD },
	{ .name = NULL },
};
static const char *const signer_words[] = { "author", "committer", "pusher",
	NULL };

/* What becomes of merges and reverts. */
enum handling {
	HANDLING_SKIP, /* their messages are not judged */
	HANDLING_CHECK,
	HANDLING_DENY,
};
static const char *const handling_words[] = { "skip", "check", "deny", NULL };

struct trailer {
	struct sl_str name;
	struct sl_patterns value;
};

struct commit_rule {
	struct sl_patterns require[PART_COUNT];
	struct sl_patterns forbid[PART_COUNT];
	struct sl_buf expected[PART_COUNT];
	struct trailer *trailers;
	size_t trailer_count;
	uint64_t subject_max;
	uint64_t max_commits; /* 0: not asked */
	unsigned identity;
	size_t merges;  /* enum handling */
	size_t reverts;
	bool sign_off;
	bool utf8;
	struct sl_signed_rule is_signed;
	bool hears_commits; /* asks for anything but max_commits */
};

static void
commit_free(void *state)
{
	struct commit_rule *r = state;

	for (size_t i = 0; i < PART_COUNT; i++) {
		sl_patterns_release(&r->require[i]);
		sl_patterns_release(&r->forbid[i]);
		sl_buf_release(&r->expected[i]);
	}
	for (size_t i = 0; i < r->trailer_count; i++)
		sl_patterns_release(&r->trailers[i].value);
	free(r->trailers);
	free(r);
}

static int
read_trailers(struct sl_rule *rule, struct commit_rule *r,
    struct sl_error *err)
{
	const struct sl_node *map = sl_rule_get(rule, "trailers");

	if (!map)
		return SL_OK;
	if (sl_node_kind(map) != SL_NODE_MAP || sl_node_count(map) == 0)
		return sl_node_error(map, err, SL_ECONFIG,
		    "trailers must be a map from names to patterns, as "
		    "{Issue: '[A-Z]+-\\d+'}");
	r->trailers = sl_alloc_array(sl_node_count(map),
	    sizeof(*r->trailers));
	for (size_t i = 0; i < sl_node_count(map); i++) {
		int rc = sl_rule_compile_patterns(rule, sl_node_at(map, i),
		    "a trailer", SL_RX_FULL, &r->trailers[i].value, err);

		if (rc < 0)
			return rc;
		r->trailers[i].name = sl_node_text(sl_node_key(map, i));
		r->trailer_count++;
	}
	return SL_OK;
}

static int
read_parts(struct sl_rule *rule, struct commit_rule *r, size_t *asked,
    struct sl_error *err)
{
	int rc = SL_OK;

	for (size_t i = 0; i < PART_COUNT && rc == SL_OK; i++) {
		unsigned flags = parts[i].full ? SL_RX_FULL : SL_RX_SEARCH;

		sl_buf_init(&r->expected[i], 2000);
		rc = sl_rule_read_patterns(rule, parts[i].require, flags,
		    &r->require[i], err);
		if (rc == SL_OK)
			rc = sl_rule_read_patterns(rule, parts[i].forbid,
			    SL_RX_SEARCH, &r->forbid[i], err);
		sl_patterns_show(&r->require[i], &r->expected[i]);
		*asked += r->require[i].count + r->forbid[i].count;
	}
	return rc;
}

static int
commit_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct commit_rule *r = sl_alloc(sizeof(*r));
	size_t asked = 0;
	int rc;

	*state = r;
	r->reverts = HANDLING_CHECK;
	rc = read_parts(rule, r, &asked, err);
	if (rc == SL_OK)
		rc = read_trailers(rule, r, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "subject-max", 1, 10000,
		    &r->subject_max, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-commits", 1, 1000000,
		    &r->max_commits, err);
	if (rc == SL_OK)
		rc = sl_rule_read_words(rule, "identity", sl_identity_words,
		    &r->identity, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "merges", handling_words,
		    &r->merges, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "reverts", handling_words,
		    &r->reverts, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "sign-off", &r->sign_off, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "utf8", &r->utf8, err);
	if (rc == SL_OK)
		rc = sl_signed_read(rule, signer_words, &r->is_signed, err);
	if (rc < 0)
		return rc;
	r->hears_commits = asked || r->trailer_count || r->subject_max ||
	    r->identity || r->merges == HANDLING_DENY ||
	    r->reverts == HANDLING_DENY || r->sign_off || r->utf8 ||
	    r->is_signed.present;
	if (!r->hears_commits && !r->max_commits)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a commit rule needs subject, body, "
		    "message-has, trailers, an author or committer, identity, "
		    "sign-off, utf8, signed, max-commits, or merges or reverts "
		    "that it denies");
	return SL_OK;
}

static int
check_part(struct sl_judge *j, const struct commit_rule *r, enum part part,
    struct sl_str text, struct sl_error *err)
{
	struct sl_rx_match match;
	struct sl_rx *rx = NULL;
	const char *missing, *unwanted;
	SL_CLEANUP(sl_freep) char *missing_text = NULL;
	SL_CLEANUP(sl_freep) char *unwanted_text = NULL;
	int rc;

	if (r->require[part].count) {
		rc = sl_patterns_match(&r->require[part], j->scratch, text,
		    NULL, NULL, err);
		if (rc < 0)
			return rc;
		missing = missing_text = sl_asprintf(
		    "commit {commit}: the %s \"{found}\" is not like "
		    "{expected}", parts[part].name);
		if (rc == SL_RX_NO)
			sl_judge_found(j, &(struct sl_hit){
				.found = text,
				.expected = sl_buf_str(&r->expected[part]),
				.message = missing,
				.fix = parts[part].of_message ?
					       "git commit --amend, or git "
					       "rebase -i for an older one" :
					       NULL,
			    });
	}
	rc = sl_patterns_match(&r->forbid[part], j->scratch, text, &rx, &match,
	    err);
	if (rc == SL_RX_YES) {
		unwanted = unwanted_text = sl_asprintf(
		    "commit {commit}: the %s must not say \"{found}\"",
		    parts[part].name);
		sl_judge_found(j, &(struct sl_hit){
			.found = match.group[0],
			.rx = rx,
			.match = &match,
			.message = unwanted,
		    });
	}
	return rc < 0 ? rc : SL_OK;
}

static int
has_trailer(struct sl_judge *j, const struct trailer *t, struct sl_str body,
    struct sl_error *err)
{
	struct sl_str line;

	while (sl_str_take_line(&body, &line)) {
		struct sl_str value;
		int rc;

		if (!sl_message_trailer(line, t->name, &value))
			continue;
		rc = sl_patterns_match(&t->value, j->scratch, value, NULL,
		    NULL, err);
		if (rc != SL_RX_NO)
			return rc;
	}
	return SL_RX_NO;
}

static int
check_trailers(struct sl_judge *j, const struct commit_rule *r,
    struct sl_str body, struct sl_error *err)
{
	for (size_t i = 0; i < r->trailer_count; i++) {
		const struct trailer *t = &r->trailers[i];
		SL_CLEANUP(sl_buf_release) struct sl_buf want =
		    SL_BUF_INIT(2000);
		int rc = has_trailer(j, t, body, err);

		if (rc < 0)
			return rc;
		if (rc == SL_RX_YES)
			continue;
		sl_patterns_show(&t->value, &want);
		sl_judge_found(j, &(struct sl_hit){
			.missing = t->name,
			.expected = sl_buf_str(&want),
			.message = "commit {commit} lacks a trailer "
				   "\"{missing}: {expected}\"",
			.fix = "git commit --amend --trailer "
			       "'{missing}: ...'",
		    });
	}
	return SL_OK;
}

static int
check_message(struct sl_judge *j, const struct commit_rule *r,
    struct sl_str subject, struct sl_str body, struct sl_error *err)
{
	if (r->subject_max && subject.len > r->subject_max) {
		char want[32];

		snprintf(want, sizeof(want), "%llu",
		    (unsigned long long)r->subject_max);
		sl_judge_found(j, &(struct sl_hit){
			.found = subject,
			.expected = sl_str(want),
			.message = "commit {commit}: the subject is longer "
				   "than {expected} bytes",
			.fix = "git commit --amend: one short line, an empty "
			       "line, then the rest",
		    });
	}
	return check_trailers(j, r, body, err);
}

static void
check_sign_off(struct sl_judge *j, const struct sl_commit *commit,
    struct sl_str body)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf want = SL_BUF_INIT(2000);
	/* What is staged has no author yet. */
	bool staged = sl_oid_is_zero(&commit->oid);

	if (sl_message_is_signed_off(body, staged ? NULL : &commit->author))
		return;
	sl_people_show(&commit->author, &want);
	sl_judge_found(j, &(struct sl_hit){
		.missing = SL_STR("Signed-off-by"),
		.expected = staged ? SL_STR("NAME <ADDRESS>") :
				     sl_buf_str(&want),
		.message = "commit {commit} is not signed off by its author: "
			   "it lacks a line \"{missing}: {expected}\"",
		.fix = "git commit --amend --signoff, or git rebase --signoff "
		       "for several",
	    });
}

static void
check_utf8(struct sl_judge *j, const struct sl_commit *commit)
{
	const struct {
		struct sl_str text;
		const char *name;
	} texts[] = {
		{ commit->message, "message" },
		{ commit->author.name, parts[PART_AUTHOR_NAME].name },
		{ commit->author.email, parts[PART_AUTHOR_EMAIL].name },
		{ commit->committer.name, parts[PART_COMMITTER_NAME].name },
		{ commit->committer.email, parts[PART_COMMITTER_EMAIL].name },
	};

	if (commit->encoding.len && !sl_str_eqs(commit->encoding, "UTF-8") &&
	    !sl_str_eqs(commit->encoding, "utf-8"))
		sl_judge_found(j, &(struct sl_hit){
			.found = commit->encoding,
			.message = "commit {commit} says that its text is "
				   "{found}, not UTF-8",
			.fix = "git config --unset i18n.commitEncoding, then "
			       "git commit --amend",
		    });
	for (size_t i = 0; i < SL_COUNT(texts); i++)
		if (!sl_utf8_valid(texts[i].text) ||
		    (texts[i].text.len &&
			memchr(texts[i].text.ptr, '\0', texts[i].text.len)))
			sl_judge_found(j, &(struct sl_hit){
				.found = sl_str(texts[i].name),
				.message = "commit {commit}: the {found} is "
					   "not UTF-8 text",
				.fix = "git commit --amend, in a terminal "
				       "that writes UTF-8",
			    });
}

/* Merges and reverts where the rule does not take them. */
static void
check_shape(struct sl_judge *j, const struct commit_rule *r,
    const struct sl_commit *commit, bool revert)
{
	if (r->merges == HANDLING_DENY && commit->parent_count > 1)
		sl_judge_found(j, &(struct sl_hit){
			.message = "commit {commit} is a merge",
			.fix = "git rebase onto the branch instead of merging "
			       "it",
		    });
	if (r->reverts == HANDLING_DENY && revert)
		sl_judge_found(j, &(struct sl_hit){
			.message = "commit {commit} is a plain revert",
			.fix = "git commit --amend, and say why in a subject "
			       "of its own",
		    });
}

static int
check_signed(struct sl_judge *j, const struct commit_rule *r,
    const struct sl_commit *commit, struct sl_error *err)
{
	static const struct sl_signed_words words = {
		.words = signer_words,
		.missing = "commit {commit} is not signed",
		.bad = "commit {commit}: its signature {found}",
		.other = "commit {commit} is signed by {found}, who is not "
			 "its {expected}",
		.fix = "git commit --amend -S, with a key that the site lists "
		       "for you; git rebase --force-rebase -S for several",
	};

	return sl_signed_check(j, &r->is_signed, &(struct sl_signed_object){
		.oid = &commit->oid,
		.has_signature = commit->has_signature,
		.email = commit->committer.email,
		.made = { commit->author.email, commit->committer.email },
	    }, &words, err);
}

/* Whether the message is judged. */
static bool
judges_message(const struct commit_rule *r, const struct sl_commit *commit,
    bool revert)
{
	/* What is staged perhaps has none yet. */
	if (sl_oid_is_zero(&commit->oid) && commit->message.len == 0)
		return false;
	if (commit->parent_count > 1 && r->merges != HANDLING_CHECK)
		return false;
	return !revert || r->reverts == HANDLING_CHECK;
}

static int
commit_commit(struct sl_judge *j, void *state, const struct sl_commit *commit,
    struct sl_error *err)
{
	const struct commit_rule *r = state;
	bool staged = sl_oid_is_zero(&commit->oid); /* has nobody yet */
	struct sl_str texts[PART_COUNT];
	bool revert, message;
	int rc;

	sl_message_split(commit->message, &texts[PART_SUBJECT],
	    &texts[PART_BODY]);
	texts[PART_MESSAGE] = commit->message;
	texts[PART_AUTHOR_NAME] = commit->author.name;
	texts[PART_AUTHOR_EMAIL] = commit->author.email;
	texts[PART_COMMITTER_NAME] = commit->committer.name;
	texts[PART_COMMITTER_EMAIL] = commit->committer.email;
	revert = sl_message_is_revert(texts[PART_SUBJECT], texts[PART_BODY]);
	message = judges_message(r, commit, revert);
	check_shape(j, r, commit, revert);
	if (r->utf8)
		check_utf8(j, commit);
	if (r->identity && !staged)
		sl_identity_check(j, r->identity, commit);
	for (size_t i = 0; i < PART_COUNT; i++) {
		if (parts[i].of_message ? !message : staged)
			continue;
		rc = check_part(j, r, (enum part)i, texts[i], err);
		if (rc < 0)
			return rc;
	}
	if (!staged) {
		rc = check_signed(j, r, commit, err);
		if (rc < 0)
			return rc;
	}
	if (!message)
		return SL_OK;
	if (r->sign_off)
		check_sign_off(j, commit, texts[PART_BODY]);
	return check_message(j, r, texts[PART_SUBJECT], texts[PART_BODY], err);
}

static bool
commit_wants_commits(const void *state)
{
	return ((const struct commit_rule *)state)->hears_commits;
}

/* How many new commits a line of the push brings. */
static int
commit_ref(struct sl_judge *j, void *state, const struct sl_ref_change *ref,
    struct sl_error *err SL_UNUSED)
{
	const struct commit_rule *r = state;
	char found[32], expected[32];

	if (!r->max_commits || ref->commit_count <= r->max_commits)
		return SL_OK;
	snprintf(found, sizeof(found), "%zu", ref->commit_count);
	snprintf(expected, sizeof(expected), "%llu",
	    (unsigned long long)r->max_commits);
	sl_judge_found(j, &(struct sl_hit){
		.found = sl_str(found),
		.expected = sl_str(expected),
		.message = "{ref} brings {found} new commits, more than "
			   "{expected}",
		.fix = "squash what belongs together, or push it in parts: "
		       "git push origin COMMIT:BRANCH",
	    });
	return SL_OK;
}

const struct sl_rule_kind sl_kind_commit = {
	.name = "commit",
	.brief = "messages and identities of new commits",
	.keys = commit_keys,
	.parse = commit_parse,
	.free = commit_free,
	.ref = commit_ref,
	.wants_commits = commit_wants_commits,
	.commit = commit_commit,
};
