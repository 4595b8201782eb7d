/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Project files, which come from pushes: one that is accepted keeps what its
 * header promises; one that is refused says where.
 */
#include "fuzz.h"

#include <string.h>

#include "config/project.h"

static void
check_pipeline(const struct sl_project_pipeline *p)
{
	fuzz_check((p->definition != NULL) != (p->command.count > 0));
	if (p->definition != NULL)
		fuzz_check(p->definition[0] != '/' &&
		    strncmp(p->definition, "../", 3) != 0 &&
		    strstr(p->definition, "/../") == NULL);
}

static void
check_input(const struct sl_project_input *input)
{
	const struct sl_uri_values values = { "b", "u", "e" };
	struct sl_buf out = SL_BUF_INIT(4096);
	struct sl_error err = SL_ERROR_INIT;

	fuzz_check(sl_project_uri(input, &values, &out, &err) == 0);
	fuzz_check(sl_str_starts(sl_buf_str(&out), "s3://"));
	fuzz_check(strpbrk(out.ptr, "{}\n") == NULL);
	sl_buf_release(&out);
}

static void
check_project(const struct sl_project *project)
{
	fuzz_check(sl_project_id_valid(sl_str(project->id)));
	fuzz_check(sl_project_id_valid(sl_str(project->use_case)));
	for (size_t i = 0; i < project->pipeline_count; i++)
		check_pipeline(&project->pipelines[i]);
	for (size_t i = 0; i < project->input_count; i++)
		check_input(&project->inputs[i]);
	for (size_t i = 0; i < project->flows.count; i++) {
		const struct sl_flow *flow = &project->flows.items[i];

		fuzz_check(flow->ref[0] != '\0' && flow->line > 0);
		fuzz_check(flow->action == SL_FLOW_NONE ||
		    flow->environment != NULL);
		fuzz_check(flow->pipeline == NULL ||
		    sl_project_pipeline(project, flow->pipeline) != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_project *project = NULL;

	if (sl_project_parse("f", text, &project, &err) < 0) {
		fuzz_check(project == NULL && err.place[0] != '\0');
		return 0;
	}
	check_project(project);
	sl_project_free(project);
	return 0;
}
