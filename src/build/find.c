/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The model that a promotion brings over: the one that the tag names, else
 * the single approved one that the builds of this commit, or of the same
 * inputs, registered. Never the latest.
 */
#include <stdio.h>

#include "base/mem.h"
#include "build/build_int.h"
#include "build/promote_int.h"
#include "git/git.h"

/* Builds that are looked at for one promotion. */
#define BUILDS_MAX 200
#define BUILD_ID_LEN (SL_BUILD_ID_SIZE - 1)

static char *
manifest_key(const char *prefix, const char *name, const char *build_id)
{
	return sl_asprintf("%s%s%s/%.*s/manifest.json", prefix,
	    prefix[0] != '\0' ? "/" : "", name, (int)BUILD_ID_LEN, build_id);
}

/* Whether the group carries the tags that sluice gives to groups of an
 * environment. What cannot be looked at is not known to be ours. */
static bool
is_group_of_sluice(const struct sl_remote *remote, const char *name)
{
	struct sl_sagemaker_group group = { 0 };
	struct sl_aws_pairs tags = { NULL, 0 };
	struct sl_error why = SL_ERROR_INIT;
	bool ours = false;

	if (remote->ops->describe_group(remote->self, name, &group, &why) < 0)
		return false;
	if (remote->ops->list_tags(remote->self, group.arn, &tags, &why) == 0)
		ours = sl_aws_pairs_get(&tags, "sluice:project") != NULL &&
		    sl_aws_pairs_get(&tags, "sluice:repository") != NULL;
	sl_aws_pairs_release(&tags);
	sl_sagemaker_group_release(&group);
	return ours;
}

/* A pipeline registers its model before the build writes down whose it is. */
static int
refuse_unrecorded(const char *arn, const char *group, struct sl_error *err)
{
	return sl_error_set(err, SL_EREFUSED,
	    "no build has recorded model package %s of group %s yet, which "
	    "happens when its execution has ended: try again then", arn,
	    group);
}

static int
refuse_unnamed(const struct sl_remote *remote,
    const struct sl_sagemaker_package *package, struct sl_error *err)
{
	if (package->group != NULL &&
	    sl_aws_pairs_get(&package->metadata, "sluice:build-id") == NULL &&
	    is_group_of_sluice(remote, package->group))
		return refuse_unrecorded(package->arn, package->group, err);
	return sl_error_set(err, SL_EREFUSED,
	    "model package %s is not of a sluice build", package->arn);
}

int
sl_package_build(const struct sl_remote *remote, const char *prefix,
    const struct sl_sagemaker_package *package, struct sl_manifest **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_manifest_freep) struct sl_manifest *m = NULL;
	SL_CLEANUP(sl_freep) char *key = NULL;
	struct sl_error why = SL_ERROR_INIT;
	const char *id;
	int rc;

	id = sl_aws_pairs_get(&package->metadata, "sluice:build-id");
	if (id == NULL || strlen(id) < BUILD_ID_LEN ||
	    !sl_build_id_valid(sl_strn(id, BUILD_ID_LEN)) ||
	    package->group == NULL || strchr(package->group, '/') != NULL)
		return refuse_unnamed(remote, package, err);
	key = manifest_key(prefix, package->group, id);
	rc = sl_builder_read_manifest(remote, key, &m, NULL, &why);
	if (rc < 0 && rc != SL_ENOTFOUND) {
		if (err != NULL)
			*err = why;
		return rc;
	}
	/* A definition may name its build itself. */
	if (rc == SL_OK && sl_manifest_last(m) != NULL &&
	    !sl_manifest_last(m)->recorded &&
	    sl_manifest_find_package(m, package->arn) == NULL)
		return refuse_unrecorded(package->arn, package->group, err);
	if (rc == SL_ENOTFOUND ||
	    sl_manifest_find_package(m, package->arn) == NULL)
		return sl_error_set(err, SL_EREFUSED,
		    "no sluice manifest names model package %s (looked at %s)",
		    package->arn, key);
	*out = sl_steal(&m);
	return SL_OK;
}

/* --- builds --- */

struct builds {
	struct sl_builder *b;
	struct sl_promotion *p;
	struct sl_manifest *items[BUILDS_MAX];
	size_t count;
	const char *part;     /* of a build id; NULL: any */
	struct sl_words ids; /* of the main group */
	size_t id_room;
};

static void
release_builds(struct builds *f)
{
	for (size_t i = 0; i < f->count; i++)
		sl_manifest_free(f->items[i]);
	sl_words_release(&f->ids);
}

/* ".../<build id>/<name>": keep builds of the main group. */
static int
note_marker(void *ctx, const struct sl_s3_entry *entry, struct sl_error *err)
{
	struct builds *f = ctx;
	const char *name = f->b->plan->main_name;
	size_t tail = BUILD_ID_LEN + 1 + strlen(name);
	const char *id;

	if (entry->key.len <= tail)
		return 0;
	id = entry->key.ptr + entry->key.len - tail;
	if (id[-1] != '/' || id[BUILD_ID_LEN] != '/' ||
	    memcmp(id + BUILD_ID_LEN + 1, name, strlen(name)) != 0 ||
	    !sl_build_id_valid(sl_strn(id, BUILD_ID_LEN)))
		return 0;
	if (f->part != NULL &&
	    memmem(id, BUILD_ID_LEN, f->part, strlen(f->part)) == NULL)
		return 0;
	if (f->ids.count == BUILDS_MAX)
		return sl_error_set(err, SL_ETOOBIG, "over %d builds fit: "
		    "name the model in the tag's message with a line "
		    "\"Model-Package: ARN\"", BUILDS_MAX);
	SL_GROW(f->ids.items, f->ids.count, f->id_room);
	f->ids.items[f->ids.count++] = sl_strndup(id, BUILD_ID_LEN);
	return 0;
}

static int
read_builds(struct builds *f, struct sl_error *err)
{
	const struct sl_remote *source = f->p->source;

	for (size_t i = 0; i < f->ids.count; i++) {
		SL_CLEANUP(sl_freep) char *key = NULL;
		SL_CLEANUP(sl_manifest_freep) struct sl_manifest *m = NULL;
		int rc;

		key = manifest_key(f->p->from->prefix, f->b->plan->main_name,
		    f->ids.items[i]);
		rc = sl_builder_read_manifest(source, key, &m, NULL, err);
		if (rc == SL_ENOTFOUND)
			continue; /* a marker whose build was cleaned up */
		if (rc < 0)
			return rc;
		if (strcmp(m->project, f->b->plan->project) != 0 ||
		    !sl_repository_may_be(m->repository,
			f->b->plan->repository_id))
			continue;
		f->items[f->count++] = sl_steal(&m);
	}
	return SL_OK;
}

static int
list_builds(struct builds *f, char *prefix, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *owned = prefix;
	const struct sl_remote *source = f->p->source;
	int rc;

	rc = source->ops->list(source->self, &source->bucket, sl_str(owned),
	    note_marker, f, err);
	return rc < 0 ? rc : read_builds(f, err);
}

/* The inputs digest of a committed definition. */
static int
committed_inputs(const struct sl_builder *b, const struct sl_oid *tree,
    char digest[SL_PIPELINE_DIGEST_SIZE], struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_PIPELINE_MAX_BYTES);
	SL_CLEANUP(sl_pipeline_freep) struct sl_pipeline *pipeline = NULL;
	const struct sl_plan *plan = b->plan;
	int rc;

	rc = sl_build_read_path(b->job->source, tree, plan->source_definition,
	    &text, err);
	if (rc < 0 || (rc = sl_pipeline_parse(plan->source_definition,
	    sl_buf_str(&text), &pipeline, err)) < 0)
		return rc;
	return sl_build_inputs(b->job->source, tree, &plan->source_paths,
	    sl_pipeline_digest(pipeline), digest, err);
}

/* Builds of another commit from the same inputs. */
static int
list_same_inputs(struct builds *f, struct sl_error *err)
{
	const struct sl_plan *plan = f->b->plan;
	char digest[SL_PIPELINE_DIGEST_SIZE];
	struct sl_oid tree;
	int rc;

	if (sl_oid_parse(sl_str(plan->tree), &tree) < 0)
		return SL_OK;
	if (plan->source_command.count > 0)
		rc = sl_build_command_inputs(&tree, &plan->source_command,
		    digest, err);
	else if (plan->source_definition != NULL)
		rc = committed_inputs(f->b, &tree, digest, err);
	else
		return SL_OK;
	if (rc < 0)
		return rc == SL_ENOTFOUND ? SL_OK : rc;
	return list_builds(f, sl_asprintf("%s/.sluice/inputs/%s/",
	    plan->source_root, digest), err);
}

/* --- packages --- */

struct candidates {
	struct sl_promotion *p;
	struct sl_buf text; /* one per line, for messages */
	size_t approved;
	size_t pending;
	size_t rejected;
	char *pending_arn;
	char *unsure_arn; /* made from data that is not what was pinned */
	const struct sl_manifest *unsure_build;
	const struct sl_manifest *build;
	char *chosen;
};

/* A model is what its manifest says only if its data was. */
static int
check_inputs(const struct sl_manifest *m, const char *arn,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf names = SL_BUF_INIT(4096);
	const struct sl_manifest_attempt *a = sl_manifest_find_package(m, arn);

	if (a != NULL && a->inputs_checked_s != 0 &&
	    a->inputs_changed_count == 0)
		return SL_OK;
	if (a == NULL || a->inputs_checked_s == 0)
		return sl_error_set(err, SL_EREFUSED,
		    "nobody has compared the inputs of model package %s after "
		    "its run: run build %s again with --rerun", arn,
		    m->build_id);
	sl_inputs_name_changes(a, &names);
	return sl_error_set(err, SL_EREFUSED,
	    "inputs changed while model package %s was made, so that nobody "
	    "can say from what: run build %s again with --rerun, and promote "
	    "what comes of that. Changed: %s", arn, m->build_id,
	    sl_buf_cstr(&names));
}

static int
look_at(struct candidates *c, const struct sl_manifest *m, const char *arn,
    struct sl_error *err)
{
	const struct sl_remote *source = c->p->source;
	struct sl_sagemaker_package package = { 0 };
	const char *approval;
	int rc;

	rc = source->ops->describe_package(source->self, arn, &package, err);
	if (rc == SL_ENOTFOUND)
		return SL_OK; /* deleted since */
	if (rc < 0)
		return rc;
	approval = package.approval != NULL ? package.approval : "";
	sl_buf_addf(&c->text, "%s%s (%s)", c->text.len > 0 ? ", " : "", arn,
	    approval);
	if (check_inputs(m, arn, NULL) < 0) {
		free(c->unsure_arn);
		c->unsure_arn = sl_strdup(arn);
		c->unsure_build = m;
	} else if (!strcmp(approval, "Approved")) {
		c->approved++;
		free(c->chosen);
		c->chosen = sl_strdup(arn);
		c->build = m;
	} else if (!strcmp(approval, "Rejected")) {
		c->rejected++;
	} else {
		c->pending++;
		free(c->pending_arn);
		c->pending_arn = sl_strdup(arn);
	}
	sl_sagemaker_package_release(&package);
	return SL_OK;
}

static int
look_at_all(struct candidates *c, const struct builds *f,
    struct sl_error *err)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct sl_manifest *m = f->items[i];

		for (size_t a = 0; a < m->attempt_count; a++) {
			const struct sl_words *arns = &m->attempts[a].packages;

			for (size_t k = 0; k < arns->count; k++) {
				int rc = look_at(c, m, arns->items[k], err);

				if (rc < 0)
					return rc;
			}
		}
	}
	return SL_OK;
}

/* No package at all: say how far the builds are. */
static int
explain_none(struct builds *f, struct sl_error *err)
{
	const struct sl_plan *plan = f->b->plan;
	const struct sl_manifest_attempt *last = NULL;

	if (f->count == 0)
		return sl_builder_hold(f->b, err, "commit %.12s is not trained "
		    "in %s yet, nor is one with the same inputs", plan->commit,
		    plan->from);
	last = sl_manifest_last(f->items[0]);
	if (last == NULL || !last->recorded)
		return sl_builder_hold(f->b, err, "build %s in %s is not at "
		    "its end yet", f->items[0]->build_id, plan->from);
	if (strcmp(last->state, "succeeded") != 0)
		return sl_builder_hold(f->b, err, "build %s in %s %s: run it "
		    "again with --rerun", f->items[0]->build_id, plan->from,
		    last->state);
	return sl_error_set(err, SL_EREFUSED,
	    "build %s in %s registered no model", f->items[0]->build_id,
	    plan->from);
}

static int
choose(struct candidates *c, struct builds *f, struct sl_error *err)
{
	const char *from = f->b->plan->from;

	if (c->approved == 1) {
		c->p->arn = sl_steal(&c->chosen);
		for (size_t i = 0; i < f->count; i++) {
			if (f->items[i] == c->build)
				c->p->build = sl_steal(&f->items[i]);
		}
		return SL_OK;
	}
	if (c->approved > 1)
		return sl_error_set(err, SL_EREFUSED, "several models are "
		    "approved, and none is taken: name one in the tag's "
		    "message with a line \"Model-Package: ARN\": %s",
		    sl_buf_cstr(&c->text));
	if (c->pending > 0)
		return sl_builder_hold(f->b, err, "not approved yet: sluice "
		    "approve %s --environment %s", c->pending_arn, from);
	if (c->unsure_arn != NULL)
		return check_inputs(c->unsure_build, c->unsure_arn, err);
	if (c->rejected > 0)
		return sl_error_set(err, SL_EREFUSED,
		    "every model of this commit was rejected: %s",
		    sl_buf_cstr(&c->text));
	return explain_none(f, err);
}

static int
choose_among(struct builds *f, struct sl_error *err)
{
	struct candidates c = { .p = f->p, .text = SL_BUF_INIT(4096) };
	int rc = look_at_all(&c, f, err);

	if (rc == 0)
		rc = choose(&c, f, err);
	sl_buf_release(&c.text);
	free(c.chosen);
	free(c.pending_arn);
	free(c.unsure_arn);
	return rc;
}

/* --- what the tag names --- */

static int
find_by_arn(struct builds *f, const char *arn, struct sl_error *err)
{
	struct sl_promotion *p = f->p;
	const struct sl_plan *plan = f->b->plan;
	struct sl_sagemaker_package package = { 0 };
	int rc;

	rc = p->source->ops->describe_package(p->source->self, arn, &package,
	    err);
	if (rc < 0)
		return sl_error_wrap(err, "the tag's Model-Package");
	rc = sl_package_build(p->source, p->from->prefix, &package, &p->build,
	    err);
	sl_sagemaker_package_release(&package);
	if (rc < 0)
		return rc;
	if (strcmp(p->build->project, plan->project) != 0 ||
	    !sl_repository_may_be(p->build->repository,
		plan->repository_id) ||
	    strcmp(p->build->name, plan->main_name) != 0)
		return sl_error_set(err, SL_EREFUSED, "Model-Package: %s is "
		    "of group %s of project %s: only models of %s are "
		    "promoted here", arn, p->build->name, p->build->project,
		    plan->main_name);
	p->arn = sl_strdup(arn);
	return SL_OK;
}

static int
find_by_build(struct builds *f, const char *part, struct sl_error *err)
{
	int rc;

	if (strlen(part) < 4)
		return sl_error_set(err, SL_EREFUSED, "Sluice-Build: \"%s\" "
		    "is too short to name a build", part);
	f->part = part;
	rc = list_builds(f, sl_asprintf("%s/.sluice/commits/",
	    f->b->plan->source_root), err);
	if (rc < 0)
		return rc;
	if (f->count != 1)
		return sl_error_set(err, SL_EREFUSED, "Sluice-Build: %s "
		    "builds of %s in %s have \"%s\" in their id",
		    f->count == 0 ? "no" : "several", f->b->plan->main_name,
		    f->b->plan->from, part);
	return choose_among(f, err);
}

/* A trailer of the tag's message; absent: out is empty. */
static int
read_trailer(const struct sl_builder *b, const char *key, struct sl_buf *out,
    struct sl_error *err)
{
	int rc;

	if (b->job->message == NULL)
		return SL_OK;
	rc = sl_git_trailer_get(sl_str(b->job->message), key, out, err);
	if (rc == SL_ENOTFOUND)
		return SL_OK;
	if (rc < 0)
		return sl_error_set(err, SL_EREFUSED,
		    "the tag's message has no single \"%s:\" line", key);
	return SL_OK;
}

static int
find(struct builds *f, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf arn = SL_BUF_INIT(2048);
	SL_CLEANUP(sl_buf_release) struct sl_buf part = SL_BUF_INIT(256);
	const struct sl_plan *plan = f->b->plan;
	int rc;

	if ((rc = read_trailer(f->b, "Model-Package", &arn, err)) < 0 ||
	    (rc = read_trailer(f->b, "Sluice-Build", &part, err)) < 0)
		return rc;
	if (arn.len > 0)
		return find_by_arn(f, sl_buf_cstr(&arn), err);
	if (part.len > 0)
		return find_by_build(f, sl_buf_cstr(&part), err);
	rc = list_builds(f, sl_asprintf("%s/.sluice/commits/%s/",
	    plan->source_root, plan->commit), err);
	if (rc == 0 && f->count == 0)
		rc = list_same_inputs(f, err);
	return rc < 0 ? rc : choose_among(f, err);
}

/* --- the step --- */

/* The chosen package as it is now, and whether its approval counts. */
static int
check(struct sl_builder *b, struct sl_promotion *p, struct sl_error *err)
{
	struct sl_error why = SL_ERROR_INIT;
	int rc;

	/* Also of one that the tag names itself. */
	rc = check_inputs(p->build, p->arn, err);
	if (rc < 0)
		return rc;
	sl_sagemaker_package_release(&p->package);
	rc = p->source->ops->describe_package(p->source->self, p->arn,
	    &p->package, err);
	if (rc < 0)
		return rc;
	if (p->package.approval == NULL ||
	    strcmp(p->package.approval, "Approved") != 0) {
		if (p->package.approval != NULL &&
		    !strcmp(p->package.approval, "Rejected"))
			return sl_error_set(err, SL_EREFUSED,
			    "model package %s was rejected", p->arn);
		return sl_builder_hold(b, err, "not approved yet: sluice "
		    "approve %s --environment %s", p->arn, b->plan->from);
	}
	rc = sl_approval_check(b->ctx.site, &p->package, p->build,
	    b->job->people, b->job->people_count, &p->approved_by, &why);
	if (rc < 0)
		return sl_builder_hold(b, err, "the approval of %s does not "
		    "count: %s", p->arn, why.text);
	return SL_OK;
}

int
sl_step_find(struct sl_builder *b, struct sl_error *err)
{
	struct builds f = { .b = b };
	int rc;

	sl_promotion_free(b->promotion);
	b->promotion = sl_alloc(sizeof(*b->promotion));
	f.p = b->promotion;
	f.p->from = sl_site_environment(b->ctx.site, b->plan->from);
	if (f.p->from == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "the site has no environment \"%s\"", b->plan->from);
	if (b->ctx.store != NULL && (rc = sl_claims_take(b->ctx.store,
	    b->plan->project, b->plan->use_case, b->plan->repository_id,
	    sl_clock_now_s(b->ctx.clock), err)) < 0)
		return rc;
	if ((rc = sl_builder_remote(b, err)) < 0 ||
	    (rc = b->ctx.remotes->open(b->ctx.remotes->self, f.p->from,
	    &f.p->source, err)) < 0)
		return rc;
	sl_builder_make_tags(b);
	rc = find(&f, err);
	release_builds(&f);
	if (rc != 0)
		return rc;
	rc = check(b, b->promotion, err);
	if (rc == 0)
		sl_builder_say(b, "find", NULL, "note", "%s, approved by %s",
		    b->promotion->arn, b->promotion->approved_by);
	return rc;
}
