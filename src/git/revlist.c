/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One child, `git rev-list`, for the one question that libgit2 answers ten
 * times slower: which of these commits can no existing ref reach. Its
 * arguments are fixed, ids go in by a file without a name, and its
 * environment holds nothing of ours but what it needs to find the objects.
 */
#include "git/git_int.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

#define ENV_MAX ((size_t)1 << 20)
#define COMPLAINT_MAX 4096

struct child {
	int in;       /* its standard input: ids */
	int out[2];   /* pipe from its standard output */
	int complain; /* its standard error */
	pid_t pid;
};

static void
child_release(struct child *c)
{
	int *const fds[] = { &c->in, &c->out[0], &c->out[1], &c->complain };

	for (size_t i = 0; i < SL_COUNT(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

static int
add_ids(struct sl_buf *out, const char *prefix, const struct sl_oidmap *ids)
{
	char hex[SL_OID_HEX + 1];

	for (size_t i = 0; ids != NULL && i < ids->count; i++) {
		sl_oid_hex(&ids->keys[i], hex);
		sl_buf_adds(out, prefix);
		sl_buf_adds(out, hex);
		sl_buf_addc(out, '\n');
	}
	return out->over ? SL_ETOOBIG : SL_OK;
}

static int
prepare(struct child *c, const struct sl_oidmap *tips,
    const struct sl_oidmap *excluded, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf ids =
	    SL_BUF_INIT((size_t)1 << 30);
	int rc;

	if (add_ids(&ids, "", tips) < 0 || add_ids(&ids, "^", excluded) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "too many refs for one question to git");
	c->in = memfd_create("ids", MFD_CLOEXEC);
	c->complain = memfd_create("complaint", MFD_CLOEXEC);
	if (c->in < 0 || c->complain < 0 || pipe2(c->out, O_CLOEXEC) < 0)
		return sl_error_errno(err, errno, "no descriptor for git");
	rc = sl_fsx_write_fd(c->in, sl_buf_str(&ids), err);
	if (rc == SL_OK && lseek(c->in, 0, SEEK_SET) < 0)
		rc = sl_error_errno(err, errno, "no descriptor for git");
	return rc;
}

/* The whole environment of the child, as strings one after the other. */
static int
make_env(struct sl_git *repo, struct sl_buf *text, char **env, size_t room,
    struct sl_error *err)
{
	size_t n = 0;

	sl_buf_addf(text, "GIT_DIR=%s", repo->dir);
	sl_buf_addc(text, '\0');
	if (repo->alternate_count > 0) {
		sl_buf_adds(text, "GIT_ALTERNATE_OBJECT_DIRECTORIES=");
		for (size_t i = 0; i < repo->alternate_count; i++) {
			if (i > 0)
				sl_buf_addc(text, ':');
			sl_git_alternate_quote(text,
			    sl_str(repo->alternates[i]));
		}
		sl_buf_addc(text, '\0');
	}
	sl_buf_addv(text, SL_STR("GIT_NO_REPLACE_OBJECTS=1\0"
				 "GIT_CONFIG_NOSYSTEM=1\0"
				 "GIT_CONFIG_GLOBAL=/dev/null\0"
				 "GIT_NO_LAZY_FETCH=1\0"
				 "GIT_ALLOW_PROTOCOL=none\0"
				 "GIT_TERMINAL_PROMPT=0\0"
				 "GIT_OPTIONAL_LOCKS=0\0"
				 "HOME=/nonexistent\0"
				 "LC_ALL=C\0"));
	if (text->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the paths of the object directories are too long");
	for (char *s = text->ptr; s < text->ptr + text->len && n + 1 < room;
	    s += strlen(s) + 1)
		env[n++] = s;
	env[n] = NULL;
	return SL_OK;
}

static int
start(struct child *c, const char *program, const char *const *argv,
    char *const *env, struct sl_error *err)
{
	posix_spawn_file_actions_t actions;
	int rc;

	rc = posix_spawn_file_actions_init(&actions);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, c->in, 0);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, c->out[1], 1);
	if (rc == 0)
		rc = posix_spawn_file_actions_adddup2(&actions, c->complain,
		    2);
	if (rc == 0)
		rc = posix_spawnp(&c->pid, program, &actions, NULL,
		    (char *const *)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	if (rc != 0)
		return sl_error_errno(err, rc, "%s does not start", program);
	close(c->out[1]);
	c->out[1] = -1;
	return SL_OK;
}

/* Take the ids off the pipe; the text may stop in the middle of one. */
static int
take_ids(int fd, struct sl_oidmap *found, struct sl_error *err)
{
	char text[(SL_OID_HEX + 1) * 256];
	size_t have = 0;

	for (;;) {
		ssize_t n = read(fd, text + have, sizeof(text) - have);
		size_t at = 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sl_error_errno(err, errno, "git rev-list");
		have += (size_t)n;
		for (; have - at > SL_OID_HEX; at += SL_OID_HEX + 1) {
			struct sl_oid oid;

			if (text[at + SL_OID_HEX] != '\n' ||
			    sl_oid_parse(sl_strn(text + at, SL_OID_HEX),
				&oid) < 0)
				return sl_error_set(err, SL_EIO,
				    "git rev-list wrote something else than "
				    "object ids");
			sl_oidmap_put(found, &oid, NULL);
		}
		have -= at;
		memmove(text, text + at, have);
		if (n == 0)
			return have == 0 ? SL_OK :
			    sl_error_set(err, SL_EIO,
				"git rev-list was cut off");
	}
}

static int
finish(struct child *c, int rc, struct sl_error *err)
{
	char text[COMPLAINT_MAX];
	ssize_t n;
	int status;

	/* After an error nobody reads on: the closed pipe ends the child. */
	close(c->out[0]);
	c->out[0] = -1;
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return sl_error_errno(err, errno, "git rev-list");
	if (rc < 0)
		return rc;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return SL_OK;
	n = pread(c->complain, text, sizeof(text) - 1, 0);
	if (n < 0)
		n = 0;
	while (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return sl_error_set(err, SL_EIO, "git rev-list failed: %s",
	    n > 0 ? text : "it was stopped");
}

int
sl_git_rev_list(struct sl_git *repo, const char *program,
    const struct sl_oidmap *tips, const struct sl_oidmap *excluded, size_t max,
    struct sl_oidmap *found, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(ENV_MAX);
	SL_CLEANUP(child_release) struct child c = { -1, { -1, -1 }, -1, 0 };
	char count[32], *env[16];
	const char *argv[] = { "git", "--no-pager", "-c", "core.fsmonitor=", "-c",
		"core.hooksPath=/dev/null", "rev-list", count,
		"--ignore-missing", "--stdin",
		excluded == NULL ? "--not" : NULL, "--all", NULL };
	int rc;

	if (program == NULL)
		program = "git";
	snprintf(count, sizeof(count), "--max-count=%zu", max);
	rc = prepare(&c, tips, excluded, err);
	if (rc == SL_OK)
		rc = make_env(repo, &text, env, SL_COUNT(env), err);
	if (rc == SL_OK)
		rc = start(&c, program, argv, env, err);
	if (rc < 0)
		return rc;
	return finish(&c, take_ids(c.out[0], found, err), err);
}
