/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: what a build and the things it makes are called.
 *
 * Every name is bounded, legal where it is used, and injective: two refs of
 * one use case never share a branch id, so they never share a pipeline, a
 * model group or a folder. All of it is pure: the same input gives the same
 * name on every host, in the hook, the worker and the CI job.
 *
 *     use case     churn                          at most 32, no "--"
 *     branch id    feature-xgb-0a1b2c3d4e         at most 28, no "--"
 *     name         churn--feature-xgb-0a1b2c3d4e  at most 62
 *     build id     20261122T103140Z-<40 hex>
 *     attempt      20261122T103140Z-<40 hex>-a2
 */
#ifndef SL_FLOW_NAMES_H
#define SL_FLOW_NAMES_H

#include "base/buf.h"
#include "base/error.h"
#include "base/oid.h"

/** 28 characters and NUL. */
#define SL_BRANCH_ID_SIZE 29
/** "<use case>--<branch id>" and NUL. */
#define SL_BUILD_NAME_SIZE 63
/** 16 + 1 + 40 characters and NUL. */
#define SL_BUILD_ID_SIZE 58
/** A build id, "-a" and at most 3 digits, and NUL; at most 82 in AWS. */
#define SL_DISPLAY_NAME_SIZE 63
/** 64 hexadecimal digits and NUL. */
#define SL_TOKEN_SIZE 65
/** A UUID's text form and NUL: the longest CreateModelPackage token. */
#define SL_UUID_SIZE 37
/** Attempts of one build. */
#define SL_ATTEMPT_MAX 999

/**
 * The branch id of a ref.
 *
 * A ref below refs/heads/ whose rest is already [a-z0-9-] without "--", with
 * no "-" at either end, at most 28 long and not ending in "-" and 10
 * hexadecimal digits, is its own id. Any other ref gets its letters lowered,
 * each run of other characters replaced by one "-", is cut to 17 characters,
 * and has "-" and the first 10 hexadecimal digits of the SHA-256 of the full
 * ref name appended. So a plain id never looks like a hashed one, and two
 * hashed ones differ as their digests do.
 *
 * @param ref  full name, not empty
 */
void sl_branch_id(struct sl_str ref, char out[SL_BRANCH_ID_SIZE]);

/** Whether s is something that sl_branch_id may have made. */
bool sl_branch_id_valid(struct sl_str s);

/**
 * The name of a pipeline and of a model group.
 *
 * @param use_case   as sl_project_id_valid has it
 * @param branch_id  "" for the use case's own
 */
void sl_build_name(const char *use_case, const char *branch_id,
    char out[SL_BUILD_NAME_SIZE]);

/**
 * The build id of a commit.
 *
 * @param commit_time_s  committer time
 * @return 0, SL_EINVAL (year outside 0000 to 9999)
 */
int sl_build_id(const struct sl_oid *commit, int64_t commit_time_s,
    char out[SL_BUILD_ID_SIZE], struct sl_error *err) SL_MUST_CHECK;

/** Whether s is a build id, without an attempt. */
bool sl_build_id_valid(struct sl_str s);

/**
 * The display name of an attempt's execution: the build id, and "-aN" for
 * attempt N over 1.
 *
 * @param attempt  1 to SL_ATTEMPT_MAX
 */
void sl_attempt_name(const char *build_id, unsigned attempt,
    char out[SL_DISPLAY_NAME_SIZE]);

/** What an attempt's request token is made of, and nothing else is. */
struct sl_token_parts {
	const char *account;
	const char *region;
	const char *pipeline;
	const char *project;
	const char *build_id;
	unsigned attempt;
};

/**
 * The request token of an attempt: hexadecimal SHA-256 over account, region,
 * pipeline, project id, build id and attempt (decimal), with a NUL byte
 * between. No tool version, host or time: a retry after an upgrade has the
 * same token.
 */
void sl_attempt_token(const struct sl_token_parts *parts,
    char out[SL_TOKEN_SIZE]);

/** How the id of a repository begins that a clone knows only by its URL. */
#define SL_REPOSITORY_CLONE "clone:"

/**
 * Whether two repository ids may be the same repository's.
 *
 * The server knows a repository by an id of its own, a CI job's clone by the
 * URL that it came from. Two of a kind must be equal; of one of each, nothing
 * can be told, and the project id decides.
 */
bool sl_repository_may_be(const char *a, const char *b);

/**
 * Append the id of a repository that was cloned from a URL: "clone:", host
 * and path in the form "host/path", without scheme, user, password, port,
 * final slash and ".git", so that ssh and https give the same.
 *
 * @return 0, SL_EINVAL (no host and path to be found)
 */
int sl_repository_clone_id(struct sl_str url, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * A token in the form of a UUID from the SHA-256 of the given bytes (version
 * and variant bits set as for a name-based one), where a service takes at
 * most 36 characters.
 */
void sl_uuid_token(struct sl_str bytes, char out[SL_UUID_SIZE]);

#endif
