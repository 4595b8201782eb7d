/* SPDX-License-Identifier: Apache-2.0 */
/*
 * environment: what a hook takes from the process environment, copied once at
 * the start; every GIT_* variable is then unset, so that nothing opened later
 * (a policy repository, a child) is read through the pusher's objects.
 */
#ifndef SL_HOOKS_ENVIRONMENT_H
#define SL_HOOKS_ENVIRONMENT_H

#include "base/buf.h"
#include "base/error.h"
#include "config/site.h"

/** At most this many push options, of at most this many bytes each. */
#define HOOK_PUSH_OPTIONS_MAX 64
#define HOOK_PUSH_OPTION_BYTES_MAX 1024

struct hook_environment {
	char *git_dir;          /* GIT_DIR, or NULL */
	char *object_directory; /* GIT_OBJECT_DIRECTORY: the quarantine; NULL */
	char *alternates; /* GIT_ALTERNATE_OBJECT_DIRECTORIES, as given; NULL */
	char *index_file;       /* GIT_INDEX_FILE (client hooks); NULL */
	char *push_options[HOOK_PUSH_OPTIONS_MAX]; /* verbatim, hostile */
	size_t push_option_count;
	enum sl_host host; /* GitLab: GL_REPOSITORY is set; GitHub:
			GITHUB_VIA, GITHUB_REPO_NAME or GITHUB_USER_LOGIN is */
	char *name;  /* what that host calls the repository; NULL: nothing */
	bool web;    /* GL_PROTOCOL=web: proportional font, HTML */
};

/**
 * Copy what is needed and unset every GIT_* variable.
 *
 * @return 0, SL_EINVAL (GIT_PUSH_OPTION_COUNT is no number, or an option that
 *         it counts is missing), SL_ETOOBIG (more or longer options than the
 *         caps above)
 */
int hook_environment_take(struct hook_environment *env, struct sl_error *err)
    SL_MUST_CHECK;

void hook_environment_release(struct hook_environment *env);

#endif
