/* SPDX-License-Identifier: Apache-2.0 */
#include "git/git_int.h"

#include "base/mem.h"

#define REV_MAX 1024

/* Resolve one revision to an object and the commit that it leads to. */
static int
resolve(struct sl_git *repo, struct sl_str text, struct sl_oid *object,
    struct sl_oid *commit, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *rev = NULL;
	git_object *found = NULL, *peeled = NULL;
	int rc;

	rev = text.len > 0 ? sl_strndup(text.ptr, text.len) :
			     sl_strdup("HEAD");
	sl_git_check_hashes(true);
	rc = git_revparse_single(&found, repo->repo, rev);
	sl_git_check_hashes(false);
	if (rc < 0)
		return sl_git_fail(err, sl_git_code(rc, SL_EINVAL),
		    "revision \"%s\"", rev);
	rc = git_object_peel(&peeled, found, GIT_OBJECT_COMMIT);
	if (rc < 0) {
		sl_error_set(err, SL_EINVAL,
		    "revision \"%s\" does not lead to a commit", rev);
	} else {
		*object = sl_oid_of_git(git_object_id(found));
		*commit = sl_oid_of_git(git_object_id(peeled));
	}
	git_object_free(peeled);
	git_object_free(found);
	return rc < 0 ? SL_EINVAL : SL_OK;
}

int
sl_git_rev_parse(struct sl_git *repo, const char *text,
    struct sl_git_range *out, struct sl_error *err)
{
	struct sl_git_range range = { 0 };
	const char *dots = strstr(text, "..");
	struct sl_oid object;
	int rc = SL_OK;

	if (strlen(text) > REV_MAX)
		return sl_error_set(err, SL_EINVAL,
		    "a revision has at most %d characters", REV_MAX);
	if (dots != NULL && dots[2] == '.')
		return sl_error_set(err, SL_EINVAL,
		    "\"%s\": write A..B; three dots have no meaning here",
		    text);
	if (dots != NULL) {
		range.is_range = true;
		rc = resolve(repo, sl_strn(text, (size_t)(dots - text)),
		    &object, &range.from, err);
		text = dots + 2;
	}
	if (rc == SL_OK)
		rc = resolve(repo, sl_str(text), &range.object, &range.to,
		    err);
	if (rc == SL_OK)
		*out = range;
	return rc;
}

int
sl_git_merge_base(struct sl_git *repo, const struct sl_oid *a,
    const struct sl_oid *b, struct sl_oid *out, struct sl_error *err)
{
	git_oid one = sl_git_oid(a), two = sl_git_oid(b), base;
	int rc;

	sl_git_check_hashes(true);
	rc = git_merge_base(&base, repo->repo, &one, &two);
	sl_git_check_hashes(false);
	if (rc < 0)
		return sl_git_fail(err, sl_git_code(rc, SL_ECORRUPT),
		    "common ancestor");
	*out = sl_oid_of_git(&base);
	return SL_OK;
}

int
sl_git_is_ancestor(struct sl_git *repo, const struct sl_oid *ancestor,
    const struct sl_oid *descendant, bool *yes, struct sl_error *err)
{
	struct sl_git_peel a, d;
	git_oid one, two;
	int rc;

	if (sl_oid_eq(ancestor, descendant)) {
		*yes = true;
		return SL_OK;
	}
	rc = sl_git_peel(repo, ancestor, &a, err);
	if (rc == SL_OK)
		rc = sl_git_peel(repo, descendant, &d, err);
	if (rc < 0)
		return rc == SL_ENOTFOUND ?
		    sl_error_set(err, SL_ECORRUPT, "history is not complete") :
		    rc;
	if (sl_oid_eq(&a.tip, &d.tip) || a.tip_kind != SL_OBJECT_COMMIT ||
	    d.tip_kind != SL_OBJECT_COMMIT) {
		*yes = sl_oid_eq(&a.tip, &d.tip);
		return SL_OK;
	}
	one = sl_git_oid(&a.tip);
	two = sl_git_oid(&d.tip);
	sl_git_check_hashes(true);
	rc = git_graph_descendant_of(repo->repo, &two, &one);
	sl_git_check_hashes(false);
	if (rc < 0)
		return sl_git_fail(err, SL_ECORRUPT, "history");
	*yes = rc == 1;
	return SL_OK;
}
