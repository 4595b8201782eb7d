/* SPDX-License-Identifier: Apache-2.0 */
/* open.c: which repository it is, its policy ref, its trusted project file. */
#include "gate/gate.h"

#include "base/mem.h"
#include "base/text.h"
#include "flow/names.h"
#include "flow/paths.h"

/*
 * The value of the policy ref before the push: what the push moved it from,
 * or what it is.
 */
static int
find_policy_commit(struct sl_gate *gate, struct sl_error *err)
{
	const struct sl_gate_options *o = &gate->options;
	struct sl_git_peel peel;
	struct sl_oid oid;
	int rc;

	for (size_t i = 0; i < o->moved_count; i++) {
		if (!sl_str_eqs(o->moved[i].ref, gate->policy_ref))
			continue;
		oid = o->moved[i].old_oid;
		if (sl_oid_is_zero(&oid))
			return SL_OK;
		goto peel;
	}
	rc = sl_git_ref_read(o->repository, gate->policy_ref, &oid, err);
	if (rc == SL_ENOTFOUND)
		return SL_OK;
	if (rc < 0)
		return rc;
peel:
	rc = sl_git_peel(o->repository, &oid, &peel, err);
	if (rc < 0)
		return sl_error_wrap(err, "policy ref %s", gate->policy_ref);
	if (peel.tip_kind != SL_OBJECT_COMMIT)
		return sl_error_set(err, SL_ECONFIG,
		    "policy ref %s does not name a commit; set policy-ref in "
		    "%s to a branch", gate->policy_ref, o->site->file);
	gate->policy_commit = peel.tip;
	return SL_OK;
}

/* Take a ref as policy ref if it is there. */
static int
try_policy_ref(struct sl_gate *gate, const char *ref, struct sl_error *err)
{
	struct sl_oid oid;
	int rc = sl_git_ref_read(gate->options.repository, ref, &oid, err);

	if (rc == 0)
		gate->policy_ref = sl_strdup(ref);
	return rc;
}

static int
is_remote_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	(void)ctx;
	(void)err;
	return sl_str_starts(ref->name, "refs/remotes/origin/");
}

static bool
has_remote_refs(const struct sl_gate *gate)
{
	struct sl_error none;

	return sl_git_refs_each(gate->options.repository, is_remote_ref, NULL,
		   &none) != 0;
}

/*
 * In a clone the policy ref is the remote's: a local branch, above all the
 * one that is checked out, is whatever its owner likes.
 */
static int
find_policy_ref_of_clone(struct sl_gate *gate, struct sl_error *err)
{
	const char *wanted = gate->options.site->policy_ref;
	static const char *const candidates[] = { "refs/remotes/origin/HEAD",
		"refs/remotes/origin/main", "refs/remotes/origin/master" };
	SL_CLEANUP(sl_freep) char *remote = NULL;
	SL_CLEANUP(sl_freep) char *branch = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf url = SL_BUF_INIT(4096);
	int rc;

	if (wanted != NULL && !strncmp(wanted, "refs/heads/", 11)) {
		remote = sl_asprintf("refs/remotes/origin/%s", wanted + 11);
		rc = try_policy_ref(gate, remote, err);
		if (rc != SL_ENOTFOUND)
			return rc;
	}
	for (size_t i = 0; wanted == NULL && i < SL_COUNT(candidates); i++) {
		rc = try_policy_ref(gate, candidates[i], err);
		if (rc != SL_ENOTFOUND)
			return rc;
	}
	rc = sl_git_config_get(gate->options.repository, "remote.origin.url",
	    &url, err);
	/* Nothing was ever fetched or pushed: there is no policy ref yet. */
	if (rc == 0 && !has_remote_refs(gate))
		rc = SL_ENOTFOUND;
	if (rc < 0)
		return rc;
	branch = sl_text_shell_word(sl_str(remote ? wanted + 11 :
	    "main:refs/remotes/origin/main"));
	return sl_error_set(err, SL_ECONFIG,
	    "the policy ref %s is not in this clone, so it is not known which "
	    "flows it allows; fetch it: git fetch origin %s",
	    remote ? remote : "refs/remotes/origin/HEAD", branch);
}

static int
find_policy_ref(struct sl_gate *gate, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf ref = SL_BUF_INIT(4096);
	int rc = SL_ENOTFOUND;

	if (!sl_git_is_bare(gate->options.repository))
		rc = find_policy_ref_of_clone(gate, err);
	if (rc != SL_ENOTFOUND)
		return rc;
	if (gate->options.site->policy_ref != NULL) {
		gate->policy_ref = sl_strdup(gate->options.site->policy_ref);
		return SL_OK;
	}
	rc = sl_git_head_ref(gate->options.repository, &ref, err);
	if (rc == SL_ENOTFOUND)
		return sl_error_set(err, SL_ECONFIG,
		    "HEAD of %s is detached, so there is no policy ref; set "
		    "policy-ref in %s",
		    sl_git_dir(gate->options.repository),
		    gate->options.site->file);
	if (rc < 0)
		return rc;
	gate->policy_ref = sl_buf_steal(&ref);
	return SL_OK;
}

/*
 * A file of a commit, with the name that places in it have.
 *
 * @param[out] name  free; NULL: the commit has no such file
 */
static int
file_at(struct sl_git *repository, const struct sl_oid *commit,
    const char *file, struct sl_buf *text, char **name, struct sl_error *err)
{
	char hex[SL_OID_HEX + 1];
	int rc = sl_git_file_at(repository, commit, file, text, NULL, err);

	*name = NULL;
	if (rc == SL_ENOTFOUND) {
		if (err != NULL)
			sl_error_clear(err);
		return SL_OK;
	}
	if (rc < 0)
		return rc;
	sl_oid_hex(commit, hex);
	*name = sl_asprintf("%.12s:%s", hex, file);
	return SL_OK;
}

int
sl_gate_project_at(struct sl_git *repository, const struct sl_oid *commit,
    struct sl_project **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_PROJECT_MAX_BYTES);
	SL_CLEANUP(sl_freep) char *name = NULL;
	int rc = file_at(repository, commit, SL_PROJECT_FILE, &text, &name,
	    err);

	if (rc < 0)
		return rc;
	if (name == NULL) {
		*out = NULL;
		return SL_OK;
	}
	return sl_project_parse(name, sl_buf_str(&text), out, err);
}

int
sl_gate_baseline_at(struct sl_git *repository, const struct sl_oid *commit,
    struct sl_baseline **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_BASELINE_MAX_BYTES);
	SL_CLEANUP(sl_freep) char *name = NULL;
	int rc = file_at(repository, commit, SL_BASELINE_FILE, &text, &name,
	    err);

	if (rc < 0)
		return rc;
	if (name == NULL) {
		*out = NULL;
		return SL_OK;
	}
	return sl_baseline_parse(name, sl_buf_str(&text), out, err);
}

/* Whether an error is the author's of the file, and not the machine's. */
static bool
is_fault_of_file(int code)
{
	return code == SL_ECONFIG || code == SL_EINVAL || code == SL_ETOOBIG ||
	    code == SL_ENOTFOUND;
}

static int
read_trusted(struct sl_gate *gate, struct sl_error *err)
{
	struct sl_buf *text = &gate->trusted_text;
	SL_CLEANUP(sl_freep) char *name = NULL;
	struct sl_error fault = SL_ERROR_INIT;
	int rc;

	sl_buf_init(text, SL_PROJECT_MAX_BYTES);
	if (sl_oid_is_zero(&gate->policy_commit))
		return SL_OK;
	name = sl_asprintf("%s:%s", gate->policy_ref, SL_PROJECT_FILE);
	rc = sl_git_file_at(gate->options.repository, &gate->policy_commit,
	    SL_PROJECT_FILE, text, NULL, &fault);
	if (rc == SL_ENOTFOUND)
		return SL_OK;
	if (rc == 0)
		rc = sl_project_parse(name, sl_buf_str(text), &gate->trusted,
		    &fault);
	if (rc == 0)
		rc = sl_flows_check(&gate->trusted->flows, gate->options.site,
		    &fault);
	if (rc == 0)
		rc = sl_flow_paths_check(&gate->trusted->flows, &fault);
	if (rc == 0)
		return SL_OK;
	if (!is_fault_of_file(rc)) {
		*err = fault;
		return sl_error_wrap(err, "%s", name);
	}
	gate->project_fault = fault;
	sl_project_free(sl_steal(&gate->trusted));
	return SL_OK;
}

/* Without a baseline that loads everything is found: nothing fails open. */
static int
read_baseline(struct sl_gate *gate, struct sl_error *err)
{
	struct sl_error fault = SL_ERROR_INIT;
	int rc;

	if (sl_oid_is_zero(&gate->policy_commit))
		return SL_OK;
	rc = sl_gate_baseline_at(gate->options.repository,
	    &gate->policy_commit, &gate->baseline, &fault);
	if (rc == 0)
		return SL_OK;
	if (!is_fault_of_file(rc)) {
		*err = fault;
		return rc;
	}
	gate->baseline_fault = fault;
	return SL_OK;
}

/*
 * A clone is not the repository: its folder says nothing, and is another one
 * in every CI job. Unless it was given an id, it is known by its origin.
 */
static int
find_repository_id(struct sl_gate *gate, struct sl_error *err)
{
	struct sl_git *repository = gate->options.repository;
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_buf_release) struct sl_buf id = SL_BUF_INIT(4096);
	int rc = sl_git_config_get(repository, "sluice.repository-id", &value,
	    err);

	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	if (rc == SL_ENOTFOUND && !sl_git_is_bare(repository)) {
		rc = sl_git_config_get(repository, "remote.origin.url", &value,
		    err);
		if (rc < 0 && rc != SL_ENOTFOUND)
			return rc;
		if (rc == 0)
			rc = sl_repository_clone_id(sl_buf_str(&value), &id,
			    err);
		else
			rc = sl_git_repository_id(repository, &id, err);
	} else {
		rc = sl_git_repository_id(repository, &id, err);
	}
	if (rc == 0)
		gate->repository_id = sl_buf_steal(&id);
	return rc;
}

int
sl_gate_open(const struct sl_gate_options *options, struct sl_gate **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_gate_freep)
	struct sl_gate *gate = sl_alloc(sizeof(*gate));
	struct sl_standing_options standing = { 0 };
	int rc;

	gate->options = *options;
	standing.source = &options->site->policy;
	standing.packs_dir = options->packs_dir;
	standing.grace_s = options->site->policy_grace_s;
	standing.state = options->site->state;
	standing.scan_state = options->site->state;
	standing.clock = options->clock;
	sl_standing_init(&gate->standing, &standing);
	rc = find_repository_id(gate, err);
	if (rc == 0)
		rc = find_policy_ref(gate, err);
	if (rc == 0)
		rc = find_policy_commit(gate, err);
	if (rc == 0)
		rc = sl_flow_paths_check(&options->site->flows, err);
	if (rc == 0)
		rc = read_trusted(gate, err);
	if (rc == 0)
		rc = read_baseline(gate, err);
	if (rc < 0)
		return rc;
	*out = sl_steal(&gate);
	return SL_OK;
}

void
sl_gate_free(struct sl_gate *gate)
{
	if (gate == NULL)
		return;
	sl_policy_free(gate->policy);
	sl_baseline_free(gate->baseline);
	sl_standing_release(&gate->standing);
	sl_project_free(gate->trusted);
	sl_buf_release(&gate->trusted_text);
	free(gate->repository_id);
	free(gate->policy_ref);
	free(gate);
}
