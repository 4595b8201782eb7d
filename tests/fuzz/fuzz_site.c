/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Site files: one that is accepted keeps what its header promises; one that is
 * refused says where.
 */
#include "fuzz.h"

#include <string.h>

#include "config/site.h"

static const char *
no_variable(void *ctx, const char *name)
{
	(void)ctx;
	fuzz_check(name[0] != '\0');
	return NULL;
}

static void
check_environment(const struct sl_environment *e)
{
	fuzz_check(strlen(e->account) == 12 && strlen(e->bucket_owner) == 12);
	fuzz_check(strlen(e->bucket) >= 3 && strlen(e->bucket) <= 63);
	fuzz_check(e->region[0] != '\0' && e->pipeline_role != NULL);
	fuzz_check(strstr(e->prefix, "..") == NULL || e->prefix[0] != '.');
	fuzz_check(e->endpoint_s3 == NULL ||
	    !strncmp(e->endpoint_s3, "http", 4));
}

static void
check_site(const struct sl_site *site)
{
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < site->environment_count; i++)
		check_environment(&site->environments[i]);
	for (size_t i = 0; i < site->person_count; i++) {
		const struct sl_person *person = &site->people[i];

		for (size_t j = 0; j < person->emails.count; j++)
			fuzz_check(sl_site_person_by_email(site,
				       sl_str(person->emails.items[j])) ==
			    person);
	}
	fuzz_check(sl_flows_check(&site->flows, site, &err) == 0);
	fuzz_check(sl_site_pusher(site, no_variable, NULL).person == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_site *site = NULL;

	if (sl_site_parse("f", "/etc/sluice", text, &site, &err) < 0) {
		fuzz_check(site == NULL && err.place[0] != '\0');
		return 0;
	}
	check_site(site);
	sl_site_free(site);
	return 0;
}
