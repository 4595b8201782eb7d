/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/kinds/conform.h"

#include "base/mem.h"

void
sl_own_schema_release(struct sl_own_schema *own)
{
	sl_schema_free(own->schema);
	sl_doc_free(own->doc);
	own->schema = NULL;
	own->doc = NULL;
}

int
sl_own_schema_read(const char *name, struct sl_str text,
    const struct sl_conform *how, struct sl_own_schema *out,
    struct sl_error *err)
{
	const struct sl_doc_limits limits = {
		.max_bytes = SL_CONFORM_MAX_SCHEMA,
	};
	SL_CLEANUP(sl_own_schema_release) struct sl_own_schema own = {
		NULL, NULL
	};
	int rc = sl_doc_parse(name, text, &limits, &own.doc, err);

	if (rc == SL_OK)
		rc = sl_schema_compile(sl_doc_root(own.doc),
		    how->formats ? SL_SCHEMA_FORMATS : 0, &own.schema, err);
	if (rc < 0)
		return rc;
	*out = own;
	own = (struct sl_own_schema){ NULL, NULL };
	return SL_OK;
}

void
sl_conform_tell_broken(struct sl_judge *j, struct sl_str path,
    const struct sl_error *why, const char *message)
{
	struct sl_hit hit = {
		.path = path,
		.found = sl_str(why->text),
		.message = message,
		.fix = "correct it",
	};

	sl_hit_at_error(&hit, why);
	sl_judge_found(j, &hit);
}

/* --- flaws --- */

struct telling {
	struct sl_judge *j;
	struct sl_str path;
};

static bool
on_flaw(void *ctx, const struct sl_schema_flaw *flaw)
{
	const struct telling *t = ctx;
	SL_CLEANUP(sl_buf_release) struct sl_buf expected = SL_BUF_INIT(2000);

	sl_buf_addf(&expected, "%s (%s)", flaw->expected, flaw->keyword);
	return sl_judge_found(t->j, &(struct sl_hit){
		.path = t->path,
		.line = flaw->mark.line,
		.col = flaw->mark.col,
		.where = sl_str(flaw->at),
		.found = sl_str(flaw->found),
		.expected = sl_buf_str(&expected),
		.message = *flaw->at ? "{where}: {found}; expected {expected}" :
				       "{found}; expected {expected}",
		.fix = "change the file so that it fits; sluice check shows "
		       "what is left",
	    });
}

static int
parse(const struct sl_conform *how, struct sl_str path, struct sl_str bytes,
    struct sl_doc **out, struct sl_error *err)
{
	const struct sl_doc_limits limits = {
		.max_bytes = how->limits->max_bytes,
	};
	bool json = how->syntax == SL_SYNTAX_JSON ||
	    (how->syntax == SL_SYNTAX_BY_NAME && sl_str_ends(path, ".json"));

	/* Places are told with the path itself, so the name says little. */
	return json ? sl_doc_parse_json("file", bytes, &limits, out, err) :
		      sl_doc_parse_yaml("file", bytes, &limits, out, err);
}

int
sl_conform_judge(struct sl_judge *j, const struct sl_conform *how,
    const struct sl_schema *schema, struct sl_str path, struct sl_str bytes,
    struct sl_error *err)
{
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct telling telling = { j, path };
	struct sl_schema_trial trial = {
		.scratch = j->scratch,
		.max_flaws = (unsigned)how->limits->max_findings,
		.hide = how->hide,
		.flaw = on_flaw,
		.ctx = &telling,
	};
	struct sl_error why = SL_ERROR_INIT;
	bool fits;

	if (parse(how, path, bytes, &doc, &why) < 0) {
		sl_conform_tell_broken(j, path, &why,
		    "the file cannot be read: {found}");
		return SL_OK;
	}
	return sl_schema_check(schema, sl_doc_root(doc), &trial, &fits, err);
}
