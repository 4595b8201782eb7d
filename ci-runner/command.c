/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

/** Between SIGTERM and SIGKILL. */
#define GRACE_MS 2000

extern char **environ;

static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };

/* Which of the signals that end a process came; 0: none. */
static volatile sig_atomic_t caught;

struct child {
	const char *name; /* for messages */
	const struct sl_clock *clock;
	pid_t pid; /* also the number of its group */
	int out;   /* read end, does not block; -1 at its end */
	int status;
	sigset_t mask; /* as it was before */
	struct sigaction actions[SL_COUNT(signals)];
};

void
command_name(const struct sl_words *words, char out[COMMAND_NAME_SIZE])
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(1 << 20);

	for (size_t i = 0; i < words->count; i++) {
		if (i > 0)
			sl_buf_addc(&text, ' ');
		sl_buf_adds(&text, words->items[i]);
	}
	snprintf(out, COMMAND_NAME_SIZE, "`%.*s%s`",
	    COMMAND_NAME_SIZE - 6, sl_buf_cstr(&text),
	    text.len > COMMAND_NAME_SIZE - 6 ? "..." : "");
}

/* --- signals --- */

static void
on_signal(int number)
{
	if (number != SIGCHLD)
		caught = number;
}

/*
 * From here on the signals are held back, but for the time of wait_ms: none
 * comes between looking and waiting. One that is ignored stays so.
 */
static void
hold_signals(struct child *c)
{
	struct sigaction action = { .sa_handler = on_signal };
	sigset_t held;

	caught = 0;
	sigemptyset(&held);
	for (size_t i = 0; i < SL_COUNT(signals); i++)
		sigaddset(&held, signals[i]);
	sigprocmask(SIG_BLOCK, &held, &c->mask);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < SL_COUNT(signals); i++) {
		sigaction(signals[i], NULL, &c->actions[i]);
		if (signals[i] == SIGCHLD ||
		    c->actions[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
	}
}

/* Put all back, and give what came meanwhile to whom it was for. */
static void
release_signals(struct child *c)
{
	for (size_t i = 0; i < SL_COUNT(signals); i++)
		sigaction(signals[i], &c->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &c->mask, NULL);
	if (caught != 0)
		raise(caught);
}

/* --- the process --- */

static int
spawn(struct child *c, const struct sl_words *words, const char *dir, int out)
{
	SL_CLEANUP(sl_freep)
	char **argv = sl_alloc_array(words->count + 1, sizeof(*argv));
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int rc;

	for (size_t i = 0; i < words->count; i++)
		argv[i] = words->items[i];
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	if ((rc = posix_spawn_file_actions_init(&files)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attributes)) != 0) {
		posix_spawn_file_actions_destroy(&files);
		return rc;
	}
	if ((rc = posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
		 "/dev/null", O_RDONLY, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&files, out,
		 STDOUT_FILENO)) == 0 &&
	    (rc = posix_spawn_file_actions_addchdir_np(&files, dir)) == 0 &&
	    (rc = posix_spawnattr_setsigmask(&attributes, &c->mask)) == 0 &&
	    (rc = posix_spawnattr_setsigdefault(&attributes,
		 &defaults)) == 0 &&
	    (rc = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID |
		 POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0)
		rc = posix_spawnp(&c->pid, argv[0], &files, &attributes, argv,
		    environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return rc;
}

static int
start(struct child *c, const struct sl_words *words, const char *dir,
    struct sl_error *err)
{
	int ends[2], rc;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return sl_error_errno(err, errno, "no pipe for the command %s",
		    c->name);
	fflush(NULL);
	rc = spawn(c, words, dir, ends[1]);
	close(ends[1]);
	c->out = ends[0];
	if (rc != 0)
		return sl_error_set(err, SL_ECONFIG,
		    "the command %s cannot be started: %s", c->name,
		    strerror(rc));
	if (fcntl(c->out, F_SETFL, O_NONBLOCK) < 0)
		return sl_error_errno(err, errno, "output of %s", c->name);
	return SL_OK;
}

/* Whether it has ended. It is not reaped: its number must stay its own. */
static bool
has_ended(const struct child *c)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)c->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_pid != 0;
}

/* Until there is output, its end, a signal, or the time is over. */
static void
wait_ms(const struct child *c, int64_t ms)
{
	struct pollfd fd = { .fd = c->out, .events = POLLIN };
	struct timespec left = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	(void)ppoll(&fd, 1, &left, &c->mask);
}

/* Take what is in the pipe now. */
static int
take_output(struct child *c, struct sl_buf *out, struct sl_error *err)
{
	char part[65536];

	while (c->out >= 0) {
		ssize_t n = read(c->out, part, sizeof(part));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return sl_error_errno(err, errno, "output of %s",
			    c->name);
		if (n == 0) {
			close(c->out);
			c->out = -1;
		} else if (sl_buf_add(out, part, (size_t)n) < 0) {
			return sl_error_set(err, SL_ETOOBIG,
			    "the command %s printed over %zu bytes, which no "
			    "definition has", c->name, out->max);
		}
	}
	return SL_OK;
}

/* Read along until it has ended; what others still hold open is left. */
static int
follow(struct child *c, int64_t deadline_ms, struct sl_buf *out,
    struct sl_error *err)
{
	int64_t start_ms = sl_clock_monotonic_ms(c->clock);

	for (;;) {
		int64_t now_ms = sl_clock_monotonic_ms(c->clock);
		bool ended = has_ended(c);
		int rc = take_output(c, out, err);

		if (rc < 0 || ended)
			return rc;
		if (caught != 0)
			return sl_error_set(err, SL_EBUSY,
			    "the command %s was stopped by signal %d", c->name,
			    (int)caught);
		if (now_ms >= deadline_ms)
			return sl_error_set(err, SL_EBUSY,
			    "the command %s had not ended after %lld s and was "
			    "stopped; --timeout says how long a run may take",
			    c->name, (long long)(now_ms - start_ms) / 1000);
		wait_ms(c, deadline_ms - now_ms);
	}
}

/* Ask all of the group to end, and wait a little for the first of it. */
static void
ask_to_end(struct child *c)
{
	int64_t left, end = sl_clock_monotonic_ms(c->clock) + GRACE_MS;

	if (c->out >= 0)
		close(c->out);
	c->out = -1;
	kill(-c->pid, SIGTERM);
	while (!has_ended(c) &&
	    (left = end - sl_clock_monotonic_ms(c->clock)) > 0)
		wait_ms(c, left);
}

static void
finish(struct child *c)
{
	kill(-c->pid, SIGKILL);
	while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
		;
}

static int
check_status(const struct child *c, struct sl_error *err)
{
	if (WIFSIGNALED(c->status))
		return sl_error_set(err, SL_ECONFIG,
		    "the command %s was ended by signal %d", c->name,
		    WTERMSIG(c->status));
	if (WEXITSTATUS(c->status) != 0)
		return sl_error_set(err, SL_ECONFIG,
		    "the command %s ended with status %d; what it wrote to "
		    "standard error is above", c->name,
		    WEXITSTATUS(c->status));
	return SL_OK;
}

int
command_run(const struct sl_words *words, const char *dir,
    const struct sl_clock *clock, int64_t deadline_ms, struct sl_buf *out,
    struct sl_error *err)
{
	char name[COMMAND_NAME_SIZE];
	struct child c = { .name = name, .clock = clock, .out = -1 };
	int rc;

	command_name(words, name);
	hold_signals(&c);
	rc = start(&c, words, dir, err);
	if (c.pid > 0) {
		if (rc == 0)
			rc = follow(&c, deadline_ms, out, err);
		if (rc < 0)
			ask_to_end(&c);
		finish(&c);
		if (rc == 0)
			rc = check_status(&c, err);
	}
	if (c.out >= 0)
		close(c.out);
	release_signals(&c);
	return rc;
}
