/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/change.h"

#include "base/mem.h"

/* A variable of the CI job, or NULL where it is unset or empty. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Whether the CI job's variables are about this very ref and commit. */
static bool
is_of_job(const struct subject *s)
{
	SL_CLEANUP(sl_freep) char *ref = runtime_job_ref();
	const char *commit = variable("CI_COMMIT_SHA");
	char hex[SL_OID_HEX + 1];

	if (commit == NULL)
		commit = variable("GIT_COMMIT");
	sl_oid_hex(&s->commit.commit.oid, hex);
	return (ref == NULL || !strcmp(ref, s->ref)) &&
	    (commit == NULL || !strcmp(commit, hex));
}

/* What the ref was before, as the variables say it; NULL: they do not. */
static const char *
value_before(void)
{
	const char *source = variable("CI_PIPELINE_SOURCE");
	const char *value = variable("CI_COMMIT_BEFORE_SHA");

	/* A schedule, an API call or a person wants it to run. */
	if (source != NULL && strcmp(source, "push") != 0)
		return NULL;
	if (value == NULL)
		value = variable("GIT_PREVIOUS_SUCCESSFUL_COMMIT");
	if (value == NULL)
		value = variable("GIT_PREVIOUS_COMMIT");
	return value;
}

int
change_of_job(struct sl_gate *gate, const struct subject *s, bool *asked,
    struct sl_gate_filter *out, struct sl_error *err)
{
	const char *before = value_before();
	struct sl_oid base;

	*asked = s->flow->path_count > 0 && before != NULL && is_of_job(s);
	if (!*asked)
		return SL_OK;
	if (sl_oid_parse(sl_str(before), &base) < 0)
		memset(&base, 0, sizeof(base));
	return sl_gate_filter(gate, s->flow, &base, &s->commit.commit.oid, out,
	    err);
}

/* What a push would find in the ref's place. */
static int
find_old(struct sl_gate *gate, const struct subject *s, struct sl_oid *old,
    struct sl_error *err)
{
	struct sl_git *repository = gate->options.repository;
	SL_CLEANUP(sl_freep) char *remote = NULL;
	int rc;

	*old = s->value;
	if (sl_git_is_bare(repository))
		return SL_OK;
	memset(old, 0, sizeof(*old));
	if (strncmp(s->ref, "refs/heads/", 11) != 0)
		return SL_OK;
	remote = sl_asprintf("refs/remotes/origin/%s", s->ref + 11);
	rc = sl_git_ref_read(repository, remote, old, err);
	if (rc == SL_ENOTFOUND)
		sl_error_clear(err);
	return rc == SL_ENOTFOUND ? SL_OK : rc;
}

int
change_of_push(struct sl_gate *gate, struct sl_store *store,
    const struct subject *s, bool *asked, struct sl_gate_filter *out,
    struct sl_error *err)
{
	const struct sl_oid *tip = &s->commit.commit.oid;
	struct sl_ref_line line = { .new_oid = s->value,
		.ref = sl_str(s->ref) };
	struct sl_oid base;
	int rc;

	*asked = s->flow->path_count > 0;
	if (!*asked)
		return SL_OK;
	rc = find_old(gate, s, &line.old_oid, err);
	if (rc == 0)
		rc = sl_gate_filter_base(gate, store, s->flow, &line, tip,
		    &base, err);
	if (rc == 0)
		rc = sl_gate_filter(gate, s->flow, &base, tip, out, err);
	return rc;
}
