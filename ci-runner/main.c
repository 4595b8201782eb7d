/* SPDX-License-Identifier: Apache-2.0 */
/* sluice: the CI runner and admin program. */
#include <signal.h>

#include "ci-runner/runtime.h"

static const struct sl_cmd *const commands[] = {
	&cmd_check,
	&cmd_plan,
	&cmd_run,
	&cmd_status,
	&cmd_worker,
	&cmd_approve,
	&cmd_policy,
	&cmd_baseline,
	&cmd_install,
	NULL,
};

int
main(int argc, char **argv)
{
	static const struct sl_program program = {
		.name = "sluice",
		.brief = "the gate between git push and Amazon SageMaker",
		.commands = commands,
	};

	signal(SIGPIPE, SIG_IGN);
	return sl_cli_main(&program, argc, argv);
}
