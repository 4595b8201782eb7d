/* SPDX-License-Identifier: Apache-2.0 */
#include "config/site.h"

#include <stdio.h>
#include <strings.h>

#include "base/fsx.h"
#include "base/map.h"
#include "base/mem.h"
#include "config/config_int.h"

#define MAX_ENVIRONMENTS 32
#define MAX_TAGS 40 /* AWS allows 50; the rest is for sluice's own */
#define MAX_THREADS 8
#define DEFAULT_SCAN_CACHE ((uint64_t)256 << 20)
#define MAX_GRACE_MS ((int64_t)30 * 24 * 3600 * 1000)

static const char *const default_variables[] = { "GL_USERNAME",
	"GITEA_PUSHER_NAME", "GITHUB_USER_LOGIN", "SLUICE_PUSHER" };

static void
environment_release(struct sl_environment *e)
{
	free(e->name);
	free(e->account);
	free(e->region);
	free(e->role);
	free(e->external_id);
	free(e->profile);
	free(e->bucket);
	free(e->bucket_owner);
	free(e->prefix);
	free(e->kms_key);
	free(e->pipeline_role);
	free(e->endpoint_sagemaker);
	free(e->endpoint_s3);
	free(e->endpoint_sts);
	free(e->endpoint_ecr);
	sl_pairs_release(&e->tags);
}

static void
person_release(struct sl_person *p)
{
	free(p->name);
	sl_words_release(&p->emails);
	sl_words_release(&p->logins);
	sl_words_release(&p->principals);
	sl_words_release(&p->groups);
}

void
sl_site_free(struct sl_site *site)
{
	if (site == NULL)
		return;
	for (size_t i = 0; i < site->person_count; i++)
		person_release(&site->people[i]);
	for (size_t i = 0; i < site->environment_count; i++)
		environment_release(&site->environments[i]);
	sl_imports_release(site);
	free(site->people);
	free(site->environments);
	free(site->file);
	free(site->name);
	sl_policy_source_release(&site->policy);
	free(site->policy_ref);
	free(site->state);
	free(site->signers.ssh);
	free(site->signers.ssh_revoked);
	free(site->signers.gpg);
	free(site->signers.ssh_keygen);
	free(site->signers.gpgv);
	free(site->aws_config_file);
	free(site->aws_credentials_file);
	sl_words_release(&site->pusher_variables);
	sl_flows_release(&site->flows);
	free(site);
}

/* --- environments --- */

/* A tag of AWS: @source AWS General Reference, "Tagging your resources". */
static int
read_tag(const struct sl_node *tags, size_t i, struct sl_pairs *out,
    struct sl_error *err)
{
	const struct sl_node *key = sl_node_key(tags, i);
	struct sl_str name, value;
	int rc = sl_node_read_text(key, "a tag's name", &name, err);

	if (rc == SL_OK)
		rc = sl_node_read_text(sl_node_at(tags, i), "a tag's value",
		    &value, err);
	if (rc == SL_OK)
		rc = sl_grammar_check(key, "a tag's name", name,
		    sl_grammar_line, err);
	if (rc == SL_OK)
		rc = sl_grammar_check(sl_node_at(tags, i), "a tag's value",
		    value, sl_grammar_line, err);
	if (rc < 0)
		return rc;
	if (sl_str_starts(name, "aws:") || sl_str_starts(name, "sluice:"))
		return sl_node_error(key, err, SL_ECONFIG,
		    "tags that start with \"aws:\" or \"sluice:\" are taken");
	sl_pairs_add(out, name, value);
	return SL_OK;
}

static int
read_tags(const struct sl_node *tags, struct sl_pairs *out,
    struct sl_error *err)
{
	int rc;

	if (tags == NULL)
		return SL_OK;
	rc = sl_node_check_kind(tags, "\"tags\"", SL_NODE_MAP, err);
	if (rc == SL_OK && sl_node_count(tags) > MAX_TAGS)
		return sl_node_error(tags, err, SL_ECONFIG,
		    "more than %d tags", MAX_TAGS);
	for (size_t i = 0; rc == SL_OK && i < sl_node_count(tags); i++)
		rc = read_tag(tags, i, out, err);
	return rc;
}

static int
read_endpoints(const struct sl_node *node, struct sl_environment *e,
    struct sl_error *err)
{
	static const char *const keys[] = { "sagemaker", "s3", "sts",
		"ecr", NULL };
	static const struct sl_field fields[] = {
		{ "sagemaker",
		    offsetof(struct sl_environment, endpoint_sagemaker),
		    sl_grammar_endpoint, false },
		{ "s3", offsetof(struct sl_environment, endpoint_s3),
		    sl_grammar_endpoint, false },
		{ "sts", offsetof(struct sl_environment, endpoint_sts),
		    sl_grammar_endpoint, false },
		{ "ecr", offsetof(struct sl_environment, endpoint_ecr),
		    sl_grammar_endpoint, false },
	};
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_check_keys(node, "\"endpoints\"", keys, err);
	if (rc == SL_OK)
		rc = sl_fields_read(node, "\"endpoints\"", fields,
		    SL_COUNT(fields), e, err);
	return rc;
}

static const char *const environment_keys[] = { "protected", "account",
	"region", "role", "external-id", "profile", "bucket", "bucket-owner",
	"prefix", "kms-key", "pipeline-role", "endpoints", "tags",
	"pinned-images", NULL };

#define E(member) offsetof(struct sl_environment, member)
static const struct sl_field environment_fields[] = {
	{ "account", E(account), sl_grammar_account, true },
	{ "region", E(region), sl_grammar_region, true },
	{ "role", E(role), sl_grammar_role, false },
	{ "external-id", E(external_id), sl_grammar_external_id, false },
	{ "profile", E(profile), sl_grammar_profile, false },
	{ "bucket", E(bucket), sl_grammar_bucket, true },
	{ "bucket-owner", E(bucket_owner), sl_grammar_account, false },
	{ "prefix", E(prefix), sl_grammar_prefix, false },
	{ "kms-key", E(kms_key), sl_grammar_kms_key, false },
	{ "pipeline-role", E(pipeline_role), sl_grammar_role, true },
};
#undef E

/* What no single value shows. */
static int
check_environment(const struct sl_node *node, const struct sl_environment *e,
    struct sl_error *err)
{
	char owner[32];

	snprintf(owner, sizeof(owner), ":%s:role/", e->account);
	if (e->external_id != NULL && e->role == NULL)
		return sl_node_error(sl_node_get(node, "external-id"), err,
		    SL_ECONFIG, "\"external-id\" needs a \"role\"");
	if (strstr(e->pipeline_role, owner) == NULL)
		return sl_node_error(sl_node_get(node, "pipeline-role"), err,
		    SL_ECONFIG, "\"pipeline-role\" is not of account %s",
		    e->account);
	return SL_OK;
}

/* A flag that keeps its value where it is not written. */
static int
read_flag(const struct sl_node *map, const char *key, bool *out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(map, key);
	char what[32];

	if (node == NULL)
		return SL_OK;
	snprintf(what, sizeof(what), "\"%s\"", key);
	return sl_node_read_bool(node, what, out, err);
}

static int
read_environment(const struct sl_node *node, struct sl_str name,
    struct sl_environment *e, struct sl_error *err)
{
	char what[80];
	int rc;

	snprintf(what, sizeof(what), "the environment \"%.*s\"",
	    SL_STR_ARG(name));
	e->name = sl_strndup(name.ptr, name.len);
	e->protected_ = true;
	rc = sl_node_check_keys(node, what, environment_keys, err);
	if (rc == SL_OK)
		rc = read_flag(node, "protected", &e->protected_, err);
	if (rc == SL_OK)
		rc = read_flag(node, "pinned-images", &e->pinned_images, err);
	if (rc == SL_OK)
		rc = sl_fields_read(node, what, environment_fields,
		    SL_COUNT(environment_fields), e, err);
	if (rc == SL_OK)
		rc = read_endpoints(sl_node_get(node, "endpoints"), e, err);
	if (rc == SL_OK)
		rc = read_tags(sl_node_get(node, "tags"), &e->tags, err);
	if (rc == SL_OK)
		rc = check_environment(node, e, err);
	if (rc < 0)
		return rc;
	if (e->bucket_owner == NULL)
		e->bucket_owner = sl_strdup(e->account);
	if (e->prefix == NULL)
		e->prefix = sl_strdup("");
	return SL_OK;
}

static int
read_environments(const struct sl_node *root, struct sl_site *site,
    struct sl_error *err)
{
	const struct sl_node *map;
	size_t count;
	int rc = sl_node_require(root, "a site file", "environments", &map,
	    err);

	if (rc == SL_OK)
		rc = sl_node_check_kind(map, "\"environments\"", SL_NODE_MAP,
		    err);
	if (rc < 0)
		return rc;
	count = sl_node_count(map);
	if (count == 0 || count > MAX_ENVIRONMENTS)
		return sl_node_error(map, err, SL_ECONFIG,
		    "a site has 1 to %d environments, not %zu",
		    MAX_ENVIRONMENTS, count);
	site->environments = sl_alloc_array(count, sizeof(*site->environments));
	while (rc == SL_OK && site->environment_count < count) {
		size_t i = site->environment_count;
		const struct sl_node *key = sl_node_key(map, i);
		struct sl_str name = sl_node_text(key);

		rc = sl_grammar_check(key, "an environment's name", name,
		    sl_grammar_id, err);
		if (rc < 0)
			return rc;
		rc = read_environment(sl_node_at(map, i), name,
		    &site->environments[site->environment_count++], err);
	}
	return rc;
}

/* --- people --- */

/* What others call people: each name may stand for one person only. */
struct known {
	struct sl_map names[3]; /* emails, logins, principals */
};

static void
known_release(struct known *known)
{
	for (size_t i = 0; i < SL_COUNT(known->names); i++)
		sl_map_release(&known->names[i]);
}

static int
claim(const struct sl_node *node, struct sl_map *map, struct sl_str word,
    bool fold_case, const struct sl_person *person, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *key = sl_strndup(word.ptr, word.len);
	const struct sl_person *other;

	for (char *p = key; fold_case && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	other = sl_map_get(map, sl_str(key));
	if (other != NULL)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"%s\" is listed for \"%s\" already", key, other->name);
	sl_map_put(map, sl_str(key), (void *)person);
	return SL_OK;
}

static int
read_names(const struct sl_node *node, const char *key,
    sl_grammar_fn *grammar, struct sl_words *out, struct sl_map *taken,
    const struct sl_person *person, struct sl_error *err)
{
	const struct sl_node *list = sl_node_get(node, key);
	bool fold_case = grammar == sl_grammar_email;
	char what[64];
	int rc;

	snprintf(what, sizeof(what), "\"%s\"", key);
	rc = sl_words_read(list, what, grammar, out, err);
	for (size_t i = 0; rc == SL_OK && taken != NULL && i < out->count; i++)
		rc = claim(sl_node_at(list, i), taken, sl_str(out->items[i]),
		    fold_case, person, err);
	return rc;
}

static int
read_person(const struct sl_node *node, struct sl_str name,
    struct sl_person *person, struct known *known, struct sl_error *err)
{
	static const char *const keys[] = { "emails", "logins", "principals",
		"groups", NULL };
	char what[112];
	int rc;

	snprintf(what, sizeof(what), "the person \"%.*s\"", SL_STR_ARG(name));
	person->name = sl_strndup(name.ptr, name.len);
	rc = sl_node_check_keys(node, what, keys, err);
	if (rc == SL_OK)
		rc = read_names(node, "emails", sl_grammar_email,
		    &person->emails, &known->names[0], person, err);
	if (rc == SL_OK)
		rc = read_names(node, "logins", sl_grammar_line,
		    &person->logins, &known->names[1], person, err);
	if (rc == SL_OK)
		rc = read_names(node, "principals", sl_grammar_principal,
		    &person->principals, &known->names[2], person, err);
	if (rc == SL_OK)
		rc = read_names(node, "groups", sl_grammar_id, &person->groups,
		    NULL, person, err);
	return rc;
}

static int
read_people(const struct sl_node *map, struct sl_site *site,
    struct sl_error *err)
{
	SL_CLEANUP(known_release) struct known known = { 0 };
	int rc;

	if (map == NULL)
		return SL_OK;
	rc = sl_node_check_kind(map, "\"people\"", SL_NODE_MAP, err);
	if (rc < 0)
		return rc;
	site->people = sl_alloc_array(sl_node_count(map),
	    sizeof(*site->people));
	for (size_t i = 0; rc == SL_OK && i < sl_node_count(map); i++) {
		const struct sl_node *key = sl_node_key(map, i);
		struct sl_str name = sl_node_text(key);

		rc = sl_grammar_check(key, "a person's name", name,
		    sl_grammar_person, err);
		if (rc < 0)
			return rc;
		rc = read_person(sl_node_at(map, i), name,
		    &site->people[site->person_count++], &known, err);
	}
	return rc;
}

/* --- the rest --- */

static int
read_pusher(const struct sl_node *node, struct sl_site *site,
    struct sl_error *err)
{
	static const char *const keys[] = { "variables", NULL };
	const struct sl_node *list;
	int rc;

	if (node == NULL) {
		for (size_t i = 0; i < SL_COUNT(default_variables); i++)
			sl_words_add(&site->pusher_variables,
			    sl_str(default_variables[i]));
		return SL_OK;
	}
	rc = sl_node_check_keys(node, "\"pusher\"", keys, err);
	if (rc == SL_OK)
		rc = sl_node_require(node, "\"pusher\"", "variables", &list,
		    err);
	if (rc == SL_OK)
		rc = sl_words_read(list, "\"variables\"", sl_grammar_variable,
		    &site->pusher_variables, err);
	return rc;
}

static int
read_flows(const struct sl_node *root, struct sl_site *site,
    struct sl_error *err)
{
	const struct sl_node *node = sl_node_get(root, "flows");
	int rc = SL_OK;

	if (node != NULL)
		rc = sl_flows_read(node, &site->flows, err);
	else if (sl_flows_preset("default", &site->flows) < 0)
		abort();
	if (rc == SL_OK)
		rc = sl_flows_check(&site->flows, site, err);
	return rc;
}

static int
read_grace(const struct sl_node *node, struct sl_site *site,
    struct sl_error *err)
{
	int64_t ms = 0;
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_read_duration(node, "\"policy-grace\"", &ms, err);
	if (rc < 0)
		return rc;
	if (ms % 1000 != 0 || ms > MAX_GRACE_MS)
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"policy-grace\" must be whole seconds, 30d at most");
	if (ms > 0 && !sl_policy_source_is_set(&site->policy))
		return sl_node_error(node, err, SL_ECONFIG,
		    "\"policy-grace\" needs a \"policy\"");
	site->policy_grace_s = ms / 1000;
	return SL_OK;
}

static int
read_worker(const struct sl_node *node, struct sl_site *site,
    struct sl_error *err)
{
	static const char *const words[] = { "hook", "service", NULL };
	size_t index = SL_WORKER_HOOK;
	int rc = SL_OK;

	if (node != NULL)
		rc = sl_node_read_word(node, "\"worker\"", words, &index, err);
	if (rc == SL_OK)
		site->worker = (enum sl_site_worker)index;
	return rc;
}

/* Relative paths start at the file's folder. */
static void
anchor_path(const char *dir, char **path)
{
	char *joined;

	if (*path == NULL)
		return;
	joined = sl_fsx_join(dir, *path);
	free(*path);
	*path = joined;
}

static int
read_signers(const struct sl_node *node, const char *dir,
    struct sl_site_signers *out, struct sl_error *err)
{
	static const char *const keys[] = { "ssh", "ssh-revoked", "gpg",
		"ssh-keygen", "gpgv", NULL };
#define S(key, member)                                                         \
	{ key, offsetof(struct sl_site_signers, member), sl_grammar_file,      \
	    false }
	static const struct sl_field fields[] = {
		S("ssh", ssh),
		S("ssh-revoked", ssh_revoked),
		S("gpg", gpg),
		S("ssh-keygen", ssh_keygen),
		S("gpgv", gpgv),
	};
#undef S
	int rc;

	if (node == NULL)
		return SL_OK;
	rc = sl_node_check_keys(node, "\"signers\"", keys, err);
	if (rc == SL_OK)
		rc = sl_fields_read(node, "\"signers\"", fields,
		    SL_COUNT(fields), out, err);
	if (rc == SL_OK && out->ssh == NULL && out->gpg == NULL)
		rc = sl_node_error(node, err, SL_ECONFIG,
		    "\"signers\" needs \"ssh\" or \"gpg\"");
	anchor_path(dir, &out->ssh);
	anchor_path(dir, &out->ssh_revoked);
	anchor_path(dir, &out->gpg);
	anchor_path(dir, &out->ssh_keygen);
	anchor_path(dir, &out->gpgv);
	return rc;
}

static int
read_site(const struct sl_node *root, const char *dir, struct sl_site *site,
    struct sl_error *err)
{
	static const char *const keys[] = { "sluice", "name", "policy",
		"policy-grace", "policy-ref", "state", "pusher", "people",
		"signers", "environments", "flows", "budget", "imports",
		"threads", "scan-cache", "worker", "aws-config-file",
		"aws-credentials-file", NULL };
	static const struct sl_field fields[] = {
		{ "name", offsetof(struct sl_site, name), sl_grammar_line,
		    false },
		{ "policy-ref", offsetof(struct sl_site, policy_ref),
		    sl_grammar_ref, false },
		{ "state", offsetof(struct sl_site, state), sl_grammar_file,
		    false },
		{ "aws-config-file", offsetof(struct sl_site, aws_config_file),
		    sl_grammar_file, false },
		{ "aws-credentials-file",
		    offsetof(struct sl_site, aws_credentials_file),
		    sl_grammar_file, false },
	};
	int rc = sl_node_check_keys(root, "a site file", keys, err);

	site->name = sl_strdup("site");
	site->state = sl_strdup("/var/lib/sluice");
	if (rc == SL_OK)
		rc = sl_version_check(root, "a site file", err);
	if (rc == SL_OK)
		rc = sl_fields_read(root, "a site file", fields,
		    SL_COUNT(fields), site, err);
	if (rc == SL_OK)
		rc = sl_policy_source_read(sl_node_get(root, "policy"), dir,
		    &site->policy, err);
	if (rc == SL_OK)
		rc = read_grace(sl_node_get(root, "policy-grace"), site, err);
	if (rc == SL_OK)
		rc = read_pusher(sl_node_get(root, "pusher"), site, err);
	if (rc == SL_OK)
		rc = read_people(sl_node_get(root, "people"), site, err);
	if (rc == SL_OK)
		rc = read_signers(sl_node_get(root, "signers"), dir,
		    &site->signers, err);
	if (rc == SL_OK)
		rc = read_environments(root, site, err);
	if (rc == SL_OK)
		rc = read_flows(root, site, err);
	if (rc == SL_OK)
		rc = sl_budget_read(sl_node_get(root, "budget"), site, err);
	if (rc == SL_OK)
		rc = sl_imports_read(sl_node_get(root, "imports"), site, err);
	if (rc == SL_OK && sl_node_get(root, "threads") != NULL)
		rc = sl_node_read_number(sl_node_get(root, "threads"),
		    "\"threads\"", 1, MAX_THREADS, &site->threads, err);
	site->scan_cache = DEFAULT_SCAN_CACHE;
	if (rc == SL_OK && sl_node_get(root, "scan-cache") != NULL)
		rc = sl_node_read_bytes(sl_node_get(root, "scan-cache"),
		    "\"scan-cache\"", &site->scan_cache, err);
	if (rc == SL_OK)
		rc = read_worker(sl_node_get(root, "worker"), site, err);
	anchor_path(dir, &site->state);
	anchor_path(dir, &site->aws_config_file);
	anchor_path(dir, &site->aws_credentials_file);
	return rc;
}

int
sl_site_parse(const char *name, const char *dir, struct sl_str text,
    struct sl_site **out, struct sl_error *err)
{
	static const struct sl_doc_limits limits = {
		.max_bytes = SL_SITE_MAX_BYTES,
	};
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	SL_CLEANUP(sl_site_freep) struct sl_site *site = NULL;
	int rc = sl_doc_parse_yaml(name, text, &limits, &doc, err);

	if (rc < 0)
		return rc;
	site = sl_alloc(sizeof(*site));
	site->file = sl_strdup(name);
	rc = read_site(sl_doc_root(doc), dir, site, err);
	if (rc == SL_OK)
		*out = sl_steal(&site);
	return rc;
}

int
sl_site_load(const char *path, struct sl_site **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_SITE_MAX_BYTES);
	SL_CLEANUP(sl_freep) char *dir = sl_fsx_dirname(path);
	int rc = sl_fsx_read(path, &text, err);

	if (rc < 0)
		return rc;
	return sl_site_parse(path, dir, sl_buf_str(&text), out, err);
}

/* --- looking things up --- */

const struct sl_environment *
sl_site_environment(const struct sl_site *site, const char *name)
{
	for (size_t i = 0; name != NULL && i < site->environment_count; i++)
		if (!strcmp(site->environments[i].name, name))
			return &site->environments[i];
	return NULL;
}

const struct sl_person *
sl_site_person(const struct sl_site *site, struct sl_str name)
{
	for (size_t i = 0; i < site->person_count; i++)
		if (sl_str_eqs(name, site->people[i].name))
			return &site->people[i];
	return NULL;
}

const struct sl_person *
sl_site_person_by_login(const struct sl_site *site, struct sl_str login)
{
	for (size_t i = 0; i < site->person_count; i++)
		if (sl_words_has(&site->people[i].logins, login))
			return &site->people[i];
	return NULL;
}

const struct sl_person *
sl_site_person_by_principal(const struct sl_site *site, struct sl_str arn)
{
	for (size_t i = 0; i < site->person_count; i++)
		if (sl_words_has(&site->people[i].principals, arn))
			return &site->people[i];
	return NULL;
}

static bool
has_email(const struct sl_person *person, struct sl_str email)
{
	for (size_t i = 0; i < person->emails.count; i++) {
		const char *ours = person->emails.items[i];

		if (strlen(ours) == email.len &&
		    strncasecmp(ours, email.ptr, email.len) == 0)
			return true;
	}
	return false;
}

const struct sl_person *
sl_site_person_by_email(const struct sl_site *site, struct sl_str email)
{
	for (size_t i = 0; i < site->person_count; i++)
		if (has_email(&site->people[i], email))
			return &site->people[i];
	return NULL;
}

bool
sl_person_in(const struct sl_person *person, const char *group)
{
	return person != NULL && sl_words_has(&person->groups, sl_str(group));
}

struct sl_site_pusher
sl_site_pusher(const struct sl_site *site, sl_getenv_fn *get_env, void *ctx)
{
	struct sl_site_pusher pusher = { NULL, NULL, NULL };

	for (size_t i = 0; i < site->pusher_variables.count; i++) {
		const char *name = site->pusher_variables.items[i];
		const char *login = get_env(ctx, name);

		if (login == NULL || login[0] == '\0')
			continue;
		pusher.variable = name;
		pusher.login = login;
		pusher.person = sl_site_person_by_login(site, sl_str(login));
		break;
	}
	return pusher;
}
