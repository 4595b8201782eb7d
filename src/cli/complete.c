/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete_int.h"

static void
option_words(const struct sl_opt *opts, struct sl_buf *out)
{
	for (; opts != NULL && opts->name != NULL; opts++)
		sl_buf_addf(out, " --%s", opts->name);
}

static void
command_words(const struct sl_program *program, struct sl_buf *out)
{
	for (const struct sl_cmd *const *c = program->commands; *c; c++)
		sl_buf_addf(out, "%s%s", c == program->commands ? "" : " ",
		    (*c)->name);
}

/* zsh reads the same function through its bashcompinit. */
static void
bash_script(const struct sl_program *program, struct sl_buf *out)
{
	sl_buf_addf(out,
	    "_%s() {\n"
	    "\tlocal word=${COMP_WORDS[COMP_CWORD]} options=\n"
	    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -W '", program->name);
	command_words(program, out);
	sl_buf_adds(out, "' -- \"$word\"))\n\t\treturn\n\tfi\n"
			 "\tcase ${COMP_WORDS[1]} in\n");
	for (const struct sl_cmd *const *c = program->commands; *c; c++) {
		sl_buf_addf(out, "\t%s) options='", (*c)->name);
		option_words((*c)->opts, out);
		option_words(sl_common_opts, out);
		sl_buf_adds(out, "' ;;\n");
	}
	sl_buf_addf(out,
	    "\tesac\n"
	    "\tcase $word in\n"
	    "\t-*) COMPREPLY=($(compgen -W \"$options\" -- \"$word\")) ;;\n"
	    "\t*) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
	    "\tesac\n"
	    "}\n"
	    "complete -F _%s %s\n", program->name, program->name);
}

static void
fish_script(const struct sl_program *program, struct sl_buf *out)
{
	for (const struct sl_cmd *const *c = program->commands; *c; c++) {
		const struct sl_opt *tables[] = { (*c)->opts, sl_common_opts };

		sl_buf_addf(out, "complete -c %s -n __fish_use_subcommand -f "
				 "-a %s -d '%s'\n",
		    program->name, (*c)->name, (*c)->brief);
		for (size_t t = 0; t < SL_COUNT(tables); t++)
			for (const struct sl_opt *o = tables[t]; o && o->name;
			     o++)
				sl_buf_addf(out,
				    "complete -c %s -n "
				    "'__fish_seen_subcommand_from %s' -l %s%s\n",
				    program->name, (*c)->name, o->name,
				    o->argument ? " -r" : "");
	}
}

int
sl_cli_completion(const struct sl_program *program, int argc, char **argv)
{
	SL_CLEANUP(sl_buf_release) struct sl_buf out = SL_BUF_INIT(1 << 20);

	if (argc == 1 && !strcmp(argv[0], "bash")) {
		bash_script(program, &out);
	} else if (argc == 1 && !strcmp(argv[0], "zsh")) {
		sl_buf_adds(&out, "autoload -U +X bashcompinit && "
				  "bashcompinit\n");
		bash_script(program, &out);
	} else if (argc == 1 && !strcmp(argv[0], "fish")) {
		fish_script(program, &out);
	} else {
		fprintf(stderr, "usage: %s completion bash|zsh|fish\n",
		    program->name);
		return SL_EXIT_USAGE;
	}
	return sl_cli_print(stdout, &out);
}
