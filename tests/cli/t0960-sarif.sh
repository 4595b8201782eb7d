#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SARIF reports, judged by Microsoft's validator of the standard. Only
# `scripts/test --full` runs it: it needs that program from npm.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"
. "$SL_SRCDIR/tests/cli/site.sh"

# is_sarif FILE: no error, and no warning but those about habits of authors
# (SARIF2...) that do not fit a tool without a page of its own.
is_sarif() {
	DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 timeout 120 \
		"${SL_SARIF_MULTITOOL:?}" validate "$1" >"$trash/said" 2>&1
	cat "$trash/said"
	! grep -E '(error|warning) (JSON|SARIF1)' "$trash/said" &&
		grep -q 'Analysis completed successfully' "$trash/said"
}

make_site
cat >>"$site/site-policy.yaml" <<'END'
  content/late:
    kind: content
    match: 'LATER'
    level: [warn, 'block from 2999-01-01']
  content/limit:
    kind: content
    match: '(x+x+)+y'
    files: 'slow'
waivers:
  - {rule: secrets/token, path: 'old/.+', reason: 'revoked', owner: ana, expires: 2999-01-01}
END
make_clone_of_nothing() {
	git init -q -b main "$trash/w" && cd "$trash/w" &&
		git config sluice.policy "$site/site-policy.yaml"
}
make_clone_of_nothing || exit 1
new_commit . 'bad subject' README.md 'hello'
new_commit . 'A path that needs care' 'a b/ü %41 "q".py' 'k = "tok_abcdef012345" # LATER'
new_commit . 'Old tokens' old/x.py 'tok_abcdef012346'
new_commit . 'What takes long' slow "$(printf '%0200d z y' 0 | tr 0 x)"
refuse 1 'a report with everything' sluice check HEAD~3..HEAD \
	--report sarif=all.sarif
check 'it is SARIF' is_sarif all.sarif
check 'with results, suppressions and notifications' "${SL_PYTHON:-python3}" -c "
import json
run = json.load(open('all.sarif'))['runs'][0]
results = run['results']
assert any(r.get('suppressions') for r in results), results
assert any(r['properties'].get('blocksFrom') for r in results), results
assert run['invocations'][0]['toolExecutionNotifications'], run['invocations']
assert 'tok_' not in json.dumps(run).replace('tok_... ', '')"
check 'a pass' sluice check HEAD~1 --report sarif=none.sarif
check 'is SARIF too' is_sarif none.sarif

cd "$trash" || exit 1
done_testing
