/* SPDX-License-Identifier: Apache-2.0 */
/*
 * locate: where the installed data and the site file are.
 */
#ifndef SL_CLI_LOCATE_H
#define SL_CLI_LOCATE_H

#include "base/error.h"

/**
 * The site file: the option, then $SLUICE_SITE, then git config sluice.site,
 * then SYSCONFDIR/sluice/site.yaml where it exists.
 *
 * @param option      --site, or NULL
 * @param git_config  value of sluice.site, or NULL
 * @param[out] out    free()
 * @return 0, SL_ECONFIG (none of them; the text says how to name one)
 */
int sl_locate_site(const char *option, const char *git_config, char **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * A folder of installed data ("policies", "templates"): below $SLUICE_DATA
 * where that is set, else below pkgdatadir.
 *
 * @return free()
 */
char *sl_locate_data(const char *name) SL_MUST_CHECK;

/** The folder of the running program, or NULL. free() */
char *sl_locate_program_dir(void) SL_MUST_CHECK;

#endif
