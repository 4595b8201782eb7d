/* SPDX-License-Identifier: Apache-2.0 */
/* The tracked files of a work tree, compared with HEAD's commit. */
#include "git/git_int.h"

#define STAGED                                                     \
	(GIT_STATUS_INDEX_NEW | GIT_STATUS_INDEX_MODIFIED |        \
	    GIT_STATUS_INDEX_DELETED | GIT_STATUS_INDEX_RENAMED |  \
	    GIT_STATUS_INDEX_TYPECHANGE | GIT_STATUS_CONFLICTED)

static int
each_entry(git_status_list *list, sl_git_work_tree_fn *fn, void *ctx,
    struct sl_error *err)
{
	int rc = SL_OK;

	for (size_t i = 0; rc == 0 && i < git_status_list_entrycount(list);
	    i++) {
		const git_status_entry *entry = git_status_byindex(list, i);
		const git_diff_delta *delta = entry->head_to_index != NULL ?
		    entry->head_to_index : entry->index_to_workdir;

		if (delta == NULL || entry->status == GIT_STATUS_CURRENT)
			continue;
		rc = fn(ctx, delta->old_file.path,
		    (entry->status & STAGED) != 0, err);
	}
	return rc;
}

int
sl_git_work_tree_changes(struct sl_git *repo, sl_git_work_tree_fn *fn,
    void *ctx, struct sl_error *err)
{
	git_status_options options;
	git_status_list *list = NULL;
	int rc;

	if (sl_git_is_bare(repo))
		return sl_error_set(err, SL_EINVAL,
		    "%s is a bare repository: it has no work tree", repo->dir);
	if (git_status_options_init(&options, GIT_STATUS_OPTIONS_VERSION) < 0)
		return sl_git_fail(err, SL_EIO, "work tree of %s", repo->dir);
	options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
	options.flags = 0; /* neither untracked files nor renames */
	if (git_status_list_new(&list, repo->repo, &options) < 0)
		return sl_git_fail(err, SL_EIO, "work tree of %s", repo->dir);
	rc = each_entry(list, fn, ctx, err);
	git_status_list_free(list);
	return rc;
}
