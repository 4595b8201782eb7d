/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standing: the site policy that stands, read once from where the site says.
 *
 * A plain file is left to src/policy to read. A policy repository is opened
 * beside the repository that is judged: its own objects, never those that a
 * push has in quarantine. What was read judges to the end, whatever moves
 * meanwhile.
 *
 *     sl_standing_init(&standing, &options);
 *     sl_standing_load(&standing, project_doc, &policy, err);
 *     sl_standing_sign(&standing, verdict);
 *     sl_standing_release(&standing);     after the policies that it gave
 */
#ifndef SL_GATE_STANDING_H
#define SL_GATE_STANDING_H

#include "base/oid.h"
#include "config/policy_source.h"
#include "policy/policy.h"
#include "policy/verdict.h"

/** Zero-initialise. All borrowed and outlive the struct sl_standing. */
struct sl_standing_options {
	const struct sl_policy_source *source; /* may name nothing: then what
				a project asks of itself is judged alone */
	const char *packs_dir;
};

struct sl_standing {
	struct sl_standing_options options;
	struct sl_doc *doc;   /* the site policy; NULL: none, or a plain file */
	char *name;           /* of what doc was read from, for people */
	struct sl_oid commit; /* that it came from; zero: not a repository */
};

void sl_standing_init(struct sl_standing *standing,
    const struct sl_standing_options *options);

void sl_standing_release(struct sl_standing *standing);

/**
 * Load the site policy with a project's file on top (NULL: alone). The site
 * policy is read by the first call that succeeds in it.
 *
 * @param[out] out  is released before the struct sl_standing
 * @return 0, SL_ECONFIG (also: no such repository, ref, commit or file),
 *         SL_EDENIED (the repository is another user's), and what
 *         sl_policy_load and sl_git_open_at return
 */
int sl_standing_load(struct sl_standing *standing,
    const struct sl_doc *project, struct sl_policy **out,
    struct sl_error *err) SL_MUST_CHECK;

/** Note in a verdict where the site policy that judged came from. */
void sl_standing_sign(const struct sl_standing *standing,
    struct sl_verdict *verdict);

#endif
