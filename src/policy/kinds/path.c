/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path: names, places, modes and sizes of files.
 *
 * `scope: change` (the default) judges what new commits add or change,
 * `scope: tree` everything in the trees of new tips. Names that meet can come
 * from different pushes, and are looked for there whatever the scope.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "policy/kinds/clash.h"
#include "policy/kinds/files.h"
#include "policy/kinds/names.h"

#define MAX_LINK_TARGET 4096

static const char *const allow_words[] = { "allow", "deny", NULL };
static const char *const link_words[] = { "allow", "inside", "deny", NULL };
enum { LINK_ALLOW, LINK_INSIDE, LINK_DENY };

struct path_rule {
	struct sl_files files; /* which paths it is about */
	struct sl_patterns allow;
	struct sl_patterns deny;
	uint64_t max_length; /* 0: not asked */
	uint64_t max_name;   /* of one part */
	uint64_t max_depth;
	uint64_t max_size;
	bool has_max_size;
	size_t symlinks;
	bool deny_submodules;
	bool deny_controls;
	bool deny_git_names;
	bool deny_windows_names;
	bool deny_collisions;
	bool utf8;
	struct sl_buf expected;
};

static const struct sl_key path_keys[] = {
	SL_FILES_KEYS,
	{ .name = "allow", .tighten = SL_TIGHTEN_DROP },
	{ .name = "deny", .tighten = SL_TIGHTEN_ADD },
	{ .name = "max-length", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "max-name-length", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "max-depth", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "max-size", .tighten = SL_TIGHTEN_LOWER },
	{ .name = "symlinks", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < inside < deny" },
	{ .name = "submodules", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "control-characters", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "git-names", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "windows-names", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "collisions", .tighten = SL_TIGHTEN_ORDER,
	    .order = "allow < deny" },
	{ .name = "utf8", .tighten = SL_TIGHTEN_ORDER,
	    .order = "false < true" },
	{ .name = NULL },
};

static void
path_free(void *state)
{
	struct path_rule *r = state;

	sl_files_release(&r->files);
	sl_patterns_release(&r->allow);
	sl_patterns_release(&r->deny);
	sl_buf_release(&r->expected);
	free(r);
}

static int
read_deny(const struct sl_rule *rule, const char *key, bool *out,
    struct sl_error *err)
{
	size_t index = 0;
	int rc = sl_rule_read_word(rule, key, allow_words, &index, err);

	*out = index == 1;
	return rc;
}

static int
read_path_patterns(struct sl_rule *rule, struct path_rule *r,
    struct sl_error *err)
{
	int rc = sl_rule_read_files(rule, &r->files, err);

	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "allow", SL_RX_FULL,
		    &r->allow, err);
	if (rc == SL_OK)
		rc = sl_rule_read_patterns(rule, "deny", SL_RX_FULL, &r->deny,
		    err);
	sl_patterns_show(&r->allow, &r->expected);
	return rc;
}

static int
read_limits(struct sl_rule *rule, struct path_rule *r, struct sl_error *err)
{
	int rc = sl_rule_read_number(rule, "max-length", 1, 4096,
	    &r->max_length, err);

	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-name-length", 1, 4096,
		    &r->max_name, err);
	if (rc == SL_OK)
		rc = sl_rule_read_number(rule, "max-depth", 1, 1000,
		    &r->max_depth, err);
	r->has_max_size = sl_rule_get(rule, "max-size") != NULL;
	if (rc == SL_OK)
		rc = sl_rule_read_bytes(rule, "max-size", &r->max_size, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "utf8", &r->utf8, err);
	return rc;
}

/* What is refused wherever it is met. */
static int
read_denials(struct sl_rule *rule, struct path_rule *r, struct sl_error *err)
{
	const struct {
		const char *key;
		bool *out;
	} rows[] = {
		{ "submodules", &r->deny_submodules },
		{ "control-characters", &r->deny_controls },
		{ "git-names", &r->deny_git_names },
		{ "windows-names", &r->deny_windows_names },
		{ "collisions", &r->deny_collisions },
	};
	int rc = sl_rule_read_word(rule, "symlinks", link_words, &r->symlinks,
	    err);

	for (size_t i = 0; i < SL_COUNT(rows) && rc == SL_OK; i++)
		rc = read_deny(rule, rows[i].key, rows[i].out, err);
	return rc;
}

static bool
asks_for_nothing(const struct path_rule *r)
{
	return !r->allow.count && !r->deny.count && !r->max_length &&
	    !r->max_name && !r->max_depth && !r->has_max_size &&
	    r->symlinks == LINK_ALLOW && !r->deny_submodules &&
	    !r->deny_controls && !r->deny_git_names &&
	    !r->deny_windows_names && !r->deny_collisions && !r->utf8;
}

static int
path_parse(struct sl_rule *rule, void **state, struct sl_error *err)
{
	struct path_rule *r = sl_alloc(sizeof(*r));
	int rc;

	*state = r;
	sl_buf_init(&r->expected, 2000);
	rc = read_path_patterns(rule, r, err);
	if (rc == SL_OK)
		rc = read_limits(rule, r, err);
	if (rc == SL_OK)
		rc = read_denials(rule, r, err);
	if (rc < 0)
		return rc;
	if (asks_for_nothing(r))
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a path rule needs allow, deny, a "
		    "max-..., symlinks, submodules, control-characters, "
		    "git-names, windows-names, collisions or utf8");
	return SL_OK;
}

/* --- names --- */

#define PLAIN_NAME_FIX "git mv it to a plain name"

static void
tell_name(struct sl_judge *j, struct sl_str path, const char *why,
    const char *message)
{
	sl_judge_found(j, &(struct sl_hit){
		.path = path,
		.found = sl_str(why),
		.message = message,
		.fix = PLAIN_NAME_FIX,
	    });
}

static void
check_measure(struct sl_judge *j, struct sl_str path, uint64_t is,
    uint64_t max, const char *message)
{
	char found[24], expected[24];

	if (max == 0 || is <= max)
		return;
	snprintf(found, sizeof(found), "%llu", (unsigned long long)is);
	snprintf(expected, sizeof(expected), "%llu", (unsigned long long)max);
	sl_judge_found(j, &(struct sl_hit){
		.path = path,
		.found = sl_str(found),
		.expected = sl_str(expected),
		.message = message,
	    });
}

/* The next part of a path; false when none is left. */
static bool
next_part(struct sl_str *rest, struct sl_str *part)
{
	const char *slash;

	if (!rest->ptr)
		return false;
	slash = memchr(rest->ptr, '/', rest->len);
	*part = sl_strn(rest->ptr,
	    slash ? (size_t)(slash - rest->ptr) : rest->len);
	*rest = slash ? sl_strn(slash + 1, rest->len - part->len - 1) :
			sl_strn(NULL, 0);
	return true;
}

/* One breach of each sort is told of a path. */
static void
check_parts(struct sl_judge *j, const struct path_rule *r, struct sl_str path)
{
	const char *git = NULL, *windows = NULL;
	uint64_t longest = 0;
	struct sl_str rest = path, part;

	while (next_part(&rest, &part)) {
		if (r->deny_git_names && !git)
			git = sl_name_is_git(part);
		if (r->deny_windows_names && !windows)
			windows = sl_name_not_windows(part);
		if (part.len > longest)
			longest = part.len;
	}
	if (git)
		tell_name(j, path, git, "the path holds {found}");
	if (windows)
		tell_name(j, path, windows, "the path holds {found}");
	check_measure(j, path, longest, r->max_name,
	    "a name of {found} bytes is in the path, more than {expected}");
}

static void
check_name(struct sl_judge *j, const struct path_rule *r, struct sl_str path,
    uint32_t mode)
{
	const char *slash = memrchr(path.ptr, '/', path.len);
	size_t start = slash ? (size_t)(slash - path.ptr) + 1 : 0;
	const char *why = NULL;

	check_parts(j, r, path);
	if (r->deny_git_names && mode == SL_MODE_SYMLINK)
		why = sl_name_is_dotfile(
		    sl_strn(path.ptr + start, path.len - start));
	if (why)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.found = sl_str(why),
			.message = "a symbolic link stands where some "
				   "systems look for {found}",
			.fix = "git rm it, and make {found} a file",
		    });
	why = r->deny_controls ? sl_name_has_control(path) : NULL;
	if (why)
		tell_name(j, path, why, "the path holds {found}");
	if (r->utf8 && !sl_utf8_valid(path))
		tell_name(j, path, "", "the path is not UTF-8");
}

static uint64_t
depth_of(struct sl_str path)
{
	uint64_t depth = 0;

	for (size_t i = 0; i < path.len; i++)
		depth += path.ptr[i] == '/';
	return depth;
}

static int
check_grammar(struct sl_judge *j, const struct path_rule *r,
    struct sl_str path, struct sl_error *err)
{
	struct sl_rx_match match;
	struct sl_rx *rx = NULL;
	int rc;

	if (r->allow.count) {
		rc = sl_patterns_match(&r->allow, j->scratch, path, NULL, NULL,
		    err);
		if (rc < 0)
			return rc;
		if (rc == SL_RX_NO)
			sl_judge_found(j, &(struct sl_hit){
				.path = path,
				.found = path,
				.expected = sl_buf_str(&r->expected),
				.message = "the path is not like {expected}",
				.fix = "git mv it, or git rm it",
			    });
	}
	rc = sl_patterns_match(&r->deny, j->scratch, path, &rx, &match, err);
	if (rc == SL_RX_YES)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.found = path,
			.rx = rx,
			.match = &match,
			.message = "this path is not accepted",
			.fix = "git mv it, or git rm it",
		    });
	return rc < 0 ? rc : SL_OK;
}

/* --- modes and sizes --- */

/* Whether a link at path with this target stays inside the repository. */
static bool
stays_inside(struct sl_str path, struct sl_str target)
{
	int64_t depth = (int64_t)depth_of(path);

	if (target.len == 0 || target.ptr[0] == '/' ||
	    memchr(target.ptr, '\0', target.len))
		return false;
	for (;;) {
		const char *slash = memchr(target.ptr, '/', target.len);
		size_t n = slash ? (size_t)(slash - target.ptr) : target.len;
		struct sl_str part = sl_strn(target.ptr, n);

		if (sl_str_eqs(part, ".."))
			depth--;
		else if (part.len && !sl_str_eqs(part, "."))
			depth++;
		if (depth < 0)
			return false;
		if (!slash)
			return true;
		target = sl_strn(slash + 1, target.len - n - 1);
	}
}

static int
check_link(struct sl_judge *j, const struct path_rule *r, struct sl_str path,
    const struct sl_oid *oid, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf target =
	    SL_BUF_INIT(MAX_LINK_TARGET);
	int rc;

	if (r->symlinks == LINK_DENY) {
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "symbolic links are not accepted",
			.fix = "git rm it, or replace it by a copy",
		    });
		return SL_OK;
	}
	rc = j->source->blob_read(j->source->self, oid, &target, err);
	if (rc < 0 && rc != SL_ETOOBIG)
		return rc;
	if (rc == SL_ETOOBIG || !stays_inside(path, sl_buf_str(&target)))
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.found = sl_buf_str(&target),
			.message = "the link leads out of the repository: "
				   "{found}",
			.fix = "make it relative, to something in the "
			       "repository",
		    });
	return SL_OK;
}

static int
check_size(struct sl_judge *j, const struct path_rule *r, struct sl_str path,
    const struct sl_oid *oid, struct sl_error *err)
{
	uint64_t size;
	int rc = j->source->blob_size(j->source->self, oid, &size, err);

	if (rc == SL_OK && size > r->max_size)
		sl_file_tell_size(j, path, size, r->max_size,
		    SL_FILE_SIZE_FIX);
	return rc;
}

static int
check_path(struct sl_judge *j, const struct path_rule *r, struct sl_str path,
    uint32_t mode, const struct sl_oid *oid, struct sl_error *err)
{
	int rc = sl_files_match(&r->files, j->scratch, path, err);

	if (rc != SL_RX_YES)
		return rc;
	check_name(j, r, path, mode);
	check_measure(j, path, path.len, r->max_length,
	    "the path has {found} bytes, more than {expected}");
	check_measure(j, path, depth_of(path), r->max_depth,
	    "the path is {found} folders deep, more than {expected}");
	rc = check_grammar(j, r, path, err);
	if (rc == SL_OK && mode == SL_MODE_SYMLINK &&
	    r->symlinks != LINK_ALLOW)
		rc = check_link(j, r, path, oid, err);
	if (mode == SL_MODE_SUBMODULE && r->deny_submodules)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "submodules are not accepted",
			.fix = "git rm it and copy the files, or install them "
			       "as a package",
		    });
	if (rc == SL_OK && r->has_max_size &&
	    (mode == SL_MODE_FILE || mode == SL_MODE_EXECUTABLE))
		rc = check_size(j, r, path, oid, err);
	return rc;
}

static int
path_change(struct sl_judge *j, void *state,
    const struct sl_path_change *change, struct sl_error *err)
{
	const struct path_rule *r = state;

	if (r->files.whole_tree)
		return SL_OK;
	return check_path(j, r, change->path, change->new_mode,
	    &change->new_oid, err);
}

/* --- whole trees --- */

static bool
path_wants_trees(const void *state)
{
	const struct path_rule *r = state;

	return r->files.whole_tree || r->deny_collisions;
}

static void *
path_tree_begin(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED)
{
	return sl_clash_new();
}

static void
path_tree_free(void *walk)
{
	sl_clash_free(walk);
}

static void
check_collision(struct sl_judge *j, struct sl_clash *clash,
    const struct sl_tree_entry *entry)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf other = SL_BUF_INIT(65536);

	if (!sl_clash_see(clash, entry, &other))
		return;
	sl_judge_found(j, &(struct sl_hit){
		.path = entry->path,
		.found = sl_buf_str(&other),
		.message = "on some systems {path} and {found} are one and "
			   "the same",
		.fix = "git mv one of them to a different name",
	    });
}

static int
path_tree_entry(struct sl_judge *j, void *state, void *walk,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	const struct path_rule *r = state;

	if (r->deny_collisions)
		check_collision(j, walk, entry);
	if (!r->files.whole_tree || entry->mode == SL_MODE_TREE)
		return SL_OK;
	return check_path(j, r, entry->path, entry->mode, &entry->oid, err);
}

static bool
path_wants_below(struct sl_judge *j, void *state, void *walk SL_UNUSED,
    struct sl_str folder)
{
	const struct path_rule *r = state;

	return r->deny_collisions ||
	    sl_files_could_be_below(&r->files, j->scratch, folder);
}

static int
path_tree_end(struct sl_judge *j SL_UNUSED, void *state SL_UNUSED,
    void *walk SL_UNUSED, struct sl_error *err SL_UNUSED)
{
	return SL_OK;
}

const struct sl_rule_kind sl_kind_path = {
	.name = "path",
	.brief = "names, places, modes and sizes of files",
	.keys = path_keys,
	.parse = path_parse,
	.free = path_free,
	.change = path_change,
	.wants_trees = path_wants_trees,
	.tree_begin = path_tree_begin,
	.tree_entry = path_tree_entry,
	.wants_below = path_wants_below,
	.tree_end = path_tree_end,
	.tree_free = path_tree_free,
};
