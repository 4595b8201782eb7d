/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content: text that must not be in new or changed files, in the targets of
 * symbolic links, or in the messages of commits and tags.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"
#include "policy/kinds/files.h"
#include "policy/kinds/search.h"

static const char *const binary_words[] = { "skip", "check", NULL };
static const char *const in_words[] = { "files", "messages", "links", NULL };

enum { IN_FILES = 1 << 0, IN_MESSAGES = 1 << 1, IN_LINKS = 1 << 2 };

struct content_rule {
	struct sl_files files;
	struct sl_file_limits limits;
	struct sl_search search;
	bool check_binary;
	unsigned in; /* bits of in_words */
};

/* Where `binary` is not given it depends on `secret`: as if the stricter. */
static const struct sl_key content_keys[] = {
	SL_FILES_KEYS,
	SL_FILE_LIMITS_KEYS,
	SL_SEARCH_KEYS,
	SL_IGNORE_KEY,
	{ .name = "binary", .tighten = SL_TIGHTEN_ORDER,
	    .order = "skip < check", .unset = "check" },
	{ .name = "in", .tighten = SL_TIGHTEN_ADD, .unset = "files" },
	{ .name = NULL },
};

static void
content_free(void *state)
{
	struct content_rule *r = state;

	sl_files_release(&r->files);
	sl_file_limits_release(&r->limits);
	sl_search_release(&r->search);
	free(r);
}

static int
content_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct content_rule *r = sl_alloc(sizeof(*r));
	size_t binary = 0;
	int rc;

	*state = r;
	r->in = IN_FILES;
	rc = sl_search_read(rule, &r->search, err);
	if (rc == SL_OK)
		rc = sl_rule_read_files(rule, &r->files, err);
	if (rc == SL_OK)
		rc = sl_file_limits_read(rule, &r->limits, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "binary", binary_words, &binary,
		    err);
	if (rc == SL_OK)
		rc = sl_rule_read_words(rule, "in", in_words, &r->in, err);
	if (rc < 0)
		return rc;
	/* A zero byte must not be all that it takes to hide a secret. */
	r->check_binary = binary == 1 ||
	    (r->search.secret && sl_rule_get(rule, "binary") == NULL);
	if (!r->search.match.count)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a content rule needs match");
	sl_search_scan_blobs(rule, &r->search);
	return SL_OK;
}

static unsigned
content_reads(const void *state)
{
	const struct content_rule *r = state;

	return (r->in & IN_FILES ? SL_READS_FILES : 0) |
	    (r->in & IN_LINKS ? SL_READS_LINKS : 0);
}

static bool
content_wants_commits(const void *state)
{
	return ((const struct content_rule *)state)->in & IN_MESSAGES;
}

static bool
content_whole_tree(const void *state)
{
	return ((const struct content_rule *)state)->files.whole_tree;
}

static bool
content_wants_below(struct sl_judge *j, void *state, void *walk SL_UNUSED,
    struct sl_str folder)
{
	return sl_files_could_be_below(&((struct content_rule *)state)->files,
	    j->scratch, folder);
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
	return ((const struct content_rule *)state)->limits.max_bytes;
}

static int
content_too_large(struct sl_judge *j, void *state,
    struct sl_str path SL_UNUSED, uint64_t size, struct sl_error *err)
{
	const struct content_rule *r = state;

	return sl_file_limits_exceeded(&r->limits, j, size, err);
}

/* A match, in the file that it is in. */
struct place {
	struct sl_judge *j;
	struct sl_str path;
	bool secret;
};

static bool
tell(void *ctx, struct sl_hit *hit)
{
	const struct place *place = ctx;

	hit->path = place->path;
	return sl_judge_found(place->j, hit);
}

static int
content_blob(struct sl_judge *j, void *state, struct sl_str path,
    struct sl_str bytes, struct sl_error *err)
{
	const struct content_rule *r = state;
	struct sl_scan *scan = j->scan, *decoded = sl_scan_decoded(scan);
	bool binary = !r->check_binary && sl_scan_is_binary(scan);
	struct place place = { j, path, r->search.secret };
	uint64_t left = r->limits.max_findings;
	int rc = SL_OK;

	/* UTF-16 is full of zeros, and can be read all the same. */
	if (binary && !decoded)
		sl_judge_skipped(j, "binary files", r->limits.reason);
	if (!binary)
		rc = sl_search_text(&r->search, j, bytes, &left, tell, &place,
		    err);
	if (rc < 0 || !decoded)
		return rc;
	j->scan = decoded;
	rc = sl_search_text(&r->search, j, sl_scan_text(decoded), &left, tell,
	    &place, err);
	j->scan = scan;
	return rc;
}

static bool
tell_message(void *ctx, struct sl_hit *hit)
{
	const struct place *place = ctx;

	if (!place->secret)
		hit->message = "\"{found}\" must not be in this message";
	hit->line = hit->col = 0;
	return sl_judge_found(place->j, hit);
}

static int
search_message(struct sl_judge *j, const struct content_rule *r,
    struct sl_str message, struct sl_error *err)
{
	struct place place = { j, SL_STR(""), r->search.secret };
	struct sl_search search = r->search;
	uint64_t left = r->limits.max_findings;

	if (message.len > r->limits.max_bytes)
		return sl_file_limits_exceeded(&r->limits, j, message.len,
		    err);
	/* A message is no place to take its own finding back. */
	search.ignore.rule = NULL;
	return sl_search_text(&search, j, message, &left, tell_message,
	    &place, err);
}

static int
content_commit(struct sl_judge *j, void *state,
    const struct sl_commit *commit, struct sl_error *err)
{
	return search_message(j, state, commit->message, err);
}

static int
content_ref(struct sl_judge *j, void *state, const struct sl_ref_change *ref,
    struct sl_error *err)
{
	const struct content_rule *r = state;

	if (!(r->in & IN_MESSAGES) || !ref->tag)
		return SL_OK;
	return search_message(j, r, ref->tag->message, err);
}

const struct sl_rule_kind sl_kind_content = {
	.name = "content",
	.brief = "text that must not be in files, links or messages",
	.keys = content_keys,
	.parse = content_parse,
	.free = content_free,
	.ref = content_ref,
	.wants_commits = content_wants_commits,
	.commit = content_commit,
	.reads = content_reads,
	.whole_tree = content_whole_tree,
	.wants_below = content_wants_below,
	.wants_blob = content_wants,
	.blob_cap = content_cap,
	.blob_too_large = content_too_large,
	.blob = content_blob,
	.only_searches = true,
};
