/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/definition.h"

#include "ci-runner/command.h"
#include "pipeline/pipeline.h"

/* --- the work tree --- */

static int
refuse_change(void *ctx, const char *path, bool staged, struct sl_error *err)
{
	const struct subject *s = ctx;

	return sl_error_set(err, SL_ECONFIG,
	    "%s in the %s is not as %s has it, so the command's definition "
	    "would be of something else; commit it, or put it aside with git "
	    "stash", path, staged ? "index" : "work tree", s->ref);
}

/* The work tree must be the commit, or the definition is of something else. */
static int
check_work_tree(struct sl_git *repository, struct subject *s,
    struct sl_error *err)
{
	struct sl_oid head;
	int rc;

	if (sl_git_work_tree(repository) == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "the definition of pipeline \"%s\" comes from a command, "
		    "which needs a work tree; run it in a clone",
		    s->plan->pipeline);
	rc = sl_git_ref_read(repository, "HEAD", &head, err);
	if (rc < 0)
		return rc;
	if (!sl_oid_eq(&head, &s->commit.commit.oid))
		return sl_error_set(err, SL_ECONFIG,
		    "the work tree is not at %s, so the command's definition "
		    "would be of another commit; check it out first", s->ref);
	return sl_git_work_tree_changes(repository, refuse_change, s, err);
}

/* --- what was printed --- */

static bool
is_blank(struct sl_str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (strchr(" \t\r\n", text.ptr[i]) == NULL)
			return false;
	return true;
}

static int
check_output(const struct sl_words *command, struct sl_str text,
    struct sl_error *err)
{
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *pipeline = NULL;
	char shown[COMMAND_NAME_SIZE], name[COMMAND_NAME_SIZE + 16];
	int rc;

	command_name(command, shown);
	if (is_blank(text))
		return sl_error_set(err, SL_ECONFIG,
		    "the command %s printed nothing; it must print the "
		    "definition on standard output", shown);
	snprintf(name, sizeof(name), "output of %s", shown);
	rc = sl_pipeline_parse(name, text, &pipeline, err);
	return rc < 0 ? rc : sl_pipeline_check(pipeline, err);
}

int
definition_of_command(struct runtime *rt, struct subject *s,
    int64_t deadline_ms, struct sl_buf *out, struct sl_error *err)
{
	const struct sl_words *command = &s->plan->command;
	int rc;

	if (command->count == 0)
		return SL_OK;
	rc = check_work_tree(rt->repository, s, err);
	if (rc < 0)
		return rc;
	if (deadline_ms == 0)
		deadline_ms = sl_clock_monotonic_ms(rt->clock) +
		    DEFINITION_TIMEOUT_MS;
	rc = command_run(command, sl_git_work_tree(rt->repository), rt->clock,
	    deadline_ms, out, err);
	if (rc == 0)
		rc = check_output(command, sl_buf_str(out), err);
	if (rc < 0)
		return sl_error_wrap(err, "pipeline \"%s\"",
		    s->plan->pipeline);
	return SL_OK;
}
