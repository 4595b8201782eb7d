/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pipeline definitions, which come from pushes: one that is refused says
 * where; one that is read can be linted, guarded and filled, and its canonical
 * form means the same.
 */
#include "fuzz.h"

#include <string.h>

#include "pipeline/pipeline.h"

static int
count(void *ctx, const struct sl_error *problem)
{
	fuzz_check(problem->code == SL_EINVAL);
	fuzz_check(problem->place[0] != '\0');
	fuzz_check(problem->text[0] != '\0');
	++*(size_t *)ctx;
	return 0;
}

static void
check_lint(const struct sl_pipeline *p)
{
	struct sl_error err = SL_ERROR_INIT;
	size_t problems = 0;

	fuzz_check(sl_pipeline_lint(p, count, &problems) == 0);
	fuzz_check((sl_pipeline_check(p, &err) < 0) == (problems > 0));
}

static void
check_guard(const struct sl_pipeline *p)
{
	static const struct sl_parameter_value values[] = {
		{ "ModelPackageGroupName", "churn" } };
	static const struct sl_pipeline_guard guard = { "churn", "Approved",
		values, 1 };
	struct sl_error err = SL_ERROR_INIT;
	int rc = sl_pipeline_guard(p, &guard, &err);

	fuzz_check(rc == 0 || rc == SL_EREFUSED);
	fuzz_check(rc == 0 || err.place[0] != '\0');
	if (sl_pipeline_registers(p) == 0)
		fuzz_check(rc == 0);
}

static void
check_again(const struct sl_pipeline *p)
{
	struct sl_str canonical = sl_pipeline_canonical(p);
	struct sl_pipeline *again = NULL;
	struct sl_error err = SL_ERROR_INIT;

	if (canonical.len > SL_PIPELINE_MAX_BYTES)
		return;
	fuzz_check(sl_pipeline_parse("again", canonical, &again, &err) == 0);
	fuzz_check(!strcmp(sl_pipeline_digest(p), sl_pipeline_digest(again)));
	sl_pipeline_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_pipeline *p = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	rc = sl_pipeline_parse("fuzz.json", sl_strn((const char *)data, size),
	    &p, &err);
	if (rc < 0) {
		fuzz_check(rc == SL_EINVAL || rc == SL_ETOOBIG);
		fuzz_check(p == NULL && err.code == rc);
		return 0;
	}
	check_lint(p);
	check_guard(p);
	check_again(p);
	rc = sl_pipeline_check_values(p, NULL, 0, &err);
	fuzz_check(rc == 0 || rc == SL_EINVAL);
	sl_pipeline_free(p);
	return 0;
}
