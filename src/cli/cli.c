/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <stdarg.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "cli/complete_int.h"
#include "doc/json.h"

static const char *const format_words[] = { "text", "json", NULL };

const struct sl_opt sl_common_opts[] = {
	{ "site", 0, SL_OPT_STRING, offsetof(struct sl_common_options, site),
	    "FILE", "site file; else $SLUICE_SITE, git config sluice.site, "
		    "the system's", NULL },
	{ "repository", 'C', SL_OPT_STRING,
	    offsetof(struct sl_common_options, repository), "DIR",
	    "repository to work on (default: the current folder's)", NULL },
	{ "format", 0, SL_OPT_STRING, offsetof(struct sl_common_options, format),
	    "FORMAT", "text (default) or json", format_words },
	{ "help", 'h', SL_OPT_FLAG, offsetof(struct sl_common_options, help),
	    NULL, "show this help", NULL },
	{ "list-options", 0, SL_OPT_FLAG,
	    offsetof(struct sl_common_options, list_options), NULL,
	    "print every option, one a line", NULL },
	{ 0 }
};

bool
sl_cli_wants_colour(FILE *stream)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (no_color != NULL && no_color[0] != '\0')
		return false;
	return isatty(fileno(stream)) && term != NULL && strcmp(term, "dumb");
}

int
sl_cli_print(FILE *to, const struct sl_buf *text)
{
	if (text->over) {
		fprintf(stderr, "sluice: output is larger than %zu bytes\n",
		    text->max);
		return SL_EXIT_CONFIG;
	}
	if ((text->len > 0 && fwrite(text->ptr, 1, text->len, to) != text->len) ||
	    fflush(to) != 0) {
		fprintf(stderr, "sluice: cannot write output\n");
		return SL_EXIT_CONFIG;
	}
	return SL_EXIT_PASS;
}

int
sl_cli_fail(const struct sl_invocation *inv, const struct sl_error *err)
{
	char shown[SL_ERROR_TEXT_MAX + SL_ERROR_PLACE_MAX];
	struct sl_buf out = SL_BUF_INIT(65536);
	struct sl_json w;

	if (inv == NULL || !inv->json) {
		sl_error_format(err, shown, sizeof(shown));
		fprintf(stderr, "%s: %s\n", inv ? inv->program->name : "sluice",
		    shown);
		return sl_exit_of_error(err->code);
	}
	sl_json_init(&w, &out, 0);
	sl_json_object(&w);
	sl_json_key(&w, "error");
	sl_json_object(&w);
	sl_json_put(&w, "code", sl_err_name(err->code));
	sl_json_put(&w, "place", err->place);
	sl_json_put(&w, "message", err->text);
	sl_json_end(&w);
	sl_json_end(&w);
	sl_buf_addc(&out, '\n');
	sl_cli_print(stdout, &out);
	sl_buf_release(&out);
	return sl_exit_of_error(err->code);
}

int
sl_cli_usage(const struct sl_invocation *inv, const char *fmt, ...)
{
	struct sl_error err = SL_ERROR_INIT;
	va_list ap;

	va_start(ap, fmt);
	sl_error_vset(&err, SL_EINVAL, fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s %s: %s\n", inv->program->name, inv->cmd->name,
	    err.text);
	fprintf(stderr, "usage: %s %s [options]%s%s\n", inv->program->name,
	    inv->cmd->name, inv->cmd->operands[0] ? " " : "",
	    inv->cmd->operands);
	fprintf(stderr, "see: %s %s --help\n", inv->program->name,
	    inv->cmd->name);
	return SL_EXIT_USAGE;
}

/* --- help --- */

static void
help_options(const struct sl_opt *opts, struct sl_buf *out)
{
	for (; opts != NULL && opts->name != NULL; opts++) {
		struct sl_buf left = SL_BUF_INIT(256);

		if (opts->short_name)
			sl_buf_addf(&left, "-%c, ", opts->short_name);
		else
			sl_buf_adds(&left, "    ");
		sl_buf_addf(&left, "--%s%s%s", opts->name,
		    opts->argument ? "=" : "",
		    opts->argument ? opts->argument : "");
		sl_buf_addf(out, "  %-30s %s\n", sl_buf_cstr(&left),
		    opts->help);
		sl_buf_release(&left);
	}
}

static int
help_command(const struct sl_program *program, const struct sl_cmd *cmd)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(65536);

	sl_buf_addf(&out, "%s %s: %s\n\n", program->name, cmd->name,
	    cmd->brief);
	sl_buf_addf(&out, "usage: %s %s [options]%s%s\n\noptions:\n",
	    program->name, cmd->name, cmd->operands[0] ? " " : "",
	    cmd->operands);
	help_options(cmd->opts, &out);
	help_options(sl_common_opts, &out);
	sl_buf_addf(&out, "\nexample:\n  %s\n\nmanual: man %s-%s\n",
	    cmd->example, program->name, cmd->name);
	return sl_cli_print(stdout, &out);
}

static int
help_program(const struct sl_program *program, FILE *to)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(65536);

	sl_buf_addf(&out, "%s: %s\n\nusage: %s COMMAND [options]\n\n",
	    program->name, program->brief, program->name);
	for (const struct sl_cmd *const *c = program->commands; *c; c++)
		sl_buf_addf(&out, "  %-12s %s\n", (*c)->name, (*c)->brief);
	sl_buf_addf(&out, "  %-12s %s\n", "completion",
	    "print a completion script: completion bash|zsh|fish");
	sl_buf_addf(&out, "\n  %s COMMAND --help shows a command's options "
			  "and an example.\n", program->name);
	return sl_cli_print(to, &out);
}

static void
list_names(const struct sl_opt *opts, struct sl_buf *out)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		sl_buf_addf(out, "--%s%s%s\n", opts->name,
		    opts->argument ? "=" : "",
		    opts->argument ? opts->argument : "");
}

static int
list_options(const struct sl_cmd *cmd)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(65536);

	list_names(cmd->opts, &out);
	list_names(sl_common_opts, &out);
	return sl_cli_print(stdout, &out);
}

/* --- parsing --- */

static const struct sl_opt *
find_long(const struct sl_cmd *cmd, struct sl_str name)
{
	const struct sl_opt *tables[] = { cmd->opts, sl_common_opts };

	for (size_t t = 0; t < SL_COUNT(tables); t++)
		for (const struct sl_opt *o = tables[t]; o && o->name; o++)
			if (sl_str_eqs(name, o->name))
				return o;
	return NULL;
}

static const struct sl_opt *
find_short(const struct sl_cmd *cmd, char c)
{
	const struct sl_opt *tables[] = { cmd->opts, sl_common_opts };

	for (size_t t = 0; t < SL_COUNT(tables); t++)
		for (const struct sl_opt *o = tables[t]; o && o->name; o++)
			if (o->short_name == c)
				return o;
	return NULL;
}

static int
unknown_option(const struct sl_invocation *inv, struct sl_str name)
{
	const char *words[64];
	const struct sl_opt *tables[] = { inv->cmd->opts, sl_common_opts };
	const char *near;
	size_t n = 0;

	for (size_t t = 0; t < SL_COUNT(tables); t++)
		for (const struct sl_opt *o = tables[t];
		     o && o->name && n + 1 < SL_COUNT(words); o++)
			words[n++] = o->name;
	words[n] = NULL;
	near = sl_text_nearest(name, words);
	if (near != NULL)
		return sl_cli_usage(inv, "unknown option \"--%.*s\"; did you "
					 "mean --%s?", SL_STR_ARG(name), near);
	return sl_cli_usage(inv, "unknown option \"--%.*s\"",
	    SL_STR_ARG(name));
}

static int
store_value(const struct sl_invocation *inv, const struct sl_opt *opt,
    const char *value, void *options)
{
	void *slot = (char *)options + opt->offset;
	struct sl_opt_list *list;

	switch (opt->type) {
	case SL_OPT_FLAG:
		*(bool *)slot = true;
		return SL_OK;
	case SL_OPT_STRING:
		*(const char **)slot = value;
		return SL_OK;
	case SL_OPT_DURATION:
		if (sl_num_parse_duration(sl_str(value), slot) < 0)
			return sl_cli_usage(inv, "--%s takes a duration such "
						 "as 30s or 10m, not \"%s\"",
			    opt->name, value);
		if (*(int64_t *)slot == 0)
			return sl_cli_usage(inv, "--%s must be over 0",
			    opt->name);
		return SL_OK;
	case SL_OPT_NUMBER:
		if (sl_num_parse(sl_str(value), INT64_MAX, slot) < 0)
			return sl_cli_usage(inv, "--%s takes a whole number, "
						 "not \"%s\"",
			    opt->name, value);
		return SL_OK;
	case SL_OPT_LIST:
		list = slot;
		SL_GROW(list->items, list->count, list->room);
		list->items[list->count++] = value;
		return SL_OK;
	}
	return SL_OK;
}

/* One argument that begins with a dash; *i moves past a separate value. */
static int
parse_option(const struct sl_invocation *inv, int argc, char **argv, int *i,
    void *options)
{
	const char *arg = argv[*i];
	const char *equals = NULL, *value = NULL;
	const struct sl_opt *opt;

	if (arg[1] == '-') {
		struct sl_str name = sl_str(arg + 2);

		equals = strchr(arg, '=');
		if (equals != NULL)
			name.len = (size_t)(equals - arg) - 2;
		opt = find_long(inv->cmd, name);
		if (opt == NULL)
			return unknown_option(inv, name);
		value = equals ? equals + 1 : NULL;
	} else {
		opt = find_short(inv->cmd, arg[1]);
		if (opt == NULL)
			return sl_cli_usage(inv, "unknown option \"%s\"", arg);
		value = arg[2] ? arg + 2 : NULL;
	}
	if (opt->type == SL_OPT_FLAG && value != NULL)
		return sl_cli_usage(inv, "--%s takes no value", opt->name);
	if (opt->type != SL_OPT_FLAG && value == NULL) {
		if (*i + 1 >= argc)
			return sl_cli_usage(inv, "--%s needs a value: --%s=%s",
			    opt->name, opt->name, opt->argument);
		value = argv[++*i];
	}
	return store_value(inv, opt, value, options);
}

static int
parse(struct sl_invocation *inv, int argc, char **argv, void *options)
{
	bool only_operands = false;

	inv->argv = sl_alloc_array((size_t)argc + 1, sizeof(*inv->argv));
	for (int i = 0; i < argc; i++) {
		int rc;

		if (only_operands || argv[i][0] != '-' || argv[i][1] == '\0') {
			inv->argv[inv->argc++] = argv[i];
			continue;
		}
		if (!strcmp(argv[i], "--") ||
		    !strcmp(argv[i], "--end-of-options")) {
			only_operands = true;
			continue;
		}
		rc = parse_option(inv, argc, argv, &i, options);
		if (rc != SL_OK)
			return rc;
	}
	return SL_OK;
}

static int
check_operands(const struct sl_invocation *inv)
{
	const struct sl_cmd *cmd = inv->cmd;

	if (inv->argc < cmd->min_operands)
		return sl_cli_usage(inv, "%s is missing", cmd->operands);
	if (cmd->max_operands >= 0 && inv->argc > cmd->max_operands)
		return sl_cli_usage(inv, "unexpected argument \"%s\"",
		    inv->argv[cmd->max_operands]);
	return SL_OK;
}

static void
free_lists(const struct sl_cmd *cmd, void *options)
{
	for (const struct sl_opt *o = cmd->opts; o && o->name; o++)
		if (o->type == SL_OPT_LIST)
			free(((struct sl_opt_list *)((char *)options +
				  o->offset))->items);
}

static int
run_parsed(struct sl_invocation *inv, struct sl_common_options *common)
{
	int rc;

	if (common->help)
		return help_command(inv->program, inv->cmd);
	if (common->list_options)
		return list_options(inv->cmd);
	if (common->format != NULL && strcmp(common->format, "text") &&
	    strcmp(common->format, "json"))
		return sl_cli_usage(inv, "--format is text or json, not \"%s\"",
		    common->format);
	inv->json = common->format && !strcmp(common->format, "json");
	rc = check_operands(inv);
	return rc != SL_OK ? rc : inv->cmd->run(inv);
}

static int
run_command(const struct sl_program *program, const struct sl_cmd *cmd,
    int argc, char **argv)
{
	size_t size = cmd->options_size ? cmd->options_size :
					  sizeof(struct sl_common_options);
	void *options = sl_alloc(size);
	struct sl_invocation inv = {
		.program = program,
		.cmd = cmd,
		.options = options,
		.common = options,
		.colour = sl_cli_wants_colour(stdout),
		.tty = isatty(STDOUT_FILENO),
	};
	int rc = parse(&inv, argc, argv, options);

	if (rc == SL_OK)
		rc = run_parsed(&inv, options);
	free(inv.argv);
	free_lists(cmd, options);
	free(options);
	return rc;
}

static const struct sl_cmd *
find_command(const struct sl_program *program, const char *name)
{
	for (const struct sl_cmd *const *c = program->commands; *c; c++)
		if (!strcmp((*c)->name, name))
			return *c;
	return NULL;
}

static int
unknown_command(const struct sl_program *program, const char *name)
{
	const char *words[64];
	const char *near;
	struct sl_error err;
	size_t n = 0;

	for (const struct sl_cmd *const *c = program->commands;
	     *c && n + 1 < SL_COUNT(words); c++)
		words[n++] = (*c)->name;
	words[n] = NULL;
	near = sl_text_nearest(sl_str(name), words);
	if (near != NULL)
		sl_error_set(&err, SL_EINVAL,
		    "unknown command \"%s\"; did you mean %s?", name, near);
	else
		sl_error_set(&err, SL_EINVAL,
		    "unknown command \"%s\"; see %s --help", name,
		    program->name);
	fprintf(stderr, "%s: %s\n", program->name, err.text);
	return SL_EXIT_USAGE;
}

int
sl_cli_main(const struct sl_program *program, int argc, char **argv)
{
	const struct sl_cmd *cmd;
	const char *name;

	if (argc < 2) {
		help_program(program, stderr);
		return SL_EXIT_USAGE;
	}
	name = argv[1];
	if (!strcmp(name, "--help") || !strcmp(name, "-h") ||
	    (!strcmp(name, "help") && argc < 3))
		return help_program(program, stdout);
	if (!strcmp(name, "--version")) {
		printf("%s %s\n", program->name, PACKAGE_VERSION);
		return SL_EXIT_PASS;
	}
	if (!strcmp(name, "--list-commands")) {
		for (const struct sl_cmd *const *c = program->commands; *c; c++)
			printf("%s\n", (*c)->name);
		return SL_EXIT_PASS;
	}
	if (!strcmp(name, "completion"))
		return sl_cli_completion(program, argc - 2, argv + 2);
	if (!strcmp(name, "help"))
		name = argv[2];
	cmd = find_command(program, name);
	if (cmd == NULL)
		return unknown_command(program, name);
	if (!strcmp(argv[1], "help"))
		return help_command(program, cmd);
	return run_command(program, cmd, argc - 2, argv + 2);
}
