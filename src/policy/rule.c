/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rule: reading a rule's keys, and making its messages.
 */
#include "policy/policy_int.h"

#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "policy/template.h"

const char *
sl_rule_name(const struct sl_rule *rule)
{
	return rule->name;
}

const char *
sl_rule_description(const struct sl_rule *rule)
{
	return rule->description ? rule->description : "";
}

struct sl_rule_place
sl_rule_place(const struct sl_rule *rule)
{
	struct sl_mark mark = sl_node_mark(rule->name_node);

	return (struct sl_rule_place){ mark.file, mark.line, mark.col };
}

bool
sl_rule_is_builtin(const struct sl_rule *rule)
{
	return rule->origin->kind == SL_LAYER_BUILTIN;
}

bool
sl_rule_reads_trees(const struct sl_rule *rule)
{
	return rule->kind->whole_tree && rule->kind->whole_tree(rule->state);
}

unsigned
sl_rule_variables(const struct sl_rule *rule)
{
	return rule->kind->variables ? rule->kind->variables(rule->state) : 0;
}

bool
sl_rule_judges_commits(const struct sl_rule *rule)
{
	return sl_rule_hears_commits(rule) || rule->kind->change ||
	    (rule->kind->blob && !sl_rule_reads_trees(rule));
}

bool
sl_rule_hears_commits(const struct sl_rule *rule)
{
	const struct sl_rule_kind *kind = rule->kind;

	return kind->commit &&
	    (!kind->wants_commits || kind->wants_commits(rule->state));
}

bool
sl_rule_reads_mode(const struct sl_rule *rule, uint32_t mode)
{
	const struct sl_rule_kind *kind = rule->kind;
	unsigned reads = kind->reads ? kind->reads(rule->state) :
				       SL_READS_FILES;

	if (!kind->blob)
		return false;
	if (mode == SL_MODE_FILE || mode == SL_MODE_EXECUTABLE)
		return reads & SL_READS_FILES;
	return mode == SL_MODE_SYMLINK && (reads & SL_READS_LINKS);
}

const struct sl_rule_kind *
sl_rule_kind(const struct sl_rule *rule)
{
	return rule->kind;
}

void *
sl_rule_state(const struct sl_rule *rule)
{
	return rule->state;
}

int
sl_rule_error(const struct sl_rule *rule, struct sl_error *err, int code,
    const char *fmt, ...)
{
	char text[SL_ERROR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return sl_node_error(rule->name_node, err, code, "rule \"%s\" %s",
	    rule->name, text);
}

/* --- reading keys --- */

static void
add_group(struct sl_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->group_count; i++)
		if (!strcmp(rule->groups[i], name))
			return;
	SL_GROW(rule->groups, rule->group_count, rule->group_room);
	rule->groups[rule->group_count++] = sl_strdup(name);
}

/* A small file can ask for very large patterns, as `(?:[a-z]{99}){99}`. */
#define MAX_PATTERN_BYTES ((size_t)16 << 20)

int
sl_rule_charge(struct sl_rule *rule, const struct sl_rx *rx,
    struct sl_error *err)
{
	return sl_rule_charge_bytes(rule, sl_rx_size(rx), err);
}

int
sl_rule_charge_bytes(struct sl_rule *rule, size_t bytes, struct sl_error *err)
{
	rule->policy->pattern_bytes += bytes;
	if (rule->policy->pattern_bytes > MAX_PATTERN_BYTES)
		return sl_rule_error(rule, err, SL_ECONFIG,
		    "makes the patterns of this policy take more than 16 MiB");
	return SL_OK;
}

int
sl_rule_compile_patterns(struct sl_rule *rule, const struct sl_node *node,
    const char *what, unsigned flags, struct sl_patterns *out,
    struct sl_error *err)
{
	int rc = sl_patterns_read(node, what, flags, &rule->policy->known,
	    out, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < out->count && rc == SL_OK; i++) {
		rc = sl_rule_charge(rule, out->rx[i], err);
		for (size_t k = 0; k < sl_rx_name_count(out->rx[i]); k++)
			add_group(rule, sl_rx_name_at(out->rx[i], k));
	}
	return rc;
}

int
sl_rule_read_patterns(struct sl_rule *rule, const char *key, unsigned flags,
    struct sl_patterns *out, struct sl_error *err)
{
	return sl_rule_compile_patterns(rule, sl_rule_get(rule, key), key,
	    flags, out, err);
}

int
sl_rule_compile_text(struct sl_rule *rule, const struct sl_node *node,
    struct sl_str text, unsigned flags, struct sl_patterns *out,
    struct sl_error *err)
{
	struct sl_mark mark = sl_node_mark(node);
	struct sl_rx_place place = { mark.file, mark.line, mark.col };
	struct sl_rx *rx;
	int rc = sl_rx_compile(text, flags, &place, &rx, err);

	if (rc < 0)
		return rc;
	out->rx = sl_alloc(sizeof(*out->rx));
	out->rx[0] = rx;
	out->count = 1;
	return sl_rule_charge(rule, rx, err);
}

size_t
sl_rule_scan_patterns(struct sl_rule *rule, const struct sl_patterns *p)
{
	size_t first = 0;

	for (size_t i = 0; i < p->count; i++) {
		size_t id = sl_scanner_add(rule->policy->scanner, p->rx[i]);

		/* A project's are few, and each has others: with them, the
		 * site's database would be nobody's. */
		if (sl_layer_is_project(rule->origin))
			sl_scanner_keep_out(rule->policy->scanner, id);
		if (i == 0)
			first = id;
		if (rule->scan_count++ == 0)
			rule->scan_first = id;
	}
	return first;
}

void
sl_rule_scan_gate(struct sl_rule *rule, size_t first, size_t count,
    size_t gate)
{
	sl_scanner_gate(rule->policy->scanner, first, count, gate);
}

void
sl_rule_scans(const struct sl_rule *rule, size_t *first, size_t *count)
{
	*first = rule->scan_first;
	*count = rule->scan_count;
}

int
sl_rule_read_bool(const struct sl_rule *rule, const char *key, bool *out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);

	return node ? sl_node_read_bool(node, key, out, err) : SL_OK;
}

int
sl_rule_read_number(const struct sl_rule *rule, const char *key, uint64_t min,
    uint64_t max, uint64_t *out, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);

	return node ? sl_node_read_number(node, key, min, max, out, err) :
		      SL_OK;
}

int
sl_rule_read_bytes(const struct sl_rule *rule, const char *key, uint64_t *out,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);

	return node ? sl_node_read_bytes(node, key, out, err) : SL_OK;
}

int
sl_rule_read_word(const struct sl_rule *rule, const char *key,
    const char *const *words, size_t *out, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);

	return node ? sl_node_read_word(node, key, words, out, err) : SL_OK;
}

int
sl_rule_read_words(const struct sl_rule *rule, const char *key,
    const char *const *words, unsigned *out, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);
	bool list = node && sl_node_kind(node) == SL_NODE_LIST;
	size_t count = list ? sl_node_count(node) : 1;
	unsigned bits = 0;

	if (!node)
		return SL_OK;
	for (size_t i = 0; i < count; i++) {
		size_t index;
		int rc = sl_node_read_word(list ? sl_node_at(node, i) : node,
		    key, words, &index, err);

		if (rc < 0)
			return rc;
		bits |= 1U << index;
	}
	*out = bits;
	return SL_OK;
}

void
sl_rule_add_meaning(struct sl_rule *rule, struct sl_str text)
{
	uint8_t digest[SL_SHA256_BYTES];
	struct sl_sha256 sum;

	sl_sha256_init(&sum);
	sl_sha256_field(&sum, sl_str(rule->meaning));
	sl_sha256_field(&sum, text);
	sl_sha256_final(&sum, digest);
	sl_sha256_to_hex(digest, rule->meaning);
}

void
sl_rule_hide_groups(struct sl_rule *rule)
{
	rule->hide_groups = true;
}

/* --- messages --- */

struct lookup {
	const struct sl_rule *rule;
	const struct sl_hit *hit;
	const struct sl_hit_place *place;
	char hex[SL_OID_HEX + 1];
};

static bool
lookup_group(const struct lookup *l, struct sl_str name, struct sl_str *value)
{
	size_t group = 0;

	if (l->hit->rx && l->hit->match && !l->rule->hide_groups)
		group = sl_rx_group_of(l->hit->rx, name);
	if (group && l->hit->match->group[group].ptr) {
		*value = l->hit->match->group[group];
		return true;
	}
	/* A name of another of the rule's patterns: nothing was captured. */
	for (size_t i = 0; i < l->rule->group_count; i++)
		if (sl_str_eqs(name, l->rule->groups[i])) {
			*value = sl_strn("", 0);
			return true;
		}
	return false;
}

static void
lookup_value(const struct lookup *l, struct sl_str name, struct sl_str *value)
{
	const struct sl_policy *policy = l->rule->policy;

	if (lookup_group(l, name, value))
		return;
	if (sl_str_eqs(name, "path"))
		*value = l->hit->path;
	else if (sl_str_eqs(name, "ref"))
		*value = l->place->ref;
	else if (sl_str_eqs(name, "found"))
		*value = l->hit->found;
	else if (sl_str_eqs(name, "expected"))
		*value = l->hit->expected;
	else if (sl_str_eqs(name, "missing"))
		*value = l->hit->missing;
	else if (sl_str_eqs(name, "where"))
		*value = l->hit->where;
	else if (sl_str_eqs(name, "rule"))
		*value = sl_str(l->rule->name);
	else if (sl_str_eqs(name, "commit"))
		*value = sl_strn(l->hex, strlen(l->hex));
	else
		for (size_t i = 0; i < policy->define_count; i++)
			if (sl_str_eqs(name, policy->defines[i].name)) {
				*value = sl_str(policy->defines[i].value);
				return;
			}
}

static bool
lookup(void *ctx, struct sl_str name, struct sl_str *value)
{
	*value = sl_strn(NULL, 0);
	lookup_value(ctx, name, value);
	/* A known name without a value here is shown as nothing. */
	return true;
}

static void
fill(const struct sl_rule *rule, struct sl_str own, const char *standard,
    const struct sl_hit *hit, const struct sl_hit_place *place,
    struct sl_buf *out)
{
	struct lookup l = { .rule = rule, .hit = hit, .place = place };

	if (place->commit) {
		sl_oid_hex(&place->commit->oid, l.hex);
		l.hex[12] = '\0';
	}
	if (own.len)
		sl_template_fill(own, lookup, &l, out);
	else if (standard)
		sl_template_fill(sl_str(standard), lookup, &l, out);
}

void
sl_rule_message(const struct sl_rule *rule, const struct sl_hit *hit,
    const struct sl_hit_place *place, struct sl_buf *out)
{
	fill(rule, rule->message, hit->message, hit, place, out);
}

void
sl_rule_fix(const struct sl_rule *rule, const struct sl_hit *hit,
    const struct sl_hit_place *place, struct sl_buf *out)
{
	fill(rule, rule->fix, hit->fix, hit, place, out);
}

/*
 * The message without what changes while the finding stays: the number of a
 * cell, the commit and, where it is about a path, the ref.
 */
static void
stable_message(const struct sl_rule *rule, const struct sl_hit *hit,
    const struct sl_hit_place *place, struct sl_buf *out)
{
	struct sl_hit still = *hit;
	struct sl_hit_place nowhere = { .ref = SL_STR("") };

	if (hit->where_moves)
		still.where = SL_STR("");
	if (hit->path.len == 0)
		nowhere.ref = place->ref;
	sl_rule_message(rule, &still, &nowhere, out);
}

/* Bytes of a path that is shown; deeper ones are cut. */
#define MAX_SHOWN_PATH 1000

void
sl_rule_tell(const struct sl_rule *rule, enum sl_level level,
    const struct sl_hit *hit, const struct sl_hit_place *place,
    const struct sl_oid *commit, const struct sl_waiver *waiver,
    struct sl_verdict *verdict)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf ref = SL_BUF_INIT(1000);
	SL_CLEANUP(sl_buf_release) struct sl_buf message = SL_BUF_INIT(1000);
	SL_CLEANUP(sl_buf_release) struct sl_buf same = SL_BUF_INIT(1000);
	SL_CLEANUP(sl_buf_release) struct sl_buf fix = SL_BUF_INIT(1000);
	SL_CLEANUP(sl_buf_release) struct sl_buf found = SL_BUF_INIT(1000);
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(1000);
	SL_CLEANUP(sl_buf_release) struct sl_buf ignored = SL_BUF_INIT(1000);
	char path[MAX_SHOWN_PATH];

	if (hit->ignored.len) {
		sl_buf_adds(&ignored, "in its line: ");
		sl_template_value(&ignored, hit->ignored);
	}
	sl_template_value(&ref, place->ref);
	sl_template_value(&found, hit->found);
	sl_template_value(&expected,
	    hit->missing.len ? hit->missing : hit->expected);
	sl_rule_message(rule, hit, place, &message);
	stable_message(rule, hit, place, &same);
	sl_rule_fix(rule, hit, place, &fix);
	sl_text_escape_into(hit->path.ptr ? hit->path.ptr : "", hit->path.len,
	    path, sizeof(path));
	sl_verdict_add_finding(verdict, &(struct sl_finding){
		.rule = rule->name,
		.level = level,
		.blocks_from_s = level == SL_LEVEL_BLOCK ? 0 :
		    sl_rule_blocks_from(rule, place->ref,
			verdict->evaluated_at_s),
		.ref = sl_buf_cstr(&ref),
		.has_commit = commit != NULL && !sl_oid_is_zero(commit),
		.commit = commit ? *commit : (struct sl_oid){ { 0 } },
		.path = path,
		.line = hit->line,
		.col = hit->col,
		.message = sl_buf_cstr(&message),
		.same = sl_buf_cstr(&same),
		.found = sl_buf_cstr(&found),
		.expected = sl_buf_cstr(&expected),
		.fix = sl_buf_cstr(&fix),
		.place = sl_rule_place(rule),
		.waiver = waiver != NULL ? sl_waiver_shown(waiver) :
					   sl_buf_cstr(&ignored),
	    });
}
