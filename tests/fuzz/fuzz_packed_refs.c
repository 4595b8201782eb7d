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

/* Refs at one id: the value of the last ref. */
struct at {
	struct sl_oidmap ids;
	size_t expected, found;
};

static int
last_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	struct at *at = ctx;

	(void)err;
	sl_oidmap_release(&at->ids);
	sl_oidmap_put(&at->ids, &ref->oid, NULL);
	return 0;
}

static bool
is_at(const struct at *at, const struct sl_git_ref *ref)
{
	return sl_oid_eq(&ref->oid, &at->ids.keys[0]) ||
	    (ref->has_peeled && sl_oid_eq(&ref->peeled, &at->ids.keys[0]));
}

static int
expect_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	struct at *at = ctx;

	(void)err;
	at->expected += is_at(at, ref);
	return 0;
}

static int
find_ref(void *ctx, const struct sl_git_ref *ref, struct sl_error *err)
{
	struct at *at = ctx;

	(void)err;
	fuzz_check(is_at(at, ref));
	at->found++;
	return 0;
}

static void
check_refs_at(struct sl_str text)
{
	struct at at = { SL_OIDMAP_INIT, 0, 0 };
	struct sl_error err = SL_ERROR_INIT;

	fuzz_check(sl_git_packed_refs_parse(text, NULL, last_ref, &at, &err) ==
	    0);
	if (at.ids.count > 0) {
		fuzz_check(sl_git_packed_refs_parse(text, NULL, expect_ref, &at,
			       &err) == 0);
		fuzz_check(sl_git_packed_refs_parse(text, &at.ids, find_ref,
			       &at, &err) == 0);
		fuzz_check(at.found == at.expected && at.found > 0);
	}
	sl_oidmap_release(&at.ids);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_str text = { (const char *)data, size };
	struct sl_error err = SL_ERROR_INIT;
	struct sl_buf visited = SL_BUF_INIT(1 << 24);
	struct sl_buf kept = SL_BUF_INIT(1 << 24);
	int rc = sl_git_packed_refs_parse(text, NULL, write_ref, &visited, &err);

	if (rc < 0) {
		fuzz_check(rc == SL_ECORRUPT && err.text[0] != '\0');
	} else {
		keep_lines(text, &kept);
		fuzz_check(sl_str_eq(sl_buf_str(&visited),
		    sl_buf_str(&kept)));
		check_refs_at(text);
	}
	sl_buf_release(&visited);
	sl_buf_release(&kept);
	return 0;
}
