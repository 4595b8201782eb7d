/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/paths.h"

#include "base/mem.h"
#include "rx/rx.h"

struct sl_flow_paths {
	struct sl_rx **items;
	size_t count;
	struct sl_rx_scratch *scratch;
};

int
sl_flow_paths_new(const struct sl_flow *flow, struct sl_flow_paths **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_flow_paths_freep)
	struct sl_flow_paths *paths = sl_alloc(sizeof(*paths));

	paths->items = sl_alloc_array(flow->path_count, sizeof(struct sl_rx *));
	paths->scratch = sl_rx_scratch_new(NULL);
	for (size_t i = 0; i < flow->path_count; i++) {
		const struct sl_flow_path *path = &flow->paths[i];
		const struct sl_rx_place place = { flow->file, path->line,
			path->col };
		int rc = sl_rx_compile(sl_str(path->pattern), SL_RX_FULL,
		    &place, &paths->items[i], err);

		if (rc < 0)
			return rc;
		paths->count++;
	}
	*out = sl_steal(&paths);
	return SL_OK;
}

void
sl_flow_paths_free(struct sl_flow_paths *paths)
{
	if (paths == NULL)
		return;
	for (size_t i = 0; i < paths->count; i++)
		sl_rx_free(paths->items[i]);
	free(paths->items);
	sl_rx_scratch_free(paths->scratch);
	free(paths);
}

int
sl_flow_paths_match(struct sl_flow_paths *paths, struct sl_str path,
    bool *matches, struct sl_error *err)
{
	struct sl_error first = SL_ERROR_INIT;

	/* One that matches decides, whatever happens to the others. */
	for (size_t i = 0; i < paths->count; i++) {
		struct sl_error why = SL_ERROR_INIT;
		int rc = sl_rx_match(paths->items[i], paths->scratch, path, 0,
		    NULL, &why);

		if (rc == SL_RX_YES) {
			*matches = true;
			return SL_OK;
		}
		if (rc < 0 && first.code == 0)
			first = why;
	}
	if (first.code != 0) {
		if (err != NULL)
			*err = first;
		return first.code;
	}
	*matches = false;
	return SL_OK;
}

int
sl_flow_paths_check(const struct sl_flows *flows, struct sl_error *err)
{
	for (size_t i = 0; i < flows->count; i++) {
		SL_CLEANUP(sl_flow_paths_freep)
		struct sl_flow_paths *paths = NULL;
		int rc;

		if (flows->items[i].path_count == 0)
			continue;
		rc = sl_flow_paths_new(&flows->items[i], &paths, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}
