/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command: a program of the project, run under a deadline for what it prints.
 */
#ifndef SL_CI_RUNNER_COMMAND_H
#define SL_CI_RUNNER_COMMAND_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "config/values.h"

/** Bytes of a command's name in messages, and NUL. */
#define COMMAND_NAME_SIZE 160

/** The words of a command between backquotes, cut where they are long. */
void command_name(const struct sl_words *words, char out[COMMAND_NAME_SIZE]);

/**
 * Run a program and append what it writes to its standard output.
 *
 * It runs without a shell, in a session of its own, with this environment, an
 * empty standard input and this standard error. When it has ended, what it
 * left running is killed, and what is in the pipe by then counts. At the
 * deadline all of it gets SIGTERM, and SIGKILL after two seconds.
 *
 * A SIGHUP, SIGINT or SIGTERM to this process meanwhile ends the program in
 * the same way, then this process. For the time of the call the handlers of
 * these and of SIGCHLD are its own: it is for programs with one thread.
 *
 * @param words        program, as execvp finds it, and arguments
 * @param deadline_ms  monotonic, of clock
 * @param out          its limit is the most that may be printed
 * @return 0, SL_ECONFIG (cannot be started, or did not end with status 0),
 *         SL_ETOOBIG, SL_EBUSY (the deadline), SL_EIO; the text names the
 *         command
 */
int command_run(const struct sl_words *words, const char *dir,
    const struct sl_clock *clock, int64_t deadline_ms, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

#endif
