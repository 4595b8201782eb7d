/* SPDX-License-Identifier: Apache-2.0 */
/* doc_rig: shorthands that the tests of documents share. */
#ifndef SL_TESTS_DOC_RIG_H
#define SL_TESTS_DOC_RIG_H

#include "harness.h"

#include "doc/doc.h"

typedef int parse_fn(const char *name, struct sl_str text,
    const struct sl_doc_limits *limits, struct sl_doc **out,
    struct sl_error *err);

/** Read a text that is good; the caller frees. */
struct sl_doc *parse_good(parse_fn *parse, const char *text);

/** The canonical form; the caller frees. */
char *canonical(const struct sl_doc *doc);

TCase *tcase_read(void);
TCase *tcase_schema(void);
TCase *tcase_json(void);
TCase *tcase_xml(void);

#endif
