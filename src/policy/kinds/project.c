/* SPDX-License-Identifier: Apache-2.0 */
/*
 * project-file: the project's file and baseline of each new tip must load.
 * Built in; a file that is broken on the policy ref would judge nothing.
 */
#include "policy/kinds/kinds.h"

#include "base/mem.h"
#include "policy/baseline.h"
#include "policy/kinds/files.h"
#include "policy/policy.h"

static const struct sl_key project_keys[] = { { .name = NULL } };

static int
project_parse(struct sl_rule *rule SL_UNUSED, void **state,
    struct sl_error *err SL_UNUSED)
{
	*state = sl_alloc(1);
	return SL_OK;
}

static void *
project_begin(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED)
{
	return sl_alloc(1);
}

static void
tell(struct sl_judge *j, struct sl_str path, const struct sl_error *why)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf message = SL_BUF_INIT(4000);
	bool baseline = sl_str_eqs(path, SL_BASELINE_FILE);
	struct sl_hit hit = {
		.path = path,
		.found = sl_str(why->text),
		.fix = baseline ? "correct it, or make it anew: sluice "
				  "baseline create" :
				  "correct it; `sluice check` reads it in the "
				  "same way",
	};

	/* Whole, as {found} would cut what names two places. */
	sl_buf_addf(&message, "the %s does not load: ",
	    baseline ? "baseline" : "project's file");
	for (const char *c = why->text; *c != '\0'; c++) {
		sl_buf_addc(&message, *c);
		if (*c == '{' || *c == '}')
			sl_buf_addc(&message, *c);
	}
	hit.message = sl_buf_cstr(&message);

	sl_hit_at_error(&hit, why);
	sl_judge_found(j, &hit);
}

/* Read one of the two files as it is used. */
static int
lint(struct sl_judge *j, bool baseline, struct sl_str bytes,
    struct sl_error *err)
{
	SL_CLEANUP(sl_baseline_freep) struct sl_baseline *parsed = NULL;

	if (baseline)
		return sl_baseline_parse(SL_BASELINE_FILE, bytes, &parsed,
		    err);
	return j->lint_project(j->lint_ctx, bytes, err);
}

static int
project_entry(struct sl_judge *j, void *state SL_UNUSED, void *walk SL_UNUSED,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	bool baseline = sl_str_eqs(entry->path, SL_BASELINE_FILE);
	SL_CLEANUP(sl_buf_release) struct sl_buf bytes = SL_BUF_INIT(
	    baseline ? SL_BASELINE_MAX_BYTES : SL_POLICY_MAX_BYTES);
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	if (!baseline && !sl_str_eqs(entry->path, SL_PROJECT_FILE))
		return SL_OK;
	if (entry->mode != SL_MODE_FILE && entry->mode != SL_MODE_EXECUTABLE) {
		(void)sl_error_set(&why, SL_ECONFIG, "it must be a file, not "
		    "a folder, link or submodule");
		tell(j, entry->path, &why);
		return SL_OK;
	}
	if (!baseline && !j->lint_project)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "the project's file cannot be checked here");
	rc = j->source->blob_read(j->source->self, &entry->oid, &bytes, &why);
	if (rc == SL_OK)
		rc = lint(j, baseline, sl_buf_str(&bytes), &why);
	if (rc == SL_ECONFIG || rc == SL_EINVAL || rc == SL_ETOOBIG) {
		tell(j, entry->path, &why);
		return SL_OK;
	}
	if (rc < 0)
		return sl_error_set(err, rc, "%s", why.text);
	return SL_OK;
}

/* Only the root's entries matter. */
static bool
project_wants_below(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED,
    void *walk SL_UNUSED, struct sl_str folder SL_UNUSED)
{
	return false;
}

static int
project_end(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED,
    void *walk SL_UNUSED, struct sl_error *err SL_UNUSED)
{
	return SL_OK;
}

const struct sl_rule_kind sl_kind_project_file = {
	.name = "project-file",
	.brief = "the project's file and baseline must load",
	.keys = project_keys,
	.internal = true,
	.parse = project_parse,
	.free = free,
	.tree_begin = project_begin,
	.tree_entry = project_entry,
	.wants_below = project_wants_below,
	.tree_end = project_end,
	.tree_free = free,
};
