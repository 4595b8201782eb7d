/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/merge_request.h"

#include <stdlib.h>

#include "base/mem.h"

/* A variable of the CI job, or "". */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL ? value : "";
}

bool
merge_request_is_squashed(void)
{
	return !strcmp(variable("CI_MERGE_REQUEST_SQUASH_ON_MERGE"), "true");
}

/* A draft is not merged: its mark is gone by then. */
static const char *
without_mark(const char *title)
{
	static const char *const marks[] = { "Draft: ", "[Draft] ",
		"(Draft) " };

	for (size_t i = 0; i < SL_COUNT(marks); i++)
		if (!strncmp(title, marks[i], strlen(marks[i])))
			return title + strlen(marks[i]);
	return title;
}

int
merge_request_message(struct sl_buf *out, struct sl_error *err)
{
	const char *title = variable("CI_MERGE_REQUEST_TITLE");
	const char *description = variable("CI_MERGE_REQUEST_DESCRIPTION");

	if (title[0] == '\0')
		title = variable("CHANGE_TITLE");
	if (title[0] == '\0')
		return sl_error_set(err, SL_ECONFIG,
		    "the title of the merge request is not known, which is "
		    "the subject of what a squash makes: neither "
		    "CI_MERGE_REQUEST_TITLE (GitLab) nor CHANGE_TITLE "
		    "(Jenkins) is set");
	sl_buf_addf(out, "%s\n", without_mark(title));
	if (description[0] != '\0')
		sl_buf_addf(out, "\n%s\n", description);
	return out->over ? sl_error_set(err, SL_ECONFIG,
			       "the description of the merge request is "
			       "longer than %zu bytes", out->max) : SL_OK;
}
