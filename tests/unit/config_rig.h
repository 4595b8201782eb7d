/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_rig: texts and readings that the tests of configuration share.
 */
#ifndef SL_TESTS_CONFIG_RIG_H
#define SL_TESTS_CONFIG_RIG_H

#include "harness.h"

#include "base/mem.h"
#include "config/project.h"
#include "config/site.h"

#define ROLE "arn:aws:iam::111111111111:role/p"
#define HEAD "sluice: 1\n"
#define ENV                                                                    \
	"environments:\n"                                                      \
	"  dev:\n"                                                             \
	"    account: '111111111111'\n"                                        \
	"    region: eu-central-1\n"                                           \
	"    bucket: bbb\n"                                                    \
	"    pipeline-role: " ROLE "\n"
#define NONE "flows: []\n"
#define TRAIN(more)                                                            \
	"flows:\n  - {ref: 'x', action: train, environment: dev, " more "}\n"

#define IMPORTS(keys)                                                          \
	"people:\n  ana: {logins: [ana]}\nimports:\n  - {" keys "}\n"

/** The lines that every project file begins with. */
#define P HEAD "project: {id: wine}\n"

/** Path of a file of tests/unit/config; free(). */
char *example(const char *name);

/** The example site, whole. */
struct sl_site *load_example(void);

TCase *tcase_site(void);
TCase *tcase_project(void);
TCase *tcase_flows(void);

#endif
