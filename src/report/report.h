/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report: a verdict as bytes.
 *
 * Formats are rows of a table. All are complete but `text`, which a push may
 * limit. None holds a secret: findings were redacted when they were made.
 */
#ifndef SL_REPORT_REPORT_H
#define SL_REPORT_REPORT_H

#include "base/buf.h"
#include "policy/verdict.h"

/** Zero-initialise for plain text without limit. All borrowed. */
struct sl_report_options {
	const char *prefix;  /* text: before each line, as "GL-HOOK-ERR: " */
	bool color;          /* text: ANSI colours */
	bool html;           /* text: escape & < > " ' (a web page shows it) */
	bool audits;         /* text: show findings of level audit too */
	unsigned max_lines;  /* text: at most so many, 0: all. The first
				findings per rule, then how many more */
	unsigned max_findings; /* text: of these lines at most so many for
				findings, 0: all that fit */
	const char *more;    /* text: command that shows the rest; NULL: the
				verdict's id is named alone */
	const char *tool_version; /* json, junit: "0.1.0"; NULL: left out */
};

struct sl_report_format {
	const char *name;
	const char *extension; /* "json", "xml", "txt" */
	const char *brief;     /* one line for --help */
	/** Append the report. @return 0, SL_ETOOBIG */
	int (*write)(const struct sl_verdict *verdict,
	    const struct sl_report_options *options, struct sl_buf *out);
};

/** Every format, by the name that --report takes; ends with a NULL name. */
extern const struct sl_report_format sl_report_formats[];

/** A format by name, or NULL. */
const struct sl_report_format *sl_report_format(const char *name);

/** Lines for people. The last one is the coverage line. */
int sl_report_text(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

/**
 * One JSON object with everything in the verdict; the format is stable and
 * described in sluice-report(5). Without a final line feed.
 */
int sl_report_json(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

/** JUnit XML: a test suite per rule, a failure per blocking finding. */
int sl_report_junit(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

/**
 * GitLab Code Quality: a JSON list with fingerprint, severity and location.
 *
 * @source GitLab documentation, "Code Quality", "Implement a custom tool"
 */
int sl_report_codequality(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

/**
 * SARIF 2.1.0: findings are results, waived ones suppressed results, and
 * what is undecided or deferred a notification of the run.
 *
 * @source OASIS, Static Analysis Results Interchange Format 2.1.0
 */
int sl_report_sarif(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

/** Checkstyle's XML: a file element for each path, or ref. */
int sl_report_checkstyle(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

/**
 * Workflow commands of GitHub Actions, a line each; then a plain line.
 *
 * @source GitHub documentation, "Workflow commands for GitHub Actions"
 */
int sl_report_github(const struct sl_verdict *verdict,
    const struct sl_report_options *options, struct sl_buf *out);

#endif
