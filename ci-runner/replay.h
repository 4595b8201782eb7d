/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay: what a policy, or one rule of it, would have stopped since a day or
 * a revision, in one repository or in all of a folder. Writes to none.
 */
#ifndef SL_CI_RUNNER_REPLAY_H
#define SL_CI_RUNNER_REPLAY_H

#include "ci-runner/runtime.h"

struct replay_options {
	const char *since;  /* YYYY-MM-DD, or a revision */
	const char *folder; /* repository, or folder of them; NULL: the
			       repository that the command works in */
	const char *policy; /* as --policy takes it; NULL: not given */
	const char *rule;   /* NULL: all */
};

/**
 * Judge history and print a table of rules, or JSON.
 *
 * @return the exit code: 0, whatever was found; 2 where something could not
 *         be judged; 3
 */
int replay_run(struct runtime *rt, const struct replay_options *options);

#endif
