/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content: text that new or changed files must not hold.
 *
 * Defined by a search over the whole file in byte mode. What a rule about
 * secrets finds is never shown: only how it begins, and its length.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/num.h"
#include "policy/policy.h"

#define DEFAULT_MAX_BYTES ((uint64_t)10 << 20)
#define DEFAULT_MAX_FINDINGS 20
/* Git's own test of what is binary looks so far. */
#define BINARY_LOOK 8000
/* Matches that `allow` takes back are counted too, so that a file of them
 * ends. */
#define MAX_MATCHES 10000

static const char *const too_large_words[] = { "undecided", "skip", NULL };
static const char *const binary_words[] = { "skip", "check", NULL };

struct content_rule {
	struct sl_patterns match;
	struct sl_patterns allow;
	struct sl_files files;
	uint64_t max_bytes;
	uint64_t max_findings;
	bool secret;
	bool skip_large;
	bool check_binary;
	char *skip_reason;
};

static const char *const content_keys[] = { "match", "allow", "files",
	"except", "secret", "max-bytes", "max-findings", "too-large",
	"binary", NULL };

static void
content_free(void *state)
{
	struct content_rule *r = state;

	sl_patterns_release(&r->match);
	sl_patterns_release(&r->allow);
	sl_files_release(&r->files);
	free(r->skip_reason);
	free(r);
}

static int
read_content_patterns(struct sl_rule *rule, struct content_rule *r,
    struct sl_error *err)
{
	int rc = sl_rule_read_patterns(rule, "match", SL_RX_SEARCH, &r->match,
	    err);

	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "allow", SL_RX_SEARCH,
		    &r->allow, err);
	if (rc == SL_OK)
		rc = sl_rule_read_files(rule, &r->files, err);
	return rc;
}

static int
content_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct content_rule *r = sl_alloc(sizeof(*r));
	size_t too_large = 0, binary = 0;
	int rc;

	*state = r;
	r->max_bytes = DEFAULT_MAX_BYTES;
	r->max_findings = DEFAULT_MAX_FINDINGS;
	r->skip_reason = sl_asprintf("rule %s", sl_rule_name(rule));
	rc = read_content_patterns(rule, r, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "secret", &r->secret, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bytes(rule, "max-bytes", &r->max_bytes, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-findings", 1, 1000,
		    &r->max_findings, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "too-large", too_large_words,
		    &too_large, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "binary", binary_words, &binary,
		    err);
	if (rc < 0)
		return rc;
	r->skip_large = too_large == 1;
	/* A zero byte must not be all that it takes to hide a secret. */
	r->check_binary = binary == 1 ||
	    (r->secret && sl_rule_get(rule, "binary") == NULL);
	if (!r->match.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a content rule needs match");
	if (r->max_bytes == 0 || r->max_bytes > (uint64_t)16 << 20)
		return sl_node_error(sl_rule_get(rule, "max-bytes"), err,
		    SL_ECONFIG, "max-bytes must be from 1 B to 16 MiB");
	if (r->secret)
		sl_rule_hide_groups(rule);
	return SL_OK;
}

static int
content_wants(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_error *err)
{
	const struct content_rule *r = state;

	return sl_files_match(&r->files, j->scratch, path, err);
}

static uint64_t
content_cap(const void *state)
{
	return ((const struct content_rule *)state)->max_bytes;
}

static int
content_too_large(struct sl_judge *j, void *state,
    struct sl_str path SL_UNUSED, uint64_t size, struct sl_error *err)
{
	const struct content_rule *r = state;
	SL_CLEANUP(sl_buf_release) struct sl_buf is = SL_BUF_INIT(64);
	SL_CLEANUP(sl_buf_release) struct sl_buf max = SL_BUF_INIT(64);

	if (r->skip_large) {
		sl_judge_skipped(j, "files over max-bytes", r->skip_reason);
		return SL_OK;
	}
	(void)sl_num_format_bytes(&is, size);
	(void)sl_num_format_bytes(&max, r->max_bytes);
	return sl_error_set(err, SL_ELIMIT,
	    "not read: %s is more than max-bytes (%s)", sl_buf_cstr(&is),
	    sl_buf_cstr(&max));
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

/* Line and column, counted on from the match before. */
struct position {
	size_t offset;
	unsigned line;
	size_t line_start;
};

static void
advance(struct position *p, struct sl_str bytes, size_t offset)
{
	while (p->offset < offset) {
		const char *lf = memchr(bytes.ptr + p->offset, '\n',
		    offset - p->offset);

		if (!lf) {
			p->offset = offset;
			return;
		}
		p->offset = (size_t)(lf - bytes.ptr) + 1;
		p->line_start = p->offset;
		p->line++;
	}
}

static void
tell(struct sl_judge *j, const struct content_rule *r, struct sl_str path,
    const struct position *at, size_t start, const struct sl_rx *rx,
    const struct sl_rx_match *match)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(64);
	struct sl_str found = point_of(rx, match);
	struct sl_hit hit = {
		.path = path,
		.line = at->line,
		.col = (unsigned)(start - at->line_start) + 1,
		.found = found,
		.rx = rx,
		.match = match,
		.message = "\"{found}\" must not be in this file",
	};

	if (r->secret) {
		redact(found, &shown);
		hit.found = sl_buf_str(&shown);
		hit.message = "this looks like a secret: {found}";
		hit.fix = "take it out of every commit of the push (git "
			  "rebase -i), and make a new one: it has left your "
			  "machine";
	}
	sl_judge_found(j, &hit);
}

static int
search(struct sl_judge *j, const struct content_rule *r, struct sl_rx *rx,
    struct sl_str path, struct sl_str bytes, uint64_t *left,
    struct sl_error *err)
{
	struct position at = { 0, 1, 0 };
	struct sl_rx_match match;
	size_t start = 0;
	int rc;

	for (unsigned i = 0; i < MAX_MATCHES && *left; i++) {
		struct sl_str point;
		int allowed;

		rc = sl_rx_match(rx, j->scratch, bytes, start, &match, err);
		if (rc != SL_RX_YES)
			return rc;
		point = point_of(rx, &match);
		allowed = sl_patterns_match(&r->allow, j->scratch, point, NULL,
		    NULL, err);
		if (allowed < 0)
			return allowed;
		if (allowed == SL_RX_NO) {
			size_t offset = (size_t)(point.ptr - bytes.ptr);

			/* A look-behind may point back before the last. */
			if (offset < at.offset)
				at = (struct position){ 0, 1, 0 };
			advance(&at, bytes, offset);
			tell(j, r, path, &at, offset, rx, &match);
			(*left)--;
		}
		/* An empty match moves on by one byte, or never ends. */
		start = match.end > start ? match.end : start + 1;
		if (start > bytes.len)
			return SL_OK;
	}
	return *left ? sl_error_set(err, SL_ELIMIT,
			   "more than %d matches in one file", MAX_MATCHES) :
		       SL_OK;
}

static int
content_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err)
{
	const struct content_rule *r = state;
	size_t look = bytes.len < BINARY_LOOK ? bytes.len : BINARY_LOOK;
	uint64_t left = r->max_findings;

	if (!r->check_binary && look && memchr(bytes.ptr, '\0', look)) {
		sl_judge_skipped(j, "binary files", r->skip_reason);
		return SL_OK;
	}
	for (size_t i = 0; i < r->match.count; i++) {
		int rc = search(j, r, r->match.rx[i], path, bytes, &left, err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

const struct sl_rule_kind sl_kind_content = {
	.name = "content",
	.brief = "text that new or changed files must not hold",
	.keys = content_keys,
	.parse = content_parse,
	.free = content_free,
	.wants_blob = content_wants,
	.blob_cap = content_cap,
	.blob_too_large = content_too_large,
	.blob = content_blob,
};
