/* SPDX-License-Identifier: Apache-2.0 */
#include "gate/kept_int.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "doc/json.h"

#define KEPT_FILE "site-policy.kept"
#define NOTE_FILE "site-policy.fault"

/** Form of either file. */
#define FORM 1
/** Bytes of the lines before a kept text: digest, name, commit. */
#define KEPT_HEAD_MAX ((size_t)64 * 1024)
#define KEPT_MAX (SL_POLICY_MAX_BYTES + KEPT_HEAD_MAX)
#define NOTE_MAX ((size_t)32 * 1024)
/** Of hook and worker, as every file of the state folder. */
#define STATE_MODE 0660
/** No time after it is believed: the year 9999. */
#define TIME_MAX 253402300799

void
sl_kept_release(struct sl_kept *kept)
{
	sl_buf_release(&kept->text);
	free(kept->name);
	kept->name = NULL;
}

/* --- the text --- */

static int
make_image(struct sl_str text, const char *name, const struct sl_oid *commit,
    struct sl_buf *out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf rest = SL_BUF_INIT(KEPT_MAX);
	char hex[SL_OID_HEX + 1], digest[SL_SHA256_HEX + 1];
	struct sl_json w;

	sl_json_init(&w, &rest, 0);
	sl_json_object(&w);
	sl_json_put_int(&w, "sluice_kept", FORM);
	sl_json_put(&w, "name", name);
	if (!sl_oid_is_zero(commit)) {
		sl_oid_hex(commit, hex);
		sl_json_put(&w, "commit", hex);
	}
	sl_json_end(&w);
	sl_buf_addc(&rest, '\n');
	sl_buf_addv(&rest, text);
	sl_sha256_hex(sl_buf_cstr(&rest), rest.len, digest);
	sl_buf_addf(out, "%s\n", digest);
	sl_buf_addv(out, sl_buf_str(&rest));
	if (rest.over || out->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the site policy is too long to be kept");
	return SL_OK;
}

static bool
has_digest(struct sl_str line, struct sl_str rest)
{
	char digest[SL_SHA256_HEX + 1];

	sl_sha256_hex(rest.ptr, rest.len, digest);
	return sl_str_eqs(line, digest);
}

static int
read_head(struct sl_str line, struct sl_kept *out, struct sl_error *err)
{
	static const char *const keys[] = { "sluice_kept", "name", "commit",
		NULL };
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *root, *form, *name, *commit;
	struct sl_str text;
	uint64_t number;
	int rc = sl_doc_parse_json(KEPT_FILE, line, NULL, &doc, err);

	if (rc < 0)
		return rc;
	root = sl_doc_root(doc);
	rc = sl_node_check_keys(root, "its head", keys, err);
	if (rc == 0)
		rc = sl_node_require(root, "its head", "sluice_kept", &form,
		    err);
	if (rc == 0)
		rc = sl_node_read_number(form, "sluice_kept", FORM, FORM,
		    &number, err);
	if (rc == 0)
		rc = sl_node_require(root, "its head", "name", &name, err);
	if (rc == 0)
		rc = sl_node_read_text(name, "name", &text, err);
	if (rc < 0)
		return rc;
	out->name = sl_strndup(text.ptr, text.len);
	commit = sl_node_get(root, "commit");
	if (commit == NULL)
		return SL_OK;
	rc = sl_oid_parse(sl_node_text(commit), &out->commit);
	return rc < 0 ? sl_node_error(commit, err, rc, "no commit") : SL_OK;
}

int
sl_kept_read(const char *state, struct sl_kept *out, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, KEPT_FILE);
	SL_CLEANUP(sl_buf_release) struct sl_buf image = SL_BUF_INIT(KEPT_MAX);
	struct sl_str rest, digest, head = SL_STR("");
	int rc = sl_fsx_read(path, &image, err);

	if (rc < 0)
		return rc;
	rest = sl_buf_str(&image);
	if (!sl_str_take_line(&rest, &digest) || !has_digest(digest, rest) ||
	    !sl_str_take_line(&rest, &head) || read_head(head, out, NULL) < 0 ||
	    sl_buf_addv(&out->text, rest) < 0)
		return sl_error_set(err, SL_ECORRUPT,
		    "%s is damaged and is not used", path);
	return SL_OK;
}

bool
sl_kept_is(const char *state, struct sl_str text, const char *name,
    const struct sl_oid *commit)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, KEPT_FILE);
	SL_CLEANUP(sl_buf_release) struct sl_buf kept = SL_BUF_INIT(KEPT_MAX);
	SL_CLEANUP(sl_buf_release) struct sl_buf image = SL_BUF_INIT(KEPT_MAX);

	return make_image(text, name, commit, &image, NULL) == 0 &&
	    sl_fsx_read(path, &kept, NULL) == 0 &&
	    sl_str_eq(sl_buf_str(&kept), sl_buf_str(&image));
}

int
sl_kept_write(const char *state, struct sl_str text, const char *name,
    const struct sl_oid *commit, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, KEPT_FILE);
	SL_CLEANUP(sl_buf_release) struct sl_buf image = SL_BUF_INIT(KEPT_MAX);
	int rc = make_image(text, name, commit, &image, err);

	return rc < 0 ? rc :
	    sl_fsx_replace(path, sl_buf_str(&image), STATE_MODE, err);
}

/* --- the note --- */

static int
read_time(const struct sl_node *map, const char *key, int64_t *out,
    struct sl_error *err)
{
	const struct sl_node *node;
	uint64_t number;
	int rc = sl_node_require(map, "the note", key, &node, err);

	if (rc == 0)
		rc = sl_node_read_number(node, key, 0, TIME_MAX, &number, err);
	if (rc == 0)
		*out = (int64_t)number;
	return rc;
}

static int
parse_note(struct sl_str text, struct sl_standing_note *out,
    struct sl_error *err)
{
	static const char *const keys[] = { "sluice_fault", "since_s",
		"latest_s", "reason", NULL };
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	const struct sl_node *root, *reason;
	struct sl_str shown;
	int64_t form;
	int rc = sl_doc_parse_json(NOTE_FILE, text, NULL, &doc, err);

	if (rc < 0)
		return rc;
	root = sl_doc_root(doc);
	rc = sl_node_check_keys(root, "the note", keys, err);
	if (rc == 0)
		rc = read_time(root, "sluice_fault", &form, err);
	if (rc == 0 && form != FORM)
		return sl_node_error(root, err, SL_ECORRUPT, "another form");
	if (rc == 0)
		rc = read_time(root, "since_s", &out->since_s, err);
	if (rc == 0)
		rc = read_time(root, "latest_s", &out->latest_s, err);
	if (rc == 0)
		rc = sl_node_require(root, "the note", "reason", &reason, err);
	if (rc == 0)
		rc = sl_node_read_text(reason, "reason", &shown, err);
	if (rc == 0)
		snprintf(out->reason, sizeof(out->reason), "%.*s",
		    SL_STR_ARG(shown));
	return rc;
}

int
sl_standing_note_read(const char *state, struct sl_standing_note *out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, NOTE_FILE);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(NOTE_MAX);
	struct sl_standing_note note = { 0 };
	int rc = sl_fsx_read(path, &text, err);

	if (rc < 0)
		return rc;
	if (parse_note(sl_buf_str(&text), &note, NULL) < 0)
		return sl_error_set(err, SL_ECORRUPT, "%s is damaged", path);
	*out = note;
	return SL_OK;
}

bool
sl_note_is_ours(const char *state)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, NOTE_FILE);
	struct stat st;

	return lstat(path, &st) == 0 && st.st_uid == geteuid();
}

int
sl_note_write(const char *state, const struct sl_standing_note *note,
    struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, NOTE_FILE);
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(NOTE_MAX);
	struct sl_json w;

	sl_json_init(&w, &text, 0);
	sl_json_object(&w);
	sl_json_put_int(&w, "sluice_fault", FORM);
	sl_json_put_int(&w, "since_s", note->since_s);
	sl_json_put_int(&w, "latest_s", note->latest_s);
	sl_json_put(&w, "reason", note->reason);
	sl_json_end(&w);
	sl_buf_addc(&text, '\n');
	if (text.over)
		return sl_error_set(err, SL_ETOOBIG, "the note is too long");
	return sl_fsx_replace(path, sl_buf_str(&text), STATE_MODE, err);
}

int
sl_note_remove(const char *state, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) char *path = sl_fsx_join(state, NOTE_FILE);

	/* Not synced: a note that a power cut brings back shortens the grace,
	 * and the next push that finds a good policy removes it again. */
	if (unlink(path) < 0 && errno != ENOENT)
		return sl_error_errno(err, errno, "cannot remove %s", path);
	return SL_OK;
}
