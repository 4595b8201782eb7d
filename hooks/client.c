/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pre-commit, commit-msg, pre-push: the same policy on a laptop, before the
 * server has to say no. Early help: the server's hook is what enforces.
 */
#include "hooks/hook.h"

#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/locate.h"
#include "gate/local.h"
#include "git/changes.h"
#include "report/report.h"

/** A commit message that is read from its file. */
#define MESSAGE_MAX ((size_t)1 << 20)

struct client {
	struct hook *hook;
	struct sl_git *repository;
	struct sl_local *local;
	char *packs_dir;
	struct sl_policy_source policy;
};

static void
client_release(struct client *c)
{
	sl_local_free(c->local);
	sl_git_free(c->repository);
	free(c->packs_dir);
	sl_policy_source_release(&c->policy);
}

static int
client_open(struct client *c, struct hook *hook, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(16384);
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(4096);
	struct sl_local_options options = { .clock = sl_clock_system() };
	struct sl_oid head = { { 0 } };
	int rc = sl_git_init(err);

	c->hook = hook;
	if (rc == 0)
		rc = sl_git_open(".", &c->repository, err);
	if (rc < 0)
		return rc;
	rc = sl_git_config_get(c->repository, "sluice.policy", &value, err);
	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	if (rc == 0)
		rc = sl_policy_source_parse("git config sluice.policy", "",
		    sl_buf_str(&value), &c->policy, err);
	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	rc = sl_git_ref_read(c->repository, "HEAD", &head, err);
	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	rc = sl_local_find_trusted(c->repository, &head, &options.trusted,
	    &shown, err);
	if (rc < 0)
		return rc;
	c->packs_dir = sl_locate_data("policies");
	options.repository = c->repository;
	options.packs_dir = c->packs_dir;
	options.policy = &c->policy;
	return sl_local_open(&options, &c->local, err);
}

/* Judge, show what is worth showing, and return the exit code. */
static int
client_judge(struct client *c, const struct sl_change_set *set,
    const char *more)
{
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *verdict = NULL;
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);
	struct sl_error err = SL_ERROR_INIT;
	const struct sl_report_options options = {
		.color = sl_cli_wants_colour(stderr),
		.max_lines = 40,
		.more = more,
	};

	if (sl_local_judge(c->local, set, &verdict, &err) < 0)
		return hook_refuse(c->hook, &err);
	if (verdict->finding_count > verdict->audits ||
	    verdict->undecided_count > 0) {
		if (sl_report_text(verdict, &options, &out) < 0 ||
		    hook_write(&out, &err) < 0)
			return SL_EXIT_UNDECIDED;
	}
	if (verdict->outcome == SL_OUTCOME_FAIL)
		return SL_EXIT_VIOLATIONS;
	return verdict->outcome == SL_OUTCOME_PASS ? SL_EXIT_PASS :
						     SL_EXIT_UNDECIDED;
}

static int
judge_staged(struct hook *hook, struct sl_str message)
{
	SL_CLEANUP(client_release) struct client c = { 0 };
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	int rc = client_open(&c, hook, &err);

	if (rc == 0)
		rc = sl_git_changes_index(c.repository, hook->env.index_file,
		    sl_strn(NULL, 0), message, &set, &err);
	if (rc < 0)
		return hook_refuse(hook, &err);
	return client_judge(&c, &set, "sluice check --staged");
}

static int
run_pre_commit(struct hook *hook)
{
	return judge_staged(hook, sl_strn(NULL, 0));
}

const struct hook_event hook_event_pre_commit = {
	.name = "pre-commit",
	.brief = "check what is staged (laptops)",
	.run = run_pre_commit,
};

static int
run_commit_msg(struct hook *hook)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(MESSAGE_MAX);
	struct sl_error err = SL_ERROR_INIT;

	if (hook->argc != 1) {
		sl_error_set(&err, SL_EINVAL,
		    "commit-msg takes the file that holds the message");
		return hook_refuse(hook, &err);
	}
	if (sl_fsx_read(hook->argv[0], &text, &err) < 0)
		return hook_refuse(hook, &err);
	return judge_staged(hook, sl_buf_str(&text));
}

const struct hook_event hook_event_commit_msg = {
	.name = "commit-msg",
	.brief = "check what is staged and its message (laptops)",
	.run = run_commit_msg,
};

/* "<local ref> <local id> <remote ref> <remote id>" to "old new ref". */
static int
turn_line(struct sl_str line, struct sl_buf *out, struct sl_error *err)
{
	struct sl_str part[4];
	size_t n = 0, start = 0;

	for (size_t i = 0; i <= line.len && n < SL_COUNT(part); i++)
		if (i == line.len || line.ptr[i] == ' ') {
			part[n++] = sl_strn(line.ptr + start, i - start);
			start = i + 1;
		}
	if (n != SL_COUNT(part) || start != line.len + 1)
		return sl_error_set(err, SL_EINVAL,
		    "pre-push was given a line that is not \"<local ref> "
		    "<local id> <remote ref> <remote id>\"");
	sl_buf_addv(out, part[3]);
	sl_buf_addc(out, ' ');
	sl_buf_addv(out, part[1]);
	sl_buf_addc(out, ' ');
	sl_buf_addv(out, part[2]);
	sl_buf_addc(out, '\n');
	return SL_OK;
}

static int
read_push_lines(struct sl_buf *input, struct sl_ref_line **lines,
    size_t *count, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf raw = SL_BUF_INIT(16 << 20);
	size_t start = 0;
	int rc = sl_fsx_read_fd(STDIN_FILENO, "standard input", &raw, err);

	if (rc < 0)
		return rc;
	sl_buf_init(input, 32 << 20);
	for (size_t i = 0; i < raw.len; i++) {
		if (raw.ptr[i] != '\n')
			continue;
		rc = turn_line(sl_strn(raw.ptr + start, i - start), input, err);
		if (rc < 0)
			return rc;
		start = i + 1;
	}
	return sl_ref_lines_parse(sl_buf_str(input), SL_GIT_REFS_MAX, lines,
	    count, err);
}

/* The command that shows all that is said of a ref. */
static char *
show_command(const struct sl_oid *from, const struct sl_ref_line *line)
{
	SL_CLEANUP(sl_freep) char *ref = sl_text_shell_word(line->ref);
	char old[SL_OID_HEX + 1], new[SL_OID_HEX + 1];

	sl_oid_hex(from, old);
	sl_oid_hex(&line->new_oid, new);
	if (sl_oid_is_zero(from))
		return sl_asprintf("sluice check %.12s --ref=%s", new, ref);
	return sl_asprintf("sluice check %.12s..%.12s --ref=%s", old, new,
	    ref);
}

static int
judge_push_line(struct client *c, const struct sl_ref_line *line)
{
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_freep) char *more = NULL;
	struct sl_oid from = line->old_oid;
	struct sl_error err = SL_ERROR_INIT;
	int rc;

	/* A new branch is judged from where it left the trusted one. */
	if (sl_oid_is_zero(&from) &&
	    !sl_oid_is_zero(&c->local->options.trusted)) {
		rc = sl_git_merge_base(c->repository,
		    &c->local->options.trusted, &line->new_oid, &from, &err);
		if (rc < 0 && rc != SL_ENOTFOUND)
			return hook_refuse(c->hook, &err);
		sl_error_clear(&err);
	}
	rc = sl_git_changes_range(c->repository, &from, &line->new_oid,
	    line->ref, NULL, &set, &err);
	if (rc < 0)
		return hook_refuse(c->hook, &err);
	more = show_command(&from, line);
	return client_judge(c, &set, more);
}

static int
run_pre_push(struct hook *hook)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf input = SL_BUF_INIT(0);
	SL_CLEANUP(sl_freep) struct sl_ref_line *lines = NULL;
	SL_CLEANUP(client_release) struct client c = { 0 };
	struct sl_error err = SL_ERROR_INIT;
	size_t count = 0;
	int worst = SL_EXIT_PASS;

	if (read_push_lines(&input, &lines, &count, &err) < 0 ||
	    client_open(&c, hook, &err) < 0)
		return hook_refuse(hook, &err);
	for (size_t i = 0; i < count; i++) {
		int code;

		/* A delete has nothing to read here; the server decides. */
		if (sl_oid_is_zero(&lines[i].new_oid))
			continue;
		code = judge_push_line(&c, &lines[i]);
		if (code != SL_EXIT_PASS &&
		    (worst == SL_EXIT_PASS || code == SL_EXIT_VIOLATIONS))
			worst = code;
	}
	return worst;
}

const struct hook_event hook_event_pre_push = {
	.name = "pre-push",
	.brief = "check what is about to be pushed (laptops)",
	.run = run_pre_push,
};
