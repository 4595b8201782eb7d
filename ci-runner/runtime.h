/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime: what commands work with, opened in one place: repository, site,
 * store, AWS. A command opens what it needs; a failure there is a
 * configuration error with its way out.
 */
#ifndef SL_CI_RUNNER_RUNTIME_H
#define SL_CI_RUNNER_RUNTIME_H

#include "base/clock.h"
#include "build/build.h"
#include "cli/cli.h"
#include "config/policy_source.h"
#include "config/site.h"
#include "gate/gate.h"
#include "git/git.h"
#include "store/store.h"

struct runtime_aws; /* aws.c */

struct runtime {
	const struct sl_invocation *inv;
	const struct sl_clock *clock;
	struct sl_git *repository; /* NULL unless opened */
	char *site_path;
	char *packs_dir;
	struct sl_site *site;
	struct sl_store *store;
	struct runtime_aws *aws;
};

/** Start libgit2 and remember the invocation. */
int runtime_init(struct runtime *rt, const struct sl_invocation *inv,
    struct sl_error *err) SL_MUST_CHECK;

void runtime_release(struct runtime *rt);

/** Open the repository that --repository names, or the current folder's. */
int runtime_open_repository(struct runtime *rt, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * The state folder of the site that is named or configured here, for what can
 * do without; NULL: there is none.
 */
const char *runtime_find_state(struct runtime *rt);

/**
 * Compile the patterns that files are searched for, unless they are compiled.
 * Nothing depends on it but the time of a search.
 *
 * @param[out] out  appended: what became of it, one line without line feed;
 *                  nothing where there is nothing to compile, or nowhere
 * @return whether that is news: they were compiled now, or cannot be
 */
bool runtime_compile_scan(const struct sl_policy *policy, struct sl_buf *out);

/**
 * The site policy of an option, else of the clone's configuration.
 *
 * @param option  as --policy takes it; NULL: not given
 * @param[out] out  zeroed on entry; names nothing where neither is there
 * @return 0, SL_ECONFIG
 */
int runtime_policy_source(struct runtime *rt, const char *option,
    struct sl_policy_source *out, struct sl_error *err) SL_MUST_CHECK;

/** The ref that the variables of a CI job name; free(); NULL: none do. */
char *runtime_job_ref(void) SL_MUST_CHECK;

/**
 * The full name of the ref that HEAD is at: its branch, or with a detached
 * HEAD the ref that the variables of a GitLab or Jenkins job name.
 *
 * @param[out] out  free()
 * @return 0, SL_ENOTFOUND (detached, and no variable is set), SL_EINVAL (a
 *         variable's value is no name of a ref), or as sl_git_head_ref
 */
int runtime_head_ref(struct sl_git *repository, char **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Load the site (see sl_locate_site). */
int runtime_open_site(struct runtime *rt, struct sl_error *err) SL_MUST_CHECK;

/**
 * Open the site's state.
 *
 * @param flags  of sl_store_open
 * @return as sl_store_open; SL_ENOTFOUND where there is none
 */
int runtime_open_store(struct runtime *rt, unsigned flags,
    struct sl_error *err) SL_MUST_CHECK;

/** A gate over the runtime's site and repository. */
int runtime_open_gate(struct runtime *rt, struct sl_gate **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Remotes for src/build, made on first use; borrowed. */
int runtime_remotes(struct runtime *rt, const struct sl_remotes **out,
    struct sl_error *err) SL_MUST_CHECK;
void runtime_aws_free(struct runtime_aws *aws);

/**
 * The person who acts: --as, else the site's person with the e-mail address
 * of git config user.email.
 *
 * @return 0, SL_ECONFIG
 */
int runtime_person(struct runtime *rt, const char *as,
    const struct sl_person **out, struct sl_error *err) SL_MUST_CHECK;

/** What is known of the site policy without loading it. */
struct policy_state {
	const char *word; /* "loads", "kept" (the last good one stands in),
			     "refused" (its time is over), "unknown" */
	char since[SL_TIME_RFC3339_SIZE]; /* kept, refused: it did not load */
	char until[SL_TIME_RFC3339_SIZE]; /* end of the grace */
	char reason[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
};

/** Read what pushes noted in the state of the site. */
void runtime_policy_state(const struct runtime *rt, struct policy_state *out);

/** Append a line for people, without line feed; nothing where it loads. */
void policy_state_line(const struct policy_state *state, struct sl_buf *out);

/** Commands; each row is in the command's own file. */
extern const struct sl_cmd cmd_check;
extern const struct sl_cmd cmd_plan;
extern const struct sl_cmd cmd_run;
extern const struct sl_cmd cmd_status;
extern const struct sl_cmd cmd_worker;
extern const struct sl_cmd cmd_install;
extern const struct sl_cmd cmd_approve;
extern const struct sl_cmd cmd_policy;
extern const struct sl_cmd cmd_baseline;

#endif
