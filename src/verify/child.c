/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One program that verifies. It gets everything by descriptors, so that
 * nothing lies in a folder and nothing stays behind; its output is bounded,
 * and it is killed with all that it started when time is up.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fsx.h"
#include "verify/verify_int.h"

/* Descriptors that are to be moved begin here, so that none is moved onto
 * another. */
#define FIRST_FD 16
/* Those that the program knows. */
#define KNOWN_FDS 6
/* Between two looks at whether a program has ended that prints no more. */
#define WAIT_NS 200000

enum fd { FD_PAYLOAD, FD_SIGNATURE, FD_KEYS, FD_REVOKED, FD_NULL, FD_OUT,
	FD_READ, FD_COUNT };

struct child {
	const char *program;
	int fd[FD_COUNT]; /* -1: none */
	pid_t pid;
	int64_t deadline_ms;
};

static void
child_release(struct child *c)
{
	for (size_t i = 0; i < FD_COUNT; i++)
		if (c->fd[i] >= 0)
			close(c->fd[i]);
}

static void
close_fd(struct child *c, enum fd which)
{
	close(c->fd[which]);
	c->fd[which] = -1;
}

/* Keep a descriptor above those that the program knows. */
static int
keep(struct child *c, enum fd which, int fd, struct sl_error *err)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);
	int why = errno;

	if (fd >= 0)
		close(fd);
	if (high < 0)
		return sl_error_errno(err, why, "no descriptor for %s",
		    c->program);
	c->fd[which] = high;
	return SL_OK;
}

static int
keep_text(struct child *c, enum fd which, struct sl_str text,
    struct sl_error *err)
{
	int rc = keep(c, which, memfd_create("sluice", MFD_CLOEXEC), err);

	if (rc == SL_OK)
		rc = sl_fsx_write_fd(c->fd[which], text, err);
	if (rc == SL_OK && lseek(c->fd[which], 0, SEEK_SET) < 0)
		rc = sl_error_errno(err, errno, "what %s reads", c->program);
	return rc;
}

int
sl_verify_open_keys(const char *path, struct sl_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	int rc;

	if (fd < 0 && errno == ENOENT)
		return sl_error_set(err, SL_ENOTFOUND,
		    "the file of keys %s is not there", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		rc = sl_error_errno(err, errno, "the file of keys %s", path);
	else if (!S_ISREG(st.st_mode))
		rc = sl_error_set(err, SL_ECONFIG, "%s is not a file", path);
	else if ((st.st_uid != 0 && st.st_uid != geteuid()) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		rc = sl_error_set(err, SL_EDENIED,
		    "others can write to the file of keys %s: let root or the "
		    "user of the hook own it, and chmod go-w", path);
	else
		return fd;
	if (fd >= 0)
		close(fd);
	return rc;
}

static int
keep_keys(struct child *c, enum fd which, const char *path,
    struct sl_error *err)
{
	int fd;

	if (!path)
		return SL_OK;
	fd = sl_verify_open_keys(path, err);
	return fd < 0 ? fd : keep(c, which, fd, err);
}

static int
prepare(struct child *c, const struct sl_verify_run *run,
    struct sl_error *err)
{
	int ends[2];
	int rc = keep_keys(c, FD_KEYS, run->keys, err);

	if (rc == SL_OK)
		rc = keep_keys(c, FD_REVOKED, run->revoked, err);
	if (rc == SL_OK)
		rc = keep_text(c, FD_PAYLOAD, run->payload, err);
	if (rc == SL_OK)
		rc = keep_text(c, FD_SIGNATURE, run->signature, err);
	if (rc == SL_OK)
		rc = keep(c, FD_NULL, open("/dev/null", O_WRONLY | O_CLOEXEC),
		    err);
	if (rc < 0)
		return rc;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return sl_error_errno(err, errno, "no pipe for %s",
		    c->program);
	rc = keep(c, FD_READ, ends[0], err);
	if (rc < 0)
		close(ends[1]);
	return rc < 0 ? rc : keep(c, FD_OUT, ends[1], err);
}

/* Where each descriptor of ours goes. */
static int
add_files(posix_spawn_file_actions_t *files, const struct child *c,
    bool complaints)
{
	const struct {
		enum fd from;
		int to;
	} moves[] = {
		{ FD_PAYLOAD, STDIN_FILENO },
		{ FD_OUT, STDOUT_FILENO },
		{ complaints ? FD_OUT : FD_NULL, STDERR_FILENO },
		{ FD_SIGNATURE, 3 },
		{ FD_KEYS, 4 },
		{ FD_REVOKED, 5 },
	};
	int rc = 0;

	for (size_t i = 0; i < SL_COUNT(moves) && rc == 0; i++)
		if (c->fd[moves[i].from] >= 0)
			rc = posix_spawn_file_actions_adddup2(files,
			    c->fd[moves[i].from], moves[i].to);
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
	/* What whoever started us left open. */
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(files, KNOWN_FDS);
#endif
	return rc;
}

static int
add_attributes(posix_spawnattr_t *attributes)
{
	sigset_t none, defaults;
	int rc;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	sigaddset(&defaults, SIGCHLD);
	rc = posix_spawnattr_setsigmask(attributes, &none);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attributes, &defaults);
	return rc ? rc :
		    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID |
			POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int
start(struct child *c, const struct sl_verify_run *run, struct sl_error *err)
{
	static char locale[] = "LC_ALL=C";
	char *const environment[] = { locale, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int rc = posix_spawn_file_actions_init(&files);

	if (rc != 0)
		return sl_error_errno(err, rc, "%s", c->program);
	rc = posix_spawnattr_init(&attributes);
	if (rc == 0) {
		rc = add_files(&files, c, run->complaints);
		if (rc == 0)
			rc = add_attributes(&attributes);
		if (rc == 0)
			rc = posix_spawn(&c->pid, run->program, &files,
			    &attributes, (char *const *)run->argv,
			    environment);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	if (rc != 0)
		return sl_error_errno(err, rc, "%s does not start",
		    c->program);
	close_fd(c, FD_OUT);
	return SL_OK;
}

static int
too_late(const struct child *c, struct sl_error *err)
{
	return sl_error_set(err, SL_ELIMIT,
	    "%s had no answer in time and was stopped", c->program);
}

static int
take_output(struct child *c, const struct sl_clock *clock, struct sl_buf *out,
    struct sl_error *err)
{
	for (;;) {
		int64_t left = c->deadline_ms - sl_clock_monotonic_ms(clock);
		struct pollfd fd = { .fd = c->fd[FD_READ], .events = POLLIN };
		char part[4096];
		ssize_t n;

		if (left <= 0)
			return too_late(c, err);
		if (poll(&fd, 1, (int)left) <= 0)
			continue;
		n = read(fd.fd, part, sizeof(part));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sl_error_errno(err, errno, "output of %s",
			    c->program);
		if (n == 0)
			return SL_OK;
		if (sl_buf_add(out, part, (size_t)n) < 0)
			return sl_error_set(err, SL_ETOOBIG,
			    "%s printed over %zu bytes", c->program, out->max);
	}
}

/* It prints no more; most have ended by then. */
static int
wait_for(struct child *c, const struct sl_clock *clock, int *status,
    struct sl_error *err)
{
	const struct timespec pause = { .tv_nsec = WAIT_NS };

	for (;;) {
		pid_t pid = waitpid(c->pid, status, WNOHANG);

		if (pid == c->pid)
			return SL_OK;
		if (pid < 0 && errno != EINTR)
			return sl_error_errno(err, errno, "%s", c->program);
		if (sl_clock_monotonic_ms(clock) >= c->deadline_ms)
			return too_late(c, err);
		nanosleep(&pause, NULL);
	}
}

static void
stop(struct child *c)
{
	int status;

	kill(-c->pid, SIGKILL);
	kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
}

int
sl_verify_run(const struct sl_verify_options *options,
    const struct sl_verify_run *run, struct sl_buf *out, int *code,
    struct sl_error *err)
{
	SL_CLEANUP(child_release)
	struct child c = { .program = run->program,
		.fd = { -1, -1, -1, -1, -1, -1, -1 } };
	int status = 0;
	int rc = prepare(&c, run, err);

	c.deadline_ms = sl_clock_monotonic_ms(options->clock) +
	    SL_VERIFY_PROGRAM_MS;
	if (options->deadline_ms && options->deadline_ms < c.deadline_ms)
		c.deadline_ms = options->deadline_ms;
	if (rc == SL_OK)
		rc = start(&c, run, err);
	if (rc < 0)
		return rc;
	rc = take_output(&c, options->clock, out, err);
	if (rc == SL_OK)
		rc = wait_for(&c, options->clock, &status, err);
	if (rc < 0) {
		stop(&c);
		return rc;
	}
	if (!WIFEXITED(status))
		return sl_error_set(err, SL_EIO, "%s was ended by signal %d",
		    run->program, WTERMSIG(status));
	*code = WEXITSTATUS(status);
	return SL_OK;
}

int
sl_verify_program(const char *named, const char *name, const char *package,
    char out[256], struct sl_error *err)
{
	static const char *const folders[] = { "/usr/bin", "/bin",
		"/usr/local/bin" };

	for (size_t i = 0; !named && i < SL_COUNT(folders); i++) {
		snprintf(out, 256, "%s/%s", folders[i], name);
		if (access(out, X_OK) == 0)
			return SL_OK;
	}
	if (named && snprintf(out, 256, "%s", named) < 256 &&
	    access(out, X_OK) == 0)
		return SL_OK;
	return sl_error_set(err, SL_ENOTFOUND,
	    "the program %s is not there; it comes with the package %s",
	    named ? named : name, package);
}
