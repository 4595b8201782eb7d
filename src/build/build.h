/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build: carries a plan out, one durable step at a time.
 *
 * The manifest in S3 is the truth of a build. Every step can be repeated: it
 * looks at what is there before it acts, and what it did is written down
 * before the next step begins. A process may be killed anywhere; whoever
 * takes the job up again gets to the same end, and starts nothing twice.
 *
 *     train:    snapshot, manifest, definition, group, intend, start, track,
 *               inputs, registry, record
 *     promote:  find, check, copy, register, record; then, where the flow
 *               names a pipeline, the steps of train with it
 *
 * Sequence, in the worker and in `sluice run` alike:
 *
 *     sl_builder_new(&context, &job, &build, err);
 *     while (sl_builder_step(build, &outcome) == SL_BUILDER_AGAIN)
 *             wait outcome.delay_ms, or give the job back and start over
 *             from sl_builder_new later
 *     sl_builder_free(build);
 *
 * Every step passes the fault points "build-<step>-before" and
 * "build-<step>-after".
 *
 * A build belongs to one thread. It reads no clock, environment or network
 * but through its context.
 */
#ifndef SL_BUILD_BUILD_H
#define SL_BUILD_BUILD_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "build/remote.h"
#include "change/change.h"
#include "config/site.h"
#include "flow/plan.h"

struct sl_builder;
struct sl_store;

/** What a progress callback hears. All borrowed for the call. */
struct sl_builder_event {
	const char *step;   /* "snapshot", ..., or "pipeline" for a step of the
			       execution */
	const char *name;   /* of the pipeline's step; else NULL */
	const char *state;  /* "begin", "done", "skipped", "wait", "note", or
			       the status of the pipeline's step */
	const char *detail; /* one line, escaped; "" where there is none */
};

typedef void sl_builder_progress_fn(void *ctx,
    const struct sl_builder_event *event);

/** What builds of one program share. All borrowed; outlives the builds. */
struct sl_builder_context {
	const struct sl_site *site;
	const struct sl_remotes *remotes;
	struct sl_store *store; /* NULL: the manifest is the only record */
	const struct sl_clock *clock;
	sl_builder_progress_fn *progress; /* NULL: nobody listens */
	void *progress_ctx;
	int64_t poll_ms;          /* between looks at an execution [15 s] */
	int64_t registry_wait_ms; /* how long to look for the packages of an
		execution that ended, where the endpoint lists no steps
		[2 min]; -1: look once */
};

/** What is to be done. All borrowed; outlives the build. */
struct sl_builder_job {
	const struct sl_plan *plan;
	const struct sl_object_source *source; /* reads plan's tree */
	const char *author_email; /* of the commit; "" where unknown */
	const char *subject;      /* first line of the commit's message */
	const char *pusher;       /* login or person; NULL: unknown */
	const char *verdict_id;   /* NULL where none is stored (CI) */
	const char *policy_digest;
	enum sl_flow_trigger origin; /* who carries it out: where it is not
		the plan's trigger, the build only attaches */
	bool rerun;   /* a person asks: next attempt after an end */
	bool restart; /* as rerun, and stop what executes first */
	unsigned attempt; /* that this very job began earlier, as its outcome
		said; 0: none. With it, rerun does not begin another */
	unsigned failures; /* transient ones in a row before this builder, for
		the growth of the delay */
	const struct sl_pairs *extra; /* --param; may be NULL */
	struct sl_str definition; /* what the plan's command printed; empty
				     for a committed definition */
	const char *message;      /* of the tag, for its trailers; "" */
	const char *const *people; /* e-mail addresses and logins of every
		author and pusher since the last promoted tag: none of them may
		approve */
	size_t people_count;
};

enum sl_builder_state {
	SL_BUILDER_DONE,    /* exit 0 */
	SL_BUILDER_AGAIN,   /* not at its end: come back after delay_ms */
	SL_BUILDER_HELD,    /* waits for somebody; reason says for what */
	SL_BUILDER_FAILED,  /* the execution failed, or a step cannot be done */
	SL_BUILDER_STOPPED, /* the execution was stopped */
	SL_BUILDER_REFUSED, /* a guard or gate said no */
};

/** Where a build stands. Zero-initialise. */
struct sl_builder_outcome {
	enum sl_builder_state state;
	const char *step;       /* where it stands; static */
	int64_t delay_ms;       /* for SL_BUILDER_AGAIN and SL_BUILDER_HELD */
	struct sl_error error;  /* why: for HELD, FAILED, REFUSED, and for
		AGAIN after a transient error; error.code 0 where none */
	bool executed;          /* an execution ended FAILED or STOPPED (exit
				   5 or 6), as opposed to an error of ours */
	unsigned attempt;       /* 0 before there is one */
	char execution[2049];   /* ARN, or "" */
	char package[2049];     /* the first package registered, or "" */
	uint64_t inputs_changed; /* objects that changed under the attempt;
		its models cannot be promoted then */
};

/** "done", "again", "held", "failed", "stopped" or "refused". */
const char *sl_builder_state_name(enum sl_builder_state state);

/**
 * Prepare to carry out a job. Talks to nobody.
 *
 * @param[out] out  sl_builder_free
 * @return 0, SL_ECONFIG (the plan's environment is not in the site),
 *         SL_EUNSUPPORTED (the plan's action is not train or promote)
 */
int sl_builder_new(const struct sl_builder_context *context,
    const struct sl_builder_job *job, struct sl_builder **out,
    struct sl_error *err) SL_MUST_CHECK;

void sl_builder_free(struct sl_builder *build);
SL_DEFINE_FREEP(struct sl_builder, sl_builder_free, sl_builder_freep)

/**
 * Go on until the end or the next wait.
 *
 * A transient error (no answer, throttling, credentials that may come back)
 * is SL_BUILDER_AGAIN with the error as its reason and a delay that grows from
 * 1 s to 5 min; the caller decides when it has had enough.
 *
 * @param[out] outcome  filled in whatever happens
 * @return outcome->state
 */
enum sl_builder_state sl_builder_step(struct sl_builder *build,
    struct sl_builder_outcome *outcome);

/** A decision about a model package. */
struct sl_model_decision {
	const char *environment;
	const char *package; /* ARN */
	bool approve;        /* false: reject */
	const char *person;  /* of the site: who decides */
	const char *description; /* why; "" */
};

/**
 * Approve or reject a model package, and record who did.
 *
 * The person must be in the site's group "approvers" and must not be the
 * author or pusher of the package's build. The package must be one that a
 * sluice manifest names. Status, description and the metadata
 * sluice:approved-by and sluice:approved-at are written; with a store, the
 * ledger gets an entry.
 *
 * @return 0 (also where it is so already, by the same person), SL_EREFUSED
 *         (person or package), SL_ENOTFOUND, and what a remote returns
 */
int sl_model_decide(const struct sl_builder_context *context,
    const struct sl_model_decision *decision, struct sl_error *err)
    SL_MUST_CHECK;

#endif
