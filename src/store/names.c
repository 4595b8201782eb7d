/* SPDX-License-Identifier: Apache-2.0 */
/* names.c: the words that the database and JSON output use for each enum. */
#include "store/builds.h"
#include "store/ledger.h"
#include "store/names_int.h"
#include "store/queue.h"

const char *const sl_store_job_kinds[] = {
	[SL_JOB_NONE] = "none",
	[SL_JOB_TRAIN] = "train",
	[SL_JOB_PROMOTE] = "promote",
	NULL,
};

const char *const sl_store_job_states[] = {
	[SL_JOB_QUEUED] = "queued",
	[SL_JOB_RUNNING] = "running",
	[SL_JOB_HELD] = "held",
	[SL_JOB_DONE] = "done",
	[SL_JOB_FAILED] = "failed",
	[SL_JOB_REFUSED] = "refused",
	[SL_JOB_EXPIRED] = "expired",
	[SL_JOB_STOPPED] = "stopped",
	NULL,
};

const char *const sl_store_build_steps[] = {
	[SL_STEP_PLANNED] = "planned",
	[SL_STEP_SNAPSHOT] = "snapshot",
	[SL_STEP_DEFINED] = "defined",
	[SL_STEP_INTENDED] = "intended",
	[SL_STEP_STARTED] = "started",
	[SL_STEP_TRACKED] = "tracked",
	[SL_STEP_REGISTERED] = "registered",
	[SL_STEP_RECORDED] = "recorded",
	NULL,
};

const char *const sl_store_build_states[] = {
	[SL_BUILD_OPEN] = "open",
	[SL_BUILD_SUCCEEDED] = "succeeded",
	[SL_BUILD_FAILED] = "failed",
	[SL_BUILD_STOPPED] = "stopped",
	[SL_BUILD_REFUSED] = "refused",
	NULL,
};

static const char *const ledger_kinds[] = {
	[SL_LEDGER_INSTALL] = "install",
	[SL_LEDGER_VERDICT] = "verdict",
	[SL_LEDGER_BUILD_START] = "build-start",
	[SL_LEDGER_BUILD_END] = "build-end",
	[SL_LEDGER_APPROVAL] = "approval",
	[SL_LEDGER_PROMOTION] = "promotion",
	[SL_LEDGER_REFUSAL] = "refusal",
};

const char *
sl_job_kind_name(enum sl_job_kind kind)
{
	return sl_store_job_kinds[kind];
}

const char *
sl_job_state_name(enum sl_job_state state)
{
	return sl_store_job_states[state];
}

bool
sl_job_state_is_final(enum sl_job_state state)
{
	return state >= SL_JOB_DONE;
}

const char *
sl_build_step_name(enum sl_build_step step)
{
	return sl_store_build_steps[step];
}

const char *
sl_build_state_name(enum sl_build_state state)
{
	return sl_store_build_states[state];
}

const char *
sl_ledger_kind_name(enum sl_ledger_kind kind)
{
	return ledger_kinds[kind];
}
