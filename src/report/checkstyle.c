/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkstyle's XML, which many CI servers read: a file with its errors.
 */
#include "report/report_int.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static void
add_attribute(struct sl_buf *out, const char *name, const char *value)
{
	sl_buf_addf(out, " %s=\"", name);
	(void)sl_text_escape_html(out, sl_str(value));
	sl_buf_addc(out, '"');
}

/* What is about no file stands under its ref. */
static const char *
file_of(const struct sl_finding *f)
{
	return f->path[0] ? f->path : f->ref;
}

static int
by_file(const void *a, const void *b)
{
	const struct sl_finding *const *x = a;
	const struct sl_finding *const *y = b;
	int c = strcmp(file_of(*x), file_of(*y));

	if (c == 0)
		c = ((*x)->line > (*y)->line) - ((*x)->line < (*y)->line);
	if (c == 0)
		c = ((*x)->col > (*y)->col) - ((*x)->col < (*y)->col);
	return c ? c : strcmp((*x)->rule, (*y)->rule);
}

static void
add_finding(struct sl_buf *out, const struct sl_finding *f)
{
	sl_buf_addf(out, "    <error line=\"%u\"", f->line ? f->line : 1);
	if (f->col)
		sl_buf_addf(out, " column=\"%u\"", f->col);
	add_attribute(out, "severity", sl_report_words(f->level)->checkstyle);
	add_attribute(out, "message", f->message);
	add_attribute(out, "source", f->rule);
	sl_buf_adds(out, "/>\n");
}

static void
add_undecided(struct sl_buf *out, const struct sl_undecided *u)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(8192);

	sl_buf_addf(&text, "undecided: %s", u->reason);
	sl_buf_adds(out, "  <file");
	add_attribute(out, "name", u->path[0] ? u->path : u->ref);
	sl_buf_adds(out, ">\n    <error line=\"1\"");
	add_attribute(out, "severity", sl_report_words(u->level)->checkstyle);
	add_attribute(out, "message", sl_buf_cstr(&text));
	add_attribute(out, "source", u->rule[0] ? u->rule :
						  "sluice/undecided");
	sl_buf_adds(out, "/>\n  </file>\n");
}

/* Left to the server: nothing to repair, but not judged either. */
static void
add_deferred(struct sl_buf *out, const struct sl_deferred *d)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(8192);

	sl_buf_addf(&text, "deferred: %s", d->reason);
	sl_buf_adds(out, "  <file");
	add_attribute(out, "name", d->ref);
	sl_buf_adds(out, ">\n    <error line=\"1\" severity=\"info\"");
	add_attribute(out, "message", sl_buf_cstr(&text));
	add_attribute(out, "source", d->rule);
	sl_buf_adds(out, "/>\n  </file>\n");
}

int
sl_report_checkstyle(const struct sl_verdict *v,
    const struct sl_report_options *options SL_UNUSED, struct sl_buf *out)
{
	SL_CLEANUP(sl_freep) const struct sl_finding **order =
	    sl_alloc_array(v->finding_count + 1,
		sizeof(const struct sl_finding *));

	for (size_t i = 0; i < v->finding_count; i++)
		order[i] = &v->findings[i];
	qsort(order, v->finding_count, sizeof(*order), by_file);
	sl_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
			 "<checkstyle version=\"4.3\">\n");
	for (size_t i = 0; i < v->finding_count; i++) {
		if (i == 0 ||
		    strcmp(file_of(order[i - 1]), file_of(order[i])) != 0) {
			sl_buf_adds(out, i ? "  </file>\n  <file" :
					     "  <file");
			add_attribute(out, "name", file_of(order[i]));
			sl_buf_adds(out, ">\n");
		}
		add_finding(out, order[i]);
	}
	if (v->finding_count)
		sl_buf_adds(out, "  </file>\n");
	for (size_t i = 0; i < v->undecided_count; i++)
		add_undecided(out, &v->undecided[i]);
	for (size_t i = 0; i < v->deferred_count; i++)
		add_deferred(out, &v->deferred[i]);
	sl_buf_adds(out, "</checkstyle>");
	return out->over ? SL_ETOOBIG : SL_OK;
}
