/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names: which names some system takes for another, or does not take at all.
 *
 * Each function looks at one part of a path, as a tree holds it: any bytes.
 */
#ifndef SL_POLICY_KINDS_NAMES_H
#define SL_POLICY_KINDS_NAMES_H

#include "base/buf.h"

/**
 * Why a part of a path is dangerous to a repository: empty, "." or "..", with
 * a backslash, or .git to HFS+ (characters that it ignores) or to NTFS (short
 * name, stream, final dots and blanks).
 *
 * @return a phrase for people, or NULL
 * @source what `git fsck` calls hasDot, hasDotdot and hasDotgit; held to it by
 *         tests/cli/t0240-names.sh
 */
const char *sl_name_is_git(struct sl_str part);

/**
 * The file of Git's that some system takes a name for, the true name included:
 * .gitmodules, .gitattributes, .gitignore or .mailmap. Git reads them from the
 * work tree, and must not be led out of it by a link.
 *
 * @return the true name, or NULL
 * @source gitattributes(5), gitignore(5), gitmailmap(5): not followed as links
 */
const char *sl_name_is_dotfile(struct sl_str part);

/**
 * Why Windows cannot have a file of this name: a device, a character that it
 * refuses, a final dot or blank.
 *
 * @return a phrase for people, or NULL
 * @source "Naming Files, Paths, and Namespaces", Microsoft
 */
const char *sl_name_not_windows(struct sl_str part);

/**
 * What of a text moves a terminal or misleads who reads it: control
 * characters, line and paragraph separators, and those that turn the direction
 * of text.
 *
 * @return a phrase for people, or NULL
 */
const char *sl_name_has_control(struct sl_str text);

#endif
