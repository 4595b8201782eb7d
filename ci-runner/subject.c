/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/subject.h"

#include <stdarg.h>

#include "base/mem.h"
#include "doc/json.h"

static bool
exists(struct sl_git *repository, const char *ref)
{
	struct sl_oid oid;
	struct sl_error none;

	return sl_git_ref_read(repository, ref, &oid, &none) == 0;
}

static int
ref_of_head(struct sl_git *repository, char **out, struct sl_error *err)
{
	int rc = runtime_head_ref(repository, out, err);

	return rc == SL_ENOTFOUND ? sl_error_set(err, SL_ECONFIG,
	    "HEAD is detached and no CI variable names a branch or tag; name "
	    "the ref, as in refs/heads/main") : rc;
}

int
subject_find_ref(struct sl_git *repository, const char *text, char **out,
    struct sl_error *err)
{
	static const struct {
		const char *prefix;
		bool remote;
	} places[] = {
		{ "refs/heads/", false },
		{ "refs/tags/", false },
		{ "refs/", false },
		{ "refs/remotes/origin/", true },
	};

	if (text == NULL || !strcmp(text, "HEAD"))
		return ref_of_head(repository, out, err);
	if (!strncmp(text, "refs/", 5)) {
		*out = sl_strdup(text);
		return sl_ref_name_check(sl_str(text), err);
	}
	for (size_t i = 0; i < SL_COUNT(places); i++) {
		SL_CLEANUP(sl_freep)
		char *ref = sl_asprintf("%s%s", places[i].prefix, text);

		if (!exists(repository, ref))
			continue;
		/* A remote branch flows as the branch that it follows. */
		*out = places[i].remote ? sl_asprintf("refs/heads/%s", text) :
					  sl_steal(&ref);
		return SL_OK;
	}
	return sl_error_set(err, SL_ENOTFOUND,
	    "there is no branch or tag \"%s\" here; git branch -a and git tag "
	    "list them", text);
}

int
subject_find_value(struct sl_git *repository, const char *ref, bool named,
    struct sl_oid *out, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *remote = NULL;
	int rc = sl_git_ref_read(repository, ref, out, err);

	if (rc == SL_ENOTFOUND && !strncmp(ref, "refs/heads/", 11)) {
		remote = sl_asprintf("refs/remotes/origin/%s", ref + 11);
		rc = sl_git_ref_read(repository, remote, out, err);
	}
	if (rc == SL_ENOTFOUND && !named)
		rc = sl_git_ref_read(repository, "HEAD", out, err);
	if (rc == SL_ENOTFOUND)
		return sl_error_set(err, rc,
		    "%s is not there: nothing was committed to it yet, or it "
		    "was not fetched", ref);
	return rc;
}

/* Why nothing runs; not an error of anybody's. */
static int SL_PRINTF(3, 4)
nothing_runs(bool *nothing, struct sl_error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	sl_error_vset(err, SL_ENOTFOUND, fmt, ap);
	va_end(ap);
	*nothing = true;
	return SL_OK;
}

static int
read_objects(struct sl_git *repository, struct subject *s, bool *nothing,
    struct sl_error *err)
{
	const struct sl_commit *c = &s->commit.commit;
	struct sl_git_peel peel;
	const char *end;
	int rc = sl_git_peel(repository, &s->value, &peel, err);

	if (rc < 0)
		return rc;
	if (peel.tip_kind != SL_OBJECT_COMMIT)
		return nothing_runs(nothing, err,
		    "%s does not lead to a commit", s->ref);
	rc = sl_git_commit_read(repository, &peel.tip, &s->commit, err);
	if (rc == 0 && peel.kind == SL_OBJECT_TAG)
		rc = sl_git_tag_read(repository, &s->value, &s->tag, err);
	if (rc < 0)
		return rc;
	s->author_email = sl_strndup(c->author.email.ptr, c->author.email.len);
	end = c->message.len ? memchr(c->message.ptr, '\n', c->message.len) :
			       NULL;
	s->title = sl_strndup(c->message.ptr,
	    end ? (size_t)(end - c->message.ptr) : c->message.len);
	s->tag_message = sl_strndup(s->tag.tag.message.ptr,
	    s->tag.tag.message.len);
	return SL_OK;
}

static int
choose_flow(struct sl_gate *gate, const char *payload, struct subject *s,
    const struct sl_flow **flow, bool *nothing, struct sl_error *err)
{
	int rc;

	if (payload != NULL) {
		rc = sl_gate_flow_read(payload, &s->queued, err);
		*flow = rc == 0 ? &s->queued.items[0] : NULL;
		return rc;
	}
	rc = sl_flow_choose(gate->options.site, gate->trusted, s->project,
	    sl_str(s->ref), flow, err);
	if (rc == SL_ENOTFOUND ||
	    (rc == 0 && (*flow)->action == SL_FLOW_NONE))
		return nothing_runs(nothing, err,
		    "no flow names %s; see `flows` of %s and of "
		    SL_PROJECT_FILE, s->ref, gate->options.site->file);
	if (rc == 0 && (*flow)->action == SL_FLOW_TRAIN &&
	    s->project->pipeline_count == 0)
		return nothing_runs(nothing, err,
		    SL_PROJECT_FILE " of %s names no pipelines", s->ref);
	return rc;
}

/* The committed definition; a promotion or a command has none to read. */
static int
read_definition(struct sl_git *repository, struct subject *s,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_PIPELINE_MAX_BYTES);
	int rc;

	if (s->plan->definition == NULL)
		return SL_OK;
	rc = sl_git_file_at(repository, &s->commit.commit.oid,
	    s->plan->definition, &text, NULL, err);
	if (rc < 0)
		return sl_error_wrap(err, "pipeline \"%s\"", s->plan->pipeline);
	return sl_pipeline_parse(s->plan->definition, sl_buf_str(&text),
	    &s->pipeline, err);
}

int
subject_open(struct sl_gate *gate, const char *ref,
    const struct sl_oid *value, const char *payload, struct subject *out,
    bool *nothing, struct sl_error *err)
{
	struct sl_git *repository = gate->options.repository;
	const struct sl_flow *flow = NULL;
	struct sl_plan_input input = { 0 };
	int rc;

	*nothing = false;
	out->ref = sl_strdup(ref);
	out->value = *value;
	rc = read_objects(repository, out, nothing, err);
	if (rc == 0 && !*nothing)
		rc = sl_gate_project_at(repository, &out->commit.commit.oid,
		    &out->project, err);
	if (rc < 0 || *nothing)
		return rc;
	if (out->project == NULL)
		return nothing_runs(nothing, err, "%s has no " SL_PROJECT_FILE,
		    ref);
	rc = choose_flow(gate, payload, out, &flow, nothing, err);
	if (rc < 0 || *nothing)
		return rc;
	out->flow = flow;
	input.site = gate->options.site;
	input.project = out->project;
	input.flow = flow;
	input.repository_id = gate->repository_id;
	input.ref = sl_str(out->ref);
	input.commit = out->commit.commit.oid;
	input.tree = out->commit.commit.tree;
	input.commit_time_s = out->commit.commit.committer.when_s;
	rc = sl_plan_make(&input, &out->plan, err);
	if (rc == 0)
		rc = read_definition(repository, out, err);
	return rc;
}

int
subject_nothing_to_run(const struct sl_invocation *inv, const char *ref,
    const struct sl_error *why)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(65536);
	struct sl_json w;

	if (inv->json) {
		sl_json_init(&w, &out, 2);
		sl_json_object(&w);
		sl_json_put(&w, "ref", ref);
		sl_json_put(&w, "state", "none");
		sl_json_put(&w, "reason", why->text);
		sl_json_end(&w);
	} else {
		sl_buf_addf(&out, "nothing to run: %s", why->text);
	}
	sl_buf_addc(&out, '\n');
	return sl_cli_print(stdout, &out);
}

void
subject_release(struct subject *s)
{
	sl_pipeline_free(s->pipeline);
	sl_plan_free(s->plan);
	sl_project_free(s->project);
	sl_flows_release(&s->queued);
	sl_git_commit_release(&s->commit);
	sl_git_tag_release(&s->tag);
	free(s->ref);
	free(s->author_email);
	free(s->title);
	free(s->tag_message);
	memset(s, 0, sizeof(*s));
}
