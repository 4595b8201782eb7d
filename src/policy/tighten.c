/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tighten: what a project may change in a rule that is not its own.
 *
 * Each key has its row in a table, which says how two values of it compare.
 * A value is taken where the rule then refuses all that it refused before,
 * whatever else is in it; where that cannot be told, it is an error that names
 * both places. What a site leaves open (`open`) is not compared.
 */
#include "policy/policy_int.h"

#include "base/mem.h"
#include "base/num.h"

/* Entries that may be compared: it takes their product in time. */
#define MAX_ENTRIES 500

/* --- lists --- */

static bool
has_entry(const struct sl_node *node, const struct sl_node *entry)
{
	for (size_t i = 0; i < sl_entry_count(node); i++)
		if (sl_node_same(sl_entry_at(node, i), entry))
			return true;
	return false;
}

/* --- one change --- */

/* A key that a project writes in a rule of the site. */
struct change {
	struct sl_rule *rule;
	const struct sl_key *row;
	const struct sl_node *key; /* as the project wrote it */
	const struct sl_node *value;
	const struct sl_node *before; /* NULL: the rule has no such key */
};

/* Bytes of the site's value that an error shows. */
#define MAX_SHOWN 60

/* What the site says, and where; then what a project may do about it. */
static int
refuse(const struct change *c, const struct sl_node *at, const char *may,
    struct sl_error *err)
{
	const struct sl_node *before = c->before;
	bool scalar = before && sl_node_kind(before) == SL_NODE_SCALAR;
	struct sl_mark mark = sl_node_mark(before ? before :
						    c->rule->name_node);
	struct sl_str is = scalar ? sl_node_text(before) :
	    before		  ? SL_STR("given") :
	    c->row->unset	  ? sl_str(c->row->unset) :
				    SL_STR("not given");

	return sl_node_error(at, err, SL_ECONFIG,
	    "`%s` of rule \"%s\" is %.*s%s by the site (%s:%u:%u): a project "
	    "%s; else give a rule of your own another name",
	    c->row->name, c->rule->name,
	    (int)(is.len < MAX_SHOWN ? is.len : MAX_SHOWN), is.ptr,
	    before || !c->row->unset ? "" : " where not given", mark.file,
	    mark.line, mark.col, may);
}

/* Lists and maps alike: neither joining nor comparing them takes long. */
static bool
fits(const struct change *c)
{
	return sl_node_count(c->value) <= MAX_ENTRIES &&
	    (!c->before || sl_node_count(c->before) <= MAX_ENTRIES);
}

/* The first entry that another value has not; NULL: it has all. */
static const struct sl_node *
find_other(const struct sl_node *value, const struct sl_node *in)
{
	for (size_t i = 0; i < sl_entry_count(value); i++)
		if (!has_entry(in, sl_entry_at(value, i)))
			return sl_entry_at(value, i);
	return NULL;
}

static int
check_drop(const struct change *c, struct sl_error *err)
{
	const struct sl_node *other;

	if (!c->before)
		return SL_OK;
	if (!fits(c))
		return refuse(c, c->value, "cannot change so long a list",
		    err);
	other = find_other(c->value, c->before);
	if (!other)
		return SL_OK;
	return refuse(c, other,
	    "may only leave out entries of it, and write the others as they "
	    "stand there", err);
}

/* In a map, what has a name of the site may only have fewer values. */
static int
check_pairs(const struct change *c, struct sl_error *err)
{
	for (size_t i = 0; i < sl_node_count(c->value); i++) {
		struct sl_str name = sl_node_text(sl_node_key(c->value, i));
		SL_CLEANUP(sl_freep) char *key =
		    sl_strndup(name.ptr, name.len);
		struct change pair = { c->rule, c->row,
			sl_node_key(c->value, i), sl_node_at(c->value, i),
			sl_node_get(c->before, key) };
		int rc = check_drop(&pair, err);

		if (rc < 0)
			return rc;
	}
	return SL_OK;
}

static int
check_add(const struct change *c, struct sl_error *err)
{
	bool map = sl_node_kind(c->value) == SL_NODE_MAP;

	if (!fits(c))
		return refuse(c, c->value, "cannot add to so long a list",
		    err);
	/* A list of maps is no map, and one map is no list of them. */
	if (c->before && map != (sl_node_kind(c->before) == SL_NODE_MAP))
		return refuse(c, c->value,
		    "may only add to it what is alike", err);
	if (c->before && map)
		return check_pairs(c, err);
	if (c->before || !c->row->unset)
		return SL_OK;
	for (size_t i = 0; i < sl_entry_count(c->value); i++)
		if (sl_str_eqs(sl_node_text(sl_entry_at(c->value, i)),
			c->row->unset))
			return SL_OK;
	return refuse(c, c->value, "may only add to that", err);
}

/* --- numbers and words --- */

#define NO_MEASURE INT64_C(-1)

/*
 * A number, size, duration or decimal number, in thousandths. One key has
 * values of one of these only, so that they need not be told apart.
 */
static int64_t
measure(struct sl_str text)
{
	const char *point = memchr(text.ptr, '.', text.len);
	uint64_t whole, part = 0;
	int64_t ms;

	if (sl_num_parse_duration(text, &ms) == SL_OK)
		return ms;
	if (point) {
		size_t digits = text.len - (size_t)(point + 1 - text.ptr);

		if (digits == 0 || digits > 3)
			return NO_MEASURE;
		for (size_t i = 0; i < 3; i++) {
			char c = i < digits ? point[1 + i] : '0';

			if (c < '0' || c > '9')
				return NO_MEASURE;
			part = part * 10 + (uint64_t)(c - '0');
		}
		text.len = (size_t)(point - text.ptr);
	}
	if (sl_num_parse_bytes(text, &whole) < 0 || whole > INT64_MAX / 2000)
		return NO_MEASURE;
	return (int64_t)(whole * 1000 + part);
}

static struct sl_str
scalar_of(const struct sl_node *node, const char *unset)
{
	return node ? sl_node_text(node) : sl_str(unset);
}

static int
check_number(const struct change *c, struct sl_error *err)
{
	bool lower = c->row->tighten == SL_TIGHTEN_LOWER;
	int64_t before, now = measure(sl_node_text(c->value));

	if (!c->before && !c->row->unset)
		return SL_OK;
	before = measure(scalar_of(c->before, c->row->unset));
	if (now != NO_MEASURE && before != NO_MEASURE &&
	    (lower ? now <= before : now >= before))
		return SL_OK;
	return refuse(c, c->value,
	    lower ? "may only lower it" : "may only raise it", err);
}

/* How strict a word is; words that cannot be compared are equally strict. */
static int
rank_of(const char *order, struct sl_str word)
{
	int rank = 0;

	while (*order) {
		size_t len = strcspn(order, " ");

		if (len == 1 && *order == '<')
			rank++;
		else if (sl_str_eq(sl_strn(order, len), word))
			return rank;
		order += len + strspn(order + len, " ");
	}
	return -1;
}

static int
check_word(const struct change *c, struct sl_error *err)
{
	const char *order = c->row->order;
	SL_CLEANUP(sl_freep) char *first =
	    sl_strndup(order, strcspn(order, " "));
	SL_CLEANUP(sl_freep) char *may =
	    sl_asprintf("may only give a stricter one (%s)", order);
	struct sl_str was = scalar_of(c->before,
	    c->row->unset ? c->row->unset : first);
	struct sl_str is = sl_node_text(c->value);
	int before = rank_of(order, was), now = rank_of(order, is);

	if (before >= 0 && now >= 0 && (now > before || sl_str_eq(was, is)))
		return SL_OK;
	return refuse(c, c->value, may, err);
}

static int
check(const struct change *c, struct sl_error *err)
{
	if (!c->before && c->row->if_given)
		return refuse(c, c->value,
		    "cannot give it: without, the rule is stricter", err);
	switch (c->row->tighten) {
	case SL_TIGHTEN_ADD:
		return check_add(c, err);
	case SL_TIGHTEN_DROP:
		return check_drop(c, err);
	case SL_TIGHTEN_LOWER:
	case SL_TIGHTEN_RAISE:
		return check_number(c, err);
	case SL_TIGHTEN_ORDER:
		return check_word(c, err);
	case SL_TIGHTEN_LEVEL: /* when levels are read */
	case SL_TIGHTEN_FREE:
		return SL_OK;
	case SL_TIGHTEN_NO:
		break;
	}
	return refuse(c, c->value, "cannot change it", err);
}

/* --- the rule --- */

static int
apply(struct change *c, const struct sl_layer *layer, struct sl_error *err)
{
	struct sl_str name = sl_str(c->row->name);
	bool open = sl_rule_is_open(c->rule, name);
	int rc = open ? SL_OK : check(c, err);

	if (rc < 0)
		return rc;
	if (c->row->tighten == SL_TIGHTEN_LEVEL && !open) {
		c->rule->raised_node = c->value;
		c->rule->raised_layer = layer;
		return SL_OK;
	}
	if (c->row->tighten == SL_TIGHTEN_ADD && c->before && !open)
		sl_rule_add_to_key(c->rule, layer, c->key, c->value);
	else
		sl_rule_put_key(c->rule, layer, c->key, c->value);
	return SL_OK;
}

/*
 * Examples of before: what should fail does so all the more; what should pass
 * need not any more. Of what was left open, nothing is known.
 */
static void
keep_examples(struct sl_rule *rule, size_t count, bool open)
{
	if (open)
		rule->stale_examples = count;
	else
		rule->fails_only = count;
}

int
sl_rule_tighten(struct sl_rule *rule, const struct sl_layer *layer,
    const struct sl_node *node, struct sl_error *err)
{
	const struct sl_node *list = sl_rule_get(rule, "examples");
	size_t examples = list ? sl_entry_count(list) : 0;

	for (size_t i = 0; i < sl_node_count(node); i++) {
		struct change c = { .rule = rule,
			.key = sl_node_key(node, i),
			.value = sl_node_at(node, i) };
		int rc;

		c.row = sl_rule_key_row(rule, sl_node_text(c.key));
		/* What is no key is found when the rule is compiled. */
		if (!c.row)
			continue;
		c.before = sl_rule_get(rule, c.row->name);
		rc = apply(&c, layer, err);
		if (rc < 0)
			return rc;
		if (!sl_key_is_manner(sl_str(c.row->name)))
			keep_examples(rule, examples,
			    sl_rule_is_open(rule, sl_str(c.row->name)));
	}
	return SL_OK;
}
