/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files: which files a rule is about, and how much of one it reads, for every
 * kind that judges files.
 */
#ifndef SL_POLICY_KINDS_FILES_H
#define SL_POLICY_KINDS_FILES_H

#include "policy/rule.h"

/**
 * The keys that sl_rule_read_files reads, for a kind's table. Neither scope is
 * the stricter one: a file that one commit adds and the next one removes is
 * in no tree of a new tip.
 */
#define SL_FILES_KEYS							\
	{ .name = "scope" },						\
	{ .name = "files", .tighten = SL_TIGHTEN_ADD, .if_given = true },\
	{ .name = "except", .tighten = SL_TIGHTEN_DROP, .if_given = true }

/** Which paths a rule is about. Zero-initialise. */
struct sl_files {
	struct sl_patterns only; /* `files`; none: all paths */
	struct sl_patterns except;
	bool whole_tree; /* `scope: tree`: every file of a new tip, not only
			    what new commits add or change */
};

/**
 * Read the keys `scope`, `files` and `except`, full matches.
 *
 * @param[out] out  sl_files_release, even after a failure
 */
int sl_rule_read_files(struct sl_rule *rule, struct sl_files *out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_files_release(struct sl_files *files);

/** @return SL_RX_YES, SL_RX_NO or an error */
int sl_files_match(const struct sl_files *files,
    struct sl_rx_scratch *scratch, struct sl_str path, struct sl_error *err)
    SL_MUST_CHECK;

/** Whether a path below a folder, which ends in '/', can be one of them. */
bool sl_files_could_be_below(const struct sl_files *files,
    struct sl_rx_scratch *scratch, struct sl_str folder);

/** More of them may tell what a waiver does not cover. */
#define SL_MAX_FINDINGS_KEY						\
	{ .name = "max-findings", .tighten = SL_TIGHTEN_RAISE, .unset = "20" }

/**
 * The keys that sl_file_limits_read reads. Of two `max-bytes`, the lower one
 * leaves more undecided and the higher one finds more.
 */
#define SL_FILE_LIMITS_KEYS						\
	{ .name = "max-bytes" },					\
	{ .name = "too-large", .tighten = SL_TIGHTEN_ORDER,		\
	    .order = "skip < undecided", .unset = "undecided" },	\
	SL_MAX_FINDINGS_KEY

/** How much of a file is read and told. Zero-initialise. */
struct sl_file_limits {
	uint64_t max_bytes;    /* of a file that is read [10 MiB] */
	uint64_t max_findings; /* in one file [20] */
	bool skip_large; /* `too-large: skip`: counted, not undecided */
	char *reason;    /* of what is skipped: "rule NAME" */
};

/** Read the keys. @return 0, SL_ECONFIG with a place */
int sl_file_limits_read(struct sl_rule *rule, struct sl_file_limits *limits,
    struct sl_error *err) SL_MUST_CHECK;

void sl_file_limits_release(struct sl_file_limits *limits);

/**
 * A file is over max_bytes: say that it is skipped.
 *
 * @return 0, or SL_ELIMIT where such files are undecided
 */
int sl_file_limits_exceeded(const struct sl_file_limits *limits,
    struct sl_judge *j, uint64_t size, struct sl_error *err) SL_MUST_CHECK;

/** A place in a text, counted on from an earlier one; begin with {0, 1, 0}. */
struct sl_position {
	size_t offset;
	unsigned line;     /* from 1 */
	size_t line_start; /* offset */
};

/** Move a place forward. */
void sl_position_advance(struct sl_position *at, struct sl_str text,
    size_t offset);

static inline unsigned
sl_position_col(const struct sl_position *at)
{
	return (unsigned)(at->offset - at->line_start) + 1;
}

/** Set a hit's line and column to those of an error's place, if it has one. */
void sl_hit_at_error(struct sl_hit *hit, const struct sl_error *err);

#define SL_FILE_SIZE_FIX                                                       \
	"keep large data in S3 and its address in the repository"

/** A file is larger than it may be. */
void sl_file_tell_size(struct sl_judge *j, struct sl_str path, uint64_t size,
    uint64_t max_size, const char *fix);

#endif
