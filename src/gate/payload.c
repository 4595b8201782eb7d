/* SPDX-License-Identifier: Apache-2.0 */
/* payload: what a job carries, as JSON: its flow as it was decided. */
#include "gate/gate_int.h"

#include "base/mem.h"
#include "base/num.h"
#include "doc/json.h"

static void
write_flow(struct sl_json *w, const struct sl_flow *flow)
{
	sl_json_key(w, "flow");
	sl_json_object(w);
	sl_json_put(w, "ref", flow->ref);
	sl_json_put(w, "environment", flow->environment);
	sl_json_put(w, "action", sl_flow_action_name(flow->action));
	sl_json_put(w, "trigger", sl_flow_trigger_name(flow->trigger));
	sl_json_put(w, "names",
	    flow->names == SL_FLOW_BRANCH ? "branch" : "main");
	sl_json_put(w, "approval",
	    flow->approval == SL_FLOW_APPROVED ? "approved" : "pending");
	if (flow->from != NULL)
		sl_json_put(w, "from", flow->from);
	if (flow->pipeline != NULL)
		sl_json_put(w, "pipeline", flow->pipeline);
	sl_json_put_bool(w, "supersede", flow->supersede);
	if (flow->debounce_s != 0)
		sl_json_put_int(w, "debounce_s", flow->debounce_s);
	sl_json_end(w);
	sl_json_key(w, "place");
	sl_json_object(w);
	sl_json_put(w, "file", flow->file ? flow->file : "");
	sl_json_put_int(w, "line", flow->line);
	sl_json_put_int(w, "col", flow->col);
	sl_json_end(w);
}

char *
sl_gate_payload(const struct sl_flow *flow, const struct sl_project *project,
    const char *reason)
{
	struct sl_buf json = SL_BUF_INIT(SL_JOB_PAYLOAD_MAX);
	struct sl_json w;

	sl_json_init(&w, &json, 0);
	sl_json_object(&w);
	if (flow != NULL)
		write_flow(&w, flow);
	if (project != NULL) {
		sl_json_put(&w, "project", project->id);
		sl_json_put(&w, "use_case", project->use_case);
	}
	sl_json_put(&w, "reason", reason);
	sl_json_end(&w);
	return sl_buf_steal(&json);
}

/* --- reading --- */

static char *
text_of(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);
	struct sl_str s;

	if (node == NULL)
		return NULL;
	s = sl_node_text(node);
	if (s.len == 0 || (sl_node_style(node) == SL_STYLE_WORD &&
			      sl_str_eqs(s, "null")))
		return NULL;
	return sl_strndup(s.ptr, s.len);
}

/* 0 where it is not there, or no number of ours. */
static int64_t
number_of(const struct sl_node *map, const char *key)
{
	const struct sl_node *node = sl_node_get(map, key);
	uint64_t number = 0;

	if (node == NULL ||
	    sl_num_parse(sl_node_text(node), INT32_MAX, &number) < 0)
		return 0;
	return (int64_t)number;
}

static bool
text_is(const struct sl_node *map, const char *key, const char *value)
{
	const struct sl_node *node = sl_node_get(map, key);

	return node != NULL && sl_str_eqs(sl_node_text(node), value);
}

int
sl_gate_flow_read(const char *payload, struct sl_flows *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *node, *place;
	struct sl_flow *flow;
	int rc = sl_doc_parse_json("job", sl_str(payload), NULL, &doc, err);

	node = rc == 0 ? sl_node_get(sl_doc_root(doc), "flow") : NULL;
	if (node == NULL || sl_node_get(node, "action") == NULL)
		return sl_error_set(err, SL_ECORRUPT,
		    "the job's payload holds no flow; drop the job and push "
		    "the ref again");
	place = sl_node_get(sl_doc_root(doc), "place");
	out->items = flow = sl_alloc(sizeof(*flow));
	out->count = 1;
	flow->ref = text_of(node, "ref");
	flow->environment = text_of(node, "environment");
	flow->action = text_is(node, "action", "train") ? SL_FLOW_TRAIN :
	    text_is(node, "action", "promote")		? SL_FLOW_PROMOTE :
							  SL_FLOW_NONE;
	flow->trigger = text_is(node, "trigger", "ci") ? SL_FLOW_CI :
							 SL_FLOW_HOOK;
	flow->names = text_is(node, "names", "branch") ? SL_FLOW_BRANCH :
							 SL_FLOW_MAIN;
	flow->approval = text_is(node, "approval", "approved") ?
	    SL_FLOW_APPROVED : SL_FLOW_PENDING;
	flow->from = text_of(node, "from");
	flow->pipeline = text_of(node, "pipeline");
	flow->supersede = text_is(node, "supersede", "true");
	flow->debounce_s = number_of(node, "debounce_s");
	flow->file = text_of(place, "file");
	return SL_OK;
}

int
sl_gate_payload_names(const char *payload, char **project, char **use_case,
    struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	int rc = sl_doc_parse_json("job", sl_str(payload), NULL, &doc, err);

	if (rc < 0)
		return rc;
	*project = text_of(sl_doc_root(doc), "project");
	*use_case = text_of(sl_doc_root(doc), "use_case");
	return SL_OK;
}

void
sl_gate_start_text(int64_t start_s, int64_t now_s, bool supersede,
    struct sl_buf *out)
{
	char when[SL_TIME_RFC3339_SIZE];

	if (sl_time_format_rfc3339(start_s, when) < 0)
		return;
	/* "2026-11-22T10:31:40Z" */
	sl_buf_addf(out, "starts at %.8s UTC, in %lld s%s", when + 11,
	    (long long)(start_s > now_s ? start_s - now_s : 0),
	    supersede ? ", unless a newer push of the ref comes" : "");
}
