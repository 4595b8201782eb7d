/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run cases in the form of the JSON Schema Test Suite: lists of groups, each
 * with a schema and tests, which are a value and whether it is valid.
 *
 *     schema_suite [--formats] [--left-out FILE] CASES.json...
 *
 * --left-out names cases that are expected to disagree, with the reason: lines
 * of `file | group | test | reason`, where `*` stands for every test. One that
 * agrees after all, or is not there, is a failure too, so that the list stays
 * true. Cases of files that are not given are not looked for.
 *
 * Prints each disagreement and a last line with the counts; exits 1 where
 * there was one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fsx.h"
#include "base/mem.h"
#include "schema/schema.h"

struct left_out {
	struct sl_str file;
	struct sl_str group;
	struct sl_str test;
	unsigned used;
};

struct suite {
	unsigned flags;
	struct sl_buf list;
	struct left_out *left_out;
	size_t left_out_count;
	size_t left_out_room;
	struct sl_str file;
	unsigned agreed;
	unsigned left;
	unsigned wrong;
};

static struct sl_str
next_field(struct sl_str *line)
{
	const char *bar = memchr(line->ptr, '|', line->len);
	struct sl_str field = *line;

	if (bar != NULL) {
		field.len = (size_t)(bar - line->ptr);
		line->len -= field.len + 1;
		line->ptr = bar + 1;
	}
	return sl_str_trim(field);
}

static void
read_left_out(struct suite *s, const char *path)
{
	struct sl_error err = SL_ERROR_INIT;
	char *line, *rest;

	if (sl_fsx_read(path, &s->list, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
	for (line = strtok_r(s->list.ptr, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct sl_str text = sl_str(line);
		struct left_out *row;

		if (*line == '#')
			continue;
		SL_GROW(s->left_out, s->left_out_count, s->left_out_room);
		row = &s->left_out[s->left_out_count++];
		*row = (struct left_out){ { NULL, 0 }, { NULL, 0 },
			{ NULL, 0 }, 0 };
		row->file = next_field(&text);
		row->group = next_field(&text);
		row->test = next_field(&text);
	}
}

static struct left_out *
find_left_out(struct suite *s, struct sl_str group, struct sl_str test)
{
	for (size_t i = 0; i < s->left_out_count; i++) {
		struct left_out *row = &s->left_out[i];

		if (sl_str_eq(row->file, s->file) &&
		    (sl_str_eqs(row->group, "*") ||
			sl_str_eq(row->group, group)) &&
		    (sl_str_eqs(row->test, "*") || sl_str_eq(row->test, test)))
			return row;
	}
	return NULL;
}

static void
judge(struct suite *s, struct sl_str group, const struct sl_node *test,
    const char *is)
{
	struct sl_str name = sl_node_text(sl_node_get(test, "description"));
	struct sl_str valid = sl_node_text(sl_node_get(test, "valid"));
	const char *should = sl_str_eqs(valid, "true") ? "valid" : "invalid";
	struct left_out *row = find_left_out(s, group, name);
	bool agree = !strcmp(is, should);

	if (row != NULL) {
		row->used += !agree;
		s->left++;
		return;
	}
	if (agree) {
		s->agreed++;
		return;
	}
	s->wrong++;
	printf("%.*s | %.*s | %.*s: should be %s: %s\n", SL_STR_ARG(s->file),
	    SL_STR_ARG(group), SL_STR_ARG(name), should, is);
}

static void
run_group(struct suite *s, const struct sl_node *node)
{
	SL_CLEANUP(sl_schema_freep) struct sl_schema *schema = NULL;
	struct sl_error err = SL_ERROR_INIT;
	struct sl_str group = sl_node_text(sl_node_get(node, "description"));
	const struct sl_node *tests = sl_node_get(node, "tests");
	int rc = sl_schema_compile(sl_node_get(node, "schema"), s->flags,
	    &schema, &err);

	for (size_t i = 0; i < sl_node_count(tests); i++) {
		const struct sl_node *test = sl_node_at(tests, i);
		const struct sl_schema_trial how = { .max_steps = 1000000 };
		bool fits = false;

		if (schema != NULL)
			rc = sl_schema_check(schema, sl_node_get(test, "data"),
			    &how, &fits, &err);
		judge(s, group, test,
		    rc < 0 ? err.text : fits ? "valid" : "invalid");
	}
}

static void
run_file(struct suite *s, const char *path)
{
	const struct sl_doc_limits limits = { .max_bytes = (size_t)64 << 20,
		.max_nodes = 10000000, .max_depth = 500 };
	SL_CLEANUP(sl_doc_freep) struct sl_doc *doc = NULL;
	struct sl_error err = SL_ERROR_INIT;
	const char *slash = strrchr(path, '/');

	s->file = sl_str(slash ? slash + 1 : path);
	if (sl_doc_read(path, &limits, &doc, &err) < 0) {
		fprintf(stderr, "%s %s\n", err.place, err.text);
		exit(2);
	}
	for (size_t i = 0; i < sl_node_count(sl_doc_root(doc)); i++)
		run_group(s, sl_node_at(sl_doc_root(doc), i));
	for (size_t i = 0; i < s->left_out_count; i++) {
		struct left_out *row = &s->left_out[i];

		if (!sl_str_eq(row->file, s->file) || row->used > 0)
			continue;
		s->wrong++;
		printf("%.*s | %.*s | %.*s: left out, and agrees\n",
		    SL_STR_ARG(row->file), SL_STR_ARG(row->group),
		    SL_STR_ARG(row->test));
	}
}

int
main(int argc, char **argv)
{
	struct suite s = { .list = SL_BUF_INIT((size_t)1 << 20) };

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--formats"))
			s.flags = SL_SCHEMA_FORMATS;
		else if (!strcmp(argv[i], "--left-out") && i + 1 < argc)
			read_left_out(&s, argv[++i]);
		else
			run_file(&s, argv[i]);
	}
	printf("%u agree, %u left out, %u disagree\n", s.agreed, s.left,
	    s.wrong);
	sl_buf_release(&s.list);
	free(s.left_out);
	return s.wrong > 0 || s.agreed == 0;
}
