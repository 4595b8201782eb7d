/* SPDX-License-Identifier: Apache-2.0 */
#include "ci-runner/import.h"

#include "base/fsx.h"
#include "base/mem.h"
#include "cli/exit.h"
#include "doc/json.h"
#include "import/import.h"

#define MAX_SOURCE ((size_t)4 << 20)

static int
find_format(const char *from, enum sl_import_format *out,
    struct sl_error *err)
{
	*out = SL_IMPORT_ANY;
	for (int i = 0; from && sl_import_formats[i]; i++)
		if (strcmp(from, sl_import_formats[i]) == 0)
			*out = (enum sl_import_format)(SL_IMPORT_GITLEAKS + i);
	if (from && *out == SL_IMPORT_ANY)
		return sl_error_set(err, SL_ECONFIG, "\"%s\" is none of "
		    "gitleaks, gitlab and github", from);
	return SL_OK;
}

static int
show_json(const struct sl_import *import, const char *file)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out =
	    SL_BUF_INIT(SL_IMPORT_MAX_POLICY * 2);
	struct sl_json w;

	sl_json_init(&w, &out, 0);
	sl_json_object(&w);
	sl_json_put(&w, "file", file);
	sl_json_put_int(&w, "rules", (int64_t)import->rule_count);
	sl_json_putv(&w, "policy", sl_buf_str(&import->policy));
	sl_json_key(&w, "notes");
	sl_json_list(&w);
	for (size_t i = 0; i < import->note_count; i++) {
		sl_json_object(&w);
		sl_json_put_int(&w, "line", import->notes[i].line);
		sl_json_put_int(&w, "col", import->notes[i].col);
		sl_json_put(&w, "message", import->notes[i].text);
		sl_json_end(&w);
	}
	sl_json_end(&w);
	sl_json_end(&w);
	sl_buf_addc(&out, '\n');
	return sl_cli_print(stdout, &out);
}

static int
show(const struct sl_import *import, const char *file)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf notes =
	    SL_BUF_INIT(SL_IMPORT_MAX_POLICY);
	size_t count = import->note_count + import->notes_more;
	int rc;

	for (size_t i = 0; i < import->note_count; i++)
		sl_buf_addf(&notes, "%s:%u:%u: %s\n", file,
		    import->notes[i].line, import->notes[i].col,
		    import->notes[i].text);
	if (import->notes_more)
		sl_buf_addf(&notes, "%s: %zu more of these\n", file,
		    import->notes_more);
	sl_buf_addf(&notes, "%s: %zu rule%s; %zu thing%s not as there\n", file,
	    import->rule_count, import->rule_count == 1 ? "" : "s", count,
	    count == 1 ? "" : "s");
	rc = sl_cli_print(stdout, &import->policy);
	return rc == SL_EXIT_PASS ? sl_cli_print(stderr, &notes) : rc;
}

int
run_import(const struct sl_invocation *inv, const char *from,
    const char *file)
{
	SL_CLEANUP(sl_import_release) struct sl_import import = SL_IMPORT_INIT;
	SL_CLEANUP(sl_buf_release) struct sl_buf text =
	    SL_BUF_INIT(MAX_SOURCE);
	struct sl_error err = SL_ERROR_INIT;
	enum sl_import_format format;
	int rc = find_format(from, &format, &err);

	if (rc == SL_OK)
		rc = sl_fsx_read(file, &text, &err);
	if (rc == SL_OK)
		rc = sl_import_read(file, sl_buf_str(&text), format, &import,
		    &err);
	if (rc < 0)
		return sl_cli_fail(inv, &err);
	return inv->json ? show_json(&import, file) : show(&import, file);
}
