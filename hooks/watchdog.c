/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A timer's signal writes a line that was made before and leaves: nothing else
 * may be done while a call of whatever library is under way.
 */
#include "hooks/watchdog.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/num.h"

/* A pipe takes so much at once, or says that it would not. */
#define LINE_MAX_BYTES 512

/* After its own deadline the engine needs this long to say what it missed.
 * GitHub leaves half a second of its five. */
static const int64_t grace_ms[SL_HOST_COUNT] = {
	[SL_HOST_OTHER] = 1500,
	[SL_HOST_GITLAB] = 3000,
	[SL_HOST_GITHUB] = 500,
};

static struct line {
	char text[LINE_MAX_BYTES];
	size_t len;
} lines[2];

/* The one that is complete; the other is made anew. */
static volatile sig_atomic_t current;
static int64_t budget; /* that the line names */

static void
out_of_time(int signal_number)
{
	const struct line *line = &lines[current];
	struct pollfd to = { .fd = STDERR_FILENO, .events = POLLOUT };
	ssize_t ignored = 0;

	(void)signal_number;
	/* A pusher that does not read must not keep the hook. */
	if (poll(&to, 1, 0) == 1 && (to.revents & POLLOUT) != 0)
		ignored = write(STDERR_FILENO, line->text, line->len);
	(void)ignored;
	_exit(SL_EXIT_UNDECIDED);
}

void
hook_watchdog_note(const struct hook *hook, const char *what)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out =
	    SL_BUF_INIT(LINE_MAX_BYTES - 1);
	int next = !current;

	if (budget == 0)
		return;
	sl_buf_addf(&out, "%ssluice: undecided: the time for this push, ",
	    hook_prefix(hook));
	(void)sl_num_format_duration(&out, budget);
	sl_buf_addf(&out, ", is up, and %s did not end; nothing went in. Push "
			  "less at once, or ask the administrator about "
			  "`budget` and `imports` of the site\n", what);
	memcpy(lines[next].text, sl_buf_cstr(&out), out.len);
	lines[next].len = out.len;
	current = next;
}

static void
set_timer(int64_t ms)
{
	struct itimerval timer = { .it_value = { .tv_sec = (time_t)(ms / 1000),
		.tv_usec = (suseconds_t)(ms % 1000) * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

void
hook_watchdog(const struct hook *hook, int64_t budget_ms)
{
	struct sigaction action = { .sa_handler = out_of_time };
	int64_t left;
	sigset_t alarm;

	budget = budget_ms;
	if (budget_ms <= 0) {
		set_timer(0);
		return;
	}
	hook_watchdog_note(hook, "the check");
	sigfillset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	/* Whoever started the hook may have blocked it. */
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm, NULL);
	left = hook->started_ms + budget_ms + grace_ms[hook->env.host] -
	    sl_clock_monotonic_ms(sl_clock_system());
	set_timer(left > 0 ? left : 1);
}
