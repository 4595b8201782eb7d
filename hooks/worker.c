/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/worker.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "cli/locate.h"

/* A variable that only a forge sets for its hooks. */
static bool
under_a_forge(const struct hook *hook)
{
	static const char *const names[] = { "GL_ID", "GITEA_REPO_NAME",
		"GERRIT_SITE" };

	if (hook->env.host != SL_HOST_OTHER)
		return true;
	for (size_t i = 0; i < SL_COUNT(names); i++)
		if (getenv(names[i]) != NULL)
			return true;
	return false;
}

bool
hook_worker_wanted(const struct hook *hook, const struct hook_place *place)
{
	SL_CLEANUP(sl_freep) char *path = NULL;
	int fd;

	(void)hook;
	if (!sl_git_is_bare(place->repository) || under_a_forge(hook) ||
	    place->site->worker == SL_WORKER_SERVICE)
		return false;
	path = sl_fsx_join(place->site->state, "worker.lock");
	if (sl_fsx_lock(path, &fd, NULL) < 0)
		return false;
	close(fd);
	return true;
}

/* The detached process's own variables; the pusher's are not its business. */
static char **
clean_environment(void)
{
	static char *variables[8];
	const struct passwd *user = getpwuid(getuid());
	const char *home = getenv("HOME");
	const char *data = getenv("SLUICE_DATA");
	size_t n = 0;

	if (user != NULL && user->pw_dir != NULL && getuid() != 0)
		home = user->pw_dir;
	variables[n++] = sl_strdup("PATH=/usr/local/bin:/usr/bin:/bin");
	variables[n++] = sl_strdup("LC_ALL=C.UTF-8");
	variables[n++] = sl_asprintf("HOME=%s", home ? home : "/");
	if (data != NULL)
		variables[n++] = sl_asprintf("SLUICE_DATA=%s", data);
	variables[n] = NULL;
	return variables;
}

static void
close_all_descriptors(const char *log_path)
{
	int in = open("/dev/null", O_RDONLY);
	int out = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0640);

	if (out < 0)
		out = open("/dev/null", O_WRONLY);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	if (close_range(3, ~0U, 0) < 0)
		for (int fd = 3; fd < 1024; fd++)
			close(fd);
}

static SL_NORETURN void
become_worker(const char *program, const char *site, const char *log_path)
{
	const char *const arguments[] = { program, "worker", "--linger",
		"--site", site, NULL };

	signal(SIGPIPE, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	if (setsid() < 0)
		_exit(1);
	switch (fork()) {
	case 0:
		break;
	default:
		_exit(0);
	}
	close_all_descriptors(log_path);
	execve(program, (char *const *)arguments, clean_environment());
	_exit(1);
}

void
hook_worker_start(const struct hook_place *place)
{
	SL_CLEANUP(sl_freep) char *dir = sl_locate_program_dir();
	SL_CLEANUP(sl_freep) char *program = NULL;
	SL_CLEANUP(sl_freep) char *log_path = NULL;
	SL_CLEANUP(sl_freep) char *site = NULL;
	pid_t child;

	if (dir == NULL)
		return;
	program = sl_fsx_join(dir, "sluice");
	log_path = sl_fsx_join(place->site->state, "worker.log");
	site = realpath(place->site_path, NULL);
	if (site == NULL)
		return;
	child = fork();
	if (child == 0)
		become_worker(program, site, log_path);
	if (child > 0)
		waitpid(child, NULL, 0);
}
