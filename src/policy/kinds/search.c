/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/search.h"

#include "policy/kinds/files.h"

/* Matches that `allow` takes back are counted too, so that a text of them
 * ends. */
#define MAX_MATCHES 10000

/* What is looked at of a line before and after a match. */
#define LINE_AROUND 4096

/* Words in a rule. */
#define MAX_WORDS 100
#define MAX_WORD 64

/* One word as a pattern: every byte that could mean something is escaped. */
static int
add_word(const struct sl_node *node, struct sl_buf *pattern,
    struct sl_error *err)
{
	struct sl_str word;
	int rc = sl_node_read_text(node, "a keyword", &word, err);

	if (rc < 0)
		return rc;
	if (word.len < 3 || word.len > MAX_WORD)
		return sl_node_error(node, err, SL_ECONFIG,
		    "a keyword has from 3 to %d bytes", MAX_WORD);
	sl_buf_adds(pattern, pattern->len ? "|" : "(?i)");
	for (size_t i = 0; i < word.len; i++) {
		uint8_t c = (uint8_t)word.ptr[i];

		if (c < 128 && !strchr(" _-", c) &&
		    !(c >= '0' && c <= '9') &&
		    !((c | 32) >= 'a' && (c | 32) <= 'z'))
			sl_buf_addc(pattern, '\\');
		sl_buf_addc(pattern, (char)c);
	}
	return SL_OK;
}

static int
read_keywords(struct sl_rule *rule, struct sl_patterns *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf pattern =
	    SL_BUF_INIT(SL_RX_MAX_PATTERN * 2);
	const struct sl_node *node = sl_rule_get(rule, "keywords");
	bool list = node && sl_node_kind(node) == SL_NODE_LIST;
	size_t count = list ? sl_node_count(node) : 1;

	if (!node)
		return SL_OK;
	if (count == 0 || count > MAX_WORDS)
		return sl_node_error(node, err, SL_ECONFIG,
		    "keywords must be from 1 to %d words", MAX_WORDS);
	for (size_t i = 0; i < count; i++) {
		int rc = add_word(list ? sl_node_at(node, i) : node, &pattern,
		    err);

		if (rc < 0)
			return rc;
	}
	return sl_rule_compile_text(rule, node, sl_buf_str(&pattern),
	    SL_RX_SEARCH, out, err);
}

/* A number of bits as 3.5, in hundredths. */
static int
read_entropy(struct sl_rule *rule, unsigned *out, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, "entropy");
	struct sl_str text;
	unsigned value = 0, unit = 100;
	bool good;
	int rc;

	if (!node)
		return SL_OK;
	rc = sl_node_read_text(node, "entropy", &text, err);
	if (rc < 0)
		return rc;
	good = text.len >= 1 && text.len <= 4 && text.ptr[0] >= '0' &&
	    text.ptr[0] <= '8';
	for (size_t i = 0; i < text.len && good; i++) {
		if (i == 1) {
			good = text.ptr[i] == '.' && text.len > 2;
			continue;
		}
		good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
		value += unit * (unsigned)(text.ptr[i] - '0');
		unit /= 10;
	}
	if (!good || value == 0 || value > 800)
		return sl_node_error(node, err, SL_ECONFIG,
		    "entropy must be bits per character from 0.01 to 8, as "
		    "3.5");
	*out = value;
	return SL_OK;
}

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
		rc = sl_rule_read_patterns(rule, "allow-match", SL_RX_SEARCH,
		    &search->allow_match, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "allow-line", SL_RX_SEARCH,
		    &search->allow_line, err);
	if (rc == SL_OK)
		rc = read_keywords(rule, &search->keywords, err);
	if (rc == SL_OK)
		rc = read_entropy(rule, &search->entropy, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "secret", &search->secret, err);
	if (rc == SL_OK)
		rc = sl_ignore_read(rule, &search->ignore, err);
	if (rc == SL_OK && search->secret)
		sl_rule_hide_groups(rule);
	return rc;
}

void
sl_search_scan_blobs(struct sl_rule *rule, struct sl_search *search)
{
	search->first = sl_rule_scan_patterns(rule, &search->match);
	search->words = sl_rule_scan_patterns(rule, &search->keywords);
	if (search->keywords.count)
		sl_rule_scan_gate(rule, search->first, search->match.count,
		    search->words);
	search->scanned = true;
}

void
sl_search_release(struct sl_search *search)
{
	sl_patterns_release(&search->match);
	sl_patterns_release(&search->keywords);
	sl_patterns_release(&search->allow);
	sl_patterns_release(&search->allow_match);
	sl_patterns_release(&search->allow_line);
}

/* log2(x) for x > 0, in 16 bits after the point, the rest cut off. */
static uint64_t
log2_fixed(uint64_t x)
{
	unsigned whole = 63 - (unsigned)__builtin_clzll(x);
	uint64_t y = whole > 31 ? x >> (whole - 31) : x << (31 - whole);
	uint64_t log = (uint64_t)whole << 16;

	/* y is from 1 to 2 in 31 bits; squaring it doubles its logarithm. */
	for (uint64_t bit = 1U << 15; bit; bit >>= 1) {
		y = y * y >> 31;
		if (y >> 32) {
			y >>= 1;
			log |= bit;
		}
	}
	return log;
}

unsigned
sl_entropy(struct sl_str bytes)
{
	uint64_t count[256] = { 0 };
	uint64_t sum = 0;

	if (bytes.len == 0)
		return 0;
	for (size_t i = 0; i < bytes.len; i++)
		count[(uint8_t)bytes.ptr[i]]++;
	for (unsigned i = 0; i < 256; i++)
		if (count[i])
			sum += count[i] *
			    (log2_fixed(bytes.len) - log2_fixed(count[i]));
	/* Rounded: two logarithms were cut off. */
	return (unsigned)((sum * 100 / bytes.len + (1U << 15)) >> 16);
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

/* The part of a match that is the point of it: the group (?<secret>...), or
 * the first of several that has something. */
static struct sl_str
point_of(const struct sl_rx *rx, const struct sl_rx_match *match)
{
	for (size_t i = 0; i < sl_rx_name_count(rx); i++) {
		size_t group = sl_rx_group_at(rx, i);

		if (strcmp(sl_rx_name_at(rx, i), "secret") == 0 &&
		    match->group[group].len)
			return match->group[group];
	}
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

/* Whether its own line takes it back; a comment without a reason is told. */
static void
look_at_line(const struct task *t, struct sl_hit *hit)
{
	size_t offset = (size_t)(hit->value.ptr - t->text.ptr);
	struct sl_hit bare = {
		.line = hit->line,
		.col = hit->col,
		.rx = hit->rx,
		.match = hit->match,
		.message = SL_IGNORE_BARE_MESSAGE,
		.fix = SL_IGNORE_BARE_FIX,
	};
	enum sl_ignored ignored = sl_ignore_find(&t->search->ignore, t->text,
	    offset, &hit->ignored);

	if (ignored != SL_IGNORED_YES)
		hit->ignored = SL_STR("");
	if (ignored == SL_IGNORED_BARE)
		(void)t->fn(t->ctx, &bare);
}

static bool
tell(const struct task *t, const struct sl_position *at,
    const struct sl_rx *rx, const struct sl_rx_match *match)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(64);
	struct sl_str found = point_of(rx, match);
	struct sl_hit hit = {
		.line = at->line,
		.col = sl_position_col(at),
		.found = found,
		.value = found,
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
	look_at_line(t, &hit);
	return t->fn(t->ctx, &hit);
}

static int
next_match(const struct task *t, struct sl_rx *rx, size_t id, size_t start,
    struct sl_rx_match *match, struct sl_error *err)
{
	if (t->scan)
		return sl_scan_match(t->scan, id, t->j->scratch, start, match,
		    err);
	return sl_rx_match(rx, t->j->scratch, t->text, start, match, err);
}

/* Whether one of the rule's words is there, where it has any. */
static int
has_keyword(const struct task *t, struct sl_error *err)
{
	const struct sl_search *s = t->search;

	if (s->keywords.count == 0)
		return SL_RX_YES;
	return next_match(t, s->keywords.rx[0], s->words, 0, NULL, err);
}

/* The lines that a match is in, of long ones what is near it. */
static struct sl_str
lines_of(struct sl_str text, const struct sl_rx_match *match)
{
	size_t from = match->start, to = match->end;

	while (from > 0 && match->start - from < LINE_AROUND &&
	    text.ptr[from - 1] != '\n')
		from--;
	while (to < text.len && to - match->end < LINE_AROUND &&
	    text.ptr[to] != '\n')
		to++;
	return sl_strn(text.ptr + from, to - from);
}

/* Whether what was found is let through. */
static int
is_allowed(const struct task *t, struct sl_str point,
    const struct sl_rx_match *match, struct sl_error *err)
{
	const struct sl_search *s = t->search;
	struct sl_rx_scratch *scratch = t->j->scratch;
	int rc;

	if (s->entropy && sl_entropy(point) < s->entropy)
		return SL_RX_YES;
	rc = sl_patterns_match(&s->allow, scratch, point, NULL, NULL, err);
	if (rc == SL_RX_NO && s->allow_match.count)
		rc = sl_patterns_match(&s->allow_match, scratch,
		    match->group[0], NULL, NULL, err);
	if (rc == SL_RX_NO && s->allow_line.count)
		rc = sl_patterns_match(&s->allow_line, scratch,
		    lines_of(t->text, match), NULL, NULL, err);
	return rc;
}

static int
search_one(const struct task *t, size_t pattern, struct sl_error *err)
{
	struct sl_rx *rx = t->search->match.rx[pattern];
	size_t id = t->search->first + pattern;
	struct sl_position at = { 0, 1, 0 };
	struct sl_rx_match match;
	size_t start = 0;
	int rc;

	for (unsigned i = 0; i < MAX_MATCHES && *t->left; i++) {
		struct sl_str point;
		int allowed;

		rc = next_match(t, rx, id, start, &match, err);
		if (rc != SL_RX_YES)
			return rc;
		point = point_of(rx, &match);
		allowed = is_allowed(t, point, &match, err);
		if (allowed < 0)
			return allowed;
		if (allowed == SL_RX_NO) {
			size_t offset = (size_t)(point.ptr - t->text.ptr);

			/* A look-behind may point back before the last. */
			if (offset < at.offset)
				at = (struct sl_position){ 0, 1, 0 };
			sl_position_advance(&at, t->text, offset);
			if (tell(t, &at, rx, &match))
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
	int rc;

	/* Others, as cells of a notebook, are short. */
	if (search->scanned && j->scan &&
	    sl_scan_text(j->scan).ptr == text.ptr &&
	    sl_scan_text(j->scan).len == text.len)
		t.scan = j->scan;
	rc = has_keyword(&t, err);
	if (rc != SL_RX_YES)
		return rc;
	for (size_t i = 0; i < search->match.count; i++) {
		rc = search_one(&t, i, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}
