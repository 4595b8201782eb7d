/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/xml.h"

#include <expat.h>

#include "base/mem.h"

struct field {
	size_t path; /* offsets into bytes */
	size_t text;
	size_t text_len;
};

struct sl_xml_fields {
	struct sl_buf bytes; /* path NUL text NUL, for each field */
	struct field *items;
	size_t count;
	size_t room;
};

struct scan {
	XML_Parser parser;
	const char *path;
	struct sl_buf where; /* path of the open element */
	size_t depth;
	size_t elements;
	size_t inside;     /* depth of the element at path; 0: not in one */
	size_t inside_len; /* length of where there */
	bool leaf;         /* the open element has no elements so far */
	struct sl_buf text;
	bool found; /* find: nothing further is looked for */
	struct sl_xml_fields fields;
	sl_xml_each_fn *fn; /* NULL: find */
	void *ctx;
	int rc; /* why the scan was stopped */
	struct sl_error *err;
};

static void
stop(struct scan *s, int rc)
{
	s->rc = rc;
	XML_StopParser(s->parser, XML_FALSE);
}

static void
fail(struct scan *s, int code, const char *why)
{
	stop(s, sl_error_set(s->err, code, "XML answer, line %lu: %s",
		    (unsigned long)XML_GetCurrentLineNumber(s->parser), why));
}

static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL ? colon + 1 : name;
}

static void XMLCALL
on_start(void *self, const XML_Char *name, const XML_Char **attributes)
{
	struct scan *s = self;

	(void)attributes;
	if (s->rc != SL_OK)
		return;
	if (++s->depth > SL_XML_MAX_DEPTH ||
	    ++s->elements > SL_XML_MAX_ELEMENTS) {
		fail(s, SL_ETOOBIG, "too many elements, or nested too deep");
		return;
	}
	if (s->where.len > 0)
		sl_buf_addc(&s->where, '/');
	sl_buf_adds(&s->where, local_name(name));
	if (s->where.over) {
		fail(s, SL_ETOOBIG, "element names too long");
		return;
	}
	s->leaf = true;
	if (s->fn != NULL)
		sl_buf_clear(&s->text);
	if (!s->inside && !s->found &&
	    !strcmp(sl_buf_cstr(&s->where), s->path)) {
		s->inside = s->depth;
		s->inside_len = s->where.len;
	}
}

/* Remember the text of the element that ends, by its path in the visit. */
static void
add_field(struct scan *s)
{
	struct sl_xml_fields *f = &s->fields;
	struct field item = { .path = f->bytes.len };
	const char *rest = sl_buf_cstr(&s->where) + s->inside_len;

	sl_buf_adds(&f->bytes, rest[0] == '/' ? rest + 1 : rest);
	sl_buf_addc(&f->bytes, '\0');
	item.text = f->bytes.len;
	item.text_len = s->text.len;
	sl_buf_addv(&f->bytes, sl_buf_str(&s->text));
	sl_buf_addc(&f->bytes, '\0');
	if (f->bytes.over) {
		fail(s, SL_ETOOBIG, "an element holds too much text");
		return;
	}
	SL_GROW(f->items, f->count, f->room);
	f->items[f->count++] = item;
}

static void
leave(struct scan *s)
{
	s->inside = 0;
	if (s->fn == NULL) {
		s->found = true;
		return;
	}
	s->rc = s->fn(s->ctx, &s->fields, s->err);
	if (s->rc != SL_OK)
		stop(s, s->rc);
	sl_buf_clear(&s->fields.bytes);
	s->fields.count = 0;
}

static void
close_element(struct scan *s)
{
	const char *slash = s->where.ptr != NULL ?
	    memrchr(s->where.ptr, '/', s->where.len) :
	    NULL;

	sl_buf_truncate(&s->where,
	    slash != NULL ? (size_t)(slash - s->where.ptr) : 0);
	s->depth--;
	s->leaf = false;
}

static void XMLCALL
on_end(void *self, const XML_Char *name)
{
	struct scan *s = self;

	(void)name;
	if (s->rc != SL_OK)
		return;
	if (s->inside && s->leaf && s->fn != NULL)
		add_field(s);
	if (s->rc == SL_OK && s->depth == s->inside)
		leave(s);
	close_element(s);
}

static void XMLCALL
on_text(void *self, const XML_Char *text, int len)
{
	struct scan *s = self;

	if (s->rc != SL_OK || !s->inside)
		return;
	if (s->fn == NULL && s->depth != s->inside)
		return;
	if (sl_buf_add(&s->text, text, (size_t)len) < 0)
		fail(s, SL_ETOOBIG, "an element holds too much text");
}

static void XMLCALL
on_doctype(void *self, const XML_Char *name, const XML_Char *system,
    const XML_Char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	fail(self, SL_EINVAL, "a document type declaration is not accepted");
}

static int
run(struct scan *s, struct sl_str xml)
{
	enum XML_Status status;

	if (xml.len > SL_XML_MAX_BYTES)
		return sl_error_set(s->err, SL_ETOOBIG,
		    "XML answer of %zu bytes; at most %zu are read", xml.len,
		    SL_XML_MAX_BYTES);
	/* A fixed encoding: the document cannot choose another one. */
	s->parser = XML_ParserCreate("UTF-8");
	if (s->parser == NULL)
		abort();
	sl_buf_init(&s->where, 4096);
	sl_buf_init(&s->text, SL_XML_MAX_FIELD_BYTES);
	sl_buf_init(&s->fields.bytes, SL_XML_MAX_FIELD_BYTES);
	XML_SetUserData(s->parser, s);
	XML_SetElementHandler(s->parser, on_start, on_end);
	XML_SetCharacterDataHandler(s->parser, on_text);
	XML_SetStartDoctypeDeclHandler(s->parser, on_doctype);
	status = XML_Parse(s->parser, xml.ptr ? xml.ptr : "", (int)xml.len, 1);
	if (s->rc == SL_OK && status != XML_STATUS_OK)
		fail(s, SL_EINVAL,
		    XML_ErrorString(XML_GetErrorCode(s->parser)));
	return s->rc;
}

static void
scan_release(struct scan *s)
{
	if (s->parser != NULL)
		XML_ParserFree(s->parser);
	sl_buf_release(&s->where);
	sl_buf_release(&s->text);
	sl_buf_release(&s->fields.bytes);
	free(s->fields.items);
}

int
sl_xml_find(struct sl_str xml, const char *path, struct sl_buf *out,
    struct sl_error *err)
{
	SL_CLEANUP(scan_release)
	struct scan s = { .path = path, .err = err };
	int rc = run(&s, xml);

	if (rc < 0)
		return rc;
	if (!s.found)
		return sl_error_set(err, SL_ENOTFOUND,
		    "the XML answer has no %s", path);
	if (sl_buf_addv(out, sl_buf_str(&s.text)) < 0)
		return sl_error_set(err, SL_ETOOBIG,
		    "%s in the XML answer is too long", path);
	return SL_OK;
}

int
sl_xml_each(struct sl_str xml, const char *path, sl_xml_each_fn *fn,
    void *ctx, struct sl_error *err)
{
	SL_CLEANUP(scan_release)
	struct scan s = { .path = path, .fn = fn, .ctx = ctx, .err = err };

	return run(&s, xml);
}

bool
sl_xml_field(const struct sl_xml_fields *fields, const char *path,
    struct sl_str *out)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *item = &fields->items[i];

		if (strcmp(fields->bytes.ptr + item->path, path) != 0)
			continue;
		*out = sl_strn(fields->bytes.ptr + item->text, item->text_len);
		return true;
	}
	return false;
}
