/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/runtime.h"

#include <unistd.h>

#include "base/mem.h"
#include "cli/locate.h"
#include "scan/scan.h"

int
runtime_init(struct runtime *rt, const struct sl_invocation *inv,
    struct sl_error *err)
{
	memset(rt, 0, sizeof(*rt));
	rt->inv = inv;
	rt->clock = sl_clock_system();
	rt->packs_dir = sl_locate_data("policies");
	return sl_git_init(err);
}

void
runtime_release(struct runtime *rt)
{
	runtime_aws_free(rt->aws);
	sl_store_free(rt->store);
	sl_site_free(rt->site);
	sl_git_free(rt->repository);
	free(rt->site_path);
	free(rt->packs_dir);
	memset(rt, 0, sizeof(*rt));
}

int
runtime_open_repository(struct runtime *rt, struct sl_error *err)
{
	const char *path = rt->inv->common->repository;

	if (rt->repository != NULL)
		return SL_OK;
	return sl_git_open(path ? path : ".", &rt->repository, err);
}

int
runtime_policy_source(struct runtime *rt, const char *option,
    struct sl_policy_source *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(16384);
	int rc;

	if (option != NULL)
		return sl_policy_source_parse("--policy", "", sl_str(option),
		    out, err);
	if (rt->repository == NULL)
		return SL_OK;
	rc = sl_git_config_get(rt->repository, "sluice.policy", &value, err);
	if (rc == SL_ENOTFOUND)
		return SL_OK;
	return rc < 0 ? rc : sl_policy_source_parse(
		"git config sluice.policy", "", sl_buf_str(&value), out, err);
}

const char *
runtime_find_state(struct runtime *rt)
{
	struct sl_error none = SL_ERROR_INIT;

	if (runtime_open_site(rt, &none) < 0) {
		free(sl_steal(&rt->site_path));
		return NULL;
	}
	return access(rt->site->state, X_OK) < 0 ? NULL : rt->site->state;
}

bool
runtime_compile_scan(const struct sl_policy *policy, struct sl_buf *out)
{
	struct sl_error err = SL_ERROR_INIT;
	struct sl_scan_compiled done;
	int rc = sl_scanner_compile(sl_policy_scanner(policy), &done, &err);

	if (rc < 0) {
		sl_buf_addf(out, "patterns are not compiled, so files are "
		    "searched more slowly: %s", err.text);
		return rc != SL_ENOTFOUND;
	}
	if (done.known == 0)
		return false;
	sl_buf_addf(out, "%zu of %zu patterns %scompiled for the search of "
	    "files", done.known, done.patterns, done.made ? "" : "are ");
	return done.made;
}

char *
runtime_job_ref(void)
{
	static const struct {
		const char *variable;
		const char *prefix;
	} rows[] = {
		/* Jenkins sets both of its own for a tag. */
		{ "CI_COMMIT_TAG", "refs/tags/" },
		{ "CI_COMMIT_BRANCH", "refs/heads/" },
		{ "TAG_NAME", "refs/tags/" },
		{ "BRANCH_NAME", "refs/heads/" },
	};

	for (size_t i = 0; i < SL_COUNT(rows); i++) {
		const char *value = getenv(rows[i].variable);

		if (value != NULL && value[0] != '\0')
			return sl_asprintf("%s%s", rows[i].prefix, value);
	}
	return NULL;
}

int
runtime_head_ref(struct sl_git *repository, char **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf head = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_freep) char *ref = NULL;
	int rc = sl_git_head_ref(repository, &head, err);

	if (rc == SL_OK)
		ref = sl_buf_steal(&head);
	else if (rc == SL_ENOTFOUND && (ref = runtime_job_ref()) != NULL)
		rc = sl_ref_name_check(sl_str(ref), err);
	if (rc == SL_OK)
		*out = sl_steal(&ref);
	return rc;
}

int
runtime_open_site(struct runtime *rt, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(4096);
	struct sl_error none;
	int rc;

	if (rt->site != NULL)
		return SL_OK;
	/* status and worker may run outside any repository. */
	if (rt->repository == NULL && rt->inv->common->repository == NULL)
		(void)!sl_git_open(".", &rt->repository, &none);
	if (rt->repository != NULL) {
		rc = sl_git_config_get(rt->repository, "sluice.site", &value,
		    err);
		if (rc < 0 && rc != SL_ENOTFOUND)
			return rc;
		sl_error_clear(err);
	}
	rc = sl_locate_site(rt->inv->common->site, sl_buf_cstr(&value),
	    &rt->site_path, err);
	if (rc < 0)
		return rc;
	return sl_site_load(rt->site_path, &rt->site, err);
}

int
runtime_open_store(struct runtime *rt, unsigned flags, struct sl_error *err)
{
	return sl_store_open(rt->site->state, flags, &rt->store, err);
}

int
runtime_open_gate(struct runtime *rt, struct sl_gate **out,
    struct sl_error *err)
{
	const struct sl_gate_options options = {
		.site = rt->site,
		.repository = rt->repository,
		.packs_dir = rt->packs_dir,
		.clock = rt->clock,
	};

	return sl_gate_open(&options, out, err);
}

int
runtime_person(struct runtime *rt, const char *as,
    const struct sl_person **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf email = SL_BUF_INIT(1024);
	int rc;

	if (as != NULL) {
		*out = sl_site_person(rt->site, sl_str(as));
		if (*out == NULL)
			return sl_error_set(err, SL_ECONFIG,
			    "\"%s\" is no person of %s; add them below "
			    "`people`", as, rt->site->file);
		return SL_OK;
	}
	rc = rt->repository == NULL ? SL_ENOTFOUND :
	    sl_git_config_get(rt->repository, "user.email", &email, err);
	if (rc == 0)
		*out = sl_site_person_by_email(rt->site, sl_buf_str(&email));
	if (rc == SL_ENOTFOUND || (rc == 0 && *out == NULL))
		return sl_error_set(err, SL_ECONFIG,
		    "who are you? git config user.email names no person of "
		    "%s; say --as=PERSON", rt->site->file);
	return rc;
}

void
runtime_policy_state(const struct runtime *rt, struct policy_state *out)
{
	int64_t now = sl_clock_now_s(rt->clock);
	int64_t grace_s = rt->site->policy_grace_s;
	struct sl_error why = SL_ERROR_INIT;
	struct sl_standing_note note;
	int rc = grace_s == 0 ? SL_ENOTFOUND :
	    sl_standing_note_read(rt->site->state, &note, &why);

	memset(out, 0, sizeof(*out));
	out->word = "loads";
	if (rc == SL_ENOTFOUND)
		return;
	if (rc < 0) {
		out->word = "unknown";
		sl_error_format(&why, out->reason, sizeof(out->reason));
		return;
	}
	out->word = now < note.since_s + grace_s &&
		now + SL_STANDING_SLACK_S >= note.latest_s ? "kept" :
							      "refused";
	if (sl_time_format_rfc3339(note.since_s, out->since) < 0 ||
	    sl_time_format_rfc3339(note.since_s + grace_s, out->until) < 0)
		out->since[0] = out->until[0] = '\0';
	memcpy(out->reason, note.reason, sizeof(out->reason));
}

void
policy_state_line(const struct policy_state *state, struct sl_buf *out)
{
	if (!strcmp(state->word, "loads"))
		return;
	if (!strcmp(state->word, "unknown"))
		sl_buf_adds(out, "cannot tell whether it loads: ");
	else if (!strcmp(state->word, "kept"))
		sl_buf_addf(out, "does not load since %s; the last good one "
		    "judges until %s: ", state->since, state->until);
	else
		sl_buf_addf(out, "does not load since %s; the grace is over "
		    "and pushes are refused: ", state->since);
	sl_buf_adds(out, state->reason);
}
