/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchdog: ends a hook when its time is up, whatever a library call is
 * doing. It says so, and refuses: it never lets a push in.
 */
#ifndef SL_HOOKS_WATCHDOG_H
#define SL_HOOKS_WATCHDOG_H

#include "hooks/hook.h"

/**
 * Leave with SL_EXIT_UNDECIDED a little after the budget has ended, counted
 * from the start of the hook: late enough for the engine to say itself what it
 * left out, and before GitHub ends the hook without a word. Called again, the
 * new budget counts.
 *
 * @param budget_ms  0: none, no watchdog
 */
void hook_watchdog(const struct hook *hook, int64_t budget_ms);

/** What is being done, for the watchdog to say: "checking files, 3 of 40". */
void hook_watchdog_note(const struct hook *hook, const char *what);

#endif
