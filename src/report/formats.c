/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report_int.h"

#include <string.h>

const struct sl_report_format sl_report_formats[] = {
	{ "text", "txt", "lines for people", sl_report_text },
	{ "json", "json", "everything, stable", sl_report_json },
	{ "sarif", "sarif", "SARIF 2.1.0", sl_report_sarif },
	{ "junit", "xml", "JUnit XML, a test suite per rule",
	    sl_report_junit },
	{ "codequality", "json", "GitLab Code Quality",
	    sl_report_codequality },
	{ "checkstyle", "xml", "Checkstyle's XML", sl_report_checkstyle },
	{ "github", "txt", "annotations of GitHub Actions",
	    sl_report_github },
	{ NULL, NULL, NULL, NULL },
};

const struct sl_report_format *
sl_report_format(const char *name)
{
	for (size_t i = 0; sl_report_formats[i].name; i++)
		if (!strcmp(sl_report_formats[i].name, name))
			return &sl_report_formats[i];
	return NULL;
}

const struct sl_report_words *
sl_report_words(enum sl_level level)
{
	static const struct sl_report_words words[] = {
		[SL_LEVEL_OFF] = { "note", "info", "notice", "info" },
		[SL_LEVEL_AUDIT] = { "note", "info", "notice", "info" },
		[SL_LEVEL_WARN] = { "warning", "warning", "warning",
		    "minor" },
		[SL_LEVEL_BLOCK] = { "error", "error", "error", "blocker" },
	};

	return &words[level];
}
