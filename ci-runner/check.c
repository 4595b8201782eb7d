/* SPDX-License-Identifier: Apache-2.0 */
/* check: the policy of the hook, on a laptop and in merge requests. */
#include "ci-runner/merge_request.h"
#include "ci-runner/replay.h"
#include "ci-runner/runtime.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "gate/local.h"
#include "git/changes.h"
#include "report/report.h"

#include <unistd.h>

struct check_options {
	struct sl_common_options common;
	bool staged;
	bool tree;
	bool merge_request;
	bool history;
	bool squash;
	const char *replay;
	const char *rule;
	const char *policy;
	const char *ref;
	int64_t budget_ms;
	uint64_t threads;
	bool audits;
	struct sl_opt_list reports;
};

static const struct sl_opt check_opts[] = {
	{ "staged", 0, SL_OPT_FLAG, offsetof(struct check_options, staged),
	    NULL, "check what is staged for the next commit", NULL },
	{ "tree", 0, SL_OPT_FLAG, offsetof(struct check_options, tree), NULL,
	    "check all files of the revision, as if they were new", NULL },
	{ "merge-request", 0, SL_OPT_FLAG,
	    offsetof(struct check_options, merge_request), NULL,
	    "check the merge request of this GitLab or Jenkins job", NULL },
	{ "history", 0, SL_OPT_FLAG, offsetof(struct check_options, history),
	    NULL, "search every file that the repository has ever had", NULL },
	{ "squash", 0, SL_OPT_FLAG, offsetof(struct check_options, squash),
	    NULL, "the merge request will be squashed: its title is judged, "
		  "not the messages of its commits", NULL },
	{ "replay", 0, SL_OPT_STRING, offsetof(struct check_options, replay),
	    "SINCE", "show what the policy would have stopped since a day or "
		     "a revision", NULL },
	{ "rule", 0, SL_OPT_STRING, offsetof(struct check_options, rule),
	    "NAME", "with --replay: of this rule alone", NULL },
	{ "policy", 0, SL_OPT_STRING, offsetof(struct check_options, policy),
	    "FILE", "site policy (default: git config sluice.policy)", NULL },
	{ "ref", 0, SL_OPT_STRING, offsetof(struct check_options, ref), "REF",
	    "judge as if pushed to REF (full name, or a branch)", NULL },
	{ "report", 0, SL_OPT_LIST, offsetof(struct check_options, reports),
	    "FORMAT=FILE", "also write a report: text, json, sarif, junit, "
			   "codequality, checkstyle or github; may be given "
			   "again", NULL },
	{ "budget", 0, SL_OPT_DURATION,
	    offsetof(struct check_options, budget_ms), "TIME",
	    "stop judging after TIME: the rest is undecided", NULL },
	{ "threads", 0, SL_OPT_NUMBER, offsetof(struct check_options, threads),
	    "N", "read and search files in N threads, 1 to 8 (default: one "
		 "for each processor)", NULL },
	{ "audit", 0, SL_OPT_FLAG, offsetof(struct check_options, audits),
	    NULL, "also show findings of level audit", NULL },
	{ 0 }
};

/* What is checked, found from the options. */
struct scope {
	struct sl_oid from; /* zero: none */
	struct sl_oid to;
	struct sl_oid object; /* of one revision: a tag keeps its own id */
	bool range;
	char *ref; /* full name that levels are chosen by */
	struct sl_oid trusted; /* commit whose project file is trusted */
};

static void
scope_release(struct scope *s)
{
	free(s->ref);
}

static char *
full_ref(const char *name)
{
	if (!strncmp(name, "refs/", 5))
		return sl_strdup(name);
	return sl_asprintf("refs/heads/%s", name);
}

/* A variable of the CI job, or NULL where it is unset or empty. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static int
resolve_commit(struct sl_git *repository, const char *text, struct sl_oid *out,
    struct sl_error *err)
{
	struct sl_git_range range;
	int rc = sl_git_rev_parse(repository, text, &range, err);

	if (rc < 0)
		return rc;
	if (range.is_range)
		return sl_error_set(err, SL_EINVAL,
		    "\"%s\" names a range, not a commit", text);
	*out = range.to;
	return SL_OK;
}

static int
say_fetch(const char *target, const char *remote, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *spec = sl_asprintf("%s:%s", target, remote);
	SL_CLEANUP(sl_freep) char *word = sl_text_shell_word(sl_str(spec));

	return sl_error_set(err, SL_ECONFIG,
	    "the target branch %s is not in this clone, so its policy cannot "
	    "be read; fetch it first: git fetch origin %s", target, word);
}

/*
 * The merge request that the job runs for. The variables are hostile text
 * (branch names of a fork): they are only ever parts of ref names here.
 */
static int
find_merge_request(struct runtime *rt, struct scope *s,
    struct sl_error *err)
{
	const char *target = variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
	const char *source = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
	SL_CLEANUP(sl_freep) char *remote = NULL;
	SL_CLEANUP(sl_freep) char *local = NULL;
	const char *host = "GitLab";
	int rc;

	if (target == NULL) {
		target = variable("CHANGE_TARGET");
		source = variable("GIT_COMMIT");
		host = "Jenkins";
	} else if (source == NULL) {
		source = variable("CI_COMMIT_SHA");
	}
	if (target == NULL)
		return sl_error_set(err, SL_ECONFIG,
		    "this is no merge request job: neither "
		    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME (GitLab) nor "
		    "CHANGE_TARGET (Jenkins) is set; run it in a merge request "
		    "pipeline, or say sluice check A..B");
	rc = resolve_commit(rt->repository, source ? source : "HEAD", &s->to,
	    err);
	if (rc < 0)
		return sl_error_wrap(err, "the merge request's source");
	s->ref = full_ref(target);
	rc = sl_ref_name_check(sl_str(s->ref), err);
	if (rc < 0)
		return sl_error_wrap(err, "the %s target branch", host);
	remote = sl_asprintf("refs/remotes/origin/%s", target);
	local = sl_strdup(s->ref);
	rc = sl_git_ref_read(rt->repository, remote, &s->trusted, err);
	if (rc == SL_ENOTFOUND)
		rc = sl_git_ref_read(rt->repository, local, &s->trusted, err);
	if (rc == SL_ENOTFOUND)
		return say_fetch(target, remote, err);
	if (rc < 0)
		return rc;
	s->from = s->trusted;
	s->range = true;
	return SL_OK;
}

static int
find_revision(struct runtime *rt, const char *text, struct scope *s,
    struct sl_error *err)
{
	struct sl_git_range range;
	int rc = sl_git_rev_parse(rt->repository, text, &range, err);

	if (rc == SL_ENOTFOUND && rt->inv->argc == 0)
		return sl_error_set(err, rc,
		    "there is no commit yet to check; sluice check --staged "
		    "checks what is staged for the first one");
	if (rc < 0)
		return rc;
	s->range = range.is_range;
	s->from = range.from;
	s->to = range.to;
	s->object = range.object;
	return SL_OK;
}

/* The ref to judge as: what HEAD names, where nothing else is said. */
static int
find_ref(struct runtime *rt, const struct check_options *o, struct scope *s,
    struct sl_error *err)
{
	int rc;

	if (o->ref != NULL) {
		free(s->ref);
		s->ref = full_ref(o->ref);
		return sl_ref_name_check(sl_str(s->ref), err);
	}
	if (s->ref != NULL)
		return SL_OK;
	rc = runtime_head_ref(rt->repository, &s->ref, err);
	return rc == SL_ENOTFOUND ? sl_error_set(err, SL_ECONFIG,
	    "HEAD is detached, so it is not known which ref's levels count; "
	    "say --ref=BRANCH") : rc;
}

static int
find_trusted(struct runtime *rt, struct scope *s, struct sl_buf *shown,
    struct sl_error *err)
{
	if (!sl_oid_is_zero(&s->trusted)) {
		sl_buf_addf(shown, "the target branch %s", s->ref);
		return SL_OK;
	}
	return sl_local_find_trusted(rt->repository, &s->to, &s->trusted,
	    shown, err);
}

static int
find_scope(struct runtime *rt, const struct check_options *o,
    struct scope *s, struct sl_error *err)
{
	int rc = SL_OK;

	if (o->merge_request) {
		rc = find_merge_request(rt, s, err);
	} else if (o->staged || o->history) {
		/* An unborn HEAD has nothing to trust but what is staged. */
		rc = sl_git_ref_read(rt->repository, "HEAD", &s->to, err);
		if (rc == SL_ENOTFOUND)
			rc = SL_OK;
	} else {
		rc = find_revision(rt,
		    rt->inv->argc > 0 ? rt->inv->argv[0] : "HEAD", s, err);
	}
	if (rc == 0)
		rc = find_ref(rt, o, s, err);
	return rc;
}

/* What is merged as one commit is judged as one, with the message it will
 * have. */
static int
squash(struct sl_change_set *set, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf message =
	    SL_BUF_INIT((size_t)4 << 20);
	int rc = merge_request_message(&message, err);

	if (rc == 0)
		sl_git_changes_squash(set, sl_buf_str(&message));
	return rc;
}

static int
find_changes(struct runtime *rt, const struct check_options *o,
    const struct scope *s, struct sl_change_set *set, struct sl_error *err)
{
	if (o->history)
		return sl_git_changes_history(rt->repository, sl_str(s->ref),
		    set, err);
	if (o->staged)
		return sl_git_changes_index(rt->repository, NULL,
		    sl_str(s->ref), sl_strn(NULL, 0), set, err);
	if (s->range) {
		int rc = sl_git_changes_range(rt->repository, &s->from, &s->to,
		    sl_str(s->ref), NULL, set, err);

		if (rc == 0 && o->merge_request &&
		    (o->squash || merge_request_is_squashed()))
			rc = squash(set, err);
		return rc;
	}
	if (o->tree)
		return sl_git_changes_whole(rt->repository, &s->object,
		    sl_str(s->ref), set, err);
	return sl_git_changes_revision(rt->repository, &s->object,
	    sl_str(s->ref), set, err);
}

/* --- reports --- */

/* What is behind the '=' of --report; NULL: nothing is. */
static const char *
report_file(const char *spec)
{
	const char *equals = strchr(spec, '=');

	return equals != NULL && equals[1] != '\0' ? equals + 1 : NULL;
}

static bool
is_standard_output(const char *file)
{
	return file != NULL && !strcmp(file, "-");
}

/* How many reports go to standard output. */
static size_t
count_printed(const struct check_options *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->reports.count; i++)
		n += is_standard_output(report_file(o->reports.items[i]));
	return n;
}

static int
write_report(const char *spec, const struct sl_verdict *verdict,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64 << 20);
	const struct sl_report_options options = { .audits = true,
		.tool_version = PACKAGE_VERSION };
	const char *file = report_file(spec);
	SL_CLEANUP(sl_freep) char *name = NULL;
	const struct sl_report_format *format;

	if (file == NULL)
		return sl_error_set(err, SL_EINVAL,
		    "--report=%s is not FORMAT=FILE, as in junit=report.xml",
		    spec);
	name = sl_strndup(spec, (size_t)(file - 1 - spec));
	format = sl_report_format(name);
	if (format == NULL)
		return sl_error_set(err, SL_EINVAL,
		    "there is no report format \"%s\"; formats are text, json, "
		    "sarif, junit, codequality, checkstyle and github", name);
	/* Called once without a verdict, to find mistakes before the work. */
	if (verdict == NULL)
		return SL_OK;
	if (format->write(verdict, &options, &out) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "the %s report is larger than %zu bytes", name, out.max);
	sl_buf_addc(&out, '\n');
	if (is_standard_output(file))
		return sl_fsx_write_fd(STDOUT_FILENO, sl_buf_str(&out), err);
	return sl_fsx_replace(file, sl_buf_str(&out), 0644, err);
}

static int
write_reports(const struct check_options *o, const struct sl_verdict *verdict,
    struct sl_error *err)
{
	for (size_t i = 0; i < o->reports.count; i++) {
		int rc = write_report(o->reports.items[i], verdict, err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
show(struct runtime *rt, const struct check_options *o,
    const struct sl_verdict *verdict)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(64 << 20);
	/* A report on standard output stands there alone. */
	FILE *to = count_printed(o) > 0 ? stderr : stdout;
	const struct sl_report_options options = {
		.color = sl_cli_wants_colour(to),
		.audits = o->audits,
		.tool_version = PACKAGE_VERSION,
	};

	if (rt->inv->json)
		(void)!sl_report_json(verdict, &options, &out);
	else
		(void)!sl_report_text(verdict, &options, &out);
	if (rt->inv->json)
		sl_buf_addc(&out, '\n');
	return sl_cli_print(to, &out);
}

static void
progress(void *ctx, const struct sl_progress *p)
{
	const struct runtime *rt = ctx;

	if (p->elapsed_ms < 1000 || !sl_cli_wants_colour(stderr))
		return;
	fprintf(stderr, "\r%s: checking %s %llu/%llu \x1b[K",
	    rt->inv->program->name, p->what, (unsigned long long)p->done,
	    (unsigned long long)p->total);
	if (p->done >= p->total)
		fprintf(stderr, "\r\x1b[K");
}

static int
judge(struct runtime *rt, const struct check_options *o,
    struct sl_verdict **verdict, struct sl_error *err)
{
	SL_CLEANUP(scope_release) struct scope s = { 0 };
	SL_CLEANUP(sl_policy_source_release)
	struct sl_policy_source policy = { 0 };
	SL_CLEANUP(sl_local_freep) struct sl_local *local = NULL;
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(4096);
	char text[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
	struct sl_local_options options = {
		.clock = rt->clock,
		.packs_dir = rt->packs_dir,
		.policy = &policy,
		.budget_ms = o->budget_ms,
		.threads = o->threads,
		.progress = progress,
		.progress_ctx = rt,
		.whole = o->tree,
	};
	int rc = find_scope(rt, o, &s, err);

	if (rc == 0)
		rc = find_trusted(rt, &s, &shown, err);
	if (rc == 0)
		rc = runtime_policy_source(rt, o->policy, &policy, err);
	if (rc < 0)
		return rc;
	options.history = o->history;
	options.repository = rt->repository;
	options.state = runtime_find_state(rt);
	options.trusted = s.trusted;
	rc = sl_local_open(&options, &local, err);
	if (rc < 0)
		return rc;
	if (local->project_fault.code != 0) {
		sl_error_format(&local->project_fault, text, sizeof(text));
		fprintf(stderr, "sluice: the project file of %s does not load, "
				"so the site's policy alone judges: %s\n",
		    sl_buf_cstr(&shown), text);
	}
	if (local->baseline_fault.code != 0) {
		sl_error_format(&local->baseline_fault, text, sizeof(text));
		fprintf(stderr, "sluice: the baseline of %s does not load, so "
				"all is judged without it: %s\n",
		    sl_buf_cstr(&shown), text);
	}
	if (o->tree && s.range)
		return sl_error_set(err, SL_EINVAL,
		    "--tree is about one revision, not a range");
	rc = find_changes(rt, o, &s, &set, err);
	if (rc < 0)
		return rc;
	return sl_local_judge(local, &set, verdict, err);
}

/* History is judged as a whole: what says how one push is judged has no place
 * there. */
static int
run_replay(const struct sl_invocation *inv, struct runtime *rt)
{
	const struct check_options *o = inv->options;
	const struct replay_options options = {
		.since = o->replay,
		.folder = inv->argc > 0 ? inv->argv[0] : NULL,
		.policy = o->policy,
		.rule = o->rule,
	};
	struct sl_error err = SL_ERROR_INIT;

	if (o->staged || o->tree || o->merge_request || o->ref != NULL ||
	    o->budget_ms > 0 || o->audits || o->reports.count > 0)
		return sl_cli_usage(inv, "--replay goes with --policy, --rule "
					 "and --format alone");
	if (runtime_init(rt, inv, &err) < 0)
		return sl_cli_fail(inv, &err);
	return replay_run(rt, &options);
}

static int
run_check(const struct sl_invocation *inv)
{
	const struct check_options *o = inv->options;
	SL_CLEANUP(runtime_release) struct runtime rt = { 0 };
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *verdict = NULL;
	struct sl_error err = SL_ERROR_INIT;
	int code;

	if (o->replay != NULL)
		return run_replay(inv, &rt);
	if (o->rule != NULL)
		return sl_cli_usage(inv, "--rule goes with --replay");
	if (o->tree && (o->staged || o->merge_request))
		return sl_cli_usage(inv, "--tree is about a revision");
	if (o->history && (o->tree || o->staged || o->merge_request ||
			      inv->argc > 0))
		return sl_cli_usage(inv, "--history is about all commits");
	if (o->squash && !o->merge_request)
		return sl_cli_usage(inv, "--squash goes with --merge-request");
	if (o->staged + o->merge_request + (inv->argc > 0) > 1)
		return sl_cli_usage(inv, "give one of a revision, --staged "
					 "and --merge-request");
	if (count_printed(o) > 1)
		return sl_cli_usage(inv, "one report at most goes to standard "
					 "output (\"-\")");
	if (o->threads > SL_JUDGE_MAX_THREADS)
		return sl_cli_usage(inv, "--threads must be from 1 to %d",
		    SL_JUDGE_MAX_THREADS);
	if (write_reports(o, NULL, &err) < 0)
		return sl_cli_usage(inv, "%s", err.text);
	if (runtime_init(&rt, inv, &err) < 0 ||
	    runtime_open_repository(&rt, &err) < 0 ||
	    judge(&rt, o, &verdict, &err) < 0)
		return sl_cli_fail(inv, &err);
	code = show(&rt, o, verdict);
	if (write_reports(o, verdict, &err) < 0)
		return sl_cli_fail(inv, &err);
	if (code != SL_EXIT_PASS)
		return code;
	if (verdict->outcome == SL_OUTCOME_FAIL)
		return SL_EXIT_VIOLATIONS;
	return verdict->outcome == SL_OUTCOME_PASS ? SL_EXIT_PASS :
						     SL_EXIT_UNDECIDED;
}

const struct sl_cmd cmd_check = {
	.name = "check",
	.brief = "judge commits, the index or a merge request by the policy",
	.operands = "[REV | A..B | FOLDER]",
	.example = "sluice check origin/main..HEAD --report "
		   "codequality=gl-code-quality-report.json",
	.opts = check_opts,
	.options_size = sizeof(struct check_options),
	.max_operands = 1,
	.run = run_check,
};
