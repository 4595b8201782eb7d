/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/locate.h"

#include <limits.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"

#define SYSTEM_SITE SL_SYSCONFDIR "/sluice/site.yaml"

static bool
is_set(const char *s)
{
	return s != NULL && s[0] != '\0';
}

int
sl_locate_site(const char *option, const char *git_config, char **out,
    struct sl_error *err)
{
	const char *variable = getenv("SLUICE_SITE");

	if (is_set(option))
		*out = sl_strdup(option);
	else if (is_set(variable))
		*out = sl_strdup(variable);
	else if (is_set(git_config))
		*out = sl_strdup(git_config);
	else if (access(SYSTEM_SITE, F_OK) == 0)
		*out = sl_strdup(SYSTEM_SITE);
	else
		return sl_error_set(err, SL_ECONFIG,
		    "no site file: give --site=FILE, set SLUICE_SITE or git "
		    "config sluice.site, or create " SYSTEM_SITE);
	return SL_OK;
}

char *
sl_locate_data(const char *name)
{
	const char *variable = getenv("SLUICE_DATA");

	return sl_fsx_join(is_set(variable) ? variable : SL_PKGDATADIR, name);
}

char *
sl_locate_program_dir(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return sl_fsx_dirname(path);
}
