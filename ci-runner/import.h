/* SPDX-License-Identifier: Apache-2.0 */
/*
 * import: `sluice policy import`.
 */
#ifndef SLUICE_IMPORT_H
#define SLUICE_IMPORT_H

#include "cli/cli.h"

/**
 * Print the rules of another tool's file as a policy, and on standard error
 * what of it was not carried over.
 *
 * @param from  the file's format; NULL: told by what is in it
 * @return an enum sl_exit
 */
int run_import(const struct sl_invocation *inv, const char *from,
    const char *file);

#endif
