/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/standing.h"

#include "base/mem.h"
#include "git/git.h"

void
sl_standing_init(struct sl_standing *s,
    const struct sl_standing_options *options)
{
	memset(s, 0, sizeof(*s));
	s->options = *options;
}

void
sl_standing_release(struct sl_standing *s)
{
	sl_doc_free(s->doc);
	free(s->name);
	s->doc = NULL;
	s->name = NULL;
}

/* --- a policy repository --- */

/* The commit that is read: the one that is pinned, or what the ref leads to. */
static int
find_commit(const struct sl_policy_source *source, struct sl_git *repository,
    struct sl_oid *out, struct sl_error *err)
{
	struct sl_git_peel peel;
	struct sl_oid oid;
	int rc = source->ref != NULL ?
	    sl_git_ref_read(repository, source->ref, &oid, err) :
	    sl_oid_parse(sl_str(source->commit), &oid);

	if (rc == 0)
		rc = sl_git_peel(repository, &oid, &peel, err);
	if (rc < 0)
		return rc;
	/* Pinned is the commit itself: a tag's id would be another pin. */
	if (peel.tip_kind != SL_OBJECT_COMMIT ||
	    (source->commit != NULL && peel.depth > 0))
		return sl_error_set(err, SL_ECONFIG, "it is not a commit");
	*out = peel.tip;
	return SL_OK;
}

static int
read_repository(const struct sl_policy_source *source, const char *name,
    struct sl_buf *text, struct sl_oid *commit, struct sl_error *err)
{
	SL_CLEANUP(sl_git_freep) struct sl_git *repository = NULL;
	int rc = sl_git_open_at(source->repository, &repository, err);

	if (rc == 0)
		rc = find_commit(source, repository, commit, err);
	if (rc == 0)
		rc = sl_git_file_at(repository, commit, source->file, text,
		    NULL, err);
	if (rc == 0)
		return SL_OK;
	sl_error_wrap(err, "the site policy %s cannot be read", name);
	/* Nothing was asked for by the caller that could be missing or too
	 * large: the site's configuration asked for it. */
	if (rc == SL_ENOTFOUND || rc == SL_EINVAL || rc == SL_ETOOBIG)
		err->code = SL_ECONFIG;
	return err->code;
}

/* What messages call the policy: "policy.git refs/heads/main:policy.yaml". */
static char *
name_of(const struct sl_policy_source *source)
{
	if (source->repository == NULL)
		return sl_strdup(source->path);
	if (source->ref != NULL)
		return sl_asprintf("%s %s:%s", source->repository, source->ref,
		    source->file);
	return sl_asprintf("%s %.12s:%s", source->repository, source->commit,
	    source->file);
}

static int
read_source(struct sl_standing *s, struct sl_error *err)
{
	static const struct sl_doc_limits limits = {
		.max_bytes = SL_POLICY_MAX_BYTES,
	};
	const struct sl_policy_source *source = s->options.source;
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_POLICY_MAX_BYTES);
	SL_CLEANUP(sl_freep) char *name = NULL;
	struct sl_oid commit;
	int rc;

	/* src/policy reads a plain file itself. */
	if (s->doc != NULL || source->repository == NULL)
		return SL_OK;
	name = name_of(source);
	rc = read_repository(source, name, &text, &commit, err);
	if (rc == 0)
		rc = sl_doc_parse(name, sl_buf_str(&text), &limits, &s->doc,
		    err);
	if (rc < 0)
		return rc;
	s->commit = commit;
	s->name = sl_steal(&name);
	return SL_OK;
}

/* --- loading --- */

int
sl_standing_load(struct sl_standing *s, const struct sl_doc *project,
    struct sl_policy **out, struct sl_error *err)
{
	struct sl_policy_inputs in = {
		.packs_dir = s->options.packs_dir,
		.project = project,
		.project_alone = !sl_policy_source_is_set(s->options.source),
	};
	int rc = read_source(s, err);

	if (rc < 0)
		return rc;
	in.site = s->doc;
	in.site_path = s->options.source->path;
	return sl_policy_load(&in, out, err);
}

void
sl_standing_sign(const struct sl_standing *s, struct sl_verdict *verdict)
{
	if (s->name == NULL)
		return;
	verdict->policy_source = sl_verdict_text(verdict, sl_str(s->name));
	verdict->policy_commit = s->commit;
}
