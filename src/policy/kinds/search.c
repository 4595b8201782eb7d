/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/search.h"

#include "policy/kinds/files.h"

/* Matches that `allow` takes back are counted too, so that a text of them
 * ends. */
#define MAX_MATCHES 10000

int
sl_search_read(struct sl_rule *rule, struct sl_search *search,
    struct sl_error *err)
{
	int rc = sl_rule_read_patterns(rule, "match", SL_RX_SEARCH,
	    &search->match, err);

	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "allow", SL_RX_SEARCH,
		    &search->allow, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "secret", &search->secret, err);
	if (rc == SL_OK && search->secret)
		sl_rule_hide_groups(rule);
	return rc;
}

void
sl_search_scan_blobs(struct sl_rule *rule, struct sl_search *search)
{
	search->first = sl_rule_scan_patterns(rule, &search->match);
	search->scanned = true;
}

void
sl_search_release(struct sl_search *search)
{
	sl_patterns_release(&search->match);
	sl_patterns_release(&search->allow);
}

/* How a secret begins, and its length; nothing of a short one. */
static void
redact(struct sl_str secret, struct sl_buf *out)
{
	if (secret.len >= 20)
		sl_buf_addf(out, "%.4s... (%zu characters)", secret.ptr,
		    secret.len);
	else
		sl_buf_addf(out, "... (%zu characters)", secret.len);
}

/* The part of a match that is the point of it: the group (?<secret>...). */
static struct sl_str
point_of(const struct sl_rx *rx, const struct sl_rx_match *match)
{
	size_t group = sl_rx_group_of(rx, SL_STR("secret"));

	if (group && match->group[group].ptr)
		return match->group[group];
	return match->group[0];
}

/* One search: what for, where, and who hears of it. */
struct task {
	const struct sl_search *search;
	struct sl_judge *j;
	struct sl_str text;
	uint64_t *left;
	sl_search_fn *fn;
	void *ctx;
	struct sl_scan *scan; /* at this text; NULL: search all of it */
};

static void
tell(const struct task *t, const struct sl_position *at,
    const struct sl_rx *rx, const struct sl_rx_match *match)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(64);
	struct sl_str found = point_of(rx, match);
	struct sl_hit hit = {
		.line = at->line,
		.col = sl_position_col(at),
		.found = found,
		.rx = rx,
		.match = match,
		.message = "\"{found}\" must not be in this file",
	};

	if (t->search->secret) {
		redact(found, &shown);
		hit.found = sl_buf_str(&shown);
		hit.message = "this looks like a secret: {found}";
		hit.fix = "take it out of every commit of the push (git "
			  "rebase -i), and make a new one: it has left your "
			  "machine";
	}
	t->fn(t->ctx, &hit);
}

static int
next_match(const struct task *t, size_t pattern, size_t start,
    struct sl_rx_match *match, struct sl_error *err)
{
	if (t->scan)
		return sl_scan_match(t->scan, t->search->first + pattern,
		    t->j->scratch, start, match, err);
	return sl_rx_match(t->search->match.rx[pattern], t->j->scratch,
	    t->text, start, match, err);
}

static int
search_one(const struct task *t, size_t pattern, struct sl_error *err)
{
	const struct sl_rx *rx = t->search->match.rx[pattern];
	struct sl_position at = { 0, 1, 0 };
	struct sl_rx_match match;
	size_t start = 0;
	int rc;

	for (unsigned i = 0; i < MAX_MATCHES && *t->left; i++) {
		struct sl_str point;
		int allowed;

		rc = next_match(t, pattern, start, &match, err);
		if (rc != SL_RX_YES)
			return rc;
		point = point_of(rx, &match);
		allowed = sl_patterns_match(&t->search->allow, t->j->scratch,
		    point, NULL, NULL, err);
		if (allowed < 0)
			return allowed;
		if (allowed == SL_RX_NO) {
			size_t offset = (size_t)(point.ptr - t->text.ptr);

			/* A look-behind may point back before the last. */
			if (offset < at.offset)
				at = (struct sl_position){ 0, 1, 0 };
			sl_position_advance(&at, t->text, offset);
			tell(t, &at, rx, &match);
			(*t->left)--;
		}
		/* An empty match moves on by one byte, or never ends. */
		start = match.end > start ? match.end : start + 1;
		if (start > t->text.len)
			return SL_OK;
	}
	return *t->left ? sl_error_set(err, SL_ELIMIT,
			      "more than %d matches in one file",
			      MAX_MATCHES) :
			  SL_OK;
}

int
sl_search_text(const struct sl_search *search, struct sl_judge *j,
    struct sl_str text, uint64_t *left, sl_search_fn *fn, void *ctx,
    struct sl_error *err)
{
	struct task t = { search, j, text.ptr ? text : SL_STR(""), left, fn,
		ctx, NULL };

	/* Others, as cells of a notebook, are short. */
	if (search->scanned && j->scan &&
	    sl_scan_text(j->scan).ptr == text.ptr &&
	    sl_scan_text(j->scan).len == text.len)
		t.scan = j->scan;
	for (size_t i = 0; i < search->match.count; i++) {
		int rc = search_one(&t, i, err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}
