/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pipeline_int: what the files of this module share.
 */
#ifndef SL_PIPELINE_PIPELINE_INT_H
#define SL_PIPELINE_PIPELINE_INT_H

#include "base/map.h"
#include "pipeline/pipeline.h"

struct sl_pipeline {
	struct sl_doc *doc;
	const struct sl_node *root;
	struct sl_parameter *parameters;
	size_t parameter_count;
	size_t parameter_room;
	struct sl_pipeline_step *steps;
	size_t step_count;
	size_t step_room;
	/* First of each name; values point into the arrays above. */
	struct sl_map parameter_names;
	struct sl_map step_names;
	struct sl_buf canonical;
	char digest[SL_PIPELINE_DIGEST_SIZE];
};

/** A scalar that was written as a JSON string. */
bool sl_pipeline_is_string(const struct sl_node *node);

/** The text of `{"Get": "..."}`, or an empty view for any other node. */
struct sl_str sl_pipeline_get_target(const struct sl_node *node);

/** The step of a name, or NULL. */
const struct sl_pipeline_step *sl_pipeline_step_named(
    const struct sl_pipeline *p, struct sl_str name);

/** Report the first condition of a Condition step that is none. */
int sl_pipeline_lint_conditions(const struct sl_pipeline_step *step,
    sl_pipeline_problem_fn *fn, void *ctx);

/** Report members that take their value from a parameter of another type. */
int sl_pipeline_lint_types(const struct sl_pipeline *p,
    sl_pipeline_problem_fn *fn, void *ctx);

#endif
