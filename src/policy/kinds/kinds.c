/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/kinds.h"

const struct sl_rule_kind *const sl_rule_kinds[] = {
	&sl_kind_ref,
	&sl_kind_commit,
	&sl_kind_path,
	&sl_kind_tree,
	&sl_kind_blob,
	&sl_kind_content,
	&sl_kind_notebook,
	&sl_kind_pipeline,
	&sl_kind_data_uri,
	&sl_kind_config,
	&sl_kind_project_file,
	&sl_kind_waivers,
	NULL,
};
