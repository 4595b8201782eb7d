/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "import/import_int.h"

#define MAX_NAME 64

void
sl_import_note(struct sl_importer *im, const struct sl_node *node,
    struct sl_str rule, const char *fmt, ...)
{
	struct sl_import *out = im->out;
	struct sl_mark mark = { NULL, 0, 0 };
	struct sl_buf shown = SL_BUF_INIT(8192);
	struct sl_import_note *note;
	char text[1024];
	va_list args;

	if (out->note_count == SL_IMPORT_MAX_NOTES) {
		out->notes_more++;
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (rule.len) {
		sl_buf_adds(&shown, "rule ");
		(void)sl_text_escape(&shown, rule);
		sl_buf_adds(&shown, ": ");
	}
	(void)sl_text_escape(&shown, sl_str(text));
	if (node)
		mark = sl_node_mark(node);
	SL_GROW(out->notes, out->note_count, out->note_room);
	note = &out->notes[out->note_count++];
	*note = (struct sl_import_note){ mark.line, mark.col,
		sl_buf_steal(&shown) };
}

void
sl_import_quote(struct sl_buf *out, struct sl_str text)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf safe =
	    SL_BUF_INIT(SL_IMPORT_MAX_POLICY);

	(void)sl_text_escape(&safe, text);
	sl_buf_addc(out, '\'');
	for (size_t i = 0; i < safe.len; i++) {
		if (safe.ptr[i] == '\'')
			sl_buf_addc(out, '\'');
		sl_buf_addc(out, safe.ptr[i]);
	}
	sl_buf_addc(out, '\'');
}

void
sl_items_release(struct sl_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->texts[i]);
	free(items->texts);
	*items = (struct sl_items){ NULL, 0, 0 };
}

void
sl_items_add(struct sl_items *items, struct sl_str text)
{
	SL_GROW(items->texts, items->count, items->room);
	items->texts[items->count++] =
	    sl_strndup(text.len ? text.ptr : "", text.len);
}

void
sl_import_put(struct sl_importer *im, const char *key, struct sl_str value)
{
	sl_buf_addf(&im->body, "    %s: ", key);
	sl_import_quote(&im->body, value);
	sl_buf_addc(&im->body, '\n');
}

static void
put_texts(struct sl_buf *out, const struct sl_items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		sl_buf_adds(out, i ? ", " : "");
		sl_import_quote(out, sl_str(items->texts[i]));
	}
}

static void
put_shared(struct sl_buf *out, struct sl_shared *shared)
{
	if (shared->written) {
		sl_buf_addf(out, "*%s", shared->anchor);
		return;
	}
	shared->written = true;
	sl_buf_addf(out, "&%s [", shared->anchor);
	put_texts(out, &shared->items);
	sl_buf_addc(out, ']');
}

void
sl_import_put_items(struct sl_importer *im, const char *key,
    const struct sl_items *items, struct sl_shared *shared)
{
	bool common = shared && shared->items.count;
	bool list = items->count + common > 1;

	if (items->count + common == 0)
		return;
	sl_buf_addf(&im->body, "    %s: %s", key, list ? "[" : "");
	if (common) {
		put_shared(&im->body, shared);
		sl_buf_adds(&im->body, items->count ? ", " : "");
	}
	put_texts(&im->body, items);
	sl_buf_adds(&im->body, list ? "]\n" : "\n");
}

static void
add_name(struct sl_buf *name, struct sl_str id)
{
	bool gap = true;

	for (size_t i = 0; i < id.len && name->len < MAX_NAME; i++) {
		int c = (uint8_t)id.ptr[i];

		if (c >= 'A' && c <= 'Z')
			c |= 32;
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		    c == '.' || c == '_') {
			sl_buf_addc(name, (char)c);
			gap = false;
		} else if (!gap) {
			sl_buf_addc(name, '-');
			gap = true;
		}
	}
	while (name->len && name->ptr[name->len - 1] == '-')
		sl_buf_truncate(name, name->len - 1);
	if (name->len == 0 || name->ptr[name->len - 1] == '/')
		sl_buf_adds(name, "rule");
}

void
sl_import_begin(struct sl_importer *im, const char *prefix, struct sl_str id,
    const char *kind)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf name = SL_BUF_INIT(256);
	size_t len;

	sl_buf_adds(&name, prefix);
	add_name(&name, id);
	sl_buf_truncate(&name, MAX_NAME - 6);
	len = name.len;
	for (unsigned i = 2; !sl_map_put(&im->names, sl_buf_str(&name), im);
	     i++) {
		sl_buf_truncate(&name, len);
		sl_buf_addf(&name, "-%u", i);
	}
	sl_buf_addf(&im->body, "\n  %s:\n    kind: %s\n", sl_buf_cstr(&name),
	    kind);
	im->out->rule_count++;
}
