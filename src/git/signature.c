/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is signed in a commit or tag, and the signature. A commit has it in a
 * header, a tag at the end of its message.
 */
#include "git/git_int.h"

/* How many of the headers, those that go on included, are signatures. */
static unsigned
count_signatures(struct sl_str raw)
{
	unsigned count = 0;

	while (raw.len > 0 && raw.ptr[0] != '\n') {
		const char *end = memchr(raw.ptr, '\n', raw.len);
		size_t n = end != NULL ? (size_t)(end - raw.ptr) + 1 : raw.len;

		count += sl_str_starts(raw, "gpgsig ") ||
		    sl_str_starts(raw, "gpgsig-sha256 ");
		raw = sl_strn(raw.ptr + n, raw.len - n);
	}
	return count;
}

static int
of_tag(struct sl_str raw, struct sl_buf *signature, struct sl_buf *payload,
    struct sl_error *err)
{
	struct sl_tag tag = { .depth = 0 };
	struct sl_oid target;
	struct sl_str text;
	size_t at;
	int rc = sl_git_tag_parse(raw, &tag, &target, err);

	if (rc < 0)
		return rc;
	at = sl_tag_signature(tag.message);
	if (at == tag.message.len)
		return sl_error_set(err, SL_ENOTFOUND, "it is not signed");
	text = sl_strn(tag.message.ptr + at, tag.message.len - at);
	sl_buf_addv(payload, sl_strn(raw.ptr, raw.len - text.len));
	sl_buf_addv(signature, text);
	return SL_OK;
}

static int
of_commit(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_buf *signature, struct sl_buf *payload, struct sl_error *err)
{
	git_buf text = GIT_BUF_INIT, rest = GIT_BUF_INIT;
	git_oid id = sl_git_oid(oid);
	int rc = git_commit_extract_signature(&text, &rest, repo->repo, &id,
	    "gpgsig");

	if (rc == GIT_ENOTFOUND) {
		rc = sl_error_set(err, SL_ENOTFOUND, "it is not signed");
	} else if (rc < 0) {
		rc = sl_git_fail(err, SL_ECORRUPT, "the signature");
	} else {
		sl_buf_add(signature, text.ptr, text.size);
		sl_buf_add(payload, rest.ptr, rest.size);
	}
	git_buf_dispose(&text);
	git_buf_dispose(&rest);
	return rc;
}

int
sl_git_signature(struct sl_git *repo, const struct sl_oid *oid,
    struct sl_buf *signature, struct sl_buf *payload, struct sl_error *err)
{
	SL_CLEANUP(sl_git_object_freep) git_odb_object *object = NULL;
	bool is_tag;
	int rc = sl_git_object_read(repo, oid, GIT_OBJECT_ANY,
	    SL_GIT_OBJECT_MAX, &object, err);

	if (rc < 0)
		return sl_git_as_damage(rc, err);
	is_tag = git_odb_object_type(object) == GIT_OBJECT_TAG;
	if (!is_tag && git_odb_object_type(object) != GIT_OBJECT_COMMIT)
		return sl_error_set(err, SL_EINVAL,
		    "only commits and tags are signed");
	if (count_signatures(sl_git_object_str(object)) > (is_tag ? 0 : 1))
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "it has more signatures than one");
	rc = is_tag ?
	    of_tag(sl_git_object_str(object), signature, payload, err) :
	    of_commit(repo, oid, signature, payload, err);
	if (rc == SL_OK && (signature->over || payload->over))
		rc = sl_error_set(err, SL_ETOOBIG,
		    "the signature or what it signs is too large");
	return rc;
}
