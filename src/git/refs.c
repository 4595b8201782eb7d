/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All refs, straight from their files. libgit2's iterator reads and sorts
 * every ref and opens each; a push into a repository with 100,000 of them
 * would wait for that.
 */
#include "git/git_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/map.h"
#include "base/mem.h"

#define PACKED_REFS_MAX ((off_t)1 << 30)
#define REF_FILE_MAX ((size_t)4096)
#define REF_NESTING_MAX 128

int
sl_git_head_ref(struct sl_git *repo, struct sl_buf *out, struct sl_error *err)
{
	git_reference *head = NULL;
	const char *target;
	int rc = git_reference_lookup(&head, repo->repo, "HEAD");

	if (rc < 0)
		return sl_git_fail(err, SL_ECORRUPT, "HEAD of %s", repo->dir);
	target = git_reference_symbolic_target(head);
	rc = SL_OK;
	if (target == NULL) {
		rc = sl_error_set(err, SL_ENOTFOUND,
		    "HEAD names a commit, not a branch");
	} else {
		sl_buf_clear(out);
		if (sl_buf_adds(out, target) < 0)
			rc = sl_error_set(err, SL_ETOOBIG,
			    "the name of HEAD's branch is too long");
	}
	git_reference_free(head);
	return rc;
}

int
sl_git_ref_read(struct sl_git *repo, const char *ref, struct sl_oid *out,
    struct sl_error *err)
{
	git_oid oid;
	int rc = git_reference_name_to_id(&oid, repo->repo, ref);

	if (rc == GIT_EINVALIDSPEC)
		rc = GIT_ENOTFOUND;
	if (rc < 0)
		return sl_git_fail(err, sl_git_code(rc, SL_ECORRUPT), "ref %s",
		    ref);
	*out = sl_oid_of_git(&oid);
	return SL_OK;
}

/* packed-refs */

/*
 * Ids to look for. Most refs are told from them by the first digits of their
 * value, without reading the rest of it.
 */
struct wanted {
	const struct sl_oidmap *ids; /* NULL: every ref is wanted */
	uint64_t marks[64];          /* of the first digits of each id */
};

struct packed {
	struct sl_str rest;
	unsigned line;
};

static unsigned
digits_mark(const char *hex)
{
	uint64_t digits;

	memcpy(&digits, hex, sizeof(digits));
	return (unsigned)(digits * UINT64_C(0x9e3779b97f4a7c15) >> 52);
}

static struct wanted
wanted_of(const struct sl_oidmap *ids)
{
	struct wanted w = { ids, { 0 } };
	char hex[SL_OID_HEX + 1];

	for (size_t i = 0; ids != NULL && i < ids->count; i++) {
		sl_oid_hex(&ids->keys[i], hex);
		w.marks[digits_mark(hex) / 64] |= UINT64_C(1)
		    << digits_mark(hex) % 64;
	}
	return w;
}

static bool
may_want(const struct wanted *w, const char *hex)
{
	return w->ids == NULL ||
	    (w->marks[digits_mark(hex) / 64] >> digits_mark(hex) % 64 & 1) != 0;
}

static bool
wants(const struct sl_oidmap *ids, const struct sl_git_ref *ref)
{
	return ids == NULL ||
	    sl_oidmap_find(ids, &ref->oid) != SL_OIDMAP_NONE ||
	    (ref->has_peeled &&
		sl_oidmap_find(ids, &ref->peeled) != SL_OIDMAP_NONE);
}

static int
packed_fail(const struct packed *p, const char *what, struct sl_error *err)
{
	return sl_error_at(err, SL_ECORRUPT, "packed-refs", p->line, 0,
	    "%s; run git pack-refs --all, or restore the file", what);
}

static const char not_a_ref[] = "a line is not \"<id> <ref>\"";

/* The next line that ends in a line feed; 0 at the end of the text. */
static int
packed_line(struct packed *p, struct sl_str *line, struct sl_error *err)
{
	const char *end;

	if (p->rest.len == 0)
		return 0;
	p->line++;
	end = memchr(p->rest.ptr, '\n', p->rest.len);
	if (end == NULL)
		return packed_fail(p, "the last line is cut off", err);
	*line = sl_strn(p->rest.ptr, (size_t)(end - p->rest.ptr));
	p->rest.len -= line->len + 1;
	p->rest.ptr = end + 1;
	return 1;
}

/* A "^<id>" line may follow: what the tag before it leads to. */
static int
packed_peeled(struct packed *p, struct sl_git_ref *ref, struct sl_error *err)
{
	struct sl_str line;
	int rc;

	ref->has_peeled = false;
	if (p->rest.len == 0 || p->rest.ptr[0] != '^')
		return SL_OK;
	rc = packed_line(p, &line, err);
	if (rc < 0)
		return rc;
	if (sl_oid_parse(sl_strn(line.ptr + 1, line.len - 1), &ref->peeled) < 0)
		return packed_fail(p, "a peeled id is not an object id", err);
	ref->has_peeled = true;
	return SL_OK;
}

int
sl_git_packed_refs_parse(struct sl_str text, const struct sl_oidmap *ids,
    sl_git_ref_fn *fn, void *ctx, struct sl_error *err)
{
	struct wanted w = wanted_of(ids);
	struct packed p = { text, 0 };
	struct sl_git_ref ref;
	struct sl_str line;
	int rc;

	while ((rc = packed_line(&p, &line, err)) > 0) {
		if (line.len > 0 && line.ptr[0] == '#')
			continue;
		if (line.len <= SL_OID_HEX + 1 || line.ptr[SL_OID_HEX] != ' ')
			return packed_fail(&p, not_a_ref, err);
		ref.name = sl_strn(line.ptr + SL_OID_HEX + 1,
		    line.len - SL_OID_HEX - 1);
		rc = packed_peeled(&p, &ref, err);
		if (rc < 0)
			return rc;
		if (!ref.has_peeled && !may_want(&w, line.ptr))
			continue;
		if (sl_oid_parse(sl_strn(line.ptr, SL_OID_HEX), &ref.oid) < 0)
			return packed_fail(&p, not_a_ref, err);
		if (wants(ids, &ref) && sl_str_starts(ref.name, "refs/"))
			rc = fn(ctx, &ref, err);
		if (rc != 0)
			return rc;
	}
	return rc;
}

/* loose refs */

struct loose {
	struct sl_buf path; /* of the file system */
	size_t root;        /* bytes of path before "refs/" */
	struct sl_map seen;
	uint64_t marks[4]; /* of the names in seen; see mark_of */
	const struct sl_oidmap *ids; /* NULL: all refs */
	sl_git_ref_fn *fn;
	void *ctx;
	struct sl_error *err;
};

static int loose_folder(struct loose *l, unsigned depth);

/*
 * Which of 256 marks a name has. Few refs are loose, many are packed: nearly
 * all of those are told from the loose ones without hashing their names.
 */
static unsigned
mark_of(struct sl_str name)
{
	unsigned last = (uint8_t)name.ptr[name.len - 1];
	unsigned middle = (uint8_t)name.ptr[name.len / 2];

	return ((unsigned)name.len * 7 + last * 31 + middle) & 255;
}

static int
loose_file(struct loose *l)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(REF_FILE_MAX);
	struct sl_error ignored = SL_ERROR_INIT;
	struct sl_git_ref ref = { 0 };

	ref.name = sl_strn(l->path.ptr + l->root, l->path.len - l->root);
	if (sl_str_ends(ref.name, ".lock") ||
	    sl_fsx_read(sl_buf_cstr(&l->path), &text, &ignored) ==
		SL_ENOTFOUND)
		return SL_OK;
	/* A damaged or symbolic one hides its packed value all the same. */
	sl_map_put(&l->seen, ref.name, NULL);
	l->marks[mark_of(ref.name) / 64] |= UINT64_C(1)
	    << mark_of(ref.name) % 64;
	if (text.len < SL_OID_HEX ||
	    sl_oid_parse(sl_strn(text.ptr, SL_OID_HEX), &ref.oid) < 0)
		return SL_OK;
	return wants(l->ids, &ref) ? l->fn(l->ctx, &ref, l->err) : SL_OK;
}

static int
loose_entry(struct loose *l, const struct dirent *entry, unsigned depth)
{
	size_t before = l->path.len;
	struct stat st;
	int rc = SL_OK;

	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return SL_OK;
	if (sl_buf_addf(&l->path, "/%s", entry->d_name) < 0)
		return sl_error_set(l->err, SL_ETOOBIG,
		    "a path below refs is too long");
	if (stat(sl_buf_cstr(&l->path), &st) == 0) {
		if (S_ISDIR(st.st_mode))
			rc = loose_folder(l, depth + 1);
		else if (S_ISREG(st.st_mode))
			rc = loose_file(l);
	}
	sl_buf_truncate(&l->path, before);
	return rc;
}

static int
loose_folder(struct loose *l, unsigned depth)
{
	struct dirent *entry;
	DIR *dir;
	int rc = SL_OK;

	if (depth > REF_NESTING_MAX)
		return sl_error_set(l->err, SL_ETOOBIG,
		    "folders below refs are nested too deeply");
	dir = opendir(sl_buf_cstr(&l->path));
	if (dir == NULL)
		return errno == ENOENT ? SL_OK :
		    sl_error_errno(l->err, errno, "%s", sl_buf_cstr(&l->path));
	while (rc == SL_OK && (entry = readdir(dir)) != NULL)
		rc = loose_entry(l, entry, depth);
	closedir(dir);
	return rc;
}

/* A packed ref counts only where no loose one hides it. */
static int
packed_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	struct loose *l = ctx;
	unsigned mark = mark_of(ref->name);

	if ((l->marks[mark / 64] >> mark % 64 & 1) != 0 &&
	    sl_map_find(&l->seen, ref->name) != NULL)
		return SL_OK;
	return l->fn(l->ctx, ref, err);
}

/*
 * The file is mapped, not read: git replaces it whole and never writes into
 * it, and copying 7 MB costs a push more than searching them.
 */
static int
packed_refs(struct sl_git *repo, struct loose *l, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = NULL;
	struct stat st;
	void *text;
	int rc, fd;

	path = sl_fsx_join(repo->common_dir, "packed-refs");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? SL_OK :
		    sl_error_errno(err, errno, "%s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > PACKED_REFS_MAX) {
		close(fd);
		return sl_error_set(err, SL_EIO,
		    "%s is not a file of a sane size", path);
	}
	text = st.st_size == 0 ? NULL :
	    mmap(NULL, (size_t)st.st_size, PROT_READ,
		MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (text == MAP_FAILED)
		return sl_error_errno(err, errno, "%s", path);
	rc = sl_git_packed_refs_parse(sl_strn(text, (size_t)st.st_size),
	    l->ids, packed_ref, l, err);
	if (text != NULL)
		munmap(text, (size_t)st.st_size);
	return rc;
}

static int
visit_refs(struct sl_git *repo, const struct sl_oidmap *ids, sl_git_ref_fn *fn,
    void *ctx, struct sl_error *err)
{
	struct loose l = { SL_BUF_INIT(SL_GIT_PATH_MAX), 0, SL_MAP_INIT, { 0 },
		ids, fn, ctx, err };
	int rc;

	/*
	 * Loose before packed: a ref that is packed meanwhile is met twice
	 * or once, never missed.
	 */
	sl_buf_addf(&l.path, "%s/", repo->common_dir);
	l.root = l.path.len;
	sl_buf_adds(&l.path, "refs");
	rc = loose_folder(&l, 0);
	if (rc == SL_OK)
		rc = packed_refs(repo, &l, err);
	sl_buf_release(&l.path);
	sl_map_release(&l.seen);
	return rc;
}

int
sl_git_refs_each(struct sl_git *repo, sl_git_ref_fn *fn, void *ctx,
    struct sl_error *err)
{
	return visit_refs(repo, NULL, fn, ctx, err);
}

int
sl_git_refs_at(struct sl_git *repo, const struct sl_oidmap *ids,
    sl_git_ref_fn *fn, void *ctx, struct sl_error *err)
{
	return visit_refs(repo, ids, fn, ctx, err);
}
