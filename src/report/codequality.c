/* SPDX-License-Identifier: Apache-2.0 */
#include "doc/json.h"

#include "report/report_int.h"

static void
put_entry(struct sl_json *w, const char *rule, const char *description,
    enum sl_level level, const char *fingerprint, const char *path,
    unsigned line)
{
	sl_json_object(w);
	sl_json_put(w, "type", "issue");
	sl_json_put(w, "check_name", rule);
	sl_json_put(w, "description", description);
	sl_json_key(w, "categories");
	sl_json_list(w);
	sl_json_cstr(w, "Style");
	sl_json_end(w);
	sl_json_put(w, "severity", sl_report_words(level)->codequality);
	sl_json_put(w, "fingerprint", fingerprint);
	sl_json_key(w, "location");
	sl_json_object(w);
	/* A path is required, also for what is about a ref or a commit. */
	sl_json_put(w, "path", path[0] ? path : ".");
	sl_json_key(w, "lines");
	sl_json_object(w);
	sl_json_put_int(w, "begin", line ? line : 1);
	sl_json_end(w);
	sl_json_end(w);
	sl_json_end(w);
}

/* Left to the server: nothing to repair, but not judged either. */
static void
put_deferred(struct sl_json *w, const struct sl_deferred *d)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf text = SL_BUF_INIT(4096);
	SL_CLEANUP(sl_buf_release) struct sl_buf print = SL_BUF_INIT(4096);

	sl_buf_addf(&text, "deferred: %s", d->reason);
	sl_buf_addf(&print, "deferred/%s/%s/%s", d->rule, d->ref, d->reason);
	put_entry(w, d->rule, sl_buf_cstr(&text), SL_LEVEL_AUDIT,
	    sl_buf_cstr(&print), "", 1);
}

int
sl_report_codequality(const struct sl_verdict *v,
    const struct sl_report_options *options SL_UNUSED, struct sl_buf *out)
{
	struct sl_json w;

	sl_json_init(&w, out, 0);
	sl_json_list(&w);
	for (size_t i = 0; i < v->finding_count; i++) {
		const struct sl_finding *f = &v->findings[i];

		put_entry(&w, f->rule, f->message, f->level, f->fingerprint,
		    f->path, f->line);
	}
	for (size_t i = 0; i < v->undecided_count; i++) {
		const struct sl_undecided *u = &v->undecided[i];
		SL_CLEANUP(sl_buf_release) struct sl_buf text =
		    SL_BUF_INIT(4096);
		char print[SL_SHA256_HEX + 1];

		sl_buf_addf(&text, "undecided: %s", u->reason);
		sl_undecided_fingerprint(u, print);
		put_entry(&w, u->rule[0] ? u->rule : "sluice/undecided",
		    sl_buf_cstr(&text), u->level, print, u->path, 1);
	}
	for (size_t i = 0; i < v->deferred_count; i++)
		put_deferred(&w, &v->deferred[i]);
	sl_json_end(&w);
	return out->over ? SL_ETOOBIG : SL_OK;
}
