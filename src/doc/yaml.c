/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML by libyaml's events.
 *
 * libyaml checks little and counts columns in characters, so the text is read
 * once before it: bytes that libyaml would refuse without a place, and line
 * breaks that an editor does not count, are refused here with one.
 */
#include <yaml.h>

#include "base/mem.h"
#include "base/text.h"
#include "doc/doc_int.h"

struct reader {
	struct sl_builder builder;
	yaml_parser_t parser;
	struct sl_str text;
	size_t *lines; /* offset of each line */
	size_t line_count;
	size_t line_room;
	struct sl_map anchors; /* name to complete node */
	/* The last column that was converted, to go on from there. */
	size_t seen_line;
	size_t seen_chars;
	size_t seen_offset;
};

static void
add_line(struct reader *r, size_t offset)
{
	SL_GROW(r->lines, r->line_count, r->line_room);
	r->lines[r->line_count++] = offset;
}

/* Why a character cannot stand in a YAML file, or NULL. */
static const char *
bad_character(struct sl_str rest, uint32_t c)
{
	if (c == '\r')
		return rest.len < 2 || rest.ptr[1] != '\n' ?
		    "a carriage return without a line feed" :
		    NULL;
	if (c == 0x85 || c == 0x2028 || c == 0x2029)
		return "a line break that editors do not show; write it as an "
		       "escape in double quotes";
	if (c == 0xfeff)
		return "a byte order mark inside the file";
	if ((c < 0x20 && c != '\t' && c != '\n') ||
	    (c >= 0x7f && c < 0xa0) || c == 0xfffe || c == 0xffff)
		return "a control character; write it as an escape in double "
		       "quotes";
	return NULL;
}

static int
scan_text(struct reader *r, struct sl_error *err)
{
	size_t at = 0;

	add_line(r, 0);
	while (at < r->text.len) {
		struct sl_str rest = { r->text.ptr + at, r->text.len - at };
		uint32_t c = 0;
		const char *why;
		size_t n;

		/* Nearly all of it, and never wrong. */
		if (rest.ptr[0] >= ' ' && rest.ptr[0] <= '~') {
			at++;
			continue;
		}
		n = sl_utf8_decode(rest, &c);
		why = n == 0 ? "a byte that is not UTF-8" :
			       bad_character(rest, c);
		if (why != NULL)
			return sl_error_at(err, SL_EINVAL,
			    r->builder.doc->file, (unsigned)r->line_count,
			    (unsigned)(at - r->lines[r->line_count - 1] + 1),
			    "%s", why);
		at += n;
		if (c == '\n')
			add_line(r, at);
	}
	return SL_OK;
}

static bool
is_continuation(struct reader *r, size_t at)
{
	return at < r->text.len && ((uint8_t)r->text.ptr[at] & 0xc0) == 0x80;
}

/*
 * From libyaml's mark to a line and a column in bytes. Marks come nearly in
 * order, so walking from the last one keeps a long line from costing its
 * length for each value on it.
 */
static void
convert_mark(struct reader *r, const yaml_mark_t *mark, unsigned *line,
    unsigned *col)
{
	size_t index = mark->line < r->line_count ? mark->line :
						    r->line_count - 1;
	size_t at = r->lines[index], chars = 0;

	if (index == r->seen_line) {
		at = r->seen_offset;
		chars = r->seen_chars;
	}
	for (; chars < mark->column && at < r->text.len &&
	     r->text.ptr[at] != '\n';
	     chars++)
		for (at++; is_continuation(r, at);)
			at++;
	for (; chars > mark->column; chars--)
		for (at--; is_continuation(r, at);)
			at--;
	r->seen_line = index;
	r->seen_offset = at;
	r->seen_chars = chars;
	*line = (unsigned)(index + 1);
	*col = (unsigned)(at - r->lines[index] + 1);
}

static int
refuse(struct reader *r, const yaml_mark_t *mark, struct sl_error *err,
    const char *why)
{
	unsigned line, col;

	convert_mark(r, mark, &line, &col);
	return sl_error_at(err, SL_EINVAL, r->builder.doc->file, line, col,
	    "%s", why);
}

/* libyaml's messages, where they can be said so that they help. */
static const struct {
	const char *problem;
	const char *hint;
} hints[] = {
	{ "found unknown escape character",
	    "unknown escape in double quotes; in single quotes a backslash "
	    "stays as it is" },
	{ "found character that cannot start any token",
	    "a value cannot start with this character; put it in single "
	    "quotes, and indent with blanks, not tabs" },
	{ "mapping values are not allowed in this context",
	    "a \": \" is not allowed here; put the value in single quotes, or "
	    "check the indentation" },
	{ "could not find expected ':'",
	    "a key without \": \" after it" },
	{ "found unexpected end of stream",
	    "the file ends inside quotes" },
	{ "did not find expected key",
	    "a key was expected here; check the indentation and the quotes "
	    "above" },
};

static int
refuse_syntax(struct reader *r, struct sl_error *err)
{
	const char *problem = r->parser.problem;

	if (problem == NULL)
		problem = "this is not YAML";
	for (size_t i = 0; i < SL_COUNT(hints); i++)
		if (!strcmp(problem, hints[i].problem))
			problem = hints[i].hint;
	return refuse(r, &r->parser.problem_mark, err, problem);
}

static enum sl_scalar_style
scalar_style(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return SL_STYLE_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return SL_STYLE_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return SL_STYLE_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return SL_STYLE_FOLDED;
	default:
		return SL_STYLE_PLAIN;
	}
}

static void
define_anchor(struct reader *r, const char *name, const struct sl_node *node)
{
	sl_map_put(&r->anchors, sl_str(name), (void *)node);
}

static int
on_scalar(struct reader *r, const yaml_event_t *event, struct sl_error *err)
{
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct sl_node like = { .kind = SL_NODE_SCALAR };
	const struct sl_node *node;
	int rc;

	like.text = sl_strn((const char *)event->data.scalar.value,
	    event->data.scalar.length);
	like.style = scalar_style(event->data.scalar.style);
	like.multiline = event->start_mark.line != event->end_mark.line;
	convert_mark(r, &event->start_mark, &like.line, &like.col);
	if (event->data.scalar.tag != NULL)
		return refuse(r, &event->start_mark, err,
		    "tags are not accepted; the schema decides the type");
	if (plain && sl_builder_wants_key(&r->builder)) {
		if (like.text.len == 0)
			return refuse(r, &event->start_mark, err,
			    "an empty key");
		if (sl_str_eqs(like.text, "<<"))
			return refuse(r, &event->start_mark, err,
			    "merge keys are not accepted; write the keys out");
	}
	rc = sl_builder_scalar(&r->builder, &like, &node, err);
	if (rc == SL_OK && event->data.scalar.anchor != NULL)
		define_anchor(r, (const char *)event->data.scalar.anchor, node);
	return rc;
}

static int
on_open(struct reader *r, const yaml_event_t *event, enum sl_node_kind kind,
    const yaml_char_t *anchor, const yaml_char_t *tag, struct sl_error *err)
{
	unsigned line, col;

	if (tag != NULL)
		return refuse(r, &event->start_mark, err,
		    "tags are not accepted; the schema decides the type");
	if (sl_builder_wants_key(&r->builder))
		return refuse(r, &event->start_mark, err,
		    "a list or map cannot be a key");
	convert_mark(r, &event->start_mark, &line, &col);
	return sl_builder_open(&r->builder, kind, line, col,
	    sl_strdup((const char *)anchor), err);
}

static int
on_close(struct reader *r)
{
	SL_CLEANUP(sl_freep) char *anchor = NULL;
	const struct sl_node *node = sl_builder_close(&r->builder, &anchor);

	if (anchor != NULL)
		define_anchor(r, anchor, node);
	return SL_OK;
}

static int
on_alias(struct reader *r, const yaml_event_t *event, struct sl_error *err)
{
	const char *name = (const char *)event->data.alias.anchor;
	const struct sl_node *node = sl_map_get(&r->anchors, sl_str(name));
	unsigned line, col;

	convert_mark(r, &event->start_mark, &line, &col);
	if (sl_builder_wants_key(&r->builder))
		return refuse(r, &event->start_mark, err,
		    "an alias cannot be a key");
	if (node == NULL)
		return sl_error_at(err, SL_EINVAL, r->builder.doc->file, line,
		    col, "the alias \"*%s\" has no complete anchor before it",
		    name);
	return sl_builder_alias(&r->builder, node, line, col, err);
}

static int
on_document(struct reader *r, const yaml_event_t *event, struct sl_error *err)
{
	if (sl_builder_done(&r->builder))
		return refuse(r, &event->start_mark, err,
		    "a second document starts here; one file holds one");
	if (event->data.document_start.tag_directives.start !=
	    event->data.document_start.tag_directives.end)
		return refuse(r, &event->start_mark, err,
		    "tag directives are not accepted");
	return SL_OK;
}

static int
on_event(struct reader *r, const yaml_event_t *event, struct sl_error *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return on_document(r, event, err);
	case YAML_SCALAR_EVENT:
		return on_scalar(r, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(r, event, SL_NODE_LIST,
		    event->data.sequence_start.anchor,
		    event->data.sequence_start.tag, err);
	case YAML_MAPPING_START_EVENT:
		return on_open(r, event, SL_NODE_MAP,
		    event->data.mapping_start.anchor,
		    event->data.mapping_start.tag, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(r);
	case YAML_ALIAS_EVENT:
		return on_alias(r, event, err);
	default:
		return SL_OK;
	}
}

static int
read_events(struct reader *r, struct sl_error *err)
{
	bool more = true;
	int rc = SL_OK;

	while (more && rc == SL_OK) {
		yaml_event_t event;

		if (!yaml_parser_parse(&r->parser, &event))
			return refuse_syntax(r, err);
		more = event.type != YAML_STREAM_END_EVENT;
		rc = on_event(r, &event, err);
		yaml_event_delete(&event);
	}
	if (rc == SL_OK && !sl_builder_done(&r->builder))
		return sl_error_at(err, SL_EINVAL, r->builder.doc->file, 1, 1,
		    "the file holds no value");
	return rc;
}

static void
reader_release(struct reader *r)
{
	yaml_parser_delete(&r->parser);
	sl_map_release(&r->anchors);
	sl_builder_release(&r->builder);
	free(r->lines);
}

int
sl_doc_parse_yaml(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err)
{
	SL_CLEANUP(reader_release) struct reader r = { .text = text };
	int rc = sl_builder_init(&r.builder, name, text.len, limits, err);

	if (rc < 0)
		return rc;
	if (sl_str_starts(text, "\xef\xbb\xbf"))
		r.text = sl_strn(text.ptr + 3, text.len - 3);
	rc = scan_text(&r, err);
	if (rc < 0)
		return rc;
	if (!yaml_parser_initialize(&r.parser))
		abort();
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser,
	    (const unsigned char *)(r.text.ptr ? r.text.ptr : ""), r.text.len);
	rc = read_events(&r, err);
	if (rc == SL_OK)
		*out = sl_builder_take(&r.builder);
	return rc;
}
