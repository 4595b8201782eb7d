/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owners: who may loosen what a project asked of itself, or waive a rule.
 *
 * A project tightens its own gate on the policy ref. Taking that back (a rule
 * that is gone or reads differently, a pack that is no longer taken in) needs
 * a pusher of the group policy-owners. What changed is not weighed: a rule
 * that cannot be told to be the same counts as relaxed. So does adding to
 * the baseline. What only excuses findings, a waiver or such an entry, may
 * come with an owner's signature instead.
 */
#include "gate/gate.h"

#include "base/mem.h"
#include "base/text.h"
#include "gate/gate_int.h"

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

/* The line that keeps the project's file from loading; 0: another file's. */
static unsigned
fault_line(const struct sl_gate *gate, const struct sl_node *in)
{
	const char *place = gate->project_fault.place;
	size_t file = strlen(sl_node_mark(in).file);

	if (strncmp(place, sl_node_mark(in).file, file) != 0 ||
	    place[file] != ':')
		return 0;
	return (unsigned)strtoul(place + file + 1, NULL, 10);
}

/*
 * Whether what the site changed since may keep a rule from loading: one that
 * changes a rule of the site, one whose name the site has taken, and one at
 * the very place. It judges nothing now, and whoever pushes must repair it; to
 * ask for an owner would lock everybody else out.
 */
static bool
may_repair(const struct sl_gate *gate, const struct sl_node *rules, size_t i)
{
	const struct sl_node *key = sl_node_key(rules, i);
	unsigned line = fault_line(gate, rules);

	if (gate->project_fault.code == 0)
		return false;
	return sl_node_get(sl_node_at(rules, i), "kind") == NULL ||
	    sl_policy_rule(gate->policy, sl_node_text(key)) != NULL ||
	    (line >= sl_node_mark(key).line &&
		(i + 1 == sl_node_count(rules) ||
		    line < sl_node_mark(sl_node_key(rules, i + 1)).line));
}

/* The first of the project's own rules that is not there any more. */
static int
find_relaxed_rule(const struct sl_gate *gate, const struct sl_project *after,
    struct sl_buf *what, struct sl_error *err)
{
	const struct sl_project *before = gate->trusted;
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
		if (may_repair(gate, before->rules, i))
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

/* A waiver loosens every rule that it names, the site's as well. */
static void
find_new_waiver(const struct sl_project *before,
    const struct sl_project *after, struct sl_buf *what)
{
	const struct sl_node *extended = sl_waivers_compare(
	    before ? before->waivers : NULL, after->waivers);

	if (extended != NULL)
		sl_buf_addf(what, "adds or extends the waiver at line %u of "
		    SL_PROJECT_FILE, sl_node_mark(extended).line);
}

/* What a pushed baseline has and the one before did not; one that does not
 * load is a finding of the rule sluice/project-file. */
static int
find_new_entry(const struct sl_gate *gate, const struct sl_oid *tip,
    struct sl_buf *what, struct sl_error *err)
{
	SL_CLEANUP(sl_baseline_freep) struct sl_baseline *after = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf entry = SL_BUF_INIT(800);
	int rc = sl_gate_baseline_at(gate->options.repository, tip, &after,
	    err);

	if (rc < 0 || after == NULL)
		return rc;
	sl_baseline_compare(gate->baseline, after, &entry);
	if (entry.len > 0)
		sl_buf_addf(what, "adds %s to " SL_BASELINE_FILE,
		    sl_buf_cstr(&entry));
	return SL_OK;
}

/*
 * Whether a policy owner has signed the commit that the policy ref moves to.
 * It must come after what the ref is at: one that was signed for an earlier
 * state must not bring that back.
 *
 * @param[out] why  says why not, where it should have been
 */
static bool
owner_signed(struct sl_gate *gate, const struct sl_oid *tip,
    struct sl_buf *why)
{
	SL_CLEANUP(sl_git_commit_release) struct sl_git_commit commit = { 0 };
	SL_CLEANUP(sl_signatures_release) struct sl_signatures signatures;
	const struct sl_site *site = gate->options.site;
	const struct sl_signature *found;
	struct sl_error err = SL_ERROR_INIT;
	bool follows = sl_oid_is_zero(&gate->policy_commit);

	sl_signatures_init(&signatures, gate, 0);
	if ((site->signers.ssh == NULL && site->signers.gpg == NULL) ||
	    sl_git_commit_read(gate->options.repository, tip, &commit, &err) <
		0 ||
	    !commit.commit.has_signature)
		return false;
	if (!follows &&
	    (sl_git_is_ancestor(gate->options.repository,
		 &gate->policy_commit, tip, &follows, &err) < 0 || !follows))
		return false;
	if (sl_signatures_verify(&signatures, tip,
		commit.commit.committer.email, &found, &err) < 0) {
		sl_buf_addf(why, " (%s)", err.text);
		return false;
	}
	return found->good &&
	    sl_person_in(sl_site_person_by_email(site, found->signer), OWNERS);
}

/*
 * What a push of the policy ref to a commit loosens.
 *
 * @param[out] excuse  it is a waiver that does
 */
static int
find_loosened(struct sl_gate *gate, const struct sl_oid *tip,
    struct sl_buf *what, bool *excuse, struct sl_error *err)
{
	SL_CLEANUP(sl_project_freep) struct sl_project *after = NULL;
	struct sl_error why = SL_ERROR_INIT;
	int rc = sl_gate_project_at(gate->options.repository, tip, &after,
	    &why);

	/* One that does not load waives nothing; where none judged before, it
	 * is the rule sluice/project-file that says so. */
	if (rc < 0 && gate->trusted == NULL)
		return SL_OK;
	if (rc < 0) {
		*err = why;
		return rc;
	}
	if (after == NULL) {
		if (gate->trusted != NULL)
			sl_buf_adds(what, "removes " SL_PROJECT_FILE);
		return SL_OK;
	}
	if (gate->trusted != NULL) {
		rc = find_relaxed_rule(gate, after, what, err);
		/* A pack may be what does not go with the site any more. */
		if (rc == 0 && what->len == 0 && gate->project_fault.code == 0)
			find_dropped_pack(gate->trusted, after, what);
	}
	if (rc < 0 || what->len > 0)
		return rc;
	find_new_waiver(gate->trusted, after, what);
	*excuse = what->len > 0;
	return SL_OK;
}

static int
refuse(const struct sl_gate *gate, struct sl_buf *what, struct sl_buf *why,
    const struct sl_site_pusher *pusher, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *who = pusher->login != NULL ?
	    sl_asprintf("\"%s\" is not one", pusher->login) :
	    sl_strdup("it is not known who pushes");

	return sl_error_set(err, SL_EREFUSED,
	    "%s: the push %s, which loosens the project's policy; that "
	    "needs a pusher of the site's group " OWNERS ", and %s%s",
	    gate->policy_ref, sl_buf_cstr(what), who, sl_buf_cstr(why));
}

int
sl_gate_check_owners(struct sl_gate *gate, const struct sl_ref_line *lines,
    size_t count, const struct sl_site_pusher *pusher, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf what = SL_BUF_INIT(1024);
	SL_CLEANUP(sl_buf_release) struct sl_buf why = SL_BUF_INIT(1024);
	const struct sl_ref_line *line = NULL;
	bool excuse = false;
	struct sl_git_peel peel;
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		if (sl_str_eqs(lines[i].ref, gate->policy_ref))
			line = &lines[i];
	if (line == NULL || sl_person_in(pusher->person, OWNERS))
		return SL_OK;
	if (!sl_oid_is_zero(&line->new_oid)) {
		rc = sl_git_peel(gate->options.repository, &line->new_oid,
		    &peel, err);
		if (rc == 0)
			rc = find_loosened(gate, &peel.tip, &what, &excuse,
			    err);
		if (rc == 0 && what.len == 0) {
			rc = find_new_entry(gate, &peel.tip, &what, err);
			excuse = true;
		}
		if (rc == 0 && what.len > 0 && excuse &&
		    owner_signed(gate, &peel.tip, &why))
			return SL_OK;
	} else if (gate->trusted != NULL) {
		sl_buf_adds(&what, "deletes the policy ref");
	}
	if (rc < 0)
		return rc;
	return what.len == 0 ? SL_OK : refuse(gate, &what, &why, pusher, err);
}
