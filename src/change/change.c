/* SPDX-License-Identifier: Apache-2.0 */
#include "change/change.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

void
sl_change_set_release(struct sl_change_set *set)
{
	for (size_t i = 0; i < set->ref_count; i++)
		free(set->refs[i].commits);
	for (size_t i = 0; i < set->commit_count; i++)
		free(set->commits[i].parents);
	for (size_t i = 0; i < set->note_count; i++)
		free(set->notes[i].text);
	free(set->refs);
	free(set->commits);
	free(set->notes);
	sl_arena_release(&set->arena);
	memset(set, 0, sizeof(*set));
}

size_t
sl_tag_signature(struct sl_str message)
{
	static const char *const marks[] = { "-----BEGIN PGP SIGNATURE-----",
		"-----BEGIN SSH SIGNATURE-----",
		"-----BEGIN SIGNED MESSAGE-----" };
	size_t found = message.len;

	for (size_t at = 0; at < message.len;) {
		struct sl_str rest = sl_strn(message.ptr + at,
		    message.len - at);
		const char *end = memchr(rest.ptr, '\n', rest.len);

		for (size_t i = 0; i < SL_COUNT(marks); i++)
			if (sl_str_starts(rest, marks[i]))
				found = at;
		at += end != NULL ? (size_t)(end - rest.ptr) + 1 : rest.len;
	}
	return found;
}

const char *
sl_ref_action_name(enum sl_ref_action action)
{
	static const char *const names[] = {
		[SL_REF_CREATE] = "create",
		[SL_REF_UPDATE] = "update",
		[SL_REF_FORCE] = "force",
		[SL_REF_DELETE] = "delete",
	};

	return names[action];
}

/* The reason why one '/'-separated part of a ref is not legal, or NULL. */
static const char *
component_fault(struct sl_str part)
{
	if (part.len == 0)
		return "has an empty part";
	if (part.ptr[0] == '.')
		return "has a part that begins with a dot";
	if (sl_str_ends(part, ".lock"))
		return "has a part that ends in .lock";
	for (size_t i = 0; i < part.len; i++) {
		uint8_t c = (uint8_t)part.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return "has a control character";
		if (strchr(" ~^:?*[\\", c) != NULL)
			return "has one of the characters ~ ^ : ? * [ \\ or a blank";
		if (c == '.' && i + 1 < part.len && part.ptr[i + 1] == '.')
			return "has two dots in a row";
		if (c == '@' && i + 1 < part.len && part.ptr[i + 1] == '{')
			return "has the characters @{";
	}
	return NULL;
}

int
sl_ref_name_check(struct sl_str ref, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf shown = SL_BUF_INIT(1024);
	const char *fault = NULL;
	size_t start = 0, parts = 0;

	for (size_t i = 0; fault == NULL && i <= ref.len; i++) {
		if (i < ref.len && ref.ptr[i] != '/')
			continue;
		fault = component_fault(sl_strn(ref.ptr + start, i - start));
		start = i + 1;
		parts++;
	}
	if (fault == NULL && parts < 2)
		fault = "has no slash";
	if (fault == NULL && ref.ptr[ref.len - 1] == '.')
		fault = "ends in a dot";
	if (fault == NULL)
		return SL_OK;
	sl_text_quote(&shown, ref);
	return sl_error_set(err, SL_EINVAL, "ref name %s %s",
	    sl_buf_cstr(&shown), fault);
}

static int
parse_line(struct sl_str line, size_t number, struct sl_ref_line *out,
    struct sl_error *err)
{
	const size_t prefix = 2 * (SL_OID_HEX + 1);
	int rc;

	if (line.len > 129 && line.ptr[64] == ' ' && line.ptr[129] == ' ' &&
	    sl_oid_parse(sl_strn(line.ptr, 64), &out->old_oid) ==
		SL_EUNSUPPORTED)
		return sl_error_set(err, SL_EUNSUPPORTED,
		    "ref line %zu has 64-digit ids: repositories with SHA-256 "
		    "objects cannot be judged; use a SHA-1 repository", number);
	if (line.len <= prefix || line.ptr[SL_OID_HEX] != ' ' ||
	    line.ptr[prefix - 1] != ' ' ||
	    sl_oid_parse(sl_strn(line.ptr, SL_OID_HEX), &out->old_oid) < 0 ||
	    sl_oid_parse(sl_strn(line.ptr + SL_OID_HEX + 1, SL_OID_HEX),
		&out->new_oid) < 0)
		return sl_error_set(err, SL_EINVAL,
		    "ref line %zu is not \"<old id> <new id> <ref>\"", number);
	out->ref = sl_strn(line.ptr + prefix, line.len - prefix);
	rc = sl_ref_name_check(out->ref, err);
	if (rc < 0)
		return sl_error_wrap(err, "ref line %zu", number);
	return SL_OK;
}

int
sl_ref_lines_parse(struct sl_str input, size_t max_lines,
    struct sl_ref_line **lines, size_t *count, struct sl_error *err)
{
	SL_CLEANUP(sl_freep) struct sl_ref_line *out = NULL;
	SL_CLEANUP(sl_map_release) struct sl_map seen = SL_MAP_INIT;
	size_t n = 0, room = 0, start = 0;

	while (start < input.len) {
		const char *from = input.ptr + start;
		const char *end = memchr(from, '\n', input.len - start);

		if (end == NULL)
			return sl_error_set(err, SL_EINVAL,
			    "ref line %zu ends without a line feed: the input "
			    "was cut off", n + 1);
		if (n == max_lines)
			return sl_error_set(err, SL_ETOOBIG,
			    "more than %zu refs in one push; push them in "
			    "parts", max_lines);
		SL_GROW(out, n, room);
		if (parse_line(sl_strn(from, (size_t)(end - from)), n + 1,
			&out[n], err) < 0)
			return err ? err->code : SL_EINVAL;
		if (!sl_map_put(&seen, out[n].ref, NULL))
			return sl_error_set(err, SL_EINVAL,
			    "ref line %zu names a ref for the second time",
			    n + 1);
		n++;
		start = (size_t)(end - input.ptr) + 1;
	}
	*lines = sl_steal(&out);
	*count = n;
	return SL_OK;
}
