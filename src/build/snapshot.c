/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The snapshot: the commit's files and archive below code/. Nothing that
 * exists is ever overwritten: a key with the same bytes is fine, one with
 * others is tampering.
 */
#include "archive/archive.h"
#include "base/mem.h"
#include "build/build_int.h"
#include "crypto/digest.h"

/* One file that is uploaded as it is. */
#define FILE_MAX ((size_t)256 << 20)

struct snapshot {
	struct sl_builder *b;
	struct sl_build_files files;
	struct sl_manifest *m;
	size_t file_room;
	struct sl_sha256 tar;
	struct sl_sha256 gz;
};

static int
put_file(struct snapshot *s, const char *path, struct sl_str body,
    bool *existed, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *key = NULL;
	const struct sl_remote *remote = s->b->remote;
	struct sl_s3_put put = { .body = body };
	int rc;

	key = sl_asprintf("%s/%s", s->b->plan->code_root, path);
	put.key = sl_str(key);
	put.if_absent = true;
	rc = remote->ops->put_immutable(remote->self, &remote->bucket, &put,
	    existed, err);
	return rc < 0 ? sl_error_wrap(err, "snapshot") : SL_OK;
}

static int
upload_file(struct snapshot *s, const struct sl_build_file *file,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf body = SL_BUF_INIT(FILE_MAX);
	const struct sl_object_source *source = s->b->job->source;
	struct sl_manifest_file *entry;
	char hex[SL_SHA256_HEX + 1];
	bool existed;
	int rc;

	rc = source->blob_read(source->self, &file->oid, &body, err);
	if (rc < 0)
		return sl_error_wrap(err, "%s", file->path);
	rc = put_file(s, file->path, sl_buf_str(&body), &existed, err);
	if (rc < 0)
		return rc;
	sl_sha256_hex(body.ptr, body.len, hex);
	SL_GROW(s->m->files, s->m->file_count, s->file_room);
	entry = &s->m->files[s->m->file_count++];
	*entry = (struct sl_manifest_file){ .path = sl_strdup(file->path),
		.size = body.len, .sha256 = sl_strdup(hex) };
	return SL_OK;
}

/* The folders that the pipeline uses, file by file. Links cannot be objects;
 * they are in the archive. */
static int
upload_files(struct snapshot *s, struct sl_error *err)
{
	for (size_t i = 0; i < s->files.count; i++) {
		const struct sl_build_file *file = &s->files.items[i];
		int rc;

		if ((file->mode != SL_MODE_FILE &&
		    file->mode != SL_MODE_EXECUTABLE) ||
		    !sl_build_path_used(&s->b->plan->inputs_paths, file->path))
			continue;
		rc = upload_file(s, file, err);
		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static enum sl_archive_kind
archive_kind(uint32_t mode)
{
	switch (mode) {
	case SL_MODE_EXECUTABLE:
		return SL_ARCHIVE_EXECUTABLE;
	case SL_MODE_SYMLINK:
		return SL_ARCHIVE_SYMLINK;
	case SL_MODE_SUBMODULE:
		return SL_ARCHIVE_SUBMODULE;
	default:
		return SL_ARCHIVE_FILE;
	}
}

static int
read_entry(void *ctx, void *entry, struct sl_buf *out, struct sl_error *err)
{
	struct snapshot *s = ctx;
	const struct sl_build_file *file = entry;
	const struct sl_object_source *source = s->b->job->source;

	return source->blob_read(source->self, &file->oid, out, err);
}

static int
keep_bytes(void *ctx, struct sl_str bytes, struct sl_error *err)
{
	if (sl_buf_addv(ctx, bytes) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "the commit's source archive is over %zu MiB",
		    SL_BUILD_ARCHIVE_MAX >> 20);
	return SL_OK;
}

static void
add_to_sum(void *ctx, struct sl_str bytes)
{
	sl_sha256_update(ctx, bytes.ptr, bytes.len);
}

static int
write_archive(struct snapshot *s, struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_archive_freep) struct sl_archive *archive = NULL;
	struct sl_archive_digests digests = { &s->tar, add_to_sum, &s->gz,
		add_to_sum };
	int rc;

	archive = sl_archive_new(NULL);
	for (size_t i = 0; i < s->files.count; i++) {
		rc = sl_archive_add(archive, sl_str(s->files.items[i].path),
		    archive_kind(s->files.items[i].mode), &s->files.items[i],
		    err);
		if (rc < 0)
			return rc;
	}
	return sl_archive_write(archive, s->b->plan->commit_time_s, read_entry,
	    s, keep_bytes, out, &digests, NULL, err);
}

/* What the archive is called beside the files of the commit. */
#define ARCHIVE_NAME "source.tar.gz"

/*
 * The archive is made before anything is uploaded: it refuses names that lead
 * out of the tree, which must not become keys either.
 */
static int
make_archive(struct snapshot *s, struct sl_buf *bytes, struct sl_error *err)
{
	uint8_t digest[SL_SHA256_BYTES];
	char hex[SL_SHA256_HEX + 1];
	int rc;

	for (size_t i = 0; i < s->files.count; i++)
		if (!strcmp(s->files.items[i].path, ARCHIVE_NAME))
			return sl_error_set(err, SL_EREFUSED,
			    "the commit has a file " ARCHIVE_NAME ", which "
			    "is what the snapshot's own archive is called; "
			    "git mv it into a folder");
	sl_sha256_init(&s->tar);
	sl_sha256_init(&s->gz);
	rc = write_archive(s, bytes, err);
	if (rc < 0) {
		sl_sha256_release(&s->tar);
		sl_sha256_release(&s->gz);
		return rc;
	}
	sl_sha256_final(&s->tar, digest);
	sl_sha256_to_hex(digest, hex);
	s->m->archive_tar_sha256 = sl_strdup(hex);
	sl_sha256_final(&s->gz, digest);
	sl_sha256_to_hex(digest, hex);
	s->m->archive_sha256 = sl_strdup(hex);
	return SL_OK;
}

void
sl_build_describe(const struct sl_builder *b, const char *kind,
    struct sl_manifest *m)
{
	const struct sl_plan *plan = b->plan;
	const struct sl_builder_job *job = b->job;

	m->kind = sl_strdup(kind);
	m->build_id = sl_strdup(plan->build_id);
	m->repository = sl_strdup(plan->repository_id);
	m->project = sl_strdup(plan->project);
	m->use_case = sl_strdup(plan->use_case);
	m->branch_id = sl_strdup(plan->branch_id);
	m->name = sl_strdup(plan->name);
	m->environment = sl_strdup(plan->environment);
	m->ref = sl_strdup(plan->ref);
	m->commit = sl_strdup(plan->commit);
	m->tree = sl_strdup(plan->tree);
	m->author = sl_strdup(job->author_email);
	m->pusher = sl_strdup(job->pusher);
	m->verdict_id = sl_strdup(job->verdict_id);
	m->policy_digest = sl_strdup(job->policy_digest);
}

static void
describe_build(const struct sl_builder *b, struct sl_manifest *m)
{
	const struct sl_plan *plan = b->plan;

	sl_build_describe(b, "build", m);
	m->definition = sl_strdup(plan->definition != NULL ? plan->definition
	    : plan->command.count > 0 ? plan->command.items[0] : NULL);
	m->definition_digest = sl_strdup(sl_pipeline_digest(b->pipeline));
	m->inputs_digest = sl_strdup(b->inputs_digest);
	m->created_s = sl_clock_now_s(b->ctx.clock);
}

static int
take_snapshot(struct snapshot *s, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf archive =
	    SL_BUF_INIT(SL_BUILD_ARCHIVE_MAX);
	struct sl_builder *b = s->b;
	bool existed;
	struct sl_ledger_head head;
	struct sl_oid tree;
	int rc;

	if (sl_oid_parse(sl_str(b->plan->tree), &tree) < 0)
		return sl_error_set(err, SL_EINVAL, "the plan has no tree");
	describe_build(b, s->m);
	sl_inputs_say_unused(b);
	if (b->ctx.store != NULL) {
		rc = sl_ledger_head(b->ctx.store, &head, err);
		if (rc < 0)
			return rc;
		s->m->ledger_head = sl_strdup(head.hash);
	}
	if ((rc = sl_inputs_pin(b, &s->m->inputs, err)) < 0 ||
	    (rc = sl_build_files_list(b->job->source, &tree, &s->files,
	    err)) < 0 || (rc = make_archive(s, &archive, err)) < 0 ||
	    (rc = upload_files(s, err)) < 0 || (rc = put_file(s, ARCHIVE_NAME,
	    sl_buf_str(&archive), &existed, err)) < 0)
		return rc;
	sl_builder_say(b, "snapshot", NULL, "note", "%zu files and "
	    ARCHIVE_NAME " in s3://%s/%s", s->m->file_count, b->plan->bucket,
	    b->plan->code_root);
	return SL_OK;
}

int
sl_step_snapshot(struct sl_builder *b, struct sl_error *err)
{
	struct snapshot s = { .b = b };
	int rc;

	s.m = sl_alloc(sizeof(*s.m));
	rc = take_snapshot(&s, err);
	sl_build_files_release(&s.files);
	if (rc < 0) {
		sl_manifest_free(s.m);
		return rc;
	}
	b->manifest = s.m;
	b->pinned = true;
	return SL_OK;
}
