/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy_int.h"

/*
 * What no site has to think of. Written in the language of all rules, so that
 * `policy explain` shows it and a site may set other levels.
 */
const char sl_builtin_rules[] =
"sluice: 1\n"
"name: built-in\n"
"rules:\n"
"  sluice/project-file:\n"
"    kind: project-file\n"
"    description: the project's file must load, or it would judge nothing\n"
"  sluice/replace-refs:\n"
"    kind: ref\n"
"    description: replacement objects change what every reader sees\n"
"    refs: 'refs/replace/.*'\n"
"    actions: [delete]\n"
"    message: '{ref} would make Git show other objects than were judged'\n"
"    fix: 'rewrite the history on a branch instead of replacing objects'\n"
"  sluice/ref-objects:\n"
"    kind: ref\n"
"    description: a branch or tag names a commit, not a tree or a blob\n"
"    objects: [commit]\n"
"  sluice/waivers:\n"
"    kind: waivers\n"
"    description: what nobody answers for any more is found again\n"
"    level: warn\n"
"  sluice/ref-namespaces:\n"
"    kind: ref\n"
"    description: refs outside the usual namespaces are put on record\n"
"    allow:\n"
"      - 'refs/(heads|tags|notes|replace)/.+'\n"
"      - 'refs/(merge-requests|pull|keep-around|for)/.+'\n"
"    level: audit\n";
