/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits, tags and trees as bytes. Strict where meaning hangs on it (ids,
 * the order of the leading headers), lenient in names and dates: old imports
 * have odd ones, and rules on identity see what is there.
 */
#include "git/git_int.h"

/* Take the line `<word> <value>`, if that is what comes next. */
static bool
take_header(struct sl_str *text, const char *word, struct sl_str *value)
{
	size_t n = strlen(word);
	struct sl_str rest = *text, line;

	if (!sl_str_take_line(&rest, &line) || line.len <= n ||
	    memcmp(line.ptr, word, n) != 0 || line.ptr[n] != ' ')
		return false;
	*value = sl_strn(line.ptr + n + 1, line.len - n - 1);
	*text = rest;
	return true;
}

static struct sl_str
trim(struct sl_str s)
{
	while (s.len > 0 && s.ptr[0] == ' ')
		s = sl_strn(s.ptr + 1, s.len - 1);
	while (s.len > 0 && s.ptr[s.len - 1] == ' ')
		s.len--;
	return s;
}

/* Decimal digits off the front, kept below a year that nobody means. */
static int64_t
take_digits(struct sl_str *s, int64_t max)
{
	int64_t value = 0;

	while (s->len > 0 && s->ptr[0] >= '0' && s->ptr[0] <= '9') {
		value = value * 10 + (s->ptr[0] - '0');
		if (value > max)
			value = max;
		*s = sl_strn(s->ptr + 1, s->len - 1);
	}
	return value;
}

/* " 1700000000 +0130" after an address; what does not fit stays zero. */
static void
parse_when(struct sl_str s, struct sl_person_stamp *out)
{
	bool negative, west;
	int64_t zone;

	s = trim(s);
	negative = s.len > 0 && s.ptr[0] == '-';
	if (negative)
		s = sl_strn(s.ptr + 1, s.len - 1);
	out->when_s = take_digits(&s, INT64_C(253402300799));
	if (negative)
		out->when_s = -out->when_s;
	s = trim(s);
	if (s.len == 0 || (s.ptr[0] != '+' && s.ptr[0] != '-'))
		return;
	west = s.ptr[0] == '-';
	s = sl_strn(s.ptr + 1, s.len - 1);
	zone = take_digits(&s, 9999);
	out->offset_min = (int32_t)(zone / 100 * 60 + zone % 100);
	if (west)
		out->offset_min = -out->offset_min;
}

static void
parse_person(struct sl_str s, struct sl_person_stamp *out)
{
	const char *open = s.len ? memchr(s.ptr, '<', s.len) : NULL;
	const char *close = s.len ? memrchr(s.ptr, '>', s.len) : NULL;
	const char *end = s.ptr + s.len;

	memset(out, 0, sizeof(*out));
	if (open == NULL || close == NULL || close < open) {
		out->name = trim(s);
		return;
	}
	out->name = trim(sl_strn(s.ptr, (size_t)(open - s.ptr)));
	out->email = trim(sl_strn(open + 1, (size_t)(close - open - 1)));
	parse_when(sl_strn(close + 1, (size_t)(end - close - 1)), out);
}

/*
 * The headers after the known ones, up to the empty line. Lines that go on
 * with the header before them begin with a blank, so none of them is taken
 * for a header.
 */
static void
take_headers(struct sl_str *text, struct sl_commit *out)
{
	struct sl_str line;

	while (sl_str_take_line(text, &line) && line.len > 0) {
		struct sl_str rest = line;

		if (sl_str_starts(line, "gpgsig ") ||
		    sl_str_starts(line, "gpgsig-sha256 "))
			out->has_signature = true;
		else if (!out->encoding.len)
			(void)take_header(&rest, "encoding", &out->encoding);
	}
}

int
sl_git_commit_parse(struct sl_str raw, struct sl_commit *out,
    struct sl_oid *parents, size_t room, struct sl_error *err)
{
	struct sl_commit c = *out;
	struct sl_str value;

	c.parent_count = 0;
	c.has_signature = false;
	c.encoding = sl_strn("", 0);
	if (!take_header(&raw, "tree", &value) ||
	    sl_oid_parse(value, &c.tree) < 0)
		return sl_error_set(err, SL_ECORRUPT,
		    "the commit does not begin with its tree");
	while (take_header(&raw, "parent", &value)) {
		struct sl_oid parent;

		if (sl_oid_parse(value, &parent) < 0)
			return sl_error_set(err, SL_ECORRUPT,
			    "a parent of the commit is not an object id");
		if (c.parent_count < room)
			parents[c.parent_count] = parent;
		c.parent_count++;
	}
	if (!take_header(&raw, "author", &value))
		return sl_error_set(err, SL_ECORRUPT,
		    "the commit has no author");
	parse_person(value, &c.author);
	if (!take_header(&raw, "committer", &value))
		return sl_error_set(err, SL_ECORRUPT,
		    "the commit has no committer");
	parse_person(value, &c.committer);
	take_headers(&raw, &c);
	c.message = raw;
	*out = c;
	return SL_OK;
}

int
sl_git_tag_parse(struct sl_str raw, struct sl_tag *out,
    struct sl_oid *target, struct sl_error *err)
{
	struct sl_tag t = *out;
	struct sl_oid object;
	struct sl_str value;

	if (!take_header(&raw, "object", &value) ||
	    sl_oid_parse(value, &object) < 0)
		return sl_error_set(err, SL_ECORRUPT,
		    "the tag does not begin with its object");
	if (!take_header(&raw, "type", &value))
		return sl_error_set(err, SL_ECORRUPT,
		    "the tag does not say what it names");
	if (!take_header(&raw, "tag", &t.name))
		return sl_error_set(err, SL_ECORRUPT, "the tag has no name");
	t.has_tagger = take_header(&raw, "tagger", &value);
	if (t.has_tagger)
		parse_person(value, &t.tagger);
	while (sl_str_take_line(&raw, &value) && value.len > 0)
		;
	t.message = raw;
	*target = object;
	*out = t;
	return SL_OK;
}

/*
 * A mode as Git reads it: of a file only "may its owner run it" counts, and
 * what is neither file, link nor folder is a submodule. What is pushed may
 * have any bits, and rules must not see something else than a checkout makes.
 */
static uint32_t
canonical_mode(uint32_t mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return (mode & 0100) != 0 ? SL_MODE_EXECUTABLE : SL_MODE_FILE;
	case SL_MODE_SYMLINK:
	case SL_MODE_TREE:
		return mode & 0170000;
	default:
		return SL_MODE_SUBMODULE;
	}
}

int
sl_git_tree_next(struct sl_str *raw, struct sl_git_entry *out,
    struct sl_error *err)
{
	uint32_t mode = 0;
	size_t i = 0, start;
	const char *nul;

	if (raw->len == 0)
		return 0;
	for (; i < raw->len && raw->ptr[i] >= '0' && raw->ptr[i] <= '7'; i++)
		if ((mode = mode * 8 + (uint32_t)(raw->ptr[i] - '0')) > 0177777)
			break;
	if (i == 0 || i >= raw->len || raw->ptr[i] != ' ')
		return sl_error_set(err, SL_ECORRUPT,
		    "a tree entry has no mode");
	start = i + 1;
	nul = memchr(raw->ptr + start, '\0', raw->len - start);
	if (nul == NULL || nul == raw->ptr + start ||
	    (size_t)(raw->ptr + raw->len - nul) < 1 + SL_OID_BYTES)
		return sl_error_set(err, SL_ECORRUPT,
		    "a tree entry has no name or id");
	out->mode = canonical_mode(mode);
	out->name = sl_strn(raw->ptr + start, (size_t)(nul - raw->ptr) - start);
	memcpy(out->oid.id, nul + 1, SL_OID_BYTES);
	start += out->name.len + 1 + SL_OID_BYTES;
	*raw = sl_strn(raw->ptr + start, raw->len - start);
	return 1;
}

int
sl_git_entry_cmp(const struct sl_git_entry *a, const struct sl_git_entry *b)
{
	size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
	int order = memcmp(a->name.ptr, b->name.ptr, n);
	uint8_t ca, cb;

	if (order != 0)
		return order;
	ca = a->name.len > n ? (uint8_t)a->name.ptr[n] :
	    sl_git_mode_is_tree(a->mode) ? '/' : 0;
	cb = b->name.len > n ? (uint8_t)b->name.ptr[n] :
	    sl_git_mode_is_tree(b->mode) ? '/' : 0;
	if (ca != cb)
		return ca < cb ? -1 : 1;
	/* Only names with a '/' in them get here with different lengths. */
	return (a->name.len > b->name.len) - (a->name.len < b->name.len);
}
