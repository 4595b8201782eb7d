/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Workflow commands of GitHub Actions: printed by a job, they become
 * annotations of the files that they name.
 *
 * @source GitHub documentation, "Workflow commands for GitHub Actions"
 */
#include "report/report_int.h"

#include <string.h>

/* A line would end the command, and a percent sign begins an escape. */
static void
add_data(struct sl_buf *out, const char *s, const char *special)
{
	for (; *s; s++) {
		if (*s == '%' || *s == '\r' || *s == '\n' ||
		    strchr(special, *s) != NULL)
			sl_buf_addf(out, "%%%02X", (unsigned char)*s);
		else
			sl_buf_addc(out, *s);
	}
}

static void
add_property(struct sl_buf *out, const char *before, const char *name,
    const char *value)
{
	sl_buf_addf(out, "%s%s=", before, name);
	add_data(out, value, ":,");
}

static void
add_finding(struct sl_buf *out, const struct sl_finding *f)
{
	sl_buf_addf(out, "::%s", sl_report_words(f->level)->github);
	add_property(out, " ", "title", f->rule);
	if (f->path[0])
		add_property(out, ",", "file", f->path);
	if (f->path[0] && f->line)
		sl_buf_addf(out, ",line=%u", f->line);
	if (f->path[0] && f->line && f->col)
		sl_buf_addf(out, ",col=%u", f->col);
	sl_buf_adds(out, "::");
	add_data(out, f->message, "");
	if (f->fix[0]) {
		sl_buf_adds(out, "; to fix: ");
		add_data(out, f->fix, "");
	}
	sl_buf_addc(out, '\n');
}

static void
add_undecided(struct sl_buf *out, const struct sl_undecided *u)
{
	sl_buf_addf(out, "::%s", sl_report_words(u->level)->github);
	add_property(out, " ", "title", u->rule[0] ? u->rule : "undecided");
	if (u->path[0])
		add_property(out, ",", "file", u->path);
	sl_buf_adds(out, "::undecided: ");
	add_data(out, u->reason, "");
	sl_buf_addc(out, '\n');
}

/* Left to the server: nothing to repair, but not judged either. */
static void
add_deferred(struct sl_buf *out, const struct sl_deferred *d)
{
	sl_buf_adds(out, "::notice");
	add_property(out, " ", "title", d->rule);
	sl_buf_adds(out, "::deferred: ");
	add_data(out, d->reason, "");
	sl_buf_addc(out, '\n');
}

int
sl_report_github(const struct sl_verdict *v,
    const struct sl_report_options *options SL_UNUSED, struct sl_buf *out)
{
	for (size_t i = 0; i < v->finding_count; i++)
		add_finding(out, &v->findings[i]);
	for (size_t i = 0; i < v->undecided_count; i++)
		add_undecided(out, &v->undecided[i]);
	for (size_t i = 0; i < v->deferred_count; i++)
		add_deferred(out, &v->deferred[i]);
	/* Plain text: it shows in the job's log that the judgement ended. */
	sl_buf_addf(out, "sluice: %s by verdict %.12s",
	    sl_outcome_name(v->outcome), v->id);
	return out->over ? SL_ETOOBIG : SL_OK;
}
