/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli: command and option rows, and everything that follows from them:
 * parsing, --help, --list-options, shell completion, printing.
 *
 * A program is a table of pointers to command rows. A command's row lives in
 * its own file and names a struct for its options; parsing fills it. Every
 * command also takes the common options (struct sl_common_options), which
 * must be the first member of its struct.
 *
 * This is the only module that prints. It writes findings and results to
 * standard output and errors to standard error.
 */
#ifndef SL_CLI_CLI_H
#define SL_CLI_CLI_H

#include <stdio.h>

#include "base/buf.h"
#include "base/error.h"
#include "cli/exit.h"

enum sl_opt_type {
	SL_OPT_FLAG,     /* bool */
	SL_OPT_STRING,   /* const char *, borrowed from argv */
	SL_OPT_DURATION, /* int64_t milliseconds, over 0 */
	SL_OPT_NUMBER,   /* uint64_t */
	SL_OPT_LIST,     /* struct sl_opt_list, repeatable */
};

/** The values of a repeatable option, in order; views of argv. */
struct sl_opt_list {
	const char **items;
	size_t count;
	size_t room;
};

struct sl_opt {
	const char *name;     /* without the dashes; NULL ends a table */
	char short_name;      /* 0: none */
	enum sl_opt_type type;
	size_t offset;        /* of the value in the command's struct */
	const char *argument; /* shown name of the value; NULL for a flag */
	const char *help;     /* one line */
	const char *const *words; /* allowed values for completion, or NULL */
};

/** Options that every command takes. */
struct sl_common_options {
	const char *site;       /* --site FILE */
	const char *repository; /* --repository DIR, "." by default */
	const char *format;     /* --format text|json, "text" by default */
	bool help;
	bool list_options;
};

struct sl_cmd;

struct sl_program {
	const char *name;
	const char *brief;
	const struct sl_cmd *const *commands; /* NULL-terminated */
};

/** One call of a command. */
struct sl_invocation {
	const struct sl_program *program;
	const struct sl_cmd *cmd;
	const void *options; /* the command's struct, filled */
	const struct sl_common_options *common;
	int argc; /* operands that follow the options */
	char **argv;
	bool json;   /* --format=json */
	bool colour; /* standard output is a terminal that wants colour */
	bool tty;    /* standard output is a terminal */
};

struct sl_cmd {
	const char *name;
	const char *brief;    /* "wait for a build to end" */
	const char *operands; /* "[REV | A..B]", or "" */
	const char *example;  /* one whole command line */
	const struct sl_opt *opts; /* ended by a row without a name; may be NULL */
	size_t options_size;  /* of the struct; 0: only the common options */
	int min_operands;
	int max_operands;     /* -1: any number */
	/** @return an enum sl_exit */
	int (*run)(const struct sl_invocation *inv);
};

/**
 * Run a program: find the command, parse its options, call it.
 *
 * Handles --help, --version, `help CMD`, `--list-options` and `completion
 * bash|zsh|fish`. Unknown commands and options suggest the nearest known one.
 *
 * @return the process's exit code
 */
int sl_cli_main(const struct sl_program *program, int argc, char **argv);

/**
 * Print an error as `NAME: place: text` and return its exit code.
 *
 * As JSON with --format=json: {"error":{"code":..,"place":..,"message":..}}
 * on standard output. inv may be NULL.
 */
int sl_cli_fail(const struct sl_invocation *inv, const struct sl_error *err);

/** Print a usage error for a command and return SL_EXIT_USAGE. */
int sl_cli_usage(const struct sl_invocation *inv, const char *fmt, ...)
    SL_PRINTF(2, 3);

/**
 * Write a buffer to a stream, whole.
 *
 * @return SL_EXIT_PASS, or SL_EXIT_CONFIG where the stream takes no more: a
 *         report that was not written is never a success
 */
int sl_cli_print(FILE *to, const struct sl_buf *text);

/** Whether a stream is a terminal that wants colour (NO_COLOR, TERM). */
bool sl_cli_wants_colour(FILE *stream);

/* --- tables for people --- */

#define SL_TABLE_MAX_COLUMNS 10

/** Rows of cells whose columns are padded when printed; escapes its cells. */
struct sl_table {
	size_t columns;
	char **cells; /* row by row, owned */
	size_t count;
	size_t room;
};

void sl_table_init(struct sl_table *t, size_t columns);
void sl_table_release(struct sl_table *t);
/** Append one row of `columns` C strings (NULL is ""). */
void sl_table_row(struct sl_table *t, const char *const *cells);
/** Append the padded rows to out; the first row underlined where colour. */
void sl_table_format(const struct sl_table *t, bool colour,
    struct sl_buf *out);

#endif
