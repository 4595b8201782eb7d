/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schema and a value, with a line "%%" between them. A schema compiles or
 * fails with a place. A value is judged the same whether flaws are told or
 * not, and one that does not fit has a flaw with a place and words.
 */
#include "fuzz.h"

#include <string.h>

#include "schema/schema.h"

static bool
on_flaw(void *ctx, const struct sl_schema_flaw *flaw)
{
	fuzz_check(flaw->mark.line > 0 && flaw->schema.line > 0);
	fuzz_check(flaw->found[0] && flaw->expected[0] && flaw->keyword[0]);
	++*(unsigned *)ctx;
	return true;
}

static void
check(const struct sl_schema *schema, const struct sl_node *value)
{
	const struct sl_rx_limits few = { .match_limit = 2000 };
	struct sl_rx_scratch *scratch = sl_rx_scratch_new(&few);
	unsigned told = 0;
	struct sl_schema_trial how = { .scratch = scratch,
		.max_steps = 20000 };
	struct sl_error err = SL_ERROR_INIT;
	bool quiet = false, loud = false;
	int first = sl_schema_check(schema, value, &how, &quiet, &err);

	/* Telling goes on after a flaw, and so takes more steps. */
	how.flaw = on_flaw;
	how.ctx = &told;
	how.max_steps = 400000;
	if (sl_schema_check(schema, value, &how, &loud, &err) == SL_OK) {
		fuzz_check(loud == (told == 0));
		fuzz_check(first < 0 || quiet == loud);
	}
	sl_rx_scratch_free(scratch);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sl_doc_limits limits = { .max_bytes = 65536,
		.max_nodes = 3000 };
	const char *text = (const char *)data;
	const char *mark = size ? memmem(text, size, "\n%%\n", 4) : NULL;
	struct sl_doc *doc = NULL, *value = NULL;
	struct sl_schema *schema = NULL;
	struct sl_error err = SL_ERROR_INIT;

	if (mark == NULL || sl_doc_parse_yaml("s",
		sl_strn(text, (size_t)(mark - text)), &limits, &doc, &err) < 0)
		return 0;
	sl_error_clear(&err);
	if (sl_schema_compile(sl_doc_root(doc), SL_SCHEMA_FORMATS, &schema,
		&err) < 0)
		fuzz_check(schema == NULL && err.place[0] && err.text[0]);
	else if (sl_doc_parse_yaml("v",
		     sl_strn(mark + 4, (size_t)(text + size - mark - 4)),
		     &limits, &value, NULL) == SL_OK)
		check(schema, sl_doc_root(value));
	sl_schema_free(schema);
	sl_doc_free(value);
	sl_doc_free(doc);
	return 0;
}
