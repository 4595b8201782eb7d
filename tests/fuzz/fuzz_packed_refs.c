/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed-refs: what is visited, written out again, is the file without its
 * comments and without refs outside "refs/": no line is skipped or misread.
 */
#include "fuzz.h"

#include <string.h>

#include "git/git_int.h"

static void
add_line(struct sl_buf *out, const char *before, const struct sl_oid *oid,
    struct sl_str after)
{
	char hex[SL_OID_HEX + 1];

	sl_oid_hex(oid, hex);
	sl_buf_adds(out, before);
	sl_buf_adds(out, hex);
	sl_buf_addv(out, after);
	sl_buf_addc(out, '\n');
}

static int
write_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	struct sl_buf name = SL_BUF_INIT(1 << 24);

	(void)err;
	fuzz_check(ref->name.len > 0 && sl_str_starts(ref->name, "refs/"));
	sl_buf_addc(&name, ' ');
	sl_buf_addv(&name, ref->name);
	add_line(ctx, "", &ref->oid, sl_buf_str(&name));
	if (ref->has_peeled)
		add_line(ctx, "^", &ref->peeled, SL_STR(""));
	sl_buf_release(&name);
	return 0;
}

/* The same by other means: keep the lines that must have been visited. */
static void
keep_lines(struct sl_str text, struct sl_buf *out)
{
	bool kept = false;

	for (size_t at = 0; at < text.len;) {
		const char *end = memchr(text.ptr + at, '\n', text.len - at);
		struct sl_str line = sl_strn(text.ptr + at,
		    (size_t)(end - text.ptr) - at);

		at += line.len + 1;
		if (line.ptr[0] == '#') {
			kept = false;
			continue;
		}
		if (line.ptr[0] != '^')
			kept = line.len > SL_OID_HEX + 1 &&
			    sl_str_starts(sl_strn(line.ptr + SL_OID_HEX + 1,
				line.len - SL_OID_HEX - 1), "refs/");
		if (kept) {
			sl_buf_addv(out, line);
			sl_buf_addc(out, '\n');
		}
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf visited = SL_BUF_INIT(1 << 24);
	struct sl_buf kept = SL_BUF_INIT(1 << 24);
	int rc = sl_git_packed_refs_parse(text, write_ref, &visited, &err);

	if (rc < 0) {
		fuzz_check(rc == SL_ECORRUPT && err.text[0] != '\0');
	} else {
		keep_lines(text, &kept);
		fuzz_check(sl_str_eq(sl_buf_str(&visited),
		    sl_buf_str(&kept)));
	}
	sl_buf_release(&visited);
	sl_buf_release(&kept);
	return 0;
}
