/* SPDX-License-Identifier: Apache-2.0 */
/* policy_rig: what the test cases for src/policy share. */
#ifndef SL_TESTS_POLICY_RIG_H
#define SL_TESTS_POLICY_RIG_H

#include "harness.h"

#include "policy/policy.h"

/** How a policy begins, and how a rule `a/b` of kind ref, in line 3. */
#define HEAD "sluice: 1\nname: t\n"
#define RULE "rules:\n  a/b:\n    kind: ref\n"

/** The folder of the packs in the source tree. */
const char *packs_dir(void);

/** A YAML document, which must be well-formed. */
struct sl_doc *parse(const char *name, const char *text);

/** Load a policy from documents; `project` may be NULL. */
int load(const struct sl_doc *site, const struct sl_doc *project,
    struct sl_policy **out, struct sl_error *err);

TCase *tcase_load(void);
TCase *tcase_layers(void);
TCase *tcase_baseline(void);
TCase *tcase_tighten(void);
TCase *tcase_explain(void);
TCase *tcase_waivers(void);
TCase *tcase_packs(void);
TCase *tcase_proof(void);
TCase *tcase_verdict(void);
TCase *tcase_uri(void);

#endif
