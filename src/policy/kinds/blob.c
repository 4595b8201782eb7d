/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blob: what a file is, whatever it says: its size, whether it is binary or a
 * pointer of Git LFS, its encoding, line ends and byte order mark.
 *
 * What the size decides alone is judged without reading the file.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/lfs.h"
#include "base/mem.h"
#include "base/text.h"
#include "policy/kinds/files.h"

static const char *const deny_words[] = { "allow", "deny", NULL };
static const char *const lfs_words[] = { "allow", "require", "deny", NULL };
static const char *const encoding_words[] = { "any", "utf-8", NULL };
static const char *const end_words[] = { "any", "lf", "crlf", "same", NULL };

enum { LFS_ALLOW, LFS_REQUIRE, LFS_DENY };
enum { ENDS_ANY, ENDS_LF, ENDS_CRLF, ENDS_SAME };

/* How a line ends. */
enum end { END_NONE, END_LF, END_CRLF, END_CR };
static const char *const end_names[] = { "nothing", "LF", "CR LF", "CR" };

struct blob_rule {
	struct sl_files files;
	struct sl_file_limits limits;
	uint64_t max_size;
	bool has_max_size;
	size_t binary; /* indexes of the words above */
	size_t lfs;
	size_t encoding;
	size_t ends;
	size_t bom;
	uint64_t cap; /* bytes of a file that must be read to judge it */
};

static const struct sl_key blob_keys[] = {
	SL_FILES_KEYS,
	SL_FILE_LIMITS_KEYS,
	{ .name = "max-size", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "binary", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "lfs", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < require | deny" },
	{ .name = "encoding", .tighten = SL_TIGHTEN_ORDER,
	    .order = "any < utf-8" },
	{ .name = "line-ends", .tighten = SL_TIGHTEN_ORDER,
	    .order = "any < same < lf | crlf" },
	{ .name = "bom", .tighten = SL_TIGHTEN_ORDER, .order = "allow < deny" },
	{ .name = NULL },
};

static void
blob_free(void *state)
{
	struct blob_rule *r = state;

	sl_files_release(&r->files);
	sl_file_limits_release(&r->limits);
	free(r);
}

static int
read_words(struct sl_rule *rule, struct blob_rule *r, struct sl_error *err)
{
	const struct {
		const char *key;
		const char *const *words;
		size_t *out;
	} keys[] = {
		{ "binary", deny_words, &r->binary },
		{ "lfs", lfs_words, &r->lfs },
		{ "encoding", encoding_words, &r->encoding },
		{ "line-ends", end_words, &r->ends },
		{ "bom", deny_words, &r->bom },
	};
	int rc = SL_OK;

	for (size_t i = 0; i < SL_COUNT(keys) && rc == SL_OK; i++)
		rc = sl_rule_read_word(rule, keys[i].key, keys[i].words,
		    keys[i].out, err);
	return rc;
}

/* Whether a file must be read whole, not only as far as a pointer goes. */
static bool
reads_text(const struct blob_rule *r)
{
	return r->binary || r->encoding || r->ends || r->bom;
}

static uint64_t
find_cap(const struct blob_rule *r)
{
	uint64_t cap = reads_text(r) ? r->limits.max_bytes : 0;

	if (r->lfs == LFS_REQUIRE || (r->lfs && !cap))
		cap = SL_LFS_POINTER_MAX - 1;
	if (r->has_max_size && r->max_size < cap)
		cap = r->max_size;
	return cap;
}

static int
blob_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct blob_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	rc = sl_rule_read_files(rule, &r->files, err);
	if (rc == SL_OK)
		rc = sl_file_limits_read(rule, &r->limits, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bytes(rule, "max-size", &r->max_size, err);
	if (rc == SL_OK)
		rc = read_words(rule, r, err);
	if (rc < 0)
		return rc;
	r->has_max_size = sl_rule_get(rule, "max-size") != NULL;
	if (!r->has_max_size && !r->lfs && !reads_text(r))
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a blob rule needs max-size, binary, "
		    "lfs, encoding, line-ends or bom");
	r->cap = find_cap(r);
	return SL_OK;
}

static bool
blob_whole_tree(const void *state)
{
	return ((const struct blob_rule *)state)->files.whole_tree;
}

static bool
blob_wants_below(struct sl_judge *j, void *state, void *walk SL_UNUSED,
    struct sl_str folder)
{
	return sl_files_could_be_below(&((struct blob_rule *)state)->files,
	    j->scratch, folder);
}

static int
blob_wants(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_error *err)
{
	const struct blob_rule *r = state;

	return sl_files_match(&r->files, j->scratch, path, err);
}

static uint64_t
blob_cap(const void *state)
{
	return ((const struct blob_rule *)state)->cap;
}

/* --- what the size decides --- */

static void
tell_not_lfs(struct sl_judge *j, struct sl_str path)
{
	sl_judge_found(j, &(struct sl_hit){
		.path = path,
		.message = "the file itself is in Git, not a Git LFS pointer",
		.fix = "git lfs track the path, then git rm --cached and git "
		       "add it again",
	    });
}

static int
blob_too_large(struct sl_judge *j, void *state, struct sl_str path,
    uint64_t size, struct sl_error *err)
{
	const struct blob_rule *r = state;
	bool over = r->has_max_size && size > r->max_size;
	bool content = r->lfs == LFS_REQUIRE && size >= SL_LFS_POINTER_MAX;

	if (over)
		sl_file_tell_size(j, path, size, r->max_size,
		    SL_FILE_SIZE_FIX);
	if (content)
		tell_not_lfs(j, path);
	if (over || content || !reads_text(r))
		return SL_OK;
	return sl_file_limits_exceeded(&r->limits, j, size, err);
}

/* --- what the bytes decide --- */

static void
check_lfs(struct sl_judge *j, const struct blob_rule *r, struct sl_str path,
    struct sl_str bytes)
{
	struct sl_error why = SL_ERROR_INIT;

	/* git-lfs keeps an empty file as it is. */
	if (r->lfs == LFS_ALLOW || bytes.len == 0)
		return;
	if (!sl_lfs_is_pointer(bytes)) {
		if (r->lfs == LFS_REQUIRE)
			tell_not_lfs(j, path);
		return;
	}
	if (r->lfs == LFS_DENY)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "a Git LFS pointer stands for the file",
			.fix = "git lfs untrack the path, then git rm "
			       "--cached and git add it again",
		    });
	else if (sl_lfs_check_pointer(bytes, &why) < 0)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.found = sl_str(why.text),
			.message = "the Git LFS pointer is damaged: {found}",
			.fix = "git rm --cached and git add the file again",
		    });
}

/* A hit at a byte of the file. */
static void
tell_at(struct sl_judge *j, struct sl_str bytes, size_t offset,
    struct sl_hit *hit)
{
	struct sl_position at = { 0, 1, 0 };

	sl_position_advance(&at, bytes, offset);
	hit->line = at.line;
	hit->col = sl_position_col(&at);
	sl_judge_found(j, hit);
}

/* The first byte that is not UTF-8, or zero; the length where all are. */
static size_t
find_foreign(struct sl_str bytes)
{
	struct sl_str rest = bytes;

	while (rest.len) {
		uint32_t code;
		size_t n = sl_utf8_decode(rest, &code);

		if (n == 0 || code == 0)
			break;
		rest = sl_strn(rest.ptr + n, rest.len - n);
	}
	return bytes.len - rest.len;
}

static void
check_encoding(struct sl_judge *j, struct sl_str path, struct sl_str bytes)
{
	struct sl_hit hit = {
		.path = path,
		.message = "the file is not UTF-8 text: {found}",
		.expected = SL_STR("UTF-8"),
		.fix = "save it as UTF-8; iconv -t utf-8 does",
	};
	size_t offset = find_foreign(bytes);
	char byte[16];

	if (offset == bytes.len)
		return;
	snprintf(byte, sizeof(byte), "byte 0x%02x",
	    (unsigned char)bytes.ptr[offset]);
	if (sl_utf16_detect(bytes) != SL_UTF16_NONE)
		hit.found = SL_STR("it is UTF-16");
	else if (bytes.ptr[offset] == '\0')
		hit.found = SL_STR("a zero byte");
	else
		hit.found = sl_str(byte);
	tell_at(j, bytes, offset, &hit);
}

static void
check_bom(struct sl_judge *j, struct sl_str path, struct sl_str bytes)
{
	if (!sl_str_starts(bytes, "\xef\xbb\xbf") && !sl_utf16_has_mark(bytes))
		return;
	sl_judge_found(j, &(struct sl_hit){
		.path = path,
		.line = 1,
		.col = 1,
		.message = "the file begins with a byte order mark",
		.fix = "save it as UTF-8 without a byte order mark",
	    });
}

/* The next end of a line from *at on, which moves behind it. */
static enum end
next_end(struct sl_str bytes, size_t *at, size_t *offset)
{
	for (; *at < bytes.len; (*at)++) {
		char c = bytes.ptr[*at];

		if (c != '\n' && c != '\r')
			continue;
		*offset = (*at)++;
		if (c == '\n')
			return END_LF;
		if (*at == bytes.len || bytes.ptr[*at] != '\n')
			return END_CR;
		(*at)++;
		return END_CRLF;
	}
	return END_NONE;
}

static void
check_ends(struct sl_judge *j, const struct blob_rule *r, struct sl_str path,
    struct sl_str bytes)
{
	enum end wanted = r->ends == ENDS_LF ? END_LF :
	    r->ends == ENDS_CRLF	     ? END_CRLF :
					       END_NONE;
	size_t at = 0, offset = 0;
	enum end end;

	while ((end = next_end(bytes, &at, &offset)) != END_NONE) {
		struct sl_hit hit = {
			.path = path,
			.found = sl_str(end_names[end]),
			.message = "the line ends in {found}, not in "
				   "{expected}",
			.fix = "name the line ends in .gitattributes (* "
			       "text=auto eol=lf), then git add --renormalize "
			       "it",
		};

		if (wanted == END_NONE)
			wanted = end;
		if (end == wanted)
			continue;
		hit.expected = sl_str(end_names[wanted]);
		tell_at(j, bytes, offset, &hit);
		return;
	}
}

static int
blob_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err SL_UNUSED)
{
	const struct blob_rule *r = state;
	bool binary = sl_text_is_binary(bytes);

	check_lfs(j, r, path, bytes);
	if (r->encoding)
		check_encoding(j, path, bytes);
	if (r->bom)
		check_bom(j, path, bytes);
	if (r->binary && binary)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "the file is binary, not text",
			.fix = "keep it in S3 and its address in the "
			       "repository, or give it to Git LFS",
		    });
	if (r->ends && binary)
		sl_judge_skipped(j, "line ends of binary files",
		    r->limits.reason);
	else if (r->ends)
		check_ends(j, r, path, bytes);
	return SL_OK;
}

const struct sl_rule_kind sl_kind_blob = {
	.name = "blob",
	.brief = "what a file is: size, binary, LFS pointer, encoding",
	.keys = blob_keys,
	.parse = blob_parse,
	.free = blob_free,
	.whole_tree = blob_whole_tree,
	.wants_below = blob_wants_below,
	.wants_blob = blob_wants,
	.blob_cap = blob_cap,
	.blob_too_large = blob_too_large,
	.blob = blob_blob,
};
