/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exit: the one table of exit codes, for both programs.
 */
#ifndef SL_CLI_EXIT_H
#define SL_CLI_EXIT_H

enum sl_exit {
	SL_EXIT_PASS = 0,       /* also with undecided that does not block */
	SL_EXIT_VIOLATIONS = 1, /* policy violations that block */
	SL_EXIT_UNDECIDED = 2,  /* undecided, and that blocks */
	SL_EXIT_CONFIG = 3,     /* site, policy, project file or set-up */
	SL_EXIT_REMOTE = 4,     /* AWS or a git host refused or is away */
	SL_EXIT_FAILED = 5,     /* the pipeline failed */
	SL_EXIT_STOPPED = 6,    /* the pipeline was stopped */
	SL_EXIT_RUNNING = 7,    /* still running, or held, when the wait ended */
	SL_EXIT_USAGE = 129,    /* git's number */
};

/** The exit code that an enum sl_err ends a program with. */
enum sl_exit sl_exit_of_error(int code);

#endif
