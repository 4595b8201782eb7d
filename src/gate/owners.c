/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owners: who may loosen what a project asked of itself.
 *
 * A project tightens its own gate on the policy ref. Taking that back (a rule
 * that is gone or reads differently, a pack that is no longer taken in) needs
 * a pusher of the group policy-owners. What changed is not weighed: a rule
 * that cannot be told to be the same counts as relaxed.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "base/text.h"

#define OWNERS "policy-owners"

/* The canonical form of a rule, to compare its meaning and not its looks. */
static int
canonical(const struct sl_node *node, struct sl_buf *out, struct sl_error *err)
{
	sl_buf_clear(out);
	if (sl_node_canonical(node, out) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "a rule of " SL_PROJECT_FILE " is too long to compare");
	return SL_OK;
}

/* The first of the project's own rules that is not there any more. */
static int
find_relaxed_rule(const struct sl_project *before,
    const struct sl_project *after, struct sl_buf *what, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf was = SL_BUF_INIT(SL_PROJECT_MAX_BYTES * 2);
	SL_CLEANUP(sl_buf_release)
	struct sl_buf is = SL_BUF_INIT(SL_PROJECT_MAX_BYTES * 2);

	for (size_t i = 0; before->rules != NULL &&
	     i < sl_node_count(before->rules); i++) {
		struct sl_str name = sl_node_text(
		    sl_node_key(before->rules, i));
		SL_CLEANUP(sl_freep) char *key = sl_strndup(name.ptr, name.len);
		const struct sl_node *now = sl_node_get(after->rules, key);
		int rc = canonical(sl_node_at(before->rules, i), &was, err);

		if (rc == 0 && now != NULL)
			rc = canonical(now, &is, err);
		if (rc < 0)
			return rc;
		if (now != NULL && sl_str_eq(sl_buf_str(&was), sl_buf_str(&is)))
			continue;
		sl_buf_addf(what, "%s rule %s", now ? "changes" : "removes",
		    key);
		return SL_OK;
	}
	return SL_OK;
}

static bool
extends(const struct sl_project *project, struct sl_str pack)
{
	for (size_t i = 0; project->extends != NULL &&
	     i < sl_node_count(project->extends); i++)
		if (sl_str_eq(sl_node_text(sl_node_at(project->extends, i)),
			pack))
			return true;
	return false;
}

static void
find_dropped_pack(const struct sl_project *before,
    const struct sl_project *after, struct sl_buf *what)
{
	for (size_t i = 0; before->extends != NULL &&
	     i < sl_node_count(before->extends); i++) {
		struct sl_str pack = sl_node_text(
		    sl_node_at(before->extends, i));

		if (extends(after, pack))
			continue;
		sl_buf_adds(what, "no longer extends ");
		sl_text_escape(what, pack);
		return;
	}
}

int
sl_gate_check_owners(struct sl_gate *gate, const struct sl_ref_line *lines,
    size_t count, const struct sl_site_pusher *pusher, struct sl_error *err)
{
	SL_CLEANUP(sl_project_freep) struct sl_project *after = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf what = SL_BUF_INIT(1024);
	const struct sl_ref_line *line = NULL;
	struct sl_git_peel peel;
	int rc;

	for (size_t i = 0; i < count; i++)
		if (sl_str_eqs(lines[i].ref, gate->policy_ref))
			line = &lines[i];
	if (gate->trusted == NULL || line == NULL ||
	    sl_person_in(pusher->person, OWNERS))
		return SL_OK;
	if (sl_oid_is_zero(&line->new_oid)) {
		sl_buf_adds(&what, "deletes the policy ref");
	} else {
		rc = sl_git_peel(gate->options.repository, &line->new_oid,
		    &peel, err);
		if (rc == 0)
			rc = sl_gate_project_at(gate->options.repository,
			    &peel.tip, &after, err);
		if (rc == 0 && after == NULL)
			sl_buf_adds(&what, "removes " SL_PROJECT_FILE);
		else if (rc == 0)
			rc = find_relaxed_rule(gate->trusted, after, &what,
			    err);
		if (rc < 0)
			return rc;
		if (after != NULL && what.len == 0)
			find_dropped_pack(gate->trusted, after, &what);
	}
	if (what.len == 0)
		return SL_OK;
	return sl_error_set(err, SL_EREFUSED,
	    "%s: the push %s, which loosens the project's own policy; that "
	    "needs a pusher of the site's group " OWNERS ", and %s%s%s is not",
	    gate->policy_ref, sl_buf_cstr(&what),
	    pusher->login ? "\"" : "", pusher->login ? pusher->login : "nobody",
	    pusher->login ? "\"" : "");
}
