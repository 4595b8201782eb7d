/* SPDX-License-Identifier: Apache-2.0 */
/* gate_int: what the files of src/gate share. */
#ifndef SL_GATE_GATE_INT_H
#define SL_GATE_GATE_INT_H

#include "base/map.h"
#include "gate/gate.h"
#include "store/repositories.h"
#include "store/scans.h"

/** "<environment>/<action>": what a flow's jobs are told apart by; free(). */
char *sl_gate_flow_name(const struct sl_flow *flow) SL_MUST_CHECK;

/** The cache of a site's state folder, opened when it is asked first. */
struct sl_gate_scans {
	const char *state;
	uint64_t max_bytes;
	char digest[SL_SHA256_HEX + 1];
	struct sl_scans *scans; /* NULL: not opened, or cannot be used */
	bool tried;
	struct sl_scan_cache cache;
};

/** site and policy are borrowed for the call, the site's state for longer. */
void sl_gate_scans_init(struct sl_gate_scans *s, const struct sl_site *site,
    const struct sl_policy *policy);
void sl_gate_scans_release(struct sl_gate_scans *s);

/** Threads of a judgement. @param asked  0: one for each processor */
unsigned sl_gate_threads(uint64_t asked);

/** Whether jobs are kept for a ref: branches and tags. */
bool sl_gate_ref_flows(struct sl_str ref);

/**
 * What a ref stands for, in rules: project and use case, branch id,
 * environment and bucket of its flow.
 *
 * @param site     NULL: not on the server; environment and bucket are unknown
 * @param project  the trusted one; NULL: none
 * @param[out] out  all unknown on entry
 */
void sl_gate_values(const struct sl_site *site,
    const struct sl_project *project, struct sl_str ref,
    struct sl_ref_values *out);

/** The signatures of one judgement, as far as they were asked for. */
struct sl_signatures {
	struct sl_gate *gate; /* borrowed */
	int64_t deadline_ms;  /* monotonic; 0: none */
	struct sl_map known;  /* object id -> what was found */
};

void sl_signatures_init(struct sl_signatures *signatures,
    struct sl_gate *gate, int64_t deadline_ms);
void sl_signatures_release(struct sl_signatures *signatures);
/** What policy/rule.h calls sl_verify_fn; ctx is the above. */
sl_verify_fn sl_signatures_verify;

/** The repository's branches and tags as they are; sl_gate_refs_free. */
int sl_gate_refs(struct sl_gate *gate, struct sl_ref_value **refs,
    size_t *count, struct sl_error *err) SL_MUST_CHECK;
void sl_gate_refs_free(struct sl_ref_value **refs, size_t *count);

/**
 * What a job carries: its flow as it was decided, whatever site and project
 * say later.
 *
 * @param flow     NULL: none
 * @param project  NULL: none
 * @return JSON; free()
 */
char *sl_gate_payload(const struct sl_flow *flow,
    const struct sl_project *project, const char *reason) SL_MUST_CHECK;

/**
 * The names that a payload's project claims.
 *
 * @param[out] project, use_case  free(); NULL where it has none
 * @return 0 and what sl_doc_parse_json returns
 */
int sl_gate_payload_names(const char *payload, char **project,
    char **use_case, struct sl_error *err) SL_MUST_CHECK;

#endif
