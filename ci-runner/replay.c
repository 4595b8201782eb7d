/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/replay.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fsx.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "doc/json.h"
#include "gate/local.h"
#include "git/changes.h"

/* Folders in folders that are looked into for repositories. */
#define MAX_DEPTH 4
#define MAX_REPOSITORIES 10000

/* What is known of one rule, over all repositories. */
struct row {
	char *rule;
	enum sl_level level; /* the strictest */
	uint64_t findings;
	uint64_t excused;
	struct sl_map commits; /* ids */
	struct sl_map authors; /* addresses */
	size_t repositories;
	size_t last_repository; /* number of the one that counted last */
	int64_t first_s; /* 0: no commit yet */
	int64_t last_s;
};

struct replay {
	struct runtime *rt;
	const struct replay_options *options;
	struct row **rows;
	size_t row_count, row_room;
	struct sl_map by_rule;
	struct sl_map stopped; /* commits with a blocking finding */
	uint64_t commits;
	size_t repositories, failed, undecided;
	const char *path; /* of the repository at hand */
};

static void
replay_release(struct replay *r)
{
	for (size_t i = 0; i < r->row_count; i++) {
		free(r->rows[i]->rule);
		sl_map_release(&r->rows[i]->commits);
		sl_map_release(&r->rows[i]->authors);
		free(r->rows[i]);
	}
	free(r->rows);
	sl_map_release(&r->by_rule);
	sl_map_release(&r->stopped);
}

static struct row *
row_of(struct replay *r, const char *rule)
{
	struct row *row = sl_map_get(&r->by_rule, sl_str(rule));

	if (row != NULL)
		return row;
	row = sl_alloc(sizeof(*row));
	row->rule = sl_strdup(rule);
	SL_GROW(r->rows, r->row_count, r->row_room);
	r->rows[r->row_count++] = row;
	(void)sl_map_put(&r->by_rule, sl_str(rule), row);
	return row;
}

static void
count_commit(struct replay *r, struct row *row, const struct sl_heard *heard)
{
	const struct sl_commit *c = heard->commit;
	struct sl_str id = sl_strn((const char *)c->oid.id, SL_OID_BYTES);
	int64_t when_s = c->committer.when_s;

	(void)sl_map_put(&row->commits, id, row);
	(void)sl_map_put(&row->authors, c->author.email, row);
	if (row->first_s == 0 || when_s < row->first_s)
		row->first_s = when_s;
	if (when_s > row->last_s)
		row->last_s = when_s;
	if (heard->level == SL_LEVEL_BLOCK)
		(void)sl_map_put(&r->stopped, id, row);
}

static bool
on_heard(void *ctx, const struct sl_heard *heard)
{
	struct replay *r = ctx;
	struct row *row = row_of(r, sl_rule_name(heard->rule));

	if (heard->excused) {
		row->excused++;
		return false;
	}
	row->findings++;
	if (heard->level > row->level)
		row->level = heard->level;
	if (row->last_repository != r->repositories) {
		row->last_repository = r->repositories;
		row->repositories++;
	}
	if (heard->commit != NULL)
		count_commit(r, row, heard);
	return false;
}

/* --- one repository --- */

struct ref_list {
	struct sl_ref_line *items; /* own their names */
	size_t count, room;
};

static void
ref_list_release(struct ref_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free((char *)list->items[i].ref.ptr);
	free(list->items);
}

#define REMOTE "refs/remotes/origin/"

/* Branches and tags; in a clone also what origin has, as branches. */
static int
add_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err SL_UNUSED)
{
	struct ref_list *list = ctx;
	bool remote = sl_str_starts(ref->name, REMOTE);
	struct sl_ref_line *line;
	char *name;

	if (!remote && !sl_str_starts(ref->name, "refs/heads/") &&
	    !sl_str_starts(ref->name, "refs/tags/"))
		return 0;
	name = remote ? sl_asprintf("refs/heads/%.*s",
			    (int)(ref->name.len - strlen(REMOTE)),
			    ref->name.ptr + strlen(REMOTE)) :
			sl_strndup(ref->name.ptr, ref->name.len);
	SL_GROW(list->items, list->count, list->room);
	line = &list->items[list->count++];
	*line = (struct sl_ref_line){ .new_oid = ref->oid,
		.ref = sl_str(name) };
	return 0;
}

static bool
is_day(const char *text)
{
	return strlen(text) == 10 && strspn(text, "0123456789-") == 10 &&
	    text[4] == '-' && text[7] == '-';
}

static int
find_since(struct replay *r, struct sl_git_since *out, struct sl_error *err)
{
	const char *text = r->options->since;
	SL_CLEANUP(sl_freep) char *time = NULL;
	struct sl_git_range range;
	int rc;

	if (is_day(text)) {
		time = sl_asprintf("%sT00:00:00Z", text);
		if (sl_time_parse_rfc3339(sl_str(time), &out->time_s) < 0)
			return sl_error_set(err, SL_EINVAL,
			    "\"%s\" is not a day (YYYY-MM-DD)", text);
		return SL_OK;
	}
	rc = sl_git_rev_parse(r->rt->repository, text, &range, err);
	if (rc == 0 && range.is_range)
		rc = sl_error_set(err, SL_EINVAL,
		    "\"%s\" names a range; since when is a day or a commit",
		    text);
	out->commit = range.to;
	return rc;
}

static void
progress(void *ctx, const struct sl_progress *p)
{
	const struct replay *r = ctx;

	if (p->elapsed_ms < 1000 || !sl_cli_wants_colour(stderr))
		return;
	fprintf(stderr, "\rsluice: %s: %s %llu/%llu \x1b[K%s", r->path,
	    p->what, (unsigned long long)p->done,
	    (unsigned long long)p->total,
	    p->done >= p->total ? "\r\x1b[K" : "");
}

static int
open_policy(struct replay *r, struct sl_policy_source *policy,
    struct sl_local **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(4096);
	struct sl_local_options options = {
		.repository = r->rt->repository,
		.packs_dir = r->rt->packs_dir,
		.policy = policy,
		.clock = r->rt->clock,
		.progress = progress,
		.progress_ctx = r,
		.only_rule = r->options->rule,
		.heard = on_heard,
		.heard_ctx = r,
	};
	static const struct sl_oid none;
	int rc = runtime_policy_source(r->rt, r->options->policy, policy, err);

	if (rc == 0)
		rc = sl_local_find_trusted(r->rt->repository, &none,
		    &options.trusted, &shown, err);
	if (rc == 0)
		rc = sl_local_open(&options, out, err);
	if (rc == 0 && r->options->rule != NULL &&
	    sl_policy_rule((*out)->policy, sl_str(r->options->rule)) == NULL)
		rc = sl_error_set(err, SL_ECONFIG,
		    "no rule \"%s\" is in force; sluice policy explain lists "
		    "them", r->options->rule);
	return rc;
}

static void
say_undecided(struct replay *r, const struct sl_verdict *v)
{
	if (v->undecided_count == 0)
		return;
	r->undecided += v->undecided_count;
	fprintf(stderr, "sluice: %s: %zu question%s undecided, as: %s\n",
	    r->path, v->undecided_count,
	    v->undecided_count == 1 ? " is" : "s are", v->undecided[0].reason);
}

static int
judge_repository(struct replay *r, struct sl_error *err)
{
	SL_CLEANUP(sl_policy_source_release)
	struct sl_policy_source policy = { 0 };
	SL_CLEANUP(sl_local_freep) struct sl_local *local = NULL;
	SL_CLEANUP(sl_change_set_release) struct sl_change_set set = { 0 };
	SL_CLEANUP(sl_verdict_freep) struct sl_verdict *verdict = NULL;
	SL_CLEANUP(ref_list_release) struct ref_list refs = { NULL, 0, 0 };
	struct sl_git_since since = { { { 0 } }, 0 };
	int rc = find_since(r, &since, err);

	if (rc == 0)
		rc = open_policy(r, &policy, &local, err);
	if (rc == 0)
		rc = sl_git_refs_each(r->rt->repository, add_ref, &refs, err);
	if (rc == 0)
		rc = sl_git_changes_since(r->rt->repository, refs.items,
		    refs.count, &since, NULL, &set, err);
	if (rc < 0)
		return rc;
	r->repositories++;
	r->commits += set.commit_count;
	rc = sl_local_judge(local, &set, &verdict, err);
	if (rc == 0)
		say_undecided(r, verdict);
	return rc;
}

/* --- a folder of them --- */

static int visit(struct replay *r, const char *path, unsigned depth,
    struct sl_error *err);

static int
visit_entries(struct replay *r, const char *path, unsigned depth,
    struct sl_error *err)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	int rc = SL_OK;

	/* One that may not be read is no reason to leave the others out. */
	if (count < 0) {
		fprintf(stderr, "sluice: %s cannot be read: %m\n", path);
		r->failed++;
		return SL_OK;
	}
	for (int i = 0; i < count; i++) {
		SL_CLEANUP(sl_freep) char *child = NULL;
		struct stat st;

		child = sl_fsx_join(path, entries[i]->d_name);
		if (rc == 0 && entries[i]->d_name[0] != '.' &&
		    lstat(child, &st) == 0 && S_ISDIR(st.st_mode))
			rc = visit(r, child, depth + 1, err);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* A repository, or a folder; only the first one's own fault ends it all. */
static int
visit(struct replay *r, const char *path, unsigned depth, struct sl_error *err)
{
	struct sl_error why = SL_ERROR_INIT;
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
	int rc;

	if (depth > MAX_DEPTH || r->repositories >= MAX_REPOSITORIES)
		return SL_OK;
	sl_git_free(r->rt->repository);
	r->rt->repository = NULL;
	r->path = path;
	rc = sl_git_open_at(path, &r->rt->repository, &why);
	if (rc == SL_ENOTFOUND)
		return visit_entries(r, path, depth, err);
	if (rc == 0)
		rc = judge_repository(r, &why);
	if (rc == 0)
		return SL_OK;
	if (depth == 0) {
		*err = why;
		return rc;
	}
	sl_error_format(&why, shown, sizeof(shown));
	fprintf(stderr, "sluice: %s is left out: %s\n", path, shown);
	r->failed++;
	return SL_OK;
}

/* --- showing --- */

static int
by_weight(const void *a, const void *b)
{
	const struct row *x = *(const struct row *const *)a;
	const struct row *y = *(const struct row *const *)b;

	if (x->level != y->level)
		return x->level > y->level ? -1 : 1;
	if (x->findings != y->findings)
		return x->findings > y->findings ? -1 : 1;
	return strcmp(x->rule, y->rule);
}

static const char *
day_of(int64_t time_s, char out[SL_TIME_RFC3339_SIZE])
{
	if (time_s == 0 || sl_time_format_rfc3339(time_s, out) < 0)
		return "";
	out[10] = '\0';
	return out;
}

static int
show_json(const struct replay *r)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(16 << 20);
	char first[SL_TIME_RFC3339_SIZE], last[SL_TIME_RFC3339_SIZE];
	struct sl_json w;

	sl_json_init(&w, &out, 0);
	sl_json_object(&w);
	sl_json_put(&w, "since", r->options->since);
	sl_json_put_int(&w, "repositories", (int64_t)r->repositories);
	sl_json_put_int(&w, "left_out", (int64_t)r->failed);
	sl_json_put_int(&w, "commits", (int64_t)r->commits);
	sl_json_put_int(&w, "stopped", (int64_t)r->stopped.count);
	sl_json_put_int(&w, "undecided", (int64_t)r->undecided);
	sl_json_key(&w, "rules");
	sl_json_list(&w);
	for (size_t i = 0; i < r->row_count; i++) {
		const struct row *row = r->rows[i];

		sl_json_object(&w);
		sl_json_put(&w, "rule", row->rule);
		sl_json_put(&w, "level", sl_level_name(row->level));
		sl_json_put_int(&w, "findings", (int64_t)row->findings);
		sl_json_put_int(&w, "excused", (int64_t)row->excused);
		sl_json_put_int(&w, "commits", (int64_t)row->commits.count);
		sl_json_put_int(&w, "authors", (int64_t)row->authors.count);
		sl_json_put_int(&w, "repositories",
		    (int64_t)row->repositories);
		if (row->first_s != 0) {
			sl_json_put(&w, "first", day_of(row->first_s, first));
			sl_json_put(&w, "last", day_of(row->last_s, last));
		}
		sl_json_end(&w);
	}
	sl_json_end(&w);
	sl_json_end(&w);
	sl_buf_addc(&out, '\n');
	return sl_cli_print(stdout, &out);
}

static void
add_row(struct sl_table *table, const struct row *row)
{
	char number[4][24], first[SL_TIME_RFC3339_SIZE];
	char last[SL_TIME_RFC3339_SIZE];
	const char *cells[] = { row->rule, sl_level_name(row->level),
		number[0], number[1], number[2], number[3],
		day_of(row->first_s, first), day_of(row->last_s, last) };

	snprintf(number[0], sizeof(number[0]), "%llu",
	    (unsigned long long)row->findings);
	snprintf(number[1], sizeof(number[1]), "%zu", row->commits.count);
	snprintf(number[2], sizeof(number[2]), "%zu", row->authors.count);
	snprintf(number[3], sizeof(number[3]), "%zu", row->repositories);
	sl_table_row(table, cells);
}

static int
show(struct replay *r)
{
	static const char *const head[] = { "RULE", "LEVEL", "FINDINGS",
		"COMMITS", "AUTHORS", "REPOSITORIES", "FIRST", "LAST" };
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(16 << 20);
	struct sl_table table;

	if (r->row_count > 1)
		qsort(r->rows, r->row_count, sizeof(struct row *), by_weight);
	if (r->rt->inv->json)
		return show_json(r);
	sl_table_init(&table, SL_COUNT(head));
	sl_table_row(&table, head);
	for (size_t i = 0; i < r->row_count; i++)
		if (r->rows[i]->findings > 0)
			add_row(&table, r->rows[i]);
	sl_table_format(&table, r->rt->inv->colour, &out);
	sl_table_release(&table);
	sl_buf_addf(&out, "since %s: %zu of %llu commits in %zu repositor%s "
	    "would have been stopped\n", r->options->since, r->stopped.count,
	    (unsigned long long)r->commits, r->repositories,
	    r->repositories == 1 ? "y" : "ies");
	return sl_cli_print(stdout, &out);
}

int
replay_run(struct runtime *rt, const struct replay_options *options)
{
	SL_CLEANUP(replay_release) struct replay r = { .rt = rt,
		.options = options };
	struct sl_error err = SL_ERROR_INIT;
	int rc, code;

	if (options->folder != NULL) {
		rc = visit(&r, options->folder, 0, &err);
		if (rc == 0 && r.repositories == 0 && r.failed == 0)
			rc = sl_error_set(&err, SL_ECONFIG,
			    "there is no repository in %s", options->folder);
	} else {
		rc = runtime_open_repository(rt, &err);
		r.path = rc == 0 ? sl_git_dir(rt->repository) : "";
		if (rc == 0)
			rc = judge_repository(&r, &err);
	}
	if (rc < 0)
		return sl_cli_fail(rt->inv, &err);
	code = show(&r);
	if (code != SL_EXIT_PASS)
		return code;
	return r.undecided > 0 || r.failed > 0 ? SL_EXIT_UNDECIDED :
						 SL_EXIT_PASS;
}
