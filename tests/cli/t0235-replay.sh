#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sluice check --replay: what a rule would have stopped, before it blocks.
. "${SL_SRCDIR:?}/tests/cli/lib.sh"

mkdir -p "$trash/srv/group" "$trash/srv/empty"
cat >"$trash/policy.yaml" <<'END'
sluice: 1
name: strict
rules:
  commit/subject: {kind: commit, subject: '[A-Z].*'}
  content/todo: {kind: content, match: 'TODO', level: [audit, 'block from 2999-01-01']}
  tree/readme: {kind: tree, require: ['README\.md']}
END

# commit_on DAY AUTHOR MESSAGE [FILE TEXT]: in the current repository.
commit_on() {
	[ -z "${4-}" ] || printf '%s\n' "$5" >"$4"
	git add -A
	GIT_AUTHOR_EMAIL=$2 GIT_COMMITTER_DATE="$1T12:00:00Z" \
		git commit -q --allow-empty -m "$3"
}

git init -q "$trash/one"
cd "$trash/one" || exit 1
commit_on 2026-01-10 ana@example.org 'old and bad' a.py '# TODO'
commit_on 2026-03-01 ana@example.org 'Good' b.py 'x = 1'
git tag march
commit_on 2026-03-05 ben@example.org 'bad' b.py '# TODO'
git checkout -q -b feature/x
commit_on 2026-04-01 ana@example.org 'bad on a branch'
commit_on 2026-05-01 ana@example.org 'worse'
git checkout -q main
git clone -q --bare "$trash/one" "$trash/srv/group/one.git"
git init -q --bare "$trash/srv/two.git"

before=$(find "$trash/one" "$trash/srv" -type f -exec sha256sum {} + | sort)
refuse 129 'not with what says how one push is judged' \
	sluice check --replay 2026-01-01 --staged
refuse 129 'nor a rule without it' sluice check --rule commit/subject
refuse 3 'no policy' sluice check --replay 2026-01-01
refuse 3 'a day that is none' sluice check --replay 2026-02-31 --policy ../policy.yaml
refuse 3 'a revision that is none' sluice check --replay nowhere --policy ../policy.yaml
refuse 3 'a range' sluice check --replay march..main --policy ../policy.yaml
refuse 3 'a rule that is not in force' sluice check --replay march \
	--policy ../policy.yaml --rule commit/none
check 'since a day' sluice check --replay 2026-02-01 --policy ../policy.yaml
says 'since 2026-02-01: 3 of 4 commits in 1 repository would have been stopped'
check 'in numbers' sluice check --replay 2026-02-01 --policy ../policy.yaml --format=json
check 'by rule' python3 -c "
import json
v = json.load(open('$work/last'))
r = {x['rule']: x for x in v['rules']}
s = r['commit/subject']
assert (s['level'], s['findings'], s['commits'], s['authors']) == ('block', 3, 3, 2), s
assert (s['first'], s['last']) == ('2026-03-05', '2026-05-01'), s
t = r['content/todo']
assert (t['level'], t['findings'], t['commits']) == ('audit', 1, 1), t
assert (r['tree/readme']['findings'], r['tree/readme']['commits']) == (2, 0), r
assert v['stopped'] == 3 and v['commits'] == 4, v"
check 'since a revision' sluice check --replay march --policy ../policy.yaml
says '3 of 3 commits'
check 'one rule alone' sluice check --replay 2026-01-01 --policy ../policy.yaml \
	--rule content/todo
says 'content/todo' '0 of 5 commits'
says_not 'commit/subject'

cd "$trash" || exit 1
check 'a folder of repositories' sluice check --replay 2026-01-01 \
	--policy policy.yaml srv
says '4 of 5 commits in 2 repositories'
check 'one that is named' sluice check --replay 2026-01-01 \
	--policy policy.yaml srv/group/one.git
says '4 of 5 commits in 1 repository'
refuse 3 'a folder without any' sluice check --replay 2026-01-01 \
	--policy policy.yaml srv/empty
says 'there is no repository in'
rm -rf srv/two.git/objects
printf 'ref: refs/heads/main\n' >srv/two.git/HEAD
mkdir -p srv/two.git/objects
cp -r srv/group/one.git srv/three.git
find srv/three.git/objects -type f -name '*.pack' -exec rm -f {} + 2>/dev/null
find srv/three.git/objects -type f -exec chmod u+w {} + -exec truncate -s 0 {} +
refuse 2 'one that cannot be read is said, the others are judged' \
	sluice check --replay 2026-01-01 --policy policy.yaml srv
says 'three.git' '4 of 5 commits'
rm -rf srv/three.git
git init -q --bare srv/two.git
after=$(find "$trash/one" "$trash/srv" -type f -exec sha256sum {} + | sort)
check 'nothing was written' [ "$before" = "$after" ]
done_testing
