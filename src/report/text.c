/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text: a verdict for people.
 *
 * A push shows few lines. The blocking findings come first, grouped by rule;
 * when not all fit, each rule shows its first ones and a count of the rest.
 */
#include "report/report.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"

#include <string.h>

/* Findings of one rule that are shown before other rules get a line. */
#define FIRST_OF_RULE 2

/* Rules that the coverage line names as undecided. */
#define UNDECIDED_RULES 3

enum color { PLAIN, RED, YELLOW, GREEN, DIM };

struct writer {
	struct sl_buf *out;
	const struct sl_report_options *options;
	unsigned lines;
};

static const char *
color_code(const struct writer *w, enum color color)
{
	static const char *const codes[] = { "\033[0m", "\033[1;31m",
		"\033[33m", "\033[32m", "\033[2m" };

	return w->options->color ? codes[color] : "";
}

/* Text of the verdict: safe for a terminal, not yet for a web page. */
static void
add(struct writer *w, const char *s)
{
	if (w->options->html)
		(void)sl_text_escape_html(w->out, sl_str(s));
	else
		(void)sl_text_escape(w->out, sl_str(s));
}

static void
begin(struct writer *w)
{
	if (w->options->prefix)
		sl_buf_adds(w->out, w->options->prefix);
}

static void
end(struct writer *w)
{
	sl_buf_addc(w->out, '\n');
	w->lines++;
}

static void
add_place(struct writer *w, const char *file, unsigned line, unsigned col)
{
	add(w, file);
	if (line)
		sl_buf_addf(w->out, ":%u", line);
	if (line && col)
		sl_buf_addf(w->out, ":%u", col);
}

/* "refs/heads/main" is "main" to people, "refs/tags/v1" "tag v1". */
static void
add_ref(struct writer *w, const char *ref)
{
	if (!strncmp(ref, "refs/heads/", 11)) {
		add(w, ref + 11);
	} else if (!strncmp(ref, "refs/tags/", 10)) {
		sl_buf_adds(w->out, "tag ");
		add(w, ref + 10);
	} else {
		add(w, ref);
	}
}

static void
add_where(struct writer *w, const struct sl_finding *f)
{
	char hex[SL_OID_HEX + 1];
	bool first = true;

	if (!f->ref[0] && !f->has_commit)
		return;
	sl_buf_adds(w->out, color_code(w, DIM));
	sl_buf_adds(w->out, " (");
	if (f->ref[0]) {
		add_ref(w, f->ref);
		first = false;
	}
	if (f->has_commit) {
		sl_oid_hex(&f->commit, hex);
		sl_buf_addf(w->out, "%scommit %.12s", first ? "" : ", ", hex);
	}
	if (f->repeats)
		sl_buf_addf(w->out, ", and %u more %s", f->repeats,
		    f->repeats == 1 ? "place" : "places");
	sl_buf_addc(w->out, ')');
	sl_buf_adds(w->out, color_code(w, PLAIN));
}

static enum color
level_color(enum sl_level level)
{
	return level == SL_LEVEL_BLOCK ? RED :
	    level == SL_LEVEL_WARN     ? YELLOW :
					 DIM;
}

static void
finding_line(struct writer *w, const struct sl_finding *f)
{
	begin(w);
	sl_buf_adds(w->out, "  ");
	sl_buf_adds(w->out, color_code(w, level_color(f->level)));
	sl_buf_adds(w->out, sl_level_name(f->level));
	sl_buf_adds(w->out, color_code(w, PLAIN));
	sl_buf_addc(w->out, ' ');
	if (f->path[0]) {
		add_place(w, f->path, f->line, f->col);
		sl_buf_adds(w->out, ": ");
	}
	add(w, f->message);
	add_where(w, f);
	end(w);
}

/* The rule, where it comes from, and what to do about it. The file's name is
 * enough here: lines on a terminal are short. */
static void
rule_line(struct writer *w, const struct sl_finding *f, size_t hidden)
{
	const char *slash = strrchr(f->place.file, '/');
	char time[SL_TIME_RFC3339_SIZE];

	begin(w);
	sl_buf_adds(w->out, "    ");
	if (hidden)
		sl_buf_addf(w->out, "and %zu more; ", hidden);
	sl_buf_adds(w->out, "rule ");
	add(w, f->rule);
	sl_buf_adds(w->out, " (");
	add_place(w, slash ? slash + 1 : f->place.file, f->place.line, 0);
	sl_buf_addc(w->out, ')');
	if (f->blocks_from_s != 0 &&
	    sl_time_format_rfc3339(f->blocks_from_s, time) == 0)
		sl_buf_addf(w->out, ", which blocks from %.10s", time);
	if (f->fix[0]) {
		sl_buf_adds(w->out, "; to fix: ");
		add(w, f->fix);
	}
	end(w);
}

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
headline(struct writer *w, const struct sl_verdict *v)
{
	static const struct {
		const char *text;
		enum color color;
	} words[] = {
		[SL_OUTCOME_PASS] = { "pass", GREEN },
		[SL_OUTCOME_FAIL] = { "refused", RED },
		[SL_OUTCOME_UNDECIDED] = { "undecided", RED },
	};

	begin(w);
	sl_buf_adds(w->out, "sluice: ");
	sl_buf_adds(w->out, color_code(w, words[v->outcome].color));
	sl_buf_adds(w->out, words[v->outcome].text);
	sl_buf_adds(w->out, color_code(w, PLAIN));
	sl_buf_adds(w->out, " by policy ");
	add(w, v->policy_name);
	if (v->blocking)
		sl_buf_addf(w->out, ", %zu blocking finding%s", v->blocking,
		    plural(v->blocking));
	if (v->warnings)
		sl_buf_addf(w->out, ", %zu warning%s", v->warnings,
		    plural(v->warnings));
	if (v->undecided_count)
		sl_buf_addf(w->out, ", %zu undecided", v->undecided_count);
	if (v->deferred_count)
		sl_buf_addf(w->out, ", %zu deferred", v->deferred_count);
	if (v->waived_count)
		sl_buf_addf(w->out, ", %zu waived", v->waived_count);
	end(w);
}

static void
undecided_line(struct writer *w, const struct sl_undecided *u)
{
	begin(w);
	sl_buf_adds(w->out, "  ");
	sl_buf_adds(w->out, color_code(w, level_color(u->level)));
	sl_buf_adds(w->out, "undecided");
	sl_buf_adds(w->out, color_code(w, PLAIN));
	sl_buf_addc(w->out, ' ');
	if (u->path[0]) {
		add(w, u->path);
		sl_buf_adds(w->out, ": ");
	}
	add(w, u->reason);
	sl_buf_addf(w->out, " (%s%s%s)", u->rule[0] ? "rule " : "any rule",
	    u->rule, u->level == SL_LEVEL_BLOCK ? "" : ", does not block");
	end(w);
}

/*
 * "; undecided: 12 by rule a/b, 3 by any rule": what was not judged is part of
 * what was covered. The entries are ordered by level and rule.
 */
static void
add_undecided_counts(struct writer *w, const struct sl_verdict *v)
{
	size_t named = 0, i = 0;

	while (i < v->undecided_count && named < UNDECIDED_RULES) {
		const char *rule = v->undecided[i].rule;
		size_t first = i;

		while (i < v->undecided_count &&
		    !strcmp(v->undecided[i].rule, rule))
			i++;
		sl_buf_addf(w->out, "%s%zu by %s",
		    named++ ? ", " : "; undecided: ", i - first,
		    rule[0] ? "rule " : "any rule");
		add(w, rule);
	}
	if (i < v->undecided_count)
		sl_buf_addf(w->out, ", %zu more", v->undecided_count - i);
}

static void
coverage_line(struct writer *w, const struct sl_verdict *v)
{
	const struct sl_coverage *c = &v->coverage;

	begin(w);
	sl_buf_adds(w->out, color_code(w, DIM));
	sl_buf_addf(w->out,
	    "looked at %llu ref%s, %llu commit%s, %llu path%s, %llu tree "
	    "%s, %llu file%s (",
	    (unsigned long long)c->refs, plural(c->refs),
	    (unsigned long long)c->commits, plural(c->commits),
	    (unsigned long long)c->changed_paths, plural(c->changed_paths),
	    (unsigned long long)c->tree_entries,
	    c->tree_entries == 1 ? "entry" : "entries",
	    (unsigned long long)c->blobs, plural(c->blobs));
	(void)sl_num_format_bytes(w->out, c->blob_bytes);
	sl_buf_addf(w->out, ") with %llu rules and %s in ",
	    (unsigned long long)c->rules, c->engine);
	(void)sl_num_format_duration(w->out, c->elapsed_ms);
	if (c->in_baseline)
		sl_buf_addf(w->out, "; %llu more finding%s in the baseline",
		    (unsigned long long)c->in_baseline,
		    plural(c->in_baseline));
	add_undecided_counts(w, v);
	sl_buf_addf(w->out, "; verdict %.12s", v->id);
	sl_buf_adds(w->out, color_code(w, PLAIN));
	end(w);
}

static void
more_line(struct writer *w, const struct sl_verdict *v, size_t hidden)
{
	begin(w);
	if (hidden)
		sl_buf_addf(w->out, "%zu more line%s; ", hidden,
		    plural(hidden));
	if (w->options->more) {
		sl_buf_adds(w->out, "to see everything: ");
		add(w, w->options->more);
	} else {
		sl_buf_addf(w->out, "the whole report is verdict %.12s", v->id);
	}
	end(w);
}

/* --- choosing --- */

/* What is said of one rule at one level: findings from..to, n of them. */
struct group {
	size_t *findings;
	size_t count;
	size_t shown;
};

static bool
is_shown(const struct writer *w, const struct sl_finding *f)
{
	return f->level > SL_LEVEL_AUDIT || w->options->audits;
}

/* Groups in order of their first finding, so the strictest come first. */
static size_t
make_groups(const struct writer *w, const struct sl_verdict *v,
    struct group *groups, size_t *order)
{
	size_t count = 0, used = 0;

	for (size_t i = 0; i < v->finding_count; i++) {
		const struct sl_finding *f = &v->findings[i];
		bool earlier = !is_shown(w, f);

		for (size_t k = 0; k < count && !earlier; k++) {
			const struct sl_finding *g =
			    &v->findings[groups[k].findings[0]];

			earlier = g->level == f->level &&
			    !strcmp(g->rule, f->rule);
		}
		if (earlier)
			continue;
		groups[count].findings = order + used;
		groups[count].count = 0;
		for (size_t k = i; k < v->finding_count; k++)
			if (v->findings[k].level == f->level &&
			    !strcmp(v->findings[k].rule, f->rule)) {
				order[used++] = k;
				groups[count].count++;
			}
		count++;
	}
	return count;
}

/* Show one more finding of a group, if it has one. */
static bool
show_one(struct group *g, size_t *room, size_t *findings)
{
	if (*room == 0 || *findings == 0 || g->shown == g->count)
		return false;
	g->shown++;
	--*room;
	--*findings;
	return true;
}

/* Share the lines out: a round of first ones, then the rest in order. */
static size_t
share_lines(struct group *groups, size_t count, size_t room, size_t findings)
{
	size_t hidden = 0;

	for (size_t i = 0; i < count && room >= 2; i++)
		if (show_one(&groups[i], &room, &findings))
			room--; /* the line of its rule */
	for (size_t i = 0; i < count; i++)
		while (groups[i].shown && groups[i].shown < FIRST_OF_RULE &&
		    show_one(&groups[i], &room, &findings))
			;
	for (size_t i = 0; i < count; i++)
		while (groups[i].shown && show_one(&groups[i], &room,
					      &findings))
			;
	for (size_t i = 0; i < count; i++)
		if (!groups[i].shown)
			hidden += groups[i].count;
	return hidden;
}

static size_t
show_undecided(struct writer *w, const struct sl_verdict *v, size_t room)
{
	size_t n = v->undecided_count < room ? v->undecided_count : room;

	for (size_t i = 0; i < n; i++)
		undecided_line(w, &v->undecided[i]);
	return v->undecided_count - n;
}

/* What waivers cover: with the audits, for those who want to see it all. */
static size_t
show_waived(struct writer *w, const struct sl_verdict *v, size_t room)
{
	size_t n = v->waived_count < room ? v->waived_count : room;

	if (!w->options->audits)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const struct sl_finding *f = &v->waived[i];

		begin(w);
		sl_buf_adds(w->out, "  waived ");
		if (f->path[0]) {
			add_place(w, f->path, f->line, f->col);
			sl_buf_adds(w->out, ": ");
		}
		add(w, f->message);
		sl_buf_adds(w->out, " (rule ");
		add(w, f->rule);
		sl_buf_adds(w->out, "; ");
		add(w, f->waiver);
		sl_buf_addc(w->out, ')');
		end(w);
	}
	return v->waived_count - n;
}

/* Deferred and skipped things: one line each, where there is room. */
static size_t
show_rest(struct writer *w, const struct sl_verdict *v, size_t room)
{
	size_t hidden = 0;

	for (size_t i = 0; i < v->deferred_count; i++) {
		if (!room) {
			hidden++;
			continue;
		}
		room--;
		begin(w);
		sl_buf_adds(w->out, "  deferred rule ");
		add(w, v->deferred[i].rule);
		sl_buf_adds(w->out, ": ");
		add(w, v->deferred[i].reason);
		end(w);
	}
	for (size_t i = 0; i < v->skipped_count; i++) {
		if (!room) {
			hidden++;
			continue;
		}
		room--;
		begin(w);
		sl_buf_addf(w->out, "  skipped %llu: ",
		    (unsigned long long)v->skipped[i].count);
		add(w, v->skipped[i].what);
		sl_buf_adds(w->out, " (");
		add(w, v->skipped[i].reason);
		sl_buf_addc(w->out, ')');
		end(w);
	}
	return hidden;
}

static void
show_groups(struct writer *w, const struct sl_verdict *v,
    const struct group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct group *g = &groups[i];

		if (!g->shown)
			continue;
		for (size_t k = 0; k < g->shown; k++)
			finding_line(w, &v->findings[g->findings[k]]);
		rule_line(w, &v->findings[g->findings[0]],
		    g->count - g->shown);
	}
}

int
sl_report_text(const struct sl_verdict *v,
    const struct sl_report_options *options, struct sl_buf *out)
{
	struct writer w = { .out = out, .options = options };
	SL_CLEANUP(sl_freep) struct group *groups =
	    sl_alloc_array(v->finding_count + 1, sizeof(*groups));
	SL_CLEANUP(sl_freep) size_t *order =
	    sl_alloc_array(v->finding_count + 1, sizeof(*order));
	/* Headline, coverage and "more" always have their lines. */
	size_t room = options->max_lines ?
		  (options->max_lines > 5 ? options->max_lines - 3 : 2) :
		  SIZE_MAX / 2;
	size_t count = make_groups(&w, v, groups, order);
	size_t undecided_room = room / 4 ? room / 4 : 1;
	size_t hidden;
	bool cut = false;

	headline(&w, v);
	if (!options->max_lines || v->undecided_count < undecided_room)
		undecided_room = v->undecided_count;
	hidden = share_lines(groups, count, room - undecided_room,
	    options->max_findings ? options->max_findings : SIZE_MAX);
	for (size_t i = 0; i < count; i++)
		cut = cut || groups[i].shown < groups[i].count;
	show_groups(&w, v, groups, count);
	room -= w.lines - 1 < room ? w.lines - 1 : room;
	hidden += show_undecided(&w, v, room);
	room = options->max_lines ?
		     (w.lines + 2 < options->max_lines ?
			     options->max_lines - w.lines - 2 : 0) :
		     SIZE_MAX / 2;
	hidden += show_waived(&w, v, room);
	room = options->max_lines ?
		     (w.lines + 2 < options->max_lines ?
			     options->max_lines - w.lines - 2 : 0) :
		     SIZE_MAX / 2;
	hidden += show_rest(&w, v, room);
	if (hidden || cut)
		more_line(&w, v, hidden);
	coverage_line(&w, v);
	return out->over ? SL_ETOOBIG : SL_OK;
}
