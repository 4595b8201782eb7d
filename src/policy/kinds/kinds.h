/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kinds: one row per kind of rule. A new kind is one file here, its row in
 * kinds.c, and its section in sluice-policy(5).
 */
#ifndef SL_POLICY_KINDS_KINDS_H
#define SL_POLICY_KINDS_KINDS_H

#include "policy/rule.h"

extern const struct sl_rule_kind sl_kind_ref;
extern const struct sl_rule_kind sl_kind_commit;
extern const struct sl_rule_kind sl_kind_path;
extern const struct sl_rule_kind sl_kind_tree;
extern const struct sl_rule_kind sl_kind_blob;
extern const struct sl_rule_kind sl_kind_content;
extern const struct sl_rule_kind sl_kind_data_uri;
extern const struct sl_rule_kind sl_kind_notebook;
extern const struct sl_rule_kind sl_kind_pipeline;
extern const struct sl_rule_kind sl_kind_config;
extern const struct sl_rule_kind sl_kind_project_file;
extern const struct sl_rule_kind sl_kind_waivers;

#endif
