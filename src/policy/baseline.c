/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/baseline.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "crypto/random.h"
#include "policy/policy_int.h"

#define HEADER "sluice-baseline 1"
#define KEY_HEX (SL_BASELINE_KEY_BYTES * 2)
#define MAX_RULE 64
#define MAX_PATH ((size_t)4096)

struct sl_baseline {
	uint8_t salts[SL_BASELINE_MAX_SALTS][SL_BASELINE_KEY_BYTES];
	size_t salt_count;
	struct sl_baseline_entry *entries;
	size_t count;
	size_t room;
	struct sl_map by_key;   /* rule, path and key -> index + 1 */
	struct sl_map by_place; /* rule and path */
};

void
sl_baseline_free(struct sl_baseline *b)
{
	if (b == NULL)
		return;
	for (size_t i = 0; i < b->count; i++) {
		free((char *)b->entries[i].rule);
		free((char *)b->entries[i].path);
	}
	free(b->entries);
	sl_map_release(&b->by_key);
	sl_map_release(&b->by_place);
	free(b);
}

int
sl_baseline_new(struct sl_baseline **out, struct sl_error *err)
{
	SL_CLEANUP(sl_baseline_freep)
	struct sl_baseline *b = sl_alloc(sizeof(*b));
	int rc = sl_random_bytes(b->salts[0], sizeof(b->salts[0]), err);

	if (rc < 0)
		return rc;
	b->salt_count = 1;
	*out = sl_steal(&b);
	return SL_OK;
}

/* --- entries --- */

/* Rule and path, and a key where there is one; the path ends it all. */
static void
index_key(struct sl_str rule, struct sl_str path, const uint8_t *key,
    struct sl_buf *out)
{
	sl_buf_clear(out);
	if (key != NULL)
		sl_buf_add(out, key, SL_BASELINE_KEY_BYTES);
	sl_buf_addv(out, rule);
	sl_buf_addc(out, '\0');
	sl_buf_addv(out, path);
}

static struct sl_baseline_entry *
find(const struct sl_baseline *b, struct sl_str rule, struct sl_str path,
    const uint8_t *key)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf name = SL_BUF_INIT(MAX_PATH + 200);
	size_t slot;

	index_key(rule, path, key, &name);
	if (name.over)
		return NULL;
	slot = (size_t)(uintptr_t)sl_map_get(&b->by_key, sl_buf_str(&name));
	return slot > 0 ? &b->entries[slot - 1] : NULL;
}

static void
add(struct sl_baseline *b, struct sl_str rule, struct sl_str path,
    const uint8_t *key, bool used)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf name = SL_BUF_INIT(MAX_PATH + 200);
	struct sl_baseline_entry *e;

	SL_GROW(b->entries, b->count, b->room);
	e = &b->entries[b->count++];
	e->rule = sl_strndup(rule.ptr, rule.len);
	e->path = sl_strndup(path.ptr, path.len);
	memcpy(e->key, key, sizeof(e->key));
	e->used = used;
	index_key(rule, path, key, &name);
	(void)sl_map_put(&b->by_key, sl_buf_str(&name),
	    (void *)(uintptr_t)b->count);
	index_key(rule, path, NULL, &name);
	(void)sl_map_put(&b->by_place, sl_buf_str(&name), b);
}

static int
by_place_and_key(const void *a, const void *b)
{
	const struct sl_baseline_entry *x = a, *y = b;
	int c = strcmp(x->rule, y->rule);

	if (c == 0)
		c = strcmp(x->path, y->path);
	return c != 0 ? c : memcmp(x->key, y->key, sizeof(x->key));
}

void
sl_baseline_sort(struct sl_baseline *b)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf name = SL_BUF_INIT(MAX_PATH + 200);

	if (b->count > 1)
		qsort(b->entries, b->count, sizeof(*b->entries),
		    by_place_and_key);
	sl_map_release(&b->by_key);
	sl_map_release(&b->by_place);
	b->by_key = b->by_place = (struct sl_map)SL_MAP_INIT;
	for (size_t i = 0; i < b->count; i++) {
		struct sl_str rule = sl_str(b->entries[i].rule);
		struct sl_str path = sl_str(b->entries[i].path);

		index_key(rule, path, b->entries[i].key, &name);
		(void)sl_map_put(&b->by_key, sl_buf_str(&name),
		    (void *)(uintptr_t)(i + 1));
		index_key(rule, path, NULL, &name);
		(void)sl_map_put(&b->by_place, sl_buf_str(&name), b);
	}
}

/* --- reading --- */

struct reader {
	struct sl_baseline *b;
	const char *name;
	unsigned line;
	bool header;
	struct sl_error *err;
};

static int
bad_line(const struct reader *r, const char *why)
{
	return sl_error_at(r->err, SL_ECONFIG, r->name, r->line, 1, "%s", why);
}

static bool
read_key(struct sl_str hex, uint8_t *out)
{
	for (size_t i = 0; i < hex.len; i++)
		if (hex.ptr[i] >= 'A' && hex.ptr[i] <= 'F')
			return false;
	return hex.len == KEY_HEX && sl_hex_decode(hex, out) == SL_OK;
}

static bool
is_rule_name(struct sl_str s)
{
	bool good = s.len > 0 && s.len <= MAX_RULE;

	for (size_t i = 0; good && i < s.len; i++)
		good = (s.ptr[i] >= 'a' && s.ptr[i] <= 'z') ||
		    (s.ptr[i] >= '0' && s.ptr[i] <= '9') ||
		    (s.ptr[i] != '\0' && strchr("._-/", s.ptr[i]) != NULL);
	return good;
}

/* A path as sl_uri_encode writes it, and in no other way. */
static bool
read_path(struct sl_str text, struct sl_buf *path)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf again = SL_BUF_INIT(MAX_PATH * 3);

	for (size_t i = 0; i < text.len; i++) {
		uint8_t byte;

		if (text.ptr[i] != '%') {
			sl_buf_addc(path, text.ptr[i]);
			continue;
		}
		if (i + 2 >= text.len || sl_hex_decode(sl_strn(text.ptr + i + 1,
					     2), &byte) < 0 || byte == 0)
			return false;
		sl_buf_addc(path, (char)byte);
		i += 2;
	}
	(void)sl_uri_encode(&again, sl_buf_str(path), true);
	return path->len > 0 && !path->over && !again.over &&
	    sl_str_eq(sl_buf_str(&again), text);
}

static int
read_salt(struct reader *r, struct sl_str hex)
{
	struct sl_baseline *b = r->b;
	uint8_t salt[SL_BASELINE_KEY_BYTES];

	if (!read_key(hex, salt))
		return bad_line(r, "a salt has 32 digits of 0-9 and a-f");
	for (size_t i = 0; i < b->salt_count; i++)
		if (memcmp(b->salts[i], salt, sizeof(salt)) == 0)
			return SL_OK;
	if (b->salt_count == SL_BASELINE_MAX_SALTS)
		return bad_line(r, "this is one salt too many; make the file "
				   "anew with sluice baseline create");
	memcpy(b->salts[b->salt_count++], salt, sizeof(salt));
	return SL_OK;
}

static int
read_entry(struct reader *r, struct sl_str rule, struct sl_str path,
    struct sl_str hex)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf decoded = SL_BUF_INIT(MAX_PATH);
	uint8_t key[SL_BASELINE_KEY_BYTES];

	if (!is_rule_name(rule) || !read_path(path, &decoded) ||
	    !read_key(hex, key))
		return bad_line(r, "an entry is RULE PATH KEY, as sluice "
				   "baseline writes it");
	if (find(r->b, rule, sl_buf_str(&decoded), key) != NULL)
		return SL_OK;
	if (r->b->count == SL_BASELINE_MAX_ENTRIES)
		return sl_error_set(r->err, SL_ETOOBIG,
		    "%s has more than %d entries", r->name,
		    SL_BASELINE_MAX_ENTRIES);
	add(r->b, rule, sl_buf_str(&decoded), key, false);
	return SL_OK;
}

static int
read_line(struct reader *r, struct sl_str line)
{
	struct sl_str word[4];
	size_t words = 0, start = 0;

	if (line.len == 0 || line.ptr[0] == '#')
		return SL_OK;
	if (sl_str_eqs(line, HEADER)) {
		r->header = true;
		return SL_OK;
	}
	for (size_t i = 0; i <= line.len && words < SL_COUNT(word); i++)
		if (i == line.len || line.ptr[i] == ' ') {
			word[words++] = sl_strn(line.ptr + start, i - start);
			start = i + 1;
		}
	if (words == 2 && sl_str_eqs(word[0], "salt"))
		return read_salt(r, word[1]);
	if (words == 3)
		return read_entry(r, word[0], word[1], word[2]);
	return bad_line(r, "this is no line of a baseline; where a merge left "
			   "marks, keep the lines of both sides");
}

static int
read_lines(struct reader *r, struct sl_str text)
{
	size_t start = 0;

	for (size_t i = 0; i <= text.len; i++) {
		int rc;

		if (i < text.len && text.ptr[i] != '\n')
			continue;
		r->line++;
		rc = read_line(r, sl_str_trim(sl_strn(text.ptr + start,
				      i - start)));
		if (rc < 0)
			return rc;
		start = i + 1;
	}
	if (!r->header)
		return sl_error_set(r->err, SL_ECONFIG,
		    "%s has no line \"" HEADER "\"", r->name);
	if (r->b->count > 0 && r->b->salt_count == 0)
		return sl_error_set(r->err, SL_ECONFIG,
		    "%s has entries, but no salt", r->name);
	return SL_OK;
}

int
sl_baseline_parse(const char *name, struct sl_str text,
    struct sl_baseline **out, struct sl_error *err)
{
	SL_CLEANUP(sl_baseline_freep)
	struct sl_baseline *b = sl_alloc(sizeof(*b));
	struct reader r = { b, name, 0, false, err };
	int rc;

	if (text.len > SL_BASELINE_MAX_BYTES)
		return sl_error_set(err, SL_ETOOBIG,
		    "%s is larger than %zu bytes", name, SL_BASELINE_MAX_BYTES);
	rc = read_lines(&r, text);
	if (rc < 0)
		return rc;
	sl_baseline_sort(b);
	*out = sl_steal(&b);
	return SL_OK;
}

/* --- writing --- */

static void
put_entry(const struct sl_baseline_entry *e, struct sl_buf *out)
{
	sl_buf_addf(out, "%s ", e->rule);
	sl_uri_encode(out, sl_str(e->path), true);
	sl_buf_addc(out, ' ');
	sl_hex_encode(out, e->key, sizeof(e->key));
	sl_buf_addc(out, '\n');
}

static int
by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, SL_BASELINE_KEY_BYTES);
}

static void
put_lines(const struct sl_baseline *b, struct sl_buf *out)
{
	uint8_t salts[SL_BASELINE_MAX_SALTS][SL_BASELINE_KEY_BYTES];

	memcpy(salts, b->salts, sizeof(salts));
	qsort(salts, b->salt_count, sizeof(salts[0]), by_bytes);
	for (size_t i = 0; i < b->salt_count; i++) {
		sl_buf_adds(out, "salt ");
		sl_hex_encode(out, salts[i], sizeof(salts[i]));
		sl_buf_addc(out, '\n');
	}
	for (size_t i = 0; i < b->count; i++)
		put_entry(&b->entries[i], out);
}

int
sl_baseline_write(const struct sl_baseline *b, struct sl_buf *out)
{
	sl_buf_adds(out, HEADER "\n"
	    "# Findings that were there before: sluice-baseline(1). Lines may "
	    "be in any\n"
	    "# order; to merge two of these files, keep the lines of both.\n");
	put_lines(b, out);
	return out->over ? SL_ETOOBIG : SL_OK;
}

void
sl_baseline_digest(const struct sl_baseline *b, char out[SL_SHA256_HEX + 1])
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf lines = SL_BUF_INIT(SL_BASELINE_MAX_BYTES * 4);

	put_lines(b, &lines);
	sl_sha256_hex(lines.ptr, lines.len, out);
}

size_t
sl_baseline_count(const struct sl_baseline *b)
{
	return b->count;
}

const struct sl_baseline_entry *
sl_baseline_at(const struct sl_baseline *b, size_t index)
{
	return &b->entries[index];
}

/* --- covering --- */

/*
 * Where a finding is: a path, or "." for the root of the tree. A finding about
 * a commit or a ref is nowhere: an entry for it would excuse others to come.
 */
static struct sl_str
place_of(const struct sl_rule *rule, struct sl_str path)
{
	if (path.len > 0 || rule->kind->tree_entry == NULL ||
	    rule->kind->ref != NULL || sl_rule_hears_commits(rule))
		return path;
	return SL_STR(".");
}

/* A finding that no baseline may hold. */
static bool
is_apart(const struct sl_rule *rule, struct sl_str place)
{
	return !rule->waivable || place.len == 0 || place.len > MAX_PATH;
}

/*
 * What a finding is, whatever its line and commit: the value itself where the
 * kind gives it, else what is shown of it; where nothing was found, what is
 * missing, or the kind of breach.
 */
static void
make_key(const uint8_t *salt, const struct sl_rule *rule,
    const struct sl_hit *hit, uint8_t *out)
{
	struct sl_str value = hit->value.ptr != NULL ? hit->value : hit->found;
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	sl_sha256_update(&sum, salt, SL_BASELINE_KEY_BYTES);
	sl_sha256_field(&sum, sl_str(rule->name));
	sl_sha256_field(&sum, hit->path);
	if (!hit->where_moves)
		sl_sha256_field(&sum, hit->where);
	if (value.len == 0 && hit->missing.len == 0 && hit->message != NULL)
		sl_sha256_field(&sum, sl_str(hit->message));
	sl_sha256_field(&sum, hit->missing);
	if (value.len > 0)
		sl_sha256_update(&sum, value.ptr, value.len);
	sl_sha256_final(&sum, digest);
	memcpy(out, digest, SL_BASELINE_KEY_BYTES);
}

bool
sl_baseline_may_hold(const struct sl_rule *rule, const struct sl_hit *hit)
{
	return !is_apart(rule, place_of(rule, hit->path));
}

void
sl_baseline_begin(struct sl_baseline *b)
{
	for (size_t i = 0; i < b->count; i++)
		b->entries[i].used = false;
}

bool
sl_baseline_has(const struct sl_baseline *b, const struct sl_rule *rule,
    struct sl_str path)
{
	SL_CLEANUP(sl_buf_release)
	struct sl_buf name = SL_BUF_INIT(MAX_PATH + 200);
	struct sl_str place = place_of(rule, path);

	if (b->count == 0 || is_apart(rule, place))
		return false;
	index_key(sl_str(rule->name), place, NULL, &name);
	return sl_map_get(&b->by_place, sl_buf_str(&name)) != NULL;
}

bool
sl_baseline_covers(struct sl_baseline *b, const struct sl_rule *rule,
    const struct sl_hit *hit)
{
	bool covered = false;

	if (!sl_baseline_has(b, rule, hit->path))
		return false;
	for (size_t i = 0; i < b->salt_count; i++) {
		uint8_t key[SL_BASELINE_KEY_BYTES];
		struct sl_baseline_entry *e;

		make_key(b->salts[i], rule, hit, key);
		e = find(b, sl_str(rule->name), place_of(rule, hit->path),
		    key);
		if (e == NULL)
			continue;
		e->used = true;
		covered = true;
	}
	return covered;
}

int
sl_baseline_add(struct sl_baseline *b, const struct sl_rule *rule,
    const struct sl_hit *hit, bool *added, struct sl_error *err)
{
	struct sl_str place = place_of(rule, hit->path);
	uint8_t key[SL_BASELINE_KEY_BYTES];
	int rc;

	*added = false;
	if (is_apart(rule, place) || sl_baseline_covers(b, rule, hit))
		return SL_OK;
	if (b->count == SL_BASELINE_MAX_ENTRIES)
		return sl_error_set(err, SL_ETOOBIG,
		    "a baseline has at most %d entries; turn rules that most "
		    "files breach down to warn or audit for now",
		    SL_BASELINE_MAX_ENTRIES);
	if (b->salt_count == 0) {
		rc = sl_random_bytes(b->salts[0], sizeof(b->salts[0]), err);
		if (rc < 0)
			return rc;
		b->salt_count = 1;
	}
	make_key(b->salts[0], rule, hit, key);
	add(b, sl_str(rule->name), place, key, true);
	*added = true;
	return SL_OK;
}

size_t
sl_baseline_prune(struct sl_baseline *b)
{
	size_t kept = 0, before = b->count;

	for (size_t i = 0; i < b->count; i++) {
		if (b->entries[i].used) {
			b->entries[kept++] = b->entries[i];
			continue;
		}
		free((char *)b->entries[i].rule);
		free((char *)b->entries[i].path);
	}
	b->count = kept;
	sl_baseline_sort(b);
	return before - kept;
}

/* --- comparing --- */

static bool
has_salt(const struct sl_baseline *b, const uint8_t *salt)
{
	for (size_t i = 0; b != NULL && i < b->salt_count; i++)
		if (memcmp(b->salts[i], salt, SL_BASELINE_KEY_BYTES) == 0)
			return true;
	return false;
}

void
sl_baseline_compare(const struct sl_baseline *before,
    const struct sl_baseline *after, struct sl_buf *what)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct sl_baseline_entry *e = &after->entries[i];

		if (before != NULL && find(before, sl_str(e->rule),
					  sl_str(e->path), e->key) != NULL)
			continue;
		sl_buf_addf(what, "the entry for rule %s at ", e->rule);
		sl_text_escape(what, sl_str(e->path));
		return;
	}
	/* Under a salt of somebody's choice old entries could be made to mean
	 * something else, if only just. */
	for (size_t i = 0; i < after->salt_count && after->count > 0; i++)
		if (!has_salt(before, after->salts[i])) {
			sl_buf_adds(what, "a salt");
			return;
		}
}
