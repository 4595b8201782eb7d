/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standing: the site policy that stands: read once from where the site says,
 * or, for a configured time, the last one that loaded.
 *
 * A plain file is left to src/policy to read. A policy repository is opened
 * beside the repository that is judged: its own objects, never those that a
 * push has in quarantine. What was read judges to the end, whatever moves
 * meanwhile.
 *
 *     sl_standing_init(&standing, &options);
 *     rc = sl_standing_load(&standing, project_doc, &policy, err);
 *     if (rc == 0)
 *             sl_standing_hold(&standing, false);
 *     else if (sl_standing_fall_back(&standing, err) == 0)
 *             ... load once more, and say sl_standing_warn ...
 *     sl_standing_sign(&standing, verdict);
 *     sl_standing_release(&standing);     after the policies that it gave
 *
 * The last good one: with a grace, a text that loads is kept in the state
 * folder. When the site policy does not load, whatever the reason, the first
 * time is noted there, and until first time and grace are over the kept text
 * judges, with the packs that are installed. What is damaged is not used, and
 * without a note that can be read and written there is no grace. The clock
 * bounds it from both sides: the note holds the latest time at which the
 * fault was seen, and a clock that is over SL_STANDING_SLACK_S behind it was
 * set back, which ends the grace.
 */
#ifndef SL_GATE_STANDING_H
#define SL_GATE_STANDING_H

#include "base/clock.h"
#include "base/oid.h"
#include "config/policy_source.h"
#include "gate/proofs.h"
#include "policy/policy.h"
#include "policy/verdict.h"

/** Zero-initialise. All borrowed and outlive the struct sl_standing. */
struct sl_standing_options {
	const struct sl_policy_source *source; /* may name nothing: then what
				a project asks of itself is judged alone */
	const char *packs_dir;
	const char *state; /* folder, for proofs and with a grace; NULL: none */
	const char *scan_state; /* the same, for compiled patterns */
	int64_t grace_s;   /* 0: none */
	const struct sl_clock *clock; /* with a grace */
};

/** In the state folder: compiled patterns, see scan/scan.h. */
#define SL_STANDING_SCAN "scan"

/** The note in the state folder of a site policy that does not load. */
struct sl_standing_note {
	int64_t since_s;  /* when it was found first */
	int64_t latest_s; /* when it was seen last, to SL_STANDING_SLACK_S */
	char reason[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX]; /* then */
};

/** How often the note is written, and how far a clock may go back. */
#define SL_STANDING_SLACK_S 60

struct sl_standing {
	struct sl_standing_options options;
	struct sl_doc *doc;   /* the site policy; NULL: none, or a plain file
				that src/policy reads */
	char *name;           /* of what doc was read from, for people */
	struct sl_oid commit; /* that it came from; zero: not a repository */
	struct sl_buf text;   /* of doc, where it may be kept */
	struct sl_proofs proofs;
	bool kept;            /* the last good one stands in, and: */
	struct sl_error fault;        /* why the site policy does not load */
	struct sl_standing_note note; /* since when */
	struct sl_error warning; /* nothing can be kept or noted; code 0 while
				all is well */
};

void sl_standing_init(struct sl_standing *standing,
    const struct sl_standing_options *options);

void sl_standing_release(struct sl_standing *standing);

/**
 * Load the site policy with a project's file on top (NULL: alone). The site
 * policy is read by the first call that succeeds in it.
 *
 * @param[out] out  is released before the struct sl_standing
 * @return 0, SL_ECONFIG (also: no such repository, ref, commit or file),
 *         SL_EDENIED (the repository is another user's), and what
 *         sl_policy_load and sl_git_open_at return
 */
int sl_standing_load(struct sl_standing *standing,
    const struct sl_doc *project, struct sl_policy **out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * The site policy loaded: keep it unless it is kept already, and end a note.
 * Without a grace, or without a state folder yet, nothing is done. A failure
 * is a warning: this push is judged all the same.
 *
 * @param alone  it is known to load without a project's file; else that is
 *               found out before anything is written
 */
void sl_standing_hold(struct sl_standing *standing, bool alone);

/**
 * The site policy did not load: put the last good one in its place, if the
 * grace allows it. The next sl_standing_load loads that one.
 *
 * @param err  in: why it did not load; out, on failure: the same with the
 *             reason why the last good one cannot stand in
 * @return 0, or the code of err
 */
int sl_standing_fall_back(struct sl_standing *standing, struct sl_error *err)
    SL_MUST_CHECK;

/**
 * The last good one does not load either: put both reasons together.
 *
 * @param err  in: why the kept one does not load
 * @return the code of err
 */
int sl_standing_both_failed(const struct sl_standing *standing,
    struct sl_error *err);

/** Append a line for people, without line feed, where there is cause. */
void sl_standing_warn(const struct sl_standing *standing, struct sl_buf *out);

/**
 * Read the note of a state folder.
 *
 * @return 0, SL_ENOTFOUND (as far as is known the site policy loads),
 *         SL_ECORRUPT, SL_EIO
 */
int sl_standing_note_read(const char *state, struct sl_standing_note *out,
    struct sl_error *err) SL_MUST_CHECK;

/** Note in a verdict where the site policy that judged came from. */
void sl_standing_sign(const struct sl_standing *standing,
    struct sl_verdict *verdict);

#endif
