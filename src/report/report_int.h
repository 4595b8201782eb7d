/* SPDX-License-Identifier: Apache-2.0 */
/* report_int: what the formats share; private to src/report. */
#ifndef SL_REPORT_REPORT_INT_H
#define SL_REPORT_REPORT_INT_H

#include "report/report.h"

/** What the formats call a level. */
struct sl_report_words {
	const char *sarif;
	const char *checkstyle;
	const char *github;
	const char *codequality;
};

/** The words for a level of findings. */
const struct sl_report_words *sl_report_words(enum sl_level level);

#endif
