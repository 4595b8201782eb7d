/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest: the record of one build, the object manifest.json in S3.
 *
 * Written first when the snapshot is complete (only if it is not there),
 * then replaced by whoever holds its last ETag. sluice-manifest(5) says what
 * every key means. Reading is as strict as for any input from outside: a
 * bucket may be writable by others.
 *
 * A manifest owns its text; strings are NULL or empty where not known.
 */
#ifndef SL_BUILD_MANIFEST_H
#define SL_BUILD_MANIFEST_H

#include "base/buf.h"
#include "base/error.h"
#include "config/values.h"
#include "flow/names.h"

#define SL_MANIFEST_MAX_BYTES ((size_t)4 << 20)
/** The value of the key "sluice-manifest". */
#define SL_MANIFEST_VERSION 1

/** A file of the snapshot. */
struct sl_manifest_file {
	char *path; /* below code/ */
	uint64_t size;
	char *sha256; /* hexadecimal */
};

/** A container image. */
struct sl_manifest_image {
	char *image;     /* as the definition or the start's values name it */
	char *digest;    /* "sha256:..."; NULL: not known */
	char *parameter; /* that gives it; NULL: a literal */
	char *reason;    /* why it is not pinned; NULL: it is */
};

struct sl_manifest_images {
	struct sl_manifest_image *items;
	size_t count;
};

void sl_manifest_images_release(struct sl_manifest_images *images);

/**
 * Add an image of which nothing more is known.
 *
 * @param parameter  empty: none
 * @return valid until the next add
 */
struct sl_manifest_image *sl_manifest_add_image(
    struct sl_manifest_images *images, struct sl_str image,
    struct sl_str parameter);

/** The entry of an image and its parameter (empty: none), or NULL. */
struct sl_manifest_image *sl_manifest_find_image(
    const struct sl_manifest_images *images, struct sl_str image,
    struct sl_str parameter);

/** Data that was pinned. */
struct sl_manifest_input {
	char *uri;
	char *parameter; /* NULL: none */
	char *version_id; /* NULL: the bucket keeps no versions */
	char *etag;
	uint64_t size;
};

struct sl_manifest_inputs {
	struct sl_manifest_input *items;
	size_t count;
};

#define SL_MANIFEST_INPUTS_INIT { NULL, 0 }

void sl_manifest_inputs_release(struct sl_manifest_inputs *inputs);

/** Drop all but the first `count`. */
void sl_manifest_inputs_cut(struct sl_manifest_inputs *inputs, size_t count);

struct sl_manifest_attempt {
	unsigned number;
	char *token;
	char *display_name;
	char *definition_digest;
	struct sl_pairs parameters; /* in the order of the start */
	char *state; /* "intended", "started", or how the execution ended:
			"succeeded", "failed", "stopped"; "dropped" where it
			gave way to a newer one before it was started */
	char *execution; /* ARN; NULL: not known to have started */
	char *failure;   /* NULL: none */
	int64_t intended_s;
	int64_t started_s; /* 0 where not yet */
	int64_t ended_s;
	struct sl_manifest_inputs inputs; /* what was pinned for it; empty: the
			build's */
	int64_t inputs_checked_s; /* when they were compared after its end */
	struct sl_words inputs_changed; /* URIs, the first of them */
	uint64_t inputs_changed_count;  /* of all */
	struct sl_words packages; /* ARNs */
	bool recorded; /* registry and index are done */
};

struct sl_manifest {
	char *kind; /* "build" or "promotion" */
	char *build_id;
	char *repository;
	char *project;
	char *use_case;
	char *branch_id; /* "" for the use case's own */
	char *name;
	char *environment;
	char *ref;
	char *commit;
	char *tree;
	char *author; /* e-mail address */
	char *pusher;
	char *verdict_id;
	char *policy_digest;
	char *definition; /* path, or the command in words */
	char *definition_digest;
	char *inputs_digest;
	char *ledger_head; /* when the build began */
	int64_t created_s;
	char *archive_sha256; /* of source.tar.gz */
	char *archive_tar_sha256; /* of the tar inside */
	struct sl_manifest_file *files;
	size_t file_count;
	struct sl_manifest_images images; /* each once per parameter; of a
		promotion as they were registered */
	struct sl_manifest_inputs inputs;
	struct sl_manifest_attempt *attempts; /* by number */
	size_t attempt_count;
	/* A promotion only. */
	char *source_environment;
	char *source_package;
	char *source_build; /* key of its manifest */
	char *target_package;
	char *approved_by;
};

void sl_manifest_free(struct sl_manifest *manifest);
SL_DEFINE_FREEP(struct sl_manifest, sl_manifest_free, sl_manifest_freep)

/**
 * Read a manifest.
 *
 * Unknown keys are ignored: a newer sluice may have written it.
 *
 * @param name  shown in messages
 * @return 0, SL_ECORRUPT (no manifest, or one that contradicts itself; with
 *         the place), SL_EUNSUPPORTED (a newer version), SL_ETOOBIG
 */
int sl_manifest_parse(const char *name, struct sl_str json,
    struct sl_manifest **out, struct sl_error *err) SL_MUST_CHECK;

/** Append a manifest as JSON. @return 0, SL_ETOOBIG */
int sl_manifest_write(const struct sl_manifest *manifest, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

/** The last attempt, or NULL. */
struct sl_manifest_attempt *sl_manifest_last(
    const struct sl_manifest *manifest);

/** What was pinned for an attempt: its own list, or the build's. */
const struct sl_manifest_inputs *sl_manifest_inputs_of(
    const struct sl_manifest *manifest,
    const struct sl_manifest_attempt *attempt);

/** The attempt that registered a package, or NULL. */
const struct sl_manifest_attempt *sl_manifest_find_package(
    const struct sl_manifest *manifest, const char *arn);

/** Add an empty attempt with the next number; valid until the next add. */
struct sl_manifest_attempt *sl_manifest_add_attempt(
    struct sl_manifest *manifest);

#endif
