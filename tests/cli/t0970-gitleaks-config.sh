#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The configuration that gitleaks ships, imported: every expression of it, and
# the policy judges. Only `scripts/test --full` runs it: it needs the Go module
# of gitleaks.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

leaks=$("$SL_SRCDIR/scripts/gitleaks-config" "$work/go") || exit 1

import() {
	sluice policy import "$leaks" >policy.yaml
}

count() {
	grep -c "$1" "$2" >"$work/count"
	cat "$work/count"
}

check 'it becomes a policy' import
says 'not as there'
says_not 'a pattern is left out'
check 'with every rule' test "$(count '^\[\[rules\]\]' "$leaks")" -le \
	"$(count '^  gitleaks/' policy.yaml)"
check 'that loads' sluice policy lint policy.yaml
git init -q r && cd r || exit 1
git config sluice.policy ../policy.yaml
mkdir -p src vendor/github.com
# A token of npm's form; put together here, so that no scanner takes this file
# for a leak.
printf 'token = "npm%s"\n' _q7Wd0ZrT5yUiO2pA8sDfG3hJ6kL1zX9cVbN4 >src/a.py
commit_files . 'Add a token'
refuse 1 'a token is found' sluice check HEAD
says 'gitleaks/npm-access-token' 'src/a.py:1:10'
git mv src/a.py vendor/github.com/a.py
commit_files . 'Move it'
check 'not where all rules look away' sluice check HEAD~1..HEAD

done_testing
