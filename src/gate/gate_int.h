/* SPDX-License-Identifier: Apache-2.0 */
/* gate_int: what the files of src/gate share. */
#ifndef SL_GATE_GATE_INT_H
#define SL_GATE_GATE_INT_H

#include "gate/gate.h"
#include "store/repositories.h"

/** Whether jobs are kept for a ref: branches and tags. */
bool sl_gate_ref_flows(struct sl_str ref);

/** The repository's branches and tags as they are; sl_gate_refs_free. */
int sl_gate_refs(struct sl_gate *gate, struct sl_ref_value **refs,
    size_t *count, struct sl_error *err) SL_MUST_CHECK;
void sl_gate_refs_free(struct sl_ref_value **refs, size_t *count);

#endif
