/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/carry.h"

#include "base/mem.h"
#include "git/changes.h"
#include "store/builds.h"

static void
add_person(struct carry *c, struct sl_str name)
{
	if (name.len == 0)
		return;
	for (size_t i = 0; i < c->people_count; i++)
		if (sl_str_eqs(name, c->people[i]))
			return;
	SL_GROW(c->people, c->people_count, c->people_room);
	c->people[c->people_count++] = sl_strndup(name.ptr, name.len);
}

/* The commit of the last tag that was promoted there; zero for none. */
static int
last_promoted(struct runtime *rt, const struct sl_gate *gate,
    const struct sl_plan *plan, struct sl_oid *out, struct sl_error *err)
{
	const struct sl_build_query query = {
		.by = SL_BUILD_ALL,
		.repository = gate->repository_id,
		.environment = plan->environment,
		.limit = 100,
	};
	struct sl_builds list = SL_BUILDS_INIT;
	int rc;

	memset(out, 0, sizeof(*out));
	if (rt->store == NULL)
		return SL_OK;
	rc = sl_build_list(rt->store, &query, &list, err);
	for (size_t i = 0; rc == 0 && i < list.count; i++)
		if (list.items[i].state == SL_BUILD_SUCCEEDED &&
		    strcmp(list.items[i].build_id, plan->build_id) != 0) {
			*out = list.items[i].commit;
			break;
		}
	sl_builds_release(&list);
	return rc;
}

/* Everybody who wrote or pushed since the last promotion. */
static int
find_people(struct runtime *rt, struct sl_gate *gate,
    const struct subject *s, struct carry *c, struct sl_error *err)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	const struct sl_job_query query = {
		.repository = gate->repository_id,
	};
	struct sl_jobs jobs = SL_JOBS_INIT;
	struct sl_oid from;
	int rc = last_promoted(rt, gate, s->plan, &from, err);

	if (rc == 0)
		rc = sl_git_changes_range(rt->repository, &from,
		    &s->commit.commit.oid, sl_str(s->ref), NULL, &set, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < set.commit_count; i++) {
		add_person(c, set.commits[i].author.email);
		add_person(c, set.commits[i].committer.email);
	}
	if (rt->store != NULL)
		rc = sl_job_list(rt->store, &query, &jobs, err);
	for (size_t i = 0; rc == 0 && i < jobs.count; i++)
		for (size_t k = 0; k < set.commit_count; k++)
			if (sl_oid_eq(&jobs.items[i].new_oid,
				&set.commits[k].oid))
				add_person(c, sl_str(jobs.items[i].pusher));
	sl_jobs_release(&jobs);
	return rc;
}

int
carry_open(struct runtime *rt, struct sl_gate *gate,
    const struct subject *s, const struct carry_options *o,
    struct carry *c, struct sl_error *err)
{
	int rc = runtime_remotes(rt, &c->context.remotes, err);

	if (rc == 0 && s->plan->action == SL_FLOW_PROMOTE)
		rc = find_people(rt, gate, s, c, err);
	if (rc < 0)
		return rc;
	c->source = sl_git_source(gate->options.repository);
	c->context.site = rt->site;
	c->context.store = rt->store;
	c->context.clock = rt->clock;
	c->context.progress = o->progress;
	c->context.progress_ctx = o->progress_ctx;
	c->context.poll_ms = o->poll_ms;
	c->job = (struct sl_builder_job){
		.plan = s->plan,
		.source = &c->source,
		.author_email = s->author_email,
		.subject = s->title,
		.pusher = o->pusher && o->pusher[0] ? o->pusher : NULL,
		.verdict_id = o->verdict_id,
		.policy_digest = o->policy_digest,
		.origin = o->origin,
		.failures = o->failures,
		.rerun = o->rerun,
		.restart = o->restart,
		.extra = o->extra,
		.definition = o->definition,
		.message = s->tag_message,
		.people = (const char *const *)c->people,
		.people_count = c->people_count,
	};
	return sl_builder_new(&c->context, &c->job, &c->builder, err);
}

void
carry_release(struct carry *c)
{
	sl_builder_free(c->builder);
	for (size_t i = 0; i < c->people_count; i++)
		free(c->people[i]);
	free(c->people);
	memset(c, 0, sizeof(*c));
}
