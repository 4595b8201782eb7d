/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path: names, places, modes and sizes of files.
 *
 * `scope: change` (the default) judges what new commits add or change,
 * `scope: tree` everything in the trees of new tips. Collisions of names need
 * the whole tree and are looked for there whatever the scope.
 */
#include "policy/kinds/kinds.h"

#include <stdio.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "policy/kinds/files.h"

#define MAX_LINK_TARGET 4096

static const char *const allow_words[] = { "allow", "deny", NULL };
static const char *const link_words[] = { "allow", "inside", "deny", NULL };
enum { LINK_ALLOW, LINK_INSIDE, LINK_DENY };

struct path_rule {
	struct sl_files files; /* which paths it is about */
	struct sl_patterns allow;
	struct sl_patterns deny;
	uint64_t max_length; /* 0: not asked */
	uint64_t max_depth;
	uint64_t max_size;
	bool has_max_size;
	size_t symlinks;
	bool deny_submodules;
	bool deny_controls;
	bool deny_git_names;
	bool deny_collisions;
	bool utf8;
	struct sl_buf expected;
};

static const char *const path_keys[] = { SL_FILES_KEYS, "allow", "deny",
	"max-length", "max-depth", "max-size", "symlinks",
	"submodules", "control-characters", "git-names", "case-collisions",
	"utf8", NULL };

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
		rc = sl_rule_read_number(rule, "max-depth", 1, 1000,
		    &r->max_depth, err);
	r->has_max_size = sl_rule_get(rule, "max-size") != NULL;
	if (rc == SL_OK)
		rc = sl_rule_read_bytes(rule, "max-size", &r->max_size, err);
	if (rc == SL_OK)
		rc = sl_rule_read_bool(rule, "utf8", &r->utf8, err);
	return rc;
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
		rc = sl_rule_read_word(rule, "symlinks", link_words,
		    &r->symlinks, err);
	if (rc == SL_OK)
		rc = read_deny(rule, "submodules", &r->deny_submodules, err);
	if (rc == SL_OK)
		rc = read_deny(rule, "control-characters", &r->deny_controls,
		    err);
	if (rc == SL_OK)
		rc = read_deny(rule, "git-names", &r->deny_git_names, err);
	if (rc == SL_OK)
		rc = read_deny(rule, "case-collisions", &r->deny_collisions,
		    err);
	if (rc < 0)
		return rc;
	if (!r->allow.count && !r->deny.count && !r->max_length &&
	    !r->max_depth && !r->has_max_size && r->symlinks == LINK_ALLOW &&
	    !r->deny_submodules && !r->deny_controls && !r->deny_git_names &&
	    !r->deny_collisions && !r->utf8)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "asks for nothing: a path rule needs allow, deny, a "
		    "max-..., symlinks, submodules, control-characters, "
		    "git-names, case-collisions or utf8");
	return SL_OK;
}

/* --- names --- */

/* Characters that HFS+ ignores when it compares names. */
static bool
is_ignored_by_hfs(uint32_t c)
{
	return (c >= 0x200c && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	    (c >= 0x206a && c <= 0x206f) || c == 0xfeff;
}

/*
 * One part of a path as the file systems of Windows and macOS see it: lower
 * case, without ignorable characters, stream names, final dots and blanks.
 */
static void
fold_part(struct sl_str part, struct sl_buf *out)
{
	while (part.len) {
		uint32_t code;
		size_t n = sl_utf8_decode(part, &code);

		if (n == 0) {
			n = 1;
			code = 0xfffd;
		}
		if (code == ':')
			break;
		if (code < 0x80)
			sl_buf_addc(out, (char)(code >= 'A' && code <= 'Z' ?
				code + 32 : code));
		else if (!is_ignored_by_hfs(code))
			sl_buf_add(out, part.ptr, n);
		part.ptr += n;
		part.len -= n;
	}
	while (out->len && strchr(". ", out->ptr[out->len - 1]) && out->len > 2)
		sl_buf_truncate(out, out->len - 1);
}

static const char *
why_dangerous(struct sl_str part)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf folded = SL_BUF_INIT(8192);

	if (part.len == 0)
		return "an empty part";
	if (sl_str_eqs(part, ".") || sl_str_eqs(part, ".."))
		return "\".\" or \"..\"";
	if (memchr(part.ptr, '\\', part.len))
		return "a backslash";
	fold_part(part, &folded);
	if (sl_str_eqs(sl_buf_str(&folded), ".git") ||
	    sl_str_eqs(sl_buf_str(&folded), "git~1"))
		return "a name that some systems take for .git";
	return NULL;
}

static const char *
dangerous_part(struct sl_str path)
{
	for (;;) {
		const char *slash = memchr(path.ptr, '/', path.len);
		size_t n = slash ? (size_t)(slash - path.ptr) : path.len;
		const char *why = why_dangerous(sl_strn(path.ptr, n));

		if (why || !slash)
			return why;
		path = sl_strn(slash + 1, path.len - n - 1);
	}
}

static bool
has_control(struct sl_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static void
check_name(struct sl_judge *j, const struct path_rule *r, struct sl_str path)
{
	const char *why = r->deny_git_names ? dangerous_part(path) : NULL;

	if (why)
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.found = sl_str(why),
			.message = "the path holds {found}",
			.fix = "git mv it to a plain name",
		    });
	if (r->deny_controls && has_control(path))
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "the path holds a control character",
			.fix = "git mv it to a plain name",
		    });
	if (r->utf8 && !sl_utf8_valid(path))
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "the path is not UTF-8",
			.fix = "git mv it to a plain name",
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
	check_name(j, r, path);
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
	return sl_alloc(sizeof(struct sl_map));
}

static void
path_tree_free(void *walk)
{
	sl_map_release(walk);
	free(walk);
}

static void
fold_case(struct sl_str path, struct sl_buf *out)
{
	for (size_t i = 0; i < path.len; i++) {
		char c = path.ptr[i];

		sl_buf_addc(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
	}
}

static void
check_collision(struct sl_judge *j, struct sl_map *seen, struct sl_str path)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf folded = SL_BUF_INIT(65536);

	fold_case(path, &folded);
	if (sl_map_find(seen, sl_buf_str(&folded)))
		sl_judge_found(j, &(struct sl_hit){
			.path = path,
			.message = "another path differs from this one in "
				   "case only",
			.fix = "git mv one of them to a different name",
		    });
	else
		(void)sl_map_put(seen, sl_buf_str(&folded), NULL);
}

static int
path_tree_entry(struct sl_judge *j, void *state, void *walk,
    const struct sl_tree_entry *entry, struct sl_error *err)
{
	const struct path_rule *r = state;

	if (r->deny_collisions)
		check_collision(j, walk, entry->path);
	if (!r->files.whole_tree || entry->mode == SL_MODE_TREE)
		return SL_OK;
	return check_path(j, r, entry->path, entry->mode, &entry->oid, err);
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
	.tree_end = path_tree_end,
	.tree_free = path_tree_free,
};
