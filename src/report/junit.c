/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include <string.h>

#include "base/text.h"

/* XML has no form for most control characters: those are escaped as text. */
static void
add(struct sl_buf *out, const char *s)
{
	(void)sl_text_escape_html(out, sl_str(s));
}

static void
add_attribute(struct sl_buf *out, const char *name, const char *value)
{
	sl_buf_addf(out, " %s=\"", name);
	add(out, value);
	sl_buf_addc(out, '"');
}

/* Where a finding is, as the name of a test case. */
static void
add_case_name(struct sl_buf *out, const struct sl_finding *f)
{
	sl_buf_adds(out, " name=\"");
	add(out, f->path[0] ? f->path : f->ref);
	if (f->line)
		sl_buf_addf(out, ":%u", f->line);
	sl_buf_addc(out, '"');
}

static void
add_details(struct sl_buf *out, const struct sl_finding *f)
{
	char hex[SL_OID_HEX + 1];

	add(out, f->message);
	sl_buf_adds(out, "\nref: ");
	add(out, f->ref);
	if (f->has_commit) {
		sl_oid_hex(&f->commit, hex);
		sl_buf_addf(out, "\ncommit: %s", hex);
	}
	if (f->fix[0]) {
		sl_buf_adds(out, "\nfix: ");
		add(out, f->fix);
	}
	sl_buf_adds(out, "\nrule: ");
	add(out, f->place.file);
	sl_buf_addf(out, ":%u\n", f->place.line);
}

static void
add_case(struct sl_buf *out, const struct sl_finding *f)
{
	sl_buf_adds(out, "    <testcase");
	add_attribute(out, "classname", f->rule);
	add_case_name(out, f);
	if (f->path[0])
		add_attribute(out, "file", f->path);
	sl_buf_adds(out, ">\n");
	if (f->level == SL_LEVEL_BLOCK) {
		sl_buf_adds(out, "      <failure");
		add_attribute(out, "type", f->rule);
		add_attribute(out, "message", f->message);
		sl_buf_addc(out, '>');
		add_details(out, f);
		sl_buf_adds(out, "</failure>\n");
	} else {
		sl_buf_addf(out, "      <system-out>%s: ",
		    sl_level_name(f->level));
		add_details(out, f);
		sl_buf_adds(out, "</system-out>\n");
	}
	sl_buf_adds(out, "    </testcase>\n");
}

/* Every finding of the rule that finding i is the first of. */
static void
add_suite(struct sl_buf *out, const struct sl_verdict *v, size_t i)
{
	const char *rule = v->findings[i].rule;
	size_t tests = 0, failures = 0;

	for (size_t k = i; k < v->finding_count; k++)
		if (!strcmp(v->findings[k].rule, rule)) {
			tests++;
			failures += v->findings[k].level == SL_LEVEL_BLOCK;
		}
	sl_buf_adds(out, "  <testsuite");
	add_attribute(out, "name", rule);
	sl_buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\">\n",
	    tests, failures);
	for (size_t k = i; k < v->finding_count; k++)
		if (!strcmp(v->findings[k].rule, rule))
			add_case(out, &v->findings[k]);
	sl_buf_adds(out, "  </testsuite>\n");
}

static void
add_undecided(struct sl_buf *out, const struct sl_verdict *v)
{
	if (!v->undecided_count)
		return;
	sl_buf_addf(out, "  <testsuite name=\"undecided\" tests=\"%zu\" "
			 "failures=\"0\" errors=\"%zu\">\n",
	    v->undecided_count, v->undecided_blocking);
	for (size_t i = 0; i < v->undecided_count; i++) {
		const struct sl_undecided *u = &v->undecided[i];
		bool blocks = u->level == SL_LEVEL_BLOCK;

		sl_buf_adds(out, "    <testcase");
		add_attribute(out, "classname",
		    u->rule[0] ? u->rule : "any rule");
		add_attribute(out, "name",
		    u->path[0]	     ? u->path :
			u->ref[0] ? u->ref :
				    "the whole push");
		sl_buf_addf(out, "><%s", blocks ? "error" : "skipped");
		add_attribute(out, "message", u->reason);
		sl_buf_adds(out, "/></testcase>\n");
	}
	sl_buf_adds(out, "  </testsuite>\n");
}

/* Left to the server: nothing failed, but not judged either. */
static void
add_deferred(struct sl_buf *out, const struct sl_verdict *v)
{
	if (!v->deferred_count)
		return;
	sl_buf_addf(out, "  <testsuite name=\"deferred\" tests=\"%zu\" "
			 "failures=\"0\" errors=\"0\">\n",
	    v->deferred_count);
	for (size_t i = 0; i < v->deferred_count; i++) {
		const struct sl_deferred *d = &v->deferred[i];

		sl_buf_adds(out, "    <testcase");
		add_attribute(out, "classname", d->rule);
		add_attribute(out, "name",
		    d->ref[0] ? d->ref : "the whole push");
		sl_buf_adds(out, "><skipped");
		add_attribute(out, "message", d->reason);
		sl_buf_adds(out, "/></testcase>\n");
	}
	sl_buf_adds(out, "  </testsuite>\n");
}

/* One case that always stands: a report without any reads as "no tests". */
static void
add_verdict(struct sl_buf *out, const struct sl_verdict *v)
{
	sl_buf_adds(out, "  <testsuite name=\"sluice\" tests=\"1\" "
			 "failures=\"0\" errors=\"0\">\n    <testcase "
			 "classname=\"sluice\"");
	add_attribute(out, "name", v->policy_name);
	sl_buf_adds(out, "><system-out>");
	sl_buf_addf(out, "%s, verdict %s, policy %s",
	    sl_outcome_name(v->outcome), v->id, v->policy_digest);
	sl_buf_adds(out, "</system-out></testcase>\n  </testsuite>\n");
}

int
sl_report_junit(const struct sl_verdict *v,
    const struct sl_report_options *options SL_UNUSED, struct sl_buf *out)
{
	sl_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	sl_buf_addf(out,
	    "<testsuites name=\"sluice\" tests=\"%zu\" failures=\"%zu\" "
	    "errors=\"%zu\" time=\"%lld.%03lld\">\n",
	    v->finding_count + v->undecided_count + v->deferred_count + 1,
	    v->blocking,
	    v->undecided_blocking, (long long)(v->coverage.elapsed_ms / 1000),
	    (long long)(v->coverage.elapsed_ms % 1000));
	add_verdict(out, v);
	for (size_t i = 0; i < v->finding_count; i++) {
		bool earlier = false;

		for (size_t k = 0; k < i && !earlier; k++)
			earlier = !strcmp(v->findings[k].rule,
			    v->findings[i].rule);
		if (!earlier)
			add_suite(out, v, i);
	}
	add_undecided(out, v);
	add_deferred(out, v);
	sl_buf_adds(out, "</testsuites>\n");
	return out->over ? SL_ETOOBIG : SL_OK;
}
