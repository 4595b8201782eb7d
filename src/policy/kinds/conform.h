/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conform: holding a file to a JSON Schema, and telling what is wrong.
 */
#ifndef SL_POLICY_KINDS_CONFORM_H
#define SL_POLICY_KINDS_CONFORM_H

#include "policy/kinds/files.h"
#include "policy/rule.h"
#include "schema/schema.h"

/** Bytes of a schema's file. */
#define SL_CONFORM_MAX_SCHEMA ((size_t)256 << 10)

enum sl_syntax {
	SL_SYNTAX_BY_NAME, /* JSON where the name ends in ".json", else YAML */
	SL_SYNTAX_JSON,
	SL_SYNTAX_YAML,
};

/** How files are read and told. Zero-initialise; borrowed. */
struct sl_conform {
	const struct sl_file_limits *limits;
	enum sl_syntax syntax;
	bool hide;          /* values are not shown */
	bool formats;       /* `format` is checked */
};

/** A schema with its own document. */
struct sl_own_schema {
	struct sl_doc *doc;
	struct sl_schema *schema;
};

void sl_own_schema_release(struct sl_own_schema *own);

/**
 * Compile the text of a schema's file, JSON or YAML by its name.
 *
 * @param[out] out  sl_own_schema_release; nothing is set on failure
 * @return 0, or what the parsers and sl_schema_compile return
 */
int sl_own_schema_read(const char *name, struct sl_str text,
    const struct sl_conform *how, struct sl_own_schema *out,
    struct sl_error *err) SL_MUST_CHECK;

/**
 * Hold a file to a schema. Text that does not parse is a finding.
 *
 * @return 0, SL_ELIMIT (not decided)
 */
int sl_conform_judge(struct sl_judge *j, const struct sl_conform *how,
    const struct sl_schema *schema, struct sl_str path, struct sl_str bytes,
    struct sl_error *err) SL_MUST_CHECK;

/** Tell that a file does not load, and where. */
void sl_conform_tell_broken(struct sl_judge *j, struct sl_str path,
    const struct sl_error *why, const char *message);

#endif
