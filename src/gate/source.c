/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: a push to the very ref that the site policy is read from.
 *
 * It is judged by the policy before it, and is the policy after it. One that
 * does not load would refuse every push of the site, the repair as well, so it
 * does not go in.
 */
#include "gate/gate.h"

#include "base/mem.h"

static int
is_source(const struct sl_gate *gate, bool *is, struct sl_error *err)
{
	SL_CLEANUP(sl_git_freep) struct sl_git *source = NULL;
	int rc = sl_git_open_at(gate->options.site->policy.repository, &source,
	    err);

	*is = rc == 0 && !strcmp(sl_git_common_dir(source),
	    sl_git_common_dir(gate->options.repository));
	/* While the last good policy stands in, its repository may be gone:
	 * this one, which is open, is another. */
	if (rc < 0 && gate->standing.kept) {
		sl_error_clear(err);
		return SL_OK;
	}
	return rc;
}

/* Load the site policy of a commit that is pushed, and let go of it. */
static int
load_at(const struct sl_gate *gate, const struct sl_oid *commit,
    struct sl_error *err)
{
	const struct sl_policy_source *source = &gate->options.site->policy;
	struct sl_policy_inputs in = { .packs_dir = gate->options.packs_dir };
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_POLICY_MAX_BYTES);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_policy_freep) struct sl_policy *policy = NULL;
	SL_CLEANUP(sl_freep) char *name = NULL;
	char hex[SL_OID_HEX + 1];
	int rc = sl_git_file_at(gate->options.repository, commit, source->file,
	    &text, NULL, err);

	if (rc < 0)
		return rc;
	sl_oid_hex(commit, hex);
	name = sl_asprintf("%.12s:%s", hex, source->file);
	rc = sl_doc_parse(name, sl_buf_str(&text), NULL, &doc, err);
	if (rc < 0)
		return rc;
	in.site = doc;
	return sl_policy_load(&in, &policy, err);
}

static int
check_line(const struct sl_gate *gate, const struct sl_ref_line *line,
    struct sl_error *err)
{
	const struct sl_site *site = gate->options.site;
	struct sl_git_peel peel;
	int rc;

	if (sl_oid_is_zero(&line->new_oid))
		return sl_error_set(err, SL_EREFUSED,
		    "%s: the site policy is read from this ref, and without "
		    "it no push of the site could be judged; change "
		    "\"policy\" in %s first", site->policy.ref, site->file);
	rc = sl_git_peel(gate->options.repository, &line->new_oid, &peel, err);
	if (rc == 0 && peel.tip_kind != SL_OBJECT_COMMIT)
		rc = sl_error_set(err, SL_EREFUSED, "it is not a commit");
	if (rc == 0)
		rc = load_at(gate, &peel.tip, err);
	if (rc < 0)
		sl_error_wrap(err, "%s is read for the site policy (%s in %s), "
		    "and no push of the site could be judged by this one",
		    site->policy.ref, site->policy.file, site->file);
	return rc;
}

int
sl_gate_check_source(const struct sl_gate *gate,
    const struct sl_ref_line *lines, size_t count, struct sl_error *err)
{
	const struct sl_policy_source *source = &gate->options.site->policy;
	bool is = false;
	int rc = 0;

	if (source->repository == NULL || source->ref == NULL)
		return SL_OK;
	for (size_t i = 0; i < count && rc == 0; i++) {
		if (!sl_str_eqs(lines[i].ref, source->ref))
			continue;
		rc = is_source(gate, &is, err);
		if (rc == 0 && is)
			rc = check_line(gate, &lines[i], err);
	}
	return rc;
}
