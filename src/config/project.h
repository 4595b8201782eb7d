/* SPDX-License-Identifier: Apache-2.0 */
/*
 * project: one ML use case, as the .sluice.yaml of its repository says.
 *
 * Comes from a push, so it is hostile: parsed under caps, checked whole, and
 * only ever as strong as the site allows (config/flows.h). What `extends:` and
 * `rules:` mean is src/policy's business: it reads the nodes from the
 * document that is kept here. Immutable after parsing.
 */
#ifndef SL_CONFIG_PROJECT_H
#define SL_CONFIG_PROJECT_H

#include "base/buf.h"
#include "base/error.h"
#include "config/flows.h"
#include "config/values.h"
#include "doc/doc.h"

#define SL_PROJECT_FILE ".sluice.yaml"
#define SL_PROJECT_MAX_BYTES ((size_t)256 * 1024)
#define SL_PROJECT_ID_MAX 32

/** How one SageMaker pipeline of the project is made and filled. */
struct sl_project_pipeline {
	char *name;       /* key below `pipelines` */
	char *definition; /* path of a committed definition, or NULL */
	struct sl_words command; /* program and arguments that print one; empty
				    where definition is set */
	struct sl_words inputs_paths; /* folders and files the pipeline uses;
					 empty: the whole tree */
	struct sl_pairs parameters;   /* values for declared parameters */
};

/** Data that a build reads and pins. */
struct sl_project_input {
	char *uri;       /* s3://..., may hold {bucket}, {use_case},
			    {environment} */
	char *parameter; /* pipeline parameter that gets the URI; NULL: none */
};

struct sl_project {
	char *id;       /* [a-z0-9]+(-[a-z0-9]+)*, at most 32 */
	char *use_case; /* the same grammar [id] */
	bool has_flows; /* there is a `flows:` */
	struct sl_flows flows;
	struct sl_project_pipeline *pipelines;
	size_t pipeline_count;
	struct sl_project_input *inputs;
	size_t input_count;
	struct sl_doc *doc;            /* owned */
	const struct sl_node *extends; /* in doc; NULL where not there */
	const struct sl_node *rules;   /* in doc; NULL where not there */
	const struct sl_node *waivers; /* likewise */
};

/**
 * Parse a project file.
 *
 * @param name  shown in messages: "<ref>:.sluice.yaml"
 * @return 0, SL_EINVAL (no YAML), SL_ETOOBIG, SL_ECONFIG; with the place
 */
int sl_project_parse(const char *name, struct sl_str text,
    struct sl_project **out, struct sl_error *err) SL_MUST_CHECK;

void sl_project_free(struct sl_project *project);
SL_DEFINE_FREEP(struct sl_project, sl_project_free, sl_project_freep)

/** A pipeline by name, or NULL. */
const struct sl_project_pipeline *sl_project_pipeline(
    const struct sl_project *project, const char *name);

/** The project's flows for sl_flows_choose: NULL where it has none. */
static inline const struct sl_flows *
sl_project_flows(const struct sl_project *project)
{
	return project != NULL && project->has_flows ? &project->flows : NULL;
}

/** Whether s is a project id or use case ([a-z0-9]+(-[a-z0-9]+)*, <= 32). */
bool sl_project_id_valid(struct sl_str s);

/** What the placeholders of an input's URI stand for. */
struct sl_uri_values {
	const char *bucket;
	const char *use_case;
	const char *environment;
};

/**
 * Append an input's URI with its placeholders filled in.
 *
 * @return 0, SL_ETOOBIG
 */
int sl_project_uri(const struct sl_project_input *input,
    const struct sl_uri_values *values, struct sl_buf *out,
    struct sl_error *err) SL_MUST_CHECK;

#endif
