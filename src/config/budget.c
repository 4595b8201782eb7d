/* SPDX-License-Identifier: Apache-2.0 */
/*
 * budget: the time that a push has on each kind of server, and the imports
 * for which it is lifted.
 */
#include "config/site.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "config/config_int.h"

#define MIN_BUDGET_MS 100
#define MAX_BUDGET_MS ((int64_t)10 * 60 * 1000)
#define MAX_IMPORTS 100

static const char *const host_names[] = { "other", "gitlab", "github", NULL };

/* GitHub Enterprise Server ends all hooks of a push after 5 s; what serves
 * GitLab's pages and proxies gives up after a minute. */
static const int64_t usual_ms[] = { 0, 50000, 4000 };

int64_t
sl_host_budget_ms(enum sl_host host)
{
	return usual_ms[host];
}

static int
read_time(const struct sl_node *node, int64_t *out, struct sl_error *err)
{
	struct sl_str text;
	int rc = sl_node_read_text(node, "\"budget\"", &text, err);

	if (rc < 0)
		return rc;
	if (sl_str_eqs(text, "none")) {
		*out = 0;
		return SL_OK;
	}
	rc = sl_node_read_duration(node, "\"budget\"", out, err);
	if (rc == SL_OK && (*out < MIN_BUDGET_MS || *out > MAX_BUDGET_MS))
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"budget\" must be from 100ms to 10m, or none");
	return rc;
}

int
sl_budget_read(const struct sl_node *node, struct sl_site *site,
    struct sl_error *err)
{
	int rc = SL_OK;

	memcpy(site->budgets_ms, usual_ms, sizeof(usual_ms));
	if (node == NULL)
		return SL_OK;
	if (sl_node_kind(node) != SL_NODE_MAP) {
		rc = read_time(node, &site->budgets_ms[0], err);
		for (size_t i = 1; i < SL_HOST_COUNT; i++)
			site->budgets_ms[i] = site->budgets_ms[0];
		return rc;
	}
	rc = sl_node_check_keys(node, "\"budget\"", host_names, err);
	for (size_t i = 0; rc == SL_OK && i < SL_HOST_COUNT; i++) {
		const struct sl_node *own = sl_node_get(node, host_names[i]);

		if (own != NULL)
			rc = read_time(own, &site->budgets_ms[i], err);
	}
	return rc;
}

/* --- imports --- */

static int
read_until(const struct sl_node *map, struct sl_import *import,
    struct sl_error *err)
{
	const struct sl_node *node;
	struct sl_str day;
	int rc = sl_node_require(map, "an import", "until", &node, err);

	if (rc == SL_OK)
		rc = sl_node_read_text(node, "\"until\"", &day, err);
	if (rc < 0)
		return rc;
	if (sl_time_parse_day(day, &import->until_s) < 0)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"until\" must be a day such as 2027-01-31, not \"%.*s\"",
		    SL_STR_ARG(day));
	import->until = sl_strndup(day.ptr, day.len);
	return SL_OK;
}

/* A list that must be there, and not be empty. */
static int
read_list(const struct sl_node *map, const char *key, sl_grammar_fn *grammar,
    struct sl_words *out, struct sl_error *err)
{
	const struct sl_node *list;
	char what[32];
	int rc = sl_node_require(map, "an import", key, &list, err);

	snprintf(what, sizeof(what), "\"%s\"", key);
	if (rc == SL_OK)
		rc = sl_words_read(list, what, grammar, out, err);
	if (rc == SL_OK && out->count == 0)
		return sl_node_error(list, err, SL_ECONFIG,
		    "%s of an import names none", what);
	return rc;
}

static int
check_people(const struct sl_node *map, const struct sl_site *site,
    const struct sl_import *import, struct sl_error *err)
{
	const struct sl_node *list = sl_node_get(map, "people");

	for (size_t i = 0; i < import->people.count; i++)
		if (sl_site_person(site, sl_str(import->people.items[i])) ==
		    NULL)
			return sl_node_error(sl_node_at(list, i), err,
			    SL_ECONFIG, "the site has no person \"%s\"",
			    import->people.items[i]);
	return SL_OK;
}

static int
read_import(const struct sl_node *map, const struct sl_site *site,
    struct sl_import *import, struct sl_error *err)
{
	static const char *const keys[] = { "repositories", "people", "until",
		"reason", NULL };
	static const struct sl_field fields[] = {
		{ "reason", offsetof(struct sl_import, reason),
		    sl_grammar_line, true },
	};
	int rc = sl_node_check_keys(map, "an import", keys, err);

	if (rc == SL_OK)
		rc = read_list(map, "repositories", sl_grammar_file,
		    &import->repositories, err);
	if (rc == SL_OK)
		rc = read_list(map, "people", sl_grammar_person,
		    &import->people, err);
	if (rc == SL_OK)
		rc = check_people(map, site, import, err);
	if (rc == SL_OK)
		rc = read_until(map, import, err);
	if (rc == SL_OK)
		rc = sl_fields_read(map, "an import", fields,
		    SL_COUNT(fields), import, err);
	return rc;
}

int
sl_imports_read(const struct sl_node *list, struct sl_site *site,
    struct sl_error *err)
{
	size_t count;
	int rc;

	if (list == NULL)
		return SL_OK;
	rc = sl_node_check_kind(list, "\"imports\"", SL_NODE_LIST, err);
	if (rc < 0)
		return rc;
	count = sl_node_count(list);
	if (count > MAX_IMPORTS)
		return sl_node_error(list, err, SL_ECONFIG,
		    "\"imports\" has %d entries at most", MAX_IMPORTS);
	site->imports = sl_alloc_array(count + 1, sizeof(*site->imports));
	while (rc == SL_OK && site->import_count < count) {
		size_t i = site->import_count++;

		rc = read_import(sl_node_at(list, i), site, &site->imports[i],
		    err);
	}
	return rc;
}

void
sl_imports_release(struct sl_site *site)
{
	for (size_t i = 0; i < site->import_count; i++) {
		sl_words_release(&site->imports[i].repositories);
		sl_words_release(&site->imports[i].people);
		free(site->imports[i].until);
		free(site->imports[i].reason);
	}
	free(site->imports);
}

static bool
names_any(const struct sl_import *import, const char *const *names,
    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] != NULL &&
		    sl_words_has(&import->repositories, sl_str(names[i])))
			return true;
	return false;
}

const struct sl_import *
sl_site_import(const struct sl_site *site, const char *const *names,
    size_t count, const struct sl_person *person, int64_t now_s)
{
	for (size_t i = 0; person != NULL && i < site->import_count; i++) {
		const struct sl_import *import = &site->imports[i];

		if (now_s < import->until_s &&
		    sl_words_has(&import->people, sl_str(person->name)) &&
		    names_any(import, names, count))
			return import;
	}
	return NULL;
}
