/* SPDX-License-Identifier: Apache-2.0 */
/*
 * floor: what sluice-hook costs before it does anything. Linked with the same
 * shared libraries; starts and stops libgit2, reads its input, and ends.
 */
#include <git2.h>
#include <unistd.h>

int
main(void)
{
	char text[4096];

	git_libgit2_init();
	while (read(STDIN_FILENO, text, sizeof(text)) > 0)
		;
	git_libgit2_shutdown();
	return 0;
}
