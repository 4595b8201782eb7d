/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_source: where a site policy is: a file, or a file of one commit of a
 * policy repository.
 *
 *     policy: site-policy.yaml
 *     policy: {repository: policy.git, ref: refs/heads/main, file: a.yaml}
 *     policy: {repository: policy.git, commit: <40 hex>, file: a.yaml}
 *
 * `ref` is followed at each judgement. `commit` is read as it is, whatever
 * refs there are. Only branches and tags can be named: a forge's refs of
 * merge requests are written by whoever opens one.
 */
#ifndef SL_CONFIG_POLICY_SOURCE_H
#define SL_CONFIG_POLICY_SOURCE_H

#include "base/buf.h"
#include "base/error.h"

/** All NULL: no site policy. Start with `= { 0 }`. */
struct sl_policy_source {
	char *path;       /* of a file; else NULL */
	char *repository; /* path of a repository; else NULL */
	char *ref;        /* there: full name of a branch or tag, or NULL */
	char *commit;     /* there: 40 hexadecimal digits, where ref is NULL */
	char *file;       /* there: path from the root of the commit's tree */
};

/** Whether there is a site policy at all. */
bool sl_policy_source_is_set(const struct sl_policy_source *source);

/**
 * Read what an option or a git configuration key says: a path, or, where the
 * text begins with '{', the map above in YAML or JSON.
 *
 * @param name  shown in messages about the map ("--policy")
 * @param dir   what a relative path starts from; "" for the working folder
 * @param[out] out  empty on entry; sl_policy_source_release
 * @return 0, SL_EINVAL (no YAML), SL_ECONFIG, SL_ETOOBIG
 */
int sl_policy_source_parse(const char *name, const char *dir,
    struct sl_str text, struct sl_policy_source *out, struct sl_error *err)
    SL_MUST_CHECK;

/** Append the text that sl_policy_source_parse reads. @return 0, SL_ETOOBIG */
int sl_policy_source_format(const struct sl_policy_source *source,
    struct sl_buf *out) SL_MUST_CHECK;

void sl_policy_source_release(struct sl_policy_source *source);

#endif
