/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/environment.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"

extern char **environ;

/* A variable's value, or NULL where it is unset or empty. */
static char *
take(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? sl_strdup(value) : NULL;
}

static int
take_push_options(struct hook_environment *env, struct sl_error *err)
{
	const char *count = getenv("GIT_PUSH_OPTION_COUNT");
	uint64_t n;
	int rc;

	if (count == NULL)
		return SL_OK;
	rc = sl_num_parse(sl_str(count), HOOK_PUSH_OPTIONS_MAX, &n);
	if (rc == SL_ETOOBIG)
		return sl_error_set(err, rc, "more than %d push options; push "
					     "with fewer", HOOK_PUSH_OPTIONS_MAX);
	if (rc < 0)
		return sl_error_set(err, rc,
		    "GIT_PUSH_OPTION_COUNT is \"%s\", not a number", count);
	for (uint64_t i = 0; i < n; i++) {
		char name[64];
		const char *value;

		snprintf(name, sizeof(name), "GIT_PUSH_OPTION_%llu",
		    (unsigned long long)i);
		value = getenv(name);
		if (value == NULL)
			return sl_error_set(err, SL_EINVAL,
			    "%s is not set although "
			    "GIT_PUSH_OPTION_COUNT is %s", name, count);
		if (strlen(value) > HOOK_PUSH_OPTION_BYTES_MAX)
			return sl_error_set(err, SL_ETOOBIG,
			    "push option %llu is longer than %d bytes",
			    (unsigned long long)i + 1,
			    HOOK_PUSH_OPTION_BYTES_MAX);
		env->push_options[env->push_option_count++] = sl_strdup(value);
	}
	return SL_OK;
}

static void
unset_git_variables(void)
{
	char **at = environ;

	while (at != NULL && *at != NULL) {
		SL_CLEANUP(sl_freep) char *name = NULL;
		const char *equals = strchr(*at, '=');

		if (strncmp(*at, "GIT_", 4) != 0 || equals == NULL) {
			at++;
			continue;
		}
		/* unsetenv moves the rest down: look at this place again. */
		name = sl_strndup(*at, (size_t)(equals - *at));
		unsetenv(name);
	}
}

/* By what only that server sets. Both at once is the one with less time. */
static void
find_host(struct hook_environment *env)
{
	if (getenv("GITHUB_VIA") != NULL ||
	    getenv("GITHUB_REPO_NAME") != NULL ||
	    getenv("GITHUB_USER_LOGIN") != NULL) {
		env->host = SL_HOST_GITHUB;
		env->name = take("GITHUB_REPO_NAME");
	} else if (getenv("GL_REPOSITORY") != NULL) {
		env->host = SL_HOST_GITLAB;
		env->name = take("GL_PROJECT_PATH");
	}
}

int
hook_environment_take(struct hook_environment *env, struct sl_error *err)
{
	const char *protocol = getenv("GL_PROTOCOL");
	int rc;

	memset(env, 0, sizeof(*env));
	env->git_dir = take("GIT_DIR");
	env->object_directory = take("GIT_OBJECT_DIRECTORY");
	env->alternates = take("GIT_ALTERNATE_OBJECT_DIRECTORIES");
	env->index_file = take("GIT_INDEX_FILE");
	find_host(env);
	env->web = protocol != NULL && !strcmp(protocol, "web");
	rc = take_push_options(env, err);
	unset_git_variables();
	return rc;
}

void
hook_environment_release(struct hook_environment *env)
{
	free(env->git_dir);
	free(env->object_directory);
	free(env->alternates);
	free(env->index_file);
	free(env->name);
	for (size_t i = 0; i < env->push_option_count; i++)
		free(env->push_options[i]);
	memset(env, 0, sizeof(*env));
}
