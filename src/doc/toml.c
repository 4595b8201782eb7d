/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML 1.0. The tables of a file may stand in any order, so a tree that can
 * grow is made first, and a document of it when all is read.
 */
#include "base/mem.h"
#include "base/text.h"
#include "doc/toml_int.h"

/* Parts of one dotted key. */
#define MAX_KEY_PARTS 32

struct value;

struct member {
	struct sl_str key; /* of a table */
	unsigned line;     /* of the key */
	unsigned col;
	struct value *value;
	struct member *next;
};

/* Who may add to a table or list. */
enum growth {
	GROWS_IMPLICIT, /* a table that a longer header named: any */
	GROWS_DOTTED,   /* made by a dotted key: those of its section */
	GROWS_HEADER,   /* [table], or [[list]]: what comes below it */
	GROWS_NEVER,    /* written as a value */
};

struct value {
	enum sl_node_kind kind;
	enum sl_scalar_style style;
	enum growth growth;
	unsigned section; /* of a dotted table */
	bool multiline;
	unsigned line;
	unsigned col;
	struct sl_str text;
	struct member *first; /* of a table or list */
	struct member *last;
	struct sl_map *index; /* of a table: keys to members */
	struct value *next_table; /* that has an index */
};

struct reader {
	struct sl_toml t;
	struct sl_arena arena;
	struct value *root;
	struct value *here;   /* the table of the last header */
	struct value *tables; /* all, to free what they own */
	unsigned section;     /* headers so far */
	size_t values;
	struct sl_doc_limits limits;
};

struct key {
	struct {
		struct sl_str text;
		unsigned line;
		unsigned col;
	} parts[MAX_KEY_PARTS];
	size_t count;
};

static int
refuse(const struct reader *r, struct sl_error *err, const char *why)
{
	return sl_toml_refuse(&r->t, err, why);
}

static int
refuse_key(const struct reader *r, const struct key *key, size_t part,
    struct sl_error *err, const char *why)
{
	return sl_error_at(err, SL_EINVAL, r->t.name, key->parts[part].line,
	    key->parts[part].col, "\"%.*s\" %s",
	    SL_STR_ARG(key->parts[part].text), why);
}

/* --- the tree --- */

static int
new_value(struct reader *r, enum sl_node_kind kind, struct value **out,
    struct sl_error *err)
{
	struct value *v;

	if (++r->values > r->limits.max_nodes)
		return sl_error_at(err, SL_ETOOBIG, r->t.name, r->t.line,
		    sl_toml_col(&r->t), "more than %zu values",
		    r->limits.max_nodes);
	v = sl_arena_alloc(&r->arena, sizeof(*v));
	v->kind = kind;
	v->line = r->t.line;
	v->col = sl_toml_col(&r->t);
	if (kind == SL_NODE_MAP) {
		v->index = sl_arena_alloc(&r->arena, sizeof(*v->index));
		v->next_table = r->tables;
		r->tables = v;
	}
	*out = v;
	return SL_OK;
}

static struct member *
add(struct reader *r, struct value *parent, struct value *child)
{
	struct member *m = sl_arena_alloc(&r->arena, sizeof(*m));

	m->value = child;
	if (parent->last)
		parent->last->next = m;
	else
		parent->first = m;
	parent->last = m;
	return m;
}

static void
add_key(struct reader *r, struct value *table, const struct key *key,
    size_t part, struct value *child)
{
	struct member *m = add(r, table, child);

	m->key = key->parts[part].text;
	m->line = key->parts[part].line;
	m->col = key->parts[part].col;
	(void)sl_map_put(table->index, m->key, m);
}

static struct value *
get(const struct value *table, struct sl_str key)
{
	struct member *m = sl_map_get(table->index, key);

	return m ? m->value : NULL;
}

/* A new table under a key. */
static int
add_table(struct reader *r, struct value *table, const struct key *key,
    size_t part, enum growth growth, struct value **out, struct sl_error *err)
{
	int rc = new_value(r, SL_NODE_MAP, out, err);

	if (rc < 0)
		return rc;
	(*out)->growth = growth;
	(*out)->section = r->section;
	(*out)->line = key->parts[part].line;
	(*out)->col = key->parts[part].col;
	add_key(r, table, key, part, *out);
	return SL_OK;
}

/* --- keys --- */

static void
skip_blanks(struct reader *r)
{
	while (sl_toml_peek(&r->t) == ' ' || sl_toml_peek(&r->t) == '\t')
		r->t.at++;
}

static bool
is_key_byte(int c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	    c == '_' || c == '-';
}

static int
read_key_part(struct reader *r, struct key *key, struct sl_error *err)
{
	struct sl_toml *t = &r->t;
	int c = sl_toml_peek(t), rc;

	if (key->count == MAX_KEY_PARTS)
		return refuse(r, err, "more than 32 parts in one key");
	key->parts[key->count].line = t->line;
	key->parts[key->count].col = sl_toml_col(t);
	if (c == '"' || c == '\'') {
		rc = sl_toml_string(t, false, err);
		if (rc < 0)
			return rc;
	} else {
		sl_buf_clear(&t->word);
		for (; is_key_byte(sl_toml_peek(t)); t->at++)
			sl_buf_addc(&t->word, t->text.ptr[t->at]);
		if (t->word.len == 0)
			return refuse(r, err, "a key was expected here");
	}
	key->parts[key->count++].text =
	    sl_arena_copy(&r->arena, sl_buf_str(&t->word));
	return SL_OK;
}

static int
read_key(struct reader *r, struct key *key, struct sl_error *err)
{
	key->count = 0;
	for (;;) {
		int rc = read_key_part(r, key, err);

		if (rc < 0)
			return rc;
		skip_blanks(r);
		if (sl_toml_peek(&r->t) != '.')
			return SL_OK;
		r->t.at++;
		skip_blanks(r);
	}
}

/* --- values --- */

static int read_value(struct reader *r, size_t depth, struct value **out,
    struct sl_error *err) SL_MUST_CHECK;
static int read_pair(struct reader *r, struct value *table, size_t depth,
    struct sl_error *err) SL_MUST_CHECK;

/* The rest of a line that is only a comment, with its end. */
static int
skip_comment(struct reader *r, struct sl_error *err)
{
	struct sl_toml *t = &r->t;

	if (sl_toml_peek(t) != '#')
		return SL_OK;
	while (t->at < t->text.len && !sl_toml_at(t, "\n") &&
	    !sl_toml_at(t, "\r\n")) {
		uint32_t code;
		size_t n = sl_utf8_decode(
		    sl_strn(t->text.ptr + t->at, t->text.len - t->at), &code);

		if (n == 0)
			return refuse(r, err, "a byte that is not UTF-8");
		if ((code < 0x20 && code != '\t') || code == 0x7f)
			return refuse(r, err,
			    "a control character in a comment");
		t->at += n;
	}
	return SL_OK;
}

/* Between the elements of a list. */
static int
skip_lines(struct reader *r, struct sl_error *err)
{
	int rc;

	do {
		skip_blanks(r);
		rc = skip_comment(r, err);
		if (rc < 0)
			return rc;
	} while (sl_toml_newline(&r->t));
	return SL_OK;
}

static int
read_list(struct reader *r, struct value *list, size_t depth,
    struct sl_error *err)
{
	int rc;

	for (r->t.at++;;) {
		struct value *one;

		rc = skip_lines(r, err);
		if (rc < 0)
			return rc;
		if (sl_toml_peek(&r->t) == ']')
			break;
		rc = read_value(r, depth + 1, &one, err);
		if (rc < 0)
			return rc;
		(void)add(r, list, one);
		rc = skip_lines(r, err);
		if (rc < 0)
			return rc;
		if (sl_toml_peek(&r->t) == ']')
			break;
		if (sl_toml_peek(&r->t) != ',')
			return refuse(r, err, "a ',' or ']' was expected");
		r->t.at++;
	}
	r->t.at++;
	return SL_OK;
}

/* What dotted keys of an inline table made grows no more, either. */
static void
freeze(struct value *table)
{
	table->growth = GROWS_NEVER;
	for (struct member *m = table->first; m; m = m->next)
		if (m->value->growth == GROWS_DOTTED)
			freeze(m->value);
}

static int
read_inline(struct reader *r, struct value *table, size_t depth,
    struct sl_error *err)
{
	r->section++;
	r->t.at++;
	skip_blanks(r);
	if (sl_toml_peek(&r->t) == '}') {
		r->t.at++;
		return SL_OK;
	}
	for (;;) {
		int rc = read_pair(r, table, depth + 1, err);

		if (rc < 0)
			return rc;
		skip_blanks(r);
		if (sl_toml_peek(&r->t) == '}')
			break;
		if (sl_toml_peek(&r->t) != ',')
			return refuse(r, err, "a ',' or '}' was expected");
		r->t.at++;
		skip_blanks(r);
	}
	r->t.at++;
	freeze(table);
	return SL_OK;
}

static int
read_scalar(struct reader *r, struct value *v, struct sl_error *err)
{
	int c = sl_toml_peek(&r->t), rc;

	v->style = SL_STYLE_STRING;
	if (c == '"' || c == '\'')
		rc = sl_toml_string(&r->t, true, err);
	else
		rc = sl_toml_bare(&r->t, &v->style, err);
	if (rc < 0)
		return rc;
	v->multiline = r->t.line != v->line;
	v->text = sl_arena_copy(&r->arena, sl_buf_str(&r->t.word));
	return SL_OK;
}

static int
read_value(struct reader *r, size_t depth, struct value **out,
    struct sl_error *err)
{
	int c = sl_toml_peek(&r->t);
	int rc = new_value(r, c == '[' ? SL_NODE_LIST :
		c == '{'	       ? SL_NODE_MAP :
					 SL_NODE_SCALAR,
	    out, err);

	if (rc < 0)
		return rc;
	(*out)->growth = GROWS_NEVER;
	if (depth > r->limits.max_depth)
		return sl_error_at(err, SL_ETOOBIG, r->t.name, r->t.line,
		    sl_toml_col(&r->t), "nested more than %zu deep",
		    r->limits.max_depth);
	if (c == '[')
		return read_list(r, *out, depth, err);
	if (c == '{')
		return read_inline(r, *out, depth, err);
	return read_scalar(r, *out, err);
}

/* The table that all parts of a key but the last lead to. */
static int
dotted_table(struct reader *r, struct value **table, const struct key *key,
    unsigned section, struct sl_error *err)
{
	for (size_t i = 0; i + 1 < key->count; i++) {
		struct value *next = get(*table, key->parts[i].text);
		int rc;

		if (!next) {
			rc = add_table(r, *table, key, i, GROWS_DOTTED, &next,
			    err);
			if (rc < 0)
				return rc;
			next->section = section;
		}
		if (next->kind != SL_NODE_MAP ||
		    next->growth == GROWS_NEVER ||
		    next->growth == GROWS_HEADER ||
		    (next->growth == GROWS_DOTTED && next->section != section))
			return refuse_key(r, key, i, err,
			    "is complete: nothing can be added to it here");
		/* From now on it is one that a dotted key has made. */
		next->growth = GROWS_DOTTED;
		next->section = section;
		*table = next;
	}
	return SL_OK;
}

/* KEY = VALUE. */
static int
read_pair(struct reader *r, struct value *table, size_t depth,
    struct sl_error *err)
{
	struct key key;
	struct value *v;
	/* Inline tables within the value count sections of their own. */
	unsigned section = r->section;
	int rc = read_key(r, &key, err);

	if (rc == SL_OK)
		rc = dotted_table(r, &table, &key, section, err);
	if (rc < 0)
		return rc;
	if (get(table, key.parts[key.count - 1].text))
		return refuse_key(r, &key, key.count - 1, err,
		    "stands here a second time");
	if (sl_toml_peek(&r->t) != '=')
		return refuse(r, err, "a '=' was expected after the key");
	r->t.at++;
	skip_blanks(r);
	rc = read_value(r, depth + key.count, &v, err);
	if (rc < 0)
		return rc;
	r->section = section;
	add_key(r, table, &key, key.count - 1, v);
	return SL_OK;
}

/* --- headers --- */

/* The table that all parts of a header but the last lead to. */
static int
header_table(struct reader *r, const struct key *key, struct value **out,
    struct sl_error *err)
{
	struct value *table = r->root;

	for (size_t i = 0; i + 1 < key->count; i++) {
		struct value *next = get(table, key->parts[i].text);
		int rc;

		if (!next) {
			rc = add_table(r, table, key, i, GROWS_IMPLICIT, &next,
			    err);
			if (rc < 0)
				return rc;
		}
		/* The last table of a list is the one that goes on. */
		if (next->kind == SL_NODE_LIST && next->growth == GROWS_HEADER)
			next = next->last->value;
		if (next->kind != SL_NODE_MAP || next->growth == GROWS_NEVER)
			return refuse_key(r, key, i, err,
			    "is complete: nothing can be added to it here");
		table = next;
	}
	*out = table;
	return SL_OK;
}

/* [[KEY]]: one more table in a list of tables. */
static int
open_element(struct reader *r, struct value *table, const struct key *key,
    struct sl_error *err)
{
	size_t last = key->count - 1;
	struct value *list = get(table, key->parts[last].text), *one;
	int rc;

	if (list && (list->kind != SL_NODE_LIST ||
			list->growth != GROWS_HEADER))
		return refuse_key(r, key, last, err,
		    "is no list of tables");
	if (!list) {
		rc = new_value(r, SL_NODE_LIST, &list, err);
		if (rc < 0)
			return rc;
		list->growth = GROWS_HEADER;
		add_key(r, table, key, last, list);
	}
	rc = new_value(r, SL_NODE_MAP, &one, err);
	if (rc < 0)
		return rc;
	one->growth = GROWS_HEADER;
	one->line = key->parts[last].line;
	one->col = key->parts[last].col;
	(void)add(r, list, one);
	r->here = one;
	return SL_OK;
}

/* [KEY] */
static int
open_table(struct reader *r, struct value *table, const struct key *key,
    struct sl_error *err)
{
	size_t last = key->count - 1;
	struct value *v = get(table, key->parts[last].text);
	int rc;

	if (v && (v->kind != SL_NODE_MAP || v->growth != GROWS_IMPLICIT))
		return refuse_key(r, key, last, err,
		    "stands here a second time");
	if (!v) {
		rc = add_table(r, table, key, last, GROWS_HEADER, &v, err);
		if (rc < 0)
			return rc;
	}
	v->growth = GROWS_HEADER;
	r->here = v;
	return SL_OK;
}

static int
read_header(struct reader *r, struct sl_error *err)
{
	bool element = sl_toml_at(&r->t, "[[");
	struct value *table = NULL;
	struct key key;
	int rc;

	r->section++;
	r->t.at += element ? 2 : 1;
	skip_blanks(r);
	rc = read_key(r, &key, err);
	if (rc < 0)
		return rc;
	if (!sl_toml_at(&r->t, element ? "]]" : "]"))
		return refuse(r, err,
		    element ? "]] was expected" : "] was expected");
	r->t.at += element ? 2 : 1;
	rc = header_table(r, &key, &table, err);
	if (rc < 0)
		return rc;
	return element ? open_element(r, table, &key, err) :
			 open_table(r, table, &key, err);
}

static int
read_file(struct reader *r, struct sl_error *err)
{
	int rc = new_value(r, SL_NODE_MAP, &r->root, err);

	if (rc < 0)
		return rc;
	r->root->growth = GROWS_HEADER;
	r->here = r->root;
	for (;;) {
		rc = skip_lines(r, err);
		if (rc < 0 || sl_toml_peek(&r->t) < 0)
			return rc;
		rc = sl_toml_peek(&r->t) == '[' ?
		    read_header(r, err) :
		    read_pair(r, r->here, 1, err);
		if (rc < 0)
			return rc;
		skip_blanks(r);
		rc = skip_comment(r, err);
		if (rc < 0)
			return rc;
		if (sl_toml_peek(&r->t) >= 0 && !sl_toml_newline(&r->t))
			return refuse(r, err, "the line should end here");
	}
}

/* --- the document --- */

static int
build(struct sl_builder *b, const struct value *v, struct sl_error *err)
{
	struct sl_node like = { .style = v->style, .multiline = v->multiline,
		.line = v->line, .col = v->col, .text = v->text };
	char *anchor;
	int rc;

	if (v->kind == SL_NODE_SCALAR)
		return sl_builder_scalar(b, &like, NULL, err);
	rc = sl_builder_open(b, v->kind, v->line, v->col, NULL, err);
	for (const struct member *m = v->first; rc == SL_OK && m;
	     m = m->next) {
		like = (struct sl_node){ .style = SL_STYLE_STRING,
			.line = m->line, .col = m->col, .text = m->key };
		if (v->kind == SL_NODE_MAP)
			rc = sl_builder_scalar(b, &like, NULL, err);
		if (rc == SL_OK)
			rc = build(b, m->value, err);
	}
	if (rc == SL_OK)
		(void)sl_builder_close(b, &anchor);
	return rc;
}

static void
reader_release(struct reader *r)
{
	for (struct value *v = r->tables; v; v = v->next_table)
		sl_map_release(v->index);
	sl_buf_release(&r->t.word);
	sl_arena_release(&r->arena);
}

int
sl_doc_parse_toml(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err)
{
	SL_CLEANUP(sl_builder_release) struct sl_builder b = { 0 };
	SL_CLEANUP(reader_release) struct reader r = {
		.t = { .name = name, .text = text, .line = 1 },
	};
	int rc = sl_builder_init(&b, name, text.len, limits, err);

	if (rc < 0)
		return rc;
	r.limits = b.limits;
	/* An escape is never shorter than what it stands for. */
	sl_buf_init(&r.t.word, text.len + 32);
	rc = read_file(&r, err);
	if (rc == SL_OK)
		rc = build(&b, r.root, err);
	if (rc == SL_OK)
		*out = sl_builder_take(&b);
	return rc;
}
