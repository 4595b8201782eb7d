/* SPDX-License-Identifier: Apache-2.0 */
/* scans.c: the cache of the state folder, for the engine. */
#include "gate/gate_int.h"

#include "policy/policy.h"

/* Opened by the first question: most pushes are too small to ask. */
static struct sl_scans *
opened(struct sl_gate_scans *s)
{
	struct sl_error why = SL_ERROR_INIT;

	/* Whatever is wrong with it: the blobs are read then. */
	if (!s->tried && sl_scans_open(s->state, s->digest, s->max_bytes,
			     &s->scans, &why) < 0)
		s->scans = NULL;
	s->tried = true;
	return s->scans;
}

static bool
get(void *self, const struct sl_oid *blob, struct sl_buf *out)
{
	struct sl_scans *scans = opened(self);

	return scans && sl_scans_get(scans, blob, out);
}

static void
put(void *self, const struct sl_oid *blob, struct sl_str entry)
{
	struct sl_scans *scans = opened(self);

	if (scans)
		sl_scans_put(scans, blob, entry);
}

static void
sync_all(void *self)
{
	struct sl_gate_scans *s = self;

	if (s->scans)
		sl_scans_sync(s->scans);
}

void
sl_gate_scans_init(struct sl_gate_scans *s, const struct sl_site *site,
    const struct sl_policy *policy)
{
	*s = (struct sl_gate_scans){ .state = site->state,
		.max_bytes = site->scan_cache,
		.cache = { s, get, put, sync_all } };
	sl_policy_scan_digest(policy, s->digest);
}

void
sl_gate_scans_release(struct sl_gate_scans *s)
{
	sl_scans_free(s->scans);
	s->scans = NULL;
}
