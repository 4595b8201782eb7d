/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy: look at a policy before it judges anybody: whether it loads, what
 * its examples say, and where each part of a rule comes from; or make one of
 * another tool's rules.
 */
#include "ci-runner/import.h"
#include "ci-runner/runtime.h"

#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "config/project.h"
#include "doc/json.h"
#include "gate/standing.h"

struct policy_options {
	struct sl_common_options common;
	const char *policy;
	const char *from;
};

static const struct sl_opt policy_opts[] = {
	{ "policy", 0, SL_OPT_STRING, offsetof(struct policy_options, policy),
	    "FILE", "site policy (default: git config sluice.policy)", NULL },
	{ "from", 0, SL_OPT_STRING, offsetof(struct policy_options, from),
	    "FORMAT", "import: gitleaks, gitlab or github", NULL },
	{ 0 }
};

/* What a verb looks at. */
struct subject_policy {
	struct sl_policy_source source;
	struct sl_standing standing;
	struct sl_project *project; /* NULL: the site policy alone */
	struct sl_policy *policy;
	char *file; /* that was named, or found; "" for none */
};

static void
subject_policy_release(struct subject_policy *s)
{
	sl_policy_free(s->policy);
	sl_standing_release(&s->standing);
	sl_project_free(s->project);
	sl_policy_source_release(&s->source);
	free(s->file);
}

/* A file with a `project` belongs to one; any other is a site policy. */
static int
read_file(struct subject_policy *s, const char *path, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(SL_POLICY_MAX_BYTES);
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_doc_limits limits = { .max_bytes = SL_POLICY_MAX_BYTES };
	int rc = sl_fsx_read(path, &text, err);

	if (rc == 0)
		rc = sl_doc_parse_yaml(path, sl_buf_str(&text), &limits, &doc,
		    err);
	if (rc < 0)
		return rc;
	s->file = sl_strdup(path);
	if (sl_node_kind(sl_doc_root(doc)) == SL_NODE_MAP &&
	    sl_node_get(sl_doc_root(doc), "project") != NULL)
		return sl_project_parse(path, sl_buf_str(&text), &s->project,
		    err);
	sl_policy_source_release(&s->source);
	s->source.path = sl_strdup(path);
	return SL_OK;
}

/* The site policy that judges here, and the project's file that is checked
 * out. */
static int
read_here(struct runtime *rt, const struct policy_options *o, const char *file,
    struct subject_policy *s, struct sl_error *err)
{
	const char *folder = rt->inv->common->repository;
	SL_CLEANUP(sl_freep) char *project = sl_fsx_join(folder ? folder : ".",
	    SL_PROJECT_FILE);
	int rc = runtime_open_repository(rt, err);

	/* A named policy or file needs no repository. */
	if (rc < 0 && o->policy == NULL && file == NULL)
		return rc;
	rc = runtime_policy_source(rt, o->policy, &s->source, err);
	if (rc < 0)
		return rc;
	if (file != NULL)
		return read_file(s, file, err);
	if (access(project, F_OK) == 0)
		return read_file(s, folder ? project : SL_PROJECT_FILE, err);
	return SL_OK;
}

static int
load(struct runtime *rt, const struct policy_options *o, const char *file,
    struct subject_policy *s, struct sl_error *err)
{
	struct sl_standing_options standing = { .packs_dir = rt->packs_dir };
	int rc = read_here(rt, o, file, s, err);

	if (rc < 0)
		return rc;
	if (!sl_policy_source_is_set(&s->source) && s->project == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "there is no policy here: no " SL_PROJECT_FILE " and no "
		    "site policy; name a file, or set git config "
		    "sluice.policy FILE");
	standing.source = &s->source;
	standing.scan_state = runtime_find_state(rt);
	sl_standing_init(&s->standing, &standing);
	return sl_standing_load(&s->standing,
	    s->project ? s->project->doc : NULL, &s->policy, err);
}

/* --- lint and test --- */

static size_t
count_examples(const struct sl_policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < sl_policy_rule_count(policy); i++)
		count += sl_rule_examples(sl_policy_rule_at(policy, i), NULL);
	return count;
}

/* What is allowed and yet worth a look; NULL: nothing. */
static const char *
advice(const struct sl_rule *rule)
{
	bool stale;
	size_t count = sl_rule_examples(rule, &stale);

	if (stale)
		return "its examples are not run: a later layer changed what "
		       "it asks; give it examples of its own there";
	if (count == 0 && !sl_rule_is_builtin(rule))
		return "has no examples: give it one that passes and one that "
		       "fails";
	return NULL;
}

static void
put_shape_json(void *ctx, const struct sl_mark *mark, const char *text)
{
	struct sl_json *w = ctx;

	sl_json_object(w);
	sl_json_put_int(w, "line", mark->line);
	sl_json_put_int(w, "col", mark->col);
	sl_json_put(w, "says", text);
	sl_json_end(w);
}

static void
put_rules_json(const struct sl_policy *policy, struct sl_json *w)
{
	sl_json_key(w, "rules");
	sl_json_list(w);
	for (size_t i = 0; i < sl_policy_rule_count(policy); i++) {
		const struct sl_rule *rule = sl_policy_rule_at(policy, i);
		struct sl_rule_place place = sl_rule_place(rule);
		const char *text = advice(rule);

		sl_json_object(w);
		sl_json_put(w, "rule", sl_rule_name(rule));
		sl_json_put(w, "file", place.file);
		sl_json_put_int(w, "line", place.line);
		sl_json_put_int(w, "examples",
		    (int64_t)sl_rule_examples(rule, NULL));
		if (text != NULL)
			sl_json_put(w, "advice", text);
		sl_json_key(w, "slow");
		sl_json_list(w);
		sl_rule_advise(rule, put_shape_json, w);
		sl_json_end(w);
		sl_json_end(w);
	}
	sl_json_end(w);
}

static int
show_json(const struct sl_policy *policy)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4 << 20);
	struct sl_json w;

	sl_json_init(&w, &out, 0);
	sl_json_object(&w);
	sl_json_put(&w, "policy", sl_policy_name(policy));
	sl_json_put(&w, "digest", sl_policy_digest(policy));
	sl_json_put_int(&w, "examples", (int64_t)count_examples(policy));
	put_rules_json(policy, &w);
	sl_json_end(&w);
	sl_buf_addc(&out, '\n');
	return sl_cli_print(stdout, &out);
}

static void
add_summary(const struct sl_policy *policy, const char *file,
    struct sl_buf *out)
{
	size_t rules = sl_policy_rule_count(policy);
	size_t examples = count_examples(policy);

	sl_buf_addf(out, "%s%spolicy %s: %zu rule%s, %zu example%s as "
	    "expected, digest %.12s\n", file, file[0] ? ": " : "",
	    sl_policy_name(policy), rules, rules == 1 ? "" : "s", examples,
	    examples == 1 ? "" : "s", sl_policy_digest(policy));
}

struct told {
	struct sl_buf *out;
	const struct sl_rule *rule;
};

static void
add_shape(void *ctx, const struct sl_mark *mark, const char *text)
{
	const struct told *told = ctx;

	sl_buf_addf(told->out, "%s:%u:%u: rule %s may be slow: its expression "
	    "%s\n", mark->file, mark->line, mark->col,
	    sl_rule_name(told->rule), text);
}

static int
lint(const struct sl_invocation *inv, const struct subject_policy *s)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4 << 20);
	SL_CLEANUP(sl_buf_release) struct sl_buf scan = SL_BUF_INIT(4096);

	(void)runtime_compile_scan(s->policy, &scan);
	if (inv->json)
		return show_json(s->policy);
	for (size_t i = 0; i < sl_policy_rule_count(s->policy); i++) {
		const struct sl_rule *rule = sl_policy_rule_at(s->policy, i);
		struct sl_rule_place place = sl_rule_place(rule);
		const char *text = advice(rule);

		sl_rule_advise(rule, add_shape, &(struct told){ &out, rule });
		if (text != NULL)
			sl_buf_addf(&out, "%s:%u:%u: rule %s %s\n", place.file,
			    place.line, place.col, sl_rule_name(rule), text);
	}
	add_summary(s->policy, s->file ? s->file : "", &out);
	if (scan.len)
		sl_buf_addf(&out, "%s\n", sl_buf_cstr(&scan));
	return sl_cli_print(stdout, &out);
}

static int
test(const struct sl_invocation *inv, const struct subject_policy *s)
{
	static const char *const head[] = { "RULE", "EXAMPLES", "WRITTEN AT" };
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(4 << 20);
	struct sl_table table;

	if (inv->json)
		return show_json(s->policy);
	sl_table_init(&table, SL_COUNT(head));
	sl_table_row(&table, head);
	for (size_t i = 0; i < sl_policy_rule_count(s->policy); i++) {
		const struct sl_rule *rule = sl_policy_rule_at(s->policy, i);
		struct sl_rule_place place = sl_rule_place(rule);
		size_t count = sl_rule_examples(rule, NULL);
		SL_CLEANUP(sl_freep) char *where = NULL;
		char number[24];
		const char *cells[] = { sl_rule_name(rule), number, NULL };

		where = sl_asprintf("%s:%u", place.file, place.line);
		snprintf(number, sizeof(number), "%zu", count);
		cells[2] = where;
		sl_table_row(&table, cells);
	}
	sl_table_format(&table, inv->colour, &out);
	sl_table_release(&table);
	sl_buf_addc(&out, '\n');
	add_summary(s->policy, s->file ? s->file : "", &out);
	return sl_cli_print(stdout, &out);
}

/* --- explain --- */

static int
explain(const struct sl_invocation *inv, const struct subject_policy *s,
    const char *rule)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(16 << 20);
	struct sl_error err = SL_ERROR_INIT;

	if (inv->json)
		return show_json(s->policy);
	if (sl_policy_explain(s->policy, sl_str(rule ? rule : ""), &out,
		&err) < 0)
		return sl_cli_fail(inv, &err);
	return sl_cli_print(stdout, &out);
}

static int
import(const struct sl_invocation *inv, const char *file)
{
	const struct policy_options *o = inv->options;

	if (file == NULL)
		return sl_cli_usage(inv, "import needs the file to read");
	return run_import(inv, o->from, file);
}

static int
run_policy(const struct sl_invocation *inv)
{
	SL_CLEANUP(subject_policy_release) struct subject_policy s = { 0 };
	SL_CLEANUP(runtime_release) struct runtime rt = { 0 };
	const char *verb = inv->argv[0];
	const char *operand = inv->argc > 1 ? inv->argv[1] : NULL;
	bool explains = !strcmp(verb, "explain");
	struct sl_error err = SL_ERROR_INIT;

	if (!strcmp(verb, "import"))
		return import(inv, operand);
	if (!explains && strcmp(verb, "lint") != 0 && strcmp(verb, "test") != 0)
		return sl_cli_usage(inv, "\"%s\" is none of lint, test, "
		    "explain and import", verb);
	if (runtime_init(&rt, inv, &err) < 0 ||
	    load(&rt, inv->options, explains ? NULL : operand, &s, &err) < 0)
		return sl_cli_fail(inv, &err);
	if (explains)
		return explain(inv, &s, operand);
	return strcmp(verb, "lint") == 0 ? lint(inv, &s) : test(inv, &s);
}

const struct sl_cmd cmd_policy = {
	.name = "policy",
	.brief = "lint, test, explain or import a policy",
	.operands = "lint [FILE] | test [FILE] | explain [RULE] | import FILE",
	.example = "sluice policy explain secrets/password",
	.opts = policy_opts,
	.options_size = sizeof(struct policy_options),
	.min_operands = 1,
	.max_operands = 2,
	.run = run_policy,
};
