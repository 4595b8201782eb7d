/* SPDX-License-Identifier: Apache-2.0 */
#include "hooks/hook.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/locate.h"
#include "doc/json.h"
#include "git/changes.h"

/** All of a hook's standard input: 100,000 refs of some 500 bytes. */
#define INPUT_MAX ((size_t)64 << 20)

const char *
hook_prefix(const struct hook *hook)
{
	/* GitLab shows only such lines in its pages. */
	return hook->env.host == SL_HOST_GITLAB ? "GL-HOOK-ERR: " : "";
}

void
hook_say(const struct hook *hook, const char *fmt, ...)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(65536);
	char raw[8192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	sl_buf_adds(&out, hook_prefix(hook));
	if (hook->env.web)
		sl_text_escape_html(&out, sl_str(raw));
	else
		sl_text_escape(&out, sl_str(raw));
	sl_buf_addc(&out, '\n');
	hook_write(&out, NULL);
}

int
hook_write(const struct sl_buf *text, struct sl_error *err)
{
	if (sl_fsx_write_fd(STDERR_FILENO, sl_buf_str(text), err) < 0)
		return sl_error_wrap(err, "the report");
	return SL_OK;
}

int
hook_refuse(const struct hook *hook, const struct sl_error *err)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
	int code = sl_exit_of_error(err->code);

	sl_error_format(err, shown, sizeof(shown));
	hook_say(hook, "sluice: undecided: %s", shown);
	return code != SL_EXIT_PASS ? code : SL_EXIT_UNDECIDED;
}

int
hook_place_open(const struct hook *hook, struct hook_place *place,
    struct sl_error *err)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf value = SL_BUF_INIT(4096);
	const struct sl_git_quarantine quarantine = {
		.object_directory = hook->env.object_directory,
		.alternates = hook->env.alternates,
	};
	const char *git_dir = hook->env.git_dir ? hook->env.git_dir : ".";
	int rc = sl_git_init(err);

	if (rc < 0)
		return rc;
	rc = sl_git_open_hook(git_dir, &quarantine, &place->repository, err);
	if (rc < 0)
		return rc;
	rc = sl_git_config_get(place->repository, "sluice.site", &value, err);
	if (rc < 0 && rc != SL_ENOTFOUND)
		return rc;
	rc = sl_locate_site(NULL, sl_buf_cstr(&value), &place->site_path, err);
	if (rc == 0)
		rc = sl_site_load(place->site_path, &place->site, err);
	if (rc < 0)
		return rc;
	place->packs_dir = sl_locate_data("policies");
	return SL_OK;
}

void
hook_place_release(struct hook_place *place)
{
	sl_git_free(place->repository);
	sl_site_free(place->site);
	free(place->site_path);
	free(place->packs_dir);
	memset(place, 0, sizeof(*place));
}

static const char *
get_variable(void *ctx, const char *name)
{
	(void)ctx;
	return getenv(name);
}

struct sl_site_pusher
hook_pusher(const struct hook_place *place)
{
	return sl_site_pusher(place->site, get_variable, NULL);
}

const char *
hook_pusher_name(const struct sl_site_pusher *pusher)
{
	if (pusher->person != NULL)
		return pusher->person->name;
	return pusher->login ? pusher->login : "";
}

size_t
hook_drop_unchanged(struct sl_ref_line *lines, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (!sl_oid_is_zero(&lines[i].old_oid) ||
		    !sl_oid_is_zero(&lines[i].new_oid))
			lines[kept++] = lines[i];
	return kept;
}

int
hook_read_lines(struct sl_buf *input, struct sl_ref_line **lines,
    size_t *count, struct sl_error *err)
{
	int rc;

	sl_buf_init(input, INPUT_MAX);
	rc = sl_fsx_read_fd(STDIN_FILENO, "standard input", input, err);
	if (rc == 0)
		rc = sl_ref_lines_parse(sl_buf_str(input), SL_GIT_REFS_MAX,
		    lines, count, err);
	if (rc == 0)
		*count = hook_drop_unchanged(*lines, *count);
	return rc;
}

int
hook_read_options(const struct hook *hook, struct sl_gate_push *push,
    struct sl_buf *json, struct sl_error *err)
{
	struct sl_json w;

	sl_json_init(&w, json, 0);
	sl_json_list(&w);
	for (size_t i = 0; i < hook->env.push_option_count; i++) {
		const char *option = hook->env.push_options[i];
		int rc = sl_gate_push_option(push, sl_str(option), err);

		if (rc < 0)
			return rc;
		sl_json_cstr(&w, option);
	}
	sl_json_end(&w);
	if (json->over)
		return sl_error_set(err, SL_ETOOBIG,
		    "the push options are too long; push with fewer");
	return SL_OK;
}
