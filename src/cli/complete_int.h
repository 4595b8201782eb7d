/* SPDX-License-Identifier: Apache-2.0 */
/* complete: shell completion scripts made from the command rows. */
#ifndef SL_CLI_COMPLETE_INT_H
#define SL_CLI_COMPLETE_INT_H

#include "cli/cli.h"

/** The options that every command takes, ended by a row without a name. */
extern const struct sl_opt sl_common_opts[];

/** `PROGRAM completion bash|zsh|fish`: print the script. @return exit code */
int sl_cli_completion(const struct sl_program *program, int argc, char **argv);

#endif
