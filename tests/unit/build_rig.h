/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build_rig: one build of one ref of a project, carried out over the fakes of
 * build_fake.h.
 *
 *     set_up(&w, "refs/heads/main");
 *     ck_assert_state(&w, 1, SL_BUILDER_AGAIN);
 *     ...
 *     tear_down(&w);
 */
#ifndef SL_TESTS_BUILD_RIG_H
#define SL_TESTS_BUILD_RIG_H

#include "harness.h"

#include <string.h>

#include "base/mem.h"
#include "build/build.h"
#include "build/manifest.h"
#include "build_fake.h"
#include "flow/flow.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
#define TREE "89abcdef0123456789abcdef0123456789abcdef"
#define BUILD "20261122T103140Z-" COMMIT
#define MANIFEST "staging-bucket/churn/" BUILD "/manifest.json"

/** A definition that registers a model in the group, which is JSON. */
#define DEFINITION(group)                                                      \
	"{\"Version\": \"2020-12-01\", \"Parameters\": ["                      \
	"{\"Name\": \"CodeUri\"}, {\"Name\": \"InputUri\"},"                   \
	"{\"Name\": \"Epochs\", \"Type\": \"Integer\", \"DefaultValue\": 1},"  \
	"{\"Name\": \"ModelPackageGroupName\"}], \"Steps\": [{\"Name\": "      \
	"\"R\", \"Type\": \"RegisterModel\", \"Arguments\": "                  \
	"{\"ModelPackageGroupName\": " group "}}]}"
#define FROM_PARAMETER "{\"Get\": \"Parameters.ModelPackageGroupName\"}"

struct world {
	struct fake fake;
	struct sl_site *site;
	struct sl_project *project;
	struct sl_plan *plan;
	struct sl_object_source source;
	struct sl_builder_context ctx;
	struct sl_builder_job job;
	struct sl_builder_outcome out;
	struct fake_environment *env; /* the plan's */
	char dir[64];
};

/** The plan of a ref that points at a commit. */
struct sl_plan *make_plan(struct world *w, const char *ref,
    const char *commit);

/** Go on with the plan of another ref; its input is there. */
void use_ref(struct world *w, const char *ref);

void set_up(struct world *w, const char *ref);

/** With more lines of the site. */
void set_up_with(struct world *w, const char *ref, const char *extra_site);

void tear_down(struct world *w);

/** Give the builds a store. */
void open_store(struct world *w);

/** One process: carry the job until it ends or has waited `steps` times. */
enum sl_builder_state carry(struct world *w, unsigned steps);

#define ck_assert_state(w, steps, want)                                        \
	do {                                                                   \
		enum sl_builder_state state_ = carry(w, steps);                \
		ck_assert_msg(state_ == (want), "%s at %s: %s",                \
		    sl_builder_state_name(state_), (w)->out.step,              \
		    (w)->out.error.text);                                      \
	} while (0)

/** Give every execution of an environment a status. */
void end_all(struct fake_environment *e, enum sl_sagemaker_status status);

/** The manifest of the plan's build; for sl_manifest_free. */
struct sl_manifest *read_manifest(struct world *w);

/** A trained and recorded build of main; returns its package. */
struct fake_package *train(struct world *w);

TCase *tcase_manifest(void);
TCase *tcase_train(void);
TCase *tcase_steps(void);
TCase *tcase_inputs(void);
TCase *tcase_promote(void);
TCase *tcase_images(void);

#endif
