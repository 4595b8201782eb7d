/* SPDX-License-Identifier: Apache-2.0 */
/*
 * baseline: what is in a tree already is put on record, so that a policy can
 * block what is new before everything old is repaired.
 */
#include "ci-runner/runtime.h"

#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "doc/json.h"
#include "gate/local.h"
#include "git/changes.h"

struct baseline_options {
	struct sl_common_options common;
	const char *policy;
	const char *ref;
	const char *file;
};

static const struct sl_opt baseline_opts[] = {
	{ "policy", 0, SL_OPT_STRING, offsetof(struct baseline_options, policy),
	    "FILE", "site policy (default: git config sluice.policy)", NULL },
	{ "ref", 0, SL_OPT_STRING, offsetof(struct baseline_options, ref), "REF",
	    "judge as on REF (full name, or a branch)", NULL },
	{ "file", 0, SL_OPT_STRING, offsetof(struct baseline_options, file),
	    "FILE", "the baseline (default: " SL_BASELINE_FILE " at the root "
		    "of the work tree)", NULL },
	{ 0 }
};

enum verb { CREATE, UPDATE, PRUNE, CHECK, VERBS };
static const char *const verbs[] = { "create", "update", "prune", "check" };

/* One run of the command. */
struct work {
	struct runtime rt;
	enum verb verb;
	char *file;
	char *ref;
	struct sl_baseline *baseline;
	struct sl_local *local;
	struct sl_policy_source policy;
	struct sl_verdict *verdict;
	size_t added;
	size_t fresh; /* findings that are not in it, where none are added */
	struct sl_error fault; /* of an addition */
};

static void
work_release(struct work *w)
{
	sl_verdict_free(w->verdict);
	sl_local_free(w->local);
	sl_baseline_free(w->baseline);
	sl_policy_source_release(&w->policy);
	free(w->file);
	free(w->ref);
	runtime_release(&w->rt);
}

static bool
on_heard(void *ctx, const struct sl_heard *heard)
{
	struct work *w = ctx;
	bool added = false;

	if (heard->excused)
		return false;
	if (w->verb == CHECK || w->verb == PRUNE) {
		w->fresh += sl_baseline_may_hold(heard->rule, heard->hit);
		return false;
	}
	if (w->fault.code == 0)
		(void)!sl_baseline_add(w->baseline, heard->rule, heard->hit,
		    &added, &w->fault);
	w->added += added;
	return added;
}

/* --- what is judged --- */

static int
find_file(struct work *w, const char *option, struct sl_error *err)
{
	const char *root = sl_git_work_tree(w->rt.repository);

	if (option == NULL && root == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "a bare repository has no work tree to keep the baseline "
		    "in; name a file with --file");
	w->file = option != NULL ? sl_strdup(option) :
				   sl_fsx_join(root, SL_BASELINE_FILE);
	return SL_OK;
}

static int
read_file(struct work *w, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_BASELINE_MAX_BYTES);
	int rc;

	if (w->verb == CREATE) {
		if (access(w->file, F_OK) == 0)
			return sl_error_set(err, SL_ECONFIG,
			    "%s is there already; sluice baseline update "
			    "changes it", w->file);
		return sl_baseline_new(&w->baseline, err);
	}
	rc = sl_fsx_read(w->file, &text, err);
	if (rc == SL_ENOTFOUND)
		return sl_error_set(err, SL_ECONFIG,
		    "there is no %s; sluice baseline create makes it", w->file);
	if (rc < 0)
		return rc;
	return sl_baseline_parse(w->file, sl_buf_str(&text), &w->baseline, err);
}

static int
find_ref(struct work *w, const char *option, struct sl_error *err)
{
	int rc;

	if (option != NULL) {
		w->ref = !strncmp(option, "refs/", 5) ?
		    sl_strdup(option) :
		    sl_asprintf("refs/heads/%s", option);
		return sl_ref_name_check(sl_str(w->ref), err);
	}
	rc = runtime_head_ref(w->rt.repository, &w->ref, err);
	return rc == SL_ENOTFOUND ? sl_error_set(err, SL_ECONFIG,
	    "HEAD is detached, so it is not known which ref's levels count; "
	    "say --ref=BRANCH") : rc;
}

static int
open_policy(struct work *w, const struct baseline_options *o,
    const struct sl_oid *commit, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(4096);
	struct sl_local_options options = {
		.repository = w->rt.repository,
		.packs_dir = w->rt.packs_dir,
		.policy = &w->policy,
		.clock = w->rt.clock,
		.baseline = w->baseline,
		.each_path = true,
		.heard = on_heard,
		.heard_ctx = w,
	};
	int rc = runtime_policy_source(&w->rt, o->policy, &w->policy, err);

	if (rc == 0)
		rc = sl_local_find_trusted(w->rt.repository, commit,
		    &options.trusted, &shown, err);
	if (rc == 0)
		rc = sl_local_open(&options, &w->local, err);
	if (rc < 0)
		return rc;
	/* The site's rules alone would leave the project's out of it. */
	if (w->local->project_fault.code != 0) {
		*err = w->local->project_fault;
		return sl_error_wrap(err, "the project's file of %s",
		    sl_buf_cstr(&shown));
	}
	return SL_OK;
}

static int
judge(struct work *w, const struct baseline_options *o, const char *revision,
    struct sl_error *err)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	struct sl_git_range range;
	int rc = sl_git_rev_parse(w->rt.repository, revision, &range, err);

	if (rc == 0 && range.is_range)
		rc = sl_error_set(err, SL_EINVAL,
		    "\"%s\" names a range; a baseline is of one tree",
		    revision);
	if (rc == 0)
		rc = find_ref(w, o->ref, err);
	if (rc == 0)
		rc = open_policy(w, o, &range.to, err);
	if (rc == 0)
		rc = sl_git_changes_whole(w->rt.repository, &range.to,
		    sl_str(w->ref), &set, err);
	if (rc == 0)
		rc = sl_local_judge(w->local, &set, &w->verdict, err);
	if (rc == 0 && w->fault.code != 0) {
		*err = w->fault;
		rc = w->fault.code;
	}
	return rc;
}

/* --- what is said --- */

static const char *
why_stale(const struct work *w, const struct sl_baseline_entry *e)
{
	const struct sl_rule *rule = sl_policy_rule(w->local->policy,
	    sl_str(e->rule));

	if (rule == NULL)
		return "no such rule is in force";
	if (sl_rule_level(w->local->policy, rule, sl_str(w->ref),
		w->verdict->evaluated_at_s) == SL_LEVEL_OFF)
		return "the rule is off there";
	return "it is not found any more";
}

static size_t
count_stale(const struct work *w)
{
	size_t stale = 0;

	for (size_t i = 0; i < sl_baseline_count(w->baseline); i++)
		stale += !sl_baseline_at(w->baseline, i)->used;
	return stale;
}

static int
show_check_json(const struct work *w)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64 << 20);
	struct sl_json j;

	sl_json_init(&j, &out, 0);
	sl_json_object(&j);
	sl_json_put(&j, "file", w->file);
	sl_json_put_int(&j, "entries",
	    (int64_t)sl_baseline_count(w->baseline));
	sl_json_put_int(&j, "not_in_baseline", (int64_t)w->fresh);
	sl_json_put_int(&j, "undecided", (int64_t)w->verdict->undecided_count);
	sl_json_key(&j, "stale");
	sl_json_list(&j);
	for (size_t i = 0; i < sl_baseline_count(w->baseline); i++) {
		const struct sl_baseline_entry *e =
		    sl_baseline_at(w->baseline, i);
		char path[1000];

		if (e->used)
			continue;
		sl_text_escape_into(e->path, strlen(e->path), path,
		    sizeof(path));
		sl_json_object(&j);
		sl_json_put(&j, "rule", e->rule);
		sl_json_put(&j, "path", path);
		sl_json_put(&j, "reason", why_stale(w, e));
		sl_json_end(&j);
	}
	sl_json_end(&j);
	sl_json_end(&j);
	sl_buf_addc(&out, '\n');
	return sl_cli_print(stdout, &out);
}

static int
show_check(const struct work *w)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64 << 20);
	size_t count = sl_baseline_count(w->baseline);

	if (w->rt.inv->json)
		return show_check_json(w);
	for (size_t i = 0; i < count; i++) {
		const struct sl_baseline_entry *e =
		    sl_baseline_at(w->baseline, i);

		if (e->used)
			continue;
		sl_buf_addf(&out, "stale: rule %s at ", e->rule);
		sl_text_escape(&out, sl_str(e->path));
		sl_buf_addf(&out, ": %s\n", why_stale(w, e));
	}
	sl_buf_addf(&out, "%s: %zu entr%s, %zu stale; %zu finding%s not in "
			  "it\n",
	    w->file, count, count == 1 ? "y" : "ies", count_stale(w), w->fresh,
	    w->fresh == 1 ? "" : "s");
	return sl_cli_print(stdout, &out);
}

/* What could not be judged may be what an entry is about. */
static bool
say_undecided(const struct work *w)
{
	const struct sl_verdict *v = w->verdict;

	if (v->undecided_count == 0)
		return false;
	fprintf(stderr, "sluice: %zu question%s undecided, as: %s; no entry "
			"is taken for stale until that is settled\n",
	    v->undecided_count, v->undecided_count == 1 ? " is" : "s are",
	    v->undecided[0].reason);
	return true;
}

static int
check(const struct work *w)
{
	bool undecided = say_undecided(w);
	int code = show_check(w);

	if (code != SL_EXIT_PASS)
		return code;
	if (undecided)
		return SL_EXIT_UNDECIDED;
	return count_stale(w) > 0 ? SL_EXIT_VIOLATIONS : SL_EXIT_PASS;
}

static int
write_file(struct work *w)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf text = SL_BUF_INIT(SL_BASELINE_MAX_BYTES);
	struct sl_error err = SL_ERROR_INIT;
	bool undecided = say_undecided(w);
	size_t removed = undecided ? 0 : sl_baseline_prune(w->baseline);
	size_t count = sl_baseline_count(w->baseline);

	if (w->verb == CREATE && count == 0) {
		printf("sluice: nothing was found that a baseline could hold; "
		       "no file is needed\n");
		return undecided ? SL_EXIT_UNDECIDED : SL_EXIT_PASS;
	}
	sl_baseline_sort(w->baseline);
	if (sl_baseline_write(w->baseline, &text) < 0) {
		sl_error_set(&err, SL_ETOOBIG, "%s would be larger than %zu "
		    "bytes", w->file, SL_BASELINE_MAX_BYTES);
		return sl_cli_fail(w->rt.inv, &err);
	}
	if (sl_fsx_replace(w->file, sl_buf_str(&text), 0644, &err) < 0)
		return sl_cli_fail(w->rt.inv, &err);
	printf("sluice: %s: %zu entr%s, %zu added, %zu removed\n", w->file,
	    count, count == 1 ? "y" : "ies", w->added, removed);
	if (w->added > 0)
		printf("sluice: it counts once a policy owner has pushed it to "
		       "the policy ref; for merges without conflicts add "
		       "\"%s merge=union\" to .gitattributes\n",
		    SL_BASELINE_FILE);
	return undecided ? SL_EXIT_UNDECIDED : SL_EXIT_PASS;
}

static int
run_baseline(const struct sl_invocation *inv)
{
	const struct baseline_options *o = inv->options;
	SL_CLEANUP(work_release) struct work w = { .verb = VERBS };
	struct sl_error err = SL_ERROR_INIT;

	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(inv->argv[0], verbs[i]) == 0)
			w.verb = (enum verb)i;
	if (w.verb == VERBS)
		return sl_cli_usage(inv, "\"%s\" is none of create, update, "
		    "prune and check", inv->argv[0]);
	if (runtime_init(&w.rt, inv, &err) < 0 ||
	    runtime_open_repository(&w.rt, &err) < 0 ||
	    find_file(&w, o->file, &err) < 0 || read_file(&w, &err) < 0 ||
	    judge(&w, o, inv->argc > 1 ? inv->argv[1] : "HEAD", &err) < 0)
		return sl_cli_fail(inv, &err);
	return w.verb == CHECK ? check(&w) : write_file(&w);
}

const struct sl_cmd cmd_baseline = {
	.name = "baseline",
	.brief = "keep a record of findings that were there before",
	.operands = "create | update | prune | check [REV]",
	.example = "sluice baseline create",
	.opts = baseline_opts,
	.options_size = sizeof(struct baseline_options),
	.min_operands = 1,
	.max_operands = 2,
	.run = run_baseline,
};
