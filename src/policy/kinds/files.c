/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/files.h"

#include "base/mem.h"
#include "base/num.h"
#include "policy/policy.h"

#define DEFAULT_MAX_BYTES ((uint64_t)10 << 20)
#define DEFAULT_MAX_FINDINGS 20
static const char *const scope_words[] = { "change", "tree", NULL };
static const char *const too_large_words[] = { "undecided", "skip", NULL };

int
sl_rule_read_files(struct sl_rule *rule, struct sl_files *out,
    struct sl_error *err)
{
	size_t scope = 0;
	int rc = sl_rule_read_word(rule, "scope", scope_words, &scope, err);

	out->whole_tree = scope == 1;
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "files", SL_RX_FULL,
		    &out->only, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "except", SL_RX_FULL,
		    &out->except, err);
	return rc;
}

void
sl_files_release(struct sl_files *files)
{
	sl_patterns_release(&files->only);
	sl_patterns_release(&files->except);
}

int
sl_files_match(const struct sl_files *files, struct sl_rx_scratch *scratch,
    struct sl_str path, struct sl_error *err)
{
	int rc = SL_RX_YES;

	if (files->only.count)
		rc = sl_patterns_match(&files->only, scratch, path, NULL, NULL,
		    err);
	if (rc == SL_RX_YES && files->except.count) {
		rc = sl_patterns_match(&files->except, scratch, path, NULL,
		    NULL, err);
		if (rc >= 0)
			rc = rc == SL_RX_YES ? SL_RX_NO : SL_RX_YES;
	}
	return rc;
}

bool
sl_files_could_be_below(const struct sl_files *files,
    struct sl_rx_scratch *scratch, struct sl_str folder)
{
	return !files->only.count ||
	    sl_patterns_could_go_on(&files->only, scratch, folder);
}

int
sl_file_limits_read(struct sl_rule *rule, struct sl_file_limits *limits,
    struct sl_error *err)
{
	size_t too_large = 0;
	int rc;

	limits->max_bytes = DEFAULT_MAX_BYTES;
	limits->max_findings = DEFAULT_MAX_FINDINGS;
	limits->reason = sl_asprintf("rule %s", sl_rule_name(rule));
	rc = sl_rule_read_bytes(rule, "max-bytes", &limits->max_bytes, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-findings", 1, 1000,
		    &limits->max_findings, err);
	if (rc == SL_OK)
		rc = sl_rule_read_word(rule, "too-large", too_large_words,
		    &too_large, err);
	if (rc < 0)
		return rc;
	limits->skip_large = too_large == 1;
	if (limits->max_bytes == 0 || limits->max_bytes > SL_RX_MAX_SUBJECT)
		return sl_node_error(sl_rule_get(rule, "max-bytes"), err,
		    SL_ECONFIG, "max-bytes must be from 1 B to 16 MiB");
	return SL_OK;
}

void
sl_file_limits_release(struct sl_file_limits *limits)
{
	free(limits->reason);
	limits->reason = NULL;
}

int
sl_file_limits_exceeded(const struct sl_file_limits *limits,
    struct sl_judge *j, uint64_t size, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf is = SL_BUF_INIT(64);
	SL_CLEANUP(sl_buf_release) struct sl_buf max = SL_BUF_INIT(64);

	if (limits->skip_large) {
		sl_judge_skipped(j, "files over max-bytes", limits->reason);
		return SL_OK;
	}
	(void)sl_num_format_bytes(&is, size);
	(void)sl_num_format_bytes(&max, limits->max_bytes);
	return sl_error_set(err, SL_ELIMIT,
	    "not read: %s is more than max-bytes (%s)", sl_buf_cstr(&is),
	    sl_buf_cstr(&max));
}

void
sl_position_advance(struct sl_position *at, struct sl_str text, size_t offset)
{
	while (at->offset < offset) {
		const char *lf = memchr(text.ptr + at->offset, '\n',
		    offset - at->offset);

		if (!lf) {
			at->offset = offset;
			return;
		}
		at->offset = (size_t)(lf - text.ptr) + 1;
		at->line_start = at->offset;
		at->line++;
	}
}

/* Line and column at the end of "file:line:col"; zeros where there is none. */
static void
read_place(const char *place, unsigned *line, unsigned *col)
{
	const char *second = strrchr(place, ':');
	const char *first = second;
	uint64_t l = 0, c = 0;

	while (first && first > place && first[-1] != ':')
		first--;
	*line = *col = 0;
	if (!first || first <= place || second == place)
		return;
	if (sl_num_parse(sl_strn(first, (size_t)(second - first)), 1u << 30,
		&l) < 0 ||
	    sl_num_parse(sl_str(second + 1), 1u << 30, &c) < 0)
		return;
	*line = (unsigned)l;
	*col = (unsigned)c;
}

void
sl_hit_at_error(struct sl_hit *hit, const struct sl_error *err)
{
	read_place(err->place, &hit->line, &hit->col);
}

void
sl_file_tell_size(struct sl_judge *j, struct sl_str path, uint64_t size,
    uint64_t max_size, const char *fix)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf found = SL_BUF_INIT(64);
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(64);

	(void)sl_num_format_bytes(&found, size);
	(void)sl_num_format_bytes(&expected, max_size);
	sl_judge_found(j, &(struct sl_hit){
		.path = path,
		.found = sl_buf_str(&found),
		.expected = sl_buf_str(&expected),
		.message = "{found} is more than the {expected} that a file "
			   "may have here",
		.fix = fix,
	    });
}
