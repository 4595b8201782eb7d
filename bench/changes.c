/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes: only the part of pre-receive that finds out what is new. Takes a
 * hook's environment and input; says how it found it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/changes.h"

#include "base/fsx.h"
#include "base/mem.h"

static int
run(struct sl_git *repo, struct sl_str input, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_ref_line *lines = NULL;
	struct sl_change_set set = { 0 };
	struct sl_git_walk_stats stats;
	size_t count = 0;

	if (sl_ref_lines_parse(input, SL_GIT_REFS_MAX, &lines, &count, err) <
		0 ||
	    sl_git_changes_push(repo, lines, count, NULL, &set, err) < 0)
		return err->code;
	stats = sl_git_walk_stats(repo);
	printf("commits %zu, read %zu, refs %s, children %u, notes %zu\n",
	    set.commit_count, stats.commits_read,
	    stats.refs_loaded ? "yes" : "no", stats.children, set.note_count);
	for (size_t i = 0; i < set.ref_count; i++)
		printf("%.*s: %s, %zu commits\n", SL_STR_ARG(set.refs[i].ref),
		    sl_ref_action_name(set.refs[i].action),
		    set.refs[i].commit_count);
	sl_change_set_release(&set);
	return SL_OK;
}

int
main(void)
{
	const char *git_dir = getenv("GIT_DIR");
	const struct sl_git_quarantine quarantine = {
		getenv("GIT_OBJECT_DIRECTORY"),
		getenv("GIT_ALTERNATE_OBJECT_DIRECTORIES")
	};
	SL_CLEANUP(sl_git_freep) struct sl_git *repo = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf input = SL_BUF_INIT(1 << 24);
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_git_init(&err);

	if (rc == SL_OK)
		rc = sl_git_open_hook(git_dir ? git_dir : ".", &quarantine,
		    &repo, &err);
	if (rc == SL_OK)
		rc = sl_fsx_read_fd(STDIN_FILENO, "standard input", &input,
		    &err);
	if (rc == SL_OK)
		rc = run(repo, sl_buf_str(&input), &err);
	if (rc < 0)
		fprintf(stderr, "changes: %s\n", err.text);
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
