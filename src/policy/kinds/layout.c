/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/layout.h"

#include <stdio.h>

#include "base/mem.h"

#define MAX_PATTERNS 50
/* Sets of values that stay compiled: few refs of a push differ. */
#define MAX_FILLED 8
/* What differs between the refs of one repository. */
#define OF_REFS                                                                \
	(1U << SL_VARIABLE_BRANCH | 1U << SL_VARIABLE_ENVIRONMENT |            \
	    1U << SL_VARIABLE_BUCKET)

#define NAME "[a-z0-9]+(?:-[a-z0-9]+)*"

/* Each variable, and any value that it may have. */
static const struct {
	const char *name;
	const char *any;
} variables[SL_VARIABLE_COUNT] = {
	[SL_VARIABLE_PROJECT] = { "project", NAME },
	[SL_VARIABLE_USE_CASE] = { "use_case", NAME },
	[SL_VARIABLE_BRANCH] = { "branch", NAME },
	[SL_VARIABLE_ENVIRONMENT] = { "environment", NAME },
	[SL_VARIABLE_BUCKET] = { "bucket",
	    "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]" },
};

/* The patterns for one set of values. */
struct filled {
	char *values; /* the set, as a key */
	struct sl_rx **rx;
};

struct sl_layout {
	struct sl_str *patterns; /* as written; of the policy's document */
	size_t count;
	unsigned asked;          /* variables in them, as bits */
	struct filled filled[MAX_FILLED];
	size_t next;             /* which of these goes when all are taken */
};

/* The variable that a `{name}` at the start of s names: its index; or COUNT
 * where it is no word in braces, and NONE where no variable has the name. */
#define NONE (SL_VARIABLE_COUNT + 1)
static unsigned
variable_at(struct sl_str s, size_t *len)
{
	size_t n = 1;

	while (n < s.len && ((s.ptr[n] >= 'a' && s.ptr[n] <= 'z') ||
				s.ptr[n] == '_'))
		n++;
	if (s.ptr[0] != '{' || n == 1 || n == s.len || s.ptr[n] != '}')
		return SL_VARIABLE_COUNT;
	*len = n + 1;
	for (unsigned i = 0; i < SL_VARIABLE_COUNT; i++)
		if (sl_str_eqs(sl_strn(s.ptr + 1, n - 1), variables[i].name))
			return i;
	return NONE;
}

/* How a value is put in place of its variable. */
typedef void put_fn(const struct sl_judge *j, unsigned variable,
    struct sl_buf *out);

static struct sl_str
value_of(const struct sl_judge *j, unsigned variable)
{
	return j && j->values ? j->values->value[variable] :
				sl_strn(NULL, 0);
}

static void
put_quoted(const struct sl_judge *j, unsigned variable, struct sl_buf *out)
{
	struct sl_str value = value_of(j, variable);

	if (!value.ptr) {
		sl_buf_adds(out, variables[variable].any);
		return;
	}
	sl_buf_adds(out, "(?:");
	for (size_t i = 0; i < value.len; i++)
		sl_buf_addf(out, "\\x%02x", (unsigned char)value.ptr[i]);
	sl_buf_addc(out, ')');
}

static void
put_plain(const struct sl_judge *j, unsigned variable, struct sl_buf *out)
{
	struct sl_str value = value_of(j, variable);

	if (value.ptr)
		sl_buf_addv(out, value);
	else
		sl_buf_addf(out, "{%s}", variables[variable].name);
}

/* Copy a pattern with its variables replaced. A backslash takes the meaning
 * of a brace away. */
static void
fill(struct sl_str pattern, const struct sl_judge *j, put_fn *put,
    struct sl_buf *out)
{
	for (size_t i = 0; i < pattern.len; i++) {
		size_t len = 0;
		unsigned variable = variable_at(sl_strn(pattern.ptr + i,
						    pattern.len - i),
		    &len);

		if (variable < SL_VARIABLE_COUNT) {
			put(j, variable, out);
			i += len - 1;
			continue;
		}
		sl_buf_addc(out, pattern.ptr[i]);
		if (pattern.ptr[i] == '\\' && i + 1 < pattern.len)
			sl_buf_addc(out, pattern.ptr[++i]);
	}
}

/* --- reading --- */

static int
find_variables(struct sl_layout *l, struct sl_str pattern,
    const struct sl_node *node, struct sl_error *err)
{
	for (size_t i = 0; i < pattern.len; i++) {
		size_t len = 0;
		unsigned variable = variable_at(sl_strn(pattern.ptr + i,
						    pattern.len - i),
		    &len);

		if (variable == NONE)
			return sl_node_error(node, err, SL_ECONFIG,
			    "%.*s is not a variable; there are {project}, "
			    "{use_case}, {branch}, {environment} and {bucket}",
			    (int)len, pattern.ptr + i);
		if (variable < SL_VARIABLE_COUNT)
			l->asked |= 1U << variable;
		if (pattern.ptr[i] == '\\')
			i++;
	}
	return SL_OK;
}

/* A pattern must compile whatever its variables are. */
static int
read_pattern(struct sl_rule *rule, struct sl_layout *l, const char *key,
    const struct sl_node *node, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(2 * SL_RX_MAX_PATTERN);
	SL_CLEANUP(sl_patterns_release) struct sl_patterns compiled = { 0 };
	struct sl_str pattern;
	int rc = sl_node_read_regex(node, key, &pattern, err);

	if (rc == SL_OK)
		rc = find_variables(l, pattern, node, err);
	if (rc < 0)
		return rc;
	fill(pattern, NULL, put_quoted, &text);
	rc = sl_rule_compile_text(rule, node, sl_buf_str(&text), SL_RX_FULL,
	    &compiled, err);
	if (rc == SL_OK)
		l->patterns[l->count++] = pattern;
	return rc;
}

/* The variables of a key before a project left out some of its patterns: it
 * must not leave out whole trees with them. */
static int
find_loose(const struct sl_rule *rule, const char *key, unsigned *asked,
    struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get_loose(rule, key);
	bool list = node && sl_node_kind(node) == SL_NODE_LIST;
	size_t count = !node ? 0 : list ? sl_node_count(node) : 1;
	struct sl_layout before = { .count = 0 };
	int rc = SL_OK;

	for (size_t i = 0; i < count && rc == SL_OK; i++) {
		const struct sl_node *one = list ? sl_node_at(node, i) : node;

		rc = find_variables(&before, sl_node_text(one), one, err);
	}
	*asked |= before.asked;
	return rc;
}

static int
check_scope(const struct sl_rule *rule, unsigned asked,
    struct sl_files *files, struct sl_error *err)
{
	const struct sl_node *scope = sl_rule_get(rule, "scope");

	if (!(asked & OF_REFS))
		return SL_OK;
	if (scope && !files->whole_tree)
		return sl_node_error(scope, err, SL_ECONFIG,
		    "a rule with {branch}, {environment} or {bucket} reads "
		    "whole trees: what one ref may hold, another may not; "
		    "leave scope out");
	files->whole_tree = true;
	return SL_OK;
}

int
sl_layout_read(struct sl_rule *rule, const char *key, struct sl_files *files,
    struct sl_layout **out, struct sl_error *err)
{
	const struct sl_node *node = sl_rule_get(rule, key);
	bool list = node && sl_node_kind(node) == SL_NODE_LIST;
	size_t count = list ? sl_node_count(node) : 1;
	struct sl_layout *l;
	unsigned asked;
	int rc = SL_OK;

	if (!node)
		return SL_OK;
	if (count == 0 || count > MAX_PATTERNS)
		return sl_node_error(node, err, SL_ECONFIG,
		    "%s must be a pattern or a list of 1 to %d patterns", key,
		    MAX_PATTERNS);
	l = sl_alloc(sizeof(*l));
	l->patterns = sl_alloc_array(count, sizeof(*l->patterns));
	for (size_t i = 0; i < count && rc == SL_OK; i++)
		rc = read_pattern(rule, l, key,
		    list ? sl_node_at(node, i) : node, err);
	asked = l->asked;
	if (rc == SL_OK)
		rc = find_loose(rule, key, &asked, err);
	if (rc == SL_OK)
		rc = check_scope(rule, asked, files, err);
	*out = l;
	return rc;
}

static void
filled_release(struct filled *f, size_t count)
{
	for (size_t i = 0; f->rx && i < count; i++)
		sl_rx_free(f->rx[i]);
	free(f->rx);
	free(f->values);
	*f = (struct filled){ NULL, NULL };
}

void
sl_layout_free(struct sl_layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < MAX_FILLED; i++)
		filled_release(&layout->filled[i], layout->count);
	free(layout->patterns);
	free(layout);
}

unsigned
sl_layout_variables(const struct sl_layout *layout)
{
	return layout ? layout->asked : 0;
}

/* --- judging --- */

void
sl_layout_defer(const struct sl_layout *layout, struct sl_judge *j)
{
	char reason[80];

	for (unsigned i = 0; layout && i < SL_VARIABLE_COUNT; i++) {
		if (!(layout->asked & 1U << i) || value_of(j, i).ptr)
			continue;
		snprintf(reason, sizeof(reason),
		    "{%s} has no value here: any name is taken for it",
		    variables[i].name);
		sl_judge_deferred(j, reason);
	}
}

static int
compile(const struct sl_layout *l, const struct sl_judge *j, struct filled *f,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(2 * SL_RX_MAX_PATTERN);

	f->rx = sl_alloc_array(l->count, sizeof(*f->rx));
	for (size_t i = 0; i < l->count; i++) {
		struct sl_error why = SL_ERROR_INIT;

		sl_buf_clear(&text);
		fill(l->patterns[i], j, put_quoted, &text);
		if (text.over || sl_rx_compile(sl_buf_str(&text), SL_RX_FULL,
				     NULL, &f->rx[i], &why) < 0)
			return sl_error_set(err, SL_ELIMIT,
			    "the layout does not fit its values: %s",
			    text.over ? "too long" : why.text);
	}
	return SL_OK;
}

/* The patterns for the values at stake, compiled once for each set. */
static int
patterns_for(struct sl_layout *l, const struct sl_judge *j,
    struct sl_rx *const **out, struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf key = SL_BUF_INIT(65536);
	struct filled *f;
	int rc;

	for (unsigned i = 0; i < SL_VARIABLE_COUNT; i++)
		if (l->asked & 1U << i) {
			put_plain(j, i, &key);
			sl_buf_addc(&key, '\n');
		}
	for (size_t i = 0; i < MAX_FILLED; i++) {
		f = &l->filled[i];
		if (f->values && !strcmp(f->values, sl_buf_cstr(&key))) {
			*out = f->rx;
			return SL_OK;
		}
	}
	f = &l->filled[l->next++ % MAX_FILLED];
	filled_release(f, l->count);
	rc = compile(l, j, f, err);
	if (rc < 0) {
		filled_release(f, l->count);
		return rc;
	}
	f->values = sl_strdup(sl_buf_cstr(&key));
	*out = f->rx;
	return SL_OK;
}

int
sl_layout_match(struct sl_layout *layout, struct sl_judge *j,
    struct sl_str place, struct sl_error *err)
{
	struct sl_rx *const *rx;
	int rc = layout ? patterns_for(layout, j, &rx, err) : SL_RX_NO;

	if (!layout || rc < 0)
		return rc;
	rc = SL_RX_NO;
	for (size_t i = 0; i < layout->count && rc == SL_RX_NO; i++)
		rc = sl_rx_match(rx[i], j->scratch, place, 0, NULL, err);
	return rc;
}

int
sl_layout_could_begin(struct sl_layout *layout, struct sl_judge *j,
    struct sl_str beginning, struct sl_error *err)
{
	struct sl_rx *const *rx;
	int rc = layout ? patterns_for(layout, j, &rx, err) : SL_RX_NO;

	if (!layout || rc < 0)
		return rc;
	rc = SL_RX_NO;
	for (size_t i = 0; i < layout->count && rc == SL_RX_NO; i++)
		rc = sl_rx_could_begin(rx[i], j->scratch, beginning, err);
	return rc;
}

void
sl_layout_show(const struct sl_layout *layout, const struct sl_judge *j,
    struct sl_buf *out)
{
	for (size_t i = 0; layout && i < layout->count; i++) {
		if (i == 2) {
			sl_buf_addf(out, " or %zu more", layout->count - i);
			return;
		}
		if (i)
			sl_buf_adds(out, " or ");
		fill(layout->patterns[i], j, put_plain, out);
	}
}
