/* SPDX-License-Identifier: Apache-2.0 */
/* Starting and stopping libgit2 for a process that only reads. */
#include "git/git_int.h"

#include <dlfcn.h>

/* libgit2 maps whole packs otherwise: hundreds of MB on a large one. */
#define WINDOW_BYTES ((size_t)16 << 20)
#define WINDOWS_BYTES ((size_t)96 << 20)

static _Thread_local bool starting;

/*
 * A libgit2 over Mbed TLS reads and decodes every CA certificate of the
 * machine when it starts, which is most of what a small push costs. Nothing
 * here makes libgit2 connect to anything, so while it starts it is told that
 * there are none: a connection would then trust nobody. This stands in front
 * of the library's function of that name; any other caller is passed on to
 * it. Weak, for a libgit2 that is linked in together with Mbed TLS, and of no
 * consequence for one that has another TLS.
 */
__attribute__((weak, used, visibility("default"))) int
mbedtls_x509_crt_parse_file(void *chain, const char *path);

int
mbedtls_x509_crt_parse_file(void *chain, const char *path)
{
	int (*parse)(void *, const char *);

	if (starting)
		return -1;
	*(void **)&parse = dlsym(RTLD_NEXT, __func__);
	return parse != NULL ? parse(chain, path) : -1;
}

static int
start(void)
{
	int rc;

	starting = true;
	rc = git_libgit2_init();
	starting = false;
	if (rc >= 0)
		git_error_clear(); /* that there are no certificates */
	return rc;
}

void
sl_git_check_hashes(bool on)
{
	git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, (int)on);
}

int
sl_git_init(struct sl_error *err)
{
	if (start() < 0)
		return sl_git_fail(err, SL_EIO, "libgit2 does not start");
	sl_git_check_hashes(false);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW_BYTES);
	git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, WINDOWS_BYTES);
#if SL_LIBGIT2_AT_LEAST(1, 2)
	{
		/* None of these changes how objects and refs are read. */
		static const char *extensions[] = { "worktreeconfig",
			"partialclone", "relativeworktrees",
			"preciousobjects" };

		git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions,
		    SL_COUNT(extensions));
	}
#endif
	return SL_OK;
}

void
sl_git_shutdown(void)
{
	git_libgit2_shutdown();
}
