/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commit: messages and identities of new commits.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"

#include <stdio.h>
#include <strings.h>

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

static const char *const commit_keys[] = { "subject", "subject-forbid",
	"subject-max", "body", "body-forbid", "message-has", "message-forbid",
	"author-name", "author-name-forbid", "author-email",
	"author-email-forbid", "committer-name", "committer-name-forbid",
	"committer-email", "committer-email-forbid", "trailers", "merges",
	"signed", NULL };
static const char *const merge_words[] = { "skip", "check", NULL };

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
	bool check_merges;
	bool is_signed;
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
commit_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct commit_rule *r = sl_alloc(sizeof(*r));
	size_t merges = 0, asked = 0;
	int rc = SL_OK;

	*state = r;
	for (size_t i = 0; i < PART_COUNT && rc == SL_OK; i++) {
		unsigned flags = parts[i].full ? SL_RX_FULL : SL_RX_SEARCH;

		sl_buf_init(&r->expected[i], 2000);
		rc = sl_rule_read_patterns(rule, parts[i].require, flags,
		    &r->require[i], err);
		if (rc == SL_OK)
			rc = sl_rule_read_patterns(rule, parts[i].forbid,
			    SL_RX_SEARCH, &r->forbid[i], err);
		sl_patterns_show(&r->require[i], &r->expected[i]);
		asked += r->require[i].count + r->forbid[i].count;
	}
	if (rc == SL_OK)
		rc = read_trailers(rule, r, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "subject-max", 1, 10000,
		    &r->subject_max, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "merges", merge_words, &merges,
		    err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "signed", &r->is_signed, err);
	if (rc < 0)
		return rc;
	r->check_merges = merges == 1;
	if (!asked && !r->trailer_count && !r->subject_max && !r->is_signed)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a commit rule needs subject, body, "
		    "message-has, trailers, an author or committer, or signed");
	return SL_OK;
}

/* Subject and body of a raw message: the body begins after the empty line. */
static void
split_message(struct sl_str message, struct sl_str *subject,
    struct sl_str *body)
{
	const char *end;

	while (message.len && message.ptr[0] == '\n') {
		message.ptr++;
		message.len--;
	}
	end = message.len ? memchr(message.ptr, '\n', message.len) : NULL;
	if (!end) {
		*subject = message;
		*body = sl_strn("", 0);
		return;
	}
	*subject = sl_strn(message.ptr, (size_t)(end - message.ptr));
	*body = sl_strn(end + 1, message.len - subject->len - 1);
	while (body->len && body->ptr[0] == '\n') {
		body->ptr++;
		body->len--;
	}
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

/* The next line of text, without its LF. */
static bool
next_line(struct sl_str *text, struct sl_str *line)
{
	const char *end;

	if (text->len == 0)
		return false;
	end = memchr(text->ptr, '\n', text->len);
	*line = sl_strn(text->ptr, end ? (size_t)(end - text->ptr) : text->len);
	text->ptr += line->len + (end != NULL);
	text->len -= line->len + (end != NULL);
	return true;
}

static int
has_trailer(struct sl_judge *j, const struct trailer *t, struct sl_str body,
    struct sl_error *err)
{
	struct sl_str line;

	while (next_line(&body, &line)) {
		struct sl_str value;
		int rc;

		if (line.len <= t->name.len || line.ptr[t->name.len] != ':' ||
		    strncasecmp(line.ptr, t->name.ptr, t->name.len) != 0)
			continue;
		value = sl_strn(line.ptr + t->name.len + 1,
		    line.len - t->name.len - 1);
		while (value.len && value.ptr[0] == ' ') {
			value.ptr++;
			value.len--;
		}
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

static int
commit_commit(struct sl_judge *j, void *state, const struct sl_commit *commit,
    struct sl_error *err)
{
	const struct commit_rule *r = state;
	bool staged = sl_oid_is_zero(&commit->oid);
	/* What is staged has nobody yet, and perhaps no message. */
	bool message = (commit->parent_count < 2 || r->check_merges) &&
	    !(staged && commit->message.len == 0);
	struct sl_str texts[PART_COUNT];
	int rc;

	split_message(commit->message, &texts[PART_SUBJECT],
	    &texts[PART_BODY]);
	texts[PART_MESSAGE] = commit->message;
	texts[PART_AUTHOR_NAME] = commit->author.name;
	texts[PART_AUTHOR_EMAIL] = commit->author.email;
	texts[PART_COMMITTER_NAME] = commit->committer.name;
	texts[PART_COMMITTER_EMAIL] = commit->committer.email;
	for (size_t i = 0; i < PART_COUNT; i++) {
		if (parts[i].of_message ? !message : staged)
			continue;
		rc = check_part(j, r, (enum part)i, texts[i], err);
		if (rc < 0)
			return rc;
	}
	if (r->is_signed && !commit->has_signature && !staged)
		sl_judge_found(j, &(struct sl_hit){
			.message = "commit {commit} is not signed",
			.fix = "git commit --amend -S",
		    });
	return message ? check_message(j, r, texts[PART_SUBJECT],
			     texts[PART_BODY], err) :
			 SL_OK;
}

const struct sl_rule_kind sl_kind_commit = {
	.name = "commit",
	.brief = "messages and identities of new commits",
	.keys = commit_keys,
	.parse = commit_parse,
	.free = commit_free,
	.commit = commit_commit,
};
